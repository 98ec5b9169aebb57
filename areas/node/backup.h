/* backup.h - a node in one file, and a node made from such a file. */
#ifndef AREAS_NODE_BACKUP_H
#define AREAS_NODE_BACKUP_H

#include "ledger/node.h"

/* Copy the node, while others use it, into a new file (a zip archive with key, settings and database), after verifying
 * the copy. *position gets the newest entry in it. ERR_USAGE for a node whose store is PostgreSQL. The file holds the node's secret
 * key: it is readable by its owner only. */
bool backup_write(struct work *, const char *file, int64_t *position);

/* Make a node in a new folder from a backup and verify it; a folder that exists is refused untouched. */
bool backup_restore(struct work *, const char *file, const char *folder, const struct ledger_schema *, int64_t *position);

#endif
