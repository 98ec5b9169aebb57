#include <arpa/inet.h>
#include <linux/tcp.h> /* glibc's own header lacks tcpi_bytes_acked */
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "web/web_private.h"

struct clients {
        pthread_mutex_t mutex;
        struct client *first;
};

struct clients *clients_open(void)
{
        struct clients *all = calloc(1, sizeof *all);

        if (all != NULL)
                pthread_mutex_init(&all->mutex, NULL);
        return all;
}

void clients_close(struct clients *all)
{
        if (all == NULL)
                return;
        pthread_mutex_destroy(&all->mutex);
        free(all);
}

struct client *clients_add(struct clients *all, int fd, const struct sockaddr *address)
{
        struct client *c = calloc(1, sizeof *c);

        if (c == NULL)
                return NULL;
        c->fd = fd;
        if (address != NULL && address->sa_family == AF_INET6)
                inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, c->address,
                          sizeof c->address);
        else if (address != NULL)
                inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, c->address,
                          sizeof c->address);
        pthread_mutex_lock(&all->mutex);
        c->next = all->first;
        if (c->next != NULL)
                c->next->previous = c;
        all->first = c;
        pthread_mutex_unlock(&all->mutex);
        return c;
}

void clients_remove(struct clients *all, struct client *c)
{
        pthread_mutex_lock(&all->mutex);
        if (c->previous != NULL)
                c->previous->next = c->next;
        else
                all->first = c->next;
        if (c->next != NULL)
                c->next->previous = c->previous;
        pthread_mutex_unlock(&all->mutex);
        free(c);
}

/* Bytes the other end has confirmed since the connection began; 0 where the system does not say. */
static uint64_t bytes_confirmed(int fd)
{
        struct tcp_info info = { 0 };
        socklen_t length = sizeof info;

        return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
                               length >= offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked
                       ? info.tcpi_bytes_acked
                       : 0;
}

void client_answered(struct clients *all, struct client *c, struct pace pace)
{
        pthread_mutex_lock(&all->mutex);
        c->answer.queued_at = steady_now();
        c->answer.most_ms = pace.most_ms;
        c->answer.taken_before = bytes_confirmed(c->fd);
        c->taking = pace.bytes_a_ms;
        pthread_mutex_unlock(&all->mutex);
}

void client_took_all(struct client *c)
{
        c->taking = 0;
}

static bool takes_too_slowly(struct client *c, int64_t now, int64_t stall_ms)
{
        int bytes_a_ms = c->taking;
        int64_t allowed_ms;

        if (bytes_a_ms == 0)
                return false;
        allowed_ms = stall_ms + (int64_t)(bytes_confirmed(c->fd) - c->answer.taken_before) / bytes_a_ms;
        return now - c->answer.queued_at > (allowed_ms < c->answer.most_ms ? allowed_ms : c->answer.most_ms);
}

int clients_cut_late(struct clients *all, int64_t now, int64_t stall_ms)
{
        int count = 0;

        pthread_mutex_lock(&all->mutex);
        for (struct client *c = all->first; c != NULL; c = c->next) {
                int64_t deadline = c->deadline;

                if ((deadline != 0 && deadline < now) || takes_too_slowly(c, now, stall_ms)) {
                        c->was_slow = true;
                        shutdown(c->fd, SHUT_RDWR);
                        c->deadline = 0;
                        client_took_all(c);
                        count++;
                }
        }
        pthread_mutex_unlock(&all->mutex);
        return count;
}

void clients_cut_all(struct clients *all)
{
        pthread_mutex_lock(&all->mutex);
        for (struct client *c = all->first; c != NULL; c = c->next)
                shutdown(c->fd, SHUT_RDWR);
        pthread_mutex_unlock(&all->mutex);
}
