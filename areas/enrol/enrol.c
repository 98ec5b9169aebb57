/* enrol.c - the pages on which an administrator says whose entries count, while the server runs. */
#include <string.h>

#include "areas/area.h"
#include "areas/enrol/enrol.h"
#include "areas/enrol/pages.h"
#include "ledger/write.h"

/* ---- who may ------------------------------------------------------------------------------------------ */

/* Whom a node believes concerns the whole of it: not for an administrator of a part of its territory. */
static bool may_decide(struct work *w)
{
        if (strcmp(w->user->unit, node_unit(w->node)) == 0)
                return true;
        error_set(&w->err, ERR_DENIED, "this node speaks for %s: whom it believes is decided by an administrator of that unit", node_unit(w->node));
        return error_hint(&w->err, "your account belongs to %s", w->user->unit);
}

static bool is_ministry(struct work *w)
{
        return strcmp(node_unit(w->node), "VN") == 0;
}

/* ---- in words ------------------------------------------------------------------------------------------ */

static const char *unit_shown(struct work *w, const char *code, day on)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_at(c, code, on);

        if (strcmp(code, "VN") == 0)
                return work_text(w, "Ministry of Industry and Trade");
        return u == NULL ? code : arena_print(w->arena, "%s (%s)", w->language == LANGUAGE_EN ? u->full_name_en : u->full_name_vi, code);
}

static const char *enrolled_by(struct work *w, const struct peer *p)
{
        const char *by = trust_enrolled_by(w, p->key);
        const struct peer *writer = by == NULL ? NULL : trust_find(w, by);

        if (by == NULL)
                return "";
        return node_is_own(w->node, by) ? work_text(w, "this node") : writer == NULL ? by : unit_shown(w, writer->unit, day_of_moment(w->now));
}

static struct node_shown shown(struct work *w, const struct peer *p)
{
        stamp succeeded = p->is_revoked ? 0 : trust_succeeded(w, p->key);
        struct node_shown n = { .peer = p, .unit = unit_shown(w, p->unit, day_of_moment(w->now)), .since = moment_shown(w->arena, stamp_moment(p->since), w->language),
                                .by = enrolled_by(w, p), .may_revoke = !p->is_revoked };

        n.css = p->is_revoked || succeeded != 0 ? "chip" : "chip ok";
        n.state = p->successor != NULL ? arena_print(w->arena, work_text(w, "replaced by %.12s…"), p->successor)
                  : p->is_revoked      ? arena_print(w->arena, work_text(w, "revoked since %s"), moment_shown(w->arena, stamp_moment(p->revoked_at), w->language))
                  : succeeded != 0     ? arena_print(w->arena, work_text(w, "taken over since %s"), moment_shown(w->arena, stamp_moment(succeeded), w->language))
                                       : work_text(w, "counts");
        return n;
}

static const char *names_of(struct work *w, const char *codes, day before)
{
        const char *names = "";

        for (const char *at = codes; *at != '\0'; at += strcspn(at, ","), at += *at == ',')
                names = arena_print(w->arena, "%s%s%s", names, *names == '\0' ? "" : ", ", unit_shown(w, arena_copy(w->arena, at, strcspn(at, ",")), before));
        return names;
}

static struct taking_over shown_succession(struct work *w, const struct succession *s)
{
        struct taking_over t = { .succession = s, .unit = unit_shown(w, s->unit, day_of_moment(w->now)), .day = s->day,
                                 .effect = moment_shown(w->arena, stamp_moment(s->effect), w->language),
                                 .undone = s->undone_at == 0 ? NULL : moment_shown(w->arena, stamp_moment(s->undone_at), w->language),
                                 .may_undo = s->undone_at == 0 && is_ministry(w) };
        char text[DAY_SHOWN_MAX];
        day d = day_of_moment(w->now);

        if (day_read(s->day, strlen(s->day), &d)) {
                day_write_shown(text, d, w->language);
                t.day = arena_text(w->arena, text);
        }
        t.from = names_of(w, s->from, d - 1);
        return t;
}

/* ---- the pages ------------------------------------------------------------------------------------------ */

static const char *text_of(const char *value)
{
        return value == NULL ? "" : value;
}

static bool nodes_page(struct work *w, const struct request *q, struct reply *reply, struct nodes_shown *v)
{
        struct page page = { .title = work_text(w, "Nodes and keys"), .nav = NAV_STATUS, .crumbs = { { work_text(w, "Exchange"), "/status" } }, .crumb_count = 1 };
        const struct peer *list = trust_list(w, &v->count);

        v->list = arena_array(w->arena, v->count + 1, sizeof *v->list);
        for (size_t i = 0; i < v->count && work_ok(w); i++)
                v->list[i] = shown(w, &list[i]);
        if (!work_ok(w))
                return false;
        v->csrf = request_csrf(q);
        v->own_key = node_key(w->node);
        v->own_unit = unit_shown(w, node_unit(w->node), day_of_moment(w->now));
        v->is_ministry = is_ministry(w);
        v->key = text_of(request_query(q, "key", 0));
        v->unit = text_of(request_query(q, "unit", 0));
        page_begin(w, q, reply, &page);
        nodes_body(w, &reply->body, v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

/* Whether the asker may have a list, in that form. */
static bool may_have_list(struct work *w, const struct request *q, struct reply *reply)
{
        reply->is_private = true;
        return may_decide(w) && (request_suffix(q) == SUFFIX_HTML || request_suffix(q) == SUFFIX_JSON ||
                                 error_set(&w->err, ERR_MISSING, "this list exists as page and JSON"));
}

static bool show_nodes(struct work *w, const struct request *q, struct reply *reply)
{
        struct nodes_shown v = { .done = NULL };
        const struct peer *list;
        struct jsonw j;
        size_t count;

        if (!may_have_list(w, q, reply))
                return false;
        if (request_suffix(q) == SUFFIX_HTML)
                return nodes_page(w, q, reply, &v);
        list = trust_list(w, &count);
        jsonw_init(&j, &reply->body);
        jsonw_object(&j);
        jsonw_name(&j, "nodes");
        enrol_nodes_json(&j, list, count);
        jsonw_end(&j);
        return work_ok(w);
}

static bool successions_page(struct work *w, const struct request *q, struct reply *reply, struct successions_shown *v)
{
        struct page page = { .title = work_text(w, "Successions"), .nav = NAV_STATUS, .crumbs = { { work_text(w, "Exchange"), "/status" } }, .crumb_count = 1 };
        const struct succession *list = trust_successions(w, &v->count);

        v->list = arena_array(w->arena, v->count + 1, sizeof *v->list);
        for (size_t i = 0; i < v->count && work_ok(w); i++)
                v->list[i] = shown_succession(w, &list[i]);
        if (!work_ok(w))
                return false;
        v->csrf = request_csrf(q);
        v->is_ministry = is_ministry(w);
        page_begin(w, q, reply, &page);
        successions_body(w, &reply->body, v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

static bool show_successions(struct work *w, const struct request *q, struct reply *reply)
{
        struct successions_shown v = { .done = NULL };
        const struct succession *list;
        struct jsonw j;
        size_t count;

        if (!may_have_list(w, q, reply))
                return false;
        if (request_suffix(q) == SUFFIX_HTML)
                return successions_page(w, q, reply, &v);
        list = trust_successions(w, &count);
        jsonw_init(&j, &reply->body);
        jsonw_object(&j);
        jsonw_name(&j, "successions");
        enrol_successions_json(&j, list, count);
        jsonw_end(&j);
        return work_ok(w);
}

/* The page on which one key's revocation is confirmed: what it is, and what follows. */
static bool show_revoke(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Revoke a key"), .nav = NAV_STATUS, .crumbs = { { work_text(w, "Exchange"), "/status" }, { work_text(w, "Nodes and keys"), "/nodes" } },
                             .crumb_count = 2 };
        const struct peer *p = trust_find(w, request_part(q, "key"));
        struct node_shown n;

        reply->is_private = true;
        if (!may_decide(w))
                return false;
        if (p == NULL || node_is_own(w->node, p->key))
                return work_ok(w) && error_set(&w->err, ERR_MISSING, "no node with that key is enrolled");
        n = shown(w, p);
        page_begin(w, q, reply, &page);
        revoke_body(w, &reply->body, &n, request_csrf(q));
        page_end(w, q, reply, &page);
        return work_ok(w);
}

static bool show_undo(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Undo a succession"), .nav = NAV_STATUS, .crumbs = { { work_text(w, "Exchange"), "/status" }, { work_text(w, "Successions"), "/successions" } },
                             .crumb_count = 2 };
        const struct succession *s = NULL;
        struct taking_over t;
        size_t count;
        const struct succession *list;

        reply->is_private = true;
        if (!may_decide(w))
                return false;
        list = trust_successions(w, &count);
        for (size_t i = 0; i < count && s == NULL; i++)
                if (strcmp(list[i].hash, request_part(q, "hash")) == 0)
                        s = &list[i];
        if (s == NULL)
                return work_ok(w) && error_set(&w->err, ERR_MISSING, "there is no succession \"%.64s\"", request_part(q, "hash"));
        t = shown_succession(w, s);
        page_begin(w, q, reply, &page);
        undo_body(w, &reply->body, &t, request_csrf(q));
        page_end(w, q, reply, &page);
        return work_ok(w);
}

/* ---- orders: from a form, or from a program as JSON ------------------------------------------------------ */

static bool is_for_page(const struct request *q)
{
        const char *accept = request_header(q, "Accept");

        return accept != NULL && strstr(accept, "text/html") != NULL;
}

static bool answer_program(struct reply *reply, const char *done, const char *effect)
{
        struct jsonw j;

        jsonw_init(&j, &reply->body);
        jsonw_object(&j);
        jsonw_member_text(&j, "done", done);
        jsonw_member_text(&j, "effect", effect);
        jsonw_end(&j);
        reply->content_type = "application/json";
        return true;
}

static bool answer_nodes(struct work *w, const struct request *q, struct reply *reply, struct nodes_shown *v)
{
        return is_for_page(q) ? nodes_page(w, q, reply, v) : answer_program(reply, v->done, v->effect);
}

static bool answer_successions(struct work *w, const struct request *q, struct reply *reply, struct successions_shown *v)
{
        return is_for_page(q) ? successions_page(w, q, reply, v) : answer_program(reply, v->done, v->effect);
}

/* What was typed or pasted, without the spaces in it or around it. */
static const char *closed_up(struct work *w, const char *typed)
{
        char *out = arena_text(w->arena, text_of(typed)), *to = out;

        for (const char *p = out; *p != '\0'; p++)
                if (strchr(" \t\r\n", *p) == NULL)
                        *to++ = *p;
        *to = '\0';
        return out;
}

static bool enrol(struct work *w, const struct request *q, struct reply *reply)
{
        struct enrolling e = { .key = closed_up(w, request_said(w, q, "key")), .unit = closed_up(w, request_said(w, q, "unit")) };
        struct nodes_shown v = { .done = NULL };

        reply->never_cache = true;
        if (!work_ok(w) || !may_decide(w) || !ledger_write(w, enrol_node, &e))
                return false;
        v.done = arena_print(w->arena, work_text(w, "Node %s is enrolled for %s."), e.key, unit_shown(w, e.unit, day_of_moment(w->now)));
        v.effect = enrol_effect(w, &e);
        return answer_nodes(w, q, reply, &v);
}

static bool revoke(struct work *w, const struct request *q, struct reply *reply)
{
        struct nodes_shown v = { .done = NULL };
        char *key = arena_text(w->arena, request_part(q, "key"));

        reply->never_cache = true;
        if (!work_ok(w) || !may_decide(w) || !ledger_write(w, enrol_revoke, key))
                return false;
        v.done = arena_print(w->arena, work_text(w, "The key %s is revoked from now on."), key);
        return answer_nodes(w, q, reply, &v);
}

static bool succeed(struct work *w, const struct request *q, struct reply *reply)
{
        struct succession s = { .unit = closed_up(w, request_said(w, q, "unit")), .from = closed_up(w, request_said(w, q, "from")),
                                .act = text_of(request_said(w, q, "act")), .day = closed_up(w, request_said(w, q, "day")),
                                .node = closed_up(w, request_said(w, q, "node")) };
        struct successions_shown v = { .done = NULL };

        reply->never_cache = true;
        if (!work_ok(w) || !may_decide(w) || !ledger_write(w, enrol_succeed, &s))
                return false;
        v.done = arena_print(w->arena, work_text(w, "The node of %s takes over from those of %s."), s.unit, s.from);
        return answer_successions(w, q, reply, &v);
}

static bool undo(struct work *w, const struct request *q, struct reply *reply)
{
        struct undoing u = { .hash = request_part(q, "hash"), .act = text_of(request_said(w, q, "act")) };
        struct successions_shown v = { .done = NULL };

        reply->never_cache = true;
        if (!work_ok(w) || !may_decide(w) || !ledger_write(w, enrol_undo, &u))
                return false;
        v.done = arena_print(w->arena, work_text(w, "Succession %.12s is undone."), u.hash);
        v.effect = enrol_beside(w, u.hash);
        return answer_successions(w, q, reply, &v);
}

static const struct route routes[] = {
        { GET, "/nodes", show_nodes, MAY_ADMINISTER, ROUTE_NO_ETAG, N_("the nodes that are enrolled, and their keys") },
        { POST, "/nodes", enrol, MAY_ADMINISTER, ROUTE_SLOW, N_("enrol a node") },
        { GET, "/nodes/{key}/revoke", show_revoke, MAY_ADMINISTER, ROUTE_NO_ETAG | ROUTE_UNLISTED, N_("what revoking a key does") },
        { POST, "/nodes/{key}/revoke", revoke, MAY_ADMINISTER, ROUTE_SLOW, N_("revoke a key") },
        { GET, "/successions", show_successions, MAY_ADMINISTER, ROUTE_NO_ETAG, N_("whose node has taken over from whose") },
        { POST, "/successions", succeed, MAY_ADMINISTER, ROUTE_SLOW, N_("let the node of a unit take over from those of others") },
        { GET, "/successions/{hash}/undo", show_undo, MAY_ADMINISTER, ROUTE_NO_ETAG | ROUTE_UNLISTED, N_("what undoing a succession does") },
        { POST, "/successions/{hash}/undo", undo, MAY_ADMINISTER, ROUTE_SLOW, N_("undo a succession, by an act") },
        { 0 },
};

const struct area enrol_area = { .name = "enrol", .title = N_("Nodes and keys"), .routes = routes, .commands = enrol_commands };
