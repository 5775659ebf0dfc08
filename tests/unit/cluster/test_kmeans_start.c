/* Starts of k-means against plain code that follows the header's words, and their properties. */
#include "cluster/kmeans_start.h"

#include "base/parallel.h"
#include "base/random.h"
#include "data/rows.h"
#include "dataset.h"
#include "kernel/distance.h"
#include "kernel/potential.h"

enum { MOST = 700, FEATURES = 5, MOST_K = 40, EVERY = 8 };

typedef bm_status (*starter_draw)(bm_starter *starter, size_t k, gsl_rng *rng, double *centroid,
                                  bm_error *err);

static gsl_rng *stream(uint64_t seed) {
    gsl_rng *rng;
    assert_int_equal(bm_random_new(&rng, seed, "test", 0, NULL), BM_OK);
    return rng;
}

static bm_status draw_with(const bm_features *features, starter_draw draw, size_t k, uint64_t seed,
                           double *centroid) {
    bm_starter starter;
    gsl_rng *rng = stream(seed);
    assert_int_equal(bm_starter_init(&starter, features, k, NULL, NULL), BM_OK);
    bm_status status = draw(&starter, k, rng, centroid, NULL);
    bm_starter_free(&starter);
    gsl_rng_free(rng);
    return status;
}

static double growing_weight(size_t i) {
    return 0.25 + (double)(i % 13);
}

/* The same matrix in single precision; the doubles are rounded as well, so that the plain code
 * reads what the starter does. */
static void round_to_single(bm_features *features) {
    for (size_t i = 0; i < features->n * features->d; i++)
        features->x[i] = (double)(float)features->x[i];
}

/* Squared distance as the matrix's precision has it. */
static double square(const double *a, const double *b, size_t d, int single) {
    float sum = 0;
    if (!single)
        return bm_squared_distance(a, b, d);
    for (size_t f = 0; f < d; f++) {
        float apart = (float)a[f] - (float)b[f];
        sum += apart * apart;
    }
    return (double)sum;
}

/* What the plain code knows: the distance of every row to the nearest of the centroids so far, all
 * of them looked at each time. */
typedef struct plain {
    const bm_features *features;
    int single;
    double distance[MOST];
} plain;

static void look(plain *at, const double *centroid, size_t count) {
    size_t d = at->features->d;
    for (size_t i = 0; i < at->features->n; i++) {
        at->distance[i] = INFINITY;
        for (size_t j = 0; j < count; j++)
            at->distance[i] = fmin(
                at->distance[i], square(at->features->x + i * d, centroid + j * d, d, at->single));
    }
}

/* Σ weight × distance over one cell, with a further centroid or without. */
static double cell_left(const plain *at, size_t cell, const double *further) {
    size_t d = at->features->d;
    double sum[EVERY] = {0};
    for (size_t i = cell * BM_CELL_ROWS; i < at->features->n && i < (cell + 1) * BM_CELL_ROWS;
         i++) {
        double least = at->distance[i];
        if (further != NULL)
            least = fmin(least, square(at->features->x + i * d, further, d, at->single));
        sum[i % EVERY] += bm_weight_of(at->features->weight, i) * least;
    }
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

static double all_left(const plain *at, const double *further) {
    double total = 0;
    for (size_t cell = 0; cell * BM_CELL_ROWS < at->features->n; cell++)
        total += cell_left(at, cell, further);
    return total;
}

/* A row drawn by weight × distance: whole cells are passed over, then rows. */
static size_t plain_draw(const plain *at, double share) {
    double target = share * all_left(at, NULL), sum = 0;
    size_t i = 0, n = at->features->n, last = 0;
    for (size_t cell = 0; cell * BM_CELL_ROWS < n; cell++) {
        if (sum + cell_left(at, cell, NULL) > target) {
            i = cell * BM_CELL_ROWS;
            break;
        }
        sum += cell_left(at, cell, NULL);
    }
    for (; i < n; i++) {
        double part = bm_weight_of(at->features->weight, i) * at->distance[i];
        last = part > 0 ? i : last;
        sum += part;
        if (part > 0 && sum > target)
            break;
    }
    return last;
}

/* The best of the trials for a further centroid. */
static void plain_step(plain *at, size_t trials, gsl_rng *rng, double *place) {
    size_t d = at->features->d, row[64], best = 0;
    double least = INFINITY;
    for (size_t t = 0; t < trials; t++)
        row[t] = plain_draw(at, gsl_rng_uniform(rng));
    for (size_t t = 0; t < trials; t++) {
        double left = all_left(at, at->features->x + row[t] * d);
        if (left < least) {
            least = left;
            best = t;
        }
    }
    memcpy(place, at->features->x + row[best] * d, d * sizeof *place);
}

static void plain_plus_plus(const bm_features *features, int single, size_t k, uint64_t seed,
                            double *centroid) {
    plain at = {.features = features, .single = single};
    size_t d = features->d, first = 0;
    gsl_rng *rng = stream(seed);
    double total = 0, sum = 0, share = gsl_rng_uniform(rng);
    for (size_t i = 0; i < features->n; i++)
        total += bm_weight_of(features->weight, i);
    while (sum + bm_weight_of(features->weight, first) <= share * total)
        sum += bm_weight_of(features->weight, first++);
    memcpy(centroid, features->x + first * d, d * sizeof *centroid);
    for (size_t j = 1; j < k; j++) {
        look(&at, centroid, j);
        plain_step(&at, 2 + (size_t)log((double)k), rng, centroid + j * d);
    }
    gsl_rng_free(rng);
}

static void each_step_takes_what_plain_code_takes(void **state) {
    (void)state;
    double expected[MOST_K * FEATURES], got[MOST_K * FEATURES];
    for (int round = 0; round < 12; round++) {
        int single = round % 2;
        size_t n = round < 4 ? MOST : (size_t)(40 + round * 50), k = 1 + (size_t)round * 3;
        bm_features features;
        make_clouds(&features, n, FEATURES, 9, (uint64_t)round + 1);
        if (round % 3 == 0)
            give_weights(&features, growing_weight);
        if (single)
            round_to_single(&features);
        plain_plus_plus(&features, single, k, 5, expected);
        if (single)
            assert_int_equal(bm_features_make_single(&features, NULL), BM_OK);
        assert_int_equal(draw_with(&features, bm_starter_plus_plus, k, 5, got), BM_OK);
        assert_memory_equal(got, expected, k * FEATURES * sizeof *got);
        bm_features_free(&features);
    }
}

static void assert_distinct(const double *centroid, size_t k, size_t d) {
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b < a; b++)
            assert_true(bm_squared_distance(centroid + a * d, centroid + b * d, d) > 0);
}

static const starter_draw DRAWS[] = {bm_starter_plus_plus, bm_starter_parallel, bm_starter_random};
enum { KINDS = sizeof DRAWS / sizeof *DRAWS };

static void any_number_of_threads_draws_the_same(void **state) {
    (void)state;
    enum { N = 60000, K = 30 };
    static double one[K * FEATURES], other[K * FEATURES];
    for (int single = 0; single < 2; single++) {
        bm_features features;
        make_clouds(&features, N, FEATURES, 9, 11);
        if (single)
            assert_int_equal(bm_features_make_single(&features, NULL), BM_OK);
        for (size_t kind = 0; kind < KINDS; kind++) {
            bm_set_threads(1);
            assert_int_equal(draw_with(&features, DRAWS[kind], K, 4, one), BM_OK);
            assert_distinct(one, K, FEATURES);
            for (int threads = 2; threads <= 7; threads += 5) {
                bm_set_threads(threads);
                assert_int_equal(draw_with(&features, DRAWS[kind], K, 4, other), BM_OK);
                assert_memory_equal(one, other, sizeof one);
            }
        }
        bm_set_threads(0);
        bm_features_free(&features);
    }
}

static void a_matrix_in_a_file_draws_what_one_in_memory_does(void **state) {
    (void)state;
    enum { N = 3000, K = 12 };
    double here[K * FEATURES], there[K * FEATURES];
    for (int single = 0; single < 2; single++) {
        bm_features features, stored = {.n = N, .d = FEATURES};
        make_clouds(&features, N, FEATURES, 9, 12);
        assert_int_equal(bm_rows_new(&stored, single, "/tmp/test_kmeans_start", NULL), BM_OK);
        assert_int_equal(bm_rows_put(&stored, 0, N, features.x, NULL), BM_OK);
        assert_true(bm_rows_are_stored(&stored));
        if (single)
            assert_int_equal(bm_features_make_single(&features, NULL), BM_OK);
        for (size_t kind = 0; kind < KINDS; kind++)
            for (size_t k = 2; k <= K; k += K - 2) {
                assert_int_equal(draw_with(&features, DRAWS[kind], k, 4, here), BM_OK);
                assert_int_equal(draw_with(&stored, DRAWS[kind], k, 4, there), BM_OK);
                assert_memory_equal(here, there, k * FEATURES * sizeof *here);
            }
        bm_features_free(&stored);
        bm_features_free(&features);
    }
}

static void a_draw_depends_on_nothing_that_was_drawn_before(void **state) {
    (void)state;
    bm_features features;
    bm_starter starter;
    double alone[6 * FEATURES], after[6 * FEATURES], others[MOST_K * FEATURES];
    int32_t *lent = malloc(3000 * sizeof *lent);
    make_clouds(&features, 3000, FEATURES, 9, 2);
    gsl_rng *rng = stream(1);
    assert_int_equal(bm_starter_init(&starter, &features, MOST_K, lent, NULL), BM_OK);
    for (size_t kind = 0; kind < KINDS; kind++) {
        assert_int_equal(draw_with(&features, DRAWS[kind], 6, 8, alone), BM_OK);
        for (size_t before = 0; before < KINDS; before++) {
            assert_int_equal(DRAWS[before](&starter, MOST_K, rng, others, NULL), BM_OK);
            gsl_rng *own = stream(8);
            assert_int_equal(DRAWS[kind](&starter, 6, own, after, NULL), BM_OK);
            assert_memory_equal(after, alone, sizeof alone);
            gsl_rng_free(own);
        }
    }
    bm_starter_free(&starter);
    gsl_rng_free(rng);
    free(lent);
    bm_features_free(&features);
}

/* 600 rows of 20 values. */
static void make_repeats(bm_features *features, size_t rows, size_t values, double unit) {
    assert_int_equal(bm_features_init(features, rows, 2, NULL), BM_OK);
    for (size_t i = 0; i < rows; i++) {
        features->x[2 * i] = unit * (double)(i * 7 % values);
        features->x[2 * i + 1] = unit * (double)(i * 7 % values % 3);
    }
}

static void centroids_differ_while_rows_do(void **state) {
    (void)state;
    /* The last two underflow: all squared distances are 0, in either precision. */
    static const double units[] = {1, 1e-18, 1e-30, 1e-200};
    double centroid[21 * 2];
    for (size_t unit = 0; unit < 4; unit++)
        for (int single = 0; single < 2; single++) {
            bm_features features;
            make_repeats(&features, 600, 20, units[unit]);
            if (single && unit == 3) { /* which single precision cannot tell apart */
                bm_features_free(&features);
                continue;
            }
            if (single)
                assert_int_equal(bm_features_make_single(&features, NULL), BM_OK);
            for (size_t kind = 0; kind < KINDS; kind++)
                for (uint64_t seed = 1; seed <= 5; seed++) {
                    assert_int_equal(draw_with(&features, DRAWS[kind], 20, seed, centroid), BM_OK);
                    for (size_t a = 0; a < 20; a++)
                        for (size_t b = 0; b < a; b++)
                            assert_memory_not_equal(centroid + 2 * a, centroid + 2 * b,
                                                    2 * sizeof *centroid);
                    assert_int_equal(draw_with(&features, DRAWS[kind], 21, seed, centroid),
                                     BM_DEGENERATE);
                }
            bm_features_free(&features);
        }
}

static void every_row_can_be_a_centroid_of_its_own(void **state) {
    (void)state;
    enum { N = 300 };
    static double centroid[N * 2];
    bm_features features;
    make_clouds(&features, N, 2, 50, 6);
    for (size_t kind = 0; kind < KINDS; kind++) {
        assert_int_equal(draw_with(&features, DRAWS[kind], N, 3, centroid), BM_OK);
        assert_distinct(centroid, N, 2);
    }
    bm_features_free(&features);
}

static void rows_too_far_apart_to_measure_still_give_centroids(void **state) {
    (void)state;
    bm_features features;
    double centroid[10 * 2];
    make_clouds(&features, 50, 2, 50, 6);
    for (size_t i = 0; i < 100; i++)
        features.x[i] *= 1e300;
    for (size_t kind = 0; kind < KINDS; kind += 2) {
        assert_int_equal(draw_with(&features, DRAWS[kind], 10, 3, centroid), BM_OK);
        for (size_t a = 0; a < 10; a++)
            for (size_t b = 0; b < a; b++)
                assert_memory_not_equal(centroid + 2 * a, centroid + 2 * b, 2 * sizeof *centroid);
    }
    bm_features_free(&features);
}

/* Four values, of which the first stands in 97 rows: as a pair, each of the two drawn first and
 * second by the share of its rows among those left. */
static void random_rows_are_drawn_as_often_as_they_stand(void **state) {
    (void)state;
    enum { N = 100, DRAWN = 4000 };
    double x[N] = {0}, centroid[4];
    size_t begins[4] = {0}, second[4] = {0};
    for (size_t i = 0; i < 3; i++)
        x[30 * i + 5] = (double)(i + 1);
    bm_features features;
    make_features(&features, x, N, 1);
    for (uint64_t seed = 0; seed < DRAWN; seed++) {
        assert_int_equal(draw_with(&features, bm_starter_random, 4, seed, centroid), BM_OK);
        begins[(size_t)centroid[0]]++;
        if (centroid[0] < 0.5)
            second[(size_t)centroid[1]]++;
    }
    /* Within five standard deviations of 97 %, and of a third. */
    assert_true(fabs((double)begins[0] - 0.97 * DRAWN) < 5 * sqrt(0.97 * 0.03 * DRAWN));
    for (size_t value = 1; value < 4; value++)
        assert_true(fabs((double)second[value] - (double)begins[0] / 3) <
                    5 * sqrt((double)begins[0] * 2 / 9));
    bm_features_free(&features);
}

/* Two far clouds and a rare heavy row: weights are minded in every draw. */
static void weights_draw(void **state) {
    (void)state;
    enum { N = 1000 };
    bm_features features;
    size_t begins = 0;
    double centroid[2];
    make_clouds(&features, N, 1, 1, 6);
    features.x[400] = -50;
    features.weight = malloc(N * sizeof *features.weight);
    assert_non_null(features.weight);
    for (size_t i = 0; i < N; i++)
        features.weight[i] = i == 400 ? N - 1 : 1;
    for (uint64_t seed = 0; seed < 400; seed++) {
        assert_int_equal(draw_with(&features, bm_starter_plus_plus, 1, seed, centroid), BM_OK);
        begins += centroid[0] < -40;
    }
    assert_true(begins > 150 && begins < 250); /* half the weight */
    bm_features_free(&features);
}

/* The mean over seeds of what is left after a draw. */
static double mean_left(const bm_features *features, starter_draw draw, size_t k) {
    double centroid[MOST_K * FEATURES], sum = 0;
    bm_starter starter;
    assert_int_equal(bm_starter_init(&starter, features, k, NULL, NULL), BM_OK);
    for (uint64_t seed = 1; seed <= 30; seed++) {
        gsl_rng *rng = stream(seed);
        assert_int_equal(draw(&starter, k, rng, centroid, NULL), BM_OK);
        assert_int_equal(bm_starter_fold(&starter, centroid, k, 0, 1, NULL, NULL), BM_OK);
        sum += bm_starter_potential(&starter);
        gsl_rng_free(rng);
    }
    bm_starter_free(&starter);
    return sum / 30;
}

static void better_ways_to_start_leave_less(void **state) {
    (void)state;
    bm_features features;
    make_clouds(&features, 4000, FEATURES, 23, 9);
    double plus_plus = mean_left(&features, bm_starter_plus_plus, 23);
    assert_true(mean_left(&features, bm_starter_parallel, 23) < 1.05 * plus_plus);
    assert_true(mean_left(&features, bm_starter_random, 23) > 1.2 * plus_plus);
    bm_features_free(&features);
}

static void memory_is_counted(void **state) {
    (void)state;
    size_t one = bm_starter_memory(1000000, 16, 32, 1, 0);
    assert_true(one >= 4000000 && one < 4500000);
    assert_int_equal(bm_starter_memory(1000000, 16, 32, 0, 1) > 12000000, 1);
    assert_true(bm_starter_memory(SIZE_MAX / 4, 16, 32, 1, 0) == SIZE_MAX);
    assert_true(bm_starter_memory(1000, SIZE_MAX / 40, 32, 1, 0) == SIZE_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_takes_what_plain_code_takes),
        cmocka_unit_test(any_number_of_threads_draws_the_same),
        cmocka_unit_test(a_matrix_in_a_file_draws_what_one_in_memory_does),
        cmocka_unit_test(a_draw_depends_on_nothing_that_was_drawn_before),
        cmocka_unit_test(centroids_differ_while_rows_do),
        cmocka_unit_test(every_row_can_be_a_centroid_of_its_own),
        cmocka_unit_test(rows_too_far_apart_to_measure_still_give_centroids),
        cmocka_unit_test(random_rows_are_drawn_as_often_as_they_stand),
        cmocka_unit_test(weights_draw),
        cmocka_unit_test(better_ways_to_start_leave_less),
        cmocka_unit_test(memory_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
