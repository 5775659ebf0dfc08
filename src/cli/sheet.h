/* A result as a table of text that lines up on a terminal. */
#ifndef BM_CLI_SHEET_H
#define BM_CLI_SHEET_H

#include "buyermap/result.h"

/* Prints it to stdout: a line of headings, a line a row. Columns line up by display width, numbers
 * to the right, rounded for people; texts are cut at 48 columns and show no controls. A column
 * that is empty in every row is left out. BM_NOMEM. */
bm_status bm_print_sheet(const bm_result *result, bm_error *err) BM_MUST_CHECK;

/* Prints a text that came from outside, whole and without controls (bm_text_shown). */
void bm_put_text(const char *text);

#endif
