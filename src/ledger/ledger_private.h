/* ledger_private.h - what only the files of src/ledger share. */
#ifndef LEDGER_PRIVATE_H
#define LEDGER_PRIVATE_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/map.h"
#include "ledger/check.h"
#include "ledger/clock.h"
#include "ledger/entry.h"
#include "ledger/node.h"
#include "ledger/past.h"
#include "ledger/place.h"
#include "ledger/read.h"
#include "ledger/receive.h"
#include "ledger/run.h"
#include "ledger/symbol.h"
#include "ledger/trust.h"
#include "ledger/write.h"

#define SIGNATURE_BYTES 64
#define KEY_FILE_MAX ((size_t)64 << 10)
#define KEY_FILE "key"
#define KEY_FILE_NEXT "key.next" /* while a rotation is under way */
#define RESTORED_FILE "restored" /* there until other nodes were asked what came after the backup */
#define SEAL_EVERY_BYTES ((size_t)1 << 20) /* a run of entries is sealed at least this often */

/* Where a stream stands. */
struct head_state {
        int64_t seq, sealed_seq;
        int64_t placed_seq;      /* entries up to here, and later ones of kinds that may not follow, are in the tables */
        stamp at;
        char hash[HASH_HEX];
        size_t unsealed_bytes;
        bool is_stored;          /* it has a row in ledger_stream */
        bool is_touched;         /* the row is to be written at commit */
        bool is_stopped;         /* it takes no more entries: a fork */
        bool owes_seal;          /* the running job wrote what receipts prove */
};

/* A stream as the writer knows it, in memory. Jobs of one transaction share it before its row is written, so
 * what a job changes is kept aside until the job is done: a failed one puts it back. */
struct head {
        struct head *next;
        int64_t id;            /* in ledger_stream */
        char *name, *audience; /* name: KEY/AUDIENCE */
        bool is_own;
        struct head_state now, before; /* before: at the start of the job that touched it last */
        int64_t job;                   /* which job that was */
};

/* A stream that could not be placed: until then it is left alone, and then has a turn alone, so that it holds up no other. */
struct resting {
        struct resting *next;
        int64_t stream; /* its id */
        int failures;   /* in a row */
        int64_t until;  /* steady */
};

struct reader {
        struct reader *next;
        pthread_t thread;
        struct db *db;
};

/* What others keep with a node, and calls after commits: as many as there are modules that do. */
#define KEPT_MOST 16
#define HOOKS_MOST 4

struct kept {
        const char *name;
        void *thing;
        void (*free_it)(void *);
};

struct hook {
        void (*call)(void *, int64_t);
        void *context;
};

/* Why streams that others may hold take no entries of this node for now. */
enum hold { HOLD_NOT, HOLD_RESTORED, HOLD_BEHIND };

struct node {
        char *folder, *unit, *store;
        char *settings; /* the text of the settings file, lines cut by NUL */
        size_t settings_length;
        unsigned char secret[64], public[KEY_BYTES];
        char key[KEY_HEX];
        struct former *formers; /* keys it had before, oldest first */
        size_t former_count;
        enum { OWN_UNKNOWN, OWN_WHOLE, OWN_ENDS } own_stand; /* whether anything may end its own key; the writer's */
        bool has_unjudged; /* the job that runs has taken in words about whom to trust that are not judged; the writer's */
        int judged_between, judge_between_most; /* how often it has judged such before its end, and may */
        size_t put_off_most; /* a replay writes what entries put off after so many bytes of whole subjects: little enough to be at hand */
        const struct ledger_schema *schema;
        enum node_mode mode;
        int lock;
        int64_t serial; /* tells nodes of one process apart */
        atomic_llong position, unplaced, progress; /* place.h */
        atomic_llong wakes; /* calls of node_wake */
        atomic_int held_back; /* enum hold */
        char *heard;          /* restored: the keys, each with a line feed, of nodes that have given back what they held; under kept_lock */

        pthread_mutex_t readers_lock;
        struct reader *readers;

        pthread_mutex_t kept_lock;
        struct kept kept[KEPT_MOST];
        size_t kept_count;

        struct node *original; /* of which this one is a shadow; NULL */
        pthread_mutex_t pasts_lock;
        pthread_cond_t past_made; /* or not */
        struct past *pasts;       /* kept, last used first */
        bool is_making_past;
        atomic_bool makes_no_pasts;
        int past_patience_ms;     /* how long who asks waits while another one is made */
        struct hook hooks[HOOKS_MOST];
        atomic_size_t hook_count; /* only grows */

        /* the writer */
        struct db *writer;
        pthread_t thread;
        bool has_thread;
        pthread_mutex_t queue_lock;
        pthread_cond_t queue_filled;
        struct job_queue { struct ledger_job *first, **last; } people, behind; /* behind: jobs that give way */
        bool is_stopping;
        int64_t place_at, placed_at; /* steady: when entries are to be placed unless others come, and were the last time */
        struct error placing_error;  /* node_placing_goes_well; under kept_lock, only the writer changes it */
        struct resting *resting;     /* streams of which something could not be placed; the writer's */
        atomic_bool placing_rests;   /* the writer takes no turns of its own */
        int64_t place_last;          /* id of the stream that had the last turn */
        int streams_placed;          /* how many had one in the last transaction */
        size_t place_bytes_a_ms, placed_bytes; /* bytes of entries that turns place in a millisecond, and that the last one did */
        _Atomic int64_t people_at;   /* steady: when somebody last saved */
        bool place_singly;           /* a transaction places one stream only, until it is known which cannot be placed */
        bool turn_gives_way;         /* the turn under way is a long one, and is taken back where somebody saves, */
        bool turn_was_taken_back;    /* as it was */
        int64_t next_id, job;    /* job: counts them */
        _Atomic stamp last_stamp; /* the latest that it has seen */
        bool has_looked_at_clock; /* and told the log what is odd about it; the writer's */
        struct head *heads;
        struct map *head_by_name; /* name -> struct head * */
        struct arena *scratch;    /* one entry at a time */

        /* symbols */
        pthread_rwlock_t symbols_lock;
        struct map *symbols;      /* kind + text -> number; negative: its row was taken back */
        char **symbol_texts;      /* number -> kind + text */
        int64_t symbols_room, symbols_next;
        int64_t symbols_top;      /* the highest number that a row has, as the writer sees it */
        int64_t symbols_seen;     /* rows up to this number have been read */
        bool symbols_loaded, symbols_changed; /* changed: in the running job */

        int64_t epoch;    /* ledger_epoch (run.h) */
        struct standing *standing;

        bool is_stale; /* heads, symbols and next_id must be read again before anything is written */
        bool is_rebuilding;
        bool is_writing_again; /* own entries that do not apply are set aside: they were written before */
        void *deferred;   /* what the run of entries that is under way has put off (run.h) */
        bool must_purge;  /* what was deleted still stands in the database's log */
        bool must_replay; /* the running job changed how entries that are already here are judged, */
        bool must_cut;    /* or was told which branch of a stream goes on, or that somebody here agrees to it; */
        bool must_tell_left; /* the former: whether another one is held here is told at the end of the job */
};

/* The tables that hold the truth itself. Numbered steps, never edited once released. */
extern const char *const ledger_steps[];
extern const int ledger_step_count;

/* A fingerprint of the derived tables' definitions and of the kinds that may follow: when it changes, tables are rebuilt. */
bool schema_fingerprint(const struct ledger_schema *, char hash[HASH_HEX], struct error *);
bool derived_create(struct work *);
bool derived_drop(struct work *);
bool derived_empty(struct work *);

/* Apply once more what is placed, with tables that are as the program wants them: emptied, not made anew, so that no prepared
 * statement has to be prepared again and no reader is kept out by a change of tables. What is stored and not placed waits for its
 * turn as before. */
bool ledger_refill(struct work *, int64_t *entries);

/* The part of an entry before its body, in the one way it may be written. */
void entry_compose_head(struct buf *out, const char *stream, int64_t seq, const char *at, const char *author,
                        const char *role, const char *kind, const char *subject, const char *prev);



/* The path of a file in a node's folder, whose name is short enough (node_open). */
void path_in(char out[PATH_MAX], const char *folder, const char *name);
/* The key file: the secret, then a line for each former key. */
bool key_file_read(struct node *, char *text, const char *path, struct error *);
char *key_file_write(struct arena *, const unsigned char secret[64], const struct former *, size_t count);
/* Open with a rotation under way (or what is left of one): take the key that the ledger says, and finish on disk unless
 * only reading. */
bool rotation_settle(struct node *, struct arena *, struct error *);
/* What the first entry of a new key says of the branches of its former one's streams: noted, and at the end of the job, when nothing is put off any
 * more, what lies in another branch is taken out. */
bool branches_note(struct work *, int64_t entry);
bool branches_cut(struct work *);
bool branches_tell(struct work *);
/* Which heads are the node's own, after its key has changed. */
void heads_own(struct node *);

/* restored.c. Whether the node was made from a backup: when its folder is read, and when its database is opened to write. */
bool restored_load(struct node *, struct arena *, struct error *);
bool restored_look(struct work *);
/* Whether those who may read the audience have brought back what they held; false with an error that says who has not. */
bool restored_may_append(struct work *, const char *audience);
bool meta_set(struct work *, const char *name, const char *value); /* in the ledger's own table */

/* Heads, on the writer's thread. */
bool heads_load(struct work *);
struct head *head_get(struct work *, const char *stream); /* made if new */
void heads_drop(struct node *);
/* Before a job changes a head: remember what to put back. */
void head_touch(struct node *, struct head *);
/* A stream has forked: it takes no more, until it goes on. */
struct fork {
        int64_t seq;       /* of the first entry of which there are two */
        const char *lines; /* what contradicts ours, from there on or from the next entry, with its seal */
        size_t length;
        int64_t kept_seq;  /* of a stream of this node: up to there another one is known to hold ours */
};
bool head_stop(struct work *, struct head *, const struct fork *);
bool head_go_on(struct work *, struct head *);
/* What is written next follows what is held now, also where later entries were taken out. */
void heads_stamp(struct node *);
/* The writer has seen that moment: what it writes is later. Never back: a rolled back stamp is not given again. */
void stamp_seen(struct node *, stamp);
/* A replay places all there is. */
void heads_placed(struct node *);
/* Write the rows of all heads that have moved, our own under a seal; in the transaction that moved them. */
bool heads_save(struct work *);
/* Streams of a key that has ended by a rotation: the node has taken out of them what only it held. */
bool heads_go_on(struct work *, const char *key);
/* Note that an entry waits or was refused, and why: for readers of both languages. */
bool set_aside(struct work *, int64_t entry, bool is_waiting, const struct error *why);

/* Put an entry into the tables of the ledger and apply it. entry->id is given here. STORE_OWN: anything but APPLIED is an error.
 * STORE_FIRST: where its kind may follow it is placed later (place.c), as all of that stream that may and come after it. */
enum storing { STORE_OWN, STORE_PLACED, STORE_FIRST };
/* Those that are placed later are only noted where notes are given, so that many are written by one statement; what they point to must live
 * until then. All are written before one that is placed now. */
#define NOTED_MOST 64
#define ENTRY_VALUES 8
struct noted {
        struct value values[NOTED_MOST][ENTRY_VALUES];
        size_t count;
};
bool entry_store(struct work *, struct head *, struct entry *, enum storing, struct noted *);
bool noted_write(struct work *, struct noted *); /* accepts NULL */
/* Whether entry_store would leave it to be placed later: then nobody reads its body now. */
bool entry_will_follow(const struct work *, const struct head *, const struct entry *, enum storing);
/* Apply one entry, setting it aside where it waits or is refused. */
bool entry_apply(struct work *, const struct entry *, enum applied *, struct error *why);
/* All that waits is tried again, also while all is replayed. */
bool waiting_run(struct work *);
/* In a run, before an entry of a kind is applied: write what was put off, if it may not wait. */
bool run_next(struct work *, const char *kind);
/* In a run, before a savepoint that an entry may be taken back to: write what it may ask for. */
bool run_before_savepoint(struct work *);
/* What the program knows of a kind; NULL: nothing. */
const struct entry_kind *kind_find(const struct ledger_schema *, const char *name);
/* How long ago others were heard last by the clock of this machine, in milliseconds, where that is more than a year; 0. */
int64_t unheard_since(stamp heard);
/* Whether an entry of a kind may have so many bytes. */
bool kind_takes(const struct ledger_schema *, const char *kind, size_t length);
/* What is asked for one entry, or (the length for the line) for those of a subject. The index holds no entries without a subject, which the database must be told to use it. */
#define ENTRY_WITH(LINE) "e.id, " LINE ", e.kind, e.seq, s.name, s.placed_seq FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream"
#define ENTRY_WITH_PLACE ENTRY_WITH("e.line")
#define ENTRIES_OF_SUBJECT "SELECT " ENTRY_WITH("LENGTH(e.line)") " WHERE e.subject = $1 AND e.subject <> '' ORDER BY e.at, s.node, e.hash"

/* Run a function on each stored entry from SQL (columns: id, bytes), each in the scratch arena. */
typedef bool entry_function(struct work *, const struct entry *, void *context);
bool entries_run(struct work *, const char *sql, struct values, entry_function *, void *context);
#define RUN_ENTRIES 1024             /* read at once, */
#define RUN_BYTES ((size_t)1 << 20) /* or until so many bytes */
void *entry_is_damaged(struct work *, int64_t id, const struct error *why); /* sets the error; NULL */
struct entry *entry_of_row(struct work *, struct arena *, int64_t id, const void *bytes, size_t length);
struct entry *entry_of_line(struct work *, struct arena *, int64_t id, const char *bytes, size_t length, bool is_spent); /* which live as long; spent: entry.h */
#define LONG_BYTES ((size_t)1 << 20) /* a line of more is written by itself, and stands in memory no longer than it must */
/* Run a function on each of a list, in order, each in the scratch arena; what they say is read ahead on another thread (stored.c). The
 * function may not leave by longjmp but into work_run. */
struct stored {
        int64_t id;
        const char *bytes; /* in memory of the caller */
        size_t length;
};
bool stored_run(struct work *, const struct stored *list, size_t count, entry_function *run, void *context);

/* Seals. seal_parse takes a line only in the one way it may be written; whether it is genuine it does not say. */
bool seal_write(struct work *, struct head *);
struct seal {
        const char *stream, *hash;
        int64_t seq;
        stamp at;
        unsigned char signature[SIGNATURE_BYTES];
};
bool seal_parse(struct arena *, const char *line, size_t length, struct seal *, struct error *);
bool seal_is_genuine(const struct seal *, const char *key_hex);

/* Whether entries of a kind may be placed later; place all that is left of a stream; and, on the writer's thread: count what is
 * left, after a commit; when the next turn is due (steady; INT64_MAX: nothing is left), take it, or let others come first. */
bool kind_may_follow(const struct node *, const char *kind);
bool placing_finish(struct work *, struct head *);
/* Inside a job: place at most so many entries of the stream whose turn it is. *is_done: nothing is left. */
bool placing_step(struct work *, size_t most, bool *is_done);
void placing_count(struct node *);
int64_t placing_due(const struct node *);
void placing_turn(struct node *);
void placing_put_off(struct node *);
/* A turn that placed a stream alone has failed, or succeeded. */
void placing_rest(struct node *, int64_t stream);
void placing_rest_over(struct node *, int64_t stream);
/* Whether an entry of a stream is placed, by what its row says of the stream; a job knows better than the row. */
bool entry_is_placed(struct work *, const char *stream, int64_t seq, const char *kind, int64_t placed_seq);

/* Run jobs in one transaction. */
void group_run(struct node *, struct ledger_job *);
bool writer_start(struct node *, struct error *);
void writer_stop(struct node *);
/* Read all symbols anew from the writer: after numbers were rolled back. */
bool symbols_reload(struct work *);
/* Part of a job is taken back to a savepoint: what was marked before it, then the numbers made since have no rows any more. A mark is 0
 * and an error set where the symbols cannot be read. */
int64_t symbols_mark(struct work *);
void symbols_back_to(struct node *, int64_t mark);
void symbols_free(struct node *);

/* An empty node in the folder that stands for another one: same key, unit and schema, own database. */
struct node *node_shadow(struct node *, const char *folder, struct error *);

/* Such a node in a folder NAME-XXXXXX inside the folder of the other, which goes when it is closed; sweep removes those that a killed process
 * has left. shadow_fill applies to it the other's entries, those of whom SQL says " WHERE …" (or ""), which the work reads; arguments live as long. */
struct shadow {
        char folder[PATH_MAX];
        int lock;
        struct node *node;
};
bool shadow_open(struct shadow *, struct node *original, const char *name, struct error *);
bool shadow_fill(struct shadow *, struct work *from, const char *which, struct values, int64_t *entries);
void shadow_close(struct shadow *);
/* False and an error where a work writes to a shadow that is not to be filled any more. */
bool shadow_may_go_on(struct work *);
void shadows_sweep(const char *folder);

/* A signature of the node's key that another one takes its place. */
void trust_introduce(const struct node *, const char *new_key, unsigned char signature[64]);

/* Which event of its entry a word is: of a rotation those from this one on are by the word of the new key, the others by that of the former. */
#define PART_OF_NEW 2

/* What a word about whom to trust counts for (in the column counts of trust_event): not judged yet, nothing, or by whose word: a node's
 * for its own unit or one below, a node's of the country, this node's own. */
enum { COUNTS_UNKNOWN = -1, COUNTS_NOT, BY_UNIT, BY_COUNTRY, BY_SELF };

/* How a key stands at a moment. */
struct stand {
        bool is_known, is_trusted;
        const char *unit;
        struct tenure tenure;
        stamp ended; /* by a succession, from then on; 0: its tenure is that of then */
};

/* Inside a job: judge what was said since the last time, and all that rests on it. Until then nothing of it counts; what is applied
 * meanwhile is judged by what counted before, and again by a replay where that turns out otherwise. A job ends with it (ledger_judge_again).
 * trust_judge_between: where something is about to rest on it. Only so many times in one job: whoever mixes words and other things
 * must not make each of them cost as much as all. */
#define JUDGE_BETWEEN_MOST 64
bool trust_judge(struct work *);
bool trust_judge_between(struct work *);

/* What is asked of trust for entry after entry, remembered (standing.c). recall: false where it has to be asked. A stand's unit and a
 * list are copied to the arena of the work; NULL: a list without codes. */
struct standing;
enum unit_question { TAKEN_OVER, GIVEN_BACK };
bool standing_recall(struct work *, const char *key, stamp at, struct stand *);
void standing_keep(struct work *, const char *key, stamp at, const struct stand *);
bool standing_recall_units(struct work *, enum unit_question, const char *unit, stamp at, const char *const **codes);
void standing_keep_units(struct work *, enum unit_question, const char *unit, stamp at, const char *const *codes);
void standing_free(struct standing *);

/* From when on a key that stands for a unit since a moment has ended, at another moment, because its unit's node was taken over;
 * 0: it has not. */
stamp succession_ends(struct work *, const char *key, const char *unit, stamp since, stamp at);

/* What a node of a unit has by the successions to it that hold at a moment: the act, and, where one names its key, since when. */
void succession_lends(struct work *, const char *key, const char *unit, stamp at, struct tenure *);

/* Nothing that was remembered holds any longer (ledger_epoch). */
void epoch_begin(struct node *);

/* Whether entries that the node wrote at that stamp count here: itself, or trusted and not revoked by then. */
bool trust_covers(struct work *, const char *key, stamp at, bool *is_known);
/* Kinds that say whom to trust judge their writers themselves. */
bool trust_is_kind(const char *kind);

#endif
