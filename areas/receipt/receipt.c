/* receipt.c - the addresses and the command of receipts. */
#include <string.h>

#include "areas/area.h"
#include "areas/program.h"
#include "areas/receipt/handle.h"
#include "base/file.h"
#include "format/jsonw.h"

static struct buf *file_buf(struct work *w)
{
        struct buf *b = arena_alloc(w->arena, sizeof *b);

        buf_init_with(b, PROOF_MAX + ENTRY_MAX, w->arena);
        return b;
}

/* ---- the command ---------------------------------------------------------------------------------------- */

/* What is said at the end: nobody should have to read English or hashes to know that all is well. */
static void print_receipt(struct work *w, const struct call *c, const struct receipt *r, const char *verdict)
{
        if (call_is_json(c)) {
                receipt_write_json(r, false, call_out(c));
                return;
        }
        receipt_write_text(w->arena, r, w->language, call_out(c));
        buf_text(call_out(c), verdict);
        buf_char(call_out(c), '\n');
}

/* Names from the catalogue in this program; it is no part of what was signed. */
static const struct catalogue *shipped_catalogue(struct work *w)
{
        struct complaints complaints = { .arena = w->arena, .language = w->language };
        size_t count;
        const struct source *files = catalogue_shipped(&count);

        return catalogue_parse(w->arena, files, count, &complaints);
}

static bool check_file(struct work *w, const struct call *c, const char *key, const char *path)
{
        size_t length;
        char *bytes = file_read(w->arena, path, PROOF_MAX, &length, &w->err);
        struct proof *p = bytes == NULL ? NULL : proof_read(w->arena, bytes, length, key, &w->err);
        struct receipt *r = p == NULL ? NULL : receipt_of(w->arena, w->language, shipped_catalogue(w), p, &w->err);

        if (bytes == NULL)
                return false;
        if (r == NULL)
                return error_while(&w->err, "checking the receipt \"%s\"", path);
        print_receipt(w, c, r, work_text(w, "Genuine: hash, chain and seal are right under this key. Nothing was changed."));
        return true;
}

static void close_node(void *n)
{
        node_close(n);
}

static bool show_from_node(struct work *w, const struct call *c)
{
        const char *out = call_option(c, "out", 0);
        struct buf *file = file_buf(w);
        struct receipt *r;
        bool may_read;

        if (out != NULL && !file_must_be_new(out, &w->err))
                return false;
        w->node = node_open(call_argument(c, 0), NODE_READ, program_schema(), &w->err);
        if (w->node == NULL)
                return false;
        arena_on_free(w->arena, close_node, w->node);
        w->db = node_reader(w->node, &w->err);
        if (w->db == NULL)
                return false;
        db_attach_error(w->db, &w->err);
        r = db_begin(w->db) ? receipt_load(w, call_argument(c, 1), file, &may_read) : NULL;
        db_rollback(w->db);
        if (r == NULL || !work_ok(w) || (out != NULL && !file_write(out, file->data, file->length, 0644, &w->err)))
                return false;
        print_receipt(w, c, r, out == NULL ? work_text(w, "Hash, chain and seal are right.")
                                           : arena_print(w->arena, work_text(w, "Hash, chain and seal are right. Written to \"%s\"."), out));
        return true;
}

static bool run_receipt(struct work *w, const struct call *c)
{
        const char *key = call_option(c, "key", 0);

        if (key == NULL && call_argument(c, 1) != NULL)
                return show_from_node(w, c);
        if (key != NULL && call_argument(c, 1) == NULL && !call_has(c, "out"))
                return check_file(w, c, key, call_argument(c, 0));
        error_set(&w->err, ERR_USAGE, key == NULL ? N_("the receipt's code is missing")
                                                  : N_("with --key only the receipt's file is given"));
        return error_hint(&w->err, "caunoi receipt NODE CODE, or caunoi receipt --key PUBLIC-KEY FILE");
}

static const struct option options[] = {
        { "key", "PUBLIC-KEY", false, N_("check a file with this key; no node and no network are needed") },
        { "out", "FILE", false, N_("also write the receipt's file there, a new one") },
        { NULL, NULL, false, NULL },
};
static const struct command commands[] = {
        { "receipt", "NODE CODE | FILE", 1, 2, COMMAND_ALONE, options, run_receipt,
          N_("show or check the receipt of what was filed"),
          N_("With a node and a code: shows what was filed, by whom and when. With --key and a file: verifies the file's"
             " hashes, chain and seal with that public key alone, and shows what was filed. A code may be typed in lower"
             " case, without the hyphen, with O for 0 and I or L for 1. Exit status 4: the file was altered, cut, or"
             " sealed by another key; 1: its first line is not that of a receipt.") },
        { NULL, NULL, 0, 0, COMMAND_ALONE, NULL, NULL, NULL, NULL },
};

/* ---- addresses -------------------------------------------------------------------------------------------- */

/* The receipt for who may read what was filed. */
static struct receipt *load_whole(struct work *w, const struct request *q, struct buf *file)
{
        bool may_read;
        struct receipt *r = receipt_load(w, request_part(q, "code"), file, &may_read);

        return may_read ? r : NULL;
}

/* Who may read no more than what is theirs gets no file that holds what others wrote. */
static bool is_alone(struct work *w, const struct receipt *r)
{
        if (r->entries == 1 || user_may(w->user, MAY_READ))
                return true;
        error_set(&w->err, ERR_DENIED, "the file of this receipt also holds what others filed in the same moment");
        return error_hint(&w->err, "ask the unit that received it for the file; the page and the document (.pdf) are yours");
}

static bool send_file(struct work *w, const struct request *q, struct reply *reply)
{
        struct buf *file = file_buf(w);
        struct receipt *r = load_whole(w, q, file);

        if (r == NULL || !is_alone(w, r))
                return false;
        reply->is_private = true;
        reply->content_type = "text/plain; charset=utf-8";
        reply->file_name = arena_print(w->arena, "bien-nhan-%s.txt", r->code);
        buf_put(&reply->body, file->data, file->length);
        return true;
}

static bool show(struct work *w, const struct request *q, struct reply *reply)
{
        bool may_read;
        struct receipt *r;

        reply->is_private = true;
        if (request_suffix(q) == SUFFIX_PDF) {
                r = load_whole(w, q, file_buf(w));
                return r != NULL && receipt_reply_pdf(w, reply, r);
        }
        r = receipt_load(w, request_part(q, "code"), file_buf(w), &may_read);
        if (r == NULL)
                return false;
        if (!may_read)
                error_clear(&w->err);
        switch (request_suffix(q)) {
        case SUFFIX_HTML: return receipt_reply_page(w, q, reply, r, !may_read);
        case SUFFIX_JSON: receipt_write_json(r, !may_read, &reply->body); return true;
        default: error_set(&w->err, ERR_USAGE, "a receipt has no such format");
                return error_hint(&w->err, "take .json or .pdf, or the page without a suffix");
        }
}

static const struct route routes[] = {
        { GET, "/receipts", receipt_search, MAY_READ_PUBLIC, 0, N_("Look up a receipt by its code") },
        { GET, "/receipts/{code}", show, MAY_READ_PUBLIC, ROUTE_PDF,
          N_("The receipt of what was filed; the public sees that it exists, without its content") },
        { GET, "/receipts/{code}/file", send_file, MAY_FOLLOW, 0,
          N_("The receipt as a file that can be checked without a node") },
        { 0 },
};

const struct area receipt_area = { .name = "receipt", .title = N_("Receipts"), .routes = routes, .commands = commands, .receipts = report_receipts };
