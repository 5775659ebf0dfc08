/* Random streams, each derived from (seed, stage, index), so that no result depends on the order in
 * which streams are used. */
#ifndef BM_BASE_RANDOM_H
#define BM_BASE_RANDOM_H

#include "buyermap/status.h"

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* A Mersenne twister of GSL seeded from the three by SplitMix64. Freed with gsl_rng_free. stage is
 * a fixed name such as "kmeans++". */
bm_status bm_random_new(gsl_rng **out, uint64_t seed, const char *stage, uint64_t index,
                        bm_error *err) BM_MUST_CHECK;
/* The 64-bit value a stream is seeded from. */
uint64_t bm_random_mix(uint64_t seed, const char *stage, uint64_t index);
/* Seeds an existing generator as bm_random_new does. */
void bm_random_seed(gsl_rng *rng, uint64_t seed, const char *stage, uint64_t index);

#endif
