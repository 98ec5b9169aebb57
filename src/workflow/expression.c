/* expression.c - formulas and rules over the fields of a case. Exact: 128-bit integers, six decimals.
 *
 *   or    := and { "or" and }          sum  := term { ("+" | "-") term }
 *   and   := not { "and" not }         term := sign { ("*" | "/") sign }
 *   not   := "not" not | comparison    sign := "-" sign | atom
 *   comparison := sum [ ("<" | "<=" | ">" | ">=" | "=" | "!=") sum ]
 *   atom  := number | field | 'choice' | "(" or ")" | ("min" | "max") "(" sum { "," sum } ")" | "known" "(" field ")" */
#include <string.h>

#include "workflow/workflow_private.h"

#define DEPTH_MAX 40
#define NODES_MAX 400

enum op {
        OP_NUMBER, OP_FIELD, OP_WORD, OP_KNOWN, OP_NOT, OP_AND, OP_OR, OP_NEGATE, OP_ADD, OP_SUBTRACT, OP_MULTIPLY, OP_DIVIDE, OP_MIN,
        OP_MAX, OP_LESS, OP_AT_MOST, OP_GREATER, OP_AT_LEAST, OP_EQUAL, OP_DIFFERENT,
};

struct expression {
        enum op op;
        int field;
        int128 number;
        const char *word;
        const struct expression *a, *b;
};

/* ---- parsing ------------------------------------------------------------------------------------------ */

struct parser {
        const struct yaml_place *place;
        const struct yaml *node;
        const struct workflow *w;
        const char *at;
        int depth, nodes;
        bool is_broken;
};

static const struct expression *fail(struct parser *p, const char *what)
{
        if (!p->is_broken)
                yaml_complain(p->place, p->node, "the expression cannot be read at character %d: %s", (int)(p->at - p->node->text) + 1,
                              text(p->place->complaints->language, what));
        p->is_broken = true;
        return NULL;
}

static struct expression *make(struct parser *p, enum op op, const struct expression *a, const struct expression *b)
{
        struct expression *e = arena_alloc(p->place->arena, sizeof *e);

        *e = (struct expression){ .op = op, .a = a, .b = b, .field = -1 };
        if (++p->nodes > NODES_MAX)
                fail(p, N_("it is too long"));
        return e;
}

static void skip(struct parser *p)
{
        while (*p->at == ' ' || *p->at == '\n')
                p->at++;
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9');
}

/* The sign or word, where it stands next. */
static bool take(struct parser *p, const char *sign)
{
        size_t length = strlen(sign);

        skip(p);
        if (strncmp(p->at, sign, length) != 0 || (is_letter(sign[0]) && is_letter(p->at[length])))
                return false;
        p->at += length;
        return true;
}

static const struct expression *parse_or(struct parser *p);
static const struct expression *parse_sum(struct parser *p);

static const struct expression *parse_number(struct parser *p)
{
        size_t length = strspn(p->at, "0123456789."), position;
        struct expression *e = make(p, OP_NUMBER, NULL, NULL);
        int64_t value;

        if (decimal_read(p->at, length, EXPRESSION_DECIMALS, &value, &position) != DECIMAL_OK)
                return fail(p, N_("this is no number with at most six decimals"));
        e->number = value;
        p->at += length;
        return e;
}

static const struct expression *parse_word(struct parser *p)
{
        size_t length = strcspn(++p->at, "'");
        struct expression *e = make(p, OP_WORD, NULL, NULL);

        if (p->at[length] != '\'')
                return fail(p, N_("a closing ' is missing"));
        e->word = arena_copy(p->place->arena, p->at, length);
        p->at += length + 1;
        return e;
}

static const struct expression *parse_field(struct parser *p)
{
        size_t length = 0;
        struct expression *e = make(p, OP_FIELD, NULL, NULL);

        while (is_letter(p->at[length]))
                length++;
        if (length == 0)
                return fail(p, N_("a number, a field or ( is expected"));
        e->field = workflow_field_find(p->w, arena_copy(p->place->arena, p->at, length));
        if (e->field < 0)
                return fail(p, N_("there is no such field above"));
        p->at += length;
        return e;
}

static const struct expression *parse_list(struct parser *p, enum op op)
{
        const struct expression *e = parse_sum(p);

        while (!p->is_broken && take(p, ","))
                e = make(p, op, e, parse_sum(p));
        return take(p, ")") || p->is_broken ? e : fail(p, N_(") is missing"));
}

static const struct expression *parse_atom(struct parser *p)
{
        const char *begin;

        skip(p);
        begin = p->at;
        if (take(p, "(")) {
                const struct expression *e = parse_or(p);

                return take(p, ")") || p->is_broken ? e : fail(p, N_(") is missing"));
        }
        if ((take(p, "min") || take(p, "max")) && take(p, "("))
                return parse_list(p, begin[1] == 'i' ? OP_MIN : OP_MAX);
        p->at = begin;
        if (take(p, "known") && take(p, "(")) {
                const struct expression *e;

                skip(p);
                e = parse_field(p);
                return take(p, ")") || p->is_broken ? make(p, OP_KNOWN, e, NULL) : fail(p, N_(") is missing"));
        }
        p->at = begin;
        if (*p->at == '\'')
                return parse_word(p);
        return *p->at >= '0' && *p->at <= '9' ? parse_number(p) : parse_field(p);
}

static const struct expression *parse_sign(struct parser *p)
{
        const struct expression *e;

        if (++p->depth > DEPTH_MAX)
                return fail(p, N_("it is too deep"));
        e = take(p, "-") ? make(p, OP_NEGATE, parse_sign(p), NULL) : parse_atom(p);
        p->depth--;
        return e;
}

static const struct expression *parse_term(struct parser *p)
{
        const struct expression *e = parse_sign(p);

        for (;;) {
                if (p->is_broken)
                        return NULL;
                if (take(p, "*"))
                        e = make(p, OP_MULTIPLY, e, parse_sign(p));
                else if (take(p, "/"))
                        e = make(p, OP_DIVIDE, e, parse_sign(p));
                else
                        return e;
        }
}

static const struct expression *parse_sum(struct parser *p)
{
        const struct expression *e = parse_term(p);

        for (;;) {
                if (p->is_broken)
                        return NULL;
                if (take(p, "+"))
                        e = make(p, OP_ADD, e, parse_term(p));
                else if (take(p, "-"))
                        e = make(p, OP_SUBTRACT, e, parse_term(p));
                else
                        return e;
        }
}

/* A word is the place of a choice of the field it is compared with. */
static bool resolve(struct parser *p, const struct expression *field, struct expression *word)
{
        const struct workflow_field *f = field->op == OP_FIELD ? &p->w->fields[field->field] : NULL;

        for (int i = 0; f != NULL && i < f->choice_count; i++)
                if (strcmp(f->choices[i].id, word->word) == 0) {
                        word->op = OP_NUMBER;
                        word->number = (int128)i * decimal_power[EXPRESSION_DECIMALS];
                        return true;
                }
        fail(p, N_("the word in quotes is none of the field's choices"));
        return false;
}

static const struct expression *parse_comparison(struct parser *p)
{
        static const struct { const char *sign; enum op op; } signs[] = {
                { "<=", OP_AT_MOST }, { ">=", OP_AT_LEAST }, { "!=", OP_DIFFERENT }, { "<", OP_LESS }, { ">", OP_GREATER }, { "=", OP_EQUAL },
        };
        const struct expression *a = parse_sum(p), *b;

        for (size_t i = 0; !p->is_broken && i < sizeof signs / sizeof *signs; i++) {
                if (!take(p, signs[i].sign))
                        continue;
                b = parse_sum(p);
                if (p->is_broken || (b->op == OP_WORD && !resolve(p, a, (struct expression *)b)))
                        return NULL;
                return make(p, signs[i].op, a, b);
        }
        return a;
}

static const struct expression *parse_not(struct parser *p)
{
        const struct expression *e;

        if (++p->depth > DEPTH_MAX)
                return fail(p, N_("it is too deep"));
        e = take(p, "not") ? make(p, OP_NOT, parse_not(p), NULL) : parse_comparison(p);
        p->depth--;
        return e;
}

static const struct expression *parse_and(struct parser *p)
{
        const struct expression *e = parse_not(p);

        while (!p->is_broken && take(p, "and"))
                e = make(p, OP_AND, e, parse_not(p));
        return e;
}

static const struct expression *parse_or(struct parser *p)
{
        const struct expression *e = parse_and(p);

        while (!p->is_broken && take(p, "or"))
                e = make(p, OP_OR, e, parse_and(p));
        return e;
}

/* Whether it is true or false (1), a number (0), or a mixture (-1). */
static int kind_of(const struct workflow *w, const struct expression *e)
{
        int a, b;

        switch (e->op) {
        case OP_NUMBER: return 0;
        case OP_WORD: return -1;
        case OP_FIELD: return w->fields[e->field].kind == FIELD_TEXT ? -1 : w->fields[e->field].kind == FIELD_YES_NO;
        case OP_KNOWN: return 1;
        case OP_NOT: return kind_of(w, e->a) == 1 ? 1 : -1;
        case OP_NEGATE: return kind_of(w, e->a) == 0 ? 0 : -1;
        default: break;
        }
        a = kind_of(w, e->a);
        b = kind_of(w, e->b);
        if (e->op == OP_AND || e->op == OP_OR)
                return a == 1 && b == 1 ? 1 : -1;
        if (a < 0 || a != b)
                return -1;
        return e->op >= OP_LESS ? 1 : a == 0 ? 0 : -1;
}

const struct expression *expression_parse(const struct yaml_place *place, const struct yaml *node, const struct workflow *w, bool is_rule)
{
        struct parser p = { .place = place, .node = node, .w = w, .at = node->text };
        const struct expression *e = parse_or(&p);

        skip(&p);
        if (!p.is_broken && *p.at != '\0')
                fail(&p, N_("nothing is expected here"));
        if (!p.is_broken && kind_of(w, e) != is_rule)
                fail(&p, is_rule ? N_("it must be true or false") : N_("it must be a number"));
        return p.is_broken ? NULL : e;
}

void expression_mark(const struct expression *e, bool *fields)
{
        if (e == NULL)
                return;
        if (e->field >= 0)
                fields[e->field] = true;
        expression_mark(e->a, fields);
        expression_mark(e->b, fields);
}

/* ---- what it can be ------------------------------------------------------------------------------------- */

enum { CAN_BE_TRUE = 1, CAN_BE_FALSE = 2, CAN_BE_UNKNOWN = 4, CAN_BE_KNOWN = CAN_BE_TRUE | CAN_BE_FALSE };

/* A number that is known may be any. */
static unsigned outcomes(const struct expression *e, const bool *told)
{
        unsigned a, b, one, other, unknown;

        switch (e->op) {
        case OP_NUMBER: return CAN_BE_KNOWN;
        case OP_FIELD: return told[e->field] ? CAN_BE_KNOWN | CAN_BE_UNKNOWN : CAN_BE_UNKNOWN;
        case OP_KNOWN: return told[e->a->field] ? CAN_BE_KNOWN : CAN_BE_FALSE;
        case OP_NEGATE: return outcomes(e->a, told);
        case OP_NOT:
                a = outcomes(e->a, told);
                return (a & CAN_BE_UNKNOWN) | ((a & CAN_BE_TRUE) != 0 ? CAN_BE_FALSE : 0) | ((a & CAN_BE_FALSE) != 0 ? CAN_BE_TRUE : 0);
        default: break;
        }
        a = outcomes(e->a, told);
        b = outcomes(e->b, told);
        if (e->op != OP_AND && e->op != OP_OR)
                return ((a & CAN_BE_KNOWN) != 0 && (b & CAN_BE_KNOWN) != 0 ? CAN_BE_KNOWN : 0) | ((a | b) & CAN_BE_UNKNOWN);
        one = e->op == OP_AND ? CAN_BE_FALSE : CAN_BE_TRUE; /* decides alone */
        other = CAN_BE_KNOWN & ~one;
        unknown = ((a & CAN_BE_UNKNOWN) != 0 && (b & ~one) != 0) || ((b & CAN_BE_UNKNOWN) != 0 && (a & ~one) != 0) ? CAN_BE_UNKNOWN : 0;
        return ((a | b) & one) | (a & b & other) | unknown;
}

bool expression_can_hold(const struct expression *e, const bool *told)
{
        return (outcomes(e, told) & CAN_BE_TRUE) != 0;
}

/* ---- values --------------------------------------------------------------------------------------------- */

static enum expression_result field_value(const struct workflow *w, const struct field_value *v, int field, int128 *value)
{
        int decimals = w->fields[field].kind == FIELD_NUMBER ? w->fields[field].decimals : 0;

        if (!v[field].is_known)
                return EXPRESSION_UNKNOWN;
        *value = (int128)v[field].number * decimal_power[EXPRESSION_DECIMALS - decimals];
        return EXPRESSION_KNOWN;
}

/* "and", "or": decided by one side alone where that is enough. */
static enum expression_result both(const struct expression *e, const struct workflow *w, const struct field_value *v, int128 *value)
{
        int128 a = 0, b = 0;
        enum expression_result ra = expression_value(e->a, w, v, &a), rb = expression_value(e->b, w, v, &b);
        bool deciding = e->op == OP_OR;

        *value = deciding ? decimal_power[EXPRESSION_DECIMALS] : 0;
        if ((ra == EXPRESSION_KNOWN && (a != 0) == deciding) || (rb == EXPRESSION_KNOWN && (b != 0) == deciding))
                return EXPRESSION_KNOWN;
        if (ra != EXPRESSION_KNOWN || rb != EXPRESSION_KNOWN)
                return ra == EXPRESSION_TOO_LARGE || rb == EXPRESSION_TOO_LARGE ? EXPRESSION_TOO_LARGE : EXPRESSION_UNKNOWN;
        *value = deciding ? 0 : decimal_power[EXPRESSION_DECIMALS];
        return EXPRESSION_KNOWN;
}

static enum expression_result calculate(enum op op, int128 a, int128 b, int128 *value)
{
        const int128 one = decimal_power[EXPRESSION_DECIMALS];
        bool is_over = false;

        switch (op) {
        case OP_ADD: is_over = __builtin_add_overflow(a, b, value); break;
        case OP_SUBTRACT: is_over = __builtin_sub_overflow(a, b, value); break;
        case OP_MULTIPLY:
                is_over = __builtin_mul_overflow(a, b, value);
                *value = is_over ? 0 : decimal_divide(*value, one);
                break;
        case OP_DIVIDE:
                if (b == 0)
                        return EXPRESSION_UNKNOWN;
                is_over = __builtin_mul_overflow(a, one, value);
                *value = is_over ? 0 : decimal_divide(*value, b);
                break;
        case OP_MIN: *value = a < b ? a : b; break;
        case OP_MAX: *value = a > b ? a : b; break;
        case OP_LESS: *value = a < b ? one : 0; break;
        case OP_AT_MOST: *value = a <= b ? one : 0; break;
        case OP_GREATER: *value = a > b ? one : 0; break;
        case OP_AT_LEAST: *value = a >= b ? one : 0; break;
        case OP_EQUAL: *value = a == b ? one : 0; break;
        default: *value = a != b ? one : 0;
        }
        /* What decimal_divide may be given without overflow in its rounding. */
        if (is_over || *value > (int128)INT64_MAX * INT64_MAX || *value < -(int128)INT64_MAX * INT64_MAX)
                return EXPRESSION_TOO_LARGE;
        return EXPRESSION_KNOWN;
}

enum expression_result expression_value(const struct expression *e, const struct workflow *w, const struct field_value *v, int128 *value)
{
        const int128 one = decimal_power[EXPRESSION_DECIMALS];
        enum expression_result result;
        int128 a = 0, b = 0;

        switch (e->op) {
        case OP_NUMBER: *value = e->number; return EXPRESSION_KNOWN;
        case OP_FIELD: return field_value(w, v, e->field, value);
        case OP_KNOWN: *value = v[e->a->field].is_known ? one : 0; return EXPRESSION_KNOWN;
        case OP_AND:
        case OP_OR: return both(e, w, v, value);
        default: break;
        }
        result = expression_value(e->a, w, v, &a);
        if (result != EXPRESSION_KNOWN)
                return result;
        if (e->op == OP_NOT || e->op == OP_NEGATE) {
                *value = e->op == OP_NEGATE ? -a : a == 0 ? one : 0;
                return EXPRESSION_KNOWN;
        }
        result = expression_value(e->b, w, v, &b);
        return result == EXPRESSION_KNOWN ? calculate(e->op, a, b, value) : result;
}
