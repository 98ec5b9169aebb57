#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"
#include "catalogue/catalogue.h"
#include "ledger/write.h"

static const struct ledger_schema *schema;

void bench_set_schema(const struct ledger_schema *whole)
{
        schema = whole;
}

double bench_seconds(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_processor_seconds(void)
{
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare_doubles(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

double bench_median(double *values, size_t count)
{
        qsort(values, count, sizeof *values, compare_doubles);
        return values[count / 2];
}

/* xorshift64*: S. Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016. */
int64_t bench_chance(uint64_t *seed, int64_t limit)
{
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        return (int64_t)((*seed * 2685821657736338717u) >> 1) % limit;
}

struct work *bench_work(struct bench_world *b)
{
        struct error err = { .language = LANGUAGE_EN };
        struct db *db = node_reader(b->node, &err);

        arena_reset(b->arena);
        work_init(&b->work, b->arena, db, LANGUAGE_EN);
        if (db == NULL)
                b->work.err = err;
        b->work.node = b->node;
        b->work.user = &user_operator;
        b->work.now = moment_now();
        return &b->work;
}

static bool load_catalogue(struct work *w, void *argument)
{
        struct complaints complaints = { .arena = w->arena };
        size_t count, changed;
        const struct source *files = catalogue_shipped(&count);

        (void)argument;
        return catalogue_load(w, files, count, NULL, &complaints, &changed);
}

bool bench_folder(struct work *w, char path[256])
{
        const char *parent = getenv("TMPDIR");

        snprintf(path, 256, "%s/caunoi-bench-XXXXXX", parent == NULL ? "/var/tmp" : parent);
        if (mkdtemp(path) != NULL)
                return true;
        path[0] = '\0';
        return error_set(&w->err, ERR_ENVIRONMENT, "cannot make a temporary folder");
}

bool bench_command(struct work *w, const char *self, const char *const *arguments)
{
        const char *argv[16] = { self };
        posix_spawn_file_actions_t actions;
        int status = -1, n = 1;
        pid_t child;

        while (*arguments != NULL && n < 15)
                argv[n++] = *arguments++;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        if (posix_spawnp(&child, self, &actions, NULL, (char *const *)(uintptr_t)argv, environ) == 0)
                waitpid(child, &status, 0);
        posix_spawn_file_actions_destroy(&actions);
        return status == 0 || error_set(&w->err, ERR_ENVIRONMENT, "the command \"%s\" failed", argv[1]);
}

bool bench_open(struct work *w, struct bench_world *b)
{
        char node[300];

        *b = (struct bench_world){ 0 };
        if (!bench_folder(w, b->folder))
                return false;
        snprintf(node, sizeof node, "%s/node", b->folder);
        b->arena = arena_open((size_t)1 << 30);
        if (b->arena == NULL || !node_init(node, "VN", NULL, schema, &w->err))
                return false;
        b->node = node_open(node, NODE_WRITE, schema, &w->err);
        if (b->node == NULL)
                return false;
        if (!ledger_write(bench_work(b), load_catalogue, NULL)) {
                w->err = b->work.err;
                return false;
        }
        return true;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *place)
{
        (void)about;
        (void)type;
        (void)place;
        return remove(path);
}

void bench_remove(const char *path)
{
        if (*path != '\0')
                nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void bench_close(struct bench_world *b)
{
        node_close(b->node);
        arena_close(b->arena);
        bench_remove(b->folder);
}

/* ---- what is told ---------------------------------------------------------------------------------------------------------- */

void bench_line(struct buf *out, const char *name, int64_t rows, double seconds, const char *yardstick, double yardstick_seconds)
{
        buf_print(out,
                  "{\"bench\":\"%s\",\"rows\":%lld,\"seconds\":%.4f,\"per_second\":%.0f,\"yardstick\":\"%s\","
                  "\"yardstick_seconds\":%.4f,\"yardstick_per_second\":%.0f,\"ratio\":%.3f",
                  name, (long long)rows, seconds, (double)rows / seconds, yardstick, yardstick_seconds,
                  (double)rows / yardstick_seconds, yardstick_seconds / seconds);
}

void bench_at_most(struct buf *out, double found, double most, const char *unit)
{
        buf_print(out, ",\"aim\":\"at most %.10g%s\",\"is_met\":%s", most, unit, found <= most ? "true" : "false");
}

void bench_at_least(struct buf *out, double found, double least, const char *unit)
{
        buf_print(out, ",\"aim\":\"at least %.10g%s\",\"is_met\":%s", least, unit, found >= least ? "true" : "false");
}

void bench_end(struct buf *out)
{
        BUF_LITERAL(out, "}\n");
}
