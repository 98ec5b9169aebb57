/* map.c - the provinces on the map, and what is told of the one that was picked. */
#include <stdlib.h>
#include <string.h>

#include "areas/overview/overview.h"
#include "base/utf8.h"
#include "stats/compare.h"

/* ---- the map ------------------------------------------------------------------------------------------------ */

static const char *const profile_ids[3] = { "industry_growth_contribution", "grdp_growth", "export_growth" };

const char *const *topics_of(const struct overview *v)
{
        static const char *const yoy[] = { "iip_yoy", "labour_yoy", NULL }, *const mom[] = { "iip_mom", "labour_mom", NULL };

        return v->is_mom ? mom : yoy;
}

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
        buf_init_with(&o, 4096, w->arena);
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

bool map_fill(struct work *w, struct overview *v, const struct tile *tiles, size_t tile_count)
{
        const char *const *topics = topics_of(v);
        const char *ids[8] = { topics[0], topics[1], profile_ids[0], profile_ids[1], profile_ids[2], NULL };
        struct map *m = &v->map;
        struct numbers_kept kept = { 0 };
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
        if (!numbers_read(w, v, ids, "VN", true, NULL, v->period, v->period, false, &kept))
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

bool map_pick(struct work *w, struct overview *v)
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

bool profile_fill(struct work *w, struct overview *v)
{
        static const char *const ids[] = { "export_value", NULL };
        struct profile *f = &v->profile;
        struct numbers_kept kept = { 0 };
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
        if (!numbers_read(w, v, ids, p->unit->key, false, NULL, v->period, v->period, false, &kept))
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
