/* approval.c - which reports are approved as a whole, and which decisions follow one: a function of what was said of them, in whatever order it comes. */
#include <string.h>

#include "base/hex.h"
#include "figure/figure_private.h"
#include "ledger/read.h"

static bool is_approved(struct work *w, int64_t report)
{
        return db_number(w->db, "SELECT COUNT(*) FROM figure_approved WHERE entry = $1", ARGS(v_int(report)), 0) > 0;
}

static bool follower_set(struct work *w, const struct entry *e, bool with_approval)
{
        const json_t *block = json_object_get(e->body, "figures");

        return block_set_status(w, e, json_string_value(block), json_string_length(block), NULL, with_approval);
}

struct follower { int64_t entry; bool with_approval; };

/* In memory of its own: all together may be more than memory holds. */
static bool follower_read(struct work *w, void *argument)
{
        const struct follower *f = argument;
        const struct entry *e = ledger_entry(w, f->entry);

        if (e == NULL)
                return work_ok(w) && error_set(&w->err, ERR_MISSING, "entry %lld is not on this node", (long long)f->entry);
        return follower_set(w, e, f->with_approval);
}

static bool followers_set(struct work *w, int64_t report, bool with_approval)
{
        struct rows *r = db_query(w->db, "SELECT entry FROM figure_follows WHERE report = $1 ORDER BY entry", ARGS(v_int(report)));
        int64_t *list = arena_room(w->arena, NULL, 0, sizeof *list);
        size_t count;

        for (count = 0; rows_next(r); count++) {
                list = arena_room(w->arena, list, count, sizeof *list);
                list[count] = rows_int(r, 0);
        }
        rows_close(r);
        for (size_t i = 0; i < count && work_ok(w); i++)
                run_in_scratch(w, follower_read, &(struct follower){ list[i], with_approval });
        return work_ok(w);
}

bool figures_approve(struct work *w, const struct entry *e, const char *block, size_t length, const struct figure *defaults, bool with_approval)
{
        return block_set_status(w, e, block, length, defaults, with_approval) &&
               db_exec(w->db, with_approval ? "INSERT INTO figure_approved (entry) VALUES ($1) ON CONFLICT (entry) DO NOTHING"
                                            : "DELETE FROM figure_approved WHERE entry = $1", ARGS(v_int(e->id))) &&
               followers_set(w, e->id, with_approval);
}

/* The report that a decision follows; 0: none. */
static int64_t report_of(struct work *w, const struct entry *e, const struct entry *const *named, size_t count)
{
        const char *chosen = json_string_value(json_object_get(e->body, "chosen"));
        char hash[HASH_HEX];

        if (chosen == NULL || strcmp(e->audience, AUDIENCE_ALL) == 0)
                return 0;
        for (size_t i = 0; i < count; i++) {
                const char *dot = strrchr(named[i]->kind, '.');

                hex_write(hash, named[i]->hash, HASH_BYTES);
                if (strcmp(hash, chosen) != 0)
                        continue;
                if (dot != NULL && strcmp(dot, ".settle") == 0)
                        return db_number(w->db, "SELECT report FROM figure_follows WHERE entry = $1", ARGS(v_int(named[i]->id)), 0);
                return strncmp(named[i]->kind, "figures.", 8) == 0 ? 0 : named[i]->id; /* what is reported in bulk nobody accepts */
        }
        return 0;
}

bool decision_follow(struct work *w, const struct entry *e, const struct entry *const *named, size_t named_count, const struct row *rows, size_t row_count)
{
        int64_t report = report_of(w, e, named, named_count);
        bool with_approval = report != 0 && is_approved(w, report), is_other = false;

        if (report == 0 || !db_exec(w->db, "INSERT INTO figure_follows (entry, report) VALUES ($1, $2)", ARGS(v_int(e->id), v_int(report))))
                return work_ok(w);
        for (size_t i = 0; i < row_count; i++)
                is_other |= (rows[i].v[F_STATUS] == STATUS_APPROVED) != with_approval;
        return !is_other || follower_set(w, e, with_approval);
}
