/* The fitted transforms as the table model/transform and the matrix model/quantiles. */
#include "base/memory.h"
#include "normalize/normalize.h"

#include <math.h>
#include <stdlib.h>

enum { FEATURE, SOURCE, KIND, LAMBDA, LOW, HIGH, FILL, CENTER, SCALE, WEIGHT, COLUMNS };

static const bm_heading headings[COLUMNS] = {
    [FEATURE] = {"feature", BM_CELL_TEXT, "", "feature, in the order of the centroids' columns"},
    [SOURCE] = {"source", BM_CELL_TEXT, "", "column or order measure the feature is made of"},
    [KIND] = {"kind", BM_CELL_TEXT, "", "normalizer that shapes it, or indicator (0 or 1)"},
    [LAMBDA] = {"lambda", BM_CELL_NUMBER, "1", "power of the Yeo-Johnson transform"},
    [LOW] = {"low", BM_CELL_NUMBER, "as the feature", "values below were raised to this"},
    [HIGH] = {"high", BM_CELL_NUMBER, "as the feature", "values above were lowered to this"},
    [FILL] = {"fill", BM_CELL_NUMBER, "as the feature", "missing values are replaced with this"},
    [CENTER] = {"center", BM_CELL_NUMBER, "shaped", "subtracted from the shaped value"},
    [SCALE] = {"scale", BM_CELL_NUMBER, "shaped", "what the difference is divided by"},
    [WEIGHT] = {"weight", BM_CELL_NUMBER, "1",
                "its square root multiplies the result, so it multiplies squared differences"},
};

static double finite_or_missing(double value) {
    return isfinite(value) ? value : NAN;
}

static bm_status fill_row(bm_result *result, size_t j, const bm_feature *feature,
                          const bm_scale *scale, bm_error *err) {
    bm_status status;
    const char *kind =
        feature->kind == BM_FEATURE_INDICATOR ? "indicator" : scale->normalizer->name;
    BM_TRY(bm_result_set_string(result, FEATURE, j, feature->name, err));
    BM_TRY(bm_result_set_string(result, SOURCE, j, feature->source, err));
    BM_TRY(bm_result_set_string(result, KIND, j, kind, err));
    result->column[LAMBDA].number[j] = scale->lambda;
    result->column[LOW].number[j] = finite_or_missing(feature->low);
    result->column[HIGH].number[j] = finite_or_missing(feature->high);
    result->column[FILL].number[j] = finite_or_missing(feature->fill);
    result->column[CENTER].number[j] = scale->center;
    result->column[SCALE].number[j] = scale->scale;
    result->column[WEIGHT].number[j] = scale->weight;
cleanup:
    return status;
}

/* Features without quantiles (indicators) have a row of NaN. */
static bm_status copy_quantiles(const bm_scaling *scaling, double **quantiles, size_t *columns,
                                bm_error *err) {
    size_t q = 0, cells;
    for (size_t j = 0; j < scaling->d; j++)
        if (scaling->feature[j].quantiles > q)
            q = scaling->feature[j].quantiles;
    *columns = q;
    if (q == 0)
        return BM_OK;
    if (!bm_multiply(scaling->d, q, &cells))
        return bm_fail(err, BM_NOMEM, "out of memory: quantiles");
    bm_status status = BM_NEW(quantiles, cells, "quantiles", err);
    if (status != BM_OK)
        return status;
    for (size_t j = 0; j < scaling->d; j++) {
        const bm_scale *scale = &scaling->feature[j];
        for (size_t i = 0; i < q; i++)
            (*quantiles)[j * q + i] = i < scale->quantiles ? scale->quantile[i] : NAN;
    }
    return BM_OK;
}

bm_status bm_scaling_result(const bm_features *features, const bm_scaling *scaling,
                            bm_result *result, double **quantiles, size_t *columns, bm_error *err) {
    bm_status status;
    *quantiles = NULL;
    *columns = 0;
    BM_TRY(bm_result_init(result, "model/transform",
                          "how each feature was normalized: all that placing new buyers needs",
                          headings, COLUMNS, scaling->d, err));
    result->only_hdf5 = 1;
    for (size_t j = 0; j < scaling->d; j++)
        BM_TRY(fill_row(result, j, &features->feature[j], &scaling->feature[j], err));
    BM_TRY(copy_quantiles(scaling, quantiles, columns, err));
    return BM_OK;
cleanup:
    bm_result_free(result);
    return status;
}
