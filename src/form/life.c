#include <stdlib.h>
#include <string.h>

#include "form/form_private.h"

/* What the life keeps of an event. */
static const char *kept(const struct life *life, const struct event *e, const char *text)
{
        return e->is_kept && text != NULL ? arena_text(life->arena, text) : entry_text_kept(life->arena, text, REPORT_TEXT_MAX);
}

/* The entry that has all of an event's reason, where not all of it is kept: also what was cut already is longer than that. */
static int64_t whole_reason(const struct event *e)
{
        return e->reason != NULL && strlen(e->reason) > REPORT_TEXT_MAX ? e->entry : 0;
}

static const char *cells_kept(const struct life *life, const struct event *e)
{
        return e->is_kept && e->cells != NULL ? arena_text(life->arena, e->cells) : entry_text_kept(life->arena, e->cells, REPORT_CELLS_MAX);
}

/* Mostly the same people, again and again. */
static const char *author_of(const struct life *life, const struct event *e)
{
        return life->filled_by != NULL && strcmp(life->filled_by, e->author) == 0 ? life->filled_by : kept(life, e, e->author);
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

static struct draft_cell *draft_cell(struct life *life, const char *cell)
{
        for (size_t i = 0; i < life->cell_count; i++) {
                if (strcmp(life->cells[i].cell, cell) == 0)
                        return &life->cells[i];
        }
        life->cells = arena_room(life->arena, life->cells, life->cell_count, sizeof *life->cells);
        life->cells[life->cell_count] = (struct draft_cell){ .cell = arena_text(life->arena, cell), .typed = "", .explanation = "" };
        return &life->cells[life->cell_count++];
}

/* What is typed anew takes the place of what was typed before, however often: room doubles. */
static void type_anew(struct life *life, struct draft_room *room, const char **text, const char *typed)
{
        size_t length = strlen(typed) + 1;

        if (length > room->bytes) {
                room->bytes = length * 2;
                room->place = arena_alloc(life->arena, room->bytes);
        }
        *text = memcpy(room->place, typed, length);
}

static void take_draft(struct life *life, const struct event *e)
{
        const char *name;
        json_t *member;

        life->draft_version++;
        if (life->state == REPORT_EMPTY)
                life->state = REPORT_DRAFT;
        life->filled_by = author_of(life, e);
        json_object_foreach(e->draft, name, member) {
                const char *typed = json_string_value(json_object_get(member, "typed"));
                const char *explanation = json_string_value(json_object_get(member, "explanation"));
                struct draft_cell *c = draft_cell(life, name);

                if (typed != NULL) {
                        type_anew(life, &c->typed_room, &c->typed, typed);
                        c->language = e->language;
                }
                if (explanation != NULL)
                        type_anew(life, &c->explanation_room, &c->explanation, explanation);
                c->version = life->draft_version;
                c->by = life->filled_by;
                c->at = stamp_moment(e->at);
                life->last_cell = c->cell;
        }
}

/* The unit's own leader gives the report back. */
static void take_remark(struct life *life, const struct event *e)
{
        life->state = REPORT_RETURNED;
        life->remark = kept(life, e, e->reason);
        life->whole_remark = whole_reason(e);
        life->remark_by = kept(life, e, e->author);
        life->remark_cells = cells_kept(life, e);
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
        life->return_due = life->whole_remark = 0;
        life->is_from_own_leader = false;
        life->state = v->decision == DECISION_ACCEPTED ? REPORT_ACCEPTED : REPORT_SENT;
        if (v->decision != DECISION_RETURNED)
                return;
        life->state = REPORT_RETURNED;
        life->remark = v->reason;
        life->whole_remark = v->whole_reason;
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
        life->versions = arena_room(life->arena, life->versions, life->version_count, sizeof *life->versions);
        v = &life->versions[life->version_count++];
        *v = (struct sent_version){
                .version = e->version, .sent_at = stamp_moment(e->at), .sent_by = kept(life, e, e->author), .filled_by = kept(life, e, e->filled_by),
                .receipt = kept(life, e, e->receipt), .entry = e->entry, .node = kept(life, e, e->node), .hash = kept(life, e, e->hash_hex),
        };
        if (e->version > life->newest)
                life->newest = e->version;
        if (life->version == 0 || strcmp(life->stands_node, e->node) != 0 || e->version > life->version)
                stand(life, v);
}

/* Accepted or returned. What concerns another version than the one that stands is kept with it and changes nothing else; a decision that another
 * one stands against (decide.c) is kept beside it. */
static void take_decision(struct life *life, const struct event *e)
{
        struct sent_version *v = version_of(life, e);
        struct decided *d;

        if (v == NULL)
                return;
        v->decisions = arena_room(life->arena, v->decisions, v->decision_count, sizeof *v->decisions);
        d = &v->decisions[v->decision_count++];
        *d = (struct decided){
                .decision = e->act == ACT_ACCEPT ? DECISION_ACCEPTED : DECISION_RETURNED, .at = stamp_moment(e->at), .due = e->due, .by = kept(life, e, e->author),
                .reason = kept(life, e, e->reason), .whole_reason = whole_reason(e), .cells = cells_kept(life, e), .why = e->why == NULL ? "" : kept(life, e, e->why), .stands = !e->is_aside,
        };
        if (e->is_aside)
                return;
        v->decision = d->decision;
        v->decided_at = d->at;
        v->decided_by = d->by;
        v->reason = d->reason;
        v->whole_reason = d->whole_reason;
        v->cells = d->cells;
        v->due = d->due;
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

struct life *life_open(struct arena *arena)
{
        struct life *life = arena_alloc(arena, sizeof *life);

        life->arena = arena;
        return life;
}

void life_take(struct life *life, const struct event *e)
{
        switch (e->act) {
        case ACT_DRAFT: take_draft(life, e); break;
        case ACT_SUBMIT:
                if (life->state == REPORT_DRAFT || life->state == REPORT_RETURNED) {
                        life->before = life->state;
                        life->state = REPORT_SUBMITTED;
                        life->submitted_at = stamp_moment(e->at);
                }
                life->filled_by = author_of(life, e);
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
        case ACT_RETURN: take_decision(life, e); break;
        case ACT_SETTLE: take_settled(life, e); break;
        }
}

void life_close(struct life *life)
{
        if (life->version_count > 0)
                qsort(life->versions, life->version_count, sizeof *life->versions, compare_versions);
}
