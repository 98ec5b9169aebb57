/* secret.h - generated passwords. */
#ifndef ADMIN_SECRET_H
#define ADMIN_SECRET_H

#define SECRET_ROOM 20

/* "k7mp-x2wd-9hqf-c4tn": 80 random bits in letters and digits that are not mistaken for each other. */
void secret_make(char out[SECRET_ROOM]);

#endif
