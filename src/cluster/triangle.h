/* Private to the hierarchical part of cluster: the dissimilarities of all pairs of clusters, once.
 */
#ifndef BM_CLUSTER_TRIANGLE_H
#define BM_CLUSTER_TRIANGLE_H

#include "cluster/cluster_groups.h"
#include "cluster/nearest.h"

/* Chunks of slots begin at multiples of BM_STRIP, and a word holds which 64 of them are alive. */
enum { BM_STRIP = 4096, BM_WORD = 64 };

/* Clusters live in slots 0 … slots − 1. The row of a slot holds its dissimilarities to later slots,
 * side by side; those to earlier ones stand one in each row before. Rows begin at multiples of
 * BM_LINKED columns and end at `width`, so that kernels need no tails. A slot that is not alive
 * stays where it is, with what it held. */
typedef struct bm_triangle {
    size_t slots, width;
    int single;  /* 1: of floats */
    void *value; /* doubles or floats */
    size_t *row; /* [slots] where column 0 of each row would stand */
    uint64_t *alive;
    const bm_linkage_kernel *kernel;
} bm_triangle;

/* Values that triangles of so many slots hold at most; 0 when that does not fit. */
int bm_triangle_values(size_t slots, size_t *values);
/* Bytes of a triangle and its rows; SIZE_MAX: more than can be counted. */
size_t bm_triangle_memory(size_t slots, int single);
/* A triangle whose values are not set; all slots are alive. BM_NOMEM. */
bm_status bm_triangle_init(bm_triangle *triangle, size_t slots, int single,
                           bm_error *err) BM_MUST_CHECK;
void bm_triangle_free(bm_triangle *triangle);

static inline int bm_is_alive(const bm_triangle *triangle, size_t slot) {
    return (triangle->alive[slot / BM_WORD] >> slot % BM_WORD & 1) != 0;
}

/* Dissimilarities of a slot to slots first … end − 1 (multiples of BM_LINKED, or the width), either
 * into room or where they stand. To itself and, before it, to slots that are not alive: infinity;
 * after it those are what they were. */
const double *bm_triangle_read(const bm_triangle *triangle, size_t slot, size_t first, size_t end,
                               double *room);
/* Where dissimilarities to slots from first on may be written before bm_triangle_write puts them
 * away: where they belong, or room. */
double *bm_triangle_place(const bm_triangle *triangle, size_t slot, size_t first, double *room);
/* Puts those to slots first … end − 1, at most BM_STRIP, where they belong: to later slots only, or
 * to all that are alive. In a matrix of floats, they become what these are. */
void bm_triangle_write_row(const bm_triangle *triangle, size_t slot, size_t first, size_t end,
                           double *value);
void bm_triangle_write(const bm_triangle *triangle, size_t slot, size_t first, size_t end,
                       double *value);
/* Puts one where it belongs, and gives what it has become there. */
double bm_triangle_set(const bm_triangle *triangle, size_t a, size_t b, double value);
/* Moves the slots that are alive, at most three quarters of 64 or more, together: slot a becomes
 * to[a], in the same order. to: [slots]. One pass over the values, in place. BM_NOMEM,
 * BM_INTERRUPTED. */
bm_status bm_triangle_compact(bm_triangle *triangle, size_t *to, bm_error *err) BM_MUST_CHECK;

/* All pairs of rows, by tiles, and who is nearest to whom. BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_triangle_fill(const bm_triangle *triangle, const bm_dissimilarity *dissimilarity,
                           const bm_nearest *nearest, bm_log *log, bm_error *err) BM_MUST_CHECK;
/* The same of the clusters of groups; cluster c is in slot slot[c], and slots are in the order of
 * lowest rows. BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_triangle_fill_groups(const bm_triangle *triangle, const bm_groups *groups,
                                  const size_t *slot, const bm_nearest *nearest,
                                  bm_error *err) BM_MUST_CHECK;

#endif
