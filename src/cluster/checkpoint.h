/* Where a long k-means stands, as bytes. */
#ifndef BM_CLUSTER_CHECKPOINT_H
#define BM_CLUSTER_CHECKPOINT_H

#include "buyermap/status.h"

#include <stddef.h>

/* What the caller wants of it: states to be kept now and then, and one to go on from. Where bytes
 * are kept is his: k-means knows no files. */
typedef struct bm_checkpoint {
    double seconds;             /* between two states; 0: none is kept */
    const unsigned char *state; /* borrowed: what keep() was given by an earlier run on the same
                                   features, options and seed; NULL: from the beginning */
    size_t bytes;               /* of it */
    bm_status (*keep)(void *arg, const void *state, size_t bytes, bm_error *err);
    void *arg;
} bm_checkpoint;

/* The state as it grows, and what is left to read of the one that the run goes on from. */
typedef struct bm_keeper {
    const bm_checkpoint *wish; /* borrowed; NULL: nothing is kept or read */
    double kept_at;            /* when the last was, by bm_seconds() */
    unsigned char *bytes;
    size_t finished; /* bytes about the k that are finished; the rest is about the one at work */
    size_t used, reserved;
    const unsigned char *next;
    size_t left;
} bm_keeper;

void bm_keeper_free(bm_keeper *keeper);

#endif
