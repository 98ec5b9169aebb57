#include <stdlib.h>
#include <string.h>

#include "areas/sdmx/sdmx.h"
#include "base/map.h"
#include "figure/state.h"
#include "format/csv.h"
#include "format/html.h"
#include "format/jsonw.h"
#include "ledger/clock.h"
#include "ledger/read.h"

struct series {
        const struct indicator *indicator;
        const struct unit *unit;
        enum frequency frequency;
        const char *area, *item, *partner; /* as identifiers; "" where the flow has none */
        int64_t seen;               /* observations so far */
        size_t place;               /* in the order of the answer */
};

struct observation {
        const struct series *series;
        period period;
        bool has_value;
        int64_t value;
        const char *measure;
        enum figure_status status;
        enum figure_mark mark;
        const char *state; /* first estimate, revised or final, by its name; "" */
        moment known_from;
        const char *entry; /* the hash of the entry it came in, hex; "" for sums */
        const char *comment;
};

/* The values of one component in an answer in JSON, in the order they were met. */
struct listed {
        struct map *places; /* id -> place + 1 */
        struct { const char *id, *name_vi, *name_en; period period; } *list;
        size_t count, room;
};

struct writer {
        struct work *work;
        const struct sdmx_query *query;
        enum sdmx_format format;
        struct buf *out;
        struct arena *texts;        /* of a row that is written at once, else of the whole answer */
        const char *structure_id;
        struct map *by_key, *stamps;
        const struct figure_states *states;
        struct entry_hashes *hashes;
        struct series **series;
        size_t series_count, series_room;
        struct observation *list;
        size_t count, room;
        int64_t written;
        const char *whole_item, *whole_partner;
        struct listed values[SDMX_COMPONENTS];
        struct map *codes[SDMX_COMPONENTS]; /* SDMX-CSV with names: id -> struct sdmx_code; NULL: none, or not by its list */
        struct buf joined;                  /* SDMX-CSV: what is put together for a field */
        struct jsonw json;
};

/* ---- SDMX-CSV 2.0 -------------------------------------------------------------------------------------------------- */

static int columns_end(const struct writer *o)
{
        return o->query->detail == SDMX_FULL ? SDMX_COMPONENTS : SDMX_UNIT_MEASURE;
}

/* The codes of a component by their id; NULL where it is not coded, and for territories, whose list is long: who has one has its name. */
static struct map *codes_of(struct writer *o, int component)
{
        const char *list = component == SDMX_REF_AREA ? NULL : sdmx_codelist_of(o->work, o->query->flow, component);
        const struct sdmx_codelist *l = list == NULL ? NULL : sdmx_codelist_read(o->work, list);
        struct map *codes;

        if (l == NULL)
                return NULL;
        codes = map_in(o->work->arena);
        for (size_t i = 0; i < l->count; i++) {
                int64_t *place = map_put_text(codes, l->codes[i].id, NULL);

                if (place == NULL)
                        arena_starve(o->work->arena);
                *place = (int64_t)(intptr_t)&l->codes[i];
        }
        return codes;
}

static const struct sdmx_code *code_at(struct map *codes, const char *id)
{
        int64_t *place = codes == NULL ? NULL : map_get_text(codes, id);

        return place == NULL ? NULL : (const struct sdmx_code *)(intptr_t)*place;
}

/* The name of a value in the reader's language; "" where it has none. */
static const char *name_of(const struct writer *o, const struct observation *x, int component, const char *id)
{
        const struct unit *u = x->series->unit;
        const struct sdmx_code *code = code_at(o->codes[component], id);

        if (component == SDMX_REF_AREA)
                return text_in(o->work->language, u->full_name_vi, u->full_name_en);
        return code == NULL || code->name_vi == NULL ? "" : text_in(o->work->language, code->name_vi, code->name_en);
}

/* A field with its name, as the labels ask: behind it, or in a field of its own. */
static void csv_labelled(struct writer *o, const char *id, const char *name)
{
        enum sdmx_labels labels = o->query->csv.labels;

        if (labels == SDMX_LABELS_BOTH && *name != '\0') {
                buf_reset(&o->joined);
                buf_print(&o->joined, "%s: %s", id, name);
                csv_text(o->out, buf_ok(&o->joined) ? o->joined.data : id, false);
                return;
        }
        csv_text(o->out, id, false);
        if (labels == SDMX_LABELS_NAME)
                csv_text(o->out, name, false);
}

static void csv_head(struct writer *o)
{
        const struct sdmx_csv *csv = &o->query->csv;

        csv_text(o->out, "STRUCTURE", true);
        csv_text(o->out, "STRUCTURE_ID", false);
        if (csv->labels == SDMX_LABELS_NAME)
                csv_text(o->out, "STRUCTURE_NAME", false);
        csv_text(o->out, "ACTION", false);
        if (csv->has_series_key)
                csv_text(o->out, "SERIES_KEY", false);
        if (csv->has_observation_key)
                csv_text(o->out, "OBS_KEY", false);
        for (int i = 0; i < columns_end(o); i++)
                if (sdmx_flow_has(o->query->flow, i))
                        csv_labelled(o, sdmx_components[i].id, work_text(o->work, sdmx_components[i].title));
        csv_row_end(o->out);
}

/* The text of a component; "" where it has none. text has DECIMAL_TEXT_MAX bytes. */
static const char *component_text(const struct observation *x, int component, char *text)
{
        const struct series *s = x->series;

        *text = '\0';
        switch (component) {
        case SDMX_FREQ:
                text[0] = sdmx_frequency(s->frequency);
                text[1] = '\0';
                return text;
        case SDMX_REF_AREA:
                return s->area;
        case SDMX_INDICATOR:
                return s->indicator->id;
        case SDMX_ITEM:
                return s->item;
        case SDMX_PARTNER:
                return s->partner;
        case SDMX_TIME_PERIOD:
                if (x->period != PERIOD_NONE)
                        period_write(text, x->period);
                return text;
        case SDMX_OBS_VALUE:
                if (x->has_value)
                        decimal_write(text, x->value, s->indicator->decimals);
                return text;
        case SDMX_UNIT_MEASURE:
                return x->measure;
        case SDMX_OBS_STATUS:
                return sdmx_observation_status(x->mark, x->has_value);
        case SDMX_FIGURE_STATUS:
                return figure_status_name(x->status);
        case SDMX_FIGURE_MARK:
                return x->mark == MARK_NONE ? "" : figure_mark_name(x->mark);
        case SDMX_FIGURE_STATE:
                return x->state;
        case SDMX_KNOWN_FROM:
                if (x->known_from != 0)
                        moment_write(text, x->known_from);
                return text;
        case SDMX_ENTRY:
                return x->entry;
        default:
                return x->comment == NULL ? "" : x->comment;
        }
}

/* The values of the dimensions up to one, joined with dots. */
static void csv_key(struct writer *o, const struct observation *x, int last)
{
        char text[DECIMAL_TEXT_MAX];

        buf_reset(&o->joined);
        for (int i = 0; i <= last; i++)
                if (sdmx_flow_has(o->query->flow, i))
                        buf_print(&o->joined, "%s%s", i == 0 ? "" : ".", component_text(x, i, text));
        csv_text(o->out, buf_ok(&o->joined) ? o->joined.data : "", false);
}

static void csv_observation(struct writer *o, const struct observation *x)
{
        const struct sdmx_flow *f = o->query->flow;
        char text[DECIMAL_TEXT_MAX];

        if (o->written++ == 0)
                csv_head(o);
        csv_text(o->out, "dataflow", true);
        csv_labelled(o, o->structure_id, o->query->csv.labels == SDMX_LABELS_ID ? "" : text_in(o->work->language, f->name_vi, f->name_en));
        csv_text(o->out, "I", false);
        if (o->query->csv.has_series_key)
                csv_key(o, x, SDMX_TIME_PERIOD - 1);
        if (o->query->csv.has_observation_key)
                csv_key(o, x, SDMX_TIME_PERIOD);
        for (int i = 0; i < columns_end(o); i++) {
                if (!sdmx_flow_has(f, i))
                        continue;
                const char *value = component_text(x, i, text);

                if (i != SDMX_OBS_VALUE) {
                        csv_labelled(o, value, o->query->csv.labels == SDMX_LABELS_ID || *value == '\0' ? "" : name_of(o, x, i, value));
                        continue;
                }
                csv_number(o->out, value, false);
                if (o->query->csv.labels == SDMX_LABELS_NAME)
                        csv_text(o->out, "", false);
        }
        csv_row_end(o->out);
}

/* ---- what is found ---------------------------------------------------------------------------------------------------- */

/* Whether a version was written after the moment asked for. Sums that this node makes carry no moment: they are always given. */
static bool is_new(struct writer *o, const struct figure_row *r)
{
        stamp at = 0;
        int64_t *kept;
        bool is_first;

        if (o->query->updated_after == 0 || r->entry == 0)
                return true;
        kept = map_put(o->stamps, &r->entry, sizeof r->entry, &is_first);
        if (kept == NULL)
                arena_starve(o->work->arena);
        if (is_first && ledger_stamp_of(o->work, r->entry, &at))
                *kept = at;
        return stamp_moment(*kept) > o->query->updated_after;
}

static struct series *series_of(struct writer *o, const struct figure_row *r)
{
        struct work *w = o->work;
        bool is_first = true;
        int64_t *place = NULL;
        struct series *s;

        if (o->by_key != NULL) {
                char key[512];
                int n = snprintf(key, sizeof key, "%d %s %s %s %s", (int)period_frequency(r->period), r->indicator->id, r->unit->key, r->item,
                                 r->partner);

                place = map_put(o->by_key, key, n < (int)sizeof key ? (size_t)n : sizeof key - 1, &is_first);
                if (place == NULL)
                        arena_starve(w->arena);
                if (!is_first)
                        return (struct series *)(intptr_t)*place;
        }
        s = arena_alloc(o->texts, sizeof *s);
        *s = (struct series){ .indicator = r->indicator, .unit = r->unit, .frequency = period_frequency(r->period) };
        s->area = sdmx_id(o->texts, r->unit->key);
        s->item = *r->item == '\0' ? o->whole_item : sdmx_id(o->texts, r->item);
        s->partner = *r->partner == '\0' ? o->whole_partner : sdmx_id(o->texts, r->partner);
        if (place == NULL)
                return s;
        *place = (int64_t)(intptr_t)s;
        if (o->series_count == o->series_room) {
                struct series **more = arena_array(w->arena, o->series_room = o->series_room == 0 ? 64 : o->series_room * 2, sizeof *more);

                if (o->series_count > 0)
                        memcpy(more, o->series, o->series_count * sizeof(*more));
                o->series = more;
        }
        o->series[o->series_count++] = s;
        return s;
}

static bool keep(struct writer *o, const struct observation *x)
{
        struct work *w = o->work;

        if (o->count == SDMX_OBSERVATIONS_MOST) {
                error_set(&w->err, ERR_TOO_BIG, "the answer has more than %d observations", SDMX_OBSERVATIONS_MOST);
                return error_hint(&w->err, "ask for fewer, or for SDMX-CSV without lastNObservations, which has no such limit");
        }
        if (o->count == o->room) {
                size_t room = o->room == 0 ? 256 : o->room * 2;
                struct observation *more = arena_array(w->arena, room, sizeof *more);

                if (o->count > 0)
                        memcpy(more, o->list, o->count * sizeof *more);
                o->list = more;
                o->room = room;
        }
        o->list[o->count++] = *x;
        return true;
}

static bool take(struct work *w, const struct figure_row *r, void *context)
{
        struct writer *o = context;
        const struct sdmx_query *q = o->query;
        struct observation x = { .period = r->period, .has_value = r->has_value, .value = r->value, .status = r->status, .mark = r->mark,
                                 .state = "", .known_from = r->known_from,
                                 .entry = entry_hash(o->hashes, r->entry) };
        enum revision_state state;
        bool is_unconfirmed = false;
        struct series *s;

        if (o->by_key == NULL)
                arena_reset(o->texts);
        if (!is_new(o, r) || !work_ok(w))
                return work_ok(w);
        x.series = s = series_of(o, r);
        x.measure = sdmx_measure(catalogue_of(w), o->texts, r->indicator, r->item, r->period);
        x.comment = r->note == NULL ? NULL : arena_text(o->texts, r->note);
        if (figure_state(o->states, r, &state, &is_unconfirmed))
                x.state = figure_state_name(state);
        if (is_unconfirmed)
                x.comment = x.comment == NULL ? work_text(w, figure_unconfirmed) : arena_print(o->texts, "%s; %s", x.comment, work_text(w, figure_unconfirmed));
        s->seen++;
        if (q->detail == SDMX_SERIES_ONLY) {
                x = (struct observation){ .series = s };
                return s->seen > 1 || keep(o, &x);
        }
        if (q->first_n > 0 && q->last_n == 0 && s->seen > q->first_n)
                return true;
        if (o->format != SDMX_CSV || q->last_n > 0)
                return keep(o, &x);
        csv_observation(o, &x);
        return buf_ok(o->out);
}

/* The first period of a frequency that begins on a day or later, the last that ends by a day. */
static void limit_periods(const struct sdmx_query *q, enum frequency f, struct figure_query *figures)
{
        figures->from = period_make(f, 0, 0);
        figures->to = period_make(f, 9999, 99);
        if (q->first != DAY_NONE) {
                figures->from = period_at(f, q->first);
                if (period_first(figures->from) < q->first)
                        figures->from = period_plus(figures->from, 1);
        }
        if (q->last != DAY_FOREVER) {
                figures->to = period_at(f, q->last);
                if (period_last(figures->to) > q->last)
                        figures->to = period_plus(figures->to, -1);
        }
}

static bool collect(struct writer *o)
{
        const struct sdmx_query *q = o->query;
        bool too_many;

        if (q->detail == SDMX_FULL)
                o->states = figure_states_read(o->work, &q->figures, &too_many);
        for (enum frequency f = FREQUENCY_MONTH; f <= FREQUENCY_YEAR; f++) {
                struct figure_query figures = q->figures;

                limit_periods(q, f, &figures);
                if (q->frequencies[f] && figures.from <= figures.to && figures.indicator_count > 0 &&
                    !figures_read(o->work, &figures, take, o))
                        return false;
        }
        return work_ok(o->work);
}

static int compare_series(const void *a, const void *b)
{
        const struct series *x = *(struct series *const *)a, *y = *(struct series *const *)b;
        int c = (int)x->frequency - (int)y->frequency;

        if (c == 0)
                c = strcmp(x->indicator->id, y->indicator->id);
        if (c == 0)
                c = strcmp(x->unit->key, y->unit->key);
        if (c == 0)
                c = strcmp(x->item, y->item);
        return c != 0 ? c : strcmp(x->partner, y->partner);
}

static int compare_observations(const void *a, const void *b)
{
        const struct observation *x = a, *y = b;

        if (x->series != y->series)
                return x->series->place < y->series->place ? -1 : 1;
        return (x->period > y->period) - (x->period < y->period);
}

/* Series by series, period by period; of each series the first and last ones where only those are wanted. */
static void arrange(struct writer *o)
{
        const struct sdmx_query *q = o->query;
        size_t kept = 0;

        if (o->series_count > 1)
                qsort(o->series, o->series_count, sizeof(*o->series), compare_series);
        for (size_t i = 0; i < o->series_count; i++)
                o->series[i]->place = i;
        if (o->count > 1)
                qsort(o->list, o->count, sizeof *o->list, compare_observations);
        for (size_t i = 0, begin = 0; q->last_n > 0 && i < o->count; i++) {
                if (o->list[i].series != o->list[begin].series)
                        begin = i;
                if ((int64_t)(i - begin) < q->first_n || (int64_t)(i - begin) >= o->list[i].series->seen - q->last_n)
                        o->list[kept++] = o->list[i];
        }
        if (q->last_n > 0)
                o->count = kept;
}

/* ---- SDMX-JSON --------------------------------------------------------------------------------------------------------- */

/* Which components give an answer values; all but the measure, and TIME_PERIOD where only series are asked for. */
static bool is_listed(const struct writer *o, int component)
{
        return component < columns_end(o) && component != SDMX_OBS_VALUE && sdmx_flow_has(o->query->flow, component);
}

/* The place of a component's value in its list; -1 where it has none. New ones are noted. */
static int64_t place_of(struct writer *o, const struct observation *x, int component)
{
        char text[DECIMAL_TEXT_MAX];
        const char *id = component_text(x, component, text);
        struct listed *v = &o->values[component];
        int64_t *place;

        if (*id == '\0')
                return -1;
        place = map_put_text(v->places, id, NULL);
        if (place == NULL)
                arena_starve(o->work->arena);
        if (*place > 0)
                return *place - 1;
        if (v->count == v->room) {
                size_t room = v->room == 0 ? 64 : v->room * 2;
                void *more = arena_array(o->work->arena, room, sizeof *v->list);

                if (v->count > 0)
                        memcpy(more, v->list, v->count * sizeof *v->list);
                v->list = more;
                v->room = room;
        }
        v->list[v->count].id = arena_text(o->work->arena, id);
        v->list[v->count].period = component == SDMX_TIME_PERIOD ? x->period : PERIOD_NONE;
        if (component == SDMX_REF_AREA) {
                v->list[v->count].name_vi = x->series->unit->full_name_vi;
                v->list[v->count].name_en = x->series->unit->full_name_en;
        }
        *place = (int64_t)++v->count;
        return *place - 1;
}

/* Names of codes; territories bring theirs along: their list is long. */
static bool names_fill(struct writer *o, int component)
{
        struct map *codes = codes_of(o, component);
        struct listed *v = &o->values[component];

        for (size_t i = 0; codes != NULL && i < v->count; i++) {
                const struct sdmx_code *code = code_at(codes, v->list[i].id);

                if (code != NULL) {
                        v->list[i].name_vi = code->name_vi;
                        v->list[i].name_en = code->name_en;
                }
        }
        return work_ok(o->work);
}

static bool values_fill(struct writer *o)
{
        for (int i = 0; i < SDMX_COMPONENTS; i++)
                o->values[i].places = map_in(o->work->arena);
        for (size_t n = 0; n < o->count; n++)
                for (int i = 0; i < columns_end(o); i++)
                        if (is_listed(o, i))
                                place_of(o, &o->list[n], i);
        for (int i = 0; i < SDMX_COMPONENTS; i++)
                if (!names_fill(o, i))
                        return false;
        return true;
}

static void json_observation(struct writer *o, const struct observation *x)
{
        struct jsonw *j = &o->json;

        jsonw_array(j);
        if (x->has_value)
                jsonw_decimal(j, x->value, x->series->indicator->decimals);
        else
                jsonw_null(j);
        for (int i = SDMX_UNIT_MEASURE; i < columns_end(o); i++) {
                int64_t place = o->values[i].count == 0 ? -1 : place_of(o, x, i);

                if (place >= 0)
                        jsonw_int(j, place);
                else if (o->values[i].count > 0)
                        jsonw_null(j);
        }
        for (int i = SDMX_UNIT_MEASURE; i < columns_end(o); i++) /* attributes without any value stand last: json_components */
                if (sdmx_flow_has(o->query->flow, i) && o->values[i].count == 0)
                        jsonw_null(j);
        jsonw_end(j);
}

/* "0:3:0": the places of the values of the dimensions up to one. */
static const char *json_key(struct writer *o, const struct observation *x, int from, int to, char key[128])
{
        size_t n = 0;

        key[0] = '\0';
        for (int i = from; i <= to; i++)
                if (is_listed(o, i))
                        n += (size_t)snprintf(key + n, 128 - n, "%s%lld", n == 0 ? "" : ":", (long long)place_of(o, x, i));
        return key;
}

/* Which structure the data set is described by. */
static void json_link(struct writer *o)
{
        struct jsonw *j = &o->json;

        jsonw_name(j, "links");
        jsonw_array(j);
        jsonw_object(j);
        jsonw_member_text(j, "rel", "dataflow");
        jsonw_member_text(j, "urn", arena_print(o->work->arena, "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=%s", o->structure_id));
        jsonw_end(j);
        jsonw_end(j);
}

static void json_data(struct writer *o)
{
        struct jsonw *j = &o->json;
        bool is_flat = o->query->is_flat;
        char key[128];

        jsonw_name(j, "dataSets");
        jsonw_array(j);
        jsonw_object(j);
        if (o->format == SDMX_JSON_2)
                jsonw_member_int(j, "structure", 0);
        jsonw_member_text(j, "action", "Information");
        if (o->format != SDMX_JSON_DRAFT)
                json_link(o);
        jsonw_name(j, is_flat ? "observations" : "series");
        jsonw_object(j);
        for (size_t i = 0, end; i < o->count; i = end) {
                for (end = i + 1; end < o->count && o->list[end].series == o->list[i].series; end++)
                        ;
                if (!is_flat) {
                        jsonw_name(j, json_key(o, &o->list[i], 0, SDMX_PARTNER, key));
                        jsonw_object(j);
                        if (o->query->detail == SDMX_SERIES_ONLY) {
                                jsonw_end(j);
                                continue;
                        }
                        jsonw_name(j, "observations");
                        jsonw_object(j);
                }
                for (size_t n = i; n < end; n++) {
                        jsonw_name(j, json_key(o, &o->list[n], is_flat ? 0 : SDMX_TIME_PERIOD, SDMX_TIME_PERIOD, key));
                        json_observation(o, &o->list[n]);
                }
                if (!is_flat) {
                        jsonw_end(j);
                        jsonw_end(j);
                }
        }
        jsonw_end(j);
        jsonw_end(j);
        jsonw_end(j);
}

/* A text in the reader's language, and in both where the format has room for them. */
static void json_names(struct writer *o, const char *vi, const char *en)
{
        struct jsonw *j = &o->json;

        jsonw_member_text(j, "name", o->work->language == LANGUAGE_VI || *en == '\0' ? vi : en);
        if (o->format == SDMX_JSON_DRAFT)
                return;
        jsonw_name(j, "names");
        jsonw_object(j);
        jsonw_member_text(j, "vi", vi);
        jsonw_member_text(j, "en", en);
        jsonw_end(j);
}

static void json_values(struct writer *o, int component)
{
        const struct listed *v = &o->values[component];
        bool is_coded = component == SDMX_REF_AREA || sdmx_components[component].codelist != NULL;
        struct jsonw *j = &o->json;

        jsonw_name(j, "values");
        jsonw_array(j);
        for (size_t i = 0; i < v->count; i++) {
                jsonw_object(j);
                if (is_coded || component == SDMX_TIME_PERIOD)
                        jsonw_member_text(j, "id", v->list[i].id);
                if (is_coded && v->list[i].name_vi != NULL)
                        json_names(o, v->list[i].name_vi, v->list[i].name_en);
                else if (!is_coded && component != SDMX_TIME_PERIOD && o->format == SDMX_JSON_2)
                        jsonw_member_text(j, "value", v->list[i].id);
                else
                        jsonw_member_text(j, "name", v->list[i].id);
                if (v->list[i].period != PERIOD_NONE) {
                        char text[DAY_TEXT_MAX];

                        day_write(text, period_first(v->list[i].period));
                        jsonw_member_text(j, "start", arena_print(o->work->arena, "%sT00:00:00", text));
                        day_write(text, period_last(v->list[i].period));
                        jsonw_member_text(j, "end", arena_print(o->work->arena, "%sT23:59:59", text));
                }
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void json_component(struct writer *o, int i, int position)
{
        const struct sdmx_component *c = &sdmx_components[i];
        struct jsonw *j = &o->json;

        jsonw_object(j);
        jsonw_member_text(j, "id", c->id);
        json_names(o, text(LANGUAGE_VI, c->title), c->title);
        if (i <= SDMX_TIME_PERIOD)
                jsonw_member_int(j, "keyPosition", position);
        if (i == SDMX_TIME_PERIOD) {
                jsonw_name(j, "roles");
                jsonw_array(j);
                jsonw_text(j, "TIME_PERIOD");
                jsonw_end(j);
        }
        if (i > SDMX_OBS_VALUE && o->format != SDMX_JSON_DRAFT) {
                jsonw_name(j, "relationship");
                jsonw_object(j);
                if (o->format == SDMX_JSON_1) {
                        jsonw_member_text(j, "primaryMeasure", "OBS_VALUE");
                } else {
                        jsonw_name(j, "observation");
                        jsonw_object(j);
                        jsonw_end(j);
                }
                jsonw_end(j);
        }
        if (i != SDMX_OBS_VALUE)
                json_values(o, i);
        jsonw_end(j);
}

/* Attributes without a value stand behind the others, so that they shift no place: readers look each one of the structure up, and some then leave
 * those without values out of the count. */
static void json_components(struct writer *o, const char *level, int from, int to)
{
        struct jsonw *j = &o->json;
        int position = 0;

        jsonw_name(j, level);
        jsonw_array(j);
        for (int i = 0; i <= to; i++) {
                if (!sdmx_flow_has(o->query->flow, i) || (i != SDMX_OBS_VALUE && o->values[i].count == 0))
                        continue;
                if (i >= from)
                        json_component(o, i, position);
                position++;
        }
        for (int i = from; i <= to && from > SDMX_OBS_VALUE; i++)
                if (sdmx_flow_has(o->query->flow, i) && o->values[i].count == 0)
                        json_component(o, i, position);
        jsonw_end(j);
}

static void json_empty(struct jsonw *j, const char *name)
{
        jsonw_name(j, name);
        jsonw_array(j);
        jsonw_end(j);
}

static void json_structure(struct writer *o)
{
        struct jsonw *j = &o->json;
        bool is_flat = o->query->is_flat;

        if (o->format == SDMX_JSON_2) {
                jsonw_name(j, "structures");
                jsonw_array(j);
        } else {
                jsonw_name(j, "structure");
        }
        jsonw_object(j);
        json_names(o, o->query->flow->name_vi, o->query->flow->name_en);
        jsonw_name(j, "dimensions");
        jsonw_object(j);
        json_empty(j, "dataSet");
        if (is_flat)
                json_empty(j, "series");
        else
                json_components(o, "series", 0, SDMX_PARTNER);
        json_components(o, "observation", is_flat ? 0 : SDMX_TIME_PERIOD, SDMX_TIME_PERIOD);
        jsonw_end(j);
        if (o->format == SDMX_JSON_2) {
                jsonw_name(j, "measures");
                jsonw_object(j);
                json_components(o, "observation", SDMX_OBS_VALUE, SDMX_OBS_VALUE);
                jsonw_end(j);
        }
        jsonw_name(j, "attributes");
        jsonw_object(j);
        json_empty(j, "dataSet");
        json_empty(j, "series");
        json_components(o, "observation", SDMX_UNIT_MEASURE, SDMX_COMMENT_OBS);
        jsonw_end(j);
        if (o->format == SDMX_JSON_2) {
                jsonw_name(j, "dataSets");
                jsonw_array(j);
                jsonw_int(j, 0);
                jsonw_end(j);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void json_message(struct writer *o)
{
        static const char *const schemas[] = {
                [SDMX_JSON_1] = "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/develop/data-message/tools/schemas/1.0/sdmx-json-data-schema.json",
                [SDMX_JSON_2] = "https://json.sdmx.org/2.0.0/sdmx-json-data-schema.json",
        };
        struct jsonw *j = &o->json;
        char prepared[MOMENT_TEXT_MAX];

        moment_write(prepared, o->work->now);
        jsonw_init(j, o->out);
        jsonw_object(j);
        jsonw_name(j, o->format == SDMX_JSON_DRAFT ? "header" : "meta");
        jsonw_object(j);
        if (o->format != SDMX_JSON_DRAFT)
                jsonw_member_text(j, "schema", schemas[o->format]);
        jsonw_member_text(j, "id", arena_print(o->work->arena, "IDREF%lld", (long long)o->work->now));
        jsonw_member_bool(j, "test", false);
        jsonw_member_text(j, "prepared", prepared);
        jsonw_name(j, "sender");
        jsonw_object(j);
        jsonw_member_text(j, "id", SDMX_AGENCY);
        jsonw_end(j);
        jsonw_end(j);
        if (o->format != SDMX_JSON_DRAFT) {
                jsonw_name(j, "data");
                jsonw_object(j);
        }
        json_data(o);
        json_structure(o);
        if (o->format != SDMX_JSON_DRAFT)
                jsonw_end(j);
        jsonw_end(j);
        buf_char(o->out, '\n');
}

/* ---- SDMX-ML 2.1, structure-specific data ----------------------------------------------------------------------------------- */

static void ml_attributes(struct writer *o, const struct observation *x, int from, int to)
{
        char text[DECIMAL_TEXT_MAX];

        for (int i = from; i < to; i++) {
                const char *value = sdmx_flow_has(o->query->flow, i) ? component_text(x, i, text) : "";

                if (*value == '\0')
                        continue;
                buf_print(o->out, " %s=\"", sdmx_components[i].id);
                html_text(o->out, value);
                buf_char(o->out, '"');
        }
}

static void ml_message(struct writer *o)
{
        const char *axis = o->query->is_flat ? "AllDimensions" : "TIME_PERIOD", *space;
        char prepared[MOMENT_TEXT_MAX];

        moment_write(prepared, o->work->now);
        space = arena_print(o->work->arena, "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=%s:ObsLevelDim:%s", o->structure_id, axis);
        buf_print(o->out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<mes:StructureSpecificData xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
                  " xmlns:mes=\"http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message\""
                  " xmlns:com=\"http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common\""
                  " xmlns:ss=\"http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/structurespecific\" xmlns:ns1=\"%s\">\n"
                  "<mes:Header><mes:ID>IDREF%lld</mes:ID><mes:Test>false</mes:Test><mes:Prepared>%s</mes:Prepared>"
                  "<mes:Sender id=\"" SDMX_AGENCY "\"/><mes:Structure structureID=\"%s\" namespace=\"%s\" dimensionAtObservation=\"%s\">"
                  "<com:Structure><Ref agencyID=\"" SDMX_AGENCY "\" id=\"%s\" version=\"" SDMX_VERSION "\"/></com:Structure></mes:Structure></mes:Header>\n"
                  "<mes:DataSet xsi:type=\"ns1:DataSetType\" ss:structureRef=\"%s\" ss:dataScope=\"DataStructure\" ss:action=\"Information\">\n",
                  space, (long long)o->work->now, prepared, o->query->flow->id, space, axis, o->query->flow->id, o->query->flow->id);
        for (size_t i = 0; i < o->count; i++) {
                const struct observation *x = &o->list[i];
                bool is_first = i == 0 || o->list[i - 1].series != x->series;
                bool is_last = i + 1 == o->count || o->list[i + 1].series != x->series;

                if (is_first && !o->query->is_flat) {
                        BUF_LITERAL(o->out, "<Series");
                        ml_attributes(o, x, 0, SDMX_TIME_PERIOD);
                        BUF_LITERAL(o->out, ">\n");
                }
                if (o->query->detail != SDMX_SERIES_ONLY) {
                        BUF_LITERAL(o->out, "<Obs");
                        ml_attributes(o, x, o->query->is_flat ? 0 : SDMX_TIME_PERIOD, columns_end(o));
                        BUF_LITERAL(o->out, "/>\n");
                }
                if (is_last && !o->query->is_flat)
                        BUF_LITERAL(o->out, "</Series>\n");
        }
        BUF_LITERAL(o->out, "</mes:DataSet></mes:StructureSpecificData>\n");
}

/* ---- the whole -------------------------------------------------------------------------------------------------------- */

bool sdmx_data_write(struct work *w, const struct sdmx_query *q, enum sdmx_format format, struct buf *out)
{
        struct writer *o = arena_alloc(w->arena, sizeof *o);
        const struct catalogue *c = catalogue_of(w);

        if (c == NULL)
                return false;
        *o = (struct writer){ .work = w, .query = q, .format = format, .out = out, .texts = w->arena, .stamps = map_in(w->arena),
                              .hashes = entry_hashes_open(w) };
        o->structure_id = arena_print(w->arena, SDMX_AGENCY ":%s(" SDMX_VERSION ")", q->flow->id);
        o->whole_item = sdmx_whole(c, q->flow->items);
        o->whole_partner = sdmx_whole(c, q->flow->partners);
        if (format != SDMX_CSV || q->first_n > 0 || q->last_n > 0 || q->detail == SDMX_SERIES_ONLY) {
                o->by_key = map_in(w->arena);
        } else {
                o->texts = work_scratch(w, (size_t)1 << 20);
        }
        buf_init_with(&o->joined, BUF_LIMIT_USUAL, w->arena);
        for (int i = 0; format == SDMX_CSV && q->csv.labels != SDMX_LABELS_ID && i < columns_end(o); i++)
                if (sdmx_flow_has(q->flow, i) && i != SDMX_OBS_VALUE)
                        o->codes[i] = codes_of(o, i);
        if (!work_ok(w) || !collect(o))
                return false;
        arrange(o);
        for (size_t i = 0; format == SDMX_CSV && i < o->count; i++)
                csv_observation(o, &o->list[i]);
        if (o->written == 0 && o->count == 0)
                return error_set(&w->err, ERR_MISSING, "no results");
        if (format == SDMX_ML_DATA)
                ml_message(o);
        else if (format != SDMX_CSV && values_fill(o))
                json_message(o);
        return work_ok(w);
}
