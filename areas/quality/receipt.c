/* receipt.c - what was filed by an answer to a finding, and what became of it. */
#include <string.h>

#include "areas/quality/quality.h"
#include "ledger/read.h"

#define PARTS 7 /* of a finding's key: form, rule, indicator, unit, period, item, partner */

static const char *answer_said(const struct filing *f, const char *name)
{
        static const char *const titles[] = { [ANSWER_NONE] = N_("Open again"), [ANSWER_EXPLAINED] = N_("Explained"), [ANSWER_ACCEPTED] = N_("Accepted as it is") };
        enum quality_answer answer;

        return quality_answer_read(name, &answer) ? text(f->language, titles[answer]) : name;
}

static bool read_answer(const struct filing *f, struct receipt *r, struct error *err)
{
        const struct entry *e = f->entry;
        const char *key = filed_text(e, "finding"), *parts[PARTS], *at = key;
        day on = day_of_moment(stamp_moment(e->at));
        const struct unit *owner = f->catalogue == NULL ? NULL : unit_at(f->catalogue, e->audience, on), *about;
        const struct indicator *i;
        int count = 0;
        period p;

        for (;; at++) {
                size_t length = strcspn(at, "/");

                if (count < PARTS)
                        parts[count] = arena_copy(f->arena, at, length);
                count++;
                at += length;
                if (*at == '\0')
                        break;
        }
        if (count != PARTS || *filed_text(e, "answer") == '\0' || !period_read(parts[4], strlen(parts[4]), &p))
                return error_set(err, ERR_INVALID, "the answer to a finding cannot be read by this program");
        i = f->catalogue == NULL ? NULL : indicator_find(f->catalogue, parts[2]);
        about = f->catalogue == NULL ? NULL : unit_by_key(f->catalogue, filed_text(e, "unit"));
        r->form = parts[1];
        r->form_title = arena_print(f->arena, "%s/%s", parts[0], parts[1]);
        r->about = key;
        r->about_said = arena_print(f->arena, "%s · %s", i == NULL ? parts[2] : text_in(f->language, i->name_vi, i->name_en), about == NULL ? parts[3] : text_in(f->language, about->full_name_vi, about->full_name_en));
        filed_unit(f, owner == NULL ? e->audience : owner->key, r);
        filed_period(f, p, r);
        filed_fact(f, r, "answer", text(f->language, "Answer"), filed_text(e, "answer"), answer_said(f, filed_text(e, "answer")));
        filed_fact(f, r, "value", text(f->language, "Value it was given for"), filed_text(e, "value"), filed_number(f, filed_text(e, "value"), i == NULL ? 0 : i->shown));
        filed_fact(f, r, "reason", text(f->language, "Reason"), filed_text(e, "reason"), filed_text(e, "reason"));
        r->page = arena_print(f->arena, "/quality/finding?key=%s", key);
        return true;
}

/* Officials of the unit that answered and of those above it. */
static bool may_read(struct work *w, const struct entry *e, const struct receipt *r)
{
        (void)r;
        return (user_may(w->user, MAY_READ) || error_set(&w->err, ERR_DENIED, "your role may not read findings")) && web_territory(w, e->audience);
}

/* Of one finding and owner the newest stands. */
static bool ask_since(struct work *w, const struct entry *e, struct receipt *r)
{
        int64_t newest = db_number(w->db, "SELECT entry FROM quality_answer WHERE finding = $1 AND owner = $2", ARGS(v_text(r->about), v_text(e->audience)), 0);
        const struct entry *newer = newest == 0 || newest == e->id ? NULL : ledger_entry(w, newest);
        char code[RECEIPT_CODE_MAX];

        if (newer != NULL) {
                receipt_code(newer->hash, code);
                r->newer = arena_text(w->arena, code);
                r->since = arena_print(w->arena, work_text(w, "Another answer took its place at %s"), moment_shown(w->arena, stamp_moment(newer->at), w->language));
        }
        return work_ok(w);
}

const struct receipt_kind quality_receipts[] = {
        { "quality.answer", N_("RECEIPT OF AN ANSWER TO A FINDING"), N_("Rule"), N_("Filed by"), N_("Content as filed"), NAV_FIGURES, read_answer, may_read, ask_since },
        { .kind = NULL },
};
