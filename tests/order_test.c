/* Entries of several nodes arrive at three to five others in any order, several at a time, twice, late, some of them placed into
 * the tables only later, with failures of the database in between: the tables must come out the same everywhere, and the same as
 * those of a rebuild; and a whole past of one those of a node that was given no more. All kinds of the program take part, also what no honest node would write. The entries are made by hand, so
 * that every time and every tie can occur. */
#include "tests/hand_made.h"

#include "base/hex.h"
#include "figure/figure_private.h"

#define WORLDS WORLD_OF_CASES
#define SCHEDULES 1 /* a world; `make coverage` has two, `make soak` does thousands */
#define CHECK_EVERY 5 /* schedules: one node's tables are made anew and compared */
#define DESKS_MOST 5 /* nodes that receive, a schedule */

/* Something of one to three streams. */
static void deliver_some(struct desk *r, const struct world *x)
{
        static struct batch b;
        unsigned streams = 1 + draw(3), first = draw((unsigned)x->count);

        b.count = 0;
        for (unsigned k = 0; k < streams && k < x->count; k++) {
                const struct stream *s = some_branch(x, &x->streams[(first + k * 7) % x->count]);
                int64_t after;

                if (!desk_may_read(r, s))
                        continue;
                after = held(r, s);
                if (draw(5) == 0)
                        after = after == 0 ? 0 : draw((unsigned)after); /* some of it once more */
                add_run(&b, s, after, 1 + draw(3));
        }
        b.follows = draw(2) == 0;
        b.at_once = draw(3) == 0 ? draw(20000) : 0;
        if (b.count > 0)
                deliver(r, &b, draw(8) == 0 ? 1 + (long)draw(400) : 0);
        if (draw(4) == 0) {
                unsigned most = 1 + draw(20);

                place_some(r, most, draw(8) == 0 ? 1 + (long)draw(200) : 0);
        }
}

/* To each of them in its own order, and in the end all to all. */
static void deliver_at_random(struct desk *desks, unsigned count, const struct world *x)
{
        for (unsigned i = 0, n = count * (5 + draw(25)); i < n; i++)
                deliver_some(&desks[draw(count)], x);
        for (unsigned i = 0; i < count; i++)
                deliver_rest(&desks[i], x);
}

/* What the tables hold, one after another, to tell which differs. */
static const char *sizes_of(struct desk *r)
{
        static const char *const tables[] = { "peer", "trust_event", "succession", "catalogue_file", "catalogue_version", "catalogue_contest", "account", "figure", "figure_beside",
                                              "figure_contest", "figure_entry", "figure_total",
                                              "report", "report_version", "report_decision", "case_file", "case_event", "case_duty", "case_stretch", "blob", "blob_erased", "iip_weights", "iip_shares", "iip_sample", "iip_output", "cluster_item", "cluster_version", "cluster_past", "cluster_owner",
                                              "cluster_row", "cluster_plot", "cluster_report", "cluster_cell", "cluster_sum", "quality_answer", "ledger_entry",
                                              "ledger_set_aside" };
        static char text[2][1100];
        static int which;
        char *out = text[which = !which];

        *out = '\0';
        desk_work(r);
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
                sprintf(out + strlen(out), " %s %lld", tables[i],
                        (long long)db_number(r->w.db, arena_print(r->arena, "SELECT COUNT(*) FROM %s", tables[i]), NO_ARGS, -1));
        return out;
}

/* ---- tests ---------------------------------------------------------------------------------------------------------------- */

/* The first node of a kind, which received everything in order, and what its tables came to. */
struct model {
        struct desk desk;
        char state[HASH_HEX];
};

static void make_models(struct model models[DESK_KINDS], const struct world *x)
{
        for (int i = 0; i < DESK_KINDS; i++) {
                desk_open_as(&models[i].desk, (enum desk_kind)i, false, test_store());
                deliver_rest(&models[i].desk, x);
                state_of(&models[i].desk, models[i].state);
        }
}

/* Two or three of the ministry's, then others: a province's or a commune's, with or without a word of their own for the province. */
static void open_desks(struct desk *desks, unsigned count)
{
        for (unsigned i = 0; i < count; i++) {
                unsigned kind = count == 1 ? draw(DESK_KINDS) : i < 2 ? DESK_MINISTRY : 1 + draw(2);

                desk_open_as(&desks[i], (enum desk_kind)kind, draw(2) == 0, test_store());
                if (draw(3) == 0)
                        desks[i].node->judge_between_most = 0; /* whom to trust is judged at the end of each job only */
        }
}

/* One schedule: some nodes receive a world; all hold what the first one of their kind does. */
static void run_schedule(const struct world *x, unsigned world, unsigned schedule, struct model models[DESK_KINDS])
{
        struct desk desks[DESKS_MOST];
        char hash[HASH_HEX];
        unsigned count, checked;

        chance = 1442695040888963407u + world * 1000u + schedule;
        count = test_store() != NULL ? 1 : draw(4) > 0 ? 3 : 4 + draw(DESKS_MOST - 3); /* mostly three: each one costs */
        open_desks(desks, count);
        deliver_at_random(desks, count, x);
        for (unsigned i = 0; i < count; i++) {
                struct model *m = &models[desks[i].kind];

                state_of(&desks[i], hash);
                if (strcmp(hash, m->state) != 0) {
                        const char *a = sizes_of(&m->desk), *b = sizes_of(&desks[i]);

                        fail_msg("world %u, schedule %u, node %u: other tables\n%s\n%s\n%s\n%s", world, schedule, i, a, b,
                                 m->desk.folder, desks[i].folder);
                }
        }
        checked = draw(count);
        if (schedule % CHECK_EVERY == 0) {
                bulk_limit(1 + world * 700, 1 + world * 5); /* figures placed one entry after another, and many at a time */
                if (world % 2 == 0)
                        desks[checked].node->put_off_most = 1 + world * 300; /* so are cases */
                check_sound(&desks[checked], models[desks[checked].kind].state);
                bulk_limit(0, 0);
        }
        for (unsigned i = 0; i < count; i++)
                desk_close(&desks[i]);
}

static void the_order_of_arrival_does_not_matter(void **state)
{
        const char *from = getenv("CAUNOI_ORDER_FROM"), *to = getenv("CAUNOI_ORDER_TO"); /* for longer runs, and one world again */
        unsigned end = to != NULL ? (unsigned)atoi(to) : test_store() != NULL ? 2 : WORLDS;
        const char *each = getenv("CAUNOI_ORDER_EACH");
        unsigned schedules = each != NULL ? (unsigned)atoi(each) : SCHEDULES;

        (void)state;
        for (unsigned number = from == NULL ? 0 : (unsigned)atoi(from); number < end; number++) {
                static struct world x;
                struct model models[DESK_KINDS];

                make_world(&x, number);
                make_models(models, &x);
                check_sound(&models[number % DESK_KINDS].desk, models[number % DESK_KINDS].state);
                for (unsigned i = 0; i < schedules; i++)
                        run_schedule(&x, number, i, models);
                for (int i = 0; i < DESK_KINDS; i++)
                        desk_close(&models[i].desk);
                arena_close(x.arena);
        }
}

/* Of the audiences that b may read both show the same. (What they hold may differ: the stream of a node that nobody believes any
 * more is evidence where it came before that was known, and is not taken afterwards.) How many there were. */
static unsigned compare_audiences(struct desk *a, struct desk *b, const struct world *x)
{
        static const char *const audiences[] = { "*", "25", "25001" };
        char hash[2][HASH_HEX];
        unsigned compared = 0;

        for (size_t i = 0; i < sizeof audiences / sizeof *audiences; i++) {
                bool may_read = false;

                for (size_t k = 0; k < x->count; k++)
                        may_read |= strcmp(audience_of(&x->streams[k]), audiences[i]) == 0 && desk_may_read(b, &x->streams[k]);
                if (!may_read)
                        continue;
                desk_work(a);
                assert_true(ledger_place(&a->w) && ledger_state(&a->w, audiences[i], hash[0]));
                desk_work(b);
                assert_true(ledger_place(&b->w) && ledger_state(&b->w, audiences[i], hash[1]));
                if (strcmp(hash[0], hash[1]) != 0)
                        fail_msg("the state of %s differs\n%s\n%s\n%s\n%s", audiences[i], sizes_of(a), sizes_of(b), a->folder,
                                 b->folder);
                compared++;
        }
        return compared;
}

static void all_that_hold_an_audience_show_the_same_of_it(void **state)
{
        unsigned compared = 0, worlds = test_store() != NULL ? 1 : 5;

        (void)state;
        for (unsigned number = 0; number < worlds; number++) {
                static struct world x;
                struct model models[DESK_KINDS];
                struct desk others[2];

                make_world_apart(&x, number);
                make_models(models, &x);
                desk_open_as(&others[0], DESK_PROVINCE, true, NULL);
                desk_open_as(&others[1], DESK_COMMUNE, true, NULL);
                deliver_at_random(others, 2, &x);
                compared += compare_audiences(&models[DESK_MINISTRY].desk, &models[DESK_PROVINCE].desk, &x);
                compared += compare_audiences(&models[DESK_MINISTRY].desk, &models[DESK_COMMUNE].desk, &x);
                compared += compare_audiences(&models[DESK_MINISTRY].desk, &others[0], &x);
                compared += compare_audiences(&models[DESK_MINISTRY].desk, &others[1], &x);
                for (int i = 0; i < DESK_KINDS; i++)
                        desk_close(&models[i].desk);
                for (int i = 0; i < 2; i++)
                        desk_close(&others[i]);
                arena_close(x.arena);
        }
        assert_int_equal(compared, worlds * 10);
}

static void both_databases_hold_the_same_tables(void **state)
{
        static struct world x;
        struct desk embedded, other;
        char a[HASH_HEX], b[HASH_HEX];

        (void)state;
        for (unsigned number = 0; number < 2; number++) {
                make_world(&x, 100 + number * 3); /* of all there is, of cases */
                desk_open(&embedded, NULL);
                desk_open(&other, test_store());
                deliver_rest(&embedded, &x);
                deliver_at_random(&other, 1, &x);
                state_of(&embedded, a);
                state_of(&other, b);
                assert_string_equal(a, b);
                desk_close(&embedded);
                desk_close(&other);
                arena_close(x.arena);
        }
}

/* A world up to a stamp, as a node holds it. */
static void cut(struct world *x, struct desk *holder, stamp until)
{
        for (size_t i = 0; i < x->count; i++) {
                struct stream *s = &x->streams[i];
                struct rows *r;
                size_t kept = 0, length;

                desk_work(holder);
                r = db_query(holder->w.db, "SELECT e.seq, e.at, e.hash FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream"
                                           " WHERE s.name = $1 AND e.at <= $2 ORDER BY e.seq DESC LIMIT 1", ARGS(v_text(s->name), v_int(until)));
                s->seq = 0;
                if (rows_next(r)) {
                        s->seq = rows_int(r, 0);
                        s->at = rows_int(r, 1);
                        hex_write(s->hash, rows_bytes(r, 2, &length), HASH_BYTES);
                }
                rows_close(r);
                while (kept < s->count && s->line[kept].seq <= s->seq)
                        kept++;
                if (kept < s->count && kept > 0 && !s->line[kept - 1].is_seal) {
                        s->line[kept].is_seal = true;
                        s->line[kept].seq = s->seq;
                        s->line[kept++].text = hand_made_seal(x->arena, s->writer->node, s->name, s->seq, s->hash, s->at);
                }
                s->count = kept;
        }
}

/* When everything that says whom to trust had been written, at least three of five entries had, and some had not; 0: never. */
static moment middle_of(struct desk *d)
{
        int64_t count;
        moment trust, most;

        desk_work(d);
        count = db_number(d->w.db, "SELECT COUNT(*) FROM ledger_entry", NO_ARGS, 0);
        most = stamp_moment(db_number(d->w.db, "SELECT at FROM ledger_entry ORDER BY at LIMIT 1 OFFSET $1", ARGS(v_int(count * 3 / 5)), 0));
        trust = stamp_moment(db_number(d->w.db, "SELECT MAX(e.at) FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream"
                                                " WHERE kind LIKE 'node.%' AND s.node <> $1", ARGS(v_text(node_key(d->node))), 0));
        most = trust > most ? trust : most;
        return db_number(d->w.db, "SELECT COUNT(*) FROM ledger_entry WHERE at > $1", ARGS(v_int(stamp_last(most))), 0) > 5 ? most : 0;
}

/* Of what it was given by then a node makes the tables that the whole past of a moment has. */
static void a_whole_past_is_what_a_node_has_that_was_given_no_more(void **state)
{
        static struct world x;
        unsigned changed = 0, step = test_store() != NULL ? 4 : 1; /* changed: worlds whose tables had something that was not there by then */

        (void)state;
        for (unsigned number = 0; number < 2 * WORLDS; number += step) {
                struct desk given_all, given_less, looks_back;
                char a[HASH_HEX], b[HASH_HEX];
                struct ledger_schema schema;
                struct past *p;
                moment middle;

                number < WORLDS ? make_world(&x, number) : make_world_apart(&x, number);
                desk_open(&given_all, test_store());
                deliver_rest(&given_all, &x);
                middle = middle_of(&given_all);
                if (middle != 0) {
                        schema = *node_schema(given_all.node);
                        schema.is_never_past = NULL; /* accounts and files too, to be compared */
                        given_all.node->schema = &schema;
                        desk_work(&given_all);
                        if ((p = past_hold(&given_all.w, middle, PAST_WHOLE)) == NULL)
                                fail_msg("world %u: %s", number, given_all.w.err.message);
                        looks_back = given_all;
                        looks_back.node = past_node(p);
                        desk_work(&looks_back);
                        if (!ledger_state(&looks_back.w, NULL, a))
                                fail_msg("world %u: %s", number, looks_back.w.err.message);
                        state_of(&given_all, b);
                        changed += strcmp(a, b) != 0;
                        cut(&x, &given_all, stamp_last(middle));
                        desk_open(&given_less, NULL);
                        deliver_rest(&given_less, &x);
                        state_of(&given_less, b);
                        if (strcmp(a, b) != 0)
                                fail_msg("world %u: other tables\n%s\n%s", number, sizes_of(&looks_back), sizes_of(&given_less));
                        past_release(p);
                        desk_close(&given_less);
                }
                desk_close(&given_all);
                arena_close(x.arena);
        }
        assert_true(changed * step > WORLDS / 2);
}

/* Every order of the three streams, to nodes with and without a word of their own for the province: that word is newer than the end of
 * the province's node and would make it stand as if it had been enrolled after it, until the ministry's older one is there. */
static void a_node_that_was_taken_over_has_ended_whatever_came_first(void **state)
{
        static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
        static struct world x;
        struct model models[DESK_KINDS];
        bool takes_all = test_store() == NULL || getenv("CAUNOI_ORDER_EACH") != NULL; /* or of each order one of the two kinds of nodes */

        (void)state;
        make_world_taken_over(&x);
        assert_int_equal(x.count, 3);
        make_models(models, &x);
        desk_work(&models[DESK_MINISTRY].desk);
        assert_int_equal(db_number(models[DESK_MINISTRY].desk.w.db, "SELECT COUNT(*) FROM account", NO_ARGS, 0), 1);
        for (size_t i = 0; i < sizeof orders / sizeof *orders * 2; i++) {
                struct desk r;
                char hash[HASH_HEX];

                if (!takes_all && (i / 2 + i) % 2 == 1)
                        continue;
                desk_open_as(&r, DESK_MINISTRY, i % 2 == 1, test_store());
                for (size_t k = 0; k < 3; k++) {
                        static struct batch b;

                        b.count = 0;
                        add_run(&b, &x.streams[orders[i / 2][k]], 0, LINES_MOST);
                        deliver(&r, &b, 0);
                }
                deliver_rest(&r, &x);
                state_of(&r, hash);
                if (strcmp(hash, models[DESK_MINISTRY].state) != 0)
                        fail_msg("order %zu: other tables\n%s\n%s", i, sizes_of(&models[DESK_MINISTRY].desk), sizes_of(&r));
                check_sound(&r, hash);
                desk_close(&r);
        }
        for (int i = 0; i < DESK_KINDS; i++)
                desk_close(&models[i].desk);
        arena_close(x.arena);
}

/* Of a stream that has forked the lost branch is held, and the word of its node's next key does not count yet: what makes it count comes last, and changes
 * more than the word itself is judged by. */
static void a_branch_is_taken_out_where_its_word_counts_by_what_came_last(void **state)
{
        static struct world x;
        static struct batch b;
        struct desk first, r;
        char expected[HASH_HEX], hash[HASH_HEX];

        (void)state;
        make_world_of_a_late_register(&x);
        desk_open(&first, test_store());
        deliver_rest(&first, &x);
        state_of(&first, expected);
        desk_open(&r, test_store());
        for (int round = 0; round < 3; round++) /* the last: all that is left */
                for (size_t i = 0; i < x.count; i++) {
                        const struct stream *s = &x.streams[i], *lost = lost_branch(&x, s);

                        b.count = 0;
                        if (round == 2 || s->writer != &writers[STRANGER])
                                add_run(&b, round < 2 && lost != NULL ? lost : s, held(&r, s), LINES_MOST);
                        if (b.count > 0)
                                deliver(&r, &b, 0);
                }
        deliver_rest(&r, &x);
        state_of(&r, hash);
        if (strcmp(hash, expected) != 0)
                fail_msg("other tables\n%s\n%s", sizes_of(&first), sizes_of(&r));
        desk_work(&r);
        assert_int_equal(db_number(r.w.db, "SELECT COUNT(*) FROM figure_entry f JOIN ledger_entry e ON e.id = f.entry JOIN ledger_stream s ON s.id = e.stream WHERE s.audience = '25001'", NO_ARGS, 0), 1);
        check_sound(&r, hash);
        desk_close(&first);
        desk_close(&r);
        arena_close(x.arena);
}

/* Every order of the streams of four nodes that wrote of one item, one of which decides. */
static void versions_of_an_item_come_to_the_same_in_every_order(void **state)
{
        static struct world x;
        struct desk first;
        char expected[HASH_HEX], hash[HASH_HEX];
        unsigned step = test_store() == NULL ? 1 : 5;

        (void)state;
        make_world_of_versions(&x);
        assert_int_equal(x.count, 5);
        desk_open(&first, test_store());
        deliver_rest(&first, &x);
        state_of(&first, expected);
        desk_work(&first);
        assert_string_equal(db_text(first.w.db, first.arena, "SELECT fields FROM cluster_item WHERE list = 'areas'", NO_ARGS), "{\"name\":\"Cum\",\"total\":\"11\"}");
        assert_int_equal(db_number(first.w.db, "SELECT COUNT(*) FROM cluster_past WHERE list = 'areas'", NO_ARGS, 0), 3);
        assert_int_equal(db_number(first.w.db, "SELECT value FROM cluster_cell WHERE period = $1", ARGS(v_int(period_make(FREQUENCY_MONTH, 2019, 1))), -1), 0); /* the commune's */
        assert_int_equal(db_number(first.w.db, "SELECT value FROM cluster_cell WHERE period = $1", ARGS(v_int(period_make(FREQUENCY_MONTH, 2019, 2))), -1), 20000); /* as was decided */
        assert_int_equal(db_number(first.w.db, "SELECT COUNT(DISTINCT contest) FROM figure_contest WHERE closed_by = ''", NO_ARGS, 0), 2);
        assert_int_equal(db_number(first.w.db, "SELECT COUNT(DISTINCT contest) FROM figure_contest WHERE closed_by <> ''", NO_ARGS, 0), 2);
        for (unsigned order = 0; order < 24; order += step) {
                unsigned left[] = { 1, 2, 3, 4 }, rest = order;
                struct desk r;

                desk_open(&r, test_store());
                for (unsigned k = 4; k > 0; k--) { /* of those that are left one after another */
                        static struct batch b;
                        unsigned which = rest % k;

                        rest /= k;
                        b.count = 0;
                        if (k == 4)
                                add_run(&b, &x.streams[0], 0, LINES_MOST);
                        add_run(&b, &x.streams[left[which]], 0, LINES_MOST);
                        deliver(&r, &b, 0);
                        left[which] = left[k - 1];
                }
                deliver_rest(&r, &x);
                state_of(&r, hash);
                if (strcmp(hash, expected) != 0)
                        fail_msg("order %u: other tables\n%s\n%s", order, sizes_of(&first), sizes_of(&r));
                if (order % 10 == 0)
                        check_sound(&r, hash);
                desk_close(&r);
        }
        desk_close(&first);
        arena_close(x.arena);
}

/* Acts of a kind that count, of cases that are held. */
#define STANDS_BESIDE(what)                                                                                            \
        "SELECT COUNT(*) FROM iip_" what " WHERE stood_until < 9223372036854775807",                                   \
        "SELECT COUNT(*) FROM figure_contest c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind = 'iip." what "' AND c.closed_by = ''", \
        "SELECT COUNT(*) FROM iip_" what " r JOIN ledger_entry e ON e.id = r.entry WHERE e.kind = 'iip." what ".settle'"
#define ACTS(action) "SELECT COUNT(*) FROM case_event e JOIN ledger_entry l ON l.id = e.entry WHERE e.fault = 0 AND INSTR(CAST(l.line AS TEXT), '\"action\":\"" action "\"') > 0"

/* The worlds must hold what the tests above are about. */
static void the_worlds_hold_what_they_are_to_hold(void **state)
{
        static const char *const asked[] = {
                "SELECT COUNT(*) FROM figure_contest WHERE closed_by = ''",
                "SELECT COUNT(*) FROM figure_contest WHERE closed_by <> ''",
                "SELECT COUNT(*) FROM figure_beside",
                "SELECT COUNT(*) FROM figure_entry WHERE settles IS NOT NULL",
                "SELECT COUNT(*) FROM ledger_entry e JOIN report_entry r ON r.entry = e.id WHERE e.kind = 'report.settle'",
                "SELECT COUNT(*) FROM figure_contest c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind IN ('report.accept', 'report.return') AND c.closed_by = ''",
                "SELECT COUNT(*) FROM figure_contest c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind IN ('report.accept', 'report.return') AND c.closed_by <> ''",
                "SELECT COUNT(*) FROM report_decision d JOIN ledger_entry e ON e.id = d.entry WHERE e.kind = 'report.decision.settle' AND d.stands = 1",
                "SELECT COUNT(*) FROM figure_contest c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind = 'report.decision.settle'", /* two choices that contradict each other */
                "SELECT COUNT(*) FROM report_decision WHERE stands = 0 AND verdict = 1",
                "SELECT COUNT(*) FROM (SELECT subject FROM report_version GROUP BY subject, version HAVING COUNT(*) > 1) twice",
                "SELECT COUNT(*) FROM blob WHERE type <> ''",
                "SELECT COUNT(*) FROM blob WHERE type = ''",
                "SELECT COUNT(*) FROM blob b WHERE EXISTS (SELECT 1 FROM blob_erased x WHERE x.node = b.node AND x.unit = b.unit"
                " AND x.name = b.name)",
                "SELECT COUNT(*) FROM blob b WHERE b.person <> '' AND EXISTS (SELECT 1 FROM blob_erased x WHERE x.unit = b.unit"
                " AND x.name = b.person)",
                "SELECT COUNT(*) FROM trust_event WHERE successor <> '' AND counts > 0",
                "SELECT COUNT(*) FROM trust_event WHERE successor <> '' AND counts = 0",
                "SELECT COUNT(*) FROM trust_event WHERE is_revoke = 1 AND successor = '' AND counts > 0",
                "SELECT COUNT(*) FROM succession WHERE undone_at = 0",
                "SELECT COUNT(*) FROM succession WHERE undone_at <> 0",
                "SELECT COUNT(*) FROM iip_weights", "SELECT COUNT(*) FROM iip_shares", "SELECT COUNT(*) FROM iip_sample", "SELECT COUNT(*) FROM iip_output",
                "SELECT COUNT(*) FROM case_file WHERE is_open = 1", "SELECT COUNT(*) FROM case_file WHERE state <> 'asked'",
                "SELECT COUNT(*) FROM case_file WHERE parent <> ''", "SELECT COUNT(*) FROM case_event WHERE fault = 0 AND place > 2",
                "SELECT COUNT(*) FROM case_event WHERE fault <> 0 AND place > 0", "SELECT COUNT(*) FROM case_event WHERE place = 0",
                "SELECT COUNT(*) FROM ledger_entry e JOIN ledger_set_aside s ON s.entry = e.id WHERE e.kind = 'case.open'", "SELECT COUNT(*) FROM case_duty",
                "SELECT COUNT(*) FROM case_file WHERE is_open = 0 AND state = 'granted'", "SELECT COUNT(*) FROM case_file WHERE state = 'withdrawn'",
                "SELECT COUNT(*) FROM case_file WHERE is_failure = 1 AND state = 'refused'",
                "SELECT COUNT(*) FROM case_event WHERE fault = 0 AND state_from = 'examined' AND state_to = 'held'", /* suspended, and continued */
                "SELECT COUNT(*) FROM case_event WHERE fault = 0 AND state_from = 'held' AND state_to = 'examined'",
                "SELECT COUNT(*) FROM case_event WHERE fault = 0 AND state_from = 'refused' AND state_to = 'examined'", /* an appeal */
                "SELECT COUNT(*) FROM case_event e JOIN case_file f ON f.id = e.case_id WHERE e.fault = 0 AND e.state_from = 'refused' AND f.state = 'granted'",
                "SELECT COUNT(*) FROM case_file c JOIN case_file p ON p.id = c.parent WHERE c.is_open = 0 AND p.state = 'granted'", /* a sub-case, then what waited for it */
                ACTS("ask"), ACTS("reply"), ACTS("extend"), ACTS("stop"), ACTS("restart"), ACTS("points"), ACTS("award"), ACTS("note"),
                "SELECT COUNT(*) FROM figure_contest c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind = 'case.act' AND c.closed_by = ''",
                "SELECT COUNT(*) FROM figure_contest c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind = 'case.act' AND c.closed_by <> ''",
                "SELECT COUNT(*) FROM figure_contest c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind = 'case.settle'", /* two choices that contradict each other */
                "SELECT COUNT(*) FROM case_event c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind = 'case.settle' AND c.fault = 0",
                "SELECT COUNT(*) FROM ledger_entry e JOIN ledger_set_aside s ON s.entry = e.id WHERE e.kind = 'case.settle'",
                "SELECT COUNT(*) FROM iip_output WHERE stood_until < 9223372036854775807",
                "SELECT COUNT(*) FROM figure_contest c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind = 'iip.output'",
                STANDS_BESIDE("weights"), STANDS_BESIDE("shares"), STANDS_BESIDE("sample"),
                "SELECT COUNT(*) FROM figure_contest c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind LIKE 'cluster.%' AND c.closed_by = ''",
                "SELECT COUNT(*) FROM figure_contest c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind LIKE 'cluster.%' AND c.closed_by <> ''",
                "SELECT COUNT(*) FROM cluster_version v JOIN ledger_entry e ON e.id = v.entry WHERE e.kind = 'cluster.settle'",
                "SELECT COUNT(*) FROM figure_contest c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind = 'cluster.report'",
                "SELECT COUNT(*) FROM cluster_row", "SELECT COUNT(*) FROM cluster_plot", "SELECT COUNT(*) FROM cluster_report WHERE counts = 1",
                "SELECT COUNT(*) FROM cluster_report WHERE counts = 0", "SELECT COUNT(*) FROM cluster_sum", "SELECT COUNT(*) FROM quality_answer",
                "SELECT COUNT(*) FROM account",
                "SELECT COUNT(*) FROM figure_follows f JOIN figure_approved a ON a.entry = f.report", /* a decision that follows a report which was accepted */
                "SELECT COUNT(*) FROM figure_follows f WHERE NOT EXISTS (SELECT 1 FROM figure_approved a WHERE a.entry = f.report)",
                "SELECT COUNT(*) FROM iip_output r JOIN ledger_entry e ON e.id = r.entry WHERE e.kind = 'iip.settle'",
                "SELECT COUNT(*) FROM iip_output r JOIN ledger_entry e ON e.id = r.entry WHERE e.kind = 'iip.settle' AND r.stood_until < 9223372036854775807",
                "SELECT COUNT(*) FROM case_event c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind = 'case.assign' AND c.fault = 0",
                "SELECT COUNT(*) FROM case_event c JOIN ledger_entry e ON e.id = c.entry WHERE e.kind = 'case.act' AND c.fault = 0 AND e.subject LIKE 'case/CH1A%'",
                "SELECT COUNT(*) FROM ledger_branch", /* a stream forked, and another key says which branch goes on */
                "SELECT COUNT(*) FROM ledger_set_aside WHERE is_waiting = 0",
        };
        int64_t found[sizeof asked / sizeof *asked] = { 0 };

        (void)state;
        for (unsigned number = 0; number < WORLDS; number++) {
                static struct world x;
                struct desk r;

                make_world(&x, number);
                desk_open(&r, NULL);
                deliver_rest(&r, &x);
                desk_work(&r);
                for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
                        found[i] += db_number(r.w.db, asked[i], NO_ARGS, 0);
                desk_close(&r);
                arena_close(x.arena);
        }
        for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
                if (found[i] == 0)
                        fail_msg("nothing found: %s", asked[i]);
                else
                        print_message("# %lld: %s\n", (long long)found[i], asked[i]);
}

static bool count_columns(struct work *w, void *unused)
{
        (void)unused;
        for (const struct derived_table *const *list = node_schema(w->node)->tables; *list != NULL; list++)
                for (const struct derived_table *t = *list; t->name != NULL; t++) {
                        int64_t there, said;

                        if (t->state_sql == NULL)
                                continue;
                        said = (int64_t)strlen(t->state_form) - (t->state_form[0] == '-');
                        assert_true(db_exec(w->db, arena_print(w->arena, "CREATE TEMP VIEW shape AS %s", t->state_sql), NO_ARGS));
                        there = db_number(w->db, "SELECT COUNT(*) FROM pragma_table_info('shape')", NO_ARGS, 0);
                        assert_true(db_exec(w->db, "DROP VIEW shape", NO_ARGS));
                        if (there < 1 || there != said)
                                fail_msg("%s: its state has %lld columns and says what %lld are", t->name, (long long)there, (long long)said);
                }
        return true;
}

/* One column more than letters would be read as what it is not, and the last left out. */
static void the_state_says_of_every_column_what_it_is(void **state)
{
        struct desk r;

        (void)state;
        desk_open(&r, NULL);
        desk_work(&r);
        assert_true(ledger_write(&r.w, count_columns, NULL));
        desk_close(&r);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_state_says_of_every_column_what_it_is),
                cmocka_unit_test(the_worlds_hold_what_they_are_to_hold),
                cmocka_unit_test(the_order_of_arrival_does_not_matter),
                cmocka_unit_test(a_node_that_was_taken_over_has_ended_whatever_came_first),
                cmocka_unit_test(a_branch_is_taken_out_where_its_word_counts_by_what_came_last),
                cmocka_unit_test(versions_of_an_item_come_to_the_same_in_every_order),
                cmocka_unit_test(all_that_hold_an_audience_show_the_same_of_it),
                cmocka_unit_test(both_databases_hold_the_same_tables),
                cmocka_unit_test(a_whole_past_is_what_a_node_has_that_was_given_no_more),
        };

        if (getenv("CAUNOI_ORDER_FROM") != NULL) /* a part of many: this alone */
                cmocka_set_test_filter("the_order_of_arrival*");
        return cmocka_run_group_tests(tests, open_writers, close_writers);
}
