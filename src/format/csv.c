#include "format/csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define ROOM_FIRST ((size_t)64 << 10)
#define ROOM_MOST (CSV_ROW_MAX + ROOM_FIRST)

struct csv_reader {
        FILE *file;           /* NULL: from memory */
        const char *memory;   /* what is left of it */
        size_t memory_left;
        char *bytes;          /* the row being read and what follows it; one byte is kept free for a NUL */
        size_t room, start, end;
        bool is_begun, is_at_end, is_broken;
        char separator;
        int64_t line, row_line; /* of bytes[start]; of the last row */
        size_t count;
        const char *fields[CSV_FIELDS_MAX];
        size_t lengths[CSV_FIELDS_MAX];
};

static void close_reader(void *handle)
{
        struct csv_reader *r = handle;

        free(r->bytes);
        r->bytes = NULL;
}

static struct csv_reader *open_reader(struct arena *a)
{
        struct csv_reader *r = arena_alloc(a, sizeof *r);

        r->line = r->row_line = 1;
        r->separator = ',';
        arena_on_free(a, close_reader, r);
        return r;
}

struct csv_reader *csv_open_memory(struct arena *a, const char *bytes, size_t length)
{
        struct csv_reader *r = open_reader(a);

        r->memory = bytes;
        r->memory_left = length;
        return r;
}

struct csv_reader *csv_open_file(struct arena *a, FILE *file)
{
        struct csv_reader *r = open_reader(a);

        r->file = file;
        return r;
}

int64_t csv_line(const struct csv_reader *r)
{
        return r->row_line;
}

/* Bring in more bytes behind those there are, moving them to the front; grows up to ROOM_MOST. Does
 * nothing at the end of the input. */
static bool fill(struct csv_reader *r, struct error *e)
{
        size_t wanted, got;

        if (r->start > 0) {
                memmove(r->bytes, r->bytes + r->start, r->end - r->start);
                r->end -= r->start;
                r->start = 0;
        }
        if (r->end + 1 >= r->room) {
                size_t room = r->room == 0 ? ROOM_FIRST : r->room * 2;
                char *bytes;

                if (room > ROOM_MOST)
                        room = ROOM_MOST;
                if (room == r->room)
                        return error_set(e, ERR_TOO_BIG, "line %lld: the row is longer than %zu bytes",
                                         (long long)r->line, CSV_ROW_MAX);
                bytes = realloc(r->bytes, room);
                if (bytes == NULL)
                        return error_set(e, ERR_ENVIRONMENT, "out of memory");
                r->bytes = bytes;
                r->room = room;
        }
        wanted = r->room - 1 - r->end;
        if (r->file != NULL) {
                got = fread(r->bytes + r->end, 1, wanted, r->file);
                if (got < wanted && ferror(r->file))
                        return error_set(e, ERR_ENVIRONMENT, "line %lld: the file cannot be read further",
                                         (long long)r->line);
        } else {
                got = wanted < r->memory_left ? wanted : r->memory_left;
                if (got > 0)
                        memcpy(r->bytes + r->end, r->memory, got);
                r->memory += got;
                r->memory_left -= got;
        }
        r->is_at_end = got < wanted;
        r->end += got;
        return true;
}

/* Looks at the first line that is not empty, outside quotes. */
static char find_separator(const char *p, const char *end)
{
        bool is_quoted = false, has_semicolon = false;

        while (p < end && (*p == '\n' || *p == '\r'))
                p++;
        for (; p < end && (is_quoted || *p != '\n'); p++) {
                if (*p == '"')
                        is_quoted = !is_quoted;
                else if (*p == ',' && !is_quoted)
                        return ',';
                else if (*p == ';' && !is_quoted)
                        has_semicolon = true;
        }
        return has_semicolon ? ';' : ',';
}

static bool begin(struct csv_reader *r, struct error *e)
{
        if (!fill(r, e))
                return false;
        r->is_begun = true;
        if (r->end >= 3 && memcmp(r->bytes, "\xEF\xBB\xBF", 3) == 0)
                r->start = 3;
        r->separator = find_separator(r->bytes + r->start, r->bytes + r->end);
        return true;
}

enum find { FIND_FOUND, FIND_MORE, FIND_BAD };

/* Place within the row for people: the line, and the byte in that line, both from 1. */
static void place_of(const struct csv_reader *r, const char *row, const char *at, int64_t *line, size_t *byte)
{
        const char *line_start = row;

        *line = r->line;
        for (const char *p = row; (p = memchr(p, '\n', (size_t)(at - p))) != NULL; line_start = ++p)
                ++*line;
        *byte = (size_t)(at - line_start) + 1;
}

/* The end of a row that holds quotes: its line end outside quotes. */
static enum find find_end(const struct csv_reader *r, const char *row, const char *end, const char **row_end,
                          struct error *e)
{
        const char *p = row, *opened;
        int64_t line;
        size_t byte;

        for (;;) {
                if (p < end && *p == '"') { /* a quoted field */
                        opened = p++;
                        for (;;) {
                                p = memchr(p, '"', (size_t)(end - p));
                                if (p == NULL && !r->is_at_end)
                                        return FIND_MORE;
                                if (p == NULL) {
                                        place_of(r, row, opened, &line, &byte);
                                        error_set(e, ERR_INVALID, "line %lld, byte %zu: the quote is never closed",
                                                  (long long)line, byte);
                                        return FIND_BAD;
                                }
                                if (++p == end || *p != '"')
                                        break;
                                p++;
                        }
                        if (p + 1 >= end && !r->is_at_end)
                                return FIND_MORE; /* another quote or the LF of CR LF may follow */
                        if (p < end && *p != r->separator && *p != '\n' &&
                            !(*p == '\r' && (p + 1 == end || p[1] == '\n'))) {
                                place_of(r, row, p, &line, &byte);
                                error_set(e, ERR_INVALID,
                                          "line %lld, byte %zu: after the closing quote a separator must follow",
                                          (long long)line, byte);
                                return FIND_BAD;
                        }
                }
                while (p < end && *p != r->separator && *p != '\n') {
                        if (*p == '"') {
                                place_of(r, row, p, &line, &byte);
                                error_set(e, ERR_INVALID,
                                          "line %lld, byte %zu: a quote inside a field that does not begin with one",
                                          (long long)line, byte);
                                error_hint(e, "put the field in quotes and double every quote inside it");
                                return FIND_BAD;
                        }
                        p++;
                }
                if (p == end) {
                        *row_end = end;
                        return r->is_at_end ? FIND_FOUND : FIND_MORE;
                }
                if (*p == '\n') {
                        *row_end = p;
                        return FIND_FOUND;
                }
                p++;
        }
}

static bool too_many_fields(const struct csv_reader *r, struct error *e)
{
        return error_set(e, ERR_TOO_BIG, "line %lld: the row has more than %d fields", (long long)r->line,
                         CSV_FIELDS_MAX);
}

/* Cut the row into fields; *end is written to. */
static bool split_plain(struct csv_reader *r, char *p, char *end, struct error *e)
{
        size_t n = 0;

        for (;;) {
                char *stop = memchr(p, r->separator, (size_t)(end - p));

                if (n == CSV_FIELDS_MAX)
                        return too_many_fields(r, e);
                r->fields[n] = p;
                if (stop == NULL)
                        break;
                *stop = '\0';
                r->lengths[n++] = (size_t)(stop - p);
                p = stop + 1;
        }
        *end = '\0';
        r->lengths[n++] = (size_t)(end - p);
        r->count = n;
        return true;
}

/* The same for a row with quotes, which find_end has found to be in order. */
static bool split_quoted(struct csv_reader *r, char *p, char *end, struct error *e)
{
        r->count = 0;
        for (;;) {
                char *stop, *out = p;
                bool is_last;

                if (r->count == CSV_FIELDS_MAX)
                        return too_many_fields(r, e);
                r->fields[r->count] = p;
                if (p < end && *p == '"') {
                        for (p++;;) {
                                char *quote = memchr(p, '"', (size_t)(end - p));

                                memmove(out, p, (size_t)(quote - p));
                                out += quote - p;
                                p = quote + 1;
                                if (p == end || *p != '"')
                                        break;
                                *out++ = '"';
                                p++;
                        }
                        stop = p;
                } else {
                        stop = memchr(p, r->separator, (size_t)(end - p));
                        if (stop == NULL)
                                stop = end;
                        out = stop;
                }
                is_last = stop == end;
                r->lengths[r->count] = (size_t)(out - r->fields[r->count]);
                r->count++;
                *out = '\0';
                if (is_last)
                        return true;
                p = stop + 1;
        }
}

static bool check_text(struct csv_reader *r, const char *row, size_t length, struct error *e)
{
        size_t bad, byte;
        int64_t line;

        if (utf8_is_valid(row, length, &bad))
                return true;
        place_of(r, row, row + bad, &line, &byte);
        error_set(e, ERR_INVALID, "line %lld, byte %zu: the text is not UTF-8", (long long)line, byte);
        return error_hint(e, "save the file as \"CSV UTF-8\"");
}

static int64_t count_lines(const char *p, const char *end)
{
        int64_t count = 0;

        while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
                count++;
                p++;
        }
        return count;
}

/* The bytes of the next row that is not empty: from bytes[start] to row_end. */
static bool find_row(struct csv_reader *r, struct error *e, char **row_end, bool *has_quotes)
{
        for (;;) {
                char *row = r->bytes + r->start, *end = r->bytes + r->end;
                char *stop = memchr(row, '\n', (size_t)(end - row));

                if (stop == NULL && !r->is_at_end) {
                        if (!fill(r, e))
                                return false;
                        continue;
                }
                if (stop == NULL && row == end)
                        return false;
                if (stop == row || (stop == row + 1 && *row == '\r')) {
                        r->start += (size_t)(stop - row) + 1;
                        r->line++;
                        continue;
                }
                if (stop == NULL)
                        stop = end;
                *has_quotes = memchr(row, '"', (size_t)(stop - row)) != NULL;
                if (*has_quotes) {
                        const char *found = NULL;

                        switch (find_end(r, row, end, &found, e)) {
                        case FIND_BAD:
                                return false;
                        case FIND_MORE:
                                if (!fill(r, e))
                                        return false;
                                continue;
                        case FIND_FOUND:
                                stop = r->bytes + (found - r->bytes);
                        }
                }
                if ((size_t)(stop - row) > CSV_ROW_MAX)
                        return error_set(e, ERR_TOO_BIG, "line %lld: the row is longer than %zu bytes",
                                         (long long)r->line, CSV_ROW_MAX);
                *row_end = stop;
                return true;
        }
}

bool csv_next(struct csv_reader *r, struct error *e, const char *const **fields, const size_t **lengths, size_t *count)
{
        char *row, *stop = NULL, *end;
        bool has_quotes, is_split;
        int64_t lines;

        if (r->is_broken)
                return false;
        r->is_broken = true; /* until the row is there: after an error or the end nothing follows */
        if ((!r->is_begun && !begin(r, e)) || !find_row(r, e, &stop, &has_quotes))
                return false;
        row = r->bytes + r->start;
        end = stop > row && stop[-1] == '\r' ? stop - 1 : stop;
        if (!check_text(r, row, (size_t)(stop - row), e))
                return false;
        lines = has_quotes ? count_lines(row, stop) : 0;
        r->row_line = r->line;
        is_split = has_quotes ? split_quoted(r, row, end, e) : split_plain(r, row, end, e);
        if (!is_split)
                return false;
        r->line += lines + 1;
        r->start = (size_t)(stop - r->bytes) + (stop < r->bytes + r->end);
        r->is_broken = false;
        *fields = r->fields;
        if (lengths != NULL)
                *lengths = r->lengths;
        *count = r->count;
        return true;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

void csv_text(struct buf *out, const char *text, bool is_first)
{
        bool is_formula;
        size_t length;

        if (!is_first)
                buf_char(out, ',');
        if (text == NULL)
                text = "";
        length = strlen(text);
        is_formula = length > 0 && strchr("=+-@\t\r", *text) != NULL;
        /* An empty field alone in its row would be an empty line, which readers pass over. */
        if ((length > 0 || !is_first) && strcspn(text, ",;\"\r\n") == length) {
                if (is_formula)
                        buf_char(out, '\'');
                buf_put(out, text, length);
                return;
        }
        buf_char(out, '"');
        if (is_formula)
                buf_char(out, '\'');
        for (;;) {
                size_t run = strcspn(text, "\"");

                buf_put(out, text, run);
                if (text[run] == '\0')
                        break;
                BUF_LITERAL(out, "\"\"");
                text += run + 1;
        }
        buf_char(out, '"');
}

void csv_number(struct buf *out, const char *number, bool is_first)
{
        if (!is_first)
                buf_char(out, ',');
        buf_text(out, number);
}

void csv_row_end(struct buf *out)
{
        BUF_LITERAL(out, "\r\n");
}
