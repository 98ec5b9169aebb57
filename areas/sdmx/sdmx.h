/* sdmx.h - what the files of this area share: our catalogue and figures in the words of SDMX.
 *
 * Written after "SDMX REST API" 1.5 and 2.0 (github.com/sdmx-twg/sdmx-rest), SDMX-ML 2.1, SDMX-JSON 1.0 and 2.0
 * (github.com/sdmx-twg/sdmx-json) and SDMX-CSV 2.0 (github.com/sdmx-twg/sdmx-csv). */
#ifndef AREAS_SDMX_SDMX_H
#define AREAS_SDMX_SDMX_H

#include "figure/figure.h"
#include "web/web.h"

#define SDMX_AGENCY "MOIT" /* who maintains the structures: the Ministry of Industry and Trade */
#define SDMX_VERSION "1.0"
#define SDMX_CONCEPTS "CS_FIGURES"

/* ---- structures (flow.c) ------------------------------------------------------------------------------------- */

enum sdmx_part { SDMX_DIMENSION, SDMX_TIME, SDMX_MEASURE, SDMX_ATTRIBUTE };

/* Components in the order of SDMX_COMPONENTS; a flow has all but those whose classification it lacks. */
enum { SDMX_FREQ, SDMX_REF_AREA, SDMX_INDICATOR, SDMX_ITEM, SDMX_PARTNER, SDMX_TIME_PERIOD, SDMX_OBS_VALUE, SDMX_UNIT_MEASURE,
       SDMX_OBS_STATUS, SDMX_FIGURE_STATUS, SDMX_FIGURE_MARK, SDMX_FIGURE_STATE, SDMX_KNOWN_FROM, SDMX_ENTRY, SDMX_COMMENT_OBS, SDMX_COMPONENTS };

struct sdmx_component {
        const char *id, *title; /* title: a text */
        enum sdmx_part part;
        const char *codelist;   /* id, or NULL: not coded; "" where it depends on the flow */
        const char *text_type;  /* of SDMX-ML, where it is not coded */
        bool is_mandatory;
};
extern const struct sdmx_component sdmx_components[SDMX_COMPONENTS];

/* A dataflow, and the data structure of the same id: all indicators with the same classifications of items and partners. */
struct sdmx_flow {
        const char *id;               /* "FIGURES", "FIGURES_VSIC", "FIGURES_VSIC_BY_HS" */
        const char *name_vi, *name_en;
        const char *items, *partners; /* classifications; "" for none */
};
/* All flows in order of id, and one of them (NULL, no error: there is none); they live as long as the work's arena. */
const struct sdmx_flow *sdmx_flows(struct work *, size_t *count);
const struct sdmx_flow *sdmx_flow_find(struct work *, const char *id);
bool sdmx_flow_holds(const struct sdmx_flow *, const struct indicator *);
bool sdmx_flow_has(const struct sdmx_flow *, int component);
/* The codelist of a component in a flow; NULL: not coded. */
const char *sdmx_codelist_of(struct work *, const struct sdmx_flow *, int component);

struct sdmx_code {
        const char *id, *name_vi, *name_en;
        const char *parent;             /* id, or NULL */
        const char *about_vi, *about_en; /* "" for none */
};
struct sdmx_codelist {
        const char *id, *name_vi, *name_en;
        const struct sdmx_code *codes;
        size_t count;
};
/* The codelists that flows use, without their codes, in order of id; and one with its codes (NULL, no error: there is none). */
const struct sdmx_codelist *sdmx_codelists(struct work *, size_t *count);
const struct sdmx_codelist *sdmx_codelist_read(struct work *, const char *id);

/* A code of ours as an identifier of SDMX (letters, digits, _ @ -): other bytes become $ and two hexadecimal digits. And back: NULL
 * for what is no such identifier. In the arena. */
const char *sdmx_id(struct arena *, const char *code);
const char *sdmx_id_read(struct arena *, const char *id, size_t length);

/* The unit of measure of an indicator (of an item of it in a period): its code, in the arena; "_Z" where it has none. */
const char *sdmx_measure(const struct catalogue *, struct arena *, const struct indicator *, const char *item, period);

/* The code of the whole of a classification: its root, or SDMX_WHOLE where it has none; "" where there is no classification. */
#define SDMX_WHOLE "_T"
const char *sdmx_whole(const struct catalogue *, const char *classification);

/* One letter for a frequency, as in CL_FREQ; 0 for an unknown letter. */
char sdmx_frequency(enum frequency);
enum frequency sdmx_frequency_read(char);
/* As in SDMX's CL_OBS_STATUS: "A", "E", "P"; "O" where a value is missing. */
const char *sdmx_observation_status(enum figure_mark, bool has_value);

/* ---- formats (media.c) --------------------------------------------------------------------------------------------- */

enum sdmx_format {
        SDMX_UNACCEPTABLE,
        SDMX_ML,             /* SDMX-ML 2.1: structures */
        SDMX_JSON_STRUCTURE, /* SDMX-JSON 2.0: structures */
        SDMX_ML_DATA,        /* SDMX-ML 2.1, structure-specific data */
        SDMX_CSV,            /* SDMX-CSV 2.0 */
        SDMX_JSON_DRAFT,     /* SDMX-JSON 1.0 as clients read it that were written before it was final: ECB's version=1.0.0-wd */
        SDMX_JSON_1,         /* SDMX-JSON 1.0 */
        SDMX_JSON_2,         /* SDMX-JSON 2.0 */
};
/* What the parameters of SDMX-CSV's media type ask for. */
enum sdmx_labels { SDMX_LABELS_ID, SDMX_LABELS_NAME, SDMX_LABELS_BOTH }; /* names in columns of their own; behind the id and ": " */
struct sdmx_csv {
        enum sdmx_labels labels;
        bool has_series_key, has_observation_key;
};
/* The best format for an Accept header (NULL: none was sent) or the short name of the parameter "format" (NULL: none), which
 * goes before it; *csv: how, where it is SDMX_CSV. Pure. */
enum sdmx_format sdmx_negotiate(bool for_data, const char *accept, const char *format, struct sdmx_csv *csv);
const char *sdmx_content_type(enum sdmx_format);
/* Whether an error is better told in JSON than in XML. */
bool sdmx_prefers_json(const char *accept, const char *format);

/* ---- questions (query.c) ------------------------------------------------------------------------------------------- */

enum sdmx_detail { SDMX_FULL, SDMX_DATA_ONLY, SDMX_SERIES_ONLY };

struct sdmx_query {
        const struct sdmx_flow *flow;
        bool frequencies[FREQUENCY_YEAR + 1];
        day first, last;            /* periods lie within; DAY_NONE and DAY_FOREVER: open */
        moment updated_after;       /* 0: whenever */
        int64_t first_n, last_n;    /* of each series; 0: all */
        enum sdmx_detail detail;
        bool is_flat;               /* dimensionAtObservation=AllDimensions */
        struct sdmx_csv csv;        /* of the header Accept */
        struct figure_query figures; /* without periods and rights */
};

/* How a question went wrong beyond the codes of struct error. */
struct sdmx_problem {
        bool is_unsupported;        /* well asked, but not offered: 501 */
};

/* From the path behind "data/" and the parameters. ERR_USAGE for what is malformed, ERR_MISSING for what does not
 * exist (SDMX: no results), ERR_INVALID for what contradicts itself. */
bool sdmx_query_read(struct work *, const struct request *, const char *path, struct sdmx_query *, struct sdmx_problem *);

/* A key for the dimensions of a flow ("M.VN+42.iip_yoy.", "all"): texts of each dimension in values[dimension], counts. Pure.
 * ERR_USAGE says what is wrong. */
#define SDMX_VALUES_MAX 512
struct sdmx_key {
        const char **values[SDMX_TIME_PERIOD];
        size_t counts[SDMX_TIME_PERIOD]; /* 0: all */
};
bool sdmx_key_read(struct arena *, const struct sdmx_flow *, const char *text, struct sdmx_key *, struct error *);

/* Parts of a path ("a/b/c"), decoded already; at most max. Returns their number, max + 1 for more. */
size_t sdmx_path_split(struct arena *, const char *path, const char **parts, size_t max);
/* Whether the parameters are all among the names (NULL-terminated). ERR_USAGE names another. */
bool sdmx_parameters_known(struct work *, const struct request *, const char *const *names, struct sdmx_problem *);

/* ---- messages ----------------------------------------------------------------------------------------------------------- */

/* structure.c: what the path asks for ("dataflow/MOIT/all/latest"). */
bool sdmx_structure_write(struct work *, const struct request *, const char *path, enum sdmx_format, struct buf *,
                          struct sdmx_problem *);
/* data.c: the answer. ERR_MISSING where there is none, ERR_TOO_BIG beyond SDMX_OBSERVATIONS_MOST in JSON and XML. */
#define SDMX_OBSERVATIONS_MOST 200000
bool sdmx_data_write(struct work *, const struct sdmx_query *, enum sdmx_format, struct buf *);

#endif
