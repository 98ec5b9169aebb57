/* laspeyres_private.h - what an index and a chain of them do alike with the tree of weights. */
#ifndef STATS_LASPEYRES_PRIVATE_H
#define STATS_LASPEYRES_PRIVATE_H

#include "stats/laspeyres.h"

#define PERCENT ((int128)100 * decimal_power[STATS_DECIMALS])

/* From the whole down: part[child] = value[child] x up / down, the children of a node adding up to its part. part[0] is
 * given. False where something does not fit into 128 bits. */
bool apportion_down(struct arena *, const struct weights *, const int128 *value, int128 up, int128 down, int128 *part);

#endif
