#include "work/work.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/jsonr.h"

void work_init(struct work *w, struct arena *arena, struct db *db, enum language language)
{
        memset(w, 0, sizeof *w);
        w->arena = arena;
        w->db = db;
        w->user = &user_nobody;
        w->now = moment_now();
        w->language = language;
        w->err.language = language;
        if (db != NULL)
                db_attach_error(db, &w->err);
}

/* The innermost work that runs on this thread and has memory. */
static _Thread_local struct work *running;

static void out_of_memory(struct work *w, enum arena_end why)
{
        if (why == ARENA_STARVED) {
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                error_hint(&w->err, "try again later, or give the machine more memory");
        } else {
                error_set(&w->err, ERR_TOO_BIG, "this takes more memory than one request may have");
                error_hint(&w->err, "ask for less at once, such as a shorter time or fewer units");
        }
}

static void value_is_lost(void)
{
        if (running != NULL)
                out_of_memory(running, ARENA_STARVED);
}

__attribute__((constructor)) static void watch_values(void)
{
        json_starved = value_is_lost;
}

bool work_run(struct work *w, work_function *function, void *argument)
{
        struct db *db = w->db;
        struct work *outer = running;
        int savepoints = db == NULL ? 0 : db_savepoints(db);
        jmp_buf here, *before = NULL;
        volatile bool is_ok = false;

        if (w->arena != NULL) {
                before = arena_guard(w->arena, &here);
                running = w;
        }
        switch (setjmp(here)) {
        case 0:
                is_ok = function(w, argument) && error_ok(&w->err);
                break;
        case ARENA_FULL:
                out_of_memory(w, ARENA_FULL);
                break;
        default:
                out_of_memory(w, ARENA_STARVED);
        }
        running = outer;
        if (w->arena != NULL)
                arena_guard(w->arena, before);
        /* Otherwise the caller's db_rollback_to would meet a savepoint that is not its own. */
        if (!is_ok && db != NULL && w->db == db)
                db_unwind(db, savepoints);
        return is_ok;
}

/* The function may take memory of the outer work as well: where that ends, what is here is put in order before. */
bool run_in(struct work *w, struct arena *scratch, work_function *run, void *argument)
{
        struct work *outer = running, inner = *w;
        int savepoints = w->db == NULL ? 0 : db_savepoints(w->db), why;
        jmp_buf here, *before = NULL, *of_scratch = arena_guard(scratch, NULL);
        volatile bool ok = false;

        arena_guard(scratch, of_scratch);
        inner.arena = scratch;
        db_attach_error(w->db, &inner.err);
        if (w->arena != NULL)
                before = arena_guard(w->arena, &here);
        why = setjmp(here);
        if (why == 0)
                ok = work_run(&inner, run, argument);
        if (w->arena != NULL)
                arena_guard(w->arena, before);
        arena_guard(scratch, of_scratch);
        running = outer;
        db_attach_error(w->db, &w->err);
        arena_reset(scratch);
        if (why != 0) {
                out_of_memory(w, (enum arena_end)why);
                if (w->db != NULL)
                        db_unwind(w->db, savepoints);
        } else if (!ok) {
                w->err = inner.err;
        }
        return ok;
}

bool run_in_scratch(struct work *w, work_function *run, void *argument)
{
        struct arena *scratch = arena_open(WORK_MEMORY_USUAL);
        bool ok;

        if (scratch == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        ok = run_in(w, scratch, run, argument);
        arena_close(scratch);
        return ok;
}

static void close_arena(void *arena)
{
        arena_close(arena);
}

struct arena *work_scratch(struct work *w, size_t max_bytes)
{
        struct arena *scratch = arena_open(max_bytes);
        jmp_buf *guard = arena_guard(w->arena, NULL);

        arena_guard(w->arena, guard);
        if (scratch == NULL)
                arena_starve(w->arena);
        arena_on_free(w->arena, close_arena, scratch);
        arena_guard(scratch, guard);
        return scratch;
}

void work_starve(void)
{
        if (running != NULL)
                arena_starve(running->arena);
        fprintf(stderr, "out of memory outside a unit of work\n");
        abort();
}

bool work_ok(const struct work *w)
{
        return error_ok(&w->err);
}

const char *work_text(const struct work *w, const char *english)
{
        return text(w->language, english);
}

const char *author_said(const struct work *w, const char *login)
{
        return *login == '\0'                              ? work_text(w, "the node itself")
               : strcmp(login, user_operator.login) == 0 ? work_text(w, "by command, at the node")
                                                         : login;
}
