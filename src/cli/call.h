/* call.h - one command line, taken apart; for the files of this folder only. */
#ifndef CLI_CALL_H
#define CLI_CALL_H

#include <stdio.h>

#include "cli/cli.h"

struct given {
        const struct option *option;
        const char *value; /* NULL for a switch */
};

struct call {
        const struct command *const *tables;
        const struct command *command; /* NULL: none named */
        const char *self;              /* path of the program */
        const char **arguments;        /* without the program and the command */
        int argument_count;
        struct given *given;
        int given_count;
        bool is_json, wants_help, wants_version;
        enum language language;
        struct buf *out;
};

/* Options every command takes; ended by an option without name. */
extern const struct option global_options[];

/* Take argv apart. Everything lives as long as the arena. False and ERR_USAGE where it is not of the form we
 * offer; the language and is_json are set even then. */
bool call_parse(struct call *, int argc, char **argv, struct arena *, struct error *);

/* The help of the program (command NULL) or of one command. */
void help_write(struct buf *, const struct command *const *tables, const struct command *, enum language);

/* The manual page in roff. */
void man_write(struct buf *, const struct command *const *tables, enum language);

/* Walk all commands of all tables, in their order: place starts zeroed; NULL at the end. */
struct command_place {
        int table, command;
};
const struct command *command_next(const struct command *const *tables, struct command_place *);

/* The known name nearest to a word, or NULL where none is near. */
struct nearest {
        const char *word, *best;
        int distance;
};
void nearest_try(struct nearest *, const char *name);
const char *nearest_found(const struct nearest *);

#endif
