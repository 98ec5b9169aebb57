/* family.c - when a case below another one went on: rows of case_stretch, which the case above is judged by. A case that was appealed goes on once more;
 * what the one above did while it had ended stays done. */
#include <string.h>

#include "workflow/case_private.h"

struct case_child *children_read(struct work *w, const struct catalogue *c, const char *parent, size_t *count)
{
        struct case_child *children = arena_room(w->arena, NULL, 0, sizeof *children); /* also where there are none: NULL is an error */
        struct rows *r = db_query(w->db, "SELECT opened_at, begun_at, ended_at, unit, workflow FROM case_stretch WHERE parent = $1 ORDER BY opened_at, case_id, place",
                                  ARGS(v_text(parent)));

        for (*count = 0; rows_next(r); ++*count) {
                children = arena_room(w->arena, children, *count, sizeof *children);
                children[*count] = (struct case_child){ rows_int(r, 0), rows_int(r, 1), rows_int(r, 2), unit_by_key(c, rows_text(r, 3)), arena_text(w->arena, rows_text(r, 4)) };
        }
        rows_close(r);
        return work_ok(w) ? children : NULL;
}

/* Whether the rows say what the fold found. */
static bool is_written(struct work *w, const struct case_file *f, int count)
{
        struct rows *r = db_query(w->db, "SELECT parent, opened_at, begun_at, ended_at, entry, unit, workflow FROM case_stretch WHERE case_id = $1 ORDER BY place", ARGS(v_text(f->id)));
        bool is_same = true;
        int i = 0;

        for (; rows_next(r); i++)
                is_same = is_same && i < count && strcmp(rows_text(r, 0), f->parent) == 0 && rows_int(r, 1) == f->opened_at &&
                          rows_int(r, 2) == f->stretches[i].begun_at && rows_int(r, 3) == f->stretches[i].ended_at && rows_int(r, 4) == f->entry &&
                          strcmp(rows_text(r, 5), f->opened_for->key) == 0 && strcmp(rows_text(r, 6), f->workflow->id) == 0;
        rows_close(r);
        return is_same && i == count;
}

bool stretches_write(struct work *w, const struct case_file *f, bool *is_changed)
{
        int count = f->workflow == NULL || *f->parent == '\0' ? 0 : f->stretch_count;

        *is_changed = !is_written(w, f, count);
        if (!*is_changed || !db_exec(w->db, "DELETE FROM case_stretch WHERE case_id = $1", ARGS(v_text(f->id))))
                return work_ok(w);
        for (int i = 0; i < count; i++)
                if (!db_exec(w->db, "INSERT INTO case_stretch (case_id, place, parent, workflow, unit, opened_at, begun_at, ended_at, entry)"
                                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                             ARGS(v_text(f->id), v_int(i + 1), v_text(f->parent), v_text(f->workflow->id), v_text(f->opened_for->key), v_int(f->opened_at),
                                  v_int(f->stretches[i].begun_at), v_int(f->stretches[i].ended_at), v_int(f->entry))))
                        return false;
        return work_ok(w);
}
