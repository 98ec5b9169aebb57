/* blob_private.h - what only the files of src/blob share. */
#ifndef BLOB_PRIVATE_H
#define BLOB_PRIVATE_H

#include "blob/blob.h"

#define PIECE_PLAIN ((size_t)64 << 10)
#define PIECE_EXTRA ((size_t)17)
#define PIECE_STORED (PIECE_PLAIN + PIECE_EXTRA)
#define CONTENT_HEADER ((size_t)24)

/* Bytes of the stored form of a file of size bytes. */
int64_t stored_size(int64_t size);

/* Whether an id is a person's; the id that goes with a key. */
bool is_person(const char *id);
void person_id(const unsigned char key[BLOB_KEY_BYTES], char id[BLOB_ID_MAX]);

/* FROM and WHERE of the erasures that concern the row b of table blob; the first of them is by (at, hash). A person's id is
 * nobody else's: an erased person goes from attachments of all nodes of its home, as under a later key of the same node. */
#define ERASED_FROM                                                                                                    \
        " FROM blob_erased x WHERE x.unit = b.unit AND ((x.name = b.name AND x.node = b.node) OR (b.person <> '' AND"  \
        " x.name = b.person))"

/* Seal with a key: "v1." and base64 of nonce and ciphertext; and back, NULL where it does not open. */
bool text_seal(struct work *, const unsigned char key[BLOB_KEY_BYTES], const char *about, const char *text, struct buf *out);
const char *text_open(struct work *, const unsigned char key[BLOB_KEY_BYTES], const char *about, const char *sealed);

/* Keys at rest. key_keep: inside a job. key_load: false without an error where it is not here. */
bool key_keep(struct work *, const char *node, const char *id, const unsigned char key[BLOB_KEY_BYTES]);
bool key_load(struct work *, const char *node, const char *id, unsigned char key[BLOB_KEY_BYTES]);

/* Inside a job: destroy key and content of what is erased and has this id or is about this person. */
bool destroy_erased(struct work *, const char *node, const char *id);

/* Inside a job: what this node holds of an id under a former key of its own is under its present key from now on. */
bool content_adopt(struct work *, const char *id);

#endif
