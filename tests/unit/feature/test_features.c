/* From tables to the matrix: which columns, which rows, and what stands in them. */
#include "tables.h"

#include "base/parallel.h"
#include "feature/features.h"

enum { BUYERS = 6 };

/* Six buyers, lines 2 to 7. Income misses on lines 4 and 6, region on line 5. */
static bm_table make_buyers(void) {
    bm_table t = make_table("buyers.csv", BUYERS);
    add_texts(&t, "id", (const char *[]){"u", "v", "w", "x", "y", "z"});
    add_numbers(&t, "income", (const double[]){10, 20, NAN, 40, NAN, 90});
    add_texts(&t, "region", (const char *[]){"South", "North", "South", NULL, "East", "South"});
    add_numbers(&t, "age", (const double[]){30, 31, 32, 33, 34, 35});
    t.column[3].type = BM_TYPE_INTEGER;
    add_texts(&t, "note", (const char *[]){"n", "o", "p", "q", "r", "s"});
    t.column[4].type = BM_TYPE_TEXT;
    add_dates(&t, "since",
              (const char *[]){"2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04", "2020-01-05",
                               "2020-01-06"});
    add_numbers(&t, "weight", (const double[]){1, 2, 0.5, 1, 3, 1});
    add_texts(&t, "truth", (const char *[]){"1", "1", "2", "2", "3", "3"});
    return t;
}

/* One build of the buyers above: the table, options, and what came of it. */
typedef struct build {
    bm_table table;
    bm_feature_options options;
    bm_features_built built;
    bm_error err;
    voice voice;
} build;

static int set_up(void **state) {
    static build b;
    memset(&b, 0, sizeof b);
    voice_init(&b.voice);
    b.table = make_buyers();
    b.options.weight_column = "weight";
    b.options.truth_column = "truth";
    *state = &b;
    return 0;
}

static int tear_down(void **state) {
    build *b = *state;
    bm_features_built_free(&b->built);
    bm_table_free(&b->table);
    bm_strings_free(&b->options.use);
    bm_strings_free(&b->options.categories);
    bm_log_free(&b->voice.log);
    return 0;
}

static bm_status run(build *b) {
    return bm_features_build(&b->table, 0, NULL, NULL, &b->options, &b->voice.context, &b->built,
                             &b->err);
}

static void name_all(bm_strings *list, const char *names) {
    assert_int_equal(bm_strings_split(list, names, ',', NULL), BM_OK);
}

/* The names of all features in order, clustered | described. */
static void expect_features(const bm_features *all, const char *names) {
    char text[1024] = "";
    int clustered = 1;
    for (size_t j = 0; j < all->d; j++) {
        if (clustered && !all->feature[j].clustered) {
            strcat(text, "|");
            clustered = 0;
        } else if (j > 0) {
            strcat(text, ",");
        }
        assert_int_equal(all->feature[j].clustered, clustered);
        strcat(text, all->feature[j].name);
    }
    assert_string_equal(text, names);
}

static const bm_feature *feature(const bm_features *all, const char *name, size_t *column) {
    for (size_t j = 0; j < all->d; j++) {
        if (strcmp(all->feature[j].name, name) == 0) {
            *column = j;
            return &all->feature[j];
        }
    }
    fail_msg("there is no feature %s", name);
    return NULL;
}

/* What the clustering takes, or, of what is only described, what is known. */
static void expect_values(const bm_features *all, const char *name, const double *value) {
    size_t j;
    bm_features clustered = {0};
    const bm_features *shown = all;
    if (feature(all, name, &j)->clustered) {
        assert_int_equal(bm_features_select(all, &clustered, NULL), BM_OK);
        feature(&clustered, name, &j);
        shown = &clustered;
    }
    for (size_t i = 0; i < shown->n; i++) {
        double x = value_at(shown, i, j);
        assert_true(isnan(value[i]) ? isnan(x) : fabs(x - value[i]) <= 1e-13 * fabs(value[i]));
    }
    bm_features_free(&clustered);
}

static void expect_use(const bm_features_built *built, const char *name, int used,
                       const char *why) {
    for (size_t i = 0; i < built->columns; i++) {
        if (strcmp(built->column[i].name, name) != 0)
            continue;
        assert_string_equal(built->column[i].why, why);
        assert_int_equal(built->column[i].used, used);
        return;
    }
    fail_msg("nothing is said of %s", name);
}

static void expect_message(const bm_error *err, const char *part) {
    if (strstr(err->message, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err->message, part);
}

static void all_usable_columns_are_clustered_by_default(void **state) {
    build *b = *state;
    b->options.missing = BM_MISSING_MEDIAN;
    assert_int_equal(run(b), BM_OK);
    expect_features(&b->built.all, "income,region=East,region=North,region=South,age");
    assert_int_equal(b->built.all.n, BUYERS);
    expect_values(&b->built.all, "age", (const double[]){30, 31, 32, 33, 34, 35});
    size_t j;
    const bm_feature *indicator = feature(&b->built.all, "region=South", &j);
    assert_string_equal(indicator->source, "region");
    assert_int_equal(indicator->kind, BM_FEATURE_INDICATOR);
    assert_int_equal(feature(&b->built.all, "age", &j)->kind, BM_FEATURE_NUMBER);
    assert_int_equal(b->built.columns, 8);
    expect_use(&b->built, "id", 0, "id");
    expect_use(&b->built, "income", 1, "numeric");
    expect_use(&b->built, "region", 1, "3 categories");
    expect_use(&b->built, "note", 0, "text of many values");
    expect_use(&b->built, "since", 0, "date");
    expect_use(&b->built, "weight", 0, "buyer weights");
    expect_use(&b->built, "truth", 0, "truth");
    for (size_t i = 0; i < BUYERS; i++) {
        assert_int_equal(b->built.kept[i], BM_ROW_IN_MAP);
        assert_int_equal(bm_row_of(&b->built.all, i), i);
    }
    assert_memory_equal(b->built.all.weight, ((const double[]){1, 2, 0.5, 1, 3, 1}),
                        6 * sizeof(double));
}

/* Income: 10 20 40 90, median 30, mean 40. South: 3 of 5 known, median 1, mean 0.6. */
static void missing_values_are_filled_with_the_median(void **state) {
    build *b = *state;
    size_t j;
    b->options.missing = BM_MISSING_MEDIAN;
    assert_int_equal(run(b), BM_OK);
    expect_values(&b->built.all, "income", (const double[]){10, 20, 30, 40, 30, 90});
    expect_values(&b->built.all, "region=South", (const double[]){1, 0, 1, 1, 0, 1});
    expect_values(&b->built.all, "region=North", (const double[]){0, 1, 0, 0, 0, 0});
    assert_true(feature(&b->built.all, "income", &j)->fill == 30);
    assert_int_equal(feature(&b->built.all, "income", &j)->missing, 2);
    assert_int_equal(feature(&b->built.all, "region=South", &j)->missing, 1);
    /* Everybody has an age; buyers to come may not. */
    assert_true(feature(&b->built.all, "age", &j)->fill == 32.5);
    assert_int_equal(feature(&b->built.all, "age", &j)->missing, 0);
    assert_true(isinf(feature(&b->built.all, "age", &j)->low));
    assert_int_equal(b->built.dropped_missing, 0);
}

static void missing_values_are_filled_with_the_mean(void **state) {
    build *b = *state;
    b->options.missing = BM_MISSING_MEAN;
    assert_int_equal(run(b), BM_OK);
    expect_values(&b->built.all, "income", (const double[]){10, 20, 40, 40, 40, 90});
    expect_values(&b->built.all, "region=South", (const double[]){1, 0, 1, 0.6, 0, 1});
    expect_values(&b->built.all, "region=East", (const double[]){0, 0, 0, 0.2, 1, 0});
}

/* Two of the four known roles are "lab": the median of 0 0 1 1 is a half. */
static void the_median_of_an_even_split_is_a_half(void **state) {
    build *b = *state;
    b->options.missing = BM_MISSING_MEDIAN;
    add_texts(&b->table, "role", (const char *[]){"lab", "lab", "shop", "shop", NULL, NULL});
    assert_int_equal(run(b), BM_OK);
    expect_values(&b->built.all, "role=lab", (const double[]){1, 1, 0, 0, 0.5, 0.5});
}

/* Lines 4, 5 and 6 go; East was only there, so it has no indicator. */
static void buyers_with_missing_values_are_dropped(void **state) {
    build *b = *state;
    b->options.missing = BM_MISSING_DROP;
    assert_int_equal(run(b), BM_OK);
    assert_int_equal(b->built.dropped_missing, 3);
    assert_memory_equal(b->built.kept, ((const uint8_t[]){1, 1, 0, 0, 0, 1}), 6);
    assert_memory_equal(b->built.all.row_of, ((const size_t[]){0, 1, 5}), 3 * sizeof(size_t));
    expect_features(&b->built.all, "income,region=North,region=South,age");
    expect_values(&b->built.all, "age", (const double[]){30, 31, 35});
    assert_memory_equal(b->built.all.weight, ((const double[]){1, 2, 1}), 3 * sizeof(double));
}

static void a_missing_value_is_an_error_that_names_line_and_column(void **state) {
    build *b = *state;
    b->options.missing = BM_MISSING_ERROR;
    assert_int_equal(run(b), BM_DATA);
    expect_message(&b->err, "buyers.csv:4: column \"income\"");
    expect_message(&b->err, "2 of 6 buyers");
    assert_null(b->built.kept);
}

/* age alone is clustered: income is filled and region described, and no buyer is lost to them. */
static void what_is_only_described_is_as_it_is_known_whatever_the_policy(void **state) {
    build *b = *state;
    const bm_missing policies[] = {BM_MISSING_ERROR, BM_MISSING_DROP};
    name_all(&b->options.use, "age");
    for (size_t i = 0; i < 2; i++) {
        bm_features_built_free(&b->built);
        b->options.missing = policies[i];
        assert_int_equal(run(b), BM_OK);
        assert_int_equal(b->built.dropped_missing, 0);
        expect_features(&b->built.all, "age|income,region=East,region=North,region=South");
        expect_values(&b->built.all, "income", (const double[]){10, 20, NAN, 40, NAN, 90});
        expect_use(&b->built, "income", 0, "described only");
        expect_use(&b->built, "region", 0, "described only");
    }
}

static void clustered_features_come_in_the_order_of_use(void **state) {
    build *b = *state;
    b->options.missing = BM_MISSING_MEAN;
    name_all(&b->options.use, "region=South,age,region=South,age");
    assert_int_equal(run(b), BM_OK);
    expect_features(&b->built.all, "region=South,age|income,region=East,region=North");
    expect_use(&b->built, "region", 1, "1 of 3 categories");
    bm_features_built_free(&b->built);
    name_all(&b->options.use, "region,income");
    assert_int_equal(run(b), BM_OK);
    expect_features(&b->built.all, "region=South,age,region=East,region=North,income");
}

static void weights_are_of_a_feature_or_of_all_indicators_of_a_source(void **state) {
    build *b = *state;
    const bm_feature_weight weight[] = {
        {(char[]){"region=North"}, 5}, {(char[]){"region"}, 2}, {(char[]){"age"}, 3}};
    b->options.missing = BM_MISSING_MEDIAN;
    b->options.weight = weight;
    b->options.weights = 3;
    assert_int_equal(run(b), BM_OK);
    const double expected[] = {1, 2, 5, 2, 3};
    for (size_t j = 0; j < 5; j++)
        assert_true(b->built.all.feature[j].weight == expected[j]);
}

static void a_column_of_many_texts_is_a_category_when_asked_for(void **state) {
    build *b = *state;
    name_all(&b->options.categories, "note");
    name_all(&b->options.use, "note");
    assert_int_equal(run(b), BM_OK);
    expect_use(&b->built, "note", 1, "6 categories");
}

/* numpy.quantile of 1 2 3 4 100 at 0.1 and 0.9: 1.4 and 61.6; line 7, which is dropped for its
 * income, does not count. */
static void winsorizing_clips_to_quantiles_of_the_rows_that_are_kept(void **state) {
    build *b = *state;
    add_numbers(&b->table, "spend", (const double[]){100, 1, 2, 3, 4, 1e9});
    const double income[] = {1, 1, 1, 1, 2, NAN};
    memcpy(b->table.column[1].number, income, sizeof income);
    name_all(&b->options.use, "income,spend");
    b->options.missing = BM_MISSING_DROP;
    b->options.winsorize = 0.1;
    assert_int_equal(run(b), BM_OK);
    size_t j;
    const bm_feature *spend = feature(&b->built.all, "spend", &j);
    assert_true(fabs(spend->low - 1.4) < 1e-14);
    assert_true(fabs(spend->high - 61.6) < 1e-13);
    expect_values(&b->built.all, "spend", (const double[]){61.6, 1.4, 2, 3, 4});
    /* Described numbers are clipped, indicators are not. */
    assert_true(fabs(feature(&b->built.all, "age", &j)->low - 30.4) < 1e-13);
    assert_true(isinf(feature(&b->built.all, "region=South", &j)->low));
    b->options.winsorize = 0.5;
    bm_features_built_free(&b->built);
    assert_int_equal(run(b), BM_JOB);
}

/* Of 0 1 2 3 1000 the mean is 201.2 and the 0.8 quantile 202.4; at 0.3 it is 2.8, and the fill may
 * not stand beyond it. */
static void a_fill_is_clipped_like_any_value(void **state) {
    build *b = *state;
    size_t j;
    b->options.missing = BM_MISSING_MEAN;
    add_numbers(&b->table, "spend", (const double[]){0, 1, 2, 3, 1000, NAN});
    b->options.winsorize = 0.2;
    assert_int_equal(run(b), BM_OK);
    assert_true(fabs(feature(&b->built.all, "spend", &j)->fill - 201.2) < 1e-12);
    bm_features_built_free(&b->built);
    b->options.winsorize = 0.3;
    assert_int_equal(run(b), BM_OK);
    assert_true(fabs(feature(&b->built.all, "spend", &j)->fill - 2.8) < 1e-14);
    expect_values(&b->built.all, "spend", (const double[]){1.2, 1.2, 2, 2.8, 2.8, 2.8});
}

static void constant_columns_are_dropped_from_the_clustering_with_a_warning(void **state) {
    build *b = *state;
    b->options.missing = BM_MISSING_MEDIAN;
    add_numbers(&b->table, "same", (const double[]){7, 7, 7, NAN, 7, 7});
    /* Constant once winsorized: one buyer of six is beyond the 0.2 quantiles. */
    add_numbers(&b->table, "rare", (const double[]){0, 0, 0, 0, 0, 5});
    b->options.winsorize = 0.2;
    assert_int_equal(run(b), BM_OK);
    expect_features(&b->built.all, "income,region=East,region=North,region=South,age|same,rare");
    expect_use(&b->built, "same", 0, "constant");
    expect_use(&b->built, "rare", 0, "constant");
    assert_int_equal(b->voice.log.warnings.count, 2);
    assert_true(voice_warned(&b->voice, "\"same\""));
    assert_true(voice_warned(&b->voice, "\"rare\""));
}

static void nothing_that_varies_is_degenerate(void **state) {
    build *b = *state;
    add_numbers(&b->table, "same", (const double[]){7, 7, 7, 7, 7, 7});
    name_all(&b->options.use, "same");
    assert_int_equal(run(b), BM_DEGENERATE);
    expect_message(&b->err, "no feature varies");
    assert_null(b->built.all.values);
}

static void constant_features_are_kept_where_one_segment_is_wanted(void **state) {
    build *b = *state;
    b->table.rows = 1;
    assert_int_equal(run(b), BM_DEGENERATE);
    expect_message(&b->err, "one buyer only");
    bm_strings_free(&b->voice.log.warnings);
    b->options.one_buyer = 1;
    assert_int_equal(run(b), BM_OK);
    bm_features_built_free(&b->built);
    b->options.one_buyer = 0;
    b->options.keep_constant = 1;
    assert_int_equal(run(b), BM_OK);
    assert_int_equal(b->built.all.n, 1);
    expect_features(&b->built.all, "income,region=South,age");
    assert_int_equal(b->voice.log.warnings.count, 0);
}

static void no_buyer_left_is_degenerate(void **state) {
    build *b = *state;
    add_numbers(&b->table, "x", (const double[]){1, NAN, 1, NAN, 1, NAN});
    add_numbers(&b->table, "y", (const double[]){NAN, 1, NAN, 1, NAN, 1});
    b->options.missing = BM_MISSING_DROP;
    assert_int_equal(run(b), BM_DEGENERATE);
    expect_message(&b->err, "no buyers");
    b->table.rows = 0;
    assert_int_equal(run(b), BM_DEGENERATE);
}

static void a_column_without_any_value_is_left_aside_unless_it_is_named(void **state) {
    build *b = *state;
    b->options.missing = BM_MISSING_DROP;
    add_numbers(&b->table, "empty", (const double[]){NAN, NAN, NAN, NAN, NAN, NAN});
    assert_int_equal(run(b), BM_OK);
    assert_int_equal(b->built.all.n, 3);
    expect_use(&b->built, "empty", 0, "no values");
    assert_true(voice_warned(&b->voice, "\"empty\""));
    bm_features_built_free(&b->built);
    name_all(&b->options.use, "age,empty");
    assert_int_equal(run(b), BM_DATA);
    expect_message(&b->err, "\"empty\"");
    bm_strings_free(&b->options.use);
    name_all(&b->options.use, "age");
    assert_int_equal(run(b), BM_OK);
    expect_use(&b->built, "empty", 0, "no values");
    expect_features(&b->built.all, "age|income,region=East,region=North,region=South");
}

static void a_buyer_weight_must_be_above_zero_and_is_named_by_its_line(void **state) {
    build *b = *state;
    b->options.missing = BM_MISSING_MEDIAN;
    const double bad[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < 4; i++) {
        b->table.column[6].number[3] = bad[i];
        assert_int_equal(run(b), BM_DATA);
        expect_message(&b->err, "buyers.csv:5: column \"weight\"");
    }
    b->options.weight_column = "region";
    assert_int_equal(run(b), BM_DATA);
    expect_message(&b->err, "\"region\"");
}

static void a_category_past_fifty_values_is_not_described_but_can_be_clustered(void **state) {
    (void)state;
    enum { N = 120 };
    static char words[N][8];
    static const char *text[N];
    static double number[N];
    for (size_t i = 0; i < N; i++) {
        snprintf(words[i], sizeof words[i], "v%d", (int)(i % 60));
        text[i] = words[i];
        number[i] = (double)i;
    }
    bm_table t = make_table("buyers.csv", N);
    add_numbers(&t, "x", number);
    add_texts(&t, "code", text);
    bm_feature_options options = {0};
    bm_features_built built;
    voice v;
    voice_init(&v);
    name_all(&options.use, "x");
    assert_int_equal(
        bm_features_build(&t, SIZE_MAX, NULL, NULL, &options, &v.context, &built, NULL), BM_OK);
    assert_int_equal(built.all.d, 1);
    expect_use(&built, "code", 0, "not used; too many categories to describe");
    bm_features_built_free(&built);
    name_all(&options.use, "code");
    assert_int_equal(
        bm_features_build(&t, SIZE_MAX, NULL, NULL, &options, &v.context, &built, NULL), BM_OK);
    assert_int_equal(built.all.d, 61);
    assert_string_equal(built.all.feature[2].name, "code=v1");
    assert_string_equal(built.all.feature[3].name, "code=v10");
    bm_features_built_free(&built);
    v.context.memory_limit = 1000;
    assert_int_equal(
        bm_features_build(&t, SIZE_MAX, NULL, NULL, &options, &v.context, &built, NULL), BM_LIMIT);
    bm_strings_free(&options.use);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

static void the_matrix_is_the_same_bytes_for_any_number_of_threads(void **state) {
    (void)state;
    enum { N = 5000 };
    static double x[N], y[N];
    static const char *text[N];
    static const char *const words[] = {"a", "b", "c", NULL};
    uint64_t random = 3;
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)draw(&random, 1000) / 7;
        y[i] = draw(&random, 10) == 0 ? NAN : (double)draw(&random, 1000) / 3;
        text[i] = words[draw(&random, 4)];
    }
    bm_table t = make_table("buyers.csv", N);
    add_numbers(&t, "x", x);
    add_numbers(&t, "y", y);
    add_texts(&t, "word", text);
    bm_feature_options options = {.missing = BM_MISSING_MEAN, .winsorize = 0.01};
    const int threads[] = {1, 2, 7};
    bm_features_built built[3];
    voice v;
    voice_init(&v);
    for (size_t i = 0; i < 3; i++) {
        bm_set_threads(threads[i]);
        assert_int_equal(
            bm_features_build(&t, SIZE_MAX, NULL, NULL, &options, &v.context, &built[i], NULL),
            BM_OK);
        assert_int_equal(built[i].all.d, 5);
        for (size_t row = 0; row < N; row++) {
            for (size_t j = 0; j < 5; j++) {
                double first = value_at(&built[0].all, row, j);
                double other = value_at(&built[i].all, row, j);
                assert_memory_equal(&first, &other, sizeof first);
            }
        }
    }
    bm_set_threads(0);
    for (size_t i = 0; i < 3; i++)
        bm_features_built_free(&built[i]);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

#define ON_BUYERS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_BUYERS(all_usable_columns_are_clustered_by_default),
        ON_BUYERS(missing_values_are_filled_with_the_median),
        ON_BUYERS(missing_values_are_filled_with_the_mean),
        ON_BUYERS(the_median_of_an_even_split_is_a_half),
        ON_BUYERS(buyers_with_missing_values_are_dropped),
        ON_BUYERS(a_missing_value_is_an_error_that_names_line_and_column),
        ON_BUYERS(what_is_only_described_is_as_it_is_known_whatever_the_policy),
        ON_BUYERS(clustered_features_come_in_the_order_of_use),
        ON_BUYERS(weights_are_of_a_feature_or_of_all_indicators_of_a_source),
        ON_BUYERS(a_column_of_many_texts_is_a_category_when_asked_for),
        ON_BUYERS(winsorizing_clips_to_quantiles_of_the_rows_that_are_kept),
        ON_BUYERS(a_fill_is_clipped_like_any_value),
        ON_BUYERS(constant_columns_are_dropped_from_the_clustering_with_a_warning),
        ON_BUYERS(nothing_that_varies_is_degenerate),
        ON_BUYERS(constant_features_are_kept_where_one_segment_is_wanted),
        ON_BUYERS(no_buyer_left_is_degenerate),
        ON_BUYERS(a_column_without_any_value_is_left_aside_unless_it_is_named),
        ON_BUYERS(a_buyer_weight_must_be_above_zero_and_is_named_by_its_line),
        cmocka_unit_test(a_category_past_fifty_values_is_not_described_but_can_be_clustered),
        cmocka_unit_test(the_matrix_is_the_same_bytes_for_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
