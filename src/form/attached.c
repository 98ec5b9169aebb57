/* attached.c - a report's attachments made ready for its page and its JSON. */
#include <string.h>

#include "form/view_private.h"
#include "ledger/node.h"

#define WAITS_LONG ((moment)60 * 60 * 1000) /* then a page says whom to ask */

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
        for (const struct blob_type *t = blob_types; t->type != NULL; t++)
                if (strcmp(t->type, type) == 0)
                        return work_text(w, t->title);
        return type;
}

static const char *place_of(const struct work *w, const struct report *r, const struct blob *b)
{
        return b->unit[0] == '\0' || strcmp(b->unit, r->unit_code) == 0 ? unit_name(w, r->unit) : b->unit;
}

/* A file of this unit that is not here was added by a node the unit had before: any other may have it. */
static void show_elsewhere(struct work *w, const struct report *r, const struct blob *b, struct shown_attachment *a)
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
                                                      place_of(w, r, b));
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
                                                      place_of(w, r, b));
                a->css = "chip info";
        }
}

static void show_one(struct work *w, const struct report *r, const struct report_view *v, const struct blob *b,
                     struct shown_attachment *a)
{
        const char *address = arena_print(w->arena, "%s/attachments/%s/%s", v->address, b->node, b->id);

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
                show_elsewhere(w, r, b, a);
        if (b->type[0] != '\0')
                a->href = address;
        if (r->may_attach)
                a->remove_href = arena_print(w->arena, "%s/remove", address);
        if (r->may_erase && b->type[0] != '\0' && strcmp(b->audience, AUDIENCE_LOCAL) != 0)
                a->erase_href = arena_print(w->arena, "%s/erase", address);
}

void show_attachments(struct work *w, const struct report *r, struct report_view *v)
{
        const char *accept = "";

        v->attachments = arena_array(w->arena, r->attachment_count + 1, sizeof *v->attachments);
        v->attachment_count = r->attachment_count;
        v->shows_attachments = r->attachment_count > 0 || r->may_attach;
        for (size_t i = 0; i < r->attachment_count; i++)
                show_one(w, r, v, &r->attachments[i], &v->attachments[i]);
        for (const struct blob_type *t = blob_types; t->type != NULL; t++)
                accept = arena_print(w->arena, "%s%s.%s", accept, accept[0] == '\0' ? "" : ",", t->extension);
        v->accept = accept;
        v->attach_hint = arena_print(w->arena,
                                     work_text(w, N_("PDF, Word, Excel, PNG, JPEG, CSV or text; at most %lld MB a file")),
                                     (long long)(blob_limit(w->node) >> 20));
}

void attachments_write(struct jsonw *j, const struct report_view *v)
{
        jsonw_name(j, "attachments");
        jsonw_array(j);
        for (size_t i = 0; i < v->attachment_count; i++) {
                const struct blob *b = &v->r->attachments[i];
                char at[MOMENT_TEXT_MAX];

                jsonw_object(j);
                blob_members(j, b);
                jsonw_member_text(j, "address", v->attachments[i].href);
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
        jsonw_end(j);
}
