/* Text kernels for CPUs with AVX2; scan.c chooses them only there. */
#if defined(__x86_64__)
#include "kernel/scan.h"

#include "kernel/cpu.h"
#include "kernel/scan_utf8.h"

#include <immintrin.h>

#define BM_SCAN(name) name##_avx2
#define BM_TARGET BM_COMPILED_FOR(BM_AVX2_BITS)

typedef struct block {
    __m256i half[2];
} block;

typedef struct nibbles {
    uint8_t low[16], high[16];
} nibbles;

BM_TARGET static inline __m256i load_half(const void *p) {
    return _mm256_loadu_si256((const __m256i *)p);
}

BM_TARGET static inline block load(const char *p) {
    return (block){{load_half(p), load_half(p + 32)}};
}

/* The highest bit of each byte. */
BM_TARGET static inline uint64_t join(__m256i low, __m256i high_half) {
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high_half)
                                                     << 32;
}

BM_TARGET static inline uint64_t high(block bytes) {
    return join(bytes.half[0], bytes.half[1]);
}

BM_TARGET static inline uint64_t equal(block bytes, char c) {
    __m256i all = _mm256_set1_epi8(c);
    return join(_mm256_cmpeq_epi8(bytes.half[0], all), _mm256_cmpeq_epi8(bytes.half[1], all));
}

/* A table of 16 bytes in both lanes. */
BM_TARGET static inline __m256i table(const uint8_t entry[16]) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)entry));
}

BM_TARGET static inline __m256i high_nibbles(__m256i bytes) {
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
}

/* All ones for what is no mark. */
BM_TARGET static inline __m256i unmarked(__m256i bytes, const nibbles *nibble) {
    __m256i low = _mm256_and_si256(bytes, _mm256_set1_epi8(15));
    __m256i both = _mm256_and_si256(_mm256_shuffle_epi8(table(nibble->low), low),
                                    _mm256_shuffle_epi8(table(nibble->high), high_nibbles(bytes)));
    return _mm256_cmpeq_epi8(both, _mm256_setzero_si256());
}

BM_TARGET static inline uint64_t marked(block bytes, const nibbles *nibble) {
    return ~join(unmarked(bytes.half[0], nibble), unmarked(bytes.half[1], nibble));
}

/* For each byte the places of its bits, a byte each, the lowest first. */
#define BELOW(m, b) (COUNT((m) & ((1 << (b)) - 1)))
#define COUNT(m)                                                                                   \
    (((m)&1) + ((m) >> 1 & 1) + ((m) >> 2 & 1) + ((m) >> 3 & 1) + ((m) >> 4 & 1) +                 \
     ((m) >> 5 & 1) + ((m) >> 6 & 1))
#define PLACE(m, b) ((uint64_t)((m) >> (b)&1) * (b) << 8 * BELOW(m, b))
#define ONE(m)                                                                                     \
    (PLACE(m, 1) | PLACE(m, 2) | PLACE(m, 3) | PLACE(m, 4) | PLACE(m, 5) | PLACE(m, 6) |           \
     PLACE(m, 7))
#define FOUR(m) ONE(m), ONE((m) + 1), ONE((m) + 2), ONE((m) + 3)
#define SIXTEEN(m) FOUR(m), FOUR((m) + 4), FOUR((m) + 8), FOUR((m) + 12)
#define SOME(m) SIXTEEN(m), SIXTEEN((m) + 16), SIXTEEN((m) + 32), SIXTEEN((m) + 48)
static const uint64_t places_of[256] = {SOME(0), SOME(64), SOME(128), SOME(192)};

/* Eight bits at a time, without a branch, so that it does not matter how many marks there are. */
BM_TARGET static inline void write_places(uint64_t bits, uint32_t at, uint32_t *position) {
    __m256i base = _mm256_set1_epi32((int)at);
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        uint64_t byte = bits >> 8 * i & 255;
        __m128i places = _mm_loadl_epi64((const __m128i *)(const void *)&places_of[byte]);
        _mm256_storeu_si256((__m256i *)(void *)position,
                            _mm256_add_epi32(_mm256_cvtepu8_epi32(places), base));
        position += __builtin_popcountll(byte);
        base = _mm256_add_epi32(base, _mm256_set1_epi32(8));
    }
}

/* The errors of 32 bytes, as high bits or more. */
BM_TARGET static inline __m256i errors(const char *p) {
    __m256i bytes = load_half(p), first = load_half(p - 1);
    __m256i low = _mm256_and_si256(first, _mm256_set1_epi8(15));
    __m256i pair = _mm256_and_si256(
        _mm256_and_si256(_mm256_shuffle_epi8(table(first_high), high_nibbles(first)),
                         _mm256_shuffle_epi8(table(first_low), low)),
        _mm256_shuffle_epi8(table(second_high), high_nibbles(bytes)));
    /* The high bit is set where a third or fourth byte is due: there two continuations are right.
     */
    __m256i third = _mm256_subs_epu8(load_half(p - 2), _mm256_set1_epi8(0xe0 - 0x80));
    __m256i fourth = _mm256_subs_epu8(load_half(p - 3), _mm256_set1_epi8(0xf0 - 0x80));
    __m256i due = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
    return _mm256_xor_si256(due, pair);
}

BM_TARGET static inline int broken(const char *p) {
    __m256i any = _mm256_or_si256(errors(p), errors(p + 32));
    return !_mm256_testz_si256(any, any);
}

#include "kernel/scan_lanes.h"
#else
typedef int bm_no_scan_avx2; /* a translation unit must not be empty */
#endif
