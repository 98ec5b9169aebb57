/* view_private.h - a report made ready for pages and files. */
#ifndef FORM_VIEW_PRIVATE_H
#define FORM_VIEW_PRIVATE_H

#include "form/page_private.h"
#include "format/csv.h"
#include "format/jsonw.h"

/* Everything the page of a report shows. csrf NULL: none. is_checked: what is not entered yet is told as an error
 * at its cell; before, it is only listed. */
struct report_view *report_view_make(struct work *, const struct report *, const char *csrf, bool is_checked);
/* Whether a problem says no more than that a required cell is empty. */
bool is_missing(const struct report *, const struct problem *);
/* What the page shows of a report's attachments (attached.c), and the member "attachments" of an object under way. */
void show_attachments(struct work *, const struct report *, struct report_view *);
void attachments_write(struct jsonw *, const struct report_view *);
/* The report of an address, for an asker who may see it; outside a transaction one is begun, so that there is one state of
 * everything. NULL and an error otherwise. And the way back to its page, at an anchor. */
struct report *report_asked(struct work *, const struct request *);
bool report_page_again(struct work *, const struct request *, struct reply *, const char *anchor);
/* The same as data: one JSON object, or a CSV row a cell. */
void report_write_json(const struct report_view *, struct buf *out);
void report_write_csv(const struct report_view *, struct buf *out);
/* The members "problems", "errors", "warnings_open", "filled" of an object under way. */
void problems_write(struct jsonw *, const struct report *);

/* Names for people in the reader's language; the style class of a state. */
const char *unit_name(const struct work *, const struct unit *);
const char *period_shown(struct work *, period);
const char *state_css(enum report_state);

#endif
