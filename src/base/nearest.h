/* The word a mistyped one was meant to be. */
#ifndef BM_BASE_NEAREST_H
#define BM_BASE_NEAREST_H

#include <stddef.h>

/* The nearest word so far. Begin with {0}; word stays NULL while nothing was considered. */
typedef struct bm_nearest_word {
    const char *word; /* borrowed */
    size_t distance;
} bm_nearest_word;

/* Takes the word when it is nearer to what was typed than the one before; ties keep the first. */
void bm_nearest_consider(bm_nearest_word *nearest, const char *word, const char *typed);
/* 1 when the word is so near that it is a slip of the one found: at most half of it differs. */
int bm_nearest_is_slip(const bm_nearest_word *nearest, const char *typed);
/* Edit distance (Levenshtein) between two words. */
size_t bm_edit_distance(const char *a, const char *b);

#endif
