/* How unlike two buyers are: what every method that needs nothing but pairs is built on (the
 * linkages over a matrix, single linkage, k-medoids). */
#ifndef BM_CLUSTER_DISSIMILARITY_H
#define BM_CLUSTER_DISSIMILARITY_H

#include "buyermap/features.h"

/* The dissimilarities between n rows: symmetric, 0 between equal rows, never negative, each a
 * finite double or +infinity where a double cannot hold it. Tiles may be asked for from several
 * threads at once; the same pair has the same bits in every tile, whichever of the two is the row.
 */
typedef struct bm_dissimilarity bm_dissimilarity;
struct bm_dissimilarity {
    size_t n;
    const char *name; /* "euclidean", "gower" */
    /* tile[(i − row) × stride + (j − column)] for rows i = row … row + rows − 1 and
     * j = column … column + columns − 1. */
    void (*tile)(const bm_dissimilarity *self, size_t row, size_t rows, size_t column,
                 size_t columns, size_t stride, double *tile);
    /* The same of the rows row[0 … n − 1] alone, with every pair's bits: what was learnt of all
     * rows (ranges) stays as it is. Freed by itself; may borrow what self borrows. BM_NOMEM. */
    bm_status (*select)(const bm_dissimilarity *self, const size_t *row, size_t n,
                        bm_dissimilarity *out, bm_error *err);
    const bm_features
        *features; /* borrowed; of the rows that were selected from, where they were */
    void *data;    /* of the kind; released by bm_dissimilarity_free */
    void (*release)(void *data);
};

/* Euclidean distances in the space of the features, each with the bits of the root of
 * bm_squared_distance. Borrows the features and keeps a packed copy of them. BM_NOMEM. */
bm_status bm_euclidean(const bm_features *features, bm_dissimilarity *dissimilarity,
                       bm_error *err) BM_MUST_CHECK;
/* Bytes that it keeps; SIZE_MAX: more than can be counted. */
size_t bm_euclidean_memory(size_t n, size_t d);
/* The distances that can be asked for by name, "euclidean" first; ends with NULL. */
extern const char *const bm_distance_names[];
enum { BM_DISTANCE_EUCLIDEAN, BM_DISTANCE_GOWER };
/* What each is, one line. */
extern const char *const bm_distance_meanings[];
/* Safe on a zeroed one. */
void bm_dissimilarity_free(bm_dissimilarity *dissimilarity);

#endif
