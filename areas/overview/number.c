#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "areas/overview/overview.h"
#include "figure/filter.h"
#include "ledger/node.h"
#include "ledger/read.h"

/* ---- names and dates ------------------------------------------------------------------------------ */

const char *name_of(const struct work *w, const struct unit *u)
{
        return w->language == LANGUAGE_VI ? u->name_vi : u->name_en;
}

const char *day_text(struct work *w, day d)
{
        static const char *const months[] = { "January", "February", "March",     "April",   "May",      "June",
                                              "July",    "August",   "September", "October", "November", "December" };
        int year, month, day_of_month;

        if (d == DAY_NONE || d == DAY_FOREVER)
                return "";
        day_split(d, &year, &month, &day_of_month);
        if (w->language == LANGUAGE_VI)
                return arena_print(w->arena, "%02d/%02d/%04d", day_of_month, month, year);
        return arena_print(w->arena, "%d %s %d", day_of_month, months[month - 1], year);
}

const char *moment_text(struct work *w, moment at)
{
        long long minutes = ((at + MOMENT_VIETNAM) % MOMENT_PER_DAY) / 60000;

        if (day_of_moment(at) == day_of_moment(w->now))
                return arena_print(w->arena, work_text(w, "%02lld:%02lld today"), minutes / 60, minutes % 60);
        return arena_print(w->arena, "%02lld:%02lld, %s", minutes / 60, minutes % 60, day_text(w, day_of_moment(at)));
}

const char *period_titled(struct work *w, period p)
{
        char text[64];

        period_write_shown(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

const char *period_said(struct work *w, period p)
{
        char text[64];

        period_write_shown(text, sizeof text, p, w->language);
        if (w->language == LANGUAGE_VI && text[0] >= 'A' && text[0] <= 'Z')
                text[0] = (char)(text[0] - 'A' + 'a');
        return arena_text(w->arena, text);
}

/* ---- where a figure comes from ------------------------------------------------------------------------ */

#define SOURCES_KEPT 256
#define SOURCE_TEXT_MAX 160

/* An entry never changes, so what was once read of it stays true: the last ones asked for are kept with the node. */
struct sources {
        pthread_mutex_t lock;
        struct { int64_t entry; char text[SOURCE_TEXT_MAX]; } list[SOURCES_KEPT];
};

static void sources_free(void *handle)
{
        struct sources *s = handle;

        pthread_mutex_destroy(&s->lock);
        free(s);
}

static struct sources *sources_of(struct node *node)
{
        static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
        struct sources *s;

        pthread_mutex_lock(&making);
        s = node_kept(node, "overview sources");
        if (s == NULL && (s = calloc(1, sizeof *s)) != NULL) {
                pthread_mutex_init(&s->lock, NULL);
                node_keep(node, "overview sources", s, sources_free);
        }
        pthread_mutex_unlock(&making);
        return s;
}

#define REPORTED "\1" /* kept for an entry that is a unit's report */

static const char *entry_said(struct work *w, int64_t id)
{
        struct sources *s = w->node == NULL || id <= 0 ? NULL : sources_of(w->node);
        size_t slot = (size_t)(id % SOURCES_KEPT), n;
        char text[SOURCE_TEXT_MAX] = "";
        struct entry *e;
        const char *said;
        bool is_known;

        if (s == NULL)
                return NULL;
        pthread_mutex_lock(&s->lock);
        is_known = s->list[slot].entry == id;
        if (is_known)
                memcpy(text, s->list[slot].text, sizeof text);
        pthread_mutex_unlock(&s->lock);
        if (!is_known) {
                e = ledger_entry(w, id);
                said = e == NULL ? NULL : json_string_value(json_object_get(e->body, "source"));
                if (e != NULL && said == NULL && strncmp(e->subject, "report/", 7) == 0)
                        said = REPORTED;
                if (said != NULL) {
                        n = strlen(said);
                        if (n >= sizeof text)
                                for (n = sizeof text - 1; n > 0 && ((unsigned char)said[n] & 0xC0) == 0x80;)
                                        n--;
                        memcpy(text, said, n);
                        text[n] = '\0';
                }
                if (!work_ok(w))
                        return NULL;
                pthread_mutex_lock(&s->lock);
                s->list[slot].entry = id;
                memcpy(s->list[slot].text, text, sizeof text);
                pthread_mutex_unlock(&s->lock);
        }
        return text[0] == '\0' ? NULL : arena_text(w->arena, text);
}

static bool is_file_name(const char *source)
{
        size_t n = strlen(source);

        return n > 4 && (strcmp(source + n - 4, ".csv") == 0 || strcmp(source + n - 5, ".xlsx") == 0);
}

/* A file's name alone tells people little: the organisation that owns the indicator stands before it. */
static const char *source_text(struct work *w, const struct number *n)
{
        const char *owner = w->language == LANGUAGE_VI ? n->indicator->source_vi : n->indicator->source_en;
        const char *said = entry_said(w, n->entry);

        if (said == NULL)
                return owner;
        if (*said == *REPORTED)
                return n->unit == NULL ? owner : arena_print(w->arena, work_text(w, "Department of Industry and Trade, %s"), name_of(w, n->unit));
        return is_file_name(said) && *owner != '\0' ? arena_print(w->arena, "%s (%s)", owner, said) : said;
}

/* ---- a number for people --------------------------------------------------------------------------------- */

void number_take(struct work *w, struct number *n, const struct figure_row *row)
{
        *n = (struct number){
                .is_there = row->has_value,
                .indicator = row->indicator,
                .unit = row->unit,
                .period = row->period,
                .item = row->item == NULL ? "" : arena_text(w->arena, row->item),
                .value = row->value,
                .decimals = row->indicator->decimals,
                .status = row->status,
                .mark = row->mark,
                .known_from = row->known_from,
                .entry = row->entry,
                .total_of = row->total_of, .total_expected = row->total_expected, .is_of_before = row->is_of_before,
                .note = row->note == NULL ? NULL : arena_text(w->arena, row->note),
                .measure = row->unit_of_measure == NULL ? "" : arena_text(w->arena, row->unit_of_measure),
        };
}

/* All decimals that are not zero up to three; longer ones are cut to what the indicator shows. */
static int decimals_shown(int64_t value, int decimals, int usual)
{
        int needed = decimals;

        while (needed > 0 && value % decimal_power[decimals - needed + 1] == 0)
                needed--;
        return needed <= 3 ? needed : usual > 3 ? 3 : usual;
}

/* Whether the figure says a change: then its sign is always written. */
static bool is_change(const struct indicator *i)
{
        return i->is_index || (i->may_be_negative && figure_changes_in_points(i));
}

static const char *mark_text(struct work *w, const struct number *n)
{
        switch (n->mark) {
        case MARK_ESTIMATE: return work_text(w, "Estimate");
        case MARK_PRELIMINARY: return work_text(w, "Preliminary");
        case MARK_OFFICIAL: return work_text(w, "Official");
        case MARK_REVISED: return work_text(w, "Revised");
        case MARK_NONE: break;
        }
        switch (n->status) {
        case STATUS_DRAFT: return work_text(w, "Draft");
        case STATUS_SUBMITTED: return work_text(w, "Submitted");
        case STATUS_APPROVED: return work_text(w, "Approved");
        case STATUS_PUBLISHED: break;
        }
        return NULL;
}

static const char *with_query(struct work *w, const char *address, const char *name, const char *value)
{
        return value == NULL || *value == '\0' ? address : arena_print(w->arena, "%s&%s=%s", address, name, value);
}

static const char *boundary_query(struct work *w, const struct overview *v)
{
        char text[DAY_TEXT_MAX];

        if (v->boundary == BOUNDARY_THEN || v->layout == NULL)
                return "";
        day_write(text, v->layout->map_day);
        return arena_text(w->arena, text);
}

static const char *explanation(struct work *w, const struct overview *v, const struct number *n)
{
        char p[PERIOD_TEXT_MAX];
        const char *address;

        period_write(p, n->period);
        address = arena_print(w->arena, "/figures/explain?indicator=%s&unit=%s&period=%s", n->indicator->id,
                              n->unit->code, p);
        address = with_query(w, address, "item", n->item);
        address = with_query(w, address, "boundary", boundary_query(w, v));
        return arena_print(w->arena, "%s%s", address, known_query(w, v->known));
}

const char *address_figures(struct work *w, const struct overview *v, const char *indicator, const char *unit,
                            bool with_children, period from, period to, const char *suffix)
{
        char a[PERIOD_TEXT_MAX], b[PERIOD_TEXT_MAX];
        const char *address;

        period_write(a, from);
        period_write(b, to);
        address = arena_print(w->arena, "/figures%s?from=%s&to=%s%s%s%s%s%s", suffix, a, b, indicator == NULL ? "" : "&indicator=",
                              indicator == NULL ? "" : indicator, unit == NULL ? "" : "&unit=", unit == NULL ? "" : unit,
                              with_children ? "&children=1" : "");
        if (with_children)
                address = with_query(w, address, "boundary", boundary_query(w, v));
        return arena_print(w->arena, "%s%s", address, known_query(w, v->known));
}

const char *amount_of(const char *text)
{
        static const char minus[] = "\u2212";

        if (strncmp(text, minus, sizeof minus - 1) == 0)
                return text + sizeof minus - 1;
        return *text == '+' || *text == '-' ? text + 1 : text;
}

void number_dress(struct work *w, const struct overview *v, struct number *n)
{
        static const struct { const char *small, *large; } scales[] = { { "triệu ", "tỷ " }, { "million ", "billion " } };
        char text[DECIMAL_TEXT_MAX + 1];
        bool is_signed;

        if (n->indicator == NULL)
                return;
        is_signed = is_change(n->indicator);
        n->shown_value = n->value;
        if (n->indicator->is_index)
                n->shown_value -= 100 * decimal_power[n->decimals];
        n->sign = n->shown_value > 0 ? 1 : n->shown_value < 0 ? -1 : 0;
        n->as_of = n->known_from > 0 ? day_text(w, day_of_moment(n->known_from)) : "";
        n->flag = mark_text(w, n);
        n->href = explanation(w, v, n);
        n->source = source_text(w, n);
        if (n->is_there) {
                int decimals = n->decimals, shown;

                for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
                        size_t length = strlen(scales[i].small);

                        if (strncmp(n->measure, scales[i].small, length) == 0 && decimals + 3 <= DECIMAL_MAX_DECIMALS &&
                            (n->value >= 1000 * decimal_power[decimals] || n->value <= -1000 * decimal_power[decimals])) {
                                decimals += 3;
                                n->measure = arena_print(w->arena, "%s%s", scales[i].large, n->measure + length);
                        }
                }
                shown = decimals_shown(n->shown_value, decimals, n->indicator->shown);
                text[0] = '+';
                decimal_write_shown(is_signed && n->sign > 0 ? text + 1 : text, n->shown_value, decimals, shown, w->language);
                n->text = arena_text(w->arena, text);
                n->amount = amount_of(n->text);
        }
}

bool number_freshen(struct work *w, const struct overview *v, struct number *n)
{
        return n->total_expected == 0 ||
               (n->fresh = freshness_read(w, n->indicator, n->unit, n->period, n->item, "", v->known)) != NULL;
}

/* ---- who may see what is not published ---------------------------------------------------------------------- */

bool only_published(struct work *w, const char *unit_code)
{
        const struct catalogue *c = catalogue_now(w);

        if (w->user == &user_operator)
                return false;
        return !user_may(w->user, MAY_READ) || c == NULL || !unit_code_is_within(c, unit_code, w->user->unit, day_of_moment(w->now));
}

const struct map_place *places_shown(struct work *w, const struct map *m)
{
        struct map_place *list = arena_array(w->arena, m->count + 1, sizeof *list);

        for (size_t i = 0; i < m->count; i++) {
                const struct place *p = &m->places[i];
                bool is_flagged = p->number.is_there && p->number.flag != NULL;

                list[i] = (struct map_place){
                        .unit = p->unit, .class_name = p->class_name, .text = p->short_text, .href = p->href, .is_on = p->is_on,
                        .said = is_flagged ? arena_print(w->arena, "%s: %s (%s)", p->name, p->short_text, p->number.flag)
                                           : arena_print(w->arena, "%s: %s", p->name, p->short_text),
                };
        }
        return list;
}

const char *map_address(struct work *w, const struct map *m)
{
        return arena_print(w->arena, "/tables%s&level=0&chart=map", strchr(m->figures, '?'));
}

/* ---- reading them ------------------------------------------------------------------------------------ */

static bool keep_row(struct work *w, const struct figure_row *row, void *context)
{
        struct numbers_kept *k = context;

        if (k->count == k->room) {
                size_t room = k->room == 0 ? 64 : k->room * 2;
                struct number *list = arena_array(w->arena, room, sizeof *list);

                if (k->count > 0)
                        memcpy(list, k->list, k->count * sizeof *list);
                k->list = list;
                k->room = room;
        }
        number_take(w, &k->list[k->count++], row);
        return true;
}

bool numbers_read(struct work *w, const struct overview *v, const char *const *ids, const char *unit, bool with_children,
                  const char *const *items, period from, period to, bool all_versions, struct numbers_kept *kept)
{
        const struct indicator *indicators[32];
        const char *units[1] = { unit }, *wanted[8];
        static const char *const the_whole[] = { "", NULL };
        struct figure_query q = { .indicators = indicators, .units = units, .unit_count = 1, .items = wanted };

        for (size_t i = 0; ids[i] != NULL && q.indicator_count < 32; i++) {
                indicators[q.indicator_count] = indicator_find(v->catalogue, ids[i]);
                q.indicator_count += indicators[q.indicator_count] != NULL;
        }
        if (q.indicator_count == 0)
                return true;
        items = items == NULL ? the_whole : items;
        for (size_t i = 0; items[i] != NULL && q.item_count < 8; i++)
                wanted[q.item_count++] = items[i];
        q.with_children = with_children;
        q.from = from;
        q.to = to;
        q.known = v->known;
        q.all_versions = all_versions;
        q.only_published = v->is_public;
        if (with_children && v->boundary == BOUNDARY_DATE) {
                q.boundary = BOUNDARY_DATE;
                q.boundary_day = v->layout->map_day;
        }
        return figures_read(w, &q, keep_row, kept);
}

struct number *number_find(const struct numbers_kept *k, const char *id, const char *item, period p)
{
        for (size_t i = 0; i < k->count; i++) {
                struct number *n = &k->list[i];
                bool is_whole = *n->item == '\0' || strcmp(n->item, "TOTAL") == 0 || strcmp(n->item, "tong_tri_gia") == 0 ||
                                strcmp(n->item, "tong_so") == 0;

                if (n->period == p && strcmp(n->indicator->id, id) == 0 && (*item == '\0' ? is_whole : strcmp(n->item, item) == 0))
                        return n;
        }
        return NULL;
}
