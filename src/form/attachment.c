/* attachment.c - the addresses of a report's attachments. */
#include "form/view_private.h"
#include "ledger/node.h"
#include "ledger/write.h"

static bool answer(struct work *w, const struct request *q, struct reply *reply)
{
        const struct report *r;

        if (request_suffix(q) != SUFFIX_JSON && !request_is_json_body(q))
                return report_page_again(w, q, reply, "#att");
        r = report_asked(w, q);
        if (r == NULL)
                return false;
        reply->content_type = "application/json";
        reply->is_private = reply->never_cache = true;
        report_write_json(report_view_make(w, r, NULL, true), &reply->body);
        return true;
}

/* ---- adding, removing, erasing ------------------------------------------------------------------------- */

struct attaching {
        const struct report *report;
        struct blob_new file;
};

static bool attach(struct work *w, void *argument)
{
        const struct attaching *a = argument;

        return report_attach(w, a->report->form_id, a->report->unit_code, a->report->period_text, &a->file);
}

static bool post_file(struct work *w, const struct request *q, struct reply *reply)
{
        struct attaching a = { .report = report_asked(w, q) };

        if (a.report == NULL)
                return false;
        db_rollback(w->db); /* the answer shall see what was written */
        if (!a.report->may_attach) /* before anything is stored */
                return report_refuse_attaching(w, a.report);
        if (!attached_keep(w, q, &a.file))
                return false;
        if (!ledger_write(w, attach, &a)) {
                blob_drop(w, &a.file);
                return false;
        }
        return answer(w, q, reply);
}

static bool post_remove(struct work *w, const struct request *q, struct reply *reply)
{
        const struct report *r = report_asked(w, q);

        return r != NULL &&
               report_detach(w, r->form_id, r->unit_code, r->period_text, request_part(q, "node"), request_part(q, "id")) &&
               answer(w, q, reply);
}

static bool post_erase(struct work *w, const struct request *q, struct reply *reply)
{
        const struct report *r = report_asked(w, q);
        struct blob *b = r == NULL ? NULL : report_attachment(w, r, request_part(q, "node"), request_part(q, "id"));

        if (b == NULL)
                return false;
        if (!r->may_erase)
                return error_set(&w->err, ERR_DENIED, "only the leader may erase an attachment");
        return blob_erase(w, b, request_said(w, q, "why"), request_said(w, q, "basis")) && answer(w, q, reply);
}

/* ---- reading -------------------------------------------------------------------------------------------- */

/* Not here: it is asked for, and whoever asked sees on the report's page how far it has come. */
static bool ask_for_it(struct work *w, const struct request *q, struct reply *reply, const struct blob *b)
{
        db_rollback(w->db);
        if (!blob_want(w, b))
                return false;
        if (request_suffix(q) != SUFFIX_JSON)
                return report_page_again(w, q, reply, "#att");
        reply->status = 202;
        return answer(w, q, reply);
}

static bool get_file(struct work *w, const struct request *q, struct reply *reply)
{
        const struct report *r = report_asked(w, q);
        struct blob *b = r == NULL ? NULL : report_attachment(w, r, request_part(q, "node"), request_part(q, "id"));

        if (b == NULL)
                return false;
        if (!b->is_erased && !b->is_here)
                return ask_for_it(w, q, reply, b);
        return attached_give(w, reply, b);
}

#define FILES "/forms/{form}/{unit}/{period}/attachments"

const struct route attachment_routes[] = {
        { POST, FILES, post_file, MAY_FILL, ROUTE_UPLOAD | ROUTE_SLOW, N_("Attach a file to a draft") },
        { GET, FILES "/{node}/{id}", get_file, MAY_READ, ROUTE_SLOW | ROUTE_NO_ETAG,
          N_("An attachment; fetched from the node that has it where it is not here") },
        { POST, FILES "/{node}/{id}/remove", post_remove, MAY_FILL, ROUTE_WRITES, N_("Take an attachment off a draft") },
        { POST, FILES "/{node}/{id}/erase", post_erase, MAY_SEND, ROUTE_WRITES,
          N_("Erase an attachment everywhere, with reason and legal basis") },
        { 0 },
};
