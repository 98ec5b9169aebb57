/* explain.c - one number of growth opened: the formula in words, what it is made of with the way to each, down to entries. */
#include <string.h>

#include "areas/growth/pages.h"
#include "areas/growth/view.h"
#include "ledger/read.h"
#include "report/figure_text.h"
#include "report/table.h"

static const struct { const char *name, *title; } numbers[] = {
        [NUMBER_GROWTH] = { "growth", N_("Growth") },
        [NUMBER_WEIGHT] = { "weight", N_("Weight a year before") },
        [NUMBER_POINTS] = { "points", N_("Contribution") },
        [NUMBER_EXPLAINED] = { "explained", N_("Share of growth") },
        [NUMBER_LEVEL] = { "level", N_("Level of the period") },
        [NUMBER_BASE] = { "base", N_("Level a year before") },
};
#define NUMBERS (sizeof numbers / sizeof *numbers)

/* A number with what it is counted in. */
struct counted {
        int64_t value, printed;       /* exactly; and as pages print it, where that is not value rounded by itself */
        int decimals, shown;
        bool is_change;
        const char *measure;
};

/* What a number is made of; of a sum its parts follow, one step deeper. */
struct input {
        const char *what, *href;
        struct counted number;
        int depth;
        int64_t entry;                /* of a reported figure; 0 */
};

#define INPUTS_MOST 512

struct explanation {
        struct work *work;
        const struct growth_asked *asked;
        const struct growth_table *table;
        const struct growth_line *line;
        enum growth_number number;
        struct counted result;
        const char *formula;
        struct input *inputs;
        size_t input_count;
        int depth;                    /* of the inputs that are being read */
};

/* ---- words -------------------------------------------------------------------------------------------------------- */

static const char *said(struct work *w, period p)
{
        char text[64];

        period_write_said(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

static const char *number_written(struct work *w, const struct counted *n, int64_t value, int shown)
{
        char text[DECIMAL_TEXT_MAX];

        decimal_write_shown(text, value, n->decimals, shown, w->language);
        return arena_print(w->arena, "%s%s", n->is_change && value > 0 ? "+" : "", text);
}

static struct counted percent(int64_t value, int shown, bool is_change)
{
        return (struct counted){ value, value, STATS_DECIMALS, shown, is_change, "%" };
}

static struct counted points_counted(struct work *w, const struct growth_line *l)
{
        return (struct counted){ l->points, l->printed, STATS_DECIMALS, FIGURE_POINTS_SHOWN, true, work_text(w, "percentage points") };
}

static struct counted level_counted(const struct work *w, const struct growth_table *t, const struct growth_level *level)
{
        return (struct counted){ level->value, level->value, t->level->decimals, t->level->shown, false, w->language == LANGUAGE_VI ? t->level->unit_vi : t->level->unit_en };
}

const char *growth_number_address(struct work *w, const struct growth_asked *a, const struct growth_line *l, enum growth_number number)
{
        return arena_print(w->arena, "%s&item=%s&number=%s", growth_address(w, a, "/growth/explain"), l->code, numbers[number].name);
}

/* The activity whose parts leave a rest. */
static const struct growth_line *parent_of(const struct explanation *x, const struct growth_line *l)
{
        return growth_line_find(x->table, l->parent);
}

/* ---- what it is made of --------------------------------------------------------------------------------------------- */

static struct input *input_add(struct explanation *x, const char *what, const char *href, struct counted number)
{
        struct input *i = &x->inputs[x->input_count];

        if (x->input_count == INPUTS_MOST) {
                error_set(&x->work->err, ERR_TOO_BIG, "the number is made of more than %d others", INPUTS_MOST);
                return NULL;
        }
        *i = (struct input){ .what = what, .href = href, .number = number, .depth = x->depth };
        x->input_count++;
        return i;
}

static const char *figure_said(struct work *w, const struct figure_row *r)
{
        const struct indicator *i = r->indicator;

        return arena_print(w->arena, "%s, %s%s%s", w->language == LANGUAGE_VI ? i->name_vi : i->name_en, said(w, r->period), *r->item == '\0' ? "" : ", ", item_shown(w, r));
}

static bool figure_take(struct work *w, const struct figure_row *r, void *context)
{
        struct explanation *x = context;
        struct figure_query q = { .known = x->asked->known };
        struct input *i;

        if (!r->has_value)
                return true;
        if (r->indicator == x->table->level)
                figures_on_own_map(x->asked->unit, r->period, &q);
        i = input_add(x, figure_said(w, r), explain_address(w, r, &q),
                      (struct counted){ r->value, r->value, r->indicator->decimals, r->indicator->shown, false, arena_text(w->arena, r->unit_of_measure) });
        if (i != NULL)
                i->entry = r->entry;
        return i != NULL;
}

static bool level_take(struct explanation *, const struct growth_line *, bool is_before);

/* What a level is made of: its figure or those of its quarters; of a rest the levels of the activity and its parts. */
static bool level_parts_take(struct explanation *x, const struct growth_line *l, bool is_before)
{
        const struct growth_table *t = x->table;

        if (l->rest == GROWTH_NO_REST)
                return growth_level_read(x->work, t, l, is_before, figure_take, x) && work_ok(x->work);
        if (!level_take(x, parent_of(x, l), is_before))
                return false;
        for (size_t i = 1; i < t->count; i++)
                if (t->lines[i].rest == GROWTH_NO_REST && strcmp(t->lines[i].parent, l->parent) == 0 && !level_take(x, &t->lines[i], is_before))
                        return false;
        return true;
}

/* A level as an input: a figure by itself; a sum or a rest with what it is made of below it. */
static bool level_take(struct explanation *x, const struct growth_line *l, bool is_before)
{
        struct work *w = x->work;
        const struct growth_table *t = x->table;
        const struct growth_level *level = is_before ? &l->before : &l->now;
        bool is_rest = l->rest != GROWTH_NO_REST, ok;

        if (level->quarters == 0 && !is_rest)
                return level_parts_take(x, l, is_before);
        if (input_add(x, arena_print(w->arena, is_rest ? work_text(w, "What the parts leave of %s, %s") : work_text(w, "Level of %s, %s"),
                                     is_rest ? parent_of(x, l)->name : l->name, said(w, is_before ? t->before : t->period)),
                      growth_number_address(w, x->asked, l, is_before ? NUMBER_BASE : NUMBER_LEVEL), level_counted(w, t, level)) == NULL)
                return false;
        x->depth++;
        ok = level_parts_take(x, l, is_before);
        x->depth--;
        return ok;
}

/* The figure that says a number as it stands. */
static bool reported_take(struct explanation *x, const struct growth_basis *b)
{
        struct work *w = x->work;
        const struct indicator *indicator = b->indicator;
        const char *unit = x->asked->unit->key, *item = b->item, *partner = "";
        struct figure_query q = { .indicators = &indicator, .indicator_count = 1, .units = &unit, .unit_count = 1, .items = &item, .item_count = 1,
                                  .partners = &partner, .partner_count = 1, .from = b->period, .to = b->period, .known = x->asked->known };

        x->formula = work_text(w, "as the source reports it");
        figures_limit_to_reader(w, &q);
        return figures_read(w, &q, figure_take, x) && work_ok(w);
}

static bool number_take(struct explanation *x, const struct growth_line *l, enum growth_number number, struct counted n)
{
        struct work *w = x->work;

        return input_add(x, arena_print(w->arena, "%s, %s", work_text(w, numbers[number].title), l->name), growth_number_address(w, x->asked, l, number), n) != NULL;
}

/* ---- each number ------------------------------------------------------------------------------------------------------ */

static bool growth_explain(struct explanation *x)
{
        struct work *w = x->work;
        const struct growth_line *l = x->line;

        x->result = percent(l->growth, 2, true);
        if (l->reported_growth.indicator != NULL)
                return reported_take(x, &l->reported_growth);
        x->formula = arena_print(w->arena, work_text(w, "growth = (level of %s in %s ÷ level in %s − 1) × 100, in percent, at constant prices of %d"), l->name,
                                 said(w, x->table->period), said(w, x->table->before), x->table->level->price_year);
        return level_take(x, l, false) && level_take(x, l, true);
}

static bool weight_explain(struct explanation *x)
{
        struct work *w = x->work;
        const struct growth_line *l = x->line, *whole = &x->table->lines[0];
        const char *before = said(w, x->table->before);

        x->result = percent(l->weight, 2, false);
        x->formula = arena_print(w->arena, work_text(w, "weight = level of %s in %s ÷ level of %s in %s × 100, in percent"), l->name, before, whole->name, before);
        return level_take(x, l, true) && level_take(x, whole, true);
}

static bool points_explain(struct explanation *x)
{
        struct work *w = x->work;
        const struct growth_line *l = x->line, *whole = &x->table->lines[0];
        const char *now = said(w, x->table->period), *before = said(w, x->table->before);

        if (l == whole && !growth_explain(x))
                return false;
        x->result = points_counted(w, l);
        if (l == whole)
                return true;
        if (l->reported_points.indicator != NULL)
                return reported_take(x, &l->reported_points);
        if (l->is_by_weight) {
                x->formula = arena_print(w->arena, work_text(w, "contribution = weight of %s in %s × its growth ÷ 100, in percentage points"), l->name, before);
                return number_take(x, l, NUMBER_WEIGHT, percent(l->weight, 2, false)) && number_take(x, l, NUMBER_GROWTH, percent(l->growth, 2, true));
        }
        x->formula = l->rest == GROWTH_NO_REST
                             ? arena_print(w->arena, work_text(w, "contribution = (level of %s in %s − level in %s) ÷ level of %s in %s × 100, in percentage points"), l->name, now,
                                           before, whole->name, before)
                             : arena_print(w->arena, work_text(w, "contribution = (what the parts leave of %s in %s − what they leave in %s) ÷ level of %s in %s × 100, in percentage points"),
                                           parent_of(x, l)->name, now, before, whole->name, before);
        if (x->table->adds_up)
                x->formula = arena_print(w->arena, "%s. %s", x->formula, work_text(w, "The last decimal, also the last that is printed, is that of the largest remainder, so that the parts add up to the growth."));
        return level_take(x, l, false) && level_take(x, l, true) && level_take(x, whole, true);
}

static bool explained_explain(struct explanation *x)
{
        struct work *w = x->work;
        const struct growth_line *l = x->line, *whole = &x->table->lines[0];

        x->result = percent(l->explained, 1, false);
        x->formula = arena_print(w->arena, work_text(w, "share of growth = contribution of %s ÷ growth of %s × 100, in percent"), l->name, whole->name);
        return number_take(x, l, NUMBER_POINTS, points_counted(w, l)) && number_take(x, whole, NUMBER_GROWTH, percent(whole->growth, 2, true));
}

static bool level_explain(struct explanation *x)
{
        struct work *w = x->work;
        const struct growth_line *l = x->line;
        bool is_before = x->number == NUMBER_BASE;
        const struct growth_level *level = is_before ? &l->before : &l->now;
        const char *when = said(w, is_before ? x->table->before : x->table->period);

        x->result = level_counted(w, x->table, level);
        if (l->rest != GROWTH_NO_REST)
                x->formula = arena_print(w->arena, work_text(w, "what the parts leave = level of %s in %s − levels of its parts"), parent_of(x, l)->name, when);
        else if (level->quarters > 0)
                x->formula = arena_print(w->arena, work_text(w, "level of %s in %s = sum of its %d quarters"), l->name, when, level->quarters);
        else
                x->formula = work_text(w, "the figure as it stands");
        return level_parts_take(x, l, is_before);
}

static bool (*const explain_by[])(struct explanation *) = {
        [NUMBER_GROWTH] = growth_explain, [NUMBER_WEIGHT] = weight_explain, [NUMBER_POINTS] = points_explain, [NUMBER_EXPLAINED] = explained_explain,
        [NUMBER_LEVEL] = level_explain, [NUMBER_BASE] = level_explain,
};

static bool is_known(const struct explanation *x)
{
        const struct growth_line *l = x->line;

        switch (x->number) {
        case NUMBER_GROWTH: return l->has_growth;
        case NUMBER_WEIGHT: return l->has_weight;
        case NUMBER_POINTS: return l->source != GROWTH_UNKNOWN;
        case NUMBER_EXPLAINED: return l->is_explained;
        case NUMBER_LEVEL: return l->now.is_there;
        case NUMBER_BASE: return l->before.is_there;
        }
        return false;
}

/* ---- any format ------------------------------------------------------------------------------------------------------ */

/* One input; NULL: the number itself, which a page has above. */
static void row_write(struct explanation *x, struct table *table, bool is_page, struct entry_hashes *hashes, const char *title, const struct input *in)
{
        struct work *w = x->work;
        const struct counted *n = in == NULL ? &x->result : &in->number;
        const char *hash = in == NULL || in->entry == 0 ? "" : entry_hash(hashes, in->entry);
        const char *indent = !is_page || in->depth == 0 ? "" : in->depth == 1 ? "– " : "– – ";
        struct cell value = cell_number(is_page ? n->printed : n->value, n->decimals, n->shown);

        value.is_change = n->is_change;
        table_row(table, (struct cell[]){
                                 in == NULL ? cell_text(title) : cell_link(arena_print(w->arena, "%s%s", indent, in->what), in->href),
                                 value,
                                 cell_text(n->measure),
                                 *hash == '\0' ? cell_text("")
                                               : cell_link(is_page ? arena_print(w->arena, "%.12s…", hash) : hash, arena_print(w->arena, "/figures/entry/%s", hash)),
                                 cell_int(in == NULL ? 0 : in->depth + 1),
                                 cell_text(in == NULL ? growth_number_address(w, x->asked, x->line, x->number) : in->href),
                         });
}

static bool inputs_write(struct explanation *x, enum suffix suffix, struct buf *out, const char *title, const char *const *notes, const char *address)
{
        struct work *w = x->work;
        struct entry_hashes *hashes = entry_hashes_open(w);
        const struct column columns[] = {
                { "what", N_("From"), NULL, CELL_TEXT },
                { "value", N_("Value"), NULL, CELL_NUMBER },
                { "unit_of_measure", N_("Unit of measure"), NULL, CELL_TEXT },
                { "entry", N_("Entry"), NULL, CELL_TEXT },
                { "depth", N_("Depth"), NULL, CELL_INT },
                { "explain", N_("Explanation"), NULL, CELL_TEXT },
        };
        bool is_page = suffix == SUFFIX_HTML;
        struct table *table = table_begin_below(w, suffix, out, title, notes, columns, (int)(sizeof columns / sizeof *columns) - (is_page ? 2 : 0));

        if (table == NULL)
                return false;
        table_describe(table, about_table(w, title, x->asked->known, address,
                                          (struct about_line[]){ { .name = "source", .label = N_("Source"), .value = growth_source(w, x->table) },
                                                                 { .name = "unit", .label = N_("Unit"), .value = x->asked->unit->key } }, 2, true));
        if (!is_page)
                row_write(x, table, is_page, hashes, title, NULL);
        for (size_t i = 0; i < x->input_count; i++)
                row_write(x, table, is_page, hashes, title, &x->inputs[i]);
        return table_end(table, NULL);
}

static bool explain_asked(struct explanation *x, const struct request *r, struct growth_asked *a)
{
        struct work *w = x->work;
        const char *item = request_query(r, "item", 0), *number = request_query(r, "number", 0);
        size_t n = 0;

        if (!growth_asked_read(w, r, a))
                return false;
        while (n < NUMBERS && number != NULL && strcmp(numbers[n].name, number) != 0)
                n++;
        if (n == NUMBERS)
                return error_set(&w->err, ERR_INVALID, "number: \"%s\" is not one of growth, weight, points, explained, level, base", number);
        if (a->period == PERIOD_NONE)
                return error_set(&w->err, ERR_MISSING, "no level or growth of %s is known", w->language == LANGUAGE_VI ? a->unit->full_name_vi : a->unit->full_name_en);
        x->asked = a;
        x->number = (enum growth_number)n;
        x->table = growth_read(w, a->of, a->unit, a->period, a->known);
        if (x->table == NULL)
                return false;
        x->line = item == NULL || *item == '\0' ? &x->table->lines[0] : growth_line_find(x->table, item);
        if (x->line == NULL)
                return error_set(&w->err, ERR_MISSING, "there is no part \"%s\"", item);
        if (is_known(x))
                return true;
        error_set(&w->err, ERR_MISSING, "there is no such number");
        return error_hint(&w->err, "%s", x->line->missing == NULL ? work_text(w, "it has no meaning here, or a figure it rests on is not known") : x->line->missing);
}

bool growth_explain_handle(struct work *w, const struct request *r, struct reply *reply)
{
        struct growth_asked *a = arena_alloc(w->arena, sizeof *a);
        struct explanation *x = arena_alloc(w->arena, sizeof *x);
        struct page page = { .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 2 };
        struct growth_explain_view v;
        enum suffix suffix = request_suffix(r);
        const char *title;

        reply->is_private = *w->user->login != '\0';
        *x = (struct explanation){ .work = w, .inputs = arena_array(w->arena, INPUTS_MOST, sizeof *x->inputs) };
        if (!explain_asked(x, r, a) || !explain_by[x->number](x))
                return false;
        v = (struct growth_explain_view){
                .heading = x->line->name,
                .about = arena_print(w->arena, "%s · %s · %s · %s", work_text(w, numbers[x->number].title), w->language == LANGUAGE_VI ? a->unit->full_name_vi : a->unit->full_name_en,
                                     growth_of_said(w, a), said(w, a->period)),
                .value = number_written(w, &x->result, x->result.printed, x->result.shown), .exact = number_written(w, &x->result, x->result.value, x->result.decimals), .measure = x->result.measure,
                .formula = x->formula,
                .csv = request_in_format(w, r, "/growth/explain", "csv"), .xlsx = request_in_format(w, r, "/growth/explain", "xlsx"),
                .json = request_in_format(w, r, "/growth/explain", "json"), .all = growth_address(w, a, "/growth"),
        };
        title = arena_print(w->arena, "%s · %s", x->line->name, v.about);
        if (suffix != SUFFIX_HTML) {
                table_file(w, r, reply, "growth-explained");
                return inputs_write(x, suffix, &reply->body, title, (const char *const[]){ v.formula, NULL }, request_target(r));
        }
        page.title = title;
        page.crumbs[1].title = work_text(w, "Contribution to growth");
        page.crumbs[1].href = v.all;
        page_begin(w, r, reply, &page);
        growth_explain_page(w, &reply->body, &v);
        if (!inputs_write(x, SUFFIX_HTML, &reply->body, title, NULL, request_target(r)))
                return false;
        page_end(w, r, reply, &page);
        return work_ok(w);
}
