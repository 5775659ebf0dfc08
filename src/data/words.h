/* Texts as words: comparing, hashing and copying short texts without a call or a loop. */
#ifndef BM_DATA_WORDS_H
#define BM_DATA_WORDS_H

#include "buyermap/text.h"

#include <endian.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

static inline uint64_t fold(uint64_t a, uint64_t b) {
    uint128 product = (uint128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The first byte is the highest, so that words stand in the order of their bytes. */
static inline uint64_t load_64(const char *at) {
    uint64_t word;
    memcpy(&word, at, 8);
    return be64toh(word);
}

static inline uint64_t load_32(const char *at) {
    uint32_t word;
    memcpy(&word, at, 4);
    return be32toh(word);
}

static inline void copy(char *to, bm_text text) {
    size_t length = text.length;
    if (length >= 8 && length <= 16) {
        memcpy(to, text.data, 8);
        memcpy(to + length - 8, text.data + length - 8, 8);
    } else if (length > 0) {
        memcpy(to, text.data, length);
    }
}

/* The last 16 bytes of a text, or all of a shorter one, as two words that may overlap. Of texts of
 * one length, up to 16 bytes, they are equal where the texts are, and stand in the order of bytes.
 */
typedef struct words {
    uint64_t a, b;
} words;

static inline words words_of(bm_text text) {
    const char *at = text.data;
    size_t length = text.length;
    if (length > 16)
        return (words){load_64(at + length - 16), load_64(at + length - 8)};
    if (length >= 8)
        return (words){load_64(at), load_64(at + length - 8)};
    if (length >= 4)
        return (words){load_32(at), load_32(at + length - 4)};
    if (length == 0)
        return (words){0, 0};
    return (words){(uint64_t)(unsigned char)at[0] << 16 |
                       (uint64_t)(unsigned char)at[length / 2] << 8 | (unsigned char)at[length - 1],
                   0};
}

/* The 32 bits of a text's hash that a slot holds: folded products of two words at a time, as in
 * wyhash (Wang Yi, 2019). */
static inline uint32_t hash_text(bm_text text) {
    words end = words_of(text);
    uint64_t hash = 0x9e3779b97f4a7c15u ^ text.length;
    const char *at = text.data;
    for (size_t left = text.length; left > 16; at += 16, left -= 16)
        hash = fold(load_64(at) ^ 0xe7037ed1a0b428dbu, load_64(at + 8) ^ hash);
    hash = fold(end.a ^ 0xa0761d6478bd642fu, end.b ^ hash);
    return (uint32_t)(fold(hash, 0xe7037ed1a0b428dbu) >> 32);
}

static inline int equal(bm_text a, bm_text b) {
    if (a.length != b.length)
        return 0;
    if (a.length > 16)
        return memcmp(a.data, b.data, a.length) == 0;
    words x = words_of(a), y = words_of(b);
    return ((x.a ^ y.a) | (x.b ^ y.b)) == 0;
}

/* < 0, 0 or > 0: a stands before b, is b, stands after b. */
static inline int compare_shortlex(bm_text a, bm_text b) {
    if (a.length != b.length)
        return a.length < b.length ? -1 : 1;
    if (a.length > 16)
        return memcmp(a.data, b.data, a.length);
    words x = words_of(a), y = words_of(b);
    return x.a != y.a ? (x.a < y.a ? -1 : 1) : (x.b > y.b) - (x.b < y.b);
}

#endif
