/* pdf_draw.c - the process that draws a document (pdf.h): pango sets its texts, cairo writes the file.
 *
 * It ends without giving back what it had: the system takes all of it. */
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/library.h"
#include "format/pdf_private.h"

#define MM 2.834645669291339 /* points */
#define WIDTH (210 * MM)
#define HEIGHT (297 * MM)
#define LEFT (30 * MM)
#define RIGHT (17 * MM)
#define TOP (20 * MM)
#define BOTTOM (20 * MM)
#define PADDING 4.0
#define RULE_GAP 3.0
#define LINE 0.5
#define INDENT (12.7 * MM)
#define HEAD_MOST ((HEIGHT - TOP - BOTTOM) / 2)
#define FAMILY "Liberation Serif"
#define SIZE_USUAL 13.0
/* Ẵ: a typeface that has it has Vietnamese. */
#define PROBE 0x1EB4u

struct drawing {
        struct error err;
        struct buf out;
        cairo_surface_t *surface;
        cairo_t *cairo;
        PangoContext *context;
        int page;
        double top; /* where this page's first row begins: below the repeated head */
        double y;   /* where the next row begins */
        struct pdf_cell head[PDF_CELLS_MAX];
        int head_count;
        unsigned head_flags;
        double head_height;
};

static bool to_file(void *context, const char *bytes, size_t length)
{
        return file_put(*(const int *)context, bytes, length);
}

static cairo_status_t write_bytes(void *context, const unsigned char *bytes, unsigned length)
{
        struct drawing *p = context;

        buf_put(&p->out, bytes, length);
        return buf_ok(&p->out) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static PangoFontDescription *font_of(unsigned face, double size)
{
        PangoFontDescription *f = pango_font_description_new();

        pango_font_description_set_family_static(f, FAMILY);
        pango_font_description_set_weight(f, face & PDF_BOLD ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
        pango_font_description_set_style(f, face & PDF_ITALIC ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
        pango_font_description_set_absolute_size(f, size * PANGO_SCALE);
        return f;
}

/* Pango takes another typeface where this one is missing, and says nothing. */
static bool has_typeface(struct drawing *p)
{
        PangoFontDescription *wanted = font_of(PDF_PLAIN, SIZE_USUAL), *found;
        PangoFont *font = pango_context_load_font(p->context, wanted);
        bool is_right = false;

        pango_font_description_free(wanted);
        if (font != NULL) {
                found = pango_font_describe(font);
                is_right = strcmp(pango_font_description_get_family(found), FAMILY) == 0 &&
                           pango_font_has_char(font, PROBE);
                pango_font_description_free(found);
                g_object_unref(font);
        }
        if (is_right)
                return true;
        error_set(&p->err, ERR_ENVIRONMENT, "the typeface %s is missing on this machine, or its Vietnamese letters are", FAMILY);
        return error_hint(&p->err, "install the package fonts-liberation2");
}

static bool begin(struct drawing *p, const struct pdf_start *start, const char *title, const char *author)
{
        char date[MOMENT_TEXT_MAX];

        p->err.language = start->language;
        setenv("G_SLICE", "always-malloc", 1); /* where GLib's own store of small pieces gets no memory, saying so waits for that store for ever */
        if (!library_load("pangocairo-1.0", &p->err))
                return false;
        p->page = 1;
        p->y = p->top = TOP;
        p->surface = cairo_pdf_surface_create_for_stream(write_bytes, p, WIDTH, HEIGHT);
        moment_write(date, start->made);
        cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, title);
        cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_AUTHOR, author);
        cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATOR, "Cầu Nối");
        cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
        p->cairo = cairo_create(p->surface);
        p->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
        pango_cairo_update_context(p->cairo, p->context);
        /* 72: a point is a point. Rounded positions would set letters of Vietnamese unevenly. */
        pango_cairo_context_set_resolution(p->context, 72);
        pango_context_set_round_glyph_positions(p->context, FALSE);
        pango_context_set_language(p->context, pango_language_from_string("vi"));
        return has_typeface(p);
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

static void set_attributes(PangoLayout *l, const struct pdf_cell *c)
{
        PangoAttrList *list = pango_attr_list_new();
        const char *rest = c->text == NULL ? NULL : strchr(c->text, '\n');

        if (c->face & PDF_CAPITALS)
                pango_attr_list_insert(list, pango_attr_text_transform_new(PANGO_TEXT_TRANSFORM_UPPERCASE));
        if (rest != NULL && c->rest_size > 0) {
                PangoAttribute *size = pango_attr_size_new_absolute((int)(c->rest_size * PANGO_SCALE));

                size->start_index = (guint)(rest + 1 - c->text);
                pango_attr_list_insert(list, size);
        }
        pango_layout_set_attributes(l, list);
        pango_attr_list_unref(list);
}

static PangoLayout *layout_of(struct drawing *p, const struct pdf_cell *c, double width)
{
        static const PangoAlignment alignments[] = { PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER, PANGO_ALIGN_RIGHT, PANGO_ALIGN_LEFT };
        PangoLayout *l = pango_layout_new(p->context);
        PangoFontDescription *font = font_of(c->face, c->size > 0 ? c->size : SIZE_USUAL);

        pango_layout_set_font_description(l, font);
        pango_font_description_free(font);
        pango_layout_set_width(l, (int)(width * PANGO_SCALE));
        pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
        pango_layout_set_alignment(l, alignments[c->align]);
        if (c->align == PDF_BODY) {
                pango_layout_set_justify(l, TRUE);
                pango_layout_set_indent(l, (int)(INDENT * PANGO_SCALE));
        }
        pango_layout_set_text(l, c->text == NULL ? "" : c->text, -1);
        if (c->face & PDF_CAPITALS || c->rest_size > 0)
                set_attributes(l, c);
        return l;
}

static double height_of(PangoLayout *l, const struct pdf_cell *c)
{
        int height;

        pango_layout_get_size(l, NULL, &height);
        return (double)height / PANGO_SCALE + (c->rule > 0 ? RULE_GAP : 0);
}

static void line(struct drawing *p, double x, double y, double to_x, double to_y)
{
        cairo_set_line_width(p->cairo, LINE);
        cairo_move_to(p->cairo, x, y);
        cairo_line_to(p->cairo, to_x, to_y);
        cairo_stroke(p->cairo);
}

static void draw_cell(struct drawing *p, PangoLayout *l, const struct pdf_cell *c, double x, double y, double width)
{
        double height = height_of(l, c);

        cairo_move_to(p->cairo, x, y);
        pango_cairo_show_layout(p->cairo, l);
        if (c->rule > 0)
                line(p, x + (width - c->rule) / 2, y + height, x + (width + c->rule) / 2, y + height);
}

struct row {
        const struct pdf_cell *cells;
        PangoLayout *layouts[PDF_CELLS_MAX];
        double widths[PDF_CELLS_MAX];
        int count;
        bool has_borders;
        double padding; /* at each side of a text; half of it above and below */
        double height;
};

static void lay_out(struct drawing *p, struct row *row, const struct pdf_cell *cells, int count, unsigned flags)
{
        int shares = 0;

        *row = (struct row){ .cells = cells, .count = count, .has_borders = flags & PDF_BORDERS, .padding = flags & PDF_BORDERS ? PADDING : 0 };
        for (int i = 0; i < count; i++)
                shares += cells[i].share > 0 ? cells[i].share : 1;
        for (int i = 0; i < count; i++) {
                double one;

                row->widths[i] = (WIDTH - LEFT - RIGHT) * (cells[i].share > 0 ? cells[i].share : 1) / shares;
                row->layouts[i] = layout_of(p, &cells[i], row->widths[i] - 2 * row->padding);
                one = height_of(row->layouts[i], &cells[i]) + row->padding;
                row->height = one > row->height ? one : row->height;
        }
}

static void free_row(struct row *row)
{
        for (int i = 0; i < row->count; i++)
                g_object_unref(row->layouts[i]);
}

static void draw_borders(struct drawing *p, const struct row *row, double height)
{
        double x = LEFT;

        for (int i = 0; i < row->count && row->has_borders; i++) {
                cairo_set_line_width(p->cairo, LINE);
                cairo_rectangle(p->cairo, x, p->y, row->widths[i], height);
                cairo_stroke(p->cairo);
                x += row->widths[i];
        }
}

static void draw_whole(struct drawing *p, const struct row *row)
{
        double x = LEFT;

        for (int i = 0; i < row->count; i++) {
                draw_cell(p, row->layouts[i], &row->cells[i], x + row->padding, p->y + row->padding / 2, row->widths[i] - 2 * row->padding);
                x += row->widths[i];
        }
        draw_borders(p, row, row->height);
        p->y += row->height;
}

static void new_page(struct drawing *p)
{
        struct pdf_cell number = { .align = PDF_CENTER, .size = SIZE_USUAL };
        char text[16];
        struct row head;
        PangoLayout *l;

        cairo_show_page(p->cairo);
        p->page++;
        p->y = TOP;
        snprintf(text, sizeof text, "%d", p->page);
        number.text = text;
        l = layout_of(p, &number, WIDTH - LEFT - RIGHT);
        draw_cell(p, l, &number, LEFT, TOP - SIZE_USUAL * 1.6, WIDTH - LEFT - RIGHT);
        g_object_unref(l);
        if (p->head_count > 0) {
                lay_out(p, &head, p->head, p->head_count, p->head_flags);
                draw_whole(p, &head);
                free_row(&head);
        }
        p->top = p->y;
}

/* Draw the lines of a cell that this page still has room for, from the iterator's on; at the top of a page at least one.
 * How high they are; the iterator is freed and NULL after the last. */
static double draw_lines(struct drawing *p, PangoLayoutIter **at, const struct pdf_cell *c, double x, double y, double width)
{
        double height = 0, room = HEIGHT - BOTTOM - y - (c->rule > 0 ? RULE_GAP : 0);
        bool must = p->y <= p->top;
        int from, to;

        if (*at == NULL)
                return 0;
        pango_layout_iter_get_line_yrange(*at, &from, &to);
        while (must || (double)(to - from) / PANGO_SCALE <= room) {
                PangoRectangle place;

                pango_layout_iter_get_line_extents(*at, NULL, &place);
                cairo_move_to(p->cairo, x + (double)place.x / PANGO_SCALE,
                              y + (double)(pango_layout_iter_get_baseline(*at) - from) / PANGO_SCALE);
                pango_cairo_show_layout_line(p->cairo, pango_layout_iter_get_line_readonly(*at));
                height = (double)(to - from) / PANGO_SCALE;
                must = false;
                if (!pango_layout_iter_next_line(*at)) {
                        pango_layout_iter_free(*at);
                        *at = NULL;
                        if (c->rule <= 0)
                                return height;
                        height += RULE_GAP;
                        line(p, x + (width - c->rule) / 2, y + height, x + (width + c->rule) / 2, y + height);
                        return height;
                }
                pango_layout_iter_get_line_yrange(*at, NULL, &to);
        }
        return height;
}

/* A row higher than a page, from here on over as many pages as its lines take. */
static void draw_split(struct drawing *p, const struct row *row)
{
        PangoLayoutIter *at[PDF_CELLS_MAX];
        bool is_more = true;

        for (int i = 0; i < row->count; i++)
                at[i] = pango_layout_get_iter(row->layouts[i]);
        while (is_more) {
                double x = LEFT, height = 0;

                is_more = false;
                for (int i = 0; i < row->count; i++) {
                        double one = draw_lines(p, &at[i], &row->cells[i], x + row->padding, p->y + row->padding / 2, row->widths[i] - 2 * row->padding);

                        height = one > height ? one : height;
                        is_more = is_more || at[i] != NULL;
                        x += row->widths[i];
                }
                if (height > 0) {
                        draw_borders(p, row, height + row->padding);
                        p->y += height + row->padding;
                }
                if (is_more)
                        new_page(p);
        }
}

static void need(struct drawing *p, double points)
{
        if (p->y > p->top && p->y + points > HEIGHT - BOTTOM)
                new_page(p);
}

static void draw_row(struct drawing *p, const struct pdf_cell *cells, int count, unsigned flags)
{
        struct row row;

        lay_out(p, &row, cells, count, flags);
        if (row.height > HEIGHT - BOTTOM - TOP - p->head_height) {
                draw_split(p, &row);
        } else {
                need(p, row.height);
                draw_whole(p, &row);
        }
        free_row(&row);
}

static void repeat(struct drawing *p, const struct pdf_cell *cells, int count, unsigned flags)
{
        struct row head;

        p->head_count = count;
        p->head_flags = flags;
        p->head_height = 0;
        if (p->head_count == 0)
                return;
        memcpy(p->head, cells, (size_t)p->head_count * sizeof *cells);
        lay_out(p, &head, p->head, p->head_count, flags);
        p->head_height = head.height;
        free_row(&head);
        if (p->head_height > HEAD_MOST) {
                p->head_count = 0;
                p->head_height = 0;
        }
}

static void apart(struct drawing *p)
{
        if (p->y == TOP)
                return;
        cairo_show_page(p->cairo);
        p->page = 1;
        p->y = p->top = TOP;
}

static void draw_qr(struct drawing *p, const struct qr *qr, double side, const struct pdf_cell *beside)
{
        double module = side / (qr->width + 2 * QR_QUIET), width = WIDTH - LEFT - RIGHT - side, height;
        PangoLayout *l = layout_of(p, beside, width);

        height = height_of(l, beside);
        height = height > side ? height : side;
        need(p, height);
        for (int i = 0; i < qr->width * qr->width; i++) {
                if (qr->modules[i])
                        cairo_rectangle(p->cairo, LEFT + (i % qr->width + QR_QUIET) * module,
                                        p->y + (i / qr->width + QR_QUIET) * module, module, module);
        }
        /* One fill, edges not smoothed: no hairlines between modules. */
        cairo_set_antialias(p->cairo, CAIRO_ANTIALIAS_NONE);
        cairo_fill(p->cairo);
        cairo_set_antialias(p->cairo, CAIRO_ANTIALIAS_DEFAULT);
        draw_cell(p, l, beside, LEFT + side, p->y + QR_QUIET * module, width);
        g_object_unref(l);
        p->y += height;
}

static bool finish(struct drawing *p)
{
        cairo_status_t status;

        cairo_show_page(p->cairo);
        status = cairo_status(p->cairo);
        cairo_surface_finish(p->surface);
        if (status == CAIRO_STATUS_SUCCESS)
                status = cairo_surface_status(p->surface);
        if (status == CAIRO_STATUS_SUCCESS && !buf_finish(&p->out))
                status = CAIRO_STATUS_WRITE_ERROR;
        return status == CAIRO_STATUS_SUCCESS || error_set(&p->err, ERR_ENVIRONMENT, "the document cannot be written: %s", cairo_status_to_string(status));
}

/* ---- what the file tells ------------------------------------------------------------------------------- */

struct told {
        const char *at, *end;
};

/* The next bytes; NULL where there are not so many. */
static const char *take(struct told *t, size_t length)
{
        const char *bytes = t->at;

        if (length > (size_t)(t->end - t->at))
                return NULL;
        t->at += length;
        return bytes;
}

static const char *take_text(struct told *t)
{
        size_t left = (size_t)(t->end - t->at), length = strnlen(t->at, left);

        return take(t, length + 1);
}

static bool take_into(struct told *t, void *thing, size_t length)
{
        const char *bytes = take(t, length);

        if (bytes != NULL)
                memcpy(thing, bytes, length); /* it lies anywhere */
        return bytes != NULL;
}

static bool take_cells(struct told *t, struct pdf_cell *cells, int count)
{
        for (int i = 0; i < count; i++)
                if (i == PDF_CELLS_MAX || !take_into(t, &cells[i], sizeof *cells) || (cells[i].text = take_text(t)) == NULL)
                        return false;
        return true;
}

/* False: what is told ends before its end. */
static bool draw_steps(struct drawing *p, struct told *t)
{
        struct pdf_cell cells[PDF_CELLS_MAX];
        struct pdf_step s;
        struct qr qr;

        while (take_into(t, &s, sizeof s) && take_cells(t, cells, s.count)) {
                switch (s.kind) {
                case STEP_ROW:
                        draw_row(p, cells, s.count, s.flags);
                        break;
                case STEP_REPEAT:
                        repeat(p, cells, s.count, s.flags);
                        break;
                case STEP_SPACE:
                        p->y += p->y > p->top ? s.points : 0;
                        break;
                case STEP_NEED:
                        need(p, s.points);
                        break;
                case STEP_APART:
                        apart(p);
                        break;
                case STEP_QR:
                        qr = (struct qr){ (int)s.flags, (const unsigned char *)take(t, (size_t)s.flags * s.flags) };
                        if (qr.modules == NULL)
                                return false;
                        draw_qr(p, &qr, s.points, cells);
                        break;
                case STEP_END:
                        return true;
                }
        }
        return false;
}

static bool draw(struct drawing *p, struct told *t)
{
        const char *title, *author;
        struct pdf_start start;

        if (!take_into(t, &start, sizeof start) || (title = take_text(t)) == NULL || (author = take_text(t)) == NULL)
                return error_set(&p->err, ERR_ENVIRONMENT, "what is to be drawn is cut off");
        if (!begin(p, &start, title, author))
                return false;
        if (!draw_steps(p, t))
                return error_set(&p->err, ERR_ENVIRONMENT, "what is to be drawn is cut off");
        return finish(p);
}

/* Whatever a document makes the libraries do, it ends. The sanitizers take terabytes of addresses. */
static void set_limits(void)
{
        struct rlimit none = { 0, 0 }, file = { (rlim_t)PDF_FILE_MIB << 20, (rlim_t)PDF_FILE_MIB << 20 };

        alarm(PDF_SECONDS);
        setrlimit(RLIMIT_CORE, &none);
        setrlimit(RLIMIT_FSIZE, &file);
#ifndef __SANITIZE_ADDRESS__
        struct rlimit memory = { (rlim_t)PDF_MEMORY_MIB << 20, (rlim_t)PDF_MEMORY_MIB << 20 };

        setrlimit(RLIMIT_AS, &memory);
#endif
}

int pdf_draw(int from, int to)
{
        struct drawing p = { .page = 1 };
        struct stat about;
        struct told t;
        void *bytes;

        set_limits();
        buf_init_sink(&p.out, to_file, &to);
        bytes = fstat(from, &about) == 0 ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, from, 0) : MAP_FAILED;
        t = (struct told){ bytes, bytes == MAP_FAILED ? NULL : (const char *)bytes + about.st_size };
        if (bytes != MAP_FAILED && draw(&p, &t))
                return PDF_DRAWN;
        error_set(&p.err, ERR_ENVIRONMENT, "what is to be drawn cannot be read");
        if (ftruncate(to, 0) == 0 && lseek(to, 0, SEEK_SET) == 0)
                file_put(to, &p.err, sizeof p.err);
        return PDF_REFUSED;
}
