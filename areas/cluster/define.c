/* define.c - the files of data/cluster become the rules of this area. */
#include <pthread.h>
#include <string.h>

#include "areas/cluster/cluster.h"

#define FILES 2
#define KEPT_MAX 64              /* versions of the rules a process meets */
#define KEPT_MEMORY ((size_t)16 << 20)
#define LISTS_MAX 40

static const char *const paths[FILES] = { "cluster/register.cluster", "cluster/reports.cluster" };
static const char *const kind_words[] = { "text", "number", "day", "choice", "yes_no", "geometry", NULL };
static const char *const level_words[] = { "tenant", "cluster", "commune", "province", NULL };

static const struct yaml *elements(const struct yaml_place *p, const struct yaml *map, const char *key, size_t most, const char *const *known)
{
        const struct yaml *list = yaml_list(p, map, key, true);

        if (list == NULL)
                return NULL;
        if (list->count > most) {
                yaml_complain(p, list, "\"%s\" has more than %d elements", key, (int)most);
                return NULL;
        }
        for (size_t i = 0; i < list->count; i++)
                if (!yaml_keys_known(p, list->items[i], known))
                        return NULL;
        return list;
}

/* ---- the register --------------------------------------------------------------------------------------------------------- */

static void read_field(const struct yaml_place *p, const struct yaml *y, struct cluster_field *f)
{
        static const char *const keys[] = { "id", "title", NULL };
        bool is_place;

        f->id = yaml_text(p, y, "id", true, "");
        yaml_two_texts(p, y, "title", true, &f->title_vi, &f->title_en);
        yaml_two_texts(p, y, "unit", false, &f->unit_vi, &f->unit_en);
        f->kind = (enum cluster_field_kind)yaml_choice(p, y, "kind", kind_words, CLUSTER_TEXT);
        is_place = strcmp(f->id, "latitude") == 0 || strcmp(f->id, "longitude") == 0;
        f->decimals = (int)yaml_int(p, y, "decimals", 0, is_place ? 6 : CLUSTER_DECIMALS, 0);
        f->is_required = yaml_bool(p, y, "required", false);
        f->is_internal = yaml_bool(p, y, "internal", false);
        if (f->kind == CLUSTER_CHOICE) {
                const struct yaml *list = elements(p, y, "choices", LISTS_MAX, keys);
                struct cluster_choice *choices = arena_array(p->arena, LISTS_MAX, sizeof *choices);

                for (size_t i = 0; list != NULL && i < list->count; i++) {
                        choices[i].id = yaml_text(p, list->items[i], "id", true, "");
                        yaml_two_texts(p, list->items[i], "title", true, &choices[i].title_vi, &choices[i].title_en);
                        f->choice_count = i + 1;
                }
                f->choices = choices;
        }
}

/* What the program itself looks for. */
static const struct { const char *list, *field; } needed[] = {
        { "identity", "name" },  { "identity", "kind" },        { "identity", "state" },    { "identity", "formed" },  { "identity", "established_on" },
        { "identity", "mountain" }, { "identity", "detailed_plan" }, { "identity", "project" }, { "identity", "latitude" }, { "identity", "longitude" },
        { "areas", "total" },    { "areas", "industrial" },     { "areas", "ready" },       { "areas", "leased" },     { "areas", "committed" },
        { "areas", "ground" },   { "environment", "wastewater" }, { "environment", "wastewater_state" }, { "environment", "meets_standard" },
        { "investor", "kind" },  { "investor", "account" },     { "capital", "approved" },  { "capital", "disbursed" }, { "tenant", "name" },
        { "tenant", "fdi" },     { "tenant", "state" },         { "tenant", "account" },    { "plot", "area" },        { "plot", "state" },
        { "plot", "price" },     { "plot", "trades" },          { "boundary", "geojson" },  { "work", "kind" },        { "work", "state" },
};

static void read_register(const struct yaml_place *p, const struct yaml *root, struct cluster_rules *out)
{
        static const char *const keys[] = { "register", "source", "verified", "lists", "bounds", "settle", "occupancy", NULL };
        static const char *const list_keys[] = { "id", "title", "single", "public", "fields", NULL };
        static const char *const field_keys[] = { "id", "title", "kind", "decimals", "unit", "required", "internal", "choices", NULL };
        static const char *const bounds_keys[] = { "from", "to", "least", "least_small", "most", "source", "verified", NULL };
        struct cluster_list *lists = arena_array(p->arena, LISTS_MAX, sizeof *lists);
        struct cluster_bounds *bounds = arena_array(p->arena, LISTS_MAX, sizeof *bounds);
        const struct yaml *y;

        out->lists = lists;
        out->bounds = bounds;
        if (!yaml_keys_known(p, root, keys))
                return;
        y = elements(p, root, "lists", LISTS_MAX, list_keys);
        for (size_t i = 0; y != NULL && i < y->count; i++) {
                const struct yaml *fields = elements(p, y->items[i], "fields", LISTS_MAX, field_keys);
                struct cluster_field *f = arena_array(p->arena, LISTS_MAX, sizeof *f);
                struct cluster_list *l = &lists[out->list_count++];

                l->id = yaml_text(p, y->items[i], "id", true, "");
                yaml_two_texts(p, y->items[i], "title", true, &l->title_vi, &l->title_en);
                l->is_single = yaml_bool(p, y->items[i], "single", false);
                l->is_public = yaml_bool(p, y->items[i], "public", false);
                l->fields = f;
                for (size_t k = 0; fields != NULL && k < fields->count; k++)
                        read_field(p, fields->items[k], &f[l->field_count++]);
        }
        y = elements(p, root, "bounds", LISTS_MAX, bounds_keys);
        for (size_t i = 0; y != NULL && i < y->count; i++)
                bounds[out->bounds_count++] = (struct cluster_bounds){
                        yaml_day(p, y->items[i], "from", DAY_NONE), yaml_day(p, y->items[i], "to", DAY_FOREVER),
                        yaml_int(p, y->items[i], "least", 0, 100000, 0) * CLUSTER_UNIT, yaml_int(p, y->items[i], "least_small", 0, 100000, 0) * CLUSTER_UNIT,
                        yaml_int(p, y->items[i], "most", 0, 100000, 0) * CLUSTER_UNIT, yaml_text(p, y->items[i], "source", true, ""),
                        yaml_bool(p, y->items[i], "verified", false) };
        y = yaml_get(root, "settle");
        out->settle_before = yaml_day(p, y, "before", yaml_day(p, y, "by", DAY_FOREVER)); /* by: catalogues that nodes hold from before */
        yaml_two_texts(p, y, "who", false, &out->settle_who_vi, &out->settle_who_en);
        out->settle_source = yaml_text(p, y, "source", true, "");
        out->occupancy_source = yaml_text(p, yaml_get(root, "occupancy"), "source", true, "");
        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
                const struct cluster_list *l = cluster_list_find(out, needed[i].list);

                if (l == NULL || cluster_field_find(l, needed[i].field) == NULL)
                        yaml_complain(p, root, "the register needs the field \"%s\" of \"%s\"", needed[i].field, needed[i].list);
        }
}

/* ---- the reports ------------------------------------------------------------------------------------------------------------ */

static void read_parts(const struct yaml_place *p, const struct yaml *row, const char *key, enum row_source source, struct report_row *out)
{
        const struct yaml *list = yaml_get(row, key) == NULL ? NULL : yaml_list(p, row, key, true);

        if (list == NULL)
                return;
        out->made_of = source;
        for (size_t i = 0; i < list->count; i++)
                if (out->part_count < 4)
                        out->parts[out->part_count++] = list->items[i]->text;
                else
                        yaml_complain(p, list, "\"%s\" has more than %d elements", key, 4);
        if (source == ROW_RATIO && out->part_count != 2)
                yaml_complain(p, list, "a ratio has two rows");
}

/* More than "most", or than "most" per cent of a row, is possible but not usual. */
static void read_usual(const struct yaml_place *p, const struct yaml *y, struct report_row *out)
{
        static const char *const keys[] = { "most", "percent_of", NULL };
        const char *of = y == NULL ? "" : yaml_text(p, y, "percent_of", false, "");

        if (y == NULL || !yaml_keys_known(p, y, keys))
                return;
        out->usual_most = yaml_int(p, y, "most", 1, 1000000000, 1);
        out->usual_of = *of == '\0' ? NULL : of;
}

static void read_row(const struct yaml_place *p, const struct yaml *y, struct report_row *out)
{
        static const char *const register_keys[] = { "set", "take", NULL };
        const struct yaml *from = yaml_get(y, "register");
        const char *at_most = yaml_text(p, y, "at_most", false, "");

        out->id = yaml_text(p, y, "id", true, "");
        yaml_two_texts(p, y, "title", true, &out->title_vi, &out->title_en);
        yaml_two_texts(p, y, "unit", true, &out->unit_vi, &out->unit_en);
        out->note_vi = out->note_en = "";
        yaml_two_texts(p, y, "note", false, &out->note_vi, &out->note_en);
        out->decimals = (int)yaml_int(p, y, "decimals", 0, CLUSTER_DECIMALS, 0);
        out->depth = (int)yaml_int(p, y, "depth", 0, 3, 0);
        out->is_flow = yaml_bool(p, y, "flow", false);
        out->is_rising = yaml_bool(p, y, "rising", false);
        out->at_most = *at_most == '\0' ? NULL : at_most;
        read_usual(p, yaml_get(y, "usual"), out);
        read_parts(p, y, "sum", ROW_SUM, out);
        read_parts(p, y, "total", ROW_TOTAL, out);
        read_parts(p, y, "ratio", ROW_RATIO, out);
        if (from == NULL || !yaml_keys_known(p, from, register_keys))
                return;
        out->made_of = ROW_REGISTER;
        out->set = yaml_text(p, from, "set", true, "");
        out->take = yaml_text(p, from, "take", true, "");
        if (!cluster_set_is_known(out->set))
                yaml_complain(p, from, "\"%s\" is no set of clusters", out->set);
        if (!cluster_take_is_known(out->take))
                yaml_complain(p, from, "\"%s\" is nothing the register has", out->take);
}

/* Rows that rows name must be there; rows of forms beneath, too. */
static void check_rows(const struct yaml_place *p, const struct yaml *at, const struct cluster_rules *rules, const struct report_form *f)
{
        for (size_t i = 0; i < f->row_count; i++) {
                const struct report_row *r = &f->rows[i];

                if (r->at_most != NULL && report_row_find(f, r->at_most) < 0)
                        yaml_complain(p, at, "row %s: there is no row \"%s\"", r->id, r->at_most);
                if (r->usual_of != NULL && report_row_find(f, r->usual_of) < 0)
                        yaml_complain(p, at, "row %s: there is no row \"%s\"", r->id, r->usual_of);
                for (int k = 0; k < r->part_count; k++) {
                        const char *dot = strchr(r->parts[k], '.');
                        const struct report_form *beneath = f;
                        const char *row = r->parts[k];

                        if (r->made_of == ROW_SUM) {
                                beneath = dot == NULL ? NULL : report_form_find(rules, arena_print(p->arena, "%.*s", (int)(dot - r->parts[k]), r->parts[k]));
                                row = dot == NULL ? "" : dot + 1;
                        }
                        if (beneath == NULL || report_row_find(beneath, row) < 0)
                                yaml_complain(p, at, "row %s: there is no row \"%s\"", r->id, r->parts[k]);
                }
        }
}

static void read_form(const struct yaml_place *p, const struct yaml *y, struct cluster_rules *rules, struct report_form *f)
{
        static const char *const row_keys[] = { "id", "title", "note", "unit", "decimals", "depth", "flow", "rising", "at_most", "usual", "sum", "total", "ratio", "register", NULL };
        const struct yaml *windows = yaml_get(y, "windows"), *by = yaml_list(p, y, "by", true), *list;
        const char *same = yaml_text(p, y, "same", false, "");
        struct report_row *rows = arena_array(p->arena, REPORT_ROWS_MAX, sizeof *rows);

        f->id = yaml_text(p, y, "id", true, "");
        yaml_two_texts(p, y, "title", true, &f->title_vi, &f->title_en);
        f->level = (enum report_level)yaml_choice(p, y, "level", level_words, REPORT_TENANT);
        f->half = yaml_text(p, windows, "half", true, "");
        f->year = yaml_text(p, windows, "year", true, "");
        for (size_t i = 0; by != NULL && i < by->count; i++) {
                enum role role = role_by_name(by->items[i]->text);

                if (role == ROLE_COUNT)
                        yaml_complain(p, by->items[i], "unknown role \"%s\"", by->items[i]->text);
                else
                        f->by |= 1u << role;
        }
        if (*same != '\0') {
                const struct report_form *beneath = report_form_find(rules, same);

                if (beneath == NULL || beneath == f) {
                        yaml_complain(p, y, "there is no form \"%s\" before it", same);
                        return;
                }
                f->beneath = beneath->id;
                f->rows = beneath->rows;
                f->row_count = beneath->row_count;
                return;
        }
        f->rows = rows;
        list = elements(p, y, "rows", REPORT_ROWS_MAX, row_keys);
        for (size_t i = 0; list != NULL && i < list->count; i++)
                read_row(p, list->items[i], &rows[f->row_count++]);
        check_rows(p, y, rules, f);
}

static void read_reports(const struct yaml_place *p, const struct yaml *root, struct cluster_rules *out)
{
        static const char *const keys[] = { "reports", "source", "verified", "forms", NULL };
        static const char *const form_keys[] = { "id", "title", "level", "by", "windows", "rows", "same", NULL };
        struct report_form *forms = arena_array(p->arena, LISTS_MAX, sizeof *forms);
        const struct yaml *list;

        out->forms = forms;
        if (!yaml_keys_known(p, root, keys))
                return;
        out->report_source = yaml_text(p, root, "source", true, "");
        list = elements(p, root, "forms", LISTS_MAX, form_keys);
        for (size_t i = 0; list != NULL && i < list->count; i++) {
                out->form_count++;
                read_form(p, list->items[i], out, &forms[i]);
        }
}

/* ---- finding ---------------------------------------------------------------------------------------------------------------- */

const struct cluster_list *cluster_list_find(const struct cluster_rules *r, const char *id)
{
        for (size_t i = 0; i < r->list_count; i++)
                if (strcmp(r->lists[i].id, id) == 0)
                        return &r->lists[i];
        return NULL;
}

const struct cluster_field *cluster_field_find(const struct cluster_list *l, const char *id)
{
        for (size_t i = 0; i < l->field_count; i++)
                if (strcmp(l->fields[i].id, id) == 0)
                        return &l->fields[i];
        return NULL;
}

const struct report_form *report_form_find(const struct cluster_rules *r, const char *id)
{
        for (size_t i = 0; i < r->form_count; i++)
                if (r->forms[i].id != NULL && strcmp(r->forms[i].id, id) == 0)
                        return &r->forms[i];
        return NULL;
}

int report_row_find(const struct report_form *f, const char *id)
{
        for (size_t i = 0; i < f->row_count; i++)
                if (strcmp(f->rows[i].id, id) == 0)
                        return (int)i;
        return -1;
}

/* ---- for the catalogue, and for everybody ------------------------------------------------------------------------------------- */

static void read_file(struct arena *arena, const struct source *source, struct complaints *complaints, struct cluster_rules *out)
{
        struct yaml_place p = { source->path, arena, complaints };
        const struct yaml *root = yaml_read(arena, source, complaints);

        if (root == NULL)
                return;
        if (strcmp(source->path, paths[0]) == 0)
                read_register(&p, root, out);
        else if (strcmp(source->path, paths[1]) == 0)
                read_reports(&p, root, out);
        else
                yaml_complain(&p, root, "no part of the program reads this file; known are %s and %s", paths[0], paths[1]);
}

struct cluster_rules *cluster_rules_parse(struct arena *arena, const struct source *files, size_t count, struct complaints *complaints)
{
        struct cluster_rules *rules = arena_alloc(arena, sizeof *rules);
        size_t before = complaints->count;

        for (int f = 0; f < FILES; f++) {
                size_t i = 0;

                while (i < count && strcmp(files[i].path, paths[f]) != 0)
                        i++;
                if (i == count)
                        return NULL;
                read_file(arena, &files[i], complaints, rules);
        }
        return complaints->count == before ? rules : NULL;
}

static void check(struct arena *arena, const struct catalogue *c, const struct source *source, struct complaints *complaints)
{
        struct cluster_rules rules = { .settle_source = "" };

        read_file(arena, source, complaints, &rules);
        for (size_t i = 0; i < rules.form_count; i++)
                for (int k = 0; k < 2; k++) {
                        const char *window = k == 0 ? rules.forms[i].half : rules.forms[i].year;

                        if (window != NULL && *window != '\0' && window_find(c, window, DAY_FOREVER - 1) == NULL)
                                complain(complaints, source->path, 1, 1, "form %s: unknown window \"%s\"", rules.forms[i].id, window);
                }
}

const struct catalogue_checker cluster_checker = { ".cluster", check };

struct kept {
        const char *texts[FILES];
        struct cluster_rules *rules; /* NULL: the files have faults */
        const char *fault;           /* the first of them */
};
static struct kept kept[KEPT_MAX];
static size_t kept_count;
static struct arena *kept_arena;
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

/* Under the lock: parse into memory that is never given back. False where that ends. */
static bool keep(struct kept *k, const char *const *texts)
{
        struct complaints complaints = { .arena = kept_arena };
        struct source files[FILES];
        jmp_buf full;

        arena_guard(kept_arena, &full);
        if (setjmp(full) != 0) {
                arena_guard(kept_arena, NULL);
                return false;
        }
        for (int i = 0; i < FILES; i++) {
                k->texts[i] = arena_text(kept_arena, texts[i]);
                files[i] = (struct source){ paths[i], k->texts[i], strlen(texts[i]) };
        }
        k->rules = cluster_rules_parse(kept_arena, files, FILES, &complaints);
        k->fault = complaints.count == 0 ? "" : arena_print(kept_arena, "%s:%d: %s", complaints.list[0].file, complaints.list[0].line, complaints.list[0].message);
        arena_guard(kept_arena, NULL);
        return true;
}

static struct kept *kept_find(const char *const *texts)
{
        for (size_t i = kept_count; i > 0; i--) {
                bool is_same = true;

                for (int f = 0; f < FILES; f++)
                        is_same = is_same && strcmp(kept[i - 1].texts[f], texts[f]) == 0;
                if (is_same)
                        return &kept[i - 1];
        }
        if (kept_arena == NULL)
                kept_arena = arena_open(KEPT_MEMORY);
        return kept_arena != NULL && kept_count < KEPT_MAX && keep(&kept[kept_count], texts) ? &kept[kept_count++] : NULL;
}

const struct cluster_rules *cluster_rules_in(const struct catalogue *c, const char **fault)
{
        const char *texts[FILES];
        struct kept *found;

        *fault = "";
        for (int i = 0; i < FILES; i++)
                if ((texts[i] = catalogue_file(c, paths[i])) == NULL)
                        return NULL;
        pthread_mutex_lock(&kept_lock);
        found = kept_find(texts);
        pthread_mutex_unlock(&kept_lock);
        if (found == NULL) /* not "there is a fault" */
                work_starve();
        *fault = found->rules == NULL ? found->fault : "";
        return found->rules;
}

const struct cluster_rules *cluster_rules_try(struct work *w, const char **fault)
{
        const struct catalogue *c = catalogue_of(w);

        *fault = "";
        return c == NULL ? NULL : cluster_rules_in(c, fault);
}

const struct cluster_rules *cluster_rules_of(struct work *w)
{
        const char *fault;
        const struct cluster_rules *rules = cluster_rules_try(w, &fault);

        if (rules != NULL || !work_ok(w))
                return rules;
        if (*fault == '\0')
                error_set(&w->err, ERR_MISSING, "the catalogue of this node has no rules of clusters");
        else
                error_set(&w->err, ERR_ENVIRONMENT, "the rules of clusters in the catalogue cannot be read: %s", fault);
        return NULL;
}
