/* promotion.c - the area of industrial promotion: its addresses, and the words its pages share. */
#include "areas/promotion/promotion.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "ledger/node.h"

const char *dong_words(struct work *w, int64_t dong)
{
        char text[DECIMAL_TEXT_MAX * 2];

        decimal_write_shown(text, dong, 0, 0, w->language);
        return arena_print(w->arena, work_text(w, "%s dong"), text);
}

const char *million_words(struct work *w, int64_t dong)
{
        char text[DECIMAL_TEXT_MAX * 2];

        decimal_write_shown(text, dong, 6, 1, w->language);
        return arena_text(w->arena, text);
}

const char *leverage_words(struct work *w, int64_t leverage)
{
        char text[DECIMAL_TEXT_MAX * 2];

        if (leverage < 0)
                return "–";
        decimal_write_shown(text, leverage, 2, 2, w->language);
        return arena_print(w->arena, "1 : %s", text);
}

static const char *activity_title(struct work *w, const char *activity)
{
        const struct workflow *flow = workflow_find(catalogue_of(w), "promotion_national", day_of_moment(w->now));
        int field = flow == NULL ? -1 : workflow_field_find(flow, "activity");

        for (int i = 0; field >= 0 && i < flow->fields[field].choice_count; i++)
                if (strcmp(flow->fields[field].choices[i].id, activity) == 0)
                        return text_in(w->language, flow->fields[field].choices[i].title_vi, flow->fields[field].choices[i].title_en);
        return NULL;
}

const char *activity_words(struct work *w, const char *activity)
{
        const char *title = activity_title(w, activity);

        return title == NULL ? activity : title;
}

bool activity_is_known(struct work *w, const char *activity)
{
        return activity_title(w, activity) != NULL ||
               db_number(w->db, "SELECT COUNT(*) FROM (SELECT 1 FROM promotion_scheme WHERE activity = $1 LIMIT 1) one", ARGS(v_text(activity)), 0) > 0;
}

const char *promotion_day(struct work *w, day on)
{
        char text[DAY_SHOWN_MAX];

        day_write_shown(text, on, w->language);
        return arena_text(w->arena, text);
}

#define YEAR_FIRST 1900
#define YEAR_LAST 2900

bool promotion_year(struct work *w, const struct request *q, int64_t *year)
{
        const char *text = request_query(q, "year", 0);
        char *end = NULL;

        *year = 0;
        if (text == NULL || *text == '\0')
                return true;
        *year = strtoll(text, &end, 10);
        if (*end == '\0' && *year >= YEAR_FIRST && *year <= YEAR_LAST)
                return true;
        return error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", "year", text);
}

int promotion_word(struct work *w, const struct request *q, const char *name, const char *first, const char *second)
{
        const char *text = request_query(q, name, 0);

        if (text == NULL || *text == '\0' || strcmp(text, first) == 0)
                return 0;
        if (strcmp(text, second) == 0)
                return 1;
        error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", name, text);
        return -1;
}

const struct unit *promotion_territory(struct work *w)
{
        const struct catalogue *c = catalogue_of(w);
        const char *code = w->user == &user_operator ? node_unit(w->node) : w->user->unit;
        const struct unit *u = c == NULL || *code == '\0' ? NULL : unit_at(c, code, day_of_moment(w->now));

        if (u == NULL && work_ok(w))
                error_set(&w->err, ERR_UNAUTHENTICATED, "this is only for users who are signed in");
        return u == NULL || u->level == LEVEL_COUNTRY ? u : u->province;
}

void promotion_within(struct work *w, struct buf *sql, const struct unit *territory)
{
        size_t count = 0;
        const struct unit **origins = territory->level == LEVEL_COUNTRY ? NULL : unit_origins(w->arena, catalogue_of(w), territory, &count);

        for (size_t i = 0; i < count; i++) /* keys are digits, letters, @ and - alone */
                buf_print(sql, "%s'%s'%s", i == 0 ? " AND s.province IN (" : ", ", origins[i]->key, i + 1 == count ? ")" : "");
}

const char *promotion_file(struct work *w, const struct request *q, const char *path, const char *suffix)
{
        const char *query = strchr(request_with(w, q, "none", NULL), '?');

        return arena_print(w->arena, "%s%s%s", path, suffix, query == NULL ? "" : query);
}

static const struct route routes[] = {
        { GET, "/promotion", promotion_page, MAY_READ, ROUTE_NO_ETAG | ROUTE_PAST, N_("Industrial promotion: plan against done by province and activity, leverage, what is late and why") },
        { GET, "/promotion/schemes", promotion_schemes_page, MAY_READ, ROUTE_NO_ETAG | ROUTE_PAST, N_("Schemes of industrial promotion: money, state, beneficiary") },
        { GET, "/promotion/findings", promotion_findings_page, MAY_READ, ROUTE_NO_ETAG | ROUTE_PAST, N_("Budgets committed beyond their amount; enterprises supported several times") },
        { GET, "/promotion/programme", promotion_programme_page, MAY_READ, ROUTE_NO_ETAG | ROUTE_PAST,
          N_("A programme of several years: its targets against plans and what is done, by year and in all; what is behind and why") },
        { GET, "/promotion/norms", promotion_norms_page, MAY_READ, ROUTE_NO_ETAG | ROUTE_PAST, N_("Rates and ceilings that hold on a day: of the ministry's acts, and provinces' own") },
        { GET, "/promotion/products", promotion_products_page, MAY_READ, ROUTE_NO_ETAG | ROUTE_PAST, N_("Typical rural industrial products: votes by level and year, certificates and how long they hold") },
        { 0 },
};

const struct area promotion_area = { .name = "promotion", .title = N_("Industrial promotion"), .routes = routes, .tables = promotion_tables, .cases = promotion_parts };
