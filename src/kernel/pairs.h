/* Kernels of quality indices: distances of many rows to many others, their sums by segment, and how
 * far rows are from two centroids. Raw pointers and strides, no allocation, no errors, no policy.
 * Every variant gives the same bits: each distance is added up as bm_squared_distance does, and
 * sums have a fixed order. */
#ifndef BM_KERNEL_PAIRS_H
#define BM_KERNEL_PAIRS_H

#include "kernel/distance.h"

/* A tile of packed rows and others is what is compared at once; here packed rows are padded with
 * zeros to whole tiles of columns. */
enum { BM_TILE_ROWS = 32, BM_TILE_COLUMNS = 64, BM_APART_ROWS = 256 };

/* Doubles that n rows need so; 0 when that does not fit. */
size_t bm_tiles_length(size_t n, size_t d);
/* Puts a row at its place among packed ones. */
void bm_pack_row(const double *row, size_t place, size_t d, double *packed);

/* tile[r × BM_TILE_COLUMNS + c] = ‖rows_r − columns_c‖; both begin at a multiple of BM_PACKED. */
typedef void (*bm_tile_distances_kernel)(const double *rows, const double *columns, size_t d,
                                         double *tile);
/* Sums a tile over columns first … end − 1 and adds what that gives for row r to
 * sum[slot[s] × stride + r], for each of the slots. first < end. */
typedef void (*bm_tile_columns_kernel)(const double *tile, size_t first, size_t end, double *sum,
                                       size_t stride, const uint32_t *slot, size_t slots);
/* The same with rows and columns exchanged. */
typedef bm_tile_columns_kernel bm_tile_rows_kernel;

/* How far rows are from their own centroid and from the nearest other one. */
typedef struct bm_apart {
    double square[BM_APART_ROWS];  /* bm_squared_distance to the own centroid */
    double own[BM_APART_ROWS];     /* its root */
    double other[BM_APART_ROWS];   /* distance to the nearest other centroid; NaN: there is none */
    int32_t second[BM_APART_ROWS]; /* which that is, from 0; ties to the lowest; -1: none */
} bm_apart;

/* Of up to BM_APART_ROWS rows x, doubles or floats, whose centroid is own[i] - base. */
typedef void (*bm_apart_kernel)(const void *x, int single, size_t n, size_t d, const double *c,
                                size_t k, const int32_t *own, int32_t base, bm_apart *apart);

/* A set of kernels that a CPU can run. */
typedef struct bm_pair_kernel {
    const char *name;
    int (*runs_here)(void);
    bm_tile_distances_kernel distances;
    bm_tile_columns_kernel sum_columns;
    bm_tile_rows_kernel sum_rows;
    bm_apart_kernel apart;
} bm_pair_kernel;
/* Best first; ends with name NULL. The last row runs anywhere. */
extern const bm_pair_kernel bm_pair_kernels[];
/* The best for this CPU. */
const bm_pair_kernel *bm_pairs_here(void);

#define BM_PAIRS_DECLARE(variant)                                                                  \
    void bm_tile_distances_##variant(const double *rows, const double *columns, size_t d,          \
                                     double *tile);                                                \
    void bm_tile_sum_columns_##variant(const double *tile, size_t first, size_t end, double *sum,  \
                                       size_t stride, const uint32_t *slot, size_t slots);         \
    void bm_tile_sum_rows_##variant(const double *tile, size_t first, size_t end, double *sum,     \
                                    size_t stride, const uint32_t *slot, size_t slots);            \
    void bm_apart_##variant(const void *x, int single, size_t n, size_t d, const double *c,        \
                            size_t k, const int32_t *own, int32_t base, bm_apart *apart);
BM_PAIRS_DECLARE(generic)
#if defined(__x86_64__)
BM_PAIRS_DECLARE(avx2)
BM_PAIRS_DECLARE(avx512)
#endif
#undef BM_PAIRS_DECLARE

#endif
