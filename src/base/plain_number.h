/* Plain numbers, the many: [-+] digits [mark digits], read eight characters at a time. Here and
 * not in number.c so that a reader of cells has it inline.
 *
 * A word of eight characters becomes eight digits in the manner of D. Lemire's parse_eight_digits
 * ("Number parsing at a gigabyte per second", 2021): neighbours are joined to pairs, fours, and all
 * eight by multiplication. Missing characters are put before the first one, as digits 0. The
 * decimal mark is cut out of the word, and its place says by which power of ten to divide. Without
 * a branch on where it stands or whether it is there, so that columns of mixed lengths cost no
 * mispredictions.
 *
 * Exact by W. D. Clinger ("How to read floating point numbers accurately", 1990): a whole number up
 * to 2^53 and a power of ten up to 10^22 are doubles, and a division rounds once. */
#ifndef BM_BASE_PLAIN_NUMBER_H
#define BM_BASE_PLAIN_NUMBER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A text of up to this many characters and a sign may be plain. */
#define BM_PLAIN_LONGEST 16
/* So many bytes must be readable from its first one, however short it is; of a text of nine or more
 * none behind it is read. */
#define BM_PLAIN_PADDING 16
/* The byte order that the words below are made for. */
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BM_PLAIN_WORDS 1
#endif

#define BM_PLAIN_BYTES(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight characters ^ '0', the last of them in the highest byte, zeros before the first; and the
 * place of the mark. */
typedef struct bm_plain_word {
    uint64_t bytes;
    uint64_t mark; /* its lowest bit that is set is the highest bit of the mark's byte; 0: none */
} bm_plain_word;

static inline bm_plain_word bm_plain_word_of(uint64_t characters, unsigned missing, char mark) {
    uint64_t bytes = (characters ^ BM_PLAIN_BYTES('0')) << (8 * missing);
    /* Which byte is zero ("Hacker's Delight", 6-1): false ones stand only above a true one. */
    uint64_t zeros = bytes ^ BM_PLAIN_BYTES((uint64_t)(unsigned char)(mark ^ '0'));
    return (bm_plain_word){bytes, (zeros - BM_PLAIN_BYTES(1)) & ~zeros & BM_PLAIN_BYTES(0x80)};
}

/* The word without its mark, what stood before it moved up and `before` in front; the word itself
 * when it has no mark. */
static inline uint64_t bm_plain_unmarked(bm_plain_word word, uint64_t before) {
    uint64_t mark = word.mark & (0 - word.mark);
    uint64_t above = word.bytes & (0 - (mark << 1));
    uint64_t below = word.bytes & ((mark >> 7) - 1);
    uint64_t cut = above | below << 8 | before;
    return word.mark != 0 ? cut : word.bytes;
}

/* Not 0 when a byte is above 9: such a one reaches the high bit with 0x76, and a carry into the
 * next comes only from bytes that have that bit themselves. */
static inline uint64_t bm_plain_no_digits(uint64_t bytes) {
    return ((bytes + BM_PLAIN_BYTES(0x76)) | bytes) & BM_PLAIN_BYTES(0x80);
}

static inline uint32_t bm_plain_eight_digits(uint64_t bytes) {
    bytes = bytes * 10 + (bytes >> 8);
    uint64_t low = (bytes & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064);
    uint64_t high = ((bytes >> 16) & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001);
    return (uint32_t)((low + high) >> 32);
}

/* Which byte of the word is the mark; the last when there is none, as after it no digit stands. */
static inline unsigned bm_plain_place(bm_plain_word word) {
    return (unsigned)__builtin_ctzll(word.mark >> 7 | UINT64_C(1) << 63) >> 3;
}

static inline double bm_plain_value(uint64_t whole, unsigned place, unsigned negative) {
    /* By how many of sixteen characters the mark has behind it. */
    static const double over[] = {1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9, 1e8,
                                  1e7,  1e6,  1e5,  1e4,  1e3,  1e2,  1e1, 1e0};
    double value = (double)(int64_t)whole / over[place];
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits |= (uint64_t)negative << 63;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* 1 to 8 characters without their sign, in the lowest bytes of a word. */
static inline int bm_plain_short(uint64_t characters, size_t length, char mark, unsigned negative,
                                 double *out) {
    bm_plain_word word = bm_plain_word_of(characters, (unsigned)(8 - length), mark);
    uint64_t digits = bm_plain_unmarked(word, 0);
    uint64_t only_mark = length == 1 ? word.mark : 0;
    if ((bm_plain_no_digits(digits) | only_mark) != 0)
        return 0;
    *out = bm_plain_value(bm_plain_eight_digits(digits), bm_plain_place(word) + 8, negative);
    return 1;
}

/* 9 to 16 of them: the first eight and the last eight, which may overlap. */
static inline int bm_plain_long(uint64_t first, uint64_t last, size_t length, char mark,
                                unsigned negative, double *out) {
    bm_plain_word high = bm_plain_word_of(first, (unsigned)(16 - length), mark);
    bm_plain_word low = bm_plain_word_of(last, 0, mark);
    uint64_t high_digits = bm_plain_unmarked(high, 0);
    /* A mark in the low word makes room there for the last byte of the high one. */
    uint64_t low_digits = bm_plain_unmarked(low, high_digits >> 56);
    high_digits = low.mark != 0 ? high_digits << 8 : high_digits;
    if ((bm_plain_no_digits(high_digits) | bm_plain_no_digits(low_digits)) != 0 ||
        (high.mark != 0 && low.mark != 0))
        return 0;
    uint64_t whole = bm_plain_eight_digits(high_digits) * UINT64_C(100000000) +
                     bm_plain_eight_digits(low_digits);
    if (whole > UINT64_C(1) << 53)
        return 0;
    unsigned place = high.mark != 0 ? bm_plain_place(high) : bm_plain_place(low) + 8;
    *out = bm_plain_value(whole, place, negative);
    return 1;
}

/* Reads a plain number with this decimal mark (neither a digit nor a sign): up to 16 characters and
 * a sign, no blanks, no exponent, no thousands separators. 1 and *out, bit-equal to strtod in the C
 * locale
 * ("-0" is -0.0); 0 for every other text, numbers among them: bm_parse_decimal decides then.
 * BM_PLAIN_PADDING bytes must be readable from data on, whatever length is; what stands behind the
 * text has no influence. None is read before data. */
static inline int bm_parse_plain_decimal(const char *data, size_t length, char mark, double *out) {
#ifdef BM_PLAIN_WORDS
    unsigned negative = data[0] == '-';
    unsigned is_signed = negative | (data[0] == '+');
    size_t unsigned_length = length - is_signed; /* wraps round below 0, and is refused */
    uint64_t first, last;
    memcpy(&first, data + is_signed, sizeof first);
    if (unsigned_length - 1 < 8)
        return bm_plain_short(first, unsigned_length, mark, negative, out);
    if (unsigned_length - 1 >= BM_PLAIN_LONGEST)
        return 0;
    memcpy(&last, data + length - sizeof last, sizeof last);
    return bm_plain_long(first, last, unsigned_length, mark, negative, out);
#else
    uint64_t whole = 0;
    unsigned fraction = 0, digits = 0, marked = 0, negative = length > 0 && data[0] == '-';
    size_t first = length > 0 && (negative || data[0] == '+');
    if (length - first > BM_PLAIN_LONGEST)
        return 0;
    for (size_t i = first; i < length; i++) {
        if (data[i] >= '0' && data[i] <= '9') {
            whole = whole * 10 + (uint64_t)(data[i] - '0');
            fraction += marked;
            digits++;
        } else if (data[i] == mark && !marked) {
            marked = 1;
        } else {
            return 0;
        }
    }
    if (digits == 0 || whole > UINT64_C(1) << 53)
        return 0;
    *out = bm_plain_value(whole, BM_PLAIN_LONGEST - 1 - fraction, negative);
    return 1;
#endif
}

/* The same with a point. */
static inline int bm_parse_plain_number(const char *data, size_t length, double *out) {
    return bm_parse_plain_decimal(data, length, '.', out);
}

#endif
