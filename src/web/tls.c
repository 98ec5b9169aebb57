/* tls.c - what a server needs for https. The TLS library is the HTTP library's own choice (GnuTLS), loaded with it. */
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "web/web_private.h"

#define CERTIFICATE_MOST ((size_t)1 << 20)

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

static bool belong_together(const struct tls *t)
{
        BIO *of_certificate = BIO_new_mem_buf(t->certificate, -1), *of_key = BIO_new_mem_buf(t->key, -1);
        X509 *x = of_certificate == NULL ? NULL : PEM_read_bio_X509(of_certificate, NULL, NULL, NULL);
        EVP_PKEY *k = of_key == NULL ? NULL : PEM_read_bio_PrivateKey(of_key, NULL, NULL, NULL);
        bool answer = x != NULL && k != NULL && X509_check_private_key(x, k) == 1;

        X509_free(x);
        EVP_PKEY_free(k);
        BIO_free(of_certificate);
        BIO_free(of_key);
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
