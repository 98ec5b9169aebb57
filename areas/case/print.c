/* print.c - official documents filled in from a case, as PDF and DOCX; many in one file. */
#include <string.h>

#include "areas/case/case.h"
#include "format/spell.h"
#include "workflow/print.h"

#define PRINTS_MAX 40

static void row(const struct sheet *s, const struct pdf_cell *cells, int count, unsigned flags)
{
        if (s->pdf != NULL)
                pdf_row(s->pdf, cells, count, flags);
        else
                docx_row(s->docx, cells, count, flags);
}

static void space(const struct sheet *s, double points)
{
        if (s->pdf != NULL)
                pdf_space(s->pdf, points);
        else
                docx_space(s->docx, points);
}

static const char *field_words(struct work *w, const struct case_file *f, const char *field)
{
        const struct field_value *v = case_value(f, field);

        return v == NULL ? "…" : value_words(w, &f->workflow->fields[v - f->values], v);
}

/* "Ba trăm triệu đồng". */
static const char *amount_in_words(struct work *w, const struct field_value *v)
{
        return v == NULL ? "…" : arena_print(w->arena, work_text(w, "%s dong"), spell_capital(w->arena, v->number, w->language));
}

static const char *name_words(struct work *w, const struct case_file *f, const struct workflow_print *p, const char *name)
{
        const struct case_paper *paper = *p->document == '\0' ? NULL : case_paper_of(f, p->document);
        const struct unit *province = f->unit->province == NULL ? f->unit : f->unit->province;

        if (strcmp(name, "title") == 0)
                return f->title;
        if (strcmp(name, "unit") == 0)
                return unit_words(w, f->unit);
        if (strcmp(name, "province") == 0)
                return unit_words(w, province);
        if (strcmp(name, "province_name") == 0)
                return text_in(w->language, province->name_vi, province->name_en);
        if (strcmp(name, "case") == 0)
                return f->id;
        if (strcmp(name, "number") == 0)
                return paper == NULL ? "…" : paper->number;
        if (strcmp(name, "on") == 0)
                return paper == NULL ? "…" : day_words(w, paper->on);
        return *print_words(name) == '\0' ? field_words(w, f, name) : amount_in_words(w, case_value(f, print_field(w->arena, name)));
}

/* A paragraph with its names filled in. */
static const char *filled(struct work *w, const struct case_file *f, const struct workflow_print *p, const char *text)
{
        const char *out = "";

        for (;;) {
                size_t length = strcspn(text, "{"), name;

                out = arena_print(w->arena, "%s%.*s", out, (int)length, text);
                if (text[length] == '\0')
                        return out;
                text += length + 1;
                name = strcspn(text, "}");
                out = arena_print(w->arena, "%s%s", out, name_words(w, f, p, arena_copy(w->arena, text, name)));
                text += name + (text[name] == '}');
        }
}

void sheet_heading(struct work *w, const struct sheet *s, const char *superior, const char *issuer)
{
        const char *country = work_text(w, "SOCIALIST REPUBLIC OF VIET NAM"), *motto = work_text(w, "Independence - Freedom - Happiness");
        const struct pdf_cell above[] = { { superior, 40, PDF_CENTER, PDF_CAPITALS, 12, 0, 0 }, { country, 60, PDF_CENTER, PDF_BOLD, 12, 0, 0 } };
        const struct pdf_cell below[] = { { issuer, 40, PDF_CENTER, PDF_BOLD | PDF_CAPITALS, 12, 0, 60 }, { motto, 60, PDF_CENTER, PDF_BOLD, 13, 0, 170 } };
        const struct pdf_cell alone[] = { below[0], { arena_print(w->arena, "%s\n%s", country, motto), 60, PDF_CENTER, PDF_BOLD, 12, 13, 170 } };

        if (*superior != '\0')
                row(s, above, 2, 0);
        row(s, *superior != '\0' ? below : alone, 2, 0);
        space(s, 4); /* the line below the names touches nothing */
}

/* A day as documents write it: in Vietnamese "ngày 05 tháng 02 năm 2026", days and the first two months with a zero before them. */
static const char *document_day(struct work *w, day on)
{
        int year, month, of_month;

        if (w->language != LANGUAGE_VI)
                return day_words(w, on);
        day_split(on, &year, &month, &of_month);
        return arena_print(w->arena, month < 3 ? "ngày %02d tháng %02d năm %d" : "ngày %02d tháng %d năm %d", of_month, month, year);
}

/* Two who sign stand side by side; one stands at the right, beside the list of those who receive it. */
static void draw_signatures(struct work *w, const struct case_file *f, const struct workflow_print *p, const struct sheet *s)
{
        const char *recipients = text_in(w->language, p->recipients_vi, p->recipients_en);
        struct pdf_cell signs[2] = { { *recipients == '\0' ? "" : work_text(w, "Recipients:"), 1, PDF_LEFT, PDF_BOLD | PDF_ITALIC, 12, 0, 0 } };
        const struct pdf_cell list[] = { { filled(w, f, p, recipients), 1, PDF_LEFT, PDF_PLAIN, 11, 0, 0 }, { "", 1, PDF_LEFT, PDF_PLAIN, 11, 0, 0 } };

        for (int i = 0; i < p->signature_count; i++)
                signs[i + (p->signature_count == 1)] = (struct pdf_cell){ text_in(w->language, p->signatures_vi[i], p->signatures_en[i]), 1, PDF_CENTER, PDF_BOLD, 13, 0, 0 };
        if (p->signature_count > 0)
                row(s, signs, 2, 0);
        if (*recipients != '\0')
                row(s, list, 2, 0);
}

/* The act that made the document: it is printed as the case stood then, in the same bytes whatever was done since. NULL: not yet made. */
static const struct case_event *made_by(const struct case_file *f, const struct workflow_print *p)
{
        const struct case_paper *paper = *p->document == '\0' ? NULL : case_paper_of(f, p->document);
        const struct case_event *done = case_done(f, p->after);

        return done == NULL ? NULL : paper != NULL && paper->event->values != NULL ? paper->event : done;
}

/* The case with the fields and the unit it had when the document was made. */
static const struct case_file *as_made(struct work *w, const struct case_file *now, const struct workflow_print *p)
{
        struct case_file *then = arena_alloc(w->arena, sizeof *then);
        const struct case_event *made = made_by(now, p);

        *then = *now;
        then->values = arena_array(w->arena, (size_t)now->workflow->field_count + 1, sizeof *then->values);
        memcpy(then->values, made->values, (size_t)now->workflow->field_count * sizeof *then->values);
        for (const struct case_event *e = now->events; e <= made; e++)
                if (e->fault == FAULT_NONE && (e->act == CASE_OPEN || e->act == CASE_ASSIGN))
                        then->unit = unit_by_key(catalogue_of(w), json_string_value(json_object_get(e->body, "case_unit")));
        return then;
}

/* f: as_made. */
static void draw(struct work *w, const struct case_file *f, const struct workflow_print *p, const struct sheet *s)
{
        const char *place = text_in(w->language, p->place_vi, p->place_en);
        const struct case_paper *paper = *p->document == '\0' ? NULL : case_paper_of(f, p->document);
        const struct print_issuer *issuer = print_issuer_on(p, paper == NULL ? made_by(f, p)->on : paper->on);
        const struct pdf_cell numbers[] = {
                { arena_print(w->arena, work_text(w, "No.: %s"), paper == NULL ? "…" : paper->number), 40, PDF_CENTER, PDF_PLAIN, 13, 0, 0 },
                { arena_print(w->arena, "%s, %s", *place == '\0' ? text_in(w->language, f->unit->name_vi, f->unit->name_en) : filled(w, f, p, place),
                               paper == NULL ? "…" : document_day(w, paper->on)), 60, PDF_CENTER, PDF_ITALIC, 13, 0, 0 },
        };
        const struct pdf_cell title = { text_in(w->language, p->title_vi, p->title_en), 1, PDF_CENTER, PDF_BOLD, 14, 0, 0 };

        sheet_heading(w, s, filled(w, f, p, text_in(w->language, p->superior_vi, p->superior_en)), issuer == NULL ? unit_words(w, f->unit) : filled(w, f, p, text_in(w->language, issuer->vi, issuer->en)));
        row(s, numbers, 2, 0);
        space(s, 20);
        row(s, &title, 1, 0);
        space(s, 12);
        for (int i = 0; i < p->body_count; i++) {
                const struct pdf_cell text = { filled(w, f, p, text_in(w->language, p->body_vi[i], p->body_en[i])), 1, PDF_BODY, PDF_PLAIN, 13, 0, 0 };

                row(s, &text, 1, 0);
                space(s, 6);
        }
        for (int i = 0; i < p->field_count; i++) {
                int field = workflow_field_find(f->workflow, p->fields[i]);
                const struct pdf_cell cells[] = {
                        { field < 0 ? p->fields[i] : text_in(w->language, f->workflow->fields[field].title_vi, f->workflow->fields[field].title_en), 55, PDF_LEFT, PDF_PLAIN, 12, 0, 0 },
                        { field_words(w, f, p->fields[i]), 45, PDF_RIGHT, PDF_PLAIN, 12, 0, 0 },
                };

                row(s, cells, 2, PDF_BORDERS);
        }
        space(s, 18);
        draw_signatures(w, f, p, s);
}

struct print_shown *prints_of(struct work *w, const struct case_file *f, size_t *count)
{
        const struct workflow_print *list[PRINTS_MAX];
        size_t all = print_list(catalogue_of(w), f->workflow->id, list, PRINTS_MAX);
        struct print_shown *shown = arena_array(w->arena, all + 1, sizeof *shown);

        *count = 0;
        for (size_t i = 0; i < all; i++)
                if (made_by(f, list[i]) != NULL)
                        shown[(*count)++] = (struct print_shown){ text_in(w->language, list[i]->title_vi, list[i]->title_en),
                                                                  arena_print(w->arena, "/cases/%s/print/%s/file.pdf", f->id, list[i]->id),
                                                                  arena_print(w->arena, "/cases/%s/print/%s/file", f->id, list[i]->id) };
        return shown;
}

bool case_printed(struct work *w, const struct request *q, struct reply *reply)
{
        const struct case_file *f = case_load(w, request_part(q, "id"));
        const struct workflow_print *p = f == NULL ? NULL : print_find(catalogue_of(w), f->workflow->id, request_part(q, "print"));
        bool is_pdf = request_suffix(q) == SUFFIX_PDF;
        struct sheet s = { NULL, NULL };
        const char *title;

        reply->is_private = true;
        if (f == NULL)
                return false;
        if (p == NULL || made_by(f, p) == NULL)
                return error_set(&w->err, ERR_MISSING, "there is no such document of this case yet");
        f = as_made(w, f, p);
        title = text_in(w->language, p->title_vi, p->title_en);
        if (is_pdf)
                s.pdf = pdf_open(w->arena, &reply->body, title, unit_words(w, f->unit), stamp_moment(made_by(f, p)->at), &w->err);
        else
                s.docx = docx_open(w->arena, &reply->body, title, unit_words(w, f->unit), stamp_moment(made_by(f, p)->at), &w->err);
        if (s.pdf == NULL && s.docx == NULL)
                return false;
        draw(w, f, p, &s);
        reply->content_type = is_pdf ? "application/pdf" : "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        reply->file_name = arena_print(w->arena, "%s-%s.%s", p->id, f->id, is_pdf ? "pdf" : "docx");
        return is_pdf ? pdf_close(s.pdf) : docx_close(s.docx);
}

/* ---- caunoi case print --------------------------------------------------------------------------------------------- */

struct printing { const struct workflow_print *print; struct sheet sheet; size_t done; };

static bool print_one(struct work *w, const struct case_row *row, void *context)
{
        struct printing *p = context;
        struct case_file *f = case_load(w, row->id);

        if (f == NULL || made_by(f, p->print) == NULL)
                return work_ok(w);
        if (p->done++ > 0)
                pdf_apart(p->sheet.pdf);
        draw(w, as_made(w, f, p->print), p->print, &p->sheet);
        return work_ok(w);
}

bool case_print_all(struct work *w, const struct call *call)
{
        const char *workflow = call_argument(call, 1), *name = call_argument(call, 2);
        const struct workflow_print *p = catalogue_of(w) == NULL ? NULL : print_find(catalogue_of(w), workflow, name);
        const struct case_query query = { .workflow = workflow, .which = CASES_ALL, .sort = SORT_RECEIVED };
        struct printing all = { p, { NULL, NULL }, 0 };

        if (p == NULL)
                return work_ok(w) ? error_set(&w->err, ERR_MISSING, "the workflow \"%s\" has no document \"%s\"", workflow, name) : false;
        all.sheet.pdf = pdf_open(w->arena, call_out(call), text_in(w->language, p->title_vi, p->title_en), "Cầu Nối", w->now, &w->err);
        if (all.sheet.pdf == NULL || !case_each(w, &query, print_one, &all))
                return false;
        return all.done == 0 ? error_set(&w->err, ERR_MISSING, "no case has come so far") : pdf_close(all.sheet.pdf);
}
