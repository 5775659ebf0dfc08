/* Kernels of trees over a matrix: dissimilarities of a cluster to many others are combined with
 * those of another, and the few that may change who is nearest are found. Raw pointers, no
 * allocation, no errors, no policy. Every variant gives the same bits.
 *
 * Lengths are multiples of BM_LINKED. Infinity and NaN stand for what is not there: neither is ever
 * found to be close. */
#ifndef BM_KERNEL_LINKAGE_H
#define BM_KERNEL_LINKAGE_H

#include <stddef.h>
#include <stdint.h>

enum { BM_LINKED = 8 };

/* What a value is held against by the kernel `find`. */
typedef struct bm_close {
    const double *limit;    /* [n] of each place */
    const int64_t *nearest; /* [n] who is nearest to it */
    int64_t x, y;           /* places whose nearest is either are found, whatever their value */
    double most;            /* of all places */
} bm_close;

/* A set of kernels that a CPU can run. Out may be one of the two it is made of. */
typedef struct bm_linkage_kernel {
    const char *name;
    int (*runs_here)(void);
    /* out[i] = the larger, the smaller, (p a[i] + q b[i]) / r; each plus gone[i], which is 0 or
     * infinity. */
    void (*larger)(const double *a, const double *b, const double *gone, size_t n, double *out);
    void (*smaller)(const double *a, const double *b, const double *gone, size_t n, double *out);
    void (*mean)(double p, const double *a, double q, const double *b, double r, const double *gone,
                 size_t n, double *out);
    /* out[i] += p a[i]. */
    void (*add)(double p, const double *a, size_t n, double *out);
    /* The first i >= from with value[i] <= limit[i], value[i] <= most, or nearest[i] one of x and
     * y; n: there is none. */
    size_t (*find)(const double *value, const bm_close *close, size_t from, size_t n);
    /* The first i >= from of those with the least value[i] + gone[i], and what that is; n and
     * infinity: there is none. */
    size_t (*first_least)(const double *value, const double *gone, size_t from, size_t n,
                          double *least);
    /* Values to floats and what these are as doubles, and floats to doubles. */
    void (*narrow)(double *value, size_t n, float *out);
    void (*widen)(const float *value, size_t n, double *out);
} bm_linkage_kernel;
/* Best first; ends with name NULL. The last row runs anywhere. */
extern const bm_linkage_kernel bm_linkage_kernels[];
/* The best for this CPU. */
const bm_linkage_kernel *bm_linkage_kernel_here(void);

#define BM_LINKAGE_DECLARE(variant)                                                                \
    void bm_larger_##variant(const double *a, const double *b, const double *gone, size_t n,       \
                             double *out);                                                         \
    void bm_smaller_##variant(const double *a, const double *b, const double *gone, size_t n,      \
                              double *out);                                                        \
    void bm_mean_##variant(double p, const double *a, double q, const double *b, double r,         \
                           const double *gone, size_t n, double *out);                             \
    void bm_add_scaled_##variant(double p, const double *a, size_t n, double *out);                \
    size_t bm_find_close_##variant(const double *value, const bm_close *close, size_t from,        \
                                   size_t n);                                                      \
    size_t bm_first_least_##variant(const double *value, const double *gone, size_t from,          \
                                    size_t n, double *least);                                      \
    void bm_narrow_##variant(double *value, size_t n, float *out);                                 \
    void bm_widen_##variant(const float *value, size_t n, double *out);
BM_LINKAGE_DECLARE(generic)
#if defined(__x86_64__)
BM_LINKAGE_DECLARE(avx2)
BM_LINKAGE_DECLARE(avx512)
#endif
#undef BM_LINKAGE_DECLARE

#endif
