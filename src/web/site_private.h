/* site_private.h - what the server's own pages show. */
#ifndef WEB_SITE_PRIVATE_H
#define WEB_SITE_PRIVATE_H

struct sign_in_view {
        const char *unit;         /* whose node this is */
        const char *csrf, *to;
        const char *form, *mark;  /* where a form that waits was sent, with which mark; NULL: none waits */
        const struct fields *typed; /* what was typed into it */
};

struct password_view {
        const char *csrf, *login;
};

#endif
