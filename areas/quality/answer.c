/* answer.c - what the owner of a finding says about it: an entry, so it is signed and travels. Of one finding and owner the newest stands,
 * by (at, rank of its hash); it holds for the value it was given for. */
#include <stdlib.h>
#include <string.h>

#include "areas/quality/quality.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"

#define KEY_TEXT_MAX 600

static const char *const answer_names[] = { "withdrawn", "explained", "accepted" };

bool quality_answer_read(const char *name, enum quality_answer *answer)
{
        for (int i = ANSWER_NONE; i <= ANSWER_ACCEPTED; i++)
                if (strcmp(name, answer_names[i]) == 0) {
                        *answer = (enum quality_answer)i;
                        return true;
                }
        return false;
}

const char *quality_answer_name(enum quality_answer answer)
{
        return answer == ANSWER_NONE ? "open" : answer_names[answer];
}

/* Officials only: enterprises fill in, too. */
static bool role_may_answer(enum role role, enum quality_answer answer)
{
        return role_may(role, MAY_READ) && role_may(role, answer == ANSWER_ACCEPTED ? MAY_SEND : MAY_FILL);
}

/* ---- the entry ----------------------------------------------------------------------------------------------- */

static const char *member(const struct entry *e, const char *name)
{
        const char *text = json_string_value(json_object_get(e->body, name));

        return text == NULL ? "" : text;
}

static enum applied apply_answer(struct work *w, const struct entry *e, struct error *why)
{
        const struct catalogue *c = catalogue_of(w);
        const char *finding = member(e, "finding"), *reason = member(e, "reason");
        struct peer *writer = trust_writer(w, e);
        const struct unit *about = c == NULL ? NULL : unit_by_key(c, member(e, "unit"));
        enum quality_answer answer;

        if (c == NULL || !work_ok(w))
                return FAILED;
        if (writer == NULL || writer->is_revoked) {
                error_set(why, ERR_DENIED, "nobody enrolled the node %.12s", e->node);
                return REFUSED;
        }
        if (!quality_answer_read(member(e, "answer"), &answer) || *finding == '\0' || strlen(finding) > KEY_TEXT_MAX ||
            strlen(reason) > QUALITY_REASON_MAX || (*reason == '\0' && answer != ANSWER_NONE)) {
                error_set(why, ERR_INVALID, "its body is no answer to a finding");
                return REFUSED;
        }
        if (e->author[0] != '\0' && !role_may_answer(role_by_name(e->role), answer)) {
                error_set(why, ERR_DENIED, "the role \"%s\" of %s may not do this (%s)", e->role, e->author, e->kind);
                return REFUSED;
        }
        if (about == NULL) {
                error_set(why, ERR_MISSING, "unit \"%s\" is not known here at that time", member(e, "unit"));
                return WAITING;
        }
        if (!figure_writer_may(w, c, writer, e->at, about, why))
                return work_ok(w) ? REFUSED : FAILED;
        if (strcmp(e->audience, writer->unit) != 0) {
                error_set(why, ERR_DENIED, "an entry of kind \"%s\" does not belong into this stream", e->kind);
                return REFUSED;
        }
        return db_exec(w->db,
                       "INSERT INTO quality_answer (finding, owner, value, answer, reason, author, at, rank, entry)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (finding, owner) DO UPDATE SET value = excluded.value,"
                       " answer = excluded.answer, reason = excluded.reason, author = excluded.author, at = excluded.at, rank = excluded.rank,"
                       " entry = excluded.entry WHERE excluded.at > quality_answer.at OR (excluded.at = quality_answer.at AND"
                       " excluded.rank > quality_answer.rank)",
                       ARGS(v_text(finding), v_text(writer->unit), v_text(member(e, "value")), v_int(answer), v_text(reason),
                            v_text(*member(e, "by") != '\0' ? member(e, "by") : e->author), v_int(e->at), v_int(entry_rank(e)), v_int(e->id)))
                       ? APPLIED
                       : FAILED;
}

const struct entry_kind quality_kinds[] = {
        { "quality.answer", apply_answer, N_("what the unit that has to act says about a finding of the rules") },
        { NULL, NULL, NULL },
};

const struct derived_table quality_tables[] = {
        { .name = "quality_answer",
          .create_sql = "CREATE TABLE quality_answer (finding TEXT NOT NULL, owner TEXT NOT NULL, value TEXT NOT NULL, answer BIGINT NOT NULL,"
                        " reason TEXT NOT NULL, author TEXT NOT NULL, at BIGINT NOT NULL, rank BIGINT NOT NULL, entry BIGINT NOT NULL,"
                        " PRIMARY KEY (finding, owner))",
          .state_sql = "SELECT finding, owner, value, answer, reason, author, at, rank, entry FROM quality_answer",
          .state_form = "tttittiie" },
        { .name = NULL },
};

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct answers *answers_read(struct work *w)
{
        struct answers *all = arena_alloc(w->arena, sizeof *all);
        int64_t room = db_number(w->db, "SELECT COUNT(*) FROM quality_answer", NO_ARGS, 0);
        struct rows *r;

        all->by_name = map_in(w->arena);
        all->list = arena_array(w->arena, (size_t)room + 1, sizeof *all->list);
        r = db_query(w->db, "SELECT finding, owner, value, answer, reason, author, at, entry FROM quality_answer", NO_ARGS);
        while (rows_next(r) && all->count < (size_t)room) {
                const char *name = arena_print(w->arena, "%s\n%s", rows_text(r, 0), rows_text(r, 1));
                int64_t *number = map_put(all->by_name, name, strlen(name), NULL);

                if (number == NULL)
                        arena_starve(w->arena);
                all->list[all->count] = (struct answer){ arena_text(w->arena, rows_text(r, 1)), arena_text(w->arena, rows_text(r, 2)),
                                                         (enum quality_answer)rows_int(r, 3), arena_text(w->arena, rows_text(r, 4)),
                                                         arena_text(w->arena, rows_text(r, 5)), rows_int(r, 6), rows_int(r, 7) };
                *number = (int64_t)++all->count;
        }
        rows_close(r);
        return work_ok(w) ? all : NULL;
}

const struct answer *answer_find(struct work *w, const struct answers *all, const struct finding *f)
{
        const int64_t *number = map_get_text(all->by_name, arena_print(w->arena, "%s\n%s", f->key, f->owner));

        return number == NULL ? NULL : &all->list[*number - 1];
}

const char *finding_value(struct work *w, const struct finding *f)
{
        char text[DECIMAL_TEXT_MAX] = "";

        if (f->has_value)
                decimal_write(text, f->value, f->indicator->decimals);
        return arena_text(w->arena, text);
}

enum quality_answer finding_state(struct work *w, const struct finding *f, const struct answer *a)
{
        if (a != NULL && a->answer != ANSWER_NONE && strcmp(a->value, finding_value(w, f)) == 0)
                return a->answer;
        return *f->explanation != '\0' ? ANSWER_EXPLAINED : ANSWER_NONE;
}

/* ---- answering ----------------------------------------------------------------------------------------------------- */

bool finding_may_answer(struct work *w, const struct finding *f, enum quality_answer answer)
{
        return role_may_answer(w->user->role, answer) && w->user != &user_operator && strcmp(w->user->unit, node_unit(w->node)) == 0 &&
               trust_stands_for(w, node_unit(w->node), f->owner, ledger_next_stamp(w));
}

struct answering {
        const struct finding *finding;
        enum quality_answer answer;
        const char *reason;
};

static bool answer_write(struct work *w, void *argument)
{
        const struct answering *a = argument;
        struct buf body;
        struct jsonw j;
        bool ok;

        buf_init_with(&body, ENTRY_MAX, w->arena);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "finding", a->finding->key);
        jsonw_member_text(&j, "unit", a->finding->unit->key);
        jsonw_member_text(&j, "value", finding_value(w, a->finding));
        jsonw_member_text(&j, "answer", answer_names[a->answer]);
        jsonw_member_text(&j, "reason", a->reason);
        jsonw_member_text(&j, "by", w->user->name != NULL && *w->user->name != '\0' ? w->user->name : w->user->login);
        jsonw_end(&j);
        ok = ledger_append(w, node_unit(w->node), "quality.answer", arena_print(w->arena, "quality/%s", a->finding->key), &body, NULL);
        buf_clear(&body);
        return ok;
}

bool finding_answer(struct work *w, const struct finding *f, enum quality_answer answer, const char *reason)
{
        struct answering a = { f, answer, reason };

        if (!finding_may_answer(w, f, answer)) {
                error_set(&w->err, ERR_DENIED, "only the unit that has to act may answer this: %s", f->owner);
                return error_hint(&w->err, "its specialists explain, its leader accepts, at its own node");
        }
        if (answer != ANSWER_NONE && reason[strspn(reason, " \t\r\n")] == '\0')
                return error_set(&w->err, ERR_INVALID, "a reason is needed") || error_at(&w->err, "reason");
        if (strlen(reason) > QUALITY_REASON_MAX)
                return error_set(&w->err, ERR_INVALID, "the reason is longer than %d bytes", QUALITY_REASON_MAX) || error_at(&w->err, "reason");
        return ledger_write(w, answer_write, &a);
}
