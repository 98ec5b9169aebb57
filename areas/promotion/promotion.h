/* promotion.h - what the files of this area share. */
#ifndef AREAS_PROMOTION_PROMOTION_H
#define AREAS_PROMOTION_PROMOTION_H

#include "areas/area.h"
#include "report/chart.h"
#include "workflow/case.h"

/* ---- money (money.c) -------------------------------------------------------------------------------------------- */

/* What a scheme is in the money of its year, read from its case alone. Amounts in dong. */
struct scheme {
        const char *source;       /* "national", "local" */
        int64_t year;
        const char *activity;     /* identifier: "a4" */
        const char *tax_code, *beneficiary;
        bool is_planned;          /* its plan was approved, and it was not cancelled before the contract */
        bool is_failed;           /* it ended as what was not wanted, or is being stopped */
        bool is_done;             /* it was accepted */
        int64_t quantity;         /* establishments or models it supports */
        int64_t support, other_state, enterprise, enterprise_spent; /* asked for; what else the state gives; enterprises' money */
        int64_t approved, assigned, contract, disbursed, settled;   /* 0 before it is planned */
        int64_t committed;        /* what it binds of the budget */
        int64_t progress;         /* as was last reported, percent; -1: never */
        int64_t items, items_done, items_money, items_spent; /* of the work: how many, as good as planned; promotion money planned and used */
};
/* A field of a case, 0 or "" where it is empty. */
int64_t promotion_number(const struct case_file *, const char *field);
const char *promotion_text(const struct case_file *, const char *field);

/* False for a case of another workflow. */
bool scheme_read(const struct case_file *, struct scheme *);

/* Leverage scaled by 100: enterprises' dong for one dong of the state's; -1 where the state gives nothing. */
int64_t leverage_of(int64_t enterprise, int64_t state);

/* One line of a year's budget, and what it covers. */
struct budget_line {
        const char *case_id, *title, *source;
        const struct unit *province; /* on the day asked for; NULL: the whole programme */
        const char *activity;        /* "" all */
        int64_t amount;
        int64_t held;                /* with the other lines that cover the same: provinces that merged bring several */
        bool is_first;               /* of these */
        int64_t committed, disbursed, allotted; /* of all that is covered; allotted: of the whole programme, to provinces */
};
struct budget { struct budget_line *lines; size_t count; };

/* All lines of a source and year with what is committed. Two queries. NULL and an error on failure. */
struct budget *budget_read(struct work *, const char *source, int64_t year);

/* The province of a key as it is today; itself where it was divided; NULL for "". Whether a line covers what is spent there. */
const struct unit *province_today(struct work *, const char *key);
bool budget_covers(const struct budget_line *, const struct unit *province, const char *activity);

extern const struct case_part promotion_parts[];
extern const struct derived_table promotion_tables[];

/* ---- provinces' own rates and ceilings (norm.c) ----------------------------------------------------------------------------- */

/* What an entry told of a field, as plain text; "" where nothing. */
const char *promotion_told(const struct case_event *, const char *field);

/* An act of a province folded into promotion_norm once it is put in force. It may not go beyond the national ceilings of its first day. */
bool promotion_fold_norm(struct work *, const struct case_file *);
bool promotion_check_norm(struct work *, const struct case_file *after, const struct case_event *);

/* On the page of an act: its lines. */
void promotion_norm_section(struct work *, const struct case_file *, enum case_place, struct buf *);

/* What a province's own act allows a scheme. most: dong, the lower of rate times eligible cost and ceiling times number; rate in tenths of a per cent, cap in dong,
 * -1 where the act has none. */
struct own_norm { int64_t most, rate, cap; day from; const char *act, *case_id; };
/* The newest act of the scheme's province that is in force on a day; where a merged province has none yet, of those of its parts the one that allows least. False: none. */
bool promotion_own_norm(struct work *, const struct case_file *scheme, day on, struct own_norm *);
/* The day whose norms hold: that of the approval; until then today. */
day promotion_norm_day(struct work *, const struct case_file *scheme);
/* Whether what is approved keeps within it; false and an error that names the act. */
bool promotion_check_own_norm(struct work *, const struct case_file *after, int64_t approved);
/* "40,0% of the cost, at most 100,000,000 dong each". */
const char *promotion_norm_words(struct work *, int64_t rate, int64_t cap);

/* ---- programmes of several years (programme.c) ------------------------------------------------------------------------------- */

/* A programme folded into promotion_target once it is approved: what was told last of each activity, and of the money. */
bool promotion_fold_programme(struct work *, const struct case_file *);
/* On the page of a programme: its targets as they stand. */
void promotion_programme_section(struct work *, const struct case_file *, enum case_place, struct buf *);

/* ---- typical products (vote.c) ---------------------------------------------------------------------------------------- */

/* A vote folded into promotion_product. What its case must satisfy beyond itself: the certificate of the level below, where it is known here, holds
 * on the day of receipt. */
bool promotion_fold_vote(struct work *, const struct case_file *);
bool promotion_check_vote(struct work *, const struct case_file *after, const struct case_event *);
/* At the side of a vote's page: the votes of the same product of the levels below and above. */
void promotion_vote_section(struct work *, const struct case_file *, enum case_place, struct buf *);

/* ---- pages (page.c, schemes.c) --------------------------------------------------------------------------- */

struct option_shown { const char *value, *title; bool is_on; };

struct money_row {
        const struct unit *unit; /* of a province; NULL of others */
        const char *code, *name, *href;
        int64_t schemes, budget, approved, assigned, disbursed, settled, state, enterprise, late;
        int64_t spent, spent_with; /* of settled schemes: what enterprises put in, and the state's money settled, what else it gave included */
        const char *budget_shown, *approved_shown, *assigned_shown, *disbursed_shown, *settled_shown, *leverage_shown, *done_shown, *in_fact_shown; /* in_fact: NULL none settled */
};
struct late_row { const char *title, *href, *where, *what, *due, *late; };
#define RESULTS 5
struct result_row { const char *title, *planned, *one, *three, *href; }; /* href: to the schemes it is of; NULL on the page of one */
struct dashboard_view {
        const char *year, *title, *csv, *json, *xlsx, *schemes_href, *late_href;
        struct option_shown *years, *sources, *maps;
        size_t year_count, source_count, map_count;
        struct money_row total, *provinces, *activities;
        size_t province_count, activity_count, with_scheme;
        struct late_row *late;
        size_t late_count;
        int64_t late_total;
        struct result_row results[RESULTS];
        const char *published, *published_href; /* what was published of the whole; NULL nothing */
        bool is_as_published, is_illustration;
};
struct product_shown {
        const char *id, *href, *level, *province, *product, *group, *establishment, *tax_code, *certificate, *standing, *standing_shown, *standing_css,
                   *valid_shown, *score_shown; /* href NULL: it is the page itself */
        int year;
        day certified_on, valid_to; /* 0: not certified */
        int64_t score;              /* times 100; -1 none */
};
/* A year of a target: in units, of money in dong. *_sum: up to it. pace: the target in equal parts up to it. */
struct target_year {
        int year;
        int64_t planned, done, planned_sum, done_sum, pace;
        const char *planned_shown, *done_shown, *sum_shown, *pace_shown, *share_shown, *href; /* href: the schemes of the year */
};
struct target_shown {
        const char *activity, *title, *unit, *schemes_href; /* activity "": money */
        int64_t target, planned, done, behind;              /* behind: what is missing to the even pace of the years that are over */
        int64_t late, failed, waiting;                      /* schemes */
        const char *target_shown, *done_shown, *behind_shown, *share_shown, *missing, *open; /* what no plan holds yet; what plans hold that is not done; NULL nothing */
        struct target_year *years;
        size_t year_count;
};
struct programme_view {
        const char *title, *href, *decision, *years, *csv, *json; /* title NULL: there is none */
        struct target_shown *targets;
        struct option_shown *choices;
        size_t target_count, choice_count;
};

/* The lines of an act or a programme on its page. */
struct lines_view {
        const char *title, *head, *more, *more_href;
        struct { const char *name, *value; } *list;
        size_t count;
};

struct products_view {
        struct product_shown *list;
        size_t count, level_count, standing_count;
        struct option_shown *levels, *standings;
        const char *year, *csv, *json, *next_href; /* next_href: the form of the next level; NULL */
        bool is_cut;
};

handler promotion_page, promotion_schemes_page, promotion_findings_page, promotion_products_page, promotion_norms_page, promotion_programme_page;
/* The address of a file with what a page shows, as it was asked for. */
const char *promotion_file(struct work *, const struct request *, const char *path, const char *suffix);

/* What an address asks for. The year of the plan, 0 where it names none; which of two words it says, the first where it says none. False, or -1, and
 * ERR_USAGE where it is none. */
bool promotion_year(struct work *, const struct request *, int64_t *year);
int promotion_word(struct work *, const struct request *, const char *name, const char *first, const char *second);

/* A day as people read it. */
const char *promotion_day(struct work *, day);
/* Money as people read it, in million dong; "–" for nothing. Whole dong with thousands. */
const char *million_words(struct work *, int64_t dong);
const char *dong_words(struct work *, int64_t dong);
const char *leverage_words(struct work *, int64_t leverage);
/* What an activity is called, by its identifier. */
const char *activity_words(struct work *, const char *activity);
/* Whether there is one with an identifier: today, or of some scheme. */
bool activity_is_known(struct work *, const char *activity);

/* The unit whose schemes the asker may see: NULL and ERR_DENIED or ERR_UNAUTHENTICATED. */
const struct unit *promotion_territory(struct work *);
/* The condition, appended to a query on a table with a column province, that leaves only the territory, with all it was made of. */
void promotion_within(struct work *, struct buf *, const struct unit *territory);

/* ---- the section of a case's page (section.c) ---------------------------------------------------------------------------- */

struct payment_shown { const char *what, *amount, *paper, *on; };
struct section_view {
        const char *headline, *sub, *ratio, *ceiling, *ceiling_css, *chip, *share, *in_fact, *over; /* over: its budget is exceeded; NULL */
        const char *alike_href, *alike; /* schemes of the same activity and year; NULL: not for the reader */
        const char *own, *own_act, *own_href; /* what the province's own act allows; NULL where it has none */
        struct chart chart;
        struct chart_bar bars[4];
        size_t bar_count;
        struct { const char *name, *value; } amounts[12];
        size_t amount_count;
        struct payment_shown *payments;
        size_t payment_count;
        struct result_row results[4];
        bool has_results;
};
/* The money, ceilings and results of a scheme, at the top of its page. */
void promotion_section(struct work *, const struct case_file *, enum case_place, struct buf *);

#endif
