/* clock.h - hybrid logical time: the wall clock, never going backwards.
 *
 * A stamp is milliseconds since 1970 in the upper 48 bits and a counter in the lower 16, so stamps
 * compare as integers. It follows the wall clock and everything this node has seen, so that a wrong
 * clock cannot reorder what one node saw (Kulkarni and others, "Logical Physical Clocks", 2014). */
#ifndef LEDGER_CLOCK_H
#define LEDGER_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/day.h"

typedef int64_t stamp;

#define STAMP_TEXT_MAX 40
/* How far ahead of our own clock an arriving stamp may be before it is refused: written or sent by a node of a unit above ours, and else. What
 * this node writes next bears a later stamp than all it has taken. Were both the same, whoever is as far ahead as is just taken could have
 * what it writes refused by all whose clocks are behind its own. */
#define STAMP_MAX_AHEAD_MS ((moment)10 * 60 * 1000)
#define STAMP_MAX_AHEAD_BELOW_MS ((moment)5 * 60 * 1000)

/* The next stamp after last, at wall-clock time now. */
stamp stamp_next(stamp last, moment now);
moment stamp_moment(stamp);
/* The last stamp of a moment. */
stamp stamp_last(moment);

/* "2026-11-23T07:02:11.123Z/4" (UTC); 0 is "-". */
size_t stamp_write(char *out, stamp);
bool stamp_read(const char *text, size_t length, stamp *);

#endif
