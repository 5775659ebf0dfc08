/* A map as it was stored in result.h5, read back: all that puts buyers into it. */
#ifndef BM_JOB_STORED_MAP_H
#define BM_JOB_STORED_MAP_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "buyermap/scaling.h"
#include "feature/features.h"

/* Owned; zeroed before it is read. */
typedef struct bm_stored_map {
    const char *path; /* borrowed */
    char *method;
    size_t k, d;
    int is_single;       /* 1: normalized values are rounded to single precision */
    bm_missing missing;  /* what was done about missing values */
    bm_feature *feature; /* [d] */
    bm_scaling scaling;
    double *centroid; /* [k × d] normalized */
    double *medoid;   /* the same, which buyers are put to instead; NULL: there are none */
    bm_strings names; /* [k] of the segments */
    double *buyers;   /* [k] that the map has in each, NaN: not known */
    double *share;    /* [k] of them among all buyers of the map */
    char sha256[65];  /* of the file */
    uint64_t bytes;
    double hash_seconds;
} bm_stored_map;

/* Reads the map of `cluster` or `run`; nothing in the file is believed. BM_NOINPUT: missing,
 * unreadable, not a regular file. BM_DATA: not HDF5, not a result of buyermap, one without a map,
 * of a later version, damaged: a matrix that is missing or of another size, centroids or scales
 * that are no finite numbers. BM_NOMEM, BM_LIMIT, BM_INTERRUPTED. */
bm_status bm_stored_map_read(const char *path, const bm_context *context, bm_stored_map *map,
                             bm_error *err) BM_MUST_CHECK;
void bm_stored_map_free(bm_stored_map *map);

/* *is_map is 1 when the file is an HDF5 file, by its first bytes, that a map can be read from; a
 * file that is no regular one, or not HDF5, is none. BM_DATA, BM_IO, BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_is_stored_map(const char *path, int *is_map, bm_error *err) BM_MUST_CHECK;

#endif
