#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/utf8.h"
#include "catalogue/catalogue_private.h"
#include "catalogue/formula.h"

static const char *const additive_words[] = { "none", "flow", "stock", NULL };
static const char *const comparison_words[] = { "", "yoy", "mom", "ytd", "base", NULL };

/* Where an indicator was written, for complaints that need all indicators. */
struct written {
        const char *path;
        const struct yaml *node;
};

static int compare_indicators(const void *a, const void *b)
{
        return strcmp(((const struct indicator *)a)->id, ((const struct indicator *)b)->id);
}

const struct indicator *indicator_find(const struct catalogue *c, const char *id)
{
        struct indicator wanted = { .id = id };

        return c->indicator_count == 0
                       ? NULL
                       : bsearch(&wanted, c->indicators, c->indicator_count, sizeof wanted, compare_indicators);
}

size_t indicator_list(const struct catalogue *c, const struct indicator **out, size_t max)
{
        for (size_t i = 0; i < c->indicator_count && i < max; i++)
                out[i] = c->indicators_listed[i];
        return c->indicator_count;
}

size_t indicator_list_named(const struct catalogue *c, enum language language, const struct indicator **out, size_t max)
{
        for (size_t i = 0; i < c->indicator_count && i < max; i++)
                out[i] = c->indicators_named[language][i];
        return c->indicator_count;
}

static int by_name_vi(const void *a, const void *b)
{
        return utf8_compare((*(const struct indicator *const *)a)->name_vi, (*(const struct indicator *const *)b)->name_vi);
}

static int by_name_en(const void *a, const void *b)
{
        return utf8_compare((*(const struct indicator *const *)a)->name_en, (*(const struct indicator *const *)b)->name_en);
}

/* Ordered once: comparing names letter by letter costs too much for every page that lists them. */
static void order_by_name(struct arena *arena, struct catalogue *c)
{
        for (int language = 0; language < 2; language++) {
                const struct indicator **list = arena_array(arena, c->indicator_count + 1, sizeof *list);

                if (c->indicator_count > 0)
                        memcpy(list, c->indicators_listed, c->indicator_count * sizeof *list);
                qsort(list, c->indicator_count, sizeof *list, language == LANGUAGE_VI ? by_name_vi : by_name_en);
                c->indicators_named[language] = list;
        }
}

static int64_t read_limit(const struct yaml_place *place, const struct yaml *node, const char *key, int decimals,
                          int64_t open)
{
        const char *limit = yaml_text(place, node, key, false, "");
        int64_t value;
        size_t position;

        if (limit[0] == '\0')
                return open;
        if (decimal_read(limit, strlen(limit), decimals, &value, &position) != DECIMAL_OK) {
                yaml_complain(place, yaml_get(node, key), "\"%s\" must be a number with at most %d decimals", key, decimals);
                return open;
        }
        return value;
}

static void check_classification(const struct parse *p, const struct yaml_place *place, const struct yaml *node,
                                 const char *key, const char *id)
{
        if (id[0] != '\0' && classification_find(p->catalogue, id) == NULL)
                yaml_complain(place, yaml_get(node, key), "unknown classification \"%s\"; classifications.yaml lists the known ones",
                              id);
}

static void read_weights(const struct yaml_place *place, const struct yaml *node, struct indicator *i)
{
        static const char *const keys[] = { "of", "at", NULL };
        static const char *const words[] = { "same", "period_before", "year_before", NULL };
        const struct yaml *weights = yaml_get(node, "weights");

        i->weights = "";
        if (weights == NULL || !yaml_keys_known(place, weights, keys))
                return;
        if (i->additive != ADDITIVE_NONE)
                yaml_complain(place, weights, "what is added up has no weights");
        i->weights = yaml_text(place, weights, "of", true, "");
        i->weights_at = (enum weights_at)yaml_choice(place, weights, "at", words, WEIGHTS_SAME);
}

static void read_breaks(const struct yaml_place *place, const struct yaml *node, struct indicator *i)
{
        const struct yaml *list = yaml_list(place, node, "breaks", false);

        for (size_t n = 0; list != NULL && n < list->count; n++) {
                const char *text = list->items[n]->text;

                if (i->break_count == INDICATOR_BREAKS_MAX || text == NULL || !period_read(text, strlen(text), &i->breaks[i->break_count]))
                        yaml_complain(place, list, "\"breaks\" lists at most %d periods like 2021-Q1", INDICATOR_BREAKS_MAX);
                else
                        i->break_count++;
        }
}

static bool read_indicator(struct parse *p, const struct yaml_place *place, const struct yaml *node,
                           struct indicator *i)
{
        static const char *const keys[] = { "id",      "name",     "short",   "unit",       "decimals", "shown",
                                            "additive", "index",   "comparison", "items",   "partners", "formula",
                                            "weights", "prices",  "breaks",  "source",  "least",    "most",    "negative",   "valid",    "legal_basis",
                                            "verified", NULL };

        if (!yaml_keys_known(place, node, keys))
                return false;
        i->id = yaml_text(place, node, "id", true, "");
        if (!identifier_is_valid(i->id)) {
                yaml_complain(place, node, "\"%s\" is no identifier: a-z, 0-9 and _, beginning with a letter", i->id);
                return false;
        }
        yaml_two_texts(place, node, "name", true, &i->name_vi, &i->name_en);
        yaml_two_texts(place, node, "short", false, &i->short_vi, &i->short_en);
        if (i->short_vi[0] == '\0') {
                i->short_vi = i->name_vi;
                i->short_en = i->name_en;
        }
        yaml_two_texts(place, node, "unit", false, &i->unit_vi, &i->unit_en);
        yaml_two_texts(place, node, "source", false, &i->source_vi, &i->source_en);
        if (yaml_get(node, "decimals") == NULL)
                yaml_complain(place, node, "\"decimals\" is missing: they are kept exactly and never change");
        i->decimals = (int)yaml_int(place, node, "decimals", 0, DECIMAL_MAX_DECIMALS, 0);
        i->shown = (int)yaml_int(place, node, "shown", 0, i->decimals, i->decimals);
        i->additive = (enum additive)yaml_choice(place, node, "additive", additive_words, ADDITIVE_NONE);
        i->is_index = yaml_bool(place, node, "index", false);
        i->comparison = comparison_words[yaml_choice(place, node, "comparison", comparison_words, 0)];
        i->item_classification = yaml_text(place, node, "items", false, "");
        i->partner_classification = yaml_text(place, node, "partners", false, "");
        check_classification(p, place, node, "items", i->item_classification);
        check_classification(p, place, node, "partners", i->partner_classification);
        i->formula = yaml_text(place, node, "formula", false, "");
        read_weights(place, node, i);
        i->price_year = (int)yaml_int(place, node, "prices", 1900, 2100, 0);
        read_breaks(place, node, i);
        i->least = read_limit(place, node, "least", i->decimals, INT64_MIN);
        i->most = read_limit(place, node, "most", i->decimals, INT64_MAX);
        if (i->least > i->most)
                yaml_complain(place, yaml_get(node, "least"), "\"least\" is above \"most\"");
        i->may_be_negative = yaml_bool(place, node, "negative", false);
        parse_valid(place, node, &i->from, &i->to);
        i->legal_basis = yaml_text(place, node, "legal_basis", false, "");
        i->is_verified = yaml_bool(place, node, "verified", false);
        if (i->unit_vi[0] == '\0' && i->item_classification[0] == '\0')
                yaml_complain(place, node, "\"unit\" is missing: no number goes without one");
        if (i->additive != ADDITIVE_NONE && i->is_index)
                yaml_complain(place, yaml_get(node, "additive"), "an index is never added up");
        return true;
}

/* What has no value, whatever the figures are. */
static void check_value(const struct yaml_place *place, const struct yaml *node, const char *formula)
{
        const char *part;
        size_t length;

        switch (formula_check(formula, &part, &length)) {
        case FORMULA_UNDEFINED:
                yaml_complain(place, node, "the formula divides by zero: \"%.*s\"", (int)length, part);
                break;
        case FORMULA_TOO_LARGE:
                yaml_complain(place, node, "numbers of the formula are too large to be computed exactly");
                break;
        case FORMULA_MALFORMED:
                yaml_complain(place, node, "the formula cannot be read: indicators and numbers stand between + - * / and brackets, 32 deep at most");
                break;
        default:
                break;
        }
}

/* A formula: indicators, numbers, + - * / and brackets. */
static void check_formula(struct parse *p, const struct indicator *i, const struct written *w)
{
        struct yaml_place place = { w->path, p->arena, p->complaints };
        const struct yaml *node = yaml_get(w->node, "formula");
        int open = 0;

        for (const char *f = i->formula; *f != '\0';) {
                if (*f >= 'a' && *f <= 'z') {
                        char id[72];
                        size_t length = strspn(f, "abcdefghijklmnopqrstuvwxyz0123456789_");

                        if (length >= sizeof id)
                                length = sizeof id - 1;
                        memcpy(id, f, length);
                        id[length] = '\0';
                        if (indicator_find(p->catalogue, id) == NULL)
                                yaml_complain(&place, node, "the formula names the unknown indicator \"%s\"", id);
                        else if (strcmp(id, i->id) == 0)
                                yaml_complain(&place, node, "the formula names its own indicator");
                        f += length;
                } else if (strchr("0123456789.+-*/() ", *f) != NULL) {
                        open += *f == '(' ? 1 : *f == ')' ? -1 : 0;
                        f++;
                        if (open < 0)
                                break;
                } else {
                        yaml_complain(&place, node, "the formula holds something that is no indicator, number, + - * / or bracket");
                        return;
                }
        }
        if (open != 0)
                yaml_complain(&place, node, "the brackets of the formula do not match");
        else if (*i->formula != '\0')
                check_value(&place, node, i->formula);
}

/* The next name of a formula from *at on; false at its end. */
static bool formula_name(const char **at, char id[72])
{
        size_t length;

        *at += strcspn(*at, "abcdefghijklmnopqrstuvwxyz");
        length = strspn(*at, "abcdefghijklmnopqrstuvwxyz0123456789_");
        if (length == 0)
                return false;
        memcpy(id, *at, length < 72 ? length : 71);
        id[length < 72 ? length : 71] = '\0';
        *at += length;
        return true;
}

static void inputs_read(struct parse *p, struct indicator *i)
{
        const char *at = i->formula;
        char id[72];

        i->inputs = arena_array(p->arena, strlen(i->formula) / 2 + 1, sizeof *i->inputs); /* between two names stands a sign */
        while (formula_name(&at, id)) {
                const struct indicator *named = indicator_find(p->catalogue, id);
                size_t k = 0;

                while (k < i->input_count && i->inputs[k] != named)
                        k++;
                if (k == i->input_count && named != NULL)
                        i->inputs[i->input_count++] = named;
        }
}

const char *indicator_formula_said(const struct catalogue *c, const struct indicator *i, enum language language, struct arena *a)
{
        static const struct { char sign; const char *said; } signs[] = { { '*', "×" }, { '/', "÷" }, { '-', "−" } };
        const char *all = "";

        for (const char *at = i->formula; *at != '\0';) {
                const char *begin = at, *part = NULL;
                const struct indicator *named = NULL;
                char id[72];

                if (*at >= 'a' && *at <= 'z' && formula_name(&at, id))
                        named = indicator_find(c, id);
                else
                        at++;
                for (size_t k = 0; k < sizeof signs / sizeof *signs; k++)
                        if (*begin == signs[k].sign)
                                part = signs[k].said;
                if (named != NULL)
                        part = language == LANGUAGE_VI ? named->short_vi : named->short_en;
                all = arena_print(a, "%s%s", all, part != NULL ? part : arena_copy(a, begin, (size_t)(at - begin)));
        }
        return all;
}

enum visited { NOT_YET, ON_THE_WAY, DONE };

/* Follow the formulas an indicator rests on. The text of the circle that was found, from name to the same name; NULL none. */
static const char *circle_from(struct parse *p, size_t n, enum visited *state, const char *way)
{
        struct catalogue *c = p->catalogue;
        const struct indicator *i = &c->indicators[n];
        const char *found = NULL;

        way = arena_print(p->scratch, "%s%s%s", way, *way == '\0' ? "" : " → ", i->id);
        if (state[n] == ON_THE_WAY)
                return way;
        if (state[n] == DONE)
                return NULL;
        state[n] = ON_THE_WAY;
        for (size_t k = 0; k < i->input_count && found == NULL; k++)
                if (i->inputs[k] != i) /* which is told by itself */
                        found = circle_from(p, (size_t)(i->inputs[k] - c->indicators), state, way);
        state[n] = DONE;
        return found;
}

/* Weights are levels, by the same items. */
static void check_weights(struct parse *p, const struct indicator *i, const struct written *w)
{
        struct yaml_place place = { w->path, p->arena, p->complaints };
        const struct indicator *of = *i->weights == '\0' ? NULL : indicator_find(p->catalogue, i->weights);

        if (*i->weights == '\0')
                return;
        if (of == NULL)
                yaml_complain(&place, yaml_get(w->node, "weights"), "the weights name the unknown indicator \"%s\"", i->weights);
        else if (of->additive == ADDITIVE_NONE || strcmp(of->item_classification, i->item_classification) != 0 ||
                 strcmp(of->partner_classification, i->partner_classification) != 0)
                yaml_complain(&place, yaml_get(w->node, "weights"), "the weights \"%s\" are not added up, or are by other items", i->weights);
}

const char *indicator_measure(const struct catalogue *c, const struct indicator *i, const char *item, day on, enum language language)
{
        const char *own = language == LANGUAGE_VI ? i->unit_vi : i->unit_en;
        const struct classification *k = *own != '\0' || *item == '\0' ? NULL : classification_find(c, i->item_classification);
        const struct item *of = k == NULL || strcmp(item, k->root == NULL ? "" : k->root) == 0 ? NULL : item_at(c, k->id, item, on);

        return of == NULL ? own : language == LANGUAGE_VI ? of->unit_vi : of->unit_en;
}

bool indicator_joins(const struct indicator *i, period before, period after)
{
        for (int n = 0; n < i->break_count; n++)
                if (period_first(before) < period_first(i->breaks[n]) && period_last(after) >= period_first(i->breaks[n]))
                        return false;
        return true;
}

void parse_indicators(struct parse *p)
{
        static const char *const root_keys[] = { "indicators", NULL };
        struct catalogue *c = p->catalogue;
        const struct yaml **lists = arena_array(p->scratch, p->file_count + 1, sizeof *lists);
        struct written *written;
        size_t room = 0;

        for (size_t f = 0; f < p->file_count; f++) {
                struct yaml_place place = { p->files[f].path, p->arena, p->complaints };
                const struct yaml *root;

                if (!path_is_in(p->files[f].path, "indicators/", ".yaml") && !path_is_in(p->files[f].path, "", ".indicator"))
                        continue;
                root = yaml_read(p->arena, &p->files[f], p->complaints);
                if (root == NULL || !yaml_keys_known(&place, root, root_keys))
                        continue;
                lists[f] = yaml_list(&place, root, "indicators", true);
                room += lists[f] == NULL ? 0 : lists[f]->count;
        }
        c->indicators = arena_array(p->arena, room + 1, sizeof *c->indicators);
        c->indicators_listed = arena_array(p->arena, room + 1, sizeof *c->indicators_listed);
        written = arena_array(p->scratch, room + 1, sizeof *written);
        for (size_t f = 0; f < p->file_count; f++) {
                struct yaml_place place = { p->files[f].path, p->arena, p->complaints };
                const char *path = lists[f] == NULL ? NULL : arena_text(p->arena, p->files[f].path);

                for (size_t n = 0; lists[f] != NULL && n < lists[f]->count; n++) {
                        struct indicator *i = &c->indicators[c->indicator_count];
                        size_t twin = 0;

                        if (!read_indicator(p, &place, lists[f]->items[n], i))
                                continue;
                        i->file = path;
                        i->line = lists[f]->items[n]->line;
                        i->column = lists[f]->items[n]->column;
                        while (twin < c->indicator_count && strcmp(c->indicators[twin].id, i->id) != 0)
                                twin++;
                        if (twin < c->indicator_count) {
                                yaml_complain(&place, lists[f]->items[n], "the indicator \"%s\" stands twice (first in %s:%d)",
                                              i->id, written[twin].path, written[twin].node->line);
                                continue;
                        }
                        written[c->indicator_count++] = (struct written){ p->files[f].path, lists[f]->items[n] };
                }
        }
        if (c->indicator_count > 0) {
                enum visited *state = arena_array(p->scratch, c->indicator_count, sizeof *state);
                struct indicator *as_written = arena_array(p->scratch, c->indicator_count, sizeof *as_written);

                memcpy(as_written, c->indicators, c->indicator_count * sizeof *as_written);
                qsort(c->indicators, c->indicator_count, sizeof *c->indicators, compare_indicators);
                for (size_t n = 0; n < c->indicator_count; n++) {
                        c->indicators_listed[n] = indicator_find(c, as_written[n].id);
                        check_formula(p, &as_written[n], &written[n]);
                        check_weights(p, &as_written[n], &written[n]);
                }
                for (size_t n = 0; n < c->indicator_count; n++)
                        inputs_read(p, &c->indicators[n]);
                for (size_t n = 0; n < c->indicator_count; n++) {
                        struct yaml_place place = { written[n].path, p->arena, p->complaints };
                        const char *circle = circle_from(p, (size_t)(c->indicators_listed[n] - c->indicators), state, "");

                        if (circle != NULL)
                                yaml_complain(&place, yaml_get(written[n].node, "formula"), "the formulas go round in a circle: %s", circle);
                }
        }
        order_by_name(p->arena, c);
}
