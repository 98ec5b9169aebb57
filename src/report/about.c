#include "report/about.h"

#include <string.h>

#include "base/text.h"
#include "figure/filter.h"
#include "report/figure_text.h"
#include "report/table.h"

#define LINES_OF_QUESTION 20
#define LINES_OF_INDICATOR 14

struct writing {
        struct work *w;
        struct about *about;
        const char *indicator; /* under way */
};

static void line_add(struct writing *a, const char *name, const char *label, const char *value)
{
        if (value != NULL && *value != '\0')
                a->about->lines[a->about->count++] = (struct about_line){ name, work_text(a->w, label), value, a->indicator, false };
}

static const char *joined(struct work *w, const char *const *list, size_t count)
{
        const char *all = "";

        for (size_t i = 0; i < count; i++)
                all = arena_print(w->arena, "%s%s%s", all, *all == '\0' ? "" : ", ", list[i]);
        return all;
}

static const char *period_plain(struct work *w, period p)
{
        char text[PERIOD_TEXT_MAX];

        if (p == PERIOD_NONE)
                return "";
        period_write(text, p);
        return arena_text(w->arena, text);
}

static const char *boundary_plain(struct work *w, const struct figure_query *q)
{
        char text[DAY_TEXT_MAX];

        if (q->boundary == BOUNDARY_THEN)
                return work_text(w, N_("as it was in each period"));
        day_write(text, q->boundary == BOUNDARY_DATE ? q->boundary_day : day_of_moment(w->now));
        return arena_text(w->arena, text);
}

static void licence_add(struct writing *a)
{
        line_add(a, "licence", N_("Terms of use"),
                 work_text(a->w, N_("official statistics: may be used again where the source is named; terms of the source hold")));
}

/* Where it was asked, of which day it is, and how it is had again as it is. */
static void answer_add(struct writing *a, const char *address, moment known)
{
        struct work *w = a->w;

        if (address != NULL)
                line_add(a, "address", N_("Address on the node that answered"), recorded_not_asked(w, address));
        line_add(a, "known", N_("As known on"), known_shown(w, known == 0 ? w->now : known));
        if (!web_can_again())
                return;
        if (address != NULL && user_may(w->user, MAY_READ)) /* to others it is refused */
                line_add(a, "again", N_("Address that prints this again as it is"), recorded_address(w, address));
        line_add(a, "recorded", N_("As recorded by"), recorded_text(w, w->now));
}

static void question_add(struct writing *a, const struct figure_query *q, const struct about_rows *rows, const char *address)
{
        struct work *w = a->w;
        const char *units = joined(w, q->units, q->unit_count);

        answer_add(a, address, q->known);
        line_add(a, "newest", N_("Newest figure known from"), known_shown(w, rows->newest));
        line_add(a, "units", N_("Units asked for"),
                 q->with_children ? arena_print(w->arena, work_text(w, N_("%s with the units below")), units) : units);
        line_add(a, "from", N_("From period"), period_plain(w, q->from));
        line_add(a, "to", N_("To period"), period_plain(w, q->to));
        line_add(a, "items", N_("Items asked for"), joined(w, q->items, q->item_count));
        line_add(a, "partners", N_("Partners asked for"), joined(w, q->partners, q->partner_count));
        line_add(a, "boundary", N_("Map of units"), boundary_plain(w, q));
        line_add(a, "compare", N_("Compared"), compare_shown(w, q->compare));
        line_add(a, "status", N_("Status"), q->only_published ? work_text(w, N_("published figures only")) : status_shown(w, q->status));
        licence_add(a);
        line_add(a, "marks", N_("Marks"),
                 work_text(w, N_("estimate, preliminary, official, revised: how firm the publisher calls it; draft, submitted, approved: not yet published; "
                                 "contested: another node wrote another value; n of m: so many parts are there of those expected")));
        line_add(a, "empty", N_("Empty cells"), work_text(w, N_("no figure is known; never zero")));
}

static const char *adding_up(const struct indicator *i)
{
        static const char *const said[] = {
                [ADDITIVE_NONE] = N_("not at all (index or rate)"),
                [ADDITIVE_FLOW] = N_("over units and over time"),
                [ADDITIVE_STOCK] = N_("over units, not over time (level at a point in time)"),
        };

        return said[i->additive];
}

static void indicator_add(struct writing *a, const struct indicator *i)
{
        a->indicator = i->id;
        line_add(a, "code", N_("Indicator"), i->id);
        a->about->lines[a->about->count - 1].begins_part = true;
        line_add(a, "name_vi", N_("Name (Vietnamese)"), i->name_vi);
        line_add(a, "name_en", N_("Name (English)"), i->name_en);
        line_add(a, "unit_vi", N_("Unit of measure (Vietnamese)"), i->unit_vi);
        line_add(a, "unit_en", N_("Unit of measure (English)"), i->unit_en);
        line_add(a, "additive", N_("Added up"), work_text(a->w, adding_up(i)));
        line_add(a, "formula", N_("Formula"), i->formula);
        line_add(a, "source_vi", N_("Source (Vietnamese)"), i->source_vi);
        line_add(a, "source_en", N_("Source (English)"), i->source_en);
        line_add(a, "legal_basis", N_("Legal basis"), i->legal_basis);
        line_add(a, "definition", N_("Definition"), "/indicators");
        a->indicator = NULL;
}

static struct about *about_begin(struct work *w, const char *title, const char *address, size_t most)
{
        struct about *about = arena_alloc(w->arena, sizeof *about);

        *about = (struct about){ .title = title, .csv = address == NULL ? NULL : about_in_format(w, address, "csv"),
                                 .lines = arena_array(w->arena, most, sizeof *about->lines) };
        return about;
}

struct about *about_figures(struct work *w, const char *title, const struct figure_query *q, const struct about_rows *rows,
                            const char *address)
{
        const struct indicator **list = rows->indicators != NULL ? rows->indicators : q->indicators;
        size_t count = rows->indicators != NULL ? rows->indicator_count : q->indicator_count;
        struct about *about = about_begin(w, title, address, LINES_OF_QUESTION + count * LINES_OF_INDICATOR);
        struct writing a = { .w = w, .about = about };

        question_add(&a, q, rows, address);
        for (size_t i = 0; i < count; i++)
                indicator_add(&a, list[i]);
        return about;
}

struct about *about_table(struct work *w, const char *title, moment known, const char *address, const struct about_line *lines, size_t count,
                          bool is_open)
{
        struct about *about = about_begin(w, title, address, LINES_OF_QUESTION + count);
        struct writing a = { .w = w, .about = about };

        about->is_for_files = true;
        answer_add(&a, address, known);
        if (is_open)
                licence_add(&a);
        for (size_t i = 0; i < count; i++)
                line_add(&a, lines[i].name, lines[i].label, lines[i].value);
        return about;
}

void about_json(struct jsonw *j, const struct about *about)
{
        const char *open = NULL;

        jsonw_object(j);
        for (size_t i = 0; i < about->count; i++)
                if (about->lines[i].indicator == NULL)
                        jsonw_member_text(j, about->lines[i].name, about->lines[i].value);
        jsonw_name(j, "indicators");
        jsonw_array(j);
        for (size_t i = 0; i < about->count; i++) {
                const struct about_line *line = &about->lines[i];

                if (line->indicator == NULL)
                        continue;
                if (line->begins_part) {
                        if (open != NULL)
                                jsonw_end(j);
                        jsonw_object(j);
                        open = line->indicator;
                }
                jsonw_member_text(j, line->name, line->value);
        }
        if (open != NULL)
                jsonw_end(j);
        jsonw_end(j);
        jsonw_end(j);
}

/* ---- CSVW ------------------------------------------------------------------------------------------------ */

const char *about_in_format(struct work *w, const char *address, const char *suffix)
{
        static const char *const cut[] = { ".html", ".json", ".csv", ".csvm", ".xlsx" };
        size_t path = strcspn(address, "?"), length = path;

        for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
                size_t n = strlen(cut[i]);

                if (path > n && memcmp(address + path - n, cut[i], n) == 0)
                        length = path - n;
        }
        return arena_print(w->arena, "%.*s.%s%s", (int)length, address, suffix, address + path);
}

static const char *value_of(const struct about *about, const char *name)
{
        for (size_t i = 0; i < about->count; i++)
                if (strcmp(about->lines[i].name, name) == 0)
                        return about->lines[i].value;
        return NULL;
}

static void member_if(struct jsonw *j, const char *name, const char *value)
{
        if (value != NULL)
                jsonw_member_text(j, name, value);
}

/* A text of ours in both languages, each marked; what has no other language as it is. */
static void both_write(struct jsonw *j, const char *name, const char *english)
{
        static const enum language languages[] = { LANGUAGE_VI, LANGUAGE_EN };

        if (english == NULL || *english == '\0')
                return;
        jsonw_name(j, name);
        if (strcmp(text(LANGUAGE_VI, english), english) == 0) {
                jsonw_text(j, english);
                return;
        }
        jsonw_array(j);
        for (int i = 0; i < 2; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "@value", text(languages[i], english));
                jsonw_member_text(j, "@language", language_name(languages[i]));
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void column_write(struct jsonw *j, const char *name, const char *title, const char *type, const char *unit)
{
        jsonw_object(j);
        jsonw_member_text(j, "titles", name); /* as in the file's head; from it CSVW makes the name */
        both_write(j, "dc:description", title);
        jsonw_member_text(j, "datatype", type);
        both_write(j, "schema:unitText", unit);
        jsonw_end(j);
}

/* As table.c writes them: behind a column with a unit there is one that repeats it. */
static void columns_write(struct work *w, struct jsonw *j, const struct column *columns, int count)
{
        static const char *const types[] = { [CELL_TEXT] = "string", [CELL_NUMBER] = "decimal", [CELL_INT] = "integer", [CELL_DAY] = "date",
                                             [CELL_MOMENT] = "dateTime" };

        jsonw_name(j, "tableSchema");
        jsonw_object(j);
        jsonw_name(j, "columns");
        jsonw_array(j);
        for (int i = 0; i < count; i++) {
                column_write(j, columns[i].name, columns[i].title, types[columns[i].kind], columns[i].unit);
                if (columns[i].unit != NULL)
                        column_write(j, arena_print(w->arena, "%s_unit", columns[i].name), N_("Unit of measure"), "string", NULL);
        }
        jsonw_end(j);
        jsonw_end(j);
}

static void property_write(struct jsonw *j, const char *name, const char *label, const char *value, const char *indicator)
{
        jsonw_object(j);
        jsonw_member_text(j, "schema:propertyID", name);
        jsonw_member_text(j, "schema:name", label);
        jsonw_member_text(j, "schema:value", value);
        member_if(j, "schema:about", indicator);
        jsonw_end(j);
}

void about_csvw(struct work *w, struct buf *out, const struct about *about, const char *const *notes, const struct column *columns, int count)
{
        const char *source = value_of(about, "source");
        struct jsonw j;

        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_name(&j, "@context");
        jsonw_array(&j);
        jsonw_text(&j, "http://www.w3.org/ns/csvw");
        jsonw_object(&j);
        jsonw_member_text(&j, "@language", language_name(w->language));
        jsonw_end(&j);
        jsonw_end(&j);
        jsonw_member_text(&j, "url", about->csv);
        jsonw_member_text(&j, "dc:title", about->title);
        member_if(&j, "dc:source", source);
        if (source == NULL)
                member_if(&j, "dc:publisher", value_of(about, w->language == LANGUAGE_VI ? "source_vi" : "source_en"));
        member_if(&j, "dc:rights", value_of(about, "licence"));
        member_if(&j, "dc:modified", value_of(about, "newest"));
        jsonw_name(&j, "schema:additionalProperty"); /* all of it, with codes and definitions of the indicators */
        jsonw_array(&j);
        for (size_t i = 0; i < about->count; i++)
                property_write(&j, about->lines[i].name, about->lines[i].label, about->lines[i].value, about->lines[i].indicator);
        for (size_t i = 0; notes != NULL && notes[i] != NULL; i++)
                property_write(&j, "note", work_text(w, N_("Remark")), notes[i], NULL);
        jsonw_end(&j);
        columns_write(w, &j, columns, count);
        jsonw_end(&j);
        buf_char(out, '\n');
}
