/* Quasi-Newton ascent in a box. The function is a log-likelihood of a few parameters whose value
 * and gradient cost one pass over the data, so steps are made to count: the curvature is measured
 * by differences of the gradient (2 passes a variable) where a climb begins and where it seems to
 * end, and kept by BFGS updates between. Rounding of a sum over many buyers hides gains below
 * 1e-13 of the value: such steps are taken as no loss, and the gradient decides, for a few of them.
 */
#include "lifetime/maximize.h"

#include "base/memory.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_matrix.h>
#include <math.h>
#include <string.h>

enum { N = BM_MOST_VARIABLES, MOST_HALVINGS = 40, MOST_ROUNDS = 6, MOST_STILL = 4 };
static const double longest = 1.5, difference = 1e-4, noise = 1e-13;

typedef struct climb {
    bm_objective objective;
    const void *arg;
    const bm_maximize_options *options;
    bm_maximum *top;
    gsl_eigen_symmv_workspace *eigen;
    double value[N], vector[N][N]; /* of the curvature that was last taken apart */
} climb;

static bm_status evaluate(climb *now, const double *at, double *value, double *gradient,
                          bm_error *err) {
    now->top->evaluations++;
    bm_status status = now->objective(now->arg, at, value, gradient, err);
    if (isnan(*value))
        *value = -INFINITY;
    return status;
}

/* Eigenvalues and vectors of the curvature among free variables; the others get a 1 of their own.
 */
static void take_apart(climb *now, const int *is_free) {
    size_t n = now->options->variables;
    double copy[N * N], vectors[N * N];
    int is_finite = 1;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            int kept = is_free[i] && is_free[j];
            copy[i * n + j] = kept ? now->top->curvature[i * n + j] : (double)(i == j);
            is_finite &= isfinite(copy[i * n + j]) != 0;
        }
    }
    for (size_t i = 0; i < n * n && !is_finite; i++)
        copy[i] = (double)(i % (n + 1) == 0);
    gsl_matrix_view matrix = gsl_matrix_view_array(copy, n, n);
    gsl_vector_view values = gsl_vector_view_array(now->value, n);
    gsl_matrix_view out = gsl_matrix_view_array(vectors, n, n);
    gsl_eigen_symmv(&matrix.matrix, &values.vector, &out.matrix, now->eigen);
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < n; i++)
            now->vector[k][i] = vectors[i * n + k];
    }
}

static bm_status measure_curvature(climb *now, bm_error *err) {
    bm_maximum *top = now->top;
    size_t n = now->options->variables;
    double raw[N][N] = {{0}};
    const int all[N] = {1, 1, 1, 1};
    for (size_t i = 0; i < n; i++) {
        double at[N], up[N] = {0}, down[N] = {0}, value;
        memcpy(at, top->at, sizeof at);
        at[i] = top->at[i] + difference;
        bm_status status = evaluate(now, at, &value, up, err);
        at[i] = top->at[i] - difference;
        if (status == BM_OK)
            status = evaluate(now, at, &value, down, err);
        if (status != BM_OK)
            return status;
        for (size_t j = 0; j < n; j++)
            raw[i][j] = (down[j] - up[j]) / (2 * difference);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            top->curvature[i * n + j] = (raw[i][j] + raw[j][i]) / 2;
    }
    take_apart(now, all);
    memcpy(top->eigenvalue, now->value, sizeof now->value);
    memcpy(top->eigenvector, now->vector, sizeof now->vector);
    return BM_OK;
}

/* Variables that may move: not those on the box with the function rising beyond it. */
static void find_free(const climb *now, int *is_free) {
    const bm_maximum *top = now->top;
    for (size_t i = 0; i < now->options->variables; i++) {
        int low = top->at[i] <= now->options->low && top->gradient[i] < 0;
        int high = top->at[i] >= now->options->high && top->gradient[i] > 0;
        is_free[i] = !low && !high;
    }
}

/* Where the function curves up, the step goes as far as if it curved down as much; the curvature is
 * what it goes by from then on, since updates need it positive. */
static void make_positive(climb *now, const int *is_free, double least) {
    size_t n = now->options->variables;
    int is_positive = 1;
    for (size_t k = 0; k < n; k++)
        is_positive &= now->value[k] >= least;
    for (size_t k = 0; k < n; k++)
        now->value[k] = fmax(fabs(now->value[k]), least);
    for (size_t i = 0; i < n && !is_positive; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += now->value[k] * now->vector[k][i] * now->vector[k][j];
            if (is_free[i] && is_free[j])
                now->top->curvature[i * n + j] = sum;
        }
    }
}

/* The step uphill, and half of what it promises to gain. */
static double find_step(climb *now, double *step) {
    const bm_maximum *top = now->top;
    size_t n = now->options->variables;
    int is_free[N];
    double largest = 0, promise = 0, length = 0;
    find_free(now, is_free);
    take_apart(now, is_free);
    for (size_t k = 0; k < n; k++)
        largest = fmax(largest, fabs(now->value[k]));
    make_positive(now, is_free, 1e-12 * largest + 1e-300);
    memset(step, 0, N * sizeof *step);
    for (size_t k = 0; k < n; k++) {
        double along = 0, curve = now->value[k];
        for (size_t i = 0; i < n; i++)
            along += is_free[i] ? now->vector[k][i] * top->gradient[i] : 0;
        promise += along * along / curve;
        for (size_t i = 0; i < n; i++)
            step[i] += is_free[i] ? now->vector[k][i] * along / curve : 0;
    }
    for (size_t i = 0; i < n; i++)
        length = fmax(length, fabs(step[i]));
    for (size_t i = 0; i < n && length > longest; i++)
        step[i] *= longest / length;
    return promise / 2;
}

/* curvature += y yᵀ / yᵀs − C s (C s)ᵀ / sᵀ C s with y the fall of the gradient, where it curves
 * down. */
static void update_curvature(climb *now, const double *step, const double *before) {
    bm_maximum *top = now->top;
    size_t n = now->options->variables;
    double y[N] = {0}, of_step[N] = {0}, ys = 0, scs = 0;
    for (size_t i = 0; i < n; i++) {
        y[i] = before[i] - top->gradient[i];
        for (size_t j = 0; j < n; j++)
            of_step[i] += top->curvature[i * n + j] * step[j];
        ys += y[i] * step[i];
        scs += of_step[i] * step[i];
    }
    if (!(ys > 1e-8 * fabs(scs)) || !(scs > 0))
        return;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            top->curvature[i * n + j] += y[i] * y[j] / ys - of_step[i] * of_step[j] / scs;
    }
}

/* Goes as much of the step as the function rises for. *moved is 0 where it does not at all. */
static bm_status go(climb *now, double *step, int *moved, bm_error *err) {
    bm_maximum *top = now->top;
    const bm_maximize_options *options = now->options;
    double before[N], share = 1;
    memcpy(before, top->gradient, sizeof before);
    *moved = 0;
    for (int i = 0; i < MOST_HALVINGS && !*moved; i++, share /= 2) {
        double at[N] = {0}, gradient[N] = {0}, value, went[N] = {0}, slope = 0;
        for (size_t j = 0; j < options->variables; j++) {
            at[j] = fmin(fmax(top->at[j] + share * step[j], options->low), options->high);
            went[j] = at[j] - top->at[j];
            slope += went[j] * top->gradient[j];
        }
        bm_status status = evaluate(now, at, &value, gradient, err);
        if (status != BM_OK)
            return status;
        if (!(value >= top->value + 1e-4 * slope - noise * fabs(top->value)))
            continue;
        memcpy(top->at, at, sizeof at);
        memcpy(top->gradient, gradient, sizeof gradient);
        top->value = value;
        update_curvature(now, went, before);
        *moved = 1;
    }
    return BM_OK;
}

static bm_status climb_up(climb *now, size_t *steps, bm_error *err) {
    double step[N];
    int moved = 1, still = 0; /* steps in a row that gained nothing but noise */
    while (moved && still < MOST_STILL && *steps < now->options->most_steps &&
           find_step(now, step) > now->options->gain) {
        double before = now->top->value;
        bm_status status = go(now, step, &moved, err);
        if (status != BM_OK)
            return status;
        still = now->top->value - before > noise * fabs(before) ? 0 : still + 1;
        (*steps)++;
    }
    return BM_OK;
}

/* What the place is like where the climb has ended. */
static void judge(climb *now) {
    bm_maximum *top = now->top;
    size_t n = now->options->variables;
    double step[N];
    int is_free[N];
    top->converged = find_step(now, step) <= now->options->gain;
    find_free(now, is_free);
    top->at_bound = 0;
    for (size_t i = 0; i < n; i++)
        top->at_bound |=
            !is_free[i] || top->at[i] <= now->options->low || top->at[i] >= now->options->high;
}

bm_status bm_maximize(bm_objective objective, const void *arg, const bm_maximize_options *options,
                      int given, bm_maximum *maximum, bm_error *err) {
    climb now = {.objective = objective, .arg = arg, .options = options, .top = maximum};
    size_t steps = 0;
    double step[N], before;
    bm_status status;
    now.eigen = gsl_eigen_symmv_alloc(options->variables);
    if (now.eigen == NULL)
        return bm_fail(err, BM_NOMEM, "out of memory: a maximum");
    maximum->evaluations = 0;
    BM_TRY(evaluate(&now, maximum->at, &maximum->value, maximum->gradient, err));
    if (!given)
        BM_TRY(measure_curvature(&now, err));
    for (int round = 0; round < MOST_ROUNDS; round++) {
        before = maximum->value;
        BM_TRY(climb_up(&now, &steps, err));
        BM_TRY(measure_curvature(&now, err));
        if (find_step(&now, step) <= options->gain || steps >= options->most_steps)
            break;
        if (round > 0 && !(maximum->value - before > noise * fabs(before)))
            break;
    }
    judge(&now);
cleanup:
    gsl_eigen_symmv_free(now.eigen);
    return status;
}

int bm_invert(const double *curvature, size_t variables, double *covariance) {
    double work[N][2 * N] = {{0}};
    for (size_t i = 0; i < variables; i++) {
        for (size_t j = 0; j < variables; j++)
            work[i][j] = curvature[i * variables + j];
        work[i][variables + i] = 1;
    }
    /* Gauss–Jordan: pivots of a positive definite matrix are positive in any order. */
    for (size_t i = 0; i < variables; i++) {
        double pivot = work[i][i];
        if (!(pivot > 0) || !isfinite(pivot))
            return 0;
        for (size_t j = 0; j < 2 * variables; j++)
            work[i][j] /= pivot;
        for (size_t k = 0; k < variables; k++) {
            double factor = work[k][i];
            for (size_t j = 0; j < 2 * variables && k != i; j++)
                work[k][j] -= factor * work[i][j];
        }
    }
    for (size_t i = 0; i < variables; i++) {
        for (size_t j = 0; j < variables; j++)
            covariance[i * variables + j] = work[i][variables + j];
    }
    return 1;
}
