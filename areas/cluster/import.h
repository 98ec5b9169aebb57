/* import.h - the commands of this area. */
#ifndef AREAS_CLUSTER_IMPORT_H
#define AREAS_CLUSTER_IMPORT_H

#include "cli/cli.h"

extern const struct command cluster_commands[];

#endif
