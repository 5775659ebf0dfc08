/* The CDNOW 1/10 sample as histories, read without buyermap's own readers: orders of one day are
 * one, time in weeks as (end − first)/7. Includes what tests of models share. */
#ifndef TEST_CDNOW_H
#define TEST_CDNOW_H

#include "base/date.h"
#include "lifetime/model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CDNOW_BUYERS = 2357, CDNOW_LINES = 6919 };

typedef struct cdnow_line {
    int buyer;
    int32_t day;
    double amount;
} cdnow_line;

static int compare_cdnow_lines(const void *left, const void *right) {
    const cdnow_line *a = left, *b = right;
    if (a->buyer != b->buyer)
        return a->buyer < b->buyer ? -1 : 1;
    return a->day < b->day ? -1 : a->day > b->day;
}

static int compare_histories(const void *left, const void *right) {
    const bm_history *a = left, *b = right;
    if (a->x < b->x || a->x > b->x)
        return a->x < b->x ? -1 : 1;
    if (a->t < b->t || a->t > b->t)
        return a->t < b->t ? -1 : 1;
    return a->t_x < b->t_x ? -1 : a->t_x > b->t_x;
}

/* Histories until a day, sorted as models want them. 1 on success, 0 when the file is not there. */
static int cdnow_read(int32_t until, bm_history history[CDNOW_BUYERS]) {
    static cdnow_line line[CDNOW_LINES];
    const char *folder = getenv("BUYERMAP_DATA");
    char path[4096];
    snprintf(path, sizeof path, "%s/clv/CDNOW_sample.txt", folder ? folder : "../shared/data");
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    for (size_t i = 0; i < CDNOW_LINES; i++) {
        int master, date, items;
        assert_int_equal(fscanf(file, "%d %d %d %d %lf", &master, &line[i].buyer, &date, &items,
                                &line[i].amount),
                         5);
        line[i].day = bm_days_from_civil(date / 10000, date / 100 % 100, date % 100);
    }
    fclose(file);
    qsort(line, CDNOW_LINES, sizeof *line, compare_cdnow_lines);
    for (size_t i = 0, b = 0; b < CDNOW_BUYERS; b++) {
        int buyer = line[i].buyer;
        int32_t first = line[i].day, last = first;
        double x = 0, spent = 0;
        for (; i < CDNOW_LINES && line[i].buyer == buyer; i++) {
            if (line[i].day > until || line[i].day == first)
                continue;
            x += line[i].day > last;
            last = line[i].day;
            spent += line[i].amount;
        }
        history[b] = (bm_history){x, (last - first) / 7.0, (until - first) / 7.0,
                                  x > 0 ? spent / x : NAN, 1};
    }
    qsort(history, CDNOW_BUYERS, sizeof *history, compare_histories);
    return 1;
}

/* Of `value` beside what it should be, relative to whichever is larger, that or `floor`. */
static void check_near(double value, double wanted, double tolerance, double floor) {
    if (isinf(wanted) && value >= wanted)
        return;
    if (!(fabs(value - wanted) <= tolerance * fmax(fabs(wanted), floor)))
        fail_msg("%.17g should be %.17g", value, wanted);
}

/* Log-likelihood of one history with a parameter moved by a factor of exp(step). */
static double moved(const bm_ltv_model *model, const double *parameter, const bm_history *history,
                    size_t index, double step) {
    double at[BM_LTV_PARAMETERS], value;
    memcpy(at, parameter, model->parameters * sizeof *at);
    at[index] *= exp(step);
    model->likelihood(at, history, 1, &value, NULL);
    return value;
}

/* The gradient of one history beside central differences of fourth order. */
static void check_gradient(const bm_ltv_model *model, const double *parameter,
                           const bm_history *history, double tolerance) {
    const double step = 1e-3;
    double value, alone, gradient[BM_LTV_PARAMETERS];
    model->likelihood(parameter, history, 1, &value, gradient);
    model->likelihood(parameter, history, 1, &alone, NULL);
    assert_true(value >= alone && value <= alone);
    for (size_t i = 0; i < model->parameters; i++) {
        double near =
            moved(model, parameter, history, i, step) - moved(model, parameter, history, i, -step);
        double far = moved(model, parameter, history, i, 2 * step) -
                     moved(model, parameter, history, i, -2 * step);
        /* Differences know no better than rounding of the value and the step allow. */
        double floor = fmax(1, fabs(value) * 1e-3);
        check_near(gradient[i], (8 * near - far) / (12 * step), tolerance, floor);
    }
}

#endif
