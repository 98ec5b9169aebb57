/* catalogue_private.h - the catalogue in memory, and what its parsers share. */
#ifndef CATALOGUE_CATALOGUE_PRIVATE_H
#define CATALOGUE_CATALOGUE_PRIVATE_H

#include "catalogue/catalogue.h"
#include "catalogue/yaml.h"

#define UNIT_CODE_MAX 8 /* bytes of a unit's code: they fit a 64-bit word */

struct renaming {
        struct unit_name name;
        const struct renaming *next;
};

struct kind {
        const char *name, *label_vi, *label_en;
        enum unit_level level;
};

struct act {
        const char *id, *title_vi, *title_en;
        bool is_verified;
};

struct region {
        int number;
        const char *name_vi, *name_en;
};

/* Units in order of (level, code, first day). Children and changes of unit n stand at first[n] … first[n + 1]. */
struct units {
        struct unit *list;
        size_t count;
        size_t level_first[LEVEL_COUNT + 1];
        uint32_t *slots;          /* code -> index + 1 of the first unit with it; 0 free */
        size_t slot_count;        /* a power of two */
        uint32_t *child_first, *children;
        struct unit_change *changes; /* in order of (old, new) */
        size_t change_count;
        uint32_t *old_first;      /* into changes */
        uint32_t *new_first, *by_new;
        struct kind *kinds;
        size_t kind_count;
        struct act *acts;
        size_t act_count;
        struct region *regions;
        size_t region_count;
};

struct calendar_year {
        int year;
        bool is_verified;
        const char *basis;
};

struct calendar {
        struct special_day *days; /* in order */
        size_t count;
        struct calendar_year *years;
        size_t year_count;
};

/* A moment relative to a period: day of a month, counted from the period's first or last month. */
struct window_edge {
        int month;                /* months later (negative: earlier) */
        int day_of_month;         /* 0: the last */
};

struct window_rule {
        struct window window;     /* first, so that the public face is the same address */
        day from, to;
        struct window_edge first, last, due;
        int due_minutes;          /* of the day; 1440: its end */
        bool is_before;           /* "before the 20th": the day before counts as the last */
        enum { SHIFT_NONE, SHIFT_NEXT, SHIFT_PREVIOUS } shift; /* where the day is not a working day */
};

struct provider_rule {
        struct provider provider;  /* first, so that the public face is the same address */
        const char **matches;      /* how the text of a source begins */
        size_t match_count;
};

struct classified {
        struct classification classification;
        struct item *items;       /* in printed order */
        const struct item **by_code; /* in order of (code, first day) */
        size_t count;
};

struct companion {
        void *(*make)(const struct catalogue *);
        void (*free_it)(void *);
        void *thing;
};

struct catalogue {
        struct arena *arena;
        int64_t version;
        bool has_later;           /* of a moment: also files that were first written later */
        const struct source *files; /* in order of path */
        size_t file_count;
        void **readings; /* by file: catalogue_reading */
        struct companion *companions; /* catalogue_companion */
        struct units units;
        struct calendar calendar;
        struct window_rule *windows;
        size_t window_count;
        struct provider_rule *providers; /* as written */
        size_t provider_count;
        struct classified *classifications;
        size_t classification_count;
        struct indicator *indicators; /* in order of id */
        size_t indicator_count;
        const struct indicator **indicators_listed; /* as written */
        const struct indicator **indicators_named[2]; /* in order of name, by language */
        const struct yaml **measures; /* lists of names, each of one unit of measure */
        size_t measure_count;
        char *pool;               /* where short strings are packed */
        size_t pool_left;
};

struct sheet;

/* A unit before the units have their places. */
struct unit_row {
        uint64_t word;            /* the code, packed so that words order as codes do */
        day from;
        uint8_t level;
        int line;
        const char *path;
        char parent[UNIT_CODE_MAX + 1];
        struct unit unit;
};

struct unit_rows {
        struct unit_row **list;
        size_t count, room;
};

/* A part of an old unit that an arrangement gave to a new one. */
struct unit_move {
        const struct unit_row *old, *new;
        day date;
        long share_ppm;
        const char *act, *basis;
};

struct unit_moves {
        struct unit_move *list;
        size_t count, room;
};

/* What parsing needs beside the catalogue; the scratch arena is given back at the end. */
struct parse {
        struct catalogue *catalogue;
        struct arena *arena, *scratch;
        struct complaints *complaints;
        const struct source *files;
        size_t file_count;
        struct unit_moves moves;
};

/* A string kept with the catalogue, packed without padding. */
const char *pool_keep(struct parse *, const char *text, size_t length);
char *pool_room(struct parse *, size_t bytes);

void parse_units(struct parse *);

/* ---- between unit.c and arrangement.c ------------------------------------------------------------- */

/* The first columns of a file of units, in the order unit_row_read expects; the code and first day may have other names. */
enum { UNIT_CODE, UNIT_KIND, UNIT_NAME_VI, UNIT_NAME_EN, UNIT_PARENT, UNIT_FROM, UNIT_TO, UNIT_SHORT, UNIT_LETTERS, UNIT_REGION, UNIT_COLUMNS };

/* The unit of a row; NULL and a complaint where it is none. */
struct unit_row *unit_row_read(struct parse *, struct sheet *, const struct source *);
void unit_row_add(struct parse *, struct unit_rows *, struct unit_row *);
uint64_t unit_word(const char *code, size_t length);
const char *unit_key(struct parse *, const char *code, size_t length, day from);

/* A field kept with the catalogue. */
const char *sheet_keep(struct parse *, const struct sheet *, int column);

/* "1" whole, "0.25", "" unknown (-1): parts per million. False and a complaint for anything else. */
bool share_read(struct sheet *, int column, long *ppm);

/* The title of a known act; NULL: none has that name. */
const char *act_title(const struct parse *, const char *id);

/* Carry out the arrangements of all files, the earliest first: rows end and others are added, and p->moves has what went where. */
void arrangements_read(struct parse *, struct unit_rows *);
void parse_calendar(struct parse *);
void parse_windows(struct parse *);
void parse_providers(struct parse *);
void parse_classifications(struct parse *);
void parse_indicators(struct parse *);
void parse_measures(struct parse *);

/* ---- units of measure (measure.c) ------------------------------------------------------------------ */

/* Complain of definitions by which figures would be told in another unit of measure than that they were written in: of an indicator always (other
 * nodes may hold figures of it), of an item where this node holds figures of days on which it would be counted otherwise. */
void check_measures(struct work *, const struct catalogue *old, const struct catalogue *new, bool is_decision, struct complaints *);

/* Whether figures of an indicator are held: of others a decision may choose any definition. */
bool indicator_is_used(struct work *, const char *indicator);

/* The last period that ends in [from, to] of which figures of an indicator are held for an item (NULL: any; store.c); PERIOD_NONE: there are none. */
period catalogue_held(struct work *, const char *indicator, const char *item, day from, day to);

/* ---- between shelf.c and store.c ------------------------------------------------------------------ */

/* The version that the tables hold. A writer that applies entry after entry asks for it once, as long as none of them can change it. */
int64_t version_of_tables(struct work *);

/* 48 bits from a file's path and text: their sum over all files is the version. A file that was withdrawn has no text and 0: it counts
 * for nothing, and only its row remembers that older versions do not stand. */
int64_t file_mark(const char *path, const char *text, size_t length);

/* All files inside the program, made from data/ at build time; catalogue_shipped() gives those of the catalogue. */
extern const struct source shipped_files[];
extern const size_t shipped_count;

/* Whether the sources of figures and their order are the same in two catalogues. */
bool providers_are_same(const struct catalogue *, const struct catalogue *);

/* Whether a path is "folder/…" with that suffix. */
bool path_is_in(const char *path, const char *folder, const char *suffix);

/* "valid: {from: …, to: …}": absent is open on both ends. */
void parse_valid(const struct yaml_place *, const struct yaml *map, day *from, day *to);

/* Identifiers: a-z 0-9 _ , beginning with a letter, at most 64. */
bool identifier_is_valid(const char *);

/* ---- which files (known.c) ------------------------------------------------------------------------ */

#define CHOICE_KEY 16

struct chosen_file {
        const char *path;
        int64_t entry, mark;
        int64_t brought;     /* the entry that brought the text: that of a decision is another one */
        bool is_later;       /* there was none by then: the first one */
};
struct chosen {
        struct chosen_file *list; /* NULL: those of now */
        size_t count;
};

/* The files that were known at a moment. */
bool catalogue_choose(struct work *, moment known, struct chosen *);

/* A number for a choice, another for any other. */
void catalogue_choice_key(struct work *, const struct chosen *, unsigned char key[CHOICE_KEY]);

/* Read them into the arena: first those of then (of_then of them), behind them the later ones. versions: of the former, and of all. */
struct source *catalogue_chosen_files(struct work *, struct arena *, const struct chosen *, size_t *count, size_t *of_then, int64_t versions[2]);

/* The program's own copy of a file's text, where it is the same: its pages need no second place in memory. Else NULL. */
const char *catalogue_shipped_text(const char *path, const char *text, size_t length);

/* ---- which version of a file stands (contest.c) ---------------------------------------------------- */

#define FILE_CONTEST_NAME 16 /* digits */

struct file_version {
        int64_t entry, mark, brought;  /* brought: the entry that brought the text */
        stamp at;
        const char *node, *stream, *hash;
        int64_t seq;
        const char *seen;              /* "STREAM SEQ" in lines; NULL: it does not say (an older program) */
        const char *settles;           /* of a decision: the hashes it names; NULL */
        bool is_first;                 /* filled: nothing was there when it was written */
        const struct file_version *original; /* filled: what it is a copy of, by another node's first version; itself for all others */
};
struct file_contest { const struct file_version **heads; size_t count; const struct file_version *closed_by; /* NULL: open */ };
struct file_contests { struct file_contest *list; size_t count; };

/* Pure: which of all versions of a file, in the order of their entries, stands, and what contradicted each other. Arena memory. */
const struct file_version *versions_fold(struct arena *, struct file_version *, size_t count, struct file_contests *);
/* After that: the newest version that all of some (by entry) followed, each by itself or by what it followed; NULL: none. */
const struct file_version *versions_ground(struct arena *, const struct file_version *, size_t count, const int64_t *heads, size_t head_count);

/* All versions of a file, by the ministry (is_home) or by this node for itself, in that order. */
struct file_version *versions_read(struct work *, const char *path, bool is_home, size_t *count);
/* In an apply function: after a version was noted, which of them stands (entry), with its conflicts noted anew. 0 and an error on failure. */
int64_t version_standing(struct work *, const char *path, bool is_home);

/* The member "seen" of an entry as file_version has it; false where it is malformed. And of one about to be written: up to where this node has the other nodes'
 * streams that brought versions of the file. */
bool seen_read(struct work *, const struct entry *, const char **text);
struct jsonw;
bool seen_write(struct work *, const char *path, struct jsonw *);

/* Whether an entry decides about versions of a file as it should, and chooses the text of one of them: which it names, and the entry that brought it. */
enum applied decision_check(struct work *, const struct entry *, const char *path, int64_t mark, const char **settles, int64_t *brought, struct error *why);

/* ---- a CSV file with named columns ---------------------------------------------------------------- */

#define SHEET_COLUMNS_MAX 16

/* Open a table: lines beginning with # at the top are credits; then the names of the columns. columns lists the known ones;
 * a name beginning with ? may be absent. NULL and complaints where the head is wrong. */
struct sheet *sheet_open(struct parse *, const struct source *, const char *const *columns);

/* The next row with the right number of fields; rows with another number are complaints and passed over. */
bool sheet_next(struct sheet *);

/* Field of a column (place in the list given to sheet_open); "" where the column is absent. Until the next row. */
const char *sheet_text(const struct sheet *, int column, size_t *length);
int sheet_line(const struct sheet *);
void sheet_complain(const struct sheet *, int column, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The field as a day; the fallback where it is empty, or wrong (complaint). */
day sheet_day(struct sheet *, int column, day fallback);

#endif
