/* What entries say together: which stated shares stand. */
#include "tests/support.h"

#include "areas/iip/iip.h"
#include "base/buf.h"
#include "db/db.h"

struct desk {
        struct arena *arena;
        struct work w;
        int64_t entries;
};

static int set_up(void **state)
{
        static struct desk d;
        struct error err = { .code = ERR_NONE };
        struct db *db = db_open(test_database(), DB_WRITE, &err);

        if (db == NULL)
                fail_msg("%s", err.message);
        d = (struct desk){ .arena = arena_open((size_t)512 << 20) };
        work_init(&d.w, d.arena, db, LANGUAGE_EN);
        for (const struct derived_table *t = iip_tables; t->name != NULL; t++)
                if (strcmp(t->name, "iip_shares") == 0)
                        assert_true(db_exec(db, t->create_sql, NO_ARGS));
        *state = &d;
        return 0;
}

static int tear_down(void **state)
{
        struct desk *d = *state;

        arena_close(d->arena);
        db_close(d->w.db);
        return 0;
}

/* The shares of the class that begins the lines. */
static void state_shares(struct desk *d, stamp at, int64_t rank, const char *lines, stamp until)
{
        assert_true(db_exec(d->w.db, "INSERT INTO iip_shares (unit, class, place, lines, at, rank, entry, series, stood_until) VALUES ('42', $1, 0, $2, $3, $4, $5, 0, $6)",
                            ARGS(v_text(arena_copy(d->arena, lines, strcspn(lines, "\t"))), v_text(lines), v_int(at), v_int(rank), v_int(++d->entries), v_int(until))));
}

static void of_a_class_the_newest_statement_stands(void **state)
{
        static const struct { stamp since, until; const char *expected; } cases[] = {
                { 0, 0, "" },
                { 0, 10, "A A1 600000 old|A A2 400000 old|B B1 1000000 old|" },
                { 0, 20, "B B1 1000000 old|A A2 1000000 new|" },
                { 0, 30, "A A2 1000000 new|" },
                { 0, 40, "A A2 1000000 new|B B2 1000000 higher rank|" },
                { 0, 45, "A A2 1000000 new|B B2 1000000 higher rank|" },
                { 0, IIP_ALL, "B B2 1000000 higher rank|" },
                { 11, 20, "A A2 1000000 new|" }, /* what was said of another unit that had the code */
                { 41, 49, "" },
        };
        struct desk *d = *state;

        state_shares(d, 40, 9, "B\tB2\t100\thigher rank\t2026-01-01", IIP_STANDS);
        state_shares(d, 50, 1, "A\t\t\tback\t2026-01-01", IIP_STANDS);
        state_shares(d, 50, 1, "C\t\t\tnever stated\t2026-01-01", IIP_STANDS);
        state_shares(d, 10, 1, "A\tA1\t60\told\t2026-01-01\nA\tA2\t40\told\t2026-01-01", IIP_STANDS);
        state_shares(d, 10, 1, "B\tB1\t100\told\t2026-01-01", IIP_STANDS);
        state_shares(d, 20, 1, "A\tA2\t100\tnew\t2026-01-01", IIP_STANDS);
        state_shares(d, 30, 1, "B\t\t\tback\t2026-01-01", IIP_STANDS);
        state_shares(d, 40, 8, "B\tB1\t100\tlower rank\t2026-01-01", IIP_STANDS);
        state_shares(d, 45, 1, "A\tA1\t100\tof another node, never stood\t2026-01-01", 45);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *told = "";
                size_t count;
                struct iip_share *list = iip_shares_of(&d->w, SERIES_PRODUCTION, "42", cases[i].since, cases[i].until, &count);

                for (size_t k = 0; k < count; k++)
                        told = arena_print(d->arena, "%s%s %s %lld %s|", told, list[k].from, list[k].to, (long long)list[k].share_ppm, list[k].source);
                if (!work_ok(&d->w) || strcmp(told, cases[i].expected) != 0)
                        fail_msg("until %lld: %s %s", (long long)cases[i].until, told, d->w.err.message);
        }
}

/* Classes that nobody divided stand in nobody's way, however many are stated. */
static void very_many_classes_are_read(void **state)
{
        enum { ENTRIES = 10, LINES = 1000 };
        struct desk *d = *state;
        size_t count;

        for (int i = 0; i < ENTRIES; i++) {
                struct buf block;

                buf_init(&block, (size_t)1 << 20);
                for (int k = 0; k < LINES; k++)
                        buf_print(&block, "class %d.%d\tto\t100\tsource\t2026-01-01\n", i, k);
                state_shares(d, 100 + i, 1, arena_copy(d->arena, block.data, block.length), IIP_STANDS);
                buf_clear(&block);
        }
        iip_shares_of(&d->w, SERIES_PRODUCTION, "42", 0, IIP_ALL, &count);
        assert_int_equal(count, 1 + ENTRIES * LINES);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(of_a_class_the_newest_statement_stands),
                cmocka_unit_test(very_many_classes_are_read),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
