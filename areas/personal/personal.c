/* personal.c - what this node holds about persons: shown, proven, erased. */
#include "areas/personal/personal.h"

#include <string.h>

#include "areas/personal/pages.h"
#include "base/hex.h"
#include "form/form.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/proof.h"
#include "ledger/read.h"
#include "report/table.h"

#define PERSONS_AT_ONCE 200
#define SHORT_ID 9      /* signs of an id that a list shows */
#define SHORT_HASH 12

/* ---- who may see it ------------------------------------------------------------------------------------------ */

static bool is_within(struct work *w, const char *unit, const char *territory)
{
        const struct catalogue *c = catalogue_of(w);

        return strcmp(unit, territory) == 0 || (c != NULL && unit_code_is_within(c, unit, territory, day_of_moment(w->now)));
}

static bool may_see(struct work *w, const struct blob *person)
{
        return w->user == &user_operator || is_within(w, person->unit, w->user->unit);
}

static bool may_erase(struct work *w, const struct blob *person)
{
        return user_may(w->user, MAY_SEND) && may_see(w, person) && is_within(w, person->unit, node_unit(w->node));
}

/* ---- in words ------------------------------------------------------------------------------------------------- */

static const char *unit_shown(struct work *w, const char *code)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_at(c, code, day_of_moment(w->now));

        return u == NULL ? code : unit_name_dated(w, u);
}

/* The record a file belongs to; *href gets the address of its page, or NULL. */
static const char *record_shown(struct work *w, const struct blob *b, const char **href)
{
        const char *id, *unit_key, *at;
        char shown[64], text[PERIOD_TEXT_MAX];
        const struct form *form;
        period p;

        *href = NULL;
        if (b->of[0] == '\0')
                return work_text(w, N_("no record"));
        if (!report_subject_read(w->arena, b->of, &id, &unit_key, &p) || catalogue_of(w) == NULL ||
            (form = form_find(catalogue_of(w), id, period_last(p))) == NULL)
                return b->of;
        at = strchr(unit_key, '@');
        period_write(text, p);
        period_write_said(shown, sizeof shown, p, w->language);
        *href = arena_print(w->arena, "/forms/%s/%.*s/%s", id, at == NULL ? (int)strlen(unit_key) : (int)(at - unit_key), unit_key,
                            text);
        return arena_print(w->arena, "%s, %s", form_title(form, w->language), shown);
}

static const char *state_of(const struct blob *b)
{
        return b->is_erased ? "erased" : b->is_here ? "here" : b->is_wanted ? "waiting" : "elsewhere";
}

static void state_shown(struct work *w, const struct blob *b, const char **state, const char **css)
{
        *css = b->is_erased ? "chip" : b->is_here ? "chip ok" : "chip info";
        *state = b->is_erased ? work_text(w, N_("erased")) : b->is_here ? work_text(w, N_("at this node"))
                                                                       : work_text(w, N_("at another node"));
}

static const char *type_shown(struct work *w, const char *type)
{
        const struct blob_type *t = blob_type_of(type);

        return t == NULL ? type : work_text(w, t->title);
}

static void held_fill(struct work *w, const struct blob *b, struct held_shown *out)
{
        *out = (struct held_shown){ .blob = b, .since = moment_shown(w->arena, b->added_at, w->language) };
        out->name = b->name != NULL ? b->name : arena_print(w->arena, work_text(w, N_("file %.8s…")), b->id);
        out->about = arena_print(w->arena, "%s · %lld kB", type_shown(w, b->type), (long long)(b->size + 999) / 1000);
        out->record = record_shown(w, b, &out->href);
        state_shown(w, b, &out->state, &out->css);
}

static void person_begin(struct work *w, const struct blob *b, struct person_shown *p, size_t room)
{
        *p = (struct person_shown){ .person = b, .id = b->id, .short_id = arena_copy(w->arena, b->id, SHORT_ID),
                                    .href = arena_print(w->arena, "/personal/%s", b->id), .unit = unit_shown(w, b->unit),
                                    .since = moment_shown(w->arena, b->added_at, w->language), .records = "",
                                    .is_erased = b->is_erased, .may_erase = !b->is_erased && may_erase(w, b),
                                    .erased_at = moment_shown(w->arena, b->erased_at, w->language),
                                    .held = arena_array(w->arena, room, sizeof *p->held) };
        state_shown(w, b, &p->state, &p->css);
}

/* Persons with what names them, of what is held; those the asker may not see are left out. */
static struct person_shown *persons_of(struct work *w, const struct blob *all, size_t count, size_t *persons)
{
        struct person_shown *list = arena_array(w->arena, count + 1, sizeof *list), *last = NULL;

        *persons = 0;
        for (size_t i = 0; i < count && work_ok(w); i++) {
                const struct blob *b = &all[i];

                if (blob_is_person(b)) {
                        if ((last != NULL && strcmp(last->id, b->id) == 0) || !may_see(w, b))
                                continue;
                        last = &list[(*persons)++];
                        person_begin(w, b, last, count - i);
                } else if (last != NULL && strcmp(last->id, b->person) == 0) {
                        struct held_shown *h = &last->held[last->held_count++];

                        held_fill(w, b, h);
                        if (strstr(last->records, h->record) == NULL)
                                last->records = arena_print(w->arena, "%s%s%s", last->records, last->records[0] == '\0' ? "" : "; ",
                                                            h->record);
                }
        }
        return work_ok(w) ? list : NULL;
}

/* ---- the entries that say so --------------------------------------------------------------------------------------- */

/* Whether an entry stands unaltered in a chain that its node has sealed, as whoever has only its proof would find. */
static void proof_fill(struct work *w, int64_t id, const char *what, struct proof_shown *out)
{
        struct entry *e = ledger_entry(w, id);
        struct error wrong = { .language = w->language };
        char hash[HASH_HEX];
        struct buf proof;

        *out = (struct proof_shown){ .what = what, .entry = "", .by = "", .at = "" };
        if (e == NULL) {
                out->fault = work_ok(w) ? work_text(w, N_("the entry is missing")) : arena_text(w->arena, w->err.message);
                error_clear(&w->err);
                return;
        }
        hex_write(hash, e->hash, sizeof e->hash);
        *out = (struct proof_shown){ .what = what, .entry = arena_copy(w->arena, hash, SHORT_HASH),
                                     .by = author_said(w, e->author),
                                     .at = moment_shown(w->arena, stamp_moment(e->at), w->language) };
        buf_init_with(&proof, PROOF_MAX, w->arena);
        if (!proof_write(w, e, out->entry, &proof)) {
                out->fault = arena_text(w->arena, w->err.message);
                error_clear(&w->err); /* it is what the page tells */
        } else if (proof_read(w->arena, proof.data, proof.length, e->node, &wrong) == NULL) {
                out->fault = arena_text(w->arena, wrong.message);
        }
        buf_clear(&proof);
}

static bool prove(struct work *w, struct person_shown *p)
{
        proof_fill(w, p->person->entry, work_text(w, N_("The person was recorded")), &p->proofs[p->proof_count++]);
        if (p->person->erased_entry != 0 && work_ok(w))
                proof_fill(w, p->person->erased_entry, work_text(w, N_("The person was erased")), &p->proofs[p->proof_count++]);
        return work_ok(w);
}

/* ---- for programs --------------------------------------------------------------------------------------------------- */

static void member_at(struct jsonw *j, const char *name, moment at)
{
        char text[MOMENT_TEXT_MAX];

        moment_write(text, at);
        jsonw_member_text(j, name, text);
}

static void person_json(struct jsonw *j, const struct person_shown *p)
{
        jsonw_object(j);
        jsonw_member_text(j, "person", p->id);
        jsonw_member_text(j, "node", p->person->node);
        jsonw_member_text(j, "unit", p->person->unit);
        jsonw_member_text(j, "audience", p->person->audience);
        jsonw_member_text(j, "state", state_of(p->person));
        member_at(j, "since", p->person->added_at);
        jsonw_member_bool(j, "may_erase", p->may_erase);
        jsonw_name(j, "held");
        jsonw_array(j);
        for (size_t i = 0; i < p->held_count; i++) {
                const struct blob *b = p->held[i].blob;

                jsonw_object(j);
                jsonw_member_text(j, "node", b->node);
                jsonw_member_text(j, "id", b->id);
                jsonw_member_text(j, "name", b->name);
                jsonw_member_text(j, "type", b->type);
                jsonw_member_int(j, "size", b->size);
                jsonw_member_text(j, "of", b->of);
                jsonw_member_text(j, "state", state_of(b));
                member_at(j, "since", b->added_at);
                jsonw_end(j);
        }
        jsonw_end(j);
        if (p->is_erased) {
                jsonw_name(j, "erased");
                jsonw_object(j);
                member_at(j, "at", p->person->erased_at);
                jsonw_member_text(j, "by", p->person->erased_by);
                jsonw_member_text(j, "why", p->person->erased_why);
                jsonw_member_text(j, "basis", p->person->erased_basis);
                jsonw_end(j);
        }
        if (p->proof_count > 0) {
                jsonw_name(j, "entries");
                jsonw_array(j);
                for (size_t i = 0; i < p->proof_count; i++) {
                        jsonw_object(j);
                        jsonw_member_text(j, "entry", p->proofs[i].entry);
                        jsonw_member_text(j, "kind", i == 0 ? "blob.person" : "blob.erase");
                        jsonw_member_text(j, "author", p->proofs[i].by);
                        jsonw_member_bool(j, "is_proven", p->proofs[i].fault == NULL);
                        jsonw_member_text(j, "fault", p->proofs[i].fault);
                        jsonw_end(j);
                }
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void row_write(struct table *table, const struct person_shown *p, const struct blob *b)
{
        bool is_person = b == p->person;
        struct cell cells[] = { cell_text(p->id), cell_text(p->person->unit), cell_text(is_person ? "person" : "file"),
                                is_person ? cell_empty() : cell_text(b->id), b->name == NULL ? cell_empty() : cell_text(b->name),
                                b->of[0] == '\0' ? cell_empty() : cell_text(b->of), cell_moment(b->added_at), cell_text(state_of(b)),
                                b->is_erased ? cell_moment(b->erased_at) : cell_empty(),
                                b->is_erased ? cell_text(b->erased_by) : cell_empty(),
                                b->is_erased ? cell_text(b->erased_why) : cell_empty(),
                                b->is_erased ? cell_text(b->erased_basis) : cell_empty() };

        table_row(table, cells);
}

/* All that is held about one (a const char * with its id), or about everybody (NULL): whole, never cut. */
static bool write_rows(struct work *w, struct table *table, void *id)
{
        const char *after = "";
        size_t count = 0, persons, rows;

        do {
                const struct blob *all = id != NULL ? blob_about(w, id, &count) : blob_persons_after(w, after, PERSONS_AT_ONCE, &count);
                const struct person_shown *list = all == NULL ? NULL : persons_of(w, all, count, &persons);

                if (list == NULL)
                        return false;
                for (size_t i = 0; i < persons; i++) {
                        row_write(table, &list[i], list[i].person);
                        for (rows = 0; rows < list[i].held_count; rows++)
                                row_write(table, &list[i], list[i].held[rows].blob);
                }
                for (size_t i = 0; i < count; i++)
                        if (blob_is_person(&all[i]))
                                after = all[i].id;
        } while (id == NULL && count > 0);
        return work_ok(w);
}

static bool table_of(struct work *w, const struct request *q, struct reply *reply, const char *id)
{
        struct page page = { .title = work_text(w, N_("Personal data")), .nav = NAV_STATUS };
        const struct column columns[] = {
                { "person", N_("Person"), NULL, CELL_TEXT }, { "unit", N_("Unit"), NULL, CELL_TEXT },
                { "what", N_("What"), NULL, CELL_TEXT },     { "file", N_("File"), NULL, CELL_TEXT },
                { "name", N_("Name"), NULL, CELL_TEXT },     { "of", N_("For"), NULL, CELL_TEXT },
                { "since", N_("Since"), NULL, CELL_MOMENT }, { "state", N_("State"), NULL, CELL_TEXT },
                { "erased_at", N_("Erased at"), NULL, CELL_MOMENT },
                { "erased_by", N_("Erased by"), NULL, CELL_TEXT },
                { "why", N_("Reason"), NULL, CELL_TEXT },
                { "basis", N_("Legal basis"), NULL, CELL_TEXT },
        };

        return table_reply(w, q, reply, &page, "du-lieu-ca-nhan", NULL, columns, (int)(sizeof columns / sizeof *columns), write_rows,
                           (void *)(uintptr_t)id);
}

/* ---- pages ------------------------------------------------------------------------------------------------------------ */

static bool show_list(struct work *w, const struct request *q, struct reply *reply)
{
        const char *after = request_query(q, "after", 0);
        struct person_list v = { .count = 0 };
        struct page page = { .title = work_text(w, N_("Personal data")), .nav = NAV_STATUS,
                             .crumbs = { { work_text(w, N_("Exchange")), "/status" } }, .crumb_count = 1 };
        struct blob *all;
        size_t count, persons = 0;

        reply->is_private = true;
        if (request_suffix(q) != SUFFIX_HTML && request_suffix(q) != SUFFIX_JSON)
                return table_of(w, q, reply, NULL);
        all = blob_persons_after(w, after == NULL ? "" : after, PERSONS_AT_ONCE, &count);
        if (all == NULL || (v.list = persons_of(w, all, count, &v.count)) == NULL)
                return false;
        for (size_t i = 0; i < count; i++)
                if (blob_is_person(&all[i]) && (after == NULL || strcmp(after, all[i].id) != 0)) {
                        after = all[i].id;
                        persons++;
                }
        if (persons == PERSONS_AT_ONCE)
                v.next = arena_print(w->arena, "/personal%s?after=%s", request_suffix(q) == SUFFIX_JSON ? ".json" : "", after);
        if (request_suffix(q) == SUFFIX_JSON) {
                struct jsonw j;

                jsonw_init(&j, &reply->body);
                jsonw_object(&j);
                jsonw_name(&j, "persons");
                jsonw_array(&j);
                for (size_t i = 0; i < v.count; i++)
                        person_json(&j, &v.list[i]);
                jsonw_end(&j);
                jsonw_member_int(&j, "count", (int64_t)v.count);
                jsonw_member_text(&j, "next", v.next);
                jsonw_end(&j);
                return work_ok(w);
        }
        page_begin(w, q, reply, &page);
        person_list_page(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

/* What is held about the person of the address. Whoever may not see it learns no more than of one that is not there. */
static struct person_shown *asked_for(struct work *w, const struct request *q, struct blob **all, size_t *count)
{
        size_t persons = 0;
        struct person_shown *p;

        *all = blob_about(w, request_part(q, "id"), count);
        p = *all == NULL ? NULL : persons_of(w, *all, *count, &persons);
        if (p == NULL || persons == 0) {
                if (work_ok(w))
                        error_set(&w->err, ERR_MISSING, "no person \"%.40s\" is known here", request_part(q, "id"));
                return NULL;
        }
        return p;
}

static bool show_one(struct work *w, const struct request *q, struct reply *reply)
{
        struct blob *all;
        size_t count;
        struct person_shown *p = asked_for(w, q, &all, &count);
        struct page page = { .nav = NAV_STATUS, .crumbs = { { work_text(w, N_("Exchange")), "/status" },
                                                            { work_text(w, N_("Personal data")), "/personal" } },
                             .crumb_count = 2 };

        reply->is_private = true;
        if (p == NULL)
                return false;
        if (request_suffix(q) != SUFFIX_HTML && request_suffix(q) != SUFFIX_JSON)
                return table_of(w, q, reply, p->id);
        if (!prove(w, p))
                return false;
        if (request_suffix(q) == SUFFIX_JSON) {
                struct jsonw j;

                jsonw_init(&j, &reply->body);
                person_json(&j, p);
                return work_ok(w);
        }
        p->csrf = request_csrf(q);
        page.title = arena_print(w->arena, "%s %s…", work_text(w, N_("Person")), p->short_id);
        page_begin(w, q, reply, &page);
        person_one_page(w, &reply->body, p);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

static bool erase(struct work *w, const struct request *q, struct reply *reply)
{
        const char *why, *basis;
        struct person_shown *p;
        struct blob *all;
        size_t count;

        if (!user_may(w->user, MAY_SEND)) /* MAY_READ is the route's: enterprises send too, but see nobody's data */
                return error_set(&w->err, ERR_DENIED, "only the leader of a unit may erase what is held about a person");
        p = asked_for(w, q, &all, &count);
        if (p == NULL)
                return false;
        if (p->is_erased)
                return error_set(&w->err, ERR_CONFLICT, "this person was erased already");
        why = request_said(w, q, "why");
        basis = request_said(w, q, "basis");
        for (size_t i = 0; i < count && work_ok(w); i++) /* once for each node whose entry names it */
                if (blob_is_person(&all[i]) && !all[i].is_erased)
                        blob_erase(w, &all[i], why, basis);
        return work_ok(w) &&
               reply_redirect(w, reply, arena_print(w->arena, "%s%s", p->href, request_suffix(q) == SUFFIX_JSON ? ".json" : ""));
}

static const struct route routes[] = {
        { GET, "/personal", show_list, MAY_READ, ROUTE_NO_ETAG, N_("What this node holds about persons, why and since when") },
        { GET, "/personal/{id}", show_one, MAY_READ, ROUTE_NO_ETAG,
          N_("What is held about one person, and whether the entries that say so stand") },
        { POST, "/personal/{id}/erase", erase, MAY_READ, ROUTE_WRITES,
          N_("Erase a person everywhere: key, texts and files, with reason and legal basis") },
        { 0 },
};

const struct area personal_area = { .name = "personal", .title = N_("Personal data"), .routes = routes };
