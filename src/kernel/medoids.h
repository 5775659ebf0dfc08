/* Kernels of k-medoids: what a row would gain as a medoid. Raw pointers, no allocation, no errors,
 * no policy. Every variant gives the same bits: gains have eight sums, of every eighth buyer, which
 * are added up in pairs, and losses are added in the order of buyers. */
#ifndef BM_KERNEL_MEDOIDS_H
#define BM_KERNEL_MEDOIDS_H

#include <stddef.h>
#include <stdint.h>

/* Σ w (row − near) over the buyers j < n whose dissimilarity row[j] is below near[j]: what the
 * total changes by with one more medoid. weight NULL: all 1. */
typedef double (*bm_medoid_gain_kernel)(const double *row, const double *near, const double *weight,
                                        size_t n);
/* Rows whose swaps are judged side by side. */
enum { BM_MEDOID_ROWS = 8 };
/* The same of several rows into gain [BM_MEDOID_ROWS], dissimilarities of row c to buyer j in
 * rows[j × BM_MEDOID_ROWS + c]. And what a row takes off the loss of each buyer's own medoid,
 * of[j], is added to delta[of[j] × BM_MEDOID_ROWS + c]: w (near − second) where the row is below
 * near, w (row − second) where it is below second only. */
typedef void (*bm_medoid_swap_kernel)(const double *rows, const double *near, const double *second,
                                      const int32_t *of, const double *weight, size_t n,
                                      double *delta, double *gain);

/* A set of kernels that a CPU can run. */
typedef struct bm_medoid_kernel {
    const char *name;
    int (*runs_here)(void);
    bm_medoid_gain_kernel gain;
    bm_medoid_swap_kernel swap;
} bm_medoid_kernel;
/* Best first; ends with name NULL. The last row runs anywhere. */
extern const bm_medoid_kernel bm_medoid_kernels[];
/* The best for this CPU. */
const bm_medoid_kernel *bm_medoids_here(void);

#define BM_MEDOIDS_DECLARE(variant)                                                                \
    double bm_medoid_gain_##variant(const double *row, const double *near, const double *weight,   \
                                    size_t n);                                                     \
    void bm_medoid_swap_##variant(const double *rows, const double *near, const double *second,    \
                                  const int32_t *of, const double *weight, size_t n,               \
                                  double *delta, double *gain);
BM_MEDOIDS_DECLARE(generic)
#if defined(__x86_64__)
BM_MEDOIDS_DECLARE(avx2)
BM_MEDOIDS_DECLARE(avx512)
#endif
#undef BM_MEDOIDS_DECLARE

#endif
