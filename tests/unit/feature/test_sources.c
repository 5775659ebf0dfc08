/* Features from orders and buyers together: buyers without orders, names, main values. */
#include "tables.h"

#include "feature/features.h"

enum { BUYERS = 5 };

/* Five buyers, lines 2 to 6, and their measures; the last has no orders. The log has two regions
 * and, beside the known values, one line of the fourth buyer whose region is not known. */
typedef struct market {
    bm_table buyers;
    bm_measures measures;
    bm_orders orders;
    bm_dictionary regions;
    bm_feature_options options;
    bm_features_built built;
    bm_error err;
    voice voice;
} market;

static double recency[] = {3, 10, 1, 7, NAN};
static double frequency[] = {4, 1, 2, 3, 0};
static double interval[] = {5, NAN, 9, 2, NAN};
static int32_t main_region[] = {1, 0, 1, -1, -1};
static double *values[] = {recency, frequency, interval};
static bm_measure measures[] = {
    {"recency_days", "days", "", 1, NULL},
    {"frequency", "orders", "", 1, NULL},
    {"interval_mean_days", "days", "", 0, "they ordered on fewer than 2 days"},
};

static int set_up(void **state) {
    static market m;
    memset(&m, 0, sizeof m);
    voice_init(&m.voice);
    m.regions = make_dictionary((const char *[]){"West", "East"}, 2);
    m.measures = (bm_measures){.n = BUYERS, .columns = 3, .measure = measures, .value = values};
    m.measures.main[BM_REGION] = main_region;
    m.orders.names[BM_REGION] = &m.regions;
    m.buyers = make_table("buyers.csv", BUYERS);
    add_texts(&m.buyers, "id", (const char *[]){"a", "b", "c", "d", "e"});
    add_numbers(&m.buyers, "age", (const double[]){50, 40, 30, 20, 10});
    add_texts(&m.buyers, "role", (const char *[]){"lab", "lab", "shop", "lab", "shop"});
    *state = &m;
    return 0;
}

static int tear_down(void **state) {
    market *m = *state;
    bm_features_built_free(&m->built);
    bm_table_free(&m->buyers);
    bm_dictionary_free(&m->regions);
    bm_strings_free(&m->options.use);
    bm_strings_free(&m->options.categories);
    bm_log_free(&m->voice.log);
    return 0;
}

static bm_status run(market *m) {
    bm_features_built_free(&m->built);
    return bm_features_build(&m->buyers, 0, &m->measures, &m->orders, &m->options,
                             &m->voice.context, &m->built, &m->err);
}

static bm_status use(market *m, const char *names) {
    bm_strings_free(&m->options.use);
    assert_int_equal(bm_strings_split(&m->options.use, names, ',', NULL), BM_OK);
    return run(m);
}

static void expect_message(const market *m, const char *part) {
    if (strstr(m->err.message, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", m->err.message, part);
}

static void expect_features(const market *m, const char *names) {
    char text[1024] = "";
    for (size_t j = 0; j < m->built.all.d; j++) {
        const bm_feature *f = &m->built.all.feature[j];
        int first_described = !f->clustered && (j == 0 || m->built.all.feature[j - 1].clustered);
        strcat(text, first_described ? "|" : j > 0 ? "," : "");
        strcat(text, f->name);
    }
    assert_string_equal(text, names);
}

static void expect_column(const market *m, size_t j, const double *value) {
    for (size_t i = 0; i < m->built.all.n; i++) {
        double x = value_at(&m->built.all, i, j);
        assert_true(isnan(value[i]) ? isnan(x) : x == value[i]);
    }
}

static void columns_come_first_then_measures_then_what_is_described(void **state) {
    market *m = *state;
    assert_int_equal(run(m), BM_OK);
    expect_features(m, "age,role=lab,role=shop,recency_days,frequency|interval_mean_days,"
                       "region_main=East,region_main=West");
    assert_string_equal(m->built.all.feature[6].source, "region_main");
    /* The second buyer has no interval, the last no known region. */
    expect_column(m, 5, (const double[]){5, NAN, 9, 2});
    assert_true(m->built.all.feature[5].fill == 5);
    assert_int_equal(m->built.all.feature[5].missing, 1);
    expect_column(m, 6, (const double[]){1, 0, 1, NAN});
    expect_column(m, 7, (const double[]){0, 1, 0, NAN});
    assert_true(m->built.all.feature[6].fill == 1);
}

static void buyers_without_orders_are_kept_apart_by_default(void **state) {
    market *m = *state;
    assert_int_equal(run(m), BM_OK);
    assert_int_equal(m->built.all.n, 4);
    assert_memory_equal(m->built.kept, ((const uint8_t[]){1, 1, 1, 1, 2}), BUYERS);
    assert_int_equal(m->built.dropped_without_orders, 0);
    assert_int_equal(m->built.dropped_missing, 0);
}

static void buyers_without_orders_can_be_dropped(void **state) {
    market *m = *state;
    m->options.without_orders = BM_WITHOUT_DROP;
    assert_int_equal(run(m), BM_OK);
    assert_memory_equal(m->built.kept, ((const uint8_t[]){1, 1, 1, 1, 0}), BUYERS);
    assert_int_equal(m->built.dropped_without_orders, 1);
    assert_int_equal(m->built.dropped_missing, 0);
}

static void buyers_without_orders_can_be_included_and_are_then_filled(void **state) {
    market *m = *state;
    m->options.without_orders = BM_WITHOUT_INCLUDE;
    m->options.missing = BM_MISSING_MEAN;
    assert_int_equal(run(m), BM_OK);
    assert_int_equal(m->built.all.n, 5);
    expect_column(m, 3, (const double[]){3, 10, 1, 7, NAN});
    assert_true(m->built.all.feature[3].fill == 5.25);
    expect_column(m, 4, (const double[]){4, 1, 2, 3, 0});
    m->options.missing = BM_MISSING_ERROR;
    assert_int_equal(run(m), BM_DATA);
    expect_message(m, "buyers.csv:6: \"recency_days\" is not defined for 1 of 5 buyers");
    expect_message(m, "they have no orders");
    expect_message(m, "without_orders");
}

static void an_interval_that_is_not_defined_says_why(void **state) {
    market *m = *state;
    assert_int_equal(use(m, "interval_mean_days"), BM_DATA);
    expect_message(m, "buyers.csv:3: \"interval_mean_days\" is not defined for 1 of 4 buyers");
    expect_message(m, "fewer than 2 days");
    expect_message(m, "missing median or mean");
    m->options.missing = BM_MISSING_DROP;
    assert_int_equal(run(m), BM_OK);
    assert_memory_equal(m->built.kept, ((const uint8_t[]){1, 0, 1, 1, 2}), BUYERS);
    assert_int_equal(m->built.dropped_missing, 1);
    /* Buyers without orders count as such, not as buyers that miss a value. */
    m->options.without_orders = BM_WITHOUT_DROP;
    assert_int_equal(run(m), BM_OK);
    assert_memory_equal(m->built.kept, ((const uint8_t[]){1, 0, 1, 1, 0}), BUYERS);
    assert_int_equal(m->built.dropped_missing, 1);
    assert_int_equal(m->built.dropped_without_orders, 1);
}

static void without_a_buyers_table_orders_alone_make_features(void **state) {
    market *m = *state;
    assert_int_equal(bm_features_build(NULL, SIZE_MAX, &m->measures, &m->orders, &m->options,
                                       &m->voice.context, &m->built, &m->err),
                     BM_OK);
    expect_features(m, "recency_days,frequency|interval_mean_days,region_main=East,"
                       "region_main=West");
    bm_features_built_free(&m->built);
    m->options.weight_column = "frequency";
    assert_int_equal(bm_features_build(NULL, SIZE_MAX, &m->measures, &m->orders, &m->options,
                                       &m->voice.context, &m->built, &m->err),
                     BM_JOB);
}

static void main_values_are_clustered_when_named(void **state) {
    market *m = *state;
    m->options.missing = BM_MISSING_DROP;
    assert_int_equal(use(m, "region_main,recency_days"), BM_OK);
    expect_features(m, "region_main=East,region_main=West,recency_days|age,role=lab,role=shop,"
                       "frequency,interval_mean_days");
    assert_memory_equal(m->built.kept, ((const uint8_t[]){1, 1, 1, 0, 2}), BUYERS);
    m->options.missing = BM_MISSING_ERROR;
    assert_int_equal(run(m), BM_DATA);
    expect_message(m, "the log does not name it");
}

static void an_unknown_name_is_answered_with_the_nearest_and_what_there_is(void **state) {
    market *m = *state;
    assert_int_equal(use(m, "age,frequenzy"), BM_JOB);
    expect_message(m, "did you mean \"frequency\"?");
    expect_message(m, "There is: age, role, recency_days, frequency, interval_mean_days, "
                      "region_main");
    assert_int_equal(use(m, "xyzzyxyzzy"), BM_JOB);
    assert_null(strstr(m->err.message, "did you mean"));
    expect_message(m, "there is: age");
    assert_int_equal(use(m, "role=labb"), BM_JOB);
    expect_message(m, "did you mean \"role=lab\"?");
    assert_int_equal(use(m, "age=10"), BM_JOB);
    expect_message(m, "is a number");
    assert_int_equal(use(m, "id"), BM_JOB);
    expect_message(m, "\"id\" cannot be a feature: id");
}

static void unknown_names_are_refused_wherever_they_stand(void **state) {
    market *m = *state;
    bm_error *err = &m->err;
    assert_int_equal(bm_strings_add(&m->options.categories, "rolle", NULL), BM_OK);
    assert_int_equal(run(m), BM_JOB);
    expect_message(m, "did you mean \"role\"?");
    bm_strings_free(&m->options.categories);
    m->options.truth_column = "truth";
    assert_int_equal(run(m), BM_JOB);
    m->options.truth_column = NULL;
    m->options.weight_column = "agee";
    assert_int_equal(run(m), BM_JOB);
    expect_message(m, "did you mean \"age\"?");
    m->options.weight_column = NULL;
    const bm_feature_weight unknown = {(char[]){"monetary"}, 2};
    m->options.weight = &unknown;
    m->options.weights = 1;
    assert_int_equal(run(m), BM_JOB);
    expect_message(m, "\"monetary\"");
    const bm_feature_weight zero = {(char[]){"age"}, 0};
    m->options.weight = &zero;
    assert_int_equal(run(m), BM_JOB);
    assert_non_null(strstr(err->message, "above 0"));
    const bm_feature_weight described = {(char[]){"interval_mean_days"}, 2};
    m->options.weight = &described;
    assert_int_equal(run(m), BM_OK);
    assert_true(voice_warned(&m->voice, "\"interval_mean_days\" has a weight"));
}

static void a_measure_gives_way_to_a_column_of_its_name(void **state) {
    market *m = *state;
    add_numbers(&m->buyers, "frequency", (const double[]){9, 8, 7, 6, 5});
    assert_int_equal(use(m, "frequency"), BM_OK);
    expect_column(m, 0, (const double[]){9, 8, 7, 6});
    /* … unless that column is no feature. */
    m->options.truth_column = "frequency";
    assert_int_equal(run(m), BM_OK);
    expect_column(m, 0, (const double[]){4, 1, 2, 3});
    /* Buyers without orders are still told by the measure. */
    assert_int_equal(m->built.kept[4], BM_ROW_SEPARATE);
}

static void every_column_and_measure_is_accounted_for(void **state) {
    market *m = *state;
    assert_int_equal(use(m, "recency_days,role=lab"), BM_OK);
    static const struct {
        const char *name, *why;
        int used;
    } expected[] = {
        {"id", "id", 0},
        {"age", "described only", 0},
        {"role", "1 of 2 categories", 1},
        {"recency_days", "order measure", 1},
        {"frequency", "described only", 0},
        {"interval_mean_days", "described only", 0},
        {"region_main", "described only", 0},
    };
    assert_int_equal(m->built.columns, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(m->built.column[i].name, expected[i].name);
        assert_string_equal(m->built.column[i].why, expected[i].why);
        assert_int_equal(m->built.column[i].used, expected[i].used);
    }
}

#define ON_MARKET(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_MARKET(columns_come_first_then_measures_then_what_is_described),
        ON_MARKET(buyers_without_orders_are_kept_apart_by_default),
        ON_MARKET(buyers_without_orders_can_be_dropped),
        ON_MARKET(buyers_without_orders_can_be_included_and_are_then_filled),
        ON_MARKET(an_interval_that_is_not_defined_says_why),
        ON_MARKET(without_a_buyers_table_orders_alone_make_features),
        ON_MARKET(main_values_are_clustered_when_named),
        ON_MARKET(an_unknown_name_is_answered_with_the_nearest_and_what_there_is),
        ON_MARKET(unknown_names_are_refused_wherever_they_stand),
        ON_MARKET(a_measure_gives_way_to_a_column_of_its_name),
        ON_MARKET(every_column_and_measure_is_accounted_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
