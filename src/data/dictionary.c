/* Distinct texts and their codes.
 * Ordered: while each new text is greater than all before it in shortlex order (length first, then
 * bytes), as ids mostly are in files, one comparison with the last tells that it is new, and there
 * is no index. The first text that breaks the order has the index built.
 * Indexed: open addressing with linear probing (Knuth, TAOCP 3, 6.4 L) at a load of at most 3/4. A
 * slot holds 32 bits of the hash beside the code, so that the texts are read only where these are
 * equal. The leading bits of the same 32 say where a text belongs: the index grows without reading
 * any text, in place and in the order of memory.
 * Memory: the texts, 4 bytes each for where they start, and with an index 11 to 21 bytes each. */
#include "buyermap/text.h"

#include "base/memory.h"
#include "data/words.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BITS = 16, /* texts of a block, as a power of two: they share the base of `start` */
    BLOCK_MASK = (1 << BLOCK_BITS) - 1,
    FEWEST_SLOTS = 64,    /* a power of two */
    GROUP = 32,           /* texts looked up together, so that their reads of memory overlap */
    FIT_THE_CACHE = 4096, /* texts whose reading needs no help */
};

static inline size_t start_of(const bm_dictionary *d, size_t i) {
    return d->base[i >> BLOCK_BITS] + d->start[i];
}

static inline bm_text text_of(const bm_dictionary *d, size_t i) {
    size_t begin = start_of(d, i);
    /* Each text is followed by its NUL, which is not part of it. */
    return (bm_text){d->bytes + begin, start_of(d, i + 1) - begin - 1};
}

bm_text bm_dictionary_text(const bm_dictionary *dictionary, int32_t code) {
    return text_of(dictionary, (size_t)code);
}

const char *bm_dictionary_string(const bm_dictionary *dictionary, int32_t code) {
    return dictionary->bytes + start_of(dictionary, (size_t)code);
}

/* Notes where text i begins: at the end of what is used. */
static inline void set_start(bm_dictionary *d, size_t i) {
    size_t block = i >> BLOCK_BITS;
    if ((i & BLOCK_MASK) == 0)
        d->base[block] = d->bytes_used;
    d->start[i] = (uint32_t)(d->bytes_used - d->base[block]);
}

/* Whether the end of one more text is in the 4 GiB that its block reaches. */
static inline int fits_block(const bm_dictionary *d, bm_text text) {
    size_t in_block = d->count > 0 ? d->bytes_used - d->base[d->count >> BLOCK_BITS] : 0;
    return text.length < UINT32_MAX - in_block;
}

/* Makes room for one more text, which then takes `used` bytes of the pool in all. */
static bm_status reserve(bm_dictionary *d, bm_text text, size_t used, bm_error *err) {
    bm_status status;
    size_t next_block = (d->count + 1) >> BLOCK_BITS;
    if (d->count >= INT32_MAX - 1)
        return bm_fail(err, BM_LIMIT, "more than %d distinct texts in one column", INT32_MAX - 1);
    if (!fits_block(d, text))
        return bm_fail(err, BM_LIMIT, "%d distinct texts of one column take over 4 GiB",
                       1 << BLOCK_BITS);
    BM_TRY(BM_GROW(&d->base, &d->bases_reserved, next_block + 1, "a dictionary", err));
    BM_TRY(BM_GROW(&d->start, &d->reserved, d->count + 2, "a dictionary", err));
    BM_TRY(BM_GROW(&d->bytes, &d->bytes_reserved, used, "a dictionary", err));
    if (d->count == 0)
        set_start(d, 0);
cleanup:
    return status;
}

/* Adds a text that is not there yet; its code is the last. */
static inline bm_status append(bm_dictionary *d, bm_text text, bm_error *err) {
    size_t used = d->bytes_used + text.length + 1;
    int is_room = used <= d->bytes_reserved && d->count + 2 <= d->reserved &&
                  ((d->count + 1) & BLOCK_MASK) != 0 && fits_block(d, text);
    bm_status status = is_room ? BM_OK : reserve(d, text, used, err);
    if (status != BM_OK)
        return status;
    copy(d->bytes + d->bytes_used, text);
    d->bytes[used - 1] = '\0';
    d->bytes_used = used;
    set_start(d, ++d->count);
    return BM_OK;
}

/* Where a text of this tag belongs: its leading bits, as many as number the slots. */
static inline size_t home_of(size_t slots, uint32_t tag) {
    return tag >> (__builtin_clzll(slots) - 31);
}

static inline uint64_t slot_value(uint32_t tag, size_t code) {
    return (uint64_t)tag << 32 | (uint64_t)(code + 1);
}

static inline int32_t code_in(uint64_t held) {
    return (int32_t)((uint32_t)held - 1);
}

/* The slot that holds the text, or the free one where it belongs. */
static inline size_t find_slot(const bm_dictionary *d, bm_text text, uint32_t tag) {
    size_t mask = d->slots - 1, at = home_of(d->slots, tag);
    for (; d->slot[at] != 0; at = (at + 1) & mask) {
        if (d->slot[at] >> 32 == tag && equal(text_of(d, (size_t)code_in(d->slot[at])), text))
            break;
    }
    return at;
}

/* Puts a value that is not there yet into the first free slot. */
static void put(uint64_t *slot, size_t slots, uint64_t held) {
    size_t at = home_of(slots, (uint32_t)(held >> 32));
    while (slot[at] != 0)
        at = (at + 1) & (slots - 1);
    slot[at] = held;
}

static inline int is_too_full(size_t count, size_t slots) {
    return count / 3 >= slots / 4;
}

/* What is in slot i belongs at about 2 i when the slots double. Those few about the two ends of the
 * table of which this does not hold: what would go below i, and what may go past the end, which is
 * no more than what did so before and stands at the beginning. */
static size_t most_aside(const bm_dictionary *d) {
    size_t most = 0;
    while (d->slot[most] != 0)
        most++;
    for (size_t i = 0; i < d->slots; i++)
        most += d->slot[i] != 0 && home_of(2 * d->slots, (uint32_t)(d->slot[i] >> 32)) < i;
    return most;
}

/* Doubles the slots in place, from the last one down: what moves goes above all that has not moved
 * yet, but for a few that are put aside and go last. */
static bm_status double_slots(bm_dictionary *d, bm_error *err) {
    bm_status status;
    size_t slots = d->slots, reserved = slots, aside_count = 0;
    uint64_t *aside = NULL;
    BM_TRY(BM_NEW(&aside, most_aside(d), "a dictionary", err));
    BM_TRY(BM_GROW(&d->slot, &reserved, 2 * slots, "a dictionary", err));
    memset(d->slot + slots, 0, slots * sizeof *d->slot);
    d->slots = 2 * slots;
    for (size_t i = slots; i-- > 0;) {
        uint64_t held = d->slot[i];
        if (held == 0)
            continue;
        d->slot[i] = 0;
        size_t at = home_of(d->slots, (uint32_t)(held >> 32));
        int is_above = at >= i;
        while (is_above && at < d->slots && d->slot[at] != 0)
            at++;
        if (is_above && at < d->slots)
            d->slot[at] = held;
        else
            aside[aside_count++] = held;
    }
    for (size_t i = 0; i < aside_count; i++)
        put(d->slot, d->slots, aside[i]);
cleanup:
    free(aside);
    return status;
}

/* Prefetching hides that the slots of successive texts lie all over the memory. */
static void index_all(bm_dictionary *d) {
    uint32_t tag[GROUP];
    for (size_t first = 0; first < d->count; first += GROUP) {
        size_t n = d->count - first < GROUP ? d->count - first : GROUP;
        for (size_t i = 0; i < n; i++) {
            tag[i] = hash_text(text_of(d, first + i));
            __builtin_prefetch(&d->slot[home_of(d->slots, tag[i])], 1);
        }
        for (size_t i = 0; i < n; i++)
            put(d->slot, d->slots, slot_value(tag[i], first + i));
    }
}

bm_status bm_dictionary_index(bm_dictionary *dictionary, bm_error *err) {
    if (dictionary->slot != NULL)
        return BM_OK;
    size_t slots = FEWEST_SLOTS;
    while (is_too_full(dictionary->count + GROUP, slots))
        slots *= 2;
    bm_status status = BM_NEW(&dictionary->slot, slots, "a dictionary", err);
    if (status != BM_OK)
        return status;
    dictionary->slots = slots;
    index_all(dictionary);
    return BM_OK;
}

static bm_status make_room(bm_dictionary *d, size_t texts, bm_error *err) {
    return is_too_full(d->count + texts, d->slots) ? double_slots(d, err) : BM_OK;
}

/* There is an index with room for one more. */
static inline bm_status intern_indexed(bm_dictionary *d, bm_text text, uint32_t tag, int32_t *code,
                                       bm_error *err) {
    size_t at = find_slot(d, text, tag);
    if (d->slot[at] == 0) {
        bm_status status = append(d, text, err);
        if (status != BM_OK)
            return status;
        d->slot[at] = slot_value(tag, d->count - 1);
    }
    *code = code_in(d->slot[at]);
    return BM_OK;
}

static inline bm_status intern_one(bm_dictionary *d, bm_text text, int32_t *code, bm_error *err) {
    bm_status status = make_room(d, 1, err);
    return status == BM_OK ? intern_indexed(d, text, hash_text(text), code, err) : status;
}

static int compare_with_last(const bm_dictionary *d, bm_text text) {
    return d->count == 0 ? 1 : compare_shortlex(text, text_of(d, d->count - 1));
}

bm_status bm_dictionary_intern(bm_dictionary *dictionary, bm_text text, int32_t *code,
                               bm_error *err) {
    bm_status status = BM_OK;
    if (dictionary->slot == NULL) {
        int order = compare_with_last(dictionary, text);
        if (order > 0)
            BM_TRY(append(dictionary, text, err));
        if (order >= 0) {
            *code = (int32_t)(dictionary->count - 1);
            return BM_OK;
        }
        BM_TRY(bm_dictionary_index(dictionary, err));
    }
    BM_TRY(intern_one(dictionary, text, code, err));
cleanup:
    return status;
}

/* Reads ahead the texts that are probably these ones: those with the same tag. */
static void prefetch_texts(const bm_dictionary *d, const uint32_t *tag, size_t n) {
    size_t candidate[GROUP], candidates = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = home_of(d->slots, tag[i]);
        while (d->slot[at] != 0 && d->slot[at] >> 32 != tag[i])
            at = (at + 1) & (d->slots - 1);
        if (d->slot[at] == 0)
            continue;
        candidate[candidates++] = (size_t)code_in(d->slot[at]);
        __builtin_prefetch(&d->start[code_in(d->slot[at])]);
    }
    for (size_t i = 0; i < candidates; i++)
        __builtin_prefetch(d->bytes + start_of(d, candidate[i]));
}

/* Hashes all, then reads: what is missing or repeats the text before it has no use for its tag. */
static bm_status intern_group(bm_dictionary *d, const bm_text *text, size_t n, int32_t *code,
                              bm_error *err) {
    uint32_t tag[GROUP];
    bm_status status = make_room(d, n, err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        tag[i] = text[i].data != NULL ? hash_text(text[i]) : 0;
        __builtin_prefetch(&d->slot[home_of(d->slots, tag[i])], 1);
    }
    prefetch_texts(d, tag, n);
    for (size_t i = 0; i < n && status == BM_OK; i++) {
        if (text[i].data == NULL)
            code[i] = -1;
        else if (i > 0 && text[i - 1].data != NULL && equal(text[i], text[i - 1]))
            code[i] = code[i - 1];
        else
            status = intern_indexed(d, text[i], tag[i], &code[i], err);
    }
    return status;
}

/* Goes on while the texts are in order; gives how many it has done. The text before is compared as
 * it came, since what was just written is slow to read. */
static bm_status intern_ordered(bm_dictionary *d, const bm_text *text, size_t n, int32_t *code,
                                size_t *done, bm_error *err) {
    bm_text last = d->count > 0 ? text_of(d, d->count - 1) : (bm_text){0};
    for (*done = 0; *done < n; ++*done) {
        bm_text now = text[*done];
        if (now.data == NULL) {
            code[*done] = -1;
            continue;
        }
        int order = d->count > 0 ? compare_shortlex(now, last) : 1;
        if (order < 0)
            return bm_dictionary_index(d, err);
        bm_status status = order > 0 ? append(d, now, err) : BM_OK;
        if (status != BM_OK)
            return status;
        code[*done] = (int32_t)(d->count - 1);
        last = now;
    }
    return BM_OK;
}

/* The same one by one while the dictionary is in the cache. */
static bm_status intern_few(bm_dictionary *d, const bm_text *text, size_t n, int32_t *code,
                            size_t *done, bm_error *err) {
    bm_text last = {0};
    int32_t last_code = -1;
    for (; *done < n && d->count < FIT_THE_CACHE; ++*done) {
        bm_text now = text[*done];
        if (now.data == NULL) {
            code[*done] = -1;
            continue;
        }
        if (last.data == NULL || !equal(now, last)) {
            bm_status status = intern_one(d, now, &last_code, err);
            if (status != BM_OK)
                return status;
        }
        code[*done] = last_code;
        last = now;
    }
    return BM_OK;
}

bm_status bm_dictionary_intern_many(bm_dictionary *dictionary, const bm_text *text, size_t n,
                                    int32_t *code, bm_error *err) {
    bm_status status = BM_OK;
    size_t done = 0;
    if (dictionary->slot == NULL)
        BM_TRY(intern_ordered(dictionary, text, n, code, &done, err));
    BM_TRY(intern_few(dictionary, text, n, code, &done, err));
    for (size_t i = done; i < n; i += GROUP)
        BM_TRY(intern_group(dictionary, text + i, n - i < GROUP ? n - i : GROUP, code + i, err));
cleanup:
    return status;
}

static int32_t find_ordered(const bm_dictionary *d, bm_text text) {
    int order = compare_with_last(d, text);
    if (order >= 0)
        return order > 0 ? -1 : (int32_t)(d->count - 1);
    size_t low = 0, high = d->count - 1; /* less than the last */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_shortlex(text_of(d, middle), text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return equal(text_of(d, low), text) ? (int32_t)low : -1;
}

int32_t bm_dictionary_find(const bm_dictionary *dictionary, bm_text text) {
    if (dictionary->slot == NULL)
        return find_ordered(dictionary, text);
    return code_in(dictionary->slot[find_slot(dictionary, text, hash_text(text))]);
}

size_t bm_dictionary_bytes(const bm_dictionary *dictionary) {
    size_t starts = dictionary->count > 0 ? dictionary->count + 1 : 0;
    size_t blocks = (starts + BLOCK_MASK) >> BLOCK_BITS;
    return dictionary->bytes_used + starts * sizeof *dictionary->start +
           blocks * sizeof *dictionary->base + dictionary->slots * sizeof *dictionary->slot;
}

void bm_dictionary_free(bm_dictionary *dictionary) {
    free(dictionary->bytes);
    free(dictionary->start);
    free(dictionary->base);
    free(dictionary->slot);
    *dictionary = (bm_dictionary){0};
}
