#include "base/number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
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

/* [+-] digits [. digits] [e [+-] digits], with at least one digit before the exponent. Gives the
 * significant digits as a whole number when there are at most 19, and the power of ten. */
typedef struct decimal {
    uint64_t mantissa;
    int digits; /* counted from the first one that is not 0 */
    int power;
    int negative;
} decimal;

static size_t scan_digits(bm_text text, size_t at, decimal *number, int fraction) {
    for (; at < text.length && is_digit(text.data[at]); at++) {
        if (number->digits > 0 || text.data[at] != '0')
            number->digits++;
        if (number->digits <= 19)
            number->mantissa = number->mantissa * 10 + (uint64_t)(text.data[at] - '0');
        number->power -= fraction;
    }
    return at;
}

static int scan_decimal(bm_text text, decimal *number) {
    *number = (decimal){0};
    size_t at = 0;
    if (at < text.length && (text.data[at] == '-' || text.data[at] == '+'))
        number->negative = text.data[at++] == '-';
    size_t first = at;
    at = scan_digits(text, at, number, 0);
    size_t digits = at - first;
    if (at < text.length && text.data[at] == '.') {
        size_t point = ++at;
        at = scan_digits(text, at, number, 1);
        digits += at - point;
    }
    if (digits == 0)
        return 0;
    if (at < text.length && (text.data[at] == 'e' || text.data[at] == 'E')) {
        at++;
        int sign = 1, exponent = 0;
        if (at < text.length && (text.data[at] == '-' || text.data[at] == '+'))
            sign = text.data[at++] == '-' ? -1 : 1;
        first = at;
        for (; at < text.length && is_digit(text.data[at]); at++)
            exponent = exponent < 100000 ? exponent * 10 + (text.data[at] - '0') : exponent;
        if (at == first)
            return 0;
        number->power += sign * exponent;
    }
    return at == text.length;
}

static locale_t c_locale;
static pthread_once_t c_locale_made = PTHREAD_ONCE_INIT;

static void make_c_locale(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* strtod in the C locale, whatever the process has set. */
static double strtod_c(const char *text) {
    pthread_once(&c_locale_made, make_c_locale);
    return c_locale != (locale_t)0 ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
}

static int read_slowly(bm_text text, double *out) {
    char buffer[LONGEST_NUMBER + 1];
    char *copy = text.length <= LONGEST_NUMBER ? buffer : malloc(text.length + 1);
    if (copy == NULL)
        return 0;
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    *out = strtod_c(copy);
    if (copy != buffer)
        free(copy);
    return isfinite(*out) != 0;
}

/* Exact by Clinger's fast path: a whole number below 2^53 times or over a power of ten up to 10^22
 * is rounded once, hence correctly; the rest goes to strtod. */
int bm_parse_number(bm_text text, double *out) {
    static const double ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    text = trim(text);
    decimal number;
    if (!scan_decimal(text, &number))
        return 0;
    if (number.digits > 19 || number.mantissa > ((uint64_t)1 << 53) || number.power < -22 ||
        number.power > 22)
        return read_slowly(text, out);
    double value = (double)number.mantissa;
    value = number.power < 0 ? value / ten[-number.power] : value * ten[number.power];
    *out = number.negative ? -value : value;
    return 1;
}

/* Copies the text without its thousands separators and with '.' as decimal mark. */
static int plain_decimal(bm_text text, char decimal_mark, char thousands, char *plain,
                         size_t *length) {
    size_t group = 0;
    int grouped = 0, in_fraction = 0;
    *length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (thousands != '\0' && c == thousands && !in_fraction) {
            if (grouped ? group != 3 : group == 0 || group > 3)
                return 0;
            grouped = 1;
            group = 0;
            continue;
        }
        if (c == decimal_mark || c == 'e' || c == 'E') {
            if (grouped && !in_fraction && group != 3)
                return 0;
            in_fraction = 1;
        } else if (c == '.') {
            return 0;
        } else if (is_digit(c)) {
            group++;
        }
        plain[(*length)++] = c == decimal_mark ? '.' : c;
    }
    return !(grouped && !in_fraction && group != 3);
}

int bm_parse_decimal(bm_text text, char decimal_mark, char thousands, double *out) {
    if (decimal_mark == '.' && thousands == '\0')
        return bm_parse_number(text, out);
    char plain[LONGEST_NUMBER];
    text = trim(text);
    size_t length;
    if (text.length > sizeof plain || !plain_decimal(text, decimal_mark, thousands, plain, &length))
        return 0;
    return bm_parse_number((bm_text){plain, length}, out);
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
