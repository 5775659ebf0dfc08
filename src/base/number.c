#include "base/number.h"

#include "base/c_locale.h"
#include "base/plain_number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NUMBER = 400 };

static bm_text trim(bm_text text) {
    while (text.length > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 &&
           (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
        text.length--;
    return text;
}

static int is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* How a number may be written: [+-] digits [mark digits] [e [+-] digits], with at least one digit
 * before the exponent; the digits before the mark in groups of three, or in none. */
typedef struct spelling {
    char mark;
    char thousands; /* '\0': no groups */
} spelling;

/* What is written: its first 19 significant digits as a whole number, and the power of ten. */
typedef struct decimal {
    uint64_t mantissa;
    int digits; /* counted from the first one that is not 0 */
    int power;
    int negative;
} decimal;

enum { MANTISSA_DIGITS = 19 }; /* 10^19 < 2^64 */

static void add_digit(decimal *number, char digit, int fraction) {
    if (number->digits > 0 || digit != '0')
        number->digits++;
    if (number->digits > MANTISSA_DIGITS) {
        number->power += !fraction;
        return;
    }
    number->mantissa = number->mantissa * 10 + (uint64_t)(digit - '0');
    number->power -= fraction;
}

static size_t scan_digits(bm_text text, size_t at, decimal *number, int fraction) {
#ifdef BM_PLAIN_WORDS
    while (text.length - at >= 8 && number->digits + 8 <= MANTISSA_DIGITS &&
           (number->digits > 0 || text.data[at] != '0')) {
        uint64_t bytes;
        memcpy(&bytes, text.data + at, sizeof bytes);
        bytes ^= BM_PLAIN_BYTES('0');
        if (bm_plain_no_digits(bytes) != 0)
            break;
        number->mantissa = number->mantissa * 100000000 + bm_plain_eight_digits(bytes);
        number->digits += 8;
        number->power -= fraction ? 8 : 0;
        at += 8;
    }
#endif
    for (; at < text.length && is_digit(text.data[at]); at++)
        add_digit(number, text.data[at], fraction);
    return at;
}

/* One to three digits, then groups of three. Gives the end, or the text's length + 1 for groups of
 * another size. */
static size_t scan_groups(bm_text text, size_t at, char thousands, decimal *number) {
    size_t first = at;
    at = scan_digits(text, at, number, 0);
    if (at == text.length || text.data[at] != thousands)
        return at;
    if (at == first || at - first > 3)
        return text.length + 1;
    while (at < text.length && text.data[at] == thousands) {
        first = at + 1;
        at = scan_digits(text, first, number, 0);
        if (at - first != 3)
            return text.length + 1;
    }
    return at;
}

static int scan_exponent(bm_text text, size_t at, decimal *number) {
    int sign = 1, exponent = 0;
    if (at < text.length && (text.data[at] == '-' || text.data[at] == '+'))
        sign = text.data[at++] == '-' ? -1 : 1;
    size_t first = at;
    for (; at < text.length && is_digit(text.data[at]); at++)
        exponent = exponent < 100000000 ? exponent * 10 + (text.data[at] - '0') : exponent;
    number->power += sign * exponent;
    return at > first && at == text.length;
}

static int scan_decimal(bm_text text, spelling how, decimal *number) {
    *number = (decimal){0};
    size_t at = 0;
    if (at < text.length && (text.data[at] == '-' || text.data[at] == '+'))
        number->negative = text.data[at++] == '-';
    size_t first = at;
    at = how.thousands != '\0' ? scan_groups(text, at, how.thousands, number)
                               : scan_digits(text, at, number, 0);
    size_t digits = at - first;
    if (at < text.length && text.data[at] == how.mark) {
        size_t fraction = ++at;
        at = scan_digits(text, at, number, 1);
        digits += at - fraction;
    }
    if (digits == 0)
        return 0;
    if (at < text.length && (text.data[at] == 'e' || text.data[at] == 'E'))
        return scan_exponent(text, at + 1, number);
    return at == text.length;
}

/* strtod in the C locale, whatever the process has set. */
static double strtod_c(const char *text) {
    locale_t c = bm_c_locale();
    return c != (locale_t)0 ? strtod_l(text, NULL, c) : strtod(text, NULL);
}

/* A text that scan_decimal took, through the C library. */
static int read_slowly(bm_text text, spelling how, double *out) {
    char buffer[LONGEST_NUMBER + 1];
    char *copy = text.length <= LONGEST_NUMBER ? buffer : malloc(text.length + 1);
    if (copy == NULL)
        return 0;
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (how.thousands == '\0' || text.data[i] != how.thousands)
            copy[length++] = text.data[i] == how.mark ? '.' : text.data[i];
    }
    copy[length] = '\0';
    *out = strtod_c(copy);
    if (copy != buffer)
        free(copy);
    return isfinite(*out) != 0;
}

enum { LONGEST_POWER = 27 }; /* 5^27 < 2^63 */

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

static double power_of_two(int exponent) {
    uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* mantissa * 10^power, correctly rounded, for a mantissa above 0 and powers of -27 to 27.
 * With 10^p = 5^p 2^p only the power of five can be inexact, and mantissa * 5^p is a whole number
 * below 2^128. A quotient is taken to 63 bits or more, and its lowest bit set when something is
 * left over: then it is not halfway between doubles where the true quotient is not. The one
 * rounding is the conversion to double; no result is near the ends of the double's range. */
static double scaled(uint64_t mantissa, int power) {
    static const uint64_t five[LONGEST_POWER + 1] = {
        1u,
        5u,
        25u,
        125u,
        625u,
        3125u,
        15625u,
        78125u,
        390625u,
        1953125u,
        9765625u,
        48828125u,
        244140625u,
        1220703125u,
        6103515625u,
        30517578125u,
        152587890625u,
        762939453125u,
        3814697265625u,
        19073486328125u,
        95367431640625u,
        476837158203125u,
        2384185791015625u,
        11920928955078125u,
        59604644775390625u,
        298023223876953125u,
        1490116119384765625u,
        7450580596923828125u,
    };
    if (power >= 0)
        return (double)((wide)mantissa * five[power]) * power_of_two(power);
    int up = __builtin_clzll(mantissa), divisor_up = __builtin_clzll(five[-power]);
    uint64_t divisor = five[-power] << divisor_up;
    wide dividend = (wide)(mantissa << up) << 63; /* 2^126 or more, below divisor * 2^64 */
    uint64_t quotient = (uint64_t)(dividend / divisor);
    quotient |= dividend != (wide)quotient * divisor;
    return (double)quotient * power_of_two(power + divisor_up - up - 63);
}

/* Digits beyond the 19th do not matter when the next higher 19 digits give the same double. */
static int read_wide(const decimal *number, double *value) {
    if (number->mantissa == 0 || number->power < -LONGEST_POWER || number->power > LONGEST_POWER)
        return 0;
    *value = scaled(number->mantissa, number->power);
    return number->digits <= MANTISSA_DIGITS ||
           scaled(number->mantissa + 1, number->power) == *value;
}
#else
static int read_wide(const decimal *number, double *value) {
    (void)number;
    (void)value;
    return 0;
}
#endif

/* Clinger's fast path (see plain_number.h), then whole numbers of 128 bits, then strtod. */
static int read_decimal(bm_text text, spelling how, double *out) {
    static const double ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    decimal number;
    double value;
    if (!scan_decimal(text, how, &number))
        return 0;
    if (number.digits <= MANTISSA_DIGITS && number.mantissa <= (uint64_t)1 << 53 &&
        number.power >= -22 && number.power <= 22) {
        value = (double)number.mantissa;
        value = number.power < 0 ? value / ten[-number.power] : value * ten[number.power];
    } else if (!read_wide(&number, &value)) {
        return read_slowly(text, how, out);
    }
    *out = number.negative ? -value : value;
    return 1;
}

/* A plain number behind which nothing may be read. */
static int read_plain(bm_text text, char mark, double *out) {
#ifdef BM_PLAIN_WORDS
    const char *data = text.data;
    size_t length = text.length;
    uint64_t characters;
    if (length == 0)
        return 0;
    if (length < 4) {
        characters = (uint64_t)(unsigned char)data[0] |
                     (uint64_t)(unsigned char)data[length / 2] << (8 * (length / 2)) |
                     (uint64_t)(unsigned char)data[length - 1] << (8 * (length - 1));
    } else if (length <= 8) {
        uint32_t first, last;
        memcpy(&first, data, sizeof first);
        memcpy(&last, data + length - sizeof last, sizeof last);
        characters = first | (uint64_t)last << (8 * (length - sizeof last));
    } else {
        return bm_parse_plain_decimal(data, length, mark, out);
    }
    unsigned negative = data[0] == '-', is_signed = negative | (data[0] == '+');
    if (length == is_signed)
        return 0;
    return bm_plain_short(characters >> (8 * is_signed), length - is_signed, mark, negative, out);
#else
    return bm_parse_plain_decimal(text.data, text.length, mark, out);
#endif
}

int bm_parse_number(bm_text text, double *out) {
    return bm_parse_decimal(text, '.', '\0', out);
}

int bm_parse_decimal(bm_text text, char decimal_mark, char thousands, double *out) {
    text = trim(text);
    return read_plain(text, decimal_mark, out) ||
           read_decimal(text, (spelling){decimal_mark, thousands}, out);
}

int bm_parse_integer(bm_text text, int64_t low, int64_t high, int64_t *out) {
    char buffer[32];
    text = trim(text);
    if (text.length == 0 || text.length >= sizeof buffer)
        return 0;
    for (size_t i = 0; i < text.length; i++) {
        if (!is_digit(text.data[i]) &&
            !(i == 0 && text.length > 1 && (text.data[i] == '-' || text.data[i] == '+')))
            return 0;
    }
    memcpy(buffer, text.data, text.length);
    buffer[text.length] = '\0';
    errno = 0;
    long long value = strtoll(buffer, NULL, 10);
    if (errno != 0 || value < low || value > high)
        return 0;
    *out = value;
    return 1;
}

/* Digits as printf gives them, with a point for whatever the locale puts there. */
static int print_digits(char buffer[BM_NUMBER_TEXT], int digits, double value) {
    int length = snprintf(buffer, BM_NUMBER_TEXT, "%.*g", digits, value);
    for (int i = 0; i < length; i++) {
        if (!is_digit(buffer[i]) && buffer[i] != '-' && buffer[i] != '+' && buffer[i] != 'e')
            buffer[i] = '.';
    }
    return length;
}

int bm_format_number(char buffer[BM_NUMBER_TEXT], double value) {
    if (isnan(value)) {
        buffer[0] = '\0';
        return 0;
    }
    if (isinf(value))
        return snprintf(buffer, BM_NUMBER_TEXT, value > 0 ? "inf" : "-inf");
    if (value == floor(value) && fabs(value) < 1e15)
        return snprintf(buffer, BM_NUMBER_TEXT, "%.0f", value == 0 ? 0.0 : value);
    for (int digits = 15; digits < 17; digits++) {
        int length = print_digits(buffer, digits, value);
        if (strtod_c(buffer) == value)
            return length;
    }
    return print_digits(buffer, 17, value);
}
