/* What a CSV file may have meant that does not fit the dialect it is read in. */
#ifndef BM_INPUT_SNIFF_H
#define BM_INPUT_SNIFF_H

#include "input/input.h"

/* As much of a file as is looked at, and room for every advice. */
enum { BM_SNIFF_SAMPLE = 64 * 1024, BM_SNIFF_ADVICE = 512 };

/* Looks at the beginning of a file (unpacked, from its first byte, byte-order mark and comments
 * with it; `is_whole` says that this is all of it) and writes one clause to `advice` when another
 * dialect fits clearly better than `now`, as
 *     looks like ';' with decimal comma: add --delimiter ';' --decimal ,
 * and an empty text otherwise. It begins in lower case and has no full stop, to stand behind
 * "; " in a message. It never holds text of the file. Nothing is applied, and `now` may be any
 * dialect that bm_dialect_check() lets through.
 *
 * To be called where something is amiss, since it knows nothing of what the columns are wanted for:
 *   - the header is a single column, or holds other delimiters (a warning);
 *   - the header has empty or repeated names (often: there is none);
 *   - bad rows end the reading: too few or many fields, quotes, not a number, invalid UTF-8.
 * On a file that reads well it is silent, but for text columns that are numbers with another
 * decimal mark or thousands separator, and a first line that looks like data.
 *
 * Linear: no more than BM_SNIFF_SAMPLE bytes are looked at, each some 60 times at most (10 to 20
 * ms), and nothing is allocated. Any bytes will do. */
void bm_sniff(const char *data, size_t size, int is_whole, const bm_dialect *now, char *advice,
              size_t room);

#endif
