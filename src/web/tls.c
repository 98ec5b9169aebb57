/* tls.c - what a server needs for https. The TLS library is the HTTP library's own choice (GnuTLS), loaded with it. */
#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "web/web_private.h"

#define CERTIFICATE_MOST ((size_t)1 << 20)
#define CHAIN_MOST 16 /* no client follows a longer one */

/* The error a crash leaves, put together before: nothing can be then. */
static struct {
        char text[640];
        size_t length;
        struct sigaction segv; /* as it was */
} crash;

static char *read_pem(struct arena *arena, const char *path, struct error *e)
{
        jmp_buf starved;
        size_t length;
        char *text;

        if (setjmp(starved) != 0) {
                arena_guard(arena, NULL);
                error_set(e, ERR_ENVIRONMENT, "the system has no memory");
                return NULL;
        }
        arena_guard(arena, &starved);
        text = file_read(arena, path, CERTIFICATE_MOST, &length, e);
        arena_guard(arena, NULL);
        return text;
}

bool tls_read(struct tls *t, struct arena *arena, const char *certificate, const char *key, struct error *e)
{
        t->certificate = read_pem(arena, certificate, e);
        t->key = t->certificate == NULL ? NULL : read_pem(arena, key, e);
        return t->key != NULL || error_while(e, "reading the certificate and its key");
}

/* NULL where it is none, or under a password. */
static EVP_PKEY *key_of(const struct tls *t)
{
        BIO *text = BIO_new_mem_buf(t->key, -1);
        EVP_PKEY *key = text == NULL ? NULL : PEM_read_bio_PrivateKey(text, NULL, NULL, (void *)(uintptr_t) "");

        BIO_free(text);
        return key;
}

static bool belong_together(const struct tls *t)
{
        BIO *of_certificate = BIO_new_mem_buf(t->certificate, -1);
        X509 *x = of_certificate == NULL ? NULL : PEM_read_bio_X509(of_certificate, NULL, NULL, NULL);
        EVP_PKEY *k = key_of(t);
        bool answer = x != NULL && k != NULL && X509_check_private_key(x, k) == 1;

        X509_free(x);
        EVP_PKEY_free(k);
        BIO_free(of_certificate);
        return answer;
}

static bool set_starved(struct error *e)
{
        return error_set(e, ERR_ENVIRONMENT, "the web server does not start: %s", text(e->language, "TLS fails, most likely for want of memory"));
}

/* The library tells a wrong certificate by the same silence as all else that fails. */
bool tls_failed(const struct tls *t, struct error *e)
{
        if (errno == ENOMEM || belong_together(t))
                return set_starved(e);
        error_set(e, ERR_ENVIRONMENT, "the web server does not start with this certificate");
        return error_hint(e, "the certificate and the key must be PEM files that belong together");
}

static void on_crash(int number)
{
        ssize_t ignored = write(STDERR_FILENO, crash.text, crash.length);

        (void)number;
        (void)ignored;
        _exit(error_exit_status(ERR_ENVIRONMENT));
}

void tls_expect_crash(enum language language)
{
        struct sigaction action = { .sa_handler = on_crash };
        struct error e = { .language = language };

        set_starved(&e);
        crash.length = (size_t)snprintf(crash.text, sizeof crash.text, "%s: %s\n", text(language, "error"), e.message);
        if (crash.length >= sizeof crash.text)
                crash.length = sizeof crash.text - 1;
        sigaction(SIGSEGV, &action, &crash.segv);
}

void tls_crash_is_over(void)
{
        sigaction(SIGSEGV, &crash.segv, NULL);
}

/* ---- signatures with a key of ECDSA. For GnuTLS libtasn1 writes them, which does not look whether it got memory and ends the process; OpenSSL looks - */

static struct {
        EVP_PKEY *key;
        gnutls_privkey_t handle; /* by which GnuTLS asks for a signature */
        gnutls_pcert_st chain[CHAIN_MOST];
        unsigned int length;
} signer;

static int sign(gnutls_privkey_t handle, gnutls_sign_algorithm_t algorithm, void *key, unsigned int flags, const gnutls_datum_t *hash, gnutls_datum_t *signature)
{
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
        const size_t most = (size_t)EVP_PKEY_get_size(key);
        size_t length = most;
        bool is_signed;

        (void)handle, (void)algorithm, (void)flags;
        signature->data = malloc(most); /* GnuTLS frees it */
        is_signed = context != NULL && signature->data != NULL && EVP_PKEY_sign_init(context) == 1 &&
                    EVP_PKEY_sign(context, signature->data, &length, hash->data, hash->size) == 1 &&
                    length <= most; /* without memory to write it, it says 1 and a length of -1 */
        EVP_PKEY_CTX_free(context);
        if (!is_signed) {
                free(signature->data);
                signature->data = NULL;
                return GNUTLS_E_MEMORY_ERROR;
        }
        signature->size = (unsigned int)length;
        return 0;
}

static int tell_of_key(gnutls_privkey_t handle, unsigned int what, void *key)
{
        (void)handle;
        if ((what & GNUTLS_PRIVKEY_INFO_PK_ALGO) != 0)
                return GNUTLS_PK_ECDSA;
        if ((what & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS) != 0)
                return EVP_PKEY_get_bits(key);
        return gnutls_sign_supports_pk_algorithm((gnutls_sign_algorithm_t)GNUTLS_FLAGS_TO_SIGN_ALGO(what), GNUTLS_PK_ECDSA) != 0;
}

static int present(gnutls_session_t session, const gnutls_datum_t *authorities, int many, const gnutls_pk_algorithm_t *kinds, int kind_count,
                   gnutls_pcert_st **chain, unsigned int *length, gnutls_privkey_t *handle)
{
        (void)session, (void)authorities, (void)many, (void)kinds, (void)kind_count;
        *chain = signer.chain;
        *length = signer.length;
        *handle = signer.handle;
        return 0;
}

void *tls_signer(const struct tls *t)
{
        gnutls_datum_t text = { (unsigned char *)t->certificate, (unsigned int)strlen(t->certificate) };
        unsigned int length = CHAIN_MOST;

        signer.key = key_of(t);
        if (signer.key == NULL || EVP_PKEY_get_base_id(signer.key) != EVP_PKEY_EC || gnutls_privkey_init(&signer.handle) != 0 ||
            gnutls_privkey_import_ext4(signer.handle, signer.key, NULL, sign, NULL, NULL, tell_of_key, 0) != 0 ||
            gnutls_pcert_list_import_x509_raw(signer.chain, &length, &text, GNUTLS_X509_FMT_PEM, 0) != 0) {
                tls_forget_signer();
                return NULL;
        }
        signer.length = length;
        return (void *)(uintptr_t)present;
}

void tls_forget_signer(void)
{
        for (unsigned int i = 0; i < signer.length; i++)
                gnutls_pcert_deinit(&signer.chain[i]);
        if (signer.handle != NULL)
                gnutls_privkey_deinit(signer.handle);
        EVP_PKEY_free(signer.key);
        memset(&signer, 0, sizeof signer);
}
