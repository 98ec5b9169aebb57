/* report.h - the periodic reports on clusters: forms 01 (tenant), 02 (cluster), 03 (commune), 04 (province), and the country's sum.
 *
 * Each level is made from the one beneath and signed by whoever files it (data/cluster/reports.cluster says what a row is made of). A signed
 * report stays as it was signed; where what lies beneath changes later, its page says which rows differ. What the provinces' reports add up to is kept, changed in
 * the transaction that changes a report. */
#ifndef AREAS_CLUSTER_REPORT_H
#define AREAS_CLUSTER_REPORT_H

#include "areas/cluster/store.h"
#include "areas/filed.h"

struct report_cell {
        bool has_value, has_made, has_live;
        int64_t value, made, live; /* as signed; as the level beneath makes it now; straight from the register and forms 01 and 02 */
};

/* What a report is about. */
struct report_about {
        const struct report_form *form;
        period period;
        const char *key;          /* names it in entries and addresses: "ID-TENANT", "ID", a commune's or province's key, "VN" */
        const char *title;
        const char *cluster, *account; /* "" where it is about none; the account that files it, "" any of the commune */
        const struct unit *unit;  /* whose it is: the commune, the province, the country */
        day first, last;
        moment due;               /* 0 unknown */
};

/* From an address. NULL and an error: an unknown form, cluster, tenant or unit, a period without a window. */
struct report_about *report_about_read(struct work *, const char *form, const char *key, const char *period);

struct cluster_report {
        struct report_about *about;
        struct report_cell *cells; /* by row of the form */
        bool is_signed, is_sum;    /* is_sum: of the country; nobody signs it here */
        const char *by, *remark;
        moment at;
        int64_t entry;             /* that signed it; 0 none */
        int64_t beneath, expected; /* reports beneath it that are signed, and how many there should be */
        const int64_t *before;     /* the report before it, by row; CLUSTER_UNKNOWN; NULL none */
        bool may_sign;
};

/* The report as it stands, with what the levels beneath make of it. NULL and an error on failure. */
struct cluster_report *cluster_report_load(struct work *, struct report_about *);

/* A row as the page numbers it: by its id, or by its place where the id is a word. */
const char *report_row_said(struct arena *, const struct report_form *, int row);

/* A value with the decimals of its row, or with all where it has more. */
const char *report_value_said(struct work *, const struct report_row *, int64_t value);

/* What is wrong with the values: sums that do not add up, parts above the whole, rows that differ from those beneath, levels that fell. */
struct report_problem { const char *row, *said, *message; bool is_error; }; /* said: the row as people call it */
struct report_problem *report_problems(struct work *, const struct cluster_report *, size_t *count);

/* The clusters of a territory (id NULL) or one, and items of one of their lists (only: one item; NULL: all), as the reports of a period take them whose window ends on a day: as they stood then,
 * as far as is known today (reported.c); as they stand where that day has not passed. NULL and an error on failure. */
struct cluster *clusters_reported(struct work *, const struct unit *, const char *id, day last, size_t *count);
struct reported_item { const char *cluster; struct stored_item item; };
struct reported_item *items_reported(struct work *, const struct unit *, const char *id, const char *list, const char *only, day last, size_t *count);

/* Inside a job: sign what stands in the cells. Errors are refused with their rows, warnings where no remark explains them. */
bool cluster_report_sign(struct work *, struct cluster_report *, const char *remark);

/* The reports of a form there are to be for a territory and period, with what became of them; an enterprise sees its own. */
struct report_duty { struct report_about *about; bool is_signed; const char *by; moment at; int64_t entry; };
struct report_duty *reports_expected(struct work *, const struct report_form *, const struct unit *, const char *period, size_t *count);

/* The page of a report. */
const char *report_href(struct work *, const struct report_about *);

/* What the asker has to file of the newest period whose window is over: an enterprise its own forms; a commune forms 01 and 02 of those without an
 * account, and form 03; a province's leader form 04. Those that are signed are left out. */
struct area_due *reports_due(struct work *, size_t *count);
/* These, and for officials the clusters of their territory that are to be settled (settle.c). */
struct area_due *cluster_due(struct work *, size_t *count);

/* The same as report_about_read, of a report that the asker may see: officials of the territory, and of an enterprise its own. */
struct report_about *report_about_asked(struct work *, const char *form, const char *key, const char *period);

/* Receipts of signed reports (report_receipt.c). */
extern const struct receipt_kind cluster_receipts[];

extern handler cluster_reports_page, cluster_report_page, cluster_report_post;

#endif
