/* Opens an HDF5 file on disk or in memory. */
#include "input/hdf5_table.h"

#include <stdio.h>

/* How HDF5 is made to use bytes that are in memory already instead of copying them twice. */
static void *image_malloc(size_t size, H5FD_file_image_op_t operation, void *data) {
    (void)size;
    (void)operation;
    return data;
}

static void *image_copy(void *to, const void *from, size_t size, H5FD_file_image_op_t operation,
                        void *data) {
    (void)from;
    (void)size;
    (void)operation;
    (void)data;
    return to;
}

static herr_t image_free(void *image, H5FD_file_image_op_t operation, void *data) {
    (void)image;
    (void)operation;
    (void)data;
    return 0;
}

static void *keep_data(void *data) {
    return data;
}

static herr_t leave_data(void *data) {
    (void)data;
    return 0;
}

hid_t bm_hdf5_open_file(const bm_bytes *bytes) {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", bytes->file);
    if (bytes->file >= 0)
        return H5Fopen(name, H5F_ACC_RDONLY, H5P_DEFAULT);
    H5FD_file_image_callbacks_t callbacks = {.image_malloc = image_malloc,
                                             .image_memcpy = image_copy,
                                             .image_free = image_free,
                                             .udata_copy = keep_data,
                                             .udata_free = leave_data,
                                             .udata = bytes->data};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (H5Pset_fapl_core(access, 1 << 16, 0) < 0 ||
        H5Pset_file_image_callbacks(access, &callbacks) < 0 ||
        H5Pset_file_image(access, bytes->data, bytes->size) < 0)
        return -1;
    return H5Fopen("memory", H5F_ACC_RDONLY, access);
}
