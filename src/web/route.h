/* route.h - from method and path to an entry of the routing tables.
 *
 * The tables are compiled once into a tree of path segments. A literal segment wins over a {name}, a {name}
 * over a {rest...}. Compiled routes are shared by all threads and never change. */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include "base/arena.h"
#include "web/web.h"

#define ROUTE_PARTS_MAX 8
#define ROUTE_METHODS 4

struct routes;

/* A path taken apart and matched. Texts live as long as the arena given. */
struct matched {
        const struct route *route; /* NULL: no such path, or not with this method */
        unsigned allowed;          /* methods the path takes, as bits; 0: no such path */
        enum suffix suffix;
        const char *path; /* decoded, without suffix */
        int part_count;
        struct {
                const char *name, *value;
                size_t name_length;
        } parts[ROUTE_PARTS_MAX];
};

/* Compile the tables (NULL-terminated list of tables ended by a route without run). NULL and ERR_USAGE naming
 * the first route that stands twice or has an unusable pattern. Close accepts NULL. */
struct routes *routes_open(const struct route *const *tables, struct error *);
void routes_close(struct routes *);

/* Match the raw path of an address (percent-encoded, without query). False and ERR_USAGE where the path is no
 * path: a broken escape, a control character, no UTF-8. */
bool routes_match(const struct routes *, struct arena *, enum method, const char *raw, size_t length,
                  struct matched *, struct error *);

/* All routes, for OpenAPI; ended by NULL, sorted by pattern and method. */
const struct route *const *routes_all(const struct routes *, size_t *count);

/* One bit's place: 0-3; and its name. */
int method_index(enum method);
const char *method_name(enum method);

/* "text/csv; charset=utf-8" for SUFFIX_CSV. */
const char *suffix_content_type(enum suffix);

/* Decode %XX (and + as a space where is_query) in place of out, which has room for length + 1 bytes; the
 * length decoded, or SIZE_MAX for a broken escape or an encoded NUL. */
size_t url_decode(char *out, const char *in, size_t length, bool is_query);

#endif
