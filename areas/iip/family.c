/* family.c - all tables of a family: of the country and its provinces, with what of them may be published. They are kept, and what entries change afterwards
 * is computed anew.
 *
 * The table iip_told has a number for each unit and month of which output was reported, which changes with each entry about it. Months that have another one
 * than before are read again, whatever the entries said of them: a late report, a correction, a decision between reports of several nodes. In tables
 * of which they are a part the products that changed are completed and added up anew, and the index is made of the sums; what may be published is
 * decided anew of the months that changed, for each asks by itself what is to be hidden in all. All this comes to what a computation from nothing
 * does, to the digit. Tables have columns for some months to come, so reports of a new month change them as late ones do. Where other things changed (weights, the sample, shares, the map, a base)
 * it is made from nothing. */
#include <stdatomic.h>
#include <string.h>

#include "areas/iip/iip.h"
#include "base/map.h"

struct told { int64_t series, unit, month, mark; };

struct told_list {
        struct told *list;
        size_t count, room;
};

struct family {
        struct arena *arena;
        enum iip_series series;        /* the first of the family */
        struct iip_vintage vintage;
        struct iip **table;
        bool *is_current;              /* [table] it is by all weights there are; not one that was published before weights that cannot be used */
        size_t count;
        struct map *number;            /* unit and series -> number of the table + 1 */
        bool is_whole;                 /* every table that is to be is there, and current */
        struct iip_secrets *secrets;
        struct told_list told, newer;  /* what entries told when it was made; room for what they tell now */
};

static atomic_llong made_anew, made_again;

struct iip_made iip_made(void)
{
        return (struct iip_made){ atomic_load(&made_anew), atomic_load(&made_again) };
}

/* ---- what entries told -------------------------------------------------------------------------------------------------- */

static void told_read(struct work *w, const struct family *f, struct told_list *told)
{
        told->count = 0;
        for (int series = 0; series < IIP_SERIES; series++) {
                struct rows *r;

                if (iip_family((enum iip_series)series) != f->series)
                        continue;
                r = db_query(w->db, "SELECT unit, month, mark FROM iip_told WHERE series = $1 ORDER BY unit, month", ARGS(v_int(series)));
                while (rows_next(r)) {
                        if (told->count == told->room) {
                                struct told *longer = arena_array(f->arena, 2 * told->room + 64, sizeof *longer);

                                if (told->count > 0)
                                        memcpy(longer, told->list, told->count * sizeof *longer);
                                told->list = longer;
                                told->room = 2 * told->room + 64;
                        }
                        told->list[told->count++] = (struct told){ series, rows_int(r, 0), rows_int(r, 1), rows_int(r, 2) };
                }
                rows_close(r);
        }
}

static int told_order(const struct told *x, const struct told *y)
{
        if (x->series != y->series)
                return x->series < y->series ? -1 : 1;
        if (x->unit != y->unit)
                return x->unit < y->unit ? -1 : 1;
        return (x->month > y->month) - (x->month < y->month);
}

/* The output that is told otherwise now, of each series. False where something else changed, or a series is told of for the first time. */
static bool told_compare(struct work *w, const struct family *f, struct iip_reported **changed, size_t *count)
{
        const struct told *old = f->told.list, *now = f->newer.list;
        bool is_told[IIP_SERIES] = { false };
        size_t i = 0;

        for (size_t k = 0; k < f->told.count; k++)
                is_told[old[k].series] |= old[k].month != PERIOD_NONE;
        for (size_t k = 0; k < f->newer.count; k++) {
                int order = i < f->told.count ? told_order(&old[i], &now[k]) : 1;

                if (order < 0)
                        return false;
                i += order == 0;
                if (order == 0 && old[i - 1].mark == now[k].mark)
                        continue;
                if (now[k].month == PERIOD_NONE || !is_told[now[k].series])
                        return false;
                changed[now[k].series] = arena_room(w->arena, changed[now[k].series], count[now[k].series], sizeof **changed);
                changed[now[k].series][count[now[k].series]++] = (struct iip_reported){ now[k].unit, (period)now[k].month };
        }
        return i == f->told.count;
}

/* ---- tables ------------------------------------------------------------------------------------------------------------ */

static int64_t *number_of(struct work *w, const struct family *f, const struct unit *unit, enum iip_series series)
{
        int64_t *number = map_put_text(f->number, arena_print(w->arena, "%s %d", unit->code, (int)series), NULL);

        if (number == NULL)
                arena_starve(w->arena);
        return number;
}

/* The table of a unit, where it has one. One that cannot be computed is not published any more, but what it was before the weights came that
 * cannot be used still is known: so much of it counts. */
static void add_table(struct work *w, struct family *f, struct iip_ground *g, const struct unit *unit, enum iip_series series)
{
        for (size_t without = 0;; without++) {
                struct iip *x = iip_compute(w, g, unit, series, without);

                if (x != NULL) {
                        f->is_current[f->count] = without == 0;
                        f->table[f->count++] = x;
                        *number_of(w, f, unit, series) = (int64_t)f->count;
                }
                if (x != NULL || (w->err.code != ERR_MISSING && w->err.code != ERR_INVALID))
                        return;
                f->is_whole &= w->err.code == ERR_MISSING && without == 0;
                if (w->err.code == ERR_MISSING) { /* no weights are left, or there are no reports */
                        error_clear(&w->err);
                        return;
                }
                error_clear(&w->err);
        }
}

static size_t beside(const void *thing)
{
        const struct family *f = thing;
        size_t bytes = f->secrets == NULL ? 0 : iip_secrets_beside(f->secrets);

        for (size_t i = 0; i < f->count; i++)
                bytes += arena_used(f->table[i]->computed);
        return bytes;
}

static void *make(struct work *w, const void *argument)
{
        const struct family *of = argument;
        struct family *f = arena_alloc(w->arena, sizeof *f);
        const struct catalogue *c = catalogue_of(w);
        struct iip_ground *g = iip_ground_open(w, of->vintage);
        day today = of->vintage.on;
        size_t room = g == NULL ? 0 : unit_list(c, LEVEL_PROVINCE, today, NULL, 0);
        const struct unit **units = arena_array(w->arena, room + 1, sizeof(*units));

        if (g == NULL)
                return NULL;
        *f = (struct family){ .arena = w->arena, .series = of->series, .vintage = of->vintage, .table = arena_array(w->arena, (room + 1) * IIP_SERIES, sizeof(struct iip *)),
                              .is_current = arena_array(w->arena, (room + 1) * IIP_SERIES, sizeof(bool)), .number = map_in(w->arena), .is_whole = true };
        told_read(w, f, &f->told);
        unit_list(c, LEVEL_PROVINCE, today, units, room);
        units[room] = unit_at(c, "VN", today);
        for (int series = 0; series < IIP_SERIES; series++)
                for (size_t i = 0; work_ok(w) && i <= room && iip_family((enum iip_series)series) == f->series; i++)
                        if (units[i] != NULL) {
                                add_table(w, f, g, units[i], (enum iip_series)series);
                                f->is_whole &= of->vintage.known == 0 || iip_newest(w, g, (enum iip_series)series) != 0; /* others may bring what was told by then */
                                if (work_ok(w) && arena_used(f->arena) + beside(f) > IIP_FAMILY_MEMORY)
                                        error_set(&w->err, ERR_TOO_BIG, "this takes more memory than one request may have");
                        }
        if (!work_ok(w))
                return NULL;
        f->secrets = iip_secrets_make(w, f->table, f->count);
        atomic_fetch_add(&made_anew, 1);
        return f;
}

static bool make_again(struct work *w, void *thing)
{
        struct family *f = thing;
        struct iip_ground *g = iip_ground_open(w, f->vintage);
        struct iip_reported *changed[IIP_SERIES] = { NULL };
        size_t count[IIP_SERIES] = { 0 };
        struct told_list older = f->told;
        struct iip_changed *is_other = arena_array(w->arena, f->count + 1, sizeof *is_other); /* [table] */
        bool ok;
        jmp_buf *guard = arena_guard(w->arena, NULL);

        arena_guard(w->arena, guard);
        arena_guard(f->arena, guard);
        if (g == NULL || !f->is_whole)
                return false;
        told_read(w, f, &f->newer);
        if (!work_ok(w) || !told_compare(w, f, changed, count))
                return false;
        ok = true;
        for (size_t i = 0; ok && i < f->count; i++) {
                struct iip *x = f->table[i];

                if (count[x->series] > 0)
                        ok = iip_compute_again(w, g, x, changed[x->series], count[x->series], &is_other[i]);
        }
        ok = ok && work_ok(w) && iip_secrets_again(f->secrets, is_other);
        f->told = f->newer;
        f->newer = older;
        arena_guard(f->arena, NULL);
        atomic_fetch_add(&made_again, ok);
        return ok;
}

/* ---- for a request --------------------------------------------------------------------------------------------------------- */

struct wanted {
        const struct unit *unit;
        enum iip_series series;
        struct iip_vintage vintage;
};

/* Says why a unit has no table. */
static bool say_why(struct work *w, void *argument)
{
        const struct wanted *of = argument;
        struct iip_ground *g = iip_ground_open(w, of->vintage);

        return g != NULL && iip_compute(w, g, of->unit, of->series, 0) != NULL &&
               error_set(&w->err, ERR_MISSING, "\"%s\" is neither the country nor a province of today", of->unit->code);
}

const struct iip *iip_make(struct work *w, const struct unit *unit, enum iip_series series, struct iip_vintage vintage)
{
        static const struct iip_keeper keeper = { make, make_again, beside };
        struct family of = { .series = iip_family(series), .vintage = vintage };
        const struct family *f = iip_keep(w, "family", series, vintage, &keeper, &of);
        const int64_t *number = f == NULL ? NULL : map_get_text(f->number, arena_print(w->arena, "%s %d", unit->code, (int)series));
        struct iip *x;

        if (f == NULL)
                return NULL;
        if (number == NULL || !f->is_current[*number - 1]) {
                struct wanted wanted = { unit, series, vintage };

                run_in_scratch(w, say_why, &wanted);
                return NULL;
        }
        x = arena_alloc(w->arena, sizeof *x);
        *x = *f->table[*number - 1];
        x->vintage = vintage; /* it may have been made on a day with the same map */
        x->pattern = iip_secrets_of(f->secrets, (size_t)*number - 1);
        return x;
}
