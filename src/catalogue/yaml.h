/* yaml.h - definition files as a tree that remembers lines and columns.
 *
 * A strict subset of YAML: one document of maps with text keys, lists and scalars. Aliases, anchors, tags, directives,
 * merge keys, duplicate keys and broken UTF-8 are refused, each with its place. Scalars stay text:
 * "01" is not a number here, and "no" is not false; whoever reads a value says what it must be. So it is the same subset of
 * versions 1.1, by which the library reads, and 1.2: they differ in what a plain word means, in directives and in U+0085,
 * U+2028 and U+2029, at which lines end in 1.1 and which are refused.
 * Reading never stops at the first complaint. Trees live as long as the arena. */
#ifndef CATALOGUE_YAML_H
#define CATALOGUE_YAML_H

#include "catalogue/catalogue.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

#define YAML_DEPTH 16 /* nesting at most */

struct yaml {
        enum yaml_kind kind;
        int line, column;      /* from 1, in characters */
        const char *text;      /* scalar: its text; "" for an empty value */
        bool is_quoted;        /* scalar: written with quotes or as a block */
        size_t count;          /* of members or elements */
        struct yaml **items;   /* list: elements; map: values in the order written */
        struct yaml **keys;    /* map: scalars, same order */
};

/* Read a file's text. NULL where no tree could be made (there is a complaint then). An empty file is an empty map. */
struct yaml *yaml_read(struct arena *, const struct source *, struct complaints *);

/* The value of a key in a map, NULL where absent (also for NULL or a node that is no map). */
const struct yaml *yaml_get(const struct yaml *map, const char *key);

/* Where reading goes on: the file's path for complaints, the arena, the complaints. */
struct yaml_place {
        const char *path;
        struct arena *arena;
        struct complaints *complaints;
};

/* Complain at a node (NULL: at line 1 of the file). */
void yaml_complain(const struct yaml_place *, const struct yaml *, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Complain about keys that are not in the NULL-terminated list, naming the nearest known one.
 * False where the node is not a map (also a complaint). */
bool yaml_keys_known(const struct yaml_place *, const struct yaml *map, const char *const *known);

/* The text of a key. is_required: its absence (or emptiness) is a complaint. Never NULL: fallback, which may be "". */
const char *yaml_text(const struct yaml_place *, const struct yaml *map, const char *key, bool is_required,
                      const char *fallback);

/* A whole number from least to most, true or false, a day; the fallback where absent or (complaint) wrong. */
int64_t yaml_int(const struct yaml_place *, const struct yaml *map, const char *key, int64_t least, int64_t most,
                 int64_t fallback);
bool yaml_bool(const struct yaml_place *, const struct yaml *map, const char *key, bool fallback);
day yaml_day(const struct yaml_place *, const struct yaml *map, const char *key, day fallback);

/* The list under a key: NULL where absent or (complaint) no list. */
const struct yaml *yaml_list(const struct yaml_place *, const struct yaml *map, const char *key, bool is_required);

/* One of a NULL-terminated list of words: its place in the list; fallback where absent or (complaint) unknown. */
int yaml_choice(const struct yaml_place *, const struct yaml *map, const char *key, const char *const *words,
                int fallback);

/* The two texts of a key that holds a map of vi and en, both needed where it stands; "" where it is absent or (complaint) unfit. */
void yaml_two_texts(const struct yaml_place *, const struct yaml *map, const char *key, bool is_required, const char **vi,
                    const char **en);

/* The word of a NULL-terminated list nearest to a wrong one, NULL where none is near. */
const char *word_nearest(const char *wrong, const char *const *words);

#endif
