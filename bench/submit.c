/* Durable submissions: 64 writers, each waiting until its figure is on disk, through rules, ledger, seal, table and totals; against
 * SQLite alone committing one row of the same bytes at a time. The resident memory of the process is in the line. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "figure/figure.h"
#include "ledger/write.h"

#define WRITERS 64
#define EACH 500
#define BARE_COMMITS 2000

struct submission {
        int writer, number;
};

static bool report_figure(struct work *w, void *argument)
{
        const struct submission *s = argument;
        const struct catalogue *c = catalogue_of(w);
        struct figure f = { .item = "", .partner = "", .status = STATUS_SUBMITTED, .mark = MARK_ESTIMATE };
        struct figure_writer *out;
        int64_t count;

        if (c == NULL)
                return false;
        f.indicator = indicator_find(c, "retail_sales");
        f.period = period_make(FREQUENCY_MONTH, 2005 + s->number / 12, 1 + s->number % 12);
        f.unit = unit_at(c, s->writer % 2 == 0 ? "42" : "01", period_last(f.period));
        f.value = (int64_t)s->writer * 1000 + s->number;
        f.known_from = moment_of_day(day_of(2026, 1, 1)) + s->writer;
        out = figures_open(w, arena_print(w->arena, "bench/%d/%d", s->writer, s->number), "bench");
        return out != NULL && figures_add(out, &f) && figures_close(out, &count);
}

struct writer {
        struct node *node;
        pthread_t thread;
        int number;
        bool is_ok;
};

static void *write_many(void *argument)
{
        struct writer *me = argument;
        struct arena *a = arena_open(WORK_MEMORY_USUAL);

        me->is_ok = a != NULL;
        for (int i = 0; i < EACH && me->is_ok; i++) {
                struct submission s = { me->number, i };
                struct work w;

                arena_reset(a);
                work_init(&w, a, NULL, LANGUAGE_EN);
                w.node = me->node;
                w.user = &user_operator;
                me->is_ok = ledger_write(&w, report_figure, &s);
                if (!me->is_ok)
                        fprintf(stderr, "%s\n", w.err.message);
        }
        arena_close(a);
        return NULL;
}

static long resident_kib(void)
{
        char line[256];
        long kib = 0;
        FILE *f = fopen("/proc/self/status", "r");

        while (f != NULL && fgets(line, sizeof line, f) != NULL)
                if (sscanf(line, "VmRSS: %ld", &kib) == 1)
                        break;
        if (f != NULL)
                fclose(f);
        return kib;
}

bool bench_submit(struct work *w, const char *self, struct buf *out)
{
        struct writer *writers = arena_array(w->arena, WRITERS, sizeof *writers);
        double start, seconds, bare = 0;
        struct bench_world b;
        char path[300];
        long kib;
        bool ok;

        (void)self;
        if (!bench_open(w, &b))
                return false;
        start = bench_seconds();
        for (int i = 0; i < WRITERS; i++) {
                writers[i] = (struct writer){ .node = b.node, .number = i };
                if (pthread_create(&writers[i].thread, NULL, write_many, &writers[i]) != 0)
                        abort();
        }
        ok = true;
        for (int i = 0; i < WRITERS; i++) {
                pthread_join(writers[i].thread, NULL);
                ok &= writers[i].is_ok;
        }
        seconds = bench_seconds() - start;
        kib = resident_kib();
        snprintf(path, sizeof path, "%s/bare.db", b.folder);
        ok = ok && bench_bare_commits(w, path, BARE_COMMITS, &bare);
        bench_close(&b);
        if (!ok)
                return error_set(&w->err, ERR_ENVIRONMENT, "a submission failed");
        buf_print(out,
                  "{\"bench\":\"submit\",\"writers\":%d,\"rows\":%d,\"seconds\":%.4f,\"per_second\":%.0f,"
                  "\"resident_kib\":%ld,\"yardstick\":\"SQLite, one durable commit a row\",\"yardstick_per_second\":%.0f,"
                  "\"ratio\":%.3f}\n",
                  WRITERS, WRITERS * EACH, seconds, WRITERS * EACH / seconds, kib, BARE_COMMITS / bare,
                  WRITERS * EACH / seconds / (BARE_COMMITS / bare));
        return true;
}
