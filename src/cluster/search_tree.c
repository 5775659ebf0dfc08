/* The way by trees: one tree for all k, which each of them cuts. Where the cut says how many
 * segments there are, that is the one k that is tried, as if it had been asked for. */
#include "cluster/search.h"

#include "base/memory.h"
#include "cluster/micro.h"

#include <stdlib.h>

/* Most segments of a cut that says how many there are: what follows takes time in proportion. */
enum { MOST_COPHENETIC = 20000, MOST_SEGMENTS = 10000 };

static const bm_linkage *linkage_of(const bm_cluster_options *options) {
    return bm_linkage_find(options->method->name);
}

/* A tree over micro-segments; where there are no more buyers than those, over the buyers. */
static int is_coarse(const bm_cluster_options *options, size_t n) {
    return options->coarse > 0 && options->coarse < n;
}

static int form_of(const bm_cluster_options *options) {
    return (options->single ? BM_IN_FLOATS : 0) |
           (options->dissimilarity != NULL ? BM_ANY_DISTANCE : 0);
}

static size_t memory(size_t n, size_t d, size_t high, const bm_cluster_options *options) {
    (void)high;
    const bm_linkage *linkage = linkage_of(options);
    size_t micro = is_coarse(options, n) ? bm_micro_memory(n, d, options->coarse) : 0;
    size_t tree = is_coarse(options, n)
                      ? bm_linkage_memory(linkage, options->coarse, d, form_of(options))
                      : bm_linkage_memory(linkage, n, d, form_of(options));
    n = is_coarse(options, n) ? options->coarse : n;
    size_t cut = bm_tree_cut_memory(n);
    size_t merges = 0;
    if (!bm_multiply(n, sizeof(bm_merge), &merges) || !bm_add(cut, merges, &cut))
        return SIZE_MAX;
    tree = tree > cut ? tree : cut;
    return tree > micro ? tree : micro;
}

/* Of a tree that does not fit by itself it is said how many buyers would. */
static bm_status refuse(const bm_search *now, bm_error *err) {
    size_t n = now->features->n;
    return bm_linkage_require_memory(linkage_of(now->options),
                                     is_coarse(now->options, n) ? now->options->coarse : n,
                                     now->features->d, form_of(now->options), now->context, err);
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
                          .single = now->options->single,
                          .context = now->context};
}

/* What the tree is grown over: the buyers, or micro-segments of them. */
static bm_features leaves_of(const bm_search *now) {
    return now->micro.count > 0 ? bm_micro_rows(&now->micro) : *now->features;
}

/* The default range of k ends where the micro-segments do. */
static bm_status make_leaves(bm_search *now, bm_error *err) {
    size_t high = now->low + now->tried - 1;
    bm_status status;
    BM_TRY(bm_micro_make(now->features, now->options->coarse, now->context, &now->micro, err));
    if (high > now->micro.count && !now->options->k_auto)
        BM_TRY(bm_fail(err, BM_DEGENERATE,
                       "a coarse tree of %zu micro-segments cannot be cut into %zu segments: raise "
                       "--coarse",
                       now->micro.count, high));
    if (high > now->micro.count)
        now->tried = now->micro.count - now->low + 1;
    status = BM_NEW(&now->leaf, now->micro.count, "micro-segments", err);
cleanup:
    return status;
}

/* What a coarse tree leaves out is told: the inertia below its leaves. */
static void tell_leaves(const bm_search *now) {
    double within = 0, all = 0;
    if (now->micro.count == 0)
        return;
    for (size_t i = 0; i < now->micro.count; i++)
        within += now->micro.inertia[i];
    all = within;
    for (size_t m = 0; m + 1 < now->tree.n; m++)
        all += now->tree.merge[m].height * now->tree.merge[m].height / 2;
    bm_info(now->context->log,
            "the tree stands over %zu micro-segments of k-means, not over the %zu buyers: %.3g %% "
            "of the inertia lies within them",
            now->micro.count, now->features->n, all > 0 ? 100 * within / all : 0);
}

static bm_status plan(bm_search *now, bm_error *err) {
    bm_features leaves;
    bm_status status = BM_OK;
    if (is_coarse(now->options, now->features->n))
        BM_TRY(make_leaves(now, err));
    leaves = leaves_of(now);
    bm_tree_task task = task_of(now);
    task.features = &leaves;
    BM_TRY(bm_tree_grow(&task, linkage_of(now->options), &now->tree, err));
    tell_leaves(now);
    status = find_range(now, err);
cleanup:
    return status;
}

/* Labels of the leaves in k segments. */
static bm_status cut_leaves(const bm_search *now, size_t k, int32_t *label, bm_error *err) {
    const bm_cut *cut = &now->options->cut;
    const bm_features leaves = leaves_of(now);
    double *value = NULL;
    size_t segments = k;
    bm_status status;
    if (cut->by == BM_CUT_K || cut->by == BM_CUT_GAP)
        return now->options->min_size < 2
                   ? bm_tree_cut(&now->tree, k, label, err)
                   : bm_tree_cut_sized(&now->tree, &leaves, k, now->options->min_size, label,
                                       &segments, err);
    BM_TRY(cut_values(now, &value, err));
    const bm_cut_rule rule = rule_of(now, value);
    status = bm_tree_label(&now->tree, &leaves, &rule, label, &segments, err);
cleanup:
    free(value);
    return status;
}

/* Labels of the buyers. */
static bm_status cut_tree(bm_search *now, size_t k, bm_error *err) {
    int32_t *label = now->partition.label;
    if (now->micro.count == 0)
        return cut_leaves(now, k, label, err);
    bm_status status = cut_leaves(now, k, now->leaf, err);
    for (size_t i = 0; status == BM_OK && i < now->features->n; i++)
        label[i] = now->leaf[now->micro.of[i]];
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

/* How well the tree keeps the distances; a coarse one has none of the buyers to keep. */
static bm_status assess(bm_search *now, bm_error *err) {
    const bm_tree_task task = task_of(now);
    size_t n = now->features->n;
    double correlation;
    bm_status status;
    if (!now->options->quality || now->micro.count > 0)
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
    bm_micro_free(&now->micro);
    free(now->leaf);
}

const bm_way bm_way_tree = {memory, refuse, plan, NULL, find, recall, assess, end};
