/* findings.c - what the rules find about stored figures: counted, listed, opened, answered. */
#include <stdlib.h>
#include <string.h>

#include "areas/quality/pages.h"
#include "areas/quality/quality.h"
#include "base/hex.h"
#include "ledger/node.h"
#include "ledger/past.h"
#include "ledger/read.h"
#include "report/table.h"

#define ROWS_SHOWN 200

/* ---- what is asked --------------------------------------------------------------------------------------------- */

struct sieve {
        struct quality_ask ask;
        int level, severity, state;  /* -1: all */
        const char *owner;           /* code; "" all */
};

static const char *const state_names[] = { "open", "explained", "accepted" };
static const char *const state_titles[] = { N_("Open"), N_("Explained"), N_("Accepted") };
static const char *const state_css[] = { "warn", "info", "ok" };
static const char *const severity_css[] = { "info", "warn", "err" };

static bool read_word(struct work *w, const struct request *r, const char *name, const char *(*word)(int), int count, int usual, int *out)
{
        const char *text = request_query(r, name, 0);

        *out = usual;
        if (text == NULL)
                return true;
        *out = -1;
        if (*text == '\0' || strcmp(text, "all") == 0)
                return true;
        for (int i = 0; i < count; i++)
                if (strcmp(text, word(i)) == 0)
                        *out = i;
        return *out >= 0 || error_set(&w->err, ERR_INVALID, "%s: \"%s\" is not one of the words for it", name, text);
}

static const char *level_word(int i) { return rule_level_name((enum rule_level)i); }
static const char *severity_word(int i) { return severity_name((enum severity)i); }
static const char *state_word(int i) { return state_names[i]; }

static bool sieve_read(struct work *w, const struct request *r, struct sieve *s)
{
        const char *owner = request_query(r, "owner", 0);

        s->owner = owner == NULL ? "" : owner;
        if (*s->owner != '\0' && catalogue_of(w) != NULL && unit_by_code(catalogue_of(w), s->owner, NULL, 0) == 0) {
                error_set(&w->err, ERR_INVALID, "owner: there never was a unit with the code \"%s\"", s->owner);
                return error_hint(&w->err, "/quality names the units that have findings");
        }
        return quality_ask_read(w, r, &s->ask) && read_word(w, r, "level", level_word, RULE_LEVELS, -1, &s->level) &&
               read_word(w, r, "severity", severity_word, 3, -1, &s->severity) && read_word(w, r, "state", state_word, 3, 0, &s->state) &&
               web_territory(w, s->ask.unit != NULL ? s->ask.unit->code : w->user == &user_operator ? node_unit(w->node) : w->user->unit);
}

/* The territory that is looked at: what was asked for, else the asker's own. */
static const struct unit *territory(struct work *w, const struct sieve *s)
{
        if (s->ask.unit != NULL)
                return s->ask.unit->level == LEVEL_COUNTRY ? NULL : s->ask.unit;
        if (w->user == &user_operator || strcmp(w->user->unit, "VN") == 0)
                return NULL;
        return unit_at(catalogue_of(w), w->user->unit, day_of_moment(w->now));
}

static bool passes(const struct sieve *s, const struct finding *f, enum quality_answer state)
{
        return (s->level < 0 || (int)f->level == s->level) && (s->severity < 0 || (int)f->severity == s->severity) &&
               (s->state < 0 || (int)state == s->state) && (*s->owner == '\0' || strcmp(s->owner, f->owner) == 0);
}

/* ---- gathering ---------------------------------------------------------------------------------------------------- */

struct gathering {
        struct work *work;
        const struct sieve *sieve;
        struct answers *answers;
        struct findings_view *view;  /* counts, and rows where it is a page */
        struct table *table;         /* or rows of a table */
        const char *wanted;          /* or one finding, */
        struct finding found;        /* kept here */
        bool is_found;
        size_t owner_room;
};

static const char *unit_said(struct work *w, const char *code)
{
        const struct unit *u = unit_at(catalogue_of(w), code, day_of_moment(w->now));

        if (strcmp(code, "VN") == 0)
                return work_text(w, "Ministry of Industry and Trade");
        return u == NULL ? code : quality_unit_name(w, u);
}

static struct owner_row *owner_of(struct gathering *g, const char *code)
{
        struct findings_view *v = g->view;
        struct work *w = g->work;

        for (size_t i = 0; i < v->owner_count; i++)
                if (strcmp(v->owners[i].code, code) == 0)
                        return &v->owners[i];
        if (v->owner_count == g->owner_room) {
                struct owner_row *more = arena_array(w->arena, g->owner_room = g->owner_room == 0 ? 64 : g->owner_room * 2, sizeof *more);

                if (v->owner_count > 0)
                        memcpy(more, v->owners, v->owner_count * sizeof *more);
                v->owners = more;
        }
        v->owners[v->owner_count] = (struct owner_row){ .code = arena_text(w->arena, code), .name = unit_said(w, code) };
        return &v->owners[v->owner_count++];
}

static void tally_add(struct tally *t, const struct finding *f, enum quality_answer state)
{
        if (state == ANSWER_NONE)
                t->open[f->severity]++;
        else
                t->answered[f->severity]++;
}

static const char *keep(struct work *w, const char *text)
{
        return arena_text(w->arena, text);
}

static void row_fill(struct work *w, const struct finding *f, const struct answer *a, enum quality_answer state, struct finding_row *row)
{
        const char *measure = indicator_measure(catalogue_of(w), f->indicator, f->item, period_last(f->period), w->language);

        *row = (struct finding_row){
                .name = keep(w, quality_cell_name(w, f->indicator, f->item, period_last(f->period))), .where = quality_unit_name(w, f->unit),
                .when = quality_period_said(w, f->period),
                .value = f->has_value ? arena_print(w->arena, "%s %s", quality_number(w, f->indicator, f->value, false), measure)
                                      : work_text(w, "no figure"),
                .href = f->has_value ? quality_figure_href(w, f->indicator, f->unit, f->period, f->item, f->partner)
                                     : arena_print(w->arena, "/forms/%s/%s/%s", f->form, f->unit->code, quality_period_code(w, f->period)),
                .message = keep(w, f->message), .advice = keep(w, f->advice), .basis = keep(w, f->basis),
                .rule = arena_print(w->arena, "%s: %s", f->form_title, f->rule), .level = work_text(w, rule_level_title(f->level)),
                .severity = work_text(w, severity_title(f->severity)), .css = severity_css[f->severity], .owner = unit_said(w, f->owner),
                .state = work_text(w, state_titles[state]), .state_css = state_css[state],
                .answer = state == ANSWER_NONE ? "" : a != NULL ? a->reason : keep(w, f->explanation),
                .answer_href = arena_print(w->arena, "/quality/finding?key=%s", f->key),
        };
}

static void table_add(struct gathering *g, const struct finding *f, const struct answer *a, enum quality_answer state)
{
        struct work *w = g->work;

        table_row(g->table, (struct cell[]){
                cell_text(f->key), cell_text(f->form), cell_text(f->rule), cell_text(rule_level_name(f->level)), cell_text(severity_name(f->severity)),
                cell_text(f->indicator->id), cell_text(f->unit->code), cell_text(f->unit->key), cell_text(quality_period_code(w, f->period)),
                cell_text(f->item), cell_text(f->partner), f->has_value ? cell_number(f->value, f->indicator->decimals, -1) : cell_empty(),
                cell_text(indicator_measure(catalogue_of(w), f->indicator, f->item, period_last(f->period), w->language)), cell_text(f->message), cell_text(f->advice), cell_text(f->owner),
                cell_text(quality_answer_name(state)), cell_text(state == ANSWER_NONE ? "" : a != NULL ? a->reason : f->explanation),
                cell_text(state != ANSWER_NONE && a != NULL ? a->by : ""), cell_text(f->basis) });
}

static bool gather(struct work *w, const struct finding *f, void *context)
{
        struct gathering *g = context;
        const struct answer *a = answer_find(w, g->answers, f);
        enum quality_answer state = finding_state(w, f, a);

        if (g->wanted != NULL) {
                if (strcmp(g->wanted, f->key) != 0)
                        return true;
                g->found = *f;
                g->found.key = keep(w, f->key);
                g->found.rule = keep(w, f->rule);
                g->found.message = keep(w, f->message);
                g->found.advice = keep(w, f->advice);
                g->found.item = keep(w, f->item);
                g->found.partner = keep(w, f->partner);
                g->found.explanation = keep(w, f->explanation);
                g->is_found = true;
                return false;
        }
        if (g->view != NULL) {
                const struct unit *place = f->unit->province != NULL ? f->unit->province : f->unit;

                tally_add(&g->view->all, f, state);
                tally_add(&g->view->level[f->level].tally, f, state);
                tally_add(&owner_of(g, f->owner)->as_owner, f, state);
                owner_of(g, place->code)->about += state == ANSWER_NONE;
        }
        if (!passes(g->sieve, f, state))
                return true;
        if (g->table != NULL)
                table_add(g, f, a, state);
        if (g->view != NULL && g->view->matching++ < ROWS_SHOWN)
                row_fill(w, f, a, state, &g->view->rows[g->view->count++]);
        return work_ok(w);
}

static bool gather_all(struct gathering *g)
{
        struct work *w = g->work;
        const struct findings_query q = { .unit = territory(w, g->sieve), .indicator = g->sieve->ask.indicator, .from = g->sieve->ask.from,
                                          .to = g->sieve->ask.to };

        g->answers = answers_read(w);
        return g->answers != NULL && findings_read(w, &q, gather, g);
}

/* ---- GET /quality --------------------------------------------------------------------------------------------------- */

static struct choice_row *choices(struct work *w, const char *(*word)(int), const char *const *titles, int count, int chosen, size_t *out)
{
        struct choice_row *list = arena_array(w->arena, (size_t)count + 1, sizeof *list);

        list[0] = (struct choice_row){ "all", work_text(w, "all"), chosen < 0 };
        for (int i = 0; i < count; i++)
                list[i + 1] = (struct choice_row){ word(i), work_text(w, titles[i]), chosen == i };
        *out = (size_t)count + 1;
        return list;
}

static int by_weight(const void *a, const void *b)
{
        const struct owner_row *x = a, *y = b;

        for (int i = SEVERITY_ERROR; i >= SEVERITY_HINT; i--)
                if (x->as_owner.open[i] != y->as_owner.open[i])
                        return x->as_owner.open[i] > y->as_owner.open[i] ? -1 : 1;
        if (x->about != y->about)
                return x->about > y->about ? -1 : 1;
        return strcmp(x->code, y->code);
}

static bool view_make(struct work *w, const struct sieve *s, struct findings_view *v)
{
        struct gathering g = { .work = w, .sieve = s, .view = v };
        const char *titles[RULE_LEVELS];
        const char *severities[3];

        for (int i = 0; i < RULE_LEVELS; i++)
                v->level[i].title = work_text(w, titles[i] = rule_level_title((enum rule_level)i));
        for (int i = 0; i < 3; i++)
                severities[i] = severity_title((enum severity)i);
        v->ask = s->ask;
        v->owners_offered = choices_of_places(w, work_text(w, "all"), &s->owner, *s->owner != '\0');
        v->units_offered = choices_of_places(w, work_text(w, "all"), &s->ask.unit_text, *s->ask.unit_text != '\0');
        v->levels = choices(w, level_word, titles, RULE_LEVELS, s->level, &v->level_count);
        v->severities = choices(w, severity_word, severities, 3, s->severity, &v->severity_count);
        v->states = choices(w, state_word, state_titles, 3, s->state, &v->state_count);
        v->rows = arena_array(w->arena, ROWS_SHOWN + 1, sizeof *v->rows);
        if (!gather_all(&g))
                return false;
        if (v->owner_count > 1)
                qsort(v->owners, v->owner_count, sizeof *v->owners, by_weight);
        for (size_t i = 0; i < v->owner_count; i++)
                v->owners[i].href = arena_print(w->arena, "/quality?owner=%s", v->owners[i].code);
        return true;
}

static bool finding_rows(struct work *w, struct table *t, void *context)
{
        struct gathering *g = context;

        g->table = t;
        table_describe(t, about_table(w, work_text(w, "Data quality"), 0, NULL,
                                      (struct about_line[]){ { .name = "source", .label = N_("Source"), .value = work_text(w, N_("the rules, over the figures that this node holds")) },
                                                             { .name = "definition", .label = N_("Definition"), .value = "/quality/rules" } }, 2, false));
        return gather_all(g);
}

bool quality_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Data quality"), .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } },
                             .crumb_count = 1 };
        const struct column columns[] = {
                { "finding", N_("Finding"), NULL, CELL_TEXT },      { "set", N_("Set of rules"), NULL, CELL_TEXT },
                { "rule", N_("Rule"), NULL, CELL_TEXT },            { "level", N_("Level of the check"), NULL, CELL_TEXT },
                { "severity", N_("Severity"), NULL, CELL_TEXT },    { "indicator", N_("Indicator"), NULL, CELL_TEXT },
                { "unit", N_("Unit"), NULL, CELL_TEXT },            { "unit_key", N_("Unit and first day"), NULL, CELL_TEXT },
                { "period", N_("Period"), NULL, CELL_TEXT },        { "item", N_("Item"), NULL, CELL_TEXT },
                { "partner", N_("Partner"), NULL, CELL_TEXT },      { "value", N_("Value"), NULL, CELL_NUMBER },
                { "unit_of_measure", N_("Unit of measure"), NULL, CELL_TEXT }, { "message", N_("What was found"), NULL, CELL_TEXT },
                { "advice", N_("What should be done"), NULL, CELL_TEXT },    { "owner", N_("Who has to act"), NULL, CELL_TEXT },
                { "state", N_("State"), NULL, CELL_TEXT },          { "reason", N_("Reason"), NULL, CELL_TEXT },
                { "by", N_("Answered by"), NULL, CELL_TEXT },       { "basis", N_("Basis"), NULL, CELL_TEXT },
        };
        struct findings_view v = { .count = 0 };
        struct sieve s;

        reply->is_private = true;
        if (!sieve_read(w, r, &s))
                return false;
        if (request_suffix(r) != SUFFIX_HTML) {
                struct gathering g = { .work = w, .sieve = &s };

                return table_reply(w, r, reply, &page, "quality", NULL, columns, (int)(sizeof columns / sizeof *columns), finding_rows, &g);
        }
        if (!view_make(w, &s, &v))
                return false;
        v.csv = request_in_format(w, r, "/quality", "csv");
        v.json = request_in_format(w, r, "/quality", "json");
        v.xlsx = request_in_format(w, r, "/quality", "xlsx");
        page_begin(w, r, reply, &page);
        quality_findings(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

/* ---- GET /quality/units ----------------------------------------------------------------------------------------------- */

static bool unit_rows(struct work *w, struct table *t, void *context)
{
        const struct findings_view *v = context;

        for (size_t i = 0; i < v->owner_count; i++) {
                const struct owner_row *o = &v->owners[i];
                const struct tally *n = &o->as_owner;

                table_row(t, (struct cell[]){ cell_text(o->code), cell_link(o->name, o->href), cell_int(n->open[SEVERITY_ERROR]), cell_int(n->open[SEVERITY_WARNING]),
                                              cell_int(n->open[SEVERITY_HINT]), cell_int(n->answered[0] + n->answered[1] + n->answered[2]), cell_int(o->about) });
        }
        return work_ok(w);
}

bool quality_units_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Findings by unit"), .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" },
                             { work_text(w, "Data quality"), "/quality" } }, .crumb_count = 2 };
        const struct column columns[] = {
                { "unit", N_("Code"), NULL, CELL_TEXT },
                { "name", N_("Who has to act"), NULL, CELL_TEXT },
                { "errors", N_("Errors, open"), NULL, CELL_INT },
                { "warnings", N_("Warnings, open"), NULL, CELL_INT },
                { "info", N_("For information, open"), NULL, CELL_INT },
                { "answered", N_("Explained or accepted"), NULL, CELL_INT },
                { "about", N_("Open about its figures, whoever has to act"), NULL, CELL_INT },
        };
        struct findings_view v = { .count = 0 };
        struct sieve s;

        reply->is_private = true;
        if (!sieve_read(w, r, &s) || !view_make(w, &s, &v))
                return false;
        return table_reply(w, r, reply, &page, "quality-units", NULL, columns, (int)(sizeof columns / sizeof *columns), unit_rows, &v);
}

/* ---- GET /quality/rules ------------------------------------------------------------------------------------------------- */

static bool rule_rows(struct work *w, struct table *t, void *context)
{
        size_t count;
        struct rule_told *list = rules_told(w, &count);

        (void)context;
        for (size_t i = 0; list != NULL && i < count; i++) {
                const struct rule_told *x = &list[i];

                table_row(t, (struct cell[]){ cell_text(x->form_title), cell_text(x->rule), cell_text(work_text(w, rule_level_title(x->level))),
                                              cell_text(work_text(w, severity_title(x->severity))), cell_text(x->kind), cell_text(x->message), cell_text(x->advice),
                                              cell_text(x->owner), x->from == DAY_NONE ? cell_empty() : cell_day(x->from),
                                              x->to == DAY_FOREVER ? cell_empty() : cell_day(x->to), cell_text(x->basis),
                                              cell_text(x->is_verified ? "" : work_text(w, "still to be verified")) });
        }
        return work_ok(w);
}

bool quality_rules_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Rules for figures"), .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1 };
        const char *const notes[] = { work_text(w, "Rules are data of the catalogue, with dates: those of forms are applied while a report is filled in and after it was sent, the others to all figures that stand."),
                                      work_text(w, "Owner: writer is the unit whose node wrote the figure, place the unit it is about."), NULL };
        const struct column columns[] = {
                { "set", N_("Set of rules"), NULL, CELL_TEXT }, { "rule", N_("Rule"), NULL, CELL_TEXT },
                { "level", N_("Level of the check"), NULL, CELL_TEXT }, { "severity", N_("Severity"), NULL, CELL_TEXT },
                { "kind", N_("Kind"), NULL, CELL_TEXT }, { "message", N_("What was found"), NULL, CELL_TEXT },
                { "advice", N_("What should be done"), NULL, CELL_TEXT }, { "owner", N_("Who has to act"), NULL, CELL_TEXT },
                { "from", N_("From"), NULL, CELL_DAY }, { "to", N_("To"), NULL, CELL_DAY },
                { "basis", N_("Basis"), NULL, CELL_TEXT }, { "remark", N_("Remark"), NULL, CELL_TEXT },
        };

        return table_reply(w, r, reply, &page, "rules", notes, columns, (int)(sizeof columns / sizeof *columns), rule_rows, NULL);
}

/* ---- one finding ---------------------------------------------------------------------------------------------------------- */

/* The fields of a key: FORM/RULE/INDICATOR/UNIT/PERIOD/ITEM/PARTNER. */
static bool key_read(struct work *w, const char *key, struct sieve *s)
{
        char *copy = arena_text(w->arena, key == NULL ? "" : key), *field[7];
        const struct unit *u;
        int n = 0;

        for (char *at = copy; n < 7; n++) {
                field[n] = at;
                at = strchr(at, '/');
                if (at == NULL)
                        break;
                *at++ = '\0';
        }
        *s = (struct sieve){ .level = -1, .severity = -1, .state = -1, .owner = "" };
        if (n != 6 || (s->ask.indicator = indicator_find(catalogue_of(w), field[2])) == NULL || (u = unit_by_key(catalogue_of(w), field[3])) == NULL ||
            !period_read(field[4], strlen(field[4]), &s->ask.from))
                return error_set(&w->err, ERR_INVALID, "\"%s\" names no finding", key == NULL ? "" : key);
        s->ask.to = s->ask.from;
        return true;
}

static bool finding_load(struct work *w, const char *key, struct gathering *g, struct sieve *s)
{
        if (!key_read(w, key, s))
                return false;
        *g = (struct gathering){ .work = w, .sieve = s, .wanted = key };
        if (!gather_all(g))
                return false;
        if (g->is_found)
                return true;
        if (past_is_read(w))
                return error_set(&w->err, ERR_MISSING, "nothing of that kind had been found by then");
        error_set(&w->err, ERR_MISSING, "nothing of that kind is found now");
        return error_hint(&w->err, "the figure was corrected, or the rule has changed");
}

static const char *hash_of(struct work *w, int64_t entry)
{
        char hex[HASH_HEX];

        return ledger_hash_of(w, entry, hex) ? arena_text(w->arena, hex) : "";
}

static const char *receipt_said(struct work *w, int64_t entry)
{
        unsigned char hash[HASH_BYTES];
        char code[RECEIPT_CODE_MAX];

        if (!hex_read(hash, sizeof hash, hash_of(w, entry)))
                return NULL;
        receipt_code(hash, code);
        return arena_text(w->arena, code);
}

static void finding_json(struct work *w, struct buf *out, const struct finding *f, const struct answer *a)
{
        struct table *t;
        const struct column columns[] = { { "finding", "", NULL, CELL_TEXT }, { "state", "", NULL, CELL_TEXT }, { "owner", "", NULL, CELL_TEXT },
                                          { "value", "", NULL, CELL_TEXT }, { "message", "", NULL, CELL_TEXT }, { "advice", "", NULL, CELL_TEXT },
                                          { "reason", "", NULL, CELL_TEXT }, { "by", "", NULL, CELL_TEXT }, { "entry", "", NULL, CELL_TEXT },
                                          { "receipt", "", NULL, CELL_TEXT } };
        t = table_begin(w, SUFFIX_JSON, out, f->key, NULL, columns, (int)(sizeof columns / sizeof *columns));
        if (t == NULL)
                return;
        table_row(t, (struct cell[]){ cell_text(f->key), cell_text(quality_answer_name(finding_state(w, f, a))), cell_text(f->owner), cell_text(finding_value(w, f)),
                                      cell_text(f->message), cell_text(f->advice), cell_text(a == NULL ? f->explanation : a->reason), cell_text(a == NULL ? "" : a->by),
                                      cell_text(a == NULL ? "" : hash_of(w, a->entry)), cell_text(a == NULL ? "" : receipt_said(w, a->entry)) });
        table_end(t, NULL);
}

/* ---- all that was answered ------------------------------------------------------------------------------------------------ */

struct telling {
        struct arena *keep;
        const char *owner;
        int64_t standing; /* entry of the answer that stands */
        struct answer_row *list; /* oldest first */
        size_t count;
};

static const char *answer_member(const struct telling *t, const struct entry *e, const char *name)
{
        const char *text = json_string_value(json_object_get(e->body, name));

        return text == NULL ? "" : entry_text_kept(t->keep, text, QUALITY_REASON_MAX);
}

static bool answer_tell(struct work *w, const struct entry *e, void *context)
{
        struct telling *t = context;
        const char *by = answer_member(t, e, "by");
        enum quality_answer answer;

        if (e->id == t->standing || strcmp(e->audience, t->owner) != 0 || !quality_answer_read(answer_member(t, e, "answer"), &answer))
                return true;
        t->list = arena_room(t->keep, t->list, t->count, sizeof *t->list);
        t->list[t->count++] = (struct answer_row){ .state = work_text(w, state_titles[answer]), .value = answer_member(t, e, "value"), .reason = answer_member(t, e, "reason"),
                                                   .by = arena_print(t->keep, "%s · %s", *by != '\0' ? by : e->author,
                                                                     moment_shown(w->arena, stamp_moment(e->at), w->language)) };
        return true;
}

/* The answers beside the one that stands. */
static void others_fill(struct work *w, const struct finding *f, const struct answer *a, struct finding_view *v)
{
        struct telling t = { .keep = w->arena, .owner = f->owner, .standing = a == NULL ? 0 : a->entry, .list = arena_room(w->arena, NULL, 0, sizeof *t.list) };

        if (!ledger_subject(w, arena_print(w->arena, "quality/%s", f->key), "quality.", answer_tell, &t))
                return;
        v->others = arena_array(w->arena, t.count + 1, sizeof *v->others);
        for (size_t i = t.count; i-- > 0;)
                v->others[v->other_count++] = t.list[i];
}

bool quality_finding_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Finding"), .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" },
                             { work_text(w, "Data quality"), "/quality" } }, .crumb_count = 2 };
        const char *key = request_query(r, "key", 0);
        struct finding_view v = { .csrf = request_csrf(r), .key = key };
        const struct answer *a;
        struct gathering g;
        struct sieve s;

        reply->is_private = true;
        if (!finding_load(w, key, &g, &s) || !web_territory(w, g.found.unit->province != NULL ? g.found.unit->province->code : g.found.unit->code))
                return false;
        a = answer_find(w, g.answers, &g.found);
        if (request_suffix(r) == SUFFIX_JSON) {
                finding_json(w, &reply->body, &g.found, a);
                return work_ok(w);
        }
        row_fill(w, &g.found, a, finding_state(w, &g.found, a), &v.row);
        if (a != NULL && a->answer != ANSWER_NONE) {
                char at[64];

                moment_write_shown(at, stamp_moment(a->at), w->language);
                v.said = a->reason;
                v.said_by = arena_print(w->arena, "%s · %s", a->by, at);
                v.said_receipt = receipt_said(w, a->entry);
                v.is_outdated = strcmp(a->value, finding_value(w, &g.found)) != 0;
        } else if (*g.found.explanation != '\0') {
                v.said = g.found.explanation;
                v.said_by = work_text(w, "in the report itself");
        }
        others_fill(w, &g.found, a, &v);
        v.may_explain = finding_may_answer(w, &g.found, ANSWER_EXPLAINED);
        v.may_accept = finding_may_answer(w, &g.found, ANSWER_ACCEPTED);
        v.who = unit_said(w, g.found.owner);
        v.json = request_in_format(w, r, "/quality/finding", "json");
        page_begin(w, r, reply, &page);
        quality_finding(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

bool quality_finding_post(struct work *w, const struct request *r, struct reply *reply)
{
        const char *key = request_said(w, r, "key"), *name = request_said(w, r, "answer"), *reason = request_said(w, r, "reason");
        enum quality_answer answer;
        struct gathering g;
        struct sieve s;

        if (!user_may(w->user, MAY_READ))
                return error_set(&w->err, ERR_DENIED, "only officials may answer");
        if (!work_ok(w))
                return false;
        if (name == NULL || !quality_answer_read(name, &answer))
                return error_set(&w->err, ERR_INVALID, "the answer is none of explained, accepted, withdrawn");
        if (!finding_load(w, key, &g, &s) || !finding_answer(w, &g.found, answer, reason == NULL ? "" : reason))
                return false;
        if (request_suffix(r) == SUFFIX_JSON) {
                g.answers = answers_read(w);
                if (g.answers == NULL)
                        return false;
                finding_json(w, &reply->body, &g.found, answer_find(w, g.answers, &g.found));
                return work_ok(w);
        }
        return reply_redirect(w, reply, arena_print(w->arena, "/quality/finding?key=%s", key));
}
