#include "profile/phrases.h"
#include "profile/profile.h"
#include "result_cells.h"

#include <stdlib.h>

typedef struct feature_row {
    const char *name, *source;
    bm_feature_kind kind;
    int clustered;
} feature_row;

/* shift[s * d + j]: of feature j in segment s; indicators: share .8 and lift 2 when positive. */
static void check_names(const feature_row *feature, size_t d, const double *shift, size_t k,
                        const char *const *expected) {
    bm_features features;
    assert_int_equal(bm_features_init(&features, 1, d, NULL), BM_OK);
    for (size_t j = 0; j < d; j++) {
        assert_int_equal(bm_feature_set(&features.feature[j], feature[j].name, feature[j].source,
                                        feature[j].kind, NULL),
                         BM_OK);
        features.feature[j].clustered = feature[j].clustered;
    }
    bm_profile profile = {.k = k, .d = d, .row = calloc(k * d, sizeof(bm_profile_row))};
    for (size_t i = 0; i < k * d; i++) {
        bm_profile_row *row = &profile.row[i];
        *row = (bm_profile_row){.segment = (int32_t)(i / d) + 1, .feature = i % d};
        row->shift = row->z = shift[i];
        row->rank = (int)(i % d) + 1;
        row->share = shift[i] > 0 ? 0.8 : 0.1;
        row->lift = shift[i] > 0 ? 2 : 0.5;
    }
    bm_strings names = {0};
    assert_int_equal(bm_segment_names(&profile, &features, &names, NULL), BM_OK);
    assert_int_equal(names.count, k);
    for (size_t s = 0; s < k; s++) {
        assert_true(strlen(names.item[s]) > 0 && strlen(names.item[s]) <= 64);
        if (expected != NULL)
            assert_string_equal(names.item[s], expected[s]);
        for (size_t other = 0; other < s; other++)
            assert_string_not_equal(names.item[s], names.item[other]);
    }
    bm_strings_free(&names);
    free(profile.row);
    bm_features_free(&features);
}

static const feature_row behaviour[] = {
    {"recency_days", "recency_days", BM_FEATURE_NUMBER, 1},
    {"frequency", "frequency", BM_FEATURE_NUMBER, 1},
    {"monetary", "monetary", BM_FEATURE_NUMBER, 1},
    {"aov", "aov", BM_FEATURE_NUMBER, 1},
    {"tenure_days", "tenure_days", BM_FEATURE_NUMBER, 0},
};
enum { BEHAVIOUR = sizeof behaviour / sizeof behaviour[0] };

static void the_strongest_two_traits_make_the_name(void **state) {
    (void)state;
    static const double shift[] = {
        -1.0, 1.5,  1.4,  0.2,  0.5, /* */
        1.2,  -0.8, -0.7, -0.1, 0,   /* */
        -1.1, -0.5, -0.4, -0.1, -2,
    };
    static const char *const expected[] = {"frequent, high value", "lapsed, occasional",
                                           "recently active, occasional"};
    check_names(behaviour, BEHAVIOUR, shift, 3, expected);
}

static void a_trait_that_says_the_same_is_left_out(void **state) {
    (void)state;
    /* High value and large orders say the same; high value and small orders do not. */
    static const double shift[] = {0, 0.4, 1.4, 1.3, 0, /* */ 0, 0.4, 1.4, -1.3, 0};
    static const char *const expected[] = {"high value, frequent", "high value, small orders"};
    check_names(behaviour, BEHAVIOUR, shift, 2, expected);
    static const feature_row suppliers[] = {
        {"supplier_main_share", "supplier_main_share", BM_FEATURE_NUMBER, 1},
        {"supplier_count", "supplier_count", BM_FEATURE_NUMBER, 1},
        {"frequency", "frequency", BM_FEATURE_NUMBER, 1},
    };
    static const double of_suppliers[] = {1, 0.9, 0.5, /* */ -1, 1.1, -0.5};
    static const char *const supplier_names[] = {"one supplier, frequent",
                                                 "many suppliers, occasional"};
    check_names(suppliers, 3, of_suppliers, 2, supplier_names);
}

static void nothing_that_stands_out_is_average(void **state) {
    (void)state;
    static const double shift[] = {0.1, -0.2, 0.29, 0, 0, /* */ 0, 0, 0, 0, 0, /* */
                                   0,   1,    0,    0, 0};
    static const char *const expected[] = {"average buyers", "average buyers 2", "frequent"};
    check_names(behaviour, BEHAVIOUR, shift, 3, expected);
}

static void one_segment_is_all_buyers(void **state) {
    (void)state;
    static const double shift[] = {0, 0, 0, 0, 0};
    static const char *const expected[] = {"all buyers"};
    check_names(behaviour, BEHAVIOUR, shift, 1, expected);
}

static void equal_names_get_a_further_trait_or_a_number(void **state) {
    (void)state;
    static const double shift[] = {
        -1.0, 1.5, 1.4, 0, 0.5,  /* */
        -1.0, 1.5, 1.4, 0, -0.5, /* */
        1.0,  -2,  0,   0, 0,    /* */
        1.0,  -2,  0,   0, 0,    /* */
        1.0,  -2,  0,   0, 0,
    };
    static const char *const expected[] = {"frequent, high value, recently active, long-standing",
                                           "frequent, high value, recently active, new",
                                           "occasional, lapsed", "occasional, lapsed 2",
                                           "occasional, lapsed 3"};
    check_names(behaviour, BEHAVIOUR, shift, 5, expected);
}

/* "high value, frequent" and "frequent, high value" are one name. */
static void the_more_extreme_of_two_equal_names_is_told_so(void **state) {
    (void)state;
    static const double shift[] = {
        0, 0.8, 1.0, 0, 0.5,  /* */
        0, 2.0, 0.9, 0, 0,    /* */
        0, 0.7, 0.8, 0, -0.5, /* */
    };
    static const char *const expected[] = {"high value, frequent, long-standing",
                                           "very frequent, high value",
                                           "high value, frequent, new"};
    check_names(behaviour, BEHAVIOUR, shift, 3, expected);
}

static void categories_are_told_by_their_value(void **state) {
    (void)state;
    static const feature_row features[] = {
        {"region=North", "region", BM_FEATURE_INDICATOR, 1},
        {"category_main=Packaging", "category_main", BM_FEATURE_INDICATOR, 1},
        {"category_main=Paper", "category_main", BM_FEATURE_INDICATOR, 1},
        {"opted_out=yes", "opted_out", BM_FEATURE_INDICATOR, 1},
        {"floor=3", "floor", BM_FEATURE_INDICATOR, 1},
        {"Lead_Time", "Lead_Time", BM_FEATURE_NUMBER, 1},
    };
    static const double shift[] = {
        1.5,  1.2, 0, 0,   0,   0,    /* */
        -1.5, 0,   0, 1.2, 1,   0,    /* not North is not told */
        0,    0,   0, 0,   1.2, -0.9, /* */
        0,    1,   2, 0,   0,   0.5,  /* one value a source */
    };
    static const char *const expected[] = {"North, mostly Packaging", "opted out, floor 3",
                                           "floor 3, low lead time",
                                           "mostly Paper, high lead time"};
    check_names(features, 6, shift, 4, expected);
}

static void long_names_stay_short_and_whole(void **state) {
    (void)state;
    static const feature_row features[] = {
        {"größenordnungsmäßigkeitsüberprüfungsstellenüberprüfung_1", "a", BM_FEATURE_NUMBER, 1},
        {"größenordnungsmäßigkeitsüberprüfungsstellenüberprüfung_2", "b", BM_FEATURE_NUMBER, 1},
        {"frequency", "frequency", BM_FEATURE_NUMBER, 0},
    };
    static const double shift[] = {1, 0.9, 0.8, /* */ 1, 0.9, 0.8, /* */ -1, -1, -0.5};
    check_names(features, 3, shift, 3, NULL);
    bm_feature feature = {.name = (char *)"größenordnungsmäßigkeitsüberprüfung",
                          .source = (char *)"g"};
    char text[BM_PHRASE_TEXT];
    bm_phrase_make(&feature, 1, 0, text);
    assert_string_equal(text, "high größenordnungsmäßigkeitsüberpr");
}

static void many_equal_segments_are_numbered(void **state) {
    (void)state;
    double *shift = calloc((size_t)300 * BEHAVIOUR, sizeof *shift);
    check_names(behaviour, BEHAVIOUR, shift, 300, NULL);
    free(shift);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_strongest_two_traits_make_the_name),
        cmocka_unit_test(a_trait_that_says_the_same_is_left_out),
        cmocka_unit_test(nothing_that_stands_out_is_average),
        cmocka_unit_test(one_segment_is_all_buyers),
        cmocka_unit_test(equal_names_get_a_further_trait_or_a_number),
        cmocka_unit_test(the_more_extreme_of_two_equal_names_is_told_so),
        cmocka_unit_test(categories_are_told_by_their_value),
        cmocka_unit_test(long_names_stay_short_and_whole),
        cmocka_unit_test(many_equal_segments_are_numbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
