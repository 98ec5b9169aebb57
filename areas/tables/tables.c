/* tables.c - the area: one address for page, CSV, XLSX and JSON. */
#include "areas/tables/tables.h"

#include <string.h>

#include "areas/area.h"

static const char *query_of(const struct request *r)
{
        const char *mark = strchr(request_target(r), '?');

        return mark == NULL ? "" : mark + 1;
}

static bool read_and_make(struct work *w, const struct request *r, struct ask *a, struct grid *g)
{
        if (!ask_read(w, r, a))
                return false;
        if (a->is_blank)
                return error_set(&w->err, ERR_INVALID, "no indicator is named") || error_hint(&w->err, "say indicator=…; /indicators lists them");
        return grid_make(w, a, g);
}

static bool tables_get(struct work *w, const struct request *r, struct reply *reply)
{
        struct ask a;
        struct grid g;

        reply->is_private = *w->user->login != '\0';
        if (request_suffix(r) != SUFFIX_HTML)
                return read_and_make(w, r, &a, &g) && grid_file(w, r, &g, reply);
        if (!ask_read(w, r, &a))
                return false;
        if (strcmp(query_of(r), a.query_text) != 0) /* a form sends every field: the address kept is the short one */
                return reply_redirect(w, reply, ask_address(w, &a, "", NULL, NULL));
        if (a.is_blank)
                return grid_page(w, r, reply, &a, NULL);
        return grid_make(w, &a, &g) && grid_page(w, r, reply, &a, &g);
}

static const struct route routes[] = {
        { GET, "/tables", tables_get, MAY_READ_PUBLIC, ROUTE_KNOWN, N_("A table of figures: rows, columns, totals, chart") },
        { 0 },
};

const struct area tables_area = {
        .name = "tables",
        .title = N_("Tables"),
        .routes = routes,
};
