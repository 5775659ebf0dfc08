/* Encodings of one byte a character, read into UTF-8. */
#ifndef BM_INPUT_ENCODING_H
#define BM_INPUT_ENCODING_H

#include "input/input.h"

/* The encoding that a name means, whatever its case, dashes and underscores: utf-8, latin1
 * (iso-8859-1), windows-1252 (cp1252). NULL is utf-8. BM_USAGE for any other, with the command that
 * converts such a file. */
bm_status bm_encoding_find(const char *name, bm_encoding *encoding, bm_error *err) BM_MUST_CHECK;

/* Writes the text as UTF-8 and gives its length. `out` holds 3 × in.length bytes and does not
 * overlap `in`. SIZE_MAX: the text holds one of the five bytes that stand for nothing in
 * windows-1252 (0x81, 0x8d, 0x8f, 0x90, 0x9d). Latin-1 cannot fail: its 0x80 to 0x9f are the
 * controls of these numbers. UTF-8 is copied as it is. The table is Unicode's
 * MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT. */
size_t bm_latin_to_utf8(bm_encoding encoding, bm_text in, char *out);

#endif
