/* program.h - what the whole program is made of: the modules' tables and the areas'. */
#ifndef AREAS_PROGRAM_H
#define AREAS_PROGRAM_H

#include "areas/area.h"

/* Lists ended by NULL, made once. */
const struct ledger_schema *program_schema(void);
const struct route *const *program_routes(void);
const struct command *const *program_commands(void);

/* The headline of an area in place of an indicator's figure; false where no area has one, or on failure. */
bool program_headline(struct work *, const char *indicator, const struct unit *, struct area_headline *);

/* What waits for the asker in all areas, those due first. NULL and an error on failure. */
struct area_due *program_due(struct work *, size_t *count);

/* Let all areas find. False and an error on failure. */
bool program_find(struct work *, struct search *);

/* Once, before anything else: registrations between modules. */
void program_start(void);

#endif
