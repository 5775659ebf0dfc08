/* A generation under way: rows are made a part at a time, a batch of parts in parallel, and handed
 * out part by part. Internal to this folder. */
#ifndef BM_GENERATE_GENERATION_H
#define BM_GENERATE_GENERATION_H

#include "generate/generate.h"
#include "generate/population.h"

/* Parts of a batch. Fixed, though it bounds the threads that are of use, since memory goes with
 * it. */
enum { BM_PARTS = 16 };

/* The rows of one stream of buyers. */
typedef struct bm_part {
    void **column; /* [columns] arrays of cells, as bm_fill gives them */
    size_t rows, reserved;
    char *text; /* the texts made for this part */
    size_t text_reserved;
    int32_t *day; /* scratch of orders */
    size_t day_reserved;
} bm_part;

struct bm_generation {
    bm_generate_options options;
    bm_population population;
    bm_heading *heading; /* [columns]; names made here stand in names */
    size_t columns;
    size_t *width; /* [columns] */
    char *names;
    /* Makes buyers first … first + count − 1, which are stream `stream`. Called in parallel. */
    bm_status (*fill)(const bm_generation *generation, size_t stream, size_t first, size_t count,
                      bm_part *part, bm_error *err);
    void *plan; /* of the kind */
    void (*free_plan)(void *plan);
    bm_part part[BM_PARTS];
    size_t filled, given; /* parts of this batch */
    size_t next_stream;
    const void **block;
};

/* What every kind starts with: checked options, the population, and room for `columns` headings,
 * the first `fixed` of which are copied from `heading`. BM_USAGE. */
bm_status bm_generation_new(const bm_generate_options *options, const bm_context *context,
                            const bm_heading *heading, size_t fixed, size_t columns,
                            bm_generation **generation, bm_error *err) BM_MUST_CHECK;
/* Makes room for rows in all columns of a part. Keeps what they hold. */
bm_status bm_part_reserve(const bm_generation *generation, bm_part *part, size_t rows,
                          bm_error *err) BM_MUST_CHECK;

extern const bm_generator bm_generate_buyers, bm_generate_orders;

#endif
