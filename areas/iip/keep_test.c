/* What is kept between requests: found again, given back when it does not stand any more or takes too much, and nothing is lost where memory
 * runs out while it is made. */
#include "tests/support.h"
#include "tests/shipped.h"

#include <malloc.h>

#include "areas/iip/iip.h"
#include "areas/program.h"
#include "base/buf.h"
#include "base/log.h"
#include "ledger/node.h"
#include "ledger/write.h"

struct desk {
        struct node *node;
        struct arena *arena;
        struct work w;
        char folder[512];
};

static void desk_work(struct desk *d)
{
        arena_reset(d->arena); /* what was held is let go */
        work_init(&d->w, d->arena, node_reader(d->node, &d->w.err), LANGUAGE_EN);
        d->w.node = d->node;
        d->w.user = &user_operator;
        d->w.now = moment_now();
}

static int set_up(void **state)
{
        static struct desk d;
        struct error err = { .code = ERR_NONE };
        char folder[600];

        log_set_level(LOG_ALARM);
        program_start();
        memset(&d, 0, sizeof d);
        snprintf(d.folder, sizeof d.folder, "%s", test_folder());
        snprintf(folder, sizeof folder, "%s/node", d.folder);
        d.arena = arena_open((size_t)512 << 20);
        if (!node_init(folder, "42", test_store(), program_schema(), &err))
                fail_msg("%s", err.message);
        d.node = node_open(folder, NODE_WRITE, program_schema(), &err);
        if (d.node == NULL)
                fail_msg("%s", err.message);
        desk_work(&d);
        if (!ledger_write(&d.w, load_shipped, NULL))
                fail_msg("%s", d.w.err.message);
        *state = &d;
        return 0;
}

static int tear_down(void **state)
{
        struct desk *d = *state;

        node_close(d->node);
        arena_close(d->arena);
        iip_kept_idle(IIP_FAMILY_MEMORY);
        return 0;
}

/* ---- things of a size ------------------------------------------------------------------------------------- */

#define THING ((size_t)1 << 20)

static int made;

static void *make_thing(struct work *w, const void *argument)
{
        (void)argument;
        made++;
        return arena_alloc(w->arena, THING);
}

static const struct iip_keeper things = { .make = make_thing };

static const void *keep(struct desk *d, const char *what, enum iip_series series)
{
        const void *thing = iip_keep(&d->w, what, series, iip_vintage(&d->w, 0), &things, NULL);

        if (thing == NULL)
                fail_msg("%s: %s", what, d->w.err.message);
        return thing;
}

static void what_was_made_is_found_again_while_the_map_is_the_same(void **state)
{
        struct desk *d = *state;
        const void *first;

        made = 0;
        desk_work(d);
        first = keep(d, "a", SERIES_PRODUCTION);
        desk_work(d);
        assert_ptr_equal(keep(d, "a", SERIES_PRODUCTION), first);
        desk_work(d);
        d->w.now += moment_of_day(1) - moment_of_day(0); /* the next day */
        assert_ptr_equal(keep(d, "a", SERIES_PRODUCTION), first);
        assert_int_equal(made, 1);
        desk_work(d);
        d->w.now = moment_of_day(unit_map_since(catalogue_of(&d->w), day_of_moment(d->w.now)) - 1);
        keep(d, "a", SERIES_PRODUCTION);
        assert_int_equal(made, 2);
}

static void what_does_not_stand_any_more_is_given_back(void **state)
{
        struct desk *d = *state;
        struct arena *other = arena_open(1 << 20), *own = d->arena;

        iip_kept_idle(IIP_FAMILY_MEMORY);
        desk_work(d);
        keep(d, "a", SERIES_PRODUCTION);
        keep(d, "b", SERIES_PRODUCTION);
        keep(d, "c", SERIES_LABOUR);
        desk_work(d);
        assert_in_range(iip_kept_idle(IIP_FAMILY_MEMORY), 3 * THING, 4 * THING - 1);
        d->w.now = moment_of_day(unit_map_since(catalogue_of(&d->w), day_of_moment(d->w.now)) - 2); /* what is told of the family is told anew; the other was not asked for yet */
        keep(d, "a", SERIES_PRODUCTION);
        assert_in_range(iip_kept_idle(IIP_FAMILY_MEMORY), THING, 2 * THING - 1);
        d->arena = other; /* who still holds what is outdated can go on with it */
        desk_work(d);
        memset((void *)(uintptr_t)keep(d, "b", SERIES_PRODUCTION), 1, THING);
        d->arena = own;
        desk_work(d);
        assert_in_range(iip_kept_idle(IIP_FAMILY_MEMORY), THING, 2 * THING - 1);
        arena_close(other);
        assert_in_range(iip_kept_idle(IIP_FAMILY_MEMORY), 2 * THING, 3 * THING - 1);
}

static void of_what_nobody_holds_no_more_is_kept_than_may_be(void **state)
{
        struct desk *d = *state;

        iip_kept_idle(2 * THING + THING / 2);
        desk_work(d);
        for (char name[] = "p"; *name <= 't'; ++*name)
                keep(d, name, SERIES_LABOUR);
        desk_work(d);
        assert_in_range(iip_kept_idle(2 * THING + THING / 2), 2 * THING, 2 * THING + THING / 2);
        made = 0;
        keep(d, "t", SERIES_LABOUR); /* the newest */
        keep(d, "s", SERIES_LABOUR);
        assert_int_equal(made, 0);
        keep(d, "p", SERIES_LABOUR);
        assert_int_equal(made, 1);
}

/* ---- memory ends ---------------------------------------------------------------------------------------------- */

static bool bring(struct desk *d, enum iip_file file, const char *text)
{
        struct iip_import what = { .file = file, .unit = "42", .source = "test", .from = period_make(FREQUENCY_MONTH, 2020, 1),
                                   .base = period_make(FREQUENCY_YEAR, 2020, 0) };
        struct iip_result result = { 0 };
        char path[600];
        FILE *f;

        snprintf(path, sizeof path, "%s/file.csv", d->folder);
        f = fopen(path, "w");
        assert_non_null(f);
        fputs(text, f);
        fclose(f);
        desk_work(d);
        return iip_import(&d->w, path, &what, &result) || (print_message("%s\n", d->w.err.message), false);
}

static bool make_table(struct work *w, void *argument)
{
        (void)argument;
        return iip_make(w, unit_at(catalogue_of(w), "42", day_of_moment(w->now)), SERIES_PRODUCTION, iip_vintage(w, 0)) != NULL;
}

/* Anew, where the n-th piece of memory is refused; 0: none is. */
static bool table_is_made(struct desk *d, long n)
{
        bool ok;

        desk_work(d);
        iip_kept_idle(0);
        iip_keep(&d->w, "other", SERIES_LABOUR, iip_vintage(&d->w, 0), &things, NULL);
        desk_work(d); /* now nothing is kept */
        arena_fail_at(n);
        ok = work_run(&d->w, make_table, NULL);
        arena_fail_at(0);
        if (ok || d->w.err.code == ERR_ENVIRONMENT)
                return ok;
        fail_msg("piece %ld: %s", n, d->w.err.message);
        return false;
}

/* Bytes allocated now. Of the sanitizers' library where they are. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
        return __sanitizer_get_current_allocated_bytes != NULL ? __sanitizer_get_current_allocated_bytes() : mallinfo2().uordblks + mallinfo2().hblkhd;
}

/* Statements that stay prepared point into what was not given back: for the sanitizer it is not lost. */
static void where_memory_ends_while_it_is_made_nothing_is_lost(void **state)
{
        struct desk *d = *state;
        struct buf output;
        long least = 0, most = 1;

        buf_init(&output, 1 << 16);
        buf_text(&output, "month,establishment,product,measure,quantity\n");
        for (int month = 1; month <= 12; month++)
                for (int i = 0; i < 4; i++)
                        buf_print(&output, "2020-%02d,m%d,p,t,%d\n", month, i, 100 + month + i);
        assert_true(bring(d, IIP_FILE_WEIGHTS, "code,parent,name,measure,weight\nTOTAL,,Whole,,1\np,TOTAL,Product,t,1\n"));
        assert_true(bring(d, IIP_FILE_SAMPLE, "establishment,name,product,from,to\nm0,m0,p,2020-01,\nm1,m1,p,2020-01,\nm2,m2,p,2020-01,\nm3,m3,p,2020-01,\n"));
        assert_true(bring(d, IIP_FILE_OUTPUT, output.data));
        buf_clear(&output);
        while (!table_is_made(d, most)) /* how many pieces it takes, to the piece */
                least = most, most *= 2;
        while (most - least > 1) {
                long middle = least + (most - least) / 2;

                if (table_is_made(d, middle))
                        most = middle;
                else
                        least = middle;
        }
        for (long n = least - 40; n <= least; n++) { /* the last are of what is kept */
                size_t before;

                assert_false(table_is_made(d, n));
                before = allocated();
                assert_false(table_is_made(d, n));
                if (allocated() > before + 4096)
                        fail_msg("piece %ld: %zu bytes before, then %zu", n, before, allocated());
        }
        assert_true(table_is_made(d, 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_made_is_found_again_while_the_map_is_the_same),
                cmocka_unit_test(what_does_not_stand_any_more_is_given_back),
                cmocka_unit_test(of_what_nobody_holds_no_more_is_kept_than_may_be),
                cmocka_unit_test(where_memory_ends_while_it_is_made_nothing_is_lost),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
