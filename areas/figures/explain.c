/* explain.c - one figure opened: formula, inputs, versions, entries, what happened to its report. */
#include "areas/figures/page.h"

#include <string.h>

#include "areas/filed.h"
#include "areas/figures/pages.h"
#include "areas/figures/rows.h"
#include "base/hex.h"
#include "figure/contest.h"
#include "figure/filter.h"
#include "figure/sources.h"
#include "form/form.h"
#include "format/jsonw.h"
#include "ledger/read.h"
#include "sync/freshness.h"

struct explain {
        struct work *work;
        struct figure_query query;
        struct entry_hashes *hashes;
        bool has_row;
        struct figure_row row;       /* texts copied */
        struct explain_view view;
        struct figure_row *inputs;   /* of a total or comparison */
        size_t input_count, input_room;
        struct figure_row *versions;
        size_t version_count, version_room;
        const char *subject;         /* of the entry the figure came in */
        struct freshness *fresh;     /* of a total; NULL */
        struct sourced *sourced;     /* what each source says; NULL for a computed figure */
        bool is_for_people;          /* a page: dates and steps in words */
        struct jsonw *json;
};

static struct figure_row row_kept(struct work *w, const struct figure_row *r)
{
        struct figure_row kept = *r;

        kept.item = arena_text(w->arena, r->item);
        kept.partner = arena_text(w->arena, r->partner);
        kept.note = r->note == NULL ? NULL : arena_text(w->arena, r->note);
        kept.unit_of_measure = arena_text(w->arena, r->unit_of_measure);
        kept.key = arena_text(w->arena, r->key);
        return kept;
}

static bool keep_row(struct work *w, const struct figure_row *r, void *context)
{
        struct explain *x = context;

        x->row = row_kept(w, r);
        x->has_row = true;
        return false;
}

static void row_add(struct work *w, struct figure_row **list, size_t *count, size_t *room, const struct figure_row *r)
{
        if (*count == *room) {
                struct figure_row *more = arena_array(w->arena, *room = *room == 0 ? 16 : *room * 2, sizeof *more);

                if (*count > 0)
                        memcpy(more, *list, *count * sizeof *more);
                *list = more;
        }
        (*list)[(*count)++] = row_kept(w, r);
}

#define INPUTS_MOST 4000

static bool keep_input(struct work *w, const struct figure_row *r, void *context)
{
        struct explain *x = context;

        bool is_cumulated = x->query.compare == COMPARE_YTD || x->query.compare == COMPARE_YTD_YOY;

        if (is_cumulated || r->indicator != x->row.indicator || r->unit != x->row.unit || r->period != x->row.period || strcmp(r->item, x->row.item) != 0)
                row_add(w, &x->inputs, &x->input_count, &x->input_room, r);
        return x->input_count < INPUTS_MOST;
}

static bool keep_version(struct work *w, const struct figure_row *r, void *context)
{
        struct explain *x = context;

        row_add(w, &x->versions, &x->version_count, &x->version_room, r);
        return true;
}

static const char *shown_number(struct work *w, int64_t value, int decimals, int shown)
{
        char text[DECIMAL_TEXT_MAX * 2];

        decimal_write_shown(text, value, decimals, shown, w->language);
        return arena_text(w->arena, text);
}

static const char *formula_of(struct explain *x)
{
        struct work *w = x->work;
        const struct figure_row *r = &x->row;
        bool is_points = figure_changes_in_points(r->indicator);

        switch (x->query.compare) {
        case COMPARE_YOY:
        case COMPARE_MOM:
                return is_points ? work_text(w, "change = value − value compared with, in percentage points")
                                 : work_text(w, "change = (value ÷ value compared with − 1) × 100, in percent");
        case COMPARE_YTD:
                return work_text(w, "value = sum of the periods from January");
        case COMPARE_YTD_YOY:
                return work_text(w, "change = (sum from January ÷ the same sum a year before − 1) × 100, in percent");
        case COMPARE_SHARE:
                return work_text(w, "share = value ÷ whole × 100, in percent");
        case COMPARE_CONTRIBUTION:
                return work_text(w, "contribution = (value − value a year before) ÷ whole a year before × 100, in percentage points");
        case COMPARE_NONE:
                break;
        }
        if (r->total_of > 0)
                return arena_print(w->arena, work_text(w, "sum of the figures of %d units below, of %d"), r->total_of,
                                   r->total_expected);
        if (r->entry == 0) /* restated: a sum, a share, or a rate computed anew; the row says which */
                return r->note != NULL ? r->note : work_text(w, "sum of the figures of the units this unit was made of");
        return *r->indicator->formula != '\0' ? r->indicator->formula : work_text(w, "reported as it stands");
}

/* A figure that one is computed from, as far as the asker may see it. */
static bool input_read(struct explain *x, const struct unit *u, period p, const char *item)
{
        struct figure_query q = x->query;
        const char *unit;

        if (u == NULL)
                return true;
        unit = u->key;
        q.compare = COMPARE_NONE;
        q.limit = 0;
        q.units = &unit;
        q.items = &item;
        q.from = q.to = p;
        figures_on_own_map(u, p, &q);
        return figures_read(x->work, &q, keep_input, x);
}

/* That in which a figure is looked at by share: all items of its unit, or the unit above. */
static const struct unit *whole_of(const struct explain *x)
{
        const struct classification *k = classification_find(catalogue_of(x->work), x->row.indicator->item_classification);

        return *x->row.item == '\0' || (k != NULL && strcmp(k->root, x->row.item) == 0) ? x->row.unit->parent : x->row.unit;
}

/* The levels of its formula, on the map that is asked for. */
static bool levels_read(struct explain *x)
{
        const struct indicator *own = x->row.indicator;
        struct figure_query q = x->query;
        const char *whole = "";

        q.limit = 0;
        q.indicator_count = 1;
        for (size_t k = 0; k < own->input_count; k++) {
                q.indicators = &own->inputs[k];
                q.items = strcmp(own->item_classification, own->inputs[k]->item_classification) == 0 ? &x->row.item : &whole;
                q.partners = strcmp(own->partner_classification, own->inputs[k]->partner_classification) == 0 ? &x->row.partner : &whole;
                if (!figures_read(x->work, &q, keep_input, x))
                        return false;
        }
        return true;
}

/* The figures a computed one is made of. */
static bool inputs_read(struct explain *x)
{
        struct work *w = x->work;
        const struct figure_row *r = &x->row;
        struct figure_query q = x->query;
        const char *units[1] = { r->unit->key };
        period p = r->period;

        q.compare = COMPARE_NONE;
        q.units = units;
        q.limit = 0;
        switch (x->query.compare) {
        case COMPARE_YOY:
        case COMPARE_MOM:
                return input_read(x, r->unit, x->query.compare == COMPARE_YOY ? period_year_before(p) : period_plus(p, -1), r->item);
        case COMPARE_YTD:
        case COMPARE_YTD_YOY:
                q.from = period_make(period_frequency(p), period_year(p), period_index(p) > 0 ? 1 : 0);
                q.to = p;
                if (!figures_read(w, &q, keep_input, x))
                        return false;
                q.from = period_year_before(q.from);
                q.to = period_year_before(q.to);
                return x->query.compare == COMPARE_YTD || figures_read(w, &q, keep_input, x);
        case COMPARE_SHARE:
                return input_read(x, whole_of(x), p, "");
        case COMPARE_CONTRIBUTION:
                return input_read(x, r->unit, period_year_before(p), r->item) && input_read(x, whole_of(x), period_year_before(p), "");
        case COMPARE_NONE:
                break;
        }
        if (r->total_of > 0) {
                q.with_children = true;
                return figures_read(w, &q, keep_input, x);
        }
        if (r->entry == 0 && *r->indicator->formula != '\0')
                return levels_read(x);
        if (r->entry == 0 && x->query.boundary != BOUNDARY_THEN) {
                struct unit_part parts[128];
                size_t n = unit_restated(catalogue_of(w), r->unit, period_last(p), parts, 128);

                for (size_t i = 0; i < n && i < 128; i++)
                        if (!input_read(x, parts[i].unit, p, r->item))
                                return false;
        }
        return work_ok(w);
}

const char *author_of(struct work *w, const struct entry *e)
{
        enum role role = role_by_name(e->role);

        if (author_said(w, e->author) != e->author) /* no person */
                return author_said(w, e->author);
        return arena_print(w->arena, "%s (%s)", e->author, role == ROLE_COUNT ? e->role : work_text(w, role_title(role)));
}

/* Programs get the whole hash; people its beginning, enough to compare. */
static const char *short_hash(const struct explain *x, const char *hash)
{
        return x->is_for_people && *hash != '\0' ? arena_print(x->work->arena, "%.12s…", hash)
                                                 : arena_text(x->work->arena, hash);
}

static const char *entry_href(struct work *w, const char *hash)
{
        return *hash == '\0' ? NULL : arena_print(w->arena, "/figures/entry/%s", hash);
}

static const char *told_moment(const struct explain *x, moment m)
{
        return x->is_for_people ? moment_for_people(x->work, m) : known_shown(x->work, m);
}

/* "report/FORM/UNIT@DAY/PERIOD" -> "/forms/FORM/UNIT/PERIOD"; NULL for entries that are no reports. */
const char *report_address_of(struct work *w, const char *subject)
{
        const char *form, *unit, *rest;

        if (strncmp(subject, "report/", 7) != 0)
                return NULL;
        form = subject + 7;
        unit = strchr(form, '/');
        rest = unit == NULL ? NULL : strchr(unit + 1, '/');
        if (rest == NULL)
                return NULL;
        return arena_print(w->arena, "/forms/%.*s/%.*s%s", (int)(unit - form), form, (int)strcspn(unit + 1, "@/"), unit + 1,
                           rest);
}

const char *origin_said(struct work *w, const struct entry *e)
{
        const char *reason = json_string_value(json_object_get(e->body, "reason"));

        if (strcmp(e->kind, "figures.settle") == 0)
                return arena_print(w->arena, work_text(w, "decision on a conflict: “%s”"), reason == NULL ? "" : reason);
        return report_address_of(w, e->subject) != NULL ? work_text(w, "report of the unit") : e->subject;
}

static bool versions_fill(struct explain *x)
{
        struct work *w = x->work;
        const struct entry *e = NULL;

        x->view.versions = arena_array(w->arena, x->version_count + 1, sizeof *x->view.versions);
        for (size_t i = x->version_count; i-- > 0;) { /* the newest first */
                const struct figure_row *r = &x->versions[i];
                struct explain_version *v = &x->view.versions[x->view.version_count++];
                const char *source;

                if (e == NULL || e->id != r->entry)
                        e = ledger_entry(w, r->entry);
                if (!work_ok(w))
                        return false;
                v->known_from = told_moment(x, r->known_from);
                v->value = shown_number(w, r->value, r->indicator->decimals, r->indicator->shown);
                v->status = r->mark == MARK_NONE ? status_shown(w, r->status)
                                                 : arena_print(w->arena, "%s · %s", status_shown(w, r->status),
                                                               mark_shown(w, r->mark));
                if (r->corrects != 0)
                        v->status = arena_print(w->arena, "%s · %s", v->status, r->note);
                v->entry = short_hash(x, entry_hash(x->hashes, r->entry));
                v->entry_href = entry_href(w, entry_hash(x->hashes, r->entry));
                v->source = v->author = v->node = v->at = "";
                if (e == NULL)
                        continue;
                source = json_string_value(json_object_get(e->body, "source"));
                v->report_href = report_address_of(w, e->subject);
                if (v->report_href != NULL && x->query.known != 0) /* the report as it was then */
                        v->report_href = arena_print(w->arena, "%s?%s", v->report_href, known_query(w, x->query.known) + 1);
                v->source = source != NULL                                  ? source
                            : x->is_for_people                              ? origin_said(w, e)
                                                                            : e->subject;
                v->author = author_of(w, e);
                v->node = e->node;
                v->at = told_moment(x, stamp_moment(e->at));
                if (r->entry == x->row.entry)
                        x->subject = e->subject;
        }
        return true;
}

struct step_list {
        struct explain *x;
        size_t room;
};

const char *step_told(struct work *w, const struct entry *e)
{
        static const struct { const char *kind, *text; } steps[] = {
                { "report.submit", N_("Submitted to the leader") }, { "report.reopen", N_("Given back by the leader") },
                { "report.withdraw", N_("Taken back before it was sent") },
                { "report.send", N_("Approved and sent") },         { "report.accept", N_("Accepted") },
                { "report.return", N_("Returned") },                { "report.settle", N_("Chosen between versions") },
                { "report.decision.settle", N_("Decided between accepting and returning") },
        };

        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
                if (strcmp(steps[i].kind, e->kind) == 0)
                        return work_text(w, steps[i].text);
        return NULL;
}

static bool keep_step(struct work *w, const struct entry *e, void *context)
{
        struct step_list *s = context;
        struct explain_view *v = &s->x->view;
        const char *what = s->x->is_for_people ? step_told(w, e) : arena_text(w->arena, e->kind);
        char hash[HASH_HEX], code[RECEIPT_CODE_MAX];
        unsigned char bytes[HASH_BYTES];

        if (what == NULL)
                return true;
        if (v->step_count == s->room) {
                struct explain_line *more = arena_array(w->arena, s->room = s->room == 0 ? 8 : s->room * 2, sizeof *more);

                if (v->step_count > 0)
                        memcpy(more, v->steps, v->step_count * sizeof *more);
                v->steps = more;
        }
        if (!ledger_hash_of(w, e->id, hash))
                hash[0] = '\0';
        v->steps[v->step_count++] =
                (struct explain_line){ .what = what,
                                       .value = arena_print(w->arena, "%s · %s", author_of(w, e),
                                                            told_moment(s->x, stamp_moment(e->at))),
                                       .from = short_hash(s->x, hash), .entry_href = entry_href(w, hash) };
        if (strcmp(e->kind, "report.send") == 0 && hex_read(bytes, sizeof bytes, hash)) {
                receipt_code(bytes, code);
                v->steps[v->step_count - 1].receipt = arena_text(w->arena, code);
        }
        return v->step_count < 200;
}

static void inputs_fill(struct explain *x)
{
        struct work *w = x->work;
        struct figure_query plain = x->query;
        bool is_vi = w->language == LANGUAGE_VI;
        char text[64];

        plain.compare = COMPARE_NONE;
        x->view.inputs = arena_array(w->arena, x->input_count + 1, sizeof *x->view.inputs);
        for (size_t i = 0; i < x->input_count; i++) {
                const struct figure_row *r = &x->inputs[i];

                figures_on_own_map(r->unit, r->period, &plain);
                period_write_said(text, sizeof text, r->period, w->language);
                x->view.inputs[x->view.input_count++] = (struct explain_line){
                        .what = arena_print(w->arena, "%s%s%s, %s%s%s", r->indicator == x->row.indicator ? "" : is_vi ? r->indicator->short_vi : r->indicator->short_en,
                                            r->indicator == x->row.indicator ? "" : ", ", is_vi ? r->unit->name_vi : r->unit->name_en, text,
                                            *r->item == '\0' ? "" : ", ", item_shown(w, r)),
                        .value = r->has_value ? shown_number(w, r->value, r->indicator->decimals, r->indicator->shown) : "–",
                        .from = r->entry == 0 ? "" : short_hash(x, entry_hash(x->hashes, r->entry)),
                        .entry_href = r->entry == 0 ? NULL : entry_href(w, entry_hash(x->hashes, r->entry)),
                        .href = explain_address(w, r, &plain),
                };
        }
}

static void row_json(struct explain *x, struct jsonw *j, const struct figure_row *r)
{
        char text[PERIOD_TEXT_MAX];

        jsonw_member_text(j, "indicator", r->indicator->id);
        jsonw_member_text(j, "unit", r->unit->code);
        jsonw_member_text(j, "unit_key", r->unit->key);
        period_write(text, r->period);
        jsonw_member_text(j, "period", text);
        jsonw_member_text(j, "item", r->item);
        jsonw_member_text(j, "partner", r->partner);
        jsonw_name(j, "value");
        if (r->has_value)
                jsonw_decimal(j, r->value, r->indicator->decimals);
        else
                jsonw_null(j);
        jsonw_member_text(j, "unit_of_measure", r->unit_of_measure);
        jsonw_member_text(j, "status", r->status == 0 ? NULL : figure_status_name(r->status));
        jsonw_member_text(j, "mark", r->mark == MARK_NONE ? NULL : figure_mark_name(r->mark));
        jsonw_member_text(j, "known_from", known_shown(x->work, r->known_from));
        jsonw_member_text(j, "entry", r->entry == 0 ? NULL : entry_hash(x->hashes, r->entry));
        if (r->note != NULL)
                jsonw_member_text(j, "note", r->note);
}

/* Sources side by side: the one that stands, by which rule, and the others. */
static bool sources_fill(struct explain *x)
{
        struct work *w = x->work;
        struct sourced *s;

        if (x->version_count == 0)
                return true;
        s = x->sourced = sources_of(w, x->row.indicator, x->row.unit, x->row.period, x->row.item, x->row.partner, x->query.only_published);
        if (s == NULL)
                return false;
        x->view.sources = arena_array(w->arena, s->count + 1, sizeof *x->view.sources);
        for (size_t i = 0; i < s->count && s->count > 1; i++) {
                const struct cell_source *c = &s->source[i];
                const struct unit *u = unit_at(catalogue_of(w), c->unit, day_of_moment(w->now));
                int decimals = x->row.indicator->decimals, shown = x->row.indicator->shown;

                x->view.sources[x->view.source_count++] = (struct explain_source){
                        .source = *c->said == '\0' ? work_text(w, "own report") : c->said, .kind = provider_name(w, c->provider),
                        .unit = u == NULL ? c->unit : w->language == LANGUAGE_VI ? u->name_vi : u->name_en,
                        .value = shown_number(w, c->value, decimals, shown),
                        .difference = c->stands || c->difference == 0 ? "" : arena_print(w->arena, "%s%s", c->difference > 0 ? "+" : "",
                                                                                         shown_number(w, c->difference, decimals, shown)),
                        .known_from = told_moment(x, c->known_from), .mark = mark_shown(w, c->mark),
                        .entry = short_hash(x, entry_hash(x->hashes, c->entry)), .entry_href = entry_href(w, entry_hash(x->hashes, c->entry)),
                        .stands = c->stands };
                if (c->difference != 0 && x->view.rule == NULL)
                        x->view.rule = sources_rule_said(w, &s->source[0], c);
        }
        return work_ok(w);
}

static void sources_json(struct explain *x, struct jsonw *j)
{
        const struct sourced *s = x->sourced;

        jsonw_member_text(j, "rule", x->view.rule);
        jsonw_name(j, "sources");
        jsonw_array(j);
        for (size_t i = 0; s != NULL && i < s->count; i++) {
                const struct cell_source *c = &s->source[i];

                jsonw_object(j);
                jsonw_member_text(j, "source", c->said);
                jsonw_member_text(j, "kind", c->provider == NULL ? NULL : c->provider->id);
                jsonw_name(j, "priority");
                jsonw_int(j, c->provider == NULL ? 0 : c->provider->priority);
                jsonw_member_text(j, "unit", c->unit);
                jsonw_name(j, "value");
                jsonw_decimal(j, c->value, x->row.indicator->decimals);
                jsonw_name(j, "difference");
                jsonw_decimal(j, c->difference, x->row.indicator->decimals);
                jsonw_member_text(j, "mark", c->mark == MARK_NONE ? NULL : figure_mark_name(c->mark));
                jsonw_member_text(j, "known_from", known_shown(x->work, c->known_from));
                jsonw_member_text(j, "entry", entry_hash(x->hashes, c->entry));
                jsonw_name(j, "stands");
                jsonw_bool(j, c->stands);
                jsonw_end(j);
        }
        jsonw_end(j);
}

/* A total is as complete as what has come in: who is missing stands beside it. */
static bool freshness_fill(struct explain *x)
{
        struct work *w = x->work;
        struct freshness *f;
        char text[64];

        if (x->row.total_expected == 0)
                return true;
        f = x->fresh = freshness_read(w, x->row.indicator, x->row.unit, x->row.period, x->row.item, x->row.partner, x->query.known);
        if (f == NULL)
                return false;
        x->view.freshness = freshness_said(w, f);
        x->view.tells_nodes = f->tells_nodes;
        x->view.absent = arena_array(w->arena, f->absent_count + 1, sizeof *x->view.absent);
        for (size_t i = 0; i < f->absent_count; i++) {
                const struct absent *a = &f->absent[i];
                struct explain_line *line = &x->view.absent[x->view.absent_count++];

                *line = (struct explain_line){ .what = w->language == LANGUAGE_VI ? a->unit->full_name_vi : a->unit->full_name_en,
                                               .value = work_text(w, "none in twelve periods"), .from = "" };
                if (a->newest != PERIOD_NONE) {
                        period_write_shown(text, sizeof text, a->newest, w->language);
                        line->value = arena_text(w->arena, text);
                }
                if (a->last_contact > 0) {
                        moment_write_shown(text, a->last_contact, w->language);
                        line->from = arena_text(w->arena, text);
                } else {
                        line->from = a->has_node ? work_text(w, "never heard from") : work_text(w, "no node of its own");
                }
        }
        return true;
}

static void freshness_json(struct jsonw *j, const struct freshness *f)
{
        char text[MOMENT_TEXT_MAX];

        jsonw_name(j, "reported");
        jsonw_int(j, f->reported);
        jsonw_name(j, "expected");
        jsonw_int(j, f->expected);
        jsonw_name(j, "absent");
        jsonw_array(j);
        for (size_t i = 0; i < f->absent_count; i++) {
                const struct absent *a = &f->absent[i];

                jsonw_object(j);
                jsonw_member_text(j, "unit", a->unit->code);
                text[0] = '\0';
                if (a->newest != PERIOD_NONE)
                        period_write(text, a->newest);
                jsonw_member_text(j, "newest_period", text[0] == '\0' ? NULL : text);
                if (f->tells_nodes) {
                        jsonw_member_bool(j, "has_node", a->has_node);
                        if (a->last_contact > 0)
                                moment_write(text, a->last_contact);
                        jsonw_member_text(j, "last_contact", a->last_contact > 0 ? text : NULL);
                }
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void explain_json(struct explain *x, struct buf *out)
{
        const struct indicator *i = x->row.indicator;
        struct jsonw j;

        jsonw_init(&j, out);
        jsonw_object(&j);
        row_json(x, &j, &x->row);
        if (x->query.compare != COMPARE_NONE) {
                jsonw_member_text(&j, "compare", compare_name(x->query.compare));
                jsonw_name(&j, "base_value");
                if (x->row.has_base)
                        jsonw_decimal(&j, x->row.base_value, i->decimals);
                else
                        jsonw_null(&j);
                jsonw_name(&j, "change");
                if (x->row.has_change)
                        jsonw_decimal(&j, x->row.change, FIGURE_CHANGE_DECIMALS);
                else
                        jsonw_null(&j);
        }
        jsonw_member_text(&j, "formula", x->view.formula);
        jsonw_member_text(&j, "name", x->view.title);
        jsonw_member_text(&j, "source", x->view.source);
        jsonw_member_text(&j, "legal_basis", i->legal_basis);
        jsonw_member_text(&j, "conflict", x->view.conflict);
        if (x->fresh != NULL)
                freshness_json(&j, x->fresh);
        sources_json(x, &j);
        jsonw_name(&j, "inputs");
        jsonw_array(&j);
        for (size_t n = 0; n < x->input_count; n++) {
                jsonw_object(&j);
                row_json(x, &j, &x->inputs[n]);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_name(&j, "versions");
        jsonw_array(&j);
        for (size_t n = 0; n < x->view.version_count; n++) {
                const struct explain_version *v = &x->view.versions[n];

                jsonw_object(&j);
                row_json(x, &j, &x->versions[x->version_count - 1 - n]);
                jsonw_member_text(&j, "source", v->source);
                jsonw_member_text(&j, "author", v->author);
                jsonw_member_text(&j, "node", v->node);
                jsonw_member_text(&j, "at", v->at);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_name(&j, "steps");
        jsonw_array(&j);
        for (size_t n = 0; n < x->view.step_count; n++) {
                jsonw_object(&j);
                jsonw_member_text(&j, "kind", x->view.steps[n].what);
                jsonw_member_text(&j, "by", x->view.steps[n].value);
                jsonw_member_text(&j, "entry", x->view.steps[n].from);
                if (x->view.steps[n].receipt != NULL)
                        jsonw_member_text(&j, "receipt", x->view.steps[n].receipt);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_end(&j);
        buf_char(out, '\n');
}

static const char *from_explain(const void *source, const char *name, int nth)
{
        /* one period; the item is the whole unless named */
        if (strcmp(name, "from") == 0 || strcmp(name, "to") == 0)
                return request_query(source, "period", nth);
        if (strcmp(name, "children") == 0)
                return NULL;
        return request_query(source, name, nth);
}

static bool explain_query(struct work *w, const struct request *r, struct figure_query *q)
{
        static const char *whole[] = { "" };

        if (!filter_read(w, from_explain, r, q))
                return false;
        if (q->indicator_count != 1 || q->unit_count != 1 || q->from == PERIOD_NONE)
                return error_set(&w->err, ERR_INVALID, "name one indicator, one unit and one period");
        q->takes_finer = false; /* that figure, and no other */
        if (q->item_count == 0) {
                q->items = whole;
                q->item_count = 1;
        }
        if (q->partner_count == 0) {
                q->partners = whole;
                q->partner_count = 1;
        }
        figures_limit_to_reader(w, q);
        return true;
}

bool explain_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct explain *x = arena_alloc(w->arena, sizeof *x);
        struct figure_query versions;
        struct step_list steps = { .x = x };
        const struct indicator *i;
        char text[64];
        bool is_vi = w->language == LANGUAGE_VI;

        x->work = w;
        x->hashes = entry_hashes_open(w);
        x->is_for_people = request_suffix(r) == SUFFIX_HTML;
        if (!explain_query(w, r, &x->query) || !figures_read(w, &x->query, keep_row, x))
                return false;
        if (!x->has_row) {
                error_set(&w->err, ERR_MISSING, "there is no such figure");
                return error_hint(&w->err, "it may not have been reported yet, or not be published");
        }
        versions = x->query;
        versions.compare = COMPARE_NONE;
        versions.boundary = BOUNDARY_THEN;
        versions.all_versions = true;
        versions.known = 0;
        versions.units = (const char *[]){ x->row.unit->key };
        reply->is_private = w->user->login[0] != '\0';
        if (!x->is_for_people && request_suffix(r) != SUFFIX_JSON) {
                table_file(w, r, reply, "versions");
                return rows_write(w, request_suffix(r), &reply->body, &versions, request_target(r), 0, NULL, NULL);
        }
        if (!figures_read(w, &versions, keep_version, x) || !inputs_read(x) || !versions_fill(x) || !freshness_fill(x) || !sources_fill(x))
                return false;
        if (x->subject != NULL && !ledger_subject_heads(w, x->subject, "report.", keep_step, &steps))
                return false;
        inputs_fill(x);
        i = x->row.indicator;
        period_write_shown(text, sizeof text, x->row.period, w->language);
        x->view.title = arena_print(w->arena, "%s, %s, %s%s%s", is_vi ? i->name_vi : i->name_en,
                                    is_vi ? x->row.unit->full_name_vi : x->row.unit->full_name_en, text,
                                    *x->row.item == '\0' ? "" : ", ", item_shown(w, &x->row));
        x->view.heading = is_vi ? i->name_vi : i->name_en;
        x->view.about = arena_print(w->arena, "%s · %s%s%s", is_vi ? x->row.unit->full_name_vi : x->row.unit->full_name_en,
                                    said(w, x->row.period), *x->row.item == '\0' ? "" : " · ", item_shown(w, &x->row));
        if (x->query.compare != COMPARE_NONE)
                x->view.about = arena_print(w->arena, "%s · %s", x->view.about, compare_shown(w, x->query.compare));
        x->view.series_href = arena_print(w->arena, "/figures?indicator=%s&unit=%s%s%s%s", i->id, x->row.unit->key,
                                          *x->row.item == '\0' ? "" : "&item=", x->row.item, known_query(w, x->query.known));
        x->view.revisions_href = x->version_count == 0 ? NULL
                                                       : arena_print(w->arena, "/figures/revisions?indicator=%s&unit=%s%s%s%s%s", i->id, x->row.unit->key,
                                                                     *x->row.item == '\0' ? "" : "&item=", x->row.item,
                                                                     *x->row.partner == '\0' ? "" : "&partner=", x->row.partner);
        if (x->query.compare == COMPARE_NONE && (period_frequency(x->row.period) == FREQUENCY_MONTH || period_frequency(x->row.period) == FREQUENCY_QUARTER))
                x->view.analysis_href = arena_print(w->arena, "/analysis?indicator=%s&unit=%s%s%s%s%s%s", i->id, x->row.unit->key, *x->row.item == '\0' ? "" : "&item=",
                                                    x->row.item, *x->row.partner == '\0' ? "" : "&partner=", x->row.partner, known_query(w, x->query.known));
        if (i->is_index && *i->comparison != '\0' && x->row.has_value) {
                int64_t hundred = 100;

                for (int k = 0; k < i->decimals; k++)
                        hundred *= 10;
                x->view.growth = arena_print(w->arena,
                                             x->row.value >= hundred ? work_text(w, N_("that is %s%% up"))
                                                                     : work_text(w, N_("that is %s%% down")),
                                             shown_number(w, llabs(x->row.value - hundred), i->decimals, i->shown));
        }
        x->view.mark = mark_shown(w, x->row.mark);
        x->view.value = x->row.has_value ? shown_number(w, x->row.value, i->decimals, i->shown) : "–";
        x->view.measure = x->row.unit_of_measure;
        x->view.status = status_shown(w, x->row.status);
        x->view.known_from = told_moment(x, x->row.known_from);
        x->view.formula = formula_of(x);
        if (x->row.note != NULL && !(x->row.has_value && strcmp(x->row.note, x->view.formula) == 0)) /* how a value is made stands below */
                x->view.note = x->row.note;
        if (x->row.has_change) {
                x->view.change = arena_print(w->arena, "%s%s %s", x->row.change > 0 && x->query.compare != COMPARE_SHARE ? "+" : "", shown_number(w, x->row.printed, FIGURE_CHANGE_DECIMALS, 2),
                                             change_unit(w, &x->row, x->query.compare));
                x->view.base = shown_number(w, x->row.base_value, i->decimals, i->shown);
        }
        if (user_may(w->user, MAY_READ)) {
                const char *contest = contest_of_cell(w, i, x->row.unit, x->row.period, x->row.item, x->row.partner);

                x->view.conflict = contest == NULL ? NULL : arena_print(w->arena, "/conflicts/%s", contest);
                contest = x->row.entry == 0 ? NULL : contest_about_entry(w, entry_hash(x->hashes, x->row.entry));
                x->view.decision_conflict = contest == NULL ? NULL : arena_print(w->arena, "/conflicts/%s", contest);
        }
        x->view.source = is_vi ? i->source_vi : i->source_en;
        x->view.legal_basis = i->legal_basis;
        x->view.csv = request_in_format(w, r, "/figures/explain", "csv");
        x->view.xlsx = request_in_format(w, r, "/figures/explain", "xlsx");
        x->view.json = request_in_format(w, r, "/figures/explain", "json");
        if (request_suffix(r) == SUFFIX_JSON) {
                explain_json(x, &reply->body);
        } else {
                struct page page = { .title = x->view.title, .nav = NAV_FIGURES,
                                     .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1, .defined_by = { i->file } };

                page_begin(w, r, reply, &page);
                figures_explain_page(w, &reply->body, &x->view);
                page_end(w, r, reply, &page);
        }
        return work_ok(w);
}
