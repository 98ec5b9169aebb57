#include "sync/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/belt.h"
#include "format/jsonr.h"
#include "format/jsonw.h"
#include "ledger/node.h"

#define PIECE ((size_t)64 << 10)
#define ZSTD_WINDOW_LOG_MAX 23 /* 8 MiB: bounds the memory a hostile stream can ask for */
#define ROOM_MOST (ENTRY_MAX + 2 * PIECE) /* of bytes that are unpacked and not given out: the longest line, and what comes with its end */
#define ROOM_KEPT ((size_t)1 << 20)    /* of that, while no line needs more */
#define GIVE_BACK ((size_t)1 << 20)    /* of what was taken in, at once */
#define AHEAD_BYTES ((size_t)1 << 20)  /* of lines that are read ahead, */
#define BLOCKS 20                      /* in so many blocks, each of at most: */
#define BLOCK_LINES 128
#define BLOCK_BYTES ((size_t)64 << 10) /* but for the last line's */

/* ---- writing ---------------------------------------------------------------------------------- */

struct line_writer {
        struct work *w;
        struct buf *out;
        ZSTD_CCtx *zstd;
        int64_t lines;
};

static void free_compressor(void *zstd)
{
        ZSTD_freeCCtx(zstd);
}

static bool press(struct line_writer *l, const void *bytes, size_t length, ZSTD_EndDirective how)
{
        ZSTD_inBuffer in = { bytes, length, 0 };
        size_t left;

        do {
                ZSTD_outBuffer out = { buf_room(l->out, PIECE), PIECE, 0 };

                if (out.dst == NULL)
                        return error_set(&l->w->err, ERR_ENVIRONMENT, "the stream of entries could not be written");
                left = ZSTD_compressStream2(l->zstd, &out, &in, how);
                if (ZSTD_isError(left))
                        return error_set(&l->w->err, ERR_ENVIRONMENT, "compressing failed: %s", ZSTD_getErrorName(left));
                l->out->length += out.pos;
                l->out->data[l->out->length] = '\0';
        } while (how == ZSTD_e_end ? left != 0 : in.pos < in.size);
        return true;
}

bool lines_put(struct line_writer *l, const char *line, size_t length)
{
        l->lines++;
        return press(l, line, length, ZSTD_e_continue) && press(l, "\n", 1, ZSTD_e_continue);
}

struct line_writer *lines_begin(struct work *w, struct buf *out, const char *for_unit)
{
        struct line_writer *l = arena_alloc(w->arena, sizeof *l);
        char *first = arena_print(w->arena, "{\"caunoi\":1,\"node\":\"%s\",\"unit\":\"%s\",\"for\":\"%s\"}",
                                  node_key(w->node), node_unit(w->node), for_unit);

        l->w = w;
        l->out = out;
        l->zstd = ZSTD_createCCtx();
        if (l->zstd == NULL) {
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        arena_on_free(w->arena, free_compressor, l->zstd);
        ZSTD_CCtx_setParameter(l->zstd, ZSTD_c_compressionLevel, 1);
        ZSTD_CCtx_setParameter(l->zstd, ZSTD_c_checksumFlag, 1);
        return lines_put(l, first, strlen(first)) ? l : NULL;
}

bool lines_end(struct line_writer *l)
{
        char *last = arena_print(l->w->arena, "{\"end\":%lld}\n", (long long)l->lines);

        return press(l, last, strlen(last), ZSTD_e_end);
}

/* ---- reading ---------------------------------------------------------------------------------- */

struct line {
        const char *text;
        size_t length;
        struct entry *entry; /* or NULL */
};

struct line_block {
        struct arena *arena;
        struct line lines[BLOCK_LINES];
        size_t count, bytes;
        char *long_line; /* the memory in which the last one lies, where that is very long; NULL */
};

struct line_reader {
        struct work *w;
        struct error *err;    /* of who unpacks */
        int fd;
        const char *memory;
        size_t memory_left;
        struct buf *from_buf; /* that memory, where it is to be given back; NULL */
        size_t given_back;    /* bytes of it */
        ZSTD_DCtx *zstd;
        char piece[PIECE];    /* compressed */
        ZSTD_inBuffer in;
        char *data;           /* unpacked, data[from..to) not yet given out */
        size_t from, to, room;
        uint64_t bytes, most;
        int64_t lines;
        bool is_at_end, has_last, is_whole; /* whole: the frame ended with its checksum */
        struct belt *belt;    /* NULL: nobody reads ahead. What is above belongs to its thread then */
        struct line_block blocks[BLOCKS], *block;
        void *places[BLOCKS];
        size_t line;          /* the next of the block */
        bool is_behind_long;  /* the last block ended with a very long line; of who reads ahead */
        struct work ahead;    /* of that thread */
        char node[KEY_HEX], for_unit[8];
};

static void drop_long_line(struct line_block *b)
{
        free(b->long_line);
        b->long_line = NULL;
}

void lines_stay(struct line_reader *l)
{
        belt_close(l->belt);
        l->belt = NULL;
        l->block = NULL;
        for (size_t i = 0; i < BLOCKS; i++) {
                drop_long_line(&l->blocks[i]);
                arena_close(l->blocks[i].arena);
                l->blocks[i].arena = NULL;
        }
}

static void free_reader(void *reader)
{
        struct line_reader *l = reader;

        lines_stay(l);
        ZSTD_freeDCtx(l->zstd);
        free(l->data);
        free(l);
}

/* All of it has been taken in. */
static void drop_buf(struct line_reader *l)
{
        if (l->from_buf != NULL)
                buf_clear(l->from_buf);
        l->from_buf = NULL;
        l->memory = "";
}

/* What of it has been taken in. */
static void give_back(struct line_reader *l)
{
        size_t taken = l->from_buf->length - l->memory_left;

        if (taken - l->given_back < GIVE_BACK)
                return;
        buf_give_back(l->from_buf, l->given_back, taken);
        l->given_back = taken;
}

static bool fill_input(struct line_reader *l)
{
        ssize_t length;

        if (l->fd < 0) {
                size_t take = l->memory_left < PIECE ? l->memory_left : PIECE;

                memcpy(l->piece, l->memory, take);
                l->memory += take;
                l->memory_left -= take;
                if (l->memory_left == 0)
                        drop_buf(l);
                else if (l->from_buf != NULL)
                        give_back(l);
                length = (ssize_t)take;
        } else {
                do
                        length = read(l->fd, l->piece, PIECE);
                while (length < 0 && errno == EINTR);
                if (length < 0)
                        return error_system(l->err, ERR_ENVIRONMENT, errno, "reading the stream of entries failed");
        }
        l->in = (ZSTD_inBuffer){ l->piece, (size_t)length, 0 };
        l->is_at_end = length == 0;
        return true;
}

static const char *why_not(ZSTD_ErrorCode code)
{
        return code == ZSTD_error_frameParameter_windowTooLarge ? N_("who unpacks it would need more memory than is allowed")
               : code == ZSTD_error_prefix_unknown              ? N_("it is no frame of zstd")
                                                                : N_("it is not as zstd has written it");
}

/* Unpack some more behind data[to). False at the end or with an error. */
static bool unpack(struct line_reader *l)
{
        struct error *err = l->err;
        ZSTD_outBuffer out;
        size_t left;

        if (l->from > 0) {
                memmove(l->data, l->data + l->from, l->to - l->from);
                l->to -= l->from;
                l->from = 0;
        }
        if (l->room > ROOM_KEPT && l->to <= PIECE) { /* behind a very long line */
                char *data = realloc(l->data, ROOM_KEPT);

                l->room = data == NULL ? l->room : ROOM_KEPT;
                l->data = data == NULL ? l->data : data;
        }
        if (l->room - l->to < PIECE) {
                size_t room = l->room * 2 + PIECE * 2 < ROOM_MOST ? l->room * 2 + PIECE * 2 : ROOM_MOST;
                char *data;

                if (l->room == ROOM_MOST)
                        return error_set(err, ERR_TOO_BIG, "a line of the stream of entries is too long");
                data = realloc(l->data, room);
                if (data == NULL)
                        return error_set(err, ERR_ENVIRONMENT, "the machine has no memory left");
                l->data = data;
                l->room = room;
        }
        if (l->in.pos == l->in.size && !fill_input(l))
                return false;
        if (l->is_at_end)
                return false;
        if (l->is_whole)
                return error_set(err, ERR_INVALID, "something follows the stream of entries");
        out = (ZSTD_outBuffer){ l->data + l->to, PIECE, 0 };
        left = ZSTD_decompressStream(l->zstd, &out, &l->in);
        if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation)
                return error_set(err, ERR_ENVIRONMENT, "the machine has no memory left");
        if (ZSTD_isError(left)) {
                error_set(err, ERR_INVALID, "the stream of entries is damaged");
                return error_because(err, why_not(ZSTD_getErrorCode(left)));
        }
        l->is_whole = left == 0;
        l->to += out.pos;
        l->bytes += out.pos;
        if (l->bytes > l->most)
                return error_set(err, ERR_TOO_BIG, "the stream of entries is over the limit of %llu bytes",
                                 (unsigned long long)l->most);
        return true;
}

static bool next_raw(struct line_reader *l, const char **line, size_t *length)
{
        size_t searched = 0;

        for (;;) {
                char *end = l->to > l->from + searched
                                    ? memchr(l->data + l->from + searched, '\n', l->to - l->from - searched)
                                    : NULL;

                if (end != NULL) {
                        *line = l->data + l->from;
                        *length = (size_t)(end - *line);
                        l->from += *length + 1;
                        return true;
                }
                searched = l->to - l->from;
                if (!unpack(l))
                        return false;
        }
}

static bool cut_off(struct line_reader *l)
{
        error_set(l->err, ERR_INVALID, "the stream of entries is cut off after %lld lines", (long long)l->lines);
        return error_hint(l->err, "send it again");
}

static bool unpack_line(struct line_reader *l, const char **line, size_t *length)
{
        char expected[40];
        size_t last;

        if (!error_ok(l->err) || l->has_last)
                return false;
        if (!next_raw(l, line, length))
                return error_ok(l->err) ? cut_off(l) : false;
        if (*length >= 7 && memcmp(*line, "{\"end\":", 7) == 0) {
                last = (size_t)snprintf(expected, sizeof expected, "{\"end\":%lld}", (long long)l->lines);
                if (*length != last || memcmp(*line, expected, last) != 0)
                        return cut_off(l);
                l->has_last = true;
                while (unpack(l))
                        ;
                if (error_ok(l->err) && (!l->is_whole || l->from != l->to))
                        return cut_off(l);
                return false;
        }
        l->lines++;
        return true;
}

/* ---- reading ahead ------------------------------------------------------------------------------ */

/* What was found out of the line, where that is simple. Otherwise who takes it finds out, and says what is wrong. */
static struct entry *entry_ahead(struct arena *a, const char *text, size_t length)
{
        struct entry *e = entry_at_sight(a, text, length);

        if (e != NULL)
                entry_look_at_body(e);
        return e;
}

/* The line given last, living as long as the block is not filled again. Of a very long one the memory it lies in is kept, and no copy made. */
static const char *line_keep(struct line_reader *l, struct line_block *b, const char *line, size_t length)
{
        char *all = l->data, *room = length <= ROOM_KEPT ? NULL : malloc(ROOM_KEPT);

        if (room == NULL)
                return arena_copy(b->arena, line, length);
        memcpy(room, l->data + l->from, l->to - l->from); /* less than was unpacked with its end */
        all[line + length - all] = '\0';
        l->data = room;
        l->room = ROOM_KEPT;
        l->to -= l->from;
        l->from = 0;
        b->long_line = all;
        return line;
}

struct filling {
        struct line_reader *lines;
        struct line_block *block;
};

static bool fill_lines(struct work *w, void *argument)
{
        const struct filling *f = argument;
        struct line_block *b = f->block;
        const char *line;
        size_t length;

        while (b->count < (f->lines->is_behind_long ? 1 : BLOCK_LINES) && b->bytes < BLOCK_BYTES && unpack_line(f->lines, &line, &length)) {
                const char *text = line_keep(f->lines, b, line, length);

                b->lines[b->count] = (struct line){ text, length, NULL };
                b->lines[b->count++].entry = entry_ahead(w->arena, text, length);
                b->bytes += length + 1;
        }
        return work_ok(w);
}

/* Behind a very long line comes the seal, with which it is taken in: nothing is read ahead before that was done, which takes memory enough. */
static size_t fill_block(void *block, void *context)
{
        struct filling f = { context, block };
        size_t weight = f.lines->is_behind_long ? AHEAD_BYTES : 0;

        drop_long_line(f.block);
        arena_reset(f.block->arena);
        f.block->count = f.block->bytes = 0;
        if (!error_ok(f.lines->err))
                return 0;
        f.lines->ahead.arena = f.block->arena;
        work_run(&f.lines->ahead, fill_lines, &f);
        f.lines->is_behind_long = f.block->bytes > AHEAD_BYTES;
        return f.block->count == 0 ? 0 : f.block->bytes + weight; /* before what is wrong comes what was right */
}

bool lines_read_ahead(struct line_reader *l)
{
        bool has_memory = true;

        for (size_t i = 0; i < BLOCKS; i++) {
                l->places[i] = &l->blocks[i];
                l->blocks[i].arena = arena_open(WORK_MEMORY_USUAL);
                has_memory &= l->blocks[i].arena != NULL;
        }
        work_init(&l->ahead, NULL, NULL, l->w->err.language);
        l->err = &l->ahead.err;
        l->belt = has_memory ? belt_open(l->places, BLOCKS, AHEAD_BYTES, fill_block, l) : NULL;
        return l->belt != NULL || error_set(&l->w->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

static bool next_of_block(struct line_reader *l, const char **line, size_t *length)
{
        if (l->block == NULL || l->line == l->block->count) {
                l->block = belt_next(l->belt);
                l->line = 0;
        }
        if (l->block == NULL) {
                if (!error_ok(&l->ahead.err))
                        l->w->err = l->ahead.err;
                return false;
        }
        *line = l->block->lines[l->line].text;
        *length = l->block->lines[l->line++].length;
        return true;
}

bool lines_next(struct line_reader *l, const char **line, size_t *length)
{
        return work_ok(l->w) && (l->belt != NULL ? next_of_block(l, line, length) : unpack_line(l, line, length));
}

const struct entry *lines_entry(const struct line_reader *l)
{
        return l->block != NULL && l->line > 0 ? l->block->lines[l->line - 1].entry : NULL;
}

char **lines_memory(struct line_reader *l)
{
        return l->block != NULL && l->line == l->block->count ? &l->block->long_line : NULL; /* a very long line ends its block */
}

void lines_done(struct line_reader *l)
{
        if (lines_memory(l) != NULL)
                drop_long_line(l->block);
}

/* A unit's code: digits and capital letters, fewer than room. */
static bool is_code(const char *text, size_t room)
{
        return text != NULL && *text != '\0' && strlen(text) < room && strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(text);
}

static bool first_line(struct line_reader *l)
{
        const char *line, *node, *unit, *for_unit;
        size_t length;
        json_t *json;
        bool ok;

        if (!lines_next(l, &line, &length))
                return work_ok(l->w) ? cut_off(l) : false;
        json = length > 512 ? NULL : json_read(l->w->arena, line, length, NULL);
        node = json_string_value(json_object_get(json, "node"));
        unit = json_string_value(json_object_get(json, "unit"));
        for_unit = json_string_value(json_object_get(json, "for"));
        ok = json_number_value(json_object_get(json, "caunoi")) == 1 && node != NULL && strlen(node) == KEY_HEX - 1 &&
             strspn(node, "0123456789abcdef") == KEY_HEX - 1 && is_code(unit, sizeof l->for_unit) && is_code(for_unit, sizeof l->for_unit);
        if (ok) {
                strcpy(l->node, node);
                strcpy(l->for_unit, for_unit);
        }
        return ok || error_set(&l->w->err, ERR_INVALID, "this is not a stream of entries of Cầu Nối");
}

struct line_reader *lines_open(struct work *w, int fd, const void *bytes, size_t length)
{
        struct line_reader *l = calloc(1, sizeof *l);

        if (l == NULL) {
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        arena_on_free(w->arena, free_reader, l);
        l->w = w;
        l->err = &w->err;
        l->fd = fd;
        l->memory = bytes;
        l->memory_left = length;
        l->most = LINES_UNPACKED_MAX;
        l->zstd = ZSTD_createDCtx();
        if (l->zstd == NULL) {
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        ZSTD_DCtx_setParameter(l->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
        return first_line(l) ? l : NULL;
}

void lines_give_back(struct line_reader *l, struct buf *from)
{
        l->from_buf = from;
        if (l->memory_left == 0)
                drop_buf(l);
}

void lines_limit(struct line_reader *l, uint64_t bytes)
{
        l->most = bytes;
}

const char *lines_node(const struct line_reader *l)
{
        return l->node;
}

const char *lines_for(const struct line_reader *l)
{
        return l->for_unit;
}
