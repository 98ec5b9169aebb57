/* list.c - many cases at once: the lists people filter, and what waits for a person. */
#include <string.h>

#include "base/utf8.h"
#include "base/words.h"
#include "ledger/node.h"
#include "workflow/case_private.h"

#define TODO_COUNTED 999
#define RARE 2000 /* cases with a word */

enum urgency limit_urgency(const struct workflow_limit *l, day due, day today)
{
        if (l == NULL || l->is_window || due == DAY_NONE)
                return URGENCY_NONE;
        if (l->escalate_to >= 0 && today >= due + l->escalate_after)
                return URGENCY_ESCALATED;
        if (today > due)
                return URGENCY_LATE;
        return l->remind_count > 0 && today >= due - l->remind[0] ? URGENCY_SOON : URGENCY_NONE;
}

const char *urgency_name(enum urgency urgency)
{
        static const char *const names[] = { "", "soon", "late", "escalated" };

        return names[urgency];
}

const struct unit *case_asker(struct work *w)
{
        const struct catalogue *c = catalogue_of(w);
        const char *code = w->user == &user_operator ? node_unit(w->node) : w->user->unit;

        return c == NULL || code == NULL || *code == '\0' ? NULL : unit_at(c, code, day_of_moment(w->now));
}

const char *case_opener(struct work *w)
{
        return user_may(w->user, MAY_READ) ? NULL : arena_print(w->arena, "%s %s", node_key(w->node), w->user->login);
}

/* ---- conditions ------------------------------------------------------------------------------------------------- */

/* A text of SQL with its values, numbered from $1 on. */
struct condition {
        struct arena *arena;
        struct buf sql;
        struct value *values;
        size_t count;
};

static struct condition *condition_open(struct work *w)
{
        struct condition *c = arena_alloc(w->arena, sizeof *c);

        *c = (struct condition){ .arena = w->arena };
        buf_init_with(&c->sql, 0, w->arena);
        return c;
}

static void add_value(struct condition *c, struct value v)
{
        c->values = arena_room(c->arena, c->values, c->count, sizeof *c->values);
        c->values[c->count++] = v;
}

static void add(struct condition *c, const char *before, struct value v, const char *after)
{
        add_value(c, v);
        buf_print(&c->sql, "%s$%zu%s", before, c->count, after);
}

/* A unit and the units of earlier maps that it was made of, as the list of an IN. */
static void add_keys(struct work *w, struct condition *c, const char *column, const struct unit *unit)
{
        size_t count;
        const struct unit **all = unit_origins(w->arena, catalogue_of(w), unit, &count);

        for (size_t i = 0; i < count; i++)
                add(c, i == 0 ? arena_print(w->arena, "%s IN (", column) : ", ", v_text(all[i]->key), "");
        buf_text(&c->sql, ")");
}

/* Ids of the cases in which a register names the asker today, as the list of an IN. */
static void add_named(struct work *w, struct condition *c, const char *before)
{
        add_value(c, v_text(w->user->login));
        add_value(c, v_int(day_of_moment(w->now)));
        buf_text(&c->sql, before);
        parts_named(&c->sql, arena_print(w->arena, "$%zu", c->count - 1), arena_print(w->arena, "$%zu", c->count));
        buf_text(&c->sql, ")");
}

/* Rows of case_duty that are the asker's today. */
static void add_duties(struct work *w, struct condition *c, const struct unit *own)
{
        day today = day_of_moment(w->now);

        if (own == NULL) {
                buf_text(&c->sql, "1 = 0");
                return;
        }
        add_keys(w, c, "((unit", own);
        add(c, " AND relation <> ", v_int(RELATION_BELOW), ")");
        if (own->parent != NULL) { /* below: those of all units above */
                add(c, " OR (relation = ", v_int(RELATION_BELOW), " AND unit IN (");
                for (const struct unit *u = own->parent; u != NULL; u = u->parent)
                        add(c, u == own->parent ? "" : ", ", v_text(u->key), "");
                buf_text(&c->sql, "))");
        }
        add(c, ") AND (roles & ", v_int((int64_t)1 << w->user->role), ") <> 0");
        add(c, " AND since <= ", v_int(today), "");
        add(c, " AND until >= ", v_int(today), "");
        add(c, " AND (CASE WHEN relation = ", v_int(RELATION_NAMED), "");
        add_named(w, c, " THEN case_id IN (");
        if (case_opener(w) != NULL)
                add(c, " ELSE case_id IN (SELECT id FROM case_file WHERE opener = ", v_text(case_opener(w)), ") END)");
        else
                buf_text(&c->sql, " ELSE 1 = 1 END)");
}

static void condition_make(struct work *w, const struct case_query *q, struct condition *c)
{
        const struct unit *own = case_asker(w), *units[2] = { own, q->unit };
        day today = day_of_moment(w->now);

        buf_text(&c->sql, " WHERE 1 = 1");
        for (int i = q->which == CASES_MINE; i < 2; i++) /* the next step may be in a case of another territory: who is asked for an opinion */
                if (units[i] != NULL && units[i]->level != LEVEL_COUNTRY)
                        add_keys(w, c, units[i]->level == LEVEL_PROVINCE ? " AND province" : " AND unit", units[i]);
        if (own == NULL)
                buf_text(&c->sql, " AND 1 = 0");
        if (case_opener(w) != NULL) {
                add(c, " AND (opener = ", v_text(case_opener(w)), "");
                add_named(w, c, " OR id IN (");
                buf_text(&c->sql, ")");
        }
        if (q->workflow != NULL)
                add(c, " AND workflow = ", v_text(q->workflow), "");
        if (q->state != NULL)
                add(c, " AND state = ", v_text(q->state), "");
        if (q->parent != NULL)
                add(c, " AND parent = ", v_text(q->parent), "");
        /* where the order is not that of the index, or few of the country are the asker's, it must not be chosen for the half it would find */
        if (q->which != CASES_ALL)
                buf_print(&c->sql, " AND is_open%s = %d", q->sort == SORT_DUE && q->which != CASES_MINE ? "" : " + 0", q->which != CASES_ENDED);
        if (q->which == CASES_SOON)
                add(c, " AND remind <= ", v_int(today), "");
        if (q->which == CASES_SOON)
                add(c, " AND due >= ", v_int(today), "");
        if (q->which == CASES_LATE)
                add(c, " AND due < ", v_int(today), "");
        if (q->which == CASES_MINE) {
                buf_text(&c->sql, " AND id IN (SELECT case_id FROM case_duty WHERE ");
                add_duties(w, c, own);
                buf_text(&c->sql, ")");
        }
}

/* ---- words ---------------------------------------------------------------------------------------------------------- */

/* What comes behind all words that begin with a word of digits and plain letters, in whatever order a database sorts text: the
 * last sign one further, without those that have none. "" where nothing does; the word itself is meant alone where it has other letters. */
static const char *behind(struct work *w, const char *word)
{
        char *last = arena_text(w->arena, word);
        size_t n = strlen(last);

        while (n > 0 && last[n - 1] == 'z')
                last[--n] = '\0';
        if (n > 0)
                last[n - 1] = last[n - 1] == '9' ? 'a' : (char)(last[n - 1] + 1);
        return last;
}

static bool is_plain(const char *word)
{
        return word[strspn(word, "0123456789abcdefghijklmnopqrstuvwxyz")] == '\0';
}

/* The words looked for: those that begin so lie between two texts. rarest: one that few cases have; -1 none. */
struct search { const char **from, **to; int count, rarest; };

static void add_range(struct condition *c, const struct search *s, int i)
{
        add(c, s->to[i] == NULL ? "word = " : "word >= ", v_text(s->from[i]), "");
        if (s->to[i] != NULL && *s->to[i] != '\0')
                add(c, " AND word < ", v_text(s->to[i]), "");
}

/* Whether a word is found wherever another one is: it is the same, or the beginning of it. */
static bool is_said_by(const char *word, const char *other)
{
        return strcmp(word, other) == 0 || (is_plain(word) && is_plain(other) && strncmp(word, other, strlen(word)) == 0);
}

static void search_add_word(struct work *w, struct search *s, const char *word)
{
        int kept = 0;

        for (int i = 0; i < s->count; i++)
                if (is_said_by(word, s->from[i]))
                        return;
        for (int i = 0; i < s->count; i++)
                if (!is_said_by(s->from[i], word)) {
                        s->from[kept] = s->from[i];
                        s->to[kept++] = s->to[i];
                }
        s->from[kept] = word;
        s->to[kept] = is_plain(word) ? behind(w, word) : NULL;
        s->count = kept + 1;
}

/* How many cases have each word, up to RARE + 1, is asked of all words at once. */
static void search_make(struct work *w, const char *words, struct search *s)
{
        char *rest = utf8_fold(w->arena, words), *word;
        size_t most = strlen(rest) / 2 + 1;
        struct condition *c = condition_open(w);
        int64_t fewest = RARE + 1;
        struct rows *r;

        *s = (struct search){ .from = arena_array(w->arena, most, sizeof *s->from), .to = arena_array(w->arena, most, sizeof *s->to), .rarest = -1 };
        while ((word = word_next(&rest)) != NULL)
                search_add_word(w, s, word);
        if (s->count == 0)
                return;
        for (int i = 0; i < s->count; i++) {
                buf_text(&c->sql, i == 0 ? "SELECT (SELECT COUNT(*) FROM (SELECT 1 AS one FROM case_word WHERE " : ", (SELECT COUNT(*) FROM (SELECT 1 AS one FROM case_word WHERE ");
                add_range(c, s, i);
                buf_print(&c->sql, " LIMIT %d) AS few%d)", RARE + 1, i);
        }
        r = db_query(w->db, c->sql.data, (struct values){ c->values, c->count });
        if (rows_next(r))
                for (int i = 0; i < s->count; i++)
                        if (rows_int(r, i) < fewest) {
                                fewest = rows_int(r, i);
                                s->rarest = i;
                        }
        rows_close(r);
}

/* A rare word is where the search begins; whether a case has the others is looked up. */
static void add_words(struct condition *c, const struct search *s)
{
        for (int i = 0; i < s->count; i++) {
                buf_text(&c->sql, i == s->rarest ? " AND id IN (SELECT case_id FROM case_word WHERE "
                                                 : " AND EXISTS (SELECT 1 FROM case_word WHERE case_id = case_file.id AND ");
                add_range(c, s, i);
                buf_text(&c->sql, ")");
        }
}

/* ---- rows ----------------------------------------------------------------------------------------------------------- */

#define ROW_COLUMNS "id, workflow, unit, title, state, received, ended, limit_id, due, stands_still, is_certain, changed_at"

static void row_read(struct work *w, struct rows *r, struct case_row *row)
{
        const struct catalogue *c = catalogue_of(w);
        int limit;

        *row = (struct case_row){ .id = arena_text(w->arena, rows_text(r, 0)), .workflow = arena_text(w->arena, rows_text(r, 1)),
                                  .unit = unit_by_key(c, rows_text(r, 2)), .title = arena_text(w->arena, rows_text(r, 3)),
                                  .state = arena_text(w->arena, rows_text(r, 4)), .received = (day)rows_int(r, 5),
                                  .ended = rows_int(r, 6) == 0 ? DAY_NONE : (day)rows_int(r, 6),
                                  .due = rows_int(r, 8) == DAY_FOREVER ? DAY_NONE : (day)rows_int(r, 8), .stands_still = rows_int(r, 9) != 0,
                                  .is_certain = rows_int(r, 10) != 0, .changed_at = stamp_moment(rows_int(r, 11)) };
        row->regime = workflow_find(c, row->workflow, row->received);
        limit = row->regime == NULL ? -1 : workflow_limit_find(row->regime, rows_text(r, 7));
        row->limit = limit < 0 ? NULL : &row->regime->limits[limit];
        if (row->ended == DAY_NONE)
                row->urgency = limit_urgency(row->limit, row->due, day_of_moment(w->now));
}

/* The rows of a query in its order, at most max. total (NULL: not asked): as of case_list. NULL on failure. */
static struct rows *list_open(struct work *w, const struct case_query *q, int64_t max, int64_t *total)
{
        /* few are sorted; where there are many the index gives them in order, so that the first are soon found */
        static const char *const orders[2][3] = { { "due, id", "received DESC, id", "changed_at DESC, id" },
                                                  { "due + 0, id", "received + 0 DESC, id", "changed_at + 0 DESC, id" } };
        struct condition *c = condition_open(w);
        struct search search = { .rarest = -1 };
        struct values values;

        if (catalogue_of(w) == NULL)
                return NULL;
        condition_make(w, q, c);
        if (q->words != NULL)
                search_make(w, q->words, &search);
        add_words(c, &search);
        values = (struct values){ c->values, c->count };
        if (total != NULL)
                *total = db_number(w->db, arena_print(w->arena, "SELECT COUNT(*) FROM (SELECT 1 AS one FROM case_file%s LIMIT %d) AS found", c->sql.data,
                                                      CASES_COUNTED + 1), values, 0);
        return db_query(w->db, arena_print(w->arena, "SELECT " ROW_COLUMNS " FROM case_file%s ORDER BY %s LIMIT %lld OFFSET %lld", c->sql.data,
                                           orders[search.rarest >= 0][q->sort], (long long)max, (long long)q->offset), values);
}

struct case_row *case_list(struct work *w, const struct case_query *q, size_t max, size_t *count, int64_t *total)
{
        struct case_row *list = arena_array(w->arena, max + 1, sizeof *list);
        struct rows *r;

        *count = 0;
        *total = 0;
        r = list_open(w, q, (int64_t)max, total);
        if (r == NULL)
                return NULL;
        while (*count < max && rows_next(r))
                row_read(w, r, &list[(*count)++]);
        rows_close(r);
        return work_ok(w) ? list : NULL;
}

bool case_each(struct work *w, const struct case_query *q, case_visit *visit, void *context)
{
        struct rows *r = list_open(w, q, INT64_MAX, NULL);
        struct case_row row;

        while (r != NULL && work_ok(w) && rows_next(r)) {
                row_read(w, r, &row);
                if (!visit(w, &row, context))
                        break;
        }
        if (r != NULL)
                rows_close(r);
        return work_ok(w);
}

/* ---- what waits for a person ------------------------------------------------------------------------------------------- */

/* Of the duties that were found for a case: their relations (1 << enum relation), and where a step had to wait for limits, which (1 << place) and since when;
 * up to the last day of which limits steps may be taken. */
struct found_duties { unsigned relations; uint64_t after, within; day since[WORKFLOW_LIST_MAX]; };

/* The step that the asker is to take next. Who is asked or named is known by the duties alone, and so is which limit is over. */
static const struct workflow_action *step_of(struct work *w, const struct case_row *row, const struct unit *own, const struct found_duties *d)
{
        const struct workflow *flow = row->regime;
        int state = flow == NULL ? -1 : workflow_state_find(flow, row->state);
        const struct unit *home = row->unit == NULL ? NULL : case_home(catalogue_of(w), row->unit, day_of_moment(w->now));
        const struct workflow_action *step = NULL;
        int best = 0;

        for (int i = 0; state >= 0 && home != NULL && i < flow->action_count; i++) {
                const struct workflow_action *a = &flow->actions[i];
                int rank = workflow_step_rank(flow, a, state);

                if (rank <= best || (a->after >= 0 && (d->after & UINT64_C(1) << a->after) == 0) || (a->within >= 0 && (d->within & UINT64_C(1) << a->within) == 0))
                        continue;
                for (int k = 0; k < flow->actor_count; k++)
                        if (a->by[k] && (flow->actors[k].roles & 1u << w->user->role) != 0 &&
                            (flow->actors[k].relation >= RELATION_ASKED ? (d->relations & 1u << flow->actors[k].relation) != 0 : unit_stands(flow->actors[k].relation, own, home))) {
                                step = a;
                                best = rank;
                        }
        }
        return step;
}

/* The ids of the most urgent, each once. is_all: there are no others. */
static size_t read_duties(struct work *w, const struct unit *own, struct case_todo *list, struct found_duties *found, size_t max, bool *is_all)
{
        struct condition *c = condition_open(w);
        struct rows *r;
        size_t count = 0, most = max * 3, read = 0;

        buf_text(&c->sql, "SELECT case_id, relation, after_limit, since, within_limit FROM case_duty WHERE ");
        add_duties(w, c, own);
        buf_print(&c->sql, " ORDER BY due, case_id LIMIT %zu", most);
        r = db_query(w->db, c->sql.data, (struct values){ c->values, c->count });
        while (rows_next(r)) {
                size_t i = 0;

                while (i < count && strcmp(list[i].row.id, rows_text(r, 0)) != 0)
                        i++;
                if (i == max)
                        break;
                read++;
                if (i == count) {
                        list[count++] = (struct case_todo){ .row.id = arena_text(w->arena, rows_text(r, 0)), .since = DAY_NONE };
                        found[i] = (struct found_duties){ .relations = 0 };
                }
                found[i].relations |= 1u << rows_int(r, 1);
                if (rows_int(r, 4) >= 0 && rows_int(r, 4) < WORKFLOW_LIST_MAX)
                        found[i].within |= UINT64_C(1) << rows_int(r, 4);
                if (rows_int(r, 2) >= 0 && rows_int(r, 2) < WORKFLOW_LIST_MAX) {
                        found[i].after |= UINT64_C(1) << rows_int(r, 2);
                        found[i].since[rows_int(r, 2)] = (day)rows_int(r, 3);
                }
        }
        rows_close(r);
        *is_all = count < max && read < most;
        return count;
}

struct case_todo *case_todo(struct work *w, size_t max, size_t *count, int64_t *total)
{
        const struct unit *own = case_asker(w);
        struct case_todo *list = arena_array(w->arena, max + 1, sizeof *list);
        struct found_duties *found = arena_array(w->arena, max + 1, sizeof *found);
        struct condition *c = condition_open(w);
        struct rows *r;
        bool is_all = true;

        *count = own == NULL ? 0 : read_duties(w, own, list, found, max, &is_all);
        *total = is_all ? (int64_t)*count : case_todo_count(w);
        if (*count == 0)
                return work_ok(w) ? list : NULL;
        buf_text(&c->sql, "SELECT " ROW_COLUMNS " FROM case_file WHERE id IN (");
        for (size_t i = 0; i < *count; i++)
                add(c, i == 0 ? "" : ", ", v_text(list[i].row.id), "");
        buf_text(&c->sql, ")");
        r = db_query(w->db, c->sql.data, (struct values){ c->values, c->count });
        while (rows_next(r))
                for (size_t i = 0; i < *count; i++)
                        if (strcmp(list[i].row.id, rows_text(r, 0)) == 0)
                                row_read(w, r, &list[i].row);
        rows_close(r);
        for (size_t i = 0; i < *count; i++) {
                list[i].action = step_of(w, &list[i].row, own, &found[i]);
                if (list[i].action != NULL && list[i].action->after >= 0)
                        list[i].since = found[i].since[list[i].action->after];
        }
        return work_ok(w) ? list : NULL;
}

int64_t case_todo_count(struct work *w)
{
        const struct unit *own = case_asker(w);
        struct condition *c = condition_open(w);

        if (own == NULL)
                return 0;
        buf_text(&c->sql, "SELECT COUNT(DISTINCT case_id) FROM (SELECT case_id FROM case_duty WHERE ");
        add_duties(w, c, own);
        buf_print(&c->sql, " LIMIT %d) AS waiting", TODO_COUNTED);
        return db_number(w->db, c->sql.data, (struct values){ c->values, c->count }, 0);
}

/* ---- counts ---------------------------------------------------------------------------------------------------------------- */

bool case_metrics(struct work *w, struct buf *o)
{
        static const struct { const char *name, *help; } counts[] = { { "caunoi_cases_open", "Cases that go on." },
                                                                      { "caunoi_cases_late", "Cases whose next limit has passed." },
                                                                      { "caunoi_cases_ended", "Cases that have ended." } };
        /* read from case_file_state alone, in its order */
        struct rows *r = db_query(w->db, "SELECT workflow, SUM(is_open), SUM(CASE WHEN is_open = 1 AND due < $1 THEN 1 ELSE 0 END), SUM(1 - is_open)"
                                         " FROM case_file GROUP BY workflow ORDER BY workflow", ARGS(v_int(day_of_moment(w->now))));
        const char *lines[3] = { "", "", "" };

        while (rows_next(r))
                for (int i = 0; i < 3; i++)
                        lines[i] = arena_print(w->arena, "%s%s{workflow=\"%s\"} %lld\n", lines[i], counts[i].name, rows_text(r, 0), (long long)rows_int(r, i + 1));
        rows_close(r);
        for (int i = 0; i < 3; i++)
                buf_print(o, "# HELP %s %s\n# TYPE %s gauge\n%s", counts[i].name, counts[i].help, counts[i].name, lines[i]);
        return work_ok(w);
}
