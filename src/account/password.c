#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "account/account_private.h"
#include "base/utf8.h"
#include "ledger/node.h"

#define PASSWORD_MOST 1024 /* bytes */
#define HASH_OPERATIONS 2
#define HASH_MEMORY ((size_t)19 << 20)
#define HASHES_AT_ONCE 2 /* each takes HASH_MEMORY for a moment */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_is_done = PTHREAD_COND_INITIALIZER;
static int running;

static void begin_hash(void)
{
        pthread_mutex_lock(&mutex);
        while (running >= HASHES_AT_ONCE)
                pthread_cond_wait(&one_is_done, &mutex);
        running++;
        pthread_mutex_unlock(&mutex);
}

static void end_hash(void)
{
        pthread_mutex_lock(&mutex);
        running--;
        pthread_cond_signal(&one_is_done);
        pthread_mutex_unlock(&mutex);
}

static bool make_hash(char hash[128], const char *password)
{
        bool is_ok;

        static_assert(crypto_pwhash_STRBYTES <= 128, "the hash fits");
        begin_hash();
        is_ok = crypto_pwhash_str(hash, password, strlen(password), HASH_OPERATIONS, HASH_MEMORY) == 0;
        end_hash();
        return is_ok;
}

static bool read_bytes(const char *text, size_t length, unsigned char *out, size_t size)
{
        size_t got;

        return sodium_base642bin(out, size, text, length, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 && got == size;
}

/* Whether it could be told. Not by crypto_pwhash_str_verify: where it has no memory, that says as much as that it is another password. A text that
 * is no hash fits none. */
static bool compare(const char *hash, const char *password, bool *is_same)
{
        unsigned char salt[crypto_pwhash_SALTBYTES], told[32], found[32];
        unsigned memory, operations;
        int salt_at = 0;
        const char *mark;
        bool is_ok;

        *is_same = false;
        if (sscanf(hash, "$argon2id$v=19$m=%u,t=%u,p=1$%n", &memory, &operations, &salt_at) != 2 || salt_at == 0 || (mark = strchr(hash + salt_at, '$')) == NULL ||
            !read_bytes(hash + salt_at, (size_t)(mark - hash) - (size_t)salt_at, salt, sizeof salt) || !read_bytes(mark + 1, strlen(mark + 1), told, sizeof told))
                return true;
        begin_hash();
        is_ok = crypto_pwhash(found, sizeof found, password, strlen(password), salt, operations, (size_t)memory * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0;
        end_hash();
        *is_same = is_ok && sodium_memcmp(found, told, sizeof told) == 0;
        return is_ok;
}

bool account_hash(struct work *w, const char *password, char hash[128])
{
        size_t length = strlen(password);

        if (!utf8_is_valid(password, length, NULL))
                return error_set(&w->err, ERR_INVALID, "the password is not UTF-8");
        if (length > PASSWORD_MOST)
                return error_set(&w->err, ERR_INVALID, "the password is longer than %d bytes", PASSWORD_MOST);
        if (utf8_count(password, length) < PASSWORD_LEAST) {
                error_set(&w->err, ERR_INVALID, "the password has fewer than %d characters", PASSWORD_LEAST);
                return error_hint(&w->err, "a sentence of several words is easy to keep and hard to guess");
        }
        if (sodium_init() < 0 || !make_hash(hash, utf8_nfc(w->arena, password)))
                return error_set(&w->err, ERR_ENVIRONMENT, "the system has no memory to hash a password");
        return true;
}

/* Checked where there is no account or no password, so that the answer takes as long. */
static const char *stand_in_hash(void)
{
        static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
        static char hash[128];

        pthread_mutex_lock(&making);
        if (hash[0] == '\0') {
                unsigned char secret[16];
                char password[33];

                randombytes_buf(secret, sizeof secret);
                sodium_bin2hex(password, sizeof password, secret, sizeof secret);
                if (!make_hash(hash, password))
                        hash[0] = '\0';
        }
        pthread_mutex_unlock(&making);
        return hash;
}

struct attempt {
        const char *login, *password;
        struct account *account; /* NULL where the two do not belong together */
};

static bool judge(struct work *w, void *argument)
{
        struct attempt *t = argument;
        struct account *a = NULL;
        const char *hash = NULL;
        bool is_right;

        if (login_is_valid(t->login)) {
                a = account_find(w, t->login);
                hash = db_text(w->db, w->arena, "SELECT hash FROM account_password WHERE login = $1", ARGS(v_text(t->login)));
        }
        if (!work_ok(w))
                return false;
        if (!compare(hash == NULL ? stand_in_hash() : hash, utf8_nfc(w->arena, t->password), &is_right))
                return error_set(&w->err, ERR_ENVIRONMENT, "the system has no memory to hash a password");
        if (is_right && a != NULL && hash != NULL && !a->is_disabled)
                t->account = a;
        return true;
}

struct account *account_sign_in(struct work *w, const char *login, const char *password)
{
        struct throttle *tries = account_room(w->node)->logins;
        struct attempt attempt = { .login = login, .password = password };
        int wait;

        if (sodium_init() < 0 || strlen(password) > PASSWORD_MOST || strlen(login) > 256 ||
            !utf8_is_valid(password, strlen(password), NULL)) {
                error_set(&w->err, ERR_UNAUTHENTICATED, "login or password is wrong");
                return NULL;
        }
        wait = throttle_try(tries, login, w->now);
        if (wait > 0) {
                error_set(&w->err, ERR_BUSY, "too many failed attempts to sign in");
                error_hint(&w->err, "try again in %d seconds", wait);
                return NULL;
        }
        if (!work_run(w, judge, &attempt)) {
                throttle_take_back(tries, login);
                return NULL;
        }
        if (attempt.account == NULL) {
                error_set(&w->err, ERR_UNAUTHENTICATED, "login or password is wrong");
                error_hint(&w->err, "an administrator of this node can set a new password");
                return NULL;
        }
        throttle_clear(tries, login);
        return attempt.account;
}
