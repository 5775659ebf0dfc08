#include "buyermap/text.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a over 8 bytes at a time, finished by a multiply-xor so that the low bits are good. */
static uint64_t hash_text(bm_text text) {
    uint64_t hash = 0xcbf29ce484222325u ^ text.length;
    size_t i = 0;
    for (; i + 8 <= text.length; i += 8) {
        uint64_t word;
        memcpy(&word, text.data + i, 8);
        hash = (hash ^ word) * 0x9fb21c651e98df25u;
        hash ^= hash >> 32;
    }
    for (; i < text.length; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * 0x100000001b3u;
    hash ^= hash >> 29;
    hash *= 0x9fb21c651e98df25u;
    return hash ^ (hash >> 32);
}

bm_text bm_dictionary_text(const bm_dictionary *dictionary, int32_t code) {
    size_t begin = dictionary->offset[code];
    /* Each text is followed by its NUL, which is not part of it. */
    return (bm_text){dictionary->bytes + begin, dictionary->offset[code + 1] - begin - 1};
}

const char *bm_dictionary_string(const bm_dictionary *dictionary, int32_t code) {
    return bm_dictionary_text(dictionary, code).data;
}

static int equal(bm_text a, bm_text b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* The slot that holds the text, or the free one where it belongs. slots is a power of two. */
static size_t find_slot(const bm_dictionary *dictionary, bm_text text) {
    size_t mask = dictionary->slots - 1;
    size_t at = (size_t)hash_text(text) & mask;
    while (dictionary->slot[at] != 0 &&
           !equal(bm_dictionary_text(dictionary, (int32_t)(dictionary->slot[at] - 1)), text))
        at = (at + 1) & mask;
    return at;
}

static bm_status grow_slots(bm_dictionary *dictionary, bm_error *err) {
    size_t slots = dictionary->slots > 0 ? dictionary->slots * 2 : 64;
    uint32_t *slot = NULL;
    bm_status status = BM_NEW(&slot, slots, "a dictionary", err);
    if (status != BM_OK)
        return status;
    free(dictionary->slot);
    dictionary->slot = slot;
    dictionary->slots = slots;
    for (size_t code = 0; code < dictionary->count; code++)
        slot[find_slot(dictionary, bm_dictionary_text(dictionary, (int32_t)code))] =
            (uint32_t)code + 1;
    return BM_OK;
}

static bm_status append(bm_dictionary *dictionary, bm_text text, bm_error *err) {
    if (dictionary->count >= INT32_MAX - 1)
        return bm_fail(err, BM_LIMIT, "more than %d distinct texts in one column", INT32_MAX - 1);
    bm_status status = BM_GROW(&dictionary->offset, &dictionary->reserved, dictionary->count + 2,
                               "a dictionary", err);
    if (status != BM_OK)
        return status;
    status = BM_GROW(&dictionary->bytes, &dictionary->bytes_reserved,
                     dictionary->bytes_used + text.length + 1, "a dictionary", err);
    if (status != BM_OK)
        return status;
    if (dictionary->count == 0)
        dictionary->offset[0] = 0;
    if (text.length > 0)
        memcpy(dictionary->bytes + dictionary->bytes_used, text.data, text.length);
    dictionary->bytes_used += text.length;
    dictionary->bytes[dictionary->bytes_used++] = '\0';
    dictionary->offset[++dictionary->count] = dictionary->bytes_used;
    return BM_OK;
}

bm_status bm_dictionary_intern(bm_dictionary *dictionary, bm_text text, int32_t *code,
                               bm_error *err) {
    /* At most two thirds full. */
    if (dictionary->count * 3 >= dictionary->slots * 2) {
        bm_status status = grow_slots(dictionary, err);
        if (status != BM_OK)
            return status;
    }
    size_t at = find_slot(dictionary, text);
    if (dictionary->slot[at] == 0) {
        bm_status status = append(dictionary, text, err);
        if (status != BM_OK)
            return status;
        dictionary->slot[at] = (uint32_t)dictionary->count;
    }
    *code = (int32_t)(dictionary->slot[at] - 1);
    return BM_OK;
}

int32_t bm_dictionary_find(const bm_dictionary *dictionary, bm_text text) {
    if (dictionary->count == 0)
        return -1;
    uint32_t held = dictionary->slot[find_slot(dictionary, text)];
    return held == 0 ? -1 : (int32_t)(held - 1);
}

void bm_dictionary_free(bm_dictionary *dictionary) {
    free(dictionary->bytes);
    free(dictionary->offset);
    free(dictionary->slot);
    *dictionary = (bm_dictionary){0};
}
