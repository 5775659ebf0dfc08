/* The way by trees: one tree for all k, which each of them cuts. Where the cut says how many
 * segments there are, that is the one k that is tried, as if it had been asked for. */
#include "cluster/search.h"

#include "base/memory.h"

#include <stdlib.h>

/* Most segments of a cut that says how many there are: what follows takes time in proportion. */
enum { MOST_COPHENETIC = 20000, MOST_SEGMENTS = 10000 };

static const bm_linkage *linkage_of(const bm_cluster_options *options) {
    return bm_linkage_find(options->method->name);
}

static size_t memory(size_t n, size_t d, size_t high, const bm_cluster_options *options) {
    (void)high;
    size_t tree = bm_linkage_memory(linkage_of(options), n, d, 0), cut = bm_tree_cut_memory(n);
    size_t merges = 0;
    if (!bm_multiply(n, sizeof(bm_merge), &merges) || !bm_add(cut, merges, &cut))
        return SIZE_MAX;
    return tree > cut ? tree : cut;
}

/* Of a tree that does not fit by itself it is said how many buyers would. */
static bm_status refuse(const bm_search *now, bm_error *err) {
    return bm_linkage_require_memory(linkage_of(now->options), now->features->n, now->features->d,
                                     0, now->context, err);
}

/* The value of merges by which a cut is made: by inconsistency, or by height. */
static bm_status cut_values(const bm_search *now, double **value, bm_error *err) {
    const bm_cut *cut = &now->options->cut;
    bm_status status;
    BM_TRY(BM_NEW(value, now->tree.n, "the cut", err));
    if (cut->by == BM_CUT_INCONSISTENCY) {
        BM_TRY(bm_tree_inconsistency(&now->tree, cut->depth, *value, err));
        bm_tree_largest_below(&now->tree, *value);
    } else {
        bm_tree_heights(&now->tree, *value);
    }
cleanup:
    return status;
}

static bm_cut_rule rule_of(const bm_search *now, const double *value) {
    const bm_cut *cut = &now->options->cut;
    int is_by_value = cut->by == BM_CUT_HEIGHT || cut->by == BM_CUT_INCONSISTENCY;
    return (bm_cut_rule){.value = value,
                         .threshold = is_by_value ? cut->value : 0,
                         .most = SIZE_MAX,
                         .min_size = now->options->min_size};
}

static bm_status refuse_segments(const bm_search *now, size_t k, bm_error *err) {
    const bm_cut *cut = &now->options->cut;
    int is_height = cut->by == BM_CUT_HEIGHT;
    return bm_fail(err, BM_LIMIT,
                   "the tree cut at %s %g has %zu segments, and at most %d can be described; cut "
                   "at a larger one (%s), or ask for a least size (--min-size)",
                   is_height ? "height" : "inconsistency", cut->value, k, MOST_SEGMENTS,
                   is_height ? "--cut-height" : "--cut-inconsistency");
}

/* The k of a cut that says it. */
static bm_status settle(bm_search *now, size_t k, bm_error *err) {
    if (k > MOST_SEGMENTS)
        return refuse_segments(now, k, err);
    now->settled.k_low = now->settled.k_high = now->low = k;
    now->settled.k_auto = 0;
    now->settled.criterion = 0; /* there is nothing to choose */
    now->tried = 1;
    return bm_require_memory(now->context,
                             bm_cluster_memory(now->features->n, now->features->d, now->options),
                             "clustering", err);
}

/* The range of k shrinks to the splits that leave enough buyers on both sides. */
static bm_status bound_range(bm_search *now, size_t most, bm_error *err) {
    size_t high = now->low + now->tried - 1;
    if (most >= high)
        return BM_OK;
    if (!now->options->k_auto)
        return bm_fail(err, BM_DEGENERATE,
                       "the %s tree cannot be cut into %zu segments of at least %zu buyers each: "
                       "there can be %zu; ask for fewer segments (--k) or a lower --min-size",
                       now->options->method->name, high, now->options->min_size, most);
    now->low = now->low < most ? now->low : most;
    now->tried = most - now->low + 1;
    return BM_OK;
}

/* Which k are tried, now that there is a tree. */
static bm_status find_range(bm_search *now, bm_error *err) {
    const bm_cluster_options *options = now->options;
    double *value = NULL;
    size_t k = 1, high = now->low + now->tried - 1;
    bm_status status;
    if (options->cut.by == BM_CUT_K && options->min_size < 2)
        return BM_OK;
    BM_TRY(cut_values(now, &value, err));
    const bm_cut_rule rule = rule_of(now, value);
    BM_TRY(bm_tree_count(&now->tree, &rule, &k, NULL, err));
    if (options->cut.by == BM_CUT_K || options->cut.by == BM_CUT_GAP)
        BM_TRY(bound_range(now, k, err));
    if (options->cut.by == BM_CUT_GAP)
        BM_TRY(bm_tree_gap(&now->tree, options->min_size, now->low, high, &k, err));
    if (options->cut.by != BM_CUT_K)
        status = settle(now, k, err);
cleanup:
    free(value);
    return status;
}

static bm_tree_task task_of(const bm_search *now) {
    return (bm_tree_task){.features = now->features,
                          .dissimilarity = now->options->dissimilarity,
                          .context = now->context};
}

static bm_status plan(bm_search *now, bm_error *err) {
    const bm_tree_task task = task_of(now);
    bm_status status;
    BM_TRY(bm_tree_grow(&task, linkage_of(now->options), &now->tree, err));
    status = find_range(now, err);
cleanup:
    return status;
}

/* Labels of k segments. */
static bm_status cut_tree(bm_search *now, size_t k, bm_error *err) {
    const bm_cut *cut = &now->options->cut;
    int32_t *label = now->partition.label;
    double *value = NULL;
    size_t segments = k;
    bm_status status;
    if (cut->by == BM_CUT_K || cut->by == BM_CUT_GAP)
        return now->options->min_size < 2
                   ? bm_tree_cut(&now->tree, k, label, err)
                   : bm_tree_cut_sized(&now->tree, now->features, k, now->options->min_size, label,
                                       &segments, err);
    BM_TRY(cut_values(now, &value, err));
    const bm_cut_rule rule = rule_of(now, value);
    status = bm_tree_label(&now->tree, now->features, &rule, label, &segments, err);
cleanup:
    free(value);
    return status;
}

static bm_status find(bm_search *now, size_t k, bm_candidate *kept, bm_error *err) {
    bm_status status;
    (void)kept;
    BM_TRY(cut_tree(now, k, err));
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
    const bm_tree_task task = task_of(now);
    size_t n = now->features->n;
    double correlation;
    bm_status status;
    if (!now->options->quality)
        return BM_OK;
    if (n <= MOST_COPHENETIC)
        BM_TRY(bm_cophenetic(&task, &now->tree, &correlation, err));
    else
        BM_TRY(bm_cophenetic_sampled(&task, &now->tree, now->context->seed, &correlation, err));
    for (size_t index = 0; index < now->tried; index++)
        now->quality[index].cophenetic = correlation;
    if (n > MOST_COPHENETIC)
        bm_info(now->context->log, "cophenetic correlation: of %d pairs of buyers drawn at random",
                (int)BM_COPHENETIC_PAIRS);
cleanup:
    return status;
}

static void end(bm_search *now) {
    bm_dendrogram_free(&now->tree);
}

const bm_way bm_way_tree = {memory, refuse, plan, NULL, find, recall, assess, end};
