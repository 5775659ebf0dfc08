/* Segments, or one cloud: clouds of many shapes, and segments of many kinds. */
#include "dataset.h"

#include "base/parallel.h"
#include "base/random.h"
#include "cluster/subsample.h"
#include "cluster/valley.h"
#include "cluster/verdict.h"

#include <gsl/gsl_randist.h>

static bm_verdict verdict_of(const bm_features *features) {
    bm_verdict verdict;
    assert_int_equal(bm_judge(features, 1, NULL, &verdict, NULL), BM_OK);
    return verdict;
}

static double uniform(gsl_rng *rng) {
    return gsl_rng_uniform(rng);
}
static double normal(gsl_rng *rng) {
    return gsl_ran_ugaussian(rng);
}
static double exponential(gsl_rng *rng) {
    return gsl_ran_exponential(rng, 1);
}
static double student(gsl_rng *rng) {
    return gsl_ran_tdist(rng, 5);
}
static double log1p_of_lognormal(gsl_rng *rng) {
    return log1p(gsl_ran_lognormal(rng, 1, 1));
}
static double count(gsl_rng *rng) {
    return (double)gsl_ran_poisson(rng, 3);
}
static double log_of_count(gsl_rng *rng) {
    return log1p((double)gsl_ran_geometric(rng, 0.3));
}

/* n rows of d values; mixed: each but the first has half of the one before, so that all hang
 * together. */
static void draw(bm_features *features, size_t n, size_t d, double (*value)(gsl_rng *), int mixed,
                 uint64_t seed) {
    gsl_rng *rng;
    assert_int_equal(bm_random_new(&rng, seed, "test", n * d, NULL), BM_OK);
    assert_int_equal(bm_features_init(features, n, d, NULL), BM_OK);
    for (size_t i = 0; i < n * d; i++)
        features->x[i] = value(rng) + (mixed && i % d > 0 ? features->x[i - 1] / 2 : 0);
    gsl_rng_free(rng);
}

static void clouds_of_any_shape_are_one(void **state) {
    (void)state;
    static const struct {
        double (*value)(gsl_rng *);
        int mixed;
    } shape[] = {{uniform, 0},     {normal, 0},  {normal, 1}, {exponential, 0},
                 {exponential, 1}, {student, 0}, {count, 0},  {log1p_of_lognormal, 1},
                 {log_of_count, 0}};
    static const size_t features_of[] = {2, 5, 16};
    for (size_t s = 0; s < sizeof shape / sizeof *shape; s++)
        for (size_t t = 0; t < 3; t++)
            for (uint64_t seed = 1; seed <= 2; seed++) {
                bm_features cloud;
                draw(&cloud, seed == 1 ? 200 : 600, features_of[t], shape[s].value, shape[s].mixed,
                     seed);
                bm_verdict verdict = verdict_of(&cloud);
                if (!verdict.judged || !verdict.one_cloud)
                    fail_msg("shape %zu of %zu features: p %g, gap %g", s, features_of[t],
                             verdict.valley_p, verdict.gap_gain);
                bm_features_free(&cloud);
            }
}

/* k normal segments, each next one smaller, `apart` standard deviations apart or more. */
static void mix(bm_features *features, size_t n, size_t d, size_t k, double apart) {
    draw(features, n, d, normal, 0, k);
    for (size_t i = 0; i < n; i++) {
        size_t place = (i * 7919) % n, segment = 0;
        for (double left = 1; segment + 1 < k; segment++) {
            left *= 0.6;
            if ((double)place >= left * (double)n)
                break;
        }
        features->x[i * d + segment % d] += apart * (double)(1 + segment / d);
        features->x[i * d + (segment + 1) % d] -= apart * (double)(segment / d);
    }
}

static void segments_are_found(void **state) {
    (void)state;
    static const size_t features_of[] = {2, 5, 16}, ks[] = {2, 3, 5, 8};
    for (size_t t = 0; t < 3; t++)
        for (size_t each = 0; each < 4; each++) {
            bm_features mixture;
            mix(&mixture, 2000, features_of[t], ks[each], 6);
            bm_verdict verdict = verdict_of(&mixture);
            if (verdict.one_cloud)
                fail_msg("%zu segments of %zu features: p %g, gap %g", ks[each], features_of[t],
                         verdict.valley_p, verdict.gap_gain);
            bm_features_free(&mixture);
        }
}

static void iris_and_the_mall_have_segments(void **state) {
    (void)state;
    bm_features iris, mall;
    if (!read_iris(&iris))
        skip();
    assert_true(read_mall(&mall));
    assert_false(verdict_of(&iris).one_cloud);
    assert_false(verdict_of(&mall).one_cloud); /* by the gap: 200 buyers show no valleys */
    bm_features_free(&iris);
    bm_features_free(&mall);
}

/* Valleys in a cloud are as rare as their p-value says. */
static void a_valley_in_a_cloud_is_chance(void **state) {
    (void)state;
    size_t rare = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        bm_features cloud;
        bm_valleys valleys;
        draw(&cloud, 150, 1, uniform, 0, seed); /* the cloud whose dips are largest */
        assert_int_equal(bm_valley_test(&cloud, seed, &valleys, NULL), BM_OK);
        assert_true(valleys.p_value >= 0 && valleys.p_value <= 1);
        rare += valleys.p_value < 0.05;
        bm_features_free(&cloud);
    }
    assert_true(rare <= 17); /* more than 17 of 200 have a chance of 1 % */
}

static void threads_and_known_gaps_do_not_change_a_verdict(void **state) {
    (void)state;
    static const int threads[] = {1, 2, 7};
    bm_features cloud;
    bm_verdict first = {0};
    draw(&cloud, 300, 3, normal, 0, 1);
    for (size_t t = 0; t < 3; t++) {
        bm_set_threads(threads[t]);
        bm_verdict verdict = verdict_of(&cloud);
        if (t == 0)
            first = verdict;
        assert_true(!(verdict.gap_gain < first.gap_gain || verdict.gap_gain > first.gap_gain));
        assert_true(!(verdict.hopkins < first.hopkins || verdict.hopkins > first.hopkins));
        assert_true(!(verdict.valley_p < first.valley_p || verdict.valley_p > first.valley_p));
    }
    bm_set_threads(0);
    bm_features_free(&cloud);
}

static void few_buyers_and_extremes_are_not_judged(void **state) {
    (void)state;
    bm_features cloud;
    draw(&cloud, 40, 3, normal, 0, 1);
    assert_true(verdict_of(&cloud).judged);
    cloud.n = 29;
    assert_false(verdict_of(&cloud).judged);
    cloud.n = 40;
    for (size_t i = 0; i < 120; i++)
        cloud.x[i] *= 1e200;
    assert_false(verdict_of(&cloud).judged);
    for (size_t i = 0; i < 120; i++)
        cloud.x[i] = 3;
    assert_false(verdict_of(&cloud).one_cloud && verdict_of(&cloud).valley_p < 1);
    bm_features_free(&cloud);
}

static double weight_of_row(size_t row) {
    return (double)(1 + row);
}

static void a_subsample_has_rows_from_everywhere_and_none_twice(void **state) {
    (void)state;
    bm_features all, sample;
    size_t taken[1003] = {0};
    assert_int_equal(bm_features_init(&all, 1003, 2, NULL), BM_OK);
    give_weights(&all, weight_of_row);
    for (size_t i = 0; i < 2006; i++)
        all.x[i] = (double)i;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        assert_int_equal(bm_subsample(&all, 100, seed, "test", &sample, NULL), BM_OK);
        assert_int_equal(sample.n, 100);
        for (size_t i = 0; i < 100; i++) {
            size_t row = sample.row_of[i];
            assert_true(i == 0 || row > sample.row_of[i - 1]);
            assert_in_range(row, i * 1003 / 100, (i + 1) * 1003 / 100);
            assert_memory_equal(sample.x + 2 * i, all.x + 2 * row, 2 * sizeof(double));
            assert_near(sample.weight[i], all.weight[row], 0);
            taken[row]++;
        }
        bm_features_free(&sample);
    }
    for (size_t row = 0; row < 1003; row++) /* 40 on average, sd 6 */
        assert_in_range(taken[row], 10, 75);
    assert_int_equal(bm_subsample(&all, 1003, 1, "test", &sample, NULL), BM_OK);
    assert_memory_equal(sample.x, all.x, 2006 * sizeof(double));
    bm_features_free(&sample);
    bm_features_free(&all);
}

static void equal_values_spread_to_those_beside_them(void **state) {
    (void)state;
    static const double values[] = {1, 1, 2, 2, 3, 3, 100, 100, 101, 50.5};
    static const double least[] = {0.5, 0.5, 1.5, 1.5, 2.5, 2.5, 99.5, 99.5, 101, 50.5};
    static const double most[] = {1.5, 1.5, 2.5, 2.5, 4, 4, 100.5, 100.5, 101, 50.5};
    static const double two[] = {0, 0, 0, 1, 1};
    bm_features features;
    int spread;
    make_features(&features, values, 10, 1);
    assert_int_equal(bm_spread_ties(&features, 1, &spread, NULL), BM_OK);
    assert_true(spread);
    for (size_t i = 0; i < 10; i++)
        assert_true(features.x[i] >= least[i] - 1 * (i == 6 || i == 7) && features.x[i] <= most[i]);
    assert_true(features.x[0] < features.x[1] || features.x[0] > features.x[1]);
    bm_features_free(&features);
    make_features(&features, two, 5, 1);
    assert_int_equal(bm_spread_ties(&features, 1, &spread, NULL), BM_OK);
    assert_false(spread);
    assert_memory_equal(features.x, two, sizeof two);
    bm_features_free(&features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clouds_of_any_shape_are_one),
        cmocka_unit_test(segments_are_found),
        cmocka_unit_test(iris_and_the_mall_have_segments),
        cmocka_unit_test(a_valley_in_a_cloud_is_chance),
        cmocka_unit_test(threads_and_known_gaps_do_not_change_a_verdict),
        cmocka_unit_test(few_buyers_and_extremes_are_not_judged),
        cmocka_unit_test(a_subsample_has_rows_from_everywhere_and_none_twice),
        cmocka_unit_test(equal_values_spread_to_those_beside_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
