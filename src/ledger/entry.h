/* entry.h - one signed step of the truth, and what each kind of entry does.
 *
 * An entry is one line of JSON with exactly these members in this order, no spaces:
 *   {"stream":"KEY/AUDIENCE","seq":7,"at":"2026-11-23T07:02:11.123Z/0","author":"login",
 *    "role":"specialist","kind":"report.send","subject":"…","prev":"HASH","body":{…}}
 * Its bytes are hashed with SHA-256 and never written anew. prev is the hash of the entry before it in
 * the stream; 64 zeros for seq 1. The limit of an entry is ENTRY_MAX bytes, of one that is no bulk ENTRY_TYPED_MAX. */
#ifndef LEDGER_ENTRY_H
#define LEDGER_ENTRY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/clock.h"
#include "work/work.h"

#define ENTRY_MAX ((size_t)8 << 20)
#define UNSEALED_MAX (2 * ENTRY_MAX + ((size_t)1 << 20)) /* bytes of a stream that may come without a seal among them */
#define ENTRY_TYPED_MAX ((size_t)1 << 20) /* of kinds that people type; one that is longer is refused where it is applied (is_bulk) */
#define ENTRY_PARTS_MAX 65536 /* of the signs , : [ { outside of strings: so many values and names it has at most */
#define SUBJECT_MOST 512 /* bytes */
#define HASH_BYTES 32
#define HASH_HEX (HASH_BYTES * 2 + 1)
#define KEY_BYTES 32
#define KEY_HEX (KEY_BYTES * 2 + 1)

/* Audiences. A unit's code: that unit and those above it may read. */
#define AUDIENCE_ALL "*"
#define AUDIENCE_LOCAL "-" /* never leaves this node: passwords, drafts */

struct entry {
        int64_t id;           /* place in this node's own order of arrival; differs between nodes */
        const char *stream;   /* "KEY/AUDIENCE" */
        const char *node;     /* KEY: 64 hex digits */
        const char *audience;
        int64_t seq;          /* from 1, without gaps */
        stamp at;
        const char *author;   /* login at its node; "" for the node itself */
        const char *role;     /* of the author, by name */
        const char *kind;
        const char *subject;  /* the record it is about; entries of one subject fold into one record */
        const char *prev;     /* hash, hex */
        json_t *body;         /* an object; borrowed, freed with the arena */
        const char *bytes;    /* the line as it was hashed, without line end */
        size_t length, body_at; /* of the line; where in it the body begins */
        unsigned char hash[HASH_BYTES];
        bool is_right;        /* the body was looked at, and is one */
        bool is_spent;        /* the body is right, and nobody reads the line after it: its memory, in an arena or from malloc, is given back when the body is read */
};

/* A number that parts entries of one moment, the same at every node: what begins the hash. */
int64_t entry_rank(const struct entry *);

/* SHA-256, the one hash of the ledger. */
void ledger_digest(const void *bytes, size_t length, unsigned char hash[HASH_BYTES]);

/* Several hashes in one: begin with zeros and take one in after the other. */
void ledger_digest_take(unsigned char all[HASH_BYTES], const unsigned char hash[HASH_BYTES]);

/* Decisions between entries of nodes that had not seen each other, of any kind: how many one names, and the bytes of its reason (660 letters
 * fit, whatever they are; the page asks for no more). */
#define SETTLE_SIDES_MAX 16
#define SETTLE_REASON_MAX 2000

/* Parse and check the form of one line; the entry and its JSON live as long as the arena. bytes must
 * stay valid. NULL and ERR_INVALID or ERR_DAMAGED otherwise. Limits: ENTRY_MAX, ENTRY_PARTS_MAX, depth 32, no duplicate keys. */
struct entry *entry_parse(struct arena *, const char *bytes, size_t length, struct error *);

/* The same without reading the body: only the members before it are looked at, exactly as they must be written; body is
 * NULL. For whoever first wants to know whose line it is and whether it belongs to its chain; what is inside the
 * body is then for entry_body to judge. */
struct entry *entry_head(struct arena *, const char *bytes, size_t length, struct error *);

/* The same where nothing has to be unfolded for it; NULL: it has, or it is no entry. */
struct entry *entry_at_sight(struct arena *, const char *bytes, size_t length);

/* Read the body of what entry_head has looked at: both together are entry_parse. The JSON lives as long as the arena. */
bool entry_body(struct arena *, struct entry *, struct error *);

/* The same judgement of the body; it is read only where that is needed to judge. entry_look_at_body: where it is not, note it. */
bool entry_body_is_right(struct arena *, struct entry *, struct error *);
void entry_look_at_body(struct entry *);

/* A copy, all but the line and the body. */
struct entry *entry_copy(struct arena *, const struct entry *);

/* A copy of a text of an entry, for whoever keeps it and does not know how long it is: one of more than most bytes, as none is that was typed here, is cut after
 * a letter, with its length and the beginning of its hash behind, so that two that differ still do. NULL stays NULL. */
char *entry_text_kept(struct arena *, const char *text, size_t most);

/* The order in which entries of any nodes are folded: by (at, node, hash). The hash matters only where a node wrote at one
 * moment in two streams, which an honest one does not. */
int entry_compare(const struct entry *, const struct entry *);

/* What became of an entry on this node. */
enum applied {
        APPLIED,  /* it is in the derived tables */
        WAITING,  /* it needs something not yet here (an indicator, a unit); tried again later */
        REFUSED,  /* its author had no right, or it contradicts a rule: kept as evidence only */
        FAILED,   /* the database failed: the error of the work says so */
};

/* One kind of entry. apply is a pure function of (tables so far, entry): the only code that writes
 * the kind's derived tables. It must not depend on the order in which entries of different streams
 * arrive. For WAITING and REFUSED it describes why. */
struct entry_kind {
        const char *name;    /* "figures.report" */
        enum applied (*apply)(struct work *, const struct entry *, struct error *why);
        const char *summary; /* for the documentation; a text */
};

/* One derived table: dropped and replayed by rebuild, hashed by state and by rebuild --check.
 * state_sql selects its rows; state_form has a letter for each column: i integer, t text (may be
 * NULL), y symbol id, e entry id (hashed as the entry's hash), b bytes. A form that begins with "-"
 * marks a local table (passwords, drafts): checked by rebuild, no part of the state; the same holds for single
 * rows whose entry stands in a local stream. Tables without an e column count only in the whole
 * state, not in that of one audience. state_sql NULL: neither hashed nor checked. */
struct derived_table {
        const char *name;
        const char *create_sql; /* CREATE TABLE … ; CREATE INDEX …; BIGINT, TEXT and BYTES only */
        const char *state_sql;
        const char *state_form;
};

/* What apply functions put off in a run of entries (run.h), to write the rows of many in one go. */
struct deferral {
        void *(*open)(struct work *);            /* NULL and an error where there is no memory */
        bool (*is_full)(const void *);           /* to be written before more is put off */
        bool (*write)(struct work *, void *);    /* all that was put off, into the tables */
        bool (*before_savepoint)(struct work *, void *); /* what the next entry, which may be undone, may ask for; NULL: nothing */
        void (*close)(void *);                   /* forgets what was not written */
};

/* Since when a node has had its unit: which unit of those that ever had the code it is of. since: as the code was known then, INT64_MAX: as it is
 * on the day that is asked about; act: or by the act of that day, if later, by which its unit took over from others (DAY_NONE: none). */
struct tenure {
        stamp since;
        day act;
};
#define TENURE_ANY ((struct tenure){ INT64_MAX, DAY_NONE })

/* What the program is made of, listed by main: every module's kinds and tables (NULL-terminated). A rebuild replays the
 * kinds array by array: one that others rest on stands before them, trust first. */
struct ledger_schema {
        const struct entry_kind *const *kinds;     /* arrays ended by a kind without name */
        const struct derived_table *const *tables; /* arrays ended by a table without name */
        /* Whether a unit lies in the territory of another on a day (by codes), of one that a node has had since; for nodes that enrol others. NULL: only
         * the country stands above others. */
        bool (*is_within)(struct work *, const char *inner, const char *outer, struct tenure, day);
        /* Whether a code means the same unit, had since one time or another. NULL: always. */
        bool (*is_same_unit)(struct work *, const char *code, struct tenure, struct tenure);
        /* Kinds that receipts prove: the job that writes such an entry seals it, and the seal travels with it, so that its proof (proof.h) stays a few kB
         * on every node and holds nothing that others wrote. NULL: none. */
        bool (*keeps_seal)(const char *kind);
        /* Kinds whose apply changes no table before it knows that the entry counts: where it waits or is refused there is
         * nothing to undo, and the copies of pages that a way back costs are saved. NULL: none. */
        bool (*decides_first)(const char *kind);
        /* Kinds of files, tables and blocks of figures, which have up to ENTRY_MAX bytes; others are what somebody types, and fold with all of their subject in
         * memory. NULL: all. */
        bool (*is_bulk)(const char *kind);
        /* What may be put off, or NULL; and the kinds that live with it: their apply reads no table to which something that was
         * put off belongs, and puts off only what nothing after it can refuse. Before entries of other kinds all is written. */
        const struct deferral *deferral;
        bool (*puts_off)(const char *kind);
        /* Kinds whose entries, in whatever order they come, make one record each subject: where many are applied again they are taken
         * subject by subject, so that what they put off is written once for each. NULL: none. */
        bool (*by_subject)(const char *kind);
        /* Kinds that nothing but tables rests on: of a large batch from another node they may be stored first and placed
         * later (place.h). Entries of these kinds keep their order within a stream. NULL: none. Where a program says otherwise
         * than the one before it, all is placed anew when it opens a node. */
        bool (*may_follow)(const char *kind);
        /* Kinds of which the node itself is asked, also about days past: no past has them (past.h). NULL: none. */
        bool (*is_never_past)(const char *kind);
        /* Kinds that no register rests on: of the pasts only a whole one has them. NULL: none. */
        bool (*is_beside_registers)(const char *kind);
};

#endif
