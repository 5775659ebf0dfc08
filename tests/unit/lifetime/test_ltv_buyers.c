/* What is expected of each buyer and segment, as it stands in the tables: weights, buyers without a
 * history, segments without buyers, models of no use. */
#include "../profile/result_cells.h"

#include "lifetime/ltv.h"

enum { N = 5, POPULATION = 8, K = 3 };

/* Rows of a population of eight, of whom the first, third and seventh never ordered. */
typedef struct world {
    bm_history history[N];
    size_t buyer_of[N];
    double alive[N], orders[N], spend[N], value[N], clv[N];
    bm_histories histories;
    bm_ltv ltv;
} world;

static void make_world(world *w, const double *count) {
    static const size_t buyer_of[N] = {1, 3, 4, 5, 7};
    *w = (world){.alive = {0.5, 1, 0.25, 0.125, 0.75},
                 .orders = {1, 2, 4, 8, 16},
                 .spend = {10, 20, 30, 40, 50},
                 .value = {10, 40, 120, 320, 800},
                 .clv = {1, 3, 100, 7, 9}};
    for (size_t i = 0; i < N; i++) {
        w->buyer_of[i] = buyer_of[i];
        w->history[i] = (bm_history){(double)i, (double)i, 9, NAN, count[i]};
    }
    w->histories = (bm_histories){
        .kind = BM_LTV_ORDERS, .buyers = N, .history = w->history, .buyer_of = w->buyer_of};
    w->ltv = (bm_ltv){.histories = &w->histories,
                      .fits = 1,
                      .fit = {{.model = &bm_ltv_nbd, .usable = 1}},
                      .p_alive = w->alive,
                      .expected_orders = w->orders,
                      .expected_spend = w->spend,
                      .expected_value = w->value,
                      .clv = w->clv};
}

/* In segments 1 and 2, one in none; nobody with a history is in segment 3. */
static const int32_t label[POPULATION] = {1, 2, 3, 1, 1, 0, 2, 2};
static const double revenue[POPULATION] = {0, 11, 0, 13, 14, 15, 0, 17};
static const double once[N] = {1, 1, 1, 1, 1};

static void check_row(const bm_result *table, size_t row, int64_t buyers, double to_date,
                      double orders, double value, double mean, double median, double total,
                      double alive) {
    assert_int_equal(whole(table, "segment", row), row);
    assert_int_equal(whole(table, "buyers", row), buyers);
    assert_close(number(table, "revenue_to_date", row), to_date);
    assert_close(number(table, "expected_orders", row), orders);
    assert_close(number(table, "expected_value", row), value);
    assert_close(number(table, "clv_mean", row), mean);
    assert_close(number(table, "clv_median", row), median);
    assert_close(number(table, "clv_total", row), total);
    assert_close(number(table, "p_alive_mean", row), alive);
}

static void segments_are_those_of_the_buyers_that_have_histories(void **unused) {
    world w;
    bm_result table;
    (void)unused;
    make_world(&w, once);
    assert_int_equal(bm_ltv_segments_result(&w.ltv, label, K, revenue, &table, NULL), BM_OK);
    assert_int_equal(table.rows, K + 1);
    check_row(&table, 0, 5, 70, 31, 1290, 24, 7, 120, 2.625 / 5);
    check_row(&table, 1, 2, 27, 6, 160, 51.5, 51.5, 103, 0.625);
    check_row(&table, 2, 2, 28, 17, 810, 5, 5, 10, 0.625);
    check_row(&table, 3, 0, 0, 0, 0, NAN, NAN, 0, NAN);
    for (size_t s = 0; s <= K; s++)
        assert_true(text_is(&table, "model", s, "nbd"));
    bm_result_free(&table);
}

static void a_row_of_a_weight_counts_as_so_many_buyers(void **unused) {
    const double count[N] = {2, 1, 3, 1, 1};
    world w;
    bm_result table;
    (void)unused;
    make_world(&w, count);
    assert_int_equal(bm_ltv_segments_result(&w.ltv, NULL, 0, NULL, &table, NULL), BM_OK);
    assert_int_equal(table.rows, 1);
    check_row(&table, 0, 8, NAN, 2 + 2 + 12 + 8 + 16, 20 + 40 + 360 + 320 + 800, 321 / 8.0, NAN,
              321, (1 + 1 + 0.75 + 0.125 + 0.75) / 8);
    bm_result_free(&table);
}

static void buyers_stand_under_their_ids_or_their_row_numbers(void **unused) {
    static const char *const row[N] = {"2", "4", "5", "6", "8"};
    static const char *const id[POPULATION] = {"a", "bb", "c", "d", "e", "f", "g", "hhh"};
    bm_dictionary ids = {0};
    bm_result table;
    world w;
    (void)unused;
    make_world(&w, once);
    for (size_t b = 0; b < POPULATION; b++) {
        int32_t code;
        assert_int_equal(bm_dictionary_intern(&ids, (bm_text){id[b], strlen(id[b])}, &code, NULL),
                         BM_OK);
    }
    for (int has_ids = 0; has_ids < 2; has_ids++) {
        assert_int_equal(bm_ltv_buyers_result(&w.ltv, has_ids ? &ids : NULL, &table, NULL), BM_OK);
        assert_int_equal(table.rows, N);
        for (size_t i = 0; i < N; i++) {
            assert_true(text_is(&table, "buyer_id", i, has_ids ? id[w.buyer_of[i]] : row[i]));
            assert_true(text_is(&table, "model", i, "nbd"));
            assert_close(number(&table, "x", i), w.history[i].x);
            assert_close(number(&table, "t_x", i), w.history[i].t_x);
            assert_close(number(&table, "t", i), 9);
            assert_close(number(&table, "m_x", i), NAN);
            assert_close(number(&table, "p_alive", i), w.alive[i]);
            assert_close(number(&table, "expected_orders", i), w.orders[i]);
            assert_close(number(&table, "expected_value", i), w.value[i]);
            assert_close(number(&table, "clv", i), w.clv[i]);
        }
        bm_result_free(&table);
    }
    bm_dictionary_free(&ids);
}

static void a_model_of_no_use_is_not_named(void **unused) {
    bm_result table;
    world w;
    (void)unused;
    make_world(&w, once);
    w.ltv.fit[0].usable = 0;
    assert_int_equal(bm_ltv_buyers_result(&w.ltv, NULL, &table, NULL), BM_OK);
    assert_true(text_is(&table, "model", 0, ""));
    bm_result_free(&table);
    assert_int_equal(bm_ltv_segments_result(&w.ltv, label, K, revenue, &table, NULL), BM_OK);
    assert_true(text_is(&table, "model", 1, ""));
    bm_result_free(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_are_those_of_the_buyers_that_have_histories),
        cmocka_unit_test(a_row_of_a_weight_counts_as_so_many_buyers),
        cmocka_unit_test(buyers_stand_under_their_ids_or_their_row_numbers),
        cmocka_unit_test(a_model_of_no_use_is_not_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
