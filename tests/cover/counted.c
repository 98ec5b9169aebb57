/* counted.c - in every program of MODE=cov: what was counted is written also where a program ends without its exit handlers, by _exit
 * or by a signal. Without it all that ran in a child of a test, and in a node that a story kills, would count as never run; and a
 * program that is killed while it writes would spoil what others wrote.
 *
 * A story that lets files not grow, or calls to the system fail, does not mean these: the first half of new counts before the second of old
 * ones makes no sense to any program that adds its own (libgcov: "Merge mismatch").
 *
 * Who kills such a program sends SIGRTMAX (tests/story/support.py: KILL): it writes, then dies of SIGKILL. kill() in a test does so too. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

void __gcov_dump(void);
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));
int __real_kill(pid_t process, int number);
int __wrap_kill(pid_t process, int number);
void counts_write(void);

static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

static void let_write(void)
{
        void (*faults_over)(void);
        struct rlimit bytes;

        *(void **)&faults_over = dlsym(RTLD_DEFAULT, "faults_over"); /* tests/story/faults.c */
        if (faults_over != NULL)
                faults_over();
        if (getrlimit(RLIMIT_FSIZE, &bytes) == 0) {
                bytes.rlim_cur = bytes.rlim_max;
                setrlimit(RLIMIT_FSIZE, &bytes);
        }
}

/* Also for tests/story/faults.c, which kills the program it is loaded into. */
void counts_write(void)
{
        let_write();
        __gcov_dump();
}

void __wrap__exit(int status)
{
        counts_write();
        __real__exit(status);
}

int __wrap_kill(pid_t process, int number)
{
        if (number == SIGKILL && process == getpid())
                counts_write();
        else if (number == SIGKILL)
                number = SIGRTMAX;
        return __real_kill(process, number);
}

static void *wait_for_the_end(void *argument)
{
        sigset_t set;
        int number;

        (void)argument;
        sigemptyset(&set);
        sigaddset(&set, SIGRTMAX);
        if (sigwait(&set, &number) != 0)
                abort();
        pthread_mutex_lock(&writing); /* for good: whoever comes second waits for the end of the program */
        counts_write();
        __real_kill(getpid(), SIGKILL);
        return NULL;
}

static void start(void)
{
        pthread_t thread;

        if (pthread_create(&thread, NULL, wait_for_the_end, NULL) != 0)
                abort();
        pthread_detach(thread);
}

__attribute__((constructor)) static void begin(void)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGRTMAX);
        pthread_sigmask(SIG_BLOCK, &set, NULL); /* in all threads to come */
        pthread_atfork(NULL, NULL, start);
        start();
}

/* Before the program writes itself. */
__attribute__((destructor)) static void end(void)
{
        pthread_mutex_lock(&writing);
        let_write();
}
