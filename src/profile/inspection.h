/* What the columns of a table hold, and what they would be used as. */
#ifndef BM_PROFILE_INSPECTION_H
#define BM_PROFILE_INSPECTION_H

#include "buyermap/result.h"
#include "buyermap/table.h"

/* The table `inspect`, a row a column: type, missing, distinct, min, p1, p10, q1, median, q3, p90,
 * p99, max, mean and outliers (beyond 1.5 interquartile ranges from the quartiles, Tukey 1977) of
 * numbers, first and last of dates, the most frequent text and its share, examples, used_as, and
 * why the column has its type. evidence: one for each column; id_column: index, or SIZE_MAX.
 *
 * Uses the table up, so that no column is copied: numbers and dates of its columns are rearranged
 * and overwritten, and nothing but texts may be read from it afterwards. Expected O(rows) a column,
 * columns in parallel; at most 28 MiB beside the table, or 1 MiB a thread. BM_NOMEM. */
bm_status bm_inspect(bm_table *table, const bm_evidence *evidence, size_t id_column,
                     bm_result *result, bm_error *err) BM_MUST_CHECK;

#endif
