/* choices.h - what a form offers: indicators, places, items, the values of a filter. Everything lives in the work's arena. */
#ifndef REPORT_CHOICES_H
#define REPORT_CHOICES_H

#include "report/figure_text.h"

struct choice {
        const char *value, *text;
        bool is_chosen, begins_group; /* begins_group: text names the choices that follow */
};

struct choices {
        struct choice *list;
        size_t count, room;
};

/* One more at the end. */
void choices_add(struct work *, struct choices *, const char *value, const char *text, bool is_chosen);

/* The values of a filter. */
struct choices choices_of_filter(struct work *, const struct filter_choice *, const char *chosen);

/* In the following chosen are the values as they were asked for; those that are not offered stand last, so that the form keeps them.
 * first: text of the choice with value "" at the beginning, chosen where nothing else is; NULL: none. */

/* All indicators by name. */
struct choices choices_of_indicators(struct work *, const struct indicator *const *chosen, size_t count);

/* The country, today's provinces (by code), those that are no more (by key). */
struct choices choices_of_places(struct work *, const char *first, const char *const *chosen, size_t count);

/* The items of a classification on a day down to a depth below its root, indented; "" has none. Deeper ones where they are chosen. */
#define EVERY_DEPTH 99
struct choices choices_of_items(struct work *, const char *classification, day on, int depth_most, const char *first,
                                const char *const *chosen, size_t count);

#endif
