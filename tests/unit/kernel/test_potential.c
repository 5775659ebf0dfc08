/* Every variant of the potential kernel against plain loops, bit for bit. */
#include "kernel/potential.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_FEATURES = 200, MOST_FOLDS = 70, MOST_TRIED = 9, EVERY = 8, GUARD = -7 };

/* What the header says, in so many words. */
#define PLAIN(name, value)                                                                         \
    static value name##_square(const value *a, const value *b, size_t d) {                         \
        value sum = 0;                                                                             \
        for (size_t f = 0; f < d; f++) {                                                           \
            value apart = a[f] - b[f];                                                             \
            sum += apart * apart;                                                                  \
        }                                                                                          \
        return sum;                                                                                \
    }                                                                                              \
    static double name##_left(const bm_potential_step *step, const bm_potential_rows *rows,        \
                              const value *trial) {                                                \
        double sum[EVERY] = {0};                                                                   \
        for (size_t i = 0; i < rows->rows; i++) {                                                  \
            value least = ((value *)rows->distance)[i];                                            \
            if (trial != NULL) {                                                                   \
                value tried = name##_square((const value *)rows->x + i * step->d, trial, step->d); \
                least = tried < least ? tried : least;                                             \
            }                                                                                      \
            sum[i % EVERY] += (rows->weight != NULL ? rows->weight[i] : 1) * (double)least;        \
        }                                                                                          \
        return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));  \
    }                                                                                              \
    static void name(const bm_potential_step *step, const bm_potential_rows *rows, double *left) { \
        value *distance = rows->distance;                                                          \
        for (size_t j = 0; j < step->folds; j++)                                                   \
            for (size_t i = 0; i < rows->rows; i++) {                                              \
                value apart = name##_square((const value *)rows->x + i * step->d,                  \
                                            (const value *)step->fold + j * step->d, step->d);     \
                if (apart < distance[i]) {                                                         \
                    distance[i] = apart;                                                           \
                    rows->label[i] = step->first + (int32_t)j;                                     \
                }                                                                                  \
            }                                                                                      \
        for (size_t t = 0; t < step->trials; t++)                                                  \
            left[t] = name##_left(step, rows, (const value *)step->trial + t * step->d);           \
        if (step->trials == 0)                                                                     \
            left[0] = name##_left(step, rows, NULL);                                               \
    }
PLAIN(plain_float, float)
PLAIN(plain_double, double)

/* A fixed sequence; spread evenly over [0, 1). */
static double next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* shape 0: reals; 1: small whole numbers, so that many distances tie; 2: very different sizes, some
 * of which overflow when squared in single precision. */
static double one(int shape, uint64_t *state) {
    double u = next(state);
    return shape == 0 ? u - 0.5 : shape == 1 ? floor(3 * u) : (u - 0.5) * pow(10, floor(45 * u));
}

static void fill(void *out, size_t count, int shape, int single, uint64_t *state) {
    for (size_t i = 0; i < count; i++) {
        double value = one(shape, state);
        if (single)
            ((float *)out)[i] = (float)value;
        else
            ((double *)out)[i] = value;
    }
}

/* One step by every variant on copies; the matrix stands at the very end of its memory, so that the
 * address sanitizer sees what is read beyond it. */
static void check(size_t rows, size_t d, size_t folds, size_t trials, int weighted, int shape,
                  int single, uint64_t *state) {
    size_t size = single ? sizeof(float) : sizeof(double);
    void *x = malloc(rows * d * size);
    _Alignas(64) char fold[MOST_FOLDS * MOST_FEATURES * sizeof(double)];
    _Alignas(64) char trial[MOST_TRIED * MOST_FEATURES * sizeof(double)];
    double weight[BM_CELL_ROWS], left[MOST_TRIED + 1], expected[MOST_TRIED];
    _Alignas(64) char begin[BM_CELL_ROWS * sizeof(double)];
    _Alignas(64) char plain[sizeof begin], got[sizeof begin];
    int32_t label[BM_CELL_ROWS + 1], plain_label[BM_CELL_ROWS];
    assert_non_null(x);
    fill(x, rows * d, shape, single, state);
    fill(fold, folds * d, shape, single, state);
    fill(trial, trials * d, shape, single, state);
    fill(begin, rows, 1, single, state);
    for (size_t i = 0; i < rows; i++)
        weight[i] = 0.1 + next(state);
    int none_so_far = next(state) < 0.5;
    for (size_t i = 0; none_so_far && i < rows; i++) {
        if (single)
            ((float *)begin)[i] = INFINITY;
        else
            ((double *)begin)[i] = INFINITY;
    }
    const bm_potential_step step = {d, fold, folds, 5, trial, trials};
    bm_potential_rows at = {x, rows, plain, plain_label, weighted ? weight : NULL};
    memcpy(plain, begin, sizeof plain);
    memset(plain_label, 0, sizeof plain_label);
    (single ? plain_float : plain_double)(&step, &at, expected);
    size_t results = trials > 0 ? trials : 1;
    for (const bm_potential_kernel *kernel = bm_potential_kernels; kernel->name != NULL; kernel++) {
        if (!kernel->runs_here())
            continue;
        memcpy(got, begin, sizeof got);
        memset(label, 0, sizeof label);
        label[rows] = GUARD;
        left[results] = GUARD;
        at.distance = got;
        at.label = label;
        (single ? kernel->of_floats : kernel->of_doubles)(&step, &at, left);
        assert_memory_equal(got, plain, sizeof got);
        assert_memory_equal(label, plain_label, rows * sizeof *label);
        assert_memory_equal(left, expected, results * sizeof *left);
        assert_int_equal(label[rows], GUARD);
        memcpy(got, begin, sizeof got);
        at.label = NULL;
        (single ? kernel->of_floats : kernel->of_doubles)(&step, &at, left);
        assert_memory_equal(got, plain, sizeof got);
        assert_memory_equal(left, expected, results * sizeof *left);
        assert_true(left[results] < GUARD + 1);
    }
    free(x);
}

static void every_variant_equals_plain_loops(void **state) {
    (void)state;
    static const size_t sizes[] = {256, 1, 2, 3, 7, 8, 15, 16, 17, 31, 63, 64, 65, 100, 255};
    static const size_t folds[] = {1, 0, 1, 2, 3, 1, 64, MOST_FOLDS};
    static const size_t trials[] = {5, 3, 0, 1, 2, 0, 4, MOST_TRIED};
    uint64_t random = 1;
    for (size_t d = 1; d <= 67; d++)
        for (size_t at = 0; at < sizeof sizes / sizeof *sizes; at++) {
            size_t many = (d + at) % (sizeof folds / sizeof *folds);
            for (int single = 0; single < 2; single++)
                check(sizes[at], d, folds[many], trials[many], (int)(d + at) % 3 == 0,
                      (int)(d * 7 + at) % 3, single, &random);
        }
}

static void features_past_a_slice_are_handled(void **state) {
    (void)state;
    uint64_t random = 2;
    for (size_t d = 127; d <= MOST_FEATURES; d += 73)
        for (int single = 0; single < 2; single++) {
            check(130, d, 1, 5, 0, 0, single, &random);
            check(256, d, MOST_FOLDS, 2, 1, 0, single, &random);
        }
}

static void the_variant_in_use_is_one_that_runs_here(void **state) {
    (void)state;
    assert_true(bm_potential()->runs_here());
    size_t last = 0;
    while (bm_potential_kernels[last + 1].name != NULL)
        last++;
    assert_string_equal(bm_potential_kernels[last].name, "generic");
    assert_true(bm_potential_kernels[last].runs_here());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_equals_plain_loops),
        cmocka_unit_test(features_past_a_slice_are_handled),
        cmocka_unit_test(the_variant_in_use_is_one_that_runs_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
