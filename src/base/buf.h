/* buf.h - a growing buffer of bytes with a limit.
 *
 * Errors stick: once memory or the limit is exceeded, or the sink refuses, further writes do nothing
 * and buf_ok is false; whoever sends the buffer checks once. With a sink, full blocks are handed on,
 * so an export of any length needs constant memory. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Takes a block; false stops the writing. */
typedef bool buf_sink(void *context, const char *bytes, size_t length);

struct buf {
        char *data;       /* always NUL-terminated once anything was written; NULL before */
        size_t length;    /* bytes in data, without the NUL */
        size_t capacity;
        size_t limit;     /* bytes it may hold at once; with a sink: bytes per block */
        buf_sink *sink;   /* NULL: everything stays in memory */
        void *context;
        uint64_t flushed; /* bytes already handed to the sink */
        bool is_broken;
        bool is_starved;  /* broken because the machine refused memory */
        struct arena *arena; /* NULL: buf_clear frees data; else it is freed with the arena, and stands in in_arena until then */
        char **in_arena;
};

#define BUF_LIMIT_USUAL ((size_t)64 << 20)

/* A buffer in memory that may hold limit bytes (0: BUF_LIMIT_USUAL). */
void buf_init(struct buf *, size_t limit);

/* The same, its memory freed when the arena is reset or closed, if buf_clear has not done so before; the buffer itself may lie anywhere. Where
 * the machine refuses memory control leaves by the arena's guard. */
void buf_init_with(struct buf *, size_t limit, struct arena *);

/* A buffer in the caller's memory: holds bytes - 1, asks for no more, need not be cleared. */
void buf_init_in(struct buf *, char *memory, size_t bytes);

/* A buffer that hands on blocks of about 64 KiB; with memory as above. */
void buf_init_sink(struct buf *, buf_sink *, void *context);
void buf_init_sink_with(struct buf *, buf_sink *, void *context, struct arena *);

/* Free the memory; the buffer is then as after buf_init. */
void buf_clear(struct buf *);

/* Forget the contents, keep the memory. */
void buf_reset(struct buf *);

/* These bytes of a buffer in memory will not be read again: the pages that they fill go back to the system before the buffer is cleared. */
void buf_give_back(struct buf *, size_t from, size_t to);
/* The same of bytes in an arena, or in memory from malloc. */
void bytes_give_back(const char *bytes, size_t length);

/* Write at the end: bytes, text, a character, a decimal number, a printed text. */
void buf_put(struct buf *, const void *bytes, size_t length);
void buf_text(struct buf *, const char *text); /* NULL writes nothing */
void buf_char(struct buf *, char);
void buf_int(struct buf *, int64_t);
void buf_print(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hand what is left to the sink. False if anything failed since the start. */
bool buf_finish(struct buf *);

/* Whether everything written so far is there. */
bool buf_ok(const struct buf *);

/* Room for length more bytes at the end, to be confirmed by adding to length; NULL if full. */
char *buf_room(struct buf *, size_t length);

#define BUF_LITERAL(buf, literal) buf_put((buf), (literal), sizeof(literal) - 1)

#endif
