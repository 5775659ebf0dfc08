/* Lifetime value of a run: from its orders to histories, fits and the tables of them. */
#include "base/date.h"
#include "base/memory.h"
#include "base/sum.h"
#include "job/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The last day with an order; BM_NO_DAY: there is none. */
static int32_t last_order(const bm_orders *orders) {
    int32_t last = BM_NO_DAY;
    for (size_t i = 0; i < orders->lines; i++) {
        if (orders->day[i] > last && !bm_is_return(orders, i))
            last = orders->day[i];
    }
    return last;
}

/* Days that the log does not reach are days on which nobody ordered: so it is told. */
static void warn_of_silence(const bm_run *run, int32_t last) {
    int32_t end = run->holdout_until > run->until ? run->holdout_until : run->until;
    char day[BM_DATE_TEXT], until[BM_DATE_TEXT];
    if (last == BM_NO_DAY || end <= last || end == run->orders.as_of - 1)
        return;
    bm_format_date(day, last);
    bm_format_date(until, end);
    bm_warn(run->context->log,
            "the last order is of %s: the days up to %s count as days without orders", day, until);
}

void bm_run_settle_until(bm_run *run) {
    int32_t last = last_order(&run->orders), before = run->orders.as_of - 1;
    run->until = run->job->lifetime.until;
    run->holdout_until = run->job->lifetime.holdout_until;
    if (run->until == BM_NO_DAY)
        run->until = last > before ? last : before;
    else if (run->holdout_until == BM_NO_DAY && last > run->until)
        run->holdout_until = last;
    warn_of_silence(run, last);
}

bm_status bm_ltv_options_of(const bm_job *job, bm_ltv_kind kind, bm_ltv_kind or_kind,
                            const char *table, bm_ltv_options *options, bm_error *err) {
    const bm_strings *names = &job->lifetime.models;
    *options = (bm_ltv_options){.horizon = job->lifetime.horizon,
                                .discount = job->lifetime.discount,
                                .margin = job->lifetime.margin};
    for (size_t i = 0; i < names->count && options->models < BM_LTV_FITS; i++) {
        const bm_ltv_model *model = bm_ltv_model_find(names->item[i]);
        if (model == NULL) /* auto */
            continue;
        if (model->kind != kind && model->kind != or_kind)
            return bm_fail(err, BM_JOB, "lifetime.models: %s is no model of %s: %s", model->name,
                           table, model->help);
        options->model[options->models++] = model;
    }
    return BM_OK;
}

bm_status bm_ltv_require(size_t histories, const bm_context *context, bm_error *err) {
    enum { OF_HISTORY = 512 };
    size_t bytes;
    if (!bm_multiply(histories, OF_HISTORY, &bytes))
        bytes = SIZE_MAX;
    return bm_require_memory(context, bytes, "fitting lifetime models", err);
}

void bm_ltv_warn_unusable(const bm_ltv *ltv, const char *group, bm_log *log) {
    if (!bm_ltv_chosen(ltv)->usable)
        bm_warn(log,
                "the data%s%s determine no lifetime model: nothing is predicted (ltv_models says "
                "why, in the column note)",
                group != NULL ? " of group " : "", group != NULL ? group : "");
}

bm_status bm_run_lifetime(bm_run *run, bm_error *err) {
    const bm_job *job = run->job;
    bm_error why = {0};
    bm_status status = bm_ltv_require(run->orders.buyers, run->context, err);
    if (status != BM_OK)
        return status;
    status = bm_histories_of_orders(&run->orders, (bm_ltv_unit)job->lifetime.unit, run->until,
                                    run->holdout_until, &run->histories, &why);
    if (status == BM_OK)
        status = bm_ltv_run(&run->histories, &run->ltv_options, run->context, &run->ltv, &why);
    if (status == BM_OK) {
        bm_ltv_warn_unusable(&run->ltv, NULL, run->context->log);
        return bm_run_backtest(run, err);
    }
    if (status == BM_DEGENERATE && run->steps != BM_STEP_LIFETIME) {
        bm_warn(run->context->log, "no lifetime value: %s", why.message);
        return BM_OK;
    }
    return status == BM_OK ? BM_OK : bm_fail(err, status, "%s", why.message);
}

static const bm_heading group_heading = {"group", BM_CELL_TEXT, "",
                                         "group of the survivors; empty for other tables"};

enum { CHECK_EVERY = 4096 };

/* Copies a stored column under the rows that are there. */
static bm_status append_column(const bm_result *from, size_t column, size_t at, bm_result *to,
                               bm_error *err) {
    bm_result_column *target = &to->column[column];
    void *stored = target->integer != NULL   ? (void *)(target->integer + at)
                   : target->number != NULL  ? (void *)(target->number + at)
                   : target->boolean != NULL ? (void *)(target->boolean + at)
                                             : NULL;
    if (stored != NULL) {
        bm_result_read(from, column, 0, from->rows, stored);
        return BM_OK;
    }
    for (size_t i = 0; i < from->rows; i++) {
        bm_text text;
        bm_result_read(from, column, i, 1, &text);
        bm_status status = i % CHECK_EVERY == 0 ? bm_check_interrupt(err) : BM_OK;
        if (status == BM_OK && text.length > 0)
            status = bm_result_set_text(to, column, at + i, text, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

static bm_status append_group(const bm_result *from, const char *group, size_t at, bm_result *to,
                              bm_error *err) {
    bm_status status = BM_OK;
    for (size_t c = 0; c < from->columns && status == BM_OK; c++)
        status = append_column(from, c, at, to, err);
    for (size_t i = 0; group != NULL && i < from->rows && status == BM_OK; i++)
        status = bm_result_set_string(to, from->columns, at + i, group, err);
    return status;
}

bm_status bm_ltv_join_groups(bm_result *tables, const char *const *groups, size_t count,
                             bm_result *made, bm_error *err) {
    bm_heading *heading = NULL;
    size_t rows = 0, at = 0, columns = tables[0].columns;
    bm_status status;
    *made = (bm_result){0};
    for (size_t g = 0; g < count; g++)
        rows += tables[g].rows;
    BM_TRY(BM_NEW(&heading, columns + 1, "a table", err));
    for (size_t c = 0; c < columns; c++)
        heading[c] = tables[0].column[c].heading;
    heading[columns] = group_heading;
    BM_TRY(
        bm_result_init(made, tables[0].name, tables[0].meaning, heading, columns + 1, rows, err));
    for (size_t g = 0; g < count; at += tables[g++].rows)
        BM_TRY(append_group(&tables[g], groups != NULL ? groups[g] : NULL, at, made, err));
cleanup:
    free(heading);
    for (size_t g = 0; g < count; g++)
        bm_result_free(&tables[g]);
    if (status != BM_OK)
        bm_result_free(made);
    return status;
}

static bm_status without_group(bm_status status, bm_result *plain, bm_result *table,
                               bm_error *err) {
    return status == BM_OK ? bm_ltv_join_groups(plain, NULL, 1, table, err) : status;
}

bm_status bm_run_ltv_models(bm_run *run, bm_result *table, bm_error *err) {
    bm_result plain = {0};
    return without_group(bm_ltv_models_result(&run->ltv, &plain, err), &plain, table, err);
}

bm_status bm_run_ltv_tracking(bm_run *run, bm_result *table, bm_error *err) {
    bm_result plain = {0};
    char day[BM_DATE_TEXT];
    bm_format_date(day, run->histories.origin);
    if (run->histories.periods > BM_MOST_TRACKED)
        bm_warn(run->context->log,
                "the orders reach over %zu units from %s on: ltv_tracking stays empty; if that day "
                "stands for an unknown one, leave such orders out (inputs.orders.filter)",
                run->histories.periods, day);
    return without_group(bm_ltv_tracking_result(&run->ltv, &plain, err), &plain, table, err);
}

bm_status bm_run_ltv_buyers(bm_run *run, bm_result *table, bm_error *err) {
    return bm_ltv_buyers_result(&run->ltv, run->ids, table, err);
}

/* What models do not look at is no revenue to date. */
static double revenue_until(const bm_orders *orders, size_t buyer, int32_t until) {
    bm_sum sum = {0};
    for (size_t i = orders->first[buyer]; i < orders->first[buyer + 1]; i++) {
        if (orders->day[i] <= until && !bm_is_return(orders, i))
            bm_sum_add(&sum, orders->amount[i]);
    }
    return bm_sum_value(&sum);
}

bm_status bm_run_ltv_segments(bm_run *run, bm_result *table, bm_error *err) {
    const bm_orders *orders = &run->orders;
    double *revenue = NULL;
    bm_status status = BM_OK;
    if (orders->amount != NULL)
        BM_TRY(BM_NEW(&revenue, orders->buyers, "revenue", err));
    for (size_t b = 0; revenue != NULL && b < orders->buyers; b++)
        revenue[b] = revenue_until(orders, b, run->until);
    status = bm_ltv_segments_result(&run->ltv, run->label,
                                    run->label != NULL ? run->clustering.chosen.k : 0, revenue,
                                    table, err);
cleanup:
    free(revenue);
    return status;
}
