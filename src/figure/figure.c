#include "figure/figure.h"

#include <stdio.h>
#include <string.h>

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

struct figure_writer {
        struct work *work;
        const struct catalogue *catalogue;
        const char *subject, *source;
        struct buf block, body;
        struct figure defaults; /* status, mark and known_from of the entry under way */
        int64_t in_entry, total;
        struct figures_sight *sight; /* for the entry under way */
        struct figure last;     /* the figure of the line before */
        char last_text[64];
        size_t last_length;
};

static void writer_free(void *handle)
{
        struct figure_writer *fw = handle;

        buf_clear(&fw->block);
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
        fw->sight = figures_sight_open(w);
        buf_init(&fw->block, ENTRY_MAX);
        buf_init(&fw->body, ENTRY_MAX);
        arena_on_free(w->arena, writer_free, fw);
        return fw;
}

/* The ministry tells everybody what is published, and what is not only those who keep its own streams. */
static const char *audience_of(const struct figure_writer *fw)
{
        const char *unit = node_unit(fw->work->node);

        return strcmp(unit, "VN") == 0 && fw->defaults.status == STATUS_PUBLISHED ? AUDIENCE_ALL : unit;
}

static bool entry_flush(struct figure_writer *fw)
{
        struct work *w = fw->work;
        struct jsonw json;
        char text[MOMENT_TEXT_MAX];

        if (fw->in_entry == 0 || !work_ok(w))
                return work_ok(w);
        buf_reset(&fw->body);
        jsonw_init(&json, &fw->body);
        jsonw_object(&json);
        jsonw_member_text(&json, "source", fw->source);
        jsonw_member_text(&json, "status", figure_status_name(fw->defaults.status));
        if (fw->defaults.mark != MARK_NONE)
                jsonw_member_text(&json, "mark", figure_mark_name(fw->defaults.mark));
        if (fw->defaults.known_from != 0) {
                moment_write(text, fw->defaults.known_from);
                jsonw_member_text(&json, "known_from", text);
        }
        if (!figures_sight_write(fw->sight, &json))
                return false;
        jsonw_name(&json, "figures");
        jsonw_text_n(&json, fw->block.data, fw->block.length);
        jsonw_end(&json);
        figures_sight_reset(fw->sight);
        if (fw->block.is_starved)
                arena_starve(w->arena);
        if (!buf_ok(&fw->block))
                return error_set(&w->err, ERR_TOO_BIG, "an entry would be over the limit of %zu bytes", ENTRY_MAX);
        if (!ledger_append(w, audience_of(fw), "figures.report", fw->subject, &fw->body, NULL))
                return false;
        fw->total += fw->in_entry;
        fw->in_entry = 0;
        buf_reset(&fw->block);
        return true;
}

/* An entry worth its own hash and row even if the next figures bring other defaults. */
#define FIGURES_WORTH_AN_ENTRY 500

bool figures_add(struct figure_writer *fw, const struct figure *f)
{
        bool is_usual = fw->in_entry > 0 && f->status == fw->defaults.status && f->mark == fw->defaults.mark &&
                        f->known_from == fw->defaults.known_from;

        if (!work_ok(fw->work) || fw->catalogue == NULL)
                return false;
        if (fw->in_entry > 0 && !is_usual) {
                /* "now" cannot be written behind another default, and saying a date on every line is wasteful */
                bool is_open = f->status == STATUS_PUBLISHED, was_open = fw->defaults.status == STATUS_PUBLISHED;

                if ((f->known_from == 0 && fw->defaults.known_from != 0) || fw->in_entry >= FIGURES_WORTH_AN_ENTRY ||
                    is_open != was_open) /* one entry has one audience */
                        if (!entry_flush(fw))
                                return false;
        }
        if (fw->in_entry == 0) {
                fw->defaults = *f;
                is_usual = true;
        }
        if (f->unit != fw->last.unit || f->period != fw->last.period || fw->last_length == 0)
                fw->last_length = unit_text(fw->last_text, sizeof fw->last_text, fw->catalogue, f->unit, f->period);
        line_write(&fw->block, fw->last_text, fw->last_length, f, fw->in_entry == 0 ? NULL : &fw->last, !is_usual);
        if (!figures_sight_add(fw->sight, f))
                return false;
        fw->last = *f;
        if (++fw->in_entry == FIGURES_PER_ENTRY)
                return entry_flush(fw);
        return buf_ok(&fw->block) || entry_flush(fw);
}

bool figures_close(struct figure_writer *fw, int64_t *count)
{
        bool ok = fw->catalogue != NULL && entry_flush(fw);

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
