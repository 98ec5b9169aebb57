/* account.h - people and programs who sign in: users, passwords, tokens, sessions.
 *
 * Who exists, in which role and unit, is an entry in the unit's stream (other nodes can judge what
 * they receive). Passwords (argon2id) and tokens stay in the local stream. A session is a signed
 * cookie, not a row: it costs no write and ends when the password changes or the user is disabled. */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "ledger/entry.h"

#define SESSION_SECONDS 28800     /* eight hours of work; renewed while used */
#define PASSWORD_LEAST 8          /* characters */

struct account {
        struct user user;
        bool is_disabled;
        int64_t password_entry; /* id of the entry that set the password; 0 none */
};

/* Inside a job. Logins: 2-64 of a-z 0-9 . _ - @. Setting again changes name, role or unit. */
bool account_set(struct work *, const char *login, const char *name, enum role, const char *unit,
                 bool is_disabled);
/* Hashing takes 20 ms and more: account_hash outside the job, the result inside. */
bool account_hash(struct work *, const char *password, char hash[128]);
bool account_set_password(struct work *, const char *login, const char *hash);
/* A token for programs, printed once; only its hash is kept. */
bool account_make_token(struct work *, const char *login, const char *label, char token[64]);

struct account *account_find(struct work *, const char *login); /* NULL, no error: none */
/* All accounts of this node, in order of login. */
struct account *account_list(struct work *, size_t *count);

/* Check a password: the account, or NULL and ERR_UNAUTHENTICATED (same time and words whether or not the
 * login exists). Not inside a job: it takes 20 ms and more. After five failures a login waits, longer each
 * time. What could not be judged, for want of memory or of the database, is another error and no failure. */
struct account *account_sign_in(struct work *, const char *login, const char *password);

/* The account a token belongs to, NULL (no error) if none. */
struct account *account_by_token(struct work *, const char *token);

/* Sessions: the cookie's text for an account, and the account of a cookie (NULL, no error: none or expired).
 * csrf gets the token that forms of the session must carry. */
void session_write(struct work *, const struct account *, char cookie[256]);
struct account *session_read(struct work *, const char *cookie, char csrf[65], bool *should_renew);

/* Whether a form with this mark was shown in a session of the account, now or earlier. */
bool session_made_mark(const struct node *, const char *login, const char *mark);

/* The same session from now on; its forms stay good. False (no error) where the cookie is not genuine or has
 * expired. */
bool session_renew(struct work *, const char *cookie, char renewed[256]);

/* Whether we signed the cookie and it has not expired: without a look into the database, so whether the
 * account still counts is not known. */
bool session_is_genuine(const struct node *, const char *cookie, moment now, bool *should_renew);

/* The mark for a form of somebody not signed in yet (the sign-in form): bound to a random text kept in a
 * cookie. */
void session_form_mark(const struct node *, const char *text, char mark[65]);

extern const struct entry_kind account_kinds[];
extern const struct derived_table account_tables[];

#endif
