/* overview.h - the overview of the country and the profile of a province, built once for every format.
 *
 * Everything shown is asked from figures, reports and links; nothing is typed in here. A question is what the address says;
 * the answer is one structure that the page and the JSON are written from. The number of statements does not
 * depend on how many figures or units there are, only on the periods shown. */
#ifndef OVERVIEW_OVERVIEW_H
#define OVERVIEW_OVERVIEW_H

#include "areas/area.h"
#include "figure/figure.h"
#include "figure/growth.h"
#include "form/form.h"
#include "report/chart.h"
#include "report/map.h"
#include "sync/freshness.h"
#include "sync/sync.h"

#define CARDS 5
#define PROVINCES_MAX 128
#define SERIES_MONTHS 24
#define STRIP_PERIODS 12
#define TOPS 4
#define PARTS 5
#define SPARK_YEARS 6
#define PROFILE_MAX 64

/* ---- what is asked ------------------------------------------------------------------------------- */

struct ask {
        const char *path;     /* "/overview", "/provinces/42" */
        const char *period;   /* ky: "2021", "2025-02"; NULL: the newest headline */
        const char *compare;  /* so: "yoy" (default), "mom" for months */
        const char *layout;   /* dia_gioi: "63", "34"; NULL: the map of the period */
        const char *known;    /* known: a date; NULL: today */
        const char *province; /* tinh: the province picked on the map; NULL: the one with most figures */
        const char *view;     /* xem: "bang" shows tables instead of map and line */
        const char *topic;    /* chi_tieu: the indicator of the map; NULL: the first that has figures */
        bool all;             /* tatca=1: every province in the table of reports */
};

/* The same question with one part changed (value NULL: left out), as an address. */
const char *ask_with(struct work *, const struct ask *, const char *name, const char *value);

/* ---- one figure as shown ----------------------------------------------------------------------------- */

struct number {
        bool is_there;
        const struct indicator *indicator;
        const struct unit *unit;
        period period;
        const char *item;
        int64_t value;
        int decimals;
        enum figure_status status;
        enum figure_mark mark;
        moment known_from;
        int64_t entry;
        int total_of, total_expected; /* of a sum of units below; 0, 0: it is none */
        bool is_of_before;            /* not comparable: figure_row; the note says so */
        const struct freshness *fresh; /* of such a sum on a card: who has not reported; NULL */
        int versions;             /* how often it was reported; filled for series only */
        const char *note;         /* why there is none, or how it came about; NULL */

        /* for people */
        const char *text;         /* "+16,45", "668,5" */
        const char *amount;       /* the same without its sign, for sentences that say up or down */
        const char *measure;      /* "%", "tỷ USD" */
        const char *flag;         /* "Ước"; NULL */
        const char *source, *as_of;
        const char *href;         /* its explanation */
        int sign;                 /* of what is shown: -1, 0, 1 */
        int64_t shown_value;      /* index minus 100, else the value */
};

struct card {
        const char *title, *empty; /* empty: why there is no figure */
        const struct area_headline *own; /* of an area's own records, in place of the figure; NULL: none */
        struct number main, growth, before;
        const char *href;          /* the series */
        struct chart_point spark[SPARK_YEARS];
        size_t spark_count;
};

/* ---- the map ------------------------------------------------------------------------------------------- */

struct place {
        const struct unit *unit;
        struct tile tile;
        struct number number;
        const char *class_name;   /* of its colour; "na" without a figure */
        const char *short_text;   /* one decimal, for the tile */
        const char *name, *href;
        bool is_on;
        struct number profile[3]; /* contribution, growth of the product, growth of exports */
        int profile_count;
};

struct map {
        const struct indicator *indicator;
        const char *title, *subtitle;
        struct layout layout;
        bool is_restated;          /* another map than the period's own */
        struct place places[PROVINCES_MAX];
        size_t count;
        struct tile islands[8];
        size_t island_count;
        size_t with_figure, up, down, level;
        const struct place *highest[TOPS], *lowest[TOPS];
        size_t highest_count, lowest_count;
        const char *sources;       /* "Báo Công Thương; VietnamBiz" */
        const char *csv, *xlsx, *figures;
        struct { const struct indicator *indicator; const char *href, *title; bool is_on; } topics[4];
        size_t topic_count;
};

/* ---- other cards ----------------------------------------------------------------------------------------- */

struct series {
        const struct indicator *indicator;
        const struct unit *unit;
        const char *title, *subtitle;
        struct number numbers[SERIES_MONTHS];
        struct chart_point points[SERIES_MONTHS];
        size_t count, present;
        int revisions;             /* of the newest */
        const struct number *last;
        const char *revisions_href, *csv, *xlsx, *missing;
        struct chart chart;
};

struct contribution {
        struct chart_bar bars[PARTS + 1];
        const struct growth_line *lines[PARTS + 1];
        size_t count;
        struct chart chart;
        const char *title, *subtitle, *source, *href;
        const char *missing;       /* why there is none */
        bool is_computed;
        period period;
};

struct profile {
        const struct unit *unit;
        const char *name, *href, *state, *state_class, *state_icon, *report_href;
        struct number iip, exports, export_growth, product, industry;
        struct chart chart;
        struct chart_bar parts[2];
        const char *share, *rest;
};

/* ---- reports and links ------------------------------------------------------------------------------------- */

struct sender {
        const struct unit *unit;
        const char *name, *href, *department;
        enum strip_mark strip[STRIP_PERIODS];
        bool has_report;
        enum report_state state;
        moment sent_at;
        const char *sent_by, *report_href; /* NULL for who may not open that unit's reports */
        const char *chip, *chip_class, *chip_icon;
        bool has_node, is_connected;
        const char *contact, *problem;
        int64_t backlog;
        int rank;
};

struct senders {
        bool is_there;             /* the asker may see them, and there is a form */
        const struct form *form;
        const char *form_title, *period_text, *due_text;
        period period, first;      /* the last of the strip, and its first */
        struct sender list[PROVINCES_MAX];
        size_t count, shown;
        size_t sent, accepted, missing;
        const char *all_href;
};

struct nodes {
        bool is_there;
        size_t count, connected, silent;
        int64_t backlog;
        const char *checked;
        struct chart chart;
        struct chart_bar bars[2];
        struct link *links;
        const char **problems;
        size_t problem_count;
};

/* ---- the whole --------------------------------------------------------------------------------------------- */

struct choice { const char *value, *title; bool is_on; };

/* What waits for the asker: the most urgent of it. */
struct waiting_line { const char *title, *detail, *href, *when; moment due; size_t place; bool is_late; };
struct waiting {
        struct waiting_line *lines;
        struct todo *reports;      /* all that is asked of reports */
        size_t count, report_count;
        int64_t total;             /* of what the asker does; reports that others owe are a line, and not counted */
};
/* NULL and an error on failure. */
struct waiting *waiting_make(struct work *);

struct overview {
        const struct ask *ask;
        const struct catalogue *catalogue;
        period period;
        bool is_default_period;
        const char *period_text, *known_text;
        moment known;
        bool is_monthly, is_public, is_mom, as_table;
        const struct layout *layout;
        enum boundary boundary;

        const char *title, *newest_month_href, *newest_month_text;
        struct choice periods[400], compares[2], layouts[LAYOUTS_MAX];
        size_t period_count, compare_count, layout_count;
        const char *download, *json;
        const char *mark;          /* "Số ước tính", where the headline is one */
        const char *updated;       /* when the newest figure shown became known */

        struct card cards[CARDS];
        struct map map;
        struct series series;
        struct contribution contribution;
        struct profile profile;
        struct waiting *waiting;   /* NULL: the asker has no work here */
        struct senders senders;
        struct nodes nodes;
};

/* Build the overview. NULL and an error: ERR_INVALID names what of the question is wrong. */
struct overview *overview_make(struct work *, const struct ask *);

/* ---- the page of one province ---------------------------------------------------------------------------------- */

struct province {
        struct overview *frame;    /* period, choices, senders and nodes of this province only */
        const struct unit *unit;
        const char *name, *full_name, *facts;
        struct number numbers[PROFILE_MAX];
        const char *names[PROFILE_MAX]; /* with the item where it is not the whole */
        size_t count;
        struct card cards[CARDS];
        size_t card_count;
        struct series series;
        struct sender *sender;
        const char *figures_csv, *figures_xlsx;
        struct told_change { const char *text, *href; } *changes;
        size_t change_count;
};

/* One province with its figures, series, changes and reports. NULL and an error for a code no province has. */
struct province *province_make(struct work *, const struct ask *, const char *code);

/* ---- parts shared by both (number.c) ---------------------------------------------------------------------------- */

/* Copy a row and make it readable. */
void number_take(struct work *, struct number *, const struct figure_row *);
const char *amount_of(const char *text); /* "+22,6" -> "22,6" */
void number_dress(struct work *, const struct overview *, struct number *);
/* Of a sum: who stands behind it. */
bool number_freshen(struct work *, const struct overview *, struct number *);
const char *name_of(const struct work *, const struct unit *);
const char *day_text(struct work *, day);
const char *moment_text(struct work *, moment);
const char *period_said(struct work *, period);   /* inside a sentence: "tháng 12/2021" */
const char *period_titled(struct work *, period); /* at its beginning: "Tháng 12/2021" */
const char *address_figures(struct work *, const struct overview *, const char *indicator, const char *unit,
                            bool with_children, period from, period to, const char *suffix);
bool only_published(struct work *, const char *unit_code);

struct numbers_kept {
        struct number *list;
        size_t count, room;
};

/* Add what there is of indicators (NULL-terminated ids, at most 32; unknown ones are passed over) of one unit and, if wanted, those below
 * it; items: at most 8, NULL for the whole alone. As of the date and the map that the overview shows. */
bool numbers_read(struct work *, const struct overview *, const char *const *ids, const char *unit, bool with_children, const char *const *items,
                  period from, period to, bool all_versions, struct numbers_kept *);
struct number *number_find(const struct numbers_kept *, const char *id, const char *item, period); /* item "": the whole; NULL: none */

/* The two indicators that map and line may show, the usual one first; NULL ends them. */
const char *const *topics_of(const struct overview *);

/* Each part of the overview (card.c, map.c, months.c). */
bool cards_fill(struct work *, struct overview *, const struct unit *, struct card *cards);
bool map_fill(struct work *, struct overview *, const struct tile *, size_t tile_count);
/* The province picked on the map; else the asker's own; else the one about which most is known. */
bool map_pick(struct work *, struct overview *);
bool profile_fill(struct work *, struct overview *);
bool series_fill(struct work *, struct overview *, struct series *, const struct unit *);
bool contributions_fill(struct work *, struct overview *);

/* What was asked about reports and links (senders.c). only: one unit, NULL all provinces. */
bool senders_fill(struct work *, struct overview *, const struct unit *only);
bool nodes_fill(struct work *, struct overview *);

/* What has to be done, as a text. */
const char *todo_said(enum todo_kind);

/* The places of the map as its tiles show them. */
const struct map_place *places_shown(struct work *, const struct map *);

/* The same figures on the true map, as a table. */
const char *map_address(struct work *, const struct map *);

/* The same as JSON: one object. */
void overview_json(struct work *, struct buf *, const struct overview *);
void province_json(struct work *, struct buf *, const struct province *);

#endif
