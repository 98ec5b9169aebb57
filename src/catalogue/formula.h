/* formula.h - the value of a formula over figures ("leased / area * 100"): pure, exact.
 *
 * A formula has names (a-z, 0-9, _), plain decimals, + - * / and brackets, with the usual order. It is computed with fractions of
 * 128 bits, reduced at every step, and rounded once, half away from zero. */
#ifndef CATALOGUE_FORMULA_H
#define CATALOGUE_FORMULA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum formula_result { FORMULA_DONE, FORMULA_MALFORMED, FORMULA_LACKING, FORMULA_UNDEFINED, FORMULA_TOO_LARGE };

/* The figure a name stands for, scaled; false where it is not known: the result is FORMULA_LACKING. */
typedef bool formula_figure(void *context, const char *name, size_t length, int64_t *value, int *decimals);

/* The value at the given decimals. FORMULA_UNDEFINED: a division by zero; FORMULA_TOO_LARGE: beyond the bits; then *value is untouched. */
enum formula_result formula_value(const char *text, formula_figure *, void *context, int decimals, int64_t *value);

/* What can be said of a formula whatever its figures are: numbers are computed, also a figure times zero or less itself, and FORMULA_UNDEFINED is told
 * where a divisor is zero: *part is that part of the text, "/ (2 - 2)", "/ (x - x)" (else all of it). FORMULA_MALFORMED and FORMULA_TOO_LARGE as
 * formula_value. */
enum formula_result formula_check(const char *text, const char **part, size_t *length);

#endif
