/* store.h - what entry.c and read.c share: items as they are stored. */
#ifndef AREAS_CLUSTER_STORE_H
#define AREAS_CLUSTER_STORE_H

#include "areas/cluster/cluster.h"
#include "figure/own.h"
#include "report/map.h"

/* Whether a text can be a cluster's id. */
bool cluster_id_is_sound(const char *id);

/* Whether two units are one place at different times: the same, or one lies in what the other became. The arena: for what is counted meanwhile. */
bool cluster_is_one_place(struct arena *, const struct catalogue *, const struct unit *, const struct unit *);

/* The unit whose a cluster is, as it was first recorded; NULL: nobody has said. */
const struct unit *cluster_owner(struct work *, const char *id);

/* What that unit is today; NULL where it was divided. */
const struct unit *cluster_home_now(struct work *, const struct unit *);

/* Inside a job: append an entry about a unit; body (json_held) gets the unit, who writes and what this node has seen (version_sight). */
bool cluster_append(struct work *, const char *kind, const char *subject, const struct unit *, json_t *body);

/* What an entry says of an item; fields as one line of JSON. False and an error where they are too long. */
struct item_told { const char *cluster, *list, *item, *unit, *fields, *author; day on; bool is_withdrawn; int64_t at, rank, entry; };
bool item_read(struct work *, const struct entry *, struct item_told *);

/* Versions of items (version.c). Take one in: what stands follows, conflicts are noted. The entry's witness is there (figures_witness). */
bool version_note(struct work *, const struct entry *, const struct item_told *, const struct unit *);
/* Whether one of some entries (by their ids) says the same of the item, from that day on or an earlier one. */
bool version_is_brought(struct work *, const struct item_told *, const int64_t *of, size_t count);
/* Inside a job: add to the body of an entry about an item, or of a report, what this node has seen of the other nodes' entries about it ("seen"). */
bool version_sight(struct work *, const struct unit *, json_t *body);
/* Reports are versions too: one that was signed is taken in; stands gets the entry of the one that stands now. Whether one of some entries signs the same. */
struct report_told { const char *form, *about, *period_text; period period; };
bool version_of_report(struct work *, const struct entry *, const struct report_told *, const struct unit *, int64_t *stands);
bool version_report_is_brought(struct work *, const struct entry *, const struct report_told *, const struct unit *, const int64_t *of, size_t count);
/* Conflicts that are open about a cluster (NULL: all), in order of their clusters (partner); the part of the record that one is about, in words. */
struct contest_open *versions_open(struct work *, const char *cluster, size_t *count);
struct contest_open *version_reports_open(struct work *, size_t *count); /* the same of all reports: partner is what one is about, item its form */
const char *version_part_said(struct work *, const char *name);

/* What stands in the first column of all rows of a query. */
const char **texts_read(struct work *, const char *sql, struct values, size_t *count);

/* A value as one line of JSON, members in order of their names; lives as long as the work. NULL and an error where it is too long for an entry. */
const struct buf *json_written(struct work *, const json_t *);

/* Items of a list (only: the one of that name) as they stand: of each the newest that was written for the owner's unit, unless it was withdrawn. In
 * the order of their names. NULL and an error on failure. */
struct stored_item { const char *item, *author; const struct unit *unit; json_t *fields; day on; int64_t entry; stamp at; }; /* at: when it was written; 0 of the past */
struct stored_item *stored_items(struct work *, const char *id, const char *list, const char *only, size_t *count);

/* What held on a day, after all corrections: of each item the entry for the newest day up to it, of a cluster whose record begins later what it began with; decisions, those of
 * the plan too, count from their own day. */
struct stored_item *stored_items_on(struct work *, const char *id, const char *list, const char *only, day, size_t *count);

/* Items of the clusters that a SELECT of ids names; the day up to which rows count ($1 is the last one): of a cluster whose record begins later that on which it begins. */
#define RECORDED_OF "cluster_past i JOIN cluster_owner o ON o.cluster = i.cluster AND o.cluster IN (%s)"
#define RECORDED_UNTIL "CASE WHEN o.begun > $1 THEN o.begun ELSE $1 END"

/* The clusters that a SELECT of ids names as they stood on a day, after all corrections: by the decisions in force then, with what was recorded for that day (past.c). decisions: of cases.
 * plots: whose vacant plots are added up; NULL none. cluster NULL: it was not there yet. NULL and an error on failure. */
struct stood { const char *id; struct cluster *cluster; };
struct stood *clusters_stood(struct work *, day, const char *which, const struct decision *decisions, size_t decision_count, const struct cluster_query *plots, size_t *count);

/* One that decisions of cases (those about it) established, without a record; NULL: not up to that day. */
struct cluster *cluster_decided(struct work *, const struct decision *, size_t count, day);

/* As clusters_read, on query->on. */
struct cluster *clusters_past(struct work *, const struct cluster_query *, size_t *count);

/* What a cluster is made of (project.c): the lists that are taken, item by item; identity NULL: there is none. */
struct projection {
        const struct unit *home;
        const json_t *identity, *areas, *environment, *boundary;
        bool has_enterprise;
        int64_t investment, disbursed, tenants, tenants_fdi, tenants_operating, entry;
};
extern const char *const projection_lists[]; /* ended by NULL */
struct projection projection_new(void);
void project_item(struct projection *, const char *list, const struct stored_item *);
/* Plots are not in it. Texts are those of the items. */
void project_cluster(const char *id, const struct projection *, struct cluster *);
day cluster_day(const json_t *fields, const char *name); /* DAY_NONE where it is none */

/* Decisions about a cluster, in order of their days and, of one day, of when they were recorded (stage.c; pure): kind as in the list "decision", and of the plan "planned", "withdrawn". */
struct act { day on; stamp at; const char *kind; int64_t area; };
struct acts { struct act *list; size_t count; };
void act_add(struct arena *, struct acts *, struct act);
bool acts_revoke_within(const struct acts *, day first, day last);
/* What those up to a day come to; of later ones only whether there are any. */
struct decided { bool is_planned, is_withdrawn, is_revoked_later, is_withdrawn_later; day established_on, revoked_on, area_on; int64_t area; };
struct decided acts_decide(const struct acts *, day last);
/* Stage, day of establishment and area of that day, of a cluster as its record has it: its identity from identity_on, which is later than that day where its record begins later, its areas from
 * areas_on. False: it was not there yet. */
bool cluster_stage(struct cluster *, const struct decided *, day last, day identity_on, day areas_on);

/* Requests for plots as a part of cases (lease.c), as struct case_part says. */
bool lease_check(struct work *, const struct case_file *, const struct case_event *), lease_written(struct work *, const struct case_file *, const struct case_event *);
bool lease_fold(struct work *, const struct case_file *);
void lease_named(struct buf *sql, const char *login, const char *today);
void lease_show(struct work *, const struct case_file *, enum case_place, struct buf *);
/* State money and inspections as parts of cases (before.c). */
bool before_check(struct work *, const struct case_file *, const struct case_event *), before_fold(struct work *, const struct case_file *);
/* What is true of a row of cluster_plot that can be had: vacant in the register, and held by no request. */
#define PLOT_IS_FREE "state = 'vacant' AND NOT EXISTS (SELECT 1 FROM cluster_lease l WHERE l.cluster = cluster_plot.cluster AND l.plot = cluster_plot.plot AND l.is_held = 1)"

/* Ids of clusters that were neither revoked nor withdrawn and whose boundaries' boxes meet a box, without id; in their order. */
const char **clusters_near(struct work *, const char *id, const struct map_box *, size_t *count);

/* The points of all rings of a GeoJSON geometry, one after another; 0 where it is none. Pure: no GEOS,
 * so that every node makes the same. */
size_t points_read(struct arena *, const char *geojson, struct map_point **points);

#endif
