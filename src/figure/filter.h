/* filter.h - what is asked of the figures, from the text of filters (addresses of figures, tables, files; commands) to a query. */
#ifndef FIGURE_FILTER_H
#define FIGURE_FILTER_H

#include "figure/figure.h"

/* Where filters come from: the n-th value of a name, NULL where there is none. */
typedef const char *filter_get(const void *source, const char *name, int nth);

/* Names: indicator, unit, children, from, to, item, partner, boundary, known, compare, status. Lists may also be
 * written with commas. The query lives as long as the work's arena. ERR_INVALID names the filter that is wrong. */
bool filter_read(struct work *, filter_get *, const void *source, struct figure_query *);

/* The filter names, NULL-terminated. */
extern const char *const filter_names[];

#endif
