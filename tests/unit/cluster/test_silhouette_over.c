/* Silhouettes over any dissimilarity: those of Euclidean distances are known, any others follow the
 * definition. */
#include "base/parallel.h"
#include "cluster/gower.h"
#include "cluster/quality.h"
#include "mixed.h"

static const bm_context context = {.seed = 1};

/* The definition, pair by pair. */
static double by_definition(const bm_dissimilarity *d, const double *weight, const int32_t *label,
                            size_t k) {
    double sum = 0, total = 0;
    for (size_t i = 0; i < d->n; i++) {
        double mean[16] = {0}, size[16] = {0}, own, other = INFINITY;
        for (size_t j = 0; j < d->n; j++) {
            double apart;
            d->tile(d, i, 1, j, 1, 1, &apart);
            mean[label[j]] += apart;
            size[label[j]] += j != i;
        }
        size_t at = (size_t)label[i];
        own = mean[at] / size[at];
        for (size_t s = 0; s < k; s++)
            if (s != at && size[s] > 0)
                other = fmin(other, mean[s] / size[s]);
        total += weight != NULL ? weight[i] : 1;
        if (size[at] > 0)
            sum += (weight != NULL ? weight[i] : 1) * (other - own) / fmax(other, own);
    }
    return sum / total;
}

static double weight_of(size_t i) {
    return 0.5 + (double)(i % 5);
}

/* Two partitions at a time, one with a segment of one buyer and one with a label that nobody has.
 */
static void they_follow_the_definition(void **state) {
    (void)state;
    const mixed of = {333, 4, 2, 3, .2, 1};
    int32_t one[333], two[333], *const label[] = {one, two};
    const size_t k[] = {5, 9};
    double *cell = mixed_cells(&of, 3), value[2], weight[333];
    bm_features features;
    bm_dissimilarity gower;
    mixed_features(&of, cell, &features);
    assert_int_equal(bm_gower(&features, &context, &gower, NULL), BM_OK);
    for (size_t i = 0; i < 333; i++) {
        one[i] = i == 7 ? 4 : (int32_t)(i % 4);
        two[i] = (int32_t)(i * i % 8);
        weight[i] = weight_of(i);
    }
    for (int weighted = 0; weighted < 2; weighted++) {
        const double *w = weighted ? weight : NULL;
        assert_int_equal(bm_silhouettes_over(&gower, w, 1, 2, label, k, value, NULL), BM_OK);
        assert_true(fabs(value[0] - by_definition(&gower, w, one, 5)) < 1e-13);
        assert_true(fabs(value[1] - by_definition(&gower, w, two, 9)) < 1e-13);
    }
    memset(one, 0, sizeof one);
    assert_int_equal(bm_silhouettes_over(&gower, NULL, 1, 1, label, k, value, NULL), BM_OK);
    assert_true(isnan(value[0]));
    bm_dissimilarity_free(&gower);
    bm_features_free(&features);
    free(cell);
}

static void of_euclidean_distances_they_are_the_known_ones(void **state) {
    (void)state;
    enum { N = 1500 };
    bm_features features;
    bm_dissimilarity distance;
    int32_t labels[N], *const label[] = {labels};
    const size_t k = 5;
    double known, value, again;
    make_clouds(&features, N, 6, 5, 4);
    for (size_t i = 0; i < N; i++)
        labels[i] = (int32_t)(i % 5);
    assert_int_equal(bm_silhouettes(&features, 1, label, &k, &known, NULL), BM_OK);
    assert_int_equal(bm_euclidean(&features, &distance, NULL), BM_OK);
    assert_int_equal(bm_silhouettes_over(&distance, NULL, 1, 1, label, &k, &value, NULL), BM_OK);
    assert_near(value, known, 1e-12);
    bm_set_threads(1);
    assert_int_equal(bm_silhouettes_over(&distance, NULL, 1, 1, label, &k, &again, NULL), BM_OK);
    bm_set_threads(0);
    assert_memory_equal(&value, &again, sizeof value);
    bm_dissimilarity_free(&distance);
    bm_features_free(&features);
}

/* 10,000 of 20,500 rows: close to the silhouette of all, not equal to it. */
static void many_rows_are_stood_for_by_some(void **state) {
    (void)state;
    enum { N = 20500 };
    bm_features features;
    bm_dissimilarity distance;
    static int32_t all[N], some[BM_SILHOUETTE_SAMPLE];
    static size_t row[BM_SILHOUETTE_SAMPLE];
    int32_t *const of_all[] = {all}, *const of_some[] = {some};
    const size_t k = 3;
    double exact, value;
    make_clouds(&features, N, 2, 3, 4);
    for (size_t i = 0; i < N; i++)
        all[i] = (int32_t)(i % 3);
    assert_int_equal(bm_silhouette_rows(N, 5, row), BM_SILHOUETTE_SAMPLE);
    for (size_t i = 0; i < BM_SILHOUETTE_SAMPLE; i++) {
        assert_true(row[i] < N && (i == 0 || row[i] > row[i - 1]));
        some[i] = all[row[i]];
    }
    assert_int_equal(bm_silhouettes(&features, 1, of_all, &k, &exact, NULL), BM_OK);
    assert_int_equal(bm_euclidean(&features, &distance, NULL), BM_OK);
    assert_int_equal(bm_silhouettes_over(&distance, NULL, 5, 1, of_some, &k, &value, NULL), BM_OK);
    assert_true(fabs(value - exact) < 0.005 && value != exact);
    bm_dissimilarity_free(&distance);
    bm_features_free(&features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_follow_the_definition),
        cmocka_unit_test(of_euclidean_distances_they_are_the_known_ones),
        cmocka_unit_test(many_rows_are_stood_for_by_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
