/* settle.c - an entry that decides about a conflict: checked wherever it arrives, written in one place. */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "figure/contest_private.h"
#include "figure/own.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/trust.h"
#include "ledger/write.h"

/* ---- who decides ---------------------------------------------------------------------------------------- */

int audience_level(const struct catalogue *c, const char *audience, day on)
{
        const struct unit *u;

        if (strcmp(audience, AUDIENCE_ALL) == 0)
                return LEVEL_COUNT;
        u = unit_at(c, audience, on);
        return u == NULL ? LEVEL_COUNTRY : (int)u->level;
}

void rank_init(struct rank *r)
{
        *r = (struct rank){ .nearest = LEVEL_COUNTRY, .readable = LEVEL_COUNT };
}

void rank_take(struct rank *r, const struct catalogue *c, int level, const char *unit, const char *audience, day on)
{
        int readable = audience_level(c, audience, on);

        if (level > r->nearest || r->nearest_unit == NULL) {
                r->nearest = level;
                r->nearest_unit = unit;
        }
        if (readable < r->readable) {
                r->readable = readable;
                r->readable_unit = audience;
        }
}

int rank_needed(const struct rank *r)
{
        return r->nearest < r->readable ? r->nearest : r->readable;
}

const char *rank_decider(const struct rank *r)
{
        return r->nearest <= r->readable ? r->nearest_unit : r->readable_unit;
}

/* ---- taking a decision in --------------------------------------------------------------------------------- */

struct named {
        const struct entry *entry;
        const struct row *rows;
        size_t count;
};

static enum applied refuse(struct error *why, enum error_code code, const char *message)
{
        error_say(why, code, message);
        return REFUSED;
}

static int compare_cells(const void *a, const void *b)
{
        const int64_t *x = ((const struct row *)a)->v, *y = ((const struct row *)b)->v;

        for (int i = 0; i < F_CELL; i++)
                if (x[i] != y[i])
                        return x[i] < y[i] ? -1 : 1;
        return 0;
}

/* Whether an entry brought that value for that cell and day. */
static bool has_brought(const struct named *n, const struct row *row, bool is_undated)
{
        const struct row *found = n->count == 0 ? NULL : bsearch(row, n->rows, n->count, sizeof *row, compare_cells);

        while (found != NULL && found > n->rows && compare_cells(found - 1, row) == 0)
                found--;
        for (; found != NULL && found < n->rows + n->count && compare_cells(found, row) == 0; found++) {
                bool is_also_undated = found->v[F_KNOWN] == stamp_moment(n->entry->at);

                if (found->v[F_VALUE] == row->v[F_VALUE] && is_undated == is_also_undated &&
                    (is_undated || found->v[F_KNOWN] == row->v[F_KNOWN]))
                        return true;
        }
        return false;
}

/* One of the entries it decides about. */
static enum applied named_find(struct work *w, const struct catalogue *c, const struct entry *e, const char *hash, struct rank *rank,
                               const struct entry **named, struct error *why)
{
        struct rows *r;

        *named = hash == NULL ? NULL : ledger_entry_by_hash(w, hash);
        if (*named != NULL) {
                r = db_query(w->db, "SELECT level, unit FROM figure_entry WHERE entry = $1", ARGS(v_int((*named)->id)));
                if (rows_next(r))
                        rank_take(rank, c, (int)rows_int(r, 0), arena_text(w->arena, rows_text(r, 1)), (*named)->audience,
                                  day_of_moment(stamp_moment((*named)->at)));
                else
                        *named = NULL;
                rows_close(r);
        }
        if (!work_ok(w))
                return FAILED;
        if (hash == NULL)
                return refuse(why, ERR_INVALID, N_("\"of\" names no entries"));
        if (*named == NULL) {
                error_set(why, ERR_MISSING, "the figures this decides about are not here yet");
                return WAITING;
        }
        return entry_compare(*named, e) < 0 ? APPLIED : refuse(why, ERR_INVALID, N_("it decides about figures written after it"));
}

/* Whether those of the entries it names that were not published are named as they should be. They need not be here: only few may read them, and
 * everybody reads the decision. So what it says of them is judged where a cell has them (fold.h), and what it chooses by nobody: its writer may
 * report for the unit. */
static bool unpublished_are_formed(const struct entry *e, size_t published)
{
        const json_t *list = json_object_get(e->body, "unpublished"), *hash;
        unsigned char digest[HASH_BYTES];
        size_t i;

        json_array_foreach(list, i, hash)
                if (json_string_length(hash) != HASH_HEX - 1 || !hex_read(digest, sizeof digest, json_string_value(hash)))
                        return false;
        return list == NULL || (json_array_size(list) > 0 && json_array_size(list) + published <= SETTLE_SIDES_MAX &&
                                strcmp(e->audience, AUDIENCE_ALL) == 0);
}

/* Its reason, its author, the entries it names: in list, room for SETTLE_SIDES_MAX. */
static enum applied decision_check(struct work *w, const struct entry *e, const struct entry **list, size_t *count, struct error *why)
{
        const json_t *of = json_object_get(e->body, "of"), *hash;
        enum applied formed = decision_is_formed(e, why);
        const struct catalogue *c = catalogue_of(w);
        struct peer *writer = trust_writer(w, e);
        struct rank rank;
        const struct unit *u;
        size_t i;

        if (c == NULL || !work_ok(w))
                return FAILED;
        if (formed != APPLIED)
                return formed;
        *count = json_array_size(of);
        if (!unpublished_are_formed(e, *count))
                return refuse(why, ERR_INVALID, N_("\"unpublished\" does not name further entries of a published decision"));
        rank_init(&rank);
        json_array_foreach(of, i, hash) {
                enum applied verdict = named_find(w, c, e, json_string_value(hash), &rank, &list[i], why);

                if (verdict != APPLIED)
                        return verdict;
        }
        u = writer == NULL ? NULL : unit_at(c, writer->unit, day_of_moment(stamp_moment(e->at)));
        if (u == NULL || (int)u->level < rank_needed(&rank)) {
                error_set(why, ERR_DENIED, "a node of unit %s does not settle this conflict, one of unit %s does",
                          writer == NULL ? "?" : writer->unit, rank_decider(&rank));
                return REFUSED;
        }
        return APPLIED;
}

enum applied figures_may_decide(struct work *w, const struct entry *e, int64_t *of, size_t *count, struct error *why)
{
        const struct entry *list[SETTLE_SIDES_MAX];
        enum applied verdict = decision_check(w, e, list, count, why);

        for (size_t i = 0; verdict == APPLIED && i < *count; i++)
                of[i] = list[i]->id;
        return verdict;
}

enum applied figures_apply_settle(struct work *w, const struct entry *e, struct error *why)
{
        const struct entry *list[SETTLE_SIDES_MAX];
        struct named named[SETTLE_SIDES_MAX];
        const struct row *rows;
        size_t count, of;
        enum applied verdict = decision_check(w, e, list, &of, why);

        for (size_t i = 0; verdict == APPLIED && i < of; i++) {
                named[i].entry = list[i];
                named[i].rows = entry_rows(w, list[i], &named[i].count, &verdict, why);
                if (named[i].rows == NULL)
                        return verdict;
                verdict = APPLIED;
        }
        if (verdict != APPLIED)
                return verdict;
        rows = entry_rows(w, e, &count, &verdict, why);
        if (rows == NULL)
                return verdict;
        for (size_t k = 0; k < count; k++) {
                bool is_brought = json_object_get(e->body, "unpublished") != NULL;

                for (size_t i = 0; i < of && !is_brought; i++)
                        is_brought = has_brought(&named[i], &rows[k], rows[k].v[F_KNOWN] == stamp_moment(e->at));
                if (!is_brought)
                        return refuse(why, ERR_INVALID, N_("it chooses a value that none of the entries brought"));
        }
        if (count == 0)
                return refuse(why, ERR_INVALID, N_("it decides about no figure"));
        verdict = body_apply(w, e, why);
        return verdict != APPLIED || decision_follow(w, e, list, of, rows, count) ? verdict : FAILED;
}

/* ---- deciding ------------------------------------------------------------------------------------------------ */

struct settling {
        struct work *work;
        const struct contest_view *view;
        const int *choice;
        const char *reason, *kind, *subject;
        int whole; /* the side chosen everywhere, -1: not one */
        bool is_published; /* the entry under way: everybody reads it */
        struct buf block, body;
        int64_t in_entry;
};

static void settling_free(void *handle)
{
        struct settling *s = handle;

        buf_clear(&s->block);
        buf_clear(&s->body);
}

/* The entries it decides about: all of them, or where everybody reads it, those that were published and then the others. */
static void sides_write(const struct settling *s, struct jsonw *json, const char *name, bool published)
{
        bool is_begun = false;

        for (size_t i = 0; i < s->view->side_count; i++) {
                if (s->is_published && s->view->sides[i].is_published != published)
                        continue;
                if (!is_begun) {
                        jsonw_name(json, name);
                        jsonw_array(json);
                }
                is_begun = true;
                jsonw_text(json, s->view->sides[i].hash);
        }
        if (is_begun)
                jsonw_end(json);
}

static bool settling_flush(struct settling *s)
{
        struct work *w = s->work;
        struct jsonw json;

        if (s->in_entry == 0)
                return work_ok(w);
        if (s->block.is_starved)
                arena_starve(w->arena);
        if (!buf_ok(&s->block))
                return work_ok(w) && error_set(&w->err, ERR_TOO_BIG, "an entry would be over the limit of %zu bytes", ENTRY_MAX);
        buf_reset(&s->body);
        jsonw_init(&json, &s->body);
        jsonw_object(&json);
        jsonw_member_text(&json, "by", w->user->name != NULL && *w->user->name != '\0' ? w->user->name : w->user->login);
        jsonw_member_text(&json, "reason", s->reason);
        sides_write(s, &json, "of", true);
        if (s->is_published)
                sides_write(s, &json, "unpublished", false);
        if (s->whole >= 0)
                jsonw_member_text(&json, "chosen", s->view->sides[s->whole].hash);
        jsonw_name(&json, "figures");
        jsonw_text_n(&json, s->block.data, s->block.length);
        jsonw_end(&json);
        buf_reset(&s->block);
        s->in_entry = 0;
        return ledger_append(w, s->is_published ? AUDIENCE_ALL : s->view->audience, s->kind, s->subject, &s->body, NULL);
}

/* A decision about a report stands among the report's entries, about anything else among the figures. */
static void settling_address(struct settling *s)
{
        const struct contest_view *v = s->view;
        struct work *w = s->work;

        s->kind = "figures.settle";
        s->subject = "figures";
        for (size_t i = 0; i < v->side_count; i++) {
                const struct entry *e = v->sides[i].entry;
                const char *dot = strrchr(e->kind, '.');

                if (dot == NULL || strncmp(e->kind, "figures.", 8) == 0 || strcmp(v->sides[i].unit, node_unit(w->node)) != 0)
                        continue;
                if (strcmp(s->subject, "figures") != 0 && strcmp(s->subject, e->subject) != 0) {
                        s->kind = "figures.settle"; /* two reports: it belongs to neither */
                        s->subject = "figures/";
                        break;
                }
                s->kind = arena_print(w->arena, "%.*s.settle", (int)(dot - e->kind), e->kind);
                s->subject = e->subject;
        }
}

/* What is chosen for each cell. */
static bool choice_write(struct settling *s)
{
        struct work *w = s->work;
        const struct catalogue *c = catalogue_of(w);

        for (size_t i = 0; i < s->view->cell_count; i++) {
                const struct contest_cell *cell = &s->view->cells[i];
                int side = s->choice[i], status, mark;
                struct figure f = { .indicator = cell->indicator, .unit = cell->unit, .period = cell->period, .item = cell->item,
                                    .partner = cell->partner, .known_from = cell->of_day };

                if (!cell->is_open || side < 0)
                        continue;
                if (!contest_version(w, cell, s->view->sides[side].entry->id, &status, &mark))
                        return false;
                f.value = cell->value[side];
                if (s->whole < 0 && status == STATUS_APPROVED) /* what is put together of several versions nobody has approved */
                        status = STATUS_SUBMITTED;
                f.status = s->is_published && !s->view->sides[side].is_published ? STATUS_PUBLISHED : (enum figure_status)status;
                f.mark = (enum figure_mark)mark;
                figures_block_add(&s->block, c, &f);
                if (++s->in_entry == FIGURES_PER_ENTRY && !settling_flush(s))
                        return false;
        }
        return settling_flush(s);
}

static size_t published_count(const struct contest_view *v)
{
        size_t count = 0;

        for (size_t i = 0; i < v->side_count; i++)
                count += v->sides[i].is_published;
        return count;
}

/* Where a version is published so is the decision, with what it chooses: whoever sees that version sees what takes its place. Where only some
 * are, what it says to a report stands among that report's entries as well, which not everybody may read. */
static bool decision_write(struct settling *s)
{
        size_t published = published_count(s->view);
        bool is_report;

        settling_address(s);
        is_report = strcmp(s->kind, "figures.settle") != 0;
        s->is_published = published == s->view->side_count;
        if (published == 0 || s->is_published)
                return choice_write(s);
        if (is_report && !choice_write(s))
                return false;
        s->is_published = true;
        if (is_report)
                s->subject = "figures";
        s->kind = "figures.settle";
        return choice_write(s);
}

/* Whether a choice takes the place of a version that was published: it is published then. */
static bool takes_published_place(const struct contest_view *v, const int *choice)
{
        bool takes_other = false;

        for (size_t i = 0; i < v->cell_count; i++)
                takes_other = takes_other || (v->cells[i].is_open && choice[i] >= 0 && choice[i] < (int)v->side_count &&
                                              !v->sides[choice[i]].is_published);
        return takes_other && published_count(v) > 0;
}

bool contest_settle(struct work *w, const char *name, const int *choice, size_t cell_count, const char *reason, bool may_publish)
{
        struct contest_view *v = contest_read(w, name, 0);
        const struct catalogue *c = v == NULL ? NULL : catalogue_of(w);
        struct settling *s = arena_alloc(w->arena, sizeof *s);
        const struct figure_own *own;
        size_t position;
        bool any = false;

        if (c == NULL)
                return false;
        own = v->cell_count == 0 ? NULL : figure_own_of(v->cells[0].indicator); /* those who bring such bring nothing else */
        if (v->cells_open == 0)
                return error_set(&w->err, ERR_CONFLICT, "this conflict has been settled already");
        if (!v->may_settle) {
                error_set(&w->err, ERR_DENIED, "this conflict is settled by the leader of unit %s, at its node", v->decider);
                return error_hint(&w->err, "the list of conflicts says who is expected to decide");
        }
        if (reason != NULL && strlen(reason) > SETTLE_REASON_MAX)
                return error_set(&w->err, ERR_INVALID, "the reason is longer than %d bytes", SETTLE_REASON_MAX) || error_at(&w->err, "reason");
        if (reason == NULL || strspn(reason, " \t\r\n") == strlen(reason) || !utf8_is_valid(reason, strlen(reason), &position)) {
                error_set(&w->err, ERR_INVALID, "a decision needs a reason");
                error_at(&w->err, "reason");
                return error_hint(&w->err, "say why; whoever may read the decision sees it");
        }
        if (v->side_count > SETTLE_SIDES_MAX) {
                error_set(&w->err, ERR_TOO_BIG, "%zu versions contradict each other; one decision names at most %d", v->side_count,
                          SETTLE_SIDES_MAX);
                return error_hint(&w->err, "report the right figures anew at this node: what is written in sight of all versions takes"
                                           " their place");
        }
        if (cell_count != v->cell_count)
                return error_set(&w->err, ERR_CONFLICT, "the conflict has changed in the meantime: look at it again");
        *s = (struct settling){ .work = w, .view = v, .choice = choice, .reason = reason, .whole = -2 };
        buf_init(&s->block, ENTRY_MAX / 2);
        buf_init(&s->body, ENTRY_MAX);
        arena_on_free(w->arena, settling_free, s);
        for (size_t i = 0; i < cell_count; i++)
                if (v->cells[i].is_open && choice[i] >= 0)
                        s->whole = s->whole == -2 || s->whole == choice[i] ? choice[i] : -1;
        for (size_t i = 0; i < cell_count; i++) {
                if (!v->cells[i].is_open || choice[i] < 0)
                        continue;
                if (choice[i] >= (int)v->side_count || !v->cells[i].has_side[choice[i]])
                        return error_set(&w->err, ERR_INVALID, "there is no such version of this figure");
                any = true;
        }
        if (!any)
                return error_set(&w->err, ERR_INVALID, "choose which value stands");
        if (own != NULL)
                return own->settle(w, v, choice, reason);
        if (takes_published_place(v, choice) && !may_publish) {
                error_set(&w->err, ERR_INVALID, "another version has been published: what takes its place is published with this decision");
                error_at(&w->err, "publish");
                return error_hint(&w->err, "agree to that, or choose the published version");
        }
        return decision_write(s);
}
