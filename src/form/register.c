#include "blob/blob.h"
#include "form/form_private.h"

#define TABLES_MOST 32

/* Figures and reports are placed by units, items and indicators, erasures judged by units: where the catalogue changes the
 * past, they are placed again. */
void form_register(void)
{
        static const char *const prefixes[] = { "blob.", "figures.", "report.", NULL };
        static const char *tables[TABLES_MOST + 1];
        static const struct catalogue_dependent figures = { .kind_prefixes = prefixes, .tables = tables, .held = figures_held };

        if (tables[0] == NULL) {
                int n = 0;

                figure_own_register(&decision_own);

                for (const struct derived_table *t = blob_tables; t->name != NULL && n < TABLES_MOST; t++)
                        tables[n++] = t->name;
                for (const struct derived_table *t = figure_tables; t->name != NULL && n < TABLES_MOST; t++)
                        tables[n++] = t->name;
                for (const struct derived_table *t = form_tables; t->name != NULL && n < TABLES_MOST; t++)
                        tables[n++] = t->name;
        }
        catalogue_register(&form_checker);
        catalogue_register(&checks_checker);
        catalogue_register_dependent(&figures);
}
