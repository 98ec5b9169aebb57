#include "format/tabular.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "format/csv.h"
#include "format/xlsx.h"

struct reading {
        struct arena *arena;
        tabular_visit *visit;
        void *context;
        struct tabular_field fields[CSV_FIELDS_MAX > XLSX_COLUMNS_MAX ? CSV_FIELDS_MAX : XLSX_COLUMNS_MAX];
        size_t head_count; /* 0: no row yet */
};

/* The reader's own bytes are not touched. */
static struct tabular_field trimmed(struct reading *r, const char *bytes, size_t length)
{
        while (length > 0 && (*bytes == ' ' || *bytes == '\t')) {
                bytes++;
                length--;
        }
        while (length > 0 && (bytes[length - 1] == ' ' || bytes[length - 1] == '\t'))
                length--;
        return (struct tabular_field){ bytes[length] == '\0' ? bytes : arena_copy(r->arena, bytes, length), length };
}

static bool give(struct reading *r, const char *sheet, int64_t line, size_t count)
{
        struct tabular_row row = { sheet, line, r->fields, count };

        if (r->head_count == 0)
                r->head_count = count;
        return r->visit(r->context, &row);
}

static bool read_csv(struct reading *r, FILE *file, int64_t *line, struct error *e)
{
        struct csv_reader *reader = csv_open_file(r->arena, file);
        struct error why = { .language = e->language };
        const char *const *fields;
        const size_t *lengths;
        size_t count;

        while (csv_next(reader, &why, &fields, &lengths, &count)) {
                for (size_t i = 0; i < count; i++)
                        r->fields[i] = trimmed(r, fields[i], lengths[i]);
                if (!give(r, "", csv_line(reader), count))
                        return true;
        }
        if (why.code == ERR_NONE)
                return true;
        if (why.code != ERR_ENVIRONMENT) /* else it is not the file's fault */
                *line = csv_line(reader);
        return error_set(e, why.code, "%s", why.message);
}

static bool xlsx_one_row(void *context, const char *sheet, int row, const struct xlsx_cell *cells, int count)
{
        struct reading *r = context;
        bool is_empty = true;
        int wanted = r->head_count > 0 ? (int)r->head_count : count;

        while (r->head_count == 0 && wanted > 0 && cells[wanted - 1].kind == XLSX_EMPTY)
                wanted--;
        for (int i = 0; i < count; i++)
                is_empty &= cells[i].kind == XLSX_EMPTY || *cells[i].text == '\0';
        if (is_empty)
                return true;
        for (int i = wanted; i < count; i++)
                if (cells[i].kind != XLSX_EMPTY && *cells[i].text != '\0')
                        wanted = i + 1; /* said as a wrong number of fields */
        for (int i = 0; i < wanted; i++)
                r->fields[i] = i < count && cells[i].kind != XLSX_EMPTY ? trimmed(r, cells[i].text, strlen(cells[i].text))
                                                                        : (struct tabular_field){ "", 0 };
        return give(r, sheet, row, (size_t)wanted);
}

static void file_close(void *file)
{
        fclose(file);
}

bool tabular_read(struct arena *arena, const char *path, tabular_visit *visit, void *context, int64_t *line, struct error *e)
{
        struct reading *r = arena_alloc(arena, sizeof *r);
        FILE *file = fopen(path, "rb");
        char magic[4] = "";
        bool is_zip;

        *line = 0;
        if (file == NULL)
                return error_system(e, errno == ENOENT ? ERR_INVALID : ERR_ENVIRONMENT, errno, "cannot open \"%s\"", path);
        arena_on_free(arena, file_close, file);
        *r = (struct reading){ .arena = arena, .visit = visit, .context = context };
        is_zip = fread(magic, 1, 4, file) == 4 && memcmp(magic, "PK\3\4", 4) == 0;
        rewind(file);
        return is_zip ? xlsx_read(arena, path, NULL, xlsx_one_row, r, e) : read_csv(r, file, line, e);
}
