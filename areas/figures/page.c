#include "areas/figures/page.h"

#include <stdlib.h>
#include <string.h>

#include "areas/figures/filter.h"
#include "areas/figures/pages.h"
#include "areas/figures/rows.h"
#include "areas/figures/upload.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "figure/contest.h"
#include "form/form.h"
#include "format/html.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/symbol.h"

#define PAGE_ROWS 100

static const char *from_request(const void *source, const char *name, int nth)
{
        return request_query(source, name, nth);
}

/* ---- the explorer --------------------------------------------------------------------------------------- */

/* This query in another format: /figures.csv?… */
static const char *in_format(struct work *w, const struct request *r, const char *path, const char *suffix)
{
        const char *here = request_with(w, r, "after", NULL), *query = strchr(here, '?');

        return arena_print(w->arena, "%s.%s%s", path, suffix, query == NULL ? "" : query);
}

static const char *typed(struct work *w, const struct request *r, const char *name)
{
        const char *value, *all = "";

        for (int nth = 0; (value = request_query(r, name, nth)) != NULL; nth++)
                all = *all == '\0' ? value : arena_print(w->arena, "%s, %s", all, value);
        return all;
}

static struct choice_view *choices(struct work *w, const char *const *values, const char *const *texts, size_t count,
                                   const char *chosen)
{
        struct choice_view *list = arena_array(w->arena, count, sizeof *list);

        for (size_t i = 0; i < count; i++)
                list[i] = (struct choice_view){ values[i], work_text(w, texts[i]), strcmp(values[i], chosen) == 0, false };
        return list;
}

static const char *indicator_name(const struct work *w, const struct indicator *i)
{
        return w->language == LANGUAGE_VI ? i->name_vi : i->name_en;
}

static const char *said(struct work *w, period p)
{
        char text[64];

        period_write_said(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

/* The country, today's provinces, those that are no more; a unit asked for that is none of them stands last. */
static void units_fill(struct work *w, const char *chosen, struct explorer_view *v)
{
        const struct catalogue *c = catalogue_of(w);
        day today = day_of_moment(w->now);
        const struct unit *now[256], *before[256];
        size_t count = unit_list(c, LEVEL_PROVINCE, today, now, 256);
        size_t old_count = unit_list(c, LEVEL_PROVINCE, day_of(2025, 6, 30), before, 256);
        bool is_vi = w->language == LANGUAGE_VI, is_found = *chosen == '\0';
        struct choice_view *list = v->units = arena_array(w->arena, count + old_count + 6, sizeof *list);
        size_t n = 0;

        list[n++] = (struct choice_view){ "", work_text(w, "Every place"), is_found, false };
        list[n++] = (struct choice_view){ "VN", work_text(w, "The whole country"), strcmp(chosen, "VN") == 0, false };
        list[n++] = (struct choice_view){ "", work_text(w, "Provinces of today"), false, true };
        for (size_t i = 0; i < count && i < 256; i++)
                list[n++] = (struct choice_view){ now[i]->code, is_vi ? now[i]->name_vi : now[i]->name_en,
                                                  strcmp(chosen, now[i]->code) == 0 || strcmp(chosen, now[i]->key) == 0, false };
        list[n++] = (struct choice_view){ "", work_text(w, "Provinces that are no more"), false, true };
        for (size_t i = 0; i < old_count && i < 256; i++)
                if (before[i]->to < today)
                        list[n++] = (struct choice_view){ before[i]->key, is_vi ? before[i]->name_vi : before[i]->name_en,
                                                          strcmp(chosen, before[i]->key) == 0, false };
        for (size_t i = 0; i < n; i++)
                is_found |= list[i].is_chosen;
        if (!is_found)
                list[n++] = (struct choice_view){ chosen, chosen, true, false };
        v->unit_count = n;
}

/* The items of the one indicator asked for. */
static void items_fill(struct work *w, const struct figure_query *q, const char *chosen, struct explorer_view *v)
{
        const char *name = q->indicator_count == 1 ? q->indicators[0]->item_classification : "";
        const struct classification *by = *name == '\0' ? NULL : classification_find(catalogue_of(w), name);
        day on = q->to != PERIOD_NONE ? period_last(q->to) : day_of_moment(w->now);
        const struct item *all[2048];
        size_t count = by == NULL ? 0 : item_list(catalogue_of(w), by->id, on, all, 2048);
        bool is_found = *chosen == '\0';

        if (count > 2048)
                count = 2048;
        v->items = arena_array(w->arena, count + 2, sizeof *v->items);
        if (count == 0 && is_found)
                return;
        v->items[v->item_count++] = (struct choice_view){ "", work_text(w, "Every item"), is_found, false };
        for (size_t i = 0; i < count; i++) {
                const char *text = w->language == LANGUAGE_VI || *all[i]->name_en == '\0' ? all[i]->name_vi : all[i]->name_en;
                int depth = 0;

                for (const struct item *up = all[i]->parent; up != NULL && depth < 4; up = up->parent)
                        depth++;
                v->items[v->item_count] = (struct choice_view){
                        all[i]->code, arena_print(w->arena, "%.*s%s", depth * 4, "\u2003\u2003\u2003\u2003", text),
                        strcmp(all[i]->code, chosen) == 0, false };
                is_found |= v->items[v->item_count++].is_chosen;
        }
        if (!is_found)
                v->items[v->item_count++] = (struct choice_view){ chosen, chosen, true, false };
}

/* ---- the first page: questions instead of rows --------------------------------------------------------------- */

/* Each goes up to the newest period of its indicator; one that has none is not asked. */
static const struct {
        const char *text;
        const char *indicator, *rest;
        enum frequency frequency;
        int periods;
} questions[] = {
        { N_("Industrial production of the country"), "iip_yoy", "&unit=VN&item=TOTAL",
          FREQUENCY_MONTH, 12 },
        { N_("Industrial production by industry"), "iip_yoy", "&unit=VN", FREQUENCY_MONTH, 1 },
        { N_("Industrial production of the provinces"), "iip_yoy", "&unit=VN&children=1&item=TOTAL", FREQUENCY_YEAR, 1 },
        { N_("Exports by goods"), "export_value", "&unit=VN", FREQUENCY_MONTH, 1 },
        { N_("Exports against the same month of the year before"), "export_value",
          "&unit=VN&item=tong_tri_gia&compare=yoy", FREQUENCY_MONTH, 12 },
        { N_("Imports by goods"), "import_value", "&unit=VN", FREQUENCY_MONTH, 1 },
        { N_("Output of the main products"), "product_output", "&unit=VN", FREQUENCY_MONTH, 1 },
        { N_("Workers of industry in the provinces"), "labour_yoy", "&unit=VN&children=1", FREQUENCY_MONTH, 1 },
        { N_("Gross domestic product by activity"), "gdp_current", "&unit=VN", FREQUENCY_QUARTER, 1 },
};
#define QUESTION_COUNT (sizeof questions / sizeof *questions)

static bool questions_fill(struct work *w, struct explorer_view *v)
{
        const char *own = node_unit(w->node);
        const struct unit *country = unit_read(catalogue_of(w), "VN", day_of_moment(w->now));
        int64_t whole = country == NULL ? -1 : symbol_find(w, 'u', country->key);

        v->questions = arena_array(w->arena, QUESTION_COUNT + 1, sizeof *v->questions);
        if (strcmp(own, "VN") != 0) {
                const struct unit *u = unit_read(catalogue_of(w), own, day_of_moment(w->now));

                if (u != NULL)
                        v->questions[v->question_count++] = (struct question_view){
                                arena_print(w->arena, work_text(w, "All figures of %s"),
                                            w->language == LANGUAGE_VI ? u->name_vi : u->name_en),
                                arena_print(w->arena, "/figures?unit=%s", own) };
        }
        for (size_t i = 0; i < QUESTION_COUNT; i++) {
                int64_t symbol = symbol_find(w, 'i', questions[i].indicator);
                period newest = PERIOD_NONE;
                char from[PERIOD_TEXT_MAX], to[PERIOD_TEXT_MAX];
                bool is_of_parts = strstr(questions[i].rest, "children") != NULL; /* else the country's own figures */
                struct rows *rows = db_query(w->db,
                                             "SELECT DISTINCT period FROM figure_group WHERE indicator = $1"
                                             " AND (province = $2 OR $3 = 1)",
                                             ARGS(v_int(symbol), v_int(whole), v_int(is_of_parts)));

                while (rows_next(rows)) {
                        period p = (period)rows_int(rows, 0);

                        if (period_frequency(p) == questions[i].frequency && (newest == PERIOD_NONE || p > newest))
                                newest = p;
                }
                if (!work_ok(w))
                        return false;
                if (newest == PERIOD_NONE)
                        continue;
                period_write(to, newest);
                period_write(from, period_plus(newest, 1 - questions[i].periods));
                v->questions[v->question_count++] = (struct question_view){
                        questions[i].periods == 1
                                ? arena_print(w->arena, "%s, %s", work_text(w, questions[i].text), said(w, newest))
                                : arena_print(w->arena, work_text(w, "%s, up to %s"), work_text(w, questions[i].text),
                                              said(w, newest)),
                        arena_print(w->arena, "/figures?indicator=%s%s&from=%s&to=%s", questions[i].indicator,
                                    questions[i].rest, from, to) };
        }
        return true;
}

/* "Việt Nam · tháng 1/2021 – tháng 12/2021 · triệu USD": what the rows have in common. */
static const char *lede_of(struct work *w, const struct figure_query *q)
{
        const struct indicator *i = q->indicator_count == 1 ? q->indicators[0] : NULL;
        const char *lede = "", *unit = i == NULL ? "" : w->language == LANGUAGE_VI ? i->unit_vi : i->unit_en;
        const struct unit *u = q->unit_count == 1 && !q->with_children
                                       ? unit_read(catalogue_of(w), q->units[0],
                                                   q->to != PERIOD_NONE ? period_last(q->to) : day_of_moment(w->now))
                                       : NULL;

        if (u != NULL)
                lede = w->language == LANGUAGE_VI ? u->full_name_vi : u->full_name_en;
        if (q->from != PERIOD_NONE)
                lede = arena_print(w->arena, "%s%s%s", lede, *lede == '\0' ? "" : " · ", said(w, q->from));
        if (q->to != PERIOD_NONE && q->to != q->from)
                lede = arena_print(w->arena, "%s%s%s", lede,
                                   q->from != PERIOD_NONE ? " – " : *lede == '\0' ? "" : " · ", said(w, q->to));
        if (*unit != '\0')
                lede = arena_print(w->arena, "%s%s%s", lede, *lede == '\0' ? "" : " · ", unit);
        if (i != NULL && i->is_index)
                lede = arena_print(w->arena, "%s, %s", lede, work_text(w, "100 is the value compared with"));
        return lede;
}

static void view_fill(struct work *w, const struct request *r, const struct figure_query *q, struct explorer_view *v)
{
        static const char *const compare_values[] = { "", "yoy", "mom", "ytd", "ytd_yoy", "share", "contribution" };
        static const char *const compare_texts[] = {
                N_("no comparison"),
                N_("with the same period of the year before"),
                N_("with the period before"),
                N_("cumulated from January"),
                N_("cumulated, with the same months of the year before"),
                N_("share of the whole"),
                N_("contribution to growth, in percentage points"),
        };
        static const char *const boundary_values[] = { "", "now", "2025-06-30" };
        static const char *const boundary_texts[] = { N_("as it was in each period"), N_("today's provinces"),
                                                      N_("the 63 provinces of June 2025") };
        static const char *const status_values[] = { "", "submitted", "approved", "published" };
        static const char *const status_texts[] = { N_("every status"), N_("Submitted"), N_("Approved"), N_("Published") };
        const struct indicator **list = arena_array(w->arena, 4096, sizeof *list);
        size_t count = indicator_list_named(catalogue_of(w), w->language, list, 4096);
        const char *chosen = typed(w, r, "indicator");

        v->indicators = arena_array(w->arena, count + 1, sizeof *v->indicators);
        for (size_t i = 0; i < count; i++)
                v->indicators[v->indicator_count++] =
                        (struct choice_view){ list[i]->id, indicator_name(w, list[i]), strcmp(list[i]->id, chosen) == 0,
                                              false };
        if (strchr(chosen, ',') != NULL) /* several: keep them in one choice */
                v->indicators[v->indicator_count++] = (struct choice_view){ chosen, chosen, true, false };
        v->compares = choices(w, compare_values, compare_texts, v->compare_count = 7, typed(w, r, "compare"));
        v->boundaries = choices(w, boundary_values, boundary_texts, v->boundary_count = 3, typed(w, r, "boundary"));
        v->statuses = choices(w, status_values, status_texts, v->status_count = 4, typed(w, r, "status"));
        units_fill(w, typed(w, r, "unit"), v);
        items_fill(w, q, typed(w, r, "item"), v);
        v->from = typed(w, r, "from");
        v->to = typed(w, r, "to");
        v->partner = typed(w, r, "partner");
        v->known = typed(w, r, "known");
        v->with_children = strcmp(typed(w, r, "children"), "1") == 0;
        v->may_import = user_may(w->user, MAY_IMPORT);
        v->has_more_filters = *typed(w, r, "compare") != '\0' || *typed(w, r, "boundary") != '\0' ||
                              *typed(w, r, "status") != '\0' || *v->known != '\0';
        v->title = q->indicator_count == 1 ? indicator_name(w, q->indicators[0]) : work_text(w, "Figures");
        for (const char *const *name = filter_names; *name != NULL; name++)
                v->is_filtered |= *typed(w, r, *name) != '\0';
        v->csv = in_format(w, r, "/figures", "csv");
        v->xlsx = in_format(w, r, "/figures", "xlsx");
        v->json = in_format(w, r, "/figures", "json");
        v->lede = v->is_filtered ? lede_of(w, q) : work_text(w, "Every figure leads to where it comes from, who entered it and who approved it.");
}

static bool count_row(struct work *w, const struct figure_row *row, void *context)
{
        (void)w;
        (void)row;
        ++*(int64_t *)context;
        return false;
}

/* Nothing matched: name the one filter whose dropping gives something. */
static bool empty_write(struct work *w, const struct request *r, struct buf *out, const struct figure_query *q)
{
        static const char *const dropped[] = { N_("Drop the filter on items"), N_("Drop the filter on units"),
                                               N_("Drop the filter on periods"), N_("Show figures as known today"),
                                               N_("Drop the filter on status") };
        struct empty_view v = { .title = work_text(w, "No figures match these filters") };
        bool is_filtered = q->indicator_count + q->unit_count + q->item_count + q->partner_count > 0 || q->from != 0 ||
                           q->to != 0 || q->known != 0 || q->status != 0;

        if (!is_filtered) {
                v.title = work_text(w, "There are no figures here yet");
                v.advice = work_text(w, "They come with reports, with imported files and from other nodes.");
                figures_empty_page(w, out, &v);
                return true;
        }
        v.advice = work_text(w, "Dropping one filter at a time does not give any either.");
        v.all_href = "/figures";
        for (int i = 0; i < 5 && v.drop_href == NULL; i++) {
                struct figure_query wider = *q;
                const char *address = NULL;
                int64_t found = 0;

                wider.limit = 1;
                wider.after = NULL;
                wider.compare = COMPARE_NONE;
                if (i == 0 && q->item_count > 0) {
                        wider.item_count = 0;
                        address = request_with(w, r, "item", NULL);
                } else if (i == 1 && q->unit_count > 0) {
                        wider.unit_count = 0;
                        address = request_with(w, r, "unit", NULL);
                } else if (i == 2 && (q->from != 0 || q->to != 0)) {
                        wider.from = wider.to = PERIOD_NONE;
                        address = strchr(request_with(w, r, "from", NULL), '?') == NULL || q->from == 0
                                          ? request_with(w, r, "to", NULL)
                                          : request_with(w, r, "from", NULL);
                        if (q->from != 0 && q->to != 0)
                                address = NULL;
                } else if (i == 3 && q->known != 0) {
                        wider.known = 0;
                        address = request_with(w, r, "known", NULL);
                } else if (i == 4 && q->status != 0) {
                        wider.status = 0;
                        address = request_with(w, r, "status", NULL);
                }
                if (address == NULL)
                        continue;
                if (!figures_read(w, &wider, count_row, &found))
                        return false;
                if (found > 0) {
                        v.drop_href = address;
                        v.drop_text = work_text(w, dropped[i]);
                        v.advice = work_text(w, "Without one of the filters there are figures.");
                }
        }
        figures_empty_page(w, out, &v);
        return true;
}

bool figures_page(struct work *w, const struct request *r, struct reply *reply)
{
        enum suffix suffix = request_suffix(r);
        struct page page = { .title = work_text(w, "Figures"), .nav = NAV_FIGURES };
        const char *limit_text = request_query(r, "limit", 0), *next = NULL;
        struct explorer_view view = { 0 };
        struct figure_query q;
        int64_t limit = 0, count = 0;
        struct buf rows;
        char *end;

        if (!filter_read(w, from_request, r, &q))
                return false;
        figures_limit_to_reader(w, &q);
        q.after = request_query(r, "after", 0);
        reply->is_private = w->user->login[0] != '\0';
        if (limit_text != NULL && *limit_text != '\0') {
                limit = strtoll(limit_text, &end, 10);
                if (*end != '\0' || limit < 1 || limit > 1000000)
                        return error_set(&w->err, ERR_INVALID, "limit: \"%s\" is not a number from 1 to 1000000", limit_text);
        }
        if (suffix != SUFFIX_HTML) {
                reply->file_name = suffix == SUFFIX_CSV    ? "figures.csv"
                                   : suffix == SUFFIX_XLSX ? "figures.xlsx"
                                                           : NULL;
                return rows_write(w, suffix, &reply->body, &q, limit, NULL, NULL);
        }
        view_fill(w, r, &q, &view);
        if (!view.is_filtered && q.after == NULL && !questions_fill(w, &view))
                return false;
        page.title = view.title;
        page_begin(w, r, reply, &page);
        figures_explorer_page(w, &reply->body, &view);
        if (view.question_count > 0) {
                page_end(w, r, reply, &page);
                return work_ok(w);
        }
        buf_init(&rows, (size_t)16 << 20);
        if (!rows_write(w, suffix, &rows, &q, limit == 0 ? PAGE_ROWS : limit, &next, &count)) {
                buf_clear(&rows);
                return false;
        }
        if (count == 0) {
                buf_clear(&rows);
                if (!empty_write(w, r, &reply->body, &q))
                        return false;
        } else {
                buf_put(&reply->body, rows.data, rows.length);
                buf_clear(&rows);
                if (next != NULL)
                        figures_more_page(w, &reply->body, request_with(w, r, "after", next));
        }
        page_end(w, r, reply, &page);
        return work_ok(w);
}

/* ---- one figure explained ------------------------------------------------------------------------------------- */

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

        if (is_cumulated || r->unit != x->row.unit || r->period != x->row.period || strcmp(r->item, x->row.item) != 0)
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
                return is_points ? work_text(w, "change = value − value compared with, in points")
                                 : work_text(w, "change = (value ÷ value compared with − 1) × 100, in percent");
        case COMPARE_YTD:
                return work_text(w, "value = sum of the periods from January");
        case COMPARE_YTD_YOY:
                return work_text(w, "change = (sum from January ÷ the same sum a year before − 1) × 100, in percent");
        case COMPARE_SHARE:
                return work_text(w, "share = value ÷ whole × 100, in percent");
        case COMPARE_CONTRIBUTION:
                return work_text(w, "contribution = (value − value a year before) ÷ whole a year before × 100, in points");
        case COMPARE_NONE:
                break;
        }
        if (r->total_of > 0)
                return arena_print(w->arena, work_text(w, "sum of the figures of %d units below, of %d"), r->total_of,
                                   r->total_expected);
        if (r->entry == 0)
                return work_text(w, "sum of the figures of the units this unit was made of");
        return *r->indicator->formula != '\0' ? r->indicator->formula : work_text(w, "reported as it stands");
}

/* The figures a computed one is made of. */
static bool inputs_read(struct explain *x)
{
        struct work *w = x->work;
        const struct figure_row *r = &x->row;
        struct figure_query q = x->query;
        struct figure_row other;
        const char *units[1] = { r->unit->key };
        period p = r->period;

        q.compare = COMPARE_NONE;
        q.units = units;
        q.limit = 0;
        switch (x->query.compare) {
        case COMPARE_YOY:
        case COMPARE_MOM:
                p = x->query.compare == COMPARE_YOY ? period_year_before(p) : period_plus(p, -1);
                if (figure_get(w, r->indicator, r->unit, p, r->item, r->partner, q.known, &other))
                        row_add(w, &x->inputs, &x->input_count, &x->input_room, &other);
                return work_ok(w);
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
        case COMPARE_CONTRIBUTION:
        case COMPARE_NONE:
                break;
        }
        if (r->total_of > 0) {
                q.with_children = true;
                return figures_read(w, &q, keep_input, x);
        }
        if (r->entry == 0 && x->query.boundary != BOUNDARY_THEN) {
                struct unit_part parts[128];
                size_t n = unit_restated(catalogue_of(w), r->unit, period_last(p), parts, 128);

                for (size_t i = 0; i < n && i < 128; i++)
                        if (figure_get(w, r->indicator, parts[i].unit, p, r->item, r->partner, q.known, &other))
                                row_add(w, &x->inputs, &x->input_count, &x->input_room, &other);
        }
        return work_ok(w);
}

const char *author_of(struct work *w, const struct entry *e)
{
        enum role role = role_by_name(e->role);

        if (*e->author == '\0')
                return work_text(w, "the node itself");
        return arena_print(w->arena, "%s (%s)", e->author, role == ROLE_COUNT ? e->role : work_text(w, role_title(role)));
}

/* Programs get the whole hash; people its beginning, enough to compare. */
static const char *short_hash(const struct explain *x, const char *hash)
{
        return x->is_for_people && *hash != '\0' ? arena_print(x->work->arena, "%.12s…", hash)
                                                 : arena_text(x->work->arena, hash);
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
                v->entry = short_hash(x, entry_hash(x->hashes, r->entry));
                v->source = v->author = v->node = v->at = "";
                if (e == NULL)
                        continue;
                source = json_string_value(json_object_get(e->body, "source"));
                v->report_href = report_address_of(w, e->subject);
                v->source = source != NULL                                  ? source
                            : x->is_for_people && v->report_href != NULL ? work_text(w, "report of the unit")
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

/* What an entry about a report did, in words; NULL for what is not told to people (drafts, kinds not known here). */
static const char *step_told(struct work *w, const struct entry *e)
{
        static const struct { const char *kind, *text; } steps[] = {
                { "report.submit", N_("Submitted to the leader") }, { "report.reopen", N_("Given back by the leader") },
                { "report.send", N_("Approved and sent") },         { "report.accept", N_("Accepted") },
                { "report.return", N_("Returned") },
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
                                       .from = short_hash(s->x, hash) };
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
        char text[64];

        plain.compare = COMPARE_NONE;
        x->view.inputs = arena_array(w->arena, x->input_count + 1, sizeof *x->view.inputs);
        for (size_t i = 0; i < x->input_count; i++) {
                const struct figure_row *r = &x->inputs[i];

                period_write_said(text, sizeof text, r->period, w->language);
                x->view.inputs[x->view.input_count++] = (struct explain_line){
                        .what = arena_print(w->arena, "%s, %s%s%s",
                                            w->language == LANGUAGE_VI ? r->unit->name_vi : r->unit->name_en, text,
                                            *r->item == '\0' ? "" : ", ", item_shown(w, r)),
                        .value = r->has_value ? shown_number(w, r->value, r->indicator->decimals, r->indicator->shown) : "–",
                        .from = short_hash(x, entry_hash(x->hashes, r->entry)),
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
        if (request_suffix(r) == SUFFIX_CSV || request_suffix(r) == SUFFIX_XLSX) {
                reply->file_name = request_suffix(r) == SUFFIX_CSV ? "versions.csv" : "versions.xlsx";
                return rows_write(w, request_suffix(r), &reply->body, &versions, 0, NULL, NULL);
        }
        if (!figures_read(w, &versions, keep_version, x) || !inputs_read(x) || !versions_fill(x))
                return false;
        if (x->subject != NULL && !ledger_subject(w, x->subject, "report.", keep_step, &steps))
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
        x->view.series_href = arena_print(w->arena, "/figures?indicator=%s&unit=%s%s%s", i->id, x->row.unit->key,
                                          *x->row.item == '\0' ? "" : "&item=", x->row.item);
        x->view.revisions_href = x->version_count == 0 ? NULL
                                                       : arena_print(w->arena, "/figures/revisions?indicator=%s&unit=%s%s%s%s%s", i->id, x->row.unit->key,
                                                                     *x->row.item == '\0' ? "" : "&item=", x->row.item,
                                                                     *x->row.partner == '\0' ? "" : "&partner=", x->row.partner);
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
        x->view.note = x->row.note;
        x->view.formula = formula_of(x);
        if (x->row.has_change) {
                x->view.change = arena_print(w->arena, "%s%s %s", x->row.change > 0 && x->query.compare != COMPARE_SHARE ? "+" : "", shown_number(w, x->row.change, FIGURE_CHANGE_DECIMALS, 2),
                                             change_unit(w, &x->row, x->query.compare));
                x->view.base = shown_number(w, x->row.base_value, i->decimals, i->shown);
        }
        if (user_may(w->user, MAY_READ)) {
                const char *contest = contest_of_cell(w, i, x->row.unit, x->row.period, x->row.item, x->row.partner);

                x->view.conflict = contest == NULL ? NULL : arena_print(w->arena, "/conflicts/%s", contest);
        }
        x->view.source = is_vi ? i->source_vi : i->source_en;
        x->view.legal_basis = i->legal_basis;
        x->view.csv = in_format(w, r, "/figures/explain", "csv");
        x->view.json = in_format(w, r, "/figures/explain", "json");
        if (request_suffix(r) == SUFFIX_JSON) {
                explain_json(x, &reply->body);
        } else {
                struct page page = { .title = x->view.title, .nav = NAV_FIGURES,
                                     .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1 };

                page_begin(w, r, reply, &page);
                figures_explain_page(w, &reply->body, &x->view);
                page_end(w, r, reply, &page);
        }
        return work_ok(w);
}

/* ---- upload --------------------------------------------------------------------------------------------------------- */

static bool upload_reply(struct work *w, const struct request *r, struct reply *reply, struct upload_view *v)
{
        struct page page = { .title = work_text(w, "Import figures"), .nav = NAV_FIGURES,
                             .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1 };

        v->csrf = request_csrf(r);
        reply->never_cache = true;
        page_begin(w, r, reply, &page);
        figures_upload_page(w, &reply->body, v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

bool import_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct upload_view v = { 0 };

        return upload_reply(w, r, reply, &v);
}

bool import_upload(struct work *w, const struct request *r, struct reply *reply)
{
        const char *name = NULL, *path = request_upload(r, "file", &name);
        const char *table = request_field(r, "table", 0), *dry = request_field(r, "dry_run", 0);
        struct import_options options = { .table = table == NULL || *table == '\0' ? NULL : table };
        struct import_result result;
        struct upload_view v = { .css = "ok" };
        bool ok;

        if (path == NULL)
                return error_set(&w->err, ERR_INVALID, "no file was sent");
        options.name = name == NULL || *name == '\0' ? "upload" : name;
        options.is_dry_run = dry != NULL && strcmp(dry, "1") == 0;
        ok = import_file(w, path, &options, &result);
        if (request_suffix(r) == SUFFIX_JSON && (ok || result.bad_count > 0)) {
                error_clear(&w->err);
                reply->status = ok ? 200 : 422;
                import_result_json(w, &reply->body, &result);
                return work_ok(w);
        }
        if (!ok && result.bad_count == 0)
                return false;
        if (!ok) {
                v.css = "err";
                v.message = arena_text(w->arena, w->err.message);
                v.problems = result.bad;
                v.problem_count = (size_t)(result.bad_count < IMPORT_LISTED ? result.bad_count : IMPORT_LISTED);
                reply->status = 422;
                error_clear(&w->err);
        } else {
                v.css = result.odd_count > 0 ? "warn" : "ok";
                v.message = arena_print(w->arena,
                                        result.is_written ? work_text(w, "%lld figures imported")
                                                          : work_text(w, "%lld figures are good; nothing was written"),
                                        (long long)result.figures);
                v.problems = result.odd;
                v.problem_count = (size_t)(result.odd_count < IMPORT_LISTED ? result.odd_count : IMPORT_LISTED);
        }
        v.left_out = result.left_out;
        v.left_out_count = result.left_out_count;
        return upload_reply(w, r, reply, &v);
}
