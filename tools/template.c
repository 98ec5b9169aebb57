/* template.c - build tool: a page written as HTML becomes a C function that writes it.
 *
 *   template code FILE.html     the C of one template, on standard output
 *   template header FILE.html…  the prototypes of a folder's templates ("areas/fair/pages.h")
 *
 * In a template:
 *   {%@ fair_show(struct work *w, struct buf *o, const struct fair *f) %}   the function; first of all
 *   {%# include "areas/fair/fair.h" %}   what its C needs, after the function line; repeatable
 *   {{ expression }}       written so that it is safe where it stands: text, quoted attribute, whole
 *                          address or part of an address; char pointers and integers
 *   {{_ "English" }}       a text in the reader's language; {{_ "page %d of %d", n, all }} fills it
 *   {{& expression }}      HTML that is safe already (icons, charts); only between tags
 *   {% C %}                a line of C: for (...) {   }   } else {   int n = 3;
 *   {# remark #}           goes nowhere
 *
 * Nothing is written where escaping cannot make it safe: in script and style, in on... and style
 * attributes, without quotes, in names. Every block of C must leave the HTML where it found it, so
 * that what is true of the source is true of every page made from it. Outside pre and textarea, white space
 * around line ends becomes one line end, and lines that hold only C or remarks vanish. */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 64
#define DEPTH_MAX 64
#define PIECE_MAX 2000 /* bytes of one string literal: C17 promises no more than 4095 */

enum state { TEXT, TAG_OPEN, TAG_NAME, IN_TAG, ATTRIBUTE, AFTER_ATTRIBUTE, BEFORE_VALUE, VALUE, UNQUOTED, REMARK, RAW };

/* Where in the HTML we are. Compared at the ends of blocks, so: only what decides about safety. */
struct place {
        enum state state;
        char tag[NAME_MAX_BYTES];       /* being opened or closed; inside RAW the one that ends it */
        char attribute[NAME_MAX_BYTES]; /* of the value we are in */
        char quote;
        bool is_closing;
        bool value_has_begun; /* something of the value was written */
        char value[16];       /* its first bytes, as far as they stand in the template */
        bool is_verbatim;     /* inside pre or textarea */
};

struct template {
        const char *path;
        char *source;
        const char *at;
        int line;
        struct place place;
        bool name_was_cut; /* an attribute's name stood right before a line of C */
        char tail[16];     /* the last bytes inside a remark or RAW, lower case */
        struct { struct place place; int line; bool branch_has_begun; } blocks[DEPTH_MAX];
        int depth;
        bool branch_has_begun; /* a branch before this "else" wrote something of the value */
        char *literal;     /* waiting to be written as a string */
        size_t literal_length, literal_room;
        bool has_function;
};

static void refuse(const struct template *t, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

static void refuse(const struct template *t, const char *format, ...)
{
        va_list list;

        fprintf(stderr, "%s:%d: error: ", t->path, t->line);
        va_start(list, format);
        vfprintf(stderr, format, list);
        va_end(list);
        fputc('\n', stderr);
        exit(1);
}

static bool starts(const char *text, const char *with)
{
        return strncmp(text, with, strlen(with)) == 0;
}

static bool is_space(char c)
{
        return isspace((unsigned char)c) != 0;
}

static bool is_name_char(char c)
{
        return isalnum((unsigned char)c) != 0 || c == '_';
}

static bool is_one_of(const char *name, const char *const *list)
{
        for (; *list != NULL; list++)
                if (strcmp(name, *list) == 0)
                        return true;
        return false;
}

/* ---- writing C ------------------------------------------------------------------------------ */

static void write_literal(struct template *t)
{
        size_t in_piece = 0;

        for (size_t i = 0; i < t->literal_length; i++) {
                char c = t->literal[i];

                /* A piece may only end between characters: some compilers warn about half ones. */
                if (in_piece == 0 || (in_piece >= PIECE_MAX && ((unsigned char)c & 0xC0) != 0x80)) {
                        fputs(in_piece == 0 ? "\tBUF_LITERAL(o, \"" : "\");\n\tBUF_LITERAL(o, \"", stdout);
                        in_piece = 0;
                }
                if (c == '\n')
                        fputs("\\n", stdout);
                else if (c == '\t')
                        fputs("\\t", stdout);
                else if (c == '"' || c == '\\' || c == '?') /* "??" could start a trigraph */
                        printf("\\%c", c);
                else
                        putchar(c);
                in_piece++;
        }
        if (in_piece > 0)
                fputs("\");\n", stdout);
        t->literal_length = 0;
}

static void add_literal(struct template *t, char c)
{
        if (t->literal_length == t->literal_room) {
                t->literal_room = t->literal_room == 0 ? 4096 : t->literal_room * 2;
                t->literal = realloc(t->literal, t->literal_room);
                if (t->literal == NULL)
                        refuse(t, "out of memory");
        }
        t->literal[t->literal_length++] = c;
}

/* Compilers shall name the template in what they report. */
static void write_line_mark(const struct template *t)
{
        printf("#line %d \"%s\"\n", t->line, t->path);
}

/* ---- following the HTML --------------------------------------------------------------------- */

static void name_add(const struct template *t, char *name, char c)
{
        size_t length = strlen(name);

        if (length + 1 >= NAME_MAX_BYTES)
                refuse(t, "a name of more than %d bytes", NAME_MAX_BYTES - 1);
        name[length] = (char)tolower((unsigned char)c);
        name[length + 1] = '\0';
}

static void tail_add(struct template *t, char c)
{
        memmove(t->tail, t->tail + 1, sizeof t->tail - 2);
        t->tail[sizeof t->tail - 2] = (char)tolower((unsigned char)c);
}

static bool tail_is(const struct template *t, const char *end)
{
        return strcmp(t->tail + sizeof t->tail - 1 - strlen(end), end) == 0;
}

static void tail_clear(struct template *t)
{
        memset(t->tail, ' ', sizeof t->tail - 1);
        t->tail[sizeof t->tail - 1] = '\0';
}

static void end_of_tag(struct template *t)
{
        static const char *const raw[] = { "script", "style", NULL };
        static const char *const verbatim[] = { "pre", "textarea", NULL };
        struct place *p = &t->place;

        if (is_one_of(p->tag, verbatim))
                p->is_verbatim = !p->is_closing;
        p->state = !p->is_closing && is_one_of(p->tag, raw) ? RAW : TEXT;
        tail_clear(t);
        if (p->state == TEXT)
                p->tag[0] = '\0';
        p->attribute[0] = '\0';
        p->is_closing = false;
}

static void begin_attribute(struct template *t, char c)
{
        t->place.state = ATTRIBUTE;
        t->place.attribute[0] = '\0';
        name_add(t, t->place.attribute, c);
}

/* Inside a tag, not inside a value. */
static void follow_tag(struct template *t, char c)
{
        struct place *p = &t->place;
        bool was_cut = t->name_was_cut;

        t->name_was_cut = false;
        if (c == '>') {
                end_of_tag(t);
        } else if (is_space(c)) {
                if (p->state != IN_TAG)
                        p->state = p->state == ATTRIBUTE ? AFTER_ATTRIBUTE : p->state;
                if (p->state == TAG_NAME)
                        p->state = IN_TAG;
        } else if (c == '/') {
                p->state = IN_TAG;
        } else if (c == '=') {
                if ((p->state != ATTRIBUTE && p->state != AFTER_ATTRIBUTE) || was_cut)
                        refuse(t, "\"=\" does not follow the name of an attribute");
                p->state = BEFORE_VALUE;
        } else if (was_cut) {
                refuse(t, "the name of an attribute goes on after a line of C");
        } else if (p->state == TAG_NAME) {
                name_add(t, p->tag, c);
        } else if (p->state == ATTRIBUTE) {
                name_add(t, p->attribute, c);
        } else if (c == '<') {
                refuse(t, "\"<\" inside a tag");
        } else {
                begin_attribute(t, c);
        }
}

static void follow_raw(struct template *t, char c)
{
        char end[NAME_MAX_BYTES + 4];

        tail_add(t, c);
        if (t->place.state == REMARK) {
                if (tail_is(t, "-->"))
                        t->place.state = TEXT;
                return;
        }
        snprintf(end, sizeof end, "</%.*s>", NAME_MAX_BYTES - 1, t->place.tag);
        if (tail_is(t, end)) {
                t->place.state = TEXT;
                t->place.tag[0] = '\0';
        }
}

static void follow(struct template *t, char c)
{
        struct place *p = &t->place;

        switch (p->state) {
        case TEXT:
                if (c == '<') {
                        p->state = TAG_OPEN;
                        p->tag[0] = '\0';
                        p->is_closing = false;
                }
                break;
        case TAG_OPEN:
                if (c == '/') {
                        p->is_closing = true;
                } else if (starts(t->at, "!--")) {
                        p->state = REMARK;
                        tail_clear(t);
                } else if (isalpha((unsigned char)c) || c == '!') {
                        p->state = TAG_NAME;
                        name_add(t, p->tag, c);
                } else {
                        refuse(t, "\"<\" that opens no tag; write &lt;");
                }
                break;
        case TAG_NAME:
        case IN_TAG:
        case ATTRIBUTE:
        case AFTER_ATTRIBUTE:
                follow_tag(t, c);
                break;
        case BEFORE_VALUE:
                if (c == '"' || c == '\'') {
                        p->state = VALUE;
                        p->quote = c;
                        p->value_has_begun = false;
                        p->value[0] = '\0';
                } else if (!is_space(c)) {
                        p->state = UNQUOTED;
                }
                break;
        case VALUE:
                if (c == p->quote) {
                        p->state = IN_TAG;
                        p->attribute[0] = p->quote = '\0';
                        p->value_has_begun = false;
                } else {
                        size_t length = strlen(p->value);

                        if (length + 1 < sizeof p->value) {
                                p->value[length] = (char)tolower((unsigned char)c);
                                p->value[length + 1] = '\0';
                        }
                        p->value_has_begun = true;
                }
                break;
        case UNQUOTED:
                if (c == '>')
                        end_of_tag(t);
                else if (is_space(c))
                        p->state = IN_TAG;
                break;
        case REMARK:
        case RAW:
                follow_raw(t, c);
                break;
        }
}

/* ---- {{ expression }} ----------------------------------------------------------------------- */

static bool holds_address(const char *attribute)
{
        static const char *const names[] = {
                "href", "src", "action", "formaction", "poster", "cite", "data", "manifest", "xlink:href", "background",
                "hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete", "hx-push-url", "hx-replace-url", NULL
        };
        return is_one_of(attribute, names);
}

/* Attributes whose value is a program or style sheet: escaping would not make it safe. */
static bool is_program(const char *attribute)
{
        static const char *const names[] = { "style", "srcdoc", "srcset", "hx-vals", "hx-vars", "hx-headers", "hx-trigger", NULL };

        return starts(attribute, "on") || starts(attribute, "hx-on") || is_one_of(attribute, names);
}

/* Whether an address that begins like this may be continued: "/x", "?", "https:", not "javascript:". */
static bool may_be_continued(const char *value)
{
        size_t scheme = strcspn(value, ":/?#");

        return value[scheme] != ':' || starts(value, "http:") || starts(value, "https:") || starts(value, "mailto:");
}

/* The name of the C function or macro that writes an expression where we are. */
static const char *writer(struct template *t)
{
        const struct place *p = &t->place;

        switch (p->state) {
        case TEXT:
                return "HTML_ESCAPED";
        case VALUE:
                if (is_program(p->attribute))
                        refuse(t, "no expression may stand in the attribute \"%s\": nothing makes it safe there", p->attribute);
                if (!holds_address(p->attribute))
                        return "HTML_ESCAPED";
                if (!may_be_continued(p->value))
                        refuse(t, "no expression may follow \"%s\" in an address", p->value);
                return p->value_has_begun ? "ADDRESS_PART" : "html_address";
        case RAW:
                refuse(t, "no expression may stand in <%s>; give it to the script in a data- attribute", p->tag);
        case REMARK:
                refuse(t, "no expression may stand in an HTML comment");
        case BEFORE_VALUE:
        case UNQUOTED:
                refuse(t, "the value of the attribute \"%s\" needs quotes around the expression", p->attribute);
        default:
                refuse(t, "no expression may stand among the names of a tag");
        }
}

/* Where the expression ends: at }} outside of strings. */
static const char *expression_end(struct template *t, const char *from)
{
        char quote = '\0';

        for (const char *p = from; *p != '\0'; p++) {
                if (quote != '\0') {
                        if (*p == '\\' && p[1] != '\0')
                                p++;
                        else if (*p == quote)
                                quote = '\0';
                } else if (*p == '"' || *p == '\'') {
                        quote = *p;
                } else if (p[0] == '}' && p[1] == '}') {
                        return p;
                }
        }
        refuse(t, "\"{{\" without \"}}\"");
}

/* Where the values that fill a text begin: at the comma after the string literals; NULL if there are none. */
static const char *find_values(const char *from, const char *to)
{
        bool is_quoted = false;

        for (; from < to; from++) {
                if (is_quoted && *from == '\\')
                        from++;
                else if (*from == '"')
                        is_quoted = !is_quoted;
                else if (!is_quoted && !is_space(*from))
                        return *from == ',' ? from : NULL;
        }
        return NULL;
}

static void write_expression(struct template *t)
{
        const char *from = t->at + 2, *to;
        char kind = *from == '_' && !is_name_char(from[1]) ? '_' : *from == '&' ? '&' : ' ';
        const char *how;
        int length;

        if (kind != ' ')
                from++;
        to = expression_end(t, from);
        while (from < to && is_space(*from))
                from++;
        length = (int)(to - from);
        while (length > 0 && is_space(from[length - 1]))
                length--;
        if (length == 0)
                refuse(t, "an empty expression");
        how = writer(t);
        write_literal(t);
        write_line_mark(t);
        if (kind == '&') {
                if (t->place.state != TEXT)
                        refuse(t, "finished HTML may only stand between tags");
                printf("\tbuf_text(o, (%.*s));\n", length, from);
        } else if (kind == '_') {
                const char *values = *from == '"' ? find_values(from, from + length) : NULL;

                if (values == NULL && memmem(from, (size_t)length, "%%", 2) != NULL)
                        refuse(t, "no values follow, so %%%% would be shown twice: write one");
                if (values != NULL)
                        printf("\t%s(o, arena_print(w->arena, work_text(w, %.*s)%.*s));\n", how, (int)(values - from), from,
                               (int)(from + length - values), values);
                else
                        printf("\t%s(o, work_text(w, %.*s));\n", how, length, from);
        } else {
                printf("\t%s(o, (%.*s));\n", how, length, from);
        }
        if (t->place.state == VALUE)
                t->place.value_has_begun = true;
        for (; t->at < to + 2; t->at++)
                t->line += *t->at == '\n';
}

/* ---- {% lines of C %} ----------------------------------------------------------------------- */

/* The place in a form in which equal means: the same things are safe here. */
static struct place comparable(const struct place *p)
{
        struct place c = { .state = p->state, .is_closing = p->is_closing, .is_verbatim = p->is_verbatim };

        if (c.state == TAG_NAME || c.state == ATTRIBUTE || c.state == AFTER_ATTRIBUTE)
                c.state = IN_TAG;
        if (c.state != TEXT)
                memcpy(c.tag, p->tag, strlen(p->tag));
        if (c.state == VALUE || c.state == UNQUOTED || c.state == BEFORE_VALUE) {
                memcpy(c.attribute, p->attribute, strlen(p->attribute));
                c.quote = p->quote;
        }
        return c;
}

static void same_place(struct template *t, const char *what)
{
        struct place now = comparable(&t->place), then = comparable(&t->blocks[t->depth - 1].place);

        if (memcmp(&now, &then, sizeof now) != 0)
                refuse(t, "%s leaves the HTML elsewhere than the block of line %d found it (inside another tag, attribute or quote)",
                       what, t->blocks[t->depth - 1].line);
}

/* After "}". What any branch wrote is begun: an address goes on after it. But "else" starts like "if". */
static void end_branch(struct template *t, const char *next)
{
        const struct place *start = &t->blocks[t->depth].place;
        bool has_begun = t->place.value_has_begun || t->blocks[t->depth].branch_has_begun;

        while (is_space(*next))
                next++;
        if (starts(next, "else")) {
                t->branch_has_begun = has_begun;
                t->place = *start;
        } else {
                t->place.value_has_begun = has_begun;
        }
}

/* Follow the braces of a line of C. */
static void follow_blocks(struct template *t, const char *from, const char *to)
{
        static const char *const leaving[] = { "break", "continue", "return", "goto", "case", "default", NULL };
        char word[16];

        for (const char *p = from; p < to; p++) {
                if (*p == '"' || *p == '\'') {
                        for (char quote = *p++; p < to && *p != quote; p++)
                                if (*p == '\\')
                                        p++;
                } else if (p[0] == '/' && (p[1] == '/' || p[1] == '*')) {
                        refuse(t, "write remarks as {# … #}");
                } else if (*p == '{') {
                        if (t->depth == DEPTH_MAX)
                                refuse(t, "more than %d blocks inside each other", DEPTH_MAX);
                        t->blocks[t->depth].place = t->place;
                        t->blocks[t->depth].branch_has_begun = t->branch_has_begun;
                        t->blocks[t->depth++].line = t->line;
                        t->branch_has_begun = false;
                } else if (*p == '}') {
                        if (t->depth == 0)
                                refuse(t, "\"}\" ends no block");
                        same_place(t, "this block");
                        t->depth--;
                        end_branch(t, p + 1);
                } else if (is_name_char(*p)) {
                        size_t length = 0;

                        while (p + length < to && is_name_char(p[length]))
                                length++;
                        if (length < sizeof word) {
                                memcpy(word, p, length);
                                word[length] = '\0';
                                if (t->depth > 0 && is_one_of(word, leaving))
                                        same_place(t, word);
                        }
                        p += length - 1;
                }
        }
}

static void write_c(struct template *t, const char *from, const char *to)
{
        while (from < to && is_space(*from))
                from++;
        while (to > from && is_space(to[-1]))
                to--;
        if (to == from)
                refuse(t, "an empty line of C");
        if (strchr("{};:", to[-1]) == NULL)
                refuse(t, "a line of C ends with { } ; or :");
        if (t->place.state == TAG_OPEN || t->place.state == RAW || t->place.state == REMARK)
                refuse(t, "no C may stand here");
        if (t->place.state == ATTRIBUTE || t->place.state == AFTER_ATTRIBUTE) {
                t->name_was_cut = true;
                t->place.state = IN_TAG;
        }
        write_literal(t);
        write_line_mark(t);
        printf("\t%.*s\n", (int)(to - from), from);
        follow_blocks(t, from, to);
}

/* ---- the whole template --------------------------------------------------------------------- */

static const char *find_end(const struct template *t, const char *mark)
{
        const char *end = strstr(t->at + 2, mark);

        if (end == NULL)
                refuse(t, "\"%.2s\" without \"%s\"", t->at, mark);
        return end;
}

/* A line that holds nothing else vanishes: step over the rest of it and the indent of the next. */
static void drop_line(struct template *t, bool is_alone)
{
        const char *p = t->at;

        while (*p == ' ' || *p == '\t')
                p++;
        if (!is_alone || (*p != '\n' && *p != '\r') || t->place.is_verbatim || t->place.state != TEXT)
                return;
        while (*p != '\n')
                p++;
        for (p++; *p == ' ' || *p == '\t'; p++)
                ;
        t->at = p;
        t->line++;
}

/* Whether only white space stands between the last line end and here. */
static bool at_line_start(const struct template *t)
{
        for (const char *p = t->at; p > t->source && p[-1] != '\n'; p--)
                if (!is_space(p[-1]))
                        return false;
        return true;
}

/* One byte of HTML; a run of white space that holds a line end shrinks to that. */
static void write_html(struct template *t)
{
        char c = *t->at;
        enum state state = t->place.state;
        const char *p = t->at;

        if (is_space(c) && !t->place.is_verbatim && state != VALUE && state != RAW && state != REMARK) {
                bool has_line_end = false;

                for (; is_space(*p); p++)
                        if (*p == '\n') {
                                has_line_end = true;
                                t->line++;
                        }
                follow(t, ' ');
                add_literal(t, has_line_end && state == TEXT ? '\n' : ' ');
                t->at = p;
                return;
        }
        t->line += c == '\n';
        follow(t, c);
        add_literal(t, c);
        t->at++;
}

/* The line {%@ … %}: from and to get the signature. */
static void find_function(struct template *t, const char **from, const char **to)
{
        while (is_space(*t->at) || starts(t->at, "{#")) {
                const char *end = is_space(*t->at) ? t->at + 1 : find_end(t, "#}") + 2;

                for (; t->at < end; t->at++)
                        t->line += *t->at == '\n';
        }
        if (!starts(t->at, "{%@"))
                refuse(t, "a template begins with {%%@ name(struct work *w, struct buf *o, …) %%}");
        *from = t->at + 3;
        *to = find_end(t, "%}");
        while (is_space(**from))
                (*from)++;
        while (*to > *from && is_space((*to)[-1]))
                (*to)--;
        for (const char *p = *from; p < *to; p++)
                if (*p == '{' || *p == ';')
                        refuse(t, "the function line holds more than name and parameters");
        if (strstr(*from, "(struct work *w, struct buf *o") == NULL || strstr(*from, "(struct work *w, struct buf *o") >= *to ||
            (*to)[-1] != ')')
                refuse(t, "the function begins with (struct work *w, struct buf *o");
        for (const char *end = find_end(t, "%}") + 2; t->at < end; t->at++)
                t->line += *t->at == '\n';
        drop_line(t, true);
}

/* The includes that follow the function line, one after another. */
static bool next_include(struct template *t, const char **from, const char **to)
{
        if (!starts(t->at, "{%#"))
                return false;
        *from = t->at + 3;
        *to = find_end(t, "%}");
        while (is_space(**from))
                (*from)++;
        if (!starts(*from, "include"))
                refuse(t, "{%%# takes an include");
        t->at = *to + 2;
        while (*to > *from && is_space((*to)[-1]))
                (*to)--;
        drop_line(t, true);
        return true;
}

static void read_template(struct template *t, const char *path)
{
        FILE *file = fopen(path, "rb");
        size_t room = 0, length = 0, got;

        memset(t, 0, sizeof *t);
        t->path = path;
        t->line = 1;
        if (file == NULL) {
                perror(path);
                exit(1);
        }
        do {
                room = room == 0 ? 16384 : room * 2;
                t->source = realloc(t->source, room);
                if (t->source == NULL)
                        refuse(t, "out of memory");
                got = fread(t->source + length, 1, room - length - 1, file);
                length += got;
        } while (got > 0);
        fclose(file);
        t->source[length] = '\0';
        if (strlen(t->source) != length)
                refuse(t, "a NUL byte");
        t->at = t->source;
}

static void clear_template(struct template *t)
{
        free(t->source);
        free(t->literal);
}

static void compile(const char *path)
{
        struct template t;
        const char *from, *to, *sign, *sign_end, *slash = strrchr(path, '/');

        read_template(&t, path);
        printf("/* made from %s by tools/template.c */\n", path);
        find_function(&t, &sign, &sign_end);
        while (next_include(&t, &from, &to))
                printf("#%.*s\n", (int)(to - from), from);
        from = starts(path, "src/") ? path + 4 : path;
        printf("#include \"%.*spages.h\"\n", slash == NULL ? 0 : (int)(slash + 1 - from), from);
        printf("#include \"format/html.h\"\n#include \"work/work.h\"\n\n"
               "#define ADDRESS_PART(out, x) \\\n"
               "\t_Generic((x), char *: html_url_part, const char *: html_url_part, default: html_int)((out), (x))\n\n");
        printf("void %.*s\n{\n\t(void)w;\n", (int)(sign_end - sign), sign);

        while (*t.at != '\0') {
                if (starts(t.at, "{{")) {
                        write_expression(&t);
                } else if (starts(t.at, "{%") || starts(t.at, "{#")) {
                        bool is_c = t.at[1] == '%', is_alone = at_line_start(&t);
                        const char *end = find_end(&t, is_c ? "%}" : "#}");
                        const char *start = t.at + 2;

                        if (is_c && (*start == '@' || *start == '#'))
                                refuse(&t, "{%%%c comes at the beginning only", *start);
                        if (is_c)
                                write_c(&t, start, end);
                        for (; t.at < end + 2; t.at++)
                                t.line += *t.at == '\n';
                        drop_line(&t, is_alone);
                } else {
                        write_html(&t);
                }
        }
        if (t.depth > 0)
                refuse(&t, "the block of line %d does not end", t.blocks[t.depth - 1].line);
        if (t.place.state != TEXT)
                refuse(&t, "the template ends inside a tag");
        write_literal(&t);
        printf("}\n");
        clear_template(&t);
}

/* "struct fair" in a prototype must be known before it. */
static void declare_structs(const char *from, const char *to)
{
        for (const char *p = from; p + 7 < to; p++)
                if (starts(p, "struct ") && !is_name_char(p[-1])) {
                        const char *name = p + 7, *end = name;

                        while (end < to && is_name_char(*end))
                                end++;
                        printf("struct %.*s;\n", (int)(end - name), name);
                }
}

static void header(int count, char **paths)
{
        printf("/* made by tools/template.c */\n#pragma once\n#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n");
        for (int i = 0; i < count; i++) {
                struct template t;
                const char *sign, *sign_end, *from, *to;

                read_template(&t, paths[i]);
                find_function(&t, &sign, &sign_end);
                while (next_include(&t, &from, &to))
                        printf("#%.*s\n", (int)(to - from), from);
                declare_structs(sign, sign_end);
                printf("void %.*s;\n", (int)(sign_end - sign), sign);
                clear_template(&t);
        }
}

int main(int argc, char **argv)
{
        if (argc == 3 && strcmp(argv[1], "code") == 0)
                compile(argv[2]);
        else if (argc >= 3 && strcmp(argv[1], "header") == 0)
                header(argc - 2, argv + 2);
        else
                return fputs("usage: template code FILE | template header FILE…\n", stderr), 2;
        return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
