/* figure_desk.h - a node with the shipped catalogue, reports to it and questions to it, for the tests of figures.
 *
 * Header only, as support.h. */
#ifndef TESTS_FIGURE_DESK_H
#define TESTS_FIGURE_DESK_H

#include "tests/support.h"
#include "tests/shipped.h"

#include "base/log.h"
#include "figure/figure_private.h"
#include "format/jsonw.h"
#include "ledger/check.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/trust.h"
#include "ledger/write.h"

static inline enum applied apply_sent(struct work *w, const struct entry *e, struct error *why)
{
        const struct figure defaults = { .status = STATUS_SUBMITTED };
        const char *block = json_string_value(json_object_get(e->body, "figures"));

        return figures_apply_block(w, e, block, strlen(block), &defaults, why);
}

static const struct entry_kind sent_kinds[] = { { "sent.report", apply_sent, "a report" }, { "sent.settle", figures_apply_settle, "a decision about one" }, { 0 } };
static const struct entry_kind *const kinds[] = { trust_kinds, catalogue_kinds, figure_kinds, sent_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, figure_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables, .decides_first = figure_decides_first,
                                             .deferral = &figure_deferral, .puts_off = figure_puts_off };

/* ---- a node with a catalogue ------------------------------------------------------------------------- */

struct desk {
        char folder[512];
        struct node *node;
        struct arena *arena;
        struct work w;
};

static inline void desk_work(struct desk *d)
{
        struct db *db = node_reader(d->node, &d->w.err);

        arena_reset(d->arena);
        work_init(&d->w, d->arena, db, LANGUAGE_EN);
        d->w.node = d->node;
        d->w.user = &user_operator;
        d->w.now = moment_now();
}

/* What provinces report needs: a catalogue of few statements, for tests that let each of them fail. */
static inline bool load_little(struct work *w, void *argument)
{
        static const char *const left_out[] = { "commune", "district", "names.csv", "workflow", "cluster", NULL };

        (void)argument;
        return load_shipped_but(w, left_out);
}

static inline void desk_open_with(struct desk *d, const char *unit, work_function *load)
{
        struct error err = { .language = LANGUAGE_EN };

        log_set_level(getenv("CAUNOI_TEST_LOG") != NULL ? LOG_DETAIL : LOG_ALARM);
        memset(d, 0, sizeof *d);
        snprintf(d->folder, sizeof d->folder, "%s/node", test_folder());
        d->arena = arena_open((size_t)512 << 20);
        if (!node_init(d->folder, unit, test_store(), &schema, &err))
                fail_msg("%s: %s", err.context, err.message);
        d->node = node_open(d->folder, NODE_WRITE, &schema, &err);
        if (d->node == NULL)
                fail_msg("%s: %s", err.context, err.message);
        desk_work(d);
        if (!ledger_write(&d->w, load, NULL))
                fail_msg("%s", d->w.err.message);
}

static inline void desk_open(struct desk *d, const char *unit)
{
        desk_open_with(d, unit, load_shipped);
}

static inline void desk_close(struct desk *d)
{
        node_close(d->node);
        arena_close(d->arena);
}

/* ---- reporting ---------------------------------------------------------------------------------------- */

struct report {
        const char *block, *status, *known_from, *audience;
        bool is_blind; /* written without having seen what others wrote, with two rows explained */
        const char *source; /* NULL: no kind of source that the catalogue knows */
};

static inline bool write_report(struct work *w, void *argument)
{
        const struct report *r = argument;
        struct buf body;
        struct jsonw j;
        bool ok;

        buf_init(&body, 0);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "source", r->source == NULL ? "a test" : r->source);
        jsonw_member_text(&j, "status", r->status);
        if (r->known_from != NULL)
                jsonw_member_text(&j, "known_from", r->known_from);
        if (r->is_blind) {
                jsonw_name(&j, "seen");
                jsonw_object(&j);
                jsonw_end(&j);
                jsonw_name(&j, "explanations");
                jsonw_object(&j);
                jsonw_member_text(&j, "7.1", "a new works");
                jsonw_member_text(&j, "9", "Tết");
                jsonw_end(&j);
        }
        jsonw_member_text(&j, "figures", r->block);
        jsonw_end(&j);
        ok = ledger_append(w, r->audience, "figures.report", "test", &body, NULL);
        buf_clear(&body);
        return ok;
}

static inline bool try_report(struct desk *d, const char *block, const char *status, const char *known_from)
{
        struct report r = { block, status, known_from,
                            strcmp(node_unit(d->node), "VN") == 0 ? AUDIENCE_ALL : node_unit(d->node), false, NULL };

        desk_work(d);
        return ledger_write(&d->w, write_report, &r);
}

/* Published figures from a source. */
static inline void report_from(struct desk *d, const char *block, const char *known_from, const char *source)
{
        struct report r = { block, "published", known_from, strcmp(node_unit(d->node), "VN") == 0 ? AUDIENCE_ALL : node_unit(d->node), false, source };

        desk_work(d);
        if (!ledger_write(&d->w, write_report, &r))
                fail_msg("%s: %s", d->w.err.context, d->w.err.message);
}

static inline void report(struct desk *d, const char *block, const char *known_from)
{
        if (!try_report(d, block, "published", known_from))
                fail_msg("%s: %s", d->w.err.context, d->w.err.message);
}

/* ---- asking --------------------------------------------------------------------------------------------- */

struct answer {
        char text[20000]; /* a line a row: indicator unit period item value status base change note */
        char printed[20000]; /* the same with the change as it is printed */
        size_t length, printed_length;
        int count;
        char last_key[512];
        enum figure_mark last_mark;
};

static inline bool note_row(struct work *w, const struct figure_row *r, void *context)
{
        struct answer *into = context;
        char value[DECIMAL_TEXT_MAX] = "-", base[DECIMAL_TEXT_MAX] = "-", change[DECIMAL_TEXT_MAX] = "-", p[PERIOD_TEXT_MAX];

        (void)w;
        if (r->has_value)
                decimal_write(value, r->value, r->indicator->decimals);
        if (r->has_base)
                decimal_write(base, r->base_value, r->indicator->decimals);
        period_write(p, r->period);
        for (int k = 0; k < 2; k++) {
                char *text = k == 0 ? into->printed : into->text;
                size_t *length = k == 0 ? &into->printed_length : &into->length;

                if (r->has_change)
                        decimal_write(change, k == 0 ? r->printed : r->change, FIGURE_CHANGE_DECIMALS);
                *length += (size_t)snprintf(text + *length, sizeof into->text - *length, "%s %s %s %s %s %s %s %s %s\n",
                                            r->indicator->id, r->unit->code, p, *r->item == '\0' ? "." : r->item, value,
                                            r->status == 0 ? "-" : figure_status_name(r->status), base, change,
                                            r->note == NULL ? "." : r->note);
        }
        into->count++;
        snprintf(into->last_key, sizeof into->last_key, "%s", r->key);
        into->last_mark = r->mark;
        return into->length < sizeof into->text - 600;
}

struct ask {
        const char *indicator, *units[6], *from, *to, *item, *compare, *known, *boundary;
        bool children, is_public, all_versions;
        enum figure_status status;
        int64_t limit;
        const char *after;
};

static struct answer answered; /* of the last question */

/* What is known today is what is known on the last of all days: the one is answered from totals that are kept, the other from the figures. */
static inline void assert_the_past_says_the_same(struct desk *d, struct figure_query q)
{
        static struct answer past;

        past.length = past.printed_length = 0;
        past.text[0] = '\0';
        q.known = INT64_MAX - 1;
        if (!figures_read(&d->w, &q, note_row, &past))
                fail_msg("%s", d->w.err.message);
        assert_string_equal(past.text, answered.text);
}

static inline const char *answer_to(struct desk *d, struct ask ask)
{
        struct figure_query q = { .with_children = ask.children, .only_published = ask.is_public, .status = ask.status,
                                  .all_versions = ask.all_versions, .limit = ask.limit, .after = ask.after };
        const struct indicator *indicator;

        answered.length = answered.printed_length = 0;
        answered.count = 0;
        answered.text[0] = '\0';
        desk_work(d);
        if (ask.indicator != NULL) {
                indicator = indicator_find(catalogue_of(&d->w), ask.indicator);
                assert_non_null(indicator);
                q.indicators = &indicator;
                q.indicator_count = 1;
        }
        q.units = ask.units;
        while (q.unit_count < 6 && ask.units[q.unit_count] != NULL)
                q.unit_count++;
        if (ask.from != NULL)
                assert_true(period_read(ask.from, strlen(ask.from), &q.from));
        if (ask.to != NULL)
                assert_true(period_read(ask.to, strlen(ask.to), &q.to));
        if (ask.item != NULL) {
                q.items = &ask.item;
                q.item_count = 1;
        }
        if (ask.compare != NULL)
                assert_true(compare_read(ask.compare, &q.compare));
        if (ask.known != NULL)
                assert_true(moment_read(ask.known, strlen(ask.known), &q.known));
        if (ask.boundary != NULL) {
                q.boundary = BOUNDARY_DATE;
                assert_true(day_read(ask.boundary, strlen(ask.boundary), &q.boundary_day));
        }
        assert_true(db_begin(d->w.db));
        if (!figures_read(&d->w, &q, note_row, &answered))
                fail_msg("%s", d->w.err.message);
        if (ask.known == NULL)
                assert_the_past_says_the_same(d, q);
        db_rollback(d->w.db);
        return answered.text;
}

#define ASK(desk, ...) answer_to((desk), (struct ask){ __VA_ARGS__ })

/* Every total against what stands, cell by cell, computed here. */
static inline void assert_totals_equal_recomputation(struct desk *d)
{
        desk_work(d);
        assert_int_equal(
                db_number(d->w.db,
                          "WITH standing AS (SELECT f.* FROM figure f WHERE f.status >= 2 AND f.known_from ="
                          " (SELECT MAX(g.known_from) FROM figure g WHERE g.province = f.province"
                          " AND g.indicator = f.indicator AND g.period = f.period AND g.unit = f.unit"
                          " AND g.item = f.item AND g.partner = f.partner AND g.status >= 2)),"
                          " s AS (SELECT indicator, period, item, partner, CAST(SUM(value) AS BIGINT) AS value, COUNT(*) AS n,"
                          " CAST(SUM(CASE WHEN status = 2 THEN 1 ELSE 0 END) AS BIGINT) AS n2,"
                          " CAST(SUM(CASE WHEN status = 3 THEN 1 ELSE 0 END) AS BIGINT) AS n3,"
                          " CAST(SUM(CASE WHEN mark = 1 THEN 1 ELSE 0 END) AS BIGINT) AS n4"
                          " FROM standing GROUP BY indicator, period, item, partner)"
                          " SELECT (SELECT COUNT(*) FROM s) - (SELECT COUNT(*) FROM figure_total t JOIN s ON"
                          " s.indicator = t.indicator AND s.period = t.period AND s.item = t.item"
                          " AND s.partner = t.partner AND s.n = t.n AND s.n2 = t.n_submitted AND s.n3 = t.n_approved AND s.n4 = t.n_estimates"
                          " AND s.value = t.sum_high * 4294967296 + t.sum_low)",
                          NO_ARGS, -1),
                0);
}

#endif
