/* Private to size_bounds.c: what can be done to a map whose segments are too small or too large,
 * and what it is likely to cost. */
#ifndef BM_CLUSTER_SIZE_MOVES_H
#define BM_CLUSTER_SIZE_MOVES_H

#include "cluster/cluster.h"
#include "cluster/partition.h"

#define BM_NO_SEGMENT SIZE_MAX

typedef struct bm_size_limits {
    size_t least, most; /* buyers of a segment; most is SIZE_MAX without a limit */
} bm_size_limits;

/* Those of the options (size_range.c). */
bm_size_limits bm_size_limits_of(const bm_cluster_options *options);

/* Segments a and b become one, and a segment is split in two: another one, or (split == a) the one
 * just made. */
typedef struct bm_size_move {
    size_t a, b;  /* BM_NO_SEGMENT, both: nothing is merged */
    size_t split; /* BM_NO_SEGMENT: nothing is split */
    double cost;  /* estimated growth of the inertia */
} bm_size_move;

/* A measured partition and its weighted squares about the centroids, feature by feature. */
typedef struct bm_size_state {
    const bm_partition *partition;
    const double *square; /* [k × d] */
    bm_size_limits limits;
} bm_size_state;

/* Fills square [k × d]. scratch: bm_size_scratch(n, d, k) doubles. */
bm_status bm_size_squares(const bm_partition *partition, double *square, double *scratch,
                          bm_error *err) BM_MUST_CHECK;
/* For up to k segments; SIZE_MAX when they cannot be counted. */
size_t bm_size_scratch(size_t n, size_t d, size_t k);
/* The cheapest moves that leave k as it is and touch `segment`, which is out of bounds; cheapest
 * first, ties in order of segments. Gives how many there are, at most `room`. O(k² d). */
size_t bm_size_moves(const bm_size_state *state, size_t segment, bm_size_move *move, size_t room);
/* The segment that is cheapest to merge with `segment`, if possible within the limits. k > 1. */
size_t bm_size_cheapest_merge(const bm_size_state *state, size_t segment);
/* Whether the buyers of the segment differ in anything. */
int bm_size_can_split(const bm_size_state *state, size_t segment);
/* Centroids to start from after the move, into centroid [(k + 1) × d]; gives their number. */
size_t bm_size_apply(const bm_size_state *state, const bm_size_move *move, double *centroid);

#endif
