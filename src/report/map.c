#include "report/map.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "format/csv.h"
#include "format/html.h"
#include "report/map_private.h"
#include "report/pages.h"

#define PROVINCES_MAX 128
#define GROUPS_MAX 8
#define PARTS_MAX 64
#define CODE_MAX 8
/* The drawing, in steps of 1/100 degree: all of the land and both groups of islands. */
#define WEST 10180
#define EAST 11745
#define SOUTH 670
#define NORTH 2360
/* A degree of longitude at 16° north, of one of latitude, in percent: cos(16°). */
#define LONGITUDE_PERCENT 96

static const char boundaries_path[] = "map/provinces.csv", islands_path[] = "map/islands.csv";
/* The map the boundaries are of. */
#define BOUNDARIES_DAY day_of(2025, 6, 30)

struct spot {
        int32_t x, y;
};

/* A stretch of boundary: the province at its left and at its right (as numbers from 1; 0: none). */
struct stretch {
        int left, right;
        const struct spot *points;
        size_t count; /* 1: an islet */
};

struct geometry {
        struct stretch *stretches;
        size_t count;
        char codes[PROVINCES_MAX][CODE_MAX]; /* of the provinces, by number less one */
        int code_count;
};

/* ---- reading ----------------------------------------------------------------------------------------------- */

static const char *const *next_row(struct csv_reader *r, size_t fields_wanted)
{
        struct error err = { .code = ERR_NONE };
        const char *const *fields;
        const size_t *lengths;
        size_t n;
        bool is_row = csv_next(r, &err, &fields, &lengths, &n);

        if (err.code == ERR_ENVIRONMENT)
                work_starve(); /* else a map would lack what was not read */
        return is_row && n == fields_wanted ? fields : NULL;
}

static struct csv_reader *rows_of(struct work *w, const char *path, size_t fields)
{
        const char *text = shipped_file(path);
        struct csv_reader *r;

        assert(text != NULL);
        while (*text == '#') { /* credits */
                text += strcspn(text, "\n");
                text += *text == '\n';
        }
        r = csv_open_memory(w->arena, text, strlen(text));
        next_row(r, fields); /* the head */
        return r;
}

/* 0: no province of the boundaries. */
static int number_of(const struct geometry *g, const char *code)
{
        for (int i = 0; i < g->code_count; i++)
                if (strcmp(g->codes[i], code) == 0)
                        return i + 1;
        return 0;
}

static int number_given(struct geometry *g, const char *code)
{
        int number = number_of(g, code);

        if (number > 0 || *code == '\0')
                return number;
        assert(g->code_count < PROVINCES_MAX && strlen(code) < CODE_MAX);
        memcpy(g->codes[g->code_count], code, strlen(code) + 1);
        return ++g->code_count;
}

static size_t lines_in(const char *text)
{
        size_t n = 1;

        for (; *text != '\0'; text++)
                n += *text == '\n';
        return n;
}

static size_t points_read(const char *text, struct spot *out)
{
        size_t n = 0;
        int32_t x = 0, y = 0;
        char *end;

        for (;; n++) {
                long dx = strtol(text, &end, 10), dy;

                if (end == text)
                        break;
                dy = strtol(end, &end, 10);
                text = end;
                x += (int32_t)dx;
                y += (int32_t)dy;
                out[n] = (struct spot){ x, y };
        }
        return n;
}

static struct geometry *geometry_read(struct work *w)
{
        struct geometry *g = arena_alloc(w->arena, sizeof *g);
        const char *text = shipped_file(boundaries_path);
        struct spot *points = arena_array(w->arena, strlen(text) / 3 + 1, sizeof *points); /* a point takes three signs or more */
        struct csv_reader *r = rows_of(w, boundaries_path, 3);
        const char *const *f;
        size_t used = 0;

        g->stretches = arena_array(w->arena, lines_in(text), sizeof *g->stretches);
        while ((f = next_row(r, 3)) != NULL) {
                struct stretch *s = &g->stretches[g->count];

                *s = (struct stretch){ number_given(g, f[0]), number_given(g, f[1]), points + used, points_read(f[2], points + used) };
                used += s->count;
                g->count += s->count > 0;
        }
        return g;
}

/* ---- joining ----------------------------------------------------------------------------------------------- */

/* Which of the provinces make up a unit: a flag for each number. False where it is not made of whole ones. */
static bool members_of(const struct catalogue *c, const struct geometry *g, const struct unit *u, bool *is_in)
{
        struct unit_part parts[PARTS_MAX];
        size_t n = unit_restated(c, u, BOUNDARIES_DAY, parts, PARTS_MAX);

        memset(is_in, 0, (PROVINCES_MAX + 1) * sizeof *is_in);
        for (size_t i = 0; i < n && i < PARTS_MAX; i++) {
                int number = number_of(g, parts[i].unit->code);

                if (!parts[i].is_exact || number == 0)
                        return false;
                is_in[number] = true;
        }
        return n > 0 && n <= PARTS_MAX;
}

static bool is_same(struct spot a, struct spot b)
{
        return a.x == b.x && a.y == b.y;
}

/* A path under way: relative steps, north up. */
struct pen {
        struct buf *out;
        struct spot at;
        bool has_begun;
};

static void put_step(struct pen *p, char command, struct spot to)
{
        int32_t dx = to.x - p->at.x, dy = p->at.y - to.y;

        if (command != '\0')
                buf_char(p->out, command);
        else if (dx >= 0)
                buf_char(p->out, ' ');
        buf_int(p->out, dx);
        if (dy >= 0)
                buf_char(p->out, ' ');
        buf_int(p->out, dy);
        p->at = to;
}

static void put_move(struct pen *p, struct spot to)
{
        put_step(p, p->has_begun ? 'm' : 'M', to);
        p->has_begun = true;
}

/* Join stretches end to end to rings and draw them: each has the area at its left once turned. */
static void rings_put(struct pen *p, struct stretch *open, bool *is_turned, size_t count)
{
        while (count > 0) {
                struct stretch s = open[--count];
                bool is_back = is_turned[count];
                struct spot begun, end;

                begun = is_back ? s.points[s.count - 1] : s.points[0];
                put_move(p, begun);
                for (bool has_next = true, is_first = true; has_next;) {
                        has_next = false;
                        for (size_t i = 1; i < s.count; i++) {
                                put_step(p, is_first ? 'l' : '\0', is_back ? s.points[s.count - 1 - i] : s.points[i]);
                                is_first = false;
                        }
                        end = p->at;
                        for (size_t k = 0; !is_same(end, begun) && k < count && !has_next; k++)
                                if (is_same(is_turned[k] ? open[k].points[open[k].count - 1] : open[k].points[0], end)) {
                                        s = open[k];
                                        is_back = is_turned[k];
                                        open[k] = open[--count];
                                        is_turned[k] = is_turned[count];
                                        has_next = true;
                                }
                }
                buf_char(p->out, 'z');
                p->at = begun;
        }
}

/* The area of the provinces flagged, with its islands; islets are not areas. */
static void area_put(struct work *w, struct buf *o, const struct geometry *g, const bool *is_in)
{
        struct stretch *open = arena_array(w->arena, g->count, sizeof *open);
        bool *is_turned = arena_array(w->arena, g->count, sizeof *is_turned);
        struct pen pen = { .out = o };
        size_t n = 0;

        for (size_t i = 0; i < g->count; i++) {
                const struct stretch *s = &g->stretches[i];

                if (s->count < 2 || is_in[s->left] == is_in[s->right])
                        continue;
                open[n] = *s;
                is_turned[n++] = is_in[s->right];
        }
        rings_put(&pen, open, is_turned, n);
}

/* Islands too small for an area, of all provinces, as dots. */
static void islets_put(struct buf *o, const struct geometry *g)
{
        struct pen pen = { .out = o };

        for (size_t i = 0; i < g->count; i++)
                if (g->stretches[i].count == 1) {
                        put_move(&pen, g->stretches[i].points[0]);
                        buf_text(o, "h0");
                }
}

/* ---- the drawing ------------------------------------------------------------------------------------------- */

static void put_box(struct buf *o, int west, int east, int south, int north)
{
        buf_print(o, "<rect class=\"fr\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>", west, -north, east - west, north - south);
}

static void groups_put(struct work *w, struct buf *o, const struct catalogue *c)
{
        struct csv_reader *r = rows_of(w, islands_path, 7);
        const char *const *f;
        bool is_vi = w->language == LANGUAGE_VI;

        for (int i = 0; i < GROUPS_MAX && (f = next_row(r, 7)) != NULL; i++)
                put_box(o, atoi(f[3]), atoi(f[4]), atoi(f[5]), atoi(f[6]));
        buf_text(o, "</g>"); /* words are not narrowed with the map */
        r = rows_of(w, islands_path, 7);
        for (int i = 0; i < GROUPS_MAX && (f = next_row(r, 7)) != NULL; i++) {
                const struct unit *u = unit_at(c, f[0], day_of_moment(w->now));
                int x = (atoi(f[3]) + atoi(f[4])) / 2 * LONGITUDE_PERCENT / 100, y = -atoi(f[6]);

                buf_print(o, "<text text-anchor=\"middle\" x=\"%d\" y=\"%d\">", x, y - 60);
                html_text(o, is_vi ? f[1] : f[2]);
                buf_print(o, "<tspan x=\"%d\" y=\"%d\">", x, y - 14);
                if (u != NULL) {
                        buf_char(o, '(');
                        html_text(o, is_vi ? u->name_vi : u->name_en);
                        buf_char(o, ')');
                }
                buf_text(o, "</tspan></text>");
        }
}

static const char *map_summary(struct work *w, const struct map_place *places, size_t count)
{
        size_t with = 0;

        for (size_t i = 0; i < count; i++)
                with += strcmp(places[i].class_name, "na") != 0;
        return arena_print(w->arena, work_text(w, "Map of %d provinces with Hoàng Sa and Trường Sa; %d have a figure; the table below has the values"),
                           (int)count, (int)with);
}

size_t map_true(struct work *w, struct buf *o, const struct catalogue *catalogue, const struct chart *c, const struct map_place *places, size_t count)
{
        struct geometry *g = geometry_read(w);
        size_t left_out = 0;
        bool is_in[PROVINCES_MAX + 1];

        buf_print(o, "<svg class=\"ch-svg gm\" viewBox=\"%d %d %d %d\" role=\"img\" aria-label=\"", WEST * LONGITUDE_PERCENT / 100, -NORTH,
                  (EAST - WEST) * LONGITUDE_PERCENT / 100, NORTH - SOUTH);
        html_text(o, c->title);
        buf_text(o, ". ");
        html_text(o, map_summary(w, places, count));
        buf_text(o, "\"><desc>");
        chart_desc(w, o, c);
        buf_print(o, "</desc><pattern id=\"hatch\" width=\"14\" height=\"14\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                     "<path class=\"hl\" d=\"M0 0V14\"/></pattern><g transform=\"scale(.%d 1)\">", LONGITUDE_PERCENT);
        for (size_t i = 0; i < count; i++) {
                bool is_missing = strcmp(places[i].class_name, "na") == 0;

                if (!members_of(catalogue, g, places[i].unit, is_in)) {
                        left_out++;
                        continue;
                }
                buf_text(o, "<path class=\"");
                buf_text(o, places[i].class_name);
                buf_text(o, places[i].is_on ? " on\"" : "\"");
                buf_text(o, is_missing ? " fill=\"url(#hatch)\" d=\"" : " d=\"");
                area_put(w, o, g, is_in);
                buf_text(o, "\"><title>");
                html_text(o, places[i].said);
                buf_text(o, "</title></path>");
        }
        buf_text(o, "<path class=\"it\" d=\"");
        islets_put(o, g);
        buf_text(o, "\"/>");
        groups_put(w, o, catalogue);
        buf_text(o, "</svg>");
        return left_out;
}

/* ---- one province -------------------------------------------------------------------------------------------- */

#define DOTS_WIDTH 640
#define DOTS_MARGIN 4 /* steps around all */
#define LETTER 7      /* a letter of a label is about so wide, and twice as high */

struct frame { int west, east, south, north; };

static void widen(struct frame *f, int x, int y)
{
        f->west = x < f->west ? x : f->west;
        f->east = x > f->east ? x : f->east;
        f->south = y < f->south ? y : f->south;
        f->north = y > f->north ? y : f->north;
}

static struct frame frame_of(const struct geometry *g, const bool *is_in, const struct map_dot *dots, size_t count)
{
        struct frame f = { EAST, WEST, NORTH, SOUTH };

        for (size_t i = 0; i < g->count; i++)
                for (size_t k = 0; k < g->stretches[i].count && g->stretches[i].count > 1 && is_in[g->stretches[i].left] != is_in[g->stretches[i].right]; k++)
                        widen(&f, g->stretches[i].points[k].x, g->stretches[i].points[k].y);
        for (size_t i = 0; i < count; i++)
                widen(&f, (int)(dots[i].longitude / 10000), (int)(dots[i].latitude / 10000));
        return (struct frame){ f.west - DOTS_MARGIN, f.east + DOTS_MARGIN, f.south - DOTS_MARGIN, f.north + DOTS_MARGIN };
}

/* A link is named by its title alone: what stands in the dot is part of it. */
static void dot_put(struct buf *o, const struct map_dot *d, int x, int y)
{
        if (d->href != NULL) {
                buf_text(o, "<a href=\"");
                html_text(o, d->href);
                buf_text(o, "\">");
        }
        buf_print(o, "<g class=\"%s\"><title>", d->class_name);
        html_text(o, d->said);
        buf_print(o, "</title><circle cx=\"%d\" cy=\"%d\" r=\"%d\"/><text x=\"%d\" y=\"%d\" text-anchor=\"middle\" aria-hidden=\"true\">", x, y, d->radius, x, y + 4);
        html_text(o, d->text);
        buf_text(o, d->href != NULL ? "</text></g></a>" : "</text></g>");
}

/* What takes room in the drawing: dots, and labels that were placed. */
struct room { int west, east, north, south; };

static struct room room_of_dot(const struct map_dot *d, int x, int y)
{
        return (struct room){ x - d->radius - 1, x + d->radius + 1, y - d->radius - 1, y + d->radius + 1 };
}

static bool is_free(struct room r, const struct room *taken, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (r.west < taken[i].east && r.east > taken[i].west && r.north < taken[i].south && r.south > taken[i].north)
                        return false;
        return r.west >= 0 && r.east <= DOTS_WIDTH;
}

/* A name stands at a side of its dot where it lies over no dot and no name; where there is none it is told by the dot's title and the list alone. */
static bool label_put(struct buf *o, const struct map_dot *d, int x, int y, struct room *taken, size_t count)
{
        static const char *const anchors[] = { "start", "end", "middle", "middle" };
        int width = (int)utf8_count(d->label, strlen(d->label)) * LETTER, gap = d->radius + 4;
        const struct { int x, y, west; } sides[] = {
                { x + gap, y + 4, x + gap }, { x - gap, y + 4, x - gap - width }, { x, y - gap, x - width / 2 }, { x, y + gap + 2 * LETTER - 4, x - width / 2 } };

        for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
                struct room r = { sides[i].west, sides[i].west + width, sides[i].y - 2 * LETTER + 4, sides[i].y + 4 };

                if (!is_free(r, taken, count))
                        continue;
                taken[count] = r;
                buf_print(o, "<text class=\"lab\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">", sides[i].x, sides[i].y, anchors[i]);
                html_text(o, d->label);
                buf_text(o, "</text>");
                return true;
        }
        return false;
}

void map_dots(struct work *w, struct buf *o, const struct catalogue *catalogue, const struct chart *c, const struct unit *province, const struct map_dot *dots, size_t count)
{
        struct geometry *g = geometry_read(w);
        struct frame f;
        struct room *taken = arena_array(w->arena, 2 * count + 1, sizeof *taken);
        size_t taken_count = 0;
        bool is_in[PROVINCES_MAX + 1] = { false };
        bool has_outline = members_of(catalogue, g, province, is_in);
        int thousandths, height;
        bool has_links = false;

        for (size_t i = 0; i < count; i++)
                has_links = has_links || dots[i].href != NULL;
        if (!has_outline)
                memset(is_in, 0, sizeof is_in);
        f = frame_of(g, is_in, dots, count);
        thousandths = DOTS_WIDTH * 100000 / ((f.east - f.west) * LONGITUDE_PERCENT); /* of a pixel for a step of latitude */
        height = (f.north - f.south) * thousandths / 1000;
        buf_print(o, "<svg class=\"ch-svg dots\" viewBox=\"0 0 %d %d\" role=\"%s\" aria-label=\"", DOTS_WIDTH, height, has_links ? "group" : "img");
        html_text(o, c->title);
        buf_text(o, "\"><desc>");
        chart_desc(w, o, c);
        buf_text(o, "</desc>");
        if (has_outline) {
                buf_print(o, "<g transform=\"scale(%d.%03d %d.%03d) translate(%d %d)\"><path class=\"out\" d=\"", thousandths * LONGITUDE_PERCENT / 100 / 1000,
                          thousandths * LONGITUDE_PERCENT / 100 % 1000, thousandths / 1000, thousandths % 1000, -f.west, f.north);
                area_put(w, o, g, is_in);
                buf_text(o, "\"/></g>");
        }
        for (int pass = 0; pass < 2; pass++) /* labels last: each dot has its room first */
                for (size_t i = 0; i < count; i++) {
                        int x = (int)((dots[i].longitude - (int64_t)f.west * 10000) * thousandths * LONGITUDE_PERCENT / 1000000000);
                        int y = (int)(((int64_t)f.north * 10000 - dots[i].latitude) * thousandths / 10000000);

                        if (pass == 0) {
                                dot_put(o, &dots[i], x, y);
                                taken[taken_count++] = room_of_dot(&dots[i], x, y);
                        } else if (*dots[i].label != '\0') {
                                taken_count += label_put(o, &dots[i], x, y, taken, taken_count);
                        }
                }
        buf_text(o, "</svg>");
}

/* ---- the ground ------------------------------------------------------------------------------------------------ */

#define GROUND_WIDTH 640
#define GROUND_HEIGHT 400
#define METRES_OF_DEGREE 111195.0 /* of latitude, on the mean sphere */
#define LABEL_WIDTH 60            /* pixels a shape needs for its name */

struct ground { double west, north, across, down; }; /* degrees of the corner; pixels for a degree */

struct map_box map_box_of(const struct map_point *points, size_t count)
{
        struct map_box b = { 0 };

        for (size_t i = 0; i < count; i++) {
                b.west = i == 0 || points[i].longitude < b.west ? points[i].longitude : b.west;
                b.east = i == 0 || points[i].longitude > b.east ? points[i].longitude : b.east;
                b.south = i == 0 || points[i].latitude < b.south ? points[i].latitude : b.south;
                b.north = i == 0 || points[i].latitude > b.north ? points[i].latitude : b.north;
        }
        return b;
}

/* The frame in the middle of the drawing, as large as fits. */
static struct ground ground_of(const struct map_box *frame)
{
        double x = (double)(frame->west + frame->east) / 2e6, y = (double)(frame->south + frame->north) / 2e6, narrow = cos(y * M_PI / 180);
        double width = (double)(frame->east - frame->west) / 1e6 * narrow, height = (double)(frame->north - frame->south) / 1e6;
        double degree = fmin(GROUND_WIDTH / fmax(width, 1e-4), GROUND_HEIGHT / fmax(height, 1e-4));

        return (struct ground){ x - GROUND_WIDTH / 2.0 / degree / narrow, y + GROUND_HEIGHT / 2.0 / degree, degree * narrow, degree };
}

static double across(const struct ground *g, int64_t longitude)
{
        return ((double)longitude / 1e6 - g->west) * g->across;
}

static double down(const struct ground *g, int64_t latitude)
{
        return (g->north - (double)latitude / 1e6) * g->down;
}

/* Points that would lie on each other are drawn once. */
static void shape_put(struct buf *o, const struct ground *g, const struct map_shape *s)
{
        struct map_box box = map_box_of(s->points, s->count);
        double x = 0, y = 0, west = across(g, box.west), east = across(g, box.east);
        size_t begun = 0;

        if (s->count == 0 || east < 0 || west > GROUND_WIDTH || down(g, box.south) < 0 || down(g, box.north) > GROUND_HEIGHT)
                return;
        buf_print(o, "<path vector-effect=\"non-scaling-stroke\" fill-rule=\"evenodd\" stroke=\"var(--%s)\" stroke-width=\"%s\" fill=\"", s->is_main ? "brand" : "ink2", s->is_main ? "2.5" : "1.1");
        buf_print(o, s->fill == NULL ? "none\" d=\"" : "var(--%s)\" fill-opacity=\".6\" d=\"", s->fill);
        for (size_t i = 0; i < s->count; i++) {
                double at_x = across(g, s->points[i].longitude), at_y = down(g, s->points[i].latitude);
                bool is_end = i > begun && s->points[i].longitude == s->points[begun].longitude && s->points[i].latitude == s->points[begun].latitude;

                if (is_end) {
                        buf_char(o, 'z');
                        begun = i + 1;
                } else if (i == begun || fabs(at_x - x) + fabs(at_y - y) >= 0.5) {
                        buf_print(o, "%c%.1f %.1f", i == begun ? 'M' : 'L', at_x, at_y);
                        x = at_x;
                        y = at_y;
                }
        }
        buf_text(o, "\"><title>");
        html_text(o, s->label);
        buf_text(o, "</title></path>");
        if (east - west < LABEL_WIDTH || s->is_main)
                return;
        buf_print(o, "<text class=\"lab\" text-anchor=\"middle\" x=\"%.0f\" y=\"%.0f\">", (west + east) / 2, (down(g, box.north) + down(g, box.south)) / 2);
        html_text(o, s->label);
        buf_text(o, "</text>");
}

/* 1, 2 or 5 times a power of ten that is 50 to 125 pixels long. */
static void scale_put(struct buf *o, const struct ground *g)
{
        double pixel = METRES_OF_DEGREE / g->down, length = pow(10, floor(log10(pixel * 50)));

        length *= length * 1 >= pixel * 50 ? 1 : length * 2 >= pixel * 50 ? 2 : length * 5 >= pixel * 50 ? 5 : 10;
        buf_print(o, "<g class=\"bar\"><path fill=\"none\" stroke=\"var(--ink)\" stroke-width=\"2\" d=\"M10 %dv6h%.1fv-6\"/><text x=\"14\" y=\"%d\">", GROUND_HEIGHT - 16, length / pixel, GROUND_HEIGHT - 20);
        buf_print(o, length >= 1000 ? "%.0f km</text></g>" : "%.0f m</text></g>", length >= 1000 ? length / 1000 : length);
}

void map_ground(struct work *w, struct buf *o, const struct catalogue *catalogue, const char *title, const struct unit *province, const struct map_box *frame,
                const struct map_shape *shapes, size_t count)
{
        struct geometry *lines = geometry_read(w);
        bool is_in[PROVINCES_MAX + 1] = { false }, has_outline = province != NULL && members_of(catalogue, lines, province, is_in);
        struct frame whole = { WEST, EAST, SOUTH, NORTH };
        struct map_box box;
        struct ground g;

        if (has_outline)
                whole = frame_of(lines, is_in, NULL, 0);
        box = (struct map_box){ (int64_t)whole.west * 10000, (int64_t)whole.south * 10000, (int64_t)whole.east * 10000, (int64_t)whole.north * 10000 };
        g = ground_of(frame == NULL ? &box : frame);
        buf_print(o, "<svg class=\"ch-svg\" viewBox=\"0 0 %d %d\" role=\"img\" data-west=\"%.7f\" data-north=\"%.7f\" data-east=\"%.4f\" data-south=\"%.4f\" aria-label=\"", GROUND_WIDTH,
                  GROUND_HEIGHT, g.west, g.north, g.across, g.down);
        html_text(o, title);
        /* What lies beyond the drawing is cut off by an SVG in it: that of the style sheet shows it. */
        buf_print(o, "\"><svg width=\"%d\" height=\"%d\"><g class=\"land\" transform=\"scale(%.5f %.5f) translate(%.6f %.6f)\">", GROUND_WIDTH, GROUND_HEIGHT, g.across / 100, g.down / 100,
                  -g.west * 100, g.north * 100);
        if (has_outline) {
                buf_text(o, "<path vector-effect=\"non-scaling-stroke\" fill=\"var(--sunk)\" stroke=\"var(--line2)\" stroke-width=\"1.6\" fill-rule=\"evenodd\" d=\"");
                area_put(w, o, lines, is_in);
                buf_text(o, "\"/>");
        }
        buf_text(o, "</g><g class=\"shapes\">");
        for (int pass = 0; pass < 2; pass++) /* what it is about lies above the others */
                for (size_t i = 0; i < count; i++)
                        if (shapes[i].is_main == (pass == 1))
                                shape_put(o, &g, &shapes[i]);
        buf_text(o, "</g>");
        scale_put(o, &g);
        buf_text(o, "</svg></svg>");
}
