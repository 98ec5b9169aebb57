/* round.c - the asking end: one complete exchange with another node. */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "format/jsonr.h"
#include "format/jsonw.h"
#include "ledger/place.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "sync/sync_private.h"

#define WANTS_MOST 10000       /* streams asked for at once */
#define ROUNDS_MAX 100000
#define LEFT_OUT_MOST 16        /* streams that may be refused in one round, before nothing more is asked for */
#define AHEAD_MOST ((size_t)2 << 20) /* bytes of an answer: beside a larger one (of very large entries) the next is not held in memory as well */

/* ---- one round ------------------------------------------------------------------------------------ */

struct round {
        struct work *w;
        struct http *h;
        const char *url, *unit; /* unit: the other's, as it was enrolled here */
        struct counterpart *peer;
        struct exchanged *x;
        struct round_end *end;
        json_t *theirs;         /* stream -> seq */
        json_t *hashes;         /* stream -> hash of its newest entry there: streams that one of us has written */
        json_t *forks;          /* streams whose fork it can prove -> where that is; NULL: its program is older and says nothing of them */
        json_t *units;          /* key of a node above the other -> its unit; NULL: its program is older and does not say */
        json_t *rotated;        /* key -> the key that has taken its place */
        json_t *left_out;       /* streams that were refused here: not asked for again */
        struct error refused;   /* why the first was; told at the end, when all the rest has been exchanged */
        json_t *looked_at;      /* of these, the ones that have been dealt with */
        json_t *suspects;       /* streams that have forked -> place up to which both were found the same */
        const char *digest;     /* of what the other holds for us */
        char ours[HASH_HEX];    /* of what we hold for the other */
        int64_t taken;          /* entries that were new to the other */
        int64_t total;          /* of what we hold for the other */
        bool is_dry_run;
        bool is_last;           /* the next may be days away */
        int64_t piece;          /* bytes that are asked for at once */
        struct ahead *ahead;    /* fetches the next piece while one is taken in; NULL: nobody does */
        bool has_asked_ahead, ahead_fails; /* it was asked; it was once asked for what nobody wanted then */
        bool may_guess;         /* nothing that both may have is held here yet: what could not be believed so far may be asked for ahead, once; */
        bool is_guess;          /* as it was */
        int wait;
        const atomic_bool *is_stopping;
};

/* Who is to blame where no request failed: what came was refused here; or else we could not even look. */
static bool is_refused(const struct error *e)
{
        return e->code == ERR_INVALID || e->code == ERR_DENIED || e->code == ERR_TOO_BIG || e->code == ERR_DAMAGED;
}

bool node_look(struct work *w)
{
        if (w->is_writing)
                return true;
        w->db = node_reader(w->node, &w->err);
        if (w->db == NULL)
                return false;
        db_attach_error(w->db, &w->err);
        return db_begin(w->db);
}

void node_look_away(struct work *w)
{
        if (w->db == NULL || w->is_writing)
                return;
        db_rollback(w->db);
        db_attach_error(w->db, NULL);
        w->db = NULL;
}


static int compare_name(const void *name, const void *state)
{
        return strcmp(name, ((const struct stream_state *)state)->name);
}

/* Whether this node writes the stream, under the key it has now. */
static bool is_ours(struct work *w, const char *stream)
{
        return strlen(stream) > KEY_HEX && strncmp(stream, node_key(w->node), KEY_HEX - 1) == 0;
}

/* Streams that are not the same where both hold them have forked; of ours, those of which the other holds more may have: then
 * we lack what we wrote, and write nothing before it is back. */
static bool suspect(struct round *r)
{
        struct work *w = r->w;
        const char *stream;
        char hash[HASH_HEX];
        struct stream_state *ours;
        bool is_behind = false;
        size_t count;
        json_t *told;

        r->suspects = json_held(w->arena, json_object());
        if (!node_look(w))
                return false;
        ours = ledger_streams(w, &count);
        json_object_foreach(r->hashes, stream, told)
        {
                int64_t seq = json_integer_value(json_object_get(r->theirs, stream));

                is_behind |= seq > 0 && is_ours(w, stream) && bsearch(stream, ours, count, sizeof *ours, compare_name) == NULL;
                for (size_t i = 0; i < count; i++) {
                        if (strcmp(ours[i].name, stream) != 0 || seq < 1 || ours[i].seq < 1 || ours[i].is_stopped) /* where it forked is known */
                                continue;
                        if (ours[i].seq < seq) {
                                is_behind |= strcmp(ours[i].node, node_key(w->node)) == 0;
                                if (node_is_own(w->node, ours[i].node) && !ledger_branch_is_known(w, stream))
                                        json_object_set_new(r->suspects, stream, json_integer(-1));
                        } else if (json_is_string(told) && ledger_hash_at(w, stream, seq, hash) &&
                                   strcmp(hash, json_string_value(told)) != 0 && !ledger_branch_is_known(w, stream)) {
                                json_object_set_new(r->suspects, stream, json_integer(0));
                        }
                }
        }
        node_look_away(w);
        if (!work_ok(w)) /* then nobody knows what is here */
                return false;
        if (is_behind)
                node_note_behind(w->node, true);
        return true;
}

/* What the other may have of us, now. */
static bool look_at_ours(struct round *r, struct scope *s)
{
        bool ok = node_look(r->w) && scope_of(r->w, &(struct peer){ .key = r->peer->key, .unit = r->unit }, s);

        node_look_away(r->w);
        return ok;
}

/* Tell what we hold for the other, and ask where its streams stand. */
static bool tell_position(struct round *r, int wait, struct scope *s)
{
        struct work *w = r->w;
        int64_t both = link_shared(w->node, r->peer->key);
        const char *address;

        if (!look_at_ours(r, s))
                return false;
        address = arena_print(w->arena, POSITIONS_ADDRESS, s->digest, (long long)s->total, wait);
        memcpy(r->ours, s->digest, sizeof r->ours);
        if (wait > 0 && r->peer->seen[0] != '\0' && strcmp(r->peer->ours, s->digest) == 0)
                address = arena_print(w->arena, "%s" POSITIONS_SEEN, address, r->peer->seen);
        if (both >= 0 && both < s->total)
                address = arena_print(w->arena, "%s" POSITIONS_BOTH, address, (long long)both);
        r->total = s->total;
        return http_ask(w, r->h, r->url, address, NULL, NULL, 0, wait, ANSWER_MAX);
}

/* Ask where the other's streams stand. *is_same: nothing is to be done. */
static bool ask_positions(struct round *r, int wait, bool *is_same)
{
        struct work *w = r->w;
        const char *node, *digest, *stream;
        json_t *json, *seq;
        int64_t theirs, shared;
        struct scope s;

        r->digest = NULL;
        r->end->theirs = r->end->shared = -1;
        if (!tell_position(r, wait, &s))
                return false;
        *is_same = r->h->status == 204;
        if (*is_same) {
                r->end->theirs = r->end->shared = r->total;
                return true;
        }
        json = http_json(w, r->h);
        if (json == NULL)
                return false;
        node = json_string_value(json_object_get(json, "node"));
        digest = json_string_value(json_object_get(json, "digest"));
        r->theirs = json_object_get(json, "positions");
        if (node == NULL || strcmp(node, r->peer->key) != 0 || digest == NULL || strlen(digest) != HASH_HEX - 1 ||
            !json_is_object(r->theirs))
                return bad_answer(w);
        theirs = -r->taken; /* what has moved is added when the round ends */
        shared = -r->taken - r->x->in.entries_new;
        json_object_foreach(r->theirs, stream, seq)
        {
                if (!json_is_integer(seq) || json_integer_value(seq) < 0 || json_integer_value(seq) > SEQ_MOST ||
                    strlen(stream) < KEY_HEX + 1)
                        return bad_answer(w);
                theirs += json_integer_value(seq);
        }
        for (size_t i = 0; i < s.count; i++) {
                int64_t there = json_integer_value(json_object_get(r->theirs, s.streams[i].name));

                shared += there < s.streams[i].seq ? there : s.streams[i].seq;
        }
        r->end->theirs = theirs;
        r->end->shared = shared;
        r->digest = digest;
        r->hashes = json_object_get(json, "hashes");
        r->units = json_object_get(json, "units");
        r->rotated = json_object_get(json, "rotated");
        r->forks = json_object_get(json, "forks");
        return json_is_object(r->hashes) ? suspect(r) : bad_answer(w);
}

/* What would come in. */
struct trial {
        struct line_reader *lines;
        const char *sender;
        struct received got;
        bool is_taken;
};

static bool try_reply(struct work *w, void *argument)
{
        struct trial *t = argument;

        struct refusal refusal = { .stream = "" };

        t->is_taken = lines_take(w, t->lines, t->sender, &refusal, &t->got) && refusal_tell(w, &refusal, &t->got);
        return false; /* rolls it back */
}

/* Ask for entries after places, as the body wants says; the answer is for take_reply. */
static bool ask_entries(struct round *r, const struct buf *wants)
{
        return http_ask(r->w, r->h, r->url, "/ledger/entries", "application/json", wants->data, wants->length, 0, REPLY_MAX);
}

/* got: also where it fails, what was taken all the same. */
static bool take_reply(struct round *r, bool is_dry_run, struct received *got)
{
        struct work *w = r->w;
        struct trial t = { .sender = r->h->to };
        bool ok;

        t.lines = lines_open(w, -1, r->h->reply.data, r->h->reply.length);
        if (t.lines != NULL)
                lines_give_back(t.lines, &r->h->reply);
        if (t.lines == NULL) {
                ok = false;
        } else if (w->is_writing || is_dry_run) { /* a rehearsal of all, or a trial of this */
                lines_limit(t.lines, PIECE_UNPACKED_MAX);
                if (w->is_writing)
                        try_reply(w, &t);
                else
                        ledger_write_behind(w, try_reply, &t);
                ok = t.is_taken && work_ok(w);
                *got = t.got;
        } else {
                ok = lines_take_in_parts(w, t.lines, t.sender, r->is_last ? PART_ALONE_MS : PART_MS, r->is_last, got);
        }
        return ok || error_while(&w->err, "taking in entries from %s", r->url);
}

static bool take_one_after(struct round *r, const char *stream, int64_t seq, bool is_dry_run, struct received *got)
{
        struct buf wants;
        bool ok;

        buf_init_with(&wants, 0, r->w->arena);
        buf_print(&wants, "{\"want\":{\"%s\":%lld}}", stream, (long long)seq);
        ok = (buf_ok(&wants) || error_set(&r->w->err, ERR_ENVIRONMENT, "the machine has no memory left")) &&
             ask_entries(r, &wants) && take_reply(r, is_dry_run, got);
        buf_clear(&wants);
        return ok;
}

/* Where what came was refused here, that is told when all the rest has been exchanged. False: the round cannot go on. */
static bool go_on_without(struct round *r)
{
        struct error *err = &r->w->err;

        if (r->h->ending != ENDED_WELL || !is_refused(err))
                return false;
        if (r->refused.code == ERR_NONE)
                r->refused = *err;
        error_clear(err);
        return true;
}

/* A stream that was refused stops itself: the others are asked for without it. In a rehearsal only where the rest of what came with it was taken. */
static bool leave_out(struct round *r, const char *stream)
{
        if (stream[0] == '\0' || json_object_size(r->left_out) == LEFT_OUT_MOST || json_object_get(r->left_out, stream) != NULL || !go_on_without(r))
                return false; /* it may also give what it was not asked for */
        return json_object_set_new(r->left_out, stream, json_true()) == 0 ||
               error_set(&r->w->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

/* How a stream stands here; NULL where it is none. */
static const struct stream_state *state_of(struct work *w, const char *stream)
{
        struct stream_state *list;
        size_t count;

        if (!node_look(w))
                return NULL;
        list = ledger_streams(w, &count);
        node_look_away(w);
        return work_ok(w) ? bsearch(stream, list, count, sizeof *list, compare_name) : NULL;
}

/* What the other shall see of a stream that has forked. */
static bool show_fork(struct round *r, const struct stream_state *s)
{
        struct work *w = r->w;
        struct line_writer *lines;
        struct buf body;
        bool ok;

        if (!node_look(w))
                return false;
        buf_init_with(&body, REPLY_MAX, r->w->arena);
        lines = lines_begin(w, &body, r->unit);
        ok = lines != NULL && fork_write(w, lines, s) && lines_end(lines);
        node_look_away(w);
        ok = ok && (http_ask(w, r->h, r->url, "/ledger/push", "application/zstd", body.data, body.length, 0, ANSWER_MAX) ||
                    error_while(&w->err, "sending entries to %s", r->url));
        buf_clear(&body);
        if (ok && r->forks != NULL)
                json_object_set_new(r->forks, s->name, json_integer(s->fork_seq)); /* it knows now */
        return ok;
}

/* One step of finding where a stream has forked: the first entry that differs, so that it is clear what only one side holds.
 * Both sides get the other's entries from there on, under their seal: a hash alone proves nothing. */
static bool compare_piece(struct round *r, bool *is_done)
{
        struct work *w = r->w;
        void *first = json_object_iter(r->suspects);
        const struct stream_state *ours;
        struct received got = { 0 };
        const char *stream;
        int64_t place, held;

        *is_done = first == NULL;
        if (first == NULL)
                return true;
        stream = arena_text(w->arena, json_object_iter_key(first));
        place = json_integer_value(json_object_iter_value(first));
        ours = state_of(w, stream);
        if (!work_ok(w))
                return false;
        held = ours == NULL ? 0 : ours->seq;
        if (place < 0) { /* is our newest one of theirs? Then they only hold more. */
                if (!take_one_after(r, stream, held - 1, true, &got))
                        return false;
                if (got.forks == 0)
                        json_object_del(r->suspects, stream);
                else
                        json_object_set_new(r->suspects, stream, json_integer(0));
                return true;
        }
        if (!take_one_after(r, stream, place, r->is_dry_run, &got))
                return false;
        r->x->in.forks += got.forks;
        if (got.forks == 0 && got.entries_known > 0 && place + got.entries_known < held)
                return json_object_set_new(r->suspects, stream, json_integer(place + got.entries_known)) == 0 ||
                       error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        json_object_del(r->suspects, stream);
        if (got.forks == 0)
                return true;
        if (r->is_dry_run) /* it does not stop: no more of it is asked for, nor given */
                return json_object_set_new(r->theirs, stream, json_integer(held)) == 0 ||
                       error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        ours = state_of(w, stream);
        return work_ok(w) && (ours == NULL || show_fork(r, ours));
}

/* ---- forks that one of the two has seen ---- */

/* Whether a new key has taken the place of a stream's, as this node or the other knows: then the fork is mended, and nothing of it is shown. */
static bool is_mended(struct round *r, const char *stream)
{
        const char *key = arena_copy(r->w->arena, stream, KEY_HEX - 1);
        const struct peer *p = trust_find(r->w, key);

        return (p != NULL && p->successor != NULL) || json_object_get(r->rotated, key) != NULL ||
               (node_is_own(r->w->node, key) && strcmp(key, node_key(r->w->node)) != 0);
}

/* Where the other holds our own branch of it, a new key need not write that again. */
static bool note_branch(struct round *r, const char *stream)
{
        const char *told = json_string_value(json_object_get(r->hashes, stream));
        int64_t seq = json_integer_value(json_object_get(r->theirs, stream));
        char hash[HASH_HEX];
        bool is_same;

        if (told == NULL || !is_ours(r->w, stream))
                return true;
        if (!node_look(r->w))
                return false;
        is_same = ledger_hash_at(r->w, stream, seq, hash) && strcmp(hash, told) == 0;
        node_look_away(r->w);
        return work_ok(r->w) && (!is_same || ledger_fork_kept(r->w, stream, seq));
}

/* The other says that a stream has forked: it must prove that. Then it stops here as well. */
static bool see_fork(struct round *r, const char *stream)
{
        struct work *w = r->w;
        struct received got = { 0 };
        struct buf wants;
        bool ok;

        buf_init_with(&wants, 0, w->arena);
        buf_print(&wants, "{\"want\":{},\"fork\":\"%s\"}", stream);
        ok = (buf_ok(&wants) || error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left")) && ask_entries(r, &wants) &&
             take_reply(r, r->is_dry_run, &got);
        buf_clear(&wants);
        if (!ok)
                return false;
        r->x->in.forks += got.forks;
        r->x->in.entries_new += r->is_dry_run ? 0 : got.entries_new;
        if (got.forks > 0)
                return r->is_dry_run || note_branch(r, stream);
        return got.entries_new + got.entries_known + got.entries_passed == 0 || /* it has been mended since */
               error_set(&w->err, ERR_INVALID, "the other node says that stream %.12s…%s has forked, and what it shows does not prove that",
                         stream, stream + KEY_HEX - 1);
}

/* Whether this node can tell by the proof of a fork: it holds the entry before, and no rotation has mended it. */
static bool can_judge(struct round *r, const struct stream_state *ours, int64_t fork_seq)
{
        return ours != NULL && !ours->is_stopped && fork_seq > 0 && ours->seq >= fork_seq - 1 && sync_may_keep(r->w, ours->node, ours->audience) &&
               trust_find(r->w, ours->node) != NULL && !is_mended(r, ours->name);
}

/* The next stream that the other says has forked, and that was not looked at; NULL where there is none. */
static const char *next_fork(struct round *r)
{
        struct work *w = r->w;
        const char *stream, *next = NULL;
        struct stream_state *ours;
        json_t *seq;
        size_t count;

        if (json_object_size(r->looked_at) == json_object_size(r->forks) || !node_look(w))
                return NULL;
        ours = ledger_streams(w, &count);
        json_object_foreach(r->forks, stream, seq)
        {
                if (json_object_get(r->looked_at, stream) != NULL)
                        continue;
                json_object_set_new(r->looked_at, stream, json_true());
                if (json_is_integer(seq) && can_judge(r, bsearch(stream, ours, count, sizeof *ours, compare_name), json_integer_value(seq))) {
                        next = stream;
                        break;
                }
        }
        node_look_away(w);
        return next;
}

/* What one of the two has seen of forks the other sees too. One stream at a time; *is_done: there is no more. */
static bool fork_piece(struct round *r, bool *is_done)
{
        struct work *w = r->w;
        const char *stream = next_fork(r);
        struct scope s;

        *is_done = stream == NULL;
        if (!work_ok(w))
                return false;
        if (stream != NULL)
                return see_fork(r, stream);
        if (r->forks == NULL || r->is_dry_run)
                return true;
        if (!look_at_ours(r, &s))
                return false;
        for (size_t i = 0; i < s.count; i++) {
                const struct stream_state *k = &s.streams[i];
                bool is_news = k->shows_fork && json_object_get(r->forks, k->name) == NULL &&
                               json_integer_value(json_object_get(r->theirs, k->name)) >= k->fork_seq - 1;

                if (!is_news)
                        continue;
                if (!node_look(w))
                        return false;
                is_news = !is_mended(r, k->name);
                node_look_away(w);
                if (!work_ok(w))
                        return false;
                if (is_news) {
                        *is_done = false;
                        return show_fork(r, k);
                }
        }
        return true;
}

/* Of a node that somebody enrolled; or the public stream of a key that has taken the place of such a one, which proves it. */
static bool is_believable(struct round *r, const char *stream)
{
        const char *key = arena_copy(r->w->arena, stream, KEY_HEX - 1), *old;
        json_t *successor;

        if (trust_find(r->w, key) != NULL)
                return true;
        if (strcmp(stream + KEY_HEX, AUDIENCE_ALL) == 0)
                json_object_foreach(r->rotated, old, successor)
                        if (json_is_string(successor) && strcmp(json_string_value(successor), key) == 0 &&
                            trust_find(r->w, old) != NULL)
                                return true;
        return false;
}

/* What the other holds for us of nodes that we do not know, now that all it could prove has come. */
static bool count_strangers(struct round *r)
{
        struct work *w = r->w;
        struct strangers *s = &r->x->strangers;
        const char *stream;
        json_t *seq;

        *s = (struct strangers){ .is_told = true };
        if (!node_look(w))
                return false;
        for (int is_told = 1; is_told >= 0; is_told--)
                json_object_foreach(r->theirs, stream, seq)
                {
                        const char *key = arena_copy(w->arena, stream, KEY_HEX - 1);
                        const char *unit = json_string_value(json_object_get(r->units, key));

                        if ((unit != NULL) == is_told && json_integer_value(seq) > 0 && !node_is_own(w->node, key) &&
                            !is_believable(r, stream) && sync_may_keep(w, key, stream + KEY_HEX))
                                stranger_note(s, key, unit, json_integer_value(seq));
                }
        node_look_away(w);
        r->x->in.entries_passed += s->entries;
        return work_ok(w);
}

/* Up to where an answer that ended for its size gave a stream; -1: nothing of it. */
static int64_t given(const char *gave, const char *stream)
{
        size_t length = strlen(stream);

        for (const char *at = gave; (at = strstr(at, stream)) != NULL; at += length) /* one name may begin another */
                if ((at == gave || at[-1] == ',') && at[length] == ' ')
                        return strtoll(at + length + 1, NULL, 10);
        return -1;
}

/* The body of a question for at most so many bytes of what they have and we lack; *wants: of how many streams. gave: what an answer that is not
 * taken in yet brings (GAVE), or ""; NULL: it brings all we asked for, and says whom to believe besides. */
static bool write_wants(struct round *r, const char *gave, int64_t most, struct buf *body, size_t *wants)
{
        struct work *w = r->w;
        struct stream_state *ours;
        const char *stream;
        struct jsonw j;
        json_t *seq;
        size_t count;

        *wants = 0;
        if (!node_look(w))
                return false;
        ours = ledger_streams(w, &count);
        buf_reset(body);
        jsonw_init(&j, body);
        jsonw_object(&j);
        jsonw_name(&j, "want");
        jsonw_object(&j);
        json_object_foreach(r->theirs, stream, seq)
        {
                const struct stream_state *held = bsearch(stream, ours, count, sizeof *ours, compare_name);
                int64_t have = held == NULL ? 0 : held->seq, more = gave == NULL ? -1 : given(gave, stream);

                if (w->is_writing) /* what a rehearsal has taken so far */
                        have = db_number(w->db,
                                         "SELECT MAX(e.seq) FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream WHERE s.name = $1",
                                         ARGS(v_text(stream)), 0);
                if (more > have)
                        have = more;
                if (have >= json_integer_value(seq) || (held != NULL && held->is_stopped) || json_object_get(r->left_out, stream) != NULL ||
                    !sync_may_keep(w, arena_copy(w->arena, stream, KEY_HEX - 1), stream + KEY_HEX) || is_believable(r, stream) != (gave != NULL))
                        continue;
                jsonw_member_int(&j, stream, have);
                if (++*wants == WANTS_MOST)
                        break; /* the others next time */
        }
        jsonw_end(&j);
        if (most < PULL_BYTES)
                jsonw_member_int(&j, "most", most);
        jsonw_end(&j);
        node_look_away(w);
        return work_ok(w) && (buf_ok(body) || error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left"));
}

/* What is asked for before the answer that has come is taken in; *more: of how many streams. In a first exchange the last answer of what could be
 * believed says of most others who they are: those are asked for with a first, small piece, once. */
static bool want_ahead(struct round *r, struct buf *next, size_t *more)
{
        bool guesses = r->h->gave[0] == '\0';

        *more = 0;
        if (r->ahead == NULL || r->ahead_fails || r->h->reply.length > AHEAD_MOST || (guesses && !r->may_guess))
                return true;
        if (guesses) {
                r->may_guess = false;
                r->is_guess = true;
                r->piece = FIRST_PIECE_BYTES;
        }
        return write_wants(r, guesses ? NULL : r->h->gave, r->piece, next, more);
}

/* One piece of what they have and we lack; the next is fetched while it is taken in. The first is small, so that little time passes before there is
 * something to take in; also that of what nobody could ask for before, as the one before brought who writes it. *is_done: there is no more. */
static bool pull_piece(struct round *r, bool *is_done)
{
        struct received got = { 0 };
        struct buf body, next;
        size_t wants, more = 0;
        bool ok;

        if (r->ahead != NULL && !r->has_asked_ahead && !r->ahead_fails)
                r->piece = FIRST_PIECE_BYTES;
        buf_init_with(&body, 0, r->w->arena);
        buf_init_with(&next, 0, r->w->arena);
        ok = write_wants(r, "", r->piece, &body, &wants);
        *is_done = wants == 0;
        if (ok && wants > 0) {
                bool is_here = r->ahead != NULL && ahead_take(r->ahead, &body, r->h);

                r->ahead_fails |= r->has_asked_ahead && !is_here && !r->is_guess; /* what one brings changes what is wanted: not worth it */
                r->has_asked_ahead = r->is_guess = false;
                r->piece = PULL_BYTES;
                ok = (is_here || ask_entries(r, &body)) && want_ahead(r, &next, &more);
                if (ok && more > 0) {
                        ahead_ask(r->ahead, &next);
                        r->has_asked_ahead = true;
                }
                ok = ok && (take_reply(r, false, &got) || leave_out(r, got.refused));
        }
        buf_clear(&body);
        buf_clear(&next);
        if (!ok || wants == 0)
                return ok;
        r->x->in.entries_new += got.entries_new;
        r->x->in.entries_known += got.entries_known;
        r->x->in.entries_waiting += got.entries_waiting;
        r->x->in.entries_following += got.entries_following;
        r->x->in.entries_refused += got.entries_refused;
        r->x->in.entries_passed += got.entries_passed;
        r->x->in.forks += got.forks;
        *is_done = got.entries_new == 0 && got.refused[0] == '\0'; /* nothing moved: do not ask for ever */
        return true;
}

/* What the other says has become of what it was sent: never of more than that. A program that has no such number says none. */
static bool add_told(struct work *w, const json_t *answer, const char *name, int64_t sent, int64_t *sum)
{
        const json_t *told = json_object_get(answer, name);

        if (told != NULL && (!json_is_integer(told) || json_integer_value(told) < 0 || json_integer_value(told) > sent))
                return bad_answer(w);
        *sum += json_integer_value(told);
        return true;
}

/* One piece of what we have and they lack. */
static bool push_piece(struct round *r, bool *is_done)
{
        struct work *w = r->w;
        int64_t budget = PULL_BYTES, before = r->x->entries_out, passed_before = r->x->passed_there;
        struct line_writer *lines;
        struct buf body;
        struct scope s;
        int64_t last, others = 0; /* entries that others wrote */
        bool ok;

        if (!node_look(w))
                return false;
        buf_init_with(&body, REPLY_MAX, r->w->arena);
        ok = scope_of(w, &(struct peer){ .key = r->peer->key, .unit = r->unit }, &s);
        lines = ok ? lines_begin(w, &body, r->unit) : NULL;
        for (int turn = 0; turn <= stream_turns(w); turn++)
                for (size_t i = 0; ok && lines != NULL && i < s.count && budget > 0; i++) {
                        const struct stream_state *k = &s.streams[i];
                        int64_t have = json_integer_value(json_object_get(r->theirs, k->name));

                        if (have >= k->seq || k->is_stopped || stream_turn(w, k->name) != turn)
                                continue;
                        ok = stream_write(w, lines, k->name, have, &budget, &last);
                        if (ok) {
                                r->x->entries_out += last - have;
                                others += node_is_own(w->node, k->node) ? 0 : last - have;
                                json_object_set_new(r->theirs, k->name, json_integer(last));
                        }
                }
        ok = ok && lines != NULL && lines_end(lines);
        node_look_away(w);
        *is_done = r->x->entries_out == before;
        if (ok && !*is_done && !r->is_dry_run) {
                int64_t sent = r->x->entries_out - before;
                json_t *answer = NULL;

                ok = (http_ask(w, r->h, r->url, "/ledger/push", "application/zstd", body.data, body.length, 0, ANSWER_MAX) &&
                      (answer = http_json(w, r->h)) != NULL && add_told(w, answer, "new", sent, &r->taken) &&
                      add_told(w, answer, "forks", sent, &r->x->in.forks) && add_told(w, answer, "passed", sent, &r->x->passed_there)) ||
                     error_while(&w->err, "sending entries to %s", r->url);
                if (ok && r->x->passed_there - passed_before > others)
                        r->x->own_passed += r->x->passed_there - passed_before - others;
        }
        buf_clear(&body);
        return ok;
}

struct piece {
        struct round *round;
        bool (*exchange)(struct round *, bool *);
        bool is_done;
};

static bool run_piece(struct work *w, void *argument)
{
        struct piece *p = argument;

        (void)w;
        return p->exchange(p->round, &p->is_done);
}

static void close_arena(void *arena)
{
        arena_close(arena);
}

/* Pieces until there are no more. What one took of memory is given back before the next. */
static bool pieces(struct round *r, bool (*exchange)(struct round *, bool *))
{
        struct work *w = r->w, inner = *w;
        struct piece p = { .round = r, .exchange = exchange };
        bool ok = true;

        inner.arena = arena_open(WORK_MEMORY_USUAL);
        if (inner.arena == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        arena_on_free(w->arena, close_arena, inner.arena);
        r->w = &inner;
        if (w->is_writing)
                db_attach_error(w->db, &inner.err);
        for (int i = 0; ok && !p.is_done && i < ROUNDS_MAX; i++) {
                ok = work_run(&inner, run_piece, &p);
                node_look_away(&inner);
                arena_reset(inner.arena);
        }
        r->w = w;
        w->err = inner.err;
        if (w->is_writing)
                db_attach_error(w->db, &w->err);
        return ok;
}

/* A dry run's pull: everything is taken in one job, looked at and taken back with the job. */
static bool rehearse(struct work *w, void *argument)
{
        struct round *r = argument;

        if (pieces(r, pull_piece) && ledger_judge_again(w) && count_strangers(r) && aside_count(w, node_position(w->node), &r->x->in))
                arrived_read(w, node_position(w->node), &r->x->arrived);
        return false;
}

static bool pull_ahead(struct work *w, void *round)
{
        struct round *r = round;

        r->ahead = ahead_open(w, r->h, r->url);
        return r->ahead != NULL && pieces(r, pull_piece);
}

/* Where memory ends meanwhile this is an error like others: threads that run beside end here in any case. */
static bool pull(struct round *r)
{
        if (!r->is_dry_run) {
                struct expected *catalogue = r->is_last ? catalogue_expect(r->w) : NULL; /* who stays has it at hand */
                bool ok = work_run(r->w, pull_ahead, r);

                ahead_close(r->ahead, r->h);
                r->ahead = NULL;
                catalogue_expect_end(catalogue);
                return ok && count_strangers(r) && (!r->is_last || ledger_sync(r->w)); /* from here on both rely on what came */
        }
        return ledger_write(r->w, rehearse, r);
}

static bool look_at_forks(struct round *r)
{
        r->looked_at = json_held(r->w->arena, json_object());
        return pieces(r, fork_piece);
}

/* Whether all that the other holds of our own streams is here, but for those that have forked. */
static bool have_ours(struct round *r, bool *answer)
{
        struct work *w = r->w;
        struct stream_state *ours;
        const char *stream;
        size_t count;
        json_t *seq;

        if (!node_look(w))
                return false;
        ours = ledger_streams(w, &count);
        *answer = true;
        json_object_foreach(r->theirs, stream, seq)
        {
                const struct stream_state *held = bsearch(stream, ours, count, sizeof *ours, compare_name);

                if (is_ours(w, stream) && (held == NULL || (held->seq < json_integer_value(seq) && !held->is_stopped)))
                        *answer = json_integer_value(seq) == 0 && *answer;
        }
        node_look_away(w);
        return work_ok(w);
}

/* Where what the other held of our own streams is here now, we may write again. It must know one of them: a node that never
 * heard of us has nothing to give back. */
static bool note_caught_up(struct round *r, bool is_same)
{
        struct work *w = r->w;
        bool is_known_there = is_same, is_whole = true;
        const char *stream;
        json_t *hash;

        if (!is_same && !have_ours(r, &is_whole))
                return false;
        if (!is_whole) {
                log_line(LOG_WARNING, "sync", "%s holds entries of this node that it did not give back", r->url);
                return true;
        }

        if (!is_same)
                json_object_foreach(r->hashes, stream, hash)
                        is_known_there |= strlen(stream) > KEY_HEX &&
                                          node_is_own(w->node, arena_copy(w->arena, stream, KEY_HEX - 1));
        node_note_behind(w->node, false);
        if (!is_known_there || !node_is_restored(w->node))
                return true;
        if (!node_look(w))
                return false;
        is_whole = node_heard(w, r->peer->key);
        node_look_away(w);
        return is_whole;
}

/* Who goes away now asks for positions once more, so that the other learns that all it gave has come: it would show a backlog until the
 * next time. What it answers is for then: nobody reads it. Where it could not be told the exchange has gone through all the same. */
static void tell_what_came(const struct round *r)
{
        struct round last = *r;
        struct scope s;

        if (tell_position(&last, 0, &s))
                return;
        log_line(LOG_WARNING, "sync", "%s was not told that all has come: %s", r->url, r->w->err.message);
        error_clear(&r->w->err);
}

/* Nothing moved though the digests differ (a stream that is stopped, a node only one of us knows): asking at once again would not end, so the
 * other side may wait until something changes there. Where something came here meanwhile (somebody wrote, which another round has brought up, or
 * a node below sent it), the difference may have been that, and the next round is as good as any. */
static bool end_fruitless(struct round *r)
{
        struct scope now;

        r->peer->seen[0] = '\0';
        if (!look_at_ours(r, &now))
                return false;
        if (strcmp(now.digest, r->ours) != 0)
                return true;
        r->end->how = ENDED_FRUITLESS;
        memcpy(r->peer->seen, r->digest, HASH_HEX);
        memcpy(r->peer->ours, r->ours, HASH_HEX);
        return true;
}

/* Who did not know whose place a key of this node has taken passed over what the one before had written, which comes first, and knows now: that is
 * sent once more. What is passed over even so stands there as another node wrote it. */
static bool push(struct round *r)
{
        int64_t passed;
        bool is_same;

        if (!pieces(r, push_piece))
                return false;
        passed = r->x->own_passed;
        if (passed == 0 || r->taken == 0)
                return true;
        r->x->own_passed = 0;
        r->x->passed_there -= passed;
        r->x->entries_out -= passed;
        return ask_positions(r, 0, &is_same) && pieces(r, push_piece); /* nothing, where all is there by another way */
}

/* After a round that broke off: what of it nobody here knows is counted by itself (exchanged.strangers), as after one that went through. */
static bool part_from_strangers(struct work *w, void *argument)
{
        struct round *r = argument;

        if (!r->x->strangers.is_told && !count_strangers(r))
                return false;
        r->end->theirs -= r->x->strangers.entries;
        return work_ok(w);
}

static bool run_round(struct work *w, void *argument)
{
        struct round *r = argument;
        bool is_same = false;

        r->left_out = json_held(w->arena, json_object());
        r->h = http_open(w, r->is_stopping);
        if (r->h == NULL || !http_meet(w, r->h, r->url, r->peer, &r->unit) || !ask_positions(r, r->wait, &is_same))
                return false;
        r->may_guess = r->total == 0;
        if (!is_same && !r->peer->gives_only &&
            !((pieces(r, compare_piece) && pull(r) && look_at_forks(r)) || go_on_without(r)))
                return false;
        if (!is_same && !push(r))
                return false;
        r->end->has_given = true;
        if (!r->is_dry_run && !r->peer->gives_only && !note_caught_up(r, is_same))
                return false;
        if (is_same)
                return true;
        if (r->refused.code == ERR_NONE && r->x->in.entries_new + r->taken == 0)
                return end_fruitless(r);
        r->peer->seen[0] = '\0';
        if (r->is_last && r->x->in.entries_new > 0)
                tell_what_came(r);
        if (r->refused.code != ERR_NONE)
                w->err = r->refused;
        return work_ok(w);
}

bool sync_round(struct work *w, const char *url, int wait, bool is_dry_run, struct exchanged *x, struct round_end *end,
                struct counterpart *peer, const atomic_bool *is_stopping)
{
        struct round r = { .w = w, .url = url, .x = x, .end = end, .peer = peer, .is_dry_run = is_dry_run, .wait = wait, .piece = FIRST_PIECE_BYTES,
                           .is_last = !is_dry_run && is_stopping == NULL, .is_stopping = is_stopping };
        bool ok;

        *end = (struct round_end){ .theirs = -1, .shared = -1 };

        *x = (struct exchanged){ .entries_out = 0 };
        ok = work_run(w, run_round, &r);
        node_look_away(w);
        if (r.h != NULL) {
                x->bytes_in = r.h->bytes_in;
                x->bytes_out = r.h->bytes_out;
                x->wants_files = r.h->wants_files;
        }
        if (ok && !peer->gives_only) { /* what could be given is given */
                end->theirs = end->shared = r.total + x->in.entries_new - x->passed_there;
        } else if (end->theirs >= 0) { /* it holds what was not taken here */
                struct error why = w->err;

                error_clear(&w->err);
                end->theirs += r.taken;
                end->shared += r.taken + x->in.entries_new;
                if (r.digest != NULL && !work_run(w, part_from_strangers, &r))
                        end->theirs = end->shared = -1; /* nobody knows */
                node_look_away(w);
                w->err = why;
        }
        if (!ok) {
                peer->seen[0] = '\0';
                end->how = r.h != NULL && r.h->ending != ENDED_WELL ? r.h->ending : is_refused(&w->err) ? ENDED_REFUSED : ENDED_UNREACHED;
                end->again_seconds = r.h != NULL ? r.h->again_seconds : 0;
        }
        return ok;
}

static bool place_rest(struct work *w, struct exchanged *x)
{
        int64_t begun = steady_now();
        bool ok = ledger_place(w);

        x->placing_ms = steady_now() - begun;
        return ok;
}

/* What is known of the link, for the pages of the node once it is served, and for who restores it from a backup. */
static bool note_met(struct work *w, const char *url, const struct counterpart *peer, const struct round_end *end, const struct exchanged *x)
{
        bool ok = node_look(w) && links_load(w);

        node_look_away(w);
        if (!ok)
                return false;
        link_met(w->node, peer->key, url, end, x);
        return links_save(w);
}

bool sync_with(struct work *w, const char *url, bool is_dry_run, struct exchanged *x)
{
        struct counterpart peer = { .key = "" };
        int64_t position = node_position(w->node);
        struct error refused;
        struct round_end end;
        bool ok;

        node_let_place(w->node, false); /* what comes is safe first: who gives it need not wait */
        ok = sync_round(w, url, 0, is_dry_run, x, &end, &peer, NULL);
        node_let_place(w->node, true);
        x->is_partial = !ok && end.how == ENDED_REFUSED && end.has_given;
        if (is_dry_run || !(ok || x->is_partial))
                return ok;
        refused = w->err;
        error_clear(&w->err);
        ok = (x->in.entries_following == 0 || place_rest(w, x)) && note_met(w, url, &peer, &end, x) && node_look(w) &&
             arrived_read(w, position, &x->arrived) && aside_count(w, position, &x->in);
        node_look_away(w);
        ok = ok && files_once(w, url, x->wants_files, &x->files_in, &x->files_out);
        if (ok && x->is_partial)
                w->err = refused;
        return work_ok(w);
}
