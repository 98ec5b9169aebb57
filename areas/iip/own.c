/* own.c - what several nodes said of an establishment: its output of a month, and from when to when it is asked (the sample). Which of it stands, and conflicts
 * about it (figure/own.h). */
#include <string.h>

#include "areas/iip/iip.h"
#include "ledger/entry.h"
#include "ledger/symbol.h"

#define TOPIC(what, series, vi, en)                                                                                    \
        { .id = "iip." what "/" series, .name_vi = vi, .name_en = en, .unit_vi = "", .unit_en = "", .decimals = IIP_DECIMALS, \
          .comparison = "", .item_classification = "", .partner_classification = "", .formula = "", .weights = "",       \
          .source_vi = "", .source_en = "", .legal_basis = "" }

/* Output, then the sample, in the order of enum iip_series. */
static const struct indicator topics[2 * IIP_SERIES + 1] = {
        TOPIC("output", "production", "Sản lượng của cơ sở", "Output of an establishment"),
        TOPIC("output", "consumption", "Lượng tiêu thụ của cơ sở", "Sales of an establishment"),
        TOPIC("output", "inventory", "Tồn kho của cơ sở", "Stocks of an establishment"),
        TOPIC("output", "labour", "Lao động của cơ sở", "Workers of an establishment"),
        TOPIC("sample", "production", "Mẫu điều tra sản xuất", "Sample of production"),
        TOPIC("sample", "consumption", "Mẫu điều tra tiêu thụ", "Sample of consumption"),
        TOPIC("sample", "inventory", "Mẫu điều tra tồn kho", "Sample of inventory"),
        TOPIC("sample", "labour", "Mẫu điều tra lao động", "Sample of labour use"),
};

static bool is_of_sample(const struct contest_cell *c)
{
        return c->indicator >= &topics[IIP_SERIES];
}

static enum iip_series series_of(const struct contest_cell *c)
{
        return (enum iip_series)((c->indicator - topics) % IIP_SERIES);
}

/* ---- what stands ------------------------------------------------------------------------------------------------ */

/* A report, or a stretch of a line of the sample by the month in which it begins. */
struct report {
        int64_t establishment, product, month, value, measure, entry;
        stamp at, until;       /* as in the table */
        const char *node;
};

#define JOINED(table, month)                                                                                           \
        " FROM " table " n JOIN " table " o ON o.series = n.series AND o.unit = n.unit AND o.establishment = n.establishment" \
        " AND o.product = n.product AND o." month " = n." month                                                         \
        " JOIN ledger_entry e ON e.id = o.entry JOIN ledger_stream s ON s.id = e.stream"                                \
        " WHERE n.series = $1 AND n.unit = $2 AND n.entry = $3"
#define IN_ORDER(month) " ORDER BY o.establishment, o.product, o." month ", o.at, o.rank"

/* All that is said about what an entry tells of, in the order of cells and entries. */
static struct report *reports_read(struct work *w, const struct iip_told *t, int64_t entry, size_t *count)
{
        const struct value about[] = { v_int(t->series), v_int(t->unit_symbol), v_int(entry), v_int(t->month) };
        bool is_sample = t->file == IIP_FILE_SAMPLE;
        struct report *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct rows *r = db_query(w->db,
                                  is_sample ? "SELECT o.establishment, o.product, o.first_month, o.last_month, 0, o.entry, o.at, o.stood_until, s.node"
                                              JOINED("iip_sample", "first_month") IN_ORDER("first_month")
                                            : "SELECT o.establishment, o.product, o.month, o.quantity, o.measure, o.entry, o.at, o.stood_until, s.node"
                                              JOINED("iip_output", "month") " AND n.month = $4" IN_ORDER("month"),
                                  (struct values){ about, is_sample ? 3 : 4 });

        for (*count = 0; rows_next(r); ++*count) {
                const char *node = rows_text(r, 8), *last = *count == 0 ? "" : list[*count - 1].node;

                list = arena_room(w->arena, list, *count, sizeof *list);
                list[*count] = (struct report){ rows_int(r, 0), rows_int(r, 1), rows_int(r, 2), rows_int(r, 3), rows_int(r, 4), rows_int(r, 5), rows_int(r, 6),
                                                rows_int(r, 7), strcmp(node, last) == 0 ? last : arena_text(w->arena, node) };
        }
        rows_close(r);
        return list;
}

/* The unit a cell is about: that of its month, or of the first entry about it where there was none. */
static const struct unit *unit_of(struct work *w, const struct iip_told *t, const struct report *first)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_at(c, t->unit->code, period_last((period)first->month));

        return u != NULL || c == NULL ? u : unit_at(c, t->unit->code, day_of_moment(stamp_moment(first->at)));
}

/* Until when each version of a cell stands: of several nodes' the rules of figures decide; of one node's a report does until the next, and stretches are taken in the order in which
 * they were told (ground.c). NULL and an error on failure. */
static const struct own_version *fold(struct work *w, const struct iip_told *t, const struct report *list, size_t count)
{
        struct own_version *versions = arena_array(w->arena, count, sizeof *versions);
        bool is_one_node = true;
        const struct unit *u;
        int64_t cell[6];

        for (size_t i = 0; i < count; i++) {
                versions[i] = (struct own_version){ .entry = list[i].entry, .value = list[i].value, .measure = list[i].measure,
                                                    .until = t->file == IIP_FILE_SAMPLE || i + 1 == count ? IIP_STANDS : list[i + 1].at };
                is_one_node = is_one_node && strcmp(list[i].node, list[0].node) == 0;
        }
        if (is_one_node || (u = unit_of(w, t, list)) == NULL)
                return work_ok(w) ? versions : NULL;
        contest_cell_key(w, &topics[(t->file == IIP_FILE_SAMPLE) * IIP_SERIES + (int)t->series], u, (period)list[0].month, list[0].product, list[0].establishment, cell);
        return work_ok(w) && contest_refold(w, cell, versions, count) ? versions : NULL;
}

/* Whether others than an entry said something that may be about the same. */
static bool has_others(struct work *w, const struct iip_told *t, const struct entry *e)
{
        if (t->file == IIP_FILE_SAMPLE) /* all of one node's is taken as it was told */
                return db_text(w->db, w->arena,
                               "SELECT s.node FROM (SELECT DISTINCT entry FROM iip_sample WHERE series = $1 AND unit = $2) o JOIN ledger_entry e ON e.id = o.entry"
                               " JOIN ledger_stream s ON s.id = e.stream WHERE s.node <> $3 LIMIT 1",
                               ARGS(v_int(t->series), v_int(t->unit_symbol), v_text(e->node))) != NULL;
        return db_number(w->db, "SELECT entry FROM iip_output WHERE series = $1 AND unit = $2 AND month = $3 AND entry <> $4 LIMIT 1",
                         ARGS(v_int(t->series), v_int(t->unit_symbol), v_int(t->month), v_int(e->id)), 0) != 0;
}

#define STAND(table, month) "UPDATE " table " SET stood_until = $7 WHERE series = $1 AND unit = $2 AND " month " = $3 AND establishment = $4 AND product = $5 AND entry = $6"

bool iip_told_settle(struct work *w, const struct iip_told *t, const struct entry *e)
{
        size_t count, changes = 0;
        struct report *list;
        int64_t *changed;

        if (!has_others(w, t, e))
                return work_ok(w);
        list = reports_read(w, t, e->id, &count);
        changed = arena_array(w->arena, count * 7 + 1, sizeof *changed);
        for (size_t i = 0, end; work_ok(w) && i < count; i = end) {
                const struct own_version *folded;

                for (end = i + 1; end < count && list[end].establishment == list[i].establishment && list[end].product == list[i].product && list[end].month == list[i].month;)
                        end++;
                if (end - i > 1 && (folded = fold(w, t, list + i, end - i)) == NULL)
                        return false;
                for (size_t k = i; end - i > 1 && k < end; k++)
                        if (list[k].until != folded[k - i].until)
                                memcpy(changed + 7 * changes++, (int64_t[7]){ t->series, t->unit_symbol, list[k].month, list[k].establishment,
                                                                              list[k].product, list[k].entry, folded[k - i].until },
                                       7 * sizeof *changed);
        }
        return work_ok(w) && (changes == 0 || db_each(w->db, t->file == IIP_FILE_SAMPLE ? STAND("iip_sample", "first_month") : STAND("iip_output", "month"), changed, changes, 7, NULL, NULL));
}

/* ---- conflicts as they are shown and settled --------------------------------------------------------------------- */

static const char *title(struct work *w, const struct contest_cell *c)
{
        return arena_print(w->arena, "%s: %s, %s", text_in(w->language, c->indicator->name_vi, c->indicator->name_en), c->item, c->partner);
}

static const char *address(struct work *w, const struct contest_cell *c)
{
        return iip_why_address(w, "", c->unit->code, series_of(c), c->period, "", c->item);
}

#define TOLD_OF(table, month) " FROM " table " WHERE series = $1 AND unit = $2 AND " month " = $3 AND establishment = $4 AND product = $5 AND entry = $6"

static struct rows *told_of(struct work *w, const struct contest_cell *c, int64_t entry)
{
        return db_query(w->db, is_of_sample(c) ? "SELECT last_month, 0, name" TOLD_OF("iip_sample", "first_month") : "SELECT quantity, measure, 0" TOLD_OF("iip_output", "month"),
                        ARGS(v_int(series_of(c)), v_int(symbol_find(w, 't', c->unit->code)), v_int(c->period), v_int(c->cell[5]), v_int(c->cell[4]), v_int(entry)));
}

static bool value(struct work *w, const struct contest_cell *c, int64_t entry, int64_t *value, int64_t *measure)
{
        struct rows *r = told_of(w, c, entry);
        bool is_there = rows_next(r);

        if (is_there) {
                *value = rows_int(r, 0);
                *measure = rows_int(r, 1);
        }
        rows_close(r);
        return is_there;
}

/* Up to when a line of the sample is asked. */
static const char *said(struct work *w, const struct contest_cell *c, int64_t value)
{
        const struct iip_stretch s = { c->period, (period)value };
        char month[64];

        if (!is_of_sample(c))
                return NULL;
        if (s.to == PERIOD_NONE)
                return work_text(w, "asked without an end");
        if (iip_stretch_is_none(&s))
                return work_text(w, "not asked");
        period_write_said(month, sizeof month, s.to, w->language);
        return arena_print(w->arena, work_text(w, "asked up to %s"), month);
}

/* The line of the side chosen, as it was told. Each cell of the sample has one of its own (entry.c). */
static bool line_add(struct work *w, struct buf *block, const struct contest_view *v, const struct contest_cell *c, int side)
{
        char text[DECIMAL_TEXT_MAX + PERIOD_TEXT_MAX];

        buf_print(block, "%s%s\t", block->length == 0 ? "" : "\n", c->partner);
        if (is_of_sample(c)) {
                struct rows *r = told_of(w, c, v->sides[side].entry->id);
                int64_t name = rows_next(r) ? rows_int(r, 2) : -1;

                rows_close(r);
                if (name < 0)
                        return work_ok(w) && error_set(&w->err, ERR_DAMAGED, "entry %lld is missing", (long long)v->sides[side].entry->id);
                buf_print(block, "%s\t%s\t%s\t", symbol_text(w, name), c->item, contest_period(w, c));
                if (c->value[side] != PERIOD_NONE) {
                        period_write(text, (period)c->value[side]);
                        buf_text(block, text);
                }
        } else {
                decimal_write(text, c->value[side], IIP_DECIMALS);
                buf_print(block, "%s\t%s\t%s", c->item, c->measure[side], text);
        }
        if (block->is_starved)
                arena_starve(w->arena);
        return buf_ok(block) || (work_ok(w) && error_set(&w->err, ERR_TOO_BIG, "the entry would be too large"));
}

static bool settle(struct work *w, const struct contest_view *v, const int *choice, const char *reason)
{
        static const char *const of_output[] = { "unit", "series", "month", NULL }, *const of_sample[] = { "unit", "series", NULL };
        bool is_sample = is_of_sample(&v->cells[0]), ok = true;
        struct buf block;

        buf_init_with(&block, ENTRY_MAX / 2, w->arena);
        for (size_t i = 0; ok && i < v->cell_count; i++)
                if (v->cells[i].is_open && choice[i] >= 0)
                        ok = line_add(w, &block, v, &v->cells[i], choice[i]);
        return ok && iip_decide(w, v, is_sample ? "iip.sample.settle" : "iip.settle", 0, is_sample ? of_sample : of_output, &block, reason);
}

const struct figure_own iip_own = { .topics = topics, .title = title, .address = address, .value = value, .said = said, .settle = settle };
