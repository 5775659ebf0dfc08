/* Every variant of the text kernels against loops that look at one byte at a time. */
#include "kernel/scan.h"

#include "buyermap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 300, ALIGNMENTS = 64 };

static uint32_t next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* A text at some distance from an address divisible by 64, whose memory ends with it or with its
 * padding, so that a sanitizer sees whoever reads beyond. */
typedef struct sample {
    char *memory, *data;
    size_t size;
} sample;

static sample new_sample(size_t alignment, size_t size, size_t padding) {
    sample text = {.size = size};
    void *memory;
    assert_int_equal(posix_memalign(&memory, 64, alignment + size + padding), 0);
    text.memory = memory;
    text.data = text.memory + alignment;
    return text;
}

/* kind 0: marks in every place; 1: a mark in some eight bytes; 2: line ends and quotes, mostly in
 * pairs; 3: hardly any mark; 4: any byte. */
static void fill(char *data, size_t size, int kind, const bm_scan_bytes *marks, uint64_t *random) {
    const char mark[] = {marks->delimiter, marks->quote, marks->escape, '\n', '\r', '\0', '\n'};
    const char ends[] = {'\r', '\n', '\r', '\n', marks->quote, 'x'};
    const uint32_t one_in[] = {1, 8, 1, 90, 0};
    for (size_t i = 0; i < size; i++) {
        if (kind == 4)
            data[i] = (char)next(random);
        else if (next(random) % one_in[kind] != 0)
            data[i] = (char)(next(random) % 40 == 0 ? next(random) : '0' + next(random) % 10);
        else
            data[i] =
                kind == 2 ? ends[next(random) % sizeof ends] : mark[next(random) % sizeof mark];
    }
}

static void check_marks(const bm_scan_kernel *kernel, sample text, const bm_scan_bytes *marks) {
    uint32_t *position = malloc((text.size + BM_SCAN_PADDING) * sizeof *position);
    assert_non_null(position);
    int has_high = -1, expected_high = 0;
    size_t count = kernel->marks(text.data, text.size, marks, position, &has_high), seen = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == marks->delimiter || c == marks->quote || c == marks->escape || c == '\n' ||
            c == '\r' || c == '\0') {
            assert_true(seen < count);
            assert_int_equal(position[seen], i);
            seen++;
        }
        if ((c & 0x80) != 0)
            expected_high = 1;
    }
    assert_int_equal(count, seen);
    assert_int_equal(has_high, expected_high);
    free(position);
}

/* Walks as a reader would that began within quotes or outside. */
static size_t walk_to_end(sample text, char quote, int within) {
    for (size_t i = 0; i < text.size; i++) {
        if (quote != 0 && text.data[i] == quote)
            within = !within;
        else if (!within && text.data[i] == '\n')
            return i + 1;
        else if (!within && text.data[i] == '\r')
            return text.data[i + 1] == '\n' ? i + 2 : i + 1;
    }
    return SIZE_MAX;
}

static void check_count(const bm_scan_kernel *kernel, sample text, char quote) {
    bm_scan_counts expected = {0}, got;
    memset(&got, 0x77, sizeof got);
    kernel->count(text.data, text.size, quote, &got);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        expected.quotes += quote != 0 && c == quote;
        expected.newlines += c == '\n';
        expected.returns += c == '\r';
        expected.lines += c == '\n' || (c == '\r' && text.data[i + 1] != '\n');
    }
    assert_int_equal(got.quotes, expected.quotes);
    assert_int_equal(got.newlines, expected.newlines);
    assert_int_equal(got.returns, expected.returns);
    assert_int_equal(got.lines, expected.lines);
    assert_int_equal(got.first_end[0], walk_to_end(text, quote, 0));
    assert_int_equal(got.first_end[1], walk_to_end(text, quote, 1));
}

/* Byte by byte, as bm_text_character() has it. */
static int is_utf8(const char *data, size_t size) {
    for (size_t at = 0, length; at < size; at += length) {
        length = bm_text_character((bm_text){data + at, size - at});
        if (length == 0)
            return 0;
    }
    return 1;
}

static void check_high(const bm_scan_kernel *kernel, sample text) {
    size_t expected = text.size;
    for (size_t from = text.size + 1; from-- > 0;) {
        if (from < text.size && (unsigned char)text.data[from] > 127)
            expected = from;
        assert_int_equal(kernel->find_high(text.data, from, text.size), expected);
    }
    assert_int_equal(kernel->utf8_valid(text.data, text.size), is_utf8(text.data, text.size));
}

static void marks_and_counts_are_right_at_every_size_and_alignment(void **state) {
    (void)state;
    static const bm_scan_bytes dialects[] = {
        {',', '"', 0}, {';', '\'', '\\'}, {'\t', 0, 0}, {'|', '|', '"'}, {'\xa7', '\xff', '\x80'}};
    uint64_t random = 1;
    for (size_t size = 0; size <= MOST; size++)
        for (size_t alignment = 0; alignment < ALIGNMENTS; alignment++) {
            const bm_scan_bytes *marks = &dialects[next(&random) % 5];
            int kind = (int)(next(&random) % 5);
            sample text = new_sample(alignment, size, BM_SCAN_PADDING);
            fill(text.data, size + BM_SCAN_PADDING, kind, marks, &random);
            for (const bm_scan_kernel *kernel = bm_scan_kernels; kernel->name; kernel++)
                if (kernel->runs_here()) {
                    check_marks(kernel, text, marks);
                    check_count(kernel, text, marks->quote);
                }
            free(text.memory);
        }
}

static void every_byte_can_be_a_mark_and_no_other_is_taken_for_one(void **state) {
    (void)state;
    uint64_t random = 2;
    sample text = new_sample(3, 512, BM_SCAN_PADDING);
    memset(text.data, 'x', text.size + BM_SCAN_PADDING);
    for (size_t i = 0; i < 512; i++)
        text.data[i] = (char)(i * 7);
    for (uint32_t c = 0; c < 256; c++) {
        bm_scan_bytes marks = {(char)c, (char)next(&random), (char)next(&random)};
        for (const bm_scan_kernel *kernel = bm_scan_kernels; kernel->name; kernel++)
            if (kernel->runs_here()) {
                check_marks(kernel, text, &marks);
                if (c != '\n' && c != '\r')
                    check_count(kernel, text, (char)c);
            }
    }
    free(text.memory);
}

static void a_pair_of_return_and_newline_is_one_end_wherever_it_lies(void **state) {
    (void)state;
    for (size_t size = 1; size <= 200; size++)
        for (size_t at = 0; at < size; at++)
            for (int quoted = 0; quoted < 2; quoted++) {
                sample text = new_sample(0, size, BM_SCAN_PADDING);
                memset(text.data, 'x', size + BM_SCAN_PADDING);
                text.data[at] = '\r';
                text.data[at + 1] = '\n'; /* just beyond the text at last */
                if (quoted && at > 0)
                    text.data[at / 2] = '"';
                for (const bm_scan_kernel *kernel = bm_scan_kernels; kernel->name; kernel++)
                    if (kernel->runs_here()) {
                        bm_scan_counts counts;
                        kernel->count(text.data, size, '"', &counts);
                        int begun = quoted && at > 0;
                        assert_int_equal(counts.first_end[begun], at + 2);
                        assert_true(counts.first_end[!begun] == SIZE_MAX);
                        assert_int_equal(counts.lines, at + 1 < size);
                    }
                free(text.memory);
            }
}

static void counts_of_ranges_that_follow_each_other_add_up(void **state) {
    (void)state;
    enum { SIZE = 1000 };
    bm_scan_bytes marks = {',', '"', 0};
    uint64_t random = 3;
    sample text = new_sample(1, SIZE, BM_SCAN_PADDING);
    fill(text.data, SIZE, 2, &marks, &random);
    memset(text.data + SIZE, 0, BM_SCAN_PADDING);
    for (const bm_scan_kernel *kernel = bm_scan_kernels; kernel->name; kernel++) {
        if (!kernel->runs_here())
            continue;
        for (size_t cut = 0; cut <= SIZE; cut++) {
            bm_scan_counts whole, left, right;
            kernel->count(text.data, SIZE, '"', &whole);
            kernel->count(text.data, cut, '"', &left);
            kernel->count(text.data + cut, SIZE - cut, '"', &right);
            assert_int_equal(left.quotes + right.quotes, whole.quotes);
            assert_int_equal(left.newlines + right.newlines, whole.newlines);
            assert_int_equal(left.returns + right.returns, whole.returns);
            assert_int_equal(left.lines + right.lines, whole.lines);
        }
    }
    free(text.memory);
}

static void bytes_above_127_are_found_and_judged_at_every_size_and_alignment(void **state) {
    (void)state;
    static const char *const piece[] = {
        "x",       "\xc3\xa9",         "\xe1\x83\xa5", "\xf0\x9f\x98\x80",
        "plain, ", "0123456789abcdef", "\xe4\xb8\xad", "\xd9\x85"};
    uint64_t random = 4;
    for (size_t size = 0; size <= MOST; size++)
        for (size_t alignment = 0; alignment < ALIGNMENTS; alignment++) {
            sample text = new_sample(alignment, size, 0);
            size_t plain = next(&random) % 2 == 0 ? next(&random) % (size + 1) : 0;
            memset(text.data, 'x', plain);
            for (size_t at = plain; at < size;) {
                const char *add = piece[next(&random) % 8];
                size_t length = strlen(add);
                memcpy(text.data + at, add, length < size - at ? length : size - at);
                at += length;
            }
            if (size > 0 && next(&random) % 4 == 0)
                text.data[next(&random) % size] = (char)next(&random);
            for (const bm_scan_kernel *kernel = bm_scan_kernels; kernel->name; kernel++)
                if (kernel->runs_here())
                    check_high(kernel, text);
            free(text.memory);
        }
}

/* All pairs of bytes, followed by bytes at each limit that RFC 3629 knows, across a block's end. */
static void all_pairs_of_bytes_and_what_may_follow_are_judged_as_one_by_one(void **state) {
    (void)state;
    static const unsigned char limit[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                          0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xff};
    enum { LIMITS = sizeof limit };
    char data[192];
    for (size_t i = 0; i < LIMITS * LIMITS; i++)
        for (uint32_t pair = 0; pair < 65536; pair++) {
            size_t at = 58 + (pair + i) % 9;
            memset(data, 'x', sizeof data);
            data[at] = (char)(pair >> 8);
            data[at + 1] = (char)pair;
            data[at + 2] = (char)limit[i / LIMITS];
            data[at + 3] = (char)limit[i % LIMITS];
            int expected = is_utf8(data + at, 5);
            for (const bm_scan_kernel *kernel = bm_scan_kernels; kernel->name; kernel++)
                if (kernel->runs_here() && kernel->utf8_valid(data, sizeof data) != expected)
                    fail_msg("%s: %08x at %zu", kernel->name,
                             pair << 16 | (uint32_t)limit[i / LIMITS] << 8 | limit[i % LIMITS], at);
        }
}

static void a_character_cut_by_the_end_of_the_text_is_not_valid(void **state) {
    (void)state;
    static const char *const character[] = {"\xc3\xa9", "\xe1\x83\xa5", "\xf0\x9f\x98\x80"};
    char data[260];
    for (size_t c = 0; c < 3; c++)
        for (size_t size = 0; size < 256; size++)
            for (size_t part = 1; part <= strlen(character[c]); part++) {
                memset(data, 'x', sizeof data);
                memcpy(data + size, character[c], strlen(character[c]));
                for (const bm_scan_kernel *kernel = bm_scan_kernels; kernel->name; kernel++)
                    if (kernel->runs_here())
                        assert_int_equal(kernel->utf8_valid(data, size + part),
                                         part == strlen(character[c]));
            }
}

static void the_functions_in_use_give_the_same(void **state) {
    (void)state;
    char data[300] = "a,\"b\xc3\xa9\"\n";
    const bm_scan_bytes marks = {',', '"', 0};
    uint32_t position[200 + BM_SCAN_PADDING];
    for (size_t size = 8; size <= 200; size += 192) {
        bm_scan_counts counts;
        int has_high = 0;
        memset(data + 8, 'x', size - 8);
        assert_int_equal(bm_scan_marks(data, size, &marks, position, &has_high), 4);
        assert_int_equal(position[3], 7);
        assert_true(has_high);
        bm_scan_count(data, size, '"', &counts);
        assert_int_equal(counts.quotes, 2);
        assert_int_equal(counts.first_end[0], 8);
        assert_int_equal(bm_scan_find_high(data, 0, size), 4);
        assert_int_equal(bm_scan_find_high(data, 6, size), size);
        assert_true(bm_scan_utf8_valid(data, size));
        data[5] = 'x';
        assert_false(bm_scan_utf8_valid(data, size));
        data[5] = '\xa9';
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_and_counts_are_right_at_every_size_and_alignment),
        cmocka_unit_test(every_byte_can_be_a_mark_and_no_other_is_taken_for_one),
        cmocka_unit_test(a_pair_of_return_and_newline_is_one_end_wherever_it_lies),
        cmocka_unit_test(counts_of_ranges_that_follow_each_other_add_up),
        cmocka_unit_test(bytes_above_127_are_found_and_judged_at_every_size_and_alignment),
        cmocka_unit_test(all_pairs_of_bytes_and_what_may_follow_are_judged_as_one_by_one),
        cmocka_unit_test(a_character_cut_by_the_end_of_the_text_is_not_valid),
        cmocka_unit_test(the_functions_in_use_give_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
