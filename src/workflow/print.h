/* print.h - official documents that are filled in from a case: the files NAME.print in the folder of its workflow.
 *
 * A file says the title, the paragraphs with {names} in them, the fields that stand in a table, and who signs; areas/case writes
 * PDF and DOCX from it. {title}, {unit}, {case}, {number} and {on} (of the document it is), and any field by its identifier. */
#ifndef WORKFLOW_PRINT_H
#define WORKFLOW_PRINT_H

#include "workflow/workflow.h"

struct workflow_print {
        const char *id, *title_vi, *title_en;
        const char *issuer_vi, *issuer_en;     /* "": the unit of the case */
        const char *after;                     /* the action from which on it can be made */
        const char *document;                  /* whose number and day it carries; "" none */
        const char *const *body_vi, *const *body_en;
        const char *const *fields;
        const char *signatures_vi[2], *signatures_en[2];
        int body_count, field_count, signature_count;
        struct basis basis;
};

/* One by its name, NULL where there is none that is sound; all of a workflow, at most max. They live as definitions do. */
const struct workflow_print *print_find(const struct catalogue *, const char *workflow, const char *name);
size_t print_list(const struct catalogue *, const char *workflow, const struct workflow_print **out, size_t max);

extern const struct catalogue_checker print_checker;

#endif
