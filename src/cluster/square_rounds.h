/* Private to the hierarchical part of cluster: a square while its clusters are merged in rounds. */
#ifndef BM_CLUSTER_SQUARE_ROUNDS_H
#define BM_CLUSTER_SQUARE_ROUNDS_H

#include "cluster/hierarchical.h"
#include "cluster/square.h"

/* The nearest to a slot. */
typedef struct bm_square_found {
    double least, second;
    int64_t slot;
} bm_square_found;

/* Two clusters that are merged, and the nearest to what they become. */
typedef struct bm_square_pair {
    size_t x, y;
    double size_x, size_y;
    bm_square_found found;
} bm_square_pair;

typedef struct bm_square_rounds {
    bm_square *square;
    bm_nearest nearest;
    bm_combine combine;
    const bm_linkage_kernel *kernel;
    size_t *id, left;
    double *size;
    int64_t *before;         /* [stride] nearest slots when the round began */
    double *gone, *never;    /* [stride] 0 or infinity, −infinity everywhere */
    double *zero;            /* [stride] */
    double *share;           /* [slots] what a column counts for in its cluster */
    size_t *last, *next;     /* [slots] columns of a cluster: chains that begin at its slot */
    size_t *begin, *part;    /* [slots + 1, slots] the same side by side, of merged clusters */
    size_t *merged, mergeds; /* [slots] clusters of several columns */
    size_t *search, searches;
    bm_square_pair *pair;
    size_t pairs;
    double *sample;
    double *room, *seen; /* a row a thread */
    size_t *to;
} bm_square_rounds;

static inline int bm_square_is_mean(const bm_square_rounds *now) {
    return now->combine == BM_COMBINE_MEAN || now->combine == BM_COMBINE_HALVES;
}

static inline void bm_square_set(const bm_square_rounds *now, size_t slot, bm_square_found near) {
    now->nearest.least[slot] = near.least;
    now->nearest.second[slot] = near.second;
    now->nearest.slot[slot] = near.slot;
}

/* Dissimilarities of a row, as it was written, to the clusters that are left, infinity elsewhere;
 * both [stride]. */
void bm_square_see(const bm_square_rounds *now, const double *row, double *seen);
/* Every column is a cluster of its own. */
void bm_square_begin_columns(bm_square_rounds *now);
/* Writes the square anew without the slots that are gone, in the same memory. BM_INTERRUPTED. */
bm_status bm_square_compact(bm_square_rounds *now, bm_error *err) BM_MUST_CHECK;

#endif
