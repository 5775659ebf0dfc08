/* From typed tables to features: the order log, how each buyer behaves, what is clustered on. */
#include "base/date.h"
#include "base/sum.h"
#include "feature/contracts.h"
#include "feature/orders.h"
#include "job/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bm_order_roles order_roles(const bm_orders_input *orders) {
    return (bm_order_roles){
        .buyer = orders->buyer,
        .date = orders->date,
        .amount = orders->amount.column,
        .amount_factor = orders->amount.factor,
        .quantity = orders->quantity,
        .order = orders->order,
        .dimension = {[BM_PRODUCT] = orders->product,
                      [BM_CATEGORY] = orders->category,
                      [BM_REGION] = orders->region,
                      [BM_CHANNEL] = orders->channel,
                      [BM_SUPPLIER] = orders->supplier},
    };
}

/* A log of which nothing is left says nothing of anybody; with a buyers table that is no fault. */
static bm_status nothing_left(const bm_run *run, bm_error *err) {
    const bm_accounting *rows = &run->order_lines.accounting;
    char why[512] = "";
    for (size_t i = 0; i < rows->exclusions && strlen(why) + 1 < sizeof why; i++) {
        size_t used = strlen(why);
        if (rows->exclusion[i].rows > 0)
            snprintf(why + used, sizeof why - used, "%s %zu by \"%s\"", used > 0 ? "," : ":",
                     rows->exclusion[i].rows, rows->exclusion[i].reason);
    }
    return bm_fail(err, BM_DEGENERATE, "%s: no order is left of %zu rows; %zu are excluded%s",
                   run->job->orders.path, rows->rows_in, rows->excluded, why);
}

static bm_status check_orders(const bm_run *run, bm_error *err) {
    const bm_orders *orders = &run->orders;
    bm_sum total = {0};
    if (orders->lines == 0 && !run->has_buyers)
        return nothing_left(run, err);
    for (size_t i = 0; orders->amount != NULL && i < orders->lines; i++)
        bm_sum_add(&total, fabs(orders->amount[i]));
    if (!isfinite(bm_sum_value(&total)))
        return bm_fail(err, BM_DATA, "%s: the sum of the amounts is no finite number",
                       run->job->orders.path);
    return BM_OK;
}

/* Each buyer of the orders is looked up among those of the buyers table. */
static bm_status index_ids(bm_run *run, bm_error *err) {
    if (run->ids == NULL)
        return BM_OK;
    return bm_dictionary_index(run->ids == &run->own_ids
                                   ? &run->own_ids
                                   : &run->buyers.table.column[run->id_column].dictionary,
                               err);
}

bm_status bm_run_orders(bm_run *run, bm_error *err) {
    const bm_order_roles roles = order_roles(&run->job->orders);
    int32_t as_of = run->job->as_of;
    bm_status status;
    if (run->order_lines.table.rows == 0 && as_of == BM_NO_DAY)
        return nothing_left(run, err);
    if (as_of == BM_NO_DAY)
        BM_TRY(bm_orders_last_day(&run->order_lines.table, &roles, &as_of, err));
    BM_TRY(index_ids(run, err));
    BM_TRY(bm_orders_build(&run->order_lines.table, &roles, as_of, run->ids, run->context,
                           &run->order_lines.accounting, &run->orders, &run->own_ids, err));
    if (run->ids == NULL)
        run->ids = &run->own_ids;
    run->population = run->ids->count;
    BM_TRY(check_orders(run, err));
cleanup:
    return status;
}

/* Where there are neither orders nor a day in the job, the contracts themselves say what is past.
 */
static bm_status contracts_as_of(const bm_run *run, const bm_contract_roles *roles, int32_t *as_of,
                                 bm_error *err) {
    char text[BM_DATE_TEXT];
    *as_of = run->has_orders ? run->orders.as_of : run->job->as_of;
    if (*as_of != BM_NO_DAY)
        return BM_OK;
    bm_status status = bm_contracts_last_day(&run->contract_rows.table, roles, as_of, err);
    if (status == BM_OK) {
        bm_format_date(text, *as_of);
        bm_info(run->context->log, "as_of is %s, the latest day that the contracts name", text);
    }
    return status;
}

bm_status bm_run_contracts(bm_run *run, bm_error *err) {
    const bm_contracts_input *input = &run->job->contracts;
    const bm_contract_roles roles = {input->buyer, input->start, input->end, input->amount};
    bm_accounting *rows = &run->contract_rows.accounting;
    bm_sum total = {0};
    int32_t as_of;
    bm_status status;
    BM_TRY(contracts_as_of(run, &roles, &as_of, err));
    BM_TRY(index_ids(run, err));
    BM_TRY(bm_contracts_build(&run->contract_rows.table, &roles, as_of, run->ids,
                              bm_bad_rows_allowed(run->job, rows->rows_in), run->context, rows,
                              &run->contracts, &run->own_ids, err));
    if (run->ids == NULL)
        run->ids = &run->own_ids;
    run->population = run->ids->count;
    for (size_t i = 0; run->contracts.amount != NULL && i < run->contracts.contracts; i++)
        bm_sum_add(&total, fabs(run->contracts.amount[i]));
    if (!isfinite(bm_sum_value(&total)))
        status =
            bm_fail(err, BM_DATA, "%s: the sum of the amounts is no finite number", input->path);
cleanup:
    return status;
}

/* The categories among the columns that were read: others are left out by `ignore` or `columns`. */
static bm_status read_categories(const bm_run *run, bm_strings *categories, bm_error *err) {
    const bm_strings *named = &run->job->buyers.categories;
    bm_status status = BM_OK;
    for (size_t i = 0; i < named->count && status == BM_OK; i++) {
        if (bm_table_column(&run->buyers.table, named->item[i]) != NULL)
            status = bm_strings_add(categories, named->item[i], err);
    }
    return status;
}

bm_status bm_run_features(bm_run *run, bm_error *err) {
    const bm_job *job = run->job;
    bm_strings categories = {0};
    bm_status status = read_categories(run, &categories, err);
    if (status != BM_OK)
        goto cleanup;
    const bm_feature_options options = {
        .use = job->features.use.count > 0 ? job->features.use : job->buyers.columns,
        .categories = categories,
        .weight_column = job->buyers.weight,
        .truth_column = job->buyers.truth,
        .missing = (bm_missing)job->features.missing,
        .without_orders = (bm_without_orders)job->features.without_orders,
        .keep_constant = job->cluster.k.high == 1,
        .one_buyer = !isnan(job->cluster.cut_height) || !isnan(job->cluster.cut_inconsistency),
        .winsorize = job->features.winsorize,
        .weight = job->features.weights.item,
        .weights = job->features.weights.count,
    };
    if (run->has_orders)
        BM_TRY(bm_measures_of_orders(&run->orders, run->context, &run->measures, err));
    status = bm_features_build(run->has_buyers ? &run->buyers.table : NULL, run->id_column,
                               run->has_orders ? &run->measures : NULL,
                               run->has_orders ? &run->orders : NULL, &options, run->context,
                               &run->set, err);
    if (status == BM_OK && run->set.all.n == run->population) {
        free(run->set.kept); /* all of them */
        run->set.kept = NULL;
    }
cleanup:
    bm_strings_free(&categories);
    return status;
}
