/* find.h - what areas find for the words somebody looks for ("Search" on every page).
 *
 * An area adds a group for each kind of things it knows, the best first, and only what the asker may see. The number of queries does
 * not grow with what there is. */
#ifndef AREAS_FIND_H
#define AREAS_FIND_H

#include "areas/area.h"
#include "base/words.h"

struct found { const char *code, *title, *detail, *href; };
struct found_group {
        const char *kind, *title;  /* stable name: "case"; in words */
        struct found *list;
        size_t count;              /* of the list */
        int64_t total;             /* there are */
        bool is_more;              /* than total: they were not counted further */
        const char *all;           /* where all are listed; NULL: nowhere */
};

struct search {
        const char *typed;
        const struct words *words; /* at least one */
        size_t most;               /* rows of a group */
        struct found_group *groups;
        size_t count;
};

/* Add a group of count rows, for the caller to fill; nothing is added where there are none (NULL). */
struct found_group *search_add(struct work *, struct search *, const char *kind, const char *title, size_t count, int64_t total);

/* "/cases?q=" and the like, with what was typed behind it. */
const char *search_address(struct work *, const struct search *, const char *before);

/* Things at hand that fit the words, to choose the best from. */
struct offer { const void *thing; int fit; size_t place; };
struct offers { struct offer *list; size_t count; };
/* Nothing where fit is 0. */
void offer_add(struct work *, struct offers *, const void *thing, int fit);
/* Put the best first, those alike in the order in which they were added; how many of them are shown. */
size_t offers_best(struct offers *, size_t most);

#endif
