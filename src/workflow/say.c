/* say.c - why something was not possible, and by which rule. */
#include <string.h>

#include "workflow/case.h"
#include "workflow/workflow_private.h"

/* What the fault is about, in words; the act it rests on; the limit it is about, NULL none. */
struct cited { const char *name; struct basis basis; const struct workflow_limit *limit; };

static struct cited cite(struct work *work, const struct workflow *w, const struct case_event *e)
{
        struct cited c = { e->about, { "", true }, NULL };

        if (e->fault == FAULT_UNIT || e->fault == FAULT_OPINIONS) {
                const struct catalogue *catalogue = catalogue_of(work);
                const struct unit *u = catalogue == NULL ? NULL : unit_by_key(catalogue, e->about);

                if (u != NULL)
                        c.name = text_in(work->language, u->full_name_vi, u->full_name_en);
        }
        if (w == NULL || e->fault == FAULT_STREAM || e->fault >= FAULT_CONTESTED) /* by no rule of the workflow */
                return c;
        c.basis = e->action < 0 ? w->basis : w->actions[e->action].basis;
        for (int i = 0; i < w->check_count; i++)
                if (e->fault == FAULT_CHECK && strcmp(w->checks[i].id, e->about) == 0)
                        c = (struct cited){ text_in(work->language, w->checks[i].message_vi, w->checks[i].message_en), e->norm != NULL ? *e->norm : w->checks[i].basis, NULL };
        for (int i = 0; i < w->field_count; i++)
                if ((e->fault == FAULT_FIELD_MISSING || e->fault == FAULT_FIELD_WRONG || e->fault == FAULT_ROW) && strcmp(w->fields[i].id, e->about) == 0)
                        c.name = text_in(work->language, w->fields[i].title_vi, w->fields[i].title_en);
        for (int i = 0; i < w->document_count; i++)
                if ((e->fault == FAULT_DOCUMENT || e->fault == FAULT_DOCUMENT_DAY) && strcmp(w->documents[i].id, e->about) == 0)
                        c = (struct cited){ text_in(work->language, w->documents[i].title_vi, w->documents[i].title_en), w->documents[i].basis, NULL };
        for (int i = 0; i < w->limit_count; i++)
                if (e->fault >= FAULT_NOT_RUNNING && e->fault <= FAULT_TOO_EARLY && strcmp(w->limits[i].id, e->about) == 0)
                        c = (struct cited){ text_in(work->language, w->limits[i].title_vi, w->limits[i].title_en), w->limits[i].basis, &w->limits[i] };
        return c;
}

/* With the day from which on it may be done, where that is known. */
static bool too_early(const struct work *work, const struct case_file *f, const struct case_event *e, const struct cited *c, struct error *err)
{
        day from = f->workflow == NULL || e->action < 0 ? DAY_FOREVER : case_possible_from(f, &f->workflow->actions[e->action]);
        char shown[DAY_SHOWN_MAX];

        if (from == DAY_FOREVER)
                return error_set(err, ERR_CONFLICT, "the last day has not come: %s", c->name);
        day_write_shown(shown, from, work->language);
        return error_set(err, ERR_CONFLICT, "not before %s: %s", shown, c->name);
}

static bool say(const struct work *work, const struct case_file *f, const struct case_event *e, const struct cited *c, struct error *err)
{
        const struct workflow_state *s = e->from < 0 || f->workflow == NULL ? NULL : &f->workflow->states[e->from];

        switch (e->fault) {
        case FAULT_WORKFLOW: return error_set(err, ERR_INVALID, "no workflow \"%s\" was in force on the day of receipt", c->name);
        case FAULT_UNIT: return error_set(err, ERR_INVALID, "the case cannot belong to the unit \"%s\"", c->name);
        case FAULT_ACTION: return error_set(err, ERR_MISSING, "the workflow has no action \"%s\"", c->name);
        case FAULT_STATE:
                return error_set(err, ERR_CONFLICT, "this is not possible in the state \"%s\"", s == NULL ? "" : text_in(work->language, s->title_vi, s->title_en));
        case FAULT_ACTOR: return error_set(err, ERR_DENIED, "your role in your unit may not do this in this case");
        case FAULT_DIVIDED:
                return error_set(err, ERR_CONFLICT, "the unit of the case was divided: the unit above must first assign the case to one of its parts");
        case FAULT_FUTURE: return error_set(err, ERR_INVALID, "the day lies in the future");
        case FAULT_BACKDATED: return error_set(err, ERR_INVALID, "the day lies before that of what was done last in this case");
        case FAULT_REASON: return error_set(err, ERR_INVALID, "a reason is required");
        case FAULT_DOCUMENT: return error_set(err, ERR_INVALID, "a document is missing: %s", c->name);
        case FAULT_DOCUMENT_DAY: return error_set(err, ERR_INVALID, "the document has no day, or one after that of the act: %s", c->name);
        case FAULT_FIELD_MISSING: return error_set(err, ERR_INVALID, "this must be filled in: %s", c->name);
        case FAULT_FIELD_WRONG: return error_set(err, ERR_INVALID, "this cannot be read: %s", c->name);
        case FAULT_CHECK: return error_set(err, ERR_INVALID, "%s", c->name);
        case FAULT_NOT_RUNNING: return error_set(err, ERR_CONFLICT, "the limit does not run: %s", c->name);
        case FAULT_NOT_STOPPED: return error_set(err, ERR_CONFLICT, "the limit was never stopped: %s", c->name);
        case FAULT_EXTENSION:
                return error_set(err, ERR_INVALID, "the limit \"%s\" allows no such extension: at most so many times: %d, each time at most so many days: %d", c->name, c->limit->extend_times,
                                 c->limit->extend_days);
        case FAULT_TOO_LATE: return error_set(err, ERR_CONFLICT, "the last day has passed: %s", c->name);
        case FAULT_TOO_EARLY: return too_early(work, f, e, c, err);
        case FAULT_ASKED: return error_set(err, ERR_INVALID, "name the units that are asked: known ones, each once, that are not asked already");
        case FAULT_OPINION: return error_set(err, ERR_INVALID, "an opinion is agree, conditions or disagree");
        case FAULT_OPINIONS: return error_set(err, ERR_CONFLICT, "the opinion of a unit is still expected: %s", c->name);
        case FAULT_POINTS: return error_set(err, ERR_INVALID, "points are whole numbers for each criterion up to its most, once a member");
        case FAULT_SCORE: return error_set(err, ERR_CONFLICT, "too few points, or too few members have given them");
        case FAULT_SUB_CASES: return error_set(err, ERR_CONFLICT, "a case below this one has not ended");
        case FAULT_STREAM: return error_set(err, ERR_DENIED, "it was not written for the unit of the case");
        case FAULT_ROW: return error_set(err, ERR_CONFLICT, "nothing of that name was recorded before: %s", c->name);
        case FAULT_CONTESTED: return error_set(err, ERR_CONFLICT, "acts of several nodes exclude each other: until it is decided which of them counts none does, and nothing else is done");
        case FAULT_PASSED_OVER: return error_set(err, ERR_CONFLICT, "it was decided that another act counts");
        case FAULT_UNCONTESTED: return error_set(err, ERR_CONFLICT, "there was nothing to decide between");
        default: return error_set(err, ERR_INVALID, "this cannot be done");
        }
}

static const char *first_of(const struct workflow *w, const bool *reads, const bool *asks)
{
        for (int i = 0; i < w->field_count; i++)
                if (reads[i] && asks[i])
                        return w->fields[i].id;
        return NULL;
}

/* The first field that a check reads and the act itself asks for; where it reads none of these, the first of those it computes with. */
static const char *field_checked(struct work *work, const struct workflow *w, const struct case_event *e)
{
        bool *reads = arena_array(work->arena, (size_t)w->field_count + 1, sizeof *reads);
        const bool *asks = e->action < 0 ? w->first_fields : w->actions[e->action].fields;
        const char *found;

        for (int i = 0; i < w->check_count; i++)
                if (strcmp(w->checks[i].id, e->about) == 0)
                        expression_mark(w->checks[i].rule, reads);
        found = first_of(w, reads, asks);
        for (int i = w->field_count - 1; i >= 0 && found == NULL; i--)
                if (reads[i]) /* a formula reads fields that stand before it */
                        expression_mark(w->fields[i].formula, reads);
        return found != NULL ? found : first_of(w, reads, asks);
}

/* The input that is wrong, as JSON calls it; NULL where it is none. */
static const char *input_of(struct work *work, const struct workflow *w, const struct case_event *e)
{
        switch (e->fault) {
        case FAULT_UNIT: return "case_unit";
        case FAULT_FUTURE:
        case FAULT_BACKDATED: return "on";
        case FAULT_REASON: return "reason";
        case FAULT_DOCUMENT:
        case FAULT_FIELD_MISSING:
        case FAULT_ROW:
        case FAULT_FIELD_WRONG: return e->about;
        case FAULT_DOCUMENT_DAY: return arena_print(work->arena, "%s-on", e->about);
        case FAULT_CHECK: return w == NULL ? NULL : field_checked(work, w, e);
        case FAULT_EXTENSION: return "days";
        case FAULT_ASKED: return "units";
        case FAULT_OPINION: return "opinion";
        case FAULT_POINTS: return *e->about == '\0' ? NULL : e->about;
        default: return NULL;
        }
}

bool case_fault_say(struct work *w, const struct case_file *f, const struct case_event *e, struct error *err)
{
        const struct workflow *flow = f->workflow != NULL ? f->workflow : f->tried;
        struct cited c = cite(w, flow, e);
        const char *input = input_of(w, flow, e);

        say(w, f, e, &c, err);
        if (input != NULL)
                error_at(err, input);
        if (*c.basis.source == '\0')
                return false;
        return c.basis.is_verified ? error_hint(err, "rule: %s", c.basis.source) : error_hint(err, "rule: %s (to be checked)", c.basis.source);
}

const char *days_words(struct work *w, int days, bool is_working)
{
        char memory[100];
        struct buf out;

        buf_init_in(&out, memory, sizeof memory);
        days_put(&out, w->language, days, is_working);
        return arena_text(w->arena, out.data);
}

const char *case_left_words(struct work *w, day due, bool stands_still, enum urgency urgency, const char **css)
{
        static const char *const styles[] = { "chip", "chip warn", "chip err", "chip err" };
        int left = due == DAY_NONE ? 0 : (int)(due - day_of_moment(w->now));

        *css = stands_still ? "chip info" : styles[urgency];
        if (stands_still)
                return work_text(w, "stands still");
        if (due == DAY_NONE)
                return "";
        if (left < 0)
                return arena_print(w->arena, work_text(w, "%s late"), days_words(w, -left, false));
        return left == 0 ? work_text(w, "due today") : arena_print(w->arena, work_text(w, "%s left"), days_words(w, left, false));
}
