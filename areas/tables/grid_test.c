/* The grid: laid out right, added up exactly, and asked for in a bounded number of statements. */
#include "tests/support.h"
#include "tests/shipped.h"

#include "areas/tables/tables.h"
#include "base/log.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"

static const struct entry_kind *const kinds[] = { trust_kinds, catalogue_kinds, figure_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, figure_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

struct desk {
        struct node *node;
        struct arena *arena;
        struct work w;
};

#define MONTHS 6
#define BEGIN period_make(FREQUENCY_MONTH, 2024, 1)

static void desk_work(struct desk *d)
{
        arena_reset(d->arena);
        work_init(&d->w, d->arena, node_reader(d->node, &d->w.err), LANGUAGE_EN);
        d->w.node = d->node;
        d->w.user = &user_operator;
        d->w.now = moment_now();
}

/* Every province sells as many units of electricity as its place in the list, times the month: 1/1000000 each. */
static bool fill(struct work *w, void *argument)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *units[128];
        size_t n = unit_list(c, LEVEL_PROVINCE, day_of(2024, 6, 1), units, 128);
        struct figure_writer *f = figures_open(w, "figures/test", "test");
        int64_t count;
        bool ok = f != NULL;

        (void)argument;
        for (size_t u = 0; ok && u < n; u++)
                for (int m = 0; ok && m < MONTHS; m++)
                        ok = m == 2 || figures_add(f, &(struct figure){ .indicator = indicator_find(c, "electricity_sold"), .unit = units[u],
                                                                       .period = period_plus(BEGIN, m), .item = "", .partner = "", .value = (int64_t)(u + 1) * (m + 1),
                                                                       .status = STATUS_PUBLISHED });
        return ok && figures_close(f, &count);
}

static int set_up(void **state)
{
        static struct desk d;
        struct error err = { .code = ERR_NONE };
        char folder[512];

        log_set_level(LOG_ALARM);
        memset(&d, 0, sizeof d);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        d.arena = arena_open((size_t)512 << 20);
        if (!node_init(folder, "VN", test_store(), &schema, &err) || (d.node = node_open(folder, NODE_WRITE, &schema, &err)) == NULL)
                fail_msg("%s", err.message);
        desk_work(&d);
        if (!ledger_write(&d.w, load_shipped, NULL))
                fail_msg("%s", d.w.err.message);
        desk_work(&d);
        if (!ledger_write(&d.w, fill, NULL))
                fail_msg("%s", d.w.err.message);
        *state = &d;
        return 0;
}

static int tear_down(void **state)
{
        struct desk *d = *state;

        node_close(d->node);
        arena_close(d->arena);
        return 0;
}

/* The months of the provinces of 2024: all of them, or the first few. */
static struct ask *ask_for(struct desk *d, size_t units, const char *sort)
{
        struct ask *a = arena_alloc(d->arena, sizeof *a);
        const struct unit *list[128];
        const char **codes = arena_array(d->arena, 128, sizeof *codes);
        const struct indicator **indicator = arena_alloc(d->arena, sizeof *indicator);

        unit_list(catalogue_of(&d->w), LEVEL_PROVINCE, day_of(2024, 6, 1), list, 128);
        for (size_t i = 0; i < units; i++)
                codes[i] = list[i]->key;
        *indicator = indicator_find(catalogue_of(&d->w), "electricity_sold");
        *a = (struct ask){ .query = { .indicators = indicator, .indicator_count = 1, .units = codes, .unit_count = units, .from = BEGIN, .to = period_plus(BEGIN, MONTHS - 1) },
                           .level = -1, .rows = { BY_UNIT }, .row_count = 1, .columns = { BY_PERIOD }, .column_count = 1, .sums_rows = true, .sums_columns = true,
                           .sort = sort, .at = "", .query_text = "" };
        return a;
}

static struct grid *grid_for(struct desk *d, const struct ask *a)
{
        struct grid *g = arena_alloc(d->arena, sizeof *g);

        if (!db_begin(d->w.db) || !grid_make(&d->w, a, g))
                fail_msg("%s", d->w.err.message);
        db_rollback(d->w.db);
        return g;
}

static void sums_are_exact_for_rows_columns_and_all(void **state)
{
        struct desk *d = *state;
        const struct grid *g;
        int64_t months = 1 + 2 + 4 + 5 + 6, provinces = 63 * 64 / 2;

        desk_work(d);
        g = grid_for(d, ask_for(d, 63, ""));
        assert_int_equal(g->row_count, 63);
        assert_int_equal(g->column_count, MONTHS); /* March, which has no figure, too */
        for (size_t r = 0; r < g->row_count; r++) {
                assert_int_equal(g->row_sums[r].value, (int64_t)(r + 1) * months);
                assert_int_equal(g->row_sums[r].of, MONTHS - 1);
                assert_int_equal(g->row_sums[r].expected, MONTHS);
        }
        for (int m = 0; m < MONTHS; m++) {
                assert_int_equal(g->column_sums[m].refusal, m == 2 ? REFUSE_NONE_THERE : REFUSE_NOTHING);
                assert_int_equal(g->column_sums[m].value, m == 2 ? 0 : provinces * (m + 1));
        }
        assert_int_equal(g->whole->value, provinces * months);
        assert_string_equal(g->measure, "million kWh");
}

static void rows_are_sorted_by_a_column_and_those_without_a_figure_come_last(void **state)
{
        struct desk *d = *state;
        const struct grid *g;

        desk_work(d);
        g = grid_for(d, ask_for(d, 63, "-2024-02"));
        for (size_t r = 1; r < g->row_count; r++)
                assert_true(grid_at(g, r - 1, 1)->value >= grid_at(g, r, 1)->value);
        g = grid_for(d, ask_for(d, 63, "total"));
        for (size_t r = 1; r < g->row_count; r++)
                assert_true(g->row_sums[r - 1].value <= g->row_sums[r].value);
        g = grid_for(d, ask_for(d, 63, "2024-03")); /* nothing to sort by: as listed */
        assert_string_equal(g->row_heads[0].code, "01");
}

static void what_varies_without_a_place_goes_into_the_rows(void **state)
{
        struct desk *d = *state;
        struct ask *a;
        const struct grid *g;

        desk_work(d);
        a = ask_for(d, 3, "");
        a->row_count = 0;
        g = grid_for(d, a);
        assert_int_equal(g->row_dimensions, 1);
        assert_int_equal(g->rows[0], BY_UNIT);
        a->column_count = 0;
        g = grid_for(d, a);
        assert_int_equal(g->row_dimensions, 2);
        assert_int_equal(g->row_count, 3 * (MONTHS - 1));
        assert_int_equal(g->column_count, 1);
}

/* The kept totals of 32 places of a period are looked up together; never those of each place, nor of each figure. */
static void the_number_of_statements_is_bounded_by_periods(void **state)
{
        static const size_t units[] = { 2, 63 };
        struct desk *d = *state;

        for (size_t i = 0; i < 2; i++) {
                long before;

                desk_work(d);
                before = db_statement_count(d->w.db);
                grid_for(d, ask_for(d, units[i], "-2024-02"));
                if (db_statement_count(d->w.db) - before > MONTHS * (1 + ((long)units[i] + 31) / 32) + 3)
                        fail_msg("%ld statements for %zu units", db_statement_count(d->w.db) - before, units[i]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sums_are_exact_for_rows_columns_and_all),
                cmocka_unit_test(rows_are_sorted_by_a_column_and_those_without_a_figure_come_last),
                cmocka_unit_test(what_varies_without_a_place_goes_into_the_rows),
                cmocka_unit_test(the_number_of_statements_is_bounded_by_periods),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
