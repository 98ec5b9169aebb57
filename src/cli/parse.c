#include <stdlib.h>
#include <string.h>

#include "cli/call.h"

const struct option global_options[] = {
        { "help", NULL, false, N_("show this help and stop") },
        { "lang", "vi|en", false, N_("language of messages (else CAUNOI_LANG, else Vietnamese)") },
        { "json", NULL, false, N_("print results and errors as JSON") },
        { "version", NULL, false, N_("show the version and stop") },
        { 0 },
};

const struct command *command_next(const struct command *const *tables, struct command_place *p)
{
        for (; tables[p->table] != NULL; p->table++, p->command = 0)
                if (tables[p->table][p->command].name != NULL)
                        return &tables[p->table][p->command++];
        return NULL;
}

/* Letters to insert, drop, replace or swap between two words. */
static int distance(const char *a, const char *b)
{
        enum { MOST = 40 };
        int rows[3][MOST + 1], *two = rows[0], *one = rows[1], *now = rows[2];
        int a_length = (int)strnlen(a, MOST), b_length = (int)strnlen(b, MOST);

        for (int j = 0; j <= b_length; j++) {
                two[j] = 0;
                one[j] = j;
        }
        for (int i = 1; i <= a_length; i++) {
                int *spare = two;

                now[0] = i;
                for (int j = 1; j <= b_length; j++) {
                        int least = one[j - 1] + (a[i - 1] != b[j - 1]);

                        if (one[j] + 1 < least)
                                least = one[j] + 1;
                        if (now[j - 1] + 1 < least)
                                least = now[j - 1] + 1;
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                            two[j - 2] + 1 < least)
                                least = two[j - 2] + 1;
                        now[j] = least;
                }
                two = one;
                one = now;
                now = spare;
        }
        return one[b_length];
}

void nearest_try(struct nearest *n, const char *name)
{
        size_t typed = strlen(n->word);
        int d = distance(n->word, name);

        /* The beginning of a name is as good as one wrong letter. */
        if (typed >= 2 && strncmp(n->word, name, typed) == 0 && d > 1)
                d = 1;
        if (n->best == NULL || d < n->distance) {
                n->best = name;
                n->distance = d;
        }
}

const char *nearest_found(const struct nearest *n)
{
        int allowed = strlen(n->word) < 5 ? 1 : 2;

        return n->best != NULL && n->distance <= allowed ? n->best : NULL;
}

/* The number of words of a command's name that argv begins with; 0 if it is another command. */
static int words_matched(const char *name, int count, char **words)
{
        int matched = 0;

        while (*name != '\0') {
                size_t length = strcspn(name, " ");

                if (matched == count || strlen(words[matched]) != length ||
                    memcmp(words[matched], name, length) != 0)
                        return 0;
                matched++;
                name += length;
                name += strspn(name, " ");
        }
        return matched;
}

static const struct command *find_command(const struct command *const *tables, int count, char **words,
                                          int *used)
{
        const struct command *c, *best = NULL;
        struct command_place place = { 0 };

        *used = 0;
        while ((c = command_next(tables, &place)) != NULL) {
                int matched = words_matched(c->name, count, words);

                if (matched > *used) {
                        *used = matched;
                        best = c;
                }
        }
        return best;
}

static const struct option *find_option(const struct option *list, const char *name, size_t length)
{
        for (; list != NULL && list->name != NULL; list++)
                if (strlen(list->name) == length && memcmp(list->name, name, length) == 0)
                        return list;
        return NULL;
}

static bool unknown_option(const struct call *c, const char *name, size_t length, struct arena *a,
                           struct error *e)
{
        struct nearest near = { .word = arena_copy(a, name, length) };

        for (const struct option *o = c->command == NULL ? NULL : c->command->options;
             o != NULL && o->name != NULL; o++)
                nearest_try(&near, o->name);
        for (const struct option *o = global_options; o->name != NULL; o++)
                nearest_try(&near, o->name);
        if (c->command != NULL)
                error_set(e, ERR_USAGE, "\"%s\" has no option --%s", c->command->name, near.word);
        else
                error_set(e, ERR_USAGE, "there is no option --%s", near.word);
        if (nearest_found(&near) != NULL)
                return error_hint(e, "did you mean --%s?", nearest_found(&near));
        return error_hint(e, "caunoi %s --help lists the options",
                          c->command == NULL ? "" : c->command->name);
}

static bool unknown_command(const struct call *c, int count, char **words, struct arena *a, struct error *e)
{
        struct nearest near = { .word = words[0] };
        const struct command *command;
        struct command_place place = { 0 };
        const char *group = ""; /* the commands of two words that begin with the first one */
        size_t length = strlen(words[0]);

        while ((command = command_next(c->tables, &place)) != NULL) {
                const char *name = command->name;

                if (strncmp(name, words[0], length) == 0 && name[length] == ' ')
                        group = arena_print(a, "%s%s%s", group, *group == '\0' ? "" : ", ", name);
                /* A name of two words is compared with two words. */
                if (count > 1 && strchr(name, ' ') != NULL) {
                        struct nearest two = { .word = arena_print(a, "%s %s", words[0], words[1]) };

                        nearest_try(&two, name);
                        if (nearest_found(&two) != NULL &&
                            (near.best == NULL || two.distance < near.distance)) {
                                near.best = name;
                                near.distance = two.distance;
                        }
                        continue;
                }
                nearest_try(&near, name);
        }
        if (*group != '\0' && count == 1) {
                error_set(e, ERR_USAGE, "\"%s\" alone is no command", words[0]);
                return error_hint(e, "one of these: %s", group);
        }
        error_set(e, ERR_USAGE, "there is no command \"%s%s%s\"", words[0], *group == '\0' ? "" : " ", *group == '\0' ? "" : words[1]);
        if (*group != '\0' && nearest_found(&near) == NULL)
                return error_hint(e, "one of these: %s", group);
        if (nearest_found(&near) != NULL)
                return error_hint(e, "did you mean \"caunoi %s\"?", nearest_found(&near));
        return error_hint(e, "caunoi --help lists the commands");
}

static bool set_language(struct call *c, const char *value, struct error *e)
{
        if (strcmp(value, "vi") == 0)
                c->language = LANGUAGE_VI;
        else if (strcmp(value, "en") == 0)
                c->language = LANGUAGE_EN;
        else
                return error_set(e, ERR_USAGE, "no language \"%s\": it is vi or en", value);
        e->language = c->language;
        return true;
}

/* --lang and --json decide how the first error is printed, so they are looked for before anything else. */
static void look_ahead(struct call *c, int argc, char **argv, struct error *e)
{
        const char *language = getenv("CAUNOI_LANG");
        struct error ignored = { 0 };

        if (language != NULL)
                set_language(c, language, &ignored);
        for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
                error_clear(&ignored);
                if (strcmp(argv[i], "--json") == 0)
                        c->is_json = true;
                else if (strncmp(argv[i], "--lang=", 7) == 0)
                        set_language(c, argv[i] + 7, &ignored);
                else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
                        set_language(c, argv[i + 1], &ignored);
        }
        e->language = c->language;
}

static bool take_option(struct call *c, int argc, char **argv, int *i, struct arena *a, struct error *e)
{
        const char *name = argv[*i] + 2, *value = strchr(name, '=');
        size_t length = value == NULL ? strlen(name) : (size_t)(value - name);
        const struct option *o = find_option(global_options, name, length);
        bool is_global = o != NULL;

        if (o == NULL && c->command != NULL)
                o = find_option(c->command->options, name, length);
        if (o == NULL)
                return unknown_option(c, name, length, a, e);
        if (value != NULL)
                value++;
        if (o->value == NULL && value != NULL)
                return error_set(e, ERR_USAGE, "--%s takes no value", o->name);
        if (o->value != NULL && value == NULL) {
                if (*i + 1 >= argc) {
                        error_set(e, ERR_USAGE, "--%s needs a value", o->name);
                        return error_hint(e, "write --%s %s", o->name, o->value);
                }
                value = argv[++*i];
        }
        if (is_global) {
                if (strcmp(o->name, "help") == 0)
                        c->wants_help = true;
                else if (strcmp(o->name, "version") == 0)
                        c->wants_version = true;
                else if (strcmp(o->name, "lang") == 0)
                        return set_language(c, value, e);
                return true;
        }
        for (int n = 0; n < c->given_count; n++)
                if (c->given[n].option == o && !o->is_repeatable)
                        return error_set(e, ERR_USAGE, "--%s was given twice", o->name);
        c->given[c->given_count++] = (struct given){ o, value };
        return true;
}

static bool right_number_of_arguments(const struct call *c, struct error *e)
{
        const struct command *k = c->command;

        if (c->argument_count < k->least)
                error_set(e, ERR_USAGE, "\"%s\" needs more: %s", k->name, k->arguments);
        else if (c->argument_count > k->most)
                error_set(e, ERR_USAGE, "\"%s\" is one too many for \"%s\"", c->arguments[k->most], k->name);
        else
                return true;
        return error_hint(e, "caunoi %s --help explains the command", k->name);
}

bool call_parse(struct call *c, int argc, char **argv, struct arena *a, struct error *e)
{
        char **words = arena_array(a, (size_t)argc + 1, sizeof *words);
        int word_count = 0, used = 0, skipped = 0;
        bool only_arguments = false;

        look_ahead(c, argc, argv, e);
        /* The command's words come first; only options for all commands may stand before them. */
        for (int i = 1; i < argc && word_count < 2; i++) {
                if (strcmp(argv[i], "--lang") == 0)
                        i++;
                else if (strncmp(argv[i], "--", 2) != 0)
                        words[word_count++] = argv[i];
                else if (word_count > 0)
                        break;
        }
        c->command = find_command(c->tables, word_count, words, &used);
        if (c->command == NULL && word_count > 0)
                return unknown_command(c, word_count, words, a, e);
        c->arguments = arena_array(a, (size_t)argc + 1, sizeof *c->arguments);
        c->given = arena_array(a, (size_t)argc + 1, sizeof *c->given);
        for (int i = 1; i < argc; i++) {
                if (only_arguments || strncmp(argv[i], "-", 1) != 0 || strcmp(argv[i], "-") == 0) {
                        if (skipped < used)
                                skipped++;
                        else
                                c->arguments[c->argument_count++] = argv[i];
                } else if (strcmp(argv[i], "--") == 0) {
                        only_arguments = true;
                } else if (strcmp(argv[i], "-h") == 0) {
                        c->wants_help = true;
                } else if (strncmp(argv[i], "--", 2) != 0) {
                        error_set(e, ERR_USAGE, "there is no option %s", argv[i]);
                        return error_hint(e, "options have long names: --%s", argv[i] + 1);
                } else if (!take_option(c, argc, argv, &i, a, e)) {
                        return false;
                }
        }
        if (c->wants_help || c->wants_version)
                return true;
        if (c->command == NULL) {
                error_set(e, ERR_USAGE, "no command given");
                return error_hint(e, "caunoi --help lists the commands");
        }
        return right_number_of_arguments(c, e);
}
