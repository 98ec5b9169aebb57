#include "figure/figure.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "figure/figure_private.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/write.h"

static const char *const status_names[] = { "", "draft", "submitted", "approved", "published" };
static const char *const mark_names[] = { "", "estimate", "preliminary", "official", "revised" };

const char *figure_status_name(enum figure_status status)
{
        return status_names[status];
}

bool figure_status_read(const char *name, enum figure_status *status)
{
        for (int i = STATUS_DRAFT; i <= STATUS_PUBLISHED; i++)
                if (strcmp(name, status_names[i]) == 0) {
                        *status = (enum figure_status)i;
                        return true;
                }
        return false;
}

const char *figure_mark_name(enum figure_mark mark)
{
        return mark_names[mark];
}

bool figure_mark_read(const char *name, enum figure_mark *mark)
{
        if (strcmp(name, "none") == 0)
                name = "";
        for (int i = MARK_NONE; i <= MARK_REVISED; i++)
                if (strcmp(name, mark_names[i]) == 0) {
                        *mark = (enum figure_mark)i;
                        return true;
                }
        return false;
}

const char *province_key(const struct unit *u)
{
        return u->province != NULL ? u->province->key : u->key;
}

size_t unit_text(char *out, size_t room, const struct catalogue *c, const struct unit *u, period p)
{
        const char *text = unit_at(c, u->code, period_last(p)) == u ? u->code : u->key;
        int n = snprintf(out, room, "%s", text);

        return n < 0 ? 0 : (size_t)n;
}

const char *item_stored(const struct catalogue *c, const char *classification, const char *code)
{
        const struct classification *k;

        if (*code == '\0' || *classification == '\0')
                return code;
        k = classification_find(c, classification);
        return k != NULL && k->root != NULL && strcmp(k->root, code) == 0 ? "" : code;
}

/* ---- writing the block ------------------------------------------------------------------------- */

static void moment_short(struct buf *out, moment m)
{
        char text[MOMENT_TEXT_MAX];
        day d = day_of_moment(m);
        size_t n = moment_of_day(d) == m ? day_write(text, d) : moment_write(text, m);

        buf_put(out, text, n);
}

static size_t put(char *line, size_t at, const char *text, size_t length)
{
        memcpy(line + at, text, length);
        line[at + length] = ',';
        return at + length + 1;
}

/* before: the figure of the line before, NULL for the first line. */
static void line_write(struct buf *block, const char *unit, size_t unit_length, const struct figure *f,
                       const struct figure *before, bool has_tail)
{
        size_t indicator_length = strlen(f->indicator->id), item_length = strlen(f->item), n = 0;
        size_t partner_length = strlen(f->partner);
        char *line = buf_room(block, indicator_length + unit_length + item_length + partner_length + PERIOD_TEXT_MAX +
                                             DECIMAL_TEXT_MAX + 8);

        if (line == NULL)
                return;
        if (before != NULL && before->indicator == f->indicator)
                n = put(line, n, "=", 1);
        else
                n = put(line, n, f->indicator->id, indicator_length);
        if (before != NULL && before->unit == f->unit && before->period == f->period) {
                n = put(line, n, "=", 1);
                n = put(line, n, "=", 1);
        } else {
                n = put(line, n, unit, unit_length);
                n += period_write(line + n, f->period);
                line[n++] = ',';
        }
        n = put(line, n, f->item, item_length);
        n = put(line, n, f->partner, partner_length);
        n += decimal_write(line + n, f->value, f->indicator->decimals);
        block->length += n;
        if (has_tail) {
                buf_char(block, ',');
                buf_text(block, f->status == 0 ? "" : figure_status_name(f->status));
                buf_char(block, ',');
                buf_text(block, f->mark == MARK_NONE ? "none" : figure_mark_name(f->mark));
                if (f->known_from != 0) {
                        buf_char(block, ',');
                        moment_short(block, f->known_from);
                }
        }
        buf_char(block, '\n');
}

void figures_block_add(struct buf *block, const struct catalogue *c, const struct figure *f)
{
        char unit[64];

        line_write(block, unit, unit_text(unit, sizeof unit, c, f->unit, f->period), f, NULL,
                   f->status != 0 || f->mark != MARK_NONE || f->known_from != 0);
}

/* ---- reports of figures -------------------------------------------------------------------------- */

/* Figures for one audience, on their way into an entry. */
struct part {
        struct part *next;
        const char *audience;
        struct buf block;
        struct figure defaults; /* status, mark and known_from of the entry under way */
        int64_t in_entry;
        struct figures_sight *sight; /* for the entry under way */
        struct figure last;     /* the figure of the line before */
        char last_text[64];
        size_t last_length;
};

struct figure_writer {
        struct work *work;
        const struct catalogue *catalogue;
        const char *subject, *source;
        struct buf body;
        int64_t total, waiting; /* figures: in entries; in parts */
        struct part *parts;
        struct map *by_unit;    /* unit, NULL for what everybody reads -> part */
};

static void writer_free(void *handle)
{
        struct figure_writer *fw = handle;

        for (struct part *p = fw->parts; p != NULL; p = p->next)
                buf_clear(&p->block);
        buf_clear(&fw->body);
}

bool figures_source_check(struct work *w, const char *source)
{
        uint32_t hidden;

        if (strlen(source) > FIGURE_SOURCE_MOST)
                return error_set(&w->err, ERR_TOO_BIG, "what says where the figures come from has %zu bytes, and at most %d are allowed", strlen(source), FIGURE_SOURCE_MOST);
        if (!utf8_is_seen(source, &hidden))
                return error_set(&w->err, ERR_INVALID, "what says where the figures come from holds a character that cannot be seen (U+%04X)", (unsigned)hidden);
        return true;
}

struct figure_writer *figures_open(struct work *w, const char *subject, const char *source)
{
        struct figure_writer *fw = arena_alloc(w->arena, sizeof *fw);

        fw->work = w;
        fw->catalogue = catalogue_of(w);
        fw->subject = arena_text(w->arena, subject);
        fw->source = arena_text(w->arena, source);
        fw->by_unit = map_in(w->arena);
        buf_init(&fw->body, ENTRY_MAX);
        arena_on_free(w->arena, writer_free, fw);
        return fw;
}

#define HOMES_MOST 16

const char *figure_audience(struct work *w, const struct catalogue *c, const struct unit *u)
{
        day today = day_of_moment(w->now);
        const struct unit *meant = unit_last(c, u->code, today);
        struct unit_part homes[HOMES_MOST];
        size_t count;

        if (meant == u || meant == NULL)
                return u->code;
        count = unit_restated(c, u, today, homes, HOMES_MOST);
        for (size_t i = 0; i < count && i < HOMES_MOST; i++)
                if (homes[i].unit == meant)
                        return u->code;
        return count == 1 ? homes[0].unit->code : node_unit(w->node);
}

/* Where a figure is gathered. The ministry tells everybody what is published. */
static struct part *part_of(struct figure_writer *fw, const struct figure *f)
{
        struct work *w = fw->work;
        bool is_public = f->status == STATUS_PUBLISHED && strcmp(node_unit(w->node), "VN") == 0;
        const struct unit *about = is_public ? NULL : f->unit;
        int64_t *place = map_put(fw->by_unit, &about, sizeof about, NULL);
        const char *audience;
        struct part *p = fw->parts;

        if (place == NULL) {
                arena_starve(w->arena);
                return NULL;
        }
        if (*place != 0)
                return (struct part *)(intptr_t)*place;
        audience = is_public ? AUDIENCE_ALL : figure_audience(w, fw->catalogue, about);
        while (p != NULL && strcmp(p->audience, audience) != 0)
                p = p->next;
        if (p == NULL) {
                p = arena_alloc(w->arena, sizeof *p);
                p->audience = audience;
                p->sight = figures_sight_open(w);
                buf_init(&p->block, ENTRY_MAX);
                p->next = fw->parts;
                fw->parts = p;
        }
        *place = (int64_t)(intptr_t)p;
        return p;
}

static bool entry_flush(struct figure_writer *fw, struct part *p)
{
        struct work *w = fw->work;
        struct jsonw json;
        char text[MOMENT_TEXT_MAX];

        if (p->in_entry == 0 || !work_ok(w))
                return work_ok(w);
        buf_reset(&fw->body);
        jsonw_init(&json, &fw->body);
        jsonw_object(&json);
        jsonw_member_text(&json, "source", fw->source);
        jsonw_member_text(&json, "status", figure_status_name(p->defaults.status));
        if (p->defaults.mark != MARK_NONE)
                jsonw_member_text(&json, "mark", figure_mark_name(p->defaults.mark));
        if (p->defaults.known_from != 0) {
                moment_write(text, p->defaults.known_from);
                jsonw_member_text(&json, "known_from", text);
        }
        if (!figures_sight_write(p->sight, &json))
                return false;
        jsonw_name(&json, "figures");
        jsonw_text_n(&json, p->block.data, p->block.length);
        jsonw_end(&json);
        figures_sight_reset(p->sight);
        if (p->block.is_starved)
                arena_starve(w->arena);
        if (!buf_ok(&p->block))
                return error_set(&w->err, ERR_TOO_BIG, "an entry would be over the limit of %zu bytes", ENTRY_MAX);
        if (!ledger_append(w, p->audience, "figures.report", fw->subject, &fw->body, NULL))
                return false;
        fw->total += p->in_entry;
        fw->waiting -= p->in_entry;
        p->in_entry = 0;
        buf_reset(&p->block);
        return true;
}

/* Keeps what waits in memory small, however many audiences a file has: the fullest goes. */
#define FIGURES_WAITING (4 * FIGURES_PER_ENTRY)

static bool fullest_flush(struct figure_writer *fw)
{
        struct part *fullest = fw->parts;

        for (struct part *p = fw->parts; p != NULL; p = p->next)
                if (p->in_entry > fullest->in_entry)
                        fullest = p;
        return entry_flush(fw, fullest);
}

/* An entry worth its own hash and row even if the next figures bring other defaults. */
#define FIGURES_WORTH_AN_ENTRY 500

bool figures_add(struct figure_writer *fw, const struct figure *f)
{
        struct part *p = work_ok(fw->work) && fw->catalogue != NULL ? part_of(fw, f) : NULL;
        bool is_usual;

        if (p == NULL)
                return false;
        is_usual = p->in_entry > 0 && f->status == p->defaults.status && f->mark == p->defaults.mark && f->known_from == p->defaults.known_from;
        /* "now" cannot be written behind another default, and saying a date on every line is wasteful */
        if (p->in_entry > 0 && !is_usual && ((f->known_from == 0 && p->defaults.known_from != 0) || p->in_entry >= FIGURES_WORTH_AN_ENTRY) &&
            !entry_flush(fw, p))
                return false;
        if (p->in_entry == 0) {
                p->defaults = *f;
                is_usual = true;
        }
        if (f->unit != p->last.unit || f->period != p->last.period || p->last_length == 0)
                p->last_length = unit_text(p->last_text, sizeof p->last_text, fw->catalogue, f->unit, f->period);
        line_write(&p->block, p->last_text, p->last_length, f, p->in_entry == 0 ? NULL : &p->last, !is_usual);
        if (!figures_sight_add(p->sight, f))
                return false;
        p->last = *f;
        fw->waiting++;
        if (++p->in_entry == FIGURES_PER_ENTRY || !buf_ok(&p->block))
                return entry_flush(fw, p);
        return fw->waiting < FIGURES_WAITING || fullest_flush(fw);
}

bool figures_close(struct figure_writer *fw, int64_t *count)
{
        bool ok = fw->catalogue != NULL;

        for (struct part *p = fw->parts; ok && p != NULL; p = p->next)
                ok = entry_flush(fw, p);
        if (count != NULL)
                *count = fw->total;
        writer_free(fw);
        return ok && work_ok(fw->work);
}

/* ---- who may see what ------------------------------------------------------------------------------------------ */

void figures_limit_to_reader(struct work *w, struct figure_query *q)
{
        const struct catalogue *c = catalogue_now(w);
        day today = day_of_moment(w->now);

        if (!user_may(w->user, MAY_READ)) {
                q->only_published = true;
                return;
        }
        if (w->user == &user_operator || c == NULL || unit_code_is_within(c, node_unit(w->node), w->user->unit, today))
                return;
        q->only_published = q->unit_count == 0;
        for (size_t i = 0; i < q->unit_count && !q->only_published; i++) {
                const struct unit *u = unit_read(c, q->units[i], today);

                q->only_published = u == NULL || !figure_may_report(c, w->user->unit, today, u);
        }
}
