#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An open file that the arena closes should memory run out halfway. */
struct open_file {
        int fd;
};

static void close_file(void *handle)
{
        struct open_file *f = handle;

        if (f->fd >= 0)
                close(f->fd);
        f->fd = -1;
}

/* Describes errno. */
static bool failed(struct error *e, bool is_write, const char *path)
{
        int why = errno;

        if (errno == ENOENT && !is_write)
                return error_set(e, ERR_MISSING, "there is no file \"%s\"", path);
        if (errno == EISDIR)
                return error_set(e, ERR_INVALID, "\"%s\" is a folder, not a file", path);
        if (is_write)
                return error_system(e, ERR_ENVIRONMENT, why, "cannot write \"%s\"", path);
        return error_system(e, ERR_ENVIRONMENT, why, "cannot read \"%s\"", path);
}

static ssize_t read_some(int fd, char *bytes, size_t room)
{
        ssize_t n;

        do
                n = read(fd, bytes, room);
        while (n < 0 && errno == EINTR);
        return n;
}

char *file_read(struct arena *a, const char *path, size_t max_bytes, size_t *length, struct error *e)
{
        struct open_file *f = arena_alloc(a, sizeof *f);
        size_t room, n = 0;
        struct stat st;
        char *bytes;

        f->fd = -1;
        arena_on_free(a, close_file, f);
        f->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (f->fd < 0 || fstat(f->fd, &st) != 0) {
                failed(e, false, path);
                close_file(f);
                return NULL;
        }
        /* One byte more than the size tells the end from a file that is still growing. Files of
         * unknown size (pipes, /proc) start small. */
        room = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size + 1 : (size_t)4096;
        if (room > max_bytes)
                room = max_bytes == SIZE_MAX ? max_bytes : max_bytes + 1;
        if (S_ISREG(st.st_mode) && st.st_size > 0 && (uintmax_t)st.st_size > max_bytes) {
                close_file(f);
                error_set(e, ERR_TOO_BIG, "\"%s\" is larger than the %zu bytes allowed", path, max_bytes);
                return NULL;
        }
        bytes = arena_alloc(a, room + 1);
        for (;;) {
                ssize_t got = read_some(f->fd, bytes + n, room - n);

                if (got < 0) {
                        failed(e, false, path);
                        close_file(f);
                        return NULL;
                }
                n += (size_t)got;
                if (got == 0 || n > max_bytes)
                        break;
                if (n == room) {
                        size_t more = room > max_bytes / 2 ? max_bytes + 1 : room * 2;
                        char *larger = arena_alloc(a, more + 1);

                        memcpy(larger, bytes, n);
                        bytes = larger;
                        room = more;
                }
        }
        close_file(f);
        if (n > max_bytes) {
                error_set(e, ERR_TOO_BIG, "\"%s\" is larger than the %zu bytes allowed", path, max_bytes);
                return NULL;
        }
        bytes[n] = '\0';
        if (length != NULL)
                *length = n;
        return bytes;
}

bool file_put(int fd, const void *data, size_t length)
{
        const char *bytes = data;

        while (length > 0) {
                ssize_t n = write(fd, bytes, length);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return false;
                bytes += n;
                length -= (size_t)n;
        }
        return true;
}

bool file_sync_folder(const char *path, struct error *e)
{
        char folder[PATH_MAX];
        const char *end = path + strlen(path), *slash;
        bool is_synced = false;
        int fd;

        while (end > path + 1 && end[-1] == '/') /* "node/" lies in ".", as "node" does */
                end--;
        slash = memrchr(path, '/', (size_t)(end - path));
        if (slash == NULL)
                snprintf(folder, sizeof folder, ".");
        else
                snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0) {
                int why;

                is_synced = fsync(fd) == 0 || errno == EINVAL; /* some file systems cannot sync folders */
                why = errno;
                close(fd);
                errno = why;
        }
        return is_synced || failed(e, true, folder);
}

/* In the same folder, so that a rename can put it in its place. */
static bool temporary_name(char out[PATH_MAX], const char *path, struct error *e)
{
        int length = (int)strlen(path), n;

        while (length > 1 && path[length - 1] == '/') /* beside the folder, not in it */
                length--;
        n = snprintf(out, PATH_MAX, "%.*s.XXXXXX", length, path);

        if (n >= 0 && n < PATH_MAX)
                return true;
        errno = ENAMETOOLONG;
        return failed(e, true, path);
}

int file_begin(char temporary[PATH_MAX], const char *path, struct error *e)
{
        int fd = temporary_name(temporary, path, e) ? mkostemp(temporary, O_CLOEXEC) : -1;

        if (fd < 0)
                failed(e, true, path);
        return fd;
}

bool file_begin_folder(char temporary[PATH_MAX], const char *path, struct error *e)
{
        return temporary_name(temporary, path, e) && (mkdtemp(temporary) != NULL || failed(e, true, path));
}

bool file_publish(const char *temporary, const char *path, struct error *e)
{
        bool is_new = !file_exists(path), is_done;
        int fd = open(temporary, O_RDONLY | O_CLOEXEC), why;

        is_done = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL); /* some file systems cannot sync folders */
        why = errno;

        if (fd >= 0)
                close(fd);
        errno = why;
        if (!is_done || rename(temporary, path) != 0)
                return failed(e, true, path);
        if (file_sync_folder(path, e))
                return true;
        if (is_new) /* what took no other's place is taken back: the caller removes it under its first name */
                (void)!rename(path, temporary);
        return false;
}

bool file_write(const char *path, const void *bytes, size_t length, unsigned mode, struct error *e)
{
        char temporary[PATH_MAX];
        int fd = file_begin(temporary, path, e);
        bool is_done;

        if (fd < 0)
                return false;
        is_done = file_put(fd, bytes, length) && fchmod(fd, (mode_t)mode) == 0;
        if (!is_done)
                failed(e, true, path);
        if (close(fd) != 0 && is_done)
                is_done = failed(e, true, path);
        is_done = is_done && file_publish(temporary, path, e);
        if (!is_done)
                unlink(temporary);
        return is_done;
}

bool file_exists(const char *path)
{
        struct stat found;

        return lstat(path, &found) == 0;
}

bool file_must_be_new(const char *path, struct error *e)
{
        struct stat found;

        if (lstat(path, &found) != 0)
                return errno == ENOENT || errno == ENOTDIR || failed(e, true, path);
        error_set(e, ERR_CONFLICT, "\"%s\" exists already; nothing was changed", path);
        return error_hint(e, "name a file that is not there yet");
}
