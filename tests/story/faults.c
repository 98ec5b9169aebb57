/* faults.c - calls of a program to the system fail, or kill it, where a test wants it. Loaded before the C library
 * (LD_PRELOAD, see faults.py), so the program needs no door for it.
 *
 * The test and the program share one file (FAULTS, struct control): which calls are meant, which of them fails, how; how many
 * there were. Calls count from the program's main on. Which one fails is told by its number, or is the first at a place of the program
 * that is not in the list of places yet: who called whom. The list outlives the program, so each place has its turn. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>
#include <unwind.h>

enum { MEMORY = 1, OPEN = 2, WRITE = 4, SYNC = 8, NAME = 16, READ = 32, SEND = 64, RECEIVE = 128, CONNECT = 256, STATEMENT = 512 };
enum { FAIL, KILL_BEFORE, KILL_AFTER, KILL_HALF, SHORT };

enum { BY_NUMBER, LEARN, NEW_PLACE };

#define PLACES 65536
#define FRAMES 14

struct control { /* faults.py knows the layout */
        int64_t classes, at, count, action; /* set by the test; at 0: only count */
        int64_t mode; /* LEARN: places are listed, none fails; NEW_PLACE: one that is not listed is, and becomes `at` */
        int64_t from; /* the number from which on places are looked at: it takes longer than most calls */
        int64_t seen, hits, places;
        int64_t is_of_gnutls, is_of_openssl, is_of_geos, is_of_loader; /* the call that was hit last: they asked, themselves or by what they rest on */
        int64_t each[16]; /* seen of each class, meant or not */
        char name[32]; /* the call that was hit last */
        uint64_t callers[FRAMES]; /* and who called it; 0: the end */
        uint64_t place[PLACES]; /* hashes; 0: free */
};

static struct control *control;
static bool is_running;
static __thread bool is_inside __attribute__((tls_model("initial-exec")));

static void *next_of(const char *name)
{
        void *found = dlsym(RTLD_NEXT, name);

        if (found == NULL)
                abort();
        return found;
}

static void *look_up(void **place, const char *name)
{
        if (*place == NULL)
                *place = next_of(name);
        return *place;
}

#define REAL(name) ((__typeof__(&name))look_up(&real_##name, #name))
#define DECLARE(name) static void *real_##name

struct walk {
        uint64_t hash;
        int depth;
};

static _Unwind_Reason_Code frame_take(struct _Unwind_Context *frame, void *context)
{
        struct walk *walk = context;
        struct dl_find_object object;
        char *at = (char *)_Unwind_GetIP(frame) - 1;

        if (_dl_find_object(at, &object) == 0) /* a place is the same in each process, wherever its library lies */
                at -= (uintptr_t)object.dlfo_map_start;
        if (walk->depth++ >= 2) /* our own two say nothing */
                walk->hash = (walk->hash ^ (uintptr_t)at) * 1099511628211u;
        return walk->depth < FRAMES ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/* A place in the program, told by who called whom. The C library's backtrace would load a library first. */
static uint64_t place_here(void)
{
        struct walk walk = { .hash = 1469598103934665603u };

        _Unwind_Backtrace(frame_take, &walk);
        return walk.hash | 1;
}

static void place_add(uint64_t hash)
{
        for (size_t slot = hash % PLACES; control->places < PLACES / 2; slot = (slot + 1) % PLACES) {
                uint64_t there = 0;

                if (__atomic_compare_exchange_n(&control->place[slot], &there, hash, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
                        __atomic_add_fetch(&control->places, 1, __ATOMIC_SEQ_CST);
                        return;
                }
                if (there == hash)
                        return;
        }
}

static bool place_has(uint64_t hash)
{
        for (size_t slot = hash % PLACES; control->place[slot] != 0; slot = (slot + 1) % PLACES)
                if (control->place[slot] == hash)
                        return true;
        return false;
}

/* The call with this number is at a new place, and none was hit since the plan was made: it is the one. */
static void place_note(int64_t number)
{
        int64_t none = 0;
        uint64_t hash;

        if (number < control->from)
                return;
        if (control->mode == LEARN) {
                place_add(place_here());
        } else if (control->mode == NEW_PLACE && control->at == 0) {
                hash = place_here();
                if (!place_has(hash) && __atomic_compare_exchange_n(&control->at, &none, number, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
                        place_add(hash);
        }
}

/* Who called it, and which of the two did. */
static _Unwind_Reason_Code frame_look(struct _Unwind_Context *frame, void *depth)
{
        Dl_info about;

        if (*(int *)depth < FRAMES)
                control->callers[(*(int *)depth)++] = _Unwind_GetIP(frame) - 1;
        if (dladdr((char *)_Unwind_GetIP(frame) - 1, &about) == 0)
                return _URC_NO_REASON;
        if (strstr(about.dli_fname, "/libgnutls.so") != NULL)
                control->is_of_gnutls = 1;
        if (strstr(about.dli_fname, "/libcrypto.so") != NULL)
                control->is_of_openssl = 1;
        if (strstr(about.dli_fname, "/libgeos") != NULL)
                control->is_of_geos = 1;
        if (strstr(about.dli_fname, "/ld-linux") != NULL)
                control->is_of_loader = 1;
        return _URC_NO_REASON;
}

static void die(void)
{
        is_inside = true;
        kill(getpid(), SIGKILL);
}

/* Whether this call is the one; KILL_BEFORE does not return. */
static bool is_hit(int class, const char *name)
{
        int64_t number;
        int depth = 0;

        if (!is_running || is_inside || control == NULL)
                return false;
        __atomic_add_fetch(&control->each[__builtin_ctz((unsigned int)class)], 1, __ATOMIC_RELAXED);
        if ((control->classes & class) == 0)
                return false;
        is_inside = true;
        number = __atomic_add_fetch(&control->seen, 1, __ATOMIC_SEQ_CST);
        place_note(number);
        is_inside = false;
        if (control->at == 0 || number < control->at || number >= control->at + control->count)
                return false;
        __atomic_add_fetch(&control->hits, 1, __ATOMIC_SEQ_CST);
        snprintf(control->name, sizeof control->name, "%s", name);
        is_inside = true;
        control->is_of_gnutls = control->is_of_openssl = 0;
        memset(control->callers, 0, sizeof control->callers);
        _Unwind_Backtrace(frame_look, &depth);
        is_inside = false;
        if (control->action == KILL_BEFORE)
                die();
        return true;
}

static void killed_after(void)
{
        if (control->action == KILL_AFTER || control->action == KILL_HALF)
                die();
}

/* The call fails, or the program is killed after it, also where half of it is asked for: it has no half. */
#define FAULT(class, name, failed, why, call)                                                      \
        do {                                                                                       \
                if (is_hit(class, name)) {                                                         \
                        if (control->action == KILL_AFTER || control->action == KILL_HALF) {       \
                                (void)!(call);                                                     \
                                killed_after();                                                    \
                        }                                                                          \
                        errno = why;                                                               \
                        return failed;                                                             \
                }                                                                                  \
        } while (0)

/* ---- memory: what is needed before the C library's own is found comes from a small store ------------------------- */

DECLARE(malloc);
DECLARE(calloc);
DECLARE(realloc);
DECLARE(free);
static _Alignas(16) char early[65536];
static size_t early_used;
static bool is_looking;

static bool is_early(const void *p)
{
        return (const char *)p >= early && (const char *)p < early + sizeof early;
}

static void *early_take(size_t bytes)
{
        void *p = early + early_used;

        early_used += (bytes + 31) & ~(size_t)15;
        if (early_used > sizeof early)
                abort();
        return p;
}

static bool look(void)
{
        if (real_malloc != NULL && real_calloc != NULL && real_realloc != NULL && real_free != NULL)
                return true;
        if (is_looking)
                return false;
        is_looking = true;
        real_free = next_of("free");
        real_realloc = next_of("realloc");
        real_calloc = next_of("calloc");
        real_malloc = next_of("malloc");
        is_looking = false;
        return true;
}

void *malloc(size_t bytes)
{
        if (!look())
                return early_take(bytes);
        FAULT(MEMORY, "malloc", NULL, ENOMEM, REAL(malloc)(bytes));
        return REAL(malloc)(bytes);
}

void *calloc(size_t count, size_t bytes)
{
        if (!look())
                return early_take(count * bytes);
        FAULT(MEMORY, "calloc", NULL, ENOMEM, REAL(calloc)(count, bytes));
        return REAL(calloc)(count, bytes);
}

void *realloc(void *p, size_t bytes)
{
        if (!look() || is_early(p)) {
                void *copy = malloc(bytes);

                if (copy != NULL && p != NULL)
                        memcpy(copy, p, bytes < (size_t)(early + sizeof early - (char *)p) ? bytes : (size_t)(early + sizeof early - (char *)p));
                return copy;
        }
        FAULT(MEMORY, "realloc", NULL, ENOMEM, REAL(realloc)(p, bytes));
        return REAL(realloc)(p, bytes);
}

void free(void *p)
{
        if (!is_early(p) && look())
                REAL(free)(p);
}

/* The sanitizer looks for the stack of a thread that begins, and ends the program where it is not told: this is its own memory, not
 * that of the program. */
DECLARE(pthread_getattr_np);
int pthread_getattr_np(pthread_t thread, pthread_attr_t *out)
{
        bool was_inside = is_inside;
        int result;

        is_inside = true;
        result = REAL(pthread_getattr_np)(thread, out);
        is_inside = was_inside;
        return result;
}

/* ---- files: what lies outside the system's own folders ------------------------------------------------------------------ */

static bool is_ours(const char *path)
{
        static const char *const others[] = { "/proc", "/sys", "/etc", "/usr", "/lib", "/dev/null", "/dev/urandom" };

        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
                if (strncmp(path, others[i], strlen(others[i])) == 0)
                        return false;
        return true;
}

/* A file or standard output; not an alarm between threads, not standard error. */
static bool is_file(int fd)
{
        struct stat about;

        return fd == 1 || (fd != 2 && is_running && !is_inside && fstat(fd, &about) == 0 && S_ISREG(about.st_mode));
}

static bool is_socket(int fd)
{
        struct stat about;

        return is_running && !is_inside && fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

DECLARE(open);
DECLARE(open64);
#define OPENING(name)                                                                              \
        int name(const char *path, int flags, ...)                                                 \
        {                                                                                          \
                va_list list;                                                                      \
                mode_t mode;                                                                       \
                                                                                                   \
                va_start(list, flags);                                                             \
                mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;            \
                va_end(list);                                                                      \
                if (is_ours(path))                                                                 \
                        FAULT(OPEN, #name, -1, EMFILE, REAL(name)(path, flags, mode));             \
                return REAL(name)(path, flags, mode);                                              \
        }
OPENING(open)
OPENING(open64)

DECLARE(fopen);
DECLARE(fopen64);
FILE *fopen(const char *path, const char *how)
{
        if (is_ours(path))
                FAULT(OPEN, "fopen", NULL, EMFILE, REAL(fopen)(path, how));
        return REAL(fopen)(path, how);
}

FILE *fopen64(const char *path, const char *how)
{
        if (is_ours(path))
                FAULT(OPEN, "fopen64", NULL, EMFILE, REAL(fopen64)(path, how));
        return REAL(fopen64)(path, how);
}

DECLARE(mkostemp);
int mkostemp(char *path, int flags)
{
        FAULT(OPEN, "mkostemp", -1, ENOSPC, REAL(mkostemp)(path, flags));
        return REAL(mkostemp)(path, flags);
}

DECLARE(mkdtemp);
char *mkdtemp(char *path)
{
        FAULT(NAME, "mkdtemp", NULL, ENOSPC, REAL(mkdtemp)(path));
        return REAL(mkdtemp)(path);
}

DECLARE(mkdir);
int mkdir(const char *path, mode_t mode)
{
        FAULT(NAME, "mkdir", -1, ENOSPC, REAL(mkdir)(path, mode));
        return REAL(mkdir)(path, mode);
}

DECLARE(rename);
int rename(const char *from, const char *to)
{
        FAULT(NAME, "rename", -1, EIO, REAL(rename)(from, to));
        return REAL(rename)(from, to);
}

DECLARE(unlink);
int unlink(const char *path)
{
        FAULT(NAME, "unlink", -1, EIO, REAL(unlink)(path));
        return REAL(unlink)(path);
}

DECLARE(ftruncate64);
DECLARE(ftruncate);
int ftruncate64(int fd, off64_t size)
{
        if (is_file(fd))
                FAULT(WRITE, "ftruncate64", -1, EIO, REAL(ftruncate64)(fd, size));
        return REAL(ftruncate64)(fd, size);
}

int ftruncate(int fd, off_t size)
{
        if (is_file(fd))
                FAULT(WRITE, "ftruncate", -1, EIO, REAL(ftruncate)(fd, size));
        return REAL(ftruncate)(fd, size);
}

/* The first half of a write is done where that is asked for. */
#define WRITING(kind, name, why, whole, half)                                                      \
        if (is_hit(kind, name)) {                                                                  \
                ssize_t n = -1;                                                                    \
                                                                                                   \
                if (control->action == KILL_AFTER)                                                 \
                        n = (whole);                                                               \
                else if (control->action == KILL_HALF || control->action == SHORT)                 \
                        n = (half);                                                                \
                killed_after();                                                                    \
                if (control->action == SHORT)                                                      \
                        return n;                                                                  \
                errno = why;                                                                       \
                return -1;                                                                         \
        }

DECLARE(write);
ssize_t write(int fd, const void *bytes, size_t length)
{
        if (is_file(fd))
                WRITING(WRITE, "write", ENOSPC, REAL(write)(fd, bytes, length), REAL(write)(fd, bytes, (length + 1) / 2))
        return REAL(write)(fd, bytes, length);
}

DECLARE(pwrite64);
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t place)
{
        if (is_file(fd))
                WRITING(WRITE, "pwrite64", ENOSPC, REAL(pwrite64)(fd, bytes, length, place),
                        REAL(pwrite64)(fd, bytes, (length + 1) / 2, place))
        return REAL(pwrite64)(fd, bytes, length, place);
}

DECLARE(pwrite);
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t place)
{
        if (is_file(fd))
                WRITING(WRITE, "pwrite", ENOSPC, REAL(pwrite)(fd, bytes, length, place),
                        REAL(pwrite)(fd, bytes, (length + 1) / 2, place))
        return REAL(pwrite)(fd, bytes, length, place);
}

DECLARE(fwrite);
size_t fwrite(const void *bytes, size_t each, size_t count, FILE *file)
{
        if (is_file(fileno(file)))
                FAULT(WRITE, "fwrite", 0, ENOSPC, REAL(fwrite)(bytes, each, count, file));
        return REAL(fwrite)(bytes, each, count, file);
}

DECLARE(fflush);
int fflush(FILE *file)
{
        if (file != NULL && is_file(fileno(file)))
                FAULT(WRITE, "fflush", EOF, ENOSPC, REAL(fflush)(file));
        return REAL(fflush)(file);
}

DECLARE(fsync);
int fsync(int fd)
{
        FAULT(SYNC, "fsync", -1, EIO, REAL(fsync)(fd));
        return REAL(fsync)(fd);
}

DECLARE(fdatasync);
int fdatasync(int fd)
{
        FAULT(SYNC, "fdatasync", -1, EIO, REAL(fdatasync)(fd));
        return REAL(fdatasync)(fd);
}

DECLARE(read);
ssize_t read(int fd, void *out, size_t length)
{
        if (fd > 2 && is_file(fd))
                FAULT(READ, "read", -1, EIO, REAL(read)(fd, out, length));
        return REAL(read)(fd, out, length);
}

DECLARE(pread64);
ssize_t pread64(int fd, void *out, size_t length, off64_t place)
{
        if (is_file(fd))
                FAULT(READ, "pread64", -1, EIO, REAL(pread64)(fd, out, length, place));
        return REAL(pread64)(fd, out, length, place);
}

/* ---- statements of the embedded database: taking apart, and each step. One that undoes never fails: the library needs nothing for it ---------- */

#define IO_FAILED 10 /* SQLITE_IOERR */
int sqlite3_step(void *statement);
int sqlite3_prepare_v3(void *database, const char *text, int length, unsigned flags, void **out, const char **rest);
const char *sqlite3_sql(void *statement);
DECLARE(sqlite3_sql);
DECLARE(sqlite3_step);
DECLARE(sqlite3_prepare_v3);

int sqlite3_step(void *statement)
{
        const char *text = REAL(sqlite3_sql)(statement);

        if (text == NULL || strncmp(text, "ROLLBACK", 8) != 0)
                FAULT(STATEMENT, "sqlite3_step", IO_FAILED, EIO, REAL(sqlite3_step)(statement));
        return REAL(sqlite3_step)(statement);
}

int sqlite3_prepare_v3(void *database, const char *text, int length, unsigned flags, void **out, const char **rest)
{
        *out = NULL;
        FAULT(STATEMENT, "sqlite3_prepare_v3", IO_FAILED, EIO, REAL(sqlite3_prepare_v3)(database, text, length, flags, out, rest));
        return REAL(sqlite3_prepare_v3)(database, text, length, flags, out, rest);
}

/* ---- the network, and the database server ----------------------------------------------------------------------------- */

DECLARE(connect);
int connect(int fd, const struct sockaddr *to, socklen_t length)
{
        FAULT(CONNECT, "connect", -1, ECONNREFUSED, REAL(connect)(fd, to, length));
        return REAL(connect)(fd, to, length);
}

DECLARE(accept4);
int accept4(int fd, struct sockaddr *from, socklen_t *length, int flags)
{
        FAULT(CONNECT, "accept4", -1, EMFILE, REAL(accept4)(fd, from, length, flags));
        return REAL(accept4)(fd, from, length, flags);
}

/* After a connection broke nothing of it works any more. */
static void broken(int fd)
{
        if (control->action == FAIL)
                shutdown(fd, SHUT_RDWR);
}

DECLARE(send);
ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
        if (is_socket(fd) && is_hit(SEND, "send")) {
                if (control->action != FAIL)
                        (void)!REAL(send)(fd, bytes, control->action == KILL_AFTER ? length : (length + 1) / 2, flags);
                killed_after();
                broken(fd);
                errno = ECONNRESET;
                return -1;
        }
        return REAL(send)(fd, bytes, length, flags);
}

DECLARE(sendmsg);
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
        if (is_hit(SEND, "sendmsg")) {
                if (control->action == KILL_AFTER)
                        (void)!REAL(sendmsg)(fd, message, flags);
                killed_after();
                broken(fd);
                errno = ECONNRESET;
                return -1;
        }
        return REAL(sendmsg)(fd, message, flags);
}

DECLARE(recv);
ssize_t recv(int fd, void *out, size_t length, int flags)
{
        if (is_hit(RECEIVE, "recv")) {
                killed_after();
                broken(fd);
                errno = ECONNRESET;
                return -1;
        }
        return REAL(recv)(fd, out, length, flags);
}

/* ---- beginning and end ---------------------------------------------------------------------------------------------------- */

static int (*real_main)(int, char **, char **);

static int counted_main(int argc, char **argv, char **environment)
{
        const char *path = getenv("FAULTS");
        int fd, status;

        if (path != NULL) {
                fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
                control = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
                if (control == MAP_FAILED)
                        abort();
                close(fd);
        }
        is_running = true;
        status = real_main(argc, argv, environment);
        is_running = false;
        return status;
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*dynamic)(void), void *stack);
DECLARE(__libc_start_main);

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*dynamic)(void), void *stack)
{
        real_main = main;
        return REAL(__libc_start_main)(counted_main, argc, argv, init, fini, dynamic, stack);
}
