/* The dip and its p-value, against R's diptest 0.76. */
#include "dataset.h"

#include "cluster/dip.h"

static void published_dips(void **state) {
    (void)state;
    static const double two[] = {1, 2, 3, 4, 5, 11, 12, 13, 14, 15};
    static const double one[] = {0, 1, 1.5, 1.75, 2, 2.2, 2.4, 3, 4, 7.5};
    static const double equal[] = {3, 3, 3, 3};
    double squares[20];
    size_t scratch[80];
    for (size_t i = 0; i < 20; i++)
        squares[i] = (double)((i + 1) * (i + 1));
    assert_near(bm_dip(two, 10, scratch), 0.15, 1e-14);
    assert_near(bm_dip(one, 10, scratch), 0.05, 1e-14);
    assert_near(bm_dip(squares, 20, scratch), 0.025, 1e-14);
    assert_near(bm_dip(equal, 4, scratch), 0.125, 1e-14);
    assert_near(bm_dip(two, 1, scratch), 0.5, 1e-14);
}

/* Two heaps far apart have a quarter, and the dip depends on neither unit nor sign. */
static void two_heaps_dip_most(void **state) {
    (void)state;
    double up[400], down[400];
    size_t scratch[1600];
    uint64_t random = 1;
    double heap = 0;
    for (size_t i = 0; i < 400; i++) {
        heap += next_random(&random) * 1e-6;
        up[i] = heap + (i < 200 ? 0 : 1000);
    }
    for (size_t i = 0; i < 400; i++)
        down[i] = -3 * up[399 - i];
    double dip = bm_dip(up, 400, scratch);
    assert_in_range((long)(dip * 1e6), 248000, 250000);
    assert_near(bm_dip(down, 400, scratch), dip, 1e-9);
}

/* Quantiles of qDiptab (R's diptest): the chance must not be smaller, and not by much larger. */
static void chances_are_those_of_the_table(void **state) {
    (void)state;
    static const struct {
        size_t n;
        double dip, chance;
    } row[] = {{500, 0.5306, 0.05},   {500, 0.6138, 0.01},   {500, 0.8046, 1e-4},
               {5000, 0.5410, 0.05},  {5000, 0.6267, 0.01},  {5000, 0.7318, 1e-3},
               {40000, 0.5448, 0.05}, {40000, 0.6319, 0.01}, {40000, 0.8298, 1e-4}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        double p = exp(bm_dip_log_p(row[i].dip / sqrt((double)row[i].n), row[i].n));
        assert_true(p > 0.9 * row[i].chance && p < 2 * row[i].chance);
    }
    assert_true(bm_dip_log_p(0.25, 100000) < -1000);
    assert_true(bm_dip_log_p(1e-9, 10) >= 0 && bm_dip_log_p(1e-9, 10) <= 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_dips),
        cmocka_unit_test(two_heaps_dip_most),
        cmocka_unit_test(chances_are_those_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
