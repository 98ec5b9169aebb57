/* overview.c - the area: the overview of the country and the page of a province. */
#include <string.h>

#include "areas/overview/overview.h"

#include "areas/area.h"
#include "areas/overview/pages.h"
#include "report/table.h"

/* A field of the query; an empty one (from the form) is no answer. */
static const char *given(const struct request *r, const char *name)
{
        const char *value = request_query(r, name, 0);

        return value == NULL || *value == '\0' ? NULL : value;
}

static bool ask_read(struct work *w, struct ask *a, const struct request *r, const char *path)
{
        *a = (struct ask){
                .path = path,
                .period = given(r, "ky"),
                .compare = given(r, "so"),
                .layout = given(r, "dia_gioi"),
                .known = given(r, "known"),
                .province = given(r, "tinh"),
                .view = given(r, "xem"),
                .topic = given(r, "chi_tieu"),
        };
        if (a->view != NULL && strcmp(a->view, "bang") != 0)
                return error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", "xem", a->view) || error_hint(&w->err, "write bang for tables, or leave it out");
        return request_flag(w, r, "tatca", &a->all);
}

const char *todo_said(enum todo_kind kind)
{
        static const char *const said[] = {
                [TODO_FILL] = N_("to be filled in"),
                [TODO_CORRECT] = N_("returned: to be corrected"),
                [TODO_APPROVE] = N_("to be approved and sent"),
                [TODO_RECEIVE] = N_("has arrived: accept or return it"),
                [TODO_MISSING] = N_("has not arrived"),
        };

        return said[kind];
}

/* ---- the figures of a page as a table (CSV, XLSX) -------------------------------------------------------- */

struct listed {
        const struct number **list;
        size_t count;
        moment known; /* 0: now */
        const char *title, *address;
};

static bool listed_write(struct work *w, struct table *t, void *context)
{
        const struct listed *l = context;

        const struct indicator **met = arena_array(w->arena, l->count + 1, sizeof *met);
        struct about_rows about = { met, 0, 0 };

        for (size_t i = 0; i < l->count; i++) {
                const struct number *n = l->list[i];
                char text[PERIOD_TEXT_MAX];
                size_t k = 0;

                while (k < about.indicator_count && met[k] != n->indicator)
                        k++;
                if (k == about.indicator_count)
                        met[about.indicator_count++] = n->indicator;
                about.newest = n->known_from > about.newest ? n->known_from : about.newest;
                period_write(text, n->period);
                table_row(t, (const struct cell[]){
                                     cell_text(n->indicator->id), cell_text(n->unit->code),
                                     cell_text(arena_text(w->arena, text)), cell_text(n->item),
                                     cell_number(n->value, n->decimals, -1),
                                     cell_text(w->language == LANGUAGE_VI ? n->indicator->unit_vi : n->indicator->unit_en),
                                     cell_text(figure_status_name(n->status)),
                                     n->mark == MARK_NONE ? cell_empty() : cell_text(figure_mark_name(n->mark)),
                                     cell_moment(n->known_from), cell_text(n->source) });
        }
        table_describe(t, about_figures(w, l->title, &(struct figure_query){ .known = l->known }, &about, l->address));
        return work_ok(w);
}

static void list_add(struct listed *l, const struct number *n)
{
        if (n->is_there)
                l->list[l->count++] = n;
}

static bool listed_reply(struct work *w, const struct request *r, struct reply *reply, const struct page *page,
                         const char *file, struct listed *l)
{
        static const struct column columns[] = {
                { "indicator", N_("Indicator"), NULL, CELL_TEXT },  { "unit", N_("Unit"), NULL, CELL_TEXT },
                { "period", N_("Period"), NULL, CELL_TEXT },        { "item", N_("Item"), NULL, CELL_TEXT },
                { "value", N_("Value"), NULL, CELL_NUMBER },        { "unit_of_measure", N_("Unit of measure"), NULL, CELL_TEXT },
                { "status", N_("Status"), NULL, CELL_TEXT },        { "mark", N_("Mark"), NULL, CELL_TEXT },
                { "known_from", N_("Known from"), NULL, CELL_MOMENT }, { "source", N_("Source"), NULL, CELL_TEXT },
        };

        l->title = page->title;
        return table_reply(w, r, reply, page, file, NULL, columns, (int)(sizeof columns / sizeof *columns), listed_write, l);
}

/* ---- handlers ---------------------------------------------------------------------------------------------- */

static bool show_overview(struct work *w, const struct request *r, struct reply *reply)
{
        struct ask *a = arena_alloc(w->arena, sizeof *a);
        struct page page = { .nav = NAV_OVERVIEW };
        struct overview *v;

        v = ask_read(w, a, r, "/overview") ? overview_make(w, a) : NULL;
        if (v == NULL)
                return false;
        page.title = v->title;
        reply->is_private = user_may(w->user, MAY_READ);
        if (request_suffix(r) == SUFFIX_JSON) {
                overview_json(w, &reply->body, v);
        } else if (request_suffix(r) != SUFFIX_HTML) {
                struct listed l = { arena_array(w->arena, CARDS * 3 + PROVINCES_MAX + SERIES_MONTHS + 4, sizeof *l.list), 0, v->known, NULL, request_target(r) };

                for (size_t i = 0; i < CARDS; i++) {
                        list_add(&l, &v->cards[i].main);
                        if (v->cards[i].growth.is_there && v->cards[i].growth.indicator != v->cards[i].main.indicator)
                                list_add(&l, &v->cards[i].growth); /* a computed one is no figure of its own */
                }
                for (size_t i = 0; i < v->map.count; i++)
                        list_add(&l, &v->map.places[i].number);
                for (size_t i = 0; i < v->series.count; i++)
                        if (v->series.numbers[i].period != v->period)
                                list_add(&l, &v->series.numbers[i]);
                return listed_reply(w, r, reply, &page, "overview", &l);
        } else {
                page_begin(w, r, reply, &page);
                overview_page(w, &reply->body, v);
                page_end(w, r, reply, &page);
        }
        return work_ok(w);
}

static bool show_province(struct work *w, const struct request *r, struct reply *reply)
{
        struct ask *a = arena_alloc(w->arena, sizeof *a);
        struct page page = { .nav = NAV_OVERVIEW, .crumb_count = 2 };
        const char *code = request_part(r, "code");
        struct province *p;

        p = ask_read(w, a, r, arena_print(w->arena, "/provinces/%s", code)) ? province_make(w, a, code) : NULL;
        if (p == NULL)
                return false;
        page.title = p->frame->title;
        page.crumbs[0] = (struct crumb){ work_text(w, "Overview"), "/overview" };
        page.crumbs[1] = (struct crumb){ p->name, NULL };
        reply->is_private = user_may(w->user, MAY_READ);
        if (request_suffix(r) == SUFFIX_JSON) {
                province_json(w, &reply->body, p);
        } else if (request_suffix(r) != SUFFIX_HTML) {
                struct listed l = { arena_array(w->arena, PROFILE_MAX, sizeof *l.list), 0, p->frame->known, NULL, request_target(r) };

                for (size_t i = 0; i < p->count; i++)
                        list_add(&l, &p->numbers[i]);
                return listed_reply(w, r, reply, &page, "province", &l);
        } else {
                page_begin(w, r, reply, &page);
                province_page(w, &reply->body, p);
                page_end(w, r, reply, &page);
        }
        return work_ok(w);
}

/* The links' state changes without an entry, so the ledger's position is no mark of the answer. */
static const struct route routes[] = {
        { GET, "/overview", show_overview, MAY_READ_PUBLIC, ROUTE_NO_ETAG | ROUTE_KNOWN, N_("The country at a glance: headline figures, map, reports") },
        { GET, "/provinces/{code}", show_province, MAY_READ_PUBLIC, ROUTE_NO_ETAG | ROUTE_KNOWN, N_("One province: its figures, its series, its report") },
        { 0 },
};

const struct area overview_area = { .name = "overview", .title = N_("Overview"), .routes = routes };
