/* Numbers of a column, eight at a time, for CPUs with AVX-512 (BW, DQ, VL and VBMI); decimal.c
 * chooses them only there. */
#if defined(__x86_64__)
#include "kernel/decimal.h"

#include "kernel/cpu.h"

#include <immintrin.h>

#define BM_DECIMALS bm_decimals_avx512
#define BM_TARGET BM_COMPILED_FOR(BM_AVX512_VBMI)
#define BM_VECTOR(op) _mm512_##op

enum { LANES = 8 };
typedef __m512i block;
typedef __mmask8 lanes;

BM_TARGET static inline block all_lanes(int64_t value) {
    return _mm512_set1_epi64(value);
}

BM_TARGET static inline lanes equal(block a, block b) {
    return _mm512_cmpeq_epi64_mask(a, b);
}

BM_TARGET static inline lanes above(block a, block b) {
    return _mm512_cmpgt_epi64_mask(a, b);
}

BM_TARGET static inline block wide(lanes truth) {
    return _mm512_movm_epi64(truth);
}

BM_TARGET static inline unsigned bits(lanes truth) {
    return truth;
}

BM_TARGET static inline __m128i load_16(const void *p) {
    return _mm_loadu_si128((const __m128i *)p);
}

BM_TARGET static inline __m256i load_32(const void *p) {
    return _mm256_loadu_si256((const __m256i *)p);
}

BM_TARGET static inline block four(const char *a, const char *b, const char *c, const char *d) {
    __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(load_16(a)), load_16(b), 1);
    __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(load_16(c)), load_16(d), 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

BM_TARGET static inline block first_of(const char *const *text) {
    return _mm512_unpacklo_epi64(four(text[0], text[2], text[4], text[6]),
                                 four(text[1], text[3], text[5], text[7]));
}

BM_TARGET static inline block last_16(const char *const *text, const uint32_t *length) {
    return four(text[0] + (length[0] > 16), text[2] + (length[2] > 16), text[4] + (length[4] > 16),
                text[6] + (length[6] > 16));
}

/* 0…15 in every quarter. */
BM_TARGET static inline block ascending(void) {
    return _mm512_broadcast_i32x4(
        _mm_set_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
}

BM_TARGET static inline block lengths_of(const uint32_t *length, int first) {
    const int l = first * 0x01010101 * 4;
    const block lowest = _mm512_set_epi32(
        l + 0x18181818, l + 0x18181818, l + 0x18181818, l + 0x18181818, l + 0x10101010,
        l + 0x10101010, l + 0x10101010, l + 0x10101010, l + 0x08080808, l + 0x08080808,
        l + 0x08080808, l + 0x08080808, l, l, l, l);
    return _mm512_permutexvar_epi8(lowest, _mm512_castsi256_si512(load_32(length)));
}

BM_TARGET static inline block wide_lengths(const uint32_t *length) {
    return _mm512_cvtepu32_epi64(load_32(length));
}

BM_TARGET static inline block places(block texts, char mark) {
    __mmask64 here = _mm512_cmpeq_epi8_mask(texts, _mm512_set1_epi8((char)(mark ^ '0')));
    return _mm512_maskz_add_epi8(here, ascending(), _mm512_set1_epi8(1));
}

BM_TARGET static inline block cut(block texts, block place) {
    __mmask64 before = _mm512_cmplt_epu8_mask(ascending(), place);
    block up = _mm512_sub_epi8(ascending(), _mm512_set1_epi8(1));
    return _mm512_mask_shuffle_epi8(texts, before, texts, up);
}

BM_TARGET static inline __m512d as_doubles(block whole) {
    return _mm512_cvtepi64_pd(whole);
}

BM_TARGET static inline __m512d powers(block place) {
    const __m512d low = _mm512_set_pd(1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e0);
    const __m512d high = _mm512_set_pd(1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8);
    return _mm512_permutex2var_pd(low, place, high);
}

BM_TARGET static inline void store_truth(lanes plain, uint8_t *is_plain) {
    _mm_storel_epi64((__m128i *)(void *)is_plain, _mm_maskz_set1_epi8(plain, 1));
}

#include "kernel/decimal_lanes.h"
#else
typedef int bm_no_decimal_avx512; /* a translation unit must not be empty */
#endif
