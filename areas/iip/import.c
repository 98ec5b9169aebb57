/* import.c - files of weights, of the sample and of monthly output become entries, all rows or none. */
#include <stdarg.h>
#include <string.h>

#include "areas/iip/iip.h"
#include "areas/iip/view.h"
#include "base/decimal.h"
#include "base/map.h"
#include "base/utf8.h"
#include "figure/figure.h"
#include "format/jsonw.h"
#include "format/tabular.h"
#include "ledger/write.h"

#define COLUMNS_MAX 6
#define LINES_PER_ENTRY 20000
#define BYTES_PER_ENTRY ((size_t)1 << 20)

static const struct iip_column columns[][COLUMNS_MAX + 1] = {
        [IIP_FILE_WEIGHTS] = { { "code", N_("Code of the industry or product"), true }, { "parent", N_("Code of the industry above it"), true }, { "name", N_("Name"), true },
                               { "measure", N_("Unit of measure"), true }, { "weight", N_("Weight"), true }, { "base_quantity", N_("Output of the base year"), false }, { 0 } },
        [IIP_FILE_SAMPLE] = { { "establishment", N_("Code of the establishment"), true }, { "name", N_("Establishment"), true }, { "product", N_("Code of the product"), true },
                              { "from", N_("First month it is asked"), true }, { "to", N_("Last month it is asked"), false }, { 0 } },
        [IIP_FILE_OUTPUT] = { { "month", N_("Month"), true }, { "establishment", N_("Code of the establishment"), true }, { "product", N_("Code of the product"), true },
                              { "measure", N_("Unit of measure"), true }, { "quantity", N_("Quantity"), true }, { 0 } },
        [IIP_FILE_SHARES] = { { "from", N_("Class of VSIC 2018"), true }, { "to", N_("Class of VSIC 2025"), true }, { "share", N_("Share, %"), true }, { "source", N_("Source"), true },
                              { "date", N_("Day of the statement"), true }, { 0 } },
};
static const char *const file_names[] = { "weights", "sample", "output", "shares" };
static const char *const kind_names[] = { "iip.weights", "iip.sample", "iip.output", "iip.shares" };

const struct iip_column *iip_columns(enum iip_file file)
{
        return columns[file];
}

const char *iip_column_title(enum iip_file file, const char *name)
{
        for (const struct iip_column *c = columns[file]; c->name != NULL; c++)
                if (strcmp(c->name, name) == 0)
                        return c->title;
        return name;
}

static bool is_headed(const char *head, const struct iip_column *c)
{
        return strcmp(head, c->name) == 0 || strcmp(head, text(LANGUAGE_VI, c->title)) == 0 || strcmp(head, text(LANGUAGE_EN, c->title)) == 0;
}

bool iip_file_read(const char *name, enum iip_file *file)
{
        for (size_t i = 0; i < sizeof file_names / sizeof *file_names; i++)
                if (strcmp(name, file_names[i]) == 0) {
                        *file = (enum iip_file)i;
                        return true;
                }
        return false;
}

/* What becomes one entry: a block of lines; of output, those of one month. */
struct part {
        period month;
        struct buf block;
        size_t lines;
        struct part *next;
};

struct importer {
        struct work *work;
        const struct iip_import *what;
        struct iip_result *result;
        const char *sheet;
        int64_t row;
        bool has_head;
        int place[COLUMNS_MAX];
        size_t head_count;
        const struct tabular_row *fields;
        struct map *seen;            /* codes of weights, or what may stand once: its row */
        struct map *products;        /* code -> number in measures, as other sets of weights have them */
        struct map *depths;          /* of weights: code -> how deep it stands */
        struct map *leaves;          /* of weights: codes with a unit of measure */
        struct weight_node *nodes;   /* of weights: the tree, and the row of each */
        int64_t *node_rows;
        size_t node_count;
        struct map *numbers;         /* code -> its number */
        const char **measures;
        size_t products_known;
        const struct iip_pair *pairs; /* of shares: what VSIC 2025 made of which class */
        size_t pair_count;
        struct divided *divided;
        struct line *lines, *last_line; /* of the sample, as they first stand */
        struct part *first, *last;
};

static bool bad(struct importer *im, const char *column, const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool bad(struct importer *im, const char *column, const char *format, ...)
{
        struct iip_result *r = im->result;
        va_list list;

        if (r->problems == NULL)
                r->problems = arena_array(im->work->arena, IIP_LISTED, sizeof *r->problems);
        if (r->problem_count < IIP_LISTED) {
                va_start(list, format);
                r->problems[r->problem_count] = (struct iip_problem){
                        im->sheet, im->row, column, arena_print_list(im->work->arena, work_text(im->work, format), list) };
                va_end(list);
        }
        r->problem_count++;
        return false;
}

static struct tabular_field field(const struct importer *im, int column)
{
        static const struct tabular_field empty = { "", 0 };

        return im->place[column] < 0 ? empty : im->fields->fields[im->place[column]];
}

/* ---- fields -------------------------------------------------------------------------------------------------- */

static bool good_text(struct importer *im, int column, size_t most, bool is_needed)
{
        struct tabular_field f = field(im, column);
        const char *name = columns[im->what->file][column].name;

        if (f.length == 0 && is_needed)
                return bad(im, name, "it is empty");
        if (f.length > most)
                return bad(im, name, "it is longer than %zu bytes", most);
        if (strpbrk(f.bytes, "\t\n\r") != NULL)
                return bad(im, name, "it holds a tabulator or a line end");
        return true;
}

static bool good_number(struct importer *im, int column, int decimals, int64_t most)
{
        struct tabular_field f = field(im, column);
        struct error why = { .language = im->work->language };
        const char *name = columns[im->what->file][column].name;
        size_t position = 0;
        int64_t value;
        enum decimal_fault fault = decimal_read(f.bytes, f.length, decimals, &value, &position);

        if (fault != DECIMAL_OK) {
                decimal_read_error(&why, fault, f.bytes, f.length, position);
                return bad(im, name, "%s", why.message);
        }
        if (value < 0)
                return bad(im, name, "it is below zero: write 0 or more");
        return value <= most || bad(im, name, "%s", work_text(im->work, panel_fault_text(PANEL_TOO_LARGE)));
}

/* Of output a month may stand as the form shows it; that of a sample is kept as it stands. */
static bool good_month(struct importer *im, int column, period *month)
{
        struct tabular_field f = field(im, column);
        bool is_month = im->what->file == IIP_FILE_OUTPUT ? period_read_month(f.bytes, month)
                                                          : period_read(f.bytes, f.length, month) && period_frequency(*month) == FREQUENCY_MONTH;

        if (!is_month)
                return bad(im, columns[im->what->file][column].name, "\"%s\" is not a month: 2021-03", f.bytes);
        if (period_first(*month) > day_of_moment(im->work->now))
                return bad(im, columns[im->what->file][column].name, "\"%s\" has not begun yet", f.bytes);
        return true;
}

/* What may stand once in a file. */
static bool is_once(struct importer *im, const char *column, const char *key)
{
        int64_t *row = map_put_text(im->seen, key, NULL);

        if (row == NULL)
                return error_set(&im->work->err, ERR_ENVIRONMENT, "the machine has no memory left");
        if (*row != 0)
                return bad(im, column, "the same stands in row %lld: keep one of the two", (long long)*row);
        *row = im->row;
        return true;
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static struct part *part_for(struct importer *im, period month)
{
        bool is_one = im->what->file == IIP_FILE_WEIGHTS || im->what->file == IIP_FILE_SHARES; /* they are one entry */
        struct part *p = im->first;

        while (p != NULL && (p->month != month || (!is_one && (p->lines == LINES_PER_ENTRY || p->block.length > BYTES_PER_ENTRY))))
                p = p->next;
        if (p != NULL)
                return p;
        p = arena_alloc(im->work->arena, sizeof *p);
        p->month = month;
        buf_init_with(&p->block, ENTRY_MAX / 2, im->work->arena);
        if (im->last == NULL)
                im->first = p;
        else
                im->last->next = p;
        im->last = p;
        return p;
}

static void end_line(struct importer *im, struct part *p)
{
        buf_char(&p->block, '\n');
        p->lines++;
        if (!buf_ok(&p->block))
                error_set(&im->work->err, ERR_TOO_BIG, "the file is too large for one entry");
}

static void put_line(struct importer *im, period month, const int *order, int count)
{
        struct part *p = part_for(im, month);

        for (int i = 0; i < count; i++) {
                if (i > 0)
                        buf_char(&p->block, '\t');
                buf_text(&p->block, field(im, order[i]).bytes);
        }
        end_line(im, p);
}

/* How deep a row stands; im->depths keeps that. */
static bool is_shallow(struct importer *im, const char *code, const char *parent)
{
        const int64_t *above = map_get_text(im->depths, parent);
        int64_t depth = above == NULL ? 0 : *above + 1, *own = map_put_text(im->depths, code, NULL);

        if (own == NULL)
                return error_set(&im->work->err, ERR_ENVIRONMENT, "the machine has no memory left");
        *own = depth;
        return depth <= IIP_DEPTH_MAX || bad(im, "parent", "it stands deeper than %d levels below the whole", IIP_DEPTH_MAX);
}

/* The unit of measure must be the one that (other) weights name for the product; products without weights are let through, they may
 * get some. A product that is measured otherwise is another product, with a code of its own. */
static bool good_measure(struct importer *im, int product_column, int measure_column)
{
        struct tabular_field product = field(im, product_column), measure = field(im, measure_column);
        const int64_t *number = map_get(im->products, product.bytes, product.length);

        if (number == NULL || measure.length == 0 || strcmp(im->measures[*number], measure.bytes) == 0)
                return true;
        return bad(im, "measure", "\"%s\" is measured in \"%s\", not in \"%s\": convert the quantity to it", product.bytes, im->measures[*number], measure.bytes);
}

/* A good row as a node of the tree. */
static void node_add(struct importer *im)
{
        struct arena *arena = im->work->arena;
        const int64_t *above = map_get_text(im->numbers, field(im, 1).bytes);
        int32_t parent = above == NULL ? -1 : (int32_t)*above;
        int64_t *number = map_put_text(im->numbers, field(im, 0).bytes, NULL);
        struct weight_node *n;

        if (number == NULL)
                arena_starve(arena);
        im->nodes = arena_room(arena, im->nodes, im->node_count, sizeof *im->nodes);
        im->node_rows = arena_room(arena, im->node_rows, im->node_count, sizeof *im->node_rows);
        n = &im->nodes[im->node_count];
        *n = (struct weight_node){ .code = arena_text(arena, field(im, 0).bytes), .parent = parent,
                                   .product = field(im, 3).length > 0 ? 0 : -1 };
        decimal_read(field(im, 4).bytes, field(im, 4).length, IIP_WEIGHT_DECIMALS, &n->weight, NULL);
        im->node_rows[im->node_count] = im->row;
        *number = (int64_t)im->node_count++;
}

static void weights_row(struct importer *im)
{
        static const int order[] = { 0, 1, 2, 3, 4, 5 };
        struct tabular_field code = field(im, 0), parent = field(im, 1);
        bool ok = good_text(im, 0, IIP_TEXT_MAX, true);

        ok &= good_text(im, 2, IIP_NAME_MAX, false);
        ok &= good_text(im, 3, IIP_TEXT_MAX, false);
        ok &= good_number(im, 4, IIP_WEIGHT_DECIMALS, INT64_MAX);
        if (parent.length == 0 && im->first != NULL)
                ok = bad(im, "parent", "only the first row, the whole, has no parent");
        else if (parent.length > 0 && map_get_text(im->seen, parent.bytes) == NULL)
                ok = bad(im, "parent", "\"%s\" does not stand in a row above", parent.bytes);
        else if (map_get_text(im->leaves, parent.bytes) != NULL)
                ok = bad(im, "parent", "\"%s\" has a unit of measure: it is a product, below which nothing stands", parent.bytes);
        if (field(im, 5).length > 0)
                ok &= good_number(im, 5, IIP_DECIMALS, PANEL_QUANTITY_MAX);
        if (field(im, 5).length > 0 && field(im, 3).length == 0)
                ok = bad(im, "measure", "a product needs its unit of measure");
        ok &= good_measure(im, 0, 3);
        ok &= is_once(im, "code", code.bytes);
        ok &= is_shallow(im, code.bytes, parent.bytes);
        if (field(im, 3).length > 0 && map_put_text(im->leaves, code.bytes, NULL) == NULL)
                arena_starve(im->work->arena);
        if (im->result->rows > IIP_NODES_MAX)
                ok = bad(im, "code", "there are more than %d industries and products", IIP_NODES_MAX);
        if (ok) {
                put_line(im, PERIOD_NONE, order, WEIGHT_FIELDS);
                node_add(im);
        }
}

/* When all rows are read: they are to give an index. */
static void weights_end(struct importer *im)
{
        struct weights all = { im->nodes, im->node_count, 1, false, NULL };
        struct error why = { .language = im->work->language };
        size_t which;

        if (im->what->file != IIP_FILE_WEIGHTS || im->result->problem_count > 0 || weights_check(im->work->arena, &all, &which, &im->result->outside, &why))
                return;
        im->row = im->node_rows[which];
        bad(im, "weight", "%s", why.message);
}

/* ---- the sample: rows of one establishment and product are one line ---- */

struct stretch {
        struct iip_stretch months;
        int64_t row;
        struct stretch *next;  /* a later one */
};

struct line {
        const char *establishment, *name, *product;
        struct stretch *stretches;
        struct line *next;
};

static struct line *line_of(struct importer *im)
{
        struct arena *arena = im->work->arena;
        int64_t *place = map_put_text(im->seen, arena_print(arena, "%s\t%s", field(im, 0).bytes, field(im, 2).bytes), NULL);
        struct line *l;

        if (place == NULL)
                arena_starve(arena);
        if (*place != 0)
                return (struct line *)(uintptr_t)*place;
        l = arena_alloc(arena, sizeof *l);
        *l = (struct line){ .establishment = arena_text(arena, field(im, 0).bytes), .product = arena_text(arena, field(im, 2).bytes) };
        if (im->last_line == NULL)
                im->lines = l;
        else
                im->last_line->next = l;
        im->last_line = l;
        *place = (int64_t)(uintptr_t)l;
        return l;
}

/* Whether both ask for a month, or begin in one. */
static bool stretches_meet(const struct iip_stretch *a, const struct iip_stretch *b)
{
        bool is_apart = iip_stretch_is_none(a) || iip_stretch_is_none(b) || (a->to != PERIOD_NONE && a->to < b->from) || (b->to != PERIOD_NONE && b->to < a->from);

        return a->from == b->from || !is_apart;
}

/* Put a row's months among those of the other rows of its line. */
static bool stretch_add(struct importer *im, struct line *l, struct iip_stretch months)
{
        struct stretch **place = &l->stretches, *s;
        const struct stretch *other = l->stretches;

        while (other != NULL && !stretches_meet(&other->months, &months))
                other = other->next;
        if (other != NULL && other->months.from == months.from && other->months.to == months.to)
                return bad(im, "product", "the same stands in row %lld: keep one of the two", (long long)other->row);
        if (other != NULL)
                return bad(im, "from", "its months overlap with those of row %lld: let the earlier end before the later begins", (long long)other->row);
        while (*place != NULL && (*place)->months.from < months.from)
                place = &(*place)->next;
        s = arena_alloc(im->work->arena, sizeof *s);
        *s = (struct stretch){ months, im->row, *place };
        *place = s;
        return true;
}

static void sample_row(struct importer *im)
{
        period from = PERIOD_NONE, to = PERIOD_NONE;
        bool ok = good_text(im, 0, IIP_TEXT_MAX, true);

        ok &= good_text(im, 1, IIP_TEXT_MAX, false);
        ok &= good_text(im, 2, IIP_TEXT_MAX, true);
        ok &= good_month(im, 3, &from);
        if (field(im, 4).length > 0)
                ok &= good_month(im, 4, &to);
        if (ok && to != PERIOD_NONE && period_plus(to, 1) < from)
                ok = bad(im, "to", "the months asked end before they begin: what began in that month is taken back by letting it end in the month before");
        if (ok) {
                struct line *l = line_of(im);

                l->name = arena_text(im->work->arena, field(im, 1).bytes);
                stretch_add(im, l, (struct iip_stretch){ from, to });
        }
}

/* When all rows are read: the lines, each with its stretches. */
static void sample_end(struct importer *im)
{
        for (const struct line *l = im->lines; l != NULL && work_ok(im->work); l = l->next) {
                struct part *p = part_for(im, PERIOD_NONE);
                char month[PERIOD_TEXT_MAX];
                int count = 0;

                buf_print(&p->block, "%s\t%s\t%s", l->establishment, l->name, l->product);
                for (const struct stretch *s = l->stretches; s != NULL; s = s->next) {
                        im->row = s->row;
                        if (++count > IIP_STRETCHES_MAX) {
                                bad(im, "from", "an establishment has more than %d stretches of months for one product", IIP_STRETCHES_MAX);
                                break;
                        }
                        period_write(month, s->months.from);
                        buf_print(&p->block, "\t%s\t", month);
                        if (s->months.to != PERIOD_NONE)
                                period_write(month, s->months.to);
                        buf_text(&p->block, s->months.to == PERIOD_NONE ? "" : month);
                }
                end_line(im, p);
        }
}

static void output_row(struct importer *im)
{
        static const int order[] = { 1, 2, 3, 4 };
        period month = PERIOD_NONE;
        bool ok = good_month(im, 0, &month);

        ok &= good_text(im, 1, IIP_TEXT_MAX, true);
        ok &= good_text(im, 2, IIP_TEXT_MAX, true);
        if (ok && field(im, 4).length == 0) { /* a form that is not filled in to its end */
                im->result->unreported++;
                return;
        }
        ok &= good_text(im, 3, IIP_TEXT_MAX, true);
        ok &= good_number(im, 4, IIP_DECIMALS, PANEL_QUANTITY_MAX);
        ok = ok && good_measure(im, 2, 3) &&
             is_once(im, "", arena_print(im->work->arena, "%d\t%s\t%s", month, field(im, 1).bytes, field(im, 2).bytes));
        if (ok)
                put_line(im, month, order, OUTPUT_FIELDS);
}

/* ---- shares: columns from, to, share, source, date ---- */

/* What was stated of one class so far. */
struct divided {
        const char *code;
        int64_t share, row, back_row;   /* the row that takes shares back; 0: none does */
        struct divided *next;
};

static struct divided *divided_of(struct importer *im, const char *code)
{
        struct divided *d = im->divided;

        while (d != NULL && strcmp(d->code, code) != 0)
                d = d->next;
        if (d == NULL) {
                d = arena_alloc(im->work->arena, sizeof *d);
                *d = (struct divided){ .code = arena_text(im->work->arena, code), .next = im->divided };
                im->divided = d;
        }
        return d;
}

/* The classes a class was divided into, in words; "" for one that was not. */
static const char *parts_of(struct importer *im, const char *code)
{
        const char *all = "";
        size_t parts = 0;

        for (size_t i = 0; i < im->pair_count; i++)
                if (strcmp(im->pairs[i].from, code) == 0) {
                        all = arena_print(im->work->arena, "%s%s%s", all, *all == '\0' ? "" : ", ", im->pairs[i].to);
                        parts++;
                }
        return parts > 1 ? all : "";
}

static bool good_classes(struct importer *im)
{
        const char *from = field(im, 0).bytes, *to = field(im, 1).bytes, *parts = parts_of(im, from);
        bool is_there = *to == '\0' && field(im, 2).length == 0; /* taken back */

        if (*parts == '\0')
                return bad(im, "from", "VSIC 2025 does not divide class \"%s\" of VSIC 2018: it needs no shares", from);
        for (size_t i = 0; i < im->pair_count; i++)
                is_there |= strcmp(im->pairs[i].from, from) == 0 && strcmp(im->pairs[i].to, to) == 0;
        return is_there || bad(im, "to", "\"%s\" is none of the classes that %s was divided into: %s", to, from, parts);
}

static bool good_date(struct importer *im)
{
        struct tabular_field f = field(im, 4);
        day date;

        if (!day_read(f.bytes, f.length, &date))
                return bad(im, "date", "\"%s\" is not a day: 2026-03-31", f.bytes);
        return date <= day_of_moment(im->work->now) || bad(im, "date", "\"%s\" has not begun yet", f.bytes);
}

static void shares_row(struct importer *im)
{
        static const int order[] = { 0, 1, 2, 3, 4 };
        bool ok = good_text(im, 0, IIP_TEXT_MAX, true), is_back = field(im, 1).length == 0 && field(im, 2).length == 0;
        struct divided *d;
        int64_t share = 0;

        ok = ok && good_classes(im);
        if (!is_back)
                ok &= good_text(im, 2, IIP_TEXT_MAX, true) && good_number(im, 2, IIP_SHARE_DECIMALS, INT64_MAX);
        ok &= good_text(im, 3, IIP_NAME_MAX, true);
        ok &= good_text(im, 4, IIP_TEXT_MAX, true) && good_date(im);
        ok = ok && is_once(im, "to", arena_print(im->work->arena, "%s\t%s", field(im, 0).bytes, field(im, 1).bytes));
        if (im->result->rows > IIP_SHARES_MAX)
                ok = bad(im, "from", "there are more than %d shares", IIP_SHARES_MAX);
        if (!ok)
                return;
        decimal_read(field(im, 2).bytes, field(im, 2).length, IIP_SHARE_DECIMALS, &share, NULL);
        d = divided_of(im, field(im, 0).bytes);
        d->row = im->row;
        d->share += share > SHARE_WHOLE ? SHARE_WHOLE + 1 : share;
        d->back_row = is_back ? im->row : d->back_row;
        put_line(im, PERIOD_NONE, order, SHARE_FIELDS);
}

/* When all rows are read: shares of a class make the whole, or it is taken back alone. */
static void shares_end(struct importer *im)
{
        for (struct divided *d = im->divided; d != NULL; d = d->next) {
                char sum[DECIMAL_TEXT_MAX * 2];

                im->row = d->back_row != 0 ? d->back_row : d->row;
                decimal_write_shown(sum, d->share, IIP_SHARE_DECIMALS, IIP_SHARE_DECIMALS, im->work->language);
                if (d->back_row != 0 && d->share != 0)
                        bad(im, "share", "the shares of %s are taken back here and stated in another row: keep one of the two", d->code);
                else if (d->back_row == 0 && d->share != SHARE_WHOLE)
                        bad(im, "share", "the shares of %s add up to %s %%, not to 100", d->code, sum);
        }
}

static bool read_head(struct importer *im)
{
        const struct iip_column *list = columns[im->what->file];

        im->has_head = true;
        im->head_count = im->fields->count;
        for (int c = 0; c < COLUMNS_MAX; c++)
                im->place[c] = -1;
        for (size_t i = 0; i < im->fields->count; i++)
                for (int c = 0; list[c].name != NULL; c++)
                        if (is_headed(im->fields->fields[i].bytes, &list[c])) {
                                if (im->place[c] >= 0) {
                                        error_set(&im->work->err, ERR_INVALID, "the columns \"%s\" (%d) and \"%s\" (%zu) are the same", im->fields->fields[im->place[c]].bytes, im->place[c] + 1,
                                                  im->fields->fields[i].bytes, i + 1);
                                        return error_hint(&im->work->err, "keep one of the two");
                                }
                                im->place[c] = (int)i;
                        }
        for (int c = 0; list[c].name != NULL; c++)
                if (list[c].is_needed && im->place[c] < 0) {
                        error_set(&im->work->err, ERR_INVALID, "the column \"%s\" is missing: %s", list[c].name, work_text(im->work, list[c].title));
                        return error_hint(&im->work->err, "the first row names the columns, by these codes or by their titles");
                }
        return true;
}

static bool take_row(void *context, const struct tabular_row *row)
{
        static void (*const take[])(struct importer *) = { weights_row, sample_row, output_row, shares_row };
        struct importer *im = context;

        if (im->row == 0)
                im->sheet = arena_text(im->work->arena, row->sheet);
        im->row = row->line;
        im->fields = row;
        if (!im->has_head)
                return read_head(im);
        im->result->rows++;
        if (row->count != im->head_count)
                bad(im, "", "the row has %zu fields, the head %zu", row->count, im->head_count);
        else
                take[im->what->file](im);
        return work_ok(im->work);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static bool know_measures(struct importer *im)
{
        struct work *w = im->work;
        size_t sets = 0, room = 0;
        const struct catalogue *c = catalogue_of(w);
        const struct unit *unit = c == NULL ? NULL : unit_at(c, im->what->unit, day_of_moment(w->now));
        struct iip_weights *set = unit == NULL ? NULL : iip_weights_of(w, im->what->series, unit, IIP_ALL, 0, &sets);
        struct iip_field f[WEIGHT_FIELDS];
        int count;

        for (size_t i = 0; i < sets; i++)
                room += strlen(set[i].lines);
        im->measures = arena_array(w->arena, room / 8 + 1, sizeof *im->measures);
        for (size_t i = 0; i < sets; i++)
                for (const char *at = im->what->file == IIP_FILE_WEIGHTS && set[i].from == im->what->from ? "" : set[i].lines; /* not what it replaces */
                     iip_next_line(&at, f, WEIGHT_FIELDS, &count);) {
                        int64_t *number = f[WEIGHT_MEASURE].length == 0 ? NULL : map_put(im->products, f[WEIGHT_CODE].text, f[WEIGHT_CODE].length, NULL);

                        if (number == NULL)
                                continue;
                        *number = (int64_t)im->products_known;
                        im->measures[im->products_known++] = arena_copy(w->arena, f[WEIGHT_MEASURE].text, f[WEIGHT_MEASURE].length);
                }
        return work_ok(w);
}

static bool write_part(struct work *w, const struct iip_import *what, struct part *p)
{
        bool is_weights = what->file == IIP_FILE_WEIGHTS;
        char text[PERIOD_TEXT_MAX] = "";
        const char *subject;
        struct buf body;
        struct jsonw j;
        bool ok;

        buf_init_with(&body, ENTRY_MAX, w->arena);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "unit", what->unit);
        jsonw_member_text(&j, "series", iip_series_name(what->series));
        jsonw_member_text(&j, "source", what->source);
        if (what->reason != NULL && *what->reason != '\0')
                jsonw_member_text(&j, "reason", what->reason);
        if (is_weights) {
                period_write(text, what->from);
                jsonw_member_text(&j, "from", text);
                subject = arena_print(w->arena, "iip/weights/%s/%s/%s", iip_series_name(what->series), what->unit, text);
                period_write(text, what->base);
                jsonw_member_text(&j, "base", text);
                if (what->overlap != PERIOD_NONE) {
                        period_write(text, what->overlap);
                        jsonw_member_text(&j, "overlap", text);
                }
        } else if (what->file == IIP_FILE_OUTPUT) {
                period_write(text, p->month);
                jsonw_member_text(&j, "month", text);
                subject = arena_print(w->arena, "iip/output/%s/%s/%s", iip_series_name(what->series), what->unit, text);
        } else if (what->file == IIP_FILE_SHARES) {
                subject = arena_print(w->arena, "iip/shares/%s/%s", iip_series_name(what->series), what->unit);
        } else {
                subject = arena_print(w->arena, "iip/sample/%s/%s", iip_series_name(what->series), what->unit);
        }
        ok = iip_sight(w, &j, what->file, what->series, what->unit, p->month);
        jsonw_name(&j, "lines");
        jsonw_text_n(&j, p->block.data, p->block.length);
        jsonw_end(&j);
        ok = ok && ledger_append(w, what->unit, kind_names[what->file], subject, &body, NULL);
        buf_clear(&body);
        return ok;
}

static bool write_all(struct work *w, void *argument)
{
        struct importer *im = argument;

        for (struct part *p = im->first; p != NULL; p = p->next) {
                if (!write_part(w, im->what, p))
                        return false;
                im->result->entries++;
        }
        return true;
}

static bool check_reason(struct work *w, const char *reason)
{
        uint32_t hidden;

        if (strlen(reason) > SETTLE_REASON_MAX)
                return error_set(&w->err, ERR_INVALID, "the reason is longer than %d bytes", SETTLE_REASON_MAX) || error_at(&w->err, "reason");
        return utf8_is_seen(reason, &hidden) ||
               error_set(&w->err, ERR_INVALID, "the reason holds a character that cannot be seen (U+%04X)", (unsigned)hidden) || error_at(&w->err, "reason");
}

static bool check_terms(struct work *w, const struct iip_import *what)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *unit = c == NULL ? NULL : unit_at(c, what->unit, day_of_moment(w->now));

        if (c == NULL || (what->reason != NULL && !check_reason(w, what->reason)))
                return false;
        if (unit == NULL)
                return error_set(&w->err, ERR_INVALID, "there is no unit with the code \"%s\" today", what->unit) || error_at(&w->err, "unit");
        if ((what->file == IIP_FILE_WEIGHTS || what->file == IIP_FILE_SHARES) && unit->level != LEVEL_COUNTRY && unit->level != LEVEL_PROVINCE)
                return error_set(&w->err, ERR_INVALID, "a commune has no index of its own, so weights and shares of it would count nowhere") ||
                       error_hint(&w->err, "name the province as the unit") || error_at(&w->err, "unit");
        if (what->file == IIP_FILE_SHARES)
                return true;
        if (what->file != IIP_FILE_WEIGHTS)
                return strcmp(what->unit, "VN") != 0 ||
                       (error_set(&w->err, ERR_INVALID, "what an establishment makes counts in the province where it is made, not in the country") ||
                        error_hint(&w->err, "name the province as the unit") || error_at(&w->err, "unit"));
        if (what->from == PERIOD_NONE || period_frequency(what->from) != FREQUENCY_MONTH)
                return error_set(&w->err, ERR_USAGE, "weights need the first month they stand for: 2018-01") || error_at(&w->err, "from");
        if (what->base == PERIOD_NONE || (period_frequency(what->base) != FREQUENCY_YEAR && period_frequency(what->base) != FREQUENCY_MONTH))
                return error_set(&w->err, ERR_USAGE, "weights need their base: a year") || error_at(&w->err, "base");
        return true;
}

bool iip_import(struct work *w, const char *path, const struct iip_import *what, struct iip_result *result)
{
        struct importer *im = arena_alloc(w->arena, sizeof *im);
        int64_t line;

        *result = (struct iip_result){ 0 };
        *im = (struct importer){ .work = w, .what = what, .result = result, .sheet = "", .seen = map_in(w->arena), .products = map_in(w->arena),
                                 .depths = map_in(w->arena), .leaves = map_in(w->arena), .numbers = map_in(w->arena) };
        if (!work_ok(w) || !figures_source_check(w, what->source) || !check_terms(w, what) || ((what->file == IIP_FILE_WEIGHTS || what->file == IIP_FILE_OUTPUT) && !know_measures(im)))
                return false;
        if (what->file == IIP_FILE_SHARES)
                im->pairs = iip_pairs(w, &im->pair_count);
        if (!tabular_read(w->arena, path, take_row, im, &line, &w->err) && line > 0) {
                const char *damage = arena_text(w->arena, w->err.message);

                error_clear(&w->err);
                im->row = line;
                bad(im, "", "%s", damage);
        }
        if (!work_ok(w))
                return false;
        if (!im->has_head || result->rows == 0)
                return error_set(&w->err, ERR_INVALID, "the file has no rows");
        weights_end(im);
        sample_end(im);
        shares_end(im);
        if (result->problem_count == 0 && result->unreported == result->rows)
                return error_set(&w->err, ERR_INVALID, "no row has a quantity") || error_hint(&w->err, "fill in the column \"%s\"", work_text(w, "Quantity"));
        if (result->problem_count > 0) {
                error_set(&w->err, ERR_INVALID, "%lld problems in %lld rows: nothing was imported", (long long)result->problem_count,
                          (long long)result->rows);
                return error_hint(&w->err, "correct the rows named and import the whole file again");
        }
        return what->is_dry_run || ledger_write(w, write_all, im);
}

const char *iip_result_said(struct work *w, const struct iip_result *r, bool is_dry_run)
{
        const char *said = arena_print(w->arena, is_dry_run ? work_text(w, "%lld rows are good; nothing was written") : work_text(w, "%lld rows imported"),
                                       (long long)(r->rows - r->unreported));

        if (r->outside > 0)
                said = arena_print(w->arena, work_text(w, "%s; %s %% of the weight stands where there is no product: it will not be in the index"), said, iip_part_said(w, r->outside));
        return r->unreported == 0 ? said : arena_print(w->arena, work_text(w, "%s; %lld rows without a quantity were left out"), said, (long long)r->unreported);
}

void iip_result_json(struct buf *out, const struct iip_result *r, bool is_written)
{
        struct jsonw j;

        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_member_int(&j, "rows", r->rows);
        jsonw_member_int(&j, "entries", r->entries);
        jsonw_member_int(&j, "unreported", r->unreported);
        if (r->outside > 0) {
                jsonw_name(&j, "outside_percent");
                jsonw_decimal(&j, r->outside, 16);
        }
        jsonw_member_bool(&j, "imported", is_written);
        jsonw_member_int(&j, "bad_count", r->problem_count);
        jsonw_name(&j, "bad");
        jsonw_array(&j);
        for (int64_t i = 0; i < r->problem_count && i < IIP_LISTED; i++) {
                jsonw_object(&j);
                jsonw_member_text(&j, "sheet", r->problems[i].sheet);
                jsonw_member_int(&j, "row", r->problems[i].row);
                jsonw_member_text(&j, "column", r->problems[i].column);
                jsonw_member_text(&j, "reason", r->problems[i].reason);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_end(&j);
        buf_char(out, '\n');
}
