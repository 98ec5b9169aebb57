#include <stdlib.h>
#include <string.h>

#include "format/csv.h"
#include "report/map_private.h"
#include "report/pages.h"

#define TILES_PATH "areas/overview/tiles.csv"
#define TILES_MAX 512
#define ROWS_MOST 20
#define COLUMNS_MOST 9

const int map_bounds[6] = { -10, -5, -1, 1, 5, 10 };

#define CLASS_COUNT 7
static const char *const class_names[CLASS_COUNT] = { "n3", "n2", "n1", "z0", "p1", "p2", "p3" };

const char *map_class_of(int64_t change, int decimals)
{
        int class_index = 0;

        /* A bound belongs to the class further from zero. */
        while (class_index < 6) {
                int128 bound = (int128)map_bounds[class_index] * decimal_power[decimals];

                if (map_bounds[class_index] < 0 ? change <= bound : change < bound)
                        break;
                class_index++;
        }
        return class_names[class_index];
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
        struct error err = { .code = ERR_NONE };
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
        csv_next(reader, &err, &fields, &lengths, &n); /* the head */
        while (*count < TILES_MAX && csv_next(reader, &err, &fields, &lengths, &n)) {
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
        if (err.code == ERR_ENVIRONMENT)
                arena_starve(w->arena);
        return tiles;
}
/* ---- on a page -------------------------------------------------------------------------------------------- */

void map_tiles(struct work *w, struct buf *o, const struct catalogue *c, const char *layout, const struct map_place *places, size_t count)
{
        struct layout layouts[LAYOUTS_MAX];
        size_t tile_count, layout_count, n = 0;
        struct tile *tiles = tiles_read(w, c, &tile_count, layouts, &layout_count);
        struct map_tile *shown = arena_array(w->arena, tile_count + 1, sizeof *shown);
        int provinces = 0;

        for (size_t i = 0; i < tile_count; i++) {
                struct map_tile m = { .tile = &tiles[i], .unit = unit_at(c, tiles[i].code, tiles[i].map_day) };

                if (strcmp(tiles[i].layout, layout) != 0)
                        continue;
                for (size_t k = 0; m.place == NULL && *tiles[i].island_vi == '\0' && k < count; k++)
                        if (places[k].unit == m.unit)
                                m.place = &places[k];
                provinces += m.place != NULL;
                if (m.place != NULL || *tiles[i].island_vi != '\0')
                        shown[n++] = m;
        }
        map_tiles_write(w, o, shown, n, provinces);
}

void map_legend_changes(struct work *w, struct buf *o)
{
        struct map_class classes[CLASS_COUNT];

        for (int i = 0; i < CLASS_COUNT; i++)
                classes[i] = (struct map_class){ class_names[i],
                                                 i == CLASS_COUNT - 1 ? NULL
                                                                      : arena_print(w->arena, "%s%d", map_bounds[i] < 0 ? "−" : "+", abs(map_bounds[i])) };
        map_legend(w, o, classes, CLASS_COUNT);
}
