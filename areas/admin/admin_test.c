#include "tests/support.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>

#include "areas/admin/secret.h"
#include "areas/program.h"

static char folder[512];

/* ---- command lines in processes of their own --------------------------------------------------------- */

struct ran {
        char out[4096], err[4096];
        int status;
};

static void run_child(char *line, int in, int out, int err)
{
        char *argv[32];
        int argc = 0;

        for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " "))
                argv[argc++] = word;
        argv[argc] = NULL;
        dup2(in, STDIN_FILENO);
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        _exit(cli_main(argc, argv, program_commands(), program_schema()));
}

static void read_all(int fd, char *out, size_t room)
{
        ssize_t length = pread(fd, out, room - 1, 0);

        out[length < 0 ? 0 : length] = '\0';
        close(fd);
}

/* Run "caunoi LINE" with some text on standard input (NULL: nothing). */
static struct ran *run(const char *input, const char *format, ...) __attribute__((format(printf, 2, 3)));

static struct ran *run(const char *input, const char *format, ...)
{
        static struct ran ran;
        char line[1024] = "caunoi ";
        int in[2], out, err, status;
        va_list list;
        pid_t child;

        va_start(list, format);
        vsnprintf(line + 7, sizeof line - 7, format, list);
        va_end(list);
        assert_int_equal(pipe2(in, O_CLOEXEC), 0);
        if (input != NULL)
                assert_int_equal(write(in[1], input, strlen(input)), strlen(input));
        close(in[1]);
        out = open(test_path("out"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        err = open(test_path("err"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        fflush(NULL);
        child = fork();
        if (child == 0)
                run_child(line, in[0], out, err);
        close(in[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        ran.status = WEXITSTATUS(status);
        read_all(out, ran.out, sizeof ran.out);
        read_all(err, ran.err, sizeof ran.err);
        return &ran;
}

static int make_node(void **state)
{
        const char *store = test_store();
        struct ran *r;

        (void)state;
        program_start();
        setenv("CAUNOI_LANG", "en", 1);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        r = store == NULL ? run(NULL, "init %s --unit 42", folder)
                          : run(NULL, "init %s --unit 42 --store %s", folder, store);
        if (r->status != 0)
                fail_msg("%s", r->err);
        return 0;
}

static void the_programs_tables_are_complete(void **state)
{
        struct error err = { .language = LANGUAGE_EN };

        (void)state;
        if (!cli_check_tables(program_commands(), &err))
                fail_msg("%s", err.message);
}

static void accounts_are_made_listed_and_ended_by_commands(void **state)
{
        struct ran *r;

        (void)state;
        r = run("một mật khẩu dài\n", "user add %s mai --role specialist --unit 42 --name Mai", folder);
        if (r->status != 0)
                fail_msg("%s", r->err);
        assert_string_equal(r->out, "account mai is saved\n"); /* a typed password is not printed */
        r = run(NULL, "user add %s boss --role director --json", folder);
        assert_int_equal(r->status, 0);
        assert_memory_equal(r->out, "{\"login\":\"boss\",\"password\":\"", 28);
        r = run(NULL, "user add %s boss --role director", folder);
        assert_int_equal(r->status, 1);
        assert_non_null(strstr(r->err, "there is an account \"boss\" already"));
        r = run(NULL, "user disable %s boss", folder);
        assert_int_equal(r->status, 0);
        r = run(NULL, "user list %s", folder);
        assert_string_equal(r->out, "boss\tdirector\t42\tboss\tdisabled\nmai\tspecialist\t42\tMai\tactive\n");
        r = run(NULL, "user enable %s boss", folder);
        assert_int_equal(r->status, 0);
        r = run(NULL, "user list %s --json", folder);
        assert_non_null(strstr(r->out,
                               "{\"login\":\"boss\",\"name\":\"boss\",\"role\":\"director\",\"unit\":\"42\","
                               "\"disabled\":false}"));
        r = run("ein neues Wort\n", "user passwd %s mai", folder);
        assert_int_equal(r->status, 0);
        r = run(NULL, "user token %s mai --label test", folder);
        assert_memory_equal(r->out, "account mai has a new token\ntoken cn_", 37);
}

static void wrong_orders_change_nothing(void **state)
{
        static const struct {
                const char *words, *input;
                int status;
        } cases[] = {
                { "add %s lan", NULL, 2 }, /* no role */
                { "add %s lan --role king", NULL, 1 },
                { "add %s lan --role nobody", NULL, 1 },
                { "add %s LAN --role admin", NULL, 1 },
                { "add %s lan --role admin --unit 99", NULL, 1 }, /* no such unit */
                { "add %s lan --role admin --unit 25", NULL, 1 }, /* another province */
                { "add %s lan --role admin", "short\n", 1 },
                { "passwd %s lan", NULL, 1 },
                { "token %s lan", NULL, 1 },
                { "disable %s lan", NULL, 1 },
                { "list %s.not", NULL, 1 },
        };
        char before[4096];

        (void)state;
        snprintf(before, sizeof before, "%s", run(NULL, "user list %s", folder)->out);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char line[600];
                struct ran *r;

                snprintf(line, sizeof line, "user %.*s%s%s", (int)strcspn(cases[i].words, "%"),
                         cases[i].words, folder, strchr(cases[i].words, '%') + 2);
                r = run(cases[i].input, "%s", line);
                if (r->status != cases[i].status || r->err[0] == '\0')
                        fail_msg("%s: %d %s", cases[i].words, r->status, r->err);
        }
        assert_string_equal(run(NULL, "user list %s", folder)->out, before);
}

/* ---- the pages, behind the real server ------------------------------------------------------------------
 */

static struct {
        pid_t child;
        char address[128], token[64];
        char *body;
        size_t length;
} site;

static size_t take(char *bytes, size_t one, size_t count, void *context)
{
        (void)context;
        site.body = realloc(site.body, site.length + one * count + 1);
        memcpy(site.body + site.length, bytes, one * count);
        site.length += one * count;
        site.body[site.length] = '\0';
        return one * count;
}

/* Ask with a token; fields NULL: GET. The status. */
static long ask(const char *path, const char *token, const char *accept, const char *fields)
{
        char url[256], authorization[128], accepted[128];
        struct curl_slist *headers = NULL;
        CURL *c = curl_easy_init();
        long status = 0;

        snprintf(url, sizeof url, "%s%s", site.address, path);
        snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", token);
        snprintf(accepted, sizeof accepted, "Accept: %s", accept);
        headers = curl_slist_append(curl_slist_append(headers, authorization), accepted);
        site.length = 0;
        curl_easy_setopt(c, CURLOPT_URL, url);
        curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
        if (fields != NULL)
                curl_easy_setopt(c, CURLOPT_POSTFIELDS, fields);
        assert_int_equal(curl_easy_perform(c), CURLE_OK);
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
        curl_slist_free_all(headers);
        curl_easy_cleanup(c);
        return status;
}

static void read_token(const char *login, char token[64])
{
        struct ran *r = run(NULL, "user token %s %s", folder, login);
        const char *p = strstr(r->out, "cn_");

        assert_non_null(p);
        snprintf(token, 64, "%.*s", (int)strcspn(p, "\n"), p);
}

static void start_site(void)
{
        char line[700], *end;
        int out[2], nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
        size_t length = 0;

        snprintf(line, sizeof line, "caunoi serve %s --listen 127.0.0.1:0", folder);
        assert_int_equal(pipe2(out, O_CLOEXEC), 0);
        fflush(NULL);
        site.child = fork();
        if (site.child == 0)
                run_child(line, nothing, out[1], nothing);
        close(out[1]);
        close(nothing);
        while (length + 1 < sizeof line && read(out[0], line + length, 1) == 1 && line[length] != '\n')
                length++;
        close(out[0]);
        line[length] = '\0';
        assert_non_null(strstr(line, "http://"));
        snprintf(site.address, sizeof site.address, "%s", strstr(line, "http://"));
        end = site.address + strcspn(site.address, " \n");
        *end = '\0';
}

static void stop_site(void)
{
        int status;

        kill(site.child, SIGTERM);
        assert_int_equal(waitpid(site.child, &status, 0), site.child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        free(site.body);
        site.body = NULL;
}

static void an_administrator_manages_accounts_on_the_page(void **state)
{
        char admin[64], other[64];
        const char *html = "text/html", *json = "application/json";

        (void)state;
        assert_int_equal(
                run("ein langes Wort\n", "user add %s root --role admin --name Root", folder)->status, 0);
        read_token("root", admin);
        read_token("mai", other);
        start_site();
        assert_int_equal(ask("/admin/users.json", admin, json, NULL), 200);
        assert_non_null(strstr(site.body, "\"login\":\"root\""));
        assert_int_equal(ask("/admin/users.csv", admin, json, NULL), 200);
        assert_memory_equal(site.body, "login,name,role,unit,disabled\r\n", 31);
        assert_int_equal(ask("/admin/users.xlsx", admin, json, NULL), 404);
        assert_int_equal(ask("/admin/users.json", other, json, NULL), 403);
        assert_int_equal(ask("/admin/users", other, json, "login=x"), 403);
        /* Added without a password: one is made and shown, and works. */
        assert_int_equal(ask("/admin/users", admin, html, "login=binh&name=B%C3%ACnh&role=head&unit=42"),
                         200);
        assert_non_null(strstr(site.body, "id=\"secret\""));
        assert_non_null(strstr(site.body, "Bình"));
        assert_int_equal(ask("/admin/users/binh/password", admin, json, ""), 200);
        assert_non_null(strstr(site.body, "\"secret\":\""));
        assert_int_equal(ask("/admin/users/binh/disable", admin, json, ""), 200);
        assert_int_equal(ask("/admin/users.json", admin, json, NULL), 200);
        assert_non_null(strstr(site.body,
                               "\"login\":\"binh\",\"name\":\"Bình\",\"role\":\"head\",\"unit\":\"42\","
                               "\"disabled\":true"));
        assert_int_equal(ask("/admin/users/binh/enable", admin, json, ""), 200);
        /* A changed account keeps its password and stays enabled. */
        assert_int_equal(ask("/admin/users", admin, json, "login=binh&name=B&role=deputy&unit=42"), 200);
        assert_null(strstr(site.body, "secret"));
        assert_int_equal(ask("/admin/users/root/disable", admin, json, ""), 409);
        assert_int_equal(ask("/admin/users/nobody/disable", admin, json, ""), 404);
        /* Refused: the field is named (and a form comes back as it was typed: the story of bad input). */
        assert_int_equal(ask("/admin/users", admin, html, "login=Wrong&name=Lan&role=head&unit=42"), 422);
        assert_non_null(strstr(site.body, "\"fields\":{\"login\":"));
        assert_null(strstr(site.body, "id=\"secret\""));
        assert_int_equal(ask("/admin/users", admin, json, "login=lan&name=Lan&role=head&unit=25"), 422);
        stop_site();
}

static void generated_passwords_differ_and_read_well(void **state)
{
        char one[SECRET_ROOM], two[SECRET_ROOM];

        (void)state;
        secret_make(one);
        secret_make(two);
        assert_string_not_equal(one, two);
        assert_int_equal(strlen(one), SECRET_ROOM - 1);
        assert_int_equal(strcspn(one, "lo01"), strlen(one));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_programs_tables_are_complete),
                cmocka_unit_test(accounts_are_made_listed_and_ended_by_commands),
                cmocka_unit_test(wrong_orders_change_nothing),
                cmocka_unit_test(an_administrator_manages_accounts_on_the_page),
                cmocka_unit_test(generated_passwords_differ_and_read_well),
        };

        return cmocka_run_group_tests(tests, make_node, NULL);
}
