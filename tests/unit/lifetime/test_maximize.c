/* The search for a maximum, on functions whose top is known. */
#include "lifetime/maximize.h"

#include "base/statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const bm_maximize_options plain = {2, -20, 20, 1e-14, 500};

/* Rosenbrock's valley, upside down: its top is at (1, 1). */
static bm_status valley(const void *arg, const double *at, double *value, double *gradient,
                        bm_error *err) {
    double bend = at[1] - at[0] * at[0];
    (void)arg;
    (void)err;
    *value = -(1 - at[0]) * (1 - at[0]) - 100 * bend * bend;
    gradient[0] = 2 * (1 - at[0]) + 400 * at[0] * bend;
    gradient[1] = -200 * bend;
    return BM_OK;
}

static void it_finds_the_top_of_a_bent_valley(void **unused) {
    bm_maximum top = {.at = {-1.2, 1}};
    (void)unused;
    assert_int_equal(bm_maximize(valley, NULL, &plain, 0, &top, NULL), BM_OK);
    assert_true(top.converged && !top.at_bound);
    assert_true(fabs(top.at[0] - 1) < 1e-6 && fabs(top.at[1] - 1) < 1e-6);
    /* Minus the Hessian there: [802 −400; −400 200]. */
    assert_true(fabs(top.curvature[0] - 802) < 1e-3 && fabs(top.curvature[1] + 400) < 1e-3 &&
                fabs(top.curvature[3] - 200) < 1e-3);
    assert_true(top.evaluations < 200);
}

/* Rises for ever along the first variable. */
static bm_status slope(const void *arg, const double *at, double *value, double *gradient,
                       bm_error *err) {
    (void)arg;
    (void)err;
    *value = -exp(-at[0]) - at[1] * at[1];
    gradient[0] = exp(-at[0]);
    gradient[1] = -2 * at[1];
    return BM_OK;
}

static void it_ends_on_the_box_where_the_function_rises_for_ever(void **unused) {
    const bm_maximize_options small = {2, -3, 3, 1e-14, 500};
    bm_maximum top = {.at = {0, 2}};
    (void)unused;
    assert_int_equal(bm_maximize(slope, NULL, &small, 0, &top, NULL), BM_OK);
    assert_true(top.at_bound && fabs(top.at[0] - 3) < 1e-12 && fabs(top.at[1]) < 1e-7);
}

/* No value left of 0: as a likelihood outside of its domain. */
static bm_status half(const void *arg, const double *at, double *value, double *gradient,
                      bm_error *err) {
    (void)arg;
    (void)err;
    *value = at[0] < 0 ? NAN : -(at[0] - 0.1) * (at[0] - 0.1) - at[1] * at[1];
    gradient[0] = -2 * (at[0] - 0.1);
    gradient[1] = -2 * at[1];
    return BM_OK;
}

static void it_does_not_step_where_there_is_no_value(void **unused) {
    bm_maximum top = {.at = {4, 1}};
    (void)unused;
    assert_int_equal(bm_maximize(half, NULL, &plain, 0, &top, NULL), BM_OK);
    assert_true(fabs(top.at[0] - 0.1) < 1e-7 && fabs(top.at[1]) < 1e-7);
}

static void a_curvature_is_inverted_or_refused(void **unused) {
    const double good[] = {4, 2, 2, 3}, flat[] = {1, 1, 1, 1};
    double inverse[4];
    (void)unused;
    assert_true(bm_invert(good, 2, inverse));
    assert_true(fabs(inverse[0] - 0.375) < 1e-15 && fabs(inverse[1] + 0.25) < 1e-15 &&
                fabs(inverse[3] - 0.5) < 1e-15);
    assert_false(bm_invert(flat, 2, inverse));
}

static int start(void **unused) {
    (void)unused;
    bm_statistics_start();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_the_top_of_a_bent_valley),
        cmocka_unit_test(it_ends_on_the_box_where_the_function_rises_for_ever),
        cmocka_unit_test(it_does_not_step_where_there_is_no_value),
        cmocka_unit_test(a_curvature_is_inverted_or_refused),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
