#include <stdlib.h>
#include <string.h>

#include "areas/overview/overview.h"
#include "ledger/node.h"
#include "ledger/past.h"

#define SHOWN_FIRST 8

/* ---- who has sent what ------------------------------------------------------------------------------ */

/* The report that provinces send every month. */
static const struct form *monthly_form(const struct catalogue *c, day today)
{
        const struct form *forms[FORMS_MOST];
        size_t n = form_list(c, today, forms);

        for (size_t i = 0; i < n; i++)
                if (form_window(forms[i]) != NULL && form_window(forms[i])->frequency == FREQUENCY_MONTH)
                        return forms[i];
        return NULL;
}

static moment due_of(const struct overview *v, const struct form *f, period p)
{
        day first, last;
        moment due = 0;

        return window_dates(v->catalogue, form_window(f), p, &first, &last, &due) ? due : moment_end_of_day(period_last(p));
}

static struct sender *sender_of(struct senders *s, const char *key)
{
        for (size_t i = 0; i < s->count; i++)
                if (strcmp(s->list[i].unit->key, key) == 0)
                        return &s->list[i];
        return NULL;
}

/* Whether the asker may open the reports of that unit: whether one has come is told of all, who sent it is not. */
static bool may_open(struct work *w, const struct unit *u)
{
        return w->user == &user_operator || catalogue_is_served(w, u->code, w->user->unit);
}

static bool reports_read(struct work *w, struct overview *v, struct senders *s, period earliest)
{
        moment due[STRIP_PERIODS];
        struct rows *rows;

        for (int i = 0; i < STRIP_PERIODS; i++) {
                period p = period_plus(s->first, i);

                due[i] = due_of(v, s->form, p);
                for (size_t k = 0; k < s->count; k++)
                        s->list[k].strip[i] = p < earliest || due[i] > w->now ? STRIP_NONE : STRIP_MISSING;
        }
        rows = db_query(w->db,
                        "SELECT r.unit, r.period, r.state, r.sent_at, r.sent_by,"
                        " (SELECT MIN(v.sent_at) FROM report_version v WHERE v.subject = r.subject AND v.version = 1)"
                        " FROM report r WHERE r.form = $1 AND r.period >= $2 AND r.period <= $3 ORDER BY r.period, r.unit",
                        ARGS(v_text(form_id(s->form)), v_int(s->first), v_int(s->period)));
        while (rows_next(rows)) {
                struct sender *x = sender_of(s, rows_text(rows, 0));
                period p = (period)rows_int(rows, 1);
                int at = (period_year(p) - period_year(s->first)) * 12 + period_index(p) - period_index(s->first);
                moment first_sent = rows_is_null(rows, 5) ? rows_int(rows, 3) : rows_int(rows, 5);

                if (x == NULL || at < 0 || at >= STRIP_PERIODS)
                        continue;
                x->strip[at] = first_sent <= due[at] ? STRIP_ON_TIME : STRIP_LATE;
                if (p == s->period) {
                        x->has_report = true;
                        x->state = (enum report_state)rows_int(rows, 2);
                        x->sent_at = rows_int(rows, 3);
                        x->sent_by = x->report_href == NULL || rows_text(rows, 4) == NULL ? NULL : arena_text(w->arena, rows_text(rows, 4));
                }
        }
        return work_ok(w);
}

static void chip_fill(struct work *w, struct senders *s, struct sender *x, moment due)
{
        if (x->has_report) {
                switch (x->state) {
                case REPORT_ACCEPTED:
                        x->chip = work_text(w, "Accepted");
                        x->chip_class = "ok";
                        x->chip_icon = "check";
                        x->rank = 3;
                        s->accepted++;
                        break;
                case REPORT_RETURNED:
                        x->chip = work_text(w, "Returned");
                        x->chip_class = "warn";
                        x->chip_icon = "warning";
                        x->rank = 1;
                        break;
                default:
                        x->chip = work_text(w, "Waiting for acceptance");
                        x->chip_class = "info";
                        x->chip_icon = "clock";
                        x->rank = 2;
                }
                s->sent++;
                return;
        }
        s->missing++;
        if (due >= w->now) {
                x->chip = work_text(w, "Not due yet");
                x->chip_class = "none";
                x->chip_icon = "calendar";
                x->rank = x->has_node ? 4 : 6;
        } else {
                x->chip = time_left(w, due);
                x->chip_class = "err";
                x->chip_icon = "alert";
                x->rank = x->has_node ? 0 : 5;
        }
}

static int compare_senders(const void *a, const void *b)
{
        const struct sender *x = a, *y = b;

        return x->rank != y->rank ? x->rank - y->rank : strcmp(x->unit->code, y->unit->code);
}

static void links_match(struct work *w, struct senders *s, const struct link *links, size_t count)
{
        for (size_t i = 0; i < s->count; i++) {
                struct sender *x = &s->list[i];
                moment newest = 0;

                for (size_t k = 0; k < count; k++)
                        if (strcmp(links[k].unit, x->unit->code) == 0) {
                                x->has_node = true;
                                x->is_connected = x->is_connected || links[k].is_connected;
                                x->backlog += links[k].backlog;
                                if (links[k].problem != NULL)
                                        x->problem = links[k].problem;
                                if (links[k].last_contact > newest)
                                        newest = links[k].last_contact;
                        }
                if (newest > 0)
                        x->contact = moment_text(w, newest);
        }
}

bool senders_fill(struct work *w, struct overview *v, const struct unit *only)
{
        struct senders *s = &v->senders;
        const struct unit *units[PROVINCES_MAX];
        day today = day_of_moment(w->now);
        struct link *links;
        size_t n, link_count;
        period earliest;
        struct rows *rows;
        moment due;
        char text[PERIOD_TEXT_MAX];

        if (!user_may(w->user, MAY_READ) || w->node == NULL || v->known != 0 || past_is_read(w)) /* of these only the present state is kept */
                return true;
        s->form = monthly_form(v->catalogue, today);
        if (s->form == NULL)
                return true;
        s->period = earliest = report_period_asked(v->catalogue, s->form, w->now);
        rows = db_query(w->db, "SELECT MIN(period) FROM report WHERE form = $1 AND period <= $2", ARGS(v_text(form_id(s->form)), v_int(s->period)));
        if (rows_next(rows) && !rows_is_null(rows, 0))
                earliest = (period)rows_int(rows, 0);
        rows_close(rows);
        s->first = period_plus(s->period, 1 - STRIP_PERIODS);
        n = unit_list(v->catalogue, LEVEL_PROVINCE, today, units, PROVINCES_MAX);
        for (size_t i = 0; i < n && i < PROVINCES_MAX; i++) {
                const struct unit *u = units[i];

                /* A node knows only the reports of its own territory: of others it must not say that they are missing. */
                if ((only != NULL && u != only) || !unit_code_is_within(v->catalogue, u->code, node_unit(w->node), today) || !catalogue_is_served(w, u->code, node_unit(w->node)))
                        continue;
                period_write(text, s->period);
                s->list[s->count++] = (struct sender){
                        .unit = u, .name = name_of(w, u),
                        .href = arena_print(w->arena, "/provinces/%s", u->code),
                        .department = arena_print(w->arena, work_text(w, "Department of Industry and Trade, %s"), name_of(w, u)),
                        .report_href = may_open(w, u) ? arena_print(w->arena, "/forms/%s/%s/%s", form_id(s->form), u->code, text) : NULL };
        }
        if (s->count == 0 || !reports_read(w, v, s, earliest))
                return work_ok(w);
        links = sync_links(w, &link_count);
        if (!work_ok(w))
                return false;
        links_match(w, s, links, link_count);
        due = due_of(v, s->form, s->period);
        for (size_t i = 0; i < s->count; i++)
                chip_fill(w, s, &s->list[i], due);
        qsort(s->list, s->count, sizeof *s->list, compare_senders);
        s->shown = v->ask->all || s->count <= SHOWN_FIRST + 2 ? s->count : SHOWN_FIRST;
        s->form_title = form_title(s->form, w->language);
        s->period_text = period_said(w, s->period);
        s->due_text = moment_text(w, due);
        s->all_href = arena_print(w->arena, "%s#tuoi", ask_with(w, v->ask, "tatca", "1"));
        s->is_there = true;
        return true;
}

/* ---- the exchange ------------------------------------------------------------------------------------- */

bool nodes_fill(struct work *w, struct overview *v)
{
        struct nodes *n = &v->nodes;

        if (!user_may(w->user, MAY_READ) || w->node == NULL || v->known != 0 || past_is_read(w)) /* of these only the present state is kept */
                return true;
        n->links = sync_links(w, &n->count);
        if (!work_ok(w))
                return false;
        n->is_there = true;
        n->checked = moment_text(w, w->now);
        n->problems = arena_array(w->arena, n->count * (LINK_ALARMS + 1) + 1, sizeof *n->problems);
        for (size_t i = 0; i < n->count; i++) {
                const struct link *l = &n->links[i];
                const struct unit *u = unit_at(v->catalogue, l->unit, day_of_moment(w->now));
                const char *name = u != NULL ? name_of(w, u) : strcmp(l->unit, UNKNOWN_NODE) == 0 ? work_text(w, "The node above, which has not said who it is") : l->unit;

                n->connected += l->is_connected;
                n->silent += !l->is_connected;
                n->backlog += l->backlog;
                if (l->problem != NULL)
                        n->problems[n->problem_count++] =
                                arena_print(w->arena, "%s: %s", name, l->problem);
                for (int a = 0; a < LINK_ALARMS; a++)
                        if ((l->alarms & 1u << a) != 0)
                                n->problems[n->problem_count++] =
                                        arena_print(w->arena, "%s: %s", name, work_text(w, link_alarm_text((enum link_alarm)a)));
        }
        n->chart = (struct chart){ .title = work_text(w, "Nodes by state of their connection"), .unit = work_text(w, "nodes") };
        n->bars[0] = (struct chart_bar){ work_text(w, "connected"), (int64_t)n->connected, false, false };
        n->bars[1] = (struct chart_bar){ work_text(w, "not connected"), (int64_t)n->silent, false, false };
        return true;
}
