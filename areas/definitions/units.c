#include <stdlib.h>
#include <string.h>

#include "areas/definitions/definitions.h"
#include "areas/definitions/pages.h"
#include "base/utf8.h"
#include "format/jsonw.h"

#define PAGE_ROWS 200
#define UNITS_MOST 20000   /* more than a catalogue has at one level */

static const char *const level_titles[LEVEL_COUNT] = { N_("Country"), N_("Province"), N_("District"), N_("Commune") };

static const char *level_title(struct work *w, enum unit_level level)
{
        return work_text(w, level_titles[level]);
}

static const char *name_of(const struct work *w, const struct unit *u)
{
        return w->language == LANGUAGE_EN ? u->full_name_en : u->full_name_vi;
}

/* The address of a unit's page: its code, with the key's day where the code alone means another unit today. */
static const char *href_of(struct work *w, const struct catalogue *c, const struct unit *u)
{
        bool is_plain = unit_at(c, u->code, day_of_moment(w->now)) == u;

        return arena_print(w->arena, "/units/%s", is_plain ? u->code : u->key);
}

static const char *day_text(struct work *w, day d)
{
        char out[DAY_TEXT_MAX];

        if (d == DAY_FOREVER || d == DAY_NONE)
                return "";
        day_write(out, d);
        return arena_text(w->arena, out);
}

/* The same for people: "30/06/2025". */
static const char *day_for_people(struct work *w, day d)
{
        char out[DAY_SHOWN_MAX];

        if (d == DAY_FOREVER || d == DAY_NONE)
                return "";
        day_write_shown(out, d, w->language);
        return arena_text(w->arena, out);
}

static const char *dates_of(struct work *w, const struct unit *u)
{
        if (u->to == DAY_FOREVER)
                return arena_print(w->arena, work_text(w, "since %s"), day_for_people(w, u->from));
        return arena_print(w->arena, work_text(w, "from %s to %s"), day_for_people(w, u->from), day_for_people(w, u->to));
}

static struct links links_of(struct work *w, const struct request *r, const char *path)
{
        return (struct links){ request_in_format(w, r, path, "csv"), request_in_format(w, r, path, "xlsx"), request_in_format(w, r, path, "json") };
}

static const char *or_empty(const char *text)
{
        return text == NULL ? "" : text;
}

/* ---- what is asked for ------------------------------------------------------------------------------ */

/* "level": false and an error for an unknown one. LEVEL_COUNT: all. */
static bool level_read(struct work *w, const struct request *r, enum unit_level fallback, enum unit_level *level)
{
        const char *name = or_empty(request_query(r, "level", 0));

        *level = fallback;
        if (*name == '\0')
                return true;
        if (strcmp(name, "all") == 0) {
                *level = LEVEL_COUNT;
                return true;
        }
        for (int i = 0; i < LEVEL_COUNT; i++)
                if (strcmp(unit_level_name((enum unit_level)i), name) == 0) {
                        *level = (enum unit_level)i;
                        return true;
                }
        error_set(&w->err, ERR_INVALID, "there is no level \"%s\"", name);
        return error_hint(&w->err, "levels: country, province, district, commune, all");
}

/* "on": a day, or today. */
static bool on_read(struct work *w, const struct request *r, day *on)
{
        const char *text = or_empty(request_query(r, "on", 0));

        *on = day_of_moment(w->now);
        if (*text == '\0' || day_read(text, strlen(text), on))
                return true;
        error_set(&w->err, ERR_INVALID, "\"%s\" is no day", text);
        return error_hint(&w->err, "write the day as in 2025-06-30");
}

/* A unit by "25", "25@2021-12-31": with a hint of the days on which the code meant something. */
static const struct unit *unit_wanted(struct work *w, const struct catalogue *c, const char *text, day on)
{
        const struct unit *u = unit_read(c, text, on), *all[8];
        size_t length = strcspn(text, "@"), count;
        char *code;

        if (u != NULL)
                return u;
        code = arena_copy(w->arena, text, length);
        count = unit_by_code(c, code, all, 8);
        if (count == 0) {
                error_set(&w->err, ERR_MISSING, "no unit has the code \"%s\"", code);
                error_hint(&w->err, "look for it by its name among the places");
        } else {
                error_set(&w->err, ERR_MISSING, "unit \"%s\" did not exist on that day", text);
                error_hint(&w->err, "%s existed %s", name_of(w, all[0]), dates_of(w, all[0]));
        }
        return NULL;
}

static struct choice *level_choices(struct work *w, enum unit_level chosen, int *count)
{
        struct choice *list = arena_array(w->arena, LEVEL_COUNT + 1, sizeof *list);

        for (int i = 0; i < LEVEL_COUNT; i++)
                list[i] = (struct choice){ unit_level_name((enum unit_level)i), level_title(w, (enum unit_level)i),
                                           chosen == (enum unit_level)i };
        list[LEVEL_COUNT] = (struct choice){ "all", work_text(w, "All levels"), chosen == LEVEL_COUNT };
        *count = LEVEL_COUNT + 1;
        return list;
}

/* ---- units as rows -------------------------------------------------------------------------------------- */

#define UNIT_COLUMNS 19

/* Which columns a page needs: what all rows have in common stands in the heading. */
struct shape { bool is_page, has_level, has_parent, has_end; };

static int unit_columns(struct shape shape, struct column *c)
{
        int n = 0;

        c[n++] = (struct column){ "code", N_("Code"), NULL, CELL_TEXT };
        if (shape.is_page) {
                c[n++] = (struct column){ "name", N_("Name"), NULL, CELL_TEXT };
                if (shape.has_level)
                        c[n++] = (struct column){ "level", N_("Level"), NULL, CELL_TEXT };
                if (shape.has_parent)
                        c[n++] = (struct column){ "parent", N_("Belongs to"), NULL, CELL_TEXT };
                c[n++] = (struct column){ "from", N_("First day"), NULL, CELL_DAY };
                if (shape.has_end)
                        c[n++] = (struct column){ "to", N_("Last day"), NULL, CELL_DAY };
                return n;
        }
        c[n++] = (struct column){ "key", N_("Key"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "level", N_("Level"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "kind", N_("Kind"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "name_vi", N_("Name (Vietnamese)"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "name_en", N_("Name (English)"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "full_name_vi", N_("Full name (Vietnamese)"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "full_name_en", N_("Full name (English)"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "short_name", N_("Short name"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "letters", N_("Letters"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "from", N_("First day"), NULL, CELL_DAY };
        c[n++] = (struct column){ "to", N_("Last day"), NULL, CELL_DAY };
        c[n++] = (struct column){ "parent", N_("Key of the unit above"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "parent_name", N_("Belongs to"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "province", N_("Province (code)"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "region", N_("Region"), NULL, CELL_INT };
        c[n++] = (struct column){ "region_name", N_("Statistics region"), NULL, CELL_TEXT };
        return n;
}

static struct cell last_day(day d)
{
        return d == DAY_FOREVER ? cell_empty() : cell_day(d);
}

/* on: the day whose names are wanted; DAY_NONE: the newest. */
static void unit_row(struct work *w, const struct catalogue *c, struct table *t, struct shape shape, const struct unit *u,
                     day on)
{
        struct cell cells[UNIT_COLUMNS];
        struct unit_name name = unit_name_on(u, on == DAY_NONE ? DAY_FOREVER : on);
        int n = 0;

        cells[n++] = cell_text(u->code);
        if (shape.is_page) {
                cells[n++] = cell_link(w->language == LANGUAGE_EN ? name.full_name_en : name.full_name_vi, href_of(w, c, u));
                if (shape.has_level)
                        cells[n++] = cell_text(level_title(w, u->level));
                if (shape.has_parent)
                        cells[n++] = u->parent == NULL ? cell_empty()
                                                       : cell_link(name_of(w, u->parent), href_of(w, c, u->parent));
                cells[n++] = cell_day(u->from);
                if (shape.has_end)
                        cells[n++] = last_day(u->to);
        } else {
                cells[n++] = cell_text(u->key);
                cells[n++] = cell_text(unit_level_name(u->level));
                cells[n++] = cell_text(name.kind);
                cells[n++] = cell_text(name.name_vi);
                cells[n++] = cell_text(name.name_en);
                cells[n++] = cell_text(name.full_name_vi);
                cells[n++] = cell_text(name.full_name_en);
                cells[n++] = cell_text(u->short_name);
                cells[n++] = cell_text(u->letters);
                cells[n++] = cell_day(u->from);
                cells[n++] = last_day(u->to);
                cells[n++] = u->parent == NULL ? cell_empty() : cell_text(u->parent->key);
                cells[n++] = u->parent == NULL ? cell_empty() : cell_text(name_of(w, u->parent));
                cells[n++] = u->province == NULL ? cell_empty() : cell_text(u->province->code);
                cells[n++] = u->region == 0 ? cell_empty() : cell_int(u->region);
                cells[n++] = u->region == 0 ? cell_empty() : cell_text(region_name(c, u->region, w->language));
        }
        table_row(t, cells);
}

static const char **unit_notes(struct work *w, day on)
{
        const char **notes = arena_array(w->arena, 4, sizeof *notes);
        int n = 0;

        if (on != DAY_NONE)
                notes[n++] = arena_print(w->arena, work_text(w, "units as of %s"), day_for_people(w, on));
        notes[n] = work_text(w, "codes of the General Statistics Office");
        return notes;
}

static struct choice *parent_choices(struct work *w, const struct catalogue *c, day on, const char *chosen, int *count)
{
        const struct unit **all = arena_array(w->arena, UNITS_MOST, sizeof *all);
        size_t n = unit_list(c, LEVEL_PROVINCE, on, all, UNITS_MOST);
        struct choice *list = arena_array(w->arena, n + 2, sizeof *list);
        bool is_found = *chosen == '\0';

        n = n < UNITS_MOST ? n : UNITS_MOST;
        list[0] = (struct choice){ "", work_text(w, "The whole country"), is_found };
        for (size_t i = 0; i < n; i++) {
                list[i + 1] = (struct choice){ all[i]->code, w->language == LANGUAGE_EN ? all[i]->name_en : all[i]->name_vi,
                                               strcmp(all[i]->code, chosen) == 0 };
                is_found |= list[i + 1].is_chosen;
        }
        if (!is_found)
                list[++n] = (struct choice){ chosen, chosen, true };
        *count = (int)n + 1;
        return list;
}

/* ---- GET /units ------------------------------------------------------------------------------------------ */

static bool matches(const struct unit *u, day on, const char *wanted, struct arena *a)
{
        struct unit_name name;

        if (*wanted == '\0' || strncmp(u->code, wanted, strlen(wanted)) == 0)
                return true;
        name = unit_name_on(u, on);
        return strstr(utf8_fold(a, name.full_name_vi), wanted) != NULL;
}

/* One after another through the levels asked for; the units of a day in order of code. */
static const struct unit **units_wanted(struct work *w, const struct catalogue *c, enum unit_level level, day on,
                                        const struct unit *parent, const char *folded, size_t *count)
{
        const struct unit **found = arena_array(w->arena, UNITS_MOST, sizeof *found);
        const struct unit **list = arena_array(w->arena, UNITS_MOST, sizeof *list);
        struct arena *scratch = work_scratch(w, (size_t)64 << 20);
        size_t n = 0;

        for (int l = 0; l < LEVEL_COUNT; l++) {
                size_t all;

                if (level != LEVEL_COUNT && level != (enum unit_level)l)
                        continue;
                all = unit_list(c, (enum unit_level)l, on, list, UNITS_MOST);
                for (size_t i = 0; i < all && i < UNITS_MOST && n < UNITS_MOST; i++) {
                        if ((parent == NULL || (list[i] != parent && unit_is_within(list[i], parent))) &&
                            matches(list[i], on, folded, scratch))
                                found[n++] = list[i];
                        if (i % 512 == 511)
                                arena_reset(scratch);
                }
        }
        arena_reset(scratch);
        *count = n;
        return found;
}

static bool units_write(struct work *w, const struct request *r, const struct catalogue *c, enum suffix suffix, struct buf *out,
                        const struct unit **list, size_t count, day on, const char *title, const char *next)
{
        struct column columns[UNIT_COLUMNS];
        struct shape shape = { .is_page = suffix == SUFFIX_HTML };
        struct table *t;

        for (size_t i = 0; i < count; i++) {
                shape.has_level |= list[i]->level != list[0]->level;
                shape.has_parent |= list[i]->parent != list[0]->parent;
                shape.has_end |= list[i]->to != DAY_FOREVER;
        }
        t = table_begin_below(w, suffix, out, title, unit_notes(w, shape.is_page ? DAY_NONE : on), columns,
                              unit_columns(shape, columns));
        if (t == NULL)
                return false;
        table_describe(t, about_table(w, title, 0, request_target(r), NULL, 0, true));
        for (size_t i = 0; i < count; i++)
                unit_row(w, c, t, shape, list[i], on);
        return table_end(t, next);
}

bool units_list(struct work *w, const struct request *r, struct reply *reply)
{
        const struct catalogue *c = catalogue_of(w);
        enum suffix suffix = request_suffix(r);
        const char *parent_text = or_empty(request_query(r, "parent", 0)), *after = or_empty(request_query(r, "after", 0));
        const char *q = or_empty(request_query(r, "q", 0)), *next = NULL;
        const struct unit *parent = NULL, **list;
        struct units_view v = { .title = work_text(w, "Places") };
        struct page page = { .title = v.title, .nav = NAV_UNITS, .defined_by = { "units/" } };
        enum unit_level level;
        size_t count, first = 0, shown;
        day on;

        if (c == NULL || !on_read(w, r, &on))
                return false;
        if (*parent_text != '\0' && (parent = unit_wanted(w, c, parent_text, on)) == NULL)
                return false;
        if (!level_read(w, r, parent != NULL || *q != '\0' ? LEVEL_COUNT : LEVEL_PROVINCE, &level))
                return false;
        list = units_wanted(w, c, level, on, parent, utf8_fold(w->arena, q), &count);
        if (suffix != SUFFIX_HTML && suffix != SUFFIX_JSON) {
                table_file(w, r, reply, "units");
                return units_write(w, r, c, suffix, &reply->body, list, count, on, v.title, NULL);
        }
        while (*after != '\0' && first < count && strcmp(list[first]->key, after) != 0)
                first++;
        if (*after != '\0' && first++ == count) {
                error_set(&w->err, ERR_INVALID, "the list has no unit \"%s\" to go on after", after);
                return error_hint(&w->err, "begin again with its first page");
        }
        shown = count - first < PAGE_ROWS ? count - first : PAGE_ROWS;
        if (first + shown < count)
                next = list[first + shown - 1]->key;
        if (suffix != SUFFIX_HTML)
                return units_write(w, r, c, suffix, &reply->body, list + first, shown, on, v.title, next);

        v.lede = arena_print(w->arena, work_text(w, "%zu units on %s"), count, day_for_people(w, on));
        v.links = links_of(w, r, "/units");
        v.levels = level_choices(w, level, &v.level_count);
        v.on = day_text(w, on);
        v.parents = parent_choices(w, c, on, parent_text, &v.parent_count);
        v.q = q;
        page_begin(w, r, reply, &page);
        definitions_units(w, &reply->body, &v);
        if (!units_write(w, r, c, suffix, &reply->body, list + first, shown, on, v.title, next))
                return false;
        if (next != NULL)
                definitions_more(w, &reply->body, arena_print(w->arena, work_text(w, "%zu of %zu units"), shown, count),
                                 request_with(w, r, "after", next));
        page_end(w, r, reply, &page);
        return work_ok(w);
}

/* ---- GET /units/{code} --------------------------------------------------------------------------------------- */

static const char *part_text(struct work *w, const struct unit_change *change)
{
        char number[DECIMAL_TEXT_MAX];

        if (change->is_whole)
                return work_text(w, "whole");
        if (change->share_ppm < 0)
                return work_text(w, "a part, size unknown");
        decimal_write_shown(number, change->share_ppm, 4, 1, w->language);
        return *change->basis == '\0' ? arena_print(w->arena, "%s%%", number) : arena_print(w->arena, "%s%% (%s)", number, change->basis);
}

static struct line *change_lines(struct work *w, const struct catalogue *c, const struct unit_change **changes, size_t count,
                                 bool to_new, int *lines)
{
        struct line *list = arena_array(w->arena, count + 1, sizeof *list);

        for (size_t i = 0; i < count; i++) {
                const struct unit *u = to_new ? changes[i]->new : changes[i]->old;
                /* What a unit was called then: at the beginning of the new one, at the end of the old one. */
                struct unit_name name = unit_name_on(u, to_new ? changes[i]->date : changes[i]->date - 1);

                list[i] = (struct line){ day_for_people(w, changes[i]->date),
                                         w->language == LANGUAGE_EN ? name.full_name_en : name.full_name_vi,
                                         href_of(w, c, u), part_text(w, changes[i]), changes[i]->act };
        }
        *lines = (int)count;
        return list;
}

static void unit_fill(struct work *w, const struct catalogue *c, const struct unit *u, struct unit_view *v)
{
        const struct unit_change **changes;
        struct unit_name names[16];
        day today = day_of_moment(w->now), on = u->to < today ? u->to : today;
        bool is_en = w->language == LANGUAGE_EN;
        size_t count;

        v->key = u->key;
        v->name = name_of(w, u);
        v->other_name = is_en ? u->full_name_vi : u->full_name_en;
        v->level = level_title(w, u->level);
        v->dates = dates_of(w, u);
        v->figures_href = arena_print(w->arena, "/figures?unit=%s", u->key);
        v->province_page = u->level == LEVEL_PROVINCE && u->to == DAY_FOREVER
                                   ? arena_print(w->arena, "/provinces/%s", u->code) : NULL;
        v->exists = u->from <= today && today <= u->to;
        v->region = u->region == 0 ? NULL : region_name(c, u->region, w->language);
        if (u->parent != NULL) {
                v->parent = name_of(w, u->parent);
                v->parent_href = href_of(w, c, u->parent);
        }
        if (u->province != NULL && u->province != u && u->province != u->parent) {
                v->province = name_of(w, u->province);
                v->province_href = href_of(w, c, u->province);
        }
        count = unit_names(u, names, 16);
        v->names = arena_array(w->arena, 16, sizeof *v->names);
        for (size_t i = 0; count > 1 && i < count && i < 16; i++)
                v->names[v->name_count++] = (struct line){ day_for_people(w, names[i].from),
                                                           is_en ? names[i].full_name_en : names[i].full_name_vi, NULL, "",
                                                           names[i].act };
        changes = unit_made_of(w->arena, c, u, &count);
        v->before = change_lines(w, c, changes, count, false, &v->before_count);
        changes = unit_became(w->arena, c, u, &count);
        v->after = change_lines(w, c, changes, count, true, &v->after_count);
        count = unit_children(c, u, on, NULL, 0);
        if (count > 0) {
                v->children = arena_print(w->arena, work_text(w, "%zu units on %s"), count, day_for_people(w, on));
                v->children_href = arena_print(w->arena, "/units?parent=%s&level=%s&on=%s", u->code,
                                               u->level == LEVEL_COUNTRY ? "province" : "all", day_text(w, on));
        }
}

static void changes_json(struct jsonw *j, const char *name, const struct unit_change **changes, size_t count, bool to_new)
{
        jsonw_name(j, name);
        jsonw_array(j);
        for (size_t i = 0; i < count; i++) {
                const struct unit *u = to_new ? changes[i]->new : changes[i]->old;
                char date[DAY_TEXT_MAX];

                day_write(date, changes[i]->date);
                jsonw_object(j);
                jsonw_member_text(j, "key", u->key);
                jsonw_member_text(j, "name_vi", u->full_name_vi);
                jsonw_member_text(j, "date", date);
                jsonw_member_bool(j, "is_whole", changes[i]->is_whole);
                jsonw_name(j, "share");
                if (changes[i]->share_ppm < 0)
                        jsonw_null(j);
                else
                        jsonw_decimal(j, changes[i]->share_ppm, 6);
                jsonw_member_text(j, "basis", changes[i]->basis);
                jsonw_member_text(j, "act", changes[i]->act);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void unit_json(struct work *w, const struct catalogue *c, struct jsonw *j, const struct unit *u)
{
        const struct unit_change **changes;
        const struct unit **children;
        struct unit_name names[16];
        size_t count;
        day on = day_of_moment(w->now);

        on = u->to < on ? u->to : on;
        jsonw_object(j);
        jsonw_member_text(j, "key", u->key);
        jsonw_member_text(j, "code", u->code);
        jsonw_member_text(j, "level", unit_level_name(u->level));
        jsonw_member_text(j, "kind", u->kind);
        jsonw_member_text(j, "name_vi", u->name_vi);
        jsonw_member_text(j, "name_en", u->name_en);
        jsonw_member_text(j, "full_name_vi", u->full_name_vi);
        jsonw_member_text(j, "full_name_en", u->full_name_en);
        jsonw_member_text(j, "short_name", u->short_name);
        jsonw_member_text(j, "from", day_text(w, u->from));
        jsonw_member_text(j, "to", u->to == DAY_FOREVER ? NULL : day_text(w, u->to));
        jsonw_member_text(j, "parent", u->parent == NULL ? NULL : u->parent->key);
        jsonw_member_text(j, "province", u->province == NULL ? NULL : u->province->key);
        if (u->region != 0)
                jsonw_member_int(j, "region", u->region);
        jsonw_name(j, "names");
        jsonw_array(j);
        count = unit_names(u, names, 16);
        for (size_t i = 0; i < count && i < 16; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "from", day_text(w, names[i].from));
                jsonw_member_text(j, "kind", names[i].kind);
                jsonw_member_text(j, "full_name_vi", names[i].full_name_vi);
                jsonw_member_text(j, "full_name_en", names[i].full_name_en);
                jsonw_member_text(j, "act", names[i].act);
                jsonw_end(j);
        }
        jsonw_end(j);
        changes = unit_made_of(w->arena, c, u, &count);
        changes_json(j, "predecessors", changes, count, false);
        changes = unit_became(w->arena, c, u, &count);
        changes_json(j, "successors", changes, count, true);
        count = unit_children(c, u, on, NULL, 0);
        children = arena_array(w->arena, count + 1, sizeof *children);
        unit_children(c, u, on, children, count);
        jsonw_name(j, "children");
        jsonw_array(j);
        for (size_t i = 0; i < count; i++)
                jsonw_text(j, children[i]->key);
        jsonw_end(j);
        jsonw_end(j);
}

bool units_one(struct work *w, const struct request *r, struct reply *reply)
{
        const struct catalogue *c = catalogue_of(w);
        const char *asked = request_part(r, "code"), *code;
        enum suffix suffix = request_suffix(r);
        const struct unit *list[16], *first;
        struct code_view v = { 0 };
        struct page page = { .nav = NAV_UNITS, .crumbs = { { work_text(w, "Places"), "/units" } }, .crumb_count = 1, .defined_by = { "units/" } };
        size_t count;

        if (c == NULL)
                return false;
        code = arena_copy(w->arena, asked, strcspn(asked, "@"));
        if (strchr(asked, '@') != NULL) { /* one of them */
                list[0] = unit_wanted(w, c, asked, day_of_moment(w->now));
                count = list[0] != NULL;
        } else {
                count = unit_by_code(c, code, list, 16);
                if (count == 0)
                        unit_wanted(w, c, code, day_of_moment(w->now));
        }
        if (count == 0)
                return false;
        count = count < 16 ? count : 16;
        first = list[count - 1]; /* the newest */
        v.title = name_of(w, first);
        if (suffix != SUFFIX_HTML && suffix != SUFFIX_JSON) {
                table_file(w, r, reply, arena_print(w->arena, "unit-%s", code));
                return units_write(w, r, c, suffix, &reply->body, list, count, DAY_NONE, v.title, NULL);
        }
        if (suffix == SUFFIX_JSON) {
                struct jsonw j;

                jsonw_init(&j, &reply->body);
                jsonw_object(&j);
                jsonw_member_text(&j, "code", code);
                jsonw_name(&j, "units");
                jsonw_array(&j);
                for (size_t i = count; i-- > 0;)
                        unit_json(w, c, &j, list[i]);
                jsonw_end(&j);
                jsonw_end(&j);
                return work_ok(w);
        }
        v.lede = count == 1 ? arena_print(w->arena, work_text(w, "Code %s"), code)
                            : arena_print(w->arena, work_text(w, "The code %s has meant %zu units, one after another"), code,
                                          count);
        v.links = links_of(w, r, arena_print(w->arena, "/units/%s", asked));
        v.units = arena_array(w->arena, count, sizeof *v.units);
        for (size_t i = count; i-- > 0;)
                unit_fill(w, c, list[i], &v.units[v.count++]);
        page.title = v.title;
        page_begin(w, r, reply, &page);
        definitions_unit(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

/* ---- GET /units/changes ------------------------------------------------------------------------------------------ */

/* A change of units or of a name, as one row. */
struct event {
        day date;
        const struct unit *old, *new;
        const char *old_name, *new_name, *act;
        const struct unit_change *change; /* NULL: a renaming */
};

static int compare_events(const void *a, const void *b)
{
        const struct event *x = a, *y = b;
        int order;

        if (x->date != y->date)
                return x->date < y->date ? 1 : -1; /* newest first */
        order = strcmp(x->new->key, y->new->key);
        return order != 0 ? order : strcmp(x->old->key, y->old->key);
}

/* Levels are those of the old unit, so that a district that became a special zone stands with the districts. */
static struct event *events_wanted(struct work *w, const struct catalogue *c, enum unit_level level, const char *code,
                                   size_t *count)
{
        const struct unit_change *changes;
        size_t change_count = unit_changes(c, &changes), n = 0, units, room = change_count + 1024;
        struct event *list = arena_array(w->arena, room, sizeof *list);
        const struct unit **all = arena_array(w->arena, UNITS_MOST, sizeof *all);
        bool is_en = w->language == LANGUAGE_EN;

        for (size_t i = 0; i < change_count; i++) {
                const struct unit_change *k = &changes[i];

                if ((level != LEVEL_COUNT && k->old->level != level) ||
                    (*code != '\0' && strcmp(k->old->code, code) != 0 && strcmp(k->new->code, code) != 0))
                        continue;
                list[n++] = (struct event){ k->date, k->old, k->new, name_of(w, k->old), name_of(w, k->new), k->act, k };
        }
        for (int l = 0; l < LEVEL_COUNT; l++) {
                if (level != LEVEL_COUNT && level != (enum unit_level)l)
                        continue;
                units = unit_list(c, (enum unit_level)l, day_of_moment(w->now), all, UNITS_MOST);
                for (size_t i = 0; i < units && i < UNITS_MOST; i++) {
                        struct unit_name names[16];
                        size_t named;

                        if (all[i]->renamings == NULL || (*code != '\0' && strcmp(all[i]->code, code) != 0))
                                continue;
                        named = unit_names(all[i], names, 16);
                        for (size_t k = 1; k < named && k < 16 && n < room; k++)
                                list[n++] = (struct event){ names[k].from,
                                                            all[i],
                                                            all[i],
                                                            is_en ? names[k - 1].full_name_en : names[k - 1].full_name_vi,
                                                            is_en ? names[k].full_name_en : names[k].full_name_vi,
                                                            names[k].act,
                                                            NULL };
                }
        }
        qsort(list, n, sizeof *list, compare_events);
        *count = n;
        return list;
}

static bool changes_write(struct work *w, const struct request *r, const struct catalogue *c, enum suffix suffix, struct buf *out,
                          const struct event *list, size_t count, const char *title, const char *next)
{
        bool is_page = suffix == SUFFIX_HTML;
        const struct column shown[] = {
                { "old_name", N_("Old unit"), NULL, CELL_TEXT },
                { "change", N_("Change"), NULL, CELL_TEXT },
                { "new_name", N_("New unit"), NULL, CELL_TEXT },
                { "share", N_("Share of the old unit"), "%", CELL_NUMBER },
                { "basis", N_("Share of what"), NULL, CELL_TEXT },
                { "date", N_("Date"), NULL, CELL_DAY },
                { "act", N_("Legal act"), NULL, CELL_TEXT },
        };
        const struct column columns[] = {
                { "date", N_("Date"), NULL, CELL_DAY },
                { "change", N_("Change"), NULL, CELL_TEXT },
                { "old", N_("Old unit"), NULL, CELL_TEXT },
                { "old_name", N_("Old name"), NULL, CELL_TEXT },
                { "new", N_("New unit"), NULL, CELL_TEXT },
                { "new_name", N_("New name"), NULL, CELL_TEXT },
                { "share", N_("Share of the old unit"), "%", CELL_NUMBER },
                { "basis", N_("Share of what"), NULL, CELL_TEXT },
                { "act", N_("Legal act"), NULL, CELL_TEXT },
        };
        struct table *t = table_begin_below(w, suffix, out, title, unit_notes(w, DAY_NONE), is_page ? shown : columns,
                                            (int)(is_page ? sizeof shown / sizeof *shown : sizeof columns / sizeof *columns));

        if (t == NULL)
                return false;
        table_describe(t, about_table(w, title, 0, request_target(r), NULL, 0, true));
        for (size_t i = 0; i < count; i++) {
                const struct event *e = &list[i];
                bool is_split = e->change != NULL && !e->change->is_whole;
                const char *what = is_page ? work_text(w, e->change == NULL ? N_("renamed") : is_split ? N_("divided") : N_("merged"))
                                           : e->change == NULL ? "renamed" : is_split ? "divided" : "merged";
                struct cell share = e->change == NULL || e->change->share_ppm < 0
                                            ? cell_empty() : cell_number(e->change->share_ppm, 4, is_page ? 1 : -1);

                struct cell basis = e->change == NULL || *e->change->basis == '\0' ? cell_empty() : cell_text(e->change->basis);

                if (is_page)
                        table_row(t, (struct cell[]){ cell_link(e->old_name, href_of(w, c, e->old)), cell_text(what),
                                                      cell_link(e->new_name, href_of(w, c, e->new)), share, basis,
                                                      cell_day(e->date), cell_text(e->act) });
                else
                        table_row(t, (struct cell[]){ cell_day(e->date), cell_text(what), cell_text(e->old->key),
                                                      cell_text(e->old_name), cell_text(e->new->key),
                                                      cell_text(e->new_name), share, basis, cell_text(e->act) });
        }
        return table_end(t, next);
}

bool units_changes(struct work *w, const struct request *r, struct reply *reply)
{
        const struct catalogue *c = catalogue_of(w);
        enum suffix suffix = request_suffix(r);
        const char *code = or_empty(request_query(r, "unit", 0)), *next = NULL;
        struct changes_view v = { .title = work_text(w, "Mergers and renamings") };
        struct page page = { .title = v.title, .nav = NAV_UNITS, .defined_by = { "units/" }, .crumbs = { { work_text(w, "Places"), "/units" } },
                             .crumb_count = 1 };
        enum unit_level level;
        struct event *list;
        size_t count, first, shown;

        if (c == NULL || !request_place(w, r, "after", &first) || !level_read(w, r, *code != '\0' ? LEVEL_COUNT : LEVEL_PROVINCE, &level))
                return false;
        if (*code != '\0' && !unit_code_is_known(c, code)) {
                unit_wanted(w, c, code, day_of_moment(w->now));
                return false;
        }
        list = events_wanted(w, c, level, code, &count);
        if (suffix != SUFFIX_HTML && suffix != SUFFIX_JSON) {
                table_file(w, r, reply, "unit-changes");
                return changes_write(w, r, c, suffix, &reply->body, list, count, v.title, NULL);
        }
        if (first > count)
                first = count;
        shown = count - first < PAGE_ROWS ? count - first : PAGE_ROWS;
        if (first + shown < count)
                next = arena_print(w->arena, "%zu", first + shown);
        if (suffix != SUFFIX_HTML)
                return changes_write(w, r, c, suffix, &reply->body, list + first, shown, v.title, next);
        v.lede = arena_print(w->arena, work_text(w, "%zu changes, the newest first"), count);
        v.links = links_of(w, r, "/units/changes");
        v.levels = level_choices(w, level, &v.level_count);
        v.unit = code;
        page_begin(w, r, reply, &page);
        definitions_changes(w, &reply->body, &v);
        if (!changes_write(w, r, c, suffix, &reply->body, list + first, shown, v.title, next))
                return false;
        if (next != NULL)
                definitions_more(w, &reply->body, arena_print(w->arena, work_text(w, "%zu of %zu changes"), shown, count),
                                 request_with(w, r, "after", next));
        page_end(w, r, reply, &page);
        return work_ok(w);
}
