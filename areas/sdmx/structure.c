#include <string.h>

#include "areas/sdmx/sdmx.h"
#include "format/html.h"
#include "format/jsonw.h"

/* What a message brings. */
enum { FLOWS = 1, STRUCTURES = 2, CONCEPTS = 4, LISTS = 8 };

struct message {
        struct work *work;
        struct buf *out;
        struct jsonw json;
        const struct sdmx_flow *flows;
        size_t flow_count;
        bool *is_flow_wanted;
        const struct sdmx_codelist *lists;
        size_t list_count;
        bool *is_list_wanted;
        unsigned parts;
};

/* ---- SDMX-ML 2.1 ------------------------------------------------------------------------------------------------- */

static void ml_name(struct message *m, const char *element, const char *vi, const char *en)
{
        const char *const texts[] = { vi, en }, *const languages[] = { "vi", "en" };

        for (int i = 0; i < 2; i++) {
                if (texts[i] == NULL || *texts[i] == '\0')
                        continue;
                buf_print(m->out, "<com:%s xml:lang=\"%s\">", element, languages[i]);
                html_text(m->out, texts[i]); /* the escaping of XML */
                buf_print(m->out, "</com:%s>", element);
        }
}

static void ml_maintained(struct message *m, const char *element, const char *id, const char *vi, const char *en)
{
        buf_print(m->out, "<str:%s id=\"%s\" agencyID=\"" SDMX_AGENCY "\" version=\"" SDMX_VERSION "\" isFinal=\"false\">", element, id);
        ml_name(m, "Name", vi, en);
}

static void ml_reference(struct message *m, const char *id, const char *package, const char *class)
{
        buf_print(m->out, "<Ref id=\"%s\" version=\"" SDMX_VERSION "\" agencyID=\"" SDMX_AGENCY "\" package=\"%s\" class=\"%s\"/>", id,
                  package, class);
}

static void ml_flow(struct message *m, const struct sdmx_flow *f)
{
        ml_maintained(m, "Dataflow", f->id, f->name_vi, f->name_en);
        BUF_LITERAL(m->out, "<str:Structure>");
        ml_reference(m, f->id, "datastructure", "DataStructure");
        BUF_LITERAL(m->out, "</str:Structure></str:Dataflow>\n");
}

static void ml_list(struct message *m, const struct sdmx_codelist *l)
{
        ml_maintained(m, "Codelist", l->id, l->name_vi, l->name_en);
        for (size_t i = 0; i < l->count; i++) {
                const struct sdmx_code *c = &l->codes[i];

                buf_print(m->out, "<str:Code id=\"%s\">", c->id);
                ml_name(m, "Name", c->name_vi, c->name_en);
                ml_name(m, "Description", c->about_vi, c->about_en);
                if (c->parent != NULL)
                        buf_print(m->out, "<str:Parent><Ref id=\"%s\"/></str:Parent>", c->parent);
                BUF_LITERAL(m->out, "</str:Code>\n");
        }
        BUF_LITERAL(m->out, "</str:Codelist>\n");
}

static void ml_concepts(struct message *m)
{
        ml_maintained(m, "ConceptScheme", SDMX_CONCEPTS, text(LANGUAGE_VI, "Concepts of figures"), "Concepts of figures");
        for (int i = 0; i < SDMX_COMPONENTS; i++) {
                buf_print(m->out, "<str:Concept id=\"%s\">", sdmx_components[i].id);
                ml_name(m, "Name", text(LANGUAGE_VI, sdmx_components[i].title), sdmx_components[i].title);
                BUF_LITERAL(m->out, "</str:Concept>\n");
        }
        BUF_LITERAL(m->out, "</str:ConceptScheme>\n");
}

static void ml_component(struct message *m, const struct sdmx_flow *f, int component, int position)
{
        static const char *const elements[] = { "Dimension", "TimeDimension", "PrimaryMeasure", "Attribute" };
        const struct sdmx_component *c = &sdmx_components[component];
        const char *list = sdmx_codelist_of(m->work, f, component);

        buf_print(m->out, "<str:%s id=\"%s\"", elements[c->part], c->id);
        if (c->part == SDMX_DIMENSION || c->part == SDMX_TIME)
                buf_print(m->out, " position=\"%d\"", position);
        if (c->part == SDMX_ATTRIBUTE)
                buf_print(m->out, " assignmentStatus=\"%s\"", c->is_mandatory ? "Mandatory" : "Conditional");
        buf_print(m->out, "><str:ConceptIdentity><Ref id=\"%s\" maintainableParentID=\"" SDMX_CONCEPTS "\" maintainableParentVersion=\""
                  SDMX_VERSION "\" agencyID=\"" SDMX_AGENCY "\" package=\"conceptscheme\" class=\"Concept\"/></str:ConceptIdentity>"
                  "<str:LocalRepresentation>", c->id);
        if (list != NULL) {
                BUF_LITERAL(m->out, "<str:Enumeration>");
                ml_reference(m, list, "codelist", "Codelist");
                BUF_LITERAL(m->out, "</str:Enumeration>");
        } else {
                buf_print(m->out, "<str:TextFormat textType=\"%s\"/>", c->text_type);
        }
        BUF_LITERAL(m->out, "</str:LocalRepresentation>");
        if (c->part == SDMX_ATTRIBUTE)
                BUF_LITERAL(m->out, "<str:AttributeRelationship><str:PrimaryMeasure><Ref id=\"OBS_VALUE\"/></str:PrimaryMeasure>"
                                    "</str:AttributeRelationship>");
        buf_print(m->out, "</str:%s>\n", elements[c->part]);
}

static void ml_structure(struct message *m, const struct sdmx_flow *f)
{
        int position = 1;

        ml_maintained(m, "DataStructure", f->id, f->name_vi, f->name_en);
        BUF_LITERAL(m->out, "<str:DataStructureComponents><str:DimensionList id=\"DimensionDescriptor\">\n");
        for (int i = 0; i <= SDMX_TIME_PERIOD; i++)
                if (sdmx_flow_has(f, i))
                        ml_component(m, f, i, position++);
        BUF_LITERAL(m->out, "</str:DimensionList><str:AttributeList id=\"AttributeDescriptor\">\n");
        for (int i = SDMX_UNIT_MEASURE; i < SDMX_COMPONENTS; i++)
                ml_component(m, f, i, 0);
        BUF_LITERAL(m->out, "</str:AttributeList><str:MeasureList id=\"MeasureDescriptor\">\n");
        ml_component(m, f, SDMX_OBS_VALUE, 0);
        BUF_LITERAL(m->out, "</str:MeasureList></str:DataStructureComponents></str:DataStructure>\n");
}

/* A group of artefacts, with its frame where there are any. */
#define EACH_FLOW(write) \
        for (size_t i = 0; i < m->flow_count; i++) \
                if (m->is_flow_wanted[i]) \
                        write(m, &m->flows[i])

static void ml_message(struct message *m)
{
        char prepared[MOMENT_TEXT_MAX];

        moment_write(prepared, m->work->now);
        buf_print(m->out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<mes:Structure xmlns:mes=\"http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message\""
                  " xmlns:str=\"http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure\""
                  " xmlns:com=\"http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common\">\n"
                  "<mes:Header><mes:ID>IDREF%lld</mes:ID><mes:Test>false</mes:Test><mes:Prepared>%s</mes:Prepared>"
                  "<mes:Sender id=\"" SDMX_AGENCY "\"/></mes:Header>\n<mes:Structures>\n",
                  (long long)m->work->now, prepared);
        if (m->parts & FLOWS) {
                BUF_LITERAL(m->out, "<str:Dataflows>\n");
                EACH_FLOW(ml_flow);
                BUF_LITERAL(m->out, "</str:Dataflows>\n");
        }
        if (m->parts & LISTS) {
                BUF_LITERAL(m->out, "<str:Codelists>\n");
                for (size_t i = 0; i < m->list_count; i++)
                        if (m->is_list_wanted[i]) {
                                const struct sdmx_codelist *l = sdmx_codelist_read(m->work, m->lists[i].id);

                                if (l == NULL)
                                        return;
                                ml_list(m, l);
                        }
                BUF_LITERAL(m->out, "</str:Codelists>\n");
        }
        if (m->parts & CONCEPTS) {
                BUF_LITERAL(m->out, "<str:Concepts>\n");
                ml_concepts(m);
                BUF_LITERAL(m->out, "</str:Concepts>\n");
        }
        if (m->parts & STRUCTURES) {
                BUF_LITERAL(m->out, "<str:DataStructures>\n");
                EACH_FLOW(ml_structure);
                BUF_LITERAL(m->out, "</str:DataStructures>\n");
        }
        BUF_LITERAL(m->out, "</mes:Structures></mes:Structure>\n");
}

/* ---- SDMX-JSON 2.0 ------------------------------------------------------------------------------------------------ */

static void json_name(struct message *m, const char *name, const char *vi, const char *en)
{
        struct jsonw *j = &m->json;
        const char *here = m->work->language == LANGUAGE_VI || en == NULL || *en == '\0' ? vi : en;

        if (here == NULL || *here == '\0')
                return;
        jsonw_member_text(j, name, here);
        jsonw_name(j, arena_print(m->work->arena, "%ss", name));
        jsonw_object(j);
        jsonw_member_text(j, "vi", vi);
        if (en != NULL && *en != '\0')
                jsonw_member_text(j, "en", en);
        jsonw_end(j);
}

static void json_maintained(struct message *m, const char *id, const char *vi, const char *en)
{
        jsonw_object(&m->json);
        jsonw_member_text(&m->json, "id", id);
        jsonw_member_text(&m->json, "agencyID", SDMX_AGENCY);
        jsonw_member_text(&m->json, "version", SDMX_VERSION);
        json_name(m, "name", vi, en);
}

static const char *urn(struct message *m, const char *class, const char *id)
{
        return arena_print(m->work->arena, "urn:sdmx:org.sdmx.infomodel.%s=" SDMX_AGENCY ":%s(" SDMX_VERSION ")", class, id);
}

static void json_flow(struct message *m, const struct sdmx_flow *f)
{
        json_maintained(m, f->id, f->name_vi, f->name_en);
        jsonw_member_text(&m->json, "structure", urn(m, "datastructure.DataStructure", f->id));
        jsonw_end(&m->json);
}

static void json_list(struct message *m, const struct sdmx_codelist *l)
{
        json_maintained(m, l->id, l->name_vi, l->name_en);
        jsonw_name(&m->json, "codes");
        jsonw_array(&m->json);
        for (size_t i = 0; i < l->count; i++) {
                jsonw_object(&m->json);
                jsonw_member_text(&m->json, "id", l->codes[i].id);
                json_name(m, "name", l->codes[i].name_vi, l->codes[i].name_en);
                json_name(m, "description", l->codes[i].about_vi, l->codes[i].about_en);
                if (l->codes[i].parent != NULL)
                        jsonw_member_text(&m->json, "parent", l->codes[i].parent);
                jsonw_end(&m->json);
        }
        jsonw_end(&m->json);
        jsonw_end(&m->json);
}

static void json_concepts(struct message *m)
{
        json_maintained(m, SDMX_CONCEPTS, text(LANGUAGE_VI, "Concepts of figures"), "Concepts of figures");
        jsonw_name(&m->json, "concepts");
        jsonw_array(&m->json);
        for (int i = 0; i < SDMX_COMPONENTS; i++) {
                jsonw_object(&m->json);
                jsonw_member_text(&m->json, "id", sdmx_components[i].id);
                json_name(m, "name", text(LANGUAGE_VI, sdmx_components[i].title), sdmx_components[i].title);
                jsonw_end(&m->json);
        }
        jsonw_end(&m->json);
        jsonw_end(&m->json);
}

static void json_component(struct message *m, const struct sdmx_flow *f, int component, int position)
{
        const struct sdmx_component *c = &sdmx_components[component];
        const char *list = sdmx_codelist_of(m->work, f, component);
        struct jsonw *j = &m->json;

        jsonw_object(j);
        jsonw_member_text(j, "id", c->id);
        jsonw_member_text(j, "conceptIdentity",
                          arena_print(m->work->arena, "%s.%s", urn(m, "conceptscheme.Concept", SDMX_CONCEPTS), c->id));
        if (c->part == SDMX_DIMENSION)
                jsonw_member_int(j, "position", position);
        if (c->part == SDMX_ATTRIBUTE || c->part == SDMX_MEASURE)
                jsonw_member_text(j, "usage", c->is_mandatory ? "mandatory" : "optional");
        jsonw_name(j, "localRepresentation");
        jsonw_object(j);
        if (list != NULL) {
                jsonw_member_text(j, "enumeration", urn(m, "codelist.Codelist", list));
        } else {
                jsonw_name(j, "format");
                jsonw_object(j);
                jsonw_member_text(j, "dataType", c->text_type);
                jsonw_end(j);
        }
        jsonw_end(j);
        if (c->part == SDMX_ATTRIBUTE) {
                jsonw_name(j, "attributeRelationship");
                jsonw_object(j);
                jsonw_name(j, "observation");
                jsonw_object(j);
                jsonw_end(j);
                jsonw_end(j);
        }
        jsonw_end(j);
}

/* A list of components; its frame stays open for what else belongs to it. */
static void json_descriptor(struct message *m, const char *name, const char *id, const char *members)
{
        jsonw_name(&m->json, name);
        jsonw_object(&m->json);
        jsonw_member_text(&m->json, "id", id);
        jsonw_name(&m->json, members);
        jsonw_array(&m->json);
}

static void json_structure(struct message *m, const struct sdmx_flow *f)
{
        struct jsonw *j = &m->json;
        int position = 0;

        json_maintained(m, f->id, f->name_vi, f->name_en);
        jsonw_name(j, "dataStructureComponents");
        jsonw_object(j);
        json_descriptor(m, "dimensionList", "DimensionDescriptor", "dimensions");
        for (int i = 0; i < SDMX_TIME_PERIOD; i++)
                if (sdmx_flow_has(f, i))
                        json_component(m, f, i, position++);
        jsonw_end(j);
        jsonw_name(j, "timeDimension");
        json_component(m, f, SDMX_TIME_PERIOD, position);
        jsonw_end(j);
        json_descriptor(m, "measureList", "MeasureDescriptor", "measures");
        json_component(m, f, SDMX_OBS_VALUE, 0);
        jsonw_end(j);
        jsonw_end(j);
        json_descriptor(m, "attributeList", "AttributeDescriptor", "attributes");
        for (int i = SDMX_UNIT_MEASURE; i < SDMX_COMPONENTS; i++)
                json_component(m, f, i, 0);
        jsonw_end(j);
        jsonw_end(j);
        jsonw_end(j);
        jsonw_end(j);
}

static void json_message(struct message *m)
{
        struct jsonw *j = &m->json;
        char prepared[MOMENT_TEXT_MAX];

        moment_write(prepared, m->work->now);
        jsonw_init(j, m->out);
        jsonw_object(j);
        jsonw_name(j, "meta");
        jsonw_object(j);
        jsonw_member_text(j, "schema", "https://json.sdmx.org/2.0.0/sdmx-json-structure-schema.json");
        jsonw_member_text(j, "id", arena_print(m->work->arena, "IDREF%lld", (long long)m->work->now));
        jsonw_member_bool(j, "test", false);
        jsonw_member_text(j, "prepared", prepared);
        jsonw_name(j, "contentLanguages");
        jsonw_array(j);
        jsonw_text(j, "vi");
        jsonw_text(j, "en");
        jsonw_end(j);
        jsonw_name(j, "sender");
        jsonw_object(j);
        jsonw_member_text(j, "id", SDMX_AGENCY);
        jsonw_end(j);
        jsonw_end(j);
        jsonw_name(j, "data");
        jsonw_object(j);
        if (m->parts & FLOWS) {
                jsonw_name(j, "dataflows");
                jsonw_array(j);
                EACH_FLOW(json_flow);
                jsonw_end(j);
        }
        if (m->parts & LISTS) {
                jsonw_name(j, "codelists");
                jsonw_array(j);
                for (size_t i = 0; i < m->list_count; i++)
                        if (m->is_list_wanted[i]) {
                                const struct sdmx_codelist *l = sdmx_codelist_read(m->work, m->lists[i].id);

                                if (l == NULL)
                                        return;
                                json_list(m, l);
                        }
                jsonw_end(j);
        }
        if (m->parts & CONCEPTS) {
                jsonw_name(j, "conceptSchemes");
                jsonw_array(j);
                json_concepts(m);
                jsonw_end(j);
        }
        if (m->parts & STRUCTURES) {
                jsonw_name(j, "dataStructures");
                jsonw_array(j);
                EACH_FLOW(json_structure);
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_end(j);
        buf_char(m->out, '\n');
}

/* ---- what is asked for --------------------------------------------------------------------------------------------- */

static const struct {
        const char *name;
        unsigned part, children, descendants, parents;
} resources[] = {
        { "dataflow", FLOWS, STRUCTURES, STRUCTURES | CONCEPTS | LISTS, 0 },
        { "datastructure", STRUCTURES, CONCEPTS | LISTS, CONCEPTS | LISTS, FLOWS },
        { "conceptscheme", CONCEPTS, 0, 0, STRUCTURES },
        { "codelist", LISTS, 0, 0, STRUCTURES },
        { "structure", FLOWS | STRUCTURES | CONCEPTS | LISTS, 0, 0, 0 },
};
#define RESOURCE_COUNT (sizeof resources / sizeof *resources)

/* The further parts that the parameter "references" asks for. */
static bool references_read(struct work *w, const struct request *r, size_t resource, unsigned *parts)
{
        const char *references = request_query(r, "references", 0), *detail = request_query(r, "detail", 0);
        unsigned further = 0;

        if (detail != NULL && *detail != '\0' && strcmp(detail, "full") != 0)
                return error_set(&w->err, ERR_USAGE, "detail: structures are given in full only");
        if (references == NULL || *references == '\0')
                references = "none";
        if (strcmp(references, "children") == 0)
                further = resources[resource].children;
        else if (strcmp(references, "descendants") == 0)
                further = resources[resource].descendants;
        else if (strcmp(references, "parents") == 0)
                further = resources[resource].parents;
        else if (strcmp(references, "parentsandsiblings") == 0 || strcmp(references, "ancestors") == 0 || strcmp(references, "all") == 0)
                further = resources[resource].descendants | (resources[resource].parents == 0 ? 0 : resources[resource].parents | FLOWS);
        else if (strcmp(references, "none") != 0) {
                for (size_t i = 0; i < RESOURCE_COUNT; i++)
                        if (strcmp(resources[i].name, references) == 0)
                                further = resources[i].part;
                if (further == 0)
                        return error_set(&w->err, ERR_USAGE, "references: \"%s\" is not known here", references);
        }
        *parts = resources[resource].part | further;
        return true;
}

/* Whether one of the names ("A+B", "A,B"; "all", "*", "" mean every one) is the id. */
static bool is_named(const char *names, const char *id)
{
        size_t length = strlen(id);

        if (*names == '\0' || strcmp(names, "all") == 0 || strcmp(names, "*") == 0)
                return true;
        for (; *names != '\0'; names++) {
                size_t n = strcspn(names, "+,");

                if (n == length && memcmp(names, id, n) == 0)
                        return true;
                names += n;
                if (*names == '\0')
                        return false;
        }
        return false;
}

static bool lists_of_flow(struct message *m, const struct sdmx_flow *f, const char *id)
{
        for (int i = 0; i < SDMX_COMPONENTS; i++) {
                const char *list = sdmx_flow_has(f, i) ? sdmx_codelist_of(m->work, f, i) : NULL;

                if (list != NULL && strcmp(list, id) == 0)
                        return true;
        }
        return false;
}

/* Which flows and codelists belong into the message; false where what was asked for by name is not there. */
static bool choose(struct message *m, unsigned asked, const char *names)
{
        bool found = false, is_by_list = asked == LISTS, is_by_concepts = asked == CONCEPTS;

        for (size_t i = 0; i < m->list_count; i++)
                m->is_list_wanted[i] = is_by_list && is_named(names, m->lists[i].id);
        for (size_t i = 0; i < m->flow_count; i++) {
                m->is_flow_wanted[i] = is_by_concepts || (!is_by_list && is_named(names, m->flows[i].id));
                for (size_t l = 0; is_by_list && l < m->list_count; l++)
                        m->is_flow_wanted[i] |= m->is_list_wanted[l] && lists_of_flow(m, &m->flows[i], m->lists[l].id);
        }
        for (size_t l = 0; !is_by_list && l < m->list_count; l++)
                for (size_t i = 0; i < m->flow_count; i++)
                        m->is_list_wanted[l] |= m->is_flow_wanted[i] && lists_of_flow(m, &m->flows[i], m->lists[l].id);
        for (size_t i = 0; i < (is_by_list ? m->list_count : m->flow_count); i++)
                found |= is_by_list ? m->is_list_wanted[i] : m->is_flow_wanted[i];
        return is_by_concepts ? is_named(names, SDMX_CONCEPTS) : found;
}

bool sdmx_structure_write(struct work *w, const struct request *r, const char *path, enum sdmx_format format, struct buf *out,
                          struct sdmx_problem *problem)
{
        static const char *const names[] = { "references", "detail", "format", NULL };
        static const char *const anything[] = { "all", "latest", "*", "~", "+", "", NULL };
        struct message m = { .work = w, .out = out };
        const char *parts[6];
        size_t n = sdmx_path_split(w->arena, path, parts, 6), first = n > 1 && strcmp(parts[0], "structure") == 0 ? 1 : 0, resource = 0;
        bool is_ours = true;

        while (resource < RESOURCE_COUNT && strcmp(parts[first], resources[resource].name) != 0 &&
               !(first == 1 && *parts[1] == '*' && resource == RESOURCE_COUNT - 1))
                resource++;
        if (resource == RESOURCE_COUNT) {
                problem->is_unsupported = true;
                error_set(&w->err, ERR_USAGE, "\"%s\" is not offered here", parts[first]);
                return error_hint(&w->err, "there are data, dataflow, datastructure, codelist and conceptscheme");
        }
        if (n - first > 4)
                return error_set(&w->err, ERR_USAGE, "the address has more parts than %s, agency, id and version", parts[first]);
        if (!sdmx_parameters_known(w, r, names, problem) || !references_read(w, r, resource, &m.parts))
                return false;
        for (size_t at = first + 1; at < n; at += 2) { /* agency and version */
                bool fits = strcmp(parts[at], at == first + 1 ? SDMX_AGENCY : SDMX_VERSION) == 0;

                for (size_t i = 0; anything[i] != NULL; i++)
                        fits |= strcmp(parts[at], anything[i]) == 0;
                is_ours &= fits;
        }
        m.flows = sdmx_flows(w, &m.flow_count);
        m.lists = sdmx_codelists(w, &m.list_count);
        m.is_flow_wanted = arena_array(w->arena, m.flow_count + 1, sizeof *m.is_flow_wanted);
        m.is_list_wanted = arena_array(w->arena, m.list_count + 1, sizeof *m.is_list_wanted);
        if (!is_ours || !choose(&m, resources[resource].part, n > first + 2 ? parts[first + 2] : ""))
                return error_set(&w->err, ERR_MISSING, "no results: there is no such %s", resources[resource].name);
        if (format == SDMX_ML)
                ml_message(&m);
        else
                json_message(&m);
        return work_ok(w);
}
