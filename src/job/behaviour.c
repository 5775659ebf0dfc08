/* From typed tables to features: the order log, how each buyer behaves, what is clustered on. */
#include "feature/orders.h"
#include "job/run.h"

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

bm_status bm_run_orders(bm_run *run, bm_error *err) {
    const bm_order_roles roles = order_roles(&run->job->orders);
    int32_t as_of = run->job->as_of;
    bm_status status;
    if (as_of == BM_NO_DAY)
        BM_TRY(bm_orders_last_day(&run->order_lines.table, &roles, &as_of, err));
    BM_TRY(bm_orders_build(&run->order_lines.table, &roles, as_of, run->ids, run->context,
                           &run->order_lines.accounting, &run->orders, &run->own_ids, err));
    if (run->ids == NULL)
        run->ids = &run->own_ids;
cleanup:
    return status;
}

bm_status bm_run_features(bm_run *run, bm_error *err) {
    const bm_job *job = run->job;
    const bm_feature_options options = {
        .use = job->features.use,
        .categories = job->buyers.categories,
        .weight_column = job->buyers.weight,
        .truth_column = job->buyers.truth,
        .missing = (bm_missing)job->features.missing,
        .without_orders = (bm_without_orders)job->features.without_orders,
        .keep_constant = job->cluster.k.high == 1,
        .winsorize = job->features.winsorize,
        .weight = job->features.weights.item,
        .weights = job->features.weights.count,
    };
    bm_status status;
    if (run->has_orders)
        BM_TRY(bm_measures_of_orders(&run->orders, run->context, &run->measures, err));
    status = bm_features_build(run->has_buyers ? &run->buyers.table : NULL, run->id_column,
                               run->has_orders ? &run->measures : NULL, NULL,
                               run->has_orders ? &run->orders : NULL, &options, run->context,
                               &run->set, err);
cleanup:
    return status;
}
