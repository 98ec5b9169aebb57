#include "tests/support.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>

#include "account/account.h"
#include "cli/call.h"
#include "ledger/trust.h"

static const struct entry_kind *const kinds[] = { account_kinds, NULL };
static const struct derived_table *const derived[] = { trust_tables, account_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = derived };

static bool show(struct work *w, const struct call *c)
{
        struct buf *out = call_out(c);

        (void)w;
        for (int i = 0; call_argument(c, i) != NULL; i++)
                buf_print(out, "[%s]", call_argument(c, i));
        for (int i = 0; call_option(c, "tag", i) != NULL; i++)
                buf_print(out, "tag=%s;", call_option(c, "tag", i));
        if (call_has(c, "dry-run"))
                buf_text(out, "dry;");
        if (call_option(c, "unit", 0) != NULL)
                buf_print(out, "unit=%s;", call_option(c, "unit", 0));
        buf_print(out, "%s", call_is_json(c) ? "json" : "");
        return true;
}

static bool show_word(struct work *w, const struct call *c)
{
        buf_text(call_out(c), "longer:");
        return show(w, c);
}

static bool refuse(struct work *w, const struct call *c)
{
        enum error_code code = (enum error_code)atoi(call_argument(c, 0));

        buf_text(call_out(c), "partial ");
        error_set(&w->err, code, "no command given");
        error_while(&w->err, "NAME");
        return error_hint(&w->err, "caunoi --help lists the commands");
}

static bool exhaust(struct work *w, const struct call *c)
{
        (void)c;
        for (int i = 0; i < 1000; i++)
                arena_alloc(w->arena, (size_t)64 << 20);
        return true;
}

static bool look_into(struct work *w, const struct call *c)
{
        buf_print(call_out(c), "%s %d", node_unit(w->node),
                  (int)db_number(w->db, "SELECT COUNT(*) FROM account", NO_ARGS, -1));
        return true;
}

static const struct option show_options[] = {
        { "tag", "TAG", true, N_("done") },
        { "dry-run", NULL, false, N_("done") },
        { "unit", "CODE", false, N_("done") },
        { 0 },
};
static const struct command commands[] = {
        { "show", "A [B] [C]", 1, 3, COMMAND_ALONE, show_options, show, N_("done"),
          N_("the command line is wrong") },
        { "show word", "A", 0, 1, COMMAND_ALONE, show_options, show_word, N_("done"), NULL },
        { "refuse", "CODE", 1, 1, COMMAND_ALONE, NULL, refuse, N_("done"), NULL },
        { "exhaust", "", 0, 0, COMMAND_ALONE, NULL, exhaust, N_("done"), NULL },
        { "look", "NODE", 1, 1, COMMAND_READS, NULL, look_into, N_("done"), NULL },
        { 0 },
};
static const struct command *const tables[] = { cli_commands, commands, NULL };

/* Run a command line in a process of its own; what it printed and its exit status. */
struct ran {
        char out[65536], err[4096];
        int status;
};

static void read_back(const char *path, char *out, size_t room)
{
        FILE *f = fopen(path, "re");
        size_t length = f == NULL ? 0 : fread(out, 1, room - 1, f);

        out[length] = '\0';
        if (f != NULL)
                fclose(f);
}

static struct ran *run(const char *line)
{
        static struct ran ran;
        char copy[1024], *argv[32], out[512], err[512];
        int argc = 0, status;
        pid_t child;

        snprintf(copy, sizeof copy, "caunoi %s", line);
        snprintf(out, sizeof out, "%s", test_path("out"));
        snprintf(err, sizeof err, "%s", test_path("err"));
        for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
                argv[argc++] = word;
        argv[argc] = NULL;
        fflush(NULL);
        child = fork();
        if (child == 0) {
                dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), STDOUT_FILENO);
                dup2(open(err, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), STDERR_FILENO);
                _exit(cli_main(argc, argv, tables, &schema));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        ran.status = WEXITSTATUS(status);
        read_back(out, ran.out, sizeof ran.out);
        read_back(err, ran.err, sizeof ran.err);
        return &ran;
}

static void commands_and_options_are_found_in_any_order(void **state)
{
        static const struct {
                const char *line, *out;
        } cases[] = {
                { "show a b", "[a][b]" },
                { "show a --unit 42 b", "[a][b]unit=42;" },
                { "show --unit=42 a", "[a]unit=42;" },
                { "show a --tag x --tag=y --dry-run", "[a]tag=x;tag=y;dry;" },
                { "--json show a", "[a]json" },
                { "--lang en show a", "[a]" },
                { "show a -- --unit -x", "[a][--unit][-x]" },
                { "show - --unit=", "[-]unit=;" },
                { "show word", "longer:" },
                { "show word a", "longer:[a]" },
                { "show other", "[other]" },
                { "show -- word", "[word]" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct ran *r = run(cases[i].line);

                if (r->status != 0 || strcmp(r->out, cases[i].out) != 0)
                        fail_msg("%s: %d \"%s\" %s", cases[i].line, r->status, r->out, r->err);
        }
}

/* What others have written is shown on a terminal and does nothing there. */
static void a_terminal_gets_no_control_characters(void **state)
{
        char *argv[] = { "caunoi", "show", "H\xC3\xA0\x1B[2J\x07\tT\xC4\xA9nh\x7F\r", NULL }, out[256] = "";
        int terminal, program, status;
        pid_t child;

        (void)state;
        assert_int_equal(openpty(&terminal, &program, NULL, NULL, NULL), 0);
        fflush(NULL);
        child = fork();
        if (child == 0) {
                dup2(program, STDOUT_FILENO);
                _exit(cli_main(3, argv, tables, &schema));
        }
        assert_true(read(terminal, out, sizeof out - 1) > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_string_equal(out, "[H\xC3\xA0?[2J?\tT\xC4\xA9nh??]");
        assert_non_null(strchr(run("show a\x1B")->out, '\x1B')); /* a file gets all */
        close(terminal);
        close(program);
}

static void wrong_usage_is_refused_with_a_suggestion(void **state)
{
        static const struct {
                const char *line, *says;
        } cases[] = {
                { "", "caunoi --help" },
                { "shwo a", "\"caunoi show\"" },
                { "show wrod x y z q", "one too many" },
                { "shw word", "show" },
                { "nonsense", "caunoi --help" },
                { "show", "A [B] [C]" },
                { "show a b c d", "\"d\"" },
                { "show a --unti 42", "did you mean --unit?" },
                { "show a --dryrun", "did you mean --dry-run?" },
                { "show a --unit", "--unit needs a value" },
                { "show a --unit 1 --unit 2", "--unit was given twice" },
                { "show a --dry-run=yes", "--dry-run takes no value" },
                { "show a -x", "--x" },
                { "show a --lang fr", "\"fr\"" },
                { "help nonsense", "nonsense" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char line[256];
                struct ran *r;

                snprintf(line, sizeof line, "--lang en %s", cases[i].line);
                r = run(line);
                if (r->status != 2 || strstr(r->err, cases[i].says) == NULL ||
                    strncmp(r->err, "error: ", 7) != 0 || r->out[0] != '\0')
                        fail_msg("%s: %d \"%s\"", cases[i].line, r->status, r->err);
        }
}

static void errors_have_their_status_and_language(void **state)
{
        static const struct {
                enum error_code code;
                int status;
        } cases[] = {
                { ERR_USAGE, 2 },       { ERR_INVALID, 1 }, { ERR_DENIED, 1 },
                { ERR_ENVIRONMENT, 3 }, { ERR_DAMAGED, 4 },
        };
        struct ran *r;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char line[64];

                snprintf(line, sizeof line, "refuse %d", (int)cases[i].code);
                assert_int_equal(run(line)->status, cases[i].status);
        }
        r = run("refuse 2");
        assert_string_equal(r->err, "lỗi: TÊN: chưa nêu lệnh nào\n  caunoi --help liệt kê các lệnh\n");
        assert_string_equal(r->out, "partial ");
        r = run("refuse 2 --lang=en --json");
        assert_string_equal(r->err, "{\"error\":{\"code\":\"invalid\",\"message\":\"no command given\","
                                    "\"hint\":\"caunoi --help lists the commands\",\"while\":\"NAME\"}}\n");
        setenv("CAUNOI_LANG", "en", 1);
        assert_memory_equal(run("refuse 2")->err, "error: ", 7);
        assert_memory_equal(run("refuse 2 --lang vi")->err, "lỗi: ", 6);
        unsetenv("CAUNOI_LANG");
        assert_int_equal(run("exhaust")->status, 1);
}

static void help_shows_every_command_and_option(void **state)
{
        struct ran *r = run("--help");

        (void)state;
        assert_int_equal(r->status, 0);
        for (size_t i = 0; commands[i].name != NULL; i++)
                assert_non_null(strstr(r->out, commands[i].name));
        for (const struct option *o = global_options; o->name != NULL; o++)
                assert_non_null(strstr(r->out, o->name));
        r = run("show --help --lang en");
        assert_int_equal(r->status, 0);
        assert_memory_equal(r->out, "Usage: caunoi show A [B] [C] [--tag TAG]… [--dry-run] [--unit CODE]\n",
                            60);
        assert_non_null(strstr(r->out, "the command line is wrong\n"));
        for (const struct option *o = show_options; o->name != NULL; o++)
                assert_non_null(strstr(r->out, o->name));
        assert_string_equal(run("help show --lang en")->out, run("show -h --lang en")->out);
        assert_memory_equal(run("--version")->out, "caunoi ", 7);
}

static void the_tables_are_complete(void **state)
{
        static const struct command wrong[][2] = {
                { { "x", "", 0, 0, COMMAND_ALONE, NULL, show, NULL, NULL }, { 0 } },
                { { "x", "", 0, 0, COMMAND_ALONE, NULL, show, "not in any table of texts", NULL }, { 0 } },
                { { "x", "", 0, 1, COMMAND_ALONE, NULL, show, N_("done"), NULL }, { 0 } },
                { { "x", "FILE", 1, 1, COMMAND_READS, NULL, show, N_("done"), NULL }, { 0 } },
                { { "show", "A", 1, 1, COMMAND_ALONE, NULL, show, N_("done"), NULL }, { 0 } },
        };
        struct error err = { .language = LANGUAGE_EN };

        (void)state;
        if (!cli_check_tables(tables, &err))
                fail_msg("%s", err.message);
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
                const struct command *const list[] = { cli_commands, commands, wrong[i], NULL };

                error_clear(&err);
                if (cli_check_tables(list, &err) || err.code != ERR_DAMAGED)
                        fail_msg("table %zu passed", i);
        }
}

static void the_manual_is_clean_roff(void **state)
{
        static const char *const languages[] = { "vi", "en" };

        (void)state;
        for (int i = 0; i < 2; i++) {
                char line[64], path[512], command[700];
                struct ran *r;
                FILE *f;

                snprintf(line, sizeof line, "man --lang %s", languages[i]);
                r = run(line);
                assert_int_equal(r->status, 0);
                assert_non_null(strstr(r->out, "caunoi show word"));
                assert_non_null(strstr(r->out, "\\fB\\-\\-dry\\-run\\fR"));
                snprintf(path, sizeof path, "%s", test_path("caunoi.1"));
                f = fopen(path, "we");
                assert_non_null(f);
                fputs(r->out, f);
                fclose(f);
                snprintf(command, sizeof command, "groff -ww -k -man -Tutf8 '%s' 2>&1 >/dev/null | grep .",
                         path);
                if (system("command -v groff > /dev/null") == 0)
                        assert_int_not_equal(system(command), 0); /* grep finds no warning */
        }
}

static void a_node_is_opened_for_commands_that_need_it(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        char folder[512], line[600];
        struct ran *r;

        (void)state;
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        if (!node_init(folder, "42", test_store(), &schema, &err))
                fail_msg("%s", err.message);
        snprintf(line, sizeof line, "look %s", folder);
        r = run(line);
        if (r->status != 0)
                fail_msg("%s", r->err);
        assert_string_equal(r->out, "42 0");
        assert_int_equal(run("look /nowhere")->status, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(commands_and_options_are_found_in_any_order),
                cmocka_unit_test(a_terminal_gets_no_control_characters),
                cmocka_unit_test(wrong_usage_is_refused_with_a_suggestion),
                cmocka_unit_test(errors_have_their_status_and_language),
                cmocka_unit_test(help_shows_every_command_and_option),
                cmocka_unit_test(the_tables_are_complete),
                cmocka_unit_test(the_manual_is_clean_roff),
                cmocka_unit_test(a_node_is_opened_for_commands_that_need_it),
        };

        unsetenv("CAUNOI_LANG");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
