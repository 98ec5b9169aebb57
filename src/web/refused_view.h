/* refused_view.h - what the templates of a refused form show; filled by refill.c. */
#ifndef WEB_REFUSED_VIEW_H
#define WEB_REFUSED_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"

/* id: of the input it is about, or what the text is the value of; NULL none. */
struct refused_line { const char *id, *text; };

/* Whether a message begins with something quoted, which stays as it is where messages begin with a capital (assets/caunoi.css). */
static inline bool begins_quoted(const char *text)
{
        return *text == '"' || strncmp(text, "“", strlen("“")) == 0;
}

struct refused_view {
        const struct error *error;
        bool has_form, has_secret; /* has_secret: a password is to be typed again */
        const struct refused_line *lines, *typed, *files; /* lines: one for each input that is wrong; typed: only without the form */
        size_t line_count, typed_count, file_count;
};

#endif
