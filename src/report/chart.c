#include "report/chart.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/utf8.h"
#include "format/html.h"
#include "report/pages.h"

/* Places are tenths of a pixel. */
#define PX 10
#define FRAMES 2
#define TICKS_MOST 6

struct frame {
        const char *class_name;
        int64_t width, height;
        int64_t left, right, top, bottom; /* of the plot */
        bool is_wide;
};

/* ---- writing ---------------------------------------------------------------------------------------- */

static void put_place(struct buf *o, int64_t tenths)
{
        if (tenths < 0) {
                buf_char(o, '-');
                tenths = -tenths;
        }
        buf_int(o, tenths / PX);
        if (tenths % PX != 0)
                buf_print(o, ".%d", (int)(tenths % PX));
}

static void put_attribute(struct buf *o, const char *name, int64_t tenths)
{
        buf_print(o, " %s=\"", name);
        put_place(o, tenths);
        buf_char(o, '"');
}

static void put_line(struct buf *o, const char *class_name, int64_t x1, int64_t y1, int64_t x2, int64_t y2)
{
        buf_print(o, "<line class=\"%s\"", class_name);
        put_attribute(o, "x1", x1);
        put_attribute(o, "y1", y1);
        put_attribute(o, "x2", x2);
        put_attribute(o, "y2", y2);
        buf_text(o, "/>");
}

static void put_text(struct buf *o, const char *class_name, const char *anchor, int64_t x, int64_t y, const char *text,
                     size_t length)
{
        char copy[256];

        if (length >= sizeof copy)
                length = sizeof copy - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
                length--; /* never half a character */
        memcpy(copy, text, length);
        copy[length] = '\0';
        buf_text(o, "<text");
        if (class_name != NULL)
                buf_print(o, " class=\"%s\"", class_name);
        if (anchor != NULL)
                buf_print(o, " text-anchor=\"%s\"", anchor);
        put_attribute(o, "x", x);
        put_attribute(o, "y", y);
        buf_char(o, '>');
        html_text(o, copy);
        buf_text(o, "</text>");
}

static void put_words(struct buf *o, const char *class_name, const char *anchor, int64_t x, int64_t y, const char *text)
{
        put_text(o, class_name, anchor, x, y, text, strlen(text));
}

static void put_rect(struct buf *o, const char *class_name, int64_t x, int64_t y, int64_t width, int64_t height)
{
        buf_print(o, "<rect class=\"%s\"", class_name);
        put_attribute(o, "x", x);
        put_attribute(o, "y", y);
        put_attribute(o, "width", width);
        put_attribute(o, "height", height);
        buf_text(o, " rx=\"2\"/>");
}

/* How wide a text is at 13 px in Source Sans, in tenths of a pixel, a little more rather than less: digits are as wide as each other, bold or not. */
static int64_t text_width(const char *text)
{
        static const unsigned char small[26] = { 68, 74, 61, 74, 66, 42, 68, 73, 35, 35, 67, 37, 112, 73, 72, 74, 74, 49, 57, 47, 73, 65, 98, 63, 65, 58 };
        int64_t width = 0;

        for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
                if ((*at & 0xC0) == 0x80) /* the rest of a letter */
                        continue;
                if (*at >= 'a' && *at <= 'z')
                        width += small[*at - 'a'];
                else if (*at == ' ')
                        width += 28;
                else if (strchr(".,;:'!|()/-", *at) != NULL)
                        width += 40;
                else if ((*at >= 'A' && *at <= 'Z') || *at >= 0xE2)
                        width += 90; /* and dots, dashes, letters of elsewhere */
                else
                        width += 72;
        }
        return width;
}

/* A text that has room, in tenths of a pixel, and else its begin and its end: names are as often told apart by the one as by the other. */
static const char *text_cut(struct work *w, const char *text, int64_t room)
{
        size_t length = strlen(text);

        if (text_width(text) <= room)
                return text;
        for (size_t left = length - 1; left > 0; left--) {
                size_t head = utf8_cut(text, length, left * 3 / 5), tail = length - utf8_cut(text, length, length - left * 2 / 5);
                char cut[256];

                while (head > 0 && text[head - 1] == ' ')
                        head--;
                while (tail > 0 && text[length - tail] == ' ')
                        tail--;
                if (head + tail > sizeof cut - 4)
                        continue;
                snprintf(cut, sizeof cut, "%.*s…%s", (int)head, text, text + length - tail);
                if (text_width(cut) <= room)
                        return arena_text(w->arena, cut);
        }
        return "…";
}

static const char *value_text(struct work *w, const struct chart *c, int64_t value, char out[DECIMAL_TEXT_MAX + 1])
{
        char *at = out;

        if (c->is_signed && value > 0)
                *at++ = '+';
        decimal_write_shown(at, value, c->decimals, c->shown, w->language);
        return out;
}

static int64_t widest(int64_t a, int64_t b)
{
        return a > b ? a : b;
}

void chart_desc(struct work *w, struct buf *o, const struct chart *c)
{
        html_text(o, c->unit);
        if (c->source != NULL) {
                buf_text(o, " · ");
                html_text(o, work_text(w, "Source: "));
                html_text(o, c->source);
        }
        if (c->as_of != NULL) {
                buf_text(o, " · ");
                html_text(o, c->as_of);
        }
}

static void svg_begin(struct work *w, struct buf *o, const struct chart *c, const struct frame *f, const char *summary)
{
        buf_print(o, "<svg class=\"ch-svg %s\" viewBox=\"0 0 ", f->class_name);
        put_place(o, f->width);
        buf_char(o, ' ');
        put_place(o, f->height);
        buf_text(o, "\" role=\"img\" aria-label=\"");
        html_text(o, c->title);
        if (summary != NULL && summary[0] != '\0') {
                buf_text(o, ". ");
                html_text(o, summary);
        }
        buf_text(o, "\"><desc>");
        chart_desc(w, o, c);
        buf_text(o, "</desc>");
}

static void svg_end(struct buf *o)
{
        buf_text(o, "</svg>");
}

/* ---- scales ------------------------------------------------------------------------------------------ */

struct scale {
        int64_t low, high; /* values at the bottom and top of the plot */
        int64_t step;
        int shown;         /* decimals of the tick labels */
};

static int64_t scale_y(const struct scale *s, const struct frame *f, int64_t value)
{
        int128 part = (int128)(value - s->low) * (f->bottom - f->top);
        int64_t up = 0;

        decimal_narrow(decimal_divide(part, (int128)s->high - s->low), &up);
        return f->bottom - up;
}

/* Room for low … high with 0 inside, and round steps of 1, 2 or 5. */
static struct scale scale_of(int64_t low, int64_t high, int decimals)
{
        struct scale s = { low < 0 ? low : 0, high > 0 ? high : 0, 1, 0 };
        int64_t span, step = 1;
        int digits = 0;

        if (s.low < -(INT64_MAX / 8))
                s.low = -(INT64_MAX / 8);
        if (s.high > INT64_MAX / 8)
                s.high = INT64_MAX / 8;
        if (s.low == s.high)
                s.high = decimal_power[decimals];
        span = s.high - s.low;
        while (span / step >= 5) {
                static const int factors[] = { 1, 2, 5 };

                digits++;
                step = decimal_power[digits / 3 > 18 ? 18 : digits / 3] * factors[digits % 3];
        }
        s.step = step;
        for (s.shown = decimals; s.shown > 0 && step % decimal_power[decimals - s.shown + 1] == 0;)
                s.shown--;
        return s;
}

/* Of lines and lying bars: around the value that says "as before". */
static struct scale scale_around(const struct chart *c, int64_t low, int64_t high)
{
        struct scale s;

        if (low <= 0 || c->equal == 0)
                return scale_of(low, high, c->decimals);
        s = scale_of(low - c->equal, high - c->equal, c->decimals);
        s.low += c->equal;
        s.high += c->equal;
        return s;
}

static int64_t first_tick(const struct scale *s)
{
        int64_t tick = s->low / s->step * s->step;

        return tick < s->low ? tick + s->step : tick;
}

static void axis_write(struct work *w, struct buf *o, const struct chart *c, const struct frame *f, const struct scale *s)
{
        const char *broken = s->low > 0 ? work_text(w, "the axis does not begin at 0") : NULL;
        char text[DECIMAL_TEXT_MAX];

        for (int64_t tick = first_tick(s); tick <= s->high; tick += s->step) {
                int64_t y = scale_y(s, f, tick);

                put_line(o, tick == c->equal ? "zero" : "ax", f->left, y, f->right, y);
                decimal_write_shown(text, tick, c->decimals, s->shown, w->language);
                put_words(o, NULL, "end", f->left - 7 * PX, y + 4 * PX, text);
        }
        put_words(o, "cap", NULL, 0, 12 * PX, broken != NULL && f->is_wide ? arena_print(w->arena, "%s · %s", c->unit, broken) : c->unit);
        if (broken != NULL && !f->is_wide)
                put_words(o, "cap", NULL, 0, 27 * PX, broken);
}

static int64_t widest_label(const struct scale *s, int decimals, enum language language)
{
        char low[DECIMAL_TEXT_MAX], high[DECIMAL_TEXT_MAX];
        size_t a = decimal_write_shown(low, first_tick(s), decimals, s->shown, language);
        size_t b = decimal_write_shown(high, s->high / s->step * s->step, decimals, s->shown, language);

        return (int64_t)((a > b ? a : b) * 7 + 8) * PX;
}

/* ---- a line over time ----------------------------------------------------------------------------------- */

/* Of many lines only the ends are told. */
static const char *series_summary(struct work *w, const struct chart *c, const struct chart_series *s, size_t series_count, size_t count)
{
        const char *summary = "";

        for (size_t k = 0; k < series_count; k++) {
                char first_text[DECIMAL_TEXT_MAX + 1], last_text[DECIMAL_TEXT_MAX + 1];
                const struct chart_point *first = NULL, *last = NULL;

                for (size_t i = 0; i < count; i++)
                        if (s[k].points[i].has_value) {
                                last = &s[k].points[i];
                                first = first == NULL ? last : first;
                        }
                if (first != NULL)
                        summary = arena_print(w->arena, work_text(w, "%s%s%s: %s (%s) to %s (%s)"), summary, *summary == '\0' ? "" : "; ",
                                              s[k].name, value_text(w, c, first->value, first_text), first->label,
                                              value_text(w, c, last->value, last_text), last->label);
        }
        return summary;
}

static const char *line_summary(struct work *w, const struct chart *c, const struct chart_point *p, size_t count)
{
        char low[DECIMAL_TEXT_MAX + 1], high[DECIMAL_TEXT_MAX + 1], last[DECIMAL_TEXT_MAX + 1];
        const struct chart_point *least = NULL, *most = NULL, *end = NULL;

        for (size_t i = 0; i < count; i++)
                if (p[i].has_value) {
                        end = &p[i];
                        if (least == NULL || p[i].value < least->value)
                                least = &p[i];
                        if (most == NULL || p[i].value > most->value)
                                most = &p[i];
                }
        if (end == NULL)
                return "";
        return arena_print(w->arena, work_text(w, "lowest %s (%s), highest %s (%s), last %s (%s)"),
                           value_text(w, c, least->value, low), least->label, value_text(w, c, most->value, high),
                           most->label, value_text(w, c, end->value, last), end->label);
}

static void put_point(struct buf *o, size_t series, int64_t x, int64_t y, bool is_open)
{
        buf_print(o, "<circle class=\"%s%d\"", is_open ? "open s" : "f", (int)series + 1);
        put_attribute(o, "cx", x);
        put_attribute(o, "cy", y);
        buf_print(o, " r=\"%s\"/>", is_open ? "4" : "3.2");
}

static int64_t *line_places(struct work *w, const struct frame *f, size_t count)
{
        int64_t *x = arena_array(w->arena, count, sizeof *x);

        for (size_t i = 0; i < count; i++)
                x[i] = f->left + (count < 2 ? 0 : (f->right - f->left) * (int64_t)i / (int64_t)(count - 1));
        return x;
}

/* One line with its points; returns the number of the last point with a value, or count. */
static size_t line_draw(struct buf *o, const struct frame *f, const struct scale *s, size_t series, const struct chart_point *p,
                        const int64_t *x, size_t count)
{
        size_t last = count;
        bool is_running = false;

        buf_print(o, series == 0 ? "<path class=\"ln s1\" d=\"" : "<path class=\"ln s%d d%d\" d=\"", (int)series + 1, (int)series + 1);
        for (size_t i = 0; i < count; i++) {
                if (p[i].has_value) {
                        buf_char(o, is_running ? 'L' : 'M');
                        put_place(o, x[i]);
                        buf_char(o, ' ');
                        put_place(o, scale_y(s, f, p[i].value));
                        last = i;
                }
                is_running = p[i].has_value;
        }
        buf_text(o, "\"/>");
        for (size_t i = 0; i < count; i++) {
                bool is_alone = p[i].has_value && (i == 0 || !p[i - 1].has_value) && (i + 1 == count || !p[i + 1].has_value);

                if (p[i].has_value && (p[i].is_estimate || is_alone || i == last))
                        put_point(o, series, x[i], scale_y(s, f, p[i].value), p[i].is_estimate);
        }
        return last;
}

static const char *end_text(struct work *w, const struct chart *c, const struct chart_point *last)
{
        char text[DECIMAL_TEXT_MAX + 1];

        return arena_print(w->arena, "%s%s", value_text(w, c, last->value, text), last->is_estimate ? work_text(w, " (estimate)") : "");
}

/* The last value of the only line, beside its end. */
static void end_label(struct work *w, struct buf *o, const struct chart *c, const struct frame *f, const struct scale *s,
                      const struct chart_point *last, int64_t x)
{
        int64_t y = scale_y(s, f, last->value);

        put_words(o, "lab g1", NULL, x + 9 * PX, y + 4 * PX, end_text(w, c, last));
        put_words(o, NULL, NULL, x + 9 * PX, y + 19 * PX, last->label);
}

/* The names of several lines beside their ends, none upon another. */
static void end_names(struct work *w, struct buf *o, const struct frame *f, const struct scale *s, const struct chart_series *series,
                      const size_t *last, size_t series_count, size_t count)
{
        size_t order[CHART_SERIES_MAX], n = 0;
        int64_t y[CHART_SERIES_MAX], least = f->top;

        for (size_t k = 0; k < series_count; k++) {
                size_t at = n;

                if (last[k] == count)
                        continue;
                y[k] = scale_y(s, f, series[k].points[last[k]].value);
                while (at > 0 && y[order[at - 1]] > y[k]) {
                        order[at] = order[at - 1];
                        at--;
                }
                order[at] = k;
                n++;
        }
        for (size_t i = 0; i < n; i++) {
                size_t k = order[i];
                int64_t room = f->bottom - (int64_t)(n - 1 - i) * 15 * PX; /* those below need some too */
                char class_name[16];

                if (y[k] < least)
                        y[k] = least;
                if (y[k] > room)
                        y[k] = room;
                least = y[k] + 15 * PX;
                snprintf(class_name, sizeof class_name, "g%d", (int)k + 1);
                put_words(o, class_name, NULL, f->right + 9 * PX, y[k] + 4 * PX, text_cut(w, series[k].name, f->width - f->right - 9 * PX));
        }
}

/* What stands at the right of the lines has its room, up to a third of the drawing. */
static int64_t right_of(struct work *w, const struct chart *c, const struct frame *f, const struct chart_series *series, size_t series_count, size_t count)
{
        int64_t room = f->width - f->right - 9 * PX;

        for (size_t k = 0; k < series_count && series_count > 1; k++)
                room = widest(room, text_width(series[k].name));
        for (size_t i = count; series_count == 1 && i-- > 0;)
                if (series[0].points[i].has_value) {
                        room = widest(room, text_width(end_text(w, c, &series[0].points[i])));
                        break;
                }
        return f->width - 9 * PX - (room < f->width / 3 ? room : f->width / 3);
}

static void lines_draw(struct work *w, struct buf *o, const struct chart *c, struct frame *f, const struct scale *s,
                       const struct chart_series *series, size_t series_count, size_t count, const char *summary)
{
        const struct chart_point *p = series[0].points;
        size_t last[CHART_SERIES_MAX];
        int64_t *x;

        f->left = widest_label(s, c->decimals, w->language);
        if (f->is_wide)
                f->right = right_of(w, c, f, series, series_count, count);
        x = line_places(w, f, count);
        svg_begin(w, o, c, f, summary);
        axis_write(w, o, c, f, s);
        for (size_t i = 0; i < count; i++)
                if (p[i].tick != NULL && (f->is_wide || !p[i].tick_is_wide))
                        put_words(o, NULL, i + 1 == count && i > 0 ? "end" : "middle", x[i], f->bottom + 19 * PX, p[i].tick);
        for (size_t k = series_count; k-- > 0;) /* the first on top */
                last[k] = line_draw(o, f, s, k, series[k].points, x, count);
        if (f->is_wide && series_count == 1 && last[0] < count)
                end_label(w, o, c, f, s, &p[last[0]], x[last[0]]);
        else if (f->is_wide && series_count > 1)
                end_names(w, o, f, s, series, last, series_count, count);
        svg_end(o);
}

static void key_write(struct buf *o, const struct chart_series *series, size_t series_count)
{
        buf_text(o, "<ul class=\"key\">");
        for (size_t k = 0; k < series_count; k++) {
                buf_print(o, "<li><svg class=\"ch-svg kl\" width=\"28\" height=\"10\" viewBox=\"0 0 28 10\" aria-hidden=\"true\">"
                             "<path class=\"ln s%d d%d\" d=\"M1 5H27\"/></svg>", (int)k + 1, (int)k + 1);
                html_text(o, series[k].name);
                buf_text(o, "</li>");
        }
        buf_text(o, "</ul>");
}

void chart_lines(struct work *w, struct buf *o, const struct chart *c, const struct chart_series *series, size_t series_count,
                 size_t count)
{
        struct frame frames[FRAMES] = {
                { "wide", 800 * PX, 214 * PX, 0, 686 * PX, 26 * PX, 188 * PX, true },
                { "narrow", 340 * PX, 230 * PX, 0, 326 * PX, 26 * PX, 204 * PX, false },
        };
        int64_t low = INT64_MAX, high = INT64_MIN;
        struct scale s;
        const char *summary;

        if (series_count > CHART_SERIES_MAX)
                series_count = CHART_SERIES_MAX;
        for (size_t k = 0; k < series_count; k++)
                for (size_t i = 0; i < count; i++) {
                        const struct chart_point *p = &series[k].points[i];

                        if (p->has_value) {
                                low = p->value < low ? p->value : low;
                                high = p->value > high ? p->value : high;
                        }
                }
        if (low > high)
                return;
        s = scale_around(c, low, high);
        for (size_t i = 0; s.low > 0 && i < FRAMES; i++)
                if (!frames[i].is_wide) { /* for the words that the axis is broken */
                        frames[i].top += 15 * PX;
                        frames[i].bottom += 15 * PX;
                        frames[i].height += 15 * PX;
                }
        summary = series_count == 1 ? line_summary(w, c, series[0].points, count) : series_summary(w, c, series, series_count, count);
        if (series_count > 1)
                key_write(o, series, series_count);
        for (size_t i = 0; i < FRAMES; i++)
                lines_draw(w, o, c, &frames[i], &s, series, series_count, count, summary);
}

void chart_line(struct work *w, struct buf *o, const struct chart *c, const struct chart_point *p, size_t count)
{
        chart_lines(w, o, c, &(struct chart_series){ c->title, p }, 1, count);
}

/* ---- bars ----------------------------------------------------------------------------------------------- */

static const char *bars_summary(struct work *w, const struct chart *c, const struct chart_bar *b, size_t count)
{
        struct buf text;
        char value[DECIMAL_TEXT_MAX + 1];
        const char *summary;

        buf_init_with(&text, 4096, w->arena);
        for (size_t i = 0; i < count; i++) {
                buf_text(&text, i > 0 ? "; " : "");
                for (const char *l = b[i].label; *l != '\0'; l++)
                        buf_char(&text, *l == '\n' ? ' ' : *l);
                buf_text(&text, " ");
                buf_text(&text, value_text(w, c, b[i].value, value));
        }
        summary = text.data == NULL ? "" : text.data;
        summary = arena_text(w->arena, summary);
        buf_clear(&text);
        return summary;
}

static void put_label(struct buf *o, int64_t x, int64_t y, const char *label)
{
        for (int line = 0; line < 2 && *label != '\0'; line++) {
                size_t n = strcspn(label, "\n");

                put_text(o, NULL, "middle", x, y + line * 15 * PX, label, n);
                label += label[n] == '\n' ? n + 1 : n;
        }
}

static void bars_draw(struct work *w, struct buf *o, const struct chart *c, const struct frame *f, const struct scale *s,
                      const struct chart_bar *b, size_t count, const char *summary)
{
        int64_t pitch = (f->right - f->left) / (int64_t)count, width = pitch * 72 / 100, gap = (pitch - width) / 2;
        int64_t level = 0, ground = scale_y(s, f, 0);
        char text[DECIMAL_TEXT_MAX + 1], class_name[16];

        if (width > 90 * PX) {
                width = 90 * PX;
                gap = (pitch - width) / 2;
        }
        svg_begin(w, o, c, f, summary);
        put_line(o, "zero", f->left, ground, f->right, ground);
        for (size_t i = 0; i < count; i++) {
                int64_t from = b[i].is_total ? 0 : level, to = from + b[i].value;
                int64_t x = f->left + pitch * (int64_t)i + gap, a = scale_y(s, f, from), z = scale_y(s, f, to);
                int64_t top = a < z ? a : z, height = a < z ? z - a : a - z;

                snprintf(class_name, sizeof class_name, "%s%s", b[i].is_total ? "f6" : b[i].value < 0 ? "f2" : "f1",
                         b[i].is_estimate ? " est" : "");
                put_rect(o, class_name, x, top, width, height < 5 ? 5 : height);
                if (i + 1 < count && !b[i + 1].is_total)
                        put_line(o, "dash-ln", x + width, z, x + pitch, z);
                put_words(o, "lab", "middle", x + width / 2, top - 6 * PX, value_text(w, c, b[i].value, text));
                put_label(o, x + width / 2, f->bottom + 18 * PX, b[i].label);
                level = to;
        }
        svg_end(o);
}

static struct scale scale_of_bars(const struct chart *c, const struct chart_bar *b, size_t count, bool is_running)
{
        int64_t low = is_running ? 0 : c->equal, high = low, level = 0;

        for (size_t i = 0; i < count; i++) {
                int64_t from = is_running && !b[i].is_total ? level : 0;

                level = from + b[i].value;
                low = level < low ? level : low;
                high = level > high ? level : high;
        }
        return is_running ? scale_of(low, high, c->decimals) : scale_around(c, low, high);
}

void chart_waterfall(struct work *w, struct buf *o, const struct chart *c, const struct chart_bar *b, size_t count)
{
        /* It stands in half a row: 400 there is as large as 800 in a whole one. */
        static const struct frame frames[FRAMES] = {
                { "wide", 400 * PX, 214 * PX, 0, 400 * PX, 26 * PX, 168 * PX, true },
                { "narrow", 340 * PX, 220 * PX, 0, 340 * PX, 26 * PX, 174 * PX, false },
        };
        struct scale s;
        const char *summary;

        if (count == 0)
                return;
        s = scale_of_bars(c, b, count, true);
        summary = bars_summary(w, c, b, count);
        for (size_t i = 0; i < FRAMES; i++)
                bars_draw(w, o, c, &frames[i], &s, b, count, summary);
}

/* ---- lying bars ------------------------------------------------------------------------------------------- */

static int64_t scale_x(const struct scale *s, const struct frame *f, int64_t value)
{
        int64_t right = 0;

        decimal_narrow(decimal_divide((int128)(value - s->low) * (f->right - f->left), (int128)s->high - s->low), &right);
        return f->left + right;
}

/* Makes room for labels and values, up to half of the drawing; how much of what is left of the bars is not for labels: where bars fall their values stand there. */
static int64_t rows_room(struct work *w, const struct chart *c, struct frame *f, const struct chart_bar *b, size_t count, int64_t begin)
{
        int64_t falls = 0, rises = 0, labels = 0, half = f->width / 2;
        char text[DECIMAL_TEXT_MAX + 1];

        for (size_t i = 0; i < count; i++) {
                int64_t value = text_width(value_text(w, c, b[i].value, text)) + 8 * PX;

                *(b[i].value < begin ? &falls : &rises) = widest(b[i].value < begin ? falls : rises, value);
                labels = widest(labels, f->is_wide ? text_width(b[i].label) : 0);
        }
        falls = falls > 0 ? widest(falls, (f->is_wide ? 70 : 60) * PX) : 12 * PX;
        f->left = widest(f->left, labels + falls < half ? labels + falls : half);
        f->right = f->width - rises < f->right ? f->width - rises : f->right;
        return falls;
}

static void rows_draw(struct work *w, struct buf *o, const struct chart *c, struct frame *f, const struct scale *s,
                      const struct chart_bar *b, size_t count, bool is_running, const char *summary)
{
        int64_t pitch = (f->is_wide ? 24 : 40) * PX, height = 15 * PX, begin = is_running ? 0 : c->equal, ground, room, level = 0;
        char text[DECIMAL_TEXT_MAX + 1], class_name[16];

        f->height = f->top + pitch * (int64_t)count + 4 * PX;
        room = rows_room(w, c, f, b, count, begin);
        ground = scale_x(s, f, begin);
        svg_begin(w, o, c, f, summary);
        put_words(o, "cap", NULL, 0, 12 * PX,
                  begin == 0 ? c->unit : arena_print(w->arena, work_text(w, "%s · bars begin at %s"), c->unit, value_text(w, c, begin, text)));
        for (size_t i = 0; i < count; i++) {
                int64_t from = is_running && !b[i].is_total ? level : begin, to = is_running ? from + b[i].value : b[i].value;
                int64_t a = scale_x(s, f, from), z = scale_x(s, f, to), y = f->top + pitch * (int64_t)i + (f->is_wide ? 0 : 17 * PX);
                bool is_fall = b[i].value < begin;

                snprintf(class_name, sizeof class_name, "%s%s", b[i].is_total ? "f6" : is_fall ? "f2" : "f1", b[i].is_estimate ? " est" : "");
                put_rect(o, class_name, is_fall ? z : a, y, (is_fall ? a - z : z - a) < 5 ? 5 : is_fall ? a - z : z - a, height);
                if (!f->is_wide) /* a line through all would cross the labels */
                        put_line(o, "zero", ground, y - 2 * PX, ground, y + height + 2 * PX);
                if (is_running && f->is_wide && i + 1 < count && !b[i + 1].is_total)
                        put_line(o, "dash-ln", z, y + height, z, y + pitch);
                put_words(o, "lab", is_fall ? "end" : NULL, z + (is_fall ? -6 : 6) * PX, y + 12 * PX, value_text(w, c, b[i].value, text));
                if (f->is_wide)
                        put_words(o, NULL, "end", f->left - room, y + 12 * PX, text_cut(w, b[i].label, f->left - room));
                else
                        put_words(o, NULL, NULL, 0, y - 5 * PX, text_cut(w, b[i].label, f->width));
                level = to;
        }
        if (f->is_wide)
                put_line(o, "zero", ground, f->top - 4 * PX, ground, f->height);
        svg_end(o);
}

static void rows_write(struct work *w, struct buf *o, const struct chart *c, const struct chart_bar *b, size_t count, bool is_running)
{
        struct frame frames[FRAMES] = {
                { "wide", 800 * PX, 0, 290 * PX, 710 * PX, 26 * PX, 0, true },
                { "narrow", 340 * PX, 0, 60 * PX, 260 * PX, 26 * PX, 0, false },
        };
        struct scale s;
        const char *summary;

        if (count > CHART_ROWS_MAX)
                count = CHART_ROWS_MAX;
        if (count == 0)
                return;
        s = scale_of_bars(c, b, count, is_running);
        summary = bars_summary(w, c, b, count);
        for (size_t i = 0; i < FRAMES; i++)
                rows_draw(w, o, c, &frames[i], &s, b, count, is_running, summary);
}

void chart_rows(struct work *w, struct buf *o, const struct chart *c, const struct chart_bar *b, size_t count)
{
        rows_write(w, o, c, b, count, false);
}

void chart_steps(struct work *w, struct buf *o, const struct chart *c, const struct chart_bar *b, size_t count)
{
        rows_write(w, o, c, b, count, true);
}

/* ---- parts of a whole ------------------------------------------------------------------------------------ */

static void parts_draw(struct work *w, struct buf *o, const struct chart *c, const struct frame *f,
                       const struct chart_bar *b, size_t count, int64_t sum, const char *summary)
{
        static const char *const classes[] = { "f1", "rest", "f2", "f3", "f4", "f5" };
        static const char *const words[] = { "on-f", NULL, "on-f", "on-f", "on-f", "on-f" };
        int64_t x = 0, reached = 0;
        char value[DECIMAL_TEXT_MAX + 1];

        svg_begin(w, o, c, f, summary);
        for (size_t i = 0; i < count; i++) {
                int64_t end = 0, room;
                const char *full;

                reached += b[i].value;
                decimal_narrow(decimal_divide((int128)reached * f->width, sum), &end);
                room = end - x;
                put_rect(o, classes[i % 6], x, PX / 2, room, f->height - PX);
                value_text(w, c, b[i].value, value);
                full = arena_print(w->arena, "%s %s", b[i].label, value);
                if (room > (int64_t)strlen(full) * 7 * PX)
                        put_words(o, words[i % 6], NULL, x + 10 * PX, f->height / 2 + 5 * PX, full);
                else if (room > (int64_t)strlen(value) * 7 * PX)
                        put_words(o, words[i % 6], "middle", x + room / 2, f->height / 2 + 5 * PX, value);
                x = end;
        }
        svg_end(o);
}

void chart_parts(struct work *w, struct buf *o, const struct chart *c, const struct chart_bar *b, size_t count)
{
        static const struct frame frames[FRAMES] = {
                { "wide", 360 * PX, 34 * PX, 0, 0, 0, 0, true },
                { "narrow", 320 * PX, 34 * PX, 0, 0, 0, 0, false },
        };
        int64_t sum = 0;

        for (size_t i = 0; i < count; i++)
                sum += b[i].value;
        if (sum <= 0)
                return;
        for (size_t i = 0; i < FRAMES; i++)
                parts_draw(w, o, c, &frames[i], b, count, sum, bars_summary(w, c, b, count));
}

/* ---- small ones ------------------------------------------------------------------------------------------- */

void chart_spark(struct buf *o, const struct chart_point *p, size_t count)
{
        static const struct frame f = { "sp", 74 * PX, 34 * PX, 3 * PX, 71 * PX, 4 * PX, 30 * PX, false };
        struct scale s = { INT64_MAX, INT64_MIN, 1, 0 };
        size_t present = 0;
        int64_t x = 0, y = 0;

        for (size_t i = 0; i < count; i++)
                if (p[i].has_value) {
                        present++;
                        s.low = p[i].value < s.low ? p[i].value : s.low;
                        s.high = p[i].value > s.high ? p[i].value : s.high;
                }
        if (present < 2)
                return;
        if (s.low == s.high)
                s.high++;
        buf_text(o, "<svg class=\"sp\" width=\"74\" height=\"34\" viewBox=\"0 0 74 34\" aria-hidden=\"true\">"
                    "<path class=\"ln s6\" d=\"");
        present = 0;
        for (size_t i = 0; i < count; i++) {
                if (!p[i].has_value)
                        continue;
                x = f.left + (f.right - f.left) * (int64_t)i / (int64_t)(count - 1);
                y = scale_y(&s, &f, p[i].value);
                buf_char(o, present++ == 0 ? 'M' : 'L');
                put_place(o, x);
                buf_char(o, ' ');
                put_place(o, y);
        }
        buf_text(o, "\"/>");
        put_point(o, 0, x, y, false);
        svg_end(o);
}

void chart_strip(struct work *w, struct buf *o, const enum strip_mark *marks, size_t count)
{
        static const char *const cells[] = { "<i class=\"n\"></i>", "<i></i>", "<i class=\"l\"></i>", "<i class=\"m\"></i>" };
        int n[4] = { 0 };

        for (size_t i = 0; i < count; i++)
                n[marks[i]]++;
        buf_text(o, "<span class=\"strip\" role=\"img\" aria-label=\"");
        html_text(o, arena_print(w->arena, work_text(w, "%d periods: %d on time, %d late, %d missing, %d not due"),
                                 (int)count, n[STRIP_ON_TIME], n[STRIP_LATE], n[STRIP_MISSING], n[STRIP_NONE]));
        buf_text(o, "\">");
        for (size_t i = 0; i < count; i++)
                buf_text(o, cells[marks[i]]);
        buf_text(o, "</span>");
}

/* ---- as a part of a page ------------------------------------------------------------------------------------ */

void chart_begin(struct work *w, struct buf *o, const struct chart *c, const char *id)
{
        chart_head(w, o, c, id);
}

void chart_end(struct work *w, struct buf *o, const struct chart *c)
{
        chart_foot(w, o, c);
}
