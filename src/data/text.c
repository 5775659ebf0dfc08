#include "buyermap/text.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

size_t bm_text_character(bm_text text) {
    const unsigned char *at = (const unsigned char *)text.data;
    unsigned char low = 0x80, high = 0xbf; /* limits of the second byte */
    size_t length;
    if (at[0] < 0x80)
        return 1;
    if (at[0] >= 0xc2 && at[0] <= 0xdf)
        length = 2;
    else if (at[0] >= 0xe0 && at[0] <= 0xef)
        length = 3;
    else if (at[0] >= 0xf0 && at[0] <= 0xf4)
        length = 4;
    else
        return 0;
    if (at[0] == 0xe0)
        low = 0xa0;
    else if (at[0] == 0xed)
        high = 0x9f;
    else if (at[0] == 0xf0)
        low = 0x90;
    else if (at[0] == 0xf4)
        high = 0x8f;
    if (text.length < length || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

bm_text bm_text_cut(bm_text text, size_t bytes) {
    if (text.length <= bytes)
        return text;
    /* A character that begins before the cut and ends after it begins at most 3 bytes before. */
    for (size_t back = 1; back <= 3 && back <= bytes; back++) {
        size_t at = bytes - back;
        if (bm_text_character((bm_text){text.data + at, text.length - at}) > back)
            return (bm_text){text.data, at};
    }
    return (bm_text){text.data, bytes};
}

bm_text bm_text_first(bm_text text, size_t characters) {
    size_t at = 0;
    for (; characters > 0 && at < text.length; characters--) {
        size_t length = bm_text_character((bm_text){text.data + at, text.length - at});
        at += length > 0 ? length : 1;
    }
    return (bm_text){text.data, at};
}

bm_status bm_text_clean(char **clean, bm_text text, bm_error *err) {
    static const char replacement[] = "\xef\xbf\xbd";
    size_t room, used = 0;
    *clean = NULL;
    if (!bm_multiply(text.length, sizeof replacement - 1, &room) || !bm_add(room, 1, &room))
        return bm_fail(err, BM_NOMEM, "out of memory: a text");
    bm_status status = BM_NEW(clean, room, "a text", err);
    for (size_t at = 0; status == BM_OK && at < text.length;) {
        size_t length = bm_text_character((bm_text){text.data + at, text.length - at});
        const char *from = length > 0 ? text.data + at : replacement;
        size_t bytes = length > 0 ? length : sizeof replacement - 1;
        memcpy(*clean + used, from, bytes);
        used += bytes;
        at += length > 0 ? length : 1;
    }
    return status;
}

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
