/* correspond.c - which class of VSIC 2018 a class of VSIC 2025 goes on with. */
#include <string.h>

#include "areas/iip/iip.h"
#include "format/csv.h"

static const char path[] = "correspondence/vsic-2018-2025.csv";

struct iip_pair *iip_pairs(struct work *w, period before, period now, size_t *count)
{
        const day begin = day_of(2025, 11, 15);
        const char *text = shipped_file(path), *const *field;
        struct csv_reader *r;
        size_t lines = 1, fields;
        struct iip_pair *list;
        const size_t *lengths;
        bool is_head = true;

        *count = 0;
        if (text == NULL || period_first(before) >= begin || period_first(now) < begin)
                return NULL;
        for (const char *c = text; *c != '\0'; c++)
                lines += *c == '\n';
        list = arena_array(w->arena, lines, sizeof *list);
        r = csv_open_memory(w->arena, text, strlen(text));
        while (csv_next(r, &w->err, &field, &lengths, &fields)) {
                if (!is_head && fields == 3)
                        list[(*count)++] = (struct iip_pair){ arena_text(w->arena, field[0]), arena_text(w->arena, field[1]) };
                is_head = is_head && field[0][0] == '#';
        }
        return list;
}

const char *iip_goes_on_with(const struct iip_pair *list, size_t count, const char *code)
{
        const char *found = NULL;
        size_t here = 0, there = 0;

        for (size_t i = 0; i < count; i++)
                if (strcmp(list[i].to, code) == 0) {
                        found = list[i].from;
                        here++;
                }
        for (size_t i = 0; found != NULL && i < count; i++)
                there += strcmp(list[i].from, found) == 0;
        return found == NULL ? code : here == 1 && there == 1 ? found : NULL;
}
