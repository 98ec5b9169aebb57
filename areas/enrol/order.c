/* order.c - what enrolling, revoking, taking over and undoing ask before they write, and what is said of them. */
#include <string.h>

#include "areas/enrol/enrol.h"
#include "base/hex.h"
#include "catalogue/catalogue.h"
#include "ledger/node.h"

/* False, as the error is. */
static bool wrong(struct work *w, const char *field, bool is_ok)
{
        error_at(&w->err, field);
        return is_ok;
}

/* Whether no node of the country is known here. */
static bool lacks_ministry(struct work *w)
{
        size_t count;
        const struct peer *list = trust_list(w, &count);

        for (size_t i = 0; i < count; i++)
                if (!list[i].is_revoked && strcmp(list[i].unit, "VN") == 0)
                        return false;
        return strcmp(node_unit(w->node), "VN") != 0;
}

bool enrol_node(struct work *w, void *argument)
{
        struct enrolling *t = argument;
        const struct peer *known;

        if (catalogue_of(w) == NULL)
                return false;
        if (!catalogue_stands(w, t->unit))
                return work_ok(w) && wrong(w, "unit", error_set(&w->err, ERR_INVALID, "no unit has the code \"%s\" today", t->unit));
        known = trust_find(w, t->key);
        if (known != NULL && !known->is_revoked && strcmp(known->unit, t->unit) != 0) {
                t->before = known->unit;
                t->by = trust_enrolled_by(w, t->key);
        }
        if (!trust_enrol(w, t->key, t->unit,
                         strcmp(t->unit, node_unit(w->node)) != 0 && catalogue_is_served(w, t->unit, node_unit(w->node))))
                return false;
        t->lacks_ministry = strcmp(t->unit, "VN") != 0 && lacks_ministry(w);
        return work_ok(w);
}

const char *enrol_effect(struct work *w, const struct enrolling *t)
{
        const char *text = NULL, *missing;

        if (t->by != NULL && strcmp(t->by, node_key(w->node)) == 0)
                text = arena_print(w->arena, work_text(w, "that it was enrolled for %s counts for nothing any more: all that it wrote is judged anew"), t->before);
        else if (t->by != NULL)
                text = arena_print(w->arena, work_text(w, "what it wrote until now goes on to count for %s: that was said under the key %.12s…; where it was wrong, saying the same at the node"
                                                          " with that key takes it back"), t->before, t->by);
        if (!t->lacks_ministry)
                return text;
        missing = work_text(w, "no node of the ministry is enrolled here: without one its definitions, published figures, mergers and revoked keys do not come; enrol it too, for the unit VN");
        return text == NULL ? missing : arena_print(w->arena, "%s\n%s", text, missing);
}

bool enrol_revoke(struct work *w, void *key)
{
        return trust_revoke(w, key);
}

bool enrol_succeed(struct work *w, void *argument)
{
        const struct succession *s = argument;
        const struct catalogue *c = catalogue_of(w);
        const struct peer *goes_on;
        unsigned char bytes[32];
        day d;

        if (!day_read(s->day, strlen(s->day), &d))
                return wrong(w, "day", error_set(&w->err, ERR_INVALID, "\"%s\" is no day; days look like 2025-07-01", s->day));
        if (s->act[0] == '\0')
                return wrong(w, "act", error_set(&w->err, ERR_INVALID, "the legal act is missing"));
        if (c == NULL)
                return false;
        if (unit_at(c, s->unit, day_of_moment(w->now)) == NULL)
                return wrong(w, "unit", error_set(&w->err, ERR_INVALID, "no unit has the code \"%s\" today", s->unit));
        if (s->from[0] == '\0')
                return wrong(w, "from", error_set(&w->err, ERR_INVALID, "no unit is named whose nodes are taken over"));
        for (const char *code = s->from; *code != '\0'; code += strcspn(code, ","), code += *code == ',') {
                const char *one = arena_copy(w->arena, code, strcspn(code, ","));

                if (strcmp(one, "VN") == 0 || !unit_code_is_known(c, one))
                        return wrong(w, "from", error_set(&w->err, ERR_INVALID, "no unit that could be taken over ever had the code \"%s\"", one));
        }
        if (s->node[0] != '\0' && !hex_read(bytes, sizeof bytes, s->node))
                return wrong(w, "node", error_set(&w->err, ERR_INVALID, "\"%s\" is not a public key", s->node));
        goes_on = s->node[0] == '\0' ? NULL : trust_find(w, s->node);
        if (goes_on != NULL && goes_on->successor != NULL) {
                error_set(&w->err, ERR_CONFLICT, "that key was rotated: its node goes on under another");
                return error_hint(&w->err, "name that one: --node %s", goes_on->successor);
        }
        if (goes_on != NULL && goes_on->is_revoked)
                return error_set(&w->err, ERR_CONFLICT, "that key is revoked");
        return trust_succeed(w, s);
}

bool enrol_undo(struct work *w, void *argument)
{
        const struct undoing *u = argument;

        if (u->act[0] == '\0')
                return wrong(w, "act", error_set(&w->err, ERR_INVALID, "the legal act is missing"));
        return trust_succeed_undo(w, u->hash, u->act);
}

const char *enrol_beside(struct work *w, const char *hash)
{
        const struct succession *beside = trust_succession_beside(w, hash);

        return beside == NULL ? NULL
                              : arena_print(w->arena, work_text(w, "succession %.12s stands: by it the node of %s still takes over from those of %s"), beside->hash, beside->unit, beside->from);
}
