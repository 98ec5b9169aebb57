/* revisions.c - how a series was revised: its versions, what they changed, the triangle of publications. */
#include "areas/figures/revisions.h"

#include <string.h>

#include "areas/figures/page.h"
#include "areas/figures/pages.h"
#include "areas/figures/rows.h"
#include "base/map.h"
#include "figure/filter.h"
#include "figure/state.h"
#include "format/html.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "report/table.h"

#define VERSIONS_MOST 50000
#define CELLS_MOST 1000000  /* of a triangle */
#define VERSIONS_SHOWN 300  /* on the page, the newest periods first */
#define COLUMNS_SHOWN 12    /* of the triangle's page, the newest publications */
#define COLUMNS_MOST 1000

/* Where a version came from. */
struct origin {
        const char *source, *author, *node, *hash, *report;
        moment at;
};

struct kept {
        int64_t entry;
        enum figure_status status;
        enum figure_mark mark;
        moment corrects;            /* 0: nothing */
        bool is_passed_over;        /* a correction that never stood */
};

struct revisions {
        struct work *work;
        struct figure_query query;
        const char *target; /* path and query as they came */
        const struct indicator *indicator;
        const struct unit *unit;
        const char *item, *item_name, *measure;
        enum frequency frequency;
        bool has_others;            /* figures of another frequency, left out */
        const char *measure_before; /* of the figures before, which are left out for it is another; NULL: there are none */
        period measured_from;
        struct revision_version *versions;
        size_t count, room;
        int64_t *moments;
        struct revision_summary summary;
        const struct revision_version **told; /* all of them, and behind those of a period the corrections that never stood */
        size_t told_count;
        struct map *origins;        /* entry -> struct origin * */
        struct entry_hashes *hashes;
        bool is_for_people;
};

/* ---- reading ------------------------------------------------------------------------------------------------- */

static const char *from_request(const void *source, const char *name, int nth)
{
        return request_query(source, name, nth);
}

static bool keep_version(struct work *w, const struct figure_row *r, void *context)
{
        struct revisions *x = context;
        struct kept *kept;

        if (x->count > 0 && period_frequency(r->period) != x->frequency) {
                x->has_others = true;
                return true;
        }
        if (r->entry == 0 || !r->has_value)
                return true; /* a sum that this node makes has no versions of its own */
        if (x->count > 0 && strcmp(r->unit_of_measure, x->measure) != 0) { /* values of two units of measure are no series: it begins anew */
                x->measure_before = x->measure;
                x->count = 0;
        }
        if (x->count == 0) {
                x->frequency = period_frequency(r->period);
                x->item = arena_text(w->arena, r->item);
                x->item_name = item_shown(w, r);
                x->measure = arena_text(w->arena, r->unit_of_measure);
                x->measured_from = r->period;
        }
        if (x->count == VERSIONS_MOST) {
                error_set(&w->err, ERR_TOO_BIG, "the series has more than %d versions", VERSIONS_MOST);
                return error_hint(&w->err, "name the first and last period");
        }
        if (x->count == x->room) {
                struct revision_version *more = arena_array(w->arena, x->room = x->room == 0 ? 128 : x->room * 2, sizeof *more);

                if (x->count > 0)
                        memcpy(more, x->versions, x->count * sizeof *more);
                x->versions = more;
        }
        kept = arena_alloc(w->arena, sizeof *kept);
        *kept = (struct kept){ r->entry, r->status, r->mark, r->corrects, false };
        x->versions[x->count++] = (struct revision_version){ .period = r->period, .known = r->known_from, .value = r->value,
                                                             .print = figure_print(r->mark), .about = kept };
        return true;
}

static void told_fill(struct revisions *x)
{
        struct work *w = x->work;
        size_t passed_count;
        const struct figure_correction *passed = figures_passed_over(w, &x->query, &passed_count);

        x->told = arena_array(w->arena, x->count + passed_count + 1, sizeof *x->told);
        for (size_t i = 0; i < x->count; i++) {
                const struct revision_version *v = &x->versions[i];

                x->told[x->told_count++] = v;
                for (size_t n = 0; n < passed_count && v->is_last; n++) {
                        struct revision_version *one = arena_alloc(w->arena, sizeof *one);
                        struct kept *kept = arena_alloc(w->arena, sizeof *kept);

                        if (passed[n].period != v->period)
                                continue;
                        *kept = (struct kept){ passed[n].entry, passed[n].status, passed[n].mark, passed[n].corrects, true };
                        *one = (struct revision_version){ .period = v->period, .known = passed[n].written, .value = passed[n].value, .about = kept };
                        x->told[x->told_count++] = one;
                }
        }
}

/* The one unit whose series it is: what a code means on the last day asked for, or the last that had it. */
static const struct unit *unit_of_series(struct work *w, const struct figure_query *q)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = unit_read(c, q->units[0], q->to != PERIOD_NONE ? period_last(q->to) : day_of_moment(w->now)), *all[64];
        size_t n = u == NULL ? unit_by_code(c, q->units[0], all, 64) : 0;

        return n > 0 ? all[n < 64 ? n - 1 : 63] : u;
}

static bool series_read(struct work *w, const struct request *r, struct revisions *x)
{
        static const char *whole[] = { "" };
        struct figure_query *q = &x->query;

        if (!filter_read(w, from_request, r, q))
                return false;
        if (q->indicator_count != 1 || q->unit_count != 1 || q->item_count > 1 || q->partner_count > 1)
                return error_set(&w->err, ERR_INVALID, "name one indicator, one unit and at most one item and partner");
        if (q->compare != COMPARE_NONE || q->boundary != BOUNDARY_THEN || q->with_children || q->status != 0)
                return error_set(&w->err, ERR_INVALID, "versions are those of figures as they were reported: without compare, boundary, children and status");
        x->work = w;
        x->indicator = q->indicators[0];
        x->unit = unit_of_series(w, q);
        if (x->unit == NULL)
                return error_set(&w->err, ERR_INVALID, "there never was a unit with the code \"%s\"", q->units[0]);
        q->units = arena_array(w->arena, 1, sizeof *q->units);
        q->units[0] = x->unit->key;
        if (q->item_count == 0) {
                q->items = whole;
                q->item_count = 1;
        }
        if (q->partner_count == 0) {
                q->partners = whole;
                q->partner_count = 1;
        }
        q->all_versions = true;
        q->marks_contests = false;
        figures_limit_to_reader(w, q);
        x->is_for_people = request_suffix(r) == SUFFIX_HTML;
        x->target = request_target(r);
        if (!figures_read(w, q, keep_version, x) || !work_ok(w))
                return false;
        if (x->count == 0) {
                error_set(&w->err, ERR_MISSING, "there is no such series");
                return error_hint(&w->err, "it may not have been reported yet, or not be published");
        }
        x->moments = arena_array(w->arena, x->count, sizeof *x->moments);
        x->summary = revision_analyse(x->versions, x->count, x->indicator->decimals, x->moments);
        told_fill(x);
        return work_ok(w);
}

/* ---- who wrote a version ---------------------------------------------------------------------------------------- */

struct reading {
        int64_t entry;
        struct origin *origin;
        struct arena *kept;
};

/* An entry may be large; only some texts of it are kept. */
static bool origin_read(struct work *w, void *context)
{
        struct reading *r = context;
        const struct entry *e = ledger_entry(w, r->entry);
        const char *source = e == NULL ? NULL : json_string_value(json_object_get(e->body, "source"));

        if (e == NULL)
                return work_ok(w);
        r->origin->report = report_address_of(w, e->subject);
        if (r->origin->report != NULL)
                r->origin->report = arena_text(r->kept, r->origin->report);
        r->origin->source = arena_text(r->kept, source != NULL ? source : origin_said(w, e));
        r->origin->author = arena_text(r->kept, author_of(w, e));
        r->origin->node = arena_text(r->kept, e->node);
        r->origin->at = stamp_moment(e->at);
        return true;
}

static const struct origin *origin_of(struct revisions *x, int64_t entry)
{
        struct reading r = { .entry = entry, .kept = x->work->arena };
        int64_t *place;

        if (x->origins == NULL) {
                x->origins = map_in(x->work->arena);
                x->hashes = entry_hashes_open(x->work);
        }
        place = map_put(x->origins, &entry, sizeof entry, NULL);
        if (place == NULL)
                arena_starve(x->work->arena);
        if (*place != 0)
                return (const struct origin *)(intptr_t)*place;
        r.origin = arena_alloc(x->work->arena, sizeof *r.origin);
        *r.origin = (struct origin){ .source = "", .author = "", .node = "", .hash = entry_hash(x->hashes, entry) };
        *place = (int64_t)(intptr_t)r.origin;
        run_in_scratch(x->work, origin_read, &r);
        return r.origin;
}

/* ---- in words ------------------------------------------------------------------------------------------------------ */

static const char *period_text(struct revisions *x, period p)
{
        char text[64];

        if (x->is_for_people)
                period_write_short(text, sizeof text, p, x->work->language);
        else
                period_write(text, p);
        return arena_text(x->work->arena, text);
}

static const char *moment_told(struct revisions *x, moment m)
{
        return x->is_for_people ? moment_for_people(x->work, m) : known_shown(x->work, m);
}

static const char *number_text(struct revisions *x, int64_t value, int decimals, int shown, bool has_sign)
{
        char text[DECIMAL_TEXT_MAX * 2];

        decimal_write_shown(text, value, decimals, shown, x->work->language);
        return arena_print(x->work->arena, "%s%s", has_sign && value > 0 ? "+" : "", text);
}

static const char *title_of(struct revisions *x)
{
        bool is_vi = x->work->language == LANGUAGE_VI;

        return arena_print(x->work->arena, work_text(x->work, "Revisions: %s"), is_vi ? x->indicator->name_vi : x->indicator->name_en);
}

static const char *about(struct revisions *x)
{
        bool is_vi = x->work->language == LANGUAGE_VI;

        return arena_print(x->work->arena, "%s%s%s%s%s", is_vi ? x->unit->full_name_vi : x->unit->full_name_en, *x->item_name == '\0' ? "" : " · ", x->item_name,
                           *x->measure == '\0' ? "" : " · ", x->measure);
}

/* What is left out since it is counted in something else; NULL where nothing is. */
static const char *cut_said(struct revisions *x)
{
        struct work *w = x->work;

        return x->measure_before == NULL ? NULL
                                         : arena_print(w->arena, work_text(w, "The unit of measure changes with %s (%s, before: %s): the periods before are another series, and left out. "
                                                                              "Name a last period before it to see them."),
                                                       period_text(x, x->measured_from), x->measure, x->measure_before);
}

static const char *change_measure_of(struct revisions *x)
{
        return figure_changes_in_points(x->indicator) ? work_text(x->work, N_("percentage points")) : x->measure;
}

static void line_add(struct revisions_view *v, const char *label, const char *value)
{
        v->lines[v->line_count++] = (struct revisions_line){ label, value };
}

static void summary_fill(struct revisions *x, struct revisions_view *v)
{
        const struct revision_summary *s = &x->summary;
        struct work *w = x->work;
        const char *unit = change_measure_of(x);
        int shown = x->indicator->shown + 2 > STATS_DECIMALS ? STATS_DECIMALS : x->indicator->shown + 2;

        line_add(v, work_text(w, "Publications"), arena_print(w->arena, "%zu", s->publications));
        line_add(v, work_text(w, "Periods revised, of those published again"), arena_print(w->arena, "%zu / %zu", s->revised, s->repeated));
        line_add(v, work_text(w, "Mean revision"),
                 s->has_means ? arena_print(w->arena, "%s %s", number_text(x, s->mean, STATS_DECIMALS, shown, true), unit) : "–");
        line_add(v, work_text(w, "Mean absolute revision"),
                 s->has_means ? arena_print(w->arena, "%s %s", number_text(x, s->mean_absolute, STATS_DECIMALS, shown, false), unit) : "–");
        line_add(v, work_text(w, "Relative mean absolute revision"),
                 s->has_relative ? arena_print(w->arena, "%s %%", number_text(x, s->relative, STATS_DECIMALS, 2, false)) : "–");
        line_add(v, work_text(w, "Largest revision"),
                 s->has_largest ? arena_print(w->arena, "%s %s (%s)", number_text(x, s->largest, x->indicator->decimals, x->indicator->shown, true), unit,
                                              period_text(x, s->largest_period))
                                : "–");
        line_add(v, work_text(w, "Periods of which no later print is held"), arena_print(w->arena, "%zu", s->unconfirmed));
        line_add(v, work_text(w, "Longest way to a revision, in publications"), arena_print(w->arena, "%zu", s->longest_lag));
}

static void notes_fill(struct revisions *x, const char **notes)
{
        struct work *w = x->work;
        size_t n = 0;

        if (x->measure_before != NULL)
                notes[n++] = cut_said(x);
        notes[n++] = work_text(w, "Revision of a period = the value that stands less the first one; means over the periods that were published again since "
                                  "their first value, exact, rounded once to six decimals, half away from zero (OECD and Eurostat, 2008).");
        notes[n++] = work_text(w, figure_state_rule);
        if (x->query.known != 0)
                notes[n++] = arena_print(w->arena, work_text(w, "As known on %s"), moment_told(x, x->query.known));
        if (x->has_others)
                notes[n++] = work_text(w, "Figures of other frequencies are left out: name the first and last period to see them.");
        notes[n] = NULL;
}

/* The address of this series with another path; known 0: as known now. */
static const char *address(struct revisions *x, const char *path, bool has_span, moment known)
{
        struct buf b;
        char text[PERIOD_TEXT_MAX], moment_text[MOMENT_TEXT_MAX];
        const char *out;

        buf_init_with(&b, 0, x->work->arena);
        buf_print(&b, "%s?indicator=%s&unit=%s", path, x->indicator->id, x->unit->key);
        if (*x->item != '\0')
                buf_print(&b, "&item=%s", x->item);
        if (*x->query.partners[0] != '\0')
                buf_print(&b, "&partner=%s", x->query.partners[0]);
        if (has_span && x->query.from != PERIOD_NONE && period_write(text, x->query.from) > 0)
                buf_print(&b, "&from=%s", text);
        if (has_span && x->query.to != PERIOD_NONE && period_write(text, x->query.to) > 0)
                buf_print(&b, "&to=%s", text);
        if (known != 0) {
                moment_write(moment_text, known); /* exact: several publications may fall on one day */
                BUF_LITERAL(&b, "&known=");
                html_url_part(&b, moment_text);
        }
        out = buf_ok(&b) ? arena_text(x->work->arena, b.data) : "";
        buf_clear(&b);
        return out;
}

/* ---- every version ---------------------------------------------------------------------------------------------------- */

static const char *state_text(struct revisions *x, const struct revision_version *v)
{
        struct work *w = x->work;
        const char *state = x->is_for_people ? work_text(w, figure_state_title(v->state)) : figure_state_name(v->state);

        if (((const struct kept *)v->about)->is_passed_over)
                return x->is_for_people ? work_text(w, "never stood: a version known later had come") : "passed_over";
        return x->is_for_people && v->is_unconfirmed ? arena_print(w->arena, "%s; %s", state, work_text(w, figure_unconfirmed)) : state;
}

static void version_row(struct revisions *x, struct table *t, const struct revision_version *v)
{
        const struct kept *kept = v->about;
        const struct origin *from = origin_of(x, kept->entry);
        const struct indicator *i = x->indicator;
        struct cell revision = cell_number(v->revision, i->decimals, i->shown), total = cell_number(v->total, i->decimals, i->shown);
        const char *hash = x->is_for_people && *from->hash != '\0' ? arena_print(x->work->arena, "%.12s…", from->hash) : from->hash;

        const char *href;
        char text[PERIOD_TEXT_MAX];

        period_write(text, v->period);
        href = arena_print(x->work->arena, "%s&period=%s", address(x, "/figures/explain", false, v->known), text);
        revision.is_change = total.is_change = true;
        table_row(t, (struct cell[]){
                             cell_link(period_text(x, v->period), href),
                             cell_text(moment_told(x, v->known)),
                             cell_number(v->value, i->decimals, i->shown),
                             v->has_revision && v->number > 1 ? revision : cell_empty(),
                             v->has_revision && v->number > 1 ? total : cell_empty(),
                             cell_text(state_text(x, v)),
                             cell_text(kept->corrects == 0 ? "" : moment_told(x, kept->corrects)),
                             cell_text(x->is_for_people ? mark_shown(x->work, kept->mark) : kept->mark == MARK_NONE ? "" : figure_mark_name(kept->mark)),
                             cell_link(from->source, from->report),
                             cell_text(from->author),
                             cell_link(hash, *from->hash == '\0' ? NULL : arena_print(x->work->arena, "/figures/entry/%s", from->hash)),
                     });
}

static bool versions_write(struct revisions *x, enum suffix suffix, struct buf *out, const char *const *notes)
{
        struct work *w = x->work;
        const char *unit = *x->measure == '\0' ? NULL : x->measure, *change = change_measure_of(x);
        const struct column columns[] = {
                { "period", N_("Period"), NULL, CELL_TEXT },
                { "known_from", N_("Known from"), NULL, CELL_TEXT },
                { "value", N_("Value"), unit, CELL_NUMBER },
                { "revision", N_("Change to the version before"), *change == '\0' ? NULL : change, CELL_NUMBER },
                { "total_revision", N_("Change to the first"), *change == '\0' ? NULL : change, CELL_NUMBER },
                { "state", N_("State"), NULL, CELL_TEXT },
                { "corrects", N_("Corrects what was known from"), NULL, CELL_TEXT },
                { "mark", N_("Mark of the source"), NULL, CELL_TEXT },
                { "source", N_("Source"), NULL, CELL_TEXT },
                { "author", N_("Entered by"), NULL, CELL_TEXT },
                { "entry", N_("Entry"), NULL, CELL_TEXT },
        };
        struct table *t = table_begin_below(w, suffix, out, title_of(x), notes, columns, (int)(sizeof columns / sizeof *columns));

        if (t == NULL)
                return false;
        table_describe(t, about_figures(w, title_of(x), &x->query, &(struct about_rows){ &x->indicator, 1, 0 }, x->target));
        if (suffix != SUFFIX_HTML)
                for (size_t i = 0; i < x->told_count && work_ok(w); i++)
                        version_row(x, t, x->told[i]);
        for (size_t i = x->told_count; suffix == SUFFIX_HTML && i-- > 0 && x->told_count - i <= VERSIONS_SHOWN && work_ok(w);)
                version_row(x, t, x->told[i]); /* the newest first */
        return table_end(t, NULL);
}

static void version_json(struct revisions *x, struct jsonw *j, const struct revision_version *v)
{
        const struct kept *kept = v->about;
        const struct origin *from = origin_of(x, kept->entry);
        int decimals = x->indicator->decimals;

        jsonw_object(j);
        jsonw_member_text(j, "period", period_text(x, v->period));
        jsonw_member_text(j, "known_from", moment_told(x, v->known));
        jsonw_name(j, "value");
        jsonw_decimal(j, v->value, decimals);
        if (!kept->is_passed_over)
                jsonw_member_int(j, "number", v->number);
        if (v->has_revision && v->number > 1) {
                jsonw_name(j, "revision");
                jsonw_decimal(j, v->revision, decimals);
                jsonw_name(j, "total_revision");
                jsonw_decimal(j, v->total, decimals);
        }
        if (!kept->is_passed_over)
                jsonw_member_int(j, "lag", (int64_t)v->lag);
        jsonw_member_text(j, "state", state_text(x, v));
        jsonw_member_text(j, "corrects", kept->corrects == 0 ? NULL : known_shown(x->work, kept->corrects));
        jsonw_member_bool(j, "unconfirmed", v->is_unconfirmed);
        jsonw_member_text(j, "status", figure_status_name(kept->status));
        jsonw_member_text(j, "mark", kept->mark == MARK_NONE ? NULL : figure_mark_name(kept->mark));
        jsonw_member_text(j, "source", from->source);
        jsonw_member_text(j, "author", from->author);
        jsonw_member_text(j, "node", from->node);
        jsonw_member_text(j, "at", known_shown(x->work, from->at));
        jsonw_member_text(j, "entry", from->hash);
        jsonw_end(j);
}

static void member_decimal(struct jsonw *j, const char *name, bool is_there, int64_t value, int decimals)
{
        jsonw_name(j, name);
        if (is_there)
                jsonw_decimal(j, value, decimals);
        else
                jsonw_null(j);
}

static bool revisions_json(struct revisions *x, struct buf *out, const char *const *notes)
{
        const struct revision_summary *s = &x->summary;
        struct jsonw j;

        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_member_text(&j, "title", title_of(x));
        jsonw_member_text(&j, "indicator", x->indicator->id);
        jsonw_member_text(&j, "unit", x->unit->key);
        jsonw_member_text(&j, "item", x->item);
        jsonw_member_text(&j, "unit_of_measure", x->measure);
        jsonw_member_text(&j, "unit_of_revisions", change_measure_of(x));
        jsonw_name(&j, "notes");
        jsonw_array(&j);
        for (; *notes != NULL; notes++)
                jsonw_text(&j, *notes);
        jsonw_end(&j);
        jsonw_name(&j, "summary");
        jsonw_object(&j);
        jsonw_member_int(&j, "publications", (int64_t)s->publications);
        jsonw_member_int(&j, "periods", (int64_t)s->periods);
        jsonw_member_int(&j, "published_again", (int64_t)s->repeated);
        jsonw_member_int(&j, "revised", (int64_t)s->revised);
        jsonw_member_int(&j, "unconfirmed", (int64_t)s->unconfirmed);
        jsonw_member_int(&j, "longest_lag", (int64_t)s->longest_lag);
        member_decimal(&j, "mean_revision", s->has_means, s->mean, STATS_DECIMALS);
        member_decimal(&j, "mean_absolute_revision", s->has_means, s->mean_absolute, STATS_DECIMALS);
        member_decimal(&j, "relative_mean_absolute_revision", s->has_relative, s->relative, STATS_DECIMALS);
        member_decimal(&j, "largest_revision", s->has_largest, s->largest, x->indicator->decimals);
        jsonw_member_text(&j, "largest_revision_period", s->has_largest ? period_text(x, s->largest_period) : NULL);
        jsonw_end(&j);
        jsonw_name(&j, "versions");
        jsonw_array(&j);
        for (size_t i = 0; i < x->told_count && work_ok(x->work); i++)
                version_json(x, &j, x->told[i]);
        jsonw_end(&j);
        jsonw_end(&j);
        buf_char(out, '\n');
        return work_ok(x->work);
}

bool revisions_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct revisions *x = arena_alloc(w->arena, sizeof *x);
        struct revisions_view view = { 0 };
        struct page page = { .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1 };
        enum suffix suffix = request_suffix(r);
        const char *files[16];
        size_t n = 0;

        reply->is_private = *w->user->login != '\0';
        if (!series_read(w, r, x))
                return false;
        notes_fill(x, view.notes);
        summary_fill(x, &view);
        files[n++] = about(x);
        for (int i = 0; i < view.line_count; i++)
                files[n++] = arena_print(w->arena, "%s: %s", view.lines[i].label, view.lines[i].value);
        for (const char *const *note = view.notes; *note != NULL; note++)
                files[n++] = *note;
        files[n] = NULL;
        if (suffix == SUFFIX_JSON)
                return revisions_json(x, &reply->body, view.notes);
        if (suffix != SUFFIX_HTML) {
                table_file(w, r, reply, "revisions");
                return versions_write(x, suffix, &reply->body, files);
        }
        page.title = view.heading = title_of(x);
        view.about = about(x);
        view.csv = address(x, "/figures/revisions.csv", true, x->query.known);
        view.xlsx = address(x, "/figures/revisions.xlsx", true, x->query.known);
        view.json = address(x, "/figures/revisions.json", true, x->query.known);
        view.triangle = address(x, "/figures/triangle", true, x->query.known);
        view.series = address(x, "/figures", false, x->query.known);
        page_begin(w, r, reply, &page);
        figures_revisions_page(w, &reply->body, &view);
        if (!versions_write(x, SUFFIX_HTML, &reply->body, (const char *const[]){ x->told_count > VERSIONS_SHOWN ? arena_print(w->arena,
                            work_text(w, "The newest %d of %zu versions; the files have all."), VERSIONS_SHOWN, x->told_count) : NULL, NULL }))
                return false;
        page_end(w, r, reply, &page);
        return work_ok(w);
}

/* ---- the triangle --------------------------------------------------------------------------------------------------------- */

/* A publication, by when it was; said of one that is corrections alone. */
static const char *publication_said(struct revisions *x, moment m)
{
        bool is_correction = true;

        for (size_t i = 0; i < x->count && is_correction; i++)
                is_correction = x->versions[i].known != m || ((const struct kept *)x->versions[i].about)->corrects != 0;
        return is_correction ? arena_print(x->work->arena, work_text(x->work, "%s (correction)"), moment_told(x, m)) : moment_told(x, m);
}

struct triangle {
        struct revisions *x;
        size_t first, columns; /* of the publications */
};

/* A row for each period, a column for each publication: the value that stood then, a link where it was new or changed. */
static bool triangle_rows(struct work *w, struct table *t, void *context)
{
        const struct triangle *g = context;
        struct revisions *x = g->x;
        struct cell *cells = arena_array(w->arena, g->columns + 1, sizeof *cells);

        table_describe(t, about_figures(w, title_of(x), &x->query, &(struct about_rows){ &x->indicator, 1, 0 }, x->target));
        for (size_t i = 0; i < x->count; i++) {
                bool is_shown = false;

                if (!x->versions[i].is_last)
                        continue;
                cells[0] = cell_text(period_text(x, x->versions[i].period));
                for (size_t c = 0; c < g->columns; c++) {
                        moment m = x->moments[g->first + c];
                        const struct revision_version *v = revision_standing(x->versions, x->count, x->versions[i].period, m);

                        cells[c + 1] = v == NULL ? cell_empty() : cell_number(v->value, x->indicator->decimals, x->indicator->shown);
                        if (v != NULL && v->known == m) {
                                char text[PERIOD_TEXT_MAX];

                                period_write(text, v->period);
                                is_shown = true;
                                cells[c + 1].href = arena_print(w->arena, "%s&period=%s", address(x, "/figures/explain", false, m), text);
                        }
                }
                if (is_shown || !x->is_for_people)
                        table_row(t, cells);
        }
        return work_ok(w);
}

bool triangle_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct revisions *x = arena_alloc(w->arena, sizeof *x);
        struct triangle g = { .x = x };
        struct column *columns;
        const char *notes[6];
        struct page page = { .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 2 };
        size_t n = 0;

        reply->is_private = *w->user->login != '\0';
        if (!series_read(w, r, x))
                return false;
        g.columns = x->summary.publications;
        if (x->is_for_people && g.columns > COLUMNS_SHOWN)
                g.columns = COLUMNS_SHOWN;
        if (g.columns > COLUMNS_MOST || g.columns * x->summary.periods > CELLS_MOST) {
                error_set(&w->err, ERR_TOO_BIG, "the triangle has %zu publications of %zu periods", g.columns, x->summary.periods);
                return error_hint(&w->err, "name the first and last period");
        }
        g.first = x->summary.publications - g.columns;
        columns = arena_array(w->arena, g.columns + 1, sizeof *columns);
        columns[0] = (struct column){ "period", N_("Period"), NULL, CELL_TEXT };
        for (size_t c = 0; c < g.columns; c++)
                columns[c + 1] = (struct column){ known_shown(w, x->moments[g.first + c]), publication_said(x, x->moments[g.first + c]), NULL, CELL_NUMBER };
        notes[n++] = about(x);
        if (x->measure_before != NULL)
                notes[n++] = cut_said(x);
        notes[n++] = work_text(w, "Each column is a publication: the value that stood for each period then. A link: new or changed in that publication. A correction: "
                                  "the same source was recorded again as known from a moment already recorded; it stands from when it was recorded.");
        if (g.columns < x->summary.publications)
                notes[n++] = arena_print(w->arena, work_text(w, "The newest %zu of %zu publications; the files have all."), g.columns, x->summary.publications);
        notes[n] = NULL;
        page.title = arena_print(w->arena, "%s: %s", work_text(w, "Revision triangle"), w->language == LANGUAGE_VI ? x->indicator->name_vi : x->indicator->name_en);
        page.crumbs[1] = (struct crumb){ work_text(w, "How it was revised"), address(x, "/figures/revisions", true, x->query.known) };
        return table_reply(w, r, reply, &page, "triangle", notes, columns, (int)g.columns + 1, triangle_rows, &g);
}
