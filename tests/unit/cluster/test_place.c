/* The two nearest centroids, against the plain search: labels, distances and margins bit for bit.
 */
#include "cluster/place.h"
#include "dataset.h"
#include "kernel/distance.h"

enum { MOST = 48 };

/* By squared distances alone, ties to the lower index. */
static bm_place plainly(const double *row, const double *centroid, size_t k, size_t d) {
    double square[MOST];
    size_t own = 0, second = k;
    for (size_t j = 0; j < k; j++) {
        square[j] = bm_squared_distance(row, centroid + j * d, d);
        own = square[j] < square[own] ? j : own;
    }
    for (size_t j = 0; j < k; j++)
        if (j != own && (second == k || square[j] < square[second]))
            second = j;
    bm_place place = {(int32_t)own + 1, 0, sqrt(square[own]), NAN};
    if (second == k)
        return place;
    place.second = (int32_t)second + 1;
    place.margin = square[second] > 0 ? 1 - sqrt(square[own]) / sqrt(square[second]) : 0;
    return place;
}

static void assert_same(bm_place a, bm_place b) {
    assert_int_equal(a.segment, b.segment);
    assert_int_equal(a.second, b.second);
    assert_memory_equal(&a.distance, &b.distance, sizeof a.distance);
    if (isnan(a.margin) && isnan(b.margin))
        return;
    assert_memory_equal(&a.margin, &b.margin, sizeof a.margin);
}

/* A number from a sequence of its own, 0 … below `values`. */
static double draw(uint64_t *state, uint64_t values) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)((*state >> 33) % values);
}

static void compare(size_t k, size_t d, uint64_t values, double unit, double offset) {
    uint64_t state = k * 1000 + d + values;
    double centroid[MOST * 24], row[24], scratch[MOST + 8];
    bm_places places;
    for (size_t i = 0; i < k * d; i++)
        centroid[i] = offset + unit * draw(&state, values);
    assert_int_equal(bm_places_init(&places, centroid, k, d, NULL), BM_OK);
    assert_in_range(bm_places_scratch(&places), k, k + 7);
    for (size_t n = 0; n < 200; n++) {
        bm_place place;
        for (size_t i = 0; i < d; i++)
            row[i] = offset + unit * draw(&state, values);
        bm_place_row(&places, row, scratch, &place);
        assert_same(place, plainly(row, centroid, k, d));
    }
    bm_places_free(&places);
}

static void places_are_those_of_the_plain_search(void **state) {
    (void)state;
    for (size_t k = 1; k <= MOST; k = k < 10 ? k + 1 : k + 7)
        for (size_t d = 1; d <= 21; d++)
            compare(k, d, 1u << 30, 0x1p-30, -0.5);
}

static void ties_on_a_grid_go_to_the_lower_segment(void **state) {
    (void)state;
    for (size_t k = 1; k <= MOST; k = k < 10 ? k + 1 : k + 7)
        for (size_t d = 1; d <= 8; d++)
            compare(k, d, 3, 1, 0);
}

static void squares_decide_where_roots_are_equal(void **state) {
    (void)state;
    double centroid[] = {0, 0}, row = 0, scratch[8];
    bm_place place;
    bm_places places;
    /* 1 + 2^-52, whose root rounds to 1. */
    double two[] = {1, 0x1p-26, 1, 0}, origin[] = {0, 0};
    assert_true(bm_squared_distance(origin, two, 2) > bm_squared_distance(origin, two + 2, 2));
    assert_true(sqrt(bm_squared_distance(origin, two, 2)) <=
                sqrt(bm_squared_distance(origin, two + 2, 2)));
    assert_int_equal(bm_places_init(&places, two, 2, 2, NULL), BM_OK);
    bm_place_row(&places, origin, scratch, &place);
    assert_int_equal(place.segment, 2);
    assert_int_equal(place.second, 1);
    bm_places_free(&places);
    assert_int_equal(bm_places_init(&places, centroid, 2, 1, NULL), BM_OK);
    bm_place_row(&places, &row, scratch, &place);
    assert_int_equal(place.segment, 1);
    assert_true(fabs(place.margin) <= 0);
    bm_places_free(&places);
}

static void distances_that_overflow_leave_the_first_segment(void **state) {
    (void)state;
    double centroid[] = {1e200, -1e200, 2e200}, row = 0, scratch[8];
    bm_place place;
    bm_places places;
    assert_int_equal(bm_places_init(&places, centroid, 3, 1, NULL), BM_OK);
    bm_place_row(&places, &row, scratch, &place);
    assert_same(place, plainly(&row, centroid, 3, 1));
    assert_int_equal(place.segment, 1);
    bm_places_free(&places);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_those_of_the_plain_search),
        cmocka_unit_test(ties_on_a_grid_go_to_the_lower_segment),
        cmocka_unit_test(squares_decide_where_roots_are_equal),
        cmocka_unit_test(distances_that_overflow_leave_the_first_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
