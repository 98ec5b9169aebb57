/* view.h - what the pages of this area show: everything in words of the reader's language. */
#ifndef AREAS_CLUSTER_VIEW_H
#define AREAS_CLUSTER_VIEW_H

#include "areas/cluster/cluster.h"
#include "report/choices.h"
#include "report/map.h"

struct choice_shown { const char *value, *title; bool is_on; };

/* Occupancy as a bar: widths in percent of the industrial land. */
struct occupancy_shown { const char *text, *class_name; int leased, committed; bool is_known; };

struct cluster_line {
        const char *id, *name, *place, *href, *land, *vacant, *largest, *price, *state, *state_css;
        struct occupancy_shown occupancy;
};

struct totals_shown { const char *operating, *land, *occupancy, *plots, *vacant; int64_t count; };

struct province_line { const char *name, *href, *clusters, *land, *vacant; struct occupancy_shown occupancy; };

struct clusters_view {
        const char *title, *unit, *words, *area, *price, *csv, *json, *xlsx, *geojson, *before, *after, *range, *source;
        struct choices units;
        struct choice_shown *states;
        size_t state_count;
        bool wastewater, may_write, is_filtered;
        struct totals_shown totals;
        struct cluster_line *lines;
        size_t line_count;
        struct province_line *provinces;
        size_t province_count;
        const struct catalogue *catalogue;
        const struct unit *province; /* whose map is drawn; NULL none */
        struct map_dot *dots;
        size_t dot_count;
        const char *complete;     /* of how many provinces something is held; NULL: not of the country */
        const char *unstated;     /* how many of those operating the occupancy is not of; NULL: it is of all */
        const char *on, *today, *told; /* the day asked for, "" none; today; what the page then says */
        int work_count;           /* things to be settled */
};

struct pair_shown { const char *name, *value; };
struct item_shown { const char *name, *edit, *contest; /* the conflict about it; NULL none */ struct pair_shown *pairs; size_t pair_count; };
struct list_shown {
        const char *id, *title, *add;
        struct item_shown *items;
        size_t item_count;
        bool is_single;
};
struct plot_shown { const char *name, *area, *state, *state_css, *price, *ready, *css, *edit, *lease, *contest; /* NULL: not possible; no conflict */ int x, y, width, height; bool is_vacant; };
struct work_shown { const char *name, *note; bool is_there; };
struct entry_shown { const char *what, *at, *by, *href; };

/* Boundaries on the ground: of one cluster, what lies around it, and its plots. */
struct ground_shown {
        const char *title;
        const struct catalogue *catalogue;
        const struct unit *province;
        struct map_box frame;
        bool has_frame, has_own;  /* has_own: the cluster has a boundary */
        struct map_shape *shapes;
        size_t count;
};

/* Two versions of a part of the record that stand against each other. */
struct contest_shown { const char *part, *text, *href; };

struct decision_shown { const char *kind, *number, *on, *area, *investor, *href; bool is_followed; };

struct cluster_view {
        const struct cluster *c;
        const char *name, *place, *state, *state_css, *land_said, *json, *csv, *compare, *leaflet, *basis, *source;
        struct occupancy_shown occupancy;
        struct work_shown *works;
        size_t work_count;
        struct plot_shown *plots;
        size_t plot_count;
        int plan_height;
        const char *vacant_said;
        struct list_shown *lists;
        size_t list_count;
        struct entry_shown *entries;
        size_t entry_count;
        const char **notices;
        size_t notice_count;
        struct contest_shown *contests; /* for officials of the territory */
        size_t contest_count;
        struct decision_shown *decisions;
        size_t decision_count;
        bool may_write, sees_cases;
        day on;                   /* DAY_FOREVER: as it stands */
        struct ground_shown ground;
};

struct input_shown { const char *id, *label, *unit, *value, *type; bool is_required; struct choice_shown *choices; size_t choice_count; }; /* text, date, decimal, choice, long */
struct edit_view {
        const char *title, *action, *csrf, *list, *item, *unit, *back;
        const char *today, *on, *holds; /* from when what stands holds, "" nothing stands */
        bool is_new, needs_item, may_withdraw;
        struct input_shown *inputs;
        size_t input_count;
        struct ground_shown *ground; /* of a list with a geometry; NULL: none is drawn */
        const char *drawn, *others, *own, *upload; /* the field's id; where the shapes around it are, its own name among them; where a file goes, NULL */
};

struct plot_line { const char *name, *cluster, *place, *href, *lease, *area, *price, *wastewater, *distance, *trades; };
struct plots_view {
        struct choices units;
        const char *area, *price, *trades, *wastewater, *unit, *from, *within, *csv, *json, *xlsx, *summary;
        struct plot_line *lines;
        size_t line_count;
        const struct catalogue *catalogue;
        const struct unit *province; /* whose map is drawn; NULL none */
        struct map_dot *dots;        /* the clusters of the plots shown, and where was asked for */
        size_t dot_count;
};

struct compare_view {
        const char *csv, *json;
        const char **names, **hrefs;
        size_t count;
        struct compare_row { const char *title; const char **values; } *rows;
        size_t row_count;
};

/* recorded: by whom and when what is wrong came in; until: before which day; left of it, for people. "" where there is none. */
struct duty_line { const char *kind, *id, *name, *href, *place, *what, *recorded, *by, *until, *left, *left_css, *rule, *act, *act_href, *more, *more_href, *open; day before; };
struct duties_view { const char *csv, *json, *lede, *legacy; bool is_late; struct duty_line *lines; size_t line_count; };

struct lease_view { const char *cluster, *plot, *href, *area, *price, *state; bool is_held; int others; };
struct beside_view { const char *count, *land, *leased, *href, *basis; struct occupancy_shown occupancy; };

struct report_line { const char *title, *place, *href, *state, *css, *by; };
struct report_group { const char *id, *title, *due; struct report_line *lines; size_t line_count, signed_count, count; };
struct reports_view {
        struct choices units;
        const char *period, *unit, *csv, *json, *window, *sum;
        struct report_group *groups;
        size_t group_count;
};
struct cell_shown { const char *id, *said, *title, *note, *unit, *value, *made, *made_href, *live, *name; int depth; bool differs; };
struct problem_shown { const char *row, *message, *css, *severity; };
struct report_view {
        const char *title, *about, *window, *due, *state, *css, *by, *csv, *json, *csrf, *href, *beneath, *beneath_css, *remark, *source;
        const char *contest;      /* the conflict between versions that nodes signed without having seen each other; NULL none */
        const char *done, *follows; /* what was signed just now, and where it counts; NULL nothing */
        const char *made_title;   /* what the rows are made of */
        const char *as_of;        /* of which day the register is taken; NULL: as it stands */
        const char *entry_href, *beneath_href, *register_href; /* where figures come from: the signed entry (NULL none), the reports beneath, the clusters */
        const char *receipt;      /* its code; NULL: nothing is signed */
        bool may_sign, is_signed, has_values, has_live, has_made; /* columns: has_… */
        struct cell_shown *cells;
        size_t cell_count;
        struct problem_shown *problems;
        size_t problem_count;
};

/* ---- what pages share (said.c) -------------------------------------------------------------------------------------------- */

/* Occupancy in words and as a bar. */
struct occupancy_shown occupancy_shown(struct work *, int64_t leased, int64_t committed, int64_t industrial);
/* A cluster's stage in words, with the style of its chip; a day in words, "" for none. */
const char *state_said(struct work *, const struct cluster *, const char **css);

/* A cluster on the map, with a number of vacant plots in it. */
const char *cluster_href(struct work *, const struct cluster *, const char *on); /* its page, of the day asked for */
struct map_dot dot_of(struct work *, const struct cluster *, int64_t vacant, const char *on); /* on: as typed; "" today */
const char *day_said(struct work *, day);
/* A number in words with so many decimals; a unit's full name; land leased, licensed, of the plan and ready in one sentence. */
const char *said_short(struct work *, int64_t value, int decimals, int shown);
const char *unit_said(const struct work *, const struct unit *);
const char *land_said(struct work *, int64_t leased, int64_t committed, int64_t industrial, int64_t ready);
const char *day_typed(struct work *, day); /* as in an address: "2026-01-31" */

/* The ground around a cluster (plot: one of its plots, "" none, which is then what it is about), from what stands in the register. False on failure. */
bool ground_fill(struct work *, const struct cluster *, const char *plot, struct ground_shown *);

/* A name that has any signs, as a part of an address. */
const char *in_address(struct work *, const char *name);

/* Whose clusters: as asked for, else the asker's, else the node's. NULL and an error for an unknown unit. */
const struct unit *unit_asked(struct work *, const struct request *);

/* The day an address asks for ("on"), 0 where it asks for none; whose clusters on it, by the map of that day. False and an error for what is no day up to today. */
bool day_asked(struct work *, const struct request *, day *);
const struct unit *unit_asked_on(struct work *, const struct request *, day);

/* What an address asks for under a name; NULL: nothing, or an empty text. */
const char *text_asked(const struct request *, const char *name);

/* A number that an address asks for, as people type it; absent where it does not. False and an error that names the field by its title. */
bool number_asked(struct work *, const struct request *, const char *name, const char *title, int decimals, int64_t absent, int64_t *value);

/* The word by which an address means a unit: its code, or its key where it is no more. What a form offers to choose it from. */
const char *unit_asked_as(const struct work *, const struct unit *);
struct choices units_offered(struct work *, const struct unit *);

#endif
