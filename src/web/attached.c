/* attached.c - files attached to a record: shown, taken, given. */
#include "web/attached.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/decimal.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "web/pages.h"

#define WAITS_LONG ((moment)60 * 60 * 1000) /* then a page says whom to ask */

/* ---- shown --------------------------------------------------------------------------------------------------- */

static const char *size_shown(struct work *w, int64_t bytes)
{
        char text[DECIMAL_TEXT_MAX];

        if (bytes < 1000000)
                return arena_print(w->arena, "%lld kB", (long long)((bytes + 999) / 1000));
        decimal_write_shown(text, bytes / 100000, 1, 1, w->language);
        return arena_print(w->arena, "%s MB", text);
}

static const char *type_title(struct work *w, const char *type)
{
        const struct blob_type *t = blob_type_of(type);

        return t == NULL ? type : work_text(w, t->title);
}

/* A file of this unit that is not here was added by a node the unit had before: any other may have it. */
static void show_elsewhere(struct work *w, const struct blob *b, const char *place, struct attached *a)
{
        bool is_from_here = strcmp(b->unit, node_unit(w->node)) == 0;

        if (b->problem != NULL) {
                a->state = work_text(w, N_("Could not be fetched"));
                a->css = "chip err";
                a->detail = arena_print(w->arena, work_text(w, N_("%s. Choose the file to try again.")), b->problem);
        } else if (b->is_wanted && b->held > 0) {
                a->state = arena_print(w->arena, work_text(w, N_("%d %% has arrived")), (int)(b->held * 100 / b->stored));
                a->css = "chip info";
                a->detail = work_text(w, N_("The rest follows by itself, also after the line was cut. Reload the page to see how far it is."));
        } else if (b->is_wanted) {
                a->state = is_from_here ? work_text(w, N_("Waiting for another node to send it"))
                                        : arena_print(w->arena, work_text(w, N_("Waiting for the node of %s to send it")),
                                                      place);
                a->css = "chip warn";
                a->detail = arena_print(w->arena,
                                        work_text(w, w->now - b->wanted_since < WAITS_LONG
                                                             ? N_("Asked for at %s. It comes by itself; reload the page to see it.")
                                                             : N_("Asked for at %s, and nobody has sent it so far. Ask the unit whether its "
                                                                  "node is connected and still has the file.")),
                                        moment_shown(w->arena, b->wanted_since, w->language));
        } else {
                a->state = is_from_here ? work_text(w, N_("Not at this node; choose it to fetch it"))
                                        : arena_print(w->arena, work_text(w, N_("At the node of %s; choose it to fetch it")),
                                                      place);
                a->css = "chip info";
        }
}

void attached_fill(struct work *w, const struct blob *b, const struct attached_as *as, struct attached *a)
{
        *a = (struct attached){ .about = "" };
        a->name = b->name != NULL ? b->name
                  : b->is_erased  ? work_text(w, N_("(erased)"))
                                  : arena_print(w->arena, work_text(w, N_("file %.8s…")), b->id);
        a->about = b->type[0] == '\0' ? ""
                                      : arena_print(w->arena, "%s · %s · %s", type_title(w, b->type), size_shown(w, b->size),
                                                    moment_shown(w->arena, b->added_at, w->language));
        if (b->is_erased) {
                a->state = arena_print(w->arena, work_text(w, N_("Erased on %s")),
                                       moment_shown(w->arena, b->erased_at, w->language));
                a->css = "chip";
                a->detail = arena_print(w->arena, work_text(w, N_("by %s, on the basis of: %s. Reason: %s")), b->erased_by,
                                        b->erased_basis, b->erased_why);
                return;
        }
        if (!b->is_here)
                show_elsewhere(w, b, as->place, a);
        if (b->type[0] != '\0')
                a->href = as->address;
        if (as->may_remove)
                a->remove_href = arena_print(w->arena, "%s/remove", as->address);
        if (as->may_erase && b->type[0] != '\0' && strcmp(b->audience, AUDIENCE_LOCAL) != 0)
                a->erase_href = arena_print(w->arena, "%s/erase", as->address);
}

void attached_input(struct work *w, struct buf *out, const char *id)
{
        const char *accept = "", *hint;

        for (const struct blob_type *t = blob_types; t->type != NULL; t++)
                accept = arena_print(w->arena, "%s%s.%s", accept, accept[0] == '\0' ? "" : ",", t->extension);
        hint = arena_print(w->arena, work_text(w, N_("PDF, Word, Excel, PNG, JPEG, CSV or text; at most %lld MB a file")),
                           (long long)(blob_limit(w->node) >> 20));
        attached_input_shown(w, out, id, accept, hint);
}

void attached_write(struct jsonw *j, const struct blob *b, const char *href)
{
        char at[MOMENT_TEXT_MAX];

        jsonw_object(j);
        blob_members(j, b);
        jsonw_member_text(j, "address", href);
        if (b->is_erased) {
                moment_write(at, b->erased_at);
                jsonw_name(j, "erased");
                jsonw_object(j);
                jsonw_member_text(j, "at", at);
                jsonw_member_text(j, "by", b->erased_by);
                jsonw_member_text(j, "why", b->erased_why);
                jsonw_member_text(j, "basis", b->erased_basis);
                jsonw_end(j);
        }
        jsonw_end(j);
}

/* ---- taken and given --------------------------------------------------------------------------------------------- */

bool attached_keep(struct work *w, const struct request *q, struct blob_new *file)
{
        const char *name = NULL, *path = request_upload(q, "file", &name);
        bool ok;
        int fd;

        if (path == NULL)
                return error_set(&w->err, ERR_INVALID, "no file was sent") || error_at(&w->err, "file");
        if (name == NULL) /* the body is the file itself */
                name = request_query(q, "name", 0);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return error_system(&w->err, ERR_ENVIRONMENT, errno, "reading what was sent failed");
        ok = blob_keep(w, fd, name, file);
        close(fd);
        return ok || error_at(&w->err, "file");
}

bool attached_give(struct work *w, struct reply *reply, const struct blob *b)
{
        reply->content_type = b->type;
        reply->file_name = blob_file_name(w->arena, b);
        reply->is_private = reply->never_cache = true;
        /* It comes from elsewhere: whatever it is, it is saved and not shown, and may do nothing where it is shown. */
        reply_header(reply, "Content-Security-Policy", "default-src 'none'; sandbox");
        return blob_read(w, b, &reply->body);
}
