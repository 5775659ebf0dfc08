/* k-means++ (Arthur & Vassilvitskii, SODA 2007) with greedy trials, as scikit-learn has it: each
 * further centroid is the best of 2 + ⌊ln k⌋ rows drawn with probability weight × squared distance
 * to the nearest centroid so far; best is the least sum of weighted squared distances left, ties to
 * the earlier trial. Distances are taken in the precision of the matrix, sums in double.
 *
 * One pass over the rows a centroid: it takes the last one into account, evaluates all trials for
 * the next while the rows are at hand, and leaves the sums of the best one by cell, so that rows
 * can be drawn before the next pass: the cell by those sums, the row within after the distances of
 * this cell alone are brought up to date. O(n k d log k) time; memory: a distance a row. Sums are
 * taken by cell and added in their order: the same for any number of threads. */
#include "cluster/kmeans_start.h"

#include "base/memory.h"
#include "buyermap/context.h"
#include "cluster/distinct.h"
#include "data/rows.h"
#include "kernel/potential.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_CHUNK_ROWS = 16384,
    CHUNK_BYTES = 1 << 20,
    ROWS_BETWEEN_INTERRUPTS = 65536,
    MOST_CANDIDATES = 12, /* of k-means||, a centroid; 10 are expected */
};

/* One pass: what the kernel does, and where its sums of each cell go. */
typedef struct pass {
    bm_starter *starter;
    bm_potential_step step;
    bm_potential_function kernel;
    int fresh;
    int32_t *label; /* [n] or NULL */
    double *sums;   /* [cells × width] */
    size_t width;
} pass;

size_t bm_starter_trials(size_t k) {
    size_t trials = 2 + (k > 1 ? (size_t)log((double)k) : 0);
    return trials < BM_MOST_TRIALS ? trials : BM_MOST_TRIALS;
}

static size_t chunk_rows(size_t d) {
    size_t rows = CHUNK_BYTES / sizeof(double) / d / BM_CELL_ROWS * BM_CELL_ROWS;
    if (rows > MOST_CHUNK_ROWS)
        return MOST_CHUNK_ROWS;
    return rows > 0 ? rows : BM_CELL_ROWS;
}

bm_status bm_starter_init(bm_starter *starter, const bm_features *features, size_t k_high,
                          int32_t *label, bm_error *err) {
    size_t n = features->n, d = features->d, trials = bm_starter_trials(k_high);
    int single = bm_rows_are_single(features);
    *starter = (bm_starter){.features = features,
                            .k_high = k_high,
                            .value = single ? sizeof(float) : sizeof(double),
                            .chunk_rows = chunk_rows(d),
                            .cells = bm_chunks(n, BM_CELL_ROWS),
                            .label = label};
    size_t row = 0, centres = 0;
    bm_status status = BM_OK;
    if (!bm_multiply(d, starter->value, &row) || !bm_multiply(row, k_high, &centres))
        return bm_fail(err, BM_NOMEM, "out of memory: %zu centroids of %zu features", k_high, d);
    BM_TRY(bm_new_aligned(&starter->distance, n, starter->value, "distances", err));
    if (label == NULL) {
        BM_TRY(BM_NEW_ALIGNED(&starter->own_label, n, "labels", err));
        starter->label = starter->own_label;
    }
    BM_TRY(bm_new_aligned(&starter->centre, centres, 1, "centroids", err));
    BM_TRY(bm_new_aligned(&starter->trial, trials, row, "trials", err));
    BM_TRY(BM_NEW(&starter->row, d, "a row", err));
    BM_TRY(BM_NEW(&starter->left, starter->cells, "sums of cells", err));
    BM_TRY(BM_NEW(&starter->tried, starter->cells * trials, "sums of trials", err));
cleanup:
    if (status != BM_OK)
        bm_starter_free(starter);
    return status;
}

/* Bytes of a starter itself. */
static int count_memory(size_t n, size_t d, size_t k_high, size_t value, size_t *total) {
    size_t rows = 0, sums = 0, cells = 0, trials = bm_starter_trials(k_high);
    return bm_multiply(n, value, &rows) &&
           bm_multiply(bm_chunks(n, BM_CELL_ROWS), (trials + 1) * sizeof(double), &sums) &&
           bm_add(k_high, trials + 2, &cells) && bm_multiply(cells, d, &cells) &&
           bm_multiply(cells, value, &cells) && bm_add(rows, sums, total) &&
           bm_add(*total, cells, total);
}

size_t bm_starter_memory(size_t n, size_t d, size_t k_high, int single, int own_label) {
    size_t value = single ? sizeof(float) : sizeof(double);
    size_t candidates = 0, total = 0, theirs = 0, means = 0, labels = 0;
    int fits = count_memory(n, d, k_high, value, &total) &&
               bm_multiply(n, own_label ? sizeof(int32_t) : 0, &labels) &&
               bm_add(total, labels, &total);
    /* Those of k-means||: their values twice, rows, weights and labels; means and sums. */
    if (!bm_multiply(k_high, MOST_CANDIDATES, &candidates) || candidates > n)
        candidates = n;
    fits = fits && count_memory(candidates, d, k_high, value, &theirs) &&
           bm_add(total, theirs, &total) && bm_multiply(d, 2 * value, &theirs) &&
           bm_add(theirs, 32, &theirs) && bm_multiply(theirs, candidates, &theirs) &&
           bm_add(total, theirs, &total) && bm_multiply(k_high, 2 * sizeof(double), &means) &&
           bm_multiply(means, d + 1, &means) && bm_add(total, means, &total);
    return fits ? total : SIZE_MAX;
}

void bm_starter_free(bm_starter *starter) {
    free(starter->distance);
    free(starter->own_label);
    free(starter->centre);
    free(starter->trial);
    free(starter->row);
    free(starter->left);
    free(starter->tried);
    *starter = (bm_starter){0};
}

void bm_starter_round(const bm_starter *starter, const double *values, size_t count, void *out) {
    if (starter->value == sizeof(double)) {
        memcpy(out, values, count * sizeof *values);
        return;
    }
    float *value = out;
    for (size_t i = 0; i < count; i++)
        value[i] = (float)values[i];
}

/* Row `row` of the matrix, into place `at` of `rows`. */
static void fetch(bm_starter *starter, size_t row, void *rows, size_t at) {
    size_t d = starter->features->d;
    bm_starter_round(starter, bm_row(starter->features, row, starter->row), d,
                     (char *)rows + at * d * starter->value);
}

static bm_potential_function kernel_for(const bm_starter *starter) {
    const bm_potential_kernel *kernel = bm_potential();
    return starter->value == sizeof(float) ? kernel->of_floats : kernel->of_doubles;
}

/* Rows of a cell as the kernel takes them, with their labels or without. */
static bm_potential_rows rows_of(const bm_starter *starter, size_t cell, const void *x,
                                 int32_t *label) {
    const bm_features *features = starter->features;
    size_t first = cell * BM_CELL_ROWS;
    return (bm_potential_rows){
        .x = x,
        .rows = bm_chunk_end(cell, BM_CELL_ROWS, features->n) - first,
        .distance = (char *)starter->distance + first * starter->value,
        .label = label != NULL ? label + first : NULL,
        .weight = features->weight != NULL ? features->weight + first : NULL,
    };
}

static void forget(const bm_starter *starter, const bm_potential_rows *rows) {
    for (size_t i = 0; i < rows->rows; i++) {
        if (starter->value == sizeof(float))
            ((float *)rows->distance)[i] = INFINITY;
        else
            ((double *)rows->distance)[i] = INFINITY;
        if (rows->label != NULL)
            rows->label[i] = 0;
    }
}

static bm_status pass_chunk(size_t chunk, void *arg, bm_error *err) {
    const pass *now = arg;
    const bm_starter *starter = now->starter;
    const bm_features *features = starter->features;
    size_t begin = bm_chunk_begin(chunk, starter->chunk_rows);
    size_t end = bm_chunk_end(chunk, starter->chunk_rows, features->n);
    const char *x = bm_rows_at(features, begin);
    for (size_t i = begin; i < end; i += BM_CELL_ROWS) {
        size_t cell = i / BM_CELL_ROWS;
        const bm_potential_rows rows =
            rows_of(starter, cell, x + (i - begin) * features->d * starter->value, now->label);
        if (now->fresh)
            forget(starter, &rows);
        now->kernel(&now->step, &rows, now->sums + cell * now->width);
    }
    return bm_check_interrupt(err);
}

static bm_status run_pass(pass *now, bm_error *err) {
    now->kernel = kernel_for(now->starter);
    now->sums = now->step.trials > 0 ? now->starter->tried : now->starter->left;
    now->width = now->step.trials > 0 ? now->step.trials : 1;
    return bm_rows_pass(now->starter->features, now->starter->chunk_rows, pass_chunk, now, err);
}

bm_status bm_starter_fold(bm_starter *starter, const void *fold, size_t folds, size_t first,
                          int fresh, int32_t *label, bm_error *err) {
    pass now = {
        .starter = starter,
        .step = {starter->features->d, fold, folds, (int32_t)first, NULL, 0},
        .fresh = fresh,
        .label = label,
    };
    return run_pass(&now, err);
}

double bm_starter_potential(const bm_starter *starter) {
    double total = 0;
    for (size_t cell = 0; cell < starter->cells; cell++)
        total += starter->left[cell];
    return total;
}

/* What row i counts for in a draw. */
double bm_starter_part(const bm_starter *starter, size_t i) {
    double distance = starter->value == sizeof(float) ? (double)((float *)starter->distance)[i]
                                                      : ((double *)starter->distance)[i];
    return bm_weight_of(starter->features->weight, i) * distance;
}

/* Brings the distances of one cell up to date with a centroid that the next pass will fold. */
static bm_status refresh(bm_starter *starter, size_t cell, const bm_potential_step *pending,
                         bm_error *err) {
    const bm_features *features = starter->features;
    size_t first = bm_chunk_begin(cell, BM_CELL_ROWS);
    double sum;
    bm_potential_step fold = *pending;
    fold.trials = 0;
    if (fold.folds == 0)
        return BM_OK;
    bm_status status =
        bm_rows_hold(features, first, bm_chunk_end(cell, BM_CELL_ROWS, features->n) - first, err);
    if (status != BM_OK)
        return status;
    const bm_potential_rows rows = rows_of(starter, cell, bm_rows_at(features, first), NULL);
    kernel_for(starter)(&fold, &rows, &sum);
    return BM_OK;
}

/* The row at which the running sum of weight × distance passes a share of the whole, which is more
 * than 0: the cell by the sums of cells, then the row within. Only rows whose part is more than 0
 * are drawn, so none that equals a centroid. */
static bm_status draw(bm_starter *starter, double share, double total,
                      const bm_potential_step *pending, size_t *drawn, bm_error *err) {
    double target = share * fmin(total, DBL_MAX), sum = 0;
    size_t cell = 0;
    for (size_t c = 0; c < starter->cells; c++) {
        if (!(starter->left[c] > 0))
            continue;
        cell = c; /* the last one also when rounding leaves the sum short */
        if (sum + starter->left[c] > target)
            break;
        sum += starter->left[c];
    }
    bm_status status = refresh(starter, cell, pending, err);
    size_t end = bm_chunk_end(cell, BM_CELL_ROWS, starter->features->n);
    *drawn = bm_chunk_begin(cell, BM_CELL_ROWS);
    for (size_t i = *drawn; i < end && status == BM_OK; i++) {
        double part = bm_starter_part(starter, i);
        if (!(part > 0))
            continue;
        *drawn = i;
        sum += part;
        if (sum > target)
            break;
    }
    return status;
}

size_t bm_starter_first_row(const bm_starter *starter, gsl_rng *rng) {
    const bm_features *features = starter->features;
    double share = gsl_rng_uniform(rng), total = 0, sum = 0;
    if (features->weight == NULL)
        return (size_t)(share * (double)features->n);
    for (size_t i = 0; i < features->n; i++)
        total += features->weight[i];
    size_t row = 0;
    while (row + 1 < features->n && sum + features->weight[row] <= share * total)
        sum += features->weight[row++];
    return row;
}

/* Makes a row the centroid at index j. */
static void take(bm_starter *starter, size_t row, size_t j, double *centroid) {
    size_t d = starter->features->d;
    memcpy(centroid + j * d, bm_row(starter->features, row, starter->row), d * sizeof *centroid);
    fetch(starter, row, starter->centre, j);
}

bm_status bm_starter_too_few(size_t distinct, size_t k, bm_error *err) {
    return bm_fail(err, BM_DEGENERATE, "only %zu distinct buyers for k = %zu", distinct, k);
}

/* The first row from `from` on whose value is none of `count` centroids; n when there is
 * none. For when all distances left are 0 or round to it. */
static bm_status find_other_row(bm_starter *starter, size_t from, const double *centroid,
                                size_t count, size_t *found, bm_error *err) {
    size_t d = starter->features->d, n = starter->features->n;
    for (*found = from; *found < n; ++*found) {
        const double *row = bm_row(starter->features, *found, starter->row);
        size_t j = 0;
        while (j < count && !bm_same_row(row, centroid + j * d, d))
            j++;
        if (j == count)
            break;
        if (*found % ROWS_BETWEEN_INTERRUPTS == 0) {
            bm_status status = bm_check_interrupt(err);
            if (status != BM_OK)
                return status;
        }
    }
    return BM_OK;
}

/* Evaluates the trials of a step in one pass; the best one's sums become those of what is left. */
static bm_status try_rows(bm_starter *starter, const bm_potential_step *step, size_t *best,
                          bm_error *err) {
    pass now = {.starter = starter, .step = *step};
    bm_status status = run_pass(&now, err);
    double least = INFINITY;
    *best = 0;
    if (status != BM_OK)
        return status;
    for (size_t trial = 0; trial < step->trials; trial++) {
        double left = 0;
        for (size_t cell = 0; cell < starter->cells; cell++)
            left += starter->tried[cell * step->trials + trial];
        if (left < least) {
            least = left;
            *best = trial;
        }
    }
    for (size_t cell = 0; cell < starter->cells; cell++)
        starter->left[cell] = starter->tried[cell * step->trials + *best];
    return BM_OK;
}

/* Draws the trials of a step by what is left, and gives the best row. */
static bm_status best_row(bm_starter *starter, bm_potential_step *step, double total, gsl_rng *rng,
                          size_t *row, bm_error *err) {
    size_t tried[BM_MOST_TRIALS], best = 0;
    bm_status status = BM_OK;
    for (size_t trial = 0; trial < step->trials; trial++) {
        BM_TRY(draw(starter, gsl_rng_uniform(rng), total, step, &tried[trial], err));
        fetch(starter, tried[trial], starter->trial, trial);
    }
    BM_TRY(try_rows(starter, step, &best, err));
    *row = tried[best];
cleanup:
    return status;
}

bm_status bm_starter_plus_plus(bm_starter *starter, size_t k, gsl_rng *rng, double *centroid,
                               bm_error *err) {
    size_t d = starter->features->d, row_bytes = d * starter->value, searched = 0, row;
    bm_status status = BM_OK;
    bm_potential_step step = {.d = d, .trial = starter->trial, .trials = bm_starter_trials(k)};
    take(starter, bm_starter_first_row(starter, rng), 0, centroid);
    BM_TRY(bm_starter_fold(starter, starter->centre, 1, 0, 1, NULL, err));
    for (size_t j = 1; j < k; j++) {
        double total = bm_starter_potential(starter);
        if (total > 0) {
            BM_TRY(best_row(starter, &step, total, rng, &row, err));
        } else {
            /* Rows before the last one found equal centroids. */
            BM_TRY(find_other_row(starter, searched, centroid, j, &searched, err));
            row = searched;
            if (row == starter->features->n)
                return bm_starter_too_few(j, k, err);
        }
        take(starter, row, j, centroid);
        step.fold = (const char *)starter->centre + j * row_bytes;
        step.folds = 1;
        step.first = (int32_t)j;
    }
    BM_TRY(bm_rows_check(starter->features, err));
cleanup:
    return status;
}
