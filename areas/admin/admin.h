/* admin.h - what the pages of accounts show. */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <string.h>

#include "account/account.h"

struct user_row {
        const struct account *account;
        const char *role, *unit; /* as people read them */
};

struct users_view {
        const struct user_row *users;
        size_t user_count;
        const char *csrf;
        const char *own_login;
        const char *node_unit;
        const char *done;                    /* what was just done; NULL: nothing */
        const char *secret_title, *secret;   /* a password or token to show once; NULL: none */
};

#endif
