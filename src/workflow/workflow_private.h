/* workflow_private.h - what the parser, the proof and the expressions share. */
#ifndef WORKFLOW_WORKFLOW_PRIVATE_H
#define WORKFLOW_WORKFLOW_PRIVATE_H

#include "catalogue/yaml.h"
#include "workflow/workflow.h"

/* Parse the text of a node over the fields the workflow has so far. is_rule: it must be true or false; otherwise a number.
 * NULL and a complaint at the node otherwise. */
const struct expression *expression_parse(const struct yaml_place *, const struct yaml *node, const struct workflow *, bool is_rule);

/* Mark (by field) what an expression reads; NULL reads nothing. */
void expression_mark(const struct expression *, bool *fields);

/* Whether a rule can be true, or a formula have a value, where the marked fields can be known and no others. */
bool expression_can_hold(const struct expression *, const bool *told);

/* A file of the catalogue as what a parser makes of it, read once in the process and kept. NULL where it is not there or has faults. */
typedef void *definition_parser(struct arena *, const struct source *, struct complaints *);
const void *shelf_find(const struct catalogue *, const char *path, definition_parser *);

/* Whether a file of the catalogue lies in the folder of a workflow. */
bool workflow_has_file(const char *id, const char *path);

/* A definition of a catalogue that is being checked, read once for all who look at it. Its complaints are those of its file alone. */
struct workflow_reading { const struct workflow *workflow; struct complaints complaints; };
const struct workflow_reading *workflow_read(struct arena *, const struct catalogue *, const char *path, enum language);

/* The proof of workflow_parse, for a definition that was read without a complaint. */
void workflow_prove(const struct workflow *, struct complaints *);

/* Besides, where a catalogue is checked: that whoever is to act can, and that each action can be taken in each state that it names. What was taken into a catalogue by a program that
 * did not ask this goes on as before. */
void workflow_prove_use(const struct workflow *, struct complaints *);

/* Whether an area's register can name people in cases of a workflow; true where no area is there to say (part.c). */
bool case_can_name(const char *workflow);

#endif
