/* The table in an HDF5 file, as the child process sees it. */
#ifndef BM_INPUT_HDF5_TABLE_H
#define BM_INPUT_HDF5_TABLE_H

#include "input/reading.h"

#include <hdf5.h>

typedef struct bm_hdf5_column {
    char *name;
    bm_field_kind kind;
    size_t offset; /* in a row in memory; 8 bytes for a number */
    size_t size;
    int is_variable; /* TEXT: a char pointer instead of size bytes */
    H5T_str_t padding;
} bm_hdf5_column;

typedef struct bm_hdf5_input {
    hid_t dataset;
    hid_t memory_type;
    int is_matrix;
    int has_variable;
    uint64_t rows;
    size_t columns;
    bm_hdf5_column *column;
    size_t row_size;   /* bytes of a row in memory */
    size_t block_rows; /* rows that are read at once */
} bm_hdf5_input;

/* Negative on failure. */
hid_t bm_hdf5_open_file(const bm_bytes *bytes);
/* 1 on success. Else `why` says what is wrong, to follow the path of the file. Leaves everything
 * open: it is called once, in a process that ends soon. */
int bm_hdf5_find_table(const bm_bytes *bytes, const char *dataset, bm_hdf5_input *table, char *why,
                       size_t why_size);

#endif
