#include <string.h>

#include "format/jsonw.h"
#include "web/web_private.h"

/* "/cases/{id}" -> "cases_by_id_get": stable names for generated clients. */
static void write_operation_id(struct buf *out, const struct route *r)
{
        buf_text(out, r->method == GET    ? "get"
                      : r->method == POST ? "post"
                      : r->method == PUT  ? "put"
                                          : "delete");
        for (const char *p = r->pattern; *p != '\0'; p++) {
                if (*p == '/')
                        BUF_LITERAL(out, "_");
                else if (*p == '{')
                        BUF_LITERAL(out, "by_");
                else if (*p != '}' && *p != '.')
                        buf_char(out, *p == '-' ? '_' : *p);
        }
}

/* The pattern as OpenAPI writes it: {rest...} is {rest}. */
static void write_path(struct buf *out, const char *pattern)
{
        for (const char *p = pattern; *p != '\0'; p++)
                if (strncmp(p, "...}", 4) == 0) {
                        buf_char(out, '}');
                        p += 3;
                } else {
                        buf_char(out, *p);
                }
}

static void write_parameter(struct jsonw *j, const char *name, size_t length, const char *in, bool is_required)
{
        jsonw_object(j);
        jsonw_name(j, "name");
        jsonw_text_n(j, name, length);
        jsonw_member_text(j, "in", in);
        jsonw_member_bool(j, "required", is_required);
        jsonw_name(j, "schema");
        jsonw_object(j);
        jsonw_member_text(j, "type", "string");
        jsonw_end(j);
        jsonw_end(j);
}

/* The names in the path; of queries only known and recorded, which are the same everywhere. */
static void write_parameters(struct jsonw *j, const struct route *r)
{
        jsonw_name(j, "parameters");
        jsonw_array(j);
        for (const char *p = strchr(r->pattern, '{'); p != NULL; p = strchr(p + 1, '{'))
                write_parameter(j, p + 1, strcspn(p + 1, "}."), "path", true);
        if ((r->flags & (ROUTE_KNOWN | ROUTE_PAST)) != 0)
                write_parameter(j, "known", strlen("known"), "query", false);
        if ((r->flags & ROUTE_KNOWN) != 0)
                write_parameter(j, "recorded", strlen("recorded"), "query", false);
        jsonw_end(j);
}

static void write_response(struct jsonw *j, const char *status, const char *description, bool is_error)
{
        jsonw_name(j, status);
        jsonw_object(j);
        jsonw_member_text(j, "description", description);
        if (is_error) {
                jsonw_name(j, "content");
                jsonw_object(j);
                jsonw_name(j, "application/json");
                jsonw_object(j);
                jsonw_name(j, "schema");
                jsonw_object(j);
                jsonw_member_text(j, "$ref", "#/components/schemas/Error");
                jsonw_end(j);
                jsonw_end(j);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void write_operation(struct jsonw *j, const struct route *r, struct buf *scratch,
                            enum language language)
{
        static const char *const methods[] = { "get", "post", "put", "delete" };

        jsonw_name(j, methods[method_index(r->method)]);
        jsonw_object(j);
        buf_reset(scratch);
        write_operation_id(scratch, r);
        jsonw_name(j, "operationId");
        jsonw_text_n(j, scratch->data, scratch->length);
        jsonw_member_text(j, "summary", text(language, r->summary));
        write_parameters(j, r);
        jsonw_name(j, "security");
        jsonw_array(j);
        if (r->right == MAY_READ_PUBLIC) {
                jsonw_object(j);
                jsonw_end(j);
        }
        jsonw_object(j);
        jsonw_name(j, "token");
        jsonw_array(j);
        jsonw_end(j);
        jsonw_end(j);
        jsonw_end(j);
        jsonw_name(j, "responses");
        jsonw_object(j);
        write_response(j, "200", text(language, "the answer"), false);
        write_response(j, "default", text(language, "refused or failed"), true);
        jsonw_end(j);
        jsonw_end(j);
}

static void write_string_schema(struct jsonw *j, const char *name)
{
        jsonw_name(j, name);
        jsonw_object(j);
        jsonw_member_text(j, "type", "string");
        jsonw_end(j);
}

static void write_components(struct jsonw *j)
{
        jsonw_name(j, "components");
        jsonw_object(j);
        jsonw_name(j, "securitySchemes");
        jsonw_object(j);
        jsonw_name(j, "token");
        jsonw_object(j);
        jsonw_member_text(j, "type", "http");
        jsonw_member_text(j, "scheme", "bearer");
        jsonw_end(j);
        jsonw_end(j);
        jsonw_name(j, "schemas");
        jsonw_object(j);
        jsonw_name(j, "Error");
        jsonw_object(j);
        jsonw_member_text(j, "type", "object");
        jsonw_name(j, "required");
        jsonw_array(j);
        jsonw_text(j, "error");
        jsonw_end(j);
        jsonw_name(j, "properties");
        jsonw_object(j);
        jsonw_name(j, "error");
        jsonw_object(j);
        jsonw_member_text(j, "type", "object");
        jsonw_name(j, "properties");
        jsonw_object(j);
        write_string_schema(j, "code");
        write_string_schema(j, "message");
        write_string_schema(j, "hint");
        write_string_schema(j, "while");
        jsonw_end(j);
        jsonw_end(j);
        jsonw_name(j, "fields");
        jsonw_object(j);
        jsonw_member_text(j, "type", "object");
        jsonw_name(j, "additionalProperties");
        jsonw_object(j);
        jsonw_member_text(j, "type", "string");
        jsonw_end(j);
        jsonw_end(j);
        jsonw_end(j);
        jsonw_end(j);
        jsonw_end(j);
        jsonw_end(j);
}

void openapi_write(struct work *w, struct buf *out, const struct routes *all)
{
        enum language language = w->language;
        size_t count;
        const struct route *const *list = routes_all(all, &count);
        struct buf scratch;
        struct jsonw j;

        buf_init_with(&scratch, 0, w->arena);
        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_member_text(&j, "openapi", "3.1.0");
        jsonw_name(&j, "info");
        jsonw_object(&j);
        jsonw_member_text(&j, "title", "Cầu Nối");
        jsonw_member_text(&j, "version", program_version());
        jsonw_member_text(
                &j, "description",
                text(language,
                     "Every address answers .json; lists also .csv and .xlsx. Programs send a token: "
                     "Authorization: Bearer TOKEN."));
        jsonw_end(&j);
        jsonw_name(&j, "paths");
        jsonw_object(&j);
        for (size_t i = 0; i < count; i++) {
                bool is_first = i == 0 || strcmp(list[i - 1]->pattern, list[i]->pattern) != 0;

                if (is_first) {
                        if (i > 0)
                                jsonw_end(&j);
                        buf_reset(&scratch);
                        write_path(&scratch, list[i]->pattern);
                        jsonw_name(&j, scratch.data);
                        jsonw_object(&j);
                }
                write_operation(&j, list[i], &scratch, language);
        }
        if (count > 0)
                jsonw_end(&j);
        jsonw_end(&j);
        write_components(&j);
        jsonw_end(&j);
        buf_char(out, '\n');
        buf_clear(&scratch);
}
