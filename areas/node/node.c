/* node.c - commands for the installation itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "areas/node/backup.h"
#include "areas/program.h"
#include "base/hex.h"
#include "base/log.h"
#include "blob/blob.h"
#include "catalogue/catalogue.h"
#include "form/form.h"
#include "format/jsonw.h"
#include "ledger/check.h"
#include "ledger/place.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "sync/sync.h"
#include "workflow/case.h"

/* ---- init, key --------------------------------------------------------------------------------- */

static void print_key(const struct call *c, const char *key, const char *unit)
{
        struct buf *out = call_out(c);

        if (call_is_json(c)) {
                struct jsonw j;

                jsonw_init(&j, out);
                jsonw_object(&j);
                jsonw_member_text(&j, "node", key);
                jsonw_member_text(&j, "unit", unit);
                jsonw_end(&j);
                buf_char(out, '\n');
        } else {
                buf_print(out, "node %s\n", key);
        }
}

struct loading {
        struct complaints complaints;
        size_t changed;
        const char *key; /* of the new node */
};

static bool load_shipped(struct work *w, void *argument)
{
        struct loading *l = argument;
        size_t count;
        const struct source *files = catalogue_shipped(&count);

        l->key = arena_text(w->arena, node_key(w->node));
        return catalogue_load(w, files, count, NULL, &l->complaints, &l->changed);
}

/* Asked of the units inside the program, before anything is made. One that is no more may have been given back by the ministry, which
 * this program cannot know: then the others say whether they enrol its node. */
static bool unit_is_known(struct work *w, const char *unit, bool *is_of_today)
{
        struct complaints unheard = { .arena = w->arena };
        size_t all, count = 0;
        const struct source *files = catalogue_shipped(&all);
        struct source *units = arena_array(w->arena, all + 1, sizeof *units);
        const struct catalogue *shipped;
        const struct unit *former;

        for (size_t i = 0; i < all; i++)
                if (strncmp(files[i].path, "units/", 6) == 0)
                        units[count++] = files[i];
        shipped = catalogue_parse(w->arena, units, count, &unheard); /* what is missing besides is found when all are loaded */
        *is_of_today = unit_at(shipped, unit, day_of_moment(w->now)) != NULL;
        if (*is_of_today || (unit_by_code(shipped, unit, &former, 1) > 0 && former->level != LEVEL_DISTRICT))
                return true;
        return error_set(&w->err, ERR_INVALID, "no unit has the code \"%s\" today", unit) ||
               error_hint(&w->err, "VN for the ministry, or the code of a province or commune");
}

static bool run_init(struct work *w, const struct call *c)
{
        const char *folder = call_argument(c, 0), *unit = call_option(c, "unit", 0);
        struct loading loading = { .complaints = { .arena = w->arena } };
        bool is_of_today;

        if (unit == NULL) {
                error_set(&w->err, ERR_USAGE, "--unit is missing");
                return error_hint(&w->err, "VN for the ministry, or the code of a province or commune");
        }
        if (!unit_is_known(w, unit, &is_of_today))
                return false;
        if (!node_init_with(w, folder, unit, call_option(c, "store", 0), program_schema(), load_shipped, &loading)) {
                for (size_t i = 0; i < loading.complaints.count; i++)
                        error_while(&w->err, "%s:%d: %s", loading.complaints.list[i].file, loading.complaints.list[i].line,
                                    loading.complaints.list[i].message);
                return false;
        }
        print_key(c, loading.key, unit); /* without opening it: that could fail, and the node is there */
        if (!is_of_today && !call_is_json(c))
                buf_print(call_out(c), work_text(w, "unit %s is no more; others enrol its node only where its merger has been undone\n"), unit);
        return true;
}

/* Somebody agrees that what is held here of another branch than goes on is taken out. */
static bool run_follow(struct work *w, const struct call *c, const char *key)
{
        struct followed done;
        bool ok;

        if (strlen(key) < 8 || strlen(key) >= KEY_HEX || strspn(key, "0123456789abcdef") != strlen(key))
                return error_set(&w->err, ERR_USAGE, "--follow takes the key of the streams, or as many of its digits as tell, at least 8");
        w->node = node_open(call_argument(c, 0), NODE_WRITE, program_schema(), &w->err);
        if (w->node == NULL)
                return false;
        ok = ledger_follow(w, key, &done);
        if (ok && call_is_json(c))
                buf_print(call_out(c), "{\"streams\":%lld,\"taken_out\":%lld}\n", (long long)done.streams, (long long)done.entries);
        else if (ok)
                buf_print(call_out(c), work_text(w, "streams that follow the branch that goes on: %lld; entries of the other one taken out and kept in files fork-….lines: %lld\n"),
                          (long long)done.streams, (long long)done.entries);
        node_close(w->node);
        w->node = NULL;
        return ok;
}

/* --rotate and --follow need the node for themselves; printing does not. */
static bool run_key(struct work *w, const struct call *c)
{
        bool is_rotation = call_has(c, "rotate"), is_clock_right = call_has(c, "clock-is-right"), ok = true;
        const char *old_key = "";
        struct rewritten again = { 0 };

        if (is_clock_right && !is_rotation)
                return error_set(&w->err, ERR_USAGE, "--clock-is-right goes with --rotate");
        if (is_rotation && call_has(c, "follow"))
                return error_set(&w->err, ERR_USAGE, "--follow and --rotate are two calls");
        if (call_has(c, "follow"))
                return run_follow(w, c, call_option(c, "follow", 0));
        w->node = node_open(call_argument(c, 0), is_rotation ? NODE_WRITE : NODE_READ, program_schema(), &w->err);
        if (w->node == NULL)
                return false;
        if (is_rotation) {
                old_key = arena_text(w->arena, node_key(w->node));
                ok = node_rotate(w, is_clock_right, &again);
        }
        if (ok && is_rotation && call_is_json(c))
                buf_print(call_out(c), "{\"node\":\"%s\",\"unit\":\"%s\",\"former\":\"%s\",\"written_again\":%lld,\"set_aside\":%lld,\"others\":%lld}\n",
                          node_key(w->node), node_unit(w->node), old_key, (long long)again.entries, (long long)again.set_aside, (long long)again.others);
        else if (ok && is_rotation)
                buf_print(call_out(c),
                          work_text(w, "node %s\ntakes the place of %s, whose secret is destroyed; %lld entries written again\n"),
                          node_key(w->node), old_key, (long long)again.entries);
        else if (ok)
                print_key(c, node_key(w->node), node_unit(w->node));
        if (ok && again.set_aside > 0 && !call_is_json(c))
                buf_print(call_out(c), work_text(w, "%lld of them do not apply now and are set aside; the page Exchange says why\n"),
                          (long long)again.set_aside);
        if (ok && again.others > 0 && !call_is_json(c))
                buf_print(call_out(c), work_text(w, "%lld entries of other nodes, of a time that has not come, were taken out; they come again\n"), (long long)again.others);
        node_close(w->node);
        w->node = NULL;
        return ok;
}

/* A restored node that no other node knows. */
static bool run_resume(struct work *w, const struct call *c)
{
        bool is_held = node_is_restored(w->node);

        if (!node_let_go(w->node, &w->err))
                return false;
        if (call_is_json(c))
                buf_print(call_out(c), "{\"was_held\":%s}\n", is_held ? "true" : "false");
        else if (is_held)
                buf_print(call_out(c), "%s\n",
                          work_text(w, "the node writes again; if another node holds entries of it that it lacks, its streams will fork"));
        else
                buf_print(call_out(c), "%s\n", work_text(w, "the node was not held back"));
        return true;
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
                jsonw_member_int(&j, "not_placed", node_unplaced(w->node));
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
                if (node_unplaced(w->node) > 0)
                        buf_print(out, work_text(w, "%lld entries are stored and not yet in the tables; the log says why where they cannot be placed\n"),
                                  (long long)node_unplaced(w->node));
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

        if (!ledger_is_placed(w) || !ledger_state(w, call_option(c, "audience", 0), hash))
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
        (void)context;
        if (printf("%s\n", address) < 0 || fflush(stdout) != 0)
                log_line(LOG_WARNING, "web", "it serves at %s, which could not be written to standard output: %s", address, strerror(errno));
}

/* The number beside "My work". */
static int todo_count(struct work *w)
{
        size_t due;

        return program_due(w, &due) == NULL ? 0 : report_todo_count(w) + (int)case_todo_count(w) + (int)due;
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
        web_set_todo_count(w->node, todo_count);
        web_add_metrics(w->node, case_metrics);
        if (!blob_sweep(w) || !sync_start(w->node, upstream, &w->err))
                return false;
        ok = web_serve(w->node, &options, &w->err);
        sync_stop(w->node);
        return ok;
}

static const struct option init_options[] = {
        { "unit", "CODE", false, N_("the unit: VN, a province's or a commune's code") },
        { "store", "postgresql://…", false, N_("keep the data in PostgreSQL instead of the embedded database") },
        { NULL, NULL, false, NULL },
};
static const struct option key_options[] = {
        { "rotate", NULL, false, N_("make a new key pair that takes the place of this one") },
        { "clock-is-right", NULL, false, N_("with --rotate: also where other nodes wrote at a time that has not come") },
        { "follow", "KEY", false, N_("of streams of KEY that have forked, take out what this node holds of the branch that does not go on") },
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
        { "key", "NODE", 1, 1, COMMAND_ALONE, key_options, run_key, N_("print the node's public key, or give it a new one"),
          N_("With --rotate the node gets a new key pair; the old key's last entry names the new one, so that every other"
             " node follows by itself, and its secret is destroyed. Stop serve before. People sign in anew."
             " What this node wrote while its clock was ahead, and what only it holds of a stream that has forked, is written again under the new key."
             " With --follow KEY somebody agrees to what a new key says of the streams of KEY, which have forked: what this node holds of the other branch is taken out"
             " and kept in files; the branch that goes on comes with the next exchange. Stop serve before, and ask the unit that this is right.") },
        { "serve", "NODE", 1, 1, COMMAND_SERVES, serve_options, run_serve, N_("run the web server of a node"),
          N_("Prints one line with its address once it accepts. SIGTERM or Ctrl-C finishes requests under way and"
             " stops. With --upstream (or the setting upstream) the node exchanges with the node above while it"
             " runs.") },
        { "resume", "NODE", 1, 1, COMMAND_WRITES, NULL, run_resume, N_("let a restored node write without asking others first"),
          N_("Only where no other node ever exchanged with it. Otherwise exchange once instead (sync): that brings back what"
             " it wrote after the backup.") },
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
          N_("Verified before use. It writes again once an exchange has brought back what it wrote after the backup (sync, or"
             " serve with --upstream). Never let the old node and its restored copy write side by side: their streams"
             " would fork.") },
        { NULL, NULL, 0, 0, COMMAND_ALONE, NULL, NULL, NULL, NULL },
};

const struct area node_area = { .name = "node", .title = N_("Node"), .commands = commands };
