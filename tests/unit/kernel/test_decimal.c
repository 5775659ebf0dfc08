/* Every variant of the kernel of decimals against the parser of a single number, bit by bit, and
 * that what is taken is strtod's. */
#include "kernel/decimal.h"

#include "base/plain_number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 4096, LONGEST = 24, ROUNDS = 1250 };

static uint32_t next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* A column whose memory has a page that cannot be read before it and behind it. */
typedef struct column {
    char *map, *data, *end;
    size_t map_size, n;
    const char *text[MOST];
    uint32_t length[MOST];
} column;

static int new_column(void **state) {
    column *texts = calloc(1, sizeof *texts);
    size_t page = (size_t)sysconf(_SC_PAGESIZE), most = MOST * (LONGEST + 16);
    assert_non_null(texts);
    size_t size = (most + page - 1) / page * page;
    texts->map_size = size + 2 * page;
    texts->map = mmap(NULL, texts->map_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(texts->map != MAP_FAILED);
    texts->data = texts->map + page;
    texts->end = texts->data + size;
    assert_int_equal(mprotect(texts->data, size, PROT_READ | PROT_WRITE), 0);
    *state = texts;
    return 0;
}

static int free_column(void **state) {
    column *texts = *state;
    munmap(texts->map, texts->map_size);
    free(texts);
    return 0;
}

/* A plain number of up to 16 characters and a sign, its mark anywhere or nowhere. */
static size_t valid(char *text, char mark, uint64_t *random) {
    size_t at = 0, size = 1 + next(random) % 16, sign = next(random) % 4;
    size_t place = next(random) % (size + 2);
    if (sign < 2)
        text[at++] = "+-"[sign];
    for (size_t i = 0; i < size; i++)
        text[at++] = i == place && size > 1 ? mark : (char)('0' + next(random) % 10);
    return at;
}

/* One that may be none: characters replaced, put in, taken away or added. */
static size_t doubtful(char *text, char mark, uint64_t *random) {
    const char odd[] = {mark,
                        mark,
                        '-',
                        '+',
                        '.',
                        ',',
                        '\0',
                        ' ',
                        '/',
                        ':',
                        'e',
                        '\t',
                        (char)('0' | 0x80),
                        'x',
                        '\xff',
                        (char)('.' | 0x80),
                        '\n'};
    size_t size = valid(text, mark, random), at = next(random) % size;
    char c = next(random) % 4 == 0 ? (char)next(random) : odd[next(random) % sizeof odd];
    switch (next(random) % 8) {
    case 0: /* a whole number around 2^53 */
        memcpy(text, "9007199254740900", 16);
        text[14] = (char)('0' + next(random) % 10);
        text[15] = (char)('0' + next(random) % 10);
        return 16;
    case 1:
        while (size < LONGEST && next(random) % 8 != 0)
            text[size++] = (char)('0' + next(random) % 10);
        return size;
    case 2:
        return next(random) % 3 == 0 ? 0 : at;
    case 3:
        memmove(text + at + 1, text + at, size - at);
        text[at] = c;
        return size + 1;
    case 4:
        text[next(random) % size] = mark;
        text[at] = c;
        return size;
    case 5:
        text[0] = c;
        return 1 + next(random) % 2;
    default:
        text[at] = c;
        return size;
    }
}

/* n texts, one directly behind the other, so that digits, signs and marks stand behind them; the
 * first at the beginning of what can be read, the last with its padding at the end. */
static void fill(column *texts, size_t n, char mark, uint64_t *random) {
    char *at = texts->data;
    for (size_t i = 0; i < n; i++) {
        int is_doubtful = next(random) % 2 == 0;
        size_t size = is_doubtful ? doubtful(at, mark, random) : valid(at, mark, random);
        if (i + 1 == n) {
            char *last = texts->end - (size < 16 ? 16 : size);
            memmove(last, at, size);
            memset(last + size, '7', (size_t)(texts->end - last) - size);
            at = last;
        }
        texts->text[i] = at;
        texts->length[i] = (uint32_t)size;
        at += size;
    }
    texts->n = n;
}

static double values[MOST + 1], expected[MOST];
static uint8_t truths[MOST + 1], expected_truths[MOST];

static void check(const bm_decimal_kernel *kernel, const column *texts, char mark, size_t count) {
    const double untouched = -77.25;
    size_t n = texts->n;
    memset(truths, 99, n + 1);
    values[n] = untouched;
    assert_int_equal(kernel->decimals(texts->text, texts->length, n, mark, values, truths), count);
    assert_memory_equal(truths, expected_truths, n);
    assert_int_equal(truths[n], 99);
    assert_memory_equal(&values[n], &untouched, sizeof untouched);
    for (size_t i = 0; i < n; i++)
        if (truths[i] && memcmp(&values[i], &expected[i], sizeof *values) != 0)
            fail_msg("%s: \"%.*s\" is %.17g, not %.17g", kernel->name, (int)texts->length[i],
                     texts->text[i], values[i], expected[i]);
}

/* How many are plain, in every variant. */
static size_t check_all(const column *texts, char mark) {
    size_t count = 0;
    for (size_t i = 0; i < texts->n; i++) {
        expected_truths[i] =
            (uint8_t)bm_parse_plain_decimal(texts->text[i], texts->length[i], mark, &expected[i]);
        count += expected_truths[i];
    }
    for (const bm_decimal_kernel *kernel = bm_decimal_kernels; kernel->name; kernel++)
        if (kernel->runs_here())
            check(kernel, texts, mark, count);
    assert_int_equal(bm_decimals(texts->text, texts->length, texts->n, mark, values, truths),
                     count);
    return count;
}

static void millions_of_texts_are_what_the_parser_of_one_says(void **state) {
    static const char marks[] = {'.', ',', '\'', '\xb7', 'e', '\0', '/', ':'};
    column *texts = *state;
    uint64_t random = 1;
    size_t plain = 0, total = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char mark = round % 4 != 3 ? marks[round % 2] : marks[(size_t)round / 4 % sizeof marks];
        fill(texts, MOST, mark, &random);
        plain += check_all(texts, mark);
        total += texts->n;
    }
    assert_true(total > 5000000);
    /* Both answers are common, so that either would be missed. */
    assert_true(plain > total / 2 && plain < total * 3 / 4);
}

static void columns_of_any_number_of_texts_are_read_to_their_end_only(void **state) {
    uint64_t random = 2;
    for (size_t n = 0; n <= 40; n++)
        for (int round = 0; round < 200; round++) {
            fill(*state, n, '.', &random);
            check_all(*state, '.');
        }
}

/* Every length, sign and place of the mark, in every lane. */
static void each_place_of_the_mark_is_right_in_each_lane(void **state) {
    column *texts = *state;
    for (size_t size = 1; size <= 18; size++)
        for (size_t place = 0; place <= size; place++)
            for (size_t sign = 0; sign < 3; sign++) {
                size_t n = 16, length = size + (sign > 0);
                char *at = texts->data;
                for (size_t i = 0; i < n; i++, at += length) {
                    memcpy(at, &"-+"[sign > 1], 1);
                    for (size_t c = 0; c < size; c++)
                        at[length - size + c] = (char)(c == place ? '.' : '0' + (c * 7 + i) % 10);
                    texts->text[i] = at;
                    texts->length[i] = (uint32_t)length;
                }
                texts->n = n;
                /* The mark is among the sixteen, and is not alone. */
                size_t count = check_all(texts, '.');
                assert_true(count == (size <= 16 && !(size == 1 && place == 0) ? n : 0) ||
                            (size == 16 && place == size));
            }
}

static void no_byte_outside_a_text_and_its_padding_is_read(void **state) {
    column *texts = *state;
    memset(texts->data, '5', (size_t)(texts->end - texts->data));
    texts->n = 17;
    for (uint32_t length = 0; length <= 60; length++)
        for (int at_end = 0; at_end < 2; at_end++) {
            char *text = at_end ? texts->end - (length < 16 ? 16 : length) : texts->data;
            for (size_t i = 0; i < texts->n; i++) {
                texts->text[i] = text;
                texts->length[i] = length;
            }
            for (size_t sign = 0; sign < 3; sign++) {
                text[0] = "5-+"[sign];
                check_all(texts, '.');
            }
        }
}

static void texts_of_any_length_are_refused_when_they_are_long(void **state) {
    column *texts = *state;
    memset(texts->data, '1', (size_t)(texts->end - texts->data));
    texts->data[0] = '-';
    texts->n = 64;
    for (size_t i = 0; i < texts->n; i++) {
        texts->text[i] = texts->data;
        texts->length[i] = i % 4 == 0 ? 8 : (uint32_t)(i * 256 + i % 4 * 6);
    }
    assert_int_equal(check_all(texts, '.'), 16);
    /* Lengths whose low bytes look short, but the memory is not theirs. */
    for (size_t i = 0; i < texts->n; i++)
        texts->length[i] = (UINT32_C(1) << (8 + i % 24)) + 5;
    memset(truths, 1, texts->n);
    for (const bm_decimal_kernel *kernel = bm_decimal_kernels; kernel->name; kernel++)
        if (kernel->runs_here())
            assert_int_equal(
                kernel->decimals(texts->text, texts->length, texts->n, '.', values, truths), 0);
}

static void what_is_taken_is_what_strtod_reads(void **state) {
    column *texts = *state;
    uint64_t random = 3;
    for (int round = 0; round < 50; round++) {
        fill(texts, MOST, '.', &random);
        for (const bm_decimal_kernel *kernel = bm_decimal_kernels; kernel->name; kernel++) {
            if (!kernel->runs_here())
                continue;
            kernel->decimals(texts->text, texts->length, texts->n, '.', values, truths);
            for (size_t i = 0; i < texts->n; i++) {
                char copy[LONGEST + 4] = "", *end;
                memcpy(copy, texts->text[i], texts->length[i]);
                double value = strtod(copy, &end);
                if (!truths[i])
                    continue;
                assert_ptr_equal(end, copy + texts->length[i]);
                assert_memory_equal(&value, &values[i], sizeof value);
            }
        }
    }
}

int main(void) {
#define IN_COLUMN(test) cmocka_unit_test_setup_teardown(test, new_column, free_column)
    const struct CMUnitTest tests[] = {
        IN_COLUMN(millions_of_texts_are_what_the_parser_of_one_says),
        IN_COLUMN(columns_of_any_number_of_texts_are_read_to_their_end_only),
        IN_COLUMN(each_place_of_the_mark_is_right_in_each_lane),
        IN_COLUMN(no_byte_outside_a_text_and_its_padding_is_read),
        IN_COLUMN(texts_of_any_length_are_refused_when_they_are_long),
        IN_COLUMN(what_is_taken_is_what_strtod_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
