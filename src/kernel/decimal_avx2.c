/* Numbers of a column, four at a time, for CPUs with AVX2; decimal.c chooses them only there. */
#if defined(__x86_64__)
#include "kernel/decimal.h"

#include "kernel/cpu.h"

#include <immintrin.h>

#define BM_DECIMALS bm_decimals_avx2
#define BM_TARGET BM_COMPILED_FOR(BM_AVX2)
#define BM_VECTOR(op) _mm256_##op

enum { LANES = 4 };
typedef __m256i block;
typedef __m256i lanes; /* all ones or zeros */

BM_TARGET static inline block all_lanes(int64_t value) {
    return _mm256_set1_epi64x(value);
}

BM_TARGET static inline lanes equal(block a, block b) {
    return _mm256_cmpeq_epi64(a, b);
}

BM_TARGET static inline lanes above(block a, block b) {
    return _mm256_cmpgt_epi64(a, b);
}

BM_TARGET static inline block wide(lanes truth) {
    return truth;
}

BM_TARGET static inline unsigned bits(lanes truth) {
    return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(truth));
}

BM_TARGET static inline __m128i load_16(const void *p) {
    return _mm_loadu_si128((const __m128i *)p);
}

BM_TARGET static inline block two(const char *low, const char *high) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(load_16(low)), load_16(high), 1);
}

BM_TARGET static inline block first_of(const char *const *text) {
    return _mm256_unpacklo_epi64(two(text[0], text[2]), two(text[1], text[3]));
}

BM_TARGET static inline block last_16(const char *const *text, const uint32_t *length) {
    return two(text[0] + (length[0] > 16), text[2] + (length[2] > 16));
}

/* 0…15 in both halves. */
BM_TARGET static inline block ascending(void) {
    return _mm256_broadcastsi128_si256(
        _mm_set_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
}

BM_TARGET static inline block lengths_of(const uint32_t *length, int first) {
    block both = _mm256_broadcastsi128_si256(load_16(length));
    block lowest =
        _mm256_set_m128i(_mm_set1_epi8((char)(4 * first + 8)), _mm_set1_epi8((char)(4 * first)));
    return _mm256_shuffle_epi8(both, lowest);
}

BM_TARGET static inline block wide_lengths(const uint32_t *length) {
    return _mm256_cvtepu32_epi64(load_16(length));
}

BM_TARGET static inline block places(block texts, char mark) {
    block here = _mm256_cmpeq_epi8(texts, _mm256_set1_epi8((char)(mark ^ '0')));
    return here & _mm256_sub_epi8(ascending(), _mm256_set1_epi8(-1));
}

BM_TARGET static inline block cut(block texts, block place) {
    block before = _mm256_cmpgt_epi8(place, ascending());
    return _mm256_shuffle_epi8(texts, _mm256_add_epi8(ascending(), before));
}

/* The upper and the lower 32 bits are put under the exponents of 2^84 and 2^52, which are then
 * taken off. */
BM_TARGET static inline __m256d as_doubles(block whole) {
    const __m256d high_one = _mm256_set1_pd(0x1p84), low_one = _mm256_set1_pd(0x1p52);
    block high = _mm256_srli_epi64(whole, 32) | _mm256_castpd_si256(high_one);
    block low = _mm256_blend_epi32(whole, _mm256_castpd_si256(low_one), 0xaa);
    __m256d rest = _mm256_sub_pd(_mm256_castsi256_pd(high), _mm256_set1_pd(0x1p84 + 0x1p52));
    return _mm256_add_pd(rest, _mm256_castsi256_pd(low));
}

BM_TARGET static inline __m256d powers(block place) {
    static const double power[16] = {1e0, 1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9,
                                     1e8, 1e7,  1e6,  1e5,  1e4,  1e3,  1e2,  1e1};
    return _mm256_i64gather_pd(power, place & all_lanes(15), 8);
}

BM_TARGET static inline void store_truth(lanes plain, uint8_t *is_plain) {
    uint32_t bytes = bits(plain) * 0x00204081u & 0x01010101u;
    __builtin_memcpy(is_plain, &bytes, sizeof bytes);
}

#include "kernel/decimal_lanes.h"
#else
typedef int bm_no_decimal_avx2; /* a translation unit must not be empty */
#endif
