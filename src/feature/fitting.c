/* Missing values and outliers: what each column is filled with and clipped to.
 *
 * All figures are taken over the values there are in the rows of the matrix: the median and the
 * winsorizing limits are type-7 quantiles, the mean is plain. A value is filled first, clipped
 * then; indicators are filled like numbers (a mean is the share of the category) and never
 * clipped. O(rows log rows) a column that needs quantiles, else O(rows); 8 bytes a row for each
 * column in work that needs them. */
#include "feature/candidates.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/statistics.h"
#include "data/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct fitting {
    bm_candidate *candidate;
    const bm_sources *sources;
    const size_t *row_of;
    size_t rows;
    bm_missing missing;
    double winsorize;
} fitting;

/* How many rows from `first` on are read at once. */
static size_t block_at(const fitting *f, size_t first) {
    return f->rows - first < BM_VALUES_BLOCK ? f->rows - first : BM_VALUES_BLOCK;
}

static bm_status read_block(const fitting *f, const bm_candidate *candidate, size_t first,
                            double *block, bm_error *err) {
    return bm_values_read(&f->sources->source[candidate->source].values, f->row_of, first,
                          block_at(f, first), block, err);
}

/* Else with the median: under `error` and `drop` only what is described has anything to fill. */
static int fills_with_mean(const fitting *f) {
    return f->missing == BM_MISSING_MEAN || f->missing == BM_MISSING_PAIRWISE;
}

/* Under `median`, `mean` and `pairwise` every clustered column has a fill, for the buyers to come.
 */
static int is_filled(const fitting *f, const bm_candidate *candidate) {
    int by_policy = f->missing == BM_MISSING_MEDIAN || fills_with_mean(f);
    return candidate->missing > 0 || (candidate->clustered && by_policy);
}

static double clip(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

static double mean_of(const double *x, size_t n) {
    double mean, sd;
    bm_mean_sd(x, 1, NULL, n, &mean, &sd);
    return mean;
}

/* The values there are, of a number that misses so many. */
static bm_status gather(const fitting *f, const bm_candidate *candidate, double **values, size_t *n,
                        bm_error *err) {
    double block[BM_VALUES_BLOCK], *x = NULL;
    bm_status status = BM_NEW(&x, f->rows - candidate->missing, "filling missing values", err);
    *values = x;
    *n = 0;
    for (size_t first = 0, count; first < f->rows && status == BM_OK; first += count) {
        count = block_at(f, first);
        status = read_block(f, candidate, first, block, err);
        for (size_t i = 0; i < count && status == BM_OK; i++) {
            if (isfinite(block[i]))
                x[(*n)++] = block[i];
        }
    }
    return status;
}

/* Fill and winsorizing limits of a number, from the values there are. */
static bm_status fit_values(const fitting *f, bm_candidate *candidate, bm_error *err) {
    int filled = is_filled(f, candidate);
    size_t n = 0;
    double *x = NULL;
    bm_status status;
    BM_TRY(gather(f, candidate, &x, &n, err));
    if (filled && fills_with_mean(f))
        candidate->fill = mean_of(x, n);
    if (f->winsorize > 0 || !fills_with_mean(f))
        bm_sort(x, n);
    if (filled && !fills_with_mean(f))
        candidate->fill = bm_quantile(x, n, 0.5);
    if (f->winsorize > 0) {
        candidate->low = bm_quantile(x, n, f->winsorize);
        candidate->high = bm_quantile(x, n, 1.0 - f->winsorize);
    }
    if (filled)
        candidate->fill = clip(candidate->fill, candidate->low, candidate->high);
cleanup:
    free(x);
    return status;
}

static bm_status fit_number(const fitting *f, bm_candidate *candidate, bm_error *err) {
    double smallest = INFINITY, largest = -INFINITY, block[BM_VALUES_BLOCK];
    for (size_t first = 0, count; first < f->rows; first += count) {
        bm_status status = read_block(f, candidate, first, block, err);
        if (status != BM_OK)
            return status;
        count = block_at(f, first);
        for (size_t i = 0; i < count; i++) {
            if (!isfinite(block[i])) {
                candidate->missing++;
                continue;
            }
            smallest = block[i] < smallest ? block[i] : smallest;
            largest = block[i] > largest ? block[i] : largest;
        }
    }
    if (candidate->missing == f->rows)
        return BM_OK;
    if (is_filled(f, candidate) || f->winsorize > 0) {
        bm_status status = fit_values(f, candidate, err);
        if (status != BM_OK)
            return status;
    }
    smallest = clip(smallest, candidate->low, candidate->high);
    largest = clip(largest, candidate->low, candidate->high);
    candidate->constant =
        smallest == largest && (candidate->missing == 0 || candidate->fill == smallest);
    return BM_OK;
}

/* The type-7 median of so many zeros and ones. */
static double median_of_indicator(size_t zeros, size_t ones) {
    size_t n = zeros + ones;
    double low = (n - 1) / 2 >= zeros, high = n / 2 >= zeros;
    return (low + high) / 2;
}

static void fit_indicator(const fitting *f, bm_candidate *candidate) {
    const int32_t *code = f->sources->source[candidate->source].code;
    size_t zeros = 0, ones = 0;
    for (size_t i = 0; i < f->rows; i++) {
        int32_t value = code[f->row_of != NULL ? f->row_of[i] : i];
        ones += value == candidate->code;
        zeros += value >= 0 && value != candidate->code;
    }
    size_t n = zeros + ones;
    candidate->missing = f->rows - n;
    if (n == 0)
        return;
    if (is_filled(f, candidate))
        candidate->fill =
            fills_with_mean(f) ? (double)ones / (double)n : median_of_indicator(zeros, ones);
    double first = ones > 0;
    candidate->constant =
        (zeros == 0 || ones == 0) && (candidate->missing == 0 || candidate->fill == first);
}

static bm_status fit_chunk(size_t chunk, void *arg, bm_error *err) {
    const fitting *f = arg;
    bm_candidate *candidate = &f->candidate[chunk];
    bm_status status = BM_OK;
    if (candidate->code < 0)
        status = fit_number(f, candidate, err);
    else
        fit_indicator(f, candidate);
    return status == BM_OK ? bm_check_interrupt(err) : status;
}

/* Every thread may hold the values of one column. */
static bm_status require_memory(size_t rows, size_t columns, const bm_context *context,
                                bm_error *err) {
    size_t threads = (size_t)bm_threads(), bytes;
    if (!bm_multiply(rows, (threads < columns ? threads : columns) * sizeof(double), &bytes))
        bytes = SIZE_MAX;
    return bm_require_memory(context, bytes, "filling missing values", err);
}

/* Puts clustered ones first, without changing the order otherwise, and drops those without any
 * value. */
static bm_status settle_order(bm_candidates *candidates, size_t rows, bm_error *err) {
    bm_candidate *settled = NULL;
    size_t count = 0;
    bm_status status = BM_NEW(&settled, candidates->count, "features", err);
    if (status != BM_OK)
        return status;
    for (int clustered = 1; clustered >= 0; clustered--) {
        for (size_t i = 0; i < candidates->count; i++) {
            const bm_candidate *candidate = &candidates->candidate[i];
            if (candidate->clustered == clustered && candidate->missing < rows)
                settled[count++] = *candidate;
        }
    }
    free(candidates->candidate);
    candidates->candidate = settled;
    candidates->reserved = candidates->count;
    candidates->count = count;
    return BM_OK;
}

static void drop_constants(bm_candidates *candidates, const bm_sources *sources, bm_log *log) {
    for (size_t i = 0; i < candidates->count; i++) {
        bm_candidate *candidate = &candidates->candidate[i];
        const bm_source *source = &sources->source[candidate->source];
        if (!candidate->clustered || !candidate->constant)
            continue;
        candidate->clustered = 0;
        int number = candidate->code < 0;
        bm_warn(log, "\"%s%s%s\" is the same for all buyers and is not clustered on", source->name,
                number ? "" : "=",
                number ? "" : bm_dictionary_string(source->words, candidate->code));
    }
}

bm_status bm_candidates_fit(bm_candidates *candidates, const bm_sources *sources,
                            const size_t *row_of, size_t rows, const bm_feature_options *options,
                            const bm_context *context, bm_error *err) {
    fitting f = {.candidate = candidates->candidate,
                 .sources = sources,
                 .row_of = row_of,
                 .rows = rows,
                 .missing = options->missing,
                 .winsorize = options->winsorize};
    bm_status status;
    BM_TRY(require_memory(rows, candidates->count, context, err));
    BM_TRY(bm_parallel_for(candidates->count, fit_chunk, &f, err));
    if (!options->keep_constant)
        drop_constants(candidates, sources, context->log);
    BM_TRY(settle_order(candidates, rows, err));
cleanup:
    return status;
}
