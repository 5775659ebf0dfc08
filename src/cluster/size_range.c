/* Size bounds and k: which k they leave, and what is said about them. */
#include "cluster/size_bounds.h"
#include "cluster/size_moves.h"

#include "buyermap/context.h"

#include <stdio.h>

int bm_size_bounded(const bm_cluster_options *options) {
    return options->min_size > 0 || options->max_size > 0;
}

size_t bm_size_room(const bm_cluster_options *options, size_t k) {
    return options->max_size > 0 && k <= SIZE_MAX / 2 ? 2 * k : k;
}

bm_size_limits bm_size_limits_of(const bm_cluster_options *options) {
    return (bm_size_limits){options->min_size > 0 ? options->min_size : 1,
                            options->max_size > 0 ? options->max_size : SIZE_MAX};
}

/* "of at least 30 buyers", "of 30 to 60 buyers". */
static const char *bounds_text(const bm_cluster_options *options, char *text, size_t room) {
    if (options->max_size == 0)
        snprintf(text, room, "of at least %zu buyers", options->min_size);
    else if (options->min_size == 0)
        snprintf(text, room, "of at most %zu buyers", options->max_size);
    else
        snprintf(text, room, "of %zu to %zu buyers", options->min_size, options->max_size);
    return text;
}

bm_status bm_size_range(size_t n, const bm_cluster_options *options, size_t *low, size_t *high,
                        bm_error *err) {
    const bm_size_limits limits = bm_size_limits_of(options);
    size_t fewest = (n - 1) / limits.most + 1, most = n / limits.least;
    char text[80];
    if (!bm_size_bounded(options))
        return BM_OK;
    if (options->k_auto) {
        *low = *low < fewest ? fewest : *low;
        *high = *high > most ? most : *high;
        *low = *low > *high && *high >= fewest ? *high : *low;
    }
    if (most == 0)
        return bm_fail(err, BM_DEGENERATE,
                       "a segment of at least %zu buyers (--min-size) cannot be made of %zu",
                       options->min_size, n);
    if (*high > most)
        return bm_fail(err, BM_DEGENERATE,
                       "%zu segment%s %s cannot be made of %zu buyers: there is room for %zu; ask "
                       "for fewer segments (--k) or a lower --min-size",
                       *high, *high == 1 ? "" : "s", bounds_text(options, text, sizeof text), n,
                       most);
    if (*low < fewest || *low > *high)
        return bm_fail(err, BM_DEGENERATE,
                       "%zu buyers do not fit into %zu segment%s %s: that takes %zu; ask for more "
                       "segments (--k) or a higher --max-size",
                       n, options->k_auto ? *high : *low, *low == 1 ? "" : "s",
                       bounds_text(options, text, sizeof text), fewest);
    return BM_OK;
}

bm_status bm_size_not_held(const bm_cluster_options *options, size_t k, bm_error *err) {
    char text[80];
    return bm_fail(err, BM_DEGENERATE,
                   "no map with segments %s was found from k = %zu: merging and splitting came to "
                   "no end; widen the bounds or try another --k",
                   bounds_text(options, text, sizeof text), k);
}

void bm_size_tell(const bm_cluster_options *options, size_t k, const bm_quality *quality,
                  bm_log *log) {
    char text[80];
    if (!bm_size_bounded(options))
        return;
    bounds_text(options, text, sizeof text);
    if (quality->k != k)
        bm_warn(log, "no %zu segments %s were found: the map has %zu", k, text, quality->k);
    if (quality->inertia > quality->inertia_unbounded || quality->k != k)
        bm_info(log,
                "segments %s: the inertia is %.6g instead of %.6g without the bound (%+.2f %%)",
                text, quality->inertia, quality->inertia_unbounded,
                100 * (quality->inertia / quality->inertia_unbounded - 1));
    else
        bm_info(log, "segments %s: the map is within the bound as it is", text);
}
