/* known.c - which files the catalogue had at a moment. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue_private.h"
#include "ledger/clock.h"
#include "ledger/node.h"
#include "ledger/read.h"

/* One entry with a file, that is no copy of another: the last in this order stands (contest.c). */
struct dated {
        const char *path, *node;
        const unsigned char *hash;
        int64_t entry, brought, mark;
        stamp at;
        bool is_home;
};

static int compare_dated(const void *a, const void *b)
{
        const struct dated *x = a, *y = b;
        int order = strcmp(x->path, y->path);

        if (order == 0)
                order = x->is_home - y->is_home;
        if (order == 0)
                order = (x->at > y->at) - (x->at < y->at);
        if (order == 0)
                order = strcmp(x->node, y->node);
        return order != 0 ? order : memcmp(x->hash, y->hash, HASH_BYTES);
}

/* All that were ever applied. */
static struct dated *dated_read(struct work *w, size_t *count)
{
        struct dated *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct rows *r = db_query(w->db,
                                  "SELECT v.path, s.node, v.is_home, e.hash, v.entry, v.brought, v.mark, v.at FROM catalogue_version v"
                                  " JOIN ledger_entry e ON e.id = v.entry JOIN ledger_stream s ON s.id = e.stream WHERE v.is_copy = 0", NO_ARGS);

        for (*count = 0; rows_next(r); ++*count) {
                struct dated *v;
                size_t length;
                const void *hash = rows_bytes(r, 3, &length);

                list = arena_room(w->arena, list, *count, sizeof *list);
                v = &list[*count];
                *v = (struct dated){ .path = arena_text(w->arena, rows_text(r, 0)), .node = arena_text(w->arena, rows_text(r, 1)), .is_home = rows_int(r, 2) != 0,
                                     .entry = rows_int(r, 4), .brought = rows_int(r, 5), .mark = rows_int(r, 6), .at = rows_int(r, 7) };
                v->hash = memcpy(arena_alloc(w->arena, HASH_BYTES), hash, length < HASH_BYTES ? length : HASH_BYTES);
        }
        rows_close(r);
        qsort(list, *count, sizeof *list, compare_dated);
        return list;
}

/* What was not there by then, as it was first written. */
static const struct dated *first_written(const struct dated *list, size_t count)
{
        const struct dated *first = list;

        for (size_t i = 1; i < count; i++)
                if (list[i].at < first->at)
                        first = &list[i];
        return first;
}

bool catalogue_choose(struct work *w, moment known, struct chosen *out)
{
        stamp until = stamp_last(known);
        struct dated *list;
        size_t count;
        bool has_units = false;

        *out = (struct chosen){ 0 };
        if (db_number(w->db, "SELECT MAX(at) FROM catalogue_file", NO_ARGS, 0) <= until ||
            db_number(w->db, "SELECT MIN(at) FROM catalogue_version", NO_ARGS, INT64_MAX) > until || !work_ok(w))
                return work_ok(w);
        list = dated_read(w, &count);
        if (!work_ok(w))
                return false;
        out->list = arena_array(w->arena, count + 1, sizeof *out->list);
        for (size_t i = 0, end; i < count; i = end) {
                const struct dated *v = NULL;

                for (end = i; end < count && strcmp(list[end].path, list[i].path) == 0; end++)
                        if (list[end].at <= until)
                                v = &list[end];
                out->list[out->count] = (struct chosen_file){ .path = list[i].path, .is_later = v == NULL };
                if (v == NULL)
                        v = first_written(&list[i], end - i);
                out->list[out->count].entry = v->entry;
                out->list[out->count].brought = v->brought;
                out->list[out->count++].mark = v->mark;
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
        struct rows *r = db_query(w->db, "SELECT text FROM catalogue_file WHERE path = $1 AND mark = $2", ARGS(v_text(f->path), v_int(f->mark)));
        size_t length;
        const char *text = rows_next(r) ? rows_move(r, 0, w->arena, &length) : NULL;
        const struct entry *e;

        rows_close(r);
        if (text != NULL || f->mark == 0 || !work_ok(w))
                return text;
        e = ledger_entry(w, f->entry); /* another version stands now */
        return e == NULL ? NULL : json_string_value(json_object_get(e->body, "text"));
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
                        s->text = catalogue_shipped_text(s->path, text, s->length);
                        if (s->text == NULL)
                                s->text = arena_copy(a, text, s->length);
                        versions[pass] += f->mark;
                        (*count)++;
                }
                if (pass == 0)
                        *of_then = *count;
        }
        versions[1] += versions[0];
        return files;
}
