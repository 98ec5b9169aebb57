/* contest.c - a file of definitions that two nodes of the ministry wrote without having seen each other: both versions line by line, and the decision. Which
 * stands meanwhile, and what is in conflict, the catalogue says (src/catalogue/contest.c). */
#include <string.h>

#include "areas/definitions/definitions.h"
#include "base/lines.h"
#include "figure/own.h"
#include "ledger/read.h"

#define LINES_AROUND 2
#define LINES_SHOWN 400

static const struct indicator topics[] = {
        { .id = CONTEST_OF_FILE, .name_vi = "Tệp định nghĩa", .name_en = "File of definitions", .unit_vi = "", .unit_en = "", .comparison = "", .item_classification = "",
          .partner_classification = "", .formula = "", .weights = "", .source_vi = "", .source_en = "", .legal_basis = "" },
        { .id = NULL },
};

static const char *title(struct work *w, const struct contest_cell *c)
{
        return arena_print(w->arena, "%s: %s", text_in(w->language, c->indicator->name_vi, c->indicator->name_en), c->item);
}

/* Of the page that shows what the file defines. */
static const char *address(struct work *w, const struct contest_cell *c)
{
        size_t length = strlen(c->item);

        (void)w;
        if (strncmp(c->item, "units/", 6) == 0)
                return strncmp(c->item, "units/changes", 13) == 0 || strncmp(c->item, ARRANGEMENTS, strlen(ARRANGEMENTS)) == 0 ? "/units/changes" : "/units";
        return length > 5 && strcmp(c->item + length - 5, ".form") == 0 ? "/forms" : "/indicators";
}

static bool value(struct work *w, const struct contest_cell *c, int64_t entry, int64_t *found, int64_t *measure)
{
        struct rows *r = db_query(w->db, "SELECT mark FROM catalogue_version WHERE entry = $1 AND path = $2", ARGS(v_int(entry), v_text(c->item)));
        bool is_there = rows_next(r);

        *measure = 0;
        if (is_there)
                *found = rows_int(r, 0);
        rows_close(r);
        return is_there;
}

/* None: a file is written by a command. */
static const char *anew(struct work *w, const struct contest_cell *c)
{
        (void)w;
        (void)c;
        return NULL;
}

static const char *text_of(const json_t *body)
{
        const char *text = json_string_value(json_object_get(body, "text"));

        return text == NULL ? "" : text;
}

static struct own_line *line_add(struct work *w, const struct contest_view *v, struct own_line **list, size_t *count, const char *id, const char *name)
{
        struct own_line *line;

        *list = arena_room(w->arena, *list, *count, sizeof **list);
        line = &(*list)[(*count)++];
        *line = (struct own_line){ .id = id, .name = name, .values = arena_array(w->arena, v->side_count, sizeof(char *)) };
        for (size_t i = 0; i < v->side_count; i++)
                line->values[i] = "";
        return line;
}

/* A version that takes the file out of the catalogue says nothing line by line. */
static void withdrawals_say(struct work *w, const struct contest_view *v, const struct contest_cell *c, struct own_line **list, size_t *count)
{
        struct own_line *line = NULL;

        for (size_t i = 0; i < v->side_count; i++)
                if (c->has_side[i] && c->value[i] == 0) {
                        line = line != NULL ? line : line_add(w, v, list, count, "withdrawn", work_text(w, "The file"));
                        line->values[i] = work_text(w, "withdrawn");
                        line->differs = true;
                }
}

static struct own_line *lines(struct work *w, const struct contest_view *v, const struct contest_cell *c, size_t *count)
{
        const json_t **bodies = contest_bodies(w, v);
        int64_t *entries = arena_array(w->arena, v->side_count + 1, sizeof *entries);
        const char **texts = arena_array(w->arena, v->side_count + 1, sizeof *texts), *ground;
        struct own_line *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct lines_row *rows;
        size_t row_count, added = 0;

        *count = 0;
        for (size_t i = 0; bodies != NULL && i < v->side_count; i++) {
                entries[i] = v->sides[i].entry->id;
                texts[i] = text_of(bodies[i]);
        }
        ground = bodies == NULL ? NULL : catalogue_ground(w, c->item, entries, v->side_count);
        if (!work_ok(w))
                return NULL;
        withdrawals_say(w, v, c, &list, count);
        rows = lines_compare(w->arena, ground == NULL ? texts[0] : ground, texts, v->side_count, LINES_AROUND, &row_count);
        for (size_t i = 0; i < row_count && i < LINES_SHOWN; i++) {
                struct own_line *line;

                added = rows[i].common != NULL ? 0 : added + 1;
                line = line_add(w, v, &list, count,
                                rows[i].common != NULL ? arena_print(w->arena, "line %zu", rows[i].number) : arena_print(w->arena, "line %zu+%zu", rows[i].number, added),
                                rows[i].common != NULL ? arena_print(w->arena, work_text(w, "Line %zu"), rows[i].number)
                                                       : arena_print(w->arena, work_text(w, "Below line %zu"), rows[i].number));
                line->common = ground == NULL ? NULL : rows[i].common != NULL ? rows[i].common : "";
                for (size_t k = 0; k < v->side_count; k++) {
                        line->values[k] = rows[i].sides[k] == NULL ? "" : rows[i].sides[k];
                        line->differs |= (rows[i].sides[k] == NULL) != (rows[i].sides[0] == NULL) || strcmp(line->values[k], line->values[0]) != 0;
                }
        }
        if (row_count > LINES_SHOWN)
                line_add(w, v, &list, count, "more", arena_print(w->arena, work_text(w, "… and %zu further lines"), row_count - LINES_SHOWN));
        return list;
}

static bool settle(struct work *w, const struct contest_view *v, const int *choice, const char *reason)
{
        const char **of = arena_array(w->arena, v->side_count, sizeof *of);

        for (size_t i = 0; i < v->side_count; i++)
                of[i] = v->sides[i].hash;
        return catalogue_settle(w, v->cells[0].item, of[choice[0]], of, v->side_count, *w->user->name != '\0' ? w->user->name : w->user->login, reason);
}

const struct figure_own definitions_own = { .topics = topics, .title = title, .address = address, .value = value, .settle = settle, .lines = lines, .anew = anew };
