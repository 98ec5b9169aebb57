/* search.h - what the page of the search shows. */
#ifndef AREAS_SEARCH_SEARCH_H
#define AREAS_SEARCH_SEARCH_H

#include "areas/find.h"

struct search_view {
        const char *title, *typed, *summary;
        const char *csv, *json;
        bool has_asked;            /* words were typed */
        const struct search *found;
        const char **counts;       /* of each group: "8 of 123" */
        int64_t total;             /* of all groups, as far as they are counted */
        bool sees_cases;
        const char *sign_in;       /* the address; NULL for whoever is signed in */
};

#endif
