#include "tests/support.h"

#include "catalogue/catalogue_private.h"

/* A version as it is written here: its node (a letter), what its text says (a number), and what it had seen. The entry is its place, from 1; the hash is
 * "h1", the stream "A/", the seq in it. */
struct said {
        char node;
        int mark;
        const char *seen;    /* "B2": of B's stream up to the second entry; NULL: it does not say */
        const char *settles; /* "h1 h2 " */
};
#define MOST 8

static struct file_version *versions_of(struct arena *a, const struct said *said, size_t *count)
{
        struct file_version *list = arena_array(a, MOST, sizeof *list);

        for (*count = 0; *count < MOST && said[*count].node != '\0'; ++*count) {
                const struct said *s = &said[*count];
                struct file_version *v = &list[*count];

                *v = (struct file_version){ .entry = (int64_t)*count + 1, .mark = s->mark, .at = (stamp)*count, .node = arena_print(a, "%c", s->node),
                                            .stream = arena_print(a, "%c/*", s->node), .hash = arena_print(a, "h%zu", *count + 1), .seq = 1, .settles = s->settles };
                for (size_t i = 0; i < *count; i++)
                        v->seq += said[i].node == s->node;
                for (const char *at = s->seen; at != NULL; at = *at == '\0' ? NULL : at + 2)
                        v->seen = *at == '\0' ? (v->seen == NULL ? "" : v->seen) : arena_print(a, "%s%c/* %c\n", v->seen == NULL ? "" : v->seen, at[0], at[1]);
        }
        return list;
}

/* "stands 3; 1 2 by 3; 2 4": which stands, then the conflicts. */
static const char *folded(struct arena *a, const struct said *said)
{
        struct file_contests found;
        size_t count;
        struct file_version *list = versions_of(a, said, &count);
        const struct file_version *stands = versions_fold(a, list, count, &found);
        const char *all = arena_print(a, "stands %lld", (long long)stands->entry);

        for (size_t i = 0; i < found.count; i++) {
                all = arena_print(a, "%s;", all);
                for (size_t n = 0; n < found.list[i].count; n++)
                        all = arena_print(a, "%s %lld", all, (long long)found.list[i].heads[n]->entry);
                if (found.list[i].closed_by != NULL)
                        all = arena_print(a, "%s by %lld", all, (long long)found.list[i].closed_by->entry);
        }
        return all;
}

static void versions_that_no_other_followed_contradict_each_other_and_the_newest_stands(void **state)
{
        static const struct { struct said said[MOST]; const char *outcome; } cases[] = {
                { { { 'A', 1, "", NULL } }, "stands 1" },
                { { { 'A', 1, "", NULL }, { 'A', 2, "", NULL } }, "stands 2" },                        /* one node's own */
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL } }, "stands 2; 1 2" },                   /* unseen */
                { { { 'A', 1, "", NULL }, { 'B', 2, "A1", NULL } }, "stands 2" },                      /* seen */
                { { { 'A', 1, NULL, NULL }, { 'B', 2, NULL, NULL } }, "stands 2" },                    /* older programs have seen all before */
                { { { 'A', 1, "", NULL }, { 'A', 2, "", NULL }, { 'B', 3, "A1", NULL } }, "stands 3; 2 3" },
                { { { 'A', 1, "", NULL }, { 'B', 2, "A1", NULL }, { 'A', 3, "", NULL } }, "stands 3; 2 3" },
                { { { 'A', 1, "", NULL }, { 'B', 2, "A1", NULL }, { 'A', 2, "", NULL } }, "stands 3" }, /* the same text */
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL }, { 'A', 3, "B1", NULL } }, "stands 3; 1 2 by 3" },
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL }, { 'C', 3, "", NULL } }, "stands 3; 1 2 3" },
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL }, { 'C', 3, "A1", NULL } }, "stands 3; 2 3" },
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL }, { 'C', 3, "A1B1", NULL } }, "stands 3; 1 2 by 3" },
                /* decisions: what they name, and nothing else */
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL }, { 'A', 1, NULL, "h1 h2 " } }, "stands 3; 1 2 by 3" },
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL }, { 'C', 3, "", NULL }, { 'A', 2, NULL, "h1 h2 " } }, "stands 4; 3 4" },
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL }, { 'A', 1, NULL, "h1 h2 " }, { 'B', 2, NULL, "h1 h2 " } }, "stands 4; 1 2 by 3; 3 4" },
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL }, { 'A', 1, NULL, "h1 h2 " }, { 'B', 2, NULL, "h1 h2 " }, { 'A', 2, NULL, "h3 h4 " } },
                  "stands 5; 1 2 by 3; 3 4 by 5" },
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL }, { 'A', 1, NULL, "h1 h2 " }, { 'B', 2, "A2", NULL } }, "stands 4; 1 2 by 3" }, /* undone */
                /* a first version that says what another node's first one said is a copy of it */
                { { { 'A', 1, "", NULL }, { 'B', 1, "", NULL } }, "stands 1" },
                { { { 'A', 1, "", NULL }, { 'A', 2, "", NULL }, { 'B', 1, "", NULL } }, "stands 2" },
                { { { 'A', 1, "", NULL }, { 'B', 1, "", NULL }, { 'B', 2, "", NULL } }, "stands 3" },
                { { { 'A', 1, "", NULL }, { 'A', 2, "", NULL }, { 'B', 1, "", NULL }, { 'B', 3, "", NULL } }, "stands 4; 2 4" },
                { { { 'A', 1, "", NULL }, { 'A', 2, "", NULL }, { 'B', 1, "A1", NULL } }, "stands 3; 2 3" }, /* it is none: it had seen what it says again */
                { { { 'A', 1, "", NULL }, { 'A', 2, "", NULL }, { 'B', 2, "", NULL } }, "stands 3" }, /* nor this: it says what a later one said */
                { { { 'A', 1, "", NULL }, { 'B', 1, "", NULL }, { 'C', 2, "B1", NULL } }, "stands 3" }, /* whoever knew the copy knew the other */
        };
        struct arena *a = arena_open((size_t)1 << 20);

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *outcome = folded(a, cases[i].said);

                if (strcmp(outcome, cases[i].outcome) != 0)
                        fail_msg("case %zu: \"%s\" instead of \"%s\"", i, outcome, cases[i].outcome);
        }
        arena_close(a);
}

static void what_versions_have_in_common_is_the_newest_that_all_of_them_followed(void **state)
{
        static const struct { struct said said[MOST]; int64_t heads[3]; size_t count; int64_t ground; } cases[] = {
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL } }, { 1, 2 }, 2, 0 },
                { { { 'A', 1, "", NULL }, { 'A', 2, "", NULL }, { 'B', 3, "A1", NULL } }, { 2, 3 }, 2, 1 },
                { { { 'A', 1, "", NULL }, { 'B', 2, "A1", NULL }, { 'C', 3, "B1", NULL }, { 'D', 4, "B1", NULL } }, { 3, 4 }, 2, 2 },
                { { { 'A', 1, "", NULL }, { 'B', 2, "A1", NULL }, { 'C', 3, "B1", NULL }, { 'A', 4, "", NULL } }, { 3, 4 }, 2, 1 }, /* by what it followed */
                { { { 'A', 1, "", NULL }, { 'B', 1, "", NULL }, { 'A', 2, "", NULL }, { 'B', 3, "", NULL } }, { 3, 4 }, 2, 1 },     /* a copy is the same */
                { { { 'A', 1, "", NULL }, { 'A', 2, "", NULL }, { 'B', 3, "A2", NULL }, { 'C', 4, "A2", NULL }, { 'A', 5, "", NULL } }, { 3, 4, 5 }, 3, 2 },
                { { { 'A', 1, "", NULL }, { 'B', 2, "", NULL }, { 'A', 1, NULL, "h1 h2 " }, { 'A', 4, "", NULL }, { 'B', 3, "A2", NULL } }, { 4, 5 }, 2, 3 },
        };
        struct arena *a = arena_open((size_t)1 << 20);

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct file_contests found;
                size_t count;
                struct file_version *list = versions_of(a, cases[i].said, &count);
                const struct file_version *ground;

                versions_fold(a, list, count, &found);
                ground = versions_ground(a, list, count, cases[i].heads, cases[i].count);
                if ((ground == NULL ? 0 : ground->entry) != cases[i].ground)
                        fail_msg("case %zu: %lld", i, ground == NULL ? 0LL : (long long)ground->entry);
        }
        arena_close(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(versions_that_no_other_followed_contradict_each_other_and_the_newest_stands),
                cmocka_unit_test(what_versions_have_in_common_is_the_newest_that_all_of_them_followed),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
