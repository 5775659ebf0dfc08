/* Distance kernels: raw pointers and strides, no allocation, no errors, no policy. */
#ifndef BM_KERNEL_DISTANCE_H
#define BM_KERNEL_DISTANCE_H

#include <stddef.h>
#include <stdint.h>

/* Σ (a_i − b_i)². */
double bm_squared_distance(const double *a, const double *b, size_t d);

/* For rows x [n × d]: the nearest of centroids c [k × d] (ties to the lowest index) into label
 * (0…k−1) and its exact squared distance. scratch: bm_nearest_scratch(n, k) doubles. Every kernel
 * gives the same labels and the same distances bit for bit: the reference kernel computes each
 * distance by bm_squared_distance; the lane kernel makes the same additions in the same order, one
 * row a lane; the GEMM one expands ‖x‖² − 2x·c + ‖c‖² and recomputes near-ties exactly. */
typedef void (*bm_nearest_kernel)(const double *x, size_t n, size_t d, const double *c, size_t k,
                                  int32_t *label, double *distance, double *scratch);
void bm_nearest_reference(const double *x, size_t n, size_t d, const double *c, size_t k,
                          int32_t *label, double *distance, double *scratch);
void bm_nearest_gemm(const double *x, size_t n, size_t d, const double *c, size_t k, int32_t *label,
                     double *distance, double *scratch);
void bm_nearest_lanes(const double *x, size_t n, size_t d, const double *c, size_t k,
                      int32_t *label, double *distance, double *scratch);
#if defined(__x86_64__)
void bm_nearest_avx2(const double *x, size_t n, size_t d, const double *c, size_t k, int32_t *label,
                     double *distance, double *scratch);
void bm_nearest_avx512(const double *x, size_t n, size_t d, const double *c, size_t k,
                       int32_t *label, double *distance, double *scratch);
#endif
size_t bm_nearest_scratch(size_t n, size_t k);

enum { BM_LANE_ROWS = 32, BM_PACKED = 8 };

/* Rows y [n × d] turned so that eight of them lie side by side, feature by feature; packed holds
 * bm_packed_length(n, d) doubles, the tail filled with zeros. */
void bm_pack_rows(const double *y, size_t n, size_t d, double *packed);
size_t bm_packed_length(size_t n, size_t d); /* 0 when it does not fit */
/* distance[j] = ‖x − y_j‖, the root of bm_squared_distance bit for bit, for n packed rows. distance
 * holds n rounded up to a multiple of eight. */
typedef void (*bm_distances_kernel)(const double *x, const double *packed, size_t n, size_t d,
                                    double *distance);
void bm_distances_lanes(const double *x, const double *packed, size_t n, size_t d,
                        double *distance);
#if defined(__x86_64__)
void bm_distances_avx2(const double *x, const double *packed, size_t n, size_t d, double *distance);
void bm_distances_avx512(const double *x, const double *packed, size_t n, size_t d,
                         double *distance);
#endif

/* A set of kernels that a CPU can run: one row of the table in choose.c. */
typedef struct bm_kernel {
    const char *name;
    int (*runs_here)(void);
    bm_nearest_kernel nearest;
    bm_distances_kernel distances;
    int outruns_gemm; /* 1: never slower than products of matrices */
} bm_kernel;
/* Best first; ends with name NULL. The last row runs anywhere. */
extern const bm_kernel bm_kernels[];

/* The kernel for d features and k centroids on this CPU, and the name of its lane kernels for
 * --version. */
bm_nearest_kernel bm_nearest(size_t d, size_t k);
bm_distances_kernel bm_distances(void);
const char *bm_kernel_name(void);
/* "OpenBLAS 0.3.21 pthread", as it was built; one of its threads is used a chunk. */
void bm_blas_version(char *version, size_t room);
/* Door init: OpenBLAS to one thread. Called once by bm_start(). */
void bm_kernel_start(void);

#endif
