/* The order in which near centres stand side by side. */
#include "cluster/centre_order.h"
#include "dataset.h"

#include "buyermap/context.h"

#include <signal.h>

enum { N = 1000, CELL = 64 };

static void points_of_a_line_stand_in_cells_that_do_not_overlap(void **unused) {
    (void)unused;
    double x[N];
    uint32_t order[N];
    for (size_t i = 0; i < N; i++)
        x[i] = (double)(i * 389 % N);
    assert_int_equal(bm_centre_order(x, N, 1, order, NULL), BM_OK);
    for (size_t at = 0; at < N; at++)
        assert_int_equal((size_t)x[order[at]] / CELL, at / CELL);
}

static void an_interrupt_ends_the_halving(void **unused) {
    (void)unused;
    double x[N] = {0};
    uint32_t order[N];
    bm_interrupt(SIGINT);
    assert_int_equal(bm_centre_order(x, N, 1, order, NULL), BM_INTERRUPTED);
    bm_interrupt(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_a_line_stand_in_cells_that_do_not_overlap),
        cmocka_unit_test(an_interrupt_ends_the_halving),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
