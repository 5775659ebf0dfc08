/* Synthetic buyers and orders with known truth. */
#ifndef BM_GENERATE_GENERATE_H
#define BM_GENERATE_GENERATE_H

#include "buyermap/context.h"
#include "buyermap/result.h"

typedef struct bm_generate_options {
    size_t buyers;
    size_t columns;        /* c1…cD of buyers */
    size_t segments;       /* K */
    double r, alpha, a, b; /* BG/NBD, all segments alike (time in weeks); NAN: the built-in rates,
                              which differ by segment */
    int32_t from, to;      /* first and last day of the order log; days since 1970-01-01 */
} bm_generate_options;

typedef struct bm_generation bm_generation;

/* A kind: one file and one row in registry.c. Rows come in blocks, so that memory does not grow
 * with the number of buyers; block boundaries and random streams are fixed by the buyer number, so
 * that the same seed gives the same rows for any number of threads. */
typedef struct bm_generator {
    const char *name; /* "buyers" */
    const char *help;
    bm_status (*start)(const bm_generate_options *options, const bm_context *context,
                       bm_generation **generation, bm_error *err);
} bm_generator;
extern const bm_generator *const bm_generators[]; /* NULL-terminated */
const bm_generator *bm_generator_find(const char *name);

/* The columns that come, and the longest text of each in bytes (0 for numbers). */
const bm_heading *bm_generation_heading(const bm_generation *generation, size_t *columns,
                                        const size_t **width);
/* The next block: block[c] points to *rows cells of column c, as bm_fill gives them, valid until
 * the next call. *rows is 0 at the end. */
bm_status bm_generation_next(bm_generation *generation, const void *const **block, size_t *rows,
                             bm_error *err) BM_MUST_CHECK;
void bm_generation_free(bm_generation *generation);

#endif
