/* norm.c - rates and ceilings that provinces decide for their own money, beside those of the ministry's acts: recorded as cases, known to all who hold
 * these, and checked where a local scheme is approved. */
#include <string.h>

#include "areas/promotion/pages.h"
#include "areas/promotion/promotion.h"
#include "base/decimal.h"
#include "report/table.h"

#define RATE_DECIMALS 1 /* of a rate in per cent, in the workflow and in the table of norms */
#define NONE (-1)       /* no rate, or no ceiling */

const char *promotion_told(const struct case_event *e, const char *field)
{
        const char *s = json_string_value(json_object_get(json_object_get(e->body, "fields"), field));

        return s == NULL ? "" : s;
}

static int64_t number_told(const struct case_event *e, const char *field, int decimals)
{
        const char *text = promotion_told(e, field);
        int64_t number;
        size_t position;

        return *text != '\0' && decimal_read(text, strlen(text), decimals, &number, &position) == DECIMAL_OK ? number : NONE;
}

/* What an act says of an activity: what was recorded last. */
struct line { const char *activity; int64_t rate, cap; };

static struct line *lines_of(struct work *w, const struct case_file *f, size_t *count)
{
        struct line *list = arena_array(w->arena, f->event_count + 1, sizeof *list);

        *count = 0;
        for (size_t i = 0; i < f->event_count; i++) {
                const struct case_event *e = &f->events[i];
                size_t at = 0;

                if (e->fault != FAULT_NONE || e->act != CASE_ACT || strncmp(f->workflow->actions[e->action].id, "set_", 4) != 0)
                        continue;
                while (at < *count && strcmp(list[at].activity, promotion_told(e, "activity")) != 0)
                        at++;
                list[at] = (struct line){ promotion_told(e, "activity"), number_told(e, "rate", RATE_DECIMALS), number_told(e, "cap", 0) };
                *count += at == *count;
        }
        return list;
}

static day day_field(const struct case_file *f, const char *field, day otherwise)
{
        const struct field_value *v = case_value(f, field);

        return v == NULL ? otherwise : (day)v->number;
}

bool promotion_fold_norm(struct work *w, const struct case_file *f)
{
        const struct case_paper *act = f->state < 0 ? NULL : case_paper_of(f, "act");
        struct line *lines;
        size_t count;

        if (act == NULL || case_done(f, "put_in_force") == NULL)
                return true;
        lines = lines_of(w, f, &count);
        for (size_t i = 0; i < count; i++)
                if (!db_exec(w->db, "INSERT INTO promotion_norm (case_id, province, activity, rate, cap, valid_from, valid_to, act, entry)"
                                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                             ARGS(v_text(f->id), v_text(f->unit->key), v_text(lines[i].activity), v_int(lines[i].rate), v_int(lines[i].cap),
                                  v_int(day_field(f, "valid_from", DAY_FOREVER)), v_int(day_field(f, "valid_to", DAY_FOREVER)), v_text(act->number), v_int(f->entry))))
                        return false;
        return work_ok(w);
}

/* ---- words ----------------------------------------------------------------------------------------------------------------- */

static const char *rate_words(struct work *w, int64_t rate)
{
        char text[DECIMAL_TEXT_MAX * 2];

        decimal_write_shown(text, rate, RATE_DECIMALS, RATE_DECIMALS, w->language);
        return arena_text(w->arena, text);
}

const char *promotion_norm_words(struct work *w, int64_t rate, int64_t cap)
{
        const char *by_rate = rate == NONE ? "" : arena_print(w->arena, work_text(w, "%s%% of the cost"), rate_words(w, rate));

        if (cap == NONE)
                return by_rate;
        return arena_print(w->arena, "%s%s%s", by_rate, *by_rate == '\0' ? "" : ", ", arena_print(w->arena, work_text(w, "at most %s each"), dong_words(w, cap)));
}

/* ---- the national ceiling above them ------------------------------------------------------------------------------------------ */

static const struct norm_row *national_row(struct work *w, const char *activity, day on)
{
        const struct norm_table *t = norm_table_find(catalogue_of(w), "promotion_local", "support");

        return t == NULL ? NULL : norm_row_find(t, activity, on);
}

static int64_t national_value(struct work *w, const struct norm_row *row, const char *column)
{
        const struct norm_table *t = norm_table_find(catalogue_of(w), "promotion_local", "support");
        int i = row == NULL ? -1 : norm_column_find(t, column);

        return i < 0 || !row->values[i].is_known ? NONE : row->values[i].number;
}

/* A province decides within the ceilings that hold for the whole country on the day its own begin. */
bool promotion_check_norm(struct work *w, const struct case_file *after, const struct case_event *event)
{
        day from = day_field(after, "valid_from", DAY_FOREVER);
        struct line *lines;
        size_t count;

        if (event->act != CASE_ACT || strcmp(after->workflow->actions[event->action].id, "put_in_force") != 0)
                return true;
        lines = lines_of(w, after, &count);
        if (count == 0)
                return error_set(&w->err, ERR_INVALID, "no line of this act is recorded yet");
        for (size_t i = 0; i < count; i++) {
                const struct norm_row *row = national_row(w, lines[i].activity, from);
                int64_t rate = national_value(w, row, "rate"), cap = national_value(w, row, "cap");

                if ((rate == NONE || lines[i].rate <= rate) && (cap == NONE || lines[i].cap <= cap))
                        continue;
                error_set(&w->err, ERR_INVALID, "%s: %s is above the national ceiling (%s)", activity_words(w, lines[i].activity),
                          promotion_norm_words(w, lines[i].rate, lines[i].cap), promotion_norm_words(w, rate, cap));
                return error_hint(&w->err, row->basis.is_verified ? "rule: %s" : "rule: %s (to be checked)", row->basis.source);
        }
        return work_ok(w);
}

/* ---- what holds for a scheme ------------------------------------------------------------------------------------------------------ */

/* The lower of rate times cost and ceiling times number. */
static int64_t most_of(const struct case_file *f, int64_t rate, int64_t cap)
{
        int64_t by_rate = rate == NONE ? INT64_MAX : (int64_t)decimal_divide((int128)promotion_number(f, "eligible_cost") * rate, 100 * decimal_power[RATE_DECIMALS]),
                by_cap = INT64_MAX;
        int128 product = cap == NONE ? 0 : (int128)cap * promotion_number(f, "quantity");

        if (cap != NONE && product < INT64_MAX)
                by_cap = (int64_t)product;
        return by_rate < by_cap ? by_rate : by_cap;
}

bool promotion_own_norm(struct work *w, const struct case_file *f, day on, struct own_norm *out)
{
        const struct unit *home = province_today(w, f->unit->key);
        struct rows *r = db_query(w->db, "SELECT province, rate, cap, valid_from, act, case_id FROM promotion_norm WHERE activity = $1 AND valid_from <= $2 AND valid_to >= $2"
                                         " ORDER BY province, valid_from DESC, case_id DESC", ARGS(v_text(case_choice(f, "activity")), v_int(on)));
        const char *before = "";
        bool is_own = false;

        *out = (struct own_norm){ .most = NONE };
        while (rows_next(r)) {
                const char *province = arena_text(w->arena, rows_text(r, 0));
                bool is_same = strcmp(province, f->unit->key) == 0, is_newest = strcmp(province, before) != 0;
                int64_t most = most_of(f, rows_int(r, 1), rows_int(r, 2));

                before = province;
                if (!is_newest || (!is_same && (is_own || province_today(w, province) != home)))
                        continue;
                is_own |= is_same;
                if (!is_same && out->most != NONE && most >= out->most)
                        continue;
                *out = (struct own_norm){ .most = most, .rate = rows_int(r, 1), .cap = rows_int(r, 2), .from = (day)rows_int(r, 3),
                                          .act = arena_text(w->arena, rows_text(r, 4)), .case_id = arena_text(w->arena, rows_text(r, 5)) };
        }
        rows_close(r);
        return work_ok(w) && out->most != NONE;
}

day promotion_norm_day(struct work *w, const struct case_file *f)
{
        const struct case_event *approved = case_done(f, "approve");

        return approved == NULL ? day_of_moment(w->now) : approved->on;
}

bool promotion_check_own_norm(struct work *w, const struct case_file *after, int64_t approved)
{
        struct own_norm own;

        if (!promotion_own_norm(w, after, promotion_norm_day(w, after), &own) || approved <= own.most)
                return work_ok(w);
        error_set(&w->err, ERR_INVALID, "what is approved (%s) is above the province's own ceiling: %s, here %s", dong_words(w, approved),
                  promotion_norm_words(w, own.rate, own.cap), dong_words(w, own.most));
        error_at(&w->err, "approved");
        return error_hint(&w->err, "rule: %s, in force from %s", own.act, promotion_day(w, own.from));
}

void promotion_norm_section(struct work *w, const struct case_file *f, enum case_place place, struct buf *out)
{
        struct lines_view v = { .title = work_text(w, "Rates and ceilings of this act"), .head = work_text(w, "At most"),
                                .more = work_text(w, "Rates and ceilings of industrial promotion"), .more_href = "/promotion/norms" };
        struct line *lines;
        size_t count;

        if (place != CASE_TOP)
                return;
        lines = lines_of(w, f, &count);
        v.list = arena_array(w->arena, count + 1, sizeof *v.list);
        for (; v.count < count; v.count++) {
                v.list[v.count].name = activity_words(w, lines[v.count].activity);
                v.list[v.count].value = promotion_norm_words(w, lines[v.count].rate, lines[v.count].cap);
        }
        promotion_lines(w, out, &v);
}

/* ---- all of them ------------------------------------------------------------------------------------------------------------------ */

/* is_page: without what only programs read. */
struct norms { day on; const struct unit *territory; bool is_page; };

#define FOR_PROGRAMS 2 /* columns that pages leave out */

static void norm_cells(struct work *w, struct table *t, const struct norms *n, const char *level, const char *where, const char *activity, int64_t rate, int64_t cap, day from,
                       day to, struct cell act, const char *known)
{
        const struct cell cells[] = {
                cell_text(level), cell_text(activity), cell_text(where), cell_text(activity_words(w, activity)), rate == NONE ? cell_empty() : cell_number(rate, RATE_DECIMALS, 1),
                cap == NONE ? cell_empty() : cell_number(cap, 6, 1), from == DAY_NONE ? cell_empty() : cell_day(from), to == DAY_FOREVER ? cell_empty() : cell_day(to), act,
                cell_text(work_text(w, known)),
        };

        if (rate != NONE || cap != NONE)
                table_row(t, cells + (n->is_page ? FOR_PROGRAMS : 0));
}

static bool norm_rows(struct work *w, struct table *t, void *context)
{
        const struct norms *n = context;
        const struct norm_table *national = norm_table_find(catalogue_of(w), "promotion_local", "support");
        struct value values[16] = { v_int(n->on) };
        const char *before = "";
        size_t count = 1;
        struct buf sql;
        struct rows *r;

        for (size_t i = 0; national != NULL && i < national->row_count; i++) {
                const struct norm_row *row = &national->rows[i];

                if (row->from <= n->on && n->on <= row->to)
                        norm_cells(w, t, n, "national", work_text(w, "the whole country"), row->key, national_value(w, row, "rate"), national_value(w, row, "cap"),
                                   row->from, row->to, cell_text(row->basis.source), row->basis.is_verified ? N_("read in the act") : N_("to be checked"));
        }
        buf_init_with(&sql, 0, w->arena);
        buf_text(&sql, "SELECT s.province, s.activity, s.rate, s.cap, s.valid_from, s.valid_to, s.act, s.case_id FROM promotion_norm s"
                       " WHERE s.valid_from <= $1 AND s.valid_to >= $1");
        promotion_within(w, &sql, n->territory);
        buf_text(&sql, " ORDER BY s.province, s.activity, s.valid_from DESC, s.case_id");
        r = db_query(w->db, sql.data, (struct values){ values, count });
        buf_clear(&sql);
        while (rows_next(r)) { /* of each province and activity the newest act */
                const struct unit *u = unit_by_key(catalogue_of(w), rows_text(r, 0));
                const char *about = arena_print(w->arena, "%s %s", rows_text(r, 0), rows_text(r, 1));

                if (strcmp(about, before) == 0)
                        continue;
                before = about;

                norm_cells(w, t, n, "local", u == NULL ? "" : text_in(w->language, u->name_vi, u->name_en), arena_text(w->arena, rows_text(r, 1)), rows_int(r, 2),
                           rows_int(r, 3), (day)rows_int(r, 4), (day)rows_int(r, 5),
                           cell_link(arena_text(w->arena, rows_text(r, 6)), arena_print(w->arena, "/cases/%s", rows_text(r, 7))), N_("recorded by the province"));
        }
        rows_close(r);
        return work_ok(w);
}

bool promotion_norms_page(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Rates and ceilings of industrial promotion"), .nav = NAV_PROMOTION,
                             .crumbs = { { work_text(w, "Industrial promotion"), "/promotion" } }, .crumb_count = 1 };
        const struct column columns[] = {
                { "level", N_("Decided by"), NULL, CELL_TEXT },             { "activity", N_("Code"), NULL, CELL_TEXT },
                { "where", N_("Holds for"), NULL, CELL_TEXT },              { "activity_title", N_("Supported activity"), NULL, CELL_TEXT },
                { "rate", N_("Highest rate"), "%", CELL_NUMBER },           { "cap", N_("Ceiling each"), N_("million dong"), CELL_NUMBER },
                { "valid_from", N_("In force from"), NULL, CELL_DAY },      { "valid_to", N_("In force up to"), NULL, CELL_DAY },
                { "act", N_("Act"), NULL, CELL_TEXT },                      { "verified", N_("Where it is known from"), NULL, CELL_TEXT },
        };
        struct norms n = { .on = day_of_moment(w->now), .territory = promotion_territory(w), .is_page = request_suffix(q) == SUFFIX_HTML };
        const char *on = request_query(q, "on", 0);
        const char *notes[2] = { NULL, NULL };

        reply->is_private = true;
        if (n.territory == NULL)
                return false;
        if (on != NULL && *on != '\0' && !day_read(on, strlen(on), &n.on))
                return error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", "on", on);
        notes[0] = arena_print(w->arena, work_text(w, "What holds on %s. A province records its own acts among its cases: \"A province's own rates and ceilings of promotion\"."),
                               promotion_day(w, n.on));
        return table_reply(w, q, reply, &page, "promotion-norms", notes, columns + (n.is_page ? FOR_PROGRAMS : 0),
                           (int)(sizeof columns / sizeof *columns) - (n.is_page ? FOR_PROGRAMS : 0), norm_rows, &n);
}
