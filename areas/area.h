/* area.h - what an area is: one folder of what users come for, one struct.
 *
 * The build makes the list of areas from the folder names: areas/fair exports `const struct area
 * fair_area`. Deleting the folder removes the area; nothing else changes. */
#ifndef AREAS_AREA_H
#define AREAS_AREA_H

#include "catalogue/catalogue.h"
#include "cli/cli.h"
#include "ledger/entry.h"
#include "web/web.h"

struct case_part;  /* workflow/case.h */
struct search;     /* areas/find.h */
struct receipt_kind; /* areas/filed.h */
struct figure_own; /* figure/own.h */

/* Something of an area's own that waits for the asker, beside reports (form/form.h) and cases (workflow/case.h): it stands under "My work". */
struct area_due {
        const char *kind;                  /* stable name: "cluster_report" */
        const char *name, *about, *period; /* what it is ("03"), of what (a key), for when ("2026-S1"): as they stand in addresses */
        const char *title, *unit;          /* in words */
        const char *href, *action;         /* where it is done; the button's word */
        moment due;                        /* 0: no day */
};

/* A headline that an area makes of records of its own, as they stand now, where the overview would show a reported figure. */
struct area_headline {
        bool is_there;
        int64_t value;
        int decimals;
        const char *text, *measure; /* "64.8", "%" */
        const char *detail;         /* in words: of what it was made, each denominator named */
        const char *missing;        /* where it is not there: why */
        const char *href;           /* the page that shows the same, with what it is made of */
        const char *source;
        day as_of;
};

struct unit;

#define AREA_OWN_MOST 2

struct area {
        const char *name;                  /* the folder's name */
        const char *title;                 /* a text */
        const struct route *routes;        /* each NULL where the area has none */
        const struct command *commands;
        const struct entry_kind *kinds;
        const struct derived_table *tables;
        const struct catalogue_dependent *rests_on_catalogue; /* what is judged or placed by units and items */
        const struct case_part *cases;     /* what it adds to the cases of its workflows; ended by one without workflow */
        const struct figure_own *own[AREA_OWN_MOST + 1]; /* figures and records it keeps in tables of its own; ended by NULL */
        const struct receipt_kind *receipts; /* entries by which something is filed; ended by one without kind */
        const struct catalogue_checker *checker; /* of the area's own files in the catalogue */
        /* Answer for an indicator of a unit: false where the area does not, or on failure. */
        bool (*headline)(struct work *, const char *indicator, const struct unit *, struct area_headline *);
        struct area_due *(*due)(struct work *, size_t *count); /* what waits for the asker; cheap: every page asks for how many. NULL and an error on failure */
        /* Add what the asker may see for the words somebody looks for; the number of queries does not grow with what there is. False on failure. */
        bool (*find)(struct work *, struct search *);
};

extern const struct area *const areas[]; /* NULL-terminated; generated */

#endif
