#include <stdlib.h>
#include <string.h>

#include "figure/contest.h"
#include "form/view_private.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/trust.h"
#include "ledger/write.h"

#define UNITS_MOST 20000
#define PERIODS_SHOWN 12
#define PERIODS_DUE 2
#define PERIODS_OWED 240 /* that are looked through for what was never sent */
#define TODO_MOST 500
#define SOON (3 * MOMENT_PER_DAY) /* missing reports are named this long before they are due */

/* ---- what stands in the tables ------------------------------------------------------------------------- */

static struct standing *add(struct work *w, struct standings *s)
{
        if (s->count == s->room) {
                size_t room = s->room == 0 ? 64 : s->room * 2;
                struct standing *more = arena_array(w->arena, room, sizeof *more);

                if (s->count > 0)
                        memcpy(more, s->list, s->count * sizeof *more);
                s->list = more;
                s->room = room;
        }
        return &s->list[s->count++];
}

static moment due_of(const struct catalogue *catalogue, const struct form *form, period p)
{
        day first, last;
        moment due;

        return form->window != NULL && window_dates(catalogue, form->window, p, &first, &last, &due) ? due
                : 0;
}

/* Whether the days a period's report covers have begun. */
static bool is_begun(const struct catalogue *catalogue, const struct form *form, period p, day today)
{
        day first, last;
        moment due;

        if (form->window == NULL || !window_dates(catalogue, form->window, p, &first, &last, &due))
                first = period_first(p);
        return first <= today;
}

/* The newest period that has begun. */
static period newest_period(const struct catalogue *catalogue, const struct form *form, day today)
{
        enum frequency frequency = form->window == NULL ? FREQUENCY_MONTH : form->window->frequency;
        period p = period_at(frequency, today);

        return is_begun(catalogue, form, period_plus(p, 1), today) ? period_plus(p, 1) : p;
}

period report_period_asked(const struct catalogue *catalogue, const struct form *form, moment now)
{
        period p = newest_period(catalogue, form, day_of_moment(now));

        while (due_of(catalogue, form, p) > now + SOON)
                p = period_plus(p, -1);
        return p;
}

static struct standing *find(struct standings *s, const char *form, const char *unit_key, period p)
{
        for (size_t i = 0; i < s->count; i++) {
                if (s->list[i].period == p && strcmp(s->list[i].unit->key, unit_key) == 0 &&
                    strcmp(s->list[i].form->id, form) == 0)
                        return &s->list[i];
        }
        return NULL;
}

/* Read rows of both tables into the standings that are there; is_adding: make those that are not. */
static bool read_tables(struct work *w, const struct catalogue *catalogue, struct standings *s,
                        const char *where,
                        struct values values, bool is_adding)
{
        const char *shared = arena_print(w->arena,
                                         "SELECT form, unit, period, state, version, sent_at, return_due, remark "
                                         "FROM report WHERE %s", where);
        const char *own = arena_print(w->arena,
                                      "SELECT form, unit, period, state, filled, return_due, remark, last_cell "
                                      "FROM report_draft WHERE %s", where);

        for (int pass = 0; pass < 2; pass++) {
                struct rows *rows = db_query(w->db, pass == 0 ? shared : own, values);

                while (rows_next(rows)) {
                        const char *form_name = rows_text(rows, 0), *key = rows_text(rows, 1);
                        period p = (period)rows_int(rows, 2);
                        struct standing *one = find(s, form_name, key, p);

                        if (one == NULL && is_adding) {
                                const struct form *form = form_find(catalogue, form_name, period_last(p));
                                const struct unit *unit = unit_by_key(catalogue, key);

                                if (form == NULL || unit == NULL)
                                        continue;
                                one = add(w, s);
                                *one = (struct standing){ .form = form, .unit = unit, .period = p,
                                                          .due = due_of(catalogue, form, p) };
                        }
                        if (one == NULL)
                                continue;
                        one->state = (enum report_state)rows_int(rows, 3);
                        if (pass == 0) {
                                one->version = (int)rows_int(rows, 4);
                                one->sent_at = rows_int(rows, 5);
                        } else {
                                one->filled = (int)rows_int(rows, 4);
                                one->last_cell = rows_is_null(rows, 7) ? NULL
                                : arena_text(w->arena, rows_text(rows, 7));
                        }
                        one->return_due = rows_int(rows, pass == 0 ? 6 : 5);
                        if (!rows_is_null(rows, pass == 0 ? 7 : 6))
                                one->remark = arena_text(w->arena, rows_text(rows, pass == 0 ? 7 : 6));
                        else
                                one->remark = NULL;
                }
        }
        return work_ok(w);
}

static bool period_of(struct work *w, const char *text, period usual, period *p)
{
        *p = usual;
        if (text == NULL || text[0] == '\0')
                return true;
        if (!period_read(text, strlen(text), p) || period_frequency(*p) != period_frequency(usual))
                return error_set(&w->err, ERR_USAGE, "\"%.40s\" is no period of this form", text);
        return true;
}

/* Whether a unit files to this node and lies in the asker's territory. */
static bool is_below(struct work *w, const struct catalogue *catalogue, const char *code, day on)
{
        const char *territory = w->user->unit[0] != '\0' ? w->user->unit : node_unit(w->node);

        return strcmp(code, node_unit(w->node)) != 0 && unit_code_is_within(catalogue, code, territory, on);
}

static bool read_received(struct work *w, const struct catalogue *catalogue, struct standings *s)
{
        const struct unit **units = arena_array(w->arena, UNITS_MOST, sizeof *units);
        size_t count = unit_list(catalogue, s->form->filed_by, period_last(s->period), units, UNITS_MOST);

        for (size_t i = 0; i < count; i++) {
                if (!is_below(w, catalogue, units[i]->code, period_last(s->period)))
                        continue;
                *add(w, s) = (struct standing){ .form = s->form, .unit = units[i], .period = s->period,
                                                .due = due_of(catalogue, s->form, s->period) };
        }
        if (!read_tables(w, catalogue, s, "form = $1 AND period = $2",
                         ARGS(v_text(s->form->id), v_int(s->period)), false))
                return false;
        for (size_t i = 0; i < s->count; i++) {
                s->sent += s->list[i].version > 0;
                s->accepted += s->list[i].state == REPORT_ACCEPTED;
        }
        return true;
}

/* ---- what this node files -------------------------------------------------------------------------------- */

/* One whose reports this node files. unit NULL: its own, whichever has the code in a period; otherwise a predecessor by a
 * succession that stands, as the list of units had it the day before the act: codes come back for other units. A
 * predecessor owes the periods that ended while it existed; where the list knows nothing of the merger, it goes on. */
struct filer { const char *code; const struct unit *unit; };

static struct filer *list_filers(struct work *w, const struct catalogue *catalogue, size_t *count)
{
        size_t act_count, room = 1;
        struct succession *acts = trust_successions(w, &act_count);
        stamp now = ledger_next_stamp(w);
        struct filer *list;

        for (size_t i = 0; i < act_count; i++)
                room += strlen(acts[i].from);
        list = arena_array(w->arena, room, sizeof *list);
        list[0] = (struct filer){ node_unit(w->node), NULL };
        *count = 1;
        for (size_t i = 0; i < act_count; i++) {
                day effect;

                if (strcmp(acts[i].unit, node_unit(w->node)) != 0 || (acts[i].undone_at != 0 && acts[i].undone_at < now) || acts[i].effect >= now ||
                    !day_read(acts[i].day, strlen(acts[i].day), &effect))
                        continue;
                for (const char *from = acts[i].from; *from != '\0'; from += strspn(from, ",")) {
                        size_t length = strcspn(from, ",");
                        const char *code = arena_copy(w->arena, from, length);
                        const struct unit *unit = unit_read(catalogue, code, effect - 1);

                        if (unit != NULL)
                                list[(*count)++] = (struct filer){ code, unit };
                        from += length;
                }
        }
        return list;
}

/* The newest periods of a form that one of them owes, newest first: the first limit of them and, where they are of this node's unit itself, those before
 * that were due since the node has begun. */
static void add_owed(struct work *w, const struct catalogue *catalogue, struct standings *s, const struct form *in_force,
                     const struct filer *filer, day today, int limit, moment begun)
{
        day last = filer->unit == NULL || filer->unit->to > today ? today : filer->unit->to;
        period newest = newest_period(catalogue, in_force, last);

        /* a period that has begun when the unit ends is no longer its own */
        while (filer->unit != NULL && period_last(newest) > filer->unit->to)
                newest = period_plus(newest, -1);
        for (int i = 0; i < PERIODS_OWED; i++) {
                period p = period_plus(newest, -i);
                const struct unit *unit;
                const struct form *form;

                if (i >= limit && (filer->unit != NULL || due_of(catalogue, in_force, p) < begun))
                        break;
                unit = unit_read(catalogue, filer->code, period_last(p));
                form = form_find(catalogue, in_force->id, period_last(p));
                if (unit == NULL || (filer->unit != NULL && unit != filer->unit) || form == NULL ||
                    unit->level != form->filed_by || find(s, form->id, unit->key, p) != NULL)
                        continue;
                *add(w, s) = (struct standing){ .form = form, .unit = unit, .period = p, .due = due_of(catalogue, form, p), .is_older = i >= limit };
        }
}

/* The newest periods of all forms, or of the one chosen, with what was owed before and not sent; is_adding: and whatever was begun, sent or returned. */
static bool read_own(struct work *w, const struct catalogue *catalogue, struct standings *s, day today, int limit,
                     bool is_adding)
{
        size_t count;
        struct filer *filers = list_filers(w, catalogue, &count);
        moment begun = ledger_begun(w);
        size_t kept = 0;

        for (size_t f = 0; f < s->form_count; f++)
                for (size_t i = 0; i < count && (s->form == NULL || s->form == s->forms[f]); i++)
                        add_owed(w, catalogue, s, s->forms[f], &filers[i], today, limit, begun);
        for (size_t i = 0; i < count; i++) {
                bool is_read = false; /* an act may name a unit that has this code, and several may name one */

                for (size_t k = 0; k < i; k++)
                        is_read = is_read || strcmp(filers[k].code, filers[i].code) == 0;
                if (!is_read && !read_tables(w, catalogue, s, "unit LIKE $1",
                                             ARGS(v_text(arena_print(w->arena, "%s@%%", filers[i].code))), is_adding))
                        return false;
        }
        for (size_t i = 0; i < s->count; i++)
                if (!s->list[i].is_older || s->list[i].state < REPORT_SENT || s->list[i].state == REPORT_RETURNED)
                        s->list[kept++] = s->list[i];
        s->count = kept;
        return work_ok(w);
}

struct standings *standings_read(struct work *w, const char *form, const char *period_text)
{
        const struct catalogue *catalogue = catalogue_of(w);
        struct standings *s = arena_alloc(w->arena, sizeof *s);
        day today = day_of_moment(w->now);
        period newest;

        if (catalogue == NULL)
                return NULL;
        s->forms = arena_array(w->arena, FORMS_MOST, sizeof *s->forms);
        s->form_count = form_list(catalogue, today, s->forms);
        s->query = "";
        for (size_t i = 0; i < s->form_count && form != NULL; i++) {
                if (strcmp(s->forms[i]->id, form) == 0)
                        s->form = s->forms[i];
        }
        if (form != NULL && s->form == NULL) {
                error_set(&w->err, ERR_MISSING, "there is no form \"%.40s\"", form);
                return NULL;
        }
        const struct unit *own = unit_read(catalogue, node_unit(w->node), today);
        s->is_receiver = own != NULL && s->form_count > 0 && own->level < s->forms[0]->filed_by;
        if (!s->is_receiver)
                return read_own(w, catalogue, s, today, PERIODS_SHOWN, false) ? s : NULL;
        if (s->form == NULL)
                s->form = s->forms[0];
        newest = newest_period(catalogue, s->form, today);
        s->period_count = PERIODS_SHOWN;
        s->periods = arena_array(w->arena, PERIODS_SHOWN, sizeof *s->periods);
        for (size_t i = 0; i < PERIODS_SHOWN; i++)
                s->periods[i] = period_plus(newest, -(int)i);
        if (!period_of(w, period_text, report_period_asked(catalogue, s->form, w->now), &s->period))
                return NULL;
        char text[PERIOD_TEXT_MAX];
        period_write(text, s->period);
        s->query = arena_print(w->arena, "?form=%s&period=%s", s->form->id, text);
        return read_received(w, catalogue, s) ? s : NULL;
}

/* ---- what waits ---------------------------------------------------------------------------------------- */

struct gathering { struct todo *list; size_t count; };

static void wait_for(struct work *w, struct gathering *g, enum todo_kind kind, const struct standing *s)
{
        char text[PERIOD_TEXT_MAX];

        if (g->count == TODO_MOST)
                return;
        period_write(text, s->period);
        g->list[g->count++] = (struct todo){
                .kind = kind, .form = s->form, .unit = s->unit, .period = s->period, .state = s->state,
                .version = s->version, .filled = s->filled, .remark = s->remark, .sent_at = s->sent_at,
                .due_is_certain = (kind == TODO_CORRECT && s->return_due > 0) || s->form->window == NULL || window_due_is_certain(catalogue_of(w), s->form->window, s->period),
                .is_older = s->is_older && s->state == REPORT_EMPTY,
                .due = kind == TODO_CORRECT && s->return_due > 0 ? s->return_due : s->due,
                .href = arena_print(w->arena, "/forms/%s/%s/%s%s%s", s->form->id, s->unit->code, text,
                                    s->last_cell != NULL && kind == TODO_FILL ? "#c-" : "",
                                    s->last_cell != NULL && kind == TODO_FILL ? s->last_cell : ""),
        };
}

static int compare_due(const void *a, const void *b)
{
        const struct todo *x = a, *y = b;

        if ((x->kind == TODO_MISSING) != (y->kind == TODO_MISSING))
                return x->kind == TODO_MISSING ? 1 : -1;
        if (x->due != y->due)
                return x->due < y->due ? -1 : 1;
        return strcmp(x->unit->code, y->unit->code);
}

/* What this node files: this and the last period, and whatever was begun, or was due, and not sent. */
static bool gather_own(struct work *w, const struct catalogue *catalogue, struct gathering *g, day today)
{
        bool is_leader = user_may(w->user, MAY_SEND), may_fill = user_may(w->user, MAY_FILL);
        struct standings s = { .forms = arena_array(w->arena, FORMS_MOST, sizeof *s.forms) };

        s.form_count = form_list(catalogue, today, s.forms);
        if (!read_own(w, catalogue, &s, today, PERIODS_DUE, true))
                return false;
        for (size_t i = 0; i < s.count; i++) {
                const struct standing *one = &s.list[i];

                switch (one->state) {
                case REPORT_EMPTY:
                case REPORT_DRAFT:
                        if (may_fill && (!is_leader || one->due < w->now))
                                wait_for(w, g, TODO_FILL, one);
                        break;
                case REPORT_RETURNED:
                        if (may_fill)
                                wait_for(w, g, TODO_CORRECT, one);
                        break;
                case REPORT_SUBMITTED:
                        if (is_leader)
                                wait_for(w, g, TODO_APPROVE, one);
                        break;
                default: break;
                }
        }
        return true;
}

/* What arrived from below and what did not. */
static bool gather_received(struct work *w, const struct catalogue *catalogue, struct gathering *g, day today)
{
        const struct form **forms = arena_array(w->arena, FORMS_MOST, sizeof *forms);
        size_t form_count = form_list(catalogue, today, forms);
        struct standings arrived = { 0 };

        if (!read_tables(w, catalogue, &arrived, "state = $1", ARGS(v_int(REPORT_SENT)), true))
                return false;
        for (size_t i = 0; i < arrived.count; i++) {
                if (arrived.list[i].state == REPORT_SENT &&
                    is_below(w, catalogue, arrived.list[i].unit->code, today))
                        wait_for(w, g, TODO_RECEIVE, &arrived.list[i]);
        }
        for (size_t f = 0; f < form_count; f++) {
                struct standings s = { .form = forms[f], .period = report_period_asked(catalogue, forms[f], w->now) };

                if (!read_received(w, catalogue, &s))
                        return false;
                for (size_t i = 0; i < s.count; i++) {
                        if (s.list[i].version == 0)
                                wait_for(w, g, TODO_MISSING, &s.list[i]);
                }
        }
        return true;
}

struct todo *report_todo(struct work *w, size_t *count)
{
        const struct catalogue *catalogue = catalogue_of(w);
        struct gathering g = { .list = arena_array(w->arena, TODO_MOST, sizeof *g.list) };
        day today = day_of_moment(w->now);
        bool is_at_home;

        *count = 0;
        if (catalogue == NULL)
                return NULL;
        is_at_home = strcmp(w->user->unit, node_unit(w->node)) == 0;
        if (is_at_home && user_may(w->user, MAY_READ)) {
                if (!gather_own(w, catalogue, &g, today))
                        return NULL;
                if (user_may(w->user, MAY_RECEIVE) && !gather_received(w, catalogue, &g, today))
                        return NULL;
        }
        qsort(g.list, g.count, sizeof *g.list, compare_due);
        *count = g.count;
        return g.list;
}

bool report_duties(struct work *w, bool *files, bool *receives)
{
        const struct catalogue *catalogue = catalogue_of(w);
        day today = day_of_moment(w->now);
        const struct form **forms;
        const struct unit *own;
        size_t count;

        *files = *receives = false;
        if (catalogue == NULL)
                return false;
        own = unit_read(catalogue, node_unit(w->node), today);
        forms = arena_array(w->arena, FORMS_MOST, sizeof *forms);
        count = form_list(catalogue, today, forms);
        for (size_t i = 0; own != NULL && i < count; i++) {
                *files |= own->level == forms[i]->filed_by;
                *receives |= own->level < forms[i]->filed_by;
        }
        return work_ok(w);
}

int report_todo_count(struct work *w)
{
        size_t count;
        struct todo *list = report_todo(w, &count);
        int waiting = 0;

        for (size_t i = 0; list != NULL && i < count; i++)
                waiting += list[i].kind != TODO_MISSING;
        return waiting + (int)contests_waiting(w);
}
