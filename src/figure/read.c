#include <stdlib.h>
#include <string.h>

#include "figure/read_private.h"
#include "ledger/symbol.h"

/* How a query is answered: indicator by indicator, and inside one indicator period by period, so that memory is
 * bounded by the figures of one indicator in one period. For each period: fetch what was reported, add computed
 * totals where a unit asked for has not reported, or what a formula makes of its inputs, fold into the map asked for, sort, compare, visit. */

/* A list of all indicators has what was reported and its totals. */
static bool adds_computed(const struct reader *r)
{
        return is_computed(r) && (r->query == NULL || r->query->indicator_count > 0);
}

static bool period_answer(struct reader *r, figure_visit *visit, void *context)
{
        bool is_restated = r->query->boundary != BOUNDARY_THEN;
        struct spot *spots = NULL;
        struct cells reported = { 0 }, *cells = &reported, folded = { 0 };
        size_t spot_count = 0;

        r->on = period_last(r->period);
        if (!asked_resolve(r, is_restated ? r->boundary_day : r->on))
                return false;
        if (r->query->unit_count > 0) {
                if (is_restated) {
                        spots = asked_sources(r, &spot_count);
                } else {
                        spots = arena_array(r->scratch, r->asked_count + 1, sizeof *spots);
                        memcpy(spots, r->asked, r->asked_count * sizeof *spots);
                        spot_count = r->asked_count;
                }
                if (spot_count == 0)
                        return true;
        }
        if (!cells_fetch(r, spots, spot_count, &reported))
                return false;
        for (size_t i = 0; i < reported.count; i++)
                cell_date(r, &reported.list[i]);
        if (r->indicator->additive != ADDITIVE_NONE && !r->query->all_versions && r->query->status == 0 &&
            !totals_add(r, spots, spot_count, &reported))
                return false;
        if (adds_computed(r) && !r->query->all_versions && r->query->status == 0 && !cells_compute(r, spots, spot_count, &reported))
                return false;
        if (!cells_name(r, &reported) || !contested_read(r))
                return false;
        if (is_restated) {
                if (!cells_fold(r, &reported, &folded))
                        return false;
                cells = &folded;
                for (size_t i = 0, kept = 0; i <= cells->count; i++) {
                        if (i == cells->count)
                                cells->count = kept;
                        else if (is_asked(r, cells->list[i].unit))
                                cells->list[kept++] = cells->list[i];
                }
        }
        if (cells->count > 1)
                qsort(cells->list, cells->count, sizeof *cells->list, cells_order);
        if (r->query->compare != COMPARE_NONE && !cells_compare(r, cells))
                return false;
        return cells_visit(r, cells, visit, context);
}

static struct choice choice_of(struct reader *r, const char *classification, const char **codes, size_t count)
{
        static int64_t whole_only[] = { 0 };
        struct choice c = { .is_all = count == 0 };

        if (*classification == '\0') {
                bool wants_whole = count == 0;

                for (size_t i = 0; i < count; i++)
                        wants_whole |= *codes[i] == '\0' || strcmp(codes[i], "TOTAL") == 0;
                return (struct choice){ .count = wants_whole ? 1 : 0, .list = whole_only };
        }
        if (c.is_all)
                return c;
        c.list = arena_array(r->work->arena, count, sizeof *c.list);
        for (size_t i = 0; i < count; i++) {
                int64_t symbol = symbol_find(r->work, 't', item_stored(r->catalogue, classification, codes[i]));

                if (symbol >= 0)
                        c.list[c.count++] = symbol;
        }
        choice_sort(&c);
        return c;
}

/* Take in what a formula names: of the one under way, or of the input before number at. Whether one that was there shares more than before: what it rests on
 * does too. */
static bool inputs_take(struct reader *r, size_t at)
{
        const struct input own = { .indicator = r->indicator, .shares_items = true, .shares_partners = true }, *of = at == 0 ? &own : &r->inputs[at - 1];
        size_t count = of->indicator->additive != ADDITIVE_NONE ? 0 : of->indicator->input_count;
        bool shares_more = false;

        for (size_t i = 0; i < count; i++) {
                const struct indicator *named = of->indicator->inputs[i];
                bool items = of->shares_items && strcmp(own.indicator->item_classification, named->item_classification) == 0;
                bool partners = of->shares_partners && strcmp(own.indicator->partner_classification, named->partner_classification) == 0;
                size_t k = 0;

                while (k < r->input_count && r->inputs[k].indicator != named)
                        k++;
                if (k == r->input_count)
                        r->inputs[r->input_count++] = (struct input){ .indicator = named };
                else
                        shares_more |= (items && !r->inputs[k].shares_items) || (partners && !r->inputs[k].shares_partners);
                r->inputs[k].shares_items |= items;
                r->inputs[k].shares_partners |= partners;
        }
        return shares_more;
}

static void inputs_find(struct reader *r)
{
        bool is_again = true;

        if (r->inputs == NULL)
                r->inputs = arena_array(r->work->arena, indicator_list(r->catalogue, NULL, 0) + 1, sizeof *r->inputs);
        while (is_again) {
                is_again = false;
                for (size_t at = 0; at <= r->input_count; at++)
                        is_again |= inputs_take(r, at);
        }
}

static bool indicator_begin(struct reader *r, const struct indicator *i)
{
        const struct figure_query *q = r->query;
        const struct classification *k;

        r->indicator = i;
        r->topic = symbol_find(r->work, 'i', i->id);
        r->input_count = 0;
        r->levels_of = PERIOD_NONE;
        if (q != NULL && adds_computed(r))
                inputs_find(r);
        k = *i->item_classification == '\0' ? NULL : classification_find(r->catalogue, i->item_classification);
        r->root = k == NULL || k->root == NULL ? "" : k->root;
        if (q != NULL) {
                r->items = choice_of(r, i->item_classification, q->items, q->item_count);
                r->partners = choice_of(r, i->partner_classification, q->partners, q->partner_count);
        }
        return (r->topic > 0 || adds_computed(r)) && work_ok(r->work);
}

bool reader_beside(struct reader *r, const struct indicator *i, struct reader *beside)
{
        *beside = *r;
        beside->query = NULL;
        beside->at_hand = NULL;
        return indicator_begin(beside, i);
}

static void group_add(struct reader *r, int64_t province)
{
        if (r->group_count == r->group_room) {
                size_t room = r->group_room == 0 ? 128 : r->group_room * 2;
                int64_t *groups = arena_array(r->work->arena, room, sizeof *groups);

                if (r->group_count > 0)
                        memcpy(groups, r->groups, r->group_count * sizeof *groups);
                r->groups = groups;
                r->group_room = room;
        }
        r->groups[r->group_count++] = province;
}

/* Where there are figures of the indicator under way, or of what it is computed from. */
static struct rows *groups_query(struct reader *r, period from, period to)
{
        const char *list = "$1";

        if (!adds_computed(r))
                return db_query(r->work->db, "SELECT period, province FROM figure_group WHERE indicator = $1 AND period >= $2 AND period <= $3 ORDER BY period, province",
                                ARGS(v_int(r->topic), v_int(from), v_int(to)));
        for (size_t k = 0; k < r->input_count; k++)
                list = arena_print(r->work->arena, "%s, %lld", list, (long long)symbol_find(r->work, 'i', r->inputs[k].indicator->id));
        return db_query(r->work->db, arena_print(r->work->arena, "SELECT DISTINCT period, province FROM figure_group WHERE indicator IN (%s)"
                                                                 " AND period >= $2 AND period <= $3 ORDER BY period, province", list),
                        ARGS(v_int(r->topic), v_int(from), v_int(to)));
}

static bool indicator_answer(struct reader *r, period from, period to, figure_visit *visit, void *context)
{
        struct rows *rows = groups_query(r, from, to);
        bool has_row = rows_next(rows);

        while (has_row && !r->is_stopped) {
                r->period = (period)rows_int(rows, 0);
                r->group_count = 0;
                do {
                        group_add(r, rows_int(rows, 1));
                        has_row = rows_next(rows);
                } while (has_row && rows_int(rows, 0) == r->period);
                if (!work_ok(r->work))
                        break;
                arena_reset(r->scratch);
                if ((r->items.is_all || r->items.count > 0) && (r->partners.is_all || r->partners.count > 0) &&
                    !period_answer(r, visit, context))
                        break;
        }
        rows_close(rows);
        return work_ok(r->work);
}

struct span { period from, to; };

/* The span asked for in periods of a frequency, ends that were left open filled in. */
static struct span span_in(const struct figure_query *q, enum frequency f)
{
        struct span s = { (period)f * 1000000, ((period)f + 1) * 1000000 - 1 };

        if (q->from != PERIOD_NONE)
                s.from = period_frequency(q->from) == f ? q->from : period_at(f, period_first(q->from));
        if (q->to != PERIOD_NONE)
                s.to = period_frequency(q->to) == f ? q->to : period_at(f, period_last(q->to));
        return s;
}

/* The span of the indicator under way: of the frequency asked for, or the next finer one of which it has figures there. */
static struct span span_of(struct reader *r)
{
        const struct figure_query *q = r->query;
        period named = q->from != PERIOD_NONE ? q->from : q->to;
        int f;

        if (named == PERIOD_NONE)
                return (struct span){ 0, INT32_MAX };
        for (f = (int)period_frequency(named); q->takes_finer && f >= FREQUENCY_MONTH; f--) {
                struct span s = span_in(q, (enum frequency)f);

                struct rows *rows = groups_query(r, s.from, s.to);
                bool is_held = rows_next(rows);

                rows_close(rows);
                if (is_held)
                        return s;
        }
        return span_in(q, period_frequency(named));
}

static int compare_indicators(const void *a, const void *b)
{
        return strcmp((*(const struct indicator *const *)a)->id, (*(const struct indicator *const *)b)->id);
}

#define INDICATORS_MAX 4096
#define SCRATCH_MAX ((size_t)192 << 20)

static void reader_init(struct reader *r, struct work *w, const struct figure_query *q)
{
        *r = (struct reader){ .work = w, .query = q, .scratch = w->arena };
        r->catalogue = catalogue_of(w);
        r->known = q->known == 0 ? INT64_MAX : q->known;
        r->least_status = q->only_published ? STATUS_PUBLISHED : q->status != 0 ? (int64_t)q->status : STATUS_COUNTS;
        r->boundary_day = q->boundary == BOUNDARY_DATE ? q->boundary_day : day_of_moment(w->now);
        r->is_live = q->known == 0 && r->least_status >= STATUS_COUNTS;
}

bool figures_read(struct work *w, const struct figure_query *q, figure_visit *visit, void *context)
{
        const struct indicator **list;
        struct reader *r = arena_alloc(w->arena, sizeof *r);
        size_t count;

        reader_init(r, w, q);
        if (r->catalogue == NULL || !after_read(r))
                return false;
        if (q->from != PERIOD_NONE && q->to != PERIOD_NONE && period_frequency(q->from) != period_frequency(q->to))
                return error_set(&w->err, ERR_USAGE, "the first and last period must both be months, quarters or years");
        if (q->only_published && q->status != 0 && q->status != STATUS_PUBLISHED)
                return true;
        for (size_t i = 0; i < q->unit_count; i++) {
                size_t n = strcspn(q->units[i], "@");

                if (!unit_code_is_known(r->catalogue, arena_copy(w->arena, q->units[i], n)))
                        return error_set(&w->err, ERR_INVALID, "there never was a unit with the code \"%s\"", q->units[i]);
        }
        r->scratch = work_scratch(w, SCRATCH_MAX);
        r->marks_contests = q->marks_contests && q->known == 0 && user_may(w->user, MAY_READ) &&
                            db_number(w->db, "SELECT COUNT(*) FROM (SELECT 1 FROM figure_contest WHERE closed_by = '' LIMIT 1) one", NO_ARGS, 0) != 0;

        if (q->indicator_count > 0) {
                count = q->indicator_count;
                list = arena_array(w->arena, count, sizeof *list);
                memcpy(list, q->indicators, count * sizeof *list);
        } else {
                list = arena_array(w->arena, INDICATORS_MAX, sizeof *list);
                count = indicator_list(r->catalogue, list, INDICATORS_MAX);
                if (count > INDICATORS_MAX)
                        return error_set(&w->err, ERR_TOO_BIG, "there are more than %d indicators", INDICATORS_MAX);
        }
        qsort(list, count, sizeof *list, compare_indicators);
        for (size_t i = 0; i < count && !r->is_stopped; i++) {
                int order = r->has_after ? strcmp(list[i]->id, r->after_id) : 1;
                struct span span;

                if (order < 0 || (i > 0 && list[i] == list[i - 1]))
                        continue;
                if (!indicator_begin(r, list[i])) {
                        if (!work_ok(w))
                                return false;
                        continue; /* it never had a figure */
                }
                span = span_of(r);
                if (!indicator_answer(r, order == 0 && r->after_period > span.from ? r->after_period : span.from, span.to, visit, context))
                        return false;
        }
        return work_ok(w);
}

bool figure_get(struct work *w, const struct indicator *i, const struct unit *u, period p, const char *item,
                const char *partner, bool only_published, moment known, struct figure_row *row)
{
        struct figure_query q = { .indicators = &i, .indicator_count = 1, .only_published = only_published, .known = known };
        struct reader r;
        struct cell c = { 0 };
        struct focus focus;
        int64_t item_symbol, partner_symbol;
        bool ok;

        reader_init(&r, w, &q);
        if (r.catalogue == NULL || !indicator_begin(&r, i))
                return false;
        item_symbol = symbol_find(w, 't', item_stored(r.catalogue, i->item_classification, item));
        partner_symbol = symbol_find(w, 't', item_stored(r.catalogue, i->partner_classification, partner));
        if (item_symbol < 0 || partner_symbol < 0)
                return false;
        focus_begin(&r, &focus, p, item_symbol, partner_symbol);
        ok = is_on_map(u, r.on) ? cell_find(&r, u, &c) : cell_restate(&r, u, &c);
        c.item_code = item_symbol == 0 ? "" : item;
        if (ok && c.has_value)
                *row = (struct figure_row){
                        .indicator = i,
                        .unit = u,
                        .period = p,
                        .item = item_symbol == 0 ? r.root : arena_text(w->arena, item),
                        .partner = partner_symbol == 0 ? "" : arena_text(w->arena, partner),
                        .has_value = true,
                        .value = c.value,
                        .unit_of_measure = measure_on(&r, c.item_code, r.on),
                        .status = (enum figure_status)c.status,
                        .mark = (enum figure_mark)c.mark,
                        .known_from = c.known_from,
                        .entry = c.entry,
                        .total_of = c.total_of,
                        .total_expected = c.total_expected,
                        .total_of_before = c.total_of_before,
                        .is_of_before = c.is_of_before,
                        .note = c.note,
                        .key = "",
                };
        focus_end(&r, &focus);
        return ok && c.has_value && work_ok(w);
}

struct newest { bool of_provinces, is_whole, is_part; };

static bool find_value(struct work *w, const struct figure_row *row, void *context)
{
        struct newest *n = context;

        (void)w;
        if (row->has_value && (row->unit->level == LEVEL_PROVINCE) == n->of_provinces) {
                n->is_whole = row->total_of == row->total_expected;
                n->is_part = true;
        }
        return !n->is_whole;
}

period figures_newest(struct work *w, const struct indicator *indicator, bool of_provinces, const char *item, enum frequency frequency)
{
        const char *country = "VN";
        struct figure_query q = { .indicators = &indicator, .indicator_count = 1, .units = &country, .unit_count = 1, .with_children = of_provinces,
                                  .items = &item, .item_count = item == NULL ? 0 : 1 };
        struct rows *r = db_query(w->db, "SELECT DISTINCT period FROM figure_group WHERE indicator = $1 AND period BETWEEN $2 AND $3 ORDER BY period DESC",
                                  ARGS(v_int(symbol_find(w, 'i', indicator->id)), v_int((period)frequency * 1000000), v_int(period_at(frequency, day_of_moment(w->now)))));
        period *held = arena_room(w->arena, NULL, 0, sizeof *held), in_part = PERIOD_NONE;
        size_t count = 0;

        while (rows_next(r)) {
                held = arena_room(w->arena, held, count, sizeof *held);
                held[count++] = (period)rows_int(r, 0);
        }
        rows_close(r);
        figures_limit_to_reader(w, &q);
        for (size_t i = 0; i < count; i++) {
                struct newest n = { .of_provinces = of_provinces };

                q.from = q.to = held[i];
                if (!figures_read(w, &q, find_value, &n))
                        return PERIOD_NONE;
                if (n.is_whole)
                        return held[i];
                if (n.is_part && in_part == PERIOD_NONE)
                        in_part = held[i];
        }
        return in_part;
}
