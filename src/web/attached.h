/* attached.h - files attached to a record, as pages show, take and give them. What they are is told by blob.h; whose they are and who may
 * do what with them, the record's own module says. */
#ifndef WEB_ATTACHED_H
#define WEB_ATTACHED_H

#include "blob/blob.h"
#include "web/web.h"

/* One file made ready for a page. */
struct attached {
        const char *name, *about, *state, *css, *detail; /* state NULL: it is here, nothing to say */
        const char *href, *remove_href, *erase_href;     /* NULL: not possible */
};

/* What the asker may do with a file. address: of the file; those of its removal and erasure end in /remove and /erase. place: whose node has it
 * where it is not here, in words. */
struct attached_as { const char *address, *place; bool may_remove, may_erase; };
void attached_fill(struct work *, const struct blob *, const struct attached_as *, struct attached *);

/* The list of files on a page, with what may be done to each. id: begins the identifiers of its inputs, different for each list of a page. */
void attached_files(struct work *, struct buf *, const struct attached *, size_t count, const char *id, const char *csrf);
/* The input for one more file, named "file"; id as above. */
void attached_input(struct work *, struct buf *, const char *id);

/* One file as an object of JSON. */
struct jsonw;
void attached_write(struct jsonw *, const struct blob *, const char *href);

/* Take the file that was sent (as the field "file" of a form, or as the whole body with its name in the query) and store it; not inside a
 * job. ERR_INVALID where there is none. blob_add names it afterwards, or blob_drop forgets it. */
bool attached_keep(struct work *, const struct request *, struct blob_new *);

/* Answer with the content, to be saved and not shown. */
bool attached_give(struct work *, struct reply *, const struct blob *);

#endif
