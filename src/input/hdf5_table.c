/* Finds the table in an HDF5 file and refuses what could lead out of the file or astray before any
 * data are read. */
#include "input/hdf5_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    BLOCK_BYTES = 1 << 20,
    BLOCK_CHUNKS = 1 << 14, /* the library takes a kilobyte and more to read a part of each */
    CACHE_SLOTS = 32771,    /* a prime; no stretch has more than BM_MAX_COLUMNS chunks */
    SMALL_CACHE = 16 << 20, /* that is taken even where it can be done without */
    MOST_CACHE = 1 << 30,   /* half of what the worker may take */
    MOST_INFLATION = 1032,  /* of deflate */
};

int bm_hdf5_refuse(bm_hdf5_finder *f, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(f->why, f->why_size, format, arguments);
    va_end(arguments);
    return 0;
}

/* Deflate, shuffle and fletcher32 are read. The rest is rare, has to be loaded from elsewhere, or
 * has been where the library's faults are. */
static int refuse_filter(bm_hdf5_finder *f, int filter) {
    static const struct {
        int number;
        const char *name;
    } known[] = {{H5Z_FILTER_SZIP, "szip"},
                 {H5Z_FILTER_NBIT, "nbit"},
                 {H5Z_FILTER_SCALEOFFSET, "scaleoffset"},
                 {305, "LZO"},
                 {307, "bzip2"},
                 {32000, "LZF"},
                 {32001, "Blosc"},
                 {32004, "LZ4"},
                 {32008, "bitshuffle"},
                 {32013, "ZFP"},
                 {32015, "Zstandard"},
                 {32026, "Blosc2"}};
    char name[40];
    snprintf(name, sizeof name, "filter %d", filter);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].number == filter)
            snprintf(name, sizeof name, "%s", known[i].name);
    }
    return bm_hdf5_refuse(f,
                          "is packed with %s, which is not read; write it with gzip (h5py: "
                          "compression=\"gzip\"; pandas: complib=\"zlib\"; or h5repack -f GZIP=4)",
                          name);
}

static int check_filters(bm_hdf5_finder *f, hid_t plan, int *inflates) {
    int filters = H5Pget_nfilters(plan);
    *inflates = 0;
    for (int i = 0; i < filters; i++) {
        unsigned flags, config;
        size_t values = 0;
        H5Z_filter_t filter =
            H5Pget_filter2(plan, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
            filter != H5Z_FILTER_FLETCHER32)
            return refuse_filter(f, (int)filter);
        *inflates |= filter == H5Z_FILTER_DEFLATE;
    }
    return filters >= 0 || bm_hdf5_refuse(f, "is damaged: its filters cannot be listed");
}

int bm_hdf5_check_storage(bm_hdf5_finder *f, hid_t dataset, uint64_t cells) {
    hid_t plan = H5Dget_create_plist(dataset), type = H5Dget_type(dataset);
    if (plan < 0 || type < 0 || H5Tget_size(type) == 0)
        return bm_hdf5_refuse(f, "is damaged: the dataset cannot be opened");
    H5D_layout_t layout = H5Pget_layout(plan);
    int inflates;
    if (H5Pget_external_count(plan) != 0)
        return bm_hdf5_refuse(
            f, "keeps its data in other files (external storage), which is not read");
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
        return bm_hdf5_refuse(
            f, "takes its data from other datasets (virtual storage), which is not read");
    if (!check_filters(f, plan, &inflates))
        return 0;
    uint64_t most = f->file_size;
    if (inflates && most <= UINT64_MAX / MOST_INFLATION)
        most *= MOST_INFLATION;
    if (cells > most / H5Tget_size(type))
        return bm_hdf5_refuse(f, "says it has %llu values, more than its %llu bytes can hold",
                              (unsigned long long)cells, (unsigned long long)f->file_size);
    H5Pclose(plan);
    H5Tclose(type);
    return 1;
}

static int reopen(bm_hdf5_finder *f, bm_hdf5_input *table, const char *path) {
    /* The cache is that of the first handle as long as there is one. */
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    H5Dclose(table->dataset);
    H5Pset_chunk_cache(access, CACHE_SLOTS, table->cache, 1.0);
    table->dataset = H5Dopen2(f->file, path, access);
    return table->dataset >= 0 || bm_hdf5_refuse(f, "is damaged: the dataset cannot be opened");
}

/* Rows are read in blocks. Of packed chunks that are taller than a block, the cache holds those of
 * one stretch of rows, so that each is unpacked once; others are unpacked where they are needed, or
 * read piece by piece. */
static int plan_blocks(bm_hdf5_finder *f, bm_hdf5_input *table, size_t element, const char *path) {
    hid_t plan = H5Dget_create_plist(table->dataset);
    hsize_t chunk[2] = {1, 1};
    table->chunk_rows = SIZE_MAX;
    table->block_rows = BLOCK_BYTES / table->row_size + 1;
    if (H5Pget_layout(plan) != H5D_CHUNKED)
        return 1;
    if (H5Pget_chunk(plan, 2, chunk) != table->rank || chunk[0] == 0 || chunk[1] == 0 ||
        chunk[0] > UINT32_MAX || chunk[1] > UINT32_MAX)
        return bm_hdf5_refuse(f, "is damaged: its chunks have no size");
    size_t cells = table->rank == 2 ? table->columns : 1;
    size_t across = (cells - 1) / (size_t)chunk[1] + 1, tall = (size_t)chunk[0];
    uint64_t chunk_bytes = chunk[0] * chunk[1] * element; /* HDF5 keeps it below 4 GiB */
    if (chunk_bytes > UINT32_MAX)
        return bm_hdf5_refuse(f, "is damaged: its chunks have no size");
    uint64_t stretch = chunk_bytes * across;
    if (tall <= table->block_rows) {
        size_t chunks = table->block_rows / tall;
        if (chunks > BLOCK_CHUNKS / across)
            chunks = BLOCK_CHUNKS / across > 0 ? BLOCK_CHUNKS / across : 1;
        table->block_rows = chunks * tall;
    }
    table->chunk_rows = tall;
    table->chunks = (table->rows / tall + 1) * across;
    int must_hold = H5Pget_nfilters(plan) > 0 && tall > table->block_rows;
    if (must_hold && stretch > MOST_CACHE)
        return bm_hdf5_refuse(f,
                              "is packed in chunks so large that %llu MB must be unpacked at "
                              "once; repack it with h5repack -l CHUNK=4096x%zu",
                              (unsigned long long)(stretch >> 20), cells);
    table->cache = must_hold || stretch <= SMALL_CACHE ? (size_t)stretch : 0;
    return reopen(f, table, path);
}

static int describe(bm_hdf5_finder *f, bm_hdf5_input *table, const char *path) {
    char shown[BM_SHOWN_BUFFER];
    bm_shown(shown, (bm_text){path, strlen(path)});
    table->dataset = H5Dopen2(f->file, path, H5P_DEFAULT);
    if (table->dataset < 0)
        return bm_hdf5_refuse(f, "has no dataset \"%s\" that can be opened", shown);
    hid_t type = H5Dget_type(table->dataset), space = H5Dget_space(table->dataset);
    hsize_t size[2] = {0, 1};
    table->rank =
        type >= 0 && space >= 0 && H5Sis_simple(space) > 0 ? H5Sget_simple_extent_ndims(space) : -1;
    if (table->rank < 1 || table->rank > 2 ||
        H5Sget_simple_extent_dims(space, size, NULL) != table->rank)
        return bm_hdf5_refuse(f, "holds no table as \"%s\": 1 or 2 dimensions are read", shown);
    table->rows = size[0];
    table->columns = size[1] <= BM_MAX_COLUMNS ? (size_t)size[1] : BM_MAX_COLUMNS + 1;
    if (!bm_hdf5_describe_type(f, table, type, path))
        return 0;
    uint64_t cells = table->rank == 2 ? size[1] : 1;
    if (table->rows > UINT64_MAX / cells ||
        !bm_hdf5_check_storage(f, table->dataset, table->rows * cells))
        return f->why[0] != '\0' ? 0 : bm_hdf5_refuse(f, "is damaged: it has too many rows");
    if (table->rank == 2 && !bm_hdf5_name_columns(f, table, path))
        return 0;
    size_t element = H5Tget_size(type);
    H5Tclose(type);
    H5Sclose(space);
    return plan_blocks(f, table, element, path);
}

int bm_hdf5_find_table(hid_t file, uint64_t size, const char *dataset, bm_hdf5_input *table,
                       char *why, size_t why_size) {
    bm_hdf5_finder f = {.file = file, .file_size = size, .why = why, .why_size = why_size};
    char path[BM_HDF5_LONGEST_PATH];
    *table = (bm_hdf5_input){0};
    why[0] = '\0';
    if (dataset == NULL && !bm_hdf5_find_only_table(&f, path))
        return 0;
    if (dataset != NULL) {
        if (!bm_hdf5_check_links(&f, dataset))
            return 0;
        snprintf(path, sizeof path, "%s", dataset);
    }
    return describe(&f, table, path);
}
