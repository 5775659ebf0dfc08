#include "cluster/kmeans_start.h"
#include "base/memory.h"
#include "data/rows.h"
#include "kernel/distance.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
bm_status bm_starter_init(bm_starter *s, const bm_features *f, size_t k, int32_t *label,
                          bm_error *err) {
    *s = (bm_starter){.features = f, .k_high = k, .lent = label};
    return bm_new(&s->distance, f->n, sizeof(double), "x", err);
}
size_t bm_starter_memory(size_t n, size_t d, size_t k, int single, int lent) {
    (void)d;
    (void)k;
    (void)single;
    (void)lent;
    return n * 8;
}
void bm_starter_free(bm_starter *s) {
    free(s->distance);
}
size_t bm_starter_trials(size_t k) {
    return 2 + (size_t)log((double)k);
}
static size_t draw(bm_starter *s, gsl_rng *rng) {
    double *D = s->distance, t = 0;
    size_t n = s->features->n;
    for (size_t i = 0; i < n; i++)
        t += D[i] * bm_weight_of(s->features->weight, i);
    double at = gsl_rng_uniform(rng) * t;
    size_t last = 0;
    t = 0;
    for (size_t i = 0; i < n; i++) {
        double p = D[i] * bm_weight_of(s->features->weight, i);
        if (p <= 0)
            continue;
        last = i;
        t += p;
        if (t > at)
            break;
    }
    return last;
}
bm_status bm_starter_plus_plus(bm_starter *s, size_t k, gsl_rng *rng, double *c, bm_error *err) {
    size_t n = s->features->n, d = s->features->d;
    double *D = s->distance;
    double *a = malloc(d * 8), *b = malloc(d * 8);
    for (size_t i = 0; i < n; i++)
        D[i] = 1;
    memcpy(c, bm_row(s->features, draw(s, rng), a), d * 8);
    for (size_t i = 0; i < n; i++)
        D[i] = bm_squared_distance(c, bm_row(s->features, i, a), d);
    for (size_t j = 1; j < k; j++) {
        double best = INFINITY;
        size_t row = 0;
        for (size_t t = 0; t < bm_starter_trials(k); t++) {
            size_t r = draw(s, rng);
            const double *x = bm_row(s->features, r, b);
            double sum = 0;
            for (size_t i = 0; i < n; i++) {
                double q = bm_squared_distance(x, bm_row(s->features, i, a), d);
                sum += (q < D[i] ? q : D[i]) * bm_weight_of(s->features->weight, i);
            }
            if (sum < best) {
                best = sum;
                row = r;
            }
        }
        memcpy(c + j * d, bm_row(s->features, row, b), d * 8);
        for (size_t i = 0; i < n; i++) {
            double q = bm_squared_distance(c + j * d, bm_row(s->features, i, a), d);
            if (q < D[i])
                D[i] = q;
        }
    }
    free(a);
    free(b);
    (void)err;
    return BM_OK;
}
bm_status bm_starter_parallel(bm_starter *s, size_t k, gsl_rng *rng, double *c, bm_error *err) {
    return bm_starter_plus_plus(s, k, rng, c, err);
}
bm_status bm_starter_random(bm_starter *s, size_t k, gsl_rng *rng, double *c, bm_error *err) {
    return bm_starter_plus_plus(s, k, rng, c, err);
}
int bm_starter_prefers_parallel(size_t n, size_t k) {
    (void)n;
    (void)k;
    return 0;
}
