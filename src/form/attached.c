/* attached.c - a report's attachments made ready for its page and its JSON. */
#include <string.h>

#include "form/view_private.h"

static const char *place_of(const struct work *w, const struct report *r, const struct blob *b)
{
        return b->unit[0] == '\0' || strcmp(b->unit, r->unit_code) == 0 ? unit_name(w, r->unit) : b->unit;
}

void show_attachments(struct work *w, const struct report *r, struct report_view *v)
{
        v->attachments = arena_array(w->arena, r->attachment_count + 1, sizeof *v->attachments);
        v->attachment_count = r->attachment_count;
        v->shows_attachments = r->attachment_count > 0 || r->may_attach;
        for (size_t i = 0; i < r->attachment_count; i++) {
                const struct blob *b = &r->attachments[i];
                const struct attached_as as = { arena_print(w->arena, "%s/attachments/%s/%s", v->address, b->node, b->id), place_of(w, r, b),
                                                r->may_attach, r->may_erase };

                attached_fill(w, b, &as, &v->attachments[i]);
        }
}

void attachments_write(struct jsonw *j, const struct report_view *v)
{
        jsonw_name(j, "attachments");
        jsonw_array(j);
        for (size_t i = 0; i < v->attachment_count; i++)
                attached_write(j, &v->r->attachments[i], v->attachments[i].href);
        jsonw_end(j);
}
