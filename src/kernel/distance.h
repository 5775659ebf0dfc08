/* Distance kernels: raw pointers and strides, no allocation, no errors, no policy. */
#ifndef BM_KERNEL_DISTANCE_H
#define BM_KERNEL_DISTANCE_H

#include <stddef.h>
#include <stdint.h>

/* Σ (a_i − b_i)². */
double bm_squared_distance(const double *a, const double *b, size_t d);

enum { BM_PACKED = 8 };

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
    bm_distances_kernel distances;
} bm_kernel;
/* Best first; ends with name NULL. The last row runs anywhere. */
extern const bm_kernel bm_kernels[];

/* The kernel of this CPU, and its name for --version. */
bm_distances_kernel bm_distances(void);
const char *bm_kernel_name(void);
/* "OpenBLAS 0.3.21 pthread", as it was built; one of its threads is used a chunk. */
void bm_blas_version(char *version, size_t room);
/* 1 when there is address space for OpenBLAS's buffer, which its first call that needs one takes:
 * without, it would ask again and again, without end. */
int bm_blas_has_room(void);
/* Door init: OpenBLAS to one thread. Called once by bm_start(). */
void bm_kernel_start(void);

#endif
