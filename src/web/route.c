#include "web/route.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define SEGMENTS_MAX 32

/* One segment of the paths that are possible: the children of a node are tried in the order literals, {name},
 * {rest...}. */
struct node_of_path {
        char *literal; /* NULL for the root, a {name} and a {rest...} */
        size_t length;
        struct node_of_path *literals; /* children, a list */
        struct node_of_path *one, *rest;
        struct node_of_path *next; /* in the parent's list of literals */
        const struct route *run[ROUTE_METHODS];
};

struct routes {
        struct arena *arena;
        struct node_of_path *root;
        const struct route **all;
        size_t count;
};

static const struct {
        const char *text, *type;
} suffixes[] = {
        [SUFFIX_HTML] = { "", "text/html; charset=utf-8" },
        [SUFFIX_JSON] = { ".json", "application/json" },
        [SUFFIX_CSV] = { ".csv", "text/csv; charset=utf-8" },
        [SUFFIX_CSVM] = { ".csvm", "application/csvm+json" },
        [SUFFIX_XLSX] = { ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
        [SUFFIX_SVG] = { ".svg", "image/svg+xml" },
        [SUFFIX_PDF] = { ".pdf", "application/pdf" },
};
#define SUFFIX_COUNT (sizeof suffixes / sizeof *suffixes)

const char *suffix_content_type(enum suffix s)
{
        return suffixes[s].type;
}

int method_index(enum method m)
{
        return m == GET ? 0 : m == POST ? 1 : m == PUT ? 2 : 3;
}

const char *method_name(enum method m)
{
        static const char *const names[] = { "GET", "POST", "PUT", "DELETE" };

        return names[method_index(m)];
}

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c = (char)(c | 0x20);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t url_decode(char *out, const char *in, size_t length, bool is_query)
{
        char *o = out;

        for (size_t i = 0; i < length; i++) {
                int high, low;

                if (in[i] == '+' && is_query) {
                        *o++ = ' ';
                } else if (in[i] != '%') {
                        *o++ = in[i];
                } else {
                        if (length - i < 3 || (high = hex_digit(in[i + 1])) < 0 ||
                            (low = hex_digit(in[i + 2])) < 0 || high + low == 0)
                                return SIZE_MAX;
                        *o++ = (char)(high * 16 + low);
                        i += 2;
                }
        }
        *o = '\0';
        return (size_t)(o - out);
}

/* ---- compiling ------------------------------------------------------------------------------------ */

static bool is_name(const char *segment, size_t length)
{
        return length >= 3 && segment[0] == '{' && segment[length - 1] == '}';
}

static bool is_rest(const char *segment, size_t length)
{
        return is_name(segment, length) && length >= 6 && memcmp(segment + length - 4, "...}", 4) == 0;
}

static struct node_of_path *child_of(struct arena *a, struct node_of_path *n, const char *segment,
                                     size_t length)
{
        struct node_of_path **place, *child;

        if (is_name(segment, length)) {
                place = is_rest(segment, length) ? &n->rest : &n->one;
                if (*place == NULL)
                        *place = arena_alloc(a, sizeof **place);
                return *place;
        }
        for (place = &n->literals; *place != NULL; place = &(*place)->next)
                if ((*place)->length == length && memcmp((*place)->literal, segment, length) == 0)
                        return *place;
        child = *place = arena_alloc(a, sizeof *child);
        child->literal = arena_copy(a, segment, length);
        child->length = length;
        return child;
}

static bool add(struct routes *all, const struct route *r, struct error *e)
{
        struct node_of_path *n = all->root;
        const char *p = r->pattern;
        int names = 0;

        if (p[0] != '/')
                return error_set(e, ERR_USAGE, "route \"%s\" does not begin with /", r->pattern);
        for (int segments = 0; *p != '\0'; segments++) {
                size_t length = strcspn(++p, "/");

                names += is_name(p, length);
                if (segments == SEGMENTS_MAX || names > ROUTE_PARTS_MAX ||
                    (length == 0 && r->pattern[1] != '\0') || (is_rest(p, length) && p[length] != '\0'))
                        return error_set(e, ERR_USAGE, "route \"%s\" cannot be used as a pattern",
                                         r->pattern);
                if (length > 0)
                        n = child_of(all->arena, n, p, length);
                p += length;
        }
        if (n->run[method_index(r->method)] != NULL)
                return error_set(e, ERR_USAGE, "route %s %s stands twice", method_name(r->method),
                                 r->pattern);
        n->run[method_index(r->method)] = r;
        return true;
}

static int by_pattern(const void *a, const void *b)
{
        const struct route *x = *(const struct route *const *)a, *y = *(const struct route *const *)b;
        int order = strcmp(x->pattern, y->pattern);

        return order != 0 ? order : method_index(x->method) - method_index(y->method);
}

static struct routes *compile(struct arena *a, const struct route *const *tables, struct error *e)
{
        struct routes *all = arena_alloc(a, sizeof *all);
        size_t count = 0;

        all->arena = a;
        all->root = arena_alloc(a, sizeof *all->root);
        for (size_t t = 0; tables[t] != NULL; t++)
                for (const struct route *r = tables[t]; r->run != NULL; r++)
                        count++;
        all->all = arena_array(a, count + 1, sizeof *all->all);
        for (size_t t = 0; tables[t] != NULL; t++)
                for (const struct route *r = tables[t]; r->run != NULL; r++) {
                        if (!add(all, r, e))
                                return NULL;
                        all->all[all->count++] = r;
                }
        qsort(all->all, all->count, sizeof *all->all, by_pattern);
        return all;
}

struct routes *routes_open(const struct route *const *tables, struct error *e)
{
        struct arena *a = arena_open((size_t)4 << 20);
        struct routes *all = NULL;
        jmp_buf starved;

        if (a != NULL && setjmp(starved) == 0) {
                arena_guard(a, &starved);
                all = compile(a, tables, e);
                arena_guard(a, NULL);
        } else {
                error_set(e, ERR_ENVIRONMENT, "the system has no memory");
        }
        if (all == NULL)
                arena_close(a);
        return all;
}

void routes_close(struct routes *all)
{
        if (all != NULL)
                arena_close(all->arena);
}

const struct route *const *routes_all(const struct routes *all, size_t *count)
{
        *count = all->count;
        return all->all;
}

/* ---- matching ------------------------------------------------------------------------------------- */

struct segment {
        const char *text;          /* decoded */
        size_t length, length_cut; /* of the last one: without the suffix */
};

struct matching {
        struct arena *arena;
        struct segment segments[SEGMENTS_MAX];
        int count;
        enum suffix suffix; /* the last segment ends with; SUFFIX_HTML: none */
        enum suffix used;   /* whether it was cut off */
        const char *values[ROUTE_PARTS_MAX];
        int value_count;
};

static bool has_route(const struct node_of_path *n)
{
        for (int i = 0; i < ROUTE_METHODS; i++)
                if (n->run[i] != NULL)
                        return true;
        return false;
}

static const struct node_of_path *find_literal(const struct node_of_path *n, const char *text_of_segment,
                                               size_t length)
{
        for (n = n->literals; n != NULL; n = n->next)
                if (n->length == length && memcmp(n->literal, text_of_segment, length) == 0)
                        return n;
        return NULL;
}

static const struct node_of_path *walk(struct matching *m, const struct node_of_path *n, int at)
{
        const struct segment *s = &m->segments[at];
        const struct node_of_path *child, *found;
        bool is_last = at + 1 == m->count;
        int values = m->value_count;

        if (at == m->count)
                return has_route(n) ? n : NULL;
        if ((child = find_literal(n, s->text, s->length)) != NULL && (found = walk(m, child, at + 1)) != NULL)
                return found;
        if (is_last && m->suffix != SUFFIX_HTML) {
                child = find_literal(n, s->text, s->length_cut);
                if (child != NULL && has_route(child)) {
                        m->used = m->suffix;
                        return child;
                }
        }
        if (n->one != NULL && values < ROUTE_PARTS_MAX && (is_last ? s->length_cut : s->length) > 0) {
                bool is_cut = is_last && m->suffix != SUFFIX_HTML;

                m->values[m->value_count++] = is_cut ? arena_copy(m->arena, s->text, s->length_cut) : s->text;
                if ((found = walk(m, n->one, at + 1)) != NULL) {
                        if (is_cut)
                                m->used = m->suffix;
                        return found;
                }
                m->value_count = values;
        }
        if (n->rest != NULL && values < ROUTE_PARTS_MAX) {
                size_t length = 0;
                char *rest, *p;

                for (int i = at; i < m->count; i++)
                        length += m->segments[i].length + 1;
                rest = p = arena_alloc(m->arena, length + 1);
                for (int i = at; i < m->count; i++) {
                        memcpy(p, m->segments[i].text, m->segments[i].length);
                        p += m->segments[i].length;
                        *p++ = '/';
                }
                p[-1] = '\0';
                m->values[m->value_count++] = rest;
                return n->rest; /* a rest keeps its suffix: it is the name of a file */
        }
        return NULL;
}

static bool bad_path(struct error *e)
{
        return error_set(e, ERR_USAGE, "the address is not properly encoded");
}

/* Split and decode; the last segment's suffix is looked up. */
static bool split(struct matching *m, const char *raw, size_t length, struct error *e)
{
        const char *p = raw, *end = raw + length;

        if (length == 0 || *p != '/')
                return bad_path(e);
        while (p < end) {
                const char *slash = memchr(p + 1, '/', (size_t)(end - p - 1)),
                           *stop = slash == NULL ? end : slash;
                struct segment *s = &m->segments[m->count];
                char *out;

                if (stop == p + 1 && stop == end)
                        break; /* the root, or a slash at the end */
                if (m->count == SEGMENTS_MAX)
                        return bad_path(e);
                out = arena_alloc(m->arena, (size_t)(stop - p));
                s->length = s->length_cut = url_decode(out, p + 1, (size_t)(stop - p - 1), false);
                if (s->length == SIZE_MAX || !utf8_is_valid(out, s->length, NULL))
                        return bad_path(e);
                for (size_t i = 0; i < s->length; i++)
                        if ((unsigned char)out[i] < 0x20 || out[i] == 0x7F)
                                return bad_path(e);
                s->text = utf8_nfc(m->arena, out);
                s->length = s->length_cut = strlen(s->text);
                m->count++;
                p = stop;
        }
        if (m->count > 0 && raw[length - 1] != '/') {
                struct segment *s = &m->segments[m->count - 1];

                for (size_t i = SUFFIX_HTML + 1; i < SUFFIX_COUNT; i++) {
                        size_t n = strlen(suffixes[i].text);

                        if (s->length > n && memcmp(s->text + s->length - n, suffixes[i].text, n) == 0) {
                                m->suffix = (enum suffix)i;
                                s->length_cut = s->length - n;
                        }
                }
        }
        return true;
}

static char *join(struct matching *m)
{
        size_t length = 1;
        char *path, *p;

        for (int i = 0; i < m->count; i++)
                length += m->segments[i].length + 1;
        path = p = arena_alloc(m->arena, length + 1);
        for (int i = 0; i < m->count; i++) {
                bool is_cut = i + 1 == m->count && m->used != SUFFIX_HTML;
                size_t n = is_cut ? m->segments[i].length_cut : m->segments[i].length;

                *p++ = '/';
                memcpy(p, m->segments[i].text, n);
                p += n;
        }
        if (m->count == 0)
                *p++ = '/';
        *p = '\0';
        return path;
}

/* The names stand in the pattern of the route that was found: routes of other methods may call them
 * otherwise. */
static void name_parts(const struct matching *m, struct matched *out)
{
        const char *p = out->route->pattern;

        for (int i = 0; i < m->value_count; i++) {
                const char *open = strchr(p, '{'), *close = strchr(open, '}');
                size_t length = (size_t)(close - open - 1);

                if (length > 3 && memcmp(close - 3, "...", 3) == 0)
                        length -= 3;
                out->parts[i].name = open + 1;
                out->parts[i].name_length = length;
                out->parts[i].value = m->values[i];
                p = close;
        }
        out->part_count = m->value_count;
}

bool routes_match(const struct routes *all, struct arena *a, enum method method, const char *raw,
                  size_t length, struct matched *out, struct error *e)
{
        struct matching m;
        const struct node_of_path *n;

        m.arena = a;
        m.count = m.value_count = 0;
        m.suffix = m.used = SUFFIX_HTML;
        out->route = NULL;
        out->allowed = 0;
        out->part_count = 0;
        out->path = "/";
        out->suffix = SUFFIX_HTML;
        if (!split(&m, raw, length, e))
                return false;
        n = walk(&m, all->root, 0);
        out->path = join(&m);
        out->suffix = n == NULL ? m.suffix : m.used;
        if (n == NULL)
                return true;
        for (int i = 0; i < ROUTE_METHODS; i++)
                if (n->run[i] != NULL)
                        out->allowed |= n->run[i]->method;
        out->route = n->run[method_index(method)];
        if (out->suffix == SUFFIX_PDF && out->route != NULL && !(out->route->flags & ROUTE_PDF)) {
                out->route = NULL;
                out->allowed = 0;
        }
        if (out->route != NULL)
                name_parts(&m, out);
        return true;
}
