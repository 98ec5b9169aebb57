#include "tests/failing_calls.h"
#include "tests/support.h"

#include "base/log.h"
#include "catalogue/catalogue_private.h"
#include "ledger/ledger_private.h"
#include "ledger/trust.h"

static const struct source file = { .path = "units/kinds.csv", .text = "kind,level,label_vi,label_en\nquoc_gia,country,,\ntinh,province,Tỉnh,Province\n" };

static bool ask(struct work *w, void *argument)
{
        (void)argument;
        return catalogue_of(w) != NULL;
}

/* One work reads the catalogue while the n-th call for memory is refused. */
static bool ask_refused(struct work *w, struct arena *arena, struct node *node, long n)
{
        bool ok;

        work_init(w, arena, node->writer, LANGUAGE_EN);
        w->node = node;
        memory_fail_at(n);
        ok = work_run(w, ask, NULL);
        memory_fail_at(0);
        return ok;
}

/* The first one to read it in this process: what is read once is read now. */
static void where_memory_ends_a_work_nobody_waits_for_the_catalogue_it_was_to_make(void **state)
{
        static const struct entry_kind *const kinds[] = { trust_kinds, catalogue_kinds, NULL };
        static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, NULL };
        static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };
        const char *folder = test_path("node");
        struct error err = { .language = LANGUAGE_EN };
        struct arena *first = arena_open(WORK_MEMORY_USUAL), *second = arena_open(WORK_MEMORY_USUAL);
        struct work one, other;
        struct node *node;
        int failed = 0;

        (void)state;
        log_set_level(LOG_ALARM + 1);
        assert_true(node_init(folder, "VN", test_store(), &schema, &err));
        node = node_open(folder, NODE_WRITE, &schema, &err);
        assert_non_null(node);
        work_init(&one, first, node->writer, LANGUAGE_EN);
        assert_true(db_exec(node->writer, "INSERT INTO catalogue_file (path, is_home, at, mark, entry, text) VALUES ($1, 1, 0, 7, 1, $2)", ARGS(v_text(file.path), v_bytes(file.text, strlen(file.text)))));
        for (long n = 1; !ask_refused(&one, first, node, n); n++) {
                failed++;
                assert_non_null(strstr(one.err.message, "memory"));
                if (!ask_refused(&other, second, node, n)) /* while the first one is still there */
                        assert_non_null(strstr(other.err.message, "memory"));
                arena_reset(first);
                arena_reset(second);
        }
        assert_true(failed > 5);
        arena_close(first);
        arena_close(second);
        node_close(node);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(where_memory_ends_a_work_nobody_waits_for_the_catalogue_it_was_to_make),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
