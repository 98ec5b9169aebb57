/* page.c - receipts as pages. */
#include <string.h>

#include "areas/receipt/page.h"
#include "areas/receipt/handle.h"
#include "areas/receipt/pages.h"
#include "format/qr.h"

#define QR_PX 164
#define SVG_MAX ((size_t)256 << 10)

const char *receipt_qr_text(struct work *w, const struct receipt *r)
{
        const char *url = node_setting(w->node, "public_url");
        size_t length = url == NULL ? 0 : strlen(url);

        while (length > 0 && url[length - 1] == '/')
                length--;
        return length == 0 ? arena_print(w->arena, "%s %s", r->code, r->hash)
                           : arena_print(w->arena, "%.*s/receipts/%s", (int)length, url, r->code);
}

static const char *qr_of(struct work *w, const struct receipt *r, const char *says)
{
        struct buf *svg = arena_alloc(w->arena, sizeof *svg);
        struct qr *qr = qr_make(w->arena, says, &w->err);

        if (qr == NULL)
                return NULL;
        buf_init_with(svg, SVG_MAX, w->arena);
        qr_write_svg(svg, qr, QR_PX, arena_print(w->arena, work_text(w, "QR code of the receipt %s"), r->code));
        return buf_ok(svg) ? svg->data : "";
}

bool receipt_reply_page(struct work *w, const struct request *q, struct reply *reply, const struct receipt *r,
                        bool is_public)
{
        struct receipt_view v = { .r = r, .is_public = is_public };
        struct page page = { .nav = r->kind->nav, .body_class = "" };

        page.title = arena_print(w->arena, work_text(w, "Receipt %s"), r->code);
        page.crumbs[0] = (struct crumb){ work_text(w, "Receipts"), "/receipts" };
        page.crumbs[1] = (struct crumb){ r->code, NULL };
        page.crumb_count = 2;
        v.css = *r->aside == '\0' ? "ok" : "warn";
        for (size_t i = 0; i < r->figure_count; i++)
                v.has_measures |= *r->figures[i].measure != '\0';
        v.qr_says = receipt_qr_text(w, r);
        v.qr = is_public ? "" : qr_of(w, r, v.qr_says);
        if (v.qr == NULL)
                return false;
        v.file = arena_print(w->arena, "/receipts/%s/file", r->code);
        v.pdf = arena_print(w->arena, "/receipts/%s.pdf", r->code);
        v.json = arena_print(w->arena, "/receipts/%s.json", r->code);
        v.command = arena_print(w->arena, "caunoi receipt --key %s bien-nhan-%s.txt", r->node, r->code);
        v.sign_in = w->user->login[0] != '\0' ? NULL : arena_print(w->arena, "/sign-in?to=/receipts/%s", r->code);
        page_begin(w, q, reply, &page);
        receipt_page(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

bool receipt_search(struct work *w, const struct request *q, struct reply *reply)
{
        const char *typed = request_query(q, "code", 0);
        struct receipt_search_view v = { .typed = typed == NULL ? "" : typed };
        struct page page = { .title = work_text(w, "Look up a receipt"), .nav = NAV_FORMS, .body_class = "" };
        char code[RECEIPT_CODE_MAX];

        if (typed != NULL && receipt_code_read(typed, code) && receipt_find(w, code, receipt_proves) != 0)
                return reply_redirect(w, reply, arena_print(w->arena, "/receipts/%s", code));
        if (typed != NULL) {
                v.error = work_ok(w) ? work_text(w, "A code has ten letters and digits, such as 7QW2M-0KXTA.")
                                     : arena_text(w->arena, w->err.message);
                v.hint = arena_text(w->arena, w->err.hint);
                if (!work_ok(w) && w->err.code != ERR_MISSING && w->err.code != ERR_CONFLICT)
                        return false;
                error_clear(&w->err);
        }
        page_begin(w, q, reply, &page);
        receipt_search_page(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}
