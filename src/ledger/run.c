#include "ledger/ledger_private.h"

void *ledger_deferred(const struct work *w)
{
        return w->node->deferred;
}

static bool write_all(struct work *w, void *deferred)
{
        return node_schema(w->node)->deferral->write(w, deferred);
}

bool ledger_write_deferred(struct work *w)
{
        return work_ok(w) && (w->node->deferred == NULL || run_in_scratch(w, write_all, w->node->deferred));
}

int64_t ledger_epoch(const struct work *w)
{
        return w->is_writing && w->node != NULL ? w->node->epoch : 0;
}

void epoch_begin(struct node *n)
{
        static atomic_llong epochs;

        n->epoch = atomic_fetch_add(&epochs, 1) + 1;
}

bool run_next(struct work *w, const char *kind)
{
        const struct ledger_schema *schema = node_schema(w->node);
        void *deferred = w->node->deferred;

        return deferred == NULL || (schema->puts_off(kind) && !schema->deferral->is_full(deferred)) || ledger_write_deferred(w);
}

bool run_before_savepoint(struct work *w)
{
        const struct deferral *d = node_schema(w->node)->deferral;
        void *deferred = w->node->deferred;

        return deferred == NULL || d->before_savepoint == NULL || d->before_savepoint(w, deferred);
}

bool ledger_run(struct work *w, work_function *run, void *argument)
{
        const struct deferral *d = node_schema(w->node)->deferral;
        bool is_outermost = d != NULL && w->node->deferred == NULL, ok;

        if (is_outermost && (w->node->deferred = d->open(w)) == NULL)
                return false;
        ok = work_run(w, run, argument) && ledger_write_deferred(w);
        if (is_outermost) {
                d->close(w->node->deferred);
                w->node->deferred = NULL;
        }
        return ok;
}
