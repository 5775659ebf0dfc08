/* All rows of a generation, gathered for tests. */
#ifndef BM_TEST_GENERATED_H
#define BM_TEST_GENERATED_H

#include "generate/generate.h"

#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_TEST_COLUMNS = 24 };

typedef struct generated {
    size_t rows, columns;
    char name[MAX_TEST_COLUMNS][24];
    double *number[MAX_TEST_COLUMNS];
    int32_t *code[MAX_TEST_COLUMNS];
    bm_dictionary words[MAX_TEST_COLUMNS];
    size_t reserved[MAX_TEST_COLUMNS];
} generated;

static inline void gather_block(generated *all, size_t c, const bm_heading *heading, size_t width,
                                const void *block, size_t rows) {
    bm_error err;
    if (heading->cell == BM_CELL_TEXT) {
        assert_int_equal(BM_GROW(&all->code[c], &all->reserved[c], all->rows + rows, "test", &err),
                         BM_OK);
        for (size_t i = 0; i < rows; i++) {
            bm_text text = ((const bm_text *)block)[i];
            assert_true(text.length > 0 && text.length <= width);
            assert_int_equal(
                bm_dictionary_intern(&all->words[c], text, &all->code[c][all->rows + i], &err),
                BM_OK);
        }
        return;
    }
    assert_int_equal(BM_GROW(&all->number[c], &all->reserved[c], all->rows + rows, "test", &err),
                     BM_OK);
    for (size_t i = 0; i < rows; i++)
        all->number[c][all->rows + i] = heading->cell == BM_CELL_INTEGER
                                            ? (double)((const int64_t *)block)[i]
                                            : ((const double *)block)[i];
}

static inline generated generate(const char *kind, bm_generate_options options, uint64_t seed) {
    generated all = {0};
    bm_context context = {.seed = seed};
    bm_generation *generation;
    bm_error err = {0};
    const size_t *width;
    if (bm_generator_find(kind)->start(&options, &context, &generation, &err) != BM_OK)
        fail_msg("%s", err.message);
    const bm_heading *heading = bm_generation_heading(generation, &all.columns, &width);
    assert_true(all.columns <= MAX_TEST_COLUMNS);
    for (size_t c = 0; c < all.columns; c++)
        strncpy(all.name[c], heading[c].name, sizeof all.name[c] - 1);
    for (;;) {
        const void *const *block;
        size_t rows;
        assert_int_equal(bm_generation_next(generation, &block, &rows, &err), BM_OK);
        if (rows == 0)
            break;
        for (size_t c = 0; c < all.columns; c++)
            gather_block(&all, c, &heading[c], width[c], block[c], rows);
        all.rows += rows;
    }
    bm_generation_free(generation);
    return all;
}

static inline void generated_free(generated *all) {
    for (size_t c = 0; c < all->columns; c++) {
        free(all->number[c]);
        free(all->code[c]);
        bm_dictionary_free(&all->words[c]);
    }
    *all = (generated){0};
}

static inline size_t column_of(const generated *all, const char *name) {
    for (size_t c = 0; c < all->columns; c++)
        if (strcmp(all->name[c], name) == 0)
            return c;
    fail_msg("no column %s", name);
    return 0;
}

static inline const double *numbers(const generated *all, const char *name) {
    return all->number[column_of(all, name)];
}

static inline const int32_t *codes(const generated *all, const char *name) {
    return all->code[column_of(all, name)];
}

static inline const char *word(const generated *all, const char *name, size_t row) {
    size_t c = column_of(all, name);
    return bm_dictionary_string(&all->words[c], all->code[c][row]);
}

static inline void assert_same_rows(const generated *a, const generated *b, size_t rows) {
    assert_int_equal(a->columns, b->columns);
    for (size_t c = 0; c < a->columns; c++) {
        if (a->number[c] != NULL)
            assert_memory_equal(a->number[c], b->number[c], rows * sizeof(double));
        for (size_t i = 0; a->code[c] != NULL && i < rows; i++)
            assert_string_equal(bm_dictionary_string(&a->words[c], a->code[c][i]),
                                bm_dictionary_string(&b->words[c], b->code[c][i]));
    }
}

/* 2024-07-01 to 2025-12-31. */
static inline bm_generate_options some_options(size_t buyers, size_t columns, size_t segments) {
    return (bm_generate_options){.buyers = buyers,
                                 .columns = columns,
                                 .segments = segments,
                                 .r = NAN,
                                 .alpha = NAN,
                                 .a = NAN,
                                 .b = NAN,
                                 .from = 19905,
                                 .to = 20453};
}

#endif
