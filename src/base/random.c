#include "base/random.h"

static uint64_t splitmix(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t bm_random_mix(uint64_t seed, const char *stage, uint64_t index) {
    uint64_t state = splitmix(seed);
    for (const char *c = stage; *c != '\0'; c++)
        state = splitmix(state ^ (unsigned char)*c);
    return splitmix(state ^ splitmix(index));
}

void bm_random_seed(gsl_rng *rng, uint64_t seed, const char *stage, uint64_t index) {
    gsl_rng_set(rng, (unsigned long)bm_random_mix(seed, stage, index));
}

bm_status bm_random_new(gsl_rng **out, uint64_t seed, const char *stage, uint64_t index,
                        bm_error *err) {
    *out = gsl_rng_alloc(gsl_rng_mt19937);
    if (*out == NULL)
        return bm_fail(err, BM_NOMEM, "out of memory: a random number generator");
    bm_random_seed(*out, seed, stage, index);
    return BM_OK;
}
