#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buyermap/lines.h"

#include <stdlib.h>

enum { MOST = 20000 };

static uint64_t random_state = 1;

static uint64_t next_random(uint64_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

/* Lines as files have them: mostly the next, some left out, at times far ahead or back. */
static uint64_t line_after(uint64_t line, uint64_t leaps) {
    uint64_t what = next_random(100);
    if (what < 70)
        return line + 1;
    if (what < 98 || leaps == 0)
        return line + 2 + next_random(5);
    return what == 98 ? line + next_random(3) * UINT32_MAX + 2 : next_random(line + 1);
}

static void expect_lines(const bm_lines *lines, const uint64_t *line, size_t rows) {
    assert_int_equal(lines->rows, rows);
    for (size_t r = 0; r < rows; r++)
        assert_true(bm_lines_of(lines, r) == line[r]);
}

static void every_row_keeps_its_line(void **state) {
    (void)state;
    static uint64_t line[MOST];
    for (uint64_t leaps = 0; leaps < 2; leaps++) {
        bm_lines lines = {0};
        uint64_t next = 2;
        for (size_t r = 0; r < MOST; r++) {
            line[r] = next;
            assert_int_equal(bm_lines_add(&lines, next, NULL), BM_OK);
            next = line_after(next, leaps);
        }
        expect_lines(&lines, line, MOST);
        bm_lines_free(&lines);
    }
}

static void pieces_are_joined_with_their_lines_moved(void **state) {
    (void)state;
    static uint64_t line[MOST];
    for (uint64_t round = 0; round < 20; round++) {
        bm_lines whole = {0};
        size_t rows = 0;
        while (rows < MOST - 200) {
            bm_lines piece = {0};
            size_t end = rows + next_random(200);
            uint64_t here = 1, moved = rows > 0 ? line[rows - 1] : next_random(2);
            for (; rows < end; rows++) {
                assert_int_equal(bm_lines_add(&piece, here, NULL), BM_OK);
                line[rows] = here + moved;
                here = line_after(here, round % 2);
            }
            assert_int_equal(bm_lines_append(&whole, &piece, moved, NULL), BM_OK);
            bm_lines_free(&piece);
        }
        expect_lines(&whole, line, rows);
        bm_lines_free(&whole);
    }
}

static void rows_on_successive_lines_are_one_run(void **state) {
    (void)state;
    bm_lines plain = {0}, whole = {0};
    for (uint64_t line = 2; line < 1002; line++)
        assert_int_equal(bm_lines_add(&plain, line, NULL), BM_OK);
    size_t bytes = bm_lines_bytes(&plain);
    assert_in_range(bytes, 1, 40);
    for (uint64_t i = 0; i < 50; i++)
        assert_int_equal(bm_lines_append(&whole, &plain, 1000 * i, NULL), BM_OK);
    assert_int_equal(bm_lines_bytes(&whole), bytes);
    assert_int_equal(bm_lines_of(&whole, 49999), 50001);
    bm_lines_free(&plain);
    bm_lines_free(&whole);
    assert_int_equal(bm_lines_bytes(&whole), 0);
}

/* Doubled 40 times; from 2^30 rows on, with a line left out between the halves. */
static void rows_and_lines_past_2_to_32_are_told_apart(void **state) {
    (void)state;
    enum { DOUBLINGS = 40, PLAIN = 30 };
    bm_lines lines = {0};
    uint64_t moved[DOUBLINGS], last = 1; /* by how much the second half was moved */
    assert_int_equal(bm_lines_add(&lines, 1, NULL), BM_OK);
    for (uint64_t i = 0; i < DOUBLINGS; i++) {
        bm_lines twice = {0};
        moved[i] = last + (i >= PLAIN);
        assert_int_equal(bm_lines_append(&twice, &lines, 0, NULL), BM_OK);
        assert_int_equal(bm_lines_append(&twice, &lines, moved[i], NULL), BM_OK);
        bm_lines_free(&lines);
        lines = twice;
        last += moved[i];
    }
    assert_int_equal(lines.rows, (size_t)1 << DOUBLINGS);
    for (int i = 0; i < 100000; i++) {
        size_t row = next_random(lines.rows);
        uint64_t line = 1;
        for (int bit = 0; bit < DOUBLINGS; bit++)
            line += (row >> bit & 1) != 0 ? moved[bit] : 0;
        assert_true(bm_lines_of(&lines, row) == line);
    }
    assert_true(bm_lines_of(&lines, lines.rows - 1) == last);
    bm_lines_free(&lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_keeps_its_line),
        cmocka_unit_test(pieces_are_joined_with_their_lines_moved),
        cmocka_unit_test(rows_on_successive_lines_are_one_run),
        cmocka_unit_test(rows_and_lines_past_2_to_32_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
