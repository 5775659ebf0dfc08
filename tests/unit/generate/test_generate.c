/* What holds for every kind: shapes, ids, determinism, joins, refusals. */
#include "generated.h"

#include "base/date.h"
#include "base/parallel.h"

#include <cmocka.h>

static void assert_columns(const generated *all, const char *const *names, size_t count) {
    assert_int_equal(all->columns, count);
    for (size_t c = 0; c < count; c++)
        assert_string_equal(all->name[c], names[c]);
}

static void the_columns_are_those_of_the_interface(void **state) {
    (void)state;
    const char *orders[] = {"buyer_id", "ordered_at", "quantity", "amount", "product", "category",
                            "supplier", "region",     "channel",  "order",  "segment"};
    const char *buyers[] = {"buyer_id", "c1",   "c2",           "c3",
                            "region",   "role", "company_size", "segment"};
    generated o = generate("orders", some_options(20, 3, 4), 1);
    generated b = generate("buyers", some_options(20, 3, 4), 1);
    assert_columns(&o, orders, 11);
    assert_columns(&b, buyers, 8);
    assert_null(bm_generator_find("leads"));
    generated_free(&o);
    generated_free(&b);
}

static void threads_and_repetition_do_not_change_a_byte(void **state) {
    (void)state;
    const int threads[] = {2, 7, 1};
    for (size_t k = 0; bm_generators[k] != NULL; k++) {
        bm_set_threads(1);
        generated one = generate(bm_generators[k]->name, some_options(9000, 3, 5), 3);
        for (size_t t = 0; t < 3; t++) {
            bm_set_threads(threads[t]);
            generated other = generate(bm_generators[k]->name, some_options(9000, 3, 5), 3);
            assert_int_equal(other.rows, one.rows);
            assert_same_rows(&one, &other, one.rows);
            generated_free(&other);
        }
        generated_free(&one);
    }
    bm_set_threads(0);
}

static void another_seed_gives_other_buyers(void **state) {
    (void)state;
    generated one = generate("buyers", some_options(100, 2, 3), 1);
    generated other = generate("buyers", some_options(100, 2, 3), 2);
    size_t equal = 0;
    for (size_t i = 0; i < 100; i++)
        equal += numbers(&one, "c1")[i] == numbers(&other, "c1")[i] ? 1 : 0;
    assert_true(equal < 5);
    generated_free(&one);
    generated_free(&other);
}

static void fewer_buyers_are_the_first_of_more(void **state) {
    (void)state;
    for (size_t k = 0; bm_generators[k] != NULL; k++) {
        generated more = generate(bm_generators[k]->name, some_options(2000, 3, 5), 3);
        generated fewer = generate(bm_generators[k]->name, some_options(700, 3, 5), 3);
        assert_true(fewer.rows < more.rows);
        assert_same_rows(&fewer, &more, fewer.rows);
        generated_free(&more);
        generated_free(&fewer);
    }
}

static void buyers_have_ids_of_their_own(void **state) {
    (void)state;
    generated b = generate("buyers", some_options(3000, 1, 2), 1);
    assert_int_equal(b.rows, 3000);
    assert_int_equal(b.words[0].count, 3000);
    assert_string_equal(word(&b, "buyer_id", 0), "B000001");
    assert_string_equal(word(&b, "buyer_id", 2999), "B003000");
    generated_free(&b);
}

static void buyers_and_orders_of_a_seed_join(void **state) {
    (void)state;
    generated b = generate("buyers", some_options(3000, 2, 6), 5);
    generated o = generate("orders", some_options(3000, 2, 6), 5);
    const int32_t *buyer = codes(&o, "buyer_id");
    size_t at_home = 0;
    assert_int_equal(o.words[0].count, 3000); /* each buyer orders */
    for (size_t i = 0; i < o.rows; i++) {
        /* Both number their buyers by first appearance, which is the same. */
        size_t row = (size_t)buyer[i];
        assert_string_equal(word(&o, "buyer_id", i), word(&b, "buyer_id", row));
        assert_true(numbers(&o, "segment")[i] == numbers(&b, "segment")[row]);
        at_home += strcmp(word(&o, "region", i), word(&b, "region", row)) == 0 ? 1 : 0;
    }
    assert_true((double)at_home > 0.95 * (double)o.rows && at_home < o.rows);
    generated_free(&b);
    generated_free(&o);
}

static void every_segment_has_buyers(void **state) {
    (void)state;
    for (size_t k = 1; k <= 11; k += 5) {
        generated b = generate("buyers", some_options(2000, 2, k), 1);
        size_t count[12] = {0};
        for (size_t i = 0; i < b.rows; i++) {
            double segment = numbers(&b, "segment")[i];
            assert_true(segment >= 1 && segment <= (double)k);
            count[(size_t)segment]++;
        }
        for (size_t s = 1; s <= k; s++)
            assert_true(count[s] > 30);
        generated_free(&b);
    }
}

static void attributes_tell_segments_apart_but_not_wholly(void **state) {
    (void)state;
    enum { N = 4000, D = 4, K = 4 };
    for (uint64_t seed = 1; seed <= 3; seed++) {
        generated b = generate("buyers", some_options(N, D, K), seed);
        const double *segment = numbers(&b, "segment");
        double center[K][D] = {{0}}, mean[D] = {0}, count[K] = {0}, within = 0, total = 0, sd[D];
        for (size_t j = 0; j < D; j++) {
            const double *x = b.number[1 + j];
            sd[j] = 0;
            for (size_t i = 0; i < N; i++)
                mean[j] += x[i] / N;
            for (size_t i = 0; i < N; i++)
                sd[j] += (x[i] - mean[j]) * (x[i] - mean[j]) / N;
            sd[j] = sqrt(sd[j]);
        }
        for (size_t i = 0; i < N; i++) {
            size_t k = (size_t)segment[i] - 1;
            count[k]++;
            for (size_t j = 0; j < D; j++)
                center[k][j] += (b.number[1 + j][i] - mean[j]) / sd[j];
        }
        for (size_t k = 0; k < K; k++)
            for (size_t j = 0; j < D; j++)
                center[k][j] /= count[k];
        size_t astray = 0;
        for (size_t i = 0; i < N; i++) {
            size_t own = (size_t)segment[i] - 1, nearest = 0;
            double square[K] = {0};
            for (size_t j = 0; j < D; j++) {
                double z = (b.number[1 + j][i] - mean[j]) / sd[j];
                total += z * z;
                for (size_t k = 0; k < K; k++)
                    square[k] += (z - center[k][j]) * (z - center[k][j]);
            }
            within += square[own];
            for (size_t k = 1; k < K; k++)
                nearest = square[k] < square[nearest] ? k : nearest;
            astray += nearest != own ? 1 : 0;
        }
        assert_true(within < 0.5 * total);
        assert_true(astray > 0 && astray < N / 8);
        generated_free(&b);
    }
}

static bm_status refusal(const char *kind, bm_generate_options options) {
    bm_context context = {.seed = 1};
    bm_generation *generation = NULL;
    bm_error err;
    bm_status status = bm_generator_find(kind)->start(&options, &context, &generation, &err);
    assert_null(generation);
    return status;
}

static void options_that_make_no_sense_are_refused(void **state) {
    (void)state;
    for (size_t k = 0; bm_generators[k] != NULL; k++) {
        const char *kind = bm_generators[k]->name;
        bm_generate_options options = some_options(10, 2, 0);
        assert_int_equal(refusal(kind, options), BM_USAGE);
        options = some_options(10, 2, 2);
        options.to = options.from - 1;
        assert_int_equal(refusal(kind, options), BM_USAGE);
        options = some_options(10, 2, 2);
        options.r = 0.5; /* without the others */
        assert_int_equal(refusal(kind, options), BM_USAGE);
        options.alpha = options.a = 1;
        options.b = 0;
        assert_int_equal(refusal(kind, options), BM_USAGE);
    }
}

static void buyers_may_have_no_numbers(void **state) {
    (void)state;
    generated traits = generate("buyers", some_options(10, 0, 2), 1);
    assert_int_equal(traits.rows, 10);
    assert_int_equal(traits.columns, 5); /* buyer_id, region, role, company_size, segment */
    generated_free(&traits);
}

static void no_buyers_are_no_rows(void **state) {
    (void)state;
    for (size_t k = 0; bm_generators[k] != NULL; k++) {
        generated none = generate(bm_generators[k]->name, some_options(0, 2, 3), 1);
        assert_int_equal(none.rows, 0);
        generated_free(&none);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_columns_are_those_of_the_interface),
        cmocka_unit_test(threads_and_repetition_do_not_change_a_byte),
        cmocka_unit_test(another_seed_gives_other_buyers),
        cmocka_unit_test(fewer_buyers_are_the_first_of_more),
        cmocka_unit_test(buyers_have_ids_of_their_own),
        cmocka_unit_test(buyers_and_orders_of_a_seed_join),
        cmocka_unit_test(every_segment_has_buyers),
        cmocka_unit_test(attributes_tell_segments_apart_but_not_wholly),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
        cmocka_unit_test(buyers_may_have_no_numbers),
        cmocka_unit_test(no_buyers_are_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
