/* upload.h - the page that takes a file of figures. */
#ifndef FIGURES_UPLOAD_H
#define FIGURES_UPLOAD_H

#include "areas/figures/import.h"

struct upload_view {
        const char *csrf, *message, *css;
        const struct import_row *problems;
        size_t problem_count;
        const struct import_count *left_out;
        size_t left_out_count;
};

#endif
