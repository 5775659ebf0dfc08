/* Which buyers become rows of the matrix. */
#ifndef BM_FEATURE_ROWS_H
#define BM_FEATURE_ROWS_H

#include "feature/sources.h"

/* The parts of bm_features_build that decide on rows; see there. */
typedef struct bm_buyer_facts {
    const bm_table *buyers;      /* or NULL */
    const bm_measures *measures; /* or NULL */
    size_t n;
} bm_buyer_facts;

/* Fills built->kept, allocated [n], by without_orders, then by the missing policy over the chosen
 * sources, and counts those left out by either. Sources without any value are no longer chosen,
 * with a warning. BM_DATA: a missing value under `error`, a named source without any value. */
bm_status bm_rows_keep(const bm_buyer_facts *facts, bm_sources *sources,
                       const bm_feature_options *options, const bm_context *context,
                       bm_features_built *built, bm_error *err) BM_MUST_CHECK;

/* Buyer weights of the rows into *weight (caller frees). BM_DATA: one of any buyer that is missing
 * or not positive, named by its line. */
bm_status bm_rows_weigh(const bm_table *buyers, const char *weight_column, const size_t *row_of,
                        size_t rows, double **weight, bm_error *err) BM_MUST_CHECK;

#endif
