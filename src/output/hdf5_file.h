/* A new HDF5 file on a descriptor, through a file driver that cannot lose an error. */
#ifndef BM_OUTPUT_HDF5_FILE_H
#define BM_OUTPUT_HDF5_FILE_H

#include "buyermap/status.h"

#include <hdf5.h>

typedef struct bm_hdf5_file {
    hid_t file;
    hid_t driver;
    char *shown; /* owned: the file's name in messages */
    int fd;      /* the caller's */
    int failed;  /* errno of the first write that failed; 0 */
    haddr_t end; /* of the closed file */
} bm_hdf5_file;

/* Begins a file in the empty, readable and writable fd. The object must stay where it is. */
bm_status bm_hdf5_create(bm_hdf5_file *file, int fd, const char *shown,
                         bm_error *err) BM_MUST_CHECK;
/* Ends it: everything is in fd afterwards, or BM_IO. Frees in every case. */
bm_status bm_hdf5_finish(bm_hdf5_file *file, bm_error *err) BM_MUST_CHECK;
/* Frees without caring what became of the bytes; safe on a zeroed object. */
void bm_hdf5_abandon(bm_hdf5_file *file);

/* BM_IO when a write has failed so far. */
bm_status bm_hdf5_check(const bm_hdf5_file *file, bm_error *err) BM_MUST_CHECK;
/* BM_IO with the reason of the call of HDF5 that just failed. what: "the table segments". */
bm_status bm_hdf5_failed(const bm_hdf5_file *file, const char *what, bm_error *err);

/* A text or a whole number as attribute. Texts have variable length, so that h5py gives a str. */
bm_status bm_hdf5_text_attribute(const bm_hdf5_file *file, hid_t object, const char *name,
                                 const char *text, bm_error *err) BM_MUST_CHECK;
bm_status bm_hdf5_number_attribute(const bm_hdf5_file *file, hid_t object, const char *name,
                                   int64_t number, bm_error *err) BM_MUST_CHECK;
/* Fixed-length UTF-8, padded with NUL; at least one byte. Negative on failure. */
hid_t bm_hdf5_text_type(size_t width);
/* Creation properties of a chunked, shuffled and deflated dataset without times. Negative on
 * failure. */
hid_t bm_hdf5_dataset_properties(int rank, const hsize_t *chunk);
/* A dataset of that path; groups on the way that are not there yet are made, without times (by
 * itself, HDF5 would make them with the time of day). Negative on failure. */
hid_t bm_hdf5_dataset(const bm_hdf5_file *file, const char *path, hid_t type, hid_t space,
                      hid_t creation);

enum { BM_HDF5_DEFLATE = 4 };

#endif
