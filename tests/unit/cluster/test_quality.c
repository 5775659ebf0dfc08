/* Quality indices against scikit-learn 1.2.1 (silhouette_score, calinski_harabasz_score,
 * davies_bouldin_score, adjusted_rand_score, normalized_mutual_info_score). */
#include "dataset.h"

#include "cluster/quality.h"
#include "kernel/distance.h"

/* Measures the labels given about their means. */
static void measure(bm_partition *partition, const bm_features *features, const int32_t *label,
                    size_t k) {
    assert_int_equal(bm_partition_init(partition, features, k, NULL), BM_OK);
    memcpy(partition->label, label, features->n * sizeof *label);
    assert_int_equal(bm_partition_means(partition, NULL), BM_OK);
    assert_int_equal(bm_partition_measure(partition, NULL), BM_OK);
}

static double silhouette_of(const bm_features *features, int32_t *label, size_t k) {
    bm_silhouette_sample sample;
    double value;
    assert_int_equal(bm_silhouette_sample_new(&sample, features, 1, NULL), BM_OK);
    assert_int_equal(bm_silhouettes(&sample, 1, &label, &k, &value, NULL), BM_OK);
    bm_silhouette_sample_free(&sample);
    return value;
}

/* Species, and three classes by petal length. */
static void iris_labels(const bm_features *iris, int32_t *species, int32_t *petal) {
    for (size_t i = 0; i < 150; i++) {
        double length = iris->x[i * 4 + 2];
        species[i] = (int32_t)(i / 50);
        petal[i] = length < 2.45 ? 0 : length < 4.75 ? 1 : 2;
    }
}

static void indices_of_iris_are_those_of_scikit_learn(void **state) {
    (void)state;
    bm_features iris;
    bm_partition partition;
    int32_t species[150], petal[150];
    if (!read_iris(&iris))
        skip();
    iris_labels(&iris, species, petal);
    measure(&partition, &iris, species, 3);
    assert_near(silhouette_of(&iris, species, 3), 0.5034774406932966, 1e-13);
    assert_near(bm_calinski_harabasz(&partition), 487.33087637489984, 1e-12);
    assert_near(bm_davies_bouldin(&partition), 0.7513707094756737, 1e-12);
    bm_partition_free(&partition);
    measure(&partition, &iris, petal, 3);
    assert_near(silhouette_of(&iris, petal, 3), 0.5181267841460248, 1e-13);
    assert_near(bm_calinski_harabasz(&partition), 518.2105711303795, 1e-12);
    assert_near(bm_davies_bouldin(&partition), 0.706869883237852, 1e-12);
    bm_partition_free(&partition);
    bm_features_free(&iris);
}

static void agreement_is_that_of_scikit_learn(void **state) {
    (void)state;
    bm_features iris;
    int32_t species[150], petal[150];
    double rand, nmi;
    if (!read_iris(&iris))
        skip();
    iris_labels(&iris, species, petal);
    assert_int_equal(bm_agreement(petal, species, 150, 3, &rand, &nmi, NULL), BM_OK);
    assert_near(rand, 0.8682571050219008, 1e-13);
    assert_near(nmi, 0.8571871881141633, 1e-13);
    assert_int_equal(bm_agreement(species, species, 150, 3, &rand, &nmi, NULL), BM_OK);
    assert_near(rand, 1, 1e-15);
    assert_near(nmi, 1, 1e-15);
    for (size_t i = 0; i < 150; i += 7)
        species[i] = -1; /* not known: left out */
    assert_int_equal(bm_agreement(petal, species, 150, 3, &rand, &nmi, NULL), BM_OK);
    assert_near(rand, 0.8870883429168844, 1e-13);
    assert_near(nmi, 0.8707439616685072, 1e-13);
    bm_features_free(&iris);
}

static void agreement_of_trivial_partitions_is_defined(void **state) {
    (void)state;
    int32_t same[] = {0, 0, 0, 0}, apart[] = {3, 1, 0, 2}, none[] = {-1, -1, -1, -1};
    double rand, nmi;
    assert_int_equal(bm_agreement(same, same, 4, 1, &rand, &nmi, NULL), BM_OK);
    assert_near(rand, 1, 0);
    assert_near(nmi, 1, 0);
    assert_int_equal(bm_agreement(apart, apart, 4, 4, &rand, &nmi, NULL), BM_OK);
    assert_near(rand, 1, 0);
    assert_near(nmi, 1, 1e-15);
    assert_int_equal(bm_agreement(same, apart, 4, 1, &rand, &nmi, NULL), BM_OK);
    assert_true(fabs(rand) <= 0);
    assert_true(fabs(nmi) <= 0);
    assert_int_equal(bm_agreement(same, none, 4, 1, &rand, &nmi, NULL), BM_OK);
    assert_true(isnan(rand) && isnan(nmi));
}

/* Six buyers on a line, the last alone in its segment. */
static double TINY[] = {0, 1, 2, 10, 11, 30};
static int32_t TINY_LABEL[] = {0, 0, 0, 1, 1, 2};

static void a_buyer_alone_has_silhouette_0(void **state) {
    (void)state;
    bm_features tiny;
    bm_partition partition;
    make_features(&tiny, TINY, 6, 1);
    measure(&partition, &tiny, TINY_LABEL, 3);
    assert_near(silhouette_of(&tiny, TINY_LABEL, 3), 0.7273829999836191, 1e-14);
    assert_near(bm_calinski_harabasz(&partition), 382.5, 1e-13);
    assert_near(bm_davies_bouldin(&partition), 0.09041835357624829, 1e-13);
    bm_partition_free(&partition);
    bm_features_free(&tiny);
}

static void indices_are_missing_where_they_are_not_defined(void **state) {
    (void)state;
    int32_t one[6] = {0}, all[] = {0, 1, 2, 3, 4, 5};
    bm_features tiny;
    bm_partition partition;
    make_features(&tiny, TINY, 6, 1);
    measure(&partition, &tiny, one, 1);
    assert_true(isnan(silhouette_of(&tiny, one, 1)));
    assert_true(isnan(bm_calinski_harabasz(&partition)));
    assert_true(isnan(bm_davies_bouldin(&partition)));
    bm_partition_free(&partition);
    measure(&partition, &tiny, all, 6);
    assert_true(isnan(silhouette_of(&tiny, all, 6)));
    assert_true(isnan(bm_calinski_harabasz(&partition)));
    assert_true(isnan(bm_davies_bouldin(&partition)));
    bm_partition_free(&partition);
    bm_features_free(&tiny);
}

static void several_partitions_at_once_are_those_one_by_one(void **state) {
    (void)state;
    bm_features iris;
    bm_silhouette_sample sample;
    int32_t species[150], petal[150], halves[150];
    if (!read_iris(&iris))
        skip();
    iris_labels(&iris, species, petal);
    for (size_t i = 0; i < 150; i++)
        halves[i] = (int32_t)(i % 2);
    int32_t *labels[] = {species, petal, halves};
    size_t k[] = {3, 3, 2};
    double value[3];
    assert_int_equal(bm_silhouette_sample_new(&sample, &iris, 1, NULL), BM_OK);
    assert_int_equal(bm_silhouettes(&sample, 3, labels, k, value, NULL), BM_OK);
    for (size_t p = 0; p < 3; p++) {
        double alone = silhouette_of(&iris, labels[p], k[p]);
        assert_memory_equal(&value[p], &alone, sizeof alone);
    }
    assert_true(value[2] < 0.05);
    bm_silhouette_sample_free(&sample);
    bm_features_free(&iris);
}

static double weight_of(size_t i) {
    return 1 + (double)(i * i % 4);
}

/* Whole weights against rows that are repeated. Davies–Bouldin is the same; Calinski–Harabasz is
 * but for its degrees of freedom, which count buyers; the silhouette weighs buyers' own values. */
static void weights_count_as_documented(void **state) {
    (void)state;
    double x[150], repeated[600], ten[150];
    int32_t label[150], label_of[600];
    size_t n = 50, rows = 0;
    uint64_t random = 3;
    for (size_t i = 0; i < n; i++) {
        label[i] = (int32_t)(i % 3);
        for (size_t f = 0; f < 3; f++)
            x[i * 3 + f] = next_random(&random) + (double)(label[i] == (int32_t)f);
        for (size_t copy = 0; (double)copy < weight_of(i); copy++, rows++) {
            memcpy(repeated + rows * 3, x + i * 3, 3 * sizeof *x);
            label_of[rows] = label[i];
        }
    }
    bm_features weighted, plain;
    bm_partition one, other;
    make_features(&weighted, x, n, 3);
    make_features(&plain, repeated, rows, 3);
    give_weights(&weighted, weight_of);
    measure(&one, &weighted, label, 3);
    measure(&other, &plain, label_of, 3);
    assert_near(one.inertia, other.inertia, 1e-13);
    double davies = bm_davies_bouldin(&one), calinski = bm_calinski_harabasz(&one);
    assert_near(davies, bm_davies_bouldin(&other), 1e-13);
    assert_near(calinski / (double)(n - 3), bm_calinski_harabasz(&other) / (double)(rows - 3),
                1e-13);
    double silhouette = silhouette_of(&weighted, label, 3);
    bm_partition_free(&one);
    memcpy(ten, weighted.weight, n * sizeof *ten);
    for (size_t i = 0; i < n; i++)
        weighted.weight[i] = 10 * ten[i]; /* the scale of weights says nothing */
    measure(&one, &weighted, label, 3);
    assert_near(bm_davies_bouldin(&one), davies, 1e-13);
    assert_near(bm_calinski_harabasz(&one), calinski, 1e-13);
    assert_near(silhouette_of(&weighted, label, 3), silhouette, 1e-13);
    bm_partition_free(&one);
    bm_partition_free(&other);
    bm_features_free(&weighted);
    bm_features_free(&plain);
}

static void large_inputs_are_sampled_without_repeats(void **state) {
    (void)state;
    bm_features clouds;
    bm_silhouette_sample sample, again, other;
    make_clouds(&clouds, 10500, 2, 4, 1);
    assert_int_equal(bm_silhouette_sample_new(&sample, &clouds, 1, NULL), BM_OK);
    assert_int_equal(bm_silhouette_sample_new(&again, &clouds, 1, NULL), BM_OK);
    assert_int_equal(bm_silhouette_sample_new(&other, &clouds, 2, NULL), BM_OK);
    assert_int_equal(sample.n, 10000);
    for (size_t i = 1; i < sample.n; i++)
        assert_true(sample.row[i] > sample.row[i - 1]);
    assert_true(sample.row[sample.n - 1] < 10500);
    assert_memory_equal(sample.row, again.row, sample.n * sizeof *sample.row);
    assert_true(memcmp(sample.row, other.row, sample.n * sizeof *sample.row) != 0);
    bm_silhouette_sample_free(&sample);
    bm_silhouette_sample_free(&again);
    bm_silhouette_sample_free(&other);
    bm_features_free(&clouds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indices_of_iris_are_those_of_scikit_learn),
        cmocka_unit_test(agreement_is_that_of_scikit_learn),
        cmocka_unit_test(agreement_of_trivial_partitions_is_defined),
        cmocka_unit_test(a_buyer_alone_has_silhouette_0),
        cmocka_unit_test(indices_are_missing_where_they_are_not_defined),
        cmocka_unit_test(several_partitions_at_once_are_those_one_by_one),
        cmocka_unit_test(weights_count_as_documented),
        cmocka_unit_test(large_inputs_are_sampled_without_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
