/* page_private.h - what the frame's templates show; filled by page.c. */
#ifndef WEB_PAGE_PRIVATE_H
#define WEB_PAGE_PRIVATE_H

#include "web/fields.h"
#include "web/web.h"

#define FRAME_ENTRIES_MAX 8

struct frame_entry {
        const char *title, *short_title; /* texts; the short one for phones */
        const char *href, *icon;
        bool is_current;
        int waiting;       /* things to be done, shown as a number; 0 shows nothing */
};

struct frame {
        const struct page *page;
        const char *language;      /* "vi", "en" */
        const char *body_class;    /* NULL: none */
        const char *style, *script; /* addresses, or NULL */
        const struct frame_entry *entries;
        int entry_count, tab_count; /* the first tab_count fit on a phone */
        bool has_search;
        int waiting;               /* for the asker: of "My work" */
        const char *bell_text;     /* the same in words; NULL: the asker has no work here */
        bool link_is_alarm;
        const char *link_text, *link_class, *link_href; /* link_text NULL: this node has no upstream */
        const char *user_name;     /* NULL: nobody is signed in */
        const char *unit;
        const char *sign_in_href, *csrf;
        const char *vi_href, *en_href;
        bool is_english;
        const char *known_text, *recorded_text, *now_href; /* the page tells what was known, or had been recorded, then, and where what is so now; NULL */
        const char *again_href;    /* where this page is given again as it is; NULL: nowhere */
        bool again_is_open;        /* to its reader */
        const char *past_action;   /* where what was known is asked for; NULL: not here, or not by this user */
        const char *past_typed;    /* the day or moment on the page, or "" */
        bool past_is_recorded;     /* what had been recorded is asked for */
        const struct field *past_fields; /* the rest of the question */
        size_t past_field_count;
        bool has_status, has_openapi, has_password;
};

#endif
