/* run.json: what a run was made from and what it made. */
#ifndef BM_OUTPUT_RUN_JSON_H
#define BM_OUTPUT_RUN_JSON_H

#include "buyermap/provenance.h"
#include "buyermap/text.h"
#include "output/file.h"

#include <stddef.h>
#include <stdint.h>

/* One file that was written. */
typedef struct bm_output_file {
    char *name; /* owned: "segments.csv" */
    uint64_t bytes;
    char sha256[BM_SHA256_TEXT];
    size_t rows; /* of all its tables */
} bm_output_file;

/* The text of run.json, indented, ending in a newline; free(*text). */
bm_status bm_run_json(char **text, const bm_provenance *provenance, const bm_output_file *output,
                      size_t outputs, bm_error *err) BM_MUST_CHECK;
/* The files a run.json says were written, and `run.json` itself. Gives 0 in *ours when what stands
 * in fd is not the run.json of a buyermap run. */
bm_status bm_run_json_files(int fd, bm_strings *files, int *ours, bm_error *err) BM_MUST_CHECK;

#endif
