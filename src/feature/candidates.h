/* The features to be: which there are, in which order, and how each is filled and clipped. */
#ifndef BM_FEATURE_CANDIDATES_H
#define BM_FEATURE_CANDIDATES_H

#include "feature/sources.h"

/* One column of the matrix to be. */
typedef struct bm_candidate {
    size_t source;
    int32_t code; /* of an indicator; -1 for a number */
    int clustered;
    int constant; /* filled and clipped, all rows are equal */
    double weight;
    double fill, low, high; /* as in bm_feature */
    size_t missing;         /* rows without a value */
} bm_candidate;

typedef struct bm_candidates {
    bm_candidate *candidate;
    size_t count, reserved;
} bm_candidates;

/* Marks what is clustered: the sources in `use`, or those clustered by default. BM_JOB: a name that
 * is not known or cannot be a feature. */
bm_status bm_candidates_choose(bm_sources *sources, const bm_feature_options *options,
                               bm_error *err) BM_MUST_CHECK;

/* row_of as in bm_features, also below. Lists the columns: first the clustered ones in the order of
 * `use` (or of the sources), then what is only described. A category has an indicator a value that
 * occurs in the rows, by their texts; one that is only described is left out past BM_MAX_CATEGORIES
 * of them. Weights are set. BM_JOB: weights that are unknown or not positive. */
bm_status bm_candidates_list(const bm_sources *sources, const size_t *row_of, size_t rows,
                             const bm_feature_options *options, const bm_context *context,
                             bm_candidates *candidates, bm_error *err) BM_MUST_CHECK;

/* Finds fill, limits and constancy of each over the rows, drops those without any value, and stops
 * clustering on constant ones (with a warning; not when there is but one row). Clustered ones stand
 * first afterwards. */
bm_status bm_candidates_fit(bm_candidates *candidates, const bm_sources *sources,
                            const size_t *row_of, size_t rows, const bm_feature_options *options,
                            const bm_context *context, bm_error *err) BM_MUST_CHECK;

void bm_candidates_free(bm_candidates *candidates);

#endif
