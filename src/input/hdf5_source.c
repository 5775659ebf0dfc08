/* An HDF5 file driver that reads a descriptor, and nothing else.
 *
 * The library's own drivers want a path: one through /proc fails for a file that has lost its name
 * or never had one, and asks for the right to open it once more. Here there is no path, so nothing
 * in the file can be found relative to it, and there is no way to write. */
#include "input/hdf5_table.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* HDF5 reaches the rest through a pointer to `base`, which must come first. */
typedef struct source {
    H5FD_t base;
    int file;
    haddr_t size;
    haddr_t end; /* what the file says of itself */
} source;

/* What a file access property list carries. */
typedef struct access_info {
    int file;
    haddr_t size;
} access_info;

static H5FD_t *open_source(const char *name, unsigned flags, hid_t access, haddr_t largest) {
    (void)name;
    (void)flags;
    (void)largest;
    const access_info *info = H5Pget_driver_info(access);
    source *s = info != NULL ? calloc(1, sizeof *s) : NULL;
    if (s == NULL)
        return NULL;
    s->file = info->file;
    s->size = info->size;
    return &s->base;
}

static herr_t close_source(H5FD_t *base) {
    free(base);
    return 0;
}

static int compare_sources(const H5FD_t *a, const H5FD_t *b) {
    int left = ((const source *)a)->file, right = ((const source *)b)->file;
    return (left > right) - (left < right);
}

static herr_t query(const H5FD_t *base, unsigned long *flags) {
    (void)base;
    *flags = H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE;
    return 0;
}

static haddr_t get_eoa(const H5FD_t *base, H5FD_mem_t type) {
    (void)type;
    return ((const source *)base)->end;
}

static herr_t set_eoa(H5FD_t *base, H5FD_mem_t type, haddr_t address) {
    (void)type;
    ((source *)base)->end = address;
    return 0;
}

static haddr_t get_eof(const H5FD_t *base, H5FD_mem_t type) {
    (void)type;
    return ((const source *)base)->size;
}

/* Nothing is read that is not there, as when the file shrank meanwhile. */
static herr_t read_bytes(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address,
                         size_t size, void *buffer) {
    (void)type;
    (void)transfer;
    const source *s = (const source *)base;
    char *at = buffer;
    if (address > s->size || size > s->size - address)
        return -1;
    while (size > 0) {
        ssize_t got = pread(s->file, at, size, (off_t)address);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        at += got;
        address += (haddr_t)got;
        size -= (size_t)got;
    }
    return 0;
}

static herr_t write_bytes(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address,
                          size_t size, const void *buffer) {
    (void)base;
    (void)type;
    (void)transfer;
    (void)address;
    (void)size;
    (void)buffer;
    return -1;
}

hid_t bm_hdf5_open_source(int file, uint64_t size) {
    static const H5FD_class_t driver = {
        .name = "buyermap-source",
        .maxaddr = ((haddr_t)1 << 62) - 1, /* below what off_t can hold */
        .fc_degree = H5F_CLOSE_STRONG,
        .fapl_size = sizeof(access_info),
        .open = open_source,
        .close = close_source,
        .cmp = compare_sources,
        .query = query,
        .get_eoa = get_eoa,
        .set_eoa = set_eoa,
        .get_eof = get_eof,
        .read = read_bytes,
        .write = write_bytes,
        .fl_map = H5FD_FLMAP_DICHOTOMY,
    };
    access_info info = {file, size};
    /* A file may not make this process load code, nor print. */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), known = H5FDregister(&driver);
    if (known < 0 || H5Pset_driver(access, known, &info) < 0)
        return -1;
    return H5Fopen("buyermap-source", H5F_ACC_RDONLY, access);
}
