#include <stdlib.h>
#include <string.h>

#include "areas/sdmx/sdmx.h"
#include "figure/filter.h"
#include "web/fields.h"

size_t sdmx_path_split(struct arena *a, const char *path, const char **parts, size_t max)
{
        size_t count = 0;

        for (;; path++) {
                size_t n = strcspn(path, "/");

                if (count == max)
                        return max + 1;
                parts[count++] = arena_copy(a, path, n);
                path += n;
                if (*path == '\0')
                        return count;
        }
}

bool sdmx_parameters_known(struct work *w, const struct request *r, const char *const *names, struct sdmx_problem *problem)
{
        const char *query = strchr(request_target(r), '?');
        struct fields f = { 0 };

        if (query == NULL)
                return true;
        if (!fields_parse(&f, w->arena, query + 1, strlen(query + 1), ERR_USAGE, &w->err))
                return false;
        for (size_t i = 0; i < f.count; i++) {
                bool is_known = false;

                for (size_t j = 0; j < i; j++)
                        if (strcmp(f.list[j].name, f.list[i].name) == 0)
                                return error_set(&w->err, ERR_USAGE, "the parameter \"%s\" is given twice", f.list[i].name);
                for (size_t j = 0; names[j] != NULL; j++)
                        is_known |= strcmp(names[j], f.list[i].name) == 0;
                if (is_known)
                        continue;
                if (strncmp(f.list[i].name, "c[", 2) == 0 || strcmp(f.list[i].name, "includeHistory") == 0) {
                        problem->is_unsupported = true;
                        return error_set(&w->err, ERR_USAGE, "the parameter \"%s\" is not offered here", f.list[i].name);
                }
                return error_set(&w->err, ERR_USAGE, "there is no parameter \"%s\"", f.list[i].name);
        }
        return true;
}

/* ---- the key ---------------------------------------------------------------------------------------------------- */

/* The values of one dimension: none and "*" mean all; several are joined with "+" (or "," as in version 2). */
static bool values_read(struct arena *a, const char *id, const char *text, size_t length, const char ***values, size_t *count,
                        struct error *err)
{
        const char *end = text + length;

        *count = 0;
        if (length == 0 || (length == 1 && *text == '*'))
                return true;
        *values = arena_array(a, SDMX_VALUES_MAX, sizeof **values);
        for (const char *p = text; p <= end; p++) {
                size_t n = 0;
                const char *value;

                while (p + n < end && p[n] != '+' && p[n] != ',')
                        n++;
                value = n == 0 ? NULL : sdmx_id_read(a, p, n);
                if (value == NULL)
                        return error_set(err, ERR_USAGE, "%s: \"%.*s\" is not an identifier", id, (int)n, p);
                if (*count == SDMX_VALUES_MAX)
                        return error_set(err, ERR_USAGE, "%s: more than %d values", id, SDMX_VALUES_MAX);
                (*values)[(*count)++] = strcmp(value, SDMX_WHOLE) == 0 ? "" : value;
                p += n;
        }
        return true;
}

bool sdmx_key_read(struct arena *a, const struct sdmx_flow *f, const char *key, struct sdmx_key *out, struct error *err)
{
        int wanted = 0, found = 1, dimension = 0;

        memset(out, 0, sizeof *out);
        if (*key == '\0' || strcmp(key, "all") == 0 || strcmp(key, "*") == 0)
                return true;
        for (int i = 0; i < SDMX_TIME_PERIOD; i++)
                wanted += sdmx_flow_has(f, i);
        for (const char *p = key; *p != '\0'; p++)
                found += *p == '.';
        if (found != wanted)
                return error_set(err, ERR_USAGE, "the key \"%s\" has %d parts; this dataflow has %d dimensions", key, found, wanted);
        for (;; key++, dimension++) {
                size_t n = strcspn(key, ".");

                while (!sdmx_flow_has(f, dimension))
                        dimension++;
                if (!values_read(a, sdmx_components[dimension].id, key, n, &out->values[dimension], &out->counts[dimension], err))
                        return false;
                key += n;
                if (*key == '\0')
                        return true;
        }
}

/* ---- what the key means to us ---------------------------------------------------------------------------------- */

static bool no_results(struct work *w, const char *dimension, const char *value)
{
        return error_set(&w->err, ERR_MISSING, "no results: %s has no code \"%s\"", dimension, value);
}

static bool frequencies_read(struct work *w, const struct sdmx_key *key, struct sdmx_query *q)
{
        size_t n = key->counts[SDMX_FREQ];

        for (enum frequency f = FREQUENCY_MONTH; f <= FREQUENCY_YEAR; f++)
                q->frequencies[f] = n == 0;
        for (size_t i = 0; i < n; i++) {
                const char *letter = key->values[SDMX_FREQ][i];
                enum frequency f = letter[1] == '\0' ? sdmx_frequency_read(*letter) : (enum frequency)0;

                if (f == 0)
                        return no_results(w, "FREQ", letter);
                q->frequencies[f] = true;
        }
        return true;
}

static bool indicators_read(struct work *w, const struct sdmx_key *key, struct sdmx_query *q)
{
        const struct catalogue *c = catalogue_of(w);
        size_t n = key->counts[SDMX_INDICATOR], all = indicator_list(c, NULL, 0);
        const struct indicator **list = arena_array(w->arena, (n > all ? n : all) + 1, sizeof *list);

        q->figures.indicators = list;
        for (size_t i = 0; i < n; i++) {
                const struct indicator *found = indicator_find(c, key->values[SDMX_INDICATOR][i]);

                if (found == NULL)
                        return no_results(w, "INDICATOR", key->values[SDMX_INDICATOR][i]);
                if (!sdmx_flow_holds(q->flow, found))
                        return error_set(&w->err, ERR_MISSING, "no results: the indicator \"%s\" is not in the dataflow %s", found->id,
                                         q->flow->id);
                list[q->figures.indicator_count++] = found;
        }
        if (n > 0)
                return true;
        indicator_list(c, list, all);
        for (size_t i = 0; i < all; i++)
                if (sdmx_flow_holds(q->flow, list[i]))
                        list[q->figures.indicator_count++] = list[i];
        return true;
}

static bool areas_read(struct work *w, const struct sdmx_key *key, struct sdmx_query *q)
{
        q->figures.units = key->values[SDMX_REF_AREA];
        q->figures.unit_count = key->counts[SDMX_REF_AREA];
        for (size_t i = 0; i < q->figures.unit_count; i++) {
                const char *unit = q->figures.units[i];

                if (!unit_code_is_known(catalogue_of(w), arena_copy(w->arena, unit, strcspn(unit, "@"))))
                        return no_results(w, "REF_AREA", unit);
        }
        return true;
}

/* ---- parameters ---------------------------------------------------------------------------------------------------- */

static const char *parameter(const struct request *r, const char *name)
{
        const char *value = request_query(r, name, 0);

        return value == NULL ? "" : value;
}

/* A period: as we write it, or as the standard may write months and years too ("2021-M03", "2021-A1"). */
static bool reporting_period_read(struct work *w, const char *value, period *p)
{
        size_t length = strlen(value);

        if (length == 8 && value[5] == 'M') {
                value = arena_print(w->arena, "%.5s%s", value, value + 6);
                length = strlen(value);
        } else if (length == 7 && strcmp(value + 4, "-A1") == 0) {
                length = 4;
        }
        return period_read(value, length, p);
}

/* A period, or a date, or a moment of it, as its first and last day. */
static bool span_read(struct work *w, const char *name, const char *value, day *first, day *last)
{
        period p;
        moment at;

        if (reporting_period_read(w, value, &p)) {
                *first = period_first(p);
                *last = period_last(p);
                return true;
        }
        if (!day_read(value, strlen(value), first)) {
                if (!moment_typed(w, value, &at))
                        return error_set(&w->err, ERR_USAGE, "%s: \"%s\" is neither a period (2021-03, 2021-Q1, 2021-S1, 2021) nor a date", name, value);
                *first = day_of_moment(at);
        }
        *last = *first;
        return true;
}

static bool spans_read(struct work *w, const struct request *r, struct sdmx_query *q)
{
        const char *start = parameter(r, "startPeriod"), *end = parameter(r, "endPeriod");
        day other;

        q->first = DAY_NONE;
        q->last = DAY_FOREVER;
        if ((*start != '\0' && !span_read(w, "startPeriod", start, &q->first, &other)) ||
            (*end != '\0' && !span_read(w, "endPeriod", end, &other, &q->last)))
                return false;
        if (q->first > q->last)
                return error_set(&w->err, ERR_INVALID, "startPeriod comes after endPeriod");
        return true;
}

static bool moments_read(struct work *w, const struct request *r, struct sdmx_query *q)
{
        const char *as_of = parameter(r, "asOf"), *updated = parameter(r, "updatedAfter");

        if (!known_read(w, as_of, &q->figures.known)) {
                error_clear(&w->err);
                return error_set(&w->err, ERR_USAGE, "asOf: \"%s\" is neither a date nor a moment", as_of);
        }
        w->known = q->figures.known;
        if (*updated != '\0' && !moment_typed(w, updated, &q->updated_after))
                return error_set(&w->err, ERR_USAGE, "updatedAfter: \"%s\" is neither a date nor a moment", updated);
        return true;
}

static bool count_read(struct work *w, const struct request *r, const char *name, int64_t *count)
{
        const char *value = parameter(r, name);
        char *end;

        *count = *value == '\0' ? 0 : strtoll(value, &end, 10);
        if (*value != '\0' && (*end != '\0' || *value < '0' || *value > '9' || *count < 1 || *count > SDMX_OBSERVATIONS_MOST))
                return error_set(&w->err, ERR_USAGE, "%s: \"%s\" is not a number from 1 to %d", name, value, SDMX_OBSERVATIONS_MOST);
        return true;
}

static bool shape_read(struct work *w, const struct request *r, struct sdmx_query *q, struct sdmx_problem *problem)
{
        const char *detail = parameter(r, "detail"), *axis = parameter(r, "dimensionAtObservation");

        q->detail = strcmp(detail, "dataonly") == 0 ? SDMX_DATA_ONLY
                    : strcmp(detail, "serieskeysonly") == 0 || strcmp(detail, "nodata") == 0 ? SDMX_SERIES_ONLY /* no attribute is
                                                                                                                  * a series' own */
                                                                                             : SDMX_FULL;
        if (q->detail == SDMX_FULL && *detail != '\0' && strcmp(detail, "full") != 0)
                return error_set(&w->err, ERR_USAGE, "detail: \"%s\" is not one of full, dataonly, serieskeysonly, nodata", detail);
        q->is_flat = strcmp(axis, "AllDimensions") == 0 && q->detail != SDMX_SERIES_ONLY;
        if (*axis != '\0' && strcmp(axis, "AllDimensions") != 0 && strcmp(axis, "TIME_PERIOD") != 0) {
                problem->is_unsupported = true;
                return error_set(&w->err, ERR_USAGE, "dimensionAtObservation: only TIME_PERIOD and AllDimensions are offered here");
        }
        return true;
}

/* ---- the address ----------------------------------------------------------------------------------------------------- */

static bool is_any(const char *text)
{
        return *text == '\0' || strcmp(text, "all") == 0 || strcmp(text, "latest") == 0 || strcmp(text, "*") == 0 ||
               strcmp(text, "~") == 0 || strcmp(text, "+") == 0;
}

/* The flow that an agency, an id and a version name. */
static bool flow_find(struct work *w, const char *agency, const char *id, const char *version, struct sdmx_query *q)
{
        q->flow = sdmx_flow_find(w, id);
        if (!work_ok(w))
                return false;
        if (q->flow == NULL)
                error_set(&w->err, ERR_MISSING, "there is no dataflow \"%s\"", id);
        else if (!is_any(agency) && strcmp(agency, SDMX_AGENCY) != 0)
                error_set(&w->err, ERR_MISSING, "no results: the dataflow %s is of the agency %s, there is none of \"%s\"", q->flow->id, SDMX_AGENCY, agency);
        else if (!is_any(version) && strcmp(version, SDMX_VERSION) != 0)
                error_set(&w->err, ERR_MISSING, "no results: the dataflow %s has version %s, and no \"%s\"", q->flow->id, SDMX_VERSION, version);
        else
                return true;
        return error_hint(&w->err, "/sdmx/dataflow lists them");
}

/* "FLOW", "AGENCY,FLOW", "AGENCY,FLOW,VERSION". */
static bool flow_read(struct work *w, const char *reference, struct sdmx_query *q)
{
        const char *first = strchr(reference, ','), *second = first == NULL ? NULL : strchr(first + 1, ',');

        if (first == NULL)
                return flow_find(w, "", reference, "", q);
        return flow_find(w, arena_copy(w->arena, reference, (size_t)(first - reference)),
                         arena_copy(w->arena, first + 1, strcspn(first + 1, ",")), second == NULL ? "" : second + 1, q);
}

bool sdmx_query_read(struct work *w, const struct request *r, const char *path, struct sdmx_query *q, struct sdmx_problem *problem)
{
        static const char *const names[] = { "startPeriod", "endPeriod", "updatedAfter", "asOf", "firstNObservations",
                                             "lastNObservations", "dimensionAtObservation", "detail", "format", NULL };
        const char *parts[6], *key = "";
        size_t n = sdmx_path_split(w->arena, path, parts, 6);
        struct sdmx_key k;

        *q = (struct sdmx_query){ 0 };
        if (!moments_read(w, r, q)) /* first: what there was to ask for is of then too */
                return false;
        if (n > 5 || *parts[0] == '\0')
                return error_set(&w->err, ERR_USAGE, "the address is /sdmx/data/FLOW/KEY or /sdmx/data/dataflow/AGENCY/FLOW/VERSION/KEY");
        if (strcmp(parts[0], "dataflow") == 0 && n >= 3) {
                if (!flow_find(w, parts[1], parts[2], n > 3 ? parts[3] : "", q))
                        return false;
                key = n > 4 ? parts[4] : "";
        } else {
                if (n > 3 || !flow_read(w, parts[0], q))
                        return n > 3 ? error_set(&w->err, ERR_USAGE, "the address has more parts than FLOW, KEY and provider") : false;
                key = n > 1 ? parts[1] : "";
                if (n > 2 && !is_any(parts[2]) && strcmp(parts[2], SDMX_AGENCY) != 0)
                        return error_set(&w->err, ERR_MISSING, "no results: the provider is %s", SDMX_AGENCY);
        }
        if (!sdmx_parameters_known(w, r, names, problem) || !sdmx_key_read(w->arena, q->flow, key, &k, &w->err) ||
            !spans_read(w, r, q) || !count_read(w, r, "firstNObservations", &q->first_n) ||
            !count_read(w, r, "lastNObservations", &q->last_n) || !shape_read(w, r, q, problem))
                return false;
        q->figures.items = k.values[SDMX_ITEM];
        q->figures.item_count = k.counts[SDMX_ITEM];
        q->figures.partners = k.values[SDMX_PARTNER];
        q->figures.partner_count = k.counts[SDMX_PARTNER];
        return frequencies_read(w, &k, q) && indicators_read(w, &k, q) && areas_read(w, &k, q);
}
