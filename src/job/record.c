/* Where results come from: inputs and their rows, settings as they were resolved, versions. */
#include "base/date.h"
#include "base/memory.h"
#include "job/run.h"
#include "job/versions.h"

#include <stdlib.h>
#include <string.h>

void bm_record_attributes(bm_results *results, const bm_job *job, const char *verb,
                          const char *method, size_t k) {
    bm_results_attribute(results, "format", "buyermap", 0);
    bm_results_attribute(results, "format_version", NULL, 1);
    bm_results_attribute(results, "tool_version", BM_VERSION, 0);
    bm_results_attribute(results, "verb", verb, 0);
    bm_results_attribute(results, "seed", NULL, (int64_t)job->seed);
    bm_results_attribute(results, "method", method, 0);
    bm_results_attribute(results, "k", NULL, (int64_t)k);
}

bm_status bm_record_input(bm_provenance *provenance, const char *role, const char *path,
                          uint64_t bytes, const char *sha256, const bm_accounting *rows,
                          bm_error *err) {
    bm_input_file *input = NULL;
    bm_status status = bm_provenance_input(provenance, role, path, &input, err);
    if (status != BM_OK)
        return status;
    input->bytes = bytes;
    memcpy(input->sha256, sha256, sizeof input->sha256);
    status = bm_accounting_add(&input->accounting, rows, err);
    return status == BM_OK ? bm_accounting_add(&provenance->accounting, rows, err) : status;
}

static bm_status record_input(bm_run *run, const char *role, const char *path,
                              const bm_read_result *read, bm_error *err) {
    return bm_record_input(&run->provenance, role, path, read->bytes, read->sha256,
                           &read->accounting, err);
}

int bm_run_day_from_inputs(const bm_run *run, const char *key, int32_t *day) {
    if (strcmp(key, "as_of") == 0) {
        *day = run->has_orders ? run->orders.as_of : run->contracts.as_of;
        return run->has_orders || run->has_contracts;
    }
    if (!run->has_orders || !(run->steps & BM_STEP_LIFETIME))
        return 0;
    *day = strcmp(key, "lifetime.until") == 0           ? run->until
           : strcmp(key, "lifetime.holdout_until") == 0 ? run->holdout_until
                                                        : BM_NO_DAY;
    return *day != BM_NO_DAY;
}

bm_status bm_record_setting(bm_provenance *provenance, const bm_job *job, const bm_key *key,
                            int *known, bm_error *err) {
    bm_strings items = {0};
    char *text = NULL;
    bm_status status;
    *known = 1;
    if (bm_key_is_list(key, job)) {
        BM_TRY(bm_key_items(key, job, &items, err));
        BM_TRY(bm_provenance_list(provenance, bm_key_name(key), &items, err));
        goto cleanup;
    }
    BM_TRY(bm_key_value(key, job, &text, err));
    *known = text != NULL;
    if (text != NULL)
        status = bm_provenance_setting(provenance, bm_key_name(key), text, err);
cleanup:
    bm_strings_free(&items);
    free(text);
    return status;
}

static bm_status record_setting(bm_run *run, const bm_key *key, bm_error *err) {
    int known;
    int32_t day;
    bm_status status = bm_record_setting(&run->provenance, run->job, key, &known, err);
    if (status == BM_OK && !known && bm_run_day_from_inputs(run, bm_key_name(key), &day)) {
        char text[BM_DATE_TEXT];
        bm_format_date(text, day);
        status = bm_provenance_setting(&run->provenance, bm_key_name(key), text, err);
    }
    return status;
}

static bm_status record_settings(bm_run *run, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t i = 0; i < bm_job_keys() && status == BM_OK; i++) {
        if (bm_key_in_file(bm_job_key_at(i)))
            status = record_setting(run, bm_job_key_at(i), err);
    }
    return status;
}

bm_status bm_run_record(bm_run *run, bm_error *err) {
    bm_provenance *provenance = &run->provenance;
    provenance->verb = run->verb;
    provenance->warnings = run->context->log != NULL ? &run->context->log->warnings : NULL;
    bm_accounting *buyers = &run->buyers.accounting;
    bm_status status = BM_OK;
    /* Buyers that the policies left out are rows left out on purpose: of the buyers table, or, when
     * the orders made the map, nothing, since their order lines are still in the totals. */
    if (run->has_buyers && run->set.dropped_missing > 0)
        BM_TRY(
            bm_accounting_exclude(buyers, "features.missing: drop", run->set.dropped_missing, err));
    if (run->has_buyers && run->set.dropped_without_orders > 0)
        BM_TRY(bm_accounting_exclude(buyers, "features.without_orders: drop",
                                     run->set.dropped_without_orders, err));
    if (run->has_buyers)
        buyers->used -= run->set.dropped_missing + run->set.dropped_without_orders;
    if (run->has_buyers)
        BM_TRY(record_input(run, "buyers", run->job->buyers.path, &run->buyers, err));
    if (run->has_orders)
        BM_TRY(record_input(run, "orders", run->job->orders.path, &run->order_lines, err));
    if (run->has_contracts)
        BM_TRY(record_input(run, "contracts", run->job->contracts.path, &run->contract_rows, err));
    BM_TRY(bm_versions(&provenance->versions, err));
    status = record_settings(run, err);
cleanup:
    return status;
}
