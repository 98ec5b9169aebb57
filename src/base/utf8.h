/* utf8.h - checks and foldings of UTF-8 text; a thin face over utf8proc. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Whether the bytes are well-formed UTF-8 without NUL; position gets the first bad byte. */
bool utf8_is_valid(const char *text, size_t length, size_t *position);

/* Whether a name or remark reads as it stands: valid, without characters that cannot be seen (control and format characters, such as those that
 * turn what follows them around, and ends of lines and paragraphs). hidden gets the first such character, 0 where the text is not valid. */
bool utf8_is_seen(const char *text, uint32_t *hidden);

/* The same with U+FFFD in the place of each such character, and of each byte that is no text: for names that others have given. */
const char *utf8_shown(struct arena *, const char *text);

/* The text in NFC. Returns the text itself (not copied) where it already is. Must be valid UTF-8. */
const char *utf8_nfc(struct arena *, const char *text);

/* For searching: case folded, marks removed, đ as d, spaces squeezed: "Đề  Án" -> "de an".
 * The Icelandic eth (U+00F0), often typed by mistake for đ, folds the same way. */
char *utf8_fold(struct arena *, const char *text);

/* Number of characters (code points) in the first length bytes. */
size_t utf8_count(const char *text, size_t length);

/* The longest prefix of at most max_bytes that ends between characters. */
size_t utf8_cut(const char *text, size_t length, size_t max_bytes);

/* Order for people, as in Vietnamese dictionaries: word by word, in a word first the letters (a ă â ... d đ ...), then
 * the tone (ngang huyền hỏi ngã sắc nặng, wherever it is written: hòa = hoà); case ignored; words of digits
 * by value. <0, 0, >0. */
int utf8_compare(const char *a, const char *b);

/* For maps of names that people type: the keys of two texts are the same bytes where utf8_compare says 0, and only there. */
char *utf8_key(struct arena *, const char *text);

#endif
