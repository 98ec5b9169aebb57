#include "form/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "figure/sources.h"
#include "form/form_private.h"
#include "ledger/symbol.h"

#define SETS_MAX 200
#define SCRATCH_MAX ((size_t)256 << 20)

/* ---- the figures ----------------------------------------------------------------------------------------------- */

/* One figure that stands. */
struct stored {
        const struct indicator *indicator;
        const struct unit *unit;
        period period;
        const char *item, *partner; /* "" the whole */
        int64_t value, entry;
        const struct sourced *sourced; /* where sources disagree about it */
};

struct run {
        struct work *work;
        const struct catalogue *catalogue;
        const struct findings_query *query;
        findings_visit *visit;
        void *context;
        bool is_stopped;

        /* one set of rules */
        const struct form *form;
        enum frequency frequency;
        period first, last;        /* looked at; figures before are only compared with */
        struct stored *list;
        size_t count, room;
        struct map *by_cell;       /* cell_key -> number in list + 1 */
        struct map *writers;       /* entry -> unit code (pointer) */

        /* one unit and period */
        struct arena *scratch;
};

/* Interned texts: equal ones have one address inside a run. */
static const char *keep(struct run *r, const char *text)
{
        return arena_text(r->work->arena, text);
}

struct cell_key { const struct indicator *indicator; const struct unit *unit; int64_t period; uint64_t item, partner; };

static struct cell_key key_of(const struct indicator *i, const struct unit *u, period p, const char *item, const char *partner)
{
        struct cell_key k;

        memset(&k, 0, sizeof k);
        k.indicator = i;
        k.unit = u;
        k.period = p;
        k.item = map_hash(item, strlen(item));
        k.partner = map_hash(partner, strlen(partner));
        return k;
}

static struct stored *stored_at(struct run *r, const struct indicator *i, const struct unit *u, period p, const char *item, const char *partner)
{
        const struct cell_key k = key_of(i, u, p, item, partner);
        const int64_t *number = map_get(r->by_cell, &k, sizeof k);
        struct stored *s = number == NULL ? NULL : &r->list[*number - 1];

        return s != NULL && strcmp(s->item, item) == 0 && strcmp(s->partner, partner) == 0 ? s : NULL;
}

/* The whole is "" here, as forms and the tables write it; answers name the root of the classification. */
static const char *whole_as_empty(struct run *r, const char *classification, const char *code)
{
        const struct classification *c = *classification == '\0' ? NULL : classification_find(r->catalogue, classification);

        return c != NULL && c->root != NULL && strcmp(c->root, code) == 0 ? "" : code;
}

static bool take(struct work *w, const struct figure_row *f, void *context)
{
        struct run *r = context;
        struct cell_key k;
        struct stored *s;
        int64_t *number;

        if (!f->has_value || f->entry == 0)
                return true;
        if (r->count == FINDINGS_FIGURES_MAX) {
                error_set(&w->err, ERR_TOO_BIG, "more than %d figures would have to be looked at", FINDINGS_FIGURES_MAX);
                return error_hint(&w->err, "ask for fewer periods, or for one indicator");
        }
        if (r->count == r->room) {
                struct stored *more = arena_array(w->arena, r->room = r->room == 0 ? 1024 : r->room * 2, sizeof *more);

                if (r->count > 0)
                        memcpy(more, r->list, r->count * sizeof *more);
                r->list = more;
        }
        s = &r->list[r->count++];
        *s = (struct stored){ .indicator = f->indicator, .unit = f->unit, .period = f->period, .value = f->value, .entry = f->entry,
                              .item = keep(r, whole_as_empty(r, f->indicator->item_classification, f->item)),
                              .partner = keep(r, whole_as_empty(r, f->indicator->partner_classification, f->partner)) };
        k = key_of(s->indicator, s->unit, s->period, s->item, s->partner);
        number = map_put(r->by_cell, &k, sizeof k, NULL);
        if (number == NULL)
                arena_starve(w->arena);
        *number = (int64_t)r->count;
        return true;
}

static bool take_sourced(struct work *w, const struct sourced *x, void *context)
{
        struct run *r = context;
        struct stored *s = stored_at(r, x->indicator, x->unit, x->period, x->item, x->partner);

        if (s != NULL) {
                struct sourced *kept = arena_alloc(w->arena, sizeof *kept);

                *kept = *x;
                s->sourced = kept;
        }
        return true;
}

static int by_group(const void *a, const void *b)
{
        const struct stored *const *x = a, *const *y = b;
        int order;

        if ((*x)->period != (*y)->period)
                return (*x)->period < (*y)->period ? -1 : 1;
        order = (*x)->unit == (*y)->unit ? 0 : strcmp((*x)->unit->key, (*y)->unit->key);
        if (order == 0)
                order = strcmp((*x)->indicator->id, (*y)->indicator->id);
        if (order == 0)
                order = strcmp((*x)->item, (*y)->item);
        return order != 0 ? order : strcmp((*x)->partner, (*y)->partner);
}

/* ---- rows of one unit and period ---------------------------------------------------------------------------------- */

static int per_year(enum frequency f)
{
        return f == FREQUENCY_MONTH ? 12 : f == FREQUENCY_QUARTER ? 4 : f == FREQUENCY_HALF ? 2 : 1;
}

/* The form with a row for each figure where a row of checks means every item; rules watch these in its place. */
static struct form *form_unfolded(struct run *r, struct stored *const *group, size_t count)
{
        const struct form *f = r->form;
        struct form *out = arena_alloc(r->scratch, sizeof *out);
        int *first = arena_array(r->scratch, f->row_count + 1, sizeof *first);
        struct rule *rules = arena_array(r->scratch, f->rule_count + 1, sizeof *rules);

        *out = *f;
        out->rows = arena_array(r->scratch, f->row_count + count + 1, sizeof *out->rows);
        out->row_count = 0;
        for (size_t i = 0; i < f->row_count; i++) {
                const struct form_row *row = &f->rows[i];

                first[i] = (int)out->row_count;
                if (row->indicator == NULL || strcmp(row->item, EVERY_ITEM) != 0) {
                        out->rows[out->row_count] = *row;
                        if (row->indicator != NULL) {
                                out->rows[out->row_count].item = whole_as_empty(r, row->indicator->item_classification, row->item);
                                out->rows[out->row_count].partner = whole_as_empty(r, row->indicator->partner_classification, row->partner);
                        }
                        out->row_count++;
                        continue;
                }
                for (size_t n = 0; n < count; n++)
                        if (group[n]->indicator == row->indicator) {
                                out->rows[out->row_count] = *row;
                                out->rows[out->row_count].item = group[n]->item;
                                out->rows[out->row_count].partner = group[n]->partner;
                                out->rows[out->row_count].id = arena_print(r->scratch, "%s#%zu", row->id, out->row_count);
                                out->row_count++;
                        }
        }
        first[f->row_count] = (int)out->row_count;
        for (size_t i = 0; i < f->rule_count; i++) {
                int *rows = arena_array(r->scratch, (size_t)f->rules[i].row_count + out->row_count + 1, sizeof *rows), n = 0;

                rules[i] = f->rules[i];
                for (int k = 0; k < f->rules[i].row_count; k++)
                        for (int at = first[f->rules[i].rows[k]]; at < first[f->rules[i].rows[k] + 1]; at++)
                                rows[n++] = at;
                rules[i].rows = rows;
                rules[i].row_count = n;
                rules[i].total = first[f->rules[i].total];
        }
        out->rules = rules;
        return out;
}

static const char *measure_of(struct run *r, const struct stored *s)
{
        return indicator_measure(r->catalogue, s->indicator, s->item, period_last(s->period), r->work->language);
}

/* The same figure some periods before, where it is counted in the same. */
static const struct stored *stored_before(struct run *r, const struct stored *s, int periods)
{
        const struct stored *before = stored_at(r, s->indicator, s->unit, period_plus(s->period, -periods), s->item, s->partner);

        return before != NULL && strcmp(measure_of(r, before), measure_of(r, s)) == 0 ? before : NULL;
}

static void cell_fill(struct run *r, const struct unit *u, period p, struct cell_state *c, struct cell_context *context)
{
        const struct form_row *row = c->row;
        const struct stored *s = stored_at(r, row->indicator, u, p, row->item, row->partner), *other;
        enum language language = r->work->language;
        char first[64];

        context->language = language;
        if (s == NULL)
                return;
        c->has_value = true;
        c->value = s->value;
        c->typed = value_shown(r->scratch, s->value, row->indicator->decimals, row->indicator->shown, language);
        other = stored_before(r, s, 1);
        c->has_previous = other != NULL;
        c->previous = other == NULL ? 0 : other->value;
        other = stored_before(r, s, per_year(r->frequency));
        c->has_year_before = other != NULL;
        c->year_before = other == NULL ? 0 : other->value;
        for (size_t i = 1; s->sourced != NULL && i < s->sourced->count && !c->has_other; i++)
                if (s->sourced->source[i].difference != 0) {
                        c->has_other = true;
                        c->other = s->sourced->source[i].value;
                        c->other_source = *s->sourced->source[i].source == '\0'
                                                  ? arena_print(r->scratch, work_text(r->work, "report of unit %s"), s->sourced->source[i].unit)
                                                  : s->sourced->source[i].source;
                }
        for (period q = period_make(r->frequency, period_year(p), r->frequency == FREQUENCY_YEAR ? 0 : 1);
             strcmp(row->cumulative, "sum") == 0 && q < p; q = period_plus(q, 1))
                if (stored_at(r, row->indicator, u, q, row->item, row->partner) == NULL) {
                        period_write_short(first, sizeof first, q, language);
                        context->missing = context->missing == NULL ? arena_text(r->scratch, first) : arena_print(r->scratch, "%s, %s", context->missing, first);
                }
}

static const char *writer_of(struct run *r, int64_t entry)
{
        struct work *w = r->work;
        int64_t *slot = map_put(r->writers, &entry, sizeof entry, NULL);
        struct rows *rows;

        if (slot == NULL)
                arena_starve(w->arena);
        if (*slot != 0)
                return (const char *)(intptr_t)*slot;
        rows = db_query(w->db, "SELECT unit FROM figure_entry WHERE entry = $1", ARGS(v_int(entry)));
        *slot = (int64_t)(intptr_t)(rows_next(rows) ? arena_text(w->arena, rows_text(rows, 0)) : "");
        rows_close(rows);
        return (const char *)(intptr_t)*slot;
}

static const char *owner_of(struct run *r, const struct rule *rule, const struct stored *s, const struct unit *u)
{
        const char *writer;

        if (rule != NULL && strcmp(rule->owner, OWNER_WRITER) != 0 && strcmp(rule->owner, OWNER_PLACE) != 0)
                return rule->owner;
        if (s != NULL && (rule == NULL || strcmp(rule->owner, OWNER_WRITER) == 0)) {
                writer = writer_of(r, s->entry);
                if (*writer != '\0')
                        return writer;
        }
        return u->province != NULL ? u->province->code : u->code;
}

static const struct rule *rule_find(const struct form *f, const char *id)
{
        for (size_t i = 0; i < f->rule_count; i++)
                if (strcmp(f->rules[i].id, id) == 0)
                        return &f->rules[i];
        return NULL;
}

/* All rules over one unit and period. report: the entry of the report that was sent, which may explain its figures; 0 none. */
static bool group_check(struct run *r, const struct unit *u, period p, struct stored *const *group, size_t count, int64_t report)
{
        struct work *w = r->work;
        struct form *form = form_unfolded(r, group, count);
        struct cell_state *cells = arena_array(r->scratch, form->row_count + 1, sizeof *cells);
        struct cell_context *contexts = arena_array(r->scratch, form->row_count + 1, sizeof *contexts);
        struct sent_cell *sent = arena_array(w->arena, form->row_count + 1, sizeof *sent);
        struct problem *problems;
        size_t problem_count;
        char text[PERIOD_TEXT_MAX];

        if (report != 0 && !sent_cells(w, report, form, sent))
                return false;
        for (size_t i = 0; i < form->row_count; i++) {
                cells[i] = (struct cell_state){ .row = &form->rows[i], .typed = "", .explanation = sent[i].explanation == NULL ? "" : sent[i].explanation };
                if (form->rows[i].indicator != NULL)
                        cell_fill(r, u, p, &cells[i], &contexts[i]);
        }
        problems = rules_check(r->scratch, form, period_last(p), cells, contexts, form->row_count, w->language, &problem_count);
        period_write(text, p);
        for (size_t i = 0; i < problem_count && !r->is_stopped; i++) {
                const struct form_row *row = &form->rows[form_row_find(form, problems[i].cell)];
                const struct stored *s = stored_at(r, row->indicator, u, p, row->item, row->partner);
                const struct rule *rule = rule_find(form, problems[i].rule);
                struct finding f = {
                        .form = form->id, .rule = problems[i].rule, .form_title = form_title(form, w->language), .level = problems[i].level,
                        .severity = problems[i].severity, .message = problems[i].message, .advice = problems[i].advice,
                        .basis = rule == NULL ? "" : rule->basis, .indicator = row->indicator, .unit = u, .period = p, .item = row->item,
                        .partner = row->partner, .has_value = s != NULL, .value = s == NULL ? 0 : s->value, .entry = s == NULL ? 0 : s->entry,
                        .owner = owner_of(r, rule, s, u), .explanation = problems[i].is_explained ? cells[row - form->rows].explanation : "",
                };

                if (r->query->indicator != NULL && row->indicator != r->query->indicator)
                        continue;
                f.key = arena_print(r->scratch, "%s/%s/%s/%s/%s/%s/%s", f.form, f.rule, row->indicator->id, u->key, text, row->item, row->partner);
                r->is_stopped = !r->visit(w, &f, r->context);
        }
        return work_ok(w);
}

/* ---- one set of rules -------------------------------------------------------------------------------------------------- */

static bool is_asked(const struct run *r, const struct unit *u)
{
        return r->query->unit == NULL || figure_may_report(r->catalogue, r->query->unit->code, day_of_moment(r->work->now), u);
}

/* Figures of checks: all there are. */
static bool checks_run(struct run *r)
{
        struct stored **all = arena_array(r->work->arena, r->count + 1, sizeof(struct stored *));
        size_t count = 0;

        for (size_t i = 0; i < r->count; i++)
                if (r->list[i].period >= r->first && r->form->from <= period_last(r->list[i].period) && period_last(r->list[i].period) <= r->form->to && is_asked(r, r->list[i].unit))
                        all[count++] = &r->list[i];
        if (count > 1)
                qsort(all, count, sizeof *all, by_group);
        for (size_t from = 0, end; from < count && !r->is_stopped; from = end) {
                for (end = from + 1; end < count && all[end]->unit == all[from]->unit && all[end]->period == all[from]->period;)
                        end++;
                arena_reset(r->scratch);
                if (!group_check(r, all[from]->unit, all[from]->period, all + from, end - from, 0))
                        return false;
        }
        return true;
}

struct filed { const struct unit *unit; period period; int64_t entry; };

/* Reports that were sent: also what is missing in them is found. */
static bool reports_run(struct run *r)
{
        struct work *w = r->work;
#define SQL_SENT " FROM report WHERE form = $1 AND period >= $2 AND period <= $3 AND state IN ($4, $5) AND entry <> 0"
        const struct values args = ARGS(v_text(r->form->id), v_int(r->first), v_int(r->last), v_int(REPORT_SENT), v_int(REPORT_ACCEPTED));
        int64_t room = db_number(w->db, "SELECT COUNT(*)" SQL_SENT, args, 0);
        struct filed *list = arena_array(w->arena, (size_t)room + 1, sizeof *list);
        struct rows *rows = db_query(w->db, "SELECT unit, period, entry" SQL_SENT " ORDER BY period, unit", args);
        size_t count = 0;

        while (rows_next(rows) && count < (size_t)room)
                list[count++] = (struct filed){ unit_by_key(r->catalogue, rows_text(rows, 0)), (period)rows_int(rows, 1), rows_int(rows, 2) };
        rows_close(rows);
        for (size_t i = 0; i < count && work_ok(w) && !r->is_stopped; i++) {
                if (list[i].unit == NULL || !is_asked(r, list[i].unit) || period_last(list[i].period) < r->form->from || r->form->to < period_last(list[i].period))
                        continue;
                arena_reset(r->scratch);
                if (!group_check(r, list[i].unit, list[i].period, NULL, 0, list[i].entry))
                        return false;
        }
        return work_ok(w);
}

/* The periods to look at: those asked for, or so many up to the newest; none where the frequency differs. */
static bool span_of(struct run *r, const struct indicator **topics, size_t topic_count)
{
        const struct findings_query *q = r->query;
        enum frequency asked = q->from != PERIOD_NONE ? period_frequency(q->from) : q->to != PERIOD_NONE ? period_frequency(q->to) : r->frequency;
        period newest = PERIOD_NONE;

        if (asked != r->frequency)
                return false;
        r->first = q->from != PERIOD_NONE ? q->from : (period)r->frequency * 1000000;
        r->last = q->to != PERIOD_NONE ? q->to : period_at(r->frequency, day_of_moment(r->work->now)); /* what has not begun moves no window */
        if (q->from != PERIOD_NONE)
                return true;
        for (size_t i = 0; i < topic_count; i++) {
                struct rows *rows = db_query(r->work->db, "SELECT MAX(period) FROM figure_group WHERE indicator = $1 AND period >= $2 AND period <= $3",
                                             ARGS(v_int(symbol_find(r->work, 'i', topics[i]->id)), v_int(r->first), v_int(r->last)));

                if (rows_next(rows) && !rows_is_null(rows, 0) && rows_int(rows, 0) > newest)
                        newest = (period)rows_int(rows, 0);
                rows_close(rows);
        }
        if (newest == PERIOD_NONE)
                return false;
        r->last = newest;
        r->first = period_plus(newest, 1 - FINDINGS_MONTHS * per_year(r->frequency) / 12);
        return true;
}

static bool set_run(struct run *r, const struct form *form)
{
        const struct indicator **topics = arena_array(r->work->arena, form->row_count + 1, sizeof *topics);
        struct figure_query q = { .indicators = topics };

        r->form = form;
        r->frequency = form->is_checks ? form->frequency : form->window->frequency;
        r->count = 0;
        r->by_cell = map_in(r->work->arena);
        for (size_t i = 0; i < form->row_count; i++) {
                bool is_new = form->rows[i].indicator != NULL;

                for (size_t n = 0; n < q.indicator_count && is_new; n++)
                        is_new = topics[n] != form->rows[i].indicator;
                if (is_new)
                        topics[q.indicator_count++] = form->rows[i].indicator;
        }
        if (q.indicator_count == 0 || !span_of(r, topics, q.indicator_count))
                return work_ok(r->work);
        q.from = period_plus(r->first, -per_year(r->frequency));
        q.to = r->last;
        if (!figures_read(r->work, &q, take, r) || !work_ok(r->work))
                return false;
        for (size_t i = 0; i < form->rule_count; i++)
                if (form->rules[i].kind == RULE_SOURCES) {
                        if (!sources_disagree(r->work, r->query->indicator, NULL, r->first, r->last, false, take_sourced, r))
                                return false;
                        break;
                }
        return form->is_checks ? checks_run(r) : reports_run(r);
}

bool findings_read(struct work *w, const struct findings_query *q, findings_visit *visit, void *context)
{
        struct run r = { .work = w, .catalogue = catalogue_of(w), .query = q, .visit = visit, .context = context, .writers = map_in(w->arena) };
        const struct form *sets[SETS_MAX];
        size_t count;

        if (r.catalogue == NULL)
                return false;
        r.scratch = work_scratch(w, SCRATCH_MAX);
        count = rule_sets(r.catalogue, DAY_NONE, DAY_FOREVER, sets, SETS_MAX);
        for (size_t i = 0; i < count && !r.is_stopped; i++)
                if (!set_run(&r, sets[i]))
                        return false;
        return work_ok(w);
}

/* ---- the rules themselves ------------------------------------------------------------------------------------------- */

struct rule_told *rules_told(struct work *w, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        const struct form *sets[SETS_MAX];
        struct rule_told *list;
        size_t room = 0, n;

        *count = 0;
        if (c == NULL)
                return NULL;
        n = rule_sets(c, DAY_NONE, DAY_FOREVER, sets, SETS_MAX);
        for (size_t i = 0; i < n; i++)
                room += sets[i]->rule_count;
        list = arena_array(w->arena, room + 1, sizeof *list);
        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < sets[i]->rule_count; k++) {
                        const struct rule *rule = &sets[i]->rules[k];
                        bool is_vi = w->language == LANGUAGE_VI;
                        const char *message = is_vi ? rule->message_vi : rule->message_en;

                        list[(*count)++] = (struct rule_told){
                                sets[i]->id, form_title(sets[i], w->language), rule->id, rule_kind_name(rule->kind),
                                message != NULL && *message != '\0' ? message : work_text(w, rule_kind_message(rule->kind)),
                                is_vi ? rule->advice_vi : rule->advice_en, rule->basis, rule->owner, rule->level, rule->severity,
                                rule->from > sets[i]->from ? rule->from : sets[i]->from, rule->to < sets[i]->to ? rule->to : sets[i]->to,
                                rule->is_verified, sets[i]->is_checks };
                }
        return list;
}
