/* Texts that live until the rows they belong to are merged. */
#ifndef BM_INPUT_ARENA_H
#define BM_INPUT_ARENA_H

#include "buyermap/text.h"

/* Blocks that never move, so that what points into them stays valid. Zeroed is empty. */
typedef struct bm_arena_block bm_arena_block;
typedef struct bm_arena {
    bm_arena_block *block; /* the one in use; it knows those before it */
    size_t used;           /* of its bytes */
} bm_arena;

/* Room for so many bytes and BM_TEXT_PADDING more behind them. BM_NOMEM. */
bm_status bm_arena_take(bm_arena *arena, size_t bytes, char **out, bm_error *err) BM_MUST_CHECK;
bm_status bm_arena_copy(bm_arena *arena, bm_text text, bm_text *copy, bm_error *err) BM_MUST_CHECK;
/* Empties it; one block is kept. */
void bm_arena_clear(bm_arena *arena);
void bm_arena_free(bm_arena *arena);

#endif
