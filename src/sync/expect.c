#include <pthread.h>
#include <stdlib.h>

#include "catalogue/catalogue.h"
#include "sync/sync_private.h"

struct expected {
        struct node *node;
        struct arena *arena;
        pthread_t thread;
};

static bool expect(struct work *w, void *argument)
{
        (void)argument;
        return node_look(w) && catalogue_of(w) != NULL;
}

static void *run_expect(void *argument)
{
        struct expected *x = argument;
        struct work w;

        work_init(&w, x->arena, NULL, LANGUAGE_EN);
        w.node = x->node;
        work_run(&w, expect, NULL); /* where it fails, who needs the catalogue reads it and tells why */
        node_look_away(&w);
        return NULL;
}

struct expected *catalogue_expect(struct work *w)
{
        struct expected *x = calloc(1, sizeof *x);

        if (x == NULL)
                return NULL;
        x->node = w->node;
        x->arena = arena_open(WORK_MEMORY_USUAL);
        if (x->arena == NULL || pthread_create(&x->thread, NULL, run_expect, x) != 0) {
                arena_close(x->arena);
                free(x);
                return NULL;
        }
        return x;
}

void catalogue_expect_end(struct expected *x)
{
        if (x == NULL)
                return;
        pthread_join(x->thread, NULL);
        arena_close(x->arena);
        free(x);
}
