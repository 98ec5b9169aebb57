/* sdmx.c - the area of SDMX: its addresses, its errors, the page for people. */
#include "areas/sdmx/sdmx.h"

#include <string.h>

#include "areas/area.h"
#include "format/html.h"
#include "format/jsonw.h"
#include "report/table.h"

/* ---- errors ---------------------------------------------------------------------------------------------------- */

/* SDMX's own numbers (REST API 1.5, "Error messages") and their HTTP status. */
static const struct {
        enum error_code code;
        int number, status;
        const char *title;
} numbers[] = {
        { ERR_MISSING, 100, 404, "No results found" },
        { ERR_UNAUTHENTICATED, 110, 401, "Unauthorised" },
        { ERR_DENIED, 110, 403, "Unauthorised" },
        { ERR_TOO_BIG, 130, 413, "Response too large" },
        { ERR_USAGE, 140, 400, "Syntax error" },
        { ERR_INVALID, 150, 403, "Semantic error" },
        { ERR_BUSY, 503, 503, "Service unavailable" },
        { ERR_ENVIRONMENT, 503, 503, "Service unavailable" },
        { ERR_NONE, 500, 500, "Internal server error" },
};

static const char *detail_of(struct work *w)
{
        return *w->err.hint == '\0' ? arena_text(w->arena, w->err.message) : arena_print(w->arena, "%s; %s", w->err.message, w->err.hint);
}

static void error_json(struct buf *out, int number, const char *title, const char *detail)
{
        struct jsonw j;

        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_name(&j, "errors");
        jsonw_array(&j);
        jsonw_object(&j);
        jsonw_member_int(&j, "code", number);
        jsonw_member_text(&j, "title", title);
        jsonw_member_text(&j, "detail", detail);
        jsonw_end(&j);
        jsonw_end(&j);
        jsonw_end(&j);
        buf_char(out, '\n');
}

static void error_xml(struct work *w, struct buf *out, int number, const char *title, const char *detail)
{
        buf_print(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<mes:Error xmlns:mes=\"http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message\""
                       " xmlns:com=\"http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common\">"
                       "<mes:ErrorMessage code=\"%d\"><com:Text xml:lang=\"en\">%s</com:Text><com:Text xml:lang=\"%s\">",
                  number, title, language_name(w->language));
        html_text(out, detail);
        BUF_LITERAL(out, "</com:Text></mes:ErrorMessage></mes:Error>\n");
}

/* The standing error as SDMX tells it. What has gone out already stays: then the connection breaks off, as everywhere. */
static bool error_reply(struct work *w, const struct request *r, struct reply *reply, const struct sdmx_problem *problem)
{
        const char *accept = request_header(r, "Accept"), *format = request_query(r, "format", 0), *title, *detail = detail_of(w);
        int number = 501, status = 501;
        size_t i = 0;

        if (reply->body.flushed > 0)
                return false;
        while (numbers[i].code != w->err.code && numbers[i].code != ERR_NONE)
                i++;
        title = "Not implemented";
        if (!problem->is_unsupported) {
                number = numbers[i].number;
                status = reply->status == 406 ? 406 : numbers[i].status;
                title = numbers[i].title;
        }
        error_clear(&w->err);
        buf_reset(&reply->body);
        reply->status = status;
        reply->file_name = NULL;
        if (sdmx_prefers_json(accept, format)) {
                reply->content_type = "application/json";
                error_json(&reply->body, number, title, detail);
        } else {
                reply->content_type = "application/xml";
                error_xml(w, &reply->body, number, title, detail);
        }
        return true;
}

/* ---- answers --------------------------------------------------------------------------------------------------------- */

static bool answer(struct work *w, const struct request *r, struct reply *reply, const char *path, struct sdmx_problem *problem)
{
        bool is_data = strncmp(path, "data/", 5) == 0 || strcmp(path, "data") == 0;
        const char *format_name = request_query(r, "format", 0);
        struct sdmx_csv csv;
        enum sdmx_format format = sdmx_negotiate(is_data, request_header(r, "Accept"), format_name, &csv);
        struct sdmx_query q;

        if (format == SDMX_UNACCEPTABLE) {
                reply->status = 406;
                error_set(&w->err, ERR_USAGE, "none of the formats asked for is offered here");
                return error_hint(&w->err, "%s", is_data ? "SDMX-CSV 2.0 with labels=id, name or both, keys=none, obs, series or both and timeFormat=original, SDMX-JSON 1.0 and 2.0, SDMX-ML 2.1 (format=csv, json, xml)"
                                                         : "SDMX-ML 2.1 and SDMX-JSON 2.0 (format=xml, json)");
        }
        reply->content_type = sdmx_content_type(format);
        if (!is_data)
                return sdmx_structure_write(w, r, path, format, &reply->body, problem);
        if (!sdmx_query_read(w, r, path[4] == '/' ? path + 5 : "", &q, problem))
                return false;
        figures_limit_to_reader(w, &q.figures);
        q.csv = csv;
        if (format == SDMX_CSV && csv.labels != SDMX_LABELS_ID)
                reply_header(reply, "Content-Language", language_name(w->language));
        if (format == SDMX_CSV)
                reply->file_name = arena_print(w->arena, "%s.csv", q.flow->id);
        return sdmx_data_write(w, &q, format, &reply->body);
}

static bool sdmx_get(struct work *w, const struct request *r, struct reply *reply)
{
        struct sdmx_problem problem = { false };

        reply->is_private = *w->user->login != '\0';
        return answer(w, r, reply, request_part(r, "path"), &problem) || error_reply(w, r, reply, &problem);
}

/* ---- the page for people ------------------------------------------------------------------------------------------- */

static bool flow_rows(struct work *w, struct table *t, void *context)
{
        const struct catalogue *c = catalogue_of(w);
        size_t count, n = c == NULL ? 0 : indicator_list(c, NULL, 0);
        const struct indicator **list = arena_array(w->arena, n + 1, sizeof *list);
        const struct sdmx_flow *flows = sdmx_flows(w, &count);

        bool is_page = request_suffix(context) == SUFFIX_HTML; /* addresses are too long for a narrow screen */

        if (c == NULL)
                return false;
        indicator_list(c, list, n);
        for (size_t i = 0; i < count; i++) {
                const char *dimensions = "", *structure = arena_print(w->arena, "/sdmx/datastructure/" SDMX_AGENCY "/%s", flows[i].id);
                const char *data = arena_print(w->arena, "/sdmx/data/%s", flows[i].id);
                int64_t held = 0;

                for (size_t k = 0; k < n; k++)
                        held += sdmx_flow_holds(&flows[i], list[k]);
                for (int d = 0; d < SDMX_TIME_PERIOD; d++)
                        if (sdmx_flow_has(&flows[i], d))
                                dimensions = arena_print(w->arena, "%s%s%s", dimensions, *dimensions == '\0' ? "" : ".", sdmx_components[d].id);
                table_row(t, (struct cell[]){
                                     cell_text(flows[i].id),
                                     cell_text(w->language == LANGUAGE_VI ? flows[i].name_vi : flows[i].name_en),
                                     cell_int(held),
                                     cell_text(dimensions),
                                     cell_link(is_page ? "SDMX-ML" : structure, arena_print(w->arena, "%s?references=descendants", structure)),
                                     cell_link(is_page ? "SDMX-CSV" : data, arena_print(w->arena, "%s?format=csv&lastNObservations=1", data)),
                             });
        }
        return work_ok(w);
}

static bool sdmx_page(struct work *w, const struct request *r, struct reply *reply)
{
        const struct column columns[] = {
                { "dataflow", N_("Dataflow"), NULL, CELL_TEXT },
                { "name", N_("Content"), NULL, CELL_TEXT },
                { "indicators", N_("Indicators"), NULL, CELL_INT },
                { "dimensions", N_("Dimensions of the key"), NULL, CELL_TEXT },
                { "structure", N_("Structure"), NULL, CELL_TEXT },
                { "data", N_("Data"), NULL, CELL_TEXT },
        };
        const char *const notes[] = {
                work_text(w, "For programs: SDMX REST, structures in SDMX-ML 2.1 and SDMX-JSON 2.0, data in SDMX-CSV 2.0, SDMX-JSON 1.0 and 2.0, SDMX-ML 2.1."),
                work_text(w, "Without signing in only published figures are given."), NULL };
        struct page page = { .title = work_text(w, "Figures for other systems (SDMX)"), .nav = NAV_FIGURES,
                             .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1 };

        return table_reply(w, r, reply, &page, "sdmx", notes, columns, (int)(sizeof columns / sizeof *columns), flow_rows, (void *)(uintptr_t)r);
}

static const struct route routes[] = {
        { GET, "/sdmx", sdmx_page, MAY_READ_PUBLIC, 0, N_("Dataflows of SDMX") },
        { GET, "/sdmx/{path...}", sdmx_get, MAY_READ_PUBLIC, ROUTE_ACCEPTS | ROUTE_AS_OF,
          N_("SDMX REST: dataflow, datastructure, codelist, conceptscheme, data") },
        { 0 },
};

const struct area sdmx_area = {
        .name = "sdmx",
        .title = N_("Figures for other systems (SDMX)"),
        .routes = routes,
};
