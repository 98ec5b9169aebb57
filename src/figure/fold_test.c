#include "tests/support.h"

#include "base/hex.h"
#include "figure/fold.h"

/* A story of one cell: who wrote what, and what was seen. Nodes are letters; n-th line of a node is entry n of its stream. */
struct line {
        char node;
        int level;
        int64_t value;
        const char *seen;     /* "a2 b1": entries of others; NULL: an older program */
        int64_t of_day;       /* 0: undated */
        const char *settles;  /* numbers of lines, from 0, '~' before what was not published: "0~1"; NULL: no decision */
        bool is_draft, is_cautious;
        int priority;         /* of the source */
        int64_t measure;      /* 0: the indicator's */
        const char *source;   /* NULL: told by its priority */
        int readable;         /* level of those who may read it; 0 (the country's is never told apart here): everybody */
};

#define LINES_MOST 6

struct told {
        struct arena *arena;
        struct witness by[LINES_MOST];
        struct version versions[LINES_MOST];
        struct contests contests;
        size_t count;
};

static void tell(struct told *t, const struct line *lines, size_t count)
{
        *t = (struct told){ .arena = arena_open((size_t)16 << 20), .count = count };
        for (size_t i = 0; i < count; i++) {
                const struct line *l = &lines[i];
                struct witness *w = &t->by[i];
                const char *settles = "";

                *w = (struct witness){ .entry = (int64_t)i + 1, .at = ((stamp)(1000 + i)) << 16, .level = l->level, .seq = 1,
                                       .readable = l->readable == 0 ? LEVEL_COUNT : l->readable,
                                       .priority = l->priority, .source = l->source != NULL ? l->source : l->priority == 0 ? "" : arena_print(t->arena, "source %d", l->priority),
                                       .node = arena_print(t->arena, "%c", l->node),
                                       .stream = arena_print(t->arena, "%c/x", l->node) };
                for (size_t k = 0; k < i; k++)
                        w->seq += lines[k].node == l->node;
                w->hash[0] = (unsigned char)(i + 1);
                hex_write(w->hash_hex, w->hash, HASH_BYTES);
                w->tells_seen = l->seen != NULL;
                for (const char *s = l->seen; s != NULL && *s != '\0'; s += s[2] == ' ' ? 3 : 2) {
                        struct sighting *one = arena_alloc(t->arena, sizeof *one);

                        *one = (struct sighting){ w->seen, arena_print(t->arena, "%c/x", s[0]), s[1] - '0' };
                        w->seen = one;
                }
                for (const char *s = l->settles; s != NULL && *s != '\0'; s++)
                        settles = *s == '~' ? arena_print(t->arena, "%s~", settles)
                                            : arena_print(t->arena, "%s%s ", settles, t->by[*s - '0'].hash_hex);
                w->settles = l->settles == NULL ? NULL : settles;
                t->versions[i] = (struct version){ .known_from = l->of_day != 0 ? l->of_day : stamp_moment(w->at), .value = l->value,
                                                   .measure = l->measure, .status = l->is_draft ? STATUS_DRAFT : STATUS_PUBLISHED,
                                                   .entry = w->entry, .by = w, .is_cautious = l->is_cautious };
        }
        cell_fold(t->arena, t->versions, count, &t->contests);
}

/* What stands: the newest version that stood and is no draft. */
static int64_t standing(const struct told *t)
{
        const struct version *best = NULL;

        for (size_t i = 0; i < t->count; i++)
                if (t->versions[i].place == PLACE_STOOD && t->versions[i].status >= STATUS_SUBMITTED &&
                    (best == NULL || t->versions[i].stands_from > best->stands_from))
                        best = &t->versions[i];
        return best == NULL ? -1 : best->value;
}

static size_t open_contests(const struct told *t)
{
        size_t count = 0;

        for (size_t i = 0; i < t->contests.count; i++)
                count += t->contests.list[i].closed_by == NULL;
        return count;
}

#define N LEVEL_COUNTRY
#define P LEVEL_PROVINCE
#define C LEVEL_COMMUNE

#define WROTE(n, l, v, s) { .node = n, .level = l, .value = v, .seen = s }
#define OF_DAY(n, l, v, d) { .node = n, .level = l, .value = v, .seen = "", .of_day = d }
#define DECIDED(n, l, v, s) { .node = n, .level = l, .value = v, .settles = s }
#define FROM(n, l, v, d, p) { .node = n, .level = l, .value = v, .seen = "", .of_day = d, .priority = p }
#define MEASURED(n, l, v, m) { .node = n, .level = l, .value = v, .seen = "", .measure = m }
#define APART(n, l, v, r) { .node = n, .level = l, .value = v, .seen = "", .readable = r }
#define CAREFUL(n, l, v, s) { .node = n, .level = l, .value = v, .seen = s, .is_cautious = true }
#define DRAFT(n, l, v) { .node = n, .level = l, .value = v, .seen = "", .is_draft = true }
#define NAMED(n, l, v, d, s) { .node = n, .level = l, .value = v, .seen = "", .of_day = d, .source = s }
#define DRAFT_OF_DAY(n, l, v, d) { .node = n, .level = l, .value = v, .seen = "", .of_day = d, .is_draft = true }

static const struct {
        const char *name;
        struct line lines[LINES_MOST];
        int64_t stands;
        size_t open, closed;
} cases[] = {
        { "one node corrects itself", { WROTE('a', P, 1, ""), WROTE('a', P, 2, "") }, 2, 0, 0 },
        { "two that had not seen each other: the nearer one stands", { WROTE('a', P, 1, ""), WROTE('m', N, 2, "") }, 1, 1, 0 },
        { "also where it wrote later", { WROTE('m', N, 2, ""), WROTE('a', P, 1, "") }, 1, 1, 0 },
        { "a cautious one stands for now, though another is later", { CAREFUL('a', P, 1, ""), WROTE('b', P, 2, "") }, 1, 1, 0 },
        { "and though another is nearer", { WROTE('a', P, 2, ""), CAREFUL('m', N, 1, "") }, 1, 1, 0 },
        { "what is seen is followed, cautious or not", { CAREFUL('a', P, 1, ""), WROTE('b', P, 2, "a1") }, 2, 0, 0 },
        { "what one decides against a cautious one stands", { CAREFUL('a', P, 1, ""), WROTE('b', P, 2, ""), DECIDED('b', P, 2, "01") }, 2, 0, 1 },
        { "of three the cautious one that nobody named", { CAREFUL('a', P, 1, ""), CAREFUL('c', P, 1, ""), WROTE('b', P, 2, ""), DECIDED('b', P, 2, "02") }, 1, 1, 0 },
        { "of equally near ones the later, for now", { WROTE('a', P, 1, ""), WROTE('b', P, 2, "") }, 2, 1, 0 },
        { "the same value is no conflict", { WROTE('a', P, 1, ""), WROTE('m', N, 1, "") }, 1, 0, 0 },
        { "the same value in another unit of measure is", { MEASURED('a', P, 1, 7), MEASURED('m', N, 1, 8) }, 1, 1, 0 },
        { "in the same unit it is not", { MEASURED('a', P, 1, 7), MEASURED('m', N, 1, 7) }, 1, 0, 0 },
        { "a superior corrects in sight", { WROTE('a', P, 1, ""), WROTE('m', N, 2, "a1") }, 2, 0, 0 },
        { "it had seen an older one only", { WROTE('a', P, 1, ""), WROTE('a', P, 3, ""), WROTE('m', N, 2, "a1") }, 3, 1, 0 },
        { "its own next one after the other's in sight", { WROTE('a', P, 1, ""), WROTE('m', N, 2, "a1"), WROTE('a', P, 3, "m1") }, 3, 0, 0 },
        { "its own next one without having seen that", { WROTE('a', P, 1, ""), WROTE('m', N, 2, "a1"), WROTE('a', P, 3, "") }, 3, 1, 0 },
        { "a conflict is not closed from further away", { WROTE('a', P, 1, ""), WROTE('m', N, 2, ""), WROTE('m', N, 3, "a1") }, 1, 1, 0 },
        { "but by whoever is as near", { WROTE('a', P, 1, ""), WROTE('m', N, 2, ""), WROTE('a', P, 3, "m1") }, 3, 0, 1 },
        { "a decision closes it", { WROTE('a', P, 1, ""), WROTE('m', N, 2, ""), DECIDED('b', P, 2, "01") }, 2, 0, 1 },
        { "a decision does not reach what it does not name",
          { WROTE('a', P, 1, ""), WROTE('m', N, 2, ""), WROTE('k', N, 5, ""), DECIDED('a', P, 2, "01") }, 2, 1, 0 },
        { "a published decision closes it for who has the unpublished version too",
          { APART('a', P, 1, P), WROTE('m', N, 2, ""), DECIDED('b', P, 1, "1~0") }, 1, 0, 1 },
        { "and takes the published one's place where that is all there is", { WROTE('m', N, 2, ""), DECIDED('b', P, 1, "0") }, 1, 0, 0 },
        { "from further away it does not", { APART('a', P, 1, P), WROTE('m', N, 2, ""), DECIDED('k', N, 2, "1~0") }, 1, 1, 0 },
        { "but where no nearer one may read all of it",
          { APART('a', C, 1, P), APART('b', C, 3, C), WROTE('m', N, 2, ""), DECIDED('p', P, 2, "2~0~1") }, 2, 0, 1 },
        { "two decisions that had not seen each other are a conflict again",
          { WROTE('a', P, 1, ""), WROTE('m', N, 2, ""), DECIDED('a', P, 1, "01"), DECIDED('b', P, 2, "01") }, 2, 1, 1 },
        { "a decision about decisions",
          { WROTE('a', P, 1, ""), WROTE('b', P, 2, ""), DECIDED('a', P, 1, "01"), DECIDED('b', P, 2, "01"),
            DECIDED('a', P, 1, "23") }, 1, 0, 2 },
        { "older programs: the later one, no conflict", { WROTE('a', P, 1, NULL), WROTE('m', N, 2, NULL) }, 2, 0, 0 },
        { "a newer program that had not seen an older one's", { WROTE('a', P, 1, NULL), WROTE('m', N, 2, "") }, 1, 1, 0 },
        { "publications of different days do not compete", { OF_DAY('m', N, 1, 500), OF_DAY('k', N, 2, 600) }, 2, 0, 0 },
        { "those of one day do", { OF_DAY('m', N, 1, 500), OF_DAY('k', P, 2, 500) }, 2, 1, 0 },
        { "a publication and a report do not", { OF_DAY('m', N, 1, 500), WROTE('a', P, 2, "") }, 2, 0, 0 },
        { "drafts take no part", { WROTE('a', P, 1, ""), DRAFT('m', N, 2) }, 1, 0, 0 },
        { "a better source stands over a later lesser one", { FROM('m', N, 1, 500, 40), FROM('m', N, 2, 600, 10) }, 1, 0, 0 },
        { "also where the lesser one came first", { FROM('m', N, 2, 600, 10), FROM('m', N, 1, 500, 40) }, 1, 0, 0 },
        { "a lesser source stands until a better one speaks", { FROM('m', N, 2, 500, 10), FROM('m', N, 1, 600, 40) }, 1, 0, 0 },
        { "a better source takes its own figure back", { FROM('m', N, 1, 500, 40), FROM('a', P, 2, 600, 10), FROM('m', N, 3, 700, 40) }, 3, 0, 0 },
        { "sources of one node and one day are both kept", { FROM('m', N, 1, 500, 10), FROM('m', N, 2, 500, 40) }, 2, 0, 0 },
        { "sources of different priority are no conflict", { FROM('a', P, 1, 500, 10), FROM('m', N, 2, 500, 40) }, 2, 0, 0 },
        { "those of one priority are", { FROM('a', P, 1, 500, 40), FROM('m', N, 2, 500, 40) }, 1, 1, 0 },
        { "a conflict below a better source is none", { FROM('a', P, 1, 500, 10), FROM('b', P, 2, 500, 10), FROM('m', N, 3, 400, 40) }, 3, 0, 0 },
        { "a decision has the priority of what it decides about",
          { FROM('a', P, 1, 0, 40), FROM('b', P, 2, 0, 40), DECIDED('a', P, 1, "01") }, 1, 0, 1 },
        { "three at once are one conflict", { WROTE('a', P, 1, ""), WROTE('m', N, 2, ""), WROTE('c', C, 3, "") }, 3, 1, 0 },
};

static void who_stands_and_what_is_a_conflict(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                size_t count = 0;
                struct told t;

                while (count < LINES_MOST && cases[i].lines[count].node != '\0')
                        count++;
                tell(&t, cases[i].lines, count);
                if (standing(&t) != cases[i].stands || open_contests(&t) != cases[i].open ||
                    t.contests.count - open_contests(&t) != cases[i].closed)
                        fail_msg("%s: %lld stands, %zu open, %zu closed", cases[i].name, (long long)standing(&t), open_contests(&t),
                                 t.contests.count - open_contests(&t));
                arena_close(t.arena);
        }
}

static void what_never_stood_is_no_part_of_the_past(void **state)
{
        static const struct line lines[] = { WROTE('a', P, 1, ""), WROTE('m', N, 2, ""), DECIDED('a', P, 2, "01") };
        struct told t;

        (void)state;
        tell(&t, lines, 3);
        assert_int_equal(t.versions[0].place, PLACE_STOOD);
        assert_int_equal(t.versions[1].place, PLACE_BESIDE); /* a table printed before the decision stays as it was */
        assert_int_equal(t.versions[2].place, PLACE_STOOD);
        arena_close(t.arena);
}

/* What each version is from when on; "-": it never stood, "!": it corrects. */
static const char *stood(struct told *t)
{
        const char *said = "";

        for (size_t i = 0; i < t->count; i++) {
                const struct version *v = &t->versions[i];

                said = v->stands_from == 0 ? arena_print(t->arena, "%s%s-%s", said, i == 0 ? "" : " ", v->is_correction ? "!" : "")
                                           : arena_print(t->arena, "%s%s%lld%s", said, i == 0 ? "" : " ", (long long)v->stands_from, v->is_correction ? "!" : "");
        }
        return said;
}

/* Lines are written at 1000, 1001, ... */
static void a_node_that_writes_again_for_one_day_corrects_itself_from_then_on(void **state)
{
        static const struct {
                const char *what;
                struct line lines[LINES_MOST];
                size_t count;
                const char *stood;
                int64_t standing;
        } stories[] = {
                { "what was said of the past stays, the correction stands from when it was written",
                  { OF_DAY('m', N, 1, 500), OF_DAY('m', N, 2, 500) }, 2, "500 1001!", 2 },
                { "the same again changes nothing, also once it had been another",
                  { OF_DAY('m', N, 1, 500), OF_DAY('m', N, 1, 500), OF_DAY('m', N, 2, 500), OF_DAY('m', N, 1, 500) }, 4, "500 - 1002! 1003!", 1 },
                { "a later publication came first: the correction of the one before never stands",
                  { OF_DAY('m', N, 1, 500), OF_DAY('m', N, 3, 600), OF_DAY('m', N, 2, 500) }, 3, "500 600 -!", 3 },
                { "a later publication takes the place of the correction",
                  { OF_DAY('m', N, 1, 500), OF_DAY('m', N, 2, 500), OF_DAY('m', N, 3, 2000) }, 3, "500 1001! 2000", 3 },
                { "of what is known from two days the later one's correction counts",
                  { OF_DAY('m', N, 1, 500), OF_DAY('m', N, 3, 600), OF_DAY('m', N, 4, 600), OF_DAY('m', N, 2, 500) }, 4, "500 600 1002! -!", 4 },
                { "a day to come is changed before anybody could ask",
                  { OF_DAY('m', N, 1, 1500), OF_DAY('m', N, 2, 1500) }, 2, "- 1500", 2 },
                { "another node's that stands: what a node corrected is beside it",
                  { OF_DAY('m', N, 1, 500), OF_DAY('m', N, 2, 500), OF_DAY('a', P, 3, 500) }, 3, "- - 500", 3 },
                { "a better source's from the same day on: neither the first nor its correction ever stood",
                  { OF_DAY('m', N, 1, 500), OF_DAY('m', N, 2, 500), FROM('m', N, 3, 500, 50) }, 3, "- - 500", 3 },
                { "of two sources the one recorded last stands, in the past too; what corrects the other one later stands from then on",
                  { NAMED('m', N, 1, 500, "a"), NAMED('m', N, 2, 500, "b"), NAMED('m', N, 3, 500, "a"), NAMED('m', N, 2, 500, "b") }, 4, "- 500 1002! -", 3 },
                { "but not what it had said before the other was recorded",
                  { NAMED('m', N, 1, 500, "a"), NAMED('m', N, 3, 500, "a"), NAMED('m', N, 2, 500, "b") }, 3, "- - 500", 2 },
                { "a draft takes nothing away", { OF_DAY('m', N, 1, 500), DRAFT_OF_DAY('m', N, 2, 500) }, 2, "500 -", 1 },
                { "a draft that was written again is nowhere", { DRAFT_OF_DAY('m', N, 1, 500), OF_DAY('m', N, 2, 500) }, 2, "- 500", 2 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
                struct told t;

                tell(&t, stories[i].lines, stories[i].count);
                if (strcmp(stood(&t), stories[i].stood) != 0 || standing(&t) != stories[i].standing)
                        fail_msg("%s: \"%s\", %lld", stories[i].what, stood(&t), (long long)standing(&t));
                arena_close(t.arena);
        }
}

static void a_contest_has_one_name_whatever_stands(void **state)
{
        static const struct line two[] = { WROTE('a', P, 1, ""), WROTE('m', N, 2, "") };
        static const struct line other[] = { WROTE('a', P, 1, ""), WROTE('m', N, 2, ""), WROTE('k', N, 3, "") };
        char first[CONTEST_NAME_MAX], again[CONTEST_NAME_MAX], more[CONTEST_NAME_MAX];
        struct told t;

        (void)state;
        tell(&t, two, 2);
        contest_name(&t.contests.list[0], first);
        arena_close(t.arena);
        tell(&t, two, 2);
        contest_name(&t.contests.list[0], again);
        arena_close(t.arena);
        tell(&t, other, 3);
        contest_name(&t.contests.list[0], more);
        arena_close(t.arena);
        assert_string_equal(first, again);
        assert_string_not_equal(first, more);
        assert_int_equal(strlen(first), CONTEST_NAME_MAX - 1);
}

/* Whatever the sources say, in whatever order it is told: at every moment one of the best that had spoken stands. */
static void the_best_source_stands_whatever_the_order(void **state)
{
        uint64_t chance = 20211229;

        (void)state;
        for (int round = 0; round < 3000; round++) {
                struct line lines[LINES_MOST] = { { 0 } };
                struct version shuffled[LINES_MOST];
                struct contests contests = { 0 };
                struct told t;

                for (size_t i = 0; i < LINES_MOST; i++) {
                        chance = chance * 6364136223846793005u + 1442695040888963407u;
                        lines[i] = (struct line)FROM((char)('a' + (chance >> 60) % 3), P, (int64_t)i + 1, 500 + (int64_t)(chance >> 50) % 4 * 100,
                                                     (int)(chance >> 40) % 3 * 10);
                }
                tell(&t, lines, LINES_MOST);
                for (int64_t now = 500; now <= 800; now += 100) {
                        const struct version *best = NULL;
                        int highest = -1;

                        for (size_t i = 0; i < t.count; i++) {
                                const struct version *v = &t.versions[i];

                                if (v->known_from <= now && v->by->priority > highest)
                                        highest = v->by->priority;
                                if (v->place == PLACE_STOOD && v->known_from <= now && (best == NULL || v->known_from > best->known_from))
                                        best = v;
                        }
                        assert_int_equal(best == NULL ? -1 : best->by->priority, highest);
                }
                for (size_t i = 0; i < LINES_MOST; i++)
                        shuffled[i] = t.versions[(i * 5 + (size_t)round) % LINES_MOST];
                cell_fold(t.arena, shuffled, LINES_MOST, &contests);
                for (size_t i = 0; i < LINES_MOST; i++) {
                        assert_int_equal(shuffled[i].entry, t.versions[i].entry);
                        assert_int_equal(shuffled[i].place, t.versions[i].place);
                }
                assert_int_equal(contests.count, t.contests.count);
                arena_close(t.arena);
        }
}

#define SINCE(n, l, v, s, d) { .node = n, .level = l, .value = v, .seen = s, .of_day = d }
#define DECIDED_SINCE(n, l, v, s, d) { .node = n, .level = l, .value = v, .seen = "", .of_day = d, .settles = s }
#define DAYS 4

/* What stands on each day (0: nothing), and on how many of them a conflict is open, or was closed. */
static const struct {
        const char *name;
        struct line lines[LINES_MOST];
        int64_t stands[DAYS];
        int open, closed;
} of_days[] = {
        { "one node: each day the newest of the newest day", { SINCE('a', P, 1, "", 1), SINCE('a', P, 3, "", 3), SINCE('a', P, 2, "", 2), SINCE('a', P, 4, "", 2) }, { 1, 4, 3, 3 }, 0, 0 },
        { "two of one day", { SINCE('a', P, 1, "", 2), SINCE('m', N, 2, "", 2) }, { 0, 1, 1, 1 }, 3, 0 },
        { "the later day does not win where the earlier was not seen", { SINCE('a', P, 1, "", 2), SINCE('m', N, 2, "", 3) }, { 0, 1, 1, 1 }, 2, 0 },
        { "nor where its writer is as near: for now the later", { SINCE('a', P, 1, "", 2), SINCE('b', P, 2, "", 3) }, { 0, 1, 2, 2 }, 2, 0 },
        { "in sight it does", { SINCE('a', P, 1, "", 2), SINCE('m', N, 2, "a1", 3) }, { 0, 1, 2, 2 }, 0, 0 },
        { "what is of a day before one its writer knew is of that time alone", { SINCE('m', N, 2, "", 3), SINCE('a', P, 1, "m1", 1) }, { 1, 1, 2, 2 }, 0, 0 },
        { "where it did not know it, it goes on", { SINCE('m', N, 2, "", 3), SINCE('a', P, 1, "", 1) }, { 1, 1, 1, 1 }, 2, 0 },
        { "the same is no conflict", { SINCE('a', P, 1, "", 1), SINCE('m', N, 1, "", 2) }, { 1, 1, 1, 1 }, 0, 0 },
        { "a decision of the day ends it from then on", { SINCE('a', P, 1, "", 1), SINCE('m', N, 2, "", 2), DECIDED_SINCE('a', P, 2, "01", 2) }, { 1, 2, 2, 2 }, 0, 3 },
        { "one of a later day leaves the days before", { SINCE('a', P, 1, "", 1), SINCE('m', N, 2, "", 1), SINCE('a', P, 3, "m1", 3) }, { 1, 1, 3, 3 }, 2, 2 },
        { "whoever is farther away does not end it", { SINCE('a', P, 1, "", 1), SINCE('m', N, 2, "", 1), SINCE('m', N, 3, "a1", 2) }, { 1, 1, 1, 1 }, 4, 0 },
        { "an older program had seen all before it", { SINCE('a', P, 1, NULL, 1), SINCE('m', N, 2, NULL, 2) }, { 1, 2, 2, 2 }, 0, 0 },
};

static void what_holds_from_a_day_on_is_decided_about_day_by_day(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof of_days / sizeof *of_days; i++) {
                int open = 0, closed = 0;
                struct told t;
                size_t count = 0;

                while (count < LINES_MOST && of_days[i].lines[count].node != 0)
                        count++;
                tell(&t, of_days[i].lines, count);
                for (size_t k = 0; k < count; k++)
                        t.by[k].source = t.by[k].hash_hex;
                days_end(t.versions, count);
                for (int64_t day_asked = 1; day_asked <= DAYS; day_asked++) {
                        struct contests contests = { 0 };
                        const struct witness *by = day_fold(t.arena, t.versions, count, day_asked, &contests);
                        int64_t value = by == NULL ? 0 : of_days[i].lines[by->entry - 1].value;

                        if (value != of_days[i].stands[day_asked - 1])
                                fail_msg("%s: on day %d stands %d", of_days[i].name, (int)day_asked, (int)value);
                        for (size_t k = 0; k < contests.count; k++) {
                                assert_int_equal(contests.list[k].of_day, day_asked);
                                open += contests.list[k].closed_by == NULL;
                                closed += contests.list[k].closed_by != NULL;
                        }
                }
                if (open != of_days[i].open || closed != of_days[i].closed)
                        fail_msg("%s: %d open, %d closed", of_days[i].name, open, closed);
                arena_close(t.arena);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_stands_and_what_is_a_conflict),
                cmocka_unit_test(what_never_stood_is_no_part_of_the_past),
                cmocka_unit_test(a_node_that_writes_again_for_one_day_corrects_itself_from_then_on),
                cmocka_unit_test(a_contest_has_one_name_whatever_stands),
                cmocka_unit_test(the_best_source_stands_whatever_the_order),
                cmocka_unit_test(what_holds_from_a_day_on_is_decided_about_day_by_day),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
