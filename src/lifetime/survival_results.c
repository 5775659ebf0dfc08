/* The tables of survival. */
#include "lifetime/survival.h"

#include <math.h>

enum { BLOCK = 1 << 16 };

/* A group's name is interned once for all of its rows. */
static bm_status curve_of(const bm_survival *survival, size_t group, const char *name,
                          bm_survival_interval kind, bm_result *table, bm_error *err) {
    size_t first = survival->first[group], end = survival->first[group + 1];
    bm_result_column *column = table->column;
    bm_status status = BM_OK;
    if (first < end)
        BM_TRY(bm_result_set_string(table, 0, first, name, err));
    for (size_t s = first; s < end; s++) {
        if (s % BLOCK == 0)
            BM_TRY(bm_check_interrupt(err));
        const bm_survival_step *step = &survival->step[s];
        bm_survival_limits limits = bm_survival_limits_at(step, kind);
        column[0].code[s] = column[0].code[first];
        column[1].number[s] = step->time;
        column[2].integer[s] = (int64_t)step->at_risk;
        column[3].integer[s] = (int64_t)step->events;
        column[4].integer[s] = (int64_t)step->censored;
        column[5].number[s] = step->survival;
        column[6].number[s] = bm_survival_error(step);
        column[7].number[s] = limits.low;
        column[8].number[s] = limits.high;
    }
cleanup:
    return status;
}

static bm_status curves_table(const bm_survival *survival, const bm_strings *names,
                              bm_survival_interval kind, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"group", BM_CELL_TEXT, "", "group of the curve"},
        {"time", BM_CELL_NUMBER, "time", "time at which somebody left or was last seen"},
        {"at_risk", BM_CELL_INTEGER, "1", "still there just before, those censored then with them"},
        {"events", BM_CELL_INTEGER, "1", "left at this time"},
        {"censored", BM_CELL_INTEGER, "1", "last seen at this time, and still there"},
        {"survival", BM_CELL_NUMBER, "1", "Kaplan–Meier estimate: share that stays beyond it"},
        {"std_err", BM_CELL_NUMBER, "1", "its standard error (Greenwood); empty where it is 0"},
        {"ci_low", BM_CELL_NUMBER, "1", "lower end of its 95 % interval"},
        {"ci_high", BM_CELL_NUMBER, "1", "upper end"},
    };
    bm_status status;
    BM_TRY(bm_result_init(table, "survival", "how many are still there, by group and time", heading,
                          sizeof heading / sizeof heading[0], survival->steps, err));
    for (size_t g = 0; g < survival->groups; g++)
        BM_TRY(curve_of(survival, g, names->item[g], kind, table, err));
cleanup:
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

static bm_status tests_table(const bm_survival *survival, const bm_context *context,
                             bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"test", BM_CELL_TEXT, "", "test of the hypothesis that all groups leave at one rate"},
        {"groups", BM_CELL_INTEGER, "1", "groups that were compared"},
        {"statistic", BM_CELL_NUMBER, "1", "chi-squared statistic"},
        {"df", BM_CELL_INTEGER, "1", "degrees of freedom; 0: there was nothing to compare"},
        {"p_value", BM_CELL_NUMBER, "1", "chance of that statistic or more if the rate is one"},
    };
    bm_survival_tested tested[BM_SURVIVAL_TESTS];
    size_t groups;
    bm_status status = bm_survival_compare(survival, context, tested, &groups, err);
    if (status != BM_OK)
        return status;
    int was_tested = groups >= 2 && groups <= BM_MOST_TESTED_GROUPS;
    if (groups > BM_MOST_TESTED_GROUPS && context != NULL)
        bm_warn(context->log,
                "survival_tests is empty: of %zu groups, tests compare at most %d with each other",
                groups, BM_MOST_TESTED_GROUPS);
    BM_TRY(bm_result_init(table, "survival_tests", "whether groups leave at different rates",
                          heading, sizeof heading / sizeof heading[0],
                          was_tested ? BM_SURVIVAL_TESTS : 0, err));
    for (size_t t = 0; t < table->rows; t++) {
        BM_TRY(bm_result_set_string(table, 0, t, bm_survival_test_names[t], err));
        table->column[1].integer[t] = (int64_t)groups;
        table->column[2].number[t] = tested[t].statistic;
        table->column[3].integer[t] = (int64_t)tested[t].degrees;
        table->column[4].number[t] = tested[t].p_value;
    }
cleanup:
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

static void set_summary(const bm_survival_summary *summary, size_t row, bm_result *table) {
    const double number[] = {summary->median, summary->median_low, summary->median_high,
                             summary->mean,   summary->mean_error, summary->restricted_to};
    table->column[1].integer[row] = (int64_t)summary->buyers;
    table->column[2].integer[row] = (int64_t)summary->events;
    for (size_t c = 0; c < sizeof number / sizeof number[0]; c++)
        table->column[3 + c].number[row] = number[c];
}

static bm_status summary_table(const bm_survival *survival, const bm_strings *names,
                               const bm_survival_options *options, bm_result *table,
                               bm_error *err) {
    static const bm_heading heading[] = {
        {"group", BM_CELL_TEXT, "", "group of the curve"},
        {"buyers", BM_CELL_INTEGER, "1", "rows of the group"},
        {"events", BM_CELL_INTEGER, "1", "of these, how many left"},
        {"median", BM_CELL_NUMBER, "time", "time at which half have left; empty: not reached"},
        {"median_low", BM_CELL_NUMBER, "time", "lower end of its 95 % interval"},
        {"median_high", BM_CELL_NUMBER, "time", "upper end; empty: not reached"},
        {"restricted_mean", BM_CELL_NUMBER, "time",
         "mean time that they stay, up to restricted_to"},
        {"restricted_mean_se", BM_CELL_NUMBER, "time", "its standard error"},
        {"restricted_to", BM_CELL_NUMBER, "time", "time after which nothing is counted"},
        {"interval", BM_CELL_TEXT, "", "scale on which the intervals are made"},
    };
    size_t rows = 0, row = 0;
    bm_status status;
    for (size_t g = 0; g < survival->groups; g++)
        rows += survival->first[g] < survival->first[g + 1];
    BM_TRY(bm_result_init(table, "survival_summary", "how long each group stays", heading,
                          sizeof heading / sizeof heading[0], rows, err));
    for (size_t g = 0; g < survival->groups; g++) {
        if (survival->first[g] == survival->first[g + 1])
            continue;
        bm_survival_summary summary =
            bm_survival_summarize(survival, g, options->interval, options->restricted_to);
        BM_TRY(bm_result_set_string(table, 0, row, names->item[g], err));
        BM_TRY(bm_result_set_string(table, 9, row, bm_survival_intervals[options->interval], err));
        set_summary(&summary, row++, table);
    }
cleanup:
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

bm_status bm_survival_tables(const bm_survival *survival, const bm_strings *names,
                             const bm_survival_options *options, const bm_context *context,
                             bm_result *curves, bm_result *tests, bm_result *summary,
                             bm_error *err) {
    bm_result *const table[] = {curves, tests, summary};
    bm_status status = BM_OK;
    for (size_t i = 0; i < 3; i++) {
        if (table[i] != NULL)
            *table[i] = (bm_result){0};
    }
    if (names->count < survival->groups)
        return bm_fail(err, BM_INTERNAL, "survival: %zu names of %zu groups", names->count,
                       survival->groups);
    if (curves != NULL)
        BM_TRY(curves_table(survival, names, options->interval, curves, err));
    if (tests != NULL)
        BM_TRY(tests_table(survival, context, tests, err));
    if (summary != NULL)
        BM_TRY(summary_table(survival, names, options, summary, err));
cleanup:
    for (size_t i = 0; i < 3 && status != BM_OK; i++) {
        if (table[i] != NULL)
            bm_result_free(table[i]);
    }
    return status;
}

bm_status bm_survival_of_buyers(const double *time, const uint8_t *event, const int32_t *group,
                                size_t n, const bm_strings *names,
                                const bm_survival_options *options, const bm_context *context,
                                bm_result *curves, bm_result *tests, bm_result *summary,
                                bm_error *err) {
    const bm_durations rows = {.time = time, .event = event, .group = group, .n = n};
    bm_survival survival = {0};
    bm_status status = bm_survival_fit(&rows, names->count, context, &survival, err);
    if (status == BM_OK)
        status =
            bm_survival_tables(&survival, names, options, context, curves, tests, summary, err);
    bm_survival_free(&survival);
    return status;
}
