/* case_private.h - what the files about cases share. */
#ifndef WORKFLOW_CASE_PRIVATE_H
#define WORKFLOW_CASE_PRIVATE_H

#include "ledger/trust.h"
#include "workflow/case.h"

/* The unit for which the asker acts; NULL where there is none. */
const struct unit *case_asker(struct work *);
/* Who may read only the cases they have opened: what case_file.opener says of those; NULL for who may read those of the territory. */
const char *case_opener(struct work *);

#define CASE_TEXT_MAX 8000 /* bytes of one text somebody types */

/* Events of a case, as they are gathered. Other nodes may write longer texts than may be typed here: those are cut (entry_text_kept), and all texts are cut to a few
 * lines where together they would fill the memory. */
struct case_events {
        const struct catalogue *catalogue;
        struct arena *keep;
        struct map *counted; /* ids of the entries that count; NULL: all that are looked at */
        struct case_event *list;
        size_t count;
        size_t text_most, bytes; /* of one text; of all that is kept */
};
void case_events_begin(struct work *, struct case_events *); /* catalogue NULL: an error */
void case_events_add(struct case_events *, const struct case_event *);
/* The entries of a case that were applied: whether one counts must not depend on what else has arrived. */
bool case_events_of(struct work *, const char *id, struct case_events *);
/* Fold them, with what the tables say of the cases below. NULL and an error on failure. */
struct case_file *case_fold_events(struct work *, const char *id, const struct case_events *);

/* When the cases that name one as theirs above went on; NULL on failure. After a case was folded: its own stretches, where it lies below another one;
 * whether they are others than before. */
struct case_child *children_read(struct work *, const struct catalogue *, const char *parent, size_t *count);
bool stretches_write(struct work *, const struct case_file *, bool *is_changed);

/* ---- acts that exclude each other (doubt.c) ---- */

/* Once events were judged as if there were none: which of them may contend, what they say there (doubt, value), all of them held. Their doubts in the file; whether
 * there may be any: then all is judged anew. */
bool doubts_find(struct arena *, struct case_file *);
/* Once they were judged: decide about the first doubt that was reached and was not decided about (ruling of its events). Whether there was one: then all is judged anew. */
bool doubts_judge(struct arena *, const struct catalogue *, struct case_file *);
/* What an act contends for, NULL nothing, and the entry that it follows there: the last one that changed that, or led into the state. */
const char *doubt_about(struct arena *, const struct workflow *, const struct case_event *);
const struct case_event *doubt_ground(struct arena *, const struct case_file *, const struct case_event *);

/* Whether an event is the entry with that hash. */
bool case_is_entry(const struct case_event *, const char *hash);

/* The unit that decides between what was done for some units, on a day. */
const struct unit *case_decider(const struct catalogue *, const struct unit *const *, size_t count, day on);

/* After a case was folded: its doubts stand among the conflicts of the node (figure/own.h). Whether a decision may stand: for its apply function. */
bool doubts_write(struct work *, const struct case_file *);
enum applied doubt_choice_check(struct work *, const struct catalogue *, const struct entry *, const struct peer *writer, struct error *why);

/* Write an entry about a case into the stream of its unit. */
bool case_append(struct work *, const struct case_file *, const char *id, enum case_act, const struct buf *body);

/* Who opened a case and may not read others': the node and the login there; "" of all others. */
const char *case_opener_of(struct work *, const struct case_file *);

/* The kinds of entries by act; the id of the case that a subject names, NULL: none. */
extern const char *const case_kind_names[];
const char *case_subject_id(const char *subject);

/* The rows of a case while its events are folded (row.c): the one that the event being judged tells of, and what all together come to, by field. */
struct rows_told {
        struct arena *arena;
        struct case_file *f;
        int key;                      /* the field that names it; -1: it tells of none */
        const char *place;            /* in the map of rows */
        struct case_line *line;       /* NULL: it is new */
        int128 *sums;
};
void rows_begin(struct rows_told *, struct arena *, struct case_file *);
/* The row that an action tells of, by the name that was typed, with what it holds already put in values. The fault is one of the field that names it. */
enum fault row_begin(struct rows_told *, const struct workflow_action *, const char *name, struct field_value *values);
/* The sum of a field over all rows, the one being told as it will be; unknown where it is too large. What is not told of a row adds nothing. */
void row_sum(const struct rows_told *, const struct workflow_field *, const struct field_value *values, struct field_value *sum);
/* What was judged counts: values become the row's. */
void row_take(struct rows_told *, struct field_value *values);

/* The clock of a limit that began last, by which what may be done within or after it is judged, also once it has ended; NULL: it never ran. */
const struct case_clock *case_last_clock(const struct case_file *, const struct workflow_limit *);

/* Whether a unit stands in a relation to the home of a case; not for RELATION_ASKED. */
bool unit_stands(enum relation, const struct unit *acting, const struct unit *home);

/* The ids of the cases in which registers name the login at the place $login on the day at $today, as a SELECT of case_id written to sql. */
void parts_named(struct buf *sql, const char *login, const char *today);

/* Whether the asker is one of the actors (marked by place) today, also by what a register says. */
bool case_is_one_of(struct work *, const struct case_file *, const bool *actors);

/* After a case was folded: who has to do something in it, and from which day on. */
bool duties_write(struct work *, const struct case_file *);

/* After a case was folded: the rows that areas keep of it are written anew. before: the workflow under which it was folded, "" not yet. */
bool parts_fold(struct work *, const struct case_file *, const char *before);

#endif
