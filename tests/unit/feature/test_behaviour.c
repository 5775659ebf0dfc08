/* The measures of what buyers ordered: by hand, and against pandas. */
#include "tables.h"

#include "base/parallel.h"
#include "feature/features.h"
#include "feature/orders.h"

static const double *measure(const bm_measures *m, const char *name) {
    for (size_t c = 0; c < m->columns; c++) {
        if (strcmp(m->measure[c].name, name) == 0)
            return m->value[c];
    }
    return NULL;
}

/* A log of six buyers a … f, of whom d has no line, as of 31 March 2024. */
typedef struct sample {
    bm_table table;
    bm_dictionary population;
    bm_orders orders;
    bm_measures measures;
    voice voice;
} sample;

enum { A, B, C, D, E, F };

static int set_up(void **state) {
    static sample s;
    memset(&s, 0, sizeof s);
    voice_init(&s.voice);
    s.population = make_dictionary((const char *[]){"a", "b", "c", "d", "e", "f"}, 6);
    s.table = make_table("orders.csv", 13);
    add_texts(&s.table, "buyer",
              (const char *[]){"a", "a", "a", "a", "a", "b", "b", "c", "e", "e", "f", "f", "f"});
    add_dates(&s.table, "date",
              (const char *[]){"2024-03-01", "2024-03-01", "2024-03-11", "2024-03-12", "2024-03-15",
                               "2024-03-31", "2024-03-31", "2024-02-01", "2024-03-03", "2024-03-02",
                               "2024-01-01", "2024-01-01", "2024-01-01"});
    add_numbers(&s.table, "amount",
                (const double[]){10, 20, 30, -30, 40, -5, 3, -9, 5, 5, 10, 10, -1});
    add_numbers(&s.table, "quantity", (const double[]){1, 2, 3, -3, 1, 1, 1, -1, 1, 1, 1, 1, 1});
    add_texts(&s.table, "product",
              (const char *[]){"p", "q", "p", "p", "r", "p", "q", "p", "p", "q", "p", "p", "q"});
    add_texts(&s.table, "category",
              (const char *[]){"x", "y", "x", "x", NULL, "x", "y", "x", "x", "y", "x", "x", "y"});
    mark_rows(&s.table, (const uint8_t[]){0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0});
    bm_order_roles roles = {.buyer = "buyer", .date = "date", .amount = "amount"};
    roles.quantity = "quantity";
    roles.dimension[BM_PRODUCT] = "product";
    roles.dimension[BM_CATEGORY] = "category";
    bm_dictionary ids = {0};
    if (bm_orders_build(&s.table, &roles, bm_days_from_civil(2024, 3, 31), &s.population,
                        &s.voice.context, NULL, &s.orders, &ids, NULL) != BM_OK ||
        bm_measures_of_orders(&s.orders, &s.voice.context, &s.measures, NULL) != BM_OK)
        return -1;
    *state = &s;
    return 0;
}

static int tear_down(void **state) {
    sample *s = *state;
    bm_measures_free(&s->measures);
    bm_orders_free(&s->orders);
    bm_dictionary_free(&s->population);
    bm_table_free(&s->table);
    bm_log_free(&s->voice.log);
    return 0;
}

static void expect(const sample *s, size_t buyer, const char *name, double value) {
    const double *of = measure(&s->measures, name);
    assert_non_null(of);
    if (isnan(value))
        assert_true(isnan(of[buyer]));
    else
        assert_true(fabs(of[buyer] - value) <= 1e-14 * fabs(value));
}

/* a: orders on 1, 11 and 15 March, a return of -30 on the 12th. Revenue 10 + 20 + 30 + 40; of
 * known categories x 40 and y 20; intervals 10 and 4 days. */
static void measures_of_one_buyer_are_as_worked_by_hand(void **state) {
    const sample *s = *state;
    expect(s, A, "recency_days", 16);
    expect(s, A, "frequency", 3);
    expect(s, A, "monetary", 100);
    expect(s, A, "aov", 100.0 / 3);
    expect(s, A, "tenure_days", 30);
    expect(s, A, "interval_mean_days", 7);
    expect(s, A, "interval_sd_days", sqrt(18));
    expect(s, A, "items_per_order", 7.0 / 3);
    expect(s, A, "distinct_products", 3);
    expect(s, A, "category_count", 2);
    expect(s, A, "category_main_share", 2.0 / 3);
    expect(s, A, "category_hhi", 5.0 / 9);
    expect(s, A, "returns_share", 1.0 / 5);
    assert_int_equal(s->measures.main[BM_CATEGORY][A], 0);
}

static void intervals_need_two_and_three_order_days(void **state) {
    const sample *s = *state;
    expect(s, B, "interval_mean_days", NAN);
    expect(s, E, "interval_mean_days", 1);
    expect(s, E, "interval_sd_days", NAN);
    expect(s, B, "recency_days", 0);
}

/* b: revenue -5 + 3 is not positive; f: y has -1 of 19. Both go by lines: 1 of 2, and 2 of 3. */
static void shares_go_by_lines_where_revenue_has_no_shares(void **state) {
    const sample *s = *state;
    expect(s, B, "category_main_share", 0.5);
    expect(s, B, "category_hhi", 0.5);
    expect(s, F, "category_main_share", 2.0 / 3);
    expect(s, F, "category_hhi", 5.0 / 9);
    expect(s, F, "monetary", 19);
}

/* b has x and y once each, x first; e bought y a day before x, though x stands first in the log. */
static void ties_for_the_main_value_go_to_the_one_bought_first(void **state) {
    const sample *s = *state;
    assert_int_equal(s->measures.main[BM_CATEGORY][B], 0);
    assert_int_equal(s->measures.main[BM_CATEGORY][E], 1);
    expect(s, E, "category_main_share", 0.5);
}

/* c only brought something back, d is not in the log. */
static void buyers_without_orders_have_zeros_only_where_zero_is_true(void **state) {
    const sample *s = *state;
    const size_t buyers[] = {C, D};
    for (size_t i = 0; i < 2; i++) {
        for (size_t c = 0; c < s->measures.columns; c++) {
            const char *name = s->measures.measure[c].name;
            int zero = strcmp(name, "frequency") == 0 || strcmp(name, "monetary") == 0 ||
                       strcmp(name, "distinct_products") == 0;
            expect(s, buyers[i], name, zero ? 0 : NAN);
        }
        assert_int_equal(s->measures.main[BM_CATEGORY][buyers[i]], -1);
    }
}

static void only_measures_the_log_can_give_are_there(void **state) {
    const sample *s = *state;
    static const char *const names[] = {
        "recency_days",
        "frequency",
        "monetary",
        "aov",
        "tenure_days",
        "interval_mean_days",
        "interval_sd_days",
        "items_per_order",
        "distinct_products",
        "category_count",
        "category_main_share",
        "category_hhi",
        "returns_share",
    };
    static const int by_default[] = {1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1};
    assert_int_equal(s->measures.columns, 13);
    for (size_t c = 0; c < 13; c++) {
        assert_string_equal(s->measures.measure[c].name, names[c]);
        assert_int_equal(s->measures.measure[c].by_default, by_default[c]);
    }
    assert_null(s->measures.main[BM_PRODUCT]);
    assert_null(s->measures.main[BM_REGION]);

    /* A log of buyers and dates alone. */
    sample *bare = *state;
    bm_order_roles roles = {.buyer = "buyer", .date = "date"};
    bm_orders orders;
    bm_dictionary ids = {0};
    bm_measures measures;
    uint8_t *marked = bare->table.marked;
    bare->table.marked = NULL;
    assert_int_equal(bm_orders_build(&bare->table, &roles, 20000, NULL, &bare->voice.context, NULL,
                                     &orders, &ids, NULL),
                     BM_OK);
    bare->table.marked = marked;
    assert_int_equal(bm_measures_of_orders(&orders, &bare->voice.context, &measures, NULL), BM_OK);
    assert_int_equal(measures.columns, 5);
    assert_null(measure(&measures, "monetary"));
    assert_non_null(measure(&measures, "interval_sd_days"));
    bm_measures_free(&measures);
    bm_orders_free(&orders);
    bm_dictionary_free(&ids);
}

/* A simulated log: 2,000 lines of up to 150 buyers, orders of several days and buyers, lines
 * without order number or category, returns, ties (amounts are quarters). */
enum { LINES = 2000, FIRST_DAY = 15000, AS_OF = 15380 };

static bm_table simulate(void) {
    static const char *const dimension[] = {"category", "region", "channel", "supplier"};
    static const uint64_t values[] = {6, 9, 3, 20};
    static char word[9][LINES][16];
    static const char *text[9][LINES];
    static double amount[LINES], quantity[LINES];
    static int64_t when[LINES];
    static uint8_t marked[LINES];
    uint64_t random = 20111209;
    for (size_t r = 0; r < LINES; r++) {
        uint64_t buyer = draw(&random, 150);
        buyer = buyer * draw(&random, 150) / 150;
        snprintf(word[0][r], 16, "%u", (unsigned)buyer);
        when[r] = (int64_t)(FIRST_DAY + draw(&random, 400)) * BM_DAY_SECONDS;
        when[r] += (int64_t)draw(&random, BM_DAY_SECONDS);
        uint64_t order = draw(&random, 700);
        snprintf(word[1][r], 16, "%u", (unsigned)order);
        amount[r] = (double)(1 + draw(&random, 40)) * 0.25;
        quantity[r] = (double)(1 + draw(&random, 9));
        snprintf(word[2][r], 16, "%u", (unsigned)draw(&random, 60));
        for (size_t k = 0; k < 3; k++)
            text[k][r] = k == 1 && order >= 680 ? NULL : word[k][r];
        for (size_t k = 0; k < 4; k++) {
            uint64_t value = draw(&random, values[k] + 1);
            snprintf(word[3 + k][r], 16, "%u", (unsigned)value);
            text[3 + k][r] = value == values[k] ? NULL : word[3 + k][r];
        }
        marked[r] = draw(&random, 20) == 0;
    }
    bm_table t = make_table("orders.csv", LINES);
    add_texts(&t, "buyer", text[0]);
    add_seconds(&t, "date", when);
    add_texts(&t, "order", text[1]);
    add_numbers(&t, "amount", amount);
    add_numbers(&t, "quantity", quantity);
    add_texts(&t, "product", text[2]);
    for (size_t k = 0; k < 4; k++)
        add_texts(&t, dimension[k], text[3 + k]);
    mark_rows(&t, marked);
    return t;
}

/* pandas 1.5.3 on the same log: for each measure how many buyers have one, their sum and sum of
 * squares (groupby sums, nunique, diff, std, idxmax over values in order of first appearance). */
static const struct {
    const char *name;
    size_t defined;
    double sum, squares;
} pandas[] = {
    {"recency_days", 136, 6542, 917334},
    {"frequency", 137, 1773, 42579},
    {"monetary", 137, 9189.25, 1181353.3125},
    {"aov", 136, 711.48753939990024, 3968.0860278484138},
    {"tenure_days", 136, 43574, 14757228},
    {"interval_mean_days", 125, 5626.9601651580888, 503826.34421114781},
    {"interval_sd_days", 117, 3861.5366973798855, 212518.67754777637},
    {"items_per_order", 136, 711.75598685175487, 3892.2783474234948},
    {"distinct_products", 137, 1521, 27663},
    {"category_count", 136, 586, 2974},
    {"category_main_share", 134, 62.314503749827324, 35.867836710441665},
    {"category_hhi", 134, 50.772571599301514, 27.379313164888966},
    {"region_count", 136, 737, 4973},
    {"region_main_share", 134, 56.853722876681353, 31.610316625984368},
    {"region_hhi", 134, 45.655993215230467, 24.079279066768645},
    {"channel_count", 136, 344, 948},
    {"channel_main_share", 136, 81.8536583046006, 55.737869479343104},
    {"channel_hhi", 136, 72.018350364497522, 45.607203919253216},
    {"supplier_count", 136, 1085, 12065},
    {"supplier_main_share", 136, 49.372503435384225, 26.293155097983337},
    {"supplier_hhi", 136, 39.13360239787508, 20.513086524598684},
    {"returns_share", 136, 6.1862193208181306, 1.2946620449569528},
};
/* Σ (buyer, from 1) × (number of the main value + 1). */
static const uint64_t pandas_main[BM_DIMENSIONS] = {
    [BM_CATEGORY] = 32076, [BM_REGION] = 43534, [BM_CHANNEL] = 18644, [BM_SUPPLIER] = 96470};

static bm_order_roles simulated_roles(void) {
    return (bm_order_roles){.buyer = "buyer",
                            .date = "date",
                            .amount = "amount",
                            .quantity = "quantity",
                            .order = "order",
                            .dimension = {"product", "category", "region", "channel", "supplier"}};
}

static void measures_of_a_simulated_log_agree_with_pandas(void **state) {
    (void)state;
    bm_table t = simulate();
    bm_order_roles roles = simulated_roles();
    bm_orders orders;
    bm_dictionary ids = {0};
    bm_measures measures;
    bm_accounting accounting = {.rows_in = LINES, .used = LINES};
    voice v;
    voice_init(&v);
    assert_int_equal(
        bm_orders_build(&t, &roles, AS_OF, NULL, &v.context, &accounting, &orders, &ids, NULL),
        BM_OK);
    assert_int_equal(accounting.excluded, 97);
    assert_int_equal(orders.lines, 1903);
    assert_int_equal(orders.buyers, 137);
    assert_int_equal(bm_measures_of_orders(&orders, &v.context, &measures, NULL), BM_OK);
    assert_int_equal(measures.columns, sizeof pandas / sizeof *pandas);
    for (size_t c = 0; c < measures.columns; c++) {
        size_t defined = 0;
        double sum = 0, squares = 0;
        for (size_t b = 0; b < measures.n; b++) {
            double value = measures.value[c][b];
            if (isnan(value))
                continue;
            defined++;
            sum += value;
            squares += value * value;
        }
        assert_string_equal(measures.measure[c].name, pandas[c].name);
        assert_int_equal(defined, pandas[c].defined);
        assert_true(fabs(sum / pandas[c].sum - 1) < 1e-12);
        assert_true(fabs(squares / pandas[c].squares - 1) < 1e-12);
    }
    for (int d = BM_CATEGORY; d < BM_DIMENSIONS; d++) {
        uint64_t check = 0;
        for (size_t b = 0; b < measures.n; b++) {
            int32_t code = measures.main[d][b];
            if (code >= 0)
                check +=
                    (strtoull(bm_dictionary_string(orders.names[d], code), NULL, 10) + 1) * (b + 1);
        }
        assert_int_equal(check, pandas_main[d]);
    }
    bm_measures_free(&measures);
    bm_orders_free(&orders);
    bm_dictionary_free(&ids);
    bm_accounting_free(&accounting);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

/* The simulated buyers many times over, so that there are several chunks of them. */
static void measures_are_the_same_bytes_for_any_number_of_threads(void **state) {
    (void)state;
    enum { COPIES = 80 };
    bm_table t = simulate();
    bm_order_roles roles = simulated_roles();
    bm_orders orders, many;
    bm_dictionary ids = {0};
    bm_measures measures[3];
    voice v;
    voice_init(&v);
    assert_int_equal(
        bm_orders_build(&t, &roles, AS_OF, NULL, &v.context, NULL, &orders, &ids, NULL), BM_OK);
    /* Every copy of a buyer shares the lines of the first. */
    many = orders;
    many.buyers = orders.buyers * COPIES;
    many.lines = orders.lines * COPIES;
    assert_int_equal(BM_NEW(&many.first, many.buyers + 1, "", NULL), BM_OK);
    assert_int_equal(BM_NEW(&many.day, many.lines, "", NULL), BM_OK);
    assert_int_equal(BM_NEW(&many.amount, many.lines, "", NULL), BM_OK);
    assert_int_equal(BM_NEW(&many.quantity, many.lines, "", NULL), BM_OK);
    assert_int_equal(BM_NEW(&many.opens, many.lines, "", NULL), BM_OK);
    assert_int_equal(BM_NEW(&many.is_return, many.lines, "", NULL), BM_OK);
    for (int d = 0; d < BM_DIMENSIONS; d++)
        assert_int_equal(BM_NEW(&many.code[d], many.lines, "", NULL), BM_OK);
    for (size_t copy = 0; copy < COPIES; copy++) {
        size_t at = copy * orders.lines;
        for (size_t b = 0; b <= orders.buyers; b++)
            many.first[copy * orders.buyers + b] = at + orders.first[b];
        for (size_t i = 0; i < orders.lines; i++) {
            many.day[at + i] = orders.day[i];
            many.amount[at + i] = orders.amount[i] * (double)(copy + 1) / 3;
            many.quantity[at + i] = orders.quantity[i];
            many.opens[at + i] = orders.opens[i];
            many.is_return[at + i] = orders.is_return[i];
            for (int d = 0; d < BM_DIMENSIONS; d++)
                many.code[d][at + i] = orders.code[d][i];
        }
    }
    const int threads[] = {1, 2, 7};
    for (size_t i = 0; i < 3; i++) {
        bm_set_threads(threads[i]);
        assert_int_equal(bm_measures_of_orders(&many, &v.context, &measures[i], NULL), BM_OK);
    }
    bm_set_threads(0);
    for (size_t i = 1; i < 3; i++) {
        for (size_t c = 0; c < measures[0].columns; c++)
            assert_memory_equal(measures[0].value[c], measures[i].value[c],
                                many.buyers * sizeof(double));
        for (int d = BM_CATEGORY; d < BM_DIMENSIONS; d++)
            assert_memory_equal(measures[0].main[d], measures[i].main[d],
                                many.buyers * sizeof(int32_t));
    }
    for (size_t i = 0; i < 3; i++)
        bm_measures_free(&measures[i]);
    bm_orders_free(&many);
    bm_orders_free(&orders);
    bm_dictionary_free(&ids);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

static void every_dimension_has_a_name(void **state) {
    (void)state;
    assert_string_equal(bm_dimension_name(BM_PRODUCT), "product");
    assert_string_equal(bm_dimension_name(BM_SUPPLIER), "supplier");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(measures_of_one_buyer_are_as_worked_by_hand, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(intervals_need_two_and_three_order_days, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shares_go_by_lines_where_revenue_has_no_shares, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(ties_for_the_main_value_go_to_the_one_bought_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(buyers_without_orders_have_zeros_only_where_zero_is_true,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_measures_the_log_can_give_are_there, set_up,
                                        tear_down),
        cmocka_unit_test(measures_of_a_simulated_log_agree_with_pandas),
        cmocka_unit_test(measures_are_the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(every_dimension_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
