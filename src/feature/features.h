/* Tables -> bm_features: order behaviour, buyer attributes, encoding, missing values, outliers. */
#ifndef BM_FEATURE_FEATURES_H
#define BM_FEATURE_FEATURES_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "buyermap/orders.h"
#include "buyermap/table.h"

typedef enum bm_missing {
    BM_MISSING_ERROR,
    BM_MISSING_DROP,
    BM_MISSING_MEDIAN,
    BM_MISSING_MEAN,
    BM_MISSING_PAIRWISE, /* left to the distance; filled as by the mean where features are matrix */
} bm_missing;
typedef enum bm_without_orders {
    BM_WITHOUT_SEPARATE, /* segment 0 */
    BM_WITHOUT_INCLUDE,  /* in the map; what cannot be known is filled by the missing policy */
    BM_WITHOUT_DROP,     /* left out, counted as excluded */
} bm_without_orders;

/* One buyer measure of orders, and the extension point: one row in behaviour.c. */
typedef struct bm_measure {
    const char *name; /* "recency_days", "category_main_share" */
    const char *unit;
    const char *meaning;   /* one line: the formula */
    int by_default;        /* part of the clustering when the job does not say `use` */
    const char *undefined; /* of which buyers with orders it is not known; NULL: it always is */
} bm_measure;

/* The raw columns that features are made from, before policy: NaN is missing. */
typedef struct bm_measures {
    size_t n; /* population */
    size_t columns;
    bm_measure *measure;
    double **value; /* [columns][n] */
    /* Beside the numbers, the main value of each dimension the orders have ("which it is"). */
    int32_t *main[BM_DIMENSIONS]; /* [n] code into orders->names; -1 none; NULL: not in the log */
} bm_measures;

/* All measures the log can give, for the whole population. Buyers without orders get NaN everywhere
 * (frequency and monetary 0). Ties for the main value go to the one seen first. BM_NOMEM. */
bm_status bm_measures_of_orders(const bm_orders *orders, const bm_context *context,
                                bm_measures *measures, bm_error *err) BM_MUST_CHECK;
void bm_measures_free(bm_measures *measures);
/* Whether a measure of orders, or the main value of one of their dimensions, has that name. */
int bm_is_measure(const char *name);

typedef struct bm_feature_options {
    bm_strings use;            /* measures and table columns to cluster on; empty: the default */
    bm_strings categories;     /* table columns that are categories whatever they look like */
    const char *weight_column; /* buyer weights; never a feature */
    const char *truth_column;  /* never a feature */
    bm_missing missing;
    bm_without_orders without_orders;
    int keep_constant; /* 1: features that do not vary stay: there is to be one segment */
    int one_buyer; /* 1: they stay where there is one buyer: who is one segment, as no k was said */
    double winsorize; /* share clipped at each tail, 0 … < 0.5 */
    const bm_feature_weight *weight;
    size_t weights;
} bm_feature_options;

/* Why a column of the inputs is or is not part of the clustering; for --dry-run and run.json. */
typedef struct bm_column_use {
    char *name;
    int used;
    char *why; /* "numeric", "3 categories", "constant", "id", … */
} bm_column_use;

/* What becomes of a buyer of the population. */
typedef enum bm_fate {
    BM_ROW_LEFT_OUT, /* by missing policy or without_orders, counted as excluded */
    BM_ROW_IN_MAP,   /* a row of the matrix */
    BM_ROW_SEPARATE, /* no orders: segment 0 */
} bm_fate;

typedef struct bm_features_built {
    bm_features all; /* a view: clustered and described, in the buyers' own units; NaN: not known */
    bm_column_use *column;
    size_t columns;
    uint8_t *kept;                 /* [population] bm_fate of each */
    size_t dropped_missing;        /* left out by the missing policy */
    size_t dropped_without_orders; /* left out by without_orders, which is asked first */
} bm_features_built;

/* The features view buyers and measures, which outlive them. Either may be NULL, not both.
 * population is the number of buyers (the rows of buyers, the n of measures); those whose frequency
 * is above 0 have orders. orders: for the names of main values; may be NULL. id_column: index of
 * the id column in buyers, or SIZE_MAX. Clustered features stand first: in the order of `use`, else
 * columns in file order, then measures; indicators of one source by their texts. Missing values and
 * winsorizing limits are judged over the rows that are kept. Constant columns are only described,
 * with a warning (unless there is but one buyer). BM_JOB: an unknown name (with the nearest known
 * one), one that cannot be a feature, a feature weight that is not above 0. BM_DATA: a missing
 * value under `error`, a buyer weight that is not above 0, both named by line. BM_DEGENERATE: no
 * buyer is left, no feature varies. */
bm_status bm_features_build(const bm_table *buyers, size_t id_column, const bm_measures *measures,
                            const bm_orders *orders, const bm_feature_options *options,
                            const bm_context *context, bm_features_built *built,
                            bm_error *err) BM_MUST_CHECK;
void bm_features_built_free(bm_features_built *built);

#endif
