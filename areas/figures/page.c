#include "areas/figures/page.h"

#include <string.h>

#include "areas/figures/pages.h"
#include "areas/figures/rows.h"
#include "areas/figures/upload.h"
#include "figure/filter.h"
#include "ledger/node.h"

#define PAGE_ROWS 100

static const char *from_request(const void *source, const char *name, int nth)
{
        return request_query(source, name, nth);
}

/* ---- the explorer --------------------------------------------------------------------------------------- */

/* The same filters at /tables, which makes the address short. */
static const char *as_table(struct work *w, const struct request *r, const char *chart)
{
        const char *here = request_with(w, r, "after", NULL), *query = strchr(here, '?');

        return arena_print(w->arena, "/tables%s%s%s", query == NULL ? "" : query, chart == NULL ? "" : query == NULL ? "?chart=" : "&chart=",
                           chart == NULL ? "" : chart);
}

static const char *typed(struct work *w, const struct request *r, const char *name)
{
        const char *value, *all = "";

        for (int nth = 0; (value = request_query(r, name, nth)) != NULL; nth++)
                all = *all == '\0' ? value : arena_print(w->arena, "%s, %s", all, value);
        return all;
}

static const char *indicator_name(const struct work *w, const struct indicator *i)
{
        return w->language == LANGUAGE_VI ? i->name_vi : i->name_en;
}

const char *said(struct work *w, period p)
{
        char text[64];

        period_write_said(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

/* ---- the first page: questions instead of rows --------------------------------------------------------------- */

/* Each goes up to the newest period of its indicator that the reader may see; one that has none is not asked. */
static const struct {
        const char *text, *indicator, *item, *rest;
        bool of_provinces;
        enum frequency frequency;
        int periods;
} questions[] = {
        { N_("Industrial production of the country"), "iip_yoy", "TOTAL", "", false, FREQUENCY_MONTH, 12 },
        { N_("Industrial production by industry"), "iip_yoy", NULL, "", false, FREQUENCY_MONTH, 1 },
        { N_("Industrial production of the provinces"), "iip_yoy", "TOTAL", "", true, FREQUENCY_YEAR, 1 },
        { N_("Exports by goods"), "export_value", NULL, "", false, FREQUENCY_MONTH, 1 },
        { N_("Exports against the same month of the year before"), "export_value", "tong_tri_gia", "&compare=yoy", false, FREQUENCY_MONTH, 12 },
        { N_("Imports by goods"), "import_value", NULL, "", false, FREQUENCY_MONTH, 1 },
        { N_("Output of the main products"), "product_output", NULL, "", false, FREQUENCY_MONTH, 1 },
        { N_("Workers of industry in the provinces"), "labour_yoy", NULL, "", true, FREQUENCY_MONTH, 1 },
        { N_("Gross domestic product by activity"), "gdp_current", NULL, "", false, FREQUENCY_QUARTER, 1 },
};
#define QUESTION_COUNT (sizeof questions / sizeof *questions)

static bool questions_fill(struct work *w, struct explorer_view *v)
{
        const char *own = node_unit(w->node);

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
                const struct indicator *indicator = indicator_find(catalogue_of(w), questions[i].indicator);
                const char *item = questions[i].item;
                period newest = indicator == NULL ? PERIOD_NONE : figures_newest(w, indicator, questions[i].of_provinces, item, questions[i].frequency);
                char from[PERIOD_TEXT_MAX], to[PERIOD_TEXT_MAX];

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
                        arena_print(w->arena, "/figures?indicator=%s&unit=VN%s%s%s%s&from=%s&to=%s", questions[i].indicator,
                                    questions[i].of_provinces ? "&children=1" : "", item == NULL ? "" : "&item=", item == NULL ? "" : item,
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
        const char *unit = typed(w, r, "unit"), *item = typed(w, r, "item"), *indicator = typed(w, r, "indicator");

        v->indicators = choices_of_indicators(w, q->indicators, q->indicator_count == 1);
        if (q->indicator_count > 1) /* several: keep them in one choice */
                choices_add(w, &v->indicators, indicator, indicator, true);
        v->compares = choices_of_filter(w, compare_choices, typed(w, r, "compare"));
        v->boundaries = choices_of_filter(w, boundary_choices, typed(w, r, "boundary"));
        v->statuses = choices_of_filter(w, status_choices, typed(w, r, "status"));
        v->units = choices_of_places(w, work_text(w, "Every place"), &unit, *unit != '\0');
        if (q->indicator_count == 1 || *item != '\0')
                v->items = choices_of_items(w, q->indicator_count == 1 ? q->indicators[0]->item_classification : "",
                                            q->to != PERIOD_NONE ? period_last(q->to) : day_of_moment(w->now), EVERY_DEPTH, work_text(w, "Every item"), &item, *item != '\0');
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
        v->csv = request_in_format(w, r, "/figures", "csv");
        v->xlsx = request_in_format(w, r, "/figures", "xlsx");
        v->json = request_in_format(w, r, "/figures", "json");
        v->table = as_table(w, r, NULL);
        v->chart = q->indicator_count == 0 ? NULL : as_table(w, r, q->from != PERIOD_NONE && q->from == q->to ? "bars" : "line");
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
        struct empty_view v = { .title = work_text(w, "No figures match these filters"), .only_published = q->only_published };
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
                if (!filter_fits(w, &q))
                        return false;
                table_file(w, r, reply, "figures");
                return rows_write(w, suffix, &reply->body, &q, request_target(r), limit, NULL, NULL);
        }
        view_fill(w, r, &q, &view);
        if (!view.is_filtered && q.after == NULL && !questions_fill(w, &view))
                return false;
        page.title = view.title;
        for (size_t i = 0; i < q.indicator_count && i < PAGE_DEFINED_MOST; i++)
                page.defined_by[i] = q.indicators[i]->file;
        page_begin(w, r, reply, &page);
        figures_explorer_page(w, &reply->body, &view);
        if (view.question_count > 0) {
                page_end(w, r, reply, &page);
                return work_ok(w);
        }
        buf_init_with(&rows, (size_t)16 << 20, w->arena);
        if (!rows_write(w, suffix, &rows, &q, NULL, limit == 0 ? PAGE_ROWS : limit, &next, &count)) {
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
        if (!ok && w->err.code == ERR_ENVIRONMENT)
                return false;
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
