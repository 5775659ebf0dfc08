/* The way by trees: one tree for all k, which each of them cuts. */
#include "cluster/search.h"

#include "base/clock.h"

enum { MOST_COPHENETIC = 20000 };

static const bm_linkage *linkage_of(const bm_cluster_options *options) {
    return bm_linkage_find(options->method->name);
}

static size_t memory(size_t n, size_t d, size_t high, const bm_cluster_options *options) {
    (void)high;
    return bm_linkage_memory(linkage_of(options), n, d, 0);
}

/* Of a tree that does not fit by itself it is said how many buyers would. */
static bm_status refuse(const bm_search *now, bm_error *err) {
    return bm_linkage_require_memory(linkage_of(now->options), now->features->n, now->features->d,
                                     0, now->context, err);
}

static bm_status start(bm_search *now, size_t high, bm_error *err) {
    (void)high;
    const bm_tree_task task = {.features = now->features, .context = now->context};
    return bm_tree_grow(&task, linkage_of(now->options), &now->tree, err);
}

static bm_status find(bm_search *now, size_t k, bm_candidate *kept, bm_error *err) {
    bm_status status;
    (void)kept;
    BM_TRY(bm_tree_cut(&now->tree, k, now->partition.label, err));
    BM_TRY(bm_partition_means(&now->partition, err));
    BM_TRY(bm_search_measure(now, err));
    bm_partition_order(&now->partition);
cleanup:
    return status;
}

static bm_status recall(bm_search *now, const bm_candidate *kept, bm_error *err) {
    return find(now, kept->k, NULL, err);
}

/* How well the tree keeps the distances. */
static bm_status assess(bm_search *now, bm_error *err) {
    double correlation;
    if (!now->options->quality || now->features->n > MOST_COPHENETIC)
        return BM_OK;
    bm_status status = bm_cophenetic(now->features, &now->tree, &correlation, err);
    for (size_t index = 0; status == BM_OK && index < now->tried; index++)
        now->quality[index].cophenetic = correlation;
    return status;
}

static void end(bm_search *now) {
    bm_dendrogram_free(&now->tree);
}

const bm_way bm_way_tree = {memory, refuse, start, find, recall, assess, end};
