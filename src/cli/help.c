#include <string.h>

#include "base/utf8.h"
#include "cli/call.h"

#define HELP_WIDTH 100

/* Words of a text, broken between words so that lines stay within the width; lines after the first are
 * indented. A line break in the text stays one. */
static void wrap(struct buf *out, const char *words, size_t indent, size_t column)
{
        bool is_first = true;

        while (*words != '\0') {
                size_t length = strcspn(words, " \n"), shown = utf8_count(words, length);

                if (length > 0) {
                        if (!is_first && column + 1 + shown > HELP_WIDTH) {
                                buf_char(out, '\n');
                                buf_print(out, "%*s", (int)indent, "");
                                column = indent;
                        } else if (!is_first) {
                                buf_char(out, ' ');
                                column++;
                        }
                        buf_put(out, words, length);
                        column += shown;
                        is_first = false;
                }
                words += length;
                if (*words == '\n') {
                        buf_char(out, '\n');
                        buf_print(out, "%*s", (int)indent, "");
                        column = indent;
                        is_first = true;
                }
                words += *words != '\0';
        }
        buf_char(out, '\n');
}

static void write_usage(struct buf *out, const struct command *c)
{
        buf_print(out, "caunoi %s", c->name);
        if (c->arguments != NULL && c->arguments[0] != '\0')
                buf_print(out, " %s", c->arguments);
        for (const struct option *o = c->options; o != NULL && o->name != NULL; o++) {
                buf_print(out, " [--%s", o->name);
                if (o->value != NULL)
                        buf_print(out, " %s", o->value);
                buf_text(out, o->is_repeatable ? "]…" : "]");
        }
}

static size_t option_width(const struct option *o)
{
        return 2 + strlen(o->name) + (o->value == NULL ? 0 : 1 + utf8_count(o->value, strlen(o->value)));
}

static size_t options_width(const struct option *o)
{
        size_t widest = 0;

        for (; o != NULL && o->name != NULL; o++)
                if (option_width(o) > widest)
                        widest = option_width(o);
        return widest;
}

static void write_options(struct buf *out, const struct option *o, size_t width, enum language language)
{
        for (; o != NULL && o->name != NULL; o++) {
                buf_print(out, "  --%s", o->name);
                if (o->value != NULL)
                        buf_print(out, " %s", o->value);
                buf_print(out, "%*s", (int)(width - option_width(o) + 2), "");
                wrap(out, text(language, o->summary), width + 4, width + 4);
        }
}

static void write_command(struct buf *out, const struct command *c, enum language language)
{
        size_t width = options_width(c->options), general = options_width(global_options);

        if (general > width)
                width = general;
        buf_print(out, "%s: ", text(language, "Usage"));
        write_usage(out, c);
        BUF_LITERAL(out, "\n\n");
        wrap(out, text(language, c->summary), 0, 0);
        if (c->details != NULL) {
                buf_char(out, '\n');
                wrap(out, text(language, c->details), 0, 0);
        }
        buf_print(out, "\n%s:\n", text(language, "Options"));
        write_options(out, c->options, width, language);
        write_options(out, global_options, width, language);
}

static void write_program(struct buf *out, const struct command *const *tables, enum language language)
{
        const struct command *c;
        struct command_place place = { 0 };
        size_t width = 0;

        buf_print(out, "%s: caunoi %s\n\n", text(language, "Usage"),
                  text(language, "COMMAND [ARGUMENTS] [--options]"));
        wrap(out,
             text(language,
                  "Cau Noi carries the work of Vietnam's industry-and-trade administration between the "
                  "ministry, the provincial departments, communes, enterprises and the public."),
             0, 0);
        buf_print(out, "\n%s:\n", text(language, "Commands"));
        while ((c = command_next(tables, &place)) != NULL)
                if (strlen(c->name) > width)
                        width = strlen(c->name);
        place = (struct command_place){ 0 };
        while ((c = command_next(tables, &place)) != NULL) {
                buf_print(out, "  %-*s  ", (int)width, c->name);
                wrap(out, text(language, c->summary), width + 4, width + 4);
        }
        buf_print(out, "\n%s:\n", text(language, "Options for every command"));
        write_options(out, global_options, options_width(global_options), language);
        buf_print(
                out, "\n%s\n",
                text(language, "caunoi COMMAND --help explains one command; caunoi man prints the manual."));
}

void help_write(struct buf *out, const struct command *const *tables, const struct command *c,
                enum language language)
{
        if (c == NULL)
                write_program(out, tables, language);
        else
                write_command(out, c, language);
}

/* ---- the manual page ------------------------------------------------------------------------------ */

/* Text for roff: a backslash is \e, a hyphen is \- (so that options can be copied), and a full stop or quote
 * at the start of a line is no request. Line breaks become paragraphs. */
static void roff_text(struct buf *out, const char *s)
{
        bool at_start = out->length == 0 || out->data[out->length - 1] == '\n';

        for (; *s != '\0'; s++) {
                if (at_start && (*s == '.' || *s == '\''))
                        BUF_LITERAL(out, "\\&");
                at_start = false;
                if (*s == '\\') {
                        BUF_LITERAL(out, "\\e");
                } else if (*s == '-') {
                        BUF_LITERAL(out, "\\-");
                } else if (*s == '\n') {
                        BUF_LITERAL(out, "\n.PP\n");
                        at_start = true;
                        while (s[1] == '\n')
                                s++;
                } else {
                        buf_char(out, *s);
                }
        }
}

static void roff_heading(struct buf *out, const char *title)
{
        BUF_LITERAL(out, ".SH \"");
        roff_text(out, title);
        BUF_LITERAL(out, "\"\n");
}

static void roff_option(struct buf *out, const struct option *o, enum language language)
{
        BUF_LITERAL(out, ".TP\n\\fB\\-\\-");
        roff_text(out, o->name);
        BUF_LITERAL(out, "\\fR");
        if (o->value != NULL) {
                BUF_LITERAL(out, " \\fI");
                roff_text(out, o->value);
                BUF_LITERAL(out, "\\fR");
        }
        buf_char(out, '\n');
        roff_text(out, text(language, o->summary));
        if (o->is_repeatable) {
                BUF_LITERAL(out, " (");
                roff_text(out, text(language, "may be repeated"));
                buf_char(out, ')');
        }
        buf_char(out, '\n');
}

static void roff_command(struct buf *out, const struct command *c, enum language language)
{
        BUF_LITERAL(out, ".SS \"caunoi ");
        roff_text(out, c->name);
        if (c->arguments != NULL && c->arguments[0] != '\0') {
                buf_char(out, ' ');
                roff_text(out, c->arguments);
        }
        BUF_LITERAL(out, "\"\n");
        roff_text(out, text(language, c->summary));
        buf_char(out, '\n');
        if (c->details != NULL) {
                BUF_LITERAL(out, ".PP\n");
                roff_text(out, text(language, c->details));
                buf_char(out, '\n');
        }
        for (const struct option *o = c->options; o != NULL && o->name != NULL; o++)
                roff_option(out, o, language);
}

void man_write(struct buf *page, const struct command *const *tables, enum language language)
{
        static const struct {
                const char *status, *meaning;
        } statuses[] = {
                { "0", N_("done") },
                { "1", N_("refused by a rule or because of bad input; nothing was changed") },
                { "2", N_("the command line is wrong") },
                { "3", N_("the environment failed: disk, network or database") },
                { "4", N_("verification found damage") },
        };
        const struct command *c;
        struct command_place place = { 0 };
        struct buf out;

        buf_init(&out, 0);
        BUF_LITERAL(&out, ".TH CAUNOI 1 \"\" \"Cầu Nối\" \"Cầu Nối\"\n");
        roff_heading(&out, text(language, "NAME"));
        BUF_LITERAL(&out, "caunoi \\- ");
        roff_text(&out, text(language, "node of the administration of industry and trade"));
        buf_char(&out, '\n');
        roff_heading(&out, text(language, "SYNOPSIS"));
        BUF_LITERAL(&out, "\\fBcaunoi\\fR ");
        roff_text(&out, text(language, "COMMAND [ARGUMENTS] [--options]"));
        buf_char(&out, '\n');
        roff_heading(&out, text(language, "DESCRIPTION"));
        roff_text(&out, text(language,
                             "A node is a folder with a key, settings and, by default, its database. Most "
                             "commands take it as their first argument (NODE)."));
        buf_char(&out, '\n');
        roff_heading(&out, text(language, "COMMANDS"));
        while ((c = command_next(tables, &place)) != NULL)
                roff_command(&out, c, language);
        roff_heading(&out, text(language, "OPTIONS FOR EVERY COMMAND"));
        for (const struct option *o = global_options; o->name != NULL; o++)
                roff_option(&out, o, language);
        roff_heading(&out, text(language, "EXIT STATUS"));
        for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
                buf_print(&out, ".TP\n%s\n", statuses[i].status);
                roff_text(&out, text(language, statuses[i].meaning));
                buf_char(&out, '\n');
        }
        roff_heading(&out, text(language, "ENVIRONMENT"));
        BUF_LITERAL(&out, ".TP\nCAUNOI_LANG\n");
        roff_text(&out, text(language, "language of messages, vi or en, where --lang is not given"));
        buf_char(&out, '\n');
        buf_put(page, out.data, out.length);
        page->is_broken |= !buf_ok(&out);
        buf_clear(&out);
}

/* ---- the tables themselves ------------------------------------------------------------------------ */

static bool is_told(const char *sentence)
{
        return sentence != NULL && sentence[0] != '\0';
}

/* A text that reads the same in both languages was not translated. */
static bool is_translated(const char *sentence)
{
        return strcmp(text(LANGUAGE_VI, sentence), sentence) != 0;
}

static bool check_options(const struct command *c, struct error *e)
{
        for (const struct option *o = c->options; o != NULL && o->name != NULL; o++) {
                if (!is_told(o->summary) || !is_translated(o->summary))
                        return error_set(e, ERR_DAMAGED,
                                         "caunoi %s: option --%s has no sentence in both languages", c->name,
                                         o->name);
                for (const struct option *g = global_options; g->name != NULL; g++)
                        if (strcmp(g->name, o->name) == 0)
                                return error_set(e, ERR_DAMAGED,
                                                 "caunoi %s: --%s is an option of every command", c->name,
                                                 o->name);
                for (const struct option *other = c->options; other < o; other++)
                        if (strcmp(other->name, o->name) == 0)
                                return error_set(e, ERR_DAMAGED, "caunoi %s: --%s stands twice", c->name,
                                                 o->name);
        }
        return true;
}

bool cli_check_tables(const struct command *const *tables, struct error *e)
{
        const struct command *c, *other;
        struct command_place place = { 0 }, inner;

        while ((c = command_next(tables, &place)) != NULL) {
                if (c->run == NULL || !is_told(c->summary) || !is_translated(c->summary))
                        return error_set(e, ERR_DAMAGED, "caunoi %s: no sentence in both languages", c->name);
                if (c->details != NULL && !is_translated(c->details))
                        return error_set(e, ERR_DAMAGED, "caunoi %s: details without Vietnamese", c->name);
                if (c->least > c->most || (c->most > 0 && !is_told(c->arguments)))
                        return error_set(e, ERR_DAMAGED, "caunoi %s: the arguments are not described",
                                         c->name);
                if (c->needs != COMMAND_ALONE && (c->least < 1 || strncmp(c->arguments, "NODE", 4) != 0))
                        return error_set(e, ERR_DAMAGED, "caunoi %s: the first argument must be NODE",
                                         c->name);
                if (!check_options(c, e))
                        return false;
                inner = (struct command_place){ 0 };
                while ((other = command_next(tables, &inner)) != c)
                        if (strcmp(other->name, c->name) == 0)
                                return error_set(e, ERR_DAMAGED, "caunoi %s stands twice in the tables",
                                                 c->name);
        }
        return true;
}
