/* months.c - the line of the months, and what the growth of industry is made of. */
#include <string.h>

#include "areas/overview/overview.h"
#include "figure/filter.h"
#include "stats/compare.h"

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

bool series_fill(struct work *w, struct overview *v, struct series *s, const struct unit *unit)
{
        const char *const *topics = topics_of(v);
        const char *ids[3] = { topics[0], unit->level == LEVEL_COUNTRY ? NULL : topics[1], NULL };
        period to = period_at(FREQUENCY_MONTH, period_last(v->period)), from = period_plus(to, 1 - SERIES_MONTHS);
        struct numbers_kept kept = { 0 };
        char newest[PERIOD_TEXT_MAX];
        size_t missing = 0;

        s->indicator = indicator_find(v->catalogue, ids[0]);
        s->unit = unit;
        if (s->indicator == NULL)
                return true;
        if (!numbers_read(w, v, ids, unit->key, false, NULL, from, to, true, &kept))
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
};
static const char *const rest_labels[] = { [GROWTH_ROUNDING] = N_("Round-\ning"), [GROWTH_UNEXPLAINED] = N_("Not ex-\nplained") };
#define SECTIONS (sizeof sections / sizeof *sections)

static void contribution_title(struct work *w, struct contribution *c, const struct growth_table *t)
{
        const struct chart_bar *best = NULL, *total = &c->bars[c->count - 1];
        const struct growth_line *lead = NULL;
        char part[DECIMAL_TEXT_MAX + 1] = "+", all[DECIMAL_TEXT_MAX + 1] = "+";
        char *label;

        for (size_t i = 0; i + 1 < c->count; i++)
                if (growth_leads(t, c->lines[i], lead)) {
                        lead = c->lines[i];
                        best = &c->bars[i];
                }
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

static void bar_add(struct contribution *c, const struct growth_line *l, const char *label)
{
        c->lines[c->count] = l;
        c->bars[c->count++] = (struct chart_bar){ label, l->printed, l->depth == 0, l->is_estimate };
}

/* Sections in their order; none where any of them, or the whole, is not known. */
static void contribution_bars(struct work *w, struct contribution *c, const struct growth_table *t)
{
        const struct growth_line *industry = &t->lines[0];

        if (industry->source == GROWTH_UNKNOWN || t->lacking > 0)
                return;
        for (size_t i = 0; i <= SECTIONS; i++)
                for (size_t n = 1; n < t->count; n++) {
                        const struct growth_line *l = &t->lines[n];

                        if (i < SECTIONS ? strcmp(l->code, sections[i].vsic) == 0 : l->rest != GROWTH_NO_REST && growth_is_seen(l))
                                bar_add(c, l, i < SECTIONS ? work_text(w, sections[i].label) : work_text(w, rest_labels[l->rest]));
                }
        bar_add(c, industry, work_text(w, "Industry\nin all"));
        c->is_computed = industry->source == GROWTH_COMPUTED;
}

/* Of the period, or of the last whole quarter in it. */
bool contributions_fill(struct work *w, struct overview *v)
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
        c->href = arena_print(w->arena, "/growth?of=industry&unit=VN&period=%s%s", code, known_query(w, v->known));
        if (c->count == 0)
                return work_ok(w);
        contribution_title(w, c, t);
        c->source = growth_source(w, t);
        if (c->is_computed)
                c->source = arena_print(w->arena, work_text(w, "%s; computed by Cầu Nối from levels at constant prices"), c->source);
        c->chart.source = c->source;
        c->chart.as_of = t->known_from == 0 ? NULL : day_text(w, day_of_moment(t->known_from));
        return work_ok(w);
}
