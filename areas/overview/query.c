#include <stdlib.h>
#include <string.h>

#include "areas/overview/overview.h"
#include "areas/program.h"
#include "base/utf8.h"
#include "ledger/symbol.h"
#include "stats/compare.h"

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

        buf_init(&o, 4096);
        buf_text(&o, a->path);
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
                add_parameter(&o, parts[i].name, strcmp(parts[i].name, name) == 0 ? value : parts[i].value, &is_first);
        address = arena_text(w->arena, o.data == NULL ? a->path : o.data);
        buf_clear(&o);
        return address;
}

/* ---- the period --------------------------------------------------------------------------------------- */

/* What a year's headline is made of: the newest period that has one of them is shown unless another is asked for. */
static const char *const headlines[] = { "trade_turnover", "industry_value_added_growth", "promotion_budget" };
#define MONTHLY "iip_yoy"

static int64_t last_day_key(period p)
{
        return (int64_t)period_last(p) * 10 + period_frequency(p);
}

static int compare_newest_first(const void *a, const void *b)
{
        int64_t x = last_day_key(*(const period *)a), y = last_day_key(*(const period *)b);

        return (x < y) - (x > y);
}

/* Periods for which the country has a headline, or somebody the monthly index. */
static bool periods_fill(struct work *w, struct overview *v)
{
        int64_t topics[4];
        period found[400], newest_month = PERIOD_NONE, newest_headline = PERIOD_NONE;
        size_t count = 0, room = sizeof found / sizeof *found;
        struct rows *rows;

        for (size_t i = 0; i < 3; i++)
                topics[i] = symbol_find(w, 'i', headlines[i]);
        topics[3] = symbol_find(w, 'i', MONTHLY);
        rows = db_query(w->db,
                        "SELECT period, MAX(CASE WHEN indicator = $4 THEN 0 ELSE 1 END) FROM figure_group"
                        " WHERE indicator IN ($1, $2, $3, $4) GROUP BY period ORDER BY period DESC",
                        ARGS(v_int(topics[0]), v_int(topics[1]), v_int(topics[2]), v_int(topics[3])));
        while (count < room && rows_next(rows)) {
                period p = (period)rows_int(rows, 0);

                if (v->known != 0 && moment_of_day(period_first(p)) > v->known)
                        continue;
                found[count++] = p;
                if (rows_int(rows, 1) != 0 &&
                    (newest_headline == PERIOD_NONE || last_day_key(p) > last_day_key(newest_headline)))
                        newest_headline = p;
                if (period_frequency(p) == FREQUENCY_MONTH && (newest_month == PERIOD_NONE || p > newest_month))
                        newest_month = p;
        }
        rows_close(rows);
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

/* ---- collecting rows ------------------------------------------------------------------------------------ */

struct rows_kept {
        struct number *list;
        size_t count, room;
};

static bool keep_row(struct work *w, const struct figure_row *row, void *context)
{
        struct rows_kept *k = context;

        if (k->count == k->room) {
                size_t room = k->room == 0 ? 64 : k->room * 2;
                struct number *list = arena_array(w->arena, room, sizeof *list);

                if (k->count > 0)
                        memcpy(list, k->list, k->count * sizeof *list);
                k->list = list;
                k->room = room;
        }
        number_take(w, &k->list[k->count++], row);
        return true;
}

/* Read indicators (NULL-terminated ids; unknown ones are passed over) of one unit and, if wanted, those below. */
static bool read_rows(struct work *w, const struct overview *v, const char *const *ids, const char *unit,
                      bool with_children, const char *const *items, period from, period to, bool all_versions,
                      struct rows_kept *kept)
{
        const struct indicator *indicators[32];
        const char *units[1] = { unit }, *wanted[8];
        struct figure_query q = { .indicators = indicators, .units = units, .unit_count = 1, .items = wanted };

        for (size_t i = 0; ids[i] != NULL && q.indicator_count < 32; i++) {
                indicators[q.indicator_count] = indicator_find(v->catalogue, ids[i]);
                q.indicator_count += indicators[q.indicator_count] != NULL;
        }
        if (q.indicator_count == 0)
                return true;
        for (size_t i = 0; items[i] != NULL && q.item_count < 8; i++)
                wanted[q.item_count++] = items[i];
        q.with_children = with_children;
        q.from = from;
        q.to = to;
        q.known = v->known;
        q.all_versions = all_versions;
        q.only_published = v->is_public;
        if (with_children && v->boundary == BOUNDARY_DATE) {
                q.boundary = BOUNDARY_DATE;
                q.boundary_day = v->layout->map_day;
        }
        return figures_read(w, &q, keep_row, kept);
}

static const char *const whole[] = { "", NULL };

static struct number *find_number(struct rows_kept *k, const char *id, const char *item, period p)
{
        for (size_t i = 0; i < k->count; i++) {
                struct number *n = &k->list[i];
                bool is_whole = *n->item == '\0' || strcmp(n->item, "TOTAL") == 0 || strcmp(n->item, "tong_tri_gia") == 0 ||
                                strcmp(n->item, "tong_so") == 0;

                if (n->period == p && strcmp(n->indicator->id, id) == 0 && (*item == '\0' ? is_whole : strcmp(n->item, item) == 0))
                        return n;
        }
        return NULL;
}

/* ---- the cards -------------------------------------------------------------------------------------------- */

struct card_plan {
        const char *title, *indicator, *item, *growth; /* growth: an indicator that says it; NULL: the year before is named */
        const char *empty;
};

static const struct card_plan yearly[CARDS] = {
        { N_("Exports and imports of goods"), "trade_turnover", "", "trade_turnover_growth", N_("No figure has been reported") },
        { N_("Value added of industry"), "industry_value_added_growth", "", NULL, N_("No figure has been reported") },
        { N_("Manufacturing"), "industry_value_added_growth", "C", NULL, N_("No figure has been reported") },
        { N_("National industrial promotion"), "promotion_budget", "", NULL, N_("No figure has been reported") },
        { N_("Occupancy of industrial clusters"), "occupancy_rate", "", NULL,
          N_("Departments have not yet reported land of clusters for this period") },
};
static const struct card_plan monthly[CARDS] = {
        { N_("Exports of goods"), "export_value", "", NULL, N_("No figure has been reported") },
        { N_("Imports of goods"), "import_value", "", NULL, N_("No figure has been reported") },
        { N_("Industrial production (IIP)"), "iip_yoy", "", NULL, N_("No figure has been reported") },
        { N_("Production of manufacturing (IIP)"), "iip_yoy", "C", NULL, N_("No figure has been reported") },
        { N_("Labour in industrial enterprises"), "labour_yoy", "", NULL, N_("No figure has been reported") },
};
static const struct card_plan monthly_mom[CARDS] = {
        { N_("Exports of goods"), "export_value", "", NULL, N_("No figure has been reported") },
        { N_("Imports of goods"), "import_value", "", NULL, N_("No figure has been reported") },
        { N_("Industrial production (IIP)"), "iip_mom", "", NULL, N_("No figure has been reported") },
        { N_("Production of manufacturing (IIP)"), "iip_mom", "C", NULL, N_("No figure has been reported") },
        { N_("Labour in industrial enterprises"), "labour_mom", "", NULL, N_("No figure has been reported") },
};

/* Growth from two levels, as a number of its own (computed, percent). */
static void growth_of(struct work *w, struct card *c)
{
        struct number *g = &c->growth;
        char text[DECIMAL_TEXT_MAX + 1];
        int64_t change;

        if (c->main.indicator->additive != ADDITIVE_FLOW || !c->before.is_there || !c->main.is_there ||
            !stats_growth(c->main.value, c->before.value, &change))
                return;
        *g = c->main;
        g->value = g->shown_value = change;
        g->decimals = STATS_DECIMALS;
        g->sign = change > 0 ? 1 : change < 0 ? -1 : 0;
        g->measure = "%";
        g->note = work_text(w, "computed from both levels");
        text[0] = '+';
        decimal_write_shown(g->sign > 0 ? text + 1 : text, change, STATS_DECIMALS, 1, w->language);
        g->text = arena_text(w->arena, text);
        g->amount = amount_of(g->text);
}

/* What an area says of its own records comes before what was reported. */
static bool own_fill(struct work *w, const struct overview *v, const char *indicator, const struct unit *unit, struct card *c)
{
        struct area_headline *h = arena_alloc(w->arena, sizeof *h);

        day on = v->known == 0 || v->known > w->now ? 0 : day_of_moment(v->known - 1); /* known up to the end of a day */

        if (program_headline(w, indicator, unit, on, h)) {
                c->own = h;
                c->href = h->href;
        }
        return work_ok(w);
}

static bool cards_fill(struct work *w, struct overview *v, const struct unit *unit, struct card *cards)
{
        const struct card_plan *plan = period_frequency(v->period) == FREQUENCY_YEAR ? yearly : v->is_mom ? monthly_mom : monthly;
        bool is_year = plan == yearly;
        period before = v->is_mom ? period_plus(v->period, -1) : period_year_before(v->period);
        const char *const items[] = { "", "C", NULL };
        const char *ids[CARDS * 2 + 1];
        struct rows_kept kept = { 0 };
        size_t n = 0;

        for (size_t i = 0; i < CARDS; i++) {
                ids[n++] = plan[i].indicator;
                if (plan[i].growth != NULL)
                        ids[n++] = plan[i].growth;
        }
        ids[n] = NULL;
        if (is_year) {
                if (!read_rows(w, v, ids, unit->code, false, items, period_plus(v->period, 1 - SPARK_YEARS), v->period, false, &kept))
                        return false;
        } else if (!read_rows(w, v, ids, unit->code, false, items, before, before, false, &kept) ||
                   !read_rows(w, v, ids, unit->code, false, items, v->period, v->period, false, &kept)) {
                return false;
        }
        for (size_t i = 0; i < CARDS; i++) {
                struct card *c = &cards[i];
                struct number *found = find_number(&kept, plan[i].indicator, plan[i].item, v->period);

                c->title = work_text(w, plan[i].title);
                c->empty = work_text(w, plan[i].empty);
                c->href = address_figures(w, v, plan[i].indicator, unit->code, false,
                                          is_year ? period_plus(v->period, 1 - SPARK_YEARS) : period_plus(v->period, -24), v->period, "");
                if (!own_fill(w, v, plan[i].indicator, unit, c))
                        return false;
                if (found == NULL || !found->is_there)
                        continue;
                c->main = *found;
                number_dress(w, v, &c->main);
                if (!number_freshen(w, v, &c->main))
                        return false;
                found = find_number(&kept, plan[i].indicator, plan[i].item, before);
                if (found != NULL && found->is_there) {
                        c->before = *found;
                        number_dress(w, v, &c->before);
                }
                found = plan[i].growth == NULL ? NULL : find_number(&kept, plan[i].growth, "", v->period);
                if (found != NULL && found->is_there) {
                        c->growth = *found;
                        number_dress(w, v, &c->growth);
                } else {
                        growth_of(w, c);
                }
                for (int back = SPARK_YEARS - 1; is_year && back >= 0; back--) {
                        struct chart_point *p = &c->spark[c->spark_count++];

                        found = find_number(&kept, plan[i].indicator, plan[i].item, period_plus(v->period, -back));
                        *p = (struct chart_point){ .has_value = found != NULL && found->is_there,
                                                   .value = found == NULL ? 0 : found->value };
                }
        }
        return true;
}

/* ---- the map ------------------------------------------------------------------------------------------------ */

static const char *const topics_yoy[] = { "iip_yoy", "labour_yoy", NULL };
static const char *const topics_mom[] = { "iip_mom", "labour_mom", NULL };
static const char *const profile_ids[3] = { "industry_growth_contribution", "grdp_growth", "export_growth" };

static int compare_numbers(const void *a, const void *b)
{
        const struct place *x = *(const struct place *const *)a, *y = *(const struct place *const *)b;

        if (x->number.shown_value != y->number.shown_value)
                return x->number.shown_value > y->number.shown_value ? -1 : 1;
        return utf8_compare(x->name, y->name);
}

static const char *finding(struct work *w, const struct map *m)
{
        const char *text;

        if (m->with_figure == 0)
                return work_text(w, "No province has a figure yet");
        if (m->level > 0)
                text = arena_print(w->arena, work_text(w, "%d provinces up, %d down, %d unchanged"), (int)m->up, (int)m->down,
                                   (int)m->level);
        else
                text = arena_print(w->arena, work_text(w, "%d provinces up, %d down"), (int)m->up, (int)m->down);
        if (m->with_figure < m->count)
                text = arena_print(w->arena, work_text(w, "%s; %d without a figure"), text, (int)(m->count - m->with_figure));
        return text;
}

/* The organisations and papers the figures of the map come from, each once. */
static const char *sources_of(struct work *w, const struct map *m)
{
        const char *found[4];
        size_t count = 0, more = 0;
        struct buf o;
        const char *text;

        for (size_t i = 0; i < m->count; i++) {
                const struct number *n = &m->places[i].number;
                size_t k = 0;

                if (!n->is_there || n->source == NULL)
                        continue;
                while (k < count && strcmp(found[k], n->source) != 0)
                        k++;
                if (k < count)
                        continue;
                if (count < 4)
                        found[count++] = n->source;
                else
                        more++;
        }
        buf_init(&o, 4096);
        for (size_t k = 0; k < count; k++) {
                buf_text(&o, k > 0 ? "; " : "");
                buf_text(&o, found[k]);
        }
        text = arena_text(w->arena, o.data == NULL ? "" : o.data);
        buf_clear(&o);
        return more == 0 ? text : arena_print(w->arena, work_text(w, "%s and others"), text);
}

static struct place *place_of(struct map *m, const struct unit *u)
{
        for (size_t i = 0; i < m->count; i++)
                if (m->places[i].unit == u)
                        return &m->places[i];
        return NULL;
}

static void place_finish(struct work *w, struct overview *v, struct place *p)
{
        char text[DECIMAL_TEXT_MAX + 1] = "+";

        p->class_name = "na";
        p->short_text = work_text(w, "none");
        if (!p->number.is_there)
                return;
        number_dress(w, v, &p->number);
        p->class_name = map_class_of(p->number.shown_value, p->number.decimals);
        decimal_write_shown(p->number.sign > 0 ? text + 1 : text, p->number.shown_value, p->number.decimals, 1, w->language);
        p->short_text = arena_text(w->arena, text);
}

static bool map_fill(struct work *w, struct overview *v, const struct tile *tiles, size_t tile_count)
{
        const char *const *topics = v->is_mom ? topics_mom : topics_yoy;
        const char *ids[8] = { topics[0], topics[1], profile_ids[0], profile_ids[1], profile_ids[2], NULL };
        struct map *m = &v->map;
        struct rows_kept kept = { 0 };
        const struct place *ranked[PROVINCES_MAX];
        size_t had[2] = { 0 }, chosen = 0, n = 0;

        m->is_restated = v->boundary == BOUNDARY_DATE;
        if (v->layout == NULL)
                return error_set(&w->err, ERR_MISSING, "the places of the tile map are missing from the catalogue");
        m->layout = *v->layout;
        for (size_t i = 0; i < tile_count; i++) {
                const struct tile *t = &tiles[i];
                const struct unit *u;

                if (strcmp(t->layout, v->layout->name) != 0)
                        continue;
                if (t->island_vi[0] != '\0') {
                        if (m->island_count < sizeof m->islands / sizeof *m->islands)
                                m->islands[m->island_count++] = *t;
                        continue;
                }
                u = unit_at(v->catalogue, t->code, t->map_day);
                if (u == NULL || m->count == PROVINCES_MAX)
                        continue;
                m->places[m->count++] = (struct place){ .unit = u, .tile = *t, .name = name_of(w, u),
                                                        .href = ask_with(w, v->ask, "tinh", u->code) };
        }
        if (!read_rows(w, v, ids, "VN", true, whole, v->period, v->period, false, &kept))
                return false;
        for (size_t i = 0; i < kept.count; i++)
                for (size_t k = 0; k < 2; k++)
                        had[k] += kept.list[i].is_there && kept.list[i].unit->level == LEVEL_PROVINCE &&
                                  strcmp(kept.list[i].indicator->id, topics[k]) == 0;
        chosen = had[0] == 0 && had[1] > 0 ? 1 : 0;
        if (v->ask->topic != NULL) {
                for (chosen = 0; topics[chosen] != NULL && strcmp(topics[chosen], v->ask->topic) != 0;)
                        chosen++;
                if (topics[chosen] == NULL)
                        return error_set(&w->err, ERR_INVALID, "chi_tieu: the map does not show \"%s\" here", v->ask->topic);
        }
        m->indicator = indicator_find(v->catalogue, topics[chosen]);
        if (m->indicator == NULL)
                return error_set(&w->err, ERR_MISSING, "the catalogue has no indicator \"%s\"", topics[chosen]);
        for (size_t i = 0; i < kept.count; i++) {
                struct number *k = &kept.list[i];
                struct place *p = place_of(m, k->unit);

                if (p == NULL)
                        continue;
                if (k->indicator == m->indicator)
                        p->number = *k;
                for (size_t j = 0; j < 3; j++)
                        if (k->is_there && strcmp(k->indicator->id, profile_ids[j]) == 0) {
                                p->profile[j] = *k;
                                p->profile_count++;
                        }
        }
        for (size_t i = 0; i < m->count; i++) {
                struct place *p = &m->places[i];

                place_finish(w, v, p);
                if (!p->number.is_there)
                        continue;
                ranked[n++] = p;
                m->up += p->number.sign > 0;
                m->down += p->number.sign < 0;
                m->level += p->number.sign == 0;
        }
        m->with_figure = n;
        qsort(ranked, n, sizeof *ranked, compare_numbers);
        for (size_t i = 0; i < n && m->highest_count < TOPS && ranked[i]->number.sign > 0; i++)
                m->highest[m->highest_count++] = ranked[i];
        for (size_t i = n; i > 0 && m->lowest_count < TOPS && ranked[i - 1]->number.sign < 0; i--)
                m->lowest[m->lowest_count++] = ranked[i - 1];
        m->title = finding(w, m);
        m->subtitle = arena_print(w->arena,
                                  v->is_mom ? work_text(w, "%s, %s against the month before, %%")
                                            : work_text(w, "%s, %s against the same period of last year, %%"),
                                  w->language == LANGUAGE_VI ? m->indicator->name_vi : m->indicator->name_en, v->period_text);
        m->sources = sources_of(w, m);
        m->csv = address_figures(w, v, m->indicator->id, "VN", true, v->period, v->period, ".csv");
        m->xlsx = address_figures(w, v, m->indicator->id, "VN", true, v->period, v->period, ".xlsx");
        m->figures = address_figures(w, v, m->indicator->id, "VN", true, v->period, v->period, "");
        for (size_t k = 0; k < 2; k++) {
                const struct indicator *i = indicator_find(v->catalogue, topics[k]);

                if (i == NULL || (had[k] == 0 && k != chosen))
                        continue;
                m->topics[m->topic_count].indicator = i;
                m->topics[m->topic_count].title = w->language == LANGUAGE_VI ? i->short_vi : i->short_en;
                m->topics[m->topic_count].href = ask_with(w, v->ask, "chi_tieu", topics[k]);
                m->topics[m->topic_count++].is_on = k == chosen;
        }
        return true;
}

/* The province picked on the map; else the asker's own; else the one about which most is known. */
static bool pick(struct work *w, struct overview *v)
{
        struct map *m = &v->map;
        struct place *best = NULL;

        for (size_t i = 0; i < m->count; i++) {
                struct place *p = &m->places[i];

                if (v->ask->province != NULL && strcmp(p->unit->code, v->ask->province) == 0)
                        best = p;
        }
        if (v->ask->province != NULL && best == NULL) {
                error_set(&w->err, ERR_MISSING, "no province of this map has the code \"%s\"", v->ask->province);
                return error_hint(&w->err, "codes of provinces changed on 2025-07-01; choose the map with dia_gioi");
        }
        for (size_t i = 0; best == NULL && i < m->count; i++)
                if (m->places[i].unit->code[0] != '\0' && strcmp(m->places[i].unit->code, w->user->unit) == 0)
                        best = &m->places[i];
        for (size_t i = 0; v->ask->province == NULL && i < m->count; i++) {
                struct place *p = &m->places[i];
                int have = p->profile_count + p->number.is_there;

                if (best != NULL && strcmp(best->unit->code, w->user->unit) == 0)
                        break;
                if (have == 0)
                        continue;
                if (best == NULL || have > best->profile_count + best->number.is_there ||
                    (have == best->profile_count + best->number.is_there && p->number.shown_value > best->number.shown_value))
                        best = p;
        }
        if (best != NULL)
                best->is_on = true;
        return true;
}

static bool profile_fill(struct work *w, struct overview *v)
{
        static const char *const ids[] = { "export_value", NULL };
        struct profile *f = &v->profile;
        struct rows_kept kept = { 0 };
        struct place *p = NULL;
        char text[DECIMAL_TEXT_MAX], rest_text[DECIMAL_TEXT_MAX];
        const char *tail;
        int64_t share;

        for (size_t i = 0; i < v->map.count; i++)
                if (v->map.places[i].is_on)
                        p = &v->map.places[i];
        if (p == NULL)
                return true;
        f->unit = p->unit;
        f->name = p->name;
        tail = strchr(ask_with(w, v->ask, "tinh", NULL), '?');
        f->href = arena_print(w->arena, "/provinces/%s%s", p->unit->code, tail == NULL ? "" : tail);
        f->iip = p->number;
        f->industry = p->profile[0];
        f->product = p->profile[1];
        f->export_growth = p->profile[2];
        if (!read_rows(w, v, ids, p->unit->key, false, whole, v->period, v->period, false, &kept))
                return false;
        if (kept.count > 0)
                f->exports = kept.list[0];
        number_dress(w, v, &f->industry);
        number_dress(w, v, &f->product);
        number_dress(w, v, &f->export_growth);
        number_dress(w, v, &f->exports);
        if (!f->industry.is_there || !f->product.is_there || f->industry.value < 0 || f->product.value <= f->industry.value ||
            f->industry.decimals != f->product.decimals ||
            !stats_share(f->industry.value, f->product.value, &share))
                return true;
        f->chart = (struct chart){ .title = work_text(w, "Parts of the growth of the gross regional domestic product"),
                                   .unit = work_text(w, "percentage points"), .source = f->industry.source,
                                   .as_of = f->industry.as_of, .decimals = f->industry.decimals, .shown = 2 };
        f->parts[0] = (struct chart_bar){ work_text(w, "Industry"), f->industry.value, false, false };
        f->parts[1] = (struct chart_bar){ work_text(w, "Rest"), f->product.value - f->industry.value, false, false };
        decimal_write_shown(text, share, STATS_DECIMALS, 1, w->language);
        decimal_write_shown(rest_text, 100 * decimal_power[STATS_DECIMALS] - share, STATS_DECIMALS, 1, w->language);
        f->share = arena_text(w->arena, text);
        f->rest = arena_text(w->arena, rest_text);
        return true;
}

/* ---- the line -------------------------------------------------------------------------------------------------- */

/* What a line is about, to begin a sentence. */
static const char *subject_of(struct work *w, const struct indicator *i)
{
        if (strncmp(i->id, "iip", 3) == 0)
                return work_text(w, "Industrial production");
        if (strncmp(i->id, "labour", 6) == 0)
                return work_text(w, "Labour in industrial enterprises");
        return w->language == LANGUAGE_VI ? i->name_vi : i->name_en;
}

static const char *series_finding(struct work *w, const struct series *s)
{
        const struct number *last = s->last;
        const char *subject = subject_of(w, s->indicator), *when = period_said(w, last->period);
        size_t at = (size_t)(last - s->numbers), running = 0;

        while (running <= at && s->numbers[at - running].is_there && s->numbers[at - running].sign == last->sign)
                running++;
        if (last->sign == 0)
                return arena_print(w->arena, work_text(w, "%s unchanged in %s"), subject, when);
        if (running < 2)
                return arena_print(w->arena, work_text(w, "%s: %s%% in %s"), subject, last->text, when);
        return arena_print(w->arena,
                           last->sign > 0 ? work_text(w, "%s up for %d months running: %s%% in %s")
                                          : work_text(w, "%s down for %d months running: %s%% in %s"),
                           subject, (int)running, last->text, when);
}

static bool series_fill(struct work *w, struct overview *v, struct series *s, const struct unit *unit)
{
        const char *const *topics = v->is_mom ? topics_mom : topics_yoy;
        const char *ids[3] = { topics[0], unit->level == LEVEL_COUNTRY ? NULL : topics[1], NULL };
        period to = period_at(FREQUENCY_MONTH, period_last(v->period)), from = period_plus(to, 1 - SERIES_MONTHS);
        struct rows_kept kept = { 0 };
        char newest[PERIOD_TEXT_MAX];
        size_t missing = 0;

        s->indicator = indicator_find(v->catalogue, ids[0]);
        s->unit = unit;
        if (s->indicator == NULL)
                return true;
        if (!read_rows(w, v, ids, unit->key, false, whole, from, to, true, &kept))
                return false;
        s->count = SERIES_MONTHS;
        if (kept.count > 0) { /* labour stands in where production has no month */
                size_t first = 0;

                while (first < kept.count && kept.list[first].indicator != s->indicator)
                        first++;
                s->indicator = kept.list[first == kept.count ? 0 : first].indicator;
        }
        for (size_t i = 0; i < kept.count; i++) {
                if (kept.list[i].indicator != s->indicator)
                        continue;
                int ahead = (period_year(kept.list[i].period) - period_year(from)) * 12 + period_index(kept.list[i].period) -
                            period_index(from);
                struct number *n = &s->numbers[ahead < 0 || ahead >= SERIES_MONTHS ? 0 : ahead];
                int versions = n->versions;

                if (n->is_there && n->known_from > kept.list[i].known_from)
                        continue; /* versions come oldest first; be sure of it */
                *n = kept.list[i];
                n->versions = versions + 1;
        }
        for (size_t i = 0; i < s->count; i++) {
                struct number *n = &s->numbers[i];
                period p = period_plus(from, (int)i);
                int month = period_index(p);
                bool is_edge = i == 0 || i + 1 == s->count || month == 1;

                if (n->is_there) {
                        /* the newest one says its source; asking each entry for it would cost a statement a month */
                        int64_t entry = n->entry;

                        s->present++;
                        s->last = n;
                        n->entry = 0;
                        number_dress(w, v, n);
                        n->entry = entry;
                } else {
                        missing++;
                }
                s->points[i] = (struct chart_point){
                        .label = period_said(w, p),
                        .tick = is_edge ? arena_print(w->arena, "%d/%02d", month, period_year(p) % 100)
                                : month % 3 == 1 && i + 2 < s->count ? arena_print(w->arena, "%d", month)
                                                                      : NULL,
                        .tick_is_wide = !is_edge && month != 7,
                        .has_value = n->is_there,
                        .value = n->shown_value,
                        .is_estimate = n->mark == MARK_ESTIMATE,
                };
                if (i + 1 == s->count - 1 && month == 1)
                        s->points[i].tick = NULL; /* no room beside the last */
        }
        period_write(newest, to);
        s->subtitle = arena_print(w->arena, work_text(w, "%s, %s – %s, %%. A hollow point is an estimate."),
                                  w->language == LANGUAGE_VI ? s->indicator->short_vi : s->indicator->short_en,
                                  period_said(w, from), period_said(w, to));
        s->csv = address_figures(w, v, s->indicator->id, unit->code, false, from, to, ".csv");
        s->xlsx = address_figures(w, v, s->indicator->id, unit->code, false, from, to, ".xlsx");
        if (missing > 0)
                s->missing = arena_print(w->arena, work_text(w, "%d of %d months without a figure"), (int)missing, (int)s->count);
        if (s->last == NULL) {
                s->title = work_text(w, "Industrial production by month");
                return true;
        }
        number_dress(w, v, &s->numbers[s->last - s->numbers]);
        s->revisions = s->last->versions - 1;
        s->revisions_href = s->last->href;
        s->title = series_finding(w, s);
        s->chart = (struct chart){
                .title = s->title,
                .unit = v->is_mom ? work_text(w, "%, against the month before") : work_text(w, "%, against the same month of last year"),
                .source = s->last->source, .as_of = s->last->as_of,
                .decimals = s->indicator->decimals, .shown = 1, .is_signed = true };
        return work_ok(w);
}

/* ---- contributions ----------------------------------------------------------------------------------------------- */

static const struct { const char *vsic, *label; } sections[] = {
        { "C", N_("Manu-\nfacturing") },
        { "D", N_("Electricity,\ngas") },
        { "E", N_("Water,\nwaste") },
        { "B", N_("Mining") },
        { "", N_("Round-\ning") },
};
#define SECTIONS (sizeof sections / sizeof *sections)

static void contribution_title(struct work *w, struct contribution *c)
{
        const struct chart_bar *best = NULL, *total = &c->bars[c->count - 1];
        char part[DECIMAL_TEXT_MAX + 1] = "+", all[DECIMAL_TEXT_MAX + 1] = "+";
        char *label;

        for (size_t i = 0; i + 1 < c->count; i++)
                if (best == NULL || best->value < c->bars[i].value)
                        best = &c->bars[i];
        decimal_write_shown(part + (best->value > 0), best->value, c->chart.decimals, 2, w->language);
        decimal_write_shown(all + (total->value > 0), total->value, c->chart.decimals, 2, w->language);
        label = arena_text(w->arena, best->label);
        for (char *l = label; *l != '\0'; l++)
                if (*l == '\n')
                        *l = ' ';
        if (strstr(label, "- ") != NULL) { /* a word broken over two lines */
                char *gap = strstr(label, "- ");

                memmove(gap, gap + 2, strlen(gap + 2) + 1);
        }
        c->title = arena_print(w->arena, work_text(w, "%s gives %s of %s percentage points"), label, part, all);
        c->chart.title = c->title;
}

/* Sections in their order; none where any of them, or the whole, is not known. */
static void contribution_bars(struct work *w, struct contribution *c, const struct growth_table *t)
{
        const struct growth_line *industry = &t->lines[0];

        if (industry->source == GROWTH_UNKNOWN || t->lacking > 0)
                return;
        for (size_t i = 0; i < SECTIONS; i++)
                for (size_t n = 1; n < t->count; n++) {
                        const struct growth_line *l = &t->lines[n];

                        if (strcmp(l->code, sections[i].vsic) != 0 || (*l->code == '\0' && l->points < GROWTH_HARDLY_SEEN && l->points > -GROWTH_HARDLY_SEEN))
                                continue;
                        c->codes[c->count] = l->code;
                        c->bars[c->count++] = (struct chart_bar){ work_text(w, sections[i].label), l->points, false, l->is_estimate };
                }
        c->codes[c->count] = industry->code;
        c->bars[c->count++] = (struct chart_bar){ work_text(w, "Industry\nin all"), industry->points, true, industry->is_estimate };
        c->is_computed = industry->source == GROWTH_COMPUTED;
}

/* Of the period, or of the last whole quarter in it. */
static bool contributions_fill(struct work *w, struct overview *v)
{
        struct contribution *c = &v->contribution;
        const struct unit *country = unit_at(v->catalogue, "VN", period_last(v->period));
        const struct growth_table *t = growth_read(w, GROWTH_OF_INDUSTRY, country, v->period, v->known);
        period quarter = period_at(FREQUENCY_QUARTER, period_last(v->period));
        char code[PERIOD_TEXT_MAX];

        if (t == NULL)
                return false;
        c->chart.unit = work_text(w, "percentage points");
        c->chart.shown = 2;
        c->chart.decimals = STATS_DECIMALS;
        c->chart.is_signed = true;
        c->title = work_text(w, "What industry's growth is made of");
        contribution_bars(w, c, t);
        if (c->count == 0 && v->is_monthly) {
                if (period_last(quarter) != period_last(v->period))
                        quarter = period_plus(quarter, -1);
                t = growth_read(w, GROWTH_OF_INDUSTRY, country, quarter, v->known);
                if (t == NULL)
                        return false;
                contribution_bars(w, c, t);
        }
        c->period = t->period;
        for (size_t i = 0; i < t->count && c->count == 0 && c->missing == NULL; i++)
                c->missing = t->lines[i].missing;
        c->subtitle = arena_print(w->arena, work_text(w, "Contribution to the growth of industry's value added, %s, percentage points"),
                                  period_said(w, c->period));
        period_write(code, c->period);
        c->href = arena_print(w->arena, "/growth?of=industry&unit=VN&period=%s", code);
        if (c->count == 0)
                return work_ok(w);
        contribution_title(w, c);
        c->source = growth_source(w, t);
        if (c->is_computed)
                c->source = arena_print(w->arena, work_text(w, "%s; computed by Cầu Nối from levels at constant prices"), c->source);
        c->chart.source = c->source;
        c->chart.as_of = t->known_from == 0 ? NULL : day_text(w, day_of_moment(t->known_from));
        return work_ok(w);
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
static struct overview *frame_make(struct work *w, const struct ask *a, struct tile **tiles, size_t *tile_count)
{
        struct overview *v = arena_alloc(w->arena, sizeof *v);
        struct layout *layouts = arena_array(w->arena, LAYOUTS_MAX, sizeof *layouts);
        size_t layout_count;
        day d;

        v->ask = a;
        v->catalogue = catalogue_of(w);
        if (v->catalogue == NULL)
                return NULL;
        *tiles = tiles_read(w, v->catalogue, tile_count, layouts, &layout_count);
        if (a->known != NULL) {
                if (!day_read(a->known, strlen(a->known), &d)) {
                        error_set(&w->err, ERR_INVALID, "known: \"%s\" is not a date", a->known);
                        error_hint(&w->err, "write it as 2022-01-05");
                        return NULL;
                }
                v->known = moment_end_of_day(d);
                v->known_text = day_text(w, d);
        }
        v->is_public = only_published(w, v->catalogue, "VN");
        v->as_table = a->view != NULL && strcmp(a->view, "bang") == 0;
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
        struct overview *v = frame_make(w, a, &tiles, &tile_count);
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
        if (!cards_fill(w, v, country, v->cards) || !map_fill(w, v, tiles, tile_count) || !pick(w, v) ||
            !profile_fill(w, v) || !series_fill(w, v, &v->series, country) || !contributions_fill(w, v) ||
            !senders_fill(w, v, NULL) || !nodes_fill(w, v))
                return NULL;
        if (user_may(w->user, MAY_READ) && w->user->login[0] != '\0')
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
        const struct unit_change *list[32];
        size_t n = unit_successors(p->frame->catalogue, p->unit, list, 32);

        for (size_t i = 0; i < n && i < 32 && p->change_count < 32; i++)
                if (list[i]->new != p->unit) {
                        p->changes[p->change_count].text =
                                arena_print(w->arena, work_text(w, "became part of %s on %s (%s)"), name_of(w, list[i]->new),
                                            day_text(w, list[i]->date), list[i]->act);
                        p->changes[p->change_count++].href = arena_print(w->arena, "/provinces/%s?ky=%d", list[i]->new->code,
                                                                         period_year(period_at(FREQUENCY_YEAR, list[i]->date)));
                }
        n = unit_predecessors(p->frame->catalogue, p->unit, list, 32);
        for (size_t i = 0; i < n && i < 32 && p->change_count < 32; i++)
                if (list[i]->old != p->unit) {
                        p->changes[p->change_count].text =
                                arena_print(w->arena, work_text(w, "made from %s on %s (%s)"), name_of(w, list[i]->old),
                                            day_text(w, list[i]->date), list[i]->act);
                        p->changes[p->change_count++].href =
                                arena_print(w->arena, "/provinces/%s?ky=%d", list[i]->old->code,
                                            period_year(period_at(FREQUENCY_YEAR, list[i]->date)) - 1);
                }
}

struct province *province_make(struct work *w, const struct ask *a, const char *code)
{
        static const char *const ids_items[] = { "", "B", "C", "D", "E", NULL };
        struct province *p = arena_alloc(w->arena, sizeof *p);
        struct tile *tiles;
        size_t tile_count;
        struct overview *v = frame_make(w, a, &tiles, &tile_count);
        struct rows_kept kept = { 0 };
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
        v->is_public = only_published(w, v->catalogue, p->unit->code);
        p->name = name_of(w, p->unit);
        p->full_name = w->language == LANGUAGE_VI ? p->unit->full_name_vi : p->unit->full_name_en;
        v->title = arena_print(w->arena, "%s, %s", p->name, v->period_text);
        v->json = in_json(w, a);
        v->download = address_figures(w, v, NULL, p->unit->code, false, v->period, v->period, ".xlsx");
        p->figures_csv = address_figures(w, v, NULL, p->unit->code, false, v->period, v->period, ".csv");
        p->figures_xlsx = v->download;
        if (!read_rows(w, v, province_ids, p->unit->key, false, ids_items, v->period, v->period, false, &kept))
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
