/* correspond.c - which class of VSIC 2018 a class of VSIC 2025 goes on with, and so which node of a set of weights goes on with which. */
#include <string.h>

#include "areas/iip/iip.h"
#include "base/map.h"
#include "format/csv.h"

static const char path[] = "correspondence/vsic-2018-2025.csv";

/* The decision came into force on 15 November 2025. */
period iip_first_by_2025(void)
{
        return period_make(FREQUENCY_MONTH, 2025, 12);
}

int iip_version(period month)
{
        return period_first(month) < period_first(iip_first_by_2025()) ? 2018 : 2025;
}

bool iip_version_read(const char *text, int *version)
{
        *version = text == NULL || *text == '\0' ? 0 : strcmp(text, "2018") == 0 ? 2018 : strcmp(text, "2025") == 0 ? 2025 : -1;
        return *version >= 0;
}

struct iip_pair *iip_pairs(struct work *w, size_t *count)
{
        const char *text = shipped_file(path), *const *field;
        struct csv_reader *r;
        size_t lines = 1, fields;
        struct iip_pair *list;
        const size_t *lengths;
        bool is_head = true;

        *count = 0;
        if (text == NULL)
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

int32_t *iip_continued(struct arena *arena, const struct weights *now, const struct weights *before, const struct iip_pair *pairs, size_t count)
{
        int32_t *list = arena_array(arena, now->count + 1, sizeof *list);
        struct map *codes = map_in(arena);

        for (size_t i = 0; i < before->count; i++) {
                int64_t *number = map_put_text(codes, before->node[i].code, NULL);

                if (number == NULL)
                        arena_starve(arena);
                *number = (int64_t)i;
        }
        for (size_t i = 0; i < now->count; i++) {
                const char *code = now->node[i].product >= 0 ? now->node[i].code : iip_goes_on_with(pairs, count, now->node[i].code);
                const int64_t *number = code == NULL ? NULL : map_get_text(codes, code);

                list[i] = i == 0 ? 0 : number == NULL || *number == 0 ? -1 : (int32_t)*number;
                if (list[i] >= 0 && (before->node[list[i]].product < 0) != (now->node[i].product < 0))
                        list[i] = -1; /* a product and an industry are two things, though they have one code */
        }
        return list;
}
