/* report.c - reports on clusters: made from beneath, checked, signed. */
#include "areas/cluster/report.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "areas/cluster/view.h"
#include "format/jsonr.h"

/* ---- what a report is about ------------------------------------------------------------------------------------------------------- */

static bool window_of(struct work *w, struct report_about *a, const char *period_text)
{
        const struct catalogue *c = catalogue_of(w);
        const struct window *window;
        enum frequency f;

        if (!period_read(period_text, strlen(period_text), &a->period))
                return error_set(&w->err, ERR_INVALID, "\"%s\" is not a period: 2026-S1 or 2026", period_text);
        f = period_frequency(a->period);
        if ((f != FREQUENCY_HALF || period_index(a->period) != 1) && f != FREQUENCY_YEAR)
                return error_set(&w->err, ERR_INVALID, "clusters are reported for the first half and for the whole of a year: 2026-S1 or 2026");
        window = window_find(c, f == FREQUENCY_HALF ? a->form->half : a->form->year, period_last(a->period));
        if (window == NULL || !window_dates(c, window, a->period, &a->first, &a->last, &a->due))
                return error_set(&w->err, ERR_MISSING, "no window of form %s was in force then", a->form->id);
        return true;
}

/* Who files for a tenant: the account that the register names now, for whichever period. */
static const char *account_of(struct work *w, const char *cluster, const char *tenant)
{
        size_t count;
        struct stored_item *item = stored_items(w, cluster, "tenant", tenant, &count);

        return item == NULL || count == 0 ? "" : cluster_text(item[0].fields, "account");
}

static bool about_cluster(struct work *w, struct report_about *a, const char *key)
{
        const char *dash = strchr(key, '-');
        struct cluster *c;
        size_t count;

        a->cluster = dash == NULL ? key : arena_print(w->arena, "%.*s", (int)(dash - key), key);
        if ((dash != NULL) != (a->form->level == REPORT_TENANT))
                return error_set(&w->err, ERR_MISSING, "form %s is not about \"%s\"", a->form->id, key);
        c = cluster_read(w, a->cluster);
        if (c == NULL)
                return false;
        a->unit = c->home;
        a->title = c->name;
        if (dash == NULL) {
                struct stored_item *investors = stored_items(w, c->id, "investor", NULL, &count);

                for (size_t i = 0; investors != NULL && i < count; i++)
                        if (*cluster_text(investors[i].fields, "to") == '\0')
                                a->account = cluster_text(investors[i].fields, "account");
                return work_ok(w);
        } else {
                struct reported_item *tenant = items_reported(w, NULL, c->id, "tenant", dash + 1, a->last, &count);

                if (tenant == NULL)
                        return false;
                if (count == 0)
                        return error_set(&w->err, ERR_MISSING, "the cluster has no tenant \"%s\"", dash + 1) || error_hint(&w->err, "the register holds none of that name for the window up to %s", day_said(w, a->last));
                a->account = account_of(w, c->id, dash + 1);
                a->title = arena_print(w->arena, "%s · %s", cluster_text(tenant->item.fields, "name"), c->name);
        }
        return work_ok(w);
}

static bool about_unit(struct work *w, struct report_about *a, const char *key)
{
        const struct unit *u = unit_read(catalogue_of(w), key, a->last);

        if (u != NULL && (u->from > a->last || u->to < a->last)) {
                error_set(&w->err, ERR_MISSING, "form %s is not about \"%s\"", a->form->id, key);
                return error_hint(&w->err, "reports are of the units of the last day of their window, %s: this one was none then", day_said(w, a->last));
        }
        if (u == NULL || (a->form->level == REPORT_COMMUNE && u->level != LEVEL_COMMUNE && u->level != LEVEL_DISTRICT) ||
            (a->form->level == REPORT_PROVINCE && u->level != LEVEL_PROVINCE && u->level != LEVEL_COUNTRY))
                return error_set(&w->err, ERR_MISSING, "form %s is not about \"%s\"", a->form->id, key);
        a->unit = u;
        a->key = u->key;
        a->title = unit_said(w, u);
        return true;
}

struct report_about *report_about_read(struct work *w, const char *form, const char *key, const char *period_text)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        struct report_about *a = arena_alloc(w->arena, sizeof *a);

        *a = (struct report_about){ .form = rules == NULL ? NULL : report_form_find(rules, form), .key = key, .cluster = "", .account = "" };
        if (rules == NULL)
                return NULL;
        if (a->form == NULL) {
                error_set(&w->err, ERR_MISSING, "there is no form \"%s\" for clusters", form);
                return NULL;
        }
        if (!window_of(w, a, period_text) || !(a->form->level <= REPORT_CLUSTER ? about_cluster(w, a, key) : about_unit(w, a, key)))
                return NULL;
        return a;
}

struct clusters { struct cluster *list; size_t count; };

/* ---- made from beneath ----------------------------------------------------------------------------------------------------------------- */

/* Those clusters alone. Ids are digits and letters. */
static const char *of_clusters(struct work *w, const struct clusters *in)
{
        struct buf *o = arena_alloc(w->arena, sizeof *o);

        buf_init_with(o, 0, w->arena);
        buf_text(o, " AND cluster IN (''");
        for (size_t i = 0; i < in->count; i++)
                buf_print(o, ", '%s'", in->list[i].id);
        buf_char(o, ')');
        return arena_text(w->arena, o->data);
}

/* Sums of the rows that a condition leaves, as "02.6" -> value. */
static struct map *sums_read(struct work *w, const struct report_about *a, const char *where, bool are_kept)
{
        struct map *sums = map_in(w->arena);
        struct rows *r = db_query(w->db, arena_print(w->arena, "SELECT form, row_id, CAST(SUM(value) AS BIGINT) FROM %s WHERE period = $1%s GROUP BY form, row_id",
                                                     are_kept ? "cluster_sum" : "cluster_cell", where), ARGS(v_int(a->period)));

        while (rows_next(r)) {
                const char *name = arena_print(w->arena, "%s.%s", rows_text(r, 0), rows_text(r, 1));
                int64_t *place = map_put_text(sums, name, NULL);

                if (place == NULL)
                        arena_starve(w->arena);
                *place = rows_int(r, 2);
        }
        rows_close(r);
        return sums;
}

/* Of forms 01 and 02: of the cluster, or of the clusters in. Those of a province that is today what it was on the last day of the window are kept added up. */
static struct map *sums_of_clusters(struct work *w, const struct report_about *a, const struct clusters *in)
{
        const struct unit *unit = a->unit;
        bool are_kept = *a->cluster == '\0' && (unit->level == LEVEL_COUNTRY || (unit->level == LEVEL_PROVINCE && unit->to >= day_of_moment(w->now) && cluster_territory_is_plain(w, unit, DAY_FOREVER)));
        const char *where = *a->cluster != '\0' ? arena_print(w->arena, " AND cluster = '%s'", a->cluster) : are_kept ? cluster_territory_sql(w, unit, "province", "unit") : of_clusters(w, in);

        return sums_read(w, a, arena_print(w->arena, " AND form IN ('01', '02')%s%s", are_kept ? "" : " AND counts = 1", where), are_kept);
}

/* The condition of a form about units that a province, or the country, has beneath it: units of the map of the window's last day. Who signed early, for a unit that was arranged before the
 * window was over, reported what others report again. are_all: no such report is there. */
static const char *of_units(struct work *w, const struct report_about *a, const char *form, bool *are_all)
{
        const char *where = arena_print(w->arena, " AND form = '%s'%s", form, cluster_territory_sql_on(w, a->unit, a->last, "province", "unit"));
        size_t count;
        const char **units = texts_read(w, arena_print(w->arena, "SELECT DISTINCT unit FROM cluster_report WHERE period = $1%s", where), ARGS(v_int(a->period)), &count);
        const struct catalogue *c = catalogue_of(w);
        struct buf *over = arena_alloc(w->arena, sizeof *over);

        buf_init_with(over, 0, w->arena);
        for (size_t i = 0; c != NULL && i < count; i++) {
                const struct unit *u = unit_by_key(c, units[i]);

                if (u != NULL && (u->from > a->last || u->to < a->last))
                        buf_print(over, "%s'%s'", over->length == 0 ? "" : ", ", u->key);
        }
        *are_all = over->length == 0;
        return *are_all ? where : arena_print(w->arena, "%s AND unit NOT IN (%s)", where, over->data);
}

static bool summed(const struct map *sums, const char *name, int64_t *sum)
{
        const int64_t *found = map_get_text(sums, name);

        if (found != NULL)
                *sum += *found;
        return found != NULL;
}

/* Totals and ratios of rows that are there: after all others. */
static void finish(const struct report_form *f, int64_t *values, bool *has)
{
        for (size_t i = 0; i < f->row_count; i++) {
                const struct report_row *r = &f->rows[i];
                int128 sum = 0;

                if (r->made_of != ROW_TOTAL)
                        continue;
                has[i] = true;
                for (int k = 0; k < r->part_count; k++) {
                        int part = report_row_find(f, r->parts[k]);

                        sum += has[part] ? values[part] : 0;
                }
                has[i] = decimal_narrow(sum, &values[i]);
        }
        for (size_t i = 0; i < f->row_count; i++) {
                const struct report_row *r = &f->rows[i];
                int above = r->made_of == ROW_RATIO ? report_row_find(f, r->parts[0]) : 0, below = r->made_of == ROW_RATIO ? report_row_find(f, r->parts[1]) : 0;
                int64_t scale;

                if (r->made_of != ROW_RATIO)
                        continue;
                scale = decimal_power[CLUSTER_DECIMALS - r->decimals];
                has[i] = has[above] && has[below];
                if (has[i]) /* nothing of nothing is 0: the form has no empty row */
                        has[i] = decimal_narrow(values[below] == 0 ? 0 : decimal_divide((int128)100 * decimal_power[r->decimals] * values[above], values[below]) * scale, &values[i]);
        }
}

/* Rows by their own definition, over the clusters of a territory. */
static void made_from(const struct report_about *a, const struct clusters *in, const struct map *sums, int64_t *values, bool *has)
{
        const struct report_form *f = a->form;

        for (size_t i = 0; i < f->row_count; i++) {
                const struct report_row *r = &f->rows[i];

                values[i] = 0;
                has[i] = r->made_of == ROW_REGISTER || r->made_of == ROW_SUM;
                for (size_t k = 0; r->made_of == ROW_REGISTER && k < in->count; k++)
                        if (cluster_in_set(&in->list[k], r->set, a->first, a->last))
                                values[i] += cluster_take(&in->list[k], r->take);
                for (int k = 0; r->made_of == ROW_SUM && k < r->part_count; k++)
                        summed(sums, r->parts[k], &values[i]);
        }
        finish(f, values, has);
}

/* Straight from the register and the forms 01 and 02: what form 03 would be. */
static void live_make(struct work *w, const struct report_about *a, const struct clusters *in, struct report_cell *cells)
{
        int64_t *values = arena_array(w->arena, a->form->row_count, sizeof *values);
        bool *has = arena_array(w->arena, a->form->row_count, sizeof *has);

        made_from(a, in, sums_of_clusters(w, a, in), values, has);
        for (size_t i = 0; i < a->form->row_count; i++) {
                cells[i].has_live = has[i];
                cells[i].live = values[i];
        }
}

/* The same rows of the form beneath, added up; where: as of_units says. */
static void added_up(struct work *w, const struct report_about *a, const char *beneath, const char *where, bool are_all, int64_t *values, bool *has)
{
        const struct map *sums = sums_read(w, a, where, are_all && cluster_territory_is_plain(w, a->unit, a->last));

        for (size_t i = 0; i < a->form->row_count; i++) {
                values[i] = 0;
                has[i] = true;
                summed(sums, arena_print(w->arena, "%s.%s", beneath, a->form->rows[i].id), &values[i]);
        }
        finish(a->form, values, has);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------------------------ */

static bool values_read(struct work *w, const struct report_about *a, period p, int64_t *values, bool *has, bool *is_any)
{
        struct rows *r = db_query(w->db, "SELECT row_id, value FROM cluster_cell WHERE period = $1 AND form = $2 AND about = $3 AND counts = 1",
                                  ARGS(v_int(p), v_text(a->form->id), v_text(a->key)));

        while (rows_next(r)) {
                int row = report_row_find(a->form, rows_text(r, 0));

                *is_any = true;
                if (row < 0)
                        continue;
                has[row] = true;
                values[row] = rows_int(r, 1);
        }
        rows_close(r);
        return work_ok(w);
}

/* The report before this one: of a whole year its first half, of a half the year before. */
static bool before_read(struct work *w, struct cluster_report *r)
{
        const struct report_about *a = r->about;
        int year = period_year(a->period);
        period p = period_frequency(a->period) == FREQUENCY_YEAR ? period_make(FREQUENCY_HALF, year, 1) : period_make(FREQUENCY_YEAR, year - 1, 0);
        int64_t *values = arena_array(w->arena, a->form->row_count, sizeof *values);
        bool *has = arena_array(w->arena, a->form->row_count, sizeof *has), is_any = false;

        if (!values_read(w, a, p, values, has, &is_any))
                return false;
        for (size_t i = 0; i < a->form->row_count; i++)
                if (!has[i])
                        values[i] = CLUSTER_UNKNOWN;
        r->before = is_any ? values : NULL;
        return true;
}

static int64_t count_of(struct work *w, const char *sql, period p)
{
        return db_number(w->db, sql, ARGS(v_int(p)), 0);
}

/* How many different units lie above the clusters: their communes, or their provinces. */
static int64_t units_count(struct work *w, const struct clusters *in, bool are_provinces)
{
        struct map *told = map_in(w->arena);
        int64_t count = 0;

        for (size_t i = 0; i < in->count; i++) {
                const struct unit *u = in->list[i].home;
                bool is_new = false;

                u = u != NULL && are_provinces && u->province != NULL ? u->province : u;
                if (u != NULL && map_put_text(told, u->key, &is_new) == NULL)
                        arena_starve(w->arena);
                count += is_new;
        }
        return count;
}

/* How many reports lie beneath, and how many there should be. where: those of units (of_units). */
static void beneath_count(struct work *w, struct cluster_report *r, const struct clusters *in, const char *where)
{
        const struct report_about *a = r->about;
        const char *reports = "SELECT COUNT(*) FROM cluster_report WHERE counts = 1 AND period = $1";

        if (a->form->level == REPORT_CLUSTER) {
                r->beneath = count_of(w, arena_print(w->arena, "%s AND form = '01' AND cluster = '%s'", reports, a->cluster), a->period);
                r->expected = in->count == 0 ? 0 : in->list[0].tenants;
        } else if (a->form->level == REPORT_COMMUNE) {
                r->beneath = count_of(w, arena_print(w->arena, "%s AND form = '02'%s", reports, of_clusters(w, in)), a->period);
                for (size_t i = 0; i < in->count; i++)
                        r->expected += cluster_operates(&in->list[i]);
        } else if (a->form->level == REPORT_PROVINCE) {
                r->beneath = where == NULL ? 0 : count_of(w, arena_print(w->arena, "%s%s", reports, where), a->period);
                r->expected = units_count(w, in, r->is_sum);
        }
}

static bool may_sign(struct work *w, const struct cluster_report *r)
{
        const struct report_about *a = r->about;
        const struct unit *now = cluster_home_now(w, a->unit);
        const char *code = now == NULL ? a->unit->code : now->code;

        if (r->is_sum || w->user->unit == NULL || (a->form->by & 1u << w->user->role) == 0)
                return false;
        if (w->user->role == ROLE_ENTERPRISE)
                return *a->account != '\0' && strcmp(a->account, w->user->login) == 0;
        return strcmp(code, w->user->unit) == 0 || catalogue_is_served(w, code, w->user->unit);
}

struct cluster_report *cluster_report_load(struct work *w, struct report_about *a)
{
        struct cluster_report *r = arena_alloc(w->arena, sizeof *r);
        size_t n = a->form->row_count;
        int64_t *values = arena_array(w->arena, n, sizeof *values), *made = arena_array(w->arena, n, sizeof *made);
        bool *has = arena_array(w->arena, n, sizeof *has), *has_made = arena_array(w->arena, n, sizeof *has_made), is_any = false;
        struct clusters in = { NULL, 0 };
        const char *where = NULL;
        struct rows *q;

        *r = (struct cluster_report){ .about = a, .cells = arena_array(w->arena, n, sizeof *r->cells), .by = "", .remark = "", .is_sum = a->unit->level == LEVEL_COUNTRY };
        if (a->form->level > REPORT_TENANT && (in.list = clusters_reported(w, a->unit, *a->cluster == '\0' ? NULL : a->cluster, a->last, &in.count)) == NULL)
                return NULL;
        if (a->form->beneath != NULL) {
                const char *beneath = r->is_sum ? a->form->id : a->form->beneath;
                bool are_all;

                where = of_units(w, a, beneath, &are_all);
                added_up(w, a, beneath, where, are_all, made, has_made);
        } else {
                made_from(a, &in, sums_of_clusters(w, a, &in), made, has_made);
        }
        if (!values_read(w, a, a->period, values, has, &is_any) || !before_read(w, r))
                return NULL;
        for (size_t i = 0; i < n; i++)
                r->cells[i] = (struct report_cell){ has[i], has_made[i], false, values[i], made[i], 0 };
        if (a->form->beneath != NULL)
                live_make(w, a, &in, r->cells);
        q = db_query(w->db, "SELECT author, remark, at, entry FROM cluster_report WHERE period = $1 AND form = $2 AND about = $3 AND counts = 1 ORDER BY at DESC",
                     ARGS(v_int(a->period), v_text(a->form->id), v_text(a->key)));
        if (rows_next(q)) {
                r->is_signed = true;
                r->by = arena_text(w->arena, rows_text(q, 0));
                r->remark = arena_text(w->arena, rows_text(q, 1));
                r->at = stamp_moment(rows_int(q, 2));
                r->entry = rows_int(q, 3);
        }
        rows_close(q);
        beneath_count(w, r, &in, where);
        r->may_sign = may_sign(w, r);
        return work_ok(w) ? r : NULL;
}

/* ---- checks ---------------------------------------------------------------------------------------------------------------------------------- */

const char *report_row_said(struct arena *a, const struct report_form *f, int row)
{
        return f->rows[row].id[0] > '9' ? arena_print(a, "%d", row + 1) : f->rows[row].id;
}

struct finding_list { struct work *work; const struct report_form *form; struct report_problem *list; size_t count; };

static void found(struct finding_list *l, const struct report_row *r, bool is_error, const char *message)
{
        l->list[l->count++] = (struct report_problem){ r->id, report_row_said(l->work->arena, l->form, (int)(r - l->form->rows)), message, is_error };
}

const char *report_value_said(struct work *w, const struct report_row *row, int64_t value)
{
        int64_t out;

        return decimal_rescale(value, CLUSTER_DECIMALS, row->decimals, &out) && out * decimal_power[CLUSTER_DECIMALS - row->decimals] == value ? cluster_said(w, out, row->decimals)
                                                                                                                                  : cluster_said(w, value, CLUSTER_DECIMALS);
}

/* What is possible but not usual needs a remark. */
static void check_usual(struct finding_list *l, const struct cluster_report *r, const struct report_row *row, int64_t value)
{
        int of = row->usual_of == NULL ? -1 : report_row_find(r->about->form, row->usual_of);
        const struct report_cell *base = of < 0 ? NULL : &r->cells[of];
        struct work *w = l->work;

        if (row->usual_most == 0)
                return;
        if (base == NULL && value > row->usual_most * decimal_power[CLUSTER_DECIMALS])
                found(l, row, false, arena_print(w->arena, work_text(w, "is %s, more than is usual (%lld)"), report_value_said(w, row, value), (long long)row->usual_most));
        if (base != NULL && base->has_value && (int128)value * 100 > (int128)base->value * row->usual_most)
                found(l, row, false, arena_print(w->arena, work_text(w, "is %s, more than %lld %% of row %s (%s)"), report_value_said(w, row, value), (long long)row->usual_most, report_row_said(w->arena, r->about->form, of), report_value_said(w, &r->about->form->rows[of], base->value)));
}

static void check_row(struct finding_list *l, const struct cluster_report *r, size_t i, const int64_t *own, const bool *has_own)
{
        struct work *w = l->work;
        const struct report_form *f = r->about->form;
        const struct report_row *row = &f->rows[i];
        const struct report_cell *c = &r->cells[i];
        int above = row->at_most == NULL ? -1 : report_row_find(f, row->at_most);

        if (!c->has_value) {
                found(l, row, true, work_text(w, "is empty"));
                return;
        }
        if (c->value < 0)
                found(l, row, true, work_text(w, "is negative"));
        if ((row->made_of == ROW_TOTAL || row->made_of == ROW_RATIO) && has_own[i] && own[i] != c->value)
                found(l, row, true, arena_print(w->arena, row->made_of == ROW_TOTAL ? work_text(w, "is %s, but its parts make %s") : work_text(w, "is %s, but the ratio of the two rows is %s"),
                                                report_value_said(w, row, c->value), report_value_said(w, row, own[i])));
        if (above >= 0 && r->cells[above].has_value && c->value > r->cells[above].value)
                found(l, row, true, arena_print(w->arena, work_text(w, "is %s, more than row %s (%s)"), report_value_said(w, row, c->value), report_row_said(w->arena, f, above), report_value_said(w, &f->rows[above], r->cells[above].value)));
        check_usual(l, r, row, c->value);
        if (c->has_made && c->made != c->value && f->beneath != NULL)
                found(l, row, true, arena_print(w->arena, work_text(w, "is %s, but the reports of form %s add up to %s"), report_value_said(w, row, c->value), f->beneath, report_value_said(w, row, c->made)));
        else if (c->has_made && c->made != c->value && row->made_of == ROW_SUM)
                found(l, row, r->beneath >= r->expected, arena_print(w->arena, work_text(w, "is %s, but the reports beneath add up to %s"), report_value_said(w, row, c->value), report_value_said(w, row, c->made)));
        else if (c->has_made && c->made != c->value && row->made_of == ROW_REGISTER)
                found(l, row, false, arena_print(w->arena, work_text(w, "is %s, but the register says %s"), report_value_said(w, row, c->value), report_value_said(w, row, c->made)));
        if (row->is_rising && r->before != NULL && r->before[i] != CLUSTER_UNKNOWN && c->value < r->before[i])
                found(l, row, false, arena_print(w->arena, work_text(w, "is %s, less than in the report before (%s)"), report_value_said(w, row, c->value), report_value_said(w, row, r->before[i])));
}

struct report_problem *report_problems(struct work *w, const struct cluster_report *r, size_t *count)
{
        size_t n = r->about->form->row_count;
        struct finding_list l = { w, r->about->form, arena_array(w->arena, n * 6 + 1, sizeof *l.list), 0 };
        int64_t *own = arena_array(w->arena, n, sizeof *own);
        bool *has = arena_array(w->arena, n, sizeof *has);

        for (size_t i = 0; i < n; i++) {
                own[i] = r->cells[i].value;
                has[i] = r->cells[i].has_value;
        }
        finish(r->about->form, own, has);
        for (size_t i = 0; i < n; i++)
                check_row(&l, r, i, own, has);
        *count = l.count;
        return l.list;
}

/* ---- signing ------------------------------------------------------------------------------------------------------------------------------------ */

/* The rows at fault, named in one sentence. */
static bool refuse(struct work *w, const struct report_problem *list, size_t count, bool are_errors)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        const char *text = "";
        int shown = 0;

        for (size_t i = 0; i < count; i++)
                if (list[i].is_error == are_errors && shown++ < 4)
                        text = arena_print(w->arena, "%s%s%s %s", text, *text == '\0' ? "" : "; ", list[i].said, list[i].message);
        if (are_errors)
                error_set(&w->err, ERR_INVALID, "the report cannot be signed: row %s%s", text, shown > 4 ? " …" : "");
        else
                error_set(&w->err, ERR_INVALID, "a remark must explain: row %s%s", text, shown > 4 ? " …" : "");
        for (size_t i = 0; i < count; i++)
                if (list[i].is_error == are_errors && are_errors)
                        web_field_error(w, list[i].row, "row %s %s", list[i].said, list[i].message);
                else if (list[i].is_error == are_errors)
                        error_at(&w->err, "remark");
        return error_hint(&w->err, "%s", rules == NULL ? "" : rules->report_source);
}

/* "Director, Deputy": who signs a form. */
static const char *signers_said(struct work *w, const struct report_form *f)
{
        const char *said = "";

        for (int role = 0; role < ROLE_COUNT; role++)
                if ((f->by & 1u << role) != 0)
                        said = arena_print(w->arena, "%s%s%s", said, *said == '\0' ? "" : ", ", work_text(w, role_title((enum role)role)));
        return said;
}

static bool is_signable(struct work *w, const struct cluster_report *r, const char *remark)
{
        size_t count, errors = 0;
        struct report_problem *list = report_problems(w, r, &count);

        if (!r->may_sign) {
                error_set(&w->err, ERR_DENIED, "your role in your unit may not sign this report");
                return error_hint(&w->err, "form %s is signed by: %s", r->about->form->id, signers_said(w, r->about->form));
        }
        if (day_of_moment(w->now) < r->about->first)
                return error_set(&w->err, ERR_INVALID, "the window of this report has not begun");
        for (size_t i = 0; i < count; i++)
                errors += list[i].is_error;
        if (errors > 0)
                return refuse(w, list, count, true);
        return count == 0 || remark[strspn(remark, " \t\r\n")] != '\0' || refuse(w, list, count, false);
}

bool cluster_report_sign(struct work *w, struct cluster_report *r, const char *remark)
{
        const struct report_about *a = r->about;
        char text[DECIMAL_TEXT_MAX], period_text[PERIOD_TEXT_MAX];
        json_t *body, *cells;

        if (!is_signable(w, r, remark))
                return false;
        if (strlen(remark) > CLUSTER_TEXT_MAX)
                return error_set(&w->err, ERR_INVALID, "\"%s\" is too long", work_text(w, "Remark")) || error_at(&w->err, "remark");
        period_write(period_text, a->period);
        cells = json_held(w->arena, json_object());
        for (size_t i = 0; i < a->form->row_count; i++) {
                decimal_write(text, r->cells[i].value, CLUSTER_DECIMALS);
                json_object_set_new(cells, a->form->rows[i].id, json_string(text));
        }
        body = json_held(w->arena, json_pack("{s:s, s:s, s:s, s:s, s:O, s:s}", "form", a->form->id, "about", a->key, "title", a->title, "period", period_text, "cells", cells, "remark", remark));
        return cluster_append(w, "cluster.report", arena_print(w->arena, "cluster-report/%s/%s/%s", a->form->id, a->key, period_text), a->unit, body);
}

/* ---- which there are to be -------------------------------------------------------------------------------------------------------------------------- */

struct duties { struct report_duty *list; size_t count; const struct report_form *form; struct map *signed_by; };

static void duty_add(struct work *w, struct duties *d, const struct report_about *sample, const char *key, const char *title, const struct unit *unit, const char *account)
{
        struct report_about *a = arena_alloc(w->arena, sizeof *a);
        const int64_t *place = map_get_text(d->signed_by, key);

        if (w->user->role == ROLE_ENTERPRISE && (*account == '\0' || strcmp(account, w->user->login) != 0))
                return;
        *a = *sample;
        a->key = key;
        a->title = title;
        a->unit = unit;
        a->account = account;
        d->list = arena_room(w->arena, d->list, d->count, sizeof *d->list);
        d->list[d->count] = (struct report_duty){ .about = a, .is_signed = place != NULL, .by = "" };
        if (place != NULL) {
                const struct report_duty *s = (const struct report_duty *)(uintptr_t)*place;

                d->list[d->count].by = s->by;
                d->list[d->count].at = s->at;
                d->list[d->count].entry = s->entry;
        }
        d->count++;
}

static struct map *signed_read(struct work *w, const struct report_about *a, const struct unit *unit)
{
        struct map *m = map_in(w->arena);
        struct rows *r = db_query(w->db, arena_print(w->arena, "SELECT about, author, at, entry FROM cluster_report WHERE period = $1 AND form = $2 AND counts = 1%s",
                                                     cluster_territory_sql(w, unit, "province", "unit")), ARGS(v_int(a->period), v_text(a->form->id)));

        while (rows_next(r)) {
                struct report_duty *s = arena_alloc(w->arena, sizeof *s);
                int64_t *place = map_put_text(m, rows_text(r, 0), NULL);

                if (place == NULL)
                        arena_starve(w->arena);
                s->by = arena_text(w->arena, rows_text(r, 1));
                s->at = stamp_moment(rows_int(r, 2));
                s->entry = rows_int(r, 3);
                *place = (int64_t)(uintptr_t)s;
        }
        rows_close(r);
        return m;
}

/* Of the items of a cluster, which stand together: where they begin. NONE_OF: it has none. */
#define NONE_OF SIZE_MAX
static size_t items_begin(const struct reported_item *items, size_t count, const char *cluster)
{
        size_t low = cluster_begins(items, count, sizeof *items, offsetof(struct reported_item, cluster), cluster);

        return low < count && strcmp(items[low].cluster, cluster) == 0 ? low : NONE_OF;
}

/* The account that the register names now: of one tenant; of the investor (item NULL) who has not left. "" none. */
static const char *account_now(const struct reported_item *now, size_t count, const char *cluster, const char *item)
{
        const char *account = "";

        for (size_t i = items_begin(now, count, cluster); i < count && strcmp(now[i].cluster, cluster) == 0 && *account == '\0'; i++)
                if (item != NULL ? strcmp(now[i].item.item, item) == 0 : *cluster_text(now[i].item.fields, "to") == '\0')
                        account = cluster_text(now[i].item.fields, "account");
        return account;
}

/* Forms 01 and 02: of the clusters that operated on the last day of the window, and of the tenants that were there. */
static bool duties_of_items(struct work *w, struct duties *d, const struct report_about *sample, const struct unit *unit, const struct clusters *in)
{
        bool is_tenant = d->form->level == REPORT_TENANT;
        size_t count = 0, now_count;
        struct reported_item *items = is_tenant ? items_reported(w, unit, NULL, "tenant", NULL, sample->last, &count) : NULL,
                             *now = items_reported(w, unit, NULL, is_tenant ? "tenant" : "investor", NULL, DAY_FOREVER, &now_count);

        if (now == NULL || (is_tenant && items == NULL))
                return false;
        for (size_t k = 0; k < in->count; k++) {
                const struct cluster *c = &in->list[k];

                if (!cluster_operates(c) || c->home == NULL)
                        continue;
                if (!is_tenant)
                        duty_add(w, d, sample, c->id, c->name, c->home, account_now(now, now_count, c->id, NULL));
                for (size_t i = items_begin(items, count, c->id); is_tenant && i < count && strcmp(items[i].cluster, c->id) == 0; i++)
                        if (strcmp(cluster_text(items[i].item.fields, "state"), "stopped") != 0)
                                duty_add(w, d, sample, arena_print(w->arena, "%s-%s", c->id, items[i].item.item), arena_print(w->arena, "%s · %s", cluster_text(items[i].item.fields, "name"), c->name), c->home,
                                         account_now(now, now_count, c->id, items[i].item.item));
        }
        return work_ok(w);
}

static int by_key(const void *a, const void *b)
{
        const struct unit *const *x = a, *const *y = b;

        return strcmp((*x)->key, (*y)->key);
}

static bool duties_of_units(struct work *w, struct duties *d, const struct report_about *sample, const struct clusters *in)
{
        const struct unit **units = arena_array(w->arena, in->count + 1, sizeof *units);
        struct map *told = map_in(w->arena);
        size_t count = 0;

        for (size_t i = 0; i < in->count; i++) {
                const struct unit *u = in->list[i].home; /* on the last day of the window */
                bool is_new = false;

                if (u != NULL && d->form->level == REPORT_PROVINCE && u->province != NULL)
                        u = u->province;
                if (u != NULL && map_put_text(told, u->key, &is_new) == NULL)
                        arena_starve(w->arena);
                if (is_new)
                        units[count++] = u;
        }
        if (count > 0)
                qsort(units, count, sizeof *units, by_key);
        for (size_t i = 0; i < count; i++)
                duty_add(w, d, sample, units[i]->key, unit_said(w, units[i]), units[i], "");
        return work_ok(w);
}

struct report_duty *reports_expected(struct work *w, const struct report_form *form, const struct unit *unit, const char *period_text, size_t *count)
{
        struct report_about sample = { .form = form, .cluster = "", .account = "" };
        struct duties d = { .list = arena_room(w->arena, NULL, 0, sizeof *d.list), .form = form };
        struct clusters in;

        *count = 0;
        if (!window_of(w, &sample, period_text) || (in.list = clusters_reported(w, unit, NULL, sample.last, &in.count)) == NULL)
                return NULL;
        d.signed_by = signed_read(w, &sample, unit);
        if (!(form->level <= REPORT_CLUSTER ? duties_of_items(w, &d, &sample, unit, &in) : duties_of_units(w, &d, &sample, &in)))
                return NULL;
        *count = d.count;
        return d.list;
}

/* ---- what waits for the asker ------------------------------------------------------------------------------------------------------------------------ */

/* The newest period of a form whose window is over; "" where no window was in force. */
static const char *newest_over(struct work *w, const struct report_form *f)
{
        int year, month, day_of_month;

        day_split(day_of_moment(w->now), &year, &month, &day_of_month);
        for (int i = 0; i < 3; i++) {
                struct report_about sample = { .form = f };
                const char *text = arena_print(w->arena, i == 1 ? "%d-S1" : "%d", i == 2 ? year - 1 : year);

                if (window_of(w, &sample, text) && sample.last < day_of_moment(w->now))
                        return text;
                if (w->err.code == ERR_MISSING)
                        error_clear(&w->err);
        }
        return "";
}

static bool is_mine(const struct work *w, const struct report_about *a)
{
        return w->user->role == ROLE_ENTERPRISE ? strcmp(a->account, w->user->login) == 0 : *a->account == '\0';
}

struct area_due *reports_due(struct work *w, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        const char *fault = "";
        const struct cluster_rules *rules = c == NULL ? NULL : cluster_rules_try(w, &fault);
        const struct unit *unit = c == NULL || w->user->unit == NULL || w->user->login[0] == '\0' ? NULL : unit_at(c, w->user->unit, day_of_moment(w->now));
        struct area_due *list = arena_room(w->arena, NULL, 0, sizeof *list);

        *count = 0;
        if (*fault != '\0' && w->user->login[0] != '\0') { /* what else waits is shown all the same */
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[(*count)++] = (struct area_due){ "unreadable", "clusters", fault, "", arena_print(w->arena, work_text(w, "The rules of clusters cannot be read: %s"), fault), "",
                                                     "/status", work_text(w, "State of the node"), 0 };
        }
        for (size_t f = 0; rules != NULL && unit != NULL && unit->level != LEVEL_COUNTRY && f < rules->form_count && work_ok(w); f++) {
                const struct report_form *form = &rules->forms[f];
                const char *period_text = (form->by & 1u << w->user->role) == 0 ? "" : newest_over(w, form);
                size_t duty_count = 0;
                struct report_duty *duties = *period_text == '\0' ? NULL : reports_expected(w, form, unit, period_text, &duty_count);

                for (size_t i = 0; duties != NULL && i < duty_count; i++) {
                        const struct report_about *a = duties[i].about;
                        char said[64];

                        if (duties[i].is_signed || !is_mine(w, a))
                                continue;
                        period_write_said(said, sizeof said, a->period, w->language);
                        list = arena_room(w->arena, list, *count, sizeof *list);
                        list[(*count)++] = (struct area_due){ "cluster_report", form->id, a->key, period_text,
                                                             arena_print(w->arena, work_text(w, "Form %s, %s: %s"), form->id, said, text_in(w->language, form->title_vi, form->title_en)), a->title,
                                                             report_href(w, a),
                                                             work_text(w, "Fill in and sign"), a->due };
                }
        }
        return work_ok(w) ? list : NULL;
}
