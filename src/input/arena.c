#include "input/arena.h"

#include "base/memory.h"
#include "input/reading.h"

#include <stdlib.h>
#include <string.h>

enum { USUAL_BLOCK = 16 * 1024 };

struct bm_arena_block {
    bm_arena_block *before;
    size_t size;
    char bytes[];
};

static bm_status add_block(bm_arena *arena, size_t bytes, bm_error *err) {
    size_t size = bytes > USUAL_BLOCK ? bytes : USUAL_BLOCK, whole;
    if (!bm_add(size, sizeof(bm_arena_block) + BM_TEXT_PADDING, &whole))
        whole = SIZE_MAX;
    bm_arena_block *block = calloc(1, whole); /* the padding is read as text, if never used */
    if (block == NULL)
        return bm_fail(err, BM_NOMEM, "out of memory: the texts of a record");
    block->before = arena->block;
    block->size = size;
    arena->block = block;
    arena->used = 0;
    return BM_OK;
}

bm_status bm_arena_take(bm_arena *arena, size_t bytes, char **out, bm_error *err) {
    if (arena->block == NULL || bytes > arena->block->size - arena->used) {
        bm_status status = add_block(arena, bytes, err);
        if (status != BM_OK)
            return status;
    }
    *out = arena->block->bytes + arena->used;
    arena->used += bytes;
    return BM_OK;
}

bm_status bm_arena_copy(bm_arena *arena, bm_text text, bm_text *copy, bm_error *err) {
    char *to;
    bm_status status = bm_arena_take(arena, text.length, &to, err);
    if (status != BM_OK)
        return status;
    if (text.length > 0)
        memcpy(to, text.data, text.length);
    *copy = (bm_text){to, text.length};
    return BM_OK;
}

void bm_arena_clear(bm_arena *arena) {
    while (arena->block != NULL && arena->block->before != NULL) {
        bm_arena_block *before = arena->block->before;
        free(arena->block);
        arena->block = before;
    }
    arena->used = 0;
}

void bm_arena_free(bm_arena *arena) {
    bm_arena_clear(arena);
    free(arena->block);
    *arena = (bm_arena){0};
}
