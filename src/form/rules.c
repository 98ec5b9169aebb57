#include <stdio.h>
#include <string.h>

#include "form/form_private.h"

static const int64_t POINT_AS_PERCENT = 100;

/* ---- reading what is typed -------------------------------------------------------------------- */

static bool is_blank(const char *text)
{
        return text == NULL || text[strspn(text, " \t")] == '\0';
}

void cells_read(struct cell_state *cells, const struct cell_context *contexts, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct cell_state *c = &cells[i];
                size_t position;

                if (c->row->indicator == NULL)
                        continue;
                c->has_value = !is_blank(c->typed) &&
                               decimal_read_typed(c->typed, strlen(c->typed), contexts[i].language,
                                                  c->row->indicator->decimals, &c->value,
                                                  &position) == DECIMAL_OK;
        }
}

const char *value_shown(struct arena *arena, int64_t value, int decimals, int least, enum language language)
{
        char text[DECIMAL_TEXT_MAX];
        int needed = decimals;

        while (needed > 0 && value % decimal_power[decimals - needed + 1] == 0)
                needed--;
        decimal_write_shown(text, value, decimals, needed > least ? needed : least, language);
        return arena_text(arena, text);
}

bool value_change(const struct indicator *indicator, enum rule_base base, int64_t value, bool has_base,
                  int64_t base_value, int64_t *change, bool *is_points)
{
        int decimals = indicator->decimals;
        bool is_own_comparison = (base == BASE_YEAR_BEFORE && (strcmp(indicator->comparison, "yoy") == 0 ||
                                                            strcmp(indicator->comparison, "ytd") == 0)) ||
                                 (base == BASE_PREVIOUS && strcmp(indicator->comparison, "mom") == 0);

        *is_points = false;
        if (indicator->is_index && is_own_comparison) {
                int64_t hundred = POINT_AS_PERCENT * decimal_power[decimals];

                return decimal_rescale(value - hundred, decimals, FIGURE_CHANGE_DECIMALS, change);
        }
        if (!has_base)
                return false;
        if (indicator->is_index) {
                *is_points = true;
                return decimal_rescale(value - base_value, decimals, FIGURE_CHANGE_DECIMALS, change);
        }
        if (base_value <= 0)
                return false;
        return decimal_narrow(decimal_divide(((int128)value - base_value) * 100 *
                                                     decimal_power[FIGURE_CHANGE_DECIMALS],
                                             base_value),
                              change);
}

/* ---- names --------------------------------------------------------------------------------------- */

const char *rule_level_name(enum rule_level level)
{
        static const char *const names[] = { "structure", "consistency", "plausibility", "sources" };

        return names[level];
}

const char *rule_level_title(enum rule_level level)
{
        static const char *const titles[] = { N_("Structure"), N_("Consistency"), N_("Plausibility"), N_("Against other sources") };

        return titles[level];
}

const char *severity_name(enum severity severity)
{
        return severity == SEVERITY_ERROR ? "error" : severity == SEVERITY_WARNING ? "warning" : "info";
}

const char *severity_title(enum severity severity)
{
        static const char *const titles[] = { N_("For information"), N_("Warning"), N_("Error") };

        return titles[severity];
}

/* ---- texts of rules ----------------------------------------------------------------------------- */

struct filling { const char *name, *text; };

/* Put values in place of {names}; unknown names stay as they are. */
static const char *fill_in(struct arena *arena, const char *pattern, const struct filling *list, size_t count)
{
        size_t room = strlen(pattern) + 1, length = 0;
        char *out;

        for (const char *p = strchr(pattern, '{'); p != NULL; p = strchr(p + 1, '{')) {
                for (size_t i = 0; i < count; i++) {
                        size_t n = strlen(list[i].name);

                        if (strncmp(p + 1, list[i].name, n) == 0 && p[n + 1] == '}')
                                room += strlen(list[i].text);
                }
        }
        out = arena_alloc(arena, room);
        while (*pattern != '\0') {
                bool is_filled = false;

                for (size_t i = 0; i < count && *pattern == '{'; i++) {
                        size_t n = strlen(list[i].name);

                        if (strncmp(pattern + 1, list[i].name, n) == 0 && pattern[n + 1] == '}') {
                                size_t size = strlen(list[i].text);

                                memcpy(out + length, list[i].text, size);
                                length += size;
                                pattern += n + 2;
                                is_filled = true;
                                break;
                        }
                }
                if (!is_filled)
                        out[length++] = *pattern++;
        }
        out[length] = '\0';
        return out;
}

static const char *const own_message[RULE_KIND_COUNT] = {
        [RULE_REQUIRED] = N_("Not entered yet"),
        [RULE_NOT_NEGATIVE] = N_("Must not be below zero"),
        [RULE_RANGE] = N_("{value} is outside the usual range {least} to {most}"),
        [RULE_CHANGE] = N_("{direction} by {change}{measure} against {base}, more than {limit}{measure}"),
        [RULE_UNIT] = N_("About {ratio} times the previous period: another unit?"),
        [RULE_PARTS] = N_("Rows {parts} add up to {sum}, a difference of {difference} {unit}"),
        [RULE_SOURCES] = N_("{source} gives {other}, a difference of {difference}{measure}"),
        [RULE_CUMULATIVE] = N_("No figure for {months}: the to-date figure cannot be made"),
};

const char *rule_kind_message(enum rule_kind kind)
{
        return own_message[kind];
}

struct checking {
        struct arena *arena;
        const struct form *form;
        day on;
        const struct cell_state *cells;
        const struct cell_context *contexts;
        size_t count;
        enum language language;
        struct problem *list;
        size_t problem_count, room;
        bool *is_unit_doubted; /* rows where a change is explained by a wrong unit already */
};

static struct problem *add(struct checking *k, enum severity severity, size_t row, const char *rule, const char *message,
                           const char *fix)
{
        const char *explanation = k->cells[row].explanation;

        if (k->problem_count == k->room) {
                size_t room = k->room == 0 ? 16 : k->room * 2;
                struct problem *more = arena_array(k->arena, room, sizeof *more);

                if (k->problem_count > 0)
                        memcpy(more, k->list, k->problem_count * sizeof *more);
                k->list = more;
                k->room = room;
        }
        k->list[k->problem_count] = (struct problem){
                .severity = severity, .level = RULES_STRUCTURE, .advice = "", .cell = k->form->rows[row].id, .rule = rule, .message = message,
                        .fix = fix,
                .is_explained = severity == SEVERITY_WARNING && !is_blank(explanation),
        };
        return &k->list[k->problem_count++];
}

static void add_rule(struct checking *k, const struct rule *rule, size_t row, const struct filling *fillings,
                     size_t count, const char *fix)
{
        const char *pattern = k->language == LANGUAGE_EN ? rule->message_en : rule->message_vi;
        struct problem *p;

        if (pattern == NULL)
                pattern = text(k->language, own_message[rule->kind]);
        p = add(k, rule->severity, row, rule->id, fill_in(k->arena, pattern, fillings, count), fix);
        p->level = rule->level;
        p->advice = k->language == LANGUAGE_EN ? rule->advice_en : rule->advice_vi;
}

static const char *threshold(struct checking *k, int64_t value)
{
        return value_shown(k->arena, value, RULE_DECIMALS, 0, k->language);
}

static const char *cell_text_of(struct checking *k, size_t row, int64_t value)
{
        const struct indicator *i = k->form->rows[row].indicator;

        return value_shown(k->arena, value, i->decimals, i->shown, k->language);
}

static const char *unit_of(struct checking *k, size_t row)
{
        const struct indicator *i = k->form->rows[row].indicator;

        return k->language == LANGUAGE_EN ? i->unit_en : i->unit_vi;
}

/* ---- numbers that cannot be read ------------------------------------------------------------------ */

/* Letters people type in place of digits: what the machine may offer as a fix. */
static const char *readable_fix(struct checking *k, size_t row)
{
        const struct cell_state *c = &k->cells[row];
        const struct indicator *indicator = k->form->rows[row].indicator;
        size_t length = strlen(c->typed), position;
        char *guess = arena_text(k->arena, c->typed);
        bool is_changed = false;
        int64_t value;

        for (size_t i = 0; i < length; i++) {
                char digit = guess[i] == 'O' || guess[i] == 'o' ? '0' :
                             guess[i] == 'l' || guess[i] == 'I' || guess[i] == 'i' ? '1' : guess[i];

                is_changed = is_changed || digit != guess[i];
                guess[i] = digit;
        }
        if (is_changed && decimal_read_typed(guess, length, k->contexts[row].language, indicator->decimals,
                                             &value,
                                             &position) == DECIMAL_OK)
                return cell_text_of(k, row, value);
        return NULL;
}

static const char *rounded_fix(struct checking *k, size_t row)
{
        const struct cell_state *c = &k->cells[row];
        const struct indicator *indicator = k->form->rows[row].indicator;
        int64_t value, rounded;
        size_t position;

        for (int decimals = DECIMAL_MAX_DECIMALS; decimals > indicator->decimals; decimals--) {
                if (decimal_read_typed(c->typed, strlen(c->typed), k->contexts[row].language, decimals,
                                       &value,
                                       &position) == DECIMAL_OK &&
                    decimal_rescale(value, decimals, indicator->decimals, &rounded))
                        return cell_text_of(k, row, rounded);
        }
        return NULL;
}

static void check_readable(struct checking *k, size_t row)
{
        const struct cell_state *c = &k->cells[row];
        struct error e = { .language = k->language };
        size_t position = 0;
        int64_t value;
        enum decimal_fault fault;

        if (c->has_value || is_blank(c->typed))
                return;
        fault = decimal_read_typed(c->typed, strlen(c->typed), k->contexts[row].language,
                                   c->row->indicator->decimals, &value, &position);
        decimal_read_error(&e, fault, c->typed, strlen(c->typed), position);
        add(k, SEVERITY_ERROR, row, "number", arena_text(k->arena, e.message),
            fault == DECIMAL_TOO_FINE ? rounded_fix(k, row) : readable_fix(k, row));
}

/* ---- one function per kind ------------------------------------------------------------------------- */

static void check_required(struct checking *k, const struct rule *rule, size_t row)
{
        if (is_blank(k->cells[row].typed))
                add_rule(k, rule, row, NULL, 0, NULL);
}

static void check_not_negative(struct checking *k, const struct rule *rule, size_t row)
{
        const struct cell_state *c = &k->cells[row];
        struct filling list[] = { { "value", "" } };

        if (!c->has_value || c->value >= 0)
                return;
        list[0].text = cell_text_of(k, row, c->value);
        add_rule(k, rule, row, list, 1, NULL);
}

/* Both as integers of DECIMAL_MAX_DECIMALS: exact in 128 bits. */
static int128 widen(int64_t value, int decimals)
{
        return (int128)value * decimal_power[DECIMAL_MAX_DECIMALS - decimals];
}

static void check_range(struct checking *k, const struct rule *rule, size_t row)
{
        const struct cell_state *c = &k->cells[row];
        int128 value;

        if (!c->has_value)
                return;
        value = widen(c->value, c->row->indicator->decimals);
        if ((rule->has_least && value < widen(rule->least, RULE_DECIMALS)) ||
            (rule->has_most && value > widen(rule->most, RULE_DECIMALS))) {
                struct filling list[] = {
                        { "value", cell_text_of(k, row, c->value) },
                        { "least", rule->has_least ? threshold(k, rule->least) : "–" },
                        { "most", rule->has_most ? threshold(k, rule->most) : "–" },
                        { "unit", unit_of(k, row) },
                };

                add_rule(k, rule, row, list, sizeof list / sizeof *list, NULL);
        }
}

static void check_change(struct checking *k, const struct rule *rule, size_t row)
{
        const struct cell_state *c = &k->cells[row];
        bool has_base = rule->base == BASE_PREVIOUS ? c->has_previous : c->has_year_before, is_points;
        int64_t base = rule->base == BASE_PREVIOUS ? c->previous : c->year_before, change, size;

        if (!c->has_value || k->is_unit_doubted[row] ||
            !value_change(c->row->indicator, rule->base, c->value, has_base, base, &change, &is_points))
                return;
        size = change < 0 ? -change : change;
        if (size > rule->limit) {
                char shown[DECIMAL_TEXT_MAX];

                decimal_write_shown(shown, size, FIGURE_CHANGE_DECIMALS, 1, k->language);
                struct filling list[] = {
                        { "change", shown },
                        { "direction", text(k->language, change < 0 ? N_("Fell") : N_("Rose")) },
                        { "measure", is_points ? text(k->language, N_(" points")) : "%" },
                        { "base", text(k->language, rule->base == BASE_PREVIOUS ? N_("the previous period")
                                                                                 : N_("the same period last year")) },
                        { "limit", threshold(k, rule->limit) },
                        { "value", cell_text_of(k, row, c->value) },
                };

                add_rule(k, rule, row, list, sizeof list / sizeof *list, NULL);
        }
}

static void check_sources(struct checking *k, const struct rule *rule, size_t row)
{
        const struct cell_state *c = &k->cells[row];
        int64_t change, size;
        bool is_points;
        char shown[DECIMAL_TEXT_MAX];

        if (!c->has_value || !c->has_other)
                return;
        is_points = c->row->indicator->is_index;
        if (is_points ? !decimal_rescale(c->value - c->other, c->row->indicator->decimals, FIGURE_CHANGE_DECIMALS, &change)
                      : !value_change(c->row->indicator, BASE_PREVIOUS, c->value, true, c->other, &change, &is_points))
                return;
        size = change < 0 ? -change : change;
        if (size <= rule->limit)
                return;
        decimal_write_shown(shown, size, FIGURE_CHANGE_DECIMALS, 2, k->language);
        struct filling list[] = {
                { "difference", shown },
                { "measure", is_points ? text(k->language, N_(" points")) : "%" },
                { "source", c->other_source },
                { "other", cell_text_of(k, row, c->other) },
                { "value", cell_text_of(k, row, c->value) },
                { "limit", threshold(k, rule->limit) },
        };

        add_rule(k, rule, row, list, sizeof list / sizeof *list, NULL);
}

/* Between ratio / within and ratio * within times the base, or that part of it. */
static void check_unit(struct checking *k, const struct rule *rule, size_t row)
{
        const struct cell_state *c = &k->cells[row];
        bool has_base = rule->base == BASE_PREVIOUS ? c->has_previous : c->has_year_before;
        int64_t base = rule->base == BASE_PREVIOUS ? c->previous : c->year_before, fixed, whole = 0;
        const int64_t one = decimal_power[RULE_DECIMALS];
        int128 ratio, low, high;
        bool is_too_large;

        if (!c->has_value || !has_base || base <= 0 || c->value <= 0)
                return;
        low = decimal_divide((int128)rule->limit * one, rule->within);
        high = decimal_divide((int128)rule->limit * rule->within, one);
        is_too_large = c->value > base;
        ratio = is_too_large ? decimal_divide((int128)c->value * one, base) :
                               decimal_divide((int128)base * one, c->value);
        if (ratio < low || ratio > high)
                return;
        k->is_unit_doubted[row] = true;
        if (!decimal_narrow(is_too_large ? decimal_divide((int128)c->value * one, rule->limit)
                                         : decimal_divide((int128)c->value * rule->limit, one),
                            &fixed) ||
            !decimal_narrow(decimal_divide(ratio, one), &whole))
                return;
        const char *fix = cell_text_of(k, row, fixed);
        const char *times = value_shown(k->arena, whole, 0, 0, k->language);
        struct filling list[] = {
                { "value", cell_text_of(k, row, c->value) }, { "previous", cell_text_of(k, row, base) },
                { "ratio", is_too_large ? times : arena_print(k->arena, "1/%s", times) },
                { "unit", unit_of(k, row) }, { "fix", fix },
        };

        add_rule(k, rule, row, list, sizeof list / sizeof *list, fix);
}

static const char *names_of_rows(struct checking *k, const struct rule *rule)
{
        const char *names = "";

        for (int i = 0; i < rule->row_count; i++)
                names = arena_print(k->arena, "%s%s%s", names, i > 0 ? ", " : "",
                                    k->form->rows[rule->rows[i]].id);
        return names;
}

static void check_parts(struct checking *k, const struct rule *rule)
{
        const struct cell_state *total = &k->cells[rule->total];
        int decimals = k->form->rows[rule->total].indicator->decimals;
        int128 sum = 0, difference, size;
        bool is_whole = true;
        int64_t narrow_sum, narrow_difference;

        for (int i = 0; i < rule->row_count; i++) {
                const struct cell_state *part = &k->cells[rule->rows[i]];

                if (part->has_value)
                        sum += widen(part->value, part->row->indicator->decimals);
                else if (!is_blank(part->typed))
                        return; /* a part that cannot be read says so itself */
                else
                        is_whole = false;
        }
        if (!total->has_value)
                return;
        difference = widen(total->value, decimals) - sum;
        size = difference < 0 ? -difference : difference;
        if (size <= widen(rule->tolerance, RULE_DECIMALS) ||
            ((rule->is_at_most || !is_whole) && difference > 0))
                return;
        if (!decimal_narrow(decimal_divide(sum, decimal_power[DECIMAL_MAX_DECIMALS - decimals]),
                            &narrow_sum) ||
            !decimal_narrow(decimal_divide(size, decimal_power[DECIMAL_MAX_DECIMALS - decimals]),
                            &narrow_difference))
                return;
        size_t row = (size_t)rule->total;
        struct filling list[] = {
                { "value", cell_text_of(k, row, total->value) }, { "sum", cell_text_of(k, row, narrow_sum) },
                { "difference", cell_text_of(k, row, narrow_difference) }, { "unit", unit_of(k, row) },
                { "parts", names_of_rows(k, rule) },
                { "direction", text(k->language, difference < 0 ? N_("Less than") : N_("More than")) },
        };

        add_rule(k, rule, row, list, sizeof list / sizeof *list, cell_text_of(k, row, narrow_sum));
}

static void check_cumulative(struct checking *k, const struct rule *rule, size_t row)
{
        const struct cell_context *context = &k->contexts[row];
        struct filling list[] = { { "months", context->missing } };

        if (context->missing != NULL && k->cells[row].has_value)
                add_rule(k, rule, row, list, 1, NULL);
}

/* What has been sent stays sent: a later version may correct it, not make it vanish. */
static void check_withdrawn(struct checking *k, size_t row)
{
        const struct cell_context *context = &k->contexts[row];

        if (context->was_sent && is_blank(k->cells[row].typed))
                add(k, SEVERITY_ERROR, row, "withdrawn",
                    text(k->language, N_("A figure was sent for this row and cannot be left out now: correct it, "
                                         "or enter 0")),
                    cell_text_of(k, row, context->sent));
}

static void check_rule(struct checking *k, const struct rule *rule)
{
        if (k->on < rule->from || rule->to < k->on)
                return;
        if (rule->kind == RULE_PARTS) {
                check_parts(k, rule);
                return;
        }
        for (int i = 0; i < rule->row_count; i++) {
                size_t row = (size_t)rule->rows[i];

                switch (rule->kind) {
                case RULE_REQUIRED: check_required(k, rule, row); break;
                case RULE_NOT_NEGATIVE: check_not_negative(k, rule, row); break;
                case RULE_RANGE: check_range(k, rule, row); break;
                case RULE_CHANGE: check_change(k, rule, row); break;
                case RULE_UNIT: check_unit(k, rule, row); break;
                case RULE_CUMULATIVE: check_cumulative(k, rule, row); break;
                case RULE_SOURCES: check_sources(k, rule, row); break;
                case RULE_PARTS:
                case RULE_KIND_COUNT: break;
                }
        }
}

/* By row, then the gravest first; stable, so that rules of one severity keep the order of the form. */
static void sort_problems(const struct form *form, struct problem *list, size_t count)
{
        for (size_t i = 1; i < count; i++) {
                struct problem p = list[i];
                int row = form_row_find(form, p.cell);
                size_t j = i;

                while (j > 0) {
                        int other = form_row_find(form, list[j - 1].cell);

                        if (other < row || (other == row && list[j - 1].severity >= p.severity))
                                break;
                        list[j] = list[j - 1];
                        j--;
                }
                list[j] = p;
        }
}

struct problem *rules_check(struct arena *arena, const struct form *form, day on, const struct cell_state *cells,
                            const struct cell_context *contexts, size_t count, enum language language,
                            size_t *problem_count)
{
        struct checking k = {
                .arena = arena, .form = form, .on = on, .cells = cells, .contexts = contexts, .count = count,
                .language = language, .is_unit_doubted = arena_array(arena, count + 1, sizeof(bool)),
        };

        for (size_t i = 0; i < count; i++) {
                if (form->rows[i].indicator == NULL)
                        continue;
                check_readable(&k, i);
                check_withdrawn(&k, i);
        }
        for (size_t i = 0; i < form->rule_count; i++) {
                if (form->rules[i].kind == RULE_UNIT)
                        check_rule(&k, &form->rules[i]);
        }
        for (size_t i = 0; i < form->rule_count; i++) {
                if (form->rules[i].kind != RULE_UNIT)
                        check_rule(&k, &form->rules[i]);
        }
        sort_problems(form, k.list, k.problem_count);
        *problem_count = k.problem_count;
        return k.list;
}

int form_row_find(const struct form *form, const char *id)
{
        for (size_t i = 0; i < form->row_count; i++) {
                if (form->rows[i].id != NULL && form->rows[i].indicator != NULL &&
                    strcmp(form->rows[i].id, id) == 0)
                        return (int)i;
        }
        return -1;
}
