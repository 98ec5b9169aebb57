#include "catalogue/formula.h"

#include <string.h>

#include "base/decimal.h"

#define DEPTH_MOST 32

struct fraction {
        int128 up, down; /* down above zero, no common divisor */
};

struct reading {
        const char *at;
        formula_figure *figure;
        void *context;
        enum formula_result result; /* the first that is not done stays */
        int depth;
};

static struct fraction fail(struct reading *r, enum formula_result why)
{
        if (r->result == FORMULA_DONE)
                r->result = why;
        return (struct fraction){ 0, 1 };
}

static int128 divisor(int128 a, int128 b)
{
        while (b != 0) {
                int128 rest = a % b;

                a = b;
                b = rest;
        }
        return a < 0 ? -a : a;
}

static struct fraction reduced(int128 up, int128 down)
{
        int128 common = divisor(up, down);

        if (down < 0)
                common = -common;
        return (struct fraction){ up / common, down / common };
}

static struct fraction times(struct reading *r, struct fraction a, struct fraction b)
{
        struct fraction x = reduced(a.up, b.down), y = reduced(b.up, a.down);
        int128 up, down;

        if (__builtin_mul_overflow(x.up, y.up, &up) || __builtin_mul_overflow(x.down, y.down, &down))
                return fail(r, FORMULA_TOO_LARGE);
        return (struct fraction){ up, down };
}

static struct fraction plus(struct reading *r, struct fraction a, struct fraction b)
{
        int128 common = divisor(a.down, b.down), left, right, up, down;

        if (__builtin_mul_overflow(a.up, b.down / common, &left) || __builtin_mul_overflow(b.up, a.down / common, &right) ||
            __builtin_add_overflow(left, right, &up) || __builtin_mul_overflow(a.down, b.down / common, &down))
                return fail(r, FORMULA_TOO_LARGE);
        return reduced(up, down);
}

static void skip_spaces(struct reading *r)
{
        r->at += strspn(r->at, " ");
}

static struct fraction sum(struct reading *r);

static struct fraction factor(struct reading *r)
{
        size_t length;
        int64_t value = 0;
        int decimals = 0;

        skip_spaces(r);
        if (*r->at == '-') {
                struct fraction f;

                r->at++;
                if (++r->depth > DEPTH_MOST)
                        return fail(r, FORMULA_MALFORMED);
                f = factor(r);
                r->depth--;
                return (struct fraction){ -f.up, f.down };
        }
        if (*r->at == '(') {
                struct fraction f;

                r->at++;
                if (++r->depth > DEPTH_MOST)
                        return fail(r, FORMULA_MALFORMED);
                f = sum(r);
                r->depth--;
                if (*r->at != ')')
                        return fail(r, FORMULA_MALFORMED);
                r->at++;
                return f;
        }
        length = strspn(r->at, "0123456789.");
        if (length > 0) {
                size_t position;

                if (decimal_read(r->at, length, DECIMAL_MAX_DECIMALS, &value, &position) != DECIMAL_OK)
                        return fail(r, FORMULA_MALFORMED);
                decimals = DECIMAL_MAX_DECIMALS;
        } else {
                length = strspn(r->at, "abcdefghijklmnopqrstuvwxyz0123456789_");
                if (length == 0)
                        return fail(r, FORMULA_MALFORMED);
                if (!r->figure(r->context, r->at, length, &value, &decimals))
                        fail(r, FORMULA_LACKING);
        }
        r->at += length;
        return reduced(value, decimal_power[decimals]);
}

static struct fraction product(struct reading *r)
{
        struct fraction f = factor(r);

        for (skip_spaces(r); *r->at == '*' || *r->at == '/'; skip_spaces(r)) {
                bool is_division = *r->at++ == '/';
                struct fraction g = factor(r);

                if (is_division && g.up == 0) {
                        fail(r, FORMULA_UNDEFINED);
                        return f;
                }
                f = times(r, f, is_division ? reduced(g.down, g.up) : g);
        }
        return f;
}

static struct fraction sum(struct reading *r)
{
        struct fraction f = product(r);

        for (skip_spaces(r); *r->at == '+' || *r->at == '-'; skip_spaces(r)) {
                bool is_minus = *r->at++ == '-';
                struct fraction g = product(r);

                f = plus(r, f, (struct fraction){ is_minus ? -g.up : g.up, g.down });
        }
        return f;
}

enum formula_result formula_value(const char *text, formula_figure *figure, void *context, int decimals, int64_t *value)
{
        struct reading r = { .at = text, .figure = figure, .context = context, .result = FORMULA_DONE };
        struct fraction f = sum(&r);
        int128 scaled;

        if (r.result == FORMULA_DONE && *r.at != '\0')
                r.result = FORMULA_MALFORMED;
        if (r.result != FORMULA_DONE)
                return r.result;
        f = times(&r, f, (struct fraction){ decimal_power[decimals], 1 });
        if (r.result != FORMULA_DONE)
                return r.result;
        scaled = decimal_divide(f.up, f.down);
        return decimal_narrow(scaled, value) ? FORMULA_DONE : FORMULA_TOO_LARGE;
}
