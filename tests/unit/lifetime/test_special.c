/* Special functions beside 30 to 40 digits of mpmath 1.2.1 (loggamma, psi; 2F1 and quadrature of
 * the definitions). */
#include "lifetime/special.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_close(double got, double wanted, double relative) {
    if (!(fabs(got - wanted) <= relative * fabs(wanted)))
        fail_msg("%.17g, not %.17g: off by %.2g of it", got, wanted, got / wanted - 1);
}

static void rising_factorials_are_those_of_mpmath(void **unused) {
    static const struct {
        double a, x, logarithm, derivative;
    } row[] = {
        {0.2426, 26.0, 57.470688907637284, 7.6065719196597881},
        {0.001, 3.0, -6.2131087230474571, 1001.4987511239385},
        {1e-08, 100000.0, 1051269.2882930338, 100000012.09013611},
        {100000000.0, 40.0, 736.82723755809359, 3.9999992200002054e-7},
        {1000000000000.0, 1000.0, 27631.021116428048, 9.999999995005e-10},
        {3.7, 0.25, 0.30123771711241835, 0.074671987048502143},
        {100000.0, 100000.0, 1189921.636035005, 0.69314968056619531},
        {15.9, 33.0, 112.66037544210082, 1.1449745290270882},
        {0.5, 1.5, -0.57236494292470009, 2.3862943611198906},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_close(bm_ln_rising(row[i].a, row[i].x), row[i].logarithm, 2e-13);
        assert_close(bm_psi_rising(row[i].a, row[i].x), row[i].derivative, 2e-13);
    }
    assert_true(bm_ln_rising(0.3, 0) == 0 && bm_psi_rising(0.3, 0) == 0);
}

static void rising_factorials_multiply(void **unused) {
    (void)unused;
    for (double a = 0.01; a < 1e4; a *= 3.7) {
        for (double x = 1; x < 400; x = floor(x * 1.7) + 1) {
            double whole = bm_ln_rising(a, x + 40);
            double parts = bm_ln_rising(a, x) + bm_ln_rising(a + x, 40);
            assert_true(fabs(whole - parts) <= 1e-13 * (1 + fabs(whole)));
        }
    }
}

static void orders_until_dropout_are_those_of_the_closed_form(void **unused) {
    static const struct {
        double a, b, n, ahead, orders;
    } row[] = {
        {0.79, 2.43, 0.2426, 11.791383219954648, 1.4481114101311736},
        {1.0, 2.5, 0.3, 10.0, 1.4219073865169124},
        {0.31, 0.5, 0.11, 9.25925925925926, 0.56458861553278476},
        {0.793, 1002.4, 1000.243, 0.2873177926331718, 259.38924329716479},
        {0.1, 0.2, 0.5, 500.0, 97.76500538935708},
        {2.0, 5.0, 3.0, 0.001, 0.0029982867850004996},
        {50.0, 200.0, 0.3, 10000.0, 4.5578707562005549},
        {0.01, 3.0, 0.2, 100.0, 19.490476470370063},
        {0.8, 100000.0, 100000.0, 0.5, 42235.873425273307},
        {0.8, 2.5, 0.25, 1000000.0, 75.591955647543462},
        {5.0, 0.1, 40.0, 7.0, 1.024999999842813},
        {0.001, 10.0, 2.0, 50.0, 99.812524772437113},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        assert_close(bm_orders_until_dropout(row[i].a, row[i].b, row[i].n, row[i].ahead),
                     row[i].orders, 1e-11);
    assert_true(bm_orders_until_dropout(1, 1, 1, 0) == 0);
}

/* The sum and the integral meet where one takes over from the other. */
static void orders_until_dropout_grow_smoothly(void **unused) {
    (void)unused;
    for (double n = 0.05; n < 500; n *= 4) {
        for (double a = 0.03; a < 60; a *= 5) {
            double before = 0;
            for (double ahead = 1; ahead < 1e5; ahead *= 1.03) {
                double now = bm_orders_until_dropout(a, 2.3, n, ahead);
                assert_true(now > before * (1 - 1e-12));
                assert_true(now <= n * ahead);
                /* A step of 3 % adds at most 3 %: it is concave from 0. */
                assert_true(before == 0 || now <= before * 1.0300001);
                before = now;
            }
        }
    }
}

static void discounted_orders_are_those_of_quadrature(void **unused) {
    static const struct {
        double a, b, n, delta, orders;
    } row[] = {
        {0.793, 2.426, 0.243, 0.0079452, 4.3989996966690064},
        {0.793, 28.4, 26.2426, 0.0774, 80.968939636675819},
        {1.0, 2.5, 2.0, 0.01, 9.5368695732116592},
        {3.0, 5.0, 10.0, 0.2, 3.1420686171858816},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        assert_close(bm_discounted_until_dropout(row[i].a, row[i].b, row[i].n, row[i].delta),
                     row[i].orders, 1e-10);
}

static void logarithms_add_without_overflow(void **unused) {
    (void)unused;
    assert_close(bm_log_add(-1000, -1000), -1000 + log(2), 1e-15);
    assert_close(bm_log_add(1e5, 0), 1e5, 1e-15);
    assert_true(bm_log_add(-INFINITY, -3) == -3 && bm_log_add(-3, -INFINITY) == -3);
    assert_true(bm_log_add(-INFINITY, -INFINITY) == -INFINITY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rising_factorials_are_those_of_mpmath),
        cmocka_unit_test(rising_factorials_multiply),
        cmocka_unit_test(orders_until_dropout_are_those_of_the_closed_form),
        cmocka_unit_test(orders_until_dropout_grow_smoothly),
        cmocka_unit_test(discounted_orders_are_those_of_quadrature),
        cmocka_unit_test(logarithms_add_without_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
