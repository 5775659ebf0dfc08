/* An HDF5 file driver on a file descriptor that notes the first failed write and then tells the
 * library that all is well.
 *
 * HDF5 1.10 does not survive a write that fails late: metadata stay in its cache, closing the file
 * fails, identifiers leak, and the library writes again, or crashes, at exit; some paths report
 * success. Here it never sees a failure. The caller looks at *failed, which no path of the library
 * can hide, and throws the file away. */
#include "output/hdf5_driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* HDF5 reaches the rest through a pointer to `base`, which must come first. */
typedef struct driver_file {
    H5FD_t base;
    bm_hdf5_sink sink;
    haddr_t eoa; /* end of what the library has allocated */
    haddr_t eof; /* end of what was written */
} driver_file;

/* The largest offset of a file, kept below what off_t can hold. */
#define LARGEST_ADDRESS (((haddr_t)1 << 62) - 1)

static H5FD_t *open_file(const char *name, unsigned flags, hid_t access, haddr_t largest) {
    (void)name;
    (void)flags;
    (void)largest;
    const bm_hdf5_sink *sink = H5Pget_driver_info(access);
    driver_file *file = sink != NULL ? calloc(1, sizeof *file) : NULL;
    if (file == NULL)
        return NULL;
    file->sink = *sink;
    return &file->base;
}

static herr_t close_file(H5FD_t *base) {
    driver_file *file = (driver_file *)base;
    *file->sink.end = file->eoa;
    free(file);
    return 0;
}

static int compare_files(const H5FD_t *a, const H5FD_t *b) {
    int left = ((const driver_file *)a)->sink.fd, right = ((const driver_file *)b)->sink.fd;
    return (left > right) - (left < right);
}

static herr_t query(const H5FD_t *base, unsigned long *flags) {
    (void)base;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t get_eoa(const H5FD_t *base, H5FD_mem_t type) {
    (void)type;
    return ((const driver_file *)base)->eoa;
}

static herr_t set_eoa(H5FD_t *base, H5FD_mem_t type, haddr_t address) {
    (void)type;
    ((driver_file *)base)->eoa = address;
    return 0;
}

static haddr_t get_eof(const H5FD_t *base, H5FD_mem_t type) {
    (void)type;
    return ((const driver_file *)base)->eof;
}

static void note(const driver_file *file, int code) {
    if (*file->sink.failed == 0)
        *file->sink.failed = code;
}

static herr_t read_bytes(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address,
                         size_t size, void *buffer) {
    (void)type;
    (void)transfer;
    const driver_file *file = (const driver_file *)base;
    char *at = buffer;
    while (size > 0) {
        ssize_t got = pread(file->sink.fd, at, size, (off_t)address);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            note(file, errno);
        if (got <= 0)
            break;
        at += got;
        address += (haddr_t)got;
        size -= (size_t)got;
    }
    memset(at, 0, size); /* what was never written reads as zeros */
    return 0;
}

static herr_t write_bytes(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address,
                          size_t size, const void *buffer) {
    (void)type;
    (void)transfer;
    driver_file *file = (driver_file *)base;
    const char *at = buffer;
    haddr_t end = address + size;
    while (size > 0 && *file->sink.failed == 0) {
        ssize_t put = pwrite(file->sink.fd, at, size, (off_t)address);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            note(file, put < 0 ? errno : ENOSPC);
            break;
        }
        at += put;
        address += (haddr_t)put;
        size -= (size_t)put;
    }
    file->eof = end > file->eof ? end : file->eof;
    return 0;
}

static herr_t truncate_file(H5FD_t *base, hid_t transfer, hbool_t closing) {
    (void)transfer;
    (void)closing;
    driver_file *file = (driver_file *)base;
    if (file->eof != file->eoa && *file->sink.failed == 0 &&
        ftruncate(file->sink.fd, (off_t)file->eoa) != 0)
        note(file, errno);
    file->eof = file->eoa;
    return 0;
}

hid_t bm_hdf5_driver(void) {
    static const H5FD_class_t driver = {
        .name = "buyermap",
        .maxaddr = LARGEST_ADDRESS,
        .fc_degree = H5F_CLOSE_STRONG,
        .fapl_size = sizeof(bm_hdf5_sink),
        .open = open_file,
        .close = close_file,
        .cmp = compare_files,
        .query = query,
        .get_eoa = get_eoa,
        .set_eoa = set_eoa,
        .get_eof = get_eof,
        .read = read_bytes,
        .write = write_bytes,
        .truncate = truncate_file,
        .fl_map = H5FD_FLMAP_DICHOTOMY,
    };
    return H5FDregister(&driver);
}
