/* Figures on Online Retail: NumPy 1.24 by the formulas of statistics.md §4.4; those of `revenue`
 * also in its §2.8. Segment 1 is the buyers with two orders or more. */
#include "base/parallel.h"
#include "online_retail.h"
#include "order_log.h"
#include "profile/profile.h"
#include "result_cells.h"

typedef struct expected_scope {
    const char *scope;
    int64_t n;
    double total, gini, hhi, n_eff, top1, top5, top10, top20, n_for_80;
} expected_scope;

static void check_scope(const bm_result *result, size_t row, const expected_scope *want) {
    assert_true(text_is(result, "scope", row, want->scope));
    assert_int_equal(whole(result, "n", row), want->n);
    assert_close(number(result, "total", row), want->total);
    assert_close(number(result, "gini", row), want->gini);
    assert_close(number(result, "hhi", row), want->hhi);
    assert_close(number(result, "n_eff", row), want->n_eff);
    assert_close(number(result, "top1", row), want->top1);
    assert_close(number(result, "top5", row), want->top5);
    assert_close(number(result, "top10", row), want->top10);
    assert_close(number(result, "top20", row), want->top20);
    assert_close(number(result, "n_for_80", row), want->n_for_80);
}

static void online_retail_concentration_matches_numpy(void **state) {
    (void)state;
    online_retail data;
    if (!online_retail_read(&data))
        skip();
    static const expected_scope expected[] = {
        {"revenue", 4338, 8911407.904, 0.7151396179369514, 0.004643601008373123, 215.35011259512757,
         0.3199885585666037, 0.5037812496479792, 0.61375065746289, 0.7461713718676604, 1133},
        {"product", 3665, 8911407.904, 0.7534275216185987, 0.002270133674146882, 440.50269435160055,
         0.19589843364889695, 0.45528662291161154, 0.6139411335378605, 0.7864733424282053, 777},
        {"region", 37, 8911407.904, 0.920088065593738, 0.6761641143486374, 1.4789308967739587,
         0.8201163758556641, 0.8521479406852657, 0.90762885294135, 0.9598727211398893, 1},
        {"segment 1", 2845, 8295096.173, 0.6657368144774598, 0.005265831560811424,
         189.90352966130723, 0.2922929354203161, 0.47310422424923965, 0.5759036255118295,
         0.7025791394643061, 909},
        {"segment 2", 1493, 616311.731, 0.5137387106529151, 0.01692440212166476, 59.08628221022413,
         0.2033593288848172, 0.33681187548253905, 0.43317191053110116, 0.5646769361915656, 709},
    };
    int32_t *label = calloc(data.orders.buyers, sizeof *label);
    for (size_t b = 0; b < data.orders.buyers; b++) {
        size_t orders = 0;
        for (size_t i = data.orders.first[b]; i < data.orders.first[b + 1]; i++)
            orders += data.orders.opens[i];
        label[b] = orders >= 2 ? 1 : 2;
    }
    static const int threads[] = {1, 2, 7};
    for (int t = 0; t < 3; t++) {
        bm_result result;
        bm_set_threads(threads[t]);
        assert_int_equal(bm_concentration(&data.orders, label, 2, &result, NULL), BM_OK);
        assert_int_equal(result.rows, 5);
        for (size_t row = 0; row < 5; row++)
            check_scope(&result, row, &expected[row]);
        bm_result_free(&result);
    }
    bm_set_threads(0);
    free(label);
    online_retail_free(&data);
}

/* Ten equal buyers: no concentration; the top 1 % is one of them. */
static void equal_buyers_are_not_concentrated(void **state) {
    (void)state;
    log_line line[10];
    for (size_t i = 0; i < 10; i++)
        line[i] = (log_line){i, 1, 4, 1, 0, -1};
    bm_orders orders = order_log(line, 10, 12, 20, NULL);
    bm_result result;
    assert_int_equal(bm_concentration(&orders, NULL, 3, &result, NULL), BM_OK);
    static const expected_scope expected = {"revenue", 10, 40, 0, 0.1, 10, 0.1, 0.1, 0.1, 0.2, 8};
    assert_int_equal(result.rows, 1);
    check_scope(&result, 0, &expected);
    bm_result_free(&result);
    bm_orders_free(&orders);
}

static void returns_and_missing_values_do_not_count(void **state) {
    (void)state;
    bm_dictionary products = {0};
    int32_t code;
    static const char *const product[] = {"pen", "ink", "unsold", "returned"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(
            bm_dictionary_intern(&products, (bm_text){product[i], strlen(product[i])}, &code, NULL),
            BM_OK);
    static const log_line line[] = {{0, 1, 30, 1, 0, 0},
                                    {0, 2, 10, 1, 0, 1},
                                    {0, 3, -30, 0, 1, 3},
                                    {1, 4, 20, 1, 0, -1},
                                    {2, 5, -9, 0, 1, 3}};
    bm_orders orders = order_log(line, 5, 3, 20, &products);
    bm_result result;
    assert_int_equal(bm_concentration(&orders, NULL, 0, &result, NULL), BM_OK);
    static const expected_scope expected[] = {
        {"revenue", 2, 60, 1 / 6.0, 5 / 9.0, 1.8, 2 / 3.0, 2 / 3.0, 2 / 3.0, 2 / 3.0, 2},
        {"product", 2, 40, 0.25, 0.625, 1.6, 0.75, 0.75, 0.75, 0.75, 2}};
    assert_int_equal(result.rows, 2);
    for (size_t row = 0; row < 2; row++)
        check_scope(&result, row, &expected[row]);
    bm_result_free(&result);
    bm_orders_free(&orders);
    bm_dictionary_free(&products);
}

static void a_total_that_is_not_positive_has_no_shares(void **state) {
    (void)state;
    static const log_line line[] = {{0, 1, 5, 1, 0, -1}, {1, 1, -5, 1, 0, -1}, {2, 1, 0, 1, 0, -1}};
    static const int32_t label[] = {3, 1, 2};
    bm_orders orders = order_log(line, 3, 3, 20, NULL);
    bm_result result;
    assert_int_equal(bm_concentration(&orders, label, 4, &result, NULL), BM_OK);
    static const expected_scope expected[] = {
        {"revenue", 3, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
        {"segment 1", 1, -5, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
        {"segment 2", 1, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
        {"segment 3", 1, 5, 0, 1, 1, 1, 1, 1, 1, 1},
        {"segment 4", 0, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN}};
    assert_int_equal(result.rows, 5);
    for (size_t row = 0; row < 5; row++)
        check_scope(&result, row, &expected[row]);
    bm_result_free(&result);
    bm_orders_free(&orders);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(online_retail_concentration_matches_numpy),
        cmocka_unit_test(equal_buyers_are_not_concentrated),
        cmocka_unit_test(returns_and_missing_values_do_not_count),
        cmocka_unit_test(a_total_that_is_not_positive_has_no_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
