/* attach.c - files attached to a report.
 *
 * While a report is a draft its files are named only by local entries (blob.add with the report as record). Sending names
 * them to those above, and lists them in report.send as "NODE/HASH", so that every version says which files were its own. */
#include <string.h>

#include "form/form_private.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/write.h"

static bool is_local(const struct blob *b)
{
        return strcmp(b->audience, AUDIENCE_LOCAL) == 0;
}

static bool is_detached(struct work *w, const char *subject, const struct blob *b)
{
        return db_number(w->db, "SELECT COUNT(*) FROM report_detached WHERE subject = $1 AND node = $2 AND name = $3",
                         ARGS(v_text(subject), v_text(b->node), v_text(b->id)), 0) > 0;
}

/* The files of the draft: all of the record but those taken off. */
static bool draft_files(struct work *w, struct report *r, const char *subject)
{
        size_t count;
        struct blob *all = blob_list(w, subject, &count);

        if (all == NULL)
                return false;
        r->attachments = all;
        for (size_t i = 0; i < count; i++)
                if (strcmp(all[i].unit, r->unit_code) == 0 && !(is_local(&all[i]) && all[i].is_erased) &&
                    !is_detached(w, subject, &all[i]))
                        all[r->attachment_count++] = all[i];
        return work_ok(w);
}

/* "NODE/HASH" */
static struct blob *file_named(struct work *w, const char *name)
{
        const char *slash = name == NULL ? NULL : strchr(name, '/');
        struct blob *b;

        if (slash == NULL)
                return NULL;
        b = blob_find(w, arena_copy(w->arena, name, (size_t)(slash - name)), slash + 1);
        if (b == NULL && work_ok(w)) { /* its own entry was refused here, or has not come */
                b = arena_alloc(w->arena, sizeof *b);
                *b = (struct blob){ .node = arena_copy(w->arena, name, (size_t)(slash - name)), .id = slash + 1, .unit = "",
                                    .audience = "", .type = "", .of = "", .person = "" };
                b->problem = work_text(w, N_("the entry that describes it is not here"));
        }
        return b;
}

static bool version_files(struct work *w, struct report *r, int64_t entry)
{
        const struct entry *e = ledger_entry(w, entry);
        json_t *list = e == NULL ? NULL : json_object_get(e->body, "attachments"), *name;
        size_t i;

        r->attachments = arena_array(w->arena, json_array_size(list) + 1, sizeof *r->attachments);
        json_array_foreach(list, i, name) {
                struct blob *b = file_named(w, json_string_value(name));

                if (b != NULL)
                        r->attachments[r->attachment_count++] = *b;
        }
        return work_ok(w);
}

bool report_attachments(struct work *w, struct report *r, const struct life *life)
{
        bool is_draft = r->shown_version == 0 && r->is_own && r->state != REPORT_SENT && r->state != REPORT_ACCEPTED;

        r->attachment_count = 0;
        r->may_attach = r->may_edit;
        r->may_erase = user_may(w->user, MAY_SEND) && user_may(w->user, MAY_READ);
        if (is_draft)
                return draft_files(w, r, report_subject(w->arena, r->form->id, r->unit, r->period));
        if (r->shown_version == 0 || r->shown_version == life->version) /* of two with one number, the one that stands */
                return life->version == 0 || version_files(w, r, life->sent_entry);
        for (size_t i = 0; i < life->version_count; i++)
                if (life->versions[i].version == r->shown_version)
                        return version_files(w, r, life->versions[i].entry);
        return true;
}

struct blob *report_attachment(struct work *w, const struct report *r, const char *node, const char *id)
{
        const char *subject = report_subject(w->arena, r->form->id, r->unit, r->period);
        struct blob *b = blob_find(w, node, id);

        if (b != NULL && strcmp(b->of, subject) == 0 && strcmp(b->unit, r->unit_code) == 0)
                return b;
        if (work_ok(w))
                error_set(&w->err, ERR_MISSING, "this report has no such attachment");
        return NULL;
}

bool report_refuse_attaching(struct work *w, const struct report *r)
{
        if (!r->is_own)
                return error_set(&w->err, ERR_DENIED, "this report is filled in at the node of %s, not here", r->unit->name_vi);
        error_set(&w->err, ERR_CONFLICT, "the attachments of this report cannot be changed now");
        return error_hint(&w->err, "that is possible while it is a draft, or after it was returned");
}

bool report_attach(struct work *w, const char *form, const char *unit_code, const char *period_text, const struct blob_new *file)
{
        struct report *r = report_load(w, form, unit_code, period_text);

        if (r == NULL)
                return false;
        if (!r->may_attach)
                return report_refuse_attaching(w, r);
        if (r->attachment_count >= ATTACHMENTS_MAX)
                return error_set(&w->err, ERR_TOO_BIG, "a report may have %d attachments", ATTACHMENTS_MAX);
        return blob_add(w, file, AUDIENCE_LOCAL, report_subject(w->arena, r->form->id, r->unit, r->period), "");
}

bool report_detach(struct work *w, const char *form, const char *unit_code, const char *period_text, const char *node,
                   const char *id)
{
        struct report *r = report_load(w, form, unit_code, period_text);
        struct blob *b = r == NULL ? NULL : report_attachment(w, r, node, id);
        struct jsonw j;
        struct buf body;
        bool ok;

        if (b == NULL)
                return false;
        if (!r->may_attach)
                return report_refuse_attaching(w, r);
        if (is_local(b)) /* nobody else has heard of it: it is gone */
                return blob_erase(w, b, "removed from the draft", NULL);
        buf_init_with(&body, 4096, w->arena);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "node", node);
        jsonw_member_text(&j, "id", id);
        jsonw_end(&j);
        ok = ledger_append(w, AUDIENCE_LOCAL, "report.detach",
                           report_subject(w->arena, r->form->id, r->unit, r->period), &body, NULL);
        buf_clear(&body);
        return ok;
}

enum applied apply_detach(struct work *w, const struct entry *e, struct error *why)
{
        const char *node = json_string_value(json_object_get(e->body, "node"));
        const char *id = json_string_value(json_object_get(e->body, "id"));

        if (strcmp(e->audience, AUDIENCE_LOCAL) != 0) {
                error_set(why, ERR_DENIED, "an entry of kind \"%s\" does not belong into this stream", e->kind);
                return REFUSED;
        }
        if (node == NULL || id == NULL) {
                error_set(why, ERR_INVALID, "it names no attachment");
                return REFUSED;
        }
        return db_exec(w->db, "INSERT INTO report_detached (entry, subject, node, name) VALUES ($1, $2, $3, $4)",
                       ARGS(v_int(e->id), v_text(e->subject), v_text(node), v_text(id)))
                       ? APPLIED
                       : FAILED;
}

bool attachments_send(struct work *w, const struct report *r, struct jsonw *json)
{
        if (r->attachment_count == 0)
                return true;
        jsonw_name(json, "attachments");
        jsonw_array(json);
        for (size_t i = 0; i < r->attachment_count; i++) {
                struct blob *b = &r->attachments[i];

                if (b->is_erased)
                        continue;
                if (!blob_share(w, b, r->unit_code))
                        return false;
                jsonw_text(json, arena_print(w->arena, "%s/%s", b->node, b->id));
        }
        jsonw_end(json);
        return true;
}
