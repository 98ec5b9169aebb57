/* version.c - what several nodes wrote of one item of a record, or signed as one report: which version stands, and how two that had not seen each other are shown and
 * settled (figure/own.h).
 *
 * Each entry about an item is a version that holds from its day on. As long as one node alone writes of an item its newest entry of a day stands, and nothing is asked.
 * Of several the rules of figures decide, day by day: of two that had not seen each other the writer nearest to the place stands meanwhile. A report is a
 * version of what it is about and of its period, and holds from no day. */
#include <string.h>

#include "areas/cluster/report.h"
#include "areas/cluster/view.h"
#include "format/jsonr.h"
#include "format/jsonw.h"
#include "ledger/read.h"
#include "ledger/symbol.h"

#define TOPIC(name, vi, en)                                                                                                                                            \
        { .id = name, .name_vi = vi, .name_en = en, .unit_vi = "", .unit_en = "", .comparison = "", .item_classification = "", .partner_classification = "", .formula = "", \
          .weights = "", .source_vi = "", .source_en = "", .legal_basis = "" }

enum { OF_ITEM, OF_REPORT };
static const struct indicator topics[] = {
        [OF_ITEM] = TOPIC("cluster.item", "Mục trong danh bạ cụm công nghiệp", "Item of the register of clusters"),
        [OF_REPORT] = TOPIC("cluster.report", "Báo cáo về cụm công nghiệp", "Report on clusters"),
        { .id = NULL },
};

#define ITEM_IS "cluster = $1 AND list = $2 AND item = $3 AND unit = $4"
#define ITEM_COLUMNS "cluster, list, item, unit, on_day, fields, is_withdrawn, author, at, rank, entry"

/* Says of two versions whether they are the same, at every node alike. */
static int64_t value_of(struct work *w, const char *fields, bool is_withdrawn)
{
        return own_record_value(arena_print(w->arena, "%s%s", is_withdrawn ? "withdrawn " : "", is_withdrawn ? "" : fields));
}

/* ---- which version stands ------------------------------------------------------------------------------------------------------- */

static bool item_write(struct work *w, const struct item_told *i, day on, const char *into, const char *more)
{
        return db_exec(w->db, arena_print(w->arena, "INSERT INTO %s (" ITEM_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)%s", into, more),
                       ARGS(v_text(i->cluster), v_text(i->list), v_text(i->item), v_text(i->unit), v_int(on), v_text(i->fields), v_int(i->is_withdrawn), v_text(i->author),
                            v_int(i->at), v_int(i->rank), v_int(i->entry)));
}

#define TAKES_PLACE " DO UPDATE SET on_day = excluded.on_day, fields = excluded.fields, is_withdrawn = excluded.is_withdrawn, author = excluded.author, at = excluded.at," \
                    " rank = excluded.rank, entry = excluded.entry WHERE "
#define IS_NEWER(table) "excluded.at > " table ".at OR (excluded.at = " table ".at AND excluded.rank > " table ".rank)"

/* Of one node's entries the newest of a day stands. */
static bool newest_stands(struct work *w, const struct item_told *i)
{
        return item_write(w, i, i->on, "cluster_item", " ON CONFLICT (cluster, list, item, unit)" TAKES_PLACE "excluded.on_day > cluster_item.on_day OR (excluded.on_day = cluster_item.on_day AND ("
                                                       IS_NEWER("cluster_item") "))") &&
               item_write(w, i, i->on, "cluster_past", " ON CONFLICT (cluster, list, item, unit, on_day)" TAKES_PLACE IS_NEWER("cluster_past"));
}

/* Put what an entry says of an item among what stands from a day on. */
static bool stand_from(struct work *w, const struct item_told *about, int64_t entry, day on)
{
        const struct entry *e = entry == about->entry ? NULL : ledger_entry(w, entry);
        struct item_told i = *about;

        if (entry != about->entry && (e == NULL || !item_read(w, e, &i)))
                return work_ok(w) && error_set(&w->err, ERR_DAMAGED, "entry %lld is missing", (long long)entry);
        i.unit = about->unit;
        return item_write(w, &i, on, "cluster_past", "");
}

/* What the rules say of the day of an entry and of those after it; earlier ones do not rest on it. A version that goes on standing has no row of its own. */
static bool refold(struct work *w, const struct item_told *i, const struct unit *unit)
{
        const char *name = *i->item == '\0' ? i->list : arena_print(w->arena, "%s/%s", i->list, i->item);
        struct value key[] = { v_text(i->cluster), v_text(i->list), v_text(i->item), v_text(i->unit), v_int(i->on) };
        const struct values item = { key, 4 }, since = { key, 5 };
        struct rows *r = db_query(w->db, "SELECT on_day, value, entry FROM cluster_version WHERE " ITEM_IS " ORDER BY on_day, at, rank", item);
        struct own_version *versions = NULL;
        struct own_day *days = arena_room(w->arena, NULL, 0, sizeof *days);
        size_t count, day_count = 0;
        int64_t before, cell[6];

        for (count = 0; rows_next(r); count++) {
                versions = arena_room(w->arena, versions, count, sizeof *versions);
                versions[count] = (struct own_version){ .on = rows_int(r, 0), .value = rows_int(r, 1), .entry = rows_int(r, 2) };
                if (versions[count].on < i->on || (day_count > 0 && days[day_count - 1].on == versions[count].on))
                        continue;
                days = arena_room(w->arena, days, day_count, sizeof *days);
                days[day_count++] = (struct own_day){ .on = versions[count].on };
        }
        rows_close(r);
        contest_cell_key(w, &topics[OF_ITEM], unit, 0, symbol_make(w, 't', name, strlen(name)), symbol_make(w, 't', i->cluster, strlen(i->cluster)), cell);
        if (!work_ok(w) || !contest_refold_days(w, cell, versions, count, days, day_count))
                return false;
        before = db_number(w->db, "SELECT entry FROM cluster_past WHERE " ITEM_IS " AND on_day < $5 ORDER BY on_day DESC LIMIT 1", since, 0);
        db_exec(w->db, "DELETE FROM cluster_past WHERE " ITEM_IS " AND on_day >= $5", since);
        for (size_t n = 0; n < day_count && work_ok(w); n++) {
                if (days[n].stands->entry != before && !stand_from(w, i, days[n].stands->entry, (day)days[n].on))
                        return false;
                before = days[n].stands->entry;
        }
        return db_exec(w->db, "DELETE FROM cluster_item WHERE " ITEM_IS, item) &&
               db_exec(w->db, "INSERT INTO cluster_item (" ITEM_COLUMNS ") SELECT " ITEM_COLUMNS " FROM cluster_past WHERE " ITEM_IS " ORDER BY on_day DESC LIMIT 1", item);
}

/* The other nodes that wrote of an item. */
#define OTHERS "SELECT DISTINCT s.name FROM cluster_version v JOIN ledger_entry e ON e.id = v.entry JOIN ledger_stream s ON s.id = e.stream" \
               " WHERE v.cluster = $1 AND v.list = $2 AND v.item = $3 AND v.unit = $4 AND s.node <> $5"

bool version_note(struct work *w, const struct entry *e, const struct item_told *i, const struct unit *unit)
{
        const char *other;

        db_exec(w->db, "INSERT INTO cluster_version (cluster, list, item, unit, on_day, value, at, rank, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                ARGS(v_text(i->cluster), v_text(i->list), v_text(i->item), v_text(i->unit), v_int(i->on), v_int(value_of(w, i->fields, i->is_withdrawn)), v_int(i->at),
                     v_int(i->rank), v_int(i->entry)));
        other = db_text(w->db, w->arena, OTHERS " LIMIT 1", ARGS(v_text(i->cluster), v_text(i->list), v_text(i->item), v_text(i->unit), v_text(e->node)));
        return work_ok(w) && (other == NULL ? newest_stands(w, i) : refold(w, i, unit));
}

bool version_is_brought(struct work *w, const struct item_told *i, const int64_t *of, size_t count)
{
        int64_t value = value_of(w, i->fields, i->is_withdrawn);
        bool is_brought = false;

        for (size_t n = 0; n < count && !is_brought; n++)
                is_brought = db_number(w->db, "SELECT COUNT(*) FROM cluster_version WHERE " ITEM_IS " AND entry = $5 AND value = $6 AND on_day <= $7",
                                       ARGS(v_text(i->cluster), v_text(i->list), v_text(i->item), v_text(i->unit), v_int(of[n]), v_int(value), v_int(i->on)), 0) > 0;
        return is_brought;
}

/* ---- reports ---------------------------------------------------------------------------------------------------------------------- */

/* In the table a report has the place of an item of a list that no register has. */
static const char *report_list(struct work *w, const char *form)
{
        return arena_print(w->arena, "form/%s", form);
}

static bool report_value(struct work *w, const struct entry *e, int64_t *found)
{
        const struct buf *cells = json_written(w, json_object_get(e->body, "cells"));

        *found = cells == NULL ? 0 : value_of(w, cells->data, false);
        return cells != NULL;
}

/* Of those that several nodes signed. */
static bool report_refold(struct work *w, const struct report_told *r, const struct unit *unit, int64_t *stands)
{
        struct rows *q = db_query(w->db, "SELECT value, entry FROM cluster_version WHERE " ITEM_IS " ORDER BY at, rank",
                                  ARGS(v_text(r->about), v_text(report_list(w, r->form)), v_text(r->period_text), v_text(unit->key)));
        struct own_version *versions = NULL;
        int64_t cell[6];
        size_t count;

        for (count = 0; rows_next(q); count++) {
                versions = arena_room(w->arena, versions, count, sizeof *versions);
                versions[count] = (struct own_version){ .value = rows_int(q, 0), .entry = rows_int(q, 1) };
        }
        rows_close(q);
        contest_cell_key(w, &topics[OF_REPORT], unit, r->period, symbol_make(w, 't', r->form, strlen(r->form)), symbol_make(w, 't', r->about, strlen(r->about)), cell);
        if (!work_ok(w) || !contest_refold(w, cell, versions, count))
                return false;
        for (size_t i = 0; i < count; i++)
                if (versions[i].until == INT64_MAX)
                        *stands = versions[i].entry;
        return true;
}

bool version_of_report(struct work *w, const struct entry *e, const struct report_told *r, const struct unit *unit, int64_t *stands)
{
        const struct value key[] = { v_text(r->about), v_text(report_list(w, r->form)), v_text(r->period_text), v_text(unit->key), v_text(e->node) };
        int64_t found;

        if (!report_value(w, e, &found))
                return false;
        db_exec(w->db, "INSERT INTO cluster_version (cluster, list, item, unit, on_day, value, at, rank, entry) VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8)",
                ARGS(key[0], key[1], key[2], key[3], v_int(found), v_int(e->at), v_int(entry_rank(e)), v_int(e->id)));
        if (db_text(w->db, w->arena, OTHERS " LIMIT 1", ARGS(key[0], key[1], key[2], key[3], key[4])) != NULL)
                return work_ok(w) && report_refold(w, r, unit, stands);
        *stands = db_number(w->db, "SELECT entry FROM cluster_version WHERE " ITEM_IS " ORDER BY at DESC, rank DESC LIMIT 1", ARGS(key[0], key[1], key[2], key[3]), 0);
        return work_ok(w);
}

bool version_report_is_brought(struct work *w, const struct entry *e, const struct report_told *r, const struct unit *unit, const int64_t *of, size_t count)
{
        bool is_brought = false;
        int64_t found;

        if (!report_value(w, e, &found))
                return false;
        for (size_t i = 0; i < count && !is_brought; i++)
                is_brought = db_number(w->db, "SELECT COUNT(*) FROM cluster_version WHERE " ITEM_IS " AND entry = $5 AND value = $6",
                                       ARGS(v_text(r->about), v_text(report_list(w, r->form)), v_text(r->period_text), v_text(unit->key), v_int(of[i]), v_int(found)), 0) > 0;
        return is_brought;
}

/* ---- what a node had seen when it wrote ------------------------------------------------------------------------------------------ */

bool version_sight(struct work *w, const struct unit *unit, json_t *body)
{
        struct figures_sight *sight = figures_sight_open(w);
        const char *form = cluster_text(body, "form");
        bool is_report = *form != '\0';
        struct rows *r = db_query(w->db, OTHERS, ARGS(v_text(cluster_text(body, is_report ? "about" : "cluster")), v_text(is_report ? report_list(w, form) : cluster_text(body, "list")),
                                                      v_text(cluster_text(body, is_report ? "period" : "item")), v_text(unit->key), v_text(node_key(w->node))));
        struct buf text;
        struct jsonw j;
        json_t *read;

        while (rows_next(r))
                figures_sight_stream(sight, rows_text(r, 0));
        rows_close(r);
        buf_init_with(&text, ENTRY_MAX, w->arena);
        jsonw_init(&j, &text);
        jsonw_object(&j);
        if (!work_ok(w) || !figures_sight_write(sight, &j))
                return false;
        jsonw_end(&j);
        read = text.data == NULL ? NULL : json_read(w->arena, text.data, text.length, NULL);
        if (read == NULL || json_object_update(body, read) != 0)
                arena_starve(w->arena);
        return work_ok(w);
}

/* ---- conflicts as they are shown and settled ---------------------------------------------------------------------------------------- */

/* The list and the item that a cell is about: "areas", "plot/A1". */
static const struct cluster_list *list_of(struct work *w, const char *name, const char **item)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        const char *slash = strchr(name, '/');

        *item = slash == NULL ? "" : slash + 1;
        return rules == NULL ? NULL : cluster_list_find(rules, slash == NULL ? name : arena_copy(w->arena, name, (size_t)(slash - name)));
}

const char *version_part_said(struct work *w, const char *name)
{
        const char *item;
        const struct cluster_list *l = list_of(w, name, &item);

        return l == NULL ? name : arena_print(w->arena, "%s%s%s", text_in(w->language, l->title_vi, l->title_en), *item == '\0' ? "" : " ", item);
}

static bool is_report(const struct contest_cell *c)
{
        return c->indicator == &topics[OF_REPORT];
}

/* What a report is about, as its page says; the code where the register does not hold that any more. */
static const char *report_title(struct work *w, const struct contest_cell *c)
{
        const struct report_about *a = report_about_read(w, c->item, c->partner, contest_period(w, c));

        if (a == NULL && (w->err.code == ERR_MISSING || w->err.code == ERR_INVALID))
                error_clear(&w->err);
        return arena_print(w->arena, work_text(w, "Form %s: %s"), c->item,
                           a == NULL ? c->partner : strcmp(a->key, c->unit->key) == 0 ? text_in(w->language, a->form->title_vi, a->form->title_en) : a->title);
}

static const char *title(struct work *w, const struct contest_cell *c)
{
        const char *name = is_report(c) ? NULL : db_text(w->db, w->arena, "SELECT name FROM cluster_row WHERE id = $1", ARGS(v_text(c->partner)));

        return is_report(c) ? report_title(w, c) : arena_print(w->arena, "%s: %s", name == NULL ? c->partner : name, version_part_said(w, c->item));
}

static const char *address(struct work *w, const struct contest_cell *c)
{
        return is_report(c) ? arena_print(w->arena, "/clusters/reports/%s/%s/%s", c->item, c->partner, contest_period(w, c)) : arena_print(w->arena, "/clusters/%s", c->partner);
}

static const char *anew(struct work *w, const struct contest_cell *c)
{
        const char *item;
        const struct cluster_list *l = is_report(c) ? NULL : list_of(w, c->item, &item);

        return l == NULL ? address(w, c) : arena_print(w->arena, "/clusters/%s/edit?list=%s&item=%s&on=%s", c->partner, l->id, in_address(w, item), day_typed(w, c->period));
}

static bool value(struct work *w, const struct contest_cell *c, int64_t entry, int64_t *found, int64_t *measure)
{
        struct rows *r = db_query(w->db, "SELECT value FROM cluster_version WHERE entry = $1 AND cluster = $2", ARGS(v_int(entry), v_text(c->partner)));
        bool is_there = rows_next(r);

        *measure = 0;
        if (is_there)
                *found = rows_int(r, 0);
        rows_close(r);
        return is_there;
}

/* A boundary says how many corners it has and what it holds: "recorded" would be said of both. */
static const char *field_said(struct work *w, const struct cluster_field *f, const char *typed)
{
        struct map_point *points;
        struct shape *s;

        if (*typed == '\0' || f->kind != CLUSTER_GEOMETRY)
                return *typed == '\0' ? "" : cluster_value_said(w, f, typed);
        s = shape_read(w, typed);
        if (w->err.code == ERR_INVALID)
                error_clear(&w->err);
        return s == NULL ? cluster_value_said(w, f, typed)
                         : arena_print(w->arena, work_text(w, "%d points, %s ha"), (int)points_read(w->arena, typed, &points), cluster_said(w, s->area, CLUSTER_DECIMALS));
}

/* A line of what all sides say; typed: as it was written, by side. Left out where none says anything. */
static void line_add(struct work *w, struct own_line **list, size_t *count, size_t sides, const char *id, const char *name, const char **typed, const char **said)
{
        struct own_line line = { .id = id, .name = name, .values = said };
        bool is_said = false;

        for (size_t i = 0; i < sides; i++) {
                is_said |= *said[i] != '\0';
                line.differs |= strcmp(typed[i], typed[0]) != 0;
        }
        if (!is_said)
                return;
        *list = arena_room(w->arena, *list, *count, sizeof **list);
        (*list)[(*count)++] = line;
}

/* A row of the form, as each side signed it, and the remark at last. */
static struct own_line *report_lines(struct work *w, const struct contest_view *v, const struct contest_cell *c, const json_t **bodies, size_t *count)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct report_form *form = rules == NULL ? NULL : report_form_find(rules, c->item);
        struct own_line *list = arena_room(w->arena, NULL, 0, sizeof *list);

        for (size_t k = 0; form != NULL && k <= form->row_count; k++) {
                const struct report_row *row = k < form->row_count ? &form->rows[k] : NULL;
                const char **typed = arena_array(w->arena, v->side_count, sizeof *typed), **said = arena_array(w->arena, v->side_count, sizeof *said);

                for (size_t i = 0; i < v->side_count; i++) {
                        const json_t *body = bodies[i];
                        int64_t number = row == NULL ? 0 : cluster_number(json_object_get(body, "cells"), row->id, CLUSTER_DECIMALS);

                        typed[i] = !c->has_side[i] ? "" : row == NULL ? cluster_text(body, "remark") : cluster_text(json_object_get(body, "cells"), row->id);
                        said[i] = *typed[i] == '\0' || row == NULL ? typed[i] : arena_print(w->arena, "%s %s", report_value_said(w, row, number), text_in(w->language, row->unit_vi, row->unit_en));
                }
                line_add(w, &list, count, v->side_count, row == NULL ? "remark" : row->id,
                         row == NULL ? work_text(w, "Remark") : arena_print(w->arena, "%s. %s", report_row_said(w->arena, form, (int)k), text_in(w->language, row->title_vi, row->title_en)), typed, said);
        }
        return work_ok(w) ? list : NULL;
}

static struct own_line *lines(struct work *w, const struct contest_view *v, const struct contest_cell *c, size_t *count)
{
        const char *item;
        const struct cluster_list *l = is_report(c) ? NULL : list_of(w, c->item, &item);
        struct own_line *list = arena_room(w->arena, NULL, 0, sizeof *list);
        const json_t **bodies = contest_bodies(w, v);

        *count = 0;
        if (bodies == NULL)
                return NULL;
        if (is_report(c))
                return report_lines(w, v, c, bodies, count);
        for (size_t k = 0; l != NULL && k < l->field_count + 2; k++) {
                const struct cluster_field *f = k < l->field_count ? &l->fields[k] : NULL;
                const char **typed = arena_array(w->arena, v->side_count, sizeof *typed), **said = arena_array(w->arena, v->side_count, sizeof *said);

                for (size_t i = 0; i < v->side_count; i++) {
                        const json_t *body = bodies[i];
                        bool is_withdrawn = json_is_true(json_object_get(body, "withdrawn"));
                        day on;

                        typed[i] = f != NULL ? (is_withdrawn ? "" : cluster_text(json_object_get(body, "fields"), f->id)) : k == l->field_count ? cluster_text(body, "on") : is_withdrawn ? "yes" : "";
                        said[i] = !c->has_side[i] ? (typed[i] = "") : f != NULL ? field_said(w, f, typed[i]) : k > l->field_count ? (is_withdrawn ? work_text(w, "yes") : "")
                                  : day_read(typed[i], strlen(typed[i]), &on) ? day_said(w, on) : typed[i];
                }
                line_add(w, &list, count, v->side_count, f != NULL ? f->id : k == l->field_count ? "on" : "withdrawn",
                         f != NULL ? text_in(w->language, f->title_vi, f->title_en) : k == l->field_count ? work_text(w, "Holds from") : work_text(w, "Withdrawn"), typed, said);
        }
        return work_ok(w) ? list : NULL;
}

/* What it says is what the version chosen says; an item holds from the day of the conflict. */
static bool settle_one(struct work *w, const struct contest_view *v, const struct contest_cell *c, int side, const char *reason)
{
        static const char *const of_item[] = { "cluster", "list", "item", "fields", "withdrawn", NULL }, *const of_report[] = { "form", "about", "title", "period", "cells", "remark", NULL };
        const struct entry *chosen = ledger_entry(w, v->sides[side].entry->id);
        json_t *of = json_held(w->arena, json_array()), *body;
        bool is_kept = true;

        if (chosen == NULL)
                return work_ok(w) && error_set(&w->err, ERR_DAMAGED, "entry %lld is missing", (long long)v->sides[side].entry->id);
        for (size_t i = 0; is_kept && i < v->side_count; i++)
                is_kept = json_array_append_new(of, json_string(v->sides[i].hash)) == 0;
        body = json_held(w->arena, json_pack("{s:s, s:O, s:s}", "reason", reason, "of", of, "chosen", v->sides[side].hash));
        is_kept = is_kept && (is_report(c) || json_object_set_new(body, "on", json_string(day_typed(w, c->period))) == 0);
        for (const char *const *name = is_report(c) ? of_report : of_item; is_kept && *name != NULL; name++) {
                json_t *member = json_object_get(chosen->body, *name);

                is_kept = member == NULL || json_object_set(body, *name, member) == 0;
        }
        if (!is_kept)
                arena_starve(w->arena);
        return cluster_append(w, is_report(c) ? "cluster.report.settle" : "cluster.settle", chosen->subject, c->unit, body);
}

static bool settle(struct work *w, const struct contest_view *v, const int *choice, const char *reason)
{
        for (size_t i = 0; i < v->cell_count; i++)
                if (v->cells[i].is_open && choice[i] >= 0 && !settle_one(w, v, &v->cells[i], choice[i], reason))
                        return false;
        return work_ok(w);
}

const struct figure_own cluster_own = { .topics = topics, .title = title, .address = address, .value = value, .settle = settle, .lines = lines, .anew = anew,
                                        .dated = &topics[OF_ITEM] };

struct contest_open *versions_open(struct work *w, const char *cluster, size_t *count)
{
        return contests_about(w, &topics[OF_ITEM], cluster, count);
}

struct contest_open *version_reports_open(struct work *w, size_t *count)
{
        return contests_about(w, &topics[OF_REPORT], NULL, count);
}
