/* Figures on Online Retail: pandas 1.5.3; segment 1 is the buyers with two orders or more. */
#include "online_retail.h"
#include "order_log.h"
#include "profile/profile.h"
#include "result_cells.h"

/* A segmentation over all buyers of a log, freed by the caller. */
static bm_segmentation segmentation_of(const int32_t *label, size_t n, size_t k) {
    bm_segmentation s = {.n = n, .k = k};
    s.label = calloc(n, sizeof *s.label);
    s.size = calloc(k, sizeof *s.size);
    s.weight = calloc(k, sizeof *s.weight);
    s.inertia_of = calloc(k, sizeof *s.inertia_of);
    for (size_t i = 0; i < n; i++) {
        s.label[i] = label[i];
        s.size[label[i] - 1]++;
        s.weight[label[i] - 1] += 2.5;
    }
    for (size_t i = 0; i < k; i++)
        s.inertia_of[i] = 10.0 * (double)(i + 1);
    return s;
}

static bm_strings names_of(size_t k) {
    bm_strings names = {0};
    for (size_t s = 0; s < k; s++) {
        char name[32];
        snprintf(name, sizeof name, "name %zu", s + 1);
        assert_int_equal(bm_strings_add(&names, name, NULL), BM_OK);
    }
    return names;
}

static void online_retail_segments_match_pandas(void **state) {
    (void)state;
    online_retail data;
    if (!online_retail_read(&data))
        skip();
    size_t n = data.orders.buyers;
    int32_t *label = calloc(n, sizeof *label);
    for (size_t b = 0; b < n; b++) {
        size_t orders = 0;
        for (size_t i = data.orders.first[b]; i < data.orders.first[b + 1]; i++)
            orders += data.orders.opens[i];
        label[b] = orders >= 2 ? 1 : 2;
    }
    bm_segmentation segmentation = segmentation_of(label, n, 2);
    bm_features features;
    assert_int_equal(bm_features_init(&features, n, 1, NULL), BM_OK);
    bm_strings names = names_of(2);
    bm_result result;
    assert_int_equal(bm_segments_result(&segmentation, &features, &names, NULL, &data.orders, NULL,
                                        0, &result, NULL),
                     BM_OK);
    static const int64_t buyers[] = {2845, 1493}, orders[] = {17039, 1493};
    static const double revenue[] = {8295096.173, 616311.731},
                        share[] = {0.9308401391071595, 0.06915986089284058},
                        aov[] = {486.8299884382886, 412.800891493637},
                        each[] = {5.989103690685413, 1}, repeat[] = {1, 0}, recency[] = {31, 132};
    assert_int_equal(result.rows, 2);
    for (size_t s = 0; s < 2; s++) {
        assert_int_equal(whole(&result, "segment", s), s + 1);
        assert_int_equal(whole(&result, "buyers", s), buyers[s]);
        assert_int_equal(whole(&result, "orders", s), orders[s]);
        assert_close(number(&result, "share", s), (double)buyers[s] / 4338);
        assert_close(number(&result, "weight", s), (double)buyers[s]);
        assert_close(number(&result, "revenue", s), revenue[s]);
        assert_close(number(&result, "revenue_share", s), share[s]);
        assert_close(number(&result, "aov", s), aov[s]);
        assert_close(number(&result, "orders_per_buyer", s), each[s]);
        assert_close(number(&result, "repeat_rate", s), repeat[s]);
        assert_close(number(&result, "recency_median", s), recency[s]);
        assert_true(isnan(number(&result, "clv_total", s)));
        assert_true(isnan(number(&result, "p_alive_mean", s)));
        assert_true(isnan(number(&result, "churn_rate", s)));
        assert_true(isnan(number(&result, "distance_mean", s)));
    }
    bm_result_free(&result);
    bm_strings_free(&names);
    bm_features_free(&features);
    bm_segmentation_free(&segmentation);
    free(label);
    online_retail_free(&data);
}

/* Buyer 1 of the population is not in the matrix; 3 has only a return; 5 and 6 are separate. */
static const log_line lines[] = {{0, 10, 5, 1, 0, -1},  {0, 12, 7, 1, 0, -1}, {0, 13, -2, 0, 1, -1},
                                 {2, 11, 20, 1, 0, -1}, {2, 11, 8, 0, 0, -1}, {3, 15, -3, 0, 1, -1},
                                 {4, 19, 1, 1, 0, -1}};

static void rows_of_the_matrix_find_their_orders(void **state) {
    (void)state;
    static const int32_t label[] = {1, 2, 1, 1};
    static const size_t row_of[] = {0, 2, 3, 4};
    static const double distance[] = {3, 2};
    bm_orders orders = order_log(lines, 7, 7, 20, NULL);
    bm_segmentation segmentation = segmentation_of(label, 4, 2);
    bm_features features;
    assert_int_equal(bm_features_init(&features, 4, 1, NULL), BM_OK);
    memcpy(features.row_of, row_of, sizeof row_of);
    bm_strings names = names_of(2);
    bm_result result;
    static const double clv_total[] = {40.5, NAN, NAN}, p_alive_mean[] = {0.25, 0.5, NAN};
    const bm_segment_outlook outlook = {clv_total, p_alive_mean};
    assert_int_equal(bm_segments_result(&segmentation, &features, &names, distance, &orders,
                                        &outlook, 2, &result, NULL),
                     BM_OK);
    static const int64_t segment[] = {1, 2, 0}, buyers[] = {3, 1, 2}, order_count[] = {3, 1, 0};
    static const char *const name[] = {"name 1", "name 2", "without orders"};
    static const double share[] = {3 / 6.0, 1 / 6.0, 2 / 6.0}, inertia[] = {10, 20, NAN},
                        distance_mean[] = {3, 2, NAN}, revenue[] = {13, 28, 0},
                        revenue_share[] = {13 / 41.0, 28 / 41.0, 0}, aov[] = {13 / 3.0, 28, NAN},
                        each[] = {1, 1, 0}, repeat[] = {1 / 3.0, 0, 0}, recency[] = {4.5, 9, NAN};
    assert_int_equal(result.rows, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(whole(&result, "segment", i), segment[i]);
        assert_true(text_is(&result, "name", i, name[i]));
        assert_int_equal(whole(&result, "buyers", i), buyers[i]);
        assert_int_equal(whole(&result, "orders", i), order_count[i]);
        assert_close(number(&result, "share", i), share[i]);
        assert_close(number(&result, "inertia", i), inertia[i]);
        assert_close(number(&result, "distance_mean", i), distance_mean[i]);
        assert_true(isnan(number(&result, "stability", i)));
        assert_close(number(&result, "revenue", i), revenue[i]);
        assert_close(number(&result, "revenue_share", i), revenue_share[i]);
        assert_close(number(&result, "aov", i), aov[i]);
        assert_close(number(&result, "orders_per_buyer", i), each[i]);
        assert_close(number(&result, "repeat_rate", i), repeat[i]);
        assert_close(number(&result, "recency_median", i), recency[i]);
        assert_close(number(&result, "clv_total", i), clv_total[i]);
        assert_close(number(&result, "p_alive_mean", i), p_alive_mean[i]);
    }
    bm_result_free(&result);
    bm_strings_free(&names);
    bm_features_free(&features);
    bm_segmentation_free(&segmentation);
    bm_orders_free(&orders);
}

static void without_orders_there_are_no_order_columns(void **state) {
    (void)state;
    static const int32_t label[] = {1, 1, 2};
    bm_segmentation segmentation = segmentation_of(label, 3, 2);
    bm_features features;
    assert_int_equal(bm_features_init(&features, 3, 1, NULL), BM_OK);
    features.weight = calloc(3, sizeof(double));
    bm_strings names = names_of(2);
    bm_result result;
    assert_int_equal(
        bm_segments_result(&segmentation, &features, &names, NULL, NULL, NULL, 0, &result, NULL),
        BM_OK);
    assert_int_equal(result.rows, 2);
    assert_int_equal(bm_result_find(&result, "orders"), result.columns);
    assert_int_equal(bm_result_find(&result, "stability"), result.columns - 1);
    assert_close(number(&result, "weight", 0), 5);
    assert_close(number(&result, "share", 1), 1 / 3.0);
    bm_result_free(&result);
    bm_strings_free(&names);
    bm_features_free(&features);
    bm_segmentation_free(&segmentation);
}

static void a_log_without_amounts_has_no_revenue(void **state) {
    (void)state;
    static const int32_t label[] = {1, 1, 1, 1, 1, 1, 1};
    bm_orders orders = order_log(lines, 7, 7, 20, NULL);
    free(orders.amount);
    orders.amount = NULL;
    bm_segmentation segmentation = segmentation_of(label, 7, 1);
    bm_features features;
    assert_int_equal(bm_features_init(&features, 7, 1, NULL), BM_OK);
    bm_strings names = names_of(1);
    bm_result result;
    assert_int_equal(
        bm_segments_result(&segmentation, &features, &names, NULL, &orders, NULL, 1, &result, NULL),
        BM_OK);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(whole(&result, "orders", i), i == 0 ? 4 : 0);
        assert_true(isnan(number(&result, "revenue", i)));
        assert_true(isnan(number(&result, "revenue_share", i)));
        assert_true(isnan(number(&result, "aov", i)));
    }
    assert_close(number(&result, "repeat_rate", 0), 1 / 7.0);
    bm_result_free(&result);
    bm_strings_free(&names);
    bm_features_free(&features);
    bm_segmentation_free(&segmentation);
    bm_orders_free(&orders);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(online_retail_segments_match_pandas),
        cmocka_unit_test(rows_of_the_matrix_find_their_orders),
        cmocka_unit_test(without_orders_there_are_no_order_columns),
        cmocka_unit_test(a_log_without_amounts_has_no_revenue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
