#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "form/pages.h"
#include "form/view_private.h"
#include "ledger/node.h"
#include "report/table.h"

#define CHANGES_MAX FORM_ROWS_MAX
#define WORKBOOK_MAX ((size_t)64 << 20)

/* ---- what every handler begins with -------------------------------------------------------------------- */

struct address { const char *form, *unit, *period; };

static struct address address_of(const struct request *q)
{
        return (struct address){ request_part(q, "form"), request_part(q, "unit"),
                                 request_part(q, "period") };
}

/* The unit's reports are for those of its territory who may read what is not published. To fill in something is a right
 * that enterprises and consultants have too, for what is theirs. */
static bool may_enter(struct work *w, const char *unit)
{
        if (!user_may(w->user, MAY_READ))
                return error_set(&w->err, ERR_DENIED, "your role may not read reports");
        return web_territory(w, unit);
}

static struct report *load(struct work *w, const struct request *q, int version)
{
        struct address a = address_of(q);

        if (!may_enter(w, a.unit))
                return NULL;
        return report_load_as(w, a.form, a.unit, a.period, version);
}

struct report *report_asked(struct work *w, const struct request *q)
{
        if (!db_in_transaction(w->db) && !db_begin(w->db)) /* a slow handler runs outside any, since it may write */
                return NULL;
        return load(w, q, 0);
}

bool report_page_again(struct work *w, const struct request *q, struct reply *reply, const char *anchor)
{
        struct address a = address_of(q);

        return reply_redirect(w, reply, arena_print(w->arena, "/forms/%s/%s/%s%s", a.form, a.unit, a.period,
                                                    anchor));
}

static bool wants_json(const struct request *q)
{
        return request_suffix(q) == SUFFIX_JSON || request_is_json_body(q);
}

/* ---- the report as page, JSON, CSV, workbook ----------------------------------------------------------- */

/* Temporary files of replies: removed when the work ends, whatever happens. */
static void remove_file(void *path)
{
        unlink(path);
}

static char *temporary_path(struct work *w)
{
        char *path = arena_print(w->arena, "%s/caunoi-XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR")
                                 : "/tmp");
        int fd = mkstemp(path);

        if (fd < 0) {
                error_set(&w->err, ERR_ENVIRONMENT, "no temporary file can be made");
                return NULL;
        }
        close(fd);
        arena_on_free(w->arena, remove_file, path);
        return path;
}

static bool reply_workbook(struct work *w, struct reply *reply, const struct report *r)
{
        char *path = temporary_path(w), *bytes;
        size_t length;

        if (path == NULL || !workbook_write(w, r, path))
                return false;
        bytes = file_read(w->arena, path, WORKBOOK_MAX, &length, &w->err);
        if (bytes == NULL)
                return false;
        reply->content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        reply->file_name = arena_print(w->arena, "%s-%s-%s.xlsx", r->form_id, r->unit_code, r->period_text);
        buf_put(&reply->body, bytes, length);
        return true;
}

static struct page page_of(struct work *w, const struct report_view *v)
{
        struct page page = { .title = v->title, .nav = NAV_FORMS, .body_class = "task", .script = "grid.js",
                             .style = "form.css", .defined_by = { v->r->form == NULL ? NULL : v->r->form->path } };

        page.crumbs[0] = (struct crumb){ work_text(w, N_("Reports")), "/forms" };
        page.crumbs[1] = (struct crumb){ v->period_name,
                                         arena_print(w->arena, "/forms?form=%s&period=%s", v->r->form_id,
                                                     v->period_short) };
        page.crumbs[2] = (struct crumb){ v->form_title, NULL };
        page.crumb_count = 3;
        return page;
}

static bool reply_report(struct work *w, const struct request *q, struct reply *reply, const struct report *r,
                         bool is_checked)
{
        struct report_view *v = report_view_make(w, r, request_csrf(q), is_checked);

        reply->is_private = true;
        switch (request_suffix(q)) {
        case SUFFIX_JSON: report_write_json(v, &reply->body); break;
        case SUFFIX_CSV:
                report_write_csv(v, &reply->body);
                reply->file_name = arena_print(w->arena, "%s-%s-%s.csv", r->form_id, r->unit_code,
                                               r->period_text);
                break;
        case SUFFIX_XLSX: return reply_workbook(w, reply, r);
        default: {
                struct page page = page_of(w, v);

                page_begin(w, q, reply, &page);
                report_page(w, &reply->body, v);
                page_end(w, q, reply, &page);
        }
        }
        return work_ok(w);
}

/* ?version=2 shows what was sent then. */
static bool read_version(struct work *w, const struct request *q, int *version)
{
        const char *text = request_query(q, "version", 0);
        char *end = NULL;
        long number = text == NULL ? 0 : strtol(text, &end, 10);

        *version = 0;
        if (text != NULL && (*text == '\0' || *end != '\0' || number < 1 || number > 10000))
                return error_set(&w->err, ERR_USAGE, "\"version\" must be a number from 1");
        *version = (int)number;
        return true;
}

static bool show(struct work *w, const struct request *q, struct reply *reply)
{
        struct report *r;
        int version;

        if (!read_version(w, q, &version))
                return false;
        r = load(w, q, version);
        return r != NULL && reply_report(w, q, reply, r, request_query(q, "check", 0) != NULL);
}

/* ---- saving -------------------------------------------------------------------------------------------- */

struct changes { struct change list[CHANGES_MAX]; size_t count; int64_t base_version; };

static struct change *change_of(struct changes *all, const char *cell)
{
        for (size_t i = 0; i < all->count; i++) {
                if (strcmp(all->list[i].cell, cell) == 0)
                        return &all->list[i];
        }
        if (all->count == CHANGES_MAX)
                return NULL;
        all->list[all->count] = (struct change){ .cell = cell };
        return &all->list[all->count++];
}

static bool too_many(struct work *w)
{
        return error_set(&w->err, ERR_TOO_BIG, "more than %d cells", CHANGES_MAX);
}

static bool changes_from_json(struct work *w, const struct request *q, struct changes *all)
{
        json_t *body = request_json(w, q), *cells, *member, *base;
        const char *name;

        if (body == NULL)
                return false;
        cells = json_object_get(body, "cells");
        base = json_object_get(body, "base_version");
        if (!json_is_object(cells))
                return error_set(&w->err, ERR_INVALID, "\"cells\" must be an object of cells");
        if (!json_is_integer(base))
                return error_set(&w->err, ERR_INVALID,
                                 "\"base_version\" must be the version of the draft you saw");
        all->base_version = json_integer_value(base);
        json_object_foreach(cells, name, member) {
                struct change *c = change_of(all, name);
                json_t *typed = json_object_get(member, "typed"),
                        *explanation = json_object_get(member, "explanation");

                if (c == NULL)
                        return too_many(w);
                if (!json_is_object(member) || (typed != NULL && !json_is_string(typed)) ||
                    (explanation != NULL && !json_is_string(explanation)))
                        return error_set(&w->err, ERR_INVALID,
                                         "cell %s must be {\"typed\":\"…\",\"explanation\":\"…\"}, both texts", name);
                c->typed = json_string_value(typed);
                c->explanation = json_string_value(explanation);
        }
        return true;
}

static bool changes_from_fields(struct work *w, const struct request *q, struct changes *all)
{
        const char *name, *value, *base = request_field(q, "base_version", 0),
                *fix = request_field(q, "fix", 0);
        size_t place = 0;

        all->base_version = base == NULL ? 0 : strtoll(base, NULL, 10);
        while (request_next_field(q, &place, &name, &value)) {
                bool is_cell = strncmp(name, "cell.", 5) == 0,
                        is_explanation = strncmp(name, "explain.", 8) == 0;
                struct change *c;

                if (!is_cell && !is_explanation)
                        continue;
                c = change_of(all, name + (is_cell ? 5 : 8));
                if (c == NULL)
                        return too_many(w);
                if (is_cell)
                        c->typed = value;
                else
                        c->explanation = value;
        }
        if (fix != NULL && strchr(fix, '=') != NULL) { /* a fix pressed without the script */
                struct change *c = change_of(all, arena_copy(w->arena, fix,
                                                             (size_t)(strchr(fix, '=') - fix)));

                if (c == NULL)
                        return too_many(w);
                c->typed = strchr(fix, '=') + 1;
        }
        return true;
}

static bool reply_saved(struct work *w, const struct report *r, struct reply *reply)
{
        struct jsonw json;
        char now[MOMENT_TEXT_MAX];

        moment_write(now, w->now);
        reply->content_type = "application/json";
        reply->is_private = reply->never_cache = true;
        jsonw_init(&json, &reply->body);
        jsonw_object(&json);
        jsonw_member_text(&json, "state", report_state_name(r->state));
        jsonw_member_int(&json, "draft_version", r->draft_version);
        jsonw_member_text(&json, "saved_at", now);
        problems_write(&json, r);
        jsonw_end(&json);
        return true;
}

/* Both values of every cell in dispute; the request changed nothing. */
static bool reply_conflicts(struct work *w, struct reply *reply, int64_t draft_version,
                            const struct conflict *conflicts,
                            size_t count)
{
        struct jsonw json;

        reply->status = error_http_status(ERR_CONFLICT);
        reply->content_type = "application/json";
        reply->is_private = reply->never_cache = true;
        jsonw_init(&json, &reply->body);
        jsonw_object(&json);
        jsonw_name(&json, "error");
        jsonw_object(&json);
        jsonw_member_text(&json, "code", error_name(ERR_CONFLICT));
        jsonw_member_text(&json, "message", w->err.message);
        jsonw_member_text(&json, "hint", w->err.hint);
        jsonw_end(&json);
        jsonw_member_int(&json, "draft_version", draft_version);
        jsonw_name(&json, "conflicts");
        jsonw_array(&json);
        for (size_t i = 0; i < count; i++) {
                char at[MOMENT_TEXT_MAX];

                moment_write(at, conflicts[i].at);
                jsonw_object(&json);
                jsonw_member_text(&json, "cell", conflicts[i].cell);
                jsonw_member_text(&json, "yours", conflicts[i].yours);
                jsonw_member_text(&json, "theirs", conflicts[i].theirs);
                jsonw_member_text(&json, "by", conflicts[i].by);
                jsonw_member_text(&json, "at", at);
                jsonw_end(&json);
        }
        jsonw_end(&json);
        jsonw_end(&json);
        error_clear(&w->err);
        return true;
}

static bool save_changes(struct work *w, const struct request *q, const struct changes *all,
                         int64_t *draft_version,
                         struct conflict **conflicts, size_t *conflict_count)
{
        struct address a = address_of(q);

        return may_enter(w, a.unit) &&
               report_save(w, a.form, a.unit, a.period, all->list, all->count, all->base_version,
                           draft_version, conflicts,
                           conflict_count);
}

static bool put_draft(struct work *w, const struct request *q, struct reply *reply)
{
        struct changes *all = arena_alloc(w->arena, sizeof *all);
        struct address a = address_of(q);
        struct conflict *conflicts = NULL;
        size_t conflict_count = 0;
        int64_t draft_version = 0;
        struct report *r;

        if (!may_enter(w, a.unit) || !changes_from_json(w, q, all))
                return false;
        if (!save_changes(w, q, all, &draft_version, &conflicts, &conflict_count))
                return conflict_count > 0 && reply_conflicts(w, reply, draft_version, conflicts,
                                                             conflict_count);
        r = report_load(w, a.form, a.unit, a.period);
        return r != NULL && reply_saved(w, r, reply);
}

static bool post_draft(struct work *w, const struct request *q, struct reply *reply)
{
        struct changes *all = arena_alloc(w->arena, sizeof *all);
        struct conflict *conflicts;
        size_t conflict_count;
        int64_t draft_version;

        if (!changes_from_fields(w, q, all) || !save_changes(w, q, all, &draft_version, &conflicts,
                                                             &conflict_count))
                return false;
        return report_page_again(w, q, reply, request_field(q, "check", 0) != NULL ? "?check=1#tt" : "");
}

/* ---- steps --------------------------------------------------------------------------------------------- */

static bool answer_step(struct work *w, const struct request *q, struct reply *reply)
{
        struct address a = address_of(q);
        struct report *r;

        if (!wants_json(q))
                return report_page_again(w, q, reply, "");
        r = report_load(w, a.form, a.unit, a.period);
        if (r == NULL)
                return false;
        reply->content_type = "application/json";
        reply->is_private = reply->never_cache = true;
        report_write_json(report_view_make(w, r, NULL, true), &reply->body);
        return true;
}

/* Each cell that stands in the way becomes a field of the error. */
static bool tell_problems(struct work *w, const struct address *a)
{
        struct error standing = w->err;
        struct report *r;

        error_clear(&w->err);
        r = report_load(w, a->form, a->unit, a->period);
        if (r == NULL)
                error_clear(&w->err);
        for (size_t i = 0; r != NULL && i < r->problem_count; i++) {
                const struct problem *p = &r->problems[i];

                if (p->severity == SEVERITY_ERROR || (p->severity == SEVERITY_WARNING && !p->is_explained))
                        web_field_error(w, p->cell, "%s", p->message);
        }
        w->err = standing;
        return false;
}

/* The page again, with what stands in the way at its cells; 422 all the same. */
static bool show_problems(struct work *w, const struct request *q, struct reply *reply, const struct address *a)
{
        struct error standing = w->err;
        struct report *r;

        error_clear(&w->err);
        r = report_load(w, a->form, a->unit, a->period);
        if (r == NULL || !r->may_edit || r->errors + r->warnings_open == 0) { /* another reason than its cells */
                w->err = standing;
                return false;
        }
        reply->status = error_http_status(standing.code);
        reply->never_cache = true;
        return reply_report(w, q, reply, r, true);
}

/* Whoever reloads or shares the address of a step is led to the report. */
static bool get_step(struct work *w, const struct request *q, struct reply *reply)
{
        return report_page_again(w, q, reply, "");
}

static bool post_submit(struct work *w, const struct request *q, struct reply *reply)
{
        struct changes *all = arena_alloc(w->arena, sizeof *all);
        struct address a = address_of(q);
        struct conflict *conflicts;
        size_t conflict_count;
        int64_t draft_version;

        if (!may_enter(w, a.unit))
                return false;
        if (!request_is_json_body(q)) { /* the plain form submits what stands in its cells */
                if (!changes_from_fields(w, q, all) ||
                    (all->count > 0 && !save_changes(w, q, all, &draft_version, &conflicts, &conflict_count)))
                        return false;
        }
        if (!report_submit(w, a.form, a.unit, a.period))
                return w->err.code != ERR_INVALID ? false
                       : wants_json(q)            ? tell_problems(w, &a)
                                                  : show_problems(w, q, reply, &a);
        return answer_step(w, q, reply);
}

static bool post_withdraw(struct work *w, const struct request *q, struct reply *reply)
{
        struct address a = address_of(q);

        return may_enter(w, a.unit) && report_withdraw(w, a.form, a.unit, a.period) && answer_step(w, q, reply);
}

static bool post_approve(struct work *w, const struct request *q, struct reply *reply)
{
        struct address a = address_of(q);

        if (!may_enter(w, a.unit))
                return false;
        if (!report_approve(w, a.form, a.unit, a.period))
                return w->err.code != ERR_INVALID ? false
                       : wants_json(q)            ? tell_problems(w, &a)
                                                  : show_problems(w, q, reply, &a);
        return answer_step(w, q, reply);
}

/* "2026-11-25": the end of that day; a moment as it is; NULL or "": none given. */
static bool read_due(struct work *w, const char *text, moment *due)
{
        day d;

        *due = 0;
        if (text == NULL || text[0] == '\0')
                return true;
        if (day_read(text, strlen(text), &d))
                *due = moment_end_of_day(d);
        else if (!moment_read(text, strlen(text), due))
                return error_set(&w->err, ERR_INVALID, "\"due\" must be a day such as 2026-11-25") || error_at(&w->err, "due");
        return true;
}

static bool post_return(struct work *w, const struct request *q, struct reply *reply)
{
        struct address a = address_of(q);
        const char *reason, *cells = "", *due_text;
        moment due;

        if (!may_enter(w, a.unit))
                return false;
        if (request_is_json_body(q)) {
                json_t *body = request_json(w, q), *list, *cell;
                size_t i;

                if (body == NULL)
                        return false;
                reason = json_string_value(json_object_get(body, "reason"));
                due_text = json_string_value(json_object_get(body, "due"));
                list = json_object_get(body, "cells");
                json_array_foreach(list, i, cell) {
                        if (!json_is_string(cell))
                                return error_set(&w->err, ERR_INVALID,
                                                 "\"cells\" must be a list of row names");
                        cells = arena_print(w->arena, "%s%s%s", cells, i > 0 ? "," : "",
                                            json_string_value(cell));
                }
        } else {
                const char *cell;

                reason = request_field(q, "reason", 0);
                due_text = request_field(q, "due", 0);
                for (int i = 0; (cell = request_field(q, "cells", i)) != NULL; i++)
                        cells = arena_print(w->arena, "%s%s%s", cells, i > 0 ? "," : "", cell);
        }
        if (!read_due(w, due_text, &due) || !report_return(w, a.form, a.unit, a.period, reason, cells, due))
                return false;
        return answer_step(w, q, reply);
}

/* ---- workbooks that come back -------------------------------------------------------------------------- */

static bool reply_upload_json(struct reply *reply, const struct report *r, const struct upload *u)
{
        struct jsonw json;

        reply->content_type = "application/json";
        reply->is_private = reply->never_cache = true;
        jsonw_init(&json, &reply->body);
        jsonw_object(&json);
        jsonw_member_int(&json, "base_version", r->draft_version);
        jsonw_member_int(&json, "changed", (int64_t)u->changed);
        jsonw_name(&json, "cells");
        jsonw_array(&json);
        for (size_t i = 0; i < u->cell_count; i++) {
                jsonw_object(&json);
                jsonw_member_text(&json, "cell", u->cells[i].row->id);
                jsonw_member_text(&json, "before", u->cells[i].before);
                jsonw_member_text(&json, "after", u->cells[i].after);
                jsonw_member_text(&json, "explanation", u->cells[i].after_explanation);
                jsonw_member_bool(&json, "changed", u->cells[i].is_changed);
                jsonw_member_bool(&json, "is_number", u->cells[i].is_number);
                jsonw_end(&json);
        }
        jsonw_end(&json);
        jsonw_name(&json, "unknown");
        jsonw_array(&json);
        for (size_t i = 0; i < u->unknown_count; i++)
                jsonw_text(&json, u->unknown[i]);
        jsonw_end(&json);
        jsonw_end(&json);
        return true;
}

/* Shows the differences; nothing is changed before the person says so. */
static bool post_upload(struct work *w, const struct request *q, struct reply *reply)
{
        struct report *r = report_asked(w, q);
        const char *file_name = NULL, *path;
        struct upload *u;
        struct upload_view view;
        struct page page;

        if (r == NULL)
                return false;
        if (!r->may_edit)
                return error_set(&w->err, ERR_CONFLICT, "the report cannot be changed now");
        path = request_upload(q, "file", &file_name);
        if (path == NULL)
                return error_set(&w->err, ERR_INVALID, "no file was sent") || error_at(&w->err, "file");
        u = workbook_read(w, r, path);
        if (u == NULL)
                return error_while(&w->err, "reading \"%s\"", file_name == NULL ? "" : file_name);
        if (request_suffix(q) == SUFFIX_JSON)
                return reply_upload_json(reply, r, u);
        view = (struct upload_view){ .upload = u, .page = report_view_make(w, r, request_csrf(q), true) };
        view.summary = arena_print(w->arena, work_text(w, N_("%s: %zu cells differ from the draft")),
                                   file_name == NULL ? "" : file_name, u->changed);
        page = page_of(w, view.page);
        page.script = NULL;
        reply->is_private = reply->never_cache = true;
        page_begin(w, q, reply, &page);
        upload_page(w, &reply->body, &view);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

/* The workbook with what stands in the form's fields, its problems as comments: nothing is saved. */
static bool post_commented(struct work *w, const struct request *q, struct reply *reply)
{
        struct report *r = report_asked(w, q);
        struct changes *all = arena_alloc(w->arena, sizeof *all);

        if (r == NULL || !changes_from_fields(w, q, all))
                return false;
        for (size_t i = 0; i < all->count; i++) {
                int row = form_row_find(r->form, all->list[i].cell);

                if (row < 0)
                        continue;
                if (all->list[i].typed != NULL)
                        r->cells[row].typed = all->list[i].typed;
                if (all->list[i].explanation != NULL)
                        r->cells[row].explanation = all->list[i].explanation;
        }
        report_recheck(w, r);
        return reply_workbook(w, reply, r);
}

/* ---- lists --------------------------------------------------------------------------------------------- */

struct listing {
        struct forms_row *rows;
        size_t count;
};

static bool write_rows(struct work *w, struct table *table, void *context)
{
        struct listing *list = context;

        for (size_t i = 0; i < list->count; i++) {
                const struct forms_row *r = &list->rows[i];
                struct cell cells[] = { cell_text(r->form), cell_text(r->unit), cell_text(r->period),
                                        cell_text(r->state),
                                        cell_text(r->version), cell_text(r->sent_at), cell_text(r->due),
                                        cell_link(r->href, r->href) };

                table_row(table, cells);
        }
        return work_ok(w);
}

static void fill_row(struct work *w, const struct standing *s, bool is_receiver, struct forms_row *row)
{
        bool is_late = s->due > 0 && s->due < w->now && s->state != REPORT_SENT &&
                s->state != REPORT_ACCEPTED;
        char text[PERIOD_TEXT_MAX];

        period_write(text, s->period);
        *row = (struct forms_row){
                .form = s->form->id, .unit = s->unit->code, .period = period_shown(w, s->period),
                .state = is_receiver && s->version == 0 ? work_text(w, N_("Not sent yet")) /* drafts stay below */
                                                        : work_text(w, state_title(s->state)),
                .css = state_css(s->state),
                .version = s->version == 0 ? "" : arena_print(w->arena, "%d", s->version),
                .sent_at = moment_shown(w->arena, s->sent_at, w->language),
                .due = moment_shown(w->arena, s->due, w->language),
                .href = arena_print(w->arena, "/forms/%s/%s/%s", s->form->id, s->unit->code, text),
                .late = is_late ? time_left(w, s->due) : NULL,
                .who = unit_name_dated(w, s->unit), .title = form_title(s->form, w->language),
        };
}

static bool list(struct work *w, const struct request *q, struct reply *reply)
{
        static const struct column columns[] = {
                { "form", N_("Form"), NULL, CELL_TEXT },       { "unit", N_("Unit"), NULL, CELL_TEXT },
                { "period", N_("Period"), NULL, CELL_TEXT },   { "state", N_("State"), NULL, CELL_TEXT },
                { "version", N_("Version"), NULL, CELL_TEXT }, { "sent_at", N_("Sent at"), NULL, CELL_TEXT },
                { "due", N_("Due"), NULL, CELL_TEXT },         { "address", N_("Address"), NULL, CELL_TEXT },
        };
        struct standings *s = standings_read(w, request_query(q, "form", 0), request_query(q, "period", 0));
        struct forms_view v = { .title = work_text(w, N_("Reports")) };
        struct page page = { .title = v.title, .nav = NAV_FORMS, .style = "form.css", .body_class = "" };
        struct listing rows;

        if (s == NULL)
                return false;
        reply->is_private = true;
        v.is_receiver = s->is_receiver;
        v.rows = arena_array(w->arena, s->count + 1, sizeof *v.rows);
        v.row_count = s->count;
        for (size_t i = 0; i < s->count; i++) {
                fill_row(w, &s->list[i], s->is_receiver, &v.rows[i]);
                v.has_units = v.has_units || (!s->is_receiver && s->list[i].unit != s->list[0].unit);
        }
        rows = (struct listing){ v.rows, v.row_count };
        if (request_suffix(q) != SUFFIX_HTML) {
                const char *notes[] = { s->is_receiver && s->form != NULL ? form_title(s->form, w->language)
                                        : v.title, NULL };

                return table_reply(w, q, reply, &page, "forms", notes, columns,
                                   (int)(sizeof columns / sizeof *columns),
                                   write_rows, &rows);
        }
        v.periods = arena_array(w->arena, s->period_count + 1, sizeof *v.periods);
        v.period_count = s->period_count;
        for (size_t i = 0; i < s->period_count; i++) {
                char text[PERIOD_TEXT_MAX];

                period_write(text, s->periods[i]);
                v.periods[i] = (struct shown_choice){ period_shown(w, s->periods[i]),
                                                      request_with(w, q, "period", text),
                                                      s->periods[i] == s->period };
        }
        v.forms = arena_array(w->arena, s->form_count + 1, sizeof *v.forms);
        v.form_count = s->form_count;
        for (size_t i = 0; i < s->form_count; i++)
                v.forms[i] = (struct shown_choice){ form_title(s->forms[i], w->language),
                                                    request_with(w, q, "form", s->forms[i]->id),
                                                    s->forms[i] == s->form };
        if (s->is_receiver && s->form != NULL) {
                v.lede = form_title(s->form, w->language);
                v.summary = arena_print(w->arena, work_text(w,
                                                            N_("%s: %d of %zu units have sent, %d accepted")),
                                        period_shown(w, s->period), s->sent, s->count, s->accepted);
        } else {
                v.lede = v.has_units ? work_text(w, N_("What this unit files, also for the units it has taken over"))
                                     : work_text(w, N_("What this unit files, newest period first"));
                v.summary = s->form_count == 1 ? form_title(s->forms[0], w->language)
                                               : work_text(w, N_("Reports of the last periods"));
        }
        page.defined_by[0] = s->form == NULL ? NULL : s->form->path;
        v.csv = arena_print(w->arena, "/forms.csv%s", s->query);
        v.xlsx = arena_print(w->arena, "/forms.xlsx%s", s->query);
        page_begin(w, q, reply, &page);
        forms_page(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

#define REPORT "/forms/{form}/{unit}/{period}"

const struct route form_routes[] = {
        { GET, "/forms", list, MAY_READ, ROUTE_NO_ETAG | ROUTE_PAST | ROUTE_WHOLE, N_("Reports by period: who has sent what") },
        { GET, REPORT, show, MAY_READ, ROUTE_NO_ETAG | ROUTE_PAST | ROUTE_WHOLE,
          N_("One report with its comparisons, checks and versions") },
        { PUT, REPORT, put_draft, MAY_FILL, ROUTE_WRITES, N_("Save cells of a draft as typed") },
        { POST, REPORT, post_draft, MAY_FILL, ROUTE_WRITES, N_("Save a draft from the plain form") },
        { GET, REPORT "/submit", get_step, MAY_READ, 0, N_("To the report") },
        { GET, REPORT "/withdraw", get_step, MAY_READ, 0, N_("To the report") },
        { GET, REPORT "/approve", get_step, MAY_READ, 0, N_("To the report") },
        { POST, REPORT "/submit", post_submit, MAY_FILL, ROUTE_WRITES,
          N_("Submit a report to the unit's leader") },
        { POST, REPORT "/withdraw", post_withdraw, MAY_FILL, ROUTE_WRITES,
          N_("Take back a report that was submitted and is not sent yet") },
        { POST, REPORT "/approve", post_approve, MAY_READ, ROUTE_WRITES,
          N_("Approve and send a report; at the unit above: accept it") },
        { POST, REPORT "/return", post_return, MAY_READ, ROUTE_WRITES,
          N_("Return a report with a reason, cells and a new deadline") },
        { POST, REPORT "/upload", post_upload, MAY_FILL, ROUTE_UPLOAD | ROUTE_SLOW,
          N_("Compare a filled workbook with the draft") },
        { POST, REPORT "/commented", post_commented, MAY_FILL, ROUTE_SLOW,
          N_("The workbook with the problems as comments") },
        { 0 },
};
