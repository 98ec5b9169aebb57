#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue_private.h"

#define MINUTES_PER_DAY 1440
#define DAYS_OFF_MOST 40 /* one holiday, first to last day */

/* ---- holidays and make-up days -------------------------------------------------------------------- */

static int compare_days(const void *a, const void *b)
{
        const struct special_day *x = a, *y = b;

        return x->on < y->on ? -1 : x->on > y->on;
}

static int compare_years(const void *a, const void *b)
{
        return ((const struct calendar_year *)a)->year - ((const struct calendar_year *)b)->year;
}

static size_t count_lines(const struct source *s)
{
        size_t lines = 1;

        for (size_t i = 0; i < s->length; i++)
                lines += s->text[i] == '\n';
        return lines;
}

static const char *keep(struct parse *p, const struct sheet *s, int column)
{
        size_t length;
        const char *field = sheet_text(s, column, &length);

        return pool_keep(p, field, length);
}

static bool is_years(const char *path)
{
        return strcmp(path, "calendar/years.csv") == 0;
}

static const struct calendar_year *year_find(const struct catalogue *c, int year)
{
        struct calendar_year wanted = { .year = year };

        return c->calendar.year_count == 0
                       ? NULL
                       : bsearch(&wanted, c->calendar.years, c->calendar.year_count, sizeof wanted, compare_years);
}

static void read_years(struct parse *p, const struct source *source)
{
        static const char *const columns[] = { "year", "verified", "basis", NULL };
        struct calendar *k = &p->catalogue->calendar;
        struct sheet *s = sheet_open(p, source, columns);

        if (s == NULL)
                return;
        k->years = arena_array(p->arena, count_lines(source), sizeof *k->years);
        while (sheet_next(s)) {
                int year = atoi(sheet_text(s, 0, NULL));
                const char *verified = sheet_text(s, 1, NULL);

                if (year < 1900 || year > 2999) {
                        sheet_complain(s, 0, "\"%s\" is no year", sheet_text(s, 0, NULL));
                        continue;
                }
                if (strcmp(verified, "yes") != 0 && strcmp(verified, "no") != 0)
                        sheet_complain(s, 1, "\"verified\" must be yes or no");
                k->years[k->year_count++] = (struct calendar_year){ year, strcmp(verified, "yes") == 0, keep(p, s, 2) };
        }
        qsort(k->years, k->year_count, sizeof *k->years, compare_years);
        for (size_t i = 1; i < k->year_count; i++)
                if (k->years[i].year == k->years[i - 1].year)
                        complain(p->complaints, source->path, 1, 1, "the year %d stands twice", k->years[i].year);
}

static void read_days(struct parse *p, const struct source *source)
{
        enum { FIRST, LAST, KIND, NAME_VI, NAME_EN };
        static const char *const columns[] = { "from", "to", "kind", "name_vi", "name_en", NULL };
        struct calendar *k = &p->catalogue->calendar;
        struct sheet *s = sheet_open(p, source, columns);

        while (s != NULL && sheet_next(s)) {
                day first = sheet_day(s, FIRST, DAY_NONE), last = sheet_day(s, LAST, first);
                bool is_working = strcmp(sheet_text(s, KIND, NULL), "make_up") == 0;
                const char *vi, *en;
                int year, month, number;

                if (!is_working && strcmp(sheet_text(s, KIND, NULL), "holiday") != 0) {
                        sheet_complain(s, KIND, "\"%s\" is no kind of day; holiday and make_up are known",
                                       sheet_text(s, KIND, NULL));
                        continue;
                }
                if (first == DAY_NONE || last < first || last - first >= DAYS_OFF_MOST) {
                        sheet_complain(s, first == DAY_NONE ? FIRST : LAST, "the days must run from a first to a last one, at most %d",
                                       DAYS_OFF_MOST);
                        continue;
                }
                day_split(first, &year, &month, &number);
                if (year_find(p->catalogue, year) == NULL) {
                        sheet_complain(s, FIRST, "calendar/years.csv does not name the year %d", year);
                        continue;
                }
                vi = keep(p, s, NAME_VI);
                en = keep(p, s, NAME_EN);
                for (day d = first; d <= last; d++) {
                        if (is_working && day_of_week(d) < 6)
                                sheet_complain(s, FIRST, "a make-up day must be a Saturday or Sunday");
                        k->days[k->count++] = (struct special_day){ d, is_working, vi, en };
                }
        }
}

void parse_calendar(struct parse *p)
{
        struct calendar *k = &p->catalogue->calendar;
        size_t room = 0;

        for (size_t i = 0; i < p->file_count; i++) {
                if (is_years(p->files[i].path))
                        read_years(p, &p->files[i]);
                else if (path_is_in(p->files[i].path, "calendar/", ".csv"))
                        room += count_lines(&p->files[i]);
        }
        k->days = arena_array(p->scratch, room * DAYS_OFF_MOST + 1, sizeof *k->days);
        for (size_t i = 0; i < p->file_count; i++)
                if (path_is_in(p->files[i].path, "calendar/", ".csv") && !is_years(p->files[i].path))
                        read_days(p, &p->files[i]);
        qsort(k->days, k->count, sizeof *k->days, compare_days);
        for (size_t i = 1; i < k->count; i++)
                if (k->days[i].on == k->days[i - 1].on) {
                        char date[DAY_TEXT_MAX];

                        day_write(date, k->days[i].on);
                        complain(p->complaints, "calendar", 1, 1, "the day %s stands twice", date);
                }
        if (k->count > 0) {
                struct special_day *days = arena_array(p->arena, k->count, sizeof *days);

                memcpy(days, k->days, k->count * sizeof *days);
                k->days = days;
        }
}

static const struct special_day *special(const struct catalogue *c, day d)
{
        struct special_day wanted = { .on = d };

        return c->calendar.count == 0
                       ? NULL
                       : bsearch(&wanted, c->calendar.days, c->calendar.count, sizeof wanted, compare_days);
}

bool day_is_working(const struct catalogue *c, day d, bool *is_known)
{
        const struct special_day *s = special(c, d);

        if (is_known != NULL) {
                int year, month, number;

                day_split(d, &year, &month, &number);
                *is_known = year_find(c, year) != NULL;
        }
        return s != NULL ? s->is_working : day_of_week(d) < 6;
}

day day_plus_working(const struct catalogue *c, day d, int working_days, bool *is_known)
{
        int step = working_days < 0 ? -1 : 1, left = abs(working_days);
        bool known = true, all_known = true;

        if (left == 0) {
                while (!day_is_working(c, d, &known)) {
                        all_known = all_known && known;
                        d++;
                }
                all_known = all_known && known;
        }
        while (left > 0) {
                d += step;
                left -= day_is_working(c, d, &known);
                all_known = all_known && known;
        }
        if (is_known != NULL)
                *is_known = all_known;
        return d;
}

day calendar_end(const struct catalogue *c, day from)
{
        int first, year, month, number;

        day_split(from, &first, &month, &number);
        year = first;
        while (year_find(c, year) != NULL)
                year++;
        return year == first ? DAY_NONE : day_of(year, 1, 1) - 1;
}

const struct special_day *calendar_days(const struct catalogue *c, size_t *count)
{
        *count = c->calendar.count;
        return c->calendar.days;
}

const char *calendar_basis(const struct catalogue *c, day d, bool *is_verified)
{
        const struct calendar_year *known;
        int year, month, number;

        day_split(d, &year, &month, &number);
        known = year_find(c, year);
        *is_verified = known != NULL && known->is_verified;
        return known == NULL ? "" : known->basis;
}

const char *day_holiday_name(const struct catalogue *c, day d, enum language language)
{
        const struct special_day *s = special(c, d);

        if (s == NULL || s->is_working)
                return NULL;
        return language == LANGUAGE_VI ? s->name_vi : s->name_en;
}

/* ---- windows ------------------------------------------------------------------------------------------ */

static const char *const frequency_words[] = { "month", "quarter", "half", "year", NULL };
static const char *const shift_words[] = { "none", "next_working_day", "previous_working_day", NULL };

/* {month: -1, day: 15}; day: last. */
static void read_edge(const struct yaml_place *place, const struct yaml *map, const char *key, struct window_edge *edge)
{
        static const char *const edge_keys[] = { "month", "day", NULL };
        static const char *const due_keys[] = { "month", "day", "time", "before", "shift", NULL };
        const struct yaml *node = yaml_get(map, key);

        if (node == NULL) {
                yaml_complain(place, map, "\"%s\" is missing", key);
                return;
        }
        if (!yaml_keys_known(place, node, strcmp(key, "due") == 0 ? due_keys : edge_keys))
                return;
        edge->month = (int)yaml_int(place, node, "month", -24, 24, 0);
        if (strcmp(yaml_text(place, node, "day", true, "last"), "last") != 0)
                edge->day_of_month = (int)yaml_int(place, node, "day", 1, 31, 1);
}

static void read_due(const struct yaml_place *place, const struct yaml *map, struct window_rule *w)
{
        const struct yaml *node = yaml_get(map, "due");
        const char *time;

        read_edge(place, map, "due", &w->due);
        w->due_minutes = MINUTES_PER_DAY;
        if (node == NULL)
                return;
        w->is_before = yaml_bool(place, node, "before", false);
        switch (yaml_choice(place, node, "shift", shift_words, 0)) {
        case 1:
                w->shift = SHIFT_NEXT;
                break;
        case 2:
                w->shift = SHIFT_PREVIOUS;
                break;
        default:
                w->shift = SHIFT_NONE;
        }
        time = yaml_text(place, node, "time", false, "");
        if (time[0] == '\0')
                return;
        if (strlen(time) == 5 && time[2] == ':' && strspn(time, "0123456789") == 2 && strspn(time + 3, "0123456789") == 2 &&
            atoi(time) < 24 && atoi(time + 3) < 60)
                w->due_minutes = atoi(time) * 60 + atoi(time + 3);
        else
                yaml_complain(place, yaml_get(node, "time"), "\"time\" must be like \"17:00\"");
}

static void read_window(const struct yaml_place *place, const struct yaml *node, struct window_rule *w)
{
        w->window.id = yaml_text(place, node, "id", true, "");
        if (!identifier_is_valid(w->window.id))
                yaml_complain(place, node, "\"%s\" is no identifier: a-z, 0-9 and _", w->window.id);
        yaml_two_texts(place, node, "name", true, &w->window.name_vi, &w->window.name_en);
        w->window.legal_basis = yaml_text(place, node, "legal_basis", true, "");
        w->window.is_verified = yaml_bool(place, node, "verified", false);
        if (yaml_get(node, "frequency") == NULL)
                yaml_complain(place, node, "\"frequency\" is missing");
        w->window.frequency = (enum frequency)(yaml_choice(place, node, "frequency", frequency_words, 0) + 1);
        read_edge(place, node, "first", &w->first);
        read_edge(place, node, "last", &w->last);
        read_due(place, node, w);
        parse_valid(place, node, &w->from, &w->to);
}

void parse_windows(struct parse *p)
{
        static const char *const root_keys[] = { "windows", NULL };
        static const char *const keys[] = { "id",   "name", "legal_basis", "verified", "frequency", "first",
                                            "last", "due",  "valid",       NULL };
        struct catalogue *c = p->catalogue;
        struct yaml_place place = { "periods.yaml", p->arena, p->complaints };

        for (size_t f = 0; f < p->file_count; f++) {
                const struct yaml *root, *list;

                if (strcmp(p->files[f].path, "periods.yaml") != 0)
                        continue;
                root = yaml_read(p->arena, &p->files[f], p->complaints);
                if (root == NULL || !yaml_keys_known(&place, root, root_keys) ||
                    (list = yaml_list(&place, root, "windows", true)) == NULL)
                        return;
                c->windows = arena_array(p->arena, list->count + 1, sizeof *c->windows);
                for (size_t n = 0; n < list->count; n++) {
                        struct window_rule *w = &c->windows[c->window_count];

                        if (!yaml_keys_known(&place, list->items[n], keys))
                                continue;
                        read_window(&place, list->items[n], w);
                        for (size_t i = 0; i < c->window_count; i++)
                                if (strcmp(c->windows[i].window.id, w->window.id) == 0 && c->windows[i].from <= w->to &&
                                    w->from <= c->windows[i].to)
                                        yaml_complain(&place, list->items[n], "the window \"%s\" stands twice for the same time",
                                                      w->window.id);
                        c->window_count++;
                }
        }
}

const struct window *window_find(const struct catalogue *c, const char *id, day on)
{
        for (size_t i = 0; i < c->window_count; i++)
                if (strcmp(c->windows[i].window.id, id) == 0 && c->windows[i].from <= on && on <= c->windows[i].to)
                        return &c->windows[i].window;
        return NULL;
}

static day edge_day(const struct window_edge *edge, int year, int month)
{
        int serial = year * 12 + month - 1 + edge->month, last;

        year = serial / 12;
        month = serial % 12 + 1;
        last = days_in_month(year, month);
        return day_of(year, month, edge->day_of_month == 0 || edge->day_of_month > last ? last : edge->day_of_month);
}

static day due_day(const struct catalogue *c, const struct window_rule *w, period p, bool *is_certain)
{
        int year, month, number;
        bool known = true, known_before = true;
        day d;

        day_split(period_last(p), &year, &month, &number);
        d = edge_day(&w->due, year, month) - w->is_before;
        if (w->shift == SHIFT_NEXT)
                d = day_plus_working(c, d, 0, &known);
        else if (w->shift == SHIFT_PREVIOUS && !day_is_working(c, d, &known))
                d = day_plus_working(c, d, -1, &known_before);
        *is_certain = known && known_before;
        return d;
}

bool window_due_is_certain(const struct catalogue *c, const struct window *window, period p)
{
        bool is_certain;

        due_day(c, (const struct window_rule *)window, p, &is_certain);
        return is_certain;
}

bool window_dates(const struct catalogue *c, const struct window *window, period p, day *first, day *last, moment *due)
{
        const struct window_rule *w = (const struct window_rule *)window;
        int year, month, number, last_year, last_month;
        bool is_certain;

        if (period_frequency(p) != window->frequency)
                return false;
        day_split(period_first(p), &year, &month, &number);
        day_split(period_last(p), &last_year, &last_month, &number);
        *first = edge_day(&w->first, year, month);
        *last = edge_day(&w->last, last_year, last_month);
        *due = moment_of_day(due_day(c, w, p, &is_certain)) + (moment)w->due_minutes * 60000 - (w->due_minutes == MINUTES_PER_DAY);
        return true;
}
