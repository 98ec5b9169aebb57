/* demo.c - makes and runs a world of three nodes, as an administrator would: through the commands. */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "areas/area.h"
#include "base/file.h"
#include "base/library.h"
#include "base/utf8.h"
#include "catalogue/catalogue.h"

#define NODES 3
#define ARGUMENTS_MAX 20
#define OUTPUT_MAX ((size_t)1 << 20)

extern const struct source shipped_files[];
extern const size_t shipped_count;

static const struct demo_node {
        const char *folder, *unit, *office;
} nodes[NODES] = {
        { "bo", "VN", "Bộ Công Thương" },
        { "ha-tinh", "42", "Sở Công Thương Hà Tĩnh" },
        { "phu-tho", "25", "Sở Công Thương Phú Thọ" },
};

#define HA_TINH_COMMUNE "18073" /* Phường Thành Sen: there lies the illustrated cluster of Hưng Thịnh */

/* Who there is at each node; of an office is who names none of another. The cluster import names those who file for a cluster. */
static const struct demo_user {
        int node;
        const char *login, *role, *title, *unit, *office; /* unit, office: NULL: the node's own */
} users[] = {
        { 0, "quantri", "admin", "Quản trị", NULL, NULL },
        { 0, "chuyenvien", "specialist", "Chuyên viên", NULL, NULL },
        { 0, "lanhdao", "director", "Lãnh đạo", NULL, NULL },
        { 1, "quantri", "admin", "Quản trị", NULL, NULL },
        { 1, "chuyenvien", "specialist", "Chuyên viên", NULL, NULL },
        { 1, "lanhdao", "director", "Lãnh đạo", NULL, NULL },
        { 1, "canboxa", "commune", "Cán bộ xã", HA_TINH_COMMUNE, "UBND phường Thành Sen" },
        { 1, "trungtam", "center", "Trung tâm khuyến công", NULL, "Trung tâm Khuyến công Hà Tĩnh" },
        { 1, "doanhnghiep", "enterprise", "Doanh nghiệp", NULL, "cụm Hưng Thịnh (minh họa)" },
        { 1, "chudautu", "enterprise", "Chủ đầu tư hạ tầng", NULL, "cụm Hưng Thịnh (minh họa)" },
        { 1, "tuvan", "consultant", "Tư vấn", NULL, "mạng lưới tư vấn Hà Tĩnh" },
        { 2, "quantri", "admin", "Quản trị", NULL, NULL },
        { 2, "chuyenvien", "specialist", "Chuyên viên", NULL, NULL },
        { 2, "lanhdao", "director", "Lãnh đạo", NULL, NULL },
};

#define PUBLISHER "Tổng cục Thống kê: biểu số liệu kinh tế – xã hội hằng tháng"
#define PRESS_2022 "Báo Công Thương, 01/2022"

/* What is imported where: the publisher's tables, and what the press printed; own_rows: only the rows of the
 * node's own unit, which reports them itself. */
static const struct demo_import {
        int node;
        const char *path, *table, *source;
        bool own_rows;
} imports[] = {
        { 0, "published/gso_iip_month.csv", "iip", PUBLISHER, false },
        { 0, "published/gso_product_month.csv", "product", PUBLISHER, false },
        { 0, "published/gso_export.csv", "export", PUBLISHER, false },
        { 0, "published/gso_import.csv", "import", PUBLISHER, false },
        { 0, "published/gso_labour_province.csv", "labour", PUBLISHER, false },
        { 0, "published/gso_consumption_inventory.csv", "consumption", PUBLISHER, false },
        { 0, "published/gso_gdp_const2010.csv", "gdp_const", PUBLISHER, false },
        { 0, "published/gso_gdp_current.csv", "gdp_current", PUBLISHER, false },
        { 0, "demo/statistics-hatinh-2021-12.csv", NULL, "Cục Thống kê Hà Tĩnh, họp báo 29/12/2021 (Báo Hà Tĩnh)", false },
        { 0, "demo/seed.csv", NULL, PRESS_2022, true },
        { 1, "demo/seed.csv", NULL, PRESS_2022, true },
        { 2, "demo/seed.csv", NULL, PRESS_2022, true },
        { 0, "demo/press-vietnambiz-2021-12.csv", NULL, "VietnamBiz, 29/12/2021", false },
        { 0, "demo/press-thanhnien-2021-09.csv", NULL, "Thanh Niên, 09/2021", false },
        { 0, "demo/illustration-2021.csv", NULL, "Minh họa: số giả định, không phải số công bố", false },
};

#define ILLUSTRATION "Minh họa: số liệu giả định"

/* The production index, an illustration: the country's weights at the ministry; weights, sample and output at the provinces. */
static const struct demo_iip {
        int node;
        const char *kind, *path, *from, *base; /* from, base: of weights; NULL */
} iip_imports[] = {
        { 0, "weights", "demo/iip/weights-VN-2025.csv", "2025-01", "2025" },
        { 0, "weights", "demo/iip/weights-VN-2026.csv", "2026-07", "2026-06" },
        { 1, "weights", "demo/iip/weights-42-2025.csv", "2025-01", "2025" },
        { 1, "weights", "demo/iip/weights-42-2026.csv", "2026-07", "2026-06" },
        { 1, "sample", "demo/iip/sample-42.csv", NULL, NULL },
        { 1, "output", "demo/iip/output-42.csv", NULL, NULL },
        { 2, "weights", "demo/iip/weights-25-2025.csv", "2025-01", "2025" },
        { 2, "weights", "demo/iip/weights-25-2026.csv", "2026-07", "2026-06" },
        { 2, "sample", "demo/iip/sample-25.csv", NULL, NULL },
        { 2, "output", "demo/iip/output-25.csv", NULL, NULL },
};

/* Industrial promotion, an illustration below its published whole: the national programme of 2021. */
#define PROMOTION "demo/promotion/2021.jsonl"
#define DECISIONS "demo/promotion/decisions.jsonl"
#define VOTES "demo/promotion/votes-"

struct demo {
        struct work *w;
        const char *self, *folder;
        char password[24];
        pid_t servers[NODES];
        char addresses[NODES][128];
};

/* ---- running commands ------------------------------------------------------------------------------ */

static pid_t start(struct demo *d, char *const *argv, int in, int out)
{
        pid_t child = fork();

        if (child != 0)
                return child;
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* no server outlives the demo */
        if ((in >= 0 && dup2(in, 0) < 0) || (out >= 0 && dup2(out, 1) < 0))
                _exit(127);
        execv(d->self, argv);
        _exit(127);
}

/* Run one command of this program with a text as its input; *output (may be NULL) gets what it prints. */
static bool run(struct demo *d, const char *input, char **output, const char *const *arguments)
{
        struct work *w = d->w;
        char *argv[ARGUMENTS_MAX + 3] = { (char *)(uintptr_t)"caunoi" };
        int in[2], out[2], status, count = 1;
        char *text = arena_alloc(w->arena, OUTPUT_MAX);
        size_t length = 0;
        ssize_t got;
        pid_t child;

        for (; *arguments != NULL && count <= ARGUMENTS_MAX; arguments++)
                argv[count++] = arena_text(w->arena, *arguments);
        argv[count++] = (char *)(uintptr_t)(w->language == LANGUAGE_EN ? "--lang=en" : "--lang=vi");
        argv[count] = NULL;
        if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
                return error_system(&w->err, ERR_ENVIRONMENT, errno, "cannot start another process");
        child = start(d, argv, in[0], out[1]);
        close(in[0]);
        close(out[1]);
        if (child > 0 && input != NULL && write(in[1], input, strlen(input)) < 0)
                error_system(&w->err, ERR_ENVIRONMENT, errno, "cannot start another process");
        close(in[1]);
        while (child > 0 && length + 1 < OUTPUT_MAX && (got = read(out[0], text + length, OUTPUT_MAX - length - 1)) > 0)
                length += (size_t)got;
        close(out[0]);
        if (child < 0 || waitpid(child, &status, 0) != child)
                return error_system(&w->err, ERR_ENVIRONMENT, errno, "cannot start another process");
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                return error_set(&w->err, ERR_ENVIRONMENT, "the command \"%s\" failed; its message stands above", argv[1]);
        if (output != NULL)
                *output = text;
        return work_ok(w);
}

#define RUN(d, input, output, ...) run((d), (input), (output), (const char *const[]){ __VA_ARGS__, NULL })

static const char *path_of(struct demo *d, const char *name)
{
        return arena_print(d->w->arena, "%s/%s", d->folder, name);
}

static void say(struct demo *d, const char *english)
{
        printf("%s\n", work_text(d->w, english));
        fflush(stdout);
}

/* ---- making the world ---------------------------------------------------------------------------------- */

static bool make_nodes(struct demo *d)
{
        char *keys[NODES];

        say(d, N_("Making three nodes: the ministry, Hà Tĩnh, Phú Thọ …"));
        for (int i = 0; i < NODES; i++) {
                if (!RUN(d, NULL, &keys[i], "init", path_of(d, nodes[i].folder), "--unit", nodes[i].unit))
                        return false;
                keys[i] += strcspn(keys[i], " ") + (strchr(keys[i], ' ') != NULL);
                keys[i][strcspn(keys[i], "\n")] = '\0';
        }
        for (int i = 1; i < NODES; i++)
                if (!RUN(d, NULL, NULL, "trust", path_of(d, "bo"), keys[i], "--unit", nodes[i].unit) ||
                    !RUN(d, NULL, NULL, "trust", path_of(d, nodes[i].folder), keys[0], "--unit", "VN"))
                        return false;
        return true;
}

static bool make_users(struct demo *d)
{
        char *line = arena_print(d->w->arena, "%s\n", d->password);

        say(d, N_("Making the accounts …"));
        for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
                const struct demo_user *u = &users[i];
                const struct demo_node *n = &nodes[u->node];

                if (!RUN(d, line, NULL, "user", "add", path_of(d, n->folder), u->login, "--role", u->role, "--unit", u->unit == NULL ? n->unit : u->unit, "--name",
                         arena_print(d->w->arena, "%s, %s", u->title, u->office == NULL ? n->office : u->office)))
                        return false;
        }
        return true;
}

/* The head of a plain file and the rows of one unit (its second column). */
static const char *rows_of(struct demo *d, const struct source *s, const char *unit, size_t *length)
{
        char *out = arena_alloc(d->w->arena, s->length + 1), *end = out;

        for (const char *line = s->text; *line != '\0';) {
                const char *next = strchrnul(line, '\n'), *field = memchr(line, ',', (size_t)(next - line));
                size_t unit_length = strlen(unit);
                bool is_own = field != NULL && strncmp(field + 1, unit, unit_length) == 0 && field[1 + unit_length] == ',';

                next += *next == '\n';
                if (line == s->text || is_own)
                        end = mempcpy(end, line, (size_t)(next - line));
                line = next;
        }
        *length = (size_t)(end - out);
        return out;
}

static const struct source *shipped(struct demo *d, const char *path)
{
        for (size_t k = 0; k < shipped_count; k++)
                if (strcmp(shipped_files[k].path, path) == 0)
                        return &shipped_files[k];
        error_set(&d->w->err, ERR_ENVIRONMENT, "this program carries no file \"%s\"", path);
        return NULL;
}

static bool import_iip(struct demo *d)
{
        for (size_t i = 0; i < sizeof iip_imports / sizeof *iip_imports; i++) {
                const struct demo_iip *x = &iip_imports[i];
                const struct source *s = shipped(d, x->path);
                const char *name = strrchr(x->path, '/') + 1, *path = path_of(d, name), *node = path_of(d, nodes[x->node].folder);
                char *printed = NULL;
                bool ok;

                if (s == NULL || !file_write(path, s->text, s->length, 0600, &d->w->err))
                        return false;
                ok = x->from == NULL ? RUN(d, NULL, &printed, "iip", "import", node, x->kind, path, "--source", ILLUSTRATION)
                                     : RUN(d, NULL, &printed, "iip", "import", node, x->kind, path, "--source", ILLUSTRATION, "--from", x->from, "--base", x->base);
                unlink(path);
                if (!ok)
                        return false;
                printf("  %s: %s", name, printed);
                fflush(stdout);
        }
        return true;
}

static bool import_files(struct demo *d)
{
        for (size_t i = 0; i < sizeof imports / sizeof *imports; i++) {
                const struct source *s = shipped(d, imports[i].path);
                const char *name = strrchr(imports[i].path, '/') + 1, *path = path_of(d, name);
                const char *node = path_of(d, nodes[imports[i].node].folder);
                const char *text;
                char *printed = NULL;
                size_t length;
                bool ok;

                if (s == NULL)
                        return false;
                length = s->length;
                text = imports[i].own_rows ? rows_of(d, s, nodes[imports[i].node].unit, &length) : s->text;
                if (!file_write(path, text, length, 0600, &d->w->err))
                        return false;
                ok = imports[i].table != NULL ? RUN(d, NULL, &printed, "import", node, path, "--source", imports[i].source,
                                                    "--table", imports[i].table)
                                              : RUN(d, NULL, &printed, "import", node, path, "--source", imports[i].source);
                unlink(path);
                if (!ok)
                        return false;
                printf("  %s: %s", name, printed);
                fflush(stdout);
        }
        return true;
}

/* Run an import of a node on a file inside the program, and print what it says after a name; as: in whose name, or NULL. */
static bool import_shipped(struct demo *d, int node, const char *command, const char *path, const char *as, const char *name)
{
        const struct source *s = shipped(d, path);
        const char *file = path_of(d, strrchr(path, '/') + 1), *folder = path_of(d, nodes[node].folder);
        char *printed = NULL;
        bool ok = s != NULL && file_write(file, s->text, s->length, 0600, &d->w->err) &&
                  (as == NULL ? RUN(d, NULL, &printed, command, "import", folder, file) : RUN(d, NULL, &printed, command, "import", folder, file, "--as", as));

        unlink(file);
        if (ok)
                printf("  %s: %s", name, printed);
        fflush(stdout);
        return ok;
}

/* Industrial clusters of the provinces and the ministry's opinions on their plans. */
static bool import_clusters(struct demo *d)
{
        return import_shipped(d, 1, "cluster", "demo/clusters-42.json", "chuyenvien", "42") && import_shipped(d, 2, "cluster", "demo/clusters-25.json", "chuyenvien", "25") &&
               import_shipped(d, 0, "case", "demo/opinions-2021.jsonl", NULL, "2021");
}

static void make_password(struct demo *d)
{
        static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";

        for (int i = 0; i < 14; i++)
                d->password[i] = i == 4 || i == 9 ? '-' : letters[randombytes_uniform(sizeof letters - 1)];
        d->password[14] = '\0';
}

/* The file "password" is written last: a world without it was not finished. */
static bool make_world(struct demo *d)
{
        make_password(d);
        if (mkdir(d->folder, 0700) != 0 && errno != EEXIST)
                return error_system(&d->w->err, ERR_ENVIRONMENT, errno, "cannot make the folder \"%s\"", d->folder);
        if (file_exists(path_of(d, "bo"))) {
                error_set(&d->w->err, ERR_CONFLICT, "the folder \"%s\" holds a demo that was not finished", d->folder);
                return error_hint(&d->w->err, "remove that folder and start again");
        }
        if (!make_nodes(d) || !make_users(d))
                return false;
        say(d, N_("Importing the published statistics (52 monthly releases) …"));
        if (!import_files(d))
                return false;
        say(d, N_("Importing an illustration of the production index (invented figures) …"));
        if (!import_iip(d))
                return false;
        say(d, N_("Importing schemes of industrial promotion that add up to the published 75.641 billion dong (an illustration) …"));
        if (!import_shipped(d, 0, "case", PROMOTION, NULL, "2021") || !import_shipped(d, 0, "case", DECISIONS, NULL, "2021–2025"))
                return false;
        say(d, N_("Importing an illustration of the vote for typical rural industrial products (invented) …"));
        if (!import_shipped(d, 1, "case", VOTES "42.jsonl", NULL, "42") || !import_shipped(d, 2, "case", VOTES "25.jsonl", NULL, "25") ||
            !import_shipped(d, 0, "case", VOTES "region.jsonl", NULL, "VN"))
                return false;
        say(d, N_("Importing an illustration of industrial clusters (invented) …"));
        return import_clusters(d) && file_write(path_of(d, "password"), d->password, strlen(d->password), 0600, &d->w->err);
}

static bool open_world(struct demo *d)
{
        size_t length;
        char *text;

        if (!file_exists(path_of(d, "password")))
                return make_world(d);
        text = file_read(d->w->arena, path_of(d, "password"), sizeof d->password - 1, &length, &d->w->err);
        if (text == NULL)
                return false;
        memcpy(d->password, text, length + 1);
        return true;
}

/* ---- running it -------------------------------------------------------------------------------------------- */

static bool start_server(struct demo *d, int i, const char *listen, const char *upstream)
{
        char *argv[] = { (char *)(uintptr_t)"caunoi",
                         (char *)(uintptr_t)"serve",
                         arena_text(d->w->arena, path_of(d, nodes[i].folder)),
                         (char *)(uintptr_t)"--listen",
                         arena_text(d->w->arena, listen),
                         upstream == NULL ? NULL : (char *)(uintptr_t)"--upstream",
                         upstream == NULL ? NULL : arena_text(d->w->arena, upstream),
                         NULL };
        size_t length = 0;
        int out[2];
        char *address = d->addresses[i];
        ssize_t got;

        if (pipe2(out, O_CLOEXEC) != 0)
                return error_system(&d->w->err, ERR_ENVIRONMENT, errno, "cannot start another process");
        d->servers[i] = start(d, argv, -1, out[1]);
        close(out[1]);
        while (d->servers[i] > 0 && length + 1 < sizeof d->addresses[i] && memchr(address, '\n', length) == NULL &&
               (got = read(out[0], address + length, sizeof d->addresses[i] - 1 - length)) > 0)
                length += (size_t)got;
        address[length] = '\0';
        if (memchr(address, '\n', length) == NULL)
                return error_set(&d->w->err, ERR_ENVIRONMENT, "the node of %s did not start; its message stands above",
                                 nodes[i].office);
        address[strcspn(address, "\n")] = '\0';
        return true; /* the pipe stays open: closing it would end the server's next line with SIGPIPE */
}

static size_t take(char *bytes, size_t size, size_t count, void *context)
{
        buf_put(context, bytes, size * count);
        return size * count;
}

/* Whether the ministry's node has heard from both provinces and lacks nothing of them. */
static bool are_in_step(const char *address)
{
        CURL *curl = curl_easy_init();
        struct buf body;
        char url[256];
        int connected = 0;

        if (curl == NULL)
                return false;
        snprintf(url, sizeof url, "%s%sstatus.json", address, address[strlen(address) - 1] == '/' ? "" : "/");
        buf_init(&body, OUTPUT_MAX);
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, 5L);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
        if (curl_easy_perform(curl) == CURLE_OK && body.data != NULL)
                for (const char *p = body.data; (p = strstr(p, "\"is_connected\":true")) != NULL; p++)
                        connected++;
        buf_clear(&body);
        curl_easy_cleanup(curl);
        return connected >= NODES - 1;
}

static void print_world(struct demo *d)
{
        printf("\n%s\n", work_text(d->w, "The demo runs. Password of all accounts:"));
        printf("    %s\n\n", d->password);
        for (int i = 0; i < NODES; i++) {
                int letters = (int)utf8_count(nodes[i].office, strlen(nodes[i].office));

                printf("  %s%*s%s\n", nodes[i].office, 26 - letters, "", d->addresses[i]); /* printf pads by bytes */
                for (size_t k = 0; k < sizeof users / sizeof *users; k++)
                        if (users[k].node == i)
                                printf("      %-12s %s%s%s\n", users[k].login, users[k].title, users[k].office == NULL ? "" : ", ", users[k].office == NULL ? "" : users[k].office);
        }
        printf("\n%s\n", work_text(d->w, "Ctrl-C stops it; the data stays in the folder."));
        fflush(stdout);
}

static void stop_servers(struct demo *d)
{
        for (int i = NODES; i-- > 0;)
                if (d->servers[i] > 0)
                        kill(d->servers[i], SIGTERM);
        for (int i = 0; i < NODES; i++)
                if (d->servers[i] > 0)
                        waitpid(d->servers[i], NULL, 0);
}

/* Until a signal to stop comes, or one of the servers ends by itself. */
static bool wait_for_end(struct demo *d, const sigset_t *signals)
{
        for (;;) {
                struct timespec second = { .tv_sec = 1 };
                int got = sigtimedwait(signals, NULL, &second);

                if (got == SIGINT || got == SIGTERM)
                        return true;
                for (int i = 0; i < NODES; i++)
                        if (waitpid(d->servers[i], NULL, WNOHANG) == d->servers[i]) {
                                d->servers[i] = 0;
                                return error_set(&d->w->err, ERR_ENVIRONMENT, "the node of %s ended by itself",
                                                 nodes[i].office);
                        }
        }
}

static bool serve_world(struct demo *d, const char *listen)
{
        char host[128];
        const char *colon = strrchr(listen, ':');
        long port = colon == NULL ? -1 : strtol(colon + 1, NULL, 10);
        sigset_t signals, before;
        bool ok = true;

        if (port < 0 || port > 65533 || colon == listen || (size_t)(colon - listen) >= sizeof host)
                return error_set(&d->w->err, ERR_USAGE, "\"%s\" is not of the form HOST:PORT", listen);
        snprintf(host, sizeof host, "%.*s", (int)(colon - listen), listen);
        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        for (int i = 0; i < NODES && ok; i++)
                ok = start_server(d, i, arena_print(d->w->arena, "%s:%ld", host, port == 0 ? 0 : port + i),
                                  i == 0 ? NULL : d->addresses[0]);
        sigprocmask(SIG_BLOCK, &signals, &before); /* after the servers: they must still hear them */
        if (ok) {
                say(d, N_("Waiting for the nodes to exchange …"));
                for (int i = 0; i < 300 && !are_in_step(d->addresses[0]); i++)
                        nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
                print_world(d);
                ok = wait_for_end(d, &signals);
        }
        stop_servers(d);
        sigprocmask(SIG_SETMASK, &before, NULL);
        return ok;
}

static bool run_demo(struct work *w, const struct call *c)
{
        struct demo d = { .w = w, .self = call_self(c) };
        const char *listen = call_option(c, "listen", 0);

        d.folder = call_argument(c, 0) != NULL ? call_argument(c, 0) : "demo";
        if (sodium_init() < 0)
                return error_set(&w->err, ERR_ENVIRONMENT, "the cryptographic library does not start");
        if (!library_load("curl", &w->err))
                return false;
        return open_world(&d) && serve_world(&d, listen != NULL ? listen : "127.0.0.1:8080");
}

static const struct option options[] = {
        { "listen", "HOST:PORT", false, N_("where the ministry listens; the provinces take the next two ports") },
        { NULL, NULL, false, NULL },
};
static const struct command commands[] = {
        { "demo", "[DIR]", 0, 1, COMMAND_ALONE, options, run_demo,
          N_("run the demonstration: the ministry and two provinces"),
          N_("Makes three nodes in DIR (demo unless given), imports the published statistics, starts the three servers on"
             " this machine, lets them exchange and prints their addresses and accounts. A second start finds them as"
             " they were left.") },
        { NULL, NULL, 0, 0, COMMAND_ALONE, NULL, NULL, NULL, NULL },
};

const struct area demo_area = { .name = "demo", .title = N_("Demonstration"), .commands = commands };
