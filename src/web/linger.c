#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "web/web_private.h"

/* A system that closes a socket with bytes in it that nobody has read tells the sender "connection reset", and the answer
 * before it may be lost. */
#define PLACES 128
#define ALL_MS 60000   /* for one connection in all, */
#define SILENCE_MS 5000 /* without a byte */

struct lingerer {
        int fd;
        uint64_t dropped;
        int64_t begun, heard; /* steady */
};

struct lingering {
        pthread_mutex_t mutex; /* of the list; who is in it belongs to the thread that drops */
        int count;
        struct lingerer list[PLACES];
};

struct lingering *lingering_open(void)
{
        struct lingering *all = calloc(1, sizeof *all);

        if (all != NULL)
                pthread_mutex_init(&all->mutex, NULL);
        return all;
}

void lingering_close(struct lingering *all)
{
        if (all == NULL)
                return;
        for (int i = 0; i < all->count; i++)
                close(all->list[i].fd);
        pthread_mutex_destroy(&all->mutex);
        free(all);
}

void lingering_add(struct lingering *all, int fd)
{
        int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        int64_t now = steady_now();

        if (own < 0)
                return;
        shutdown(own, SHUT_WR);
        pthread_mutex_lock(&all->mutex);
        if (all->count < PLACES) {
                all->list[all->count++] = (struct lingerer){ own, 0, now, now };
                own = -1;
        }
        pthread_mutex_unlock(&all->mutex);
        if (own >= 0)
                close(own);
}

/* Whether more may come. */
static bool drop(struct lingerer *l, int64_t now)
{
        char bytes[16384];
        ssize_t n = recv(l->fd, bytes, sizeof bytes, MSG_DONTWAIT);

        if (n > 0) {
                l->dropped += (uint64_t)n;
                l->heard = now;
        }
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
                return false;
        return l->dropped <= DROP_MOST && now - l->begun <= ALL_MS && now - l->heard <= SILENCE_MS;
}

void lingering_drop(struct lingering *all, int milliseconds)
{
        int64_t now = steady_now(), end = now + milliseconds;
        struct pollfd polled[PLACES];
        int count;

        for (; now < end; now = steady_now()) {
                pthread_mutex_lock(&all->mutex);
                count = all->count;
                for (int i = 0; i < count; i++)
                        polled[i] = (struct pollfd){ .fd = all->list[i].fd, .events = POLLIN };
                pthread_mutex_unlock(&all->mutex);
                poll(polled, (nfds_t)count, (int)(end - now));
                pthread_mutex_lock(&all->mutex);
                for (int i = count - 1; i >= 0; i--) /* from the end: the last takes a free place */
                        if (!drop(&all->list[i], steady_now())) {
                                close(all->list[i].fd);
                                all->list[i] = all->list[--all->count];
                        }
                pthread_mutex_unlock(&all->mutex);
        }
}
