#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "web/web_private.h"

/* Threads of the node began before the server and may be the ones a signal reaches, so a mask would not do:
 * the handler writes to an event that the server waits for. Several servers of one process (tests) share it.
 */
static struct {
        pthread_mutex_t mutex;
        int event, servers;
        struct sigaction term, interrupt;
} stop = { .mutex = PTHREAD_MUTEX_INITIALIZER, .event = -1 };

static void on_signal(int number)
{
        int before = errno;
        uint64_t one = 1;

        (void)number;
        if (write(stop.event, &one, sizeof one) < 0) {
                /* the event is full: it has been signalled */
        }
        errno = before;
}

/* The event is made once and kept: a late signal must find it. What is left in it from earlier servers is
 * drained. */
static bool open_event(void)
{
        uint64_t left;

        if (stop.event < 0)
                stop.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        else if (read(stop.event, &left, sizeof left) < 0 && errno != EAGAIN)
                return false;
        return stop.event >= 0;
}

bool stop_listen(struct error *e)
{
        struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
        bool is_ok = true;

        pthread_mutex_lock(&stop.mutex);
        if (stop.servers == 0) {
                is_ok = open_event() && sigaction(SIGTERM, &action, &stop.term) == 0 &&
                        sigaction(SIGINT, &action, &stop.interrupt) == 0;
                signal(SIGPIPE, SIG_IGN);
        }
        if (is_ok)
                stop.servers++;
        pthread_mutex_unlock(&stop.mutex);
        return is_ok ||
               error_system(e, ERR_ENVIRONMENT, errno, "the server cannot listen for signals");
}

void stop_forget(void)
{
        pthread_mutex_lock(&stop.mutex);
        if (--stop.servers == 0) {
                sigaction(SIGTERM, &stop.term, NULL);
                sigaction(SIGINT, &stop.interrupt, NULL);
        }
        pthread_mutex_unlock(&stop.mutex);
}

void stop_wait(void)
{
        struct pollfd p = { .fd = stop.event, .events = POLLIN };

        while (poll(&p, 1, -1) < 0 && errno == EINTR)
                ;
}
