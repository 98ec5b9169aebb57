/* boundary_page.c - boundaries as one collection of GeoJSON. */
#include <string.h>

#include "areas/cluster/store.h"
#include "areas/cluster/view.h"
#include "format/jsonr.h"

struct features { struct buf *out; bool is_any; };

static void feature_put(struct work *w, struct features *f, const char *id, const char *name, const char *geojson)
{
        json_t *root = json_read(w->arena, geojson, strlen(geojson), NULL), *geometry, *feature;
        const struct buf *text;

        if (root == NULL)
                return;
        geometry = json_is_object(json_object_get(root, "geometry")) ? json_object_get(root, "geometry") : root;
        feature = json_held(w->arena, json_pack("{s:s, s:s, s:{s:s}, s:O}", "type", "Feature", "id", id, "properties", "name", name, "geometry", geometry));
        text = json_written(w, feature);
        buf_text(f->out, f->is_any ? "," : "");
        buf_text(f->out, text == NULL ? "null" : text->data);
        f->is_any = true;
}

/* The boundary of a cluster, and of its plots where they are asked for. */
static void boundary_put(struct work *w, struct features *f, const struct cluster *c, bool has_plots)
{
        size_t count;
        struct stored_item *items = stored_items(w, c->id, "boundary", NULL, &count);

        if (items != NULL && count > 0)
                feature_put(w, f, c->id, c->name, cluster_text(items[0].fields, "geojson"));
        items = has_plots ? stored_items(w, c->id, "plot", NULL, &count) : NULL;
        for (size_t i = 0; items != NULL && i < count && work_ok(w); i++)
                feature_put(w, f, items[i].item, items[i].item, cluster_text(items[i].fields, "geojson"));
}

/* All boundaries of a territory, or one cluster's and its plots', as one collection of GeoJSON. */
bool cluster_boundaries(struct work *w, const struct request *r, struct reply *reply)
{
        const char *id = text_asked(r, "cluster");
        struct cluster_query q = { .unit = id != NULL ? NULL : unit_asked(w, r), .id = id, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN, .needs_no_plots = true };
        struct features f = { &reply->body, false };
        struct cluster *list;
        size_t count;

        if (!work_ok(w) || (id != NULL && cluster_read(w, id) == NULL) || (list = clusters_read(w, &q, &count)) == NULL)
                return false;
        reply->content_type = "application/geo+json";
        buf_text(&reply->body, "{\"type\":\"FeatureCollection\",\"features\":[");
        for (size_t i = 0; i < count && work_ok(w); i++)
                boundary_put(w, &f, &list[i], id != NULL);
        buf_text(&reply->body, "]}\n");
        return work_ok(w);
}
