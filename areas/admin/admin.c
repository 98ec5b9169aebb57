/* admin.c - accounts of a node, on the page and on the command line. */
#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "areas/admin/admin.h"
#include "areas/admin/pages.h"
#include "areas/admin/secret.h"
#include "areas/area.h"
#include "base/utf8.h"
#include "catalogue/catalogue.h"
#include "format/csv.h"
#include "format/jsonw.h"
#include "ledger/write.h"

#define PASSWORD_WAIT_MS 2000 /* for a password that is piped in */

/* ---- what both do: inside jobs ------------------------------------------------------------------------ */

enum change { SET_ACCOUNT, SET_PASSWORD, SET_DISABLED, MAKE_TOKEN };

struct order {
        enum change change;
        const char *login, *name, *unit, *label;
        enum role role;
        bool is_disabled;
        bool must_be_new;
        char hash[128]; /* "" for none */
        char token[64]; /* out */
};

static bool no_account(struct work *w, const char *login)
{
        return error_set(&w->err, ERR_MISSING, "there is no account \"%s\"", login);
}

/* The territory of whoever asks, not only that of the node: otherwise the administrator of a part could make one of the
 * whole, or take over the one there is. */
static bool is_in_reach(struct work *w, const char *unit)
{
        return w->user == &user_operator || strcmp(w->user->unit, node_unit(w->node)) == 0 || web_territory(w, unit);
}

static bool carry_out(struct work *w, void *argument)
{
        struct order *o = argument;
        struct account *a = account_find(w, o->login);

        if (!work_ok(w))
                return false;
        if (o->change != SET_ACCOUNT && a == NULL)
                return no_account(w, o->login);
        if ((a != NULL && !is_in_reach(w, a->user.unit)) || (o->change == SET_ACCOUNT && !is_in_reach(w, o->unit)))
                return false;
        switch (o->change) {
        case SET_ACCOUNT:
                if (o->must_be_new && a != NULL) {
                        error_set(&w->err, ERR_CONFLICT, "there is an account \"%s\" already", o->login);
                        return error_hint(
                                &w->err,
                                "caunoi user passwd sets a new password, caunoi user disable ends it");
                }
                if (a == NULL && o->hash[0] == '\0')
                        return error_set(&w->err, ERR_INVALID, "a new account needs a password");
                return account_set(w, o->login, o->name, o->role, o->unit, a != NULL && a->is_disabled) &&
                       (o->hash[0] == '\0' || account_set_password(w, o->login, o->hash));
        case SET_PASSWORD:
                return account_set_password(w, o->login, o->hash);
        case SET_DISABLED:
                if (a->is_disabled == o->is_disabled)
                        return true;
                return account_set(w, o->login, a->user.name, a->user.role, a->user.unit, o->is_disabled);
        case MAKE_TOKEN:
                return account_make_token(w, o->login, o->label, o->token);
        }
        return false;
}

/* An administrator's password decides about a whole node: whoever gives the order may not give more than they
 * have. */
static bool role_of(struct work *w, const char *name, enum role *role)
{
        *role = name == NULL ? ROLE_COUNT : role_by_name(name);
        if (*role != ROLE_COUNT && *role != ROLE_NOBODY)
                return true;
        error_set(&w->err, ERR_INVALID, "there is no role \"%s\"", name == NULL ? "" : name);
        error_at(&w->err, "role");
        return error_hint(
                &w->err,
                "roles: admin director deputy head specialist center commune enterprise consultant api");
}

/* ---- pages ------------------------------------------------------------------------------------------------
 */

static const char *unit_shown(struct work *w, const char *code)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_at(c, code, day_of_moment(w->now));

        if (u == NULL)
                return code;
        return arena_print(w->arena, "%s (%s)",
                           w->language == LANGUAGE_EN ? u->full_name_en : u->full_name_vi, code);
}

/* The accounts in the territory of whoever asks. */
static struct account *accounts_in_reach(struct work *w, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        struct account *list = account_list(w, count);
        size_t kept = 0;

        if (list == NULL || c == NULL)
                return NULL;
        for (size_t i = 0; i < *count; i++)
                if (strcmp(w->user->unit, node_unit(w->node)) == 0 || strcmp(list[i].user.unit, w->user->unit) == 0 ||
                    unit_code_is_within(c, list[i].user.unit, w->user->unit, day_of_moment(w->now)))
                        list[kept++] = list[i];
        *count = kept;
        return list;
}

static bool show_users(struct work *w, const struct request *r, struct reply *reply, struct users_view *v)
{
        struct page page = { .title = work_text(w, "Accounts"), .nav = NAV_ADMIN };
        size_t count;
        struct account *list = accounts_in_reach(w, &count);
        struct user_row *rows;

        if (list == NULL)
                return false;
        rows = arena_array(w->arena, count + 1, sizeof *rows);
        for (size_t i = 0; i < count; i++)
                rows[i] = (struct user_row){ &list[i], work_text(w, role_title(list[i].user.role)),
                                             unit_shown(w, list[i].user.unit) };
        v->users = rows;
        v->user_count = count;
        v->csrf = request_csrf(r);
        v->own_login = w->user->login;
        v->node_unit = node_unit(w->node);
        reply->is_private = true;
        page_begin(w, r, reply, &page);
        users_page(w, &reply->body, v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

static void write_users_json(struct buf *out, const struct account *list, size_t count)
{
        struct jsonw j;

        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_name(&j, "users");
        jsonw_array(&j);
        for (size_t i = 0; i < count; i++) {
                jsonw_object(&j);
                jsonw_member_text(&j, "login", list[i].user.login);
                jsonw_member_text(&j, "name", list[i].user.name);
                jsonw_member_text(&j, "role", role_name(list[i].user.role));
                jsonw_member_text(&j, "unit", list[i].user.unit);
                jsonw_member_bool(&j, "disabled", list[i].is_disabled);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_member_int(&j, "count", (int64_t)count);
        jsonw_end(&j);
        buf_char(out, '\n');
}

static void write_users_csv(struct buf *out, const struct account *list, size_t count)
{
        static const char *const heads[] = { "login", "name", "role", "unit", "disabled" };

        for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
                csv_text(out, heads[i], i == 0);
        csv_row_end(out);
        for (size_t i = 0; i < count; i++) {
                csv_text(out, list[i].user.login, true);
                csv_text(out, list[i].user.name, false);
                csv_text(out, role_name(list[i].user.role), false);
                csv_text(out, list[i].user.unit, false);
                csv_text(out, list[i].is_disabled ? "1" : "0", false);
                csv_row_end(out);
        }
}

static bool users(struct work *w, const struct request *r, struct reply *reply)
{
        struct users_view v = { 0 };
        struct account *list;
        size_t count;

        if (request_suffix(r) == SUFFIX_HTML)
                return show_users(w, r, reply, &v);
        if (request_suffix(r) != SUFFIX_JSON && request_suffix(r) != SUFFIX_CSV)
                return error_set(&w->err, ERR_MISSING, "the list of accounts exists as page, JSON and CSV");
        list = accounts_in_reach(w, &count);
        if (list == NULL)
                return false;
        if (request_suffix(r) == SUFFIX_JSON)
                write_users_json(&reply->body, list, count);
        else
                write_users_csv(&reply->body, list, count);
        return true;
}

static bool is_for_page(const struct request *r)
{
        const char *accept = request_header(r, "Accept");

        return accept != NULL && strstr(accept, "text/html") != NULL;
}

/* What came of an order: the page again with what was done; JSON for programs. */
static bool answer_order(struct work *w, const struct request *r, struct reply *reply, struct users_view *v)
{
        struct jsonw j;

        reply->never_cache = true;
        if (!work_ok(w))
                return false;
        if (is_for_page(r))
                return show_users(w, r, reply, v);
        jsonw_init(&j, &reply->body);
        jsonw_object(&j);
        jsonw_member_text(&j, "done", v->done);
        if (v->secret != NULL)
                jsonw_member_text(&j, "secret", v->secret);
        jsonw_end(&j);
        reply->content_type = "application/json";
        return true;
}

/* A password as typed, or a generated one that is shown once. */
static bool take_password(struct work *w, const char *typed, struct order *o, struct users_view *v)
{
        if (typed == NULL || typed[0] == '\0') {
                char *secret = arena_alloc(w->arena, SECRET_ROOM);

                secret_make(secret);
                v->secret_title = work_text(w, "Password");
                v->secret = typed = secret;
        }
        return account_hash(w, typed, o->hash) || error_at(&w->err, "password");
}

static const char *field(struct work *w, const struct request *r, const char *name)
{
        const char *value = request_said(w, r, name);

        return value == NULL ? "" : value;
}

static bool add_user(struct work *w, const struct request *r, struct reply *reply)
{
        struct order o = { .change = SET_ACCOUNT,
                           .login = field(w, r, "login"),
                           .name = field(w, r, "name"),
                           .unit = field(w, r, "unit") };
        struct users_view v = { 0 };
        const char *typed = request_said(w, r, "password");
        bool is_new = account_find(w, o.login) == NULL;

        if (work_ok(w) && role_of(w, request_said(w, r, "role"), &o.role) &&
            ((!is_new && (typed == NULL || typed[0] == '\0')) || take_password(w, typed, &o, &v)) &&
            ledger_write(w, carry_out, &o))
                v.done = arena_print(w->arena, work_text(w, "Account %s is saved."), o.login);
        return answer_order(w, r, reply, &v);
}

static bool new_password(struct work *w, const struct request *r, struct reply *reply)
{
        struct order o = { .change = SET_PASSWORD, .login = request_part(r, "login") };
        const char *typed = request_said(w, r, "password");
        struct users_view v = { 0 };

        if (work_ok(w) && take_password(w, typed, &o, &v) && ledger_write(w, carry_out, &o))
                v.done = arena_print(w->arena, work_text(w, "Account %s has a new password."), o.login);
        return answer_order(w, r, reply, &v);
}

static bool new_token(struct work *w, const struct request *r, struct reply *reply)
{
        struct order o = { .change = MAKE_TOKEN,
                           .login = request_part(r, "login"),
                           .label = field(w, r, "label") };
        struct users_view v = { 0 };

        if (ledger_write(w, carry_out, &o)) {
                v.done = arena_print(w->arena, work_text(w, "Account %s has a new token."), o.login);
                v.secret_title = work_text(w, "Token");
                v.secret = arena_text(w->arena, o.token);
        }
        return answer_order(w, r, reply, &v);
}

static bool set_disabled(struct work *w, const struct request *r, struct reply *reply, bool is_disabled)
{
        struct order o = { .change = SET_DISABLED,
                           .login = request_part(r, "login"),
                           .is_disabled = is_disabled };
        struct users_view v = { 0 };

        if (is_disabled && strcmp(o.login, w->user->login) == 0)
                error_set(&w->err, ERR_CONFLICT, "nobody can disable the account they work with");
        else if (ledger_write(w, carry_out, &o))
                v.done = arena_print(w->arena,
                                     is_disabled ? work_text(w, "Account %s is disabled.")
                                                 : work_text(w, "Account %s is enabled."),
                                     o.login);
        return answer_order(w, r, reply, &v);
}

static bool disable(struct work *w, const struct request *r, struct reply *reply)
{
        return set_disabled(w, r, reply, true);
}

static bool enable(struct work *w, const struct request *r, struct reply *reply)
{
        return set_disabled(w, r, reply, false);
}

static const struct route routes[] = {
        { GET, "/admin/users", users, MAY_ADMINISTER, 0, N_("accounts of this node") },
        { POST, "/admin/users", add_user, MAY_ADMINISTER, ROUTE_SLOW, N_("add or change an account") },
        { POST, "/admin/users/{login}/password", new_password, MAY_ADMINISTER, ROUTE_SLOW,
          N_("set a new password") },
        { POST, "/admin/users/{login}/token", new_token, MAY_ADMINISTER, ROUTE_SLOW,
          N_("make a token for a program") },
        { POST, "/admin/users/{login}/disable", disable, MAY_ADMINISTER, ROUTE_SLOW,
          N_("disable an account") },
        { POST, "/admin/users/{login}/enable", enable, MAY_ADMINISTER, ROUTE_SLOW, N_("enable an account") },
        { 0 },
};

/* ---- commands
 * ------------------------------------------------------------------------------------------------ */

/* The first line of standard input, if something is piped in; NULL otherwise. A terminal and an empty input
 * mean that a password is to be generated. */
static char *piped_password(struct work *w)
{
        struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
        char line[1100];
        size_t length = 0;
        ssize_t got;

        if (isatty(STDIN_FILENO))
                return NULL;
        while (length + 1 < sizeof line && memchr(line, '\n', length) == NULL &&
               poll(&p, 1, PASSWORD_WAIT_MS) > 0) {
                got = read(STDIN_FILENO, line + length, sizeof line - 1 - length);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        break;
                length += (size_t)got;
        }
        line[length] = '\0';
        line[strcspn(line, "\r\n")] = '\0';
        return line[0] == '\0' ? NULL : arena_text(w->arena, line);
}

static bool hash_password(struct work *w, const struct call *c, struct order *o, char secret[SECRET_ROOM])
{
        char *piped = call_has(c, "generate") ? NULL : piped_password(w);

        secret[0] = '\0';
        if (piped == NULL) {
                if (sodium_init() < 0)
                        return error_set(&w->err, ERR_ENVIRONMENT, "the system has no source of randomness");
                secret_make(secret);
                piped = secret;
        }
        return account_hash(w, piped, o->hash);
}

/* What a command did, with the secret it made. */
static void tell(const struct call *c, const char *login, const char *sentence, const char *secret_name,
                 const char *secret)
{
        struct buf *out = call_out(c);
        struct jsonw j;

        if (!call_is_json(c)) {
                buf_print(out, "%s\n", sentence);
                if (secret[0] != '\0')
                        buf_print(out, "%s %s\n", secret_name, secret);
                return;
        }
        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_member_text(&j, "login", login);
        if (secret[0] != '\0')
                jsonw_member_text(&j, secret_name, secret);
        jsonw_end(&j);
        buf_char(out, '\n');
}

static bool run_add(struct work *w, const struct call *c)
{
        struct order o = { .change = SET_ACCOUNT,
                           .must_be_new = true,
                           .login = call_argument(c, 1),
                           .name = call_option(c, "name", 0),
                           .unit = call_option(c, "unit", 0) };
        char secret[SECRET_ROOM];

        if (!call_has(c, "role")) {
                error_set(&w->err, ERR_USAGE, "--role is missing");
                return error_hint(&w->err,
                                  "roles: admin director deputy head specialist center commune enterprise "
                                  "consultant api");
        }
        if (!role_of(w, call_option(c, "role", 0), &o.role))
                return false;
        if (o.unit == NULL)
                o.unit = node_unit(w->node);
        if (o.name == NULL)
                o.name = o.login;
        if (!hash_password(w, c, &o, secret) || !ledger_write(w, carry_out, &o))
                return false;
        tell(c, o.login, arena_print(w->arena, work_text(w, "account %s is saved"), o.login), "password",
             secret);
        return true;
}

static bool run_passwd(struct work *w, const struct call *c)
{
        struct order o = { .change = SET_PASSWORD, .login = call_argument(c, 1) };
        char secret[SECRET_ROOM];

        if (!hash_password(w, c, &o, secret) || !ledger_write(w, carry_out, &o))
                return false;
        tell(c, o.login, arena_print(w->arena, work_text(w, "account %s has a new password"), o.login),
             "password", secret);
        return true;
}

static bool run_token(struct work *w, const struct call *c)
{
        struct order o = { .change = MAKE_TOKEN,
                           .login = call_argument(c, 1),
                           .label = call_option(c, "label", 0) };

        if (o.label == NULL)
                o.label = "";
        if (!ledger_write(w, carry_out, &o))
                return false;
        tell(c, o.login, arena_print(w->arena, work_text(w, "account %s has a new token"), o.login), "token",
             o.token);
        return true;
}

static bool run_disable(struct work *w, const struct call *c)
{
        struct order o = { .change = SET_DISABLED, .login = call_argument(c, 1), .is_disabled = true };

        if (!ledger_write(w, carry_out, &o))
                return false;
        tell(c, o.login, arena_print(w->arena, work_text(w, "account %s is disabled"), o.login), "", "");
        return true;
}

static bool run_enable(struct work *w, const struct call *c)
{
        struct order o = { .change = SET_DISABLED, .login = call_argument(c, 1) };

        if (!ledger_write(w, carry_out, &o))
                return false;
        tell(c, o.login, arena_print(w->arena, work_text(w, "account %s is enabled"), o.login), "", "");
        return true;
}

static bool run_list(struct work *w, const struct call *c)
{
        struct buf *out = call_out(c);
        size_t count;
        struct account *list = account_list(w, &count);

        if (list == NULL)
                return false;
        if (call_is_json(c)) {
                write_users_json(out, list, count);
                return true;
        }
        for (size_t i = 0; i < count; i++)
                buf_print(out, "%s\t%s\t%s\t%s\t%s\n", list[i].user.login, role_name(list[i].user.role),
                          list[i].user.unit, list[i].user.name,
                          list[i].is_disabled ? work_text(w, "disabled") : work_text(w, "active"));
        return true;
}

static const struct option add_options[] = {
        { "role", "ROLE", false,
          N_("admin, director, deputy, head, specialist, center, commune, enterprise, consultant or api") },
        { "unit", "CODE", false, N_("unit the account belongs to (default: the node's own)") },
        { "name", "NAME", false, N_("name shown to people (default: the login)") },
        { "generate", NULL, false, N_("generate the password, without looking at standard input") },
        { 0 },
};
static const struct option passwd_options[] = {
        { "generate", NULL, false, N_("generate the password, without looking at standard input") },
        { 0 },
};
static const struct option token_options[] = {
        { "label", "TEXT", false, N_("what the token is for") },
        { 0 },
};

static const struct command commands[] = {
        { "user add", "NODE LOGIN", 2, 2, COMMAND_WRITES, add_options, run_add, N_("add an account"),
          N_("The password is the first line of standard input. From a terminal, or with an empty input, a "
             "password is generated and printed once.") },
        { "user list", "NODE", 1, 1, COMMAND_READS, NULL, run_list, N_("list the accounts of a node"), NULL },
        { "user disable", "NODE LOGIN", 2, 2, COMMAND_WRITES, NULL, run_disable,
          N_("end an account's rights and sessions; its past work stays"), NULL },
        { "user enable", "NODE LOGIN", 2, 2, COMMAND_WRITES, NULL, run_enable,
          N_("enable a disabled account again"), NULL },
        { "user passwd", "NODE LOGIN", 2, 2, COMMAND_WRITES, passwd_options, run_passwd,
          N_("set a new password"),
          N_("The password is the first line of standard input. From a terminal, or with an empty input, a "
             "password is generated and printed once.") },
        { "user token", "NODE LOGIN", 2, 2, COMMAND_WRITES, token_options, run_token,
          N_("make a token with which a program acts for an account; printed once"), NULL },
        { 0 },
};

const struct area admin_area = {
        .name = "admin",
        .title = N_("Accounts"),
        .routes = routes,
        .commands = commands,
};
