/* import.c - caunoi cluster import: clusters and reports from a file, written as people of this node would. */
#include <string.h>

#include "account/account.h"
#include "areas/cluster/import.h"
#include "areas/cluster/report.h"
#include "areas/cluster/store.h"
#include "base/file.h"
#include "format/jsonr.h"
#include "ledger/write.h"

#define FILE_MAX ((size_t)16 << 20)

struct importing { const char *path, *as; json_t *root; struct map *names; int64_t clusters, items, reports; };

/* From now on acts who is named, or who the whole file is written as. */
static bool act_as(struct work *w, const struct importing *x, const json_t *entry)
{
        const char *login = *cluster_text(entry, "as") != '\0' ? cluster_text(entry, "as") : x->as;
        struct account *a = account_find(w, login);

        if (a == NULL || a->is_disabled)
                return error_set(&w->err, ERR_MISSING, "there is no account \"%s\" at this node", login);
        w->user = &a->user;
        return true;
}

/* Later parts of the file call a cluster by its name: "@NAME", "@NAME-TENANT". */
static const char *resolved(struct work *w, const struct importing *x, const char *text)
{
        const char *dash = strrchr(text, '-');
        const int64_t *id = *text != '@' ? NULL : map_get_text(x->names, text + 1);

        if (id != NULL)
                return (const char *)(uintptr_t)*id;
        if (*text != '@' || dash == NULL)
                return text;
        id = map_get(x->names, text + 1, (size_t)(dash - text - 1));
        return id == NULL ? text : arena_print(w->arena, "%s%s", (const char *)(uintptr_t)*id, dash);
}

static bool take_items(struct work *w, struct importing *x, const json_t *cluster, const char *id)
{
        const json_t *items = json_object_get(cluster, "items");
        json_t *item;
        size_t n;

        json_array_foreach(items, n, item) {
                struct cluster_change change = { .id = id, .list = cluster_text(item, "list"), .item = cluster_text(item, "item"), .unit = cluster_text(cluster, "unit"),
                                                 .fields = json_object_get(item, "fields"), .on = cluster_text(item, "on"),
                                                 .reason = cluster_text(item, "reason") };
                const char *written;

                if (!json_is_object(change.fields) || !act_as(w, x, item) || (written = cluster_write(w, &change)) == NULL)
                        return error_ok(&w->err) ? error_set(&w->err, ERR_INVALID, "its body is no item of a cluster's record") : false;
                if (id == NULL) {
                        int64_t *place = map_put_text(x->names, cluster_text(change.fields, "name"), NULL);

                        if (place == NULL)
                                arena_starve(w->arena);
                        *place = (int64_t)(uintptr_t)written;
                        x->clusters++;
                }
                id = written;
                x->items++;
        }
        return true;
}

static bool take_report(struct work *w, struct importing *x, const json_t *one)
{
        struct report_about *a = report_about_read(w, cluster_text(one, "form"), resolved(w, x, cluster_text(one, "about")), cluster_text(one, "period"));
        struct cluster_report *r;
        json_t *cells = json_object_get(one, "cells"), *cell;
        const char *name;

        if (a == NULL || !act_as(w, x, one) || (r = cluster_report_load(w, a)) == NULL)
                return false;
        json_object_foreach(cells, name, cell)
                if (report_row_find(a->form, name) < 0 || !json_is_string(cell))
                        return error_set(&w->err, ERR_INVALID, "\"%s\" is not known here", name);
        for (size_t i = 0; i < a->form->row_count; i++) {
                const char *text = cluster_text(cells, a->form->rows[i].id);
                int64_t value = cluster_number(cells, a->form->rows[i].id, CLUSTER_DECIMALS);

                if (value == CLUSTER_UNKNOWN && *text != '\0')
                        return cluster_number_error(w, &w->err, NULL, a->form->rows[i].id, text, CLUSTER_DECIMALS);
                r->cells[i].has_value = value != CLUSTER_UNKNOWN || r->cells[i].has_made;
                r->cells[i].value = value != CLUSTER_UNKNOWN ? value : r->cells[i].made;
        }
        x->reports++;
        return cluster_report_sign(w, r, cluster_text(one, "remark"));
}

static bool take_all(struct work *w, void *argument)
{
        struct importing *x = argument;
        const struct user *before = w->user;
        json_t *one;
        size_t n;
        bool ok = true;

        json_array_foreach(json_object_get(x->root, "clusters"), n, one)
                if (ok && !take_items(w, x, one, NULL))
                        ok = error_while(&w->err, "clusters[%d]", (int)n);
        json_array_foreach(json_object_get(x->root, "reports"), n, one)
                if (ok && !take_report(w, x, one))
                        ok = error_while(&w->err, "reports[%d]", (int)n);
        w->user = before;
        return ok;
}

static bool run_import(struct work *w, const struct call *c)
{
        struct importing x = { .path = call_argument(c, 1), .as = call_option(c, "as", 0), .names = map_in(w->arena) };
        json_error_t fault;
        size_t length;
        char *text;

        if (x.as == NULL)
                return error_set(&w->err, ERR_USAGE, "--as says in whose name it is written");
        text = file_read(w->arena, x.path, FILE_MAX, &length, &w->err);
        if (text == NULL)
                return false;
        x.root = json_read(w->arena, text, length, &fault);
        if (x.root == NULL) {
                error_set(&w->err, ERR_INVALID, "\"%s\" is no JSON: line %d, column %d", x.path, fault.line, fault.column);
                return error_because(&w->err, json_reason(&fault));
        }
        if (!ledger_write(w, take_all, &x))
                return error_while(&w->err, "importing \"%s\"", x.path);
        buf_print(call_out(c), work_text(w, "%lld clusters with %lld items, %lld reports"), (long long)x.clusters, (long long)x.items, (long long)x.reports);
        buf_char(call_out(c), '\n');
        return true;
}

static const struct option options[] = {
        { "as", "LOGIN", false, N_("in whose name what names nobody is written: an account of this node") },
        { 0 },
};

const struct command cluster_commands[] = {
        { "cluster import", "NODE FILE", 2, 2, COMMAND_WRITES, options, run_import,
          N_("record clusters and reports from a file, all or nothing"),
          N_("JSON: {\"clusters\": [{\"unit\", \"items\": [{\"list\", \"item\", \"fields\", \"on\", \"reason\"}]}], \"reports\": [{\"form\", \"about\", \"period\", \"cells\", \"remark\"}]}, as they are sent to the addresses of docs/clusters.md; the first item of a cluster is its "
             "identity, \"@NAME\" means a cluster of the file, \"as\" beside any of them another account. Every rule holds as it does for people.") },
        { 0 },
};
