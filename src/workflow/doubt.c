/* doubt.c - acts in a case that exclude each other, done by nodes that had not seen each other: which they are, and what a decision makes of them. Pure: no
 * database, no clock.
 *
 * An act says which one it follows ("after"): the act that led into the state it was done in, or if it is about less than the state the last one about that. Acts of
 * several nodes that follow the same and contend for the same thing were written unseen. They are versions of that thing, and decided about by the rules of all
 * versions (figure/fold.h); but none of them stands meanwhile, the case stays as it was before them. What was done upon one of them counts when that one does.
 * Two that say the same, but for their words and their day, contradict each other in nothing: the first of them counts.
 *
 * No such acts are: an opening; asking for opinions, giving points, attaching a file, which add something and take nothing away; what is recorded to be summed up,
 * as payments are; and what a program wrote that did not say yet what it follows. */
#include <string.h>

#include "base/hex.h"
#include "base/map.h"
#include "base/utf8.h"
#include "figure/fold.h"
#include "figure/own.h"
#include "format/jsonr.h"
#include "workflow/case_private.h"

#define ABOUT_STATE "state"

bool case_is_entry(const struct case_event *e, const char *hash)
{
        char hex[HASH_HEX];

        if (e->hash == NULL) /* it is not written yet */
                return false;
        hex_write(hex, e->hash, HASH_BYTES);
        return strcmp(hex, hash) == 0;
}

/* ---- what an act contends for ------------------------------------------------------------------------------------------ */

static bool is_summed_up(const struct workflow *w, int field)
{
        for (int i = 0; i < w->field_count; i++)
                if (w->fields[i].total_of == field)
                        return true;
        return false;
}

/* What an action records, of one row: NULL where it takes the place of nothing that was recorded before. */
static const char *recorded(struct arena *a, const struct workflow *w, const struct workflow_action *action, const struct case_event *e)
{
        json_t *fields = json_object_get(e->body, "fields"), *value;
        int key = workflow_row_key(w, action);
        const char *row = key < 0 ? NULL : json_string_value(json_object_get(fields, w->fields[key].id)), *name;
        bool takes_place = false;

        json_object_foreach(fields, name, value) {
                int field = workflow_field_find(w, name);

                if (field >= 0 && is_summed_up(w, field))
                        return NULL;
                takes_place |= field >= 0 && field != key;
        }
        return takes_place ? arena_print(a, "record %s %s", action->id, row == NULL ? "" : utf8_key(a, row)) : NULL;
}

const char *doubt_about(struct arena *a, const struct workflow *w, const struct case_event *e)
{
        int place = e->act != CASE_ACT ? -1 : workflow_action_find(w, case_body_text(e->body, "action"));
        const struct workflow_action *action = place < 0 ? NULL : &w->actions[place];

        if (action == NULL)
                return NULL;
        switch (action->kind) {
        case ACTION_STOP:
        case ACTION_RESTART:
        case ACTION_EXTEND: return arena_print(a, "limit %s", w->limits[action->limit].id);
        case ACTION_ANSWER: return arena_print(a, "opinion %s", e->unit->key);
        case ACTION_RECORD: return recorded(a, w, action, e);
        case ACTION_ASK:
        case ACTION_SCORE: return NULL;
        default: return ABOUT_STATE;
        }
}

/* Whether an act that counts led into the state after it. */
static bool has_moved(const struct case_file *f, const struct case_event *e)
{
        return e->fault == FAULT_NONE && (e->act == CASE_OPEN || (e->act == CASE_ACT && f->workflow->actions[e->action].kind <= ACTION_CONTINUE));
}

const struct case_event *doubt_ground(struct arena *a, const struct case_file *f, const struct case_event *of)
{
        const char *about = doubt_about(a, f->workflow, of), *other;
        const struct case_event *e = of;

        while (e-- > f->events) {
                if (has_moved(f, e))
                        break;
                if (e->fault != FAULT_NONE || about == NULL || e->act != CASE_ACT)
                        continue;
                other = doubt_about(a, f->workflow, e);
                if (other != NULL && strcmp(about, other) == 0)
                        break;
        }
        return e;
}

/* What an act says, but for its words and its day: they change nothing of what is done. Of what is recorded only what takes something's place. */
static int64_t value_of(struct arena *a, const struct case_event *e)
{
        static const char *const members[] = { "action", "fields", "documents", "days", "opinion" };
        json_t *said = json_held(a, json_object());
        struct buf *text = arena_alloc(a, sizeof *text);

        for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
                json_t *value = json_object_get(e->body, members[i]);

                if (json_is_string(value) || json_is_integer(value) || json_object_size(value) > 0)
                        json_object_set(said, members[i], value);
        }
        buf_init_with(text, ENTRY_MAX, a);
        if (!json_put(a, said, JSON_COMPACT | JSON_SORT_KEYS, text))
                return 0;
        return own_record_value(text->data);
}

/* ---- which of them may contend --------------------------------------------------------------------------------------------- */

/* What an act says it follows: "" nothing, or it stands in no stream of the case, so that not everybody knows it who knows the case. */
static const char *follows(const struct case_event *e)
{
        return e->act != CASE_ACT || e->audience == NULL || e->fault == FAULT_STREAM ? "" : case_body_text(e->body, "after");
}

/* Whether acts of several nodes follow one act: most cases have none. */
static bool has_siblings(struct arena *a, const struct case_file *f)
{
        struct map *first = map_in(a);

        for (size_t i = 0; i < f->event_count; i++) {
                const char *after = follows(&f->events[i]);
                bool is_new;
                int64_t *place = *after == '\0' ? NULL : map_put_text(first, after, &is_new);

                if (place == NULL)
                        continue;
                if (is_new)
                        *place = (int64_t)i;
                else if (strcmp(f->events[*place].node, f->events[i].node) != 0)
                        return true;
        }
        return false;
}

static struct case_doubt *doubt_of(struct arena *a, struct case_file *f, const char *after, const char *about)
{
        for (size_t i = 0; i < f->doubt_count; i++)
                if (strcmp(f->doubts[i].after, after) == 0 && strcmp(f->doubts[i].about, about) == 0)
                        return &f->doubts[i];
        f->doubts = arena_room(a, f->doubts, f->doubt_count, sizeof *f->doubts);
        f->doubts[f->doubt_count] = (struct case_doubt){ .after = after, .about = about, .is_about_state = strcmp(about, ABOUT_STATE) == 0 };
        return &f->doubts[f->doubt_count++];
}

/* The act that one follows, by its hash; of several that say the same the first, which is the one that may count. */
static const char *ground_of(struct arena *a, const struct case_file *f, const char *after)
{
        const struct case_event *named = NULL;
        char hex[HASH_HEX];

        for (size_t i = 0; i < f->event_count && named == NULL; i++)
                named = case_is_entry(&f->events[i], after) ? &f->events[i] : NULL;
        for (const struct case_event *e = f->events; named != NULL && named->doubt >= 0 && e < named; e++)
                if (e->doubt == named->doubt && e->value == named->value)
                        named = e;
        if (named == NULL)
                return after;
        hex_write(hex, named->hash, HASH_BYTES);
        return arena_text(a, hex);
}

/* Those of one node alone contend with nobody. */
static void doubts_thin(struct arena *a, struct case_file *f)
{
        const char **nodes = arena_array(a, f->doubt_count + 1, sizeof *nodes);
        bool *is_one = arena_array(a, f->doubt_count + 1, sizeof *is_one);

        for (size_t i = 0; i < f->event_count; i++) {
                const struct case_event *e = &f->events[i];

                if (e->doubt < 0)
                        continue;
                is_one[e->doubt] |= nodes[e->doubt] != NULL && strcmp(nodes[e->doubt], e->node) != 0;
                nodes[e->doubt] = e->node;
        }
        for (size_t i = 0; i < f->event_count; i++)
                if (f->events[i].doubt >= 0 && !is_one[f->events[i].doubt]) {
                        f->events[i].doubt = -1;
                        f->events[i].ruling = RULING_NONE;
                }
}

bool doubts_find(struct arena *a, struct case_file *f)
{
        f->has_siblings = has_siblings(a, f);
        if (!f->has_siblings || f->workflow == NULL)
                return false;
        for (size_t i = 0; i < f->event_count; i++) {
                struct case_event *e = &f->events[i];
                const char *after = follows(e), *about = *after == '\0' ? NULL : doubt_about(a, f->workflow, e);

                if (about == NULL)
                        continue;
                e->doubt = (int)(doubt_of(a, f, ground_of(a, f, after), about) - f->doubts);
                e->value = value_of(a, e);
                e->ruling = RULING_HELD;
        }
        doubts_thin(a, f);
        return true;
}

/* ---- the decision ------------------------------------------------------------------------------------------------------------- */

/* What an entry of another node had seen: of each stream that it names. */
static struct sighting *seen_of(struct arena *a, const struct case_event *e)
{
        struct sighting *list = NULL;
        const char *stream;
        json_t *seq;

        json_object_foreach(json_object_get(e->body, "seen"), stream, seq) {
                struct sighting *one = arena_alloc(a, sizeof *one);

                *one = (struct sighting){ list, stream, json_integer_value(seq) };
                list = one;
        }
        return list;
}

/* As the tables of conflicts have it (figures_witness_kept). */
static const struct witness *witness_of(struct arena *a, const struct catalogue *c, const struct case_event *e)
{
        const struct unit *unit = unit_at(c, e->unit->code, day_of_moment(stamp_moment(e->at)));
        struct witness *w = arena_alloc(a, sizeof *w);
        const json_t *hash;
        size_t i;

        *w = (struct witness){ .entry = e->entry, .at = e->at, .node = e->node, .stream = arena_print(a, "%s/%s", e->node, e->audience), .seq = e->seq,
                               .level = unit == NULL ? LEVEL_COUNTRY : (int)unit->level, .tells_seen = json_object_get(e->body, "seen") != NULL,
                               .seen = seen_of(a, e), .source = "", .readable = LEVEL_COUNT };
        memcpy(w->hash, e->hash, HASH_BYTES);
        hex_write(w->hash_hex, e->hash, HASH_BYTES);
        if (e->act != CASE_SETTLE)
                return w;
        w->settles = "";
        json_array_foreach(json_object_get(e->body, "of"), i, hash)
                w->settles = arena_print(a, "%s%s ", w->settles, json_string_value(hash));
        return w;
}

static const struct case_event *side_of(const struct case_doubt *d, const char *hash)
{
        for (size_t i = 0; i < d->count; i++)
                if (case_is_entry(d->sides[i], hash))
                        return d->sides[i];
        return NULL;
}

/* The acts that the regime allowed there, and the decisions that choose one of them. */
static void sides_gather(struct arena *a, struct case_file *f, struct case_doubt *d)
{
        int number = (int)(d - f->doubts);

        d->sides = arena_array(a, f->event_count + 1, sizeof(void *));
        d->count = 0;
        for (size_t i = 0; i < f->event_count; i++) {
                struct case_event *e = &f->events[i];
                const struct case_event *chosen = e->act == CASE_SETTLE && e->doubt < 0 && e->fault == FAULT_UNCONTESTED ? side_of(d, case_body_text(e->body, "chosen")) : NULL;

                if (e->doubt == number && e->fault == FAULT_CONTESTED)
                        d->sides[d->count++] = e;
                if (chosen == NULL)
                        continue;
                e->doubt = number;
                e->value = chosen->value;
                d->sides[d->count++] = e;
        }
}

/* What the decision comes to: false while there is none. */
static bool outcome(struct arena *a, const struct catalogue *c, const struct case_doubt *d, int64_t *value)
{
        struct version *list = arena_array(a, d->count + 1, sizeof *list);
        struct contests contests = { 0 };

        for (size_t i = 0; i < d->count; i++)
                list[i] = (struct version){ .known_from = stamp_moment(d->sides[i]->at), .value = d->sides[i]->value, .status = STATUS_SUBMITTED, .entry = d->sides[i]->entry,
                                            .by = witness_of(a, c, d->sides[i]) };
        cell_fold(a, list, d->count, &contests);
        for (size_t i = 0; i < contests.count; i++)
                if (contests.list[i].closed_by == NULL)
                        return false;
        for (size_t i = 0; i < d->count; i++)
                if (list[i].place == PLACE_STOOD)
                        *value = list[i].value;
        return true;
}

/* Some nodes' acts turned out not to be allowed, or all are one node's: nothing contends. */
static bool is_none(const struct case_doubt *d)
{
        for (size_t i = 1; i < d->count; i++)
                if (strcmp(d->sides[i]->node, d->sides[0]->node) != 0)
                        return false;
        return true;
}

static const struct unit *decider_of(struct arena *a, const struct catalogue *c, const struct case_doubt *d)
{
        const struct unit **units = arena_array(a, d->count + 1, sizeof(void *));

        for (size_t i = 0; i < d->count; i++)
                units[i] = d->sides[i]->unit;
        return case_decider(c, units, d->count, day_of_moment(stamp_moment(d->sides[d->count - 1]->at)));
}

bool doubts_judge(struct arena *a, const struct catalogue *c, struct case_file *f)
{
        struct case_doubt *d = NULL;
        int64_t value = 0;

        for (size_t i = 0; i < f->event_count && d == NULL; i++)
                if (f->events[i].fault == FAULT_CONTESTED && !f->doubts[f->events[i].doubt].is_judged)
                        d = &f->doubts[f->events[i].doubt];
        if (d == NULL)
                return false;
        d->is_judged = true;
        sides_gather(a, f, d);
        d->is_open = !is_none(d) && !outcome(a, c, d, &value);
        d->decider = decider_of(a, c, d);
        for (size_t i = 0; i < f->event_count && !d->is_open; i++) {
                struct case_event *e = &f->events[i];

                if (e->doubt == (int)(d - f->doubts) && e->act == CASE_ACT)
                        e->ruling = is_none(d) || e->fault != FAULT_CONTESTED || e->value == value ? RULING_NONE : RULING_PASSED_OVER;
        }
        if (is_none(d))
                d->count = 0;
        return true;
}

const struct case_doubt *case_state_doubt(const struct case_file *f)
{
        for (size_t i = 0; i < f->doubt_count; i++)
                if (f->doubts[i].is_open && f->doubts[i].is_about_state)
                        return &f->doubts[i];
        return NULL;
}

/* What a unit is on a day, or where it was divided the one above it. */
static const struct unit *home_or_above(const struct catalogue *c, const struct unit *u, day on)
{
        const struct unit *home = case_home(c, u, on);

        while (home == NULL && u->parent != NULL) {
                u = u->parent;
                home = case_home(c, u, on);
        }
        return home == NULL ? u : home;
}

const struct unit *case_decider(const struct catalogue *c, const struct unit *const *units, size_t count, day on)
{
        const struct unit *decides = home_or_above(c, units[0], on);

        for (size_t i = 1; i < count; i++)
                while (!unit_is_within(home_or_above(c, units[i], on), decides) && decides->parent != NULL)
                        decides = decides->parent;
        return decides;
}
