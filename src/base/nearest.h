/* The word a mistyped one was meant to be. */
#ifndef BM_BASE_NEAREST_H
#define BM_BASE_NEAREST_H

#include <stddef.h>

/* Edit distance (Levenshtein) between two words. */
size_t bm_edit_distance(const char *a, const char *b);

#endif
