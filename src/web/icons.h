/* icons.h - the small drawings of pages, inline so that they follow the text's colour and cost no request.
 *
 * In a template: {{& icon("check") }}. They are decoration: the word beside them says what is meant. */
#ifndef WEB_ICONS_H
#define WEB_ICONS_H

/* The SVG of an icon by name (the table in icons.c); asserts that it exists. */
const char *icon(const char *name);

#endif
