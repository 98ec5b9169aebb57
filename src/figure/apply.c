#include <stdlib.h>
#include <string.h>

#include "figure/figure_private.h"
#include "ledger/read.h"
#include "ledger/run.h"
#include "ledger/symbol.h"
#include "ledger/trust.h"

/* ---- what a block names ------------------------------------------------------------------------- */

struct spot { /* a unit */
        const struct unit *unit;
        int64_t symbol, province; /* symbols, once the block is known to be good */
};

struct label { /* an item or partner */
        const char *classification, *code;
        size_t length;
        int64_t symbol;
        day checked_on;  /* the classification had it on this day */
};

struct code { /* a unit as written, and what it meant the last time */
        day on;
        int place;
};

struct field {
        const char *text;
        size_t length;
};

#define FIELDS 9

/* How far a block is read, and what the line before said, which the next may repeat. */
struct reading {
        const char *next, *end;
        size_t count; /* of lines */
        struct field fields[2][FIELDS];
        int now, topic, place;
        period period;
        day on;
};

#define ROWS_AT_ONCE ((size_t)1 << 14)

/* One block while it is read: all of it once, as one bad line refuses the entry, and where it has more rows than are held at once again, so many at a
 * time. Arrays are in the arena and double when full. */
struct block {
        struct work *work;
        const struct entry *entry;
        const struct catalogue *catalogue;
        struct error *why;
        enum applied verdict;     /* what stopped the reading */
        const struct peer *sender; /* the node that wrote it */

        struct spot *spots;
        struct place *places;     /* what the spots' units add to, once the block is known to be good */
        size_t place_count, place_room;
        struct topic *topics;
        size_t topic_count, topic_room;
        struct label *labels;     /* labels[0] is the whole */
        size_t label_count, label_room, label_next; /* the one behind the last that was read: lines often name all in the same order */
        struct code *codes;
        size_t code_count, code_room;
        struct map *by_unit_text, *by_unit, *by_indicator, *by_label;
        const json_t *measures;   /* what its writer counts items in; or NULL */

        const char *text;
        size_t length;
        const struct figure *defaults;
        struct reading reading;
        struct row *rows;         /* those at hand */
        size_t row_count, row_most;
        int64_t writer;           /* symbol of the entry's node and source */
};

static void *grown(struct arena *a, void *list, size_t count, size_t *room, size_t each)
{
        void *more;

        if (count < *room)
                return list;
        *room = *room == 0 ? 8 : *room * 2; /* most entries name few things */
        more = arena_array(a, *room, each);
        if (count > 0)
                memcpy(more, list, count * each);
        return more;
}

/* Where a name's number stands, 0 for a new one; sets FAILED without memory. */
static int64_t *number_of(struct block *b, struct map *m, const void *key, size_t length)
{
        int64_t *number = map_put(m, key, length, NULL);

        if (number == NULL) {
                error_set(&b->work->err, ERR_ENVIRONMENT, "the machine has no memory left");
                b->verdict = FAILED;
        }
        return number;
}

static int stop(struct block *b, enum applied verdict)
{
        b->verdict = verdict;
        return -1;
}

/* ---- names ------------------------------------------------------------------------------------------ */

bool figure_may_report(const struct catalogue *c, const char *writer_unit, day on, const struct unit *u)
{
        const struct unit *writer = unit_at(c, writer_unit, on), *ever[16];
        size_t count = writer != NULL ? 0 : unit_by_code(c, writer_unit, ever, sizeof ever / sizeof *ever);
        for (size_t i = 0; i < count && i < sizeof ever / sizeof *ever; i++)
                if (ever[i]->to < on && (writer == NULL || writer->to < ever[i]->to))
                        writer = ever[i]; /* it is no more, and may still report for its time */
        if (writer == NULL)
                return false;
        return writer->level == LEVEL_COUNTRY || unit_is_within(u, writer) || unit_lies_within(c, u, writer, on);
}

static bool is_in_one(struct work *w, const struct catalogue *c, const struct unit *u, const char *const *codes, day on)
{
        for (; codes != NULL && *codes != NULL; codes++)
                if (strcmp(u->code, *codes) == 0 || catalogue_is_had(w, c, u, *codes, TENURE_ANY, on))
                        return true;
        return false;
}

bool figure_writer_may(struct work *w, const struct catalogue *c, const struct peer *writer, stamp at, const struct unit *u, struct error *why)
{
        day on = day_of_moment(stamp_moment(at));

        /* The list of units may still say that a unit has merged into another where the ministry has undone that. */
        if ((!is_in_one(w, c, u, trust_given_back(w, writer->unit, at), on) && catalogue_is_had(w, c, u, writer->unit, writer->tenure, on)) ||
            is_in_one(w, c, u, trust_taken_over(w, writer->unit, at), on))
                return true;
        if (figure_may_report(c, writer->unit, on, u)) {
                error_set(why, ERR_DENIED, "unit %s came about by an act after the node of %s was enrolled: it has not taken over by that act", u->key, writer->unit);
                error_hint(why, "the ministry's node says that it does: caunoi succeed");
        } else {
                error_set(why, ERR_DENIED, "a node of unit %s may not report for unit %s", writer->unit, u->key);
        }
        return false;
}

static int place_of(struct block *b, const struct unit *u)
{
        int64_t *number = number_of(b, b->by_unit, &u, sizeof u);

        if (number == NULL)
                return -1;
        if (*number == 0) {
                if (!figure_writer_may(b->work, b->catalogue, b->sender, b->entry->at, u, b->why))
                        return stop(b, REFUSED);
                b->spots = grown(b->work->arena, b->spots, b->place_count, &b->place_room, sizeof *b->spots);
                b->spots[b->place_count].unit = u;
                *number = (int64_t)++b->place_count;
        }
        return (int)*number - 1;
}

static int read_unit(struct block *b, const char *text, size_t length, day on)
{
        int64_t *number = number_of(b, b->by_unit_text, text, length);
        const struct unit *u;
        struct code *c;
        char name[64];

        if (number == NULL)
                return -1;
        if (*number == 0) {
                b->codes = grown(b->work->arena, b->codes, b->code_count, &b->code_room, sizeof *b->codes);
                b->codes[b->code_count] = (struct code){ .on = DAY_NONE, .place = -1 };
                *number = (int64_t)++b->code_count;
        }
        c = &b->codes[*number - 1];
        if (c->on == on)
                return c->place;
        if (c->place >= 0 && memchr(text, '@', length) == NULL) {
                u = b->spots[c->place].unit;
                if (u->from <= on && on <= u->to)
                        return c->place;
        }
        if (length == 0 || length >= sizeof name) {
                error_set(b->why, ERR_INVALID, "\"%.*s\" is not a unit's code", (int)(length > 40 ? 40 : length), text);
                return stop(b, REFUSED);
        }
        memcpy(name, text, length);
        name[length] = '\0';
        u = unit_read(b->catalogue, name, on);
        if (u == NULL) {
                error_set(b->why, ERR_MISSING, "unit \"%s\" is not known here at that time", name);
                return stop(b, WAITING);
        }
        c->place = place_of(b, u);
        c->on = on;
        return c->place;
}

static int read_indicator(struct block *b, const char *text, size_t length)
{
        int64_t *number = number_of(b, b->by_indicator, text, length);
        const struct indicator *i;
        char name[64];

        if (number == NULL)
                return -1;
        if (*number == 0) {
                if (length == 0 || length >= sizeof name) {
                        error_set(b->why, ERR_INVALID, "\"%.*s\" is not an indicator", (int)(length > 40 ? 40 : length),
                                  text);
                        return stop(b, REFUSED);
                }
                memcpy(name, text, length);
                name[length] = '\0';
                i = indicator_find(b->catalogue, name);
                if (i == NULL) {
                        error_set(b->why, ERR_MISSING, "indicator \"%s\" is not known here", name);
                        return stop(b, WAITING);
                }
                b->topics = grown(b->work->arena, b->topics, b->topic_count, &b->topic_room, sizeof *b->topics);
                b->topics[b->topic_count].indicator = i;
                *number = (int64_t)++b->topic_count;
        }
        return (int)*number - 1;
}

#define LABEL_MAX 190 /* bytes of an item's code: a symbol takes no more than 200 */

static bool lists(const json_t *codes, const char *code)
{
        const json_t *one;
        size_t i;

        json_array_foreach(codes, i, one)
                if (strcmp(json_string_value(one), code) == 0)
                        return true;
        return false;
}

static bool measures_are_formed(const json_t *measures)
{
        const char *classification, *measure;
        json_t *of, *codes, *one;
        size_t i;

        if (measures != NULL && !json_is_object(measures))
                return false;
        json_object_foreach((json_t *)(uintptr_t)measures, classification, of) {
                if (!json_is_object(of))
                        return false;
                json_object_foreach(of, measure, codes) {
                        if (!json_is_array(codes))
                                return false;
                        json_array_foreach(codes, i, one)
                                if (!json_is_string(one))
                                        return false;
                }
        }
        return true;
}

/* Whether an item is counted here in what its writer counts it in, where that is said: else its figures would be told in another unit of measure. */
static bool is_counted_alike(struct block *b, const struct item *item)
{
        json_t *of = b->measures == NULL ? NULL : json_object_get(b->measures, item->classification), *codes;
        const char *measure, *other = NULL;

        json_object_foreach(of, measure, codes)
                if (lists(codes, item->code)) {
                        if (measure_is_same(b->catalogue, measure, item->unit_vi))
                                return true;
                        other = measure;
                }
        if (other == NULL)
                return true;
        error_set(b->why, ERR_CONFLICT, "\"%s\" of \"%s\" is counted in %s by the node that wrote the figures, and here in %s: they would be told in another unit of measure", item->code,
                  item->classification, other, *item->unit_vi == '\0' ? "–" : item->unit_vi);
        error_hint(b->why, "begin the new unit of measure later, with a row from that day, or name both as one in measures.yaml: then the figures count");
        return false;
}

/* Items and partners, on the last day of the period. The root is the whole: 0. */
static int read_label(struct block *b, const char *classification, const char *text, size_t length, day on)
{
        char key[sizeof(void *) + LABEL_MAX + 1], *name = key + sizeof(void *);
        const struct item *item;
        int64_t *number;
        struct label *l;

        if (length == 0)
                return 0;
        if (b->label_next < b->label_count) {
                l = &b->labels[b->label_next];
                if (l->checked_on == on && l->length == length && l->classification == classification && memcmp(l->code, text, length) == 0)
                        return (int)b->label_next++;
        }
        if (length > LABEL_MAX || *classification == '\0') {
                error_set(b->why, ERR_INVALID, "\"%.*s\" is not an item of this indicator",
                          (int)(length > 40 ? 40 : length), text);
                return stop(b, REFUSED);
        }
        memcpy(key, &classification, sizeof classification);
        memcpy(name, text, length);
        name[length] = '\0';
        number = number_of(b, b->by_label, key, sizeof(void *) + length);
        if (number == NULL)
                return -1;
        if (*number == 0) {
                const struct classification *k = classification_find(b->catalogue, classification);

                if (k != NULL && k->root != NULL && strcmp(k->root, name) == 0) {
                        *number = -1;
                        return 0;
                }
                b->labels = grown(b->work->arena, b->labels, b->label_count, &b->label_room, sizeof *b->labels);
                b->labels[b->label_count] = (struct label){ .classification = classification, .code = text, .length = length, .checked_on = DAY_NONE };
                *number = (int64_t)b->label_count++;
        }
        if (*number == -1)
                return 0;
        l = &b->labels[*number];
        if (l->checked_on != on) {
                item = item_at(b->catalogue, classification, name, on);
                if (item == NULL) {
                        error_set(b->why, ERR_MISSING, "item \"%s\" is not in the classification \"%s\" at that time",
                                  name, classification);
                        return stop(b, WAITING);
                }
                if (!is_counted_alike(b, item))
                        return stop(b, WAITING);
                l->checked_on = on;
        }
        b->label_next = (size_t)*number + 1;
        return (int)*number;
}

/* ---- lines ------------------------------------------------------------------------------------------- */

/* "=": as in the line before. A name written out again counts as the same too. */
static bool same(struct field *now, const struct field *before)
{
        if (now->length == 1 && *now->text == '=' && before->text != NULL) {
                *now = *before;
                return true;
        }
        return now->length == before->length && memcmp(now->text, before->text, now->length) == 0;
}

static bool bad_line(struct block *b, const char *what, const struct field *f)
{
        error_set(b->why, ERR_INVALID, "line %zu of the figures: \"%.*s\" is not a %s", b->reading.count + 1,
                  (int)(f->length > 60 ? 60 : f->length), f->text, what);
        b->verdict = REFUSED;
        return false;
}

static bool read_tail(struct block *b, const struct field *fields, int count, struct row *row)
{
        enum figure_status status;
        enum figure_mark mark;
        char name[16];

        for (int i = 6; i < count; i++) {
                const struct field *f = &fields[i];

                if (f->length == 0)
                        continue;
                if (i == 8) {
                        if (!moment_read(f->text, f->length, &row->v[F_KNOWN]))
                                return bad_line(b, "moment", f);
                        continue;
                }
                if (f->length >= sizeof name)
                        return bad_line(b, i == 6 ? "status" : "mark", f);
                memcpy(name, f->text, f->length);
                name[f->length] = '\0';
                if (i == 6) {
                        if (!figure_status_read(name, &status))
                                return bad_line(b, "status", f);
                        row->v[F_STATUS] = status;
                } else {
                        if (!figure_mark_read(name, &mark))
                                return bad_line(b, "mark", f);
                        row->v[F_MARK] = mark;
                }
        }
        return true;
}

#define LINE_BYTES_LEAST 10 /* "=,=,=,,,1" and its end */

/* At most so many lines are read: one that is shorter than any good one is the last. */
static size_t lines_most(const char *text, size_t length)
{
        const char *end = text + length;
        size_t count = 0;

        for (; text != NULL && text < end; count++) {
                text = memchr(text, '\n', (size_t)(end - text));
                text += text != NULL;
        }
        return count < length / LINE_BYTES_LEAST + 1 ? count : length / LINE_BYTES_LEAST + 1;
}

/* The fields of the line that begins at text; returns its end. *count: how many there are, or one more than there may be. */
static const char *split(const char *text, const char *end, struct field fields[FIELDS], int *count)
{
        const char *begin = text;

        *count = 0;
        for (; text < end && *text != '\n'; text++) {
                if (*text != ',' || *count > FIELDS)
                        continue;
                if (*count < FIELDS)
                        fields[*count] = (struct field){ begin, (size_t)(text - begin) };
                ++*count;
                begin = text + 1;
        }
        if (*count < FIELDS)
                fields[*count] = (struct field){ begin, (size_t)(text - begin) };
        *count += *count <= FIELDS;
        return text;
}

static void begin_reading(struct block *b)
{
        b->reading = (struct reading){ .next = b->text, .end = b->text + b->length, .topic = -1, .place = -1, .period = PERIOD_NONE, .on = DAY_NONE };
}

/* Read the next lines; names become numbers of this block (places, topics, labels), not yet symbols. */
static bool read_lines(struct block *b)
{
        struct reading *r = &b->reading;

        for (b->row_count = 0; r->next < r->end && b->row_count < b->row_most; b->row_count++) {
                struct field *fields = r->fields[r->now], *before = r->fields[!r->now];
                struct row *row;
                int count, item, partner;
                const char *line_end = split(r->next, r->end, fields, &count);
                bool is_same;

                if (count < 6 || count > FIELDS)
                        return bad_line(b, "line of six to nine fields",
                                        &(struct field){ r->next, (size_t)(line_end - r->next) });
                is_same = before[0].text != NULL && same(&fields[0], &before[0]);
                if (!is_same && (r->topic = read_indicator(b, fields[0].text, fields[0].length)) < 0)
                        return false;
                is_same = before[2].text != NULL && same(&fields[2], &before[2]);
                if (!is_same && !period_read(fields[2].text, fields[2].length, &r->period))
                        return bad_line(b, "period", &fields[2]);
                if (!is_same)
                        r->on = period_last(r->period);
                is_same = before[1].text != NULL && same(&fields[1], &before[1]) && is_same;
                if (!is_same && (r->place = read_unit(b, fields[1].text, fields[1].length, r->on)) < 0)
                        return false;
                item = read_label(b, b->topics[r->topic].indicator->item_classification, fields[3].text, fields[3].length, r->on);
                partner = item < 0 ? -1
                                   : read_label(b, b->topics[r->topic].indicator->partner_classification, fields[4].text,
                                                fields[4].length, r->on);
                if (partner < 0)
                        return false;
                row = &b->rows[b->row_count];
                row->v[F_INDICATOR] = r->topic;
                row->v[F_PERIOD] = r->period;
                row->v[F_UNIT] = r->place;
                row->v[F_ITEM] = item;
                row->v[F_PARTNER] = partner;
                row->v[F_KNOWN] = b->defaults->known_from;
                row->v[F_STATUS] = b->defaults->status;
                row->v[F_MARK] = b->defaults->mark;
                if (decimal_read(fields[5].text, fields[5].length, b->topics[r->topic].indicator->decimals, &row->v[F_VALUE],
                                 NULL) != DECIMAL_OK)
                        return bad_line(b, "number of this indicator", &fields[5]);
                if (count > 6 && !read_tail(b, fields, count, row))
                        return false;
                row->v[F_ENTRY] = (int64_t)b->row_count;
                r->count++;
                r->now = !r->now;
                r->next = line_end + 1;
        }
        return true;
}

/* All lines; what is at hand then are the last rows. */
static bool read_all(struct block *b)
{
        size_t most = lines_most(b->text, b->length);

        if (b->row_most > most)
                b->row_most = most;
        b->rows = arena_array(b->work->arena, b->row_most, sizeof *b->rows);
        begin_reading(b);
        do
                if (!read_lines(b))
                        return false;
        while (b->reading.next < b->reading.end);
        return true;
}

static int compare_rows(const void *a, const void *b)
{
        const int64_t *x = ((const struct row *)a)->v, *y = ((const struct row *)b)->v;

        for (int i = F_PROVINCE; i <= F_KNOWN; i++)
                if (x[i] != y[i])
                        return x[i] < y[i] ? -1 : 1;
        return (x[F_ENTRY] > y[F_ENTRY]) - (x[F_ENTRY] < y[F_ENTRY]); /* order of lines */
}

/* Who writes: the node, and the source it names where that is not the administration itself ("KEY:SOURCE"). What is written by one
 * alone needs no fold. */
static bool writer_symbol(struct block *b)
{
        struct work *w = b->work;
        const char *source = json_string_value(json_object_get(b->entry->body, "source"));
        const char *text = arena_copy(w->arena, b->entry->node, KEY_HEX - 1);
        int priority;

        source = source == NULL ? "" : source;
        if (!provider_told(w, &source, &priority, b->entry->at))
                return false;
        if (*source != '\0')
                text = arena_print(w->arena, "%s:%s", text, source);
        b->writer = symbol_make(w, 'n', text, strlen(text));
        return work_ok(w);
}

/* The block's own names become symbols, made if new. */
static bool make_symbols(struct block *b)
{
        struct work *w = b->work;

        for (size_t i = 0; i < b->topic_count; i++)
                b->topics[i].symbol =
                        symbol_make(w, 'i', b->topics[i].indicator->id, strlen(b->topics[i].indicator->id));
        for (size_t i = 1; i < b->label_count; i++)
                b->labels[i].symbol = symbol_make(w, 't', b->labels[i].code, b->labels[i].length);
        b->places = arena_array(w->arena, b->place_count, sizeof *b->places);
        for (size_t i = 0; i < b->place_count; i++) {
                struct spot *spot = &b->spots[i];
                struct place *p = &b->places[i];
                const char *key = province_key(spot->unit);

                spot->symbol = p->symbol = symbol_make(w, 'u', spot->unit->key, strlen(spot->unit->key));
                spot->province = symbol_make(w, 'u', key, strlen(key));
                p->level = (int)spot->unit->level;
                for (const struct unit *u = spot->unit->parent; u != NULL && p->above_count < LEVEL_COUNT; u = u->parent)
                        p->above[p->above_count++] = symbol_make(w, 'u', u->key, strlen(u->key));
        }
        return writer_symbol(b) && work_ok(w);
}

/* The rows at hand get the symbols of their names, and the order of the table. */
static void finish_rows(struct block *b)
{
        bool is_sorted = true;

        for (size_t i = 0; i < b->row_count; i++) {
                int64_t *v = b->rows[i].v;
                const struct spot *spot = &b->spots[v[F_UNIT]];

                v[F_PROVINCE] = spot->province;
                v[F_UNIT] = spot->symbol;
                v[F_INDICATOR] = b->topics[v[F_INDICATOR]].symbol;
                v[F_ITEM] = b->labels[v[F_ITEM]].symbol;
                v[F_PARTNER] = b->labels[v[F_PARTNER]].symbol;
                if (i > 0 && is_sorted && compare_rows(&b->rows[i - 1], &b->rows[i]) > 0)
                        is_sorted = false;
        }
        if (!is_sorted)
                qsort(b->rows, b->row_count, sizeof *b->rows, compare_rows);
        for (size_t i = 0; i < b->row_count; i++)
                b->rows[i].v[F_ENTRY] = b->entry->id;
}

/* What may be read of a block that was read: its first rows, */
static bool rows_begin(struct block *b)
{
        if (b->reading.count > b->row_count) {
                begin_reading(b);
                if (!read_lines(b))
                        return false;
        }
        finish_rows(b);
        return true;
}

/* and the next ones; none: there are no more. */
static bool rows_go_on(struct block *b)
{
        if (!read_lines(b))
                return false;
        finish_rows(b);
        return true;
}

/* rows_most: how many of its rows may be held at once. */
static bool block_read(struct block *b, struct work *w, const struct entry *e, const char *text, size_t length, const struct figure *defaults,
                       size_t rows_most, struct error *why)
{
        struct peer *writer = trust_writer(w, e);

        *b = (struct block){ .work = w, .entry = e, .why = why, .verdict = FAILED, .text = text, .length = length, .defaults = defaults, .row_most = rows_most };
        b->catalogue = catalogue_of(w);
        b->by_unit_text = map_in(w->arena);
        b->by_unit = map_in(w->arena);
        b->by_indicator = map_in(w->arena);
        b->by_label = map_in(w->arena);
        if (!work_ok(w) || b->catalogue == NULL)
                return false;
        if (writer == NULL) {
                error_set(why, ERR_DENIED, "nobody enrolled its node");
                b->verdict = REFUSED;
                return false;
        }
        b->measures = json_object_get(e->body, "measures");
        if (!measures_are_formed(b->measures)) {
                error_set(why, ERR_INVALID, "\"measures\" does not say what items are counted in");
                b->verdict = REFUSED;
                return false;
        }
        b->sender = writer;
        b->labels = grown(w->arena, b->labels, 0, &b->label_room, sizeof *b->labels);
        b->label_count = 1; /* zeroed: the whole */
        return read_all(b) && make_symbols(b);
}

/* ---- placing -------------------------------------------------------------------------------------------- */

static struct brought brought_by(const struct block *b)
{
        return (struct brought){ .entry = b->entry, .writer = b->writer, .places = b->places, .place_count = b->place_count,
                                 .topics = b->topics, .topic_count = b->topic_count, .rows = b->rows, .row_count = b->row_count };
}

static void free_bulk(void *bulk)
{
        bulk_close(bulk);
}

static struct bulk *bulk_in(struct work *w)
{
        struct bulk *u = bulk_open(w);

        if (u != NULL)
                arena_on_free(w->arena, free_bulk, u);
        return u;
}

/* In a run of entries the figures go into the tables with those of others, else at once. */
static bool block_place(struct block *b)
{
        struct work *w = b->work;
        struct bulk *run = ledger_deferred(w), *u = run != NULL ? run : bulk_in(w);

        if (u == NULL || !rows_begin(b))
                return false;
        while (b->row_count > 0) {
                const struct brought f = brought_by(b);

                if (!bulk_add(u, w, &f) || !rows_go_on(b))
                        return false;
        }
        return run != NULL || bulk_write(u, w);
}

enum applied figures_apply_block(struct work *w, const struct entry *e, const char *text, size_t length,
                                 const struct figure *defaults, struct error *why)
{
        struct figure filled = *defaults;
        enum applied kept;
        struct block b;

        if (filled.known_from == 0)
                filled.known_from = stamp_moment(e->at);
        if (!block_read(&b, w, e, text, length, &filled, ROWS_AT_ONCE, why))
                return work_ok(w) ? b.verdict : FAILED;
        kept = witness_keep(w, e, b.sender->unit, (int64_t)b.reading.count, why);
        return kept != APPLIED ? kept : block_place(&b) ? APPLIED : FAILED;
}

/* What the lines of an entry's figures leave out, from its body; false and why where that cannot be read. */
static bool defaults_read(const struct entry *e, struct figure *defaults, struct error *why)
{
        const char *status = json_string_value(json_object_get(e->body, "status"));
        const char *mark = json_string_value(json_object_get(e->body, "mark"));
        const char *known = json_string_value(json_object_get(e->body, "known_from"));

        *defaults = (struct figure){ .status = STATUS_PUBLISHED };
        return (json_is_string(json_object_get(e->body, "figures")) &&
                (status == NULL || figure_status_read(status, &defaults->status)) &&
                (mark == NULL || figure_mark_read(mark, &defaults->mark)) &&
                (known == NULL || moment_read(known, strlen(known), &defaults->known_from))) ||
               error_set(why, ERR_INVALID, "its body is not a report of figures");
}

bool block_set_status(struct work *w, const struct entry *e, const char *text, size_t length, const struct figure *defaults, bool is_approved)
{
        struct error why = { .language = w->err.language };
        struct figure filled;
        struct block b;
        struct bulk *u;

        if (defaults != NULL)
                filled = *defaults;
        else if (!defaults_read(e, &filled, &why))
                return work_ok(w);
        if (filled.known_from == 0)
                filled.known_from = stamp_moment(e->at);
        if (!block_read(&b, w, e, text, length, &filled, ROWS_AT_ONCE, &why))
                return work_ok(w); /* it waits or was refused: there is nothing that could change */
        u = ledger_write_deferred(w) ? bulk_in(w) : NULL;
        if (u == NULL || !rows_begin(&b))
                return false;
        while (b.row_count > 0) {
                const struct brought f = brought_by(&b);

                for (size_t i = 0; i < b.row_count; i++)
                        b.rows[i].v[F_STATUS] = is_approved ? STATUS_APPROVED : b.rows[i].v[F_STATUS] == STATUS_APPROVED ? STATUS_SUBMITTED : b.rows[i].v[F_STATUS];
                if (!bulk_set_status(u, w, &f) || !rows_go_on(&b))
                        return false;
        }
        return true;
}

static void *deferral_open(struct work *w)
{
        return bulk_open(w);
}

static bool deferral_is_full(const void *bulk)
{
        return bulk_is_full(bulk);
}

static bool deferral_write(struct work *w, void *bulk)
{
        return bulk_write(bulk, w);
}

static bool deferral_before_savepoint(struct work *w, void *bulk)
{
        return witnesses_write(w, bulk_witnesses(bulk));
}

const struct deferral figure_deferral = { deferral_open, deferral_is_full, deferral_write, deferral_before_savepoint, free_bulk };

/* ---- the kind of entry ------------------------------------------------------------------------------------------ */

enum applied body_apply(struct work *w, const struct entry *e, struct error *why)
{
        const json_t *block = json_object_get(e->body, "figures");
        struct figure defaults;

        if (!defaults_read(e, &defaults, why))
                return REFUSED;
        return figures_apply_block(w, e, json_string_value(block), json_string_length(block), &defaults, why);
}

const struct row *entry_rows(struct work *w, const struct entry *e, size_t *count, enum applied *verdict, struct error *why)
{
        const json_t *text = json_object_get(e->body, "figures");
        struct figure defaults;
        struct block b;

        *verdict = REFUSED;
        if (!defaults_read(e, &defaults, why))
                return NULL;
        if (defaults.known_from == 0)
                defaults.known_from = stamp_moment(e->at);
        if (!block_read(&b, w, e, json_string_value(text), json_string_length(text), &defaults, SIZE_MAX, why) || !rows_begin(&b)) {
                *verdict = work_ok(w) ? b.verdict : FAILED;
                return NULL;
        }
        *count = b.row_count;
        return b.rows;
}

static enum applied report_apply(struct work *w, const struct entry *e, struct error *why)
{
        enum role role = role_by_name(e->role);

        if (*e->author != '\0' && (role == ROLE_COUNT || !role_may(role, MAY_IMPORT))) {
                error_set(why, ERR_DENIED, "its author \"%s\" had no right to report figures in bulk", e->author);
                return REFUSED;
        }
        return body_apply(w, e, why);
}

bool figure_decides_first(const char *kind)
{
        return strcmp(kind, "figures.report") == 0;
}

bool figure_puts_off(const char *kind)
{
        return strcmp(kind, "figures.report") == 0 || strcmp(kind, "figures.settle") == 0;
}

const struct entry_kind figure_kinds[] = {
        { "figures.report", report_apply, N_("Figures in bulk: imported files and publishers' tables") },
        { "figures.settle", figures_apply_settle, N_("A decision between figures that nodes wrote without having seen each other") },
        { 0 },
};

const struct derived_table figure_tables[] = {
        { .name = "figure",
          .create_sql = "CREATE TABLE figure (province BIGINT NOT NULL, indicator BIGINT NOT NULL, period BIGINT NOT NULL,"
                        " unit BIGINT NOT NULL, item BIGINT NOT NULL, partner BIGINT NOT NULL,"
                        " known_from BIGINT NOT NULL, value BIGINT NOT NULL, status BIGINT NOT NULL,"
                        " mark BIGINT NOT NULL, entry BIGINT NOT NULL,"
                        " PRIMARY KEY (province, indicator, period, unit, item, partner, known_from)) WITHOUT ROWID",
          .state_sql = "SELECT province, indicator, period, unit, item, partner, known_from, value, status, mark, entry"
                       " FROM figure",
          .state_form = "yyiyyyiiiie" },
        { .name = "figure_group",
          .create_sql = "CREATE TABLE figure_group (indicator BIGINT NOT NULL, period BIGINT NOT NULL,"
                        " province BIGINT NOT NULL, writer BIGINT NOT NULL, PRIMARY KEY (indicator, period, province))"
                        " WITHOUT ROWID",
          .state_sql = "SELECT indicator, period, province, writer FROM figure_group",
          .state_form = "yiyy" },
        /* of groups with several (figure_group.writer = 0): all of them */
        { .name = "figure_writer",
          .create_sql = "CREATE TABLE figure_writer (indicator BIGINT NOT NULL, period BIGINT NOT NULL,"
                        " province BIGINT NOT NULL, writer BIGINT NOT NULL,"
                        " PRIMARY KEY (indicator, period, province, writer)) WITHOUT ROWID",
          .state_sql = "SELECT indicator, period, province, writer FROM figure_writer",
          .state_form = "yiyy" },
        /* each entry that brought figures: the unit its node spoke for, of how many streams it says how much it had seen (NULL: it
         * does not say; docs/exchange.md), what it settles, which source it names */
        { .name = "figure_entry",
          .create_sql = "CREATE TABLE figure_entry (entry BIGINT PRIMARY KEY, unit TEXT NOT NULL, level BIGINT NOT NULL,"
                        " figures BIGINT NOT NULL, seen BIGINT, settles TEXT, source TEXT NOT NULL)",
          .state_sql = "SELECT entry, unit, level, figures, seen, settles, source FROM figure_entry",
          .state_form = "etiiitt" },
        { .name = "figure_seen",
          .create_sql = "CREATE TABLE figure_seen (entry BIGINT NOT NULL, stream TEXT NOT NULL, seq BIGINT NOT NULL,"
                        " PRIMARY KEY (entry, stream)) WITHOUT ROWID",
          .state_sql = "SELECT entry, stream, seq FROM figure_seen",
          .state_form = "eti" },
        /* versions that never stood, because another node's stood; and those by which a node corrected itself (fold.h): they stand in figure, with
         * the moment stands_from. stands_from: 0: it never stood; corrects: 1: it has another value than the one before it */
        { .name = "figure_beside",
          .create_sql = "CREATE TABLE figure_beside (province BIGINT NOT NULL, indicator BIGINT NOT NULL, period BIGINT NOT NULL,"
                        " unit BIGINT NOT NULL, item BIGINT NOT NULL, partner BIGINT NOT NULL,"
                        " known_from BIGINT NOT NULL, value BIGINT NOT NULL, status BIGINT NOT NULL,"
                        " mark BIGINT NOT NULL, entry BIGINT NOT NULL, stands_from BIGINT NOT NULL, corrects BIGINT NOT NULL,"
                        " PRIMARY KEY (province, indicator, period, unit, item, partner, entry, known_from)) WITHOUT ROWID",
          .state_sql = "SELECT province, indicator, period, unit, item, partner, known_from, value, status, mark, entry, stands_from, corrects"
                       " FROM figure_beside",
          .state_form = "yyiyyyiiiieii" },
        /* reports that are approved as a whole; decisions that are as long as one is (approval.c) */
        { .name = "figure_approved",
          .create_sql = "CREATE TABLE figure_approved (entry BIGINT PRIMARY KEY)",
          .state_sql = "SELECT entry FROM figure_approved",
          .state_form = "e" },
        { .name = "figure_follows",
          .create_sql = "CREATE TABLE figure_follows (entry BIGINT PRIMARY KEY, report BIGINT NOT NULL);"
                        " CREATE INDEX figure_follows_report ON figure_follows (report)",
          .state_sql = "SELECT entry, report FROM figure_follows",
          .state_form = "ee" },
        /* a row for each version in a conflict; contest: the conflict's name; measure: 0 or the unit of measure it names; closed_by: hash of
         * the entry that ended it */
        { .name = "figure_contest",
          .create_sql = "CREATE TABLE figure_contest (province BIGINT NOT NULL, indicator BIGINT NOT NULL, period BIGINT NOT NULL,"
                        " unit BIGINT NOT NULL, item BIGINT NOT NULL, partner BIGINT NOT NULL,"
                        " of_day BIGINT NOT NULL, contest TEXT NOT NULL, entry BIGINT NOT NULL, hash TEXT NOT NULL,"
                        " value BIGINT NOT NULL, measure BIGINT NOT NULL, stands BIGINT NOT NULL, closed_by TEXT NOT NULL,"
                        " PRIMARY KEY (province, indicator, period, unit, item, partner, of_day, contest, entry)) WITHOUT ROWID;"
                        " CREATE INDEX figure_contest_name ON figure_contest (contest);"
                        " CREATE INDEX figure_contest_open ON figure_contest (closed_by, entry)",
          .state_sql = "SELECT province, indicator, period, unit, item, partner, of_day, contest, hash, value, measure, stands, closed_by"
                       " FROM figure_contest",
          .state_form = "yyiyyyittiyit" },
        { .name = "figure_total",
          .create_sql = "CREATE TABLE figure_total (unit BIGINT NOT NULL, indicator BIGINT NOT NULL,"
                        " period BIGINT NOT NULL, level BIGINT NOT NULL, item BIGINT NOT NULL, partner BIGINT NOT NULL,"
                        " sum_high BIGINT NOT NULL, sum_low BIGINT NOT NULL, n BIGINT NOT NULL,"
                        " n_submitted BIGINT NOT NULL, n_approved BIGINT NOT NULL, n_estimates BIGINT NOT NULL,"
                        " PRIMARY KEY (unit, indicator, period, level, item, partner)) WITHOUT ROWID",
          .state_sql = "SELECT unit, indicator, period, level, item, partner, sum_high, sum_low, n, n_submitted,"
                       " n_approved, n_estimates FROM figure_total WHERE n <> 0",
          .state_form = "yyiiyyiiiiii" },
        { 0 },
};
