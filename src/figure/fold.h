/* fold.h - which version of one cell stands where several nodes wrote it. Pure: no database, no clock.
 *
 * Versions are taken in the order (at, node, hash). One node's later version follows its earlier one. A version follows
 * one of another node where its entry had seen that; an entry that says nothing of what it saw (older programs) has seen
 * all before it. What nobody follows is a head. Heads of different values, or of values in different units of measure (nothing is
 * converted), are a conflict: none of them is overwritten
 * by time alone. Until somebody decides, the writer nearest to the place stands (a commune before its province before the
 * country); of equally near ones, provisionally the later. Whoever follows the one that stands takes its place; but
 * while a conflict is open, only somebody at least as near as a head's writer, or a decision that names it, follows it. What a decision that
 * everybody reads says of a version that was not published can be judged only where that one is: there it follows it if its writer was near enough
 * for all it names (docs/exchange.md).
 *
 * Sources come first. Every entry names where its figures come from, and the catalogue gives each kind of source a priority
 * (struct provider). Versions of different priority are no conflict: a better source's version stands from the moment it is known, and
 * those of lesser ones known later stay beside it, whatever the order in which they came. The rules above hold among versions of one
 * priority. A decision has the priority of what it decides about.
 *
 * Of what is no figure a version may be cautious: the one of two decisions that makes nothing official. While it contradicts others it stands, whoever is
 * nearer and whichever is later.
 *
 * Versions dated by their entry (published on a day) are told apart by that day: one day's versions are compared among
 * themselves. All others, known from the moment of their entry, are compared with each other. Drafts take no part.
 *
 * A node that writes again for one moment, from the same source, another value, corrects itself. What corrects nothing stands from the moment it names (of
 * several the last that stood), a correction from when it was written: what was said of the past before it is said after it as well. It changes nothing once a
 * version known later had taken the place of what it corrects; what says the same again never does. */
#ifndef FIGURE_FOLD_H
#define FIGURE_FOLD_H

#include "figure/figure.h"

/* How much of another node's stream an entry had seen. */
struct sighting {
        struct sighting *next;
        const char *stream;
        int64_t seq;          /* 0: nothing */
};

/* The entry a version came in. */
struct witness {
        int64_t entry;        /* id on this node */
        stamp at;
        const char *node, *stream;
        int64_t seq;          /* in the stream */
        unsigned char hash[HASH_BYTES];
        char hash_hex[HASH_HEX];
        int level;            /* enum unit_level of the unit its node spoke for: deeper is nearer */
        bool tells_seen;      /* false: an older program wrote it */
        struct sighting *seen; /* of the streams that the cell's other versions stand in; of no other, however many it names */
        const char *source;   /* as its body names it, where the catalogue knows the kind; "": the administration's own report */
        int priority;         /* of the source */
        int readable;         /* level of the units that may read its stream; LEVEL_COUNT: everybody */
        const char *settles;  /* a decision: hashes of the entries it decides about, before those that were not published '~'; NULL for others */
};

struct version {
        int64_t known_from, value, status, mark;
        int64_t measure;      /* symbol of the unit of measure, where the version names one; 0: the indicator's */
        int64_t entry;        /* by->entry */
        const struct witness *by;
        int64_t stands_now;   /* for the caller: from when it stands in the tables, 0: it does not, */
        bool is_beside_now, is_correction_now, is_stale; /* and how it is kept there (cell.c) */
        bool is_cautious;     /* stands while it contradicts others */
        int place;            /* where the fold puts it */
        int64_t stands_from;  /* filled by the fold: from when it stands; 0: never */
        bool is_correction;   /* the same; its node had given another value as known from this moment, from the same source */
        bool is_undated, is_outranked; /* filled by the fold; outranked: a better source had spoken by then */
        bool is_entitled;     /* the same; a decision whose writer is near enough for all versions it names */
        int priority;         /* the same */
        int64_t until;        /* of versions that hold from days on: the first day on which it does not hold any more (days_end) */
};
enum version_place { PLACE_NOWHERE, PLACE_STOOD, PLACE_BESIDE };

/* Versions that contradict each other. */
struct contest {
        int64_t of_day;                /* their common day; 0: those known from the moment of their entry */
        const struct version **heads;  /* in the order of their entries */
        size_t count;
        const struct version *stands;  /* meanwhile; NULL for one that was closed */
        const struct witness *closed_by; /* NULL: open */
};

struct contests {
        struct contest *list;
        size_t count, room;
};

/* Decide about all versions of a cell: sets place of each (PLACE_STOOD: it stood when it was written, PLACE_BESIDE: it never
 * did, PLACE_NOWHERE: its own node wrote again from the same source for the same moment before anybody could ask) and from when it stands, reorders the list,
 * and appends contests. Memory from the arena. */
void cell_fold(struct arena *, struct version *, size_t count, struct contests *);

/* The same of versions that hold from days on (known_from is the day), each until the next day of which its writer knew another version. First when each
 * ends; then of those that hold on a day the one that stands, by its entry, and the contests among them (of_day is the day). NULL: none holds on it. The list
 * stays as it is. */
void days_end(struct version *, size_t count);
const struct witness *day_fold(struct arena *, const struct version *, size_t count, int64_t on, struct contests *);

/* Name of a contest: 16 hex digits made from its heads' hashes, the same on every node. */
#define CONTEST_NAME_MAX 17
void contest_name(const struct contest *, char out[CONTEST_NAME_MAX]);

#endif
