/* How well the models foretell: where the job holds no orders back to see, the last quarter of the
 * log is held back here, the models are fitted to the rest once more, and what they expect of the
 * quarter is compared with what came. The predictions of the run are of fits to the whole log. */
#include "base/date.h"
#include "job/run.h"

/* Less than this many units of time tell nothing. */
enum { FEWEST_UNITS = 8, PARTS = 4 };

static int is_held_out(const bm_run *run) {
    return run->ltv.predicted_later != NULL;
}

bm_status bm_run_backtest(bm_run *run, bm_error *err) {
    const bm_histories *whole = &run->histories;
    double days = bm_unit_days(whole->unit);
    int32_t span = whole->until - whole->origin, end = whole->until - span / PARTS;
    bm_error why = {0};
    if (is_held_out(run) || span < FEWEST_UNITS * days || end <= whole->origin)
        return BM_OK;
    run->backtest_options = run->ltv_options;
    run->backtest_options.only_later = 1;
    bm_status status = bm_histories_of_orders(&run->orders, whole->unit, end, whole->until,
                                              &run->backtest_histories, &why);
    if (status == BM_OK)
        status = bm_ltv_run(&run->backtest_histories, &run->backtest_options, run->context,
                            &run->backtest, &why);
    if (status == BM_DEGENERATE)
        return BM_OK;
    if (status != BM_OK)
        return bm_fail(err, status, "%s", why.message);
    char day[BM_DATE_TEXT];
    bm_format_date(day, end);
    bm_info(run->context->log,
            "back-test (ltv_holdout, ltv_calibration): models fitted up to %s, and what came after",
            day);
    return BM_OK;
}

static const bm_ltv *held_out(const bm_run *run) {
    return is_held_out(run) || run->backtest.fits == 0 ? &run->ltv : &run->backtest;
}

bm_status bm_run_ltv_holdout(bm_run *run, bm_result *table, bm_error *err) {
    return bm_ltv_holdout_result(held_out(run), table, err);
}

bm_status bm_run_ltv_calibration(bm_run *run, bm_result *table, bm_error *err) {
    return bm_ltv_calibration_result(held_out(run), table, err);
}
