/* work.h - one request or command: its memory, error, database, user, clock and language.
 *
 * Everything a handler needs hangs here and is gone when the work ends. Work is run by work_run,
 * which turns exhausted memory into an error. It undoes savepoints that a failed function left open,
 * but no transaction: whoever began that rolls it back. */
#ifndef WORK_WORK_H
#define WORK_WORK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/day.h"
#include "base/error.h"
#include "db/db.h"
#include "work/user.h"

struct node; /* ledger/node.h */

struct work {
        struct arena *arena;
        struct error err;
        struct db *db;           /* a reader's snapshot or, inside ledger_write, the writer */
        struct node *node;       /* whose data; NULL in commands that need none */
        const struct user *user; /* who asks; never NULL (user_nobody for the public) */
        moment now;              /* the clock, read once */
        moment known;            /* names, definitions and the map are those recorded by then (catalogue_of); 0: those of now */
        bool is_past;            /* it looks at a past (ledger/past.h), also where that is the node itself, since nothing was written since */
        enum language language;
        bool is_writing;         /* inside ledger_write: entries may be appended */
        bool has_written;        /* entries of it are kept for good: what fails from then on is only what it would have said */
};

/* Memory one unit of work may take, unless said otherwise. */
#define WORK_MEMORY_USUAL ((size_t)256 << 20)

/* Prepare work in the caller's memory. arena and db may be NULL and set later. */
void work_init(struct work *, struct arena *, struct db *, enum language);

/* Run a function; memory exhausted inside becomes ERR_TOO_BIG, or ERR_ENVIRONMENT where the machine
 * has none, also where it has none for a JSON value that is made. Returns false if the function did or an error stands afterwards. */
typedef bool work_function(struct work *, void *argument);
bool work_run(struct work *, work_function *, void *argument);

/* The same with memory of its own, given back afterwards; all else is the work's. For many one after another: in an arena, which is reset after each. */
bool run_in_scratch(struct work *, work_function *, void *argument);
bool run_in(struct work *, struct arena *, work_function *, void *argument);

/* Memory for what is needed for a while, besides that of the work: given back with it, or before by arena_reset. Where it ends the work does.
 * Never NULL. */
struct arena *work_scratch(struct work *, size_t max_bytes);

/* Memory has ended in what is read once and kept for all (definitions), where no work is at hand: the work that runs on this thread
 * ends as where its own memory ends. Who calls has kept nothing that is half read, and holds no lock. Outside of any work the program
 * ends, and says so. */
_Noreturn void work_starve(void);

/* Whether no error stands. */
bool work_ok(const struct work *);

/* The text in the language of the work. */
const char *work_text(const struct work *, const char *english) __attribute__((format_arg(2)));
/* Who wrote an entry, in the reader's language: the login, "by command, at the node" for the operator's, "the node itself" for "". */
const char *author_said(const struct work *, const char *login);

#endif
