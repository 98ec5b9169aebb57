/* part.c - what areas add to cases, and what they ask of one. */
#include <assert.h>
#include <string.h>

#include "workflow/case_private.h"
#include "workflow/print.h"
#include "workflow/workflow_private.h"

#define PARTS_MOST 64
#define TABLES_MOST 100

static const struct case_part *parts[PARTS_MOST];
static size_t part_count;

/* The tables that are made anew from the entries of cases: those of the machine, then those of parts. */
static const char *tables[TABLES_MOST] = { "case_file", "case_word", "case_event", "case_duty", "case_stretch" };
static size_t table_count = 5;

void case_register(void)
{
        static const char *const prefixes[] = { "case.", NULL }, *const files[] = { "workflows/", "calendar/", NULL };
        static const struct catalogue_dependent cases = { .kind_prefixes = prefixes, .tables = tables, .files = files };

        catalogue_register(&workflow_checker);
        catalogue_register(&norm_checker);
        catalogue_register(&print_checker);
        catalogue_register_dependent(&cases);
}

void case_add_parts(const struct case_part *added)
{
        for (; added->workflow != NULL; added++) {
                assert(part_count < PARTS_MOST && case_part_of(added->workflow) == NULL);
                parts[part_count++] = added;
                for (const char *const *table = added->tables; table != NULL && *table != NULL; table++) {
                        bool is_known = false; /* several workflows may fill one table */

                        for (size_t i = 0; i < table_count; i++)
                                is_known |= strcmp(tables[i], *table) == 0;
                        assert(is_known || table_count + 1 < TABLES_MOST);
                        if (!is_known)
                                tables[table_count++] = *table;
                }
        }
}

const struct case_part *case_part_of(const char *workflow)
{
        for (size_t i = 0; i < part_count; i++)
                if (strcmp(parts[i]->workflow, workflow) == 0)
                        return parts[i];
        return NULL;
}

bool case_can_name(const char *workflow)
{
        const struct case_part *part = case_part_of(workflow);

        return part_count == 0 || (part != NULL && part->named != NULL);
}

void parts_named(struct buf *sql, const char *login, const char *today)
{
        buf_text(sql, "SELECT id AS case_id FROM case_file WHERE 1 = 0");
        for (size_t i = 0; i < part_count; i++)
                if (parts[i]->named != NULL) {
                        buf_text(sql, " UNION ALL ");
                        parts[i]->named(sql, login, today);
                }
}

bool parts_fold(struct work *w, const struct case_file *f, const char *before)
{
        for (size_t i = 0; i < part_count; i++) {
                bool is_its_own = f->workflow != NULL && strcmp(parts[i]->workflow, f->workflow->id) == 0, had_rows = strcmp(parts[i]->workflow, before) == 0;

                for (const char *const *table = parts[i]->tables; had_rows && table != NULL && *table != NULL; table++)
                        db_exec(w->db, arena_print(w->arena, "DELETE FROM %s WHERE case_id = $1", *table), ARGS(v_text(f->id)));
                if (is_its_own && parts[i]->fold != NULL && !parts[i]->fold(w, f))
                        return false;
        }
        return work_ok(w);
}

/* ---- what a case holds ------------------------------------------------------------------------------------------- */

const struct field_value *case_value(const struct case_file *f, const char *field)
{
        int i = workflow_field_find(f->workflow, field);

        return i < 0 || !f->values[i].is_known ? NULL : &f->values[i];
}

const char *case_choice(const struct case_file *f, const char *field)
{
        const struct field_value *v = case_value(f, field);
        const struct workflow_field *of = v == NULL ? NULL : &f->workflow->fields[v - f->values];

        return of == NULL || of->kind != FIELD_CHOICE ? "" : of->choices[v->number].id;
}

const struct case_event *case_done(const struct case_file *f, const char *action)
{
        int wanted = workflow_action_find(f->workflow, action);

        for (size_t i = f->event_count; i > 0 && wanted >= 0; i--)
                if (f->events[i - 1].action == wanted && f->events[i - 1].fault == FAULT_NONE)
                        return &f->events[i - 1];
        return NULL;
}

bool case_paper_is_spent(const struct case_file *f, const struct case_paper *p, int action)
{
        return action >= 0 && f->workflow->actions[action].kind == ACTION_RECORD && p->event->action == action;
}

const struct case_paper *case_paper_of(const struct case_file *f, const char *document)
{
        int wanted = workflow_document_find(f->workflow, document);

        for (int i = f->paper_count; i > 0 && wanted >= 0; i--)
                if (f->papers[i - 1].document == wanted)
                        return &f->papers[i - 1];
        return NULL;
}
