/* Text: a view of bytes, a growing list of strings, and a dictionary of distinct strings. */
#ifndef BUYERMAP_TEXT_H
#define BUYERMAP_TEXT_H

#include "buyermap/status.h"

#include <stddef.h>
#include <stdint.h>

/* A view: length bytes of UTF-8 that somebody else owns; not always NUL-terminated. */
typedef struct bm_text {
    const char *data;
    size_t length;
} bm_text;

/* Bytes of the character that a text of at least one byte begins with, as RFC 3629 has it: no
 * overlong forms, no surrogates, nothing above U+10FFFF. 0 when it begins with none. */
size_t bm_text_character(bm_text text);
/* The beginning of a text: at most so many bytes, and no part of a character at its end. */
bm_text bm_text_cut(bm_text text, size_t bytes);
/* The same by characters; a byte that is part of none counts as one. */
bm_text bm_text_first(bm_text text, size_t characters);
/* An owned, NUL-terminated copy that is UTF-8 whatever the text was: each byte that is not part of
 * a character becomes U+FFFD. BM_NOMEM. */
bm_status bm_text_clean(char **clean, bm_text text, bm_error *err) BM_MUST_CHECK;

/* Columns of a terminal (Unicode 14): East Asian wide and fullwidth characters take 2, combining
 * marks, variation selectors and other characters that are not drawn take none, all else takes 1.
 * A text counts as bm_text_shown would show it whole. */
int bm_character_width(uint32_t character);
size_t bm_text_width(bm_text text);
/* An owned, NUL-terminated copy for a terminal: of at most so many columns, the last of which is
 * "…" when the text was cut; bytes that are no character, controls, line separators and what turns
 * the writing direction become "?". Cut before a character, never inside one. BM_NOMEM. */
bm_status bm_text_shown(char **shown, bm_text text, size_t width, bm_error *err) BM_MUST_CHECK;

/* A list of NUL-terminated strings that it owns. Zeroed is empty. */
typedef struct bm_strings {
    char **item;
    size_t count;
    size_t reserved;
} bm_strings;

bm_status bm_strings_add(bm_strings *list, const char *text, bm_error *err) BM_MUST_CHECK;
/* Splits text at each separator and appends the pieces, blanks around them removed. */
bm_status bm_strings_split(bm_strings *list, const char *text, char separator,
                           bm_error *err) BM_MUST_CHECK;
bm_status bm_strings_copy(const bm_strings *from, bm_strings *to, bm_error *err) BM_MUST_CHECK;
int bm_strings_contain(const bm_strings *list, const char *text);
void bm_strings_free(bm_strings *list);

/* Distinct strings, numbered 0, 1, … in the order of their first appearance. Zeroed is empty.
 * Strings may hold any byte; each is also NUL-terminated in the pool. While each new string is
 * greater than all before it in shortlex order (length first, then bytes), as ids mostly are in
 * files, a dictionary needs no index: it takes the strings and 4 bytes each. All but count is
 * the dictionary's own. */
typedef struct bm_dictionary {
    size_t count;
    char *bytes;
    size_t bytes_used, bytes_reserved;
    uint32_t *start; /* [count + 1] where string i starts, less the base of its block */
    size_t reserved;
    size_t *base; /* where each block of 2^16 strings starts in bytes */
    size_t bases_reserved;
    uint64_t *slot; /* the index, or NULL: 0 is free, else 32 bits of the hash and code + 1 */
    size_t slots;   /* a power of two */
} bm_dictionary;

/* Finds or adds the text and gives its code. Amortized O(length). BM_NOMEM; BM_LIMIT past 2^31 - 2
 * strings, or where a block of 2^16 of them takes 4 GiB. */
bm_status bm_dictionary_intern(bm_dictionary *dictionary, bm_text text, int32_t *code,
                               bm_error *err) BM_MUST_CHECK;
/* The same for text[0..n) in turn, some times as fast where the dictionary is large; a text whose
 * data are NULL is missing and gets -1. After an error, the codes say nothing. */
bm_status bm_dictionary_intern_many(bm_dictionary *dictionary, const bm_text *text, size_t n,
                                    int32_t *code, bm_error *err) BM_MUST_CHECK;
/* Builds the index, of 8 bytes a slot and 4/3 to 8/3 slots a string, where there is none: worth its
 * while before many lookups. BM_NOMEM. */
bm_status bm_dictionary_index(bm_dictionary *dictionary, bm_error *err) BM_MUST_CHECK;
/* The code of a text, or -1. O(length); without an index O(length log count), but O(length) for a
 * text not less than the last. */
int32_t bm_dictionary_find(const bm_dictionary *dictionary, bm_text text);
/* The text of a code; valid until the dictionary grows or is freed. */
bm_text bm_dictionary_text(const bm_dictionary *dictionary, int32_t code);
/* The same as a NUL-terminated string. */
const char *bm_dictionary_string(const bm_dictionary *dictionary, int32_t code);
/* Bytes of memory in use: what is reserved for strings to come is not counted, since the system
 * gives it only when it is written to. */
size_t bm_dictionary_bytes(const bm_dictionary *dictionary);
void bm_dictionary_free(bm_dictionary *dictionary);

#endif
