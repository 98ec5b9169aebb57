#include "catalogue/formula.h"

#include <string.h>

#include "base/decimal.h"

#define DEPTH_MOST 32
#define LEAST (-((int128)1 << 126) * 2) /* it has no opposite: no fraction holds it */

struct fraction {
        int128 up, down; /* down above zero, no common divisor */
        bool is_open;    /* it rests on a figure that nobody asks for: up and down say nothing */
};

struct reading {
        const char *at;
        formula_figure *figure;     /* NULL: figures are left open */
        void *context;
        enum formula_result result; /* the first that is not done stays */
        const char *divided;        /* by zero: from the sign on, */
        size_t divided_length;
        int depth;
};

static struct fraction fail(struct reading *r, enum formula_result why)
{
        if (r->result == FORMULA_DONE)
                r->result = why;
        return (struct fraction){ 0, 1, false };
}

static const struct fraction open_fraction = { 0, 1, true };

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
        return (struct fraction){ up / common, down / common, false };
}

static bool is_zero(struct fraction f)
{
        return !f.is_open && f.up == 0;
}

static struct fraction times(struct reading *r, struct fraction a, struct fraction b)
{
        struct fraction x, y;
        int128 up, down;

        if (a.is_open || b.is_open) /* of nothing, whatever the other is: nothing */
                return is_zero(a) || is_zero(b) ? (struct fraction){ 0, 1, false } : open_fraction;
        x = reduced(a.up, b.down);
        y = reduced(b.up, a.down);
        if (__builtin_mul_overflow(x.up, y.up, &up) || __builtin_mul_overflow(x.down, y.down, &down) || up == LEAST)
                return fail(r, FORMULA_TOO_LARGE);
        return (struct fraction){ up, down, false };
}

static struct fraction plus(struct reading *r, struct fraction a, struct fraction b)
{
        int128 common = divisor(a.down, b.down), left, right, up, down;

        if (a.is_open || b.is_open)
                return open_fraction;
        if (__builtin_mul_overflow(a.up, b.down / common, &left) || __builtin_mul_overflow(b.up, a.down / common, &right) ||
            __builtin_add_overflow(left, right, &up) || __builtin_mul_overflow(a.down, b.down / common, &down) || up == LEAST)
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
                return (struct fraction){ -f.up, f.down, f.is_open };
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
                if (r->figure == NULL) {
                        r->at += length;
                        return open_fraction;
                }
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
                const char *sign = r->at++;
                struct fraction g = factor(r);

                if (*sign == '/' && is_zero(g)) {
                        if (r->result == FORMULA_DONE) {
                                r->divided = sign;
                                r->divided_length = (size_t)(r->at - sign);
                        }
                        fail(r, FORMULA_UNDEFINED);
                        return f;
                }
                f = times(r, f, *sign == '/' && !g.is_open ? reduced(g.down, g.up) : g);
        }
        return f;
}

static struct fraction sum(struct reading *r)
{
        struct fraction f = product(r);

        for (skip_spaces(r); *r->at == '+' || *r->at == '-'; skip_spaces(r)) {
                bool is_minus = *r->at++ == '-';
                struct fraction g = product(r);

                f = plus(r, f, (struct fraction){ is_minus ? -g.up : g.up, g.down, g.is_open });
        }
        return f;
}

static struct fraction whole(struct reading *r)
{
        struct fraction f = sum(r);

        if (*r->at != '\0')
                fail(r, FORMULA_MALFORMED);
        return f;
}

/* A figure as drawn: another for each name and draw, and the same wherever the name stands. */
static bool drawn(void *context, const char *name, size_t length, int64_t *value, int *decimals)
{
        uint64_t hash = 1469598103934665603u + *(const uint64_t *)context * 1099511628211u;

        for (size_t i = 0; i < length; i++)
                hash = (hash ^ (unsigned char)name[i]) * 1099511628211u;
        *value = 2 + (int64_t)((hash ^ hash >> 32) % 9973);
        *decimals = 0;
        return true;
}

#define DRAWS 3

/* Whether a divisor is zero whatever its figures are, "/ (x - x)": it is so with figures as drawn, each time at the same place. */
static void divisor_find(const char *text, struct reading *first)
{
        for (uint64_t draw = 1; draw <= DRAWS; draw++) {
                struct reading r = { .at = text, .figure = drawn, .context = &draw, .result = FORMULA_DONE };

                whole(&r);
                if (r.result != FORMULA_UNDEFINED || (draw > 1 && r.divided != first->divided))
                        return;
                if (draw == 1) {
                        first->divided = r.divided;
                        first->divided_length = r.divided_length;
                }
        }
        first->result = FORMULA_UNDEFINED;
}

enum formula_result formula_check(const char *text, const char **part, size_t *length)
{
        struct reading r = { .at = text, .result = FORMULA_DONE };

        whole(&r);
        if (r.result == FORMULA_DONE)
                divisor_find(text, &r);
        *part = r.result != FORMULA_UNDEFINED ? text : r.divided;
        *length = r.result != FORMULA_UNDEFINED ? strlen(text) : r.divided_length;
        return r.result;
}

enum formula_result formula_value(const char *text, formula_figure *figure, void *context, int decimals, int64_t *value)
{
        struct reading r = { .at = text, .figure = figure, .context = context, .result = FORMULA_DONE };
        struct fraction f = whole(&r);
        int128 scaled;

        if (r.result != FORMULA_DONE)
                return r.result;
        f = times(&r, f, (struct fraction){ decimal_power[decimals], 1, false });
        if (r.result != FORMULA_DONE)
                return r.result;
        scaled = decimal_divide(f.up, f.down);
        return decimal_narrow(scaled, value) ? FORMULA_DONE : FORMULA_TOO_LARGE;
}
