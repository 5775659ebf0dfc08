/* What a Kaplan–Meier curve comes to: standard errors, intervals, median and restricted mean, each
 * as R's package survival has it (survfit_confint and survmean of version 3.5), so that figures can
 * be compared. */
#include "base/sum.h"
#include "lifetime/survival.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

double bm_survival_error(const bm_survival_step *step) {
    return step->survival * sqrt(step->greenwood); /* 0 × infinity: not known */
}

/* Of log S the error is sqrt(greenwood); of log(-log S) that divided by log S. */
bm_survival_limits bm_survival_limits_at(const bm_survival_step *step, bm_survival_interval kind) {
    double s = step->survival, width = gsl_cdf_ugaussian_Pinv(0.975) * sqrt(step->greenwood);
    if (s <= 0 || (kind == BM_INTERVAL_LOG_LOG && s >= 1))
        return (bm_survival_limits){NAN, NAN};
    if (kind == BM_INTERVAL_PLAIN)
        return (bm_survival_limits){fmax(s - width * s, 0), fmin(s + width * s, 1)};
    if (kind == BM_INTERVAL_LOG)
        return (bm_survival_limits){exp(log(s) - width), fmin(exp(log(s) + width), 1)};
    double hazard = -log(s);
    return (bm_survival_limits){exp(-hazard * exp(width / hazard)),
                                exp(-hazard * exp(-width / hazard))};
}

enum curve { LOW, MIDDLE, HIGH };

static double height(const bm_survival_step *step, enum curve curve, bm_survival_interval kind) {
    if (curve == MIDDLE)
        return step->survival;
    bm_survival_limits limits = bm_survival_limits_at(step, kind);
    return curve == LOW ? limits.low : limits.high;
}

/* Where the curve crosses 1/2. A product of fractions may miss 1/2 by its rounding: hence a
 * tolerance, which is R's. */
static double crossing(const bm_survival_step *step, size_t steps, enum curve curve,
                       bm_survival_interval kind) {
    const double tolerance = sqrt(DBL_EPSILON);
    size_t i = 0;
    while (i < steps && !(height(&step[i], curve, kind) < 0.5 + tolerance))
        i++;
    if (i == steps)
        return NAN;
    double there = height(&step[i], curve, kind);
    if (fabs(there - 0.5) >= tolerance)
        return step[i].time;
    for (size_t next = i + 1; next < steps; next++) {
        if (height(&step[next], curve, kind) < there)
            return (step[i].time + step[next].time) / 2;
    }
    return step[i].time;
}

/* From the end: the area behind each step is what its fall takes off the mean, so the variance is
 * the sum of its squares times d / (n (n − d)). */
static void restricted_mean(const bm_survival_step *step, size_t steps,
                            bm_survival_summary *summary) {
    double end = summary->restricted_to, variance = 0, unit = 1;
    if (isfinite(end) &&
        end > 0) /* squares of large times overflow; a power of two rounds nothing */
        unit = ldexp(1, ilogb(end));
    bm_sum area = {0};
    for (size_t i = steps; i-- > 0;) {
        if (step[i].time > summary->restricted_to)
            continue;
        bm_sum_add(&area, step[i].survival * (end - step[i].time));
        end = step[i].time;
        double n = (double)step[i].at_risk, d = (double)step[i].events;
        double behind = bm_sum_value(&area) / unit;
        if (step[i].events < step[i].at_risk)
            variance += behind * behind * d / (n * (n - d));
    }
    bm_sum_add(&area, end);
    summary->mean = bm_sum_value(&area);
    summary->mean_error = unit * sqrt(variance);
}

static double longest(const bm_survival *survival) {
    return survival->steps > 0 ? survival->step[survival->pooled[survival->steps - 1]].time : NAN;
}

bm_survival_summary bm_survival_summarize(const bm_survival *survival, size_t group,
                                          bm_survival_interval kind, double restricted_to) {
    const bm_survival_step *step = survival->step + survival->first[group];
    size_t steps = survival->first[group + 1] - survival->first[group];
    bm_survival_summary summary = {.median = NAN, .median_low = NAN, .median_high = NAN};
    if (steps == 0) {
        summary.mean = summary.mean_error = summary.restricted_to = NAN;
        return summary;
    }
    summary.buyers = step[0].at_risk;
    for (size_t i = 0; i < steps; i++)
        summary.events += step[i].events;
    summary.median = crossing(step, steps, MIDDLE, kind);
    summary.median_low = crossing(step, steps, LOW, kind);
    summary.median_high = crossing(step, steps, HIGH, kind);
    summary.restricted_to = isnan(restricted_to) ? longest(survival) : restricted_to;
    restricted_mean(step, steps, &summary);
    return summary;
}
