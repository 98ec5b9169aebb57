#include "db/db_private.h"

struct db *pgsql_open(const char *url, enum db_mode mode, struct error *err)
{
        (void)url;
        (void)mode;
        error_set(err, ERR_USAGE, "this program was built without PostgreSQL");
        return NULL;
}
