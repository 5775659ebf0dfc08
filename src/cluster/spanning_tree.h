/* Private to single linkage: points in leaves, the search among them, and the rounds of it that
 * make a minimum spanning tree. */
#ifndef BM_CLUSTER_SPANNING_TREE_H
#define BM_CLUSTER_SPANNING_TREE_H

#include "cluster/hierarchical.h"
#include "kernel/near.h"

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

/* Positions of points, and labels of components. */
#define BM_NOWHERE UINT32_MAX /* no point; the label of a box of several components */
#define BM_MOST_POINTS (UINT32_MAX - BM_LEAF)

enum { BM_MOST_LEVELS = 8 }; /* 16⁸ leaves are more than there are points */

/* Points so ordered that neighbours mostly share a leaf, and the tree of boxes around the leaves.
 * Leaves hold the features times a power of two that brings the widest of them to 2³⁹ … 2⁴⁰, where
 * squares of floats neither overflow nor vanish. */
typedef struct bm_leaves {
    const bm_features *features; /* borrowed */
    size_t n, d, leaves;
    double scale;
    uint32_t *row;   /* [n] which row a position holds */
    double *centre;  /* [leaves × d] */
    float *point;    /* [leaves × d × BM_LEAF] about the centre */
    float *norm;     /* [leaves × BM_LEAF]; infinite past the last point */
    float *farthest; /* [leaves] the largest norm */
    size_t levels;   /* level 0 has a box for each leaf, the last at most BM_BOXES boxes */
    size_t boxes[BM_MOST_LEVELS];   /* of each level; box b of one is around BM_BOXES boxes from
                                       BM_BOXES b of the one below */
    double *box[BM_MOST_LEVELS];    /* [⌈boxes / BM_BOXES⌉][d][2][BM_BOXES] */
    uint32_t *mark[BM_MOST_LEVELS]; /* [boxes up to a multiple of BM_BOXES] the label of all points
                                       within, or BM_NOWHERE */
    uint32_t *label;                /* [leaves × BM_LEAF] component of each position */
} bm_leaves;

/* Orders n distinct rows, whose numbers stand in row; takes row over. O(n (d + log n)) time. */
bm_status bm_leaves_init(bm_leaves *leaves, const bm_features *features, uint32_t *row, size_t n,
                         bm_error *err) BM_MUST_CHECK;
/* Brings the marks up to date with the labels. */
bm_status bm_leaves_mark(bm_leaves *leaves, bm_error *err) BM_MUST_CHECK;
void bm_leaves_free(bm_leaves *leaves);
/* Bytes that they keep; here and below, SIZE_MAX: more than can be counted. */
size_t bm_leaves_memory(size_t n, size_t d);

/* What is known of each point's neighbours in other components, by position. */
typedef struct bm_neighbours {
    size_t k;           /* entries a point */
    double *distance;   /* [n × k] ascending, equal ones by row; the last is also a lower bound of
                           what is not listed */
    uint32_t *position; /* [n × k] BM_NOWHERE: no point, though the distance is a bound */
    uint8_t *first;     /* [n] entries before it are in the point's own component; k: all are */
    _Atomic uint64_t *best; /* [n] by label: bits of an upper bound of the shortest edge that
                               leaves the component; NULL: there is no use for one */
} bm_neighbours;

static inline double bm_best_of(const bm_neighbours *neighbours, uint32_t label) {
    uint64_t bits = atomic_load_explicit(&neighbours->best[label], memory_order_relaxed);
    double distance;
    memcpy(&distance, &bits, sizeof distance);
    return distance;
}

static inline void bm_best_reset(const bm_neighbours *neighbours, uint32_t label) {
    const double none = INFINITY;
    uint64_t bits;
    memcpy(&bits, &none, sizeof bits);
    atomic_store_explicit(&neighbours->best[label], bits, memory_order_relaxed);
}

/* Doubles that are not negative have the order of their bits. */
static inline void bm_best_lower(const bm_neighbours *neighbours, uint32_t label, double distance) {
    uint64_t bits, now = atomic_load_explicit(&neighbours->best[label], memory_order_relaxed);
    memcpy(&bits, &distance, sizeof bits);
    while (bits < now &&
           !atomic_compare_exchange_weak_explicit(&neighbours->best[label], &now, bits,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

/* A thread's scratch for searching. */
typedef struct bm_leaf_search bm_leaf_search;
bm_status bm_leaf_search_new(bm_leaf_search **search, const bm_leaves *leaves,
                             bm_neighbours *neighbours, bm_error *err) BM_MUST_CHECK;
void bm_leaf_search_free(bm_leaf_search *search);
size_t bm_leaf_search_memory(size_t d);
/* The `wanted` nearest points of other components for each of the points of a leaf that `points`
 * has a bit for, into the last `wanted` of their entries: exactly, as far as they are no farther
 * than the best of their components. */
void bm_leaf_search_run(bm_leaf_search *search, size_t leaf, uint64_t points, size_t wanted);

/* What no point of another component is nearer than to the points of a leaf, if these are all of
 * one component, else 0. */
double bm_leaf_search_bound(bm_leaf_search *search, size_t leaf);

/* The minimum spanning tree of the points in the leaves: n − 1 merges of rows, in no order.
 * BM_DATA when one of its edges is longer than a double can say. */
bm_status bm_spanning_rounds(bm_leaves *leaves, const bm_context *context, bm_merge *merge,
                             bm_error *err) BM_MUST_CHECK;

/* Bytes that it needs beside the leaves and the merges. */
size_t bm_spanning_rounds_memory(size_t n, size_t d);

/* The same of any dissimilarity. */
bm_status bm_spanning_pairs(const bm_dissimilarity *dissimilarity, const bm_context *context,
                            bm_merge *merge, bm_error *err) BM_MUST_CHECK;

#endif
