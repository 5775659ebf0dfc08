/* Integrals of log-concave functions: the part within a factor of exp(−FALL) of the peak, found by
 * bisection (a log-concave tail beyond it is smaller than exp(−FALL) of the whole), in panels of
 * Gauss–Legendre. */
#include "lifetime/log_integral.h"

#include "base/legendre.h"

#include <float.h>
#include <math.h>

static const double fall = 40, panel_width = 1.5;
enum { BISECTIONS = 200 };

typedef struct density {
    bm_log_density *f;
    const void *arg;
} density;

static double value_at(const density *of, double v) {
    double slope;
    return of->f(of->arg, v, &slope);
}

/* Doubling steps from `from` towards `end` until f has fallen below `level`. */
static double beyond(const density *of, double from, double end, double level) {
    double direction = end > from ? 1 : -1;
    for (double step = 1; step < 1e300; step *= 2) {
        double v = from + direction * step;
        if ((v - end) * direction >= 0)
            return end;
        if (!(value_at(of, v) > level))
            return v;
    }
    return end;
}

/* Between from, where f is above level, and end, a point where it has hardly fallen below it. */
static double cut(const density *of, double from, double end, double level) {
    double above = from, below = beyond(of, from, end, level);
    if (value_at(of, below) > level)
        return below;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = above + (below - above) / 2, value = value_at(of, middle);
        if (value > level)
            above = middle;
        else
            below = middle;
        /* Half of the fall too much costs a few digits' worth of nodes, and they are there. */
        if (value_at(of, below) > level - fall / 4)
            break;
    }
    return below;
}

static double peak(const density *of, double low, double high) {
    double slope, from = isfinite(low) ? low : isfinite(high) ? high : 0;
    of->f(of->arg, from, &slope);
    if ((isfinite(low) && !(slope > 0)) || (!isfinite(low) && isfinite(high) && slope >= 0))
        return from;
    double direction = slope > 0 ? 1 : -1, end = slope > 0 ? high : low, other = end;
    for (double step = 1; step < 1e300; step *= 2) {
        double v = from + direction * step;
        if ((v - end) * direction >= 0)
            break;
        of->f(of->arg, v, &slope);
        if (!(slope * direction > 0)) {
            other = v;
            break;
        }
    }
    for (int i = 0; i < BISECTIONS && fabs(other - from) > 1e-9 * (1 + fabs(from)); i++) {
        double middle = from + (other - from) / 2;
        of->f(of->arg, middle, &slope);
        if (slope * direction > 0)
            from = middle;
        else
            other = middle;
    }
    return from;
}

/* From a to b (or back), in units of exp(level). */
static double one_side(const density *of, double a, double b, double level) {
    const bm_legendre *rule = bm_legendre_rule(32);
    double panels = fmax(1, ceil(fabs(b - a) / panel_width)), width = (b - a) / panels, sum = 0;
    for (double panel = 0; panel < panels; panel++) {
        double part = 0;
        for (size_t i = 0; i < rule->nodes; i++) {
            double v = a + (panel + rule->node[i]) * width;
            part += rule->weight[i] * exp(value_at(of, v) - level);
        }
        sum += part;
    }
    return sum * fabs(width);
}

double bm_log_integral(bm_log_density *f, const void *arg, double low, double high) {
    density of = {f, arg};
    if (!(low < high))
        return -INFINITY;
    double top = peak(&of, low, high), level = value_at(&of, top), sum = 0;
    if (top > low)
        sum += one_side(&of, top, cut(&of, top, low, level - fall), level);
    if (top < high)
        sum += one_side(&of, top, cut(&of, top, high, level - fall), level);
    return level + log(sum);
}
