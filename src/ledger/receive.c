#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "ledger/ledger_private.h"

struct pending {
        struct pending *next;
        struct entry *entry; /* its body is not read yet */
};

struct receiver {
        struct work *w;
        bool (*may_keep)(struct work *, const char *, const char *);
        struct received count;
        struct arena *line;      /* of the seal being read */
        struct arena *waiting;   /* of the line being read, and the entries that wait for their seal */
        struct arena *taking;    /* of each of those that is taken in */
        char stream[STREAM_NAME_MAX]; /* of the run being collected; "" for none */
        struct head *head;       /* its head here */
        struct pending *first, **last;
        size_t pending_bytes;
        int64_t seq;             /* of the last line collected */
        stamp at;
        char hash[HASH_HEX];
        const char *sender;      /* key of the node that sent the batch, or NULL */
        bool is_from_above;      /* the sender has proved who it is, and its unit is above ours */
        moment most_ahead;       /* of our clock a stamp of that stream may be */
        bool is_skipped;         /* the stream is stopped, or nobody knows its node: its lines are passed over */
        bool is_ahead;           /* its times are too far in the future: what follows of it is left out */
        struct refusal *refusal; /* NULL: what is wrong with one stream refuses the batch */
        int64_t fork;            /* seq of the first entry of ours that is contradicted; 0 none */
        struct buf others;       /* the lines that do so */
        int64_t same_seq;        /* of the stream, up to where what came is what we hold; 0 nothing */
        int64_t branch_seq;      /* from there on only the branch whose entry has this hash goes on, as its node's new key says; 0: nobody says so */
        char branch_hash[HASH_HEX];
        int64_t fork_before;     /* where the stream was seen to fork before, which has stopped it; 0 nowhere */
        struct noted *noted;     /* entries that are to be placed later and not written yet */
        int64_t first_id;        /* of the entries of this batch */
        int64_t *at_once;        /* entries may be placed later once so many bytes were placed at once; NULL: they may not */
};

/* What was collected is taken or dropped. */
static void forget_pending(struct receiver *r)
{
        r->first = NULL;
        r->last = &r->first;
        r->pending_bytes = 0;
        arena_reset(r->waiting);
}

struct receiver *receive_open(struct work *w, bool (*may_keep)(struct work *, const char *, const char *))
{
        struct receiver *r = arena_alloc(w->arena, sizeof *r);

        r->w = w;
        r->may_keep = may_keep;
        r->first_id = w->node->next_id;
        r->line = work_scratch(w, WORK_MEMORY_USUAL);
        r->waiting = work_scratch(w, WORK_MEMORY_USUAL);
        r->taking = work_scratch(w, WORK_MEMORY_USUAL);
        r->noted = arena_alloc(w->arena, sizeof *r->noted);
        if (!work_ok(w))
                return NULL;
        forget_pending(r);
        buf_init_with(&r->others, FORK_SHOWN_MAX, w->arena);
        return r;
}

/* Whether ours lies in the territory of that node's unit, and is another. */
static bool is_above(struct work *w, const char *key)
{
        const struct ledger_schema *schema = node_schema(w->node);
        const struct peer *p = trust_find(w, key);

        return p != NULL && strcmp(p->unit, node_unit(w->node)) != 0 && schema->is_within != NULL &&
               schema->is_within(w, node_unit(w->node), p->unit, trust_tenure(w, p->key), day_of_moment(moment_now()));
}

void receive_sender(struct receiver *r, const char *key, bool is_proved)
{
        r->sender = arena_text(r->w->arena, key);
        r->is_from_above = is_proved && is_above(r->w, key);
}

void receive_by_stream(struct receiver *r, struct refusal *refusal)
{
        r->refusal = refusal;
}

void receive_may_follow(struct receiver *r, int64_t *at_once)
{
        r->at_once = at_once;
}

static bool refuse(struct receiver *r, enum error_code code, const char *why)
{
        error_say(&r->w->err, code, why);
        if (r->stream[0] != '\0')
                error_while(&r->w->err, "stream %.12s…%s, entry %lld", r->stream, r->stream + KEY_HEX - 1,
                            (long long)r->seq);
        if (r->refusal != NULL)
                memcpy(r->refusal->stream, r->stream, sizeof r->stream);
        return false;
}

/* Its time may come, and nothing else that was sent is at fault. */
static bool refuse_future(struct receiver *r)
{
        struct error *err = &r->w->err;
        struct refusal *f = r->refusal, first;

        if (f != NULL)
                first = *f;
        refuse(r, ERR_INVALID, N_("its clock is far in the future"));
        error_hint(err, "its node has to set its clock right, and then to go on under a new key: caunoi key NODE --rotate, there");
        if (f == NULL)
                return false;
        f->why = *err;
        if (first.why.code != ERR_NONE)
                *f = first;
        error_clear(err);
        forget_pending(r);
        return r->is_ahead = true;
}

/* The first entry of a key that says, with the signature of one we know, that it takes that one's place. */
static bool is_introduced(struct receiver *r, const struct entry *head)
{
        struct error err = { .language = LANGUAGE_EN };
        const char *old, *signature;
        bool is_known = false;
        struct entry *e;

        if (head->seq != 1 || strcmp(head->kind, "node.former") != 0 || strcmp(head->audience, AUDIENCE_ALL) != 0)
                return false;
        e = entry_parse(r->line, head->bytes, head->length, &err); /* the body too */
        old = e == NULL ? NULL : json_string_value(json_object_get(e->body, "key"));
        signature = e == NULL ? NULL : json_string_value(json_object_get(e->body, "signature"));
        if (old != NULL && signature != NULL && trust_is_introduced(old, e->node, signature))
                trust_covers(r->w, old, e->at, &is_known);
        return is_known;
}

static bool read_branch(struct receiver *r)
{
        struct rows *rows = db_query(r->w->db, "SELECT seq, hash FROM ledger_branch WHERE stream = $1", ARGS(v_text(r->stream)));

        r->branch_seq = 0;
        if (rows_next(rows)) {
                r->branch_seq = rows_int(rows, 0);
                snprintf(r->branch_hash, sizeof r->branch_hash, "%s", rows_text(rows, 1));
        }
        rows_close(rows);
        return work_ok(r->w);
}

/* Whether an entry lies in a branch that does not go on. */
static bool is_left(const struct receiver *r, const struct entry *e)
{
        char hash[HASH_HEX];

        if (r->branch_seq == 0 || e->seq != r->branch_seq)
                return r->branch_seq != 0 && e->seq == r->branch_seq + 1 && strcmp(e->prev, r->branch_hash) != 0;
        hex_write(hash, e->hash, HASH_BYTES);
        return strcmp(hash, r->branch_hash) != 0;
}

/* A stream may only be taken from a node somebody enrolled, and only in our territory. */
static bool open_stream(struct receiver *r, const struct entry *e)
{
        struct work *w = r->w;
        bool is_known;

        arena_reset(r->line);
        r->is_skipped = r->is_ahead = false;
        r->fork = r->fork_before = r->same_seq = 0;
        memcpy(r->stream, e->stream, strlen(e->stream) + 1); /* its length was checked */
        r->seq = e->seq;
        if (strcmp(e->audience, AUDIENCE_LOCAL) == 0)
                return refuse(r, ERR_DENIED, N_("local entries never leave their node"));
        if (!trust_judge_between(w)) /* the streams before may have said who wrote this one */
                return false;
        trust_covers(w, e->node, e->at, &is_known);
        if (!work_ok(w))
                return false;
        is_known = is_known || is_introduced(r, e);
        if (!is_known && r->sender != NULL && strcmp(r->sender, e->node) != 0) {
                /* The sender trusts it, we do not (yet). Nothing else that it sent may suffer from that. */
                r->is_skipped = true;
                return true;
        }
        if (!is_known)
                return refuse(r, ERR_DENIED, N_("nobody enrolled the node that wrote this")) ||
                       error_hint(&w->err, "ask the unit for the key of its node; where it is this one, enrol it: caunoi trust %s %s --unit CODE", node_folder(w->node), e->node);
        if (r->may_keep != NULL && !r->may_keep(w, e->node, e->audience))
                return work_ok(w) && refuse(r, ERR_DENIED, N_("this stream is outside the territory of this node"));
        r->head = head_get(w, r->stream);
        if (r->head == NULL)
                return false;
        r->seq = r->head->now.seq;
        r->at = r->head->now.at;
        memcpy(r->hash, r->head->now.hash, HASH_HEX);
        r->most_ahead = r->is_from_above || is_above(w, e->node) ? STAMP_MAX_AHEAD_MS : STAMP_MAX_AHEAD_BELOW_MS;
        if (!read_branch(r))
                return false;
        r->is_skipped = r->head->now.is_stopped;
        if (r->is_skipped)
                r->fork_before = db_number(w->db, "SELECT fork_seq FROM ledger_stream WHERE id = $1", ARGS(v_int(r->head->id)), 0);
        return work_ok(w);
}

/* Whether we hold another entry than the one with that hash at a place. */
static bool holds_other(struct receiver *r, int64_t seq, const char *hash)
{
        char ours[HASH_HEX];

        return seq > 0 && seq <= r->head->now.seq && ledger_hash_at(r->w, r->stream, seq, ours) && strcmp(ours, hash) != 0;
}

static void note_other(struct receiver *r, const char *line, size_t length)
{
        buf_put(&r->others, line, length);
        buf_char(&r->others, '\n');
}

/* All of what contradicts ours is kept, so no more of it may come without a seal than of other entries. */
static bool others_fit(struct receiver *r)
{
        if (r->others.is_starved)
                return error_set(&r->w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        return (buf_ok(&r->others) && r->others.length <= UNSEALED_MAX) || refuse(r, ERR_TOO_BIG, N_("too many bytes without a seal"));
}

/* An entry that contradicts what we hold: where it follows another one than ours, that one does already. It counts only once
 * its node's seal stands under it: a line alone could be anybody's. */
static bool begin_fork(struct receiver *r, const struct entry *e)
{
        r->is_skipped = false;
        buf_clear(&r->others);
        note_other(r, e->bytes, e->length);
        r->fork = holds_other(r, e->seq - 1, e->prev) ? e->seq - 1 : e->seq;
        if (r->branch_seq > 0 && r->fork >= r->branch_seq) { /* it is known which of the two goes on */
                r->fork = 0;
                r->is_skipped = true;
                r->count.entries_passed++;
        }
        r->seq = e->seq;
        r->at = e->at;
        hex_write(r->hash, e->hash, HASH_BYTES);
        return work_ok(r->w);
}

/* A stream that has forked is passed over, but for what shows that it did so earlier than was seen. */
static bool pass_over(struct receiver *r, const struct entry *e)
{
        char hash[HASH_HEX];

        r->count.entries_passed++;
        hex_write(hash, e->hash, HASH_BYTES);
        if ((e->seq - 1 < r->fork_before && holds_other(r, e->seq - 1, e->prev)) ||
            (e->seq < r->fork_before && holds_other(r, e->seq, hash)))
                return begin_fork(r, e);
        return work_ok(r->w);
}

/* The entry follows the one before it in the batch. */
static bool follows(struct receiver *r, const struct entry *e)
{
        if (e->seq != r->seq + 1)
                return refuse(r, ERR_INVALID, N_("an entry is missing before the next one"));
        r->seq = e->seq;
        if (strcmp(e->prev, r->hash) != 0)
                return refuse(r, ERR_INVALID, N_("the chain is broken: it does not name the entry before it"));
        if (e->at <= r->at) /* a node that dates back could make what it writes count as before a revocation */
                return refuse(r, ERR_INVALID, N_("its time is not after that of the entry before it"));
        r->at = e->at;
        hex_write(r->hash, e->hash, HASH_BYTES);
        return true;
}

/* An entry we should have already: the same, or a fork. */
static bool compare_known(struct receiver *r, const struct entry *e)
{
        struct work *w = r->w;
        struct rows *rows = db_query(w->db, "SELECT hash FROM ledger_entry WHERE stream = $1 AND seq = $2",
                                     ARGS(v_int(r->head->id), v_int(e->seq)));
        bool is_same = false, is_there = false;
        size_t length;

        if (rows_next(rows)) {
                const void *hash = rows_bytes(rows, 0, &length);

                is_there = true;
                is_same = length == HASH_BYTES && memcmp(hash, e->hash, HASH_BYTES) == 0;
        }
        rows_close(rows);
        if (!work_ok(w))
                return false;
        if (!is_there)
                return refuse(r, ERR_DAMAGED, N_("this node lacks an entry it has counted"));
        r->count.entries_known += is_same;
        if (is_same)
                r->same_seq = e->seq;
        return is_same || begin_fork(r, e);
}

/* The line, for as long as entries wait: what is very long stands in memory of its own and stays there. */
static const char *line_kept(struct receiver *r, const char *line, size_t length, char **memory)
{
        char *own = memory == NULL ? NULL : *memory;

        if (own == NULL)
                return arena_copy(r->waiting, line, length);
        *memory = NULL;
        arena_on_free(r->waiting, free, own);
        return line;
}

/* The line may have been read: then its entry is copied. */
static bool collect(struct receiver *r, const char *line, size_t length, const struct entry *is_read, char **memory)
{
        struct work *w = r->w;
        struct pending *p;
        struct entry *e;

        if (r->first == NULL)
                forget_pending(r); /* memory of the line before */
        e = is_read != NULL ? entry_copy(r->waiting, is_read) : entry_head(r->waiting, line, length, &w->err);
        if (e == NULL)
                return error_while(&w->err, "after entry %lld of stream \"%.12s\"", (long long)r->seq, r->stream);
        if (strcmp(e->stream, r->stream) != 0) {
                forget_pending(r); /* also this one */
                e = is_read != NULL ? entry_copy(r->waiting, is_read) : entry_head(r->waiting, line, length, &w->err);
                if (e == NULL || !open_stream(r, e))
                        return false;
        }
        if (r->is_ahead)
                return true;
        if (!r->is_skipped && r->fork == 0 && is_left(r, e)) {
                forget_pending(r); /* also this one: what comes from others brings it again */
                r->is_skipped = true;
                r->count.entries_passed++;
                return true;
        }
        if (r->is_skipped)
                return pass_over(r, e);
        if (r->fork > 0) {
                note_other(r, e->bytes, e->length);
                return follows(r, e) && others_fit(r);
        }
        if (e->seq <= r->head->now.seq)
                return compare_known(r, e);
        if (r->first == NULL && e->seq > 1 && e->seq == r->seq + 1 && strcmp(e->prev, r->hash) != 0)
                return begin_fork(r, e); /* it follows another entry than our newest */
        if (!follows(r, e))
                return false;
        if (stamp_moment(e->at) > moment_now() + r->most_ahead)
                return refuse_future(r);
        r->pending_bytes += length + 1;
        if (r->pending_bytes > UNSEALED_MAX)
                return refuse(r, ERR_TOO_BIG, N_("too many bytes without a seal"));
        p = arena_alloc(r->waiting, sizeof *p);
        e->bytes = line_kept(r, line, length, memory);
        p->entry = e;
        *r->last = p;
        r->last = &p->next;
        return true;
}

struct take {
        struct receiver *r;
        const struct pending *p;
};

static bool take_one(struct work *w, void *argument)
{
        struct take *t = argument;
        struct entry *e = t->p->entry;
        struct receiver *r = t->r;
        struct head *h = r->head;
        /* What comes back of our own goes on under what we write next: at once. */
        enum storing how = r->at_once != NULL && *r->at_once <= 0 && !h->is_own ? STORE_FIRST : STORE_PLACED;
        bool follows = entry_will_follow(w, h, e, how);

        if (!entry_body_is_right(w->arena, e, &w->err))
                return error_while(&w->err, "after entry %lld of stream \"%.12s\"", (long long)h->now.seq, r->stream);
        if (!entry_store(w, h, e, how, r->noted))
                return false;
        r->count.entries_new++;
        if (follows) {
                r->count.entries_following++;
                return true;
        }
        if (r->at_once != NULL)
                *r->at_once -= (int64_t)e->length;
        r->count.entries_waiting +=
                db_number(w->db, "SELECT is_waiting FROM ledger_set_aside WHERE entry = $1", ARGS(v_int(e->id)), 0) == 1;
        return work_ok(w);
}

/* What stands under a seal, as one run: what is put off is written once for all of it. */
static bool take_all(struct work *w, void *argument)
{
        struct receiver *r = argument;

        for (const struct pending *p = r->first; p != NULL; p = p->next) {
                struct take t = { .r = r, .p = p };

                if (!run_in(w, r->taking, take_one, &t))
                        return false;
        }
        return noted_write(w, r->noted);
}

/* Whether a new key has taken the place of the stream's. */
static bool is_mended(struct receiver *r)
{
        const struct peer *p = trust_find(r->w, arena_copy(r->line, r->stream, KEY_HEX - 1));

        return p != NULL && p->successor != NULL;
}

/* Its node has signed two stories: the stream stops here, nothing else does. Where the sender holds what we hold, and only shows the other branch of what a
 * new key has mended, that is no news. */
static bool stop_stream(struct receiver *r, const char *seal, size_t length)
{
        struct fork f = { .seq = r->fork, .kept_seq = r->sender == NULL || node_is_own(r->w->node, r->sender) ? 0 : r->same_seq };

        r->is_skipped = true;
        if (r->same_seq >= r->fork && is_mended(r)) {
                r->fork = 0;
                return true;
        }
        if (!work_ok(r->w))
                return false;
        log_line(LOG_ALARM, "ledger", "fork: stream %s has two entries %lld; the other one's seal: %.*s", r->stream, (long long)r->fork,
                 (int)length, seal);
        note_other(r, seal, length);
        if (!buf_ok(&r->others))
                return error_set(&r->w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        f.lines = r->others.data;
        f.length = r->others.length;
        r->fork_before = r->fork;
        r->fork = 0;
        r->count.forks++;
        return head_stop(r->w, r->head, &f);
}

static bool take_seal(struct receiver *r, const char *line, size_t length)
{
        struct work *w = r->w;
        struct seal s;

        arena_reset(r->line);
        if (!seal_parse(r->line, line, length, &s, &w->err))
                return false;
        if (strcmp(s.stream, r->stream) != 0)
                return refuse(r, ERR_INVALID, N_("a seal stands under entries of another stream"));
        if (r->is_skipped || (r->first == NULL && r->fork == 0))
                return true; /* nothing new under it */
        if (s.seq != r->seq || strcmp(s.hash, r->hash) != 0 || s.at != r->at)
                return refuse(r, ERR_INVALID, N_("the seal does not belong to these entries"));
        if (!seal_is_genuine(&s, arena_copy(r->line, r->stream, KEY_HEX - 1)))
                return refuse(r, ERR_INVALID, N_("the seal's signature is false"));
        if (r->fork > 0)
                return stop_stream(r, line, length);
        if (r->first != NULL && r->at_once == NULL && !placing_finish(w, r->head))
                return false;
        if (r->first != NULL && !(ledger_deferred(w) != NULL ? take_all(w, r) : ledger_run(w, take_all, r)))
                return false;
        forget_pending(r);
        r->head->now.sealed_seq = s.seq;
        return db_exec(w->db, "INSERT INTO ledger_seal (stream, seq, line) VALUES ($1, $2, $3)",
                       ARGS(v_int(r->head->id), v_int(s.seq), v_text_n(line, length)));
}

bool receive_line(struct receiver *r, const char *line, size_t length)
{
        r->count.bytes += (int64_t)length + 1;
        if (length >= 8 && memcmp(line, "{\"seal\":", 8) == 0)
                return take_seal(r, line, length);
        return collect(r, line, length, NULL, NULL);
}

bool receive_entry(struct receiver *r, const struct entry *e, char **memory)
{
        r->count.bytes += (int64_t)e->length + 1;
        return collect(r, e->bytes, e->length, e, memory);
}

bool receive_close(struct receiver *r, struct received *count)
{
        struct work *w = r->w;
        int64_t before, after;

        forget_pending(r);
        if (trust_judge_between(w) && r->count.entries_new > 0) { /* one may have brought what another waits for, also from before */
                before = db_number(w->db, "SELECT COUNT(*) FROM ledger_set_aside WHERE is_waiting = 1", NO_ARGS, 0);
                if (before > 0 && ledger_retry_waiting(w)) {
                        after = db_number(w->db, "SELECT COUNT(*) FROM ledger_set_aside WHERE is_waiting = 1", NO_ARGS, 0);
                        r->count.entries_waiting -= before - after;
                        if (r->count.entries_waiting < 0)
                                r->count.entries_waiting = 0;
                }
                r->count.entries_refused = db_number(w->db, "SELECT COUNT(*) FROM ledger_set_aside WHERE entry >= $1 AND is_waiting = 0",
                                                     ARGS(v_int(r->first_id)), 0);
        }
        *count = r->count;
        return work_ok(w);
}
