/* report.c - what was filed by a report that was sent. */
#include <string.h>

#include "areas/receipt/receipt.h"
#include "form/form.h"
#include "ledger/read.h"

#define FIGURES_MOST 5000
#define FIELDS 6 /* indicator,unit,period,item,partner,value; what follows is not shown */
#define EXPLANATION_SHOWN 4000 /* bytes; no node of this program lets more be typed */
#define SAME "=" /* as in the line before */

struct naming {
        const struct filing *filing;
        struct arena *arena;
        enum language language;
        const struct catalogue *catalogue; /* or NULL */
        const struct form *form;           /* or NULL */
        const json_t *explanations;
        const struct receipt *receipt;     /* its unit and period are read */
        day on;
};

/* What a line says besides its value. */
struct place { const char *indicator, *unit, *period; };

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

static void name_figure(const struct naming *n, struct filed *f)
{
        const struct indicator *i = n->catalogue == NULL ? NULL : indicator_find(n->catalogue, f->indicator);
        const struct item *item = i == NULL || f->item[0] == '\0'
                                          ? NULL
                                          : item_at(n->catalogue, i->item_classification, f->item, n->on);
        const struct form_row *row = row_of(n, f, i);
        const char *explanation = NULL;

        f->value = filed_number(n->filing, f->plain, i == NULL ? 0 : i->shown);
        f->said = f->cell = row == NULL || row->id == NULL ? "" : row->id;
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
        f->explanation = explanation == NULL ? "" : entry_text_kept(n->arena, explanation, EXPLANATION_SHOWN);
}

/* ---- the block of figures ------------------------------------------------------------------------------ */

static bool take_over(const char **said, const char *before)
{
        if (strcmp(*said, SAME) == 0)
                *said = before;
        return *said != NULL && **said != '\0';
}

/* A figure of another unit or period than the report's is none of it by right: it is shown as what it is. */
static void name_place(const struct naming *n, const struct place *p, struct filed *f)
{
        const struct receipt *r = n->receipt;

        if ((strcmp(p->unit, r->unit) != 0 && strcmp(p->unit, r->unit_key) != 0) || strcmp(p->period, r->period) != 0)
                f->label = arena_print(n->arena, "%s (%s, %s)", f->label, p->unit, p->period);
}

/* One line, and the place of the line before, which becomes its own. */
static bool read_line(const struct naming *n, const char *line, size_t length, struct place *before, struct filed *f)
{
        const char *fields[FIELDS], *end = line + length;
        struct place place;
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
        if (count < FIELDS || fields[5][0] == '\0')
                return false;
        place = (struct place){ fields[0], fields[1], fields[2] };
        if (!take_over(&place.indicator, before->indicator) || !take_over(&place.unit, before->unit) || !take_over(&place.period, before->period))
                return false;
        *before = place;
        *f = (struct filed){ .indicator = place.indicator, .item = fields[3], .partner = fields[4], .plain = fields[5] };
        name_figure(n, f);
        name_place(n, &place, f);
        return true;
}

static bool read_figures(const struct naming *n, const char *block, struct receipt *r)
{
        struct place before = { NULL, NULL, NULL };
        size_t room = 0;

        for (const char *p = block; *p != '\0'; p++)
                room += *p == '\n';
        if (room + 1 > FIGURES_MOST)
                return false;
        r->figures = arena_array(n->arena, room + 1, sizeof *r->figures);
        while (*block != '\0') {
                size_t length = strcspn(block, "\n");

                if (length > 0 && !read_line(n, block, length, &before, &r->figures[r->figure_count++]))
                        return false;
                block += length + (block[length] == '\n');
        }
        return r->figure_count > 0;
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

/* Its annexes, by what the entry names them with: the node that holds each, and the SHA-256 of its content as it is kept (blob.h). */
static void read_annexes(const struct filing *f, struct receipt *r)
{
        json_t *list = json_object_get(f->entry->body, "attachments"), *name;
        size_t i;

        json_array_foreach(list, i, name) {
                const char *id = json_string_value(name), *slash = id == NULL ? NULL : strchr(id, '/');

                if (slash != NULL)
                        filed_fact(f, r, "attachment", arena_print(f->arena, text(f->language, "Attachment %lld, SHA-256 as kept"), (long long)i + 1), id, slash + 1);
        }
}

static bool read_report(const struct filing *f, struct receipt *r, struct error *err)
{
        const struct entry *e = f->entry;
        struct naming n = { .filing = f, .arena = f->arena, .language = f->language, .catalogue = f->catalogue,
                            .explanations = json_object_get(e->body, "explanations"), .receipt = r };
        const char *key;
        period covered;

        if (!report_subject_read(f->arena, e->subject, &r->form, &key, &covered))
                return error_set(err, ERR_INVALID, "what the file proves is no sent report but an entry of kind \"%s\"", e->kind);
        n.on = period_last(covered);
        n.form = f->catalogue == NULL ? NULL : form_find(f->catalogue, r->form, n.on);
        filed_unit(f, key, r);
        filed_period(f, covered, r);
        r->form_title = n.form == NULL ? r->form : form_title(n.form, f->language);
        r->version = json_integer_value(json_object_get(e->body, "version"));
        r->filled_by = filed_text(e, "filled_by");
        r->page = arena_print(f->arena, "/forms/%s/%s/%s?version=%lld", r->form, r->unit, r->period, (long long)r->version);
        read_annexes(f, r);
        return read_figures(&n, filed_text(e, "figures"), r) || error_set(err, ERR_INVALID, "the figures of the report cannot be read by this program");
}

/* ---- a decision between versions ------------------------------------------------------------------------ */

static bool read_decision(const struct filing *f, struct receipt *r, struct error *err)
{
        const struct entry *e = f->entry;
        struct naming n = { .filing = f, .arena = f->arena, .language = f->language, .catalogue = f->catalogue, .receipt = r };
        const char *block = filed_text(e, "figures"), *chosen = filed_text(e, "chosen"), *fields[3], *at = block;
        size_t i;
        const struct unit *about;
        size_t count = 0;
        json_t *one;
        period covered;

        for (const char *c = block; *c != '\0'; c++)
                count += *c == '\n';
        for (i = 0; i < 3; i++) { /* its first figure names unit and period */
                size_t length = strcspn(at, ",\n");

                fields[i] = arena_copy(f->arena, at, length);
                at += length + (at[length] == ',');
        }
        if (!period_read(fields[2], strlen(fields[2]), &covered))
                return error_set(err, ERR_INVALID, "the figures of the decision cannot be read by this program");
        n.on = period_last(covered);
        about = f->catalogue == NULL || strchr(fields[1], '@') != NULL ? NULL : unit_at(f->catalogue, fields[1], n.on);
        filed_unit(f, about == NULL ? fields[1] : about->key, r);
        filed_period(f, covered, r);
        r->form = "conflict";
        r->form_title = text(f->language, "Which of the versions counts that nodes had written without having seen each other");
        for (int list = 0; list < 2; list++)
                json_array_foreach(json_object_get(e->body, list == 0 ? "of" : "unpublished"), i, one)
                        if (json_is_string(one))
                                filed_fact(f, r, "version", text(f->language, "Entry that is a version"), json_string_value(one), json_string_value(one));
        filed_fact(f, r, "chosen", text(f->language, "Version chosen"), chosen, chosen);
        filed_fact(f, r, "reason", text(f->language, "Reason"), filed_text(e, "reason"), filed_text(e, "reason"));
        r->page = arena_print(f->arena, "/figures/entry/%s", r->hash);
        if (count > FIGURES_MOST - 1) { /* an import may have contradicted another in any number; the entry's file has them */
                const char *many = arena_print(f->arena, "%zu", count);

                filed_fact(f, r, "figures", text(f->language, "Figures decided, listed in the entry"), many, many);
                return true;
        }
        return read_figures(&n, block, r) || error_set(err, ERR_INVALID, "the figures of the decision cannot be read by this program");
}

static bool stays(struct work *w, const struct entry *e, struct receipt *r)
{
        (void)e;
        (void)r;
        return work_ok(w);
}

/* ---- for a node ------------------------------------------------------------------------------------------ */

/* Officials of the unit and of those above it. */
static bool may_read(struct work *w, const struct entry *e, const struct receipt *r)
{
        (void)e;
        return (user_may(w->user, MAY_READ) || error_set(&w->err, ERR_DENIED, "your role may not read reports")) && web_territory(w, r->unit);
}

/* Everybody, where it was published. */
static bool may_read_decision(struct work *w, const struct entry *e, const struct receipt *r)
{
        return strcmp(e->audience, AUDIENCE_ALL) == 0 || may_read(w, e, r);
}

/* The newest decision between versions that concerns one of them. */
struct deciding {
        struct arena *keep;
        const char *hash;
        stamp at; /* 0: none does */
        const char *chosen;
};

static bool names(const struct entry *decision, const char *member, const char *hash)
{
        const json_t *list = json_object_get(decision->body, member), *one;
        size_t i;

        json_array_foreach(list, i, one)
                if (json_is_string(one) && strcmp(json_string_value(one), hash) == 0)
                        return true;
        return false;
}

static bool take_decision(struct work *w, const struct entry *e, void *context)
{
        struct deciding *d = context;

        if (names(e, "of", d->hash) || names(e, "unpublished", d->hash)) {
                d->at = e->at;
                d->chosen = entry_text_kept(d->keep, filed_text(e, "chosen"), HASH_HEX);
        }
        return work_ok(w);
}

/* What the unit decided between it and what another node had written without having seen it. */
static bool ask_decision(struct work *w, const struct entry *e, struct receipt *r)
{
        struct deciding d = { .keep = w->arena, .hash = r->hash };
        const struct entry *chosen;
        char code[RECEIPT_CODE_MAX];
        const char *at;

        if (!ledger_subject(w, e->subject, "report.settle", take_decision, &d))
                return false;
        if (d.at == 0)
                return true;
        at = moment_shown(w->arena, stamp_moment(d.at), w->language);
        if (*d.chosen == '\0')
                r->since = arena_print(w->arena, work_text(w, "Nodes had written different things about the same figures: which of them counts was decided for each at %s"), at);
        else if (strcmp(d.chosen, r->hash) == 0)
                r->since = arena_print(w->arena, work_text(w, "Nodes had written different things about the same figures: this version was chosen at %s"), at);
        else
                r->since = arena_print(w->arena, work_text(w, "Nodes had written different things about the same figures: another version was chosen at %s"), at);
        chosen = *d.chosen == '\0' || strcmp(d.chosen, r->hash) == 0 ? NULL : ledger_entry_by_hash(w, d.chosen);
        if (chosen != NULL && receipt_kind_of(chosen->kind) != NULL) {
                receipt_code(chosen->hash, code);
                r->newer = arena_text(w->arena, code);
        }
        return work_ok(w);
}

static bool ask_since(struct work *w, const struct entry *e, struct receipt *r)
{
        struct rows *rows = db_query(w->db, "SELECT version, receipt FROM report_version WHERE subject = $1 ORDER BY version DESC, sent_at DESC LIMIT 1", ARGS(v_text(e->subject)));

        if (rows_next(rows)) {
                r->newest = rows_int(rows, 0);
                if (r->newest > r->version) {
                        r->newer = arena_text(w->arena, rows_text(rows, 1) == NULL ? "" : rows_text(rows, 1));
                        r->since = arena_print(w->arena, work_text(w, "It was corrected since: version %lld of the report was sent later"), (long long)r->newest);
                }
        }
        rows_close(rows);
        return work_ok(w) && (*r->since != '\0' || ask_decision(w, e, r));
}

const struct receipt_kind report_receipts[] = {
        { "report.send", N_("RECEIPT OF A REPORT"), N_("Form"), N_("Approved and sent by"), N_("Figures as filed"), NAV_FORMS, read_report, may_read, ask_since },
        { "figures.settle", N_("RECEIPT OF A DECISION"), N_("Decision"), N_("Who decided"), N_("Figures as decided"), NAV_STATUS, read_decision, may_read_decision, stays },
        { "report.settle", N_("RECEIPT OF A DECISION"), N_("Decision"), N_("Who decided"), N_("Figures as decided"), NAV_STATUS, read_decision, may_read_decision, stays },
        { .kind = NULL },
};
