#include <stdlib.h>
#include <string.h>

#include "areas/overview/overview.h"
#include "format/csv.h"

#define TILES_PATH "areas/overview/tiles.csv"
#define TILES_MAX 512
#define ROWS_MOST 20
#define COLUMNS_MOST 9

const int tile_bounds[6] = { -10, -5, -1, 1, 5, 10 };

const char *tile_class(int64_t change, int decimals)
{
        static const char *const names[] = { "n3", "n2", "n1", "z0", "p1", "p2", "p3" };
        int class_index = 0;

        /* A bound belongs to the class further from zero. */
        while (class_index < 6) {
                int128 bound = (int128)tile_bounds[class_index] * decimal_power[decimals];

                if (tile_bounds[class_index] < 0 ? change <= bound : change < bound)
                        break;
                class_index++;
        }
        return names[class_index];
}

static bool small_number(const char *text, int most, int *out)
{
        char *end;
        long n = strtol(text, &end, 10);

        *out = (int)n;
        return *text != '\0' && *end == '\0' && n >= 1 && n <= most;
}

/* A layout comes to its place in the order of days. */
static bool layout_count_in(struct layout *layouts, size_t *count, const struct tile *t)
{
        size_t i = 0;

        while (i < *count && strcmp(layouts[i].name, t->layout) != 0)
                i++;
        if (i == *count) {
                if (*count == LAYOUTS_MAX)
                        return false;
                i = 0;
                while (i < *count && layouts[i].map_day <= t->map_day)
                        i++;
                memmove(layouts + i + 1, layouts + i, (*count - i) * sizeof *layouts);
                layouts[i] = (struct layout){ .name = t->layout, .map_day = t->map_day };
                ++*count;
        }
        layouts[i].count += t->island_vi[0] == '\0';
        return layouts[i].map_day == t->map_day;
}

struct tile *tiles_read(struct work *w, const struct catalogue *catalogue, size_t *count,
                        struct layout layouts[LAYOUTS_MAX], size_t *layout_count)
{
        const char *text = catalogue_file(catalogue, TILES_PATH), *const *fields;
        struct tile *tiles = arena_array(w->arena, TILES_MAX, sizeof *tiles);
        struct error ignored = { .code = ERR_NONE };
        struct csv_reader *reader;
        const size_t *lengths;
        size_t n;

        *count = *layout_count = 0;
        while (text != NULL && *text == '#') { /* credits */
                text = strchr(text, '\n');
                text = text == NULL ? NULL : text + 1;
        }
        if (text == NULL)
                return tiles;
        reader = csv_open_memory(w->arena, text, strlen(text));
        csv_next(reader, &ignored, &fields, &lengths, &n); /* the head */
        while (*count < TILES_MAX && csv_next(reader, &ignored, &fields, &lengths, &n)) {
                struct tile t = { 0 };

                if (n != 7 || !day_read(fields[1], lengths[1], &t.map_day) || !small_number(fields[3], ROWS_MOST, &t.row) ||
                    !small_number(fields[4], COLUMNS_MOST, &t.column))
                        continue;
                t.layout = arena_text(w->arena, fields[0]);
                t.code = arena_text(w->arena, fields[2]);
                t.island_vi = arena_text(w->arena, fields[5]);
                t.island_en = arena_text(w->arena, fields[6]);
                if (layout_count_in(layouts, layout_count, &t))
                        tiles[(*count)++] = t;
        }
        return tiles;
}
