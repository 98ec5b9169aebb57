#include "figure/growth.h"

#include <stdlib.h>
#include <string.h>

#include "figure/filter.h"
#include "ledger/read.h"
#include "stats/apportion.h"

#define UNIT_PARTS_MOST 128

/* Activities of industry in the words of the accounts, for the country, whose value added is reported there only. */
static const struct { const char *vsic, *activity; } accounts[] = {
        { "TOTAL", "cong_nghiep" },
        { "B", "khai_khoang" },
        { "C", "cong_nghiep_che_bien_che_tao" },
        { "D", "san_xuat_va_phan_phoi_dien_khi_dot_nuoc_nong_hoi_nuoc_va_dieu_hoa_khong_khi" },
        { "E", "cung_cap_nuoc_hoat_dong_quan_ly_va_xu_ly_rac_thai_nuoc_thai" },
};
#define ACCOUNTS (sizeof accounts / sizeof *accounts)

/* The indicators that tell of a whole. */
struct family {
        const char *level, *growth, *points;
        const char *other_points, *other_item; /* a further indicator that is the points of one activity */
};

static struct family family_of(enum growth_of of, const struct unit *u)
{
        bool is_country = u->level == LEVEL_COUNTRY;

        if (of == GROWTH_OF_PRODUCT)
                return (struct family){ is_country ? "gdp_const2010" : "grdp", "grdp_growth", "growth_contribution",
                                        "industry_growth_contribution", "cong_nghiep" };
        return (struct family){ is_country ? "gdp_const2010" : "value_added", "industry_value_added_growth", "industry_value_added_contribution", NULL, NULL };
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

struct told {
        bool is_there, is_estimate;
        int64_t value, entry;
        int decimals;
        int printed;              /* the decimals it is printed with, as far as seen */
        int64_t doubt;            /* the most that rounding can have taken from it or added, in tenths of the last of decimals */
        moment known_from;
        struct growth_basis basis;
        int quarters;             /* whose sum it is; 0: it stands so itself */
        const char *note;         /* how a level of another map came about, or why there is none; NULL */
};

struct reading {
        struct work *work;
        struct growth_table *table;
        enum growth_of of;
        moment known;
        const char *classification;
        const struct item *items[GROWTH_LINES_MAX]; /* as the lines */
        int parent[GROWTH_LINES_MAX];
        struct told now[GROWTH_LINES_MAX], before[GROWTH_LINES_MAX], growth[GROWTH_LINES_MAX], points[GROWTH_LINES_MAX];
        struct growth_part part[GROWTH_LINES_MAX];
};

/* The item under which a line's levels are reported; "" for a rest, of which there are none. */
static const char *level_item(const struct reading *g, size_t line)
{
        if (g->items[line] == NULL)
                return "";
        if (g->of == GROWTH_OF_INDUSTRY && strcmp(g->table->level->item_classification, "gdp_activity") == 0)
                for (size_t i = 0; i < ACCOUNTS; i++)
                        if (strcmp(accounts[i].vsic, g->items[line]->code) == 0)
                                return accounts[i].activity;
        return g->items[line]->code;
}

struct gathering {
        struct reading *g;
        struct told *into;
        bool is_level, is_restated, only_published;
        const char *only;         /* all figures are those of this activity */
};

/* The figures of the units that a unit was made of, where it was not there yet. */
static int64_t doubt_of_parts(struct work *w, const struct figure_row *r, bool only_published, moment known)
{
        struct unit_part parts[UNIT_PARTS_MOST];
        size_t n = unit_restated(catalogue_of(w), r->unit, period_last(r->period), parts, UNIT_PARTS_MOST);
        struct figure_row one;
        int64_t doubt = 0;

        for (size_t i = 0; i < n && i < UNIT_PARTS_MOST; i++)
                if (figure_get(w, r->indicator, parts[i].unit, r->period, r->item, r->partner, only_published, known, &one))
                        doubt += decimal_power[r->indicator->decimals - decimal_used(one.value, r->indicator->decimals)] * 5;
        return doubt;
}

static bool gather(struct work *w, const struct figure_row *r, void *context)
{
        struct gathering *x = context;
        struct growth_table *t = x->g->table;

        bool is_whole = r->has_value && r->total_of >= r->total_expected;
        int printed = decimal_used(r->value, r->indicator->decimals);

        if (*r->partner != '\0')
                return true;
        for (size_t i = 0; i < t->count; i++) {
                const char *item = x->only != NULL ? x->only : x->is_level ? level_item(x->g, i) : t->lines[i].code;

                if (strcmp(x->only != NULL ? t->lines[i].code : r->item, item) != 0)
                        continue;
                x->into[i].note = r->note == NULL || !x->is_restated ? NULL : arena_text(w->arena, r->note);
                if (!is_whole)
                        continue;
                x->into[i] = (struct told){ .is_there = true, .is_estimate = r->mark == MARK_ESTIMATE, .value = r->value, .entry = r->entry,
                                            .decimals = r->indicator->decimals, .known_from = r->known_from, .note = x->into[i].note, .printed = printed,
                                            .doubt = x->is_restated ? doubt_of_parts(w, r, x->only_published, x->g->known)
                                                                    : decimal_power[r->indicator->decimals - printed] * 5 * (r->total_of > 0 ? r->total_of : 1),
                                            .basis = { r->indicator, arena_text(w->arena, r->item), r->period } };
                if (r->known_from > t->known_from)
                        t->known_from = r->known_from;
        }
        return true;
}

static bool tell(struct reading *g, const char *id, period p, bool is_level, const char *only, struct told *into)
{
        struct work *w = g->work;
        const struct indicator *i = indicator_find(catalogue_of(w), id);
        const char *unit = g->table->unit->key;
        struct figure_query q = { .indicators = &i, .indicator_count = 1, .units = &unit, .unit_count = 1, .from = p, .to = p, .known = g->known };
        struct gathering x = { .g = g, .into = into, .is_level = is_level, .only = only };

        memset(into, 0, sizeof *into * GROWTH_LINES_MAX);
        if (i == NULL)
                return true;
        if (is_level)
                figures_on_own_map(g->table->unit, p, &q);
        x.is_restated = q.boundary != BOUNDARY_THEN;
        figures_limit_to_reader(w, &q);
        x.only_published = q.only_published;
        return figures_read(w, &q, gather, &x);
}

/* How many quarters a period has, if it is a year or a half, and the first of them. */
static int quarters_of(period p, period *first)
{
        int quarters = period_frequency(p) == FREQUENCY_YEAR ? 4 : period_frequency(p) == FREQUENCY_HALF ? 2 : 0;

        *first = period_make(FREQUENCY_QUARTER, period_year(p), quarters == 2 && period_index(p) == 2 ? 3 : 1);
        return quarters;
}

/* Levels of a period; of a year or half where the whole has none: of all its quarters, where they make one. */
static bool tell_levels(struct reading *g, period p, struct told *into)
{
        period first;
        int quarters = quarters_of(p, &first);
        struct told *one = arena_array(g->work->arena, GROWTH_LINES_MAX, sizeof *one), *made = arena_array(g->work->arena, GROWTH_LINES_MAX, sizeof *made);

        if (!tell(g, g->table->level->id, p, true, NULL, into))
                return false;
        if (into[0].is_there || quarters == 0)
                return true;
        for (int n = 0; n < quarters; n++) {
                if (!tell(g, g->table->level->id, period_plus(first, n), true, NULL, one))
                        return false;
                for (size_t i = 0; i < g->table->count; i++) {
                        const struct told before = n == 0 ? (struct told){ .is_there = true } : made[i];

                        if (!before.is_there)
                                continue;
                        made[i] = one[i];
                        made[i].quarters = quarters;
                        made[i].is_estimate |= before.is_estimate;
                        if (before.note != NULL)
                                made[i].note = before.note;
                        made[i].doubt += before.doubt;
                        if (made[i].printed < before.printed)
                                made[i].printed = before.printed;
                        if (made[i].is_there && __builtin_add_overflow(before.value, one[i].value, &made[i].value))
                                made[i].is_there = false;
                }
        }
        if (made[0].is_there)
                memcpy(into, made, GROWTH_LINES_MAX * sizeof *into);
        return true;
}

/* ---- the lines ------------------------------------------------------------------------------------------------ */

static void line_add(struct reading *g, const struct item *item, int parent, int depth)
{
        struct growth_table *t = g->table;

        if (t->count >= GROWTH_LINES_MAX)
                return;
        g->items[t->count] = item;
        g->parent[t->count] = parent;
        t->lines[t->count++] = (struct growth_line){ .code = item->code, .depth = depth,
                                                     .name = g->work->language == LANGUAGE_VI ? item->name_vi : item->name_en };
}

/* A place for what the parts of a line leave of it. */
static void rest_add(struct reading *g, size_t parent, int depth)
{
        struct growth_table *t = g->table;

        if (t->count >= GROWTH_LINES_MAX)
                return;
        g->items[t->count] = NULL;
        g->parent[t->count] = (int)parent;
        t->lines[t->count++] = (struct growth_line){ .code = arena_print(g->work->arena, "rest:%s", t->lines[parent].code), .depth = depth,
                                                     .rest = GROWTH_ROUNDING };
}

static void lines_below(struct reading *g, const struct item *const *all, size_t count, const struct item *parent, int place, int depth)
{
        for (size_t i = 0; i < count; i++)
                if (all[i]->parent == parent) {
                        int line = (int)g->table->count;

                        line_add(g, all[i], place, depth);
                        /* industry is looked at down to its sections, the product down to sections too */
                        if (g->of == GROWTH_OF_PRODUCT && depth < 3)
                                lines_below(g, all, count, all[i], line, depth + 1);
                }
        if (g->table->count > (size_t)place + 1)
                rest_add(g, (size_t)place, depth);
}

static bool lines_fill(struct reading *g)
{
        const struct catalogue *c = catalogue_of(g->work);
        const struct classification *k = classification_find(c, g->classification);
        day on = period_last(g->table->period);
        const struct item **all, *root = k == NULL ? NULL : item_at(c, g->classification, k->root, on);
        size_t count;

        if (root == NULL)
                return error_set(&g->work->err, ERR_MISSING, "the catalogue has no activities \"%s\"", g->classification);
        count = item_list(c, g->classification, on, NULL, 0);
        all = arena_array(g->work->arena, count + 1, sizeof(*all));
        item_list(c, g->classification, on, all, count);
        line_add(g, root, -1, 0);
        lines_below(g, all, count, root, 0, 1);
        return true;
}

/* ---- points ------------------------------------------------------------------------------------------------------ */

static const char *period_told(struct work *w, period p)
{
        char text[64];

        period_write_said(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

static const char *missing_of(struct reading *g, size_t line)
{
        struct growth_table *t = g->table;
        struct work *w = g->work;
        const char *level = w->language == LANGUAGE_VI ? t->level->name_vi : t->level->name_en, *name = t->lines[line].name;
        const char *now = period_told(w, t->period), *before = period_told(w, t->before);
        const char *why = !g->now[line].is_there ? g->now[line].note : !g->before[line].is_there ? g->before[line].note : NULL;

        if (!indicator_joins(t->level, t->before, t->period))
                return arena_print(w->arena, work_text(w, "missing: levels of %s and %s of one estimate of the whole; in between it was estimated anew"),
                                   before, now);
        if (t->level->price_year == 0)
                return work_text(w, "missing: levels at constant prices of one year");
        if (g->before[0].is_there && g->before[0].value <= 0) {
                char text[DECIMAL_TEXT_MAX];

                decimal_write_shown(text, g->before[0].value, g->before[0].decimals, g->before[0].printed, w->language);
                return arena_print(w->arena, work_text(w, "%s, whole, is %s in %s: growth from a base of zero or below is not defined"), level, text, before);
        }
        if (g->growth[line].is_there && !g->before[line].is_there)
                return arena_print(w->arena, work_text(w, "missing: the weight of %s in the whole in %s (%s)"), name, before, level);
        if (!g->before[0].is_there && g->now[line].is_there && g->before[line].is_there)
                return arena_print(w->arena, work_text(w, "missing: %s, whole, %s"), level, before);
        if (!g->now[line].is_there && !g->before[line].is_there)
                return arena_print(w->arena, work_text(w, "missing: %s of %s, %s and %s"), level, name, before, now);
        if (why != NULL)
                return arena_print(w->arena, work_text(w, "missing: %s of %s, %s (%s)"), level, name, g->now[line].is_there ? before : now, why);
        return arena_print(w->arena, work_text(w, "missing: %s of %s, %s"), level, name, g->now[line].is_there ? before : now);
}

static bool rescaled(const struct told *told, int64_t *out)
{
        return told->is_there && decimal_rescale(told->value, told->decimals, STATS_DECIMALS, out);
}

/* What is known of each line. Levels that do not join are of no use. */
static void parts_fill(struct reading *g)
{
        struct growth_table *t = g->table;
        bool joins = indicator_joins(t->level, t->before, t->period);

        for (size_t i = 0; i < t->count; i++) {
                struct growth_part *p = &g->part[i];
                struct growth_line *l = &t->lines[i];

                *p = (struct growth_part){ .price_year = t->level->price_year, .has_now = joins && g->now[i].is_there,
                                           .has_before = joins && g->before[i].is_there, .now = g->now[i].value, .before = g->before[i].value };
                p->has_growth = rescaled(&g->growth[i], &p->growth);
                l->is_estimate = g->now[i].is_estimate || g->before[i].is_estimate || g->growth[i].is_estimate || g->points[i].is_estimate;
                if (i > 0 && p->has_before && g->part[0].has_before)
                        l->has_weight = stats_share(p->before, g->part[0].before, &l->weight);
                p->has_share = l->has_weight && p->price_year != 0;
                p->share = l->weight;
                l->has_growth = p->has_now && p->has_before && stats_growth(p->now, p->before, &l->growth);
                l->item = level_item(g, i);
                l->parent = i == 0 ? "" : t->lines[g->parent[i]].code;
                l->now = (struct growth_level){ p->has_now, p->now, g->now[i].quarters };
                l->before = (struct growth_level){ p->has_before, p->before, g->before[i].quarters };
                if (!l->has_growth && p->has_growth) {
                        l->has_growth = true;
                        l->growth = p->growth;
                        l->reported_growth = g->growth[i].basis;
                }
        }
}

/* The lines right below one, and the place of what they leave. */
static size_t children_of(const struct reading *g, size_t parent, size_t *lines, size_t *rest)
{
        size_t count = 0;

        for (size_t i = 1; i < g->table->count; i++) {
                if (g->parent[i] != (int)parent)
                        continue;
                if (g->items[i] == NULL)
                        *rest = i;
                else
                        lines[count++] = i;
        }
        return count;
}

static void line_take(struct reading *g, size_t line, const struct growth_contribution *c)
{
        struct growth_line *l = &g->table->lines[line];

        if (c->lack == LACK_NOTHING) {
                l->source = GROWTH_COMPUTED;
                l->points = c->points;
                l->is_by_weight = !l->now.is_there || !l->before.is_there;
                l->is_explained = c->is_explained;
                l->explained = c->explained;
        } else {
                l->missing = missing_of(g, line);
        }
}

/* What parts leave of their whole, as a part; false where levels are missing or nothing is left. */
static bool parts_leave(const struct growth_part *whole, const struct growth_part *part, size_t count, struct growth_part *left)
{
        *left = *whole;
        left->has_growth = left->has_share = false;
        if (!whole->has_now || !whole->has_before)
                return false;
        for (size_t i = 0; i < count; i++) {
                if (!part[i].has_now || !part[i].has_before)
                        return false;
                left->now -= part[i].now;
                left->before -= part[i].before;
        }
        return left->now != 0 || left->before != 0;
}

/* The most that rounding can leave between a whole and its parts, in tenths of the last decimal of the indicator. */
static int128 rounding_most(const struct told *level, size_t whole, const size_t *part, size_t count)
{
        int128 most = level[whole].doubt;

        for (size_t i = 0; i < count; i++)
                most += level[part[i]].doubt;
        return most;
}

/* With as many decimals as it has. */
static const char *left_said(struct work *w, int128 value, int decimals)
{
        char text[DECIMAL_TEXT_MAX];
        int64_t narrow;

        if (!decimal_narrow(value, &narrow))
                return "–";
        decimal_write_shown(text, narrow, decimals, decimal_used(narrow, decimals), w->language);
        return arena_text(w->arena, text);
}

static bool is_within(int64_t left, int128 most)
{
        return (left < 0 ? -(int128)left : left) * 10 <= most;
}

/* Calls what is left rounding, or not explained, and says by how much. */
static void rest_judge(struct reading *g, size_t rest, const struct growth_part *left, const size_t *part, size_t count)
{
        struct growth_table *t = g->table;
        struct growth_line *l = &t->lines[rest];
        struct work *w = g->work;
        size_t whole = (size_t)g->parent[rest];
        int decimals = t->level->decimals;
        int128 now = rounding_most(g->now, whole, part, count), before = rounding_most(g->before, whole, part, count);

        l->now = (struct growth_level){ true, left->now, 0 };
        l->before = (struct growth_level){ true, left->before, 0 };
        l->rest = is_within(left->now, now) && is_within(left->before, before) ? GROWTH_ROUNDING : GROWTH_UNEXPLAINED;
        l->name = l->rest == GROWTH_ROUNDING ? work_text(w, "left by the rounding of the source") : work_text(w, "not explained by the parts that are known");
        l->note = arena_print(w->arena, work_text(w, "the levels of the parts leave %s of %s in %s, %s in %s; rounding to the printed decimals explains up to %s and %s"),
                              left_said(w, left->now, decimals), t->lines[whole].name, period_told(w, t->period), left_said(w, left->before, decimals),
                              period_told(w, t->before), left_said(w, now, decimals + 1), left_said(w, before, decimals + 1));
}

static void points_fill(struct reading *g)
{
        struct growth_table *t = g->table;
        struct arena *a = g->work->arena;
        struct growth_part *part = arena_array(a, GROWTH_LINES_MAX + 1, sizeof *part);
        struct growth_contribution *out = arena_array(a, GROWTH_LINES_MAX + 1, sizeof *out), *all = arena_array(a, GROWTH_LINES_MAX, sizeof *all);
        size_t *lines = arena_array(a, GROWTH_LINES_MAX, sizeof *lines);
        struct growth_sum sum = { 0 };

        for (size_t parent = 0; parent < t->count; parent++) {
                size_t rest = 0, count = children_of(g, parent, lines, &rest), with;

                if (count == 0)
                        continue;
                for (size_t i = 0; i < count; i++)
                        part[i] = g->part[lines[i]];
                with = count;
                if (rest > 0 && parts_leave(&g->part[parent], part, count, &g->part[rest]))
                        part[with++] = g->part[rest];
                if (parent == 0)
                        sum = growth_contributions(a, &g->part[0], part, with, out);
                else
                        growth_details(a, &g->part[0], &g->part[parent], &all[parent], part, with, out);
                for (size_t i = 0; i < count; i++) {
                        all[lines[i]] = out[i];
                        line_take(g, lines[i], &out[i]);
                }
                if (with > count && out[count].lack == LACK_NOTHING) {
                        rest_judge(g, rest, &part[count], lines, count);
                        line_take(g, rest, &out[count]);
                }
        }
        t->lines[0].source = sum.has_growth ? GROWTH_COMPUTED : GROWTH_UNKNOWN;
        t->lines[0].points = sum.growth;
        if (!sum.has_growth)
                t->lines[0].missing = missing_of(g, 0);
}

/* Nothing is left where the levels add up, or are not known. */
static void rests_without_any_drop(struct reading *g)
{
        struct growth_table *t = g->table;
        size_t kept = 0;

        for (size_t i = 0; i < t->count; i++)
                if (t->lines[i].rest == GROWTH_NO_REST || t->lines[i].source != GROWTH_UNKNOWN)
                        t->lines[kept++] = t->lines[i];
        t->count = kept;
}

/* What levels leave beside a part whose points are reported says nothing: those are of no level. */
static void rest_forget(struct reading *g, size_t part)
{
        for (size_t i = 1; i < g->table->count; i++)
                if (g->parent[i] == g->parent[part] && g->items[i] == NULL)
                        g->table->lines[i].source = GROWTH_UNKNOWN;
}

/* What the source reports stands; what is computed is compared with nothing and never mixed into it. */
static void reported_take(struct reading *g)
{
        struct growth_table *t = g->table;
        int64_t whole = t->lines[0].points, value;

        if (rescaled(&g->growth[0], &value)) {
                struct growth_line *l = &t->lines[0];

                l->source = GROWTH_REPORTED;
                l->has_growth = true;
                l->growth = l->points = value;
                l->is_estimate = g->growth[0].is_estimate;
                l->entry = g->growth[0].entry;
                l->reported_growth = l->reported_points = g->growth[0].basis;
                l->missing = NULL;
                whole = value;
        }
        for (size_t i = 1; i < t->count; i++) {
                struct growth_line *l = &t->lines[i];

                if (rescaled(&g->points[i], &value)) {
                        l->source = GROWTH_REPORTED;
                        l->points = value;
                        l->entry = g->points[i].entry;
                        l->is_estimate = g->points[i].is_estimate;
                        l->reported_points = g->points[i].basis;
                        l->missing = NULL;
                        rest_forget(g, i);
                }
                if (l->source != GROWTH_UNKNOWN)
                        l->is_explained = t->lines[0].source != GROWTH_UNKNOWN && (whole >= GROWTH_NEARLY_NONE || whole <= -GROWTH_NEARLY_NONE) &&
                                          stats_share(l->points, whole, &l->explained);
        }
}

static void print_points(struct work *w, struct growth_table *t)
{
        struct printed_row *row = arena_array(w->arena, GROWTH_LINES_MAX, sizeof *row);
        int64_t *out = arena_array(w->arena, GROWTH_LINES_MAX, sizeof *out);

        for (size_t i = 0; i < t->count; i++)
                row[i] = (struct printed_row){ t->lines[i].depth, t->lines[i].source != GROWTH_UNKNOWN, t->lines[i].points };
        apportion_printed(w->arena, row, t->count, STATS_DECIMALS - FIGURE_POINTS_SHOWN, out);
        for (size_t i = 0; i < t->count; i++)
                t->lines[i].printed = out[i];
}

static void sum_check(struct growth_table *t)
{
        int128 rest = t->lines[0].points;

        for (size_t i = 1; i < t->count; i++) {
                if (t->lines[i].depth != 1)
                        continue;
                t->lacking += t->lines[i].source == GROWTH_UNKNOWN;
                rest -= t->lines[i].points;
        }
        if (t->lines[0].source == GROWTH_UNKNOWN || t->lacking > 0 || !decimal_narrow(rest, &t->rest))
                return;
        t->adds_up = t->rest == 0;
}

struct growth_table *growth_read(struct work *w, enum growth_of of, const struct unit *unit, period p, moment known)
{
        struct reading *g = arena_alloc(w->arena, sizeof *g);
        struct family f = family_of(of, unit);
        const struct catalogue *c = catalogue_of(w);
        struct told *other = arena_array(w->arena, GROWTH_LINES_MAX, sizeof *other);

        if (c == NULL)
                return NULL;
        *g = (struct reading){ .work = w, .of = of, .known = known, .classification = of == GROWTH_OF_PRODUCT ? "gdp_activity" : "vsic" };
        g->table = arena_alloc(w->arena, sizeof *g->table);
        *g->table = (struct growth_table){ .unit = unit, .period = p, .before = period_year_before(p), .known = known, .level = indicator_find(c, f.level) };
        if (g->table->level == NULL) {
                error_set(&w->err, ERR_MISSING, "the catalogue has no indicator \"%s\"", f.level);
                return NULL;
        }
        if (!lines_fill(g) || !tell_levels(g, p, g->now) || !tell_levels(g, g->table->before, g->before) || !tell(g, f.growth, p, false, NULL, g->growth) ||
            !tell(g, f.points, p, false, NULL, g->points))
                return NULL;
        if (f.other_points != NULL) {
                if (!tell(g, f.other_points, p, false, f.other_item, other))
                        return NULL;
                for (size_t i = 0; i < g->table->count; i++)
                        if (other[i].is_there && !g->points[i].is_there)
                                g->points[i] = other[i];
        }
        g->table->level_known = g->now[0].known_from;
        g->table->base_known = g->before[0].known_from;
        g->table->how_now = g->now[0].note;
        g->table->how_before = g->before[0].note;
        parts_fill(g);
        points_fill(g);
        reported_take(g);
        rests_without_any_drop(g);
        sum_check(g->table);
        print_points(w, g->table);
        return work_ok(w) ? g->table : NULL;
}

const struct growth_line *growth_line_find(const struct growth_table *t, const char *code)
{
        for (size_t i = 0; i < t->count; i++)
                if (strcmp(t->lines[i].code, code) == 0)
                        return &t->lines[i];
        return NULL;
}

bool growth_level_read(struct work *w, const struct growth_table *t, const struct growth_line *l, bool is_before, figure_visit *visit, void *context)
{
        const struct growth_level *level = is_before ? &l->before : &l->now;
        period p = is_before ? t->before : t->period, first;
        const struct indicator *indicator = t->level;
        const char *unit = t->unit->key, *item = l->item, *partner = "";

        quarters_of(p, &first);
        for (int n = 0; n == 0 || n < level->quarters; n++) {
                struct figure_query q = { .indicators = &indicator, .indicator_count = 1, .units = &unit, .unit_count = 1, .items = &item, .item_count = 1,
                                          .partners = &partner, .partner_count = 1, .known = t->known };

                q.from = q.to = level->quarters == 0 ? p : period_plus(first, n);
                figures_on_own_map(t->unit, q.from, &q);
                figures_limit_to_reader(w, &q);
                if (!figures_read(w, &q, visit, context))
                        return false;
        }
        return true;
}

bool growth_is_seen(const struct growth_line *l)
{
        return l->rest == GROWTH_NO_REST || l->printed != 0;
}

bool growth_leads(const struct growth_table *t, const struct growth_line *l, const struct growth_line *other)
{
        const struct growth_line *whole = &t->lines[0];

        if (l->source == GROWTH_UNKNOWN || l->rest != GROWTH_NO_REST || other == NULL)
                return l->source != GROWTH_UNKNOWN && l->rest == GROWTH_NO_REST;
        if (whole->printed == 0)
                return llabs(l->points) > llabs(other->points);
        return whole->printed > 0 ? l->points > other->points : l->points < other->points;
}

/* Each source once, in the order of the lines. */
const char *growth_line_source(struct work *w, const struct growth_table *t, const struct growth_line *l)
{
        const struct entry *e = l->source == GROWTH_REPORTED ? ledger_entry(w, l->entry) : NULL;
        const char *source = e == NULL ? NULL : json_string_value(json_object_get(e->body, "source"));

        return source != NULL ? arena_text(w->arena, source) : w->language == LANGUAGE_VI ? t->level->source_vi : t->level->source_en;
}

const char *growth_source(struct work *w, const struct growth_table *t)
{
        const char *owner = w->language == LANGUAGE_VI ? t->level->source_vi : t->level->source_en, *told[GROWTH_LINES_MAX], *all;
        int64_t newest = -1;
        size_t count = 0;

        for (size_t i = 0; i < t->count; i++) {
                const struct growth_line *l = &t->lines[i];
                size_t same = 0;

                if (l->depth > 1 || l->source == GROWTH_UNKNOWN || l->entry == newest)
                        continue;
                newest = l->entry;
                told[count] = growth_line_source(w, t, l);
                while (strcmp(told[same], told[count]) != 0)
                        same++;
                count += same == count;
        }
        all = count == 0 ? owner : told[0];
        for (size_t i = 1; i < count; i++)
                all = arena_print(w->arena, "%s; %s", all, told[i]);
        return all;
}

/* ---- periods --------------------------------------------------------------------------------------------------------- */

struct periods {
        period *list;
        size_t count, max;
};

static bool period_take(struct work *w, const struct figure_row *r, void *context)
{
        struct periods *p = context;

        (void)w;
        for (size_t i = 0; i < p->count; i++)
                if (p->list[i] == r->period)
                        return true;
        if (r->has_value && r->total_of == r->total_expected && p->count < p->max)
                p->list[p->count++] = r->period;
        return true;
}

/* By last day; of the same the longer: a year before its last quarter. */
static int later_first(const void *a, const void *b)
{
        const period x = *(const period *)a, y = *(const period *)b;
        day p = period_last(x), q = period_last(y);

        return p != q ? (p > q ? -1 : 1) : (x < y) - (x > y);
}

/* Whether other units held its territory before. */
static bool has_predecessors(struct work *w, const struct unit *u)
{
        struct unit_part part;

        return unit_restated(catalogue_of(w), u, u->from - 1, &part, 1) > 0;
}

period growth_periods(struct work *w, enum growth_of of, const struct unit *unit, moment known, period *list, size_t max, size_t *count)
{
        struct family f = family_of(of, unit);
        const char *const ids[] = { f.level, f.growth };
        struct periods p = { list, 0, max };
        const char *unit_key = unit->key;

        *count = 0;
        for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
                const struct indicator *indicator = indicator_find(catalogue_of(w), ids[i]);
                const char *item = of == GROWTH_OF_INDUSTRY && indicator != NULL && strcmp(indicator->item_classification, "gdp_activity") == 0
                                           ? accounts[0].activity : "";
                struct figure_query q = { .indicators = &indicator, .indicator_count = 1, .units = &unit_key, .unit_count = 1, .items = &item,
                                          .item_count = 1, .known = known };

                if (indicator == NULL)
                        continue;
                if (i == 0 && has_predecessors(w, unit)) {
                        q.boundary = BOUNDARY_DATE;
                        q.boundary_day = unit->from;
                }
                figures_limit_to_reader(w, &q);
                if (!figures_read(w, &q, period_take, &p))
                        return PERIOD_NONE;
        }
        if (p.count > 1)
                qsort(list, p.count, sizeof *list, later_first);
        *count = p.count;
        return p.count == 0 ? PERIOD_NONE : list[0];
}
