#include <stdio.h>
#include <string.h>

#include "form/page_private.h"
#include "form/view_private.h"
#include "ledger/past.h"
#include "ledger/read.h"
#include "web/icons.h"

/* ---- small texts --------------------------------------------------------------------------------------- */

const char *time_left(struct work *w, moment due)
{
        moment left = due - w->now;
        bool is_late = left < 0;
        int64_t minutes = (is_late ? -left : left) / 60000, hours = minutes / 60, days = hours / 24;

        const char *whole = arena_print(w->arena, work_text(w, days == 1 ? N_("%d day") : N_("%d days")), (int)days);
        const char *rest = days == 0 && hours == 0
                ? arena_print(w->arena, work_text(w, minutes == 1 ? N_("%d minute") : N_("%d minutes")), (int)minutes)
                : arena_print(w->arena, work_text(w, hours % 24 == 1 ? N_("%d hour") : N_("%d hours")), (int)(hours % 24));

        if (is_late)
                return arena_print(w->arena, work_text(w, "%s late"), days > 0 ? whole : rest);
        return arena_print(w->arena, work_text(w, "%s left"), days > 0 ? arena_print(w->arena, "%s %s", whole, rest) : rest);
}

const char *unit_name(const struct work *w, const struct unit *unit)
{
        return w->language == LANGUAGE_EN ? unit->name_en : unit->name_vi;
}

const char *unit_name_dated(struct work *w, const struct unit *unit)
{
        char text[DAY_SHOWN_MAX];

        if (unit->to >= day_of_moment(w->now))
                return unit_name(w, unit);
        day_write_shown(text, unit->to, w->language);
        return arena_print(w->arena, work_text(w, N_("%s (until %s)")), unit_name(w, unit), text);
}

const char *period_shown(struct work *w, period p)
{
        char text[64];

        period_write_shown(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

static const char *period_within(struct work *w, period p)
{
        char text[64];

        period_write_said(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

static const char *period_narrow(struct work *w, period p)
{
        char text[64];

        period_write_short(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

static const char *report_address(struct work *w, const struct report *r)
{
        return arena_print(w->arena, "/forms/%s/%s/%s", r->form_id, r->unit_code, r->period_text);
}

const char *state_css(enum report_state state)
{
        static const char *const css[] = { "chip", "chip info", "chip info", "chip ok", "chip ok",
                                           "chip warn" };

        return css[state];
}

/* ---- one row ------------------------------------------------------------------------------------------- */

/* Plain decimals for the script: "-1234.5", "" where there is none. */
static const char *plain(struct work *w, bool has, int64_t value, int decimals)
{
        char text[DECIMAL_TEXT_MAX];

        if (!has)
                return "";
        decimal_write(text, value, decimals);
        return arena_text(w->arena, text);
}

/* For comparing with: rounded as the indicator is shown. What was entered is shown with all its digits. */
static const char *shown(struct work *w, const struct form_row *row, bool has, int64_t value)
{
        char text[DECIMAL_TEXT_MAX];

        if (!has)
                return "–";
        decimal_write_shown(text, value, row->indicator->decimals, row->indicator->shown, w->language);
        return arena_text(w->arena, text);
}

/* "+12,4", "−1,8 đ": with the sign written, one decimal, points marked. */
static const char *change_shown(struct work *w, const struct form_row *row, enum rule_base base,
                                bool has_value,
                                int64_t value, bool has_base, int64_t base_value)
{
        char text[DECIMAL_TEXT_MAX];
        int64_t change;
        bool is_points;

        if (!has_value || !value_change(row->indicator, base, value, has_base, base_value, &change,
                                        &is_points))
                return "–";
        decimal_write_shown(text, change, FIGURE_CHANGE_DECIMALS, 1, w->language);
        return arena_print(w->arena, "%s%s%s%s", change > 0 ? "+" : "", text, is_points ? " " : "",
                           is_points ? work_text(w, N_("p")) : "");
}

static const char *series_text(struct work *w, const struct cell_state *c)
{
        const char *list = "";

        for (int i = 0; i < REPORT_SERIES; i++)
                list = arena_print(w->arena, "%s%s%s", list, i > 0 ? ";" : "",
                                   plain(w, c->has_series[i], c->series[i], c->row->indicator->decimals));
        return list;
}

static bool names_cell(const char *cells, const char *cell)
{
        size_t length = strlen(cell);

        for (const char *p = cells; p != NULL && *p != '\0'; p = strchr(p, ',') == NULL ? NULL
             : strchr(p, ',') + 1) {
                if (strncmp(p, cell, length) == 0 && (p[length] == ',' || p[length] == '\0'))
                        return true;
        }
        return false;
}

bool is_missing(const struct report *r, const struct problem *p)
{
        int row = form_row_find(r->form, p->cell);

        return p->severity == SEVERITY_ERROR && row >= 0 && r->form->rows[row].is_required &&
               r->cells[row].typed[0] == '\0';
}

static void show_problems(struct work *w, const struct report *r, bool is_checked, size_t row, struct shown_row *out)
{
        const char *id = r->form->rows[row].id, *css = "";
        bool needs_explanation = r->cells[row].explanation[0] != '\0';

        out->problems = arena_array(w->arena, r->problem_count + 1, sizeof *out->problems);
        for (size_t i = 0; i < r->problem_count; i++) {
                const struct problem *p = &r->problems[i];
                bool is_error = p->severity == SEVERITY_ERROR, is_warning = p->severity == SEVERITY_WARNING;

                if (strcmp(p->cell, id) != 0 || (!is_checked && is_missing(r, p)))
                        continue;
                out->problems[out->problem_count++] = (struct shown_problem){
                        .css = is_error ? "em" : is_warning ? "em wn" : "em hn",
                        .icon = is_error ? icon("alert") : is_warning ? icon("warning")
                        : icon("note"),
                        .message = p->message, .fix = p->fix, .is_explained = p->is_explained,
                        .fix_value = p->fix == NULL ? NULL : arena_print(w->arena, "%s=%s", id, p->fix),
                };
                if (is_error)
                        css = "err";
                else if (is_warning && !p->is_explained && css[0] == '\0')
                        css = "warn";
                needs_explanation = needs_explanation || is_warning;
                out->is_invalid = out->is_invalid || is_error;
        }
        if (css[0] == '\0' && r->cells[row].typed[0] == '\0')
                css = "empty";
        out->marker = strcmp(css, "err") == 0 ? icon("alert") : strcmp(css, "warn") == 0
                ? icon("warning") : "";
        out->shows_explanation = needs_explanation;
        out->css = arena_print(w->arena, "%s%s", r->form->rows[row].depth > 0 ? "sub " : "", css);
}

/* Whether what was sent is known to be above: something came back, or the link has nothing left to hand
 * over. How the link was on a day past nobody knows. */
static bool is_delivered(struct work *w, const struct report *r)
{
        struct link_status link;

        if (!r->is_own || r->state != REPORT_SENT || past_is_read(w))
                return !r->is_own || r->state != REPORT_SENT;
        link = web_link_status(w);
        return link.has_upstream && link.is_connected && link.backlog == 0;
}

/* Where a figure of the row is explained, or what it was compared with; NULL where there is none. */
static const char *explain_href(struct work *w, const struct report *r, const struct form_row *row, bool is_there, period p, const char *compare)
{
        char code[PERIOD_TEXT_MAX];

        if (!is_there)
                return NULL;
        period_write(code, p);
        return arena_print(w->arena, "/figures/explain?indicator=%s&unit=%s&period=%s%s%s%s%s%s%s", row->indicator->id, r->unit->code, code,
                           row->item[0] == '\0' ? "" : "&item=", row->item, row->partner[0] == '\0' ? "" : "&partner=", row->partner,
                           compare == NULL ? "" : "&compare=", compare == NULL ? "" : compare);
}

/* Figures of earlier periods can be opened always, those of the report once it was sent: before, nothing is signed. */
static void show_ways(struct work *w, const struct report *r, const struct cell_state *c, struct shown_row *out)
{
        bool is_sent = !r->may_edit && (r->state == REPORT_SENT || r->state == REPORT_ACCEPTED) && r->shown_version == 0 && c->has_value;
        bool is_summed = is_sent && strcmp(c->row->cumulative, "sum") == 0 && c->has_todate;

        out->previous_href = explain_href(w, r, c->row, c->has_previous, period_plus(r->period, -1), NULL);
        out->year_href = explain_href(w, r, c->row, c->has_year_before, period_year_before(r->period), NULL);
        out->value_href = explain_href(w, r, c->row, is_sent, r->period, NULL);
        out->change_previous_href = explain_href(w, r, c->row, is_sent && c->has_previous, r->period, "mom");
        out->change_year_href = explain_href(w, r, c->row, is_sent && c->has_year_before, r->period, "yoy");
        out->todate_href = explain_href(w, r, c->row, is_summed, r->period, "ytd");
        out->todate_change_href = explain_href(w, r, c->row, is_summed && c->has_todate_before, r->period, "ytd_yoy");
}

/* Where all of a text that was cut is; NULL: it was not. */
static const char *whole_href(struct work *w, int64_t entry)
{
        char hash[HASH_HEX];

        return entry == 0 || !ledger_hash_of(w, entry, hash) ? NULL : arena_print(w->arena, "/figures/entry/%s", hash);
}

/* The entry that brought the version that is shown; 0: none was sent. */
static int64_t entry_shown(const struct report *r)
{
        for (size_t i = 0; i < r->version_count; i++)
                if (r->versions[i].version == r->shown_version)
                        return r->versions[i].entry;
        return r->sent_entry;
}

static void show_row(struct work *w, const struct report *r, bool is_checked, size_t i, struct shown_row *out)
{
        const struct cell_state *c = &r->cells[i];
        const struct form_row *row = c->row;
        bool is_english = w->language == LANGUAGE_EN;
        int decimals;

        out->number = out->id = row->id;
        out->label = is_english ? row->label_en : row->label_vi;
        out->help = is_english ? row->help_en : row->help_vi;
        out->css = out->state = "";
        if (row->indicator == NULL) {
                out->is_heading = true;
                return;
        }
        decimals = row->indicator->decimals;
        out->unit = indicator_measure(catalogue_of(w), row->indicator, row->item, period_last(r->period), w->language);
        out->value_typed = c->typed;
        out->value = c->typed;
        out->explanation = entry_text_kept(w->arena, c->explanation, REPORT_TEXT_MAX); /* a browser lays out a MiB in minutes */
        out->whole_href = strlen(c->explanation) > REPORT_TEXT_MAX ? whole_href(w, entry_shown(r)) : NULL;
        out->previous = shown(w, row, c->has_previous, c->previous);
        out->year_before = shown(w, row, c->has_year_before, c->year_before);
        out->change_previous = change_shown(w, row, BASE_PREVIOUS, c->has_value, c->value, c->has_previous,
                                            c->previous);
        out->change_year = change_shown(w, row, BASE_YEAR_BEFORE, c->has_value, c->value, c->has_year_before,
                                        c->year_before);
        out->todate = shown(w, row, c->has_todate, c->todate);
        out->todate_change = change_shown(w, row, BASE_YEAR_BEFORE, c->has_todate, c->todate,
                                          c->has_todate_before,
                                          c->todate_before);
        show_ways(w, r, c, out);
        out->p = plain(w, c->has_previous, c->previous, decimals);
        out->y = plain(w, c->has_year_before, c->year_before, decimals);
        out->base = plain(w, c->has_todate_base, c->todate_base, decimals);
        out->before = plain(w, c->has_todate_before, c->todate_before, decimals);
        out->history = series_text(w, c);
        out->count = c->todate_count;
        out->decimals = decimals;
        out->shown = row->indicator->shown;
        out->compare = !row->indicator->is_index ? "" :
                       row->indicator->comparison[0] == '\0' ? "index" : row->indicator->comparison;
        out->cumulative = row->cumulative;
        if (r->state == REPORT_RETURNED && names_cell(r->remark_cells, row->id))
                out->state = "returned";
        else if (r->version > 0 && c->has_value && c->saved_at <= r->sent_at)
                out->state = is_delivered(w, r) ? "centre" : "sent";
        else if (c->saved_version > 0)
                out->state = "node";
        show_problems(w, r, is_checked, i, out);
}

/* ---- the page ------------------------------------------------------------------------------------------ */

static int step_of(const struct report *r)
{
        switch (r->state) {
        case REPORT_SUBMITTED: return 4;
        case REPORT_SENT: return 5;
        case REPORT_ACCEPTED: return 6;
        default: return r->filled > 0 && r->errors == 0 && r->warnings_open == 0 ? 3 : r->filled > 0 ? 2 : 1;
        }
}

static void show_versions(struct work *w, const struct report *r, struct report_view *v)
{
        v->versions = arena_array(w->arena, r->version_count + 1, sizeof *v->versions);
        for (size_t i = 0; i < r->version_count; i++) {
                const struct sent_version *s = &r->versions[i];

                v->versions[i] = (struct shown_version){
                        .version = s->version, .sent_at = moment_shown(w->arena, s->sent_at, w->language),
                        .sent_by = s->sent_by, .filled_by = s->filled_by, .receipt = s->receipt,
                        .href = arena_print(w->arena, "%s?version=%d", v->address, s->version),
                        .is_shown = s->version == r->shown_version,
                        .decisions = arena_array(w->arena, s->decision_count + 1, sizeof(struct shown_decision)), .decision_count = s->decision_count,
                };
                for (size_t n = 0; n < s->decision_count; n++) {
                        const struct decided *d = &s->decisions[n];

                        v->versions[i].decisions[n] = (struct shown_decision){
                                .decision = work_text(w, d->decision == DECISION_ACCEPTED ? N_("Accepted") : N_("Returned")),
                                .css = d->decision == DECISION_ACCEPTED ? "chip ok" : "chip warn",
                                .at = moment_shown(w->arena, d->at, w->language), .by = d->by, .reason = d->reason, .whole_href = whole_href(w, d->whole_reason), .cells = d->cells, .why = d->why, .stands = d->stands,
                        };
                }
        }
}

static const char *label_of(const struct work *w, const struct form_row *row)
{
        return w->language == LANGUAGE_EN ? row->label_en : row->label_vi;
}

static void show_links(struct work *w, const struct report *r, struct report_view *v)
{
        v->links = arena_array(w->arena, r->problem_count + 1, sizeof *v->links);
        for (size_t i = 0; i < r->problem_count; i++) {
                const struct problem *p = &r->problems[i];
                int row = form_row_find(r->form, p->cell);

                if (p->severity == SEVERITY_HINT || p->is_explained || row < 0 || is_missing(r, p))
                        continue;
                v->links[v->link_count++] = (struct shown_link){
                        .cell = p->cell, .css = p->severity == SEVERITY_ERROR ? "e" : "",
                        .icon = icon(p->severity == SEVERITY_ERROR ? "alert" : "warning"),
                        .text = arena_print(w->arena, "%s. %s: %s", p->cell,
                                            label_of(w, &r->form->rows[row]), p->message),
                };
        }
        for (size_t i = 0; i < r->problem_count; i++) {
                const struct problem *p = &r->problems[i];

                if (!is_missing(r, p))
                        continue;
                v->links[v->link_count++] = (struct shown_link){
                        .cell = p->cell, .css = "", .icon = "", .is_missing = true,
                        .text = arena_print(w->arena, "%s. %s", p->cell,
                                            label_of(w, &r->form->rows[form_row_find(r->form, p->cell)])),
                };
                v->missing_count++;
        }
}

/* What keeps the report from being submitted, in one line, and how loud it is. */
static void show_summary(struct work *w, const struct report *r, struct report_view *v)
{
        int missing = (int)v->missing_count, errors = r->errors - (v->is_checked ? 0 : missing);
        bool is_blocked = errors + r->warnings_open > 0;

        v->summary = work_text(w, N_("Nothing stands in the way: ready to be submitted"));
        v->summary_css = errors > 0 ? "alert err chk no-print" : is_blocked ? "alert warn chk no-print"
                         : missing > 0 ? "alert chk no-print" : "alert ok chk no-print";
        if (errors > 0 && r->warnings_open > 0)
                v->summary = arena_print(w->arena, work_text(w, N_("%d errors, %d warnings to explain before submitting")),
                                         errors, r->warnings_open);
        else if (errors > 0)
                v->summary = arena_print(w->arena, work_text(w, N_("%d errors to correct before submitting")), errors);
        else if (is_blocked)
                v->summary = arena_print(w->arena, work_text(w, N_("%d warnings to explain before submitting")),
                                         r->warnings_open);
        else if (missing > 0)
                v->summary = work_text(w, N_("Not complete enough to be submitted"));
}

static void show_deadline(struct work *w, const struct report *r, struct report_view *v)
{
        moment due = r->state == REPORT_RETURNED && r->return_due > 0 ? r->return_due : r->due;
        bool is_over = r->state == REPORT_SENT || r->state == REPORT_ACCEPTED;

        v->deadline = "";
        v->deadline_css = "chip";
        if (due == 0)
                return;
        v->deadline = arena_print(w->arena, work_text(w, N_("Due %s")),
                                  moment_shown(w->arena, due, w->language));
        if (is_over)
                return;
        if (due == r->due && !window_due_is_certain(catalogue_of(w), r->form->window, r->period))
                v->deadline_may_move = work_text(w, N_("may move: the holidays of that year are not known yet"));
        v->deadline = arena_print(w->arena, "%s · %s", v->deadline, time_left(w, due));
        v->deadline_css = due < w->now ? "chip err" : due - w->now < 3 * MOMENT_PER_DAY ? "chip warn"
                : "chip";
}

struct report_view *report_view_make(struct work *w, const struct report *r, const char *csrf, bool is_checked)
{
        struct report_view *v = arena_alloc(w->arena, sizeof *v);
        char due[DAY_TEXT_MAX];
        bool is_known;

        v->r = r;
        v->csrf = csrf == NULL ? "" : csrf;
        v->language = language_name(w->language);
        v->address = report_address(w, r);
        v->unit_name = unit_name(w, r->unit);
        v->unit_full = w->language == LANGUAGE_EN ? r->unit->full_name_en : r->unit->full_name_vi;
        v->period_name = period_shown(w, r->period);
        v->is_checked = is_checked || r->state == REPORT_RETURNED;
        v->period_short = r->period_text;
        v->form_title = form_title(r->form, w->language);
        v->department = arena_print(w->arena, work_text(w, N_("Department of Industry and Trade of %s")),
                                    v->unit_name);
        v->title = arena_print(w->arena, work_text(w, N_("Report %s – %s")), period_within(w, r->period), v->department);
        v->basis = r->form->legal_basis;
        v->note = w->language == LANGUAGE_EN ? r->form->note_en : r->form->note_vi;
        v->state = work_text(w, state_title(r->state));
        v->state_css = state_css(r->state);
        v->printed = past_is_read(w) ? v->state : arena_print(w->arena, work_text(w, N_("%s, printed at %s")), v->state,
                                                              moment_shown(w->arena, w->now, w->language));
        v->period_narrow = period_narrow(w, r->period);
        v->head_previous = period_narrow(w, period_plus(r->period, -1));
        v->head_year = period_narrow(w, period_year_before(r->period));
        v->head_entry = arena_print(w->arena, work_text(w, N_("Estimate %s")), v->period_narrow);
        v->step = step_of(r);
        v->can_edit = r->may_edit;
        v->is_readonly = !r->may_edit;
        v->submitted_at = moment_shown(w->arena, r->submitted_at, w->language);
        v->sent_at = moment_shown(w->arena, r->sent_at, w->language);
        v->remark_due = moment_shown(w->arena, r->return_due, w->language);
        day_write(due, day_plus_working(catalogue_of(w), day_of_moment(w->now), 2, &is_known));
        v->suggested_due = arena_text(w->arena, due);
        v->suggested_may_move = !is_known;
        v->delivery = r->state != REPORT_SENT || !r->is_own || past_is_read(w) ? NULL :
                      is_delivered(w, r) ? work_text(w, N_("at the centre"))
                                         : work_text(w, N_("waits at this node for the connection"));
        v->remark_href = whole_href(w, r->whole_remark);
        show_deadline(w, r, v);
        v->rows = arena_array(w->arena, r->cell_count + 1, sizeof *v->rows);
        v->row_count = r->cell_count;
        for (size_t i = 0; i < r->cell_count; i++) {
                show_row(w, r, v->is_checked, i, &v->rows[i]);
                v->fields += r->cells[i].row->indicator != NULL;
        }
        if (v->can_edit)
                show_links(w, r, v);
        show_versions(w, r, v);
        show_attachments(w, r, v);
        show_summary(w, r, v);
        if (!v->can_edit && r->filled == 0 && r->version == 0)
                v->nothing = r->is_own ? work_text(w, N_("Nothing has been entered in this report yet"))
                                       : arena_print(w->arena, work_text(w, N_("%s has not sent this report yet")),
                                                     v->department);
        return v;
}

/* ---- the same as data ---------------------------------------------------------------------------------- */

static void member_decimal(struct jsonw *json, const char *name, bool has, int64_t value, int decimals)
{
        jsonw_name(json, name);
        if (has)
                jsonw_decimal(json, value, decimals);
        else
                jsonw_null(json);
}

static void member_moment(struct jsonw *json, const char *name, moment m)
{
        char text[MOMENT_TEXT_MAX];

        moment_write(text, m);
        jsonw_member_text(json, name, m == 0 ? NULL : text);
}

static void member_change(struct jsonw *json, const char *name, const struct cell_state *c,
                          enum rule_base base)
{
        int64_t change;
        bool is_points, has_base = base == BASE_PREVIOUS ? c->has_previous : c->has_year_before;
        bool has = c->has_value && value_change(c->row->indicator, base, c->value, has_base,
                                                base == BASE_PREVIOUS ? c->previous : c->year_before, &change,
                                                &is_points);

        jsonw_name(json, name);
        if (!has) {
                jsonw_null(json);
                return;
        }
        jsonw_object(json);
        jsonw_name(json, "value");
        jsonw_decimal(json, change, FIGURE_CHANGE_DECIMALS);
        jsonw_member_text(json, "unit", is_points ? "points" : "percent");
        jsonw_end(json);
}

static void write_cell(struct jsonw *json, const struct report *r, const struct shown_row *row, size_t i)
{
        const struct cell_state *c = &r->cells[i];
        int decimals = c->row->indicator->decimals;

        jsonw_object(json);
        jsonw_member_text(json, "cell", c->row->id);
        jsonw_member_text(json, "label", row->label);
        jsonw_member_text(json, "indicator", c->row->indicator->id);
        jsonw_member_text(json, "item", c->row->item);
        jsonw_member_text(json, "partner", c->row->partner);
        jsonw_member_text(json, "unit_of_measure", row->unit);
        jsonw_member_bool(json, "required", c->row->is_required);
        jsonw_member_text(json, "typed", c->typed);
        member_decimal(json, "value", c->has_value, c->value, decimals);
        member_decimal(json, "previous", c->has_previous, c->previous, decimals);
        member_decimal(json, "year_before", c->has_year_before, c->year_before, decimals);
        member_change(json, "change_previous", c, BASE_PREVIOUS);
        member_change(json, "change_year", c, BASE_YEAR_BEFORE);
        member_decimal(json, "todate", c->has_todate, c->todate, decimals);
        member_decimal(json, "todate_year_before", c->has_todate_before, c->todate_before, decimals);
        jsonw_member_text(json, "missing", c->missing);
        jsonw_member_text(json, "explanation", c->explanation);
        jsonw_member_int(json, "saved_version", c->saved_version);
        jsonw_end(json);
}

void problems_write(struct jsonw *json, const struct report *r)
{
        static const char *const severity[] = { "hint", "warning", "error" };

        jsonw_name(json, "problems");
        jsonw_array(json);
        for (size_t i = 0; i < r->problem_count; i++) {
                const struct problem *p = &r->problems[i];

                jsonw_object(json);
                jsonw_member_text(json, "severity", severity[p->severity]);
                jsonw_member_text(json, "level", rule_level_name(p->level));
                if (*p->advice != '\0')
                        jsonw_member_text(json, "advice", p->advice);
                jsonw_member_text(json, "cell", p->cell);
                jsonw_member_text(json, "rule", p->rule);
                jsonw_member_text(json, "message", p->message);
                jsonw_member_text(json, "fix", p->fix);
                jsonw_member_bool(json, "explained", p->is_explained);
                jsonw_member_bool(json, "missing", is_missing(r, p));
                jsonw_end(json);
        }
        jsonw_end(json);
        jsonw_member_int(json, "errors", r->errors);
        jsonw_member_int(json, "warnings_open", r->warnings_open);
        jsonw_member_int(json, "filled", r->filled);
}

void report_write_json(const struct report_view *v, struct buf *out)
{
        const struct report *r = v->r;
        struct jsonw json;
        char from[DAY_TEXT_MAX];

        jsonw_init(&json, out);
        jsonw_object(&json);
        day_write(from, r->form->from);
        jsonw_member_text(&json, "form", r->form_id);
        jsonw_member_text(&json, "form_from", from);
        jsonw_member_text(&json, "title", v->title);
        jsonw_member_text(&json, "unit", r->unit_code);
        jsonw_member_text(&json, "unit_name", v->unit_name);
        jsonw_member_text(&json, "period", r->period_text);
        jsonw_member_text(&json, "state", report_state_name(r->state));
        jsonw_member_int(&json, "version", r->version);
        jsonw_member_int(&json, "shown_version", r->shown_version);
        jsonw_member_int(&json, "draft_version", r->draft_version);
        jsonw_member_text(&json, "conflict", r->contest != NULL ? r->contest : r->decision_contest);
        member_moment(&json, "due", r->due);
        jsonw_member_text(&json, "receipt", r->receipt);
        jsonw_member_text(&json, "filled_by", r->filled_by);
        jsonw_member_text(&json, "sent_by", r->sent_by);
        member_moment(&json, "sent_at", r->sent_at);
        jsonw_name(&json, "remark");
        if (r->remark == NULL) {
                jsonw_null(&json);
        } else {
                jsonw_object(&json);
                jsonw_member_text(&json, "reason", r->remark);
                jsonw_member_text(&json, "by", r->remark_by);
                jsonw_member_text(&json, "cells", r->remark_cells);
                member_moment(&json, "due", r->return_due);
                jsonw_member_bool(&json, "from_own_leader", r->is_from_own_leader);
                jsonw_end(&json);
        }
        jsonw_name(&json, "may");
        jsonw_object(&json);
        jsonw_member_bool(&json, "edit", r->may_edit);
        jsonw_member_bool(&json, "withdraw", r->may_withdraw);
        jsonw_member_bool(&json, "send", r->may_send);
        jsonw_member_bool(&json, "decide", r->may_decide);
        jsonw_end(&json);
        jsonw_name(&json, "cells");
        jsonw_array(&json);
        for (size_t i = 0; i < r->cell_count; i++) {
                if (r->cells[i].row->indicator != NULL)
                        write_cell(&json, r, &v->rows[i], i);
        }
        jsonw_end(&json);
        problems_write(&json, r);
        attachments_write(&json, v);
        jsonw_name(&json, "versions");
        jsonw_array(&json);
        for (size_t i = 0; i < r->version_count; i++) {
                const struct sent_version *s = &r->versions[i];
                static const char *const decisions[] = { NULL, "accepted", "returned" };

                jsonw_object(&json);
                jsonw_member_int(&json, "version", s->version);
                member_moment(&json, "sent_at", s->sent_at);
                jsonw_member_text(&json, "sent_by", s->sent_by);
                jsonw_member_text(&json, "filled_by", s->filled_by);
                jsonw_member_text(&json, "receipt", s->receipt);
                jsonw_member_text(&json, "decision", decisions[s->decision]);
                member_moment(&json, "decided_at", s->decided_at);
                jsonw_member_text(&json, "decided_by", s->decided_by);
                jsonw_member_text(&json, "reason", s->reason);
                jsonw_member_text(&json, "cells", s->cells);
                member_moment(&json, "due", s->due);
                jsonw_name(&json, "decisions");
                jsonw_array(&json);
                for (size_t n = 0; n < s->decision_count; n++) {
                        const struct decided *d = &s->decisions[n];

                        jsonw_object(&json);
                        jsonw_member_text(&json, "decision", decisions[d->decision]);
                        member_moment(&json, "at", d->at);
                        jsonw_member_text(&json, "by", d->by);
                        jsonw_member_text(&json, "reason", d->reason);
                        jsonw_member_text(&json, "cells", d->cells);
                        member_moment(&json, "due", d->due);
                        jsonw_member_text(&json, "why", *d->why == '\0' ? NULL : d->why);
                        jsonw_member_bool(&json, "stands", d->stands);
                        jsonw_end(&json);
                }
                jsonw_end(&json);
                jsonw_end(&json);
        }
        jsonw_end(&json);
        jsonw_end(&json);
}

static void csv_value(struct buf *out, bool has, int64_t value, int decimals)
{
        char text[DECIMAL_TEXT_MAX];

        decimal_write(text, value, decimals);
        csv_number(out, has ? text : "", false);
}

void report_write_csv(const struct report_view *v, struct buf *out)
{
        static const char *const names[] = { "cell", "label", "indicator", "item", "partner",
                                             "unit_of_measure",
                                             "previous", "year_before", "value", "typed", "todate",
                                             "todate_year_before", "explanation" };
        const struct report *r = v->r;

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                csv_text(out, names[i], i == 0);
        csv_row_end(out);
        for (size_t i = 0; i < r->cell_count; i++) {
                const struct cell_state *c = &r->cells[i];

                if (c->row->indicator == NULL)
                        continue;
                csv_text(out, c->row->id, true);
                csv_text(out, v->rows[i].label, false);
                csv_text(out, c->row->indicator->id, false);
                csv_text(out, c->row->item, false);
                csv_text(out, c->row->partner, false);
                csv_text(out, v->rows[i].unit, false);
                csv_value(out, c->has_previous, c->previous, c->row->indicator->decimals);
                csv_value(out, c->has_year_before, c->year_before, c->row->indicator->decimals);
                csv_value(out, c->has_value, c->value, c->row->indicator->decimals);
                csv_text(out, c->typed, false);
                csv_value(out, c->has_todate, c->todate, c->row->indicator->decimals);
                csv_value(out, c->has_todate_before, c->todate_before, c->row->indicator->decimals);
                csv_text(out, c->explanation, false);
                csv_row_end(out);
        }
}
