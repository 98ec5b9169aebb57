/* Entries of several nodes arrive at three to five others in any order, several at a time, twice, late, with failures of the
 * database in between: the tables must come out the same everywhere, and the same as those of a rebuild. All kinds of the program take part, also what
 * no honest node would write. The entries are made by hand, so that every time and every tie can occur. */
#include "tests/hand_made.h"

#define WORLDS 7
#define SCHEDULES 5 /* a world */
#define CHECK_EVERY 5 /* schedules: one node's tables are made anew and compared */
#define DESKS_MOST 5 /* nodes that receive, a schedule */

/* Something of one to three streams. */
static void deliver_some(struct desk *r, const struct world *x)
{
        static struct batch b;
        unsigned streams = 1 + draw(3), first = draw((unsigned)x->count);

        b.count = 0;
        for (unsigned k = 0; k < streams && k < x->count; k++) {
                const struct stream *s = &x->streams[(first + k * 7) % x->count];
                int64_t after = held(r, s);

                if (draw(5) == 0)
                        after = after == 0 ? 0 : draw((unsigned)after); /* some of it once more */
                add_run(&b, s, after, 1 + draw(3));
        }
        deliver(r, &b, draw(8) == 0 ? 1 + (long)draw(400) : 0);
}

/* To each of them in its own order, and in the end all to all. */
static void deliver_at_random(struct desk *desks, unsigned count, const struct world *x)
{
        for (unsigned i = 0, n = count * (5 + draw(25)); i < n; i++)
                deliver_some(&desks[draw(count)], x);
        for (unsigned i = 0; i < count; i++)
                deliver_rest(&desks[i], x);
}

/* What the tables hold, one after another, to tell which differs. */
static const char *sizes_of(struct desk *r)
{
        static const char *const tables[] = { "peer", "trust_event", "succession", "catalogue_file", "account", "figure", "figure_beside",
                                              "figure_contest", "figure_entry", "figure_total",
                                              "report", "report_version", "ledger_entry", "ledger_set_aside" };
        static char text[2][600];
        static int which;
        char *out = text[which = !which];

        *out = '\0';
        desk_work(r);
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
                sprintf(out + strlen(out), " %s %lld", tables[i],
                        (long long)db_number(r->w.db, arena_print(r->arena, "SELECT COUNT(*) FROM %s", tables[i]), NO_ARGS, -1));
        return out;
}

/* ---- tests ---------------------------------------------------------------------------------------------------------------- */

/* One schedule: some nodes receive a world; all hold what the first one does. */
static void run_schedule(const struct world *x, unsigned world, unsigned schedule, struct desk *first, const char *expected)
{
        struct desk desks[DESKS_MOST];
        char hash[HASH_HEX];
        unsigned count;

        chance = 1442695040888963407u + world * 1000u + schedule;
        count = test_store() != NULL ? 1 : draw(4) > 0 ? 3 : 4 + draw(DESKS_MOST - 3); /* mostly three: each one costs */
        for (unsigned i = 0; i < count; i++)
                desk_open(&desks[i], test_store());
        deliver_at_random(desks, count, x);
        for (unsigned i = 0; i < count; i++) {
                state_of(&desks[i], hash);
                if (strcmp(hash, expected) != 0) {
                        const char *a = sizes_of(first), *b = sizes_of(&desks[i]);

                        fail_msg("world %u, schedule %u, node %u: other tables\n%s\n%s\n%s\n%s", world, schedule, i, a, b,
                                 first->folder, desks[i].folder);
                }
        }
        if (schedule % CHECK_EVERY == 0)
                check_sound(&desks[draw(count)], expected);
        for (unsigned i = 0; i < count; i++)
                desk_close(&desks[i]);
}

static void the_order_of_arrival_does_not_matter(void **state)
{
        const char *from = getenv("CAUNOI_ORDER_FROM"), *to = getenv("CAUNOI_ORDER_TO"); /* for longer runs, and one world again */
        unsigned end = to != NULL ? (unsigned)atoi(to) : test_store() != NULL ? 2 : WORLDS;
        const char *each = getenv("CAUNOI_ORDER_EACH");
        unsigned schedules = test_store() != NULL ? 4 : SCHEDULES; /* making a node's tables takes PostgreSQL a second */

        (void)state;
        if (each != NULL)
                schedules = (unsigned)atoi(each);
        for (unsigned number = from == NULL ? 0 : (unsigned)atoi(from); number < end; number++) {
                static struct world x;
                char expected[HASH_HEX];
                struct desk first;

                make_world(&x, number);
                desk_open(&first, test_store());
                deliver_rest(&first, &x);
                state_of(&first, expected);
                check_sound(&first, expected);
                for (unsigned i = 0; i < schedules; i++)
                        run_schedule(&x, number, i, &first, expected);
                desk_close(&first);
                arena_close(x.arena);
        }
}

static void both_databases_hold_the_same_tables(void **state)
{
        static struct world x;
        struct desk embedded, other;
        char a[HASH_HEX], b[HASH_HEX];

        (void)state;
        for (unsigned number = 0; number < 2; number++) {
                make_world(&x, 100 + number);
                desk_open(&embedded, NULL);
                desk_open(&other, test_store());
                deliver_rest(&embedded, &x);
                deliver_at_random(&other, 1, &x);
                state_of(&embedded, a);
                state_of(&other, b);
                assert_string_equal(a, b);
                desk_close(&embedded);
                desk_close(&other);
                arena_close(x.arena);
        }
}

/* The worlds must hold what the tests above are about. */
static void the_worlds_hold_conflicts_and_decisions(void **state)
{
        static const char *const asked[] = {
                "SELECT COUNT(*) FROM figure_contest WHERE closed_by = ''",
                "SELECT COUNT(*) FROM figure_contest WHERE closed_by <> ''",
                "SELECT COUNT(*) FROM figure_beside",
                "SELECT COUNT(*) FROM figure_entry WHERE settles IS NOT NULL",
                "SELECT COUNT(*) FROM ledger_entry e JOIN report_entry r ON r.entry = e.id WHERE e.kind = 'report.settle'",
                "SELECT COUNT(*) FROM (SELECT subject FROM report_version GROUP BY subject, version HAVING COUNT(*) > 1) twice",
        };
        int64_t found[sizeof asked / sizeof *asked] = { 0 };

        (void)state;
        for (unsigned number = 0; number < WORLDS; number++) {
                static struct world x;
                struct desk r;

                make_world(&x, number);
                desk_open(&r, NULL);
                deliver_rest(&r, &x);
                desk_work(&r);
                for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
                        found[i] += db_number(r.w.db, asked[i], NO_ARGS, 0);
                desk_close(&r);
                arena_close(x.arena);
        }
        for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
                if (found[i] == 0)
                        fail_msg("nothing found: %s", asked[i]);
                else
                        print_message("# %lld: %s\n", (long long)found[i], asked[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_worlds_hold_conflicts_and_decisions),
                cmocka_unit_test(the_order_of_arrival_does_not_matter),
                cmocka_unit_test(both_databases_hold_the_same_tables),
        };

        if (getenv("CAUNOI_ORDER_FROM") != NULL) /* a part of many: this alone */
                cmocka_set_test_filter("the_order_of_arrival*");
        return cmocka_run_group_tests(tests, open_writers, close_writers);
}
