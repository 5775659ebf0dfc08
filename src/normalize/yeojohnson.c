/* yeojohnson: the power transform of Yeo & Johnson (2000, Biometrika 87:954-959), with the lambda
 * of highest likelihood, followed by zscore. Takes values of any sign.
 *
 * With l = sign(x) log(1 + |x|), the log-likelihood of a buyer is −½ log var(ψ(x; λ)) +
 * (λ − 1) mean(l), which is concave in λ (Marchand et al. 2022, SecureFedYJ): one maximum.
 * It is bracketed by doubling steps of ½ away from λ = 1 (no transform), up to |λ − 1| = 2^16, and
 * found by Brent's method. A λ so extreme that ψ squeezes all buyers into less than 1e-9 of its
 * largest value, where doubles no longer tell them apart and the inverse would be noise, counts as
 * having no likelihood at all: the search ends on the near side of it. A minimum can be seen only
 * to the root of the rounding error, which differs with the order of buyers, so secant steps on the
 * derivative sharpen it.
 *
 * O(n) for each of about 30 evaluations, n doubles. Buyer weights do not enter lambda. */
#include "base/memory.h"
#include "normalize/normalizers.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <math.h>
#include <stdlib.h>

enum { BLOCK = 1024, MAX_DOUBLINGS = 17, MAX_BRENT = 100, SECANTS = 6 };
#define NO_LIKELIHOOD 1e300
#define LEAST_SPREAD 1e-9
#define TOLERANCE 1e-5

/* ψ by l, which is worth computing once: x ≥ 0 is (e^{λ l} − 1) / λ, x < 0 its mirror image with
 * 2 − λ. */
static double power(double lambda, double l) {
    if (l >= 0)
        return lambda == 0 ? l : expm1(lambda * l) / lambda;
    double mirrored = 2 - lambda;
    return mirrored == 0 ? l : -expm1(-mirrored * l) / mirrored;
}

/* The inverse of expm1(rate × l) / rate, y ≥ 0. With rate < 0 the shape approaches −1/rate, and
 * far values round to it; they come back as the largest value that is told apart from it. */
static double unpower(double rate, double y) {
    if (rate == 0)
        return expm1(y);
    double argument = rate * y;
    double least = -1 + 0x1p-53;
    return expm1(log1p(argument < least ? least : argument) / rate);
}

/* The derivative of expm1(rate × l) / rate by rate, l ≥ 0. */
static double power_slope(double rate, double l) {
    double t = rate * l;
    if (fabs(t) < 1e-2) /* l² Σ tᵏ / (k! (k + 2)), where the closed form cancels */
        return l * l * (1.0 / 2 + t * (1.0 / 3 + t * (1.0 / 8 + t * (1.0 / 30 + t / 144))));
    return (t * exp(t) - expm1(t)) / (rate * rate);
}

/* dψ/dλ; below 0 both the mirror image and its rate 2 − λ change sign. */
static double slope(double lambda, double l) {
    return l >= 0 ? power_slope(lambda, l) : power_slope(2 - lambda, -l);
}

static double signed_log(double x) {
    return x >= 0 ? log1p(x) : -log1p(-x);
}

static double shape(const bm_scale *scale, double x) {
    return power(scale->lambda, signed_log(x));
}

static double unshape(const bm_scale *scale, double y) {
    return y >= 0 ? unpower(scale->lambda, y) : -unpower(2 - scale->lambda, -y);
}

/* The signed logarithms of a column, and their mean. */
typedef struct profile {
    double *l;
    size_t n;
    double mean;
} profile;

static double block_of(const double *l, size_t n, double lambda, double *largest, double *sum2) {
    double shaped[BLOCK];
    double sum = 0, squares = 0, most = *largest;
    for (size_t i = 0; i < n; i++) {
        shaped[i] = power(lambda, l[i]);
        sum += shaped[i];
        most = fmax(most, fabs(shaped[i]));
    }
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (shaped[i] - mean) * (shaped[i] - mean);
    *largest = most;
    *sum2 = squares;
    return mean;
}

/* Minus the log-likelihood of one buyer, without constants. Blocks are merged as in Chan, Golub &
 * LeVeque (1983), so that the variance does not cancel. */
static double cost(double lambda, void *arg) {
    const profile *p = arg;
    double mean = 0, squares = 0, largest = 0;
    for (size_t done = 0; done < p->n; done += BLOCK) {
        size_t count = p->n - done < BLOCK ? p->n - done : BLOCK;
        double block_squares;
        double block_mean = block_of(p->l + done, count, lambda, &largest, &block_squares);
        double a = (double)done, b = (double)count, shift = block_mean - mean;
        mean += shift * (b / (a + b));
        squares += block_squares + shift * shift * (a * b / (a + b));
    }
    double variance = squares / (double)p->n;
    if (!isfinite(variance) || !(sqrt(variance) > LEAST_SPREAD * largest))
        return NO_LIKELIHOOD;
    return 0.5 * log(variance) - (lambda - 1) * p->mean;
}

/* low < best < high with a cost at best below that of both ends. */
typedef struct bracket {
    double low, best, high;
    double at_low, at_best, at_high;
} bracket;

/* Walks away from 1 in the direction that falls. 0 when nothing falls off: no bracket. */
static int find_bracket(profile *p, bracket *b) {
    double step = 0.5;
    *b = (bracket){.low = 1 - step, .best = 1, .high = 1 + step};
    b->at_low = cost(b->low, p);
    b->at_best = cost(b->best, p);
    b->at_high = cost(b->high, p);
    for (int i = 0; i < MAX_DOUBLINGS; i++) {
        if (b->at_best < b->at_low && b->at_best < b->at_high)
            return 1;
        step *= 2;
        if (b->at_low <= b->at_high) {
            b->high = b->best, b->at_high = b->at_best;
            b->best = b->low, b->at_best = b->at_low;
            b->low = b->best - step, b->at_low = cost(b->low, p);
        } else {
            b->low = b->best, b->at_low = b->at_best;
            b->best = b->high, b->at_best = b->at_high;
            b->high = b->best + step, b->at_high = cost(b->high, p);
        }
    }
    return 0;
}

/* The derivative of cost: cov(ψ, dψ/dλ) / var(ψ) − mean(l). */
static double cost_slope(double lambda, const profile *p) {
    double mean = 0, mean_slope = 0, squares = 0, products = 0, n = (double)p->n;
    for (size_t i = 0; i < p->n; i++) {
        mean += power(lambda, p->l[i]) / n;
        mean_slope += slope(lambda, p->l[i]) / n;
    }
    for (size_t i = 0; i < p->n; i++) {
        double difference = power(lambda, p->l[i]) - mean;
        squares += difference * difference;
        products += difference * (slope(lambda, p->l[i]) - mean_slope);
    }
    return products / squares - p->mean;
}

/* Steps that leave the neighbourhood of the minimum found tell that it lies on the edge where
 * doubles end, not where the derivative is 0; it is then kept as it is. */
static double sharpen(double found, const profile *p) {
    double reach = 1e-3 * fmax(1, fabs(found));
    double before = found + 0.1 * reach, at = found;
    double slope_before = cost_slope(before, p);
    for (int i = 0; i < SECANTS; i++) {
        double slope_at = cost_slope(at, p);
        double step = slope_at * (at - before) / (slope_at - slope_before);
        if (slope_at == 0 || step == 0)
            break;
        if (!(fabs(at - step - found) < reach))
            return found;
        before = at;
        slope_before = slope_at;
        at -= step;
        if (fabs(step) < 1e-13 * fmax(1, fabs(at)))
            break;
    }
    return at;
}

static bm_status minimize(profile *p, const bracket *b, double *lambda, bm_error *err) {
    gsl_min_fminimizer *brent = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (brent == NULL)
        return bm_fail(err, BM_NOMEM, "out of memory: the search for lambda");
    gsl_function function = {.function = cost, .params = p};
    int state = gsl_min_fminimizer_set_with_values(brent, &function, b->best, b->at_best, b->low,
                                                   b->at_low, b->high, b->at_high);
    for (int i = 0; i < MAX_BRENT && state == GSL_SUCCESS; i++) {
        state = gsl_min_fminimizer_iterate(brent);
        if (gsl_min_test_interval(gsl_min_fminimizer_x_lower(brent),
                                  gsl_min_fminimizer_x_upper(brent), TOLERANCE,
                                  TOLERANCE) == GSL_SUCCESS)
            break;
    }
    *lambda = sharpen(gsl_min_fminimizer_x_minimum(brent), p);
    gsl_min_fminimizer_free(brent);
    return BM_OK;
}

static bm_status fit_lambda(profile *p, double *lambda, bm_error *err) {
    bracket b;
    if (find_bracket(p, &b))
        return minimize(p, &b, lambda, err);
    if (b.at_best >= NO_LIKELIHOOD)
        return bm_fail(err, BM_DATA,
                       "its values differ by less than a billionth of their size, too little for "
                       "yeojohnson; subtract a constant from the column or use zscore");
    *lambda = b.best;
    return BM_OK;
}

static bm_status fit(const double *x, size_t n, size_t stride, const double *weight,
                     bm_scale *scale, bm_error *err) {
    profile p = {.n = n};
    double low, high;
    bm_status status;
    BM_TRY(bm_fit_range(x, n, stride, &low, &high, err));
    BM_TRY(bm_copy_column(x, n, stride, &p.l, err));
    for (size_t i = 0; i < n; i++) {
        p.l[i] = signed_log(p.l[i]);
        p.mean += p.l[i];
    }
    p.mean /= (double)n;
    BM_TRY(fit_lambda(&p, &scale->lambda, err));
    for (size_t i = 0; i < n; i++)
        p.l[i] = power(scale->lambda, p.l[i]);
    BM_TRY(bm_fit_mean_sd(p.l, n, 1, weight, scale, err));
cleanup:
    free(p.l);
    return status;
}

const bm_normalizer bm_yeojohnson = {
    .name = "yeojohnson",
    .help = "power transform towards a normal distribution, then zscore",
    .fit = fit,
    .shape = shape,
    .unshape = unshape,
};
