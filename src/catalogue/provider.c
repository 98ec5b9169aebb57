/* provider.c - sources.yaml: where figures come from, and which source counts before which. */
#include <string.h>

#include "catalogue/catalogue_private.h"

#define PRIORITY_MOST 1000

static void read_matches(const struct yaml_place *place, const struct yaml *node, struct provider_rule *r)
{
        const struct yaml *list = yaml_list(place, node, "matches", true);

        if (list == NULL)
                return;
        r->matches = arena_array(place->arena, list->count + 1, sizeof *r->matches);
        for (size_t i = 0; i < list->count; i++) {
                if (list->items[i]->kind != YAML_SCALAR || *list->items[i]->text == '\0')
                        yaml_complain(place, list->items[i], "an empty beginning would match every source");
                else
                        r->matches[r->match_count++] = list->items[i]->text;
        }
        r->provider.is_own = list->count == 0 || yaml_bool(place, node, "own", false);
}

static void read_provider(const struct yaml_place *place, const struct yaml *node, struct provider_rule *r)
{
        struct provider *p = &r->provider;

        p->id = yaml_text(place, node, "id", true, "");
        if (!identifier_is_valid(p->id))
                yaml_complain(place, node, "\"%s\" is no identifier: a-z, 0-9 and _", p->id);
        yaml_two_texts(place, node, "name", true, &p->name_vi, &p->name_en);
        yaml_two_texts(place, node, "why", true, &p->why_vi, &p->why_en);
        if (yaml_get(node, "priority") == NULL)
                yaml_complain(place, node, "\"priority\" is missing");
        p->priority = (int)yaml_int(place, node, "priority", 0, PRIORITY_MOST, 0);
        p->legal_basis = yaml_text(place, node, "legal_basis", false, "");
        p->is_verified = yaml_bool(place, node, "verified", false);
        parse_valid(place, node, &p->from, &p->to);
        read_matches(place, node, r);
}

void parse_providers(struct parse *p)
{
        static const char *const root_keys[] = { "sources", NULL };
        static const char *const keys[] = { "id", "name", "why", "priority", "matches", "own", "valid", "legal_basis", "verified", NULL };
        struct catalogue *c = p->catalogue;
        struct yaml_place place = { "sources.yaml", p->arena, p->complaints };

        for (size_t f = 0; f < p->file_count; f++) {
                const struct yaml *root, *list;

                if (strcmp(p->files[f].path, place.path) != 0)
                        continue;
                root = yaml_read(p->arena, &p->files[f], p->complaints);
                if (root == NULL || !yaml_keys_known(&place, root, root_keys) || (list = yaml_list(&place, root, "sources", true)) == NULL)
                        return;
                c->providers = arena_array(p->arena, list->count + 1, sizeof *c->providers);
                for (size_t n = 0; n < list->count; n++) {
                        struct provider_rule *r = &c->providers[c->provider_count];

                        if (!yaml_keys_known(&place, list->items[n], keys))
                                continue;
                        read_provider(&place, list->items[n], r);
                        for (size_t i = 0; i < c->provider_count; i++) {
                                const struct provider *other = &c->providers[i].provider;

                                if (other->from <= r->provider.to && r->provider.from <= other->to &&
                                    (strcmp(other->id, r->provider.id) == 0 || (other->is_own && r->provider.is_own)))
                                        yaml_complain(&place, list->items[n], "the source \"%s\" stands twice for the same time", r->provider.id);
                        }
                        c->provider_count++;
                }
        }
}

/* The longest beginning that fits, so that the order of the file means nothing. */
const struct provider *provider_of(const struct catalogue *c, const char *source, day on)
{
        const struct provider *best = NULL;
        size_t best_length = 0;

        for (size_t i = 0; i < c->provider_count; i++) {
                const struct provider_rule *r = &c->providers[i];

                if (on < r->provider.from || r->provider.to < on)
                        continue;
                if (r->provider.is_own && best == NULL)
                        best = &r->provider;
                for (size_t m = 0; m < r->match_count; m++) {
                        size_t length = strlen(r->matches[m]);

                        if (length > best_length && strncmp(source, r->matches[m], length) == 0) {
                                best = &r->provider;
                                best_length = length;
                        }
                }
        }
        return best;
}

size_t provider_list(const struct catalogue *c, const struct provider **out, size_t max)
{
        for (size_t i = 0; i < c->provider_count && i < max; i++)
                out[i] = &c->providers[i].provider;
        return c->provider_count;
}

bool providers_are_same(const struct catalogue *a, const struct catalogue *b)
{
        if (a->provider_count != b->provider_count)
                return false;
        for (size_t i = 0; i < a->provider_count; i++) {
                const struct provider_rule *x = &a->providers[i], *y = &b->providers[i];

                if (strcmp(x->provider.id, y->provider.id) != 0 || x->provider.is_own != y->provider.is_own || x->provider.priority != y->provider.priority ||
                    x->provider.from != y->provider.from || x->provider.to != y->provider.to || x->match_count != y->match_count)
                        return false;
                for (size_t m = 0; m < x->match_count; m++)
                        if (strcmp(x->matches[m], y->matches[m]) != 0)
                                return false;
        }
        return true;
}
