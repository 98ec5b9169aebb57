/* restored.c - a node made from a backup waits until others have brought back what it wrote since (node.h). Whom it had exchanged with is in
 * the backup (ledger_link); whom it has heard since is in a file of its folder, whose presence says that it waits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ledger/ledger_private.h"
#include "ledger/node.h"
#include "ledger/trust.h"

#define FILE_MOST ((size_t)1 << 20)
#define UNITS_NAMED 8

/* ---- the file ------------------------------------------------------------------------------------------ */

bool restored_load(struct node *n, struct arena *a, struct error *err)
{
        char path[PATH_MAX], *text;
        size_t length;

        path_in(path, n->folder, RESTORED_FILE);
        if (!file_exists(path))
                return true;
        text = file_read(a, path, FILE_MOST, &length, err);
        if (text == NULL)
                return false;
        atomic_store(&n->held_back, HOLD_RESTORED);
        n->heard = strdup(text);
        return n->heard != NULL || error_set(err, ERR_ENVIRONMENT, "the system has no memory");
}

bool node_mark_restored(const char *folder, struct error *err)
{
        char path[PATH_MAX];

        path_in(path, folder, RESTORED_FILE);
        return file_write(path, "", 0, 0600, err);
}

bool node_is_restored(const struct node *n)
{
        return atomic_load(&n->held_back) == HOLD_RESTORED;
}

void node_note_behind(struct node *n, bool is_behind)
{
        int expected = is_behind ? HOLD_NOT : HOLD_BEHIND;

        atomic_compare_exchange_strong(&n->held_back, &expected, is_behind ? HOLD_BEHIND : HOLD_NOT);
}

/* Under kept_lock, for another thread may be noting whom it has heard. */
static bool let_go(struct node *n, struct error *err)
{
        char path[PATH_MAX];

        path_in(path, n->folder, RESTORED_FILE);
        if (unlink(path) != 0 && errno != ENOENT)
                return error_system(err, ERR_ENVIRONMENT, errno, "cannot remove \"%s\"", path);
        if (!file_sync_folder(path, err))
                return false;
        atomic_store(&n->held_back, HOLD_NOT);
        return true;
}

bool node_let_go(struct node *n, struct error *err)
{
        bool ok;

        pthread_mutex_lock(&n->kept_lock);
        ok = let_go(n, err);
        pthread_mutex_unlock(&n->kept_lock);
        return ok;
}

/* Under kept_lock. A key ends in a line feed, so that none stands inside another. */
static bool has_heard(const struct node *n, const char *key)
{
        const char *at = n->heard == NULL ? NULL : strstr(n->heard, key);

        return at != NULL && at[strlen(key)] == '\n';
}

static bool note_heard(struct node *n, const char *key, struct error *err)
{
        size_t length = n->heard == NULL ? 0 : strlen(n->heard);
        char path[PATH_MAX], *longer;

        if (has_heard(n, key))
                return true;
        longer = realloc(n->heard, length + KEY_HEX + 1);
        if (longer == NULL)
                return error_set(err, ERR_ENVIRONMENT, "the system has no memory");
        n->heard = longer;
        memcpy(longer + length, key, KEY_HEX - 1);
        strcpy(longer + length + KEY_HEX - 1, "\n");
        path_in(path, n->folder, RESTORED_FILE);
        return file_write(path, longer, strlen(longer), 0600, err);
}

/* ---- whom it waits for --------------------------------------------------------------------------------- */

static const struct peer *peer_with(const struct peer *list, size_t count, const char *key)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(list[i].key, key) == 0)
                        return &list[i];
        return NULL;
}

/* The node that had that key, as it is now; NULL: it is unknown, or its key has ended. */
static const struct peer *now_of(const struct peer *list, size_t count, const char *key)
{
        const struct peer *p = peer_with(list, count, key);

        for (size_t steps = 0; p != NULL && p->successor != NULL && steps < count; steps++)
                p = peer_with(list, count, p->successor);
        return p == NULL || p->is_revoked || p->successor != NULL ? NULL : p;
}

static bool may_read(struct work *w, const char *audience, const struct peer *p)
{
        const struct ledger_schema *schema = node_schema(w->node);

        return audience == NULL || strcmp(audience, AUDIENCE_ALL) == 0 || strcmp(audience, p->unit) == 0 ||
               (schema->is_within != NULL && schema->is_within(w, audience, p->unit, TENURE_ANY, day_of_moment(moment_now())));
}

const char **node_waits_for(struct work *w, const char *audience, size_t *count)
{
        size_t peers, found = 0;
        struct peer *list = trust_list(w, &peers);
        const char **units = arena_array(w->arena, peers + 1, sizeof *units);
        struct rows *links = db_query(w->db, "SELECT node FROM ledger_link WHERE contact > 0 ORDER BY node", NO_ARGS);

        while (rows_next(links)) {
                const struct peer *p = now_of(list, peers, rows_text(links, 0));
                bool is_heard;

                if (p == NULL || node_is_own(w->node, p->key) || !may_read(w, audience, p))
                        continue;
                pthread_mutex_lock(&w->node->kept_lock);
                is_heard = has_heard(w->node, p->key);
                pthread_mutex_unlock(&w->node->kept_lock);
                if (!is_heard && found < peers)
                        units[found++] = arena_text(w->arena, p->unit);
        }
        rows_close(links);
        *count = work_ok(w) ? found : 0;
        return units;
}

bool node_heard(struct work *w, const char *key)
{
        struct node *n = w->node;
        size_t left;
        bool ok;

        if (!node_is_restored(n))
                return true;
        pthread_mutex_lock(&n->kept_lock);
        ok = note_heard(n, key, &w->err);
        pthread_mutex_unlock(&n->kept_lock);
        if (!ok)
                return false;
        node_waits_for(w, NULL, &left);
        if (!work_ok(w) || left > 0)
                return work_ok(w);
        log_line(LOG_NOTE, "ledger", "all that was exchanged with before the backup have brought back what they held: this node writes again");
        return node_let_go(n, &w->err);
}

/* Whether one that may read the audience has been heard. */
static bool one_was_heard(struct work *w, const char *audience)
{
        size_t count;
        struct peer *list = trust_list(w, &count);
        bool answer = false;

        for (size_t i = 0; i < count && !answer; i++) {
                pthread_mutex_lock(&w->node->kept_lock);
                answer = has_heard(w->node, list[i].key);
                pthread_mutex_unlock(&w->node->kept_lock);
                answer = answer && may_read(w, audience, &list[i]);
        }
        return answer;
}

static const char *units_named(struct work *w, const char **units, size_t count)
{
        const char *text = "";

        for (size_t i = 0; i < count && i < UNITS_NAMED; i++)
                text = arena_print(w->arena, "%s%s%s", text, i == 0 ? "" : ", ", units[i]);
        return count > UNITS_NAMED ? arena_print(w->arena, "%s, …", text) : text;
}

bool restored_may_append(struct work *w, const char *audience)
{
        size_t count;
        const char **units = node_waits_for(w, audience, &count);

        if (!work_ok(w))
                return false;
        if (count == 0 && one_was_heard(w, audience))
                return true;
        if (!work_ok(w))
                return false;
        if (count == 0) {
                error_set(&w->err, ERR_CONFLICT, "this node was made from a backup and has not yet asked other nodes what it wrote"
                                                 " after that");
                return error_hint(&w->err, "exchange once: caunoi sync %s URL; if no other node ever exchanged with it: caunoi resume %s",
                                  node_folder(w->node), node_folder(w->node));
        }
        error_set(&w->err, ERR_CONFLICT, "this node was made from a backup; %lld of those it had exchanged with may hold what it wrote after that and have not"
                                         " brought it back yet: the nodes of %s", (long long)count, units_named(w, units, count));
        return error_hint(&w->err, "exchange with each: caunoi sync %s URL; revoke the key of one that is lost; where no other holds more than this"
                                  " node: caunoi resume %s", node_folder(w->node), node_folder(w->node));
}

/* ---- a dump that was put back --------------------------------------------------------------------------- */

/* PostgreSQL only: another cluster, database or table than the one this ledger was written in. */
bool restored_look(struct work *w)
{
        static const char name[] = "identity";
        const char *now, *before;

        if (db_kind(w->db) != DB_POSTGRES)
                return true;
        now = db_text(w->db, w->arena,
                      "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || (SELECT oid FROM pg_database WHERE datname ="
                      " current_database())::text || '/' || 'ledger_entry'::regclass::oid::text",
                      NO_ARGS);
        before = db_text(w->db, w->arena, "SELECT value FROM ledger_meta WHERE name = $1", ARGS(v_text(name)));
        if (!work_ok(w) || (before != NULL && strcmp(before, now) == 0))
                return work_ok(w);
        if (before != NULL) {
                log_line(LOG_WARNING, "ledger", "the database was put back from a dump: what this node wrote after it is asked of others first");
                if (!node_mark_restored(node_folder(w->node), &w->err) || !restored_load(w->node, w->arena, &w->err))
                        return false;
        }
        return meta_set(w, name, now);
}
