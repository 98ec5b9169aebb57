/* paper.c - files of the documents that a case names. */
#include <string.h>

#include "workflow/case_private.h"

/* The record of a document's files, as src/blob knows it. */
static const char *record_of(struct work *w, const struct case_file *f, int document)
{
        return arena_print(w->arena, "case/%s/%s", f->id, f->workflow->documents[document].id);
}

/* Whether a unit has to do with a case: it is its home or stands above, or was asked. Files of others' entries are none of it. */
static bool takes_part(struct work *w, const struct case_file *f, const struct blob *b)
{
        const struct catalogue *c = catalogue_of(w);
        day on = day_of_moment(b->added_at);
        const struct unit *u = unit_at(c, b->unit, on), *home = case_home(c, f->unit, on);

        for (int i = 0; u != NULL && i < f->opinion_count; i++)
                if (case_home(c, f->opinions[i].unit, on) == u)
                        return true;
        return u != NULL && home != NULL && unit_is_within(home, u);
}

struct blob *case_files(struct work *w, const struct case_file *f, int document, size_t *count)
{
        size_t all, kept = 0;
        struct blob *list;

        *count = 0;
        list = catalogue_of(w) == NULL ? NULL : blob_list(w, record_of(w, f, document), &all);
        for (size_t i = 0; list != NULL && i < all; i++)
                if (takes_part(w, f, &list[i]))
                        list[kept++] = list[i];
        *count = kept;
        return list;
}

struct blob *case_file_find(struct work *w, const struct case_file *f, int document, const char *node, const char *id)
{
        struct blob *b = blob_find(w, node, id);

        if (b != NULL && strcmp(b->of, record_of(w, f, document)) == 0 && takes_part(w, f, b))
                return b;
        if (work_ok(w))
                error_set(&w->err, ERR_MISSING, "this document has no such file");
        return NULL;
}

bool case_may_attach(struct work *w, const struct case_file *f, int document)
{
        const struct workflow *flow = f->workflow;
        bool is_actor = false, is_named = false;

        for (int i = 0; i <= flow->action_count; i++) { /* the last: the opening */
                const bool *documents = i == flow->action_count ? flow->first_documents : flow->actions[i].documents;
                const bool *by = i == flow->action_count ? flow->opened_by : flow->actions[i].by;

                is_actor |= documents[document] && case_is_one_of(w, f, by);
        }
        for (int i = 0; i < f->paper_count; i++)
                is_named |= f->papers[i].document == document;
        return is_actor && is_named;
}

bool case_attach(struct work *w, const char *id, const char *document, const struct blob_new *file)
{
        struct case_file *f = case_load(w, id);
        int place = f == NULL ? -1 : workflow_document_find(f->workflow, document);
        const struct unit *home;
        size_t count;

        if (f == NULL)
                return false;
        if (place < 0)
                return error_set(&w->err, ERR_MISSING, "the workflow has no document \"%s\"", document);
        if (!case_may_attach(w, f, place))
                return error_set(&w->err, ERR_DENIED, "only who may bring this document, once it is named in the case, may attach its file");
        if (case_files(w, f, place, &count) == NULL)
                return false;
        if (count >= CASE_FILES_MAX)
                return error_set(&w->err, ERR_TOO_BIG, "a document may have %d files", CASE_FILES_MAX);
        home = case_home(catalogue_of(w), f->unit, day_of_moment(w->now));
        return blob_add(w, file, (home == NULL ? f->unit : home)->code, record_of(w, f, place), "");
}
