/* Where features can come from: the columns of the buyers table, the measures of their orders, and
 * the main value of each dimension of their orders. */
#ifndef BM_FEATURE_SOURCES_H
#define BM_FEATURE_SOURCES_H

#include "feature/features.h"

typedef enum bm_source_kind {
    BM_SOURCE_COLUMN,  /* of the buyers table */
    BM_SOURCE_MEASURE, /* of the orders */
    BM_SOURCE_MAIN,    /* "category_main": which value of a dimension is a buyer's main one */
} bm_source_kind;

/* One source gives one feature when it is a number and an indicator a value when it is a category.
 * Everything in it is borrowed but its name. */
typedef struct bm_source {
    char *name;
    bm_source_kind kind;
    bm_values values;           /* of the population; of a category, those of code 0 */
    int is_number;              /* 0: a category, or nothing */
    int is_full;                /* 1: none of its numbers is missing */
    const int32_t *code;        /* [population]; NULL for numbers */
    const bm_dictionary *words; /* behind code */
    const char *undefined;      /* of which buyers a measure is not known, or NULL */
    const char *barred;         /* why it is no feature: "id", "date"; NULL: it may be one */
    int by_default;             /* clustered when the job does not say `use` */
    int chosen;                 /* clustered, as a whole or some of its indicators */
    int requested;              /* chosen because the job names it */
} bm_source;

typedef struct bm_sources {
    size_t n; /* population */
    bm_source *source;
    size_t count;
} bm_sources;

/* All sources: columns in file order, measures in table order, main values by dimension. Arguments
 * as in bm_features_build. BM_JOB: a name in categories, weight_column or truth_column that
 * there is not. */
bm_status bm_sources_list(const bm_table *buyers, size_t id_column, const bm_measures *measures,
                          const bm_orders *orders, const bm_feature_options *options,
                          bm_sources *sources, bm_error *err) BM_MUST_CHECK;

/* The source a name means, and of an indicator ("region=North") its code, else -1. BM_JOB for an
 * unknown name, with the nearest one and what there is, and for a source that is barred. */
bm_status bm_sources_find(const bm_sources *sources, const char *name, size_t *source,
                          int32_t *code, bm_error *err) BM_MUST_CHECK;

void bm_sources_free(bm_sources *sources);

#endif
