/* Quality indices of partitions. Each is NaN where it is not defined. */
#ifndef BM_CLUSTER_QUALITY_H
#define BM_CLUSTER_QUALITY_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "cluster/partition.h"

/* Calinski & Harabasz (1974): between / (k − 1) over within / (n − k). With buyer weights both sums
 * of squares are weighted and n stays the number of buyers: the weights' scale does not matter. NaN
 * for k = 1, for k = n, and when nothing varies within segments. */
double bm_calinski_harabasz(const bm_partition *partition);
/* Davies & Bouldin (1979): mean over segments of the worst (S_i + S_j) / M_ij, S the (weighted)
 * mean distance to the centroid; segments with one centroid count as far apart, as scikit-learn has
 * it. NaN for k = 1 and k = n. O(k² d). */
double bm_davies_bouldin(const bm_partition *partition);

/* The buyers that silhouettes are computed of: all up to 10,000, else a seeded sample. */
typedef struct bm_silhouette_sample {
    const bm_features *features; /* borrowed */
    size_t n;
    size_t *row;    /* [n] ascending; rows of the features */
    double *x;      /* [n × d] */
    double *packed; /* the same, for bm_distances */
} bm_silhouette_sample;

bm_status bm_silhouette_sample_new(bm_silhouette_sample *sample, const bm_features *features,
                                   uint64_t seed, bm_error *err) BM_MUST_CHECK;
void bm_silhouette_sample_free(bm_silhouette_sample *sample);
/* Mean silhouettes (Rousseeuw 1987) of several partitions at once: label[p] holds [n] labels
 * 0…k[p]−1 of the sample's rows, value[p] the result. A buyer alone in a segment has 0. With buyer
 * weights, distances are averaged plainly and the buyers' silhouettes by weight. NaN for k = 1, for
 * k >= buyers, and when the sample meets one segment only. O(n² (d + partitions)) time, memory
 * linear in n. */
bm_status bm_silhouettes(const bm_silhouette_sample *sample, size_t partitions,
                         int32_t *const *label, const size_t *k, double *value,
                         bm_error *err) BM_MUST_CHECK;
size_t bm_silhouette_memory(size_t n, size_t d, size_t partitions, size_t k_high);

/* Adjusted Rand index (Hubert & Arabie 1985) and normalized mutual information (arithmetic mean) of
 * labels 0…k−1 with known classes: codes from 0, -1 where not known. Buyers without a known class
 * are left out; NaN when none is left. Buyers count once whatever their weight. O(n) time. */
bm_status bm_agreement(const int32_t *label, const int32_t *truth, size_t n, size_t k,
                       double *adjusted_rand, double *nmi, bm_error *err) BM_MUST_CHECK;

#endif
