/* Private to the hierarchical part of cluster: the dissimilarities of all pairs of clusters, twice,
 * so that each has all of its own side by side. */
#ifndef BM_CLUSTER_SQUARE_H
#define BM_CLUSTER_SQUARE_H

#include "cluster/cluster_groups.h"
#include "cluster/nearest.h"
#include "cluster/triangle.h"

/* Row r holds the dissimilarities of slot r to slots 0 … slots − 1. */
typedef struct bm_square {
    size_t slots, stride; /* stride: values from row to row, a multiple of BM_LINKED */
    int single;
    void *value; /* doubles or floats */
    const bm_linkage_kernel *kernel;
} bm_square;

/* Values from row to row of a square of so many slots. */
size_t bm_square_stride(size_t slots);
/* Values of a square; SIZE_MAX: more than can be counted. */
size_t bm_square_values(size_t slots);
/* The most slots whose square has no more values. */
size_t bm_square_slots(size_t values);

/* Gives it so many slots: what it holds means nothing then. */
void bm_square_shape(bm_square *square, size_t slots);
/* The square of all pairs of the clusters of groups, whose slots are in the same order, and who is
 * nearest to whom, by lowest rows. BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_square_fill(bm_square *square, const bm_groups *groups, int single,
                         const bm_nearest *nearest, bm_error *err) BM_MUST_CHECK;
/* The square of a triangle all of whose slots are alive, in the same memory, which must have room
 * for it; nothing is left in the triangle. BM_INTERRUPTED. */
bm_status bm_square_unfold(bm_square *square, bm_triangle *triangle, bm_error *err) BM_MUST_CHECK;
void bm_square_free(bm_square *square);

/* A row as doubles: where it stands, or in room [stride]. */
const double *bm_square_row(const bm_square *square, size_t slot, double *room);
/* Where a row may be written before it is put away, which rounds it where the square is one of
 * floats. */
double *bm_square_place(const bm_square *square, size_t slot, double *room);
void bm_square_put(const bm_square *square, size_t slot, double *row);

/* Merges the clusters until one is left, in rounds of reciprocal nearest neighbours.
 * id: [slots] the lowest row of each; size: [slots] weights; nearest: [stride] who is nearest to
 * each, by slot. All are used up. merge: [slots − 1] in any order; before: merges that were made
 * earlier, for the report. BM_NOMEM, BM_DATA, BM_INTERRUPTED. */
bm_status bm_square_merge(bm_square *square, const bm_nearest *nearest, size_t *id, double *size,
                          const bm_linkage *linkage, bm_log *log, size_t before, bm_merge *merge,
                          bm_error *err) BM_MUST_CHECK;
/* Bytes that this takes. */
size_t bm_square_merge_memory(size_t slots);

#endif
