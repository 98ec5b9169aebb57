#include "tests/faulty_disk.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A change that was not synced; bytes NULL: a truncation to size place. */
struct change {
        struct change *next;
        sqlite3_int64 place;
        size_t length;
        unsigned char bytes[];
};

/* A file as the disk holds it. One that was deleted and made again is two. */
struct inode {
        struct inode *next;
        char *path;
        bool is_named;       /* the process finds it under its path */
        bool is_named_after; /* so would a reboot */
        unsigned char *bytes;
        size_t length, room;
        struct change *first, **last;
};

struct file {
        sqlite3_file base;
        struct inode *inode; /* NULL: a temporary file, of no interest */
        bool syncs_folder;
        sqlite3_file *real; /* in the memory after this struct */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct disk_plan plan;
static long operations;
static uint64_t chance;
static struct inode *inodes;
static sqlite3_vfs *real_vfs, faulty;
static sqlite3_io_methods methods;

static unsigned pick(unsigned below)
{
        chance += 0x9E3779B97F4A7C15u;
        uint64_t z = chance;

        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return (unsigned)((z >> 33) % below);
}

static void *need(void *memory)
{
        if (memory == NULL)
                abort();
        return memory;
}

/* ---- what the disk holds ---------------------------------------------------------------------------------------- */

static void store(struct inode *i, sqlite3_int64 place, const unsigned char *bytes, size_t length)
{
        size_t end = (size_t)place + length;

        if (end > i->room) {
                i->room = end * 2;
                i->bytes = need(realloc(i->bytes, i->room));
        }
        if (end > i->length) {
                memset(i->bytes + i->length, 0, end - i->length);
                i->length = end;
        }
        memcpy(i->bytes + place, bytes, length);
}

static void cut(struct inode *i, sqlite3_int64 size)
{
        if ((size_t)size < i->length)
                i->length = (size_t)size;
}

static void changes_forget(struct inode *i)
{
        while (i->first != NULL) {
                struct change *c = i->first;

                i->first = c->next;
                free(c);
        }
        i->last = &i->first;
}

static void changes_keep_all(struct inode *i)
{
        for (struct change *c = i->first; c != NULL; c = c->next) {
                if (c->length == 0)
                        cut(i, c->place);
                else
                        store(i, c->place, c->bytes, c->length);
        }
        changes_forget(i);
}

/* Any part of them may have reached the disk, in any order: a sector at a time. */
static void changes_keep_some(struct inode *i)
{
        static const unsigned most[] = { 0, 3, 8, 13, 16 }; /* of 16 sectors */
        size_t sector = pick(2) == 0 ? 512 : 4096;
        unsigned kept = most[pick(5)];

        for (struct change *c = i->first; c != NULL; c = c->next) {
                if (c->length == 0 && pick(2) == 0)
                        cut(i, c->place);
                for (size_t at = 0; at < c->length;) {
                        size_t place = (size_t)c->place + at, left = sector - place % sector;
                        size_t length = left < c->length - at ? left : c->length - at;

                        if (pick(16) < kept)
                                store(i, (sqlite3_int64)place, c->bytes + at, length);
                        else if (pick(24) == 0)
                                for (size_t k = 0; k < length; k++) {
                                        unsigned char garbage = (unsigned char)pick(256);

                                        store(i, (sqlite3_int64)(place + k), &garbage, 1);
                                }
                        at += length;
                }
        }
        changes_forget(i);
}

static void change_add(struct inode *i, sqlite3_int64 place, const void *bytes, size_t length)
{
        struct change *c = need(malloc(sizeof *c + length));

        *c = (struct change){ .place = place, .length = length };
        if (length > 0)
                memcpy(c->bytes, bytes, length);
        *i->last = c;
        i->last = &c->next;
}

static struct inode *inode_find(const char *path)
{
        for (struct inode *i = inodes; i != NULL; i = i->next)
                if (i->is_named && strcmp(i->path, path) == 0)
                        return i;
        return NULL;
}

static struct inode *inode_add(const char *path, bool was_there)
{
        struct inode *i = need(calloc(1, sizeof *i));
        FILE *file = was_there ? fopen(path, "rb") : NULL;

        i->path = need(strdup(path));
        i->is_named = true;
        i->is_named_after = was_there;
        i->last = &i->first;
        if (file != NULL) {
                unsigned char piece[8192];
                size_t n;

                while ((n = fread(piece, 1, sizeof piece, file)) > 0)
                        store(i, (sqlite3_int64)i->length, piece, n);
                fclose(file);
        }
        i->next = inodes;
        inodes = i;
        return i;
}

static void inodes_free(void)
{
        while (inodes != NULL) {
                struct inode *i = inodes;

                inodes = i->next;
                changes_forget(i);
                free(i->path);
                free(i->bytes);
                free(i);
        }
}

static void folder_is_synced(void)
{
        for (struct inode *i = inodes; i != NULL; i = i->next)
                i->is_named_after = i->is_named;
}

_Noreturn void disk_power_fails(void)
{
        for (struct inode *i = inodes; i != NULL; i = i->next)
                unlink(i->path);
        for (struct inode *i = inodes; i != NULL; i = i->next) {
                FILE *file;

                changes_keep_some(i);
                if (!(i->is_named && i->is_named_after) && (!(i->is_named || i->is_named_after) || pick(2) == 0))
                        continue;
                file = fopen(i->path, "wx"); /* of two with one name the newer one is first */
                if (file == NULL)
                        continue;
                if (fwrite(i->bytes == NULL ? (unsigned char *)"" : i->bytes, 1, i->length, file) != i->length ||
                    fclose(file) != 0)
                        abort();
        }
        _exit(DISK_EXIT);
}

/* Count an operation; the fault that is due now. Under the lock. */
static enum disk_fault operation(void)
{
        operations++;
        if (plan.fault == DISK_SOUND || operations < plan.at || operations >= plan.at + plan.count)
                return DISK_SOUND;
        return plan.fault;
}

/* ---- the methods of a file ----------------------------------------------------------------------------------------- */

static struct file *of(sqlite3_file *f)
{
        return (struct file *)f;
}

static int f_close(sqlite3_file *f)
{
        return of(f)->real->pMethods == NULL ? SQLITE_OK : of(f)->real->pMethods->xClose(of(f)->real);
}

static int f_read(sqlite3_file *f, void *out, int length, sqlite3_int64 place)
{
        return of(f)->real->pMethods->xRead(of(f)->real, out, length, place);
}

static int f_write(sqlite3_file *f, const void *bytes, int length, sqlite3_int64 place)
{
        struct file *file = of(f);
        enum disk_fault fault;
        int code = SQLITE_OK, done = length;

        if (file->inode == NULL)
                return file->real->pMethods->xWrite(file->real, bytes, length, place);
        pthread_mutex_lock(&lock);
        fault = operation();
        if (fault == DISK_BROKEN || fault == DISK_FULL)
                done = 0;
        else if (fault == DISK_SHORT)
                done = length / 2;
        if (done > 0) {
                change_add(file->inode, place, bytes, (size_t)done);
                code = file->real->pMethods->xWrite(file->real, bytes, done, place);
        }
        if (fault == DISK_POWER)
                disk_power_fails();
        pthread_mutex_unlock(&lock);
        if (fault == DISK_BROKEN)
                return SQLITE_IOERR_WRITE;
        return fault == DISK_SOUND ? code : SQLITE_FULL;
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
        struct file *file = of(f);
        enum disk_fault fault;
        int code = SQLITE_OK;

        if (file->inode == NULL)
                return file->real->pMethods->xTruncate(file->real, size);
        pthread_mutex_lock(&lock);
        fault = operation();
        if (fault == DISK_SOUND || fault == DISK_POWER) {
                change_add(file->inode, size, NULL, 0);
                code = file->real->pMethods->xTruncate(file->real, size);
        }
        if (fault == DISK_POWER)
                disk_power_fails();
        pthread_mutex_unlock(&lock);
        return fault == DISK_SOUND ? code : SQLITE_IOERR_TRUNCATE;
}

/* The real files need no sync: the machine under the test does not lose its power. */
static int f_sync(sqlite3_file *f, int flags)
{
        struct file *file = of(f);
        enum disk_fault fault;

        (void)flags;
        if (file->inode == NULL)
                return SQLITE_OK;
        pthread_mutex_lock(&lock);
        fault = operation();
        if (fault == DISK_POWER)
                disk_power_fails();
        if (fault == DISK_SOUND) {
                changes_keep_all(file->inode);
                if (file->syncs_folder)
                        folder_is_synced();
                file->syncs_folder = false;
        } else {
                changes_keep_some(file->inode); /* the system takes them for written */
        }
        pthread_mutex_unlock(&lock);
        return fault == DISK_SOUND ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int f_size(sqlite3_file *f, sqlite3_int64 *size)
{
        return of(f)->real->pMethods->xFileSize(of(f)->real, size);
}

static int f_lock(sqlite3_file *f, int level)
{
        return of(f)->real->pMethods->xLock(of(f)->real, level);
}

static int f_unlock(sqlite3_file *f, int level)
{
        return of(f)->real->pMethods->xUnlock(of(f)->real, level);
}

static int f_is_reserved(sqlite3_file *f, int *is)
{
        return of(f)->real->pMethods->xCheckReservedLock(of(f)->real, is);
}

static int f_control(sqlite3_file *f, int what, void *argument)
{
        return of(f)->real->pMethods->xFileControl(of(f)->real, what, argument);
}

static int f_sector(sqlite3_file *f)
{
        return of(f)->real->pMethods->xSectorSize(of(f)->real);
}

static int f_kind(sqlite3_file *f)
{
        return of(f)->real->pMethods->xDeviceCharacteristics(of(f)->real);
}

static int f_shm_map(sqlite3_file *f, int page, int size, int may_extend, void volatile **out)
{
        return of(f)->real->pMethods->xShmMap(of(f)->real, page, size, may_extend, out);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
        return of(f)->real->pMethods->xShmLock(of(f)->real, offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
        of(f)->real->pMethods->xShmBarrier(of(f)->real);
}

static int f_shm_unmap(sqlite3_file *f, int must_delete)
{
        return of(f)->real->pMethods->xShmUnmap(of(f)->real, must_delete);
}

static int f_fetch(sqlite3_file *f, sqlite3_int64 place, int length, void **out)
{
        return of(f)->real->pMethods->xFetch(of(f)->real, place, length, out);
}

static int f_unfetch(sqlite3_file *f, sqlite3_int64 place, void *page)
{
        return of(f)->real->pMethods->xUnfetch(of(f)->real, place, page);
}

static sqlite3_io_methods methods = {
        3,           f_close,       f_read,     f_write,    f_truncate,      f_sync,      f_size,
        f_lock,      f_unlock,      f_is_reserved, f_control, f_sector,      f_kind,      f_shm_map,
        f_shm_lock,  f_shm_barrier, f_shm_unmap, f_fetch,   f_unfetch,
};

/* ---- the disk ----------------------------------------------------------------------------------------------------------- */

static int v_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags, int *out_flags)
{
        const int journals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
        struct file *file = of(f);
        bool was_there = path != NULL && access(path, F_OK) == 0;
        int code;

        (void)vfs;
        *file = (struct file){ .real = (sqlite3_file *)(void *)(file + 1) };
        code = real_vfs->xOpen(real_vfs, path, file->real, flags, out_flags);
        file->base.pMethods = file->real->pMethods == NULL ? NULL : &methods;
        if (code != SQLITE_OK || path == NULL || (flags & (journals | SQLITE_OPEN_MAIN_DB)) == 0)
                return code;
        pthread_mutex_lock(&lock);
        file->inode = inode_find(path);
        if (file->inode == NULL)
                file->inode = inode_add(path, was_there);
        file->syncs_folder = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & journals) != 0;
        pthread_mutex_unlock(&lock);
        return code;
}

static int v_delete(sqlite3_vfs *vfs, const char *path, int must_sync)
{
        enum disk_fault fault = DISK_SOUND;
        struct inode *i;
        int code;

        (void)vfs;
        pthread_mutex_lock(&lock);
        i = inode_find(path);
        if (i != NULL)
                fault = operation();
        if (fault != DISK_SOUND && fault != DISK_POWER) {
                pthread_mutex_unlock(&lock);
                return SQLITE_IOERR_DELETE;
        }
        code = real_vfs->xDelete(real_vfs, path, 0);
        if (i != NULL && code == SQLITE_OK)
                i->is_named = false;
        if (fault == DISK_POWER)
                disk_power_fails();
        if (must_sync)
                folder_is_synced();
        pthread_mutex_unlock(&lock);
        return code;
}

static int v_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
        (void)vfs;
        return real_vfs->xAccess(real_vfs, path, flags, out);
}

static int v_path(sqlite3_vfs *vfs, const char *path, int room, char *out)
{
        (void)vfs;
        return real_vfs->xFullPathname(real_vfs, path, room, out);
}

void disk_plan(const struct disk_plan *p)
{
        pthread_mutex_lock(&lock);
        plan = *p;
        operations = 0;
        chance = p->chance;
        pthread_mutex_unlock(&lock);
}

void disk_install(const struct disk_plan *p)
{
        sqlite3_initialize();
        real_vfs = sqlite3_vfs_find("unix");
        faulty = *real_vfs;
        faulty.zName = "faulty disk";
        faulty.szOsFile = real_vfs->szOsFile + (int)sizeof(struct file);
        faulty.xOpen = v_open;
        faulty.xDelete = v_delete;
        faulty.xAccess = v_access;
        faulty.xFullPathname = v_path;
        disk_plan(p);
        if (sqlite3_vfs_register(&faulty, 1) != SQLITE_OK)
                abort();
}

void disk_remove(void)
{
        sqlite3_vfs_register(real_vfs, 1);
        sqlite3_vfs_unregister(&faulty);
        inodes_free();
}

long disk_operations(void)
{
        long n;

        pthread_mutex_lock(&lock);
        n = operations;
        pthread_mutex_unlock(&lock);
        return n;
}
