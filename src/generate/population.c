#include "generate/population.h"

#include "base/memory.h"
#include "base/random.h"

#include <stdlib.h>

enum { LEAST_ID_DIGITS = 6 };

size_t bm_digits(size_t value, size_t least) {
    size_t digits = 1;
    while (value >= 10) {
        value /= 10;
        digits++;
    }
    return digits > least ? digits : least;
}

char *bm_write_digits(char *text, size_t value, size_t width) {
    for (size_t i = width; i > 0; i--) {
        text[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return text + width;
}

size_t bm_pick(gsl_rng *rng, const double *probability, size_t n) {
    double u = gsl_rng_uniform(rng);
    for (size_t i = 0; i + 1 < n; i++) {
        if (u < probability[i])
            return i;
        u -= probability[i];
    }
    return n - 1;
}

bm_status bm_population_init(bm_population *population, uint64_t seed, size_t buyers,
                             size_t segments, bm_error *err) {
    bm_status status;
    *population = (bm_population){.seed = seed,
                                  .buyers = buyers,
                                  .segments = segments,
                                  .id_width = 1 + bm_digits(buyers, LEAST_ID_DIGITS)};
    BM_TRY(BM_NEW(&population->archetype, segments, "segments to generate", err));
    BM_TRY(BM_NEW(&population->share, segments, "segments to generate", err));
    double total = 0;
    for (size_t k = 0; k < segments; k++) {
        population->archetype[k] = bm_archetype_of(k);
        total += population->archetype[k].share;
        population->share[k] = total;
    }
    for (size_t k = 0; k < segments; k++)
        population->share[k] /= total;
cleanup:
    if (status != BM_OK)
        bm_population_free(population);
    return status;
}

void bm_population_free(bm_population *population) {
    free(population->archetype);
    free(population->share);
    *population = (bm_population){0};
}

static size_t pick_segment(const bm_population *population, gsl_rng *rng) {
    double u = gsl_rng_uniform(rng);
    size_t low = 0, high = population->segments - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (u < population->share[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bm_status bm_population_traits(const bm_population *population, size_t stream, size_t count,
                               bm_traits *traits, bm_error *err) {
    gsl_rng *rng;
    bm_status status = bm_random_new(&rng, population->seed, "generate traits", stream, err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        size_t segment = pick_segment(population, rng);
        const bm_archetype *type = &population->archetype[segment];
        traits[i].segment = segment;
        traits[i].region = bm_pick(rng, type->region, BM_REGIONS);
        traits[i].role = bm_pick(rng, type->role, BM_ROLES);
        traits[i].size = bm_pick(rng, type->size, BM_SIZES);
    }
    gsl_rng_free(rng);
    return BM_OK;
}

void bm_population_id(const bm_population *population, size_t buyer, char *id) {
    id[0] = 'B';
    bm_write_digits(id + 1, buyer + 1, population->id_width - 1);
}
