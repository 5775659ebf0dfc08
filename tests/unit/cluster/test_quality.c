/* Quality indices against scikit-learn 1.2.1 (silhouette_score, calinski_harabasz_score,
 * davies_bouldin_score, adjusted_rand_score, normalized_mutual_info_score). */
#include "dataset.h"

#include "base/parallel.h"
#include "cluster/quality.h"
#include "cluster/silhouette.h"
#include "data/rows.h"
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
    double value;
    assert_int_equal(bm_silhouettes(features, 1, &label, &k, &value, NULL), BM_OK);
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

/* Σ over pairs, plainly. */
static double brute_silhouette(const bm_features *features, const int32_t *label, size_t k) {
    size_t n = features->n, d = features->d;
    double *sum = malloc(k * sizeof *sum), total = 0, weights = 0;
    size_t *size = calloc(k, sizeof *size);
    assert_non_null(sum);
    assert_non_null(size);
    for (size_t i = 0; i < n; i++)
        size[label[i]]++;
    for (size_t i = 0; i < n; i++) {
        size_t own = (size_t)label[i];
        double a, b = INFINITY, weight = bm_weight_of(features->weight, i);
        memset(sum, 0, k * sizeof *sum);
        for (size_t j = 0; j < n; j++)
            sum[label[j]] += sqrt(bm_squared_distance(features->x + i * d, features->x + j * d, d));
        for (size_t segment = 0; segment < k; segment++)
            if (segment != own && size[segment] > 0)
                b = fmin(b, sum[segment] / (double)size[segment]);
        a = sum[own] / (double)(size[own] - 1);
        total += size[own] > 1 && fmax(a, b) > 0 ? weight * (b - a) / fmax(a, b) : 0;
        weights += weight;
    }
    free(sum);
    free(size);
    return total / weights;
}

/* Sizes about the blocks and tiles; labels that are nested, that are not, nearly as many as rows.
 */
static void silhouettes_are_those_of_brute_force_alone_and_together(void **state) {
    (void)state;
    static const size_t rows[] = {3, 31, 64, 65, 256, 257, 700, 1300};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        bm_features clouds;
        size_t n = rows[r], k[4] = {2, 5 < n ? 5 : 2, n / 2 + 1, 3};
        int32_t *label[4];
        double value[4];
        make_clouds(&clouds, n, 1 + r % 3, 4, r + 1);
        uint64_t random = r;
        for (size_t p = 0; p < 4; p++) {
            label[p] = malloc(n * sizeof *label[p]);
            assert_non_null(label[p]);
            for (size_t i = 0; i < n; i++)
                label[p][i] =
                    (int32_t)(p < 3 && i < k[p] ? i
                                                : (size_t)(next_random(&random) * (double)k[p]));
        }
        label[3][0] = 0;
        label[3][1] = 1;
        for (int threads = 1; threads < 8; threads += 6) {
            bm_set_threads(threads);
            assert_int_equal(bm_silhouettes(&clouds, 4, label, k, value, NULL), BM_OK);
            for (size_t p = 0; p < 4; p++) {
                double alone = silhouette_of(&clouds, label[p], k[p]);
                double expected = brute_silhouette(&clouds, label[p], k[p]);
                if (k[p] < n && fabs(alone - expected) > 1e-13)
                    fail_msg("%zu rows, %zu segments: %.17g is not %.17g", n, k[p], alone,
                             expected);
                assert_true(k[p] < n ? fabs(alone - value[p]) < 1e-13 : isnan(alone));
            }
        }
        bm_set_threads(0);
        for (size_t p = 0; p < 4; p++)
            free(label[p]);
        bm_features_free(&clouds);
    }
}

/* More sums than are kept for all rows: every distance is computed twice then. */
static void silhouettes_of_very_many_segments_are_those_of_brute_force(void **state) {
    (void)state;
    enum { N = 4500, K = 2200 };
    bm_features clouds;
    static int32_t label[N], halves[N];
    int32_t *labels[] = {label, halves};
    size_t k[] = {K, 2};
    double value[2];
    make_clouds(&clouds, N, 2, 5, 1);
    for (size_t i = 0; i < N; i++) {
        label[i] = (int32_t)(i * 7 % K);
        halves[i] = (int32_t)(i % 2);
    }
    assert_int_equal(bm_silhouettes(&clouds, 2, labels, k, value, NULL), BM_OK);
    assert_true(fabs(value[0] - brute_silhouette(&clouds, label, K)) < 1e-13);
    assert_true(fabs(value[1] - brute_silhouette(&clouds, halves, 2)) < 1e-13);
    bm_features_free(&clouds);
}

static void single_precision_gives_the_indices_of_the_rounded_values(void **state) {
    (void)state;
    enum { N = 600, K = 4 };
    bm_features doubles, floats;
    bm_partition one, other;
    static int32_t label[N];
    make_clouds(&doubles, N, 3, K, 9);
    make_clouds(&floats, N, 3, K, 9);
    for (size_t i = 0; i < N * 3; i++)
        doubles.x[i] = (double)(float)doubles.x[i];
    for (size_t i = 0; i < N; i++)
        label[i] = (int32_t)(i % K);
    assert_int_equal(bm_features_make_single(&floats, NULL), BM_OK);
    double wanted = silhouette_of(&doubles, label, K), got = silhouette_of(&floats, label, K);
    assert_memory_equal(&wanted, &got, sizeof got);
    for (int all = 0; all < 2; all++) {
        measure(&one, &doubles, label, K);
        measure(&other, &floats, label, K);
        if (all) {
            assert_int_equal(bm_partition_measure_all(&one, NULL), BM_OK);
            assert_int_equal(bm_partition_measure_all(&other, NULL), BM_OK);
        }
        assert_memory_equal(one.centroid, other.centroid, K * 3 * sizeof(double));
        assert_memory_equal(one.inertia_of, other.inertia_of, K * sizeof(double));
        assert_memory_equal(one.spread, other.spread, K * sizeof(double));
        assert_memory_equal(one.simplified, other.simplified, K * sizeof(double));
        bm_partition_free(&one);
        bm_partition_free(&other);
    }
    bm_features_free(&doubles);
    bm_features_free(&floats);
}

static double weight_by_row(size_t i) {
    return 0.5 + (double)(i % 5);
}

static void the_simplified_silhouette_is_that_of_brute_force(void **state) {
    (void)state;
    for (size_t d = 1; d <= 130; d += 43) {
        enum { N = 901, K = 11 };
        bm_features clouds;
        bm_partition partition;
        int32_t label[N];
        double sum = 0, total = 0;
        make_clouds(&clouds, N, d, 7, d);
        give_weights(&clouds, weight_by_row);
        for (size_t i = 0; i < N; i++)
            label[i] = i == 0 ? K - 1 : (int32_t)(i % (K - 1)); /* one is alone */
        measure(&partition, &clouds, label, K);
        double inertia = partition.inertia;
        assert_true(isnan(bm_simplified_silhouette(&partition)));
        assert_int_equal(bm_partition_measure_all(&partition, NULL), BM_OK);
        assert_memory_equal(&inertia, &partition.inertia, sizeof inertia);
        for (size_t i = 0; i < N; i++) {
            double a = 0, b = INFINITY;
            for (size_t j = 0; j < K; j++) {
                double apart =
                    sqrt(bm_squared_distance(clouds.x + i * d, partition.centroid + j * d, d));
                if ((int32_t)j == label[i])
                    a = apart;
                else
                    b = fmin(b, apart);
            }
            sum += i > 0 ? clouds.weight[i] * (b - a) / fmax(a, b) : 0;
            total += clouds.weight[i];
        }
        assert_near(bm_simplified_silhouette(&partition), sum / total, 1e-12);
        bm_partition_order(&partition);
        assert_near(bm_simplified_silhouette(&partition), sum / total, 1e-12);
        assert_true(fabs(partition.simplified[K - 1]) <= 0); /* the one alone is the last */
        bm_partition_free(&partition);
        bm_features_free(&clouds);
    }
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

/* A map of clouds that overlap, in segments of very different size. */
static void make_map(bm_features *clouds, bm_partition *partition, size_t n, uint64_t seed) {
    static const double centre[] = {0, 1.2, 2.6, 4};
    uint64_t state = seed;
    assert_int_equal(bm_features_init(clouds, n, 2, NULL), BM_OK);
    assert_int_equal(bm_partition_init(partition, clouds, 4, NULL), BM_OK);
    for (size_t i = 0; i < n; i++) {
        double which = next_random(&state);
        size_t of = which < .6 ? 0 : which < .9 ? 1 : which < .998 ? 2 : 3;
        for (size_t f = 0; f < 2; f++)
            clouds->x[i * 2 + f] = centre[of] * (double)(f + 1) + next_random(&state) +
                                   next_random(&state) + next_random(&state);
        partition->label[i] = (int32_t)of;
    }
    assert_int_equal(bm_partition_means(partition, NULL), BM_OK);
    assert_int_equal(bm_partition_measure(partition, NULL), BM_OK);
}

/* Of 370 samples, one lies 3 standard errors off by chance; errors are as large as their estimates
 * say, and go both ways. */
static void assert_errors(const bm_partition *partition, double exact) {
    enum { SEEDS = 20 };
    double squares = 0, errors = 0, sum = 0;
    size_t beyond = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        double value, se;
        assert_int_equal(bm_silhouette_sampled(partition, seed, &value, &se, NULL), BM_OK);
        assert_true(se > 0 && se < 0.01);
        beyond += fabs(value - exact) > 3 * se;
        squares += (value - exact) * (value - exact);
        errors += se * se;
        sum += value - exact;
    }
    assert_true(beyond <= 1);
    if (squares / errors < 0.5 || squares / errors > 1.7)
        fail_msg("errors are %g times what they are said to be", sqrt(squares / errors));
    if (fabs(sum) / SEEDS > 0.4 * sqrt(errors / SEEDS))
        fail_msg("the bias is %g standard errors", sum / SEEDS / sqrt(errors / SEEDS));
}

static void a_sampled_silhouette_knows_its_error(void **state) {
    (void)state;
    bm_features clouds;
    bm_partition partition;
    make_map(&clouds, &partition, 21000, 1);
    double exact = silhouette_of(&clouds, partition.label, 4);
    assert_errors(&partition, exact);
    give_weights(&clouds, weight_by_row);
    assert_int_equal(bm_partition_measure(&partition, NULL), BM_OK);
    exact = silhouette_of(&clouds, partition.label, 4);
    assert_errors(&partition, exact);
    bm_partition_free(&partition);
    bm_features_free(&clouds);
}

/* A square cut into small ones: most buyers have several segments that are nearly as near. */
static void many_segments_do_not_bias_a_sampled_silhouette(void **state) {
    (void)state;
    enum { N = 24000, SIDE = 12 };
    bm_features square;
    bm_partition partition;
    uint64_t random = 8;
    assert_int_equal(bm_features_init(&square, N, 2, NULL), BM_OK);
    assert_int_equal(bm_partition_init(&partition, &square, SIDE * SIDE, NULL), BM_OK);
    for (size_t i = 0; i < N; i++) {
        square.x[2 * i] = next_random(&random) * SIDE;
        square.x[2 * i + 1] = next_random(&random) * SIDE;
        partition.label[i] = (int32_t)square.x[2 * i] * SIDE + (int32_t)square.x[2 * i + 1];
    }
    assert_int_equal(bm_partition_means(&partition, NULL), BM_OK);
    assert_int_equal(bm_partition_measure(&partition, NULL), BM_OK);
    assert_errors(&partition, silhouette_of(&square, partition.label, SIDE * SIDE));
    bm_partition_free(&partition);
    bm_features_free(&square);
}

static void samples_are_taken_above_20000_buyers_and_by_seed(void **state) {
    (void)state;
    bm_features clouds;
    bm_partition partition;
    double value, se, again, again_se, other, other_se;
    make_map(&clouds, &partition, 20000, 1);
    assert_int_equal(bm_silhouette_of(&partition, 1, &value, &se, NULL), BM_OK);
    again = silhouette_of(&clouds, partition.label, 4);
    assert_memory_equal(&value, &again, sizeof value);
    assert_true(isnan(se));
    bm_partition_free(&partition);
    bm_features_free(&clouds);
    make_map(&clouds, &partition, 20001, 1);
    assert_int_equal(bm_silhouette_of(&partition, 1, &value, &se, NULL), BM_OK);
    bm_set_threads(7);
    assert_int_equal(bm_silhouette_of(&partition, 1, &again, &again_se, NULL), BM_OK);
    bm_set_threads(0);
    assert_int_equal(bm_silhouette_of(&partition, 2, &other, &other_se, NULL), BM_OK);
    assert_memory_equal(&value, &again, sizeof value);
    assert_memory_equal(&se, &again_se, sizeof se);
    assert_true(se > 0 && (value < other || value > other));
    partition.k = 1;
    assert_int_equal(bm_silhouette_of(&partition, 1, &value, &se, NULL), BM_OK);
    assert_true(isnan(value) && isnan(se));
    bm_partition_free(&partition);
    bm_features_free(&clouds);
}

static void samples_have_their_share_of_each_segment(void **state) {
    (void)state;
    static const size_t size[] = {70000, 29000, 900, 99, 1};
    size_t share[5], left[10], drawn[5] = {0}, taken[5] = {0};
    static int32_t label[100000], of[20000];
    static size_t row[20000], other[20000];
    size_t m = bm_sample_shares(size, 5, 10000, share);
    assert_int_equal(share[0], 7000);
    assert_int_equal(share[1], 2900);
    assert_int_equal(share[2], BM_SILHOUETTE_LEAST);
    assert_int_equal(share[3], 99);
    assert_int_equal(share[4], 1);
    assert_int_equal(m, 10100);
    for (size_t i = 0; i < 100000; i++) {
        size_t segment = i * 7919 % 5;
        while (taken[segment] == size[segment])
            segment = (segment + 1) % 5;
        label[i] = (int32_t)segment;
        taken[segment]++;
    }
    bm_sample_draw(label, 100000, size, share, left, 5, 1, row, of);
    for (size_t i = 0; i < m; i++) {
        assert_true(i == 0 || row[i] > row[i - 1]);
        assert_int_equal(of[i], label[row[i]]);
        drawn[of[i]]++;
    }
    assert_memory_equal(drawn, share, sizeof share);
    bm_sample_draw(label, 100000, size, share, left, 5, 2, other, of);
    assert_true(memcmp(row, other, m * sizeof *row) != 0);
    /* Many segments share what is drawn; two buyers are the least. */
    static size_t many[6000], shares[6000];
    for (size_t segment = 0; segment < 6000; segment++)
        many[segment] = segment == 0 ? 1000000 : 3;
    bm_sample_shares(many, 6000, 10000, shares);
    assert_int_equal(shares[5999], 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indices_of_iris_are_those_of_scikit_learn),
        cmocka_unit_test(agreement_is_that_of_scikit_learn),
        cmocka_unit_test(agreement_of_trivial_partitions_is_defined),
        cmocka_unit_test(a_buyer_alone_has_silhouette_0),
        cmocka_unit_test(indices_are_missing_where_they_are_not_defined),
        cmocka_unit_test(silhouettes_are_those_of_brute_force_alone_and_together),
        cmocka_unit_test(silhouettes_of_very_many_segments_are_those_of_brute_force),
        cmocka_unit_test(single_precision_gives_the_indices_of_the_rounded_values),
        cmocka_unit_test(the_simplified_silhouette_is_that_of_brute_force),
        cmocka_unit_test(weights_count_as_documented),
        cmocka_unit_test(a_sampled_silhouette_knows_its_error),
        cmocka_unit_test(many_segments_do_not_bias_a_sampled_silhouette),
        cmocka_unit_test(samples_are_taken_above_20000_buyers_and_by_seed),
        cmocka_unit_test(samples_have_their_share_of_each_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
