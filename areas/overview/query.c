#include <stdlib.h>
#include <string.h>

#include "areas/overview/overview.h"
#include "figure/filter.h"
#include "ledger/past.h"
#include "report/figure_text.h"

/* ---- the address ------------------------------------------------------------------------------------ */

static void add_parameter(struct buf *o, const char *name, const char *value, bool *is_first)
{
        static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.@";

        if (value == NULL || *value == '\0')
                return;
        buf_char(o, *is_first ? '?' : '&');
        *is_first = false;
        buf_text(o, name);
        buf_char(o, '=');
        for (; *value != '\0'; value++)
                if (strchr(plain, *value) != NULL)
                        buf_char(o, *value);
                else
                        buf_print(o, "%%%02X", (unsigned)(unsigned char)*value);
}

const char *ask_with(struct work *w, const struct ask *a, const char *name, const char *value)
{
        const struct { const char *name, *value; } parts[] = {
                { "ky", a->period },      { "so", a->compare }, { "dia_gioi", a->layout },
                { "known", a->known },    { "tinh", a->province }, { "xem", a->view },
                { "chi_tieu", a->topic }, { "tatca", a->all ? "1" : NULL },
        };
        bool is_first = true;
        struct buf o;
        const char *address;

        buf_init_with(&o, 4096, w->arena);
        buf_text(&o, a->path);
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
                add_parameter(&o, parts[i].name, strcmp(parts[i].name, name) == 0 ? value : parts[i].value, &is_first);
        address = arena_text(w->arena, o.data == NULL ? a->path : o.data);
        buf_clear(&o);
        return address;
}

/* ---- the period --------------------------------------------------------------------------------------- */

/* What a year's headline is made of, of which the newest period that has one is shown unless another is asked for; and the monthly index. */
#define MONTHLY "iip_yoy"
static const char *const topics[] = { "trade_turnover", "industry_value_added_growth", "promotion_budget", MONTHLY };

static int64_t last_day_key(period p)
{
        return (int64_t)period_last(p) * 10 + period_frequency(p);
}

static int compare_newest_first(const void *a, const void *b)
{
        int64_t x = last_day_key(*(const period *)a), y = last_day_key(*(const period *)b);

        return (x < y) - (x > y);
}

/* Periods in which the reader may see a headline, or the monthly index, of anybody. */
static bool periods_fill(struct work *w, struct overview *v)
{
        period found[400], newest_month = PERIOD_NONE, newest_headline = PERIOD_NONE;
        day today = day_of_moment(v->known != 0 ? v->known : w->now);
        size_t count = 0, room = sizeof found / sizeof *found;

        for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
                const struct indicator *indicator = indicator_find(v->catalogue, topics[i]);
                size_t before = count, more = indicator == NULL ? 0 : figures_periods(w, indicator, v->is_public, v->known, found + count, room - count);

                for (size_t k = before; k < before + more; k++) {
                        period p = found[k];
                        size_t same = 0;

                        if (period_first(p) > today)
                                continue;
                        if (strcmp(topics[i], MONTHLY) != 0 && (newest_headline == PERIOD_NONE || last_day_key(p) > last_day_key(newest_headline)))
                                newest_headline = p;
                        if (period_frequency(p) == FREQUENCY_MONTH && (newest_month == PERIOD_NONE || p > newest_month))
                                newest_month = p;
                        while (same < count && found[same] != p)
                                same++;
                        if (same == count)
                                found[count++] = p;
                }
        }
        if (!work_ok(w))
                return false;
        if (v->ask->period != NULL) {
                if (!period_read(v->ask->period, strlen(v->ask->period), &v->period)) {
                        error_set(&w->err, ERR_INVALID, "\"%s\" is not a period", v->ask->period);
                        return error_hint(&w->err, "write a month, quarter or year: 2021-03, 2021-Q1 or 2021");
                }
        } else {
                v->is_default_period = true;
                v->period = newest_headline != PERIOD_NONE ? newest_headline
                            : newest_month != PERIOD_NONE  ? newest_month
                                                           : period_at(FREQUENCY_MONTH, day_of_moment(w->now));
        }
        qsort(found, count, sizeof *found, compare_newest_first);
        for (size_t i = 0, n = 0; i <= count; i++) {
                char text[PERIOD_TEXT_MAX];
                period p = i < count ? found[i] : v->period;

                if (i == count)
                        for (n = 0; n < v->period_count && !v->periods[n].is_on;)
                                n++;
                if (i == count && n < v->period_count)
                        break; /* the one asked for stands already */
                if (v->period_count == sizeof v->periods / sizeof *v->periods)
                        break;
                period_write(text, p);
                v->periods[v->period_count++] =
                        (struct choice){ arena_text(w->arena, text), period_titled(w, p), p == v->period };
        }
        if (newest_month != PERIOD_NONE && last_day_key(newest_month) > last_day_key(v->period)) {
                char text[PERIOD_TEXT_MAX];

                period_write(text, newest_month);
                v->newest_month_href = ask_with(w, v->ask, "ky", text);
                v->newest_month_text = period_said(w, newest_month);
        }
        return true;
}

static bool choose(struct work *w, struct overview *v, struct layout *layouts, size_t count)
{
        const struct ask *a = v->ask;
        day last = period_last(v->period);
        const struct layout *natural = NULL;

        v->is_monthly = period_frequency(v->period) == FREQUENCY_MONTH;
        if (a->compare != NULL && strcmp(a->compare, "yoy") != 0 && strcmp(a->compare, "mom") != 0)
                return error_set(&w->err, ERR_INVALID, "so: \"%s\" is neither yoy nor mom", a->compare);
        v->is_mom = v->is_monthly && a->compare != NULL && strcmp(a->compare, "mom") == 0;
        v->compares[v->compare_count++] = (struct choice){ "yoy", work_text(w, "Same period of last year"), !v->is_mom };
        if (v->is_monthly)
                v->compares[v->compare_count++] = (struct choice){ "mom", work_text(w, "Month before"), v->is_mom };
        for (size_t i = 0; i < count; i++) {
                if (natural == NULL || (natural->map_day < last && layouts[i].map_day > natural->map_day))
                        natural = &layouts[i];
                if (a->layout != NULL && strcmp(layouts[i].name, a->layout) == 0)
                        v->layout = &layouts[i];
        }
        if (a->layout != NULL && v->layout == NULL)
                return error_set(&w->err, ERR_INVALID, "dia_gioi: there is no map of \"%s\" provinces", a->layout);
        if (v->layout == NULL)
                v->layout = natural;
        v->boundary = v->layout == natural ? BOUNDARY_THEN : BOUNDARY_DATE;
        for (size_t i = 0; i < count; i++) {
                const char *title = i + 1 == count ? arena_print(w->arena, work_text(w, "%s provinces (today)"), layouts[i].name)
                                                   : arena_print(w->arena, work_text(w, "%s provinces (until %s)"),
                                                                 layouts[i].name, day_text(w, layouts[i].map_day));

                v->layouts[v->layout_count++] = (struct choice){ layouts[i].name, title, &layouts[i] == v->layout };
        }
        return true;
}

/* ---- the whole ---------------------------------------------------------------------------------------------------- */

static void note_newest(moment *newest, const struct number *n)
{
        if (n->is_there && n->known_from > *newest)
                *newest = n->known_from;
}

static void head_fill(struct work *w, struct overview *v)
{
        moment newest = 0;
        int estimates = 0, numbers = 0;

        for (size_t i = 0; i < CARDS; i++) {
                note_newest(&newest, &v->cards[i].main);
                numbers += v->cards[i].main.is_there;
                estimates += v->cards[i].main.is_there && v->cards[i].main.mark == MARK_ESTIMATE;
        }
        for (size_t i = 0; i < v->map.count; i++)
                note_newest(&newest, &v->map.places[i].number);
        if (estimates > 0 && estimates * 2 >= numbers)
                v->mark = work_text(w, "Estimates");
        if (newest > 0)
                v->updated = day_text(w, day_of_moment(newest));
}

/* What the address says about period, map and date; shared by both pages. */
static struct overview *frame_make(struct work *w, const struct ask *a, const char *unit_code, struct tile **tiles, size_t *tile_count)
{
        struct overview *v = arena_alloc(w->arena, sizeof *v);
        struct layout *layouts = arena_array(w->arena, LAYOUTS_MAX, sizeof *layouts);
        size_t layout_count;

        v->ask = a;
        v->catalogue = catalogue_of(w);
        if (v->catalogue == NULL)
                return NULL;
        *tiles = tiles_read(w, v->catalogue, tile_count, layouts, &layout_count);
        if (a->known != NULL) {
                if (!known_read(w, a->known, &v->known))
                        return NULL;
                v->known_text = known_said(w, v->known);
        }
        v->is_public = only_published(w, unit_code);
        v->as_table = a->view != NULL;
        if (!periods_fill(w, v))
                return NULL;
        v->period_text = period_said(w, v->period);
        return choose(w, v, layouts, layout_count) ? v : NULL;
}

static const char *in_json(struct work *w, const struct ask *a)
{
        struct ask json = *a;

        json.path = arena_print(w->arena, "%s.json", a->path);
        return ask_with(w, &json, "", NULL);
}

struct overview *overview_make(struct work *w, const struct ask *a)
{
        struct tile *tiles;
        size_t tile_count;
        struct overview *v = frame_make(w, a, "VN", &tiles, &tile_count);
        const struct unit *country;

        if (v == NULL)
                return NULL;
        country = unit_at(v->catalogue, "VN", period_last(v->period));
        if (country == NULL) {
                error_set(&w->err, ERR_MISSING, "the catalogue has no unit \"%s\"", "VN");
                return NULL;
        }
        v->title = arena_print(w->arena, work_text(w, "Industry and trade of the country, %s"), v->period_text);
        v->json = in_json(w, a);
        v->download = address_figures(w, v, NULL, "VN", true, v->period, v->period, ".xlsx");
        if (!cards_fill(w, v, country, v->cards) || !map_fill(w, v, tiles, tile_count) || !map_pick(w, v) ||
            !profile_fill(w, v) || !series_fill(w, v, &v->series, country) || !contributions_fill(w, v) ||
            !senders_fill(w, v, NULL) || !nodes_fill(w, v))
                return NULL;
        if (v->known == 0 && !past_is_read(w) && user_may(w->user, MAY_READ) && w->user->login[0] != '\0')
                v->waiting = waiting_make(w);
        for (size_t i = 0; v->profile.unit != NULL && i < v->senders.count; i++)
                if (v->senders.list[i].unit == v->profile.unit) {
                        v->profile.state = v->senders.list[i].chip;
                        v->profile.state_class = v->senders.list[i].chip_class;
                        v->profile.state_icon = v->senders.list[i].chip_icon;
                        v->profile.report_href = v->senders.list[i].report_href;
                }
        head_fill(w, v);
        return work_ok(w) ? v : NULL;
}

/* ---- one province ------------------------------------------------------------------------------------------------- */

static const char *const province_ids[] = {
        "iip_yoy", "iip_mom", "iip_ytd", "labour_yoy", "labour_mom", "export_value", "export_growth", "import_value",
        "retail_sales", "electricity_sold", "grdp_growth", "industry_growth_contribution", "manufacturing_share_grdp",
        "gross_output", "gross_output_2010", "promotion_budget_local", "promotion_projects", "cluster_count",
        "occupancy_rate", "enterprises_active", "enterprises_new", NULL,
};

static void changes_fill(struct work *w, struct province *p)
{
        const struct catalogue *c = p->frame->catalogue;
        size_t after, before;
        const struct unit_change **became = unit_became(w->arena, c, p->unit, &after), **made_of = unit_made_of(w->arena, c, p->unit, &before);

        p->changes = arena_array(w->arena, after + before + 1, sizeof *p->changes);
        for (size_t i = 0; i < after + before; i++) {
                const struct unit_change *k = i < after ? became[i] : made_of[i - after];
                const struct unit *other = i < after ? k->new : k->old;
                int year = period_year(period_at(FREQUENCY_YEAR, k->date));

                if (other == p->unit)
                        continue;
                p->changes[p->change_count++] = (struct told_change){
                        arena_print(w->arena, i < after ? work_text(w, "became part of %s on %s (%s)") : work_text(w, "made from %s on %s (%s)"),
                                    name_of(w, other), day_text(w, k->date), k->act),
                        arena_print(w->arena, "/provinces/%s?ky=%d", other->code, i < after ? year : year - 1)
                };
        }
}

struct province *province_make(struct work *w, const struct ask *a, const char *code)
{
        static const char *const ids_items[] = { "", "B", "C", "D", "E", NULL };
        struct province *p = arena_alloc(w->arena, sizeof *p);
        struct tile *tiles;
        size_t tile_count;
        struct overview *v = frame_make(w, a, code, &tiles, &tile_count);
        struct numbers_kept kept = { 0 };
        day on;

        if (v == NULL)
                return NULL;
        p->frame = v;
        on = v->ask->layout != NULL && v->layout != NULL ? v->layout->map_day : period_last(v->period);
        p->unit = unit_read(v->catalogue, code, on);
        if (p->unit == NULL && unit_code_is_known(v->catalogue, code)) {
                error_set(&w->err, ERR_MISSING, "unit \"%s\" did not exist on %s", code, day_text(w, on));
                error_hint(&w->err, "choose another period, or write the code with a date: %s@2021-12-31", code);
                return NULL;
        }
        if (p->unit == NULL || p->unit->level != LEVEL_PROVINCE) {
                error_set(&w->err, ERR_MISSING, "there is no province with the code \"%s\"", code);
                return NULL;
        }
        p->name = name_of(w, p->unit);
        p->full_name = w->language == LANGUAGE_VI ? p->unit->full_name_vi : p->unit->full_name_en;
        v->title = arena_print(w->arena, "%s, %s", p->name, v->period_text);
        v->json = in_json(w, a);
        v->download = address_figures(w, v, NULL, p->unit->code, false, v->period, v->period, ".xlsx");
        p->figures_csv = address_figures(w, v, NULL, p->unit->code, false, v->period, v->period, ".csv");
        p->figures_xlsx = v->download;
        if (!numbers_read(w, v, province_ids, p->unit->key, false, ids_items, v->period, v->period, false, &kept))
                return NULL;
        for (size_t i = 0; province_ids[i] != NULL; i++)
                for (size_t k = 0; k < kept.count && p->count < PROFILE_MAX; k++) {
                        struct number *n = &kept.list[k];
                        const struct item *item;

                        if (strcmp(n->indicator->id, province_ids[i]) != 0)
                                continue;
                        number_dress(w, v, n);
                        item = *n->item == '\0' ? NULL
                                                : item_at(v->catalogue, n->indicator->item_classification, n->item,
                                                          period_last(n->period));
                        p->names[p->count] = w->language == LANGUAGE_VI ? n->indicator->name_vi : n->indicator->name_en;
                        if (item != NULL && item->parent != NULL)
                                p->names[p->count] = arena_print(w->arena, "%s – %s", p->names[p->count],
                                                                 w->language == LANGUAGE_VI ? item->name_vi : item->name_en);
                        p->numbers[p->count++] = *n;
                }
        changes_fill(w, p);
        if (!series_fill(w, v, &p->series, p->unit) || !senders_fill(w, v, p->unit))
                return NULL;
        for (size_t i = 0; i < v->senders.count; i++)
                if (v->senders.list[i].unit == p->unit)
                        p->sender = &v->senders.list[i];
        return work_ok(w) ? p : NULL;
}
