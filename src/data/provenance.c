#include "buyermap/provenance.h"

#include "base/memory.h"

#include <stdlib.h>

const char *bm_stage_name(bm_stage stage) {
    static const char *const name[BM_STAGES] = {
        [BM_STAGE_READ] = "read_seconds",
        [BM_STAGE_HASH] = "hash_seconds",
        [BM_STAGE_FEATURE] = "feature_seconds",
        [BM_STAGE_NORMALIZE] = "normalize_seconds",
        [BM_STAGE_CLUSTER] = "cluster_seconds",
        [BM_STAGE_CHOOSE_K] = "choose_k_seconds",
        [BM_STAGE_QUALITY] = "quality_seconds",
        [BM_STAGE_STABILITY] = "stability_seconds",
        [BM_STAGE_STATISTICS] = "statistics_seconds",
        [BM_STAGE_LIFETIME] = "lifetime_seconds",
        [BM_STAGE_WRITE] = "write_seconds",
        [BM_STAGE_TOTAL] = "total_seconds",
    };
    return name[stage];
}

static void free_setting(bm_setting *setting) {
    free(setting->key);
    free(setting->value);
    bm_strings_free(&setting->items);
}

/* Appends a setting with one value, or (value NULL) with items. */
static bm_status add_setting(bm_provenance *provenance, const char *key, const char *value,
                             const bm_strings *items, bm_error *err) {
    bm_setting setting = {0};
    bm_status status;
    BM_TRY(BM_GROW(&provenance->setting, &provenance->settings_reserved, provenance->settings + 1,
                   "provenance", err));
    BM_TRY(bm_copy_string(&setting.key, key, err));
    if (value != NULL)
        BM_TRY(bm_copy_string(&setting.value, value, err));
    else
        BM_TRY(bm_strings_copy(items, &setting.items, err));
    provenance->setting[provenance->settings++] = setting;
    return BM_OK;
cleanup:
    free_setting(&setting);
    return status;
}

bm_status bm_provenance_setting(bm_provenance *provenance, const char *key, const char *value,
                                bm_error *err) {
    return add_setting(provenance, key, value, NULL, err);
}

bm_status bm_provenance_list(bm_provenance *provenance, const char *key, const bm_strings *items,
                             bm_error *err) {
    return add_setting(provenance, key, NULL, items, err);
}

bm_status bm_provenance_input(bm_provenance *provenance, const char *role, const char *path,
                              bm_input_file **input, bm_error *err) {
    bm_status status;
    bm_input_file file = {0};
    BM_TRY(bm_copy_string(&file.role, role, err));
    BM_TRY(bm_copy_string(&file.path, path, err));
    bm_input_file *grown =
        realloc(provenance->input, (provenance->inputs + 1) * sizeof *provenance->input);
    if (grown == NULL) {
        status = bm_fail(err, BM_NOMEM, "out of memory: provenance");
        goto cleanup;
    }
    provenance->input = grown;
    grown[provenance->inputs] = file;
    *input = &grown[provenance->inputs++];
    return BM_OK;
cleanup:
    free(file.role);
    free(file.path);
    return status;
}

void bm_provenance_free(bm_provenance *provenance) {
    for (size_t i = 0; i < provenance->settings; i++)
        free_setting(&provenance->setting[i]);
    for (size_t i = 0; i < provenance->inputs; i++) {
        free(provenance->input[i].role);
        free(provenance->input[i].path);
        bm_accounting_free(&provenance->input[i].accounting);
    }
    free(provenance->setting);
    free(provenance->input);
    bm_strings_free(&provenance->versions);
    bm_accounting_free(&provenance->accounting);
    *provenance = (bm_provenance){0};
}
