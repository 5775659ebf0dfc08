/* Whether there are valleys between segments: on buyers that the segments were not drawn from. */
#ifndef BM_CLUSTER_VALLEY_H
#define BM_CLUSTER_VALLEY_H

#include "buyermap/features.h"

#include <stdint.h>

typedef struct bm_valleys {
    double p_value; /* of all borders together; 1 when none could be looked at */
    size_t k;       /* the number of segments whose borders it comes from; 0: none */
} bm_valleys;

/* The borders of k-means segments that one half of the rows gives, k = 2 to 12, tested on the other
 * half, and the other way about: see valley.c. Time O(n k d), memory of two copies of the rows. The
 * same for any number of threads. */
bm_status bm_valley_test(const bm_features *sample, uint64_t seed, bm_valleys *valleys,
                         bm_error *err) BM_MUST_CHECK;

#endif
