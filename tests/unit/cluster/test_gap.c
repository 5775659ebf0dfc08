/* The gap statistic, against R's cluster::clusGap 2.1.4, and what it is made of. */
#include "dataset.h"

#include "base/parallel.h"
#include "cluster/gap.h"
#include "cluster/principal.h"
#include "cluster/within.h"

static bm_gap_plan plan_of(const char *method, size_t high) {
    return (bm_gap_plan){.method = bm_clusterer_find(method),
                         .low = 1,
                         .high = high,
                         .references = 100,
                         .starts = 4,
                         .seed = 5};
}

static void gaps_of_iris_are_those_of_R(void **state) {
    (void)state;
    /* k-means: reference/statistics.md §2.8 (B = 100); trees: clusGap with hclust (B = 200) */
    static const struct {
        const char *method;
        double gap[8];
    } published[] = {{"kmeans", {.0855, .3820, .4926, .5442, .5503, .5672, .5717, .5731}},
                     {"ward", {.0942, .4221, .5227, .5600, .5741, .5925}},
                     {"average", {.0878, .4196, .5197, .4898, .5017, .4468}}};
    bm_features iris;
    if (!read_iris(&iris))
        skip();
    for (size_t m = 0; m < 3; m++) {
        double gap[8], error[8];
        bm_gap_plan plan = plan_of(published[m].method, m == 0 ? 8 : 6);
        assert_int_equal(bm_gap(&iris, &plan, gap, error, NULL), BM_OK);
        for (size_t k = 0; k < plan.high; k++) {
            /* A standard error is the spread of one reference; ours and R's means have a tenth of
             * it each, and k-means of few starts is a little worse than of many. */
            assert_true(fabs(gap[k] - published[m].gap[k]) < 0.75 * error[k]);
            assert_true(error[k] > 0.015 && error[k] < 0.06);
        }
    }
    bm_features_free(&iris);
}

static void threads_do_not_change_a_gap(void **state) {
    (void)state;
    bm_features clouds;
    double gap[3][6], error[3][6];
    static const int threads[] = {1, 2, 7};
    make_clouds(&clouds, 150, 3, 3, 2);
    for (int reference = 0; reference < 2; reference++) {
        bm_gap_plan plan = plan_of("kmeans", 6);
        plan.references = 10;
        plan.reference = reference == 0 ? BM_REFERENCE_BOX : BM_REFERENCE_COPULA;
        for (size_t t = 0; t < 3; t++) {
            bm_set_threads(threads[t]);
            assert_int_equal(bm_gap(&clouds, &plan, gap[t], error[t], NULL), BM_OK);
            assert_memory_equal(gap[t], gap[0], sizeof gap[0]);
            assert_memory_equal(error[t], error[0], sizeof error[0]);
        }
        assert_true(gap[0][2] > gap[0][0] + 0.3); /* three segments */
    }
    bm_set_threads(0);
    bm_features_free(&clouds);
}

/* Two features of a lognormal cloud after log1p: normal where they are large, squeezed towards 0
 * where they are small. Along its principal components that is no box. */
static void a_bent_cloud_is_no_more_than_its_copula(void **state) {
    (void)state;
    bm_features bent;
    uint64_t random = 3;
    double box[12], copula[12], error[12], most = 0;
    assert_int_equal(bm_features_init(&bent, 600, 2, NULL), BM_OK);
    for (size_t i = 0; i < 600; i++) {
        double common = 0, own = 0;
        for (int part = 0; part < 12; part++) {
            common += next_random(&random) - 0.5;
            own += next_random(&random) - 0.5;
        }
        bent.x[2 * i] = log1p(exp(2 * common));
        bent.x[2 * i + 1] = log1p(exp(2 - 2 * common + 0.1 * own));
    }
    bm_gap_plan plan = plan_of("kmeans", 12);
    plan.references = 20;
    assert_int_equal(bm_gap(&bent, &plan, box, error, NULL), BM_OK);
    plan.reference = BM_REFERENCE_COPULA;
    assert_int_equal(bm_gap(&bent, &plan, copula, error, NULL), BM_OK);
    for (size_t k = 1; k < 12; k++) {
        most = fmax(most, box[k] - box[0]);
        assert_true(fabs(copula[k] - copula[0]) < 0.08);
    }
    assert_true(most > 0.15);
    bm_features_free(&bent);
}

static double weight_of_row(size_t row) {
    return (double)(1 + row % 3);
}

static void a_weight_counts_as_equal_buyers(void **state) {
    (void)state;
    bm_features few, many;
    int32_t label[40], labels[80];
    size_t rows = 0;
    double weighted, repeated, direct = 0;
    make_clouds(&few, 40, 3, 4, 1);
    give_weights(&few, weight_of_row);
    for (size_t i = 0; i < 40; i++) {
        label[i] = (int32_t)(i % 5 == 3 ? 0 : i % 5); /* segment 3 is empty */
        rows += (size_t)few.weight[i];
    }
    assert_true(rows <= 80);
    assert_int_equal(bm_features_init(&many, rows, 3, NULL), BM_OK);
    rows = 0;
    for (size_t i = 0; i < 40; i++)
        for (size_t copy = 0; copy < (size_t)few.weight[i]; copy++, rows++) {
            memcpy(many.x + rows * 3, few.x + i * 3, 3 * sizeof(double));
            labels[rows] = label[i];
        }
    assert_int_equal(bm_within_distances(&few, label, 5, &weighted, NULL), BM_OK);
    assert_int_equal(bm_within_distances(&many, labels, 5, &repeated, NULL), BM_OK);
    for (int32_t r = 0; r < 5; r++) {
        double sum = 0, size = 0;
        for (size_t i = 0; i < rows; i++) {
            size += labels[i] == r;
            for (size_t j = 0; labels[i] == r && j < rows; j++)
                if (labels[j] == r)
                    sum += sqrt(pow(many.x[i * 3] - many.x[j * 3], 2) +
                                pow(many.x[i * 3 + 1] - many.x[j * 3 + 1], 2) +
                                pow(many.x[i * 3 + 2] - many.x[j * 3 + 2], 2));
        }
        direct += size > 0 ? sum / (2 * size) : 0;
    }
    assert_near(weighted, direct, 1e-12);
    assert_near(repeated, direct, 1e-12);
    bm_features_free(&few);
    bm_features_free(&many);
}

static void principal_components_keep_distances_and_are_not_correlated(void **state) {
    (void)state;
    bm_features features;
    double score[60 * 4], product[4][4] = {0}, sum[4] = {0};
    make_clouds(&features, 60, 4, 3, 2);
    for (size_t i = 0; i < 60; i++)
        features.x[i * 4 + 3] = 2 * features.x[i * 4] + 0.1 * features.x[i * 4 + 1];
    assert_int_equal(bm_principal_scores(&features, score, NULL), BM_OK);
    for (size_t i = 0; i < 60; i++)
        for (size_t a = 0; a < 4; a++) {
            sum[a] += score[i * 4 + a];
            for (size_t b = 0; b < 4; b++)
                product[a][b] += score[i * 4 + a] * score[i * 4 + b];
        }
    for (size_t a = 0; a < 4; a++) {
        assert_true(fabs(sum[a]) < 1e-9);
        assert_true(a == 0 || product[a][a] <= product[a - 1][a - 1]);
        for (size_t b = 0; b < a; b++)
            assert_true(fabs(product[a][b]) < 1e-9 * product[0][0]);
    }
    assert_true(product[3][3] < 1e-9 * product[0][0]); /* one column follows from others */
    for (size_t i = 1; i < 60; i++) {
        double here = 0, there = 0;
        for (size_t f = 0; f < 4; f++) {
            here += pow(features.x[i * 4 + f] - features.x[f], 2);
            there += pow(score[i * 4 + f] - score[f], 2);
        }
        assert_near(there, here, 1e-10);
    }
    bm_features_free(&features);
}

/* maxSE(gap, se, "firstSEmax") of R's cluster for the same tables. */
static void the_one_error_rule_is_that_of_R(void **state) {
    (void)state;
    static const struct {
        double gap[6], error;
        size_t choice;
    } table[] = {{{.1, .2, .3, .25, .5, .6}, .02, 2},  /* the first local maximum */
                 {{.1, .29, .3, .25, .5, .6}, .02, 1}, /* one within an error of it */
                 {{.1, .2, .3, .4, .5, .6}, .02, 5},   /* none: the last */
                 {{.5, .4, .3, .4, .5, .6}, .02, 0},   /* the first */
                 {{.1, .2, .2, .1, .5, .6}, .01, 1},   /* level ground is no way down */
                 {{.59, .2, .2, .1, .5, .6}, 9, 0}};
    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        bm_quality quality[6];
        for (size_t k = 0; k < 6; k++)
            quality[k] = (bm_quality){
                .k = k + 1, .inertia = 1, .gap = table[t].gap[k], .gap_se = table[t].error};
        assert_int_equal(bm_gap_choice(quality, 6), table[t].choice);
    }
    bm_quality exact[3] = {{.k = 1, .inertia = 9, .gap = 1, .gap_se = 1},
                           {.k = 2, .inertia = 0, .gap = NAN, .gap_se = NAN},
                           {.k = 3, .inertia = 0, .gap = NAN, .gap_se = NAN}};
    assert_int_equal(bm_gap_choice(exact, 3), 1);
    assert_int_equal(bm_gap_choice(exact, 1), 0);
}

static void more_segments_than_distinct_buyers_have_no_gap(void **state) {
    (void)state;
    double x[40], gap[4], error[4];
    bm_features features;
    bm_gap_plan plan = plan_of("kmeans", 4);
    for (size_t i = 0; i < 20; i++) {
        x[2 * i] = (double)(i % 3);
        x[2 * i + 1] = (double)(i % 3 == 1);
    }
    make_features(&features, x, 20, 2);
    assert_int_equal(bm_gap(&features, &plan, gap, error, NULL), BM_OK);
    assert_true(isfinite(gap[0]) && isfinite(gap[1]) && isinf(gap[2]) && isnan(gap[3]));
    for (size_t i = 0; i < 40; i++)
        features.x[i] *= 1e200;
    assert_int_equal(bm_gap(&features, &plan, gap, error, NULL), BM_OK);
    assert_true(isnan(gap[0]));
    bm_features_free(&features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaps_of_iris_are_those_of_R),
        cmocka_unit_test(threads_do_not_change_a_gap),
        cmocka_unit_test(a_bent_cloud_is_no_more_than_its_copula),
        cmocka_unit_test(a_weight_counts_as_equal_buyers),
        cmocka_unit_test(principal_components_keep_distances_and_are_not_correlated),
        cmocka_unit_test(the_one_error_rule_is_that_of_R),
        cmocka_unit_test(more_segments_than_distinct_buyers_have_no_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
