#include "cli/cli.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "cli/call.h"
#include "format/jsonw.h"
#include "ledger/place.h"

#define CLI_MEMORY ((size_t)1 << 30)

#ifndef CAUNOI_VERSION
#define CAUNOI_VERSION "0.1.0"
#endif

const char *call_argument(const struct call *c, int n)
{
        return n >= 0 && n < c->argument_count ? c->arguments[n] : NULL;
}

const char *call_option(const struct call *c, const char *name, int nth)
{
        for (int i = 0; i < c->given_count; i++)
                if (strcmp(c->given[i].option->name, name) == 0 && nth-- == 0)
                        return c->given[i].value;
        return NULL;
}

bool call_has(const struct call *c, const char *name)
{
        for (int i = 0; i < c->given_count; i++)
                if (strcmp(c->given[i].option->name, name) == 0)
                        return true;
        return false;
}

bool call_is_json(const struct call *c)
{
        return c->is_json;
}

struct buf *call_out(const struct call *c)
{
        return c->out;
}

const char *call_self(const struct call *c)
{
        return c->self;
}

/* Names and texts that others signed are printed, too, and a terminal does what control characters say: move, wipe, write again what stands
 * there. Of those it gets line feeds and tabs alone; a file gets what was written. */
static bool put_shown(int fd, const char *bytes, size_t length)
{
        char piece[4096];

        if (!isatty(fd))
                return file_put(fd, bytes, length);
        while (length > 0) {
                size_t n = length < sizeof piece ? length : sizeof piece;

                for (size_t i = 0; i < n; i++)
                        piece[i] = ((unsigned char)bytes[i] < ' ' && bytes[i] != '\n' && bytes[i] != '\t') || bytes[i] == 0x7F ? '?' : bytes[i];
                if (!file_put(fd, piece, n))
                        return false;
                bytes += n;
                length -= n;
        }
        return true;
}

static bool to_standard_output(void *context, const char *bytes, size_t length)
{
        (void)context;
        return put_shown(STDOUT_FILENO, bytes, length);
}

static void print_error(const struct error *e, bool is_json)
{
        struct buf out;

        buf_init(&out, 0);
        if (is_json) {
                struct jsonw j;

                jsonw_init(&j, &out);
                jsonw_object(&j);
                jsonw_name(&j, "error");
                jsonw_object(&j);
                jsonw_member_text(&j, "code", error_name(e->code));
                jsonw_member_text(&j, "message", e->message);
                jsonw_member_text(&j, "hint", e->hint);
                jsonw_member_text(&j, "while", e->context);
                jsonw_end(&j);
                jsonw_end(&j);
        } else {
                buf_text(&out, text(e->language, "error"));
                BUF_LITERAL(&out, ": ");
                if (e->context[0] != '\0') {
                        buf_text(&out, e->context);
                        BUF_LITERAL(&out, ": ");
                }
                buf_text(&out, e->message);
                if (e->hint[0] != '\0') {
                        BUF_LITERAL(&out, "\n  ");
                        buf_text(&out, e->hint);
                }
        }
        buf_char(&out, '\n');
        if (buf_ok(&out))
                put_shown(STDERR_FILENO, out.data, out.length);
        buf_clear(&out);
}

/* What a command line needs around its command. */
struct session {
        int argc;
        char **argv;
        struct call call;
        const struct ledger_schema *schema;
        struct node *node;
};

/* What an earlier process stored and did not place: a command that writes looks at whole tables. Where that fails (a full disk),
 * the log says so, and it works with what is there. */
static void place_first(struct work *w)
{
        if (node_unplaced(w->node) == 0 || ledger_place(w))
                return;
        log_line(LOG_WARNING, "ledger", "placing stored entries failed: %s", w->err.message);
        error_clear(&w->err);
}

static bool run_with_node(struct work *w, struct session *s)
{
        const struct command *k = s->call.command;
        bool is_ok;

        s->node = k->needs == COMMAND_READS ? node_open_placed(call_argument(&s->call, 0), s->schema, &w->err)
                                            : node_open(call_argument(&s->call, 0), NODE_WRITE, s->schema, &w->err);
        if (s->node == NULL)
                return false;
        w->node = s->node;
        w->db = node_reader(s->node, &w->err);
        if (w->db == NULL)
                return false;
        db_attach_error(w->db, &w->err);
        if (k->needs == COMMAND_WRITES)
                place_first(w);
        if (k->needs == COMMAND_READS && !db_begin(w->db))
                return false;
        is_ok = k->run(w, &s->call);
        if (k->needs == COMMAND_READS && db_in_transaction(w->db))
                db_rollback(w->db);
        return is_ok;
}

static bool run_call(struct work *w, void *argument)
{
        struct session *s = argument;
        struct call *c = &s->call;

        if (!call_parse(c, s->argc, s->argv, w->arena, &w->err))
                return false;
        w->language = w->err.language = c->language;
        if (c->wants_help) {
                help_write(c->out, c->tables, c->command, c->language);
                return true;
        }
        if (c->wants_version) {
                buf_text(c->out, "caunoi " CAUNOI_VERSION "\n");
                return true;
        }
        return c->command->needs == COMMAND_ALONE ? c->command->run(w, c) : run_with_node(w, s);
}

int cli_main(int argc, char **argv, const struct command *const *tables, const struct ledger_schema *schema)
{
        struct session s = { .argc = argc, .argv = argv, .schema = schema };
        struct arena *arena = arena_open(CLI_MEMORY);
        struct work w;
        struct buf out;
        int status = 0;

        buf_init_sink(&out, to_standard_output, NULL);
        s.call = (struct call){ .tables = tables, .self = argc > 0 ? argv[0] : "caunoi", .out = &out };
        work_init(&w, arena, NULL, LANGUAGE_VI);
        w.user = &user_operator;
        if (arena == NULL) {
                error_set(&w.err, ERR_ENVIRONMENT, "the system has no memory");
        } else if (work_run(&w, run_call, &s) && !buf_finish(&out)) {
                error_system(&w.err, ERR_ENVIRONMENT, errno, "the results cannot be written to standard output");
        }
        if (!work_ok(&w)) {
                buf_finish(&out);
                print_error(&w.err, s.call.is_json);
                status = error_exit_status(w.err.code);
        }
        buf_clear(&out);
        arena_close(arena);
        node_close(s.node);
        return status;
}

/* ---- commands of this folder ------------------------------------------------------------------- */

static bool run_help(struct work *w, const struct call *c)
{
        const char *name = call_argument(c, 0), *second = call_argument(c, 1);
        const struct command *command;
        struct command_place place = { 0 };
        struct nearest near = { .word = name };

        if (name == NULL) {
                help_write(call_out(c), c->tables, NULL, w->language);
                return true;
        }
        if (second != NULL)
                near.word = name = arena_print(w->arena, "%s %s", name, second);
        while ((command = command_next(c->tables, &place)) != NULL) {
                if (strcmp(command->name, name) == 0) {
                        help_write(call_out(c), c->tables, command, w->language);
                        return true;
                }
                nearest_try(&near, command->name);
        }
        error_set(&w->err, ERR_USAGE, "there is no command \"%s\"", name);
        if (nearest_found(&near) != NULL)
                return error_hint(&w->err, "did you mean \"caunoi %s\"?", nearest_found(&near));
        return error_hint(&w->err, "caunoi --help lists the commands");
}

static bool run_man(struct work *w, const struct call *c)
{
        man_write(call_out(c), c->tables, w->language);
        return true;
}

const struct command cli_commands[] = {
        { "help", "[COMMAND]", 0, 2, COMMAND_ALONE, NULL, run_help,
          N_("help on the program or on one command"), NULL },
        { "man", "", 0, 0, COMMAND_ALONE, NULL, run_man, N_("print the manual page"),
          N_("The page is roff, made from the same tables as this help; caunoi man | man -l - shows it.") },
        { 0 },
};
