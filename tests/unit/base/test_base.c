/* Digests, memory, statistics, threads, random streams, words. */
#include "base/digest.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/statistics.h"
#include "base/sum.h"
#include "buyermap/context.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void products_and_sums_that_do_not_fit_are_told(void **state) {
    (void)state;
    size_t out;
    assert_true(bm_multiply(1u << 20, 1u << 20, &out));
    assert_int_equal(out, (size_t)1 << 40);
    assert_false(bm_multiply(SIZE_MAX, 2, &out));
    assert_false(bm_add(SIZE_MAX, 1, &out));
    assert_true(bm_pairs(0, &out) && out == 0);
    assert_true(bm_pairs(5, &out) && out == 10);
    assert_true(bm_pairs(4000000000u, &out) && out == 7999999998000000000u);
    assert_false(bm_pairs(SIZE_MAX, &out));
}

static void a_size_that_cannot_be_had_is_out_of_memory(void **state) {
    (void)state;
    double *x = NULL;
    bm_error err;
    assert_int_equal(BM_NEW(&x, SIZE_MAX / 2, "a test", &err), BM_NOMEM);
    assert_int_equal(bm_exit_code(err.status), 71);
    assert_non_null(strstr(err.message, "a test"));
    assert_int_equal(BM_NEW_ALIGNED(&x, SIZE_MAX / 2, "a test", NULL), BM_NOMEM);
    assert_int_equal(BM_NEW_ALIGNED(&x, 3, "a test", NULL), BM_OK);
    assert_int_equal((uintptr_t)x % 64, 0);
    free(x);
}

/* Sum of products of successive deviations over that of squares, from a mean that is right. */
static double lag_one(const double *x, size_t n, double mean) {
    bm_sum products = {0}, squares = {0};
    for (size_t i = 0; i < n; i++) {
        bm_sum_add(&squares, (x[i] - mean) * (x[i] - mean));
        bm_sum_add(&products, i > 0 ? (x[i] - mean) * (x[i - 1] - mean) : 0);
    }
    return bm_sum_value(&products) / bm_sum_value(&squares);
}

/* NIST StRD: mean, standard deviation (n − 1) and autocorrelation at lag 1 of sets whose mean hides
 * the spread, to what the doubles nearest to their values have of the certified digits. */
static void nist_sets_keep_their_digits(void **state) {
    static const struct {
        const char *file;
        double mean, sd, lag, relative;
    } set[] = {
        {"Lew", -177.435, 277.332168044316, -.307304800605679, 3e-15},
        {"Lottery", 518.958715596330, 291.699727470969, -.120948622967393, 5e-15},
        {"Mavro", 2.001856, .000429123454003053, .937989183438248, 2e-13},
        {"Michelso", 299.8524, .0790105478190518, .535199668621283, 2e-13},
        {"NumAcc1", 10000002, 1, -.5, 1e-15},
        {"NumAcc2", 1.2, .1, -.999, 1e-14},
        {"PiDigits", 4.5348, 2.86733906028871, -.00355099287237972, 5e-15},
    };
    const char *data = getenv("BUYERMAP_DATA");
    (void)state;
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
        char path[512], line[64];
        snprintf(path, sizeof path, "%s/nist/%s.csv", data != NULL ? data : "", set[i].file);
        FILE *file = fopen(path, "r");
        if (file == NULL)
            skip();
        static double x[5001];
        size_t n = 0;
        while (fgets(line, sizeof line, file) != NULL) {
            char *end;
            double value = strtod(line, &end);
            if (end != line)
                x[n++] = value;
        }
        fclose(file);
        double mean, sd;
        bm_mean_sd(x, 1, NULL, n, &mean, &sd);
        sd *= sqrt((double)n / (double)(n - 1));
        double lag = lag_one(x, n, mean);
        assert_true(fabs(mean / set[i].mean - 1) < 1e-15);
        assert_true(fabs(sd / set[i].sd - 1) < set[i].relative);
        assert_true(fabs(lag / set[i].lag - 1) < set[i].relative);
    }
}

static void weights_count_as_repeated_values(void **state) {
    (void)state;
    const double x[] = {1, 2, 10}, weight[] = {3, 2, 1}, repeated[] = {1, 1, 1, 2, 2, 10};
    double mean, sd, mean_repeated, sd_repeated;
    bm_mean_sd(x, 1, weight, 3, &mean, &sd);
    bm_mean_sd(repeated, 1, NULL, 6, &mean_repeated, &sd_repeated);
    assert_true(fabs(mean - mean_repeated) < 1e-15 && fabs(sd - sd_repeated) < 1e-15);
}

/* numpy.quantile([1, 2, 4, 8], [.25, .5, .9]) */
static void quantiles_are_type_7(void **state) {
    (void)state;
    const double x[] = {1, 2, 4, 8};
    assert_true(fabs(bm_quantile(x, 4, 0.25) - 1.75) < 1e-15);
    assert_true(fabs(bm_quantile(x, 4, 0.5) - 3) < 1e-15);
    assert_true(fabs(bm_quantile(x, 4, 0.9) - 6.8) < 1e-14);
    assert_true(isnan(bm_quantile(x, 0, 0.5)));
    assert_true(bm_quantile(x, 4, 0) == 1 && bm_quantile(x, 4, 1) == 8);
    assert_true(bm_quantile(x, 1, 0.7) == 1);
    assert_true(fabs(bm_quantile_of(x, 4, 9, 10) - 6.8) < 1e-14);
}

static void quantiles_of_equal_values_are_that_value(void **state) {
    (void)state;
    enum { N = 101 };
    double same[N], rising[N];
    for (size_t i = 0; i < N; i++) {
        same[i] = 0.1;
        rising[i] = (double)i * 0.7;
    }
    for (size_t i = 0; i <= 1000; i++)
        assert_true(bm_quantile(same, N, (double)i / 1000) == 0.1);
    for (size_t i = 0; i < N; i++)
        assert_true(bm_quantile_of(rising, N, i, N - 1) == rising[i]);
    const double wide[] = {-1.5e308, 1.5e308};
    assert_true(bm_quantile(wide, 2, 0.5) == 0);
}

/* printf abc | sha256sum, and the same of nothing */
static void a_digest_does_not_depend_on_the_pieces(void **state) {
    (void)state;
    bm_digest digest = {0};
    char sha256[BM_SHA256_TEXT];
    assert_int_equal(bm_digest_begin(&digest, NULL), BM_OK);
    assert_int_equal(bm_digest_add(&digest, "a", 1, NULL), BM_OK);
    assert_int_equal(bm_digest_add(&digest, "", 0, NULL), BM_OK);
    assert_int_equal(bm_digest_add(&digest, "bc", 2, NULL), BM_OK);
    assert_int_equal(bm_digest_finish(&digest, sha256, NULL), BM_OK);
    bm_digest_free(&digest);
    assert_string_equal(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(bm_digest_begin(&digest, NULL), BM_OK);
    assert_int_equal(bm_digest_finish(&digest, sha256, NULL), BM_OK);
    bm_digest_free(&digest);
    bm_digest_free(&digest);
    assert_string_equal(sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void sorted_indices_keep_ties_in_order(void **state) {
    (void)state;
    enum { N = 1000 };
    double x[N];
    size_t order[N];
    for (size_t i = 0; i < N; i++)
        x[i] = (double)(i * 7919 % 13);
    assert_int_equal(bm_sort_index(x, N, order, NULL), BM_OK);
    for (size_t i = 1; i < N; i++)
        assert_true(x[order[i - 1]] < x[order[i]] ||
                    (x[order[i - 1]] == x[order[i]] && order[i - 1] < order[i]));
}

static bm_status fail_from_seven(size_t chunk, void *arg, bm_error *err) {
    int *ran = arg;
    ran[chunk] = 1;
    return chunk >= 7 ? bm_fail(err, BM_DATA, "chunk %zu", chunk) : BM_OK;
}

static void the_lowest_failing_chunk_wins(void **state) {
    (void)state;
    for (int threads = 1; threads <= 7; threads += 3) {
        int ran[100] = {0};
        bm_error err;
        bm_set_threads(threads);
        assert_int_equal(bm_parallel_for(100, fail_from_seven, ran, &err), BM_DATA);
        assert_string_equal(err.message, "chunk 7");
        for (int i = 0; i < 7; i++)
            assert_int_equal(ran[i], 1);
    }
    bm_set_threads(0);
}

static void chunks_cover_all_rows_once(void **state) {
    (void)state;
    assert_int_equal(bm_chunks(0, 10), 0);
    assert_int_equal(bm_chunks(10, 10), 1);
    assert_int_equal(bm_chunks(11, 10), 2);
    assert_int_equal(bm_chunk_begin(1, 10), 10);
    assert_int_equal(bm_chunk_end(1, 10, 11), 11);
}

static void streams_depend_on_seed_stage_and_index_only(void **state) {
    (void)state;
    assert_int_equal(bm_random_mix(1, "a", 0), bm_random_mix(1, "a", 0));
    assert_true(bm_random_mix(1, "a", 0) != bm_random_mix(2, "a", 0));
    assert_true(bm_random_mix(1, "a", 0) != bm_random_mix(1, "b", 0));
    assert_true(bm_random_mix(1, "a", 0) != bm_random_mix(1, "a", 1));
}

static void edit_distance_counts_changes(void **state) {
    (void)state;
    assert_int_equal(bm_edit_distance("kitten", "sitting"), 3);
    assert_int_equal(bm_edit_distance("", "abc"), 3);
    assert_int_equal(bm_edit_distance("same", "same"), 0);
}

static void work_over_the_limit_is_refused_with_both_figures(void **state) {
    (void)state;
    bm_error err;
    const bm_context context = {.memory_limit = 1 << 20};
    assert_int_equal(bm_require_memory(&context, 1 << 20, "it", &err), BM_OK);
    assert_int_equal(bm_require_memory(&context, 3 << 20, "the tree", &err), BM_LIMIT);
    assert_string_equal(err.message,
                        "the tree needs 3.0 MiB, more than the limit of 1.0 MiB (--memory-limit)");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_and_sums_that_do_not_fit_are_told),
        cmocka_unit_test(a_size_that_cannot_be_had_is_out_of_memory),
        cmocka_unit_test(nist_sets_keep_their_digits),
        cmocka_unit_test(weights_count_as_repeated_values),
        cmocka_unit_test(quantiles_are_type_7),
        cmocka_unit_test(quantiles_of_equal_values_are_that_value),
        cmocka_unit_test(a_digest_does_not_depend_on_the_pieces),
        cmocka_unit_test(sorted_indices_keep_ties_in_order),
        cmocka_unit_test(the_lowest_failing_chunk_wins),
        cmocka_unit_test(chunks_cover_all_rows_once),
        cmocka_unit_test(streams_depend_on_seed_stage_and_index_only),
        cmocka_unit_test(edit_distance_counts_changes),
        cmocka_unit_test(work_over_the_limit_is_refused_with_both_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
