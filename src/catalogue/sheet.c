#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue_private.h"
#include "format/csv.h"

struct sheet {
        struct parse *parse;
        const struct source *source;
        const char *const *columns;
        int place[SHEET_COLUMNS_MAX]; /* field number of a column, -1 absent */
        size_t width;
        int skipped;                  /* lines of credits before the head */
        struct csv_reader *reader;
        const char *const *fields;
        const size_t *lengths;
        struct error err;
        char day_text[16];            /* the date read last: columns of dates repeat themselves */
        day day_value;
};

static const char *column_name(const char *column)
{
        return column[0] == '?' ? column + 1 : column;
}

/* The reader begins its message with "line N, byte M: ", in any language: take the place out of it, since the credits
 * above the table make its lines others than the file's. */
static void complain_reader(const struct sheet *s)
{
        const char *message = s->err.message, *rest = strstr(message, ": ");
        int line = (int)csv_line(s->reader), column = 1, found = 0;

        for (const char *p = message; rest != NULL && p < rest && found < 2;) {
                char *end;

                if (*p < '0' || *p > '9') {
                        p++;
                        continue;
                }
                *(found++ == 0 ? &line : &column) = (int)strtol(p, &end, 10);
                p = end;
        }
        complain(s->parse->complaints, s->source->path, line + s->skipped, column, "%s", found == 0 ? message : rest + 2);
}

static bool read_row(struct sheet *s, size_t *count)
{
        bool is_row = csv_next(s->reader, &s->err, &s->fields, &s->lengths, count);

        if (s->err.code == ERR_ENVIRONMENT)
                arena_starve(s->parse->scratch); /* no fault of the file */
        if (is_row)
                return true;
        if (!error_ok(&s->err))
                complain_reader(s);
        return false;
}

static bool read_head(struct sheet *s)
{
        const char *names[SHEET_COLUMNS_MAX + 1];
        size_t count;
        int known = 0;
        bool is_good = true;

        for (; s->columns[known] != NULL; known++) {
                s->place[known] = -1;
                names[known] = column_name(s->columns[known]);
        }
        names[known] = NULL;
        if (!read_row(s, &count)) {
                if (error_ok(&s->err))
                        complain(s->parse->complaints, s->source->path, 1 + s->skipped, 1,
                                 "the file has no line with the names of its columns");
                return false;
        }
        s->width = count;
        for (size_t i = 0; i < count; i++) {
                const char *nearest;
                int n = 0;

                while (n < known && strcmp(names[n], s->fields[i]) != 0)
                        n++;
                if (n < known && s->place[n] < 0) {
                        s->place[n] = (int)i;
                        continue;
                }
                is_good = false;
                nearest = n < known ? NULL : word_nearest(s->fields[i], names);
                if (n < known)
                        complain(s->parse->complaints, s->source->path, sheet_line(s), (int)i + 1,
                                 "the column \"%s\" stands twice", s->fields[i]);
                else if (nearest != NULL)
                        complain(s->parse->complaints, s->source->path, sheet_line(s), (int)i + 1,
                                 "unknown column \"%s\"; did you mean \"%s\"?", s->fields[i], nearest);
                else
                        complain(s->parse->complaints, s->source->path, sheet_line(s), (int)i + 1,
                                 "unknown column \"%s\"", s->fields[i]);
        }
        for (int n = 0; n < known; n++)
                if (s->place[n] < 0 && s->columns[n][0] != '?') {
                        complain(s->parse->complaints, s->source->path, sheet_line(s), 1,
                                 "the column \"%s\" is missing", names[n]);
                        is_good = false;
                }
        return is_good;
}

struct sheet *sheet_open(struct parse *p, const struct source *source, const char *const *columns)
{
        struct sheet *s = arena_alloc(p->scratch, sizeof *s);
        const char *text = source->text, *end = text + source->length;

        s->parse = p;
        s->source = source;
        s->columns = columns;
        s->err.language = p->complaints == NULL ? LANGUAGE_VI : p->complaints->language;
        while (text < end && *text == '#') {
                const char *line_end = memchr(text, '\n', (size_t)(end - text));

                text = line_end == NULL ? end : line_end + 1;
                s->skipped++;
        }
        s->reader = csv_open_memory(p->scratch, text, (size_t)(end - text));
        return read_head(s) ? s : NULL;
}

bool sheet_next(struct sheet *s)
{
        size_t count;

        while (read_row(s, &count)) {
                if (count == s->width)
                        return true;
                complain(s->parse->complaints, s->source->path, sheet_line(s), 1,
                         "the row has %zu fields, the head names %zu columns", count, s->width);
        }
        return false;
}

const char *sheet_text(const struct sheet *s, int column, size_t *length)
{
        int place = s->place[column];

        if (length != NULL)
                *length = place < 0 ? 0 : s->lengths[place];
        return place < 0 ? "" : s->fields[place];
}

int sheet_line(const struct sheet *s)
{
        return (int)csv_line(s->reader) + s->skipped;
}

void sheet_complain(const struct sheet *s, int column, const char *format, ...)
{
        struct complaints *c = s->parse->complaints;
        va_list list;
        char *message;

        if (c == NULL)
                return;
        va_start(list, format);
        message = arena_print_list(c->arena, text(c->language, format), list);
        va_end(list);
        complain(c, s->source->path, sheet_line(s), s->place[column] < 0 ? 1 : s->place[column] + 1, "%s", message);
}

day sheet_day(struct sheet *s, int column, day fallback)
{
        size_t length;
        const char *text = sheet_text(s, column, &length);

        if (length == 0)
                return fallback;
        if (length == 10 && memcmp(text, s->day_text, 10) == 0)
                return s->day_value;
        if (!day_read(text, length, &s->day_value)) {
                s->day_text[0] = '\0';
                sheet_complain(s, column, "\"%s\" is no date like 2025-07-01", text);
                return fallback;
        }
        memcpy(s->day_text, text, 10);
        return s->day_value;
}
