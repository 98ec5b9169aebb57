/* faulty_disk.h - a disk under SQLite that fails and loses power where a test wants it. For tests only: no part of the program.
 *
 * It stands between SQLite and the files (a VFS). Reads and writes go to the real files, so that the process sees what it
 * wrote; beside them it keeps what a real disk would hold: writes count there only once they were synced. When the power fails the
 * real files are replaced by what such a disk could hold then: of what was not synced, each sector of each write is there,
 * is missing or is garbage, truncations and deletions happened or did not, and a file whose folder was not synced may have no name.
 * A sync that fails may lose what it should have saved although the process still reads it, as on Linux. */
#ifndef TESTS_FAULTY_DISK_H
#define TESTS_FAULTY_DISK_H

#include <stdint.h>

enum disk_fault {
        DISK_SOUND,
        DISK_POWER,    /* the power fails in the middle of the operation; the process ends with DISK_EXIT */
        DISK_BROKEN,   /* the operation fails (SQLITE_IOERR_…) without effect */
        DISK_FULL,     /* writing fails with SQLITE_FULL; a sync cannot be full and fails as a broken one */
        DISK_SHORT,    /* half of a write is done, then it fails as on a full disk */
};

#define DISK_EXIT 77

struct disk_plan {
        enum disk_fault fault;
        long at;         /* the n-th operation that changes something (write, sync, truncate, delete), from 1 */
        long count;      /* how many operations fail from there on */
        uint64_t chance; /* which of what was not synced is there: another number, another disk */
};

/* Put the disk under all databases opened from now on; take it away. What is there now counts as synced. */
void disk_install(const struct disk_plan *);
void disk_remove(void);

/* Fail from now on as planned; the count begins anew. */
void disk_plan(const struct disk_plan *);

/* The power fails now. */
_Noreturn void disk_power_fails(void);

/* Operations since the last plan. */
long disk_operations(void);

#endif
