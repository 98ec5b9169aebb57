#include <string.h>
#include <strings.h>

#include "areas/sdmx/sdmx.h"

/* Types by which clients ask, most usual first; a type without a version takes the first that fits. */
static const struct {
        const char *type, *version; /* version NULL: the type has none */
        enum sdmx_format format;
        bool is_data;
} offers[] = {
        { "application/vnd.sdmx.data+csv", "2.0.0", SDMX_CSV, true },
        { "text/csv", NULL, SDMX_CSV, true },
        { "application/vnd.sdmx.data+json", "2.0.0", SDMX_JSON_2, true },
        { "application/vnd.sdmx.data+json", "1.0.0", SDMX_JSON_1, true },
        { "application/vnd.sdmx.data+json", "1.0.0-wd", SDMX_JSON_DRAFT, true },
        { "application/json", NULL, SDMX_JSON_DRAFT, true },
        { "application/vnd.sdmx.structurespecificdata+xml", "2.1", SDMX_ML_DATA, true },
        { "application/vnd.sdmx.structurespecifictimeseriesdata+xml", "2.1", SDMX_ML_DATA, true },
        { "*/*", NULL, SDMX_JSON_DRAFT, true },
        { "application/*", NULL, SDMX_JSON_DRAFT, true },
        { "text/*", NULL, SDMX_CSV, true },
        { "application/vnd.sdmx.structure+xml", "2.1", SDMX_ML, false },
        { "application/vnd.sdmx.structure+json", "2.0.0", SDMX_JSON_STRUCTURE, false },
        { "application/xml", NULL, SDMX_ML, false },
        { "text/xml", NULL, SDMX_ML, false },
        { "application/json", NULL, SDMX_JSON_STRUCTURE, false },
        { "*/*", NULL, SDMX_ML, false },
        { "application/*", NULL, SDMX_ML, false },
        { "text/*", NULL, SDMX_ML, false },
};

/* One range of an Accept header: where its parts stand. */
struct range {
        const char *type, *version;
        size_t type_length, version_length;
        int quality; /* thousandths */
        struct sdmx_csv csv;
        bool wants_other_csv; /* periods written otherwise, or what SDMX-CSV does not know: not written as if it were that */
};

static bool is_text(const char *value, size_t n, const char *text)
{
        return n == strlen(text) && strncasecmp(value, text, n) == 0;
}

static int quality_read(const char *p, size_t n)
{
        int value = n > 0 && p[0] == '1' ? 1000 : 0, scale = 100;

        for (size_t i = 2; i < n && i < 5 && p[1] == '.' && p[i] >= '0' && p[i] <= '9'; i++, scale /= 10)
                value += (p[i] - '0') * scale;
        return value > 1000 ? 1000 : value;
}

/* A parameter of SDMX-CSV; false for a value that is not offered. */
static bool csv_parameter(const char *name, size_t length, const char *value, size_t n, struct sdmx_csv *csv)
{
        static const char *const labels[] = { [SDMX_LABELS_ID] = "id", [SDMX_LABELS_NAME] = "name", [SDMX_LABELS_BOTH] = "both" };

        if (is_text(name, length, "labels")) {
                for (int i = SDMX_LABELS_ID; i <= SDMX_LABELS_BOTH; i++) {
                        if (!is_text(value, n, labels[i]))
                                continue;
                        csv->labels = (enum sdmx_labels)i;
                        return true;
                }
                return false;
        }
        if (is_text(name, length, "keys") || is_text(name, length, "key")) { /* the guide's text has one name, its examples the other */
                bool is_both = is_text(value, n, "both");

                csv->has_series_key = is_both || is_text(value, n, "series");
                csv->has_observation_key = is_both || is_text(value, n, "obs");
                return csv->has_series_key || csv->has_observation_key || is_text(value, n, "none");
        }
        return !is_text(name, length, "timeFormat") || is_text(value, n, "original");
}

/* The next range; false at the end. */
static bool range_next(const char **place, struct range *r)
{
        const char *p = *place + strspn(*place, ", \t");

        if (*p == '\0')
                return false;
        *r = (struct range){ .type = p, .type_length = strcspn(p, ",; \t"), .quality = 1000 };
        p += strcspn(p, ",;");
        while (*p == ';') {
                const char *name = p + 1 + strspn(p + 1, " \t"), *value;
                size_t n, length;

                p = name + strcspn(name, ",;");
                value = memchr(name, '=', (size_t)(p - name));
                if (value == NULL)
                        continue;
                length = strcspn(name, "= \t");
                value += 1 + strspn(value + 1, " \t\"");
                if (value > p)
                        continue;
                n = strcspn(value, ",; \t\"");
                if (is_text(name, length, "version")) {
                        r->version = value;
                        r->version_length = n;
                } else if (is_text(name, length, "q")) {
                        r->quality = quality_read(value, n);
                } else if (!csv_parameter(name, length, value, n, &r->csv)) {
                        r->wants_other_csv = true;
                }
        }
        *place = p;
        return true;
}

/* "2.0" asks for "2.0.0". */
static bool version_fits(const struct range *r, const char *version)
{
        size_t n = r->version_length;

        if (r->version == NULL || version == NULL)
                return true;
        return strncmp(version, r->version, n) == 0 && (version[n] == '\0' || strcmp(version + n, ".0") == 0);
}

static enum sdmx_format format_of(const struct range *r, bool for_data)
{
        for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)
                if (offers[i].is_data == for_data && strlen(offers[i].type) == r->type_length &&
                    strncasecmp(offers[i].type, r->type, r->type_length) == 0 && version_fits(r, offers[i].version) &&
                    !(offers[i].format == SDMX_CSV && r->wants_other_csv))
                        return offers[i].format;
        return SDMX_UNACCEPTABLE;
}

enum sdmx_format sdmx_negotiate(bool for_data, const char *accept, const char *format, struct sdmx_csv *csv)
{
        enum sdmx_format best = SDMX_UNACCEPTABLE;
        int quality = 0;
        struct range r;

        *csv = (struct sdmx_csv){ SDMX_LABELS_ID, false, false };
        if (format != NULL && *format != '\0') {
                if (strcmp(format, "json") == 0)
                        return for_data ? SDMX_JSON_2 : SDMX_JSON_STRUCTURE;
                if (strcmp(format, "csv") == 0 && for_data)
                        return SDMX_CSV;
                return strcmp(format, "xml") != 0 ? SDMX_UNACCEPTABLE : for_data ? SDMX_ML_DATA : SDMX_ML;
        }
        if (accept == NULL || *accept == '\0')
                accept = "*/*";
        while (range_next(&accept, &r)) {
                enum sdmx_format found = format_of(&r, for_data);

                if (found != SDMX_UNACCEPTABLE && r.quality > quality) {
                        best = found;
                        *csv = r.csv;
                        quality = r.quality;
                }
        }
        return best;
}

const char *sdmx_content_type(enum sdmx_format f)
{
        switch (f) {
        case SDMX_ML:
                return "application/vnd.sdmx.structure+xml; version=2.1";
        case SDMX_ML_DATA:
                return "application/vnd.sdmx.structurespecificdata+xml; version=2.1";
        case SDMX_JSON_STRUCTURE:
                return "application/vnd.sdmx.structure+json; version=2.0.0";
        case SDMX_CSV:
                return "application/vnd.sdmx.data+csv; version=2.0.0; charset=utf-8";
        case SDMX_JSON_DRAFT:
                return "application/vnd.sdmx.data+json; version=1.0.0-wd";
        case SDMX_JSON_1:
                return "application/vnd.sdmx.data+json; version=1.0.0";
        case SDMX_JSON_2:
                return "application/vnd.sdmx.data+json; version=2.0.0";
        case SDMX_UNACCEPTABLE:
                break;
        }
        return "text/plain; charset=utf-8";
}

bool sdmx_prefers_json(const char *accept, const char *format)
{
        if (format != NULL && *format != '\0')
                return strcmp(format, "xml") != 0;
        return accept != NULL && strstr(accept, "json") != NULL;
}
