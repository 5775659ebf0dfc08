/* Cuts by height, inconsistency, gap and least size, against definitions followed naively on small
 * trees, and on a chain as deep as a tree can be. */
#include "random_tree.h"

#include "dataset.h"

#include "cluster/hierarchical.h"

enum { ROWS = 60, TREES = 40, MOST = 1000000 };

static size_t size_of(const bm_dendrogram *tree, size_t node) {
    return node < tree->n ? 1 : tree->merge[node - tree->n].size;
}

static const bm_merge *merge_of(const bm_dendrogram *tree, size_t node) {
    return node < tree->n ? NULL : &tree->merge[node - tree->n];
}

static size_t joined_by(const bm_dendrogram *tree, size_t a, size_t b) {
    for (size_t m = 0; m + 1 < tree->n; m++) {
        const bm_merge *merge = &tree->merge[m];
        int takes_a = merge->left == a || merge->right == a;
        int takes_b = merge->left == b || merge->right == b;
        if (takes_a && takes_b)
            return m;
        if (takes_a)
            a = tree->n + m;
        if (takes_b)
            b = tree->n + m;
    }
    return SIZE_MAX;
}

/* The largest of the values of a node and all below it, by recursion. */
static double largest_below(const bm_dendrogram *tree, size_t node, const double *value) {
    const bm_merge *merge = merge_of(tree, node);
    if (merge == NULL)
        return -INFINITY;
    double left = largest_below(tree, merge->left, value);
    double right = largest_below(tree, merge->right, value);
    return fmax(value[node - tree->n], fmax(left, right));
}

/* Heights of the merges up to depth − 1 levels below a node. */
static void collect(const bm_dendrogram *tree, size_t node, size_t depth, double *height,
                    size_t *count) {
    const bm_merge *merge = merge_of(tree, node);
    if (merge == NULL || depth == 0)
        return;
    collect(tree, merge->left, depth - 1, height, count);
    collect(tree, merge->right, depth - 1, height, count);
    height[(*count)++] = merge->height;
}

static void inconsistency_is_what_the_merges_below_say(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= TREES; seed++) {
        bm_dendrogram tree = {0};
        double coefficient[ROWS], height[ROWS];
        grow_random_tree(&tree, ROWS, seed % 2 == 0, seed);
        for (size_t depth = 1; depth <= 6; depth++) {
            assert_int_equal(bm_tree_inconsistency(&tree, depth, coefficient, NULL), BM_OK);
            for (size_t m = 0; m < ROWS - 1; m++) {
                size_t count = 0;
                double mean = 0, squares = 0;
                collect(&tree, ROWS + m, depth, height, &count);
                for (size_t i = 0; i < count; i++)
                    mean += height[i] / (double)count;
                for (size_t i = 0; i < count; i++)
                    squares += (height[i] - mean) * (height[i] - mean);
                double deviation = count > 1 ? sqrt(squares / (double)(count - 1)) : 0;
                double expected = deviation > 1e-9 ? (tree.merge[m].height - mean) / deviation : 0;
                if (!(fabs(coefficient[m] - expected) < 1e-9))
                    fail_msg("%g is not %g", coefficient[m], expected);
            }
        }
        bm_dendrogram_free(&tree);
    }
}

static void buyers_share_a_segment_when_no_merge_below_their_join_is_above(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= TREES; seed++) {
        bm_dendrogram tree = {0};
        double value[ROWS], own[ROWS];
        int32_t label[ROWS];
        size_t k;
        grow_random_tree(&tree, ROWS, seed % 2 == 0, seed);
        for (size_t m = 0; m < ROWS - 1; m++)
            own[m] = tree.merge[m].height;
        bm_tree_heights(&tree, value);
        for (double threshold = 0; threshold < 20; threshold += 0.75) {
            const bm_cut_rule rule = {.value = value, .threshold = threshold, .most = SIZE_MAX};
            assert_int_equal(bm_tree_label(&tree, NULL, &rule, label, &k, NULL), BM_OK);
            int32_t seen = 0;
            for (size_t a = 0; a < ROWS; a++) {
                assert_in_range(label[a], 0, seen);
                seen += label[a] == seen;
                for (size_t b = 0; b < a; b++) {
                    double top = largest_below(&tree, ROWS + joined_by(&tree, a, b), own);
                    assert_int_equal(label[a] == label[b], top <= threshold);
                }
            }
            assert_int_equal(seen, k);
            size_t counted;
            assert_int_equal(bm_tree_count(&tree, &rule, &counted, NULL, NULL), BM_OK);
            assert_int_equal(counted, k);
        }
        bm_dendrogram_free(&tree);
    }
}

static void without_a_least_size_a_rule_cuts_into_k_as_the_plain_cut_does(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= TREES; seed++) {
        bm_dendrogram tree = {0};
        int32_t label[ROWS], plain[ROWS];
        size_t segments;
        grow_random_tree(&tree, ROWS, 0, seed);
        for (size_t m = 0; m < ROWS - 1; m++)
            tree.merge[m].height += 1; /* none is 0 */
        for (size_t k = 1; k <= ROWS; k++) {
            assert_int_equal(bm_tree_cut(&tree, k, plain, NULL), BM_OK);
            assert_int_equal(bm_tree_cut_sized(&tree, NULL, k, 1, label, &segments, NULL), BM_OK);
            assert_int_equal(segments, k);
            assert_memory_equal(label, plain, sizeof label);
        }
        bm_dendrogram_free(&tree);
    }
}

/* The rule of least sizes, by sets: what is open is a list of nodes with the branches that were
 * left beside them; the open node of the latest merge that can be split is. */
typedef struct naive {
    const bm_dendrogram *tree;
    const bm_features *features;
    size_t least;
    size_t open[ROWS], opens;
    size_t branch[ROWS], beside[ROWS], branches; /* nodes */
} naive;

static void undo(naive *now, size_t at) {
    const bm_merge *merge = merge_of(now->tree, now->open[at]);
    int left = size_of(now->tree, merge->left) >= now->least;
    int right = size_of(now->tree, merge->right) >= now->least;
    now->open[at] = left ? merge->left : merge->right;
    if (left && right) {
        now->open[now->opens++] = merge->right;
        return;
    }
    now->branch[now->branches] = left ? merge->right : merge->left;
    now->beside[now->branches++] = left ? merge->left : merge->right;
}

static int can_be_undone(const naive *now, size_t node) {
    const bm_merge *merge = merge_of(now->tree, node);
    return merge != NULL && merge->height > 0 &&
           (size_of(now->tree, merge->left) >= now->least ||
            size_of(now->tree, merge->right) >= now->least);
}

static void cut_naively(naive *now, size_t k) {
    now->opens = 1;
    now->branches = 0;
    now->open[0] = 2 * now->tree->n - 2;
    while (now->opens < k) {
        size_t found = SIZE_MAX;
        for (size_t at = 0; at < now->opens; at++)
            if (can_be_undone(now, now->open[at]) &&
                (found == SIZE_MAX || now->open[at] > now->open[found]))
                found = at;
        if (found == SIZE_MAX)
            return;
        undo(now, found);
    }
}

static int is_below(const bm_dendrogram *tree, size_t node, size_t top) {
    const bm_merge *merge = merge_of(tree, top);
    return node == top || (merge != NULL && (is_below(tree, node, merge->left) ||
                                             is_below(tree, node, merge->right)));
}

static void mean_of(const naive *now, size_t top, double *mean) {
    double weight = 0;
    mean[0] = mean[1] = 0;
    for (size_t i = 0; i < now->tree->n; i++) {
        if (!is_below(now->tree, i, top))
            continue;
        weight += now->features->weight[i];
        mean[0] += now->features->weight[i] * now->features->x[2 * i];
        mean[1] += now->features->weight[i] * now->features->x[2 * i + 1];
    }
    mean[0] /= weight, mean[1] /= weight;
}

/* The open node that row i belongs to. */
static size_t home_of(const naive *now, size_t i) {
    for (size_t at = 0; at < now->opens; at++)
        if (is_below(now->tree, i, now->open[at]))
            return now->open[at];
    double own[2], other[2], least = INFINITY;
    size_t found = SIZE_MAX;
    for (size_t b = 0; b < now->branches; b++) {
        if (!is_below(now->tree, i, now->branch[b]))
            continue;
        mean_of(now, now->branch[b], own);
        for (size_t at = 0; at < now->opens; at++) {
            if (!is_below(now->tree, now->open[at], now->beside[b]))
                continue;
            mean_of(now, now->open[at], other);
            double square = (own[0] - other[0]) * (own[0] - other[0]) +
                            (own[1] - other[1]) * (own[1] - other[1]);
            if (square < least)
                least = square, found = now->open[at];
        }
    }
    return found;
}

static double weight_at(size_t i) {
    return 1 + (double)(i % 3);
}

static void check_sized(naive *now, size_t k) {
    int32_t label[ROWS];
    size_t segments, home[ROWS], buyers[ROWS] = {0};
    assert_int_equal(
        bm_tree_cut_sized(now->tree, now->features, k, now->least, label, &segments, NULL), BM_OK);
    cut_naively(now, k);
    assert_int_equal(segments, now->opens);
    for (size_t i = 0; i < ROWS; i++) {
        home[i] = home_of(now, i);
        assert_in_range(label[i], 0, segments - 1);
        buyers[label[i]]++;
        for (size_t j = 0; j < i; j++)
            assert_int_equal(label[i] == label[j], home[i] == home[j]);
    }
    for (size_t s = 0; s < segments; s++)
        assert_true(buyers[s] >= now->least);
}

static void small_sides_stay_with_their_siblings(void **unused) {
    (void)unused;
    size_t branches = 0;
    for (uint64_t seed = 1; seed <= TREES; seed++) {
        bm_dendrogram tree = {0};
        bm_features features = {0};
        uint64_t state = seed;
        grow_random_tree(&tree, ROWS, seed % 2 == 0, seed);
        assert_int_equal(bm_features_init(&features, ROWS, 2, NULL), BM_OK);
        give_weights(&features, weight_at);
        for (size_t i = 0; i < 2 * ROWS; i++)
            features.x[i] = next_random(&state);
        naive now = {.tree = &tree, .features = &features};
        for (now.least = 1; now.least <= 12; now.least += seed % 2 + 1)
            for (size_t k = 1; k <= 8; k++) {
                check_sized(&now, k);
                branches += now.branches;
            }
        bm_features_free(&features);
        bm_dendrogram_free(&tree);
    }
    assert_true(branches > 1000);
}

static void equal_buyers_are_not_parted_for_a_least_size(void **unused) {
    (void)unused;
    /* Four equal buyers, and two others that are equal. */
    bm_merge merge[] = {{0, 1, 0, 2}, {2, 3, 0, 2}, {6, 7, 0, 4}, {4, 5, 0, 2}, {8, 9, 3, 6}};
    bm_dendrogram tree = {6, merge};
    int32_t label[6];
    size_t segments;
    assert_int_equal(bm_tree_cut_sized(&tree, NULL, 3, 2, label, &segments, NULL), BM_OK);
    assert_int_equal(segments, 2);
    assert_int_equal(bm_tree_cut_sized(&tree, NULL, 3, 1, label, &segments, NULL), BM_OK);
    assert_int_equal(segments, 2);
}

static size_t gap_of(const double *height, size_t n, size_t low, size_t high) {
    bm_dendrogram tree = {0};
    size_t k;
    grow_chain(&tree, n);
    for (size_t m = 0; m + 1 < n; m++)
        tree.merge[m].height = height[m];
    assert_int_equal(bm_tree_gap(&tree, 0, low, high, &k, NULL), BM_OK);
    bm_dendrogram_free(&tree);
    return k;
}

static void the_gap_is_where_heights_grow_most(void **unused) {
    (void)unused;
    static const double plain[] = {1, 1.5, 2, 8, 9, 10}; /* 8 / 2: four segments */
    static const double zeros[] = {0, 0, 1, 8, 64, 70};  /* 1 / 0: five */
    static const double ties[] = {1, 2, 4, 8, 16, 32};
    static const double equal[] = {0, 0, 0, 0, 0, 0};
    static const double inverted[] = {1, 3, 2, 2.5, 12, 11}; /* 1, 3, 3, 3, 12, 12: three */
    assert_int_equal(gap_of(plain, 7, 1, 12), 4);
    assert_int_equal(gap_of(plain, 7, 2, 3), 3); /* 9/8 > 10/9 */
    assert_int_equal(gap_of(plain, 7, 5, 7), 6); /* 2/1.5 and 1.5/1; seven has no next merge */
    assert_int_equal(gap_of(plain, 7, 7, 7), 7);
    assert_int_equal(gap_of(zeros, 7, 2, 12), 5);
    assert_int_equal(gap_of(zeros, 7, 2, 4), 3);
    assert_int_equal(gap_of(ties, 7, 2, 12), 2);
    assert_int_equal(gap_of(ties, 7, 4, 12), 4);
    assert_int_equal(gap_of(equal, 7, 2, 12), 1);
    assert_int_equal(gap_of(inverted, 7, 2, 12), 3);
    assert_int_equal(gap_of(plain, 2, 2, 12), 2);
    assert_int_equal(gap_of(plain, 1, 2, 12), 1);
}

static void with_a_least_size_the_gap_is_between_splits_that_count(void **unused) {
    (void)unused;
    /* Two pairs and three, and one far away: heights of splits by 2 are 6 and, below, 2. */
    bm_merge merge[] = {{0, 1, 1, 2}, {2, 3, 1, 2},   {4, 5, 1.5, 2}, {6, 10, 2, 3},
                        {8, 9, 5, 4}, {11, 12, 6, 7}, {7, 13, 90, 8}};
    bm_dendrogram tree = {8, merge};
    size_t k;
    assert_int_equal(bm_tree_gap(&tree, 0, 2, 12, &k, NULL), BM_OK);
    assert_int_equal(k, 2); /* 90 / 6 */
    assert_int_equal(bm_tree_gap(&tree, 2, 2, 12, &k, NULL), BM_OK);
    assert_int_equal(k, 2); /* 6 / 5; three have no next split */
    merge[4].height = 1.6;
    assert_int_equal(bm_tree_gap(&tree, 2, 2, 12, &k, NULL), BM_OK);
    assert_int_equal(k, 2);
    assert_int_equal(bm_tree_gap(&tree, 2, 3, 12, &k, NULL), BM_OK);
    assert_int_equal(k, 3);
    assert_int_equal(bm_tree_gap(&tree, 4, 2, 12, &k, NULL), BM_OK);
    assert_int_equal(k, 1);
}

static void a_chain_of_a_million_is_cut(void **unused) {
    (void)unused;
    bm_dendrogram tree = {0};
    bm_features features = {0};
    double *value = malloc(MOST * sizeof *value);
    int32_t *label = malloc(MOST * sizeof *label);
    size_t k;
    assert_non_null(value), assert_non_null(label);
    assert_int_equal(bm_features_init(&features, MOST, 1, NULL), BM_OK);
    for (size_t i = 0; i < MOST; i++)
        features.x[i] = (double)i;
    grow_chain(&tree, MOST);
    bm_tree_heights(&tree, value);
    assert_near(value[MOST - 2], MOST - 1, 0);
    const bm_cut_rule rule = {.value = value, .threshold = 999000, .most = SIZE_MAX};
    assert_int_equal(bm_tree_label(&tree, &features, &rule, label, &k, NULL), BM_OK);
    assert_int_equal(k, 1000);
    assert_int_equal(label[999000], 0);
    assert_int_equal(label[999001], 1);
    /* Every split leaves one buyer. */
    assert_int_equal(bm_tree_cut_sized(&tree, &features, 5, 2, label, &k, NULL), BM_OK);
    assert_int_equal(k, 1);
    assert_int_equal(bm_tree_gap(&tree, 0, 2, 12, &k, NULL), BM_OK);
    assert_int_equal(k, 12);
    assert_int_equal(bm_tree_inconsistency(&tree, 2, value, NULL), BM_OK);
    assert_near(value[MOST - 2], 0.5 / sqrt(0.5), 1e-3);
    bm_tree_largest_below(&tree, value);
    free(value);
    free(label);
    bm_features_free(&features);
    bm_dendrogram_free(&tree);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inconsistency_is_what_the_merges_below_say),
        cmocka_unit_test(buyers_share_a_segment_when_no_merge_below_their_join_is_above),
        cmocka_unit_test(without_a_least_size_a_rule_cuts_into_k_as_the_plain_cut_does),
        cmocka_unit_test(small_sides_stay_with_their_siblings),
        cmocka_unit_test(equal_buyers_are_not_parted_for_a_least_size),
        cmocka_unit_test(the_gap_is_where_heights_grow_most),
        cmocka_unit_test(with_a_least_size_the_gap_is_between_splits_that_count),
        cmocka_unit_test(a_chain_of_a_million_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
