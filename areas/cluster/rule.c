/* rule.c - what can be true of a cluster, and what it counts as; pure. */
#include <string.h>

#include "areas/cluster/cluster.h"

static int64_t known(int64_t value)
{
        return value == CLUSTER_UNKNOWN ? 0 : value;
}

bool cluster_occupancy(int64_t leased, int64_t committed, int64_t industrial, int64_t *tenths)
{
        if (industrial == CLUSTER_UNKNOWN || industrial <= 0)
                return false;
        return decimal_narrow(decimal_divide((int128)1000 * ((int128)known(leased) + known(committed)), industrial), tenths);
}

const struct cluster_bounds *cluster_bounds_on(const struct cluster_rules *r, day on)
{
        for (size_t i = 0; i < r->bounds_count; i++)
                if (r->bounds[i].from <= on && on <= r->bounds[i].to)
                        return &r->bounds[i];
        return NULL;
}

bool cluster_is_out_of_bounds(const struct cluster_bounds *b, int64_t area, bool is_small)
{
        return b != NULL && area != CLUSTER_UNKNOWN && (area < (is_small ? b->least_small : b->least) || area > b->most);
}

bool cluster_areas_agree(const struct cluster *c, struct error *err)
{
        if (c->total != CLUSTER_UNKNOWN && c->total <= 0)
                return error_set(err, ERR_INVALID, "the total area must be more than 0") || error_at(err, "total");
        if (c->total != CLUSTER_UNKNOWN && known(c->industrial) > c->total)
                return error_set(err, ERR_INVALID, "the industrial land is larger than the cluster") || error_at(err, "industrial");
        if (c->industrial == CLUSTER_UNKNOWN)
                return (known(c->ready) == 0 && known(c->leased) == 0 && known(c->committed) == 0) ||
                       error_set(err, ERR_INVALID, "land is ready, leased or licensed, but the industrial land of the detailed plan is not stated") || error_at(err, "industrial");
        if (known(c->ready) > c->industrial)
                return error_set(err, ERR_INVALID, "more land is ready than there is industrial land") || error_at(err, "ready");
        return known(c->leased) + known(c->committed) <= c->industrial ||
               error_set(err, ERR_INVALID, "more land is leased or licensed than there is industrial land") || error_at(err, "leased");
}

static bool is(const char *text, const char *word)
{
        return strcmp(text, word) == 0;
}

bool cluster_is_legacy(const struct cluster *c)
{
        return is(c->state, "operating_not_established") || (is(c->formed, "before_2009") && c->established_on == DAY_NONE && cluster_operates(c));
}

bool cluster_is_established(const struct cluster *c)
{
        static const char *const states[] = { "established", "detailed_plan_approved", "project_approved", "under_construction", "operating", "full" };

        for (size_t i = 0; i < sizeof states / sizeof *states; i++)
                if (is(c->state, states[i]))
                        return true;
        return false;
}

bool cluster_operates(const struct cluster *c)
{
        return is(c->state, "operating") || is(c->state, "full") || is(c->state, "operating_not_established");
}

static const char *const sets[] = { "all", "planned", "established", "established_now", "enterprise", "detailed", "project", "operating",
                                    "operating_established", "operating_not", "operating_craft", "operating_special", NULL };
static const char *const takes[] = { "count", "total", "industrial", "ready", "leased", "occupied", "occupancy", "investment", "disbursed", "tenants",
                                     "tenants_fdi", "tenants_operating", "wastewater", "wastewater_good", NULL };

static bool is_one_of(const char *const *list, const char *word)
{
        while (*list != NULL && strcmp(*list, word) != 0)
                list++;
        return *list != NULL;
}

bool cluster_set_is_known(const char *set)
{
        return is_one_of(sets, set);
}

bool cluster_take_is_known(const char *take)
{
        return is_one_of(takes, take);
}

bool cluster_in_set(const struct cluster *c, const char *set, day first, day last)
{
        bool is_established = cluster_is_established(c), operates = cluster_operates(c);

        if (is(set, "planned")) /* in the plan: neither withdrawn from it nor outside it from the beginning */
                return !is(c->state, "withdrawn_from_plan") && !is(c->state, "revoked") && !is(c->state, "operating_not_established");
        if (is(set, "established"))
                return is_established;
        if (is(set, "established_now"))
                return is_established && c->established_on >= first && c->established_on <= last;
        if (is(set, "enterprise"))
                return is_established && c->has_enterprise;
        if (is(set, "detailed"))
                return is_established && c->has_plan;
        if (is(set, "project"))
                return is_established && c->has_project;
        if (is(set, "operating"))
                return operates;
        if (is(set, "operating_established"))
                return operates && is_established;
        if (is(set, "operating_not"))
                return operates && !is_established;
        if (is(set, "operating_craft"))
                return operates && is(c->kind, "craft_village");
        if (is(set, "operating_special"))
                return operates && is(c->kind, "specialised");
        return is(set, "all");
}

int64_t cluster_take(const struct cluster *c, const char *what)
{
        int64_t tenths;
        bool has_plant = is(c->wastewater_state, "building") || is(c->wastewater_state, "built");

        if (is(what, "count"))
                return CLUSTER_UNIT;
        if (is(what, "total"))
                return known(c->total);
        if (is(what, "industrial"))
                return known(c->industrial);
        if (is(what, "ready"))
                return known(c->ready);
        if (is(what, "leased"))
                return known(c->leased);
        if (is(what, "occupied"))
                return known(c->leased) + known(c->committed);
        if (is(what, "occupancy"))
                return cluster_occupancy(c->leased, c->committed, c->industrial, &tenths) ? tenths * (CLUSTER_UNIT / 10) : 0;
        if (is(what, "investment"))
                return known(c->investment);
        if (is(what, "disbursed"))
                return known(c->disbursed);
        if (is(what, "tenants"))
                return c->tenants * CLUSTER_UNIT;
        if (is(what, "tenants_fdi"))
                return c->tenants_fdi * CLUSTER_UNIT;
        if (is(what, "tenants_operating"))
                return c->tenants_operating * CLUSTER_UNIT;
        return is(what, "wastewater") ? has_plant * CLUSTER_UNIT : has_plant && c->meets_standard ? CLUSTER_UNIT : 0;
}
