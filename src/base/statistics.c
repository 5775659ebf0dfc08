#include "base/statistics.h"

#include "base/memory.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_version.h>
#include <math.h>
#include <stdlib.h>

void bm_statistics_start(void) {
    gsl_set_error_handler_off();
}

const char *bm_statistics_version(void) {
    return "GSL " GSL_VERSION;
}

void bm_mean_sd(const double *x, size_t stride, const double *weight, size_t n, double *mean,
                double *sd) {
    double sum = 0, total = 0;
    for (size_t i = 0; i < n; i++) {
        double w = weight != NULL ? weight[i] : 1.0;
        sum += w * x[i * stride];
        total += w;
    }
    /* The second pass mends the mean: data whose mean is many digits larger than its spread lose
     * those digits in the first sum (NIST NumAcc). */
    double first = sum / total, correction = 0;
    for (size_t i = 0; i < n; i++)
        correction += (weight != NULL ? weight[i] : 1.0) * (x[i * stride] - first);
    *mean = first + correction / total;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        double difference = x[i * stride] - *mean;
        squares += (weight != NULL ? weight[i] : 1.0) * difference * difference;
    }
    *sd = sqrt(squares / total);
}

double bm_interpolate(double a, double b, double fraction) {
    double step = b - a;
    if (!isfinite(step)) /* the values are finite, their difference is not */
        return (1 - fraction) * a + fraction * b;
    return a + fraction * step;
}

static double value_at(const double *sorted, size_t n, double position) {
    size_t below = (size_t)position;
    if (below >= n - 1)
        return sorted[n - 1];
    return bm_interpolate(sorted[below], sorted[below + 1], position - (double)below);
}

double bm_quantile(const double *sorted, size_t n, double p) {
    return n == 0 ? NAN : value_at(sorted, n, p * (double)(n - 1));
}

double bm_quantile_of(const double *sorted, size_t n, size_t i, size_t parts) {
    /* Positions past 2^53 would need more rows than memory holds. */
    return n == 0 ? NAN : value_at(sorted, n, (double)i * (double)(n - 1) / (double)parts);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The C library's merge sort: gsl_sort is a heapsort, three times slower on millions. */
void bm_sort(double *x, size_t n) {
    qsort(x, n, sizeof *x, ascending);
}

bm_status bm_sort_index(const double *x, size_t n, size_t *order, bm_error *err) {
    /* Merge sort: stable, so that ties stand in index order. */
    size_t *buffer = NULL;
    bm_status status = BM_NEW(&buffer, n, "sorting", err);
    if (status != BM_OK)
        return status;
    size_t *from = order, *to = buffer;
    for (size_t i = 0; i < n; i++)
        from[i] = i;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t begin = 0; begin < n; begin += 2 * width) {
            size_t middle = begin + width < n ? begin + width : n;
            size_t end = begin + 2 * width < n ? begin + 2 * width : n;
            size_t a = begin, b = middle;
            for (size_t i = begin; i < end; i++)
                to[i] =
                    b >= end || (a < middle && x[from[a]] <= x[from[b]]) ? from[a++] : from[b++];
        }
        size_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order) {
        for (size_t i = 0; i < n; i++)
            order[i] = from[i];
        free(from);
    } else {
        free(to);
    }
    return BM_OK;
}
