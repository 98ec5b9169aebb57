/* report_receipt.c - what was filed by a signed report on clusters, and what became of it. */
#include <string.h>

#include "areas/cluster/report.h"
#include "ledger/read.h"

/* Signed are all decimals there can be; people read those that say something, as on the page of the report. */
static const char *number_said(const struct filing *f, const char *plain, const struct report_row *row)
{
        size_t length = strlen(plain);

        while (strchr(plain, '.') != NULL && length > 0 && plain[length - 1] == '0')
                length--;
        length -= length > 0 && plain[length - 1] == '.';
        return filed_number(f, arena_copy(f->arena, plain, length), row != NULL && row->decimals > 0);
}

static void line_add(const struct filing *f, struct receipt *r, const char *id, const char *said, const char *plain, const struct report_row *row)
{
        r->figures[r->figure_count++] = (struct filed){
                .cell = id, .said = said, .label = row == NULL ? "" : text_in(f->language, row->title_vi, row->title_en), .indicator = "", .item = "", .partner = "", .explanation = "",
                .plain = plain, .value = number_said(f, plain, row), .measure = row == NULL ? "" : text_in(f->language, row->unit_vi, row->unit_en) };
}

/* In the order of the form; rows that this program's form does not have stand last. */
static void lines_read(const struct filing *f, struct receipt *r, const struct report_form *form)
{
        json_t *cells = json_object_get(f->entry->body, "cells"), *value;
        const char *id;

        r->figures = arena_array(f->arena, json_object_size(cells) + 1, sizeof *r->figures);
        for (size_t i = 0; form != NULL && i < form->row_count; i++) {
                const char *plain = json_string_value(json_object_get(cells, form->rows[i].id));

                if (plain != NULL)
                        line_add(f, r, form->rows[i].id, report_row_said(f->arena, form, (int)i), plain, &form->rows[i]);
        }
        json_object_foreach(cells, id, value)
                if (json_is_string(value) && (form == NULL || report_row_find(form, id) < 0))
                        line_add(f, r, id, id, json_string_value(value), NULL);
}

static bool read_report(const struct filing *f, struct receipt *r, struct error *err)
{
        const struct entry *e = f->entry;
        const char *period_text = filed_text(e, "period"), *about = filed_text(e, "about"), *title = filed_text(e, "title"), *fault;
        const struct cluster_rules *rules = f->catalogue == NULL ? NULL : cluster_rules_in(f->catalogue, &fault);
        const struct report_form *form;
        period p;

        r->form = filed_text(e, "form");
        form = rules == NULL ? NULL : report_form_find(rules, r->form);
        if (*r->form == '\0' || *about == '\0' || !json_is_object(json_object_get(e->body, "cells")) || !period_read(period_text, strlen(period_text), &p))
                return error_set(err, ERR_INVALID, "the report on clusters cannot be read by this program");
        r->form_title = form == NULL ? r->form : arena_print(f->arena, "%s · %s", form->id, text_in(f->language, form->title_vi, form->title_en));
        filed_unit(f, filed_text(e, "unit"), r);
        filed_period(f, p, r);
        if (strcmp(about, r->unit_key) != 0) {
                r->about = about;
                r->about_said = *title == '\0' ? about : title;
        }
        filed_fact(f, r, "remark", text(f->language, "Remark"), filed_text(e, "remark"), filed_text(e, "remark"));
        lines_read(f, r, form);
        r->page = arena_print(f->arena, "/clusters/reports/%s/%s/%s", r->form, about, r->period);
        return true;
}

/* Who may see the report. Of one about what the register no longer has: officials of those it was written for. */
static bool may_read(struct work *w, const struct entry *e, const struct receipt *r)
{
        if (report_about_asked(w, r->form, filed_text(e, "about"), r->period) != NULL)
                return true;
        if ((w->err.code != ERR_MISSING && w->err.code != ERR_INVALID) || !user_may(w->user, MAY_READ))
                return false;
        error_clear(&w->err);
        return web_territory(w, e->audience);
}

/* What took the place of a report: another one, or a decision between signed versions. */
static const char *followed_said(struct work *w, const struct entry *e, const struct receipt *r, const struct entry *newer)
{
        const char *at = moment_shown(w->arena, stamp_moment(newer->at), w->language), *chosen = filed_text(newer, "chosen");
        const json_t *of = json_object_get(newer->body, "of"), *hash;
        bool is_about = false;
        size_t i;

        json_array_foreach(of, i, hash)
                is_about |= json_is_string(hash) && strcmp(json_string_value(hash), r->hash) == 0;
        if (is_about)
                return arena_print(w->arena, strcmp(chosen, r->hash) == 0 ? work_text(w, "Nodes had signed different versions of this report: this one was chosen at %s")
                                                                          : work_text(w, "Nodes had signed different versions of this report: another one was chosen at %s"), at);
        if (newer->at > e->at)
                return arena_print(w->arena, work_text(w, "It was corrected since: the report was signed again at %s"), at);
        return strcmp(filed_text(newer, "unit"), filed_text(e, "unit")) == 0
                       ? work_text(w, "Another node had signed the same before: the report counts once")
                       : work_text(w, "It does not count: the register says that this is for another unit to report, whose report counts");
}

/* Of reports of one thing and period one counts: the one that stands of the unit whose the thing is. */
static bool ask_since(struct work *w, const struct entry *e, struct receipt *r)
{
        const char *period_text = filed_text(e, "period");
        period p = 0;
        struct rows *rows;
        struct entry *newer = NULL;
        int64_t entry = 0, counts = 0;

        if (contest_of_entry(w, e->id) != NULL) {
                r->since = work_text(w, "Another signed version stands against it, from a node that had not seen this one: the leader of the unit decides between them");
                return work_ok(w);
        }
        period_read(period_text, strlen(period_text), &p);
        rows = db_query(w->db, "SELECT entry, counts FROM cluster_report WHERE form = $1 AND about = $2 AND period = $3 ORDER BY counts DESC, at DESC, rank DESC LIMIT 1",
                        ARGS(v_text(r->form), v_text(filed_text(e, "about")), v_int(p)));
        if (rows_next(rows)) {
                entry = rows_int(rows, 0);
                counts = rows_int(rows, 1);
        }
        rows_close(rows);
        if (entry != 0 && entry != e->id)
                newer = ledger_entry(w, entry);
        if (newer != NULL) {
                char code[RECEIPT_CODE_MAX];

                receipt_code(newer->hash, code);
                r->newer = arena_text(w->arena, code);
                r->since = followed_said(w, e, r, newer);
        } else if (counts == 0) {
                r->since = work_text(w, "It does not count: the register says that this is for another unit to report");
        }
        return work_ok(w);
}

const struct receipt_kind cluster_receipts[] = {
        { "cluster.report", N_("RECEIPT OF A REPORT ON CLUSTERS"), N_("Form"), N_("Signed by"), N_("Figures as filed"), NAV_CLUSTERS, read_report, may_read, ask_since },
        { "cluster.report.settle", N_("RECEIPT OF A REPORT ON CLUSTERS"), N_("Form"), N_("Signed by"), N_("Figures as filed"), NAV_CLUSTERS, read_report, may_read, ask_since },
        { .kind = NULL },
};
