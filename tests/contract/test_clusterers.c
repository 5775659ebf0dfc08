/* What every clusterer of the registry owes: the same bytes for any number of threads, segments
 * that are all in use, in canonical order and add up, equal buyers in one segment, and no other
 * answer when the buyers come in another order. */
#include "cluster/cluster.h"

#include "base/parallel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const bm_context context = {.seed = 5};

/* A number in (0, 1) that depends on both only (SplitMix64). */
static double noise(uint64_t a, uint64_t b) {
    uint64_t z = a * 0x9e3779b97f4a7c15u + b * 0xd1b54a32d192ed03u + 0x2545f4914f6cdd1du;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

/* n buyers in `blobs` clouds `gap` apart, of width 1; no two values are equal. Cloud b has more
 * buyers than cloud b + 1. */
static bm_features clouds(size_t n, size_t d, size_t blobs, double gap) {
    bm_features features;
    assert_int_equal(bm_features_init(&features, n, d, NULL), BM_OK);
    for (size_t i = 0; i < n; i++) {
        double u = noise(i, 1000);
        size_t blob = (size_t)(u * u * (double)blobs);
        for (size_t j = 0; j < d; j++)
            features.x[i * d + j] = gap * noise(blob, 2000 + j) * (double)blobs + noise(i, j);
    }
    return features;
}

static void give_weights(bm_features *features) {
    features->weight = malloc(features->n * sizeof *features->weight);
    assert_non_null(features->weight);
    for (size_t i = 0; i < features->n; i++)
        features->weight[i] = 0.5 + 2 * noise(i, 3000);
}

static bm_cluster_options options_of(const bm_clusterer *method, size_t low, size_t high) {
    return (bm_cluster_options){.method = method,
                                .k_low = low,
                                .k_high = high,
                                .refine = 1,
                                .restarts = 4,
                                .max_iterations = 300,
                                .quality = 1};
}

static bm_clustering cluster(const bm_features *features, const bm_clusterer *method, size_t low,
                             size_t high) {
    bm_cluster_options options = options_of(method, low, high);
    bm_clustering clustering;
    bm_error err = {0};
    if (bm_cluster(features, &options, NULL, &context, &clustering, &err) != BM_OK)
        fail_msg("%s: %s", method->name, err.message);
    return clustering;
}

static int same_numbers(const double *a, const double *b, size_t count) {
    return memcmp(a, b, count * sizeof *a) == 0;
}

static void assert_same_bytes(const bm_clusterer *method, const bm_clustering *one,
                              const bm_clustering *other) {
    const bm_segmentation *a = &one->chosen, *b = &other->chosen;
    assert_int_equal(a->k, b->k);
    assert_int_equal(a->iterations, b->iterations);
    assert_int_equal(a->tree.n, b->tree.n);
    assert_int_equal(one->tried, other->tried);
    if (memcmp(a->label, b->label, a->n * sizeof *a->label) != 0)
        fail_msg("%s: labels differ", method->name);
    assert_memory_equal(a->size, b->size, a->k * sizeof *a->size);
    if (!same_numbers(a->centroid, b->centroid, a->k * a->d) ||
        !same_numbers(a->weight, b->weight, a->k) ||
        !same_numbers(a->inertia_of, b->inertia_of, a->k) ||
        !same_numbers(&a->inertia, &b->inertia, 1))
        fail_msg("%s: centroids, weights or inertia differ", method->name);
    for (size_t i = 0; i + 1 < a->tree.n; i++)
        if (a->tree.merge[i].left != b->tree.merge[i].left ||
            a->tree.merge[i].right != b->tree.merge[i].right ||
            a->tree.merge[i].size != b->tree.merge[i].size ||
            !same_numbers(&a->tree.merge[i].height, &b->tree.merge[i].height, 1))
            fail_msg("%s: merge %zu differs", method->name, i);
    for (size_t i = 0; i < a->iterations; i++)
        if (!same_numbers(&a->iteration[i].inertia, &b->iteration[i].inertia, 1) ||
            !same_numbers(&a->iteration[i].shift, &b->iteration[i].shift, 1) ||
            a->iteration[i].moved != b->iteration[i].moved)
            fail_msg("%s: iteration %zu differs", method->name, i);
    for (size_t i = 0; i < one->tried; i++) {
        const bm_quality *p = &one->quality[i], *q = &other->quality[i];
        if (p->k != q->k || p->chosen != q->chosen || !same_numbers(&p->inertia, &q->inertia, 1) ||
            !same_numbers(&p->silhouette, &q->silhouette, 1) ||
            !same_numbers(&p->calinski_harabasz, &q->calinski_harabasz, 1) ||
            !same_numbers(&p->davies_bouldin, &q->davies_bouldin, 1) ||
            !same_numbers(&p->cophenetic, &q->cophenetic, 1) ||
            !same_numbers(&p->objective, &q->objective, 1))
            fail_msg("%s: quality of k = %zu differs", method->name, p->k);
    }
}

static void compare_threads(const bm_clusterer *method, const bm_features *features,
                            const bm_cluster_options *options) {
    static const int threads[] = {1, 2, 7};
    bm_clustering of[3];
    for (size_t t = 0; t < 3; t++) {
        bm_set_threads(threads[t]);
        assert_int_equal(bm_cluster(features, options, NULL, &context, &of[t], NULL), BM_OK);
    }
    bm_set_threads(0);
    for (size_t t = 1; t < 3; t++)
        assert_same_bytes(method, &of[0], &of[t]);
    for (size_t t = 0; t < 3; t++)
        bm_clustering_free(&of[t]);
}

/* Clouds that overlap, so that a last digit of a sum would move buyers. k-means has chunks of 8,192
 * buyers, so 20,000 of them, without the indices that would take long; k-medoids takes far fewer
 * at once. */
static void threads_do_not_change_a_byte(void **state) {
    (void)state;
    for (size_t m = 0; bm_clusterers[m] != NULL; m++) {
        const bm_clusterer *method = bm_clusterers[m];
        for (int weighted = 0; weighted < 2; weighted++) {
            bm_cluster_options options = options_of(method, 2, 6);
            bm_features features = clouds(600, 5, 4, 0.3);
            if (weighted)
                give_weights(&features);
            compare_threads(method, &features, &options);
            bm_features_free(&features);
            if (method->hierarchical)
                continue;
            options = options_of(method, 4, 4);
            options.quality = 0;
            options.restarts = 1;
            features = clouds(method->is_kmeans ? 20000 : 2500, 3, 4, 0.3);
            if (weighted)
                give_weights(&features);
            compare_threads(method, &features, &options);
            bm_features_free(&features);
        }
    }
}

/* Sizes, weights, centroids and inertia again, from the labels alone, in long double. */
static void assert_adds_up(const char *name, const bm_features *f, const bm_segmentation *s) {
    assert_int_equal(s->n, f->n);
    assert_int_equal(s->d, f->d);
    long double *sum = calloc(s->k * (f->d + 3), sizeof *sum);
    size_t *size = calloc(s->k, sizeof *size), total = 0;
    assert_true(sum != NULL && size != NULL);
    long double *weight = sum + s->k * f->d, *inertia = weight + s->k, *least = inertia + s->k;
    long double all = 0, squares = 0;
    for (size_t i = 0; i < f->n; i++) {
        assert_in_range(s->label[i], 1, s->k);
        size_t own = (size_t)s->label[i] - 1;
        long double w = f->weight != NULL ? f->weight[i] : 1;
        size[own]++;
        weight[own] += w;
        for (size_t j = 0; j < f->d; j++)
            sum[own * f->d + j] += w * f->x[i * f->d + j];
    }
    for (size_t i = 0; i < f->n; i++) {
        size_t own = (size_t)s->label[i] - 1;
        long double w = f->weight != NULL ? f->weight[i] : 1;
        for (size_t j = 0; j < f->d; j++) {
            long double off = f->x[i * f->d + j] - sum[own * f->d + j] / weight[own];
            inertia[own] += w * off * off;
            least[own] += w * (long double)f->x[i * f->d + j] * f->x[i * f->d + j];
        }
    }
    for (size_t g = 0; g < s->k; g++) {
        total += s->size[g];
        all += inertia[g];
        squares += least[g];
        assert_int_not_equal(s->size[g], 0);
        assert_int_equal(s->size[g], size[g]);
        if (fabsl(s->weight[g] - weight[g]) > 1e-12L * weight[g])
            fail_msg("%s: weight of segment %zu is %.17g", name, g + 1, s->weight[g]);
        /* 1e-15 of the raw sum of squares is what rounding of the values themselves may cost. */
        if (fabsl(s->inertia_of[g] - inertia[g]) > 1e-10L * inertia[g] + 1e-15L * least[g])
            fail_msg("%s: inertia of segment %zu is %.17g, not %.17Lg", name, g + 1,
                     s->inertia_of[g], inertia[g]);
        for (size_t j = 0; j < f->d; j++) {
            long double mean = sum[g * f->d + j] / weight[g];
            if (fabsl(s->centroid[g * f->d + j] - mean) > 1e-12L * (1 + fabsl(mean)))
                fail_msg("%s: centroid %zu is no mean of its buyers", name, g + 1);
        }
    }
    assert_int_equal(total, f->n);
    if (fabsl(s->inertia - all) > 1e-10L * all + 1e-15L * squares)
        fail_msg("%s: inertia is %.17g, not %.17Lg", name, s->inertia, all);
    free(sum);
    free(size);
}

/* By falling size, then by ascending centroid. */
static void assert_canonical(const char *name, const bm_segmentation *s) {
    for (size_t g = 0; g + 1 < s->k; g++) {
        const double *a = s->centroid + g * s->d, *b = a + s->d;
        size_t j = 0;
        while (j + 1 < s->d && !(a[j] < b[j]) && !(a[j] > b[j]))
            j++;
        if (s->size[g] < s->size[g + 1] || (s->size[g] == s->size[g + 1] && a[j] > b[j]))
            fail_msg("%s: segments %zu and %zu are not in canonical order", name, g + 1, g + 2);
    }
}

static void segments_are_in_use_in_order_and_add_up(void **state) {
    (void)state;
    for (size_t m = 0; bm_clusterers[m] != NULL; m++) {
        const bm_clusterer *method = bm_clusterers[m];
        for (size_t k = 1; k <= 13; k += 4) {
            for (int weighted = 0; weighted < 2; weighted++) {
                bm_features features = clouds(400, 3, 5, 0.5);
                if (weighted)
                    give_weights(&features);
                bm_clustering clustering = cluster(&features, method, k, k);
                assert_int_equal(clustering.chosen.k, k);
                assert_adds_up(method->name, &features, &clustering.chosen);
                assert_canonical(method->name, &clustering.chosen);
                assert_int_equal(clustering.tried, 1);
                assert_true(clustering.quality[0].chosen);
                assert_true(
                    same_numbers(&clustering.quality[0].inertia, &clustering.chosen.inertia, 1));
                bm_clustering_free(&clustering);
                bm_features_free(&features);
            }
        }
    }
}

/* Guaranteed by every method: a k beyond the distinct buyers is refused, k-means gives each buyer
 * its nearest centroid (the lowest of equals), and trees merge equal buyers first, at height 0. */
static void equal_buyers_share_a_segment(void **state) {
    (void)state;
    enum { DISTINCT = 40, N = 5 * DISTINCT, D = 3 };
    static const size_t ks[] = {2, 7, 39, DISTINCT};
    for (size_t m = 0; bm_clusterers[m] != NULL; m++) {
        const bm_clusterer *method = bm_clusterers[m];
        bm_features features = clouds(N, D, 1, 1);
        /* −0 equals 0. */
        features.x[0] = 0;
        for (size_t i = DISTINCT; i < N; i++)
            memcpy(features.x + i * D, features.x + i * 7 % DISTINCT * D, D * sizeof *features.x);
        for (size_t i = DISTINCT; i < N; i += 2)
            if (i * 7 % DISTINCT == 0)
                features.x[i * D] = -0.0;
        for (size_t each = 0; each < sizeof ks / sizeof *ks; each++) {
            bm_clustering clustering = cluster(&features, method, ks[each], ks[each]);
            const int32_t *label = clustering.chosen.label;
            for (size_t i = DISTINCT; i < N; i++)
                if (label[i] != label[i * 7 % DISTINCT])
                    fail_msg("%s: k = %zu parts equal buyers", method->name, ks[each]);
            assert_adds_up(method->name, &features, &clustering.chosen);
            bm_clustering_free(&clustering);
        }
        bm_cluster_options options = options_of(method, DISTINCT + 1, DISTINCT + 1);
        bm_clustering none;
        bm_error err = {0};
        assert_int_equal(bm_cluster(&features, &options, NULL, &context, &none, &err),
                         BM_DEGENERATE);
        assert_non_null(strstr(err.message, "40 distinct"));
        bm_features_free(&features);
    }
}

static void one_segment_is_everybody(void **state) {
    (void)state;
    for (size_t m = 0; bm_clusterers[m] != NULL; m++) {
        bm_features features = clouds(50, 2, 2, 3);
        bm_clustering clustering = cluster(&features, bm_clusterers[m], 1, 1);
        assert_int_equal(clustering.chosen.size[0], 50);
        assert_adds_up(bm_clusterers[m]->name, &features, &clustering.chosen);
        bm_clustering_free(&clustering);
        bm_features_free(&features);
    }
}

static void as_many_segments_as_buyers_are_one_each(void **state) {
    (void)state;
    for (size_t m = 0; bm_clusterers[m] != NULL; m++) {
        bm_features features = clouds(30, 2, 2, 3);
        bm_clustering clustering = cluster(&features, bm_clusterers[m], 30, 30);
        for (size_t g = 0; g < 30; g++)
            assert_int_equal(clustering.chosen.size[g], 1);
        assert_true(clustering.chosen.inertia <= 1e-28 && clustering.chosen.inertia >= 0);
        assert_canonical(bm_clusterers[m]->name, &clustering.chosen);
        bm_clustering_free(&clustering);
        bm_features_free(&features);
    }
}

/* BM_OK with that many segments, or that failure, for k of low … high. */
static void assert_outcome(const bm_features *features, const bm_clusterer *method, size_t low,
                           size_t high, int k_auto, bm_status wanted, size_t k) {
    bm_cluster_options options = options_of(method, low, high);
    bm_clustering clustering;
    bm_error err = {0};
    options.k_auto = k_auto;
    bm_status status = bm_cluster(features, &options, NULL, &context, &clustering, &err);
    if (status != wanted)
        fail_msg("%s: status %d for n = %zu and k = %zu to %zu: %s", method->name, (int)status,
                 features->n, low, high, err.message);
    if (status == BM_OK) {
        assert_int_equal(clustering.chosen.k, k);
        assert_adds_up(method->name, features, &clustering.chosen);
        bm_clustering_free(&clustering);
    } else {
        assert_int_equal(err.status, wanted);
        assert_true(strlen(err.message) > 10);
        assert_null(clustering.chosen.label);
        assert_null(clustering.quality);
    }
}

static void more_segments_than_buyers_are_refused(void **state) {
    (void)state;
    for (size_t m = 0; bm_clusterers[m] != NULL; m++) {
        bm_features features = clouds(7, 2, 1, 1), nobody = clouds(0, 2, 1, 1);
        assert_outcome(&features, bm_clusterers[m], 8, 8, 0, BM_DEGENERATE, 0);
        assert_outcome(&features, bm_clusterers[m], 2, 8, 0, BM_DEGENERATE, 0);
        assert_outcome(&features, bm_clusterers[m], 7, 7, 0, BM_OK, 7);
        assert_outcome(&nobody, bm_clusterers[m], 1, 1, 0, BM_DEGENERATE, 0);
        assert_outcome(&nobody, bm_clusterers[m], 2, 12, 1, BM_DEGENERATE, 0);
        bm_features_free(&features);
        bm_features_free(&nobody);
    }
}

static void one_buyer_is_one_segment(void **state) {
    (void)state;
    for (size_t m = 0; bm_clusterers[m] != NULL; m++) {
        bm_features features = clouds(1, 2, 1, 1);
        assert_outcome(&features, bm_clusterers[m], 1, 1, 0, BM_OK, 1);
        assert_outcome(&features, bm_clusterers[m], 2, 12, 1, BM_OK, 1);
        assert_outcome(&features, bm_clusterers[m], 2, 2, 0, BM_DEGENERATE, 0);
        bm_features_free(&features);
    }
}

static void buyers_that_are_all_equal_are_one_segment(void **state) {
    (void)state;
    for (size_t m = 0; bm_clusterers[m] != NULL; m++) {
        bm_features features = clouds(20, 2, 1, 1);
        for (size_t i = 0; i < 40; i++)
            features.x[i] = 0.1;
        assert_outcome(&features, bm_clusterers[m], 1, 1, 0, BM_OK, 1);
        assert_outcome(&features, bm_clusterers[m], 2, 12, 1, BM_OK, 1);
        assert_outcome(&features, bm_clusterers[m], 2, 2, 0, BM_DEGENERATE, 0);
        bm_features_free(&features);
    }
}

static int all_finite(const double *x, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(x[i]))
            return 0;
    return 1;
}

/* Whatever finite values come in: finite ones come out, or the data are refused (their squares
 * leave the range of a double, or they differ by less than rounding). 1e-100 to 1e100 must work.
 */
static void nan_never_comes_out(void **state) {
    (void)state;
    static const double units[] = {5e-324, 1e-300, 1e-160, 1e-100, 1, 1e100, 1e153, 1e200, 1e308};
    for (size_t m = 0; bm_clusterers[m] != NULL; m++) {
        const bm_clusterer *method = bm_clusterers[m];
        for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
            bm_features features = clouds(60, 3, 3, 0);
            for (size_t i = 0; i < 180; i++) /* −1, 0 or 1 and, in the last column, anything */
                features.x[i] = i % 3 == 2 ? units[u] * features.x[i]
                                           : units[u] * (floor(features.x[i] * 3) - 1);
            bm_cluster_options options = options_of(method, 3, 3);
            bm_clustering clustering;
            bm_error err = {0};
            bm_status status = bm_cluster(&features, &options, NULL, &context, &clustering, &err);
            const bm_segmentation *s = &clustering.chosen;
            if (status == BM_OK) {
                if (!all_finite(s->centroid, 9) || !all_finite(s->inertia_of, 3) ||
                    !isfinite(s->inertia))
                    fail_msg("%s: values of %g gave no finite result", method->name, units[u]);
                for (size_t i = 0; i < 60; i++)
                    assert_in_range(s->label[i], 1, 3);
                for (size_t i = 0; i + 1 < s->tree.n; i++)
                    assert_true(isfinite(s->tree.merge[i].height));
                bm_clustering_free(&clustering);
            } else if ((status != BM_DATA && status != BM_DEGENERATE) ||
                       (units[u] >= 1e-100 && units[u] <= 1e100)) {
                fail_msg("%s: values of %g: status %d: %s", method->name, units[u], (int)status,
                         err.message);
            }
            bm_features_free(&features);
        }
    }
}

static size_t place(size_t i, size_t n) {
    return (i * 389 + 17) % n;
}

/* Trees on any data without ties; k-means where its best solution is plain, as its start depends on
 * the order of buyers. */
static void the_order_of_buyers_does_not_matter(void **state) {
    (void)state;
    enum { N = 300, D = 4 }; /* 389 is prime to 300 */
    static const size_t ks[] = {2, 3, 5, 11};
    for (size_t m = 0; bm_clusterers[m] != NULL; m++) {
        const bm_clusterer *method = bm_clusterers[m];
        for (size_t each = 0; each < sizeof ks / sizeof *ks; each++) {
            size_t k = method->hierarchical ? ks[each] : 5;
            bm_features features = clouds(N, D, 5, method->hierarchical ? 0.2 : 20), moved;
            assert_int_equal(bm_features_init(&moved, N, D, NULL), BM_OK);
            for (size_t i = 0; i < N; i++)
                memcpy(moved.x + place(i, N) * D, features.x + i * D, D * sizeof *moved.x);
            bm_clustering one = cluster(&features, method, k, k);
            bm_clustering other = cluster(&moved, method, k, k);
            for (size_t i = 0; i < N; i++)
                if (one.chosen.label[i] != other.chosen.label[place(i, N)])
                    fail_msg("%s: k = %zu: buyer %zu is elsewhere", method->name, k, i);
            for (size_t i = 0; i < k * D; i++)
                assert_true(fabs(one.chosen.centroid[i] - other.chosen.centroid[i]) <=
                            1e-12 * (1 + fabs(one.chosen.centroid[i])));
            bm_clustering_free(&one);
            bm_clustering_free(&other);
            bm_features_free(&features);
            bm_features_free(&moved);
        }
    }
}

/* SciPy's convention: children come before their parent and are used once, sizes add up, heights
 * ascend where the linkage cannot invert; and the chosen labels are a cut of it. */
static void trees_are_whole(void **state) {
    (void)state;
    enum { N = 250 };
    for (size_t m = 0; bm_clusterers[m] != NULL; m++) {
        const bm_clusterer *method = bm_clusterers[m];
        int may_invert =
            strcmp(method->name, "centroid") == 0 || strcmp(method->name, "median") == 0;
        bm_features features = clouds(N, 2, 3, 0.5);
        bm_clustering clustering = cluster(&features, method, 4, 4);
        const bm_dendrogram *tree = &clustering.chosen.tree;
        if (!method->hierarchical) {
            assert_null(tree->merge);
        } else {
            unsigned char used[2 * N] = {0};
            size_t size[2 * N];
            assert_int_equal(tree->n, N);
            for (size_t i = 0; i < N; i++)
                size[i] = 1;
            for (size_t i = 0; i + 1 < N; i++) {
                const bm_merge *merge = &tree->merge[i];
                assert_true(merge->left < merge->right && merge->right < N + i);
                assert_false(used[merge->left]++ || used[merge->right]++);
                size[N + i] = size[merge->left] + size[merge->right];
                assert_int_equal(merge->size, size[N + i]);
                assert_true(merge->height >= 0);
                if (i > 0 && !may_invert)
                    assert_true(merge->height >= tree->merge[i - 1].height);
            }
        }
        bm_clustering_free(&clustering);
        bm_features_free(&features);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_change_a_byte),
        cmocka_unit_test(segments_are_in_use_in_order_and_add_up),
        cmocka_unit_test(equal_buyers_share_a_segment),
        cmocka_unit_test(one_segment_is_everybody),
        cmocka_unit_test(as_many_segments_as_buyers_are_one_each),
        cmocka_unit_test(more_segments_than_buyers_are_refused),
        cmocka_unit_test(one_buyer_is_one_segment),
        cmocka_unit_test(buyers_that_are_all_equal_are_one_segment),
        cmocka_unit_test(nan_never_comes_out),
        cmocka_unit_test(the_order_of_buyers_does_not_matter),
        cmocka_unit_test(trees_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
