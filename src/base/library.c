/* library.c - libraries that are loaded when something first needs them. */
#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "base/log.h"

/* Made by tools/later.sh; the last one has no name. Absent where all are linked as usual. */
extern struct library libraries_later[] __attribute__((weak));

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static bool load(struct library *l)
{
        void *handle = dlopen(l->file, RTLD_LAZY | RTLD_LOCAL);

        for (int i = 0; handle != NULL && l->calls[i] != NULL; i++) {
                l->places[i] = dlsym(handle, l->calls[i]);
                if (l->places[i] == NULL)
                        handle = NULL;
        }
        if (handle == NULL)
                log_line(LOG_WARNING, "library", "%s", dlerror());
        return handle != NULL;
}

bool library_load(const char *name, struct error *err)
{
        struct library *l = libraries_later;
        bool is_loaded;

        while (l != NULL && l->name != NULL && strcmp(l->name, name) != 0)
                l++;
        if (l == NULL || l->name == NULL)
                return true;
        pthread_mutex_lock(&loading);
        l->is_loaded = is_loaded = l->is_loaded || load(l);
        pthread_mutex_unlock(&loading);
        if (is_loaded)
                return true;
        error_set(err, ERR_ENVIRONMENT, "the library %s cannot be loaded", l->file);
        return error_hint(err, "install the packages the program needs, or free some memory");
}
