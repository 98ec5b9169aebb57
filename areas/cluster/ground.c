/* ground.c - boundaries in their places: of a cluster, of its plots, of those around it. */
#include <string.h>

#include "areas/cluster/store.h"
#include "areas/cluster/view.h"

/* How much of the ground around a cluster without a boundary is shown, millionths of a degree to each side: about 2 km. */
#define AROUND_PLACE 18000

static const char *geometry_of(struct work *w, const char *id, const char *list, const char *item)
{
        size_t count;
        struct stored_item *items = stored_items(w, id, list, item, &count);

        return items == NULL || count == 0 ? "" : cluster_text(items[0].fields, "geojson");
}

static struct map_shape *shape_add(struct work *w, struct ground_shown *g, const char *geojson, const char *label, const char *fill, bool is_main)
{
        struct map_shape *s;
        struct map_point *points;
        size_t count = points_read(w->arena, geojson, &points);

        if (count == 0)
                return NULL;
        g->shapes = arena_room(w->arena, g->shapes, g->count, sizeof *g->shapes);
        s = &g->shapes[g->count++];
        *s = (struct map_shape){ points, count, label, fill, is_main };
        return s;
}

/* Half as much around it on each side. */
static void frame_around(struct ground_shown *g, const struct map_shape *s)
{
        struct map_box b = map_box_of(s->points, s->count);
        int64_t x = (b.east - b.west) / 2, y = (b.north - b.south) / 2;

        g->frame = (struct map_box){ b.west - x, b.south - y, b.east + x, b.north + y };
        g->has_frame = true;
}

static const char *plot_fill(const char *state)
{
        return strcmp(state, "leased") == 0 ? "q4" : strcmp(state, "reserved") == 0 ? "c5" : strcmp(state, "shared") == 0 ? "line2" : "paper";
}

static void plots_add(struct work *w, const struct cluster *c, const char *plot, struct ground_shown *g)
{
        size_t count;
        struct stored_item *items = stored_items(w, c->id, "plot", NULL, &count);

        for (size_t i = 0; items != NULL && i < count; i++) {
                bool is_main = strcmp(items[i].item, plot) == 0;
                const struct map_shape *s = shape_add(w, g, cluster_text(items[i].fields, "geojson"), items[i].item, plot_fill(cluster_text(items[i].fields, "state")), is_main);

                if (s != NULL && is_main)
                        frame_around(g, s);
        }
}

bool ground_fill(struct work *w, const struct cluster *c, const char *plot, struct ground_shown *g)
{
        const struct unit *now = cluster_home_now(w, c->home);
        const char *own = geometry_of(w, c->id, "boundary", ""), **near;
        const struct map_shape *s;
        size_t count;

        *g = (struct ground_shown){ .title = arena_print(w->arena, work_text(w, "Boundary of %s and those around it"), c->name), .catalogue = catalogue_of(w) };
        now = now == NULL ? c->home : now;
        g->province = now == NULL ? NULL : now->province;
        if (c->latitude != CLUSTER_UNKNOWN && c->longitude != CLUSTER_UNKNOWN) {
                g->frame = (struct map_box){ c->longitude - AROUND_PLACE, c->latitude - AROUND_PLACE, c->longitude + AROUND_PLACE, c->latitude + AROUND_PLACE };
                g->has_frame = true;
        }
        s = shape_add(w, g, own, c->name, *plot == '\0' ? "q2" : NULL, *plot == '\0');
        g->has_own = s != NULL;
        if (s != NULL)
                frame_around(g, s);
        plots_add(w, c, plot, g);
        if (!g->has_frame)
                return work_ok(w);
        near = clusters_near(w, c->id, &g->frame, &count);
        for (size_t i = 0; i < count && work_ok(w); i++)
                shape_add(w, g, geometry_of(w, near[i], "boundary", ""), db_text(w->db, w->arena, "SELECT name FROM cluster_row WHERE id = $1", ARGS(v_text(near[i]))), "line2", false);
        return work_ok(w);
}
