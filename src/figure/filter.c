#include "figure/filter.h"

#include <string.h>

#include "format/html.h"
#include "ledger/past.h"
#include "ledger/symbol.h"

#define FILTER_VALUES_MAX 512

const char *const filter_names[] = { "indicator", "unit", "children", "from",  "to",      "item",
                                     "partner",   "boundary", "known", "compare", "status", NULL };

/* All values of a filter, also those written with commas; empty ones are passed over. */
static const char **values_of(struct work *w, filter_get *get, const void *source, const char *name, size_t *count)
{
        const char **list = arena_array(w->arena, FILTER_VALUES_MAX, sizeof *list), *value;

        *count = 0;
        for (int nth = 0; (value = get(source, name, nth)) != NULL; nth++)
                while (*value != '\0') {
                        size_t n;

                        value += strspn(value, " ");
                        n = strcspn(value, ",");

                        if (n > 0 && *count == FILTER_VALUES_MAX) {
                                error_set(&w->err, ERR_INVALID, "%s: more than %d values", name, FILTER_VALUES_MAX);
                                return list;
                        }
                        if (n > 0)
                                list[(*count)++] = arena_copy(w->arena, value, n);
                        value += n + (value[n] == ',');
                }
        return list;
}

static const char *one(filter_get *get, const void *source, const char *name)
{
        const char *value = get(source, name, 0);

        return value == NULL ? "" : value;
}

static bool read_period(struct work *w, bool is_first, const char *value, period *p)
{
        if (*value == '\0' || period_read(value, strlen(value), p) || period_read_month(value, p))
                return true;
        return is_first ? error_set(&w->err, ERR_INVALID, "from: \"%s\" is not a period: 2021-03, 2021-Q1, 2021-S1 or 2021", value)
                        : error_set(&w->err, ERR_INVALID, "to: \"%s\" is not a period: 2021-03, 2021-Q1, 2021-S1 or 2021", value);
}

static bool read_indicators(struct work *w, filter_get *get, const void *source, struct figure_query *q)
{
        const struct catalogue *c = catalogue_of(w);
        const char **ids = values_of(w, get, source, "indicator", &q->indicator_count);

        if (c == NULL || !work_ok(w))
                return false;
        q->indicators = arena_array(w->arena, q->indicator_count + 1, sizeof *q->indicators);
        for (size_t i = 0; i < q->indicator_count; i++) {
                q->indicators[i] = indicator_find(c, ids[i]);
                if (q->indicators[i] == NULL)
                        return error_set(&w->err, ERR_INVALID, "indicator: there is no indicator \"%s\"", ids[i]);
        }
        return true;
}

/* Whether a code is an item (partner) of one of the indicators; of none named: of any classification. */
static bool is_of(const struct catalogue *c, const struct figure_query *q, const char *code, bool is_partner)
{
        bool is_there = q->indicator_count == 0 && (strcmp(code, "TOTAL") == 0 || item_was(c, NULL, code));

        for (size_t i = 0; i < q->indicator_count && !is_there; i++) {
                const char *classification = is_partner ? q->indicators[i]->partner_classification : q->indicators[i]->item_classification;

                is_there = item_was(c, classification, code) || (*classification == '\0' && strcmp(code, "TOTAL") == 0);
        }
        return is_there;
}

/* Of other indicators: passed unless exactly those of these are meant. In no classification: passed where figures have it, as those of a newer program may. */
static bool codes_check(struct work *w, const struct figure_query *q, bool is_partner, bool is_exact)
{
        const struct catalogue *c = catalogue_of(w);
        const char **codes = is_partner ? q->partners : q->items, *name = is_partner ? "partner" : "item";
        size_t count = is_partner ? q->partner_count : q->item_count;

        for (size_t i = 0; i < count; i++) {
                bool is_elsewhere;

                if (is_of(c, q, codes[i], is_partner))
                        continue;
                is_elsewhere = item_was(c, NULL, codes[i]);
                if (is_elsewhere ? !is_exact : symbol_find(w, 't', codes[i]) >= 0)
                        continue;
                if (!work_ok(w))
                        return false;
                if (is_elsewhere)
                        error_set(&w->err, ERR_INVALID, "%s: \"%s\" is of none of the indicators that are asked for", name, codes[i]);
                else
                        error_set(&w->err, ERR_INVALID, "%s: there is none with the code \"%s\"", name, codes[i]);
                return error_hint(&w->err, "leave it out for all; the rows of /figures?indicator=%s name those there are", q->indicator_count == 0 ? "…" : q->indicators[0]->id);
        }
        return work_ok(w);
}

bool filter_fits(struct work *w, const struct figure_query *q)
{
        return codes_check(w, q, false, true) && codes_check(w, q, true, true);
}

static bool read_boundary(struct work *w, const char *value, struct figure_query *q)
{
        if (*value == '\0' || strcmp(value, "then") == 0)
                q->boundary = BOUNDARY_THEN;
        else if (strcmp(value, "now") == 0)
                q->boundary = BOUNDARY_NOW;
        else if (day_read(value, strlen(value), &q->boundary_day))
                q->boundary = BOUNDARY_DATE;
        else
                return error_set(&w->err, ERR_INVALID, "boundary: \"%s\" is neither then, now nor a date", value);
        return true;
}

bool moment_typed(struct work *w, const char *text, moment *out)
{
        const char *local = arena_print(w->arena, "%s+07:00", text);

        return moment_read(text, strlen(text), out) || (strchr(text, 'T') != NULL && moment_read(local, strlen(local), out));
}

/* name: of the question. */
static bool then_read(struct work *w, const char *name, const char *text, moment *then)
{
        day d;

        *then = 0;
        if (*text == '\0')
                return true;
        if (day_read(text, strlen(text), &d)) {
                *then = moment_end_of_day(d);
                return true;
        }
        if (moment_typed(w, text, then)) {
                *then += *then == 0; /* 0 asks for now; of a millisecond later no less is known */
                return true;
        }
        error_set(&w->err, ERR_INVALID, "%s: \"%s\" is neither a date nor a moment", name, text);
        return error_hint(&w->err, "a day is written 2021-12-31, a moment 2021-12-31T08:00:00Z");
}

bool known_read(struct work *w, const char *text, moment *known)
{
        return then_read(w, "known", text, known);
}

bool recorded_read(struct work *w, const char *text, moment *recorded)
{
        if (!then_read(w, "recorded", text, recorded))
                return false;
        if (*recorded <= w->now || (*recorded <= (w->now = past_clock(w)) && work_ok(w)))
                return true;
        error_set(&w->err, ERR_INVALID, "recorded: \"%s\" is not over: more may be recorded until then", text);
        return error_hint(&w->err, "ask for a moment that has passed; without recorded= what has been recorded so far is told");
}

const char *recorded_text(struct work *w, moment m)
{
        char text[MOMENT_TEXT_MAX];

        moment_write(text, m);
        text[strcspn(text, "+")] = '\0';
        return arena_text(w->arena, text);
}

const char *recorded_not_asked(struct work *w, const char *address)
{
        size_t path = strcspn(address, "?");
        const char *without = arena_print(w->arena, "%.*s", (int)path, address), *mark = "?";

        for (const char *p = address + path; *p != '\0';) {
                size_t length = strcspn(++p, "&");

                if (strncmp(p, "recorded=", strlen("recorded=")) != 0) {
                        without = arena_print(w->arena, "%s%s%.*s", without, mark, (int)length, p);
                        mark = "&";
                }
                p += length;
        }
        return without;
}

const char *recorded_address(struct work *w, const char *address)
{
        const char *plain = recorded_not_asked(w, address);

        return arena_print(w->arena, "%s%crecorded=%s", plain, strchr(plain, '?') == NULL ? '?' : '&', recorded_text(w, w->now));
}

const char *known_query(struct work *w, moment known)
{
        char text[MOMENT_TEXT_MAX];
        const char *address;
        struct buf b;

        if (known == 0)
                return "";
        buf_init_with(&b, 0, w->arena);
        BUF_LITERAL(&b, "&known=");
        if (known == moment_end_of_day(day_of_moment(known)))
                day_write(text, day_of_moment(known));
        else
                moment_write(text, known);
        html_url_part(&b, text);
        address = arena_text(w->arena, b.data == NULL ? "" : b.data);
        buf_clear(&b);
        return address;
}

const char *moment_for_people(struct work *w, moment m)
{
        char text[DAY_SHOWN_MAX];
        day d = day_of_moment(m);

        if (m == 0)
                return "";
        if (moment_of_day(d) == m)
                day_write_shown(text, d, w->language);
        else
                moment_write_shown(text, m, w->language);
        return arena_text(w->arena, text);
}

const char *known_said(struct work *w, moment known)
{
        char text[DAY_SHOWN_MAX];
        day d = day_of_moment(known);

        if (known != moment_end_of_day(d))
                return moment_for_people(w, known);
        day_write_shown(text, d, w->language);
        return arena_text(w->arena, text);
}

bool filter_read(struct work *w, filter_get *get, const void *source, struct figure_query *q)
{
        const char *children = one(get, source, "children"), *compare = one(get, source, "compare");
        const char *status = one(get, source, "status");

        *q = (struct figure_query){ .marks_contests = true, .takes_finer = true };
        if (!known_read(w, one(get, source, "known"), &q->known))
                return false;
        w->known = q->known;
        if (!read_indicators(w, get, source, q))
                return false;
        q->units = values_of(w, get, source, "unit", &q->unit_count);
        q->items = values_of(w, get, source, "item", &q->item_count);
        q->partners = values_of(w, get, source, "partner", &q->partner_count);
        q->with_children = strcmp(children, "1") == 0;
        if (!work_ok(w) || !codes_check(w, q, false, false) || !codes_check(w, q, true, false))
                return false;
        if (*children != '\0' && strcmp(children, "0") != 0 && !q->with_children)
                return error_set(&w->err, ERR_INVALID, "children: \"%s\" is neither 0 nor 1", children);
        if (!compare_read(compare, &q->compare))
                return error_set(&w->err, ERR_INVALID,
                                 "compare: \"%s\" is not one of yoy, mom, ytd, ytd_yoy, share, contribution", compare);
        if (*status != '\0' && !figure_status_read(status, &q->status))
                return error_set(&w->err, ERR_INVALID, "status: \"%s\" is not one of draft, submitted, approved, published",
                                 status);
        if (!read_period(w, true, one(get, source, "from"), &q->from) ||
            !read_period(w, false, one(get, source, "to"), &q->to) ||
            !read_boundary(w, one(get, source, "boundary"), q))
                return false;
        return span_check(w, q->from, q->to);
}

bool span_check(struct work *w, period from, period to)
{
        char first[PERIOD_TEXT_MAX], last[PERIOD_TEXT_MAX];

        if (from == PERIOD_NONE || to == PERIOD_NONE)
                return true;
        if (period_frequency(from) != period_frequency(to))
                return error_set(&w->err, ERR_INVALID, "from, to: both must be months, both quarters or both years");
        if (from <= to)
                return true;
        period_write(first, from);
        period_write(last, to);
        error_set(&w->err, ERR_INVALID, "from, to: %s comes after %s", first, last);
        return error_hint(&w->err, "from is the first period, to the last");
}

void figures_on_own_map(const struct unit *u, period p, struct figure_query *q)
{
        day last = period_last(p);

        q->boundary = last < u->from || last > u->to ? BOUNDARY_DATE : BOUNDARY_THEN;
        q->boundary_day = last < u->from ? u->from : u->to;
}
