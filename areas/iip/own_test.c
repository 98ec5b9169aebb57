/* What a conflict shows of a report is found among very many. */
#include "tests/support.h"

#include "areas/iip/iip.h"
#include "areas/program.h"
#include "base/log.h"
#include "ledger/node.h"
#include "ledger/symbol.h"
#include "ledger/write.h"

enum { MONTHS = 12, MAKERS = 600 };

static int64_t unit;

static bool fill(struct work *w, void *argument)
{
        (void)argument;
        unit = symbol_make(w, 't', "42", 2);
        return db_exec(w->db,
                       "INSERT INTO iip_output (series, unit, month, establishment, product, measure, quantity, at, rank, entry, stood_until)"
                       " WITH RECURSIVE month (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM month WHERE n + 1 < $2),"
                       " maker (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM maker WHERE n + 1 < $3)"
                       " SELECT s, $1, $4 + month.n, maker.n, 7, 9, maker.n + 1000 * s, 1, 1, 100 + s * 1000 + month.n, 5 FROM month, maker, (SELECT 0 AS s UNION ALL SELECT 2) AS series",
                       ARGS(v_int(unit), v_int(MONTHS), v_int(MAKERS), v_int(period_make(FREQUENCY_MONTH, 2019, 1))));
}

static void a_report_is_found_by_its_series_unit_and_month(void **state)
{
        struct arena *arena = arena_open((size_t)64 << 20);
        const struct unit place = { .code = "42" };
        struct error err = { .code = ERR_NONE };
        char folder[600];
        struct node *node = NULL;
        struct work w = { .now = 0 };

        (void)state;
        log_set_level(LOG_ALARM);
        program_start();
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        if (!node_init(folder, "42", test_store(), program_schema(), &err) || (node = node_open(folder, NODE_WRITE, program_schema(), &err)) == NULL)
                fail_msg("%s", err.message);
        work_init(&w, arena, node_reader(node, &w.err), LANGUAGE_EN);
        w.node = node;
        w.user = &user_operator;
        w.now = moment_now();
        if (!ledger_write(&w, fill, NULL))
                fail_msg("%s", w.err.message);
        for (int i = 0; i < 300; i++) {
                int series = i % 2 == 0 ? SERIES_PRODUCTION : SERIES_INVENTORY, month = i % MONTHS;
                struct contest_cell c = { .indicator = &iip_own.topics[series], .unit = &place, .period = period_plus(period_make(FREQUENCY_MONTH, 2019, 1), month),
                                          .cell = { [4] = 7, [5] = i } };
                int64_t value, measure;

                if (!iip_own.value(&w, &c, 100 + series * 1000 + month, &value, &measure) || value != i + 1000 * series || measure != 9)
                        fail_msg("%d: %s", i, w.err.message);
                assert_false(iip_own.value(&w, &c, 99, &value, &measure));
        }
        node_close(node);
        arena_close(arena);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_report_is_found_by_its_series_unit_and_month),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
