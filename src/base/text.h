/* text.h - the texts people read, in Vietnamese and English.
 *
 * Texts stand in the code in English; Vietnamese stands in the vi.po file of each folder. The build
 * turns the .po files into one table and fails when a text has no translation. Not gettext: its
 * uselocale() changes printf's decimal sign and would corrupt JSON. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

enum language { LANGUAGE_VI, LANGUAGE_EN };

/* The text in the given language; the text itself where the table has none. Never NULL. */
const char *text(enum language, const char *english) __attribute__((format_arg(2)));

/* The one of two texts from data that is in the language; the Vietnamese one where there is no English. */
const char *text_in(enum language, const char *vi, const char *en);

/* Marks a text for translation where no language is known yet (tables). */
#define N_(english) english

/* "vi" or "en". */
const char *language_name(enum language);

#endif
