#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "catalogue/catalogue_private.h"

#define PARTS_DEPTH 8 /* maps a trail of changes may cross */

static const char *const level_names[] = { "country", "province", "district", "commune", NULL };

const char *unit_level_name(enum unit_level level)
{
        return level_names[level];
}

/* ---- reading ------------------------------------------------------------------------------------ */

uint64_t unit_word(const char *code, size_t length)
{
        uint64_t word = 0;

        for (size_t i = 0; i < UNIT_CODE_MAX; i++)
                word = word << 8 | (i < length ? (unsigned char)code[i] : 0);
        return word;
}

static size_t slot_of(const struct units *u, uint64_t word)
{
        word = (word ^ word >> 32) * 0x9E3779B97F4A7C15u;
        return (size_t)(word >> 32) & (u->slot_count - 1);
}

/* Index of the first unit with the code; count where there is none. */
static size_t find_first(const struct units *u, const char *code, size_t length)
{
        uint64_t word;

        if (u->slot_count == 0 || length == 0 || length > UNIT_CODE_MAX)
                return u->count;
        word = unit_word(code, length);
        for (size_t i = slot_of(u, word); u->slots[i] != 0; i = (i + 1) & (u->slot_count - 1)) {
                const struct unit *unit = &u->list[u->slots[i] - 1];

                if (memcmp(unit->code, code, length) == 0 && unit->code[length] == '\0')
                        return u->slots[i] - 1;
        }
        return u->count;
}

static const struct unit *find_at(const struct units *u, const char *code, size_t length, day d)
{
        for (size_t i = find_first(u, code, length); i < u->count; i++) {
                const struct unit *unit = &u->list[i];

                if (memcmp(unit->code, code, length) != 0 || unit->code[length] != '\0')
                        return NULL;
                if (unit->from <= d && d <= unit->to)
                        return unit;
        }
        return NULL;
}

static const struct kind *kind_find(const struct units *u, const char *name)
{
        for (size_t i = 0; i < u->kind_count; i++)
                if (strcmp(u->kinds[i].name, name) == 0)
                        return &u->kinds[i];
        return NULL;
}

/* Rows a set of files can have at most. */
static size_t lines_of(const struct source *s)
{
        size_t lines = 1;
        const char *end = s->text + s->length;

        for (const char *p = s->text; p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
                lines++;
        return lines;
}

static const struct source *file_find(const struct parse *p, const char *path)
{
        for (size_t i = 0; i < p->file_count; i++)
                if (strcmp(p->files[i].path, path) == 0)
                        return &p->files[i];
        return NULL;
}

const char *sheet_keep(struct parse *p, const struct sheet *s, int column)
{
        size_t length;
        const char *field = sheet_text(s, column, &length);

        return pool_keep(p, field, length);
}

static void read_kinds(struct parse *p)
{
        static const char *const columns[] = { "kind", "level", "label_vi", "label_en", NULL };
        const struct source *source = file_find(p, "units/kinds.csv");
        struct units *u = &p->catalogue->units;
        struct sheet *s = source == NULL ? NULL : sheet_open(p, source, columns);

        if (s == NULL)
                return;
        u->kinds = arena_array(p->arena, lines_of(source), sizeof *u->kinds);
        while (sheet_next(s)) {
                struct kind *k = &u->kinds[u->kind_count];
                const char *level = sheet_text(s, 1, NULL);
                int n = 0;

                while (level_names[n] != NULL && strcmp(level_names[n], level) != 0)
                        n++;
                if (level_names[n] == NULL)
                        sheet_complain(s, 1, "unknown level \"%s\"; country, province, district and commune are known", level);
                else if (kind_find(u, sheet_text(s, 0, NULL)) != NULL)
                        sheet_complain(s, 0, "the kind \"%s\" stands twice", sheet_text(s, 0, NULL));
                else
                        *k = (struct kind){ sheet_keep(p, s, 0), sheet_keep(p, s, 2), sheet_keep(p, s, 3), (enum unit_level)n },
                        u->kind_count++;
        }
}

static void read_acts(struct parse *p)
{
        static const char *const columns[] = { "act", "title_vi", "title_en", "?verified", NULL };
        const struct source *source = file_find(p, "units/acts.csv");
        struct units *u = &p->catalogue->units;
        struct sheet *s = source == NULL ? NULL : sheet_open(p, source, columns);

        if (s == NULL)
                return;
        u->acts = arena_array(p->arena, lines_of(source), sizeof *u->acts);
        while (sheet_next(s))
                u->acts[u->act_count++] = (struct act){ sheet_keep(p, s, 0), sheet_keep(p, s, 1), sheet_keep(p, s, 2),
                                                        strcmp(sheet_text(s, 3, NULL), "yes") == 0 };
}

static void read_regions(struct parse *p)
{
        static const char *const columns[] = { "region", "name_vi", "name_en", NULL };
        const struct source *source = file_find(p, "units/regions.csv");
        struct units *u = &p->catalogue->units;
        struct sheet *s = source == NULL ? NULL : sheet_open(p, source, columns);

        if (s == NULL)
                return;
        u->regions = arena_array(p->arena, lines_of(source), sizeof *u->regions);
        while (sheet_next(s)) {
                int number = atoi(sheet_text(s, 0, NULL));

                if (number < 1 || number > 999)
                        sheet_complain(s, 0, "a region is a number from 1 to 999");
                else
                        u->regions[u->region_count++] = (struct region){ number, sheet_keep(p, s, 1), sheet_keep(p, s, 2) };
        }
}

/* "Xã" + "Tân Phú"; the short name is the end of the long one, so both take the room of one. */
static void name_vi(struct parse *p, const struct kind *k, const char *name, size_t length, const char **full,
                    const char **plain)
{
        size_t label = strlen(k->label_vi), gap = label == 0 ? 0 : 1;
        char *out = pool_room(p, label + gap + length + 1);

        memcpy(out, k->label_vi, label);
        if (gap == 1)
                out[label] = ' ';
        memcpy(out + label + gap, name, length);
        *full = out;
        *plain = out + label + gap;
}

/* "Tan Phu Commune", but "Ward 1". */
static void name_en(struct parse *p, const struct kind *k, const char *name, size_t length, const char **full,
                    const char **plain)
{
        size_t label = strlen(k->label_en);
        bool is_number = length > 0;
        char *out;

        for (size_t i = 0; i < length; i++)
                is_number = is_number && name[i] >= '0' && name[i] <= '9';
        if (label == 0) {
                *full = *plain = pool_keep(p, name, length);
                return;
        }
        out = pool_room(p, label + length + 2);
        if (is_number) {
                memcpy(out, k->label_en, label);
                out[label] = ' ';
                memcpy(out + label + 1, name, length);
                *plain = out + label + 1;
        } else {
                memcpy(out, name, length);
                out[length] = ' ';
                memcpy(out + length + 1, k->label_en, label);
                *plain = pool_keep(p, name, length);
        }
        *full = out;
}

static bool code_is_valid(const char *code, size_t length)
{
        if (length == 0 || length > UNIT_CODE_MAX)
                return false;
        for (size_t i = 0; i < length; i++)
                if (!((code[i] >= '0' && code[i] <= '9') || (code[i] >= 'A' && code[i] <= 'Z')))
                        return false;
        return true;
}

const char *unit_key(struct parse *p, const char *code, size_t length, day from)
{
        char key[UNIT_CODE_MAX + DAY_TEXT_MAX + 2];

        memcpy(key, code, length);
        key[length] = '@';
        return pool_keep(p, key, length + 1 + day_write(key + length + 1, from));
}

struct unit_row *unit_row_read(struct parse *p, struct sheet *s, const struct source *source)
{
        struct units *u = &p->catalogue->units;
        size_t code_length, vi_length, en_length, parent_length;
        const char *code = sheet_text(s, UNIT_CODE, &code_length), *vi = sheet_text(s, UNIT_NAME_VI, &vi_length),
                   *en = sheet_text(s, UNIT_NAME_EN, &en_length), *parent = sheet_text(s, UNIT_PARENT, &parent_length);
        const struct kind *k = kind_find(u, sheet_text(s, UNIT_KIND, NULL));
        struct unit_row *r;
        struct unit *unit;
        day from, to;

        if (!code_is_valid(code, code_length)) {
                sheet_complain(s, UNIT_CODE, "\"%s\" is no unit code: 1 to 8 digits or capital letters", code);
                return NULL;
        }
        if (k == NULL) {
                sheet_complain(s, UNIT_KIND, "unknown kind \"%s\"; units/kinds.csv lists the known ones", sheet_text(s, UNIT_KIND, NULL));
                return NULL;
        }
        if (vi_length == 0 || en_length == 0) {
                sheet_complain(s, vi_length == 0 ? UNIT_NAME_VI : UNIT_NAME_EN, "unit %s has no name", code);
                return NULL;
        }
        if (parent_length > UNIT_CODE_MAX || (parent_length == 0) != (k->level == LEVEL_COUNTRY)) {
                sheet_complain(s, UNIT_PARENT, parent_length == 0 ? N_("unit %s has no parent") : N_("the parent of unit %s is no unit code"),
                               code);
                return NULL;
        }
        from = sheet_day(s, UNIT_FROM, DAY_NONE);
        to = sheet_day(s, UNIT_TO, DAY_FOREVER);
        if (from == DAY_NONE) {
                sheet_complain(s, UNIT_FROM, "unit %s has no first day", code);
                return NULL;
        }
        if (to < from) {
                sheet_complain(s, UNIT_TO, "unit %s ends before it begins", code);
                return NULL;
        }
        r = arena_alloc(p->scratch, sizeof *r);
        memset(r, 0, sizeof *r);
        unit = &r->unit;
        unit->from = from;
        unit->to = to;
        r->word = unit_word(code, code_length);
        r->from = unit->from;
        r->level = (uint8_t)k->level;
        r->line = sheet_line(s);
        r->path = source->path;
        memcpy(r->parent, parent, parent_length);
        unit->code = pool_keep(p, code, code_length);
        unit->key = unit_key(p, code, code_length, from);
        unit->level = k->level;
        unit->kind = k->name;
        name_vi(p, k, vi, vi_length, &unit->full_name_vi, &unit->name_vi);
        name_en(p, k, en, en_length, &unit->full_name_en, &unit->name_en);
        unit->short_name = sheet_text(s, UNIT_SHORT, NULL)[0] == '\0' ? unit->name_vi : sheet_keep(p, s, UNIT_SHORT);
        unit->letters = sheet_text(s, UNIT_LETTERS, NULL)[0] == '\0' ? "" : sheet_keep(p, s, UNIT_LETTERS);
        unit->region = atoi(sheet_text(s, UNIT_REGION, NULL));
        if (unit->region != 0 && region_name(p->catalogue, unit->region, LANGUAGE_EN)[0] == '\0')
                sheet_complain(s, UNIT_REGION, "unknown region %d; units/regions.csv lists the known ones", unit->region);
        return r;
}

void unit_row_add(struct parse *p, struct unit_rows *rows, struct unit_row *r)
{
        if (rows->count == rows->room) {
                size_t room = rows->room == 0 ? 1024 : rows->room * 2;
                struct unit_row **more = arena_array(p->scratch, room, sizeof(*more));

                if (rows->count > 0)
                        memcpy(more, rows->list, rows->count * sizeof(*more));
                rows->list = more;
                rows->room = room;
        }
        rows->list[rows->count++] = r;
}

static bool is_list_of_units(const char *path)
{
        static const char *const others[] = { "units/kinds.csv", "units/acts.csv", "units/regions.csv",
                                              "units/names.csv" };

        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
                if (strcmp(path, others[i]) == 0)
                        return false;
        return path_is_in(path, "units/", ".csv") && strncmp(path, "units/changes", 13) != 0 &&
               !path_is_in(path, ARRANGEMENTS, ".csv");
}

/* Order of (level, code, first day). */
static int compare_rows(const void *a, const void *b)
{
        const struct unit_row *x = *(const struct unit_row *const *)a, *y = *(const struct unit_row *const *)b;

        if (x->level != y->level)
                return x->level < y->level ? -1 : 1;
        if (x->word != y->word)
                return x->word < y->word ? -1 : 1;
        return x->from < y->from ? -1 : x->from > y->from;
}

static void fill_slots(struct parse *p)
{
        struct units *u = &p->catalogue->units;
        size_t room = 64;

        while (room < u->count * 2)
                room *= 2;
        u->slots = arena_array(p->arena, room, sizeof *u->slots);
        u->slot_count = room;
        for (size_t n = 0; n < u->count; n++) {
                const struct unit *unit = &u->list[n];
                size_t i;

                if (n > 0 && unit[-1].level == unit->level && strcmp(unit[-1].code, unit->code) == 0)
                        continue;
                for (i = slot_of(u, unit_word(unit->code, strlen(unit->code))); u->slots[i] != 0; i = (i + 1) & (room - 1))
                        ;
                u->slots[i] = (uint32_t)n + 1;
        }
}

static void link_parents(struct parse *p, struct unit_row *const *order)
{
        struct units *u = &p->catalogue->units;

        for (size_t n = 0; n < u->count; n++) {
                struct unit *unit = &u->list[n];
                const struct unit_row *r = order[n];
                const struct unit *parent;
                char date[DAY_TEXT_MAX];

                if (find_first(u, unit->code, strlen(unit->code)) > n ||
                    u->list[find_first(u, unit->code, strlen(unit->code))].level != unit->level)
                        complain(p->complaints, r->path, r->line, 1, "the code %s is used at two levels", unit->code);
                if (unit->level == LEVEL_COUNTRY)
                        continue;
                parent = find_at(u, r->parent, strlen(r->parent), unit->from);
                if (parent == NULL) {
                        day_write(date, unit->from);
                        if (find_first(u, r->parent, strlen(r->parent)) < u->count)
                                complain(p->complaints, r->path, r->line, 1, "unit %s: its parent %s did not exist on %s",
                                         unit->code, r->parent, date);
                        else
                                complain(p->complaints, r->path, r->line, 1, "unit %s: its parent %s is unknown",
                                         unit->code, r->parent);
                        continue;
                }
                if (parent->level >= unit->level) {
                        complain(p->complaints, r->path, r->line, 1,
                                 "unit %s: its parent %s is not of a higher level, so parents could run in a circle",
                                 unit->code, r->parent);
                        continue;
                }
                if (parent->to < unit->to) {
                        day_write(date, parent->to);
                        complain(p->complaints, r->path, r->line, 1, "unit %s: its parent %s ends before it, on %s",
                                 unit->code, r->parent, date);
                }
                unit->parent = parent;
                unit->province = unit->level == LEVEL_PROVINCE ? unit : parent->province;
                if (unit->region == 0 && unit->province != NULL)
                        unit->region = unit->province->region;
        }
}

static void list_children(struct parse *p)
{
        struct units *u = &p->catalogue->units;
        uint32_t *next;

        u->child_first = arena_array(p->arena, u->count + 1, sizeof *u->child_first);
        u->children = arena_array(p->arena, u->count + 1, sizeof *u->children);
        next = arena_array(p->scratch, u->count + 1, sizeof *next);
        for (size_t n = 0; n < u->count; n++)
                if (u->list[n].parent != NULL)
                        u->child_first[u->list[n].parent - u->list + 1]++;
        for (size_t n = 0; n < u->count; n++)
                u->child_first[n + 1] += u->child_first[n];
        memcpy(next, u->child_first, u->count * sizeof *next);
        for (size_t n = 0; n < u->count; n++)
                if (u->list[n].parent != NULL)
                        u->children[next[u->list[n].parent - u->list]++] = (uint32_t)n;
}

/* All files with units, into their final places. */
static void read_units(struct parse *p)
{
        static const char *const columns[] = { "code",  "kind", "name_vi",     "name_en",  "parent", "from",
                                               "to",    "?short_name", "?letters", "?region", NULL };
        struct units *u = &p->catalogue->units;
        struct unit_rows rows = { 0 };
        struct unit_row **order;

        for (size_t i = 0; i < p->file_count; i++) {
                struct sheet *s;

                if (!is_list_of_units(p->files[i].path) || (s = sheet_open(p, &p->files[i], columns)) == NULL)
                        continue;
                while (sheet_next(s)) {
                        struct unit_row *r = unit_row_read(p, s, &p->files[i]);

                        if (r != NULL)
                                unit_row_add(p, &rows, r);
                }
        }
        arrangements_read(p, &rows);
        order = rows.list;
        if (rows.count > 1)
                qsort(order, rows.count, sizeof(*order), compare_rows);
        u->list = arena_array(p->arena, rows.count + 1, sizeof *u->list);
        for (size_t n = 0; n < rows.count; n++) {
                const struct unit_row *r = order[n], *before = u->count == 0 ? NULL : order[u->count - 1];

                if (before != NULL && before->level == r->level && before->word == r->word &&
                    before->unit.to >= r->from) {
                        if (before->from == r->from)
                                complain(p->complaints, r->path, r->line, 1, "unit %s stands twice from the same day (%s:%d)",
                                         r->unit.code, before->path, before->line);
                        else
                                complain(p->complaints, r->path, r->line, 1,
                                         "unit %s begins before the unit with the same code in %s:%d ends", r->unit.code,
                                         before->path, before->line);
                        continue;
                }
                u->list[u->count] = r->unit;
                u->list[u->count].act_file = path_is_in(r->path, ARRANGEMENTS, ".csv") ? r->path : NULL;
                order[u->count++] = order[n];
        }
        for (size_t n = u->count; n-- > 0;)
                u->level_first[u->list[n].level] = n;
        u->level_first[LEVEL_COUNT] = u->count;
        for (int level = LEVEL_COUNT - 1; level >= 0; level--)
                if (u->level_first[level] == 0 && (u->count == 0 || u->list[0].level != (enum unit_level)level))
                        u->level_first[level] = u->level_first[level + 1];
        fill_slots(p);
        link_parents(p, order);
        list_children(p);
}

static const struct act *act_find(const struct units *u, const char *id)
{
        for (size_t i = 0; i < u->act_count; i++)
                if (strcmp(u->acts[i].id, id) == 0)
                        return &u->acts[i];
        return NULL;
}

const char *act_title(const struct parse *p, const char *id)
{
        const struct act *act = act_find(&p->catalogue->units, id);

        return act == NULL ? NULL : act->title_vi;
}

/* The act of a row, by its Vietnamese title; "" (complaint) where it is unknown. */
static const char *act_of(struct parse *p, const struct sheet *s, int column)
{
        const char *id = sheet_text(s, column, NULL), *title = act_title(p, id);

        if (title == NULL)
                sheet_complain(s, column, "unknown act \"%s\"; units/acts.csv lists the known ones", id);
        return title == NULL ? "" : title;
}

static struct unit_name name_now(const struct unit *u, const char *act)
{
        return (struct unit_name){ u->from,    u->kind,         u->name_vi,      u->name_en,
                                   u->full_name_vi, u->full_name_en, act };
}

static void read_names(struct parse *p)
{
        enum { CODE, FROM, KIND, NAME_VI, NAME_EN, SHORT, ACT };
        static const char *const columns[] = { "code", "from", "kind", "name_vi", "name_en", "?short_name", "act", NULL };
        const struct source *source = file_find(p, "units/names.csv");
        struct units *u = &p->catalogue->units;
        struct sheet *s = source == NULL ? NULL : sheet_open(p, source, columns);

        while (s != NULL && sheet_next(s)) {
                size_t length, vi_length, en_length;
                const char *code = sheet_text(s, CODE, &length), *vi = sheet_text(s, NAME_VI, &vi_length),
                           *en = sheet_text(s, NAME_EN, &en_length);
                const struct kind *k = kind_find(u, sheet_text(s, KIND, NULL));
                day from = sheet_day(s, FROM, DAY_NONE);
                struct unit *unit = u->list;
                const struct unit *found = find_at(u, code, length, from);
                const struct renaming **end;
                struct renaming *r;

                if (from == DAY_NONE || found == NULL || found->from == from) {
                        sheet_complain(s, from == DAY_NONE ? FROM : CODE, "no unit %s existed before that day", code);
                        continue;
                }
                if (k == NULL || k->level != found->level) {
                        sheet_complain(s, KIND, "\"%s\" is no kind for unit %s", sheet_text(s, KIND, NULL), code);
                        continue;
                }
                if (vi_length == 0 || en_length == 0) {
                        sheet_complain(s, vi_length == 0 ? NAME_VI : NAME_EN, "unit %s has no name", code);
                        continue;
                }
                unit += found - u->list;
                if (unit->renamings == NULL) {
                        r = arena_alloc(p->arena, sizeof *r);
                        r->name = name_now(unit, "");
                        unit->renamings = r;
                }
                for (end = &unit->renamings; *end != NULL; end = (const struct renaming **)(uintptr_t)&(*end)->next)
                        if ((*end)->name.from >= from)
                                break;
                if (*end != NULL) {
                        sheet_complain(s, FROM, "the names of unit %s are not in order of time", code);
                        continue;
                }
                r = arena_alloc(p->arena, sizeof *r);
                unit->kind = k->name;
                name_vi(p, k, vi, vi_length, &unit->full_name_vi, &unit->name_vi);
                name_en(p, k, en, en_length, &unit->full_name_en, &unit->name_en);
                if (sheet_text(s, SHORT, NULL)[0] != '\0')
                        unit->short_name = sheet_keep(p, s, SHORT);
                else if (unit->level > LEVEL_PROVINCE)
                        unit->short_name = unit->name_vi;
                r->name = name_now(unit, act_of(p, s, ACT));
                r->name.from = from;
                *end = r;
        }
}

bool share_read(struct sheet *s, int column, long *share_ppm)
{
        size_t length, position;
        const char *field = sheet_text(s, column, &length);
        int64_t ppm = 0;

        *share_ppm = -1;
        if (length == 0)
                return true;
        if (decimal_read(field, length, 6, &ppm, &position) != DECIMAL_OK || ppm <= 0 || ppm > 1000000) {
                sheet_complain(s, column, "the share \"%s\" must be above 0 and at most 1, or empty where it is unknown",
                               field);
                return false;
        }
        *share_ppm = (long)ppm;
        return true;
}

static int compare_changes(const void *a, const void *b)
{
        const struct unit_change *x = a, *y = b;

        if (x->old != y->old)
                return x->old < y->old ? -1 : 1;
        return x->new < y->new ? -1 : x->new > y->new;
}

static void read_changes_file(struct parse *p, const struct source *source)
{
        enum { OLD, NEW, SHARE, DATE, ACT };
        static const char *const columns[] = { "old", "new", "share", "date", "act", NULL };
        struct units *u = &p->catalogue->units;
        struct sheet *s = sheet_open(p, source, columns);
        char act_id[64] = "";
        const char *act = "";

        while (s != NULL && sheet_next(s)) {
                struct unit_change *c = &u->changes[u->change_count];
                size_t old_length, new_length;
                const char *old = sheet_text(s, OLD, &old_length), *new = sheet_text(s, NEW, &new_length);

                memset(c, 0, sizeof *c);
                c->date = sheet_day(s, DATE, DAY_NONE);
                if (c->date == DAY_NONE) {
                        sheet_complain(s, DATE, "a change needs its date");
                        continue;
                }
                c->old = find_at(u, old, old_length, c->date - 1);
                c->new = find_at(u, new, new_length, c->date);
                if (c->old == NULL || c->old->to >= c->date) {
                        sheet_complain(s, OLD, c->old == NULL ? N_("unit %s did not exist on the day before the change")
                                                              : N_("unit %s does not end with the change"), old);
                        continue;
                }
                if (c->new == NULL) {
                        sheet_complain(s, NEW, "unit %s did not exist on the day of the change", new);
                        continue;
                }
                if (!share_read(s, SHARE, &c->share_ppm))
                        continue;
                c->is_whole = c->share_ppm == SHARES_WHOLE;
                c->basis = "";
                if (strcmp(act_id, sheet_text(s, ACT, NULL)) != 0 || act[0] == '\0') {
                        act = act_of(p, s, ACT);
                        snprintf(act_id, sizeof act_id, "%s", sheet_text(s, ACT, NULL));
                }
                c->act = act;
                u->change_count++;
        }
}

/* What arrangements moved, as changes of units. */
static void take_moves(struct parse *p)
{
        struct units *u = &p->catalogue->units;

        for (size_t i = 0; i < p->moves.count; i++) {
                const struct unit_move *m = &p->moves.list[i];
                const char *old = m->old->unit.code, *new = m->new->unit.code;
                struct unit_change c = { .old = find_at(u, old, strlen(old), m->date - 1), .new = find_at(u, new, strlen(new), m->date),
                                         .date = m->date, .act = m->act, .basis = m->basis, .share_ppm = m->share_ppm,
                                         .is_whole = m->share_ppm == SHARES_WHOLE };

                if (c.old != NULL && c.new != NULL) /* else the unit's row has its complaint */
                        u->changes[u->change_count++] = c;
        }
}

/* Shares of one old unit: each part once, together the whole, or less where one is not known. */
static void check_changes(struct parse *p)
{
        struct units *u = &p->catalogue->units;

        for (size_t i = 0, end; i < u->change_count; i = end) {
                long sum = 0;
                bool has_unknown = false;

                for (end = i; end < u->change_count && u->changes[end].old == u->changes[i].old; end++) {
                        const struct unit_change *c = &u->changes[end];

                        sum += c->share_ppm < 0 ? 0 : c->share_ppm;
                        has_unknown = has_unknown || c->share_ppm < 0;
                        if (end > i && c->new == c[-1].new)
                                complain(p->complaints, "units/changes", 1, 1, "the change %s to %s stands twice",
                                         c->old->key, c->new->key);
                }
                if (sum < SHARES_WHOLE && !has_unknown)
                        complain(p->complaints, "units/changes", 1, 1, "the parts of %s are less than the whole",
                                 u->changes[i].old->key);
                if (sum > SHARES_WHOLE || (sum == SHARES_WHOLE && has_unknown))
                        complain(p->complaints, "units/changes", 1, 1, "the parts of %s are more than the whole",
                                 u->changes[i].old->key);
        }
}

static void read_changes(struct parse *p)
{
        struct units *u = &p->catalogue->units;
        size_t room = 0;
        uint32_t *next;

        for (size_t i = 0; i < p->file_count; i++)
                if (path_is_in(p->files[i].path, "units/changes", ".csv"))
                        room += lines_of(&p->files[i]);
        u->changes = arena_array(p->arena, room + p->moves.count + 1, sizeof *u->changes);
        for (size_t i = 0; i < p->file_count; i++)
                if (path_is_in(p->files[i].path, "units/changes", ".csv"))
                        read_changes_file(p, &p->files[i]);
        take_moves(p);
        qsort(u->changes, u->change_count, sizeof *u->changes, compare_changes);
        check_changes(p);

        u->old_first = arena_array(p->arena, u->count + 1, sizeof *u->old_first);
        u->new_first = arena_array(p->arena, u->count + 1, sizeof *u->new_first);
        u->by_new = arena_array(p->arena, u->change_count + 1, sizeof *u->by_new);
        next = arena_array(p->scratch, u->count + 1, sizeof *next);
        for (size_t i = 0; i < u->change_count; i++) {
                u->old_first[u->changes[i].old - u->list + 1]++;
                u->new_first[u->changes[i].new - u->list + 1]++;
        }
        for (size_t n = 0; n < u->count; n++) {
                u->old_first[n + 1] += u->old_first[n];
                u->new_first[n + 1] += u->new_first[n];
        }
        memcpy(next, u->new_first, u->count * sizeof *next);
        for (size_t i = 0; i < u->change_count; i++)
                u->by_new[next[u->changes[i].new - u->list]++] = (uint32_t)i;
}

void parse_units(struct parse *p)
{
        read_kinds(p);
        read_acts(p);
        read_regions(p);
        read_units(p);
        read_names(p);
        read_changes(p);
}

/* ---- asking --------------------------------------------------------------------------------------- */

const struct unit *unit_at(const struct catalogue *c, const char *code, day d)
{
        return find_at(&c->units, code, strlen(code), d);
}

const struct unit *unit_read(const struct catalogue *c, const char *text, day fallback)
{
        const char *at = strchr(text, '@');
        day d;

        if (at == NULL)
                return unit_at(c, text, fallback);
        return day_read(at + 1, strlen(at + 1), &d) ? find_at(&c->units, text, (size_t)(at - text), d) : NULL;
}

const struct unit *unit_by_key(const struct catalogue *c, const char *key)
{
        const struct unit *u = unit_read(c, key, DAY_NONE);

        return u != NULL && strcmp(u->key, key) == 0 ? u : NULL;
}

bool unit_code_is_known(const struct catalogue *c, const char *code)
{
        return find_first(&c->units, code, strlen(code)) < c->units.count;
}

size_t unit_by_code(const struct catalogue *c, const char *code, const struct unit **out, size_t max)
{
        size_t found = 0;

        for (size_t n = find_first(&c->units, code, strlen(code)); n < c->units.count; n++) {
                if (strcmp(c->units.list[n].code, code) != 0)
                        break;
                if (found < max)
                        out[found] = &c->units.list[n];
                found++;
        }
        return found;
}

size_t unit_list(const struct catalogue *c, enum unit_level level, day d, const struct unit **out, size_t max)
{
        const struct units *u = &c->units;
        size_t found = 0;

        for (size_t n = u->level_first[level]; n < u->level_first[level + 1]; n++) {
                if (d < u->list[n].from || u->list[n].to < d)
                        continue;
                if (found < max)
                        out[found] = &u->list[n];
                found++;
        }
        return found;
}

size_t unit_list_ever(const struct catalogue *c, const struct unit **out, size_t max)
{
        for (size_t i = 0; i < c->units.count && i < max; i++)
                out[i] = &c->units.list[i];
        return c->units.count;
}

day unit_map_since(const struct catalogue *c, day on)
{
        const struct units *u = &c->units;
        day since = DAY_NONE;

        for (size_t i = 0; i < u->count; i++) {
                day begun = u->list[i].from, ended = u->list[i].to == DAY_FOREVER ? DAY_FOREVER : u->list[i].to + 1;

                since = begun <= on && begun > since ? begun : since;
                since = ended <= on && ended > since ? ended : since;
        }
        for (size_t i = 0; i < u->change_count; i++)
                since = u->changes[i].date <= on && u->changes[i].date > since ? u->changes[i].date : since;
        return since;
}

size_t unit_children(const struct catalogue *c, const struct unit *unit, day d, const struct unit **out, size_t max)
{
        const struct units *u = &c->units;
        size_t n = (size_t)(unit - u->list), found = 0;

        for (size_t i = u->child_first[n]; i < u->child_first[n + 1]; i++) {
                const struct unit *child = &u->list[u->children[i]];

                if (d < child->from || child->to < d)
                        continue;
                if (found < max)
                        out[found] = child;
                found++;
        }
        return found;
}

bool unit_is_within(const struct unit *inner, const struct unit *outer)
{
        for (; inner != NULL; inner = inner->parent)
                if (inner == outer)
                        return true;
        return false;
}

const struct unit *unit_last(const struct catalogue *c, const char *code, day d)
{
        const struct unit *last = NULL;

        for (size_t n = find_first(&c->units, code, strlen(code)); n < c->units.count; n++) {
                const struct unit *u = &c->units.list[n];

                if (strcmp(u->code, code) != 0)
                        break;
                if (u->from <= d)
                        last = u;
        }
        return last;
}

bool unit_code_is_within(const struct catalogue *c, const char *inner_code, const char *outer_code, day d)
{
        const struct unit *inner = unit_last(c, inner_code, d), *outer = unit_last(c, outer_code, d);

        return inner != NULL && outer != NULL && (unit_is_within(inner, outer) || unit_lies_within(c, inner, outer, d));
}

struct trail {
        const struct units *units;
        day on;
        struct unit_part *out;
        size_t count, max;
        const struct unit *outer; /* or NULL */
        bool leaves_outer;
};

static void add_part(struct trail *t, const struct unit *unit, int64_t share, bool is_exact)
{
        t->leaves_outer |= t->outer != NULL && !unit_is_within(unit, t->outer);
        for (size_t i = 0; i < t->count && i < t->max; i++)
                if (t->out[i].unit == unit) {
                        /* Reached on two ways: the shares add up where both are known. */
                        t->out[i].share = t->out[i].share < 0 || share < 0 ? -1 : t->out[i].share + share;
                        t->out[i].is_exact = t->out[i].is_exact && is_exact;
                        return;
                }
        if (t->count < t->max)
                t->out[t->count] = (struct unit_part){ unit, share, is_exact };
        t->count++;
}

static int64_t times(int64_t share, long share_ppm)
{
        return share < 0 || share_ppm < 0 ? -1 : (int64_t)decimal_divide((int128)share * share_ppm, SHARES_WHOLE);
}

static void follow(struct trail *t, const struct unit *unit, int64_t share, bool is_exact, int depth)
{
        const struct units *u = t->units;
        size_t n = (size_t)(unit - u->list);

        if (unit->from <= t->on && t->on <= unit->to) {
                add_part(t, unit, share, is_exact);
                return;
        }
        if (depth == PARTS_DEPTH)
                return;
        if (t->on > unit->to) {
                for (size_t i = u->old_first[n]; i < u->old_first[n + 1]; i++)
                        if (u->changes[i].date <= t->on)
                                follow(t, u->changes[i].new, times(share, u->changes[i].share_ppm),
                                       is_exact && u->changes[i].is_whole, depth + 1);
        } else {
                for (size_t i = u->new_first[n]; i < u->new_first[n + 1]; i++) {
                        const struct unit_change *c = &u->changes[u->by_new[i]];

                        if (c->date > t->on)
                                follow(t, c->old, times(share, c->share_ppm), is_exact && c->is_whole, depth + 1);
                }
        }
}

static void follow_all(struct trail *t, const struct catalogue *c, const struct unit *unit)
{
        size_t n = (size_t)(unit - c->units.list);

        follow(t, unit, PART_WHOLE, true, 0);
        if (t->count > 0 || t->on <= unit->to)
                return;
        /* An office that was abolished (a district): its territory is that of the units that were below it. */
        for (size_t i = c->units.child_first[n]; i < c->units.child_first[n + 1]; i++) {
                const struct unit *child = &c->units.list[c->units.children[i]];

                if (child->to == unit->to)
                        follow(t, child, -1, false, 1);
        }
}

size_t unit_restated(const struct catalogue *c, const struct unit *unit, day on, struct unit_part *out, size_t max)
{
        struct trail t = { .units = &c->units, .on = on, .out = out, .max = max };

        follow_all(&t, c, unit);
        return t.count;
}

struct unit_part *unit_parts(struct arena *a, const struct catalogue *c, const struct unit *unit, day on, size_t *count)
{
        size_t room = unit_restated(c, unit, on, NULL, 0); /* at least as many: what is reached twice counts twice */
        struct unit_part *parts = arena_array(a, room + 1, sizeof *parts);

        *count = unit_restated(c, unit, on, parts, room);
        return parts;
}

bool unit_lies_within(const struct catalogue *c, const struct unit *unit, const struct unit *outer, day on)
{
        struct trail t = { .units = &c->units, .on = on, .outer = outer };

        follow_all(&t, c, unit);
        return t.count > 0 && !t.leaves_outer;
}

/* Whether a part of a unit went into another. */
static bool went_into(const struct catalogue *c, const struct unit *unit, const struct unit *other)
{
        size_t n = (size_t)(unit - c->units.list);

        for (size_t i = c->units.old_first[n]; i < c->units.old_first[n + 1]; i++)
                if (c->units.changes[i].new == other || (c->units.changes[i].date < other->from && went_into(c, c->units.changes[i].new, other)))
                        return true;
        return false;
}

bool unit_is_of(const struct catalogue *c, const struct unit *u, const struct unit *had, const struct unit *now, day on)
{
        if (had->to >= on)
                return unit_is_within(u, had) || unit_lies_within(c, u, had, on);
        if (!unit_is_within(u, had) && !unit_lies_within(c, u, had, had->to))
                return false;
        return u->to <= had->to || now == had || !went_into(c, had, now) || unit_is_within(u, now) || unit_lies_within(c, u, now, on);
}

size_t unit_changes(const struct catalogue *c, const struct unit_change **list)
{
        *list = c->units.changes;
        return c->units.change_count;
}

size_t unit_successors(const struct catalogue *c, const struct unit *unit, const struct unit_change **out, size_t max)
{
        const struct units *u = &c->units;
        size_t n = (size_t)(unit - u->list), first = u->old_first[n];

        for (size_t i = 0; i < u->old_first[n + 1] - first && i < max; i++)
                out[i] = &u->changes[first + i];
        return u->old_first[n + 1] - first;
}

size_t unit_predecessors(const struct catalogue *c, const struct unit *unit, const struct unit_change **out, size_t max)
{
        const struct units *u = &c->units;
        size_t n = (size_t)(unit - u->list), first = u->new_first[n];

        for (size_t i = 0; i < u->new_first[n + 1] - first && i < max; i++)
                out[i] = &u->changes[u->by_new[first + i]];
        return u->new_first[n + 1] - first;
}

static const struct unit_change **all_changes(struct arena *arena, const struct catalogue *c, const struct unit *unit, size_t *count,
                                              size_t (*find)(const struct catalogue *, const struct unit *, const struct unit_change **, size_t))
{
        const struct unit_change **list;

        *count = find(c, unit, NULL, 0);
        list = arena_array(arena, *count + 1, sizeof *list);
        find(c, unit, list, *count);
        return list;
}

const struct unit_change **unit_became(struct arena *arena, const struct catalogue *c, const struct unit *unit, size_t *count)
{
        return all_changes(arena, c, unit, count, unit_successors);
}

const struct unit_change **unit_made_of(struct arena *arena, const struct catalogue *c, const struct unit *unit, size_t *count)
{
        return all_changes(arena, c, unit, count, unit_predecessors);
}

const struct unit **unit_origins(struct arena *a, const struct catalogue *c, const struct unit *unit, size_t *count)
{
        const struct units *u = &c->units;
        const struct unit **list = arena_room(a, NULL, 0, sizeof *list);

        list[0] = unit;
        *count = 1;
        for (size_t at = 0; at < *count; at++) {
                size_t n = (size_t)(list[at] - u->list);

                for (size_t i = u->new_first[n]; i < u->new_first[n + 1]; i++) {
                        const struct unit *old = u->changes[u->by_new[i]].old;
                        size_t k = 0;

                        while (k < *count && list[k] != old)
                                k++;
                        if (k < *count)
                                continue;
                        list = arena_room(a, list, *count, sizeof *list);
                        list[(*count)++] = old;
                }
        }
        return list;
}

struct unit_name unit_name_on(const struct unit *u, day d)
{
        const struct renaming *r = u->renamings;

        if (r == NULL)
                return name_now(u, "");
        while (r->next != NULL && r->next->name.from <= d)
                r = r->next;
        return r->name;
}

size_t unit_names(const struct unit *u, struct unit_name *out, size_t max)
{
        size_t count = 0;

        if (u->renamings == NULL) {
                if (max > 0)
                        out[0] = name_now(u, "");
                return 1;
        }
        for (const struct renaming *r = u->renamings; r != NULL; r = r->next, count++)
                if (count < max)
                        out[count] = r->name;
        return count;
}

const char *region_name(const struct catalogue *c, int region, enum language language)
{
        for (size_t i = 0; i < c->units.region_count; i++)
                if (c->units.regions[i].number == region)
                        return language == LANGUAGE_VI ? c->units.regions[i].name_vi : c->units.regions[i].name_en;
        return "";
}
