/* The table in an HDF5 file, as the worker process sees it. */
#ifndef BM_INPUT_HDF5_TABLE_H
#define BM_INPUT_HDF5_TABLE_H

#include "input/hdf5_server.h"
#include "input/reading.h"

#include <hdf5.h>

typedef struct bm_hdf5_column {
    char *name;
    bm_field_kind kind;
    size_t offset; /* in a row in memory */
    size_t size;   /* there: 8 of a number, 1 of bits, else of a text */
    H5T_str_t padding;
} bm_hdf5_column;

typedef struct bm_hdf5_input {
    hid_t dataset;
    hid_t memory_type; /* of an element of the dataset */
    int rank;
    int is_plain; /* rows in memory are as they are sent: all numbers of 8 bytes */
    uint64_t rows;
    size_t columns;
    bm_hdf5_column *column;
    size_t row_size;   /* bytes of a row in memory */
    size_t block_rows; /* rows that are read at once */
    size_t chunk_rows; /* no block goes beyond a multiple of this */
    size_t cache;      /* bytes of the chunk cache */
    uint64_t chunks;   /* that there are at most */
} bm_hdf5_input;

/* Looks for a table; `why` takes the reason why there is none to read, to follow the path of the
 * file. */
typedef struct bm_hdf5_finder {
    hid_t file;
    uint64_t file_size;
    char *why;
    size_t why_size;
    /* without a name: the tables there are */
    size_t found;
    char first[BM_HDF5_LONGEST_PATH];
    char list[500];
} bm_hdf5_finder;

enum { BM_HDF5_MOST_BLOCK = 64 << 20 }; /* bytes of rows that are read at once */

/* All of these give 1 when it is well; else 0, and `why` is set. They leave everything open: they
 * run once, in a process that ends soon. */

/* In hdf5_table.c: */
int bm_hdf5_find_table(hid_t file, uint64_t size, const char *dataset, bm_hdf5_input *table,
                       char *why, size_t why_size);
int bm_hdf5_refuse(bm_hdf5_finder *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The data lie in this file, in filters that are read, and the file is large enough for them. */
int bm_hdf5_check_storage(bm_hdf5_finder *f, hid_t dataset, uint64_t cells);

/* In hdf5_source.c: the file, or negative. */
hid_t bm_hdf5_open_source(int file, uint64_t size);

/* In hdf5_find.c: */
int bm_hdf5_find_only_table(bm_hdf5_finder *f, char path[BM_HDF5_LONGEST_PATH]);
/* Every part of the path is a hard link. */
int bm_hdf5_check_links(bm_hdf5_finder *f, const char *path);

/* In hdf5_type.c: the columns of a table with elements of that type, named but for a matrix; their
 * places in a row in memory; and that row's size. */
int bm_hdf5_describe_type(bm_hdf5_finder *f, bm_hdf5_input *table, hid_t type, const char *path);
int bm_hdf5_is_number(hid_t type); /* that is all */

/* In hdf5_names.c: names the columns of a matrix. */
int bm_hdf5_name_columns(bm_hdf5_finder *f, bm_hdf5_input *table, const char *path);

#endif
