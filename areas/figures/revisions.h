/* revisions.h - what the page of a series' revisions shows. */
#ifndef FIGURES_REVISIONS_H
#define FIGURES_REVISIONS_H

#include "web/web.h"

struct revisions_line {
        const char *label, *value;
};

struct revisions_view {
        const char *heading, *about;
        const char *csv, *xlsx, *json, *triangle, *series; /* addresses */
        struct revisions_line lines[8]; /* the summary */
        int line_count;
        const char *notes[8];           /* rules and formulas; NULL-terminated */
};

handler revisions_page, triangle_page;

#endif
