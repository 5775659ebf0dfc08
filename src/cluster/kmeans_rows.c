/* What k-means needs to know of the rows before it starts, in one pass: an origin in their midst,
 * so that distances do not cancel; how large the values are, which sets the grids of exact sums;
 * and their sum of squares, from which every inertia follows. O(n d). */
#include "base/memory.h"
#include "cluster/kmeans.h"
#include "data/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ORIGIN_ROWS = 1024, CHUNK_ROWS = 16384 };

typedef struct work {
    bm_kmeans *kmeans;
    double *most, *sum, *square; /* [chunks × d] */
} work;

/* Any origin gives the same results; one near the mean proves more labels in single precision. */
static bm_status choose_origin(bm_kmeans *kmeans, bm_error *err) {
    const bm_features *features = kmeans->features;
    size_t d = features->d, rows = features->n < ORIGIN_ROWS ? features->n : ORIGIN_ROWS;
    double *buffer = NULL, *mean = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&buffer, d, "the origin", err));
    BM_TRY(BM_NEW(&mean, d, "the origin", err));
    for (size_t r = 0; r < rows; r++) {
        const double *row = bm_row(features, r * (features->n / rows), buffer);
        for (size_t f = 0; f < d; f++)
            mean[f] += row[f] / (double)rows;
    }
    for (size_t f = 0; f < d; f++) {
        float centre = (float)mean[f];
        kmeans->origin[f] = isfinite(centre) ? centre : 0;
    }
cleanup:
    free(buffer);
    free(mean);
    return status;
}

static void measure_weighted(const bm_kmeans *kmeans, size_t first, size_t count, const double *x,
                             double *most, double *sum, double *square) {
    size_t d = kmeans->features->d;
    for (size_t i = 0; i < count; i++) {
        double weight = kmeans->features->weight[first + i] * kmeans->weight_scale;
        for (size_t f = 0; f < d; f++) {
            double value = x[i * d + f], apart = value - (double)kmeans->origin[f];
            double size = fabs(weight * value);
            most[f] = size > most[f] ? size : most[f];
            sum[f] += apart;
            square[f] += weight * apart * apart;
        }
    }
}

static bm_status measure_chunk(size_t chunk, void *arg, bm_error *err) {
    work *now = arg;
    const bm_kmeans *kmeans = now->kmeans;
    const bm_features *features = kmeans->features;
    size_t d = features->d, first = bm_chunk_begin(chunk, CHUNK_ROWS);
    size_t count = bm_chunk_end(chunk, CHUNK_ROWS, features->n) - first;
    double *most = now->most + chunk * d, *sum = now->sum + chunk * d;
    double *square = now->square + chunk * d;
    if (features->weight != NULL) {
        double *row = kmeans->worker[bm_thread_index()].row;
        for (size_t i = first; i < first + count; i++)
            measure_weighted(kmeans, i, 1, bm_rows_doubles(features, i, 1, row), most, sum, square);
    } else if (bm_rows_are_single(features)) {
        kmeans->kernel->measure_single(bm_rows_at(features, first), count, d, kmeans->origin, most,
                                       sum, square);
    } else {
        kmeans->kernel->measure_double(bm_rows_at(features, first), count, d, kmeans->origin, most,
                                       sum, square);
    }
    return bm_check_interrupt(err);
}

/* Grids for sums of n values up to `most`: every sum of multiples of the coarse one fits a double,
 * and so do the remainders as multiples of the fine one. */
static int set_grids(double most, size_t n, double *coarse, double *fine) {
    enum { LEAST = -960, MANTISSA = 52 };
    int size, count;
    frexp(most, &size); /* most < 2^size */
    frexp((double)n, &count);
    int first = size + count - (MANTISSA - 1);
    first = first < LEAST ? LEAST : first;
    int second = first + count - (MANTISSA - 2);
    second = second < LEAST ? LEAST : second;
    if (first + MANTISSA > 1000)
        return 0;
    *coarse = ldexp(1.5, first + MANTISSA);
    *fine = ldexp(1.5, second + MANTISSA);
    return 1;
}

/* Adds the chunks up, in order. */
static bm_status finish(bm_kmeans *kmeans, const work *now, size_t chunks, bm_error *err) {
    const bm_features *features = kmeans->features;
    size_t d = features->d;
    double n = (double)features->n;
    int fits = set_grids(1, features->n, &kmeans->heft_coarse, &kmeans->heft_fine);
    kmeans->square = kmeans->mean_variance = 0;
    for (size_t f = 0; f < d; f++) {
        double most = 0, sum = 0, square = 0;
        for (size_t chunk = 0; chunk < chunks; chunk++) {
            double here = now->most[chunk * d + f];
            most = here > most ? here : most;
            sum += now->sum[chunk * d + f];
            square += now->square[chunk * d + f];
        }
        fits = fits && isfinite(square) &&
               set_grids(most, features->n, &kmeans->grid.coarse[f], &kmeans->grid.fine[f]);
        kmeans->square += square;
        kmeans->mean_variance += (square - sum / n * sum) / n / (double)d;
    }
    for (size_t f = d; f < kmeans->grid.padded; f++)
        kmeans->grid.coarse[f] = kmeans->grid.fine[f] = 1;
    if (!fits || !isfinite(kmeans->square))
        return bm_fail(err, BM_DATA,
                       "the features are too large to cluster: squared distances overflow; "
                       "normalize them");
    return BM_OK;
}

/* The largest power of two that leaves no weight above 1. */
static double scale_of_weights(const bm_features *features) {
    double most = 0;
    int exponent;
    for (size_t i = 0; features->weight != NULL && i < features->n; i++)
        most = features->weight[i] > most ? features->weight[i] : most;
    if (most <= 0)
        return 1;
    frexp(most, &exponent);
    exponent = exponent < -1020 ? -1020 : exponent;
    return ldexp(1, -exponent);
}

bm_status bm_kmeans_measure(bm_kmeans *kmeans, bm_error *err) {
    const bm_features *features = kmeans->features;
    size_t chunks = bm_chunks(features->n, CHUNK_ROWS), cells;
    work now = {.kmeans = kmeans};
    bm_status status = BM_OK;
    if (!bm_multiply(chunks, features->d, &cells))
        cells = SIZE_MAX;
    kmeans->weight_scale = scale_of_weights(features);
    BM_TRY(BM_NEW(&now.most, cells, "sums of squares", err));
    BM_TRY(BM_NEW(&now.sum, cells, "sums of squares", err));
    BM_TRY(BM_NEW(&now.square, cells, "sums of squares", err));
    BM_TRY(choose_origin(kmeans, err));
    BM_TRY(bm_rows_pass(features, CHUNK_ROWS, measure_chunk, &now, err));
    status = finish(kmeans, &now, chunks, err);
cleanup:
    free(now.most);
    free(now.sum);
    free(now.square);
    return status;
}
