/* filed.h - what areas say of what somebody filed, for its receipt (areas/receipt).
 *
 * An area lists in struct area the kinds of entries by which something is submitted. What was filed is read from the signed entry alone, so that a file
 * is checked without a node: names come from a catalogue, or the codes themselves stand for them. What became of it since is asked of a node. */
#ifndef AREAS_FILED_H
#define AREAS_FILED_H

#include "areas/area.h"
#include "ledger/proof.h"
#include "ledger/receipt.h"

/* One line as it was filed. indicator, item and partner are "" where it is no figure of an indicator. */
struct filed {
        const char *cell, *said, *label;         /* "7.1", "" none; the same as people read it, "3" where the cell is a word */
        const char *indicator, *item, *partner;  /* as signed */
        const char *plain, *value;               /* "1234.5" as signed; "1.234,5" as read */
        const char *measure, *explanation;       /* "" for none */
};

/* What else belongs to it: a document, a remark. name: stable, of the JSON; as signed and as read. */
struct filed_fact { const char *name, *title, *plain, *value; };

struct receipt_kind;

struct receipt {
        /* of every entry, before an area reads it */
        const struct receipt_kind *kind;
        const char *code, *hash;
        const char *sent_by, *role;              /* sent_by: the login where the body names nobody; role: as people read it */
        const char *node;                        /* public key, hex */
        const char *sent_at, *sealed_at;         /* as people read them */
        moment sent, sealed;
        int64_t seq, sealed_seq, entries;
        const char *signature;
        /* what the area reads */
        const char *form, *form_title;           /* "monthly", "02", "cluster_lease" */
        const char *about, *about_said;          /* the one thing it is about, where the form is filed for several: a cluster, a case; "" none */
        const char *unit, *unit_key, *unit_name; /* that filed it: "42", "42@2004-01-01", "Sở Công Thương Hà Tĩnh" */
        const char *period, *period_name;        /* "" none */
        const char *filled_by;                   /* "" nobody else than who sent it */
        int64_t version;                         /* 0: it has none */
        struct filed_fact *facts;
        size_t fact_count;
        struct filed *figures;
        size_t figure_count;
        const char *page;                        /* address of what was filed */
        /* what a node knows; "" where it was not asked, or there is nothing */
        bool is_asked;                           /* a node was: else nobody knows whether it counts */
        const char *aside;                       /* why it does not count at that node */
        const char *since, *newer;               /* what became of it since: corrected, withdrawn; the code of what stands in its place */
        int64_t newest;                          /* of what has versions the one that was sent last; 0 */
        const char *conflict;                    /* the name of an open conflict it takes part in (contest.h) */
        const char *former, *former_at;          /* the code it had before it was written again under a new key, and when that was written */
        bool was_ahead;                          /* then, by a clock that was ahead; else two copies of the node had written at one place */
};

/* From what is read; the arena's memory. catalogue may be NULL. */
struct filing {
        struct arena *arena;
        enum language language;
        const struct catalogue *catalogue;
        const struct entry *entry;
};

struct receipt_kind {
        const char *kind;    /* of the entry */
        const char *heading; /* of the document: a text in capitals */
        const char *what;    /* what its form is called: a text, "Form" */
        const char *who;     /* who sent_by is: a text, "Signed by" */
        const char *lines;   /* what its lines are: a text */
        enum nav nav;
        /* Fill in what the area reads; all else is there. False and ERR_INVALID where the entry is none of the kind. */
        bool (*read)(const struct filing *, struct receipt *, struct error *);
        /* Whether the asker may read what was filed: as the thing itself. False and ERR_DENIED or ERR_UNAUTHENTICATED, ERR_MISSING where it is not there. */
        bool (*may_read)(struct work *, const struct entry *, const struct receipt *);
        /* since, newer and newest, for who may read it. False and an error on failure. */
        bool (*ask_since)(struct work *, const struct entry *, struct receipt *);
};

/* The kind of an entry; NULL where entries of its kind get no receipts. Whether they do. */
const struct receipt_kind *receipt_kind_of(const char *kind);
bool receipt_proves(const char *kind);

/* A member of the body; "" where it is no text. */
const char *filed_text(const struct entry *, const char *member);
/* The unit with that key: code, key and name. An office files for a province; what stands below is named by its place. */
void filed_unit(const struct filing *, const char *key, struct receipt *);
void filed_period(const struct filing *, period, struct receipt *);
/* Once more of what else belongs to it; an empty value is left out. */
void filed_fact(const struct filing *, struct receipt *, const char *name, const char *title, const char *plain, const char *value);
/* A number with its decimals as they were signed, at least those that are usual; what is none as it stands. */
const char *filed_number(const struct filing *, const char *plain, int usual);

#endif
