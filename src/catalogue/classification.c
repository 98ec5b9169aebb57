#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue_private.h"

/* An item's parent code, until all items have their places. */
struct pending {
        char parent[128];
        int line;
};

static int compare_items(const void *a, const void *b)
{
        const struct item *x = *(const struct item *const *)a, *y = *(const struct item *const *)b;
        int order = strcmp(x->code, y->code);

        return order != 0 ? order : x->from < y->from ? -1 : x->from > y->from;
}

static struct classified *find(const struct catalogue *c, const char *id)
{
        for (size_t i = 0; i < c->classification_count; i++)
                if (strcmp(c->classifications[i].classification.id, id) == 0)
                        return &c->classifications[i];
        return NULL;
}

/* The first of the items with a code, by code and day; where there is none, the place where they would be. */
static size_t first_of_code(const struct classified *k, const char *code)
{
        size_t low = 0, high = k->count;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (strcmp(k->by_code[middle]->code, code) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static const struct item *find_item(const struct classified *k, const char *code, day d)
{
        for (size_t low = first_of_code(k, code); low < k->count && strcmp(k->by_code[low]->code, code) == 0; low++)
                if (k->by_code[low]->from <= d && d <= k->by_code[low]->to)
                        return k->by_code[low];
        return NULL;
}

static size_t count_lines(const struct source *s)
{
        size_t lines = 1;

        for (size_t i = 0; i < s->length; i++)
                lines += s->text[i] == '\n';
        return lines;
}

static const char *keep(struct parse *p, const struct sheet *s, int column)
{
        size_t length;
        const char *field = sheet_text(s, column, &length);

        return pool_keep(p, field, length);
}

static void read_rows(struct parse *p, struct classified *k, struct sheet *s, struct pending *pending)
{
        enum { CODE, PARENT, NAME_VI, NAME_EN, UNIT_VI, UNIT_EN, FROM, TO };

        while (sheet_next(s)) {
                struct item *item = &k->items[k->count];
                size_t length, parent_length;
                const char *code = sheet_text(s, CODE, &length), *parent = sheet_text(s, PARENT, &parent_length);

                if (length == 0 || length >= sizeof pending->parent || strpbrk(code, ",@ \"\n") != NULL) {
                        sheet_complain(s, CODE, "\"%s\" is no code: no spaces, commas, quotes or @, and at most 127 bytes",
                                       code);
                        continue;
                }
                if (parent_length >= sizeof pending->parent) {
                        sheet_complain(s, PARENT, "the parent of item %s is no code", code);
                        continue;
                }
                if (sheet_text(s, NAME_VI, NULL)[0] == '\0' || sheet_text(s, NAME_EN, NULL)[0] == '\0') {
                        sheet_complain(s, NAME_VI, "item %s needs a name in both languages", code);
                        continue;
                }
                item->from = sheet_day(s, FROM, DAY_NONE);
                item->to = sheet_day(s, TO, DAY_FOREVER);
                if (item->to < item->from) {
                        sheet_complain(s, TO, "item %s ends before it begins", code);
                        continue;
                }
                item->classification = k->classification.id;
                item->code = pool_keep(p, code, length);
                item->name_vi = keep(p, s, NAME_VI);
                item->name_en = keep(p, s, NAME_EN);
                item->unit_vi = keep(p, s, UNIT_VI);
                item->unit_en = keep(p, s, UNIT_EN);
                item->order = (int)k->count;
                item->line = sheet_line(s);
                memcpy(pending[k->count].parent, parent, parent_length + 1);
                pending[k->count].line = sheet_line(s);
                k->count++;
        }
}

static void link_items(struct parse *p, struct classified *k, const char *path, const struct pending *pending)
{
        for (size_t i = 1; i < k->count; i++) {
                const struct item *before = k->by_code[i - 1], *item = k->by_code[i];

                if (strcmp(before->code, item->code) == 0 && before->to >= item->from)
                        complain(p->complaints, path, pending[item->order].line, 1,
                                 "item %s stands twice for the same time (first on line %d)", item->code,
                                 pending[before->order].line);
        }
        for (size_t i = 0; i < k->count; i++) {
                struct item *item = &k->items[i];
                const char *parent = pending[i].parent;

                if (parent[0] == '\0')
                        continue;
                /* The parent of its first day; an item open at its start looks for a parent at the end of its time. */
                item->parent = find_item(k, parent, item->from != DAY_NONE ? item->from : item->to);
                if (item->parent == NULL && item->from == DAY_NONE)
                        item->parent = find_item(k, parent, item->from);
                if (item->parent == NULL)
                        complain(p->complaints, path, pending[i].line, 2, "item %s: its parent %s is unknown at that time",
                                 item->code, parent);
        }
        for (size_t i = 0; i < k->count; i++) {
                const struct item *walker = &k->items[i];
                size_t steps = 0;

                while (walker != NULL && steps++ <= k->count)
                        walker = walker->parent;
                if (walker != NULL) {
                        complain(p->complaints, path, pending[i].line, 2, "item %s: its parents run in a circle",
                                 k->items[i].code);
                        k->items[i].parent = NULL;
                }
        }
}

static void read_items(struct parse *p, struct classified *k)
{
        static const char *const columns[] = { "code",     "parent",   "name_vi", "name_en", "?unit_vi",
                                               "?unit_en", "?from",    "?to",     NULL };
        const struct source *source = NULL;
        struct pending *pending;
        struct sheet *s;
        size_t room;

        for (size_t i = 0; i < p->file_count; i++) {
                const char *path = p->files[i].path;
                size_t length = strlen(k->classification.id);

                if (path_is_in(path, "classifications/", ".csv") && strlen(path) == 16 + length + 4 &&
                    strncmp(path + 16, k->classification.id, length) == 0)
                        source = &p->files[i];
        }
        if (source == NULL) {
                complain(p->complaints, "classifications.yaml", 1, 1,
                         "the classification \"%s\" has no file classifications/%s.csv", k->classification.id,
                         k->classification.id);
                return;
        }
        s = sheet_open(p, source, columns);
        if (s == NULL)
                return;
        room = count_lines(source);
        k->items = arena_array(p->arena, room, sizeof *k->items);
        pending = arena_array(p->scratch, room, sizeof *pending);
        read_rows(p, k, s, pending);
        k->by_code = arena_array(p->arena, k->count + 1, sizeof *k->by_code);
        for (size_t i = 0; i < k->count; i++)
                k->by_code[i] = &k->items[i];
        qsort(k->by_code, k->count, sizeof *k->by_code, compare_items);
        link_items(p, k, source->path, pending);
        if (k->classification.root[0] != '\0' && find_item(k, k->classification.root, DAY_FOREVER) == NULL)
                complain(p->complaints, source->path, 1, 1, "the root \"%s\" of the classification is not in the file",
                         k->classification.root);
}

void parse_classifications(struct parse *p)
{
        static const char *const root_keys[] = { "classifications", NULL };
        static const char *const keys[] = { "id", "name", "root", NULL };
        struct catalogue *c = p->catalogue;
        const struct yaml *root, *list;
        struct yaml_place place = { "classifications.yaml", p->arena, p->complaints };

        for (size_t i = 0; i < p->file_count; i++) {
                if (strcmp(p->files[i].path, "classifications.yaml") != 0)
                        continue;
                root = yaml_read(p->arena, &p->files[i], p->complaints);
                if (root == NULL || !yaml_keys_known(&place, root, root_keys) ||
                    (list = yaml_list(&place, root, "classifications", true)) == NULL)
                        return;
                c->classifications = arena_array(p->arena, list->count + 1, sizeof *c->classifications);
                for (size_t n = 0; n < list->count; n++) {
                        struct classification *k = &c->classifications[c->classification_count].classification;

                        if (!yaml_keys_known(&place, list->items[n], keys))
                                continue;
                        k->id = yaml_text(&place, list->items[n], "id", true, "");
                        k->root = yaml_text(&place, list->items[n], "root", false, "");
                        yaml_two_texts(&place, list->items[n], "name", true, &k->name_vi, &k->name_en);
                        if (!identifier_is_valid(k->id))
                                yaml_complain(&place, list->items[n], "\"%s\" is no identifier: a-z, 0-9 and _", k->id);
                        else if (find(c, k->id) != NULL)
                                yaml_complain(&place, list->items[n], "the classification \"%s\" stands twice", k->id);
                        else
                                c->classification_count++;
                }
        }
        for (size_t n = 0; n < c->classification_count; n++)
                read_items(p, &c->classifications[n]);
        for (size_t i = 0; i < p->file_count; i++) {
                const char *path = p->files[i].path;
                char id[72];
                size_t length = strlen(path);

                if (!path_is_in(path, "classifications/", ".csv"))
                        continue;
                if (length - 20 < sizeof id) {
                        memcpy(id, path + 16, length - 20);
                        id[length - 20] = '\0';
                        if (find(c, id) != NULL)
                                continue;
                }
                complain(p->complaints, path, 1, 1, "classifications.yaml does not name this classification");
        }
}

const struct classification *classification_find(const struct catalogue *c, const char *id)
{
        const struct classified *k = find(c, id);

        return k == NULL ? NULL : &k->classification;
}

const struct item *item_at(const struct catalogue *c, const char *classification, const char *code, day d)
{
        const struct classified *k = find(c, classification);

        return k == NULL ? NULL : find_item(k, code, d);
}

size_t item_list(const struct catalogue *c, const char *classification, day d, const struct item **out, size_t max)
{
        const struct classified *k = find(c, classification);
        size_t found = 0;

        for (size_t i = 0; k != NULL && i < k->count; i++) {
                if (d < k->items[i].from || k->items[i].to < d)
                        continue;
                if (found < max)
                        out[found] = &k->items[i];
                found++;
        }
        return found;
}

size_t item_list_ever(const struct catalogue *c, const char *classification, const struct item **out, size_t max)
{
        const struct classified *k = find(c, classification);
        size_t count = k == NULL ? 0 : k->count;

        for (size_t i = 0; i < count && i < max; i++)
                out[i] = &k->items[i];
        return count;
}

static bool classified_has(const struct classified *k, const char *code)
{
        size_t first = first_of_code(k, code);

        return (first < k->count && strcmp(k->by_code[first]->code, code) == 0) || (k->classification.root != NULL && strcmp(k->classification.root, code) == 0);
}

bool item_was(const struct catalogue *c, const char *classification, const char *code)
{
        bool is_there = *code == '\0';

        for (size_t i = 0; i < c->classification_count && !is_there; i++)
                is_there = (classification == NULL || strcmp(c->classifications[i].classification.id, classification) == 0) &&
                           classified_has(&c->classifications[i], code);
        return is_there;
}
