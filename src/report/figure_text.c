#include "report/figure_text.h"

#include <stdio.h>
#include <string.h>

#include "format/html.h"

/* ---- words ------------------------------------------------------------------------------------------ */

const char *known_shown(struct work *w, moment m)
{
        char text[MOMENT_TEXT_MAX];
        day d = day_of_moment(m);

        if (m == 0)
                return "";
        if (moment_of_day(d) == m)
                day_write(text, d);
        else
                moment_write(text, m);
        return arena_text(w->arena, text);
}

const char *status_shown(struct work *w, enum figure_status status)
{
        static const char *const names[] = { "", N_("Draft"), N_("Submitted"), N_("Approved"), N_("Published") };

        return status == 0 ? "" : work_text(w, names[status]);
}

const char *mark_shown(struct work *w, enum figure_mark mark)
{
        static const char *const names[] = { "", N_("Estimate"), N_("Preliminary"), N_("Official"), N_("Revised") };

        return mark == MARK_NONE ? "" : work_text(w, names[mark]);
}

/* In the order of enum compare. */
const struct filter_choice compare_choices[] = {
        { "", N_("no comparison") },
        { "yoy", N_("with the same period of the year before") },
        { "mom", N_("with the period before") },
        { "ytd", N_("cumulated from January") },
        { "ytd_yoy", N_("cumulated, with the same months of the year before") },
        { "share", N_("share of the whole") },
        { "contribution", N_("contribution to growth, in percentage points") },
        { NULL, NULL },
};

const struct filter_choice boundary_choices[] = {
        { "", N_("as it was in each period") },
        { "now", N_("today's provinces") },
        { "2025-06-30", N_("the 63 provinces of June 2025") },
        { NULL, NULL },
};

const struct filter_choice status_choices[] = {
        { "", N_("every status") },
        { "submitted", N_("Submitted") },
        { "approved", N_("Approved") },
        { "published", N_("Published") },
        { NULL, NULL },
};

const char *compare_name(enum compare compare)
{
        return compare_choices[compare].value;
}

const char *compare_shown(struct work *w, enum compare compare)
{
        return compare == COMPARE_NONE ? "" : work_text(w, compare_choices[compare].text);
}

/* Differences of indices and rates are points, and so are contributions; the rest is percent. */
const char *change_unit(struct work *w, const struct figure_row *r, enum compare compare)
{
        bool is_points = compare == COMPARE_CONTRIBUTION ||
                         (compare != COMPARE_SHARE && figure_changes_in_points(r->indicator));

        return is_points ? work_text(w, "percentage points") : "%";
}

const char *item_shown(struct work *w, const struct figure_row *r)
{
        const char *classification = r->indicator->item_classification;
        const struct item *i;

        if (*r->item == '\0')
                return "";
        i = item_at(catalogue_of(w), classification, r->item, period_last(r->period));
        if (i == NULL)
                return r->item;
        return w->language == LANGUAGE_VI || *i->name_en == '\0' ? i->name_vi : i->name_en;
}

/* ---- addresses and notes ------------------------------------------------------------------------------- */

static void address_add(struct buf *b, const char *name, const char *value)
{
        if (value == NULL || *value == '\0')
                return;
        buf_char(b, b->length > 0 && memchr(b->data, '?', b->length) != NULL ? '&' : '?');
        buf_text(b, name);
        buf_char(b, '=');
        html_url_part(b, value);
}

const char *explain_address(struct work *w, const struct figure_row *r, const struct figure_query *q)
{
        char period_text[PERIOD_TEXT_MAX], moment_text[MOMENT_TEXT_MAX], day_text[DAY_TEXT_MAX];
        const char *address;
        struct buf b;

        buf_init_with(&b, 0, w->arena);
        buf_text(&b, "/figures/explain");
        address_add(&b, "indicator", r->indicator->id);
        address_add(&b, "unit", r->unit->key);
        period_write(period_text, r->period);
        address_add(&b, "period", period_text);
        address_add(&b, "item", r->item);
        address_add(&b, "partner", r->partner);
        address_add(&b, "compare", compare_name(q->compare));
        if (q->known != 0) {
                moment_write(moment_text, q->known);
                address_add(&b, "known", moment_text);
        }
        if (q->boundary == BOUNDARY_DATE) {
                day_write(day_text, q->boundary_day);
                address_add(&b, "boundary", day_text);
        } else if (q->boundary == BOUNDARY_NOW) {
                address_add(&b, "boundary", "now");
        }
        address = arena_text(w->arena, b.data == NULL ? "" : b.data);
        buf_clear(&b);
        return address;
}

const char **figures_notes(struct work *w, const struct figure_query *q, bool for_people)
{
        const char **notes = arena_array(w->arena, 8, sizeof *notes);
        int n = 0;

        notes[n++] = arena_print(w->arena, work_text(w, "figures known on %s"),
                                 (for_people ? moment_for_people : known_shown)(w, q->known == 0 ? w->now : q->known));
        if (q->compare != COMPARE_NONE)
                notes[n++] = arena_print(w->arena, work_text(w, "compared: %s"), compare_shown(w, q->compare));
        if (q->compare == COMPARE_CONTRIBUTION)
                notes[n++] = work_text(w, "contributions of the units below one, and of items, make up the growth of their whole to the last digit, and as they are printed (by largest remainder), where the levels "
                                          "of all of them make up the whole, now and a year before; else each is rounded by itself");
        if (q->boundary != BOUNDARY_THEN) {
                char text[DAY_SHOWN_MAX];

                day_write_shown(text, q->boundary == BOUNDARY_DATE ? q->boundary_day : day_of_moment(w->now), w->language);
                notes[n++] = arena_print(w->arena, work_text(w, "on the map of %s"), text);
        }
        if (q->only_published)
                notes[n++] = work_text(w, "published figures only");
        return notes;
}
