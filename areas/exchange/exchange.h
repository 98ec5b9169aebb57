/* exchange.h - what the pages of this area show. */
#ifndef AREAS_EXCHANGE_EXCHANGE_H
#define AREAS_EXCHANGE_EXCHANGE_H

#include "catalogue/catalogue.h"
#include "ledger/read.h"
#include "ledger/trust.h"
#include "sync/sync.h"

struct link_shown {
        const struct link *link;
        const char *unit_name, *state, *state_class, *last_contact, *last_entry, *key_short, *problem_since, *retry_at;
};

struct aside_shown {
        const char *why, *kind, *unit, *unit_name, *at, *node;
        char hash[HASH_HEX];
        moment written;
        bool is_waiting;
};

struct succession_shown {
        const struct succession *succession;
        const char *unit_name, *from_names, *effect, *undone, *day;
};

/* A unit whose node has only what it had before an act, until it is said who takes over. */
struct awaited_shown {
        const char *unit, *text; /* code; a sentence */
        const struct unit_change *act;
};

struct status_page {
        const char *unit_name, *key, *database;
        int64_t position, streams, entries, unplaced;
        int64_t ahead_minutes;         /* what this node writes next is so far ahead of its clock that others refuse it; 0 */
        int64_t unheard_days;          /* by its clock nothing of others was heard for so long: more than a year; 0 */
        const char *placing_problem;   /* why what is stored cannot be placed; NULL: it is being placed */
        int64_t conflicts;             /* open */
        struct link_shown *links;
        size_t link_count;
        int connected, broken;
        bool is_passing_over;          /* entries of nodes that this one does not know */
        const char **alarms;           /* a sentence for each link that needs somebody, */
        size_t alarm_count;
        unsigned alarm_kinds;          /* and of which kinds they are: bits 1 << enum link_alarm */
        struct aside_shown *asides;
        size_t aside_count, aside_total;
        size_t stopped_count, own_stopped_count;
        struct stream_state *stopped;
        const char **stopped_texts;    /* sentences */
        struct left_branch *left;      /* what somebody here has to agree to */
        const char **left_texts;
        size_t left_count;
        bool may_enrol;                /* the asker decides whom this node believes */
        bool is_restored;
        const char *waits_for;         /* restored: the units whose nodes have not brought back what they held; NULL: none is known */
        struct succession_shown *successions;
        size_t succession_count;
        struct awaited_shown *awaited;
        size_t awaited_count;
};

#endif
