/* hand_made.h - entries of several nodes made by hand, so that every time and every tie can occur, and a node that takes them.
 *
 * All kinds of the program take part, also what no honest node would write. The same number makes the same world, but for the
 * nodes' keys. */
#ifndef TESTS_HAND_MADE_H
#define TESTS_HAND_MADE_H

#include "tests/support.h"

#include "ledger/ledger_private.h"

#define STREAMS_MOST 48
#define LINES_MOST 300
#define LOST_MOST 4

/* TWIN: a second node of PHUTHO's unit. STRANGER: a second one of the ministry, which the others have not met. …_NEXT: the key that takes the place of another, where a world has a rotation. */
enum { MINISTRY, PHUTHO, HATINH, HANOI, TWIN, COMMUNE, STRANGER, PHUTHO_NEXT, MINISTRY_NEXT, TWIN_NEXT, COMMUNE_NEXT, WRITERS };

struct writer {
        char folder[512];
        struct node *node;
        const char *unit;
};
extern struct writer writers[WRITERS];

struct stream {
        struct writer *writer;
        char name[KEY_HEX + 16], hash[HASH_HEX];
        int64_t seq, sealed;
        stamp at;
        struct {
                char *text;
                int64_t seq; /* of the entry, or of the last under a seal */
                bool is_seal;
        } line[LINES_MOST];
        size_t count;
};

struct world {
        struct arena *arena;
        struct stream streams[STREAMS_MOST];
        size_t count;
        struct stream lost[LOST_MOST]; /* what another copy of a stream's node wrote under its key, with what both have in common */
        size_t lost_count;
        bool writes_lost;        /* what is said now stands in those, where there are any */
        moment now;
        bool is_dense;           /* few cells, written by many */
        bool has_acts;           /* by which units change, instead of other versions of lists */
        bool is_apart;           /* nodes write of their own units alone, for these and those above: no stream bears on another's rows */
        char sent[64][HASH_HEX]; /* reports that were sent, for decisions about them */
        int64_t sent_version[64];
        const char *sent_subject[64];
        size_t sent_count;
        struct { char hash[HASH_HEX]; size_t about; } decided[64]; /* decisions about those */
        size_t decided_count;
        struct {                 /* entries that brought figures, for decisions between them */
                char hash[HASH_HEX];
                const char *block, *subject;
        } told[128];
        size_t told_count;
        struct {                 /* entries about items of clusters' records, for decisions between them */
                char hash[HASH_HEX];
                const char *item, *body, *unit;
        } recorded[64];
        size_t recorded_count;
        bool is_rotated[WRITERS];
        char successions[8][HASH_HEX]; /* for undoing them */
        size_t succession_count;
};

/* Of so many worlds the last is one of cases, that come to their ends, the last but one of streams that fork. */
#define WORLD_OF_CASES 8

/* A node that receives. What it may read: the ministry's everything, the province's (25) and the commune's (25001) their own. */
enum desk_kind { DESK_MINISTRY, DESK_PROVINCE, DESK_COMMUNE, DESK_KINDS };
struct desk {
        enum desk_kind kind;
        char folder[512];
        struct node *node;
        struct arena *arena;
        struct work w;
};

/* Lines delivered at once. */
struct batch {
        const char *lines[STREAMS_MOST * LINES_MOST];
        size_t count;
        bool follows;    /* what is of kinds that may is placed later, once so many bytes were placed at once */
        int64_t at_once;
};

/* Chance, the same in every run: set it, draw a number below another. */
extern uint64_t chance;
unsigned draw(unsigned below);

/* The key of the ministry's writer, also when the writers are closed. */
extern char ministry_key[KEY_HEX];

/* Make the nodes that write (cmocka's set-up), close them. */
int open_writers(void **state);
int close_writers(void **state);

/* A world by its number; its memory is x->arena. Another one of the same number where its nodes write apart (is_apart). */
void make_world(struct world *x, unsigned number);
void make_world_apart(struct world *x, unsigned number);

/* The province of Phú Thọ (25) writes an account, is taken over by Hà Nội's node, which the ministry's next key says, and writes another:
 * streams of the ministry, the province, the next key, in this order. */
void make_world_taken_over(struct world *x);

/* A commune's stream (25001) forks, its key is revoked and enrolled again by the province, and its next key says which branch goes on: that counts by a list of units
 * which the province's second node wrote, and another of the ministry's nodes (STRANGER) says that this one may. */
void make_world_of_a_late_register(struct world *x);

/* Five versions of a cluster's record by the commune (25001), two nodes of its province and the ministry, of which one had seen another, and the commune's decision: streams of
 * the ministry's definitions and trust, then of the four about the commune. */
void make_world_of_versions(struct world *x);

/* A new node of the program in a new folder; store NULL is SQLite. */
struct node *make_node(char folder[512], const char *unit, const char *store);

/* A node of the ministry's that trusts the ministry's writer. desk_open_as: another one; with_province: it has enrolled the
 * province's writer itself as well, as the ministry has. desk_work: begin a unit of work. desk_leave: close it, its folder stays: others are
 * opened on copies of it. */
void desk_open(struct desk *, const char *store);
void desk_open_as(struct desk *, enum desk_kind, bool with_province, const char *store);
void desk_work(struct desk *);
void desk_close(struct desk *);
void desk_leave(struct desk *);
void desk_open_copy(struct desk *, const struct desk *left);

/* Whether it may read a stream; the audience of one. */
bool desk_may_read(const struct desk *, const struct stream *);
const char *audience_of(const struct stream *);

/* A job: the node writes itself, a figure that is published and an account of the country's. */
bool write_own(struct work *, void *unused);

/* The number of the last entry it holds of a stream. */
int64_t held(struct desk *, const struct stream *);

/* The seal of a stream up to an entry, as its node writes it. */
char *hand_made_seal(struct arena *, const struct node *, const char *stream, int64_t seq, const char *hash, stamp at);

/* Add the lines after a place, up to so many seals. */
void add_run(struct batch *, const struct stream *, int64_t after, unsigned seals);

/* The other branch of a stream, or NULL; the stream itself where it has none or by chance. */
const struct stream *lost_branch(const struct world *, const struct stream *);
const struct stream *some_branch(const struct world *, const struct stream *);

/* Deliver: true if it was taken. fails: the n-th statement of the writer fails. take_batch is the job. */
bool deliver(struct desk *, struct batch *, long fails);
bool take_batch(struct work *, void *batch);

/* Place some of what was only stored; the same of failures. */
void place_some(struct desk *, unsigned most, long fails);

/* Stream after stream, everything it may read at once: until nothing moves. */
void deliver_rest(struct desk *, const struct world *);

/* The hash over the tables; that hashes, chains, seals and tables are right, also after a rebuild. */
void state_of(struct desk *, char hash[HASH_HEX]);
void check_sound(struct desk *, const char *expected);

#endif
