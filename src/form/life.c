#include <stdlib.h>
#include <string.h>

#include "form/form_private.h"

/* By (at, node), as every record of the ledger; the entry's kind breaks ties inside one node's moment, so
 * that
 * even hand-made streams have one order. */
static int compare_events(const void *a, const void *b)
{
        const struct event *x = *(const struct event *const *)a, *y = *(const struct event *const *)b;
        int by_node;

        if (x->at != y->at)
                return x->at < y->at ? -1 : 1;
        by_node = strcmp(x->node, y->node);
        if (by_node != 0 || x->act != y->act)
                return by_node != 0 ? by_node : (int)x->act - (int)y->act;
        return x->hash == NULL || y->hash == NULL ? 0 : memcmp(x->hash, y->hash, HASH_BYTES);
}

static bool is_local(enum act act)
{
        return act == ACT_DRAFT || act == ACT_SUBMIT || act == ACT_REOPEN || act == ACT_WITHDRAW;
}

/* The version an event speaks about: by the hash of its entry, in events made by hand by its number. */
static struct sent_version *version_of(struct life *life, const struct event *e)
{
        for (size_t i = life->version_count; i > 0; i--) {
                struct sent_version *v = &life->versions[i - 1];

                if (e->of != NULL && v->hash != NULL ? strcmp(e->of, v->hash) == 0 : e->of == NULL && v->version == e->version)
                        return v;
        }
        return NULL;
}

static struct draft_cell *draft_cell(struct arena *arena, struct life *life, const char *cell)
{
        for (size_t i = 0; i < life->cell_count; i++) {
                if (strcmp(life->cells[i].cell, cell) == 0)
                        return &life->cells[i];
        }
        if ((life->cell_count & (life->cell_count - 1)) == 0) { /* full at every power of two */
                struct draft_cell *more = arena_array(arena, life->cell_count == 0 ? 1 : life->cell_count * 2,
                                                      sizeof *more);

                if (life->cell_count > 0)
                        memcpy(more, life->cells, life->cell_count * sizeof *more);
                life->cells = more;
        }
        life->cells[life->cell_count] = (struct draft_cell){ .cell = cell, .typed = "", .explanation = "" };
        return &life->cells[life->cell_count++];
}

static void take_draft(struct arena *arena, struct life *life, const struct event *e)
{
        const char *name;
        json_t *member;

        life->draft_version++;
        if (life->state == REPORT_EMPTY)
                life->state = REPORT_DRAFT;
        life->filled_by = e->author;
        json_object_foreach(e->draft, name, member) {
                const char *typed = json_string_value(json_object_get(member, "typed"));
                const char *explanation = json_string_value(json_object_get(member, "explanation"));
                struct draft_cell *c = draft_cell(arena, life, name);

                if (typed != NULL) {
                        c->typed = typed;
                        c->language = e->language;
                }
                if (explanation != NULL)
                        c->explanation = explanation;
                c->version = life->draft_version;
                c->by = e->author;
                c->at = stamp_moment(e->at);
                life->last_cell = name;
        }
}

/* The unit's own leader gives the report back. */
static void take_remark(struct life *life, const struct event *e)
{
        life->state = REPORT_RETURNED;
        life->remark = e->reason;
        life->remark_by = e->author;
        life->remark_cells = e->cells;
        life->return_due = e->due;
        life->is_from_own_leader = true;
}

/* A version stands from now on: the record is what it says and what became of it. */
static void stand(struct life *life, const struct sent_version *v)
{
        life->version = v->version;
        life->filled_by = v->filled_by;
        life->sent_by = v->sent_by;
        life->sent_at = v->sent_at;
        life->sent_entry = v->entry;
        life->stands_node = v->node;
        life->remark = life->remark_by = life->remark_cells = NULL;
        life->return_due = 0;
        life->is_from_own_leader = false;
        life->state = v->decision == DECISION_ACCEPTED ? REPORT_ACCEPTED : REPORT_SENT;
        if (v->decision != DECISION_RETURNED)
                return;
        life->state = REPORT_RETURNED;
        life->remark = v->reason;
        life->remark_by = v->decided_by;
        life->remark_cells = v->cells;
        life->return_due = v->due;
}

/* One node numbers its versions, so a second one of the same number is none. Two nodes that speak for the unit may have sent
 * without having seen each other: both versions are kept, the later one stands until somebody decides (figure/fold.h says the same of its
 * figures). */
static void take_sent(struct life *life, const struct event *e)
{
        struct sent_version *v;

        for (size_t i = 0; i < life->version_count; i++)
                if (life->versions[i].version == e->version && strcmp(life->versions[i].node, e->node) == 0)
                        return;
        v = &life->versions[life->version_count++];
        *v = (struct sent_version){
                .version = e->version, .sent_at = stamp_moment(e->at), .sent_by = e->author,
                .filled_by = e->filled_by, .receipt = e->receipt, .entry = e->entry, .node = e->node, .hash = e->hash_hex,
        };
        if (e->version > life->newest)
                life->newest = e->version;
        if (life->version == 0 || strcmp(life->stands_node, e->node) != 0 || e->version > life->version)
                stand(life, v);
}

/* Accepted or returned. What concerns another version than the one that stands is kept with it and changes nothing else; a decision that another
 * one stands against (decide.c) is kept beside it. */
static void take_decision(struct arena *arena, struct life *life, const struct event *e)
{
        struct sent_version *v = version_of(life, e);

        if (v == NULL)
                return;
        v->decisions = arena_room(arena, v->decisions, v->decision_count, sizeof *v->decisions);
        v->decisions[v->decision_count++] = (struct decided){
                .decision = e->act == ACT_ACCEPT ? DECISION_ACCEPTED : DECISION_RETURNED, .at = stamp_moment(e->at), .due = e->due, .by = e->author,
                .reason = e->reason, .cells = e->cells, .why = e->why == NULL ? "" : e->why, .stands = !e->is_aside,
        };
        if (e->is_aside)
                return;
        v->decision = e->act == ACT_ACCEPT ? DECISION_ACCEPTED : DECISION_RETURNED;
        v->decided_at = stamp_moment(e->at);
        v->decided_by = e->author;
        v->reason = e->reason;
        v->cells = e->cells;
        v->due = e->due;
        if (v->entry == life->sent_entry)
                stand(life, v);
}

/* The unit decided between versions that had not seen each other. */
static void take_settled(struct life *life, const struct event *e)
{
        const struct sent_version *v = e->of == NULL || *e->of == '\0' ? NULL : version_of(life, e);

        if (v != NULL)
                stand(life, v);
}

static int compare_versions(const void *a, const void *b)
{
        const struct sent_version *x = a, *y = b;

        if (x->version != y->version || x->sent_at != y->sent_at)
                return x->version != y->version ? x->version - y->version : x->sent_at < y->sent_at ? -1 : 1;
        return strcmp(x->node, y->node);
}

struct life *life_fold(struct arena *arena, const struct event *events, size_t count, bool shared_only)
{
        struct life *life = arena_alloc(arena, sizeof *life);
        const struct event **order = arena_array(arena, count + 1, sizeof *order);

        life->versions = arena_array(arena, count + 1, sizeof *life->versions);
        for (size_t i = 0; i < count; i++)
                order[i] = &events[i];
        qsort(order, count, sizeof *order, compare_events);
        for (size_t i = 0; i < count; i++) {
                const struct event *e = order[i];

                if (shared_only && is_local(e->act))
                        continue;
                switch (e->act) {
                case ACT_DRAFT: take_draft(arena, life, e); break;
                case ACT_SUBMIT:
                        if (life->state == REPORT_DRAFT || life->state == REPORT_RETURNED) {
                                life->before = life->state;
                                life->state = REPORT_SUBMITTED;
                                life->submitted_at = stamp_moment(e->at);
                        }
                        life->filled_by = e->author;
                        break;
                case ACT_WITHDRAW:
                        if (life->state == REPORT_SUBMITTED)
                                life->state = life->before;
                        break;
                case ACT_REOPEN:
                        if (life->state == REPORT_SUBMITTED)
                                take_remark(life, e);
                        break;
                case ACT_SEND: take_sent(life, e); break;
                case ACT_ACCEPT:
                case ACT_RETURN: take_decision(arena, life, e); break;
                case ACT_SETTLE: take_settled(life, e); break;
                }
        }
        qsort(life->versions, life->version_count, sizeof *life->versions, compare_versions);
        return life;
}
