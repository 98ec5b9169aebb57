#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "form/form_private.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/write.h"

#define TYPED_MAX 200        /* bytes of one cell as typed */
#define CORRECTION_DAYS 2    /* working days for a correction, unless said otherwise */
#define CLOSING_HOUR ((moment)17 * 3600000)

/* ---- saying why not ------------------------------------------------------------------------------------ */

static bool refuse_edit(struct work *w, const struct report *r)
{
        if (!r->is_own)
                return error_set(&w->err, ERR_DENIED, "this report is filled in at the node of %s, not here",
                                 r->unit->name_vi);
        if (r->not_ours != NULL) {
                w->err = *r->not_ours;
                return false;
        }
        if (!user_may(w->user, MAY_FILL) || !user_may(w->user, MAY_READ))
                return error_set(&w->err, ERR_DENIED, "your role may not fill in reports");
        switch (r->state) {
        case REPORT_SUBMITTED:
                error_set(&w->err, ERR_CONFLICT, "the report is with the leader and cannot be changed now");
                return error_hint(&w->err, "take it back first, or ask the leader to give it back");
        case REPORT_SENT:
        case REPORT_ACCEPTED:
                error_set(&w->err, ERR_CONFLICT,
                          "version %d of the report has been sent and cannot be changed",
                          r->version);
                return error_hint(&w->err, "the ministry can return it for correction");
        default: return error_set(&w->err, ERR_CONFLICT, "the period %s is not open for reporting yet",
                                  r->period_text);
        }
}

/* "2 errors and 1 warning without an explanation stand in the way: 6, 7" and each of them as a field. */
static bool refuse_problems(struct work *w, const struct report *r)
{
        const char *cells = "";

        for (size_t i = 0; i < r->problem_count; i++) {
                const struct problem *p = &r->problems[i];

                if (p->severity == SEVERITY_ERROR || (p->severity == SEVERITY_WARNING && !p->is_explained))
                        cells = arena_print(w->arena, "%s%s%s", cells, cells[0] == '\0' ? "" : ", ", p->cell);
        }
        error_set(&w->err, ERR_INVALID,
                  "%d errors and %d warnings without an explanation stand in the way: %s", r->errors,
                  r->warnings_open, cells);
        return error_hint(&w->err, "correct the errors, and say for each warning why the figure is right");
}

static bool has_blocking(const struct report *r)
{
        return r->errors > 0 || r->warnings_open > 0;
}

/* ---- entries ------------------------------------------------------------------------------------------- */

/* Begins a body with who acts, as shown to people. */
static void body_begin(struct work *w, struct buf *body, struct jsonw *json)
{
        jsonw_init(json, body);
        jsonw_object(json);
        jsonw_member_text(json, "by", w->user->name != NULL && w->user->name[0] != '\0' ? w->user->name
                          : w->user->login);
}

static struct buf *body_new(struct work *w, size_t limit)
{
        struct buf *body = arena_alloc(w->arena, sizeof *body);

        buf_init_with(body, limit, w->arena);
        return body;
}

static bool append(struct work *w, const struct report *r, const char *audience, const char *kind,
                   struct buf *body,
                   struct jsonw *json)
{
        jsonw_end(json);
        if (body->is_starved)
                arena_starve(w->arena);
        if (!buf_ok(body))
                return error_set(&w->err, ERR_TOO_BIG, "the entry would be too large");
        return ledger_append(w, audience, kind, report_subject(w->arena, r->form->id, r->unit, r->period),
                             body, NULL);
}

static void member_moment(struct jsonw *json, const char *name, moment m)
{
        char text[MOMENT_TEXT_MAX];

        moment_write(text, m);
        jsonw_member_text(json, name, text);
}

/* ---- saving -------------------------------------------------------------------------------------------- */

static bool check_text(struct work *w, const char *cell, const char *text, size_t most)
{
        size_t length = strlen(text), position;

        if (length > most)
                return error_set(&w->err, ERR_TOO_BIG, "cell %s holds more than %zu bytes", cell, most);
        if (!utf8_is_valid(text, length, &position))
                return error_set(&w->err, ERR_INVALID, "cell %s is not UTF-8 (byte %zu)", cell, position + 1);
        for (const char *p = text; *p != '\0'; p++) {
                if ((unsigned char)*p < ' ' && *p != '\n' && *p != '\t' && *p != '\r')
                        return error_set(&w->err, ERR_INVALID, "cell %s holds a control character", cell);
        }
        return true;
}

/* Whether two texts stand for the same in a cell: the same number, however written. */
static bool is_same_text(const struct work *w, const struct cell_state *cell, const char *typed)
{
        int64_t value;
        size_t position;

        if (strcmp(cell->typed, typed) == 0)
                return true;
        return cell->has_value &&
               decimal_read_typed(typed, strlen(typed), w->language, cell->row->indicator->decimals, &value,
                                  &position) ==
                       DECIMAL_OK &&
               value == cell->value;
}

bool report_save(struct work *w, const char *form, const char *unit_code, const char *period_text,
                 const struct change *changes, size_t count, int64_t base_version, int64_t *draft_version,
                 struct conflict **conflicts, size_t *conflict_count)
{
        struct report *r = report_load(w, form, unit_code, period_text);
        struct buf *body;
        struct jsonw json;
        size_t written = 0;

        *conflicts = NULL;
        *conflict_count = 0;
        if (r == NULL)
                return false;
        *draft_version = r->draft_version;
        if (!r->may_edit)
                return refuse_edit(w, r);
        if (base_version < 0 || base_version > r->draft_version)
                return error_set(&w->err, ERR_INVALID, "the draft has %lld versions, not %lld",
                                 (long long)r->draft_version, (long long)base_version);
        body = body_new(w, ENTRY_MAX);
        body_begin(w, body, &json);
        jsonw_member_text(&json, "language", language_name(w->language));
        jsonw_name(&json, "cells");
        jsonw_object(&json);
        *conflicts = arena_array(w->arena, count + 1, sizeof **conflicts);
        for (size_t i = 0; i < count; i++) {
                const struct change *c = &changes[i];
                int row = form_row_find(r->form, c->cell);
                const struct cell_state *cell = row < 0 ? NULL : &r->cells[row];
                bool is_typed, is_explained;

                if (cell == NULL)
                        return error_set(&w->err, ERR_INVALID, "the form has no cell \"%.40s\"", c->cell);
                for (size_t j = 0; j < i; j++) {
                        if (strcmp(changes[j].cell, c->cell) == 0)
                                return error_set(&w->err, ERR_INVALID, "cell %s is given twice", c->cell);
                }
                if ((c->typed != NULL && !check_text(w, c->cell, c->typed, TYPED_MAX)) ||
                    (c->explanation != NULL && !check_text(w, c->cell, c->explanation, REPORT_TEXT_MAX)))
                        return false;
                is_typed = c->typed != NULL && !is_same_text(w, cell, c->typed);
                is_explained = c->explanation != NULL && strcmp(c->explanation, cell->explanation) != 0;
                if (!is_typed && !is_explained)
                        continue;
                if (cell->saved_version > base_version) {
                        (*conflicts)[(*conflict_count)++] = (struct conflict){
                                .cell = c->cell, .yours = is_typed ? c->typed : c->explanation,
                                .theirs = is_typed ? cell->typed : cell->explanation, .by = cell->saved_by,
                                .at = cell->saved_at,
                        };
                        continue;
                }
                jsonw_name(&json, cell->row->id);
                jsonw_object(&json);
                if (is_typed)
                        jsonw_member_text(&json, "typed", c->typed);
                if (is_explained)
                        jsonw_member_text(&json, "explanation", c->explanation);
                jsonw_end(&json);
                written++;
        }
        jsonw_end(&json);
        if (*conflict_count > 0) {
                error_set(&w->err, ERR_CONFLICT, "cell %s was changed by %s in the meantime",
                          (*conflicts)[0].cell,
                          (*conflicts)[0].by);
                return error_hint(&w->err, "choose which value stands");
        }
        if (written == 0)
                return true;
        if (!append(w, r, AUDIENCE_LOCAL, "report.draft", body, &json))
                return false;
        *draft_version = r->draft_version + 1;
        return true;
}

/* ---- the steps of a report ----------------------------------------------------------------------------- */

bool report_submit(struct work *w, const char *form, const char *unit_code, const char *period_text)
{
        struct report *r = report_load(w, form, unit_code, period_text);
        struct buf *body;
        struct jsonw json;

        if (r == NULL)
                return false;
        if (!r->may_submit)
                return refuse_edit(w, r);
        if (r->filled == 0)
                return error_set(&w->err, ERR_INVALID, "the report is empty");
        if (has_blocking(r))
                return refuse_problems(w, r);
        body = body_new(w, ENTRY_MAX);
        body_begin(w, body, &json);
        jsonw_member_int(&json, "draft", r->draft_version);
        return append(w, r, AUDIENCE_LOCAL, "report.submit", body, &json);
}

bool report_withdraw(struct work *w, const char *form, const char *unit_code, const char *period_text)
{
        struct report *r = report_load(w, form, unit_code, period_text);
        struct buf *body;
        struct jsonw json;

        if (r == NULL)
                return false;
        if (r->may_reopen)
                return error_set(&w->err, ERR_CONFLICT, "who may send the report gives it back, with a reason");
        if (!r->may_withdraw)
                return r->is_own && (r->state == REPORT_EMPTY || r->state == REPORT_DRAFT || r->state == REPORT_RETURNED)
                       ? error_set(&w->err, ERR_CONFLICT, "the report is not waiting for the leader")
                       : refuse_edit(w, r);
        body = body_new(w, ENTRY_MAX);
        body_begin(w, body, &json);
        return append(w, r, AUDIENCE_LOCAL, "report.withdraw", body, &json);
}

static bool send(struct work *w, struct report *r)
{
        struct figures_sight *sight = figures_sight_open(w);
        const struct catalogue *catalogue = catalogue_of(w);
        struct buf *body, *block;
        struct jsonw json;
        char from[DAY_TEXT_MAX];

        if (catalogue == NULL)
                return false;

        if (!user_may(w->user, MAY_SEND))
                return error_set(&w->err, ERR_DENIED, "only the leader of %s may send its reports",
                                 r->unit->name_vi);
        if (r->state == REPORT_SENT || r->state == REPORT_ACCEPTED)
                return error_set(&w->err, ERR_CONFLICT, "version %d of the report has been sent already",
                                 r->version);
        if (!r->may_send) {
                error_set(&w->err, ERR_CONFLICT, "the report has not been submitted yet");
                return error_hint(&w->err, "a specialist fills it in and submits it first");
        }
        if (has_blocking(r))
                return refuse_problems(w, r);
        body = body_new(w, ENTRY_MAX);
        block = body_new(w, ENTRY_MAX / 2);
        for (size_t i = 0; i < r->cell_count; i++) {
                const struct cell_state *c = &r->cells[i];
                struct figure figure = { .indicator = c->row->indicator, .unit = r->unit, .period = r->period,
                                         .item = c->row->item, .partner = c->row->partner,
                                         .value = c->value };

                if (c->row->indicator == NULL || !c->has_value)
                        continue;
                if (item_is_same(catalogue, c->row->indicator->item_classification, c->row->item, ""))
                        figure.item = "";
                if (item_is_same(catalogue, c->row->indicator->partner_classification, c->row->partner, ""))
                        figure.partner = "";
                figures_block_add(block, catalogue, &figure);
                if (!figures_sight_add(sight, &figure))
                        return false;
        }
        if (!buf_ok(block) || block->length == 0)
                return error_set(&w->err, ERR_INVALID, "the report is empty");
        day_write(from, r->form->from);
        body_begin(w, body, &json);
        jsonw_member_text(&json, "filled_by", r->filled_by);
        jsonw_member_int(&json, "version", r->newest_version + 1);
        jsonw_member_text(&json, "form", r->form->id);
        jsonw_member_text(&json, "form_from", from);
        jsonw_member_text(&json, "status", figure_status_name(STATUS_SUBMITTED));
        jsonw_member_text(&json, "mark", figure_mark_name(MARK_ESTIMATE));
        jsonw_name(&json, "explanations");
        jsonw_object(&json);
        for (size_t i = 0; i < r->cell_count; i++) {
                if (r->cells[i].row->indicator != NULL && r->cells[i].explanation[0] != '\0')
                        jsonw_member_text(&json, r->cells[i].row->id, r->cells[i].explanation);
        }
        jsonw_end(&json);
        if (!figures_sight_write(sight, &json) || !attachments_send(w, r, &json))
                return false;
        jsonw_name(&json, "figures");
        jsonw_text_n(&json, block->data, block->length);
        return append(w, r, r->unit_code, "report.send", body, &json);
}

/* The hash of the version that stands: what a decision is about. */
static const char *hash_of_standing(struct work *w, const struct report *r)
{
        const struct entry *e = ledger_entry(w, r->sent_entry);
        char hex[HASH_HEX];

        if (e == NULL)
                return NULL;
        hex_write(hex, e->hash, HASH_BYTES);
        return arena_text(w->arena, hex);
}

/* Checks that the asker, at the unit above, may decide about the newest version. */
static bool check_decision(struct work *w, const struct report *r)
{
        if (!user_may(w->user, MAY_RECEIVE))
                return error_set(&w->err, ERR_DENIED, "your role may not receive reports");
        if (r->state == REPORT_ACCEPTED)
                return error_set(&w->err, ERR_CONFLICT, "version %d was accepted already", r->version);
        if (r->state == REPORT_RETURNED)
                return error_set(&w->err, ERR_CONFLICT, "version %d was returned already", r->version);
        if (r->version == 0)
                return error_set(&w->err, ERR_CONFLICT, "%s has not sent this report yet", r->unit->name_vi);
        return r->may_decide || error_set(&w->err, ERR_DENIED, "this node does not receive reports of %s",
                                          r->unit->name_vi);
}

bool report_approve(struct work *w, const char *form, const char *unit_code, const char *period_text)
{
        struct report *r = report_load(w, form, unit_code, period_text);
        struct buf *body;
        struct jsonw json;
        const char *hash;

        if (r == NULL)
                return false;
        if (r->is_own)
                return send(w, r);
        if (!check_decision(w, r))
                return false;
        hash = hash_of_standing(w, r);
        if (hash == NULL)
                return false;
        body = body_new(w, ENTRY_MAX);
        body_begin(w, body, &json);
        jsonw_member_int(&json, "version", r->version);
        jsonw_member_text(&json, "of", hash);
        return decision_sight(w, hash, &json) && append(w, r, r->unit_code, "report.accept", body, &json);
}

/* The cells named, checked and written as "6,7.1". */
static const char *read_cells(struct work *w, const struct report *r, const char *cells)
{
        const char *list = "";

        while (*cells != '\0') {
                size_t length = strcspn(cells, ", \t\r\n;");
                const char *cell = arena_copy(w->arena, cells, length);

                if (length > 0) {
                        if (form_row_find(r->form, cell) < 0) {
                                error_set(&w->err, ERR_INVALID, "the form has no cell \"%.40s\"", cell);
                                error_at(&w->err, "cells");
                                return NULL;
                        }
                        list = arena_print(w->arena, "%s%s%s", list, list[0] == '\0' ? "" : ",", cell);
                }
                cells += length;
                cells += strspn(cells, ", \t\r\n;");
        }
        return list;
}

bool report_return(struct work *w, const char *form, const char *unit_code, const char *period_text,
                   const char *reason,
                   const char *cells, moment due)
{
        struct report *r = report_load(w, form, unit_code, period_text);
        const struct catalogue *catalogue = catalogue_of(w);
        const char *hash = NULL, *list;
        struct buf *body;
        struct jsonw json;
        bool is_known;

        if (r == NULL || catalogue == NULL)
                return false;
        if (r->is_own) {
                if (!user_may(w->user, MAY_SEND))
                        return error_set(&w->err, ERR_DENIED,
                                         "only the leader of %s may give its reports back",
                                         r->unit->name_vi);
                if (!r->may_reopen)
                        return error_set(&w->err, ERR_CONFLICT, "the report is not waiting for the leader");
        } else if (!check_decision(w, r)) {
                return false;
        }
        if (reason == NULL || strlen(reason) < 3) {
                error_set(&w->err, ERR_INVALID, "a return needs a reason");
                error_at(&w->err, "reason");
                return error_hint(&w->err, "say what is wrong, so that it can be corrected");
        }
        if (!check_text(w, "reason", reason, REPORT_TEXT_MAX))
                return false;
        list = read_cells(w, r, cells == NULL ? "" : cells);
        if (list == NULL)
                return false;
        if (list[0] == '\0') {
                error_set(&w->err, ERR_INVALID, "a return names the cells to be corrected");
                error_at(&w->err, "cells");
                return error_hint(&w->err, "give the row numbers, as in \"6, 7.1\"");
        }
        if (due == 0)
                due = moment_of_day(day_plus_working(catalogue, day_of_moment(w->now), CORRECTION_DAYS,
                                                     &is_known)) +
                      CLOSING_HOUR;
        if (due <= w->now)
                return error_set(&w->err, ERR_INVALID, "the new deadline has passed already") || error_at(&w->err, "due");
        body = body_new(w, ENTRY_MAX);
        body_begin(w, body, &json);
        if (!r->is_own) {
                hash = hash_of_standing(w, r);
                if (hash == NULL)
                        return false;
                jsonw_member_int(&json, "version", r->version);
                jsonw_member_text(&json, "of", hash);
                if (!decision_sight(w, hash, &json))
                        return false;
        }
        jsonw_member_text(&json, "reason", reason);
        jsonw_member_text(&json, "cells", list);
        member_moment(&json, "due", due);
        return append(w, r, r->is_own ? AUDIENCE_LOCAL : r->unit_code, r->is_own ? "report.reopen"
                      : "report.return", body,
                      &json);
}
