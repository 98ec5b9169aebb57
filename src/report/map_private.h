/* map_private.h - what the templates of maps are given. */
#ifndef REPORT_MAP_PRIVATE_H
#define REPORT_MAP_PRIVATE_H

#include "report/map.h"

struct map_tile {
        const struct tile *tile;
        const struct unit *unit;       /* of a group of islands: the province it belongs to, or NULL */
        const struct map_place *place; /* NULL: a group of islands */
};

#endif
