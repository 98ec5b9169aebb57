#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "web/web_private.h"

static int open_socket(const char *host, const char *port, struct error *e)
{
        struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *list = NULL;
        int fd = -1, one = 1, failed = 0,
            code = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &list);

        if (code == EAI_MEMORY || code == EAI_SYSTEM || code == EAI_AGAIN) {
                error_system(e, ERR_ENVIRONMENT, code == EAI_SYSTEM ? errno : code == EAI_MEMORY ? ENOMEM : EAGAIN,
                             "the address \"%s\" port \"%s\" cannot be looked up", host, port);
                return -1;
        }
        if (code != 0) {
                error_set(e, ERR_USAGE, "there is no address \"%s\" port \"%s\"", host, port);
                return -1;
        }
        for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) {
                fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
                if (fd < 0) {
                        failed = errno;
                        continue;
                }
                setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
                if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, 1024) != 0) {
                        failed = errno;
                        close(fd);
                        fd = -1;
                }
        }
        freeaddrinfo(list);
        if (fd < 0) {
                error_system(e, ERR_ENVIRONMENT, failed, "cannot listen on %s port %s", host, port);
                if (failed == EADDRINUSE)
                        error_hint(e,
                                   "another program uses that port: choose another with --listen HOST:PORT");
        }
        return fd;
}

int listen_on(const char *where, struct error *e)
{
        char host[256], *bracket;
        const char *colon = strrchr(where, ':');

        if (colon == NULL || colon[1] == '\0' || colon[1 + strspn(colon + 1, "0123456789")] != '\0' ||
            strlen(colon) > 6 || atoi(colon + 1) > 65535 || (size_t)(colon - where) >= sizeof host) {
                error_set(e, ERR_USAGE, "\"%s\" is no address to listen on", where);
                error_hint(e, "write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080");
                return -1;
        }
        memcpy(host, where, (size_t)(colon - where));
        host[colon - where] = '\0';
        if (host[0] == '[' && (bracket = strchr(host, ']')) != NULL) {
                *bracket = '\0';
                memmove(host, host + 1, strlen(host));
        }
        return open_socket(host, colon + 1, e);
}

void listen_address(int fd, bool is_tls, char out[LISTEN_ADDRESS_MAX])
{
        struct sockaddr_storage at;
        socklen_t length = sizeof at;
        char host[64] = "", port[16] = "";
        bool is_six;

        getsockname(fd, (struct sockaddr *)&at, &length);
        is_six = at.ss_family == AF_INET6;
        getnameinfo((struct sockaddr *)&at, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
        snprintf(out, LISTEN_ADDRESS_MAX, "%s://%s%s%s:%s", is_tls ? "https" : "http", is_six ? "[" : "", host,
                 is_six ? "]" : "", port);
}
