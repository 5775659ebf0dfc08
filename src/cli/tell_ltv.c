#include "cli/tell_ltv.h"

#include "base/sum.h"
#include "cli/plan.h"
#include "cli/sheet.h"
#include "job/ltv_table.h"

#include <math.h>
#include <stdio.h>

static void tell_fit(bm_invocation *invocation, const bm_ltv_fit *fit, int is_chosen) {
    if (!isfinite(fit->log_likelihood)) {
        bm_info(&invocation->console.log, "  %-12s %s", fit->model->name, fit->note);
        return;
    }
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
    const char *who = of->kind == BM_LTV_CONTRACTS ? "contracts" : "buyers";
    const char *what = of->kind == BM_LTV_CONTRACTS ? "renewals" : "orders";
    char horizon[64] = "for ever, discounted";
    static const char *const unit[] = {"days", "weeks", "months", "years"};
    for (size_t b = 0; b < of->buyers; b++)
        bm_sum_add(&buyers, of->history[b].count);
    bm_info(log, "lifetime models of %.15g %s%s%s:", bm_sum_value(&buyers), who,
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
        bm_info(log, "expected %s: %.2f %s", horizon, orders, what);
    else
        bm_info(log, "expected %s: %.2f %s, revenue %.2f; customer lifetime value %.2f", horizon,
                orders, what, value, total(of, ltv->clv));
}

static void print_column(const bm_ltv_table *run, bm_ltv_role role) {
    const char *as = bm_ltv_role_name(role);
    if (run->column[role] == NULL)
        return;
    fputs("  used     ", stdout);
    bm_put_text(run->column[role]);
    printf(": %s\n", role == BM_LTV_ID       ? "buyer"
                     : role == BM_LTV_START  ? "first day"
                     : role == BM_LTV_END    ? "day it ended"
                     : role == BM_LTV_AMOUNT ? "amount"
                                             : as);
}

/* What --dry-run prints. */
static void print_plan(const bm_ltv_table *run) {
    const bm_job *job = run->job;
    bm_print_settings(&run->provenance);
    bm_print_rows(&run->provenance);
    puts("columns:");
    for (int role = 0; role < BM_LTV_ROLES; role++)
        print_column(run, (bm_ltv_role)role);
    fputs("models:", stdout);
    for (size_t i = 0; bm_ltv_models[i] != NULL; i++) {
        int is_asked = run->options.models == 0 && bm_ltv_models[i]->kind == run->kind;
        for (size_t m = 0; m < run->options.models; m++)
            is_asked |= run->options.model[m] == bm_ltv_models[i];
        if (is_asked)
            printf(" %s", bm_ltv_models[i]->name);
    }
    printf("\ngroups: %zu\nfiles:\n", run->groups);
    for (const char *const *name = bm_ltv_table_names; job->output.csv && *name != NULL; name++) {
        if (bm_ltv_table_makes(job, *name))
            printf("  %s/%s.csv\n", job->output.dir, *name);
    }
    if (job->output.hdf5)
        printf("  %s/result.h5\n", job->output.dir);
    printf("  %s/run.json\n", job->output.dir);
}

bm_status bm_ltv_of_table(bm_invocation *invocation, bm_error *err) {
    bm_ltv_table made = {0};
    bm_status status;
    BM_TRY(bm_key_set_flag(bm_job_key("ltv.table"), &invocation->job, "TABLE", invocation->operand,
                           err));
    BM_TRY(bm_ltv_table_execute(&made, &invocation->job, &invocation->context, err));
    if (invocation->job.dry_run) {
        print_plan(&made);
        invocation->silent = 1;
        goto cleanup;
    }
    bm_tell_accounting(invocation, &made.provenance);
    for (size_t g = 0; g < made.groups; g++)
        bm_tell_ltv(invocation, &made.group[g].ltv, made.group[g].name);
    status = bm_accounting_add(&invocation->summary, &made.provenance.accounting, err);
cleanup:
    bm_ltv_table_free(&made);
    return status;
}
