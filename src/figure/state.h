/* state.h - whether figures of an answer are first estimates, revised or final: by the rule of stats/revision.h, over the whole series each
 * belongs to and not over the answer alone.
 *
 * Looked at for indicators that are named, on the map of then: sums that a node makes and figures told on another map have no versions of their own, and no
 * state. All is read at once, before the answer. */
#ifndef FIGURE_STATE_H
#define FIGURE_STATE_H

#include "figure/figure.h"
#include "stats/revision.h"

#define STATES_VERSIONS_MOST 200000

struct figure_states;

/* What the query's rows are told by. NULL and no error where no row would have a state, or *too_many: the series have more than
 * STATES_VERSIONS_MOST versions. Lives as long as the arena. */
struct figure_states *figure_states_read(struct work *, const struct figure_query *, bool *too_many);

/* The state of a row of the answer, and whether it is a first estimate of which no later print is held, though its series went on; false for one that
 * has none. */
bool figure_state(const struct figure_states *, const struct figure_row *, enum revision_state *, bool *is_unconfirmed);

/* What a mark says of a version. */
enum revision_print figure_print(enum figure_mark);

/* "first_estimate", "revised", "final"; and as people read it, a text. */
const char *figure_state_name(enum revision_state);
const char *figure_state_title(enum revision_state);

/* Texts: the rule, the legend below figures; and what is said of one that is unconfirmed. */
extern const char figure_state_rule[], figure_unconfirmed[];

#endif
