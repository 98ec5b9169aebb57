/* calendar.c - the days off by which working days are counted, and who is told in time that they end. */
#include "areas/definitions/definitions.h"

#include "areas/area.h"
#include "ledger/node.h"

#define NOTICE_DAYS 92 /* before the calendar ends: the days off of a year are announced in the months before it */

static bool rows_write(struct work *w, struct table *t, void *context)
{
        size_t count;
        const struct special_day *days = calendar_days(context, &count);

        for (size_t i = count; i-- > 0;) {
                bool is_verified;
                const char *basis = calendar_basis(context, days[i].on, &is_verified);

                table_row(t, (struct cell[]){ cell_day(days[i].on), cell_text(days[i].is_working ? work_text(w, "make-up day, worked") : work_text(w, "day off")),
                                              cell_text(w->language == LANGUAGE_VI ? days[i].name_vi : days[i].name_en),
                                              cell_text(is_verified ? work_text(w, "checked") : work_text(w, "to be checked")), cell_text(basis) });
        }
        return work_ok(w);
}

static const char *year_end_said(struct work *w, day end)
{
        char text[DAY_SHOWN_MAX];

        day_write_shown(text, end, w->language);
        return arena_text(w->arena, text);
}

bool calendar_list(struct work *w, const struct request *r, struct reply *reply)
{
        static const struct column columns[] = { { "day", N_("Day"), NULL, CELL_DAY }, { "kind", N_("Kind"), NULL, CELL_TEXT }, { "name", N_("Name"), NULL, CELL_TEXT },
                                                 { "state", N_("State"), NULL, CELL_TEXT }, { "basis", N_("Basis"), NULL, CELL_TEXT } };
        struct page page = { .title = work_text(w, "Days off"), .nav = NAV_UNITS, .defined_by = { "calendar/" } };
        struct catalogue *c = (struct catalogue *)catalogue_of(w);
        day end = c == NULL ? DAY_NONE : calendar_end(c, day_of_moment(w->now));
        const char *notes[] = { NULL, work_text(w, "The ministry's administrator adds a year: its days off to calendar/holidays.csv, the year to calendar/years.csv, then caunoi catalogue load NODE DIR."), NULL };

        if (c == NULL)
                return false;
        notes[0] = end == DAY_NONE ? work_text(w, "The days off of this year are not known yet: working days are counted by weekends alone, and last days that rest on them may move.")
                                   : arena_print(w->arena, work_text(w, "Known until %s; working days after it are counted by weekends alone, and last days that rest on them may move."),
                                                 year_end_said(w, end));
        return table_reply(w, r, reply, &page, "calendar", notes, columns, sizeof columns / sizeof *columns, rows_write, c);
}

struct area_due *calendar_due(struct work *w, size_t *count)
{
        struct area_due *list = arena_alloc(w->arena, sizeof *list);
        const struct catalogue *c = catalogue_of(w);
        day today = day_of_moment(w->now), end;
        const struct unit *own;

        *count = 0;
        if (c == NULL)
                return NULL;
        own = user_may(w->user, MAY_DEFINE) ? unit_at(c, node_unit(w->node), today) : NULL;
        if (own == NULL || own->level != LEVEL_COUNTRY)
                return list;
        end = calendar_end(c, today);
        if (end != DAY_NONE && end - today >= NOTICE_DAYS)
                return list;
        *list = (struct area_due){ .kind = "calendar", .name = "", .about = own->key, .period = "",
                                   .title = end == DAY_NONE ? work_text(w, "The days off of this year are not known yet: add them to the calendar")
                                                            : arena_print(w->arena, work_text(w, "The calendar of days off ends on %s: add the next year"), year_end_said(w, end)),
                                   .unit = text_in(w->language, own->full_name_vi, own->full_name_en), .href = "/calendar", .action = work_text(w, "See what it knows"),
                                   .due = end == DAY_NONE ? 0 : moment_end_of_day(end) };
        *count = 1;
        return list;
}
