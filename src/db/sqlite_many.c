/* sqlite_many.c - many rows by one statement.
 *
 * A statement run once a row spends more time on starting and ending than on the row. So an insert of
 * at least ROWS_LEAST rows reads them from a table that exists in our memory only: INSERT … SELECT keeps its
 * place in the tree from row to row. Where rows that are there already are passed over (DO NOTHING), a function notes which. */
#include "db/sqlite_private.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_LEAST 8 /* fewer are inserted one by one */
#define ROWS_TABLE "caunoi_rows" /* shows the rows of the insert that runs */

struct batch {
        const struct many *of;
        size_t row;           /* the one that is being inserted */
        unsigned char *passed; /* by row: 1 where the table had it already; NULL where nobody asks */
};

struct rows_cursor {
        sqlite3_vtab_cursor base;
        struct batch *batch;
};

struct rows_table {
        sqlite3_vtab base;
        struct sqlite *sqlite;
};

static int rows_connect(sqlite3 *handle, void *context, int count, const char *const *words, sqlite3_vtab **out, char **error)
{
        struct rows_table *t;
        struct buf columns;
        int code;

        (void)count, (void)words, (void)error;
        buf_init(&columns, 0);
        buf_text(&columns, "CREATE TABLE x (c1");
        for (int i = 2; i <= DB_VALUES_MOST; i++)
                buf_print(&columns, ", c%d", i);
        buf_char(&columns, ')');
        code = buf_ok(&columns) ? sqlite3_declare_vtab(handle, columns.data) : SQLITE_NOMEM;
        buf_clear(&columns);
        t = code == SQLITE_OK ? sqlite3_malloc(sizeof *t) : NULL;
        if (t == NULL)
                return code == SQLITE_OK ? SQLITE_NOMEM : code;
        *t = (struct rows_table){ .sqlite = context };
        *out = &t->base;
        return SQLITE_OK;
}

static int rows_disconnect(sqlite3_vtab *table)
{
        sqlite3_free(table);
        return SQLITE_OK;
}

static int rows_plan(sqlite3_vtab *table, sqlite3_index_info *info)
{
        (void)table;
        info->estimatedCost = 1;
        return SQLITE_OK;
}

static int rows_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
        struct rows_cursor *c = sqlite3_malloc(sizeof *c);

        if (c == NULL)
                return SQLITE_NOMEM;
        *c = (struct rows_cursor){ .batch = ((struct rows_table *)table)->sqlite->batch };
        *out = &c->base;
        return SQLITE_OK;
}

static int rows_end(sqlite3_vtab_cursor *cursor)
{
        sqlite3_free(cursor);
        return SQLITE_OK;
}

static int rows_first(sqlite3_vtab_cursor *cursor, int plan, const char *text, int count, sqlite3_value **values)
{
        (void)plan, (void)text, (void)count, (void)values;
        ((struct rows_cursor *)cursor)->batch->row = 0;
        return SQLITE_OK;
}

static int rows_step(sqlite3_vtab_cursor *cursor)
{
        ((struct rows_cursor *)cursor)->batch->row++;
        return SQLITE_OK;
}

static int rows_are_over(sqlite3_vtab_cursor *cursor)
{
        const struct batch *b = ((struct rows_cursor *)cursor)->batch;

        return b->row >= b->of->row_count;
}

static void show_value(sqlite3_context *out, const struct value *v)
{
        switch (v->type) {
        case VALUE_NULL:
                sqlite3_result_null(out);
                break;
        case VALUE_INT:
                sqlite3_result_int64(out, v->integer);
                break;
        case VALUE_TEXT:
                sqlite3_result_text64(out, v->bytes, v->length, SQLITE_STATIC, SQLITE_UTF8);
                break;
        case VALUE_BYTES:
                sqlite3_result_blob64(out, v->length == 0 ? "" : v->bytes, v->length, SQLITE_STATIC);
                break;
        }
}

static int rows_column(sqlite3_vtab_cursor *cursor, sqlite3_context *out, int column)
{
        const struct batch *b = ((struct rows_cursor *)cursor)->batch;
        size_t place = b->row * b->of->width + (size_t)column;

        if (b->of->integers != NULL)
                sqlite3_result_int64(out, b->of->integers[place]);
        else
                show_value(out, &b->of->values[place]);
        return SQLITE_OK;
}

static int rows_number(sqlite3_vtab_cursor *cursor, sqlite3_int64 *number)
{
        *number = (sqlite3_int64)((struct rows_cursor *)cursor)->batch->row;
        return SQLITE_OK;
}

static const sqlite3_module rows_module = {
        .xConnect = rows_connect, .xBestIndex = rows_plan, .xDisconnect = rows_disconnect, .xOpen = rows_open,
        .xClose = rows_end,       .xFilter = rows_first,   .xNext = rows_step,             .xEof = rows_are_over,
        .xColumn = rows_column,   .xRowid = rows_number, /* no xCreate: it is there without CREATE, and in no file */
};

/* In the place of DO NOTHING: notes that the row was there. Never true, so nothing is updated. */
static void note_passed(sqlite3_context *out, int count, sqlite3_value **values)
{
        struct batch *b = ((struct sqlite *)sqlite3_user_data(out))->batch;

        (void)count, (void)values;
        if (b->passed != NULL)
                b->passed[b->row] = 1;
        sqlite3_result_int(out, 0);
}

/* "INSERT INTO t (…) VALUES ($1, …, $n) …" -> "INSERT OR FAIL INTO t (…) SELECT c1, …, cn FROM rows WHERE true …". OR FAIL
 * leaves what was inserted before a failure, as single statements would, and needs no journal of the statement. NULL for
 * others, and where it could not be told which rows were passed over. */
static char *many_text(const char *sql, size_t *width)
{
        static const char insert[] = "INSERT INTO ", values[] = " VALUES (", nothing[] = " DO NOTHING";
        const char *at = strstr(sql, values), *list, *end, *rest, *passes;
        struct buf out, numbers;
        char *text = NULL;
        size_t count = 0, column;

        if (strncmp(sql, insert, sizeof insert - 1) != 0 || at == NULL || (end = strchr(at, ')')) == NULL)
                return NULL;
        list = at + sizeof values - 1;
        rest = end + 1;
        passes = strstr(rest, nothing);
        column = strncmp(rest, " ON CONFLICT (", 14) == 0 ? strcspn(rest + 14, ",)") : 0; /* the first of the key */
        if ((passes != NULL && column == 0) || strstr(rest, " WHERE ") != NULL)
                return NULL;
        buf_init(&out, 0);
        buf_init(&numbers, 0);
        buf_print(&out, "INSERT OR FAIL INTO %.*s SELECT ", (int)(at - sql) - (int)sizeof insert + 1, sql + sizeof insert - 1);
        while (numbers.length < (size_t)(end - list) && count < DB_VALUES_MOST) {
                buf_print(&numbers, "%s$%zu", count == 0 ? "" : ", ", count + 1);
                buf_print(&out, "%sc%zu", count == 0 ? "" : ", ", count + 1);
                count++;
        }
        buf_text(&out, " FROM " ROWS_TABLE " WHERE true");
        if (passes == NULL)
                buf_text(&out, rest);
        else
                buf_print(&out, "%.*s DO UPDATE SET %.*s = excluded.%.*s WHERE caunoi_passed()", (int)(passes - rest), rest,
                          (int)column, rest + 14, (int)column, rest + 14);
        *width = count;
        if (buf_ok(&out) && buf_ok(&numbers) && numbers.length == (size_t)(end - list) &&
            memcmp(numbers.data, list, numbers.length) == 0)
                text = strdup(out.data);
        buf_clear(&out);
        buf_clear(&numbers);
        return text;
}

/* The statement for many rows; NULL where it is to be run row by row. */
static const char *many_of(struct sqlite *s, const char *sql, size_t width)
{
        struct bulk *b = &s->bulks[((uintptr_t)sql >> 4) % SQLITE_BULKS];

        if (b->sql != sql || b->text == NULL || strcmp(b->text, sql) != 0) {
                free(b->text);
                free(b->many);
                *b = (struct bulk){ .sql = sql, .text = strdup(sql) };
                b->many = many_text(sql, &b->width);
        }
        return b->width <= width ? b->many : NULL;
}

static bool insert_many(struct sqlite *s, const char *sql, struct batch *b)
{
        struct statement *t = sqlite_take(s, sql);
        int64_t before = sqlite3_total_changes64(s->handle);
        int code;

        if (t == NULL)
                return false;
        s->batch = b;
        code = sqlite3_step(t->handle);
        sqlite_give(t);
        s->batch = NULL;
        if (code != SQLITE_DONE)
                return sqlite_fail(s, code, sql);
        s->db.changes = sqlite3_total_changes64(s->handle) - before;
        return true;
}

bool sqlite_many(struct sqlite *s, const char *sql, const struct many *m, db_each_row *each, void *context, bool *is_done)
{
        struct batch b = { .of = m };
        size_t row_count = m->row_count;
        const char *many = row_count < ROWS_LEAST ? NULL : many_of(s, sql, m->width);

        *is_done = many != NULL;
        if (many == NULL)
                return true;
        if (each != NULL && s->passed_room < row_count) {
                free(s->passed);
                s->passed = malloc(row_count);
                s->passed_room = s->passed == NULL ? 0 : row_count;
                if (s->passed == NULL)
                        return error_set(s->db.err, ERR_ENVIRONMENT, "the machine has no memory left");
        }
        if (each != NULL)
                b.passed = memset(s->passed, 0, row_count);
        if (!insert_many(s, many, &b))
                return false;
        for (size_t row = 0; each != NULL && row < row_count && error_ok(s->db.err); row++)
                each(context, row, NULL, !b.passed[row]);
        return error_ok(s->db.err);
}

bool sqlite_many_set_up(struct sqlite *s)
{
        int code = sqlite3_create_module(s->handle, ROWS_TABLE, &rows_module, s);

        if (code == SQLITE_OK)
                code = sqlite3_create_function(s->handle, "caunoi_passed", 0, SQLITE_UTF8, s, note_passed, NULL, NULL);
        return code == SQLITE_OK || sqlite_fail(s, code, "functions");
}

void sqlite_many_clear(struct sqlite *s)
{
        for (int i = 0; i < SQLITE_BULKS; i++) {
                free(s->bulks[i].text);
                free(s->bulks[i].many);
        }
        free(s->passed);
}
