/* bm_values: where the values of one feature lie, one for each buyer of the population. */
#ifndef BM_DATA_VALUES_H
#define BM_DATA_VALUES_H

#include "buyermap/features.h"
#include "buyermap/table.h"

enum { BM_VALUES_BLOCK = 4096 }; /* values that are worth reading at once, and fit the stack */

/* Those of a column of numbers, or a category of a column of categories. */
bm_values bm_values_of_column(const bm_column *column, int32_t category);
/* Values of buyers row_of[first …], or (row_of NULL) first …, into out[count]; NaN where nothing is
 * known. BM_IO where they are in a file. */
bm_status bm_values_read(const bm_values *values, const size_t *row_of, size_t first, size_t count,
                         double *out, bm_error *err) BM_MUST_CHECK;

/* Feature j of rows first … first + count − 1, wherever the features have their values: as it is
 * known, or, of selected features, filled and clipped. Not of a matrix in a file. BM_IO. */
bm_status bm_features_column(const bm_features *features, size_t j, size_t first, size_t count,
                             double *out, bm_error *err) BM_MUST_CHECK;

#endif
