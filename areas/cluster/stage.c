/* stage.c - what decisions up to a day made of a cluster: its stage, its day of establishment, its area. Pure.
 *
 * Decisions follow each other by their days; of one day the one that was recorded last comes last. So a cluster that was revoked and established again is established, and
 * of two decisions about its area the later one counts. */
#include <string.h>

#include "areas/cluster/store.h"

static bool is(const char *text, const char *word)
{
        return strcmp(text, word) == 0;
}

void act_add(struct arena *arena, struct acts *a, struct act act)
{
        size_t place = a->count;

        a->list = arena_room(arena, a->list, a->count, sizeof *a->list);
        for (; place > 0 && (a->list[place - 1].on > act.on || (a->list[place - 1].on == act.on && a->list[place - 1].at > act.at)); place--)
                a->list[place] = a->list[place - 1];
        a->list[place] = act;
        a->count++;
}

bool acts_revoke_within(const struct acts *a, day first, day last)
{
        for (size_t i = 0; i < a->count; i++)
                if (is(a->list[i].kind, "revoke") && first <= a->list[i].on && a->list[i].on <= last)
                        return true;
        return false;
}

struct decided acts_decide(const struct acts *a, day last)
{
        struct decided d = { .established_on = DAY_NONE, .revoked_on = DAY_NONE, .area_on = DAY_NONE, .area = CLUSTER_UNKNOWN };

        for (size_t i = 0; i < a->count; i++) {
                const struct act *act = &a->list[i];

                if (act->on > last) {
                        d.is_revoked_later |= is(act->kind, "revoke");
                        d.is_withdrawn_later |= is(act->kind, "withdrawn");
                        continue;
                }
                if (is(act->kind, "establish")) {
                        d.established_on = d.established_on == DAY_NONE ? act->on : d.established_on;
                        d.revoked_on = DAY_NONE;
                } else if (is(act->kind, "revoke")) {
                        d.established_on = DAY_NONE;
                        d.revoked_on = act->on;
                } else if (is(act->kind, "planned") || is(act->kind, "withdrawn")) {
                        d.is_planned = is(act->kind, "planned");
                        d.is_withdrawn = !d.is_planned;
                }
                if (act->area != CLUSTER_UNKNOWN) {
                        d.area_on = act->on;
                        d.area = act->area;
                }
        }
        return d;
}

/* What the record says of a later day than the one asked about, as far as decisions say that it was otherwise. */
static void stage_before(const struct decided *d, struct cluster *c)
{
        if (is(c->state, "revoked") && d->is_revoked_later && c->established_on != DAY_NONE)
                c->state = "established";
        else if ((is(c->state, "revoked") && d->is_revoked_later) || (is(c->state, "withdrawn_from_plan") && d->is_withdrawn_later))
                c->state = "planned";
}

bool cluster_stage(struct cluster *c, const struct decided *d, day last, day identity_on, day areas_on)
{
        bool is_before = identity_on > last, is_over = is(c->state, "revoked") || is(c->state, "withdrawn_from_plan"), is_told = cluster_is_established(c);

        if (is_before)
                stage_before(d, c);
        if (c->established_on > last) { /* DAY_NONE is before every day */
                c->established_on = DAY_NONE;
                is_told = false;
                if (cluster_operates(c) && !is(c->formed, "later") && *c->formed != '\0')
                        c->state = "operating_not_established";
                else if (d->is_planned || !is_before)
                        c->state = "planned";
                else if (d->established_on == DAY_NONE && d->revoked_on == DAY_NONE)
                        return false;
        }
        if (d->established_on != DAY_NONE && !is_told && (!is_over || is_before || identity_on < d->established_on)) {
                c->state = cluster_operates(c) ? "operating" : "established";
                c->established_on = d->established_on;
        } else if (d->established_on != DAY_NONE && is_told && c->established_on < d->established_on) {
                c->established_on = d->established_on; /* again, or for the first time that somebody tells of */
        }
        if (d->revoked_on != DAY_NONE && !is(c->state, "withdrawn_from_plan") && (cluster_is_established(c) || is_before || identity_on <= d->revoked_on))
                c->state = "revoked";
        if (d->is_withdrawn && (is(c->state, "planned") || is(c->state, "appraising")))
                c->state = "withdrawn_from_plan";
        if (d->area != CLUSTER_UNKNOWN && (areas_on > last || d->area_on > areas_on))
                c->total = d->area;
        return true;
}
