/* entry.c - the entries of the workbench and the tables made of them.
 *
 * All that was said is kept, so that what was known at a moment can be told. Of what one node says about one thing (a set of weights, the shares of a class, a stretch of a line of
 * the sample that begins in one month, output of a month) the newest entry stands, by (at, rank): rank is a number from the entry's hash and parts entries of one moment alike on every node. Where
 * several nodes spoke is marked until when what each said stands (own.c, record.c). */
#include <string.h>

#include "areas/iip/iip.h"
#include "base/decimal.h"
#include "base/map.h"
#include "figure/figure.h"
#include "ledger/symbol.h"
#include "ledger/trust.h"

bool iip_next_line(const char **block, struct iip_field *fields, int most, int *count)
{
        const char *at = *block;

        if (*at == '\0')
                return false;
        *count = 0;
        for (;;) {
                size_t length = strcspn(at, "\t\n");

                if (*count < most)
                        fields[*count] = (struct iip_field){ at, length };
                ++*count;
                at += length;
                if (*at != '\t')
                        break;
                at++;
        }
        *block = *at == '\n' ? at + 1 : at;
        return true;
}

static const struct { const char *name, *title; } series_names[IIP_SERIES] = {
        [SERIES_PRODUCTION] = { "production", N_("Index of industrial production") },
        [SERIES_CONSUMPTION] = { "consumption", N_("Index of consumption") },
        [SERIES_INVENTORY] = { "inventory", N_("Index of inventory") },
        [SERIES_LABOUR] = { "labour", N_("Index of labour use") },
};

enum iip_series iip_family(enum iip_series series)
{
        return series == SERIES_LABOUR ? SERIES_LABOUR : SERIES_PRODUCTION;
}

bool iip_series_read(const char *name, enum iip_series *series)
{
        *series = SERIES_PRODUCTION;
        if (name == NULL || *name == '\0')
                return true;
        for (int i = 0; i < IIP_SERIES; i++)
                if (strcmp(name, series_names[i].name) == 0) {
                        *series = (enum iip_series)i;
                        return true;
                }
        return false;
}

const char *iip_series_name(enum iip_series series)
{
        return series_names[series].name;
}

const char *iip_series_title(enum iip_series series)
{
        return series_names[series].title;
}

/* ---- what an entry must be ------------------------------------------------------------------------------ */

static const char *member(const struct entry *e, const char *name)
{
        const char *text = json_string_value(json_object_get(e->body, name));

        return text == NULL ? "" : text;
}

static enum applied refused(struct work *w)
{
        return work_ok(w) ? REFUSED : FAILED;
}

static bool member_period(const struct entry *e, const char *name, period *p, struct error *why)
{
        const char *text = member(e, name);

        return period_read(text, strlen(text), p) || error_set(why, ERR_INVALID, "\"%s\" is not a period", name);
}

/* What an entry is about, and what it decides about. */
struct said {
        enum iip_series series;
        const struct catalogue *catalogue; /* that was read; asked for once more it may fail */
        const struct unit *unit;
        bool is_decision;
        int64_t of[SETTLE_SIDES_MAX];
        size_t of_count;
};

/* Whether the writer may say this of the unit. */
static enum applied is_entitled(struct work *w, const struct entry *e, struct said *s, struct error *why)
{
        const struct catalogue *c = catalogue_of(w);
        const char *code = member(e, "unit"), *end = strrchr(e->kind, '.');
        struct peer *writer = trust_writer(w, e);
        /* the country's weights used to be for everybody */
        bool is_public = strcmp(e->audience, AUDIENCE_ALL) == 0 && strcmp(e->kind, "iip.weights") == 0;

        *s = (struct said){ .catalogue = c, .unit = c == NULL ? NULL : unit_at(c, code, day_of_moment(stamp_moment(e->at))), .is_decision = strcmp(end, ".settle") == 0 };
        if (c == NULL || !work_ok(w))
                return FAILED;
        if (writer == NULL || writer->is_revoked) {
                error_set(why, ERR_DENIED, "nobody enrolled the node %.12s", e->node);
                return refused(w);
        }
        if (e->author[0] != '\0' && !s->is_decision && !role_may(role_by_name(e->role), MAY_IMPORT)) {
                error_set(why, ERR_DENIED, "the role \"%s\" of %s may not do this (%s)", e->role, e->author, e->kind);
                return refused(w);
        }
        if (s->unit == NULL) {
                error_set(why, ERR_MISSING, "unit \"%s\" is not known here at that time", code);
                return WAITING;
        }
        if (!iip_series_read(member(e, "series"), &s->series)) {
                error_set(why, ERR_INVALID, "\"%s\" is none of production, consumption, inventory, labour", member(e, "series"));
                return refused(w);
        }
        if (!figure_writer_may(w, c, writer, e->at, s->unit, why))
                return refused(w);
        if (!is_public && strcmp(e->audience, code) != 0) {
                error_set(why, ERR_DENIED, "an entry of kind \"%s\" does not belong into this stream", e->kind);
                return refused(w);
        }
        return s->is_decision ? figures_may_decide(w, e, s->of, &s->of_count, why) : APPLIED;
}

/* The witness of an entry whose lines are good: with lines counted where they are figures. What a decision chooses must be what one of the entries it names said. */
static enum applied take_in(struct work *w, const struct entry *e, const struct said *s, bool is_brought, int64_t figures, struct error *why)
{
        if (work_ok(w) && s->is_decision && !is_brought)
                error_say(why, ERR_INVALID, N_("it chooses a value that none of the entries brought"));
        if (!work_ok(w) || (s->is_decision && !is_brought))
                return refused(w);
        return figures_witness(w, e, figures, why);
}

static bool bad_line(struct error *why, int64_t line, const char *what)
{
        return error_set(why, ERR_INVALID, "line %lld: \"%s\" is missing or not of the stated form", (long long)line, what);
}

static bool is_text(const struct iip_field *f, size_t most)
{
        return f->length > 0 && f->length <= most;
}

static bool is_number(const struct iip_field *f, int decimals, int64_t *value)
{
        return decimal_read(f->text, f->length, decimals, value, NULL) == DECIMAL_OK && *value >= 0;
}

static bool is_month(const struct iip_field *f, period *p)
{
        return period_read(f->text, f->length, p) && period_frequency(*p) == FREQUENCY_MONTH;
}

/* ---- weights ----------------------------------------------------------------------------------------------- */

/* Every line but the first stands below one before it, not too deep, and none twice. depth: code -> how deep, from 1. */
static bool stands_in_tree(struct work *w, struct map *depth, const struct iip_field *f, int64_t line, struct error *why)
{
        const int64_t *above = line == 1 ? NULL : map_get(depth, f[WEIGHT_PARENT].text, f[WEIGHT_PARENT].length);
        int64_t own = above == NULL ? 1 : *above + 1, *slot;
        bool is_new = true;

        if ((line > 1 && above == NULL) || own > IIP_DEPTH_MAX + 1)
                return bad_line(why, line, "parent");
        slot = map_put(depth, f[WEIGHT_CODE].text, f[WEIGHT_CODE].length, &is_new);
        if (slot == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        *slot = own;
        return is_new || bad_line(why, line, "code");
}

static bool weight_lines_are_good(struct work *w, struct map *depth, const char *block, struct error *why)
{
        struct iip_field f[WEIGHT_FIELDS];
        int64_t value, line = 0;
        int count;

        while (iip_next_line(&block, f, WEIGHT_FIELDS, &count)) {
                line++;
                if (count != WEIGHT_FIELDS || line > IIP_NODES_MAX)
                        return bad_line(why, line, "fields");
                if (!is_text(&f[WEIGHT_CODE], IIP_TEXT_MAX) || f[WEIGHT_PARENT].length > IIP_TEXT_MAX ||
                    (f[WEIGHT_PARENT].length == 0) != (line == 1))
                        return bad_line(why, line, "code");
                if (!stands_in_tree(w, depth, f, line, why))
                        return false;
                if (f[WEIGHT_NAME].length > IIP_NAME_MAX || f[WEIGHT_MEASURE].length > IIP_TEXT_MAX)
                        return bad_line(why, line, "name");
                if (!is_number(&f[WEIGHT_WEIGHT], IIP_WEIGHT_DECIMALS, &value))
                        return bad_line(why, line, "weight");
                if (f[WEIGHT_BASE].length > 0 && !is_number(&f[WEIGHT_BASE], IIP_DECIMALS, &value))
                        return bad_line(why, line, "base");
        }
        return line > 1 || bad_line(why, line, "lines");
}

/* What was computed before does not stand any more: what rests on the output of the unit in the month; PERIOD_NONE: all. */
static bool version_raise(struct work *w, const struct entry *e, enum iip_series series, period month)
{
        int64_t mark = 1 + (entry_rank(e) & 0xFFFFFFFFFF);

        return db_exec(w->db, "INSERT INTO iip_version (family, mark) VALUES ($1, $2) ON CONFLICT (family) DO UPDATE SET mark = iip_version.mark + excluded.mark",
                       ARGS(v_int(iip_family(series)), v_int(mark))) &&
               db_exec(w->db,
                       "INSERT INTO iip_told (series, unit, month, mark) VALUES ($1, $2, $3, $4)"
                       " ON CONFLICT (series, unit, month) DO UPDATE SET mark = iip_told.mark + excluded.mark",
                       ARGS(v_int(series), v_int(symbol_make(w, 't', member(e, "unit"), strlen(member(e, "unit")))), v_int(month), v_int(mark)));
}

static enum applied apply_weights(struct work *w, const struct entry *e, struct error *why)
{
        struct said s;
        enum applied verdict = is_entitled(w, e, &s, why);
        period from, base, overlap = PERIOD_NONE;
        struct iip_record record;
        struct map *depth;
        bool is_good;

        if (verdict != APPLIED)
                return verdict;
        if (!member_period(e, "from", &from, why) || !member_period(e, "base", &base, why) ||
            (member(e, "overlap")[0] != '\0' && !member_period(e, "overlap", &overlap, why)))
                return refused(w);
        depth = map_open();
        if (depth == NULL)
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        is_good = depth != NULL && weight_lines_are_good(w, depth, member(e, "lines"), why);
        map_close(depth);
        if (!is_good)
                return refused(w);
        if (period_frequency(from) != FREQUENCY_MONTH) {
                error_set(why, ERR_INVALID, "\"%s\" is not a period", "from");
                return refused(w);
        }
        record = (struct iip_record){ .file = IIP_FILE_WEIGHTS, .series = s.series, .unit = iip_origin(s.catalogue, s.unit), .from = from };
        verdict = take_in(w, e, &s, s.is_decision && iip_record_is_brought(w, &record, iip_weights_text(w, base, overlap, member(e, "lines")), s.of, s.of_count), 0, why);
        if (verdict != APPLIED)
                return verdict;
        return db_exec(w->db, "INSERT INTO iip_weights (unit, first_month, base, overlap, lines, at, rank, entry, series, stood_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                       ARGS(v_text(member(e, "unit")), v_int(from), v_int(base), v_int(overlap), v_text(member(e, "lines")),
                            v_int(e->at), v_int(entry_rank(e)), v_int(e->id), v_int(s.series), v_int(IIP_STANDS))) &&
                               iip_record_settle(w, &record) && version_raise(w, e, s.series, PERIOD_NONE)
                       ? APPLIED
                       : FAILED;
}

/* The moment before the newest so many entries of a unit came, of those up to a stamp; 0: there are no more. */
static stamp before_newest(struct work *w, struct values asked, size_t without)
{
        struct value of[] = { asked.list[0], asked.list[1], asked.list[2], asked.list[3], v_int((int64_t)without - 1) };
        int64_t first = db_number(w->db, "SELECT at FROM iip_weights WHERE series = $1 AND unit = $2 AND at <= $3 AND at >= $4 ORDER BY at DESC, rank DESC LIMIT 1 OFFSET $5",
                                  (struct values){ of, sizeof of / sizeof *of }, 0);

        return first == 0 ? 0 : first - 1;
}

struct iip_weights *iip_weights_of(struct work *w, enum iip_series series, const struct unit *unit, stamp until, size_t without, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        struct value about[] = { v_int(series), v_text(unit->code), v_int(until), v_int(c == NULL ? until : iip_since(c, unit)) };
        const struct values asked = { about, sizeof about / sizeof *about };
        struct iip_weights *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct rows *r;

        if (without > 0)
                about[2] = v_int(before_newest(w, asked, without));
        r = db_query(w->db, "SELECT first_month, base, overlap, lines, entry FROM iip_weights"
                            " WHERE series = $1 AND unit = $2 AND at <= $3 AND at >= $4 AND stood_until > $3 ORDER BY at, rank", asked);
        *count = 0;
        while (rows_next(r)) {
                struct iip_weights one = { arena_text(w->arena, unit->code), (period)rows_int(r, 0), (period)rows_int(r, 1), (period)rows_int(r, 2),
                                           arena_text(w->arena, rows_text(r, 3)), rows_int(r, 4) };
                size_t at = 0;

                list = arena_room(w->arena, list, *count, sizeof *list);
                while (at < *count && list[at].from < one.from)
                        at++;
                if (at == *count || list[at].from != one.from)
                        memmove(list + at + 1, list + at, ((*count)++ - at) * sizeof *list);
                list[at] = one;
        }
        rows_close(r);
        return list;
}

/* ---- shares of divided classes ----------------------------------------------------------------------------- */

static bool is_field(const struct iip_field *f, const char *text)
{
        return f->length == strlen(text) && memcmp(f->text, text, f->length) == 0;
}

/* Shares of a class stand line after line and make the whole; or one line without a share takes back what was stated. */
static bool share_lines_are_good(struct work *w, const char *block, struct error *why)
{
        struct correspondence *list = arena_array(w->arena, IIP_SHARES_MAX, sizeof *list);
        const char **from = arena_array(w->arena, IIP_SHARES_MAX, sizeof(char *)), **to = arena_array(w->arena, IIP_SHARES_MAX, sizeof(char *));
        size_t count = 0, classes = 0, line = 0;
        struct iip_field f[SHARE_FIELDS];
        int fields;

        while (iip_next_line(&block, f, SHARE_FIELDS, &fields)) {
                int64_t share = SHARE_WHOLE;
                bool is_back = f[SHARE_TO].length == 0 && f[SHARE_SHARE].length == 0;
                size_t class = 0, other = 0;
                day date;

                if (fields != SHARE_FIELDS || ++line > IIP_SHARES_MAX)
                        return bad_line(why, (int64_t)line, "fields");
                if (!is_text(&f[SHARE_FROM], IIP_TEXT_MAX) || (!is_back && !is_text(&f[SHARE_TO], IIP_TEXT_MAX)))
                        return bad_line(why, (int64_t)line, "from");
                if (!is_back && !is_number(&f[SHARE_SHARE], IIP_SHARE_DECIMALS, &share))
                        return bad_line(why, (int64_t)line, "share");
                if (!is_text(&f[SHARE_SOURCE], IIP_NAME_MAX) || !day_read(f[SHARE_DATE].text, f[SHARE_DATE].length, &date))
                        return bad_line(why, (int64_t)line, "source");
                while (class < classes && !is_field(&f[SHARE_FROM], from[class]))
                        class++;
                if (class == classes)
                        from[classes++] = arena_copy(w->arena, f[SHARE_FROM].text, f[SHARE_FROM].length);
                while (other < count && !is_field(&f[SHARE_TO], to[list[other].to]))
                        other++;
                if (other == count)
                        to[count] = arena_copy(w->arena, f[SHARE_TO].text, f[SHARE_TO].length);
                list[count] = (struct correspondence){ (int32_t)class, other == count ? (int32_t)count : list[other].to, share };
                count++;
        }
        return line == 0 ? bad_line(why, 1, "lines") : correspondence_check(w->arena, list, count, from, classes, why);
}

/* The classes of a block, each once, in the order of its lines. */
static const char **classes_of(struct work *w, const char *block, size_t *count)
{
        const char **class = arena_array(w->arena, IIP_SHARES_MAX, sizeof(char *));
        struct iip_field f[SHARE_FIELDS];
        int fields;

        *count = 0;
        while (iip_next_line(&block, f, SHARE_FIELDS, &fields)) {
                size_t i = 0;

                while (i < *count && !is_field(&f[SHARE_FROM], class[i]))
                        i++;
                if (i == *count)
                        class[(*count)++] = arena_copy(w->arena, f[SHARE_FROM].text, f[SHARE_FROM].length);
        }
        return class;
}

static enum applied apply_shares(struct work *w, const struct entry *e, struct error *why)
{
        struct said s;
        enum applied verdict = is_entitled(w, e, &s, why);
        const char *lines = member(e, "lines"), **class, **text;
        struct iip_record record;
        bool is_brought = true;
        size_t count;

        if (verdict != APPLIED)
                return verdict;
        if (!share_lines_are_good(w, lines, why))
                return refused(w);
        class = classes_of(w, lines, &count);
        text = arena_array(w->arena, count, sizeof(char *));
        record = (struct iip_record){ .file = IIP_FILE_SHARES, .series = s.series, .unit = iip_origin(s.catalogue, s.unit) };
        for (size_t i = 0; i < count; i++) {
                struct buf block;

                buf_init_with(&block, ENTRY_MAX, w->arena);
                iip_class_lines(w, &block, lines, class[i]);
                text[i] = block.data;
                record.class = class[i];
                is_brought = is_brought && (!s.is_decision || iip_record_is_brought(w, &record, text[i], s.of, s.of_count));
        }
        verdict = take_in(w, e, &s, is_brought, 0, why);
        for (size_t i = 0; verdict == APPLIED && i < count; i++) {
                record.class = class[i];
                if (!db_exec(w->db, "INSERT INTO iip_shares (unit, class, place, lines, at, rank, entry, series, stood_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                             ARGS(v_text(member(e, "unit")), v_text(class[i]), v_int((int64_t)i), v_text(text[i]), v_int(e->at), v_int(entry_rank(e)), v_int(e->id), v_int(s.series),
                                  v_int(IIP_STANDS))) ||
                    !iip_record_settle(w, &record))
                        return FAILED;
        }
        if (verdict != APPLIED)
                return verdict;
        return version_raise(w, e, s.series, PERIOD_NONE) ? APPLIED : FAILED;
}

struct iip_share *iip_shares_of(struct work *w, enum iip_series series, const char *unit, stamp since, stamp until, size_t *count)
{
        struct rows *r = db_query(w->db, "SELECT lines, entry FROM iip_shares WHERE series = $1 AND unit = $2 AND at >= $3 AND at <= $4 AND stood_until > $4 ORDER BY at, rank, place",
                                  ARGS(v_int(series), v_text(unit), v_int(since), v_int(until)));
        struct map *newest = map_in(w->arena); /* class -> the last entry that states or takes back its shares */
        struct iip_share *list = NULL;
        size_t all = 0;

        while (rows_next(r)) {
                int64_t entry = rows_int(r, 1), *last;
                const char *at = rows_text(r, 0);
                struct iip_field f[SHARE_FIELDS];
                int fields;

                while (iip_next_line(&at, f, SHARE_FIELDS, &fields)) {
                        struct iip_share s = { .from = arena_copy(w->arena, f[SHARE_FROM].text, f[SHARE_FROM].length),
                                               .to = arena_copy(w->arena, f[SHARE_TO].text, f[SHARE_TO].length),
                                               .source = arena_copy(w->arena, f[SHARE_SOURCE].text, f[SHARE_SOURCE].length), .entry = entry };

                        day_read(f[SHARE_DATE].text, f[SHARE_DATE].length, &s.date);
                        decimal_read(f[SHARE_SHARE].text, f[SHARE_SHARE].length, IIP_SHARE_DECIMALS, &s.share_ppm, NULL);
                        last = map_put_text(newest, s.from, NULL);
                        if (last == NULL)
                                arena_starve(w->arena);
                        *last = entry;
                        list = arena_room(w->arena, list, all, sizeof *list);
                        list[all++] = s;
                }
        }
        rows_close(r);
        *count = 0;
        for (size_t i = 0; i < all; i++)
                if (*list[i].to != '\0' && *map_get_text(newest, list[i].from) == list[i].entry)
                        list[(*count)++] = list[i];
        return list;
}

/* ---- sample and output ---------------------------------------------------------------------------------------- */

/* Rows of numbers on their way into a table. */
struct batch {
        struct work *work;
        const struct entry *entry;
        int64_t *rows, unit, series;
        size_t count, width;
};

static int64_t symbol_of(struct work *w, const struct iip_field *f)
{
        return symbol_make(w, 't', f->text, f->length);
}

static size_t lines_in(const char *block)
{
        size_t n = 1;

        for (; *block != '\0'; block++)
                n += *block == '\n';
        return n;
}

/* Every batch ends with at, rank, entry, series and IIP_STANDS. */
static void batch_add(struct batch *b, const int64_t *values, size_t count)
{
        int64_t *row = b->rows + b->count++ * b->width;

        memcpy(row, values, count * sizeof *row);
        row[count] = b->entry->at;
        row[count + 1] = entry_rank(b->entry);
        row[count + 2] = b->entry->id;
        row[count + 3] = b->series;
        row[count + 4] = IIP_STANDS;
}

static struct batch batch_open(struct work *w, const struct entry *e, enum iip_series series, size_t rows, size_t width)
{
        return (struct batch){ w, e, arena_array(w->arena, rows * width, sizeof(int64_t)),
                               symbol_make(w, 't', member(e, "unit"), strlen(member(e, "unit"))), series, 0, width };
}

/* More than there are stretches. */
static size_t stretches_in(const char *block)
{
        size_t n = lines_in(block);

        for (size_t tabs = 0; *block != '\0'; block++)
                n += *block == '\t' && ++tabs % 2 == 0;
        return n;
}

/* The stretches of a line, in order: each but the last ends, before the next begins; one that takes back what began then asks for nothing. */
static bool stretches_read(struct batch *b, int64_t line, const int64_t *key, int64_t name, const struct iip_field *f, int count, bool is_first, struct error *why)
{
        struct iip_stretch s, last = { PERIOD_NONE, PERIOD_NONE };
        period before = PERIOD_NONE;   /* when the one before began; last: the last that asks for something */

        for (int i = LINE_FROM; i < count; i += 2) {
                s.to = PERIOD_NONE;
                if (!is_month(&f[i], &s.from) || (before != PERIOD_NONE && s.from <= before))
                        return bad_line(why, line, "from");
                if (f[i + 1].length > 0 && (!is_month(&f[i + 1], &s.to) || period_plus(s.to, 1) < s.from))
                        return bad_line(why, line, "to");
                before = s.from;
                if (!iip_stretch_is_none(&s)) {
                        if (last.from != PERIOD_NONE && (last.to == PERIOD_NONE || s.from <= last.to))
                                return bad_line(why, line, "from");
                        last = s;
                }
                if (is_first)
                        batch_add(b, (int64_t[]){ b->unit, key[0], key[1], name, s.from, s.to }, 6);
        }
        return true;
}

/* Of an establishment and product that stands in an entry twice, which no file brings, the first line counts; a decision has a line for each stretch. */
static bool sample_lines_read(struct batch *b, bool is_decision, const char *block, struct error *why)
{
        struct map *seen = map_in(b->work->arena);
        struct iip_field f[LINE_FIELDS_MAX];
        period from = PERIOD_NONE;
        int64_t line = 0;
        int count;

        while (iip_next_line(&block, f, LINE_FIELDS_MAX, &count)) {
                bool is_first = true;

                line++;
                if (count < LINE_FIELDS || count > LINE_FIELDS_MAX || (count - LINE_FIELDS) % 2 != 0)
                        return bad_line(why, line, "fields");
                if (!is_text(&f[LINE_ESTABLISHMENT], IIP_TEXT_MAX) || !is_text(&f[LINE_PRODUCT], IIP_TEXT_MAX) ||
                    f[LINE_NAME].length > IIP_TEXT_MAX)
                        return bad_line(why, line, "establishment");
                if (is_decision && !is_month(&f[LINE_FROM], &from))
                        return bad_line(why, line, "from");
                const int64_t key[] = { symbol_of(b->work, &f[LINE_ESTABLISHMENT]), symbol_of(b->work, &f[LINE_PRODUCT]), from };

                if (map_put(seen, key, sizeof key, &is_first) == NULL)
                        arena_starve(b->work->arena);
                if (!stretches_read(b, line, key, symbol_of(b->work, &f[LINE_NAME]), f, count, is_first, why))
                        return false;
        }
        return line > 0 || bad_line(why, line, "lines");
}

/* Whether each row of a decision is one that an entry it names brought. asked: how many rows are the same as one, by the numbers of that; $8 the entry. */
static bool is_brought(struct work *w, const struct batch *b, const struct said *s, const char *asked)
{
        for (size_t i = 0; i < b->count && s->is_decision; i++) {
                const int64_t *v = b->rows + i * b->width;
                bool is_there = false;

                for (size_t k = 0; k < s->of_count && !is_there; k++)
                        is_there = db_number(w->db, asked, ARGS(v_int(b->series), v_int(v[0]), v_int(v[1]), v_int(v[2]), v_int(v[3]), v_int(v[4]), v_int(v[5]), v_int(s->of[k])), 0) > 0;
                if (!is_there)
                        return false;
        }
        return true;
}

static struct iip_told told_of(const struct batch *b, const struct said *s, enum iip_file file, period month)
{
        return (struct iip_told){ file, s->series, s->unit, b->unit, month };
}

static enum applied apply_sample(struct work *w, const struct entry *e, struct error *why)
{
        struct said s;
        enum applied verdict = is_entitled(w, e, &s, why);
        struct iip_told told;
        struct batch b;

        if (verdict != APPLIED)
                return verdict;
        b = batch_open(w, e, s.series, stretches_in(member(e, "lines")), 11);
        if (!sample_lines_read(&b, s.is_decision, member(e, "lines"), why))
                return refused(w);
        verdict = take_in(w, e, &s, is_brought(w, &b, &s, "SELECT COUNT(*) FROM iip_sample WHERE series = $1 AND unit = $2 AND establishment = $3 AND product = $4 AND name = $5"
                                                          " AND first_month = $6 AND last_month = $7 AND entry = $8"), 0, why);
        if (verdict != APPLIED)
                return verdict;
        told = told_of(&b, &s, IIP_FILE_SAMPLE, PERIOD_NONE);
        return work_ok(w) && db_each(w->db,
                                     "INSERT INTO iip_sample (unit, establishment, product, name, first_month, last_month, at, rank, entry,"
                                     " series, stood_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (series, unit, establishment, product, at, rank,"
                                     " first_month) DO NOTHING",
                                     b.rows, b.count, b.width, NULL, NULL) &&
                               iip_told_settle(w, &told, e) && version_raise(w, e, s.series, PERIOD_NONE)
                       ? APPLIED
                       : FAILED;
}

static bool output_lines_read(struct batch *b, period month, const char *block, struct error *why)
{
        struct iip_field f[OUTPUT_FIELDS];
        int64_t line = 0, quantity;
        int count;

        while (iip_next_line(&block, f, OUTPUT_FIELDS, &count)) {
                line++;
                if (count != OUTPUT_FIELDS)
                        return bad_line(why, line, "fields");
                if (!is_text(&f[OUTPUT_ESTABLISHMENT], IIP_TEXT_MAX) || !is_text(&f[OUTPUT_PRODUCT], IIP_TEXT_MAX) ||
                    !is_text(&f[OUTPUT_MEASURE], IIP_TEXT_MAX))
                        return bad_line(why, line, "establishment");
                if (!is_number(&f[OUTPUT_QUANTITY], IIP_DECIMALS, &quantity) || quantity > PANEL_QUANTITY_MAX)
                        return bad_line(why, line, "quantity");
                batch_add(b, (int64_t[]){ b->unit, month, symbol_of(b->work, &f[OUTPUT_ESTABLISHMENT]), symbol_of(b->work, &f[OUTPUT_PRODUCT]),
                                          symbol_of(b->work, &f[OUTPUT_MEASURE]), quantity }, 6);
        }
        return line > 0 || bad_line(why, line, "lines");
}

/* A report, or a decision among reports. */
static enum applied apply_output(struct work *w, const struct entry *e, struct error *why)
{
        struct said s;
        enum applied verdict = is_entitled(w, e, &s, why);
        struct iip_told told;
        struct batch b;
        period month;

        if (verdict != APPLIED)
                return verdict;
        if (!member_period(e, "month", &month, why))
                return refused(w);
        if (period_frequency(month) != FREQUENCY_MONTH || period_first(month) > day_of_moment(stamp_moment(e->at))) {
                error_set(why, ERR_INVALID, "\"%s\" is not a month that has begun", member(e, "month"));
                return refused(w);
        }
        b = batch_open(w, e, s.series, lines_in(member(e, "lines")), 11);
        if (!output_lines_read(&b, month, member(e, "lines"), why))
                return refused(w);
        verdict = take_in(w, e, &s, is_brought(w, &b, &s, "SELECT COUNT(*) FROM iip_output WHERE series = $1 AND unit = $2 AND month = $3 AND establishment = $4 AND product = $5"
                                                          " AND measure = $6 AND quantity = $7 AND entry = $8"), (int64_t)b.count, why);
        if (verdict != APPLIED)
                return verdict;
        told = told_of(&b, &s, IIP_FILE_OUTPUT, month);
        return work_ok(w) && db_each(w->db,
                                     "INSERT INTO iip_output (unit, month, establishment, product, measure, quantity, at, rank, entry,"
                                     " series, stood_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (series, unit, month,"
                                     " establishment, product, entry) DO NOTHING",
                                     b.rows, b.count, b.width, NULL, NULL) &&
                               iip_told_settle(w, &told, e) && version_raise(w, e, s.series, month)
                       ? APPLIED
                       : FAILED;
}

const struct entry_kind iip_kinds[] = {
        { "iip.weights", apply_weights, N_("weights of a production index: a tree of industries and products, for a base") },
        { "iip.sample", apply_sample, N_("which establishments are asked for which products, from when to when") },
        { "iip.output", apply_output, N_("the output of establishments in a month, by product") },
        { "iip.shares", apply_shares, N_("shares of classes that a new version of the classification divides") },
        { "iip.weights.settle", apply_weights, N_("a decision between weights that nodes stated without having seen each other") },
        { "iip.sample.settle", apply_sample, N_("a decision between samples that nodes stated without having seen each other") },
        { "iip.shares.settle", apply_shares, N_("a decision between shares of classes that nodes stated without having seen each other") },
        { "iip.settle", apply_output, N_("a decision between outputs that nodes reported without having seen each other") },
        { NULL, NULL, NULL },
};

const struct derived_table iip_tables[] = {
        { .name = "iip_weights",
          .create_sql = "CREATE TABLE iip_weights (series BIGINT NOT NULL, unit TEXT NOT NULL, first_month BIGINT NOT NULL, base BIGINT NOT NULL,"
                        " overlap BIGINT NOT NULL, lines TEXT NOT NULL, at BIGINT NOT NULL, rank BIGINT NOT NULL, entry BIGINT NOT NULL,"
                        " stood_until BIGINT NOT NULL, PRIMARY KEY (series, unit, entry))",
          .state_sql = "SELECT series, unit, first_month, base, overlap, lines, at, rank, entry, stood_until FROM iip_weights",
          .state_form = "itiiitiiei" },
        { .name = "iip_shares",
          .create_sql = "CREATE TABLE iip_shares (series BIGINT NOT NULL, unit TEXT NOT NULL, class TEXT NOT NULL, place BIGINT NOT NULL, lines TEXT NOT NULL,"
                        " at BIGINT NOT NULL, rank BIGINT NOT NULL, entry BIGINT NOT NULL, stood_until BIGINT NOT NULL, PRIMARY KEY (series, unit, class, entry))",
          .state_sql = "SELECT series, unit, class, place, lines, at, rank, entry, stood_until FROM iip_shares",
          .state_form = "ittitiiei" },
        { .name = "iip_sample",
          .create_sql = "CREATE TABLE iip_sample (series BIGINT NOT NULL, unit BIGINT NOT NULL, establishment BIGINT NOT NULL, product BIGINT NOT NULL,"
                        " name BIGINT NOT NULL, first_month BIGINT NOT NULL, last_month BIGINT NOT NULL, at BIGINT NOT NULL,"
                        " rank BIGINT NOT NULL, entry BIGINT NOT NULL, stood_until BIGINT NOT NULL,"
                        " PRIMARY KEY (series, unit, establishment, product, at, rank, first_month)) WITHOUT ROWID",
          .state_sql = "SELECT series, unit, establishment, product, name, first_month, last_month, at, rank, entry, stood_until FROM iip_sample",
          .state_form = "iyyyyiiiiei" },
        { .name = "iip_output",
          .create_sql = "CREATE TABLE iip_output (series BIGINT NOT NULL, unit BIGINT NOT NULL, month BIGINT NOT NULL, establishment BIGINT NOT NULL,"
                        " product BIGINT NOT NULL, measure BIGINT NOT NULL, quantity BIGINT NOT NULL, at BIGINT NOT NULL,"
                        " rank BIGINT NOT NULL, entry BIGINT NOT NULL, stood_until BIGINT NOT NULL,"
                        " PRIMARY KEY (series, unit, month, establishment, product, entry)) WITHOUT ROWID",
          .state_sql = "SELECT series, unit, month, establishment, product, measure, quantity, at, rank, entry, stood_until FROM iip_output",
          .state_form = "iyiyyyiiiei" },
        /* the sum of a number from each entry that was applied: it says whether what was computed still stands (keep.c) */
        { .name = "iip_version",
          .create_sql = "CREATE TABLE iip_version (family BIGINT PRIMARY KEY, mark BIGINT NOT NULL)",
          .state_sql = "SELECT family, mark FROM iip_version",
          .state_form = "ii" },
        /* the same of each unit and month (PERIOD_NONE: not of its output): it says what does not stand (family.c) */
        { .name = "iip_told",
          .create_sql = "CREATE TABLE iip_told (series BIGINT NOT NULL, unit BIGINT NOT NULL, month BIGINT NOT NULL, mark BIGINT NOT NULL,"
                        " PRIMARY KEY (series, unit, month)) WITHOUT ROWID",
          .state_sql = "SELECT series, unit, month, mark FROM iip_told",
          .state_form = "iyii" },
        { .name = NULL },
};
