/* case_private.h - what the files about cases share. */
#ifndef WORKFLOW_CASE_PRIVATE_H
#define WORKFLOW_CASE_PRIVATE_H

#include "workflow/case.h"

/* The unit for which the asker acts; NULL where there is none. */
const struct unit *case_asker(struct work *);
/* Who may read only the cases they have opened: what case_file.opener says of those; NULL for who may read those of the territory. */
const char *case_opener(struct work *);

/* Whether a unit stands in a relation to the home of a case; not for RELATION_ASKED. */
bool unit_stands(enum relation, const struct unit *acting, const struct unit *home);

/* The ids of the cases in which registers name the login at the place $login on the day at $today, as a SELECT of case_id written to sql. */
void parts_named(struct buf *sql, const char *login, const char *today);

/* Whether the asker is one of the actors (marked by place) today, also by what a register says. */
bool case_is_one_of(struct work *, const struct case_file *, const bool *actors);

/* The next word of a folded text, ended in place; NULL where there is no more. */
char *word_next(char **rest);

/* After a case was folded: who has to do something in it, and from which day on. */
bool duties_write(struct work *, const struct case_file *);

/* After a case was folded: the rows that areas keep of it are written anew. */
bool parts_fold(struct work *, const struct case_file *);

#endif
