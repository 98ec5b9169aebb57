#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue_private.h"

#define POOL_BLOCK ((size_t)64 << 10)
#define SCRATCH_MAX ((size_t)256 << 20)

/* ---- strings --------------------------------------------------------------------------------------- */

char *pool_room(struct parse *p, size_t bytes)
{
        struct catalogue *c = p->catalogue;
        char *room;

        if (bytes > POOL_BLOCK / 8)
                return arena_alloc(p->arena, bytes);
        if (c->pool_left < bytes) {
                c->pool = arena_alloc(p->arena, POOL_BLOCK);
                c->pool_left = POOL_BLOCK;
        }
        room = c->pool;
        c->pool += bytes;
        c->pool_left -= bytes;
        return room;
}

const char *pool_keep(struct parse *p, const char *text, size_t length)
{
        char *copy;

        if (length == 0)
                return "";
        copy = pool_room(p, length + 1);
        memcpy(copy, text, length);
        return copy;
}

bool identifier_is_valid(const char *id)
{
        size_t length = strlen(id);

        if (length == 0 || length > 64 || id[0] < 'a' || id[0] > 'z')
                return false;
        for (size_t i = 0; i < length; i++)
                if (!((id[i] >= 'a' && id[i] <= 'z') || (id[i] >= '0' && id[i] <= '9') || id[i] == '_'))
                        return false;
        return true;
}

bool path_is_in(const char *path, const char *folder, const char *suffix)
{
        size_t length = strlen(path), f = strlen(folder), s = strlen(suffix);

        return length >= f + s && strncmp(path, folder, f) == 0 && strcmp(path + length - s, suffix) == 0;
}

void parse_valid(const struct yaml_place *place, const struct yaml *map, day *from, day *to)
{
        static const char *const known[] = { "from", "to", NULL };
        const struct yaml *node = yaml_get(map, "valid");

        *from = DAY_NONE;
        *to = DAY_FOREVER;
        if (node == NULL || !yaml_keys_known(place, node, known))
                return;
        *from = yaml_day(place, node, "from", DAY_NONE);
        *to = yaml_day(place, node, "to", DAY_FOREVER);
        if (*to < *from)
                yaml_complain(place, node, "\"to\" lies before \"from\"");
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static int compare_sources(const void *a, const void *b)
{
        return strcmp(((const struct source *)a)->path, ((const struct source *)b)->path);
}

static void check_paths(struct parse *p)
{
        for (size_t i = 0; i < p->file_count; i++) {
                const char *path = p->files[i].path;
                size_t length = strlen(path);
                bool is_csv = length > 4 && strcmp(path + length - 4, ".csv") == 0;
                bool is_yaml = length > 5 && strcmp(path + length - 5, ".yaml") == 0;

                if (i > 0 && strcmp(p->files[i - 1].path, path) == 0)
                        complain(p->complaints, path, 1, 1, "the file is given twice");
                if ((is_csv && (strncmp(path, "units/", 6) == 0 || strncmp(path, "classifications/", 16) == 0 ||
                                strncmp(path, "calendar/", 9) == 0 || strncmp(path, "areas/", 6) == 0)) ||
                    (is_yaml && (strncmp(path, "indicators/", 11) == 0 || strcmp(path, "classifications.yaml") == 0 ||
                                 strcmp(path, "periods.yaml") == 0 || strcmp(path, "sources.yaml") == 0 || strcmp(path, "measures.yaml") == 0)))
                        continue;
                if (is_csv || is_yaml)
                        complain(p->complaints, path, 1, 1,
                                 "no part of the catalogue reads this file; known are units/, classifications/ and "
                                 "calendar/ with .csv, indicators/, classifications.yaml, periods.yaml, sources.yaml and measures.yaml");
        }
}

static void close_scratch(void *handle)
{
        struct arena **scratch = handle;

        arena_close(*scratch);
        *scratch = NULL;
}

static void free_companions(void *handle)
{
        const struct companion *list = handle;

        for (int i = 0; i < COMPANIONS_MOST; i++)
                if (list[i].thing != NULL)
                        list[i].free_it(list[i].thing);
}

struct catalogue *catalogue_parse(struct arena *a, const struct source *files, size_t count, struct complaints *complaints)
{
        struct catalogue *c = arena_alloc(a, sizeof *c);
        struct source *sorted = arena_array(a, count + 1, sizeof *sorted);
        struct arena **scratch = arena_alloc(a, sizeof *scratch);
        jmp_buf *guard = arena_guard(a, NULL);
        struct parse p = { .catalogue = c, .arena = a, .complaints = complaints, .files = sorted, .file_count = count };

        arena_guard(a, guard);
        if (count > 0)
                memcpy(sorted, files, count * sizeof *sorted);
        qsort(sorted, count, sizeof *sorted, compare_sources);
        c->arena = a;
        c->files = sorted;
        c->file_count = count;
        c->companions = memset(arena_array(a, COMPANIONS_MOST, sizeof *c->companions), 0, COMPANIONS_MOST * sizeof *c->companions);
        arena_on_free(a, free_companions, c->companions);
        c->readings = memset(arena_array(a, count + 1, sizeof *c->readings), 0, (count + 1) * sizeof *c->readings);

        /* What is needed only while parsing lives in an arena of its own; running out of memory there ends
         * where running out here does. */
        *scratch = arena_open(SCRATCH_MAX);
        if (*scratch == NULL)
                arena_starve(a);
        arena_on_free(a, close_scratch, scratch);
        arena_guard(*scratch, guard);
        p.scratch = *scratch;

        check_paths(&p);
        parse_units(&p);
        parse_calendar(&p);
        parse_windows(&p);
        parse_providers(&p);
        parse_classifications(&p);
        parse_indicators(&p);
        parse_measures(&p);
        close_scratch(scratch);
        return c;
}

static const struct source *find_source(const struct catalogue *c, const char *path)
{
        struct source wanted = { path, NULL, 0 };

        return c->file_count == 0 ? NULL : bsearch(&wanted, c->files, c->file_count, sizeof wanted, compare_sources);
}

const char *catalogue_file(const struct catalogue *c, const char *path)
{
        const struct source *found = find_source(c, path);

        return found == NULL ? NULL : found->text;
}

void **catalogue_reading(const struct catalogue *c, const char *path, const struct source **file)
{
        *file = find_source(c, path);
        return &c->readings[*file - c->files];
}

size_t catalogue_paths(const struct catalogue *c, const char *suffix, const char **out, size_t max)
{
        size_t found = 0;

        for (size_t i = 0; i < c->file_count; i++) {
                if (!path_is_in(c->files[i].path, "", suffix))
                        continue;
                if (found < max)
                        out[found] = c->files[i].path;
                found++;
        }
        return found;
}

int64_t catalogue_version(const struct catalogue *c)
{
        return c->version;
}

void *catalogue_companion(const struct catalogue *c, void *(*make)(const struct catalogue *), void (*free_it)(void *))
{
        static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
        struct companion *x = c->companions;
        void *thing;

        pthread_mutex_lock(&making);
        while (x->make != make && x->make != NULL)
                x++;
        if (x->thing == NULL)
                *x = (struct companion){ make, free_it, make(c) };
        thing = x->thing;
        pthread_mutex_unlock(&making);
        return thing;
}

/* ---- other modules' files ---------------------------------------------------------------------------- */

#define CHECKERS_MOST 16

static const struct catalogue_checker *checkers[CHECKERS_MOST];
static size_t checker_count;
static pthread_mutex_t checker_lock = PTHREAD_MUTEX_INITIALIZER;

void catalogue_register(const struct catalogue_checker *checker)
{
        pthread_mutex_lock(&checker_lock);
        for (size_t i = 0; i < checker_count; i++)
                if (checkers[i] == checker)
                        checker = NULL;
        if (checker != NULL && checker_count < CHECKERS_MOST)
                checkers[checker_count++] = checker;
        pthread_mutex_unlock(&checker_lock);
}

struct catalogue *catalogue_check(struct arena *a, const struct source *files, size_t count, struct complaints *complaints)
{
        struct catalogue *c = catalogue_parse(a, files, count, complaints);

        for (size_t n = 0; n < checker_count; n++)
                for (size_t i = 0; i < c->file_count; i++)
                        if (path_is_in(c->files[i].path, "", checkers[n]->suffix))
                                checkers[n]->check(a, c, &c->files[i], complaints);
        return c;
}
