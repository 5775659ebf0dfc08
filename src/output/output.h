/* Results -> CSV, HDF5, run.json; atomic publication. */
#ifndef BM_OUTPUT_OUTPUT_H
#define BM_OUTPUT_OUTPUT_H

#include "buyermap/context.h"
#include "buyermap/provenance.h"
#include "buyermap/result.h"

/* A place to publish to: the lock on DIR and the staging directory beside it. Where nothing can be
 * made beside DIR, or DIR is a mount point, both are inside it. */
typedef struct bm_publication {
    char *target;    /* DIR as it was given, for messages; NULL: not open */
    char *name;      /* DIR's own name in `parent` */
    char *staging;   /* name in `home` of the directory where files are written first */
    char *lock_path; /* name of the lock in `home` */
    int lock;        /* file descriptors, -1 when not open: the lock, */
    int parent;      /* the directory DIR is in, */
    int folder;      /* DIR itself, -1 when it does not exist, */
    int home;        /* parent or folder (not owned), */
    int stage;       /* the staging directory */
    int in_place;    /* 1: DIR cannot be exchanged; files are renamed into it one by one */
} bm_publication;

/* Takes the lock, looks whether DIR may be replaced, clears what an earlier, killed run staged, and
 * makes the staging directory. BM_CANTCREATE: not a directory, foreign files in it, another run on
 * the same DIR, no permission. Nothing of DIR is touched. */
bm_status bm_publication_open(bm_publication *publication, const char *dir,
                              bm_error *err) BM_MUST_CHECK;
/* Writes NAME.csv for every table when csv, NAME.nwk for a tree, result.h5 when hdf5, run.json, and
 * then puts all of it in DIR's place at once. BM_IO, BM_CANTCREATE: DIR is as it was. The time this
 * takes is added to BM_STAGE_WRITE and BM_STAGE_TOTAL of the provenance, before run.json is
 * written. */
bm_status bm_publish(bm_publication *publication, const bm_results *results,
                     bm_provenance *provenance, int csv, int hdf5, const bm_context *context,
                     bm_error *err) BM_MUST_CHECK;
/* Removes what is staged and releases the lock; safe on a zeroed object and after bm_publish. */
void bm_publication_close(bm_publication *publication);

/* Rows that come in blocks, for `generate`: one table into one file (.csv, .csv.gz, .h5), staged
 * beside it and renamed by close. A path that is there and no regular file (a pipe, /dev/stdout) is
 * written to directly, as CSV. */
typedef struct bm_stream bm_stream;
/* widths: for text columns, the longest text in bytes (HDF5). heading is copied, its strings are
 * borrowed. BM_USAGE: another extension; BM_CANTCREATE, BM_IO. */
bm_status bm_stream_open(bm_stream **stream, const char *path, const char *name,
                         const bm_heading *heading, const size_t *width, size_t columns,
                         bm_error *err) BM_MUST_CHECK;
/* block[c]: rows cells of column c, as bm_fill gives them. */
bm_status bm_stream_write(bm_stream *stream, const void *const *block, size_t rows,
                          bm_error *err) BM_MUST_CHECK;
/* Finishes and renames. The stream is freed in every case. */
bm_status bm_stream_close(bm_stream *stream, bm_error *err) BM_MUST_CHECK;
/* Gives up: removes what was staged. NULL is fine. */
void bm_stream_abort(bm_stream *stream);

/* Library versions for --version and run.json: "HDF5 1.10.8". */
void bm_output_versions(bm_strings *list);
/* Door init. */
void bm_output_start(void);

#endif
