#include <arpa/inet.h>
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

int clients_cut_late(struct clients *all, int64_t now)
{
        int count = 0;

        pthread_mutex_lock(&all->mutex);
        for (struct client *c = all->first; c != NULL; c = c->next) {
                int64_t deadline = c->deadline;

                if (deadline != 0 && deadline < now) {
                        c->was_slow = true;
                        shutdown(c->fd, SHUT_RDWR);
                        c->deadline = 0;
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
