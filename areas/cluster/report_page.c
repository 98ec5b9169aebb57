/* report_page.c - pages of the periodic reports: which there are to be, and one of them. */
#include <stdlib.h>
#include <string.h>

#include "areas/cluster/pages.h"
#include "areas/cluster/report.h"
#include "areas/cluster/store.h"
#include "areas/cluster/view.h"
#include "base/hex.h"
#include "ledger/read.h"
#include "report/table.h"

#define LINES_SHOWN 200

const char *report_href(struct work *w, const struct report_about *a)
{
        char text[PERIOD_TEXT_MAX];

        period_write(text, a->period);
        return arena_print(w->arena, "/clusters/reports/%s/%s/%s", a->form->id, in_address(w, a->key), text);
}

static const char *title_of(const struct work *w, const struct report_form *f)
{
        return text_in(w->language, f->title_vi, f->title_en);
}

static const char *moment_said(struct work *w, moment at)
{
        char text[DAY_SHOWN_MAX];

        moment_write_shown(text, at, w->language);
        return arena_text(w->arena, text);
}

static const char *window_said(struct work *w, const struct report_about *a)
{
        char text[64];

        period_write_shown(text, sizeof text, a->period, w->language);
        return arena_print(w->arena, "%s: %s – %s", text, day_said(w, a->first), day_said(w, a->last));
}

/* ---- which there are to be -------------------------------------------------------------------------------------------------- */

/* Officials, and enterprises, which see their own alone. */
static bool may_see(struct work *w)
{
        return user_may(w->user, MAY_READ) || w->user->role == ROLE_ENTERPRISE ||
               error_set(&w->err, ERR_DENIED, "reports on clusters are for officials, and for enterprises that file one");
}

/* The period asked for; else the one whose window is running or ended last. */
static const char *period_asked(struct work *w, const struct request *r)
{
        const char *asked = request_query(r, "period", 0);
        int year, month, number;

        if (asked != NULL && *asked != '\0')
                return asked;
        day_split(day_of_moment(w->now), &year, &month, &number);
        return month < 7 ? arena_print(w->arena, "%d-S1", year) : arena_print(w->arena, "%d", year);
}

/* The code of an entry's receipt. "" where there is no entry. */
static const char *receipt_said(struct work *w, const char *hash_hex)
{
        unsigned char hash[HASH_BYTES];
        char code[RECEIPT_CODE_MAX];

        if (!hex_read(hash, sizeof hash, hash_hex))
                return "";
        receipt_code(hash, code);
        return arena_text(w->arena, code);
}

struct expected { const struct cluster_rules *rules; const struct unit *unit; const char *period; };

static bool expected_rows(struct work *w, struct table *t, void *context)
{
        const struct expected *x = context;
        struct entry_hashes *hashes = entry_hashes_open(w);

        for (size_t f = 0; f < x->rules->form_count && work_ok(w); f++) {
                size_t count;
                struct report_duty *list = reports_expected(w, &x->rules->forms[f], x->unit, x->period, &count);

                for (size_t i = 0; list != NULL && i < count; i++)
                        table_row(t, (struct cell[]){ cell_text(list[i].about->form->id), cell_text(list[i].about->key), cell_text(list[i].about->title), cell_text(x->period),
                                                      cell_day(list[i].about->due == 0 ? DAY_NONE : day_of_moment(list[i].about->due - 1)), cell_int(list[i].is_signed), cell_text(list[i].by),
                                                      list[i].is_signed ? cell_moment(list[i].at) : cell_empty(),
                                                      list[i].is_signed ? cell_text(receipt_said(w, entry_hash(hashes, list[i].entry))) : cell_empty() });
        }
        return work_ok(w);
}

/* What became of a report: whether it is signed, and whether its last day has passed; of one signed again its newest signature counts. */
static const char *became_said(struct work *w, const struct report_about *a, bool is_signed, moment at, const char **css)
{
        bool is_late = a->due != 0 && (is_signed ? at : w->now) > a->due;

        *css = is_signed ? is_late ? "chip warn" : "chip ok" : is_late ? "chip err" : "chip";
        if (is_signed)
                return is_late ? work_text(w, "signed after the last day") : work_text(w, "signed");
        return is_late ? work_text(w, "overdue") : work_text(w, "not signed yet");
}

/* Where that is of which a report tells, below its name: two provinces have clusters of one name. */
static const char *place_said(struct work *w, const struct report_about *a)
{
        const struct unit *now = cluster_home_now(w, a->unit), *u = now == NULL ? a->unit : now, *province = u->province;
        const char *name = text_in(w->language, u->full_name_vi, u->full_name_en), *above = province == NULL || province == u ? "" : text_in(w->language, province->full_name_vi, province->full_name_en);

        if (*above == '\0')
                return "";
        return a->form->level == REPORT_COMMUNE ? above : arena_print(w->arena, "%s, %s", name, above);
}

static void group_fill(struct work *w, const struct report_form *f, const struct report_duty *list, size_t count, struct report_group *g)
{
        *g = (struct report_group){ .id = f->id, .title = arena_print(w->arena, work_text(w, "Form %s: %s"), f->id, title_of(w, f)), .due = "",
                                    .lines = arena_array(w->arena, LINES_SHOWN, sizeof *g->lines), .count = count };
        for (size_t i = 0; i < count; i++) {
                const struct report_duty *d = &list[i];
                const char *css, *state = became_said(w, d->about, d->is_signed, d->at, &css);

                g->signed_count += d->is_signed;
                if (i == 0 && d->about->due != 0)
                        g->due = day_said(w, day_of_moment(d->about->due - 1));
                if (i >= LINES_SHOWN)
                        continue;
                g->lines[g->line_count++] = (struct report_line){
                        d->about->title, place_said(w, d->about), report_href(w, d->about), state, css, d->is_signed ? arena_print(w->arena, "%s, %s", d->by, moment_said(w, d->at)) : "" };
        }
}

bool cluster_reports_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Reports on industrial clusters"), .nav = NAV_CLUSTERS, .crumbs = { { work_text(w, "Industrial clusters"), "/clusters" } }, .crumb_count = 1 };
        const struct column columns[] = {
                { "form", N_("Form"), NULL, CELL_TEXT },   { "about", N_("Report"), NULL, CELL_TEXT }, { "title", N_("Whose report"), NULL, CELL_TEXT },
                { "period", N_("Period"), NULL, CELL_TEXT }, { "due", N_("Due"), NULL, CELL_DAY },      { "signed", N_("Signed"), NULL, CELL_INT },
                { "by", N_("Signed by"), NULL, CELL_TEXT },       { "at", N_("Written"), NULL, CELL_MOMENT },
                { "receipt", N_("Receipt"), NULL, CELL_TEXT },
        };
        struct expected x = { cluster_rules_of(w), unit_asked(w, r), period_asked(w, r) };
        struct reports_view v = { 0 };

        reply->is_private = true;
        if (!may_see(w) || x.rules == NULL || x.unit == NULL || (x.unit->level != LEVEL_COUNTRY && !web_territory(w, x.unit->code)))
                return false;
        if (request_suffix(r) != SUFFIX_HTML)
                return table_reply(w, r, reply, &page, "cluster-reports", NULL, columns, 9, expected_rows, &x);
        v = (struct reports_view){ .period = x.period, .unit = unit_asked_as(w, x.unit), .units = units_offered(w, x.unit), .csv = request_in_format(w, r, "/clusters/reports", "csv"), .window = "",
                                   .json = request_in_format(w, r, "/clusters/reports", "json"), .groups = arena_array(w->arena, x.rules->form_count, sizeof *v.groups) };
        for (size_t f = x.rules->form_count; f-- > 0;) { /* the own duty of a leader first */
                size_t count;
                struct report_duty *list = reports_expected(w, &x.rules->forms[f], x.unit, x.period, &count);

                if (list == NULL)
                        return false;
                if (count > 0)
                        v.window = window_said(w, list[0].about);
                group_fill(w, &x.rules->forms[f], list, count, &v.groups[v.group_count++]);
        }
        if (x.unit->level == LEVEL_COUNTRY)
                v.sum = arena_print(w->arena, "/clusters/reports/%s/VN/%s", x.rules->forms[x.rules->form_count - 1].id, x.period);
        page_begin(w, r, reply, &page);
        reports_html(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

/* ---- one ----------------------------------------------------------------------------------------------------------------------- */

struct report_about *report_about_asked(struct work *w, const char *form, const char *key, const char *period_text)
{
        struct report_about *a = may_see(w) ? report_about_read(w, form, key, period_text) : NULL;
        const struct unit *now;

        if (a == NULL)
                return NULL;
        now = cluster_home_now(w, a->unit);
        if (a->unit->level != LEVEL_COUNTRY && !web_territory(w, (now == NULL ? a->unit : now)->code))
                return NULL;
        if (w->user->role == ROLE_ENTERPRISE && (*a->account == '\0' || strcmp(a->account, w->user->login) != 0)) {
                error_set(&w->err, ERR_DENIED, "this report is another enterprise's");
                return NULL;
        }
        return a;
}

static struct cluster_report *report_asked(struct work *w, const struct request *r)
{
        struct report_about *a = report_about_asked(w, request_part(r, "form"), request_part(r, "about"), request_part(r, "period"));

        return a == NULL ? NULL : cluster_report_load(w, a);
}

static bool cell_rows(struct work *w, struct table *t, void *context)
{
        const struct cluster_report *r = context;

        for (size_t i = 0; i < r->about->form->row_count && work_ok(w); i++) {
                const struct report_row *row = &r->about->form->rows[i];
                const struct report_cell *c = &r->cells[i];

                table_row(t, (struct cell[]){ cell_text(row->id), cell_text(text_in(w->language, row->title_vi, row->title_en)), cell_text(text_in(w->language, row->unit_vi, row->unit_en)),
                                              c->has_value ? cell_number(c->value, CLUSTER_DECIMALS, -1) : cell_empty(), c->has_made ? cell_number(c->made, CLUSTER_DECIMALS, -1) : cell_empty(),
                                              c->has_live ? cell_number(c->live, CLUSTER_DECIMALS, -1) : cell_empty(),
                                              cell_int(c->has_value && c->has_made && c->value != c->made) });
        }
        return work_ok(w);
}

static const char *cell_said(struct work *w, const struct report_row *row, bool has, int64_t value)
{
        return has ? report_value_said(w, row, value) : "";
}

static void view_fill(struct work *w, struct cluster_report *r, struct report_view *v)
{
        const struct report_about *a = r->about;
        struct report_problem *problems;
        size_t count = 0, from_register = 0;

        v->cells = arena_array(w->arena, a->form->row_count, sizeof *v->cells);
        for (size_t i = 0; i < a->form->row_count; i++) {
                const struct report_row *row = &a->form->rows[i];
                const struct report_cell *c = &r->cells[i];

                v->has_live |= c->has_live;
                v->has_made |= c->has_made;
                from_register += row->made_of == ROW_REGISTER && a->form->beneath == NULL;
                v->cells[v->cell_count++] = (struct cell_shown){
                        row->id, report_row_said(w->arena, a->form, (int)i), text_in(w->language, row->title_vi, row->title_en), text_in(w->language, row->note_vi, row->note_en), text_in(w->language, row->unit_vi, row->unit_en),
                        cell_said(w, row, c->has_value || (v->may_sign && c->has_made), c->has_value ? c->value : c->made), cell_said(w, row, c->has_made, c->made),
                        row->made_of == ROW_REGISTER && a->form->beneath == NULL ? v->register_href : v->beneath_href,
                        cell_said(w, row, c->has_live, c->live), arena_print(w->arena, "cell-%s", row->id), row->depth, c->has_value && c->has_made && c->value != c->made };
        }
        v->made_title = from_register == 0 ? work_text(w, "Made from beneath") : a->form->level == REPORT_CLUSTER ? work_text(w, "From the register") : work_text(w, "From the register and the reports beneath");
        if (!r->is_signed)
                return;
        problems = report_problems(w, r, &count);
        v->problems = arena_array(w->arena, count + 1, sizeof *v->problems);
        for (size_t i = 0; i < count; i++)
                v->problems[v->problem_count++] = (struct problem_shown){ problems[i].said, problems[i].message, problems[i].is_error ? "chip err" : "chip warn",
                                                                         problems[i].is_error ? work_text(w, "error") : work_text(w, "to be explained") };
}

static const char *beneath_said(struct work *w, const struct cluster_report *r)
{
        int n = (int)r->beneath, all = (int)r->expected;

        if (r->is_sum)
                return arena_print(w->arena, work_text(w, "%d of %d provinces with clusters have signed form 04"), n, all);
        switch (r->about->form->level) {
        case REPORT_CLUSTER: return arena_print(w->arena, work_text(w, "%d of %d tenants have signed form 01"), n, all);
        case REPORT_COMMUNE: return arena_print(w->arena, work_text(w, "%d of %d operating clusters have signed form 02"), n, all);
        case REPORT_PROVINCE: return arena_print(w->arena, work_text(w, "%d of %d communes with clusters have signed form 03"), n, all);
        default: return NULL;
        }
}

/* What was signed just now, and in which report it counts from now on. */
static void done_shown(struct work *w, const struct cluster_report *r, struct report_view *v)
{
        const struct report_about *a = r->about;
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct report_form *next = NULL;
        const struct unit *now = cluster_home_now(w, a->unit), *u = now == NULL ? a->unit : now;

        for (size_t f = 0; f < rules->form_count && next == NULL; f++)
                if (rules->forms[f].level >= REPORT_COMMUNE && rules->forms[f].level > a->form->level)
                        next = &rules->forms[f];
        v->done = arena_print(w->arena, work_text(w, "Signed: form %s, %s"), a->form->id, moment_said(w, r->at));
        if (next != NULL && next->level == REPORT_PROVINCE && u->province != NULL)
                u = u->province;
        v->follows = next == NULL ? work_text(w, "It counts in the sum of the country from now on. To correct something, sign again.")
                                  : arena_print(w->arena, work_text(w, "It counts in form %s of %s from now on. To correct something, sign again."), next->id, text_in(w->language, u->full_name_vi, u->full_name_en));
}

bool cluster_report_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .nav = NAV_CLUSTERS, .crumbs = { { work_text(w, "Industrial clusters"), "/clusters" }, { work_text(w, "Reports on industrial clusters"), "/clusters/reports" } },
                             .crumb_count = 2 };
        const struct column columns[] = {
                { "row", N_("Row"), NULL, CELL_TEXT }, { "title", N_("What is counted"), NULL, CELL_TEXT }, { "unit_of_measure", N_("Unit of measure"), NULL, CELL_TEXT },
                { "value", N_("Signed"), NULL, CELL_NUMBER }, { "made", N_("Made from beneath"), NULL, CELL_NUMBER },
                { "live", N_("From register and tenants"), NULL, CELL_NUMBER }, { "differs", N_("Differs"), NULL, CELL_INT },
        };
        struct cluster_report *x = report_asked(w, r);
        const struct report_about *a;
        struct report_view v = { 0 };
        const char *css = "chip", *state, *contest;
        char hash[HASH_HEX], period_text[PERIOD_TEXT_MAX];

        reply->is_private = true;
        if (x == NULL)
                return false;
        a = x->about;
        page.title = arena_print(w->arena, work_text(w, "Form %s: %s"), a->form->id, a->title);
        if (request_suffix(r) != SUFFIX_HTML)
                return table_reply(w, r, reply, &page, arena_print(w->arena, "cluster-report-%s", a->form->id), NULL, columns, 7, cell_rows, x);
        state = x->is_sum ? work_text(w, "sum of the provinces") : became_said(w, a, x->is_signed, x->at, &css);
        v = (struct report_view){ .title = page.title, .about = title_of(w, a->form), .window = window_said(w, a), .due = a->due == 0 ? "" : day_said(w, day_of_moment(a->due - 1)),
                                  .state = state, .css = css, .by = x->is_signed ? arena_print(w->arena, "%s, %s", x->by, moment_said(w, x->at)) : "",
                                  .csrf = request_csrf(r), .href = report_href(w, a), .remark = x->remark, .source = cluster_rules_of(w)->report_source, .may_sign = x->may_sign, .is_signed = x->is_signed,
                                  .has_values = x->may_sign || x->is_signed, .beneath = beneath_said(w, x), .beneath_css = x->beneath < x->expected ? "chip warn" : "chip ok" };
        if (x->entry != 0 && ledger_hash_of(w, x->entry, hash)) {
                v.entry_href = arena_print(w->arena, "/figures/entry/%s", hash);
                v.receipt = receipt_said(w, hash);
        }
        contest = x->entry == 0 || !user_may(w->user, MAY_READ) ? NULL : contest_of_entry(w, x->entry);
        v.contest = contest == NULL ? NULL : arena_print(w->arena, "/conflicts/%s", contest);
        period_write(period_text, a->period);
        v.beneath_href = arena_print(w->arena, "/clusters/reports?unit=%s&period=%s", a->unit->code, period_text);
        v.register_href = *a->cluster == '\0' ? arena_print(w->arena, "/clusters?unit=%s", a->unit->code) : arena_print(w->arena, "/clusters/%s", a->cluster);
        if (a->last < day_of_moment(w->now)) {
                v.register_href = arena_print(w->arena, "%s%con=%s", v.register_href, *a->cluster == '\0' ? '&' : '?', day_typed(w, a->last));
                v.as_of = a->form->level == REPORT_TENANT ? NULL : arena_print(w->arena, work_text(w, "The register is taken as it stood on %s: what holds from a later day is not counted. What was missing then is recorded with the day from which it holds."), day_said(w, a->last));
        }
        v.csv = arena_print(w->arena, "%s.csv", v.href);
        v.json = arena_print(w->arena, "%s.json", v.href);
        view_fill(w, x, &v);
        if (x->is_signed && request_query(r, "done", 0) != NULL && !request_is_refused(r)) {
                done_shown(w, x, &v);
                page.title = arena_print(w->arena, "%s – %s", v.done, page.title);
        }
        page_begin(w, r, reply, &page);
        report_html(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

/* A row that is not sent is as it is made from beneath. */
static bool take_cell(struct work *w, const struct report_form *form, int at, const char *typed, bool is_json, struct report_cell *c)
{
        const struct report_row *row = &form->rows[at];
        enum decimal_fault fault;
        size_t position;

        if (typed == NULL || typed[strspn(typed, " ")] == '\0') {
                c->has_value = c->has_made && typed == NULL;
                c->value = c->made;
                return true;
        }
        fault = is_json ? decimal_read(typed, strlen(typed), row->decimals, &c->value, &position) : decimal_read_typed(typed, strlen(typed), w->language, row->decimals, &c->value, &position);
        if (fault != DECIMAL_OK) {
                decimal_read_error(&w->err, fault, typed, strlen(typed), position);
                error_at(&w->err, row->id);
                return error_while(&w->err, "row %s: %s", report_row_said(w->arena, form, at), text_in(w->language, row->title_vi, row->title_en));
        }
        c->has_value = true;
        if (decimal_rescale(c->value, row->decimals, CLUSTER_DECIMALS, &c->value) && c->value <= CLUSTER_NUMBER_MOST && c->value >= -CLUSTER_NUMBER_MOST)
                return true;
        error_set(&w->err, ERR_INVALID, "\"%s\" is more than a row holds: at most %s", typed, cluster_said(w, CLUSTER_NUMBER_MOST, CLUSTER_DECIMALS));
        error_at(&w->err, row->id);
        return error_while(&w->err, "row %s: %s", report_row_said(w->arena, form, at), text_in(w->language, row->title_vi, row->title_en));
}

bool cluster_report_post(struct work *w, const struct request *r, struct reply *reply)
{
        struct cluster_report *x = report_asked(w, r);
        bool is_json = request_is_json_body(r);
        json_t *body = is_json ? request_json(w, r) : NULL, *cells = json_object_get(body, "cells");
        const char *remark = is_json ? cluster_text(body, "remark") : request_field(r, "remark", 0), *name;
        json_t *value;

        if (x == NULL || (is_json && body == NULL))
                return false;
        json_object_foreach(cells, name, value)
                if (report_row_find(x->about->form, name) < 0 || !json_is_string(value))
                        return error_set(&w->err, ERR_INVALID, "\"%s\" is not known here", name);
        for (size_t i = 0; i < x->about->form->row_count; i++) {
                const struct report_row *row = &x->about->form->rows[i];
                const char *typed = is_json ? json_string_value(json_object_get(cells, row->id)) : request_field(r, arena_print(w->arena, "cell-%s", row->id), 0);

                if (!take_cell(w, x->about->form, (int)i, typed, is_json, &x->cells[i]))
                        return false;
        }
        if (!cluster_report_sign(w, x, remark == NULL ? "" : remark))
                return false;
        return reply_redirect(w, reply, arena_print(w->arena, "%s%s", report_href(w, x->about), is_json || request_suffix(r) == SUFFIX_JSON ? ".json" : "?done=signed#done"));
}
