/* tag.h - reading the tags of our own pages, as the templates write them: attributes are in quotes. */
#ifndef WEB_TAG_H
#define WEB_TAG_H

#include "work/work.h"

struct attribute { const char *from, *to, *name, *value; size_t name_length, value_length; };

/* What may stand between attributes. */
bool tag_is_space(char);

/* Behind the ">" of the tag of which p is a part; NULL where it does not end. */
const char *tag_end(const char *p, const char *end);

/* The next attribute of a tag; p moves behind it. */
bool tag_next_attribute(const char **p, const char *end, struct attribute *);

/* Text of a page as it is read: what html_text escaped comes back. */
const char *tag_unescaped(struct work *, const char *text, size_t length);

#endif
