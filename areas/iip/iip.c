/* iip.c - the workbench of the index of industrial production: its commands and addresses. */
#include "areas/iip/iip.h"

#include <stdio.h>
#include <string.h>

#include "areas/area.h"
#include "figure/filter.h"
#include "ledger/node.h"
#include "report/table.h"

static bool option_period(struct work *w, const struct call *c, const char *name, period *p)
{
        const char *text = call_option(c, name, 0);

        *p = PERIOD_NONE;
        return text == NULL || period_read(text, strlen(text), p) ||
               error_set(&w->err, ERR_USAGE, "\"%s\" is not a period: 2021-03 or 2021", text);
}

static bool option_series(struct work *w, const struct call *c, enum iip_series *series)
{
        const char *name = call_option(c, "series", 0);

        return iip_series_read(name, series) ||
               error_set(&w->err, ERR_USAGE, "\"%s\" is none of production, consumption, inventory, labour", name);
}

static void tell_problems(struct work *w, const struct iip_result *r)
{
        for (int64_t i = 0; i < r->problem_count && i < IIP_LISTED; i++) {
                if (*r->problems[i].sheet != '\0')
                        fprintf(stderr, work_text(w, "sheet \"%s\": "), r->problems[i].sheet);
                if (*r->problems[i].column == '\0')
                        fprintf(stderr, work_text(w, "row %lld: %s"), (long long)r->problems[i].row, r->problems[i].reason);
                else
                        fprintf(stderr, work_text(w, "row %lld, column %s: %s"), (long long)r->problems[i].row, r->problems[i].column, r->problems[i].reason);
                fputc('\n', stderr);
        }
}

static bool run_import(struct work *w, const struct call *c)
{
        const char *path = call_argument(c, 2), *unit = call_option(c, "unit", 0), *slash = strrchr(path, '/'), *source = call_option(c, "source", 0);
        struct iip_import what = { .unit = unit == NULL ? node_unit(w->node) : unit, .is_dry_run = call_has(c, "dry-run"),
                                   .source = source != NULL ? source : slash == NULL ? path : slash + 1, .reason = call_option(c, "reason", 0) };
        struct iip_result result = { 0 };
        bool ok;

        if (!iip_file_read(call_argument(c, 1), &what.file))
                return error_set(&w->err, ERR_USAGE, "the file is none of weights, sample, output, shares");
        if (!option_series(w, c, &what.series) || !option_period(w, c, "from", &what.from) || !option_period(w, c, "base", &what.base) || !option_period(w, c, "overlap", &what.overlap))
                return false;
        ok = iip_import(w, path, &what, &result);
        if (call_is_json(c) && (ok || result.problem_count > 0)) {
                iip_result_json(call_out(c), &result, ok && !what.is_dry_run);
                return ok;
        }
        tell_problems(w, &result);
        if (!ok)
                return error_while(&w->err, "importing \"%s\"", path);
        buf_text(call_out(c), iip_result_said(w, &result, what.is_dry_run));
        buf_char(call_out(c), '\n');
        return true;
}

static bool option_version(struct work *w, const struct call *c, int *version)
{
        return iip_version_read(call_option(c, "vsic", 0), version) || error_set(&w->err, ERR_USAGE, "the classes are those of VSIC 2018 or 2025");
}

static bool show(struct work *w, void *argument)
{
        const struct call *c = argument;
        enum index_comparison comparison;
        struct iip_vintage vintage;
        const struct unit *unit;
        enum iip_series series;
        struct iip_table *t;
        int32_t month;
        int version;
        const struct iip *x;
        enum suffix suffix;

        if (!table_format_read(w, c, &suffix) || !iip_ask_known(w, call_option(c, "known", 0), &vintage) || (unit = iip_unit(w, call_option(c, "unit", 0), vintage)) == NULL || !option_series(w, c, &series) ||
            !option_version(w, c, &version))
                return false;
        x = iip_make(w, unit, series, vintage);
        if (x == NULL || !iip_ask(w, x, call_option(c, "month", 0), call_option(c, "compare", 0), &month, &comparison))
                return iip_missing_then(w, vintage);
        t = iip_table(w, x, month, comparison, version);
        return t != NULL && iip_write(w, suffix, call_out(c), t, call_has(c, "full"));
}

static bool run_show(struct work *w, const struct call *c)
{
        const char *known = call_option(c, "known", 0), *recorded = call_option(c, "recorded", 0);
        moment then;

        return known_read(w, known == NULL ? "" : known, &w->known) && recorded_read(w, recorded == NULL ? "" : recorded, &then) &&
               catalogue_run_known(w, then, show, (void *)(uintptr_t)c);
}

static const struct option import_options[] = {
        { "unit", "CODE", false, N_("the unit it is about; the node's own unless given") },
        { "series", "NAME", false, N_("production, consumption, inventory or labour; production unless given") },
        { "from", "MONTH", false, N_("of weights: the first month they stand for") },
        { "base", "YEAR", false, N_("of weights: the year whose mean month is 100") },
        { "overlap", "PERIOD", false, N_("of weights: the year or month that links them to those before; the month before unless given") },
        { "source", "TEXT", false, N_("where it comes from; the file's name unless given") },
        { "reason", "TEXT", false, N_("why it is said so; it stands beside what another node says otherwise") },
        { "dry-run", NULL, false, N_("check and count, write nothing") },
        { 0 },
};

static const struct option show_options[] = {
        { "unit", "CODE", false, N_("the country or a province; the node's own unless given") },
        { "series", "NAME", false, N_("production, consumption, inventory or labour; production unless given") },
        { "month", "MONTH", false, N_("the newest unless given") },
        { "compare", "mom|yoy|ytd", false, N_("what contributions are to; yoy unless given") },
        { "vsic", "2018|2025", false, N_("the version of the classification whose classes are shown; that of the month's weights unless given") },
        { "known", "DATE", false, N_("as known at the end of that day") },
        { "recorded", "MOMENT", false, N_("of what had been recorded by then: the file that this command wrote at that moment") },
        { "full", NULL, false, N_("also cells that must not be published") },
        { "format", "csv|json|xlsx|csvw", false, N_("csv unless said otherwise; csvw: what the file iip.csv of the same question is about, for iip.csv-metadata.json") },
        { 0 },
};

static const struct command commands[] = {
        { "iip import", "NODE weights|sample|output|shares FILE", 3, 3, COMMAND_WRITES, import_options, run_import,
          N_("read weights, the sample, monthly output or shares of divided classes for the production index, all rows or none"),
          N_("CSV or XLSX; the first row names the columns. weights: code, parent, name, measure, weight, base_quantity (the whole first, parents "
             "before children; what has a measure is a product; base_quantity is the output of the base year, taken from the reports where "
             "it is empty). sample: establishment, name, product, from, to (several rows of an establishment and product are stretches of months in which it is "
             "asked; those of several files add up). output: month, establishment, product, measure, quantity. "
             "shares: from, to, share, source, date (classes of VSIC 2018 that VSIC 2025 divides, in percent of what no product decides; a row without "
             "to and share takes back what was stated).") },
        { "iip show", "NODE", 1, 1, COMMAND_READS, show_options, run_show,
          N_("the index of industrial production of a month: levels, comparisons, contributions"),
          N_("CSV, or as --format says. Cells from which figures of single establishments could be told are empty unless --full is given.") },
        { 0 },
};

static const struct route routes[] = {
        { GET, "/iip", iip_page, MAY_READ, ROUTE_SLOW | ROUTE_KNOWN, N_("Index of industrial production: levels, comparisons, contributions") },
        { GET, "/iip/why", iip_why_page, MAY_READ, ROUTE_SLOW | ROUTE_UNLISTED | ROUTE_KNOWN, N_("Why an industry or product moved, down to establishments") },
        { GET, "/iip/import", iip_import_page, MAY_IMPORT, ROUTE_NO_ETAG, N_("The page to import weights, the sample and monthly output") },
        { GET, "/iip/form", iip_form_page, MAY_IMPORT, 0, N_("Who is asked for what output in a month: a file to fill in and import again") },
        { POST, "/iip/import", iip_import_upload, MAY_IMPORT, ROUTE_SLOW | ROUTE_UPLOAD, N_("Import a file for the production index") },
        { 0 },
};

/* Whether a node may report for a unit is judged by the map. */
static const struct catalogue_dependent rests_on_catalogue = {
        .kind_prefixes = (const char *const[]){ "iip.", NULL },
        .tables = (const char *const[]){ "iip_weights", "iip_shares", "iip_sample", "iip_output", "iip_version", "iip_told", NULL },
};

const struct area iip_area = {
        .name = "iip",
        .title = N_("Index of industrial production"),
        .routes = routes,
        .commands = commands,
        .kinds = iip_kinds,
        .tables = iip_tables,
        .rests_on_catalogue = &rests_on_catalogue,
        .own = { &iip_own, &iip_records },
};
