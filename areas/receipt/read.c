/* read.c - from a signed entry to what people read. */
#include <string.h>

#include "areas/receipt/receipt.h"
#include "base/decimal.h"
#include "base/hex.h"
#include "ledger/read.h"

#define FIGURES_MOST 5000
#define FIELDS 6 /* indicator,unit,period,item,partner,value; what follows is not shown */

struct naming {
        struct arena *arena;
        enum language language;
        const struct catalogue *catalogue; /* or NULL */
        const struct form *form;           /* or NULL */
        const json_t *explanations;
        day on;
};

static const char *body_text(const struct entry *e, const char *name)
{
        const char *value = json_string_value(json_object_get(e->body, name));

        return value == NULL ? "" : value;
}

/* ---- names of one figure ----------------------------------------------------------------------------- */

/* The empty code and the root of the classification both mean the whole. */
static bool is_same_item(const struct naming *n, const char *classification, const char *a, const char *b)
{
        const struct classification *k = classification_find(n->catalogue, classification);

        if (k != NULL && k->root != NULL) {
                a = strcmp(a, k->root) == 0 ? "" : a;
                b = strcmp(b, k->root) == 0 ? "" : b;
        }
        return strcmp(a, b) == 0;
}

static const struct form_row *row_of(const struct naming *n, const struct filed *f, const struct indicator *i)
{
        const struct form_row *rows;
        size_t count = n->form == NULL || i == NULL ? 0 : form_rows(n->form, &rows);

        for (size_t k = 0; k < count; k++) {
                const struct form_row *row = &rows[k];

                if (row->indicator != NULL && strcmp(row->indicator->id, i->id) == 0 &&
                    is_same_item(n, i->item_classification, row->item, f->item) &&
                    is_same_item(n, i->partner_classification, row->partner, f->partner))
                        return row;
        }
        return NULL;
}

/* Decimals as they were signed, at least those that are usual for the indicator. */
static const char *shown(const struct naming *n, const char *plain, int usual)
{
        const char *point = strchr(plain, '.');
        int decimals = point == NULL ? 0 : (int)strlen(point + 1);
        char out[DECIMAL_TEXT_MAX];
        int64_t value;

        if (decimals < usual)
                decimals = usual;
        if (decimals > DECIMAL_MAX_DECIMALS ||
            decimal_read(plain, strlen(plain), decimals, &value, NULL) != DECIMAL_OK)
                return plain;
        decimal_write_shown(out, value, decimals, decimals, n->language);
        return arena_text(n->arena, out);
}

static void name_figure(const struct naming *n, struct filed *f)
{
        const struct indicator *i = n->catalogue == NULL ? NULL : indicator_find(n->catalogue, f->indicator);
        const struct item *item = i == NULL || f->item[0] == '\0'
                                          ? NULL
                                          : item_at(n->catalogue, i->item_classification, f->item, n->on);
        const struct form_row *row = row_of(n, f, i);
        const char *explanation = NULL;

        f->value = shown(n, f->plain, i == NULL ? 0 : i->shown);
        f->cell = row == NULL || row->id == NULL ? "" : row->id;
        f->measure = i == NULL ? "" : indicator_measure(n->catalogue, i, f->item, n->on, n->language);
        if (row != NULL)
                f->label = text_in(n->language, row->label_vi, row->label_en);
        else if (i == NULL)
                f->label = arena_print(n->arena, "%s%s%s%s%s", f->indicator, f->item[0] == '\0' ? "" : " ", f->item,
                                       f->partner[0] == '\0' ? "" : " ", f->partner);
        else
                f->label = arena_print(n->arena, "%s%s%s", text_in(n->language, i->name_vi, i->name_en),
                                       f->item[0] == '\0' ? "" : ": ",
                                       item == NULL ? f->item : text_in(n->language, item->name_vi, item->name_en));
        if (f->cell[0] != '\0')
                explanation = json_string_value(json_object_get(n->explanations, f->cell));
        f->explanation = explanation == NULL ? "" : explanation;
}

/* ---- the block of figures ------------------------------------------------------------------------------ */

/* One line; "=" repeats what the line before had. */
static bool read_line(const struct naming *n, const char *line, size_t length, const struct filed *before,
                      struct filed *f)
{
        const char *fields[FIELDS], *end = line + length;
        int count = 0;

        while (count < FIELDS) {
                const char *comma = memchr(line, ',', (size_t)(end - line));
                size_t one = (size_t)((comma == NULL ? end : comma) - line);

                fields[count++] = arena_copy(n->arena, line, one);
                line += one;
                if (line == end)
                        break;
                line++;
        }
        if (count < FIELDS || fields[0][0] == '\0' || fields[5][0] == '\0')
                return false;
        if (strcmp(fields[0], "=") == 0 && before == NULL)
                return false;
        *f = (struct filed){ .indicator = strcmp(fields[0], "=") == 0 ? before->indicator : fields[0],
                             .item = fields[3], .partner = fields[4], .plain = fields[5] };
        name_figure(n, f);
        return true;
}

static bool read_figures(const struct naming *n, const char *block, struct receipt *r)
{
        size_t room = 0;

        for (const char *p = block; *p != '\0'; p++)
                room += *p == '\n';
        if (room + 1 > FIGURES_MOST)
                return false;
        r->figures = arena_array(n->arena, room + 1, sizeof *r->figures);
        while (*block != '\0') {
                size_t length = strcspn(block, "\n");
                const struct filed *before = r->figure_count == 0 ? NULL : &r->figures[r->figure_count - 1];

                if (length > 0 && !read_line(n, block, length, before, &r->figures[r->figure_count++]))
                        return false;
                block += length + (block[length] == '\n');
        }
        return r->figure_count > 0;
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

static const char *moment_text(struct arena *a, moment m, enum language language)
{
        char out[DAY_SHOWN_MAX];

        moment_write_shown(out, m, language);
        return arena_text(a, out);
}

/* An office files for a province; what stands below is named by the place. */
static const char *name_of_unit(const struct naming *n, const struct unit *u, const char *code)
{
        if (u == NULL)
                return code;
        if (u->level == LEVEL_PROVINCE)
                return arena_print(n->arena, text(n->language, "Department of Industry and Trade of %s"),
                                   text_in(n->language, u->name_vi, u->name_en));
        return text_in(n->language, u->full_name_vi, u->full_name_en);
}

static void name_record(struct naming *n, struct receipt *r, period p)
{
        const struct unit *u = n->catalogue == NULL ? NULL : unit_by_key(n->catalogue, r->unit_key);
        char out[64];

        n->on = period_last(p);
        n->form = n->catalogue == NULL ? NULL : form_find(n->catalogue, r->form, n->on);
        r->unit = arena_copy(n->arena, r->unit_key, strcspn(r->unit_key, "@"));
        r->unit_name = name_of_unit(n, u, r->unit);
        r->form_title = n->form == NULL ? r->form : form_title(n->form, n->language);
        period_write(out, p);
        r->period = arena_text(n->arena, out);
        period_write_shown(out, sizeof out, p, n->language);
        r->period_name = arena_text(n->arena, out);
        r->report = arena_print(n->arena, "/forms/%s/%s/%s?version=%lld", r->form, r->unit, r->period,
                                (long long)r->version);
}

struct receipt *receipt_of(struct arena *a, enum language language, const struct catalogue *c, const struct proof *p,
                           struct error *err)
{
        struct naming n = { .arena = a, .language = language, .catalogue = c };
        struct receipt *r = arena_alloc(a, sizeof *r);
        const struct entry *e = p->entry;
        char code[RECEIPT_CODE_MAX], hash[HASH_HEX];
        enum role role = role_by_name(e->role);
        period covered;

        if (strcmp(e->kind, "report.send") != 0 ||
            !report_subject_read(a, e->subject, &r->form, &r->unit_key, &covered)) {
                error_set(err, ERR_INVALID, "what the file proves is no sent report but an entry of kind \"%s\"", e->kind);
                return NULL;
        }
        receipt_code(e->hash, code);
        if (strcmp(code, p->name) != 0) {
                error_set(err, ERR_DAMAGED, "line 1 was altered: the receipt's code is %s and not \"%s\"", code, p->name);
                return NULL;
        }
        hex_write(hash, e->hash, HASH_BYTES);
        r->code = arena_text(a, code);
        r->hash = arena_text(a, hash);
        r->version = json_integer_value(json_object_get(e->body, "version"));
        r->filled_by = body_text(e, "filled_by");
        r->sent_by = body_text(e, "by")[0] == '\0' ? e->author : body_text(e, "by");
        r->role = role == ROLE_COUNT ? e->role : text(language, role_title(role));
        r->node = e->node;
        r->sent = stamp_moment(e->at);
        r->sent_at = moment_text(a, r->sent, language);
        r->sealed = stamp_moment(p->sealed_at);
        r->sealed_at = moment_text(a, r->sealed, language);
        r->seq = e->seq;
        r->sealed_seq = p->sealed_seq;
        r->entries = p->entries;
        r->signature = p->signature;
        n.explanations = json_object_get(e->body, "explanations");
        name_record(&n, r, covered);
        if (!read_figures(&n, body_text(e, "figures"), r)) {
                error_set(err, ERR_INVALID, "the figures of the report cannot be read by this program");
                return NULL;
        }
        return r;
}

/* What is proved stays; but it may have been corrected since. */
static void find_newest(struct work *w, const char *subject, struct receipt *r)
{
        struct rows *rows = db_query(w->db, "SELECT version, receipt FROM report_version WHERE subject = $1 ORDER BY version DESC, sent_at DESC LIMIT 1", ARGS(v_text(subject)));

        if (rows_next(rows)) {
                r->newest = rows_int(rows, 0);
                r->newest_code = arena_text(w->arena, rows_text(rows, 1) == NULL ? "" : rows_text(rows, 1));
        }
        rows_close(rows);
}

struct receipt *receipt_load(struct work *w, const char *typed, struct buf *file)
{
        const struct catalogue *c = catalogue_of(w);
        int64_t id = c == NULL ? 0 : receipt_find(w, typed);
        const struct entry *e = id == 0 ? NULL : ledger_entry(w, id);
        char code[RECEIPT_CODE_MAX];
        const struct proof *p;
        struct receipt *r;

        if (e == NULL || !work_ok(w))
                return NULL;
        receipt_code(e->hash, code);
        if (!proof_write(w, e, code, file))
                return NULL;
        p = proof_read(w->arena, file->data, file->length, e->node, &w->err);
        r = p == NULL ? NULL : receipt_of(w->arena, w->language, c, p, &w->err);
        if (r != NULL)
                find_newest(w, e->subject, r);
        return work_ok(w) ? r : NULL;
}
