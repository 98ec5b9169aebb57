/* schemes.c - lists: schemes with their money; findings that no single case shows. */
#include <string.h>

#include "areas/promotion/promotion.h"
#include "report/table.h"

#define ROWS_PAGE 200

/* ---- schemes -------------------------------------------------------------------------------------------------------- */

struct list { struct buf sql; struct value values[160]; size_t count; };

static const char *set_or_null(const char *s)
{
        return s == NULL || *s == '\0' ? NULL : s;
}

static bool list_conditions(struct work *w, const struct request *q, struct list *l)
{
        const char *source = set_or_null(request_query(q, "source", 0)), *activity = set_or_null(request_query(q, "activity", 0)),
                   *unit = set_or_null(request_query(q, "unit", 0));
        const struct unit *territory = promotion_territory(w), *asked = NULL, *every[40];
        size_t known;
        int64_t year;

        if (territory == NULL || !promotion_year(w, q, &year) || promotion_word(w, q, "source", "national", "local") < 0)
                return false;
        promotion_within(w, &l->sql, territory);
        if (year > 0) {
                l->values[l->count++] = v_int(year);
                buf_print(&l->sql, " AND s.plan_year = $%zu", l->count);
        }
        if (source != NULL) {
                l->values[l->count++] = v_text(source);
                buf_print(&l->sql, " AND s.source = $%zu", l->count);
        }
        if (activity != NULL && !activity_is_known(w, activity)) {
                error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", "activity", activity);
                return error_hint(&w->err, "/promotion leads to the schemes of each activity");
        }
        if (activity != NULL) {
                l->values[l->count++] = v_text(activity);
                buf_print(&l->sql, " AND s.activity = $%zu", l->count);
        }
        if (unit == NULL)
                return true;
        asked = unit_read(catalogue_of(w), unit, day_of_moment(w->now));
        known = asked != NULL ? 1 : unit_by_code(catalogue_of(w), unit, every, 40); /* a code of an earlier map */
        for (size_t i = 0; asked == NULL && i < known && i < 40; i++)
                asked = every[i];
        if (asked == NULL)
                return error_set(&w->err, ERR_USAGE, "unknown unit \"%s\"", unit);
        promotion_within(w, &l->sql, asked);
        return true;
}

/* Goes on behind the scheme named, which must be one of the list itself: of any other the place would tell the year and the money. */
static bool list_after(struct work *w, struct list *l, const char *after)
{
        struct rows *r;
        int64_t year = 0, approved = 0;
        bool is_there;

        l->values[l->count++] = v_text(after);
        r = db_query(w->db, arena_print(w->arena, "SELECT s.plan_year, s.approved FROM promotion_scheme s JOIN case_file c ON c.id = s.case_id WHERE c.id = $%zu%s", l->count,
                                            l->sql.length == 0 ? "" : l->sql.data), /* of the whole country, without conditions */
                     (struct values){ l->values, l->count });
        is_there = rows_next(r);
        if (is_there) {
                year = rows_int(r, 0);
                approved = rows_int(r, 1);
        }
        rows_close(r);
        if (!work_ok(w))
                return false;
        if (!is_there) {
                error_set(&w->err, ERR_USAGE, "the list has no scheme \"%s\" to go on after", after);
                return error_hint(&w->err, "begin again with its first page");
        }
        l->values[l->count++] = v_int(year);
        l->values[l->count++] = v_int(approved);
        buf_print(&l->sql, " AND (s.plan_year < $%zu OR (s.plan_year = $%zu AND (s.approved < $%zu OR (s.approved = $%zu AND c.id > $%zu))))", l->count - 1, l->count - 1, l->count, l->count,
                  l->count - 2);
        return true;
}

/* Lists begin with the newest plans, of these with the most money: "s" and "c" are the scheme and its case; NULL: failed. A page has as many as it shows and one more, which
 * says that the list goes on; the files have all. */
static struct rows *listed(struct work *w, const struct request *q, struct list *l, const char *select)
{
        const char *after = set_or_null(request_query(q, "after", 0));
        bool is_page = request_suffix(q) == SUFFIX_HTML;

        if (!list_conditions(w, q, l) || (is_page && after != NULL && !list_after(w, l, after)))
                return NULL;
        buf_text(&l->sql, " ORDER BY s.plan_year DESC, s.approved DESC, c.id");
        if (is_page)
                buf_print(&l->sql, " LIMIT %d", ROWS_PAGE + 1);
        return db_query(w->db, arena_print(w->arena, "%s%s", select, l->sql.data), (struct values){ l->values, l->count });
}

/* The next scheme of a list; false at the end of the list or of its page. id: of this one, before of the one before. */
static bool next_listed(struct work *w, struct table *t, struct rows *r, bool is_page, const char **id)
{
        if (!rows_next(r))
                return false;
        if (is_page && table_count(t) == ROWS_PAGE) {
                table_goes_on(t, *id);
                return false;
        }
        *id = arena_text(w->arena, rows_text(r, 0));
        return true;
}

struct listing { struct rows *rows; bool is_page; };

/* How far a scheme is: the work as a whole, and of its items those that are done and the promotion money they used; "" where nothing was told. */
static const char *progress_words(struct work *w, int64_t progress, int64_t items, int64_t items_done, int64_t money, int64_t spent)
{
        const char *whole = progress < 0 ? "" : arena_print(w->arena, "%d%%", (int)progress), *each;

        if (items == 0)
                return whole;
        each = arena_print(w->arena, work_text(w, "items done: %d of %d, money used: %s of %s million dong"), (int)items_done, (int)items, million_words(w, spent), million_words(w, money));
        return arena_print(w->arena, "%s%s%s", whole, *whole == '\0' ? "" : "; ", each);
}

/* A page has room for what people look for; the files have all. */
static bool scheme_rows(struct work *w, struct table *t, void *context)
{
        const struct listing *g = context;
        const struct catalogue *c = catalogue_of(w);
        struct rows *r = g->rows;
        const char *id = "";

        while (next_listed(w, t, r, g->is_page, &id)) {
                const struct unit *u = unit_by_key(c, rows_text(r, 2));
                const struct workflow *flow = workflow_find(c, rows_text(r, 3), (day)rows_int(r, 4));
                int state = flow == NULL ? -1 : workflow_state_find(flow, rows_text(r, 5));
                int64_t leverage = leverage_of(rows_int(r, 13), rows_int(r, 9) + rows_int(r, 14));
                const char *title = arena_text(w->arena, rows_text(r, 1)),
                           *province = u == NULL ? "" : text_in(w->language, u->name_vi, u->name_en), *year = arena_print(w->arena, "%d", (int)rows_int(r, 6));
                const struct cell few[] = {
                        cell_link(title, arena_print(w->arena, "/cases/%s", id)), cell_text(province), cell_text(year),
                        cell_text(state < 0 ? "" : text_in(w->language, flow->states[state].title_vi, flow->states[state].title_en)), cell_number(rows_int(r, 9), 6, 1),
                        cell_number(rows_int(r, 11), 6, 1), cell_number(rows_int(r, 13), 6, 1), leverage < 0 ? cell_empty() : cell_number(leverage, 2, 2),
                        cell_text(progress_words(w, rows_int(r, 15), rows_int(r, 16), rows_int(r, 17), rows_int(r, 18), rows_int(r, 19))),
                };
                const struct cell cells[] = {
                        cell_text(id), cell_text(title), cell_text(province), cell_text(year),
                        cell_text(activity_words(w, rows_text(r, 7))), cell_text(arena_text(w->arena, rows_text(r, 8))),
                        cell_text(state < 0 ? "" : text_in(w->language, flow->states[state].title_vi, flow->states[state].title_en)), cell_number(rows_int(r, 9), 6, 1),
                        cell_number(rows_int(r, 10), 6, 1), cell_number(rows_int(r, 11), 6, 1), cell_number(rows_int(r, 12), 6, 1),
                        cell_number(rows_int(r, 13), 6, 1), leverage < 0 ? cell_empty() : cell_number(leverage, 2, 2),
                        rows_int(r, 15) < 0 ? cell_empty() : cell_number(rows_int(r, 15), 0, 0), cell_number(rows_int(r, 16), 0, 0), cell_number(rows_int(r, 17), 0, 0),
                        cell_number(rows_int(r, 18), 6, 1), cell_number(rows_int(r, 19), 6, 1),
                };

                table_row(t, g->is_page ? few : cells);
        }
        return work_ok(w);
}

/* ---- what schemes bring ------------------------------------------------------------------------------------------------ */

/* What the dashboard adds up (of energy: takes the mean of). The identifier is the column of promotion_result and the word in addresses. */
static const struct result_kind { const char *id, *title, *unit; int decimals; } result_kinds[] = {
        { "machines", N_("New machines"), NULL, 0 }, { "jobs", N_("New jobs"), NULL, 0 }, { "turnover", N_("Turnover a year"), N_("million dong"), 6 },
        { "energy", N_("Less energy per unit"), "%", 1 },
};

static const struct result_kind *result_kind_find(const char *id)
{
        for (size_t i = 0; id != NULL && i < sizeof result_kinds / sizeof *result_kinds; i++)
                if (strcmp(result_kinds[i].id, id) == 0)
                        return &result_kinds[i];
        return NULL;
}

/* The names that an address may have. */
static const char *result_kinds_said(struct work *w)
{
        const char *said = "";

        for (size_t i = 0; i < sizeof result_kinds / sizeof *result_kinds; i++)
                said = arena_print(w->arena, "%s%s%s", said, i == 0 ? "" : ", ", result_kinds[i].id);
        return said;
}

struct results { struct rows *rows; bool is_page; const struct result_kind *kind; };

static bool result_rows(struct work *w, struct table *t, void *context)
{
        const struct results *x = context;
        struct rows *r = x->rows;
        const char *id = "";

        while (next_listed(w, t, r, x->is_page, &id)) {
                const struct unit *u = unit_by_key(catalogue_of(w), rows_text(r, 2));
                struct cell cells[5] = { cell_link(arena_text(w->arena, rows_text(r, 1)), arena_print(w->arena, "/cases/%s", id)),
                                         cell_text(u == NULL ? "" : text_in(w->language, u->name_vi, u->name_en)) };

                for (int i = 0; i < 3; i++)
                        cells[2 + i] = rows_is_null(r, 3 + i) ? cell_empty() : cell_number(rows_int(r, 3 + i), x->kind->decimals, x->kind->decimals > 0);
                table_row(t, cells);
        }
        return work_ok(w);
}

/* One figure of each scheme: promised, and reported after one year and after three. */
static bool results_page(struct work *w, const struct request *q, struct reply *reply, struct page *page, const struct result_kind *kind)
{
        const char *unit = kind->unit == NULL ? NULL : work_text(w, kind->unit);
        const struct column columns[] = {
                { "title", N_("Scheme"), NULL, CELL_TEXT },          { "province", N_("Province"), NULL, CELL_TEXT },
                { "promised", N_("Promised"), unit, CELL_NUMBER },   { "one_year", N_("After one year"), unit, CELL_NUMBER },
                { "three_years", N_("After three years"), unit, CELL_NUMBER },
        };
        struct results x = { .kind = kind, .is_page = request_suffix(q) == SUFFIX_HTML };
        struct list *l = arena_alloc(w->arena, sizeof *l);

        page->title = arena_print(w->arena, work_text(w, "What schemes bring: %s"), work_text(w, kind->title));
        l->count = 0;
        buf_init_with(&l->sql, 0, w->arena);
        buf_text(&l->sql, " AND s.is_planned = 1");
        x.rows = listed(w, q, l, arena_print(w->arena, "SELECT c.id, c.title, c.unit, p.%s, o.%s, t.%s FROM promotion_scheme s JOIN case_file c ON c.id = s.case_id"
                                                       " LEFT JOIN promotion_result p ON p.case_id = s.case_id AND p.years = 0 LEFT JOIN promotion_result o ON o.case_id = s.case_id AND o.years = 1"
                                                       " LEFT JOIN promotion_result t ON t.case_id = s.case_id AND t.years = 3 WHERE 1 = 1", kind->id, kind->id, kind->id));
        return x.rows != NULL && table_reply(w, q, reply, page, arena_print(w->arena, "promotion-%s", kind->id), NULL, columns, (int)(sizeof columns / sizeof *columns), result_rows, &x);
}

/* ---- the list ------------------------------------------------------------------------------------------------------------ */

bool promotion_schemes_page(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Schemes of industrial promotion"), .nav = NAV_PROMOTION,
                             .crumbs = { { work_text(w, "Industrial promotion"), "/promotion" } }, .crumb_count = 1 };
        const char *million = work_text(w, "million dong");
        const struct column columns[] = {
                { "case", N_("Case"), NULL, CELL_TEXT },               { "title", N_("Scheme"), NULL, CELL_TEXT },
                { "province", N_("Province"), NULL, CELL_TEXT },       { "year", N_("Year of the plan"), NULL, CELL_TEXT },
                { "activity", N_("Supported activity"), NULL, CELL_TEXT },       { "beneficiary", N_("Beneficiary"), NULL, CELL_TEXT },
                { "state", N_("State"), NULL, CELL_TEXT },             { "approved", N_("Plan"), million, CELL_NUMBER },
                { "assigned", N_("Assigned"), million, CELL_NUMBER },  { "disbursed", N_("Disbursed"), million, CELL_NUMBER },
                { "settled", N_("Settled value"), million, CELL_NUMBER },    { "enterprise_money", N_("Enterprises' money"), million, CELL_NUMBER },
                { "leverage", N_("Enterprises' dong for one of the state"), NULL, CELL_NUMBER },
                { "progress", N_("Work done"), "%", CELL_NUMBER },     { "items", N_("Items of the work"), NULL, CELL_NUMBER },
                { "items_done", N_("Items done"), NULL, CELL_NUMBER }, { "items_money", N_("Promotion money of the items"), million, CELL_NUMBER },
                { "items_spent", N_("Promotion money used"), million, CELL_NUMBER },
        };
        const struct column few[] = { columns[1], columns[2], columns[3], columns[6], columns[7], columns[9], columns[11], columns[12],
                                       { "progress", N_("Work done"), NULL, CELL_TEXT } };
        bool is_page = request_suffix(q) == SUFFIX_HTML;
        struct listing listing = { .is_page = is_page };
        struct list *l = arena_alloc(w->arena, sizeof *l);
        const char *show = set_or_null(request_query(q, "show", 0));
        const struct result_kind *kind = result_kind_find(show);

        reply->is_private = true;
        if (show != NULL && kind == NULL) {
                error_set(&w->err, ERR_USAGE, "unknown figure of schemes \"%s\"", show);
                return error_hint(&w->err, "there are: %s", result_kinds_said(w));
        }
        if (kind != NULL)
                return results_page(w, q, reply, &page, kind);
        l->count = 0;
        buf_init_with(&l->sql, 0, w->arena);
        listing.rows = listed(w, q, l, "SELECT c.id, c.title, c.unit, c.workflow, c.received, c.state, s.plan_year, s.activity, s.beneficiary, s.approved, s.assigned,"
                                       " s.disbursed, s.settled, s.enterprise, s.other_state,"
                                       " s.progress, s.items, s.items_done, s.items_money, s.items_spent FROM promotion_scheme s JOIN case_file c ON c.id = s.case_id WHERE 1 = 1");
        return listing.rows != NULL && table_reply(w, q, reply, &page, "promotion-schemes", NULL, is_page ? few : columns,
                           (int)(is_page ? sizeof few / sizeof *few : sizeof columns / sizeof *columns), scheme_rows, &listing);
}

/* ---- findings --------------------------------------------------------------------------------------------------------- */

static void finding_row(struct table *t, const char *kind, const char *what, const char *about, const char *href, const char *advice)
{
        const struct cell cells[] = { cell_text(kind), href == NULL ? cell_text(about) : cell_link(about, href), cell_text(what), cell_text(advice) };

        table_row(t, cells);
}

/* Lines that bind more than they hold: two nodes can do that together, no node alone. */
static void over_committed(struct work *w, struct table *t, const char *source, int64_t year)
{
        const struct budget *b = budget_read(w, source, year);
        const struct unit *territory = promotion_territory(w);

        for (size_t i = 0; b != NULL && territory != NULL && i < b->count; i++) {
                const struct budget_line *l = &b->lines[i];
                int64_t bound = l->committed > l->allotted ? l->committed : l->allotted;

                if (!l->is_first || bound <= l->held || (territory->level != LEVEL_COUNTRY && territory != l->province))
                        continue;
                finding_row(t, work_text(w, "Budget exceeded"),
                            arena_print(w->arena, work_text(w, "%d: %s committed of %s, %s too much"), (int)year, dong_words(w, bound), dong_words(w, l->held),
                                        dong_words(w, bound - l->held)),
                            l->title, arena_print(w->arena, "/cases/%s", l->case_id),
                            work_text(w, "Two nodes decided without having seen each other. Raise the line, or cancel or reduce a scheme; both decisions stay in the record."));
        }
}

static void budgets_exceeded(struct work *w, struct table *t)
{
        struct { const char *source; int64_t year; } *years = NULL;
        struct rows *r = db_query(w->db, "SELECT DISTINCT source, plan_year FROM promotion_line ORDER BY plan_year DESC, source", NO_ARGS);
        size_t count = 0;

        while (rows_next(r)) {
                years = arena_room(w->arena, years, count, sizeof *years);
                years[count].source = arena_text(w->arena, rows_text(r, 0));
                years[count++].year = rows_int(r, 1);
        }
        rows_close(r);
        for (size_t i = 0; i < count && work_ok(w); i++)
                over_committed(w, t, years[i].source, years[i].year);
}

#define OVERLAP_YEARS 3 /* within so many years the same activity for the same enterprise is looked at */

/* Pairs of schemes for one tax code: the same activity within three years, or two schemes in one year; also in other provinces. */
static void overlaps(struct work *w, struct table *t)
{
        const struct unit *territory = promotion_territory(w);
        const struct catalogue *c = catalogue_of(w);
        struct list *l = arena_alloc(w->arena, sizeof *l);
        struct rows *r;

        if (territory == NULL)
                return;
        l->count = 0;
        buf_init_with(&l->sql, 0, w->arena);
        buf_print(&l->sql, "SELECT s.case_id, s.beneficiary, s.tax_code, s.plan_year, s.activity, s.province, o.case_id, o.plan_year, o.activity, o.province"
                           " FROM promotion_scheme s JOIN promotion_scheme o ON o.tax_code = s.tax_code AND o.case_id > s.case_id"
                           " WHERE s.tax_code <> '' AND s.is_failed = 0 AND o.is_failed = 0 AND (o.plan_year = s.plan_year OR (o.activity = s.activity"
                           " AND o.plan_year - s.plan_year BETWEEN %d AND %d))", -OVERLAP_YEARS + 1, OVERLAP_YEARS - 1);
        promotion_within(w, &l->sql, territory);
        buf_text(&l->sql, " ORDER BY s.tax_code, s.case_id, o.case_id");
        r = db_query(w->db, l->sql.data, (struct values){ l->values, l->count });
        while (rows_next(r)) {
                const struct unit *a = unit_by_key(c, rows_text(r, 5)), *b = unit_by_key(c, rows_text(r, 9));

                finding_row(t, strcmp(rows_text(r, 5), rows_text(r, 9)) == 0 ? work_text(w, "Supported twice") : work_text(w, "Supported in two provinces"),
                            arena_print(w->arena, work_text(w, "tax code %s: %d %s (%s) and %d %s (%s), case %s"), rows_text(r, 2), (int)rows_int(r, 3),
                                        activity_words(w, rows_text(r, 4)), a == NULL ? "" : text_in(w->language, a->name_vi, a->name_en), (int)rows_int(r, 7),
                                        activity_words(w, rows_text(r, 8)), b == NULL ? "" : text_in(w->language, b->name_vi, b->name_en), rows_text(r, 6)),
                            arena_text(w->arena, rows_text(r, 1)), arena_print(w->arena, "/cases/%s", rows_text(r, 0)),
                            work_text(w, "Compare what was paid for; the same cost must not be supported twice."));
        }
        rows_close(r);
}

static bool finding_rows(struct work *w, struct table *t, void *context)
{
        (void)context;
        budgets_exceeded(w, t);
        if (work_ok(w))
                overlaps(w, t);
        return work_ok(w);
}

bool promotion_findings_page(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Findings of industrial promotion"), .nav = NAV_PROMOTION,
                             .crumbs = { { work_text(w, "Industrial promotion"), "/promotion" } }, .crumb_count = 1 };
        const struct column columns[] = {
                { "kind", N_("Finding"), NULL, CELL_TEXT }, { "about", N_("About"), NULL, CELL_TEXT },
                { "what", N_("What was found"), NULL, CELL_TEXT }, { "advice", N_("What should be done"), NULL, CELL_TEXT },
        };
        const char *const notes[] = { work_text(w, "Lines of budget that bind more than they hold, and enterprises supported several times: the same activity within three years, or two schemes in one year."), NULL };

        reply->is_private = true;
        return promotion_territory(w) != NULL &&
               table_reply(w, q, reply, &page, "promotion-findings", notes, columns, (int)(sizeof columns / sizeof *columns), finding_rows, NULL);
}
