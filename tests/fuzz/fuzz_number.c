/* Any bytes as a number in every dialect. The judge is strtod in the C locale over what is left
 * when the dialect is taken off by a second, slower reading; what is read as a plain number, as a
 * text and with its marks exchanged must be that, bit by bit. */
#include "harness.h"

#include "base/number.h"
#include "base/plain_number.h"

#include <locale.h>
#include <math.h>
#include <string.h>

enum { LONGEST = 1 << 12 };

static locale_t c_locale;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    REQUIRE(c_locale != (locale_t)0);
    return 0;
}

/* The text in the C locale's writing; 0 when its groups or marks are none of the dialect's. */
static int undress(const char *text, size_t length, char mark, char thousands, char *plain) {
    size_t end = 0, digits = 0, separators = 0, kept = 0;
    while (end < length && text[end] != mark && text[end] != 'e' && text[end] != 'E')
        end++;
    /* From the mark to the left: each separator has three more digits behind it. */
    for (size_t i = end; i > 0; i--) {
        char c = text[i - 1];
        if (thousands != '\0' && c == thousands) {
            if (digits != 3 * ++separators)
                return 0;
        } else {
            digits += c >= '0' && c <= '9';
        }
    }
    if (separators > 0 && (digits <= 3 * separators || digits > 3 * separators + 3))
        return 0;
    for (size_t i = 0; i < length; i++) {
        if (i < end && thousands != '\0' && text[i] == thousands)
            continue;
        if (text[i] != mark && (text[i] == '\0' || strchr("0123456789+-eE", text[i]) == NULL))
            return 0;
        plain[kept++] = text[i] == mark ? '.' : text[i];
    }
    plain[kept] = '\0';
    return kept > 0;
}

static int judge(const char *text, size_t length, char mark, char thousands, double *wanted) {
    static char plain[LONGEST + 1];
    char *end;
    for (; length > 0 && (text[0] == ' ' || text[0] == '\t'); length--)
        text++;
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    if (!undress(text, length, mark, thousands, plain))
        return 0;
    *wanted = strtod_l(plain, &end, c_locale);
    return end != plain && *end == '\0' && isfinite(*wanted);
}

static void require_same(int read, double value, int wanted_read, double wanted) {
    REQUIRE(read == wanted_read);
    REQUIRE(!read || memcmp(&value, &wanted, sizeof value) == 0);
}

static void check_plain(const char *text, size_t length, char mark, int is_number, double wanted) {
    static char cell[LONGEST + BM_PLAIN_PADDING];
    double value[2] = {0, 0};
    int read[2];
    memcpy(cell, text, length);
    for (int i = 0; i < 2; i++) {
        memset(cell + length, i == 0 ? '9' : mark, BM_PLAIN_PADDING);
        read[i] = bm_parse_plain_decimal(cell, length, mark, &value[i]);
        if (read[i])
            require_same(1, value[i], is_number, wanted);
    }
    REQUIRE(read[0] == read[1]);
    if (mark == '.')
        REQUIRE(bm_parse_plain_number(cell, length, &value[0]) == read[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char dialect[][2] = {{'.', '\0'}, {',', '\0'}, {'.', ','}, {',', '.'},
                                      {',', ' '},  {'.', '\''}, {'.', '_'}, {';', '.'}};
    const char *text = (const char *)data;
    if (size > LONGEST)
        return -1;
    for (size_t d = 0; d < sizeof dialect / sizeof dialect[0]; d++) {
        double wanted = 0, value = 0;
        char mark = dialect[d][0], thousands = dialect[d][1];
        int is_number = judge(text, size, mark, thousands, &wanted);
        int read = bm_parse_decimal((bm_text){text, size}, mark, thousands, &value);
        require_same(read, value, is_number, wanted);
        check_plain(text, size, mark, is_number, wanted);
        if (d == 0) {
            read = bm_parse_number((bm_text){text, size}, &value);
            require_same(read, value, is_number, wanted);
        }
    }
    return 0;
}
