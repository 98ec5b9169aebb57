/* map.h - maps of provinces: equal tiles, and true boundaries with every island.
 *
 * Hoàng Sa and Trường Sa are on every map. Nothing is told by colour alone: tiles carry their value, the true map is followed by a
 * legend and, on the page, by the table of its values; what has no figure is hatched. Tiles are HTML (links), the true map is one
 * SVG without links; no style attributes. */
#ifndef REPORT_MAP_H
#define REPORT_MAP_H

#include "catalogue/catalogue.h"
#include "report/chart.h"

/* A province with what the map says of it. */
struct map_place {
        const struct unit *unit;
        const char *class_name; /* of its colour: "n3" … "p3" (map_class_of), "q1" … "q5"; "na" without a figure */
        const char *text;       /* for its tile: "+16,5" */
        const char *said;       /* in full: "Hà Tĩnh: +16,45 % (Ước)" */
        const char *href;       /* where its tile leads */
        bool is_on;             /* the one the page is about */
};

/* ---- the tile map: areas/overview/tiles.csv -------------------------------------------------------------- */

#define LAYOUTS_MAX 8

struct tile {
        const char *layout, *code;
        int row, column;
        day map_day;
        const char *island_vi, *island_en; /* "" for a province */
};

struct layout {
        const char *name;         /* "63", "34" */
        day map_day;              /* a day on which these provinces exist */
        size_t count;             /* provinces */
};

/* Places of the tiles; layouts in the order of their days. An empty list where the file is missing or wrong. */
struct tile *tiles_read(struct work *, const struct catalogue *, size_t *count, struct layout layouts[LAYOUTS_MAX],
                        size_t *layout_count);

/* Tiles of a layout for the places that are on it; island groups beside them. */
void map_tiles(struct work *, struct buf *, const struct catalogue *, const char *layout, const struct map_place *, size_t count);

/* ---- the true map: data/map ------------------------------------------------------------------------------ */

/* Provinces of any map from 2004 on: those that are joined out of the 63 are joined (unit_restated). A place whose territory is not
 * made of whole ones of the 63 is left out; returns how many were. */
size_t map_true(struct work *, struct buf *, const struct catalogue *, const struct chart *, const struct map_place *, size_t count);

/* ---- one province with places in it ------------------------------------------------------------------------- */

/* A place as a dot: its size says how much there is, its colour a class, the number in it and the label stand as text. */
struct map_dot {
        int64_t longitude, latitude; /* millionths of a degree */
        int radius;                  /* in a drawing 640 wide */
        const char *class_name;      /* "q1" … "q5", "na" */
        const char *text, *label;    /* in the dot; beside it, where there is room; "" none */
        const char *said;            /* in full, for who does not see it */
        const char *href;            /* its page; NULL none */
};

/* The outline of a province (of any map, where it is made of whole ones of the 63; else the dots alone) and dots in it, which lead to their pages. Colours, and how large
 * words are, are for the page's style sheet: classes dots, out, lab. */
void map_dots(struct work *, struct buf *, const struct catalogue *, const struct chart *, const struct unit *province, const struct map_dot *, size_t count);

/* ---- colours ------------------------------------------------------------------------------------------------ */

/* The class of a change in percent or points (value at decimals): n3 n2 n1 z0 p1 p2 p3, bounds -10 -5 -1 +1 +5 +10; a bound belongs
 * to the class further from zero. */
const char *map_class_of(int64_t change, int decimals);
extern const int map_bounds[6];

/* A class in the legend, with the bound at its end; NULL for the last. */
struct map_class {
        const char *class_name, *bound;
};
void map_legend(struct work *, struct buf *, const struct map_class *, size_t count);
/* The seven of map_class_of. */
void map_legend_changes(struct work *, struct buf *);

/* ---- the ground ---------------------------------------------------------------------------------------------- */

/* Millionths of a degree. */
struct map_point { int64_t longitude, latitude; };
struct map_box { int64_t west, south, east, north; };

/* What lies within closed lines: point after point; each line ends where it began. */
struct map_shape {
        const struct map_point *points;
        size_t count;
        const char *label;           /* said of it, and written into it where there is room and it is not the main one */
        const char *fill;            /* a colour of the style sheet ("q2"); NULL: nothing */
        bool is_main;                /* the one the drawing is about */
};

/* The box around points; of none, all zero. */
struct map_box map_box_of(const struct map_point *, size_t count);

/* Shapes in their true places to one scale, which is drawn as a bar; behind them the outline of a province (NULL: none). frame: what is to be seen
 * at least; NULL: the province. Programs find in the SVG where it lies: data-west, data-north (degrees, of its corner), data-east (pixels for a degree of
 * longitude), data-south (for one of latitude). */
void map_ground(struct work *, struct buf *, const struct catalogue *, const char *title, const struct unit *province, const struct map_box *frame,
                const struct map_shape *, size_t count);

#endif
