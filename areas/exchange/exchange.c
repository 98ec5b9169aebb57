/* exchange.c - commands and the page of the exchange between nodes. */
#include <string.h>

#include "areas/area.h"
#include "areas/exchange/exchange.h"
#include "areas/exchange/pages.h"
#include "base/decimal.h"
#include "base/file.h"
#include "base/hex.h"
#include "catalogue/catalogue.h"
#include "format/jsonw.h"
#include "ledger/place.h"
#include "ledger/trust.h"
#include "report/table.h"

#define ASIDES_SHOWN 50

/* ---- commands ----------------------------------------------------------------------------------- */

/* "Hà Tĩnh, tháng 10/2026, Kim ngạch xuất khẩu: 191.2 (Sở Công Thương Hà Tĩnh) – 190 (Bộ Công Thương)" */
static void print_contest(struct work *w, struct buf *out, const struct contest_view *v)
{
        bool is_en = w->language == LANGUAGE_EN;

        for (size_t i = 0; i < v->cell_count; i++) {
                const struct contest_cell *k = &v->cells[i];
                bool is_record = contest_is_record(k);
                char value[DECIMAL_TEXT_MAX * 2 + 1] = "";
                const char *mark = ":";

                buf_print(out, "  %s  %s, %s, %s%s%s%s%s", v->name, is_en ? k->unit->name_en : k->unit->name_vi, contest_period_said(w, k),
                          is_en ? k->indicator->name_en : k->indicator->name_vi, *k->item == '\0' ? "" : " · ", k->item, is_record ? " · " : "", is_record ? k->partner : "");
                for (size_t s = 0; s < v->side_count; s++) {
                        const struct unit *u = v->sides[s].place;

                        if (!k->has_side[s])
                                continue;
                        if (!is_record) {
                                decimal_write_shown(value, k->value[s], k->indicator->decimals, decimal_used(k->value[s], k->indicator->decimals), w->language);
                                strcat(value, " ");
                        }
                        buf_print(out, "%s %s(%s%s%s)", mark, value,
                                  u == NULL ? v->sides[s].unit
                                  : u->level == LEVEL_COUNTRY ? work_text(w, "Ministry of Industry and Trade")
                                  : is_en ? u->full_name_en : u->full_name_vi,
                                  *v->sides[s].by == '\0' ? "" : ", ", *v->sides[s].by == '\0' ? "" : author_said(w, v->sides[s].by));
                        mark = " –";
                }
                buf_char(out, '\n');
        }
        if (v->cells_in_all > (int64_t)v->cell_count)
                buf_print(out, work_text(w, "  %s  … %lld figures in all\n"), v->name, (long long)v->cells_in_all);
}

static void arrived_json(struct work *w, struct jsonw *j, const struct arrived *a)
{
        jsonw_member_int(j, "figures", a->figures);
        jsonw_member_int(j, "conflicts", a->contests);
        jsonw_name(j, "first_conflicts");
        jsonw_array(j);
        for (size_t n = 0; n < a->count; n++)
                for (size_t i = 0; i < a->first[n]->cell_count; i++) {
                        const struct contest_view *v = a->first[n];
                        const struct contest_cell *k = &v->cells[i];

                        jsonw_object(j);
                        jsonw_member_text(j, "conflict", v->name);
                        jsonw_member_text(j, "indicator", k->indicator->id);
                        jsonw_member_text(j, "unit", k->unit->code);
                        jsonw_member_text(j, "period", contest_period(w, k));
                        jsonw_member_text(j, "item", k->item);
                        jsonw_name(j, "versions");
                        jsonw_array(j);
                        for (size_t s = 0; s < v->side_count; s++) {
                                if (!k->has_side[s])
                                        continue;
                                jsonw_object(j);
                                jsonw_name(j, "value");
                                if (contest_is_record(k))
                                        jsonw_null(j);
                                else
                                        jsonw_decimal(j, k->value[s], k->indicator->decimals);
                                jsonw_member_text(j, "unit", v->sides[s].unit);
                                jsonw_member_text(j, "by", v->sides[s].by);
                                jsonw_member_text(j, "entry", v->sides[s].hash);
                                jsonw_end(j);
                        }
                        jsonw_end(j);
                        jsonw_end(j);
                }
        jsonw_end(j);
}

/* "  83 entries of node 271a… (VN): caunoi trust NODE 271a… --unit VN", and how one may do so. */
static void print_strangers(struct work *w, struct buf *out, const struct strangers *s)
{
        for (size_t i = 0; i < s->count; i++)
                buf_print(out, work_text(w, "  %lld of unit %s: caunoi trust %s %s --unit %s\n"), (long long)s->list[i].entries,
                          s->list[i].unit[0] == '\0' ? "?" : s->list[i].unit, node_folder(w->node), s->list[i].key,
                          s->list[i].unit[0] == '\0' ? "CODE" : s->list[i].unit);
        if (s->count > 0)
                buf_print(out, "%s\n", work_text(w, "  Ask that unit for its key: where it is this one, enrol its node as said, and exchange again. Who enrols the ministry's node knows those it has enrolled."));
}

static void strangers_json(struct jsonw *j, const struct strangers *s)
{
        jsonw_name(j, "unknown_nodes");
        jsonw_array(j);
        for (size_t i = 0; i < s->count; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "node", s->list[i].key);
                jsonw_member_text(j, "unit", s->list[i].unit[0] == '\0' ? NULL : s->list[i].unit);
                jsonw_member_int(j, "entries", s->list[i].entries);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void print_exchanged(struct work *w, const struct call *c, const struct exchanged *x, bool is_dry_run)
{
        struct buf *out = call_out(c);
        struct jsonw j;

        if (!call_is_json(c)) {
                buf_print(out, work_text(w, "received: %lld entries new, %lld known, %lld waiting, %lld refused; %lld bytes\n"),
                          (long long)x->in.entries_new, (long long)x->in.entries_known, (long long)x->in.entries_waiting,
                          (long long)x->in.entries_refused, (long long)x->bytes_in);
                if (x->in.entries_passed > 0)
                        buf_print(out, work_text(w, "passed over: %lld entries, of nodes that nobody enrolled here or of forked streams\n"),
                                  (long long)x->in.entries_passed);
                print_strangers(w, out, &x->strangers);
                buf_print(out, work_text(w, "new figures: %lld; conflicts: %lld\n"), (long long)x->arrived.figures,
                          (long long)x->arrived.contests);
                for (size_t i = 0; i < x->arrived.count; i++)
                        print_contest(w, out, x->arrived.first[i]);
                if (x->arrived.contests > (int64_t)x->arrived.count)
                        buf_print(out, work_text(w, "  … and %lld more conflicts\n"),
                                  (long long)(x->arrived.contests - (int64_t)x->arrived.count));
                buf_print(out, work_text(w, "sent: %lld entries; %lld bytes\n"), (long long)x->entries_out,
                          (long long)x->bytes_out);
                if (x->passed_there > 0)
                        buf_print(out, work_text(w, "passed over there: %lld entries, of nodes that nobody enrolled there or of streams that forked there\n"),
                                  (long long)x->passed_there);
                if (is_dry_run)
                        buf_print(out, "%s\n", work_text(w, "This was a dry run: nothing was taken in, nothing was sent."));
                else if (x->arrived.contests > 0)
                        buf_print(out, work_text(w, "Who decides on conflicts, and where: caunoi conflicts %s\n"), node_folder(w->node));
                return;
        }
        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_member_int(&j, "received", x->in.entries_new);
        jsonw_member_int(&j, "known", x->in.entries_known);
        jsonw_member_int(&j, "waiting", x->in.entries_waiting);
        jsonw_member_int(&j, "refused", x->in.entries_refused);
        jsonw_member_int(&j, "passed", x->in.entries_passed);
        strangers_json(&j, &x->strangers);
        arrived_json(w, &j, &x->arrived);
        jsonw_member_int(&j, "sent", x->entries_out);
        jsonw_member_int(&j, "passed_there", x->passed_there);
        jsonw_member_int(&j, "bytes_in", x->bytes_in);
        jsonw_member_int(&j, "bytes_out", x->bytes_out);
        jsonw_member_int(&j, "forks", x->in.forks);
        jsonw_member_int(&j, "placing_ms", x->placing_ms);
        jsonw_end(&j);
        buf_char(out, '\n');
}

/* A fork is damage: whoever runs this must hear of one that was found now, of one because of which a file is not taken in whole, and of one
 * in this node's own streams until it is mended. The exchange itself went through. */
static bool tell_forks(struct work *w, const struct exchanged *x, bool is_file, bool is_dry_run)
{
        struct stream_state *list = NULL;
        const char *names = "", *folder = node_folder(w->node);
        bool is_own = false;
        size_t count = 0;

        w->db = node_reader(w->node, &w->err);
        if (w->db == NULL)
                return false;
        db_attach_error(w->db, &w->err);
        list = ledger_streams(w, &count);
        for (size_t i = 0; i < count && work_ok(w); i++) {
                bool is_ours = strcmp(list[i].node, node_key(w->node)) == 0;

                if (!list[i].is_stopped || (!is_ours && x->in.forks + x->apart == 0))
                        continue;
                is_own |= is_ours;
                names = arena_print(w->arena, "%s%s%.12s…/%s", names, *names == '\0' ? "" : ", ", list[i].node, list[i].audience);
        }
        db_attach_error(w->db, NULL);
        w->db = NULL;
        if (!work_ok(w))
                return false;
        if (*names == '\0' && x->own_passed > 0) {
                error_set(&w->err, ERR_DAMAGED, "the other node takes no more of what this node writes (%lld entries): it has seen other entries under this node's key, those of a copy of it",
                          (long long)x->own_passed);
                return error_hint(&w->err, "end that copy for good; this node goes on under a new key: caunoi key %s --rotate", folder);
        }
        if (*names == '\0' && x->in.forks == 0)
                return true;
        if (*names == '\0' && is_file) /* a rehearsal stops nothing; the log has named them */
                return error_set(&w->err, ERR_DAMAGED, "streams that have forked: %lld; taking the file in would stop them here",
                                 (long long)x->in.forks);
        if (*names == '\0' && is_dry_run)
                return error_set(&w->err, ERR_DAMAGED, "streams that have forked: %lld; the exchange would stop them on both sides",
                                 (long long)x->in.forks);
        if (*names == '\0') {
                error_set(&w->err, ERR_DAMAGED, "streams that have forked: %lld, of which none stands still here", (long long)x->in.forks);
                return error_hint(&w->err, "exchange once more: the other node shows what it has seen");
        }
        if (is_file)
                error_set(&w->err, ERR_DAMAGED, "forked, and stopped here: %s; everything else was taken in", names);
        else
                error_set(&w->err, ERR_DAMAGED, "forked, and stopped on both sides: %s; everything else was exchanged", names);
        return is_own ? error_hint(&w->err, "this node goes on under a new key: caunoi key %s --rotate", folder)
                      : error_hint(&w->err, "the node that wrote it goes on under a new key: caunoi key NODE --rotate, there");
}

static bool run_sync(struct work *w, const struct call *c)
{
        const char *from = call_argument(c, 1);
        bool is_dry_run = call_has(c, "dry-run"), is_file, ok;
        struct exchanged x;

        if (from == NULL)
                from = node_setting(w->node, "upstream");
        if (from == NULL) {
                error_set(&w->err, ERR_USAGE, "the address of the other node is missing");
                return error_hint(&w->err, "a URL, or the path of a bundle");
        }
        is_file = strncmp(from, "http://", 7) != 0 && strncmp(from, "https://", 8) != 0;
        ok = is_file ? sync_file(w, from, is_dry_run, &x) : sync_with(w, from, is_dry_run, &x);
        if (ok || x.is_partial)
                print_exchanged(w, c, &x, is_dry_run);
        return ok && tell_forks(w, &x, is_file, is_dry_run);
}

static bool run_bundle(struct work *w, const struct call *c)
{
        const char *reader = call_option(c, "for", 0), *after = call_option(c, "after", 0);
        struct bundled done;
        int64_t position = 0;

        if (reader == NULL) {
                error_set(&w->err, ERR_USAGE, "--for is missing");
                return error_hint(&w->err, "the code of the unit that will read the bundle, or the key of its node");
        }
        if (after != NULL && (decimal_read(after, strlen(after), 0, &position, NULL) != DECIMAL_OK || position < 0))
                return error_set(&w->err, ERR_USAGE, "\"%s\" is not a position", after);
        if (!file_must_be_new(call_argument(c, 1), &w->err) ||
            !sync_bundle(w, call_argument(c, 1), reader, position, &done))
                return false;
        if (call_is_json(c))
                buf_print(call_out(c), "{\"entries\":%lld,\"for\":\"%s\",\"position\":%lld}\n", (long long)done.entries, done.unit,
                          (long long)node_position(w->node));
        else
                buf_print(call_out(c), work_text(w, "%lld entries for %s in \"%s\"; position %lld\n"), (long long)done.entries, done.unit,
                          call_argument(c, 1), (long long)node_position(w->node));
        return true;
}

/* ---- page ------------------------------------------------------------------------------------------ */

static const char *shown(struct work *w, moment m)
{
        char text[MOMENT_TEXT_MAX];

        if (m == 0)
                return work_text(w, "never");
        moment_write(text, m);
        if (w->language == LANGUAGE_EN)
                return arena_print(w->arena, "%.10s %.8s", text, text + 11);
        return arena_print(w->arena, "%.8s, %.2s/%.2s/%.4s", text + 11, text + 8, text + 5, text);
}

static const char *unit_name(struct work *w, const char *code)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_at(c, code, day_of_moment(w->now));

        if (strcmp(code, "VN") == 0)
                return work_text(w, "Ministry of Industry and Trade");
        if (strcmp(code, UNKNOWN_NODE) == 0)
                return work_text(w, "The node above, which has not said who it is");
        return u == NULL ? code : w->language == LANGUAGE_EN ? u->full_name_en : u->full_name_vi;
}

static void fill_state(struct work *w, struct status_page *p, struct link_shown *l)
{
        const struct link *k = l->link;
        bool was_heard = k->last_contact != 0 || k->problem != NULL;

        if (k->is_connected) {
                bool is_behind = k->backlog + k->ahead > k->strangers.entries, is_partial = k->strangers.entries > 0;

                p->connected++;
                l->state_class = is_behind ? "info" : is_partial ? "warn" : "ok";
                l->state = is_behind ? work_text(w, "catching up") : is_partial ? work_text(w, "passed over in part") : work_text(w, "in step");
        } else if (k->refusals > 0 && !k->is_revoked) { /* it is heard, but what it or this node sends is not taken */
                l->state_class = "err";
                l->state = work_text(w, "is refused");
        } else if (was_heard) {
                p->broken += !k->is_revoked;
                l->state_class = "err";
                l->state = work_text(w, "not connected");
        } else {
                l->state_class = "";
                l->state = k->last_entry != 0 ? work_text(w, "through another node") : work_text(w, "not heard from yet");
        }
}

/* "Hà Tĩnh: no contact since …; refused since …", for the head of the page; with the key where the unit has another node. */
static void fill_alarms(struct work *w, struct status_page *p, const struct link_shown *l, const struct link *list)
{
        const char *what = "", *name = l->unit_name;

        for (int a = 0; a < LINK_ALARMS; a++)
                if ((l->link->alarms & 1u << a) != 0)
                        what = arena_print(w->arena, work_text(w, "%s%s%s since %s"), what, *what == '\0' ? "" : "; ",
                                           work_text(w, link_alarm_text((enum link_alarm)a)), shown(w, l->link->alarm_since[a]));
        if (*what == '\0')
                return;
        for (size_t i = 0; i < p->link_count && name == l->unit_name; i++)
                if (&list[i] != l->link && strcmp(list[i].unit, l->link->unit) == 0)
                        name = arena_print(w->arena, "%s (%s)", l->unit_name, l->key_short);
        p->alarms[p->alarm_count++] = arena_print(w->arena, "%s: %s", name, what);
        p->alarm_kinds |= l->link->alarms;
}

static void fill_links(struct work *w, struct status_page *p)
{
        struct link *list = sync_links(w, &p->link_count);

        p->links = arena_array(w->arena, p->link_count + 1, sizeof *p->links);
        p->alarms = arena_array(w->arena, p->link_count + 1, sizeof *p->alarms);
        for (size_t i = 0; i < p->link_count; i++) {
                struct link_shown *l = &p->links[i];

                l->link = &list[i];
                l->unit_name = unit_name(w, list[i].unit);
                l->key_short = strlen(list[i].key) < 12 ? "" : arena_print(w->arena, "%.12s…", list[i].key);
                l->last_contact = shown(w, list[i].last_contact);
                l->last_entry = shown(w, list[i].last_entry);
                l->problem_since = shown(w, list[i].problem_since);
                l->retry_at = list[i].retry_at == 0 ? "" : shown(w, list[i].retry_at);
                p->is_passing_over |= list[i].strangers.count > 0;
                fill_state(w, p, l);
                fill_alarms(w, p, l, list);
        }
}

/* Of units by their codes, as they were before a day: since then they may be gone, and others bear their codes. */
static const char *names_before(struct work *w, const char *codes, day d)
{
        const struct catalogue *c = catalogue_of(w);
        const char *names = "", *separator = "";

        for (const char *at = codes; *at != '\0'; separator = ", ") {
                size_t length = strcspn(at, ",");
                const char *code = arena_copy(w->arena, at, length);
                const struct unit *u = c == NULL ? NULL : unit_at(c, code, d - 1);

                names = u == NULL ? arena_print(w->arena, "%s%s%s", names, separator, code)
                                  : arena_print(w->arena, "%s%s%s (%s)", names, separator,
                                                w->language == LANGUAGE_EN ? u->name_en : u->name_vi, code);
                at += length + (at[length] == ',');
        }
        return names;
}

static void fill_successions(struct work *w, struct status_page *p)
{
        struct succession *list = trust_successions(w, &p->succession_count);

        p->successions = arena_array(w->arena, p->succession_count + 1, sizeof *p->successions);
        for (size_t i = 0; i < p->succession_count; i++) {
                struct succession_shown *s = &p->successions[i];
                char day_text[DAY_SHOWN_MAX] = "";
                day d;

                s->succession = &list[i];
                s->unit_name = unit_name(w, list[i].unit);
                s->effect = shown(w, stamp_moment(list[i].effect));
                s->undone = list[i].undone_at == 0 ? NULL : shown(w, stamp_moment(list[i].undone_at));
                if (day_read(list[i].day, strlen(list[i].day), &d))
                        day_write_shown(day_text, d, w->language);
                s->day = arena_text(w->arena, day_text);
                s->from_names = *day_text == '\0' ? list[i].from : names_before(w, list[i].from, d);
        }
}

/* Most nodes have units of the lists and were enrolled since those began: of them nothing is asked. */
static void await(struct work *w, struct status_page *p, const struct catalogue *c, const struct peer *node)
{
        const struct unit *now = unit_at(c, node->unit, day_of_moment(w->now));
        bool may_wait = now == NULL || now->act_file != NULL || now->from > day_of_moment(stamp_moment(node->since));
        const struct unit_change *act = may_wait ? catalogue_awaited(w, c, node->unit, trust_tenure(w, node->key)) : NULL;
        char date[DAY_SHOWN_MAX];

        for (size_t i = 0; i < p->awaited_count; i++)
                if (act == NULL || strcmp(p->awaited[i].unit, node->unit) == 0)
                        return;
        if (act == NULL || trust_succeeded(w, node->key) != 0)
                return;
        day_write_shown(date, act->date, w->language);
        p->awaited[p->awaited_count++] = (struct awaited_shown){
                .unit = node->unit, .act = act,
                .text = arena_print(w->arena, work_text(w, "%s (%s), part of %s since %s by %s"), w->language == LANGUAGE_EN ? act->old->full_name_en : act->old->full_name_vi,
                                    node->unit, w->language == LANGUAGE_EN ? act->new->full_name_en : act->new->full_name_vi, date, act->act) };
}

/* Of this node and those it knows. */
static void fill_awaited(struct work *w, struct status_page *p)
{
        const struct catalogue *c = catalogue_of(w);
        size_t count;
        const struct peer *list = trust_list(w, &count);

        p->awaited = arena_array(w->arena, count + 2, sizeof *p->awaited);
        if (c == NULL)
                return;
        await(w, p, c, trust_self(w));
        for (size_t i = 0; i < count && work_ok(w); i++)
                if (!list[i].is_revoked)
                        await(w, p, c, &list[i]);
}

/* "Phú Thọ, stream 4c0f…/25: two different entries 2 exist". */
static const char *stopped_text(struct work *w, const struct status_page *p, const struct stream_state *s)
{
        const char *name = strcmp(s->node, node_key(w->node)) == 0 ? p->unit_name : "?";

        for (size_t i = 0; i < p->link_count; i++)
                if (strcmp(p->links[i].link->key, s->node) == 0)
                        name = p->links[i].unit_name;
        return arena_print(w->arena, work_text(w, "%s, stream %.12s…/%s: two different entries %lld exist"), name, s->node, s->audience,
                           (long long)s->fork_seq);
}

static void fill_left(struct work *w, struct status_page *p)
{
        p->left = ledger_left(w, &p->left_count);
        p->left_texts = arena_array(w->arena, p->left_count + 1, sizeof *p->left_texts);
        for (size_t i = 0; i < p->left_count; i++) {
                const struct left_branch *b = &p->left[i];
                const struct peer *peer = trust_find(w, arena_copy(w->arena, b->stream, KEY_HEX - 1));

                p->left_texts[i] = arena_print(w->arena, work_text(w, "%s, stream %.12s…/%s: %lld entries held here, from entry %lld on, are not of the branch that goes on"),
                                               peer == NULL ? "?" : unit_name(w, peer->unit), b->stream, b->stream + KEY_HEX, (long long)b->entries, (long long)b->seq);
        }
}

/* NULL: none. */
static const char *placing_problem(struct work *w)
{
        char kept[ERROR_KEPT_MAX];
        struct error why;

        if (node_unplaced(w->node) == 0 || node_placing_goes_well(w->node, &why))
                return NULL;
        error_keep(&why, kept);
        return error_told_in(w->arena, kept, w->language);
}

static void fill_restored(struct work *w, struct status_page *p)
{
        const char **units;
        size_t count;

        p->is_restored = node_is_restored(w->node);
        if (!p->is_restored)
                return;
        units = node_waits_for(w, NULL, &count);
        for (size_t i = 0; i < count; i++)
                p->waits_for = arena_print(w->arena, "%s%s%s", i == 0 ? "" : p->waits_for, i == 0 ? "" : ", ", unit_name(w, units[i]));
}

static bool fill(struct work *w, struct status_page *p)
{
        struct set_aside *asides;
        struct stream_state *streams;
        size_t count, total;

        p->unit_name = unit_name(w, node_unit(w->node));
        p->key = node_key(w->node);
        p->may_enrol = user_may(w->user, MAY_ADMINISTER) && strcmp(w->user->unit, node_unit(w->node)) == 0;
        p->position = node_position(w->node);
        p->unplaced = node_unplaced(w->node);
        p->ahead_minutes = node_ahead(w->node) / 60000;
        p->placing_problem = placing_problem(w);
        p->conflicts = contests_open(w);
        fill_restored(w, p);
        fill_links(w, p);
        fill_successions(w, p);
        fill_awaited(w, p);
        streams = ledger_streams(w, &count);
        p->streams = (int64_t)count;
        p->unheard_days = ledger_unheard(w, streams, count) / MOMENT_PER_DAY;
        p->stopped = arena_array(w->arena, count + 1, sizeof *p->stopped);
        p->stopped_texts = arena_array(w->arena, count + 1, sizeof *p->stopped_texts);
        for (size_t i = 0; i < count; i++) {
                p->entries += streams[i].seq;
                if (!streams[i].is_stopped)
                        continue;
                p->stopped_texts[p->stopped_count] = stopped_text(w, p, &streams[i]);
                p->stopped[p->stopped_count++] = streams[i];
                p->own_stopped_count += strcmp(streams[i].node, node_key(w->node)) == 0;
        }
        fill_left(w, p);
        asides = ledger_set_aside(w, &total);
        p->aside_total = total;
        p->asides = arena_array(w->arena, ASIDES_SHOWN, sizeof *p->asides);
        for (size_t i = total; i-- > 0 && p->aside_count < ASIDES_SHOWN && work_ok(w);) {
                struct entry *e = ledger_entry_marks(w, asides[i].entry_id);
                struct peer *peer = e == NULL ? NULL : trust_find(w, e->node);

                if (e == NULL)
                        continue;
                p->asides[p->aside_count] = (struct aside_shown){
                        .why = asides[i].why, .kind = e->kind, .is_waiting = asides[i].is_waiting, .node = e->node,
                        .unit = peer == NULL ? NULL : peer->unit, .unit_name = peer == NULL ? "?" : unit_name(w, peer->unit),
                        .written = stamp_moment(e->at), .at = shown(w, stamp_moment(e->at)),
                };
                hex_write(p->asides[p->aside_count++].hash, e->hash, HASH_BYTES);
        }
        return work_ok(w);
}

static void member_moment(struct jsonw *j, const char *name, moment m)
{
        char text[MOMENT_TEXT_MAX];

        moment_write(text, m);
        jsonw_member_text(j, name, m == 0 ? NULL : text);
}

static void write_json(struct work *w, struct reply *out, const struct status_page *p)
{
        struct jsonw j;

        (void)w;
        jsonw_init(&j, &out->body);
        jsonw_object(&j);
        jsonw_member_text(&j, "node", p->key);
        jsonw_member_text(&j, "unit", node_unit(w->node));
        jsonw_member_int(&j, "position", p->position);
        jsonw_member_int(&j, "streams", p->streams);
        jsonw_member_int(&j, "entries", p->entries);
        jsonw_member_int(&j, "ahead_minutes", p->ahead_minutes);
        jsonw_member_int(&j, "unheard_days", p->unheard_days);
        jsonw_member_int(&j, "not_placed", p->unplaced);
        jsonw_member_text(&j, "placing_problem", p->placing_problem);
        jsonw_member_int(&j, "set_aside", (int64_t)p->aside_total);
        jsonw_name(&j, "kept");
        jsonw_array(&j);
        for (size_t i = 0; i < p->aside_count; i++) {
                const struct aside_shown *a = &p->asides[i];

                jsonw_object(&j);
                jsonw_member_text(&j, "entry", a->hash);
                jsonw_member_text(&j, "node", a->node);
                jsonw_member_text(&j, "unit", a->unit);
                jsonw_member_text(&j, "kind", a->kind);
                member_moment(&j, "at", a->written);
                jsonw_member_bool(&j, "is_waiting", a->is_waiting);
                jsonw_member_text(&j, "why", a->why);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_member_int(&j, "forks", (int64_t)p->stopped_count);
        jsonw_member_int(&j, "conflicts", p->conflicts);
        jsonw_name(&j, "forked");
        jsonw_array(&j);
        for (size_t i = 0; i < p->stopped_count; i++) {
                jsonw_object(&j);
                jsonw_member_text(&j, "stream", p->stopped[i].name);
                jsonw_member_int(&j, "seq", p->stopped[i].fork_seq);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_name(&j, "left");
        jsonw_array(&j);
        for (size_t i = 0; i < p->left_count; i++) {
                jsonw_object(&j);
                jsonw_member_text(&j, "stream", p->left[i].stream);
                jsonw_member_int(&j, "seq", p->left[i].seq);
                jsonw_member_int(&j, "entries", p->left[i].entries);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_member_bool(&j, "is_restored", p->is_restored);
        jsonw_member_text(&j, "waits_for", p->waits_for == NULL ? "" : p->waits_for);
        jsonw_name(&j, "successions");
        jsonw_array(&j);
        for (size_t i = 0; i < p->succession_count; i++) {
                const struct succession *s = p->successions[i].succession;

                jsonw_object(&j);
                jsonw_member_text(&j, "succession", s->hash);
                jsonw_member_text(&j, "unit", s->unit);
                jsonw_member_text(&j, "from", s->from);
                jsonw_member_text(&j, "act", s->act);
                jsonw_member_text(&j, "day", s->day);
                jsonw_member_bool(&j, "is_undone", s->undone_at != 0);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_name(&j, "not_taken_over");
        jsonw_array(&j);
        for (size_t i = 0; i < p->awaited_count; i++) {
                char text[DAY_TEXT_MAX];

                day_write(text, p->awaited[i].act->date);
                jsonw_object(&j);
                jsonw_member_text(&j, "unit", p->awaited[i].unit);
                jsonw_member_text(&j, "had", p->awaited[i].act->old->key);
                jsonw_member_text(&j, "part_of", p->awaited[i].act->new->key);
                jsonw_member_text(&j, "act", p->awaited[i].act->act);
                jsonw_member_text(&j, "day", text);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_name(&j, "peers");
        jsonw_array(&j);
        for (size_t i = 0; i < p->link_count; i++) {
                const struct link *l = p->links[i].link;

                jsonw_object(&j);
                jsonw_member_text(&j, "node", l->key);
                jsonw_member_text(&j, "unit", l->unit);
                jsonw_member_text(&j, "url", l->url);
                jsonw_member_bool(&j, "is_connected", l->is_connected);
                member_moment(&j, "last_contact", l->last_contact);
                member_moment(&j, "last_entry", l->last_entry);
                jsonw_member_int(&j, "backlog", l->backlog);
                jsonw_member_int(&j, "backlog_in", l->ahead);
                strangers_json(&j, &l->strangers);
                jsonw_member_text(&j, "problem", l->problem);
                member_moment(&j, "problem_since", l->problem_since);
                member_moment(&j, "retry_at", l->retry_at);
                jsonw_member_int(&j, "refusals", l->refusals);
                jsonw_name(&j, "alarms");
                jsonw_array(&j);
                for (int a = 0; a < LINK_ALARMS; a++) {
                        if ((l->alarms & 1u << a) == 0)
                                continue;
                        jsonw_object(&j);
                        jsonw_member_text(&j, "reason", link_alarm_name((enum link_alarm)a));
                        member_moment(&j, "since", l->alarm_since[a]);
                        jsonw_end(&j);
                }
                jsonw_end(&j);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_end(&j);
        buf_char(&out->body, '\n');
}

static const char *alarms_of(struct work *w, const struct link *l)
{
        const char *list = "";

        for (int a = 0; a < LINK_ALARMS; a++)
                if ((l->alarms & 1u << a) != 0)
                        list = arena_print(w->arena, "%s%s%s", list, *list == '\0' ? "" : "; ",
                                           work_text(w, link_alarm_text((enum link_alarm)a)));
        return list;
}

static bool link_rows(struct work *w, struct table *t, void *context)
{
        const struct status_page *p = context;

        for (size_t i = 0; i < p->link_count && work_ok(w); i++) {
                const struct link *l = p->links[i].link;
                const struct cell cells[] = {
                        cell_text(l->unit),
                        cell_text(p->links[i].unit_name),
                        cell_text(p->links[i].state),
                        l->last_contact == 0 ? cell_empty() : cell_moment(l->last_contact),
                        l->last_entry == 0 ? cell_empty() : cell_moment(l->last_entry),
                        cell_int(l->backlog),
                        cell_int(l->ahead),
                        l->retry_at == 0 ? cell_empty() : cell_moment(l->retry_at),
                        cell_text(alarms_of(w, l)),
                        cell_text(l->problem == NULL ? "" : l->problem),
                        cell_text(l->key),
                };

                table_row(t, cells);
        }
        return work_ok(w);
}

static bool show_status(struct work *w, const struct request *q, struct reply *out)
{
        struct page page = { .title = work_text(w, "Exchange between nodes"), .nav = NAV_STATUS };
        struct status_page p = { .position = 0 };
        const struct column columns[] = {
                { "unit", N_("Code"), NULL, CELL_TEXT },
                { "name", N_("Unit"), NULL, CELL_TEXT },
                { "state", N_("State"), NULL, CELL_TEXT },
                { "last_contact", N_("Last contact"), NULL, CELL_MOMENT },
                { "last_entry", N_("Last entry"), NULL, CELL_MOMENT },
                { "backlog", N_("Entries it lacks"), N_("entries"), CELL_INT },
                { "backlog_in", N_("Entries missing here"), N_("entries"), CELL_INT },
                { "retry_at", N_("Next try"), NULL, CELL_MOMENT },
                { "alarms", N_("Alarms"), NULL, CELL_TEXT },
                { "problem", N_("Problem"), NULL, CELL_TEXT },
                { "node", N_("Key"), NULL, CELL_TEXT },
        };

        if (!fill(w, &p))
                return false;
        out->is_private = p.may_enrol;
        switch (request_suffix(q)) {
        case SUFFIX_JSON:
                write_json(w, out, &p);
                return true;
        case SUFFIX_CSV:
        case SUFFIX_XLSX:
                return table_reply(w, q, out, &page, "status", NULL, columns, sizeof columns / sizeof *columns, link_rows,
                                   &p);
        default:
                page_begin(w, q, out, &page);
                status_body(w, &out->body, &p);
                page_end(w, q, out, &page);
                return work_ok(w);
        }
}

static const struct option sync_options[] = {
        { "dry-run", NULL, false, N_("show what would come in, take nothing in and send nothing") },
        { NULL, NULL, false, NULL },
};
static const struct option bundle_options[] = {
        { "for", "CODE|KEY", false, N_("the unit that will read it, or the key of one of its nodes") },
        { "after", "POSITION", false, N_("only what came after this position of this node's ledger") },
        { NULL, NULL, false, NULL },
};
static const struct command commands[] = {
        { "sync", "NODE [URL|FILE]", 1, 2, COMMAND_WRITES, sync_options, run_sync, N_("exchange with another node once"),
          N_("With a URL: fetches what this node may read and sends what the other may read, in pieces, each verified"
             " before it is taken. With a file: takes in a bundle. Without either: the setting upstream.") },
        { "bundle", "NODE FILE", 2, 2, COMMAND_READS, bundle_options, run_bundle,
          N_("write the stream for a unit to a new file"), N_("For a USB stick or an e-mail; the other node takes it in with sync.") },
        { NULL, NULL, 0, 0, COMMAND_ALONE, NULL, NULL, NULL, NULL },
};
static const struct route routes[] = {
        { GET, "/status", show_status, MAY_READ_PUBLIC, ROUTE_NO_ETAG, N_("the exchange with other nodes") },
        { 0 },
};

const struct area exchange_area = { .name = "exchange", .title = N_("Exchange"), .routes = routes, .commands = commands };
