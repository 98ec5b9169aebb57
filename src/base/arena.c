#include "base/arena.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
/* With sanitizers who reads or writes behind what it asked for, or after a reset, ends there. */
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define CLOSE(at, bytes) ASAN_POISON_MEMORY_REGION(at, bytes)
#define OPEN(at, bytes) ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#else
#define CLOSE(at, bytes) ((void)0)
#define OPEN(at, bytes) ((void)0)
#endif

#define BLOCK_LEAST ((size_t)16 << 10)
#define BLOCK_MOST ((size_t)1 << 20)
#define ALIGN(n) (((n) + 15) & ~(size_t)15)

struct block {
        struct block *older;
        size_t room, used; /* of bytes[] */
        _Alignas(16) unsigned char bytes[];
};

struct handle {
        struct handle *older;
        void (*free_it)(void *);
        void *handle;
};

struct arena {
        struct block *newest;
        struct handle *handles;
        jmp_buf *guard;
        size_t max, total; /* bytes in blocks */
};

static atomic_long fail_in;

void arena_fail_at(long n)
{
        atomic_store(&fail_in, n);
}

static bool must_fail(void)
{
        long n = atomic_load(&fail_in);

        return n > 0 && atomic_fetch_sub(&fail_in, 1) == 1;
}

/* Of a large one, which is for one thing, the system gives zeroed pages as they are used. */
static struct block *block_make(size_t room)
{
        struct block *b = room > BLOCK_MOST ? calloc(1, sizeof *b + room) : malloc(sizeof *b + room);

        if (b != NULL) {
                b->older = NULL;
                b->room = room;
                b->used = 0;
                CLOSE(b->bytes, room);
        }
        return b;
}

struct arena *arena_open(size_t max_bytes)
{
        struct arena *a = calloc(1, sizeof *a);

        if (a != NULL)
                a->max = max_bytes;
        return a;
}

static void run_handles(struct arena *a)
{
        while (a->handles != NULL) {
                struct handle *h = a->handles;

                a->handles = h->older;
                h->free_it(h->handle);
        }
}

void arena_reset(struct arena *a)
{
        run_handles(a);
        while (a->newest != NULL && (a->newest->older != NULL || a->newest->room > BLOCK_MOST)) {
                struct block *b = a->newest;

                a->newest = b->older;
                a->total -= b->room;
                free(b);
        }
        if (a->newest != NULL) {
                a->newest->used = 0;
                CLOSE(a->newest->bytes, a->newest->room);
        }
}

void arena_close(struct arena *a)
{
        if (a == NULL)
                return;
        arena_reset(a);
        free(a->newest);
        free(a);
}

jmp_buf *arena_guard(struct arena *a, jmp_buf *guard)
{
        jmp_buf *before = a->guard;

        a->guard = guard;
        return before;
}

static _Noreturn void out_of_memory(struct arena *a, enum arena_end why)
{
        if (a->guard != NULL)
                longjmp(*a->guard, (int)why);
        fprintf(stderr, "out of memory outside a unit of work\n");
        abort();
}

void *arena_alloc(struct arena *a, size_t bytes)
{
        struct block *b = a->newest;
        size_t need = ALIGN(bytes == 0 ? 1 : bytes);
        void *result;

        if (need < bytes || must_fail())
                out_of_memory(a, need < bytes ? ARENA_FULL : ARENA_STARVED);
        if (b == NULL || b->room - b->used < need) {
                size_t room = b == NULL ? BLOCK_LEAST : b->room * 2;

                if (room > BLOCK_MOST)
                        room = BLOCK_MOST;
                if (room > a->max - a->total)
                        room = a->max - a->total;
                if (room < need) {
                        if (need > a->max - a->total)
                                out_of_memory(a, ARENA_FULL);
                        room = need;
                }
                b = block_make(room);
                if (b == NULL)
                        out_of_memory(a, ARENA_STARVED);
                b->older = a->newest;
                a->newest = b;
                a->total += room;
        }
        result = b->bytes + b->used;
        b->used += need;
        OPEN(result, bytes);
        return need > BLOCK_MOST ? result : memset(result, 0, bytes);
}

void *arena_array(struct arena *a, size_t count, size_t bytes_each)
{
        size_t bytes;

        if (__builtin_mul_overflow(count, bytes_each, &bytes))
                out_of_memory(a, ARENA_FULL);
        return arena_alloc(a, bytes);
}

char *arena_copy(struct arena *a, const void *bytes, size_t length)
{
        char *copy = arena_alloc(a, length + 1);

        if (length > 0)
                memcpy(copy, bytes, length);
        return copy;
}

#define ROOM_FIRST 64

void *arena_room(struct arena *a, void *list, size_t count, size_t bytes_each)
{
        void *more;

        if (list != NULL && (count < ROOM_FIRST || (count & (count - 1)) != 0))
                return list;
        more = arena_array(a, count < ROOM_FIRST ? ROOM_FIRST : 2 * count, bytes_each);
        if (count > 0)
                memcpy(more, list, count * bytes_each);
        return more;
}

char *arena_text(struct arena *a, const char *string)
{
        return arena_copy(a, string, strlen(string));
}

char *arena_print_list(struct arena *a, const char *format, va_list list)
{
        va_list again;
        char *out;
        int length;

        va_copy(again, list);
        length = vsnprintf(NULL, 0, format, again);
        va_end(again);
        if (length < 0)
                out_of_memory(a, ARENA_FULL);
        out = arena_alloc(a, (size_t)length + 1);
        vsnprintf(out, (size_t)length + 1, format, list);
        return out;
}

char *arena_print(struct arena *a, const char *format, ...)
{
        va_list list;
        char *out;

        va_start(list, format);
        out = arena_print_list(a, format, list);
        va_end(list);
        return out;
}

void arena_on_free(struct arena *a, void (*free_it)(void *), void *handle)
{
        jmp_buf here, *before = a->guard;
        struct handle *h;

        a->guard = &here;
        switch (setjmp(here)) {
        case 0:
                break;
        case ARENA_FULL:
                a->guard = before;
                free_it(handle);
                out_of_memory(a, ARENA_FULL);
        default:
                a->guard = before;
                free_it(handle);
                out_of_memory(a, ARENA_STARVED);
        }
        h = arena_alloc(a, sizeof *h);
        a->guard = before;
        h->older = a->handles;
        h->free_it = free_it;
        h->handle = handle;
        a->handles = h;
}

_Noreturn void arena_starve(struct arena *a)
{
        out_of_memory(a, ARENA_STARVED);
}

size_t arena_used(const struct arena *a)
{
        size_t used = 0;

        for (const struct block *b = a->newest; b != NULL; b = b->older)
                used += b->used;
        return used;
}
