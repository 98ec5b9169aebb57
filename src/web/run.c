#include "figure/filter.h"
#include "ledger/past.h"
#include "web/web_private.h"

#define CITED_MOST ((size_t)4096) /* bytes of an address that a header has room for, beside all others */

static _Thread_local struct request *current;

struct request *request_now(void)
{
        return current;
}

bool web_can_again(void)
{
        return current == NULL || (current->matched.route->flags & ROUTE_KNOWN) != 0;
}

bool run_handler(struct work *w, void *argument)
{
        struct request *r = argument;
        bool is_vintage;

        current = r;
        is_vintage = web_can_again();
        if (is_vintage)
                w->now = past_clock(w); /* so that the moment it names has all that it tells */
        if (!(request_asks_past(r) ? past_run_handler(w, r) : r->matched.route->run(w, r, &r->reply)) || !work_ok(w))
                return false;
        if (is_vintage && user_may(w->user, MAY_READ) && r->reply.status == 200 && r->uri.length <= CITED_MOST) /* to others that is refused */
                reply_header(&r->reply, "Link", arena_print(w->arena, "<%s>; rel=\"cite-as\"", recorded_address(w, request_target(r))));
        return true;
}

/* What waits for its turn first (large exports, other nodes) is known to be long. */
int run_limit(const struct request *r)
{
        const struct route *route = r->matched.route;
        int limit_ms = server_read_limit_ms(r->server);

        return request_asks_past(r) || (route != NULL && (route->flags & (ROUTE_SLOW | ROUTE_EXCHANGE)) != 0) ? limit_ms * 10 : limit_ms;
}

bool run_lend_reader(struct request *r, bool as_snapshot)
{
        struct work *w = &r->work;

        w->db = node_reader(w->node, &w->err);
        if (w->db == NULL)
                return false;
        db_attach_error(w->db, &w->err);
        return !as_snapshot || db_begin_within(w->db, run_limit(r));
}

void run_take_reader_back(struct request *r)
{
        struct work *w = &r->work;

        current = NULL;
        past_leave(r);
        if (w->db == NULL)
                return;
        if (db_in_transaction(w->db))
                db_rollback(w->db);
        db_attach_error(w->db, NULL);
        w->db = NULL;
}

bool run_here(struct request *r, bool as_snapshot, bool (*step)(struct work *, void *))
{
        bool is_ok = run_lend_reader(r, as_snapshot) && work_run(&r->work, step, r);

        run_take_reader_back(r);
        return is_ok;
}

static void job_is_done(struct ledger_job *job, bool is_ok)
{
        struct request *r = job->argument;
        struct counters *c = server_counters(r->server);

        r->is_ok = is_ok;
        r->has_run = true;
        current = NULL;
        /* The answer may be on its way, and its request be another's, before the library has let go of the connection: the ledger's thread
         * is none that the server joins, so it counts until then. */
        atomic_fetch_add(&c->returning, 1);
        MHD_resume_connection(r->connection);
        atomic_fetch_sub(&c->returning, 1);
}

enum MHD_Result run_as_job(struct request *r)
{
        r->job = (struct ledger_job){
                .run = run_handler, .argument = r, .work = &r->work, .done = job_is_done
        };
        r->stage = STAGE_AWAY;
        MHD_suspend_connection(r->connection);
        ledger_submit(r->work.node, &r->job);
        return MHD_YES;
}
