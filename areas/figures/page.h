/* page.h - what the pages of figures show. */
#ifndef FIGURES_PAGE_H
#define FIGURES_PAGE_H

#include "figure/figure.h"
#include "report/choices.h"
#include "web/web.h"

/* A ready question of the first page. */
struct question_view {
        const char *text, *href;
};

/* The explorer: its form, and what is known about the answer below it. */
struct explorer_view {
        const char *title, *lede;
        struct choices indicators, units, items, compares, boundaries, statuses;
        const char *from, *to, *partner, *known; /* as typed */
        bool with_children, is_filtered, has_more_filters, may_import;
        struct question_view *questions; /* where nothing was asked yet */
        size_t question_count;
        const char *csv, *xlsx, *json; /* the same query in other formats */
        const char *table, *chart;     /* the same query as a table that can be changed, and drawn; chart NULL: nothing is asked yet */
};

struct empty_view {
        const char *title, *advice;
        const char *drop_text, *drop_href; /* the filter to drop, or NULL */
        const char *all_href;
        bool only_published;                /* whoever asks sees no others */
};

struct explain_line {
        const char *what, *value, *from, *href; /* href NULL: no link */
        const char *entry_href;                 /* of the entry, or NULL */
        const char *receipt;                    /* of a report that was sent, or NULL */
};
struct explain_version {
        const char *known_from, *value, *status, *entry, *source, *author, *node, *at;
        const char *entry_href;  /* its page, or NULL */
        const char *report_href; /* of the report it came in, or NULL */
};
struct explain_source { /* one that stands first */
        const char *source, *kind, *unit, *value, *difference, *known_from, *mark, *entry, *entry_href;
        bool stands;
};
struct explain_view {
        const char *heading, *about, *series_href, *revisions_href, *analysis_href; /* the last two NULL where there is none */
        const char *growth;              /* an index told as growth; NULL where it is none */
        const char *mark;                /* how firm, or "" */
        const char *title, *value, *measure, *status, *known_from, *note, *formula, *change, *base;
        const char *conflict;            /* address of the conflict the figure takes part in; NULL none */
        const char *decision_conflict;   /* the same of decisions about the report it came with */
        const char *source, *legal_basis, *json, *csv, *xlsx, *back;
        struct explain_line *inputs;
        size_t input_count;
        struct explain_version *versions;
        size_t version_count;
        struct explain_line *steps; /* what happened to the report it came in */
        size_t step_count;
        struct explain_source *sources; /* what each source says; none where only one has spoken */
        size_t source_count;
        const char *rule;           /* why the first of them stands; NULL where all say the same */
        const char *freshness;      /* of a total: how many have reported; NULL */
        struct explain_line *absent; /* who has not: name, last figure, since when its node is silent */
        size_t absent_count;
        bool tells_nodes;              /* of those absent, since when their nodes are silent */
};

/* One signed entry. */
#define ENTRY_FACTS 16
#define ENTRY_STEPS 100
struct entry_fact { const char *name, *value; };
struct entry_step { const char *what, *by, *at, *href; };
struct entry_view {
        struct entry_fact *facts;
        size_t fact_count;
        struct entry_step *steps;  /* what happened to the report it is of */
        size_t step_count;
        const char *approval;      /* where it needed no further step; NULL */
        const char *not_applied;   /* why the entry is kept only; NULL: it is applied */
        const char *hash, *code, *receipt_href, *sealed, *signature, *file, *json; /* receipt_href NULL: it has none; file NULL: its content is not for the asker */
};

/* What an entry about a report did, in words; NULL for what is not told to people (drafts, kinds not known here). */
const char *step_told(struct work *, const struct entry *);

/* Who wrote an entry, in words; where the report stands that its subject names (NULL: it is none). In the arena. */
const char *author_of(struct work *, const struct entry *);
const char *report_address_of(struct work *, const char *subject);
/* What figures came by whose entry names no source: a report, a decision on a conflict with its reason; else the entry's subject. In the arena. */
const char *origin_said(struct work *, const struct entry *);

/* A period within a sentence. In the arena. */
const char *said(struct work *, period);

handler figures_page, explain_page, entry_page, entry_file, import_page, import_upload;

#endif
