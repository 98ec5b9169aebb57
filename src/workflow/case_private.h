/* case_private.h - what the files about cases share. */
#ifndef WORKFLOW_CASE_PRIVATE_H
#define WORKFLOW_CASE_PRIVATE_H

#include "workflow/case.h"

/* After a case was folded: the rows that areas keep of it are written anew. */
bool parts_fold(struct work *, const struct case_file *);

#endif
