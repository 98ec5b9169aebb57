/* record.c - a set of weights, and the shares of a divided class, that several nodes stated: which version stands, and how two that had not seen each other are shown and
 * settled (figure/own.h). Such a record is stated as a whole: of weights that of a unit from one month on, of shares that of a class.
 *
 * As long as one node alone states it the newest stands. What was stated of another unit that had the code (iip_origin) is another record. Weights that older programs wrote for everybody
 * take no part: not who reads them reads the others. */
#include <string.h>

#include "areas/iip/iip.h"
#include "format/jsonw.h"
#include "ledger/read.h"
#include "ledger/symbol.h"
#include "ledger/write.h"

#define TOPIC(what, series, vi, en)                                                                                    \
        { .id = "iip." what "/" series, .name_vi = vi, .name_en = en, .unit_vi = "", .unit_en = "", .comparison = "",  \
          .item_classification = "", .partner_classification = "", .formula = "", .weights = "", .source_vi = "", .source_en = "", .legal_basis = "" }

/* Weights, then shares, in the order of enum iip_series. */
static const struct indicator topics[2 * IIP_SERIES + 1] = {
        TOPIC("weights", "production", "Quyền số của chỉ số sản xuất công nghiệp", "Weights of the index of industrial production"),
        TOPIC("weights", "consumption", "Quyền số của chỉ số tiêu thụ", "Weights of the index of consumption"),
        TOPIC("weights", "inventory", "Quyền số của chỉ số tồn kho", "Weights of the index of inventory"),
        TOPIC("weights", "labour", "Quyền số của chỉ số sử dụng lao động", "Weights of the index of labour use"),
        TOPIC("shares", "production", "Tỷ lệ của ngành bị tách, chỉ số sản xuất công nghiệp", "Shares of a divided class, index of industrial production"),
        TOPIC("shares", "consumption", "Tỷ lệ của ngành bị tách, chỉ số tiêu thụ", "Shares of a divided class, index of consumption"),
        TOPIC("shares", "inventory", "Tỷ lệ của ngành bị tách, chỉ số tồn kho", "Shares of a divided class, index of inventory"),
        TOPIC("shares", "labour", "Tỷ lệ của ngành bị tách, chỉ số sử dụng lao động", "Shares of a divided class, index of labour use"),
};

/* The tables of both, and what in them tells a record: $1 series, $2 unit, $3. */
#define WEIGHTS_ARE "series = $1 AND unit = $2 AND first_month = $3"
#define SHARES_ARE "series = $1 AND unit = $2 AND class = $3"

static bool is_of_shares(const struct contest_cell *c)
{
        return c->indicator >= &topics[IIP_SERIES];
}

static struct value key_of(const struct iip_record *of)
{
        return of->file == IIP_FILE_SHARES ? v_text(of->class) : v_int(of->from);
}

/* ---- which version stands ------------------------------------------------------------------------------------------------------- */

struct stated {
        struct own_version version; /* until as it is to be */
        stamp until;                /* as in the table */
        const char *node;
};

#define VERSIONS(text, table, record)                                                                                  \
        "SELECT " text ", o.entry, o.at, o.stood_until, s.node FROM (SELECT * FROM " table " WHERE " record ") o"       \
        " JOIN ledger_entry e ON e.id = o.entry JOIN ledger_stream s ON s.id = e.stream WHERE s.audience <> '" AUDIENCE_ALL "' ORDER BY o.at, o.rank"
#define WEIGHTS_SAY "CAST(o.base AS TEXT) || ' ' || CAST(o.overlap AS TEXT) || ' ' || o.lines"

const char *iip_weights_text(struct work *w, period base, period overlap, const char *lines)
{
        return arena_print(w->arena, "%lld %lld %s", (long long)base, (long long)overlap, lines);
}

static struct stated *versions_read(struct work *w, const struct iip_record *of, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        struct stated *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct rows *r = db_query(w->db, of->file == IIP_FILE_SHARES ? VERSIONS("o.lines", "iip_shares", SHARES_ARE) : VERSIONS(WEIGHTS_SAY, "iip_weights", WEIGHTS_ARE),
                                  ARGS(v_int(of->series), v_text(of->unit->code), key_of(of)));

        *count = 0;
        while (c != NULL && rows_next(r)) {
                const struct unit *then = unit_at(c, of->unit->code, day_of_moment(stamp_moment(rows_int(r, 2))));

                if (then == NULL || iip_origin(c, then) != of->unit)
                        continue;
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[(*count)++] = (struct stated){ { .entry = rows_int(r, 1), .value = own_record_value(rows_text(r, 0)), .until = rows_int(r, 3) }, rows_int(r, 3), arena_text(w->arena, rows_text(r, 4)) };
        }
        rows_close(r);
        return list;
}

/* Of what several nodes stated the rules of figures decide, until when each version stands; what one node stated is taken in its order. */
static bool versions_fold(struct work *w, const struct iip_record *of, struct stated *list, size_t count)
{
        bool is_shares = of->file == IIP_FILE_SHARES, is_one_node = true;
        struct own_version *versions = arena_array(w->arena, count + 1, sizeof *versions);
        const char *class = is_shares ? of->class : "";
        int64_t cell[6];

        for (size_t i = 0; i < count; i++) {
                versions[i] = list[i].version;
                is_one_node = is_one_node && strcmp(list[i].node, list[0].node) == 0;
        }
        if (is_one_node || !work_ok(w))
                return work_ok(w);
        contest_cell_key(w, &topics[is_shares * IIP_SERIES + (int)of->series], of->unit, is_shares ? iip_first_by_2025() : of->from, symbol_make(w, 't', class, strlen(class)),
                         symbol_make(w, 't', "", 0), cell);
        if (!work_ok(w) || !contest_refold(w, cell, versions, count))
                return false;
        for (size_t i = 0; i < count; i++)
                list[i].version.until = versions[i].until;
        return true;
}

#define STAND(table, record) "UPDATE " table " SET stood_until = $5 WHERE " record " AND entry = $4"

bool iip_record_settle(struct work *w, const struct iip_record *of)
{
        size_t count;
        struct stated *list = versions_read(w, of, &count);
        bool ok = work_ok(w) && versions_fold(w, of, list, count);

        for (size_t i = 0; ok && i < count; i++)
                ok = list[i].until == list[i].version.until ||
                     db_exec(w->db, of->file == IIP_FILE_SHARES ? STAND("iip_shares", SHARES_ARE) : STAND("iip_weights", WEIGHTS_ARE),
                             ARGS(v_int(of->series), v_text(of->unit->code), key_of(of), v_int(list[i].version.entry), v_int(list[i].version.until)));
        return ok;
}

bool iip_record_is_brought(struct work *w, const struct iip_record *of, const char *text, const int64_t *entries, size_t count)
{
        size_t versions;
        const struct stated *list = versions_read(w, of, &versions);

        for (size_t i = 0; i < versions; i++)
                for (size_t k = 0; k < count; k++)
                        if (list[i].version.entry == entries[k] && list[i].version.value == own_record_value(text))
                                return true;
        return false;
}

/* ---- conflicts as they are shown and settled ---------------------------------------------------------------------------------------- */

static enum iip_series series_of(const struct contest_cell *c)
{
        return (enum iip_series)((c->indicator - topics) % IIP_SERIES);
}

static const char *title(struct work *w, const struct contest_cell *c)
{
        return arena_print(w->arena, "%s%s%s", text_in(w->language, c->indicator->name_vi, c->indicator->name_en), *c->item == '\0' ? "" : ": ", c->item);
}

static const char *address(struct work *w, const struct contest_cell *c)
{
        return arena_print(w->arena, "/iip?unit=%s&series=%s", c->unit->code, iip_series_name(series_of(c)));
}

static const char *anew(struct work *w, const struct contest_cell *c)
{
        return !user_may(w->user, MAY_IMPORT) ? NULL : arena_print(w->arena, "/iip/import?unit=%s&series=%s", c->unit->code, iip_series_name(series_of(c)));
}

static bool value(struct work *w, const struct contest_cell *c, int64_t entry, int64_t *found, int64_t *measure)
{
        struct rows *r = is_of_shares(c) ? db_query(w->db, "SELECT o.lines FROM iip_shares o WHERE o.entry = $1 AND o.class = $2", ARGS(v_int(entry), v_text(c->item)))
                                         : db_query(w->db, "SELECT " WEIGHTS_SAY " FROM iip_weights o WHERE o.entry = $1", ARGS(v_int(entry)));
        bool is_there = rows_next(r);

        *measure = 0;
        if (is_there)
                *found = own_record_value(rows_text(r, 0));
        rows_close(r);
        return is_there;
}

static const char *body_text(const json_t *body, const char *name)
{
        const char *text = json_string_value(json_object_get(body, name));

        return text == NULL ? "" : text;
}

/* What all sides say of one thing, while they are gathered. */
struct gathered {
        struct work *work;
        size_t sides, count;
        struct own_line *list;
        struct map *number;            /* id -> place in the list, from 1 */
        int64_t alike;                 /* lines left out, for all sides say the same */
};

static struct own_line *line_of(struct gathered *g, const char *id, const char *name)
{
        int64_t *place = map_put_text(g->number, id, NULL);

        if (place == NULL)
                arena_starve(g->work->arena);
        if (*place == 0) {
                g->list = arena_room(g->work->arena, g->list, g->count, sizeof *g->list);
                g->list[g->count] = (struct own_line){ .id = id, .name = name, .values = arena_array(g->work->arena, g->sides, sizeof(char *)) };
                for (size_t i = 0; i < g->sides; i++)
                        g->list[g->count].values[i] = "";
                *place = (int64_t)++g->count;
        }
        return &g->list[*place - 1];
}

/* Mark what differs. */
static void differences_mark(struct gathered *g)
{
        for (size_t k = 0; k < g->count; k++)
                for (size_t i = 0; i < g->sides; i++)
                        g->list[k].differs |= strcmp(g->list[k].values[i], g->list[k].values[0]) != 0;
}

static const char *number_said(struct work *w, const struct iip_field *f, int decimals)
{
        char text[DECIMAL_TEXT_MAX * 2];
        int64_t number, step = 1;
        int shown = decimals;

        if (decimal_read(f->text, f->length, decimals, &number, NULL) != DECIMAL_OK)
                return arena_copy(w->arena, f->text, f->length);
        for (; shown > 0 && number % (step * 10) == 0; step *= 10)
                shown--;
        decimal_write_shown(text, number, decimals, shown, w->language);
        return arena_text(w->arena, text);
}

static const char *field_text(struct work *w, const struct iip_field *f)
{
        return arena_copy(w->arena, f->text, f->length);
}

/* "weight 75, below C, nghìn tấn, base output 1.200" */
static const char *weight_said(struct work *w, const struct iip_field *f, const char *name)
{
        const char *own = field_text(w, &f[WEIGHT_NAME]), *all = arena_print(w->arena, work_text(w, "weight %s"), number_said(w, &f[WEIGHT_WEIGHT], IIP_WEIGHT_DECIMALS));

        if (f[WEIGHT_PARENT].length > 0)
                all = arena_print(w->arena, "%s · %s", all, arena_print(w->arena, work_text(w, "in %s"), field_text(w, &f[WEIGHT_PARENT])));
        if (f[WEIGHT_MEASURE].length > 0)
                all = arena_print(w->arena, "%s · %s", all, field_text(w, &f[WEIGHT_MEASURE]));
        if (f[WEIGHT_BASE].length > 0)
                all = arena_print(w->arena, "%s · %s", all, arena_print(w->arena, work_text(w, "base output %s"), number_said(w, &f[WEIGHT_BASE], IIP_DECIMALS)));
        return strcmp(own, name) == 0 ? all : arena_print(w->arena, "%s · %s", own, all);
}

/* Its first month, its base, the months that link it, and each industry or product of which not all say the same. */
static void weights_gather(struct gathered *g, const struct contest_view *v, const struct contest_cell *c, const json_t **bodies)
{
        static const struct { const char *id, *name; } terms[] = { { "from", N_("In force from") }, { "base", N_("Base") }, { "overlap", N_("Overlap with the weights before") } };
        struct work *w = g->work;
        size_t kept = 0;
        period p;

        for (size_t i = 0; i < v->side_count; i++)
                for (size_t k = 0; c->has_side[i] && k < sizeof terms / sizeof *terms; k++) {
                        const char *text = body_text(bodies[i], terms[k].id);
                        char said[64];

                        if (!period_read(text, strlen(text), &p))
                                continue;
                        period_write_said(said, sizeof said, p, w->language);
                        line_of(g, terms[k].id, work_text(w, terms[k].name))->values[i] = arena_text(w->arena, said);
                }
        for (size_t i = 0; i < v->side_count; i++) {
                const char *at = body_text(bodies[i], "lines");
                struct iip_field f[WEIGHT_FIELDS];
                int count;

                while (c->has_side[i] && iip_next_line(&at, f, WEIGHT_FIELDS, &count)) {
                        const char *code = field_text(w, &f[WEIGHT_CODE]), *name = field_text(w, &f[WEIGHT_NAME]);
                        struct own_line *line = line_of(g, arena_print(w->arena, "row %s", code), *name == '\0' ? code : arena_print(w->arena, "%s · %s", code, name));
                        const char *named = strstr(line->name, " · ");

                        line->values[i] = weight_said(w, f, named == NULL ? "" : named + strlen(" · "));
                }
        }
        differences_mark(g);
        for (size_t k = 0; k < g->count; k++) {
                bool is_row = strncmp(g->list[k].id, "row ", 4) == 0;

                g->alike += is_row && !g->list[k].differs;
                if (!is_row || g->list[k].differs)
                        g->list[kept++] = g->list[k];
        }
        g->count = kept;
}

/* What goes from the class to each of its parts, with source and day. */
static void shares_gather(struct gathered *g, const struct contest_view *v, const struct contest_cell *c, const json_t **bodies)
{
        struct work *w = g->work;

        for (size_t i = 0; i < v->side_count; i++) {
                const char *at = body_text(bodies[i], "lines");
                struct iip_field f[SHARE_FIELDS];
                int count;

                while (c->has_side[i] && iip_next_line(&at, f, SHARE_FIELDS, &count)) {
                        const char *to = field_text(w, &f[SHARE_TO]), *share = number_said(w, &f[SHARE_SHARE], IIP_SHARE_DECIMALS);

                        if (strcmp(field_text(w, &f[SHARE_FROM]), c->item) != 0)
                                continue;
                        line_of(g, arena_print(w->arena, "row %s", to), *to == '\0' ? work_text(w, "Taken back") : arena_print(w->arena, "%s → %s", c->item, to))->values[i] =
                                arena_print(w->arena, "%s%s%s · %s", *to == '\0' ? "" : share, *to == '\0' ? "" : " % · ", field_text(w, &f[SHARE_SOURCE]), field_text(w, &f[SHARE_DATE]));
                }
        }
        differences_mark(g);
}

static struct own_line *lines(struct work *w, const struct contest_view *v, const struct contest_cell *c, size_t *count)
{
        struct gathered g = { .work = w, .sides = v->side_count, .number = map_in(w->arena) };

        const json_t **bodies = contest_bodies(w, v);

        if (bodies == NULL)
                return NULL;
        g.list = arena_room(w->arena, NULL, 0, sizeof *g.list);
        if (is_of_shares(c))
                shares_gather(&g, v, c, bodies);
        else
                weights_gather(&g, v, c, bodies);
        if (g.alike > 0) {
                struct own_line *line = line_of(&g, "alike", work_text(w, "Rows that are the same"));

                for (size_t i = 0; i < v->side_count; i++)
                        line->values[i] = c->has_side[i] ? arena_print(w->arena, "%lld", (long long)g.alike) : "";
        }
        *count = g.count;
        return work_ok(w) ? g.list : NULL;
}

void iip_class_lines(struct work *w, struct buf *block, const char *lines, const char *class)
{
        struct iip_field f[SHARE_FIELDS];
        const char *start = lines;
        int count;

        for (const char *at = lines; iip_next_line(&at, f, SHARE_FIELDS, &count); start = at)
                if (strcmp(field_text(w, &f[SHARE_FROM]), class) == 0)
                        buf_print(block, "%s%.*s", block->length == 0 ? "" : "\n", (int)strcspn(start, "\n"), start);
        if (block->is_starved)
                arena_starve(w->arena);
}

/* The lines of one entry, which may be long; of shares those of a class. */
struct taking {
        int64_t entry;
        const char *class;
        struct buf *block;
};

static bool lines_take(struct work *w, void *argument)
{
        const struct taking *t = argument;
        const struct entry *e = ledger_entry(w, t->entry);

        if (e == NULL)
                return work_ok(w) && error_set(&w->err, ERR_DAMAGED, "entry %lld is missing", (long long)t->entry);
        if (t->class != NULL)
                iip_class_lines(w, t->block, body_text(e->body, "lines"), t->class);
        else
                buf_text(t->block, body_text(e->body, "lines"));
        return work_ok(w);
}

static bool settle(struct work *w, const struct contest_view *v, const int *choice, const char *reason)
{
        static const char *const of_weights[] = { "unit", "series", "from", "base", "overlap", NULL }, *const of_shares[] = { "unit", "series", NULL };
        bool is_shares = is_of_shares(&v->cells[0]);
        size_t chosen = 0;
        struct buf block;

        buf_init_with(&block, ENTRY_MAX, w->arena);
        for (size_t i = 0; i < v->cell_count; i++) {
                if (!v->cells[i].is_open || choice[i] < 0)
                        continue;
                chosen = (size_t)choice[i];
                if (!run_in_scratch(w, lines_take, &(struct taking){ v->sides[chosen].entry->id, is_shares ? v->cells[i].item : NULL, &block }))
                        return false;
        }
        return iip_decide(w, v, is_shares ? "iip.shares.settle" : "iip.weights.settle", chosen, is_shares ? of_shares : of_weights, &block, reason);
}

const struct figure_own iip_records = { .topics = topics, .title = title, .address = address, .value = value, .settle = settle, .lines = lines, .anew = anew };

/* ---- of all kinds -------------------------------------------------------------------------------------------------------------------- */

bool iip_decide(struct work *w, const struct contest_view *v, const char *kind, size_t side, const char *const *members, struct buf *lines, const char *reason)
{
        const struct entry *chosen = ledger_entry(w, v->sides[side].entry->id);
        struct buf body;
        struct jsonw j;

        if (chosen == NULL)
                return work_ok(w) && error_set(&w->err, ERR_DAMAGED, "entry %lld is missing", (long long)v->sides[side].entry->id);

        buf_init_with(&body, ENTRY_MAX, w->arena);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        for (const char *const *name = members; *name != NULL; name++)
                if (json_object_get(chosen->body, *name) != NULL)
                        jsonw_member_text(&j, *name, json_string_value(json_object_get(chosen->body, *name)));
        jsonw_member_text(&j, "by", w->user->name != NULL && *w->user->name != '\0' ? w->user->name : w->user->login);
        jsonw_member_text(&j, "reason", reason);
        jsonw_name(&j, "of");
        jsonw_array(&j);
        for (size_t i = 0; i < v->side_count; i++)
                jsonw_text(&j, v->sides[i].hash);
        jsonw_end(&j);
        jsonw_name(&j, "lines");
        jsonw_text_n(&j, lines->data == NULL ? "" : lines->data, lines->length);
        jsonw_end(&j);
        return ledger_append(w, body_text(chosen->body, "unit"), kind, chosen->subject, &body, NULL);
}

struct iip_doubt *iip_doubts(struct work *w, const struct unit *unit, enum iip_series series, size_t *count)
{
        const struct indicator *const about[] = { &iip_records.topics[series], &iip_records.topics[IIP_SERIES + (int)series], &iip_own.topics[IIP_SERIES + (int)series], &iip_own.topics[series] };
        struct iip_doubt *list = arena_room(w->arena, NULL, 0, sizeof *list);
        const struct catalogue *c = catalogue_of(w);
        struct map *seen = map_in(w->arena);
        day today = day_of_moment(w->now);

        *count = 0;
        for (size_t i = 0; c != NULL && i < sizeof about / sizeof *about; i++) {
                size_t open;
                const struct contest_open *all = contests_about(w, about[i], NULL, &open);

                for (size_t k = 0; all != NULL && k < open; k++) {
                        const struct unit *of = unit_by_key(c, all[k].unit);
                        bool is_new = of != NULL && (i < 2 ? of == iip_origin(c, unit) : figure_may_report(c, unit->code, today, of));

                        if (!is_new)
                                continue;
                        if (map_put_text(seen, all[k].name, &is_new) == NULL)
                                arena_starve(w->arena);
                        list = arena_room(w->arena, list, *count, sizeof *list);
                        if (is_new)
                                list[(*count)++] = (struct iip_doubt){ all[k].name, text_in(w->language, about[i]->name_vi, about[i]->name_en) };
                }
        }
        return work_ok(w) ? list : NULL;
}

bool iip_sight(struct work *w, struct jsonw *j, enum iip_file file, enum iip_series series, const char *unit, period month)
{
        static const char *const from[] = {
                [IIP_FILE_WEIGHTS] = "iip_weights WHERE series = $1 AND unit = $2",
                [IIP_FILE_SAMPLE] = "iip_sample WHERE series = $1 AND unit = $2",
                [IIP_FILE_OUTPUT] = "iip_output WHERE series = $1 AND unit = $2 AND month = $3",
                [IIP_FILE_SHARES] = "iip_shares WHERE series = $1 AND unit = $2",
        };
        bool is_by_symbol = file == IIP_FILE_SAMPLE || file == IIP_FILE_OUTPUT;
        const struct value about[] = { v_int(series), is_by_symbol ? v_int(symbol_find(w, 't', unit)) : v_text(unit), v_int(month) };
        struct figures_sight *sight = figures_sight_open(w);
        struct rows *r = db_query(w->db, arena_print(w->arena, "SELECT DISTINCT s.name FROM (SELECT DISTINCT entry FROM %s) o JOIN ledger_entry e ON e.id = o.entry"
                                                               " JOIN ledger_stream s ON s.id = e.stream", from[file]),
                                  (struct values){ about, file == IIP_FILE_OUTPUT ? 3 : 2 });

        while (rows_next(r))
                figures_sight_stream(sight, rows_text(r, 0));
        rows_close(r);
        return work_ok(w) && figures_sight_write(sight, j);
}
