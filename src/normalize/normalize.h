/* bm_features -> scaled in place + bm_scaling. One file a normalizer, one row in registry.c. */
#ifndef BM_NORMALIZE_NORMALIZE_H
#define BM_NORMALIZE_NORMALIZE_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "buyermap/result.h"
#include "buyermap/scaling.h"

/* The registry: NULL-terminated. */
extern const bm_normalizer *const bm_normalizers[];
const bm_normalizer *bm_normalizer_find(const char *name);

/* Fits every number (in parallel, a column a chunk; fewer at a time where --memory-limit asks for
 * that) of a matrix or a view. The indicators of all category columns have one scale, so that a
 * difference counts the same in any and a category varies as much as a number does on average
 * (categories.c says how and why); the log is told what that makes of a difference. A feature whose
 * spread vanishes after the shape is BM_DEGENERATE by name; with keep_constant (one segment is all
 * that is wanted) one whose values are all equal becomes zeros. */
bm_status bm_normalize_fit(const bm_features *features, const bm_normalizer *normalizer,
                           int keep_constant, const bm_context *context, bm_scaling *scaling,
                           bm_error *err) BM_MUST_CHECK;
/* Turns selected features, a view, into their normalized matrix (or normalizes a matrix of doubles
 * where it is): of doubles, or rounded to single precision; in memory, or (path not NULL) in a file
 * without a name beside that path. Feature weights are applied as sqrt(weight) on z. BM_DATA: a
 * value that becomes no finite number. */
bm_status bm_normalize_into(bm_features *features, const bm_scaling *scaling, int single,
                            const char *path, const bm_context *context,
                            bm_error *err) BM_MUST_CHECK;

/* Both, into doubles in memory. */
bm_status bm_normalize(bm_features *features, const bm_normalizer *normalizer, int keep_constant,
                       const bm_context *context, bm_scaling *scaling, bm_error *err) BM_MUST_CHECK;

/* `model/transform` (a row a feature: feature, source, kind, lambda, low, high, fill, center,
 * scale, weight; only HDF5). quantiles: filled as a features × q matrix when the quantile
 * normalizer was used, else *columns is 0; caller frees. */
bm_status bm_scaling_result(const bm_features *features, const bm_scaling *scaling,
                            bm_result *result, double **quantiles, size_t *columns,
                            bm_error *err) BM_MUST_CHECK;

#endif
