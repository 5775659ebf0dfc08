/* The choice of k, its limits and its messages. */
#include "dataset.h"

#include "cluster/choice.h"
#include "cluster/gap.h"
#include "cluster/hierarchical.h"

static const bm_context CONTEXT = {.seed = 1};

static size_t chosen_row(const bm_clustering *clustering) {
    size_t chosen = clustering->tried, count = 0;
    for (size_t row = 0; row < clustering->tried; row++)
        if (clustering->quality[row].chosen) {
            chosen = row;
            count++;
        }
    assert_int_equal(count, 1);
    assert_int_equal(clustering->quality[chosen].k, clustering->chosen.k);
    return chosen;
}

static void every_criterion_chooses_its_best_k(void **state) {
    (void)state;
    /* Mall, k = 2 … 8: scikit-learn prefers k = 5 by silhouette and Davies–Bouldin; the choice by
     * Calinski–Harabasz is checked against the table itself. */
    bm_features mall;
    if (!read_mall(&mall))
        skip();
    for (int criterion = 0; bm_criteria[criterion].name != NULL; criterion++) {
        bm_cluster_options options = options_for("kmeans", 2, 8);
        options.criterion = criterion;
        bm_clustering clustering;
        assert_int_equal(bm_cluster(&mall, &options, NULL, &CONTEXT, &clustering, NULL), BM_OK);
        assert_int_equal(clustering.tried, 7);
        size_t chosen = chosen_row(&clustering);
        if (bm_criteria[criterion].value == NULL) {
            assert_int_equal(chosen, bm_criteria[criterion].choice(clustering.quality, 7));
            bm_clustering_free(&clustering);
            continue;
        }
        double best = bm_criteria[criterion].value(&clustering.quality[chosen]);
        for (size_t row = 0; row < 7; row++) {
            double here = bm_criteria[criterion].value(&clustering.quality[row]);
            assert_int_equal(clustering.quality[row].k, row + 2);
            assert_true(row < chosen ? here < best : here <= best);
        }
        if (criterion != 1)
            assert_int_equal(clustering.chosen.k, 5);
        assert_near(clustering.chosen.inertia, clustering.quality[chosen].inertia, 1e-13);
        bm_clustering_free(&clustering);
    }
    bm_features_free(&mall);
}

static void the_map_of_a_range_is_that_of_its_k_alone(void **state) {
    (void)state;
    static const char *const methods[] = {"kmeans", "ward", "average", "centroid"};
    bm_features iris;
    if (!read_iris(&iris))
        skip();
    for (size_t m = 0; m < 4; m++) {
        bm_clustering range, alone;
        bm_cluster_options options = options_for(methods[m], 2, 6);
        assert_int_equal(bm_cluster(&iris, &options, NULL, &CONTEXT, &range, NULL), BM_OK);
        options.k_low = options.k_high = range.chosen.k;
        assert_int_equal(bm_cluster(&iris, &options, NULL, &CONTEXT, &alone, NULL), BM_OK);
        const bm_segmentation *a = &range.chosen, *b = &alone.chosen;
        assert_memory_equal(a->label, b->label, a->n * sizeof *a->label);
        assert_memory_equal(a->centroid, b->centroid, a->k * a->d * sizeof(double));
        assert_int_equal(a->iterations, b->iterations);
        assert_int_equal(m > 0, a->tree.merge != NULL);
        bm_clustering_free(&range);
        bm_clustering_free(&alone);
    }
    bm_features_free(&iris);
}

static void published_silhouettes_of_iris(void **state) {
    (void)state;
    /* reference/statistics.md §2.8; adjusted Rand and NMI: scikit-learn 1.2.1 */
    int32_t species[150];
    for (size_t i = 0; i < 150; i++)
        species[i] = (int32_t)(i / 50);
    bm_features iris;
    if (!read_iris(&iris))
        skip();
    bm_clustering clustering;
    bm_cluster_options options = options_for("kmeans", 2, 3);
    assert_int_equal(bm_cluster(&iris, &options, species, &CONTEXT, &clustering, NULL), BM_OK);
    assert_near(clustering.quality[0].silhouette, 0.681046169212, 1e-11);
    assert_near(clustering.quality[1].silhouette, 0.552819012356, 1e-11);
    assert_near(clustering.quality[1].calinski_harabasz, 561.62775662962, 1e-12);
    assert_near(clustering.quality[1].davies_bouldin, 0.6619715465007465, 1e-12);
    assert_near(clustering.quality[1].adjusted_rand, 0.7302382722834697, 1e-12);
    assert_near(clustering.quality[1].nmi, 0.7581756800057785, 1e-12);
    assert_int_equal(clustering.chosen.k, 2);
    bm_clustering_free(&clustering);
    bm_features_free(&iris);
}

static void ward_on_iris_is_that_of_scipy(void **state) {
    (void)state;
    /* reference/statistics.md §2.8: cut at 3 and cophenetic correlation; published Ward inertia */
    static const size_t sizes[] = {64, 50, 36};
    bm_features iris;
    if (!read_iris(&iris))
        skip();
    bm_clustering clustering;
    bm_cluster_options options = options_for("ward", 3, 3);
    assert_int_equal(bm_cluster(&iris, &options, NULL, &CONTEXT, &clustering, NULL), BM_OK);
    assert_memory_equal(clustering.chosen.size, sizes, sizeof sizes);
    assert_near(clustering.chosen.inertia, 79.2971284722, 1e-10);
    assert_near(clustering.quality[0].cophenetic, 0.872828315331, 1e-11);
    assert_int_equal(clustering.chosen.tree.n, 150);
    bm_clustering_free(&clustering);
    bm_features_free(&iris);
}

static bm_status attempt(const double *x, size_t n, size_t d, size_t low, size_t high,
                         int automatic, const char *method, size_t *k, char *message) {
    bm_features features;
    bm_error err = {0};
    bm_clustering clustering;
    make_features(&features, x, n, d);
    bm_cluster_options options = options_for(method, low, high);
    options.k_auto = automatic;
    bm_status status = bm_cluster(&features, &options, NULL, &CONTEXT, &clustering, &err);
    *k = status == BM_OK ? clustering.chosen.k : 0;
    if (message != NULL)
        memcpy(message, err.message, sizeof err.message);
    if (status == BM_OK)
        bm_clustering_free(&clustering);
    else
        assert_null(clustering.chosen.label);
    bm_features_free(&features);
    return status;
}

static void too_large_a_k_is_refused_in_words(void **state) {
    (void)state;
    static const double x[] = {1, 2, 1, 2, 3, 1}, equal[] = {4, 4, 4, 4};
    static const char *const methods[] = {"kmeans", "ward", "single"};
    char message[sizeof((bm_error *)0)->message];
    size_t k;
    for (size_t m = 0; m < 3; m++) {
        assert_int_equal(attempt(x, 6, 1, 7, 7, 0, methods[m], &k, message), BM_DEGENERATE);
        assert_non_null(strstr(message, "k = 7"));
        assert_int_equal(attempt(x, 6, 1, 2, 5, 0, methods[m], &k, message), BM_DEGENERATE);
        assert_non_null(strstr(message, "only 3 distinct buyers for k = 5"));
        assert_int_equal(attempt(equal, 4, 1, 2, 2, 0, methods[m], &k, message), BM_DEGENERATE);
        assert_non_null(strstr(message, "equal"));
        assert_int_equal(attempt(x, 1, 1, 2, 2, 0, methods[m], &k, message), BM_DEGENERATE);
        assert_int_equal(attempt(x, 0, 1, 1, 1, 0, methods[m], &k, message), BM_DEGENERATE);
        assert_int_equal(attempt(x, 6, 0, 1, 1, 0, methods[m], &k, message), BM_DEGENERATE);
    }
}

static void one_segment_is_always_possible(void **state) {
    (void)state;
    static const double x[] = {1, 2, 1, 2, 3, 1};
    size_t k;
    assert_int_equal(attempt(x, 1, 2, 1, 1, 0, "kmeans", &k, NULL), BM_OK);
    assert_int_equal(k, 1);
    assert_int_equal(attempt(x, 6, 1, 1, 1, 0, "kmeans", &k, NULL), BM_OK);
    assert_int_equal(k, 1);
    assert_int_equal(attempt(x, 1, 1, 1, 1, 0, "average", &k, NULL), BM_OK);
    assert_int_equal(k, 1);
}

static void the_automatic_range_shrinks_to_the_buyers(void **state) {
    (void)state;
    static const double x[] = {1, 2, 1, 2, 9, 1, 9, 9}, equal[] = {4, 4, 4, 4, 4};
    size_t k;
    assert_int_equal(attempt(x, 8, 1, 2, 12, 1, "kmeans", &k, NULL), BM_OK);
    assert_in_range(k, 2, 3); /* three distinct values */
    assert_int_equal(attempt(equal, 5, 1, 2, 12, 1, "kmeans", &k, NULL), BM_OK);
    assert_int_equal(k, 1);
    assert_int_equal(attempt(x, 2, 1, 2, 12, 1, "kmeans", &k, NULL), BM_OK);
    assert_int_equal(k, 1); /* n − 1 */
    assert_int_equal(attempt(x, 1, 1, 2, 12, 1, "ward", &k, NULL), BM_OK);
    assert_int_equal(k, 1);
    assert_int_equal(attempt(x, 8, 1, 2, 12, 1, "ward", &k, NULL), BM_OK);
    assert_in_range(k, 2, 3);
}

static void segments_without_spread_win_by_every_criterion(void **state) {
    (void)state;
    static const double x[] = {1, 1, 1, 5, 5, 5, 9, 9, 9};
    bm_features features;
    make_features(&features, x, 9, 1);
    for (int criterion = 0; bm_criteria[criterion].name != NULL; criterion++) {
        bm_cluster_options options = options_for("kmeans", 1, 3);
        options.criterion = criterion;
        bm_clustering clustering;
        assert_int_equal(bm_cluster(&features, &options, NULL, &CONTEXT, &clustering, NULL), BM_OK);
        assert_int_equal(clustering.chosen.k, 3);
        assert_true(isnan(clustering.quality[0].silhouette));
        bm_clustering_free(&clustering);
    }
    bm_features_free(&features);
}

static void without_quality_only_inertia_and_the_criterion_are_computed(void **state) {
    (void)state;
    bm_features clouds;
    make_clouds(&clouds, 90, 2, 4, 2);
    bm_cluster_options options = options_for("ward", 2, 4);
    options.quality = 0;
    options.criterion = 2;
    int32_t truth[90] = {0};
    bm_clustering clustering;
    assert_int_equal(bm_cluster(&clouds, &options, truth, &CONTEXT, &clustering, NULL), BM_OK);
    for (size_t row = 0; row < 3; row++) {
        const bm_quality *quality = &clustering.quality[row];
        assert_true(quality->inertia > 0 && quality->davies_bouldin > 0);
        assert_true(isnan(quality->silhouette) && isnan(quality->calinski_harabasz));
        assert_true(isnan(quality->cophenetic) && isnan(quality->nmi));
        assert_true(isnan(quality->gap) && isnan(quality->stability));
    }
    bm_clustering_free(&clustering);
    bm_features_free(&clouds);
}

static void a_cloud_without_structure_is_warned_of(void **state) {
    (void)state;
    bm_features cloud, clouds;
    bm_log log = {0};
    bm_context context = {.seed = 1, .log = &log};
    uint64_t random = 1;
    bm_clustering clustering;
    assert_int_equal(bm_features_init(&cloud, 400, 8, NULL), BM_OK);
    for (size_t i = 0; i < 3200; i++)
        cloud.x[i] = next_random(&random);
    bm_cluster_options options = options_for("kmeans", 4, 4);
    assert_int_equal(bm_cluster(&cloud, &options, NULL, &context, &clustering, NULL), BM_OK);
    assert_int_equal(log.warnings.count, 1);
    assert_non_null(strstr(log.warnings.item[0], "one continuous cloud"));
    assert_non_null(strstr(log.warnings.item[0], "k = 4"));
    assert_int_equal(clustering.chosen.k, 4); /* what was asked for */
    bm_clustering_free(&clustering);
    bm_log_free(&log);
    log = (bm_log){0};
    const bm_verdict segments = {.judged = 1};
    const bm_quality weak = {.k = 3, .silhouette = 0.21}, fair = {.k = 3, .silhouette = 0.26};
    bm_warn_of_choice(&segments, &weak, &log);
    assert_int_equal(log.warnings.count, 1);
    assert_non_null(strstr(log.warnings.item[0], "no substantial structure"));
    bm_warn_of_choice(&segments, &fair, &log);
    assert_int_equal(log.warnings.count, 1);
    bm_log_free(&log);
    log = (bm_log){0};
    make_clouds(&clouds, 200, 2, 4, 3);
    assert_int_equal(bm_cluster(&clouds, &options, NULL, &context, &clustering, NULL), BM_OK);
    assert_int_equal(log.warnings.count, 0);
    bm_clustering_free(&clustering);
    bm_log_free(&log);
    bm_features_free(&cloud);
    bm_features_free(&clouds);
}

/* A cloud of normal values, 12 uniform ones a value. */
static void make_cloud(bm_features *features, size_t n, size_t d, uint64_t seed) {
    assert_int_equal(bm_features_init(features, n, d, NULL), BM_OK);
    for (size_t i = 0; i < n * d; i++)
        for (int part = 0; part < 12; part++)
            features->x[i] += next_random(&seed) - 0.5;
}

static void a_cloud_is_one_segment_when_k_is_left_open(void **state) {
    (void)state;
    static const char *const methods[] = {"kmeans", "ward"};
    for (size_t m = 0; m < 2; m++) {
        bm_features cloud;
        bm_clustering clustering;
        bm_cluster_options options = options_for(methods[m], 2, 12);
        options.k_auto = 1;
        options.restarts = 1;
        make_cloud(&cloud, 250, 5, 3);
        assert_int_equal(bm_cluster(&cloud, &options, NULL, &CONTEXT, &clustering, NULL), BM_OK);
        assert_int_equal(clustering.chosen.k, 1);
        assert_int_equal(clustering.tried, 12);
        assert_int_equal(chosen_row(&clustering), 0);
        assert_true(clustering.verdict.judged && clustering.verdict.one_cloud);
        for (size_t i = 0; i < 250; i++)
            assert_int_equal(clustering.chosen.label[i], 1);
        assert_near(clustering.chosen.inertia, clustering.quality[0].inertia, 1e-12);
        assert_int_equal(clustering.chosen.iterations, m == 0);
        for (size_t row = 0; row < 12; row++) {
            const bm_quality *quality = &clustering.quality[row];
            assert_true(isfinite(quality->gap) && quality->gap_se > 0);
            assert_true(quality->hopkins > 0.5 && quality->hopkins < 1);
        }
        bm_clustering_free(&clustering);
        bm_features_free(&cloud);
    }
}

static void a_range_is_never_left_and_segments_are_never_one(void **state) {
    (void)state;
    bm_features cloud, clouds;
    bm_clustering clustering;
    bm_cluster_options options = options_for("kmeans", 2, 4);
    options.restarts = 1;
    make_cloud(&cloud, 250, 5, 3);
    for (int criterion = 0; bm_criteria[criterion].name != NULL; criterion++) {
        options.criterion = criterion;
        assert_int_equal(bm_cluster(&cloud, &options, NULL, &CONTEXT, &clustering, NULL), BM_OK);
        assert_in_range(clustering.chosen.k, 2, 4);
        assert_true(clustering.verdict.one_cloud);
        bm_clustering_free(&clustering);
    }
    bm_features_free(&cloud);
    make_clouds(&clouds, 200, 2, 4, 3);
    for (int criterion = 0; bm_criteria[criterion].name != NULL; criterion++) {
        options = options_for("kmeans", 2, 12);
        options.k_auto = 1;
        options.quality = criterion % 2;
        options.criterion = criterion;
        assert_int_equal(bm_cluster(&clouds, &options, NULL, &CONTEXT, &clustering, NULL), BM_OK);
        assert_int_equal(clustering.chosen.k, 4);
        assert_false(clustering.verdict.one_cloud);
        bm_clustering_free(&clustering);
    }
    bm_features_free(&clouds);
}

static void memory_past_the_limit_is_refused_before_the_work(void **state) {
    (void)state;
    bm_features clouds;
    make_clouds(&clouds, 2000, 2, 4, 3);
    static const char *const methods[] = {"kmeans", "average"};
    for (size_t m = 0; m < 2; m++) {
        bm_cluster_options options = options_for(methods[m], 2, 5);
        bm_context context = {.seed = 1, .memory_limit = bm_cluster_memory(2000, 2, &options) - 1};
        bm_clustering clustering;
        bm_error err = {0};
        assert_int_equal(bm_cluster(&clouds, &options, NULL, &context, &clustering, &err),
                         BM_LIMIT);
        assert_non_null(strstr(err.message, "iB"));
        context.memory_limit++;
        assert_int_equal(bm_cluster(&clouds, &options, NULL, &context, &clustering, &err), BM_OK);
        bm_clustering_free(&clustering);
    }
    bm_features_free(&clouds);
}

static void clusterers_and_linkages_bear_the_same_names(void **state) {
    (void)state;
    assert_string_equal(bm_clusterers[0]->name, "kmeans");
    size_t trees = 0;
    for (size_t row = 0; bm_clusterers[row] != NULL; row++) {
        const bm_linkage *linkage = bm_linkage_find(bm_clusterers[row]->name);
        assert_int_equal(bm_clusterers[row]->hierarchical, linkage != NULL);
        trees += linkage != NULL;
    }
    assert_int_equal(trees, 7);
    assert_null(bm_clusterer_find("k-means"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_criterion_chooses_its_best_k),
        cmocka_unit_test(the_map_of_a_range_is_that_of_its_k_alone),
        cmocka_unit_test(published_silhouettes_of_iris),
        cmocka_unit_test(ward_on_iris_is_that_of_scipy),
        cmocka_unit_test(too_large_a_k_is_refused_in_words),
        cmocka_unit_test(one_segment_is_always_possible),
        cmocka_unit_test(the_automatic_range_shrinks_to_the_buyers),
        cmocka_unit_test(segments_without_spread_win_by_every_criterion),
        cmocka_unit_test(without_quality_only_inertia_and_the_criterion_are_computed),
        cmocka_unit_test(a_cloud_without_structure_is_warned_of),
        cmocka_unit_test(a_cloud_is_one_segment_when_k_is_left_open),
        cmocka_unit_test(a_range_is_never_left_and_segments_are_never_one),
        cmocka_unit_test(memory_past_the_limit_is_refused_before_the_work),
        cmocka_unit_test(clusterers_and_linkages_bear_the_same_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
