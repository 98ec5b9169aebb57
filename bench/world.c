#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/bench.h"
#include "figure/figure.h"
#include "ledger/trust.h"
#include "ledger/write.h"

static const struct entry_kind *const kinds[] = { trust_kinds, catalogue_kinds, figure_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, figure_tables, NULL };
static const struct ledger_schema schema = { kinds, tables };

double bench_seconds(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
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
        return catalogue_load(w, files, count, &complaints, &changed);
}

bool bench_open(struct work *w, struct bench_world *b)
{
        const char *parent = getenv("TMPDIR");
        char node[300];

        *b = (struct bench_world){ 0 };
        snprintf(b->folder, sizeof b->folder, "%s/caunoi-bench-XXXXXX", parent == NULL ? "/var/tmp" : parent);
        if (mkdtemp(b->folder) == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "cannot make a temporary folder");
        snprintf(node, sizeof node, "%s/node", b->folder);
        b->arena = arena_open((size_t)1 << 30);
        if (b->arena == NULL || !node_init(node, "VN", NULL, &schema, &w->err))
                return false;
        b->node = node_open(node, NODE_WRITE, &schema, &w->err);
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

void bench_close(struct bench_world *b)
{
        node_close(b->node);
        arena_close(b->arena);
        if (b->folder[0] != '\0')
                nftw(b->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void bench_line(struct buf *out, const char *name, int64_t rows, double seconds, const char *yardstick,
                double yardstick_seconds)
{
        buf_print(out,
                  "{\"bench\":\"%s\",\"rows\":%lld,\"seconds\":%.4f,\"per_second\":%.0f,\"yardstick\":\"%s\","
                  "\"yardstick_seconds\":%.4f,\"yardstick_per_second\":%.0f,\"ratio\":%.3f}\n",
                  name, (long long)rows, seconds, (double)rows / seconds, yardstick, yardstick_seconds,
                  (double)rows / yardstick_seconds, yardstick_seconds / seconds);
}
