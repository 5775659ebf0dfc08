/* Private to stability.c: the buyers that bootstraps are drawn from. */
#ifndef BM_CLUSTER_STABILITY_POOL_H
#define BM_CLUSTER_STABILITY_POOL_H

#include "buyermap/features.h"
#include "buyermap/segmentation.h"

#include <stdint.h>

/* The buyers that bootstraps are drawn from. */
typedef struct bm_stability_pool {
    size_t n;
    size_t *row;        /* [n] ascending; rows of the features */
    double *x;          /* [n × d] */
    int32_t *segment;   /* [n] 0…k−1 in the map */
    double *share;      /* [k] buyers that a row of the segment stands for */
    size_t *by_segment; /* [n] rows of the pool, segment by segment */
    size_t *first;      /* [k + 1] where each segment begins there */
    int is_sample;      /* 0: all buyers, every share 1 */
} bm_stability_pool;

/* Of a map of the features. The pool holds about `most` rows. BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_stability_pool_draw(bm_stability_pool *pool, const bm_features *features,
                                 const bm_segmentation *map, size_t most, uint64_t seed,
                                 bm_error *err) BM_MUST_CHECK;
void bm_stability_pool_free(bm_stability_pool *pool);

#endif
