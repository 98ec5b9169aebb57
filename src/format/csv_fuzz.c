/* Any bytes: rows within the limits, fields that end where they say, all of it UTF-8, or an error. What
 * was read is written and read again to the same fields. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "format/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
        if (!is_true)
                abort();
}

static void read_again(struct arena *a, const struct buf *written, size_t rows, uint64_t hash)
{
        struct csv_reader *r = csv_open_memory(a, written->data, written->length);
        struct error e = { 0 };
        const char *const *fields;
        const size_t *lengths;
        size_t count, rows_again = 0;
        uint64_t hash_again = 0;

        for (; csv_next(r, &e, &fields, &lengths, &count); rows_again++)
                for (size_t i = 0; i < count; i++)
                        hash_again = hash_again * 31 + lengths[i];
        require(error_ok(&e) && rows == rows_again && hash == hash_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        struct arena *a = arena_open((size_t)64 << 20);
        struct csv_reader *r = csv_open_memory(a, (const char *)bytes, size);
        struct error e = { 0 };
        const char *const *fields;
        const size_t *lengths;
        size_t count, rows = 0;
        int64_t line = 0;
        uint64_t hash = 0;
        struct buf written;

        buf_init(&written, 0);
        buf_put(&written, "\"x\"\"y\",\r\n", 9); /* quoted, so that it settles the separator alone */
        hash = (hash * 31 + 3) * 31;
        for (rows = 1; csv_next(r, &e, &fields, &lengths, &count); rows++) {
                require(count >= 1 && count <= CSV_FIELDS_MAX && csv_line(r) > line);
                line = csv_line(r);
                for (size_t i = 0; i < count; i++) {
                        require(strlen(fields[i]) == lengths[i] && lengths[i] <= CSV_ROW_MAX);
                        require(utf8_is_valid(fields[i], lengths[i], NULL));
                        csv_text(&written, fields[i], i == 0);
                        hash = hash * 31 + lengths[i] +
                               (lengths[i] > 0 && strchr("=+-@\t\r", *fields[i]) != NULL);
                }
                csv_row_end(&written);
        }
        read_again(a, &written, rows, hash);
        buf_clear(&written);
        arena_close(a);
        return 0;
}
