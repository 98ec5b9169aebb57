/* own.c - the output of an establishment that several nodes reported: which report stands, and conflicts among them (figure/own.h). */
#include <string.h>

#include "areas/iip/iip.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/symbol.h"
#include "ledger/write.h"

#define TOPIC(series, vi, en)                                                                                          \
        { .id = "iip.output/" series, .name_vi = vi, .name_en = en, .unit_vi = "", .unit_en = "", .decimals = IIP_DECIMALS,   \
          .comparison = "", .item_classification = "", .partner_classification = "", .formula = "", .weights = "",       \
          .source_vi = "", .source_en = "", .legal_basis = "" }

/* In the order of enum iip_series. */
static const struct indicator topics[IIP_SERIES + 1] = {
        TOPIC("production", "Sản lượng của cơ sở", "Output of an establishment"),
        TOPIC("consumption", "Lượng tiêu thụ của cơ sở", "Sales of an establishment"),
        TOPIC("inventory", "Tồn kho của cơ sở", "Stocks of an establishment"),
        TOPIC("labour", "Lao động của cơ sở", "Workers of an establishment"),
};

/* ---- which report stands ------------------------------------------------------------------------------------- */

struct report {
        int64_t establishment, product, quantity, measure, entry;
        stamp at, until;       /* as in the table */
        const char *node;
};

/* All reports about what an entry tells of, in the order of cells and entries. */
static struct report *reports_read(struct work *w, const struct iip_told *t, int64_t entry, size_t *count)
{
        size_t room = 0;
        struct report *list = NULL;
        struct rows *r = db_query(w->db,
                                  "SELECT o.establishment, o.product, o.quantity, o.measure, o.entry, o.at, o.stood_until, s.node FROM iip_output n"
                                  " JOIN iip_output o ON o.series = n.series AND o.unit = n.unit AND o.month = n.month"
                                  " AND o.establishment = n.establishment AND o.product = n.product"
                                  " JOIN ledger_entry e ON e.id = o.entry JOIN ledger_stream s ON s.id = e.stream"
                                  " WHERE n.series = $1 AND n.unit = $2 AND n.month = $3 AND n.entry = $4"
                                  " ORDER BY o.establishment, o.product, o.at, o.rank",
                                  ARGS(v_int(t->series), v_int(t->unit_symbol), v_int(t->month), v_int(entry)));

        for (*count = 0; rows_next(r); ++*count) {
                if (*count == room) {
                        struct report *more = arena_array(w->arena, room = room == 0 ? 256 : room * 2, sizeof *more);

                        if (*count > 0)
                                memcpy(more, list, *count * sizeof *more);
                        list = more;
                }
                list[*count] = (struct report){ rows_int(r, 0), rows_int(r, 1), rows_int(r, 2), rows_int(r, 3), rows_int(r, 4), rows_int(r, 5), rows_int(r, 6),
                                                arena_text(w->arena, rows_text(r, 7)) };
        }
        rows_close(r);
        return list;
}

/* Until when each report stands. Of one node's it does until the next; of several the rules of figures decide. NULL and an error on failure. */
static const struct own_version *fold(struct work *w, const struct iip_told *t, const struct report *list, size_t count)
{
        struct own_version *versions = arena_array(w->arena, count, sizeof *versions);
        bool is_one_node = true;
        int64_t cell[6];

        for (size_t i = 0; i < count; i++) {
                versions[i] = (struct own_version){ .entry = list[i].entry, .value = list[i].quantity, .measure = list[i].measure, .until = i + 1 < count ? list[i + 1].at : IIP_STANDS };
                is_one_node = is_one_node && strcmp(list[i].node, list[0].node) == 0;
        }
        if (is_one_node)
                return versions;
        contest_cell_key(w, &topics[t->series], t->unit, t->month, list[0].product, list[0].establishment, cell);
        return work_ok(w) && contest_refold(w, cell, versions, count) ? versions : NULL;
}

bool iip_output_settle(struct work *w, const struct iip_told *t, int64_t entry)
{
        size_t count, changes = 0;
        struct report *list;
        int64_t *changed;

        if (db_number(w->db, "SELECT entry FROM iip_output WHERE series = $1 AND unit = $2 AND month = $3 AND entry <> $4 LIMIT 1",
                      ARGS(v_int(t->series), v_int(t->unit_symbol), v_int(t->month), v_int(entry)), 0) == 0)
                return work_ok(w);
        list = reports_read(w, t, entry, &count);
        changed = arena_array(w->arena, count * 7 + 1, sizeof *changed);
        for (size_t i = 0, end; work_ok(w) && i < count; i = end) {
                const struct own_version *folded;

                for (end = i + 1; end < count && list[end].establishment == list[i].establishment && list[end].product == list[i].product;)
                        end++;
                if (end - i > 1 && (folded = fold(w, t, list + i, end - i)) == NULL)
                        return false;
                for (size_t k = i; end - i > 1 && k < end; k++)
                        if (list[k].until != folded[k - i].until)
                                memcpy(changed + 7 * changes++, (int64_t[7]){ t->series, t->unit_symbol, t->month, list[k].establishment,
                                                                              list[k].product, list[k].entry, folded[k - i].until },
                                       7 * sizeof *changed);
        }
        return work_ok(w) && (changes == 0 ||
                              db_each(w->db,
                                      "UPDATE iip_output SET stood_until = $7 WHERE series = $1 AND unit = $2 AND month = $3 AND establishment = $4"
                                      " AND product = $5 AND entry = $6",
                                      changed, changes, 7, NULL, NULL));
}

bool iip_output_sight(struct work *w, struct jsonw *j, enum iip_series series, const char *unit, period month)
{
        struct figures_sight *sight = figures_sight_open(w);
        struct rows *r = db_query(w->db,
                                  "SELECT DISTINCT s.node FROM iip_output o JOIN ledger_entry e ON e.id = o.entry"
                                  " JOIN ledger_stream s ON s.id = e.stream WHERE o.series = $1 AND o.unit = $2 AND o.month = $3",
                                  ARGS(v_int(series), v_int(symbol_find(w, 't', unit)), v_int(month)));

        while (rows_next(r))
                figures_sight_node(sight, rows_text(r, 0));
        rows_close(r);
        return work_ok(w) && figures_sight_write(sight, j);
}

/* ---- conflicts as they are shown and settled --------------------------------------------------------------------- */

static const char *title(struct work *w, const struct contest_cell *c)
{
        return arena_print(w->arena, "%s: %s, %s", w->language == LANGUAGE_EN ? c->indicator->name_en : c->indicator->name_vi, c->item, c->partner);
}

static const char *address(struct work *w, const struct contest_cell *c)
{
        return iip_why_address(w, "", c->unit->code, (enum iip_series)(c->indicator - topics), c->period, "", c->item);
}

static bool value(struct work *w, const struct contest_cell *c, int64_t entry, int64_t *value, int64_t *measure)
{
        struct rows *r = db_query(w->db,
                                  "SELECT quantity, measure FROM iip_output WHERE series = $1 AND unit = $2 AND month = $3 AND establishment = $4"
                                  " AND product = $5 AND entry = $6",
                                  ARGS(v_int(c->indicator - topics), v_int(symbol_find(w, 't', c->unit->code)), v_int(c->period), v_int(c->cell[5]),
                                       v_int(c->cell[4]), v_int(entry)));
        bool is_there = rows_next(r);

        if (is_there) {
                *value = rows_int(r, 0);
                *measure = rows_int(r, 1);
        }
        rows_close(r);
        return is_there;
}

/* The line of the side chosen, as it was reported. */
static bool line_add(struct work *w, struct buf *block, const struct contest_cell *c, int side)
{
        char quantity[DECIMAL_TEXT_MAX];

        decimal_write(quantity, c->value[side], IIP_DECIMALS);
        buf_print(block, "%s%s\t%s\t%s\t%s", block->length == 0 ? "" : "\n", c->partner, c->item, c->measure[side], quantity);
        if (block->is_starved)
                arena_starve(w->arena);
        return buf_ok(block) || (work_ok(w) && error_set(&w->err, ERR_TOO_BIG, "the entry would be too large"));
}

static bool settle(struct work *w, const struct contest_view *v, const int *choice, const char *reason)
{
        const struct entry *first = v->sides[0].entry;
        struct buf block, body;
        struct jsonw j;
        bool ok = true;

        buf_init_with(&block, ENTRY_MAX / 2, w->arena);
        buf_init_with(&body, ENTRY_MAX, w->arena);
        for (size_t i = 0; ok && i < v->cell_count; i++)
                if (v->cells[i].is_open && choice[i] >= 0)
                        ok = line_add(w, &block, &v->cells[i], choice[i]);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        for (size_t i = 0; i < 3; i++) {
                static const char *const names[] = { "unit", "series", "month" };

                jsonw_member_text(&j, names[i], json_string_value(json_object_get(first->body, names[i])));
        }
        jsonw_member_text(&j, "by", w->user->name != NULL && *w->user->name != '\0' ? w->user->name : w->user->login);
        jsonw_member_text(&j, "reason", reason);
        jsonw_name(&j, "of");
        jsonw_array(&j);
        for (size_t i = 0; i < v->side_count; i++)
                jsonw_text(&j, v->sides[i].hash);
        jsonw_end(&j);
        jsonw_name(&j, "lines");
        jsonw_text_n(&j, block.data == NULL ? "" : block.data, block.length);
        jsonw_end(&j);
        ok = ok && ledger_append(w, first->audience, "iip.settle", first->subject, &body, NULL);
        buf_clear(&block);
        buf_clear(&body);
        return ok;
}

const struct figure_own iip_own = { .topics = topics, .title = title, .address = address, .value = value, .settle = settle };
