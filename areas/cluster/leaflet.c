/* leaflet.c - GET /clusters/{id}.pdf: the cluster on paper, for enterprises that look for land: what everybody may see of it, nothing else. */
#include <string.h>

#include "areas/cluster/leaflet.h"
#include "format/pdf.h"

#define WITH_A_TITLE 120 /* points for a title and two rows */

static void section(struct pdf *pdf, const char *title)
{
        const struct pdf_cell cell = { title, 1, PDF_LEFT, PDF_BOLD, 13, 0, 0 };

        pdf_need(pdf, WITH_A_TITLE);
        pdf_space(pdf, 12);
        pdf_row(pdf, &cell, 1, 0);
        pdf_space(pdf, 3);
}

static void pair(struct pdf *pdf, const char *name, const char *value)
{
        const struct pdf_cell cells[] = { { name, 38, PDF_LEFT, PDF_PLAIN, 11, 0, 0 }, { value, 62, PDF_LEFT, PDF_BOLD, 11, 0, 0 } };

        if (*value != '\0')
                pdf_row(pdf, cells, 2, PDF_BORDERS);
}

static void line(struct pdf *pdf, const char *text, enum pdf_align align, unsigned face, double size)
{
        const struct pdf_cell cell = { text, 1, align, face, size, 0, 0 };

        if (*text != '\0')
                pdf_row(pdf, &cell, 1, 0);
}

static void plots(struct work *w, struct pdf *pdf, const struct cluster_view *v)
{
        const struct pdf_cell head[] = { { work_text(w, "Plot"), 20, PDF_LEFT, PDF_BOLD, 11, 0, 0 }, { work_text(w, "Area, m²"), 25, PDF_RIGHT, PDF_BOLD, 11, 0, 0 },
                                         { work_text(w, "Can be handed over"), 30, PDF_LEFT, PDF_BOLD, 11, 0, 0 }, { "USD/m²", 25, PDF_RIGHT, PDF_BOLD, 11, 0, 0 } };
        bool is_first = true;

        section(pdf, v->vacant_said);
        for (size_t i = 0; i < v->plot_count; i++) {
                const struct plot_shown *p = &v->plots[i];
                const struct pdf_cell cells[] = { { p->name, 20, PDF_LEFT, PDF_BOLD, 11, 0, 0 }, { p->area, 25, PDF_RIGHT, PDF_PLAIN, 11, 0, 0 },
                                                  { p->ready, 30, PDF_LEFT, PDF_PLAIN, 11, 0, 0 }, { p->price, 25, PDF_RIGHT, PDF_PLAIN, 11, 0, 0 } };

                if (!p->is_vacant)
                        continue;
                if (is_first) {
                        pdf_row(pdf, head, 4, PDF_BORDERS);
                        pdf_repeat(pdf, head, 4, PDF_BORDERS);
                        is_first = false;
                }
                pdf_row(pdf, cells, 4, PDF_BORDERS);
        }
        pdf_repeat(pdf, NULL, 0, 0);
}

static void investor(struct pdf *pdf, const struct cluster_view *v)
{
        for (size_t i = 0; i < v->list_count; i++) {
                const struct list_shown *l = &v->lists[i];

                if (strcmp(l->id, "investor") != 0 || l->item_count == 0)
                        continue;
                section(pdf, l->title);
                for (size_t k = 0; k < l->item_count; k++)
                        for (size_t n = 0; n < l->items[k].pair_count; n++)
                                pair(pdf, l->items[k].pairs[n].name, l->items[k].pairs[n].value);
        }
}

bool cluster_leaflet(struct work *w, const struct cluster_view *v, struct reply *reply)
{
        struct pdf *pdf = pdf_open(w->arena, &reply->body, v->name, v->place, w->now, &w->err);
        const char *as_of = day_said(w, v->on == DAY_FOREVER ? day_of_moment(w->now) : v->on);

        if (pdf == NULL)
                return false;
        line(pdf, work_text(w, "INDUSTRIAL CLUSTER"), PDF_CENTER, PDF_BOLD, 13);
        line(pdf, v->name, PDF_CENTER, PDF_BOLD, 18);
        line(pdf, arena_print(w->arena, "%s · %s", v->place, v->state), PDF_CENTER, PDF_PLAIN, 12);
        section(pdf, work_text(w, "In short"));
        pair(pdf, work_text(w, "Occupancy"), v->occupancy.text);
        pair(pdf, work_text(w, "Land"), v->land_said);
        pair(pdf, work_text(w, "Main trades"), v->c->trades);
        for (size_t i = 0; i < v->work_count; i++)
                pair(pdf, v->works[i].name, v->works[i].note);
        plots(w, pdf, v);
        investor(pdf, v);
        pdf_space(pdf, 12);
        line(pdf, arena_print(w->arena, work_text(w, "From the register of clusters as of %s. Number of the cluster: %s."), as_of, v->c->id), PDF_LEFT, PDF_ITALIC, 10);
        if (*v->source != '\0')
                line(pdf, arena_print(w->arena, "%s%s", work_text(w, "Source: "), v->source), PDF_LEFT, PDF_ITALIC, 10);
        reply->content_type = "application/pdf";
        reply->file_name = arena_print(w->arena, "cluster-%s.pdf", v->c->id);
        return pdf_close(pdf);
}
