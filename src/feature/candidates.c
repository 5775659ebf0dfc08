/* From sources to columns: what is clustered, what is only described, in which order. */
#include "feature/candidates.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bm_status bm_candidates_choose(bm_sources *sources, const bm_feature_options *options,
                               bm_error *err) {
    for (size_t i = 0; i < options->use.count; i++) {
        size_t source;
        int32_t code;
        bm_status status = bm_sources_find(sources, options->use.item[i], &source, &code, err);
        if (status != BM_OK)
            return status;
        sources->source[source].chosen = 1;
        sources->source[source].requested = 1;
    }
    for (size_t i = 0; i < sources->count && options->use.count == 0; i++) {
        bm_source *source = &sources->source[i];
        source->chosen = source->by_default && source->barred == NULL;
    }
    return BM_OK;
}

static int by_text(const void *a, const void *b, void *words) {
    bm_text x = bm_dictionary_text(words, *(const int32_t *)a);
    bm_text y = bm_dictionary_text(words, *(const int32_t *)b);
    size_t length = x.length < y.length ? x.length : y.length;
    int order = length > 0 ? memcmp(x.data, y.data, length) : 0;
    return order != 0 ? order : (x.length > y.length) - (x.length < y.length);
}

/* The codes of a category that occur in the rows, by ascending text: so that the order of features
 * does not hang on the order of buyers. */
static bm_status list_codes(const bm_source *source, const size_t *row_of, size_t rows,
                            int32_t **codes, size_t *count, bm_error *err) {
    size_t words = source->words->count;
    uint8_t *occurs = NULL;
    bm_status status;
    *count = 0;
    BM_TRY(BM_NEW(&occurs, words, source->name, err));
    BM_TRY(BM_NEW(codes, words, source->name, err));
    for (size_t i = 0; i < rows; i++) {
        int32_t code = source->code[row_of != NULL ? row_of[i] : i];
        if (code >= 0)
            occurs[code] = 1;
    }
    for (size_t c = 0; c < words; c++) {
        if (occurs[c])
            (*codes)[(*count)++] = (int32_t)c;
    }
    qsort_r(*codes, *count, sizeof **codes, by_text, (void *)(uintptr_t)source->words);
cleanup:
    free(occurs);
    return status;
}

static int is_listed(const bm_candidates *candidates, size_t source, int32_t code) {
    for (size_t i = 0; i < candidates->count; i++) {
        if (candidates->candidate[i].source == source && candidates->candidate[i].code == code)
            return 1;
    }
    return 0;
}

static bm_status add(bm_candidates *candidates, size_t source, int32_t code, int clustered,
                     bm_error *err) {
    if (is_listed(candidates, source, code))
        return BM_OK;
    bm_status status = BM_GROW(&candidates->candidate, &candidates->reserved, candidates->count + 1,
                               "features", err);
    if (status == BM_OK)
        candidates->candidate[candidates->count++] = (bm_candidate){.source = source,
                                                                    .code = code,
                                                                    .clustered = clustered,
                                                                    .weight = 1.0,
                                                                    .fill = NAN,
                                                                    .low = -INFINITY,
                                                                    .high = INFINITY};
    return status;
}

/* The one column of a number, or the indicators of a category. */
static bm_status add_source(bm_candidates *candidates, const bm_sources *sources, size_t index,
                            int clustered, const size_t *row_of, size_t rows, bm_error *err) {
    const bm_source *source = &sources->source[index];
    if (source->is_number)
        return add(candidates, index, -1, clustered, err);
    int32_t *codes = NULL;
    size_t count = 0;
    bm_status status;
    BM_TRY(list_codes(source, row_of, rows, &codes, &count, err));
    if (!clustered && count > BM_MAX_CATEGORIES)
        count = 0;
    for (size_t i = 0; i < count; i++)
        BM_TRY(add(candidates, index, codes[i], clustered, err));
cleanup:
    free(codes);
    return status;
}

/* Sets the weight of a feature, or of all indicators of a source that have none of their own. */
static bm_status set_weight(bm_candidates *candidates, const bm_sources *sources,
                            const bm_feature_weight *weight, int of_indicators,
                            const bm_context *context, bm_error *err) {
    size_t source;
    int32_t code;
    int clustered = 0;
    bm_status status = bm_sources_find(sources, weight->name, &source, &code, err);
    if (status != BM_OK || of_indicators != (code >= 0))
        return status;
    if (!(weight->weight > 0) || !isfinite(weight->weight))
        return bm_fail(err, BM_JOB, "the weight of \"%.80s\" is %g, it must be above 0",
                       weight->name, weight->weight);
    for (size_t i = 0; i < candidates->count; i++) {
        bm_candidate *candidate = &candidates->candidate[i];
        if (candidate->source != source || (code >= 0 && candidate->code != code))
            continue;
        candidate->weight = weight->weight;
        clustered = clustered || candidate->clustered;
    }
    if (!clustered)
        bm_warn(context->log, "\"%s\" has a weight but is not clustered on", weight->name);
    return BM_OK;
}

bm_status bm_candidates_list(const bm_sources *sources, const size_t *row_of, size_t rows,
                             const bm_feature_options *options, const bm_context *context,
                             bm_candidates *candidates, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t i = 0; i < options->use.count; i++) {
        size_t source;
        int32_t code;
        BM_TRY(bm_sources_find(sources, options->use.item[i], &source, &code, err));
        if (code >= 0)
            BM_TRY(add(candidates, source, code, 1, err));
        else
            BM_TRY(add_source(candidates, sources, source, 1, row_of, rows, err));
    }
    for (size_t i = 0; i < sources->count && options->use.count == 0; i++) {
        if (sources->source[i].chosen)
            BM_TRY(add_source(candidates, sources, i, 1, row_of, rows, err));
    }
    for (size_t i = 0; i < sources->count; i++) {
        if (sources->source[i].barred == NULL)
            BM_TRY(add_source(candidates, sources, i, 0, row_of, rows, err));
    }
    for (int of_indicators = 0; of_indicators <= 1; of_indicators++) {
        for (size_t i = 0; i < options->weights; i++)
            BM_TRY(
                set_weight(candidates, sources, &options->weight[i], of_indicators, context, err));
    }
cleanup:
    return status;
}

void bm_candidates_free(bm_candidates *candidates) {
    free(candidates->candidate);
    *candidates = (bm_candidates){0};
}
