/* What every normalizer of the registry owes: it can be undone, does not care for the order of
 * buyers or the number of threads, and refuses features without spread by name. */
#include "normalize/normalize.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 5003, D = 6 };

static const bm_context context = {.seed = 1};

/* Buyer i of N: shares, counts, amounts, values around 100, a large unit, an indicator. Every value
 * is above −1. */
static void fill_row(size_t i, double row[D]) {
    double u = ((double)(i * 2654435761u % 4294967296u) + 0.5) / 4294967296.0;
    double v = ((double)(i * 40503u % 65536u) + 0.5) / 65536.0;
    row[0] = 0.05 * u * v;
    row[1] = floor(20 * u * u);
    row[2] = exp(6 * u - 2) - 0.5;
    row[3] = 100 + 7 * (u + v - 1);
    row[4] = 1e7 * (1 + 0.1 * v);
    row[5] = v < 0.3;
}

static void make_features(bm_features *features, int backwards) {
    bm_error err;
    assert_int_equal(bm_features_init(features, N, D, &err), BM_OK);
    for (size_t j = 0; j < D; j++) {
        char name[] = {'c', (char)('0' + j), '\0'};
        bm_feature_kind kind = j == D - 1 ? BM_FEATURE_INDICATOR : BM_FEATURE_NUMBER;
        assert_int_equal(bm_feature_set(&features->feature[j], name, name, kind, &err), BM_OK);
        features->feature[j].weight = j == 2 ? 2.5 : 1;
    }
    for (size_t i = 0; i < N; i++)
        fill_row(backwards ? N - 1 - i : i, features->x + i * D);
}

static void normalize(bm_features *features, const bm_normalizer *normalizer, bm_scaling *scaling) {
    bm_error err = {0};
    if (bm_normalize(features, normalizer, 0, &context, scaling, &err) != BM_OK)
        fail_msg("%s: %s", normalizer->name, err.message);
}

static void assert_close(const char *name, double actual, double expected, double relative) {
    if (!(fabs(actual - expected) <= relative * fmax(1, fabs(expected))))
        fail_msg("%s: %.17g is not %.17g", name, actual, expected);
}

static void inverting_gives_back_what_was_applied(void **state) {
    (void)state;
    for (size_t k = 0; bm_normalizers[k] != NULL; k++) {
        bm_features features;
        bm_scaling scaling;
        make_features(&features, 0);
        normalize(&features, bm_normalizers[k], &scaling);
        for (size_t i = 0; i < N; i++) {
            double row[D];
            fill_row(i, row);
            for (size_t j = 0; j < D; j++) {
                double z = features.x[i * D + j];
                assert_true(z == bm_scale_apply(&scaling.feature[j], row[j]));
                double back = bm_scale_invert(&scaling.feature[j], z);
                if (!(fabs(back - row[j]) <= 1e-9 * fabs(row[j]) + 1e-15))
                    fail_msg("%s: c%zu %.17g came back as %.17g", bm_normalizers[k]->name, j,
                             row[j], back);
            }
        }
        bm_scaling_free(&scaling);
        bm_features_free(&features);
    }
}

static void beyond_the_fitted_range_it_inverts_too_or_clamps(void **state) {
    (void)state;
    for (size_t k = 0; bm_normalizers[k] != NULL; k++) {
        bm_features features;
        bm_scaling scaling;
        make_features(&features, 0);
        normalize(&features, bm_normalizers[k], &scaling);
        const double outside[] = {-0.75, 60, 75, 90, 112, 250};
        const bm_scale *scale = &scaling.feature[2]; /* fitted over -0.36 … 54 */
        for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
            double z = bm_scale_apply(scale, outside[i]);
            double back = bm_scale_invert(scale, z);
            if (strcmp(bm_normalizers[k]->name, "quantile") == 0)
                assert_true(z == 0 || z == sqrt(2.5));
            else
                assert_close(bm_normalizers[k]->name, back, outside[i], 1e-9);
        }
        bm_scaling_free(&scaling);
        bm_features_free(&features);
    }
}

static void values_keep_their_order(void **state) {
    (void)state;
    for (size_t k = 0; bm_normalizers[k] != NULL; k++) {
        bm_features features;
        bm_scaling scaling;
        make_features(&features, 0);
        normalize(&features, bm_normalizers[k], &scaling);
        for (size_t j = 0; j < D; j++)
            for (size_t i = 1; i < N; i++) {
                double before[D], after[D];
                fill_row(i - 1, before);
                fill_row(i, after);
                double rise = features.x[i * D + j] - features.x[(i - 1) * D + j];
                assert_true(after[j] > before[j]   ? rise >= 0
                            : after[j] < before[j] ? rise <= 0
                                                   : rise == 0);
            }
        bm_scaling_free(&scaling);
        bm_features_free(&features);
    }
}

static void the_order_of_buyers_does_not_matter(void **state) {
    (void)state;
    for (size_t k = 0; bm_normalizers[k] != NULL; k++) {
        bm_features forwards, backwards;
        bm_scaling one, other;
        make_features(&forwards, 0);
        make_features(&backwards, 1);
        normalize(&forwards, bm_normalizers[k], &one);
        normalize(&backwards, bm_normalizers[k], &other);
        for (size_t j = 0; j < D; j++) {
            const char *name = bm_normalizers[k]->name;
            /* Sums round differently by order, and lambda follows them. */
            double relative = isnan(one.feature[j].lambda) ? 1e-12 : 1e-8;
            assert_close(name, other.feature[j].center, one.feature[j].center, relative);
            assert_close(name, other.feature[j].scale, one.feature[j].scale, relative);
            for (size_t i = 0; i < N; i++)
                assert_close(name, backwards.x[(N - 1 - i) * D + j], forwards.x[i * D + j],
                             relative);
        }
        bm_scaling_free(&one);
        bm_scaling_free(&other);
        bm_features_free(&forwards);
        bm_features_free(&backwards);
    }
}

static void threads_do_not_change_a_byte(void **state) {
    (void)state;
    const int threads[] = {2, 7};
    for (size_t k = 0; bm_normalizers[k] != NULL; k++) {
        bm_features one;
        bm_scaling scaling;
        make_features(&one, 0);
        bm_set_threads(1);
        normalize(&one, bm_normalizers[k], &scaling);
        bm_scaling_free(&scaling);
        for (size_t t = 0; t < 2; t++) {
            bm_features many;
            make_features(&many, 0);
            bm_set_threads(threads[t]);
            normalize(&many, bm_normalizers[k], &scaling);
            assert_memory_equal(many.x, one.x, sizeof(double) * N * D);
            bm_scaling_free(&scaling);
            bm_features_free(&many);
        }
        bm_features_free(&one);
    }
    bm_set_threads(0);
}

static void equal_weights_are_no_weights(void **state) {
    (void)state;
    for (size_t k = 0; bm_normalizers[k] != NULL; k++) {
        bm_features plain, weighted;
        bm_scaling one, other;
        bm_error err;
        make_features(&plain, 0);
        make_features(&weighted, 0);
        assert_int_equal(BM_NEW(&weighted.weight, N, "weights", &err), BM_OK);
        for (size_t i = 0; i < N; i++)
            weighted.weight[i] = 3.5;
        normalize(&plain, bm_normalizers[k], &one);
        normalize(&weighted, bm_normalizers[k], &other);
        for (size_t j = 0; j < D; j++) {
            assert_close(bm_normalizers[k]->name, other.feature[j].center, one.feature[j].center,
                         1e-12);
            assert_close(bm_normalizers[k]->name, other.feature[j].scale, one.feature[j].scale,
                         1e-12);
        }
        bm_scaling_free(&one);
        bm_scaling_free(&other);
        bm_features_free(&plain);
        bm_features_free(&weighted);
    }
}

static void the_first_feature_without_spread_is_refused_by_name(void **state) {
    (void)state;
    for (size_t k = 0; bm_normalizers[k] != NULL; k++) {
        bm_features features;
        bm_scaling scaling;
        bm_error err = {0};
        make_features(&features, 0);
        for (size_t i = 0; i < N; i++)
            features.x[i * D + 1] = features.x[i * D + 4] = 0.1;
        assert_int_equal(bm_normalize(&features, bm_normalizers[k], 0, &context, &scaling, &err),
                         BM_DEGENERATE);
        assert_int_equal(err.status, BM_DEGENERATE);
        assert_non_null(strstr(err.message, "\"c1\""));
        assert_null(scaling.feature);
        bm_features_free(&features);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inverting_gives_back_what_was_applied),
        cmocka_unit_test(beyond_the_fitted_range_it_inverts_too_or_clamps),
        cmocka_unit_test(values_keep_their_order),
        cmocka_unit_test(the_order_of_buyers_does_not_matter),
        cmocka_unit_test(threads_do_not_change_a_byte),
        cmocka_unit_test(equal_weights_are_no_weights),
        cmocka_unit_test(the_first_feature_without_spread_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
