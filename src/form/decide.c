/* decide.c - what units above decided about a sent version: which decision stands, whether its figures are approved, and how decisions that contradict each
 * other are shown and settled (figure/own.h).
 *
 * A node decides about a version once, and not where it knows of another's decision. So of two, neither had seen the other; entries of older programs do not say
 * what they had seen, and the later one counts. Both accept, or both return: they agree, and the later one's words lead. One accepts and one returns: a conflict.
 * Until the leader of the nearest unit that decided says which one counts, the version is returned and its figures are not approved: an official figure must not
 * hang on whose clock is ahead. */
#include <string.h>

#include "base/hex.h"
#include "form/form_private.h"
#include "ledger/read.h"
#include "ledger/symbol.h"
#include "ledger/write.h"

static const struct indicator topics[] = {
        { .id = "report.decision", .name_vi = "Quyết định về báo cáo", .name_en = "Decision about a report", .unit_vi = "", .unit_en = "", .comparison = "", .item_classification = "",
          .partner_classification = "", .formula = "", .weights = "", .source_vi = "", .source_en = "", .legal_basis = "" },
        { .id = NULL },
};

static const char *hash_of(struct work *w, const struct entry *e)
{
        char hash[HASH_HEX];

        hex_write(hash, e->hash, HASH_BYTES);
        return arena_text(w->arena, hash);
}

/* ---- what a decision says ----------------------------------------------------------------------------------------------- */

/* Verdict and words of a decision that was applied, by its id here. */
static bool told_of(struct work *w, int64_t entry, struct decision_told *out)
{
        struct rows *r = db_query(w->db, "SELECT verdict, origin FROM report_decision WHERE entry = $1", ARGS(v_int(entry)));
        bool is_there = rows_next(r);
        int64_t origin = is_there ? rows_int(r, 1) : 0;

        out->verdict = is_there ? (enum decision)rows_int(r, 0) : DECISION_NONE;
        rows_close(r);
        out->origin = is_there && work_ok(w) ? ledger_entry(w, origin) : NULL;
        return out->origin != NULL;
}

bool decision_chosen(struct work *w, const char *hash, struct decision_told *out)
{
        const struct entry *e = ledger_entry_by_hash(w, hash);

        return e != NULL && told_of(w, e->id, out);
}

static enum applied refuse(struct error *why, const char *message)
{
        error_say(why, ERR_INVALID, message);
        return REFUSED;
}

enum applied decision_choice_check(struct work *w, const struct entry *e, struct error *why)
{
        const char *chosen = report_text(e, "chosen"), *about = NULL;
        int64_t of[SETTLE_SIDES_MAX];
        bool is_among = false;
        size_t count;
        enum applied verdict = figures_may_decide(w, e, of, &count, why);

        for (size_t i = 0; verdict == APPLIED && i < count; i++) {
                const char *sent = db_text(w->db, w->arena, "SELECT sent FROM report_decision WHERE entry = $1 AND subject = $2", ARGS(v_int(of[i]), v_text(e->subject)));

                if (!work_ok(w))
                        return FAILED;
                if (sent == NULL || (about != NULL && strcmp(sent, about) != 0))
                        return refuse(why, N_("it names what is no decision about one version of this report"));
                about = sent;
                is_among |= strcmp(json_string_value(json_array_get(json_object_get(e->body, "of"), i)), chosen) == 0;
        }
        return verdict != APPLIED || is_among ? verdict : refuse(why, N_("it chooses none of the decisions that it names"));
}

/* ---- approval --------------------------------------------------------------------------------------------------------------- */

static bool is_accepted(struct work *w, const char *sent)
{
        return db_number(w->db, "SELECT COUNT(*) FROM report_decision WHERE sent = $1 AND stands = 1 AND verdict = $2", ARGS(v_text(sent), v_int(DECISION_ACCEPTED)), 0) > 0;
}

/* Accepting a version makes its figures approved, with those of decisions that chose it; where the acceptance stands no more they are as they were brought. */
static bool approve(struct work *w, const struct entry *sent, bool is_approved)
{
        const struct figure as_sent = { .status = STATUS_SUBMITTED, .mark = MARK_ESTIMATE };
        const char *block = report_text(sent, "figures");

        return figures_approve(w, sent, block, strlen(block), &as_sent, is_approved);
}

/* ---- which one stands ------------------------------------------------------------------------------------------------------- */

static bool refold(struct work *w, const char *sent, const struct decided_about *about)
{
        struct rows *r = db_query(w->db, "SELECT entry, verdict FROM report_decision WHERE sent = $1", ARGS(v_text(sent)));
        struct own_version *versions = arena_room(w->arena, NULL, 0, sizeof *versions);
        int64_t cell[6];
        size_t count;

        for (count = 0; rows_next(r); count++) {
                versions = arena_room(w->arena, versions, count, sizeof *versions);
                versions[count] = (struct own_version){ .entry = rows_int(r, 0), .value = rows_int(r, 1), .is_cautious = rows_int(r, 1) == DECISION_RETURNED, .until = INT64_MAX };
        }
        rows_close(r);
        if (!work_ok(w) || count < 2)
                return work_ok(w);
        contest_cell_key(w, topics, about->unit, about->period, symbol_make(w, 't', about->form, strlen(about->form)), symbol_make(w, 't', sent, strlen(sent)), cell);
        if (!work_ok(w) || !contest_refold(w, cell, versions, count))
                return false;
        for (size_t i = 0; i < count; i++)
                if (!db_exec(w->db, "UPDATE report_decision SET stands = $2 WHERE entry = $1", ARGS(v_int(versions[i].entry), v_int(versions[i].until == INT64_MAX))))
                        return false;
        return work_ok(w);
}

enum applied decision_note(struct work *w, const struct entry *e, const struct event *event, const struct entry *sent, const struct decided_about *about, struct error *why)
{
        const char *hash = hash_of(w, sent);
        bool was_accepted = is_accepted(w, hash);
        enum applied kept = figures_witness(w, e, 0, why);
        struct decision_told chosen = { .origin = e };

        if (kept != APPLIED)
                return kept;
        if (strcmp(e->kind, DECISION_SETTLE) == 0 && !decision_chosen(w, report_text(e, "chosen"), &chosen))
                return FAILED;
        db_exec(w->db, "INSERT INTO report_decision (entry, subject, sent, verdict, origin, stands) VALUES ($1, $2, $3, $4, $5, 1)",
                ARGS(v_int(e->id), v_text(e->subject), v_text(hash), v_int(event->act == ACT_ACCEPT ? DECISION_ACCEPTED : DECISION_RETURNED), v_int(chosen.origin->id)));
        if (!refold(w, hash, about))
                return FAILED;
        return is_accepted(w, hash) == was_accepted || approve(w, sent, !was_accepted) ? work_ok(w) ? APPLIED : FAILED : FAILED;
}

bool decision_sight(struct work *w, const char *sent, struct jsonw *json)
{
        struct figures_sight *sight = figures_sight_open(w);
        struct rows *r = db_query(w->db, "SELECT DISTINCT s.name FROM report_decision d JOIN ledger_entry e ON e.id = d.entry JOIN ledger_stream s ON s.id = e.stream WHERE d.sent = $1",
                                  ARGS(v_text(sent)));

        while (rows_next(r))
                figures_sight_stream(sight, rows_text(r, 0));
        rows_close(r);
        return work_ok(w) && figures_sight_write(sight, json);
}

/* ---- conflicts as they are shown and settled ------------------------------------------------------------------------------------ */

static const struct form *form_of(struct work *w, const struct contest_cell *c)
{
        const struct catalogue *catalogue = catalogue_of(w);

        return catalogue == NULL ? NULL : form_find(catalogue, c->item, period_last(c->period));
}

static int64_t version_of(struct work *w, const struct contest_cell *c)
{
        const struct entry *sent = ledger_entry_by_hash(w, c->partner);

        return sent == NULL ? 0 : json_integer_value(json_object_get(sent->body, "version"));
}

static const char *title(struct work *w, const struct contest_cell *c)
{
        const struct form *form = form_of(w, c);

        return arena_print(w->arena, work_text(w, "%s: accepted or returned (version %lld)"), form == NULL ? c->item : form_title(form, w->language), (long long)version_of(w, c));
}

static const char *address(struct work *w, const struct contest_cell *c)
{
        char text[PERIOD_TEXT_MAX];

        period_write(text, c->period);
        return arena_print(w->arena, "/forms/%s/%s/%s?version=%lld", c->item, c->unit->code, text, (long long)version_of(w, c));
}

static bool value(struct work *w, const struct contest_cell *c, int64_t entry, int64_t *found, int64_t *measure)
{
        struct decision_told told;
        bool is_there = told_of(w, entry, &told);

        (void)c;
        *measure = 0;
        *found = told.verdict;
        return is_there;
}

/* None: a version is decided about once. */
static const char *anew(struct work *w, const struct contest_cell *c)
{
        (void)w;
        (void)c;
        return NULL;
}

static struct own_line line_of(struct work *w, const struct contest_view *v, const char *id, const char *name)
{
        return (struct own_line){ .id = id, .name = name, .values = arena_array(w->arena, v->side_count + 1, sizeof(char *)) };
}

static struct own_line *lines(struct work *w, const struct contest_view *v, const struct contest_cell *c, size_t *count)
{
        enum { VERDICT, CELLS, DUE, LINES };
        struct own_line *list = arena_array(w->arena, LINES, sizeof *list);

        list[VERDICT] = line_of(w, v, "decision", work_text(w, "Decision"));
        list[CELLS] = line_of(w, v, "cells", work_text(w, "Cells to correct"));
        list[DUE] = line_of(w, v, "due", work_text(w, "New deadline"));
        *count = LINES;
        for (size_t i = 0; i < v->side_count; i++) {
                struct decision_told told = { .verdict = DECISION_NONE };
                const char *due;
                moment until;

                for (size_t n = 0; n < LINES; n++)
                        list[n].values[i] = "";
                if (!c->has_side[i] || !told_of(w, v->sides[i].entry->id, &told))
                        continue;
                due = report_text(told.origin, "due");
                list[VERDICT].values[i] = work_text(w, told.verdict == DECISION_ACCEPTED ? N_("Accepted") : N_("Returned"));
                list[CELLS].values[i] = arena_text(w->arena, report_text(told.origin, "cells"));
                list[DUE].values[i] = moment_read(due, strlen(due), &until) ? moment_shown(w->arena, until, w->language) : "";
        }
        for (size_t n = 0; n < LINES; n++)
                for (size_t i = 1; i < v->side_count; i++)
                        list[n].differs |= strcmp(list[n].values[i], list[n].values[0]) != 0;
        return work_ok(w) ? list : NULL;
}

/* What it says is what the decision chosen says. A conflict is about one version. */
static bool settle(struct work *w, const struct contest_view *v, const int *choice, const char *reason)
{
        const struct entry *chosen = ledger_entry(w, v->sides[choice[0]].entry->id);
        struct buf *body = arena_alloc(w->arena, sizeof *body);
        struct jsonw json;

        if (chosen == NULL)
                return work_ok(w) && error_set(&w->err, ERR_DAMAGED, "entry %lld is missing", (long long)v->sides[choice[0]].entry->id);
        buf_init_with(body, ENTRY_MAX, w->arena);
        jsonw_init(&json, body);
        jsonw_object(&json);
        jsonw_member_text(&json, "by", *w->user->name != '\0' ? w->user->name : w->user->login);
        jsonw_member_text(&json, "reason", reason);
        jsonw_name(&json, "of");
        jsonw_array(&json);
        for (size_t i = 0; i < v->side_count; i++)
                jsonw_text(&json, v->sides[i].hash);
        jsonw_end(&json);
        jsonw_member_text(&json, "chosen", v->sides[choice[0]].hash);
        jsonw_end(&json);
        return ledger_append(w, v->audience, DECISION_SETTLE, chosen->subject, body, NULL);
}

const struct figure_own decision_own = { .topics = topics, .title = title, .address = address, .value = value, .settle = settle, .lines = lines, .anew = anew, .is_from_above = true };
