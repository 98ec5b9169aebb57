/* The overview: every number on it is one that was reported, and it asks for them a bounded number of times. */
#include "tests/support.h"
#include "tests/shipped.h"

#include "areas/overview/overview.h"
#include "areas/overview/pages.h"
#include "areas/program.h"
#include "base/log.h"
#include "format/csv.h"
#include "ledger/node.h"
#include "ledger/write.h"

extern const struct source shipped_files[]; /* made at build time */
extern const size_t shipped_count;

struct desk {
        struct node *node;
        struct arena *arena;
        struct work w;
};

static void desk_work(struct desk *d, const struct user *user)
{
        arena_reset(d->arena);
        work_init(&d->w, d->arena, node_reader(d->node, &d->w.err), LANGUAGE_VI);
        d->w.node = d->node;
        d->w.user = user;
        d->w.now = moment_now();
}

struct import {
        const char *path, *source;
};

/* A file of plain columns: indicator,unit,period,item,partner,value,status,mark,known_from. */
static bool import_seed(struct work *w, void *argument)
{
        const struct import *m = argument;
        const struct catalogue *c = catalogue_of(w);
        const char *const *f;
        const size_t *lengths;
        size_t n, file = 0;
        int64_t written;
        struct figure_writer *fw;
        struct csv_reader *reader;

        while (file < shipped_count && strcmp(shipped_files[file].path, m->path) != 0)
                file++;
        assert_true(file < shipped_count);
        reader = csv_open_memory(w->arena, shipped_files[file].text, shipped_files[file].length);
        fw = figures_open(w, "demo", m->source);
        assert_true(csv_next(reader, &w->err, &f, &lengths, &n));
        while (csv_next(reader, &w->err, &f, &lengths, &n)) {
                struct figure x = { .indicator = indicator_find(c, f[0]), .item = arena_text(w->arena, f[3]), .partner = "" };
                size_t position;
                day known;

                assert_int_equal(n, 9);
                assert_non_null(x.indicator);
                assert_true(period_read(f[2], lengths[2], &x.period));
                x.unit = unit_at(c, f[1], period_last(x.period));
                assert_non_null(x.unit);
                if (strcmp(x.item, "TOTAL") == 0 || strcmp(x.item, "tong_tri_gia") == 0 || strcmp(x.item, "tong_so") == 0)
                        x.item = "";
                assert_int_equal(decimal_read(f[5], lengths[5], x.indicator->decimals, &x.value, &position), DECIMAL_OK);
                assert_true(figure_status_read(f[6], &x.status));
                assert_true(f[7][0] == '\0' || figure_mark_read(f[7], &x.mark));
                assert_true(day_read(f[8], lengths[8], &known));
                x.known_from = moment_of_day(known);
                assert_true(figures_add(fw, &x));
        }
        return figures_close(fw, &written);
}

static int set_up(void **state)
{
        static struct desk d;
        static struct import seeds[] = { { "demo/seed.csv", "Báo Công Thương, 01/2022" },
                                         { "demo/press-vietnambiz-2021-12.csv", "VietnamBiz, 29/12/2021" },
                                         { "demo/press-thanhnien-2021-09.csv", "Thanh Niên, 09/2021" } };
        struct error err = { .code = ERR_NONE };
        char folder[512];

        log_set_level(LOG_ALARM);
        program_start(); /* areas have headlines of their own */
        memset(&d, 0, sizeof d);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        d.arena = arena_open((size_t)512 << 20);
        if (!node_init(folder, "VN", test_store(), program_schema(), &err))
                fail_msg("%s", err.message);
        d.node = node_open(folder, NODE_WRITE, program_schema(), &err);
        if (d.node == NULL)
                fail_msg("%s", err.message);
        desk_work(&d, &user_operator);
        if (!ledger_write(&d.w, load_shipped, NULL))
                fail_msg("%s", d.w.err.message);
        for (size_t i = 0; i < 3; i++) {
                desk_work(&d, &user_operator);
                if (!ledger_write(&d.w, import_seed, &seeds[i]))
                        fail_msg("%s: %s", seeds[i].path, d.w.err.message);
        }
        *state = &d;
        return 0;
}

static int tear_down(void **state)
{
        struct desk *d = *state;

        node_close(d->node);
        arena_close(d->arena);
        return 0;
}

/* The public asks: what is published, no reports, no links. */
static struct overview *ask(struct desk *d, struct ask a)
{
        struct ask *kept;
        struct overview *v;

        desk_work(d, &user_nobody);
        kept = arena_alloc(d->w.arena, sizeof *kept);
        a.path = "/overview";
        *kept = a;
        v = overview_make(&d->w, kept);
        if (v == NULL)
                fail_msg("%s", d->w.err.message);
        return v;
}

/* ---- tiles ------------------------------------------------------------------------------------------- */

static void every_province_has_exactly_one_tile_on_each_map(void **state)
{
        struct desk *d = *state;
        const struct catalogue *c;
        struct layout layouts[LAYOUTS_MAX];
        struct tile *tiles;
        size_t count, layout_count;

        desk_work(d, &user_nobody);
        c = catalogue_of(&d->w);
        assert_non_null(c);
        tiles = tiles_read(&d->w, c, &count, layouts, &layout_count);
        assert_int_equal(layout_count, 2);
        assert_string_equal(layouts[0].name, "63");
        assert_string_equal(layouts[1].name, "34");
        for (size_t l = 0; l < layout_count; l++) {
                const struct unit *units[PROVINCES_MAX];
                size_t n = unit_list(c, LEVEL_PROVINCE, layouts[l].map_day, units, PROVINCES_MAX), islands = 0;
                bool is_taken[21][10] = { 0 };

                assert_int_equal(n, l == 0 ? 63 : 34);
                assert_int_equal(layouts[l].count, n);
                for (size_t u = 0; u < n; u++) {
                        int found = 0;

                        for (size_t i = 0; i < count; i++)
                                found += strcmp(tiles[i].layout, layouts[l].name) == 0 && tiles[i].island_vi[0] == '\0' &&
                                         unit_at(c, tiles[i].code, tiles[i].map_day) == units[u];
                        if (found != 1)
                                fail_msg("%s has %d tiles on the map of %s", units[u]->name_vi, found, layouts[l].name);
                        assert_true(units[u]->letters[0] != '\0' && units[u]->short_name[0] != '\0');
                }
                for (size_t i = 0; i < count; i++) {
                        int size = tiles[i].island_vi[0] == '\0' ? 1 : 2;

                        if (strcmp(tiles[i].layout, layouts[l].name) != 0)
                                continue;
                        islands += size == 2;
                        for (int r = tiles[i].row; r < tiles[i].row + size; r++)
                                for (int k = tiles[i].column; k < tiles[i].column + size; k++) {
                                        assert_true(r <= 20 && k <= 9);
                                        assert_false(is_taken[r][k]);
                                        is_taken[r][k] = true;
                                }
                }
                assert_int_equal(islands, 2); /* Hoàng Sa and Trường Sa are on every map */
        }
}

static void a_bound_belongs_to_the_class_further_from_zero(void **state)
{
        static const struct { int64_t hundredths; const char *name; } cases[] = {
                { -2000, "n3" }, { -1000, "n3" }, { -999, "n2" }, { -500, "n2" }, { -499, "n1" }, { -100, "n1" }, { -99, "z0" },
                { 0, "z0" },     { 99, "z0" },    { 100, "p1" },  { 499, "p1" },  { 500, "p2" },  { 999, "p2" },  { 1000, "p3" },
                { 9999, "p3" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                assert_string_equal(map_class_of(cases[i].hundredths, 2), cases[i].name);
}

/* ---- numbers -------------------------------------------------------------------------------------------- */

static void same_as_asked_alone(struct desk *d, const struct overview *v, const struct number *n, const char *id,
                                const char *unit, const char *item, const char *text, const char *measure)
{
        const struct indicator *i = indicator_find(v->catalogue, id);
        struct figure_row row;

        assert_true(n->is_there);
        assert_true(figure_get(&d->w, i, unit_at(v->catalogue, unit, period_last(v->period)), v->period, item, "", false, 0, &row));
        assert_int_equal(n->value, row.value);
        assert_int_equal(n->entry, row.entry);
        assert_string_equal(n->text, text);
        assert_string_equal(n->measure, measure);
        assert_non_null(strstr(n->href, "/figures/explain?indicator="));
        assert_non_null(strstr(n->href, id));
        assert_string_equal(n->source, "Báo Công Thương, 01/2022");
        assert_string_equal(n->as_of, "31/01/2022");
}

static void the_cards_show_the_reported_figures_of_the_newest_headline(void **state)
{
        struct desk *d = *state;
        struct overview *v = ask(d, (struct ask){ 0 });

        assert_string_equal(v->period_text, "năm 2021");
        same_as_asked_alone(d, v, &v->cards[0].main, "trade_turnover", "VN", "", "668,5", "tỷ USD");
        same_as_asked_alone(d, v, &v->cards[0].growth, "trade_turnover_growth", "VN", "", "+22,6", "%");
        same_as_asked_alone(d, v, &v->cards[1].main, "industry_value_added_growth", "VN", "", "+4,82", "%");
        same_as_asked_alone(d, v, &v->cards[2].main, "industry_value_added_growth", "VN", "C", "+6,37", "%");
        same_as_asked_alone(d, v, &v->cards[3].main, "promotion_budget", "VN", "", "75,641", "tỷ đồng");
        assert_string_equal(v->cards[0].main.flag, "Ước");
        assert_null(v->cards[3].main.flag); /* the source does not say how firm it is */
        assert_false(v->cards[4].main.is_there); /* no land of clusters was reported: none is made up */
}

static void the_map_shows_what_provinces_reported_and_counts_the_rest_as_missing(void **state)
{
        struct desk *d = *state;
        struct overview *v = ask(d, (struct ask){ .period = "2021" });
        const struct place *ha_tinh = NULL, *hanoi = NULL;

        for (size_t i = 0; i < v->map.count; i++) {
                if (strcmp(v->map.places[i].unit->code, "42") == 0)
                        ha_tinh = &v->map.places[i];
                if (strcmp(v->map.places[i].unit->code, "01") == 0)
                        hanoi = &v->map.places[i];
        }
        assert_non_null(ha_tinh);
        assert_non_null(hanoi);
        same_as_asked_alone(d, v, &ha_tinh->number, "iip_yoy", "42", "", "+16,45", "%");
        assert_string_equal(ha_tinh->short_text, "+16,5");
        assert_string_equal(ha_tinh->class_name, "p3");
        assert_string_equal(hanoi->class_name, "na");
        assert_int_equal(v->map.count, 63);
        assert_int_equal(v->map.with_figure, 3);
        assert_string_equal(v->map.title, "3 địa phương tăng, 0 giảm; 60 chưa có số");
        assert_int_equal(v->map.highest_count, 3);
        assert_string_equal(v->map.highest[0]->name, "Ninh Thuận");
        assert_string_equal(v->map.highest[2]->name, "Phú Thọ");
        assert_int_equal(v->map.lowest_count, 0);
        assert_non_null(strstr(v->map.sources, "VietnamBiz"));
}

static void falls_are_listed_from_the_deepest(void **state)
{
        struct desk *d = *state;
        struct overview *v = ask(d, (struct ask){ .period = "2021-08", .topic = "iip_yoy" });

        assert_string_equal(v->map.title, "0 địa phương tăng, 12 giảm; 51 chưa có số");
        assert_int_equal(v->map.lowest_count, TOPS);
        assert_string_equal(v->map.lowest[0]->name, "Đồng Tháp");
        assert_string_equal(v->map.lowest[0]->number.text, "−59,1");
        assert_string_equal(v->map.lowest[1]->name, "Hồ Chí Minh");
        assert_int_equal(v->map.highest_count, 0);
}

static void the_province_about_which_most_is_known_is_picked(void **state)
{
        struct desk *d = *state;
        struct overview *v = ask(d, (struct ask){ .period = "2021" });

        assert_string_equal(v->profile.name, "Hà Tĩnh");
        same_as_asked_alone(d, v, &v->profile.iip, "iip_yoy", "42", "", "+16,45", "%");
        same_as_asked_alone(d, v, &v->profile.exports, "export_value", "42", "", "2", "tỷ USD");
        same_as_asked_alone(d, v, &v->profile.export_growth, "export_growth", "42", "", "+66,7", "%");
        same_as_asked_alone(d, v, &v->profile.industry, "industry_growth_contribution", "42", "", "+4,46", "điểm phần trăm");
        same_as_asked_alone(d, v, &v->profile.product, "grdp_growth", "42", "", "+5,02", "%");
        assert_string_equal(v->profile.share, "88,8");
        assert_string_equal(v->profile.rest, "11,2");
        v = ask(d, (struct ask){ .period = "2021", .province = "25" });
        assert_string_equal(v->profile.name, "Phú Thọ");
        assert_null(v->profile.share);
}

static void an_index_is_not_restated_to_another_map_by_guessing(void **state)
{
        struct desk *d = *state;
        struct overview *v = ask(d, (struct ask){ .period = "2021", .layout = "34" });

        assert_int_equal(v->map.count, 34);
        assert_true(v->map.is_restated);
        for (size_t i = 0; i < v->map.count; i++) {
                const struct place *p = &v->map.places[i];

                if (strcmp(p->unit->code, "42") == 0)
                        assert_string_equal(p->number.text, "+16,45"); /* Hà Tĩnh stayed as it was */
                else
                        assert_false(p->number.is_there); /* the new Phú Thọ is more than the old one */
        }
}

static void contributions_are_shown_only_where_they_are_known(void **state)
{
        struct desk *d = *state;
        struct overview *v = ask(d, (struct ask){ .period = "2021" });

        assert_int_equal(v->contribution.count, 0);
        assert_non_null(strstr(v->contribution.missing, "quy mô đã được đánh giá lại"));
        v = ask(d, (struct ask){ .period = "2024-12" });
        assert_int_equal(v->contribution.count, 0);
        assert_non_null(strstr(v->contribution.missing, "thiếu: Tổng sản phẩm trong nước theo giá so sánh 2010 của"));
}

static void what_was_not_known_on_a_day_is_not_shown_for_it(void **state)
{
        struct desk *d = *state;
        struct overview *v = ask(d, (struct ask){ .period = "2021", .known = "2022-01-05" });

        assert_int_equal(v->map.with_figure, 1); /* only VietnamBiz had printed by then */
        assert_false(v->cards[0].main.is_there);
        assert_non_null(strstr(v->map.places[0].href, "known=2022-01-05"));
        assert_non_null(strstr(v->map.csv, "known=2022-01-05"));
}

static void a_wrong_question_is_refused(void **state)
{
        struct desk *d = *state;
        static const struct { struct ask ask; enum error_code code; } cases[] = {
                { { .path = "/overview", .period = "2021-13" }, ERR_INVALID },
                { { .path = "/overview", .known = "yesterday" }, ERR_INVALID },
                { { .path = "/overview", .layout = "35" }, ERR_INVALID },
                { { .path = "/overview", .compare = "wow" }, ERR_INVALID },
                { { .path = "/overview", .topic = "cluster_count" }, ERR_INVALID },
                { { .path = "/overview", .province = "03" }, ERR_MISSING },
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                desk_work(d, &user_nobody);
                assert_null(overview_make(&d->w, &cases[i].ask));
                if (d->w.err.code != cases[i].code)
                        fail_msg("case %zu: %s", i, d->w.err.message);
        }
}

static void an_address_keeps_the_filters(void **state)
{
        struct desk *d = *state;
        const struct ask a = { .path = "/overview", .period = "2021", .layout = "63", .known = "2022-01-31", .province = "42" };

        desk_work(d, &user_nobody);
        assert_string_equal(ask_with(&d->w, &a, "tinh", "25"), "/overview?ky=2021&dia_gioi=63&known=2022-01-31&tinh=25");
        assert_string_equal(ask_with(&d->w, &a, "tinh", NULL), "/overview?ky=2021&dia_gioi=63&known=2022-01-31");
        assert_string_equal(ask_with(&d->w, &a, "xem", "b&c"),
                            "/overview?ky=2021&dia_gioi=63&known=2022-01-31&tinh=42&xem=b%26c");
}

/* ---- the formats -------------------------------------------------------------------------------------------- */

static void the_page_and_the_json_carry_the_same_figures(void **state)
{
        struct desk *d = *state;
        struct overview *v = ask(d, (struct ask){ .period = "2021" });
        struct buf page, json;
        json_t *root;
        json_error_t why;

        buf_init(&page, 0);
        buf_init(&json, 0);
        overview_page(&d->w, &page, v);
        overview_json(&d->w, &json, v);
        assert_true(buf_ok(&page) && buf_ok(&json));
        for (size_t i = 0; i < CARDS; i++)
                if (v->cards[i].main.is_there)
                        assert_non_null(strstr(page.data, v->cards[i].main.text));
        assert_non_null(strstr(page.data, "Hoàng Sa"));
        assert_non_null(strstr(page.data, "Trường Sa"));
        assert_null(strstr(page.data, "style="));
        assert_null(strstr(page.data, "<script"));
        root = json_loadb(json.data, json.length, JSON_REJECT_DUPLICATES, &why);
        if (root == NULL)
                fail_msg("%s", why.text);
        assert_int_equal(json_array_size(json_object_get(json_object_get(root, "map"), "tiles")), 63);
        assert_true(json_real_value(json_object_get(json_object_get(json_array_get(json_object_get(root, "cards"), 1), "figure"),
                                                    "value")) == 4.82);
        assert_true(json_is_null(json_object_get(root, "reports"))); /* the public does not see who has sent */
        json_decref(root);
        buf_clear(&page);
        buf_clear(&json);
}

static void who_has_sent_what_is_shown_to_officials_of_the_node_only(void **state)
{
        static const struct user official = { "a", "An", ROLE_SPECIALIST, "VN", false };
        static const struct ask a = { .path = "/overview", .period = "2021" };
        struct desk *d = *state;
        struct overview *v;

        desk_work(d, &official);
        v = overview_make(&d->w, &a);
        assert_non_null(v);
        assert_true(v->senders.is_there);
        assert_int_equal(v->senders.count, 34);
        assert_int_equal(v->senders.sent, 0);
        assert_int_equal(v->senders.missing, 34);
        for (size_t i = 0; i < v->senders.count; i++)
                for (int k = 0; k + 1 < STRIP_PERIODS; k++)
                        assert_int_equal(v->senders.list[i].strip[k], STRIP_NONE); /* nothing was asked for before */
        assert_false(ask(d, (struct ask){ .period = "2021" })->senders.is_there);
}

struct sent {
        const char *unit;
        period period;
        enum report_state state;
        moment first, last;
};

/* As the fold of a report's entries leaves it. */
static bool put_report(struct work *w, void *argument)
{
        const struct sent *x = argument;
        const char *key = unit_at(catalogue_of(w), x->unit, day_of_moment(w->now))->key;
        char p[PERIOD_TEXT_MAX];
        const char *subject;

        period_write(p, x->period);
        subject = arena_print(w->arena, "report/monthly/%s/%s", key, p);
        db_exec(w->db,
                "INSERT INTO report (subject, form, unit, period, state, version, sent_at, sent_by, return_due, entry)"
                " VALUES ($1, 'monthly', $2, $3, $4, 2, $5, 'Lê An', 0, 1)",
                ARGS(v_text(subject), v_text(key), v_int(x->period), v_int(x->state), v_int(x->last)));
        return db_exec(w->db,
                       "INSERT INTO report_version (subject, version, sent_at, decision, decided_at, due, entry)"
                       " VALUES ($1, 1, $2, 0, 0, 0, 1)",
                       ARGS(v_text(subject), v_int(x->first)));
}

static void the_first_sending_says_whether_a_report_was_late_and_the_last_its_state(void **state)
{
        static const struct ask a = { .path = "/overview", .period = "2021" };
        struct desk *d = *state;
        const moment now = moment_of_day(day_of(2026, 11, 10));
        struct sent reports[] = {
                { "42", period_make(FREQUENCY_MONTH, 2026, 8), REPORT_ACCEPTED, moment_of_day(day_of(2026, 8, 30)), moment_of_day(day_of(2026, 9, 5)) },
                { "42", period_make(FREQUENCY_MONTH, 2026, 9), REPORT_ACCEPTED, moment_of_day(day_of(2026, 10, 2)), moment_of_day(day_of(2026, 10, 2)) },
                { "42", period_make(FREQUENCY_MONTH, 2026, 10), REPORT_RETURNED, moment_of_day(day_of(2026, 10, 30)), moment_of_day(day_of(2026, 10, 30)) },
                { "25", period_make(FREQUENCY_MONTH, 2026, 10), REPORT_ACCEPTED, moment_of_day(day_of(2026, 10, 29)), moment_of_day(day_of(2026, 10, 29)) },
        };
        struct overview *v;
        const struct sender *ha_tinh = NULL, *hanoi = NULL;

        for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
                desk_work(d, &user_operator);
                assert_true(ledger_write(&d->w, put_report, &reports[i]));
        }
        desk_work(d, &user_operator);
        d->w.now = now;
        v = overview_make(&d->w, &a);
        assert_non_null(v);
        assert_int_equal(v->senders.period, period_make(FREQUENCY_MONTH, 2026, 10));
        for (size_t i = 0; i < v->senders.count; i++) {
                if (strcmp(v->senders.list[i].unit->code, "42") == 0)
                        ha_tinh = &v->senders.list[i];
                if (strcmp(v->senders.list[i].unit->code, "01") == 0)
                        hanoi = &v->senders.list[i];
        }
        assert_int_equal(ha_tinh->strip[11], STRIP_ON_TIME);
        assert_int_equal(ha_tinh->strip[10], STRIP_LATE);
        assert_int_equal(ha_tinh->strip[9], STRIP_ON_TIME); /* a correction after the deadline is no delay */
        assert_int_equal(ha_tinh->strip[8], STRIP_NONE);    /* before the first report of anybody */
        assert_int_equal(ha_tinh->state, REPORT_RETURNED);
        assert_string_equal(ha_tinh->chip_class, "warn");
        assert_string_equal(ha_tinh->sent_by, "Lê An");
        assert_string_equal(ha_tinh->report_href, "/forms/monthly/42/2026-10");
        assert_int_equal(hanoi->strip[11], STRIP_MISSING);
        assert_int_equal(hanoi->strip[9], STRIP_MISSING);
        assert_string_equal(hanoi->chip_class, "err");
        assert_int_equal(v->senders.sent, 2);
        assert_int_equal(v->senders.accepted, 1);
        assert_int_equal(v->senders.missing, 32);
        desk_work(d, &(const struct user){ "b", "Binh", ROLE_SPECIALIST, "25", false });
        d->w.now = now;
        v = overview_make(&d->w, &a);
        assert_non_null(v);
        for (size_t i = 0; i < v->senders.count; i++) { /* of others: that it has come, neither by whom nor the way to it */
                const struct sender *x = &v->senders.list[i];
                bool is_own = strcmp(x->unit->code, "25") == 0;

                assert_int_equal(x->sent_by != NULL, is_own);
                assert_int_equal(x->report_href != NULL, is_own);
                assert_int_equal(x->has_report, is_own || strcmp(x->unit->code, "42") == 0);
        }
}

/* A month's report is looked for from three days before it is due; that it is late is said as long as it is. */
static void who_has_sent_what_is_told_of_the_month_that_is_asked_for(void **state)
{
        static const struct ask a = { .path = "/overview", .period = "2021" };
        static const struct { moment after_due; int month; const char *chip; } cases[] = {
                { -3 * MOMENT_PER_DAY - 1, 10, "26 days late" }, { -3 * MOMENT_PER_DAY, 11, "Not due yet" }, { 0, 11, "Not due yet" },
                { 1, 11, "0 minutes late" },                     { 60000, 11, "1 minute late" },             { 6 * 60000, 11, "6 minutes late" },
                { 3600000, 11, "1 hour late" },                  { 86399999, 11, "23 hours late" },          { MOMENT_PER_DAY, 11, "1 day late" },
                { 27 * MOMENT_PER_DAY, 11, "27 days late" },     { 28 * MOMENT_PER_DAY, 12, "Not due yet" },
        };
        const moment due = moment_of_day(day_of(2026, 11, 30)) + (moment)17 * 3600000;
        struct sent early = { "25", period_make(FREQUENCY_MONTH, 2026, 12), REPORT_SENT, moment_of_day(day_of(2026, 11, 1)), moment_of_day(day_of(2026, 11, 1)) };
        struct desk *d = *state;

        desk_work(d, &user_operator);
        assert_true(ledger_write(&d->w, put_report, &early)); /* nor does one that came early change the month that is asked for */
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct overview *v;

                desk_work(d, &user_operator);
                d->w.now = due + cases[i].after_due;
                d->w.language = LANGUAGE_EN;
                v = overview_make(&d->w, &a);
                assert_non_null(v);
                assert_int_equal(v->senders.period, period_make(FREQUENCY_MONTH, 2026, cases[i].month));
                for (size_t k = 0; k < v->senders.count; k++)
                        if (strcmp(v->senders.list[k].unit->code, "01") == 0)
                                assert_string_equal(v->senders.list[k].chip, cases[i].chip);
        }
}

static void the_number_of_statements_is_bounded(void **state)
{
        static const struct user official = { "a", "An", ROLE_SPECIALIST, "VN", false };
        static const struct { struct ask ask; long most; } cases[] = {
                { { .path = "/overview", .period = "2021" }, 69 }, /* two of them of the register of clusters, two of cases that wait, four of periods, one of a rate that nobody reports, one of when the node began */
                { { .path = "/overview", .period = "2021", .layout = "34" }, 80 },
                { { .path = "/overview", .period = "2021-08" }, 80 },
        };
        struct desk *d = *state;

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                long before;

                desk_work(d, &official);
                before = db_statement_count(d->w.db);
                assert_non_null(overview_make(&d->w, &cases[i].ask));
                if (db_statement_count(d->w.db) - before > cases[i].most)
                        fail_msg("case %zu takes %ld statements", i, db_statement_count(d->w.db) - before);
        }
}

/* ---- a province ------------------------------------------------------------------------------------------------ */

static void a_code_means_the_province_of_the_period(void **state)
{
        struct desk *d = *state;
        static const struct ask then = { .path = "/provinces/25", .period = "2021" };
        static const struct ask now = { .path = "/provinces/25", .period = "2025-12" };
        struct province *p;

        desk_work(d, &user_nobody);
        p = province_make(&d->w, &then, "25");
        assert_non_null(p);
        assert_int_equal(p->unit->from, day_of(2004, 1, 1));
        assert_int_equal(p->count, 1);
        assert_string_equal(p->numbers[0].text, "+8,6");
        assert_true(p->change_count >= 1); /* it went into the new one */
        desk_work(d, &user_nobody);
        p = province_make(&d->w, &now, "25");
        assert_non_null(p);
        assert_int_equal(p->unit->from, day_of(2025, 7, 1));
        assert_int_equal(p->count, 0);
        assert_int_equal(p->change_count, 3);
        desk_work(d, &user_nobody);
        assert_null(province_make(&d->w, &now, "26"));
        assert_int_equal(d->w.err.code, ERR_MISSING);
        assert_non_null(strstr(d->w.err.message, "không tồn tại"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_province_has_exactly_one_tile_on_each_map),
                cmocka_unit_test(a_bound_belongs_to_the_class_further_from_zero),
                cmocka_unit_test(the_cards_show_the_reported_figures_of_the_newest_headline),
                cmocka_unit_test(the_map_shows_what_provinces_reported_and_counts_the_rest_as_missing),
                cmocka_unit_test(falls_are_listed_from_the_deepest),
                cmocka_unit_test(the_province_about_which_most_is_known_is_picked),
                cmocka_unit_test(an_index_is_not_restated_to_another_map_by_guessing),
                cmocka_unit_test(contributions_are_shown_only_where_they_are_known),
                cmocka_unit_test(what_was_not_known_on_a_day_is_not_shown_for_it),
                cmocka_unit_test(a_wrong_question_is_refused),
                cmocka_unit_test(an_address_keeps_the_filters),
                cmocka_unit_test(the_page_and_the_json_carry_the_same_figures),
                cmocka_unit_test(who_has_sent_what_is_shown_to_officials_of_the_node_only),
                cmocka_unit_test(the_number_of_statements_is_bounded),
                cmocka_unit_test(a_code_means_the_province_of_the_period),
                cmocka_unit_test(the_first_sending_says_whether_a_report_was_late_and_the_last_its_state),
                cmocka_unit_test(who_has_sent_what_is_told_of_the_month_that_is_asked_for),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
