/* Whether there are segments at all. */
#ifndef BM_CLUSTER_VERDICT_H
#define BM_CLUSTER_VERDICT_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "cluster/cluster.h"

enum { BM_VERDICT_MOST_K = 12 };

/* Gap statistics of k = 1 … 12 over the box reference. */
typedef struct bm_gaps {
    double gap[BM_VERDICT_MOST_K], error[BM_VERDICT_MOST_K];
} bm_gaps;

/* Looks at the buyers for segments, up to 12; see verdict.c for the rule. known: the gaps of
 * k-means where they have been computed with the same seed, or NULL. Time does not depend on n but
 * for drawing the samples: 4,000 buyers for the valleys, 1,000 for the rest, which is only computed
 * when there are no valleys. Seeded; the same for any number of threads. */
bm_status bm_judge(const bm_features *features, uint64_t seed, const bm_gaps *known,
                   bm_verdict *verdict, bm_error *err) BM_MUST_CHECK;
/* Bytes that a verdict, or gaps up to k_high, need at once. */
size_t bm_verdict_memory(size_t n, size_t d, size_t k_high);

#endif
