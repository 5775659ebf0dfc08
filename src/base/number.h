/* Numbers as text, always as in the C locale. */
#ifndef BM_BASE_NUMBER_H
#define BM_BASE_NUMBER_H

#include "buyermap/text.h"

/* Reads a whole text as a finite decimal number, blanks around it allowed. 1 on success; 0 for
 * anything else (hexadecimal, "inf", "nan", trailing text, out of range). Correctly rounded. */
int bm_parse_number(bm_text text, double *out);
/* The same with another decimal mark and with a thousands separator ('\0': none), which must stand
 * before groups of three digits. */
int bm_parse_decimal(bm_text text, char decimal, char thousands, double *out);
/* A whole number within [low, high]. */
int bm_parse_integer(bm_text text, int64_t low, int64_t high, int64_t *out);

#define BM_NUMBER_TEXT 32
/* The shortest of %.15g, %.16g, %.17g that reads back to the same double; NaN gives "". Gives the
 * length. */
int bm_format_number(char buffer[BM_NUMBER_TEXT], double value);

#endif
