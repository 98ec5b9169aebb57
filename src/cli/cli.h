/* cli.h - the command line: one table of commands; dispatch, --help, --json and the man page from it. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/buf.h"
#include "ledger/node.h"
#include "work/work.h"

enum command_needs {
        COMMAND_ALONE,      /* no node */
        COMMAND_READS,      /* an open node, read only: also while it is being served */
        COMMAND_WRITES,     /* the node with its lock; what is stored there and not placed is placed first (ledger/place.h) */
        COMMAND_SERVES,     /* the node with its lock, as it is */
};

struct option {
        const char *name;      /* "listen" for --listen */
        const char *value;     /* "HOST:PORT"; NULL for a switch */
        bool is_repeatable;
        const char *summary;   /* a text */
};

struct call;

struct command {
        const char *name;          /* "import" */
        const char *arguments;     /* "NODE FILE"; the first is the node's folder unless COMMAND_ALONE */
        int least, most;           /* number of arguments, NODE counted */
        enum command_needs needs;
        const struct option *options; /* ended by an option without name; NULL for none */
        bool (*run)(struct work *, const struct call *);
        const char *summary;       /* one line, a text */
        const char *details;       /* paragraphs for --help and the man page, a text; NULL */
};

/* Argument n, counted from 0 without the program and command; NULL where absent. */
const char *call_argument(const struct call *, int n);
const char *call_option(const struct call *, const char *name, int nth); /* NULL: not given */
bool call_has(const struct call *, const char *name);
bool call_is_json(const struct call *); /* --json */
/* Where results go: standard output. Errors go back through work->err. */
struct buf *call_out(const struct call *);
const char *call_self(const struct call *); /* path of the running program */

/* Find the command, open what it needs, run it, print errors ("error: …", hint), return the exit status.
 * Language: --lang vi|en, else CAUNOI_LANG, else vi. */
int cli_main(int argc, char **argv, const struct command *const *tables, const struct ledger_schema *);

/* Whether the tables are fit for help and manual: every command and option has its sentence, also in
 * Vietnamese; no name stands twice; NODE comes first where one is needed. ERR_DAMAGED names the first fault.
 * For tests. */
bool cli_check_tables(const struct command *const *tables, struct error *);

extern const struct command cli_commands[]; /* help, man */

#endif
