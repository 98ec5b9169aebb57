#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SINK_BLOCK ((size_t)64 << 10)

void buf_init(struct buf *b, size_t limit)
{
        *b = (struct buf){ .limit = limit == 0 ? BUF_LIMIT_USUAL : limit };
}

static void free_data(void *place)
{
        char **data = place;

        free(*data);
        *data = NULL;
}

void buf_init_with(struct buf *b, size_t limit, struct arena *a)
{
        buf_init(b, limit);
        b->arena = a;
        b->in_arena = arena_alloc(a, sizeof *b->in_arena);
        arena_on_free(a, free_data, b->in_arena);
}

void buf_init_in(struct buf *b, char *memory, size_t bytes)
{
        *b = (struct buf){ .data = memory, .capacity = bytes, .limit = bytes - 1 };
        memory[0] = '\0';
}

void buf_init_sink(struct buf *b, buf_sink *sink, void *context)
{
        *b = (struct buf){ .limit = SINK_BLOCK, .sink = sink, .context = context };
}

void buf_init_sink_with(struct buf *b, buf_sink *sink, void *context, struct arena *a)
{
        buf_init_with(b, SINK_BLOCK, a);
        b->sink = sink;
        b->context = context;
}

void buf_clear(struct buf *b)
{
        struct arena *a = b->arena;
        char **in_arena = b->in_arena;

        free(b->data);
        buf_init(b, b->limit);
        if (in_arena != NULL)
                *in_arena = NULL;
        b->arena = a;
        b->in_arena = in_arena;
}

void bytes_give_back(const char *bytes, size_t length)
{
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)bytes, first = (at + page - 1) & ~(page - 1), last = (at + length) & ~(page - 1);

        if (last > first)
                madvise((void *)first, last - first, MADV_DONTNEED); /* where it is refused they stay */
}

void buf_give_back(struct buf *b, size_t from, size_t to)
{
        bytes_give_back(b->data + from, to - from);
}

void buf_reset(struct buf *b)
{
        b->length = 0;
        b->is_broken = b->is_starved = false;
        if (b->data != NULL)
                b->data[0] = '\0';
}

static bool hand_on(struct buf *b, const char *bytes, size_t length)
{
        if (length == 0 || b->is_broken)
                return !b->is_broken;
        b->is_broken = !b->sink(b->context, bytes, length);
        if (!b->is_broken)
                b->flushed += length;
        return !b->is_broken;
}

char *buf_room(struct buf *b, size_t length)
{
        size_t need;

        if (b->is_broken)
                return NULL;
        if (b->sink != NULL && b->length > 0 && length > b->limit - b->length) {
                if (!hand_on(b, b->data, b->length))
                        return NULL;
                b->length = 0;
        }
        if (length > SIZE_MAX - 1 - b->length || (b->sink == NULL && b->length + length > b->limit)) {
                b->is_broken = true;
                return NULL;
        }
        need = b->length + length + 1;
        if (need > b->capacity) {
                size_t capacity = b->capacity == 0 ? 256 : b->capacity * 2;
                char *data;

                if (capacity < need)
                        capacity = need;
                data = realloc(b->data, capacity);
                if (data == NULL && b->arena != NULL)
                        arena_starve(b->arena);
                if (data == NULL) {
                        b->is_broken = b->is_starved = true;
                        return NULL;
                }
                b->data = data;
                if (b->in_arena != NULL)
                        *b->in_arena = data;
                b->capacity = capacity;
        }
        return b->data + b->length;
}

void buf_put(struct buf *b, const void *bytes, size_t length)
{
        char *room;

        if (b->sink != NULL && length > b->limit) {
                if (b->length > 0 && !hand_on(b, b->data, b->length))
                        return;
                b->length = 0;
                hand_on(b, bytes, length);
                return;
        }
        room = buf_room(b, length);
        if (room == NULL)
                return;
        if (length > 0)
                memcpy(room, bytes, length);
        b->length += length;
        b->data[b->length] = '\0';
}

void buf_text(struct buf *b, const char *string)
{
        if (string != NULL)
                buf_put(b, string, strlen(string));
}

void buf_char(struct buf *b, char c)
{
        if (b->length + 1 < b->capacity && b->length < b->limit && !b->is_broken) {
                b->data[b->length++] = c;
                b->data[b->length] = '\0';
        } else {
                buf_put(b, &c, 1);
        }
}

void buf_int(struct buf *b, int64_t number)
{
        char digits[24], *p = digits + sizeof digits;
        uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

        do
                *--p = (char)('0' + rest % 10);
        while ((rest /= 10) != 0);
        if (number < 0)
                *--p = '-';
        buf_put(b, p, (size_t)(digits + sizeof digits - p));
}

void buf_print(struct buf *b, const char *format, ...)
{
        va_list list;
        char *room;
        int length;

        va_start(list, format);
        length = vsnprintf(NULL, 0, format, list);
        va_end(list);
        if (length < 0) {
                b->is_broken = true;
                return;
        }
        room = buf_room(b, (size_t)length);
        if (room == NULL)
                return;
        va_start(list, format);
        vsnprintf(room, (size_t)length + 1, format, list);
        va_end(list);
        b->length += (size_t)length;
}

bool buf_finish(struct buf *b)
{
        if (b->sink != NULL && !b->is_broken) {
                hand_on(b, b->data, b->length);
                b->length = 0;
        }
        return !b->is_broken;
}

bool buf_ok(const struct buf *b)
{
        return !b->is_broken;
}
