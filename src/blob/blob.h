/* blob.h - attachments and personal texts: outside the entries, encrypted, erased by destroying a key.
 *
 * An attachment is stored as ciphertext under the name SHA-256(ciphertext), so that any node can check it without the key. An
 * entry (blob.add) says that it exists: size, type, whose. A person (blob.person) is a key under which texts in entries
 * are sealed. Neither key nor content ever stands in an entry: blob.erase destroys both on every node that applies it,
 * and all chains stay as they were. Everything is addressed by (node, id): the key of the node that added it, and the hash or
 * the person's id; another node's entry with the same hash is another thing. After a rotation what was added stays where it is.
 *
 * Content: a header of 24 bytes, then pieces of 64 KiB (crypto_secretstream_xchacha20poly1305), each 17 bytes longer than
 * what it holds, the last one marked as such. Keys are kept sealed under the secret in the node's file `vault`, which does
 * not change with the node's key: a copy of the database alone opens nothing. */
#ifndef BLOB_BLOB_H
#define BLOB_BLOB_H

#include "base/buf.h"
#include "ledger/entry.h"

#define BLOB_ID_MAX 65       /* a hash, 64 digits, or a person's id: "p" and 32 digits */
#define BLOB_NAME_MAX 200    /* bytes of a file's name */
#define BLOB_REASON_MAX 2000 /* bytes of the reason and of the legal basis of an erasure */
#define BLOB_KEY_BYTES 32
#define BLOB_SEALED_KEY (BLOB_KEY_BYTES + 48) /* bytes of a key on its way to another node */

/* ---- what may be attached (type.c) ------------------------------------------------------------------------- */

struct blob_type {
        const char *type;      /* "application/pdf" */
        const char *extension; /* "pdf" */
        const char *title;     /* a text */
};
extern const struct blob_type blob_types[]; /* ended by one without type */
/* The one of that name; NULL where it is none of ours. */
const struct blob_type *blob_type_of(const char *type);

/* Recognises a type while the bytes pass by: by content, never by the name, which only tells CSV from other text. */
struct blob_sniffer;
struct blob_sniffer *blob_sniff_begin(struct arena *);
void blob_sniff(struct blob_sniffer *, const void *bytes, size_t length);
/* The type once all bytes have passed; NULL where it is none of ours (macros and encrypted containers are none). */
const struct blob_type *blob_sniff_end(struct blob_sniffer *, const char *name);

/* ---- what is known of one ---------------------------------------------------------------------------------- */

struct blob {
        const char *node, *id;
        const char *unit;      /* its home: the unit its node spoke for */
        const char *audience;  /* of the stream that names it; "-" while only drafts do */
        const char *type;      /* "" for a person */
        const char *of;        /* the record it belongs to: the subject of that record's entries */
        const char *person;    /* whom it is about, or "" */
        const char *name;      /* of the file, what cannot be seen of it as U+FFFD; NULL where its key is not here */
        int64_t size, stored;  /* bytes as people see them; bytes of the ciphertext */
        int64_t entry;         /* that added it, on this node */
        moment added_at;
        bool is_here, has_key; /* the whole content is here and was verified; the key is here */
        int64_t held;          /* bytes of content that have arrived */
        bool is_wanted;        /* somebody here asked for it, */
        moment wanted_since;   /* and when first; 0 */
        const char *problem;   /* why it could not be fetched; NULL */
        bool is_erased;
        int64_t erased_entry;  /* that says so, on this node; 0 */
        moment erased_at;
        const char *erased_by, *erased_why, *erased_basis;
};
/* What it is called where it is saved: its name, ended as files of its type are; what opens a file goes by that, and not by its content. NULL
 * where its name is not known. */
const char *blob_file_name(struct arena *, const struct blob *);

/* One by its address, NULL (no error) where no entry names it. An entry others may read goes before a draft's. In a past of the node this and
 * blob_list ask the node itself, of the entries of then: what was erased since is erased. */
struct blob *blob_find(struct work *, const char *node, const char *id);

/* Those of a record, in the order they were added, each once; erased ones too. All of this node: of NULL, in the order of id
 * after a place ("" at first), at most limit. */
struct blob *blob_list(struct work *, const char *of, size_t *count);
struct blob *blob_list_after(struct work *, const char *node, const char *id, size_t limit, size_t *count);

/* What is held about persons: each person, followed by the attachments that name it, in the order of their ids. Of one (id), or of
 * at most limit persons after a place ("" at first). A person stands once for each node whose entry names it. */
struct blob *blob_about(struct work *, const char *id, size_t *count);
struct blob *blob_persons_after(struct work *, const char *id, size_t limit, size_t *count);
bool blob_is_person(const struct blob *);

/* Most bytes of one file, and of all files of one record: the settings attachment_limit_mb (25) and
 * attachments_limit_mb (100). */
int64_t blob_limit(const struct node *);
int64_t blob_record_limit(const struct node *);

/* ---- adding and reading ------------------------------------------------------------------------------------ */

/* A file that is encrypted and stored, but named by no entry yet: blob_add does that, blob_drop forgets it, and so does the
 * next start (blob_sweep). */
struct blob_new {
        int64_t content;
        char id[BLOB_ID_MAX];
        int64_t size, stored;
        const char *name, *type;
        unsigned char key[BLOB_KEY_BYTES];
};

/* Read a file from an open descriptor, recognise its type, encrypt and store it piece by piece. Not inside a job: it writes
 * jobs of its own, so that others get their turn. ERR_TOO_BIG, ERR_INVALID (empty, or no type of ours); then nothing is
 * left. */
bool blob_keep(struct work *, int fd, const char *name, struct blob_new *);
void blob_drop(struct work *, const struct blob_new *);

/* Inside a job: name it in an entry of this node for an audience. of: the subject of its record, or ""; person: an id, or "".
 * ERR_TOO_BIG where the record's files would be over their limit. */
bool blob_add(struct work *, const struct blob_new *, const char *audience, const char *of, const char *person);

/* Inside a job: let an audience know of one that only drafts named. Does nothing where it is known already. One that was added
 * under a former key of this node is under the present one from then on: b->node changes. */
bool blob_share(struct work *, struct blob *b, const char *audience);

/* Decrypt the content into a buffer (give it a sink for large ones). ERR_MISSING where it is not here, ERR_CONFLICT where it
 * was erased, ERR_DAMAGED where it is not what was stored. */
bool blob_read(struct work *, const struct blob *, struct buf *out);

/* Inside a job: erase one (or a person with all that is about it) for a reason, on a legal basis. An entry says so to all
 * who could read it. ERR_DENIED unless this node's unit is its home or above. */
bool blob_erase(struct work *, const struct blob *, const char *why, const char *basis);

/* At start: forget what interrupted uploads and erasures left, and contents no entry names. */
bool blob_sweep(struct work *);

/* Every content that is here: hash, length, key. Missing ones are no damage. ERR_DAMAGED names the first damage. */
struct blob_count { int64_t known, here, wanted, erased, bytes; };
bool blob_verify(struct work *, struct blob_count *);
bool blob_counts(struct work *, struct blob_count *);

/* ---- persons and their texts (vault.c) --------------------------------------------------------------------- */

/* Inside a job: a new person, whose texts stand in entries for an audience. id gets its id. */
bool blob_person(struct work *, const char *audience, char id[BLOB_ID_MAX]);
/* A text sealed for an entry's body: "v1." and base64. Each sealing differs. */
bool blob_seal_text(struct work *, const struct blob *person, const char *text, struct buf *out);
/* And back. *text NULL where the key is not here (yet, or any more). ERR_DAMAGED where it is not this person's text. */
bool blob_open_text(struct work *, const struct blob *person, const char *sealed, const char **text);

/* ---- from node to node ------------------------------------------------------------------------------------- */

/* Note that somebody here wants the content (not inside a job). Nothing where it is here, erased or over our limits: then an
 * error. */
bool blob_want(struct work *, const struct blob *);
/* Inside a job: why a wanted one did not come. NULL: it is tried again. */
bool blob_want_failed(struct work *, const char *node, const char *id, const char *problem);
/* The members that JSON has of every attachment, in an object that is begun: node, id, name, type, size, stored, held, state ("erased",
 * "here", "waiting", "elsewhere"), problem. */
struct jsonw;
const char *blob_state(const struct blob *);
void blob_members(struct jsonw *, const struct blob *);

/* What is wanted here and was not refused since, longest first. */
struct blob *blob_wants(struct work *, size_t *count);
/* The streams in which what is wanted was added, each once: for who only asks whether there is anything for him. */
struct blob_stream {
        const char *node, *audience;
};
const struct blob_stream *blob_wants_streams(struct work *, size_t *count);

/* Bytes of the stored form from a place on, at most limit of them. */
bool blob_bytes(struct work *, const struct blob *, int64_t from, size_t limit, struct buf *out);
/* The key, sealed so that only one node can open it. */
bool blob_key_for(struct work *, const struct blob *, const char *node_key, unsigned char sealed[BLOB_SEALED_KEY]);

/* Take bytes that follow what is held (inside a job). ERR_CONFLICT where from is not that place, nobody here wants it or it was
 * erased; ERR_INVALID where it would become longer than its entry says. *held: bytes held afterwards. */
bool blob_take(struct work *, const char *node, const char *id, int64_t from, const void *bytes, size_t length,
               int64_t *held);
/* Once all are held: verify hash, key, size and type, and count it as here; otherwise forget the bytes and say why
 * (ERR_INVALID); it is wanted as before. A person has no content, only the key. Not inside a job. */
bool blob_arrived(struct work *, const char *node, const char *id, const unsigned char sealed_key[BLOB_SEALED_KEY]);

extern const struct entry_kind blob_kinds[];
extern const struct derived_table blob_tables[];

#endif
