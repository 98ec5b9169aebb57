#include "catalogue/yaml.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/decimal.h"
#include "base/map.h"
#include "base/utf8.h"

/* The library's parser and the event it gave last: freed as soon as the text is read, or with the arena if memory runs out. */
struct parsing {
        yaml_parser_t parser;
        yaml_event_t event;
        struct yaml_place place;
        int depth;
};

static void parsing_close(void *handle)
{
        struct parsing *p = handle;

        yaml_event_delete(&p->event);
        yaml_parser_delete(&p->parser);
}

/* False where the text breaks off. */
static bool next_event(struct parsing *p)
{
        yaml_event_delete(&p->event);
        if (yaml_parser_parse(&p->parser, &p->event) == 1)
                return true;
        if (p->parser.error == YAML_MEMORY_ERROR || p->parser.error == YAML_NO_ERROR) /* the latter in a tag */
                arena_starve(p->place.arena);
        return false;
}

static void refuse_extras(struct parsing *p, struct yaml *node, const yaml_char_t *anchor, const yaml_char_t *tag)
{
        if (anchor != NULL)
                yaml_complain(&p->place, node, "anchors (&name) are not used here: write the value out");
        if (tag != NULL)
                yaml_complain(&p->place, node, "tags (!type) are not used here");
}

/* A node that begins where the present event does. */
static struct yaml *node_make(struct parsing *p, enum yaml_kind kind)
{
        struct yaml *node = arena_alloc(p->place.arena, sizeof *node);

        node->kind = kind;
        node->text = "";
        node->line = (int)p->event.start_mark.line + 1;
        node->column = (int)p->event.start_mark.column + 1;
        return node;
}

struct list {
        struct yaml **items;
        size_t count, room;
};

static void list_add(struct arena *a, struct list *l, struct yaml *item)
{
        if (l->count == l->room) {
                size_t room = l->room == 0 ? 8 : l->room * 2;
                struct yaml **more = arena_array(a, room, sizeof(struct yaml *));

                if (l->count > 0)
                        memcpy(more, l->items, l->count * sizeof(struct yaml *));
                l->items = more;
                l->room = room;
        }
        l->items[l->count++] = item;
}

static struct yaml *read_node(struct parsing *);

static struct yaml *read_scalar(struct parsing *p)
{
        struct yaml *node = node_make(p, YAML_SCALAR);
        const char *bytes = (const char *)p->event.data.scalar.value;
        size_t length = p->event.data.scalar.length;

        refuse_extras(p, node, p->event.data.scalar.anchor, p->event.data.scalar.tag);
        node->is_quoted = p->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        node->text = arena_copy(p->place.arena, bytes, length);
        if (strlen(node->text) != length)
                yaml_complain(&p->place, node, "the value holds a NUL character");
        return node;
}

static struct yaml *read_list(struct parsing *p)
{
        struct yaml *node = node_make(p, YAML_LIST);
        struct list items = { 0 };

        refuse_extras(p, node, p->event.data.sequence_start.anchor, p->event.data.sequence_start.tag);
        for (;;) {
                struct yaml *item;

                if (!next_event(p))
                        return NULL;
                if (p->event.type == YAML_SEQUENCE_END_EVENT)
                        break;
                item = read_node(p);
                if (item == NULL)
                        return NULL;
                list_add(p->place.arena, &items, item);
        }
        node->items = items.items;
        node->count = items.count;
        return node;
}

#define FEW_KEYS 32 /* are looked through one by one */

/* The key among those before it; NULL: it is the first of its name. */
static const struct yaml *first_of(struct arena *arena, const struct list *keys, struct map **by_name, const struct yaml *key)
{
        int64_t *place;
        bool is_new = false;

        for (size_t i = 0; keys->count < FEW_KEYS && i < keys->count; i++)
                if (strcmp(keys->items[i]->text, key->text) == 0)
                        return keys->items[i];
        if (keys->count < FEW_KEYS)
                return NULL;
        if (*by_name == NULL) {
                *by_name = map_in(arena);
                for (size_t i = 0; i < keys->count; i++) {
                        place = map_put_text(*by_name, keys->items[i]->text, NULL);
                        if (place == NULL)
                                arena_starve(arena);
                        *place = (int64_t)i;
                }
        }
        place = map_put_text(*by_name, key->text, &is_new);
        if (place == NULL)
                arena_starve(arena);
        if (is_new)
                *place = (int64_t)keys->count;
        return is_new ? NULL : keys->items[*place];
}

static struct yaml *read_map(struct parsing *p)
{
        struct yaml *node = node_make(p, YAML_MAP);
        struct list keys = { 0 }, values = { 0 };
        struct map *by_name = NULL;

        refuse_extras(p, node, p->event.data.mapping_start.anchor, p->event.data.mapping_start.tag);
        for (;;) {
                struct yaml *key, *value;
                const struct yaml *first;

                if (!next_event(p))
                        return NULL;
                if (p->event.type == YAML_MAPPING_END_EVENT)
                        break;
                if ((key = read_node(p)) == NULL || !next_event(p) || (value = read_node(p)) == NULL)
                        return NULL;
                if (key->kind != YAML_SCALAR) {
                        yaml_complain(&p->place, key, "a key must be a word");
                        continue;
                }
                if (strcmp(key->text, "<<") == 0 && !key->is_quoted) {
                        yaml_complain(&p->place, key, "merge keys (<<) are not used here: write the values out");
                        continue;
                }
                first = first_of(p->place.arena, &keys, &by_name, key);
                if (first != NULL) {
                        yaml_complain(&p->place, key, "the key \"%s\" stands twice (first on line %d)", key->text, first->line);
                        continue;
                }
                list_add(p->place.arena, &keys, key);
                list_add(p->place.arena, &values, value);
        }
        node->keys = keys.items;
        node->items = values.items;
        node->count = keys.count;
        return node;
}

/* The node whose first event is the present one; NULL when the text broke off. */
static struct yaml *read_node(struct parsing *p)
{
        struct yaml *node;

        switch (p->event.type) {
        case YAML_SCALAR_EVENT:
                return read_scalar(p);
        case YAML_ALIAS_EVENT:
                node = node_make(p, YAML_SCALAR);
                yaml_complain(&p->place, node, "aliases (*name) are not used here: write the value out");
                return node;
        case YAML_SEQUENCE_START_EVENT:
        case YAML_MAPPING_START_EVENT:
                if (p->depth == YAML_DEPTH) {
                        yaml_complain(&p->place, node_make(p, YAML_MAP), "nested more than %d levels deep", YAML_DEPTH);
                        return NULL;
                }
                p->depth++;
                node = p->event.type == YAML_SEQUENCE_START_EVENT ? read_list(p) : read_map(p);
                p->depth--;
                return node;
        default:
                return NULL;
        }
}

/* Where a byte of the text stands. */
static struct yaml place_of(const struct source *s, size_t byte)
{
        struct yaml place = { .line = 1, .column = 1 };

        for (size_t i = 0; i < byte && i < s->length; i++)
                if (s->text[i] == '\n') {
                        place.line++;
                        place.column = 1;
                } else if (((unsigned char)s->text[i] & 0xC0) != 0x80) {
                        place.column++;
                }
        return place;
}

/* What the library finds wrong, unless a complaint has said what ended the reading. */
static void complain_library(struct parsing *p, const struct source *s)
{
        const yaml_parser_t *parser = &p->parser;
        struct yaml place = { .line = (int)parser->problem_mark.line + 1, .column = (int)parser->problem_mark.column + 1 };

        if (parser->error == YAML_NO_ERROR)
                return;
        if (parser->error == YAML_READER_ERROR)
                place = place_of(s, parser->problem_offset);
        if (parser->context == NULL)
                yaml_complain(&p->place, &place, "not well-formed YAML: %s", parser->problem);
        else
                yaml_complain(&p->place, &place, "not well-formed YAML: %s (%s that begins on line %d)", parser->problem, parser->context,
                              (int)parser->context_mark.line + 1);
}

/* What is refused before the library sees the text: the characters that end a line in YAML 1.1, which it reads, and are like
 * others in 1.2; and directives, among which it looks for each one's name again. */
static bool text_is_fit(const struct parsing *p, const struct source *s)
{
        static const char *const line_ends[] = { "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9" };
        struct yaml place;
        const char *found;
        size_t bad = 0;

        if (!utf8_is_valid(s->text, s->length, &bad)) {
                place = place_of(s, bad);
                yaml_complain(&p->place, &place, "not UTF-8 (or a NUL): byte 0x%02X", (unsigned)(unsigned char)s->text[bad]);
                return false;
        }
        for (size_t i = 0; i < sizeof line_ends / sizeof *line_ends; i++)
                if ((found = memmem(s->text, s->length, line_ends[i], strlen(line_ends[i]))) != NULL) {
                        place = place_of(s, (size_t)(found - s->text));
                        yaml_complain(&p->place, &place, "Unicode's line ends (U+0085, U+2028, U+2029) are not used here: begin a new line");
                        return false;
                }
        found = s->length > 0 && s->text[0] == '%' ? s->text : memmem(s->text, s->length, "\n%", 2);
        if (found != NULL) {
                place = place_of(s, (size_t)(found - s->text) + (*found == '\n'));
                yaml_complain(&p->place, &place, "directives (lines that begin with %%) are not used here");
                return false;
        }
        return true;
}

static struct yaml *read_stream(struct parsing *p, const struct source *s)
{
        struct yaml *root = NULL;
        int documents = 0;

        while (next_event(p)) {
                switch (p->event.type) {
                case YAML_STREAM_END_EVENT:
                        if (root == NULL) {
                                root = arena_alloc(p->place.arena, sizeof *root);
                                *root = (struct yaml){ .kind = YAML_MAP, .line = 1, .column = 1, .text = "" };
                        }
                        return root;
                case YAML_STREAM_START_EVENT:
                case YAML_DOCUMENT_END_EVENT:
                        break;
                case YAML_DOCUMENT_START_EVENT:
                        if (++documents == 2) {
                                yaml_complain(&p->place, node_make(p, YAML_MAP), "a file holds one document; this is a second");
                                return root;
                        }
                        break;
                default:
                        root = read_node(p);
                        if (root == NULL) {
                                complain_library(p, s);
                                return NULL;
                        }
                }
        }
        complain_library(p, s);
        return NULL;
}

struct yaml *yaml_read(struct arena *a, const struct source *s, struct complaints *complaints)
{
        struct parsing *p = arena_alloc(a, sizeof *p);
        struct yaml *root;

        p->place = (struct yaml_place){ s->path, a, complaints };
        if (!text_is_fit(p, s))
                return NULL;
        arena_on_free(a, parsing_close, p);
        if (yaml_parser_initialize(&p->parser) == 0)
                arena_starve(a);
        yaml_parser_set_input_string(&p->parser, (const unsigned char *)s->text, s->length);
        root = read_stream(p, s);
        parsing_close(p);
        return root;
}

/* ---- looking at the tree ---------------------------------------------------------------------- */

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
        if (map == NULL || map->kind != YAML_MAP)
                return NULL;
        for (size_t i = 0; i < map->count; i++)
                if (strcmp(map->keys[i]->text, key) == 0)
                        return map->items[i];
        return NULL;
}

void yaml_complain(const struct yaml_place *p, const struct yaml *node, const char *format, ...)
{
        va_list list;
        char *message;
        enum language language = p->complaints == NULL ? LANGUAGE_VI : p->complaints->language;

        va_start(list, format);
        message = arena_print_list(p->arena, text(language, format), list);
        va_end(list);
        complain(p->complaints, p->path, node == NULL ? 1 : node->line, node == NULL ? 1 : node->column, "%s", message);
}

/* Edits (insert, delete, replace, swap of neighbours) from one word to the other; counts beyond 63 bytes are not needed. */
static int edits(const char *a, const char *b)
{
        enum { MOST = 63 };
        int rows[3][MOST + 1];
        size_t la = strlen(a), lb = strlen(b);

        if (la > MOST || lb > MOST)
                return INT_MAX;
        for (size_t j = 0; j <= lb; j++)
                rows[0][j] = (int)j;
        for (size_t i = 1; i <= la; i++) {
                int *now = rows[i % 3], *before = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];

                now[0] = (int)i;
                for (size_t j = 1; j <= lb; j++) {
                        int best = before[j - 1] + (a[i - 1] != b[j - 1]);

                        if (before[j] + 1 < best)
                                best = before[j] + 1;
                        if (now[j - 1] + 1 < best)
                                best = now[j - 1] + 1;
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && second[j - 2] + 1 < best)
                                best = second[j - 2] + 1;
                        now[j] = best;
                }
        }
        return rows[la % 3][lb];
}

const char *word_nearest(const char *wrong, const char *const *words)
{
        const char *nearest = NULL;
        int least = (int)strlen(wrong) / 3 + 1;

        for (; *words != NULL; words++) {
                int distance = edits(wrong, *words);

                if (distance <= least && (nearest == NULL || distance < least)) {
                        least = distance;
                        nearest = *words;
                }
        }
        return nearest;
}

bool yaml_keys_known(const struct yaml_place *p, const struct yaml *map, const char *const *known)
{
        if (map == NULL || map->kind != YAML_MAP) {
                yaml_complain(p, map, "here must stand keys with values");
                return false;
        }
        for (size_t i = 0; i < map->count; i++) {
                const char *key = map->keys[i]->text, *nearest;
                size_t n = 0;

                while (known[n] != NULL && strcmp(known[n], key) != 0)
                        n++;
                if (known[n] != NULL)
                        continue;
                nearest = word_nearest(key, known);
                if (nearest != NULL)
                        yaml_complain(p, map->keys[i], "unknown key \"%s\"; did you mean \"%s\"?", key, nearest);
                else
                        yaml_complain(p, map->keys[i], "unknown key \"%s\"", key);
        }
        return true;
}

const char *yaml_text(const struct yaml_place *p, const struct yaml *map, const char *key, bool is_required,
                      const char *fallback)
{
        const struct yaml *node = yaml_get(map, key);

        if (node != NULL && node->kind != YAML_SCALAR) {
                yaml_complain(p, node, "\"%s\" must be a single text", key);
                return fallback;
        }
        if (is_required && (node == NULL || node->text[0] == '\0')) {
                yaml_complain(p, node == NULL ? map : node, "\"%s\" is missing", key);
                return fallback;
        }
        return node == NULL ? fallback : node->text;
}

int64_t yaml_int(const struct yaml_place *p, const struct yaml *map, const char *key, int64_t least, int64_t most,
                 int64_t fallback)
{
        const struct yaml *node = yaml_get(map, key);
        int64_t number = 0;
        size_t position;

        if (node == NULL)
                return fallback;
        if (node->kind != YAML_SCALAR ||
            decimal_read(node->text, strlen(node->text), 0, &number, &position) != DECIMAL_OK) {
                yaml_complain(p, node, "\"%s\" must be a whole number", key);
                return fallback;
        }
        if (number < least || number > most) {
                yaml_complain(p, node, "\"%s\" must lie between %lld and %lld", key, (long long)least, (long long)most);
                return fallback;
        }
        return number;
}

bool yaml_bool(const struct yaml_place *p, const struct yaml *map, const char *key, bool fallback)
{
        static const char *const words[] = { "false", "true", NULL };

        return yaml_choice(p, map, key, words, fallback) == 1;
}

day yaml_day(const struct yaml_place *p, const struct yaml *map, const char *key, day fallback)
{
        const struct yaml *node = yaml_get(map, key);
        day d = fallback;

        if (node == NULL || (node->kind == YAML_SCALAR && node->text[0] == '\0'))
                return fallback;
        if (node->kind != YAML_SCALAR || !day_read(node->text, strlen(node->text), &d)) {
                yaml_complain(p, node, "\"%s\" must be a date like 2025-07-01", key);
                return fallback;
        }
        return d;
}

const struct yaml *yaml_list(const struct yaml_place *p, const struct yaml *map, const char *key, bool is_required)
{
        const struct yaml *node = yaml_get(map, key);

        if (node != NULL && node->kind == YAML_LIST)
                return node;
        if (node != NULL && !(node->kind == YAML_SCALAR && node->text[0] == '\0'))
                yaml_complain(p, node, "\"%s\" must be a list", key);
        else if (is_required)
                yaml_complain(p, node == NULL ? map : node, "\"%s\" is missing", key);
        return NULL;
}

int yaml_choice(const struct yaml_place *p, const struct yaml *map, const char *key, const char *const *words,
                int fallback)
{
        const char *word = yaml_text(p, map, key, false, ""), *nearest;

        if (word[0] == '\0')
                return fallback;
        for (int i = 0; words[i] != NULL; i++)
                if (strcmp(words[i], word) == 0)
                        return i;
        nearest = word_nearest(word, words);
        if (nearest != NULL)
                yaml_complain(p, yaml_get(map, key), "\"%s\" cannot be \"%s\"; did you mean \"%s\"?", key, word, nearest);
        else
                yaml_complain(p, yaml_get(map, key), "\"%s\" cannot be \"%s\"; one of \"%s\" and its like is expected",
                              key, word, words[0]);
        return fallback;
}

void yaml_two_texts(const struct yaml_place *p, const struct yaml *map, const char *key, bool is_required, const char **vi,
                    const char **en)
{
        static const char *const known[] = { "vi", "en", NULL };
        const struct yaml *node = yaml_get(map, key);

        *vi = *en = "";
        if (node == NULL) {
                if (is_required)
                        yaml_complain(p, map, "\"%s\" is missing: it needs vi and en", key);
                return;
        }
        if (!yaml_keys_known(p, node, known))
                return;
        *vi = yaml_text(p, node, "vi", true, "");
        *en = yaml_text(p, node, "en", true, "");
}
