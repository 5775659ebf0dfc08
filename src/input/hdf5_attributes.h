/* What an HDF5 file says of itself: the attributes of its root, as result.h5 has them. */
#ifndef BM_INPUT_HDF5_ATTRIBUTES_H
#define BM_INPUT_HDF5_ATTRIBUTES_H

#include "buyermap/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct bm_hdf5_attribute {
    char *name;
    char *text;      /* UTF-8, or NULL: a number */
    int64_t integer; /* of no text */
} bm_hdf5_attribute;

/* Owned; zeroed before it is filled. */
typedef struct bm_hdf5_attributes {
    bm_hdf5_attribute *item;
    size_t count;
} bm_hdf5_attributes;

/* Reads the single texts (of any kind) and integers among the root's attributes, in order of their
 * names; others are left out. BM_NOINPUT when the file cannot be opened or is not a regular one;
 * BM_DATA when it is not HDF5 or damaged; BM_IO, BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_hdf5_read_attributes(const char *path, bm_hdf5_attributes *attributes,
                                  bm_error *err) BM_MUST_CHECK;
/* The attribute of that name, or NULL. */
const bm_hdf5_attribute *bm_hdf5_find_attribute(const bm_hdf5_attributes *attributes,
                                                const char *name);
/* Safe on zeroed ones. */
void bm_hdf5_attributes_free(bm_hdf5_attributes *attributes);

#endif
