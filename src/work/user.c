#include "work/user.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

#define BIT(right) (1u << (right))
#define READER (BIT(MAY_READ_PUBLIC) | BIT(MAY_READ) | BIT(MAY_FOLLOW))
#define OFFICER (READER | BIT(MAY_FILL) | BIT(MAY_RECEIVE) | BIT(MAY_IMPORT))
#define LEADER (READER | BIT(MAY_FILL) | BIT(MAY_RECEIVE) | BIT(MAY_SEND))

/* Function is decided here, data scope by territory. Whoever runs a node does not thereby speak for its
 * unit: an administrator may not send. */
static const struct {
        const char *name, *title;
        unsigned rights;
} roles[ROLE_COUNT] = {
        [ROLE_NOBODY] = { "nobody", N_("The public"), BIT(MAY_READ_PUBLIC) },
        [ROLE_ADMIN] = { "admin", N_("Administrator"),
                         READER | BIT(MAY_IMPORT) | BIT(MAY_DEFINE) | BIT(MAY_ADMINISTER) },
        [ROLE_DIRECTOR] = { "director", N_("Director"), LEADER },
        [ROLE_DEPUTY] = { "deputy", N_("Deputy director"), LEADER },
        [ROLE_HEAD] = { "head", N_("Head of division"), OFFICER },
        [ROLE_SPECIALIST] = { "specialist", N_("Specialist"), OFFICER },
        [ROLE_CENTER] = { "center", N_("Staff of the promotion centre"), READER | BIT(MAY_FILL) },
        [ROLE_COMMUNE] = { "commune", N_("Commune official"), READER | BIT(MAY_FILL) | BIT(MAY_SEND) },
        [ROLE_ENTERPRISE] = { "enterprise", N_("Enterprise"),
                              BIT(MAY_READ_PUBLIC) | BIT(MAY_FOLLOW) | BIT(MAY_FILL) | BIT(MAY_SEND) },
        [ROLE_CONSULTANT] = { "consultant", N_("Consultant"), BIT(MAY_READ_PUBLIC) | BIT(MAY_FOLLOW) | BIT(MAY_FILL) },
        [ROLE_API] = { "api", N_("Program"), READER | BIT(MAY_FILL) },
};

const struct user user_nobody = { "", "", ROLE_NOBODY, "", false };

/* Not an account: access to the machine's files is what gives the right (user_may knows it). */
const struct user user_operator = { "operator", "", ROLE_ADMIN, "", false };

bool role_may(enum role role, enum right right)
{
        assert(right < RIGHT_COUNT);
        return role < ROLE_COUNT && (roles[role].rights & BIT(right)) != 0;
}

bool user_may(const struct user *u, enum right right)
{
        if (u->only_reads)
                return right == MAY_READ_PUBLIC || right == MAY_READ || right == MAY_FOLLOW;
        return u == &user_operator || role_may(u->role, right);
}

const char *role_name(enum role role)
{
        return role < ROLE_COUNT ? roles[role].name : "";
}

enum role role_by_name(const char *name)
{
        for (int i = 0; i < ROLE_COUNT; i++) {
                if (strcmp(roles[i].name, name) == 0)
                        return (enum role)i;
        }
        return ROLE_COUNT;
}

const char *role_title(enum role role)
{
        return role < ROLE_COUNT ? roles[role].title : "";
}
