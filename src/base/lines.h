/* lines.h - where several texts differ from the one they have in common, line by line. Pure. */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct lines_row {
        size_t number;       /* of the line in the common text, from 1; of one that this has not: of the line before it, 0 at the top */
        const char *common;  /* NULL: the common text has none here */
        const char **sides;  /* NULL: that side has none here */
        bool is_changed;     /* not all of them say what the common text says */
};

/* The rows in which any of count texts differs from the common one, and up to around lines before and after each, in order. Lines end at line feeds. Where
 * texts have less in common than LINES_CHANGES_MOST changes tell, all between the first and the last change counts as changed. Arena memory; texts are not
 * kept. */
#define LINES_CHANGES_MOST 1000
struct lines_row *lines_compare(struct arena *, const char *common, const char *const *sides, size_t count, size_t around, size_t *rows);

#endif
