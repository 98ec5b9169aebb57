/* sight.c - what a node has seen of other nodes' figures when it writes its own, and in what it counts them where each item has its own unit of measure: the
 * members "seen" and "measures" of an entry. */
#include <stdlib.h>
#include <string.h>

#include "figure/figure_private.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/symbol.h"
#include "ledger/trust.h"

/* An item counted in something. */
struct measured {
        const char *classification, *measure, *item;
};

struct figures_sight {
        struct work *work;
        struct map *measured_keys;
        struct measured *measured;
        size_t measured_count, measured_room;
        struct map *groups;   /* (indicator, period, province) */
        int64_t *keys;        /* the same as a list, three numbers each */
        size_t count, room;
        const struct indicator *indicator; /* of the figure before, with its symbol */
        const struct unit *unit;
        int64_t last[3];
        int64_t *others;      /* by group while they are looked up */
        struct map *streams;  /* named by figures_sight_stream */
        struct map *units, *audiences; /* of the figures; in which those units are written about */
        struct map *nodes;    /* of the writers */
        struct map *spoken_for; /* node -> the unit it speaks for */
        struct map *writers;  /* symbols of nodes and their sources: "KEY" or "KEY:SOURCE" */
};

enum { S_INDICATOR, S_PERIOD, S_PROVINCE, S_WIDTH };

struct figures_sight *figures_sight_open(struct work *w)
{
        struct figures_sight *s = arena_alloc(w->arena, sizeof *s);

        s->work = w;
        s->groups = map_in(w->arena);
        s->measured_keys = map_in(w->arena);
        s->writers = map_in(w->arena);
        s->streams = map_in(w->arena);
        s->units = map_in(w->arena);
        s->audiences = map_in(w->arena);
        s->nodes = map_in(w->arena);
        s->spoken_for = map_in(w->arena);
        return s;
}

void figures_sight_reset(struct figures_sight *s)
{
        map_reset(s->groups);
        map_reset(s->measured_keys);
        s->measured_count = 0;
        map_reset(s->streams);
        map_reset(s->units);
        map_reset(s->audiences);
        s->count = 0;
        s->indicator = NULL;
        s->unit = NULL;
}

static bool measure_add(struct figures_sight *s, const struct figure *f)
{
        struct work *w = s->work;
        const struct catalogue *c = catalogue_of(w);
        const struct item *i = c == NULL ? NULL : item_at(c, f->indicator->item_classification, f->item, period_last(f->period));
        bool is_new;

        if (i == NULL || *i->unit_vi == '\0')
                return work_ok(w);
        if (map_put(s->measured_keys, &i, sizeof i, &is_new) == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        if (!is_new)
                return true;
        if (s->measured_count == s->measured_room) {
                struct measured *more = arena_array(w->arena, s->measured_room = s->measured_room == 0 ? 16 : s->measured_room * 2, sizeof *more);

                if (s->measured_count > 0)
                        memcpy(more, s->measured, s->measured_count * sizeof *more);
                s->measured = more;
        }
        s->measured[s->measured_count++] = (struct measured){ f->indicator->item_classification, i->unit_vi, i->code };
        return true;
}

/* Versions about a unit stand where its code says, whatever that meant when they were written. */
static bool audiences_note(struct figures_sight *s, const struct unit *u)
{
        const struct catalogue *c = catalogue_of(s->work);
        bool is_new = true;

        if (c == NULL)
                return false;
        if (map_put(s->units, &u, sizeof u, &is_new) == NULL ||
            (is_new && (map_put_text(s->audiences, u->code, NULL) == NULL || map_put_text(s->audiences, figure_audience(s->work, c, u), NULL) == NULL)))
                return error_set(&s->work->err, ERR_ENVIRONMENT, "the machine has no memory left");
        return true;
}

bool figures_sight_add(struct figures_sight *s, const struct figure *f)
{
        struct work *w = s->work;
        int64_t key[S_WIDTH] = { s->last[S_INDICATOR], f->period, s->last[S_PROVINCE] };
        bool is_new, is_same = s->indicator == f->indicator && s->unit == f->unit && s->last[S_PERIOD] == f->period;

        if (*f->indicator->unit_vi == '\0' && *f->item != '\0' && !measure_add(s, f))
                return false;
        if (is_same)
                return work_ok(w);
        if (s->indicator != f->indicator)
                key[S_INDICATOR] = symbol_find(w, 'i', f->indicator->id);
        if (s->unit != f->unit && !audiences_note(s, f->unit))
                return false;
        if (s->unit != f->unit)
                key[S_PROVINCE] = symbol_find(w, 'u', province_key(f->unit));
        s->indicator = f->indicator;
        s->unit = f->unit;
        is_same = memcmp(key, s->last, sizeof key) == 0;
        memcpy(s->last, key, sizeof key);
        if (is_same || key[S_INDICATOR] < 0 || key[S_PROVINCE] < 0)
                return work_ok(w); /* the group of the figure before, or one into which nobody has written */
        if (map_put(s->groups, key, sizeof key, &is_new) == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        if (!is_new)
                return true;
        if (s->count == s->room) {
                size_t room = s->room == 0 ? 64 : s->room * 2;
                int64_t *more = arena_array(w->arena, room, sizeof key);

                if (s->count > 0)
                        memcpy(more, s->keys, s->count * sizeof key);
                s->keys = more;
                s->room = room;
        }
        memcpy(s->keys + s->count++ * S_WIDTH, key, sizeof key);
        return true;
}

static void writer_each(void *context, size_t row, struct rows *result, int changed)
{
        (void)changed;
        ((int64_t *)context)[row] = result == NULL ? -1 : rows_int(result, 0);
}

static bool writer_note(struct figures_sight *s, int64_t writer, int64_t own)
{
        return writer <= 0 || writer == own || map_put(s->writers, &writer, sizeof writer, NULL) != NULL ||
               error_set(&s->work->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

/* The other nodes that have written into one of the groups. */
static bool writers_find(struct figures_sight *s)
{
        struct work *w = s->work;
        int64_t own = symbol_find(w, 'n', node_key(w->node));

        map_reset(s->writers);
        s->others = arena_array(w->arena, s->count + 1, sizeof *s->others);
        if (s->count > 0 &&
            !db_each(w->db, "SELECT writer FROM figure_group WHERE indicator = $1 AND period = $2 AND province = $3", s->keys,
                     s->count, S_WIDTH, writer_each, s->others))
                return false;
        for (size_t i = 0; i < s->count && work_ok(w); i++) {
                const int64_t *key = s->keys + i * S_WIDTH;
                struct rows *r;

                if (!writer_note(s, s->others[i], own))
                        return false;
                if (s->others[i] != 0)
                        continue;
                r = db_query(w->db, "SELECT writer FROM figure_writer WHERE indicator = $1 AND period = $2 AND province = $3",
                             ARGS(v_int(key[S_INDICATOR]), v_int(key[S_PERIOD]), v_int(key[S_PROVINCE])));
                while (rows_next(r) && writer_note(s, rows_int(r, 0), own))
                        ;
                rows_close(r);
        }
        return work_ok(w);
}

void figures_sight_stream(struct figures_sight *s, const char *stream)
{
        if (map_put_text(s->streams, stream, NULL) == NULL)
                arena_starve(s->work->arena);
}

static int compare_measured(const void *a, const void *b)
{
        const struct measured *x = a, *y = b;
        int order = strcmp(x->classification, y->classification);

        if (order == 0)
                order = strcmp(x->measure, y->measure);
        return order != 0 ? order : strcmp(x->item, y->item);
}

/* {"CLASSIFICATION":{"MEASURE":["ITEM",…],…},…} */
static void measures_write(struct figures_sight *s, struct jsonw *json)
{
        const struct measured *before = NULL, *m;

        if (s->measured_count == 0)
                return;
        qsort(s->measured, s->measured_count, sizeof *s->measured, compare_measured);
        jsonw_name(json, "measures");
        jsonw_object(json);
        for (size_t i = 0; i < s->measured_count; i++, before = m) {
                bool is_other;

                m = &s->measured[i];
                is_other = before == NULL || strcmp(m->classification, before->classification) != 0;
                if (before != NULL && compare_measured(before, m) == 0)
                        continue; /* of two stretches of time */
                if (before != NULL && (is_other || strcmp(m->measure, before->measure) != 0))
                        jsonw_end(json);
                if (before != NULL && is_other)
                        jsonw_end(json);
                if (is_other) {
                        jsonw_name(json, m->classification);
                        jsonw_object(json);
                }
                if (is_other || strcmp(m->measure, before->measure) != 0) {
                        jsonw_name(json, m->measure);
                        jsonw_array(json);
                }
                jsonw_text(json, m->item);
        }
        jsonw_end(json);
        jsonw_end(json);
        jsonw_end(json);
}

static bool nodes_find(struct figures_sight *s)
{
        size_t place = 0, length;
        const void *key;
        int64_t *unused;

        map_reset(s->nodes);
        while (map_next(s->writers, &place, &key, &length, &unused)) {
                const char *node;
                int64_t symbol;

                memcpy(&symbol, key, sizeof symbol);
                node = symbol_text(s->work, symbol);
                if (node != NULL && strlen(node) >= KEY_HEX - 1 && map_put(s->nodes, node, KEY_HEX - 1, NULL) == NULL)
                        arena_starve(s->work->arena);
        }
        return work_ok(s->work);
}

/* The unit that a node stands, or stood last, for; "" where nobody enrolled it. */
static const char *unit_spoken_for(struct figures_sight *s, const char *node)
{
        int64_t *place = map_put_text(s->spoken_for, node, NULL);
        const struct peer *p;
        stamp ended;

        if (place == NULL) {
                arena_starve(s->work->arena);
                return "";
        }
        if (*place == 0) {
                p = trust_last(s->work, node, &ended);
                *place = (int64_t)(intptr_t)(p == NULL ? "" : p->unit);
        }
        return (const char *)(intptr_t)*place;
}

/* Whether one of the writers may have written about the units in a stream: published it, addressed it to them, or, by an older program, to the unit that it
 * speaks for. */
static bool may_hold(struct figures_sight *s, const struct stream_state *stream)
{
        return map_get(s->nodes, stream->node, KEY_HEX - 1) != NULL &&
               (strcmp(stream->audience, AUDIENCE_ALL) == 0 || map_get_text(s->audiences, stream->audience) != NULL ||
                strcmp(stream->audience, unit_spoken_for(s, stream->node)) == 0);
}

bool figures_sight_write(struct figures_sight *s, struct jsonw *json)
{
        struct work *w = s->work;
        size_t count, streams;
        struct stream_state *list;

        if (!work_ok(w) || !writers_find(s) || !nodes_find(s))
                return false;
        jsonw_name(json, "seen");
        jsonw_object(json);
        count = map_count(s->writers) + map_count(s->streams);
        list = count == 0 ? NULL : ledger_streams(w, &streams); /* in order of their names */
        for (size_t i = 0; count > 0 && i < streams && work_ok(w); i++) {
                int64_t seq;

                if (strcmp(list[i].node, node_key(w->node)) == 0 || strcmp(list[i].audience, AUDIENCE_LOCAL) == 0 ||
                    (map_get_text(s->streams, list[i].name) == NULL && !may_hold(s, &list[i])))
                        continue;
                seq = ledger_applied_to(w, list[i].name);
                if (seq > 0)
                        jsonw_member_int(json, list[i].name, seq);
        }
        jsonw_end(json);
        measures_write(s, json);
        return work_ok(w);
}
