#include <stdlib.h>
#include <string.h>

#include "catalogue/yaml.h"
#include "form/form_private.h"

/* ---- one file ----------------------------------------------------------------------------------- */

static const char *const checks_keys[] = { "checks", "title", "valid", "legal_basis", "verified", "note", "frequency", "rows", "rules", NULL };
static const char *const form_keys[] = { "form", "title", "valid", "legal_basis", "verified", "note",
                                         "filed_by",
                                         "filed_to", "window", "rows", "rules", NULL };
static const char *const row_keys[] = { "id", "heading", "indicator", "item", "partner", "label", "help",
                                        "depth",
                                        "required", "cumulative", NULL };
static const char *const valid_keys[] = { "from", "to", NULL };
static const char *const rule_keys[] = { "id", "kind", "severity", "rows", "total", "parts", "relation",
                                         "tolerance",
                                         "least", "most", "more_than", "against", "ratio", "within",
                                         "message",
                                         "source", "verified", "level", "owner", "advice", "valid", NULL };

static const char *const level_words[] = { "country", "province", "district", "commune", NULL };
static const char *const cumulative_words[] = { "none", "sum", "average_index", "level", NULL };
static const char *const kind_words[] = { "required", "not_negative", "range", "change", "unit", "parts",
                                          "cumulative", "sources", NULL };
static const char *const rule_level_words[] = { "structure", "consistency", "plausibility", "sources", NULL };
static const enum rule_level usual_level[] = {
        [RULE_REQUIRED] = RULES_STRUCTURE,    [RULE_NOT_NEGATIVE] = RULES_STRUCTURE, [RULE_RANGE] = RULES_PLAUSIBILITY,
        [RULE_CHANGE] = RULES_PLAUSIBILITY,   [RULE_UNIT] = RULES_PLAUSIBILITY,      [RULE_PARTS] = RULES_CONSISTENCY,
        [RULE_CUMULATIVE] = RULES_CONSISTENCY, [RULE_SOURCES] = RULES_OTHER_SOURCES,
};
static const char *const frequency_words[] = { "month", "quarter", "half", "year", NULL };
static const char *const severity_words[] = { "hint", "warning", "error", NULL };
static const char *const base_words[] = { "previous", "year_before", NULL };
static const char *const relation_words[] = { "equal", "at_most", NULL };

const char *rule_kind_name(enum rule_kind kind)
{
        return kind_words[kind];
}

struct reading {
        struct yaml_place place;
        const struct catalogue *catalogue;
        struct form *form;
};

/* A decimal of six places; false where absent or (complaint) wrong. */
static bool read_decimal(struct reading *r, const struct yaml *map, const char *key, int64_t *value)
{
        const struct yaml *node = yaml_get(map, key);
        size_t position;

        if (node == NULL)
                return false;
        if (node->kind != YAML_SCALAR ||
            decimal_read(node->text, strlen(node->text), RULE_DECIMALS, value, &position) != DECIMAL_OK) {
                yaml_complain(&r->place, node, "\"%s\" must be a decimal number with at most %d decimals",
                              key,
                              RULE_DECIMALS);
                return false;
        }
        return true;
}

static void check_item(struct reading *r, const struct yaml *node, const char *what,
                       const char *classification,
                       const char *code, const struct indicator *indicator)
{
        if (code[0] == '\0')
                return;
        if (classification[0] == '\0')
                yaml_complain(&r->place, node, "the indicator \"%s\" takes no \"%s\"", indicator->id, what);
        else if (item_at(r->catalogue, classification, code, r->form->from) == NULL &&
                 item_at(r->catalogue, classification, code, r->form->to) == NULL)
                yaml_complain(&r->place, node, "\"%s\" is not in the classification \"%s\"", code,
                              classification);
}

static void read_row(struct reading *r, const struct yaml *node, struct form_row *row)
{
        const char *heading, *indicator_id;

        row->item = row->partner = row->help_vi = row->help_en = "";
        row->cumulative = cumulative_words[0];
        if (!yaml_keys_known(&r->place, node, row_keys))
                return;
        yaml_two_texts(&r->place, node, "label", true, &row->label_vi, &row->label_en);
        heading = yaml_text(&r->place, node, "heading", false, "");
        if (heading[0] != '\0') {
                row->id = heading;
                if (yaml_get(node, "indicator") != NULL || yaml_get(node, "id") != NULL)
                        yaml_complain(&r->place, node, "a heading takes neither \"id\" nor \"indicator\"");
                return;
        }
        row->id = yaml_text(&r->place, node, "id", true, "");
        yaml_two_texts(&r->place, node, "help", false, &row->help_vi, &row->help_en);
        row->depth = (int)yaml_int(&r->place, node, "depth", 0, 4, 0);
        row->is_required = yaml_bool(&r->place, node, "required", false);
        row->cumulative = cumulative_words[yaml_choice(&r->place, node, "cumulative", cumulative_words, 0)];
        row->item = yaml_text(&r->place, node, "item", false, "");
        row->partner = yaml_text(&r->place, node, "partner", false, "");
        indicator_id = yaml_text(&r->place, node, "indicator", true, "");
        if (indicator_id[0] == '\0')
                return;
        row->indicator = indicator_find(r->catalogue, indicator_id);
        if (row->indicator == NULL) {
                yaml_complain(&r->place, yaml_get(node, "indicator"), "unknown indicator \"%s\"",
                              indicator_id);
                return;
        }
        if (r->form->is_checks && strcmp(row->item, EVERY_ITEM) == 0) {
                if (*row->indicator->item_classification == '\0')
                        yaml_complain(&r->place, yaml_get(node, "item"), "the indicator \"%s\" takes no \"%s\"", row->indicator->id, "item");
                return;
        }
        check_item(r, yaml_get(node, "item"), "item", row->indicator->item_classification, row->item,
                   row->indicator);
        check_item(r, yaml_get(node, "partner"), "partner", row->indicator->partner_classification,
                   row->partner,
                   row->indicator);
        if (strcmp(row->cumulative, "average_index") == 0 &&
            (!row->indicator->is_index || row->indicator->comparison[0] != '\0'))
                yaml_complain(&r->place, yaml_get(node, "cumulative"),
                              "only indices on a fixed base may be averaged, never growth rates: \"%s\" is none",
                              indicator_id);
        if (strcmp(row->cumulative, "sum") == 0 && row->indicator->additive != ADDITIVE_FLOW)
                yaml_complain(&r->place, yaml_get(node, "cumulative"),
                              "\"%s\" is no flow and cannot be summed over months", indicator_id);
}

static bool row_name_is_plain(const char *id)
{
        return id[0] != '\0' && strlen(id) <= ROW_NAME_MAX &&
               id[strspn(id, "0123456789.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-")] == '\0';
}

static void read_rows(struct reading *r, const struct yaml *root)
{
        const struct yaml *list = yaml_list(&r->place, root, "rows", true);
        struct form *form = r->form;

        if (list == NULL)
                return;
        if (list->count > FORM_ROWS_MAX) {
                yaml_complain(&r->place, list, "more than %d rows", FORM_ROWS_MAX);
                return;
        }
        form->rows = arena_array(r->place.arena, list->count + 1, sizeof *form->rows);
        for (size_t i = 0; i < list->count; i++) {
                struct form_row *row = &form->rows[form->row_count];

                *row = (struct form_row){ .label_vi = "", .label_en = "", .id = "" };
                read_row(r, list->items[i], row);
                if (row->indicator != NULL && !row_name_is_plain(row->id))
                        yaml_complain(&r->place, list->items[i],
                                      "\"id\" must be 1 to 32 letters, digits, . _ or -");
                if (row->indicator != NULL && form_row_find(form, row->id) >= 0)
                        yaml_complain(&r->place, list->items[i], "a second row \"%s\"", row->id);
                for (size_t j = 0; j < i && row->indicator != NULL; j++) {
                        const struct form_row *other = &form->rows[j];

                        if (other->indicator == row->indicator && strcmp(other->item, row->item) == 0 &&
                            strcmp(other->partner, row->partner) == 0)
                                yaml_complain(&r->place, list->items[i], "the same figure as row \"%s\"",
                                              other->id);
                }
                form->row_count++;
        }
}

/* Rows named in a list, or where there is none those that the kind of rule is about. */
static void read_watched(struct reading *r, const struct yaml *node, const char *key, struct rule *rule)
{
        const struct yaml *list = yaml_list(&r->place, node, key, rule->kind == RULE_PARTS);
        struct form *form = r->form;
        int *rows = arena_array(r->place.arena, form->row_count + (list != NULL ? list->count : 0) + 1,
                                sizeof *rows);

        rule->rows = rows;
        if (list != NULL) {
                for (size_t i = 0; i < list->count; i++) {
                        int row = list->items[i]->kind == YAML_SCALAR
                        ? form_row_find(form, list->items[i]->text) : -1;

                        if (row < 0)
                                yaml_complain(&r->place, list->items[i], "no row of that name");
                        else
                                rows[rule->row_count++] = row;
                }
                if (list->count == 0)
                        yaml_complain(&r->place, list, "an empty list of rows");
                return;
        }
        for (size_t i = 0; i < form->row_count && rule->kind != RULE_PARTS; i++) {
                const struct form_row *row = &form->rows[i];

                if (row->indicator == NULL || (rule->kind == RULE_REQUIRED && !row->is_required) ||
                    (rule->kind == RULE_NOT_NEGATIVE && row->indicator->may_be_negative) ||
                    (rule->kind == RULE_UNIT && row->indicator->is_index) ||
                    (rule->kind == RULE_CUMULATIVE && strcmp(row->cumulative, "none") == 0))
                        continue;
                rows[rule->row_count++] = (int)i;
        }
}

static void need(struct reading *r, const struct yaml *node, bool is_there, const char *key, const char *kind)
{
        if (!is_there)
                yaml_complain(&r->place, node, "a rule of kind \"%s\" needs \"%s\"", kind, key);
}

/* When a rule holds; without "valid" always. */
static void read_valid(struct reading *r, const struct yaml *node, day *from, day *to)
{
        const struct yaml *valid = yaml_get(node, "valid");

        *from = DAY_NONE;
        *to = DAY_FOREVER;
        if (valid == NULL || !yaml_keys_known(&r->place, valid, valid_keys))
                return;
        *from = yaml_day(&r->place, valid, "from", DAY_NONE);
        *to = yaml_day(&r->place, valid, "to", DAY_FOREVER);
        if (*to < *from)
                yaml_complain(&r->place, valid, "\"to\" lies before \"from\"");
}

static void read_rule(struct reading *r, const struct yaml *node, struct rule *rule)
{
        const char *kind;
        int total;

        rule->id = "";
        if (!yaml_keys_known(&r->place, node, rule_keys))
                return;
        rule->id = yaml_text(&r->place, node, "id", true, "");
        if (yaml_get(node, "kind") == NULL)
                yaml_complain(&r->place, node, "\"kind\" is missing");
        if (yaml_get(node, "severity") == NULL)
                yaml_complain(&r->place, node, "\"severity\" is missing");
        rule->kind = (enum rule_kind)yaml_choice(&r->place, node, "kind", kind_words, RULE_REQUIRED);
        kind = kind_words[rule->kind];
        rule->severity = (enum severity)yaml_choice(&r->place, node, "severity", severity_words,
                                                    SEVERITY_ERROR);
        rule->level = (enum rule_level)yaml_choice(&r->place, node, "level", rule_level_words, (int)usual_level[rule->kind]);
        rule->owner = yaml_text(&r->place, node, "owner", false, OWNER_WRITER);
        if (strcmp(rule->owner, OWNER_WRITER) != 0 && strcmp(rule->owner, OWNER_PLACE) != 0 && !unit_code_is_known(r->catalogue, rule->owner))
                yaml_complain(&r->place, yaml_get(node, "owner"), "\"owner\" is writer, place or the code of a unit");
        yaml_two_texts(&r->place, node, "advice", false, &rule->advice_vi, &rule->advice_en);
        read_valid(r, node, &rule->from, &rule->to);
        rule->basis = yaml_text(&r->place, node, "source", true, "");
        rule->is_verified = yaml_bool(&r->place, node, "verified", false);
        rule->base = (enum rule_base)yaml_choice(&r->place, node, "against", base_words, BASE_PREVIOUS);
        rule->is_at_most = yaml_choice(&r->place, node, "relation", relation_words, 0) == 1;
        if (yaml_get(node, "message") != NULL)
                yaml_two_texts(&r->place, node, "message", true, &rule->message_vi, &rule->message_en);
        read_decimal(r, node, "tolerance", &rule->tolerance);
        rule->has_least = read_decimal(r, node, "least", &rule->least);
        rule->has_most = read_decimal(r, node, "most", &rule->most);
        read_watched(r, node, rule->kind == RULE_PARTS ? "parts" : "rows", rule);
        switch (rule->kind) {
        case RULE_RANGE:
                need(r, node, rule->has_least || rule->has_most, "least\" or \"most", kind);
                if (rule->has_least && rule->has_most && rule->least > rule->most)
                        yaml_complain(&r->place, yaml_get(node, "least"), "\"least\" is above \"most\"");
                break;
        case RULE_SOURCES:
        case RULE_CHANGE:
                need(r, node, read_decimal(r, node, "more_than", &rule->limit), "more_than", kind);
                if (rule->limit < 0)
                        yaml_complain(&r->place, yaml_get(node, "more_than"), "\"more_than\" is below zero");
                break;
        case RULE_UNIT:
                need(r, node, read_decimal(r, node, "ratio", &rule->limit), "ratio", kind);
                rule->within = 2 * decimal_power[RULE_DECIMALS];
                read_decimal(r, node, "within", &rule->within);
                if (rule->limit < 2 * decimal_power[RULE_DECIMALS] ||
                    rule->limit > 1000000 * decimal_power[RULE_DECIMALS])
                        yaml_complain(&r->place, node, "\"ratio\" must lie between 2 and 1000000");
                if (rule->within < decimal_power[RULE_DECIMALS] ||
                    rule->within > 1000 * decimal_power[RULE_DECIMALS])
                        yaml_complain(&r->place, yaml_get(node, "within"),
                                      "\"within\" must lie between 1 and 1000");
                break;
        case RULE_PARTS:
                total = form_row_find(r->form, yaml_text(&r->place, node, "total", true, ""));
                if (total < 0) {
                        yaml_complain(&r->place, yaml_get(node, "total"), "\"total\" names no row");
                        rule->row_count = 0;
                        total = 0;
                }
                rule->total = total;
                for (int i = 0; i < rule->row_count; i++) {
                        if (r->form->rows[rule->rows[i]].indicator->unit_vi !=
                                    r->form->rows[total].indicator->unit_vi &&
                            strcmp(r->form->rows[rule->rows[i]].indicator->unit_vi,
                                   r->form->rows[total].indicator->unit_vi) != 0)
                                yaml_complain(&r->place, node, "row \"%s\" has another unit than the total",
                                              r->form->rows[rule->rows[i]].id);
                }
                break;
        default: break;
        }
}

static void read_rules(struct reading *r, const struct yaml *root)
{
        const struct yaml *list = yaml_list(&r->place, root, "rules", false);
        struct form *form = r->form;

        if (list == NULL)
                return;
        if (list->count > FORM_RULES_MAX) {
                yaml_complain(&r->place, list, "more than %d rules", FORM_RULES_MAX);
                return;
        }
        form->rules = arena_array(r->place.arena, list->count + 1, sizeof *form->rules);
        for (size_t i = 0; i < list->count; i++) {
                struct rule *rule = &form->rules[form->rule_count];

                read_rule(r, list->items[i], rule);
                for (size_t j = 0; j < form->rule_count; j++) {
                        if (strcmp(form->rules[j].id, rule->id) == 0)
                                yaml_complain(&r->place, list->items[i], "a second rule \"%s\"", rule->id);
                }
                form->rule_count++;
        }
}

static bool path_ends(const char *path, const char *suffix)
{
        size_t length = strlen(path), n = strlen(suffix);

        return length >= n && strcmp(path + length - n, suffix) == 0;
}

struct form *form_parse(struct arena *arena, const struct catalogue *catalogue, const struct source *source,
                        struct complaints *complaints)
{
        struct form *form = arena_alloc(arena, sizeof *form);
        struct reading r = { .place = { source->path, arena, complaints }, .catalogue = catalogue,
                             .form = form };
        const struct yaml *root = yaml_read(arena, source, complaints), *valid;

        form->is_checks = path_ends(source->path, ".checks");
        form->id = form->title_vi = form->title_en = form->legal_basis = form->note_vi = form->note_en = "";
        form->filed_to = form->window_id = "";
        form->path = source->path;
        form->from = DAY_NONE;
        form->to = DAY_FOREVER;
        if (root == NULL || !yaml_keys_known(&r.place, root, form->is_checks ? checks_keys : form_keys))
                return form;
        form->id = yaml_text(&r.place, root, form->is_checks ? "checks" : "form", true, "");
        if (!row_name_is_plain(form->id) || strchr(form->id, '.') != NULL)
                yaml_complain(&r.place, yaml_get(root, form->is_checks ? "checks" : "form"),
                              "\"form\" must be 1 to 32 letters, digits, _ or -");
        yaml_two_texts(&r.place, root, "title", true, &form->title_vi, &form->title_en);
        yaml_two_texts(&r.place, root, "note", false, &form->note_vi, &form->note_en);
        form->legal_basis = yaml_text(&r.place, root, "legal_basis", true, "");
        form->is_verified = yaml_bool(&r.place, root, "verified", false);
        valid = yaml_get(root, "valid");
        if (valid == NULL || !yaml_keys_known(&r.place, valid, valid_keys)) {
                yaml_complain(&r.place, root, "\"valid\" is missing: from when the form is in force");
        } else {
                form->from = yaml_day(&r.place, valid, "from", DAY_NONE);
                form->to = yaml_day(&r.place, valid, "to", DAY_FOREVER);
                if (form->from == DAY_NONE)
                        yaml_complain(&r.place, valid, "\"from\" is missing");
                if (form->to < form->from)
                        yaml_complain(&r.place, valid, "\"to\" lies before \"from\"");
        }
        if (form->is_checks) {
                if (yaml_get(root, "frequency") == NULL)
                        yaml_complain(&r.place, root, "\"%s\" is missing", "frequency");
                form->frequency = (enum frequency)(yaml_choice(&r.place, root, "frequency", frequency_words, 0) + 1);
                read_rows(&r, root);
                read_rules(&r, root);
                return form;
        }
        form->filed_by = (enum unit_level)yaml_choice(&r.place, root, "filed_by", level_words,
                                                      LEVEL_PROVINCE);
        form->filed_to = yaml_text(&r.place, root, "filed_to", true, "");
        if (form->filed_to[0] != '\0' && !unit_code_is_known(catalogue, form->filed_to))
                yaml_complain(&r.place, yaml_get(root, "filed_to"), "unknown unit \"%s\"", form->filed_to);
        form->window_id = yaml_text(&r.place, root, "window", true, "");
        form->window = window_find(catalogue, form->window_id, form->from);
        if (form->window == NULL)
                form->window = window_find(catalogue, form->window_id, form->to);
        if (form->window == NULL && form->window_id[0] != '\0')
                yaml_complain(&r.place, yaml_get(root, "window"), "unknown window \"%s\"", form->window_id);
        read_rows(&r, root);
        read_rules(&r, root);
        return form;
}

/* The files of forms, then those of checks, as many as are read. */
static size_t form_paths(const struct catalogue *catalogue, const char *paths[FORMS_MOST])
{
        size_t forms = catalogue_paths(catalogue, ".form", paths, FORMS_MOST), all;

        forms = forms < FORMS_MOST ? forms : FORMS_MOST;
        all = forms + catalogue_paths(catalogue, ".checks", paths + forms, FORMS_MOST - forms);
        return all < FORMS_MOST ? all : FORMS_MOST;
}

static void check(struct arena *arena, const struct catalogue *catalogue, const struct source *source,
                  struct complaints *complaints)
{
        const char *paths[FORMS_MOST];
        size_t count = form_paths(catalogue, paths), place = 0;

        form_parse(arena, catalogue, source, complaints);
        while (place < count && strcmp(paths[place], source->path) != 0)
                place++;
        if (place == count)
                complain(complaints, source->path, 1, 1, "a catalogue has at most %d files of forms and checks: this one would not be read", FORMS_MOST);
}

const struct catalogue_checker form_checker = { ".form", check }, checks_checker = { ".checks", check };

/* ---- all forms of a catalogue --------------------------------------------------------------------- */

/* Parsed forms point into their catalogue, so they are kept beside it. */
#define SET_MEMORY ((size_t)64 << 20)

struct form_set {
        const struct catalogue *catalogue;
        struct arena *arena;
        struct form *forms[FORMS_MOST];
        size_t count;
};

/* False where memory ends. */
static bool parse_set(struct form_set *set, const char *const *paths, size_t count)
{
        struct complaints complaints = { .arena = set->arena };
        jmp_buf out;

        if (setjmp(out) != 0) {
                arena_guard(set->arena, NULL);
                return false;
        }
        arena_guard(set->arena, &out);
        for (size_t i = 0; i < count; i++) {
                const char *file = catalogue_file(set->catalogue, paths[i]);
                struct source source = { .path = arena_text(set->arena, paths[i]), .text = file,
                                         .length = file == NULL ? 0 : strlen(file) };
                size_t before = complaints.count;
                struct form *form;

                if (file == NULL)
                        continue;
                form = form_parse(set->arena, set->catalogue, &source, &complaints);
                if (complaints.count == before)
                        set->forms[set->count++] = form;
        }
        arena_guard(set->arena, NULL);
        return true;
}

static void free_set(void *thing)
{
        struct form_set *set = thing;

        arena_close(set->arena);
        free(set);
}

/* NULL where memory ends: half of the forms would look as if there were no others. */
static void *make_set(const struct catalogue *catalogue)
{
        const char *paths[FORMS_MOST];
        size_t count = form_paths(catalogue, paths);
        struct form_set *set = calloc(1, sizeof *set);

        if (set == NULL)
                return NULL;
        set->catalogue = catalogue;
        set->arena = arena_open(SET_MEMORY);
        if (set->arena != NULL && parse_set(set, paths, count))
                return set;
        free_set(set);
        return NULL;
}

static const struct form_set *forms_of(const struct catalogue *catalogue)
{
        const struct form_set *set = catalogue_companion(catalogue, make_set, free_set);

        if (set == NULL)
                work_starve();
        return set;
}

const struct form *form_find(const struct catalogue *catalogue, const char *id, day on)
{
        const struct form_set *set = forms_of(catalogue);

        for (size_t i = 0; i < set->count; i++) {
                const struct form *form = set->forms[i];

                if (!form->is_checks && strcmp(form->id, id) == 0 && form->from <= on && on <= form->to)
                        return form;
        }
        return NULL;
}

size_t form_list(const struct catalogue *catalogue, day on, const struct form *out[FORMS_MOST])
{
        const struct form_set *set = forms_of(catalogue);
        size_t count = 0;

        for (size_t i = 0; i < set->count; i++)
                if (!set->forms[i]->is_checks && set->forms[i]->from <= on && on <= set->forms[i]->to)
                        out[count++] = set->forms[i];
        return count;
}

size_t rule_sets(const struct catalogue *catalogue, day first, day last, const struct form **out, size_t max)
{
        const struct form_set *set = forms_of(catalogue);
        size_t count = 0;

        for (size_t i = 0; i < set->count && count < max; i++)
                if (set->forms[i]->from <= last && first <= set->forms[i]->to)
                        out[count++] = set->forms[i];
        return count;
}

const char *form_id(const struct form *form)
{
        return form->id;
}

const char *form_title(const struct form *form, enum language language)
{
        return language == LANGUAGE_EN ? form->title_en : form->title_vi;
}

const struct window *form_window(const struct form *form)
{
        return form->window;
}

size_t form_rows(const struct form *form, const struct form_row **rows)
{
        *rows = form->rows;
        return form->row_count;
}
