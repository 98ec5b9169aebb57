/* prove.c - whether a definition is sound: what a person would otherwise find out in the middle of a case. */
#include <stdarg.h>

#include "workflow/workflow_private.h"

struct proof {
        const struct workflow *w;
        struct complaints *complaints;
};

static void __attribute__((format(printf, 3, 4))) odd(const struct proof *p, int line, const char *format, ...)
{
        const char *said;
        va_list list;

        va_start(list, format);
        said = arena_print_list(p->complaints->arena, text(p->complaints->language, format), list);
        va_end(list);
        complain(p->complaints, p->w->path, line, 1, "%s", said);
}

/* ---- the graph ---------------------------------------------------------------------------------------------- */

bool workflow_leads(const struct workflow *w, const struct workflow_action *a, int from, int to)
{
        if (!a->from[from])
                return false;
        if (a->kind != ACTION_CONTINUE)
                return a->to == to && from != to;
        for (int i = 0; i < w->action_count; i++)
                if (w->actions[i].kind == ACTION_SUSPEND && w->actions[i].to == from && w->actions[i].from[to])
                        return true;
        return false;
}

enum ways { WAYS_ALL, WAYS_ACTED, WAYS_FORWARD }; /* without suspensions; without declared ways back too */

/* States as bits of a word: by state, into which others one action leads (or, backwards, from which). */
struct graph { uint64_t next[WORKFLOW_LIST_MAX]; };
_Static_assert(WORKFLOW_LIST_MAX <= 64, "a state is a bit of a word");

static struct graph graph_of(const struct workflow *w, bool is_backwards, enum ways ways)
{
        struct graph g = { { 0 } };

        for (int i = 0; i < w->action_count; i++) {
                const struct workflow_action *a = &w->actions[i];

                if ((ways == WAYS_FORWARD && a->returns) || (ways != WAYS_ALL && (a->kind == ACTION_CONTINUE || a->kind == ACTION_SUSPEND)))
                        continue;
                for (int from = 0; from < w->state_count; from++)
                        for (int to = 0; a->from[from] && to < w->state_count; to++)
                                if ((a->kind == ACTION_CONTINUE || a->to == to) && workflow_leads(w, a, from, to))
                                        g.next[is_backwards ? to : from] |= (uint64_t)1 << (is_backwards ? from : to);
        }
        return g;
}

/* These and all that can be reached from them. */
static uint64_t spread(const struct graph *g, uint64_t states)
{
        uint64_t all = 0, fresh = states;

        while (fresh != 0) {
                int state = __builtin_ctzll(fresh);

                all |= (uint64_t)1 << state;
                fresh = (fresh | g->next[state]) & ~all;
        }
        return all;
}

static void prove_reach(const struct proof *p)
{
        const struct workflow *w = p->w;
        const struct graph onward = graph_of(w, false, WAYS_ALL), backward = graph_of(w, true, WAYS_ALL);
        uint64_t reached = 0, ends = 0;
        int starts = 0;

        for (int i = 0; i < w->state_count; i++) {
                starts += w->states[i].kind == STATE_START;
                reached |= (uint64_t)(w->states[i].kind == STATE_START) << i;
                ends |= (uint64_t)(w->states[i].kind == STATE_END) << i;
                if (starts == 2 && w->states[i].kind == STATE_START)
                        odd(p, w->states[i].line, "a second start: \"%s\"", w->states[i].id);
        }
        if (starts == 0) {
                odd(p, 1, "no state is the start");
                return;
        }
        reached = spread(&onward, reached);
        ends = spread(&backward, ends);
        for (int i = 0; i < w->state_count; i++) {
                if ((reached >> i & 1) == 0)
                        odd(p, w->states[i].line, "no way leads into the state \"%s\"", w->states[i].id);
                if ((ends >> i & 1) == 0)
                        odd(p, w->states[i].line, "no way leads from the state \"%s\" to an end", w->states[i].id);
        }
}

/* Only declared ways lead back. */
static void prove_circles(const struct proof *p)
{
        const struct workflow *w = p->w;
        const struct graph acted = graph_of(w, false, WAYS_ACTED), forward = graph_of(w, false, WAYS_FORWARD);

        for (int i = 0; i < w->action_count; i++) {
                const struct workflow_action *a = &w->actions[i];
                uint64_t after;
                bool is_circle = false;

                if (a->to < 0 || a->kind == ACTION_SUSPEND) {
                        if (a->returns)
                                odd(p, a->line, "\"%s\" stays where it is and is no way back", a->id);
                        continue;
                }
                after = spread(a->returns ? &acted : &forward, (uint64_t)1 << a->to);
                for (int from = 0; from < w->state_count; from++)
                        is_circle |= a->from[from] && (after >> from & 1) != 0;
                if (is_circle && !a->returns)
                        odd(p, a->line, "\"%s\" leads back to where the case has been: say \"returns: true\" where that is meant", a->id);
                if (!is_circle && a->returns)
                        odd(p, a->line, "\"%s\" says that it returns, but it leads nowhere back", a->id);
        }
}

/* ---- what must have come before ------------------------------------------------------------------------------- */

/* Whether an action may have been taken in one of the states. */
static bool is_taken_in(const struct workflow *w, const struct workflow_action *a, uint64_t states)
{
        for (int i = 0; i < w->state_count; i++)
                if (a->from[i] && (states >> i & 1) != 0)
                        return true;
        return false;
}

static bool runs_in(const struct workflow *w, const struct workflow_limit *l, uint64_t states)
{
        for (int i = 0; i < w->state_count; i++)
                if (l->runs_in[i] && (states >> i & 1) != 0)
                        return true;
        return false;
}

/* Which fields can hold anything, where people can have told those that are marked. */
static void computed_mark(const struct workflow *w, bool *told)
{
        for (int i = 0; i < w->field_count; i++) { /* what a field rests on stands above it */
                const struct workflow_field *f = &w->fields[i];

                if (f->is_computed)
                        told[i] = f->formula != NULL ? expression_can_hold(f->formula, told) : *f->norm_table == '\0' || told[f->norm_key];
        }
}

/* What an action judges by must be there in each state in which it can be taken. before: that state and all from which it is reached. */
static void prove_before(const struct proof *p, const struct workflow_action *a, const char *state, uint64_t before)
{
        const struct workflow *w = p->w;
        const int limits[2] = { a->within, a->after };
        bool told[WORKFLOW_LIST_MAX] = { false }, has_points = false, has_row = false;

        for (int k = 0; k < w->field_count; k++)
                told[k] = w->first_fields[k];
        for (int i = 0; i < w->action_count; i++) {
                const struct workflow_action *x = &w->actions[i];

                if (x != a && !is_taken_in(w, x, before))
                        continue;
                for (int k = 0; k < w->field_count; k++)
                        told[k] |= x->fields[k];
                has_points |= x->kind == ACTION_SCORE;
                has_row |= !x->needs_row && workflow_row_key(w, x) >= 0 && workflow_row_key(w, x) == workflow_row_key(w, a);
        }
        for (int i = 0; i < 2; i++)
                if (limits[i] >= 0 && !w->limits[limits[i]].is_for_opinions && !runs_in(w, &w->limits[limits[i]], before))
                        odd(p, a->line, "\"%s\" is judged by the limit \"%s\", which has never run in the state \"%s\"", a->id, w->limits[limits[i]].id, state);
        if (a->needs_score && !has_points)
                odd(p, a->line, "\"%s\" needs points that nobody can have given in the state \"%s\"", a->id, state);
        if (a->needs_row && workflow_row_key(w, a) >= 0 && !has_row)
                odd(p, a->line, "\"%s\" needs a row that nobody can have begun in the state \"%s\"", a->id, state);
        computed_mark(w, told);
        for (int c = 0; c < w->check_count; c++)
                if (a->checks[c] && !expression_can_hold(w->checks[c].rule, told))
                        odd(p, a->line, "\"%s\" must satisfy the check \"%s\", which cannot be true in the state \"%s\": nobody can have told what it reads", a->id, w->checks[c].id, state);
}

static void prove_order(const struct proof *p)
{
        const struct workflow *w = p->w;
        const struct graph backward = graph_of(w, true, WAYS_ALL);

        for (int s = 0; s < w->state_count; s++) {
                uint64_t before = spread(&backward, (uint64_t)1 << s);

                for (int i = 0; i < w->action_count; i++)
                        if (w->actions[i].from[s])
                                prove_before(p, &w->actions[i], w->states[s].id, before);
        }
}

/* ---- actions ------------------------------------------------------------------------------------------------- */

static void prove_places(const struct proof *p, const struct workflow_action *a)
{
        const struct workflow *w = p->w;

        for (int i = 0; i < w->state_count; i++) {
                enum state_kind kind = w->states[i].kind;

                if (!a->from[i])
                        continue;
                if (kind == STATE_END && a->kind != ACTION_APPEAL && a->kind != ACTION_RECORD)
                        odd(p, a->line, "\"%s\" goes on after an end: only an appeal or a record may", a->id);
                if (kind != STATE_END && a->kind == ACTION_APPEAL)
                        odd(p, a->line, "the appeal \"%s\" begins where nothing has ended", a->id);
                if ((kind == STATE_SUSPENDED) != (a->kind == ACTION_CONTINUE) && a->kind != ACTION_WITHDRAW)
                        odd(p, a->line, "a suspended state is left by what is of kind continue or withdraw, nothing else is: \"%s\"", a->id);
        }
        if (a->to >= 0 && (w->states[a->to].kind == STATE_SUSPENDED) != (a->kind == ACTION_SUSPEND))
                odd(p, a->line, "a suspended state is entered by what is of kind suspend, nothing else is: \"%s\"", a->id);
        if (a->to >= 0 && w->states[a->to].kind == STATE_START)
                odd(p, a->line, "\"%s\" leads into the start: a case begins once", a->id);
        if (a->kind == ACTION_WITHDRAW && w->states[a->to].kind != STATE_END)
                odd(p, a->line, "what is withdrawn has ended: \"%s\" must lead into an end", a->id);
        if (a->to >= 0 && a->from[a->to])
                odd(p, a->line, "\"%s\" leads from a state into the same one", a->id);
}

/* Where a move is optional nobody owes anything: else what is due there would be nobody's work. */
static bool can_be_optional(const struct workflow *w, const struct workflow_action *a)
{
        for (int s = 0; s < w->state_count && a->kind == ACTION_MOVE; s++)
                if (a->from[s] && w->states[s].untimed[0] == '\0')
                        return false;
        return a->kind == ACTION_RECORD || (a->kind == ACTION_MOVE && w->states[a->to].kind == STATE_END);
}

/* Fields of a row are told with its name, of one row by one act. */
static void prove_row(const struct proof *p, const struct workflow_action *a)
{
        const struct workflow *w = p->w;
        int key = workflow_row_key(w, a);

        if (a->needs_row && key < 0)
                odd(p, a->line, "\"%s\" needs a row, and asks for no field that names one", a->id);
        if (a->is_optional && !can_be_optional(w, a))
                odd(p, a->line, "\"%s\" is optional: only what is of kind record can be, or a move into an end from states that are untimed", a->id);
        for (int i = 0; i < w->field_count; i++)
                if (a->fields[i] && ((w->fields[i].row_of >= 0 && w->fields[i].row_of != key) || (w->fields[i].is_key && i != key)))
                        odd(p, a->line, "\"%s\" asks for the field \"%s\" of a row: it must ask for \"%s\", which names the row, and for no other", a->id, w->fields[i].id,
                            w->fields[w->fields[i].is_key ? i : w->fields[i].row_of].id);
}

static void prove_action(const struct proof *p, const struct workflow_action *a, bool has_ask, bool has_score)
{
        const struct workflow *w = p->w;

        prove_places(p, a);
        prove_row(p, a);
        if (a->kind == ACTION_EXTEND && w->limits[a->limit].extend_times == 0)
                odd(p, a->line, "\"%s\" extends a limit that says nothing of extensions", a->id);
        if (a->limit >= 0 && (a->kind < ACTION_STOP || a->kind > ACTION_ASK) && a->kind != ACTION_RECORD)
                odd(p, a->line, "\"%s\" does nothing with a limit", a->id);
        if (a->limit >= 0 && (a->kind == ACTION_ASK) != w->limits[a->limit].is_for_opinions)
                odd(p, a->line, "the limit of \"%s\" must be one for opinions where opinions are asked for, and only there", a->id);
        for (int i = 0; i < w->state_count; i++)
                if (a->from[i] && a->limit >= 0 && a->kind != ACTION_ASK && !w->limits[a->limit].runs_in[i] &&
                    !w->limits[a->limit].stops_in[i])
                        odd(p, a->line, "\"%s\" can be taken where its limit never runs", a->id);
        if (((a->within >= 0) && w->limits[a->within].is_for_opinions) || ((a->after >= 0) && w->limits[a->after].is_for_opinions))
                odd(p, a->line, "\"%s\" cannot wait for a limit for opinions: say \"needs\"", a->id);
        if (a->opinions != OPINIONS_NONE && !has_ask)
                odd(p, a->line, "\"%s\" needs opinions that nothing asks for", a->id);
        if (a->needs_score && !has_score)
                odd(p, a->line, "\"%s\" needs points that nobody gives", a->id);
        if (a->needs_sub_cases && w->sub_case_count == 0)
                odd(p, a->line, "\"%s\" needs sub-cases that nothing opens", a->id);
        for (int i = 0; i < w->field_count; i++)
                if (a->fields[i] && w->fields[i].is_computed)
                        odd(p, a->line, "\"%s\" asks people for a field that is computed", a->id);
        for (int i = 0; i < w->actor_count; i++)
                if (a->by[i] && w->actors[i].relation == RELATION_ASKED && a->kind != ACTION_ANSWER)
                        odd(p, a->line, "who is asked for an opinion can only answer: \"%s\"", a->id);
                else if (a->by[i] && w->actors[i].relation == RELATION_NAMED && a->kind == ACTION_ANSWER)
                        odd(p, a->line, "who is named by a register is asked for no opinion: \"%s\"", a->id);
}

static void prove_actions(const struct proof *p)
{
        const struct workflow *w = p->w;
        int kinds[ACTION_RECORD + 1] = { 0 };

        for (int i = 0; i < w->action_count; i++)
                kinds[w->actions[i].kind]++;
        for (int i = 0; i < w->action_count; i++)
                prove_action(p, &w->actions[i], kinds[ACTION_ASK] > 0, kinds[ACTION_SCORE] > 0);
        if ((kinds[ACTION_ASK] > 0) != (kinds[ACTION_ANSWER] > 0))
                odd(p, 1, "opinions need both an action that asks and one that answers");
        if ((kinds[ACTION_SCORE] > 0) != (w->criterion_count > 0))
                odd(p, 1, "points need both \"scoring\" and an action that gives them");
        for (int i = 0; i < w->field_count; i++) {
                if (w->first_fields[i] && w->fields[i].is_computed)
                        odd(p, w->fields[i].line, "the field \"%s\" is computed and cannot be asked for", w->fields[i].id);
                if (w->first_fields[i] && (w->fields[i].is_key || w->fields[i].row_of >= 0))
                        odd(p, w->fields[i].line, "the field \"%s\" belongs to a row: a case is opened without rows, an action of kind record tells of them", w->fields[i].id);
        }
}

/* ---- limits -------------------------------------------------------------------------------------------------- */

static void prove_limit(const struct proof *p, const struct workflow_limit *l)
{
        const struct workflow *w = p->w;
        int index = (int)(l - w->limits);
        bool is_used = !l->is_for_opinions, is_extended = false;

        for (int i = 0; i < w->state_count; i++) {
                if (l->runs_in[i] && l->stops_in[i])
                        odd(p, l->line, "the limit \"%s\" both runs and stands still in one state", l->id);
                if ((l->runs_in[i] || l->stops_in[i]) && w->states[i].kind == STATE_SUSPENDED)
                        odd(p, l->line, "all limits stand still in a suspended state: \"%s\" need not name it", l->id);
        }
        for (int i = 0; i < w->action_count; i++) {
                const struct workflow_action *a = &w->actions[i];

                is_used |= a->limit == index;
                is_extended |= a->kind == ACTION_EXTEND && a->limit == index;
                for (int from = 0; from < w->state_count; from++)
                        if (a->to >= 0 && l->stops_in[a->to] && a->from[from] && !l->runs_in[from] && !l->stops_in[from])
                                odd(p, a->line, "\"%s\" leads into a state where a limit stands still that never ran", a->id);
        }
        for (int i = 0, is_open = 0; l->from_limit >= 0 && i <= w->state_count; i++) {
                is_open |= i < w->state_count && l->runs_in[i] && w->limits[l->from_limit].runs_in[i];
                if (i == w->state_count && !is_open)
                        odd(p, l->line, "the limit \"%s\" starts with the end of a window that runs in none of its states", l->id);
        }
        if (l->from_field >= 0 && w->fields[l->from_field].row_of >= 0)
                odd(p, l->line, "the limit \"%s\" starts with a day of a row, of which there may be many", l->id);
        if (l->year_field >= 0 && !w->first_fields[l->year_field])
                odd(p, l->line, "the limit \"%s\" needs its year from the beginning: a case must be opened with it", l->id);
        if (w->start >= 0 && l->stops_in[w->start])
                odd(p, l->line, "the limit \"%s\" stands still in the start, where it has never run", l->id);
        if (!is_used)
                odd(p, l->line, "nothing uses the limit \"%s\"", l->id);
        if (l->extend_times > 0 && !is_extended)
                odd(p, l->line, "no action extends the limit \"%s\"", l->id);
}

/* Each state that is not an end has a limit that somebody has to keep, or says why none runs. */
static void prove_timed(const struct proof *p)
{
        const struct workflow *w = p->w;

        for (int s = 0; s < w->state_count; s++) {
                bool is_timed = false;

                for (int i = 0; i < w->limit_count; i++)
                        is_timed |= !w->limits[i].is_window && (w->limits[i].runs_in[s] || w->limits[i].stops_in[s]);
                if (is_timed && w->states[s].untimed[0] != '\0')
                        odd(p, w->states[s].line, "the state \"%s\" says that it is untimed, and has a limit", w->states[s].id);
                if (!is_timed && w->states[s].untimed[0] == '\0' && w->states[s].kind != STATE_END && w->states[s].kind != STATE_SUSPENDED)
                        odd(p, w->states[s].line, "no limit runs in the state \"%s\": say with \"untimed\" why", w->states[s].id);
        }
}

/* ---- what nothing uses ------------------------------------------------------------------------------------------ */

static void prove_used(const struct proof *p)
{
        const struct workflow *w = p->w;
        bool actors[WORKFLOW_LIST_MAX] = { false }, documents[WORKFLOW_LIST_MAX] = { false }, fields[WORKFLOW_LIST_MAX] = { false },
             checks[WORKFLOW_LIST_MAX] = { false }, steps[WORKFLOW_LIST_MAX] = { false };

        for (int k = 0; k < WORKFLOW_LIST_MAX; k++) {
                actors[k] = w->opened_by[k];
                documents[k] = w->first_documents[k];
                fields[k] = w->first_fields[k];
                for (int i = 0; i < w->action_count; i++) {
                        actors[k] |= w->actions[i].by[k];
                        documents[k] |= w->actions[i].documents[k];
                        fields[k] |= w->actions[i].fields[k];
                        checks[k] |= w->actions[i].checks[k];
                }
        }
        for (int i = 0; i < w->actor_count; i++) {
                if (!actors[i])
                        odd(p, 1, "nobody acts as \"%s\"", w->actors[i].id);
                if (w->actors[i].relation != RELATION_NAMED)
                        continue;
                if (w->opened_by[i])
                        odd(p, 1, "\"%s\" is named for the subject of a case and cannot open it", w->actors[i].id);
                if (!case_can_name(w->id))
                        odd(p, 1, "no register names who acts as \"%s\"", w->actors[i].id);
        }
        for (int i = 0; i < w->document_count; i++)
                if (!documents[i])
                        odd(p, w->documents[i].line, "nothing requires the document \"%s\"", w->documents[i].id);
        for (int i = 0; i < w->field_count; i++)
                if (!fields[i] && !w->fields[i].is_computed)
                        odd(p, w->fields[i].line, "nothing asks for the field \"%s\"", w->fields[i].id);
        for (int i = 0; i < w->check_count; i++)
                if (!checks[i])
                        odd(p, w->checks[i].line, "no action must satisfy the check \"%s\"", w->checks[i].id);
        for (int i = 0; i < w->state_count; i++)
                if (w->states[i].step >= 0)
                        steps[w->states[i].step] = true;
        for (int i = 0; i < w->step_count; i++)
                if (!steps[i])
                        odd(p, 1, "no state stands at the step \"%s\"", w->steps_en[i]);
}

void workflow_prove(const struct workflow *w, struct complaints *complaints)
{
        struct proof p = { w, complaints };

        prove_reach(&p);
        prove_circles(&p);
        prove_actions(&p);
        for (int i = 0; i < w->limit_count; i++)
                prove_limit(&p, &w->limits[i]);
        prove_timed(&p);
        prove_used(&p);
}

void workflow_prove_use(const struct workflow *w, struct complaints *complaints)
{
        struct proof p = { w, complaints };

        for (int i = 0; i < w->actor_count; i++) {
                const struct workflow_actor *a = &w->actors[i];

                if (a->roles == 0)
                        odd(&p, 1, "\"%s\" has no role: nobody can act so", a->id);
                if ((a->relation == RELATION_PROVINCE && w->level == LEVEL_COUNTRY) || (a->relation == RELATION_BELOW && w->level == LEVEL_COMMUNE))
                        odd(&p, 1, "no unit can act as \"%s\": the country lies in no province, and nothing below a commune", a->id);
                if (a->relation == RELATION_ASKED && w->opened_by[i])
                        odd(&p, 1, "\"%s\" is asked in a case that is open and cannot open it", a->id);
        }
        prove_order(&p);
}
