/* known.c - which files the catalogue had at a moment. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue_private.h"
#include "ledger/clock.h"
#include "ledger/node.h"
#include "ledger/read.h"

/* One entry with a file: as entries of one path stand over each other (stands_over in store.c), the last in this order stands. */
struct version {
        const char *path, *node;
        const unsigned char *hash;
        int64_t entry, present, mark; /* present: the entry that stands now, whose mark it is */
        stamp at;
        bool is_home;
};

static int compare_versions(const void *a, const void *b)
{
        const struct version *x = a, *y = b;
        int order = strcmp(x->path, y->path);

        if (order == 0)
                order = x->is_home - y->is_home;
        if (order == 0)
                order = (x->at > y->at) - (x->at < y->at);
        if (order == 0)
                order = strcmp(x->node, y->node);
        return order != 0 ? order : memcmp(x->hash, y->hash, HASH_BYTES);
}

#define SQL_OF_FILES                                                                                                                                  \
        " FROM catalogue_file f JOIN ledger_entry e ON e.subject = 'catalogue/' || f.path JOIN ledger_stream s ON s.id = e.stream"                    \
        " WHERE e.subject <> '' AND e.kind = 'catalogue.file' AND e.seq <= s.placed_seq AND NOT EXISTS (SELECT 1 FROM ledger_set_aside a WHERE a.entry = e.id)"

/* All that were ever applied. */
static struct version *versions_read(struct work *w, size_t *count)
{
        int64_t room = db_number(w->db, "SELECT COUNT(*)" SQL_OF_FILES, NO_ARGS, 0);
        struct version *list = arena_array(w->arena, (size_t)room + 1, sizeof *list);
        struct rows *r = db_query(w->db, "SELECT f.path, s.node, s.audience, e.hash, e.id, f.entry, f.mark, e.at" SQL_OF_FILES, NO_ARGS);

        *count = 0;
        while (*count < (size_t)room && rows_next(r)) {
                struct version *v = &list[(*count)++];
                size_t length;
                const void *hash = rows_bytes(r, 3, &length);

                *v = (struct version){ .path = arena_text(w->arena, rows_text(r, 0)), .node = arena_text(w->arena, rows_text(r, 1)),
                                       .is_home = strcmp(rows_text(r, 2), AUDIENCE_ALL) == 0, .entry = rows_int(r, 4), .present = rows_int(r, 5),
                                       .mark = rows_int(r, 6), .at = rows_int(r, 7) };
                v->hash = memcpy(arena_alloc(w->arena, HASH_BYTES), hash, length < HASH_BYTES ? length : HASH_BYTES);
        }
        rows_close(r);
        qsort(list, *count, sizeof *list, compare_versions);
        return list;
}

/* What was not there by then, as it was first written. */
static const struct version *first_written(const struct version *list, size_t count)
{
        const struct version *first = list;

        for (size_t i = 1; i < count; i++)
                if (list[i].at < first->at)
                        first = &list[i];
        return first;
}

bool catalogue_choose(struct work *w, moment known, struct chosen *out)
{
        stamp until = stamp_last(known);
        struct version *list;
        size_t count;
        bool has_units = false;

        *out = (struct chosen){ 0 };
        if (db_number(w->db, "SELECT MAX(at) FROM catalogue_file", NO_ARGS, 0) <= until ||
            db_number(w->db, "SELECT MIN(e.at)" SQL_OF_FILES, NO_ARGS, INT64_MAX) > until || !work_ok(w))
                return work_ok(w);
        list = versions_read(w, &count);
        if (!work_ok(w))
                return false;
        out->list = arena_array(w->arena, count + 1, sizeof *out->list);
        for (size_t i = 0, end; i < count; i = end) {
                const struct version *v = NULL;

                for (end = i; end < count && strcmp(list[end].path, list[i].path) == 0; end++)
                        if (list[end].at <= until)
                                v = &list[end];
                out->list[out->count] = (struct chosen_file){ .path = list[i].path, .is_later = v == NULL };
                if (v == NULL)
                        v = first_written(&list[i], end - i);
                out->list[out->count].entry = v->entry;
                out->list[out->count++].mark = v->entry == v->present ? v->mark : MARK_UNKNOWN;
        }
        for (size_t i = 0; i < out->count; i++)
                has_units |= !out->list[i].is_later && path_is_in(out->list[i].path, "units/", ".csv");
        for (size_t i = 0, kept = 0; i <= out->count; i++) {
                if (i == out->count)
                        out->count = kept;
                else if (!out->list[i].is_later || !has_units || !path_is_in(out->list[i].path, "units/", ".csv"))
                        out->list[kept++] = out->list[i];
        }
        return true;
}

void catalogue_choice_key(struct work *w, const struct chosen *c, unsigned char key[CHOICE_KEY])
{
        crypto_generichash_state state;

        crypto_generichash_init(&state, NULL, 0, CHOICE_KEY);
        crypto_generichash_update(&state, (const unsigned char *)node_key(w->node), strlen(node_key(w->node)));
        for (size_t i = 0; i < c->count; i++) {
                int64_t what[] = { c->list[i].entry, c->list[i].is_later };

                crypto_generichash_update(&state, (const unsigned char *)what, sizeof what);
        }
        crypto_generichash_final(&state, key, CHOICE_KEY);
}

static const char *text_of(struct work *w, const struct chosen_file *f)
{
        const struct entry *e;
        const char *text = NULL;
        struct rows *r;

        if (f->mark == MARK_UNKNOWN) {
                e = ledger_entry(w, f->entry);
                return e == NULL ? NULL : json_string_value(json_object_get(e->body, "text"));
        }
        r = db_query(w->db, "SELECT text FROM catalogue_file WHERE path = $1", ARGS(v_text(f->path)));
        if (rows_next(r))
                text = arena_text(w->arena, rows_text(r, 0));
        rows_close(r);
        return text;
}

struct source *catalogue_chosen_files(struct work *w, struct arena *a, const struct chosen *c, size_t *count, size_t *of_then, int64_t versions[2])
{
        struct source *files = arena_array(a, c->count + 1, sizeof *files);

        *count = 0;
        versions[0] = versions[1] = 0;
        for (int pass = 0; pass < 2; pass++) {
                for (size_t i = 0; i < c->count; i++) {
                        const struct chosen_file *f = &c->list[i];
                        struct source *s = &files[*count];
                        const char *text = f->is_later == (pass == 1) ? text_of(w, f) : NULL;

                        if (!work_ok(w))
                                return files;
                        if (text == NULL || *text == '\0')
                                continue; /* withdrawn */
                        s->path = arena_text(a, f->path);
                        s->length = strlen(text);
                        s->text = catalogue_text_kept(a, s->path, text, s->length);
                        versions[pass] += f->mark != MARK_UNKNOWN ? f->mark : file_mark(s->path, s->text, s->length);
                        (*count)++;
                }
                if (pass == 0)
                        *of_then = *count;
        }
        versions[1] += versions[0];
        return files;
}
