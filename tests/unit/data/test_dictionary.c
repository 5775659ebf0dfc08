#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buyermap/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 200, MOST = 4096 };

/* What a dictionary must do, by going through a list. */
typedef struct oracle {
    bm_text text[MOST];
    char pool[MOST * LONGEST];
    size_t count, used;
} oracle;

static uint64_t random_state = 1;

static uint64_t next_random(uint64_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

static int32_t oracle_find(const oracle *o, bm_text text) {
    for (size_t i = 0; i < o->count; i++) {
        if (o->text[i].length == text.length &&
            memcmp(o->text[i].data, text.data, text.length) == 0)
            return (int32_t)i;
    }
    return -1;
}

static int32_t oracle_intern(oracle *o, bm_text text) {
    int32_t code = oracle_find(o, text);
    if (code >= 0)
        return code;
    assert_true(o->count < MOST);
    memcpy(o->pool + o->used, text.data, text.length);
    o->text[o->count] = (bm_text){o->pool + o->used, text.length};
    o->used += text.length;
    return (int32_t)o->count++;
}

/* The dictionary holds just what the oracle does. Each text to be found is a copy of its own size,
 * so that a sanitizer sees what is read beside it. */
static void expect_same(const bm_dictionary *dictionary, const oracle *o) {
    assert_int_equal(dictionary->count, o->count);
    for (size_t i = 0; i < o->count; i++) {
        bm_text text = bm_dictionary_text(dictionary, (int32_t)i);
        assert_int_equal(text.length, o->text[i].length);
        assert_memory_equal(text.data, o->text[i].data, text.length);
        assert_int_equal(text.data[text.length], '\0');
        assert_ptr_equal(bm_dictionary_string(dictionary, (int32_t)i), text.data);
        char *copy = malloc(text.length + 1);
        assert_non_null(copy);
        memcpy(copy, text.data, text.length);
        assert_int_equal(bm_dictionary_find(dictionary, (bm_text){copy, text.length}), i);
        copy[text.length] = '!'; /* one longer, and one shorter */
        bm_text longer = {copy, text.length + 1};
        assert_int_equal(bm_dictionary_find(dictionary, longer), oracle_find(o, longer));
        bm_text shorter = {copy, text.length > 0 ? text.length - 1 : 0};
        assert_int_equal(bm_dictionary_find(dictionary, shorter), oracle_find(o, shorter));
        free(copy);
    }
}

/* A text of n bytes of few kinds, so that texts repeat; NUL and bytes over 127 are among them. */
static bm_text random_text(char *buffer, size_t n) {
    static const char kind[] = {'\0', 'a', '\xff', '1'};
    for (size_t i = 0; i < n; i++)
        buffer[i] = kind[next_random(sizeof kind)];
    return (bm_text){buffer, n};
}

/* Interns n texts one by one into one dictionary and in batches into another. */
static void expect_as_listed(const bm_text *text, size_t n) {
    static oracle o;
    static int32_t one[MOST], many[MOST], expected[MOST];
    bm_dictionary a = {0}, b = {0};
    o.count = o.used = 0;
    for (size_t i = 0; i < n; i++) {
        expected[i] = text[i].data == NULL ? -1 : oracle_intern(&o, text[i]);
        one[i] = -1;
        if (text[i].data != NULL)
            assert_int_equal(bm_dictionary_intern(&a, text[i], &one[i], NULL), BM_OK);
    }
    for (size_t i = 0, batch; i < n; i += batch) {
        batch = 1 + next_random(60);
        batch = batch < n - i ? batch : n - i;
        assert_int_equal(bm_dictionary_intern_many(&b, text + i, batch, many + i, NULL), BM_OK);
    }
    assert_memory_equal(one, expected, n * sizeof *one);
    assert_memory_equal(many, expected, n * sizeof *many);
    expect_same(&a, &o);
    assert_int_equal(bm_dictionary_index(&a, NULL), BM_OK);
    expect_same(&a, &o);
    expect_same(&b, &o);
    bm_dictionary_free(&a);
    bm_dictionary_free(&b);
}

static void random_texts_get_the_codes_that_a_list_gives(void **state) {
    (void)state;
    static char pool[MOST][LONGEST];
    static bm_text text[MOST];
    static const size_t longest[] = {0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 33, LONGEST - 1};
    for (size_t round = 0; round < sizeof longest / sizeof longest[0]; round++) {
        for (size_t i = 0; i < 1500; i++) {
            uint64_t what = next_random(20);
            if (what == 0)
                text[i] = (bm_text){NULL, 0};
            else if (what < 6 && i > 0)
                text[i] = text[i - 1];
            else
                text[i] = random_text(pool[i], next_random(longest[round] + 1));
        }
        expect_as_listed(text, 1500);
    }
}

/* Ids that ascend to a point, then a text that does not: one before all, among them, or known. */
static void the_order_may_break_at_every_point(void **state) {
    (void)state;
    static char pool[200][16];
    static bm_text text[200];
    static const char *const breaker[] = {"", "0", "00", "15", "10100", "@"};
    for (size_t at = 0; at < 120; at++) {
        for (size_t kind = 0; kind < sizeof breaker / sizeof breaker[0]; kind++) {
            for (size_t i = 0; i < 150; i++) {
                const char *other = i == at ? breaker[kind] : NULL;
                int length = other != NULL
                                 ? snprintf(pool[i], sizeof pool[i], "%s", other)
                                 : snprintf(pool[i], sizeof pool[i], "%zu", 2 * (i - i % 3));
                text[i] = (bm_text){pool[i], (size_t)length};
            }
            expect_as_listed(text, 150);
        }
    }
}

static void texts_in_order_need_no_index(void **state) {
    (void)state;
    bm_dictionary dictionary = {0};
    size_t texts = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        char id[16];
        int32_t code;
        int length = snprintf(id, sizeof id, "%u", i);
        texts += (size_t)length + 1;
        for (int repeat = 0; repeat < 2; repeat++) {
            assert_int_equal(
                bm_dictionary_intern(&dictionary, (bm_text){id, (size_t)length}, &code, NULL),
                BM_OK);
            assert_int_equal(code, i);
        }
    }
    size_t bytes = bm_dictionary_bytes(&dictionary);
    assert_true(bytes > texts + 4 * 100000 && bytes < texts + 4 * 100000 + 1000);
    assert_int_equal(bm_dictionary_index(&dictionary, NULL), BM_OK);
    assert_int_equal(bm_dictionary_bytes(&dictionary), bytes + 8 * 262144);
    assert_int_equal(bm_dictionary_index(&dictionary, NULL), BM_OK);
    assert_int_equal(bm_dictionary_bytes(&dictionary), bytes + 8 * 262144);
    bm_dictionary_free(&dictionary);
    assert_int_equal(bm_dictionary_bytes(&dictionary), 0);
}

/* Text i of many; lengths vary over those that are handled apart. */
static bm_text numbered(char buffer[64], uint32_t i) {
    static const char fill[] = "..................................................";
    return (bm_text){buffer, (size_t)snprintf(buffer, 64, "%u%.*s", i, (int)(i % 37), fill)};
}

/* In any order; past 2^16 texts, of which each has a base of its own; through all doublings. */
static void many_texts_keep_their_codes(void **state) {
    (void)state;
    enum { TEXTS = 200000, BATCH = 100 };
    static uint32_t number[TEXTS];
    static char buffer[BATCH][64];
    bm_text text[BATCH];
    int32_t code[BATCH];
    bm_dictionary dictionary = {0};
    for (uint32_t i = 0; i < TEXTS; i++) {
        size_t j = next_random(i + 1);
        number[i] = number[j];
        number[j] = i;
    }
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < TEXTS; i += BATCH) {
            for (size_t k = 0; k < BATCH; k++)
                text[k] = numbered(buffer[k], number[i + k]);
            assert_int_equal(bm_dictionary_intern_many(&dictionary, text, BATCH, code, NULL),
                             BM_OK);
            for (size_t k = 0; k < BATCH; k++)
                assert_int_equal(code[k], i + k);
        }
    }
    assert_int_equal(dictionary.count, TEXTS);
    for (size_t i = 0; i < TEXTS; i++) {
        bm_text expected = numbered(buffer[0], number[i]);
        bm_text held = bm_dictionary_text(&dictionary, (int32_t)i);
        assert_int_equal(held.length, expected.length);
        assert_memory_equal(held.data, expected.data, expected.length + 1);
        assert_int_equal(bm_dictionary_find(&dictionary, expected), i);
        assert_int_equal(bm_dictionary_find(&dictionary, numbered(buffer[1], number[i] + TEXTS)),
                         -1);
    }
    bm_dictionary_free(&dictionary);
}

static void texts_past_what_a_block_reaches_are_refused(void **state) {
    (void)state;
    bm_dictionary dictionary = {0};
    bm_error err;
    int32_t code;
    /* Refused by its length: that many bytes are not there. */
    const bm_text endless = {"x", (size_t)5 << 30};
    assert_int_equal(bm_dictionary_intern(&dictionary, endless, &code, &err), BM_LIMIT);
    assert_int_equal(bm_dictionary_intern(&dictionary, (bm_text){"a", 1}, &code, &err), BM_OK);
    assert_int_equal(bm_dictionary_intern(&dictionary, endless, &code, &err), BM_LIMIT);
    assert_int_equal(bm_dictionary_intern_many(&dictionary, &endless, 1, &code, &err), BM_LIMIT);
    assert_int_equal(dictionary.count, 1);
    assert_int_equal(bm_dictionary_find(&dictionary, endless), -1);
    assert_int_equal(bm_dictionary_intern(&dictionary, (bm_text){"b", 1}, &code, &err), BM_OK);
    assert_int_equal(code, 1);
    bm_dictionary_free(&dictionary);
}

static bm_text sequential(char buffer[64], uint32_t i) {
    return (bm_text){buffer, (size_t)snprintf(buffer, 64, "%u", i)};
}

static bm_text zero_padded(char buffer[64], uint32_t i) {
    return (bm_text){buffer, (size_t)snprintf(buffer, 64, "B%010u", i)};
}

static bm_text uuid(char buffer[64], uint32_t i) {
    (void)i;
    return (bm_text){buffer,
                     (size_t)snprintf(buffer, 64, "%08x-%04x-4%03x-%04x-%012llx",
                                      (unsigned)next_random(1u << 31), (unsigned)next_random(65536),
                                      (unsigned)next_random(4096), (unsigned)next_random(65536),
                                      (unsigned long long)next_random((uint64_t)1 << 48))};
}

static bm_text with_a_long_head(char buffer[64], uint32_t i) {
    return (bm_text){buffer, (size_t)snprintf(buffer, 64, "https://shop.example/buyers/%u", i)};
}

static bm_text with_a_long_tail(char buffer[64], uint32_t i) {
    return (bm_text){buffer,
                     (size_t)snprintf(buffer, 64, "%08u-customer-of-the-western-branch", i)};
}

/* Knuth, TAOCP 3, 6.4: with a random hash a text is found after (1 + 1 / (1 - load)) / 2 probes. */
static void ids_of_all_kinds_spread_like_random_ones(void **state) {
    (void)state;
    static bm_text (*const id[])(char[64], uint32_t) = {sequential, zero_padded, uuid,
                                                        with_a_long_head, with_a_long_tail};
    for (size_t kind = 0; kind < sizeof id / sizeof id[0]; kind++) {
        bm_dictionary d = {0};
        for (uint32_t i = 0; i < 180000; i++) {
            char buffer[64];
            int32_t code;
            assert_int_equal(bm_dictionary_intern(&d, id[kind](buffer, i), &code, NULL), BM_OK);
        }
        assert_int_equal(bm_dictionary_index(&d, NULL), BM_OK);
        assert_int_equal(d.slots, 262144);
        double load = (double)d.count / (double)d.slots, probes = 0;
        for (size_t at = 0; at < d.slots; at++) {
            if (d.slot[at] != 0)
                probes += (double)((at - (d.slot[at] >> (64 - 18))) & (d.slots - 1)) + 1;
        }
        assert_true(probes / (double)d.count < 1.1 * (1 + 1 / (1 - load)) / 2);
        bm_dictionary_free(&d);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts_get_the_codes_that_a_list_gives),
        cmocka_unit_test(the_order_may_break_at_every_point),
        cmocka_unit_test(texts_in_order_need_no_index),
        cmocka_unit_test(many_texts_keep_their_codes),
        cmocka_unit_test(texts_past_what_a_block_reaches_are_refused),
        cmocka_unit_test(ids_of_all_kinds_spread_like_random_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
