/* money.c - what schemes bind of the budgets, folded from cases; no line is committed beyond its amount by an act here. */
#include <string.h>

#include "areas/promotion/promotion.h"
#include "base/decimal.h"
#include "catalogue/catalogue.h"

int64_t promotion_number(const struct case_file *f, const char *field)
{
        const struct field_value *v = case_value(f, field);

        return v == NULL ? 0 : v->number;
}

const char *promotion_text(const struct case_file *f, const char *field)
{
        const struct field_value *v = case_value(f, field);

        return v == NULL || v->text == NULL ? "" : v->text;
}

static bool is_one_of(const char *state, const char *const *states)
{
        for (; *states != NULL; states++)
                if (strcmp(state, *states) == 0)
                        return true;
        return false;
}

/* What it binds: as assigned, before that as approved; what is settled when it is; when stopped what was paid and has not come back. */
static int64_t committed_of(const struct scheme *s, const char *state)
{
        static const char *const settled[] = { "settled", "followed", "closed", NULL };

        if (!s->is_planned)
                return 0;
        if (s->is_failed)
                return s->disbursed;
        if (is_one_of(state, settled))
                return s->settled;
        return s->assigned > 0 ? s->assigned : s->approved;
}

/* Items of which as much was done as is planned; both are quantities of the same decimals. */
static void read_items(const struct case_file *f, struct scheme *s)
{
        int planned = workflow_field_find(f->workflow, "item_planned"), done = workflow_field_find(f->workflow, "item_done");

        for (int i = 0; planned >= 0 && done >= 0 && i < f->line_count; i++) {
                const struct field_value *values = f->lines[i].values;

                s->items++;
                s->items_done += values[planned].is_known && values[done].is_known && values[done].number >= values[planned].number;
        }
        s->items_money = promotion_number(f, "items_support");
        s->items_spent = promotion_number(f, "items_support_spent");
}

bool scheme_read(const struct case_file *f, struct scheme *s)
{
        static const char *const done[] = { "accepted", "settling", "settled", "followed", "closed", NULL };
        const char *state;

        if (f->workflow == NULL || f->state < 0 || (strcmp(f->workflow->id, "promotion_national") != 0 && strcmp(f->workflow->id, "promotion_local") != 0))
                return false;
        state = f->workflow->states[f->state].id;
        *s = (struct scheme){ .source = f->workflow->id + strlen("promotion_"), .year = promotion_number(f, "plan_year"), .activity = case_choice(f, "activity"),
                              .tax_code = promotion_text(f, "tax_code"), .beneficiary = promotion_text(f, "beneficiary"), .support = promotion_number(f, "support"),
                              .other_state = promotion_number(f, "other_state"), .enterprise = promotion_number(f, "enterprise_money"),
                              .enterprise_spent = promotion_number(f, "enterprise_spent") };
        s->is_failed = f->workflow->states[f->state].is_failure || strcmp(state, "stopping") == 0;
        s->is_done = is_one_of(state, done);
        s->quantity = promotion_number(f, "quantity");
        s->is_planned = case_value(f, "approved") != NULL && strcmp(state, "cancelled") != 0;
        if (s->is_planned) {
                s->approved = promotion_number(f, "approved");
                s->assigned = promotion_number(f, "assigned");
                s->contract = promotion_number(f, "contract_value");
                s->disbursed = promotion_number(f, "disbursed");
                s->settled = promotion_number(f, "settled_value");
        }
        s->committed = committed_of(s, state);
        s->progress = case_value(f, "progress") == NULL ? -1 : promotion_number(f, "progress");
        read_items(f, s);
        return true;
}

int64_t leverage_of(int64_t enterprise, int64_t state)
{
        return state <= 0 ? -1 : (int64_t)decimal_divide((int128)enterprise * 100, state);
}

/* ---- derived tables --------------------------------------------------------------------------------------------- */

const struct derived_table promotion_tables[] = {
        { "promotion_scheme",
          "CREATE TABLE promotion_scheme (case_id TEXT NOT NULL PRIMARY KEY, source TEXT NOT NULL, plan_year BIGINT NOT NULL, province TEXT NOT NULL, "
          "activity TEXT NOT NULL, is_planned BIGINT NOT NULL, is_failed BIGINT NOT NULL, support BIGINT NOT NULL, other_state BIGINT NOT NULL, "
          "enterprise BIGINT NOT NULL, enterprise_spent BIGINT NOT NULL, approved BIGINT NOT NULL, assigned BIGINT NOT NULL, "
          "contract BIGINT NOT NULL, disbursed BIGINT NOT NULL, settled BIGINT NOT NULL, committed BIGINT NOT NULL, quantity BIGINT NOT NULL, is_done BIGINT NOT NULL, tax_code TEXT NOT NULL, "
          "beneficiary TEXT NOT NULL, progress BIGINT NOT NULL, items BIGINT NOT NULL, items_done BIGINT NOT NULL, items_money BIGINT NOT NULL, items_spent BIGINT NOT NULL, "
          "entry BIGINT NOT NULL); "
          "CREATE INDEX promotion_scheme_year ON promotion_scheme (plan_year, source); CREATE INDEX promotion_scheme_tax ON promotion_scheme (tax_code)",
          "SELECT case_id, source, plan_year, province, activity, is_planned, is_failed, support, other_state, enterprise, enterprise_spent, approved, "
          "assigned, contract, disbursed, settled, committed, quantity, is_done, tax_code, beneficiary, progress, items, items_done, items_money, items_spent, entry FROM promotion_scheme",
          "ttittiiiiiiiiiiiiiittiiiiie" },
        { "promotion_result",
          "CREATE TABLE promotion_result (case_id TEXT NOT NULL, years BIGINT NOT NULL, machines BIGINT NOT NULL, jobs BIGINT NOT NULL, "
          "turnover BIGINT NOT NULL, energy BIGINT NOT NULL, entry BIGINT NOT NULL, PRIMARY KEY (case_id, years))",
          "SELECT case_id, years, machines, jobs, turnover, energy, entry FROM promotion_result", "tiiiiie" },
        { "promotion_line",
          "CREATE TABLE promotion_line (case_id TEXT NOT NULL PRIMARY KEY, source TEXT NOT NULL, plan_year BIGINT NOT NULL, province TEXT NOT NULL, "
          "activity TEXT NOT NULL, amount BIGINT NOT NULL, entry BIGINT NOT NULL); "
          "CREATE INDEX promotion_line_year ON promotion_line (plan_year, source)",
          "SELECT case_id, source, plan_year, province, activity, amount, entry FROM promotion_line", "ttittie" },
        { "promotion_target",
          "CREATE TABLE promotion_target (case_id TEXT NOT NULL, province TEXT NOT NULL, first_year BIGINT NOT NULL, last_year BIGINT NOT NULL, "
          "activity TEXT NOT NULL, target BIGINT NOT NULL, decision TEXT NOT NULL, entry BIGINT NOT NULL, PRIMARY KEY (case_id, activity))",
          "SELECT case_id, province, first_year, last_year, activity, target, decision, entry FROM promotion_target", "ttiitite" },
        { "promotion_norm",
          "CREATE TABLE promotion_norm (case_id TEXT NOT NULL, province TEXT NOT NULL, activity TEXT NOT NULL, rate BIGINT NOT NULL, cap BIGINT NOT NULL, "
          "valid_from BIGINT NOT NULL, valid_to BIGINT NOT NULL, act TEXT NOT NULL, entry BIGINT NOT NULL, PRIMARY KEY (case_id, activity)); "
          "CREATE INDEX promotion_norm_activity ON promotion_norm (activity, valid_from)",
          "SELECT case_id, province, activity, rate, cap, valid_from, valid_to, act, entry FROM promotion_norm", "tttiiiite" },
        { "promotion_product",
          "CREATE TABLE promotion_product (case_id TEXT NOT NULL PRIMARY KEY, level BIGINT NOT NULL, year BIGINT NOT NULL, province TEXT NOT NULL, "
          "product TEXT NOT NULL, product_group TEXT NOT NULL, establishment TEXT NOT NULL, tax_code TEXT NOT NULL, certificate TEXT NOT NULL, "
          "certified_on BIGINT NOT NULL, valid_to BIGINT NOT NULL, is_revoked BIGINT NOT NULL, below TEXT NOT NULL, score BIGINT NOT NULL, entry BIGINT NOT NULL); "
          "CREATE INDEX promotion_product_tax ON promotion_product (tax_code, level); CREATE INDEX promotion_product_year ON promotion_product (year, level)",
          "SELECT case_id, level, year, province, product, product_group, establishment, tax_code, certificate, certified_on, valid_to, is_revoked, below, score, entry"
          " FROM promotion_product",
          "tiittttttiiitie" },
        { NULL, NULL, NULL, NULL },
};

/* What was promised, or reported after so many years. */
static bool write_result(struct work *w, const struct case_file *f, int years, const char *suffix)
{
        const char *jobs = arena_print(w->arena, "jobs_%s", suffix);

        if (case_value(f, jobs) == NULL)
                return true;
        return db_exec(w->db, "INSERT INTO promotion_result (case_id, years, machines, jobs, turnover, energy, entry) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                       ARGS(v_text(f->id), v_int(years), v_int(promotion_number(f, arena_print(w->arena, "machines_%s", suffix))), v_int(promotion_number(f, jobs)),
                            v_int(promotion_number(f, arena_print(w->arena, "turnover_%s", suffix))), v_int(promotion_number(f, arena_print(w->arena, "energy_%s", suffix))),
                            v_int(f->entry)));
}

static bool fold_scheme(struct work *w, const struct case_file *f)
{
        struct scheme s;

        if (!scheme_read(f, &s))
                return true;
        return db_exec(w->db, "INSERT INTO promotion_scheme (case_id, source, plan_year, province, activity, is_planned, is_failed, support, other_state,"
                              " enterprise, enterprise_spent, approved, assigned, contract, disbursed, settled, committed, quantity, is_done, tax_code, beneficiary,"
                              " progress, items, items_done, items_money, items_spent, entry)"
                              " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)",
                       ARGS(v_text(f->id), v_text(s.source), v_int(s.year), v_text(f->unit->key), v_text(s.activity), v_int(s.is_planned), v_int(s.is_failed),
                            v_int(s.support), v_int(s.other_state), v_int(s.enterprise), v_int(s.enterprise_spent), v_int(s.approved), v_int(s.assigned),
                            v_int(s.contract), v_int(s.disbursed), v_int(s.settled), v_int(s.committed), v_int(s.quantity), v_int(s.is_done), v_text(s.tax_code), v_text(s.beneficiary),
                            v_int(s.progress), v_int(s.items), v_int(s.items_done), v_int(s.items_money), v_int(s.items_spent), v_int(f->entry))) &&
               write_result(w, f, 0, "planned") && write_result(w, f, 1, "1") && write_result(w, f, 3, "3");
}

/* A line counts from the decision on it, also after its year was closed. */
static bool line_amount(const struct case_file *f, int64_t *out)
{
        const struct field_value *v = case_value(f, "amount");

        if (v == NULL || f->state < 0 || strcmp(f->workflow->states[f->state].id, "refused") == 0)
                return false;
        *out = v->number;
        return true;
}

static const char *line_source(const struct case_file *f)
{
        return f->unit->level == LEVEL_COUNTRY ? "national" : case_choice(f, "source");
}

/* "all" is every activity. */
static const char *line_activity(const struct case_file *f)
{
        const char *activity = case_choice(f, "activity");

        return strcmp(activity, "all") == 0 ? "" : activity;
}

static bool fold_line(struct work *w, const struct case_file *f)
{
        int64_t dong;

        if (!line_amount(f, &dong))
                return true;
        return db_exec(w->db, "INSERT INTO promotion_line (case_id, source, plan_year, province, activity, amount, entry) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                       ARGS(v_text(f->id), v_text(line_source(f)), v_int(promotion_number(f, "plan_year")), v_text(f->unit->level == LEVEL_COUNTRY ? "" : f->unit->key),
                            v_text(line_activity(f)), v_int(dong), v_int(f->entry)));
}

/* ---- budgets ---------------------------------------------------------------------------------------------------------- */

/* The province as it is today; itself where it was divided. */
const struct unit *province_today(struct work *w, const char *key)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL || *key == '\0' ? NULL : unit_by_key(c, key), *home = u == NULL ? NULL : case_home(c, u, day_of_moment(w->now));

        return home != NULL ? home : u;
}

bool budget_covers(const struct budget_line *l, const struct unit *province, const char *activity)
{
        return (l->province == NULL || l->province == province) && (*l->activity == '\0' || strcmp(l->activity, activity) == 0);
}

static void add_line(struct work *w, struct budget *b, const struct budget_line *l)
{
        b->lines = arena_room(w->arena, b->lines, b->count, sizeof *b->lines);
        b->lines[b->count++] = *l;
}

static void read_lines(struct work *w, const char *source, int64_t year, const char *without, struct budget *b)
{
        struct rows *r = db_query(w->db, "SELECT l.case_id, l.province, l.activity, l.amount, f.title FROM promotion_line l"
                                         " JOIN case_file f ON f.id = l.case_id WHERE l.plan_year = $1 AND l.source = $2 AND l.case_id <> $3 ORDER BY l.case_id",
                                  ARGS(v_int(year), v_text(source), v_text(without)));

        while (rows_next(r))
                add_line(w, b, &(struct budget_line){ .case_id = arena_text(w->arena, rows_text(r, 0)), .title = arena_text(w->arena, rows_text(r, 4)),
                                                      .source = arena_text(w->arena, source), .province = province_today(w, rows_text(r, 1)),
                                                      .activity = arena_text(w->arena, rows_text(r, 2)), .amount = rows_int(r, 3) });
        rows_close(r);
}

/* Into each line that covers it: what a province's schemes of one activity bind. */
static void add_committed(struct budget *b, const struct unit *province, const char *activity, int64_t committed, int64_t disbursed)
{
        for (size_t i = 0; i < b->count; i++)
                if (budget_covers(&b->lines[i], province, activity)) {
                        b->lines[i].committed += committed;
                        b->lines[i].disbursed += disbursed;
                }
}

/* What the lines that cover the same hold together, and what of a whole is allotted to provinces. */
static void add_up(struct budget *b)
{
        for (size_t i = 0; i < b->count; i++) {
                struct budget_line *x = &b->lines[i];

                x->is_first = true;
                for (size_t k = 0; k < b->count; k++) {
                        const struct budget_line *y = &b->lines[k];

                        if (strcmp(x->activity, y->activity) != 0)
                                continue;
                        if (x->province == y->province) {
                                x->held += y->amount;
                                x->is_first &= k >= i;
                        } else if (x->province == NULL) {
                                x->allotted += y->amount;
                        }
                }
        }
}

/* Without what a case says so far, and with a line as it would be (NULL: none). */
static struct budget *gather(struct work *w, const char *source, int64_t year, const char *without, const struct budget_line *with)
{
        struct budget *b = arena_alloc(w->arena, sizeof *b);
        struct rows *r;

        *b = (struct budget){ .count = 0 };
        if (catalogue_of(w) == NULL)
                return NULL;
        read_lines(w, source, year, without, b);
        if (with != NULL)
                add_line(w, b, with);
        r = db_query(w->db, "SELECT province, activity, CAST(SUM(committed) AS BIGINT), CAST(SUM(disbursed) AS BIGINT) FROM promotion_scheme"
                            " WHERE plan_year = $1 AND source = $2 AND case_id <> $3 GROUP BY province, activity ORDER BY province, activity",
                     ARGS(v_int(year), v_text(source), v_text(without)));
        while (rows_next(r))
                add_committed(b, province_today(w, rows_text(r, 0)), arena_text(w->arena, rows_text(r, 1)), rows_int(r, 2), rows_int(r, 3));
        rows_close(r);
        add_up(b);
        return work_ok(w) ? b : NULL;
}

struct budget *budget_read(struct work *w, const char *source, int64_t year)
{
        return gather(w, source, year, "", NULL);
}

/* ---- the rule ------------------------------------------------------------------------------------------------------------ */

/* field: what was filled in too high, or too low. */
static bool refuse(struct work *w, const struct budget_line *l, int64_t year, int64_t bound, const char *field)
{
        const struct catalogue *c = catalogue_of(w);
        const struct workflow *flow = c == NULL ? NULL : workflow_find(c, l->province == NULL ? "promotion_budget" : "promotion_allotment", day_of_moment(w->now));

        error_set(&w->err, ERR_CONFLICT, "the budget \"%s\" of %d would be exceeded: %s of %s would be committed", l->title, (int)year, dong_words(w, bound),
                  dong_words(w, l->held));
        error_at(&w->err, field);
        return flow == NULL ? false : error_hint(&w->err, "rule: %s (to be checked)", flow->basis.source);
}

/* What a scheme binds so far of the lines that would cover it: nothing where it would move to others, as to a part of a divided province. */
static int64_t committed_there(struct work *w, const struct case_file *after, const struct scheme *s)
{
        return db_number(w->db, "SELECT committed FROM promotion_scheme WHERE case_id = $1 AND source = $2 AND plan_year = $3 AND activity = $4 AND province = $5",
                         ARGS(v_text(after->id), v_text(s->source), v_int(s->year), v_text(s->activity), v_text(after->unit->key)), 0);
}

static bool check_scheme(struct work *w, const struct case_file *after, const struct case_event *event)
{
        const struct unit *province = province_today(w, after->unit->key);
        struct budget *b;
        bool is_covered = false;
        struct scheme s;

        (void)event;
        if (!scheme_read(after, &s) || s.committed <= committed_there(w, after, &s))
                return work_ok(w);
        b = gather(w, s.source, s.year, after->id, NULL);
        if (b == NULL)
                return false;
        add_committed(b, province, s.activity, s.committed, s.disbursed);
        for (size_t i = 0; i < b->count; i++) {
                if (!budget_covers(&b->lines[i], province, s.activity))
                        continue;
                is_covered = true;
                if (b->lines[i].committed > b->lines[i].held)
                        return refuse(w, &b->lines[i], s.year, b->lines[i].committed, "approved");
        }
        if (is_covered)
                return strcmp(s.source, "local") != 0 || promotion_check_own_norm(w, after, s.approved);
        error_set(&w->err, ERR_CONFLICT, "no budget of %d covers this scheme yet", (int)s.year);
        error_at(&w->err, "approved");
        return error_hint(&w->err, "the money of the year is decided first: /cases/new/%s", strcmp(s.source, "national") == 0 ? "promotion_budget" : "promotion_allotment");
}

/* A line that is new or lowered must hold what is committed; the whole programme what is allotted to provinces. */
static bool check_line(struct work *w, const struct case_file *after, const struct case_event *event)
{
        struct budget_line l = { .case_id = after->id, .title = after->title, .source = line_source(after), .activity = line_activity(after),
                                 .province = after->unit->level == LEVEL_COUNTRY ? NULL : province_today(w, after->unit->key) };
        int64_t year = promotion_number(after, "plan_year"), before;
        struct budget *b;

        (void)event;
        if (!line_amount(after, &l.amount))
                return true;
        before = db_number(w->db, "SELECT amount FROM promotion_line WHERE case_id = $1", ARGS(v_text(after->id)), -1);
        if (before == l.amount || !work_ok(w))
                return work_ok(w);
        b = gather(w, l.source, year, after->id, &l);
        if (b == NULL)
                return false;
        for (size_t i = 0; i < b->count; i++) {
                const struct budget_line *x = &b->lines[i];
                int64_t bound = x->committed > x->allotted ? x->committed : x->allotted;
                bool is_it = strcmp(x->case_id, after->id) == 0, is_above = x->province == NULL && l.province != NULL && strcmp(x->activity, l.activity) == 0;

                if ((is_it && (before < 0 || l.amount < before) && bound > x->held) || (is_above && l.amount > before && x->allotted > x->held))
                        return refuse(w, x, year, is_it ? bound : x->allotted, "amount");
        }
        return true;
}

static const char *const scheme_tables[] = { "promotion_scheme", "promotion_result", NULL }, *const line_tables[] = { "promotion_line", NULL },
                         *const target_tables[] = { "promotion_target", NULL }, *const norm_tables[] = { "promotion_norm", NULL }, *const product_tables[] = { "promotion_product", NULL };

const struct case_part promotion_parts[] = {
        { .workflow = "promotion_national", .check = check_scheme, .tables = scheme_tables, .fold = fold_scheme, .show = promotion_section, .shows_money = true },
        { .workflow = "promotion_local", .check = check_scheme, .tables = scheme_tables, .fold = fold_scheme, .show = promotion_section, .shows_money = true },
        { .workflow = "promotion_budget", .check = check_line, .tables = line_tables, .fold = fold_line },
        { .workflow = "promotion_allotment", .check = check_line, .tables = line_tables, .fold = fold_line },
        { .workflow = "promotion_norm", .check = promotion_check_norm, .tables = norm_tables, .fold = promotion_fold_norm, .show = promotion_norm_section },
        { .workflow = "promotion_programme", .tables = target_tables, .fold = promotion_fold_programme, .show = promotion_programme_section, .shows_money = true },
        { .workflow = "promotion_programme_local", .tables = target_tables, .fold = promotion_fold_programme, .show = promotion_programme_section, .shows_money = true },
        { .workflow = "promotion_vote_commune", .check = promotion_check_vote, .tables = product_tables, .fold = promotion_fold_vote, .show = promotion_vote_section },
        { .workflow = "promotion_vote_province", .check = promotion_check_vote, .tables = product_tables, .fold = promotion_fold_vote, .show = promotion_vote_section },
        { .workflow = "promotion_vote_region", .check = promotion_check_vote, .tables = product_tables, .fold = promotion_fold_vote, .show = promotion_vote_section },
        { .workflow = "promotion_vote_nation", .check = promotion_check_vote, .tables = product_tables, .fold = promotion_fold_vote, .show = promotion_vote_section },
        { .workflow = NULL },
};
