#include <stdlib.h>
#include <string.h>

#include "figure/filter.h"
#include "figure/read_private.h"
#include "ledger/symbol.h"

static int compare_units(const struct unit *a, const struct unit *b)
{
        int order;

        if (a == b)
                return 0;
        if ((a->province == NULL) != (b->province == NULL))
                return a->province == NULL ? -1 : 1;
        if (a->province != NULL && a->province != b->province) {
                order = strcmp(a->province->code, b->province->code);
                if (order != 0)
                        return order;
        }
        if (a->level != b->level)
                return a->level < b->level ? -1 : 1;
        order = strcmp(a->code, b->code);
        return order != 0 ? order : strcmp(a->key, b->key);
}

int cells_order(const void *a, const void *b)
{
        const struct cell *x = a, *y = b;
        int order = compare_units(x->unit, y->unit);

        if (order == 0)
                order = strcmp(x->item_code, y->item_code);
        if (order == 0)
                order = strcmp(x->partner_code, y->partner_code);
        if (order == 0)
                order = (x->known_from > y->known_from) - (x->known_from < y->known_from);
        return order;
}

bool cells_name(struct reader *r, struct cells *cells)
{
        for (size_t i = 0; i < cells->count; i++) {
                struct cell *c = &cells->list[i];

                c->item_code = c->item == 0 ? "" : symbol_text(r->work, c->item);
                c->partner_code = c->partner == 0 ? "" : symbol_text(r->work, c->partner);
                if (c->item_code == NULL || c->partner_code == NULL)
                        return false;
        }
        return true;
}

const char *measure_on(struct reader *r, const char *item_code, day on)
{
        return indicator_measure(r->catalogue, r->indicator, item_code, on, r->work->language);
}

#define KEY_MAX 512

static size_t key_part(char *key, size_t at, const char *text)
{
        size_t n = strlen(text);

        if (at + n + 2 > KEY_MAX)
                n = KEY_MAX - at - 2;
        memcpy(key + at, text, n);
        key[at + n] = '|';
        return at + n + 1;
}

static void key_write(struct reader *r, const struct cell *c, char key[KEY_MAX])
{
        char text[PERIOD_TEXT_MAX];
        size_t n = key_part(key, 0, r->indicator->id);

        period_write(text, r->period);
        n = key_part(key, n, text);
        n = key_part(key, n, c->unit->key);
        n = key_part(key, n, c->item_code);
        n = key_part(key, n, c->partner_code);
        if (r->query->all_versions) {
                char digits[24];
                struct buf number;

                buf_init_in(&number, digits, sizeof digits);
                buf_int(&number, c->known_from);
                n = key_part(key, n, digits);
        }
        key[n - 1] = '\0';
}

bool after_read(struct reader *r)
{
        char *parts[6] = { 0 }, *at;
        size_t n = 0;

        if (r->query->after == NULL || *r->query->after == '\0')
                return true;
        at = arena_text(r->work->arena, r->query->after);
        for (; n < 6 && at != NULL; n++) {
                parts[n] = at;
                at = strchr(at, '|');
                if (at != NULL)
                        *at++ = '\0';
        }
        if (n < 5 || at != NULL || !period_read(parts[1], strlen(parts[1]), &r->after_period))
                return error_set(&r->work->err, ERR_USAGE, "\"%s\" is not a place to go on from", r->query->after);
        r->after_id = parts[0];
        r->after.unit = unit_by_key(r->catalogue, parts[2]);
        r->after.item_code = parts[3];
        r->after.partner_code = parts[4];
        r->after.known_from = n == 6 ? strtoll(parts[5], NULL, 10) : INT64_MAX;
        if (r->after.unit == NULL)
                return error_set(&r->work->err, ERR_USAGE, "\"%s\" is not a place to go on from", r->query->after);
        r->has_after = true;
        return true;
}

static int compare_contested(const void *a, const void *b)
{
        const struct contested *x = a, *y = b;
        int order = (x->unit > y->unit) - (x->unit < y->unit);

        if (order == 0)
                order = (x->item > y->item) - (x->item < y->item);
        return order != 0 ? order : (x->partner > y->partner) - (x->partner < y->partner);
}

/* The period's cells in open conflicts, by one query: mostly there is none at all, and nothing is asked. */
bool contested_read(struct reader *r)
{
        struct rows *rows;
        size_t room = 0;

        r->contested_count = 0;
        if (!r->marks_contests)
                return true;
        rows = db_query(r->work->db,
                        "SELECT DISTINCT unit, item, partner FROM figure_contest WHERE closed_by = '' AND indicator = $1 AND period = $2",
                        ARGS(v_int(r->topic), v_int(r->period)));
        while (rows_next(rows)) {
                if (r->contested_count == room) {
                        struct contested *more = arena_array(r->scratch, room = room == 0 ? 64 : room * 2, sizeof *more);

                        if (r->contested_count > 0)
                                memcpy(more, r->contested, r->contested_count * sizeof *more);
                        r->contested = more;
                }
                r->contested[r->contested_count++] =
                        (struct contested){ unit_of_symbol(r, rows_int(rows, 0)), rows_int(rows, 1), rows_int(rows, 2) };
        }
        rows_close(rows);
        if (r->contested_count > 1)
                qsort(r->contested, r->contested_count, sizeof *r->contested, compare_contested);
        return work_ok(r->work);
}

static bool is_contested(const struct reader *r, const struct cell *c)
{
        const struct contested key = { c->unit, c->item, c->partner };

        return r->contested_count > 0 && c->entry != 0 &&
               bsearch(&key, r->contested, r->contested_count, sizeof key, compare_contested) != NULL;
}

/* Of a total: how many of the figures of units in it are contested. */
static int contested_within(const struct reader *r, const struct cell *c)
{
        int count = 0;

        for (size_t i = 0; i < r->contested_count && c->entry == 0 && c->total_of > 0; i++) {
                const struct contested *x = &r->contested[i];

                count += x->unit != NULL && x->unit != c->unit && x->item == c->item && x->partner == c->partner && unit_is_within(x->unit, c->unit);
        }
        return count;
}

bool cells_visit(struct reader *r, const struct cells *cells, figure_visit *visit, void *context)
{
        bool is_at_after = r->has_after && strcmp(r->indicator->id, r->after_id) == 0 && r->period == r->after_period;
        char key[KEY_MAX];

        for (size_t i = 0; i < cells->count && !r->is_stopped; i++) {
                struct cell *c = &cells->list[i];
                struct figure_row row;

                if (is_at_after && cells_order(c, &r->after) <= 0)
                        continue;
                if (r->query->status != 0 && c->status != (int64_t)r->query->status)
                        continue;
                key_write(r, c, key);
                row = (struct figure_row){
                        .indicator = r->indicator,
                        .unit = c->unit,
                        .period = r->period,
                        .item = c->item == 0 ? r->root : c->item_code,
                        .partner = c->partner_code,
                        .has_value = c->has_value,
                        .value = c->value,
                        .unit_of_measure = measure_on(r, c->item_code, r->on),
                        .status = (enum figure_status)c->status,
                        .mark = (enum figure_mark)c->mark,
                        .known_from = c->known_from,
                        .entry = c->entry,
                        .corrects = c->corrects,
                        .has_base = c->has_base,
                        .has_change = c->has_change,
                        .base_value = c->base,
                        .change = c->change,
                        .printed = r->query->compare == COMPARE_CONTRIBUTION ? c->printed : c->change,
                        .is_of_before = c->is_of_before,
                        .is_contested = is_contested(r, c),
                        .total_contested = contested_within(r, c),
                        .total_of = c->total_of,
                        .total_expected = c->total_expected,
                        .total_of_before = c->total_of_before,
                        .note = c->note,
                        .key = key,
                };
                if (c->corrects != 0 && c->note == NULL)
                        row.note = arena_print(r->scratch, work_text(r->work, "corrects what was recorded as known from %s"),
                                               known_said(r->work, c->corrects));
                if (!visit(r->work, &row, context) || (r->query->limit > 0 && ++r->visited >= r->query->limit))
                        r->is_stopped = true;
        }
        return work_ok(r->work);
}
