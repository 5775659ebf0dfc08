/* Kernels of the Pareto/NBD likelihood: every variant against the plain one, bit for bit, and that
 * against plain loops in long double. */
#include "base/legendre.h"
#include "kernel/pareto.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A fixed sequence; spread evenly over [0, 1). */
static double next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static double between(uint64_t *random, double low, double high) {
    return exp(log(low) + next(random) * log(high / low));
}

/* Parameters over many orders of magnitude, alpha = beta now and then; patterns of one or more x,
 * T = t_x now and then. */
static void draw(uint64_t *random, double *parameter, bm_pareto_lanes *of) {
    parameter[0] = between(random, 1e-3, 1e3);
    parameter[1] = between(random, 1e-4, 1e5);
    parameter[2] = between(random, 1e-3, 1e3);
    parameter[3] = next(random) < 0.2 ? parameter[1] : between(random, 1e-4, 1e5);
    double x = floor(between(random, 1, 1e5)) - 1;
    for (int l = 0; l < BM_PARETO_LANES; l++) {
        double kind = next(random);
        of->x[l] = kind < 0.1 ? 0 : x;
        of->t[l] = between(random, 1e-1, 1e4);
        of->t_x[l] = of->x[l] > 0 ? of->t[l] * (kind > 0.9 ? 1 : next(random)) : 0;
    }
}

static void variants_give_the_same_bits(void **state) {
    (void)state;
    for (const bm_pareto_kernel *kernel = bm_pareto_kernels; kernel->name != NULL; kernel++) {
        if (!kernel->runs_here())
            continue;
        uint64_t random = 7;
        for (int i = 0; i < 3000; i++) {
            double parameter[4];
            bm_pareto_lanes plain, of;
            draw(&random, parameter, &plain);
            of = plain;
            bm_pareto_generic(parameter, &plain);
            kernel->likelihood(parameter, &of);
            assert_memory_equal(&of, &plain, sizeof of);
        }
    }
}

/* log L and derivatives of one pattern, from log1p and exp of long doubles and panels over which
 * the integrand changes little. */
static void in_long_double(const double *parameter, double x, double t_x, double t, double *log_l,
                           double *by) {
    const bm_legendre *rule = bm_legendre_rule(32);
    long double r = parameter[0], alpha = parameter[1], s = parameter[2], beta = parameter[3];
    long double n = r + x, near = fminl(alpha, beta), length = log1pl((t - t_x) / (near + t_x));
    long double v = 0, sum[5] = {0};
    while (v < length) {
        long double q = expm1l(v), slope;
        slope = fabsl(n / (1 + (alpha - near) / (near + t_x) / (1 + q))) +
                fabsl((s + 1) / (1 + (beta - near) / (near + t_x) / (1 + q))) + 1;
        long double width = fminl(fminl(0.5L, 3 / slope), length - v), most = 0;
        for (size_t i = 0; i < rule->nodes; i++) {
            long double at = v + width * (long double)rule->node[i];
            long double gone = (near + t_x) * expm1l(at), tau = t_x + gone;
            long double of_alpha = log1pl(gone / (alpha + t_x));
            long double of_beta = log1pl(gone / (beta + t_x));
            long double h = expl(at - n * of_alpha - (s + 1) * of_beta);
            most = fmaxl(most, h);
            h *= s * width * (long double)rule->weight[i] * (near + t_x) / (beta + t_x);
            sum[0] += h;
            sum[1] += h * of_alpha;
            sum[2] += h * of_beta;
            sum[3] += h * tau / (alpha + tau);
            sum[4] += h * tau / (beta + tau);
        }
        v += width;
        if (most < 1e-30L)
            break;
    }
    long double of_alpha = log1pl((t - t_x) / (alpha + t_x));
    long double of_beta = log1pl((t - t_x) / (beta + t_x));
    long double alive = expl(-n * of_alpha - s * of_beta), whole = alive + sum[0];
    long double start_alpha = log1pl(t_x / alpha), start_beta = log1pl(t_x / beta);
    *log_l = (double)(logl(whole) - n * start_alpha - s * start_beta);
    by[0] = (double)(-start_alpha - (alive * of_alpha + sum[1]) / whole);
    by[1] = (double)(n * (alive * t / (alpha + t) + sum[3]) / whole - x);
    by[2] = (double)(sum[0] / whole - s * (start_beta + (alive * of_beta + sum[2]) / whole));
    by[3] = (double)((s * alive * t / (beta + t) + (s + 1) * sum[4] - sum[0]) / whole);
}

static void near_to(double value, double wanted, double scale) {
    if (!(fabs(value - wanted) <= 3e-14 * (1 + fabs(wanted) + scale)))
        fail_msg("%.17g should be %.17g", value, wanted);
}

static void the_plain_kernel_agrees_with_long_doubles(void **state) {
    (void)state;
    uint64_t random = 11;
    for (int i = 0; i < 60; i++) {
        double parameter[4], log_l, by[4];
        bm_pareto_lanes of;
        draw(&random, parameter, &of);
        bm_pareto_generic(parameter, &of);
        for (int l = 0; l < BM_PARETO_LANES; l++) {
            in_long_double(parameter, of.x[l], of.t_x[l], of.t[l], &log_l, by);
            near_to(of.log_likelihood[l], log_l, 0);
            /* Differences of terms of about n and s. */
            near_to(of.by[0][l], by[0], 0);
            near_to(of.by[1][l], by[1], parameter[0] + of.x[l]);
            near_to(of.by[2][l], by[2], parameter[2]);
            near_to(of.by[3][l], by[3], parameter[2]);
        }
    }
}

static void equal_patterns_give_equal_lanes(void **state) {
    (void)state;
    const double parameter[] = {0.55, 10.6, 0.6, 11.7};
    bm_pareto_lanes of;
    for (int l = 0; l < BM_PARETO_LANES; l++) {
        of.x[l] = 4;
        of.t_x[l] = 20;
        of.t[l] = 39;
    }
    bm_pareto_here()->likelihood(parameter, &of);
    for (int l = 1; l < BM_PARETO_LANES; l++)
        assert_memory_equal(&of.log_likelihood[l], &of.log_likelihood[0], sizeof(double));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variants_give_the_same_bits),
        cmocka_unit_test(the_plain_kernel_agrees_with_long_doubles),
        cmocka_unit_test(equal_patterns_give_equal_lanes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
