/* cluster.c - the area of industrial clusters: its addresses, and what it rests on. */
#include "areas/cluster/import.h"
#include "areas/cluster/report.h"

static const char *const prefixes[] = { "cluster.", NULL };
static const char *const tables[] = { "cluster_owner", "cluster_item", "cluster_version", "cluster_past", "cluster_row", "cluster_investor", "cluster_plot", "cluster_report", "cluster_cell", "cluster_sum", NULL };
static const struct catalogue_dependent rests_on_catalogue = { .kind_prefixes = prefixes, .tables = tables };

static const struct route routes[] = {
        { GET, "/clusters", clusters_page, MAY_READ_PUBLIC, ROUTE_NO_ETAG | ROUTE_PAST, N_("Industrial clusters of a province or the country: map, occupancy, vacant plots") },
        { POST, "/clusters", clusters_post, MAY_FILL, ROUTE_WRITES, N_("Record a cluster") },
        { GET, "/clusters/new", cluster_new_page, MAY_FILL, ROUTE_NO_ETAG, N_("Record a cluster: the form") },
        { GET, "/clusters/plots", cluster_plots_page, MAY_READ_PUBLIC, ROUTE_PAST, N_("Vacant plots by area, price, trade, wastewater plant and distance") },
        { GET, "/clusters/compare", cluster_compare_page, MAY_READ_PUBLIC, ROUTE_NO_ETAG | ROUTE_PAST, N_("Clusters side by side") },
        { GET, "/clusters/plan", cluster_plan_page, MAY_READ_PUBLIC, ROUTE_NO_ETAG | ROUTE_PAST, N_("Items of the development plan: kept, changed, added, withdrawn (?change=)") },
        { GET, "/clusters/work", cluster_work_page, MAY_READ, ROUTE_NO_ETAG | ROUTE_PAST, N_("Clusters to be settled: what, by whom, before which day, where") },
        { GET, "/clusters/boundaries", cluster_boundaries, MAY_READ_PUBLIC, ROUTE_UNLISTED | ROUTE_PAST, N_("Boundaries of clusters as GeoJSON") },
        { GET, "/clusters/reports", cluster_reports_page, MAY_FILL, ROUTE_NO_ETAG | ROUTE_PAST, N_("Reports on clusters of a unit and period: which are signed, which are missing") },
        { GET, "/clusters/reports/{form}/{about}/{period}", cluster_report_page, MAY_FILL, ROUTE_NO_ETAG | ROUTE_PAST, N_("One report on clusters, made from those beneath") },
        { POST, "/clusters/reports/{form}/{about}/{period}", cluster_report_post, MAY_FILL, ROUTE_WRITES, N_("Sign a report on clusters") },
        { GET, "/clusters/{id}", cluster_page, MAY_READ_PUBLIC, ROUTE_PDF | ROUTE_NO_ETAG | ROUTE_PAST, N_("One cluster: occupancy, works, plots, decisions, investor; as .pdf a leaflet for those who look for land") },
        { GET, "/clusters/{id}/edit", cluster_edit_page, MAY_FILL, ROUTE_NO_ETAG, N_("Change a part of a cluster's record: the form") },
        { POST, "/clusters/{id}/boundary", cluster_boundary_post, MAY_FILL, ROUTE_WRITES | ROUTE_UPLOAD, N_("Record a cluster's boundary from a file of GeoJSON") },
        { POST, "/clusters/{id}", cluster_post, MAY_FILL, ROUTE_WRITES, N_("Change or withdraw an item of a cluster's record") },
        { 0 },
};

const struct area cluster_area = {
        .name = "cluster",
        .title = N_("Industrial clusters"),
        .routes = routes,
        .commands = cluster_commands,
        .kinds = cluster_kinds,
        .tables = cluster_tables,
        .rests_on_catalogue = &rests_on_catalogue,
        .cases = cluster_cases,
        .receipts = cluster_receipts,
        .own = { &cluster_own },
        .checker = &cluster_checker,
        .headline = cluster_headline,
        .due = cluster_due,
        .find = cluster_find,
};
