/* shipped.h - the catalogue that the program brings, for tests: jobs for ledger_write that load it, whole or without some of its files.
 *
 * Header only, as support.h. What is wrong with a file is printed; then the job fails. */
#ifndef TESTS_SHIPPED_H
#define TESTS_SHIPPED_H

#include "catalogue/catalogue.h"
#include "tests/support.h"

static inline bool load_files(struct work *w, const struct source *files, size_t count)
{
        struct complaints complaints = { .arena = w->arena, .language = LANGUAGE_EN };
        size_t changed;

        if (catalogue_load(w, files, count, NULL, &complaints, &changed))
                return true;
        for (size_t i = 0; i < complaints.count && i < 5; i++)
                print_message("%s:%d: %s\n", complaints.list[i].file, complaints.list[i].line, complaints.list[i].message);
        return false;
}

/* left_out: parts of the paths of files that are not loaded, ended by NULL. */
static inline bool load_shipped_but(struct work *w, const char *const *left_out)
{
        size_t count, kept = 0;
        const struct source *files = catalogue_shipped(&count);
        struct source *some = arena_array(w->arena, count, sizeof *some);

        for (size_t i = 0; i < count; i++) {
                const char *const *part = left_out;

                while (*part != NULL && strstr(files[i].path, *part) == NULL)
                        part++;
                if (*part == NULL)
                        some[kept++] = files[i];
        }
        return load_files(w, some, kept);
}

static inline bool load_shipped(struct work *w, void *argument)
{
        size_t count;
        const struct source *files = catalogue_shipped(&count);

        (void)argument;
        return load_files(w, files, count);
}

#endif
