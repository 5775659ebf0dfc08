/* buyers: a Gaussian mixture in D columns, with the segment it was drawn from.
 *
 * Centres are spread by best-candidate sampling (Mitchell 1991) and scaled so that the two nearest
 * lie NEAREST within-segment standard deviations apart: neighbours overlap a little. Segments
 * differ in spread, and neighbouring columns are correlated within a segment by an amount of its
 * own. Every third column is lognormal, like spend; values have four decimals. O(buyers × D) time.
 */
#include "base/memory.h"
#include "base/random.h"
#include "generate/generation.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ID, FIRST_COLUMN };
enum { REGION, ROLE, SIZE, SEGMENT, TRAITS }; /* after c1…cD */
enum { CANDIDATES = 32 };
#define NEAREST 5.0
#define LOG_STEP 0.18

static const bm_heading headings[] = {
    {"buyer_id", BM_CELL_TEXT, "", "buyer"},
    {"region", BM_CELL_TEXT, "", "region of the buyer"},
    {"role", BM_CELL_TEXT, "", "role of the contact person"},
    {"company_size", BM_CELL_TEXT, "", "size of the buyer's company"},
    {"segment", BM_CELL_INTEGER, "", "the segment the buyer was drawn from: the truth"},
};

typedef struct plan {
    double *center;      /* [segments × columns] */
    double *sd;          /* [segments × columns] */
    double *correlation; /* [segments × columns] of column j with j − 1, for odd j */
} plan;

static void free_plan(void *arg) {
    plan *made = arg;
    if (made == NULL)
        return;
    free(made->center);
    free(made->sd);
    free(made->correlation);
    free(made);
}

static double nearest_of(const double *center, size_t count, size_t d, const double *point) {
    double nearest = INFINITY;
    for (size_t k = 0; k < count; k++) {
        double square = 0;
        for (size_t j = 0; j < d; j++)
            square += (center[k * d + j] - point[j]) * (center[k * d + j] - point[j]);
        nearest = fmin(nearest, square);
    }
    return sqrt(nearest);
}

/* Each centre is, of some random points of the unit cube, the one farthest from those before. The
 * row after the last centre is scratch. */
static void place_centers(double *center, size_t segments, size_t d, gsl_rng *rng) {
    double least = INFINITY;
    for (size_t k = 0; k < segments; k++) {
        double *place = center + k * d, *candidate = center + segments * d;
        double farthest = -1;
        for (int c = 0; c < CANDIDATES; c++) {
            for (size_t j = 0; j < d; j++)
                candidate[j] = gsl_rng_uniform(rng);
            double distance = nearest_of(center, k, d, candidate);
            if (distance <= farthest)
                continue;
            farthest = distance;
            for (size_t j = 0; j < d; j++)
                place[j] = candidate[j];
        }
        least = fmin(least, farthest);
    }
    double scale = isfinite(least) && least > 0 ? NEAREST / least : 1;
    for (size_t i = 0; i < segments * d; i++)
        center[i] *= scale;
}

static bm_status make_plan(const bm_generation *generation, plan **out, bm_error *err) {
    size_t segments = generation->options.segments, d = generation->options.columns;
    gsl_rng *rng = NULL;
    plan *made = NULL;
    bm_status status;
    BM_TRY(bm_random_new(&rng, generation->population.seed, "generate centres", 0, err));
    BM_TRY(BM_NEW(&made, 1, "a generator", err));
    BM_TRY(BM_NEW(&made->center, (segments + 1) * d, "segment centres", err));
    BM_TRY(BM_NEW(&made->sd, segments * d, "segment spreads", err));
    BM_TRY(BM_NEW(&made->correlation, segments * d, "segment correlations", err));
    place_centers(made->center, segments, d, rng);
    for (size_t k = 0; k < segments; k++) {
        double spread = 0.7 + 0.5 * gsl_rng_uniform(rng);
        for (size_t j = 0; j < d; j++) {
            made->sd[k * d + j] = spread * (0.85 + 0.3 * gsl_rng_uniform(rng));
            made->correlation[k * d + j] = 1.2 * gsl_rng_uniform(rng) - 0.5;
        }
    }
cleanup:
    if (rng != NULL)
        gsl_rng_free(rng);
    if (status != BM_OK) {
        free_plan(made);
        made = NULL;
    }
    *out = made;
    return status;
}

static double in_units(size_t column, double value) {
    double told = column % 3 == 1 ? 20 * exp(LOG_STEP * value) : 50 + 10 * value;
    return round(told * 1e4) / 1e4;
}

static void fill_columns(const bm_generation *generation, size_t row, size_t segment, gsl_rng *rng,
                         bm_part *part) {
    const plan *made = generation->plan;
    size_t d = generation->options.columns, at = segment * d;
    double before = 0;
    for (size_t j = 0; j < d; j++) {
        double noise = gsl_ran_gaussian_ziggurat(rng, 1);
        if (j % 2 == 1) {
            double rho = made->correlation[at + j];
            noise = rho * before + sqrt(1 - rho * rho) * noise;
        }
        before = noise;
        double *column = part->column[FIRST_COLUMN + j];
        column[row] = in_units(j, made->center[at + j] + made->sd[at + j] * noise);
    }
}

static bm_status fill(const bm_generation *generation, size_t stream, size_t first, size_t count,
                      bm_part *part, bm_error *err) {
    const bm_population *population = &generation->population;
    size_t after = FIRST_COLUMN + generation->options.columns, width = population->id_width;
    bm_traits traits[BM_STREAM_BUYERS];
    gsl_rng *rng = NULL;
    bm_status status;
    BM_TRY(bm_population_traits(population, stream, count, traits, err));
    BM_TRY(bm_random_new(&rng, population->seed, "generate columns", stream, err));
    BM_TRY(bm_part_reserve(generation, part, count, err));
    BM_TRY(BM_GROW(&part->text, &part->text_reserved, count * width, "generated rows", err));
    for (size_t i = 0; i < count; i++) {
        char *id = part->text + i * width;
        bm_population_id(population, first + i, id);
        ((bm_text *)part->column[ID])[i] = (bm_text){id, width};
        fill_columns(generation, i, traits[i].segment, rng, part);
        ((bm_text *)part->column[after + REGION])[i] =
            bm_text_of(bm_region_names[traits[i].region]);
        ((bm_text *)part->column[after + ROLE])[i] = bm_text_of(bm_role_names[traits[i].role]);
        ((bm_text *)part->column[after + SIZE])[i] = bm_text_of(bm_size_names[traits[i].size]);
        ((int64_t *)part->column[after + SEGMENT])[i] = (int64_t)traits[i].segment + 1;
    }
    part->rows = count;
cleanup:
    if (rng != NULL)
        gsl_rng_free(rng);
    return status;
}

static size_t longest(const char *const *names, size_t count) {
    size_t most = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = bm_text_of(names[i]).length;
        most = length > most ? length : most;
    }
    return most;
}

/* Puts c1…cD between the id and the traits. */
static bm_status name_columns(bm_generation *generation, bm_error *err) {
    enum { NAME = 24 };
    size_t d = generation->options.columns, after = FIRST_COLUMN + d;
    bm_status status = BM_NEW(&generation->names, d * NAME, "column names", err);
    if (status != BM_OK)
        return status;
    for (size_t j = 0; j < d; j++) {
        char *name = generation->names + j * NAME;
        snprintf(name, NAME, "c%zu", j + 1);
        generation->heading[FIRST_COLUMN + j] =
            (bm_heading){name, BM_CELL_NUMBER, "1", "an attribute of the buyer"};
    }
    for (size_t t = 0; t < TRAITS; t++)
        generation->heading[after + t] = headings[1 + t];
    generation->width[ID] = generation->population.id_width;
    generation->width[after + REGION] = longest(bm_region_names, BM_REGIONS);
    generation->width[after + ROLE] = longest(bm_role_names, BM_ROLES);
    generation->width[after + SIZE] = longest(bm_size_names, BM_SIZES);
    return BM_OK;
}

static bm_status start(const bm_generate_options *options, const bm_context *context,
                       bm_generation **generation, bm_error *err) {
    plan *made = NULL;
    bm_status status;
    *generation = NULL;
    BM_TRY(bm_generation_new(options, context, headings, 1,
                             FIRST_COLUMN + options->columns + TRAITS, generation, err));
    BM_TRY(name_columns(*generation, err));
    BM_TRY(make_plan(*generation, &made, err));
    (*generation)->plan = made;
    (*generation)->free_plan = free_plan;
    (*generation)->fill = fill;
cleanup:
    if (status != BM_OK) {
        bm_generation_free(*generation);
        *generation = NULL;
    }
    return status;
}

const bm_generator bm_generate_buyers = {
    .name = "buyers",
    .help = "buyers with attributes, drawn from overlapping segments",
    .start = start,
};
