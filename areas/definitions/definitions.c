#include "areas/definitions/definitions.h"

#include <string.h>

#include "areas/area.h"
#include "areas/definitions/arrange.h"
#include "areas/definitions/pages.h"
#include "figure/own.h"
#include "form/form.h"
#include "format/jsonw.h"
#include "ledger/write.h"

/* ---- GET /indicators ------------------------------------------------------------------------------------- */

static const char *const additive_words[] = { "none", "flow", "stock" };
static const char *const additive_titles[] = { N_("not added up"), N_("over units and time"), N_("over units") };

static bool indicators_page(struct work *w, const struct catalogue *c, struct buf *out, const struct indicator **list,
                            size_t count, const char *title)
{
        const struct column columns[] = {
                { "name", N_("Indicator"), NULL, CELL_TEXT },
                { "unit", N_("Unit of measure"), NULL, CELL_TEXT },
                { "items", N_("Broken down by"), NULL, CELL_TEXT },
                { "additive", N_("Added up"), NULL, CELL_TEXT },
                { "source", N_("Source"), NULL, CELL_TEXT },
                { "legal_basis", N_("Legal basis"), NULL, CELL_TEXT },
                { "id", N_("Identifier"), NULL, CELL_TEXT },
        };
        struct table *t = table_begin_below(w, SUFFIX_HTML, out, title, NULL, columns, (int)(sizeof columns / sizeof *columns));
        bool is_en = w->language == LANGUAGE_EN;

        if (t == NULL)
                return false;
        for (size_t i = 0; i < count; i++) {
                const struct indicator *k = list[i];
                const struct classification *by = classification_find(c, k->item_classification);
                const char *unit = is_en ? k->unit_en : k->unit_vi;
                struct cell cells[] = {
                        cell_link(is_en ? k->name_en : k->name_vi, arena_print(w->arena, "/figures?indicator=%s", k->id)),
                        cell_text(unit[0] == '\0' ? work_text(w, "each item its own") : unit),
                        by == NULL ? cell_empty() : cell_text(is_en ? by->name_en : by->name_vi),
                        cell_text(work_text(w, additive_titles[k->additive])),
                        cell_text(is_en ? k->source_en : k->source_vi),
                        cell_text(k->is_verified ? k->legal_basis
                                                 : arena_print(w->arena, work_text(w, "%s (to be checked)"), k->legal_basis)),
                        cell_text(k->id),
                };

                table_row(t, cells);
        }
        return table_end(t, NULL);
}

static bool indicators_write(struct work *w, const struct request *r, enum suffix suffix, struct buf *out, const struct indicator **list,
                             size_t count, const char *title)
{
        const struct column columns[] = {
                { "id", N_("Identifier"), NULL, CELL_TEXT },
                { "name_vi", N_("Name (Vietnamese)"), NULL, CELL_TEXT },
                { "name_en", N_("Name (English)"), NULL, CELL_TEXT },
                { "unit_vi", N_("Unit of measure (Vietnamese)"), NULL, CELL_TEXT },
                { "unit_en", N_("Unit of measure (English)"), NULL, CELL_TEXT },
                { "decimals", N_("Decimals kept"), NULL, CELL_INT },
                { "shown", N_("Decimals shown"), NULL, CELL_INT },
                { "additive", N_("Added up"), NULL, CELL_TEXT },
                { "is_index", N_("Index with base 100"), NULL, CELL_INT },
                { "comparison", N_("Comparison"), NULL, CELL_TEXT },
                { "items", N_("Classification of items"), NULL, CELL_TEXT },
                { "partners", N_("Classification of partners"), NULL, CELL_TEXT },
                { "formula", N_("Formula"), NULL, CELL_TEXT },
                { "source_vi", N_("Source (Vietnamese)"), NULL, CELL_TEXT },
                { "source_en", N_("Source (English)"), NULL, CELL_TEXT },
                { "least", N_("Least plausible value"), NULL, CELL_NUMBER },
                { "most", N_("Greatest plausible value"), NULL, CELL_NUMBER },
                { "from", N_("First day"), NULL, CELL_DAY },
                { "to", N_("Last day"), NULL, CELL_DAY },
                { "legal_basis", N_("Legal basis"), NULL, CELL_TEXT },
                { "is_verified", N_("Verified"), NULL, CELL_INT },
        };
        struct table *t = table_begin_below(w, suffix, out, title, NULL, columns, (int)(sizeof columns / sizeof *columns));

        if (t == NULL)
                return false;
        table_describe(t, about_table(w, title, 0, request_target(r), NULL, 0, true));
        for (size_t i = 0; i < count; i++) {
                const struct indicator *k = list[i];
                struct cell cells[] = {
                        cell_text(k->id),
                        cell_text(k->name_vi),
                        cell_text(k->name_en),
                        cell_text(k->unit_vi),
                        cell_text(k->unit_en),
                        cell_int(k->decimals),
                        cell_int(k->shown),
                        cell_text(additive_words[k->additive]),
                        cell_int(k->is_index),
                        cell_text(k->comparison),
                        cell_text(k->item_classification),
                        cell_text(k->partner_classification),
                        cell_text(k->formula),
                        cell_text(k->source_vi),
                        cell_text(k->source_en),
                        k->least == INT64_MIN ? cell_empty() : cell_number(k->least, k->decimals, -1),
                        k->most == INT64_MAX ? cell_empty() : cell_number(k->most, k->decimals, -1),
                        k->from == DAY_NONE ? cell_empty() : cell_day(k->from),
                        k->to == DAY_FOREVER ? cell_empty() : cell_day(k->to),
                        cell_text(k->legal_basis),
                        cell_int(k->is_verified),
                };

                table_row(t, cells);
        }
        return table_end(t, NULL);
}

static bool indicators_list(struct work *w, const struct request *r, struct reply *reply)
{
        const struct catalogue *c = catalogue_of(w);
        enum suffix suffix = request_suffix(r);
        struct list_view v = { .title = work_text(w, "Indicators") };
        struct page page = { .title = v.title, .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } },
                             .crumb_count = 1, .defined_by = { "indicators/", "*.indicator", "classifications", "measures.yaml" } };
        const struct indicator **list;
        size_t count;

        if (c == NULL)
                return false;
        count = indicator_list(c, NULL, 0);
        list = arena_array(w->arena, count + 1, sizeof *list);
        indicator_list(c, list, count);
        if (suffix != SUFFIX_HTML) {
                table_file(w, r, reply, "indicators");
                return indicators_write(w, r, suffix, &reply->body, list, count, v.title);
        }
        v.lede = arena_print(w->arena, work_text(w, "%zu indicators; a name opens its figures"), count);
        v.links = (struct links){ "/indicators.csv", "/indicators.xlsx", "/indicators.json" };
        page_begin(w, r, reply, &page);
        definitions_list(w, &reply->body, &v);
        if (!indicators_page(w, c, &reply->body, list, count, v.title))
                return false;
        page_end(w, r, reply, &page);
        return work_ok(w);
}

/* ---- caunoi catalogue check, load ---------------------------------------------------------------------------- */

/* What a checked folder holds, or every complaint: file:line:column: message. */
static void tell(struct work *w, const struct call *call, const char *folder, const struct catalogue *c,
                 const struct complaints *complaints, size_t files, size_t changed)
{
        struct buf *out = call_out(call);
        size_t counts[LEVEL_COUNT], units = 0;
        const struct unit_change *changes;
        day today = day_of_moment(w->now);

        for (int level = 0; level < LEVEL_COUNT; level++)
                units += counts[level] = c == NULL ? 0 : unit_list(c, (enum unit_level)level, today, NULL, 0);
        if (call_is_json(call)) {
                struct jsonw j;

                jsonw_init(&j, out);
                jsonw_object(&j);
                jsonw_member_int(&j, "files", (int64_t)files);
                jsonw_member_int(&j, "changed", (int64_t)changed);
                jsonw_member_int(&j, "units_today", (int64_t)units);
                jsonw_member_int(&j, "changes", c == NULL ? 0 : (int64_t)unit_changes(c, &changes));
                jsonw_member_int(&j, "indicators", c == NULL ? 0 : (int64_t)indicator_list(c, NULL, 0));
                jsonw_name(&j, "complaints");
                jsonw_array(&j);
                for (size_t i = 0; i < complaints->count; i++) {
                        const struct complaint *k = &complaints->list[i];

                        jsonw_object(&j);
                        jsonw_member_text(&j, "file", k->file);
                        jsonw_member_int(&j, "line", k->line);
                        jsonw_member_int(&j, "column", k->column);
                        jsonw_member_text(&j, "message", k->message);
                        jsonw_end(&j);
                }
                jsonw_end(&j);
                jsonw_end(&j);
                buf_char(out, '\n');
                return;
        }
        for (size_t i = 0; i < complaints->count; i++) {
                const struct complaint *k = &complaints->list[i];

                buf_print(out, "%s/%s:%d:%d: %s\n", folder, k->file, k->line, k->column, k->message);
        }
        if (complaints->count == 0) {
                buf_print(out, work_text(w, "%zu files, %zu provinces and %zu communes today, %zu changes, %zu indicators"), files,
                          counts[LEVEL_PROVINCE], counts[LEVEL_COMMUNE], c == NULL ? 0 : unit_changes(c, &changes),
                          c == NULL ? 0 : indicator_list(c, NULL, 0));
                buf_char(out, '\n');
        }
}

static bool refuse(struct work *w, size_t complaints)
{
        if (complaints == 0)
                return true;
        error_clear(&w->err);
        error_set(&w->err, ERR_INVALID, "%zu complaints", complaints);
        return error_hint(&w->err, "correct the files and check again; nothing was changed");
}

static bool run_check(struct work *w, const struct call *call)
{
        struct complaints complaints = { .arena = w->arena, .language = w->language };
        const char *folder = call_argument(call, 0);
        size_t count;
        struct source *files;
        struct catalogue *c;

        form_register();
        files = catalogue_folder(w->arena, folder, &count, &w->err);
        if (files == NULL)
                return false;
        c = catalogue_check(w->arena, files, count, &complaints);
        tell(w, call, folder, c, &complaints, count, 0);
        return refuse(w, complaints.count);
}

struct load {
        const struct source *files;
        size_t count, changed;
        struct complaints complaints;
        const char *reason;             /* NULL: none is given */
        bool is_told;                   /* what is told of it is read before the commit: after that nothing may fail */
        const struct catalogue *loaded;
};

static bool load_job(struct work *w, void *argument)
{
        struct load *l = argument;

        if (!catalogue_load(w, l->files, l->count, l->reason, &l->complaints, &l->changed))
                return false;
        l->loaded = l->is_told ? catalogue_of(w) : NULL;
        return work_ok(w);
}

static bool run_load(struct work *w, const struct call *call)
{
        struct load l = { .complaints = { .arena = w->arena, .language = w->language }, .is_told = call_is_json(call), .reason = call_option(call, "reason", 0) };
        const char *folder = call_argument(call, 1);

        form_register();
        l.files = catalogue_folder(w->arena, folder, &l.count, &w->err);
        if (l.files == NULL)
                return false;
        if (!ledger_write(w, load_job, &l)) {
                if (l.complaints.count > 0)
                        tell(w, call, folder, NULL, &l.complaints, l.count, 0);
                return l.complaints.count > 0 ? refuse(w, l.complaints.count) : false;
        }
        if (call_is_json(call)) {
                tell(w, call, folder, l.loaded, &l.complaints, l.count, l.changed);
        } else {
                buf_print(call_out(call), work_text(w, "%zu of %zu files changed"), l.changed, l.count);
                buf_char(call_out(call), '\n');
        }
        return true;
}

#define REASON_OPTION { "reason", "TEXT", false, N_("why it is said so; it stands beside what another node says otherwise") }

static const struct option load_options[] = {
        REASON_OPTION,
        { 0 },
};

static const struct option record_options[] = {
        REASON_OPTION,
        { "dry-run", NULL, false, N_("check it against everything there is, and change nothing") },
        { 0 },
};

static const struct command commands[] = {
        { "catalogue check", "DIR", 1, 1, COMMAND_ALONE, NULL, run_check,
          N_("parse and cross-check a folder of data files"),
          N_("Prints every complaint as file:line:column: message. The folder is laid out like the program's own data: "
             "units, classifications, indicators, calendar, forms, classifications.yaml and periods.yaml.") },
        { "catalogue load", "NODE DIR", 2, 2, COMMAND_WRITES, load_options, run_load,
          N_("make the data files of a folder the node's catalogue"),
          N_("At the ministry's node they become the catalogue of all nodes; at another node its own copies, which serve "
             "until the ministry's arrive. Files that do not differ are passed over; with any complaint nothing changes. What is loaded in "
             "sight of two versions that nodes of the ministry wrote without having seen each other takes the place of both.") },
        { "units record", "NODE FILE.csv", 2, 2, COMMAND_WRITES, record_options, run_units_record,
          N_("record a merger or a split of units with its legal act, day and shares"),
          N_("The file's columns: old, new, share, date, act, basis, kind, name_vi, name_en, parent; also short_name, letters, region. "
             "A row for each part of an old unit; kind, names and parent in the first row of each new unit. The shares of a divided "
             "unit add up to exactly 1 and say in basis what they are shares of (\"population on 2024-04-01\"), or all stay empty: "
             "then nothing is apportioned. Where a divided unit has units below, there is a row for each of them. At the ministry's "
             "node it is in force everywhere after the next exchange.") },
        { "units withdraw", "NODE NAME", 2, 2, COMMAND_WRITES, load_options, run_units_withdraw,
          N_("withdraw a recorded change: every answer is again what it was before"),
          N_("Both entries stay in the ledger. Refused where another recorded change rests on it.") },
        { "units recorded", "NODE", 1, 1, COMMAND_READS, NULL, run_units_recorded, N_("the names of the changes recorded at this node or the ministry's"), NULL },
        { 0 },
};

static const struct route routes[] = {
        { GET, "/units", units_list, MAY_READ_PUBLIC, ROUTE_PAST, N_("Places: units of a level on a day") },
        { GET, "/units/changes", units_changes, MAY_READ_PUBLIC, ROUTE_PAST, N_("Mergers, splits and renamings with their legal acts") },
        { GET, "/units/{code}", units_one, MAY_READ_PUBLIC, ROUTE_PAST, N_("One place: every unit that ever had the code") },
        { GET, "/calendar", calendar_list, MAY_READ_PUBLIC, ROUTE_PAST, N_("Days off and make-up days, by which working days are counted") },
        { GET, "/indicators", indicators_list, MAY_READ_PUBLIC, ROUTE_PAST, N_("Indicators: what is measured, in which unit, by whom") },
        { 0 },
};

const struct area definitions_area = {
        .name = "definitions",
        .title = N_("Places and indicators"),
        .routes = routes,
        .commands = commands,
        .find = definitions_find,
        .due = calendar_due,
        .own = { &definitions_own },
};
