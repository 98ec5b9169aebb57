/* decimal.h - exact decimal numbers: 64-bit integers scaled by a power of ten.
 *
 * "116.45" at 6 decimals is 116450000. Sums are taken in 128 bits; a quotient is rounded once, half
 * away from zero. No floating point anywhere. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

#define DECIMAL_MAX_DECIMALS 12
#define DECIMAL_TEXT_MAX 48 /* bytes a written number needs at most, NUL included */

/* Powers of ten, 10^0 .. 10^18. */
extern const int64_t decimal_power[19];

/* How a number was refused; decimal_read_error makes the sentence. */
enum decimal_fault {
        DECIMAL_OK,
        DECIMAL_EMPTY,          /* nothing but spaces */
        DECIMAL_NOT_A_NUMBER,   /* position says which byte */
        DECIMAL_TOO_LARGE,      /* beyond 64 bits once scaled */
        DECIMAL_TOO_FINE,       /* more decimals than the indicator keeps: never rounded in silence */
};

/* Read the plain form: optional sign, digits, optional point and digits ("-1234.5"). Nothing else.
 * Zeros beyond the decimals kept are accepted, other digits are DECIMAL_TOO_FINE. */
enum decimal_fault decimal_read(const char *text, size_t length, int decimals, int64_t *value, size_t *position);

/* Read what people type: "1.234,5" "1234,5" "1 234,5" "1234.5" "1,234.5";
 * "1.234" is 1234 in Vietnamese and 1.234 in English, "1,234" the reverse; "0.123" and "1234.567" can
 * only have decimals in either. Groups have three digits and one kind of separator, so "12.34.56" and "1 23" are
 * errors. Spaces of any kind around and between groups and the minus sign U+2212 are accepted; a letter
 * inside is an error, never dropped. */
enum decimal_fault decimal_read_typed(const char *text, size_t length, enum language, int decimals,
                                      int64_t *value, size_t *position);

/* Turn a fault, found at that position of that text, into a sentence: what is wrong, at which character (counted in characters, from 1). */
bool decimal_read_error(struct error *, enum decimal_fault, const char *text, size_t length, size_t position);

/* Write the plain form with all decimals but trailing zeros ("116.45", "2", "-0.5").
 * Returns the length; out has DECIMAL_TEXT_MAX bytes. */
size_t decimal_write(char *out, int64_t value, int decimals);

/* Write rounded to shown decimals, all of them, as people read: "1.234,5" with U+2212 in Vietnamese,
 * "1,234.5" in English. Returns the length. */
size_t decimal_write_shown(char *out, int64_t value, int decimals, int shown, enum language);

/* The decimals of a value, less the zeros at its end. */
int decimal_used(int64_t value, int decimals);

/* a / b as an integer, rounded half away from zero. b must not be 0. */
int128 decimal_divide(int128 a, int128 b);

/* Fit into 64 bits; false if it does not. */
bool decimal_narrow(int128, int64_t *);

/* From one number of decimals to another, rounding half away from zero; false beyond 64 bits. */
bool decimal_rescale(int64_t value, int from, int to, int64_t *result);

#endif
