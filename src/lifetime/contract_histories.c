/* Contracts as histories: see the header. Contracts by the month are renewed on a day of the month,
 * and 31 days, a renewal, are more than a mean month: so months and years are those of the calendar
 * here.
 * O(rows), no memory beside the histories. */
#include "lifetime/contract_histories.h"

#include "base/date.h"
#include "base/memory.h"
#include "base/sum.h"
#include "buyermap/contracts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bm_status row_fault(const bm_survivors *table, size_t row, const char *column, double value,
                           const char *what, bm_error *err) {
    char text[32] = "nothing";
    if (!isnan(value))
        snprintf(text, sizeof text, "%.15g", value);
    return bm_fail(err, BM_DATA, "%s:%zu: column \"%s\": %s %s", table->file, table->line[row],
                   column, text, what);
}

static bm_status check_survivors(const bm_survivors *table, bm_error *err) {
    char what[160];
    for (size_t i = 0; i < table->rows; i++) {
        double period = table->period[i], left = table->survivors[i];
        if (!(period >= (double)i && period <= (double)i)) {
            snprintf(
                what, sizeof what,
                "where %zu is due: periods are 0 (the start), 1, 2, … in this order, none left "
                "out and none twice",
                i);
            return row_fault(table, i, "period", period, what, err);
        }
        if (!(left >= 0) || left > floor(left) || !isfinite(left))
            return row_fault(table, i, "survivors", left, "is no whole number of contracts", err);
        if (i == 0 && !(left > 0))
            return row_fault(table, i, "survivors", left,
                             "at period 0: there must be contracts to begin with", err);
        if (i > 0 && left > table->survivors[i - 1]) {
            snprintf(
                what, sizeof what,
                "after %.15g in the period before: contracts that began together never grow in "
                "number",
                table->survivors[i - 1]);
            return row_fault(table, i, "survivors", left, what, err);
        }
    }
    return BM_OK;
}

bm_status bm_histories_of_survivors(const bm_survivors *table, bm_ltv_unit unit,
                                    bm_histories *histories, bm_error *err) {
    size_t made = 0;
    bm_status status;
    *histories = (bm_histories){.kind = BM_LTV_CONTRACTS, .unit = unit};
    BM_TRY(check_survivors(table, err));
    if (table->rows < 2)
        return bm_fail(err, BM_DEGENERATE,
                       "%s: survivors of one period after the start are needed at least",
                       table->file);
    BM_TRY(BM_NEW(&histories->history, table->rows, "the histories", err));
    for (size_t i = 1; i < table->rows; i++) {
        double lost = table->survivors[i - 1] - table->survivors[i];
        if (lost > 0)
            histories->history[made++] = (bm_history){1, 0, (double)i, NAN, lost};
    }
    double left = table->survivors[table->rows - 1];
    if (left > 0)
        histories->history[made++] = (bm_history){0, 0, (double)(table->rows - 1), NAN, left};
    histories->buyers = made;
cleanup:
    return status;
}

/* The same day of a later month, or the last one of a month that is too short. */
static int32_t months_later(int32_t day, int months) {
    int year, month, of_month;
    bm_civil_from_days(day, &year, &month, &of_month);
    int at = 12 * year + month - 1 + months, next = at + 1;
    int32_t same = bm_days_from_civil(at / 12, at % 12 + 1, 1) + of_month - 1;
    int32_t last = bm_days_from_civil(next / 12, next % 12 + 1, 1) - 1;
    return same < last ? same : last;
}

static int whole_months(int32_t from, int32_t to) {
    int year, month, day, to_year, to_month;
    bm_civil_from_days(from, &year, &month, &day);
    bm_civil_from_days(to, &to_year, &to_month, &day);
    int months = 12 * (to_year - year) + to_month - month;
    return months_later(from, months) > to ? months - 1 : months;
}

static bm_history contract_history(int32_t start, int32_t end, int32_t until, bm_ltv_unit unit) {
    int is_over = end <= until; /* BM_RUNNING is later than any day */
    int32_t last = is_over ? end : until;
    double whole, rest; /* units, and days of the one that was begun */
    if (unit == BM_UNIT_MONTH || unit == BM_UNIT_YEAR) {
        int months = unit == BM_UNIT_YEAR ? 12 : 1;
        whole = whole_months(start, last) / months; /* nobody ends before he starts */
        rest = last - months_later(start, months * (int)whole);
    } else {
        whole = floor((last - start) / bm_unit_days(unit));
        rest = last - start - whole * bm_unit_days(unit);
    }
    double t = is_over ? fmax(whole + (rest > 0), 1) : whole;
    return (bm_history){is_over ? 1 : 0, 0, t, NAN, 1};
}

bm_status bm_histories_of_contracts(const int32_t *start, const int32_t *end, size_t contracts,
                                    int32_t until, bm_ltv_unit unit, bm_histories *histories,
                                    size_t *left_out, bm_error *err) {
    size_t made = 0;
    bm_status status;
    *histories = (bm_histories){.kind = BM_LTV_CONTRACTS, .unit = unit, .until = until};
    for (size_t i = 0; i < contracts; i++)
        made += start[i] <= until;
    if (left_out != NULL)
        *left_out = contracts - made;
    if (made == 0)
        return bm_fail(err, BM_DEGENERATE, "there are no contracts that began by the last day");
    BM_TRY(BM_NEW(&histories->history, made, "the histories", err));
    if (made < contracts)
        BM_TRY(BM_NEW(&histories->buyer_of, made, "the histories", err));
    for (size_t i = 0; i < contracts; i++) {
        if (start[i] > until)
            continue;
        if (histories->buyer_of != NULL)
            histories->buyer_of[histories->buyers] = i;
        histories->history[histories->buyers++] = contract_history(start[i], end[i], until, unit);
    }
cleanup:
    if (status != BM_OK)
        bm_histories_free(histories);
    return status;
}

/* Contracts, and the periods they were followed for; 0 when that is not the same for all. */
static double followed(const bm_histories *histories, double *contracts) {
    double periods = 0, running = -1;
    bm_sum sum = {0};
    for (size_t i = 0; i < histories->buyers; i++) {
        const bm_history *h = &histories->history[i];
        bm_sum_add(&sum, h->count);
        periods = fmax(periods, h->t);
        if (h->x > 0)
            continue;
        if (running >= 0 && (h->t < running || h->t > running))
            return 0;
        running = h->t;
    }
    *contracts = bm_sum_value(&sum);
    return running < 0 || running >= periods ? periods : 0;
}

enum { CHECK_EVERY = 4096 };

static bm_status put_fit(const bm_ltv_fit *fit, double contracts, const double *lost, size_t known,
                         size_t periods, bm_result *table, size_t first, bm_error *err) {
    bm_sum actual = {0}, predicted = {0};
    bm_status status = BM_OK;
    for (size_t i = 0; i < periods; i++) {
        size_t row = first + i;
        char text[32];
        if (i % CHECK_EVERY == 0)
            BM_TRY(bm_check_interrupt(err));
        double expected = contracts * exp(fit->model->log_pmf(fit->parameter, 0, (double)i + 1));
        snprintf(text, sizeof text, "%zu", i + 1);
        BM_TRY(bm_result_set_string(table, 0, row, fit->model->name, err));
        BM_TRY(bm_result_set_string(table, 1, row, text, err));
        bm_sum_add(&predicted, expected);
        table->column[3].number[row] = expected;
        table->column[5].number[row] = bm_sum_value(&predicted);
        if (i >= known)
            continue;
        bm_sum_add(&actual, lost[i]);
        table->column[2].number[row] = lost[i];
        table->column[4].number[row] = bm_sum_value(&actual);
    }
cleanup:
    return status;
}

bm_status bm_ltv_survivors_tracking(const bm_ltv_fit *fit, size_t fits,
                                    const bm_histories *histories, double horizon, bm_result *table,
                                    bm_error *err) {
    static const bm_heading heading[] = {
        {"model", BM_CELL_TEXT, "", "lifetime model"},
        {"period", BM_CELL_TEXT, "", "period of the contracts, from 1"},
        {"actual", BM_CELL_NUMBER, "1", "contracts lost in it; empty after the data"},
        {"predicted", BM_CELL_NUMBER, "1", "contracts expected to be lost in it"},
        {"cumulative_actual", BM_CELL_NUMBER, "1", "contracts lost up to and with it"},
        {"cumulative_predicted", BM_CELL_NUMBER, "1", "expected to be lost up to and with it"},
    };
    double contracts = 0, *lost = NULL, data = followed(histories, &contracts);
    double more = floor(isinf(horizon) ? bm_unit_horizon(histories->unit) : horizon);
    size_t known = (size_t)data, periods = data > 0 ? (size_t)(data + more) : 0, usable = 0;
    bm_status status;
    for (size_t f = 0; f < fits; f++)
        usable += fit[f].usable != 0;
    BM_TRY(bm_result_init(table, "ltv_tracking",
                          "contracts lost in each period beside what each model expects", heading,
                          sizeof heading / sizeof heading[0], usable * periods, err));
    BM_TRY(BM_NEW(&lost, known, "the tracking", err));
    for (size_t i = 0; known > 0 && i < histories->buyers; i++) {
        const bm_history *h = &histories->history[i];
        if (h->x > 0)
            lost[(size_t)h->t - 1] += h->count;
    }
    for (size_t f = 0, row = 0; f < fits; f++) {
        if (!fit[f].usable)
            continue;
        BM_TRY(put_fit(&fit[f], contracts, lost, known, periods, table, row, err));
        row += periods;
    }
cleanup:
    free(lost);
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}
