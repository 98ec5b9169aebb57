/* paper.c - the files of a case's documents: attached, fetched, erased. */
#include <string.h>

#include "areas/case/case.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/write.h"

static const char *address(struct work *w, const struct case_file *f, int document, const struct blob *b)
{
        return arena_print(w->arena, "/cases/%s/papers/%s/%s/%s", f->id, f->workflow->documents[document].id, b->node, b->id);
}

/* Whether the asker may erase files of a case: who was asked for an opinion beyond its own territory only reads them. */
static bool may_erase_in(struct work *w, const struct case_file *f)
{
        const char *own = w->user->unit;

        return user_may(w->user, MAY_SEND) && own != NULL && (strcmp(own, f->unit->code) == 0 || catalogue_is_served(w, f->unit->code, own));
}

struct attached *papers_shown(struct work *w, const struct case_file *f, int document, struct blob **list, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        bool may_erase = may_erase_in(w, f);
        struct attached *shown;

        *list = case_files(w, f, document, count);
        shown = arena_array(w->arena, *count + 1, sizeof *shown);
        for (size_t i = 0; i < *count; i++) {
                const struct blob *b = &(*list)[i];
                const struct attached_as as = { address(w, f, document, b), unit_words(w, unit_at(c, b->unit, day_of_moment(b->added_at))), false, may_erase };

                attached_fill(w, b, &as, &shown[i]);
        }
        return shown;
}

/* ---- the addresses --------------------------------------------------------------------------------------------- */

/* The case and document of an address, in one state of everything; -1 and an error otherwise. */
static struct case_file *asked(struct work *w, const struct request *q, int *document)
{
        struct case_file *f;

        if (!db_in_transaction(w->db) && !db_begin(w->db))
                return NULL;
        f = case_load(w, request_part(q, "id"));
        *document = f == NULL ? -1 : workflow_document_find(f->workflow, request_part(q, "document"));
        if (f != NULL && *document < 0) {
                error_set(&w->err, ERR_MISSING, "the workflow has no document \"%s\"", request_part(q, "document"));
                return NULL;
        }
        return f;
}

static bool answer(struct work *w, const struct request *q, struct reply *reply)
{
        bool is_json = request_suffix(q) == SUFFIX_JSON || request_is_json_body(q);

        return reply_redirect(w, reply, arena_print(w->arena, "/cases/%s%s", request_part(q, "id"), is_json ? ".json" : "#tl"));
}

struct attaching { const char *id, *document; struct blob_new file; };

static bool attach(struct work *w, void *argument)
{
        const struct attaching *a = argument;

        return case_attach(w, a->id, a->document, &a->file);
}

bool paper_attached(struct work *w, const struct request *q, struct reply *reply)
{
        struct attaching a = { .id = request_part(q, "id"), .document = request_part(q, "document") };
        int document;
        struct case_file *f = asked(w, q, &document);
        bool may = f != NULL && case_may_attach(w, f, document);

        db_rollback(w->db); /* before anything is stored, and so that the answer sees what was written */
        if (f == NULL)
                return false;
        if (!may)
                return error_set(&w->err, ERR_DENIED, "only who may bring this document, once it is named in the case, may attach its file");
        if (!attached_keep(w, q, &a.file))
                return false;
        if (!ledger_write(w, attach, &a)) {
                blob_drop(w, &a.file);
                return false;
        }
        return answer(w, q, reply);
}

bool paper_fetched(struct work *w, const struct request *q, struct reply *reply)
{
        int document;
        struct case_file *f = asked(w, q, &document);
        struct blob *b = f == NULL ? NULL : case_file_find(w, f, document, request_part(q, "node"), request_part(q, "blob"));

        if (b == NULL)
                return false;
        if (b->is_erased || b->is_here)
                return attached_give(w, reply, b);
        db_rollback(w->db); /* it is asked for; the page of the case shows how far it has come */
        if (!blob_want(w, b) || request_suffix(q) != SUFFIX_JSON)
                return work_ok(w) && answer(w, q, reply);
        reply->status = 202;
        b = blob_find(w, b->node, b->id);
        if (b != NULL) {
                struct jsonw j;

                jsonw_init(&j, &reply->body);
                attached_write(&j, b, address(w, f, document, b));
        }
        return work_ok(w);
}

bool paper_erased(struct work *w, const struct request *q, struct reply *reply)
{
        const char *why = request_said(w, q, "why"), *basis = request_said(w, q, "basis");
        int document;
        struct case_file *f = asked(w, q, &document);
        struct blob *b = f == NULL || !web_territory(w, f->unit->code) ? NULL : case_file_find(w, f, document, request_part(q, "node"), request_part(q, "blob"));

        return b != NULL && blob_erase(w, b, why, basis) && answer(w, q, reply);
}
