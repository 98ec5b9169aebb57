/* site_private.h - what the server's own pages show. */
#ifndef WEB_SITE_PRIVATE_H
#define WEB_SITE_PRIVATE_H

struct sign_in_view {
        const char *unit;         /* whose node this is */
        const char *error, *hint; /* of the attempt before; NULL: none */
        const char *csrf, *to, *login;
};

struct password_view {
        const char *error, *hint;
        const char *csrf, *login;
};

#endif
