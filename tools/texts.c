/* texts.c - build tool: the translations as a C table.
 *
 *   texts FILE.mo     the table of base/text_private.h, on standard output
 *
 * msgfmt has read and checked the .po files; its .mo is two sorted lists of lengths and places. An
 * empty file gives an empty table. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text_private.h"

#define MO_MAGIC 0x950412deu
#define FILE_MAX ((size_t)16 << 20)

static unsigned char *bytes;
static size_t size;

static void fail(const char *path, const char *what)
{
        fprintf(stderr, "%s: %s\n", path, what);
        exit(1);
}

static uint32_t number_at(const char *path, size_t place)
{
        uint32_t n;

        if (size < 4 || place > size - 4)
                fail(path, "shorter than it says");
        memcpy(&n, bytes + place, 4);
        return n;
}

static const char *string_at(const char *path, size_t entry)
{
        size_t length = number_at(path, entry), place = number_at(path, entry + 4);

        if (place > size || length >= size - place || bytes[place + length] != '\0')
                fail(path, "a text lies outside of the file");
        return (const char *)bytes + place;
}

static void write_c_string(const char *s)
{
        putchar('"');
        for (; *s != '\0'; s++)
                if (*s == '\n')
                        fputs("\\n", stdout);
                else if (*s == '\t')
                        fputs("\\t", stdout);
                else if (*s == '"' || *s == '\\' || *s == '?')
                        printf("\\%c", *s);
                else
                        putchar(*s);
        putchar('"');
}

int main(int argc, char **argv)
{
        size_t count = 0, slots = 1, originals = 0, translations = 0;
        struct text_pair *table;
        FILE *file;

        if (argc != 2)
                return fputs("usage: texts FILE.mo\n", stderr), 2;
        file = fopen(argv[1], "rb");
        bytes = malloc(FILE_MAX);
        if (file == NULL || bytes == NULL)
                fail(argv[1], "cannot be read");
        size = fread(bytes, 1, FILE_MAX, file);
        fclose(file);
        if (size > 0) {
                if (number_at(argv[1], 0) != MO_MAGIC)
                        fail(argv[1], "not a .mo file of this machine");
                count = number_at(argv[1], 8);
                originals = number_at(argv[1], 12);
                translations = number_at(argv[1], 16);
        }
        while (slots < count * 3)
                slots *= 2;
        table = calloc(slots, sizeof *table);
        if (table == NULL)
                fail(argv[1], "out of memory");
        for (size_t i = 0; i < count; i++) {
                const char *english = string_at(argv[1], originals + 8 * i);
                uint64_t hash = text_hash(english, strlen(english));
                size_t slot = (size_t)hash & (slots - 1);

                if (english[0] == '\0') /* the header */
                        continue;
                while (table[slot].english != NULL)
                        slot = (slot + 1) & (slots - 1);
                table[slot] = (struct text_pair){ english, string_at(argv[1], translations + 8 * i), hash };
        }
        printf("/* made by tools/texts.c */\n#include \"base/text_private.h\"\n\n"
               "const size_t text_table_mask = %zu;\nconst struct text_pair text_table[] = {\n", slots - 1);
        for (size_t i = 0; i < slots; i++) {
                if (table[i].english == NULL) {
                        printf("\t{ NULL, NULL, 0 },\n");
                        continue;
                }
                printf("\t{ ");
                write_c_string(table[i].english);
                printf(",\n\t  ");
                write_c_string(table[i].vietnamese);
                printf(", 0x%016llxu },\n", (unsigned long long)table[i].hash);
        }
        printf("};\n");
        free(table);
        free(bytes);
        return fflush(stdout) == 0 ? 0 : 1;
}
