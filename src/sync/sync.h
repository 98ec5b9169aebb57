/* sync.h - nodes swap entries: push and pull of streams over HTTP(S), by position.
 *
 * docs/exchange.md describes the bytes. A node pulls what its territory may read and pushes what its
 * parent may read; both resume where they stopped; all is verified before commit (ledger/receive.h).
 * While `serve` runs with --upstream, a link thread pushes each commit at once and keeps a pull waiting. */
#ifndef SYNC_SYNC_H
#define SYNC_SYNC_H

#include "figure/contest.h"
#include "ledger/receive.h"
#include "ledger/node.h"
#include "web/web.h"

/* What came in, as the figures see it. */
#define ARRIVED_LISTED 20
#define ARRIVED_CELLS 5
struct arrived {
        int64_t figures;               /* versions of figures in new entries */
        int64_t contests;              /* conflicts that are open now and hold a new entry */
        struct contest_view *first[ARRIVED_LISTED]; /* some of them, with at most ARRIVED_CELLS figures each */
        size_t count;
};

/* Nodes that this one does not know, and of whose entries it takes none, though another node holds them for it. */
#define STRANGERS_LISTED 5
struct strangers {
        bool is_told;              /* the other node has said what it holds; where it said that nothing is new, it has not */
        int64_t entries;           /* in all */
        size_t count;
        struct stranger {          /* some of them, first those whose unit was told */
                char key[KEY_HEX];
                char unit[16];     /* code of the unit, as the other node has enrolled it; "": not told */
                int64_t entries;
        } list[STRANGERS_LISTED];
};

struct exchanged {
        struct received in;        /* what is passed over counts also what strangers wrote and was not even asked for */
        struct strangers strangers;
        struct arrived arrived;        /* filled by sync_with and sync_file */
        int64_t placing_ms;            /* how long sync_with placed what had only been stored during the exchange */
        int64_t entries_out, bytes_out, bytes_in, files_in, files_out;
        int64_t passed_there;          /* of those sent: the other node has stopped their stream, or does not know who wrote them */
        int64_t own_passed;            /* of these, what this node wrote itself: the other has seen other entries under its key, of a copy of it */
        int64_t apart;                 /* entries in a bundle file of streams that have forked, and that this node does not hold */
        int refusals;
        bool is_partial; /* false was told, because something was refused here; everything else was exchanged, by sync_with in both directions */
        bool wants_files; /* the other node asks for attachments of this one */
};

/* Whether a node may read streams of an audience (scope by territory). */
bool sync_may_read(struct work *, const struct peer *reader, const char *audience);

/* One complete exchange with the node at a URL. A stream that is refused here is left out of it: all the rest is exchanged, then the error is told
 * (exchanged.is_partial). Not inside a job. A dry run fetches and judges all that would come in, in one
 * transaction, and takes it back: it tells the same numbers and changes nothing on either side. */
bool sync_with(struct work *, const char *url, bool is_dry_run, struct exchanged *);

/* Write what the network would give a reader, after a place in this node's order of arrival, to a file; take such a file in (not
 * inside a job). The file is there whole or not at all. The reader is named by a node's key, or by a unit's code: an enrolled node of the
 * unit whose key has not ended, or else one whose has; where there is none any node of the unit. ERR_INVALID where there is no such unit,
 * ERR_DENIED where there is no such node. */
struct bundled {
        const char *unit; /* the reader's */
        int64_t entries;
};
bool sync_bundle(struct work *, const char *path, const char *reader, int64_t after_id, struct bundled *);
bool sync_file(struct work *, const char *path, bool is_dry_run, struct exchanged *);

/* Begin and end what a served node does for its links: be ready for those below and, where url is not NULL, keep the
 * link to the node above. Before the server starts; after it has stopped. */
bool sync_start(struct node *, const char *url, struct error *);
void sync_stop(struct node *);

/* What needs somebody: reasons for an alarm. The settings that say when stand in docs/server.md. */
enum link_alarm {
        LINK_SILENT,   /* no contact for alarm_silence_s */
        LINK_STUCK,    /* the backlog has not shrunk for alarm_standstill_s */
        LINK_REFUSED,  /* alarm_refusals refusals in a row */
        LINK_STOPPED,  /* a stream of that node has forked and takes no more entries; or of this node, at the link upwards */
        LINK_ALARMS,
};
/* A word for programs ("silent"), a text for people, and a sentence that says what to do. */
const char *link_alarm_name(enum link_alarm);
const char *link_alarm_text(enum link_alarm);
const char *link_alarm_remedy(enum link_alarm);

#define UNKNOWN_NODE "?" /* names the record of the link upwards until somebody answered there */

/* What /status shows of each link and peer. */
struct link {
        const char *key, *unit, *url;   /* url NULL: it calls us; key and unit UNKNOWN_NODE: whoever is at the address above has not said who it is, and no other link stands for it */
        moment last_contact, last_entry; /* 0: never; the last entry also where another node brought it */
        int64_t backlog;                /* entries we hold that it was not yet seen to hold */
        int64_t ahead;                  /* entries it was seen to hold that we lack, those of strangers too */
        struct strangers strangers;
        const char *problem;            /* NULL or the last refusal */
        moment problem_since, retry_at; /* retry_at: 0 where no pause runs */
        int refusals;                   /* in a row */
        unsigned alarms;                /* bits 1 << enum link_alarm */
        moment alarm_since[LINK_ALARMS];
        bool is_connected, is_revoked;
};
struct link *sync_links(struct work *, size_t *count);

extern const struct route sync_routes[], file_routes[];

#endif
