#include <string.h>

#include "base/hex.h"
#include "form/form_private.h"
#include "format/jsonr.h"
#include "ledger/read.h"
#include "ledger/receipt.h"
#include "ledger/trust.h"

/* ---- subjects ------------------------------------------------------------------------------------- */

const char *report_subject(struct arena *arena, const char *form, const struct unit *unit, period p)
{
        char text[PERIOD_TEXT_MAX];

        period_write(text, p);
        return arena_print(arena, "report/%s/%s/%s", form, unit->key, text);
}

bool report_subject_read(struct arena *arena, const char *subject, const char **form, const char **unit_key,
                         period *p)
{
        const char *second, *third;

        if (strncmp(subject, "report/", 7) != 0)
                return false;
        subject += 7;
        second = strchr(subject, '/');
        third = second == NULL ? NULL : strchr(second + 1, '/');
        if (third == NULL || second == subject || third == second + 1)
                return false;
        *form = arena_copy(arena, subject, (size_t)(second - subject));
        *unit_key = arena_copy(arena, second + 1, (size_t)(third - second - 1));
        return period_read(third + 1, strlen(third + 1), p);
}

/* ---- entries become events ---------------------------------------------------------------------------- */

static const struct { const char *kind; enum act act; enum right right; bool is_local; } acts[] = {
        { "report.draft", ACT_DRAFT, MAY_FILL, true },      { "report.submit", ACT_SUBMIT, MAY_FILL, true },
        { "report.reopen", ACT_REOPEN, MAY_SEND, true },    { "report.withdraw", ACT_WITHDRAW, MAY_FILL, true },
        { "report.send", ACT_SEND, MAY_SEND, false },
        { "report.accept", ACT_ACCEPT, MAY_RECEIVE, false }, { "report.return", ACT_RETURN, MAY_RECEIVE, false },
        { "report.settle", ACT_SETTLE, MAY_SEND, false },    { DECISION_SETTLE, ACT_ACCEPT, MAY_SEND, false }, /* or what it chose */
};

const char *report_text(const struct entry *e, const char *name)
{
        const char *text = json_string_value(json_object_get(e->body, name));

        return text == NULL ? "" : text;
}

static bool body_moment(const struct entry *e, const char *name, moment *out)
{
        const char *text = report_text(e, name);

        *out = 0;
        return text[0] == '\0' || moment_read(text, strlen(text), out);
}

/* The code of the unit a key stands for: what comes before the "@". */
static const char *code_of_key(struct arena *arena, const char *key)
{
        const char *at = strchr(key, '@');

        return at == NULL ? key : arena_copy(arena, key, (size_t)(at - key));
}

/* Whether the entry's author and node may do this to the report. Depends on the entry, on enrolment and on
 * the catalogue
 * only, never on what else has arrived. */
static bool is_entitled(struct work *w, const struct entry *e, enum act act, enum right right,
                        const char *unit_key,
                        struct error *why)
{
        const char *code = code_of_key(w->arena, unit_key);
        const struct catalogue *catalogue = catalogue_of(w);
        const struct unit *about = catalogue == NULL ? NULL : unit_by_key(catalogue, unit_key);
        struct peer *writer = trust_writer(w, e);
        struct error not_theirs = { .language = why->language };
        bool is_own, is_theirs;

        if (catalogue == NULL || !work_ok(w))
                return false;
        if (writer == NULL || writer->is_revoked)
                return error_set(why, ERR_DENIED, "nobody enrolled the node %.12s", e->node);
        if (e->author[0] != '\0' &&
            (!role_may(role_by_name(e->role), right) || !role_may(role_by_name(e->role), MAY_READ)))
                return error_set(why, ERR_DENIED, "the role \"%s\" of %s may not do this (%s)", e->role,
                                 e->author,
                                 e->kind);
        /* Codes come back for other units: the territory of that day decides, not the code alone. */
        is_own = trust_stands_for(w, writer->unit, code, e->at);
        is_theirs = about != NULL && figure_writer_may(w, catalogue, writer, e->at, about, &not_theirs);
        if ((act == ACT_ACCEPT || act == ACT_RETURN) && (is_own || !is_theirs))
                return error_set(why, ERR_DENIED, "the node of unit %s does not receive reports of unit %s",
                                 writer->unit, code);
        if (act != ACT_ACCEPT && act != ACT_RETURN && is_own && about != NULL && !is_theirs) {
                *why = not_theirs;
                return false;
        }
        if (act != ACT_ACCEPT && act != ACT_RETURN && !is_theirs)
                return error_set(why, ERR_DENIED, "the node of unit %s does not speak for unit %s", writer->unit,
                                 code);
        return true;
}

/* Turn an entry into an event. False: it does not count; why says for what reason. */
static bool event_read(struct work *w, const struct entry *e, const char *unit_key, struct event *event,
                       struct error *why)
{
        const struct entry *words = e; /* of a choice between decisions those of the one it chose */
        char receipt[RECEIPT_CODE_MAX];
        size_t n = sizeof acts / sizeof *acts, i = 0;
        struct decision_told chosen;

        while (i < n && strcmp(acts[i].kind, e->kind) != 0)
                i++;
        if (i == n)
                return error_set(why, ERR_INVALID, "unknown kind \"%s\"", e->kind);
        if (acts[i].is_local != (strcmp(e->audience, AUDIENCE_LOCAL) == 0))
                return error_set(why, ERR_DENIED, "an entry of kind \"%s\" does not belong into this stream", e->kind);
        *event = (struct event){ .act = acts[i].act };
        if (strcmp(e->kind, DECISION_SETTLE) == 0) {
                if (!decision_chosen(w, report_text(e, "chosen"), &chosen))
                        return error_set(why, ERR_INVALID, "it chooses what is no decision about a report");
                words = chosen.origin;
                event->act = chosen.verdict == DECISION_ACCEPTED ? ACT_ACCEPT : ACT_RETURN;
        }
        *event = (struct event){
                .act = event->act, .at = e->at, .node = e->node, .entry = e->id,
                .author = report_text(e, "by"), .version = (int)json_integer_value(json_object_get(words->body, "version")),
                .filled_by = report_text(e, "filled_by"), .reason = report_text(words, "reason"), .cells = report_text(words, "cells"),
                .why = words == e ? "" : report_text(e, "reason"),
                .draft = json_object_get(e->body, "cells"),
                .language = strcmp(report_text(e, "language"), "en") == 0 ? LANGUAGE_EN : LANGUAGE_VI,
        };
        if (event->author[0] == '\0')
                event->author = e->author;
        if (!body_moment(words, "due", &event->due))
                return error_set(why, ERR_INVALID, "\"due\" is no moment");
        if ((event->act == ACT_SEND || event->act == ACT_ACCEPT || event->act == ACT_RETURN) &&
            (event->version < 1 || event->version > 10000))
                return error_set(why, ERR_INVALID, "\"version\" must be a number from 1");
        if (event->act == ACT_DRAFT && !json_is_object(event->draft))
                return error_set(why, ERR_INVALID, "\"cells\" is missing");
        if (event->act == ACT_RETURN && (event->reason[0] == '\0'))
                return error_set(why, ERR_INVALID, "a return needs a reason");
        if (event->act == ACT_ACCEPT || event->act == ACT_RETURN)
                event->of = report_text(words, "of");
        if (event->act == ACT_SETTLE)
                event->of = report_text(e, "chosen");
        if (event->act == ACT_SEND) {
                char hex[HASH_HEX];

                receipt_code(e->hash, receipt);
                event->receipt = arena_text(w->arena, receipt);
                hex_write(hex, e->hash, HASH_BYTES);
                event->hash_hex = arena_text(w->arena, hex);
        }
        return is_entitled(w, e, event->act, acts[i].right, unit_key, why);
}

/* What the record needs of an entry, its texts cut: with many that are long nothing else of them is read again. NULL: it needs all of it, or what it
 * chose. */
static const char *told_of(struct work *w, const struct entry *e, enum act act)
{
        static const struct { const char *name; size_t most; } texts[] = {
                { "by", REPORT_TEXT_MAX }, { "filled_by", REPORT_TEXT_MAX }, { "reason", REPORT_TEXT_MAX }, { "cells", REPORT_CELLS_MAX },
                { "due", REPORT_TEXT_MAX }, { "of", REPORT_TEXT_MAX }, { "chosen", REPORT_TEXT_MAX },
        };
        struct buf *out = arena_alloc(w->arena, sizeof *out);
        struct jsonw json;

        if (act == ACT_DRAFT || strcmp(e->kind, DECISION_SETTLE) == 0)
                return NULL;
        buf_init_with(out, ENTRY_MAX, w->arena);
        jsonw_init(&json, out);
        jsonw_object(&json);
        jsonw_member_text(&json, "author", e->author);
        jsonw_member_text(&json, "role", e->role);
        jsonw_member_int(&json, "version", json_integer_value(json_object_get(e->body, "version")));
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
                const char *text = report_text(e, texts[i].name);

                if (*text != '\0')
                        jsonw_member_text(&json, texts[i].name, entry_text_kept(w->arena, text, texts[i].most));
        }
        jsonw_end(&json);
        if (out->is_starved)
                arena_starve(w->arena);
        return out->data;
}

struct reading {
        const char *unit_key;
        struct life *whole, *shared; /* the latter without what never leaves the node; NULL: not asked for */
        bool has_own;                /* there is such */
};

static bool is_local(enum act act)
{
        return act == ACT_DRAFT || act == ACT_SUBMIT || act == ACT_REOPEN || act == ACT_WITHDRAW;
}

static bool collect(struct work *w, const struct entry *e, bool is_aside, bool is_kept, struct reading *r)
{
        struct error why = { .code = ERR_NONE };
        struct event event;

        if (!event_read(w, e, r->unit_key, &event, &why))
                return work_ok(w);
        event.is_aside = is_aside;
        event.is_kept = is_kept;
        r->has_own |= event.act == ACT_DRAFT || event.act == ACT_SUBMIT;
        life_take(r->whole, &event);
        if (r->shared != NULL && !is_local(event.act))
                life_take(r->shared, &event);
        return true;
}

struct applied_entry {
        struct rows *row;
        struct reading *reading;
};

/* In memory of its own. */
static bool take_applied(struct work *w, void *argument)
{
        struct applied_entry *a = argument;
        const char *told = rows_is_null(a->row, 2) ? NULL : arena_text(w->arena, rows_text(a->row, 2));
        bool is_aside = !rows_is_null(a->row, 1) && rows_int(a->row, 1) == 0;
        struct entry *e = told == NULL ? ledger_entry(w, rows_int(a->row, 0)) : ledger_entry_marks(w, rows_int(a->row, 0));

        if (e == NULL)
                return work_ok(w) && error_set(&w->err, ERR_DAMAGED, "the entry of the sent report is not here");
        if (told != NULL) {
                e->body = json_read(w->arena, told, strlen(told), NULL);
                e->author = arena_text(w->arena, report_text(e, "author"));
                e->role = arena_text(w->arena, report_text(e, "role"));
        }
        return collect(w, e, is_aside, told != NULL, a->reading);
}

/* The entries of a report that were applied. Others wait or were refused, for instance for a figure in them: whether one
 * counts must not depend on what else has arrived since. */
static bool read_life(struct work *w, const char *subject, struct reading *reading)
{
        struct applied_entry a = { .reading = reading };
        struct arena *scratch;
        const char *form;
        period p;

        reading->whole = life_open(w->arena);
        if (!report_subject_read(w->arena, subject, &form, &reading->unit_key, &p))
                return error_set(&w->err, ERR_INVALID, "\"%s\" names no report", subject);
        scratch = work_scratch(w, WORK_MEMORY_USUAL);
        a.row = db_query(w->db,
                         "SELECT r.entry, d.stands, r.told FROM report_entry r JOIN ledger_entry e ON e.id = r.entry JOIN ledger_stream s ON s.id = e.stream"
                         " LEFT JOIN report_decision d ON d.entry = r.entry WHERE r.subject = $1 ORDER BY e.at, s.node, e.hash",
                         ARGS(v_text(subject)));
        while (rows_next(a.row) && run_in(w, scratch, take_applied, &a))
                ;
        rows_close(a.row);
        if (!work_ok(w))
                return false;
        life_close(reading->whole);
        if (reading->shared != NULL)
                life_close(reading->shared);
        return work_ok(w);
}

struct life *report_life(struct work *w, const char *subject)
{
        struct reading reading = { .shared = NULL };

        return read_life(w, subject, &reading) ? reading.whole : NULL;
}

/* ---- derived tables ------------------------------------------------------------------------------------ */

const struct derived_table form_tables[] = {
        { "report",
          "CREATE TABLE report (subject TEXT NOT NULL PRIMARY KEY, form TEXT NOT NULL, unit TEXT NOT NULL, "
          "period BIGINT NOT NULL, state BIGINT NOT NULL, version BIGINT NOT NULL, sent_at BIGINT NOT NULL, "
          "sent_by TEXT, filled_by TEXT, remark TEXT, remark_by TEXT, remark_cells TEXT, return_due BIGINT NOT NULL, "
          "entry BIGINT NOT NULL); "
          "CREATE INDEX report_period ON report (period, form, unit)",
          "SELECT subject, form, unit, period, state, version, sent_at, sent_by, filled_by, remark, remark_by, "
          "remark_cells, return_due, entry FROM report ORDER BY subject",
          "tttiiiitttttie" },
        { "report_version",
          "CREATE TABLE report_version (subject TEXT NOT NULL, version BIGINT NOT NULL, sent_at BIGINT NOT NULL, "
          "sent_by TEXT, filled_by TEXT, receipt TEXT, decision BIGINT NOT NULL, decided_at BIGINT NOT NULL, "
          "decided_by TEXT, reason TEXT, cells TEXT, due BIGINT NOT NULL, entry BIGINT NOT NULL, "
          "PRIMARY KEY (subject, version, entry)); "
          "CREATE INDEX report_version_receipt ON report_version (receipt)",
          "SELECT subject, version, sent_at, sent_by, filled_by, receipt, decision, decided_at, decided_by, reason, "
          "cells, due, entry FROM report_version",
          "tiitttiitttie" },
        { "report_draft",
          "CREATE TABLE report_draft (subject TEXT NOT NULL PRIMARY KEY, form TEXT NOT NULL, unit TEXT NOT NULL, "
          "period BIGINT NOT NULL, state BIGINT NOT NULL, draft_version BIGINT NOT NULL, filled_by TEXT, remark TEXT, "
          "remark_by TEXT, return_due BIGINT NOT NULL, filled BIGINT NOT NULL, last_cell TEXT)",
          "SELECT subject, form, unit, period, state, draft_version, filled_by, remark, remark_by, return_due, filled, "
          "last_cell FROM report_draft",
          "-tttiiitttiit" },
        { "report_entry", /* those that were applied; told: what the record needs of it, NULL: all of it */
          "CREATE TABLE report_entry (entry BIGINT PRIMARY KEY, subject TEXT NOT NULL, told TEXT); "
          "CREATE INDEX report_entry_subject ON report_entry (subject)",
          "SELECT subject, entry FROM report_entry", "te" },
        { "report_decision", /* of each version: what was decided about it, by which words, and which of several stands */
          "CREATE TABLE report_decision (entry BIGINT PRIMARY KEY, subject TEXT NOT NULL, sent TEXT NOT NULL, verdict BIGINT NOT NULL, "
          "origin BIGINT NOT NULL, stands BIGINT NOT NULL); "
          "CREATE INDEX report_decision_sent ON report_decision (sent)",
          "SELECT subject, sent, verdict, stands, origin, entry FROM report_decision", "ttiiee" },
        { "report_detached",
          "CREATE TABLE report_detached (entry BIGINT PRIMARY KEY, subject TEXT NOT NULL, node TEXT NOT NULL, "
          "name TEXT NOT NULL); "
          "CREATE INDEX report_detached_subject ON report_detached (subject)",
          "SELECT subject, node, name, entry FROM report_detached", "-ttte" },
        { NULL, NULL, NULL, NULL },
};

static bool write_shared(struct work *w, const char *subject, const char *form, const char *unit_key,
                         period p,
                         const struct life *life)
{
        db_exec(w->db, "DELETE FROM report WHERE subject = $1", ARGS(v_text(subject)));
        db_exec(w->db, "DELETE FROM report_version WHERE subject = $1", ARGS(v_text(subject)));
        if (life->version == 0)
                return work_ok(w);
        db_exec(w->db,
                "INSERT INTO report (subject, form, unit, period, state, version, sent_at, sent_by, filled_by, remark, "
                "remark_by, remark_cells, return_due, entry) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                ARGS(v_text(subject), v_text(form), v_text(unit_key), v_int(p), v_int(life->state),
                     v_int(life->version), v_int(life->sent_at), v_text(life->sent_by),
                     v_text(life->filled_by),
                     v_text(life->remark), v_text(life->remark_by), v_text(life->remark_cells),
                     v_int(life->return_due),
                     v_int(life->sent_entry)));
        for (size_t i = 0; i < life->version_count; i++) {
                const struct sent_version *v = &life->versions[i];

                db_exec(w->db,
                        "INSERT INTO report_version (subject, version, sent_at, sent_by, filled_by, receipt, decision, "
                        "decided_at, decided_by, reason, cells, due, entry) "
                        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                        ARGS(v_text(subject), v_int(v->version), v_int(v->sent_at), v_text(v->sent_by),
                             v_text(v->filled_by), v_text(v->receipt), v_int(v->decision),
                             v_int(v->decided_at),
                             v_text(v->decided_by), v_text(v->reason), v_text(v->cells), v_int(v->due),
                             v_int(v->entry)));
        }
        return work_ok(w);
}

static bool write_own(struct work *w, const char *subject, const char *form, const char *unit_key, period p,
                      const struct life *life)
{
        int64_t filled = 0;

        db_exec(w->db, "DELETE FROM report_draft WHERE subject = $1", ARGS(v_text(subject)));
        for (size_t i = 0; i < life->cell_count; i++)
                filled += life->cells[i].typed[0] != '\0';
        return db_exec(w->db,
                       "INSERT INTO report_draft (subject, form, unit, period, state, draft_version, filled_by, remark, "
                       "remark_by, return_due, filled, last_cell) "
                       "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                       ARGS(v_text(subject), v_text(form), v_text(unit_key), v_int(p), v_int(life->state),
                            v_int(life->draft_version), v_text(life->filled_by), v_text(life->remark),
                            v_text(life->remark_by), v_int(life->return_due), v_int(filled),
                            v_text(life->last_cell)));
}

/* Write the record anew from all its entries, in their order: late ones find their place. */
static bool refold(struct work *w, const char *subject, const char *form, const char *unit_key, period p)
{
        struct reading reading = { .shared = life_open(w->arena) };

        return read_life(w, subject, &reading) && write_shared(w, subject, form, unit_key, p, reading.shared) &&
               (!reading.has_own || write_own(w, subject, form, unit_key, p, reading.whole));
}

/* ---- applying ------------------------------------------------------------------------------------------ */

static enum applied apply_figures(struct work *w, const struct entry *e, struct error *why)
{
        const char *block = report_text(e, "figures");
        const struct figure defaults = { .status = STATUS_SUBMITTED, .mark = MARK_ESTIMATE };

        return figures_apply_block(w, e, block, strlen(block), &defaults, why);
}

bool report_counts(struct work *w, const struct entry *e)
{
        return db_number(w->db, "SELECT COUNT(*) FROM report_entry WHERE entry = $1", ARGS(v_int(e->id)), 0) > 0;
}

static enum applied apply_report(struct work *w, const struct entry *e, struct error *why)
{
        const struct catalogue *catalogue = catalogue_of(w);
        const char *form, *unit_key;
        const struct entry *sent = NULL;
        struct event event;
        enum applied result = APPLIED;
        period p;

        if (catalogue == NULL)
                return FAILED;
        if (!report_subject_read(w->arena, e->subject, &form, &unit_key, &p)) {
                error_set(why, ERR_INVALID, "\"%s\" names no report", e->subject);
                return REFUSED;
        }
        if (unit_by_key(catalogue, unit_key) == NULL) {
                error_set(why, ERR_MISSING, "the unit \"%s\" is not known here yet", unit_key);
                return WAITING;
        }
        if (strcmp(e->kind, DECISION_SETTLE) == 0)
                result = decision_choice_check(w, e, why);
        if (result != APPLIED)
                return result;
        if (!event_read(w, e, unit_key, &event, why))
                return work_ok(w) ? REFUSED : FAILED;
        if (event.act == ACT_ACCEPT || event.act == ACT_RETURN) {
                sent = ledger_entry_by_hash(w, event.of);
                if (work_ok(w) && (sent == NULL || (strcmp(sent->kind, "report.send") == 0 && !report_counts(w, sent)))) {
                        error_set(why, ERR_MISSING, "the report this decides about is not here yet");
                        return WAITING;
                }
                if (!work_ok(w))
                        return FAILED;
                if (strcmp(sent->subject, e->subject) != 0 || strcmp(sent->kind, "report.send") != 0 ||
                    json_integer_value(json_object_get(sent->body, "version")) != event.version) {
                        error_set(why, ERR_INVALID, "it decides about another report than it says");
                        return REFUSED;
                }
        }
        if (event.act == ACT_SEND)
                result = apply_figures(w, e, why);
        if (event.act == ACT_SETTLE)
                result = figures_apply_settle(w, e, why);
        if (sent != NULL)
                result = decision_note(w, e, &event, sent, &(struct decided_about){ unit_by_key(catalogue, unit_key), form, p }, why);
        if (result != APPLIED)
                return result;
        return db_exec(w->db, "INSERT INTO report_entry (entry, subject, told) VALUES ($1, $2, $3)",
                       ARGS(v_int(e->id), v_text(e->subject), v_text(told_of(w, e, event.act)))) &&
                               refold(w, e->subject, form, unit_key, p)
                       ? APPLIED
                       : FAILED;
}

const struct entry_kind form_kinds[] = {
        { "report.draft", apply_report, N_("cells of a report as typed; never leaves the node") },
        { "report.submit", apply_report,
          N_("a report is submitted to the unit's leader; never leaves the node") },
        { "report.reopen", apply_report, N_("the unit's leader gives a report back; never leaves the node") },
        { "report.withdraw", apply_report, N_("a report that was submitted is taken back; never leaves the node") },
        { "report.send", apply_report, N_("the leader approves a report and sends it with all its figures") },
        { "report.accept", apply_report, N_("the unit above accepts a version of a report") },
        { "report.return", apply_report,
          N_("the unit above returns a version with reason, cells and deadline") },
        { "report.settle", apply_report,
          N_("the unit's leader decides between versions of a report that two nodes sent without having seen each other") },
        { DECISION_SETTLE, apply_report,
          N_("the leader of the unit above decides whether a version is accepted or returned, where two of its nodes said otherwise without having seen each other") },
        { "report.detach", apply_detach, N_("an attachment is taken off a draft; never leaves the node") },
        { NULL, NULL, NULL },
};

/* ---- reading a sent entry back ------------------------------------------------------------------------- */

/* One line of a block: indicator,unit,period,item,partner,value… Fields are codes and numbers, never quoted.
 * */
static bool read_line(struct arena *arena, const char *line, size_t length, const char *fields[6])
{
        size_t field = 0, start = 0;

        for (size_t i = 0; i <= length && field < 6; i++) {
                if (i == length || line[i] == ',') {
                        fields[field++] = arena_copy(arena, line + start, i - start);
                        start = i + 1;
                }
        }
        return field == 6;
}

static bool is_root(const struct catalogue *catalogue, const char *classification, const char *item)
{
        const struct classification *c =
                classification[0] == '\0' ? NULL : classification_find(catalogue, classification);

        return item[0] == '\0' || (c != NULL && strcmp(c->root, item) == 0);
}

bool item_is_same(const struct catalogue *catalogue, const char *classification, const char *a, const char *b)
{
        return strcmp(a, b) == 0 || (is_root(catalogue, classification, a) &&
                                     is_root(catalogue, classification, b));
}

bool sent_cells(struct work *w, int64_t entry, const struct form *form, struct sent_cell *cells)
{
        const struct catalogue *catalogue = catalogue_of(w);
        const struct entry *e = ledger_entry(w, entry);
        const char *block, *end;
        json_t *explanations;

        if (catalogue == NULL || e == NULL)
                return work_ok(w) ? error_set(&w->err, ERR_DAMAGED,
                                              "the entry of the sent report is not here") : false;
        explanations = json_object_get(e->body, "explanations");
        for (size_t i = 0; i < form->row_count; i++) {
                const char *text = json_string_value(json_object_get(explanations, form->rows[i].id));

                cells[i] = (struct sent_cell){ .explanation = text == NULL ? "" : text };
        }
        for (block = report_text(e, "figures"); *block != '\0'; block = *end == '\0' ? end : end + 1) {
                const char *fields[6];

                end = block + strcspn(block, "\n");
                if (!read_line(w->arena, block, (size_t)(end - block), fields))
                        continue;
                for (size_t i = 0; i < form->row_count; i++) {
                        const struct form_row *row = &form->rows[i];
                        size_t position;

                        if (row->indicator != NULL && strcmp(row->indicator->id, fields[0]) == 0 &&
                            item_is_same(catalogue, row->indicator->item_classification, row->item,
                                         fields[3]) &&
                            item_is_same(catalogue, row->indicator->partner_classification, row->partner,
                                         fields[4]))
                                cells[i].has_value = decimal_read(fields[5], strlen(fields[5]),
                                                                  row->indicator->decimals, &cells[i].value,
                                                                  &position) == DECIMAL_OK;
                }
        }
        return true;
}
