/* Private to the hierarchical part of cluster: clusters that are known by their centres, and the
 * exact search for the nearest one. */
#ifndef BM_CLUSTER_CENTRES_H
#define BM_CLUSTER_CENTRES_H

#include "buyermap/status.h"
#include "kernel/candidates.h"

#include <stddef.h>
#include <stdint.h>

#define BM_NOWHERE UINT32_MAX
#define BM_CENTRES_MOST (UINT32_MAX - BM_BLOCK_POINTS) /* clusters that places can number */

/* Clusters stand at places: those that are near each other side by side, in blocks of 64 with a
 * bounding box each. A place is empty once its cluster has been merged into another one. */
typedef struct bm_centres {
    size_t d;
    int is_sized; /* 1: D = 2 s t / (s + t) ‖a − b‖² of clusters of sizes s, t; 0: ‖a − b‖² */
    size_t places;  /* all, a multiple of 64 */
    size_t alive;   /* that hold a cluster */
    double *centre; /* [places × d] */
    double *size;   /* [places] summed weight */
    uint32_t *row;  /* [places] lowest row of the cluster; BM_NOWHERE: empty */

    /* What the kernels see: (centre − origin) × scale in floats. */
    const bm_candidate_kernel *kernel;
    double *origin; /* [d] */
    double scale, unit;
    float *point;                       /* [blocks][d][64] */
    float *norm, *reach;                /* [places] */
    float *low, *high;                  /* boxes, [boxes / 16][d][16] */
    float *widest;                      /* [boxes] largest reach */
    size_t boxes;                       /* blocks, rounded up to a multiple of 16 */
    struct bm_centres_scratch *scratch; /* [threads] of a search */
    size_t threads;
} bm_centres;

/* The clusters at n places 0 … n − 1 in the order that is given: centre, size and row are taken
 * over (freed by bm_centres_free, and on failure). Then they are brought into a better order. */
bm_status bm_centres_init(bm_centres *centres, size_t n, size_t d, int is_sized, double *centre,
                          double *size, uint32_t *row, bm_error *err) BM_MUST_CHECK;
void bm_centres_free(bm_centres *centres);
/* Bytes at most, while they are rearranged. */
size_t bm_centres_memory(size_t n, size_t d);

/* Whether so many places are empty that rearranging pays. */
int bm_centres_are_sparse(const bm_centres *centres);
/* Brings the clusters into fewer places: place p becomes moved[p] [places as they were];
 * BM_NOWHERE stays what it is for empty ones. */
bm_status bm_centres_rearrange(bm_centres *centres, uint32_t *moved, bm_error *err) BM_MUST_CHECK;

/* The exact dissimilarity D of the clusters at two places: the same bits both ways. */
double bm_centres_apart(const bm_centres *centres, uint32_t a, uint32_t b);
/* Merges the clusters at two places, of which the first has the lower row: where their mean, or
 * (midpoint) the point halfway between them stands from now on; the other place is empty. */
uint32_t bm_centres_merge(bm_centres *centres, uint32_t a, uint32_t b, int midpoint);

/* For each of the clusters at `count` ascending places, the least pair (D, lower row, higher row)
 * it is in: its partner's place into nearest[place], D into square[place]. nearest holds a place
 * that may be near, or BM_NOWHERE, before. With one cluster alone it stays BM_NOWHERE. BM_DATA when
 * D is past a double. */
bm_status bm_centres_search(bm_centres *centres, const uint32_t *place, size_t count,
                            uint32_t *nearest, double *square, bm_error *err) BM_MUST_CHECK;

#endif
