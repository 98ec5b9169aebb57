/* shelf.c - parsed catalogues, shared by all works of a process.
 *
 * A catalogue's version is made from the contents of its files, so the same files are parsed once in a process,
 * whichever node they belong to, and a rolled back change needs no care. Works hold what they use until their arena
 * closes; what nobody holds is kept while it is among the newest. */
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "catalogue/catalogue_private.h"
#include "ledger/past.h"
#include "ledger/write.h"
#include "ledger/run.h"

#define CATALOGUE_MEMORY ((size_t)128 << 20)
#define SHELF_IDLE 2     /* parsed catalogues kept though nobody holds them */
#define MET_MOST 64      /* choices of a past of which the version is remembered */
#define LOGGED_MOST 10   /* complaints of a catalogue in use that are logged */

struct shelved {
        struct catalogue *catalogue;
        struct arena *arena;
        struct complaints *complaints; /* not logged yet; NULL */
        int holds;
        struct shelved *next;
};

/* What a unit of work uses: found again by its arena. */
struct hold {
        const struct arena *arena;
        const struct node *node;
        moment known; /* as asked; 0: now */
        struct shelved *shelved;
        int64_t position; /* of the node when the version was last compared; -1: compare each time */
        struct hold *next;
};

/* A choice of files whose texts need not be read again to tell its version. */
struct met {
        unsigned char key[CHOICE_KEY];
        int64_t version;
};

static pthread_mutex_t shelf_lock = PTHREAD_MUTEX_INITIALIZER;
static struct shelved *shelf; /* newest first */
static struct hold *holds;
static struct met met[MET_MOST];
static size_t met_count; /* ever; the oldest makes room */

/* Under the lock. */
static void shelf_tidy(void)
{
        int idle = 0;

        for (struct shelved **place = &shelf; *place != NULL;) {
                struct shelved *s = *place;

                if (s->holds == 0 && ++idle > SHELF_IDLE) {
                        *place = s->next;
                        arena_close(s->arena);
                        free(s);
                } else {
                        place = &s->next;
                }
        }
}

static void hold_release(void *handle)
{
        struct hold *h = handle;

        pthread_mutex_lock(&shelf_lock);
        for (struct hold **place = &holds; *place != NULL; place = &(*place)->next)
                if (*place == h) {
                        *place = h->next;
                        break;
                }
        if (h->shelved != NULL)
                h->shelved->holds--;
        shelf_tidy();
        pthread_mutex_unlock(&shelf_lock);
        free(h);
}

/* What a work asks about; a job writes by the catalogue of now. */
static moment moment_asked(const struct work *w)
{
        return w->is_writing ? 0 : w->known;
}

/* Under the lock: what the work's arena holds, newest first. */
static struct hold *hold_find(const struct work *w)
{
        for (struct hold *h = holds; h != NULL; h = h->next)
                if (h->arena == w->arena && h->node == w->node && h->known == moment_asked(w))
                        return h;
        return NULL;
}

static struct shelved *shelf_find(int64_t version)
{
        for (struct shelved *s = shelf; s != NULL; s = s->next)
                if (s->catalogue->version == version)
                        return s;
        return NULL;
}

/* ---- reading the tables ------------------------------------------------------------------------------- */

int64_t version_of_tables(struct work *w)
{
        static _Thread_local struct { int64_t epoch, version; } asked;
        int64_t epoch = ledger_epoch(w), version;

        if (epoch != 0 && asked.epoch == epoch)
                return asked.version;
        version = db_number(w->db, "SELECT CAST(SUM(mark) AS BIGINT) FROM catalogue_file", NO_ARGS, 0);
        asked.epoch = work_ok(w) ? epoch : 0;
        asked.version = version;
        return version;
}

int64_t file_mark(const char *path, const char *text, size_t length)
{
        crypto_generichash_state state;
        unsigned char digest[16];
        int64_t mark = 0;

        if (length == 0)
                return 0;
        crypto_generichash_init(&state, NULL, 0, sizeof digest);
        crypto_generichash_update(&state, (const unsigned char *)path, strlen(path) + 1);
        crypto_generichash_update(&state, (const unsigned char *)text, length);
        crypto_generichash_final(&state, digest, sizeof digest);
        for (int i = 0; i < 6; i++)
                mark = mark << 8 | digest[i];
        return mark;
}

const char *catalogue_shipped_text(const char *path, const char *text, size_t length)
{
        size_t count;
        const struct source *shipped = catalogue_shipped(&count);

        for (size_t i = 0; i < count; i++)
                if (strcmp(shipped[i].path, path) == 0 && shipped[i].length == length &&
                    memcmp(shipped[i].text, text, length) == 0)
                        return shipped[i].text;
        return NULL;
}

struct building {
        struct work *w;
        struct arena *arena; /* the catalogue's own, until it is shelved */
        const struct chosen *chosen;
        struct catalogue *catalogue;
        struct complaints *complaints;
        int64_t version;       /* of the tables, which others wait for: */
        bool is_waited_for;    /* it is in the list of those */
        struct building *next;
};

static struct building *builds; /* under the lock */
static pthread_cond_t build_over = PTHREAD_COND_INITIALIZER;

static struct source *read_files(struct work *w, struct arena *a, size_t *count)
{
        int64_t room = db_number(w->db, "SELECT COUNT(*) FROM catalogue_file", NO_ARGS, 0);
        struct source *files = arena_array(a, (size_t)room + 1, sizeof *files);
        struct rows *r = db_query(w->db, "SELECT path, text FROM catalogue_file WHERE mark <> 0 ORDER BY path", NO_ARGS);

        *count = 0;
        while (*count < (size_t)room && rows_next(r)) {
                struct source *s = &files[(*count)++];
                const char *text = rows_bytes(r, 1, &s->length);

                s->path = arena_text(a, rows_text(r, 0));
                s->text = catalogue_shipped_text(s->path, text, s->length);
                if (s->text == NULL)
                        s->text = rows_move(r, 1, a, &s->length);
        }
        rows_close(r);
        return files;
}

/* A file this program does not understand in full (a newer ministry wrote it) must not stop the node: what can be read
 * is used, and the log says what was not. */
static void log_complaints(const struct complaints *c)
{
        for (size_t i = 0; i < c->count && i < LOGGED_MOST; i++)
                log_line(LOG_ALARM, "catalogue", "%s:%d:%d: %s", c->list[i].file, c->list[i].line, c->list[i].column,
                         c->list[i].message);
        if (c->count > LOGGED_MOST)
                log_line(LOG_ALARM, "catalogue", "and %zu more", c->count - LOGGED_MOST);
}

static struct complaints *parse(struct building *b, const struct source *files, size_t count, int64_t version)
{
        struct complaints *complaints = arena_alloc(b->arena, sizeof *complaints);

        *complaints = (struct complaints){ .arena = b->arena, .language = LANGUAGE_EN };
        b->catalogue = catalogue_parse(b->arena, files, count, complaints);
        b->catalogue->version = version;
        return complaints;
}

static void build(struct building *b)
{
        size_t count;
        struct source *files = read_files(b->w, b->arena, &count);

        if (work_ok(b->w))
                b->complaints = parse(b, files, count, b->version);
}

/* What was first written later is taken where that is no contradiction to what there was. */
static void build_chosen(struct building *b)
{
        size_t count, of_then = 0;
        int64_t versions[2];
        struct source *files = catalogue_chosen_files(b->w, b->arena, b->chosen, &count, &of_then, versions);
        struct complaints *with_later;

        if (!work_ok(b->w))
                return;
        with_later = parse(b, files, count, versions[1]);
        if (with_later->count > 0 && of_then < count) {
                struct catalogue *all = b->catalogue;

                if (parse(b, files, of_then, versions[0])->count < with_later->count)
                        return;
                b->catalogue = all;
        }
        b->catalogue->has_later = of_then < count;
}

/* Under the lock: nobody waits for it any more, whatever has become of it. */
static void build_is_over(struct building *b)
{
        for (struct building **place = &builds; b->is_waited_for && *place != NULL; place = &(*place)->next)
                if (*place == b) {
                        *place = b->next;
                        break;
                }
        b->is_waited_for = false;
        pthread_cond_broadcast(&build_over);
}

static void building_end(void *building)
{
        struct building *b = building;

        pthread_mutex_lock(&shelf_lock);
        build_is_over(b);
        pthread_mutex_unlock(&shelf_lock);
        arena_close(b->arena);
        b->arena = NULL;
}

/* What is parsed lies in an arena that outlives the work. NULL and an error on failure. */
static struct building *building_open(struct work *w, const struct chosen *chosen)
{
        struct building *b = arena_alloc(w->arena, sizeof *b);

        *b = (struct building){ .w = w, .arena = arena_open(CATALOGUE_MEMORY), .chosen = chosen };
        if (b->arena == NULL) {
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        arena_on_free(w->arena, building_end, b); /* the work may end while its database is read */
        return b;
}

static bool run_build(struct work *w, void *building)
{
        struct building *b = building;
        jmp_buf here;

        arena_guard(b->arena, &here);
        if (setjmp(here) != 0)
                error_set(&w->err, ERR_ENVIRONMENT, "the catalogue takes more memory than there is");
        else if (b->chosen != NULL)
                build_chosen(b);
        else
                build(b);
        arena_guard(b->arena, NULL);
        return work_ok(w);
}

/* Parse what the tables hold, which has that version, or a choice. NULL and an error on failure: also where memory ends the work nobody waits any more. */
static struct shelved *shelve(struct building *b)
{
        struct work *w = b->w;
        struct shelved *s;

        s = work_run(w, run_build, b) ? calloc(1, sizeof *s) : NULL;
        if (s == NULL) {
                building_end(b);
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        s->catalogue = b->catalogue;
        s->complaints = b->complaints;
        s->arena = b->arena;
        b->arena = NULL;
        return s;
}

/* Put a parsed catalogue on the shelf, unless another thread was faster; returns the one that lies there, which must be held before others
 * clear it away: under the lock. */
static struct shelved *shelf_put(struct shelved *made)
{
        struct shelved *s = shelf_find(made->catalogue->version);

        if (s != NULL) {
                arena_close(made->arena);
                free(made);
                return s;
        }
        made->next = shelf;
        return shelf = made;
}

/* Once, for the node that uses it: not where entries are applied anew, in its tables or beside them (ledger/past.h), when files are there one
 * after another. */
static void tell(const struct work *w, struct shelved *s)
{
        const struct complaints *untold;

        if (past_is_read(w) || ledger_is_replaying(w))
                return;
        pthread_mutex_lock(&shelf_lock);
        untold = s->complaints;
        s->complaints = NULL;
        pthread_mutex_unlock(&shelf_lock);
        if (untold != NULL)
                log_complaints(untold);
}

/* ---- the work's own --------------------------------------------------------------------------------------- */

/* Under the lock: the version of a choice, 0 where it was never met. */
static int64_t version_met(const unsigned char key[CHOICE_KEY])
{
        for (size_t i = 0; i < met_count && i < MET_MOST; i++)
                if (memcmp(met[i].key, key, CHOICE_KEY) == 0)
                        return met[i].version;
        return 0;
}

static void version_meet(const unsigned char key[CHOICE_KEY], int64_t version)
{
        struct met *m = &met[met_count % MET_MOST];

        if (version_met(key) != 0)
                return;
        memcpy(m->key, key, CHOICE_KEY);
        m->version = version;
        met_count++;
}

/* One on the shelf, held once more; NULL. */
static struct shelved *shelf_take(int64_t version)
{
        struct shelved *s;

        pthread_mutex_lock(&shelf_lock);
        s = shelf_find(version);
        if (s != NULL)
                s->holds++; /* so that nobody clears it away before the hold stands */
        pthread_mutex_unlock(&shelf_lock);
        return s;
}

/* One on the shelf, held once more, perhaps after another thread has made it; NULL: it is for this one to make, and others wait for that. */
static struct shelved *shelf_await(struct building *b, int64_t version)
{
        const struct building *other;
        struct shelved *s;

        pthread_mutex_lock(&shelf_lock);
        for (;;) {
                s = shelf_find(version);
                for (other = builds; other != NULL && other->version != version; other = other->next)
                        ;
                if (s != NULL || other == NULL)
                        break;
                pthread_cond_wait(&build_over, &shelf_lock);
        }
        if (s != NULL) {
                s->holds++;
        } else {
                b->version = version;
                b->next = builds;
                b->is_waited_for = true;
                builds = b;
        }
        pthread_mutex_unlock(&shelf_lock);
        return s;
}

/* Parsed without the lock: it may wait for the database. */
static struct shelved *shelf_make(struct work *w, int64_t version, const struct chosen *chosen, const unsigned char *key)
{
        struct building *b = building_open(w, chosen);
        struct shelved *made, *s;

        if (b == NULL)
                return NULL;
        s = chosen == NULL ? shelf_await(b, version) : NULL;
        if (s != NULL) {
                building_end(b);
                return s;
        }
        made = shelve(b);
        if (made == NULL)
                return NULL;
        pthread_mutex_lock(&shelf_lock);
        if (key != NULL)
                version_meet(key, made->catalogue->version);
        s = shelf_put(made);
        s->holds++;
        build_is_over(b);
        pthread_mutex_unlock(&shelf_lock);
        return s;
}

/* Where the present version is not the one that the work holds already (then: NULL, and its hold is of this position). */
static struct shelved *take_present(struct work *w, int64_t position)
{
        int64_t version = version_of_tables(w);
        struct shelved *s;
        struct hold *h;

        if (!work_ok(w))
                return NULL;
        pthread_mutex_lock(&shelf_lock);
        h = hold_find(w);
        if (h != NULL && h->shelved->catalogue->version == version) {
                h->position = position;
                pthread_mutex_unlock(&shelf_lock);
                return NULL;
        }
        pthread_mutex_unlock(&shelf_lock);
        s = shelf_take(version);
        return s != NULL ? s : shelf_make(w, version, NULL, NULL);
}

static struct shelved *take_known(struct work *w, int64_t position)
{
        unsigned char key[CHOICE_KEY];
        struct chosen chosen;
        struct shelved *s;
        int64_t version;

        if (!catalogue_choose(w, w->known, &chosen))
                return NULL;
        if (chosen.list == NULL)
                return take_present(w, position);
        catalogue_choice_key(w, &chosen, key);
        pthread_mutex_lock(&shelf_lock);
        version = version_met(key);
        pthread_mutex_unlock(&shelf_lock);
        s = version == 0 ? NULL : shelf_take(version);
        return s != NULL ? s : shelf_make(w, version, &chosen, key);
}

/* The newest catalogue this work can see, or that of the moment it asks about. NULL and an error if it cannot be read. */
static const struct catalogue *newest(struct work *w)
{
        int64_t position;
        struct hold *h;
        struct shelved *s;

        if (w->db == NULL) {
                error_set(&w->err, ERR_ENVIRONMENT, "the catalogue needs the node's database");
                return NULL;
        }
        position = w->node == NULL || w->is_writing ? -1 : node_position(w->node);
        pthread_mutex_lock(&shelf_lock);
        h = hold_find(w);
        if (h != NULL && position >= 0 && h->position == position) {
                s = h->shelved;
                pthread_mutex_unlock(&shelf_lock);
                return s->catalogue;
        }
        pthread_mutex_unlock(&shelf_lock);

        s = moment_asked(w) == 0 ? take_present(w, position) : take_known(w, position);
        if (s == NULL) {
                if (!work_ok(w))
                        return NULL;
                pthread_mutex_lock(&shelf_lock);
                s = hold_find(w)->shelved;
                pthread_mutex_unlock(&shelf_lock);
                return s->catalogue;
        }
        h = calloc(1, sizeof *h);
        if (h == NULL) {
                pthread_mutex_lock(&shelf_lock);
                s->holds--;
                pthread_mutex_unlock(&shelf_lock);
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        *h = (struct hold){ .arena = w->arena, .node = w->node, .known = moment_asked(w), .shelved = s, .position = position };
        pthread_mutex_lock(&shelf_lock);
        h->next = holds;
        holds = h;
        pthread_mutex_unlock(&shelf_lock);
        arena_on_free(w->arena, hold_release, h);
        if (moment_asked(w) == 0)
                tell(w, s);
        return s->catalogue;
}

static bool is_run(struct arena *a)
{
        jmp_buf *guard = arena_guard(a, NULL);

        arena_guard(a, guard);
        return guard != NULL;
}

const struct catalogue *catalogue_of(struct work *w)
{
        const struct catalogue *c = newest(w);

        if (c == NULL) {
                struct hold *h;

                pthread_mutex_lock(&shelf_lock);
                h = hold_find(w);
                c = h == NULL ? NULL : h->shelved->catalogue;
                pthread_mutex_unlock(&shelf_lock);
                if (c == NULL && w->db != NULL && is_run(w->arena))
                        arena_starve(w->arena); /* those who ask have no other answer, and are many */
        }
        return c;
}

const struct catalogue *catalogue_now(struct work *w)
{
        const moment known = w->known;
        const struct catalogue *c;

        w->known = 0;
        c = catalogue_of(w);
        w->known = known;
        return c;
}
