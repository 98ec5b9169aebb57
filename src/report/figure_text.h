/* figure_text.h - figures in words: what lists, tables and explanations of figures say alike, and the addresses they lead to.
 * Everything returned lives in the work's arena. */
#ifndef REPORT_FIGURE_TEXT_H
#define REPORT_FIGURE_TEXT_H

#include "figure/filter.h"

/* "2021-12-31" where a moment begins a day in Vietnam, else the whole moment. "" for 0. */
const char *known_shown(struct work *, moment);

/* A status, mark or comparison as people read it, and a comparison as addresses have it. */
const char *status_shown(struct work *, enum figure_status);
const char *mark_shown(struct work *, enum figure_mark);
const char *compare_shown(struct work *, enum compare);
const char *compare_name(enum compare);

/* What may be chosen for a filter, as forms offer it; value "" is the usual one. Ended by NULL. */
struct filter_choice {
        const char *value, *text; /* text: to be looked up by work_text */
};
extern const struct filter_choice compare_choices[], boundary_choices[], status_choices[];

/* The name of a row's item in the reader's language; "" for none. */
const char *item_shown(struct work *, const struct figure_row *);

/* What the change of a row is counted in: "%" or points. */
const char *change_unit(struct work *, const struct figure_row *, enum compare);

/* The address of the explanation of a figure. */
const char *explain_address(struct work *, const struct figure_row *, const struct figure_query *);

/* What the answer is about, for the head of files: filters, as-of; NULL-terminated. */
const char **figures_notes(struct work *, const struct figure_query *, bool for_people);

#endif
