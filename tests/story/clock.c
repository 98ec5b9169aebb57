/* clock.c - what a program takes for the time of day is put forward or back. Loaded before the C library (LD_PRELOAD), so the program
 * needs no door for it; what counts how long something takes (CLOCK_MONOTONIC) goes on as it is.
 *
 * CLOCK_AHEAD says how many seconds (at.sh); CLOCK_OF_STORY names a file with a number of more (class Clock in wire.py), which may
 * change while the program runs. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const long none;
static const volatile long *of_story = &none;
static long ahead;

/* By what the environment says when the program begins: a story that sets it for its nodes goes on by its own time. */
__attribute__((constructor)) static void begin(void)
{
        const char *fixed = getenv("CLOCK_AHEAD"), *path = getenv("CLOCK_OF_STORY");

        if (fixed != NULL)
                ahead = atol(fixed);
        if (path != NULL) {
                int fd = open(path, O_RDONLY | O_CLOEXEC);
                void *map = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, fd, 0);

                close(fd);
                if (map == MAP_FAILED)
                        abort();
                of_story = map;
        }
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
        int result = (int)syscall(SYS_clock_gettime, clock, t);

        if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
                t->tv_sec += ahead + *of_story;
        return result;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
        struct timespec now;

        (void)zone;
        clock_gettime(CLOCK_REALTIME, &now);
        t->tv_sec = now.tv_sec;
        t->tv_usec = now.tv_nsec / 1000;
        return 0;
}

time_t time(time_t *out)
{
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        if (out != NULL)
                *out = now.tv_sec;
        return now.tv_sec;
}
