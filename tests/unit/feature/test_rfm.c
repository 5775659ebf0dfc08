/* Figures on Online Retail: pandas 1.5.3 (qcut of rank(method="first") over buyers by id, and
 * numpy's type 7 quantiles); edges and the counts of 555 and 111 also in statistics.md §2.8. */
#include "../profile/online_retail.h"
#include "../profile/order_log.h"
#include "../profile/result_cells.h"
#include "feature/rfm.h"

typedef struct heard {
    size_t messages;
    char text[8][512];
} heard;

static void hear(void *arg, bm_level level, const char *text) {
    heard *self = arg;
    assert_int_equal(level, BM_INFO);
    if (self->messages < 8)
        snprintf(self->text[self->messages], sizeof self->text[0], "%s", text);
    self->messages++;
}

static size_t count_text(const bm_result *result, const char *column, const char *text) {
    size_t at = column_of(result, column, BM_CELL_TEXT), count = 0;
    for (size_t i = 0; i < result->rows; i++) {
        bm_text value;
        bm_result_read(result, at, i, 1, &value);
        count += value.length == strlen(text) && memcmp(value.data, text, value.length) == 0;
    }
    return count;
}

static void id_dictionary(bm_dictionary *ids, const char *const *id, size_t n) {
    int32_t code;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(bm_dictionary_intern(ids, (bm_text){id[i], strlen(id[i])}, &code, NULL),
                         BM_OK);
}

typedef struct expected_count {
    const char *name;
    size_t count;
} expected_count;

static void check_counts(const bm_result *result, const char *column, const expected_count *want) {
    for (; want->name != NULL; want++) {
        size_t count = count_text(result, column, want->name);
        if (count != want->count)
            fail_msg("%s: %zu, not %zu", want->name, count, want->count);
    }
}

static void online_retail_scores_match_pandas(void **state) {
    (void)state;
    online_retail data;
    if (!online_retail_read(&data))
        skip();
    heard ears = {0};
    bm_log log = {.message = hear, .arg = &ears};
    bm_context context = {.log = &log};
    bm_result result;
    assert_int_equal(bm_rfm(&data.orders, &data.ids, BM_RFM_RANK, &context, &result, NULL), BM_OK);
    assert_int_equal(result.rows, 4338);
    static const expected_count scores[] = {{"555", 348}, {"111", 184}, {"535", 6}, {NULL, 0}};
    static const expected_count segments[] = {{"Potential Loyalist", 1528},
                                              {"Lost", 743},
                                              {"Loyal Customers", 657},
                                              {"About To Sleep", 498},
                                              {"Champions", 348},
                                              {"New Customers", 255},
                                              {"Can't Lose Them", 88},
                                              {"At Risk", 73},
                                              {"Need Attention", 66},
                                              {"Promising", 64},
                                              {"Others", 18},
                                              {NULL, 0}};
    check_counts(&result, "rfm_score", scores);
    check_counts(&result, "rfm_segment", segments);
    double revenue = 0;
    int64_t orders = 0;
    for (size_t i = 0; i < result.rows; i++) {
        revenue += number(&result, "monetary", i);
        orders += whole(&result, "frequency", i);
    }
    assert_close(revenue, 8911407.904);
    assert_int_equal(orders, 18532);
    assert_int_equal(ears.messages, 3);
    assert_non_null(
        strstr(ears.text[0], "recency_days: 5 up to 13.8, 4 up to 33, 3 up to 72, 2 up to 180"));
    assert_non_null(
        strstr(ears.text[1], "frequency: 1 up to 1, 2 up to 2, 3 up to 3, 4 up to 6, 5 above"));
    assert_non_null(strstr(ears.text[2], "monetary: 1 up to 250.194, 2 up to 490.096, 3 up to "
                                         "942.276, 4 up to 2058.426, 5 above"));
    bm_result_free(&result);
    online_retail_free(&data);
}

static void quantile_scores_keep_ties_together(void **state) {
    (void)state;
    online_retail data;
    if (!online_retail_read(&data))
        skip();
    bm_result result;
    assert_int_equal(bm_rfm(&data.orders, &data.ids, BM_RFM_QUANTILE, NULL, &result, NULL), BM_OK);
    size_t of_frequency[6] = {0};
    for (size_t i = 0; i < result.rows; i++) {
        int64_t f = whole(&result, "f", i);
        of_frequency[f]++;
        assert_int_equal(f == 1, whole(&result, "frequency", i) == 1);
    }
    static const size_t expected[6] = {0, 1493, 835, 508, 802, 700};
    assert_memory_equal(of_frequency, expected, sizeof expected);
    static const expected_count scores[] = {{"555", 324}, {"111", 330}, {NULL, 0}};
    static const expected_count segments[] = {{"Potential Loyalist", 1280},
                                              {"Lost", 772},
                                              {"Loyal Customers", 688},
                                              {"About To Sleep", 630},
                                              {"New Customers", 355},
                                              {"Champions", 324},
                                              {"Promising", 99},
                                              {"Can't Lose Them", 81},
                                              {"At Risk", 63},
                                              {"Need Attention", 32},
                                              {"Others", 14},
                                              {NULL, 0}};
    check_counts(&result, "rfm_score", scores);
    check_counts(&result, "rfm_segment", segments);
    bm_result_free(&result);
    online_retail_free(&data);
}

/* pandas.qcut(range(1, n + 1), 5, labels=False) + 1. */
static void few_buyers_are_scored_as_qcut_does(void **state) {
    (void)state;
    static const int64_t expected[8][7] = {{0},
                                           {1},
                                           {1, 5},
                                           {1, 3, 5},
                                           {1, 2, 4, 5},
                                           {1, 2, 3, 4, 5},
                                           {1, 1, 2, 3, 4, 5},
                                           {1, 1, 2, 3, 4, 5, 5}};
    static const char *const id[] = {"a", "b", "c", "d", "e", "f", "g"};
    for (size_t n = 0; n <= 7; n++) {
        log_line line[7];
        for (size_t i = 0; i < n; i++)
            line[i] = (log_line){i, 100 - (int32_t)i, 1.0 + (double)i, 1, 0, -1};
        bm_orders orders = order_log(line, n, n, 101, NULL);
        bm_dictionary ids = {0};
        id_dictionary(&ids, id, n);
        bm_result result;
        assert_int_equal(bm_rfm(&orders, &ids, BM_RFM_RANK, NULL, &result, NULL), BM_OK);
        assert_int_equal(result.rows, n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(whole(&result, "m", i), expected[n][i]);
            assert_int_equal(whole(&result, "r", i), 6 - expected[n][i]);
            assert_int_equal(whole(&result, "recency_days", i), 1 + i);
        }
        bm_result_free(&result);
        assert_int_equal(bm_rfm(&orders, &ids, BM_RFM_QUANTILE, NULL, &result, NULL), BM_OK);
        assert_int_equal(result.rows, n);
        bm_result_free(&result);
        bm_dictionary_free(&ids);
        bm_orders_free(&orders);
    }
}

static void returns_count_nowhere_and_buyers_without_orders_have_no_row(void **state) {
    (void)state;
    static const char *const id[] = {"a", "b", "c"};
    static const log_line line[] = {{0, 10, 5, 1, 0, -1},  {0, 10, 7, 0, 0, -1},
                                    {0, 15, -7, 0, 1, -1}, {1, 12, -3, 0, 1, -1},
                                    {2, 18, 2, 1, 0, -1},  {2, 19, 2, 1, 0, -1}};
    bm_orders orders = order_log(line, 6, 3, 20, NULL);
    bm_dictionary ids = {0};
    id_dictionary(&ids, id, 3);
    bm_result result;
    assert_int_equal(bm_rfm(&orders, &ids, BM_RFM_RANK, NULL, &result, NULL), BM_OK);
    assert_int_equal(result.rows, 2);
    assert_true(text_is(&result, "buyer_id", 0, "a"));
    assert_true(text_is(&result, "buyer_id", 1, "c"));
    assert_int_equal(whole(&result, "recency_days", 0), 10);
    assert_int_equal(whole(&result, "frequency", 0), 1);
    assert_close(number(&result, "monetary", 0), 12);
    assert_int_equal(whole(&result, "recency_days", 1), 1);
    assert_int_equal(whole(&result, "frequency", 1), 2);
    assert_true(text_is(&result, "rfm_score", 0, "115"));
    assert_true(text_is(&result, "rfm_score", 1, "551"));
    bm_result_free(&result);
    bm_dictionary_free(&ids);
    bm_orders_free(&orders);
}

/* Ids that are numbers go by number ("9" before "10"), others by bytes. */
static void ties_are_split_by_id(void **state) {
    (void)state;
    static const char *const by_number[] = {"10", "9", "8", "11", "7"};
    static const char *const by_bytes[] = {"b10", "b9", "b8", "b11", "b7"};
    static const char *const score_by_number[] = {"244", "333", "422", "155", "511"};
    static const char *const score_by_bytes[] = {"511", "155", "244", "422", "333"};
    log_line line[5];
    for (size_t i = 0; i < 5; i++)
        line[i] = (log_line){i, 10, 1, 1, 0, -1};
    bm_orders orders = order_log(line, 5, 5, 11, NULL);
    for (int numbers = 0; numbers < 2; numbers++) {
        bm_dictionary ids = {0};
        id_dictionary(&ids, numbers ? by_number : by_bytes, 5);
        bm_result result;
        assert_int_equal(bm_rfm(&orders, &ids, BM_RFM_RANK, NULL, &result, NULL), BM_OK);
        for (size_t i = 0; i < 5; i++)
            assert_true(
                text_is(&result, "rfm_score", i, numbers ? score_by_number[i] : score_by_bytes[i]));
        bm_result_free(&result);
        bm_dictionary_free(&ids);
    }
    bm_orders_free(&orders);
}

static void a_log_without_amounts_is_refused(void **state) {
    (void)state;
    static const log_line line[] = {{0, 10, 5, 1, 0, -1}};
    bm_orders orders = order_log(line, 1, 1, 20, NULL);
    free(orders.amount);
    orders.amount = NULL;
    bm_dictionary ids = {0};
    static const char *const id[] = {"a"};
    id_dictionary(&ids, id, 1);
    bm_result result;
    bm_error err;
    assert_int_equal(bm_rfm(&orders, &ids, BM_RFM_RANK, NULL, &result, &err), BM_DATA);
    assert_non_null(strstr(err.message, "amount"));
    bm_dictionary_free(&ids);
    bm_orders_free(&orders);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(online_retail_scores_match_pandas),
        cmocka_unit_test(quantile_scores_keep_ties_together),
        cmocka_unit_test(few_buyers_are_scored_as_qcut_does),
        cmocka_unit_test(returns_count_nowhere_and_buyers_without_orders_have_no_row),
        cmocka_unit_test(ties_are_split_by_id),
        cmocka_unit_test(a_log_without_amounts_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
