#include "tests/ledger_bench.h"

#include "base/log.h"
#include "format/jsonw.h"
#include "tests/judged.h"

struct bench_notes bench_notes;

/* ---- a small kind of entry to test with: notes, where the newest by (at, node) stands ---------------- */

static enum applied apply_note(struct work *w, const struct entry *e, struct error *why)
{
        const char *words = json_string_value(json_object_get(e->body, "words"));
        const char *needs = json_string_value(json_object_get(e->body, "needs"));
        bool ok;

        if (words == NULL || strcmp(words, "forbidden") == 0 || (bench_notes.is_stricter && strcmp(words, "once allowed") == 0)) {
                error_set(why, ERR_DENIED, "its node does not stand above unit %s", "x");
                return REFUSED;
        }
        if (bench_notes.breaks && strcmp(words, "breaks") == 0) {
                error_set(&w->err, ERR_ENVIRONMENT, "this one cannot be placed");
                return FAILED;
        }
        if (strcmp(words, "in the middle") == 0) {
                struct ledger_job *job = atomic_exchange(&bench_notes.in_the_middle, NULL);

                if (job != NULL)
                        ledger_submit(w->node, job);
        }
        if (strncmp(words, "named", 5) == 0 && symbol_make(w, 'i', words, strlen(words)) < 0)
                return FAILED;
        if (words[0] != '\0' && words[1] == words[0] && words[2] == words[0] && bench_notes.order.count < 7)
                bench_notes.order.letters[bench_notes.order.count++] = words[0];
        if (needs != NULL && db_number(w->db, "SELECT COUNT(*) FROM note WHERE subject = $1", ARGS(v_text(needs)), 0) == 0) {
                error_set(why, ERR_MISSING, "it names no key or unit");
                return work_ok(w) ? WAITING : FAILED;
        }
        ok = db_exec(w->db,
                     "INSERT INTO note (subject, words, at, node, entry) VALUES ($1, $2, $3, $4, $5)"
                     " ON CONFLICT (subject) DO UPDATE SET words = excluded.words, at = excluded.at,"
                     " node = excluded.node, entry = excluded.entry WHERE note.at < excluded.at"
                     " OR (note.at = excluded.at AND note.node < excluded.node)",
                     ARGS(v_text(e->subject), v_text(words), v_int(e->at), v_text(e->node), v_int(e->id)));
        return ok ? APPLIED : FAILED;
}

static const struct entry_kind note_kinds[] = { { "note", apply_note, "" }, { NULL, NULL, NULL } };
static const struct derived_table note_tables[] = {
        { "note", "CREATE TABLE note (subject TEXT PRIMARY KEY, words TEXT, at BIGINT, node TEXT, entry BIGINT)",
          "SELECT subject, words, entry FROM note", "tte" },
        { NULL, NULL, NULL, NULL },
};
static const struct entry_kind *const kinds[] = { trust_kinds, succession_kinds, note_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, note_tables, NULL };

static bool begins_with(struct work *w, const char *inner, const char *outer, struct tenure tenure, day on)
{
        (void)w;
        (void)on;
        bench_notes.times_asked++;
        bench_notes.since_asked = tenure.since;
        return strncmp(inner, outer, strlen(outer)) == 0;
}

static bool is_note(const char *kind)
{
        return strcmp(kind, "note") == 0;
}

const struct ledger_schema notes_schema = { .kinds = kinds, .tables = tables, .is_within = begins_with, .may_follow = is_note };

static const struct derived_table later_tables[] = {
        { "later", "CREATE TABLE later (entry BIGINT PRIMARY KEY)", "SELECT entry FROM later", "e" },
        { NULL, NULL, NULL, NULL },
};
static const struct derived_table *const all_tables[] = { trust_tables, note_tables, later_tables, NULL };
const struct ledger_schema notes_newer = { .kinds = kinds, .tables = all_tables, .is_within = begins_with, .may_follow = is_note };

void bench_work(struct bench *b)
{
        struct db *db = node_reader(b->node, &b->w.err);

        arena_reset(b->arena);
        work_init(&b->w, b->arena, db, LANGUAGE_EN);
        b->w.node = b->node;
        b->w.user = &user_operator;
}

void bench_open(struct bench *b)
{
        struct error err = { .language = LANGUAGE_EN };

        b->node = node_open(b->folder, NODE_WRITE, &notes_schema, &err);
        if (b->node == NULL)
                fail_msg("%s: %s", err.context, err.message);
        bench_work(b);
}

void bench_make(struct bench *b, const char *unit)
{
        struct error err = { .language = LANGUAGE_EN };

        log_set_level(getenv("CAUNOI_TEST_LOG") != NULL ? LOG_DETAIL : LOG_ALARM);
        memset(b, 0, sizeof *b);
        snprintf(b->folder, sizeof b->folder, "%s/node", test_folder());
        b->store = test_store();
        b->arena = arena_open(WORK_MEMORY_USUAL);
        if (!node_init(b->folder, unit, b->store, &notes_schema, &err))
                fail_msg("%s: %s", err.context, err.message);
        bench_open(b);
}

void bench_close(struct bench *b)
{
        node_close(b->node);
        arena_close(b->arena);
}

bool write_note(struct work *w, void *argument)
{
        const struct note *n = argument;
        struct buf body;
        struct jsonw j;
        bool ok;

        buf_init(&body, 0);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "words", n->words);
        if (n->needs != NULL)
                jsonw_member_text(&j, "needs", n->needs);
        jsonw_end(&j);
        ok = ledger_append(w, n->audience, "note", n->subject, &body, NULL);
        buf_clear(&body);
        if (ok && n->then_fail)
                return error_set(&w->err, ERR_INVALID, "no");
        return ok;
}

bool note(struct bench *b, const char *audience, const char *subject, const char *words)
{
        struct note n = { .audience = audience, .subject = subject, .words = words };

        bench_work(b);
        return ledger_write(&b->w, write_note, &n);
}

char *words_of(struct bench *b, const char *subject)
{
        bench_work(b);
        return db_text(b->w.db, b->arena, "SELECT words FROM note WHERE subject = $1", ARGS(v_text(subject)));
}

void assert_sound(struct bench *b)
{
        struct verified v;
        int64_t entries;

        bench_work(b);
        if (!ledger_verify(&b->w, &v))
                fail_msg("%s", b->w.err.message);
        if (!ledger_rebuild_check(&b->w, &entries))
                fail_msg("%s", b->w.err.message);
        assert_judged(&b->w);
}

/* ---- streams as bytes ------------------------------------------------------------------------------------ */

bool keep_line(struct work *w, const struct entry *e, void *context)
{
        struct lines *l = context;

        (void)w;
        l->line[l->count++] = arena_copy(l->arena, e->bytes, e->length);
        return true;
}

void lines_of(struct bench *b, struct lines *l)
{
        size_t count;
        struct stream_state *list;

        bench_work(b);
        l->count = 0;
        l->arena = arena_open(WORK_MEMORY_USUAL);
        list = ledger_streams(&b->w, &count);
        for (size_t i = 0; i < count; i++) {
                int64_t seq;

                if (strcmp(list[i].audience, AUDIENCE_LOCAL) == 0)
                        continue;
                assert_true(ledger_stream_after(&b->w, list[i].name, 0, 0, keep_line, l));
                l->line[l->count] = arena_text(l->arena, ledger_seal_line(&b->w, list[i].name, list[i].seq, &seq));
                assert_non_null(l->line[l->count]);
                l->count++;
        }
}

bool feed_lines(struct work *w, void *argument)
{
        struct feed *f = argument;
        struct receiver *r = receive_open(w, NULL);

        if (r != NULL && f->sender != NULL)
                receive_sender(r, f->sender, !f->is_file);
        if (r != NULL && f->at_once != NULL)
                receive_may_follow(r, f->at_once);
        for (size_t i = 0; r != NULL && i < f->l->count; i++)
                if (!receive_line(r, f->l->line[i], strlen(f->l->line[i])))
                        return false;
        return r != NULL && receive_close(r, &f->count);
}

bool give_from(struct bench *to, const struct bench *sender, const struct lines *l, struct received *count)
{
        struct feed f = { .l = l, .sender = sender == NULL ? NULL : node_key(sender->node) };
        bool ok;

        bench_work(to);
        ok = ledger_write(&to->w, feed_lines, &f);
        if (count != NULL)
                *count = f.count;
        return ok;
}

bool give(struct bench *to, const struct lines *l, struct received *count)
{
        return give_from(to, NULL, l, count);
}

static bool enrol(struct work *w, void *argument)
{
        const struct bench *other = argument;

        return trust_enrol(w, node_key(other->node), node_unit(other->node), strcmp(node_unit(w->node), "VN") == 0);
}

void trust(struct bench *b, struct bench *other)
{
        bench_work(b);
        if (!ledger_write(&b->w, enrol, other))
                fail_msg("%s", b->w.err.message);
}

bool retry(struct work *w, void *argument)
{
        (void)argument;
        return ledger_retry_waiting(w);
}

bool rebuild(struct work *w, void *argument)
{
        return ledger_rebuild(w, argument);
}
bool write_trust(struct work *w, void *argument)
{
        const struct trusting *t = argument;
        struct buf body;
        struct jsonw j;
        bool ok;

        buf_init(&body, 0);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "key", t->key);
        jsonw_member_text(&j, "unit", t->unit);
        jsonw_end(&j);
        ok = ledger_append(w, AUDIENCE_ALL, t->kind, arena_print(w->arena, "node/%s", t->key), &body, NULL);
        buf_clear(&body);
        return ok;
}

void say(struct bench *b, const char *kind, const struct bench *about, const char *unit)
{
        struct trusting t = { kind, node_key(about->node), unit };

        bench_work(b);
        if (!ledger_write(&b->w, write_trust, &t))
                fail_msg("%s", b->w.err.message);
}

void revoke_while_writing(struct bench *ministry, struct bench *province)
{
        assert_true(note(province, "*", "a", "before"));
        usleep(3000); /* the two clocks have milliseconds */
        say(ministry, "node.revoke", province, "25");
        usleep(3000);
        assert_true(note(province, "*", "a", "while revoked"));
        assert_true(note(province, "*", "b", "while revoked"));
}

/* ---- jobs of one group: the first holds the writer until all others are queued ------------------------------ */

struct gate {
        pthread_mutex_t lock;
        pthread_cond_t opened;
        bool is_open;
};

static bool wait_at_gate(struct work *w, void *argument)
{
        struct gate *g = argument;

        (void)w;
        pthread_mutex_lock(&g->lock);
        while (!g->is_open)
                pthread_cond_wait(&g->opened, &g->lock);
        pthread_mutex_unlock(&g->lock);
        return true;
}

void member_done(struct ledger_job *job, bool is_ok)
{
        struct member *m = (struct member *)(void *)job;

        m->is_ok = is_ok;
        m->is_done = true;
}

void run_together(struct bench *b, work_function *run, struct note *notes, struct member *members, size_t count,
                         unsigned giving_way)
{
        struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER };
        struct member first = { .arena = arena_open(WORK_MEMORY_USUAL) };

        for (size_t i = 0; i <= count; i++) {
                struct member *m = i == 0 ? &first : &members[i - 1];

                if (i > 0)
                        *m = (struct member){ .arena = arena_open(WORK_MEMORY_USUAL) };
                work_init(&m->w, m->arena, NULL, LANGUAGE_EN);
                m->w.node = b->node;
                m->w.user = &user_operator;
                m->job = (struct ledger_job){ .run = i == 0 ? wait_at_gate : run,
                                              .argument = i == 0 ? (void *)&gate : (void *)&notes[i - 1],
                                              .work = &m->w, .done = member_done,
                                              .gives_way = i > 0 && (giving_way >> (i - 1) & 1) != 0 };
                ledger_submit(b->node, &m->job);
                while (i == 0) { /* until the writer has taken the first, the others must not join it */
                        pthread_mutex_lock(&b->node->queue_lock);
                        bool is_taken = b->node->people.first == NULL;
                        pthread_mutex_unlock(&b->node->queue_lock);
                        if (is_taken)
                                break;
                        sched_yield();
                }
        }
        pthread_mutex_lock(&gate.lock);
        gate.is_open = true;
        pthread_cond_signal(&gate.opened);
        pthread_mutex_unlock(&gate.lock);
        bench_work(b);
        assert_true(ledger_write(&b->w, retry, NULL)); /* comes after them all, */
        assert_true(ledger_write_behind(&b->w, retry, NULL)); /* also after those that give way */
        for (size_t i = 0; i < count; i++)
                assert_true(members[i].is_done);
        arena_close(first.arena);
        for (size_t i = 0; i < count; i++)
                arena_close(members[i].arena);
}

bool note_order(struct work *w, void *argument)
{
        const struct note *n = argument;

        (void)w;
        bench_notes.order.letters[bench_notes.order.count++] = n->words[0];
        return true;
}

bool count_unplaced(struct work *w, void *argument)
{
        *(int64_t *)argument = node_unplaced(w->node);
        return true;
}

bool note_resting(struct work *w, void *argument)
{
        *(bool *)argument = w->node->resting != NULL;
        return true;
}
