/* html.h - escaping for pages; what compiled templates call. */
#ifndef FORMAT_HTML_H
#define FORMAT_HTML_H

#include "base/buf.h"

/* Text and quoted attribute values: & < > " ' escaped. NULL writes nothing. */
void html_text(struct buf *, const char *text);
void html_int(struct buf *, int64_t);

/* An address in href, src, action: only relative addresses, http, https and mailto pass; others become
 * "#". Escaped for an attribute. */
void html_address(struct buf *, const char *address);

/* One part of a path or a query value, percent-encoded. */
void html_url_part(struct buf *, const char *text);

/* What {{ expression }} becomes: chosen by the type of the expression. */
#define HTML_ESCAPED(out, x)                                                                       \
        _Generic((x), char *: html_text, const char *: html_text, default: html_int)((out), (x))

#endif
