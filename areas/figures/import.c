#include "areas/figures/import.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "areas/figures/import_private.h"
#include "ledger/node.h"
#include "ledger/write.h"

/* ---- the publisher's tables -------------------------------------------------------------------------- */

static const struct measure measures[] = {
        { "iip", "mom", "iip_mom", 0, false, MARK_ESTIMATE },
        { "iip", "yoy", "iip_yoy", 0, false, MARK_ESTIMATE },
        { "iip", "prev_month_yoy_revised", "iip_yoy", -1, false, MARK_REVISED },
        { "product", "month_estimate", "product_output", 0, false, MARK_ESTIMATE },
        { "product", "prev_month_actual", "product_output", -1, false, MARK_REVISED },
        { "export", "month_value", "export_value", 0, false, MARK_ESTIMATE },
        { "export", "month_quantity", "export_quantity", 0, false, MARK_ESTIMATE },
        { "import", "month_value", "import_value", 0, false, MARK_ESTIMATE },
        { "import", "month_quantity", "import_quantity", 0, false, MARK_ESTIMATE },
        { "labour", "vs_prev_month", "labour_mom", 0, true, MARK_NONE },
        { "labour", "vs_same_month_prev_year", "labour_yoy", 0, true, MARK_NONE },
        { "consumption", "consumption_vs_prev_month", "consumption_mom", 0, false, MARK_NONE },
        { "consumption", "consumption_yoy", "consumption_yoy", 0, false, MARK_NONE },
        { "consumption", "inventory_vs_prev_month", "inventory_mom", 0, false, MARK_NONE },
        { "consumption", "inventory_yoy", "inventory_yoy", 0, false, MARK_NONE },
        { "gdp_const", "level", "gdp_const2010", 0, false, MARK_ESTIMATE },
        { "gdp_current", "level", "gdp_current", 0, false, MARK_ESTIMATE },
};

const char *const import_tables[] = {
        "iip", "product", "export", "import", "labour", "consumption", "gdp_const", "gdp_current", NULL,
};

/* The whole, always the same pointer: cells are told apart by pointers. */
static const char whole[] = "";

/* ---- what went wrong ---------------------------------------------------------------------------------- */

static void list_add(struct importer *im, struct import_row **list, int64_t *count, const char *column, const char *reason)
{
        if (*list == NULL)
                *list = arena_array(im->work->arena, IMPORT_LISTED, sizeof **list);
        if (*count < IMPORT_LISTED)
                (*list)[*count] = (struct import_row){ im->sheet, im->line, column, reason };
        ++*count;
}

static bool bad(struct importer *im, const char *column, const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool bad(struct importer *im, const char *column, const char *format, ...)
{
        const char *reason = "";
        va_list list;

        if (im->result->bad_count < IMPORT_LISTED) {
                va_start(list, format);
                reason = arena_print_list(im->work->arena, work_text(im->work, format), list);
                va_end(list);
        }
        list_add(im, &im->result->bad, &im->result->bad_count, column, reason);
        return false;
}

static void odd(struct importer *im, const char *column, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void odd(struct importer *im, const char *column, const char *format, ...)
{
        const char *reason = "";
        va_list list;

        if (im->result->odd_count < IMPORT_LISTED) {
                va_start(list, format);
                reason = arena_print_list(im->work->arena, work_text(im->work, format), list);
                va_end(list);
        }
        list_add(im, &im->result->odd, &im->result->odd_count, column, reason);
}

static bool no_memory(struct importer *im)
{
        return error_set(&im->work->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

/* ---- names, each looked up once ------------------------------------------------------------------------ */

/* Letters to change, add or drop to get from one word to the other. */
static int distance(const char *a, const char *b)
{
        int row[65], n = (int)strlen(b);

        if (n > 64 || strlen(a) > 64)
                return 99;
        for (int j = 0; j <= n; j++)
                row[j] = j;
        for (int i = 1; a[i - 1] != '\0'; i++) {
                int diagonal = row[0];

                row[0] = i;
                for (int j = 1; j <= n; j++) {
                        int best = diagonal + (a[i - 1] != b[j - 1]);

                        diagonal = row[j];
                        if (row[j] + 1 < best)
                                best = row[j] + 1;
                        if (row[j - 1] + 1 < best)
                                best = row[j - 1] + 1;
                        row[j] = best;
                }
        }
        return row[n];
}

static const char *nearest_indicator(struct importer *im, const char *id)
{
        const struct indicator **list = arena_array(im->work->arena, 4096, sizeof *list), *best = NULL;
        size_t count = indicator_list(im->catalogue, list, 4096);
        int least = 1 + (int)strlen(id) / 3, d;

        for (size_t i = 0; i < count && i < 4096; i++) {
                d = distance(id, list[i]->id);
                if (d <= least) {
                        least = d - 1;
                        best = list[i];
                }
        }
        return best == NULL ? NULL : best->id;
}

static const struct indicator *indicator_of(struct importer *im, const struct tabular_field *t)
{
        int64_t *known;
        const char *near;

        if (im->indicator != NULL && t->length == im->indicator_length &&
            memcmp(t->bytes, im->indicator->id, t->length) == 0)
                return im->indicator;
        known = map_put(im->indicators, t->bytes, t->length, NULL);
        if (known == NULL) {
                no_memory(im);
                return NULL;
        }
        if (*known == 0) {
                const struct indicator *i = indicator_find(im->catalogue, t->bytes);

                if (i == NULL) {
                        near = nearest_indicator(im, t->bytes);
                        if (near != NULL)
                                bad(im, "indicator", "there is no indicator \"%s\"; did you mean \"%s\"?", t->bytes, near);
                        else
                                bad(im, "indicator", "there is no indicator \"%s\"", t->bytes);
                        return NULL;
                }
                *known = (int64_t)(intptr_t)i;
        }
        im->indicator = (const struct indicator *)(intptr_t)*known;
        im->indicator_length = t->length;
        return im->indicator;
}

/* When a code was in use, for the message: "2004-01-01 – 2025-06-30". */
static const char *when_it_existed(struct importer *im, const char *code)
{
        const struct unit *list[4];
        size_t count = unit_by_code(im->catalogue, code, list, 4);
        const char *all = NULL;

        for (size_t i = 0; i < count && i < 4; i++) {
                char from[DAY_TEXT_MAX] = "…", to[DAY_TEXT_MAX] = "…";

                if (list[i]->from != DAY_NONE)
                        day_write(from, list[i]->from);
                if (list[i]->to != DAY_FOREVER)
                        day_write(to, list[i]->to);
                all = all == NULL ? arena_print(im->work->arena, "%s – %s", from, to)
                                  : arena_print(im->work->arena, "%s, %s – %s", all, from, to);
        }
        return all;
}

static const struct unit *unit_of(struct importer *im, const struct tabular_field *t, period p)
{
        int64_t *number = map_put(im->units, t->bytes, t->length, NULL);
        day on = period_last(p);
        char date[DAY_TEXT_MAX];
        struct error why = { .language = im->work->language };
        const char *when;
        struct known_unit *k;

        if (number == NULL) {
                no_memory(im);
                return NULL;
        }
        if (*number == 0) {
                if (im->unit_count == im->unit_room) {
                        size_t room = im->unit_room == 0 ? 256 : im->unit_room * 2;
                        struct known_unit *list = arena_array(im->work->arena, room, sizeof *list);

                        if (im->unit_count > 0)
                                memcpy(list, im->unit_list, im->unit_count * sizeof *list);
                        im->unit_list = list;
                        im->unit_room = room;
                }
                im->unit_list[im->unit_count] = (struct known_unit){ .has_date = strchr(t->bytes, '@') != NULL };
                *number = (int64_t)++im->unit_count;
        }
        k = &im->unit_list[*number - 1];
        if (k->unit != NULL && (k->has_date || (k->unit->from <= on && on <= k->unit->to)))
                return k->unit;
        k->unit = unit_read(im->catalogue, t->bytes, on);
        if (k->unit == NULL) {
                day_write(date, on);
                when = when_it_existed(im, t->bytes);
                if (!unit_code_is_known(im->catalogue, t->bytes))
                        bad(im, im->unit_column, "there never was a unit with the code \"%s\"", t->bytes);
                else if (when != NULL)
                        bad(im, im->unit_column, "unit \"%s\" did not exist on %s, only %s", t->bytes, date, when);
                else
                        bad(im, im->unit_column, "unit \"%s\" did not exist on %s", t->bytes, date);
                return NULL;
        }
        if (!figure_writer_may(im->work, im->catalogue, trust_self(im->work), ledger_next_stamp(im->work), k->unit, &why)) {
                if (why.hint[0] != '\0')
                        bad(im, im->unit_column, "%s", arena_print(im->work->arena, "%s; %s", why.message, why.hint));
                else
                        bad(im, im->unit_column, "unit \"%s\" lies outside the territory of this node (%s)", t->bytes,
                            node_unit(im->work->node));
                k->unit = NULL;
        } else if (im->work->user->unit[0] != '\0' &&
                   !figure_may_report(im->catalogue, im->work->user->unit, day_of_moment(im->work->now), k->unit)) {
                bad(im, im->unit_column, "unit \"%s\" lies outside the territory of your unit (%s)", t->bytes,
                    im->work->user->unit);
                k->unit = NULL;
        }
        return k->unit;
}

/* The code as stored, "" for the whole; NULL where the classification does not have it. */
static const char *item_of(struct importer *im, const char *classification, const struct tabular_field *t, period p,
                           const char *column)
{
        char key[sizeof(void *) + 256], date[DAY_TEXT_MAX];
        const struct classification *k;
        day on = period_last(p);
        struct known_item *known;
        int64_t *number;

        if (t->length == 0)
                return whole;
        if (*classification == '\0') {
                if (strcmp(t->bytes, "TOTAL") == 0)
                        return whole;
                bad(im, column, "figures of \"%s\" are not divided by %s, but there is \"%s\"", im->indicator->id, column,
                    t->bytes);
                return NULL;
        }
        if (t->length > 190) {
                bad(im, column, "\"%.40s…\" is not a code", t->bytes);
                return NULL;
        }
        memcpy(key, &classification, sizeof classification);
        memcpy(key + sizeof classification, t->bytes, t->length);
        number = map_put(im->items, key, sizeof classification + t->length, NULL);
        if (number == NULL) {
                no_memory(im);
                return NULL;
        }
        if (*number == 0) {
                known = arena_alloc(im->work->arena, sizeof *known);
                k = classification_find(im->catalogue, classification);
                if (k != NULL && k->root != NULL && strcmp(k->root, t->bytes) == 0)
                        known->code = whole;
                *number = (int64_t)(intptr_t)known;
        }
        known = (struct known_item *)(intptr_t)*number;
        if (known->code == whole)
                return whole;
        if (known->item == NULL || on < known->item->from || on > known->item->to) {
                known->item = item_at(im->catalogue, classification, t->bytes, on);
                if (known->item == NULL) {
                        day_write(date, on);
                        bad(im, column, "\"%s\" is not in the classification \"%s\" on %s", t->bytes, classification, date);
                        return NULL;
                }
                known->code = known->item->code;
        }
        return known->code;
}

/* ---- twice in one file ------------------------------------------------------------------------------------ */

static uint64_t mixed(uint64_t h, uint64_t x)
{
        __extension__ unsigned __int128 product = (unsigned __int128)(h ^ x) * 0xA0761D6478BD642Fu;

        return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Room for about as many rows as the file may have, so that the table seldom grows. */
static void seen_expect(struct importer *im, const char *path)
{
        struct stat about;
        size_t room = 4096;

        if (stat(path, &about) != 0)
                return;
        while (room < (size_t)1 << 22 && room / 2 < (size_t)about.st_size / 48)
                room *= 2;
        im->seen = calloc(room, sizeof *im->seen);
        im->seen_room = im->seen == NULL ? 0 : room;
}

static void seen_free(void *handle)
{
        struct importer *im = handle;

        free(im->seen);
        im->seen = NULL;
}

static void seen_put(struct seen *table, size_t room, const struct seen *s)
{
        size_t i = s->hash & (room - 1);

        while (table[i].row != 0)
                i = (i + 1) & (room - 1);
        table[i] = *s;
}

/* The row that held the same cell before, 0 for none, -1 without memory. Cells are told apart by 96 bits. */
static int64_t seen_before(struct importer *im, const struct figure *f)
{
        uint64_t a = mixed(im->seed[0], (uint64_t)(uintptr_t)f->indicator), b = 0;
        struct seen s;

        a = mixed(a, (uint64_t)(uintptr_t)f->unit);
        a = mixed(a, ((uint64_t)(uint32_t)f->period << 32) ^ (uint64_t)(uintptr_t)f->item);
        a = mixed(a, (uint64_t)(uintptr_t)f->partner);
        a = mixed(a, (uint64_t)f->known_from);
        b = mixed(im->seed[1], (uint64_t)(uintptr_t)f->indicator ^ ((uint64_t)(uintptr_t)f->unit << 17));
        b = mixed(b, (uint64_t)(uintptr_t)f->item ^ ((uint64_t)(uint32_t)f->period << 29));
        b = mixed(b, (uint64_t)(uintptr_t)f->partner ^ ((uint64_t)f->known_from << 7));
        s = (struct seen){ a, (uint32_t)b, (uint32_t)(im->line > UINT32_MAX ? UINT32_MAX : im->line) };
        if (im->seen_count * 2 >= im->seen_room) {
                size_t room = im->seen_room == 0 ? 4096 : im->seen_room * 2;
                struct seen *table = calloc(room, sizeof *table);

                if (table == NULL) {
                        no_memory(im);
                        return -1;
                }
                for (size_t i = 0; i < im->seen_room; i++)
                        if (im->seen[i].row != 0)
                                seen_put(table, room, &im->seen[i]);
                free(im->seen);
                im->seen = table;
                im->seen_room = room;
        }
        for (size_t i = s.hash & (im->seen_room - 1); im->seen[i].row != 0; i = (i + 1) & (im->seen_room - 1))
                if (im->seen[i].hash == s.hash && im->seen[i].check == s.check)
                        return im->seen[i].row;
        seen_put(im->seen, im->seen_room, &s);
        im->seen_count++;
        return 0;
}

/* ---- one row ------------------------------------------------------------------------------------------------ */

static struct tabular_field field_of(const struct importer *im, enum column c)
{
        static const struct tabular_field empty = { "", 0 };

        return im->place[c] < 0 ? empty : im->fields[im->place[c]];
}

static bool read_value(struct importer *im, const struct tabular_field *t, struct figure *f)
{
        struct error why = { .language = im->work->language };
        char plain[64];
        size_t position = 0;
        int decimals = f->indicator == NULL ? 0 : f->indicator->decimals;
        enum decimal_fault fault = decimal_read(t->bytes, t->length, decimals, &f->value, &position);

        if (fault == DECIMAL_OK)
                return true;
        if (f->indicator == NULL && (fault == DECIMAL_TOO_FINE || fault == DECIMAL_TOO_LARGE))
                return true; /* cannot be judged while the indicator is not known; the row is bad already */
        if (fault == DECIMAL_NOT_A_NUMBER && t->length < sizeof plain && strchr(t->bytes, ',') != NULL &&
            strspn(t->bytes, "+-0123456789,. ") == t->length) {
                bad(im, "value", "\"%s\" has a comma: files use the point as decimal sign and no thousands sign", t->bytes);
                return false;
        }
        decimal_read_error(&why, fault, t->bytes, t->length, position);
        bad(im, "value", "%s", why.message);
        return false;
}

/* What every figure must satisfy, whatever file it came in. */
static bool check_value(struct importer *im, const struct figure *f)
{
        char text[DECIMAL_TEXT_MAX], least[DECIMAL_TEXT_MAX], most[DECIMAL_TEXT_MAX];
        const struct indicator *i = f->indicator;

        if (f->value < 0 && !i->may_be_negative) {
                decimal_write(text, f->value, i->decimals);
                return bad(im, "value", "%s is negative, which \"%s\" cannot be", text, i->id);
        }
        if (f->value < i->least || f->value > i->most) {
                decimal_write(text, f->value, i->decimals);
                if (i->least != INT64_MIN)
                        decimal_write(least, i->least, i->decimals);
                else
                        strcpy(least, "…");
                if (i->most != INT64_MAX)
                        decimal_write(most, i->most, i->decimals);
                else
                        strcpy(most, "…");
                odd(im, "value", "%s is outside what is plausible for \"%s\": %s to %s", text, i->id, least, most);
        }
        return true;
}

/* What corrects a recorded value is pointed out: a publisher's revision has a moment of its own. */
static void recorded_compare(struct importer *im)
{
        struct work *w = im->work;
        int64_t line = im->line, values[FIGURES_RECORDED_MOST] = { 0 };
        bool has[FIGURES_RECORDED_MOST] = { false };
        char before[DECIMAL_TEXT_MAX], after[DECIMAL_TEXT_MAX];

        if (im->compared_count == 0 || !figures_recorded(w, im->compared, im->compared_count, im->options->name, values, has))
                return;
        for (size_t i = 0; i < im->compared_count; i++) {
                const struct figure *f = &im->compared[i];

                if (!has[i] || values[i] == f->value)
                        continue;
                im->line = im->compared_lines[i];
                decimal_write(before, values[i], f->indicator->decimals);
                decimal_write(after, f->value, f->indicator->decimals);
                odd(im, "known_from", "%s corrects %s, recorded as known from the same moment: it stands from now on, and what was known before stays; give a revision a moment of its own", after, before);
        }
        im->line = line;
        im->compared_count = 0;
}

static void compare_later(struct importer *im, const struct figure *f)
{
        if (im->compared == NULL) {
                im->compared = arena_array(im->work->arena, FIGURES_RECORDED_MOST, sizeof *im->compared);
                im->compared_lines = arena_array(im->work->arena, FIGURES_RECORDED_MOST, sizeof *im->compared_lines);
        }
        im->compared[im->compared_count] = *f;
        im->compared_lines[im->compared_count++] = im->line;
        if (im->compared_count == FIGURES_RECORDED_MOST)
                recorded_compare(im);
}

static bool keep(struct importer *im, const struct figure *f)
{
        int64_t before = seen_before(im, f);

        if (before < 0)
                return false;
        if (before > 0)
                return bad(im, "", "the same figure stands in row %lld", (long long)before);
        im->result->figures++;
        if (f->known_from != 0)
                compare_later(im, f);
        if (im->options->is_dry_run || im->result->bad_count > 0 || im->is_lost)
                return true; /* only checked from here on */
        if (im->feed == NULL)
                im->feed = feed_open(im->work, arena_print(im->work->arena, "import/%s", im->options->name),
                                     im->options->name);
        if (im->feed != NULL && !feed_put(im->feed, f))
                im->is_lost = true; /* the writer failed; the other rows are still checked */
        return im->feed != NULL;
}

/* p: of what became known then; PERIOD_NONE where the row names none. */
static bool read_known_from(struct importer *im, const struct tabular_field *t, period p, moment *known)
{
        if (t->length == 0)
                return true;
        if (!moment_read(t->bytes, t->length, known))
                return bad(im, "known_from", "\"%s\" is not a date: 2021-03-31, or a moment: 2021-03-31T08:00+07:00", t->bytes);
        if (*known > im->work->now + MOMENT_PER_DAY)
                return bad(im, "known_from", "\"%s\" lies in the future", t->bytes);
        if (p != PERIOD_NONE && *known < moment_of_day(period_first(p)))
                return bad(im, "known_from", "\"%s\" lies before the period begins", t->bytes);
        return true;
}

static bool read_period(struct importer *im, const struct tabular_field *t, period *p)
{
        if (period_read(t->bytes, t->length, p))
                return period_first(*p) <= day_of_moment(im->work->now) || bad(im, "period", "\"%s\" has not begun yet", t->bytes);
        return bad(im, "period", "\"%s\" is not a period: 2021-03, 2021-Q1, 2021-S1 or 2021", t->bytes);
}

static void plain_row(struct importer *im)
{
        struct tabular_field t = field_of(im, COLUMN_INDICATOR);
        struct figure f = { .indicator = indicator_of(im, &t), .status = STATUS_PUBLISHED, .item = whole, .partner = whole };
        bool ok = f.indicator != NULL, has_period;

        t = field_of(im, COLUMN_PERIOD);
        has_period = read_period(im, &t, &f.period);
        ok &= has_period;
        t = field_of(im, COLUMN_UNIT);
        if (has_period) {
                f.unit = unit_of(im, &t, f.period);
                ok &= f.unit != NULL;
        }
        if (f.indicator != NULL && has_period) {
                t = field_of(im, COLUMN_ITEM);
                f.item = item_of(im, f.indicator->item_classification, &t, f.period, "item");
                t = field_of(im, COLUMN_PARTNER);
                f.partner = item_of(im, f.indicator->partner_classification, &t, f.period, "partner");
                ok &= f.item != NULL && f.partner != NULL;
        }
        t = field_of(im, COLUMN_VALUE);
        ok &= read_value(im, &t, &f) && (f.indicator == NULL || check_value(im, &f));
        t = field_of(im, COLUMN_STATUS);
        if (t.length > 0 && !figure_status_read(t.bytes, &f.status))
                ok = bad(im, "status", "\"%s\" is not a status: draft, submitted, approved or published", t.bytes);
        t = field_of(im, COLUMN_MARK);
        if (t.length > 0 && !figure_mark_read(t.bytes, &f.mark))
                ok = bad(im, "mark", "\"%s\" is not a mark: estimate, preliminary, official or revised", t.bytes);
        t = field_of(im, COLUMN_KNOWN_FROM);
        ok &= read_known_from(im, &t, has_period ? f.period : PERIOD_NONE, &f.known_from);
        if (ok && work_ok(im->work))
                keep(im, &f);
}

static const struct measure *measure_of(struct importer *im, const struct tabular_field *t)
{
        int64_t *count;

        for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
                if (strcmp(measures[i].table, im->options->table) == 0 && strcmp(measures[i].name, t->bytes) == 0)
                        return &measures[i];
        count = map_put(im->left_out, t->bytes, t->length, NULL);
        if (count == NULL)
                no_memory(im);
        else
                ++*count;
        return NULL;
}

static bool read_release(struct importer *im, const struct tabular_field *t, moment *known)
{
        period release;

        if (t->length == im->release_length && memcmp(t->bytes, im->release, t->length) == 0) {
                *known = im->release_known;
                return true;
        }
        if (!period_read(t->bytes, t->length, &release) || period_frequency(release) != FREQUENCY_MONTH)
                return bad(im, "release", "\"%s\" is not the month of a release: 2021-03", t->bytes);
        *known = moment_of_day(period_last(release));
        if (t->length < sizeof im->release) {
                memcpy(im->release, t->bytes, t->length);
                im->release_length = t->length;
                im->release_known = *known;
        }
        return true;
}

static void table_row(struct importer *im)
{
        struct tabular_field t = field_of(im, COLUMN_MEASURE), name;
        const struct measure *m = measure_of(im, &t);
        struct figure f = { .status = STATUS_PUBLISHED, .item = whole, .partner = whole };
        bool ok, has_period;

        if (m == NULL)
                return;
        f.mark = m->mark;
        name = (struct tabular_field){ m->indicator, strlen(m->indicator) };
        f.indicator = indicator_of(im, &name);
        ok = f.indicator != NULL;
        t = field_of(im, COLUMN_RELEASE);
        ok &= read_release(im, &t, &f.known_from);
        t = field_of(im, COLUMN_PERIOD);
        if (m->is_by_unit && t.length == 10 && t.bytes[7] == '-')
                t.length = 7; /* a labour index is taken on the first day of its month */
        has_period = read_period(im, &t, &f.period);
        ok &= has_period;
        if (has_period)
                f.period = period_plus(f.period, m->steps);
        t = field_of(im, COLUMN_CODE);
        if (has_period && m->is_by_unit) {
                f.unit = unit_of(im, &t, f.period);
                ok &= f.unit != NULL;
        } else if (has_period && f.indicator != NULL) {
                name = (struct tabular_field){ "VN", 2 };
                f.unit = unit_of(im, &name, f.period);
                f.item = item_of(im, f.indicator->item_classification, &t, f.period, "code");
                ok &= f.unit != NULL && f.item != NULL;
        }
        if (f.indicator != NULL) {
                t = field_of(im, COLUMN_VALUE);
                ok &= read_value(im, &t, &f) && check_value(im, &f);
        }
        if (ok && work_ok(im->work))
                keep(im, &f);
}

/* ---- the head -------------------------------------------------------------------------------------------------- */

static const struct {
        const char *name;
        bool in_plain, in_table, is_required;
} columns[COLUMN_COUNT] = {
        [COLUMN_INDICATOR] = { "indicator", true, false, true },
        [COLUMN_UNIT] = { "unit", true, false, true },
        [COLUMN_PERIOD] = { "period", true, true, true },
        [COLUMN_ITEM] = { "item", true, false, false },
        [COLUMN_PARTNER] = { "partner", true, false, false },
        [COLUMN_VALUE] = { "value", true, true, true },
        [COLUMN_STATUS] = { "status", true, false, false },
        [COLUMN_MARK] = { "mark", true, false, false },
        [COLUMN_KNOWN_FROM] = { "known_from", true, false, false },
        [COLUMN_RELEASE] = { "release", false, true, true },
        [COLUMN_CODE] = { "code", false, true, true },
        [COLUMN_MEASURE] = { "measure", false, true, true },
};

static bool read_head(struct importer *im)
{
        bool is_table = im->options->table != NULL;

        im->column_count = im->field_count;
        for (size_t i = 0; i < im->field_count; i++) {
                const char *name = im->fields[i].bytes;
                bool is_known = false;

                for (int c = 0; c < COLUMN_COUNT; c++) {
                        if (strcmp(name, columns[c].name) != 0 || !(is_table ? columns[c].in_table : columns[c].in_plain))
                                continue;
                        if (im->place[c] >= 0)
                                return error_set(&im->work->err, ERR_INVALID, "the column \"%s\" stands twice in the head",
                                                 name);
                        im->place[c] = (int)i;
                        is_known = true;
                }
                /* what exports add beside the figure itself; a table's further columns are the publisher's own */
                if (!is_known && !is_table && strcmp(name, "unit_of_measure") != 0 && strcmp(name, "entry") != 0) {
                        error_set(&im->work->err, ERR_INVALID, "the column \"%s\" is not known", name);
                        return error_hint(&im->work->err, "columns: indicator, unit, period, item, partner, value, status, "
                                                          "mark, known_from; or name a publisher's table with --table");
                }
        }
        for (int c = 0; c < COLUMN_COUNT; c++)
                if (columns[c].is_required && (is_table ? columns[c].in_table : columns[c].in_plain) && im->place[c] < 0) {
                        error_set(&im->work->err, ERR_INVALID, "the column \"%s\" is missing", columns[c].name);
                        return error_hint(&im->work->err, "the first row names the columns");
                }
        im->has_head = true;
        return true;
}

static void one_row(struct importer *im)
{
        if (!im->has_head) {
                read_head(im);
                return;
        }
        im->result->rows++;
        if (im->field_count != im->column_count) {
                bad(im, "", "the row has %zu fields, the head %zu", im->field_count, im->column_count);
                return;
        }
        if (im->options->table != NULL)
                table_row(im);
        else
                plain_row(im);
}

static bool take_row(void *context, const struct tabular_row *row)
{
        struct importer *im = context;

        if (im->line == 0)
                im->sheet = arena_text(im->work->arena, row->sheet);
        im->line = row->line;
        im->fields = row->fields;
        im->field_count = row->count;
        one_row(im);
        return work_ok(im->work);
}

/* ---- the whole ------------------------------------------------------------------------------------------------------ */

static bool prepare(struct importer *im)
{
        struct map **maps[] = { &im->indicators, &im->units, &im->items, &im->left_out };

        for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
                *maps[i] = map_in(im->work->arena);
        arena_on_free(im->work->arena, seen_free, im);
        im->seed[0] = map_hash("cell", 4);
        im->seed[1] = map_hash("check", 5);
        for (int c = 0; c < COLUMN_COUNT; c++)
                im->place[c] = -1;
        im->unit_column = im->options->table != NULL ? "code" : "unit";
        im->catalogue = catalogue_of(im->work);
        return im->catalogue != NULL;
}

static void count_left_out(struct importer *im)
{
        struct import_result *result = im->result;
        const void *key;
        size_t place = 0, length;
        int64_t *count;

        result->left_out = arena_array(im->work->arena, map_count(im->left_out) + 1, sizeof *result->left_out);
        while (map_next(im->left_out, &place, &key, &length, &count))
                result->left_out[result->left_out_count++] =
                        (struct import_count){ arena_copy(im->work->arena, key, length), *count };
}

bool import_file(struct work *w, const char *path, const struct import_options *options, struct import_result *result)
{
        struct importer *im = arena_alloc(w->arena, sizeof *im);
        int64_t line;

        *result = (struct import_result){ 0 };
        im->work = w;
        im->sheet = "";
        im->options = options;
        im->result = result;
        if (options->table != NULL) {
                const char *const *name = import_tables;

                while (*name != NULL && strcmp(*name, options->table) != 0)
                        name++;
                if (*name == NULL) {
                        error_set(&w->err, ERR_USAGE, "there is no table \"%s\"", options->table);
                        return error_hint(&w->err, "tables: iip, product, export, import, labour, consumption, gdp_const, "
                                                   "gdp_current");
                }
        }
        if (!figures_source_check(w, options->name) || !prepare(im))
                return false;
        seen_expect(im, path);
        if (!tabular_read(w->arena, path, take_row, im, &line, &w->err) && line > 0) {
                const char *damage = arena_text(w->arena, w->err.message);

                error_clear(&w->err);
                im->line = line;
                bad(im, "", "%s", damage);
        }
        if (!work_ok(w))
                return false; /* the feed is rolled back with the arena, or right below */
        if (!im->has_head && result->bad_count == 0)
                return error_set(&w->err, ERR_INVALID, "the file is empty: not even a head");
        count_left_out(im);
        recorded_compare(im);
        if (result->bad_count > 0) {
                if (im->feed != NULL)
                        feed_close(im->feed, false);
                error_set(&w->err, ERR_INVALID, "%lld problems in %lld rows: nothing was imported",
                          (long long)result->bad_count, (long long)result->rows);
                return error_hint(&w->err, "correct the rows named and import the whole file again");
        }
        if (im->feed == NULL)
                return true;
        if (!feed_close(im->feed, true))
                return false;
        result->is_written = true;
        return true;
}
