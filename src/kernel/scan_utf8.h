/* What Keiser's and Lemire's algorithm looks up: for the high and the low half of a byte and for
 * the high half of the one after it, which errors are possible; one that all three allow is one. */
#ifndef BM_KERNEL_SCAN_UTF8_H
#define BM_KERNEL_SCAN_UTF8_H

#include <stdint.h>

enum {
    TOO_SHORT = 1 << 0,  /* 11______ 0_______, 11______ 11______ */
    TOO_LONG = 1 << 1,   /* 0_______ 10______ */
    OVERLONG_3 = 1 << 2, /* 11100000 100_____ */
    TOO_LARGE = 1 << 3,  /* 11110100 1001____ and above */
    SURROGATE = 1 << 4,  /* 11101101 101_____ */
    OVERLONG_2 = 1 << 5, /* 1100000_ 10______ */
    OVERLONG_4 = 1 << 6, /* 11110000 1000____; also 11110101 1000____ and above */
    TWO_CONTS = 1 << 7,  /* 10______ 10______, right as third or fourth byte only */
    CARRY = TOO_SHORT | TOO_LONG | TWO_CONTS, /* which the low half does not tell */
    ANY_LARGE = TOO_LARGE | OVERLONG_4,
    CONT = TOO_LONG | OVERLONG_2 | TWO_CONTS,
};

#define FOUR_OF(x) x, x, x, x
static const uint8_t first_high[16] = {
    FOUR_OF(TOO_LONG),      FOUR_OF(TOO_LONG), FOUR_OF(TWO_CONTS),
    TOO_SHORT | OVERLONG_2, TOO_SHORT,         TOO_SHORT | OVERLONG_3 | SURROGATE,
    TOO_SHORT | ANY_LARGE,
};
static const uint8_t first_low[16] = {
    CARRY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4,
    CARRY | OVERLONG_2,
    CARRY,
    CARRY,
    CARRY | TOO_LARGE,
    FOUR_OF(CARRY | ANY_LARGE),
    FOUR_OF(CARRY | ANY_LARGE),
    CARRY | ANY_LARGE | SURROGATE,
    CARRY | ANY_LARGE,
    CARRY | ANY_LARGE,
};
static const uint8_t second_high[16] = {
    FOUR_OF(TOO_SHORT),
    FOUR_OF(TOO_SHORT),
    CONT | OVERLONG_3 | OVERLONG_4,
    CONT | OVERLONG_3 | TOO_LARGE,
    CONT | SURROGATE | TOO_LARGE,
    CONT | SURROGATE | TOO_LARGE,
    FOUR_OF(TOO_SHORT),
};

#endif
