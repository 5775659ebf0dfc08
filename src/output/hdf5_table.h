/* Rows -> one 1-D compound dataset that pandas.read_hdf, PyTables and h5py open as it is. */
#ifndef BM_OUTPUT_HDF5_TABLE_H
#define BM_OUTPUT_HDF5_TABLE_H

#include "buyermap/result.h"
#include "output/hdf5_file.h"

typedef struct bm_hdf5_table bm_hdf5_table;

/* What a table is called, says and looks like; all borrowed by bm_hdf5_table_open. */
typedef struct bm_hdf5_layout {
    const char *name;    /* "model/transform": groups are made */
    const char *meaning; /* NULL: none */
    const bm_heading *heading;
    const size_t *width; /* [columns] longest text in bytes */
    size_t columns;
    size_t rows; /* an estimate, for the size of a chunk; SIZE_MAX when not known */
} bm_hdf5_layout;

/* BM_LIMIT: more columns or wider rows than HDF5 can hold. */
bm_status bm_hdf5_table_open(bm_hdf5_table **table, const bm_hdf5_file *file,
                             const bm_hdf5_layout *layout, bm_error *err) BM_MUST_CHECK;
/* The blocks may be cut anywhere without any effect on the file. BM_DATA: a text longer than its
 * column's width. */
bm_status bm_hdf5_table_write(bm_hdf5_table *table, const void *const *block, size_t rows,
                              bm_error *err) BM_MUST_CHECK;
bm_status bm_hdf5_table_finish(bm_hdf5_table *table, bm_error *err) BM_MUST_CHECK;
void bm_hdf5_table_free(bm_hdf5_table *table);

#endif
