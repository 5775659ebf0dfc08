/* Quality indices of partitions. Each is NaN where it is not defined. */
#ifndef BM_CLUSTER_QUALITY_H
#define BM_CLUSTER_QUALITY_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "cluster/dissimilarity.h"
#include "cluster/partition.h"

/* Calinski & Harabasz (1974): between / (k − 1) over within / (n − k). With buyer weights both sums
 * of squares are weighted and n stays the number of buyers: the weights' scale does not matter. NaN
 * for k = 1, for k = n, and when nothing varies within segments. */
double bm_calinski_harabasz(const bm_partition *partition);
/* Davies & Bouldin (1979): mean over segments of the worst (S_i + S_j) / M_ij, S the (weighted)
 * mean distance to the centroid; segments with one centroid count as far apart, as scikit-learn has
 * it. NaN for k = 1 and k = n. O(k² d). */
double bm_davies_bouldin(const bm_partition *partition);

/* Simplified silhouette (Hruschka, de Castro & Campello, ICDM 2004; "SSWC" in Vendramin, Campello &
 * Hruschka, Stat. Anal. Data Min. 3, 2010): (weighted) mean of (b − a) / max(a, b) with a the
 * distance to the own centroid and b that to the nearest other one, 0 for a buyer alone in its
 * segment. Of a partition that bm_partition_measure_all measured. NaN for k = 1 and k = n. */
double bm_simplified_silhouette(const bm_partition *partition);

/* Silhouettes are exact up to so many buyers; of more, so many are drawn, and of each segment at
 * least so many, or all. With more than BM_SILHOUETTE_SAMPLE / BM_SILHOUETTE_LEAST segments the
 * least is BM_SILHOUETTE_SAMPLE / k, but never below 2. */
enum { BM_SILHOUETTE_EXACT = 20000, BM_SILHOUETTE_SAMPLE = 10000, BM_SILHOUETTE_LEAST = 100 };

/* Mean silhouettes (Rousseeuw 1987) of several partitions at once: label[p] holds [n] labels
 * 0…k[p]−1 of all rows, value[p] the result. A buyer alone in a segment has 0. With buyer weights,
 * distances are averaged plainly and the buyers' silhouettes by weight. NaN for k = 1, for
 * k >= buyers, and when there is one segment only. O(n² d) time, memory linear in n. */
bm_status bm_silhouettes(const bm_features *features, size_t partitions, int32_t *const *label,
                         const size_t *k, double *value, bm_error *err) BM_MUST_CHECK;
/* The same over any dissimilarity. Of more than BM_SILHOUETTE_EXACT rows the mean is that of
 * BM_SILHOUETTE_SAMPLE of them, with distances among these: labels are of the rows that
 * bm_silhouette_rows gives. weight: [n] of all rows, or NULL. O(rows² partitions) time. */
bm_status bm_silhouettes_over(const bm_dissimilarity *dissimilarity, const double *weight,
                              uint64_t seed, size_t partitions, int32_t *const *label,
                              const size_t *k, double *value, bm_error *err) BM_MUST_CHECK;
/* The rows of n that silhouettes over a dissimilarity are of: all up to BM_SILHOUETTE_EXACT, above
 * it one of each of BM_SILHOUETTE_SAMPLE equal stretches, by seed. row: room for them, ascending;
 * gives how many. */
size_t bm_silhouette_rows(size_t n, uint64_t seed, size_t *row);
/* The same estimated from a sample of a measured partition's buyers, stratified by segment, with
 * the standard error of the estimate; silhouette_sample.c has the formulas. Of partitions of the
 * same buyers much the same buyers are drawn. NaN also for k > BM_SILHOUETTE_SAMPLE. O(n + m² d)
 * for m drawn. */
bm_status bm_silhouette_sampled(const bm_partition *partition, uint64_t seed, double *value,
                                double *se, bm_error *err) BM_MUST_CHECK;
/* Of a measured partition: exact, and se NaN, up to BM_SILHOUETTE_EXACT buyers; sampled above. */
bm_status bm_silhouette_of(const bm_partition *partition, uint64_t seed, double *value, double *se,
                           bm_error *err) BM_MUST_CHECK;
/* Bytes that silhouettes of n buyers need, for partitions of up to k_high segments. */
size_t bm_silhouette_memory(size_t n, size_t d, size_t partitions, size_t k_high);

/* Adjusted Rand index (Hubert & Arabie 1985) and normalized mutual information (arithmetic mean) of
 * labels 0…k−1 with known classes: codes from 0, -1 where not known. Buyers without a known class
 * are left out; NaN when none is left. Buyers count once whatever their weight. O(n) time. */
bm_status bm_agreement(const int32_t *label, const int32_t *truth, size_t n, size_t k,
                       double *adjusted_rand, double *nmi, bm_error *err) BM_MUST_CHECK;

#endif
