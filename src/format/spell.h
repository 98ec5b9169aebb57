/* spell.h - whole numbers in words, as documents repeat an amount of money: 300000000 is "ba trăm triệu". Pure.
 *
 * Vietnamese: groups of three digits, nghìn, triệu, tỷ, and again from there (nghìn tỷ, triệu tỷ); after mươi one is mốt, four is tư, five is lăm (also after mười);
 * a nought among tens is lẻ (linh in the north: one word is written throughout); inside a number a group has its hundreds, "không trăm lẻ năm"; a group of noughts
 * is left out. English: short scale, hyphens, no "and". Source: common usage; what was read of Decree 30/2020 does not say how amounts are spelled. */
#ifndef FORMAT_SPELL_H
#define FORMAT_SPELL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* Lower case; it lives as long as the arena. */
const char *spell_number(struct arena *, int64_t number, enum language);

/* The same, beginning with a capital letter. */
const char *spell_capital(struct arena *, int64_t number, enum language);

#endif
