/* procedure.h - what the page of a procedure shows. */
#ifndef AREAS_CASE_PROCEDURE_H
#define AREAS_CASE_PROCEDURE_H

#include "areas/case/case.h"

struct way_shown { const char *title, *by, *to, *basis; bool returns; }; /* to "": the state stays */
struct state_shown {
        const char *title, *css, *limits;
        struct way_shown *actions;
        size_t action_count;
};
struct procedure_view {
        const char *id, *title, *basis, *query, *svg, *csv, *json;
        bool is_verified, is_drawn;
        struct choice_shown *regimes; /* newest first; value is the address */
        struct state_shown *states;
        size_t regime_count, state_count;
};

/* GET /cases/workflows/{workflow} */
bool procedure_shown(struct work *, const struct request *, struct reply *);

#endif
