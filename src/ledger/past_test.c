#include "tests/ledger_bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"

/* A moment by which all that was written so far was written, and nothing that comes. */
static moment by_now(void)
{
        moment at;

        usleep(3000);
        at = moment_now();
        usleep(3000);
        return at;
}

/* A node of the country that has noted "one" of a subject and, since the moment returned, "two". */
static moment bench_of_two(struct bench *b)
{
        moment first;

        bench_make(b, "VN");
        assert_true(note(b, "*", "a", "one"));
        first = by_now();
        assert_true(note(b, "*", "a", "two"));
        return first;
}

/* What the newest note of a subject says in a past, or NULL. */
static char *words_in(struct bench *b, struct past *p, const char *subject)
{
        struct error err = { .language = LANGUAGE_EN };
        struct db *db = node_reader(past_node(p), &err);
        char *words;

        assert_non_null(db);
        words = db_text(db, b->arena, "SELECT words FROM note WHERE subject = $1", ARGS(v_text(subject)));
        return words;
}

static int count_folders(const struct bench *b, const char *beginning)
{
        DIR *all = opendir(b->folder);
        struct dirent *entry;
        int count = 0;

        assert_non_null(all);
        while ((entry = readdir(all)) != NULL)
                count += strncmp(entry->d_name, beginning, strlen(beginning)) == 0;
        closedir(all);
        return count;
}

static struct past *hold(struct bench *b, moment at)
{
        struct past *p;

        bench_work(b);
        p = past_hold(&b->w, at, PAST_OF_REGISTERS);
        if (p == NULL)
                fail_msg("%s: %s", b->w.err.context, b->w.err.message);
        return p;
}

static void must_say_at(struct bench *b, moment at, const char *subject, const char *words)
{
        struct past *p = hold(b, at);
        const char *found = words_in(b, p, subject);

        if (words == NULL ? found != NULL : found == NULL || strcmp(found, words) != 0)
                fail_msg("%s says %s, not %s", subject, found == NULL ? "nothing" : found, words == NULL ? "nothing" : words);
        past_release(p);
}

static void a_past_has_what_was_written_by_then(void **state)
{
        moment first, second;
        struct bench b;
        struct past *p;

        (void)state;
        first = bench_of_two(&b);
        assert_true(note(&b, "25", "b", "new"));
        second = by_now();
        assert_true(note(&b, "*", "a", "three"));
        must_say_at(&b, first, "a", "one");
        must_say_at(&b, first, "b", NULL);
        must_say_at(&b, second, "a", "two");
        must_say_at(&b, second, "b", "new");
        assert_int_equal(count_folders(&b, "past-"), 2);
        p = hold(&b, moment_now() + 1000); /* nothing was written since: the node itself */
        assert_ptr_equal(past_node(p), b.node);
        past_release(p);
        assert_string_equal(words_of(&b, "a"), "three");
        assert_sound(&b);
        bench_close(&b);
        assert_int_equal(count_folders(&b, "past-"), 0);
}

static void ids_are_those_of_the_node_and_nothing_can_be_written(void **state)
{
        moment first;
        struct bench b;
        struct past *p;
        struct note n = { .audience = "*", .subject = "a", .words = "no" };
        struct work w;
        char name[HASH_HEX], same[HASH_HEX];

        (void)state;
        bench_make(&b, "VN");
        assert_true(note(&b, "*", "a", "one"));
        assert_true(note(&b, "*", "a", "two"));
        first = by_now();
        assert_true(note(&b, "*", "a", "three"));
        p = hold(&b, first);
        work_init(&w, b.arena, node_reader(past_node(p), &b.w.err), LANGUAGE_EN);
        w.node = past_node(p);
        w.user = &user_operator;
        assert_true(past_is_read(&w));
        assert_false(past_is_read(&b.w));
        assert_int_equal(db_number(w.db, "SELECT entry FROM note", NO_ARGS, 0), 2);
        assert_true(ledger_hash_of(&w, 2, name) && ledger_hash_of(&b.w, 2, same));
        assert_string_equal(name, same);
        assert_false(ledger_write(&w, write_note, &n));
        past_release(p);
        bench_close(&b);
}

static bool read_words(struct work *w, void *words)
{
        *(const char **)words = db_text(w->db, w->arena, "SELECT words FROM note WHERE subject = 'a'", NO_ARGS);
        return work_ok(w);
}

static bool read_nonsense(struct work *w, void *unused)
{
        (void)unused;
        return db_exec(w->db, "SELECT nothing FROM nowhere", NO_ARGS);
}

static void a_past_may_ask_the_node_itself(void **state)
{
        const char *words = NULL;
        moment first;
        struct bench b;
        struct past *p;
        struct work w;

        (void)state;
        bench_make(&b, "VN");
        assert_true(note(&b, "*", "a", "then"));
        first = by_now();
        assert_true(note(&b, "*", "a", "now"));
        p = hold(&b, first);
        work_init(&w, b.arena, node_reader(past_node(p), &b.w.err), LANGUAGE_EN);
        w.node = past_node(p);
        assert_true(past_on_node(&w, read_words, &words));
        assert_string_equal(words, "now");
        assert_non_null(node_setting(b.node, "unit"));
        assert_ptr_equal(node_setting(w.node, "unit"), node_setting(b.node, "unit"));
        assert_true(read_words(&w, &words));
        assert_string_equal(words, "then");
        assert_true(past_on_node(&b.w, read_words, &words));
        assert_string_equal(words, "now");
        assert_false(past_on_node(&w, read_nonsense, NULL));
        assert_false(work_ok(&w));
        assert_ptr_equal(w.node, past_node(p));
        past_release(p);
        bench_close(&b);
}

static void what_was_written_before_and_comes_later_belongs_to_it(void **state)
{
        struct bench ministry, province;
        struct lines early, late;
        struct past *held;
        moment first, second;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        trust(&province, &ministry);
        assert_true(note(&ministry, "*", "a", "here"));
        assert_true(note(&province, "25", "b", "in time"));
        lines_of(&province, &early);
        first = by_now();
        assert_true(note(&province, "25", "b", "too late"));
        assert_true(note(&ministry, "*", "a", "changed"));
        lines_of(&province, &late);
        must_say_at(&ministry, first, "b", NULL);
        held = hold(&ministry, first);
        trust(&ministry, &province); /* said later, but it holds for what was written before */
        assert_true(give(&ministry, &early, NULL));
        must_say_at(&ministry, first, "b", "in time");
        assert_null(words_in(&ministry, held, "b")); /* whoever reads goes on reading the same */
        past_release(held);
        second = by_now();
        assert_true(note(&ministry, "*", "a", "changed again"));
        must_say_at(&ministry, second, "b", "in time");
        assert_true(give(&ministry, &late, NULL));
        assert_string_equal(words_of(&ministry, "b"), "too late");
        must_say_at(&ministry, second, "b", "too late"); /* nobody held the one before */
        must_say_at(&ministry, first, "b", "in time");
        must_say_at(&ministry, first, "a", "here");
        assert_int_equal(count_folders(&ministry, "past-"), 2);
        arena_close(early.arena);
        arena_close(late.arena);
        bench_close(&ministry);
        bench_close(&province);
}

static void a_kept_past_is_used_again_until_something_comes_that_belongs_to_it(void **state)
{
        struct bench b;
        struct past *p, *same;
        moment first;

        (void)state;
        first = bench_of_two(&b);
        p = hold(&b, first);
        past_release(p);
        same = hold(&b, first);
        assert_ptr_equal(same, p);
        past_release(same);
        assert_true(note(&b, "*", "a", "three"));
        same = hold(&b, first);
        assert_ptr_equal(same, p);
        past_release(same);
        bench_close(&b);
}

static void between_two_entries_a_past_is_that_of_each_moment(void **state)
{
        struct past *p, *same;
        moment first, second, third;
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        assert_true(note(&b, "*", "a", "one"));
        first = by_now();
        second = by_now();
        assert_true(second > first);
        assert_true(note(&b, "*", "a", "two"));
        p = hold(&b, first);
        same = hold(&b, second);
        assert_ptr_equal(same, p);
        assert_int_equal(count_folders(&b, "past-"), 1);
        past_release(same);
        past_release(p);
        third = by_now(); /* the node itself, until something is written */
        assert_true(note(&b, "*", "a", "three"));
        must_say_at(&b, third, "a", "two");
        must_say_at(&b, second, "a", "one");
        must_say_at(&b, first, "a", "one");
        assert_int_equal(count_folders(&b, "past-"), 2);
        bench_close(&b);
}

/* Of a moment between two entries it is made; then one comes that was written between that moment and the later entry. */
static void what_comes_between_ends_a_past_there(void **state)
{
        struct bench ministry, province;
        struct past *p, *same;
        moment first, second;
        struct lines all;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        trust(&province, &ministry);
        trust(&ministry, &province);
        assert_true(note(&ministry, "*", "a", "one"));
        first = by_now();
        assert_true(note(&province, "25", "b", "between"));
        lines_of(&province, &all);
        second = by_now();
        assert_true(note(&ministry, "*", "a", "two"));
        p = hold(&ministry, first);
        must_say_at(&ministry, second, "b", NULL);
        assert_true(give(&ministry, &all, NULL));
        same = hold(&ministry, first);
        assert_ptr_equal(same, p);
        past_release(same);
        must_say_at(&ministry, second, "b", "between");
        must_say_at(&ministry, first, "b", NULL);
        past_release(p);
        arena_close(all.arena);
        bench_close(&ministry);
        bench_close(&province);
}

static void four_are_kept_and_what_is_in_use_is_not_taken_away(void **state)
{
        static const char *const words[] = { "one", "two", "three", "four", "five", "six" };
        moment at[6];
        struct past *first;
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        for (int i = 0; i < 6; i++) {
                assert_true(note(&b, "*", "a", words[i]));
                at[i] = by_now();
        }
        assert_true(note(&b, "*", "a", "now"));
        first = hold(&b, at[0]);
        for (int i = 1; i < 6; i++) {
                must_say_at(&b, at[i], "a", words[i]);
                assert_int_equal(count_folders(&b, "past-"), i < PASTS_MOST ? i + 1 : PASTS_MOST);
        }
        assert_string_equal(words_in(&b, first, "a"), "one");
        assert_ptr_equal(hold(&b, at[0]), first);
        past_release(first);
        past_release(first);
        must_say_at(&b, at[1], "a", words[1]); /* the one that nobody used for longest is gone, and is made again */
        pasts_forget(b.node);
        assert_int_equal(count_folders(&b, "past-"), 0);
        must_say_at(&b, at[3], "a", words[3]);
        bench_close(&b);
        assert_int_equal(count_folders(&b, "past-"), 0);
}

static void all_in_use_are_all_there(void **state)
{
        struct past *held[PASTS_MOST + 2];
        moment at[PASTS_MOST + 2];
        struct bench b;
        char words[8];

        (void)state;
        bench_make(&b, "VN");
        for (int i = 0; i < PASTS_MOST + 2; i++) {
                snprintf(words, sizeof words, "w%d", i);
                assert_true(note(&b, "*", "a", words));
                at[i] = by_now();
        }
        assert_true(note(&b, "*", "a", "now"));
        for (int i = 0; i < PASTS_MOST + 2; i++)
                held[i] = hold(&b, at[i]);
        assert_int_equal(count_folders(&b, "past-"), PASTS_MOST + 2);
        for (int i = 0; i < PASTS_MOST + 2; i++) {
                snprintf(words, sizeof words, "w%d", i);
                assert_string_equal(words_in(&b, held[i], "a"), words);
                past_release(held[i]);
        }
        assert_int_equal(count_folders(&b, "past-"), PASTS_MOST);
        bench_close(&b);
}

static void before_the_first_record_there_is_nothing_to_tell(void **state)
{
        char day_text[DAY_TEXT_MAX];
        struct bench b;
        moment before = moment_now();

        (void)state;
        usleep(3000);
        bench_make(&b, "VN");
        assert_true(note(&b, "*", "a", "one"));
        bench_work(&b);
        assert_null(past_hold(&b.w, before, PAST_OF_REGISTERS));
        assert_int_equal(b.w.err.code, ERR_MISSING);
        day_write(day_text, day_of_moment(moment_now()));
        assert_non_null(strstr(b.w.err.message, day_text));
        assert_int_equal(count_folders(&b, "past-"), 0);
        bench_close(&b);
}

static void where_nothing_but_trust_was_said_there_is_nothing_to_tell(void **state)
{
        struct bench ministry, province;
        moment before;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        before = by_now();
        trust(&ministry, &province);
        bench_work(&ministry);
        assert_null(past_hold(&ministry.w, before, PAST_OF_REGISTERS));
        assert_int_equal(ministry.w.err.code, ERR_MISSING);
        assert_non_null(strstr(ministry.w.err.message, "nothing has been recorded"));
        bench_close(&ministry);
        bench_close(&province);
}

static void who_asks_while_another_one_is_made_waits_and_not_for_ever(void **state)
{
        moment first;
        struct bench b;

        (void)state;
        first = bench_of_two(&b);
        b.node->past_patience_ms = 20;
        b.node->is_making_past = true;
        bench_work(&b);
        assert_null(past_hold(&b.w, first, PAST_OF_REGISTERS));
        assert_int_equal(b.w.err.code, ERR_BUSY);
        b.node->is_making_past = false;
        must_say_at(&b, first, "a", "one");
        b.node->is_making_past = true;
        must_say_at(&b, first, "a", "one"); /* what is kept need not be made */
        b.node->is_making_past = false;
        bench_close(&b);
}

static void who_stops_need_not_wait_for_one_that_is_made(void **state)
{
        moment first;
        struct bench b;

        (void)state;
        first = bench_of_two(&b);
        pasts_let_make(b.node, false);
        bench_work(&b);
        assert_null(past_hold(&b.w, first, PAST_OF_REGISTERS));
        assert_non_null(strstr(b.w.err.message, "the node is closing"));
        assert_int_equal(count_folders(&b, "past-"), 0);
        pasts_let_make(b.node, true);
        must_say_at(&b, first, "a", "one");
        pasts_let_make(b.node, false);
        must_say_at(&b, first, "a", "one"); /* what is kept need not be made */
        bench_close(&b);
}

static void a_node_that_is_opened_removes_what_a_killed_process_left(void **state)
{
        char left[600], used[600], path[700];
        struct error err = { .language = LANGUAGE_EN };
        struct bench b;
        int lock;

        (void)state;
        bench_make(&b, "VN");
        assert_true(note(&b, "*", "a", "one"));
        node_close(b.node);
        snprintf(left, sizeof left, "%s/past-abcdef", b.folder);
        snprintf(path, sizeof path, "%s/ledger.db", left);
        assert_int_equal(mkdir(left, 0700), 0);
        assert_true(file_write(path, "x", 1, 0600, &err));
        snprintf(path, sizeof path, "%s/check-abcdef", b.folder);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(used, sizeof used, "%s/check-ghijkl", b.folder);
        assert_int_equal(mkdir(used, 0700), 0);
        lock = open(used, O_RDONLY | O_DIRECTORY);
        assert_int_equal(flock(lock, LOCK_EX), 0);
        bench_open(&b);
        assert_int_equal(count_folders(&b, "past-"), 0);
        assert_int_equal(count_folders(&b, "check-"), 1); /* another process is comparing */
        close(lock);
        node_close(b.node);
        bench_open(&b);
        assert_int_equal(count_folders(&b, "check-"), 0);
        bench_close(&b);
}

static void a_past_that_cannot_be_made_leaves_nothing(void **state)
{
        char away[600];
        moment first;
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        assert_true(note(&b, "*", "a", "breaks"));
        first = by_now();
        assert_true(note(&b, "*", "a", "two"));
        bench_work(&b);
        bench_notes.breaks = true; /* as where the disk is full: it fails in the middle */
        assert_null(past_hold(&b.w, first, PAST_OF_REGISTERS));
        assert_non_null(strstr(b.w.err.message, "cannot be placed"));
        bench_notes.breaks = false;
        assert_int_equal(count_folders(&b, "past-"), 0);
        snprintf(away, sizeof away, "%s-away", b.folder);
        bench_work(&b);
        assert_int_equal(rename(b.folder, away), 0);
        assert_null(past_hold(&b.w, first, PAST_OF_REGISTERS));
        assert_int_equal(b.w.err.code, ERR_ENVIRONMENT);
        assert_int_equal(rename(away, b.folder), 0);
        must_say_at(&b, first, "a", "breaks");
        bench_close(&b);
}

/* Readers ask for pasts while the node is written to. */
struct asking {
        struct bench *b;
        const moment *at;
        int count, wrong;
};

static void *ask_again_and_again(void *argument)
{
        struct asking *a = argument;
        struct arena *arena = arena_open(WORK_MEMORY_USUAL);

        for (int i = 0; i < a->count; i++) {
                struct error err = { .language = LANGUAGE_EN };
                struct work w;
                struct past *p;
                char expected[8], *words;

                arena_reset(arena);
                work_init(&w, arena, node_reader(a->b->node, &err), LANGUAGE_EN);
                w.node = a->b->node;
                p = past_hold(&w, a->at[i % 6], PAST_OF_REGISTERS);
                db_attach_error(w.db, NULL);
                if (p == NULL) {
                        a->wrong++;
                        continue;
                }
                snprintf(expected, sizeof expected, "w%d", i % 6);
                words = db_text(node_reader(past_node(p), &err), arena, "SELECT words FROM note WHERE subject = 'a'", NO_ARGS);
                a->wrong += words == NULL || strcmp(words, expected) != 0;
                past_release(p);
        }
        arena_close(arena);
        return NULL;
}

static void many_threads_ask_at_once(void **state)
{
        struct asking asking[3];
        pthread_t threads[3];
        moment at[6];
        struct bench b;
        char words[8];

        (void)state;
        bench_make(&b, "VN");
        for (int i = 0; i < 6; i++) {
                snprintf(words, sizeof words, "w%d", i);
                assert_true(note(&b, "*", "a", words));
                at[i] = by_now();
        }
        for (int i = 0; i < 3; i++) {
                asking[i] = (struct asking){ .b = &b, .at = at, .count = 12 };
                assert_int_equal(pthread_create(&threads[i], NULL, ask_again_and_again, &asking[i]), 0);
        }
        for (int i = 0; i < 20; i++)
                assert_true(note(&b, "*", "a", "now"));
        for (int i = 0; i < 3; i++) {
                pthread_join(threads[i], NULL);
                assert_int_equal(asking[i].wrong, 0);
        }
        bench_close(&b);
}

/* ---- widths ----------------------------------------------------------------------------------------------------------------- */

static bool is_note(const char *kind)
{
        return strcmp(kind, "note") == 0;
}

/* The bench's program, in which no register rests on notes, or no past has them. */
static struct ledger_schema narrowed(const struct bench *b, bool never)
{
        struct ledger_schema schema = *node_schema(b->node);

        *(never ? &schema.is_never_past : &schema.is_beside_registers) = is_note;
        return schema;
}

static void a_whole_past_has_what_no_register_rests_on_and_both_are_kept(void **state)
{
        struct ledger_schema schema;
        struct past *narrow, *whole, *same;
        moment first;
        struct bench b;

        (void)state;
        first = bench_of_two(&b);
        schema = narrowed(&b, false);
        b.node->schema = &schema;
        bench_work(&b);
        assert_null(past_hold(&b.w, first, PAST_OF_REGISTERS)); /* of registers nothing is recorded */
        assert_int_equal(b.w.err.code, ERR_MISSING);
        bench_work(&b);
        whole = past_hold(&b.w, first, PAST_WHOLE);
        assert_non_null(whole);
        assert_string_equal(words_in(&b, whole, "a"), "one");
        schema.is_beside_registers = NULL;
        narrow = hold(&b, first);
        assert_ptr_not_equal(narrow, whole);
        assert_int_equal(count_folders(&b, "past-"), 2);
        assert_ptr_equal(same = past_hold(&b.w, first, PAST_WHOLE), whole);
        past_release(same);
        past_release(whole);
        past_release(narrow);
        bench_close(&b);
        assert_int_equal(count_folders(&b, "past-"), 0);
}

static void what_comes_later_and_no_register_rests_on_makes_a_whole_past_anew_alone(void **state)
{
        struct ledger_schema schema;
        struct past *narrow, *whole, *same;
        struct bench ministry, province;
        struct lines late;
        moment first;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        trust(&province, &ministry);
        trust(&ministry, &province);
        assert_true(note(&ministry, "*", "a", "here"));
        assert_true(note(&province, "25", "b", "in time"));
        lines_of(&province, &late);
        first = by_now();
        assert_true(note(&ministry, "*", "a", "changed"));
        narrow = hold(&ministry, first);
        whole = past_hold(&ministry.w, first, PAST_WHOLE);
        assert_non_null(whole);
        past_release(narrow);
        past_release(whole);
        schema = narrowed(&ministry, false); /* from here on */
        ministry.node->schema = &schema;
        assert_true(give(&ministry, &late, NULL));
        same = hold(&ministry, first);
        assert_null(words_in(&ministry, same, "b")); /* the one that was kept */
        past_release(same);
        bench_work(&ministry);
        whole = past_hold(&ministry.w, first, PAST_WHOLE);
        assert_string_equal(words_in(&ministry, whole, "b"), "in time");
        past_release(whole);
        arena_close(late.arena);
        bench_close(&ministry);
        bench_close(&province);
}

/* What is stored and not placed is in no past: one that was made meanwhile is used again until more is placed. */
static void a_past_is_made_anew_once_more_is_placed(void **state)
{
        struct bench ministry, province;
        struct past *p, *same;
        struct lines late;
        int64_t at_once = 0;
        struct feed feed = { .l = &late, .at_once = &at_once };
        moment first;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        trust(&ministry, &province);
        assert_true(note(&ministry, "*", "a", "here"));
        assert_true(note(&province, "25", "b", "in time"));
        lines_of(&province, &late);
        first = by_now();
        assert_true(note(&ministry, "*", "a", "changed"));
        ministry.node->placing_rests = true;
        bench_work(&ministry);
        assert_true(ledger_write(&ministry.w, feed_lines, &feed));
        assert_int_equal(node_unplaced(ministry.node), 1);
        p = hold(&ministry, first);
        assert_null(words_in(&ministry, p, "b"));
        same = hold(&ministry, first);
        assert_ptr_equal(same, p);
        past_release(same);
        bench_work(&ministry);
        assert_true(ledger_place(&ministry.w));
        same = hold(&ministry, first);
        assert_string_equal(words_in(&ministry, same, "b"), "in time");
        past_release(same);
        past_release(p);
        arena_close(late.arena);
        bench_close(&ministry);
        bench_close(&province);
}

static bool newest_words(struct work *w, void *argument)
{
        *(char **)argument = db_text(w->db, w->arena, "SELECT words FROM note WHERE subject = 'a'", NO_ARGS);
        return *(char **)argument != NULL;
}

/* Of what keeps its own past all is there, whenever it was written; of what defines it the entries that were named. */
static void a_past_by_other_definitions_has_all_that_they_place(void **state)
{
        struct ledger_schema schema;
        struct past *one, *same, *none;
        char *words = NULL;
        int64_t definition, other;
        struct bench b;

        (void)state;
        bench_of_two(&b);
        bench_work(&b);
        definition = db_number(b.w.db, "SELECT MIN(id) FROM ledger_entry WHERE kind = 'note'", NO_ARGS, 0);
        other = definition + 1000;
        one = past_hold_defined(&b.w, 0, &definition, 1); /* of the bench's program notes define */
        assert_non_null(one);
        assert_string_equal(words_in(&b, one, "a"), "one");
        assert_true(past_run(&b.w, one, newest_words, &words));
        assert_string_equal(words, "one");
        assert_true(note(&b, "*", "a", "three"));
        bench_work(&b);
        assert_ptr_equal(same = past_hold_defined(&b.w, 0, &definition, 1), one); /* nothing came that it places */
        past_release(same);
        none = past_hold_defined(&b.w, 0, &other, 1);
        assert_ptr_not_equal(none, one);
        assert_null(words_in(&b, none, "a"));
        past_release(none);
        past_release(one);
        schema = narrowed(&b, false); /* from here on notes are what is placed */
        b.node->schema = &schema;
        bench_work(&b);
        one = past_hold_defined(&b.w, 0, NULL, 0);
        assert_string_equal(words_in(&b, one, "a"), "three");
        past_release(one);
        assert_true(note(&b, "*", "a", "four"));
        bench_work(&b);
        same = past_hold_defined(&b.w, 0, NULL, 0);
        assert_string_equal(words_in(&b, same, "a"), "four"); /* it came since: made anew */
        past_release(same);
        assert_int_equal(count_folders(&b, "past-"), 3);
        bench_close(&b);
        assert_int_equal(count_folders(&b, "past-"), 0);
}

static void what_is_never_past_is_in_no_past(void **state)
{
        struct ledger_schema schema;
        moment first;
        struct bench b;

        (void)state;
        first = bench_of_two(&b);
        schema = narrowed(&b, true);
        b.node->schema = &schema;
        for (int width = PAST_OF_REGISTERS; width <= PAST_WHOLE; width++) {
                bench_work(&b);
                assert_null(past_hold(&b.w, first, (enum past_width)width));
                assert_int_equal(b.w.err.code, ERR_MISSING);
        }
        bench_close(&b);
}

/* What would be written next is later than all that the node has seen; at a past it is its moment. */
static void the_next_stamp_of_a_past_is_of_its_moment(void **state)
{
        moment first;
        struct bench b;
        struct past *p;
        struct work w;

        (void)state;
        first = bench_of_two(&b);
        p = hold(&b, first);
        work_init(&w, b.arena, node_reader(past_node(p), &b.w.err), LANGUAGE_EN);
        w.node = past_node(p);
        w.now = first;
        assert_true(ledger_next_stamp(&w) == stamp_last(first));
        b.w.now = first;
        assert_true(ledger_next_stamp(&b.w) > stamp_last(first));
        past_release(p);
        bench_close(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_past_has_what_was_written_by_then),
                cmocka_unit_test(ids_are_those_of_the_node_and_nothing_can_be_written),
                cmocka_unit_test(a_past_may_ask_the_node_itself),
                cmocka_unit_test(what_was_written_before_and_comes_later_belongs_to_it),
                cmocka_unit_test(a_kept_past_is_used_again_until_something_comes_that_belongs_to_it),
                cmocka_unit_test(between_two_entries_a_past_is_that_of_each_moment),
                cmocka_unit_test(what_comes_between_ends_a_past_there),
                cmocka_unit_test(four_are_kept_and_what_is_in_use_is_not_taken_away),
                cmocka_unit_test(all_in_use_are_all_there),
                cmocka_unit_test(before_the_first_record_there_is_nothing_to_tell),
                cmocka_unit_test(where_nothing_but_trust_was_said_there_is_nothing_to_tell),
                cmocka_unit_test(who_asks_while_another_one_is_made_waits_and_not_for_ever),
                cmocka_unit_test(who_stops_need_not_wait_for_one_that_is_made),
                cmocka_unit_test(a_node_that_is_opened_removes_what_a_killed_process_left),
                cmocka_unit_test(a_past_that_cannot_be_made_leaves_nothing),
                cmocka_unit_test(many_threads_ask_at_once),
                cmocka_unit_test(a_whole_past_has_what_no_register_rests_on_and_both_are_kept),
                cmocka_unit_test(what_comes_later_and_no_register_rests_on_makes_a_whole_past_anew_alone),
                cmocka_unit_test(a_past_by_other_definitions_has_all_that_they_place),
                cmocka_unit_test(a_past_is_made_anew_once_more_is_placed),
                cmocka_unit_test(what_is_never_past_is_in_no_past),
                cmocka_unit_test(the_next_stamp_of_a_past_is_of_its_moment),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
