/* Tests between groups beside a plain computation of their statistics by the textbook's covariance
 * matrix, which looks at every row at every time. */
#include "../profile/result_cells.h"
#include "base/random.h"
#include "base/statistics.h"
#include "lifetime/survival.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_linalg.h>
#include <stdlib.h>

enum { MOST = 4000 };

static bm_survival fitted(const double *time, const uint8_t *event, const int32_t *group, size_t n,
                          size_t groups) {
    const bm_durations rows = {time, event, group, n};
    bm_survival survival;
    assert_int_equal(bm_survival_fit(&rows, groups, NULL, &survival, NULL), BM_OK);
    return survival;
}

/* Rows drawn so that groups differ in size, rate and censoring; ties where `step` is not 0. */
typedef struct sample {
    double time[MOST];
    uint8_t event[MOST];
    int32_t group[MOST];
    size_t n, k;
} sample;

static void draw(sample *s, size_t n, size_t k, double step, uint64_t seed) {
    gsl_rng *rng = NULL;
    assert_int_equal(bm_random_new(&rng, seed, "test of survival", n, NULL), BM_OK);
    s->n = n;
    s->k = k;
    for (size_t i = 0; i < n; i++) {
        double u = gsl_rng_uniform(rng);
        s->group[i] = (int32_t)(u * u * (double)k);
        s->time[i] = -log(1 - gsl_rng_uniform(rng)) * (10 + s->group[i]);
        if (step > 0)
            s->time[i] = floor(s->time[i] / step) * step;
        s->event[i] = gsl_rng_uniform(rng) < 0.7;
    }
    gsl_rng_free(rng);
}

static int before(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct matrices {
    gsl_vector *z;
    gsl_matrix *v;
} matrices;

/* One time: the textbook's formulas, with at-risk counts from the rows. */
static void add_time(const sample *s, double time, int test, double *pooled, matrices *m) {
    double n = 0, d = 0, *at_risk = calloc(s->k, sizeof *at_risk),
           *events = calloc(s->k, sizeof *events);
    for (size_t i = 0; i < s->n; i++) {
        at_risk[s->group[i]] += s->time[i] >= time;
        events[s->group[i]] += s->time[i] == time && s->event[i];
        n += s->time[i] >= time;
        d += s->time[i] == time && s->event[i];
    }
    const double weight[] = {1, n, sqrt(n), *pooled};
    double w = weight[test], spread = n > 1 ? w * w * d * (n - d) / (n - 1) : 0;
    for (size_t i = 0; i + 1 < s->k; i++) {
        double p = at_risk[i] / n;
        gsl_vector_set(m->z, i, gsl_vector_get(m->z, i) + w * (events[i] - d * p));
        for (size_t j = 0; j + 1 < s->k; j++)
            gsl_matrix_set(m->v, i, j,
                           gsl_matrix_get(m->v, i, j) +
                               spread * ((i == j ? p : 0) - p * at_risk[j] / n));
    }
    *pooled *= 1 - d / n;
    free(at_risk);
    free(events);
}

static double statistic_of(const sample *s, int test) {
    matrices m = {gsl_vector_calloc(s->k - 1), gsl_matrix_calloc(s->k - 1, s->k - 1)};
    gsl_vector *x = gsl_vector_alloc(s->k - 1);
    double *time = malloc(s->n * sizeof *time), pooled = 1, statistic = 0;
    memcpy(time, s->time, s->n * sizeof *time);
    qsort(time, s->n, sizeof *time, before);
    for (size_t i = 0; i < s->n; i++) {
        if (i == 0 || time[i] != time[i - 1])
            add_time(s, time[i], test, &pooled, &m);
    }
    assert_int_equal(gsl_linalg_cholesky_decomp1(m.v), 0);
    gsl_linalg_cholesky_solve(m.v, m.z, x);
    for (size_t i = 0; i + 1 < s->k; i++)
        statistic += gsl_vector_get(x, i) * gsl_vector_get(m.z, i);
    gsl_vector_free(m.z);
    gsl_vector_free(x);
    gsl_matrix_free(m.v);
    free(time);
    return statistic;
}

static void tests_equal_the_covariance_matrix_of_the_textbook(void **state) {
    (void)state;
    static sample s;
    static const struct {
        size_t n, k;
        double step;
    } set[] = {{30, 2, 0}, {300, 2, 5}, {60, 3, 1}, {400, 5, 0}, {500, 9, 2}, {800, 20, 0}};
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
        draw(&s, set[i].n, set[i].k, set[i].step, i);
        bm_survival survival = fitted(s.time, s.event, s.group, s.n, s.k);
        bm_survival_tested tested[BM_SURVIVAL_TESTS];
        size_t groups;
        assert_int_equal(bm_survival_compare(&survival, NULL, tested, &groups, NULL), BM_OK);
        assert_int_equal(groups, s.k);
        for (int t = 0; t < BM_SURVIVAL_TESTS; t++) {
            assert_close(tested[t].statistic, statistic_of(&s, t));
            assert_int_equal(tested[t].degrees, s.k - 1);
            assert_close(tested[t].p_value, gsl_cdf_chisq_Q(tested[t].statistic, (double)s.k - 1));
        }
        bm_survival_free(&survival);
    }
}

/* A group that is gone before the first event says nothing of rates: the others are compared. */
static void groups_without_a_say_leave_the_test(void **state) {
    (void)state;
    const double time[] = {1, 2, 6, 7, 9, 4, 5, 8, 10, 1, 3};
    const uint8_t event[] = {0, 0, 1, 1, 1, 1, 0, 1, 1, 0, 0};
    const int32_t group[] = {0, 0, 2, 2, 2, 3, 3, 3, 3, 0, 0};
    bm_survival_tested with[BM_SURVIVAL_TESTS], without[BM_SURVIVAL_TESTS];
    size_t groups;
    bm_survival survival = fitted(time, event, group, 11, 4);
    assert_int_equal(bm_survival_compare(&survival, NULL, with, &groups, NULL), BM_OK);
    assert_int_equal(groups, 3); /* group 1 has no rows */
    bm_survival_free(&survival);
    survival = fitted(time + 2, event + 2, group + 2, 7, 4);
    assert_int_equal(bm_survival_compare(&survival, NULL, without, &groups, NULL), BM_OK);
    for (int t = 0; t < BM_SURVIVAL_TESTS; t++) {
        assert_int_equal(with[t].degrees, 1);
        assert_close(with[t].statistic, without[t].statistic);
        assert_close(with[t].p_value, without[t].p_value);
    }
    bm_survival_free(&survival);
}

static void where_nothing_can_be_compared_the_test_says_so(void **state) {
    (void)state;
    const double time[] = {3, 3, 3, 3};
    const uint8_t all[] = {1, 1, 1, 1}, none[] = {0, 0, 0, 0};
    const uint8_t *const event[] = {all, none};
    const int32_t group[] = {0, 0, 1, 1};
    for (size_t i = 0; i < 2; i++) {
        bm_survival_tested tested[BM_SURVIVAL_TESTS];
        size_t groups;
        bm_survival survival = fitted(time, event[i], group, 4, 2);
        assert_int_equal(bm_survival_compare(&survival, NULL, tested, &groups, NULL), BM_OK);
        for (int t = 0; t < BM_SURVIVAL_TESTS; t++) {
            assert_true(tested[t].statistic == 0 && tested[t].p_value == 1);
            assert_int_equal(tested[t].degrees, 0);
        }
        bm_survival_free(&survival);
    }
}

/* Two large groups and one of a few rows that is soon gone: V is all but singular. */
static void unequal_groups_keep_their_digits(void **state) {
    (void)state;
    static sample s;
    draw(&s, 3000, 2, 0, 11);
    for (size_t i = 0; i < 3; i++)
        s.group[i] = 2, s.time[i] = 1e-3 * (double)i, s.event[i] = i == 1;
    s.k = 3;
    bm_survival survival = fitted(s.time, s.event, s.group, s.n, 3);
    bm_survival_tested tested[BM_SURVIVAL_TESTS];
    size_t groups;
    assert_int_equal(bm_survival_compare(&survival, NULL, tested, &groups, NULL), BM_OK);
    for (int t = 0; t < BM_SURVIVAL_TESTS; t++)
        assert_close(tested[t].statistic, statistic_of(&s, t));
    bm_survival_free(&survival);
}

static void nothing_depends_on_the_order_of_rows(void **state) {
    (void)state;
    static sample s, turned;
    draw(&s, 997, 4, 1, 5);
    turned = s;
    for (size_t i = 0; i < s.n; i++) {
        size_t from = (i * 31 + 7) % s.n;
        turned.time[i] = s.time[from];
        turned.event[i] = s.event[from];
        turned.group[i] = s.group[from];
    }
    bm_survival a = fitted(s.time, s.event, s.group, s.n, 4);
    bm_survival b = fitted(turned.time, turned.event, turned.group, turned.n, 4);
    assert_int_equal(a.steps, b.steps);
    assert_memory_equal(a.step, b.step, a.steps * sizeof *a.step);
    assert_memory_equal(a.pooled, b.pooled, a.steps * sizeof *a.pooled);
    bm_survival_free(&a);
    bm_survival_free(&b);
}

static void too_many_groups_are_not_tested(void **state) {
    (void)state;
    enum { GROUPS = BM_MOST_TESTED_GROUPS + 1 };
    static double time[GROUPS];
    static uint8_t event[GROUPS];
    static int32_t group[GROUPS];
    for (size_t i = 0; i < GROUPS; i++)
        time[i] = (double)(i % 7), event[i] = i % 3 > 0, group[i] = (int32_t)i;
    bm_survival_tested tested[BM_SURVIVAL_TESTS];
    size_t groups;
    for (size_t n = GROUPS - 1; n <= GROUPS; n++) {
        bm_survival survival = fitted(time, event, group, n, n);
        tested[0].degrees = 12345;
        assert_int_equal(bm_survival_compare(&survival, NULL, tested, &groups, NULL), BM_OK);
        assert_int_equal(groups, n);
        assert_int_equal(tested[0].degrees, n == GROUPS ? 12345 : n - 1);
        bm_survival_free(&survival);
    }
}

int main(void) {
    bm_statistics_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tests_equal_the_covariance_matrix_of_the_textbook),
        cmocka_unit_test(groups_without_a_say_leave_the_test),
        cmocka_unit_test(where_nothing_can_be_compared_the_test_says_so),
        cmocka_unit_test(unequal_groups_keep_their_digits),
        cmocka_unit_test(nothing_depends_on_the_order_of_rows),
        cmocka_unit_test(too_many_groups_are_not_tested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
