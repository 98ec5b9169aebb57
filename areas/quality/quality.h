/* quality.h - what the files of this area share. */
#ifndef QUALITY_QUALITY_H
#define QUALITY_QUALITY_H

#include "areas/filed.h"
#include "base/map.h"
#include "figure/sources.h"
#include "form/findings.h"
#include "report/choices.h"

/* ---- in words (quality.c) ----------------------------------------------------------------------------------- */

/* Names in the reader's language; a period as it stands in sentences; a number of an indicator. In the arena. */
const char *quality_unit_name(const struct work *, const struct unit *);
const char *quality_cell_name(struct work *, const struct indicator *, const char *item, day); /* "IIP: Khai khoáng" */
const char *quality_period_said(struct work *, period);
const char *quality_period_code(struct work *, period);
const char *quality_number(struct work *, const struct indicator *, int64_t value, bool with_sign);

/* The page that explains a figure. */
const char *quality_figure_href(struct work *, const struct indicator *, const struct unit *, period, const char *item, const char *partner);

/* Whether the asker sees only what is published of a unit (code; NULL: of all). */
bool quality_is_public(struct work *, const char *unit);

/* Filters that all pages of this area share, as typed. */
struct quality_ask {
        const struct indicator *indicator; /* NULL: all */
        const struct unit *unit;           /* its territory; NULL: all */
        period from, to;                   /* PERIOD_NONE: open */
        const char *indicator_text, *unit_text, *from_text, *to_text;
};
bool quality_ask_read(struct work *, const struct request *, struct quality_ask *);

/* ---- GET /quality/sources (sources.c) ---------------------------------------------------------------------------- */

struct source_side {
        const char *source, *kind, *value, *difference, *known_from;
        bool stands;
};
struct source_row {
        const char *name, *where, *when, *href, *measure, *rule;
        struct source_side *side;
        size_t side_count;
};
struct source_view {
        struct quality_ask ask;
        struct source_row *row;
        size_t count;                      /* of those shown */
        bool is_cut;                       /* there are more: the files have all */
        bool may_read;                     /* the asker may see findings, too */
        const char *csv, *json, *xlsx;
        struct kind_row { const char *name, *why, *basis, *dates; int priority; bool is_verified; } *kind;
        size_t kind_count;
};

handler quality_sources_page;

/* ---- answers (answer.c) -------------------------------------------------------------------------------------------- */

#define QUALITY_REASON_MAX 2000 /* bytes */

/* What the owner says: nothing (or it took back what it said), the reason why the figure is so, or, the leader, that it is right. */
enum quality_answer { ANSWER_NONE, ANSWER_EXPLAINED, ANSWER_ACCEPTED };
/* Names in entries and addresses: "withdrawn", "explained", "accepted"; as a state NONE is "open". */
bool quality_answer_read(const char *name, enum quality_answer *);
const char *quality_answer_name(enum quality_answer);

struct answer {
        const char *owner, *value; /* the value it was given for, as in CSV; "" a missing figure */
        enum quality_answer answer;
        const char *reason, *by;
        stamp at;
        int64_t entry;
};
struct answers {
        struct answer *list;
        size_t count;
        struct map *by_name;
};
/* All that this node holds. NULL and an error on failure. The answer of a finding's owner; NULL none. */
struct answers *answers_read(struct work *);
const struct answer *answer_find(struct work *, const struct answers *, const struct finding *);

/* The value as an entry names it; how a finding stands: an answer to another value counts no more. */
const char *finding_value(struct work *, const struct finding *);
enum quality_answer finding_state(struct work *, const struct finding *, const struct answer *);

/* Whether the asker may answer so, here; write the answer. Not inside a job. ERR_DENIED, ERR_INVALID where the reason is missing. */
bool finding_may_answer(struct work *, const struct finding *, enum quality_answer);
bool finding_answer(struct work *, const struct finding *, enum quality_answer, const char *reason);

/* Receipts of answers (receipt.c). */
extern const struct receipt_kind quality_receipts[];

extern const struct entry_kind quality_kinds[];
extern const struct derived_table quality_tables[];

/* ---- GET /quality (findings.c) ------------------------------------------------------------------------------------------ */

struct tally { int64_t open[3], answered[3]; }; /* by severity */

struct finding_row {
        const char *name, *where, *when, *value, *href;     /* the figure, and the page that opens it */
        const char *message, *advice, *basis, *rule, *level, *severity, *css;
        const char *owner, *state, *state_css, *answer, *answer_href;
};
struct owner_row { const char *code, *name, *href; struct tally as_owner; int64_t about; };
struct choice_row { const char *value, *title; bool is_on; };

struct findings_view {
        struct quality_ask ask;
        struct choice_row *levels, *severities, *states;
        size_t level_count, severity_count, state_count;
        struct choices owners_offered, units_offered;
        struct { const char *title; struct tally tally; } level[RULE_LEVELS];
        struct tally all;
        struct owner_row *owners;
        size_t owner_count;
        struct finding_row *rows;
        size_t count;
        int64_t matching;
        const char *csv, *json, *xlsx, *rules_href;
};

struct answer_row { const char *state, *value, *reason, *by; };

struct finding_view {
        struct finding_row row;
        const char *csrf, *key, *json;
        const char *said, *said_by, *said_receipt; /* the newest answer; NULL none */
        bool is_outdated;                        /* it was about another value */
        struct answer_row *others;               /* all further answers, also of nodes that had not seen each other; newest first */
        size_t other_count;
        bool may_explain, may_accept;
        const char *who;                         /* who may answer */
};

handler quality_page, quality_units_page, quality_rules_page, quality_finding_page, quality_finding_post;

#endif
