/* form.c - who is asked for what in a month, as a file to fill in and to import again: its columns are those of a file of output. */
#include <string.h>

#include "areas/iip/iip.h"
#include "base/map.h"
#include "ledger/symbol.h"
#include "report/table.h"

struct form {
        const struct unit *unit;
        struct iip_ground *ground;
        enum iip_series series;
        period month;
        bool is_page;
        struct map *products;  /* code -> number in product + 1 */
        struct iip_product *product;
        size_t product_count;
        struct map *reported;  /* establishment and product, by symbols -> what was reported + 1 */
        struct map *listed;    /* the same -> whether it is: two units that were merged may ask for one */
};

/* Whether what a unit said of a month is the form's unit's to fill in: it said it, or a unit that lies in it now. */
static bool is_own(struct work *w, const struct form *f, int64_t unit, const char *code, period month)
{
        return strcmp(code, f->unit->code) == 0 || iip_lies_in(w, f->ground, unit, month) == f->unit;
}

/* What the weights of a unit call the products; the newest say it. */
static void products_read(struct work *w, struct form *f, const struct unit *unit)
{
        size_t sets;
        const struct iip_weights *set = iip_weights_of(w, f->series, unit, IIP_ALL, 0, &sets);

        for (size_t i = sets; i-- > 0;) {
                const char *at = set[i].lines;
                struct iip_field field[WEIGHT_FIELDS];
                int count;

                while (iip_next_line(&at, field, WEIGHT_FIELDS, &count)) {
                        int64_t *number = field[WEIGHT_MEASURE].length == 0 ? NULL : map_put(f->products, field[WEIGHT_CODE].text, field[WEIGHT_CODE].length, NULL);

                        if (number == NULL || *number != 0)
                                continue;
                        f->product = arena_room(w->arena, f->product, f->product_count, sizeof *f->product);
                        f->product[f->product_count++] = (struct iip_product){
                                .name = arena_copy(w->arena, field[WEIGHT_NAME].text, field[WEIGHT_NAME].length),
                                .measure = arena_copy(w->arena, field[WEIGHT_MEASURE].text, field[WEIGHT_MEASURE].length) };
                        *number = (int64_t)f->product_count;
                }
        }
}

static int64_t *slot(struct work *w, struct map *m, int64_t establishment, int64_t product)
{
        const int64_t key[] = { establishment, product };
        int64_t *number = map_put(m, key, sizeof key, NULL);

        if (number == NULL)
                arena_starve(w->arena);
        return number;
}

/* What was said last of each. */
static bool reported_read(struct work *w, struct form *f)
{
        struct map *newest = map_in(w->arena); /* -> when it was said */
        size_t count;
        const int64_t *unit = iip_reporting(w, f->ground, f->series, &count);

        for (size_t i = 0; i < count; i++) {
                const char *code = symbol_text(w, unit[i]);
                struct rows *r;

                if (code == NULL || !is_own(w, f, unit[i], code, f->month))
                        continue;
                r = db_query(w->db, "SELECT establishment, product, quantity, at FROM iip_output WHERE series = $1 AND unit = $2 AND month = $3 AND stood_until = $4",
                             ARGS(v_int(f->series), v_int(unit[i]), v_int(f->month), v_int(IIP_STANDS)));
                while (rows_next(r)) {
                        int64_t *at = slot(w, newest, rows_int(r, 0), rows_int(r, 1));

                        if (*at > rows_int(r, 3))
                                continue;
                        *at = rows_int(r, 3);
                        *slot(w, f->reported, rows_int(r, 0), rows_int(r, 1)) = rows_int(r, 2) + 1;
                }
                rows_close(r);
        }
        return work_ok(w);
}

/* Names and measures by the weights of all that ask, the form's unit's first, the country's last. */
static bool names_read(struct work *w, struct form *f)
{
        const struct catalogue *c = catalogue_of(w);
        struct map *read = map_in(w->arena);
        size_t count;
        const struct iip_asked *list = iip_asked(w, f->ground, f->series, &count);

        products_read(w, f, f->unit);
        for (size_t i = 0; work_ok(w) && i < count; i++) {
                const struct unit *unit = is_own(w, f, list[i].unit_symbol, list[i].unit, list[i].from) ? unit_at(c, list[i].unit, period_last(list[i].from)) : NULL;
                int64_t *is_read = unit == NULL ? NULL : map_put_text(read, unit->key, NULL);

                if (is_read != NULL && *is_read == 0)
                        products_read(w, f, unit);
                if (is_read != NULL)
                        *is_read = 1;
        }
        products_read(w, f, unit_at(c, "VN", day_of_moment(w->now)));
        return work_ok(w);
}

static bool write_rows(struct work *w, struct table *t, void *context)
{
        const struct form *f = context;
        size_t count;
        const struct iip_asked *list = iip_asked(w, f->ground, f->series, &count);
        char code[PERIOD_TEXT_MAX], month[64];

        period_write(code, f->month);
        if (f->is_page)
                period_write_shown(month, sizeof month, f->month, w->language);
        else
                strcpy(month, code);
        for (size_t i = 0; work_ok(w) && i < count; i++) {
                const struct iip_asked *a = &list[i];
                const int64_t key[] = { a->establishment_symbol, a->product_symbol }, *told = map_get(f->reported, key, sizeof key);
                const int64_t *number = map_get_text(f->products, a->product);
                const struct iip_product *p = number == NULL ? NULL : &f->product[*number - 1];

                struct cell quantity = told == NULL ? cell_empty() : cell_number(*told - 1, IIP_DECIMALS, -1);

                if (f->is_page && told != NULL && p != NULL) /* to the entries it came in */
                        quantity.href = iip_why_address(w, "", f->unit->code, f->series, f->month, "", a->product);
                int64_t *is_listed = a->from <= f->month && (a->to == PERIOD_NONE || a->to >= f->month) && is_own(w, f, a->unit_symbol, a->unit, a->from)
                                             ? slot(w, f->listed, a->establishment_symbol, a->product_symbol) : NULL;

                if (is_listed != NULL && (*is_listed)++ == 0)
                        table_row(t, (struct cell[]){ cell_text(month), cell_text(a->establishment), cell_text(a->name), cell_text(a->product),
                                                      cell_text(p == NULL ? "" : p->name), cell_text(p == NULL ? "" : p->measure), quantity });
        }
        return work_ok(w);
}

bool iip_form_page(struct work *w, const struct request *r, struct reply *reply)
{
        const char *month = request_query(r, "month", 0);
        struct form f = { .is_page = request_suffix(r) == SUFFIX_HTML, .unit = iip_unit(w, request_query(r, "unit", 0), iip_vintage(w, 0)), .products = map_in(w->arena), .reported = map_in(w->arena),
                          .listed = map_in(w->arena), .ground = iip_ground_open(w, iip_vintage(w, 0)),
                          .month = period_plus(period_at(FREQUENCY_MONTH, day_of_moment(w->now)), -1) };
        const struct column columns[] = {
                { "month", iip_column_title(IIP_FILE_OUTPUT, "month"), NULL, CELL_TEXT },
                { "establishment", iip_column_title(IIP_FILE_OUTPUT, "establishment"), NULL, CELL_TEXT },
                { "name", iip_column_title(IIP_FILE_SAMPLE, "name"), NULL, CELL_TEXT },
                { "product", iip_column_title(IIP_FILE_OUTPUT, "product"), NULL, CELL_TEXT },
                { "product_name", N_("Product"), NULL, CELL_TEXT },
                { "measure", iip_column_title(IIP_FILE_OUTPUT, "measure"), NULL, CELL_TEXT },
                { "quantity", iip_column_title(IIP_FILE_OUTPUT, "quantity"), NULL, CELL_NUMBER },
        };
        const char *notes[] = {
                work_text(w, "Fill in the quantity in the unit of measure of the row, 0 where nothing was made, and import the file again."),
                work_text(w, "Leave a quantity empty where there is no report yet: it is completed by the movement of the others, and counted as missing."),
                work_text(w, "Do not change codes, months and units of measure: rows are recognised by them. Rows may be left out."),
                NULL,
        };
        struct page page = { .nav = NAV_FIGURES,
                             .crumbs = { { work_text(w, "Index of industrial production"), "/iip" }, { work_text(w, "Import"), "/iip/import" } }, .crumb_count = 2 };
        char said[64];

        if (f.ground == NULL || f.unit == NULL || !iip_ask_series(w, request_query(r, "series", 0), &f.series))
                return false;
        if (month != NULL && *month != '\0' && (!period_read(month, strlen(month), &f.month) || period_frequency(f.month) != FREQUENCY_MONTH))
                return error_set(&w->err, ERR_INVALID, "\"%s\" is not a month: 2021-03", month);
        if (!names_read(w, &f) || !reported_read(w, &f))
                return false;
        reply->is_private = true;
        period_write_said(said, sizeof said, f.month, w->language);
        page.title = arena_print(w->arena, work_text(w, "%s, %s, %s: output to be reported"), work_text(w, iip_series_title(f.series)),
                                 w->language == LANGUAGE_VI ? f.unit->full_name_vi : f.unit->full_name_en, said);
        period_write(said, f.month);
        return table_reply(w, r, reply, &page, arena_print(w->arena, "output-%s-%s-%s", iip_series_name(f.series), f.unit->code, said), notes, columns,
                           (int)(sizeof columns / sizeof *columns), write_rows, &f);
}
