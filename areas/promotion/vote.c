/* vote.c - typical rural industrial products: what was voted at each level, how one certificate leads to the vote of the next level, and when
 * it ends. */
#include <string.h>

#include "areas/promotion/pages.h"
#include "areas/promotion/promotion.h"
#include "report/table.h"

/* The levels of the vote from below: the workflow of each, and what its cases say of a product. */
static const struct { const char *workflow, *id, *title; } levels[] = {
        { "promotion_vote_commune", "commune", N_("Commune level (before 7/2025: district)") }, { "promotion_vote_province", "province", N_("Provincial level") },
        { "promotion_vote_region", "region", N_("Regional level") }, { "promotion_vote_nation", "nation", N_("National level") },
};
#define LEVELS ((int)(sizeof levels / sizeof *levels))
#define VALIDITY "validity" /* the limit that says how long a certificate holds */
#define ROWS_PAGE 200

static int level_of(const char *workflow)
{
        for (int i = 0; i < LEVELS; i++)
                if (strcmp(levels[i].workflow, workflow) == 0)
                        return i;
        return -1;
}

static const char *number_of(const struct case_file *f, const char *document)
{
        const struct case_paper *p = case_paper_of(f, document);

        return p == NULL ? "" : p->number;
}

bool promotion_fold_vote(struct work *w, const struct case_file *f)
{
        const struct case_event *certified = case_done(f, "certify");
        const struct unit *province = f->unit->province == NULL ? f->unit : f->unit->province;
        const struct field_value *year = case_value(f, "year");
        const char *candidate;
        day valid_to = 0;
        int members;

        if (f->state < 0)
                return true;
        for (int i = 0; certified != NULL && i < f->clock_count; i++)
                if (strcmp(f->clocks[i].limit->id, VALIDITY) == 0 && f->clocks[i].due != DAY_NONE)
                        valid_to = f->clocks[i].due;
        return db_exec(w->db, "INSERT INTO promotion_product (case_id, level, year, province, product, product_group, establishment, tax_code, certificate,"
                              " certified_on, valid_to, is_revoked, below, score, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
                       ARGS(v_text(f->id), v_int(level_of(f->workflow->id)), v_int(year == NULL ? 0 : year->number), v_text(province->key), v_text(promotion_text(f, "product")),
                            v_text(case_choice(f, "group")), v_text(promotion_text(f, "establishment")), v_text(promotion_text(f, "tax_code")), v_text(number_of(f, "certificate")),
                            v_int(certified == NULL ? 0 : certified->on), v_int(valid_to), v_int(case_done(f, "revoke") != NULL), v_text(number_of(f, "lower_certificate")),
                            v_int(case_score(f, &candidate, &members)), v_int(f->entry)));
}

/* ---- the certificate of the level below ---------------------------------------------------------------------------------- */

/* A certificate of the level below that is known here must have been in force on the day of receipt; one that is not known here was given elsewhere,
 * and is judged from its paper. */
bool promotion_check_vote(struct work *w, const struct case_file *after, const struct case_event *event)
{
        const char *number = number_of(after, "lower_certificate");
        int document = workflow_document_find(after->workflow, "lower_certificate");
        const struct basis *basis = document < 0 ? NULL : &after->workflow->documents[document].basis;
        struct rows *r;
        bool is_known = false, is_in_force = false, is_revoked = false;
        day from = 0, to = 0;

        if (event->act != CASE_OPEN || *number == '\0')
                return true;
        r = db_query(w->db, "SELECT certified_on, valid_to, is_revoked FROM promotion_product WHERE tax_code = $1 AND level = $2 AND certificate = $3 AND certified_on > 0"
                            " ORDER BY certified_on",
                     ARGS(v_text(promotion_text(after, "tax_code")), v_int(level_of(after->workflow->id) - 1), v_text(number)));
        while (rows_next(r)) {
                is_known = true;
                from = (day)rows_int(r, 0);
                to = (day)rows_int(r, 1);
                is_revoked = rows_int(r, 2) != 0;
                is_in_force |= !is_revoked && from <= after->received && after->received <= to;
        }
        rows_close(r);
        if (!is_known || is_in_force)
                return work_ok(w);
        if (is_revoked)
                error_set(&w->err, ERR_INVALID, "the certificate %s of the level below was revoked", number);
        else
                error_set(&w->err, ERR_INVALID, "the certificate %s of the level below is in force from %s to %s, not on %s", number, promotion_day(w, from), promotion_day(w, to),
                          promotion_day(w, after->received));
        error_at(&w->err, "lower_certificate");
        return basis == NULL ? false : error_hint(&w->err, basis->is_verified ? "rule: %s" : "rule: %s (to be checked)", basis->source);
}

/* ---- as people see it ------------------------------------------------------------------------------------------------------ */

enum standing { VOTING, IN_FORCE, EXPIRED, REVOKED, NOT_CHOSEN };
static const struct { const char *id, *title, *css; } standings[] = {
        { "voting", N_("Being voted"), "chip info" }, { "in_force", N_("Certificate in force"), "chip ok" }, { "expired", N_("Certificate expired"), "chip warn" },
        { "revoked", N_("Certificate revoked"), "chip err" }, { "not_chosen", N_("Not chosen"), "chip" },
};
#define STANDINGS ((int)(sizeof standings / sizeof *standings))

#define PRODUCT_COLUMNS "s.case_id, s.level, s.year, s.province, s.product, s.product_group, s.establishment, s.tax_code, s.certificate, s.certified_on, s.valid_to," \
                        " s.is_revoked, s.score, c.is_open, c.workflow, c.received"

/* What a certificate is worth today: on its last day it is still in force, whether or not anybody has closed its case. */
static enum standing standing_of(struct work *w, struct rows *r)
{
        if (rows_int(r, 9) == 0)
                return rows_int(r, 13) != 0 ? VOTING : NOT_CHOSEN;
        if (rows_int(r, 11) != 0)
                return REVOKED;
        return rows_int(r, 10) >= day_of_moment(w->now) ? IN_FORCE : EXPIRED;
}

/* What a group is called in the regime of the case. */
static const char *group_words(struct work *w, struct rows *r)
{
        const struct workflow *flow = workflow_find(catalogue_of(w), rows_text(r, 14), (day)rows_int(r, 15));
        int field = flow == NULL ? -1 : workflow_field_find(flow, "group");

        for (int i = 0; field >= 0 && i < flow->fields[field].choice_count; i++)
                if (strcmp(flow->fields[field].choices[i].id, rows_text(r, 5)) == 0)
                        return text_in(w->language, flow->fields[field].choices[i].title_vi, flow->fields[field].choices[i].title_en);
        return "";
}

static void product_read(struct work *w, struct rows *r, struct product_shown *x)
{
        const struct unit *u = unit_by_key(catalogue_of(w), rows_text(r, 3));
        int level = (int)rows_int(r, 1);
        enum standing standing = standing_of(w, r);
        char score[DECIMAL_TEXT_MAX * 2];

        *x = (struct product_shown){
                .id = arena_text(w->arena, rows_text(r, 0)), .href = arena_print(w->arena, "/cases/%s", rows_text(r, 0)), .level = work_text(w, levels[level].title),
                .year = (int)rows_int(r, 2), .province = u == NULL ? "" : text_in(w->language, u->name_vi, u->name_en), .product = arena_text(w->arena, rows_text(r, 4)),
                .group = group_words(w, r), .establishment = arena_text(w->arena, rows_text(r, 6)), .tax_code = arena_text(w->arena, rows_text(r, 7)),
                .certificate = arena_text(w->arena, rows_text(r, 8)), .certified_on = (day)rows_int(r, 9), .valid_to = (day)rows_int(r, 10), .score = rows_int(r, 12),
                .standing = standings[standing].id, .standing_shown = work_text(w, standings[standing].title), .standing_css = standings[standing].css,
        };
        x->valid_shown = x->certified_on == 0 ? "–" : arena_print(w->arena, "%s – %s", promotion_day(w, x->certified_on), promotion_day(w, x->valid_to));
        decimal_write_shown(score, x->score, 2, 2, w->language);
        x->score_shown = x->score < 0 ? "–" : arena_text(w->arena, score);
}

/* Which of the words an address names; -1: none is named; -2 and an error: another word. */
static int word_in(struct work *w, const struct request *q, const char *name, int count, const char *(*id)(int))
{
        const char *asked = request_query(q, name, 0);

        if (asked == NULL || *asked == '\0')
                return -1;
        for (int i = 0; i < count; i++)
                if (strcmp(id(i), asked) == 0)
                        return i;
        error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", name, asked);
        return -2;
}

static const char *level_id(int i) { return levels[i].id; }
static const char *standing_id(int i) { return standings[i].id; }

static bool product_rows(struct work *w, struct table *t, void *context)
{
        struct rows *r = context;

        while (rows_next(r)) {
                struct product_shown x;

                product_read(w, r, &x);
                table_row(t, (const struct cell[]){
                        cell_text(x.id), cell_text(x.level), cell_int(x.year), cell_text(x.product), cell_text(x.group), cell_text(x.establishment), cell_text(x.tax_code),
                        cell_text(x.province), cell_text(x.standing), cell_text(x.standing_shown), cell_text(x.certificate),
                        x.certified_on == 0 ? cell_empty() : cell_day(x.certified_on), x.valid_to == 0 ? cell_empty() : cell_day(x.valid_to),
                        x.score < 0 ? cell_empty() : cell_number(x.score, 2, 0),
                });
        }
        return work_ok(w);
}

static struct rows *products_open(struct work *w, const struct unit *territory, int64_t year, int level, int standing, bool is_page)
{
        struct value values[16] = { v_int(day_of_moment(w->now)) };
        static const char *const conditions[STANDINGS] = {
                [VOTING] = " AND s.certified_on = 0 AND c.is_open = 1", [NOT_CHOSEN] = " AND s.certified_on = 0 AND c.is_open = 0",
                [IN_FORCE] = " AND s.certified_on > 0 AND s.is_revoked = 0 AND s.valid_to >= $1", [EXPIRED] = " AND s.certified_on > 0 AND s.is_revoked = 0 AND s.valid_to < $1",
                [REVOKED] = " AND s.is_revoked = 1",
        };
        size_t count = 1;
        struct buf sql;
        struct rows *r;

        buf_init_with(&sql, 0, w->arena);
        buf_text(&sql, "SELECT " PRODUCT_COLUMNS " FROM promotion_product s JOIN case_file c ON c.id = s.case_id WHERE CAST($1 AS BIGINT) > 0");
        promotion_within(w, &sql, territory);
        if (year > 0) {
                values[count++] = v_int(year);
                buf_print(&sql, " AND s.year = $%zu", count);
        }
        if (level >= 0) {
                values[count++] = v_int(level);
                buf_print(&sql, " AND s.level = $%zu", count);
        }
        if (standing >= 0)
                buf_text(&sql, conditions[standing]);
        buf_text(&sql, " ORDER BY s.year DESC, s.level DESC, s.product, s.case_id");
        if (is_page)
                buf_print(&sql, " LIMIT %d", ROWS_PAGE);
        r = db_query(w->db, sql.data, (struct values){ values, count });
        buf_clear(&sql);
        return r;
}

static struct option_shown *choices(struct work *w, const char *all, int count, const char *(*id)(int), const char *(*title)(int), int chosen)
{
        struct option_shown *list = arena_array(w->arena, (size_t)count + 1, sizeof *list);

        list[0] = (struct option_shown){ "", work_text(w, all), chosen < 0 };
        for (int i = 0; i < count; i++)
                list[i + 1] = (struct option_shown){ id(i), work_text(w, title(i)), chosen == i };
        return list;
}

static const char *level_title(int i) { return levels[i].title; }
static const char *standing_title(int i) { return standings[i].title; }

bool promotion_products_page(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Typical rural industrial products"), .nav = NAV_PROMOTION,
                             .crumbs = { { work_text(w, "Industrial promotion"), "/promotion" } }, .crumb_count = 1 };
        const struct column columns[] = {
                { "case", N_("Case"), NULL, CELL_TEXT },              { "level", N_("Level of the vote"), NULL, CELL_TEXT },
                { "year", N_("Year of the vote"), NULL, CELL_INT },   { "product", N_("Product"), NULL, CELL_TEXT },
                { "group", N_("Group"), NULL, CELL_TEXT },            { "establishment", N_("Establishment"), NULL, CELL_TEXT },
                { "tax_code", N_("Tax code"), NULL, CELL_TEXT },      { "province", N_("Province"), NULL, CELL_TEXT },
                { "standing", N_("Standing"), NULL, CELL_TEXT },      { "standing_title", N_("Standing in words"), NULL, CELL_TEXT },
                { "certificate", N_("Certificate"), NULL, CELL_TEXT }, { "certified_on", N_("Certified on"), NULL, CELL_DAY },
                { "valid_to", N_("In force up to"), NULL, CELL_DAY }, { "score", N_("Points"), NULL, CELL_NUMBER },
        };
        bool is_page = request_suffix(q) == SUFFIX_HTML;
        const struct unit *territory = promotion_territory(w);
        int level = word_in(w, q, "level", LEVELS, level_id), standing = word_in(w, q, "standing", STANDINGS, standing_id);
        struct products_view v = { .count = 0 };
        struct rows *r;
        int64_t year;

        reply->is_private = true;
        if (territory == NULL || level < -1 || standing < -1 || !promotion_year(w, q, &year))
                return false;
        r = products_open(w, territory, year, level, standing, is_page);
        if (!is_page)
                return table_reply(w, q, reply, &page, "promotion-products", NULL, columns, (int)(sizeof columns / sizeof *columns), product_rows, r);
        while (rows_next(r)) {
                v.list = arena_room(w->arena, v.list, v.count, sizeof *v.list);
                product_read(w, r, &v.list[v.count++]);
        }
        rows_close(r);
        v.is_cut = v.count == ROWS_PAGE;
        v.year = year > 0 ? arena_print(w->arena, "%d", (int)year) : "";
        v.levels = choices(w, N_("All levels"), LEVELS, level_id, level_title, level);
        v.standings = choices(w, N_("All"), STANDINGS, standing_id, standing_title, standing);
        v.level_count = LEVELS + 1;
        v.standing_count = STANDINGS + 1;
        v.csv = promotion_file(w, q, "/promotion/products", ".csv");
        v.json = promotion_file(w, q, "/promotion/products", ".json");
        if (!work_ok(w))
                return false;
        page_begin(w, q, reply, &page);
        promotion_products(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

/* ---- the page of a case ----------------------------------------------------------------------------------------------------- */

/* The votes of the same product of the same establishment: what its certificate rests on, and what rests on it. */
void promotion_vote_section(struct work *w, const struct case_file *f, enum case_place place, struct buf *out)
{
        struct products_view v = { .count = 0 };
        int level = level_of(f->workflow->id);
        struct rows *r;

        if (place != CASE_SIDE || *promotion_text(f, "tax_code") == '\0')
                return;
        r = db_query(w->db, "SELECT " PRODUCT_COLUMNS " FROM promotion_product s JOIN case_file c ON c.id = s.case_id WHERE s.tax_code = $1 AND"
                            " (s.case_id = $2 OR (s.level = $3 AND s.certificate = $4 AND s.certified_on > 0) OR (s.level = $5 AND s.below = $6 AND $6 <> ''))"
                            " ORDER BY s.level, s.year, s.case_id",
                     ARGS(v_text(promotion_text(f, "tax_code")), v_text(f->id), v_int(level - 1), v_text(number_of(f, "lower_certificate")), v_int(level + 1),
                          v_text(number_of(f, "certificate"))));
        while (rows_next(r)) {
                v.list = arena_room(w->arena, v.list, v.count, sizeof *v.list);
                product_read(w, r, &v.list[v.count]);
                if (strcmp(v.list[v.count].id, f->id) == 0)
                        v.list[v.count].href = NULL;
                v.count++;
        }
        rows_close(r);
        if (level + 1 < LEVELS && v.count > 0 && *number_of(f, "certificate") != '\0')
                v.next_href = arena_print(w->arena, "/cases/new/%s", levels[level + 1].workflow);
        promotion_vote_html(w, out, &v);
}
