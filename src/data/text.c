#include "buyermap/text.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

bm_status bm_strings_add(bm_strings *list, const char *text, bm_error *err) {
    bm_status status = BM_GROW(&list->item, &list->reserved, list->count + 1, "a list", err);
    if (status != BM_OK)
        return status;
    status = bm_copy_string(&list->item[list->count], text, err);
    if (status == BM_OK)
        list->count++;
    return status;
}

static int is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bm_status add_trimmed(bm_strings *list, const char *begin, const char *end, bm_error *err) {
    while (begin < end && is_blank(*begin))
        begin++;
    while (end > begin && is_blank(end[-1]))
        end--;
    char *piece = NULL;
    bm_status status = bm_copy_text(&piece, begin, (size_t)(end - begin), err);
    if (status == BM_OK)
        status = bm_strings_add(list, piece, err);
    free(piece);
    return status;
}

bm_status bm_strings_split(bm_strings *list, const char *text, char separator, bm_error *err) {
    for (;;) {
        const char *end = strchr(text, separator);
        bm_status status = add_trimmed(list, text, end != NULL ? end : text + strlen(text), err);
        if (status != BM_OK || end == NULL)
            return status;
        text = end + 1;
    }
}

bm_status bm_strings_copy(const bm_strings *from, bm_strings *to, bm_error *err) {
    for (size_t i = 0; i < from->count; i++) {
        bm_status status = bm_strings_add(to, from->item[i], err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

int bm_strings_contain(const bm_strings *list, const char *text) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->item[i], text) == 0)
            return 1;
    }
    return 0;
}

void bm_strings_free(bm_strings *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->item[i]);
    free(list->item);
    *list = (bm_strings){0};
}
