/* xlsx_private.h - reading with other limits than the usual ones, so that tests need no huge files. */
#ifndef FORMAT_XLSX_PRIVATE_H
#define FORMAT_XLSX_PRIVATE_H

#include "format/xlsx.h"

struct xlsx_limits {
        uint64_t unpacked;
        size_t strings;
        int64_t cells;
};

/* What xlsx_read uses: the limits stated in xlsx.h. */
extern const struct xlsx_limits xlsx_limits_usual;

/* xlsx_read within the given limits. */
bool xlsx_read_within(const struct xlsx_limits *, struct arena *, const char *path, const char *sheet, xlsx_row *,
                      void *context, struct error *);

#endif
