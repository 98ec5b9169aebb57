/* hand_made_desk.c - the node that receives what was made by hand (hand_made.h). */
#include "tests/hand_made.h"

#include "areas/program.h"
#include "tests/judged.h"

void desk_work(struct desk *r)
{
        struct error err = { 0 };
        struct db *db = node_reader(r->node, &err);

        arena_reset(r->arena);
        work_init(&r->w, r->arena, db, LANGUAGE_EN);
        if (db == NULL)
                r->w.err = err;
        r->w.node = r->node;
        r->w.user = &user_operator;
}

static const char *folder_of_nodes(void)
{
        static const char *parent;

        return parent != NULL ? parent : (parent = test_folder());
}

static struct node *open_node(const char *folder)
{
        struct error err = { .language = LANGUAGE_EN };
        struct node *n = node_open(folder, NODE_WRITE, program_schema(), &err);

        if (n == NULL)
                fail_msg("%s: %s", err.context, err.message);
        return n;
}

struct node *make_node(char folder[512], const char *unit, const char *store)
{
        static int number;
        struct error err = { .language = LANGUAGE_EN };

        snprintf(folder, 512, "%s/%d", folder_of_nodes(), number++);
        if (!node_init(folder, unit, store, program_schema(), &err))
                fail_msg("%s: %s", err.context, err.message);
        return open_node(folder);
}

static const char *const unit_of_desk[DESK_KINDS] = { "VN", "25", "25001" };

static bool enrol_upper(struct work *w, void *with_province)
{
        return trust_enrol(w, node_key(writers[MINISTRY].node), "VN", false) && trust_enrol(w, node_key(writers[STRANGER].node), "VN", false) &&
               (!*(bool *)with_province || trust_enrol(w, node_key(writers[PHUTHO].node), "25", false));
}

static void enrol(struct desk *r, bool with_province)
{
        r->arena = arena_open(WORK_MEMORY_USUAL);
        desk_work(r);
        assert_true(ledger_write(&r->w, enrol_upper, &with_province));
}

void desk_leave(struct desk *r)
{
        node_close(r->node);
        arena_close(r->arena);
}

void desk_open_copy(struct desk *r, const struct desk *left)
{
        static int number;
        char command[1200];

        *r = (struct desk){ .kind = left->kind };
        snprintf(r->folder, sizeof r->folder, "%s/copy%d", folder_of_nodes(), number++);
        snprintf(command, sizeof command, "cp -R %s %s", left->folder, r->folder);
        assert_int_equal(system(command), 0);
        r->node = open_node(r->folder);
        r->node->placing_rests = true;
        r->arena = arena_open(WORK_MEMORY_USUAL);
}

/* Thousands of nodes that receive: a copy of one is made faster than a node. */
static const struct desk *first_of(enum desk_kind kind, bool with_province)
{
        static struct desk all[DESK_KINDS][2];
        struct desk *d = &all[kind][with_province];

        if (d->folder[0] == '\0') {
                d->kind = kind;
                d->node = make_node(d->folder, unit_of_desk[kind], NULL);
                enrol(d, with_province);
                desk_leave(d);
        }
        return d;
}

void desk_open_as(struct desk *r, enum desk_kind kind, bool with_province, const char *store)
{
        if (store != NULL) {
                *r = (struct desk){ .kind = kind };
                r->node = make_node(r->folder, unit_of_desk[kind], store);
                r->node->placing_rests = true;
                enrol(r, with_province);
                return;
        }
        desk_open_copy(r, first_of(kind, with_province));
}

void desk_open(struct desk *r, const char *store)
{
        desk_open_as(r, DESK_MINISTRY, false, store);
}

const char *audience_of(const struct stream *s)
{
        return s->name + KEY_HEX;
}

bool desk_may_read(const struct desk *r, const struct stream *s)
{
        const char *audience = audience_of(s), *unit = unit_of_desk[r->kind];

        return r->kind == DESK_MINISTRY || strcmp(audience, "*") == 0 || strncmp(audience, unit, strlen(unit)) == 0;
}

void desk_close(struct desk *r)
{
        desk_leave(r);
        nftw(r->folder, test_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

bool take_batch(struct work *w, void *argument)
{
        struct batch *b = argument;
        struct receiver *r = receive_open(w, NULL);
        struct received count;

        if (r == NULL)
                return false;
        receive_sender(r, ministry_key, true);
        if (b->follows)
                receive_may_follow(r, &b->at_once);
        for (size_t i = 0; i < b->count; i++)
                if (!receive_line(r, b->lines[i], strlen(b->lines[i])))
                        return false;
        return receive_close(r, &count);
}

bool write_own(struct work *w, void *argument)
{
        static const char figures[] = "{\"source\":\"s\",\"status\":\"published\",\"figures\":"
                                      "\"output,VN,2026-07,,,5\\niip,VN,2026-08,,,7\\n\"}";
        static const char account[] = "{\"login\":\"an\",\"name\":\"An\",\"role\":\"specialist\",\"unit\":\"VN\",\"disabled\":false}";
        struct buf body = { .data = (char *)(uintptr_t)figures, .length = sizeof figures - 1 };

        (void)argument;
        if (!ledger_append(w, "*", "figures.report", "figures", &body, NULL))
                return false;
        body = (struct buf){ .data = (char *)(uintptr_t)account, .length = sizeof account - 1 };
        return ledger_append(w, "VN", "account.user", "account/an", &body, NULL);
}

int64_t held(struct desk *r, const struct stream *s)
{
        desk_work(r);
        return db_number(r->w.db, "SELECT seq FROM ledger_stream WHERE name = $1", ARGS(v_text(s->name)), 0);
}

const struct stream *lost_branch(const struct world *x, const struct stream *s)
{
        for (size_t i = 0; i < x->lost_count; i++)
                if (strcmp(x->lost[i].name, s->name) == 0)
                        return &x->lost[i];
        return NULL;
}

const struct stream *some_branch(const struct world *x, const struct stream *s)
{
        const struct stream *lost = lost_branch(x, s);

        return lost != NULL && draw(2) == 0 ? lost : s;
}

/* The lines after a place up to the next seal, or the one after. */
void add_run(struct batch *b, const struct stream *s, int64_t after, unsigned seals)
{
        for (size_t i = 0; i < s->count && seals > 0; i++) {
                if (s->line[i].seq <= after)
                        continue;
                b->lines[b->count++] = s->line[i].text;
                seals -= s->line[i].is_seal;
        }
}

/* Deliver: true if it was taken. fails: the n-th statement of the writer fails. */
/* Somebody at the node agrees to which branch of a stream goes on, as soon as that is said. */
static void agree(struct desk *r)
{
        struct followed done;
        size_t count;

        desk_work(r);
        ledger_left(&r->w, &count);
        if (count == 0)
                return;
        desk_work(r);
        if (!ledger_follow(&r->w, "", &done) || done.streams != (int64_t)count)
                fail_msg("%s", r->w.err.message);
}

bool deliver(struct desk *r, struct batch *b, long fails)
{
        bool ok;

        desk_work(r);
        db_fail_at(r->node->writer, fails);
        ok = ledger_write(&r->w, take_batch, b);
        db_fail_at(r->node->writer, 0);
        if (!ok && (fails == 0 || r->w.err.code != ERR_ENVIRONMENT))
                fail_msg("%s (%s)", r->w.err.message, r->w.err.context);
        agree(r);
        return ok;
}

static bool place_step(struct work *w, void *argument)
{
        bool is_done;

        return placing_step(w, *(const unsigned *)argument, &is_done) && ledger_retry_waiting(w);
}

void place_some(struct desk *r, unsigned most, long fails)
{
        desk_work(r);
        db_fail_at(r->node->writer, fails);
        if (!ledger_write(&r->w, place_step, &most) && (fails == 0 || r->w.err.code != ERR_ENVIRONMENT))
                fail_msg("%s (%s)", r->w.err.message, r->w.err.context);
        db_fail_at(r->node->writer, 0);
}

/* Stream after stream, everything at once: until nothing moves. */
void deliver_rest(struct desk *r, const struct world *x)
{
        bool has_moved = true;

        while (has_moved) {
                has_moved = false;
                for (size_t i = 0; i < x->count; i++) {
                        static struct batch b;
                        int64_t before;

                        if (!desk_may_read(r, &x->streams[i]))
                                continue;
                        before = held(r, &x->streams[i]);
                        b.count = 0;
                        add_run(&b, &x->streams[i], before, LINES_MOST);
                        if (b.count > 0 && deliver(r, &b, 0))
                                has_moved |= held(r, &x->streams[i]) > before;
                }
        }
}

void state_of(struct desk *r, char hash[HASH_HEX])
{
        desk_work(r);
        if (!ledger_place(&r->w) || !ledger_is_placed(&r->w) || !ledger_state(&r->w, NULL, hash))
                fail_msg("%s", r->w.err.message);
}

static bool rebuild(struct work *w, void *argument)
{
        return ledger_rebuild(w, argument);
}

void check_sound(struct desk *r, const char *expected)
{
        char hash[HASH_HEX];
        struct verified v;
        int64_t entries;

        desk_work(r);
        if (!ledger_verify(&r->w, &v) || !ledger_rebuild_check(&r->w, &entries))
                fail_msg("%s", r->w.err.message);
        assert_judged(&r->w);
        desk_work(r);
        assert_true(ledger_write(&r->w, rebuild, &entries));
        state_of(r, hash);
        assert_string_equal(hash, expected);
}
