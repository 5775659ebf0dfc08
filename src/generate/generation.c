#include "generate/generation.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SEGMENTS = 1000, MAX_COLUMNS = 10000, ROWS_A_BUYER = 24 };

static bm_status check_options(const bm_generate_options *options, bm_error *err) {
    if (options->segments < 1 || options->segments > MAX_SEGMENTS)
        return bm_fail(err, BM_USAGE, "--segments %zu: give 1 to %d", options->segments,
                       MAX_SEGMENTS);
    if (options->columns > MAX_COLUMNS)
        return bm_fail(err, BM_USAGE, "--columns %zu: give at most %d", options->columns,
                       MAX_COLUMNS);
    if (options->from > options->to)
        return bm_fail(err, BM_USAGE, "--from is later than --to; give the earlier day first");
    const double rate[] = {options->r, options->alpha, options->a, options->b};
    size_t given = 0, positive = 0;
    for (size_t i = 0; i < 4; i++) {
        given += isnan(rate[i]) ? 0 : 1;
        positive += rate[i] > 0 && isfinite(rate[i]) ? 1 : 0;
    }
    if (given > 0 && positive < 4)
        return bm_fail(err, BM_USAGE,
                       "--params takes the four BG/NBD parameters r,alpha,a,b, each above 0, for "
                       "example --params 0.243,4.414,0.793,2.426");
    return BM_OK;
}

bm_status bm_generation_new(const bm_generate_options *options, const bm_context *context,
                            const bm_heading *heading, size_t fixed, size_t columns,
                            bm_generation **generation, bm_error *err) {
    bm_generation *made = NULL;
    size_t row_bytes = columns * sizeof(bm_text);
    bm_status status;
    BM_TRY(check_options(options, err));
    BM_TRY(bm_require_memory(context, BM_PARTS * BM_STREAM_BUYERS * ROWS_A_BUYER * row_bytes,
                             "generating rows", err));
    BM_TRY(BM_NEW(&made, 1, "a generator", err));
    made->options = *options;
    made->columns = columns;
    BM_TRY(bm_population_init(&made->population, context->seed, options->buyers, options->segments,
                              err));
    BM_TRY(BM_NEW(&made->heading, columns, "a generator", err));
    BM_TRY(BM_NEW(&made->width, columns, "a generator", err));
    BM_TRY(BM_NEW(&made->block, columns, "a generator", err));
    for (size_t i = 0; i < BM_PARTS; i++)
        BM_TRY(BM_NEW(&made->part[i].column, columns, "a generator", err));
    memcpy(made->heading, heading, fixed * sizeof *heading);
cleanup:
    if (status != BM_OK) {
        bm_generation_free(made);
        made = NULL;
    }
    *generation = made;
    return status;
}

bm_status bm_part_reserve(const bm_generation *generation, bm_part *part, size_t rows,
                          bm_error *err) {
    if (rows <= part->reserved)
        return BM_OK;
    size_t reserved = part->reserved;
    for (size_t c = 0; c < generation->columns; c++) {
        reserved = part->reserved;
        bm_status status =
            bm_grow(&part->column[c], &reserved, rows, bm_cell_size(generation->heading[c].cell),
                    "generated rows", err);
        if (status != BM_OK)
            return status;
    }
    part->reserved = reserved;
    return BM_OK;
}

const bm_heading *bm_generation_heading(const bm_generation *generation, size_t *columns,
                                        const size_t **width) {
    *columns = generation->columns;
    *width = generation->width;
    return generation->heading;
}

static bm_status fill_part(size_t chunk, void *arg, bm_error *err) {
    bm_generation *generation = arg;
    size_t stream = generation->next_stream + chunk;
    size_t first = bm_chunk_begin(stream, BM_STREAM_BUYERS);
    size_t end = bm_chunk_end(stream, BM_STREAM_BUYERS, generation->options.buyers);
    generation->part[chunk].rows = 0;
    return generation->fill(generation, stream, first, end - first, &generation->part[chunk], err);
}

static bm_status fill_batch(bm_generation *generation, bm_error *err) {
    size_t streams = bm_chunks(generation->options.buyers, BM_STREAM_BUYERS);
    size_t left = streams - generation->next_stream;
    size_t parts = left < BM_PARTS ? left : BM_PARTS;
    bm_status status = bm_check_interrupt(err);
    if (status == BM_OK)
        status = bm_parallel_for(parts, fill_part, generation, err);
    generation->filled = status == BM_OK ? parts : 0;
    generation->given = 0;
    generation->next_stream += parts;
    return status;
}

bm_status bm_generation_next(bm_generation *generation, const void *const **block, size_t *rows,
                             bm_error *err) {
    *rows = 0;
    *block = generation->block;
    while (*rows == 0) {
        if (generation->given == generation->filled) {
            bm_status status = fill_batch(generation, err);
            if (status != BM_OK || generation->filled == 0)
                return status;
        }
        const bm_part *part = &generation->part[generation->given++];
        *rows = part->rows;
        for (size_t c = 0; c < generation->columns; c++)
            generation->block[c] = part->column[c];
    }
    return BM_OK;
}

void bm_generation_free(bm_generation *generation) {
    if (generation == NULL)
        return;
    for (size_t i = 0; i < BM_PARTS; i++) {
        bm_part *part = &generation->part[i];
        for (size_t c = 0; part->column != NULL && c < generation->columns; c++)
            free(part->column[c]);
        free(part->column);
        free(part->text);
        free(part->day);
    }
    if (generation->free_plan != NULL)
        generation->free_plan(generation->plan);
    bm_population_free(&generation->population);
    free(generation->heading);
    free(generation->width);
    free(generation->names);
    free(generation->block);
    free(generation);
}
