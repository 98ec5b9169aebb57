/* show.c - a receipt as lines for a terminal and as JSON. */
#include <string.h>

#include "areas/receipt/receipt.h"
#include "format/jsonw.h"

#define SET_IN "        "

/* What others wrote, with its further lines set in: none of them looks like a line of the receipt. */
static const char *set_in(struct arena *a, const char *said)
{
        size_t lines = 0, n = 0;
        char *out;

        for (const char *p = said; *p != '\0'; p++)
                lines += *p == '\n' || *p == '\r';
        if (lines == 0)
                return said;
        out = arena_alloc(a, strlen(said) + lines * (sizeof SET_IN - 1) + 1);
        for (const char *p = said; *p != '\0'; p++) {
                if (*p == '\r' && p[1] == '\n')
                        continue;
                out[n++] = *p == '\r' ? '\n' : *p;
                if (out[n - 1] == '\n') {
                        memcpy(out + n, SET_IN, sizeof SET_IN - 1);
                        n += sizeof SET_IN - 1;
                }
        }
        out[n] = '\0';
        return out;
}

/* What a node knows of it; a file alone says nothing of that. */
static void write_standing(struct arena *a, const struct receipt *r, enum language l, struct buf *out)
{
        if (*r->aside != '\0')
                buf_print(out, text(l, "does not count: %s\n"), set_in(a, r->aside));
        if (*r->since != '\0')
                buf_print(out, *r->newer == '\0' ? text(l, "since then: %s\n") : text(l, "since then: %s (receipt %s)\n"), set_in(a, r->since), r->newer);
        if (*r->conflict != '\0')
                buf_print(out, text(l, "in an open conflict: another node wrote something else, which this did not know of (/conflicts/%s)\n"), r->conflict);
        if (*r->former != '\0')
                buf_print(out, r->was_ahead ? text(l, "takes the place of: receipt %s of %s, written again under a new key as the clock of its node had been ahead\n")
                                            : text(l, "takes the place of: receipt %s of %s, written again under a new key after its stream had forked\n"), r->former, r->former_at);
}

void receipt_write_text(struct arena *a, const struct receipt *r, enum language l, struct buf *out)
{
        buf_print(out, text(l, "Receipt %s\n"), r->code);
        buf_print(out, "%s: %s (%s)\n", text(l, r->kind->what), set_in(a, r->form_title), set_in(a, r->form));
        if (*r->about != '\0')
                buf_print(out, text(l, "about: %s (%s)\n"), set_in(a, r->about_said), set_in(a, r->about));
        buf_print(out, text(l, "unit: %s (%s)\n"), set_in(a, r->unit_name), set_in(a, r->unit_key));
        if (*r->period != '\0')
                buf_print(out, text(l, "period: %s (%s)\n"), r->period_name, r->period);
        if (r->version != 0)
                buf_print(out, text(l, "version: %lld\n"), (long long)r->version);
        buf_print(out, text(l, "sent at: %s\n"), r->sent_at);
        if (*r->filled_by != '\0')
                buf_print(out, text(l, "filled in by: %s\n"), set_in(a, r->filled_by));
        buf_print(out, "%s: %s (%s)\n", text(l, r->kind->who), set_in(a, r->sent_by), set_in(a, r->role));
        write_standing(a, r, l, out);
        for (size_t i = 0; i < r->fact_count; i++)
                buf_print(out, "%s: %s\n", set_in(a, r->facts[i].title), set_in(a, r->facts[i].value));
        if (r->figure_count > 0)
                buf_print(out, "%s:\n", text(l, r->kind->lines));
        for (size_t i = 0; i < r->figure_count; i++) {
                const struct filed *f = &r->figures[i];

                buf_print(out, "  %s%s%s: %s%s%s\n", set_in(a, f->said), f->said[0] == '\0' ? "" : " ", set_in(a, f->label), set_in(a, f->value),
                          f->measure[0] == '\0' ? "" : " ", set_in(a, f->measure));
                if (f->explanation[0] != '\0')
                        buf_print(out, text(l, "    explained: %s\n"), set_in(a, f->explanation));
        }
        buf_print(out, text(l, "hash of the entry: %s\n"), r->hash);
        buf_print(out, text(l, "node: %s\n"), r->node);
        buf_print(out, text(l, "seal: entry %lld of the stream, sealed with entry %lld at %s\n"), (long long)r->seq,
                  (long long)r->sealed_seq, r->sealed_at);
}

static void member_moment(struct jsonw *j, const char *name, moment m)
{
        char out[MOMENT_TEXT_MAX];

        moment_write(out, m);
        jsonw_member_text(j, name, out);
}

static void write_figures(struct jsonw *j, const struct receipt *r)
{
        jsonw_name(j, "figures");
        jsonw_array(j);
        for (size_t i = 0; i < r->figure_count; i++) {
                const struct filed *f = &r->figures[i];

                jsonw_object(j);
                jsonw_member_text(j, "cell", f->cell);
                jsonw_member_text(j, "label", f->label);
                jsonw_member_text(j, "indicator", f->indicator);
                jsonw_member_text(j, "item", f->item);
                jsonw_member_text(j, "partner", f->partner);
                jsonw_member_text(j, "value", f->plain);
                jsonw_member_text(j, "unit_of_measure", f->measure);
                jsonw_member_text(j, "explanation", f->explanation);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void write_facts(struct jsonw *j, const struct receipt *r)
{
        jsonw_name(j, "facts");
        jsonw_array(j);
        for (size_t i = 0; i < r->fact_count; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "name", r->facts[i].name);
                jsonw_member_text(j, "title", r->facts[i].title);
                jsonw_member_text(j, "value", r->facts[i].plain);
                jsonw_end(j);
        }
        jsonw_end(j);
}

void receipt_write_json(const struct receipt *r, bool is_public, struct buf *out)
{
        struct jsonw j;

        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_member_text(&j, "receipt", r->code);
        jsonw_member_text(&j, "kind", r->kind->kind);
        jsonw_member_text(&j, "form", r->form);
        jsonw_member_text(&j, "form_title", r->form_title);
        jsonw_member_text(&j, "unit", r->unit);
        jsonw_member_text(&j, "unit_name", r->unit_name);
        if (*r->period != '\0')
                jsonw_member_text(&j, "period", r->period);
        member_moment(&j, "sent_at", r->sent);
        if (r->is_asked)
                jsonw_member_bool(&j, "counts", *r->aside == '\0');
        if (*r->former != '\0')
                jsonw_member_text(&j, "takes_the_place_of", r->former);
        if (!is_public) {
                jsonw_member_text(&j, "unit_key", r->unit_key);
                if (*r->about != '\0')
                        jsonw_member_text(&j, "about", r->about);
                if (r->version != 0)
                        jsonw_member_int(&j, "version", r->version);
                if (r->newest != 0)
                        jsonw_member_int(&j, "newest_version", r->newest);
                if (*r->newer != '\0')
                        jsonw_member_text(&j, "newest_receipt", r->newer);
                if (*r->conflict != '\0')
                        jsonw_member_text(&j, "conflict", r->conflict);
                if (*r->since != '\0')
                        jsonw_member_text(&j, "since", r->since);
                if (*r->aside != '\0')
                        jsonw_member_text(&j, "does_not_count", r->aside);
                if (*r->filled_by != '\0')
                        jsonw_member_text(&j, "filled_by", r->filled_by);
                jsonw_member_text(&j, "sent_by", r->sent_by);
                jsonw_member_text(&j, "role", r->role);
                jsonw_member_text(&j, "entry", r->hash);
                jsonw_member_text(&j, "node", r->node);
                jsonw_name(&j, "seal");
                jsonw_object(&j);
                jsonw_member_int(&j, "entry_seq", r->seq);
                jsonw_member_int(&j, "seq", r->sealed_seq);
                member_moment(&j, "at", r->sealed);
                jsonw_member_text(&j, "signature", r->signature);
                jsonw_end(&j);
                write_facts(&j, r);
                write_figures(&j, r);
        }
        jsonw_end(&j);
        buf_char(out, '\n');
}
