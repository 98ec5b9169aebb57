/* sync_private.h - what only the files of src/sync share. */
#ifndef SYNC_PRIVATE_H
#define SYNC_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "blob/blob.h"
#include "ledger/read.h"
#include "ledger/trust.h"
#include "sync/lines.h"
#include "sync/sync.h"

#define PULL_BYTES ((int64_t)4 << 20)  /* unpacked bytes after which a piece of the exchange ends, at the next seal */
#define FIRST_PIECE_BYTES (PULL_BYTES / 4)   /* of the first piece; of each after it all */
#define SEAL_SENT_BYTES ((size_t)256 << 10)   /* of lines, before the next seal of the stream travels: who takes them in may then store them */
#define PLACE_AT_ONCE_BYTES ((int64_t)64 << 10)  /* of a part: what comes after is placed later; setting place_at_once_bytes */
#define PART_MS 40                     /* how long one job takes in entries, up to the next seal, where others may wait to save; */
#define PART_ALONE_MS 1000             /* where nobody does: a piece, as pages that many parts write are written many times */
#define PIECE_UNPACKED_MAX ((uint64_t)40 << 20) /* what a piece may unpack to: the above and the rest up to a seal, or both runs that prove a fork */
#define SEQ_MOST ((int64_t)1 << 44)    /* what a seq may claim to be; sums of them fit */
#define ANSWER_MAX ((size_t)4 << 20)   /* bytes of an answer in JSON: positions of some 40,000 streams */
#define HEADERS_MAX ((size_t)32 << 10) /* bytes of an answer's headers */
#define POLL_SECONDS 25                /* a waiting pull */
#define REQUEST_MAX_AGE_MS ((moment)10 * 60 * 1000)

/* The streams a reader's unit may read that this node holds (never local ones), and the digest of
 * where they stand, and which of them it can prove to have forked: equal digests mean that nothing is to be exchanged. This decides what a node is given, over the network and in
 * bundles. The reader's key may have ended; NULL: any node of its unit. */
struct scope {
        struct stream_state *streams;
        size_t count;
        int64_t total; /* entries in all */
        char digest[HASH_HEX];
};
bool scope_of(struct work *, const struct peer *reader, struct scope *);

/* Entries of these streams that a reader may have, in all. What its unit has taken over is looked up once. */
int64_t scope_total(struct work *, const struct peer *reader, const struct stream_state *, size_t count);

/* Whether this node itself may have what the node with the key writer (NULL: some node) writes for an audience: what its unit may read, or while its
 * key has ended what it might before. */
bool sync_may_keep(struct work *, const char *writer, const char *audience);

/* Whether a node that asks is given what the node with the key writer wrote for an audience: its unit may read that, while its key
 * has not ended, and so may this node still, which keeps what it may no longer read and passes it on to nobody. */
bool sync_may_pass_on(struct work *, const struct peer *asker, const char *writer, const char *audience);

/* When a stream's turn comes in what this node sends: its own public streams first, the oldest key's before the others, for
 * they say whom to trust. All the rest has the last turn. */
int stream_turn(struct work *, const char *stream);
int stream_turns(struct work *);

/* Write what lies after a place of a stream, up to the first seal past *budget bytes. *last gets the
 * seq of the last entry written (after, if there was none). */
bool stream_write(struct work *, struct line_writer *, const char *stream, int64_t after, int64_t *budget, int64_t *last);

/* Write what proves that a stream has forked: from where that is, ours up to the next seal, and the others' with theirs (shows_fork; without them nothing
 * is proved). others_write: only those. Whoever may read the stream may see both: an entry's hash is that of all of it. */
bool fork_write(struct work *, struct line_writer *, const struct stream_state *);
bool others_write(struct work *, struct line_writer *, const char *stream);

/* How many of the entries after a place in the order of arrival wait or are refused, now that all is judged that came. */
bool aside_count(struct work *, int64_t after, struct received *);

/* What entries after a place in the order of arrival brought; the answer lives in the work's arena. */
bool arrived_read(struct work *, int64_t after, struct arrived *);

/* Inside a job: take in a stream of lines. sender: the key of the node it must come from; NULL: whoever it names. All is taken but a stream
 * whose times are too far in the future, which is noted. */
bool lines_take(struct work *, struct line_reader *, const char *sender, struct refusal *, struct received *);
/* When all is taken: what was passed over becomes the error, and named (received.refused). True where nothing was. */
bool refusal_tell(struct work *, const struct refusal *, struct received *);
/* lines_take and refusal_tell, from a sender and outside any job, in parts that end at a seal, each on disk before the next, so that
 * who saves meanwhile waits for one part only, of so many milliseconds. Where one is refused those before it stay. is_unsynced: none
 * waits for the disk (ledger_write_unsynced). */
bool lines_take_in_parts(struct work *, struct line_reader *, const char *sender, int64_t ms, bool is_unsynced, struct received *);

/* Note entries of a node that this one does not know; unit: NULL where it was not told. One node's come one after the other. */
void stranger_note(struct strangers *, const char *key, const char *unit, int64_t entries);

/* What a link knows of the node at its address, kept from round to round; all empty at first. */
struct counterpart {
        char key[KEY_HEX];
        char seen[HASH_HEX]; /* digest of its streams when the last round left nothing to exchange, */
        char ours[HASH_HEX]; /* and of ours then */
        bool gives_only;     /* a round only gives: what was given was refused here, and is asked for when the pause is over */
};

/* How a round ended, for the pause before the next. */
enum ending {
        ENDED_WELL,
        ENDED_FRUITLESS, /* answered, something differs, and nothing moved */
        ENDED_UNREACHED, /* nobody answered, or we could not ask */
        ENDED_BUSY,      /* it said when to come again */
        ENDED_REFUSED,   /* one of us refused what the other sent */
};
struct round_end {
        enum ending how;
        int again_seconds; /* of ENDED_BUSY */
        bool has_given;    /* what the other lacks has gone up, whatever became of the rest */
        int64_t theirs;    /* entries it holds of what it may read here, in all; -1: not told */
        int64_t shared;    /* of them those that are here as well */
};

/* One exchange. wait: seconds the other side may hold the first request while there is nothing new.
 * *is_stopping ends it early; NULL: it is a command's, the next may be days away, and the other is told at its end what has come. */
bool sync_round(struct work *, const char *url, int wait, bool is_dry_run, struct exchanged *, struct round_end *,
                struct counterpart *, const atomic_bool *is_stopping);

/* The address that asks for positions: digest, total of entries, seconds to wait, and (optional) the digest the other
 * side answered with the last time: while that stands too there is nothing new. */
#define POSITIONS_ADDRESS "/ledger/positions?digest=%s&total=%lld&wait=%d"
#define POSITIONS_SEEN "&seen=%s"
/* And (optional) how many of its entries the other side holds as well, where that was seen and is not all of them. */
#define POSITIONS_BOTH "&both=%lld"

/* ---- asking another node over HTTP (http.c) ---- */

#define REPLY_MAX ((size_t)32 << 20) /* of a piece, packed */
#define FILE_PIECE ((size_t)1 << 20) /* bytes of an attachment at once */

/* A header of an answer with entries, where it ends for its size and not for want of more: the streams it gave, each as its name,
 * a space and the seq of the last entry, joined by commas; left out where they are more than GAVE_STREAMS. With it the asker can
 * ask for the next piece before it has taken this one in. */
#define GAVE "Caunoi-Gave"
#define GAVE_STREAMS 8
#define GAVE_MAX (GAVE_STREAMS * (KEY_HEX + 48))

struct http {
        void *curl;
        const char *to; /* key of the node that is asked */
        struct buf reply;
        long status;    /* 0: none came */
        const atomic_bool *is_stopping, *gives_up; /* each may be NULL */
        int64_t bytes_out, bytes_in;
        size_t header_bytes;      /* of this answer */
        bool has_headers;         /* all of them */
        bool wants_files;         /* one of its answers said so (WANTS_FILES) */
        char gave[GAVE_MAX];      /* GAVE of this answer; "" */
        int again_seconds;        /* Retry-After */
        char key[200];            /* Caunoi-Key: of an attachment, sealed */
        int64_t begun, allowed;   /* steady; milliseconds besides those its bytes take */
        const char *fault;        /* what this end found wrong with the answer; NULL */
        bool is_slow;             /* that was its pace */
        bool is_typed;            /* the answer, also one cut off, is of the type that was asked for */
        enum ending ending;       /* where the last request failed */
};
/* Lives as long as the arena. */
struct http *http_open(struct work *, const atomic_bool *is_stopping);
/* Learn who answers at the address, and whether somebody enrolled it here: only then is anything signed for it. */
bool http_meet(struct work *, struct http *, const char *url, struct counterpart *, const char **unit);
bool http_ask(struct work *, struct http *, const char *url, const char *path, const char *type, const void *body, size_t length,
              int wait, size_t most);
/* The error: an answer is not of the stated form. */
bool bad_answer(struct work *);
/* The answer as JSON, living as long as the arena; NULL and an error where it is none. */
json_t *http_json(struct work *, const struct http *);
/* A snapshot for reading our own tables, and its end; inside a job both do nothing: the job has its own view. */
bool node_look(struct work *);
void node_look_away(struct work *);

/* What comes will need the catalogue: another thread reads it while the first answer is waited for. NULL, and no error, where there is no
 * thread. Its end waits for it, and must come while the node is open; accepts NULL. */
struct expected *catalogue_expect(struct work *);
void catalogue_expect_end(struct expected *);

/* The node that asks, as it is enrolled; its body is what it announced. NULL and an error otherwise (serve.c). */
struct peer *request_asker(struct work *, const struct request *);

/* ---- attachments (files.c) ---- */

/* A header of the answer to a question for positions: the answering node wants attachments the asker may read. */
#define WANTS_FILES "Caunoi-Wants"
bool files_are_wanted(struct work *, const struct peer *);

/* Fetch what is wanted here, and hand over what the node at the address wants (is_asked), without waiting. */
bool files_once(struct work *, const char *url, bool is_asked, int64_t *files_in, int64_t *files_out);
bool files_metrics(struct work *, struct buf *);
/* The threads of the link upwards that do both as long as the node is served. */
void *files_fetch(void *links);
void *files_give(void *links);

/* ---- the next piece, fetched while one is taken in (ahead.c) ---- */
struct ahead;
/* Lives until it is closed. h: what asks now; NULL and an error where there is no memory. */
struct ahead *ahead_open(struct work *, struct http *h, const char *url);
/* Ask for the entries after what wants says. */
void ahead_ask(struct ahead *, const struct buf *wants);
/* Whether exactly that was asked for, and came: then the answer is h's, as if h had asked. Waits for what is under way. */
bool ahead_take(struct ahead *, const struct buf *wants, struct http *h);
/* Accepts NULL; gives up what is under way. The bytes of all it asked for are counted with h's. */
void ahead_close(struct ahead *, struct http *h);

/* Signed requests between nodes. The text that is signed: the key of the node it is for, so that this one cannot show
 * it to another; the address with its query. */
void request_text(struct buf *, const char *to, const char *address, const char *at, const char *body_hash);

/* A setting of the node that is a number; usual where it is not set or out of bounds. */
int64_t sync_setting(const struct node *, const char *name, int64_t usual, int64_t least, int64_t most);

/* Pauses that grow while something keeps failing. Times on the steady clock. */
struct pause {
        int failures;  /* in a row */
        int64_t until; /* nothing is tried, or taken, before */
};
/* The next pause, in milliseconds: a second, then twice as long each time, at most so long; up to a quarter more by chance,
 * so that many do not come back at the same moment. */
int64_t pause_grow(struct pause *, int64_t most_ms);

/* Links as they stand, kept with the node. */
struct link_record {
        struct link_record *next;
        char key[KEY_HEX], url[512], problem[ERROR_KEPT_MAX]; /* as error_keep has it: "the chain is broken (stream 3fe7…/42, entry 3)" */
        moment last_contact, last_entry, problem_since;
        int64_t theirs;       /* entries the other was last known to hold of what it may read here; -1: never told */
        int64_t shared;       /* of them those that this node holds as well; -1: nobody has said, then as many as can be */
        int64_t told_at;      /* steady: when that was */
        int64_t lacks, ahead; /* entries the other lacks, and we lack, when it was last counted */
        int refusals;         /* in a row, in either direction */
        struct pause asking;  /* until we ask it again: the link upwards */
        struct pause asked[2]; /* until we answer it again: reading, pushing */
        struct pause clock;    /* until we look again at a request that it signed with a wrong time */
        bool is_upstream, is_changed; /* changed: what is kept in the database */
        bool gives_only;      /* while the pause runs only what it lacks goes up: what it gave was refused here, and nothing that it was given */
        struct strangers strangers; /* as it was told last */
        bool passes_us_over;  /* it takes no more of what this node writes (exchanged.own_passed) */
        int64_t heard_at;     /* steady: of the last contact, or since when we could have heard */
        int64_t least;        /* lacks + ahead, when it last shrank, */
        int64_t shrank_at;    /* steady: and that moment */
        unsigned alarms;      /* bits 1 << enum link_alarm */
        moment alarm_since[LINK_ALARMS];
};
/* Run with the record of a node (made if new) under the lock. */
void link_touch(struct node *, const char *key, void (*change)(struct link_record *, void *), void *context);

/* All of them, and the threads of a served node. */
/* What of the node's own clock needs somebody: what it writes is ahead of it; it says that nothing was heard for more than a year. */
enum clock_alarm { CLOCK_AHEAD, CLOCK_UNHEARD, CLOCK_ALARMS };

struct links {
        pthread_mutex_t lock;
        pthread_cond_t changed; /* waits on the steady clock */
        struct link_record *first;
        struct node *node;
        int64_t started_at;     /* steady */
        char url[512];          /* of the link upwards; "" for none */
        pthread_t watcher, puller, pusher, fetcher, giver;
        bool has_watcher, has_puller, has_pusher, has_fetcher, has_giver;
        bool has_wants;         /* a commit the fetcher has not seen: something may be wanted */
        bool has_unmet, has_come; /* the node above wishes for what was not here; something has come since that the fetcher is to hand over */
        bool has_news;          /* a commit the pusher has not seen */
        int64_t counted;        /* up to which position (node.h) the records say what is lacking */
        int alarms;             /* links, streams and the node's own clock, where they need somebody */
        unsigned clock_alarms;  /* bits 1 << enum clock_alarm; the watch's alone */
        atomic_bool is_stopping;
        atomic_bool poll_ends;  /* the waiting question is given up: we stop, or the line it hangs on seems dead */
};
/* Somebody has: what was wrong before is nothing of that record's any more. */
void link_unknown_met(struct node *);
struct links *links_of(struct node *);

/* A push (is_push), or a question for positions or entries, was refused for what it held, in either direction: note the
 * problem and let the next one wait. link_accepted: it was in order; the pause of that kind ends. */
void link_refused(struct node *, const char *key, bool is_push, const struct error *why);
void link_accepted(struct node *, const char *key, bool is_push);
extern const struct exchange_hooks sync_hooks; /* serve.c */
/* A command has exchanged with that node at the address. */
void link_met(struct node *, const char *key, const char *url, const struct round_end *, const struct exchanged *);
/* Of what the other may read here the entries that both hold, as far as is known; -1: it is not. */
int64_t link_shared(struct node *, const char *key);
/* Seconds before this node may ask again; 0: now. */
int link_must_wait(struct node *, const char *key, bool is_push);
void link_problem(struct link_record *, const char *why, moment now);
/* A request was signed with a time too far from ours: note the problem, and let the next such one wait, for a minute at most; 0. While one waits so,
 * nothing is noted, and the seconds left are told. A time ahead of ours only the holder of the key can have signed: that counts as a refusal, and
 * becomes an alarm. One behind may be an old request that somebody else repeats. So neither pause holds up a request with a right time; that ends it
 * (link_clock_right). */
int link_clock_wrong(struct node *, const char *key, bool is_ahead, const struct error *why);
void link_clock_right(struct node *, const char *key);

/* Count what the other lacks and what we lack, for every record, and keep in the database what a restart must not
 * forget. All need a reader lent to the work; links_save is a job of its own. */
bool links_load(struct work *);
bool links_count(struct work *);
bool links_save(struct work *);

/* watch.c: judge each second what needs somebody; tell the log and /metrics. */
void *links_watch(void *links);
bool links_metrics(struct work *, struct buf *);

/* upward.c: the threads of the link upwards. */
void *links_pull(void *links);
void *links_push(void *links);
/* The moment so many milliseconds from now, for pthread_cond_timedwait on links.changed. */
struct timespec steady_after(int64_t ms);
/* Wait under no lock for so long, or until the node stops: then false. */
bool links_pause(struct links *, int64_t ms);

#endif
