/* Who the synthetic buyers are, whatever is generated of them: ids, true segment, region, role and
 * size are the same in every kind of the same seed. Internal to this folder. */
#ifndef BM_GENERATE_POPULATION_H
#define BM_GENERATE_POPULATION_H

#include "buyermap/status.h"
#include "buyermap/text.h"
#include "generate/archetype.h"

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Buyers that share a random stream: seeding a Mersenne twister for each would cost more than the
 * buyer does. Buyer i is of stream i / BM_STREAM_BUYERS, whatever the number of buyers. */
enum { BM_STREAM_BUYERS = 512 };

typedef struct bm_traits {
    size_t segment, region, role, size;
} bm_traits;

typedef struct bm_population {
    uint64_t seed;
    size_t buyers, segments;
    size_t id_width;         /* bytes of "B000001" */
    bm_archetype *archetype; /* [segments] */
    double *share;           /* [segments] cumulative, the last is 1 */
} bm_population;

bm_status bm_population_init(bm_population *population, uint64_t seed, size_t buyers,
                             size_t segments, bm_error *err) BM_MUST_CHECK;
void bm_population_free(bm_population *population);

/* The buyers of one stream: count <= BM_STREAM_BUYERS of them. */
bm_status bm_population_traits(const bm_population *population, size_t stream, size_t count,
                               bm_traits *traits, bm_error *err) BM_MUST_CHECK;

/* Writes the id of a buyer (from 0), population->id_width bytes without NUL. */
void bm_population_id(const bm_population *population, size_t buyer, char *id);

/* A view of a string. */
static inline bm_text bm_text_of(const char *string) {
    return (bm_text){string, strlen(string)};
}
/* Writes value in width digits, leading zeros included; gives the byte after it. */
char *bm_write_digits(char *text, size_t value, size_t width);
/* The decimal digits of a number, at least `least`. */
size_t bm_digits(size_t value, size_t least);
/* Draws 0 … n − 1 with the given probabilities. */
size_t bm_pick(gsl_rng *rng, const double *probability, size_t n);

#endif
