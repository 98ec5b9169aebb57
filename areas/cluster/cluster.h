/* cluster.h - what the files of this area share: definitions (data/cluster), the register, the reports.
 *
 * Areas are in hectares, money in billion đồng; all numbers of the register and of reports are integers scaled by CLUSTER_DECIMALS. Occupancy
 * is 100 × (leased + licensed) / industrial land of the detailed plan (Decree 32/2024, Article 2 (7)); of several clusters it is the ratio of
 * their sums, never the mean of their rates. */
#ifndef AREAS_CLUSTER_CLUSTER_H
#define AREAS_CLUSTER_CLUSTER_H

#include "areas/area.h"
#include "base/decimal.h"
#include "base/map.h"
#include "catalogue/yaml.h"
#include "workflow/case.h"

#define CLUSTER_DECIMALS 4
#define CLUSTER_UNIT 10000        /* 1 as a number of the register */
#define CLUSTER_UNKNOWN INT64_MIN /* nobody has said */
/* Of a typed number, scaled: a thousand million hectares, persons or billion dong are more than the country has, and a million of such numbers
 * can still be added up. */
#define CLUSTER_NUMBER_MOST 9000000000000
#define CLUSTER_ID_MAX 11         /* bytes with NUL: ten digits and letters */
#define CLUSTER_ITEM_MAX 60       /* bytes of an item's name */
#define CLUSTER_TEXT_MAX 2000     /* bytes of a text somebody types */
#define CLUSTER_BOUNDARY_MAX ((size_t)256 << 10) /* bytes of a boundary */

/* ---- definitions (define.c): data/cluster, with their sources ------------------------------------------------------- */

enum cluster_field_kind { CLUSTER_TEXT, CLUSTER_NUMBER, CLUSTER_DAY, CLUSTER_CHOICE, CLUSTER_YES_NO, CLUSTER_GEOMETRY };

struct cluster_choice { const char *id, *title_vi, *title_en; };

struct cluster_field {
        const char *id, *title_vi, *title_en, *unit_vi, *unit_en;
        enum cluster_field_kind kind;
        int decimals;             /* kept, at most CLUSTER_DECIMALS; those of latitude and longitude 6 */
        bool is_required, is_internal; /* internal: for officials of the territory alone */
        const struct cluster_choice *choices;
        size_t choice_count;
};

/* A part of a cluster's record: one item (single) or several, each with a name of its own. */
struct cluster_list {
        const char *id, *title_vi, *title_en;
        bool is_single, is_public;
        const struct cluster_field *fields;
        size_t field_count;
};

/* How large a cluster may be that is established on a day; outside, a legal ground must be recorded. Hectares, scaled. */
struct cluster_bounds { day from, to; int64_t least, least_small, most; const char *source; bool is_verified; };

/* What a row of a report is made of where nobody has typed anything. */
enum row_source { ROW_TYPED, ROW_SUM, ROW_REGISTER, ROW_TOTAL, ROW_RATIO };

struct report_row {
        const char *id, *title_vi, *title_en, *unit_vi, *unit_en;
        const char *note_vi, *note_en; /* what is counted in, below the title; "" none */
        int decimals, depth;      /* decimals shown */
        enum row_source made_of;
        const char *parts[4];     /* "02.6" of forms beneath (sum); rows of the form (total, ratio) */
        int part_count;
        const char *set, *take;   /* of the register */
        const char *at_most;      /* a row it must not exceed; NULL none */
        const char *usual_of;     /* the row of which usual_most is a percentage; NULL: it is an amount */
        int64_t usual_most;       /* more needs an explanation; 0 anything is usual */
        bool is_flow, is_rising;  /* counted within the window; a level that falls needs an explanation */
};

enum report_level { REPORT_TENANT, REPORT_CLUSTER, REPORT_COMMUNE, REPORT_PROVINCE };

struct report_form {
        const char *id, *title_vi, *title_en;
        enum report_level level;
        unsigned by;              /* roles: 1 << enum role */
        const char *half, *year;  /* windows of the catalogue */
        const struct report_row *rows;
        size_t row_count;
        const char *beneath;      /* the form whose rows it adds up; NULL: the rows say what they are made of */
};
#define REPORT_ROWS_MAX 64

struct cluster_rules {
        const struct cluster_list *lists;
        size_t list_count;
        const struct cluster_bounds *bounds;
        size_t bounds_count;
        day settle_before; /* the first day that is too late */
        const char *settle_who_vi, *settle_who_en, *settle_source, *occupancy_source, *report_source;
        const struct report_form *forms;
        size_t form_count;
};

/* The rules of the catalogue. They live as long as the process. NULL and an error where the catalogue holds none that are sound. */
const struct cluster_rules *cluster_rules_of(struct work *);
/* The same without an error where the catalogue holds no file of them (*fault "") or one with a fault (*fault says which, and what). */
const struct cluster_rules *cluster_rules_try(struct work *, const char **fault);
const struct cluster_rules *cluster_rules_in(const struct catalogue *, const char **fault);
/* The same of files; NULL where one is missing or there are complaints. */
struct cluster_rules *cluster_rules_parse(struct arena *, const struct source *, size_t count, struct complaints *);
const struct cluster_list *cluster_list_find(const struct cluster_rules *, const char *id);
const struct cluster_field *cluster_field_find(const struct cluster_list *, const char *id);
const struct report_form *report_form_find(const struct cluster_rules *, const char *id);
int report_row_find(const struct report_form *, const char *id);
extern const struct catalogue_checker cluster_checker;

/* ---- the register (entry.c, read.c) ---------------------------------------------------------------------------------- */

struct cluster {
        const char *id, *name, *kind, *state, *formed, *trades, *source;
        const struct unit *home;  /* the commune, as it was when it was written; NULL unknown here */
        day established_on;       /* DAY_NONE: never, or unknown */
        bool is_mountain, has_plan, has_project, has_enterprise;
        int64_t latitude, longitude; /* millionths of a degree */
        int64_t total, industrial, ready, leased, committed; /* ha */
        const char *ground;
        int64_t wastewater;       /* m³ a day */
        const char *wastewater_state;
        bool meets_standard;
        int64_t investment, disbursed; /* billion đồng */
        int64_t tenants, tenants_fdi, tenants_operating;
        int64_t vacant, vacant_area, largest, price; /* vacant plots; m² in all, of the largest; the least price, scaled */
        int64_t entry;            /* the newest */
        bool is_decided_only;     /* a decision established it; nobody has recorded more */
};

/* Which clusters: of a territory (NULL: all), by words, state (NULL: any), id; and how they stand in the list. */
struct cluster_query {
        const struct unit *unit;
        const char *words, *state, *id;
        int64_t plot_area, plot_price; /* a vacant plot of at least so many m², at most so much; CLUSTER_UNKNOWN: any */
        bool has_wastewater, is_operating;
        const char *const *ids; size_t id_count; /* these alone, where there are any */
        day on;                        /* 0: as the register stands; else as it stood on that day, after all corrections (past.c), and unit is one of that day */
        bool needs_no_plots;           /* vacant, vacant_area, largest, price stay 0: spares adding up all plots */
};
/* All of them, in the order of vacant plots, then name. NULL and an error on failure. */
struct cluster *clusters_read(struct work *, const struct cluster_query *, size_t *count);
struct cluster *cluster_read(struct work *, const char *id); /* NULL and ERR_MISSING */
struct cluster *cluster_read_on(struct work *, const char *id, day on); /* the same as it stood on a day; 0: as it stands */
/* The unit of a day in which a cluster lay by the map of that day (past.c): of a commune that was made of several the first; itself where nothing is known. */
const struct unit *cluster_home_on(struct work *, const struct cluster *, day);

/* The condition that a column of unit keys lies in a territory: " AND home IN ('…')"; "" for the country. on: by the communes that had come and
 * gone up to that day. Plain: the column of provinces alone says it, as none has. */
bool cluster_territory_is_plain(struct work *, const struct unit *, day on);
const char *cluster_territory_sql_on(struct work *, const struct unit *, day on, const char *province_column, const char *home_column);
const char *cluster_territory_sql(struct work *, const struct unit *, const char *province_column, const char *home_column);

/* What stands in one list of one cluster, by name of the item; fields as they were written. */
struct cluster_item { const char *item; json_t *fields; day on; const char *by; int64_t entry; };
struct cluster_item *cluster_items(struct work *, const char *id, const char *list, day, size_t *count); /* DAY_FOREVER: as it stands; else as it stood */
/* A field's text, "" where it is empty; a number of the register, CLUSTER_UNKNOWN where it is empty. */
const char *cluster_text(const json_t *fields, const char *name);
int64_t cluster_number(const json_t *fields, const char *name, int decimals);
/* Say of a text that is none: whether it is no number or too large a one, in a field (by its title) or a row. False. */
bool cluster_number_error(struct work *, struct error *, const char *field, const char *row, const char *text, int decimals);
/* In a list in the order of the names of clusters (found so many bytes into each of its elements): where those of a cluster begin or would. */
size_t cluster_begins(const void *list, size_t count, size_t size, size_t name_at, const char *cluster);

/* Inside a job: write an item of a list, signed for the asker; withdrawn: it is gone. id NULL makes a new cluster for the unit. The fields are
 * plain texts (decimal point, 2026-01-31). Checked first, by the rules of the day; what is refused is an error that cites the rule. The id. */
struct cluster_change { const char *id, *list, *item, *unit; json_t *fields; bool is_withdrawn; const char *on, *case_id, *reason; }; /* on: from which day it holds ("2026-01-31"), NULL or "": today;
        a day before that of what stands changes the register of that time alone; case_id: it follows from an act that this case's workflow allowed, whoever acted; reason: why, NULL or "": not said */
const char *cluster_write(struct work *, struct cluster_change *);

/* Decisions of cases (workflows cluster_establishment, cluster_change), of one cluster or (cluster NULL) a territory; each cluster's together, in order of their
 * days, of one day of when they were entered (at). */
struct decision { const char *case_id, *cluster; const struct unit *home; const char *name, *act, *number; day decided_on; stamp at; int64_t area; const char *investor; };
/* The case under way, the first of several, that names a cluster of the register or, where it names none, is to establish one of its name in its commune, which is now
 * another unit where that is given. NULL: there is none. */
const char *cluster_case_open(struct work *, const struct cluster *, const struct unit *now);
struct decision *decisions_read(struct work *, const char *cluster, const struct unit *, size_t *count);
/* Those about one cluster among them. */
const struct decision *decisions_of(const struct decision *, size_t count, const char *cluster, size_t *found);
/* "Establishment" for "establish"; whether the register says what was decided: the area, the revocation; of several decisions (those about
 * one cluster, this the one at a place) what a later one decided otherwise need not stand there. */
const char *decision_kind_said(struct work *, const char *act);
bool decision_is_followed(const struct decision *, size_t count, size_t place, const struct cluster *);
extern const struct case_part cluster_cases[];

/* Requests for plots (workflow cluster_lease; lease.c): the address of the form that begins one, NULL where it is not offered to the asker; who is not
 * signed in is asked to on the way. Whether a request holds a plot now. */
const char *lease_href(struct work *, const struct cluster *, const char *plot);
bool plot_is_held(struct work *, const char *cluster, const char *plot);

extern const struct figure_own cluster_own; /* conflicts about items (version.c) */

extern const struct entry_kind cluster_kinds[];
extern const struct derived_table cluster_tables[];

/* ---- rules (rule.c): pure ---------------------------------------------------------------------------------------------- */

/* 100 × (leased + committed) / industrial, with one decimal ("60.0" is 600). False where the land is unknown or none. */
bool cluster_occupancy(int64_t leased, int64_t committed, int64_t industrial, int64_t *tenths);

/* The bounds in force on a day, NULL where none are known. */
const struct cluster_bounds *cluster_bounds_on(const struct cluster_rules *, day);
/* Whether an area lies outside them; small: craft-village clusters and mountainous districts. */
bool cluster_is_out_of_bounds(const struct cluster_bounds *, int64_t area, bool is_small);

/* Whether land areas can be true together; false and an error naming both. */
bool cluster_areas_agree(const struct cluster *, struct error *);

/* Formed before 2009 and never established: to be settled. */
bool cluster_is_legacy(const struct cluster *);

/* Established and neither revoked nor withdrawn; has tenants at work, established or not. */
bool cluster_is_established(const struct cluster *), cluster_operates(const struct cluster *);
/* Whether a cluster belongs to a set that reports name ("operating_established"), for a window; what is taken of it. */
bool cluster_in_set(const struct cluster *, const char *set, day first, day last);
int64_t cluster_take(const struct cluster *, const char *what);
bool cluster_set_is_known(const char *), cluster_take_is_known(const char *);

/* ---- vacant plots (plot.c) ---------------------------------------------------------------------------------------------------- */

/* area in m², price scaled (-1: any), wastewater in m³ a day (-1: any), within in metres of a place (-1: any distance), trades "" any: a plot
 * that names no trades takes all. */
struct plot_query { const struct unit *unit; int64_t area, price, wastewater, latitude, longitude, within; const char *trades; };
struct plot { const char *cluster, *plot; int64_t area, price; day ready_from; const char *trades; int64_t wastewater, distance; }; /* distance in metres, -1 unknown */
#define PLOTS_ALL SIZE_MAX
/* At most max (PLOTS_ALL: all): the nearest first, or the largest where no place is asked for. One query. */
struct plot *plots_find(struct work *, const struct plot_query *, size_t max, size_t *count);
/* Metres between two places (millionths of a degree) on the sphere. */
int64_t cluster_distance(int64_t latitude, int64_t longitude, int64_t to_latitude, int64_t to_longitude);

/* ---- boundaries (shape.c) --------------------------------------------------------------------------------------------------- */

struct shape {
        const char *wkt;          /* nothing but polygons */
        int64_t area;             /* ha, scaled: on the ellipsoid's local plane, true to about 0.1 % */
        int64_t west, south, east, north; /* millionths of a degree */
};
/* Read a polygon or multipolygon of GeoJSON (WGS 84, longitude first; a Feature with one is taken too), in Vietnam; its validity is judged by
 * GEOS. NULL and an error that says what is wrong and where. */
struct shape *shape_read(struct work *, const char *geojson);
/* Hectares (scaled) that two shapes share; -1 and an error on failure. */
int64_t shape_overlap(struct work *, const struct shape *, const struct shape *);
#define SHAPE_OVERLAP_MOST 100    /* 0.01 ha: what drawing by hand makes of one boundary */
/* The boundary that a cluster has in the register, NULL where it has none. */
struct shape *boundary_shape(struct work *, const char *id);

/* A cluster with which another one shares more than that. */
struct overlap { const char *id, *name; int64_t shared; };
/* The others with which a shape, or a cluster as it is recorded, shares land: those that were neither revoked nor withdrawn, in order of their ids. Of two
 * that were recorded at one node the later was refused, so these were recorded at two that had not seen each other. NULL and an error on failure. */
struct overlap *shape_overlaps(struct work *, const char *id, const struct shape *, size_t *count);
struct overlap *cluster_overlaps(struct work *, const struct cluster *, size_t *count);

/* ---- pages (said.c, …_page.c, edit.c, plot.c) ------------------------------------------------------------------------------------------------ */

/* A number in words: "42,0"; "–" where it is unknown. */
const char *cluster_said(struct work *, int64_t value, int decimals);
/* A choice, and any value of a field, in words. */
const char *cluster_choice_said(const struct work *, const struct cluster_field *, const char *id);
const char *cluster_value_said(struct work *, const struct cluster_field *, const char *typed);
/* Commune and province of its time, and of now where they differ. */
const char *cluster_place_said(struct work *, const struct cluster *);
/* Whether the asker is an official of the cluster's territory: sees what is not public; may write where may_fill. */
bool cluster_is_insider(struct work *, const struct cluster *);
/* Whether everybody else sees a list, or a field of one they see. In a past also as it is said now: what was made internal since is internal. */
bool cluster_is_open(struct work *, const struct cluster_list *, const struct cluster_field *); /* NULL: the list */

/* "occupancy_rate" of a unit from the register, the same as on /clusters: the ratio of the sums over the clusters that operate. */
bool cluster_headline(struct work *, const char *indicator, const struct unit *, struct area_headline *);

extern handler clusters_page, cluster_page, cluster_edit_page, cluster_new_page, cluster_post, clusters_post, cluster_boundary_post, cluster_plots_page, cluster_plan_page, cluster_compare_page,
        cluster_work_page, cluster_boundaries;

/* struct area's find (find.c). */
bool cluster_find(struct work *, struct search *);

#endif
