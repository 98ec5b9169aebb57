/* read.c - from a signed entry to what people read. */
#include <string.h>

#include "areas/receipt/receipt.h"
#include "base/hex.h"
#include "figure/contest.h"
#include "ledger/read.h"

struct receipt *receipt_of(struct arena *a, enum language language, const struct catalogue *c, const struct proof *p,
                           struct error *err)
{
        const struct entry *e = p->entry;
        const struct filing f = { a, language, c, e };
        struct receipt *r = arena_alloc(a, sizeof *r);
        char code[RECEIPT_CODE_MAX], hash[HASH_HEX];
        enum role role = role_by_name(e->role);

        *r = (struct receipt){ .kind = receipt_kind_of(e->kind), .form = "", .form_title = "", .about = "", .about_said = "", .unit = "", .unit_key = "", .unit_name = "",
                               .period = "", .period_name = "", .filled_by = "", .page = "", .aside = "", .since = "", .newer = "", .conflict = "", .former = "", .former_at = "" };
        if (r->kind == NULL) {
                error_set(err, ERR_INVALID, "what the file proves is nothing that was filed, but an entry of kind \"%s\"", e->kind);
                return NULL;
        }
        receipt_code(e->hash, code);
        if (strcmp(code, p->name) != 0) {
                error_set(err, ERR_DAMAGED, "line 1 was altered: the receipt's code is %s and not \"%s\"", code, p->name);
                return NULL;
        }
        hex_write(hash, e->hash, HASH_BYTES);
        r->code = arena_text(a, code);
        r->hash = arena_text(a, hash);
        r->sent_by = filed_text(e, "by")[0] == '\0' ? e->author : filed_text(e, "by");
        r->role = role == ROLE_COUNT ? e->role : text(language, role_title(role));
        r->node = e->node;
        r->sent = stamp_moment(e->at);
        r->sent_at = moment_shown(a, r->sent, language);
        r->sealed = stamp_moment(p->sealed_at);
        r->sealed_at = moment_shown(a, r->sealed, language);
        r->seq = e->seq;
        r->sealed_seq = p->sealed_seq;
        r->entries = p->entries;
        r->signature = p->signature;
        return r->kind->read(&f, r, err) ? r : NULL;
}

/* The code it had before. What is written again is later than it was, unless the clock was ahead. */
static void find_former(struct work *w, const struct entry *e, struct receipt *r)
{
        struct rewritten_entry former;
        char code[RECEIPT_CODE_MAX];

        if (!receipt_former(w, e->id, &former))
                return;
        receipt_code(former.hash, code);
        r->former = arena_text(w->arena, code);
        r->former_at = moment_shown(w->arena, stamp_moment(former.at), w->language);
        r->was_ahead = former.at > e->at;
}

/* What another node wrote otherwise without having seen it, or what nodes decided about it so, for whoever may look at conflicts. */
static void find_conflict(struct work *w, int64_t id, struct receipt *r)
{
        bool may_look = w->user == &user_operator || user_may(w->user, MAY_READ);
        const char *name = may_look ? contest_of_entry(w, id) : NULL;

        if (name == NULL && may_look)
                name = contest_about_entry(w, r->hash);
        r->conflict = name == NULL ? "" : name;
}

/* Of what does not count here only those are told for whom its stream is: what it says of a unit may be wrong. */
static bool is_for_asker(struct work *w, const struct entry *e, const struct receipt *r)
{
        return *r->aside == '\0' || strcmp(e->audience, AUDIENCE_ALL) == 0 || web_territory(w, e->audience);
}

struct receipt *receipt_load(struct work *w, const char *typed, struct buf *file, bool *may_read)
{
        const struct catalogue *c = catalogue_of(w);
        int64_t id = c == NULL ? 0 : receipt_find(w, typed, receipt_proves);
        const struct entry *e = id == 0 ? NULL : ledger_entry(w, id);
        char code[RECEIPT_CODE_MAX];
        const struct proof *p;
        const char *aside;
        struct receipt *r;

        *may_read = false;
        if (e == NULL || !work_ok(w))
                return NULL;
        receipt_code(e->hash, code);
        if (!proof_write(w, e, code, file))
                return NULL;
        p = proof_read(w->arena, file->data, file->length, e->node, &w->err);
        r = p == NULL ? NULL : receipt_of(w->arena, w->language, c, p, &w->err);
        if (r == NULL)
                return NULL;
        r->is_asked = true;
        aside = ledger_why_aside(w, id);
        r->aside = aside == NULL ? "" : aside;
        find_former(w, e, r);
        *may_read = work_ok(w) && (w->user == &user_operator || (is_for_asker(w, e, r) && r->kind->may_read(w, e, r))) && (*r->aside != '\0' || r->kind->ask_since(w, e, r));
        if (*may_read)
                find_conflict(w, id, r);
        return work_ok(w) || (!*may_read && (w->err.code == ERR_DENIED || w->err.code == ERR_UNAUTHENTICATED || w->err.code == ERR_MISSING)) ? r : NULL;
}
