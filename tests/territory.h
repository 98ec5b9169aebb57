/* territory.h - one node that knows provinces and districts and whom it trusts, for tests of what it may tell to whom. A header of functions: each test has
 * its own node. */
#ifndef TESTS_TERRITORY_H
#define TESTS_TERRITORY_H

#include "tests/support.h"
#include "tests/shipped.h"

#include "base/log.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"

#define PAD "0000000000000000000000000000000000000000000000000000000000000" /* of a key after three digits */

static const struct entry_kind *const kinds[] = { trust_kinds, catalogue_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

static struct node *node;
static struct arena *arena;
static struct work w;
static moment clock_stands; /* at that moment; 0: it goes */

static void work_anew(void)
{
        static struct error err;

        err = (struct error){ .language = LANGUAGE_EN };
        arena_reset(arena);
        work_init(&w, arena, node_reader(node, &err), LANGUAGE_EN);
        w.node = node;
        w.user = &user_operator;
        w.now = clock_stands != 0 ? clock_stands : moment_now();
}

static void must_write(work_function *function, const void *argument)
{
        work_anew();
        if (!ledger_write(&w, function, (void *)(uintptr_t)argument))
                fail_msg("%s", w.err.message);
        work_anew();
}

/* Provinces and districts. */
static bool load_little(struct work *unused, void *argument)
{
        static const char *const left_out[] = { "commune", "names.csv", "workflow", "cluster", NULL };

        (void)argument;
        return load_shipped_but(unused, left_out);
}

static void open_node(const char *unit)
{
        struct error err = { .language = LANGUAGE_EN };
        char folder[512];

        log_set_level(LOG_ALARM);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        assert_true(node_init(folder, unit, test_store(), &schema, &err));
        node = node_open(folder, NODE_WRITE, &schema, &err);
        assert_non_null(node);
        arena = arena_open((size_t)256 << 20);
        must_write(load_little, NULL);
}

static void end_node(void)
{
        node_close(node);
        arena_close(arena);
}

#endif
