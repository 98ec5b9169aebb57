/* measure.c - measures.yaml: which names stand for one unit of measure; and whether a change of the catalogue would tell figures in another. */
#include <string.h>

#include "catalogue/catalogue_private.h"

void parse_measures(struct parse *p)
{
        static const char *const root_keys[] = { "measures", NULL };
        struct catalogue *c = p->catalogue;
        struct yaml_place place = { "measures.yaml", p->arena, p->complaints };

        for (size_t f = 0; f < p->file_count; f++) {
                const struct yaml *root, *list;

                if (strcmp(p->files[f].path, place.path) != 0)
                        continue;
                root = yaml_read(p->arena, &p->files[f], p->complaints);
                if (root == NULL || !yaml_keys_known(&place, root, root_keys) || (list = yaml_list(&place, root, "measures", true)) == NULL)
                        return;
                c->measures = arena_array(p->arena, list->count + 1, sizeof(*c->measures));
                for (size_t n = 0; n < list->count; n++) {
                        const struct yaml *one = list->items[n];
                        bool is_good = one->kind == YAML_LIST && one->count > 1;

                        for (size_t i = 0; is_good && i < one->count; i++)
                                is_good = one->items[i]->kind == YAML_SCALAR && *one->items[i]->text != '\0';
                        if (is_good)
                                c->measures[c->measure_count++] = one;
                        else
                                yaml_complain(&place, one, "the names of one unit of measure stand in a list of two or more");
                }
        }
}

static bool is_named(const struct yaml *names, const char *name)
{
        for (size_t i = 0; i < names->count; i++)
                if (strcmp(names->items[i]->text, name) == 0)
                        return true;
        return false;
}

bool measure_is_same(const struct catalogue *c, const char *a, const char *b)
{
        bool is_same = strcmp(a, b) == 0;

        for (size_t i = 0; !is_same && i < c->measure_count; i++)
                is_same = is_named(c->measures[i], a) && is_named(c->measures[i], b);
        return is_same;
}

/* In both languages, as the catalogue to come says. */
static bool are_same(const struct catalogue *new, const char *vi, const char *en, const char *new_vi, const char *new_en)
{
        return measure_is_same(new, vi, new_vi) && measure_is_same(new, en, new_en);
}

/* Of two units of measure that are not the same, the name that differs: of the one that was, and of the one that is to be. */
static const char *was(const struct catalogue *new, const char *vi, const char *en, const char *new_vi)
{
        return measure_is_same(new, vi, new_vi) ? en : vi;
}

static const char *is(const struct catalogue *new, const char *vi, const char *new_vi, const char *new_en)
{
        return measure_is_same(new, vi, new_vi) ? new_en : new_vi;
}

/* One item in both catalogues, on the days on which both have it: figures of these that are held would be told in another unit of measure. */
static void check_item(struct work *w, const struct catalogue *new, const struct item *x, const struct item *y, struct complaints *c)
{
        day from = x->from > y->from ? x->from : y->from, to = x->to < y->to ? x->to : y->to;
        char text[PERIOD_TEXT_MAX];

        if (from > to || *x->unit_vi == '\0' || are_same(new, x->unit_vi, x->unit_en, y->unit_vi, y->unit_en))
                return;
        for (size_t n = 0; n < new->indicator_count; n++) {
                const struct indicator *i = &new->indicators[n];
                period held = *i->unit_vi != '\0' || strcmp(i->item_classification, x->classification) != 0 ? PERIOD_NONE : catalogue_held(w, i->id, x->code, from, to);

                if (held == PERIOD_NONE)
                        continue;
                period_write(text, held);
                complain(c, arena_print(c->arena, "classifications/%s.csv", x->classification), y->line, 1,
                         "\"%s\" has figures of \"%s\" up to %s in %s, which would be told in %s: begin the new unit later, with a row from that day, or name both as one in measures.yaml",
                         x->code, i->id, text, was(new, x->unit_vi, x->unit_en, y->unit_vi), is(new, x->unit_vi, y->unit_vi, y->unit_en));
                return;
        }
}

static void check_items(struct work *w, const struct catalogue *new, const struct classified *old_items, const struct classified *new_items, struct complaints *c)
{
        for (size_t i = 0, first = 0; i < old_items->count; i++) { /* both in the order of codes */
                const struct item *x = old_items->by_code[i];

                while (first < new_items->count && strcmp(new_items->by_code[first]->code, x->code) < 0)
                        first++;
                for (size_t n = first; n < new_items->count && strcmp(new_items->by_code[n]->code, x->code) == 0; n++)
                        check_item(w, new, x, new_items->by_code[n], c);
        }
}

void check_measures(struct work *w, const struct catalogue *old, const struct catalogue *new, bool is_decision, struct complaints *c)
{
        for (size_t i = 0; i < old->indicator_count; i++) {
                const struct indicator *x = &old->indicators[i], *y = indicator_find(new, x->id);

                if (y == NULL || (is_decision && !indicator_is_used(w, x->id)))
                        continue;
                if (!are_same(new, x->unit_vi, x->unit_en, y->unit_vi, y->unit_en))
                        complain(c, y->file, y->line, y->column,
                                 "the figures of \"%s\" are in %s and would be told in %s: end it and make a new indicator, or name both as one in measures.yaml", x->id,
                                 was(new, x->unit_vi, x->unit_en, y->unit_vi), is(new, x->unit_vi, y->unit_vi, y->unit_en));
                if (x->price_year != 0 && x->price_year != y->price_year)
                        complain(c, y->file, y->line, y->column, "the figures of \"%s\" are at prices of %d and cannot be told at others: end it and make a new indicator", x->id, x->price_year);
        }
        for (size_t i = 0; i < old->classification_count; i++)
                for (size_t n = 0; n < new->classification_count; n++)
                        if (strcmp(old->classifications[i].classification.id, new->classifications[n].classification.id) == 0)
                                check_items(w, new, &old->classifications[i], &new->classifications[n], c);
}
