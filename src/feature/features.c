/* From tables to the matrix: which features, which rows, and then the values, in that order.
 *
 * Rows are settled first (without_orders, missing policy), so that fills and limits come from the
 * rows that are kept. O(n d), and O(n log n) for a column that is filled or winsorized. Nothing is
 * copied: the features are a view on the table and the measures. */
#include "feature/features.h"
#include "feature/candidates.h"
#include "feature/rows.h"
#include "feature/sources.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* Everything one build holds on the way. */
typedef struct building {
    bm_buyer_facts facts;
    const bm_feature_options *options;
    const bm_context *context;
    bm_sources sources;
    bm_candidates candidates;
    size_t *row_of; /* [rows]; NULL: every buyer is a row */
    size_t rows;
    bm_features_built *built;
} building;

static bm_status keep_rows(building *b, bm_error *err) {
    bm_features_built *built = b->built;
    bm_status status;
    BM_TRY(BM_NEW(&built->kept, b->facts.n, "buyers", err));
    BM_TRY(bm_rows_keep(&b->facts, &b->sources, b->options, b->context, built, err));
    for (size_t i = 0; i < b->facts.n; i++)
        b->rows += built->kept[i] == BM_ROW_IN_MAP;
    if (b->rows < b->facts.n)
        BM_TRY(BM_NEW(&b->row_of, b->rows, "buyers", err));
    for (size_t i = 0, row = 0; i < b->facts.n && b->row_of != NULL; i++) {
        if (built->kept[i] == BM_ROW_IN_MAP)
            b->row_of[row++] = i;
    }
    if (b->rows == 0 && b->facts.n == 0)
        status = bm_fail(err, BM_DEGENERATE, "there are no buyers to cluster");
    else if (b->rows == 0)
        status = bm_fail(err, BM_DEGENERATE,
                         "there are no buyers to cluster: all %zu were left out for missing values "
                         "or have no orders",
                         b->facts.n);
cleanup:
    return status;
}

static bm_status require_features(const building *b, bm_error *err) {
    for (size_t i = 0; i < b->candidates.count; i++) {
        if (b->candidates.candidate[i].clustered)
            return BM_OK;
    }
    if (b->rows == 1)
        return bm_fail(err, BM_DEGENERATE,
                       "there is one buyer only, which is one segment (--k 1) and no more");
    if (b->candidates.count == 0)
        return bm_fail(err, BM_DEGENERATE,
                       "no column is left to cluster on; where a file shows one column only, "
                       "--delimiter may be another");
    return bm_fail(err, BM_DEGENERATE,
                   "no feature varies: there is nothing to tell the %zu buyers apart by", b->rows);
}

static bm_status name_feature(const building *b, const bm_candidate *candidate, bm_feature *feature,
                              bm_error *err) {
    const bm_source *source = &b->sources.source[candidate->source];
    char *name = NULL;
    bm_status status;
    if (candidate->code < 0) {
        BM_TRY(bm_copy_string(&name, source->name, err));
    } else {
        BM_TRY(bm_format(&name, err, "%s=%s", source->name,
                         bm_dictionary_string(source->words, candidate->code)));
    }
    BM_TRY(bm_feature_set(feature, name, source->name,
                          candidate->code < 0 ? BM_FEATURE_NUMBER : BM_FEATURE_INDICATOR, err));
    feature->clustered = candidate->clustered;
    feature->weight = candidate->weight;
    feature->fill = candidate->fill;
    feature->low = candidate->low;
    feature->high = candidate->high;
    feature->missing = candidate->missing;
cleanup:
    free(name);
    return status;
}

/* As they are known: what is missing is filled, and what lies out clipped, where the clustered
 * columns are selected. */
static bm_values values_of(const bm_source *source, const bm_candidate *candidate) {
    bm_values values = source->values;
    values.category = candidate->code;
    return values;
}

static bm_status view(building *b, bm_error *err) {
    bm_features *all = &b->built->all;
    bm_status status;
    *all = (bm_features){.n = b->rows, .row_of = b->row_of};
    b->row_of = NULL;
    BM_TRY(BM_NEW(&all->feature, b->candidates.count, "features", err));
    BM_TRY(BM_NEW(&all->values, b->candidates.count, "features", err));
    for (; all->d < b->candidates.count; all->d++) {
        const bm_candidate *candidate = &b->candidates.candidate[all->d];
        all->values[all->d] = values_of(&b->sources.source[candidate->source], candidate);
        BM_TRY(name_feature(b, candidate, &all->feature[all->d], err));
    }
    if (b->options->weight_column != NULL)
        BM_TRY(bm_rows_weigh(b->facts.buyers, b->options->weight_column, all->row_of, all->n,
                             &all->weight, err));
cleanup:
    return status;
}

/* What became of one source: how many features it gave, and of these how many are clustered. */
static bm_status tell_use(const building *b, size_t index, bm_column_use *use, bm_error *err) {
    const bm_source *source = &b->sources.source[index];
    size_t features = 0, clustered = 0;
    for (size_t i = 0; i < b->candidates.count; i++) {
        const bm_candidate *candidate = &b->candidates.candidate[i];
        features += candidate->source == index;
        clustered += candidate->source == index && candidate->clustered;
    }
    use->used = clustered > 0;
    bm_status status = bm_copy_string(&use->name, source->name, err);
    if (status != BM_OK)
        return status;
    if (source->barred != NULL)
        return bm_copy_string(&use->why, source->barred, err);
    if (clustered > 0 && source->code != NULL && clustered < features)
        return bm_format(&use->why, err, "%zu of %zu categories", clustered, features);
    if (clustered > 0 && source->code != NULL)
        return bm_format(&use->why, err, "%zu categories", features);
    const char *why = clustered > 0 && source->kind == BM_SOURCE_MEASURE ? "order measure"
                      : clustered > 0                                    ? "numeric"
                      : features > 0 && source->chosen                   ? "constant"
                      : features > 0                                     ? "described only"
                      : source->code != NULL ? "not used; too many categories to describe"
                                             : "no values";
    return bm_copy_string(&use->why, why, err);
}

static bm_status tell_uses(building *b, bm_error *err) {
    bm_features_built *built = b->built;
    bm_status status = BM_NEW(&built->column, b->sources.count, "columns", err);
    for (size_t i = 0; status == BM_OK && i < b->sources.count; i++) {
        built->columns = i + 1;
        status = tell_use(b, i, &built->column[i], err);
    }
    return status;
}

static bm_status check_arguments(const building *b, bm_error *err) {
    const bm_table *buyers = b->facts.buyers;
    const bm_measures *measures = b->facts.measures;
    double p = b->options->winsorize;
    if (buyers == NULL && measures == NULL)
        return bm_fail(err, BM_INTERNAL, "features need a buyers table or orders");
    if (buyers != NULL && measures != NULL && buyers->rows != measures->n)
        return bm_fail(err, BM_INTERNAL, "%zu buyers have order measures, but there are %zu",
                       measures->n, buyers->rows);
    if (!(p >= 0 && p < 0.5))
        return bm_fail(err, BM_JOB, "winsorize is %g, it must be from 0 to below 0.5", p);
    return BM_OK;
}

bm_status bm_features_build(const bm_table *buyers, size_t id_column, const bm_measures *measures,
                            const bm_orders *orders, const bm_feature_options *options,
                            const bm_context *context, bm_features_built *built, bm_error *err) {
    building b = {.facts = {.buyers = buyers, .measures = measures},
                  .options = options,
                  .context = context,
                  .built = built};
    bm_feature_options fitted = *options;
    bm_status status;
    *built = (bm_features_built){0};
    BM_TRY(check_arguments(&b, err));
    BM_TRY(bm_sources_list(buyers, id_column, measures, orders, options, &b.sources, err));
    b.facts.n = b.sources.n;
    BM_TRY(bm_candidates_choose(&b.sources, options, err));
    BM_TRY(keep_rows(&b, err));
    fitted.keep_constant = options->keep_constant || (options->one_buyer && b.rows == 1);
    BM_TRY(bm_candidates_list(&b.sources, b.row_of, b.rows, options, context, &b.candidates, err));
    BM_TRY(bm_candidates_fit(&b.candidates, &b.sources, b.row_of, b.rows, &fitted, context, err));
    BM_TRY(require_features(&b, err));
    BM_TRY(view(&b, err));
    BM_TRY(tell_uses(&b, err));
cleanup:
    bm_candidates_free(&b.candidates);
    bm_sources_free(&b.sources);
    free(b.row_of);
    if (status != BM_OK)
        bm_features_built_free(built);
    return status;
}

void bm_features_built_free(bm_features_built *built) {
    if (built == NULL)
        return;
    for (size_t i = 0; built->column != NULL && i < built->columns; i++) {
        free(built->column[i].name);
        free(built->column[i].why);
    }
    free(built->column);
    free(built->kept);
    bm_features_free(&built->all);
    *built = (bm_features_built){0};
}
