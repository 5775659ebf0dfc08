/* What the columns of a table hold, and what they would be used as. */
#ifndef BM_PROFILE_INSPECTION_H
#define BM_PROFILE_INSPECTION_H

#include "buyermap/result.h"
#include "buyermap/table.h"

/* The table `inspect`, a row a column: type, missing, distinct, min, q1, median, q3, max, mean,
 * outliers (beyond 1.5 interquartile ranges from the quartiles, Tukey 1977), first and last
 * (dates), examples, used_as. id_column: index, or SIZE_MAX. O(n log n) a column. BM_NOMEM. */
bm_status bm_inspect(const bm_table *table, size_t id_column, bm_result *result,
                     bm_error *err) BM_MUST_CHECK;

#endif
