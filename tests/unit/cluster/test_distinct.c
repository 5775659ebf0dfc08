/* Rows that are equal, and those that are not. */
#include "cluster/distinct.h"
#include "cluster/row_set.h"
#include "dataset.h"

#include "buyermap/context.h"

#include <signal.h>

static uint64_t drawn = 1;

static size_t below(size_t most) {
    drawn = drawn * 6364136223846793005U + 1442695040888963407U;
    return (size_t)((drawn >> 33) % most);
}

/* By looking at all earlier rows. */
static uint32_t lowest_of(const bm_features *features, size_t i) {
    size_t d = features->d, j = 0;
    while (!bm_same_row(features->x + j * d, features->x + i * d, d))
        j++;
    return (uint32_t)j;
}

static void each_row_has_the_lowest_of_its_equals(void **unused) {
    (void)unused;
    for (size_t set = 0; set < 200; set++) {
        size_t n = 1 + below(80), d = 1 + below(5), values = 1 + below(6);
        uint32_t lowest[80];
        bm_features features = {0};
        assert_int_equal(bm_features_init(&features, n, d, NULL), BM_OK);
        for (size_t at = 0; at < n * d; at++) {
            double value = (double)below(values) / 3;
            features.x[at] = value > 0 || below(2) == 0 ? value : -0.0;
        }
        assert_int_equal(bm_lowest_equal(&features, lowest, NULL), BM_OK);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(lowest[i], lowest_of(&features, i));
        bm_features_free(&features);
    }
}

static void rows_that_differ_by_one_bit_are_not_equal(void **unused) {
    (void)unused;
    enum { N = 5000 };
    static uint32_t lowest[N];
    bm_features features = {0};
    assert_int_equal(bm_features_init(&features, N, 2, NULL), BM_OK);
    for (size_t i = 0; i < N; i++) {
        features.x[2 * i] = i > 0 ? nextafter(features.x[2 * i - 2], 2) : 1;
        features.x[2 * i + 1] = 1;
    }
    assert_int_equal(bm_lowest_equal(&features, lowest, NULL), BM_OK);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(lowest[i], i);
    bm_features_free(&features);
}

static void zeros_of_both_signs_have_one_hash(void **unused) {
    (void)unused;
    const double a[] = {0.0, 1, -0.0}, b[] = {-0.0, 1, 0.0}, c[] = {1, 0.0, 0.0};
    assert_true(bm_hash_row(a, 3) == bm_hash_row(b, 3));
    assert_true(bm_hash_row(a, 3) != bm_hash_row(c, 3));
}

static void a_set_holds_each_row_once(void **unused) {
    (void)unused;
    double rows[3 * 2] = {0};
    const double draw[][2] = {{0.0, 1}, {-0.0, 1}, {1, 0}, {0.0, 1}, {1, 1}, {1, 0}};
    const int is_new[] = {1, 0, 1, 0, 1, 0};
    bm_row_set set;
    assert_int_equal(bm_row_set_init(&set, rows, 3, 2, NULL), BM_OK);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(bm_row_set_has(&set, draw[i]), !is_new[i]);
        assert_int_equal(bm_row_set_add(&set, draw[i]), is_new[i]);
        if (is_new[i])
            memcpy(rows + 2 * (set.count - 1), draw[i], sizeof draw[i]);
    }
    bm_row_set_free(&set);
}

static void an_interrupt_ends_the_search_for_equals(void **unused) {
    (void)unused;
    bm_features features = {0};
    uint32_t lowest[10];
    assert_int_equal(bm_features_init(&features, 10, 1, NULL), BM_OK);
    bm_interrupt(SIGINT);
    assert_int_equal(bm_lowest_equal(&features, lowest, NULL), BM_INTERRUPTED);
    bm_interrupt(0);
    bm_features_free(&features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_has_the_lowest_of_its_equals),
        cmocka_unit_test(rows_that_differ_by_one_bit_are_not_equal),
        cmocka_unit_test(zeros_of_both_signs_have_one_hash),
        cmocka_unit_test(a_set_holds_each_row_once),
        cmocka_unit_test(an_interrupt_ends_the_search_for_equals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
