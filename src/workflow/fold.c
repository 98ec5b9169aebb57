/* fold.c - entries in their order become a case; each is judged by the regime of the receipt. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "workflow/case_private.h"
#include "workflow/workflow_private.h"

struct folding {
        struct arena *arena;
        const struct catalogue *catalogue;
        struct case_file *f;
        const struct case_child *children;
        size_t child_count;
        struct case_event *event; /* being judged */
        const struct case_event *ground; /* the one that led into the state */
        struct rows_told rows;
};

/* ---- what an entry says -------------------------------------------------------------------------------------------- */

static const char *said(const struct case_event *e, const char *name)
{
        const char *s = json_string_value(json_object_get(e->body, name));

        return s == NULL ? "" : s;
}

static const char *said_of(const struct case_event *e, const char *group, const char *name, const char *member)
{
        const json_t *one = json_object_get(json_object_get(e->body, group), name);
        const char *s = json_string_value(member == NULL ? one : json_object_get(one, member));

        return s == NULL ? "" : s;
}

static bool refuse(struct folding *g, enum fault fault, const char *about)
{
        g->event->fault = fault;
        g->event->about = about;
        return false;
}

const struct unit *case_home(const struct catalogue *c, const struct unit *unit, day on)
{
        struct unit_part parts[2];

        if (unit->from <= on && on <= unit->to)
                return unit;
        return unit_restated(c, unit, on, parts, 2) == 1 ? parts[0].unit : NULL;
}

#define CODE_MOST 16 /* units that had one code, one after another */

bool case_belongs(const struct catalogue *c, const char *audience, const struct unit *unit, day on)
{
        const struct unit *ever[CODE_MOST];
        size_t count = unit_by_code(c, audience, ever, CODE_MOST);

        for (size_t i = 0; i < count && i < CODE_MOST; i++)
                if (ever[i] == unit || (ever[i]->from <= on && ever[i]->from > unit->to && case_home(c, unit, ever[i]->from) == ever[i]))
                        return true;
        return false;
}

static day written_on(const struct case_event *e)
{
        return day_of_moment(stamp_moment(e->at));
}

/* ---- who ------------------------------------------------------------------------------------------------------------ */

static bool is_awaited(const struct case_file *f, const struct unit *u, const struct catalogue *c, day on)
{
        for (int i = 0; i < f->opinion_count; i++)
                if (f->opinions[i].verdict == VERDICT_NONE && case_home(c, f->opinions[i].unit, on) == u)
                        return true;
        return false;
}

bool unit_stands(enum relation relation, const struct unit *acting, const struct unit *home)
{
        switch (relation) {
        case RELATION_OWN: return acting == home;
        case RELATION_PROVINCE: return acting == home->province;
        case RELATION_COUNTRY: return acting->level == LEVEL_COUNTRY;
        case RELATION_BELOW: return acting != home && unit_is_within(acting, home);
        case RELATION_NAMED: return acting == home || acting == home->province; /* whom the register names is for the node that writes: case_write */
        default: return false;
        }
}

bool case_actor(const struct catalogue *c, const struct case_file *f, const bool *actors, const struct unit *acting, enum role role, day on)
{
        const struct workflow *w = f->workflow;
        const struct unit *home = case_home(c, f->unit, on);

        for (int i = 0; home != NULL && i < w->actor_count; i++)
                if (actors[i] && role < ROLE_COUNT && (w->actors[i].roles & 1u << role) != 0 &&
                    (w->actors[i].relation == RELATION_ASKED ? is_awaited(f, acting, c, on) : unit_stands(w->actors[i].relation, acting, home)))
                        return true;
        return false;
}

/* Whose map an entry is judged by: that of the day on which it was written, so that whoever has taken over a unit's work goes on with it.
 * Where the unit that acts had ended by then, or the one a case is opened for had on the day of receipt, a change of units was not known
 * where it was written (case_write asks): the last day before that change. */
static day map_day(const struct folding *g)
{
        const struct case_event *e = g->event;
        day on = written_on(e);

        if (e->unit->to < on)
                on = e->unit->to;
        return e->act == CASE_OPEN && g->f->unit->to < e->on && g->f->unit->to < on ? g->f->unit->to : on;
}

static bool judge_actor(struct folding *g, const bool *actors)
{
        const struct case_event *e = g->event;
        day on = map_day(g);

        if (case_home(g->catalogue, g->f->unit, on) == NULL)
                return refuse(g, FAULT_DIVIDED, "");
        return case_actor(g->catalogue, g->f, actors, e->unit, role_by_name(e->role), on) || refuse(g, FAULT_ACTOR, "");
}

static bool judge_day(struct folding *g, day last)
{
        if (g->event->on > written_on(g->event))
                return refuse(g, FAULT_FUTURE, "");
        return g->event->on >= last || refuse(g, FAULT_BACKDATED, "");
}

/* ---- fields, documents, checks ------------------------------------------------------------------------------------------ */

bool field_read(const struct workflow_field *field, const char *text, struct field_value *v)
{
        size_t position;
        day d = 0;

        *v = (struct field_value){ .is_known = true, .text = text };
        switch (field->kind) {
        case FIELD_NUMBER: return decimal_read(text, strlen(text), field->decimals, &v->number, &position) == DECIMAL_OK;
        case FIELD_YEAR: return decimal_read(text, strlen(text), 0, &v->number, &position) == DECIMAL_OK && v->number >= 1900 && v->number <= 2900;
        case FIELD_MONEY: return decimal_read(text, strlen(text), 0, &v->number, &position) == DECIMAL_OK && v->number >= 0;
        case FIELD_DAY:
                if (!day_read(text, strlen(text), &d))
                        return false;
                v->number = d;
                return true;
        case FIELD_YES_NO: v->number = strcmp(text, "yes") == 0; return v->number != 0 || strcmp(text, "no") == 0;
        case FIELD_CHOICE:
                for (int i = 0; i < field->choice_count; i++)
                        if (strcmp(field->choices[i].id, text) == 0) {
                                v->number = i;
                                return true;
                        }
                return false;
        default: return true;
        }
}

/* The day on which an action was taken that counts, or is being taken; otherwise that of the act. */
static day taken_on(const struct folding *g, const char *action)
{
        int place = *action == '\0' ? -1 : workflow_action_find(g->f->workflow, action);

        for (const struct case_event *e = g->event; place >= 0 && e >= g->f->events; e--)
                if (e->action == place && (e == g->event || e->fault == FAULT_NONE))
                        return e->on;
        return g->event->on;
}

/* From the row that holds on the day that counts. */
static void take_norm(const struct folding *g, const struct workflow_field *field, const struct field_value *values, struct field_value *out)
{
        const struct field_value *key = &values[field->norm_key];
        const struct norm_table *t = norm_table_find(g->catalogue, g->f->workflow->id, field->norm_table);
        const struct norm_row *row = t == NULL || !key->is_known ? NULL : norm_row_find(t, key->text, taken_on(g, field->norm_on));
        int column = t == NULL ? -1 : norm_column_find(t, field->norm_column);

        *out = (struct field_value){ .is_known = false };
        if (row != NULL && column >= 0 && row->values[column].is_known)
                *out = (struct field_value){ .is_known = true, .number = row->values[column].number, .basis = &row->basis };
}

/* What all acts told of a field, this one included. */
static void add_up(const struct folding *g, const struct workflow_field *field, const struct field_value *values, struct field_value *total)
{
        const struct field_value *told = &values[field->total_of];
        bool is_told = *said_of(g->event, "fields", g->f->workflow->fields[field->total_of].id, NULL) != '\0' && told->is_known;

        total->is_known = !is_told || !__builtin_add_overflow(total->number, told->number, &total->number);
}

/* Computed fields follow from those above them; rounded once, to their decimals. */
static void compute(const struct folding *g, struct field_value *values)
{
        const struct workflow *w = g->f->workflow;

        for (int i = 0; i < w->field_count; i++) {
                const struct workflow_field *field = &w->fields[i];
                int128 value;

                if (field->total_of >= 0)
                        add_up(g, field, values, &values[i]);
                if (field->sum_of >= 0)
                        row_sum(&g->rows, field, values, &values[i]);
                if (*field->norm_table != '\0')
                        take_norm(g, field, values, &values[i]);
                if (field->formula == NULL)
                        continue;
                values[i].is_known = expression_value(field->formula, w, values, &value) == EXPRESSION_KNOWN &&
                                     decimal_narrow(decimal_divide(value, decimal_power[EXPRESSION_DECIMALS - field->decimals]),
                                                    &values[i].number);
        }
}

static bool judge_row(struct folding *g, const struct workflow_action *a, struct field_value *values)
{
        int key = workflow_row_key(g->f->workflow, a);
        enum fault fault = row_begin(&g->rows, a, key < 0 ? "" : said_of(g->event, "fields", g->f->workflow->fields[key].id, NULL), values);

        return fault == FAULT_NONE || refuse(g, fault, g->f->workflow->fields[key].id);
}

static bool judge_fields(struct folding *g, const bool *required, struct field_value *values)
{
        const struct workflow *w = g->f->workflow;
        const char *name;
        json_t *member;

        json_object_foreach(json_object_get(g->event->body, "fields"), name, member) {
                int i = workflow_field_find(w, name);
                const char *text = json_string_value(member);

                if (i < 0 || text == NULL || !required[i])
                        return refuse(g, FAULT_FIELD_WRONG, name);
                if (*text == '\0')
                        values[i] = (struct field_value){ .is_known = false };
                else if (!field_read(&w->fields[i], text, &values[i]))
                        return refuse(g, FAULT_FIELD_WRONG, w->fields[i].id);
        }
        for (int i = 0; i < w->field_count; i++)
                if (required[i] && !values[i].is_known)
                        return refuse(g, FAULT_FIELD_MISSING, w->fields[i].id);
        compute(g, values);
        return true;
}

/* action: -1 to open the case. What is recorded as often as it is done proves itself each time: a second payment is not proved by the order of the first. */
static bool judge_papers(struct folding *g, const bool *required, int action)
{
        const struct workflow *w = g->f->workflow;

        for (int i = 0; i < w->document_count; i++) {
                const char *number = said_of(g->event, "documents", w->documents[i].id, "number");
                const char *written = said_of(g->event, "documents", w->documents[i].id, "on");
                bool is_held = *number != '\0';
                day on;

                if (is_held && (!day_read(written, strlen(written), &on) || on > g->event->on))
                        return refuse(g, FAULT_DOCUMENT_DAY, w->documents[i].id);
                for (int k = g->f->paper_count; required[i] && !is_held && k-- > 0;)
                        is_held = g->f->papers[k].document == i && !case_paper_is_spent(g->f, &g->f->papers[k], action);
                if (required[i] && !is_held)
                        return refuse(g, FAULT_DOCUMENT, w->documents[i].id);
        }
        return true;
}

/* The norm that a rule reads, itself or through a formula above. */
static const struct basis *norm_of(const struct workflow *w, const struct workflow_check *check, const struct field_value *values)
{
        bool reads[WORKFLOW_LIST_MAX] = { false };

        expression_mark(check->rule, reads);
        for (int i = w->field_count; i-- > 0;) {
                if (reads[i] && values[i].basis != NULL)
                        return values[i].basis;
                if (reads[i])
                        expression_mark(w->fields[i].formula, reads);
        }
        return NULL;
}

static bool judge_checks(struct folding *g, const bool *checks, const struct field_value *values)
{
        const struct workflow *w = g->f->workflow;

        for (int i = 0; i < w->check_count; i++) {
                int128 value = 0;

                if (!checks[i] || (expression_value(w->checks[i].rule, w, values, &value) == EXPRESSION_KNOWN && value != 0))
                        continue;
                if (w->checks[i].is_warning && *said(g->event, "reason") != '\0')
                        continue;
                g->event->norm = norm_of(w, &w->checks[i], values);
                return refuse(g, FAULT_CHECK, w->checks[i].id);
        }
        return true;
}

/* ---- clocks ------------------------------------------------------------------------------------------------------------- */

/* The clock of a limit that began last; of those that run, where only such are meant. */
static struct case_clock *clock_of(const struct case_file *f, const struct workflow_limit *limit, bool also_ended)
{
        for (int i = f->clock_count; i > 0; i--)
                if (f->clocks[i - 1].limit == limit && (also_ended || f->clocks[i - 1].ended == DAY_NONE))
                        return &f->clocks[i - 1];
        return NULL;
}

const struct case_clock *case_last_clock(const struct case_file *f, const struct workflow_limit *limit)
{
        return clock_of(f, limit, true);
}

static struct case_clock *clock_start(struct folding *g, const struct workflow_limit *limit, day on)
{
        struct case_file *f = g->f;
        struct case_clock *k = &f->clocks[f->clock_count++];

        *k = (struct case_clock){ .limit = limit, .started = on, .ended = DAY_NONE, .days = limit->days };
        if (limit->month != 0) /* the year is among the fields a case is opened with */
                k->until = day_of((int)f->values[limit->year_field].number + limit->years, limit->month, limit->day_of_month);
        if (limit->from_limit >= 0)
                k->window = clock_of(f, &f->workflow->limits[limit->from_limit], true);
        return k;
}

static struct case_stop *open_stop(struct case_clock *k, int cause)
{
        for (int i = 0; i < k->stop_count; i++)
                if (k->stops[i].is_open && (int)k->stops[i].cause == cause)
                        return &k->stops[i];
        return NULL;
}

static void clock_stop(const struct folding *g, struct case_clock *k, int cause)
{
        struct case_stop *s;

        if (k->ended != DAY_NONE || open_stop(k, cause) != NULL)
                return;
        k->stops = arena_room(g->arena, k->stops, (size_t)k->stop_count, sizeof *k->stops);
        s = &k->stops[k->stop_count++];
        *s = (struct case_stop){ .from = g->event->on, .is_open = true, .reason = said(g->event, "reason") };
        s->cause = cause == STOP_STATE ? STOP_STATE : cause == STOP_ACT ? STOP_ACT : STOP_SUSPENSION;
}

static void clock_go_on(struct case_clock *k, int cause, day on)
{
        struct case_stop *s = open_stop(k, cause);

        if (s != NULL) {
                s->to = on;
                s->is_open = false;
        }
}

static void clock_end(struct case_clock *k, day on)
{
        for (int cause = STOP_STATE; cause <= STOP_SUSPENSION; cause++)
                clock_go_on(k, cause, on);
        if (k->ended == DAY_NONE)
                k->ended = on;
}

/* The state has become another one: limits begin, stand still, go on, end. */
static void clocks_follow(struct folding *g, day on)
{
        struct case_file *f = g->f;
        const struct workflow *w = f->workflow;

        for (int i = 0; i < w->limit_count; i++) {
                const struct workflow_limit *l = &w->limits[i];
                struct case_clock *k = clock_of(f, l, false);

                if (l->is_for_opinions)
                        continue;
                if (l->runs_in[f->state]) {
                        bool has_day = l->from_field >= 0 && f->values[l->from_field].is_known;

                        if (k == NULL)
                                clock_start(g, l, has_day ? (day)f->values[l->from_field].number : on);
                        else
                                clock_go_on(k, STOP_STATE, on);
                } else if (l->stops_in[f->state] && k != NULL) {
                        clock_stop(g, k, STOP_STATE);
                } else if (k != NULL) {
                        clock_end(k, on);
                }
        }
        for (int i = 0; w->states[f->state].kind == STATE_END && i < f->clock_count; i++)
                if (f->clocks[i].limit->is_for_opinions)
                        clock_end(&f->clocks[i], on);
}

static bool judge_times(struct folding *g, const struct workflow_action *a)
{
        const struct workflow *w = g->f->workflow;
        const int limits[2] = { a->within, a->after };

        for (int i = 0; i < 2; i++) {
                const struct workflow_limit *l = limits[i] < 0 ? NULL : &w->limits[limits[i]];
                const struct case_clock *k = l == NULL ? NULL : case_last_clock(g->f, l);
                struct case_clock counted;

                if (l == NULL)
                        continue;
                if (k != NULL) {
                        counted = *k;
                        clock_count(g->catalogue, &counted);
                }
                if (i == 0 && (k == NULL || counted.due == DAY_NONE || g->event->on > counted.due))
                        return refuse(g, FAULT_TOO_LATE, l->id);
                if (i == 1 && written_on(g->event) >= a->waits_since && (k == NULL || counted.due == DAY_NONE || g->event->on <= counted.due))
                        return refuse(g, FAULT_TOO_EARLY, l->id);
        }
        return true;
}

static bool judge_clock(struct folding *g, const struct workflow_action *a)
{
        const struct workflow_limit *l = &g->f->workflow->limits[a->limit];
        struct case_clock *k = clock_of(g->f, l, false);
        int64_t days = json_integer_value(json_object_get(g->event->body, "days"));
        bool is_running = k != NULL && open_stop(k, STOP_STATE) == NULL && open_stop(k, STOP_ACT) == NULL;

        if (a->kind == ACTION_RESTART)
                return (k != NULL && open_stop(k, STOP_ACT) != NULL) || refuse(g, FAULT_NOT_STOPPED, l->id);
        if (!is_running)
                return refuse(g, FAULT_NOT_RUNNING, l->id);
        if (a->kind == ACTION_EXTEND && (days < 1 || days > l->extend_days || k->extensions >= l->extend_times))
                return refuse(g, FAULT_EXTENSION, l->id);
        return true;
}

/* ---- opinions, points, sub-cases --------------------------------------------------------------------------------------------- */

static const struct unit *asked_unit(const struct folding *g, size_t i)
{
        const char *code = json_string_value(json_array_get(json_object_get(g->event->body, "units"), i));

        return code == NULL ? NULL : unit_read(g->catalogue, code, written_on(g->event));
}

#define ASKED_MAX 100

static bool judge_asked(struct folding *g)
{
        size_t count = json_array_size(json_object_get(g->event->body, "units"));

        if (count == 0 || count + (size_t)g->f->opinion_count > ASKED_MAX)
                return refuse(g, FAULT_ASKED, "");
        for (size_t i = 0; i < count; i++) {
                const struct unit *u = asked_unit(g, i);

                if (u == NULL || is_awaited(g->f, u, g->catalogue, written_on(g->event)))
                        return refuse(g, FAULT_ASKED, "");
                for (size_t k = 0; k < i; k++)
                        if (asked_unit(g, k) == u)
                                return refuse(g, FAULT_ASKED, "");
        }
        return true;
}

static enum verdict verdict_of(const struct case_event *e)
{
        static const char *const words[] = { "", "agree", "conditions", "disagree" };

        for (int i = VERDICT_AGREE; i <= VERDICT_DISAGREE; i++)
                if (strcmp(said(e, "opinion"), words[i]) == 0)
                        return (enum verdict)i;
        return VERDICT_NONE;
}

static bool judge_points(struct folding *g, int64_t *sum)
{
        const struct workflow *w = g->f->workflow;
        const json_t *points = json_object_get(g->event->body, "points");
        const char *candidate = utf8_key(g->arena, said(g->event, "candidate"));

        *sum = 0;
        for (int i = 0; i < w->criterion_count; i++) {
                const json_t *one = json_object_get(points, w->criteria[i].id);

                if (!json_is_integer(one) || json_integer_value(one) < 0 || json_integer_value(one) > w->criteria[i].most)
                        return refuse(g, FAULT_POINTS, w->criteria[i].id);
                *sum += json_integer_value(one);
        }
        if (json_object_size(points) != (size_t)w->criterion_count)
                return refuse(g, FAULT_POINTS, "");
        for (int i = 0; i < g->f->points_count; i++) {
                const struct case_points *p = &g->f->points[i];

                if (strcmp(p->author, g->event->author) == 0 && strcmp(p->node, g->event->node) == 0 &&
                    strcmp(p->key, candidate) == 0)
                        return refuse(g, FAULT_POINTS, "");
        }
        return true;
}

int64_t case_score(const struct case_file *f, const char **candidate, int *members)
{
        int64_t best = -1;

        *candidate = "";
        *members = 0;
        for (int i = 0; i < f->points_count; i++) {
                int64_t sum = 0;
                int count = 0;

                for (int k = 0; k < f->points_count; k++)
                        if (strcmp(f->points[k].key, f->points[i].key) == 0) {
                                sum += f->points[k].sum;
                                count++;
                        }
                sum = (int64_t)decimal_divide((int128)sum * 100, count);
                if (sum > best) {
                        best = sum;
                        *candidate = f->points[i].candidate;
                        *members = count;
                }
        }
        return best;
}

/* Whether a case that names this one as the one above it is one that it waits for (case.h). */
static bool lies_below(const struct folding *g, const struct case_child *k)
{
        const struct case_file *f = g->f;
        const struct unit *home = case_home(g->catalogue, f->unit, map_day(g));
        bool is_such = false;

        for (int i = 0; i < f->workflow->sub_case_count; i++)
                is_such |= strcmp(f->workflow->sub_cases[i], k->workflow) == 0;
        return is_such && k->opened_at > f->opened_at && home != NULL && k->unit != NULL && unit_lies_within(g->catalogue, k->unit, home, map_day(g));
}

static bool judge_needs(struct folding *g, const struct workflow_action *a)
{
        const struct workflow *w = g->f->workflow;
        const char *candidate;
        int members;

        for (int i = 0; a->opinions != OPINIONS_NONE && i < g->f->opinion_count; i++) {
                const struct case_opinion *o = &g->f->opinions[i];
                struct case_clock late;

                if (o->verdict != VERDICT_NONE)
                        continue;
                if (a->opinions == OPINIONS_ALL || o->clock < 0)
                        return refuse(g, FAULT_OPINIONS, o->unit->key);
                late = g->f->clocks[o->clock];
                clock_count(g->catalogue, &late);
                if (late.due == DAY_NONE || g->event->on <= late.due)
                        return refuse(g, FAULT_OPINIONS, o->unit->key);
        }
        if (a->needs_score && (case_score(g->f, &candidate, &members) < w->score_pass * 100 || members < w->score_members))
                return refuse(g, FAULT_SCORE, "");
        for (size_t i = 0; a->needs_sub_cases && i < g->child_count; i++)
                if (g->children[i].begun_at < g->event->at && (g->children[i].ended_at == 0 || g->children[i].ended_at > g->event->at) &&
                    lies_below(g, &g->children[i]))
                        return refuse(g, FAULT_SUB_CASES, "");
        return true;
}

/* ---- what an action does -------------------------------------------------------------------------------------------------------- */

static void take_papers(struct folding *g)
{
        struct case_file *f = g->f;

        for (int i = 0; i < f->workflow->document_count; i++) {
                const char *id = f->workflow->documents[i].id, *number = said_of(g->event, "documents", id, "number");
                const char *written = said_of(g->event, "documents", id, "on");
                struct case_paper *p = &f->papers[f->paper_count];

                if (*number == '\0')
                        continue;
                *p = (struct case_paper){ .document = i, .number = number, .about = said_of(g->event, "documents", id, "about"), .event = g->event };
                day_read(written, strlen(written), &p->on);
                f->paper_count++;
        }
}

static void take_opinions(struct folding *g, const struct workflow_action *a)
{
        struct case_file *f = g->f;
        size_t count = json_array_size(json_object_get(g->event->body, "units"));

        for (size_t i = 0; i < count; i++) {
                struct case_opinion *o = &f->opinions[f->opinion_count++];

                *o = (struct case_opinion){ .unit = asked_unit(g, i), .asked = g->event->on, .answered = DAY_NONE, .text = "", .by = "", .clock = -1 };
                if (a->limit < 0)
                        continue;
                o->clock = f->clock_count;
                clock_start(g, &f->workflow->limits[a->limit], g->event->on)->asked = o->unit;
        }
}

static void take_answer(struct folding *g)
{
        struct case_file *f = g->f;

        for (int i = 0; i < f->opinion_count; i++) {
                struct case_opinion *o = &f->opinions[i];

                if (o->verdict != VERDICT_NONE || case_home(g->catalogue, o->unit, written_on(g->event)) != g->event->unit)
                        continue;
                o->verdict = verdict_of(g->event);
                o->answered = g->event->on;
                o->text = said(g->event, "text");
                o->by = g->event->by;
                if (o->clock >= 0)
                        clock_end(&f->clocks[o->clock], g->event->on);
                return;
        }
}

static void take_state(struct folding *g, const struct workflow_action *a)
{
        struct case_file *f = g->f;
        day on = g->event->on;

        g->ground = g->event;
        if (a->kind == ACTION_SUSPEND) {
                f->held_from = f->state;
                f->state = a->to;
                for (int i = 0; i < f->clock_count; i++)
                        clock_stop(g, &f->clocks[i], STOP_SUSPENSION);
                return;
        }
        if (a->kind == ACTION_CONTINUE) {
                f->state = f->held_from;
                f->held_from = -1;
                for (int i = 0; i < f->clock_count; i++)
                        clock_go_on(&f->clocks[i], STOP_SUSPENSION, on);
                return;
        }
        f->state = a->to;
        f->held_from = -1;
        clocks_follow(g, on);
        if (f->ended != DAY_NONE) /* left by an appeal */
                f->stretches[f->stretch_count++] = (struct case_stretch){ .begun_at = g->event->at };
        f->ended = f->workflow->states[a->to].kind == STATE_END ? on : DAY_NONE;
        f->stretches[f->stretch_count - 1].ended_at = f->ended_at = f->ended == DAY_NONE ? 0 : g->event->at;
}

static void take_action(struct folding *g, const struct workflow_action *a, int64_t sum)
{
        struct case_file *f = g->f;
        struct case_clock *k = a->limit < 0 ? NULL : clock_of(f, &f->workflow->limits[a->limit], false);

        switch (a->kind) {
        case ACTION_STOP: clock_stop(g, k, STOP_ACT); break;
        case ACTION_RESTART: clock_go_on(k, STOP_ACT, g->event->on); break;
        case ACTION_EXTEND:
                k->days += (int)json_integer_value(json_object_get(g->event->body, "days"));
                k->extensions++;
                break;
        case ACTION_ASK: take_opinions(g, a); break;
        case ACTION_ANSWER: take_answer(g); break;
        case ACTION_SCORE:
                f->points[f->points_count++] = (struct case_points){ said(g->event, "candidate"), utf8_key(g->arena, said(g->event, "candidate")), g->event->by, g->event->author,
                                                                     g->event->node, sum };
                break;
        case ACTION_RECORD:
                if (k != NULL) { /* what was due was done: it is due again */
                        clock_end(k, g->event->on);
                        clock_start(g, k->limit, g->event->on)->window = NULL;
                }
                break;
        default: take_state(g, a);
        }
}

/* ---- the three kinds ---------------------------------------------------------------------------------------------------------------- */

/* Room for whatever the events can bring: each of them starts no limit, stops no clock and brings no document twice. */
static void make_room(struct folding *g)
{
        struct case_file *f = g->f;
        size_t count = f->event_count;
        bool asks = false;

        for (int i = 0; i < f->workflow->action_count; i++)
                asks |= f->workflow->actions[i].kind == ACTION_ASK;
        f->values = arena_array(g->arena, (size_t)f->workflow->field_count + 1, sizeof *f->values);
        f->clocks = arena_array(g->arena, count * (size_t)f->workflow->limit_count + (asks ? ASKED_MAX : 0) + 1, sizeof *f->clocks);
        f->opinions = arena_array(g->arena, (asks ? ASKED_MAX : 0) + 1, sizeof *f->opinions);
        f->points = arena_array(g->arena, count + 1, sizeof *f->points);
        f->stretches = arena_array(g->arena, count + 1, sizeof *f->stretches);
        rows_begin(&g->rows, g->arena, f);
        f->papers = arena_array(g->arena, count * (size_t)f->workflow->document_count + 1, sizeof *f->papers);
}

static void fold_open(struct folding *g)
{
        struct case_file *f = g->f;
        struct case_event *e = g->event;
        const struct workflow *w = workflow_find(g->catalogue, said(e, "workflow"), e->on);
        const struct unit *unit = unit_by_key(g->catalogue, said(e, "case_unit"));
        bool is_fit;

        if (f->workflow != NULL) {
                refuse(g, FAULT_STATE, "");
                return;
        }
        if (w == NULL) {
                refuse(g, FAULT_WORKFLOW, said(e, "workflow"));
                return;
        }
        if (unit == NULL || unit->level != w->level || unit->from > e->on) {
                refuse(g, FAULT_UNIT, said(e, "case_unit"));
                return;
        }
        f->workflow = f->tried = w;
        f->unit = f->opened_for = unit;
        make_room(g);
        is_fit = judge_actor(g, w->opened_by) && judge_day(g, e->on) && judge_fields(g, w->first_fields, f->values) &&
                 judge_papers(g, w->first_documents, -1);
        if (!is_fit) {
                f->workflow = NULL;
                return;
        }
        f->title = said(e, "title");
        f->parent = said(e, "parent");
        f->received = e->on;
        f->opened_at = e->at;
        f->stretches[f->stretch_count++] = (struct case_stretch){ .begun_at = e->at };
        f->entry = e->entry;
        f->state = e->to = w->start;
        g->ground = e;
        e->values = f->values;
        take_papers(g);
        clocks_follow(g, e->on);
}

/* Where a unit was divided, the unit above says which part goes on with the case. */
static void fold_assign(struct folding *g)
{
        struct case_file *f = g->f;
        const struct unit *to = unit_by_key(g->catalogue, said(g->event, "case_unit")), *acting = g->event->unit;
        day today = written_on(g->event);
        size_t count;
        const struct unit_part *parts = unit_parts(g->arena, g->catalogue, f->unit, today, &count);
        bool is_part = false;

        for (size_t i = 0; i < count; i++)
                is_part |= parts[i].unit == to;
        if (!is_part || case_home(g->catalogue, f->unit, today) != NULL) {
                refuse(g, FAULT_UNIT, said(g->event, "case_unit"));
                return;
        }
        if (acting == to || !unit_is_within(to, acting) || !role_may(role_by_name(g->event->role), MAY_RECEIVE)) {
                refuse(g, FAULT_ACTOR, "");
                return;
        }
        if (*said(g->event, "reason") == '\0') {
                refuse(g, FAULT_REASON, "");
                return;
        }
        f->unit = to;
}

/* Whether an entry stands among those of the case: with an assignment the stream becomes that of the part. */
static bool stands_here(const struct folding *g)
{
        const struct case_event *e = g->event;
        const struct unit *unit = e->act == CASE_ASSIGN ? unit_by_key(g->catalogue, said(e, "case_unit")) : g->f->unit;

        return e->audience == NULL || (unit != NULL && case_belongs(g->catalogue, e->audience, unit, written_on(e)));
}

/* Whether what leads into another state follows what led into this one, as it says, or an act that said the same. An older program does not say. */
static bool is_on_ground(const struct folding *g, const struct workflow_action *a)
{
        const char *after = said(g->event, "after");

        if (*after == '\0' || a->kind > ACTION_CONTINUE || case_is_entry(g->ground, after))
                return true;
        for (const struct case_event *e = g->f->events; e < g->event; e++)
                if (e->doubt >= 0 && e->doubt == g->ground->doubt && e->value == g->ground->value && case_is_entry(e, after))
                        return true;
        return false;
}

static void fold_act(struct folding *g, day *last)
{
        struct case_file *f = g->f;
        struct case_event *e = g->event;
        const struct workflow_action *a;
        struct field_value *values = arena_array(g->arena, (size_t)f->workflow->field_count + 1, sizeof *values);
        int64_t sum = 0;

        e->action = workflow_action_find(f->workflow, said(e, "action"));
        if (e->action < 0) {
                refuse(g, FAULT_ACTION, said(e, "action"));
                return;
        }
        a = &f->workflow->actions[e->action];
        if (e->ruling == RULING_PASSED_OVER) {
                refuse(g, FAULT_PASSED_OVER, "");
                return;
        }
        if (!a->from[f->state] || !is_on_ground(g, a)) {
                refuse(g, FAULT_STATE, "");
                return;
        }
        memcpy(values, f->values, (size_t)f->workflow->field_count * sizeof *values);
        if (!judge_actor(g, a->by) || !judge_day(g, *last) || (a->needs_reason && *said(e, "reason") == '\0' && !refuse(g, FAULT_REASON, "")) ||
            !judge_times(g, a) || !judge_papers(g, a->documents, (int)(a - g->f->workflow->actions)) || !judge_row(g, a, values) || !judge_fields(g, a->fields, values) ||
            !judge_checks(g, a->checks, values) ||
            !judge_needs(g, a) || (a->kind >= ACTION_STOP && a->kind <= ACTION_EXTEND && !judge_clock(g, a)) ||
            (a->kind == ACTION_ASK && !judge_asked(g)) || (a->kind == ACTION_SCORE && !judge_points(g, &sum)) ||
            (a->kind == ACTION_ANSWER && verdict_of(e) == VERDICT_NONE && !refuse(g, FAULT_OPINION, "")) ||
            (e->ruling == RULING_HELD && !refuse(g, FAULT_CONTESTED, "")))
                return;
        e->values = f->values = values;
        row_take(&g->rows, values);
        take_papers(g);
        take_action(g, a, sum);
        e->to = f->state;
        *last = e->on;
}

static int compare_events(const void *a, const void *b)
{
        const struct case_event *x = a, *y = b;
        int by_node;

        if (x->at != y->at)
                return x->at < y->at ? -1 : 1;
        by_node = strcmp(x->node, y->node);
        return by_node != 0 || x->hash == NULL || y->hash == NULL ? by_node : memcmp(x->hash, y->hash, HASH_BYTES);
}

/* Judge all events in their order. */
static void fold_once(struct folding *g)
{
        struct case_file *f = g->f;
        day last = DAY_NONE;

        *f = (struct case_file){ .id = f->id, .title = "", .parent = "", .received = DAY_NONE, .ended = DAY_NONE, .state = -1, .held_from = -1, .events = f->events,
                                 .event_count = f->event_count, .doubts = f->doubts, .doubt_count = f->doubt_count, .has_siblings = f->has_siblings };
        g->ground = NULL;
        for (size_t i = 0; i < f->event_count; i++) {
                struct case_event *e = g->event = &f->events[i];

                e->fault = FAULT_NONE;
                e->about = "";
                e->norm = NULL;
                e->values = NULL;
                e->action = -1;
                e->from = f->state;
                e->to = -1;
                if (e->act == CASE_OPEN) {
                        fold_open(g);
                        if (e->fault == FAULT_NONE)
                                last = e->on;
                } else if (f->workflow == NULL || !stands_here(g)) {
                        refuse(g, FAULT_STREAM, "");
                } else if (e->act == CASE_ASSIGN) {
                        fold_assign(g);
                } else if (e->act == CASE_SETTLE) {
                        if (e->doubt < 0)
                                refuse(g, FAULT_UNCONTESTED, "");
                } else {
                        fold_act(g, &last);
                }
                if (e->fault == FAULT_NONE)
                        f->changed_at = e->at;
        }
}

struct case_file *case_fold(struct arena *arena, const struct catalogue *catalogue, const char *id, struct case_event *events, size_t count,
                            const struct case_child *children, size_t child_count)
{
        struct case_file *f = arena_alloc(arena, sizeof *f);
        struct folding g = { .arena = arena, .catalogue = catalogue, .f = f, .children = children, .child_count = child_count };

        *f = (struct case_file){ .id = id, .events = events, .event_count = count };
        if (count > 0)
                qsort(events, count, sizeof *events, compare_events);
        for (size_t i = 0; i < count; i++) {
                events[i].doubt = -1;
                events[i].ruling = RULING_NONE;
        }
        fold_once(&g);
        if (doubts_find(arena, f))
                do
                        fold_once(&g);
                while (doubts_judge(arena, catalogue, f));
        for (int i = 0; i < f->clock_count; i++)
                clock_count(catalogue, &f->clocks[i]);
        return f;
}

const struct case_clock *case_next_clock(const struct case_file *f)
{
        const struct case_clock *next = NULL;

        for (int i = 0; i < f->clock_count; i++) {
                const struct case_clock *k = &f->clocks[i];

                if (k->ended != DAY_NONE || k->limit->is_window)
                        continue;
                if (next == NULL || (next->stands_still && !k->stands_still) ||
                    (next->stands_still == k->stands_still && !k->stands_still && k->due < next->due))
                        next = k;
        }
        return next;
}

day case_possible_until(const struct case_file *f, const struct workflow_action *a)
{
        const struct case_clock *k = a->within < 0 ? NULL : case_last_clock(f, &f->workflow->limits[a->within]);

        return a->within < 0 ? DAY_FOREVER : k == NULL ? DAY_NONE : k->due;
}

day case_possible_from(const struct case_file *f, const struct workflow_action *a)
{
        const struct case_clock *k = a->after < 0 ? NULL : case_last_clock(f, &f->workflow->limits[a->after]);

        if (a->after < 0)
                return DAY_NONE;
        return k == NULL || k->due == DAY_NONE ? DAY_FOREVER : k->due + 1; /* the last day is the limit's to its end */
}
