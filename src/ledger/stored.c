/* stored.c - stored entries one after another: a second thread reads what they say while those before are applied. */
#include <stdlib.h>

#include "base/belt.h"
#include "ledger/ledger_private.h"

#define BLOCKS 4
#define BLOCK_ENTRIES 32
#define BLOCK_BYTES ((size_t)64 << 10) /* of lines, and the rest of the last */
#define LINE_BYTES ((size_t)320 << 10) /* a longer one is read when its turn comes */
#define AHEAD_BYTES ((size_t)256 << 10)
#define ALONE_BYTES ((size_t)16 << 10) /* of all lines: a thread would take longer to begin */

struct block {
        struct arena *arena;
        struct work work;
        struct entry *entries[BLOCK_ENTRIES]; /* NULL: not read */
        size_t count;
};

struct reading {
        struct node *node;
        enum language language;
        const struct stored *list;
        size_t count, next;
};

struct one {
        struct block *block;
        const struct stored *stored;
};

static bool read_one(struct work *w, void *argument)
{
        struct one *o = argument;

        return (o->block->entries[o->block->count] = entry_of_line(w, w->arena, o->stored->id, o->stored->bytes, o->stored->length, false)) != NULL;
}

/* What cannot be read here is read again when its turn comes, which tells why. */
static size_t fill_block(void *place, void *context)
{
        struct reading *r = context;
        struct block *b = place;
        size_t bytes = 0;

        if (r->next == r->count)
                return 0;
        arena_reset(b->arena);
        for (b->count = 0; b->count < BLOCK_ENTRIES && r->next < r->count && (b->count == 0 || bytes < BLOCK_BYTES); b->count++) {
                const struct stored *s = &r->list[r->next++];

                work_init(&b->work, b->arena, NULL, r->language);
                b->work.node = r->node;
                b->entries[b->count] = NULL;
                if (s->length <= LINE_BYTES && !work_run(&b->work, read_one, &(struct one){ b, s }))
                        b->entries[b->count] = NULL;
                bytes += s->length;
        }
        return bytes + b->count; /* also of lines without a byte */
}

struct call {
        const struct stored *stored;
        struct entry *entry;
        entry_function *run;
        void *context;
};

static bool call(struct work *w, void *argument)
{
        struct call *c = argument;

        if (c->entry == NULL)
                c->entry = entry_of_line(w, w->arena, c->stored->id, c->stored->bytes, c->stored->length, true);
        return c->entry != NULL && c->run(w, c->entry, c->context);
}

static bool run_alone(struct work *w, struct arena *scratch, const struct stored *list, size_t count, entry_function *run, void *context)
{
        for (size_t i = 0; i < count && work_ok(w); i++)
                if (!run_in(w, scratch, call, &(struct call){ &list[i], NULL, run, context }))
                        return false;
        return work_ok(w);
}

static bool run_blocks(struct work *w, struct arena *scratch, struct belt *belt, struct reading *r, entry_function *run, void *context)
{
        const struct stored *s = r->list;
        struct block *b;

        while (work_ok(w) && (b = belt_next(belt)) != NULL)
                for (size_t i = 0; i < b->count && work_ok(w); i++)
                        if (!run_in(w, scratch, call, &(struct call){ s++, b->entries[i], run, context }))
                                return false;
        return work_ok(w);
}

bool stored_run(struct work *w, const struct stored *list, size_t count, entry_function *run, void *context)
{
        struct reading r = { .node = w->node, .language = w->err.language, .list = list, .count = count };
        struct block blocks[BLOCKS] = { { .count = 0 } };
        struct arena *scratch = arena_open(WORK_MEMORY_USUAL);
        void *places[BLOCKS];
        struct belt *belt = NULL;
        bool has_room = true, ok;
        size_t bytes = 0;

        if (scratch == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        for (size_t i = 0; i < count; i++)
                bytes += list[i].length;
        for (size_t i = 0; i < BLOCKS && bytes > ALONE_BYTES; i++) {
                places[i] = &blocks[i];
                blocks[i].arena = arena_open(WORK_MEMORY_USUAL);
                has_room &= blocks[i].arena != NULL;
        }
        if (has_room && bytes > ALONE_BYTES)
                belt = belt_open(places, BLOCKS, AHEAD_BYTES, fill_block, &r);
        ok = belt != NULL ? run_blocks(w, scratch, belt, &r, run, context) : run_alone(w, scratch, list, count, run, context);
        belt_close(belt);
        for (size_t i = 0; i < BLOCKS; i++)
                arena_close(blocks[i].arena);
        arena_close(scratch);
        return ok;
}
