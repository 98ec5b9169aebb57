#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sync/sync_private.h"

struct ahead {
        struct node *node;
        const char *url;
        struct arena *arena;   /* of http */
        struct arena *asking;  /* of the question under way */
        struct http *http;
        struct buf wants;
        pthread_t thread;
        bool is_asking, has_come;
        atomic_bool gives_up;
};

/* Where memory ends in the middle this is an error, not the end of the program. */
static bool open_http(struct work *w, void *argument)
{
        struct ahead *a = argument;

        a->http = http_open(w, NULL);
        return a->http != NULL;
}

struct ahead *ahead_open(struct work *w, struct http *h, const char *url)
{
        struct ahead *a = calloc(1, sizeof *a);
        struct work mine;

        if (a != NULL) {
                a->node = w->node;
                a->url = url;
                a->arena = arena_open(WORK_MEMORY_USUAL);
                a->asking = arena_open(WORK_MEMORY_USUAL);
                buf_init(&a->wants, REPLY_MAX);
        }
        if (a == NULL || a->arena == NULL || a->asking == NULL) {
                ahead_close(a, h);
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        work_init(&mine, a->arena, NULL, w->language);
        mine.node = w->node;
        if (!work_run(&mine, open_http, a)) {
                w->err = mine.err;
                ahead_close(a, h);
                return NULL;
        }
        a->http->is_stopping = h->is_stopping;
        a->http->to = h->to;
        a->http->gives_up = &a->gives_up;
        return a;
}

static bool ask(struct work *w, void *argument)
{
        struct ahead *a = argument;

        return http_ask(w, a->http, a->url, "/ledger/entries", "application/json", a->wants.data, a->wants.length, 0, REPLY_MAX);
}

static void *ask_thread(void *argument)
{
        struct ahead *a = argument;
        struct work w;

        work_init(&w, a->asking, NULL, LANGUAGE_EN);
        w.node = a->node;
        a->has_come = work_run(&w, ask, a); /* what went wrong the next question will meet, and tell */
        return NULL;
}

static void wait_for(struct ahead *a)
{
        if (a->is_asking)
                pthread_join(a->thread, NULL);
        a->is_asking = false;
}

static void move_counts(struct http *from, struct http *to)
{
        to->bytes_out += from->bytes_out;
        to->bytes_in += from->bytes_in;
        from->bytes_out = from->bytes_in = 0;
}

void ahead_ask(struct ahead *a, const struct buf *wants)
{
        wait_for(a);
        arena_reset(a->asking);
        a->has_come = false;
        buf_reset(&a->wants);
        buf_put(&a->wants, wants->data, wants->length);
        a->is_asking = buf_ok(&a->wants) && pthread_create(&a->thread, NULL, ask_thread, a) == 0;
}

bool ahead_take(struct ahead *a, const struct buf *wants, struct http *h)
{
        struct http *mine = a->http;

        wait_for(a);
        move_counts(mine, h);
        if (!a->has_come || wants->length != a->wants.length || memcmp(wants->data, a->wants.data, wants->length) != 0)
                return false;
        a->has_come = false;
        buf_clear(&h->reply);
        h->reply = mine->reply;
        buf_init(&mine->reply, REPLY_MAX);
        h->status = mine->status;
        memcpy(h->gave, mine->gave, sizeof h->gave);
        return true;
}

void ahead_close(struct ahead *a, struct http *h)
{
        if (a == NULL)
                return;
        atomic_store(&a->gives_up, true);
        wait_for(a);
        if (a->http != NULL)
                move_counts(a->http, h);
        buf_clear(&a->wants);
        arena_close(a->asking);
        arena_close(a->arena);
        free(a);
}
