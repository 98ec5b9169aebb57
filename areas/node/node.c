/* node.c - commands for the installation itself. */
#include <stdio.h>
#include <string.h>

#include "areas/node/backup.h"
#include "areas/program.h"
#include "blob/blob.h"
#include "catalogue/catalogue.h"
#include "form/form.h"
#include "format/jsonw.h"
#include "ledger/check.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "sync/sync.h"

/* ---- init, key --------------------------------------------------------------------------------- */

static bool print_key(struct work *w, const struct call *c)
{
        struct buf *out = call_out(c);

        if (call_is_json(c)) {
                struct jsonw j;

                jsonw_init(&j, out);
                jsonw_object(&j);
                jsonw_member_text(&j, "node", node_key(w->node));
                jsonw_member_text(&j, "unit", node_unit(w->node));
                jsonw_end(&j);
                buf_char(out, '\n');
        } else {
                buf_print(out, "node %s\n", node_key(w->node));
        }
        return true;
}

struct loading {
        struct complaints complaints;
        size_t changed;
};

static bool load_shipped(struct work *w, void *argument)
{
        struct loading *l = argument;
        size_t count;
        const struct source *files = catalogue_shipped(&count);

        return catalogue_load(w, files, count, &l->complaints, &l->changed);
}

/* Asked of the definitions inside the program, before anything is made. */
static bool unit_is_known(struct work *w, const char *unit, struct complaints *complaints)
{
        size_t count;
        const struct source *files = catalogue_shipped(&count);
        const struct catalogue *shipped = catalogue_check(w->arena, files, count, complaints);

        return unit_at(shipped, unit, day_of_moment(w->now)) != NULL ||
               error_set(&w->err, ERR_INVALID, "no unit has the code \"%s\" today", unit) ||
               error_hint(&w->err, "VN for the ministry, or the code of a province or commune");
}

static bool run_init(struct work *w, const struct call *c)
{
        const char *folder = call_argument(c, 0), *unit = call_option(c, "unit", 0);
        struct loading loading = { .complaints = { .arena = w->arena } };

        if (unit == NULL) {
                error_set(&w->err, ERR_USAGE, "--unit is missing");
                return error_hint(&w->err, "VN for the ministry, or the code of a province or commune");
        }
        if (!unit_is_known(w, unit, &loading.complaints))
                return false;
        if (!node_init_with(w, folder, unit, call_option(c, "store", 0), program_schema(), load_shipped, &loading)) {
                for (size_t i = 0; i < loading.complaints.count; i++)
                        error_while(&w->err, "%s:%d: %s", loading.complaints.list[i].file, loading.complaints.list[i].line,
                                    loading.complaints.list[i].message);
                return false;
        }
        w->node = node_open(folder, NODE_READ, program_schema(), &w->err);
        if (w->node == NULL)
                return false;
        print_key(w, c);
        node_close(w->node);
        w->node = NULL;
        return true;
}

/* ---- trust --------------------------------------------------------------------------------------- */

struct trusting {
        const char *key, *unit;
};

static bool enrol(struct work *w, void *argument)
{
        const struct trusting *t = argument;
        const struct catalogue *c = catalogue_of(w);
        day today = day_of_moment(w->now);

        if (c == NULL)
                return false;
        if (unit_at(c, t->unit, today) == NULL)
                return error_set(&w->err, ERR_INVALID, "no unit has the code \"%s\" today", t->unit);
        return trust_enrol(w, t->key, t->unit,
                           strcmp(t->unit, node_unit(w->node)) != 0 &&
                                   unit_code_is_within(c, t->unit, node_unit(w->node), today));
}

static bool run_trust(struct work *w, const struct call *c)
{
        struct trusting t = { call_argument(c, 1), call_option(c, "unit", 0) };

        if (t.unit == NULL) {
                error_set(&w->err, ERR_USAGE, "--unit is missing");
                return error_hint(&w->err, "the code of the unit that the other node speaks for");
        }
        if (!ledger_write(w, enrol, &t))
                return false;
        if (call_is_json(c))
                buf_print(call_out(c), "{\"node\":\"%s\",\"unit\":\"%s\"}\n", t.key, t.unit);
        else
                buf_print(call_out(c), work_text(w, "node %s is enrolled for %s\n"), t.key, t.unit);
        return true;
}

static bool revoke(struct work *w, void *argument)
{
        return trust_revoke(w, argument);
}

static bool run_revoke(struct work *w, const struct call *c)
{
        char *key = arena_text(w->arena, call_argument(c, 1));

        if (!ledger_write(w, revoke, key))
                return false;
        if (call_is_json(c))
                buf_print(call_out(c), "{\"node\":\"%s\",\"is_revoked\":true}\n", key);
        else
                buf_print(call_out(c), work_text(w, "node %s is no longer trusted\n"), key);
        return true;
}

static bool run_trust_list(struct work *w, const struct call *c)
{
        struct buf *out = call_out(c);
        size_t count;
        struct peer *list = trust_list(w, &count);
        struct jsonw j;

        jsonw_init(&j, out);
        if (call_is_json(c))
                jsonw_array(&j);
        for (size_t i = 0; i < count; i++) {
                if (!call_is_json(c)) {
                        buf_print(out, "%s %s%s\n", list[i].key, list[i].unit,
                                  list[i].is_revoked ? work_text(w, " revoked") : "");
                        continue;
                }
                jsonw_object(&j);
                jsonw_member_text(&j, "node", list[i].key);
                jsonw_member_text(&j, "unit", list[i].unit);
                jsonw_member_bool(&j, "is_revoked", list[i].is_revoked);
                jsonw_end(&j);
        }
        if (call_is_json(c)) {
                jsonw_end(&j);
                buf_char(out, '\n');
        }
        return work_ok(w);
}

/* ---- verify, rebuild, state ------------------------------------------------------------------------- */

static bool run_verify(struct work *w, const struct call *c)
{
        struct buf *out = call_out(c);
        struct blob_count blobs;
        struct verified v;
        struct jsonw j;

        if (!ledger_verify(w, &v) || !blob_verify(w, &blobs))
                return false;
        if (call_is_json(c)) {
                jsonw_init(&j, out);
                jsonw_object(&j);
                jsonw_member_int(&j, "streams", v.streams);
                jsonw_member_int(&j, "entries", v.entries);
                jsonw_member_int(&j, "seals", v.seals);
                jsonw_member_int(&j, "bytes", v.bytes);
                jsonw_member_int(&j, "attachments", blobs.here);
                jsonw_member_int(&j, "attachments_elsewhere", blobs.known - blobs.here - blobs.erased);
                jsonw_member_int(&j, "attachments_erased", blobs.erased);
                jsonw_end(&j);
                buf_char(out, '\n');
        } else {
                buf_print(out, work_text(w, "sound: %lld streams, %lld entries, %lld seals, %lld bytes\n"),
                          (long long)v.streams, (long long)v.entries, (long long)v.seals, (long long)v.bytes);
                if (blobs.known > 0)
                        buf_print(out, work_text(w, "sound: %lld attachments here; %lld not fetched, %lld erased\n"),
                                  (long long)blobs.here, (long long)(blobs.known - blobs.here - blobs.erased),
                                  (long long)blobs.erased);
        }
        return true;
}

static bool rebuild(struct work *w, void *argument)
{
        return ledger_rebuild(w, argument);
}

/* --check only reads, so it also works on a node that is being served. */
static bool run_rebuild(struct work *w, const struct call *c)
{
        bool is_check = call_has(c, "check"), ok;
        int64_t entries = 0;

        w->node = node_open(call_argument(c, 0), is_check ? NODE_READ : NODE_WRITE, program_schema(), &w->err);
        if (w->node == NULL)
                return false;
        if (is_check) {
                w->db = node_reader(w->node, &w->err);
                ok = w->db != NULL;
                if (ok) {
                        db_attach_error(w->db, &w->err);
                        ok = db_begin(w->db) && ledger_rebuild_check(w, &entries);
                        db_rollback(w->db);
                        db_attach_error(w->db, NULL);
                        w->db = NULL;
                }
        } else {
                ok = ledger_write(w, rebuild, &entries);
        }
        node_close(w->node);
        w->node = NULL;
        if (ok && call_is_json(c))
                buf_print(call_out(c), "{\"entries\":%lld}\n", (long long)entries);
        else if (ok)
                buf_print(call_out(c), is_check ? work_text(w, "the tables are what %lld entries say\n")
                                                : work_text(w, "%lld entries replayed\n"),
                          (long long)entries);
        return ok;
}

static bool run_state(struct work *w, const struct call *c)
{
        char hash[HASH_HEX];

        if (!ledger_state(w, call_option(c, "audience", 0), hash))
                return false;
        buf_print(call_out(c), call_is_json(c) ? "{\"state\":\"%s\"}\n" : "%s\n", hash);
        return true;
}

/* ---- backup, restore ---------------------------------------------------------------------------------- */

static bool run_backup(struct work *w, const struct call *c)
{
        int64_t position = 0;

        if (!backup_write(w, call_argument(c, 1), &position))
                return false;
        if (call_is_json(c))
                buf_print(call_out(c), "{\"position\":%lld}\n", (long long)position);
        else
                buf_print(call_out(c), work_text(w, "verified backup up to position %lld in \"%s\"; it holds the secret key\n"),
                          (long long)position, call_argument(c, 1));
        return true;
}

static bool run_restore(struct work *w, const struct call *c)
{
        int64_t position = 0;

        if (!backup_restore(w, call_argument(c, 0), call_argument(c, 1), program_schema(), &position))
                return false;
        if (call_is_json(c))
                buf_print(call_out(c), "{\"position\":%lld}\n", (long long)position);
        else
                buf_print(call_out(c), work_text(w, "verified node \"%s\" at position %lld\n"), call_argument(c, 1),
                          (long long)position);
        return true;
}

/* ---- serve --------------------------------------------------------------------------------------------- */

static void started(const char *address, void *context)
{
        printf("%s\n", address);
        fflush(stdout);
        (void)context;
}

static bool run_serve(struct work *w, const struct call *c)
{
        const char *listen = call_option(c, "listen", 0), *upstream = call_option(c, "upstream", 0);
        struct server_options options = { .listen = listen != NULL ? listen : "127.0.0.1:8080",
                                          .tls_cert = call_option(c, "tls-cert", 0),
                                          .tls_key = call_option(c, "tls-key", 0),
                                          .routes = program_routes(),
                                          .started = started };
        bool ok;

        if (upstream == NULL)
                upstream = node_setting(w->node, "upstream");
        if (!blob_sweep(w) || !sync_start(w->node, upstream, &w->err))
                return false;
        web_set_todo_count(w->node, report_todo_count);
        ok = web_serve(w->node, &options, &w->err);
        sync_stop(w->node);
        return ok;
}

static const struct option unit_option[] = {
        { "unit", "CODE", false, N_("the unit: VN, a province's or a commune's code") },
        { NULL, NULL, false, NULL },
};
static const struct option init_options[] = {
        { "unit", "CODE", false, N_("the unit: VN, a province's or a commune's code") },
        { "store", "postgresql://…", false, N_("keep the data in PostgreSQL instead of the embedded database") },
        { NULL, NULL, false, NULL },
};
static const struct option serve_options[] = {
        { "listen", "HOST:PORT", false, N_("where to listen; 127.0.0.1:8080 unless given, port 0 takes a free one") },
        { "upstream", "URL", false, N_("the node above, to exchange with all the time") },
        { "tls-cert", "FILE", false, N_("certificate chain (PEM)") },
        { "tls-key", "FILE", false, N_("private key (PEM)") },
        { NULL, NULL, false, NULL },
};
static const struct option rebuild_options[] = {
        { "check", NULL, false, N_("only compare, change nothing") },
        { NULL, NULL, false, NULL },
};
static const struct option state_options[] = {
        { "audience", "CODE", false, N_("only what comes from streams of this audience") },
        { NULL, NULL, false, NULL },
};

static const struct command commands[] = {
        { "init", "NODE", 1, 1, COMMAND_ALONE, init_options, run_init, N_("make a node in a new folder"),
          N_("Makes the folder NODE with a key pair, settings and database, loads the catalogue and prints the public"
             " key. A folder that is a node already is refused untouched.") },
        { "key", "NODE", 1, 1, COMMAND_READS, NULL, print_key, N_("print the node's public key"), NULL },
        { "serve", "NODE", 1, 1, COMMAND_WRITES, serve_options, run_serve, N_("run the web server of a node"),
          N_("Prints one line with its address once it accepts. SIGTERM or Ctrl-C finishes requests under way and"
             " stops. With --upstream (or the setting upstream) the node exchanges with the node above while it"
             " runs.") },
        { "trust", "NODE PUBLIC-KEY", 2, 2, COMMAND_WRITES, unit_option, run_trust, N_("enrol another node"),
          N_("Entries of the other node count here from now on, for its unit's territory. Nodes below are made known"
             " to all others.") },
        { "trust list", "NODE", 1, 1, COMMAND_READS, NULL, run_trust_list, N_("list the enrolled nodes"), NULL },
        { "trust revoke", "NODE PUBLIC-KEY", 2, 2, COMMAND_WRITES, NULL, run_revoke,
          N_("stop trusting another node's key"), NULL },
        { "verify", "NODE", 1, 1, COMMAND_READS, NULL, run_verify, N_("check every hash, chain, seal and attachment"),
          N_("Exit status 0: sound. 4: damaged; the first damage found is named.") },
        { "rebuild", "NODE", 1, 1, COMMAND_ALONE, rebuild_options, run_rebuild,
          N_("make all derived tables anew from the entries"),
          N_("With --check: replay into a temporary database and compare; exit status 4 if a table differs.") },
        { "state", "NODE", 1, 1, COMMAND_READS, state_options, run_state, N_("print one hash over the derived tables"),
          N_("Two nodes that hold the same entries print the same hash.") },
        { "backup", "NODE FILE", 2, 2, COMMAND_READS, NULL, run_backup, N_("copy a node into one file, also while it is served"),
          N_("The copy is verified before the file appears. It holds the node's secret key: keep it as safe as the node.") },
        { "restore", "FILE NODE", 2, 2, COMMAND_ALONE, NULL, run_restore, N_("make a node in a new folder from a backup"),
          N_("Verified before use. Never let the old node and its restored copy write side by side: their streams would"
             " fork.") },
        { NULL, NULL, 0, 0, COMMAND_ALONE, NULL, NULL, NULL, NULL },
};

const struct area node_area = { .name = "node", .title = N_("Node"), .commands = commands };
