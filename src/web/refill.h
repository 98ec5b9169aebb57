/* refill.h - a page with a form, written again with what was typed into the form before it was refused.
 *
 * Pure: HTML in, HTML out; no request, no database. The HTML is our own templates': attributes quoted, texts escaped, tags nested. What is put
 * in is escaped here. One place fills in all forms, so that a template says what it shows first and nothing about refusals.
 *
 * Of the forms that post to the address, the one that fits best is filled in: most of the names that were sent, the same marks in its hidden
 * fields. Inputs take the values in the order in which they came. Never put in: passwords, hidden fields (marks of the present state, which
 * the page has new), what is disabled or read-only. Files cannot be put in: who chose some is told to choose them again. */
#ifndef WEB_REFILL_H
#define WEB_REFILL_H

#include "base/buf.h"
#include "web/fields.h"
#include "work/work.h"

#define REFILL_PAGE "shown_at" /* in the query of a form that was refused: the page it stands on */

/* What is wrong with an input, by the name JSON has for it: an input of a form is called the same, or has one word before it ("field-cost",
 * "cell.A1" for "cost", "A1"). A list. */
struct field_error {
        const char *field, *message;
        struct field_error *next;
};

struct refill {
        const char *action;         /* the path the form was sent to, decoded */
        const char *again;          /* path and query of the page, so that a form refused twice still finds it; "" where it needs no help */
        const struct fields *sent;
        const struct upload *files; /* NULL: none */
        const struct error *error;  /* NULL: the page itself says what is wrong */
        const struct field_error *errors; /* NULL: the error is about no input */
};

/* Write the page to out, the error before its content. False where the page has no such form: nothing is written then, unless must_show; it
 * shows the error and what was typed, as text. The order of reading: what went wrong, with links to the inputs; the page; at each input what
 * is wrong with it. html ends with a zero byte behind its length. On ERR_CONFLICT each input whose value on the page is another than the one typed says so. */
bool refill_page(struct work *, const struct refill *, bool must_show, const char *html, size_t length, struct buf *out);

#endif
