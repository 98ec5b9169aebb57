/* account_private.h - what the files of this folder share. */
#ifndef ACCOUNT_PRIVATE_H
#define ACCOUNT_PRIVATE_H

#include "account/account.h"
#include "account/throttle.h"

/* What the module keeps with a node: keys of its cookies, failed tries. */
struct account_room {
        unsigned char session_key[32], form_key[32];
        struct throttle *logins;
};

/* Made on first use; never NULL. */
struct account_room *account_room(const struct node *);

bool login_is_valid(const char *login);

#endif
