#include "cli/tell_ltv.h"

#include "base/sum.h"

#include <math.h>
#include <stdio.h>

static void tell_fit(bm_invocation *invocation, const bm_ltv_fit *fit, int is_chosen) {
    bm_info(&invocation->console.log, "  %-12s LL %15.4f  BIC %15.4f%s%s%s", fit->model->name,
            fit->log_likelihood, fit->bic, is_chosen ? "  chosen" : "",
            fit->note[0] != '\0' ? ": " : "", fit->note);
}

/* Of all buyers, each as often as it counts. */
static double total(const bm_histories *histories, const double *value) {
    bm_sum sum = {0};
    for (size_t b = 0; b < histories->buyers; b++)
        bm_sum_add(&sum, histories->history[b].count * value[b]);
    return bm_sum_value(&sum);
}

void bm_tell_ltv(bm_invocation *invocation, const bm_ltv *ltv, const char *group) {
    const bm_histories *of = ltv->histories;
    const bm_ltv_fit *chosen = bm_ltv_chosen(ltv);
    bm_log *log = &invocation->console.log;
    bm_sum buyers = {0};
    char horizon[64] = "for ever, discounted";
    static const char *const unit[] = {"days", "weeks", "months"};
    for (size_t b = 0; b < of->buyers; b++)
        bm_sum_add(&buyers, of->history[b].count);
    bm_info(log, "lifetime models of %.15g buyers%s%s:", bm_sum_value(&buyers),
            group != NULL ? ", group " : "", group != NULL ? group : "");
    for (size_t f = 0; f < ltv->fits; f++)
        tell_fit(invocation, &ltv->fit[f], &ltv->fit[f] == chosen && chosen->usable);
    if (ltv->gamma_gamma.model != NULL)
        tell_fit(invocation, &ltv->gamma_gamma, 0);
    if (!chosen->usable || group != NULL)
        return;
    if (isfinite(ltv->options->horizon))
        snprintf(horizon, sizeof horizon, "within %.15g %s", ltv->options->horizon, unit[of->unit]);
    double orders = total(of, ltv->expected_orders), value = total(of, ltv->expected_value);
    if (isnan(value))
        bm_info(log, "expected %s: %.2f orders", horizon, orders);
    else
        bm_info(log, "expected %s: %.2f orders, revenue %.2f; customer lifetime value %.2f",
                horizon, orders, value, total(of, ltv->clv));
}

bm_status bm_ltv_of_table(bm_invocation *invocation, bm_error *err) {
    (void)invocation;
    return bm_fail(err, BM_USAGE,
                   "ltv of other tables than order logs is not built in this version of buyermap");
}
