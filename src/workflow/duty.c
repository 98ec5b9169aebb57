/* duty.c - who has to do something in a case: rows of case_duty, made by the fold, and what a person finds in them.
 *
 * A row says: from the day since up to until people with one of the roles, of a unit that stands in a relation to the unit of the
 * row, have the next step; after_limit names the limit it had to wait for, within_limit the one up to whose last day it may be taken (their places in the
 * workflow, -1: none). The unit is the one that acts (own, province, country, asked, named), or the one below which it lies. Whether a
 * day has come is for the reader to say: the rows do not depend on today. */
#include "workflow/case_private.h"

/* ---- written by the fold ------------------------------------------------------------------------------------------ */

struct duty { const struct unit *unit; enum relation relation; unsigned roles; day since, until, due; int after, within; };

static bool duty_write(struct work *w, const struct case_file *f, const struct duty *d)
{
        return d->unit == NULL || d->roles == 0 ||
               db_exec(w->db, "INSERT INTO case_duty (case_id, unit, relation, roles, since, until, due, after_limit, within_limit, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                       ARGS(v_text(f->id), v_text(d->unit->key), v_int(d->relation), v_int(d->roles), v_int(d->since), v_int(d->until),
                            v_int(d->due), v_int(d->after), v_int(d->within), v_int(f->entry)));
}

static const struct unit *country_of(const struct unit *u)
{
        while (u->parent != NULL)
                u = u->parent;
        return u;
}

static const struct unit *acting(const struct case_file *f, enum relation relation)
{
        switch (relation) {
        case RELATION_PROVINCE: return f->unit->province;
        case RELATION_COUNTRY: return country_of(f->unit);
        default: return f->unit;
        }
}

bool workflow_is_step(const struct workflow *w, const struct workflow_action *a, int state)
{
        return workflow_step_rank(w, a, state) > 0;
}

/* Whether a move leads to a later step, and not to a failure. */
static bool leads_on(const struct workflow *w, const struct workflow_action *a, int state)
{
        return a->kind == ACTION_MOVE && !a->returns && !w->states[a->to].is_failure &&
               (w->states[a->to].step > w->states[state].step || w->states[a->to].kind == STATE_END);
}

/* Whether a move stays at its step and needs no reason: what a check in the field leads to, not a request. */
static bool leads_along(const struct workflow *w, const struct workflow_action *a, int state)
{
        return a->kind == ACTION_MOVE && !a->returns && !a->needs_reason && !w->states[a->to].is_failure && w->states[a->to].step == w->states[state].step;
}

/* Whether there is a way on from a state: a way back is then but another choice. */
static bool has_way_on(const struct workflow *w, int state)
{
        bool has = false;

        for (int i = 0; i < w->action_count; i++)
                has |= w->actions[i].from[state] && (leads_on(w, &w->actions[i], state) || leads_along(w, &w->actions[i], state));
        return has;
}

int workflow_step_rank(const struct workflow *w, const struct workflow_action *a, int state)
{
        static const int ranks[] = { [ACTION_MOVE] = 1, [ACTION_ASK] = 1, [ACTION_RECORD] = 2, [ACTION_SCORE] = 3, [ACTION_CONTINUE] = 4,
                                     [ACTION_RESTART] = 4, [ACTION_ANSWER] = 6 };

        if (!a->from[state] || w->states[state].kind == STATE_END || a->is_optional)
                return 0;
        return leads_on(w, a, state)                                                        ? 5
               : leads_along(w, a, state)                                                   ? 3
               : a->kind == ACTION_MOVE && a->returns && !has_way_on(w, state) ? 2
                                                                                             : ranks[a->kind];
}

/* The roles that have a next step as actors of a relation: only after the last day of a limit, only up to that of one (-1: none). */
static unsigned roles_of(const struct case_file *f, enum relation relation, int after, int within)
{
        const struct workflow *w = f->workflow;
        unsigned roles = 0;

        for (int i = 0; i < w->action_count; i++) {
                const struct workflow_action *a = &w->actions[i];

                for (int k = 0; k < w->actor_count && a->after == after && a->within == within && workflow_is_step(w, a, f->state); k++)
                        if (a->by[k] && w->actors[k].relation == relation)
                                roles |= w->actors[k].roles;
        }
        return roles;
}

/* The last day of a limit, whether it still runs or not; DAY_NONE: it has none. */
static day last_day_of(const struct case_file *f, int limit)
{
        const struct case_clock *k = case_last_clock(f, &f->workflow->limits[limit]);

        return k == NULL ? DAY_NONE : k->due;
}

/* What can only be done once a limit is over waits for nobody before, what can only be done up to its last day for nobody after. */
static bool write_steps(struct work *w, const struct case_file *f, const struct duty *whose)
{
        for (int after = -1; after < f->workflow->limit_count; after++)
                for (int within = -1; within < f->workflow->limit_count; within++) {
                        day begins = after < 0 ? 0 : last_day_of(f, after), ends = within < 0 ? DAY_FOREVER : last_day_of(f, within);
                        struct duty d = *whose;

                        d.roles = roles_of(f, d.relation, after, within);
                        if (d.roles == 0 || begins == DAY_NONE || ends == DAY_NONE)
                                continue;
                        d.after = after;
                        d.within = within;
                        d.since = after < 0 ? d.since : begins + 1;
                        d.until = ends < d.until ? ends : d.until;
                        if (!duty_write(w, f, &d))
                                return false;
                }
        return true;
}

static unsigned receivers(void)
{
        unsigned roles = 0;

        for (int role = 0; role < ROLE_COUNT; role++)
                if (role_may((enum role)role, MAY_RECEIVE))
                        roles |= 1u << role;
        return roles;
}

static bool write_opinions(struct work *w, const struct case_file *f)
{
        for (int i = 0; i < f->opinion_count && f->ended == DAY_NONE; i++) {
                const struct case_opinion *o = &f->opinions[i];
                const struct case_clock *k = o->clock < 0 ? NULL : &f->clocks[o->clock];
                struct duty d = { o->unit, RELATION_ASKED, roles_of(f, RELATION_ASKED, -1, -1), DAY_NONE, DAY_FOREVER,
                                  k == NULL || k->due == DAY_NONE ? DAY_FOREVER : k->due, -1, -1 };

                if (o->verdict == VERDICT_NONE && !duty_write(w, f, &d))
                        return false;
        }
        return true;
}

bool duties_write(struct work *w, const struct case_file *f)
{
        const struct case_clock *next = case_next_clock(f);
        bool is_divided = f->unit->to != DAY_FOREVER && case_home(catalogue_of(w), f->unit, f->unit->to + 1) == NULL;
        day due = next == NULL || next->stands_still ? DAY_FOREVER : next->due, until = is_divided ? f->unit->to : DAY_FOREVER;

        for (int relation = RELATION_OWN; relation <= RELATION_NAMED; relation++) {
                struct duty d = { acting(f, (enum relation)relation), (enum relation)relation, 0, DAY_NONE, until, due, -1, -1 };

                if (case_state_doubt(f) != NULL) /* the decision comes first: it waits among the conflicts */
                        break;
                if (relation != RELATION_ASKED && !write_steps(w, f, &d)) /* of those asked each has a row of its own */
                        return false;
                if (relation == RELATION_NAMED && (d.unit = f->unit->province) != f->unit && !write_steps(w, f, &d))
                        return false;
        }
        for (int i = 0; i < f->clock_count; i++) {
                const struct case_clock *k = &f->clocks[i];
                const struct workflow_actor *to = k->limit->escalate_to < 0 ? NULL : &f->workflow->actors[k->limit->escalate_to];
                struct duty d = { .until = until, .due = due, .after = -1, .within = -1 };

                if (to == NULL || k->ended != DAY_NONE || k->stands_still)
                        continue;
                d.unit = acting(f, to->relation);
                d.relation = to->relation;
                d.roles = to->roles;
                d.since = k->due + k->limit->escalate_after;
                if (!duty_write(w, f, &d))
                        return false;
        }
        if (is_divided && f->ended == DAY_NONE) { /* somebody above must say which part goes on */
                struct duty d = { f->unit->parent, RELATION_OWN, receivers(), f->unit->to + 1, DAY_FOREVER, due, -1, -1 };

                if (!duty_write(w, f, &d))
                        return false;
        }
        return write_opinions(w, f);
}
