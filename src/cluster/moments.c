#include "cluster/moments.h"

#include <float.h>
#include <math.h>

enum { LANES = 8 };

bm_moments bm_moments_of(const double *a, const double *b, size_t count) {
    double sum_a[LANES] = {0}, sum_b[LANES] = {0};
    double aa[LANES] = {0}, bb[LANES] = {0}, ab[LANES] = {0};
    bm_moments of = {.count = (double)count};
    /* About the first pair, which is near enough to the others; the means come off in the end. */
    double shift_a = a[0], shift_b = b[0];
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            double da = a[i + lane] - shift_a, db = b[i + lane] - shift_b;
            sum_a[lane] += da;
            sum_b[lane] += db;
            aa[lane] += da * da;
            bb[lane] += db * db;
            ab[lane] += da * db;
        }
    for (; i < count; i++) {
        double da = a[i] - shift_a, db = b[i] - shift_b;
        sum_a[0] += da;
        sum_b[0] += db;
        aa[0] += da * da;
        bb[0] += db * db;
        ab[0] += da * db;
    }
    for (size_t lane = 1; lane < LANES; lane++) {
        sum_a[0] += sum_a[lane];
        sum_b[0] += sum_b[lane];
        aa[0] += aa[lane];
        bb[0] += bb[lane];
        ab[0] += ab[lane];
    }
    double off_a = sum_a[0] / of.count, off_b = sum_b[0] / of.count;
    of.mean_a = shift_a + off_a;
    of.mean_b = shift_b + off_b;
    of.aa = fmax(aa[0] - sum_a[0] * off_a, 0);
    of.bb = fmax(bb[0] - sum_b[0] * off_b, 0);
    of.ab = ab[0] - sum_a[0] * off_b;
    return of;
}

void bm_moments_add(bm_moments *to, const bm_moments *from) {
    if (from->count == 0)
        return;
    double count = to->count + from->count;
    double a = from->mean_a - to->mean_a, b = from->mean_b - to->mean_b;
    double share = from->count / count, factor = to->count * share;
    to->aa += from->aa + a * a * factor;
    to->bb += from->bb + b * b * factor;
    to->ab += from->ab + a * b * factor;
    to->mean_a += a * share;
    to->mean_b += b * share;
    to->count = count;
}

/* Whether values differ by more than the rounding of their sums. */
static int varies(double squares, double mean, double count) {
    double rounding = 16 * DBL_EPSILON * mean;
    return squares > count * rounding * rounding;
}

double bm_moments_correlation(const bm_moments *of) {
    return varies(of->aa, of->mean_a, of->count) && varies(of->bb, of->mean_b, of->count)
               ? of->ab / (sqrt(of->aa) * sqrt(of->bb))
               : NAN;
}
