#include <string.h>

#include "figure/contest.h"
#include "figure/sources.h"
#include "form/form_private.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"

const char *report_state_name(enum report_state state)
{
        static const char *const names[] = { "empty", "draft", "submitted", "sent", "accepted", "returned" };

        return names[state];
}

const char *state_title(enum report_state state)
{
        static const char *const titles[] = {
                N_("Not begun"), N_("Draft"), N_("Waiting for the leader"), N_("Sent"), N_("Accepted"),
                        N_("Returned"),
        };

        return titles[state];
}

/* ---- what earlier periods say -------------------------------------------------------------------------- */

#define SERIES_MAX 48 /* two years of any frequency and a little more */

struct history {
        const struct catalogue *catalogue;
        const struct form *form;
        period first;
        int length;        /* periods from first */
        int64_t *values;   /* row * length + step */
        bool *has;
        bool *is_other;    /* a figure is there, in another unit of measure than the report's: it is compared with nothing */
        day on;            /* of the report's unit of measure */
};

static int steps_between(period from, period to)
{
        int steps = 0;

        while (from < to && steps < SERIES_MAX) {
                from = period_plus(from, 1);
                steps++;
        }
        return steps;
}

static bool take_figure(struct work *w, const struct figure_row *f, void *context)
{
        struct history *h = context;
        int step = steps_between(h->first, f->period);

        if (!f->has_value || step >= h->length || f->period < h->first)
                return true;
        for (size_t i = 0; i < h->form->row_count; i++) {
                const struct form_row *row = &h->form->rows[i];

                if (row->indicator == f->indicator &&
                    item_is_same(h->catalogue, row->indicator->item_classification, row->item, f->item) &&
                    item_is_same(h->catalogue, row->indicator->partner_classification, row->partner,
                                 f->partner)) {
                        size_t at = i * (size_t)h->length + (size_t)step;
                        const char *measure = indicator_measure(h->catalogue, row->indicator, row->item, h->on, w->language);

                        h->values[at] = f->value;
                        h->has[at] = strcmp(f->unit_of_measure, measure) == 0;
                        h->is_other[at] = !h->has[at];
                }
        }
        return work_ok(w);
}

/* All figures of the form's indicators since January of last year, in one query, on the map of the period. */
static bool history_read(struct work *w, const struct report *r, struct history *h)
{
        const struct indicator **indicators = arena_array(w->arena, r->form->row_count + 1,
                                                          sizeof *indicators);
        const char *unit = r->unit_code;
        struct figure_query q = { .indicators = indicators, .units = &unit, .unit_count = 1,
                                  .boundary = BOUNDARY_DATE, .boundary_day = period_last(r->period) };
        enum frequency frequency = period_frequency(r->period);

        *h = (struct history){ .catalogue = catalogue_of(w), .form = r->form, .on = period_last(r->period) };
        h->first = period_make(frequency, period_year(r->period) - 1, frequency == FREQUENCY_YEAR ? 0 : 1);
        h->length = steps_between(h->first, r->period);
        h->values = arena_array(w->arena, r->form->row_count * (size_t)(h->length + 1), sizeof *h->values);
        h->has = arena_array(w->arena, r->form->row_count * (size_t)(h->length + 1), sizeof *h->has);
        h->is_other = arena_array(w->arena, r->form->row_count * (size_t)(h->length + 1), sizeof *h->is_other);
        for (size_t i = 0; i < r->form->row_count; i++) {
                const struct indicator *indicator = r->form->rows[i].indicator;
                bool is_new = indicator != NULL;

                for (size_t j = 0; j < q.indicator_count && is_new; j++)
                        is_new = indicators[j] != indicator;
                if (is_new)
                        indicators[q.indicator_count++] = indicator;
        }
        q.from = h->first;
        q.to = period_plus(r->period, -1);
        unit = arena_print(w->arena, "%s", r->unit->key);
        if (q.indicator_count == 0)
                return true;
        return figures_read(w, &q, take_figure, h) && work_ok(w);
}

/* "2026-02, 2026-04 – 2026-06": the periods without a figure in the report's unit of measure; for people "T2/2026, T4/2026 – T6/2026", and which have one in
 * another. */
static const char *missing_periods(struct work *w, const struct history *h, size_t row, int from, int to, bool for_people)
{
        const char *list = NULL;
        const bool *has = h->has + row * (size_t)h->length, *is_other = h->is_other + row * (size_t)h->length;

        for (int i = from; i < to; i++) {
                char first[64], last[64];
                int end = i;

                if (has[i])
                        continue;
                while (end + 1 < to && !has[end + 1] && is_other[end + 1] == is_other[i])
                        end++;
                if (for_people) {
                        period_write_short(first, sizeof first, period_plus(h->first, i), w->language);
                        period_write_short(last, sizeof last, period_plus(h->first, end), w->language);
                } else {
                        period_write(first, period_plus(h->first, i));
                        period_write(last, period_plus(h->first, end));
                }
                list = arena_print(w->arena, "%s%s%s%s%s%s", list == NULL ? "" : list, list == NULL ? "" : ", ", first, end > i ? " – " : "", end > i ? last : "",
                                   for_people && is_other[i] ? work_text(w, " (in another unit of measure)") : "");
                i = end;
        }
        return list;
}

/* Sum of the steps from … to (to not counted); false if one is missing or it does not fit. */
static bool sum_steps(const struct history *h, size_t row, int from, int to, int128 *sum)
{
        *sum = 0;
        for (int i = from; i < to; i++) {
                if (!h->has[row * (size_t)h->length + (size_t)i])
                        return false;
                *sum += h->values[row * (size_t)h->length + (size_t)i];
        }
        return true;
}

static bool one_step(const struct history *h, size_t row, int step, int64_t *value)
{
        if (step < 0 || step >= h->length || !h->has[row * (size_t)h->length + (size_t)step])
                return false;
        *value = h->values[row * (size_t)h->length + (size_t)step];
        return true;
}

static void to_date(struct cell_state *c, const struct history *h, size_t row, int per_year)
{
        bool is_average = strcmp(c->row->cumulative, "average_index") == 0;
        int this_year = per_year, earlier = h->length - per_year; /* periods of this year before this one */
        int128 sum, sum_before;

        if (strcmp(c->row->cumulative, "level") == 0) {
                c->has_todate = c->has_value;
                c->todate = c->value;
                c->has_todate_before = c->has_year_before;
                c->todate_before = c->year_before;
                return;
        }
        if (!is_average && strcmp(c->row->cumulative, "sum") != 0)
                return;
        c->todate_count = earlier;
        c->has_todate_base = sum_steps(h, row, this_year, h->length, &sum) &&
                decimal_narrow(sum, &c->todate_base);
        if (c->has_todate_base && c->has_value) {
                sum = (int128)c->todate_base + c->value;
                c->has_todate = decimal_narrow(is_average ? decimal_divide(sum, earlier + 1) : sum,
                                               &c->todate);
        }
        if (sum_steps(h, row, 0, earlier + 1, &sum_before))
                c->has_todate_before = decimal_narrow(is_average ? decimal_divide(sum_before, earlier + 1)
                                                      : sum_before,
                                                      &c->todate_before);
}

static void fill_comparisons(struct work *w, struct report *r, struct cell_context *contexts,
                             const struct history *h)
{
        enum frequency frequency = period_frequency(r->period);
        int per_year = frequency == FREQUENCY_MONTH ? 12 : frequency == FREQUENCY_QUARTER ? 4 :
                       frequency == FREQUENCY_HALF ? 2 : 1;

        for (size_t i = 0; i < r->cell_count; i++) {
                struct cell_state *c = &r->cells[i];
                int64_t *series = arena_array(w->arena, REPORT_SERIES, sizeof *series);
                bool *has = arena_array(w->arena, REPORT_SERIES, sizeof *has);

                if (c->row->indicator == NULL)
                        continue;
                c->has_previous = one_step(h, i, h->length - 1, &c->previous);
                c->has_year_before = one_step(h, i, h->length - per_year, &c->year_before);
                for (int k = 0; k < REPORT_SERIES; k++)
                        has[k] = one_step(h, i, h->length - REPORT_SERIES + k, &series[k]);
                c->series = series;
                c->has_series = has;
                to_date(c, h, i, per_year);
                if (strcmp(c->row->cumulative, "sum") == 0 ||
                    strcmp(c->row->cumulative, "average_index") == 0) {
                        c->missing = missing_periods(w, h, i, per_year, h->length, false);
                        c->missing_shown = contexts[i].missing = missing_periods(w, h, i, per_year, h->length, true);
                }
        }
}

/* ---- what is in the cells ------------------------------------------------------------------------------ */

static bool take_sent_version(struct work *w, struct report *r, struct cell_context *contexts, int64_t entry,
                              bool shows_it)
{
        struct sent_cell *sent = arena_array(w->arena, r->cell_count + 1, sizeof *sent);

        if (entry == 0)
                return true;
        if (!sent_cells(w, entry, r->form, sent))
                return false;
        for (size_t i = 0; i < r->cell_count; i++) {
                contexts[i].was_sent = sent[i].has_value && !shows_it;
                contexts[i].sent = sent[i].value;
                contexts[i].language = w->language;
                if (sent[i].has_value)
                        r->cells[i].typed = value_shown(w->arena, sent[i].value,
                                                        r->form->rows[i].indicator->decimals,
                                                        r->form->rows[i].indicator->shown, w->language);
                r->cells[i].explanation = sent[i].explanation;
        }
        return true;
}

static void take_draft_cells(struct report *r, struct cell_context *contexts, const struct life *life)
{
        for (size_t i = 0; i < life->cell_count; i++) {
                int row = form_row_find(r->form, life->cells[i].cell);

                if (row < 0)
                        continue; /* a row of an earlier version of the form */
                r->cells[row].typed = life->cells[i].typed;
                r->cells[row].explanation = life->cells[i].explanation;
                r->cells[row].saved_version = life->cells[i].version;
                r->cells[row].saved_by = life->cells[i].by;
                r->cells[row].saved_at = life->cells[i].at;
                contexts[row].language = life->cells[i].language;
        }
}

static void count_problems(struct report *r)
{
        for (size_t i = 0; i < r->problem_count; i++) {
                if (r->problems[i].severity == SEVERITY_ERROR)
                        r->errors++;
                else if (r->problems[i].severity == SEVERITY_WARNING && !r->problems[i].is_explained)
                        r->warnings_open++;
        }
        for (size_t i = 0; i < r->cell_count; i++)
                r->filled += r->cells[i].row->indicator != NULL && r->cells[i].typed[0] != '\0';
}

void report_recheck(struct work *w, struct report *r)
{
        struct cell_context *contexts = arena_array(w->arena, r->cell_count + 1, sizeof *contexts);

        for (size_t i = 0; i < r->cell_count; i++)
                contexts[i] = (struct cell_context){ .language = w->language,
                                                     .missing = r->cells[i].missing_shown };
        cells_read(r->cells, contexts, r->cell_count);
        r->problems = rules_check(w->arena, r->form, period_last(r->period), r->cells, contexts, r->cell_count, w->language,
                                  &r->problem_count);
        r->errors = r->warnings_open = r->filled = 0;
        count_problems(r);
}

/* What the best other source says of the rows that a rule compares with other sources: the statistics office of what is typed here. */
static bool fill_others(struct work *w, struct report *r)
{
        for (size_t n = 0; n < r->form->rule_count; n++) {
                const struct rule *rule = &r->form->rules[n];

                for (int k = 0; rule->kind == RULE_SOURCES && k < rule->row_count; k++) {
                        struct cell_state *c = &r->cells[rule->rows[k]];
                        struct sourced *s = c->has_other ? NULL : sources_of(w, c->row->indicator, r->unit, r->period, c->row->item, c->row->partner, false);

                        for (size_t i = 0; s != NULL && i < s->count && !c->has_other; i++)
                                if (s->source[i].provider != NULL && !s->source[i].provider->is_own) {
                                        c->has_other = true;
                                        c->other = s->source[i].value;
                                        c->other_source = s->source[i].source;
                                }
                        if (!work_ok(w))
                                return false;
                }
        }
        return true;
}

static bool fill_cells(struct work *w, struct report *r, const struct life *life)
{
        struct cell_context *contexts = arena_array(w->arena, r->form->row_count + 1, sizeof *contexts);
        const struct sent_version *shown = NULL;
        struct history history;

        r->cell_count = r->form->row_count;
        r->cells = arena_array(w->arena, r->cell_count + 1, sizeof *r->cells);
        for (size_t i = 0; i < r->cell_count; i++)
                r->cells[i] = (struct cell_state){ .row = &r->form->rows[i], .typed = "", .explanation = "" };
        for (size_t i = 0; i < r->version_count; i++) {
                if (r->versions[i].entry == life->sent_entry ? r->shown_version == 0 || r->shown_version == life->version
                                                             : r->versions[i].version == r->shown_version && shown == NULL)
                        shown = &r->versions[i];
        }
        if (shown != NULL && !take_sent_version(w, r, contexts, shown->entry, r->shown_version > 0))
                return false;
        if (r->shown_version == 0 && r->is_own)
                take_draft_cells(r, contexts, life);
        cells_read(r->cells, contexts, r->cell_count);
        for (size_t i = 0; i < r->cell_count; i++) { /* numbers are shown in the reader's way of writing */
                struct cell_state *c = &r->cells[i];

                if (c->has_value) {
                        c->typed = value_shown(w->arena, c->value, c->row->indicator->decimals,
                                               c->row->indicator->shown,
                                               w->language);
                        contexts[i].language = w->language;
                }
        }
        if (!history_read(w, r, &history))
                return false;
        fill_comparisons(w, r, contexts, &history);
        if (!fill_others(w, r))
                return false;
        r->problems = rules_check(w->arena, r->form, period_last(r->period), r->cells, contexts, r->cell_count, w->language,
                                  &r->problem_count);
        count_problems(r);
        return true;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

/* Whether the window of the period has begun, so that there is something to report. */
static bool is_open(const struct catalogue *catalogue, const struct report *r, day today)
{
        day first, last;
        moment due;

        if (!window_dates(catalogue, r->form->window, r->period, &first, &last, &due))
                first = period_first(r->period);
        return first <= today;
}

static void fill_rights(struct work *w, const struct catalogue *catalogue, struct report *r)
{
        bool is_shown_as_it_stands = r->shown_version == 0, is_above;
        bool is_open_to_change = r->state == REPORT_EMPTY || r->state == REPORT_DRAFT ||
                r->state == REPORT_RETURNED;
        day today = day_of_moment(w->now);
        /* Enterprises and consultants fill in what is theirs; a report of the unit is for those who may read it. */
        bool is_insider = user_may(w->user, MAY_READ);
        const char *unit = w->user->unit;

        /* The ministry's node may have accounts of provinces: they do not decide about what they sent themselves. */
        is_above = !r->is_own && catalogue_is_served(w, r->unit_code, node_unit(w->node)) &&
                (w->user == &user_operator ||
                 (strcmp(unit, r->unit_code) != 0 && unit_code_is_within(catalogue, r->unit_code, unit, today)));
        r->may_edit = is_shown_as_it_stands && r->is_own && r->not_ours == NULL && is_open_to_change && is_insider &&
                user_may(w->user, MAY_FILL) &&
                      is_open(catalogue, r, today);
        r->may_submit = r->may_edit;
        r->may_withdraw = is_shown_as_it_stands && r->is_own && r->not_ours == NULL && r->state == REPORT_SUBMITTED && is_insider &&
                user_may(w->user, MAY_FILL) && !user_may(w->user, MAY_SEND); /* who may send gives it back, with a reason */
        r->may_send = is_shown_as_it_stands && r->is_own && r->not_ours == NULL && r->state == REPORT_SUBMITTED && is_insider &&
                user_may(w->user, MAY_SEND);
        r->may_reopen = r->may_send;
        r->may_decide = is_shown_as_it_stands && is_above && r->state == REPORT_SENT && is_insider &&
                user_may(w->user, MAY_RECEIVE);
}

struct report *report_load_as(struct work *w, const char *form, const char *unit_code,
                              const char *period_text, int version)
{
        const struct catalogue *catalogue = catalogue_of(w);
        struct report *r = arena_alloc(w->arena, sizeof *r);
        struct error *not_ours;
        struct life *life;
        day first, last;

        if (catalogue == NULL)
                return NULL;
        if (!period_read(period_text, strlen(period_text), &r->period)) {
                error_set(&w->err, ERR_INVALID, "\"%s\" is no period", period_text);
                error_hint(&w->err, "periods look like 2026-10, 2026-Q4, 2026-S1 or 2026");
                return NULL;
        }
        r->form = form_find(catalogue, form, period_last(r->period));
        if (r->form == NULL) {
                error_set(&w->err, ERR_MISSING, "there is no form \"%s\" for %s", form, period_text);
                return NULL;
        }
        r->unit = unit_read(catalogue, unit_code, period_last(r->period));
        if (r->unit == NULL) {
                if (unit_code_is_known(catalogue, unit_code))
                        error_set(&w->err, ERR_MISSING, "the unit %s did not exist in %s", unit_code,
                                  period_text);
                else
                        error_set(&w->err, ERR_MISSING, "unknown unit \"%s\"", unit_code);
                return NULL;
        }
        if (r->unit->level != r->form->filed_by) {
                error_set(&w->err, ERR_MISSING, "%s does not file this form", r->unit->name_vi);
                return NULL;
        }
        if (r->form->window != NULL && period_frequency(r->period) != r->form->window->frequency) {
                error_set(&w->err, ERR_MISSING, "this form is not filed for periods like %s", period_text);
                return NULL;
        }
        r->form_id = r->form->id;
        r->unit_code = r->unit->code;
        r->period_text = arena_text(w->arena, period_text);
        r->is_own = trust_stands_for(w, node_unit(w->node), r->unit->code, ledger_next_stamp(w));
        not_ours = arena_alloc(w->arena, sizeof *not_ours);
        not_ours->language = w->language;
        if (r->is_own && !figure_writer_may(w, catalogue, trust_self(w), ledger_next_stamp(w), r->unit, not_ours))
                r->not_ours = not_ours;
        life = report_life(w, report_subject(w->arena, r->form->id, r->unit, r->period));
        if (life == NULL)
                return NULL;
        r->state = life->state;
        r->version = life->version;
        r->newest_version = life->newest;
        r->sent_entry = life->sent_entry;
        r->draft_version = life->draft_version;
        r->versions = life->versions;
        r->version_count = life->version_count;
        r->filled_by = life->filled_by;
        r->sent_by = life->sent_by;
        r->submitted_at = life->submitted_at;
        r->sent_at = life->sent_at;
        r->remark = life->remark;
        r->remark_by = life->remark_by;
        r->whole_remark = life->whole_remark;
        r->remark_cells = life->remark_cells;
        r->return_due = life->return_due;
        r->is_from_own_leader = life->is_from_own_leader;
        r->last_cell = life->last_cell;
        for (size_t i = 0; i < r->version_count; i++) {
                if (r->versions[i].entry == r->sent_entry)
                        r->receipt = r->versions[i].receipt;
                if (r->contest == NULL)
                        r->contest = contest_of_entry(w, r->versions[i].entry);
                if (r->decision_contest == NULL && r->versions[i].decision_count > 1) {
                        r->decision_contest = contest_about_entry(w, r->versions[i].hash);
                        r->contested_version = r->versions[i].version;
                }
        }
        if (r->form->window != NULL) {
                r->is_window_verified = r->form->window->is_verified;
                window_dates(catalogue, r->form->window, r->period, &first, &last, &r->due);
        }
        if (version != 0) {
                bool is_there = false;

                for (size_t i = 0; i < r->version_count; i++)
                        is_there = is_there || r->versions[i].version == version;
                if (!is_there) {
                        error_set(&w->err, ERR_MISSING, "there is no version %d of this report", version);
                        return NULL;
                }
                r->shown_version = version;
        }
        if (!fill_cells(w, r, life))
                return NULL;
        fill_rights(w, catalogue, r);
        return report_attachments(w, r, life) ? r : NULL;
}

struct report *report_load(struct work *w, const char *form, const char *unit_code, const char *period_text)
{
        return report_load_as(w, form, unit_code, period_text, 0);
}
