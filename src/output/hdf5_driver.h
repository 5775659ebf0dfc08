/* The file driver behind bm_hdf5_file. */
#ifndef BM_OUTPUT_HDF5_DRIVER_H
#define BM_OUTPUT_HDF5_DRIVER_H

#include <hdf5.h>

/* What a file access property list carries: where to write, and where to note a failure. */
typedef struct bm_hdf5_sink {
    int fd;
    int *failed;  /* errno of the first failure; not overwritten */
    haddr_t *end; /* set when the file is closed: where the library put its last byte */
} bm_hdf5_sink;

/* Registers the driver; released with H5FDunregister. Negative on failure. */
hid_t bm_hdf5_driver(void);

#endif
