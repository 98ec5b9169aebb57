/* catalogue.h - what the figures are about: units, periods, indicators, items, working days.
 *
 * The catalogue is a set of data files (YAML for definitions, CSV for long lists), each an entry
 * "catalogue.file" with its path and text. The ministry's versions stand (of two written unseen the newest, until one decides: "catalogue.settle"); before a node has heard from the ministry,
 * its own copies (from the program, in its local stream) serve. In memory it is one immutable
 * structure, shared by all threads, replaced as a whole when a file changes. Law is in these files,
 * with dates; nothing here knows a decree. */
#ifndef CATALOGUE_CATALOGUE_H
#define CATALOGUE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/day.h"
#include "ledger/entry.h"
#include "work/work.h"

struct catalogue;
struct past; /* ledger/past.h */

/* ---- units: places and offices with dates -------------------------------------------------- */

enum unit_level { LEVEL_COUNTRY, LEVEL_PROVINCE, LEVEL_DISTRICT, LEVEL_COMMUNE, LEVEL_COUNT };

/* One administrative unit for one stretch of time. Codes are reused: identity is key. */
struct unit {
        const char *key;        /* "25@2025-07-01": code and first day; "42@2004-01-01" */
        const char *code;       /* GSO code: "VN", "25", "07906" */
        enum unit_level level;
        const char *kind;       /* tinh, thanh_pho_tw, huyen, xa, phuong, dac_khu … */
        const char *name_vi, *name_en;           /* "Phú Thọ" */
        const char *full_name_vi, *full_name_en; /* "Tỉnh Phú Thọ" */
        const char *short_name; /* for tiles: "P.Thọ" */
        const char *letters;    /* for tiles: "PTO"; "" below provinces */
        const struct unit *parent;   /* at its time; NULL for the country */
        const struct unit *province; /* itself for a province; NULL for the country */
        day from, to;           /* first and last day; DAY_FOREVER while it exists */
        int region;             /* statistics region number, 0 unknown */
        const struct renaming *renamings; /* earlier names, inside the catalogue: see unit_name_on */
        const char *act_file;   /* of ARRANGEMENTS, by which it came about; NULL: it is of the lists */
};

#define SHARES_WHOLE 1000000 /* all parts of a unit together, parts per million */

/* A part of an old unit that went into a new one. */
struct unit_change {
        const struct unit *old, *new;
        day date;               /* first day of the new */
        const char *act;        /* legal act */
        bool is_whole;          /* the whole of old went into new */
        long share_ppm;         /* share of old that went there, parts per million; -1 unknown */
        const char *basis;      /* what the share is a share of ("population on 2024-04-01"); "" for a whole or an unknown one */
};

/* The unit a code means on a day; NULL where it did not exist then. day_of_period_end is the usual day. */
const struct unit *unit_at(const struct catalogue *, const char *code, day);

/* What a code means for rights on a day: the unit of that day, else the last one before it, which is no more; NULL: none yet. */
const struct unit *unit_last(const struct catalogue *, const char *code, day);

/* "25@2021-12-31" or "25": the unit on the named day, or on the fallback day. Keys are accepted too. */
const struct unit *unit_read(const struct catalogue *, const char *text, day fallback);
const struct unit *unit_by_key(const struct catalogue *, const char *key);

/* Whether a unit was ever known under the code (for the message "did not exist on that date"). */
bool unit_code_is_known(const struct catalogue *, const char *code);

/* Units of a level that exist on a day, in order of code; array lives as long as the catalogue work holds. */
size_t unit_list(const struct catalogue *, enum unit_level, day, const struct unit **out, size_t max);

/* All units there ever were, in order of level, code and first day. Returns their number, also beyond max. */
size_t unit_list_ever(const struct catalogue *, const struct unit **out, size_t max);

/* The first day since which the map has been what it is on a day: no unit began, ended or was changed in between. DAY_NONE: it never was another. */
day unit_map_since(const struct catalogue *, day);

/* Units directly below a unit on a day. */
size_t unit_children(const struct catalogue *, const struct unit *, day, const struct unit **out, size_t max);

/* Whether inner is outer or lies below it. By codes for rights: does code a lie in the territory of code b today? */
bool unit_is_within(const struct unit *inner, const struct unit *outer);
bool unit_code_is_within(const struct catalogue *, const char *inner_code, const char *outer_code, day);

/* Where a unit's territory lies on a later or earlier map: the units of that day it became, or was made of.
 * For boundary=now|DATE. Each part is a pair of one older and one newer unit (forward: the asked unit is the older;
 * backward: the part is): share is the share of the OLDER one that lies in the newer, of PART_WHOLE, -1 unknown; is_exact:
 * the older one lies wholly in the newer, so levels of the older ones may be summed. A unit that exists on the day is
 * its own only part. Returns the number of parts, also beyond max (none: the trail ends). */
#define PART_WHOLE 1000000000000000000 /* three divisions one after another, each in parts per million, are exact */
struct unit_part { const struct unit *unit; int64_t share; bool is_exact; };
size_t unit_restated(const struct catalogue *, const struct unit *, day on, struct unit_part *out, size_t max);

/* All of them, in memory of the arena. */
struct unit_part *unit_parts(struct arena *, const struct catalogue *, const struct unit *, day on, size_t *count);

/* Whether there are any, and all lie within outer: where a unit that is no more lies on that day. */
bool unit_lies_within(const struct catalogue *, const struct unit *, const struct unit *outer, day on);

/* Whether a unit lies, on a day, in what a node has that was enrolled for one, though the code may mean another by then: all of a unit that is there; of one
 * that has ended the same territory, less what went to a unit with another code where it was divided. now: what the code means on the day. */
bool unit_is_of(const struct catalogue *, const struct unit *, const struct unit *had, const struct unit *now, day on);

/* What a unit was called on a day. A renaming or a change of type (Đồng Nai became a city) keeps the unit and its
 * key: struct unit has the newest names, these are those of the day (the first known for earlier days). */
struct unit_name {
        day from;
        const char *kind, *name_vi, *name_en, *full_name_vi, *full_name_en;
        const char *act;        /* legal act or reason; "" for the first name */
};
struct unit_name unit_name_on(const struct unit *, day);

/* All names of a unit, oldest first; one where it was never renamed. */
size_t unit_names(const struct unit *, struct unit_name *out, size_t max);

/* Mergers and splits that are recorded later stand in files of their own, one for each legal act: rows of old unit, new unit and
 * share. Such a file ends the old units the day before, makes the new ones (rows with kind, names and parent), and takes the units
 * below along where their unit went into one; where it was divided, the file says of each where it goes. The shares of a divided
 * unit add up to exactly 1 and name what they are shares of, or are all left open. */
#define ARRANGEMENTS "units/arrangements/"

/* All mergers and splits; the list lives as long as the catalogue. Returns their number. */
size_t unit_changes(const struct catalogue *, const struct unit_change **list);

/* The acts (their files) that rest on one: they end a unit that it made, or put one below such a unit. Without it they would be about other units with
 * the same codes, or none. */
const char **unit_acts_resting(struct arena *, const struct catalogue *, const char *act_file, size_t *count);

/* What became of a unit, and what it was made of: changes with it as old, as new. Returns their number, also beyond max. */
size_t unit_successors(const struct catalogue *, const struct unit *, const struct unit_change **out, size_t max);
size_t unit_predecessors(const struct catalogue *, const struct unit *, const struct unit_change **out, size_t max);
/* All of either, in memory of the arena. */
const struct unit_change **unit_became(struct arena *, const struct catalogue *, const struct unit *, size_t *count);
const struct unit_change **unit_made_of(struct arena *, const struct catalogue *, const struct unit *, size_t *count);

/* A unit and all that it was made of, whole or in part, however many arrangements ago; itself first. */
const struct unit **unit_origins(struct arena *, const struct catalogue *, const struct unit *, size_t *count);

/* All units that ever had the code, oldest first. */
size_t unit_by_code(const struct catalogue *, const char *code, const struct unit **out, size_t max);

/* "province"; the name of a statistics region; "" for none. */
const char *unit_level_name(enum unit_level);
const char *region_name(const struct catalogue *, int region, enum language);

/* ---- periods ------------------------------------------------------------------------------- */

/* A period is a number that sorts by time inside its frequency: frequency * 1000000 + year * 100 + index
 * (month 1-12, quarter 1-4, half 1-2, year 0). Written as in SDMX: 2021-03, 2021-Q1, 2021-S1, 2021. */
typedef int32_t period;
enum frequency { FREQUENCY_MONTH = 1, FREQUENCY_QUARTER = 2, FREQUENCY_HALF = 3, FREQUENCY_YEAR = 4 };
#define PERIOD_NONE 0
#define PERIOD_TEXT_MAX 16

/* Between text and number, exactly; out has PERIOD_TEXT_MAX bytes. What a period is made of. */
bool period_read(const char *text, size_t length, period *);
size_t period_write(char *out, period);
enum frequency period_frequency(period);
int period_year(period);
int period_index(period); /* month, quarter, half; 0 for a year */
/* The period with that index, which is not checked (a year has none). Its first and last day, both counted. */
period period_make(enum frequency, int year, int index);
day period_first(period);
day period_last(period);
period period_plus(period, int steps);     /* same frequency, steps later (negative: earlier) */
period period_year_before(period);         /* same period of the year before */
period period_at(enum frequency, day);     /* the period that holds a day */

/* "Tháng 12/2021", "Quý I/2022", "Năm 2021"; "December 2021", "Q1 2022", "2021". */
size_t period_write_shown(char *out, size_t room, period, enum language);
/* The same within a sentence, "tháng 12/2021", and for narrow columns, "T12/2021"; "Dec 2021". */
size_t period_write_said(char *out, size_t room, period, enum language);
size_t period_write_short(char *out, size_t room, period, enum language);
/* A month as people write it: as period_read, or as the three above write it, in either language; also "12/2021". */
bool period_read_month(const char *text, period *);

/* ---- working days and windows -------------------------------------------------------------- */

/* Whether people work on a day: not Saturday, Sunday, a holiday; but on a make-up day. is_known is
 * false beyond the years the calendar covers: say so, never guess. */
bool day_is_working(const struct catalogue *, day, bool *is_known);

/* The n-th working day after a day (before it, where n is negative); n = 0: the day itself, or the next working day. */
day day_plus_working(const struct catalogue *, day, int working_days, bool *is_known);
const char *day_holiday_name(const struct catalogue *, day, enum language); /* NULL on others */

/* The last day of the years that the calendar covers without a gap from that of a day on; DAY_NONE: it does not cover that year. */
day calendar_end(const struct catalogue *, day from);

/* A day on which people work or not otherwise than its day of the week says. All that there are, in order. */
struct special_day {
        day on;
        bool is_working;          /* a make-up day */
        const char *name_vi, *name_en;
};
const struct special_day *calendar_days(const struct catalogue *, size_t *count);
/* By what the days off of the year of a day are known, and whether that was checked against their announcement; "" and false: the calendar does not cover it. */
const char *calendar_basis(const struct catalogue *, day, bool *is_verified);

/* A reporting window: which days a period's report covers and when it is due (periods.yaml). */
struct window {
        const char *id, *name_vi, *name_en, *legal_basis;
        bool is_verified;       /* false: from memory; an administrator should check */
        enum frequency frequency;
};
const struct window *window_find(const struct catalogue *, const char *id, day on);
bool window_dates(const struct catalogue *, const struct window *, period, day *first, day *last, moment *due);
/* False where it is due on, or after, a working day that was counted beyond the years the calendar covers: it may move. */
bool window_due_is_certain(const struct catalogue *, const struct window *, period);

/* ---- classifications ------------------------------------------------------------------------ */

struct item {
        const char *classification; /* "vsic" */
        const char *code, *name_vi, *name_en;
        const char *unit_vi, *unit_en; /* unit of measure of its quantities, or "" */
        const struct item *parent;
        day from, to;
        int order;                  /* as printed by the publisher */
        int line;                   /* of its file, for messages */
};
struct classification {
        const char *id, *name_vi, *name_en, *root; /* root: code that means the whole: "TOTAL" */
};
/* The classification with an id; NULL if none. */
const struct classification *classification_find(const struct catalogue *, const char *id);

/* The item a code means on a day; NULL if none. */
const struct item *item_at(const struct catalogue *, const char *classification, const char *code, day);
size_t item_list(const struct catalogue *, const char *classification, day, const struct item **out, size_t max);
/* All items there ever were, as printed; a code may come several times, for different days. */
size_t item_list_ever(const struct catalogue *, const char *classification, const struct item **out, size_t max);
/* Whether a code meant an item of the classification on any day, or means its whole, as "" does in each; classification NULL: of any. */
bool item_was(const struct catalogue *, const char *classification, const char *code);

/* ---- indicators ----------------------------------------------------------------------------- */

enum additive { ADDITIVE_NONE, ADDITIVE_FLOW, ADDITIVE_STOCK }; /* flow: over units and time; stock: over units */

/* A growth rate over a year is weighted by the levels a year before, and so on. */
enum weights_at { WEIGHTS_SAME, WEIGHTS_PERIOD_BEFORE, WEIGHTS_YEAR_BEFORE };

#define INDICATOR_BREAKS_MAX 8

struct indicator {
        const char *id;             /* "export_value" */
        const char *name_vi, *name_en;
        const char *unit_vi, *unit_en;   /* unit of measure: "triệu USD"; "" where each item has its own; never another for an id */
        const char *short_vi, *short_en; /* for column heads */
        int decimals;               /* kept exactly; never changes for an id */
        int shown;                  /* decimals shown to people */
        enum additive additive;
        bool is_index;              /* "base = 100": change is value - 100, differences are points */
        const char *comparison;     /* "yoy", "mom" … where the figure already is a comparison; or "" */
        const char *item_classification, *partner_classification; /* "" for none */
        int price_year;             /* levels at constant prices of that year; 0: at current prices, or no money */
        period breaks[INDICATOR_BREAKS_MAX]; /* levels of periods before and from each of these do not join (a new estimate of the whole) */
        int break_count;
        const char *formula;        /* "" or an expression over indicators (catalogue/formula.h) */
        const struct indicator **inputs; /* those it names, each once, in its order */
        size_t input_count;
        const char *weights;        /* of an index or rate: the additive indicator that weights it over units; "" not known */
        enum weights_at weights_at; /* the weights of which period */
        const char *source_vi, *source_en; /* the organisation that owns it */
        int64_t least, most;        /* plausible range, scaled; INT64_MIN/MAX open */
        bool may_be_negative;
        day from, to;
        const char *legal_basis;
        bool is_verified;
        const char *file;           /* where it is defined, for messages */
        int line, column;
};
/* The indicator with an id, NULL if none; and all of them (returns their number, which may be over max). */
const struct indicator *indicator_find(const struct catalogue *, const char *id);
size_t indicator_list(const struct catalogue *, const struct indicator **out, size_t max);
/* The same in order of their names in a language. */
size_t indicator_list_named(const struct catalogue *, enum language, const struct indicator **out, size_t max);
/* Its formula with the short names of the indicators, "Exports − Imports"; "" none. */
const char *indicator_formula_said(const struct catalogue *, const struct indicator *, enum language, struct arena *);
/* Whether levels of two periods belong to one series: no break lies between them. */
bool indicator_joins(const struct indicator *, period before, period after);
/* Whether two names are those of one unit of measure: the same, or measures.yaml says so. */
bool measure_is_same(const struct catalogue *, const char *, const char *);
/* What its figures of an item ("" or the root: the whole) count in on a day; "" where nobody says. */
const char *indicator_measure(const struct catalogue *, const struct indicator *, const char *item, day, enum language);

/* ---- where figures come from ------------------------------------------------------------------ */

/* A kind of source (sources.yaml): the statistics office, Customs, the administration's own reports, the press. Where several
 * give one figure, that of the highest priority stands (figure/fold.h). */
struct provider {
        const char *id, *name_vi, *name_en;
        const char *why_vi, *why_en; /* why it counts before or after others: half a sentence */
        int priority;
        bool is_own;                /* what the administration reports itself: what no text names, or a text of its own ("Báo cáo …") */
        day from, to;               /* by the day on which the entry was written */
        const char *legal_basis;    /* "" none */
        bool is_verified;
};

/* The kind of the source that an entry written on a day names ("" none). NULL where the catalogue knows no kinds. */
const struct provider *provider_of(const struct catalogue *, const char *source, day on);
/* All kinds, as written. Returns their number, also beyond max. */
size_t provider_list(const struct catalogue *, const struct provider **out, size_t max);

/* ---- the whole ------------------------------------------------------------------------------ */

/* The catalogue as this work sees it; stays valid until the work's arena closes. If it cannot be read work that is run (work_run) ends, as where
 * its memory ends, with the error that says why; NULL and an error without a database. Cheap: a pointer while nothing changed. A work that had
 * one keeps it when a newer cannot be read (the error stands in the work, so nothing of it is written): a page half made has no hole.
 *
 * Where the work asks what was known at a moment (w->known) it is the catalogue of then: of each file the version that stood, by the time of
 * who wrote it. A file that is first of a later time is taken as it was first written, where it fits to the others, so that figures which are known since before their
 * definition can be read; but for units and their changes: a legal act is known from its record on. A moment before the first record is
 * answered by the catalogue of now: nothing was told here by then. */
const struct catalogue *catalogue_of(struct work *);

/* The one of now, whatever the work asks about: for who may do and see what. */
const struct catalogue *catalogue_now(struct work *);

/* Whether the tables hold figures, reports and indices as the catalogue of the moment that the work asks about would place them: then what was known at
 * it can be read from them. Not where a unit, an item, a limit or the order of sources was defined otherwise since. */
bool catalogue_places_alike(struct work *);

/* Whether two catalogues define everything but units so that figures are placed the same. */
bool catalogue_defines_alike(const struct catalogue *, const struct catalogue *);

/* The past in which what was known at the work's moment can be read (ledger/past.h). recorded 0: the one in which all figures are placed by the catalogue of
 * the moment, where the tables do not. Else as it was read at that other moment: of what had been written by then, placed as then, also where the work asks
 * about no moment. NULL and an error if it cannot be made. */
struct past *catalogue_past(struct work *, moment recorded);

/* Run a function where what is known at the moment can be read: on the tables, or on such a past; of one it reads with the clock of recorded. For commands; a
 * server has its own ways. */
bool catalogue_run_known(struct work *, moment recorded, work_function *, void *argument);

/* Since when an act (its file) has been recorded, without a time in which it was withdrawn; 0: it is not. */
stamp catalogue_recorded_at(struct work *, const char *act_file);

/* The unit that a code means, on a day, to a node that has had it since: not one that came about later, by an act that the node's unit has not taken over
 * by. NULL: there never was one. */
const struct unit *catalogue_had(struct work *, const struct catalogue *, const char *code, struct tenure, day);
/* Whether a unit lies in the territory of such a node. */
bool catalogue_is_had(struct work *, const struct catalogue *, const struct unit *, const char *code, struct tenure, day);

/* The change by which the unit of such a node ended and became a larger one, which the node has not until its takeover is said; NULL: none. */
const struct unit_change *catalogue_awaited(struct work *, const struct catalogue *, const char *code, struct tenure);

/* The same by codes, and whether a code means the same unit today, had since one time or another; for the ledger's schema. False, or true, where the
 * units are not known. */
bool catalogue_is_within(struct work *, const char *inner_code, const char *outer_code, struct tenure, day);
bool catalogue_is_same_unit(struct work *, const char *code, struct tenure, struct tenure);

/* Whether a code lies in the territory of another today; for that of this node: as it has it, with the units whose nodes it has taken over and without
 * those it has given back. */
bool catalogue_is_served(struct work *, const char *inner, const char *outer);
/* Whether a code is that of a unit today: by the list of units, or because its merger into another was undone. */
bool catalogue_stands(struct work *, const char *code);

/* A catalogue file as text, by path ("forms/monthly.form"), NULL (no error) if there is none; and all
 * paths with a suffix. For modules that keep their own definitions (forms) in the catalogue. */
const char *catalogue_file(const struct catalogue *, const char *path);
size_t catalogue_paths(const struct catalogue *, const char *suffix, const char **out, size_t max);

/* A number that differs whenever the catalogue differs on this node: for caches built on it. */
int64_t catalogue_version(const struct catalogue *);

/* What a module reads of a whole catalogue once and keeps beside it (forms): made at the first question, for all who hold the catalogue, freed
 * with it. NULL where making it gave NULL: the next question makes it again. One thing for each function that makes; COMPANIONS_MOST of them. Any thread
 * may ask, but not from within make. */
#define COMPANIONS_MOST 2
void *catalogue_companion(const struct catalogue *, void *(*make)(const struct catalogue *), void (*free_it)(void *));

/* What went wrong, where, for every file (checks collect, they do not stop at the first). */
struct complaint { const char *file; int line, column; const char *message; };
struct complaints {
        struct complaint *list;
        size_t count, room;
        struct arena *arena;
        enum language language; /* of the messages */
};
void complain(struct complaints *, const char *file, int line, int column, const char *format, ...)
        __attribute__((format(printf, 5, 6)));

/* A file for parsing: path inside the catalogue and text. The text is used, not copied, by what is parsed from it. */
struct source { const char *path, *text; size_t length; };

/* Parse and cross-check a set of files into a catalogue in the arena. Always returns one; whether it may be
 * used is whether there are no complaints. Pure: no database. */
struct catalogue *catalogue_parse(struct arena *, const struct source *, size_t count, struct complaints *);

/* Other modules' files (forms): called by catalogue_check and before a file becomes an entry. */
struct catalogue_checker { const char *suffix; void (*check)(struct arena *, const struct catalogue *, const struct source *, struct complaints *); };
void catalogue_register(const struct catalogue_checker *); /* at start-up only */

/* For checkers, while they look: a file that is there, and where to keep, in the arena of the check, what was read of it for whoever
 * meets it again; at first NULL. Who keeps something is the one reader of the suffix. */
void **catalogue_reading(const struct catalogue *, const char *path, const struct source **file);

/* Parse a whole catalogue and let every registered checker look at its files. */
struct catalogue *catalogue_check(struct arena *, const struct source *, size_t count, struct complaints *);

/* The files shipped inside the program. Where memory ends the work does (work_starve). */
const struct source *catalogue_shipped(size_t *count);

/* The text of a file inside the program, by path; also of those beside the catalogue ("map/provinces.csv"). NULL if there is none. */
const char *shipped_file(const char *path);

/* Inside a job: write the files that differ from the present ones as entries (audience * at the
 * ministry, local elsewhere), after checking them together with the rest; what would tell figures in another unit of measure, or in other decimals, than they
 * were written in is refused. *changed gets their number. What was wrong before, of files that
 * do not differ, is no complaint: it goes into the log. reason: why, for who reads the entries; NULL: none is given. */
bool catalogue_load(struct work *, const struct source *, size_t count, const char *reason, struct complaints *, size_t *changed);

/* Two nodes of the ministry may write one file without having seen each other: then both versions are kept, the newest stands, and a conflict is open until
 * somebody decides (figure/contest.h shows it). The open ones, in the order of paths: of which file, and the conflict's name. NULL and an error on failure. */
struct file_doubt { const char *path, *contest; };
struct file_doubt *catalogue_doubts(struct work *, size_t *count);

/* The text that versions of a file, by their entries, have in common: of the newest version that all of them followed. NULL (no error): there is none. */
const char *catalogue_ground(struct work *, const char *path, const int64_t *versions, size_t count);

/* Inside a job at the ministry's node: the text of one of some versions of a file stands from now on (chosen and of are hashes), after checking it with the rest as
 * catalogue_load does; a definition that no figure rests on may change in all. ERR_INVALID where the files would not fit together. */
bool catalogue_settle(struct work *, const char *path, const char *chosen, const char *const *of, size_t of_count, const char *by, const char *reason);

/* Inside a job: take a file out of the catalogue again, after checking what is left. Everything is answered as if it had never been
 * there; the entries that brought and withdrew it stay. ERR_MISSING if there is no such file. */
bool catalogue_withdraw(struct work *, const char *path, const char *reason, struct complaints *);

/* Read a folder of files. */
struct source *catalogue_folder(struct arena *, const char *folder, size_t *count, struct error *);

/* Whether figures written under the old catalogue would be placed the same under the new one: units, changes, items
 * and the scale of indicators as far as they concern days up to today. */
bool catalogue_past_is_same(const struct catalogue *old, const struct catalogue *new, day today);

/* Tables that rest on the catalogue (figures): when a file changes the past, they are emptied and the entries of
 * each kind prefix are applied again; also when a file changes whose path begins with one of files (NULL: none). The lists end
 * with NULL. held (NULL: it has no figures) finds the last period that ends in [from, to] of which it holds figures of an indicator for an
 * item (NULL: for any); PERIOD_NONE. At start-up only. */
struct catalogue_dependent {
        const char *const *kind_prefixes, *const *tables, *const *files;
        period (*held)(struct work *, const char *indicator, const char *item, day from, day to);
};
void catalogue_register_dependent(const struct catalogue_dependent *);

extern const struct entry_kind catalogue_kinds[];
extern const struct derived_table catalogue_tables[];

/* Whether an entry that decides about a conflict has an author who may, a reason, and names some entries ("of"), at most SETTLE_SIDES_MAX. */
enum applied decision_is_formed(const struct entry *, struct error *why);

#endif
