/* attachment.c - commands for attachments. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "areas/area.h"
#include "base/file.h"
#include "blob/blob.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/write.h"

#define AT_ONCE 200

/* The attachment of a command's argument: HASH, or NODE/HASH. */
static struct blob *named(struct work *w, const char *name)
{
        const char *slash = strchr(name, '/');
        struct blob *b;
        char *node;

        if (slash == NULL) {
                if (db_number(w->db, "SELECT COUNT(DISTINCT node) FROM blob WHERE name = $1", ARGS(v_text(name)), 0) > 1) {
                        error_set(&w->err, ERR_CONFLICT, "several nodes added an attachment %.12s…", name);
                        error_hint(&w->err, "name it as NODE-KEY/HASH; caunoi blob list shows both");
                        return NULL;
                }
                node = db_text(w->db, w->arena, "SELECT MIN(node) FROM blob WHERE name = $1", ARGS(v_text(name)));
        } else {
                node = arena_copy(w->arena, name, (size_t)(slash - name));
                name = slash + 1;
        }
        b = node == NULL ? NULL : blob_find(w, node, name);
        if (b == NULL && work_ok(w))
                error_set(&w->err, ERR_MISSING, "no entry here names an attachment \"%.70s\"", name);
        return b;
}

static void tell_json(struct jsonw *j, const struct blob *b)
{
        char at[MOMENT_TEXT_MAX];

        jsonw_object(j);
        blob_members(j, b);
        jsonw_member_text(j, "unit", b->unit);
        jsonw_member_text(j, "audience", b->audience);
        jsonw_member_text(j, "of", b->of);
        jsonw_member_text(j, "person", b->person);
        if (b->is_erased) {
                moment_write(at, b->erased_at);
                jsonw_member_text(j, "erased_at", at);
                jsonw_member_text(j, "erased_by", b->erased_by);
                jsonw_member_text(j, "why", b->erased_why);
                jsonw_member_text(j, "basis", b->erased_basis);
        }
        jsonw_end(j);
}

static void tell(struct work *w, const struct call *c, const struct blob *b)
{
        struct buf *out = call_out(c);
        struct jsonw j;

        if (call_is_json(c)) {
                jsonw_init(&j, out);
                tell_json(&j, b);
                buf_char(out, '\n');
                return;
        }
        buf_print(out, "%s/%s %s %lld %s %s\n", b->node, b->id, b->unit, (long long)b->size, blob_state(b),
                  b->name != NULL ? b->name : b->is_erased ? work_text(w, N_("(erased)")) : "-");
}

static bool run_list(struct work *w, const struct call *c)
{
        const char *node = "", *id = "";
        struct jsonw j;
        size_t count;

        jsonw_init(&j, call_out(c));
        if (call_is_json(c))
                jsonw_array(&j);
        do {
                struct blob *list = blob_list_after(w, node, id, AT_ONCE, &count);

                for (size_t i = 0; list != NULL && i < count; i++) {
                        if (call_is_json(c))
                                tell_json(&j, &list[i]);
                        else
                                tell(w, c, &list[i]);
                        node = list[i].node;
                        id = list[i].id;
                }
        } while (work_ok(w) && count == AT_ONCE);
        if (call_is_json(c)) {
                jsonw_end(&j);
                buf_char(call_out(c), '\n');
        }
        return work_ok(w);
}

/* What a command tells of what it writes is read before the commit: after that nothing may fail. */
struct adding {
        struct blob_new file;
        const char *audience, *of, *person;
        struct blob *added;
};

static bool add(struct work *w, void *argument)
{
        struct adding *a = argument;

        if (!blob_add(w, &a->file, a->audience, a->of, a->person))
                return false;
        a->added = blob_find(w, node_key(w->node), a->file.id);
        return work_ok(w);
}

static bool run_add(struct work *w, const struct call *c)
{
        const char *path = call_argument(c, 1), *audience = call_option(c, "audience", 0), *of = call_option(c, "of", 0);
        const char *person = call_option(c, "person", 0);
        struct adding a = { .audience = audience != NULL ? audience : node_unit(w->node), .of = of == NULL ? "" : of,
                            .person = person == NULL ? "" : person };
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        bool ok;

        if (fd < 0)
                return error_system(&w->err, errno == ENOENT ? ERR_MISSING : ERR_ENVIRONMENT, errno, "cannot open \"%s\"", path);
        ok = blob_keep(w, fd, path, &a.file);
        close(fd);
        if (!ok)
                return error_while(&w->err, "reading \"%s\"", path);
        if (!ledger_write(w, add, &a)) {
                blob_drop(w, &a.file);
                return false;
        }
        tell(w, c, a.added);
        return true;
}

static bool run_get(struct work *w, const struct call *c)
{
        struct blob *b = named(w, call_argument(c, 1));
        const char *path = call_argument(c, 2);
        struct buf out;

        if (b == NULL || !file_must_be_new(path, &w->err))
                return false;
        buf_init_with(&out, (size_t)b->size + 1, w->arena);
        if (!blob_read(w, b, &out)) {
                if (work_ok(w)) /* more than its entry says */
                        return error_set(&w->err, ERR_DAMAGED, "the stored content of attachment %.12s… was altered", b->id);
                if (w->err.code == ERR_MISSING)
                        error_hint(&w->err, "caunoi blob want asks for it; it comes while the node is served");
                return false;
        }
        if (!file_write(path, out.data, out.length, 0600, &w->err))
                return false;
        tell(w, c, b);
        return true;
}

static bool run_want(struct work *w, const struct call *c)
{
        struct blob *b = named(w, call_argument(c, 1));

        if (b == NULL || !blob_want(w, b))
                return false;
        b->is_wanted = true;
        b->problem = NULL;
        tell(w, c, b);
        return true;
}

struct erasing {
        struct blob *blob;
        const char *why, *basis;
};

static bool erase(struct work *w, void *argument)
{
        struct erasing *e = argument;

        if (!blob_erase(w, e->blob, e->why, e->basis))
                return false;
        e->blob = blob_find(w, e->blob->node, e->blob->id);
        return work_ok(w);
}

static bool run_erase(struct work *w, const struct call *c)
{
        struct erasing e = { named(w, call_argument(c, 1)), call_option(c, "why", 0), call_option(c, "basis", 0) };

        if (e.blob == NULL || !ledger_write(w, erase, &e))
                return false;
        tell(w, c, e.blob);
        return true;
}

static bool make_person(struct work *w, void *id)
{
        return blob_person(w, node_unit(w->node), id);
}

static bool run_person(struct work *w, const struct call *c)
{
        char id[BLOB_ID_MAX];

        if (!ledger_write(w, make_person, id))
                return false;
        buf_print(call_out(c), call_is_json(c) ? "{\"person\":\"%s\"}\n" : "%s\n", id);
        return true;
}

static const struct option add_options[] = {
        { "audience", "CODE", false, N_("who may read it: a unit with those above it, or *; this node's unit unless given") },
        { "of", "SUBJECT", false, N_("the record it belongs to") },
        { "person", "ID", false, N_("whom it is about: it is erased with that person") },
        { NULL, NULL, false, NULL },
};
static const struct option erase_options[] = {
        { "why", "TEXT", false, N_("the reason, shown to all who could read it") },
        { "basis", "TEXT", false, N_("the legal basis") },
        { NULL, NULL, false, NULL },
};
static const struct command commands[] = {
        { "blob list", "NODE", 1, 1, COMMAND_READS, NULL, run_list, N_("list the attachments and persons this node knows of"),
          N_("A line each: NODE-KEY/HASH, unit, bytes, where it is (here, waiting, elsewhere, erased), the file's name.") },
        { "blob add", "NODE FILE", 2, 2, COMMAND_WRITES, add_options, run_add, N_("attach a file"),
          N_("PDF, Word, Excel, PNG, JPEG, CSV or text, told by its content. It is encrypted; name and content never stand in"
             " an entry.") },
        { "blob get", "NODE HASH FILE", 3, 3, COMMAND_READS, NULL, run_get, N_("write an attachment to a new file"), NULL },
        { "blob want", "NODE HASH", 2, 2, COMMAND_WRITES, NULL, run_want,
          N_("ask for an attachment that is at another node"), NULL },
        { "blob person", "NODE", 1, 1, COMMAND_WRITES, NULL, run_person,
          N_("make a person, with whom all attachments about that person can be erased"), NULL },
        { "blob erase", "NODE HASH", 2, 2, COMMAND_WRITES, erase_options, run_erase,
          N_("destroy an attachment, or all of a person, everywhere"),
          N_("Key and content are destroyed here and at every node that learns of it; chains stay whole. Old backups still"
             " hold them until they are destroyed too.") },
        { NULL, NULL, 0, 0, COMMAND_ALONE, NULL, NULL, NULL, NULL },
};

const struct area attachment_area = { .name = "attachment", .title = N_("Attachments"), .commands = commands };
