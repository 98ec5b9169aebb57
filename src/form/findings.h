/* findings.h - rules run over what is stored: every figure that breaks one.
 *
 * The same rules as at filling (rules.c): those of forms over the reports that were sent, those of checks (*.checks in the catalogue)
 * over all figures of their indicators, wherever they came from. Nothing is kept: what is found follows from the figures that stand and the
 * rules for their periods. Of a figure that changed, the finding is gone or another one. */
#ifndef FORM_FINDINGS_H
#define FORM_FINDINGS_H

#include "form/form.h"

/* The figures looked at in one go are at most so many; more is ERR_TOO_BIG: ask for fewer periods. */
#define FINDINGS_FIGURES_MAX 1000000
#define FINDINGS_MONTHS 24 /* looked back from the newest period of each frequency, where no period is asked for */

struct finding {
        const char *key;           /* names it: "FORM/RULE/INDICATOR/UNIT/PERIOD/ITEM/PARTNER" */
        const char *form, *rule;   /* ids */
        const char *form_title;
        enum rule_level level;
        enum severity severity;
        const char *message, *advice, *basis;
        const struct indicator *indicator;
        const struct unit *unit;
        period period;
        const char *item, *partner; /* codes, "" the whole */
        bool has_value;
        int64_t value;
        int64_t entry;             /* of the figure; 0 where it is missing */
        const char *owner;         /* code of the unit that has to act */
        const char *explanation;   /* what the report itself says about it; "" */
};

struct findings_query {
        const struct unit *unit;   /* its territory; NULL: all */
        const struct indicator *indicator; /* NULL: all */
        period from, to;           /* PERIOD_NONE, PERIOD_NONE: FINDINGS_MONTHS back from the newest */
};

/* Visit them in the order of form, period, unit, row. What a finding points to lives until the visitor returns, but for the catalogue's. visit
 * returns false to stop. Official figures only: not for the public. */
typedef bool findings_visit(struct work *, const struct finding *, void *context);
bool findings_read(struct work *, const struct findings_query *, findings_visit *, void *context);

/* Every rule there is, as data: for the page that lists them. */
struct rule_told {
        const char *form, *form_title, *rule, *kind, *message, *advice, *basis, *owner;
        enum rule_level level;
        enum severity severity;
        day from, to;
        bool is_verified, is_checks;
};
struct rule_told *rules_told(struct work *, size_t *count);

#endif
