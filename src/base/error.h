/* error.h - what went wrong, told once.
 *
 * A unit of work carries one struct error. Functions that can fail return bool (or a pointer) and
 * describe the failure here; the first error wins and stays until whoever handles it clears it.
 * Messages are formats found in the table of texts (text.h), so they follow the reader's language.
 * Message: lower case, no full stop, what and why. The remedy goes in the hint. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* One table in error.c maps these to HTTP status and exit status. */
enum error_code {
        ERR_NONE,
        ERR_USAGE,           /* the command line or address is not of the form we offer: exit 2, 400 */
        ERR_INVALID,         /* bad input; nothing was changed: exit 1, 422 */
        ERR_UNAUTHENTICATED, /* nobody is signed in: exit 1, 401 */
        ERR_DENIED,          /* signed in, but without the right: exit 1, 403 */
        ERR_MISSING,         /* no such thing: exit 1, 404 */
        ERR_CONFLICT,        /* not possible in this state: exit 1, 409 */
        ERR_TOO_BIG,         /* over a stated limit: exit 1, 413 */
        ERR_BUSY,            /* too many requests; try again later: exit 3, 429 */
        ERR_ENVIRONMENT,     /* disk, network, database or memory failed: exit 3, 503 */
        ERR_DAMAGED,         /* verification found damage: exit 4, 500 */
};

/* Texts are UTF-8; what does not fit is cut between characters and ends with an ellipsis. */
struct error {
        enum error_code code;
        enum language language; /* of the reader; set by the unit of work */
        char message[480];
        char hint[320];
        char context[480]; /* what was being done: "importing prices from "x.csv"" */
        char other_message[480], other_context[480]; /* the same in the other language: what is kept is read by others */
        char field[64];    /* the input it is about, by its name in JSON and, there behind a prefix or not, in forms; "" none */
};

/* Describe a failure. Does nothing if an error already stands. Always returns false. */
bool error_set(struct error *, enum error_code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The same of a text that is no format, marked with N_. */
bool error_say(struct error *, enum error_code, const char *english);

/* End the standing error's text with ": " and the cause, a text marked with N_. Returns false. */
bool error_because(struct error *, const char *english);

/* Why the system refused something, by its number (errno), marked with N_; in its own words where it is rare. */
const char *error_reason(int number);
/* error_set of what the system refused: the text ends with ": " and why. */
bool error_system(struct error *, enum error_code, int number, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Say what to do about the standing error. Returns false. */
bool error_hint(struct error *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say which input the standing error is about. The first name stays, and a name too long to keep is none. Returns false. */
bool error_at(struct error *, const char *field);

/* Say what was being done when the standing error happened; the outermost call comes first in the
 * text. Returns false. */
bool error_while(struct error *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was wrong and, in brackets, what was being done, in both languages: to be kept, and told to readers of either. */
#define ERROR_KEPT_MAX 2000 /* bytes with NUL */
void error_keep(const struct error *, char kept[ERROR_KEPT_MAX]);
/* What of it is for readers of a language, so many bytes from *told on; in memory of the arena. All of it where it was kept in one language alone. */
int error_told(const char *kept, enum language, const char **told);
const char *error_told_in(struct arena *, const char *kept, enum language);

/* Forget the standing error: for whoever has handled it. The language stays. */
void error_clear(struct error *);

/* Whether no error stands. */
bool error_ok(const struct error *);

/* The HTTP status, the exit status and the stable name ("invalid") of a code. */
int error_http_status(enum error_code);
int error_exit_status(enum error_code);
const char *error_name(enum error_code);

#endif
