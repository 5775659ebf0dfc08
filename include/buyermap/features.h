/* bm_features: the matrix that is clustered, and what its columns mean. */
#ifndef BUYERMAP_FEATURES_H
#define BUYERMAP_FEATURES_H

#include "buyermap/status.h"

#include <stddef.h>
#include <stdint.h>

typedef enum bm_feature_kind {
    BM_FEATURE_NUMBER,
    BM_FEATURE_INDICATOR, /* 0 or 1: the buyer is of this category */
} bm_feature_kind;

/* One column. `region=North` is an indicator whose source is `region`. */
typedef struct bm_feature {
    char *name;   /* owned: "recency_days", "region=North" */
    char *source; /* owned: the table column or order measure it comes from */
    bm_feature_kind kind;
    int clustered;    /* 1: part of the clustering; 0: only described in the profile */
    double weight;    /* multiplies squared differences; 1 by default */
    double fill;      /* what missing values are replaced with; NaN: nothing */
    double low, high; /* winsorizing limits in the feature's unit; -INFINITY, INFINITY without */
    size_t missing;   /* buyers that had no value */
} bm_feature;

/* A weight that somebody gave a feature, or all indicators of a source. */
typedef struct bm_feature_weight {
    char *name;
    double weight;
} bm_feature_weight;

/* Where the values of a feature lie, one for each buyer of the population; all of it is borrowed.
 * Either numbers in memory, or numbers in a file, or a category, of which this is an indicator. */
typedef struct bm_values {
    const double *number; /* that of buyer b is number[b × stride] */
    size_t stride;
    const struct bm_spool *spool;
    size_t column; /* of the spool */
    const int32_t *code;
    int32_t category;
} bm_values;

/* A matrix in a file (data/rows.c). */
typedef struct bm_stored bm_stored;

/* Row i is buyer row_of[i] of the population (the buyers table, or the buyers of the order log by
 * first appearance). As they are built, features are a view on what is known of the buyers, and NaN
 * where nothing is; bm_features_select fills and clips, and in what it gives every value is finite.
 * Values lie in one of four places: */
typedef struct bm_features {
    size_t n, d;
    double *x;         /* [n × d], row-major, 64-byte aligned, */
    float *single;     /* the same in single precision, */
    bm_stored *stored; /* the same in a file: all three are read through data/rows.h; */
    bm_values *values; /* [d] or where the inputs have them: read through data/values.h */
    int is_settled;    /* 1: of values, what is missing is filled and the rest clipped */
    bm_feature *feature;
    size_t *row_of; /* [n], ascending; NULL: row i is buyer i */
    double *weight; /* [n] buyer weights, each > 0; NULL: every buyer counts once */
} bm_features;

/* Allocates n × d zeros, d zeroed features and row_of 0…n-1. BM_NOMEM. */
bm_status bm_features_init(bm_features *features, size_t n, size_t d, bm_error *err) BM_MUST_CHECK;
/* What the clustering takes for a value of the feature: filled first, clipped then. NaN when it is
 * missing and there is no fill. */
double bm_feature_settle(const bm_feature *feature, double value);
/* A view on the clustered columns of a view, with copies of row_of and weight: missing values
 * become the feature's fill, and numbers beyond low and high are clipped to them. */
bm_status bm_features_select(const bm_features *all, bm_features *clustered,
                             bm_error *err) BM_MUST_CHECK;
/* Rounds a matrix of doubles to single precision, and frees these. BM_NOMEM: nothing has changed.
 */
bm_status bm_features_make_single(bm_features *features, bm_error *err) BM_MUST_CHECK;
/* Names a feature: copies both strings and sets kind; weight 1, fill NaN, limits infinite,
 * clustered 1. */
bm_status bm_feature_set(bm_feature *feature, const char *name, const char *source,
                         bm_feature_kind kind, bm_error *err) BM_MUST_CHECK;
/* The buyer of a row. */
static inline size_t bm_row_of(const bm_features *features, size_t row) {
    return features->row_of != NULL ? features->row_of[row] : row;
}
/* What a row counts for, by an array of weights such as bm_features.weight. */
static inline double bm_weight_of(const double *weight, size_t row) {
    return weight != NULL ? weight[row] : 1.0;
}
void bm_features_free(bm_features *features);

#endif
