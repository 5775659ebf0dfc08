/* A view becomes the matrix that normalizing in place gives, wherever that is put. */
#include "base/parallel.h"
#include "data/rows.h"
#include "normalize/normalize.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { POPULATION = 20000, N = 13333, D = 3 };

static const bm_context context = {.seed = 1};
static double number[D - 1][POPULATION];
static int32_t code[POPULATION];

static void fill_inputs(void) {
    for (size_t i = 0; i < POPULATION; i++) {
        number[0][i] = i % 11 == 5 ? NAN : exp(sin((double)i * 1.7) * 3);
        number[1][i] = cos((double)i) * 1e3;
        code[i] = i % 3 == 0 ? 1 : 0;
    }
}

/* Filled, clipped, weighted and picked, as the feature stage may have it. */
static void make_view(bm_features *view) {
    static const char *const name[D] = {"spend", "balance", "region=North"};
    *view = (bm_features){.n = N, .d = D, .is_settled = 1};
    view->feature = calloc(D, sizeof *view->feature);
    view->values = calloc(D, sizeof *view->values);
    view->row_of = calloc(N, sizeof *view->row_of);
    assert_true(view->feature != NULL && view->values != NULL && view->row_of != NULL);
    for (size_t j = 0; j < D; j++) {
        assert_int_equal(bm_feature_set(&view->feature[j], name[j], j < 2 ? name[j] : "region",
                                        j < 2 ? BM_FEATURE_NUMBER : BM_FEATURE_INDICATOR, NULL),
                         BM_OK);
        if (j < 2)
            view->values[j] = (bm_values){.number = number[j], .stride = 1};
        else
            view->values[j] = (bm_values){.code = code, .category = 1};
    }
    view->feature[0].fill = 2.5;
    view->feature[1].high = 800;
    view->feature[1].weight = 3;
    for (size_t i = 0; i < N; i++)
        view->row_of[i] = i + i / 2;
}

/* The same values as a matrix, by plain code. */
static void make_matrix(bm_features *matrix) {
    assert_int_equal(bm_features_init(matrix, N, D, NULL), BM_OK);
    bm_features view;
    make_view(&view);
    free(matrix->feature);
    matrix->feature = view.feature;
    view.feature = NULL;
    for (size_t i = 0; i < N; i++) {
        size_t b = view.row_of[i];
        matrix->x[i * D] = isnan(number[0][b]) ? 2.5 : number[0][b];
        matrix->x[i * D + 1] = number[1][b] > 800 ? 800 : number[1][b];
        matrix->x[i * D + 2] = code[b];
    }
    bm_features_free(&view);
}

static void every_place_holds_the_same_values(void **state) {
    (void)state;
    static double buffer[N * D];
    fill_inputs();
    for (size_t k = 0; bm_normalizers[k] != NULL; k++) {
        bm_features plain;
        bm_scaling scaling;
        bm_error err;
        if (strcmp(bm_normalizers[k]->name, "log1p") == 0)
            continue; /* takes no values below -1 */
        make_matrix(&plain);
        assert_int_equal(bm_normalize(&plain, bm_normalizers[k], 0, &context, &scaling, &err),
                         BM_OK);
        for (int place = 0; place < 4; place++) {
            bm_features view;
            bm_scaling fitted;
            int single = place % 2;
            bm_set_threads(place + 1);
            make_view(&view);
            assert_int_equal(bm_normalize_fit(&view, bm_normalizers[k], 0, &context, &fitted, &err),
                             BM_OK);
            for (size_t j = 0; j < D; j++) {
                assert_memory_equal(&fitted.feature[j].center, &scaling.feature[j].center,
                                    sizeof(double));
                assert_memory_equal(&fitted.feature[j].scale, &scaling.feature[j].scale,
                                    sizeof(double));
            }
            assert_int_equal(bm_normalize_into(&view, &fitted, single,
                                               place / 2 ? "/tmp/out" : NULL, &context, &err),
                             BM_OK);
            assert_int_equal(bm_rows_are_single(&view), single);
            assert_int_equal(bm_rows_are_stored(&view), place / 2);
            const double *row = bm_rows_doubles(&view, 0, N, buffer);
            for (size_t i = 0; i < N * D; i++)
                assert_true(row[i] == (single ? (double)(float)plain.x[i] : plain.x[i]));
            bm_scaling_free(&fitted);
            bm_features_free(&view);
        }
        bm_scaling_free(&scaling);
        bm_features_free(&plain);
    }
    bm_set_threads(0);
}

static void fits_one_column_at_a_time_are_the_same_where_memory_is_short(void **state) {
    (void)state;
    bm_features view;
    bm_scaling wide, narrow;
    bm_error err;
    const bm_normalizer *robust = bm_normalizer_find("robust");
    bm_context tight = {.seed = 1, .memory_limit = 2 * N * sizeof(double)};
    fill_inputs();
    make_view(&view);
    bm_set_threads(3);
    assert_int_equal(bm_normalize_fit(&view, robust, 0, &context, &wide, &err), BM_OK);
    assert_int_equal(bm_normalize_fit(&view, robust, 0, &tight, &narrow, &err), BM_OK);
    for (size_t j = 0; j < D; j++)
        assert_true(wide.feature[j].center == narrow.feature[j].center &&
                    wide.feature[j].scale == narrow.feature[j].scale);
    bm_scaling_free(&narrow);
    tight.memory_limit--;
    assert_int_equal(bm_normalize_fit(&view, robust, 0, &tight, &narrow, &err), BM_LIMIT);
    bm_scaling_free(&wide);
    bm_features_free(&view);
    bm_set_threads(0);
}

static void what_single_precision_cannot_hold_is_refused(void **state) {
    (void)state;
    bm_features view;
    bm_scaling scaling;
    bm_error err;
    fill_inputs();
    number[1][0] = -1e39;
    make_view(&view);
    assert_int_equal(
        bm_normalize_fit(&view, bm_normalizer_find("none"), 0, &context, &scaling, &err), BM_OK);
    assert_int_equal(bm_normalize_into(&view, &scaling, 1, NULL, &context, &err), BM_DATA);
    assert_string_equal(err.message, "feature \"balance\": -1e+39 becomes no finite number under "
                                     "none in single precision; give the column in another unit");
    bm_scaling_free(&scaling);
    bm_features_free(&view);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_holds_the_same_values),
        cmocka_unit_test(fits_one_column_at_a_time_are_the_same_where_memory_is_short),
        cmocka_unit_test(what_single_precision_cannot_hold_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
