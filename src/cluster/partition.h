/* A labelling of the buyers and what follows from it: sizes, means, sums of squares. The form in
 * which clusterers hand their work to the quality indices and to bm_segmentation. */
#ifndef BM_CLUSTER_PARTITION_H
#define BM_CLUSTER_PARTITION_H

#include "buyermap/features.h"
#include "buyermap/segmentation.h"

typedef struct bm_partition {
    const bm_features *features; /* borrowed */
    size_t k;
    int32_t *label;     /* [n] 0…k−1 */
    double *centroid;   /* [k × d] */
    size_t *size;       /* [k] buyers */
    double *weight;     /* [k] summed weights */
    double *inertia_of; /* [k] weighted squared distances to the centroid */
    double *spread;     /* [k] weighted distances to the centroid */
    double *simplified; /* [k] weighted simplified silhouettes; NaN: not measured */
    double inertia;
    double *partial; /* sums of each chunk of rows */
    size_t *order;   /* [k] scratch of bm_partition_order */
} bm_partition;

/* Room for partitions of up to k segments. */
bm_status bm_partition_init(bm_partition *partition, const bm_features *features, size_t k,
                            bm_error *err) BM_MUST_CHECK;
size_t bm_partition_memory(size_t n, size_t d, size_t k);
/* Weighted means of the labels into centroid. O(n d). */
bm_status bm_partition_means(bm_partition *partition, bm_error *err) BM_MUST_CHECK;
/* Sizes, weights, sums of squares and of distances about the centroids. O(n d). */
bm_status bm_partition_measure(bm_partition *partition, bm_error *err) BM_MUST_CHECK;
/* The same, and simplified silhouettes, in one pass. O(n k d). */
bm_status bm_partition_measure_all(bm_partition *partition, bm_error *err) BM_MUST_CHECK;
/* Brings a measured partition into canonical order. */
void bm_partition_order(bm_partition *partition);
/* Makes a measured and ordered partition a zeroed segmentation, which then has its labels; of the
 * rest it has copies. */
bm_status bm_partition_segmentation(bm_partition *partition, bm_segmentation *segmentation,
                                    bm_error *err) BM_MUST_CHECK;
void bm_partition_free(bm_partition *partition);

/* order[0…k−1]: segments by falling size, then by ascending centroid, first feature first, then by
 * index. Gives 1 when that is the order they have. */
int bm_canonical_order(const size_t *size, const double *centroid, size_t k, size_t d,
                       size_t *order);

/* Brings the figures of k segments, `bytes` each, into such an order. scratch: room for all. */
void bm_reorder_segments(void *figure, size_t bytes, const size_t *order, size_t k, void *scratch);

/* Rows of a chunk of work over n rows and k segments: fixed by the data; at most 256 chunks, so
 * that the sums of all chunks stay smaller than the matrix. */
size_t bm_cluster_chunk_rows(size_t n, size_t k);
/* Doubles for `width` sums a segment in every chunk, for any number of segments up to k; SIZE_MAX
 * when they cannot be counted. */
size_t bm_cluster_sums(size_t n, size_t k, size_t width);

#endif
