/* What the models come to: parameters, holdout, tracking, calibration. */
#include "base/date.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/statistics.h"
#include "base/sum.h"
#include "lifetime/ltv.h"

#include <math.h>
#include <stdlib.h>

enum {
    MODEL,
    PARAMETER,
    ESTIMATE,
    STD_ERROR,
    LOG_LIKELIHOOD,
    AIC,
    BIC,
    BUYERS,
    CONVERGED,
    CHOSEN,
    NOTE,
};

static const bm_heading models[] = {
    {"model", BM_CELL_TEXT, "", "lifetime model"},
    {"parameter", BM_CELL_TEXT, "", "parameter of the model"},
    {"estimate", BM_CELL_NUMBER, "", "maximum likelihood estimate; empty where it means nothing"},
    {"std_error", BM_CELL_NUMBER, "", "its standard error, from the inverse Hessian"},
    {"log_likelihood", BM_CELL_NUMBER, "1", "of the model at its maximum"},
    {"aic", BM_CELL_NUMBER, "1", "Akaike's criterion"},
    {"bic", BM_CELL_NUMBER, "1", "Bayes's criterion: parameters x log(buyers) - 2 log-likelihood"},
    {"buyers", BM_CELL_NUMBER, "1", "buyers that it was fitted to (gamma_gamma: with repeats)"},
    {"converged", BM_CELL_BOOLEAN, "", "the likelihood has its maximum there"},
    {"chosen", BM_CELL_BOOLEAN, "", "1: predictions are of this model, the lowest BIC"},
    {"note", BM_CELL_TEXT, "", "what is to be known before it is believed"},
};

/* What has no value is missing. */
static double known(double value) {
    return isfinite(value) ? value : NAN;
}

static bm_status put_fit(const bm_ltv_fit *fit, int is_chosen, bm_result *table, size_t *row,
                         bm_error *err) {
    bm_status status = BM_OK;
    for (size_t i = 0; i < fit->model->parameters; i++, (*row)++) {
        BM_TRY(bm_result_set_string(table, MODEL, *row, fit->model->name, err));
        BM_TRY(bm_result_set_string(table, PARAMETER, *row, fit->model->parameter[i], err));
        table->column[ESTIMATE].number[*row] = fit->presented ? fit->parameter[i] : NAN;
        table->column[STD_ERROR].number[*row] = fit->presented ? fit->std_error[i] : NAN;
        table->column[LOG_LIKELIHOOD].number[*row] = known(fit->log_likelihood);
        table->column[AIC].number[*row] = known(fit->aic);
        table->column[BIC].number[*row] = known(fit->bic);
        table->column[BUYERS].number[*row] = fit->buyers;
        table->column[CONVERGED].boolean[*row] = fit->converged != 0;
        table->column[CHOSEN].boolean[*row] = is_chosen != 0;
        BM_TRY(bm_result_set_string(table, NOTE, *row, fit->note, err));
    }
cleanup:
    return status;
}

bm_status bm_ltv_models_result(const bm_ltv *ltv, bm_result *table, bm_error *err) {
    size_t rows = 0, row = 0;
    bm_status status;
    for (size_t f = 0; f < ltv->fits; f++)
        rows += ltv->fit[f].model->parameters;
    if (ltv->gamma_gamma.model != NULL)
        rows += ltv->gamma_gamma.model->parameters;
    BM_TRY(bm_result_init(table, "ltv_models", "lifetime models, a row a parameter", models,
                          sizeof models / sizeof models[0], rows, err));
    for (size_t f = 0; f < ltv->fits; f++)
        BM_TRY(put_fit(&ltv->fit[f], f == ltv->chosen && ltv->fit[f].usable, table, &row, err));
    if (ltv->gamma_gamma.model != NULL)
        BM_TRY(put_fit(&ltv->gamma_gamma, 0, table, &row, err));
cleanup:
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

static int has_holdout(const bm_ltv *ltv) {
    return ltv->predicted_later != NULL;
}

static size_t usable_fits(const bm_ltv *ltv) {
    size_t usable = 0;
    for (size_t f = 0; f < ltv->fits; f++)
        usable += ltv->fit[f].usable != 0;
    return usable;
}

static double correlation(const double *x, const double *y, size_t n) {
    double mean_x, sd_x, mean_y, sd_y;
    bm_sum product = {0};
    bm_mean_sd(x, 1, NULL, n, &mean_x, &sd_x);
    bm_mean_sd(y, 1, NULL, n, &mean_y, &sd_y);
    for (size_t i = 0; i < n; i++)
        bm_sum_add(&product, (x[i] - mean_x) * (y[i] - mean_y));
    return sd_x > 0 && sd_y > 0 ? bm_sum_value(&product) / (double)n / (sd_x * sd_y) : NAN;
}

static void put_holdout(const double *predicted, const double *actual, size_t n, bm_result *table,
                        size_t row) {
    bm_sum of_predicted = {0}, of_actual = {0}, away = {0}, squares = {0};
    for (size_t b = 0; b < n; b++) {
        double error = predicted[b] - actual[b];
        bm_sum_add(&of_predicted, predicted[b]);
        bm_sum_add(&of_actual, actual[b]);
        bm_sum_add(&away, fabs(error));
        bm_sum_add(&squares, error * error);
    }
    table->column[1].integer[row] = (int64_t)n;
    table->column[2].number[row] = bm_sum_value(&of_actual);
    table->column[3].number[row] = bm_sum_value(&of_predicted);
    table->column[4].number[row] = bm_sum_value(&away) / (double)n;
    table->column[5].number[row] = sqrt(bm_sum_value(&squares) / (double)n);
    table->column[6].number[row] = correlation(predicted, actual, n);
}

bm_status bm_ltv_holdout_result(const bm_ltv *ltv, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"model", BM_CELL_TEXT, "", "lifetime model"},
        {"buyers", BM_CELL_INTEGER, "1", "buyers of the calibration"},
        {"actual_orders", BM_CELL_NUMBER, "1", "orders they placed in the holdout"},
        {"predicted_orders", BM_CELL_NUMBER, "1", "orders the model expected of them"},
        {"mae", BM_CELL_NUMBER, "1", "mean absolute error a buyer"},
        {"rmse", BM_CELL_NUMBER, "1", "root mean square error a buyer"},
        {"correlation", BM_CELL_NUMBER, "1", "Pearson correlation of predicted and actual"},
    };
    size_t row = 0, n = ltv->histories->buyers;
    bm_status status;
    BM_TRY(bm_result_init(table, "ltv_holdout", "how well each model foretold the holdout", heading,
                          sizeof heading / sizeof heading[0],
                          has_holdout(ltv) ? usable_fits(ltv) : 0, err));
    for (size_t f = 0; f < ltv->fits && has_holdout(ltv); f++) {
        if (!ltv->fit[f].usable)
            continue;
        BM_TRY(bm_result_set_string(table, 0, row, ltv->fit[f].model->name, err));
        put_holdout(ltv->predicted_later + f * n, ltv->histories->later, n, table, row++);
    }
cleanup:
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

/* Buyers that began on the same day, and what a model expects of one of them by each day. */
typedef struct starts {
    size_t days;    /* from origin to the last period's end */
    double *buyers; /* [days] that began on each */
    size_t *on;     /* [dates] days on which some did: few, where one date of a log is far off */
    size_t dates;
    double *by_day; /* [days + 1] expected repeat orders within so many days */
    double unit;    /* days */
    const bm_ltv_fit *fit;
} starts;

static bm_status expect_day(size_t day, void *arg, bm_error *err) {
    starts *of = arg;
    of->by_day[day] = of->fit->model->expected(of->fit->parameter, (double)day / of->unit);
    return bm_check_interrupt(err);
}

/* By so many days, not whole ones in units of months. */
static double expected_by(const starts *of, double days) {
    if (!(days > 0))
        return 0;
    if (days == floor(days))
        return of->by_day[(size_t)days];
    return of->fit->model->expected(of->fit->parameter, days / of->unit);
}

static double expected_in(const starts *of, size_t period) {
    double end = ((double)period + 1) * of->unit;
    bm_sum sum = {0};
    for (size_t i = 0; i < of->dates && (double)of->on[i] < end; i++) {
        double since = end - (double)of->on[i];
        bm_sum_add(&sum, of->buyers[of->on[i]] *
                             (expected_by(of, since) - expected_by(of, since - of->unit)));
    }
    return bm_sum_value(&sum);
}

static bm_status starts_init(starts *of, const bm_histories *from, bm_error *err) {
    bm_status status;
    *of = (starts){.unit = bm_unit_days(from->unit)};
    of->days = (size_t)ceil((double)from->periods * of->unit) + 1;
    BM_TRY(BM_NEW(&of->buyers, of->days, "the tracking", err));
    BM_TRY(BM_NEW(&of->by_day, of->days + 1, "the tracking", err));
    for (size_t b = 0; b < from->buyers; b++) {
        size_t day = (size_t)(from->first_day[b] - from->origin);
        if (day < of->days)
            of->buyers[day] += from->history[b].count;
    }
    for (size_t day = 0; day < of->days; day++)
        of->dates += of->buyers[day] > 0;
    BM_TRY(BM_NEW(&of->on, of->dates, "the tracking", err));
    for (size_t day = 0, i = 0; day < of->days; day++) {
        if (of->buyers[day] > 0)
            of->on[i++] = day;
    }
cleanup:
    return status;
}

static bm_status put_tracking(const bm_ltv *ltv, const bm_ltv_fit *fit, starts *of,
                              bm_result *table, size_t *row, bm_error *err) {
    const bm_histories *from = ltv->histories;
    bm_sum actual = {0}, predicted = {0};
    bm_status status;
    of->fit = fit;
    BM_TRY(bm_parallel_for(of->days + 1, expect_day, of, err));
    for (size_t i = 0; i < from->periods; i++, (*row)++) {
        char text[BM_DATE_TEXT];
        /* Nobody repeats on the day of origin, so the first unit begins on the next. */
        int32_t first = from->origin + 1 + (int32_t)floor((double)i * of->unit);
        int length = bm_format_date(text, first);
        double expected = expected_in(of, i);
        if (i % 64 == 0)
            BM_TRY(bm_check_interrupt(err));
        BM_TRY(bm_result_set_string(table, 0, *row, fit->model->name, err));
        BM_TRY(bm_result_set_text(table, 1, *row, (bm_text){text, (size_t)length}, err));
        bm_sum_add(&actual, from->repeats[i]);
        bm_sum_add(&predicted, expected);
        table->column[2].number[*row] = from->repeats[i];
        table->column[3].number[*row] = expected;
        table->column[4].number[*row] = bm_sum_value(&actual);
        table->column[5].number[*row] = bm_sum_value(&predicted);
    }
cleanup:
    return status;
}

bm_status bm_ltv_tracking_result(const bm_ltv *ltv, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"model", BM_CELL_TEXT, "", "lifetime model"},
        {"period", BM_CELL_TEXT, "", "first day of a unit since the first order of all"},
        {"actual", BM_CELL_NUMBER, "1", "repeat orders in it"},
        {"predicted", BM_CELL_NUMBER, "1", "repeat orders expected in it"},
        {"cumulative_actual", BM_CELL_NUMBER, "1", "repeat orders up to and with it"},
        {"cumulative_predicted", BM_CELL_NUMBER, "1", "repeat orders expected up to and with it"},
    };
    const bm_histories *from = ltv->histories;
    starts of = {0};
    size_t row = 0;
    int is_known =
        from->first_day != NULL && from->repeats != NULL && from->periods <= BM_MOST_TRACKED;
    bm_status status;
    BM_TRY(bm_result_init(
        table, "ltv_tracking", "repeat orders of each unit beside what each model expects", heading,
        sizeof heading / sizeof heading[0], is_known ? usable_fits(ltv) * from->periods : 0, err));
    if (!is_known)
        goto cleanup;
    BM_TRY(starts_init(&of, from, err));
    for (size_t f = 0; f < ltv->fits; f++) {
        if (ltv->fit[f].usable)
            BM_TRY(put_tracking(ltv, &ltv->fit[f], &of, table, &row, err));
    }
cleanup:
    free(of.buyers);
    free(of.by_day);
    free(of.on);
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

enum { DECILES = 10 };

static bm_status put_calibration(const bm_ltv *ltv, size_t f, bm_result *table, size_t *row,
                                 bm_error *err) {
    size_t n = ltv->histories->buyers, *order = NULL;
    const double *predicted = ltv->predicted_later + f * n;
    bm_status status;
    BM_TRY(BM_NEW(&order, n, "the calibration", err));
    BM_TRY(bm_sort_index(predicted, n, order, err));
    for (size_t d = 0; d < DECILES; d++, (*row)++) {
        size_t first = d * n / DECILES, end = (d + 1) * n / DECILES;
        bm_sum expected = {0}, actual = {0};
        for (size_t i = first; i < end; i++) {
            bm_sum_add(&expected, predicted[order[i]]);
            bm_sum_add(&actual, ltv->histories->later[order[i]]);
        }
        BM_TRY(bm_result_set_string(table, 0, *row, ltv->fit[f].model->name, err));
        table->column[1].integer[*row] = (int64_t)d + 1;
        table->column[2].integer[*row] = (int64_t)(end - first);
        table->column[3].number[*row] = bm_sum_value(&expected);
        table->column[4].number[*row] = bm_sum_value(&actual);
    }
cleanup:
    free(order);
    return status;
}

bm_status bm_ltv_calibration_result(const bm_ltv *ltv, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"model", BM_CELL_TEXT, "", "lifetime model"},
        {"decile", BM_CELL_INTEGER, "1", "tenth of the buyers by predicted orders, 10 the highest"},
        {"buyers", BM_CELL_INTEGER, "1", "buyers of it"},
        {"predicted", BM_CELL_NUMBER, "1", "orders expected of them in the holdout"},
        {"actual", BM_CELL_NUMBER, "1", "orders they placed in it"},
    };
    size_t row = 0;
    bm_status status;
    BM_TRY(bm_result_init(table, "ltv_calibration",
                          "predicted and actual orders of the holdout, by tenths of the buyers",
                          heading, sizeof heading / sizeof heading[0],
                          has_holdout(ltv) ? DECILES * usable_fits(ltv) : 0, err));
    for (size_t f = 0; f < ltv->fits && has_holdout(ltv); f++) {
        if (ltv->fit[f].usable)
            BM_TRY(put_calibration(ltv, f, table, &row, err));
    }
cleanup:
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}
