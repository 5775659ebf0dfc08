/* The kernel of pareto.h, written once: pareto.c, pareto_avx2.c and pareto_avx512.c define
 * BM_PARETO(name) as the name in their variant, BM_WIDTH as the doubles of a register and BM_TARGET
 * as what their CPU can do, and include this file.
 *
 * Without fused multiply-adds, whose bits a CPU without them could only give slowly. */
#include "base/legendre.h"
#include "kernel/pareto.h"

#include <stdint.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

typedef double lanes __attribute__((vector_size(BM_WIDTH * 8)));
typedef uint64_t bits __attribute__((vector_size(BM_WIDTH * 8)));

BM_TARGET static inline lanes load(const double *from) {
    lanes value;
    memcpy(&value, from, sizeof value);
    return value;
}

BM_TARGET static inline void store(double *to, lanes value) {
    memcpy(to, &value, sizeof value);
}

BM_TARGET static inline lanes choose(bits where, lanes yes, lanes no) {
    return (lanes)(((bits)yes & where) | ((bits)no & ~where));
}

/* log(u) + lost/u for u > 0 and a lost that is small beside it; fdlibm's series in
 * ((m − 1)/(m + 1))², m = u / 2^k in [√½, √2). */
BM_TARGET static inline lanes log_and(lanes u, lanes lost_by_u) {
    const uint64_t root_half = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000;
    bits shifted = (bits)u + (one - root_half), power = shifted >> 52;
    lanes k = (lanes)(power | 0x4330000000000000) - (0x1p52 + 1023);
    lanes f = (lanes)((shifted & 0x000fffffffffffff) + root_half) - 1;
    lanes s = f / (2 + f), z = s * s, w = z * z;
    lanes odd = z * (6.666666666666735130e-01 +
                     w * (2.857142874366239149e-01 +
                          w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    lanes even = w * (3.999999999940941908e-01 +
                      w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    lanes half = 0.5 * f * f;
    lanes low = s * (half + (odd + even)) + (k * 1.90821492927058770002e-10 + lost_by_u);
    return k * 6.93147180369123816490e-01 - ((half - low) - f);
}

/* log(1 + z), z >= 0; *inverse = 1 / (1 + z). */
BM_TARGET static inline lanes log_of_one_and(lanes z, lanes *inverse) {
    lanes u = 1 + z;
    /* What rounding of u lost; of the smaller of the two summands. */
    lanes lost = choose((bits)(z < 1), z - (u - 1), 1 - (u - z));
    *inverse = 1 / u;
    return log_and(u, lost * *inverse);
}

/* exp(y) = 2^k (1 + p), |log(1 + p)| <= log(2)/2: Taylor's series. y within ±700. */
BM_TARGET static inline lanes exp_parts(lanes y, lanes *p) {
    const double magic = 0x1.8p52;
    lanes shifted = y * 1.44269504088896338700e+00 + magic, k = shifted - magic;
    lanes r = (y - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10, z = r * r;
    lanes even =
        1.0 / 2 +
        z * (1.0 / 24 +
             z * (1.0 / 720 + z * (1.0 / 40320 + z * (1.0 / 3628800 + z * (1.0 / 479001600)))));
    lanes odd =
        1.0 / 6 +
        z * (1.0 / 120 +
             z * (1.0 / 5040 + z * (1.0 / 362880 + z * (1.0 / 39916800 + z * (1.0 / 6227020800)))));
    *p = r + z * (even + r * odd);
    return (lanes)(((bits)shifted << 52) + 0x3ff0000000000000);
}

/* exp(y) − 1 for y in [0, 700], to the last digits where y is small. */
BM_TARGET static inline lanes exp_less_one(lanes y) {
    lanes p, power = exp_parts(y, &p);
    return power * p + (power - 1);
}

/* exp(y), 0 or as good as 0 below −700, y <= 700. */
BM_TARGET static inline lanes exp_of(lanes y) {
    lanes zero = {0}, floor = zero - 700, p,
          power = exp_parts(choose((bits)(y > floor), y, floor), &p);
    return power + power * p;
}

/* A register's worth of patterns. */
typedef struct group {
    lanes a, b, kappa;           /* the integrand is exp(−a v) (1 + κ expm1(v))^−b */
    lanes end;                   /* v goes from 0 to here */
    lanes start_near, start_far; /* t_x/(m+t_x), t_x/(M+t_x) */
    lanes one, near, far;        /* means: of 1, log((m+τ)/(m+t_x)), log((M+τ)/(M+t_x)) */
    lanes gone_near, gone_far;   /* τ/(m+τ), τ/(M+τ) */
} group;

/* −log of the integrand at v, and its slope there. */
BM_TARGET static inline lanes fallen(const group *of, lanes v, lanes *slope) {
    lanes inverse, far = of->kappa * exp_less_one(v), ln_far = log_of_one_and(far, &inverse);
    *slope = of->a + of->b * ((of->kappa + far) * inverse);
    return of->a * v + of->b * ln_far;
}

/* Cuts what does not count any more; what the integrand has fallen to there. Newton from the right
 * on a convex function: it never falls short. */
BM_TARGET static inline lanes cut(group *of) {
    const double deep = 36, enough = 44;
    lanes slope = of->a + of->b * of->kappa, v = of->end, fall = {0};
    v = choose((bits)(slope * v > deep), deep / slope, v);
    for (int i = 0; i < 100; i++) {
        fall = fallen(of, v, &slope);
        bits too_deep = (bits)(fall > enough);
        uint64_t any = 0;
        for (int l = 0; l < BM_WIDTH; l++)
            any |= too_deep[l];
        if (any == 0)
            break;
        v = choose(too_deep, v - (fall - deep) / slope, v);
    }
    of->end = v;
    return fall;
}

BM_TARGET static inline void begin(const double *parameter, const bm_pareto_lanes *of, int first,
                                   group *to) {
    double r = parameter[0], s = parameter[2];
    int swapped = parameter[3] < parameter[1];
    double m = parameter[swapped ? 3 : 1], more = parameter[swapped ? 1 : 3];
    lanes n = r + load(of->x + first), t_x = load(of->t_x + first), inverse;
    lanes near = m + t_x, far = more + t_x, plain = {0};
    *to = (group){.a = swapped ? plain + s : n - 1, .b = swapped ? n : plain + (s + 1)};
    to->kappa = near / far;
    to->start_near = t_x / near;
    to->start_far = t_x / far;
    to->end = log_of_one_and((load(of->t + first) - t_x) / near, &inverse);
}

BM_TARGET static inline void add_node(group *of, double share, double weight) {
    lanes v = of->end * share, inverse, q = exp_less_one(v), far = of->kappa * q;
    lanes ln_far = log_of_one_and(far, &inverse);
    lanes fall = of->a * v + of->b * ln_far, h = weight * exp_of(-fall);
    of->one += h;
    of->near += h * v;
    of->far += h * ln_far;
    of->gone_near += h * ((of->start_near + q) / (1 + q));
    of->gone_far += h * ((of->start_far + far) * inverse);
}

/* Puts the likelihood together; terms are relative to (α+t_x)^−(r+x) (β+t_x)^−s. */
BM_TARGET static inline void finish(const double *parameter, const group *of, int first,
                                    bm_pareto_lanes *to) {
    double r = parameter[0], alpha = parameter[1], s = parameter[2], beta = parameter[3];
    int swapped = beta < alpha;
    lanes x = load(to->x + first), t_x = load(to->t_x + first), t = load(to->t + first), unused;
    lanes n = r + x, ahead = t - t_x, zero = {0};
    lanes at_alpha = log_of_one_and(ahead / (alpha + t_x), &unused);
    lanes at_beta = log_of_one_and(ahead / (beta + t_x), &unused);
    lanes start_alpha = log_of_one_and(t_x / alpha, &unused);
    lanes start_beta = log_of_one_and(t_x / beta, &unused);
    lanes alive = exp_of(-(n * at_alpha + s * at_beta));
    lanes scale = of->end * s * (swapped ? zero + 1 : of->kappa), left = scale * of->one;
    lanes whole = alive + left, by_whole = 1 / whole;
    alive *= by_whole;
    left *= by_whole;
    scale *= by_whole;
    lanes ln_alpha = alive * at_alpha + scale * (swapped ? of->far : of->near);
    lanes ln_beta = alive * at_beta + scale * (swapped ? of->near : of->far);
    lanes gone_alpha = alive * (t / (alpha + t)) + scale * (swapped ? of->gone_far : of->gone_near);
    lanes gone_beta = scale * (swapped ? of->gone_near : of->gone_far);
    store(to->log_likelihood + first, log_and(whole, zero) - n * start_alpha - s * start_beta);
    store(to->by[0] + first, -(start_alpha + ln_alpha));
    store(to->by[1] + first, n * gone_alpha - x);
    store(to->by[2] + first, left - s * (start_beta + ln_beta));
    store(to->by[3] + first, s * alive * (t / (beta + t)) + (s + 1) * gone_beta - left);
}

enum { GROUPS = BM_PARETO_LANES / BM_WIDTH, MOST_PANELS = 1000 };

/* The largest of all lanes, at least `least`. */
BM_TARGET static inline double largest(const lanes *value, double least) {
    for (int g = 0; g < GROUPS; g++)
        for (int l = 0; l < BM_WIDTH; l++)
            least = value[g][l] > least ? value[g][l] : least;
    return least;
}

BM_TARGET void BM_PARETO(bm_pareto)(const double *parameter, bm_pareto_lanes *of) {
    const double panel_width = 2.5;
    group part[GROUPS];
    lanes end[GROUPS], fall[GROUPS];
    for (int g = 0; g < GROUPS; g++) {
        begin(parameter, of, g * BM_WIDTH, &part[g]);
        fall[g] = cut(&part[g]);
        end[g] = part[g].end;
    }
    double longest = largest(end, 0), panels = 1;
    while (panels * panel_width < longest && panels < MOST_PANELS)
        panels++;
    if (panels > 1) { /* the last is the steepest */
        lanes slope;
        for (int g = 0; g < GROUPS; g++)
            fall[g] -= fallen(&part[g], end[g] * ((panels - 1) / panels), &slope);
    }
    const bm_legendre *rule = bm_legendre_rule(bm_pareto_nodes(longest / panels, largest(fall, 0)));
    for (double panel = 0; panel < panels; panel++)
        for (size_t i = 0; i < rule->nodes; i++)
            for (int g = 0; g < GROUPS; g++)
                add_node(&part[g], (panel + rule->node[i]) / panels, rule->weight[i] / panels);
    for (int g = 0; g < GROUPS; g++)
        finish(parameter, &part[g], g * BM_WIDTH, of);
}
