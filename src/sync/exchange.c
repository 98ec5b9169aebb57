/* exchange.c - what both ends of an exchange do with streams. */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "catalogue/catalogue.h"
#include "ledger/place.h"
#include "ledger/run.h"
#include "ledger/write.h"
#include "ledger/trust.h"
#include "sync/sync_private.h"

/* What a node may read, asked of many streams: those of its unit's own territory, and of those it has taken over. Another node's that has ended by
 * a succession: what it might read before, though its code may be that of a larger unit now. */
struct territory {
        const struct peer *node;
        stamp ended;                  /* by a succession; 0: it has not */
        bool is_code_given;           /* it has, and another unit goes on under its code */
        bool is_filled;               /* with the rest, once it is asked for */
        const struct catalogue *catalogue;
        day on;                       /* today, or the last day before its key ended */
        const struct unit *had, *now; /* which unit it has, and which one its code means */
        const char *const *taken, *const *back; /* units taken over; taken over once, and given back */
        const struct peer *peers;     /* once it is asked which keys were its own */
        size_t peer_count;
};

static bool territory_fill(struct work *w, struct territory *t)
{
        const char *key = t->node->key, *unit = t->node->unit;
        stamp now = ledger_next_stamp(w);

        t->ended = key == NULL ? 0 : trust_succeeded(w, key);
        t->catalogue = catalogue_of(w);
        if (t->catalogue == NULL)
                return false;
        t->on = t->ended != 0 ? day_of_moment(stamp_moment(t->ended)) - 1 : day_of_moment(w->now);
        t->had = catalogue_had(w, t->catalogue, unit, trust_tenure(w, key), t->on);
        t->now = unit_last(t->catalogue, unit, t->on);
        if (t->ended == 0) {
                t->taken = trust_taken_over(w, unit, now);
                t->back = trust_given_back(w, unit, now);
        } else {
                t->is_code_given = trust_code_goes_on(w, unit, t->ended) || unit_last(t->catalogue, unit, day_of_moment(w->now)) != t->now;
        }
        return t->is_filled = work_ok(w);
}

static bool is_in_one(struct work *w, const struct territory *t, const char *audience, const struct unit *u, const char *const *units)
{
        for (; units != NULL && *units != NULL; units++)
                if (strcmp(audience, *units) == 0 || (u != NULL && catalogue_is_had(w, t->catalogue, u, *units, TENURE_ANY, t->on)))
                        return true;
        return false;
}

static const char *successor_of(const struct territory *t, const char *key)
{
        for (size_t i = 0; i < t->peer_count; i++)
                if (strcmp(t->peers[i].key, key) == 0)
                        return t->peers[i].successor;
        return NULL;
}

/* Whether the node has written a stream itself, under its key or a former one: it may always have that, wherever it was addressed. */
static bool is_its_own(struct work *w, struct territory *t, const char *writer)
{
        const char *key = t->node->key;

        if (writer == NULL || key == NULL)
                return false;
        if (strcmp(writer, key) == 0)
                return true;
        if (strcmp(key, node_key(w->node)) == 0)
                return node_is_own(w->node, writer);
        if (t->peers == NULL) { /* those that another key has followed, few among all */
                struct peer *list = trust_list(w, &t->peer_count);
                size_t kept = 0;

                for (size_t i = 0; i < t->peer_count; i++)
                        if (list[i].successor != NULL)
                                list[kept++] = list[i];
                t->peers = list;
                t->peer_count = kept;
        }
        for (size_t steps = 0; writer != NULL && strcmp(writer, key) != 0; steps++)
                writer = steps > t->peer_count ? NULL : successor_of(t, writer);
        return writer != NULL;
}

/* Whether a stream that bears the node's own code is of the unit that the node has. Its code may be that of a larger unit by now: what a node of that one
 * writes is not, nor, once the node's key has ended by the takeover, what anybody addresses to that code. */
static bool is_of_its_unit(struct work *w, struct territory *t, const char *writer)
{
        const char *key = t->node->key, *unit = t->node->unit;
        const struct unit *theirs;
        const struct peer *p;
        stamp ended;

        if (writer == NULL || key == NULL)
                return true;
        p = trust_last(w, writer, &ended);
        if (!work_ok(w) || (!t->is_filled && !territory_fill(w, t)))
                return false;
        if (p == NULL || strcmp(p->unit, unit) != 0)
                return !t->is_code_given;
        if (t->is_code_given && (ended == 0 || ended > t->ended))
                return false;
        theirs = catalogue_had(w, t->catalogue, unit, p->tenure, t->on);
        return theirs == NULL || catalogue_is_had(w, t->catalogue, theirs, unit, trust_tenure(w, key), t->on);
}

/* writer: whose stream it is, not the node's own; NULL: asked of the audience alone. */
static bool is_addressed(struct work *w, struct territory *t, const char *writer, const char *audience)
{
        const char *unit = t->node->unit;
        const struct unit *u;

        if (strcmp(audience, AUDIENCE_ALL) == 0 || strcmp(unit, "VN") == 0)
                return true;
        if (strcmp(audience, unit) == 0)
                return is_of_its_unit(w, t, writer);
        if (strcmp(audience, "VN") == 0 || (!t->is_filled && !territory_fill(w, t)))
                return false;
        u = unit_last(t->catalogue, audience, t->on);
        /* The list of units may still say that a unit has merged into another where the ministry has undone that. */
        return is_in_one(w, t, audience, u, t->taken) ||
               (u != NULL && t->had != NULL && !is_in_one(w, t, audience, u, t->back) && unit_is_of(t->catalogue, u, t->had, t->now, t->on));
}

static bool territory_has(struct work *w, struct territory *t, const char *writer, const char *audience)
{
        return strcmp(audience, AUDIENCE_LOCAL) != 0 && (is_addressed(w, t, writer, audience) || is_its_own(w, t, writer));
}

static struct peer own_node(const struct work *w)
{
        return (struct peer){ .key = node_key(w->node), .unit = node_unit(w->node) };
}

bool sync_may_read(struct work *w, const struct peer *reader, const char *audience)
{
        struct territory t = { .node = reader };

        return territory_has(w, &t, NULL, audience);
}

bool sync_may_keep(struct work *w, const char *writer, const char *audience)
{
        const struct peer own = own_node(w);
        struct territory t = { .node = &own };

        return territory_has(w, &t, writer, audience);
}

/* Whether both sides count a stream: the reader may have it, and so may this node still. What that may no longer read (a succession was undone) it keeps, and
 * passes on to nobody but who wrote it. Nor does it pass on a public stream that was taken for the key it named and is nobody's by what counts now (that
 * key had ended): it is evidence here, and all others would pass over it. */
static bool is_shared(struct work *w, struct territory *reader, struct territory *ours, const struct stream_state *s)
{
        if (s->is_strange && !node_is_own(w->node, s->node))
                return is_its_own(w, reader, s->node);
        return territory_has(w, reader, s->node, s->audience) && (territory_has(w, ours, s->node, s->audience) || is_its_own(w, reader, s->node));
}

int64_t scope_total(struct work *w, const struct peer *reader, const struct stream_state *streams, size_t count)
{
        const struct peer own = own_node(w);
        struct territory theirs = { .node = reader }, ours = { .node = &own };
        int64_t total = 0;

        for (size_t i = 0; i < count && work_ok(w); i++)
                if (streams[i].seq > 0 && is_shared(w, &theirs, &ours, &streams[i]))
                        total += streams[i].seq;
        return total;
}

bool sync_may_pass_on(struct work *w, const struct peer *p, const char *writer, const char *audience)
{
        struct territory theirs = { .node = p };

        if (!territory_has(w, &theirs, writer, audience))
                return false;
        return strcmp(node_unit(w->node), "VN") == 0 || sync_may_keep(w, writer, audience) || is_its_own(w, &theirs, writer);
}

bool scope_of(struct work *w, const struct peer *reader, struct scope *s)
{
        unsigned char digest[HASH_BYTES];
        const struct peer own = own_node(w);
        struct territory theirs = { .node = reader }, ours = { .node = &own };
        struct stream_state *all;
        struct buf text;
        size_t count;

        *s = (struct scope){ .count = 0 };
        all = ledger_streams(w, &count);
        s->streams = all;
        buf_init_with(&text, 0, w->arena);
        for (size_t i = 0; i < count && work_ok(w); i++) {
                if (all[i].seq == 0 || !is_shared(w, &theirs, &ours, &all[i]))
                        continue;
                buf_print(&text, "%s %lld %s\n", all[i].name, (long long)all[i].seq, all[i].shows_fork ? "forked" : all[i].hash);
                s->total += all[i].seq;
                s->streams[s->count++] = all[i];
        }
        if (work_ok(w) && !buf_ok(&text))
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        ledger_digest(text.data == NULL ? "" : text.data, text.length, digest);
        hex_write(s->digest, digest, sizeof digest);
        buf_clear(&text);
        return work_ok(w);
}

int stream_turns(struct work *w)
{
        size_t count;

        node_formers(w->node, &count);
        return (int)count + 1;
}

int stream_turn(struct work *w, const char *stream)
{
        size_t count, i = 0;
        const struct former *formers = node_formers(w->node, &count);

        if (strcmp(stream + KEY_HEX, AUDIENCE_ALL) != 0)
                return (int)count + 1;
        while (i < count && strncmp(stream, formers[i].key, KEY_HEX - 1) != 0)
                i++;
        return (int)i + (i == count && strncmp(stream, node_key(w->node), KEY_HEX - 1) != 0);
}

struct writing {
        struct line_writer *lines;
        const char *stream;
        int64_t *budget, stop_at, last;
        int64_t sealed, seal_at; /* the last seal written, and the next that is to travel with its entry; seqs */
        size_t unsealed;         /* bytes since the last seal */
};

/* The seal of the entries up to seq, once. */
static bool write_seal(struct work *w, struct writing *x, int64_t seq)
{
        int64_t sealed = 0;
        char *line = ledger_seal_line(w, x->stream, seq, &sealed);

        if (line == NULL || sealed != seq)
                return work_ok(w) && error_set(&w->err, ERR_DAMAGED, "the newest entries of stream %s bear no seal", x->stream);
        x->sealed = seq;
        x->unsealed = 0;
        return lines_put(x->lines, line, strlen(line));
}

/* False stops: an error, or the piece is full. */
static bool write_line(struct work *w, const struct stored_line *line, void *context)
{
        const struct ledger_schema *schema = node_schema(w->node);
        struct writing *x = context;

        if (!lines_put(x->lines, line->bytes, line->length))
                return false;
        x->last = line->seq;
        *x->budget -= (int64_t)line->length + 1;
        x->unsealed += line->length + 1;
        if ((schema->keeps_seal != NULL && schema->keeps_seal(line->kind)) ||
            (x->unsealed >= SEAL_SENT_BYTES && x->seal_at < line->seq))
                ledger_seal_line(w, x->stream, line->seq, &x->seal_at);
        if (x->seal_at == line->seq && !write_seal(w, x, line->seq))
                return false;
        if (*x->budget <= 0 && x->stop_at == 0 && ledger_seal_line(w, x->stream, line->seq, &x->stop_at) == NULL)
                return work_ok(w) && error_set(&w->err, ERR_DAMAGED, "the newest entries of stream %s bear no seal",
                                               x->stream);
        return work_ok(w) && x->last != x->stop_at;
}

#define ENTRIES_AT_ONCE 500

bool stream_write(struct work *w, struct line_writer *lines, const char *stream, int64_t after, int64_t *budget,
                  int64_t *last)
{
        struct writing x = { .lines = lines, .stream = stream, .budget = budget, .last = after };
        int64_t before;

        do {
                before = x.last;
                if (!ledger_lines_after(w, stream, x.last, ENTRIES_AT_ONCE, write_line, &x))
                        return false;
        } while (x.last > before && (x.stop_at == 0 || x.last < x.stop_at));
        *last = x.last;
        return x.last == after || x.sealed == x.last || write_seal(w, &x, x.last);
}

bool others_write(struct work *w, struct line_writer *lines, const char *stream)
{
        size_t length = 0;
        const char *at = ledger_fork_lines(w, stream, &length), *end;

        for (; length > 0 && (end = memchr(at, '\n', length)) != NULL; length -= (size_t)(end - at) + 1, at = end + 1)
                if (!lines_put(lines, at, (size_t)(end - at)))
                        return false;
        return work_ok(w);
}

bool fork_write(struct work *w, struct line_writer *lines, const struct stream_state *s)
{
        int64_t budget = 1, last;

        return stream_write(w, lines, s->name, s->fork_seq - 1, &budget, &last) && others_write(w, lines, s->name);
}

/* Take in lines up to the first seal after so many milliseconds. is_proved: they come from who is named at their head. A stream that is refused for its
 * times alone is passed over, and noted. *is_over: that was all. */
static bool take_for(struct work *w, struct line_reader *lines, bool is_proved, struct refusal *refusal, int64_t ms, int64_t *at_once, struct received *count,
                     bool *is_over)
{
        struct receiver *r = receive_open(w, sync_may_keep);
        int64_t begun = steady_now();
        const char *line;
        size_t length;

        if (r == NULL)
                return false;
        receive_sender(r, lines_node(lines), is_proved);
        receive_by_stream(r, refusal);
        if (at_once != NULL)
                receive_may_follow(r, at_once);
        while ((*is_over = !lines_next(lines, &line, &length)) == false) {
                const struct entry *e = lines_entry(lines);
                bool is_seal = length >= 8 && memcmp(line, "{\"seal\":", 8) == 0;

                if (!(e != NULL ? receive_entry(r, e, lines_memory(lines)) : receive_line(r, line, length)))
                        return false;
                lines_done(lines);
                if (is_seal && steady_now() - begun >= ms)
                        break;
        }
        return work_ok(w) && receive_close(r, count);
}

static bool is_from(struct work *w, const struct line_reader *lines, const char *sender)
{
        return sender == NULL || strcmp(sender, lines_node(lines)) == 0 ||
               error_set(&w->err, ERR_DENIED, "the stream of entries says that another node wrote it");
}

bool refusal_tell(struct work *w, const struct refusal *f, struct received *count)
{
        if (f->why.code == ERR_NONE)
                return true;
        memcpy(count->refused, f->stream, sizeof count->refused);
        w->err = f->why;
        return false;
}

struct taking {
        struct line_reader *lines;
        bool is_proved;
        struct refusal *refusal;
        struct received *count;
};

static bool take_whole(struct work *w, void *argument)
{
        const struct taking *t = argument;
        bool is_over;

        return take_for(w, t->lines, t->is_proved, t->refusal, INT64_MAX, NULL, t->count, &is_over);
}

/* One run: what is put off is written once for all that came. */
bool lines_take(struct work *w, struct line_reader *lines, const char *sender, struct refusal *refusal, struct received *count)
{
        struct taking t = { lines, sender != NULL, refusal, count };
        bool ok = is_from(w, lines, sender) && lines_read_ahead(lines) && ledger_run(w, take_whole, &t);

        lines_stay(lines);
        return ok;
}

struct part {
        struct line_reader *lines;
        struct refusal refusal;
        struct received got;
        int64_t ms;
        int64_t at_once; /* bytes that are still placed when they come */
        bool is_over;
};

static bool take_part(struct work *w, void *argument)
{
        struct part *p = argument;

        return take_for(w, p->lines, true, &p->refusal, p->ms, &p->at_once, &p->got, &p->is_over);
}

static void add_received(struct received *sum, const struct received *more)
{
        sum->entries_new += more->entries_new;
        sum->entries_known += more->entries_known;
        sum->entries_waiting += more->entries_waiting;
        sum->entries_following += more->entries_following;
        sum->entries_refused += more->entries_refused;
        sum->entries_passed += more->entries_passed;
        sum->forks += more->forks;
        sum->bytes += more->bytes;
}

bool lines_take_in_parts(struct work *w, struct line_reader *lines, const char *sender, int64_t ms, bool is_unsynced, struct received *count)
{
        struct part p = { .lines = lines, .ms = ms };
        bool ok;

        /* What comes while much is left to place goes behind it at once. */
        if (node_unplaced(w->node) == 0 && node_may_place(w->node))
                p.at_once = sync_setting(w->node, "place_at_once_bytes", PLACE_AT_ONCE_BYTES, 0, INT64_MAX);

        *count = (struct received){ .bytes = 0 };
        lines_limit(lines, PIECE_UNPACKED_MAX);
        ok = is_from(w, lines, sender) && lines_read_ahead(lines);
        while (ok && !p.is_over) {
                p.got = (struct received){ .bytes = 0 };
                ok = (is_unsynced ? ledger_write_unsynced : ledger_write_behind)(w, take_part, &p);
                if (ok)
                        add_received(count, &p.got);
        }
        lines_stay(lines);
        if (!ok) /* for what is wrong with this stream, and no other */
                memcpy(count->refused, p.refusal.stream, sizeof count->refused);
        return ok && refusal_tell(w, &p.refusal, count);
}

void request_text(struct buf *out, const char *to, const char *address, const char *at, const char *body_hash)
{
        buf_print(out, "caunoi request 2\n%s\n%s\n%s\n%s\n", to, address, at, body_hash);
}

void stranger_note(struct strangers *s, const char *key, const char *unit, int64_t entries)
{
        struct stranger *last = s->count == 0 ? NULL : &s->list[s->count - 1];

        s->entries += entries;
        if (last != NULL && strcmp(last->key, key) == 0) {
                last->entries += entries;
        } else if (s->count < STRANGERS_LISTED) {
                last = &s->list[s->count++];
                *last = (struct stranger){ .entries = entries };
                memcpy(last->key, key, KEY_HEX);
                if (unit != NULL && strlen(unit) < sizeof last->unit)
                        strcpy(last->unit, unit);
        }
}

bool aside_count(struct work *w, int64_t after, struct received *in)
{
        const char *sql = "SELECT COUNT(*) FROM ledger_set_aside WHERE entry > $1 AND is_waiting = $2";

        in->entries_waiting = db_number(w->db, sql, ARGS(v_int(after), v_int(1)), 0);
        in->entries_refused = db_number(w->db, sql, ARGS(v_int(after), v_int(0)), 0);
        return work_ok(w);
}

bool arrived_read(struct work *w, int64_t after, struct arrived *a)
{
        const char *names[ARRIVED_LISTED];

        *a = (struct arrived){ .count = 0 };
        if (!figures_arrived(w, after, &a->figures, &a->contests, names, ARRIVED_LISTED))
                return false;
        while (a->count < ARRIVED_LISTED && (int64_t)a->count < a->contests) {
                a->first[a->count] = contest_read(w, names[a->count], ARRIVED_CELLS);
                if (a->first[a->count++] == NULL)
                        return false;
        }
        return true;
}
