/* before.c - what a case says of earlier ones (money the state gave to a cluster, inspections of an enterprise in a year) is not less than what the
 * cases here come to: the law's own bound on it is in the workflow. */
#include <string.h>

#include "areas/cluster/cluster.h"
#include "areas/cluster/store.h"

struct rule { const char *workflow, *action, *field; }; /* what counts once the action was taken; the field that tells of those before */

static const struct rule rules[] = {
        { "cluster_support", "decide", "granted_before" },
        { "cluster_inspection", "approve", "before" },
};

static const struct rule *rule_of(const struct case_file *f)
{
        return &rules[strcmp(f->workflow->id, rules[1].workflow) == 0];
}

static const char *text_of(const struct case_file *f, const char *field)
{
        const struct field_value *v = case_value(f, field);

        return v == NULL || v->text == NULL ? "" : v->text;
}

static int64_t number_of(const struct case_file *f, const char *field)
{
        const struct field_value *v = case_value(f, field);

        return v == NULL ? 0 : v->number;
}

/* What cases have in common that add up. */
static const char *subject_of(struct work *w, const struct case_file *f)
{
        return rule_of(f) == &rules[0] ? text_of(f, "cluster_id") : arena_print(w->arena, "%s %lld", text_of(f, "tax_code"), (long long)number_of(f, "year"));
}

bool before_check(struct work *w, const struct case_file *after, const struct case_event *event)
{
        const struct rule *rule = rule_of(after);
        int64_t found;

        if (event->act != CASE_ACT || strcmp(after->workflow->actions[event->action].id, rule->action) != 0)
                return true;
        found = db_number(w->db, "SELECT COALESCE(SUM(amount), 0) FROM cluster_before WHERE workflow = $1 AND subject = $2 AND case_id <> $3",
                          ARGS(v_text(rule->workflow), v_text(subject_of(w, after)), v_text(after->id)), 0);
        if (number_of(after, rule->field) >= found)
                return work_ok(w);
        error_set(&w->err, ERR_INVALID, "the cases here already come to %lld, more than what is stated", (long long)found);
        error_at(&w->err, rule->field);
        return error_hint(&w->err, "see the ended cases of this procedure, and state what there was before: %s", after->workflow->basis.source);
}

/* What lies outside the cluster is no part of its project. */
static int64_t amount_of(const struct case_file *f)
{
        if (rule_of(f) != &rules[0])
                return 1;
        return strcmp(case_choice(f, "purpose"), "outside") == 0 ? 0 : number_of(f, "granted");
}

bool before_fold(struct work *w, const struct case_file *f)
{
        const struct case_event *done = case_done(f, rule_of(f)->action);

        if (done == NULL || f->workflow->states[f->state].is_failure)
                return true;
        return db_exec(w->db, "INSERT INTO cluster_before (case_id, workflow, subject, amount, entry) VALUES ($1, $2, $3, $4, $5)",
                       ARGS(v_text(f->id), v_text(f->workflow->id), v_text(subject_of(w, f)), v_int(amount_of(f)), v_int(done->entry)));
}
