/* Which k are tried: as asked, or as far as the buyers allow. */
#include "cluster/range.h"

#include "cluster/distinct.h"
#include "cluster/size_bounds.h"

static bm_status too_few(size_t n, size_t distinct, size_t k, bm_error *err) {
    if (n < k)
        return bm_fail(err, BM_DEGENERATE,
                       "k = %zu segments need at least %zu buyers, but there %s %zu; ask for fewer "
                       "segments (--k)",
                       k, k, n == 1 ? "is" : "are", n);
    if (distinct == 1)
        return bm_fail(err, BM_DEGENERATE,
                       "all %zu buyers are equal in every feature: there is nothing to tell %zu "
                       "segments apart by; add features or ask for k = 1",
                       n, k);
    return bm_fail(err, BM_DEGENERATE,
                   "only %zu distinct buyers for k = %zu: buyers that are equal in every feature "
                   "share a segment; ask for at most %zu segments (--k) or add features",
                   distinct, k, distinct);
}

bm_status bm_cluster_range(const bm_features *features, const bm_cluster_options *options,
                           size_t *low, size_t *high, bm_error *err) {
    size_t n = features->n, distinct = 0;
    if (n == 0)
        return bm_fail(err, BM_DEGENERATE, "there are no buyers to cluster");
    if (features->d == 0)
        return bm_fail(err, BM_DEGENERATE, "there is no feature to cluster by");
    if (options->k_low == 0 || options->k_low > options->k_high)
        return bm_fail(err, BM_USAGE, "the range of k, %zu to %zu, is empty; it starts at 1",
                       options->k_low, options->k_high);
    *low = options->k_low;
    *high = options->k_high;
    if (n < *high && !options->k_auto)
        return too_few(n, n, *high, err);
    bm_status status = bm_distinct_rows(features, *high, &distinct, err);
    if (status != BM_OK)
        return status;
    if (options->k_auto) {
        *high = *high < n - 1 ? *high : n - 1;
        *high = *high < distinct ? *high : distinct;
        *high = *high > 1 ? *high : 1;
        *low = 1;
    }
    return distinct < *high ? too_few(n, distinct, *high, err)
                            : bm_size_range(n, options, low, high, err);
}
