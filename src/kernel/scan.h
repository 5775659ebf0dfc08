/* Text kernels: where the bytes that mean something to a CSV reader stand, how many there are, and
 * whether text is UTF-8. Raw pointers, no allocation, no errors; every variant gives the same. */
#ifndef BM_KERNEL_SCAN_H
#define BM_KERNEL_SCAN_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that can be read beyond the text, and entries that can be written beyond the positions,
 * where a function below says that it does so. */
enum { BM_SCAN_PADDING = 64 };

/* The bytes to find beside '\n', '\r' and '\0'. 0: none. Any byte will do, and two may be equal. */
typedef struct bm_scan_bytes {
    char delimiter, quote, escape;
} bm_scan_bytes;

/* What a range of bytes holds. */
typedef struct bm_scan_counts {
    size_t quotes, newlines, returns; /* '\n', '\r' */
    size_t lines;                     /* ends of lines, within quotes or not; "\r\n" is one */
    /* The offset just after the first end of a line that lies outside quotes, if the range begins
     * outside quotes [0] or inside [1]; SIZE_MAX when there is none. */
    size_t first_end[2];
} bm_scan_counts;

/* Writes the offset of every delimiter, quote, escape, '\n', '\r' and '\0' among data [size] in
 * rising order and gives how many there are; *has_high: whether a byte is above 127. size < 2^32.
 * Reads up to BM_SCAN_PADDING bytes beyond data, whatever they are; position has room for size +
 * BM_SCAN_PADDING entries, and what it holds beyond the count is undefined. O(size). */
typedef size_t (*bm_scan_marks_kernel)(const char *data, size_t size, const bm_scan_bytes *marks,
                                       uint32_t *position, int *has_high);
/* Counts in data [size] and finds the two first ends of a line: "\n", "\r\n" or a lone "\r". Quotes
 * are told by parity, so a doubled quote changes nothing, but an escape that is not the quote is
 * not understood. quote is neither '\n' nor '\r'; 0: none. Reads up to BM_SCAN_PADDING bytes beyond
 * data; one of them means something: data[size] after a '\r' that is last. If it is '\n', the two
 * are one end of a line: first_end can be size + 1, and the line counts in the range that begins
 * with the '\n'. So ranges that follow each other add up. At the end of a text data[size] must not
 * be '\n'. O(size). */
typedef void (*bm_scan_count_kernel)(const char *data, size_t size, char quote,
                                     bm_scan_counts *counts);
/* The offset of the first byte above 127 at or after from; size when there is none. Reads nothing
 * beyond data. */
typedef size_t (*bm_scan_find_high_kernel)(const char *data, size_t from, size_t size);
/* Whether data [size] is UTF-8 as bm_text_character() has it. Reads nothing beyond data.
 * J. Keiser, D. Lemire: Validating UTF-8 in less than one instruction per byte. Software: Practice
 * and Experience 51 (2021). */
typedef int (*bm_scan_utf8_kernel)(const char *data, size_t size);

/* The variants that this CPU runs best. */
size_t bm_scan_marks(const char *data, size_t size, const bm_scan_bytes *marks, uint32_t *position,
                     int *has_high);
void bm_scan_count(const char *data, size_t size, char quote, bm_scan_counts *counts);
size_t bm_scan_find_high(const char *data, size_t from, size_t size);
int bm_scan_utf8_valid(const char *data, size_t size);

size_t bm_scan_find_high_generic(const char *data, size_t from, size_t size);
int bm_scan_utf8_valid_generic(const char *data, size_t size);
#if defined(__x86_64__)
size_t bm_scan_marks_avx2(const char *data, size_t size, const bm_scan_bytes *marks,
                          uint32_t *position, int *has_high);
void bm_scan_count_avx2(const char *data, size_t size, char quote, bm_scan_counts *counts);
size_t bm_scan_find_high_avx2(const char *data, size_t from, size_t size);
int bm_scan_utf8_valid_avx2(const char *data, size_t size);
size_t bm_scan_marks_avx512(const char *data, size_t size, const bm_scan_bytes *marks,
                            uint32_t *position, int *has_high);
void bm_scan_count_avx512(const char *data, size_t size, char quote, bm_scan_counts *counts);
size_t bm_scan_find_high_avx512(const char *data, size_t from, size_t size);
int bm_scan_utf8_valid_avx512(const char *data, size_t size);
#endif

/* A set of kernels that a CPU can run: one row of the table in scan.c. */
typedef struct bm_scan_kernel {
    const char *name;
    int (*runs_here)(void);
    bm_scan_marks_kernel marks;
    bm_scan_count_kernel count;
    bm_scan_find_high_kernel find_high;
    bm_scan_utf8_kernel utf8_valid;
} bm_scan_kernel;
/* Best first; ends with name NULL. The last row runs anywhere. */
extern const bm_scan_kernel bm_scan_kernels[];

#endif
