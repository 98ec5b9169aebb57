/* page.c - a year of promotion: money by province and activity, leverage, results, what is late. */
#include <stdlib.h>
#include <string.h>

#include "areas/promotion/pages.h"
#include "areas/promotion/promotion.h"
#include "base/decimal.h"
#include "figure/figure.h"
#include "ledger/past.h"
#include "report/table.h"

#define LATE_SHOWN 5

/* ---- what is asked ------------------------------------------------------------------------------------------------ */

static const struct { const char *id, *title; } sources[] = { { "national", N_("National programme") }, { "local", N_("Provinces' own money") } };
static const struct { const char *id, *title; } maps[] = { { "34", N_("34 provinces, of today") }, { "63", N_("Provinces as they were recorded") } };

struct asked { int64_t year; int source; bool as_recorded; const struct unit *territory; };

static bool asked_read(struct work *w, const struct request *q, struct asked *a)
{
        static const char *const newest[] = { "SELECT MAX(plan_year) FROM promotion_scheme WHERE source = $1", "SELECT MAX(plan_year) FROM promotion_line WHERE source = $1" };
        int year, month, day_of_month;
        int map = promotion_word(w, q, "map", maps[0].id, maps[1].id);

        a->source = promotion_word(w, q, "source", sources[0].id, sources[1].id);
        a->as_recorded = map == 1;
        a->territory = promotion_territory(w);
        if (map < 0 || a->source < 0 || a->territory == NULL || !promotion_year(w, q, &a->year))
                return false;
        for (size_t i = 0; a->year == 0 && i < sizeof newest / sizeof *newest; i++)
                a->year = db_number(w->db, newest[i], ARGS(v_text(sources[a->source].id)), 0);
        if (a->year == 0)
                day_split(day_of_moment(w->now), &year, &month, &day_of_month);
        a->year = a->year == 0 ? year : a->year;
        return work_ok(w);
}

/* ---- figures ------------------------------------------------------------------------------------------------------ */

struct figures {
        struct money_row total, *provinces, *activities;
        size_t province_count, activity_count, with_scheme;
};

static void add(struct money_row *to, const struct money_row *x)
{
        to->schemes += x->schemes;
        to->approved += x->approved;
        to->assigned += x->assigned;
        to->disbursed += x->disbursed;
        to->settled += x->settled;
        to->state += x->state;
        to->enterprise += x->enterprise;
        to->spent += x->spent;
        to->spent_with += x->spent_with;
        to->late += x->late;
}

/* A scheme's province as the asker counts provinces. */
static const struct unit *counted_as(struct work *w, const struct asked *a, const char *key)
{
        const struct unit *u = unit_by_key(catalogue_of(w), key), *home = u == NULL || a->as_recorded ? NULL : case_home(catalogue_of(w), u, day_of_moment(w->now));

        return home != NULL ? home : u;
}

static struct money_row *province_row(struct work *w, struct figures *f, const struct unit *u)
{
        for (size_t i = 0; i < f->province_count; i++)
                if (f->provinces[i].unit == u)
                        return &f->provinces[i];
        f->provinces = arena_room(w->arena, f->provinces, f->province_count, sizeof *f->provinces);
        f->provinces[f->province_count] = (struct money_row){ .unit = u, .code = u == NULL ? "" : u->code, .name = u == NULL ? "" : text_in(w->language, u->name_vi, u->name_en) };
        return &f->provinces[f->province_count++];
}

static struct money_row *activity_row(struct work *w, struct figures *f, const char *activity)
{
        for (size_t i = 0; i < f->activity_count; i++)
                if (strcmp(f->activities[i].code, activity) == 0)
                        return &f->activities[i];
        f->activities = arena_room(w->arena, f->activities, f->activity_count, sizeof *f->activities);
        f->activities[f->activity_count] = (struct money_row){ .code = arena_text(w->arena, activity), .name = activity_words(w, activity) };
        return &f->activities[f->activity_count++];
}

/* All provinces stand there, those without a scheme too: what is missing is shown. */
static void begin_provinces(struct work *w, const struct asked *a, struct figures *f)
{
        day on = a->as_recorded && a->year > 0 ? day_of((int)a->year, 6, 30) : day_of_moment(w->now);
        size_t count = unit_list(catalogue_of(w), LEVEL_PROVINCE, on, NULL, 0);
        const struct unit **list = arena_array(w->arena, count + 1, sizeof(*list));

        unit_list(catalogue_of(w), LEVEL_PROVINCE, on, list, count);
        for (size_t i = 0; i < count; i++)
                if (a->territory->level == LEVEL_COUNTRY || a->territory == list[i])
                        province_row(w, f, list[i]);
}

static bool read_money(struct work *w, const struct asked *a, struct figures *f)
{
        struct value values[16] = { v_int(a->year), v_text(sources[a->source].id), v_int(day_of_moment(w->now)) };
        struct buf sql;
        struct rows *r;
        size_t count = 3;

        buf_init_with(&sql, 0, w->arena);
        buf_text(&sql, "SELECT s.province, s.activity, CAST(SUM(CASE WHEN c.ended_at = 0 OR s.approved > 0 THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(s.approved) AS BIGINT), CAST(SUM(s.assigned) AS BIGINT),"
                       " CAST(SUM(s.disbursed) AS BIGINT), CAST(SUM(s.settled) AS BIGINT),"
                       " CAST(SUM(CASE WHEN s.is_planned = 1 THEN s.approved + s.other_state ELSE 0 END) AS BIGINT),"
                       " CAST(SUM(CASE WHEN s.is_planned = 1 THEN s.enterprise ELSE 0 END) AS BIGINT),"
                       " CAST(SUM(CASE WHEN c.ended_at = 0 AND c.due < $3 THEN 1 ELSE 0 END) AS BIGINT),"
                       " CAST(SUM(CASE WHEN s.settled > 0 THEN s.enterprise_spent ELSE 0 END) AS BIGINT),"
                       " CAST(SUM(CASE WHEN s.settled > 0 THEN s.settled + s.other_state ELSE 0 END) AS BIGINT)"
                       " FROM promotion_scheme s JOIN case_file c ON c.id = s.case_id WHERE s.plan_year = $1 AND s.source = $2");
        promotion_within(w, &sql, a->territory);
        buf_text(&sql, " GROUP BY s.province, s.activity ORDER BY s.province, s.activity");
        r = db_query(w->db, sql.data, (struct values){ values, count });
        while (rows_next(r)) {
                const struct money_row x = { .schemes = rows_int(r, 2), .approved = rows_int(r, 3), .assigned = rows_int(r, 4), .disbursed = rows_int(r, 5),
                                             .settled = rows_int(r, 6), .state = rows_int(r, 7), .enterprise = rows_int(r, 8), .late = rows_int(r, 9), .spent = rows_int(r, 10), .spent_with = rows_int(r, 11) };

                add(&f->total, &x);
                add(province_row(w, f, counted_as(w, a, rows_text(r, 0))), &x);
                add(activity_row(w, f, rows_text(r, 1)), &x);
        }
        rows_close(r);
        buf_clear(&sql);
        for (size_t i = 0; i < f->province_count; i++)
                f->with_scheme += f->provinces[i].schemes > 0;
        return work_ok(w);
}

/* A line for all activities is the budget of its province; that of the country, of the whole. */
static bool read_budgets(struct work *w, const struct asked *a, struct figures *f)
{
        struct budget *b = budget_read(w, sources[a->source].id, a->year);

        for (size_t i = 0; b != NULL && i < b->count; i++) {
                const struct budget_line *l = &b->lines[i];

                if (*l->activity != '\0') {
                        activity_row(w, f, l->activity)->budget += l->province == NULL ? l->amount : 0;
                        continue;
                }
                if (l->province == NULL || a->source == 1)
                        f->total.budget += l->amount;
                for (size_t k = 0; l->province != NULL && k < f->province_count; k++)
                        if (f->provinces[k].unit == l->province)
                                f->provinces[k].budget += l->amount;
        }
        return b != NULL;
}

static int most_first(const void *a, const void *b)
{
        const struct money_row *x = a, *y = b;

        if (x->approved != y->approved)
                return x->approved > y->approved ? -1 : 1;
        return strcmp(x->code, y->code);
}

static void say(struct work *w, const struct asked *a, bool is_province, struct money_row *x)
{
        char text[DECIMAL_TEXT_MAX * 2];

        x->budget_shown = x->budget == 0 ? "–" : million_words(w, x->budget);
        x->approved_shown = million_words(w, x->approved);
        x->assigned_shown = million_words(w, x->assigned);
        x->disbursed_shown = million_words(w, x->disbursed);
        x->settled_shown = million_words(w, x->settled);
        x->leverage_shown = leverage_words(w, leverage_of(x->enterprise, x->state));
        x->in_fact_shown = x->spent_with == 0 ? NULL : leverage_words(w, leverage_of(x->spent, x->spent_with));
        x->done_shown = "–";
        if (x->assigned > 0) {
                decimal_write_shown(text, (int64_t)decimal_divide((int128)x->disbursed * 1000, x->assigned), 1, 1, w->language);
                x->done_shown = arena_print(w->arena, "%s%%", text);
        }
        x->href = arena_print(w->arena, "/promotion/schemes?year=%d&source=%s&%s=%s", (int)a->year, sources[a->source].id, is_province ? "unit" : "activity", x->code);
}

static bool year_read(struct work *w, const struct asked *a, struct figures *f)
{
        begin_provinces(w, a, f);
        if (!read_money(w, a, f) || !read_budgets(w, a, f))
                return false;
        qsort(f->activities, f->activity_count, sizeof *f->activities, most_first);
        qsort(f->provinces, f->province_count, sizeof *f->provinces, most_first);
        for (size_t i = 0; i < f->province_count; i++)
                say(w, a, true, &f->provinces[i]);
        for (size_t i = 0; i < f->activity_count; i++)
                say(w, a, false, &f->activities[i]);
        say(w, a, true, &f->total);
        return true;
}

/* ---- as a file -------------------------------------------------------------------------------------------------------- */

static struct cell money_cell(int64_t dong)
{
        return cell_number(dong, 6, 3);
}

static void money_table_row(struct table *t, const char *kind, const struct money_row *x)
{
        int64_t leverage = leverage_of(x->enterprise, x->state), in_fact = leverage_of(x->spent, x->spent_with);
        const struct cell cells[] = {
                cell_text(kind), cell_text(x->code), cell_text(x->name), cell_int(x->schemes), money_cell(x->budget), money_cell(x->approved),
                money_cell(x->assigned), money_cell(x->disbursed), money_cell(x->settled), money_cell(x->state), money_cell(x->enterprise),
                leverage < 0 ? cell_empty() : cell_number(leverage, 2, 2), money_cell(x->spent), in_fact < 0 ? cell_empty() : cell_number(in_fact, 2, 2), cell_int(x->late),
        };

        table_row(t, cells);
}

static bool money_rows(struct work *w, struct table *t, void *context)
{
        const struct figures *f = context;

        money_table_row(t, "total", &f->total);
        for (size_t i = 0; i < f->province_count; i++)
                money_table_row(t, "province", &f->provinces[i]);
        for (size_t i = 0; i < f->activity_count; i++)
                money_table_row(t, "activity", &f->activities[i]);
        return work_ok(w);
}

static bool money_table(struct work *w, const struct request *q, struct reply *reply, const struct page *page, const struct asked *a, struct figures *f)
{
        const char *million = work_text(w, "million dong");
        const struct column columns[] = {
                { "kind", N_("Kind of row"), NULL, CELL_TEXT },        { "code", N_("Code"), NULL, CELL_TEXT },
                { "name", N_("Name"), NULL, CELL_TEXT },               { "schemes", N_("Schemes"), NULL, CELL_INT },
                { "budget", N_("Budget"), million, CELL_NUMBER },      { "approved", N_("Plan"), million, CELL_NUMBER },
                { "assigned", N_("Assigned"), million, CELL_NUMBER },  { "disbursed", N_("Disbursed"), million, CELL_NUMBER },
                { "settled", N_("Settled value"), million, CELL_NUMBER },    { "state_money", N_("State money"), million, CELL_NUMBER },
                { "enterprise_money", N_("Enterprises' money"), million, CELL_NUMBER },
                { "leverage", N_("Enterprises' dong for one of the state"), NULL, CELL_NUMBER },
                { "settled_enterprise_money", N_("Put in by enterprises, settled schemes"), million, CELL_NUMBER },
                { "settled_leverage", N_("Enterprises' dong for one of the state, settled schemes"), NULL, CELL_NUMBER }, { "late", N_("Late"), NULL, CELL_INT },
        };
        const char *const notes[] = { arena_print(w->arena, "%d · %s", (int)a->year, work_text(w, sources[a->source].title)),
                                      arena_print(w->arena, work_text(w, "schemes of %d of %d provinces"), (int)f->with_scheme, (int)f->province_count), NULL };

        return table_reply(w, q, reply, page, arena_print(w->arena, "promotion-%d", (int)a->year), notes, columns, (int)(sizeof columns / sizeof *columns), money_rows, f);
}

/* ---- the page ----------------------------------------------------------------------------------------------------------- */

static void fill_late(struct work *w, const struct asked *a, struct dashboard_view *v)
{
        struct value values[16] = { v_int(a->year), v_text(sources[a->source].id), v_int(day_of_moment(w->now)) };
        const struct catalogue *c = catalogue_of(w);
        struct buf sql;
        struct rows *r;
        size_t count = 3;

        buf_init_with(&sql, 0, w->arena);
        buf_text(&sql, "SELECT c.id, c.title, c.unit, c.workflow, c.received, c.state, c.limit_id, c.due FROM promotion_scheme s JOIN case_file c ON c.id = s.case_id"
                       " WHERE s.plan_year = $1 AND s.source = $2 AND c.ended_at = 0 AND c.due < $3");
        promotion_within(w, &sql, a->territory);
        buf_print(&sql, " ORDER BY c.due, c.id LIMIT %d", LATE_SHOWN);
        r = db_query(w->db, sql.data, (struct values){ values, count });
        v->late = arena_array(w->arena, LATE_SHOWN, sizeof *v->late);
        while (v->late_count < LATE_SHOWN && rows_next(r)) {
                const struct workflow *flow = workflow_find(c, rows_text(r, 3), (day)rows_int(r, 4));
                const struct unit *u = unit_by_key(c, rows_text(r, 2));
                struct late_row *x = &v->late[v->late_count++];
                int state = flow == NULL ? -1 : workflow_state_find(flow, rows_text(r, 5)), limit = flow == NULL ? -1 : workflow_limit_find(flow, rows_text(r, 6));
                char due[DAY_SHOWN_MAX];

                day_write_shown(due, (day)rows_int(r, 7), w->language);
                *x = (struct late_row){ .title = arena_text(w->arena, rows_text(r, 1)), .href = arena_print(w->arena, "/cases/%s", rows_text(r, 0)),
                                        .where = u == NULL ? "" : text_in(w->language, u->name_vi, u->name_en), .what = "", .due = arena_text(w->arena, due),
                                        .late = arena_print(w->arena, work_text(w, "%s late"), days_words(w, (int)(day_of_moment(w->now) - (day)rows_int(r, 7)), false)) };
                if (limit >= 0)
                        x->what = text_in(w->language, flow->limits[limit].title_vi, flow->limits[limit].title_en);
                if (state >= 0)
                        x->what = arena_print(w->arena, "%s – %s", x->what, text_in(w->language, flow->states[state].title_vi, flow->states[state].title_en));
        }
        rows_close(r);
        buf_clear(&sql);
}

static void fill_results(struct work *w, const struct asked *a, struct dashboard_view *v)
{
        enum { SCHEMES, MACHINES, JOBS, TURNOVER, ENERGY }; /* of how many schemes the sums are; the last a mean */
        static const char *const titles[RESULTS] = { N_("Schemes"), N_("New machines"), N_("New jobs"), N_("Turnover a year, million dong"),
                                                     N_("Less energy per unit, mean, %") };
        static const char *const shows[RESULTS] = { "jobs", "machines", "jobs", "turnover", "energy" }; /* how many schemes: those that told jobs */
        struct value values[16] = { v_int(a->year), v_text(sources[a->source].id) };
        struct buf sql;
        struct rows *r;
        size_t count = 2;

        for (int i = 0; i < RESULTS; i++)
                v->results[i] = (struct result_row){ work_text(w, titles[i]), "–", "–", "–", arena_print(w->arena, "%s&show=%s", v->schemes_href, shows[i]) };
        buf_init_with(&sql, 0, w->arena);
        buf_text(&sql, "SELECT r.years, COUNT(*), CAST(SUM(r.machines) AS BIGINT), CAST(SUM(r.jobs) AS BIGINT), CAST(SUM(r.turnover) AS BIGINT),"
                       " CAST(SUM(r.energy) AS BIGINT) FROM promotion_result r JOIN promotion_scheme s ON s.case_id = r.case_id"
                       " WHERE s.plan_year = $1 AND s.source = $2 AND s.is_planned = 1");
        promotion_within(w, &sql, a->territory);
        buf_text(&sql, " GROUP BY r.years");
        r = db_query(w->db, sql.data, (struct values){ values, count });
        while (rows_next(r)) {
                char text[DECIMAL_TEXT_MAX * 2];

                for (int i = 0; i < RESULTS; i++) {
                        const char **at = rows_int(r, 0) == 0 ? &v->results[i].planned : rows_int(r, 0) == 1 ? &v->results[i].one : &v->results[i].three;
                        int64_t value = i == ENERGY ? (int64_t)decimal_divide(rows_int(r, 5), rows_int(r, 1)) : rows_int(r, 1 + i);

                        decimal_write_shown(text, value, i == TURNOVER ? 6 : i == ENERGY ? 1 : 0, i == ENERGY ? 1 : 0, w->language);
                        *at = arena_text(w->arena, text);
                }
        }
        rows_close(r);
        buf_clear(&sql);
}

struct published { period year; moment known; struct figure_row row; int decimals; bool is_there; };

static bool ask_published(struct work *w, void *argument)
{
        struct published *p = argument;
        const struct catalogue *c = catalogue_of(w);
        const struct indicator *i = c == NULL ? NULL : indicator_find(c, "promotion_budget");
        const struct unit *country = c == NULL ? NULL : unit_at(c, "VN", day_of_moment(w->now));

        p->is_there = i != NULL && country != NULL && figure_get(w, i, country, p->year, "", "", true, p->known, &p->row) && p->row.has_value;
        p->decimals = i == NULL ? 0 : i->decimals;
        return work_ok(w);
}

/* What is published of the whole, beside what the schemes add up to; in a past, what was by then. */
static void fill_published(struct work *w, const struct asked *a, const struct figures *f, struct dashboard_view *v)
{
        struct published p = { .year = period_make(FREQUENCY_YEAR, (int)a->year, 0), .known = past_is_read(w) ? w->now : 0 };

        if (a->source != 0 || a->territory->level != LEVEL_COUNTRY || !past_on_node(w, ask_published, &p) || !p.is_there)
                return;
        v->published = million_words(w, (int64_t)decimal_divide((int128)p.row.value * 1000000000, decimal_power[p.decimals])); /* billion dong */
        v->published_href = arena_print(w->arena, "/figures/explain?indicator=promotion_budget&unit=VN&period=%d", (int)a->year);
        v->is_as_published = strcmp(v->published, f->total.approved_shown) == 0;
}

/* The years that have money or schemes, and the one on the page. */
static void fill_choices(struct work *w, const struct asked *a, struct dashboard_view *v)
{
        struct rows *r = db_query(w->db, "SELECT plan_year FROM promotion_scheme UNION SELECT plan_year FROM promotion_line UNION SELECT CAST($1 AS BIGINT) ORDER BY 1 DESC", ARGS(v_int(a->year)));

        while (rows_next(r)) {
                const char *year = arena_print(w->arena, "%d", (int)rows_int(r, 0));

                v->years = arena_room(w->arena, v->years, v->year_count, sizeof *v->years);
                v->years[v->year_count++] = (struct option_shown){ year, year, rows_int(r, 0) == a->year };
        }
        rows_close(r);
        v->sources = arena_array(w->arena, 2, sizeof *v->sources);
        v->maps = arena_array(w->arena, 2, sizeof *v->maps);
        v->source_count = v->map_count = 2;
        for (int i = 0; i < 2; i++) {
                v->sources[i] = (struct option_shown){ sources[i].id, work_text(w, sources[i].title), i == a->source };
                v->maps[i] = (struct option_shown){ maps[i].id, work_text(w, maps[i].title), i == (int)a->as_recorded };
        }
}

bool promotion_page(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Industrial promotion"), .nav = NAV_PROMOTION };
        struct figures *f = arena_alloc(w->arena, sizeof *f);
        struct dashboard_view v;
        struct asked a;

        reply->is_private = true;
        memset(f, 0, sizeof *f);
        f->total = (struct money_row){ .code = "", .name = work_text(w, "In all") };
        f->provinces = arena_room(w->arena, NULL, 0, sizeof *f->provinces);
        f->activities = arena_room(w->arena, NULL, 0, sizeof *f->activities);
        if (!asked_read(w, q, &a) || !year_read(w, &a, f))
                return false;
        if (request_suffix(q) != SUFFIX_HTML)
                return money_table(w, q, reply, &page, &a, f);
        v = (struct dashboard_view){ .year = arena_print(w->arena, "%d", (int)a.year), .csv = promotion_file(w, q, "/promotion", ".csv"), .json = promotion_file(w, q, "/promotion", ".json"),
                                     .xlsx = promotion_file(w, q, "/promotion", ".xlsx"), .total = f->total, .provinces = f->provinces, .activities = f->activities,
                                     .province_count = f->province_count, .activity_count = f->activity_count, .with_scheme = f->with_scheme,
                                     .late_total = f->total.late,
                                     .late_href = arena_print(w->arena, "/cases?which=late&workflow=promotion_%s", sources[a.source].id),
                                     .schemes_href = arena_print(w->arena, "/promotion/schemes?year=%d&source=%s", (int)a.year, sources[a.source].id) };
        v.is_illustration = db_number(w->db, "SELECT COUNT(*) FROM promotion_scheme s JOIN case_word a ON a.case_id = s.case_id AND a.word = 'minh'"
                                             " JOIN case_word b ON b.case_id = s.case_id AND b.word = 'hoa' WHERE s.plan_year = $1 AND s.source = $2", ARGS(v_int(a.year), v_text(sources[a.source].id)), 0) > 0;
        fill_choices(w, &a, &v);
        fill_published(w, &a, f, &v);
        fill_late(w, &a, &v);
        fill_results(w, &a, &v);
        if (!work_ok(w))
                return false;
        page_begin(w, q, reply, &page);
        promotion_dashboard(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}
