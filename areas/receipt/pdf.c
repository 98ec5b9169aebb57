/* pdf.c - a receipt as an official document. */
#include "format/pdf.h"

#include "areas/receipt/handle.h"
#include "areas/receipt/page.h"

#define QR_POINTS 108.0

struct document {
        struct work *work;
        struct pdf *pdf;
};

static void heading(const struct document *d, const struct receipt *r)
{
        const struct work *w = d->work;
        const struct pdf_cell names[] = {
                { r->unit_name, 40, PDF_CENTER, PDF_BOLD | PDF_CAPITALS, 12, 0, 60 },
                { arena_print(w->arena, "%s\n%s", work_text(w, "SOCIALIST REPUBLIC OF VIET NAM"),
                              work_text(w, "Independence - Freedom - Happiness")),
                  60, PDF_CENTER, PDF_BOLD, 12, 13, 170 },
        };
        const struct pdf_cell title = { work_text(w, r->kind->heading), 1, PDF_CENTER, PDF_BOLD, 15, 0, 0 };
        const struct pdf_cell code = { arena_print(w->arena, work_text(w, "Code: %s"), r->code), 1, PDF_CENTER, PDF_BOLD,
                                       14, 0, 0 };

        pdf_row(d->pdf, names, 2, 0);
        pdf_space(d->pdf, 26);
        pdf_row(d->pdf, &title, 1, 0);
        pdf_space(d->pdf, 4);
        pdf_row(d->pdf, &code, 1, 0);
        pdf_space(d->pdf, 14);
}

static void fact(const struct document *d, const char *name, const char *value)
{
        const struct pdf_cell cells[] = { { name, 28, PDF_LEFT, PDF_PLAIN, 13, 0, 0 },
                                          { value, 72, PDF_LEFT, PDF_BOLD, 13, 0, 0 } };

        pdf_row(d->pdf, cells, 2, 0);
        pdf_space(d->pdf, 3);
}

/* One line of those there are. */
static void fact_if(const struct document *d, const char *name, const char *value)
{
        if (*value != '\0')
                fact(d, work_text(d->work, name), value);
}

static void facts(const struct document *d, const struct receipt *r)
{
        struct work *w = d->work;

        fact(d, work_text(w, r->kind->what), r->form_title);
        fact_if(d, N_("Concerning"), r->about_said);
        fact(d, work_text(w, "Unit"), arena_print(w->arena, "%s (%s)", r->unit_name, r->unit));
        fact_if(d, N_("Period"), r->period_name);
        if (r->version != 0)
                fact(d, work_text(w, "Version"), arena_print(w->arena, "%lld", (long long)r->version));
        fact(d, work_text(w, "Sent at"), r->sent_at);
        fact_if(d, N_("Filled in by"), r->filled_by);
        fact(d, work_text(w, "Approved and sent by"), arena_print(w->arena, "%s (%s)", r->sent_by, r->role));
        fact_if(d, N_("Does not count"), r->aside);
        if (*r->since != '\0')
                fact(d, work_text(w, "Since then"), *r->newer == '\0' ? r->since : arena_print(w->arena, "%s (%s)", r->since, r->newer));
        if (*r->former != '\0')
                fact(d, work_text(w, "Takes the place of"), arena_print(w->arena, "%s, %s", r->former, r->former_at));
        for (size_t i = 0; i < r->fact_count; i++)
                fact(d, r->facts[i].title, r->facts[i].value);
}

static void figures(const struct document *d, const struct receipt *r)
{
        struct work *w = d->work;
        const struct pdf_cell head[] = {
                { work_text(w, "No."), 8, PDF_CENTER, PDF_BOLD, 12, 0, 0 },
                { work_text(w, "Content"), 54, PDF_CENTER, PDF_BOLD, 12, 0, 0 },
                { work_text(w, "Unit of measure"), 18, PDF_CENTER, PDF_BOLD, 12, 0, 0 },
                { work_text(w, "Value"), 20, PDF_CENTER, PDF_BOLD, 12, 0, 0 },
        };

        if (r->figure_count == 0)
                return;
        pdf_space(d->pdf, 10);
        pdf_row(d->pdf, head, 4, PDF_BORDERS);
        pdf_repeat(d->pdf, head, 4, PDF_BORDERS);
        for (size_t i = 0; i < r->figure_count; i++) {
                const struct filed *f = &r->figures[i];
                const char *label = f->explanation[0] == '\0' ? f->label
                                                               : arena_print(w->arena, "%s\n%s: %s", f->label,
                                                                             work_text(w, "Explanation"), f->explanation);
                const struct pdf_cell cells[] = {
                        { f->cell, 8, PDF_CENTER, PDF_PLAIN, 12, 0, 0 },
                        { label, 54, PDF_LEFT, PDF_PLAIN, 12, 0, 0 },
                        { f->measure, 18, PDF_CENTER, PDF_PLAIN, 12, 0, 0 },
                        { f->value, 20, PDF_RIGHT, PDF_PLAIN, 12, 0, 0 },
                };

                pdf_row(d->pdf, cells, 4, PDF_BORDERS);
        }
        pdf_repeat(d->pdf, NULL, 0, 0);
}

static void proof(const struct document *d, const struct receipt *r, const struct qr *qr)
{
        struct work *w = d->work;
        const char *seal = arena_print(w->arena, work_text(w, "Entry %lld of its stream, sealed with entry %lld at %s"),
                                       (long long)r->seq, (long long)r->sealed_seq, r->sealed_at);
        const struct pdf_cell beside = {
                arena_print(w->arena, "%s: %s\n%s: %s\n%s: %s", work_text(w, "Hash of the entry"), r->hash,
                            work_text(w, "Public key of the node"), r->node, work_text(w, "Seal"), seal),
                1, PDF_LEFT, PDF_PLAIN, 10, 0, 0
        };
        const struct pdf_cell how = {
                arena_print(w->arena, work_text(w, "This paper is a copy for reading. What proves is the file bien-nhan-%s.txt:"
                                                   " the command caunoi receipt --key PUBLIC-KEY FILE checks it without this"
                                                   " node and without a network."), r->code),
                1, PDF_LEFT, PDF_ITALIC, 11, 0, 0
        };

        pdf_space(d->pdf, 12);
        pdf_qr(d->pdf, qr, QR_POINTS, &beside);
        pdf_space(d->pdf, 4);
        pdf_row(d->pdf, &how, 1, 0);
}

bool receipt_reply_pdf(struct work *w, struct reply *reply, const struct receipt *r)
{
        struct qr *qr = qr_make(w->arena, receipt_qr_text(w, r), &w->err);
        struct document d = { .work = w };

        d.pdf = qr == NULL ? NULL
                           : pdf_open(w->arena, &reply->body, arena_print(w->arena, work_text(w, "Receipt %s"), r->code),
                                      r->unit_name, r->sealed, &w->err);
        if (d.pdf == NULL)
                return false;
        heading(&d, r);
        facts(&d, r);
        figures(&d, r);
        proof(&d, r, qr);
        reply->content_type = "application/pdf";
        reply->file_name = arena_print(w->arena, "bien-nhan-%s.pdf", r->code);
        return pdf_close(d.pdf);
}
