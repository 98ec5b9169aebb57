/* print.h - official documents that are filled in from a case: the files NAME.print in the folder of its workflow.
 *
 * A file says the title, the paragraphs with {names} in them, the fields that stand in a table, and who signs; areas/case writes
 * PDF and DOCX from it. {title}, {unit}, {province} (that of the unit, or the unit), {province_name} (without what kind it is), {case}, {number} and {on} (of the document it is), and any field by its identifier; of a field of money {field:words} is
 * the amount in words. */
#ifndef WORKFLOW_PRINT_H
#define WORKFLOW_PRINT_H

#include "workflow/workflow.h"

#define PRINT_ISSUERS_MAX 6
struct print_issuer { day from; const char *vi, *en; }; /* from: of the document; an office keeps its task and changes its name */

struct workflow_print {
        const char *id, *title_vi, *title_en;
        struct print_issuer issuers[PRINT_ISSUERS_MAX]; /* in order of their days; none: the unit of the case */
        int issuer_count;
        const char *superior_vi, *superior_en; /* the body above the issuer; "": none stands there */
        const char *place_vi, *place_en;       /* where it is given; "": the name of the unit of the case */
        const char *recipients_vi, *recipients_en; /* one a line, beside the one who signs; "" none */
        const char *after;                     /* the action from which on it can be made */
        const char *document;                  /* whose number and day it carries; "" none */
        const char *const *body_vi, *const *body_en;
        const char *const *fields;
        const char *signatures_vi[2], *signatures_en[2];
        int body_count, field_count, signature_count;
        struct basis basis;
};

/* What asks for words at the end of a name in braces: ":words", or "" where nothing does; the field's identifier without it. */
#define PRINT_WORDS ":words"
const char *print_words(const char *name);
const char *print_field(struct arena *, const char *name);

/* One by its name, NULL where there is none that is sound; all of a workflow, at most max. They live as definitions do. */
const struct workflow_print *print_find(const struct catalogue *, const char *workflow, const char *name);
size_t print_list(const struct catalogue *, const char *workflow, const struct workflow_print **out, size_t max);

/* Who issues it on a day; NULL: the unit of the case. */
const struct print_issuer *print_issuer_on(const struct workflow_print *, day);

extern const struct catalogue_checker print_checker;

#endif
