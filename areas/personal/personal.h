/* personal.h - what the pages of this area show. */
#ifndef AREAS_PERSONAL_PERSONAL_H
#define AREAS_PERSONAL_PERSONAL_H

#include "areas/area.h"
#include "blob/blob.h"

/* Something that is held about a person, in words. */
struct held_shown {
        const struct blob *blob;
        const char *name, *about;       /* of the file; its type and size */
        const char *record, *href;      /* what it belongs to, and its page; NULL: no page */
        const char *since;
        const char *state, *css;
};

/* An entry that says something about a person, and whether it stands. */
struct proof_shown {
        const char *what, *by, *at, *entry; /* entry: first digits of its hash */
        const char *fault;                  /* NULL: unaltered, in a chain that its node has sealed */
};

struct person_shown {
        const struct blob *person;
        const char *id, *short_id, *href, *unit, *since;
        const char *state, *css;
        const char *records;                /* why: the records its files belong to; "" none */
        const char *erased_at;
        bool is_erased, may_erase;
        struct held_shown *held;            /* attachments that name it */
        size_t held_count;
        struct proof_shown proofs[2];       /* that made it; that erased it */
        size_t proof_count;
        const char *csrf;                   /* of the form */
};

struct person_list {
        struct person_shown *list;
        size_t count;
        const char *next;                   /* address of what follows; NULL */
};

#endif
