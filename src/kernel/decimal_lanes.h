/* Numbers of a column, written once over vectors: decimal_avx2.c and decimal_avx512.c define
 * BM_DECIMALS as the name of their variant, BM_TARGET as what their CPU can do, BM_VECTOR(op) as
 * the intrinsic, and include this file after
 *   block                 LANES lanes of 64 bits, or half as many of 128
 *   lanes                 a truth for each lane of 64 bits; & works on it
 *   all_lanes(value)      in each of 64 bits
 *   ascending()           0…15 in every 128 bits
 *   equal(a, b)           lanes that are equal
 *   above(a, b)           lanes of a that are greater than those of b, with sign
 *   wide(lanes)           true lanes as all ones
 *   bits(lanes)           true lanes as bits, the first lowest
 *   first_of(text)        characters from text[0], text[1] ... in 64 bits each, the first lowest
 *   last_16(text, length) 16 bytes from text[0], text[2] ...; of longer ones from the second on
 *   lengths_of(length, b) the lowest byte of length[b], length[b + 2] ... in all bytes of 128 bits
 *   wide_lengths(length)  LANES of them
 *   places(a, mark)       in bytes that are the mark their place in 128 bits from 1, 0 in others
 *   cut(a, place)         bytes before the place moved up by one onto the one that stands there
 *   as_doubles(a)         of whole numbers up to 2^53
 *   powers(place)         10^((16 - place) & 15)
 *   store_truth(plain, p) lanes as bytes 0 and 1 to p
 *
 * A text is 16 characters ^ '0' in 128 bits. It is moved to their end by a shuffle, zeros before
 * it, its sign made a zero too, its mark cut out. Neighbours are joined to pairs, fours and eights
 * as in base/plain_number.h, by multiplications that add. Texts 0, 2, 4 ... lie in one block and 1,
 * 3, 5 ... in another, so that what is joined from both comes out in order, 64 bits a text. */
#include <string.h>

BM_TARGET static inline block all_bytes(int byte) {
    return BM_VECTOR(set1_epi8)((char)byte);
}

/* A shuffle gives zero where it is asked for a place below 0. */
BM_TARGET static inline block to_the_end(block texts, block lengths) {
    block from = BM_VECTOR(sub_epi8)(ascending(), all_bytes(16));
    block taken = BM_VECTOR(min_epu8)(lengths, all_bytes(16));
    return BM_VECTOR(shuffle_epi8)(texts, BM_VECTOR(add_epi8)(taken, from));
}

/* The sum of both halves of the even texts, and of the odd ones. */
BM_TARGET static inline block both_halves(block even, block odd) {
    return BM_VECTOR(add_epi64)(BM_VECTOR(unpacklo_epi64)(even, odd),
                                BM_VECTOR(unpackhi_epi64)(even, odd));
}

/* The highest byte above 9 of both halves, less 9. */
BM_TARGET static inline block no_digits(block even, block odd) {
    block highest = BM_VECTOR(max_epu8)(BM_VECTOR(unpacklo_epi64)(even, odd),
                                        BM_VECTOR(unpackhi_epi64)(even, odd));
    return BM_VECTOR(subs_epu8)(highest, all_bytes(9));
}

BM_TARGET static inline block fours(block digits) {
    block pairs = BM_VECTOR(maddubs_epi16)(digits, BM_VECTOR(set1_epi16)(1 << 8 | 10));
    return BM_VECTOR(madd_epi16)(pairs, BM_VECTOR(set1_epi32)(1 << 16 | 100));
}

/* Sixteen digits each. */
BM_TARGET static inline block whole_numbers(block even, block odd) {
    block eights = BM_VECTOR(madd_epi16)(BM_VECTOR(packus_epi32)(fours(even), fours(odd)),
                                         BM_VECTOR(set1_epi32)(1 << 16 | 10000));
    return BM_VECTOR(add_epi64)(BM_VECTOR(mul_epu32)(eights, all_lanes(100000000)),
                                BM_VECTOR(srli_epi64)(eights, 32));
}

/* LANES texts. Of one with 17 characters the last 16 are taken, and the first, which must be a
 * sign, by itself. */
BM_TARGET static inline unsigned decimals(const char *const *text, const uint32_t *length,
                                          char mark, double *out, uint8_t *is_plain) {
    const block zero = all_lanes(0), characters = all_bytes('0');
    block first = (first_of(text) ^ characters) & all_lanes(255);
    lanes negative = equal(first, all_lanes('-' ^ '0'));
    block signs = wide(negative) | wide(equal(first, all_lanes('+' ^ '0')));
    block with_sign = wide_lengths(length);
    block size = BM_VECTOR(add_epi64)(with_sign, signs);

    block among_16 = signs & wide(above(all_lanes(17), with_sign)) & all_lanes(255);
    block even = last_16(text, length) ^ characters;
    block odd = last_16(text + 1, length + 1) ^ characters;
    even &= ~BM_VECTOR(unpacklo_epi64)(among_16, zero);
    odd &= ~BM_VECTOR(unpackhi_epi64)(among_16, zero);
    even = to_the_end(even, lengths_of(length, 0));
    odd = to_the_end(odd, lengths_of(length, 1));

    /* Of several marks the sum of their places is taken for one: then another is left, which is no
     * digit. */
    block place = both_halves(BM_VECTOR(sad_epu8)(places(even, mark), zero),
                              BM_VECTOR(sad_epu8)(places(odd, mark), zero));
    even = cut(even, BM_VECTOR(shuffle_epi8)(place, zero));
    odd = cut(odd, BM_VECTOR(shuffle_epi8)(place, all_bytes(8)));

    block whole = whole_numbers(even, odd);
    block value = (block)BM_VECTOR(div_pd)(as_doubles(whole), powers(place));
    value |= wide(negative) & all_lanes(INT64_MIN);
    memcpy(out, &value, sizeof value);

    /* A digit beside the mark, and no more than 16 of them and it. */
    block others = BM_VECTOR(add_epi64)(all_lanes(1), wide(equal(place, zero)));
    lanes plain = above(size, others) & above(all_lanes(17), size) &
                  equal(no_digits(even, odd), zero) &
                  above(all_lanes((INT64_C(1) << 53) + 1), whole);
    store_truth(plain, is_plain);
    return bits(plain);
}

BM_TARGET size_t BM_DECIMALS(const char *const *text, const uint32_t *length, size_t n, char mark,
                             double *out, uint8_t *is_plain) {
    size_t count = 0, i = 0;
    for (; i + LANES <= n; i += LANES)
        count += (unsigned)__builtin_popcount(
            decimals(text + i, length + i, mark, out + i, is_plain + i));
    return count + bm_decimals_generic(text + i, length + i, n - i, mark, out + i, is_plain + i);
}
