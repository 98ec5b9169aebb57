#include <pthread.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "catalogue/catalogue_private.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/past.h"
#include "ledger/read.h"
#include "ledger/run.h"
#include "ledger/trust.h"
#include "ledger/write.h"

#define PATH_MOST 200

/* ---- who lies in whom ------------------------------------------------------------------------------------ */

stamp catalogue_recorded_at(struct work *w, const char *path)
{
        static _Thread_local struct { int64_t epoch; stamp at; char path[PATH_MOST + 1]; } asked;
        int64_t epoch = ledger_epoch(w);
        stamp at;

        if (epoch != 0 && asked.epoch == epoch && strcmp(asked.path, path) == 0)
                return asked.at;
        at = db_number(w->db,
                       "SELECT MIN(r.at) FROM catalogue_version r JOIN catalogue_file f ON f.path = r.path AND f.is_home = r.is_home"
                       " WHERE r.path = $1 AND r.mark <> 0 AND NOT EXISTS (SELECT 1 FROM catalogue_version x"
                       " WHERE x.path = r.path AND x.is_home = r.is_home AND x.mark = 0 AND x.at > r.at)",
                       ARGS(v_text(path)), 0);
        asked.epoch = work_ok(w) && strlen(path) <= PATH_MOST ? epoch : 0;
        if (asked.epoch != 0) {
                strcpy(asked.path, path);
                asked.at = at;
        }
        return at;
}

const struct unit *catalogue_had(struct work *w, const struct catalogue *c, const char *code, struct tenure t, day on)
{
        const struct unit *now = unit_last(c, code, on), *u;
        day since;

        if (t.since == INT64_MAX)
                return now;
        since = day_of_moment(stamp_moment(t.since));
        u = unit_last(c, code, since > t.act ? since : t.act);
        while (u != NULL && u->act_file != NULL && u->from > t.act && catalogue_recorded_at(w, u->act_file) > t.since)
                u = unit_last(c, code, u->from - 1);
        return u == NULL || u->from > on ? now : u;
}

bool catalogue_is_had(struct work *w, const struct catalogue *c, const struct unit *u, const char *code, struct tenure t, day on)
{
        const struct unit *had = catalogue_had(w, c, code, t, on);

        return had != NULL && (had->level == LEVEL_COUNTRY || unit_is_of(c, u, had, unit_last(c, code, on), on));
}

const struct unit_change *catalogue_awaited(struct work *w, const struct catalogue *c, const char *code, struct tenure t)
{
        day today = day_of_moment(w->now);
        const struct unit *had = catalogue_had(w, c, code, t, today), *now = unit_last(c, code, today);
        const struct unit_change *first;

        if (had == NULL || had->to >= today || (now != had && unit_is_of(c, now, had, now, today)))
                return NULL;
        return unit_successors(c, had, &first, 1) > 0 ? first : NULL;
}

static bool code_is_had(struct work *w, const struct catalogue *c, const char *inner, const char *outer, struct tenure t, day on)
{
        const struct unit *u = unit_last(c, inner, on);

        return u != NULL && catalogue_is_had(w, c, u, outer, t, on);
}

bool catalogue_is_within(struct work *w, const char *inner, const char *outer, struct tenure t, day on)
{
        const struct catalogue *c;

        if (strcmp(inner, outer) == 0 || strcmp(outer, "VN") == 0)
                return true;
        c = version_of_tables(w) == 0 ? NULL : catalogue_now(w); /* no file yet: nothing is known to lie anywhere */
        return c != NULL && code_is_had(w, c, inner, outer, t, on);
}

bool catalogue_is_same_unit(struct work *w, const char *code, struct tenure a, struct tenure b)
{
        const struct catalogue *c = version_of_tables(w) == 0 ? NULL : catalogue_now(w);
        day today = day_of_moment(w->now);

        return c == NULL || catalogue_had(w, c, code, a, today) == catalogue_had(w, c, code, b, today);
}

bool catalogue_is_served(struct work *w, const char *inner, const char *outer)
{
        const struct catalogue *c = catalogue_now(w);
        day today = day_of_moment(w->now);
        const char *const *former;
        stamp now = ledger_next_stamp(w);

        if (c == NULL)
                return false;
        if (strcmp(outer, "VN") == 0)
                return unit_code_is_within(c, inner, outer, today);
        for (former = trust_taken_over(w, outer, now); former != NULL && *former != NULL; former++)
                if (strcmp(inner, *former) == 0 || code_is_had(w, c, inner, *former, TENURE_ANY, today))
                        return true;
        if (strcmp(outer, node_unit(w->node)) != 0)
                return unit_code_is_within(c, inner, outer, today);
        /* The list of units may still say that a unit has merged into another where the ministry has undone that. */
        for (former = trust_given_back(w, outer, now); former != NULL && *former != NULL; former++)
                if (strcmp(inner, *former) == 0 || code_is_had(w, c, inner, *former, TENURE_ANY, today))
                        return false;
        return strcmp(inner, outer) == 0 || code_is_had(w, c, inner, outer, trust_tenure(w, node_key(w->node)), today);
}

bool catalogue_stands(struct work *w, const char *code)
{
        const struct catalogue *c = catalogue_of(w);
        struct succession *list;
        size_t count;

        if (c == NULL || unit_at(c, code, day_of_moment(w->now)) != NULL)
                return c != NULL;
        list = trust_successions(w, &count);
        for (size_t i = 0; i < count && work_ok(w); i++) {
                const char *const *back = trust_given_back(w, list[i].unit, ledger_next_stamp(w));

                for (; back != NULL && *back != NULL; back++)
                        if (strcmp(*back, code) == 0)
                                return true;
        }
        return false;
}

/* ---- what rests on the catalogue ------------------------------------------------------------------------ */

#define DEPENDENTS_MOST 8

static pthread_mutex_t dependents_lock = PTHREAD_MUTEX_INITIALIZER;
static const struct catalogue_dependent *dependents[DEPENDENTS_MOST];
static size_t dependent_count;

void catalogue_register_dependent(const struct catalogue_dependent *d)
{
        pthread_mutex_lock(&dependents_lock);
        for (size_t i = 0; i < dependent_count; i++)
                if (dependents[i] == d)
                        d = NULL;
        if (d != NULL && dependent_count < DEPENDENTS_MOST)
                dependents[dependent_count++] = d;
        pthread_mutex_unlock(&dependents_lock);
}

static bool unit_is_same(const struct catalogue *a, const struct catalogue *b, day today)
{
        size_t i = 0, n = 0;

        while (i < a->units.count || n < b->units.count) {
                const struct unit *x = i < a->units.count ? &a->units.list[i] : NULL;
                const struct unit *y = n < b->units.count ? &b->units.list[n] : NULL;

                if (x != NULL && x->from > today) {
                        i++;
                        continue;
                }
                if (y != NULL && y->from > today) {
                        n++;
                        continue;
                }
                if (x == NULL || y == NULL || strcmp(x->key, y->key) != 0 || x->level != y->level ||
                    (x->parent == NULL) != (y->parent == NULL) ||
                    (x->parent != NULL && strcmp(x->parent->key, y->parent->key) != 0) ||
                    (x->to < today ? x->to : today) != (y->to < today ? y->to : today))
                        return false;
                i++;
                n++;
        }
        return true;
}

static bool changes_are_same(const struct catalogue *a, const struct catalogue *b, day today)
{
        size_t i = 0, n = 0;

        while (i < a->units.change_count || n < b->units.change_count) {
                const struct unit_change *x = i < a->units.change_count ? &a->units.changes[i] : NULL;
                const struct unit_change *y = n < b->units.change_count ? &b->units.changes[n] : NULL;

                if (x != NULL && x->date > today) {
                        i++;
                        continue;
                }
                if (y != NULL && y->date > today) {
                        n++;
                        continue;
                }
                if (x == NULL || y == NULL || x->date != y->date || x->share_ppm != y->share_ppm ||
                    strcmp(x->old->key, y->old->key) != 0 || strcmp(x->new->key, y->new->key) != 0)
                        return false;
                i++;
                n++;
        }
        return true;
}

/* Further indicators and items change nothing for figures that stand: those that waited for them are tried again. */
static bool definitions_are_kept(const struct catalogue *old, const struct catalogue *new)
{
        for (size_t i = 0; i < old->indicator_count; i++) {
                const struct indicator *x = &old->indicators[i], *y = indicator_find(new, x->id);

                if (y == NULL || x->decimals != y->decimals || x->additive != y->additive || x->from != y->from ||
                    x->to != y->to || x->least != y->least || x->most != y->most ||
                    x->may_be_negative != y->may_be_negative ||
                    strcmp(x->item_classification, y->item_classification) != 0 ||
                    strcmp(x->partner_classification, y->partner_classification) != 0)
                        return false;
        }
        for (size_t i = 0; i < old->classification_count; i++) {
                const struct classified *x = &old->classifications[i];
                const struct classification *y = classification_find(new, x->classification.id);

                if (y == NULL || strcmp(x->classification.root, y->root) != 0)
                        return false;
                for (size_t n = 0; n < x->count; n++) {
                        const struct item *a = &x->items[n],
                                          *b = item_at(new, y->id, a->code, a->from != DAY_NONE ? a->from : a->to);

                        if (b == NULL || a->from != b->from || a->to != b->to || !measure_is_same(new, a->unit_vi, b->unit_vi))
                                return false;
                }
        }
        return true;
}

static bool places_by_definitions(const struct catalogue *old, const struct catalogue *new)
{
        return definitions_are_kept(old, new) && providers_are_same(old, new);
}

bool catalogue_past_is_same(const struct catalogue *old, const struct catalogue *new, day today)
{
        return old == new || (unit_is_same(old, new, today) && changes_are_same(old, new, today) && places_by_definitions(old, new));
}

/* Whether any table that rests on the catalogue holds a row, or any entry was judged by it. */
static bool anything_rests(struct work *w)
{
        if (db_number(w->db, "SELECT COUNT(*) FROM ledger_set_aside WHERE is_waiting = 0", NO_ARGS, 0) > 0)
                return true;
        for (size_t i = 0; i < dependent_count; i++)
                for (const char *const *table = dependents[i]->tables; *table != NULL; table++)
                        if (db_number(w->db, arena_print(w->arena, "SELECT COUNT(*) FROM (SELECT 1 AS one FROM %s LIMIT 1) AS t",
                                                         *table), NO_ARGS, 0) > 0)
                                return true;
        return false;
}

period catalogue_held(struct work *w, const char *indicator, const char *item, day from, day to)
{
        period last = PERIOD_NONE;

        for (size_t i = 0; i < dependent_count && last == PERIOD_NONE && work_ok(w); i++)
                if (dependents[i]->held != NULL)
                        last = dependents[i]->held(w, indicator, item, from, to);
        return last;
}

bool indicator_is_used(struct work *w, const char *indicator)
{
        return catalogue_held(w, indicator, NULL, DAY_NONE, DAY_FOREVER) != PERIOD_NONE;
}

/* Whether a dependent rests on a file itself, by its path. */
static bool names_file(const struct catalogue_dependent *d, const char *path)
{
        for (const char *const *files = d->files; files != NULL && *files != NULL; files++)
                if (strncmp(path, *files, strlen(*files)) == 0)
                        return true;
        return false;
}

/* Whether the files that a dependent rests on are the same in two catalogues; both have theirs in order of path. */
static bool files_are_same(const struct catalogue_dependent *d, const struct catalogue *a, const struct catalogue *b)
{
        size_t i = 0, n = 0;

        for (;; i++, n++) {
                while (i < a->file_count && !names_file(d, a->files[i].path))
                        i++;
                while (n < b->file_count && !names_file(d, b->files[n].path))
                        n++;
                if (i == a->file_count || n == b->file_count)
                        return i == a->file_count && n == b->file_count;
                if (strcmp(a->files[i].path, b->files[n].path) != 0 || strcmp(a->files[i].text, b->files[n].text) != 0)
                        return false;
        }
}

bool catalogue_places_alike(struct work *w)
{
        const struct catalogue *then = w->known == 0 ? NULL : catalogue_of(w), *now = then == NULL ? NULL : catalogue_now(w);

        if (then == now)
                return true; /* or none can be read: there is an error then */
        return now != NULL && unit_is_same(then, now, DAY_FOREVER) && changes_are_same(then, now, DAY_FOREVER) && catalogue_defines_alike(then, now);
}

bool catalogue_defines_alike(const struct catalogue *then, const struct catalogue *now)
{
        if (!places_by_definitions(then, now))
                return false;
        for (size_t i = 0; i < dependent_count; i++)
                if (!files_are_same(dependents[i], then, now))
                        return false;
        return true;
}

/* What defined at the moment, by what the work reads. */
struct defining {
        bool may_be_placed, is_placed; /* the tables by it */
        int64_t *list;
        size_t count;
};

static bool find_defining(struct work *w, void *argument)
{
        struct defining *d = argument;
        const struct catalogue *then;
        struct chosen chosen;

        d->is_placed = d->may_be_placed && catalogue_places_alike(w);
        if (d->is_placed || !work_ok(w))
                return work_ok(w);
        then = catalogue_of(w);
        if (then == NULL || !catalogue_choose(w, w->known, &chosen))
                return false;
        d->list = arena_array(w->arena, chosen.count + 1, sizeof *d->list);
        for (size_t i = 0; i < chosen.count; i++)
                if (then->has_later || !chosen.list[i].is_later)
                        d->list[d->count++] = chosen.list[i].brought; /* a decision alone would wait for what it decides about */
        return true;
}

struct past *catalogue_past(struct work *w, moment recorded)
{
        struct past *whole = recorded == 0 ? NULL : past_hold(w, recorded, PAST_WHOLE), *placed = NULL;
        struct defining d = { .may_be_placed = whole != NULL };

        if (recorded != 0 && whole == NULL)
                return NULL;
        if (!(whole == NULL ? find_defining(w, &d) : past_run(w, whole, find_defining, &d))) {
                past_release(whole);
                return NULL;
        }
        if (d.is_placed)
                return whole;
        placed = past_hold_defined(w, recorded, d.list, d.count);
        past_release(whole);
        return placed;
}

bool catalogue_run_known(struct work *w, moment recorded, work_function *run, void *argument)
{
        const moment now = w->now;
        struct past *p;
        bool ok;

        if (recorded == 0 && (catalogue_places_alike(w) || !work_ok(w)))
                return work_ok(w) && run(w, argument);
        p = catalogue_past(w, recorded);
        if (recorded != 0) {
                w->now = recorded;
                w->is_past = true;
        }
        ok = p != NULL && past_run(w, p, run, argument);
        w->now = now;
        w->is_past = false;
        past_release(p);
        return ok;
}

static bool replay_dependents(struct work *w, const struct catalogue *old, const struct catalogue *new)
{
        static const char *const none[] = { NULL };
        bool is_same = catalogue_past_is_same(old, new, DAY_FOREVER);

        for (size_t i = 0; i < dependent_count && work_ok(w); i++)
                for (size_t n = 0; dependents[i]->kind_prefixes[n] != NULL && work_ok(w); n++)
                        if (!is_same || !files_are_same(dependents[i], old, new))
                                ledger_replay(w, dependents[i]->kind_prefixes[n], n == 0 ? dependents[i]->tables : none);
        return work_ok(w);
}

/* After files changed: what was placed by the old ones is placed again where that matters, and what waited is tried again.
 * Days to come matter too: figures may be about them, and what is written then may arrive before the file does. */
static bool catalogue_changed(struct work *w, const struct catalogue *old, bool has_units)
{
        const struct catalogue *new;

        if (has_units && !trust_again(w)) /* who stands above whom */
                return false;
        if (old != NULL) {
                new = catalogue_of(w);
                if (new == NULL)
                        return false;
                if (!replay_dependents(w, old, new))
                        return false;
        }
        return ledger_retry_waiting(w);
}

/* ---- entries ------------------------------------------------------------------------------------------------ */

/* The work that is loading several files: what follows from them is done once, at the end. */
static _Thread_local const struct work *loading;

static bool path_is_valid(const char *path)
{
        size_t length = strlen(path);

        if (length == 0 || length > PATH_MOST || path[0] == '/' || path[0] == '.' || strstr(path, "/.") != NULL)
                return false;
        return strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == length;
}

/* Whether what was placed may have to be placed again when the file changes. */
static bool path_matters(const char *path)
{
        for (size_t i = 0; i < dependent_count; i++)
                if (names_file(dependents[i], path))
                        return true;
        return strncmp(path, "units/", 6) == 0 || strncmp(path, "classifications", 15) == 0 ||
               strncmp(path, "indicators/", 11) == 0 || path_is_in(path, "", ".indicator") || strcmp(path, "sources.yaml") == 0;
}

/* 1: the ministry's version, for everybody; 0: this node's own copy; -1: nobody this node listens to. */
static int standing(struct work *w, const struct entry *e)
{
        const struct peer *writer;

        if (strcmp(e->audience, AUDIENCE_LOCAL) == 0)
                return node_is_own(w->node, e->node) ? 0 : -1;
        if (strcmp(e->audience, AUDIENCE_ALL) != 0)
                return -1;
        writer = trust_writer(w, e);
        return writer != NULL && strcmp(writer->unit, "VN") == 0 ? 1 : -1;
}

struct present {
        bool is_there;
        int64_t is_home, mark, entry;
};

static struct present present_file(struct work *w, const char *path)
{
        struct present p = { 0 };
        struct rows *r = db_query(w->db, "SELECT is_home, mark, entry FROM catalogue_file WHERE path = $1", ARGS(v_text(path)));

        if (rows_next(r))
                p = (struct present){ true, rows_int(r, 0), rows_int(r, 1), rows_int(r, 2) };
        rows_close(r);
        return p;
}

/* An entry's file, checked. */
struct version {
        const char *path, *text, *seen, *settles;
        int64_t mark, brought;
        int is_home;
};

/* Note a version. A word about an act that comes late may say that it was recorded earlier than was known, so that nodes have had other units: then all is
 * judged again. */
static bool version_note(struct work *w, const struct entry *e, const struct version *v)
{
        if (path_is_in(v->path, ARRANGEMENTS, ".csv") &&
            db_number(w->db, "SELECT COUNT(*) FROM catalogue_version WHERE path = $1 AND is_home = $2 AND at > $3", ARGS(v_text(v->path), v_int(v->is_home), v_int(e->at)), 0) > 0)
                trust_unsettle(w);
        return db_exec(w->db,
                       "INSERT INTO catalogue_version (entry, path, is_home, at, mark, brought, seen, settles, is_copy) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
                       ARGS(v_int(e->id), v_text(v->path), v_int(v->is_home), v_int(e->at), v_int(v->mark), v_int(v->brought), v_text(v->seen), v_text(v->settles)));
}

static enum applied refuse(struct error *why, enum error_code code, const char *message)
{
        error_say(why, code, message);
        return REFUSED;
}

/* Whether an entry brings a file, or decides about one, and may. */
static enum applied version_check(struct work *w, const struct entry *e, struct version *v, struct error *why)
{
        bool is_decision = strcmp(e->kind, "catalogue.settle") == 0;

        *v = (struct version){ .path = json_string_value(json_object_get(e->body, "path")), .text = json_string_value(json_object_get(e->body, "text")), .brought = e->id };
        if (v->path == NULL || v->text == NULL || !path_is_valid(v->path))
                return refuse(why, ERR_INVALID, N_("it holds no catalogue file"));
        v->is_home = standing(w, e);
        if (!work_ok(w))
                return FAILED;
        if (v->is_home < 0 || (is_decision && v->is_home == 0))
                return refuse(why, ERR_DENIED, N_("only the ministry's node defines the catalogue for others"));
        v->mark = file_mark(v->path, v->text, strlen(v->text));
        if (is_decision)
                return decision_check(w, e, v->path, v->mark, &v->settles, &v->brought, why);
        if (e->author[0] != '\0' && !role_may(role_by_name(e->role), MAY_DEFINE))
                return refuse(why, ERR_DENIED, N_("its author may not define the catalogue"));
        return seen_read(w, e, &v->seen) ? APPLIED : refuse(why, ERR_INVALID, N_("\"seen\" does not say which entries of which streams it had seen"));
}

/* The text of the version that stands, where that is another entry's. */
static const char *text_of(struct work *w, int64_t entry)
{
        const struct entry *e = ledger_entry(w, entry);
        const char *text = e == NULL ? NULL : json_string_value(json_object_get(e->body, "text"));

        if (text == NULL && work_ok(w))
                error_set(&w->err, ERR_DAMAGED, "entry %lld is missing", (long long)entry);
        return text;
}

/* The ministry's version stands over the node's own copy; among those of each the one that contest.c finds. */
static enum applied apply_file(struct work *w, const struct entry *e, struct error *why)
{
        const struct catalogue *old = NULL;
        struct present before;
        struct version v;
        enum applied verdict = version_check(w, e, &v, why);
        int64_t stands, mark;
        stamp at;

        if (verdict != APPLIED)
                return verdict;
        before = present_file(w, v.path);
        if (!work_ok(w) || !version_note(w, e, &v))
                return FAILED;
        stands = version_standing(w, v.path, v.is_home == 1);
        if (!work_ok(w))
                return FAILED;
        if (before.is_there && (before.is_home > v.is_home || before.entry == stands))
                return APPLIED;
        mark = v.mark;
        at = e->at;
        if (stands != e->id) {
                v.text = text_of(w, stands);
                if (v.text == NULL || !ledger_stamp_of(w, stands, &at))
                        return FAILED;
                mark = file_mark(v.path, v.text, strlen(v.text));
        }
        if (loading == NULL && before.mark != mark && path_matters(v.path) && anything_rests(w))
                old = catalogue_of(w);
        if ((before.is_there && !db_exec(w->db, "DELETE FROM catalogue_file WHERE path = $1", ARGS(v_text(v.path)))) ||
            !db_insert_long(w->db, "INSERT INTO catalogue_file (path, is_home, at, mark, entry, text) VALUES ($1, $2, $3, $4, $5, $6)",
                            ARGS(v_text(v.path), v_int(v.is_home), v_int(at), v_int(mark), v_int(stands), v_bytes(v.text, strlen(v.text))), "catalogue_file",
                            "text"))
                return FAILED;
        if (loading == NULL && before.mark != mark && !catalogue_changed(w, old, strncmp(v.path, "units/", 6) == 0))
                return FAILED;
        return work_ok(w) ? APPLIED : FAILED;
}

const struct entry_kind catalogue_kinds[] = {
        { "catalogue.file", apply_file, N_("a file of the catalogue: units, items, indicators, forms, periods") },
        { "catalogue.settle", apply_file, N_("a decision between versions of such a file that nodes wrote without having seen each other") },
        { 0 },
};

const struct derived_table catalogue_tables[] = {
        { .name = "catalogue_file",
          .create_sql = "CREATE TABLE catalogue_file (path TEXT NOT NULL PRIMARY KEY, is_home BIGINT NOT NULL,"
                        " at BIGINT NOT NULL, mark BIGINT NOT NULL, entry BIGINT NOT NULL, text BYTES NOT NULL);"
                        "CREATE INDEX catalogue_file_mark ON catalogue_file (mark)", /* the version is their sum, asked for with nearly every entry */
          .state_sql = "SELECT path, is_home, mark, entry FROM catalogue_file WHERE mark <> 0",
          .state_form = "tiie" },
        /* All versions of all files. seen: "STREAM SEQ" in lines, NULL where it does not say; settles: of a decision, the hashes it names; brought: the
         * entry that brought the text, of a decision another one. */
        { .name = "catalogue_version",
          .create_sql = "CREATE TABLE catalogue_version (entry BIGINT NOT NULL PRIMARY KEY, path TEXT NOT NULL, is_home BIGINT NOT NULL, at BIGINT NOT NULL,"
                        " mark BIGINT NOT NULL, brought BIGINT NOT NULL, seen TEXT, settles TEXT, is_copy BIGINT NOT NULL);"
                        "CREATE INDEX catalogue_version_path ON catalogue_version (path)",
          /* What was recorded and withdrawn has left nothing behind. */
          .state_sql = "SELECT path, is_home, at, mark, seen, settles, is_copy, brought, entry FROM catalogue_version",
          .state_form = "-tiiittiee" },
        /* A row for each version in a conflict; closed_by: hash of the entry that ended it. */
        { .name = "catalogue_contest",
          .create_sql = "CREATE TABLE catalogue_contest (path TEXT NOT NULL, contest TEXT NOT NULL, entry BIGINT NOT NULL, mark BIGINT NOT NULL,"
                        " stands BIGINT NOT NULL, closed_by TEXT NOT NULL, PRIMARY KEY (path, contest, entry));"
                        "CREATE INDEX catalogue_contest_name ON catalogue_contest (contest);"
                        "CREATE INDEX catalogue_contest_open ON catalogue_contest (closed_by, entry)",
          .state_sql = "SELECT path, contest, mark, stands, closed_by, entry FROM catalogue_contest",
          .state_form = "ttiite" },
        { 0 },
};

/* ---- loading -------------------------------------------------------------------------------------------------- */

/* The files as they would stand: those present, with the new ones in their place; without those that have no text. */
static struct source *merge(struct work *w, const struct catalogue *present, const struct source *files, size_t count,
                            size_t *total)
{
        struct source *all = arena_array(w->arena, present->file_count + count + 1, sizeof *all);

        *total = 0;
        for (size_t i = 0; i < present->file_count; i++) {
                size_t n = 0;

                while (n < count && strcmp(files[n].path, present->files[i].path) != 0)
                        n++;
                if (n == count)
                        all[(*total)++] = present->files[i];
        }
        for (size_t i = 0; i < count; i++)
                if (files[i].length > 0)
                        all[(*total)++] = files[i];
        return all;
}

/* Decimals are kept for ever: figures are stored by them. A decision chooses what was defined already, so it may do all where there are no figures yet. */
static void check_decimals(struct work *w, const struct catalogue *old, const struct catalogue *new, bool is_decision, struct complaints *c)
{
        for (size_t i = 0; i < old->indicator_count; i++) {
                const struct indicator *x = &old->indicators[i], *y = indicator_find(new, x->id);

                if (is_decision && !indicator_is_used(w, x->id))
                        continue;
                if (y == NULL)
                        complain(c, x->file, 1, 1, "the indicator \"%s\" would vanish; end it with a last day instead",
                                 x->id);
                else if (x->decimals != y->decimals)
                        complain(c, y->file, y->line, y->column,
                                 "the indicator \"%s\" has %d decimals and cannot have %d: make a new indicator", x->id,
                                 x->decimals, y->decimals);
        }
}

static bool is_untouched(const struct catalogue *present, const struct source *files, size_t count, const char *path)
{
        const struct source *now = NULL;

        for (size_t i = 0; i < present->file_count; i++)
                if (strcmp(present->files[i].path, path) == 0)
                        now = &present->files[i];
        for (size_t i = 0; now != NULL && i < count; i++)
                if (strcmp(files[i].path, path) == 0 && (files[i].length != now->length || memcmp(files[i].text, now->text, now->length) != 0))
                        return false;
        return now != NULL;
}

static bool is_among(const struct complaint *k, const struct complaints *list)
{
        for (size_t i = 0; i < list->count; i++) {
                const struct complaint *x = &list->list[i];

                if (x->line == k->line && x->column == k->column && strcmp(x->file, k->file) == 0 && strcmp(x->message, k->message) == 0)
                        return true;
        }
        return false;
}

/* Of what is complained of, from a place on: what was so before the change, in files that it leaves alone, goes into the log. A program asks for more than
 * the one under which a file came in; what has nothing to do with the file is not held up by that. */
static void pass_what_stood(struct work *w, const struct catalogue *present, const struct source *files, size_t count, struct complaints *complaints, size_t from)
{
        struct complaints stood = { .arena = w->arena, .language = complaints->language };
        size_t kept = from;

        catalogue_check(w->arena, present->files, present->file_count, &stood);
        for (size_t i = from; i < complaints->count; i++) {
                const struct complaint *k = &complaints->list[i];

                if (is_among(k, &stood) && is_untouched(present, files, count, k->file))
                        log_line(LOG_WARNING, "catalogue", "%s:%d:%d: %s", k->file, k->line, k->column, k->message);
                else
                        complaints->list[kept++] = *k;
        }
        complaints->count = kept;
}

static bool check_all(struct work *w, const struct catalogue *present, const struct source *files, size_t count, bool is_decision, struct complaints *complaints)
{
        size_t total, before = complaints->count;
        struct source *all = merge(w, present, files, count, &total);
        const struct catalogue *new;

        for (size_t i = 0; i < count; i++)
                if (!path_is_valid(files[i].path))
                        complain(complaints, files[i].path, 1, 1, "a path holds letters, digits, _ - . and / only");
        new = catalogue_check(w->arena, all, total, complaints);
        check_decimals(w, present, new, is_decision, complaints);
        check_measures(w, present, new, is_decision, complaints);
        if (complaints->count > before && present->file_count > 0)
                pass_what_stood(w, present, files, count, complaints, before);
        if (complaints->count == before)
                return true;
        error_set(&w->err, ERR_INVALID, "%s:%d:%d: %s", complaints->list[before].file, complaints->list[before].line,
                  complaints->list[before].column, complaints->list[before].message);
        return error_hint(&w->err, "%zu complaints; nothing was changed: see them all with caunoi catalogue check DIR",
                          complaints->count - before);
}

/* What is written of a file beside it. */
struct saying {
        const char *reason;        /* NULL: none */
        const char *by;            /* of a decision, whose are these two: who decided, */
        const char *const *of;     /* and about which entries, by hash; NULL: it is none */
        size_t of_count;
};

static bool append_file(struct work *w, const char *audience, const struct source *s, const struct saying *say)
{
        struct buf *body = arena_alloc(w->arena, sizeof *body);
        struct jsonw j;
        bool ok;

        buf_init(body, ENTRY_MAX);
        jsonw_init(&j, body);
        jsonw_object(&j);
        jsonw_member_text(&j, "path", s->path);
        if (say->reason != NULL)
                jsonw_member_text(&j, "reason", say->reason);
        if (say->of != NULL) {
                jsonw_member_text(&j, "by", say->by);
                jsonw_name(&j, "of");
                jsonw_array(&j);
                for (size_t i = 0; i < say->of_count; i++)
                        jsonw_text(&j, say->of[i]);
                jsonw_end(&j);
        }
        ok = say->of != NULL || strcmp(audience, AUDIENCE_ALL) != 0 || seen_write(w, s->path, &j);
        jsonw_name(&j, "text");
        jsonw_text_n(&j, s->text, s->length);
        jsonw_end(&j);
        ok = ok && ledger_append(w, audience, say->of != NULL ? "catalogue.settle" : "catalogue.file", arena_print(w->arena, "catalogue/%s", s->path), body, NULL);
        buf_clear(body);
        return ok;
}

struct load {
        const struct source *files;
        size_t count, changed;
        const struct saying *say;
        const char *audience;
        bool is_home, has_units;
        const struct catalogue *present;
};

static bool append_changed(struct work *w, struct load *l)
{
        for (size_t i = 0; i < l->count; i++) {
                struct present p = present_file(w, l->files[i].path);

                if (!work_ok(w))
                        return false;
                if (l->say->of == NULL && p.is_there && p.mark == file_mark(l->files[i].path, l->files[i].text, l->files[i].length))
                        continue;
                if (p.is_there && p.is_home && !l->is_home)
                        continue; /* the ministry's version stands; an own copy would change nothing */
                if (!append_file(w, l->audience, &l->files[i], l->say))
                        return error_while(&w->err, "loading \"%s\"", l->files[i].path);
                l->changed++;
                l->has_units |= strncmp(l->files[i].path, "units/", 6) == 0;
        }
        return true;
}

static bool load(struct work *w, const struct source *files, size_t count, const struct saying *say, struct complaints *complaints, size_t *changed)
{
        struct load *l = arena_alloc(w->arena, sizeof *l);
        jmp_buf here, *guard;
        volatile bool ok = false, is_full = false, is_starved = false;

        *changed = 0;
        l->files = files;
        l->count = count;
        l->say = say;
        l->is_home = strcmp(node_unit(w->node), "VN") == 0;
        l->audience = l->is_home ? AUDIENCE_ALL : AUDIENCE_LOCAL;
        l->present = catalogue_of(w);
        if (l->present == NULL || !check_all(w, l->present, files, count, say->of != NULL, complaints))
                return false;
        guard = arena_guard(w->arena, &here);
        switch (setjmp(here)) {
        case 0:
                loading = w;
                ok = append_changed(w, l);
                break;
        case ARENA_FULL:
                is_full = true;
                break;
        default:
                is_starved = true;
        }
        loading = NULL;
        arena_guard(w->arena, guard);
        if (is_full)
                arena_alloc(w->arena, SIZE_MAX / 2); /* goes where running out goes */
        if (is_starved)
                arena_starve(w->arena);
        if (!ok)
                return false;
        *changed = l->changed;
        return l->changed == 0 ||
               catalogue_changed(w, anything_rests(w) ? l->present : NULL, l->has_units);
}

static bool check_reason(struct work *w, const char *reason)
{
        uint32_t hidden;

        if (strlen(reason) > SETTLE_REASON_MAX)
                return error_set(&w->err, ERR_INVALID, "the reason is longer than %d bytes", SETTLE_REASON_MAX) || error_at(&w->err, "reason");
        return utf8_is_seen(reason, &hidden) ||
               error_set(&w->err, ERR_INVALID, "the reason holds a character that cannot be seen (U+%04X)", (unsigned)hidden) || error_at(&w->err, "reason");
}

bool catalogue_load(struct work *w, const struct source *files, size_t count, const char *reason, struct complaints *complaints, size_t *changed)
{
        return (reason == NULL || check_reason(w, reason)) && load(w, files, count, &(struct saying){ .reason = reason }, complaints, changed);
}

bool catalogue_settle(struct work *w, const char *path, const char *chosen, const char *const *of, size_t of_count, const char *by, const char *reason)
{
        const struct entry *e = ledger_entry_by_hash(w, chosen);
        const char *text = e == NULL ? NULL : json_string_value(json_object_get(e->body, "text"));
        struct complaints complaints = { .arena = w->arena, .language = w->language };
        struct source file = { path, text, text == NULL ? 0 : strlen(text) };
        size_t changed;

        if (text == NULL)
                return work_ok(w) && error_set(&w->err, ERR_DAMAGED, "entry %s is missing", chosen);
        if (load(w, &file, 1, &(struct saying){ .reason = reason, .by = by, .of = of, .of_count = of_count }, &complaints, &changed))
                return true;
        if (complaints.count == 0)
                return false;
        error_clear(&w->err);
        error_set(&w->err, ERR_INVALID, "with this version the catalogue would not fit together: %s:%d: %s", complaints.list[0].file, complaints.list[0].line, complaints.list[0].message);
        return error_hint(&w->err, "decide first about the files it belongs to, or load all that belong together at once: caunoi catalogue load");
}

bool catalogue_withdraw(struct work *w, const char *path, const char *reason, struct complaints *complaints)
{
        const struct source none = { path, "", 0 };
        const struct present p = present_file(w, path);
        size_t changed;

        if (!work_ok(w))
                return false;
        if (!p.is_there || p.mark == 0)
                return error_set(&w->err, ERR_MISSING, "the catalogue has no file \"%s\"", path);
        if (p.is_home && strcmp(node_unit(w->node), "VN") != 0) {
                error_set(&w->err, ERR_DENIED, "\"%s\" is the ministry's", path);
                return error_hint(&w->err, "it is withdrawn at the ministry's node, for everybody");
        }
        return catalogue_load(w, &none, 1, reason, complaints, &changed);
}
