/* figures.c - the area of figures: its commands and addresses. */
#include <string.h>
#include <unistd.h>

#include "areas/area.h"
#include "areas/figures/import.h"
#include "areas/figures/page.h"
#include "areas/figures/revisions.h"
#include "areas/figures/rows.h"
#include "figure/filter.h"
#include "format/jsonw.h"

/* ---- import ------------------------------------------------------------------------------------------- */

static void rows_json(struct jsonw *j, const char *name, const struct import_row *rows, int64_t count)
{
        jsonw_name(j, name);
        jsonw_array(j);
        for (int64_t i = 0; i < count && i < IMPORT_LISTED; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "sheet", rows[i].sheet);
                jsonw_member_int(j, "row", rows[i].row);
                jsonw_member_text(j, "column", rows[i].column);
                jsonw_member_text(j, "reason", rows[i].reason);
                jsonw_end(j);
        }
        jsonw_end(j);
}

void import_result_json(struct work *w, struct buf *out, const struct import_result *r)
{
        struct jsonw j;

        (void)w;
        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_member_int(&j, "rows", r->rows);
        jsonw_member_int(&j, "figures", r->figures);
        jsonw_member_bool(&j, "imported", r->is_written);
        jsonw_name(&j, "not_imported");
        jsonw_array(&j);
        for (size_t i = 0; i < r->left_out_count; i++) {
                jsonw_object(&j);
                jsonw_member_text(&j, "measure", r->left_out[i].name);
                jsonw_member_int(&j, "count", r->left_out[i].count);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_member_int(&j, "warning_count", r->odd_count);
        rows_json(&j, "warnings", r->odd, r->odd_count);
        jsonw_member_int(&j, "bad_count", r->bad_count);
        rows_json(&j, "bad", r->bad, r->bad_count);
        jsonw_end(&j);
        buf_char(out, '\n');
}

static bool to_standard_error(void *context, const char *bytes, size_t length)
{
        (void)context;
        while (length > 0) {
                ssize_t n = write(STDERR_FILENO, bytes, length);

                if (n <= 0)
                        return false;
                bytes += n;
                length -= (size_t)n;
        }
        return true;
}

static void rows_print(struct work *w, struct buf *out, const char *kind, const struct import_row *rows, int64_t count)
{
        for (int64_t i = 0; i < count && i < IMPORT_LISTED; i++) {
                if (*rows[i].sheet != '\0')
                        buf_print(out, work_text(w, "sheet \"%s\": "), rows[i].sheet);
                buf_print(out, work_text(w, "%s: row %lld"), kind, (long long)rows[i].row);
                if (*rows[i].column != '\0') {
                        buf_text(out, ", ");
                        buf_print(out, work_text(w, "column %s"), rows[i].column);
                }
                buf_text(out, ": ");
                buf_text(out, rows[i].reason);
                buf_char(out, '\n');
        }
        if (count > IMPORT_LISTED) {
                buf_print(out, work_text(w, "… and %lld more"), (long long)(count - IMPORT_LISTED));
                buf_char(out, '\n');
        }
}

static bool run_import(struct work *w, const struct call *c)
{
        const char *path = call_argument(c, 1), *slash = strrchr(path, '/'), *source = call_option(c, "source", 0);
        struct import_options options = { .table = call_option(c, "table", 0),
                                          .name = source != NULL ? source : slash == NULL ? path : slash + 1,
                                          .is_dry_run = call_has(c, "dry-run") };
        struct buf *out = call_out(c), problems;
        struct import_result r;
        bool ok = import_file(w, path, &options, &r);

        if (call_is_json(c)) {
                if (ok || r.bad_count > 0)
                        import_result_json(w, out, &r);
                return ok;
        }
        buf_init_sink(&problems, to_standard_error, NULL);
        rows_print(w, &problems, work_text(w, "warning"), r.odd, r.odd_count);
        rows_print(w, &problems, work_text(w, "error"), r.bad, r.bad_count);
        buf_finish(&problems);
        buf_clear(&problems);
        if (!ok)
                return error_while(&w->err, "importing \"%s\"", path);
        buf_print(out, r.is_written ? work_text(w, "%lld rows read, %lld figures imported")
                                    : work_text(w, "%lld rows read, %lld figures are good; nothing was written"),
                  (long long)r.rows, (long long)r.figures);
        buf_char(out, '\n');
        for (size_t i = 0; i < r.left_out_count; i++) {
                buf_print(out, work_text(w, "not imported: measure %s, %lld rows"), r.left_out[i].name,
                          (long long)r.left_out[i].count);
                buf_char(out, '\n');
        }
        return true;
}

/* ---- export -------------------------------------------------------------------------------------------- */

static const char *from_call(const void *source, const char *name, int nth)
{
        if (strcmp(name, "children") == 0)
                return nth == 0 && call_has(source, name) ? "1" : NULL;
        return call_option(source, name, nth);
}

struct export {
        const struct call *call;
        enum suffix suffix;
};

static bool write_export(struct work *w, void *argument)
{
        const struct export *e = argument;
        struct figure_query q;

        return filter_read(w, from_call, e->call, &q) && filter_fits(w, &q) && rows_write(w, e->suffix, call_out(e->call), &q, NULL, 0, NULL, NULL);
}

static bool run_export(struct work *w, const struct call *c)
{
        const char *known = call_option(c, "known", 0), *recorded = call_option(c, "recorded", 0);
        struct export e = { .call = c };
        moment then;

        return table_format_read(w, c, &e.suffix) && known_read(w, known == NULL ? "" : known, &w->known) && recorded_read(w, recorded == NULL ? "" : recorded, &then) &&
               catalogue_run_known(w, then, write_export, &e);
}

static const struct option import_options_list[] = {
        { "table", "NAME", false,
          N_("a publisher's table: iip, product, export, import, labour, consumption, gdp_const, gdp_current") },
        { "source", "TEXT", false, N_("where the figures come from, shown with each; the file's name unless given") },
        { "dry-run", NULL, false, N_("check and count, write nothing") },
        { 0 },
};

static const struct option export_options[] = {
        { "indicator", "I", true, N_("an indicator; repeatable, all without it") },
        { "unit", "CODE", true, N_("a unit at the figure's own date, or CODE@DATE; repeatable") },
        { "children", NULL, false, N_("also the units directly below") },
        { "from", "PERIOD", false, N_("first period: 2021-03, 2021-Q1, 2021") },
        { "to", "PERIOD", false, N_("last period") },
        { "item", "CODE", true, N_("an item of the classification; repeatable") },
        { "partner", "CODE", true, N_("a partner; repeatable") },
        { "boundary", "then|now|DATE", false, N_("the map to show figures on") },
        { "known", "DATE", false, N_("as known at the end of that day") },
        { "recorded", "MOMENT", false, N_("of what had been recorded by then: the file that this command wrote at that moment") },
        { "compare", "HOW", false, N_("yoy, mom, ytd, ytd_yoy, share or contribution") },
        { "status", "STATUS", false, N_("draft, submitted, approved or published") },
        { "format", "csv|json|xlsx|csvw", false, N_("csv unless said otherwise; csvw: what the file figures.csv of the same filters is about, for figures.csv-metadata.json") },
        { 0 },
};

static const struct command commands[] = {
        { "import", "NODE FILE", 2, 2, COMMAND_WRITES, import_options_list, run_import,
          N_("read figures from a CSV or XLSX file, all rows or none"),
          N_("Columns by name in the first row: indicator, unit, period, value and, where wanted, item, partner, status, "
             "mark, known_from. Every row that is wrong is listed with its column and the reason; then nothing is "
             "imported.\n\nWith --table the columns are release, period, code, measure, value; the last day of the "
             "release's month becomes the day from which the figures were known. Measures that are not imported are "
             "named with their number.") },
        { "export", "NODE", 1, 1, COMMAND_READS, export_options, run_export,
          N_("write figures as CSV, JSON or XLSX; the same answer as the address /figures"), NULL },
        { 0 },
};

static const struct route routes[] = {
        { GET, "/figures", figures_page, MAY_READ_PUBLIC, ROUTE_KNOWN, N_("Figures: filters, comparisons, any day's knowledge") },
        { GET, "/figures/explain", explain_page, MAY_READ_PUBLIC, ROUTE_UNLISTED | ROUTE_KNOWN, N_("One figure: formula, inputs, versions, entries") },
        { GET, "/figures/entry/{hash}", entry_page, MAY_READ_PUBLIC, 0, N_("The signed entry a figure came in: writer, approval, signature, receipt") },
        { GET, "/figures/entry/{hash}/file", entry_file, MAY_READ, 0, N_("The same entry with its seal, to be checked without a node") },
        { GET, "/figures/revisions", revisions_page, MAY_READ_PUBLIC, ROUTE_UNLISTED | ROUTE_KNOWN, N_("A series: every version, what it changed, mean revisions") },
        { GET, "/figures/triangle", triangle_page, MAY_READ_PUBLIC, ROUTE_UNLISTED | ROUTE_KNOWN, N_("A series: what stood for each period at each publication") },
        { GET, "/import", import_page, MAY_IMPORT, ROUTE_NO_ETAG, N_("The page to import a file") },
        { POST, "/import", import_upload, MAY_IMPORT, ROUTE_SLOW | ROUTE_UPLOAD, N_("Import a CSV or XLSX file") },
        { 0 },
};

const struct area figures_area = {
        .name = "figures",
        .title = N_("Figures"),
        .routes = routes,
        .commands = commands,
};
