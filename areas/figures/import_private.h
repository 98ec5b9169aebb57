/* import_private.h - what an import keeps while it runs. */
#ifndef FIGURES_IMPORT_PRIVATE_H
#define FIGURES_IMPORT_PRIVATE_H

#include <stdio.h>

#include "areas/figures/feed.h"
#include "areas/figures/import.h"
#include "format/tabular.h"

/* How a measure of a publisher's table becomes figures. */
struct measure {
        const char *table, *name, *indicator;
        int steps;        /* periods later than the row's own: -1 for the month before */
        bool is_by_unit;  /* the code names a unit; else an item of the country */
        enum figure_mark mark;
};

enum column {
        COLUMN_INDICATOR, COLUMN_UNIT, COLUMN_PERIOD, COLUMN_ITEM, COLUMN_PARTNER, COLUMN_VALUE, COLUMN_STATUS,
        COLUMN_MARK, COLUMN_KNOWN_FROM, COLUMN_RELEASE, COLUMN_CODE, COLUMN_MEASURE, COLUMN_COUNT
};

struct known_unit {
        const struct unit *unit; /* what the code meant the last time */
        bool has_date;
};

struct known_item {
        const char *code;        /* as stored; "" for the root */
        const struct item *item;
};

struct seen {
        uint64_t hash;
        uint32_t check, row;     /* row 0: free */
};

struct importer {
        struct work *work;
        const struct import_options *options;
        struct import_result *result;
        const struct catalogue *catalogue;
        struct feed *feed;     /* to the writer; NULL until the first good figure, and in dry runs */
        bool is_lost;          /* the writer has failed; feed_close says why */

        const struct tabular_field *fields;
        size_t field_count, column_count;
        int place[COLUMN_COUNT]; /* of a column in the row; -1: not there */
        bool has_head;
        const char *sheet;       /* that is read; "": a CSV file */
        int64_t line;
        const char *unit_column;

        const struct indicator *indicator;
        size_t indicator_length;
        struct map *indicators, *units, *items, *left_out;
        struct known_unit *unit_list;
        size_t unit_count, unit_room;

        char release[16];
        size_t release_length;
        moment release_known;

        struct figure *compared; /* with what is recorded, FIGURES_RECORDED_MOST at once */
        int64_t *compared_lines;
        size_t compared_count;

        struct seen *seen;
        size_t seen_count, seen_room;
        uint64_t seed[2];
};

#endif
