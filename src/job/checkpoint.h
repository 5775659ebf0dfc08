/* The checkpoint of a run: DIR.checkpoint, beside the results that are to come. */
#ifndef BM_JOB_CHECKPOINT_H
#define BM_JOB_CHECKPOINT_H

#include "base/digest.h"
#include "buyermap/context.h"
#include "buyermap/provenance.h"
#include "cluster/cluster.h"
#include "job/job.h"
#include "output/output.h"

/* Zeroed: neither kept nor gone on from. */
typedef struct bm_run_checkpoint {
    const bm_publication *place; /* borrowed; NULL: as zeroed */
    bm_log *log;
    char *name, *staged, *shown; /* in the place's parent; in messages */
    char inputs[BM_SHA256_TEXT]; /* what the run depends on */
    char settings[BM_SHA256_TEXT];
    unsigned char *bytes; /* the file that the run goes on from, or NULL */
    size_t length;
    bm_checkpoint wish;
    int is_failing; /* the last one could not be written */
} bm_run_checkpoint;

/* Once the place is locked, before any input is read: reads the checkpoint when the job resumes,
 * and sees that one can be written. BM_DATA: what is to be gone on from is damaged or no
 * checkpoint; BM_CANTCREATE: none can be written there. */
bm_status bm_checkpoint_open(bm_run_checkpoint *checkpoint, const bm_job *job,
                             const bm_publication *place, const bm_context *context,
                             bm_error *err) BM_MUST_CHECK;
/* Before k-means: what it depends on is known, and options->checkpoint is set. BM_DATA: the
 * checkpoint is of other inputs, settings or another version. */
bm_status bm_checkpoint_match(bm_run_checkpoint *checkpoint, const bm_provenance *provenance,
                              size_t d, bm_cluster_options *options, bm_error *err) BM_MUST_CHECK;
/* After publication: the checkpoint is not needed any more. */
void bm_checkpoint_remove(bm_run_checkpoint *checkpoint);
void bm_checkpoint_free(bm_run_checkpoint *checkpoint);

#endif
