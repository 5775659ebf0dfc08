/* The order log: what it says of the trade, and its moments against theory. */
#include "generated.h"

#include "base/date.h"

#include <cmocka.h>

static int32_t day_at(const generated *all, size_t row) {
    int64_t seconds;
    const char *text = word(all, "ordered_at", row);
    assert_true(bm_parse_iso_date((bm_text){text, strlen(text)}, &seconds));
    return bm_day_of(seconds);
}

static void orders_stand_together_by_buyer_and_day(void **state) {
    (void)state;
    bm_generate_options options = some_options(2000, 1, 6);
    generated o = generate("orders", options, 1);
    const int32_t *order = codes(&o, "order"), *buyer = codes(&o, "buyer_id");
    int32_t seen = -1, buyers = -1, before = 0;
    for (size_t i = 0; i < o.rows; i++) {
        int32_t day = day_at(&o, i);
        assert_in_range(day, options.from, options.to);
        if (order[i] == seen) { /* a further line */
            assert_int_equal(day, before);
            assert_int_equal(buyer[i], buyer[i - 1]);
            assert_int_equal(codes(&o, "channel")[i], codes(&o, "channel")[i - 1]);
            assert_int_equal(codes(&o, "region")[i], codes(&o, "region")[i - 1]);
            continue;
        }
        assert_int_equal(order[i], seen + 1); /* a new number: none comes back */
        seen = order[i];
        assert_memory_equal(word(&o, "order", i), word(&o, "buyer_id", i), 7);
        assert_true(buyer[i] == buyers || buyer[i] == buyers + 1);
        if (buyer[i] == buyers)
            assert_true(day > before); /* one order a day */
        buyers = buyer[i];
        before = day;
    }
    generated_free(&o);
}

static void a_product_has_one_category_and_one_supplier(void **state) {
    (void)state;
    generated o = generate("orders", some_options(2000, 1, 6), 1);
    const int32_t *product = codes(&o, "product");
    int32_t category[1000], supplier[1000];
    assert_true(o.words[column_of(&o, "product")].count > 400);
    assert_int_equal(o.words[column_of(&o, "category")].count, 6);
    assert_int_equal(o.words[column_of(&o, "supplier")].count, 30);
    assert_int_equal(o.words[column_of(&o, "channel")].count, 4);
    assert_int_equal(o.words[column_of(&o, "region")].count, 5);
    memset(category, -1, sizeof category);
    memset(supplier, -1, sizeof supplier);
    for (size_t i = 0; i < o.rows; i++) {
        int32_t p = product[i];
        if (category[p] >= 0) {
            assert_int_equal(category[p], codes(&o, "category")[i]);
            assert_int_equal(supplier[p], codes(&o, "supplier")[i]);
        }
        category[p] = codes(&o, "category")[i];
        supplier[p] = codes(&o, "supplier")[i];
    }
    generated_free(&o);
}

static void amounts_are_whole_cents_and_quantities_whole_pieces(void **state) {
    (void)state;
    generated o = generate("orders", some_options(2000, 1, 8), 1);
    for (size_t i = 0; i < o.rows; i++) {
        double cents = 100 * numbers(&o, "amount")[i];
        assert_true(cents > 0.5 && fabs(cents - round(cents)) < 1e-6 * cents);
        double pieces = numbers(&o, "quantity")[i];
        assert_true(pieces >= 1 && floor(pieces) == pieces);
    }
    generated_free(&o);
}

/* What each buyer did, from the lines. */
typedef struct history {
    size_t buyers;
    int32_t *first;
    double *orders, *spend, *within; /* within: orders 1 … days after the first one */
} history;

static history follow(const generated *o, size_t buyers, int32_t days) {
    history h = {.buyers = buyers};
    h.first = calloc(buyers, sizeof *h.first);
    h.orders = calloc(buyers, sizeof *h.orders);
    h.spend = calloc(buyers, sizeof *h.spend);
    h.within = calloc(buyers, sizeof *h.within);
    const int32_t *buyer = codes(o, "buyer_id"), *order = codes(o, "order");
    for (size_t i = 0; i < o->rows; i++) {
        size_t b = (size_t)buyer[i];
        h.spend[b] += numbers(o, "amount")[i];
        if (i > 0 && order[i] == order[i - 1])
            continue;
        int32_t day = day_at(o, i);
        if (h.orders[b] == 0)
            h.first[b] = day;
        h.orders[b]++;
        h.within[b] += day > h.first[b] && day <= h.first[b] + days ? 1 : 0;
    }
    return h;
}

static void history_free(history *h) {
    free(h->first);
    free(h->orders);
    free(h->spend);
    free(h->within);
}

static void assert_mean(const double *x, size_t n, double expected, double errors) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (x[i] - mean) * (x[i] - mean) / (double)n;
    double error = sqrt(square / (double)n);
    if (!(fabs(mean - expected) < errors * error))
        fail_msg("mean %g is not %g (standard error %g)", mean, expected, error);
}

/* CDNOW's parameters. E[X(39)] = 1.195009 and E[X(52)] = 1.444011 (Fader, Hardie & Lee 2005 eq. 9;
 * their spreadsheet), P(X(39) = 0) = (alpha / (alpha + 39))^r = 0.5743. A process that may drop out
 * at the first order already (MBG/NBD) has far fewer repeats. */
static bm_generate_options cdnow(size_t buyers) {
    bm_generate_options options = some_options(buyers, 1, 1);
    options.r = 0.2425945236;
    options.alpha = 4.413602068;
    options.a = 0.792922008;
    options.b = 2.42590665;
    return options;
}

static void repeat_orders_have_the_expectation_of_bgnbd(void **state) {
    (void)state;
    enum { N = 40000 };
    generated o = generate("orders", cdnow(N), 11);
    history h = follow(&o, N, 39 * 7);
    assert_mean(h.within, N, 1.195009, 3);
    double *none = calloc(N, sizeof *none);
    for (size_t i = 0; i < N; i++)
        none[i] = h.within[i] == 0 ? 1 : 0;
    assert_mean(none, N, pow(4.413602068 / (4.413602068 + 39), 0.2425945236), 3);
    free(none);
    history_free(&h);
    h = follow(&o, N, 52 * 7);
    assert_mean(h.within, N, 1.444011, 3);
    history_free(&h);
    generated_free(&o);
}

static void first_orders_with_given_rates_fill_the_first_third(void **state) {
    (void)state;
    enum { N = 5000 };
    bm_generate_options options = cdnow(N);
    generated o = generate("orders", options, 2);
    history h = follow(&o, N, 7);
    int32_t least = h.first[0], most = h.first[0];
    for (size_t i = 0; i < N; i++) {
        least = h.first[i] < least ? h.first[i] : least;
        most = h.first[i] > most ? h.first[i] : most;
    }
    assert_int_equal(least, options.from);
    assert_int_equal(most, options.from + (options.to - options.from + 1) / 3 - 1);
    history_free(&h);
    generated_free(&o);
}

static void given_rates_are_shared_by_all_segments(void **state) {
    (void)state;
    enum { N = 40000 };
    bm_generate_options options = cdnow(N);
    options.segments = 2;
    generated o = generate("orders", options, 4);
    history h = follow(&o, N, 39 * 7);
    double *repeats = calloc(N, sizeof *repeats), *second = calloc(N, sizeof *second);
    size_t n = 0;
    for (size_t i = 0; i < o.rows; i++)
        second[codes(&o, "buyer_id")[i]] = numbers(&o, "segment")[i] == 2 ? 1 : 0;
    for (size_t b = 0; b < N; b++)
        if (second[b] == 1)
            repeats[n++] = h.within[b];
    assert_true(n > N / 2 && n < N);
    assert_mean(repeats, n, 1.195009, 3);
    free(repeats);
    free(second);
    history_free(&h);
    generated_free(&o);
}

static void order_values_have_the_moments_of_gamma_gamma(void **state) {
    (void)state;
    enum { N = 40000 };
    generated o = generate("orders", cdnow(N), 5);
    history h = follow(&o, N, 7);
    const int32_t *order = codes(&o, "order"), *buyer = codes(&o, "buyer_id");
    /* The first order of each buyer, so that values are independent. Segment 1 has p 5, q 6,
     * gamma 820: mean p gamma / (q - 1) = 820, second moment p (p + 1) gamma² / ((q - 1) (q - 2))
     * = 1.5 × 820². */
    double *value = calloc(N, sizeof *value), *squares = calloc(N, sizeof *squares);
    int32_t opened = -1;
    for (size_t i = 0; i < o.rows; i++) {
        if (i == 0 || buyer[i] != buyer[i - 1])
            opened = order[i];
        if (order[i] == opened)
            value[buyer[i]] += numbers(&o, "amount")[i];
    }
    for (size_t i = 0; i < N; i++)
        squares[i] = value[i] * value[i];
    assert_mean(value, N, 820, 3);
    assert_mean(squares, N, 1.5 * 820 * 820, 3);
    /* Spend is independent of frequency. */
    double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
    for (size_t i = 0; i < N; i++) {
        double x = h.orders[i], y = log(h.spend[i] / h.orders[i]);
        sx += x, sy += y, sxx += x * x, syy += y * y, sxy += x * y;
    }
    double r = (sxy - sx * sy / N) / sqrt((sxx - sx * sx / N) * (syy - sy * sy / N));
    assert_true(fabs(r) < 0.05);
    free(value);
    free(squares);
    history_free(&h);
    generated_free(&o);
}

static void segments_differ_in_what_where_and_how_often_they_buy(void **state) {
    (void)state;
    enum { N = 4000 };
    generated o = generate("orders", some_options(N, 1, 4), 1);
    history h = follow(&o, N, 7);
    double orders[5] = {0}, buyers[5] = {0}, web[5] = {0}, lines[5] = {0};
    int32_t last = -1;
    for (size_t i = 0; i < o.rows; i++) {
        size_t k = (size_t)numbers(&o, "segment")[i];
        lines[k]++;
        web[k] += strcmp(word(&o, "channel", i), "web") == 0 ? 1 : 0;
        if (codes(&o, "buyer_id")[i] == last)
            continue;
        last = codes(&o, "buyer_id")[i];
        buyers[k]++;
        orders[k] += h.orders[last];
    }
    assert_true(orders[1] / buyers[1] > 2 * orders[2] / buyers[2]);
    assert_true(orders[2] / buyers[2] > 2 * orders[3] / buyers[3]);
    assert_true(web[2] / lines[2] > 2 * web[4] / lines[4]);
    history_free(&h);
    generated_free(&o);
}

static void few_orders_stand_on_weekends_unless_rates_are_given(void **state) {
    (void)state;
    for (int given = 0; given < 2; given++) {
        generated o = generate("orders", given ? cdnow(4000) : some_options(4000, 1, 4), 1);
        size_t weekend = 0;
        for (size_t i = 0; i < o.rows; i++)
            weekend += bm_weekday(day_at(&o, i)) >= 5 ? 1 : 0;
        double share = (double)weekend / (double)o.rows;
        if (given)
            assert_true(fabs(share - 2.0 / 7) < 0.02);
        else
            assert_true(share > 0.01 && share < 0.12);
        generated_free(&o);
    }
}

static void a_log_of_one_day_has_one_order_a_buyer(void **state) {
    (void)state;
    for (int given = 0; given < 2; given++) {
        bm_generate_options options = given ? cdnow(50) : some_options(50, 1, 3);
        options.to = options.from;
        generated o = generate("orders", options, 1);
        assert_int_equal(o.words[column_of(&o, "order")].count, 50);
        assert_int_equal(o.words[column_of(&o, "ordered_at")].count, 1);
        generated_free(&o);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_stand_together_by_buyer_and_day),
        cmocka_unit_test(a_product_has_one_category_and_one_supplier),
        cmocka_unit_test(amounts_are_whole_cents_and_quantities_whole_pieces),
        cmocka_unit_test(repeat_orders_have_the_expectation_of_bgnbd),
        cmocka_unit_test(first_orders_with_given_rates_fill_the_first_third),
        cmocka_unit_test(given_rates_are_shared_by_all_segments),
        cmocka_unit_test(order_values_have_the_moments_of_gamma_gamma),
        cmocka_unit_test(segments_differ_in_what_where_and_how_often_they_buy),
        cmocka_unit_test(few_orders_stand_on_weekends_unless_rates_are_given),
        cmocka_unit_test(a_log_of_one_day_has_one_order_a_buyer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
