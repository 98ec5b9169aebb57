/* conflict.c - the inbox of conflicts: what contradicts what, who decides, and the decision. */
#include "areas/conflict/conflict.h"

#include <stdio.h>
#include <string.h>

#include "areas/conflict/pages.h"
#include "areas/filed.h"
#include "base/decimal.h"
#include "base/hex.h"
#include "form/form.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/receipt.h"
#include "report/table.h"
#include "workflow/case.h"

#define CELLS_LISTED 3   /* named in a list */
#define CELLS_SHOWN 500  /* on the page of one */
#define LIST_SHOWN 100   /* of each kind on the list's page */

/* ---- in words ----------------------------------------------------------------------------------------------- */

static const char *unit_shown(struct work *w, const char *code)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = code == NULL || c == NULL ? NULL : unit_at(c, code, day_of_moment(w->now));

        if (code == NULL || strcmp(code, "VN") == 0)
                return work_text(w, "Ministry of Industry and Trade");
        return u == NULL ? code : w->language == LANGUAGE_EN ? u->full_name_en : u->full_name_vi;
}

static const struct item *item_of(struct work *w, const struct contest_cell *c)
{
        const struct catalogue *catalogue = catalogue_of(w);

        if (*c->item == '\0' || catalogue == NULL || figure_own_of(c->indicator) != NULL)
                return NULL;
        return item_at(catalogue, c->indicator->item_classification, c->item, period_last(c->period));
}

static const char *cell_title(struct work *w, const struct contest_cell *c)
{
        const struct figure_own *own = figure_own_of(c->indicator);
        const struct item *item = item_of(w, c);

        if (own != NULL)
                return own->title(w, c);
        return arena_print(w->arena, "%s%s%s", text_in(w->language, c->indicator->name_vi, c->indicator->name_en),
                           item == NULL ? "" : ": ", item == NULL ? c->item : text_in(w->language, item->name_vi, item->name_en));
}

static const char *cell_measure(struct work *w, const struct contest_cell *c, enum language language)
{
        return figure_own_of(c->indicator) != NULL ? "" : indicator_measure(catalogue_of(w), c->indicator, c->item, period_last(c->period), language);
}

/* The unit of measure of a version: the one it names, else the figure's. */
static const char *side_measure(const struct contest_cell *c, size_t side, const char *of_figure)
{
        return c->measure[side] != NULL ? c->measure[side] : of_figure;
}

/* The unit of all versions; NULL where they are measured differently: then their numbers say nothing without it. */
static const char *common_measure(const struct contest_view *v, const struct contest_cell *c, const char *of_figure)
{
        const char *common = NULL;

        for (size_t i = 0; i < v->side_count; i++) {
                const char *one = c->has_side[i] ? side_measure(c, i, of_figure) : common;

                if (common != NULL && strcmp(common, one) != 0)
                        return NULL;
                common = one;
        }
        return common == NULL ? of_figure : common;
}

static const char *number_shown(struct work *w, int64_t value, const struct indicator *i, bool with_sign)
{
        char text[DECIMAL_TEXT_MAX * 2];
        int shown = i->shown;
        int64_t step = 1;

        for (int k = shown; k < i->decimals; k++)
                step *= 10;
        for (; value % step != 0; step /= 10) /* what is to be told apart is written in full */
                shown++;
        decimal_write_shown(text, value, i->decimals, shown, w->language);
        return arena_print(w->arena, "%s%s", with_sign && value > 0 ? "+" : "", text);
}

/* A version's value that is no quantity, in words; NULL: it is one. */
static const char *said_of(struct work *w, const struct contest_cell *c, int64_t value)
{
        const struct figure_own *own = figure_own_of(c->indicator);

        return own == NULL || own->said == NULL ? NULL : own->said(w, c, value);
}

static const char *value_shown(struct work *w, const struct contest_cell *c, int64_t value)
{
        const char *said = said_of(w, c, value);

        return said != NULL ? said : number_shown(w, value, c->indicator, false);
}

static void value_json(struct work *w, struct jsonw *j, const struct contest_cell *c, int64_t value)
{
        const char *said = said_of(w, c, value);

        if (said != NULL)
                jsonw_text(j, said);
        else
                jsonw_decimal(j, value, c->indicator->decimals);
}

/* Whether the asker's unit may see what a contest is about: all of it. */
static bool may_see(struct work *w, const struct contest_view *v)
{
        return w->user == &user_operator || strcmp(w->user->unit, node_unit(w->node)) == 0 ||
               contest_lies_within(w, v->name, w->user->unit);
}

/* A cell in what programs and forms send. It is named by what it is, not by its place: a cell may leave the conflict while somebody looks at the page, and no choice may
 * fall on the next one. */
static const char *field_of(struct work *w, const struct contest_cell *c)
{
        const char *text = arena_print(w->arena, "%s,%s,%lld,%s,%s,%lld", c->indicator->id, c->unit->key, (long long)c->period,
                                       c->item, c->partner, (long long)c->of_day);
        unsigned char hash[HASH_BYTES];
        char hex[HASH_HEX];

        ledger_digest(text, strlen(text), hash);
        hex_write(hex, hash, sizeof hash);
        return arena_print(w->arena, "%.16s", hex);
}

static const char *address_of(struct work *w, const struct contest_cell *c)
{
        const struct figure_own *own = figure_own_of(c->indicator);
        char text[PERIOD_TEXT_MAX];

        if (own != NULL)
                return own->address(w, c);
        period_write(text, c->period);
        return arena_print(w->arena, "/figures/explain?indicator=%s&unit=%s&period=%s%s%s%s%s", c->indicator->id, c->unit->key, text,
                           *c->item == '\0' ? "" : "&item=", c->item, *c->partner == '\0' ? "" : "&partner=", c->partner);
}

static const char *readers(struct work *w, const struct contest_side *s)
{
        return s->is_published ? work_text(w, "all nodes")
                            : arena_print(w->arena, work_text(w, "%s and the units above it"), unit_shown(w, s->entry->audience));
}

static const char *letter_of(struct work *w, size_t side)
{
        return side < 26 ? arena_print(w->arena, "%c", 'A' + (int)side) : arena_print(w->arena, "%c%c", 'A' + (int)(side / 26 - 1) % 26, 'A' + (int)(side % 26));
}

static void side_fill(struct work *w, const struct contest_view *v, size_t number, struct side_shown *out)
{
        const struct contest_side *s = &v->sides[number];
        char receipt[RECEIPT_CODE_MAX];
        enum role role = role_by_name(s->entry->role);
        bool is_command = strcmp(s->by, user_operator.login) == 0;

        *out = (struct side_shown){
                .letter = letter_of(w, number), .unit = unit_shown(w, s->unit),
                .node = arena_copy(w->arena, s->entry->node, 12),
                .by = author_said(w, s->by),
                .role = *s->entry->author == '\0' || role == ROLE_COUNT || is_command ? "" : work_text(w, role_title(role)),
                .at = moment_shown(w->arena, stamp_moment(s->entry->at), w->language), .source = s->source, .why = s->why,
                .entry = arena_copy(w->arena, s->hash, 12), .hash = s->hash, .readers = readers(w, s),
                .left_out = s->is_left_out && contest_is_record(&v->cells[0]) ? arena_print(w->arena, "%lld kB", (long long)(s->bytes + 1023) / 1024) : NULL,
                .entry_href = arena_print(w->arena, "/figures/entry/%s", s->hash),
        };
        if (strcmp(s->entry->kind, "report.send") == 0) {
                receipt_code(s->entry->hash, receipt);
                out->receipt_href = arena_print(w->arena, "/receipts/%s", receipt);
        }
        for (size_t i = 0; i < v->cell_count; i++)
                out->stands |= v->cells[i].stands == (int)number;
        for (size_t i = 0; i < v->side_count; i++)
                out->is_twin |= i != number && strcmp(v->sides[i].unit, s->unit) == 0;
}

/* The side whose version stands since the conflict was closed; -1: none of them, or it is open. */
static int outcome_side(const struct contest_view *v, const struct contest_cell *c)
{
        for (size_t i = 0; c->has_outcome && i < v->side_count; i++)
                if (c->has_side[i] && c->value[i] == c->outcome)
                        return (int)i;
        return -1;
}

/* Spaces before a text, which pages squeeze, as ones that stay: where a line begins says what it belongs to. */
static const char *indented(struct work *w, const char *text)
{
        size_t spaces = text == NULL ? 0 : strspn(text, " ");
        const char *before = "";

        for (size_t i = 0; i < spaces; i++)
                before = arena_print(w->arena, "%s\u00a0", before);
        return spaces == 0 ? text : arena_print(w->arena, "%s%s", before, text + spaces);
}

static void record_fill(struct work *w, const struct contest_view *v, const struct contest_cell *c, const struct figure_own *record, struct cell_shown *out)
{
        int stands = outcome_side(v, c);

        out->is_of_day = contest_is_of_day(c);
        out->name = c->period == PERIOD_NONE ? cell_title(w, c)
                                             : arena_print(w->arena, out->is_of_day ? work_text(w, "%s · from %s") : "%s · %s", cell_title(w, c), contest_period_said(w, c));
        out->measure = "";
        out->lines = record->lines(w, v, c, &out->line_count);
        for (size_t i = 0; out->lines != NULL && i < out->line_count; i++) {
                struct own_line *line = &out->lines[i];

                out->has_common |= line->common != NULL;
                line->common = indented(w, line->common);
                for (size_t k = 0; k < v->side_count; k++)
                        line->values[k] = indented(w, line->values[k]);
        }
        out->anew = record->anew(w, c);
        for (size_t i = 0; i < v->side_count; i++)
                out->values[i] = (struct value_shown){ .value = "", .hash = v->sides[i].hash, .stands = c->stands == (int)i };
        if (c->has_outcome)
                out->outcome = stands < 0 ? work_text(w, "a newer record") : arena_print(w->arena, work_text(w, "Version %s"), letter_of(w, (size_t)stands));
}

/* "Areas of X: leased, licensed": the fields in which a record's versions differ. */
static const char *record_about(struct work *w, const struct cell_shown *c, const char *title)
{
        const char *names = "";
        size_t count = 0;

        for (size_t i = 0; i < c->line_count; i++)
                if (c->lines[i].differs && count++ < CELLS_LISTED)
                        names = arena_print(w->arena, "%s%s%s", names, *names == '\0' ? "" : ", ", c->lines[i].name);
        return arena_print(w->arena, "%s%s%s%s%s", title, *names == '\0' ? "" : " (", names, count > CELLS_LISTED ? "…" : "", *names == '\0' ? "" : ")");
}

static void cell_fill(struct work *w, const struct contest_view *v, const struct contest_cell *c, struct cell_shown *out)
{
        const char *of_figure = cell_measure(w, c, w->language), *common = common_measure(v, c, of_figure);
        int first = -1;

        *out = (struct cell_shown){ .field = field_of(w, c), .measure = common == NULL ? "" : common, .href = address_of(w, c),
                                    .is_open = c->is_open, .values = arena_array(w->arena, v->side_count, sizeof *out->values),
                                    .outcome = c->has_outcome && !contest_is_record(c) ? value_shown(w, c, c->outcome) : NULL };
        if (contest_is_record(c)) {
                record_fill(w, v, c, figure_own_of(c->indicator), out);
                return;
        }
        if (common == NULL && c->has_outcome)
                out->outcome = arena_print(w->arena, "%s %s", out->outcome, c->outcome_measure);
        out->name = arena_print(w->arena, "%s · %s, %s", cell_title(w, c), text_in(w->language, c->unit->name_vi, c->unit->name_en),
                                contest_period_said(w, c));
        for (size_t i = 0; i < v->side_count; i++) {
                struct value_shown *y = &out->values[i];

                *y = (struct value_shown){ .value = "", .hash = v->sides[i].hash, .stands = c->stands == (int)i };
                if (!c->has_side[i])
                        continue;
                y->value = value_shown(w, c, c->value[i]);
                if (said_of(w, c, c->value[i]) != NULL)
                        continue;
                if (common == NULL) /* and no difference: nothing is converted */
                        y->value = arena_print(w->arena, "%s %s", y->value, side_measure(c, i, of_figure));
                else if (first >= 0)
                        y->difference = arena_print(w->arena, work_text(w, "difference %s"),
                                                    number_shown(w, c->value[i] - c->value[first], c->indicator, true));
                else
                        first = (int)i;
        }
}

/* "2 days", "3 hours", "just now" since a moment. */
static const char *waited(struct work *w, moment since)
{
        int64_t hours = (w->now - since) / 3600000;

        if (hours < 1)
                return work_text(w, "just now");
        return hours < 48 ? arena_print(w->arena, work_text(w, "%lld hours"), (long long)hours)
                          : arena_print(w->arena, work_text(w, "%lld days"), (long long)(hours / 24));
}

static void shown_fill(struct work *w, const struct contest_view *v, struct conflict_shown *out)
{
        const struct contest_cell *first = &v->cells[0];
        const char *names = "";
        bool one_unit = true, one_period = true, has_hidden = false;

        *out = (struct conflict_shown){ .contest = v, .href = arena_print(w->arena, "/conflicts/%s", v->name),
                                        .since = moment_shown(w->arena, v->since, w->language), .waited = waited(w, v->since),
                                        .decider = unit_shown(w, v->decider), .is_open = v->cells_open > 0,
                                        .may_settle = v->may_settle && v->side_count <= SETTLE_SIDES_MAX,
                                        .has_too_many = v->may_settle && v->side_count > SETTLE_SIDES_MAX,
                                        .sides = arena_array(w->arena, v->side_count, sizeof *out->sides),
                                        .cells = arena_array(w->arena, v->cell_count, sizeof *out->cells),
                                        .ends = arena_array(w->arena, v->end_count + 1, sizeof *out->ends),
                                        .cells_left = v->cells_in_all - (int64_t)v->cell_count };
        for (size_t i = 0; i < v->side_count; i++) {
                side_fill(w, v, out->side_count++, &out->sides[i]);
                if (!v->sides[i].is_published)
                        has_hidden = true;
                else
                        out->published = out->published == NULL ? out->sides[i].letter : arena_print(w->arena, "%s, %s", out->published, out->sides[i].letter);
        }
        out->is_for_all = out->published != NULL;
        if (!has_hidden)
                out->published = NULL;
        for (size_t i = 0; i < v->cell_count; i++) {
                const struct contest_cell *c = &v->cells[i];

                cell_fill(w, v, c, &out->cells[out->cell_count++]);
                one_unit &= c->unit == first->unit;
                one_period &= c->period == first->period;
                if (i < CELLS_LISTED && (i == 0 || strstr(names, cell_title(w, c)) == NULL))
                        names = arena_print(w->arena, "%s%s%s", names, *names == '\0' ? "" : "; ",
                                            !contest_is_record(c) ? cell_title(w, c) : record_about(w, &out->cells[i], cell_title(w, c)));
        }
        out->is_record = contest_is_record(first);
        out->meanwhile = out->is_record && figure_own_of(first->indicator)->meanwhile != NULL ? work_text(w, figure_own_of(first->indicator)->meanwhile) : NULL;
        out->may_choose_cells = out->may_settle && !out->is_record && out->cells_left == 0 && out->cell_count > 1;
        for (size_t i = 0; i < v->end_count; i++) {
                const struct contest_end *e = &v->ends[i];
                char hash[HASH_HEX], code[RECEIPT_CODE_MAX];

                hex_write(hash, e->entry->hash, sizeof e->entry->hash);
                receipt_code(e->entry->hash, code);
                out->is_replaced_apart |= out->published != NULL && strcmp(e->entry->audience, AUDIENCE_ALL) != 0;
                out->ends[out->end_count++] = (struct end_shown){
                        .unit = unit_shown(w, e->unit), .by = e->by, .reason = e->reason, .is_decision = e->is_decision,
                        .at = moment_shown(w->arena, stamp_moment(e->entry->at), w->language), .entry = arena_copy(w->arena, hash, 12),
                        .entry_href = arena_print(w->arena, "/figures/entry/%s", hash), .receipt = receipt_proves(e->entry->kind) ? arena_text(w->arena, code) : NULL,
                };
        }
        out->title = first->period == PERIOD_NONE ? unit_shown(w, first->unit->code)
                   : arena_print(w->arena, "%s%s%s", one_unit ? text_in(w->language, first->unit->full_name_vi, first->unit->full_name_en)
                                                              : work_text(w, "Several units"),
                                 one_period ? ", " : "", one_period ? contest_period_said(w, first) : "");
        out->about = out->is_record ? names : arena_print(w->arena, work_text(w, "%lld figures differ: %s%s"), (long long)v->cells_in_all, names,
                                 v->cells_in_all > CELLS_LISTED ? "…" : "");
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

struct contest_list {
        struct contest_view **list;
        size_t count;
        bool has_more;
};

/* Those the asker may see, newest first, each with its first cells. */
static bool list_read(struct work *w, bool is_open, size_t most, size_t cells, struct contest_list *out)
{
        size_t count;
        const char **names;
        int64_t shown = 0; /* bytes of entries: in a list, all conflicts together show no more than one */

        *out = (struct contest_list){ .count = 0 };
        if (catalogue_of(w) == NULL || (names = contest_names(w, is_open, most, &count)) == NULL)
                return false;
        out->list = arena_array(w->arena, count + 1, sizeof(void *));
        out->has_more = count == most;
        for (size_t i = 0; i < count; i++) {
                struct contest_view *v = contest_read(w, names[i], cells);

                if (v == NULL)
                        return false;
                if (!may_see(w, v))
                        continue;
                for (size_t k = 0; k < v->side_count && v->cell_count > 0 && contest_is_record(&v->cells[0]); k++)
                        v->sides[k].is_left_out |= (shown += v->sides[k].bytes) > CONTEST_SHOWN_MAX;
                out->list[out->count++] = v;
        }
        return work_ok(w);
}

static void member_at(struct jsonw *j, const char *name, moment m)
{
        char text[MOMENT_TEXT_MAX];

        moment_write(text, m);
        jsonw_member_text(j, name, text);
}

/* What a record's versions say, by side. */
static void fields_json(struct work *w, struct jsonw *j, const struct contest_view *v, const struct contest_cell *c)
{
        size_t count;
        const struct own_line *lines = figure_own_of(c->indicator)->lines(w, v, c, &count);
        int stands = outcome_side(v, c);

        jsonw_name(j, "fields");
        jsonw_array(j);
        for (size_t i = 0; lines != NULL && i < count; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "field", lines[i].id);
                jsonw_member_text(j, "name", lines[i].name);
                jsonw_member_bool(j, "differs", lines[i].differs);
                jsonw_member_text(j, "common", lines[i].common); /* null: not known */
                jsonw_name(j, "values");
                jsonw_array(j);
                for (size_t k = 0; k < v->side_count; k++)
                        jsonw_text(j, c->has_side[k] ? lines[i].values[k] : NULL);
                jsonw_end(j);
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_member_text(j, "settled_as", stands < 0 ? NULL : v->sides[stands].hash); /* null: open, or by a newer record */
}

static void contest_json(struct work *w, struct jsonw *j, const struct contest_view *v)
{
        jsonw_object(j);
        jsonw_member_text(j, "id", v->name);
        jsonw_member_text(j, "state", v->cells_open > 0 ? "open" : "settled");
        jsonw_member_text(j, "decider", v->decider);
        jsonw_member_bool(j, "may_settle", v->may_settle);
        member_at(j, "since", v->since);
        jsonw_member_int(j, "figures", v->cells_in_all);
        jsonw_member_int(j, "figures_open", v->cells_open);
        jsonw_name(j, "sides");
        jsonw_array(j);
        for (size_t i = 0; i < v->side_count; i++) {
                const struct contest_side *s = &v->sides[i];

                jsonw_object(j);
                jsonw_member_text(j, "entry", s->hash);
                jsonw_member_text(j, "node", s->entry->node);
                jsonw_member_text(j, "unit", s->unit);
                jsonw_member_text(j, "kind", s->entry->kind);
                jsonw_member_text(j, "by", s->by);
                jsonw_member_text(j, "author", s->entry->author);
                jsonw_member_text(j, "role", s->entry->role);
                member_at(j, "at", stamp_moment(s->entry->at));
                jsonw_member_text(j, "source", s->source);
                jsonw_member_text(j, "why", s->why);
                jsonw_member_bool(j, "is_public", s->is_published);
                jsonw_member_bool(j, "is_left_out", s->is_left_out && contest_is_record(&v->cells[0]));
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_name(j, "cells");
        jsonw_array(j);
        for (size_t i = 0; i < v->cell_count; i++) {
                const struct contest_cell *c = &v->cells[i];
                const char *of_figure = cell_measure(w, c, LANGUAGE_VI);
                bool is_record = contest_is_record(c);

                jsonw_object(j);
                jsonw_member_text(j, "id", field_of(w, c));
                jsonw_member_text(j, "indicator", c->indicator->id);
                jsonw_member_text(j, "unit", c->unit->code);
                jsonw_member_text(j, "unit_key", c->unit->key);
                jsonw_member_text(j, "period", contest_period(w, c));
                jsonw_member_text(j, "item", c->item);
                jsonw_member_text(j, "partner", c->partner);
                jsonw_member_text(j, "unit_of_measure", common_measure(v, c, of_figure)); /* null: not the same for all */
                jsonw_name(j, "units_of_measure");
                jsonw_array(j);
                for (size_t k = 0; k < v->side_count; k++)
                        jsonw_text(j, c->has_side[k] ? side_measure(c, k, of_figure) : NULL);
                jsonw_end(j);
                jsonw_name(j, "values");
                jsonw_array(j);
                for (size_t k = 0; k < v->side_count; k++) {
                        if (c->has_side[k] && !is_record)
                                value_json(w, j, c, c->value[k]);
                        else
                                jsonw_null(j);
                }
                jsonw_end(j);
                jsonw_member_text(j, "stands", c->stands < 0 ? NULL : v->sides[c->stands].hash);
                jsonw_member_text(j, "state", c->is_open ? "open" : "settled");
                jsonw_name(j, "settled_value");
                if (c->has_outcome && !is_record)
                        value_json(w, j, c, c->outcome);
                else
                        jsonw_null(j);
                jsonw_member_text(j, "settled_unit_of_measure",
                                  !c->has_outcome || is_record ? NULL : c->outcome_measure != NULL ? c->outcome_measure : of_figure);
                if (is_record)
                        fields_json(w, j, v, c);
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_name(j, "settled");
        jsonw_array(j);
        for (size_t i = 0; i < v->end_count; i++) {
                const struct contest_end *e = &v->ends[i];

                jsonw_object(j);
                jsonw_member_text(j, "kind", e->entry->kind);
                jsonw_member_bool(j, "is_decision", e->is_decision);
                jsonw_member_text(j, "node", e->entry->node);
                jsonw_member_text(j, "unit", e->unit);
                jsonw_member_text(j, "by", e->by);
                member_at(j, "at", stamp_moment(e->entry->at));
                jsonw_member_text(j, "reason", e->reason);
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_end(j);
}

/* ---- acts in cases ------------------------------------------------------------------------------------------------ */

static void overtaken_fill(struct work *w, const struct case_file *f, const struct case_event *e, struct overtaken_shown *x)
{
        const struct workflow_action *a = e->action < 0 ? NULL : &f->workflow->actions[e->action];
        const struct workflow_state *state = &f->workflow->states[f->state];
        struct error why = { .language = w->language };
        char hex[HASH_HEX];

        case_fault_say(w, f, e, &why);
        hex_write(hex, e->hash, HASH_BYTES);
        *x = (struct overtaken_shown){
                .title = f->title, .href = arena_print(w->arena, "/cases/%s", f->id), .by = e->by, .unit = text_in(w->language, e->unit->full_name_vi, e->unit->full_name_en),
                .what = a == NULL ? work_text(w, "The case was assigned to a unit") : text_in(w->language, a->title_vi, a->title_en),
                .at = moment_shown(w->arena, stamp_moment(e->at), w->language), .written = stamp_moment(e->at), .entry = arena_text(w->arena, hex),
                .fault = arena_text(w->arena, why.message), .rule = arena_text(w->arena, why.hint), .state = text_in(w->language, state->title_vi, state->title_en),
        };
}

/* Acts that do not count, since another node's came before them: the newest cases first. NULL and an error on failure. */
static struct overtaken_shown *overtaken_read(struct work *w, size_t *count)
{
        struct overtaken_shown *list = arena_room(w->arena, NULL, 0, sizeof *list);
        size_t cases;
        struct case_file **all = cases_overtaken(w, LIST_SHOWN, &cases);

        *count = 0;
        for (size_t i = 0; all != NULL && i < cases; i++)
                for (size_t n = case_overtaken(all[i]); n < all[i]->event_count; n++) {
                        if (!case_is_overtaken(&all[i]->events[n]))
                                continue;
                        list = arena_room(w->arena, list, *count, sizeof *list);
                        overtaken_fill(w, all[i], &all[i]->events[n], &list[(*count)++]);
                }
        if (all != NULL && work_ok(w))
                return list;
        *count = 0;
        return NULL;
}

static void overtaken_json(struct jsonw *j, const struct overtaken_shown *list, size_t count)
{
        jsonw_name(j, "acts_that_do_not_count");
        jsonw_array(j);
        for (size_t i = 0; i < count; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "case", list[i].href + strlen("/cases/"));
                jsonw_member_text(j, "title", list[i].title);
                jsonw_member_text(j, "act", list[i].what);
                jsonw_member_text(j, "by", list[i].by);
                jsonw_member_text(j, "unit", list[i].unit);
                member_at(j, "at", list[i].written);
                jsonw_member_text(j, "why", list[i].fault);
                jsonw_member_text(j, "rule", list[i].rule);
                jsonw_member_text(j, "entry", list[i].entry);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void list_json(struct work *w, struct buf *out, const struct contest_list *open, const struct contest_list *closed)
{
        size_t overtaken;
        const struct overtaken_shown *acts = overtaken_read(w, &overtaken);
        struct jsonw j;

        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_member_int(&j, "open", (int64_t)open->count);
        jsonw_name(&j, "conflicts");
        jsonw_array(&j);
        for (size_t i = 0; i < open->count; i++)
                contest_json(w, &j, open->list[i]);
        for (size_t i = 0; i < closed->count; i++)
                contest_json(w, &j, closed->list[i]);
        jsonw_end(&j);
        jsonw_member_int(&j, "count", (int64_t)(open->count + closed->count));
        overtaken_json(&j, acts, overtaken);
        jsonw_end(&j);
        buf_char(out, '\n');
}

/* A row for each version of each figure, of a record for each of its fields. */
static void contest_row(struct work *w, struct table *t, const struct contest_view *v, const struct contest_cell *c, size_t k, const struct own_line *line)
{
        const struct contest_side *s = &v->sides[k];
        const char *of_figure = cell_measure(w, c, w->language);
        const char *said = line != NULL ? line->values[k] : said_of(w, c, c->value[k]);
        bool is_number = line == NULL && said == NULL, has_outcome = c->has_outcome && is_number;
        int stands = is_number ? -1 : outcome_side(v, c);

        table_row(t, (const struct cell[]){
                cell_text(v->name), cell_text(c->is_open ? "open" : "settled"), cell_text(c->indicator->id),
                cell_text(c->unit->code), cell_text(contest_period(w, c)), cell_text(c->item), cell_text(c->partner),
                is_number ? cell_number(c->value[k], c->indicator->decimals, -1) : cell_empty(),
                cell_text(side_measure(c, k, of_figure)), cell_int(c->stands == (int)k), cell_text(s->unit), cell_text(s->by),
                cell_moment(stamp_moment(s->entry->at)), cell_text(s->hash),
                has_outcome ? cell_number(c->outcome, c->indicator->decimals, -1) : cell_empty(),
                !has_outcome ? cell_empty() : cell_text(c->outcome_measure != NULL ? c->outcome_measure : of_figure),
                cell_text(v->decider), cell_text(s->why), line == NULL ? cell_empty() : cell_text(line->id), said == NULL ? cell_empty() : cell_text(said),
                line == NULL ? cell_empty() : cell_int(line->differs), stands < 0 ? cell_empty() : cell_text(v->sides[stands].hash),
        });
}

static void contest_rows(struct work *w, struct table *t, const struct contest_view *v)
{
        for (size_t i = 0; i < v->cell_count && work_ok(w); i++) {
                const struct contest_cell *c = &v->cells[i];
                size_t count = 1;
                const struct own_line *lines = !contest_is_record(c) ? NULL : figure_own_of(c->indicator)->lines(w, v, c, &count);

                for (size_t n = 0; n < count && work_ok(w); n++)
                        for (size_t k = 0; k < v->side_count; k++)
                                if (c->has_side[k])
                                        contest_row(w, t, v, c, k, lines == NULL ? NULL : &lines[n]);
        }
}

struct both_lists {
        const struct contest_list *open, *closed;
};

static bool list_rows(struct work *w, struct table *t, void *context)
{
        const struct both_lists *both = context;

        for (size_t i = 0; i < both->open->count; i++)
                contest_rows(w, t, both->open->list[i]);
        for (size_t i = 0; i < both->closed->count; i++)
                contest_rows(w, t, both->closed->list[i]);
        return work_ok(w);
}

static bool table_of(struct work *w, const struct request *q, struct reply *reply, const struct page *page,
                     const struct contest_list *open, const struct contest_list *closed)
{
        const struct column columns[] = {
                { "conflict", N_("Conflict"), NULL, CELL_TEXT },
                { "state", N_("State"), NULL, CELL_TEXT },
                { "indicator", N_("Indicator"), NULL, CELL_TEXT },
                { "unit", N_("Unit"), NULL, CELL_TEXT },
                { "period", N_("Period"), NULL, CELL_TEXT },
                { "item", N_("Item"), NULL, CELL_TEXT },
                { "partner", N_("Partner"), NULL, CELL_TEXT },
                { "value", N_("Value"), NULL, CELL_NUMBER },
                { "unit_of_measure", N_("Unit of measure"), NULL, CELL_TEXT },
                { "stands", N_("stands meanwhile"), NULL, CELL_INT },
                { "writer_unit", N_("Written by"), NULL, CELL_TEXT },
                { "by", N_("Entered by"), NULL, CELL_TEXT },
                { "at", N_("Written"), NULL, CELL_MOMENT },
                { "entry", N_("Entry"), NULL, CELL_TEXT },
                { "settled_value", N_("Outcome"), NULL, CELL_NUMBER },
                { "settled_unit_of_measure", N_("Outcome's unit of measure"), NULL, CELL_TEXT },
                { "decider", N_("Who decides"), NULL, CELL_TEXT },
                { "why", N_("Reason"), NULL, CELL_TEXT },
                { "field", N_("Field of the record"), NULL, CELL_TEXT },
                { "text", N_("What it says"), NULL, CELL_TEXT },
                { "differs", N_("Differs"), NULL, CELL_INT },
                { "settled_as", N_("Entry that stands"), NULL, CELL_TEXT },
        };
        struct both_lists both = { open, closed };

        return table_reply(w, q, reply, page, "conflicts", NULL, columns, (int)(sizeof columns / sizeof *columns), list_rows, &both);
}

static struct conflict_shown *list_shown(struct work *w, const struct contest_list *list)
{
        struct conflict_shown *shown = arena_array(w->arena, list->count + 1, sizeof *shown);

        for (size_t i = 0; i < list->count; i++)
                shown_fill(w, list->list[i], &shown[i]);
        return shown;
}

#define EVERY ((size_t)1 << 20)

static bool show_list(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Conflicts"), .nav = NAV_STATUS,
                             .crumbs = { { work_text(w, "Exchange between nodes"), "/status" } }, .crumb_count = 1 };
        bool is_page = request_suffix(q) == SUFFIX_HTML;
        struct contest_list open, closed;
        struct conflict_list v = { .open_count = 0 };

        reply->is_private = true;
        if (!list_read(w, true, is_page ? LIST_SHOWN : EVERY, is_page ? CELLS_LISTED : 0, &open) ||
            !list_read(w, false, is_page ? LIST_SHOWN : EVERY, is_page ? CELLS_LISTED : 0, &closed))
                return false;
        if (request_suffix(q) == SUFFIX_JSON) {
                list_json(w, &reply->body, &open, &closed);
                return work_ok(w);
        }
        if (!is_page)
                return table_of(w, q, reply, &page, &open, &closed);
        v = (struct conflict_list){ .open = list_shown(w, &open), .open_count = open.count, .closed = list_shown(w, &closed),
                                    .closed_count = closed.count, .has_more = open.has_more || closed.has_more };
        v.overtaken = overtaken_read(w, &v.overtaken_count);
        page_begin(w, q, reply, &page);
        conflict_list_page(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

/* ---- one ------------------------------------------------------------------------------------------------------------ */

static struct contest_view *view_of(struct work *w, const struct request *q, size_t cells)
{
        struct contest_view *v = catalogue_of(w) == NULL ? NULL : contest_read(w, request_part(q, "id"), cells);

        if (v != NULL && !may_see(w, v)) {
                if (work_ok(w))
                        error_set(&w->err, ERR_DENIED, "this conflict is also about what lies outside the territory of your unit (%s)",
                                  w->user->unit);
                return NULL;
        }
        return v;
}

static bool page_of(struct work *w, const struct request *q, struct reply *reply, const struct contest_view *v)
{
        struct conflict_shown shown;
        struct page page = { .nav = NAV_STATUS, .crumbs = { { work_text(w, "Exchange between nodes"), "/status" },
                                                            { work_text(w, "Conflicts"), "/conflicts" } },
                             .crumb_count = 2 };

        shown_fill(w, v, &shown);
        shown.csrf = request_csrf(q);
        page.title = shown.title;
        page_begin(w, q, reply, &page);
        conflict_one_page(w, &reply->body, &shown);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

static bool show_one(struct work *w, const struct request *q, struct reply *reply)
{
        bool is_page = request_suffix(q) == SUFFIX_HTML;
        struct contest_view *v = view_of(w, q, is_page ? CELLS_SHOWN : 0);
        struct contest_list one = { .list = &v, .count = 1 }, none = { .count = 0 };
        struct jsonw j;

        reply->is_private = true;
        if (v == NULL)
                return false;
        if (request_suffix(q) == SUFFIX_JSON) {
                jsonw_init(&j, &reply->body);
                contest_json(w, &j, v);
                buf_char(&reply->body, '\n');
                return work_ok(w);
        }
        if (!is_page) {
                struct page page = { .title = work_text(w, "Conflicts"), .nav = NAV_STATUS };

                return table_of(w, q, reply, &page, &one, &none);
        }
        return page_of(w, q, reply, v);
}

static int side_by_hash(const struct contest_view *v, const char *hash)
{
        for (size_t i = 0; hash != NULL && i < v->side_count; i++)
                if (strcmp(v->sides[i].hash, hash) == 0)
                        return (int)i;
        return -1;
}

/* What a program sends: {"choose":ENTRY, "reason":…}, or for single cells {"choose":{ID:ENTRY,…}, …} by their ids: neither a side nor
 * a cell is named by its place, which may be another's by then. "publish":true agrees to publish what takes the place of a published version. */
static bool choice_from_json(struct work *w, const struct request *q, const struct contest_view *v, int *choice, const char **reason,
                             bool *may_publish)
{
        json_t *body = request_json(w, q), *choose;
        const char *whole;
        size_t found = 0;

        if (body == NULL)
                return false;
        *reason = json_string_value(json_object_get(body, "reason"));
        *may_publish = json_is_true(json_object_get(body, "publish"));
        choose = json_object_get(body, "choose");
        whole = json_string_value(choose);
        if (whole == NULL && !json_is_object(choose))
                return error_set(&w->err, ERR_INVALID, "\"choose\" names the entry that is right, or one for each figure by its id");
        for (size_t i = 0; i < v->cell_count; i++) {
                const json_t *one = json_object_get(choose, field_of(w, &v->cells[i]));

                choice[i] = side_by_hash(v, whole != NULL ? whole : json_string_value(one));
                found += one != NULL;
                if (choice[i] < 0 && (whole != NULL || one != NULL) && v->may_settle)
                        return error_set(&w->err, ERR_INVALID, "there is no such version in this conflict; look at it again");
        }
        return whole != NULL || found == json_object_size(choose) || !v->may_settle ||
               error_set(&w->err, ERR_INVALID, "there is no such figure in this conflict; look at it again");
}

static void choice_from_form(struct work *w, const struct request *q, const struct contest_view *v, int *choice)
{
        const char *side = request_field(q, "side", 0);

        for (size_t i = 0; i < v->cell_count; i++) {
                const char *typed = request_field(q, arena_print(w->arena, "cell-%s", field_of(w, &v->cells[i])), 0);

                if (side == NULL || strcmp(side, "cells") != 0)
                        choice[i] = side_by_hash(v, side);
                else
                        choice[i] = side_by_hash(v, typed);
        }
}

static bool settle(struct work *w, const struct request *q, struct reply *reply)
{
        const char *reason = NULL;
        struct contest_view *v;
        bool may_publish;
        int *choice;

        if (!user_may(w->user, MAY_SEND)) /* MAY_READ is the route's: enterprises send too, but see nobody's figures */
                return error_set(&w->err, ERR_DENIED, "only the leader of a unit may settle conflicts");
        v = view_of(w, q, 0);
        if (v == NULL)
                return false;
        choice = arena_array(w->arena, v->cell_count + 1, sizeof *choice);
        if (request_is_json_body(q)) {
                if (!choice_from_json(w, q, v, choice, &reason, &may_publish))
                        return false;
        } else {
                reason = request_field(q, "reason", 0);
                may_publish = request_field(q, "publish", 0) != NULL;
                choice_from_form(w, q, v, choice);
        }
        for (size_t i = 0; i < v->cell_count; i++) /* a version chosen everywhere stands where it is one of those that differ */
                if (choice[i] >= 0 && choice[i] < (int)v->side_count && !v->cells[i].has_side[choice[i]])
                        choice[i] = -1;
        if (!contest_settle(w, v->name, choice, v->cell_count, reason, may_publish))
                return false;
        return reply_redirect(w, reply, arena_print(w->arena, "/conflicts/%s%s", v->name,
                                                    request_suffix(q) == SUFFIX_JSON ? ".json" : ""));
}

/* ---- caunoi conflicts ------------------------------------------------------------------------------------------------- */

static void print_one(struct work *w, struct buf *out, const struct contest_view *v)
{
        struct conflict_shown c;

        shown_fill(w, v, &c);
        buf_print(out, "%s  %s · %s\n", v->name, c.title, c.about);
        for (size_t i = 0; i < c.side_count; i++)
                buf_print(out, "    %s: %s, %s, %s%s%s\n", c.sides[i].letter, c.sides[i].unit, c.sides[i].by, c.sides[i].at,
                          c.sides[i].stands ? " · " : "", c.sides[i].stands ? work_text(w, "stands meanwhile") : "");
        for (size_t i = 0; i < c.cell_count; i++) {
                buf_print(out, "    %s:", c.cells[i].name);
                for (size_t n = 0; n < c.cells[i].line_count; n++) {
                        const struct own_line *line = &c.cells[i].lines[n];

                        if (line->differs)
                                buf_print(out, "\n      %s:", line->name);
                        for (size_t k = 0; line->differs && k < c.side_count; k++)
                                buf_print(out, " %s %s", c.sides[k].letter, *line->values[k] == '\0' ? "–" : line->values[k]);
                }
                for (size_t k = 0; k < c.side_count; k++)
                        if (*c.cells[i].values[k].value != '\0')
                                buf_print(out, " %s %s", c.sides[k].letter, c.cells[i].values[k].value);
                if (c.cells[i].outcome != NULL)
                        buf_print(out, " → %s", c.cells[i].outcome);
                if (*c.cells[i].measure != '\0')
                        buf_print(out, " (%s)", c.cells[i].measure);
                buf_char(out, '\n');
        }
        if (c.cells_left > 0)
                buf_print(out, work_text(w, "    … and %lld further figures\n"), (long long)c.cells_left);
        for (size_t i = 0; i < c.end_count; i++)
                buf_print(out, "    %s: %s, %s, %s%s%s\n", work_text(w, "Settled"), c.ends[i].unit, c.ends[i].by, c.ends[i].at,
                          *c.ends[i].reason == '\0' ? "" : ": ", c.ends[i].reason);
        if (c.is_open)
                buf_print(out, work_text(w, "    decided by the leader of %s, expected since %s\n"), c.decider, c.since);
}

static bool run_conflicts(struct work *w, const struct call *call)
{
        const struct overtaken_shown *acts;
        size_t overtaken;
        struct contest_list open, closed = { .count = 0 };
        struct buf *out = call_out(call);

        if (!list_read(w, true, EVERY, call_is_json(call) ? 0 : CELLS_SHOWN, &open) ||
            (call_has(call, "all") && !list_read(w, false, EVERY, call_is_json(call) ? 0 : CELLS_SHOWN, &closed)))
                return false;
        if (call_is_json(call)) {
                list_json(w, out, &open, &closed);
                return work_ok(w);
        }
        for (size_t i = 0; i < open.count; i++)
                print_one(w, out, open.list[i]);
        for (size_t i = 0; i < closed.count; i++)
                print_one(w, out, closed.list[i]);
        buf_print(out, work_text(w, "%zu conflicts are open\n"), open.count);
        acts = overtaken_read(w, &overtaken);
        for (size_t i = 0; acts != NULL && i < overtaken; i++)
                buf_print(out, "%s  %s · %s · %s, %s, %s: %s\n", acts[i].href, acts[i].title, acts[i].what, acts[i].by, acts[i].unit, acts[i].at, acts[i].fault);
        if (overtaken > 0)
                buf_print(out, work_text(w, "%zu acts in cases do not count\n"), overtaken);
        return work_ok(w);
}

static const struct option conflicts_options[] = {
        { "all", NULL, false, N_("also those that have been settled") },
        { 0 },
};

static const struct command commands[] = {
        { "conflicts", "NODE", 1, 1, COMMAND_READS, conflicts_options, run_conflicts,
          N_("list figures, records, definitions, decisions about reports and acts in cases that nodes wrote without having seen each other"),
          N_("Both versions of each are kept. The leader of the unit nearest to the figures decides, at its node: on the page "
             "/conflicts, or a program with the leader's token by POST /conflicts/ID.json with "
             "{\"choose\":ENTRY,\"reason\":TEXT}, for single figures {\"choose\":{ID:ENTRY},\"reason\":TEXT}; with \"publish\":true where "
             "it takes the place of a published version: that needs what it chooses to be published. Of a record or a file of definitions ENTRY is a version as a whole.") },
        { 0 },
};

static const struct route routes[] = {
        { GET, "/conflicts", show_list, MAY_READ, ROUTE_NO_ETAG | ROUTE_PAST | ROUTE_WHOLE, N_("Conflicts: figures, records, definitions and decisions about reports written by nodes that had not seen each other") },
        { GET, "/conflicts/{id}", show_one, MAY_READ, ROUTE_NO_ETAG | ROUTE_PAST | ROUTE_WHOLE, N_("One conflict: its versions side by side, and the decision") },
        { POST, "/conflicts/{id}", settle, MAY_READ, ROUTE_WRITES, N_("Settle a conflict: choose a version, with a reason") },
        { 0 },
};

const struct area conflict_area = { .name = "conflict", .title = N_("Conflicts"), .routes = routes, .commands = commands };
