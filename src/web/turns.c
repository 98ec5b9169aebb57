#include "web/turns.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct item {
        struct item *next;
        void *thing;
};

/* Those who wait or have something under way, in the order of their turns. */
struct asker {
        struct asker *next;
        char name[TURN_NAME_MAX];
        struct item *first, **last;
        int waiting;
        bool is_served; /* one of its items is under way */
};

struct turns {
        struct asker *askers;
        int most_each, most_all, waiting;
};

struct turns *turns_open(int most_each, int most_all)
{
        struct turns *t = calloc(1, sizeof *t);

        if (t == NULL)
                return NULL;
        t->most_each = most_each;
        t->most_all = most_all;
        return t;
}

void turns_close(struct turns *t)
{
        if (t == NULL)
                return;
        while (t->askers != NULL) {
                struct asker *a = t->askers;

                t->askers = a->next;
                while (a->first != NULL) {
                        struct item *i = a->first;

                        a->first = i->next;
                        free(i);
                }
                free(a);
        }
        free(t);
}

static struct asker **place_of(struct turns *t, const char *name)
{
        struct asker **place = &t->askers;

        while (*place != NULL && strcmp((*place)->name, name) != 0)
                place = &(*place)->next;
        return place;
}

static struct asker **end_of(struct turns *t)
{
        struct asker **place = &t->askers;

        while (*place != NULL)
                place = &(*place)->next;
        return place;
}

bool turns_add(struct turns *t, const char *name, void *thing)
{
        struct asker **place = place_of(t, name), *a = *place;
        struct item *i;

        if (t->waiting >= t->most_all || (a != NULL && a->waiting >= t->most_each) || strlen(name) >= TURN_NAME_MAX ||
            (i = calloc(1, sizeof *i)) == NULL)
                return false;
        if (a == NULL) {
                a = *place = calloc(1, sizeof *a);
                if (a == NULL) {
                        free(i);
                        return false;
                }
                strcpy(a->name, name);
                a->last = &a->first;
        }
        i->thing = thing;
        *a->last = i;
        a->last = &i->next;
        a->waiting++;
        t->waiting++;
        return true;
}

void *turns_take(struct turns *t)
{
        for (struct asker **place = &t->askers; *place != NULL; place = &(*place)->next) {
                struct asker *a = *place;
                struct item *i = a->first;
                void *thing;

                if (i == NULL || a->is_served)
                        continue;
                thing = i->thing;
                a->first = i->next;
                if (a->first == NULL)
                        a->last = &a->first;
                free(i);
                a->waiting--;
                t->waiting--;
                a->is_served = true;
                *place = a->next; /* to the end: all others come first now */
                a->next = NULL;
                *end_of(t) = a;
                return thing;
        }
        return NULL;
}

void turns_done(struct turns *t, const char *name)
{
        struct asker **place = place_of(t, name), *a = *place;

        assert(a != NULL && a->is_served);
        a->is_served = false;
        if (a->waiting > 0)
                return;
        *place = a->next;
        free(a);
}

int turns_waiting(const struct turns *t)
{
        return t->waiting;
}
