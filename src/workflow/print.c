/* print.c - the file of an official document that is filled in from cases. */
#include "workflow/print.h"

#include <string.h>

#include "workflow/workflow_private.h"

#define PRINT_SUFFIX ".print"
#define PARAGRAPHS_MAX 60
#define PATHS_MAX 2000

static const char *const *read_texts(const struct yaml_place *place, const struct yaml *list, size_t count)
{
        const char **texts = arena_array(place->arena, count + 1, sizeof *texts);

        for (size_t i = 0; i < count; i++) {
                texts[i] = list->items[i]->kind == YAML_SCALAR ? list->items[i]->text : "";
                if (*texts[i] == '\0')
                        yaml_complain(place, list->items[i], "here must stand a text");
        }
        return texts;
}

static void read_body(const struct yaml_place *place, const struct yaml *root, struct workflow_print *p)
{
        static const char *const keys[] = { "vi", "en", NULL };
        const struct yaml *body = yaml_get(root, "body"), *vi, *en;

        if (body == NULL || !yaml_keys_known(place, body, keys))
                return;
        vi = yaml_list(place, body, "vi", true);
        en = yaml_list(place, body, "en", true);
        if (vi == NULL || en == NULL)
                return;
        if (vi->count != en->count || vi->count > PARAGRAPHS_MAX) {
                yaml_complain(place, body, "\"body\" has as many paragraphs in vi as in en, at most %d", PARAGRAPHS_MAX);
                return;
        }
        p->body_count = (int)vi->count;
        p->body_vi = read_texts(place, vi, vi->count);
        p->body_en = read_texts(place, en, en->count);
}

static void read_signatures(const struct yaml_place *place, const struct yaml *root, struct workflow_print *p)
{
        const struct yaml *list = yaml_list(place, root, "signatures", true);

        for (size_t i = 0; list != NULL && i < list->count; i++) {
                if (i == 2) {
                        yaml_complain(place, list->items[i], "at most two sign a document");
                        return;
                }
                p->signatures_vi[i] = yaml_text(place, list->items[i], "vi", true, "");
                p->signatures_en[i] = yaml_text(place, list->items[i], "en", true, "");
                p->signature_count++;
        }
}

/* One, or a list of those that followed each other. */
static void read_issuers(const struct yaml_place *place, const struct yaml *root, struct workflow_print *p)
{
        static const char *const keys[] = { "from", "vi", "en", NULL };
        const struct yaml *node = yaml_get(root, "issuer");

        if (node == NULL)
                return;
        if (node->kind != YAML_LIST) {
                yaml_two_texts(place, root, "issuer", true, &p->issuers[0].vi, &p->issuers[0].en);
                p->issuers[0].from = DAY_NONE;
                p->issuer_count = 1;
                return;
        }
        for (size_t i = 0; i < node->count; i++) {
                struct print_issuer *x = &p->issuers[i];

                if (i == PRINT_ISSUERS_MAX) {
                        yaml_complain(place, node->items[i], "at most %d issuers follow each other", PRINT_ISSUERS_MAX);
                        return;
                }
                if (!yaml_keys_known(place, node->items[i], keys))
                        return;
                *x = (struct print_issuer){ yaml_day(place, node->items[i], "from", DAY_NONE), yaml_text(place, node->items[i], "vi", true, ""), yaml_text(place, node->items[i], "en", true, "") };
                if ((i == 0) != (x->from == DAY_NONE) || (i > 0 && x->from <= x[-1].from))
                        yaml_complain(place, node->items[i], "of several issuers the first has no \"from\", and each other one a later day than the one before");
                p->issuer_count++;
        }
}

const struct print_issuer *print_issuer_on(const struct workflow_print *p, day on)
{
        const struct print_issuer *found = NULL;

        for (int i = 0; i < p->issuer_count; i++)
                if (p->issuers[i].from <= on)
                        found = &p->issuers[i];
        return found;
}

static void read_recipients(const struct yaml_place *place, const struct yaml *root, struct workflow_print *p)
{
        const struct yaml *list = yaml_list(place, root, "recipients", false);

        for (size_t i = 0; list != NULL && i < list->count; i++) {
                const char *end = i == 0 ? "" : "\n";

                p->recipients_vi = arena_print(place->arena, "%s%s%s", p->recipients_vi, end, yaml_text(place, list->items[i], "vi", true, ""));
                p->recipients_en = arena_print(place->arena, "%s%s%s", p->recipients_en, end, yaml_text(place, list->items[i], "en", true, ""));
        }
}

static void *parse(struct arena *arena, const struct source *source, struct complaints *complaints)
{
        static const char *const keys[] = { "print", "title", "superior", "issuer", "place", "after", "document", "body", "fields", "signatures", "recipients", "source", "verified", NULL };
        const struct yaml_place place = { source->path, arena, complaints };
        struct workflow_print *p = arena_alloc(arena, sizeof *p);
        const struct yaml *root = yaml_read(arena, source, complaints), *fields;
        const char *name = strrchr(source->path, '/');

        *p = (struct workflow_print){ .id = "", .after = "", .document = "", .superior_vi = "", .superior_en = "", .place_vi = "",
                                        .place_en = "", .recipients_vi = "", .recipients_en = "" };
        if (root == NULL || !yaml_keys_known(&place, root, keys))
                return p;
        p->id = yaml_text(&place, root, "print", true, "");
        if (name == NULL || strcmp(name + 1, arena_print(arena, "%s" PRINT_SUFFIX, p->id)) != 0)
                yaml_complain(&place, yaml_get(root, "print"), "the file must be called %s.print", p->id);
        yaml_two_texts(&place, root, "title", true, &p->title_vi, &p->title_en);
        read_issuers(&place, root, p);
        yaml_two_texts(&place, root, "superior", false, &p->superior_vi, &p->superior_en);
        yaml_two_texts(&place, root, "place", false, &p->place_vi, &p->place_en);
        read_recipients(&place, root, p);
        p->after = yaml_text(&place, root, "after", true, "");
        p->document = yaml_text(&place, root, "document", false, "");
        p->basis = (struct basis){ yaml_text(&place, root, "source", true, ""), yaml_bool(&place, root, "verified", false) };
        read_body(&place, root, p);
        fields = yaml_list(&place, root, "fields", false);
        if (fields != NULL) {
                p->fields = read_texts(&place, fields, fields->count);
                p->field_count = (int)fields->count;
        }
        read_signatures(&place, root, p);
        if (*p->recipients_vi != '\0' && p->signature_count != 1)
                yaml_complain(&place, yaml_get(root, "recipients"), "\"recipients\" stand beside the one who signs");
        return p;
}

const struct workflow_print *print_find(const struct catalogue *c, const char *workflow, const char *name)
{
        char path[2 * WORKFLOW_ID_MAX + sizeof "workflows//" PRINT_SUFFIX];

        snprintf(path, sizeof path, "workflows/%s/%s" PRINT_SUFFIX, workflow, name);
        return shelf_find(c, path, parse);
}

size_t print_list(const struct catalogue *c, const char *workflow, const struct workflow_print **out, size_t max)
{
        const char *paths[PATHS_MAX];
        size_t count = catalogue_paths(c, PRINT_SUFFIX, paths, PATHS_MAX), found = 0;

        for (size_t i = 0; i < count && i < PATHS_MAX && found < max; i++) {
                const struct workflow_print *p = workflow_has_file(workflow, paths[i]) ? shelf_find(c, paths[i], parse) : NULL;

                if (p != NULL)
                        out[found++] = p;
        }
        return found;
}

/* ---- for the catalogue ------------------------------------------------------------------------------------------ */

const char *print_words(const char *name)
{
        size_t length = strlen(name), end = sizeof PRINT_WORDS - 1;

        return length > end && strcmp(name + length - end, PRINT_WORDS) == 0 ? name + length - end : "";
}

const char *print_field(struct arena *arena, const char *name)
{
        return arena_copy(arena, name, strlen(name) - strlen(print_words(name)));
}

/* A name in braces that no case could fill in. */
static void check_names(struct arena *arena, const struct workflow *w, const char *path, const char *text, struct complaints *complaints)
{
        static const char *const known[] = { "title", "unit", "province", "province_name", "case", "number", "on", NULL };

        for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at + 1, '{')) {
                const char *name = arena_copy(arena, at + 1, strcspn(at + 1, "}")), *field = print_field(arena, name);
                int i = 0, place;

                while (known[i] != NULL && strcmp(known[i], name) != 0)
                        i++;
                if (known[i] != NULL)
                        continue;
                place = workflow_field_find(w, field);
                if (place < 0)
                        complain(complaints, path, 1, 1, "%s has no field \"%s\"", w->path, field);
                else if (*print_words(name) != '\0' && w->fields[place].kind != FIELD_MONEY)
                        complain(complaints, path, 1, 1, "%s: only money is written in words, not \"%s\"", w->path, field);
        }
}

static void check_against(struct arena *arena, const struct workflow *w, const struct workflow_print *p, const char *path, struct complaints *complaints)
{
        const char *const texts[] = { p->superior_vi, p->superior_en, p->place_vi, p->place_en, p->recipients_vi, p->recipients_en };

        if (workflow_action_find(w, p->after) < 0)
                complain(complaints, path, 1, 1, "%s has no action \"%s\"", w->path, p->after);
        if (*p->document != '\0' && workflow_document_find(w, p->document) < 0)
                complain(complaints, path, 1, 1, "%s has no document \"%s\"", w->path, p->document);
        for (int i = 0; i < p->field_count; i++)
                if (workflow_field_find(w, p->fields[i]) < 0)
                        complain(complaints, path, 1, 1, "%s has no field \"%s\"", w->path, p->fields[i]);
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                check_names(arena, w, path, texts[i], complaints);
        for (int i = 0; i < p->issuer_count; i++) {
                check_names(arena, w, path, p->issuers[i].vi, complaints);
                check_names(arena, w, path, p->issuers[i].en, complaints);
        }
        for (int i = 0; i < p->body_count; i++) {
                check_names(arena, w, path, p->body_vi[i], complaints);
                check_names(arena, w, path, p->body_en[i], complaints);
        }
}

/* Every regime of its workflow must be able to fill it in. */
static void check(struct arena *arena, const struct catalogue *c, const struct source *source, struct complaints *complaints)
{
        size_t before = complaints->count, count, folder = (size_t)(strrchr(source->path, '/') - source->path) + 1;
        const struct workflow_print *p = parse(arena, source, complaints);
        const char *paths[PATHS_MAX];

        count = catalogue_paths(c, ".workflow", paths, PATHS_MAX);
        for (size_t i = 0; complaints->count == before && i < count && i < PATHS_MAX; i++)
                if (strncmp(paths[i], source->path, folder) == 0)
                        check_against(arena, workflow_read(arena, c, paths[i], complaints->language)->workflow, p, source->path, complaints);
}

const struct catalogue_checker print_checker = { PRINT_SUFFIX, check };
