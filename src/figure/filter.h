/* filter.h - what is asked of the figures, from the text of filters (addresses of figures, tables, files; commands) to a query. */
#ifndef FIGURE_FILTER_H
#define FIGURE_FILTER_H

#include "figure/figure.h"

/* Where filters come from: the n-th value of a name, NULL where there is none. */
typedef const char *filter_get(const void *source, const char *name, int nth);

/* Names: indicator, unit, children, from, to, item, partner, boundary, known, compare, status. Lists may also be
 * written with commas. The query lives as long as the work's arena. ERR_INVALID names the filter that is wrong. */
bool filter_read(struct work *, filter_get *, const void *source, struct figure_query *);
/* Whether each item and partner asked for is one of an indicator asked for; ERR_INVALID names one that is not. filter_read takes also those of other
 * indicators, as a form keeps them when another indicator is chosen there: its page then says what to leave out. */
bool filter_fits(struct work *, const struct figure_query *);
/* Whether two periods are the first and the last of a span, PERIOD_NONE leaving it open: of one frequency, and in this order. ERR_INVALID says why not. */
bool span_check(struct work *, period from, period to);

/* Make a question about a unit and a period one on the unit's own map: of a period in which the unit was not there it asks for what its
 * territory had then. */
void figures_on_own_map(const struct unit *, period, struct figure_query *);

/* "2021-12-31", the end of that day, or a moment; "": 0, now. ERR_INVALID for anything else. */
bool known_read(struct work *, const char *text, moment *known);
/* The same for recorded=, of what had been written by then; ERR_INVALID also for a moment that is still to come: more may be written until then. */
bool recorded_read(struct work *, const char *text, moment *recorded);
/* An address of ours without that question; and with it for the work's clock: where what is answered now is answered again. */
const char *recorded_not_asked(struct work *, const char *address);
const char *recorded_address(struct work *, const char *address);
/* A moment as that question has it in such an address: "2026-11-30T10:51:17.123", in Vietnam. */
const char *recorded_text(struct work *, moment);
/* A moment as typed: without an offset, which XML's dateTime allows, it is meant as in Vietnam. */
bool moment_typed(struct work *, const char *text, moment *);
/* The same for the end of an address that has a query: "&known=2021-12-31"; "" for 0. */
const char *known_query(struct work *, moment known);
/* For people: the end of a day is that day. */
const char *known_said(struct work *, moment known);

/* "28/02/2021", "21:50, 23/11/2026"; "" for 0. */
const char *moment_for_people(struct work *, moment);

/* The filter names, NULL-terminated. */
extern const char *const filter_names[];

#endif
