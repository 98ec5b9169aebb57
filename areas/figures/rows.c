#include "areas/figures/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/map.h"
#include "figure/state.h"
#include "format/html.h"
#include "ledger/read.h"

/* ---- columns --------------------------------------------------------------------------------------------- */

enum { MOST_COLUMNS = 16, MOST_INDICATORS = 128 };

struct listing {
        struct table *table;
        const struct figure_query *query;
        struct entry_hashes *hashes;
        const struct figure_states *states; /* NULL: no row has one */
        bool is_page, has_change, has_note;
        bool has_indicator, has_unit, has_item, has_partner, has_measure; /* pages: what is not the same in all rows */
        const char *measure, *change_measure; /* pages: the unit of measure of all rows, or NULL */
        int64_t limit, count;
        moment newest;      /* of the rows: when it became known */
        const struct indicator *met[MOST_INDICATORS]; /* in the rows, as many as are described */
        size_t met_count;
        char *last_key;     /* of the last row written */
        bool has_more;
};

/* The same for all rows of one indicator; NULL where nothing is compared. */
static const char *change_measure(struct work *w, const struct indicator *i, enum compare compare)
{
        struct figure_row r = { .indicator = i };

        return compare == COMPARE_NONE ? NULL : change_unit(w, &r, compare);
}

static int columns_of(const struct listing *l, struct column *c)
{
        int n = 0;

        if (l->has_indicator)
                c[n++] = (struct column){ "indicator", N_("Indicator"), NULL, CELL_TEXT };
        if (l->has_unit)
                c[n++] = (struct column){ "unit", N_("Unit"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "period", N_("Period"), NULL, CELL_TEXT };
        if (l->has_item)
                c[n++] = (struct column){ "item", N_("Item"), NULL, CELL_TEXT };
        if (l->has_partner)
                c[n++] = (struct column){ "partner", N_("Partner"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "value", N_("Value"), l->measure, CELL_NUMBER };
        if (l->has_measure)
                c[n++] = (struct column){ "unit_of_measure", N_("Unit of measure"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "status", N_("Status"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "known_from", N_("Known from"), NULL, CELL_TEXT };
        if (!l->is_page)
                c[n++] = (struct column){ "entry", N_("Entry"), NULL, CELL_TEXT };
        if (l->has_change) {
                c[n++] = (struct column){ "base_value", N_("Compared with"), NULL, CELL_NUMBER };
                c[n++] = (struct column){ "change", N_("Change"), l->change_measure, CELL_NUMBER };
                if (l->change_measure == NULL)
                        c[n++] = (struct column){ "change_unit", N_("Unit of the change"), NULL, CELL_TEXT };
        }
        if (l->has_note)
                c[n++] = (struct column){ "note", N_("Note"), NULL, CELL_TEXT };
        if (!l->is_page)
                c[n++] = (struct column){ "state", N_("State"), NULL, CELL_TEXT };
        return n;
}

static const char *both(struct work *w, const char *a, const char *b)
{
        return a == NULL || b == NULL ? (a == NULL ? b : a) : arena_print(w->arena, "%s; %s", a, b);
}

/* On pages what is said of the state stands beside it (standing_shown). */
static const char *note_of(struct work *w, const struct listing *l, const struct figure_row *r)
{
        enum revision_state state;
        bool is_unconfirmed = false;
        const char *contested = r->is_contested          ? work_text(w, "contested: another node wrote another value; a decision is awaited")
                                : r->total_contested > 0 ? arena_print(w->arena, work_text(w, "contested figures in this total: %d; a decision is awaited"), r->total_contested)
                                                         : NULL;
        const char *left = !l->is_page && figure_state(l->states, r, &state, &is_unconfirmed) && is_unconfirmed ? work_text(w, figure_unconfirmed) : NULL;

        return both(w, both(w, contested, r->note), left);
}

/* How far a figure is, for people: its status where it is not published yet, the source's mark, and first estimate, revised or final. */
static const char *standing_shown(struct work *w, const struct listing *l, const struct figure_row *r)
{
        enum revision_state state;
        bool is_unconfirmed = false;
        const char *mark = r->mark == MARK_NONE ? NULL : mark_shown(w, r->mark);
        const char *known = figure_state(l->states, r, &state, &is_unconfirmed) ? work_text(w, figure_state_title(state)) : NULL;

        if (is_unconfirmed)
                known = both(w, known, work_text(w, figure_unconfirmed));

        if (mark == NULL && known == NULL)
                return status_shown(w, r->status);
        if (r->status != STATUS_PUBLISHED) /* what is published is said below the rows */
                return arena_print(w->arena, "%s · %s", status_shown(w, r->status), known == NULL ? mark : known);
        if (mark == NULL || known == NULL || (r->mark == MARK_ESTIMATE && state == REVISION_FIRST) || (r->mark == MARK_REVISED && state == REVISION_REVISED) || (r->mark == MARK_OFFICIAL && state == REVISION_FINAL))
                return known == NULL ? mark : known;
        return arena_print(w->arena, "%s · %s", mark, known);
}

static struct cell change_cell(const struct listing *l, const struct figure_row *r)
{
        bool is_points = l->query->compare == COMPARE_CONTRIBUTION;

        return l->is_page ? cell_number(r->printed, FIGURE_CHANGE_DECIMALS, is_points ? FIGURE_POINTS_SHOWN : 1) : cell_number(r->change, FIGURE_CHANGE_DECIMALS, -1);
}

static bool write_row(struct work *w, const struct figure_row *r, void *context)
{
        struct listing *l = context;
        struct cell c[MOST_COLUMNS];
        char period_text[64];
        bool is_vi = w->language == LANGUAGE_VI;
        int n = 0, shown = l->is_page ? r->indicator->shown : -1;

        if (l->limit > 0 && l->count == l->limit) {
                l->has_more = true;
                return false;
        }
        if (l->is_page) {
                period_write_shown(period_text, sizeof period_text, r->period, w->language);
                if (l->has_indicator)
                        c[n++] = cell_text(is_vi ? r->indicator->name_vi : r->indicator->name_en);
                if (l->has_unit)
                        c[n++] = cell_text(is_vi ? r->unit->name_vi : r->unit->name_en);
                c[n++] = cell_text(period_text);
                if (l->has_item)
                        c[n++] = cell_text(item_shown(w, r));
        } else {
                period_write(period_text, r->period);
                c[n++] = cell_text(r->indicator->id);
                c[n++] = cell_text(r->unit->code);
                c[n++] = cell_text(period_text);
                c[n++] = cell_text(r->item);
        }
        if (l->has_partner)
                c[n++] = cell_text(r->partner);
        c[n] = r->has_value ? cell_number(r->value, r->indicator->decimals, shown) : cell_empty();
        if (l->is_page && r->has_value)
                c[n].href = explain_address(w, r, l->query);
        n++;
        if (l->has_measure)
                c[n++] = cell_text(r->unit_of_measure);
        c[n++] = l->is_page ? cell_text(standing_shown(w, l, r)) : cell_text(r->status == 0 ? "" : figure_status_name(r->status));
        {
                char known[MOMENT_TEXT_MAX] = "";
                day d = day_of_moment(r->known_from);

                if (r->known_from != 0 && moment_of_day(d) == r->known_from)
                        day_write(known, d);
                else if (r->known_from != 0)
                        moment_write(known, r->known_from);
                c[n++] = *known == '\0' ? cell_empty() : cell_text(l->is_page ? moment_for_people(w, r->known_from) : known);
                if (!l->is_page) /* on pages the value leads to it */
                        c[n++] = r->entry == 0 ? cell_empty() : cell_text(entry_hash(l->hashes, r->entry));
                if (l->has_change) {
                        c[n++] = r->has_base ? cell_number(r->base_value, r->indicator->decimals, shown) : cell_empty();
                        c[n] = r->has_change ? change_cell(l, r)
                                             : cell_empty();
                        c[n++].is_change = l->query->compare != COMPARE_SHARE && l->query->compare != COMPARE_YTD;
                        if (l->change_measure == NULL)
                                c[n++] = r->has_change ? cell_text(change_unit(w, r, l->query->compare)) : cell_empty();
                }
                if (l->has_note) {
                        const char *note = note_of(w, l, r);

                        c[n++] = note == NULL ? cell_empty() : cell_text(note);
                }
                if (!l->is_page) {
                        enum revision_state state;
                        bool is_unconfirmed;

                        c[n++] = figure_state(l->states, r, &state, &is_unconfirmed) ? cell_text(figure_state_name(state)) : cell_empty();
                }
                table_row(l->table, c);
        }
        if (l->met_count < MOST_INDICATORS && (l->met_count == 0 || l->met[l->met_count - 1] != r->indicator))
                l->met[l->met_count++] = r->indicator;
        l->newest = r->known_from > l->newest ? r->known_from : l->newest;
        l->count++;
        if (l->limit > 0 && l->count == l->limit)
                l->last_key = arena_text(w->arena, r->key);
        return work_ok(w);
}

/* What the rows of a page will say, looked at before they are written. */
struct scan {
        bool has_note, has_one_item, is_whole, has_begun;
        char item[64];
};

static bool scan_row(struct work *w, const struct figure_row *r, void *context)
{
        struct scan *s = context;
        const struct classification *by = classification_find(catalogue_of(w), r->indicator->item_classification);

        s->has_note |= r->note != NULL || r->is_contested || r->total_contested > 0;
        if (!s->has_begun)
                snprintf(s->item, sizeof s->item, "%s", r->item);
        s->has_one_item &= strcmp(s->item, r->item) == 0;
        s->is_whole = *r->item == '\0' || (by != NULL && strcmp(by->root, r->item) == 0);
        s->has_begun = true;
        return true;
}

/* What all rows have in common stands in the page's heading, not in every row. */
static void shape_page(struct work *w, const struct figure_query *q, struct listing *l)
{
        const struct indicator *i = q->indicator_count == 1 ? q->indicators[0] : NULL;
        const char *measure = i == NULL ? "" : w->language == LANGUAGE_VI ? i->unit_vi : i->unit_en;

        struct scan scan = { .has_one_item = true };
        struct figure_query first = *q;

        first.limit = l->limit == 0 ? 0 : l->limit;
        figures_read(w, &first, scan_row, &scan);
        if (i != NULL)
                l->change_measure = change_measure(w, i, q->compare);
        l->has_note = scan.has_note;
        l->has_indicator = i == NULL;
        l->has_unit = q->unit_count != 1 || q->with_children;
        l->has_item = q->item_count != 1 && !(scan.has_one_item && scan.is_whole);
        l->has_partner = i != NULL ? *i->partner_classification != '\0' : q->partner_count > 0;
        l->has_measure = *measure == '\0';
        l->measure = l->has_measure ? NULL : measure;
}

static const char *title_of(struct work *w, const struct figure_query *q)
{
        return q->indicator_count != 1          ? work_text(w, "Figures")
               : w->language == LANGUAGE_VI ? q->indicators[0]->name_vi
                                            : q->indicators[0]->name_en;
}

static const char **note_added(struct work *w, const char **notes, const char *note)
{
        size_t n = 0;
        const char **more;

        while (notes[n] != NULL)
                n++;
        more = arena_array(w->arena, n + 2, sizeof(*more));
        memcpy(more, notes, n * sizeof(*more));
        more[n] = note;
        more[n + 1] = NULL;
        return more;
}

bool rows_write(struct work *w, enum suffix suffix, struct buf *out, struct figure_query *q, const char *address,
                int64_t limit, const char **next, int64_t *count)
{
        struct listing l = { .query = q, .limit = limit, .hashes = entry_hashes_open(w) };
        struct column columns[MOST_COLUMNS];
        const char *title, **notes = figures_notes(w, q, suffix == SUFFIX_HTML);
        bool too_many = false, is_description = suffix == SUFFIX_CSVM;
        struct about *about;
        int n;

        l.states = is_description ? NULL : figure_states_read(w, q, &too_many);
        if (!work_ok(w))
                return false;
        if (l.states != NULL || is_description)
                notes = note_added(w, notes, work_text(w, figure_state_rule));
        else if (too_many)
                notes = note_added(w, notes, work_text(w, "First estimate, revised or final is told where fewer figures are asked for: name a unit or an item."));
        l.is_page = suffix == SUFFIX_HTML;
        l.has_change = q->compare != COMPARE_NONE;
        l.has_note = true; /* also in what programs read: a sum of some, a conflict, must not be lost on the way */
        l.has_indicator = l.has_unit = l.has_item = l.has_partner = l.has_measure = true;
        if (l.is_page)
                shape_page(w, q, &l);
        q->limit = limit == 0 ? 0 : limit + 1; /* one more tells whether there is more */
        n = columns_of(&l, columns);
        title = title_of(w, q);
        l.table = table_begin_below(w, suffix, out, title, (const char *const *)notes, columns, n);
        if (l.table == NULL || (!is_description && !figures_read(w, q, write_row, &l)))
                return false;
        if (!l.is_page && suffix != SUFFIX_CSV) {
                about = about_figures(w, title, q, &(struct about_rows){ is_description ? NULL : l.met, l.met_count, l.newest }, address);
                about->csv = address == NULL ? "figures.csv" : about->csv;
                table_describe(l.table, about);
        }
        if (next != NULL)
                *next = l.has_more ? l.last_key : NULL;
        if (count != NULL)
                *count = l.count;
        return table_end(l.table, l.has_more ? l.last_key : NULL);
}
