/* programme.c - programmes of several years: their targets as they were decided, against what the plans of each year hold and what is done; what is behind,
 * and why. */
#include <string.h>

#include "areas/promotion/pages.h"
#include "areas/promotion/promotion.h"
#include "base/decimal.h"
#include "report/table.h"

/* A target: a number of establishments or models for an activity, or dong for all of them: activity "". */
struct target { const char *activity; int64_t number; };

/* What was told last of each, by the acts that count. */
static struct target *targets_of(struct work *w, const struct case_file *f, size_t *count)
{
        struct target *list = arena_array(w->arena, f->event_count + 1, sizeof *list);

        *count = 0;
        for (size_t i = 0; i < f->event_count; i++) {
                const struct case_event *e = &f->events[i];
                bool is_money = *promotion_told(e, "target_money") != '\0';
                const char *number = promotion_told(e, is_money ? "target_money" : "target_count"), *activity = is_money ? "" : promotion_told(e, "activity");
                int64_t value;
                size_t position, at = 0;

                if (e->fault != FAULT_NONE || *number == '\0' || decimal_read(number, strlen(number), 0, &value, &position) != DECIMAL_OK)
                        continue;
                while (at < *count && strcmp(list[at].activity, activity) != 0)
                        at++;
                list[at] = (struct target){ activity, value };
                *count += at == *count;
        }
        return list;
}

bool promotion_fold_programme(struct work *w, const struct case_file *f)
{
        const struct case_paper *decision = f->state < 0 ? NULL : case_paper_of(f, "decision");
        const struct field_value *first = case_value(f, "first_year"), *last = case_value(f, "last_year");
        const char *province = f->unit->level == LEVEL_COUNTRY ? "" : f->unit->key;
        struct target *targets;
        size_t count;

        if (decision == NULL || case_done(f, "approve") == NULL || first == NULL || last == NULL)
                return true;
        targets = targets_of(w, f, &count);
        for (size_t i = 0; i < count; i++)
                if (!db_exec(w->db, "INSERT INTO promotion_target (case_id, province, first_year, last_year, activity, target, decision, entry)"
                                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                             ARGS(v_text(f->id), v_text(province), v_int(first->number), v_int(last->number), v_text(targets[i].activity), v_int(targets[i].number),
                                  v_text(decision->number), v_int(f->entry))))
                        return false;
        return work_ok(w);
}

void promotion_programme_section(struct work *w, const struct case_file *f, enum case_place place, struct buf *out)
{
        struct lines_view v = { .title = work_text(w, "Targets of this programme"), .head = work_text(w, "Target of the period"), .more = work_text(w, "Plan against done"),
                                .more_href = arena_print(w->arena, "/promotion/programme%s%s", case_done(f, "approve") == NULL ? "" : "?programme=", case_done(f, "approve") == NULL ? "" : f->id) };
        struct target *targets;
        size_t count;

        if (place != CASE_TOP)
                return;
        targets = targets_of(w, f, &count);
        v.list = arena_array(w->arena, count + 1, sizeof *v.list);
        for (; v.count < count; v.count++) {
                const struct target *t = &targets[v.count];
                char text[DECIMAL_TEXT_MAX * 2];

                decimal_write_shown(text, t->number, 0, 0, w->language);
                v.list[v.count].name = *t->activity == '\0' ? work_text(w, "Promotion money") : activity_words(w, t->activity);
                v.list[v.count].value = *t->activity == '\0' ? dong_words(w, t->number) : arena_print(w->arena, "%s %s", text, work_text(w, "units"));
        }
        promotion_lines(w, out, &v);
}

/* ---- figures -------------------------------------------------------------------------------------------------------------- */

struct programme {
        const char *id, *title, *decision, *source; /* source: of the schemes that count, "national" or "local" */
        const struct unit *province;                /* today; NULL the whole country */
        int first, last;
};

static int year_now(struct work *w)
{
        int year, month, dom;

        day_split(day_of_moment(w->now), &year, &month, &dom);
        return year;
}

/* What a year has for a target: planned and done in units (of the target of money, in dong: approved and disbursed), schemes that are late or failed. */
static void read_years(struct work *w, const struct programme *p, struct target_shown *t)
{
        struct value values[16] = { v_int(p->first), v_int(p->last), v_text(p->source), v_int(day_of_moment(w->now)) };
        bool is_money = *t->activity == '\0';
        struct buf sql;
        struct rows *r;
        size_t count = 4;

        buf_init_with(&sql, 0, w->arena);
        buf_print(&sql, "SELECT s.plan_year, CAST(SUM(%s) AS BIGINT), CAST(SUM(%s) AS BIGINT), CAST(SUM(CASE WHEN c.ended_at = 0 AND c.due < $4 AND s.is_done = 0 THEN 1 ELSE 0 END) AS BIGINT),"
                        " CAST(SUM(s.is_failed) AS BIGINT), CAST(SUM(CASE WHEN s.is_planned = 0 AND s.is_failed = 0 THEN 1 ELSE 0 END) AS BIGINT)"
                        " FROM promotion_scheme s JOIN case_file c ON c.id = s.case_id WHERE s.plan_year BETWEEN $1 AND $2 AND s.source = $3",
                  is_money ? "s.approved" : "CASE WHEN s.is_planned = 1 AND s.is_failed = 0 THEN s.quantity ELSE 0 END",
                  is_money ? "s.disbursed" : "CASE WHEN s.is_done = 1 THEN s.quantity ELSE 0 END");
        if (!is_money) {
                values[count++] = v_text(t->activity);
                buf_print(&sql, " AND s.activity = $%zu", count);
        }
        if (p->province != NULL)
                promotion_within(w, &sql, p->province);
        buf_text(&sql, " GROUP BY s.plan_year ORDER BY s.plan_year");
        r = db_query(w->db, sql.data, (struct values){ values, count });
        buf_clear(&sql);
        while (rows_next(r)) {
                struct target_year *y = &t->years[rows_int(r, 0) - p->first];

                y->planned = rows_int(r, 1);
                y->done = rows_int(r, 2);
                t->late += rows_int(r, 3);
                t->failed += rows_int(r, 4);
                t->waiting += rows_int(r, 5);
        }
        rows_close(r);
}

static const char *number_words(struct work *w, const struct target_shown *t, int64_t value)
{
        char text[DECIMAL_TEXT_MAX * 2];

        decimal_write_shown(text, value, *t->activity == '\0' ? 6 : 0, 0, w->language);
        return arena_text(w->arena, text);
}

/* Running sums, and the even pace: the target in equal parts for each year that is over. It is a yardstick, no rule. */
static void count_up(struct work *w, const struct programme *p, struct target_shown *t)
{
        int years = p->last - p->first + 1, over = year_now(w) - p->first;
        int64_t planned = 0, done = 0;
        char text[DECIMAL_TEXT_MAX * 2];

        t->year_count = (size_t)years;
        over = over < 0 ? 0 : over > years ? years : over;
        for (int i = 0; i < years; i++) {
                struct target_year *y = &t->years[i];

                planned += y->planned;
                done += y->done;
                y->year = p->first + i;
                y->href = arena_print(w->arena, "%s&year=%d", t->schemes_href, y->year);
                y->planned_sum = planned;
                y->done_sum = done;
                y->pace = (int64_t)decimal_divide((int128)t->target * (i + 1), years);
                y->planned_shown = number_words(w, t, y->planned);
                y->done_shown = number_words(w, t, y->done);
                y->sum_shown = number_words(w, t, done);
                y->pace_shown = number_words(w, t, y->pace);
                decimal_write_shown(text, (int64_t)decimal_divide((int128)done * 1000, t->target), 1, 1, w->language);
                y->share_shown = arena_print(w->arena, "%s%%", text);
        }
        t->done = done;
        t->planned = planned;
        t->behind = over == 0 ? 0 : t->years[over - 1].pace - done;
        t->behind = t->behind < 0 ? 0 : t->behind;
        t->share_shown = t->years[years - 1].share_shown;
        t->target_shown = number_words(w, t, t->target);
        t->done_shown = number_words(w, t, done);
        t->behind_shown = number_words(w, t, t->behind);
        t->open = planned > done ? number_words(w, t, planned - done) : NULL;
        t->missing = t->target > planned ? number_words(w, t, t->target - planned) : NULL;
}

static bool targets_read(struct work *w, const struct programme *p, struct programme_view *v)
{
        struct rows *r = db_query(w->db, "SELECT activity, target FROM promotion_target WHERE case_id = $1 AND target > 0 ORDER BY activity", ARGS(v_text(p->id)));

        while (rows_next(r)) {
                struct target_shown *t;

                v->targets = arena_room(w->arena, v->targets, v->target_count, sizeof *v->targets);
                t = &v->targets[v->target_count++];
                *t = (struct target_shown){ .activity = arena_text(w->arena, rows_text(r, 0)), .target = rows_int(r, 1) };
                t->title = *t->activity == '\0' ? work_text(w, "Promotion money") : activity_words(w, t->activity);
                t->unit = *t->activity == '\0' ? work_text(w, "million dong") : work_text(w, "units");
                t->years = arena_array(w->arena, (size_t)(p->last - p->first + 1), sizeof *t->years);
                t->schemes_href = arena_print(w->arena, "/promotion/schemes?source=%s%s%s%s%s", p->source, *t->activity == '\0' ? "" : "&activity=", t->activity,
                                              p->province == NULL ? "" : "&unit=", p->province == NULL ? "" : p->province->code);
        }
        rows_close(r);
        for (size_t i = 0; i < v->target_count && work_ok(w); i++) {
                read_years(w, p, &v->targets[i]);
                count_up(w, p, &v->targets[i]);
        }
        return work_ok(w);
}

/* ---- which programme --------------------------------------------------------------------------------------------------------- */

/* Those the asker may see: the country's, and those of provinces of the territory. The one asked for, or the newest of the country. */
static bool programme_choose(struct work *w, const struct request *q, struct programme *p, struct programme_view *v)
{
        const struct unit *territory = promotion_territory(w);
        const char *asked = request_query(q, "programme", 0);
        struct rows *r;

        if (territory == NULL)
                return false;
        r = db_query(w->db, "SELECT DISTINCT t.case_id, c.title, t.decision, t.province, t.first_year, t.last_year FROM promotion_target t JOIN case_file c ON c.id = t.case_id"
                            " ORDER BY t.province, t.first_year DESC, t.case_id", NO_ARGS);
        while (rows_next(r)) {
                const struct unit *province = province_today(w, rows_text(r, 3));
                const struct programme x = { .id = arena_text(w->arena, rows_text(r, 0)), .title = arena_text(w->arena, rows_text(r, 1)),
                                             .decision = arena_text(w->arena, rows_text(r, 2)), .source = *rows_text(r, 3) == '\0' ? "national" : "local",
                                             .province = province, .first = (int)rows_int(r, 4), .last = (int)rows_int(r, 5) };
                bool is_asked = asked == NULL || *asked == '\0' ? v->choice_count == 0 : strcmp(asked, x.id) == 0;

                if (province != NULL && territory->level != LEVEL_COUNTRY && province != territory)
                        continue;
                v->choices = arena_room(w->arena, v->choices, v->choice_count, sizeof *v->choices);
                v->choices[v->choice_count++] = (struct option_shown){ x.id, x.title, is_asked };
                if (is_asked)
                        *p = x;
        }
        rows_close(r);
        if (p->id == NULL && asked != NULL && *asked != '\0')
                return error_set(&w->err, ERR_MISSING, "there is no programme \"%s\" at this node", asked);
        return work_ok(w);
}

/* ---- as page and file ------------------------------------------------------------------------------------------------------------- */

static bool programme_rows(struct work *w, struct table *t, void *context)
{
        const struct programme_view *v = context;

        for (size_t i = 0; i < v->target_count; i++) {
                const struct target_shown *x = &v->targets[i];
                int decimals = *x->activity == '\0' ? 6 : 0;

                for (size_t k = 0; k < x->year_count; k++) {
                        const struct target_year *y = &x->years[k];

                        table_row(t, (const struct cell[]){
                                cell_text(*x->activity == '\0' ? "money" : x->activity), cell_text(x->title), cell_text(x->unit), cell_int(y->year),
                                cell_number(x->target, decimals, decimals / 6), cell_number(y->planned, decimals, decimals / 6), cell_number(y->done, decimals, decimals / 6),
                                cell_number(y->planned_sum, decimals, decimals / 6), cell_number(y->done_sum, decimals, decimals / 6), cell_number(y->pace, decimals, decimals / 6),
                        });
                }
        }
        return work_ok(w);
}

bool promotion_programme_page(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Programme of several years"), .nav = NAV_PROMOTION,
                             .crumbs = { { work_text(w, "Industrial promotion"), "/promotion" } }, .crumb_count = 1 };
        const struct column columns[] = {
                { "activity", N_("Code"), NULL, CELL_TEXT },               { "title", N_("Target"), NULL, CELL_TEXT },
                { "unit", N_("Unit of measure"), NULL, CELL_TEXT },        { "year", N_("Year"), NULL, CELL_INT },
                { "target", N_("Target of the period"), NULL, CELL_NUMBER }, { "planned", N_("In the plan"), NULL, CELL_NUMBER },
                { "done", N_("Done"), NULL, CELL_NUMBER },                 { "planned_sum", N_("In the plans up to then"), NULL, CELL_NUMBER },
                { "done_sum", N_("Done up to then"), NULL, CELL_NUMBER },  { "pace", N_("Even pace"), NULL, CELL_NUMBER },
        };
        struct programme p = { .id = NULL };
        struct programme_view v = { .target_count = 0 };

        reply->is_private = true;
        if (!programme_choose(w, q, &p, &v) || (p.id != NULL && !targets_read(w, &p, &v)))
                return false;
        if (request_suffix(q) != SUFFIX_HTML)
                return table_reply(w, q, reply, &page, "promotion-programme", NULL, columns, (int)(sizeof columns / sizeof *columns), programme_rows, &v);
        if (p.id != NULL) {
                v.title = p.title;
                v.href = arena_print(w->arena, "/cases/%s", p.id);
                v.decision = p.decision;
                v.years = arena_print(w->arena, "%d–%d", p.first, p.last);
                v.csv = promotion_file(w, q, "/promotion/programme", ".csv");
                v.json = promotion_file(w, q, "/promotion/programme", ".json");
        }
        page_begin(w, q, reply, &page);
        promotion_programme(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}
