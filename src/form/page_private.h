/* page_private.h - what the templates of this folder are given: everything ready to be written. */
#ifndef FORM_PAGE_PRIVATE_H
#define FORM_PAGE_PRIVATE_H

#include "form/form_private.h"
#include "web/attached.h"

/* One message under a row. */
struct shown_problem {
        const char *css;          /* "em", "em wn", "em hn" */
        const char *icon;         /* finished HTML */
        const char *message, *fix, *fix_value; /* fix NULL: none; fix_value: "7=191,2" for plain forms */
        bool is_explained;
};

struct shown_row {
        bool is_heading;
        const char *id, *number, *label, *help, *unit, *css;
        const char *previous, *year_before, *value, *change_previous, *change_year, *todate, *todate_change;
        /* where figures are explained; NULL where there is none to open */
        const char *previous_href, *year_href, *value_href, *change_previous_href, *change_year_href, *todate_href, *todate_change_href;
        const char *value_typed;  /* for the input */
        const char *explanation, *whole_href; /* of the entry that has all of it; NULL: the page has */
        bool shows_explanation, is_invalid, has_marker;
        const char *marker;       /* finished HTML */
        /* for the script: plain decimals, "" where there is none */
        const char *p, *y, *base, *before, *history, *range;
        int count, decimals, shown;
        const char *compare, *cumulative, *state;
        struct shown_problem *problems;
        size_t problem_count;
};

struct shown_link { const char *cell, *text, *css, *icon; bool is_missing; };

struct shown_decision { const char *decision, *css, *at, *by, *reason, *whole_href, *cells, *why; bool stands; };

struct shown_version {
        int version;
        const char *sent_at, *sent_by, *filled_by, *receipt, *href;
        struct shown_decision *decisions; size_t decision_count;
        bool is_shown;
};

struct report_view {
        const struct report *r;
        const char *title, *department, *unit_name, *unit_full, *form_title, *basis, *note, *period_short, *period_name;
        const char *address;      /* "/forms/monthly/42/2026-10" */
        const char *csrf, *language;
        const char *deadline_may_move; /* NULL: it does not */
        bool suggested_may_move;  /* the suggested day was counted beyond the years the calendar covers */
        const char *remark_href;  /* of the entry that has all of the remark; NULL: the page has */
        const char *deadline, *deadline_css, *state, *state_css, *printed;
        const char *head_previous, *head_year, *head_entry, *period_narrow;
        const char *summary, *summary_css;
        int step;
        int fields;
        struct shown_row *rows;
        size_t row_count;
        struct shown_link *links; /* what stands in the way; required cells that are empty last */
        size_t link_count, missing_count;
        bool is_checked;          /* someone asked what is missing: empty cells are told at the cells too */
        const char *nothing;      /* said instead of a grid's problems where there is no report to read, or NULL */
        struct shown_version *versions;
        const char *remark_due, *submitted_at, *sent_at, *suggested_due, *delivery; /* delivery NULL: nothing to say */
        bool can_edit, is_readonly;
        struct attached *attachments;
        size_t attachment_count;
        bool shows_attachments;
};

struct forms_row {
        const char *unit, *period, *state, *css, *version, *sent_at, *due, *href, *late, *who, *form, *title;
};
struct shown_choice { const char *text, *href; bool is_current; };
struct forms_view {
        const char *title, *lede;
        bool is_receiver, has_units; /* has_units: of several units, though it files them all */
        struct shown_choice *periods; size_t period_count;
        struct shown_choice *forms; size_t form_count;
        struct forms_row *rows; size_t row_count;
        const char *summary, *csv, *xlsx;
};

struct upload_view {
        const struct upload *upload;
        const struct report_view *page;
        const char *summary;
};

#endif
