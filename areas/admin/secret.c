#include "areas/admin/secret.h"

#include <sodium.h>

#define GROUPS 4
#define GROUP_LETTERS 4

void secret_make(char out[SECRET_ROOM])
{
        static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* 32: no l, o, 0, 1 */
        char *p = out;

        for (int group = 0; group < GROUPS; group++) {
                if (group > 0)
                        *p++ = '-';
                for (int i = 0; i < GROUP_LETTERS; i++)
                        *p++ = letters[randombytes_uniform(sizeof letters - 1)];
        }
        *p = '\0';
}
