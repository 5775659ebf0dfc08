/* Which of the k that were tried is the answer, and what is said about it. */
#ifndef BM_CLUSTER_CHOICE_H
#define BM_CLUSTER_CHOICE_H

#include "cluster/cluster.h"

/* The place of the answer among the k that were tried: the best by the criterion, of k >= 2 where
 * the range is the default one; then k = 1 when the verdict is one cloud. */
size_t bm_choose(const bm_cluster_options *options, const bm_verdict *verdict,
                 const bm_quality *quality, size_t tried);
/* Warns where the answer is not what it looks like: segments that were asked for in a cloud, or
 * without substantial structure. */
void bm_warn_of_choice(const bm_verdict *verdict, const bm_quality *chosen, bm_log *log);

#endif
