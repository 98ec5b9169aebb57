#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "areas/sdmx/sdmx.h"
#include "base/map.h"

#define LIST_ROOM 65536

const struct sdmx_component sdmx_components[SDMX_COMPONENTS] = {
        [SDMX_FREQ] = { "FREQ", N_("Frequency"), SDMX_DIMENSION, "CL_FREQ", NULL, true },
        [SDMX_REF_AREA] = { "REF_AREA", N_("Territory"), SDMX_DIMENSION, "CL_AREA", NULL, true },
        [SDMX_INDICATOR] = { "INDICATOR", N_("Indicator"), SDMX_DIMENSION, "CL_INDICATOR", NULL, true },
        [SDMX_ITEM] = { "ITEM", N_("Item"), SDMX_DIMENSION, "", NULL, true },
        [SDMX_PARTNER] = { "PARTNER", N_("Partner"), SDMX_DIMENSION, "", NULL, true },
        [SDMX_TIME_PERIOD] = { "TIME_PERIOD", N_("Period"), SDMX_TIME, NULL, "ObservationalTimePeriod", true },
        [SDMX_OBS_VALUE] = { "OBS_VALUE", N_("Value"), SDMX_MEASURE, NULL, "Decimal", true },
        [SDMX_UNIT_MEASURE] = { "UNIT_MEASURE", N_("Unit of measure"), SDMX_ATTRIBUTE, "CL_UNIT_MEASURE", NULL, true },
        [SDMX_OBS_STATUS] = { "OBS_STATUS", N_("Status of the observation"), SDMX_ATTRIBUTE, "CL_OBS_STATUS", NULL, true },
        [SDMX_FIGURE_STATUS] = { "FIGURE_STATUS", N_("Status of the figure"), SDMX_ATTRIBUTE, "CL_FIGURE_STATUS", NULL, true },
        [SDMX_FIGURE_MARK] = { "FIGURE_MARK", N_("How firm the figure is"), SDMX_ATTRIBUTE, "CL_FIGURE_MARK", NULL, false },
        [SDMX_FIGURE_STATE] = { "FIGURE_STATE", N_("First estimate, revised or final"), SDMX_ATTRIBUTE, "CL_FIGURE_STATE", NULL, false },
        [SDMX_KNOWN_FROM] = { "KNOWN_FROM", N_("Known from"), SDMX_ATTRIBUTE, NULL, "DateTime", false },
        [SDMX_ENTRY] = { "ENTRY", N_("Signed entry"), SDMX_ATTRIBUTE, NULL, "String", false },
        [SDMX_COMMENT_OBS] = { "COMMENT_OBS", N_("Remark"), SDMX_ATTRIBUTE, NULL, "String", false },
};

/* Codes that do not come from the catalogue. */
static const struct {
        const char *list, *id, *name;
} fixed[] = {
        { "CL_FREQ", "A", N_("Year") },
        { "CL_FREQ", "S", N_("Half year") },
        { "CL_FREQ", "Q", N_("Quarter") },
        { "CL_FREQ", "M", N_("Month") },
        { "CL_OBS_STATUS", "A", N_("Normal value") },
        { "CL_OBS_STATUS", "E", N_("Estimated value") },
        { "CL_OBS_STATUS", "O", N_("Missing value") },
        { "CL_OBS_STATUS", "P", N_("Provisional value") },
        { "CL_FIGURE_STATUS", "submitted", N_("Submitted") },
        { "CL_FIGURE_STATUS", "approved", N_("Approved") },
        { "CL_FIGURE_STATUS", "published", N_("Published") },
        { "CL_FIGURE_MARK", "estimate", N_("estimate") },
        { "CL_FIGURE_MARK", "preliminary", N_("preliminary") },
        { "CL_FIGURE_MARK", "official", N_("official") },
        { "CL_FIGURE_MARK", "revised", N_("revised") },
        { "CL_FIGURE_STATE", "first_estimate", N_("first estimate") },
        { "CL_FIGURE_STATE", "revised", N_("revised figure") },
        { "CL_FIGURE_STATE", "final", N_("final figure") },
};

/* Their lists, and those made from the catalogue as a whole. */
static const struct {
        const char *id, *name;
} general[] = {
        { "CL_AREA", N_("Administrative units of all times") },
        { "CL_FIGURE_MARK", N_("How firm the figure is") },
        { "CL_FIGURE_STATE", N_("First estimate, revised or final") },
        { "CL_FIGURE_STATUS", N_("Status of the figure") },
        { "CL_FREQ", N_("Frequency") },
        { "CL_INDICATOR", N_("Indicators") },
        { "CL_OBS_STATUS", N_("Status of the observation") },
        { "CL_UNIT_MEASURE", N_("Units of measure") },
};

static const char *vi(const char *english)
{
        return text(LANGUAGE_VI, english);
}

char sdmx_frequency(enum frequency f)
{
        return f == FREQUENCY_MONTH ? 'M' : f == FREQUENCY_QUARTER ? 'Q' : f == FREQUENCY_HALF ? 'S' : 'A';
}

enum frequency sdmx_frequency_read(char letter)
{
        for (enum frequency f = FREQUENCY_MONTH; f <= FREQUENCY_YEAR; f++)
                if (sdmx_frequency(f) == letter)
                        return f;
        return (enum frequency)0;
}

const char *sdmx_observation_status(enum figure_mark mark, bool has_value)
{
        return !has_value ? "O" : mark == MARK_ESTIMATE ? "E" : mark == MARK_PRELIMINARY ? "P" : "A";
}

/* ---- identifiers ---------------------------------------------------------------------------------------------- */

static bool is_plain(unsigned char c)
{
        return c < 0x80 && (isalnum(c) || c == '_' || c == '@' || c == '-');
}

const char *sdmx_id(struct arena *a, const char *code)
{
        char *out = arena_alloc(a, strlen(code) * 3 + 1), *p = out;

        for (; *code != '\0'; code++)
                if (is_plain((unsigned char)*code)) {
                        *p++ = *code;
                } else {
                        *p++ = '$';
                        *p++ = "0123456789ABCDEF"[(unsigned char)*code >> 4];
                        *p++ = "0123456789ABCDEF"[(unsigned char)*code & 15];
                }
        return out;
}

static int digit(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const char *sdmx_id_read(struct arena *a, const char *id, size_t length)
{
        char *out = arena_alloc(a, length + 1), *p = out;

        for (size_t i = 0; i < length; i++) {
                int high = i + 2 < length ? digit(id[i + 1]) : -1, low = i + 2 < length ? digit(id[i + 2]) : -1;

                if (is_plain((unsigned char)id[i])) {
                        *p++ = id[i];
                } else if (id[i] == '$' && high >= 0 && low >= 0 && high * 16 + low != 0) {
                        *p++ = (char)(high * 16 + low);
                        i += 2;
                } else {
                        return NULL;
                }
        }
        return out;
}

/* ---- dataflows --------------------------------------------------------------------------------------------------- */

static const char *upper(struct arena *a, const char *text)
{
        char *out = arena_text(a, text);

        for (char *p = out; *p != '\0'; p++)
                *p = (char)toupper((unsigned char)*p);
        return out;
}

static int compare_flows(const void *a, const void *b)
{
        return strcmp(((const struct sdmx_flow *)a)->id, ((const struct sdmx_flow *)b)->id);
}

static const char *flow_name(struct work *w, const struct classification *items, const struct classification *partners,
                             enum language language)
{
        const char *by = items == NULL ? "" : language == LANGUAGE_VI ? items->name_vi : items->name_en;
        const char *with = partners == NULL ? "" : language == LANGUAGE_VI ? partners->name_vi : partners->name_en;

        if (items == NULL && partners == NULL)
                return text(language, "Figures");
        if (items == NULL || partners == NULL)
                return arena_print(w->arena, text(language, "Figures by %s"), items == NULL ? with : by);
        return arena_print(w->arena, text(language, "Figures by %s and %s"), by, with);
}

const struct sdmx_flow *sdmx_flows(struct work *w, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        size_t n = c == NULL ? 0 : indicator_list(c, NULL, 0);
        const struct indicator **list = arena_array(w->arena, n + 1, sizeof *list);
        struct sdmx_flow *flows = arena_array(w->arena, n + 1, sizeof *flows);

        *count = 0;
        if (c == NULL)
                return flows;
        indicator_list(c, list, n);
        for (size_t i = 0; i < n; i++) {
                const struct classification *items = classification_find(c, list[i]->item_classification);
                const struct classification *partners = classification_find(c, list[i]->partner_classification);
                struct sdmx_flow *f = &flows[*count];
                bool is_known = false;

                for (size_t j = 0; j < *count; j++)
                        is_known |= sdmx_flow_holds(&flows[j], list[i]);
                if (is_known)
                        continue;
                f->items = list[i]->item_classification;
                f->partners = list[i]->partner_classification;
                f->id = arena_print(w->arena, "FIGURES%s%s%s%s", *f->items == '\0' ? "" : "_", upper(w->arena, f->items),
                                    *f->partners == '\0' ? "" : "_BY_", upper(w->arena, f->partners));
                f->name_vi = flow_name(w, items, partners, LANGUAGE_VI);
                f->name_en = flow_name(w, items, partners, LANGUAGE_EN);
                ++*count;
        }
        qsort(flows, *count, sizeof *flows, compare_flows);
        return flows;
}

const struct sdmx_flow *sdmx_flow_find(struct work *w, const char *id)
{
        size_t count;
        const struct sdmx_flow *flows = sdmx_flows(w, &count);

        for (size_t i = 0; i < count; i++)
                if (strcmp(flows[i].id, id) == 0)
                        return &flows[i];
        return NULL;
}

bool sdmx_flow_holds(const struct sdmx_flow *f, const struct indicator *i)
{
        return strcmp(f->items, i->item_classification) == 0 && strcmp(f->partners, i->partner_classification) == 0;
}

bool sdmx_flow_has(const struct sdmx_flow *f, int component)
{
        return !(component == SDMX_ITEM && *f->items == '\0') && !(component == SDMX_PARTNER && *f->partners == '\0');
}

static const char *list_of(struct arena *a, const char *classification)
{
        return arena_print(a, "CL_%s", upper(a, classification));
}

const char *sdmx_codelist_of(struct work *w, const struct sdmx_flow *f, int component)
{
        const char *list = sdmx_components[component].codelist;

        if (list != NULL && *list == '\0')
                return list_of(w->arena, component == SDMX_ITEM ? f->items : f->partners);
        return list;
}

/* ---- codelists ------------------------------------------------------------------------------------------------------ */

struct codes {
        struct sdmx_code *list;
        size_t count, room;
        struct map *places; /* id -> place + 1 */
};

static struct codes codes_open(struct work *w, size_t room)
{
        return (struct codes){ .list = arena_array(w->arena, room + 1, sizeof(struct sdmx_code)), .room = room,
                               .places = map_in(w->arena) };
}

/* The code with that id, a new one without names where there is none yet. */
static struct sdmx_code *code_put(struct work *w, struct codes *c, const char *id)
{
        int64_t *place = map_put_text(c->places, id, NULL);

        if (place == NULL)
                arena_starve(w->arena);
        if (*place == 0) {
                c->list[c->count] = (struct sdmx_code){ .id = id, .about_vi = "", .about_en = "" };
                *place = (int64_t)++c->count;
        }
        return &c->list[*place - 1];
}

static const char *days_said(struct work *w, day from, day to, enum language language)
{
        char first[DAY_SHOWN_MAX] = "", last[DAY_SHOWN_MAX] = "";

        day_write_shown(first, from, language);
        day_write_shown(last, to, language);
        if (*first != '\0' && *last != '\0')
                return arena_print(w->arena, text(language, "from %s to %s"), first, last);
        if (*last != '\0')
                return arena_print(w->arena, text(language, "until %s"), last);
        return *first != '\0' ? arena_print(w->arena, text(language, "from %s"), first) : "";
}

static void areas_fill(struct work *w, struct codes *out)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit **list = arena_array(w->arena, LIST_ROOM, sizeof *list);
        size_t n = unit_list_ever(c, list, LIST_ROOM);

        if (n > LIST_ROOM)
                error_set(&w->err, ERR_TOO_BIG, "there are more than %d units", LIST_ROOM);
        *out = codes_open(w, n);
        for (size_t i = 0; i < n && work_ok(w); i++) {
                struct sdmx_code *code = code_put(w, out, sdmx_id(w->arena, list[i]->key));

                code->name_vi = list[i]->full_name_vi;
                code->name_en = list[i]->full_name_en;
                code->about_vi = days_said(w, list[i]->from, list[i]->to, LANGUAGE_VI);
                code->about_en = days_said(w, list[i]->from, list[i]->to, LANGUAGE_EN);
                code->parent = list[i]->parent == NULL ? NULL : sdmx_id(w->arena, list[i]->parent->key);
        }
}

static void indicators_fill(struct work *w, struct codes *out)
{
        const struct catalogue *c = catalogue_of(w);
        size_t n = indicator_list(c, NULL, 0);
        const struct indicator **list = arena_array(w->arena, n + 1, sizeof *list);

        indicator_list(c, list, n);
        *out = codes_open(w, n);
        for (size_t i = 0; i < n; i++) {
                struct sdmx_code *code = code_put(w, out, sdmx_id(w->arena, list[i]->id));

                code->name_vi = list[i]->name_vi;
                code->name_en = list[i]->name_en;
                code->about_vi = list[i]->source_vi;
                code->about_en = list[i]->source_en;
        }
}

const char *sdmx_whole(const struct catalogue *c, const char *classification)
{
        const struct classification *k = *classification == '\0' ? NULL : classification_find(c, classification);

        return k == NULL ? "" : k->root == NULL || *k->root == '\0' ? SDMX_WHOLE : k->root;
}

/* A code may have meant something else before: the newest meaning is the name, the others stand in the description. */
static void items_fill(struct work *w, const char *classification, struct codes *out)
{
        const struct catalogue *c = catalogue_of(w);
        size_t n = item_list_ever(c, classification, NULL, 0);
        const struct item **list = arena_array(w->arena, n + 1, sizeof *list);
        const struct item **newest = arena_array(w->arena, n + 1, sizeof *newest);

        item_list_ever(c, classification, list, n);
        *out = codes_open(w, n + 1);
        for (size_t i = 0; i < n; i++) {
                struct sdmx_code *code = code_put(w, out, sdmx_id(w->arena, list[i]->code));
                const struct item **kept = &newest[code - out->list], *older = list[i];

                if (*kept == NULL || (*kept)->from < list[i]->from) {
                        older = *kept;
                        *kept = list[i];
                }
                if (older == NULL || strcmp(older->name_vi, (*kept)->name_vi) == 0)
                        continue;
                code->about_vi = arena_print(w->arena, "%s%s%s (%s)", code->about_vi, *code->about_vi == '\0' ? "" : "; ",
                                             older->name_vi, days_said(w, older->from, older->to, LANGUAGE_VI));
                code->about_en = arena_print(w->arena, "%s%s%s (%s)", code->about_en, *code->about_en == '\0' ? "" : "; ",
                                             older->name_en, days_said(w, older->from, older->to, LANGUAGE_EN));
        }
        for (size_t i = 0; i < out->count; i++) {
                out->list[i].name_vi = newest[i]->name_vi;
                out->list[i].name_en = newest[i]->name_en;
                if (newest[i]->parent != NULL)
                        out->list[i].parent = sdmx_id(w->arena, newest[i]->parent->code);
        }
        if (strcmp(sdmx_whole(c, classification), SDMX_WHOLE) == 0) {
                struct sdmx_code *whole = code_put(w, out, SDMX_WHOLE);

                whole->name_vi = vi("The whole");
                whole->name_en = "The whole";
        }
}

/* "million USD" -> "million_USD", "%" -> "PERCENT". */
static const char *measure_id(struct arena *a, const char *en, const char *vi_text)
{
        const char *from = *en != '\0' ? en : vi_text;
        char *out = arena_alloc(a, strlen(from) * 7 + 3), *p = out;

        if (*from == '\0')
                return "_Z";
        for (; *from != '\0'; from++)
                if (*from == '%') {
                        memcpy(p, "PERCENT", 7);
                        p += 7;
                } else if ((unsigned char)*from < 0x80) {
                        *p++ = is_plain((unsigned char)*from) ? *from : '_';
                } else {
                        memcpy(p, sdmx_id(a, arena_copy(a, from, 1)), 3);
                        p += 3;
                }
        return out;
}

const char *sdmx_measure(const struct catalogue *c, struct arena *a, const struct indicator *i, const char *item, period p)
{
        const struct item *of = *i->unit_en == '\0' && *i->unit_vi == '\0' && *item != '\0'
                                        ? item_at(c, i->item_classification, item, period_last(p))
                                        : NULL;

        return of != NULL ? measure_id(a, of->unit_en, of->unit_vi) : measure_id(a, i->unit_en, i->unit_vi);
}

static void measure_put(struct work *w, struct codes *out, const char *en, const char *vi_text)
{
        struct sdmx_code *code = code_put(w, out, measure_id(w->arena, en, vi_text));

        if (code->name_vi == NULL) {
                code->name_vi = *vi_text != '\0' ? vi_text : en;
                code->name_en = *en != '\0' ? en : vi_text;
        }
}

static void measures_fill(struct work *w, struct codes *out)
{
        const struct catalogue *c = catalogue_of(w);
        size_t n = indicator_list(c, NULL, 0), flow_count;
        const struct indicator **list = arena_array(w->arena, n + 1, sizeof *list);
        const struct item **items = arena_array(w->arena, LIST_ROOM, sizeof *items);
        const struct sdmx_flow *flows = sdmx_flows(w, &flow_count);
        struct sdmx_code *none;

        indicator_list(c, list, n);
        *out = codes_open(w, LIST_ROOM);
        none = code_put(w, out, "_Z");
        none->name_vi = vi("Without a unit");
        none->name_en = "Without a unit";
        for (size_t i = 0; i < n; i++)
                measure_put(w, out, list[i]->unit_en, list[i]->unit_vi);
        for (size_t f = 0; f < flow_count; f++) {
                size_t count = item_list_ever(c, flows[f].items, items, LIST_ROOM);

                for (size_t i = 0; i < count && i < LIST_ROOM && out->count < out->room; i++)
                        measure_put(w, out, items[i]->unit_en, items[i]->unit_vi);
        }
}

static void fixed_fill(struct work *w, const char *list, struct codes *out)
{
        *out = codes_open(w, sizeof fixed / sizeof *fixed);
        for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
                if (strcmp(fixed[i].list, list) == 0) {
                        struct sdmx_code *code = code_put(w, out, fixed[i].id);

                        code->name_vi = vi(fixed[i].name);
                        code->name_en = fixed[i].name;
                }
}

static int compare_lists(const void *a, const void *b)
{
        return strcmp(((const struct sdmx_codelist *)a)->id, ((const struct sdmx_codelist *)b)->id);
}

static void list_add(struct work *w, struct sdmx_codelist *lists, size_t *count, const char *classification)
{
        const struct classification *k = classification_find(catalogue_of(w), classification);
        const char *id = list_of(w->arena, classification);

        if (k == NULL)
                return;
        for (size_t i = 0; i < *count; i++)
                if (strcmp(lists[i].id, id) == 0)
                        return;
        lists[(*count)++] = (struct sdmx_codelist){ .id = id, .name_vi = k->name_vi, .name_en = k->name_en };
}

const struct sdmx_codelist *sdmx_codelists(struct work *w, size_t *count)
{
        const size_t general_count = sizeof general / sizeof *general;
        size_t flow_count;
        const struct sdmx_flow *flows = sdmx_flows(w, &flow_count);
        struct sdmx_codelist *lists = arena_array(w->arena, general_count + flow_count * 2, sizeof *lists);

        for (*count = 0; *count < general_count; ++*count)
                lists[*count] = (struct sdmx_codelist){ .id = general[*count].id, .name_vi = vi(general[*count].name),
                                                        .name_en = general[*count].name };
        for (size_t i = 0; i < flow_count; i++) {
                list_add(w, lists, count, flows[i].items);
                list_add(w, lists, count, flows[i].partners);
        }
        qsort(lists, *count, sizeof *lists, compare_lists);
        return lists;
}

const struct sdmx_codelist *sdmx_codelist_read(struct work *w, const char *id)
{
        size_t count, flow_count;
        const struct sdmx_codelist *lists = sdmx_codelists(w, &count);
        const struct sdmx_flow *flows = sdmx_flows(w, &flow_count);
        struct sdmx_codelist *out = arena_alloc(w->arena, sizeof *out);
        struct codes codes = { 0 };

        for (size_t i = 0; i < count && out->id == NULL; i++)
                if (strcmp(lists[i].id, id) == 0)
                        *out = lists[i];
        if (out->id == NULL)
                return NULL;
        if (strcmp(id, "CL_AREA") == 0)
                areas_fill(w, &codes);
        else if (strcmp(id, "CL_INDICATOR") == 0)
                indicators_fill(w, &codes);
        else if (strcmp(id, "CL_UNIT_MEASURE") == 0)
                measures_fill(w, &codes);
        else
                fixed_fill(w, id, &codes);
        for (size_t i = 0; i < flow_count && codes.count == 0; i++)
                if (strcmp(id, list_of(w->arena, flows[i].items)) == 0)
                        items_fill(w, flows[i].items, &codes);
                else if (strcmp(id, list_of(w->arena, flows[i].partners)) == 0)
                        items_fill(w, flows[i].partners, &codes);
        out->codes = codes.list;
        out->count = codes.count;
        return work_ok(w) ? out : NULL;
}
