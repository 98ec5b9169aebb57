/* receipt.h - what a sent report's receipt says, made from the signed entry alone, and the ways to show it. */
#ifndef RECEIPT_RECEIPT_H
#define RECEIPT_RECEIPT_H

#include "form/form.h"
#include "ledger/proof.h"

/* One figure as it was filed. Names come from a catalogue and may be the codes themselves where it knows none. */
struct filed {
        const char *cell, *label;                /* "7.1"; "" where the form is not known */
        const char *indicator, *item, *partner;  /* as signed */
        const char *plain, *value;               /* "1234.5" as signed; "1.234,5" as read */
        const char *measure, *explanation;       /* "" for none */
};

struct receipt {
        const char *code, *hash;
        const char *form, *form_title;
        const char *unit, *unit_key, *unit_name; /* "42", "42@2004-01-01", "Sở Công Thương Hà Tĩnh" */
        const char *period, *period_name;
        const char *filled_by, *sent_by, *role;  /* role: of who sent, as people read it */
        const char *node;                        /* public key, hex */
        const char *sent_at, *sealed_at;         /* as people read them */
        moment sent, sealed;
        int64_t version, seq, sealed_seq, entries;
        const char *signature;
        struct filed *figures;
        size_t figure_count;
        const char *report;                      /* address of the report's page */
        int64_t newest;                          /* version of the report that was sent last, by what the node holds; 0: not asked, or none */
        const char *newest_code;                 /* its receipt */
};

/* What a verified proof says. catalogue may be NULL: codes stand for names. NULL and ERR_INVALID where the entry is no
 * sent report, ERR_DAMAGED where the proof's name is not its code. Lives as long as the arena. */
struct receipt *receipt_of(struct arena *, enum language, const struct catalogue *, const struct proof *, struct error *);

/* From a node: the file of the receipt with that code or hash (bytes into file), and what it says. */
struct receipt *receipt_load(struct work *, const char *typed, struct buf *file);

/* As lines for a terminal; as a JSON object (is_public: what the public sees). */
void receipt_write_text(const struct receipt *, enum language, struct buf *out);
void receipt_write_json(const struct receipt *, bool is_public, struct buf *out);

#endif
