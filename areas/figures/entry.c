/* entry.c - GET /figures/entry/{hash}: the signed entry behind a figure: what it is, who wrote it with which right, who approved it, and
 * the proof that it stands unaltered, for anybody to check. */
#include <string.h>

#include "areas/filed.h"
#include "areas/figures/page.h"
#include "areas/figures/pages.h"
#include "base/hex.h"
#include "form/form.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/proof.h"
#include "ledger/read.h"
#include "ledger/trust.h"
#include "report/table.h"

#define REASON_SHOWN 4000 /* bytes; no node of this program lets more be typed */

static const char *member(const struct entry *e, const char *name)
{
        const char *text = json_string_value(json_object_get(e->body, name));

        return text == NULL ? "" : text;
}

/* What the public sees figures or fields of, whoever's stream it came in: published figures, clusters. */
static bool is_seen_by_all(const struct entry *e)
{
        const char *status = member(e, "status");

        return strncmp(e->kind, "cluster.", 8) == 0 || (strcmp(e->kind, "figures.report") == 0 && (*status == '\0' || strcmp(status, "published") == 0));
}

/* The entry asked for, where the asker may read its stream: what is for everybody, or what lies in the asker's territory. Of others that the
 * public sees something of, the public sees what proves them and not what else they say: has_content is false then. */
static struct entry *asked(struct work *w, const struct request *r, bool *has_content)
{
        const char *hash = request_part(r, "hash");
        unsigned char bytes[HASH_BYTES];
        struct entry *e = hex_read(bytes, sizeof bytes, hash) ? ledger_entry_by_hash(w, hash) : NULL;
        const char *status;

        if (!work_ok(w))
                return NULL;
        if (e == NULL || strcmp(e->audience, AUDIENCE_LOCAL) == 0) {
                error_set(&w->err, ERR_MISSING, "no entry with the hash \"%s\" is known here", hash);
                return NULL;
        }
        *has_content = true;
        status = member(e, "status");
        if (strcmp(e->audience, AUDIENCE_ALL) == 0 && (*status == '\0' || strcmp(status, "published") == 0))
                return e;
        if (user_may(w->user, MAY_READ) && web_territory(w, strcmp(e->audience, AUDIENCE_ALL) == 0 ? node_unit(w->node) : e->audience))
                return e;
        *has_content = false;
        if (is_seen_by_all(e)) {
                error_clear(&w->err);
                return e;
        }
        if (work_ok(w))
                error_set(&w->err, ERR_DENIED, "this entry is not for the public");
        return NULL;
}

static void fact(struct work *w, struct entry_view *v, const char *name, const char *value)
{
        if (*value != '\0')
                v->facts[v->fact_count++] = (struct entry_fact){ work_text(w, name), value };
}

static bool keep_step(struct work *w, const struct entry *e, void *context)
{
        struct entry_view *v = context;
        const char *what = step_told(w, e);
        char at[64], hash[HASH_HEX];

        if (what == NULL)
                return true;
        moment_write_shown(at, stamp_moment(e->at), w->language);
        hex_write(hash, e->hash, HASH_BYTES);
        v->steps[v->step_count++] = (struct entry_step){ what, author_of(w, e), arena_text(w->arena, at),
                                                         arena_print(w->arena, "/figures/entry/%s", hash) };
        return v->step_count < ENTRY_STEPS;
}

/* Who approved it: the steps of its report; of figures in bulk, the writer's own right; of an entry that is kept only, nobody. */
static bool approvals(struct work *w, const struct entry *e, struct entry_view *v)
{
        v->not_applied = ledger_why_aside(w, e->id);
        if (v->not_applied != NULL)
                return true;
        v->steps = arena_array(w->arena, ENTRY_STEPS, sizeof *v->steps);
        if (strncmp(e->kind, "report.", 7) == 0)
                return ledger_subject_heads(w, e->subject, "report.", keep_step, v);
        v->approval = *e->author == '\0'
                              ? work_text(w, "Written by the node itself, on its own machine; its seal is the signature.")
                              : arena_print(w->arena, strcmp(e->kind, "figures.report") == 0
                                                              ? work_text(w, "Written and approved in one step: the role %s may import; every node that took it in checked that.")
                                                              : work_text(w, "Written and approved in one step: the role %s may do this; every node that took it in checked that."),
                                            work_text(w, role_title(role_by_name(e->role))));
        return true;
}

static const char *moment_said(struct work *w, moment m)
{
        char text[64];

        moment_write_shown(text, m, w->language);
        return arena_text(w->arena, text);
}

static struct buf *proof_of(struct work *w, const struct entry *e, const char *name)
{
        struct buf *b = arena_alloc(w->arena, sizeof *b);

        buf_init_with(b, PROOF_MAX + ENTRY_MAX, w->arena);
        return proof_write(w, e, name, b) ? b : NULL;
}

bool entry_page(struct work *w, const struct request *r, struct reply *reply)
{
        bool has_content = false;
        struct entry *e = asked(w, r, &has_content);
        struct entry_view v = { 0 };
        struct page page = { .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1 };
        char code[RECEIPT_CODE_MAX], hash[HASH_HEX];
        const struct unit *unit;
        const char *by, *kind;
        struct peer *writer;
        struct proof *proof;
        struct buf *bytes;

        if (e == NULL)
                return false;
        hex_write(hash, e->hash, HASH_BYTES);
        receipt_code(e->hash, code);
        reply->is_private = w->user->login[0] != '\0';
        bytes = proof_of(w, e, code);
        proof = bytes == NULL ? NULL : proof_read(w->arena, bytes->data, bytes->length, e->node, &w->err);
        if (proof == NULL && w->err.code != ERR_CONFLICT && w->err.code != ERR_TOO_BIG)
                return false;
        v.sealed = proof == NULL ? arena_text(w->arena, w->err.message)
                                 : arena_print(w->arena, work_text(w, "with entry %lld, at %s"), (long long)proof->sealed_seq,
                                               moment_said(w, stamp_moment(proof->sealed_at)));
        v.signature = proof == NULL ? "" : proof->signature;
        error_clear(&w->err);
        writer = trust_writer(w, e);
        unit = writer == NULL ? NULL : unit_at(catalogue_of(w), writer->unit, day_of_moment(stamp_moment(e->at)));
        v.facts = arena_array(w->arena, ENTRY_FACTS, sizeof *v.facts);
        kind = ledger_kind_said(w, e->kind);
        fact(w, &v, N_("Kind"), kind == NULL ? e->kind : arena_print(w->arena, "%s (%s)", kind, e->kind));
        fact(w, &v, N_("Source"), member(e, "source"));
        fact(w, &v, N_("Reason"), has_content ? entry_text_kept(w->arena, member(e, "reason"), REASON_SHOWN) : "");
        fact(w, &v, N_("Entered at"), moment_said(w, stamp_moment(e->at)));
        by = has_content || *e->author == '\0' ? author_of(w, e) : work_text(w, role_title(role_by_name(e->role)));
        fact(w, &v, N_("Author"), by);
        fact(w, &v, N_("Unit of the node"), unit != NULL ? (w->language == LANGUAGE_VI ? unit->full_name_vi : unit->full_name_en) : writer != NULL ? writer->unit : "");
        fact(w, &v, N_("Subject of the entry"), has_content ? e->subject : "");
        fact(w, &v, N_("Public key of the node"), e->node);
        fact(w, &v, N_("Place in its stream"), arena_print(w->arena, "%s/%s, %lld", arena_print(w->arena, "%.12s…", e->node), e->audience, (long long)e->seq));
        v.hash = arena_text(w->arena, hash);
        v.code = arena_text(w->arena, code);
        v.receipt_href = has_content && receipt_proves(e->kind) ? arena_print(w->arena, "/receipts/%s", code) : NULL;
        v.file = has_content ? arena_print(w->arena, "/figures/entry/%s/file", hash) : NULL;
        v.json = arena_print(w->arena, "/figures/entry/%s.json", hash);
        if (!approvals(w, e, &v))
                return false;
        if (request_suffix(r) == SUFFIX_JSON) {
                struct jsonw j;

                jsonw_init(&j, &reply->body);
                jsonw_object(&j);
                jsonw_member_text(&j, "entry", hash);
                jsonw_member_text(&j, "kind", e->kind);
                jsonw_member_text(&j, "source", member(e, "source"));
                jsonw_member_text(&j, "by", by);
                jsonw_member_text(&j, "role", e->role);
                jsonw_member_text(&j, "unit", writer == NULL ? NULL : writer->unit);
                jsonw_member_text(&j, "node", e->node);
                jsonw_member_text(&j, "stream", e->stream);
                jsonw_member_int(&j, "seq", e->seq);
                jsonw_member_text(&j, "receipt", code);
                jsonw_member_text(&j, "signature", v.signature);
                jsonw_member_int(&j, "sealed_with", proof == NULL ? 0 : proof->sealed_seq);
                jsonw_member_text(&j, "approval", v.approval);
                jsonw_member_text(&j, "not_applied", v.not_applied);
                jsonw_name(&j, "steps");
                jsonw_array(&j);
                for (size_t i = 0; i < v.step_count; i++) {
                        jsonw_object(&j);
                        jsonw_member_text(&j, "what", v.steps[i].what);
                        jsonw_member_text(&j, "by", v.steps[i].by);
                        jsonw_member_text(&j, "href", v.steps[i].href);
                        jsonw_end(&j);
                }
                jsonw_end(&j);
                jsonw_end(&j);
                buf_char(&reply->body, '\n');
                return work_ok(w);
        }
        page.title = arena_print(w->arena, work_text(w, "Entry %s"), code);
        page_begin(w, r, reply, &page);
        figures_entry_page(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

bool entry_file(struct work *w, const struct request *r, struct reply *reply)
{
        bool has_content = false;
        struct entry *e = asked(w, r, &has_content);
        char code[RECEIPT_CODE_MAX];
        struct buf *bytes;

        if (e == NULL)
                return false;
        if (!has_content)
                return error_set(&w->err, ERR_DENIED, "the whole entry is for those who may read its unit's stream");
        receipt_code(e->hash, code);
        bytes = proof_of(w, e, code);
        if (bytes == NULL)
                return false;
        reply->is_private = true;
        reply->content_type = "text/plain; charset=utf-8";
        reply->file_name = arena_print(w->arena, "entry-%s.txt", code);
        buf_put(&reply->body, bytes->data, bytes->length);
        return work_ok(w);
}
