/* bm_provenance: where a result came from. Becomes run.json. */
#ifndef BUYERMAP_PROVENANCE_H
#define BUYERMAP_PROVENANCE_H

#include "buyermap/accounting.h"
#include "buyermap/status.h"
#include "buyermap/text.h"

#include <stddef.h>
#include <stdint.h>

/* One resolved option: the job file's dotted key and its value as one would write it there, or the
 * items of a list. */
typedef struct bm_setting {
    char *key;
    char *value; /* NULL: a list */
    bm_strings items;
} bm_setting;

typedef struct bm_input_file {
    char *role; /* "orders" */
    char *path; /* as given */
    uint64_t bytes;
    char sha256[65];
    bm_accounting accounting;
} bm_input_file;

typedef enum bm_stage {
    BM_STAGE_READ,
    BM_STAGE_HASH,
    BM_STAGE_FEATURE,
    BM_STAGE_NORMALIZE,
    BM_STAGE_CLUSTER,
    BM_STAGE_CHOOSE_K,
    BM_STAGE_QUALITY,
    BM_STAGE_STABILITY,
    BM_STAGE_STATISTICS,
    BM_STAGE_LIFETIME, /* a part of the statistics */
    BM_STAGE_WRITE,
    BM_STAGE_TOTAL,
    BM_STAGES,
} bm_stage;

typedef struct bm_provenance {
    const char *verb;
    bm_setting *setting;
    size_t settings, settings_reserved;
    bm_input_file *input;
    size_t inputs;
    bm_accounting accounting; /* summed over the inputs */
    double seconds[BM_STAGES];
    const bm_strings *warnings; /* borrowed from the log; NULL: none */
    bm_strings versions;        /* "GSL 2.7.1": what the binary was made from */
} bm_provenance;

/* "read_seconds", … */
const char *bm_stage_name(bm_stage stage);
bm_status bm_provenance_setting(bm_provenance *provenance, const char *key, const char *value,
                                bm_error *err) BM_MUST_CHECK;
bm_status bm_provenance_list(bm_provenance *provenance, const char *key, const bm_strings *items,
                             bm_error *err) BM_MUST_CHECK;
/* Appends an input and gives it; BM_NOMEM leaves the provenance as it was. */
bm_status bm_provenance_input(bm_provenance *provenance, const char *role, const char *path,
                              bm_input_file **input, bm_error *err) BM_MUST_CHECK;
void bm_provenance_free(bm_provenance *provenance);

#endif
