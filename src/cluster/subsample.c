#include "cluster/subsample.h"

#include "base/memory.h"
#include "base/random.h"
#include "data/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A gap between values is filled as far as it is at most so many times as wide as those beside it.
 */
static const double WIDER = 2;

/* The first row of stretch i of m. */
static size_t stretch(size_t n, size_t m, size_t i) {
    return (n / m) * i + (n % m) * i / m;
}

static void copy_row(const bm_features *features, size_t row, bm_features *sample, size_t i) {
    double *place = sample->x + i * sample->d;
    const double *values = bm_row(features, row, place);
    if (values != place)
        memcpy(place, values, sample->d * sizeof *place);
    sample->row_of[i] = features->row_of != NULL ? features->row_of[row] : row;
    if (features->weight != NULL)
        sample->weight[i] = features->weight[row];
}

bm_status bm_subsample(const bm_features *features, size_t most, uint64_t seed, const char *stage,
                       bm_features *sample, bm_error *err) {
    size_t n = features->n, m = n < most ? n : most;
    gsl_rng *rng = NULL;
    bm_status status;
    *sample = (bm_features){0};
    BM_TRY(bm_random_new(&rng, seed, stage, 0, err));
    BM_TRY(bm_features_init(sample, m, features->d, err));
    if (features->weight != NULL)
        BM_TRY(BM_NEW(&sample->weight, m, "a sample of the buyers", err));
    for (size_t i = 0; i < m; i++) {
        size_t first = stretch(n, m, i), rows = stretch(n, m, i + 1) - first;
        size_t drawn = first + (size_t)(gsl_rng_uniform(rng) * (double)rows);
        copy_row(features, drawn, sample, i);
    }
cleanup:
    gsl_rng_free(rng);
    if (status != BM_OK)
        bm_features_free(sample);
    return status;
}

int bm_squares_fit(const bm_features *sample) {
    double largest = 0;
    for (size_t i = 0; i < sample->n * sample->d; i++)
        largest = fmax(largest, fabs(sample->x[i]));
    return largest >= 1e-100 && largest <= 1e100;
}

/* One value of a feature, and the row it is of. */
typedef struct value {
    double x;
    size_t row;
} value;

static int by_value(const void *a, const void *b) {
    const value *left = a, *right = b;
    if (left->x < right->x || left->x > right->x)
        return left->x < right->x ? -1 : 1;
    return (left->row > right->row) - (left->row < right->row);
}

/* The distinct values of a feature. */
typedef struct levels {
    size_t count;
    double *value; /* [count] ascending */
    double *fill;  /* [count − 1] how far the gap above each is filled from either side */
} levels;

static void find_levels(const value *sorted, size_t n, levels *found) {
    found->count = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || sorted[i].x > sorted[i - 1].x)
            found->value[found->count++] = sorted[i].x;
    for (size_t i = 0; i + 1 < found->count; i++) {
        const double *v = found->value + i;
        double fill = v[1] - v[0];
        if (i > 0)
            fill = fmin(fill, WIDER * (v[0] - v[-1]));
        if (i + 2 < found->count)
            fill = fmin(fill, WIDER * (v[2] - v[1]));
        found->fill[i] = fill / 2;
    }
}

static void spread_feature(bm_features *sample, size_t f, const value *sorted, const levels *found,
                           gsl_rng *rng) {
    size_t n = sample->n, level = 0, last = found->count - 1;
    for (size_t begin = 0, end; begin < n; begin = end, level++) {
        double x = sorted[begin].x;
        for (end = begin + 1; end < n && sorted[end].x <= x;)
            end++;
        if (end - begin == 1)
            continue;
        double below = found->fill[level > 0 ? level - 1 : 0];
        double above = found->fill[level < last ? level : last - 1];
        for (size_t i = begin; i < end; i++)
            sample->x[sorted[i].row * sample->d + f] =
                x - below + gsl_rng_uniform(rng) * (below + above);
    }
}

bm_status bm_spread_ties(bm_features *sample, uint64_t seed, int *spread, bm_error *err) {
    gsl_rng *rng = NULL;
    value *sorted = NULL;
    levels found = {0};
    bm_status status;
    *spread = 0;
    BM_TRY(BM_NEW(&sorted, sample->n, "values of a feature", err));
    BM_TRY(BM_NEW(&found.value, sample->n, "values of a feature", err));
    BM_TRY(BM_NEW(&found.fill, sample->n, "values of a feature", err));
    BM_TRY(bm_random_new(&rng, seed, "ties", 0, err));
    for (size_t f = 0; f < sample->d; f++) {
        for (size_t i = 0; i < sample->n; i++)
            sorted[i] = (value){sample->x[i * sample->d + f], i};
        qsort(sorted, sample->n, sizeof *sorted, by_value);
        bm_random_seed(rng, seed, "ties", f);
        find_levels(sorted, sample->n, &found);
        if (found.count > 2 && found.count < sample->n) {
            spread_feature(sample, f, sorted, &found, rng);
            *spread = 1;
        }
    }
cleanup:
    gsl_rng_free(rng);
    free(sorted);
    free(found.value);
    free(found.fill);
    return status;
}
