#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "catalogue/catalogue_private.h"

#define FILE_MAX ((size_t)4 << 20) /* an entry must hold it */
#define FOLDER_DEPTH 4

/* Folders beside the catalogue that hold data of other kinds (figures, geography). */
static const char *const folders[] = { "units/", "classifications/", "indicators/", "calendar/", "forms/", "quality/", "workflows/", "cluster/", "areas/", NULL };

/* Whether the file belongs to the catalogue: what lies in its folders, its two lists, and whatever carries the suffix
 * of definitions. */
static bool belongs(const char *path)
{
        static const char *const suffixes[] = { ".yaml", ".csv", ".form", ".checks", ".indicator", ".workflow", ".norms", ".print", ".cluster", NULL };
        bool is_definition = false;

        for (int i = 0; suffixes[i] != NULL; i++)
                is_definition = is_definition || path_is_in(path, "", suffixes[i]);
        if (!is_definition)
                return false;
        if (strchr(path, '/') == NULL)
                return true;
        for (int i = 0; folders[i] != NULL; i++)
                if (strncmp(path, folders[i], strlen(folders[i])) == 0)
                        return true;
        return false;
}

struct reading {
        struct arena *arena;
        struct source *list;
        size_t count, room;
        struct error *err;
};

static void add(struct reading *r, struct source s)
{
        if (r->count == r->room) {
                size_t room = r->room == 0 ? 32 : r->room * 2;
                struct source *more = arena_array(r->arena, room, sizeof *more);

                if (r->count > 0)
                        memcpy(more, r->list, r->count * sizeof *more);
                r->list = more;
                r->room = room;
        }
        r->list[r->count++] = s;
}

static void close_folder(void *handle)
{
        DIR **folder = handle;

        if (*folder != NULL)
                closedir(*folder);
        *folder = NULL;
}

static bool read_folder(struct reading *r, const char *folder, const char *prefix, int depth)
{
        DIR **open = arena_alloc(r->arena, sizeof *open);
        const struct dirent *found;

        *open = opendir(folder);
        if (*open == NULL) {
                error_system(r->err, errno == ENOENT || errno == ENOTDIR ? ERR_MISSING : ERR_ENVIRONMENT, errno,
                          "the folder \"%s\" cannot be read", folder);
                return false;
        }
        arena_on_free(r->arena, close_folder, open);
        while ((found = readdir(*open)) != NULL) {
                struct source s = { 0 };
                struct stat about;
                char *full, *path;

                if (found->d_name[0] == '.')
                        continue;
                full = arena_print(r->arena, "%s/%s", folder, found->d_name);
                path = arena_print(r->arena, "%s%s", prefix, found->d_name);
                if (stat(full, &about) != 0)
                        return error_system(r->err, ERR_ENVIRONMENT, errno, "the file \"%s\" cannot be read", full);
                if (S_ISDIR(about.st_mode)) {
                        if (depth < FOLDER_DEPTH &&
                            !read_folder(r, full, arena_print(r->arena, "%s/", path), depth + 1))
                                return false;
                        continue;
                }
                if (!belongs(path))
                        continue;
                s.path = path;
                s.text = file_read(r->arena, full, FILE_MAX, &s.length, r->err);
                if (s.text == NULL)
                        return error_while(r->err, "reading \"%s\"", full);
                add(r, s);
        }
        close_folder(open);
        return true;
}

static int compare_paths(const void *a, const void *b)
{
        return strcmp(((const struct source *)a)->path, ((const struct source *)b)->path);
}

struct source *catalogue_folder(struct arena *a, const char *folder, size_t *count, struct error *err)
{
        struct reading r = { .arena = a, .err = err };

        *count = 0;
        if (!read_folder(&r, folder, "", 0))
                return NULL;
        if (r.count == 0) {
                error_set(err, ERR_MISSING, "the folder \"%s\" holds no file of a catalogue", folder);
                error_hint(err, "name a folder like the program's data folder, with units, indicators and the rest");
                return NULL;
        }
        qsort(r.list, r.count, sizeof *r.list, compare_paths);
        *count = r.count;
        return r.list;
}

/* ---- the files inside the program -------------------------------------------------------------------- */

const struct source *catalogue_shipped(size_t *count)
{
        static struct source *list;
        static size_t list_count;
        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

        pthread_mutex_lock(&lock);
        if (list == NULL && (list = calloc(shipped_count + 1, sizeof *list)) != NULL)
                for (size_t i = 0; i < shipped_count; i++)
                        if (belongs(shipped_files[i].path))
                                list[list_count++] = shipped_files[i];
        *count = list_count;
        pthread_mutex_unlock(&lock);
        if (list == NULL) /* not "there are none" */
                work_starve();
        return list;
}

const char *shipped_file(const char *path)
{
        for (size_t i = 0; i < shipped_count; i++)
                if (strcmp(shipped_files[i].path, path) == 0)
                        return shipped_files[i].text;
        return NULL;
}
