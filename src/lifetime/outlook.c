/* Expected orders within a horizon, plain and discounted. Those by the end of each unit are a
 * smooth function of the time ahead, so of a long horizon they are asked for at few points: what is
 * discounted is a sum by parts, of the orders by the end of each unit times the fall of the
 * discount after it, and so a weighted sum of the answers. O(log(horizon)) answers for a buyer. */
#include "lifetime/outlook.h"

#include "base/memory.h"
#include "base/sum.h"
#include "lifetime/ltv.h"

#include <math.h>
#include <stdlib.h>

enum { EXACT_UNITS = 16, NODES = 16, PANEL = 4 };

/* What the orders by the end of unit i count for in the sum over units of (orders in i) ×
 * exp(−delta (i − 1/2)): the fall of the discount after it. */
static double fall_after(const bm_outlook *made, double i) {
    return exp(-made->delta * (i - 0.5)) * -expm1(-made->delta);
}

static void add_point(bm_outlook *made, double ahead, double weight) {
    made->ahead[made->points] = ahead;
    made->weight[made->points++] = weight;
}

/* Units first … last by Chebyshev interpolation in the logarithm of the time ahead: between n and
 * 4 n the singularity, a buyer's whole past and alpha before now, is so far that 16 nodes give
 * 15 digits. */
static void add_panel(bm_outlook *made, size_t first, size_t last) {
    double low = log((double)first), high = log((double)last), node[NODES], factor[NODES];
    size_t at = made->points;
    for (size_t k = 0; k < NODES; k++) {
        double angle = acos(-1.0) * ((double)k + 0.5) / NODES;
        node[k] = (low + high) / 2 - (high - low) / 2 * cos(angle);
        factor[k] = (k % 2 == 0 ? 1 : -1) * sin(angle);
        add_point(made, exp(node[k]), 0);
    }
    for (size_t i = first; i <= last; i++) { /* barycentric */
        double u = log((double)i), share[NODES], sum = 0;
        for (size_t k = 0; k < NODES; k++) {
            double away = u - node[k];
            share[k] = factor[k] / (fabs(away) > 1e-14 ? away : 1e-14);
            sum += share[k];
        }
        for (size_t k = 0; k < NODES; k++)
            made->weight[at + k] += fall_after(made, (double)i) * share[k] / sum;
    }
}

bm_status bm_outlook_init(bm_outlook *made, const bm_ltv_fit *fit, double horizon, double delta,
                          int in_one, bm_error *err) {
    size_t whole, most = EXACT_UNITS + 1, first = 1;
    int is_smooth = fit->model->kind == BM_LTV_ORDERS;
    bm_status status = BM_OK;
    *made = (bm_outlook){.fit = fit, .horizon = horizon, .delta = delta};
    if (isinf(horizon))
        return BM_OK;
    whole = in_one ? 0 : (size_t)ceil(horizon) - 1; /* units that end before the horizon */
    for (size_t i = EXACT_UNITS; i < whole; i *= PANEL)
        most += NODES;
    most = is_smooth ? most : whole + 1;
    BM_TRY(BM_NEW(&made->ahead, most, "the horizon", err));
    BM_TRY(BM_NEW(&made->weight, most, "the horizon", err));
    for (; first <= whole && (first <= EXACT_UNITS || !is_smooth); first++)
        add_point(made, (double)first, fall_after(made, (double)first));
    for (size_t last = EXACT_UNITS * PANEL; first <= whole; first = last + 1, last *= PANEL) {
        last = last < whole ? last : whole;
        if (last - first < NODES) {
            for (; first <= last; first++)
                add_point(made, (double)first, fall_after(made, (double)first));
        } else {
            add_panel(made, first, last);
        }
    }
    add_point(made, horizon, exp(-delta * ((double)whole + 0.5)));
cleanup:
    return status;
}

void bm_outlook_free(bm_outlook *made) {
    free(made->ahead);
    free(made->weight);
}

void bm_look_ahead(const bm_outlook *at, const bm_history *h, double *orders, double *expected,
                   double *discounted) {
    const bm_ltv_fit *fit = at->fit;
    if (at->points == 0) {
        *expected = *discounted = fit->model->discounted_alive(fit->parameter, h, at->delta);
        return;
    }
    bm_sum sum = {0};
    fit->model->expected_alive(fit->parameter, h, at->ahead, at->points, orders);
    for (size_t i = 0; i < at->points; i++)
        bm_sum_add(&sum, at->weight[i] * orders[i]);
    *expected = orders[at->points - 1];
    *discounted = bm_sum_value(&sum);
}

double bm_ltv_expected(const bm_ltv_fit *fit, const bm_history *history, double horizon) {
    double orders;
    fit->model->expected_alive(fit->parameter, history, &horizon, 1, &orders);
    return bm_logistic(fit->model->log_odds_alive(fit->parameter, history)) * orders;
}

double bm_ltv_discounted(const bm_ltv_fit *fit, const bm_history *history, double horizon,
                         double rate, double units_a_year) {
    bm_outlook at = {0};
    double *orders = NULL, expected, discounted = NAN;
    bm_status status;
    BM_TRY(bm_outlook_init(&at, fit, horizon, log1p(rate) / units_a_year, 0, NULL));
    BM_TRY(BM_NEW(&orders, at.points, "the horizon", NULL));
    bm_look_ahead(&at, history, orders, &expected, &discounted);
    discounted *= bm_logistic(fit->model->log_odds_alive(fit->parameter, history));
cleanup:
    bm_outlook_free(&at);
    free(orders);
    return discounted;
}
