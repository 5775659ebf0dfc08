/* What silhouettes are made of: mean distances of rows to the rows of each segment. */
#ifndef BM_CLUSTER_SILHOUETTE_H
#define BM_CLUSTER_SILHOUETTE_H

#include "buyermap/features.h"
#include "kernel/pairs.h"

/* Of a row in one partition: its mean distance to the others of its segment and to those of the
 * nearest other one, ties to the lowest. Alone in its segment: both 0. No other segment has rows:
 * other is infinite and nearest -1, and so they are of a row that is not part of the partition. */
typedef struct bm_width {
    double within, other;
    int32_t nearest;
} bm_width;

/* Rows and how they are partitioned, then sorted by cell: rows of a cell have the same label in
 * every partition, so that what is summed over a cell counts for a segment of each. */
typedef struct bm_silhouette {
    /* Set by the caller: */
    const bm_features *features;
    size_t n;
    const size_t *row; /* [n] ascending rows of the features; NULL: all of them */
    size_t partitions;
    int32_t *const *label; /* [partitions][n] 0…k−1 */
    const size_t *k;
    int outside; /* 1: label k says that a row is not part of the partition */
    /* Made by bm_silhouette_sort: */
    size_t padded;      /* n in whole tiles */
    size_t *order;      /* [n] which of the rows has this place */
    int32_t *cell_of;   /* [n] by place */
    size_t *cell_begin; /* [cells + 1] places */
    size_t cells;
    size_t *first_slot; /* [partitions + 1] of each partition's segments among all segments */
    size_t *size;       /* [slots] rows of the segment */
    uint32_t *slot;     /* [cells × partitions] */
    double *packed;     /* the rows by place */
} bm_silhouette;

bm_status bm_silhouette_sort(bm_silhouette *silhouette, bm_error *err) BM_MUST_CHECK;
/* width[p × n + i] of row i in partition p. Each distance is computed once for both of its rows
 * where the sums of all rows by segment have room in 64 MiB, and once for each of them where they
 * have not. O(n² d) time. */
bm_status bm_silhouette_widths(const bm_silhouette *silhouette, bm_width *width,
                               bm_error *err) BM_MUST_CHECK;
/* Releases what was made, not what the caller set. */
void bm_silhouette_free(bm_silhouette *silhouette);

/* (other − within) / max, and 0 for a buyer alone in its segment. */
double bm_width_value(const bm_width *width);

/* The rows that a stratified sample takes of each segment: the wanted number in proportion to size
 * [k], at least `least` or all of a segment. Gives their total. */
size_t bm_sample_shares(const size_t *size, size_t k, size_t wanted, size_t *share);
/* Draws shares [k] of the labels' rows: row and drawn label, in the order of rows. left: [2 × k]
 * scratch. */
void bm_sample_draw(const int32_t *label, size_t n, const size_t *size, const size_t *share,
                    size_t *left, size_t k, uint64_t seed, size_t *row, int32_t *drawn);

#endif
