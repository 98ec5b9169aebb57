#include "areas/program.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "areas/filed.h"
#include "blob/blob.h"
#include "catalogue/catalogue.h"
#include "figure/figure.h"
#include "figure/own.h"
#include "form/form.h"
#include "ledger/trust.h"
#include "sync/sync.h"
#include "workflow/case.h"

#define LIST_MAX 64

static const struct entry_kind *kinds[LIST_MAX] = { trust_kinds, succession_kinds, catalogue_kinds, account_kinds,
                                                    blob_kinds, figure_kinds, form_kinds, case_kinds };
static const struct derived_table *tables[LIST_MAX] = { trust_tables, account_tables, catalogue_tables, blob_tables, figure_tables,
                                                        form_tables, case_tables };
static const struct route *routes[LIST_MAX] = { web_routes, form_routes, attachment_routes, sync_routes, file_routes };
static const struct command *commands[LIST_MAX] = { cli_commands };
/* A report that is sent brings figures, and reads none; cases and figures know nothing of each other. */
static bool puts_off(const char *kind)
{
        return figure_puts_off(kind) || strcmp(kind, "report.send") == 0 || strncmp(kind, "case.", 5) == 0;
}

/* Figures are put off in what their deferral opens; cases beside it, on the same thread. */
static void *put_off(struct work *w)
{
        void *figures = figure_deferral.open(w);

        if (figures == NULL || case_put_off(w))
                return figures;
        figure_deferral.close(figures);
        return NULL;
}

static bool is_full(const void *figures)
{
        return figure_deferral.is_full(figures) || case_put_off_is_full();
}

static bool write_put_off(struct work *w, void *figures)
{
        return figure_deferral.write(w, figures) && case_write_put_off(w);
}

static bool before_savepoint(struct work *w, void *figures)
{
        return figure_deferral.before_savepoint(w, figures);
}

static void forget_put_off(void *figures)
{
        figure_deferral.close(figures);
        case_forget_put_off();
}

static const struct deferral deferral = { put_off, is_full, write_put_off, before_savepoint, forget_put_off };

/* Figures, reports and cases rest on all else, and nothing but tables on them. */
static bool may_follow(const char *kind)
{
        return strncmp(kind, "figures.", 8) == 0 || strncmp(kind, "report.", 7) == 0 || strncmp(kind, "case.", 5) == 0;
}

/* Cases change their own tables only once it is known that an entry counts, as figures do. */
static bool decides_first(const char *kind)
{
        return figure_decides_first(kind) || strncmp(kind, "case.", 5) == 0;
}

/* Accounts and files are those of now. */
static bool is_never_past(const char *kind)
{
        return strncmp(kind, "account.", 8) == 0 || strncmp(kind, "blob.", 5) == 0;
}

/* Registers are not made of figures: those have their versions in their tables, and are many. */
static bool is_beside_registers(const char *kind)
{
        static const char *const begin[] = { "figures.", "iip.", "quality.", "report." };

        for (size_t i = 0; i < sizeof begin / sizeof *begin; i++)
                if (strncmp(kind, begin[i], strlen(begin[i])) == 0)
                        return true;
        return false;
}

static bool is_bulk(const char *kind)
{
        return strncmp(kind, "figures.", 8) == 0 || strncmp(kind, "iip.", 4) == 0 || strncmp(kind, "catalogue.", 10) == 0;
}

static bool by_subject(const char *kind)
{
        return strncmp(kind, "case.", 5) == 0;
}

static const struct ledger_schema schema = { .kinds = kinds, .tables = tables, .is_within = catalogue_is_within, .is_same_unit = catalogue_is_same_unit,
                                             .keeps_seal = receipt_proves, .is_bulk = is_bulk,
                                             .decides_first = decides_first, .by_subject = by_subject,
                                             .deferral = &deferral, .puts_off = puts_off, .may_follow = may_follow, .is_never_past = is_never_past, .is_beside_registers = is_beside_registers };

#define ADD(list, thing)                                                                           \
        do {                                                                                       \
                size_t end = 0;                                                                    \
                while ((list)[end] != NULL)                                                        \
                        end++;                                                                     \
                assert(end + 1 < LIST_MAX);                                                        \
                if ((thing) != NULL)                                                               \
                        (list)[end] = (thing);                                                     \
        } while (0)

void program_start(void)
{
        static bool is_started;

        if (is_started)
                return;
        is_started = true;
        form_register();
        case_register();
        ledger_digest("", 0, (unsigned char[HASH_BYTES]){ 0 }); /* starts the library now, not in the middle of work */
        for (const struct area *const *a = areas; *a != NULL; a++) {
                ADD(kinds, (*a)->kinds);
                ADD(tables, (*a)->tables);
                ADD(routes, (*a)->routes);
                ADD(commands, (*a)->commands);
                if ((*a)->rests_on_catalogue != NULL)
                        catalogue_register_dependent((*a)->rests_on_catalogue);
                if ((*a)->cases != NULL)
                        case_add_parts((*a)->cases);
                for (size_t i = 0; (*a)->own[i] != NULL; i++)
                        figure_own_register((*a)->own[i]);
                if ((*a)->checker != NULL)
                        catalogue_register((*a)->checker);
        }
}

const struct ledger_schema *program_schema(void)
{
        return &schema;
}

const struct route *const *program_routes(void)
{
        return routes;
}

const struct command *const *program_commands(void)
{
        return commands;
}

static int by_day(const void *a, const void *b)
{
        const struct area_due *x = a, *y = b;

        return x->due != y->due ? (x->due > y->due) - (x->due < y->due) : strcmp(x->href, y->href);
}

struct area_due *program_due(struct work *w, size_t *count)
{
        struct area_due *all = arena_room(w->arena, NULL, 0, sizeof *all);

        *count = 0;
        for (const struct area *const *a = areas; *a != NULL && work_ok(w); a++) {
                size_t n = 0;
                struct area_due *some = (*a)->due == NULL ? NULL : (*a)->due(w, &n);

                for (size_t i = 0; some != NULL && i < n; i++) {
                        all = arena_room(w->arena, all, *count, sizeof *all);
                        all[(*count)++] = some[i];
                }
        }
        if (*count > 0)
                qsort(all, *count, sizeof *all, by_day);
        return work_ok(w) ? all : NULL;
}

bool program_headline(struct work *w, const char *indicator, const struct unit *unit, struct area_headline *out)
{
        for (const struct area *const *a = areas; *a != NULL && work_ok(w); a++)
                if ((*a)->headline != NULL && (*a)->headline(w, indicator, unit, out))
                        return true;
        return false;
}

bool program_find(struct work *w, struct search *s)
{
        for (const struct area *const *a = areas; *a != NULL && work_ok(w); a++)
                if ((*a)->find != NULL && !(*a)->find(w, s))
                        return false;
        return work_ok(w);
}
