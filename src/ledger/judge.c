/* judge.c - which words about whom to trust count: all that was ever said, judged at once and in memory.
 *
 * Each enrolment and revocation is an event of a key; those that count divide time into stretches. What the newest event
 * before a moment says holds at that moment; before its first event a key stands as the first says. A rotation is several
 * events in one entry. An enrolment that its own writer corrects later, for another unit, counts for nothing.
 *
 * A function of the set of events alone, not of their order of arrival. Events on which others may rest (roots) come first, by
 * falling weight of the word and in the order in which they were said, until nothing changes. The others, of a key with one event
 * that says nothing itself, follow from them.
 *
 * How a key stands at a moment takes the logarithm of the number of events, by a tree over all of them; an event is judged again only
 * where something was judged otherwise of its writer or of its key since. So nodes that write words about one key, however they lie
 * between each other, cost no more than as many about many keys; and what is written to the database is only what came out otherwise. */
#include <string.h>

#include "ledger/ledger_private.h"

#define ROUNDS_MOST 16 /* honest nodes need two; those that contradict each other in a circle end somewhere, everywhere alike */
#define CORRECTIONS_MOST 16 /* so many of its writer's later words about the same key are looked at */
#define NOWHERE SIZE_MAX

struct word {            /* an event */
        int64_t entry;
        int part;            /* which event of its entry */
        stamp at, said;      /* from when it holds; when it was said */
        struct key *writer, *key;
        const char *unit, *successor;
        bool is_revoke, is_root;
        int before, counts;  /* as it was stored, and now */
        int judged;          /* what it came to the last time it was judged, */
        int64_t judged_at;   /* after so many changes; -1: never */
        size_t place;        /* among those of all keys, in the order in which they hold */
        struct word *end_before; /* of a key of this node: what else it says itself about its end */
        struct word *next;       /* what its writer says next of the same key, but by rotations */
};

struct key {
        const char *hex;
        bool is_own, has_changed;
        int events, words;   /* about it, and by it */
        size_t first, count; /* its events among all, in the order in which they hold */
        struct word *ends;   /* a key of this node: what it says itself about its end */
        int64_t changed_at;  /* after so many changes something about it was judged otherwise */
        stamp newest;        /* of the entries of it that are here */
        const struct key *spoken_of; /* while words are read: the key of which it says */
        struct word *says;           /* this, the earliest so far */
};

struct takeover { /* one predecessor of a succession; the country is none, and succeeds nobody */
        const char *unit, *from, *node;
        day act;
        stamp effect, undone_at;
        const struct takeover *next_of_unit, *next_of_from;
};

struct judging {
        struct work *w;
        size_t count, key_count, leaves;
        struct word *words;       /* in the order in which they were said */
        struct word **held;       /* key by key, in the order in which they hold */
        unsigned char *most;      /* a tree over held: the greatest that any below counts for; the leaves from leaves on */
        struct key *keys;
        struct map *key_by_hex, *texts;
        struct map *by_unit, *by_from; /* of successions: code -> struct takeover * */
        int64_t changes;
};

/* ---- reading ---------------------------------------------------------------------------------------------- */

static int64_t *place_of(struct judging *j, struct map *m, const char *text, bool *is_new)
{
        int64_t *place = map_put_text(m, text, is_new);

        if (place == NULL)
                arena_starve(j->w->arena);
        return place;
}

/* One copy of each text. */
static const char *text_of(struct judging *j, const char *text)
{
        bool is_new;
        int64_t *place = place_of(j, j->texts, text, &is_new);

        if (is_new)
                *place = (int64_t)(intptr_t)arena_text(j->w->arena, text);
        return (const char *)(intptr_t)*place;
}

static struct key *key_of(struct judging *j, const char *hex)
{
        bool is_new;
        int64_t *place = place_of(j, j->key_by_hex, hex, &is_new);

        if (is_new) {
                struct key *k = &j->keys[j->key_count++];

                *place = (int64_t)(intptr_t)k;
                k->hex = arena_text(j->w->arena, hex);
                k->is_own = node_is_own(j->w->node, hex);
        }
        return (struct key *)(intptr_t)*place;
}

/* Enrolments and revocations, not what a rotation says besides. */
static bool is_plain(const struct word *v)
{
        return v->part == 0 && v->successor[0] == '\0';
}

static void link_words(struct judging *j)
{
        for (size_t i = j->count; i-- > 0;) {
                struct word *v = j->held[i];

                if (!is_plain(v))
                        continue;
                if (v->writer->spoken_of == v->key)
                        v->next = v->writer->says;
                v->writer->spoken_of = v->key;
                v->writer->says = v;
        }
}

static void read_words(struct judging *j)
{
        struct work *w = j->w;
        size_t room = (size_t)db_number(w->db, "SELECT COUNT(*) FROM trust_event", NO_ARGS, 0), first = 0;
        struct word **order = arena_array(w->arena, room + 1, sizeof *order);
        struct rows *r;

        j->words = arena_array(w->arena, room + 1, sizeof *j->words);
        j->keys = arena_array(w->arena, 2 * room + 1, sizeof *j->keys);
        j->held = arena_array(w->arena, room + 1, sizeof(struct word *));
        r = db_query(w->db,
                     "SELECT entry, part, at, said, node, key, unit, successor, is_revoke, counts,"
                     " ROW_NUMBER() OVER (ORDER BY at, node, hash, part) FROM trust_event ORDER BY said, node, hash, part",
                     NO_ARGS);
        while (j->count < room && rows_next(r)) {
                struct word *v = &j->words[j->count++];
                size_t rank = (size_t)rows_int(r, 10) - 1;

                *v = (struct word){ .entry = rows_int(r, 0), .part = (int)rows_int(r, 1), .at = rows_int(r, 2), .said = rows_int(r, 3),
                                    .is_revoke = rows_int(r, 8) != 0, .before = (int)rows_int(r, 9), .judged_at = -1 };
                v->writer = key_of(j, rows_text(r, 4));
                v->key = key_of(j, rows_text(r, 5));
                v->unit = text_of(j, rows_text(r, 6));
                v->successor = text_of(j, rows_text(r, 7));
                v->writer->words++;
                v->key->events++;
                order[rank < room ? rank : 0] = v;
                if (v->key->is_own && v->writer == v->key && v->is_revoke) {
                        v->end_before = v->key->ends;
                        v->key->ends = v;
                }
        }
        rows_close(r);
        if (!work_ok(w))
                return;
        for (size_t i = 0; i < j->key_count; i++) {
                j->keys[i].first = first;
                first += (size_t)j->keys[i].events;
        }
        for (size_t i = 0; i < j->count; i++) {
                struct key *k = order[i]->key;

                order[i]->place = k->first + k->count++;
                j->held[order[i]->place] = order[i];
        }
        link_words(j);
}

static void read_successions(struct judging *j)
{
        struct arena *a = j->w->arena;
        struct rows *r = db_query(j->w->db,
                                  "SELECT s.unit, f.unit, s.node, s.effect, s.undone_at, s.day FROM succession s"
                                  " JOIN succession_from f ON f.entry = s.entry",
                                  NO_ARGS);

        while (rows_next(r)) {
                struct takeover *t = arena_alloc(a, sizeof *t);
                int64_t *place;

                t->unit = text_of(j, rows_text(r, 0));
                t->from = text_of(j, rows_text(r, 1));
                t->node = text_of(j, rows_text(r, 2));
                t->effect = rows_int(r, 3);
                t->undone_at = rows_int(r, 4);
                if (!day_read(rows_text(r, 5), strlen(rows_text(r, 5)), &t->act))
                        t->act = DAY_NONE;
                place = place_of(j, j->by_unit, t->unit, NULL);
                t->next_of_unit = (const struct takeover *)(intptr_t)*place;
                *place = (int64_t)(intptr_t)t;
                place = place_of(j, j->by_from, t->from, NULL);
                t->next_of_from = (const struct takeover *)(intptr_t)*place;
                *place = (int64_t)(intptr_t)t;
        }
        rows_close(r);
}

static const struct takeover *takeovers(const struct map *m, const char *code)
{
        const int64_t *place = map_get_text(m, code);

        return place == NULL ? NULL : (const struct takeover *)(intptr_t)*place;
}

/* ---- the tree over all events ------------------------------------------------------------------------------ */

static void tree_make(struct judging *j)
{
        for (j->leaves = 1; j->leaves < j->count;)
                j->leaves *= 2;
        j->most = arena_array(j->w->arena, 2 * j->leaves, sizeof *j->most);
        for (size_t i = 0; i < j->count; i++)
                j->most[j->leaves + j->words[i].place] = (unsigned char)j->words[i].counts;
        for (size_t i = j->leaves - 1; i > 0; i--)
                j->most[i] = j->most[2 * i] > j->most[2 * i + 1] ? j->most[2 * i] : j->most[2 * i + 1];
}

static void tree_set(struct judging *j, const struct word *v)
{
        size_t i = j->leaves + v->place;

        j->most[i] = (unsigned char)v->counts;
        while ((i /= 2) > 0)
                j->most[i] = j->most[2 * i] > j->most[2 * i + 1] ? j->most[2 * i] : j->most[2 * i + 1];
}

/* The first, or the last, place in a range that counts for so much. */
static size_t first_of(const struct judging *j, size_t from, size_t to, int least)
{
        size_t i = j->leaves + from;

        if (from >= to)
                return NOWHERE;
        while (j->most[i] < least) {
                while (i % 2 == 1)
                        i /= 2;
                if (i++ == 0)
                        return NOWHERE;
        }
        while (i < j->leaves)
                i = 2 * i + (j->most[2 * i] < least);
        return i - j->leaves < to ? i - j->leaves : NOWHERE;
}

static size_t last_of(const struct judging *j, size_t from, size_t to, int least)
{
        size_t i = j->leaves + to - 1;

        if (from >= to)
                return NOWHERE;
        while (j->most[i] < least) {
                while (i > 1 && i % 2 == 0)
                        i /= 2;
                if (i-- == 1)
                        return NOWHERE;
        }
        while (i < j->leaves)
                i = 2 * i + (j->most[2 * i + 1] >= least);
        return i - j->leaves >= from ? i - j->leaves : NOWHERE;
}

/* The first place of a key's events that hold from that moment on or later. */
static size_t place_at(const struct judging *j, const struct key *k, stamp at)
{
        size_t low = k->first, high = k->first + k->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (j->held[middle]->at < at)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* ---- how a key stands: as trust.c has it from the tables (tests/judged.h: that the two agree) ------------------- */

static bool holds(const struct takeover *t, stamp at)
{
        return t->effect < at && (t->undone_at == 0 || t->undone_at >= at);
}

static stamp ended_by(const struct judging *j, const struct key *k, const char *unit, stamp since, stamp at)
{
        stamp ended = 0;

        for (const struct takeover *t = takeovers(j->by_from, unit); t != NULL; t = t->next_of_from)
                if (holds(t, at) && t->effect > since && strcmp(t->node, k->hex) != 0 && (ended == 0 || t->effect < ended))
                        ended = t->effect;
        return ended;
}

/* A node believes itself, and its former keys, until they said that they end. */
static bool is_self(const struct key *k, stamp at)
{
        if (!k->is_own)
                return false;
        for (const struct word *v = k->ends; v != NULL; v = v->end_before)
                if (v->counts > COUNTS_NOT && v->at < at)
                        return false;
        return true;
}

static struct word *newest_before(const struct judging *j, const struct key *k, stamp at)
{
        size_t found = last_of(j, k->first, place_at(j, k, at), BY_UNIT);

        return found == NOWHERE ? NULL : j->held[found];
}

/* The event that decides how a key stands, or NULL. before_first: by whose word at least the first event must be to hold for the time before it. */
static const struct word *deciding(const struct judging *j, const struct key *k, stamp at, int before_first)
{
        const struct word *v = newest_before(j, k, at);
        size_t found = v != NULL ? NOWHERE : first_of(j, place_at(j, k, at), k->first + k->count, before_first);

        if (found != NOWHERE)
                v = j->held[last_of(j, found, place_at(j, k, j->held[found]->at + 1), before_first)];
        return v;
}

static struct stand stand_of(const struct judging *j, const struct key *k, stamp at, int before_first)
{
        const struct word *v = deciding(j, k, at, before_first);
        struct stand s = { .is_known = v != NULL || k->is_own };
        stamp since = v != NULL ? v->at : at; /* nobody else enrolled this node: no succession ends it */

        if (v != NULL) {
                s.is_trusted = !v->is_revoke;
                s.unit = v->unit;
        }
        if (k->is_own) {
                s.is_trusted = is_self(k, at);
                s.unit = node_unit(j->w->node);
        }
        if (s.is_trusted)
                s.ended = ended_by(j, k, s.unit, since, at);
        if (s.ended != 0)
                s.is_trusted = false;
        return s;
}

/* Whoever passes its own unit on, to the key that takes its place or to another node, gives no more than it has: by which word it has it. */
static const struct word *passed_on(const struct judging *j, const struct word *v)
{
        const struct word *of_writer = newest_before(j, v->writer, v->said);

        return of_writer == NULL || of_writer->is_revoke || of_writer->at == 0 || strcmp(of_writer->unit, v->unit) != 0 ? NULL : of_writer;
}

static stamp had_since(const struct judging *j, const struct word *v)
{
        if (v == NULL)
                return INT64_MAX;
        for (const struct word *before = passed_on(j, v); before != NULL; before = passed_on(j, v))
                v = before;
        return v->said;
}

static struct tenure tenure_of(const struct judging *j, const struct key *k, const char *unit, stamp at, int before_first)
{
        struct tenure t = { had_since(j, deciding(j, k, at, before_first)), DAY_NONE };

        for (const struct takeover *s = takeovers(j->by_unit, unit); s != NULL; s = s->next_of_unit) {
                if (!holds(s, at))
                        continue;
                if (s->act > t.act)
                        t.act = s->act;
                if (strcmp(s->node, k->hex) == 0 && s->effect > t.since)
                        t.since = s->effect;
        }
        return t;
}

/* ---- what a word counts for ----------------------------------------------------------------------------------- */

static bool stands_for(const struct judging *j, const char *unit, const char *code, stamp at)
{
        if (strcmp(unit, code) == 0)
                return true;
        for (const struct takeover *t = takeovers(j->by_unit, unit); t != NULL; t = t->next_of_unit)
                if (strcmp(t->from, code) == 0 && holds(t, at))
                        return true;
        return false;
}

static bool is_below(const struct judging *j, const char *unit, const char *upper, struct tenure tenure, stamp at)
{
        const struct ledger_schema *schema = node_schema(j->w->node);
        day on = day_of_moment(stamp_moment(at));

        if (schema->is_within == NULL)
                return false;
        if (schema->is_within(j->w, unit, upper, tenure, on))
                return true;
        for (const struct takeover *t = takeovers(j->by_unit, upper); t != NULL; t = t->next_of_unit)
                if (strcmp(t->from, upper) != 0 && holds(t, at) && schema->is_within(j->w, unit, t->from, TENURE_ANY, on))
                        return true;
        return false;
}

/* A node of a unit speaks about keys that are new, or that stand for its own unit or one below: never about those above
 * or beside it, whatever unit it names. */
static bool is_theirs(const struct judging *j, const struct word *v, const char *writer_unit, const char *unit)
{
        return strcmp(unit, "VN") != 0 && (stands_for(j, writer_unit, unit, v->said) ||
                                           is_below(j, unit, writer_unit, tenure_of(j, v->writer, writer_unit, v->said, BY_COUNTRY), v->said));
}

/* A node speaks for one unit as long as it has a key: whoever enrolled it for another first, and has not revoked it since, was wrong. */
static bool is_corrected(const struct word *v)
{
        const struct word *last = NULL, *next = is_plain(v) && !v->is_revoke ? v->next : NULL;

        for (int i = 0; next != NULL && i < CORRECTIONS_MOST && !(next->is_revoke && next->counts > COUNTS_NOT); i++, next = next->next)
                if (next->counts > COUNTS_NOT)
                        last = next;
        return last != NULL && strcmp(last->unit, v->unit) != 0;
}

/* What a new key says in its first entry of the one whose place it takes, besides what that one signed: to others it counts only where the new key
 * stands by the word of somebody else, or by what the former key said before (node.rotate, which a fork of its stream leaves out). A node's own word about its own
 * keys does not count for more, so that all nodes that trust both find the same. */
static bool is_said_too_early(const struct judging *j, const struct word *v)
{
        const struct key *k = v->writer;
        const struct word *found = NULL;

        if (v->part < PART_OF_NEW || !k->is_own || strcmp(node_unit(j->w->node), "VN") == 0)
                return false;
        for (size_t i = k->first; i < k->first + k->count; i++) {
                const struct word *u = j->held[i];

                if (u->counts > COUNTS_NOT && (u->at < v->said || ((found == NULL || found->at == u->at) && !u->writer->is_own && u->counts >= BY_COUNTRY)))
                        found = u;
        }
        return found == NULL || found->is_revoke;
}

/* What this node says of a node below it after it has ended itself, as others have said without its knowing yet, counts for nobody else. Of those above it
 * and of its own unit it believes itself even then: on that rests who could end it. */
static bool is_said_after_end(const struct judging *j, const struct word *v)
{
        const char *own = node_unit(j->w->node);
        const struct word *found = NULL;

        if (v->part != 0 || strcmp(v->unit, own) == 0)
                return false;
        for (size_t i = place_at(j, v->writer, v->said); i-- > v->writer->first && found == NULL;)
                if (j->held[i]->counts > COUNTS_NOT && !j->held[i]->writer->is_own)
                        found = j->held[i];
        return ((found != NULL && found->is_revoke) || !stand_of(j, v->writer, v->said, BY_UNIT).is_trusted) &&
               is_below(j, v->unit, own, TENURE_ANY, v->said);
}

/* Whether its writer stood above the unit it names, or for it. A node may have enrolled others before somebody enrolled it:
 * then it stands as that says, if the word comes from higher up (so that no two events rest on each other). */
static int judgement(const struct judging *j, const struct word *v)
{
        struct stand s, key;

        if (is_corrected(v))
                return COUNTS_NOT;
        if (is_said_too_early(j, v))
                return COUNTS_NOT;
        if (is_self(v->writer, v->said))
                return is_said_after_end(j, v) ? COUNTS_NOT : BY_SELF;
        s = stand_of(j, v->writer, v->said, BY_SELF);
        if (s.is_trusted && strcmp(s.unit, "VN") == 0)
                return BY_COUNTRY;
        s = stand_of(j, v->writer, v->said, BY_COUNTRY);
        if (!s.is_trusted || !is_theirs(j, v, s.unit, v->unit))
                return COUNTS_NOT;
        key = stand_of(j, v->key, v->said, BY_COUNTRY);
        return !key.is_known || is_theirs(j, v, s.unit, key.unit) ? BY_UNIT : COUNTS_NOT;
}

/* When something was judged otherwise on which it rests. */
static int64_t changed_at(const struct judging *j, const struct word *v)
{
        int64_t at = v->writer->changed_at > v->key->changed_at ? v->writer->changed_at : v->key->changed_at;

        for (const struct word *u = deciding(j, v->writer, v->said, BY_COUNTRY); u != NULL; u = passed_on(j, u))
                if (u->writer->changed_at > at)
                        at = u->writer->changed_at;
        return at;
}

/* The same, remembered where nothing has. */
static int judged(const struct judging *j, struct word *v)
{
        if (v->judged_at < changed_at(j, v)) {
                v->judged = judgement(j, v);
                v->judged_at = j->changes;
        }
        return v->judged;
}

static void decide(struct judging *j, struct word *v, int counts)
{
        v->counts = counts;
        v->key->changed_at = ++j->changes;
        tree_set(j, v);
}

static void judge_roots(struct judging *j)
{
        bool has_moved;

        for (int least = BY_SELF; least > COUNTS_NOT; least--)
                do {
                        has_moved = false;
                        for (size_t i = 0; i < j->count && work_ok(j->w); i++) {
                                struct word *v = &j->words[i];

                                if (!v->is_root || v->counts != COUNTS_NOT || judged(j, v) < least)
                                        continue;
                                decide(j, v, v->judged);
                                has_moved = true;
                        }
                } while (has_moved && work_ok(j->w));
        /* What was counted early may have been contradicted by what was counted later: until each agrees with the whole. */
        has_moved = true;
        for (int round = 0; has_moved && round < ROUNDS_MOST; round++) {
                has_moved = false;
                for (size_t i = 0; i < j->count && work_ok(j->w); i++) {
                        struct word *v = &j->words[i];

                        if (!v->is_root || judged(j, v) == v->counts)
                                continue;
                        decide(j, v, v->judged);
                        has_moved = true;
                }
        }
}

/* What it counted for, for all that was done by it. */
static int counted(const struct word *v)
{
        return v->before == COUNTS_UNKNOWN ? COUNTS_NOT : v->before;
}

/* Others keep what they have where nothing about their writer has changed, unless all are asked for. */
static void judge_others(struct judging *j, bool all)
{
        for (size_t i = 0; i < j->count; i++)
                j->words[i].key->has_changed |= j->words[i].is_root && j->words[i].counts != counted(&j->words[i]);
        for (size_t i = 0; i < j->count && work_ok(j->w); i++) {
                struct word *v = &j->words[i];

                if (v->is_root || (!all && v->before != COUNTS_UNKNOWN && !v->writer->has_changed))
                        continue;
                v->counts = judgement(j, v);
                v->key->has_changed |= v->counts != counted(v);
        }
}

/* ---- what follows from it --------------------------------------------------------------------------------------- */

/* The newest of what this node holds of each key. */
static void read_newest(struct judging *j)
{
        for (const struct head *h = j->w->node->heads; h != NULL; h = h->next) {
                const int64_t *place = map_get(j->key_by_hex, h->name, KEY_HEX - 1);
                struct key *k = place == NULL ? NULL : (struct key *)(intptr_t)*place;

                if (k != NULL && h->now.seq > 0 && h->now.at > k->newest)
                        k->newest = h->now.at;
        }
}

static bool stands_differ(const struct word *a, const struct word *b)
{
        if (a == NULL || b == NULL)
                return a != b;
        return a->is_revoke != b->is_revoke || strcmp(a->unit, b->unit) != 0;
}

/* Whether some succession, undone or not, ends a key that stands for the unit since `from`, and not one that does since `to`. */
static bool succession_comes_between(const struct judging *j, const struct key *k, const char *unit, stamp from, stamp to)
{
        for (const struct takeover *t = takeovers(j->by_from, unit); t != NULL; t = t->next_of_from)
                if (t->effect > from && t->effect <= to && strcmp(t->node, k->hex) != 0)
                        return true;
        return false;
}

static stamp since_of(const struct word *v)
{
        return v == NULL ? INT64_MAX : v->at;
}

/* Whether entries of the key after a moment are judged differently where its newest event by then is one or the other: also where both
 * enrol it for the same unit, but not since the same time, and a succession took effect in between, which ends what stood before, or
 * the code is that of another unit since. A node believes itself; others only say since when it stands. */
static bool judges_differently(const struct judging *j, const struct key *k, const struct word *a, const struct word *b)
{
        const struct ledger_schema *schema = node_schema(j->w->node);
        stamp from = since_of(a), to = since_of(b);
        const char *unit;

        if (!k->is_own && stands_differ(a, b))
                return true;
        if (from == to || (!k->is_own && a->is_revoke))
                return false;
        unit = k->is_own ? node_unit(j->w->node) : a->unit;
        return succession_comes_between(j, k, unit, from < to ? from : to, from < to ? to : from) ||
               (schema->is_same_unit != NULL && strcmp(unit, "VN") != 0 &&
                !schema->is_same_unit(j->w, unit, (struct tenure){ had_since(j, a), DAY_NONE }, (struct tenure){ had_since(j, b), DAY_NONE }));
}

/* The first of a key's events that count, as they were or as they are: the last of those that hold from the same moment on. */
static const struct word *first_counted(const struct judging *j, const struct key *k, bool as_it_was)
{
        const struct word *found = NULL;

        for (size_t i = k->first; i < k->first + k->count; i++)
                if ((as_it_was ? j->held[i]->before : j->held[i]->counts) > COUNTS_NOT &&
                    (found == NULL || j->held[i]->at == found->at))
                        found = j->held[i];
        return found;
}

/* Whether a key's events judge an entry that is here differently than before. */
static bool changes_entries(const struct judging *j, const struct key *k)
{
        const struct word *was = first_counted(j, k, true), *is = first_counted(j, k, false);
        bool was_revoked = false, is_revoked = false; /* a key of this node, by others (trust.c) */

        if (k->newest == 0)
                return false;
        if (!k->is_own && stands_differ(was, is)) /* how it stands before all of them */
                return true;
        for (size_t i = k->first, next; i < k->first + k->count && j->held[i]->at < k->newest; i = next) {
                /* All that hold from one moment on. */
                for (next = i; next < k->first + k->count && j->held[next]->at == j->held[i]->at; next++) {
                        const struct word *v = j->held[next];

                        if (v->before > COUNTS_NOT && was->at <= v->at)
                                was = v;
                        if (v->counts > COUNTS_NOT && is->at <= v->at)
                                is = v;
                        if (k->is_own && v->is_revoke && v->writer == k && (v->before > COUNTS_NOT) != (v->counts > COUNTS_NOT))
                                return true; /* this node says itself that it ends */
                        if (k->is_own && v->writer != k) {
                                was_revoked = v->before > COUNTS_NOT ? v->is_revoke : was_revoked;
                                is_revoked = v->counts > COUNTS_NOT ? v->is_revoke : is_revoked;
                        }
                }
                if (was_revoked != is_revoked)
                        return true;
                if (judges_differently(j, k, was, is))
                        return true;
        }
        return false;
}

/* Whether a key got its unit from one that has it by another word now than before. */
static bool changes_passed_on(const struct word *v, const struct judging *j)
{
        const struct key *k = v->writer;

        if (v->is_revoke || v->counts <= COUNTS_NOT || !k->has_changed || v->key->newest == 0)
                return false;
        for (size_t i = k->first; i < k->first + k->count && j->held[i]->at < v->said; i++) {
                const struct word *u = j->held[i];

                if (!u->is_revoke && u->at != 0 && strcmp(u->unit, v->unit) == 0 && (u->before > COUNTS_NOT) != (u->counts > COUNTS_NOT))
                        return true;
        }
        return false;
}

/* The row of a key as others read it. */
static bool peer_write(const struct judging *j, const struct key *k)
{
        const struct word *last = NULL, *revoke = NULL;
        struct db *db = j->w->db;

        for (size_t i = k->first; i < k->first + k->count; i++) {
                const struct word *v = j->held[i];

                if (v->counts == COUNTS_NOT)
                        continue;
                if (!v->is_revoke) {
                        last = v;
                        revoke = NULL;
                } else if (revoke == NULL) {
                        revoke = v; /* revoked from the earliest after the enrolment on */
                }
        }
        if (!db_exec(db, "DELETE FROM peer WHERE key = $1", ARGS(v_text(k->hex))))
                return false;
        if (last == NULL && revoke == NULL)
                return true;
        return db_exec(db, "INSERT INTO peer (key, unit, since, revoked_at, successor, entry) VALUES ($1, $2, $3, $4, $5, $6)",
                       ARGS(v_text(k->hex), v_text((last != NULL ? last : revoke)->unit), v_int(last != NULL ? last->at : 0),
                            v_int(revoke != NULL ? revoke->at : 0), v_text(revoke != NULL ? revoke->successor : ""),
                            v_int((last != NULL ? last : revoke)->entry)));
}

/* Where an entry by which another key takes the place of one counts for the first time, what it says of the end of that one; NULL: it does not, or did so before. */
static const struct word *first_end(const struct judging *j, const struct word *v)
{
        const struct word *end = NULL, *first = v, *last = j->words + j->count;

        while (first > j->words && first[-1].said == v->said)
                first--;
        for (const struct word *u = first; u < last && u->said == v->said; u++) {
                if (u->entry != v->entry)
                        continue;
                if (u->before > COUNTS_NOT)
                        return NULL;
                if (u->successor[0] != '\0' && u->part == 0)
                        end = u;
        }
        return end;
}

/* Of an entry none of whose events counts: it is evidence only. Otherwise, where it names a key that takes the place of another, the other's streams go on:
 * also where it has been here for long and what makes it count has just come. */
static bool settle(const struct judging *j, const struct word *v)
{
        struct work *w = j->w;
        struct error why = { .language = w->err.language };
        const struct word *end;

        if (db_number(w->db, "SELECT MAX(counts) FROM trust_event WHERE entry = $1", ARGS(v_int(v->entry)), 0) > 0) {
                end = first_end(j, v);
                return db_exec(w->db, "DELETE FROM ledger_set_aside WHERE entry = $1", ARGS(v_int(v->entry))) &&
                       (end == NULL || (heads_go_on(w, end->key->hex) && branches_note(w, v->entry)));
        }
        if (is_corrected(v))
                error_set(&why, ERR_CONFLICT, "its node has enrolled the key for another unit than %s since: this one was wrong", v->unit);
        else
                error_set(&why, ERR_DENIED, "its node does not stand above unit %s", v->unit);
        return work_ok(w) && set_aside(w, v->entry, false, &why);
}

static void write_all(struct judging *j)
{
        struct work *w = j->w;
        struct node *n = w->node;

        for (size_t i = 0; i < j->count && work_ok(w); i++)
                if (j->words[i].counts != j->words[i].before)
                        db_exec(w->db, "UPDATE trust_event SET counts = $3 WHERE entry = $1 AND part = $2",
                                ARGS(v_int(j->words[i].entry), v_int(j->words[i].part), v_int(j->words[i].counts)));
        for (size_t i = 0; i < j->count && work_ok(w); i++)
                if (j->words[i].counts != j->words[i].before)
                        settle(j, &j->words[i]);
        read_newest(j);
        for (size_t i = 0; i < j->count && node_schema(n)->is_same_unit != NULL; i++)
                n->must_replay = n->must_replay || changes_passed_on(&j->words[i], j);
        for (size_t i = 0; i < j->key_count && work_ok(w); i++)
                if (j->keys[i].has_changed) {
                        n->must_replay = n->must_replay || changes_entries(j, &j->keys[i]);
                        peer_write(j, &j->keys[i]);
                }
}

static bool judge(struct work *w, void *all)
{
        struct judging j = { .w = w, .key_by_hex = map_in(w->arena), .texts = map_in(w->arena), .by_unit = map_in(w->arena),
                             .by_from = map_in(w->arena) };

        read_words(&j);
        read_successions(&j);
        if (!work_ok(w))
                return false;
        for (size_t i = 0; i < j.count; i++) {
                struct word *v = &j.words[i];

                v->is_root = v->key->events > 1 || v->key->words > 0;
                v->counts = v->is_root ? COUNTS_NOT : counted(v);
        }
        tree_make(&j);
        judge_roots(&j);
        judge_others(&j, *(bool *)all);
        write_all(&j);
        return work_ok(w);
}

static bool judge_now(struct work *w, bool all)
{
        bool ok = run_in_scratch(w, judge, &all);

        if (w->node->epoch != 0)
                epoch_begin(w->node);
        return ok;
}

bool trust_judge(struct work *w)
{
        if (!work_ok(w) || !w->node->has_unjudged)
                return work_ok(w);
        w->node->has_unjudged = false;
        return judge_now(w, false);
}

bool trust_judge_between(struct work *w)
{
        if (w->node->has_unjudged && w->node->judged_between >= w->node->judge_between_most)
                return work_ok(w);
        w->node->judged_between += w->node->has_unjudged;
        return trust_judge(w);
}

void trust_unsettle(struct work *w)
{
        w->node->must_replay = true;
}

bool trust_again(struct work *w)
{
        return work_ok(w) && judge_now(w, true); /* what an apply function does may be taken back: has_unjudged stays */
}
