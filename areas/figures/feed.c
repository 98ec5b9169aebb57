#include "areas/figures/feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/write.h"

#define CHUNK 1024  /* figures handed over at once */
#define CHUNKS 32   /* waiting at most */

struct chunk {
        struct figure figures[CHUNK];
        int count;
};

struct feed {
        struct ledger_job job; /* first: done gets back from it */
        struct work *asker, writer;
        struct arena *arena;   /* of the writer */
        const char *subject, *source;
        struct chunk *chunks;
        pthread_mutex_t lock;
        pthread_cond_t changed;
        int64_t put, taken;    /* chunks, in all; chunk put % CHUNKS is being filled by the reader */
        bool is_complete, must_commit; /* said by the reader */
        bool is_done;          /* the job has ended */
};

/* The next chunk for the writer, or NULL at the end. */
static struct chunk *next_chunk(struct feed *f)
{
        struct chunk *c = NULL;

        pthread_mutex_lock(&f->lock);
        while (f->taken == f->put && !f->is_complete)
                pthread_cond_wait(&f->changed, &f->lock);
        if (f->taken < f->put)
                c = &f->chunks[f->taken % CHUNKS];
        pthread_mutex_unlock(&f->lock);
        return c;
}

static void chunk_taken(struct feed *f)
{
        pthread_mutex_lock(&f->lock);
        f->taken++;
        pthread_cond_broadcast(&f->changed);
        pthread_mutex_unlock(&f->lock);
}

static bool write_all(struct work *w, void *argument)
{
        struct feed *f = argument;
        struct figure_writer *out = figures_open(w, f->subject, f->source);
        struct chunk *c;
        int64_t count;

        if (out == NULL)
                return false;
        while ((c = next_chunk(f)) != NULL) {
                for (int i = 0; i < c->count; i++)
                        if (!figures_add(out, &c->figures[i]))
                                return false;
                chunk_taken(f);
        }
        return f->must_commit && figures_close(out, &count); /* refusing rolls everything back */
}

static void job_done(struct ledger_job *job, bool is_ok)
{
        struct feed *f = (struct feed *)(void *)job;

        (void)is_ok;
        pthread_mutex_lock(&f->lock);
        f->is_done = true;
        pthread_cond_broadcast(&f->changed);
        pthread_mutex_unlock(&f->lock);
}

/* Tell the writer how it ends, and wait for it. */
static void finish(struct feed *f, bool must_commit)
{
        pthread_mutex_lock(&f->lock);
        if (!f->is_complete) {
                f->must_commit = must_commit;
                if (!must_commit)
                        f->put = f->taken; /* what still waits need not be written */
                else if (f->chunks[f->put % CHUNKS].count > 0)
                        f->put++;
                f->is_complete = true;
                pthread_cond_broadcast(&f->changed);
        }
        while (!f->is_done)
                pthread_cond_wait(&f->changed, &f->lock);
        pthread_mutex_unlock(&f->lock);
}

static void feed_free(void *feed)
{
        struct feed *f = feed;

        finish(f, false);
        pthread_mutex_destroy(&f->lock);
        pthread_cond_destroy(&f->changed);
        arena_close(f->arena);
        free(f->chunks);
        free(f);
}

struct feed *feed_open(struct work *w, const char *subject, const char *source)
{
        struct feed *f = calloc(1, sizeof *f);

        if (f != NULL) {
                f->chunks = malloc(CHUNKS * sizeof *f->chunks);
                f->arena = arena_open(WORK_MEMORY_USUAL);
        }
        if (f == NULL || f->chunks == NULL || f->arena == NULL) {
                if (f != NULL) {
                        arena_close(f->arena);
                        free(f->chunks);
                }
                free(f);
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        f->chunks[0].count = 0;
        f->asker = w;
        f->subject = subject;
        f->source = source;
        pthread_mutex_init(&f->lock, NULL);
        pthread_cond_init(&f->changed, NULL);
        work_init(&f->writer, f->arena, NULL, w->language);
        f->writer.node = w->node;
        f->writer.user = w->user;
        f->writer.now = w->now;
        f->job = (struct ledger_job){ .run = write_all, .argument = f, .work = &f->writer, .done = job_done };
        ledger_submit(w->node, &f->job);
        arena_on_free(w->arena, feed_free, f);
        return f;
}

bool feed_put(struct feed *f, const struct figure *figure)
{
        struct chunk *c = &f->chunks[f->put % CHUNKS]; /* only the reader moves put */
        bool is_open;

        c->figures[c->count++] = *figure;
        if (c->count < CHUNK)
                return true;
        pthread_mutex_lock(&f->lock);
        while (f->put + 1 - f->taken >= CHUNKS && !f->is_done)
                pthread_cond_wait(&f->changed, &f->lock);
        is_open = !f->is_done;
        if (is_open) {
                f->put++;
                pthread_cond_broadcast(&f->changed);
        }
        f->chunks[f->put % CHUNKS].count = 0;
        pthread_mutex_unlock(&f->lock);
        return is_open;
}

bool feed_close(struct feed *f, bool must_commit)
{
        finish(f, must_commit);
        f->asker->has_written |= f->writer.has_written;
        if (!must_commit || work_ok(&f->writer))
                return true;
        if (work_ok(f->asker)) {
                enum language language = f->asker->err.language;

                f->asker->err = f->writer.err;
                f->asker->err.language = language;
        }
        return false;
}
