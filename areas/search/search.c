#include "areas/search/search.h"

#include <string.h>

#include "areas/program.h"
#include "areas/search/pages.h"
#include "form/form.h"
#include "report/table.h"

#define SHOWN 8           /* of a kind on the page */
#define WRITTEN 1000      /* of a kind in a file */
#define TYPED_MOST 400    /* bytes */

/* ---- what no area keeps: forms of reports, pages ------------------------------------------------------------------ */

static bool find_forms(struct work *w, struct search *s)
{
        const struct catalogue *c = user_may(w->user, MAY_READ) ? catalogue_of(w) : NULL;
        const struct form *list[FORMS_MOST];
        struct offers offers = { NULL, 0 };
        struct found_group *group;
        size_t count, shown;

        if (c == NULL)
                return work_ok(w);
        count = form_list(c, day_of_moment(w->now), list);
        for (size_t i = 0; i < count; i++)
                offer_add(w, &offers, list[i], words_fit(w->arena, s->words, arena_print(w->arena, "%s %s", form_title(list[i], w->language), form_id(list[i]))));
        shown = offers_best(&offers, s->most);
        group = search_add(w, s, "form", work_text(w, "Reports"), shown, (int64_t)offers.count);
        for (size_t i = 0; i < shown; i++) {
                const struct form *f = offers.list[i].thing;

                group->list[i] = (struct found){ .code = form_id(f), .title = form_title(f, w->language), .detail = "", .href = arena_print(w->arena, "/forms?form=%s", form_id(f)) };
        }
        return work_ok(w);
}

static bool is_page(const struct work *w, const struct route *r)
{
        return (r->method & GET) != 0 && (r->flags & (ROUTE_MACHINE | ROUTE_UNLISTED)) == 0 && strchr(r->pattern, '{') == NULL && user_may(w->user, r->right);
}

static void find_pages(struct work *w, struct search *s)
{
        struct offers offers = { NULL, 0 };
        struct found_group *group;
        size_t shown;

        for (const struct route *const *tables = program_routes(); *tables != NULL; tables++)
                for (const struct route *r = *tables; r->run != NULL; r++)
                        if (is_page(w, r))
                                offer_add(w, &offers, r, words_fit(w->arena, s->words, arena_print(w->arena, "%s %s", work_text(w, r->summary), r->pattern)));
        shown = offers_best(&offers, s->most);
        group = search_add(w, s, "page", work_text(w, "Pages"), shown, (int64_t)offers.count);
        for (size_t i = 0; i < shown; i++) {
                const struct route *r = offers.list[i].thing;

                group->list[i] = (struct found){ .code = r->pattern, .title = work_text(w, r->summary), .detail = "", .href = r->pattern };
        }
}

/* ---- GET /search ----------------------------------------------------------------------------------------------------- */

static bool write_rows(struct work *w, struct table *t, void *context)
{
        const struct search *s = context;

        for (size_t g = 0; g < s->count; g++) {
                const struct found_group *group = &s->groups[g];

                for (size_t i = 0; i < group->count; i++) {
                        const struct found *f = &group->list[i];

                        table_row(t, (struct cell[]){ cell_text(group->kind), cell_text(f->code), cell_link(f->title, f->href), cell_text(f->detail), cell_text(f->href),
                                                      cell_int(group->total), cell_int(group->is_more) });
                }
        }
        return work_ok(w);
}

static bool write_table(struct work *w, const struct request *r, struct reply *reply, const struct page *page, struct search *s)
{
        const struct column columns[] = {
                { "kind", N_("Kind"), NULL, CELL_TEXT }, { "code", N_("Code"), NULL, CELL_TEXT }, { "title", N_("Name"), NULL, CELL_TEXT },
                { "detail", N_("In short"), NULL, CELL_TEXT }, { "address", N_("Address"), NULL, CELL_TEXT },
                { "of_kind", N_("Found of this kind"), NULL, CELL_INT }, { "is_more", N_("There are more"), NULL, CELL_INT },
        };

        return table_reply(w, r, reply, page, "search", NULL, columns, (int)(sizeof columns / sizeof *columns), write_rows, s);
}

static bool words_asked(struct work *w, const char *typed, struct words *words)
{
        if (strlen(typed) <= TYPED_MOST && words_read(w->arena, typed, words))
                return true;
        error_set(&w->err, ERR_INVALID, "that is too much to look for at once");
        return error_hint(&w->err, "at most %d words and %d bytes; a name or a code is enough", WORDS_MOST, TYPED_MOST);
}

static const char *number_said(struct work *w, int64_t n)
{
        char text[DECIMAL_TEXT_MAX];

        decimal_write_shown(text, n, 0, 0, w->language);
        return arena_text(w->arena, text);
}

/* How many there are, of each kind and in all. */
static void count(struct work *w, const struct search *s, struct search_view *v)
{
        bool is_more = false;

        v->counts = arena_array(w->arena, s->count + 1, sizeof *v->counts);
        for (size_t g = 0; g < s->count; g++) {
                const struct found_group *group = &s->groups[g];

                v->counts[g] = group->is_more ? arena_print(w->arena, work_text(w, "%zu of more than %s"), group->count, number_said(w, group->total))
                             : group->total > (int64_t)group->count ? arena_print(w->arena, work_text(w, "%zu of %s"), group->count, number_said(w, group->total))
                                                                    : number_said(w, group->total);
                v->total += group->total;
                is_more = is_more || group->is_more;
        }
        v->summary = arena_print(w->arena, is_more ? work_text(w, "More than %s results for “%s”") : work_text(w, "%s results for “%s”"), number_said(w, v->total), s->typed);
}

static bool show(struct work *w, const struct request *r, struct reply *reply)
{
        const char *asked = request_query(r, "q", 0);
        struct page page = { .title = work_text(w, "Search"), .nav = NAV_NONE };
        struct words words;
        struct search s = { .typed = asked == NULL ? "" : asked, .words = &words, .most = request_suffix(r) == SUFFIX_HTML ? SHOWN : WRITTEN };
        struct search_view v = { .title = page.title, .typed = s.typed, .found = &s, .sees_cases = user_may(w->user, MAY_FOLLOW),
                                 .csv = request_in_format(w, r, "/search", "csv"), .json = request_in_format(w, r, "/search", "json"),
                                 .sign_in = w->user->login[0] != '\0' ? NULL : "/sign-in" };

        reply->is_private = w->user->login[0] != '\0';
        if (!words_asked(w, s.typed, &words))
                return false;
        v.has_asked = words.count > 0;
        if (v.has_asked) {
                if (!program_find(w, &s) || !find_forms(w, &s))
                        return false;
                find_pages(w, &s);
        }
        if (request_suffix(r) != SUFFIX_HTML)
                return write_table(w, r, reply, &page, &s);
        count(w, &s, &v);
        page_begin(w, r, reply, &page);
        search_html(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

static const struct route routes[] = {
        { GET, "/search", show, MAY_READ_PUBLIC, ROUTE_NO_ETAG, N_("Search: cases, clusters, places, indicators, reports and pages by their names and codes") },
        { 0 },
};

const struct area search_area = { .name = "search", .title = N_("Search"), .routes = routes };
