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
        fact(d, work_text(w, r->kind->who), arena_print(w->arena, "%s (%s)", r->sent_by, r->role));
        fact_if(d, N_("Does not count"), r->aside);
        if (*r->since != '\0')
                fact(d, work_text(w, "Since then"), *r->newer == '\0' ? r->since : arena_print(w->arena, "%s (%s)", r->since, r->newer));
        if (*r->conflict != '\0')
                fact(d, work_text(w, "Since then"), work_text(w, "A conflict about it is open"));
        if (*r->former != '\0')
                fact(d, work_text(w, "Takes the place of"), arena_print(w->arena, "%s, %s", r->former, r->former_at));
        for (size_t i = 0; i < r->fact_count; i++)
                fact(d, r->facts[i].title, r->facts[i].value);
}

/* The columns that lines have: numbers and units of measure only where one of them has some. */
static void line(const struct document *d, const char *const texts[4], const bool has[4], bool is_head)
{
        static const int widths[4] = { 8, 54, 18, 20 };
        const enum pdf_align aligned[4] = { PDF_CENTER, is_head ? PDF_CENTER : PDF_LEFT, PDF_CENTER, is_head ? PDF_CENTER : has[2] ? PDF_RIGHT : PDF_LEFT };
        struct pdf_cell cells[4];
        int count = 0;

        for (int i = 0; i < 4; i++)
                if (has[i])
                        cells[count++] = (struct pdf_cell){ texts[i], widths[i] + (i == 3 && !has[2] ? widths[2] : 0), aligned[i], is_head ? PDF_BOLD : PDF_PLAIN, 12, 0, 0 };
        pdf_row(d->pdf, cells, count, PDF_BORDERS);
        if (is_head)
                pdf_repeat(d->pdf, cells, count, PDF_BORDERS);
}

static void figures(const struct document *d, const struct receipt *r)
{
        struct work *w = d->work;
        bool has[4] = { false, true, false, true };

        if (r->figure_count == 0)
                return;
        for (size_t i = 0; i < r->figure_count; i++) {
                has[0] |= *r->figures[i].said != '\0';
                has[2] |= *r->figures[i].measure != '\0';
        }
        pdf_space(d->pdf, 10);
        line(d, (const char *const[]){ work_text(w, "No."), work_text(w, "Content"), work_text(w, "Unit of measure"), work_text(w, "Value") }, has, true);
        for (size_t i = 0; i < r->figure_count; i++) {
                const struct filed *f = &r->figures[i];
                const char *label = f->explanation[0] == '\0' ? f->label
                                                               : arena_print(w->arena, "%s\n%s: %s", f->label,
                                                                             work_text(w, "Explanation"), f->explanation);

                line(d, (const char *const[]){ f->said, label, f->measure, f->value }, has, false);
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
