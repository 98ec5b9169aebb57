/* quality.h - what the files of this area share. */
#ifndef QUALITY_QUALITY_H
#define QUALITY_QUALITY_H

#include "areas/area.h"
#include "figure/sources.h"

/* ---- in words (quality.c) ----------------------------------------------------------------------------------- */

/* Names in the reader's language; a period as it stands in sentences; a number of an indicator. In the arena. */
const char *quality_unit_name(const struct work *, const struct unit *);
const char *quality_cell_name(struct work *, const struct indicator *, const char *item, day); /* "IIP: Khai khoáng" */
const char *quality_period_said(struct work *, period);
const char *quality_period_code(struct work *, period);
const char *quality_number(struct work *, const struct indicator *, int64_t value, bool with_sign);

/* The page that explains a figure. */
const char *quality_figure_href(struct work *, const struct indicator *, const struct unit *, period, const char *item, const char *partner);

/* Whether the asker sees only what is published of a unit (code; NULL: of all). */
bool quality_is_public(struct work *, const char *unit);

/* Filters that all pages of this area share, as typed. */
struct quality_ask {
        const struct indicator *indicator; /* NULL: all */
        const struct unit *unit;           /* its territory; NULL: all */
        period from, to;                   /* PERIOD_NONE: open */
        const char *indicator_text, *unit_text, *from_text, *to_text;
};
bool quality_ask_read(struct work *, const struct request *, struct quality_ask *);

/* ---- GET /quality/sources (sources.c) ---------------------------------------------------------------------------- */

struct source_side {
        const char *source, *kind, *value, *difference, *known_from;
        bool stands;
};
struct source_row {
        const char *name, *where, *when, *href, *measure, *rule;
        struct source_side *side;
        size_t side_count;
};
struct source_view {
        struct quality_ask ask;
        struct source_row *row;
        size_t count;
        const char *csv, *json, *xlsx;
        struct kind_row { const char *name, *why, *basis, *dates; int priority; bool is_verified; } *kind;
        size_t kind_count;
};

handler quality_sources_page;

#endif
