/* user.h - who acts, in which role, for which unit; and what a role may do.
 *
 * A right is checked from role (here) and territory (the unit and those below it; catalogue). Roles
 * and their rights are one table in user.c; domain/01 names the roles. */
#ifndef WORK_USER_H
#define WORK_USER_H

#include <stdbool.h>

enum role {
        ROLE_NOBODY,    /* the public, not signed in */
        ROLE_ADMIN,     /* runs the node: users, trust, settings, imports */
        ROLE_DIRECTOR,  /* leader: approves and sends, accepts, returns */
        ROLE_DEPUTY,    /* signs for the director */
        ROLE_HEAD,      /* head of division: checks, approves inside the unit */
        ROLE_SPECIALIST,/* fills and submits; at the ministry: receives and returns */
        ROLE_CENTER,    /* staff of a promotion centre */
        ROLE_COMMUNE,   /* commune official */
        ROLE_ENTERPRISE,
        ROLE_CONSULTANT,
        ROLE_API,       /* a program with a token: reads, and files drafts */
        ROLE_COUNT
};

/* What may be done; routes, commands and entry kinds each name one. */
enum right {
        MAY_READ_PUBLIC,  /* published figures, catalogue, news: everybody */
        MAY_READ,         /* what is not yet published, in one's territory */
        MAY_FOLLOW,       /* cases: who may read those of one's territory, others those they have opened */
        MAY_FILL,         /* drafts, submission to one's leader */
        MAY_SEND,         /* approve and send for one's unit */
        MAY_RECEIVE,      /* accept or return what units below have sent */
        MAY_IMPORT,       /* figures in bulk */
        MAY_DEFINE,       /* catalogue files: the ministry's node */
        MAY_ADMINISTER,   /* users, trust, node settings */
        RIGHT_COUNT
};

struct user {
        const char *login;  /* "" for the public */
        const char *name;   /* shown to people: a role and office, "Chuyên viên, Sở Công Thương Hà Tĩnh" */
        enum role role;
        const char *unit;   /* code as given at enrolment: "VN", "42" */
        bool only_reads;    /* whatever the role: what it is shown is not there to be acted on */
};

/* The public: reads what is published. */
extern const struct user user_nobody;

/* Whoever runs a command on the node's own machine: all rights in the node's unit. */
extern const struct user user_operator;

/* Whether the role has the right (territory is checked elsewhere). */
bool role_may(enum role, enum right);
bool user_may(const struct user *, enum right);

/* Stable names: "specialist"; ROLE_COUNT for an unknown name. */
const char *role_name(enum role);
enum role role_by_name(const char *);

/* The role as people read it, to be given to text(): "specialist" -> N_("Specialist"). */
const char *role_title(enum role);

#endif
