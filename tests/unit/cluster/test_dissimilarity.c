/* Dissimilarities: tiles of any place and shape hold the same bits. */
#include "cluster/dissimilarity.h"
#include "kernel/distance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 1201, FEATURES = 5, STRIDE = 1300 };

static double tile[9 * STRIDE];

static void fill(bm_features *features) {
    assert_int_equal(bm_features_init(features, ROWS, FEATURES, NULL), BM_OK);
    for (size_t i = 0; i < (size_t)ROWS * FEATURES; i++)
        features->x[i] = sin((double)i * 1.7) * 10;
}

static void a_tile_holds_the_roots_of_squared_distances(void **state) {
    (void)state;
    static const size_t at[][4] = {{0, 1, 0, 1},       {3, 9, 5, 1001}, {1200, 1, 1193, 8},
                                   {700, 7, 512, 513}, {0, 2, 511, 2},  {17, 3, 0, 1201}};
    bm_features features;
    bm_dissimilarity distances;
    fill(&features);
    assert_int_equal(bm_euclidean(&features, &distances, NULL), BM_OK);
    for (size_t t = 0; t < sizeof at / sizeof at[0]; t++) {
        const size_t *a = at[t];
        memset(tile, 0, sizeof tile);
        distances.tile(&distances, a[0], a[1], a[2], a[3], STRIDE, tile);
        for (size_t i = 0; i < a[1]; i++) {
            for (size_t j = 0; j < a[3]; j++) {
                double square = bm_squared_distance(features.x + (a[0] + i) * FEATURES,
                                                    features.x + (a[2] + j) * FEATURES, FEATURES);
                double root = sqrt(square);
                assert_memory_equal(&tile[i * STRIDE + j], &root, sizeof root);
            }
            assert_true(tile[i * STRIDE + a[3]] == 0); /* nothing beyond */
        }
    }
    bm_dissimilarity_free(&distances);
    bm_features_free(&features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tile_holds_the_roots_of_squared_distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
