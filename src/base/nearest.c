#include "base/nearest.h"

#include <string.h>

enum { LONGEST_WORD = 64 };

/* Wagner and Fischer 1974, one row at a time; longer words are compared by their beginnings. */
size_t bm_edit_distance(const char *a, const char *b) {
    size_t row[LONGEST_WORD + 1];
    size_t la = strnlen(a, LONGEST_WORD), lb = strnlen(b, LONGEST_WORD);
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = substitute < shorter ? substitute : shorter;
        }
    }
    return row[lb];
}

void bm_nearest_consider(bm_nearest_word *nearest, const char *word, const char *typed) {
    size_t distance = bm_edit_distance(word, typed);
    if (nearest->word == NULL || distance < nearest->distance)
        *nearest = (bm_nearest_word){word, distance};
}

int bm_nearest_is_slip(const bm_nearest_word *nearest, const char *typed) {
    return nearest->word != NULL && nearest->distance <= strlen(typed) / 2;
}
