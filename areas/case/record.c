/* record.c - GET /cases/{id}.pdf: the record of how a case was handled, to be put into its file: content, time limits with their arithmetic,
 * documents, opinions, and every entry of its history.
 *
 * The rows of a document are never cut (pdf.h), but what people wrote may be longer than a page: it goes into as many rows as it takes. */
#include <string.h>

#include "areas/case/case.h"

#define PIECE_BYTES 600 /* of what goes into one row; far less than a page, also in a narrow column */
#define PIECE_LINES 10
#define WITH_A_TITLE 240 /* points for a title, the head of its table and a row */

/* The next piece of a text, which moves on; it ends between words, or characters. */
static const char *next_piece(struct work *w, const char **text)
{
        const char *s = *text, *last = NULL;
        size_t n = 0;

        for (int lines = 0; s[n] != '\0' && n < PIECE_BYTES && lines < PIECE_LINES; n++) {
                lines += s[n] == '\n';
                if (s[n] == ' ' || s[n] == '\n')
                        last = s + n;
        }
        if (s[n] != '\0' && last != NULL)
                n = (size_t)(last - s) + 1;
        while (s[n] != '\0' && ((unsigned char)s[n] & 0xC0) == 0x80)
                n--;
        *text = s + n;
        while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\n'))
                n--;
        return arena_copy(w->arena, s, n);
}

/* A row of a table of which one cell may be long: what does not fit into the first row goes on in further ones. */
static void row_long(struct work *w, struct pdf *pdf, struct pdf_cell *cells, int count, int wide)
{
        const char *rest = cells[wide].text;

        do {
                cells[wide].text = next_piece(w, &rest);
                pdf_row(pdf, cells, count, PDF_BORDERS);
                for (int i = 0; i < count; i++)
                        cells[i].text = "";
        } while (*rest != '\0');
}

static void head(struct pdf *pdf, const struct pdf_cell *cells, int count)
{
        pdf_row(pdf, cells, count, PDF_BORDERS);
        pdf_repeat(pdf, cells, count, PDF_BORDERS);
}

static void section(struct pdf *pdf, const char *title)
{
        const struct pdf_cell cell = { title, 1, PDF_LEFT, PDF_BOLD, 13, 0, 0 };

        pdf_repeat(pdf, NULL, 0, 0);
        pdf_need(pdf, WITH_A_TITLE);
        pdf_space(pdf, 14);
        pdf_row(pdf, &cell, 1, 0);
        pdf_space(pdf, 4);
}

static void pair(struct work *w, struct pdf *pdf, const char *name, const char *value)
{
        struct pdf_cell cells[] = { { name, 38, PDF_LEFT, PDF_PLAIN, 11, 0, 0 }, { value, 62, PDF_LEFT, PDF_PLAIN, 11, 0, 0 } };

        row_long(w, pdf, cells, 2, 1);
}

static void about(struct work *w, struct pdf *pdf, const struct case_view *v)
{
        pair(w, pdf, work_text(w, "What it is about"), v->title);
        pair(w, pdf, work_text(w, "Case"), v->f->id);
        pair(w, pdf, work_text(w, "Workflow"), v->workflow);
        pair(w, pdf, work_text(w, "Unit"), v->unit);
        pair(w, pdf, work_text(w, "Received"), v->received);
        pair(w, pdf, work_text(w, "State"), v->f->ended == DAY_NONE ? v->state : arena_print(w->arena, "%s, %s", v->state, day_words(w, v->f->ended)));
        pair(w, pdf, work_text(w, "Rules of the day of receipt"),
             v->regime_is_verified ? v->regime : arena_print(w->arena, "%s (%s)", v->regime, work_text(w, "to be checked")));
        if (*v->f->parent != '\0')
                pair(w, pdf, work_text(w, "Below the case"), v->f->parent);
        if (v->score != NULL)
                pair(w, pdf, work_text(w, "Points"), v->score);
}

static void content(struct work *w, struct pdf *pdf, const struct case_view *v)
{
        if (v->field_count + v->money_count == 0)
                return;
        section(pdf, work_text(w, "Content"));
        for (size_t i = 0; i < v->field_count; i++)
                pair(w, pdf, v->fields[i].name, v->fields[i].value);
        for (size_t i = 0; i < v->money_count; i++)
                pair(w, pdf, v->money[i].name, v->money[i].value);
}

static void rows(struct work *w, struct pdf *pdf, const struct case_view *v)
{
        for (size_t k = 0; k < v->lines_count; k++) {
                const struct lines_shown *l = &v->lines[k];

                section(pdf, l->title);
                for (size_t i = 0; i <= l->row_count; i++) {
                        const char **cells = i < l->row_count ? l->rows[i].cells : l->sums, *told = "";

                        for (size_t n = 0; cells != NULL && n < l->head_count; n++)
                                if (*cells[n] != '\0')
                                        told = arena_print(w->arena, "%s%s%s: %s", told, *told == '\0' ? "" : "\n", l->heads[n], cells[n]);
                        if (cells != NULL)
                                pair(w, pdf, i < l->row_count ? l->rows[i].name : work_text(w, "Sum"), told);
                }
        }
}

static void limits(struct work *w, struct pdf *pdf, const struct case_view *v)
{
        const struct pdf_cell names[] = {
                { work_text(w, "Limit"), 30, PDF_LEFT, PDF_BOLD, 11, 0, 0 },  { work_text(w, "Why this day?"), 40, PDF_LEFT, PDF_BOLD, 11, 0, 0 },
                { work_text(w, "Last day"), 15, PDF_LEFT, PDF_BOLD, 11, 0, 0 }, { work_text(w, "Kept"), 15, PDF_LEFT, PDF_BOLD, 11, 0, 0 },
        };

        if (v->clock_count == 0)
                return;
        section(pdf, work_text(w, "Time limits"));
        head(pdf, names, 4);
        for (size_t i = 0; i < v->clock_count; i++) {
                const struct clock_shown *k = &v->clocks[i];
                const char *why = "", *title = *k->who == '\0' ? k->title : arena_print(w->arena, "%s · %s", k->title, k->who);
                struct pdf_cell cells[4];

                for (size_t n = 0; n < k->why_count; n++)
                        why = arena_print(w->arena, "%s%s%s: %s", why, n == 0 ? "" : "\n", k->why[n].name, k->why[n].value);
                title = arena_print(w->arena, "%s\n%s%s%s", title, k->basis, k->is_verified || *k->basis == '\0' ? "" : " ",
                                    k->is_verified || *k->basis == '\0' ? "" : arena_print(w->arena, "(%s)", work_text(w, "to be checked")));
                cells[0] = (struct pdf_cell){ title, 30, PDF_LEFT, PDF_PLAIN, 10, 0, 0 };
                cells[1] = (struct pdf_cell){ why, 40, PDF_LEFT, PDF_PLAIN, 10, 0, 0 };
                cells[2] = (struct pdf_cell){ k->due, 15, PDF_LEFT, PDF_PLAIN, 10, 0, 0 };
                cells[3] = (struct pdf_cell){ k->chip, 15, PDF_LEFT, PDF_PLAIN, 10, 0, 0 };
                row_long(w, pdf, cells, 4, 1);
        }
}

static void documents(struct work *w, struct pdf *pdf, const struct case_view *v)
{
        const struct pdf_cell names[] = {
                { work_text(w, "Document"), 46, PDF_LEFT, PDF_BOLD, 11, 0, 0 }, { work_text(w, "Number"), 22, PDF_LEFT, PDF_BOLD, 11, 0, 0 },
                { work_text(w, "Day"), 16, PDF_LEFT, PDF_BOLD, 11, 0, 0 },      { work_text(w, "Files"), 16, PDF_RIGHT, PDF_BOLD, 11, 0, 0 },
        };

        if (v->named_count == 0)
                return;
        section(pdf, work_text(w, "Documents"));
        head(pdf, names, 4);
        for (size_t i = 0; i < v->paper_count; i++) {
                const struct paper_shown *p = &v->papers[i];
                struct pdf_cell cells[] = {
                        { p->title, 46, PDF_LEFT, PDF_PLAIN, 10, 0, 0 }, { p->number, 22, PDF_LEFT, PDF_PLAIN, 10, 0, 0 },
                        { p->on, 16, PDF_LEFT, PDF_PLAIN, 10, 0, 0 },    { arena_print(w->arena, "%d", (int)p->file_count), 16, PDF_RIGHT, PDF_PLAIN, 10, 0, 0 },
                };

                if (!p->is_missing)
                        row_long(w, pdf, cells, 4, 1);
        }
}

static void opinions(struct work *w, struct pdf *pdf, const struct case_view *v)
{
        if (v->opinion_count == 0)
                return;
        section(pdf, work_text(w, "Opinions"));
        for (size_t i = 0; i < v->opinion_count; i++) {
                const struct opinion_shown *o = &v->opinions[i];

                pair(w, pdf, o->unit, arena_print(w->arena, "%s, %s%s%s", o->verdict, o->when, *o->text == '\0' ? "" : "\n", o->text));
        }
}

static const char *done_words(struct work *w, const struct case_file *f, const struct event_shown *x)
{
        const char *words = x->title;

        if (x->event->to >= 0 && x->event->to != x->event->from)
                words = arena_print(w->arena, "%s\n→ %s", words, text_in(w->language, f->workflow->states[x->event->to].title_vi, f->workflow->states[x->event->to].title_en));
        if (x->fault != NULL)
                words = arena_print(w->arena, "%s\n%s: %s%s%s", words, work_text(w, "does not count"), x->fault, *x->rule == '\0' ? "" : " – ", x->rule);
        if (*x->reason != '\0')
                words = arena_print(w->arena, "%s\n“%s”", words, x->reason);
        for (size_t i = 0; i < x->change_count; i++) {
                const struct change_shown *c = &x->changes[i];

                words = arena_print(w->arena, "%s\n%s: %s%s%s", words, c->name, c->before == NULL ? "" : c->before, c->before == NULL ? "" : " → ", c->after);
        }
        return words;
}

static void history(struct work *w, struct pdf *pdf, const struct case_file *f)
{
        const struct pdf_cell names[] = {
                { work_text(w, "No."), 6, PDF_LEFT, PDF_BOLD, 11, 0, 0 },            { work_text(w, "Day"), 17, PDF_LEFT, PDF_BOLD, 11, 0, 0 },
                { work_text(w, "What was done"), 40, PDF_LEFT, PDF_BOLD, 11, 0, 0 }, { work_text(w, "By"), 21, PDF_LEFT, PDF_BOLD, 11, 0, 0 },
                { work_text(w, "Entry"), 16, PDF_LEFT, PDF_BOLD, 11, 0, 0 },
        };
        size_t count;
        const struct event_shown *events = history_shown(w, f, HISTORY_ALL, &count);

        section(pdf, work_text(w, "History"));
        head(pdf, names, 5);
        for (size_t i = count; i > 0; i--) {
                const struct event_shown *x = &events[i - 1];
                struct pdf_cell cells[] = {
                        { arena_print(w->arena, "%zu", count - i + 1), 6, PDF_LEFT, PDF_PLAIN, 10, 0, 0 },
                        { arena_print(w->arena, "%s\n(%s)", x->on, x->at), 17, PDF_LEFT, PDF_PLAIN, 10, 0, 0 },
                        { done_words(w, f, x), 40, PDF_LEFT, PDF_PLAIN, 10, 0, 0 },
                        { arena_print(w->arena, "%s\n%s", x->name, x->unit), 21, PDF_LEFT, PDF_PLAIN, 10, 0, 0 },
                        { x->hash, 16, PDF_LEFT, PDF_PLAIN, 10, 0, 0 },
                };

                row_long(w, pdf, cells, 5, 2);
        }
        pdf_repeat(pdf, NULL, 0, 0);
}

bool case_recorded(struct work *w, const struct case_view *v, struct reply *reply)
{
        const struct case_file *f = v->f;
        struct sheet sheet = { pdf_open(w->arena, &reply->body, work_text(w, "Record of how a case was handled"), v->unit, stamp_moment(f->changed_at), &w->err), NULL };
        const struct pdf_cell title = { work_text(w, "RECORD OF HOW A CASE WAS HANDLED"), 1, PDF_CENTER, PDF_BOLD, 14, 0, 0 };
        const struct pdf_cell until = { arena_print(w->arena, work_text(w, "As of %s, printed on %s"), moment_shown(w->arena, stamp_moment(f->changed_at), w->language),
                                                    day_words(w, day_of_moment(w->now))), 1, PDF_CENTER, PDF_ITALIC, 11, 0, 0 };
        const struct pdf_cell proof = { work_text(w, "Each line of the history is an entry that the node of its unit has signed. The digits are the beginning of its hash: "
                                                     "whoever holds the ledger can find and check it."), 1, PDF_LEFT, PDF_ITALIC, 10, 0, 0 };

        if (sheet.pdf == NULL)
                return false;
        sheet_heading(w, &sheet, "", v->unit);
        pdf_space(sheet.pdf, 18);
        pdf_row(sheet.pdf, &title, 1, 0);
        pdf_row(sheet.pdf, &until, 1, 0);
        pdf_space(sheet.pdf, 8);
        about(w, sheet.pdf, v);
        content(w, sheet.pdf, v);
        rows(w, sheet.pdf, v);
        limits(w, sheet.pdf, v);
        documents(w, sheet.pdf, v);
        opinions(w, sheet.pdf, v);
        history(w, sheet.pdf, f);
        pdf_space(sheet.pdf, 8);
        pdf_row(sheet.pdf, &proof, 1, 0);
        reply->content_type = "application/pdf";
        reply->file_name = arena_print(w->arena, "%s-%s.pdf", f->workflow->id, f->id);
        return pdf_close(sheet.pdf);
}
