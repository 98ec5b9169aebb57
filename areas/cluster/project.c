/* project.c - a cluster as its items say it: as they stand (entry.c), or as they stood on a day (past.c). Pure. */
#include <string.h>

#include "areas/cluster/store.h"

const char *const projection_lists[] = { "identity", "areas", "environment", "boundary", "investor", "capital", "tenant", NULL };

struct projection projection_new(void)
{
        return (struct projection){ .investment = CLUSTER_UNKNOWN, .disbursed = CLUSTER_UNKNOWN };
}

day cluster_day(const json_t *fields, const char *name)
{
        const char *text = cluster_text(fields, name);
        day d;

        return day_read(text, strlen(text), &d) ? d : DAY_NONE;
}

static bool flag(const json_t *fields, const char *name)
{
        return strcmp(cluster_text(fields, name), "yes") == 0;
}

static void add_number(int64_t *sum, int64_t value)
{
        if (value != CLUSTER_UNKNOWN)
                *sum = (*sum == CLUSTER_UNKNOWN ? 0 : *sum) + value;
}

void project_item(struct projection *p, const char *list, const struct stored_item *i)
{
        p->entry = i->entry > p->entry ? i->entry : p->entry;
        if (strcmp(list, "identity") == 0) {
                p->identity = i->fields;
                p->home = i->unit;
        } else if (strcmp(list, "areas") == 0) {
                p->areas = i->fields;
        } else if (strcmp(list, "environment") == 0) {
                p->environment = i->fields;
        } else if (strcmp(list, "boundary") == 0) {
                p->boundary = i->fields;
        } else if (strcmp(list, "investor") == 0) {
                p->has_enterprise |= strcmp(cluster_text(i->fields, "kind"), "enterprise") == 0 && *cluster_text(i->fields, "to") == '\0';
        } else if (strcmp(list, "capital") == 0) {
                add_number(&p->investment, cluster_number(i->fields, "approved", CLUSTER_DECIMALS));
                add_number(&p->disbursed, cluster_number(i->fields, "disbursed", CLUSTER_DECIMALS));
        } else if (strcmp(list, "tenant") == 0 && strcmp(cluster_text(i->fields, "state"), "stopped") != 0) {
                p->tenants++;
                p->tenants_fdi += flag(i->fields, "fdi");
                p->tenants_operating += strcmp(cluster_text(i->fields, "state"), "operating") == 0;
        }
}

void project_cluster(const char *id, const struct projection *p, struct cluster *c)
{
        const json_t *i = p->identity, *a = p->areas, *e = p->environment;

        *c = (struct cluster){
                .id = id, .home = p->home, .name = cluster_text(i, "name"), .kind = cluster_text(i, "kind"), .state = cluster_text(i, "state"), .formed = cluster_text(i, "formed"),
                .trades = cluster_text(i, "trades"), .source = cluster_text(i, "source"), .established_on = cluster_day(i, "established_on"), .is_mountain = flag(i, "mountain"),
                .has_plan = flag(i, "detailed_plan"), .has_project = flag(i, "project"), .latitude = cluster_number(i, "latitude", 6), .longitude = cluster_number(i, "longitude", 6),
                .total = cluster_number(a, "total", CLUSTER_DECIMALS), .industrial = cluster_number(a, "industrial", CLUSTER_DECIMALS),
                .ready = cluster_number(a, "ready", CLUSTER_DECIMALS), .leased = cluster_number(a, "leased", CLUSTER_DECIMALS),
                .committed = cluster_number(a, "committed", CLUSTER_DECIMALS), .ground = cluster_text(a, "ground"), .wastewater = cluster_number(e, "wastewater", 0),
                .wastewater_state = cluster_text(e, "wastewater_state"), .meets_standard = flag(e, "meets_standard"), .has_enterprise = p->has_enterprise, .investment = p->investment,
                .disbursed = p->disbursed, .tenants = p->tenants, .tenants_fdi = p->tenants_fdi, .tenants_operating = p->tenants_operating, .price = CLUSTER_UNKNOWN, .entry = p->entry,
        };
}
