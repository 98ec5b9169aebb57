/* shape.c - boundaries: read as GeoJSON, judged by GEOS, measured on the plane around their middle. */
#include <geos_c.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "areas/cluster/store.h"
#include "base/library.h"
#include "format/jsonr.h"

#define POINTS_MAX 20000
#define RINGS_MAX 500
#define GEOS_AT_ONCE 8
/* Vietnam with its sea, degrees. */
#define WEST 102.0
#define EAST 118.0
#define SOUTH 6.0
#define NORTH 24.0
/* WGS 84. */
#define AXIS 6378137.0
#define FLATTENING (1 / 298.257223563)

struct tracing {
        struct work *work;
        struct buf wkt;
        double area;              /* m², outer rings less holes */
        double latitude;          /* in whose middle the plane touches, radians */
        int points;
};

static bool is_point(struct work *w, const json_t *p, double *x, double *y)
{
        if (!json_is_number(json_array_get(p, 0)) || !json_is_number(json_array_get(p, 1)))
                return error_set(&w->err, ERR_INVALID, "a point of the boundary is no pair of numbers: longitude, latitude");
        *x = json_number_value(json_array_get(p, 0));
        *y = json_number_value(json_array_get(p, 1));
        if (*x >= WEST && *x <= EAST && *y >= SOUTH && *y <= NORTH)
                return true;
        error_set(&w->err, ERR_INVALID, "the point %.6f, %.6f of the boundary lies outside Vietnam", *x, *y);
        return error_hint(&w->err, "longitude stands first, in degrees of WGS 84");
}

/* Metres of a radian of latitude and of longitude on the ellipsoid. */
static void metres(double latitude, double *north, double *east)
{
        double e2 = FLATTENING * (2 - FLATTENING), s = sin(latitude), t = 1 - e2 * s * s;

        *north = AXIS * (1 - e2) / (t * sqrt(t));
        *east = AXIS * cos(latitude) / sqrt(t);
}

static bool ring_put(struct tracing *t, const json_t *ring, bool is_hole)
{
        size_t n = json_array_size(ring);
        double x = 0, y = 0, first_x = 0, first_y = 0, before_x = 0, before_y = 0, sum = 0, north, east;

        if (n < 4 || (t->points += (int)n) > POINTS_MAX)
                return error_set(&t->work->err, ERR_INVALID, "a ring of the boundary needs at least four points, the last one equal to the first, and at most %d",
                                 POINTS_MAX);
        buf_text(&t->wkt, "(");
        for (size_t i = 0; i < n; i++) {
                if (!is_point(t->work, json_array_get(ring, i), &x, &y))
                        return false;
                if (i == 0) {
                        first_x = x;
                        first_y = y;
                        if (t->points == (int)n)
                                t->latitude = y * M_PI / 180;
                } else {
                        sum += (before_x - first_x) * (y - first_y) - (x - first_x) * (before_y - first_y);
                }
                buf_print(&t->wkt, "%s%.9f %.9f", i == 0 ? "" : ",", x, y);
                before_x = x;
                before_y = y;
        }
        if (before_x != first_x || before_y != first_y)
                return error_set(&t->work->err, ERR_INVALID, "a ring of the boundary is not closed: its last point must be its first");
        buf_text(&t->wkt, ")");
        metres(t->latitude, &north, &east);
        sum = fabs(sum) / 2 * (M_PI / 180) * (M_PI / 180) * north * east;
        t->area += is_hole ? -sum : sum;
        return true;
}

static bool polygon_put(struct tracing *t, const json_t *rings)
{
        size_t n = json_array_size(rings);

        if (n == 0 || n > RINGS_MAX)
                return error_set(&t->work->err, ERR_INVALID, "a polygon of the boundary has no ring, or more than %d", RINGS_MAX);
        buf_text(&t->wkt, "(");
        for (size_t i = 0; i < n; i++) {
                buf_text(&t->wkt, i == 0 ? "" : ",");
                if (!ring_put(t, json_array_get(rings, i), i > 0))
                        return false;
        }
        buf_text(&t->wkt, ")");
        return true;
}

static bool geometry_put(struct tracing *t, const json_t *root)
{
        const json_t *feature = json_object_get(root, "geometry"), *g = json_is_object(feature) ? feature : root;
        const char *type = json_string_value(json_object_get(g, "type"));
        const json_t *c = json_object_get(g, "coordinates");
        bool is_multi = type != NULL && strcmp(type, "MultiPolygon") == 0;

        if (type == NULL || (!is_multi && strcmp(type, "Polygon") != 0))
                return error_set(&t->work->err, ERR_INVALID, "the boundary is no GeoJSON of the type Polygon or MultiPolygon");
        buf_text(&t->wkt, "MULTIPOLYGON(");
        if (!is_multi && !polygon_put(t, c))
                return false;
        for (size_t i = 0; is_multi && i < json_array_size(c); i++) {
                buf_text(&t->wkt, i == 0 ? "" : ",");
                if (!polygon_put(t, json_array_get(c, i)))
                        return false;
        }
        buf_text(&t->wkt, ")");
        return true;
}

/* ---- GEOS ------------------------------------------------------------------------------------------------------------------------ */

/* Where GEOS gets no memory to begin, the library of C++ ends the program. So it begins when it is first needed, as often as it may be asked at once, and never again. */
static struct {
        pthread_mutex_t mutex;
        pthread_cond_t given_back;
        GEOSContextHandle_t idle[GEOS_AT_ONCE];
        int count;
        bool has_begun;
} geos = { .mutex = PTHREAD_MUTEX_INITIALIZER, .given_back = PTHREAD_COND_INITIALIZER };

static void on_fault(const char *message, void *is_starved)
{
        if (strstr(message, "bad_alloc") != NULL)
                *(bool *)is_starved = true;
}

/* *is_starved becomes true where GEOS then gets no memory: what it could not do for want of it says nothing about the boundary. To be given back. */
static GEOSContextHandle_t geos_take(struct work *w, bool *is_starved)
{
        GEOSContextHandle_t g;

        if (!library_load("geos_c", &w->err))
                return NULL;
        pthread_mutex_lock(&geos.mutex);
        while (!geos.has_begun && geos.count < GEOS_AT_ONCE)
                geos.idle[geos.count++] = GEOS_init_r();
        geos.has_begun = true;
        while (geos.count == 0)
                pthread_cond_wait(&geos.given_back, &geos.mutex);
        g = geos.idle[--geos.count];
        pthread_mutex_unlock(&geos.mutex);
        *is_starved = false;
        GEOSContext_setErrorMessageHandler_r(g, on_fault, is_starved);
        return g;
}

/* And what it said, NULL for nothing. */
static void geos_give_back(GEOSContextHandle_t g, char *said)
{
        if (said != NULL)
                GEOSFree_r(g, said);
        pthread_mutex_lock(&geos.mutex);
        geos.idle[geos.count++] = g;
        pthread_cond_signal(&geos.given_back);
        pthread_mutex_unlock(&geos.mutex);
}

static GEOSGeometry *geometry_of(GEOSContextHandle_t g, const char *wkt)
{
        GEOSWKTReader *reader = GEOSWKTReader_create_r(g);
        GEOSGeometry *shape = reader == NULL ? NULL : GEOSWKTReader_read_r(g, reader, wkt);

        if (reader != NULL)
                GEOSWKTReader_destroy_r(g, reader);
        return shape;
}

/* What GEOS says is wrong, "Self-intersection[105.9 18.3]": in our words, marked with N_. */
static const char *fault_said(const char *reason)
{
        static const struct { const char *geos, *text; } faults[] = {
                { "Self-intersection", N_("a ring crosses itself or another one") }, { "Ring Self-intersection", N_("a ring touches itself") },
                { "Hole lies outside shell", N_("a hole lies outside of its ring") }, { "Holes are nested", N_("a hole lies in another one") },
                { "Interior is disconnected", N_("holes cut it in two") }, { "Nested shells", N_("a part lies in another one") },
                { "Duplicate Rings", N_("a ring stands twice") }, { "Too few ", N_("a ring has fewer than three different points") },
        };

        for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
                if (strncmp(reason, faults[i].geos, strlen(faults[i].geos)) == 0)
                        return faults[i].text;
        return N_("its rings do not enclose an area");
}

static bool is_valid(struct work *w, const char *wkt)
{
        bool is_starved, is_polygon, ok;
        GEOSContextHandle_t g = geos_take(w, &is_starved);
        GEOSGeometry *shape;
        char *reason;

        if (g == NULL)
                return false;
        shape = geometry_of(g, wkt);
        is_polygon = shape != NULL;
        ok = is_polygon && GEOSisValid_r(g, shape) == 1;
        reason = ok || !is_polygon ? NULL : GEOSisValidReason_r(g, shape);
        if (is_polygon)
                GEOSGeom_destroy_r(g, shape);
        if (is_starved) {
                geos_give_back(g, reason);
                arena_starve(w->arena);
        }
        if (!is_polygon) {
                error_set(&w->err, ERR_INVALID, "the boundary is no polygon");
        } else if (!ok) {
                const char *place = reason == NULL ? NULL : strchr(reason, '[');

                error_set(&w->err, ERR_INVALID, "the boundary is no valid polygon %s", place == NULL ? "" : place);
                error_because(&w->err, fault_said(reason == NULL ? "" : reason));
                error_hint(&w->err, "rings must not cross or touch themselves along a line; the place is longitude and latitude");
        }
        geos_give_back(g, reason);
        return ok;
}

struct shape *shape_read(struct work *w, const char *geojson)
{
        struct tracing *t = arena_alloc(w->arena, sizeof *t);
        struct shape *s = arena_alloc(w->arena, sizeof *s);
        struct map_point *points;
        struct map_box box;
        size_t count;
        json_error_t fault;
        json_t *root = json_read(w->arena, geojson, strlen(geojson), &fault);
        bool ok;

        if (root == NULL) {
                error_set(&w->err, ERR_INVALID, "the boundary is no JSON: line %d, column %d", fault.line, fault.column);
                error_because(&w->err, json_reason(&fault));
                return NULL;
        }
        *t = (struct tracing){ .work = w };
        buf_init_with(&t->wkt, 0, w->arena);
        ok = geometry_put(t, root);
        if (!ok || !is_valid(w, t->wkt.data))
                return NULL;
        count = points_read(w->arena, geojson, &points);
        box = map_box_of(points, count);
        *s = (struct shape){ arena_text(w->arena, t->wkt.data), (int64_t)(t->area / 10000 * CLUSTER_UNIT + 0.5), box.west, box.south, box.east, box.north };
        return s;
}

int64_t shape_overlap(struct work *w, const struct shape *a, const struct shape *b)
{
        GEOSContextHandle_t g;
        GEOSGeometry *one, *two, *both;
        double area = 0, north, east;
        bool is_starved, ok;

        if (a->east < b->west || b->east < a->west || a->north < b->south || b->north < a->south)
                return 0;
        g = geos_take(w, &is_starved);
        if (g == NULL)
                return -1;
        one = geometry_of(g, a->wkt);
        two = geometry_of(g, b->wkt);
        both = one == NULL || two == NULL ? NULL : GEOSIntersection_r(g, one, two);
        ok = both != NULL && GEOSArea_r(g, both, &area) == 1;
        if (one != NULL)
                GEOSGeom_destroy_r(g, one);
        if (two != NULL)
                GEOSGeom_destroy_r(g, two);
        if (both != NULL)
                GEOSGeom_destroy_r(g, both);
        geos_give_back(g, NULL);
        if (is_starved)
                arena_starve(w->arena);
        if (!ok)
                error_set(&w->err, ERR_ENVIRONMENT, "the overlap of two boundaries cannot be computed");
        metres((double)(a->south + a->north) / 2e6 * M_PI / 180, &north, &east);
        return work_ok(w) ? (int64_t)(area * (M_PI / 180) * (M_PI / 180) * north * east / 10000 * CLUSTER_UNIT + 0.5) : -1;
}

/* ---- clusters that share land ----------------------------------------------------------------------------------------------------------- */

struct shape *boundary_shape(struct work *w, const char *id)
{
        size_t count;
        struct stored_item *items = stored_items(w, id, "boundary", NULL, &count);

        return items == NULL || count == 0 ? NULL : shape_read(w, cluster_text(items[0].fields, "geojson"));
}

struct overlap *shape_overlaps(struct work *w, const char *id, const struct shape *s, size_t *count)
{
        size_t near_count;
        const char **near = clusters_near(w, id, &(struct map_box){ s->west, s->south, s->east, s->north }, &near_count);
        struct overlap *list = arena_room(w->arena, NULL, 0, sizeof *list);

        *count = 0;
        for (size_t i = 0; i < near_count && work_ok(w); i++) {
                const struct shape *other = boundary_shape(w, near[i]);
                int64_t shared = other == NULL ? -1 : shape_overlap(w, s, other);

                if (w->err.code == ERR_INVALID)
                        error_clear(&w->err); /* what cannot be read stands there already; this one is judged by the others */
                if (shared <= SHAPE_OVERLAP_MOST)
                        continue;
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[(*count)++] = (struct overlap){ near[i], db_text(w->db, w->arena, "SELECT name FROM cluster_row WHERE id = $1", ARGS(v_text(near[i]))), shared };
        }
        return work_ok(w) ? list : NULL;
}

struct overlap *cluster_overlaps(struct work *w, const struct cluster *c, size_t *count)
{
        struct shape *s;

        *count = 0;
        if (c->is_decided_only || strcmp(c->state, "revoked") == 0 || strcmp(c->state, "withdrawn_from_plan") == 0)
                return arena_room(w->arena, NULL, 0, sizeof(struct overlap));
        s = boundary_shape(w, c->id);
        if (w->err.code == ERR_INVALID)
                error_clear(&w->err); /* as above */
        if (s == NULL)
                return work_ok(w) ? arena_room(w->arena, NULL, 0, sizeof(struct overlap)) : NULL;
        return shape_overlaps(w, c->id, s, count);
}
