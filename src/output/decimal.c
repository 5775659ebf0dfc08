/* Doubles that are short decimals, printed through integers.
 *
 * Most numbers in a table are counts or money: m / 10^k with k <= 4 and |m| < 10^15. The division
 * of two exactly represented integers rounds once, as reading the text "m / 10^k" does, so when it
 * gives the value back, that text is right; and since 15 digits survive text -> double -> text, it
 * is also what %.15g prints. Everything else goes to bm_format_number. */
#include "output/decimal.h"

#include "base/number.h"

#include <math.h>
#include <string.h>

enum { MOST_DECIMALS = 4 };

static const double POWER[MOST_DECIMALS + 1] = {1e0, 1e1, 1e2, 1e3, 1e4};
static const double LIMIT = 1e15;

static char *put_digits(char *at, uint64_t value) {
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

char *bm_put_integer(char *at, int64_t value) {
    uint64_t magnitude = (uint64_t)value;
    if (value < 0) {
        *at++ = '-';
        magnitude = 0 - magnitude;
    }
    return put_digits(at, magnitude);
}

/* scaled = value × 10^decimals, not a multiple of 10 unless decimals is 0. */
static char *put_decimal(char *at, int64_t scaled, int decimals) {
    uint64_t magnitude = scaled < 0 ? (uint64_t)-scaled : (uint64_t)scaled;
    uint64_t power = (uint64_t)POWER[decimals];
    if (scaled < 0)
        *at++ = '-';
    at = put_digits(at, magnitude / power);
    if (decimals == 0)
        return at;
    *at++ = '.';
    uint64_t fraction = magnitude % power;
    for (int i = decimals - 1; i >= 0; i--) {
        at[i] = (char)('0' + fraction % 10);
        fraction /= 10;
    }
    return at + decimals;
}

char *bm_put_number(char *at, double value) {
    if (isnan(value))
        return at;
    if (fabs(value) < LIMIT && (value != 0 || !signbit(value))) {
        for (int decimals = 0; decimals <= MOST_DECIMALS; decimals++) {
            double scaled = value * POWER[decimals];
            if (fabs(scaled) >= LIMIT)
                break;
            int64_t whole = (int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
            if ((double)whole / POWER[decimals] == value)
                return put_decimal(at, whole, decimals);
        }
    }
    char buffer[BM_NUMBER_TEXT];
    int length = bm_format_number(buffer, value);
    memcpy(at, buffer, (size_t)length);
    return at + length;
}
