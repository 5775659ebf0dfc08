/* The text kernels, written once over blocks of 64 bytes: scan_avx2.c and scan_avx512.c define
 * BM_SCAN(name) as the name in their variant and BM_TARGET as what their CPU can do, and include
 * this file after
 *   block               64 bytes in registers
 *   load(p)             the block at p
 *   equal(b, c)         a bit for each byte that equals c, the first byte lowest
 *   high(b)             a bit for each byte above 127
 *   marked(b, nibbles)  a bit for each byte that both nibbles call a mark
 *   write_places(…)     the places of a block's bits as positions, up to 64 entries
 *   broken(p)           whether a character that ends or breaks among p[0…63] is not UTF-8, or one
 *                       that began before; looks at p[-3] too */
#include <string.h>

/* Bits above the last byte of a block that a text ends in are noise. */
static inline uint64_t first_bits(size_t count) {
    return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

/* Each mark has a bit of its own, so that bytes of which one nibble is that of one mark and the
 * other that of another are none. */
static void split_marks(const bm_scan_bytes *marks, nibbles *nibble) {
    const char mark[] = {'\0', '\n', '\r', marks->delimiter, marks->quote, marks->escape};
    memset(nibble, 0, sizeof *nibble);
    for (size_t i = 0; i < sizeof mark; i++) {
        nibble->low[mark[i] & 15] |= (uint8_t)(1u << i);
        nibble->high[(unsigned char)mark[i] >> 4] |= (uint8_t)(1u << i);
    }
}

BM_TARGET size_t BM_SCAN(bm_scan_marks)(const char *data, size_t size, const bm_scan_bytes *marks,
                                        uint32_t *position, int *has_high) {
    nibbles nibble;
    uint64_t any = 0;
    uint32_t *next = position;
    split_marks(marks, &nibble);
    for (size_t at = 0; at < size; at += 64) {
        uint64_t within = first_bits(size - at);
        block bytes = load(data + at);
        uint64_t bits = marked(bytes, &nibble) & within;
        any |= high(bytes) & within;
        write_places(bits, (uint32_t)at, next);
        next += __builtin_popcountll(bits);
    }
    *has_high = any != 0;
    return (size_t)(next - position);
}

/* Bit i is the parity of bits 0…i: a product without carries by all ones. */
BM_TARGET static inline uint64_t parities(uint64_t bits) {
    __m128i product =
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8((char)0xff), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

/* The offset after the first of the ends of lines of a block. */
BM_TARGET static inline size_t after_first(const char *data, size_t at, uint64_t ends) {
    size_t place = at + (size_t)__builtin_ctzll(ends);
    return place + 1 + (data[place] == '\r' && data[place + 1] == '\n');
}

/* Adds up a block of which only the bytes of within are in the range; state: all ones after an odd
 * number of quotes, else 0. But for quotes and the first ends there is no branch, since line ends
 * lie where no CPU foresees them. */
BM_TARGET static inline void count_block(const char *data, size_t at, uint64_t within, char quote,
                                         uint64_t *state, bm_scan_counts *sum) {
    block bytes = load(data + at);
    uint64_t quoted = quote != 0 ? equal(bytes, quote) & within : 0;
    uint64_t newlines = equal(bytes, '\n'), returns = equal(bytes, '\r') & within;
    uint64_t ends = (newlines & within) | returns, odd = *state;
    if (quoted != 0) {
        size_t quotes = (size_t)__builtin_popcountll(quoted);
        odd ^= parities(quoted);
        *state ^= 0 - (uint64_t)(quotes & 1);
        sum->quotes += quotes;
    }
    /* Whether one is sought first: that a CPU foresees. */
    if (sum->first_end[0] == SIZE_MAX && (ends & ~odd) != 0)
        sum->first_end[0] = after_first(data, at, ends & ~odd);
    if (sum->first_end[1] == SIZE_MAX && (ends & odd) != 0)
        sum->first_end[1] = after_first(data, at, ends & odd);
    sum->newlines += (size_t)__builtin_popcountll(newlines & within);
    uint64_t followed = newlines >> 1 | (uint64_t)(data[at + 64] == '\n') << 63;
    sum->returns += (size_t)__builtin_popcountll(returns);
    sum->lines += (size_t)__builtin_popcountll(returns & ~followed);
}

BM_TARGET void BM_SCAN(bm_scan_count)(const char *data, size_t size, char quote,
                                      bm_scan_counts *counts) {
    bm_scan_counts sum = {.first_end = {SIZE_MAX, SIZE_MAX}};
    uint64_t state = 0;
    size_t at = 0;
    for (; at + 64 <= size; at += 64)
        count_block(data, at, UINT64_MAX, quote, &state, &sum);
    if (at < size)
        count_block(data, at, first_bits(size - at), quote, &state, &sum);
    sum.lines += sum.newlines;
    *counts = sum;
}

BM_TARGET size_t BM_SCAN(bm_scan_find_high)(const char *data, size_t from, size_t size) {
    size_t at = from;
    for (; at + 64 <= size; at += 64) {
        uint64_t bits = high(load(data + at));
        if (bits != 0)
            return at + (size_t)__builtin_ctzll(bits);
    }
    return bm_scan_find_high_generic(data, at, size);
}

/* A shortcut past blocks of ASCII, which end no character but one that began before them. */
BM_TARGET int BM_SCAN(bm_scan_utf8_valid)(const char *data, size_t size) {
    char first[4 + 64] = {0}; /* the first block has nothing before it */
    uint64_t before = 0;      /* which of the three bytes before a block are above 127 */
    size_t at = 0;
    for (; at + 64 <= size; at += 64) {
        uint64_t bits = high(load(data + at));
        if ((bits | before) != 0) {
            if (at == 0)
                memcpy(first + 4, data, 64);
            if (broken(at == 0 ? first + 4 : data + at))
                return 0;
        }
        before = bits >> 61;
    }
    /* From the beginning of the last character that may go on. */
    for (int i = 0; i < 3 && at > 0 && (data[at - 1] & 0xc0) == 0x80; i++)
        at--;
    if (at > 0 && (data[at - 1] & 0xc0) == 0xc0)
        at--;
    return bm_scan_utf8_valid_generic(data + at, size - at);
}
