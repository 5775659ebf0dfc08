/* Figures: NumPy 1.24 over the same ten buyers (average with weights, std, median, quantile). */
#include "base/parallel.h"
#include "profile/profile.h"
#include "result_cells.h"

#include <stdlib.h>

enum { N = 10, D = 3, K = 3 };
static const double values[N * D] = {1, 10, 1, 2, 30, 0, 4, 20, 1, 8, 50, 1, 16,  20, 0,
                                     3, 70, 0, 5, 10, 0, 9, 90, 1, 7, 40, 0, 100, 60, 0};
static int32_t labels[N] = {1, 1, 1, 1, 1, 2, 2, 2, 2, 3};
static const double weights[N] = {1, 2, 1, 1, 1, 3, 1, 1, 2, 4};

typedef struct expected_row {
    int segment;
    size_t feature;
    double mean, sd, median, p10, p90, population_mean, z;
} expected_row;

/* Feature 2 is an indicator: its quantiles are not given. */
static const expected_row plain[] = {
    {1, 0, 6.2, 6.099180272790763, 4, 1.4, 12.8, 15.5, -0.32671827595349495},
    {1, 1, 26.0, 15.165750888103101, 20, 14, 42, 40, -0.5449492609130661},
    {1, 2, 0.6, 0.5477225575051662, NAN, NAN, NAN, 0.4, 0.4082482904638629},
    {2, 0, 6.0, 2.581988897471611, 6, 3.6, 8.4, 15.5, -0.33374447543636576},
    {2, 1, 52.5, 35.0, 55, 19, 84, 40, 0.4865618401009518},
    {2, 2, 0.25, 0.5, NAN, NAN, NAN, 0.4, -0.3061862178478973},
    {3, 0, 100, NAN, 100, 100, 100, 15.5, 2.968569281512938},
    {3, 1, 60, NAN, 60, 60, 60, 40, 0.778498944161523},
    {3, 2, 0, NAN, NAN, NAN, NAN, 0.4, -0.816496580927726},
};
static const expected_row weighted[] = {
    {1, 0, 5.5, 5.836308764964376, 4, 1.4, 12.8, 27.647058823529413, -0.5498301730978233},
    {1, 1, 26.666666666666668, 13.944333775567927, 20, 14, 42, 46.470588235294116,
     -0.8612682586626955},
    {1, 2, 0.5, 0.5590169943749475, NAN, NAN, NAN, 0.23529411764705882, 0.6240377207533828},
    {2, 0, 5.285714285714286, 2.5977488946639724, 6, 3.6, 8.4, 27.647058823529413,
     -0.5551501007828905},
    {2, 1, 55.714285714285715, 28.855728395320224, 55, 19, 84, 46.470588235294116,
     0.4020064007902258},
    {2, 2, 0.14285714285714285, 0.4040610178208843, NAN, NAN, NAN, 0.23529411764705882,
     -0.21791793423134004},
    {3, 0, 100, NAN, 100, 100, 100, 27.647058823529413, 1.796257936016793},
    {3, 1, 60, NAN, 60, 60, 60, 46.470588235294116, 0.5883911866111485},
    {3, 2, 0, NAN, NAN, NAN, NAN, 0.23529411764705882, -0.5547001962252291},
};

static bm_features ten_buyers(int with_weights) {
    bm_features features;
    assert_int_equal(bm_features_init(&features, N, D, NULL), BM_OK);
    memcpy(features.x, values, sizeof values);
    assert_int_equal(
        bm_feature_set(&features.feature[0], "frequency", "frequency", BM_FEATURE_NUMBER, NULL),
        BM_OK);
    assert_int_equal(
        bm_feature_set(&features.feature[1], "monetary", "monetary", BM_FEATURE_NUMBER, NULL),
        BM_OK);
    assert_int_equal(
        bm_feature_set(&features.feature[2], "region=North", "region", BM_FEATURE_INDICATOR, NULL),
        BM_OK);
    if (with_weights) {
        features.weight = malloc(sizeof weights);
        memcpy(features.weight, weights, sizeof weights);
    }
    return features;
}

static const bm_profile_row *row_of(const bm_profile *profile, int segment, size_t feature) {
    for (size_t i = 0; i < profile->k * profile->d; i++) {
        if (profile->row[i].segment == segment && profile->row[i].feature == feature)
            return &profile->row[i];
    }
    fail_msg("no row of segment %d", segment);
    return NULL;
}

static void check_profile(const expected_row *expected, int with_weights) {
    bm_features features = ten_buyers(with_weights);
    bm_segmentation segmentation = {.n = N, .k = K, .d = D, .label = labels};
    bm_profile profile;
    assert_int_equal(bm_profile_build(&features, &segmentation, &profile, NULL), BM_OK);
    for (size_t i = 0; i < (size_t)K * D; i++) {
        const expected_row *want = &expected[i];
        const bm_profile_row *row = row_of(&profile, want->segment, want->feature);
        assert_close(row->mean, want->mean);
        assert_close(row->sd, want->sd);
        assert_close(row->median, want->median);
        assert_close(row->p10, want->p10);
        assert_close(row->p90, want->p90);
        assert_close(row->population_mean, want->population_mean);
        assert_close(row->z, want->z);
        int indicator = want->feature == 2;
        assert_close(row->share, indicator ? want->mean : NAN);
        assert_close(row->population_share, indicator ? want->population_mean : NAN);
        assert_close(row->lift, indicator ? want->mean / want->population_mean : NAN);
    }
    bm_profile_free(&profile);
    bm_features_free(&features);
}

static void profiles_match_numpy(void **state) {
    (void)state;
    check_profile(plain, 0);
}

/* A value that is not known is no value: the figures are those of the others. */
static void figures_are_of_the_known_values(void **state) {
    (void)state;
    bm_features features = ten_buyers(0);
    int32_t label[N];
    double sum = 0, all = 0;
    size_t n = 0, of_all = 0;
    for (size_t i = 0; i < N; i++) {
        label[i] = labels[i];
        if (i % 3 == 0)
            features.x[i * D + 1] = NAN;
        if (isnan(features.x[i * D + 1]))
            continue;
        all += features.x[i * D + 1];
        of_all++;
        sum += label[i] == 1 ? features.x[i * D + 1] : 0;
        n += label[i] == 1;
    }
    bm_segmentation segmentation = {.n = N, .k = K, .d = D, .label = label};
    bm_profile profile;
    assert_int_equal(bm_profile_build(&features, &segmentation, &profile, NULL), BM_OK);
    assert_close(row_of(&profile, 1, 1)->mean, sum / (double)n);
    assert_close(row_of(&profile, 1, 1)->population_mean, all / (double)of_all);
    assert_close(row_of(&profile, 1, 0)->mean, plain[0].mean);
    bm_profile_free(&profile);
    /* Nothing known of a whole segment: empty, and it stands last. */
    for (size_t i = 0; i < N; i++)
        features.x[i * D + 1] = labels[i] == 1 ? NAN : features.x[i * D + 1];
    assert_int_equal(bm_profile_build(&features, &segmentation, &profile, NULL), BM_OK);
    assert_true(isnan(row_of(&profile, 1, 1)->mean) && isnan(row_of(&profile, 1, 1)->z));
    assert_int_equal(row_of(&profile, 1, 1)->rank, D);
    bm_profile_free(&profile);
    bm_features_free(&features);
}

static void buyer_weights_weigh_means_and_not_quantiles(void **state) {
    (void)state;
    check_profile(weighted, 1);
}

static void rows_stand_by_segment_and_by_what_sets_it_apart(void **state) {
    (void)state;
    bm_features features = ten_buyers(0);
    bm_segmentation segmentation = {.n = N, .k = K, .d = D, .label = labels};
    bm_profile profile;
    bm_result result;
    assert_int_equal(bm_profile_build(&features, &segmentation, &profile, NULL), BM_OK);
    assert_int_equal(bm_profile_result(&profile, &features, &result, NULL), BM_OK);
    static const size_t order[] = {1, 2, 0, 1, 0, 2, 0, 2, 1};
    assert_int_equal(result.rows, 9);
    for (size_t i = 0; i < 9; i++) {
        const expected_row *want = &plain[i / D * D + order[i]];
        assert_int_equal(whole(&result, "segment", i), i / D + 1);
        assert_int_equal(whole(&result, "rank", i), i % D + 1);
        assert_true(text_is(&result, "feature", i, features.feature[order[i]].name));
        assert_close(number(&result, "mean", i), want->mean);
        assert_close(number(&result, "p90", i), want->p90);
        assert_close(number(&result, "z", i), want->z);
        assert_close(number(&result, "lift", i), order[i] == 2 ? want->mean / 0.4 : NAN);
    }
    bm_result_free(&result);
    bm_profile_free(&profile);
    bm_features_free(&features);
}

static void equal_values_have_z_0(void **state) {
    (void)state;
    bm_features features = ten_buyers(0);
    for (size_t i = 0; i < N; i++)
        features.x[i * D] = 7, features.x[i * D + 2] = 0;
    bm_segmentation segmentation = {.n = N, .k = K, .d = D, .label = labels};
    bm_profile profile;
    assert_int_equal(bm_profile_build(&features, &segmentation, &profile, NULL), BM_OK);
    for (int s = 1; s <= K; s++) {
        const bm_profile_row *number_row = row_of(&profile, s, 0);
        const bm_profile_row *indicator = row_of(&profile, s, 2);
        assert_true(number_row->z == 0 && number_row->shift == 0);
        assert_true(indicator->z == 0 && indicator->share == 0 && isnan(indicator->lift));
    }
    bm_profile_free(&profile);
    bm_features_free(&features);
}

/* A skewed feature of many ties over n buyers in four segments. */
static bm_features many_buyers(size_t n, int32_t *label) {
    bm_features features;
    assert_int_equal(bm_features_init(&features, n, 2, NULL), BM_OK);
    uint32_t random = 12345;
    for (size_t i = 0; i < n; i++) {
        random = random * 1664525U + 1013904223U;
        double u = (double)(random >> 8) / 16777216.0;
        label[i] = (int32_t)(u * 4) + 1;
        random = random * 1664525U + 1013904223U;
        double v = (double)(random >> 8) / 16777216.0;
        features.x[i * 2] = floor(exp(3 * v + u));
        features.x[i * 2 + 1] = v;
    }
    for (size_t j = 0; j < 2; j++)
        assert_int_equal(bm_feature_set(&features.feature[j], "x", "x", BM_FEATURE_NUMBER, NULL),
                         BM_OK);
    return features;
}

/* The oracle ranks every buyer against every other. */
static void check_shift(size_t n, double tolerance) {
    int32_t *label = calloc(n, sizeof *label);
    double *rank = calloc(n, sizeof *rank), mean = 0, squares = 0;
    bm_features features = many_buyers(n, label);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            rank[i] += features.x[j * 2] < features.x[i * 2]    ? 1
                       : features.x[j * 2] == features.x[i * 2] ? 0.5
                                                                : 0;
        mean += rank[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        squares += (rank[i] - mean) * (rank[i] - mean) / (double)n;
    bm_segmentation segmentation = {.n = n, .k = 4, .d = 2, .label = label};
    bm_profile profile;
    assert_int_equal(bm_profile_build(&features, &segmentation, &profile, NULL), BM_OK);
    for (int s = 1; s <= 4; s++) {
        double sum = 0, size = 0;
        for (size_t i = 0; i < n; i++) {
            sum += label[i] == s ? rank[i] : 0;
            size += label[i] == s;
        }
        double expected = (sum / size - mean) / sqrt(squares);
        double shift = row_of(&profile, s, 0)->shift;
        if (!(fabs(shift - expected) <= tolerance))
            fail_msg("n %zu, segment %d: shift %g, not %g", n, s, shift, expected);
    }
    bm_profile_free(&profile);
    bm_features_free(&features);
    free(label);
    free(rank);
}

static void shift_is_the_z_of_ranks(void **state) {
    (void)state;
    check_shift(200, 1e-9);
    check_shift(6000, 0.05);
}

static void any_number_of_threads_gives_the_same_bytes(void **state) {
    (void)state;
    enum { MANY = 3000 };
    int32_t *label = calloc(MANY, sizeof *label);
    bm_features features = many_buyers(MANY, label);
    bm_segmentation segmentation = {.n = MANY, .k = 4, .d = 2, .label = label};
    bm_profile first = {0};
    static const int threads[] = {1, 2, 7};
    for (int t = 0; t < 3; t++) {
        bm_profile profile;
        bm_set_threads(threads[t]);
        assert_int_equal(bm_profile_build(&features, &segmentation, &profile, NULL), BM_OK);
        if (t == 0)
            first = profile;
        else
            for (size_t i = 0; i < 8; i++) {
                assert_memory_equal(&first.row[i].mean, &profile.row[i].mean, 7 * sizeof(double));
                assert_memory_equal(&first.row[i].shift, &profile.row[i].shift, sizeof(double));
                assert_int_equal(first.row[i].rank, profile.row[i].rank);
            }
        if (t > 0)
            bm_profile_free(&profile);
    }
    bm_set_threads(0);
    bm_profile_free(&first);
    bm_features_free(&features);
    free(label);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles_match_numpy),
        cmocka_unit_test(figures_are_of_the_known_values),
        cmocka_unit_test(buyer_weights_weigh_means_and_not_quantiles),
        cmocka_unit_test(rows_stand_by_segment_and_by_what_sets_it_apart),
        cmocka_unit_test(equal_values_have_z_0),
        cmocka_unit_test(shift_is_the_z_of_ranks),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
