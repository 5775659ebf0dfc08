/* Fits and applies one normalizer to all numbers, and scales the category columns to them
 * (categories.c). A column is fitted by one thread; the rows are then transformed block by block,
 * which is kind to memory in row-major order. */
#include "normalize/normalize.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/statistics.h"
#include "data/rows.h"
#include "data/values.h"
#include "normalize/categories.h"
#include "normalize/normalizers.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 4096, CELLS = 1 << 16, FEWEST_ROWS = 16 };

typedef struct work {
    const bm_features *features;
    const bm_normalizer *normalizer;
    bm_scaling *scaling;
    int keep_constant;
    size_t first;     /* column that the first chunk fits */
    double *variance; /* [d] of each number once it is normalized, without its feature weight; NULL:
                         nobody asks */
} work;

/* What turns a view into a matrix. */
typedef struct placing {
    const bm_features *view;
    bm_features *matrix;
    const bm_scaling *scaling;
    size_t rows;   /* a chunk */
    double *block; /* [threads × rows × d] */
} placing;

/* Equal values reach a fit only where there is nothing to tell apart, with one segment: they become
 * zeros. */
static int is_constant(const double *x, size_t n) {
    for (size_t i = 1; i < n; i++) {
        if (x[i] != x[0])
            return 0;
    }
    return 1;
}

/* Variance of the column under its fitted transform; the column is overwritten. */
static double variance_of(double *column, const bm_features *features, const bm_scale *scale) {
    double mean, sd;
    for (size_t i = 0; i < features->n; i++)
        column[i] = (scale->normalizer->shape(scale, column[i]) - scale->center) / scale->scale;
    bm_mean_sd(column, 1, features->weight, features->n, &mean, &sd);
    return sd * sd;
}

static bm_status fit_column(const work *w, size_t j, bm_scale *scale, bm_error *err) {
    const bm_features *features = w->features;
    double *column = NULL;
    bm_status status;
    /* Several passes over a strided column cost more than one that gathers it. */
    BM_TRY(BM_NEW(&column, features->n, "a feature's values", err));
    BM_TRY(bm_features_column(features, j, 0, features->n, column, err));
    if (w->keep_constant && is_constant(column, features->n)) {
        scale->normalizer = &bm_none;
        scale->center = column[0];
        goto cleanup;
    }
    BM_TRY(scale->normalizer->fit(column, features->n, 1, features->weight, scale, err));
    if (w->variance != NULL)
        w->variance[j] = variance_of(column, features, scale);
cleanup:
    free(column);
    return status;
}

static bm_status fit_feature(size_t chunk, void *arg, bm_error *err) {
    const work *w = arg;
    size_t j = w->first + chunk;
    const bm_feature *feature = &w->features->feature[j];
    bm_scale *scale = &w->scaling->feature[j];
    int indicator = feature->kind == BM_FEATURE_INDICATOR;
    *scale = (bm_scale){.normalizer = indicator ? &bm_none : w->normalizer,
                        .lambda = NAN,
                        .scale = 1,
                        .weight = feature->weight};
    bm_status status = bm_check_interrupt(err);
    if (status != BM_OK)
        return status;
    if (!(feature->weight > 0) || !isfinite(feature->weight))
        return bm_fail(err, BM_JOB,
                       "feature \"%s\" has the weight %g; weights are above 0 (to leave a feature "
                       "out, do not use it)",
                       feature->name, feature->weight);
    if (indicator)
        return BM_OK;
    bm_error why = {0};
    status = fit_column(w, j, scale, &why);
    if (status == BM_DEGENERATE || status == BM_DATA)
        return bm_fail(err, status, "feature \"%s\": %s", feature->name, why.message);
    if (status != BM_OK && err != NULL)
        *err = why;
    return status;
}

static bm_status not_finite(const bm_feature *feature, const bm_scale *scale, double x,
                            const char *where, bm_error *err) {
    return bm_fail(err, BM_DATA,
                   "feature \"%s\": %.6g becomes no finite number under %s%s; give the column in "
                   "another unit",
                   feature->name, x, scale->normalizer->name, where);
}

/* Values of one feature into theirs of normalized rows, which are stride apart. */
static bm_status transform(const bm_feature *feature, const bm_scale *scale, int single, size_t n,
                           const double *x, double *z, size_t stride, bm_error *err) {
    for (size_t i = 0; i < n; i++) {
        double value = bm_scale_apply(scale, x[i]);
        if (!isfinite(value))
            return not_finite(feature, scale, x[i], "", err);
        if (single && !isfinite((float)value))
            return not_finite(feature, scale, x[i], " in single precision", err);
        z[i * stride] = value;
    }
    return BM_OK;
}

static bm_status place_rows(size_t chunk, void *arg, bm_error *err) {
    const placing *p = arg;
    size_t d = p->view->d, first = bm_chunk_begin(chunk, p->rows);
    size_t count = bm_chunk_end(chunk, p->rows, p->view->n) - first;
    double *block = p->block + (size_t)bm_thread_index() * p->rows * d, column[ROWS];
    bm_status status = bm_check_interrupt(err);
    for (size_t j = 0; j < d && status == BM_OK; j++) {
        status = bm_features_column(p->view, j, first, count, column, err);
        if (status == BM_OK)
            status = transform(&p->view->feature[j], &p->scaling->feature[j],
                               bm_rows_are_single(p->matrix), count, column, block + j, d, err);
    }
    return status == BM_OK ? bm_rows_put(p->matrix, first, count, block, err) : status;
}

/* Rows that are transformed at once: few where they are wide. */
static size_t rows_of_chunk(size_t d) {
    size_t rows = CELLS / (d > 0 ? d : 1);
    return rows < FEWEST_ROWS ? FEWEST_ROWS : rows > ROWS ? ROWS : rows;
}

bm_status bm_normalize_into(bm_features *features, const bm_scaling *scaling, int single,
                            const char *path, const bm_context *context, bm_error *err) {
    bm_features view = *features;
    placing p = {
        .view = &view, .matrix = features, .scaling = scaling, .rows = rows_of_chunk(features->d)};
    size_t cells = 0, bytes = 0;
    bm_status status;
    int is_view = features->values != NULL;
    if (!bm_multiply(p.rows * (size_t)bm_threads(), features->d, &cells) ||
        !bm_multiply(is_view && path == NULL ? features->n : 0, features->d, &bytes) ||
        !bm_multiply(bytes, single ? sizeof(float) : sizeof(double), &bytes))
        bytes = SIZE_MAX;
    BM_TRY(bm_require_memory(context, bytes, "the feature matrix", err));
    BM_TRY(BM_NEW(&p.block, cells, "a block of rows", err));
    if (is_view)
        BM_TRY(bm_rows_new(features, single, path, err));
    BM_TRY(bm_parallel_for(bm_chunks(features->n, p.rows), place_rows, &p, err));
    free(features->values);
    features->values = NULL;
cleanup:
    free(p.block);
    return status;
}

/* A feature that stays in its own unit may outweigh all others: that is to be known. */
static void warn_of_unscaled(const bm_features *features, const bm_scaling *scaling, bm_log *log) {
    for (size_t j = 0; j < scaling->d; j++) {
        if (scaling->feature[j].unscaled)
            bm_warn(
                log,
                "\"%s\": at least half of its values are equal, so its interquartile range is 0 "
                "and it is centred but not scaled; zscore, log1p or quantile would scale it",
                features->feature[j].name);
    }
}

/* What the numbers vary on average, those left out that do not vary (with one segment they may
 * stay); 0 without numbers. */
static double mean_variance(const double *variance, size_t d) {
    double sum = 0;
    size_t numbers = 0;
    for (size_t j = 0; j < d; j++) {
        sum += variance[j];
        numbers += variance[j] > 0;
    }
    return numbers > 0 ? sum / (double)numbers : 0;
}

/* How much a difference may count beside a number before it is worth a warning: where in each
 * category 99 % of the buyers have the same value, it is more. */
static const double far_apart = 10;

/* A category of which that holds is no matter beside others that are even. */
static void warn_of_rare_values(const bm_categories *categories, bm_log *log) {
    if (!(bm_categories_difference(categories) > far_apart))
        return;
    for (size_t i = 0; i < categories->count; i++) {
        const bm_category *category = &categories->category[i];
        if (!(bm_category_difference(categories, category) > far_apart))
            continue; /* its feature weight sees to it */
        bm_warn(log,
                "categories (as \"%.80s\"): nearly all buyers have the same values, so the few "
                "others stand far apart and may become a segment of their own; give such columns a "
                "weight below 1 (features.weights in a job file) or leave them out",
                category->source);
        return;
    }
}

static bm_status scale_categories(const work *w, const bm_categories *categories, bm_log *log,
                                  bm_error *err) {
    if (categories->count == 0)
        return BM_OK;
    double numbers = mean_variance(w->variance, w->features->d);
    double variance = numbers > 0 ? numbers : 1;
    char text[BM_CATEGORIES_TEXT];
    bm_categories_tell(categories, variance, numbers > 0, text);
    if (text[0] != 0)
        bm_info(log, "%s", text);
    if (numbers > 0)
        warn_of_rare_values(categories, log);
    return bm_categories_scale(categories, variance, w->scaling, err);
}

/* Each thread gathers its column, and most fits shape or sort a copy of it. Where there is no room
 * for that, fewer columns are fitted at a time. */
static bm_status plan_fits(size_t n, size_t d, const bm_context *context, size_t *at_once,
                           bm_error *err) {
    size_t threads = (size_t)bm_threads(), bytes;
    if (!bm_multiply(n, 2 * sizeof(double), &bytes))
        bytes = SIZE_MAX;
    bm_status status = bm_require_memory(context, bytes, "normalizing the features", err);
    if (status != BM_OK)
        return status;
    *at_once = d;
    size_t limit = context != NULL ? context->memory_limit : 0;
    size_t fit = limit > 0 && bytes > 0 ? (limit - context->held) / bytes : threads;
    if (fit < threads && fit < d)
        *at_once = fit;
    return BM_OK;
}

bm_status bm_normalize_fit(const bm_features *features, const bm_normalizer *normalizer,
                           int keep_constant, const bm_context *context, bm_scaling *scaling,
                           bm_error *err) {
    bm_status status = BM_OK;
    size_t d = features->d, at_once = d;
    bm_log *log = context != NULL ? context->log : NULL;
    bm_categories categories = {0};
    work w = {.features = features,
              .normalizer = normalizer,
              .scaling = scaling,
              .keep_constant = keep_constant};
    *scaling = (bm_scaling){0};
    if (d > 0 && features->n == 0)
        return bm_fail(err, BM_DEGENERATE, "there are no buyers to normalize");
    BM_TRY(plan_fits(features->n, d, context, &at_once, err));
    BM_TRY(bm_categories_measure(features, &categories, err));
    if (categories.count > 0)
        BM_TRY(BM_NEW(&w.variance, d, "the scaling", err));
    BM_TRY(BM_NEW(&scaling->feature, d, "the scaling", err));
    scaling->d = d;
    for (; w.first < d; w.first += at_once)
        BM_TRY(
            bm_parallel_for(d - w.first < at_once ? d - w.first : at_once, fit_feature, &w, err));
    warn_of_unscaled(features, scaling, log);
    BM_TRY(scale_categories(&w, &categories, log, err));
cleanup:
    bm_categories_free(&categories);
    free(w.variance);
    if (status != BM_OK)
        bm_scaling_free(scaling);
    return status;
}

bm_status bm_normalize(bm_features *features, const bm_normalizer *normalizer, int keep_constant,
                       const bm_context *context, bm_scaling *scaling, bm_error *err) {
    bm_status status = bm_normalize_fit(features, normalizer, keep_constant, context, scaling, err);
    if (status != BM_OK)
        return status;
    status = bm_normalize_into(features, scaling, 0, NULL, context, err);
    if (status != BM_OK)
        bm_scaling_free(scaling);
    return status;
}
