/* settle.c - acts in a case that exclude each other stand among the conflicts of the node (figure/own.h); the entry that decides which of them counts. */
#include <string.h>

#include "base/hex.h"
#include "figure/own.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/symbol.h"
#include "workflow/case_private.h"

const struct indicator case_topics[] = {
        { .id = "case.act", .name_vi = "Việc xử lý hồ sơ", .name_en = "Act in a case", .unit_vi = "", .unit_en = "", .comparison = "", .item_classification = "",
          .partner_classification = "", .formula = "", .weights = "", .source_vi = "", .source_en = "", .legal_basis = "" },
        { .id = NULL },
};

/* ---- taking a decision in ------------------------------------------------------------------------------------------------- */

static enum applied refuse(struct error *why, enum error_code code, const char *message)
{
        error_say(why, code, message);
        return REFUSED;
}

/* An act that it names, or an earlier decision: an entry of this case, from before it. */
static enum applied named_find(struct work *w, const struct catalogue *c, const struct entry *e, const char *hash, const struct unit **unit, struct error *why)
{
        const struct entry *named = hash == NULL ? NULL : ledger_entry_by_hash(w, hash);

        if (!work_ok(w))
                return FAILED;
        if (hash == NULL)
                return refuse(why, ERR_INVALID, N_("\"of\" names no entries"));
        if (named == NULL || db_number(w->db, "SELECT COUNT(*) FROM figure_entry WHERE entry = $1", ARGS(v_int(named->id)), 0) == 0) {
                error_set(why, ERR_MISSING, "the acts this decides about are not here yet");
                return work_ok(w) ? WAITING : FAILED;
        }
        if (strcmp(named->subject, e->subject) != 0 || entry_compare(named, e) >= 0)
                return refuse(why, ERR_INVALID, N_("it names what was not done in this case before it"));
        *unit = unit_by_key(c, case_body_text(named->body, "unit"));
        return *unit != NULL ? APPLIED : refuse(why, ERR_INVALID, N_("it names what was not done in this case before it"));
}

enum applied doubt_choice_check(struct work *w, const struct catalogue *c, const struct entry *e, const struct peer *writer, struct error *why)
{
        const json_t *of = json_object_get(e->body, "of"), *hash;
        const char *chosen = case_body_text(e->body, "chosen");
        const struct unit *units[SETTLE_SIDES_MAX], *decides, *own;
        enum applied verdict = decision_is_formed(e, why);
        day on = day_of_moment(stamp_moment(e->at));
        bool is_among = false;
        size_t i;

        if (verdict != APPLIED)
                return verdict;
        json_array_foreach(of, i, hash) {
                verdict = named_find(w, c, e, json_string_value(hash), &units[i], why);
                if (verdict != APPLIED)
                        return verdict;
                is_among |= strcmp(json_string_value(hash), chosen) == 0;
        }
        if (!is_among)
                return refuse(why, ERR_INVALID, N_("it chooses none of the acts that it names"));
        decides = case_decider(c, units, json_array_size(of), on);
        own = unit_at(c, writer->unit, on);
        if (own == NULL || own->level != decides->level || !figure_writer_may(w, c, writer, e->at, decides, &(struct error){ .language = why->language })) {
                error_set(why, ERR_DENIED, "a node of unit %s does not settle this conflict, one of unit %s does", writer->unit, decides->code);
                return work_ok(w) ? REFUSED : FAILED;
        }
        return APPLIED;
}

/* ---- the conflicts ------------------------------------------------------------------------------------------------------------ */

static bool doubt_write(struct work *w, const struct case_file *f, const struct case_doubt *d)
{
        struct own_version *versions = arena_array(w->arena, d->count, sizeof *versions);
        const char *which = arena_print(w->arena, "%s %s", d->after, d->about);
        int64_t cell[6];

        for (size_t i = 0; i < d->count; i++)
                versions[i] = (struct own_version){ .entry = d->sides[i]->entry, .value = d->sides[i]->value };
        contest_cell_key(w, case_topics, d->decider, PERIOD_NONE, symbol_make(w, 't', f->id, strlen(f->id)), symbol_make(w, 't', which, strlen(which)), cell);
        return work_ok(w) && contest_refold(w, cell, versions, d->count);
}

bool doubts_write(struct work *w, const struct case_file *f)
{
        int64_t topic, item;

        if (!f->has_siblings)
                return work_ok(w);
        topic = symbol_make(w, 'i', case_topics[0].id, strlen(case_topics[0].id));
        item = symbol_make(w, 't', f->id, strlen(f->id));
        db_exec(w->db, "DELETE FROM figure_contest WHERE indicator = $1 AND item = $2", ARGS(v_int(topic), v_int(item)));
        for (size_t i = 0; i < f->doubt_count; i++)
                if (f->doubts[i].count > 1 && !doubt_write(w, f, &f->doubts[i]))
                        return false;
        return db_exec(w->db, "UPDATE figure_contest SET stands = 0 WHERE indicator = $1 AND item = $2 AND stands <> 0", ARGS(v_int(topic), v_int(item)));
}

/* ---- deciding ----------------------------------------------------------------------------------------------------------------- */

bool case_settle(struct work *w, const char *id, const char *const *of, size_t count, const char *chosen, const char *reason)
{
        const struct case_file *f = case_read(w, id);
        struct buf *body = arena_alloc(w->arena, sizeof *body);
        char on[DAY_TEXT_MAX];
        struct jsonw json;

        if (f == NULL)
                return false;
        buf_init_with(body, ENTRY_MAX, w->arena);
        day_write(on, day_of_moment(w->now));
        jsonw_init(&json, body);
        jsonw_object(&json);
        jsonw_member_text(&json, "by", *w->user->name != '\0' ? w->user->name : w->user->login);
        jsonw_member_text(&json, "unit", case_asker(w)->key);
        jsonw_member_text(&json, "on", on);
        jsonw_member_text(&json, "reason", reason);
        jsonw_name(&json, "of");
        jsonw_array(&json);
        for (size_t i = 0; i < count; i++)
                jsonw_text(&json, of[i]);
        jsonw_end(&json);
        jsonw_member_text(&json, "chosen", chosen);
        jsonw_end(&json);
        return case_append(w, f, f->id, CASE_SETTLE, body);
}
