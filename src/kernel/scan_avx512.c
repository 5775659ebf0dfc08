/* Text kernels for CPUs with AVX-512 (BW and VBMI2); scan.c chooses them only there. */
#if defined(__x86_64__)
#include "kernel/scan.h"

#include "kernel/cpu.h"
#include "kernel/scan_utf8.h"

#include <immintrin.h>

#define BM_SCAN(name) name##_avx512
#define BM_TARGET BM_COMPILED_FOR(BM_AVX512_VBMI2)

typedef __m512i block;

typedef struct nibbles {
    uint8_t low[16], high[16];
} nibbles;

BM_TARGET static inline block load(const char *p) {
    return _mm512_loadu_si512(p);
}

BM_TARGET static inline uint64_t high(block bytes) {
    return _mm512_movepi8_mask(bytes);
}

BM_TARGET static inline uint64_t equal(block bytes, char c) {
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c));
}

/* A table of 16 bytes in all lanes. */
BM_TARGET static inline block table(const uint8_t entry[16]) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)entry));
}

BM_TARGET static inline block low_nibbles(block bytes) {
    return _mm512_and_si512(bytes, _mm512_set1_epi8(15));
}

BM_TARGET static inline block high_nibbles(block bytes) {
    return low_nibbles(_mm512_srli_epi16(bytes, 4));
}

BM_TARGET static inline uint64_t marked(block bytes, const nibbles *nibble) {
    return _mm512_test_epi8_mask(_mm512_shuffle_epi8(table(nibble->low), low_nibbles(bytes)),
                                 _mm512_shuffle_epi8(table(nibble->high), high_nibbles(bytes)));
}

/* Sixteen places as positions. */
BM_TARGET static inline void write_sixteen(__m128i places, uint32_t at, uint32_t *position) {
    _mm512_storeu_si512(position,
                        _mm512_add_epi32(_mm512_cvtepu8_epi32(places), _mm512_set1_epi32((int)at)));
}

BM_TARGET static inline void write_places(uint64_t bits, uint32_t at, uint32_t *position) {
    const block all = _mm512_set_epi8(
        63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41,
        40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18,
        17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    block places = _mm512_maskz_compress_epi8(bits, all);
    write_sixteen(_mm512_castsi512_si128(places), at, position);
    write_sixteen(_mm512_extracti32x4_epi32(places, 1), at, position + 16);
    if (__builtin_expect(__builtin_popcountll(bits) > 32, 0)) {
        write_sixteen(_mm512_extracti32x4_epi32(places, 2), at, position + 32);
        write_sixteen(_mm512_extracti32x4_epi32(places, 3), at, position + 48);
    }
}

BM_TARGET static inline int broken(const char *p) {
    block bytes = load(p), first = load(p - 1);
    block pair = _mm512_and_si512(
        _mm512_and_si512(_mm512_shuffle_epi8(table(first_high), high_nibbles(first)),
                         _mm512_shuffle_epi8(table(first_low), low_nibbles(first))),
        _mm512_shuffle_epi8(table(second_high), high_nibbles(bytes)));
    /* The high bit is set where a third or fourth byte is due: there two continuations are right.
     */
    block third = _mm512_subs_epu8(load(p - 2), _mm512_set1_epi8(0xe0 - 0x80));
    block fourth = _mm512_subs_epu8(load(p - 3), _mm512_set1_epi8(0xf0 - 0x80));
    block due = _mm512_and_si512(_mm512_or_si512(third, fourth), _mm512_set1_epi8((char)0x80));
    return _mm512_test_epi8_mask(_mm512_xor_si512(due, pair), _mm512_set1_epi8((char)0xff)) != 0;
}

#include "kernel/scan_lanes.h"
#else
typedef int bm_no_scan_avx512; /* a translation unit must not be empty */
#endif
