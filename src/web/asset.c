#include "web/asset.h"

#include <assert.h>
#include <string.h>

#include "web/web.h"

#define FOLDER "/assets/"

const struct asset *asset_find(const char *hashed_name)
{
        for (const struct asset *a = asset_list; a->name != NULL; a++)
                if (strcmp(a->address + sizeof FOLDER - 1, hashed_name) == 0)
                        return a;
        return NULL;
}

const struct asset *asset_by_name(const char *name)
{
        for (const struct asset *a = asset_list; a->name != NULL; a++)
                if (strcmp(a->name, name) == 0)
                        return a;
        return NULL;
}

const char *asset_path(const char *name)
{
        const struct asset *a = asset_by_name(name);

        assert(a != NULL);
        return a->address;
}
