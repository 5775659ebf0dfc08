/* Tables as HDF5 wants them in the end: chunks, shuffled and deflated, written as they lie.
 *
 * HDF5 would convert, shuffle and compress every chunk on one thread. Here the cells of a column go
 * straight to their place in the shuffled chunk (byte b of every row side by side), chunks are
 * compressed on all threads, and H5Dwrite_chunk puts them into the file in order. The file is the
 * one the library's own filters would read. O(bytes); memory: CHUNKS chunks of about CHUNK_BYTES,
 * twice. */
#include "output/hdf5_table.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "buyermap/context.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CHUNKS = 16, CHUNK_BYTES = 1 << 18, MOST_CHUNK_ROWS = 1 << 16 };
/* Chunks, and with them rows, must stay below 4 GiB; this keeps memory sensible too. */
enum { WIDEST_ROW = 1 << 26 };

typedef struct chunk {
    unsigned char *plane; /* [row_bytes × chunk_rows] */
    unsigned char *packed;
    size_t packed_size;
} chunk;

struct bm_hdf5_table {
    const bm_hdf5_file *file;
    hid_t dataset;
    char *name;
    bm_cell *cell;
    size_t *offset; /* [columns + 1] bytes */
    size_t columns;
    size_t row_bytes, chunk_rows, chunk_bytes;
    size_t written; /* rows in the file */
    size_t pending; /* rows in chunk[] */
    chunk chunk[CHUNKS];
};

static size_t cell_bytes(bm_cell cell, size_t width) {
    switch (cell) {
    case BM_CELL_INTEGER:
    case BM_CELL_NUMBER:
        return 8;
    case BM_CELL_BOOLEAN:
        return 1;
    case BM_CELL_TEXT:
        break;
    }
    return width > 0 ? width : 1;
}

static hid_t cell_type(bm_cell cell, size_t bytes) {
    switch (cell) {
    case BM_CELL_INTEGER:
        return H5Tcopy(H5T_STD_I64LE);
    case BM_CELL_NUMBER:
        return H5Tcopy(H5T_IEEE_F64LE);
    case BM_CELL_BOOLEAN:
        return H5Tcopy(H5T_STD_I8LE);
    case BM_CELL_TEXT:
        break;
    }
    return bm_hdf5_text_type(bytes);
}

static hid_t row_type(const bm_hdf5_table *table, const bm_heading *heading) {
    hid_t type = H5Tcreate(H5T_COMPOUND, table->row_bytes);
    for (size_t c = 0; type >= 0 && c < table->columns; c++) {
        hid_t member = cell_type(table->cell[c], table->offset[c + 1] - table->offset[c]);
        int failed = member < 0 || H5Tinsert(type, heading[c].name, table->offset[c], member) < 0;
        if (member >= 0)
            H5Tclose(member);
        if (failed) {
            H5Tclose(type);
            return -1;
        }
    }
    return type;
}

static bm_status lay_out(bm_hdf5_table *table, const bm_hdf5_layout *layout, bm_error *err) {
    bm_status status;
    size_t at = 0;
    table->columns = layout->columns;
    BM_TRY(bm_copy_string(&table->name, layout->name, err));
    BM_TRY(BM_NEW(&table->cell, layout->columns, layout->name, err));
    BM_TRY(BM_NEW(&table->offset, layout->columns + 1, layout->name, err));
    for (size_t c = 0; c < layout->columns; c++) {
        table->cell[c] = layout->heading[c].cell;
        table->offset[c] = at;
        if (!bm_add(at, cell_bytes(layout->heading[c].cell, layout->width[c]), &at) ||
            at > WIDEST_ROW)
            return bm_fail(err, BM_LIMIT,
                           "a row of \"%s\" is too wide for HDF5; write CSV instead (output.hdf5: "
                           "false)",
                           layout->name);
    }
    table->offset[layout->columns] = at;
    table->row_bytes = at;
    size_t rows = CHUNK_BYTES / at;
    rows = rows > MOST_CHUNK_ROWS ? MOST_CHUNK_ROWS : rows;
    rows = rows > layout->rows ? layout->rows : rows;
    table->chunk_rows = rows > 0 ? rows : 1;
    if (!bm_multiply(table->chunk_rows, at, &table->chunk_bytes))
        return bm_fail(err, BM_LIMIT, "a chunk of \"%s\" is too large", layout->name);
cleanup:
    return status;
}

/* Units and meanings as one JSON text; PyTables and pandas leave an attribute of this name alone.
 */
static bm_status describe(const bm_hdf5_table *table, const bm_hdf5_layout *layout, bm_error *err) {
    bm_status status = BM_OK;
    char *text = NULL;
    int failed = 0;
    json_t *columns = json_object();
    for (size_t c = 0; c < layout->columns; c++) {
        const bm_heading *heading = &layout->heading[c];
        json_t *entry = json_pack("{s:s, s:s}", "unit", heading->unit != NULL ? heading->unit : "",
                                  "meaning", heading->meaning != NULL ? heading->meaning : "");
        failed |= json_object_set_new(columns, heading->name, entry) != 0;
    }
    if (!failed)
        text = json_dumps(columns, JSON_COMPACT);
    json_decref(columns);
    if (text == NULL)
        return bm_fail(err, BM_NOMEM, "cannot describe the columns of \"%s\"", layout->name);
    if (layout->meaning != NULL)
        BM_TRY(bm_hdf5_text_attribute(table->file, table->dataset, "TITLE", layout->meaning, err));
    status = bm_hdf5_text_attribute(table->file, table->dataset, "description", text, err);
cleanup:
    free(text);
    return status;
}

static bm_status create_dataset(bm_hdf5_table *table, const bm_hdf5_layout *layout, bm_error *err) {
    bm_status status = BM_OK;
    hsize_t none = 0, unlimited = H5S_UNLIMITED, chunk_rows = table->chunk_rows;
    hid_t type = row_type(table, layout->heading);
    hid_t space = H5Screate_simple(1, &none, &unlimited);
    hid_t creation = bm_hdf5_dataset_properties(1, &chunk_rows);
    if (type >= 0 && space >= 0 && creation >= 0)
        table->dataset = bm_hdf5_dataset(table->file, layout->name, type, space, creation);
    if (table->dataset < 0)
        status = layout->columns > 500 && table->file->failed == 0
                     ? bm_fail(err, BM_LIMIT,
                               "\"%s\" has %zu columns, which is more than an HDF5 table can "
                               "hold; write CSV instead",
                               layout->name, layout->columns)
                     : bm_hdf5_failed(table->file, layout->name, err);
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    if (creation >= 0)
        H5Pclose(creation);
    return status;
}

bm_status bm_hdf5_table_open(bm_hdf5_table **table, const bm_hdf5_file *file,
                             const bm_hdf5_layout *layout, bm_error *err) {
    bm_status status;
    bm_hdf5_table *new = NULL;
    *table = NULL;
    BM_TRY(BM_NEW(&new, 1, layout->name, err));
    new->file = file;
    new->dataset = -1;
    BM_TRY(lay_out(new, layout, err));
    BM_TRY(create_dataset(new, layout, err));
    BM_TRY(describe(new, layout, err));
    *table = new;
    return BM_OK;
cleanup:
    bm_hdf5_table_free(new);
    return status;
}

/* The eight bytes of a number or integer, least significant first, into eight planes. */
static void spread_words(unsigned char *plane, size_t stride, const void *cells, size_t rows) {
    const unsigned char *cell = cells;
    for (size_t i = 0; i < rows; i++) {
        uint64_t word;
        memcpy(&word, cell + i * sizeof word, sizeof word);
        for (size_t b = 0; b < sizeof word; b++)
            plane[b * stride + i] = (unsigned char)(word >> (8 * b));
    }
}

static int spread_texts(unsigned char *plane, size_t stride, size_t width, const bm_text *text,
                        size_t rows) {
    for (size_t i = 0; i < rows; i++) {
        if (text[i].length > width)
            return 0;
        for (size_t b = 0; b < text[i].length; b++)
            plane[b * stride + i] = (unsigned char)text[i].data[b];
    }
    return 1;
}

/* Rows first … first + rows - 1 of the block, which fit the chunk from row `at` on. */
static bm_status spread(bm_hdf5_table *table, unsigned char *planes, size_t at,
                        const void *const *block, size_t first, size_t rows, bm_error *err) {
    size_t stride = table->chunk_rows;
    for (size_t c = 0; c < table->columns; c++) {
        unsigned char *plane = planes + table->offset[c] * stride + at;
        size_t width = table->offset[c + 1] - table->offset[c];
        switch (table->cell[c]) {
        case BM_CELL_INTEGER:
        case BM_CELL_NUMBER:
            spread_words(plane, stride, (const unsigned char *)block[c] + first * 8, rows);
            break;
        case BM_CELL_BOOLEAN:
            memcpy(plane, (const unsigned char *)block[c] + first, rows);
            break;
        case BM_CELL_TEXT:
            if (!spread_texts(plane, stride, width, (const bm_text *)block[c] + first, rows))
                return bm_fail(err, BM_INTERNAL,
                               "a text of \"%s\", column %zu, is longer than the %zu bytes "
                               "announced",
                               table->name, c + 1, width);
            break;
        }
    }
    return BM_OK;
}

static bm_status pack_chunk(size_t index, void *arg, bm_error *err) {
    bm_hdf5_table *table = arg;
    chunk *piece = &table->chunk[index];
    uLongf size = compressBound((uLong)table->chunk_bytes);
    int code =
        compress2(piece->packed, &size, piece->plane, (uLong)table->chunk_bytes, BM_HDF5_DEFLATE);
    if (code != Z_OK)
        return bm_fail(err, code == Z_MEM_ERROR ? BM_NOMEM : BM_INTERNAL, "compression failed");
    piece->packed_size = size;
    return BM_OK;
}

/* Compresses and writes what is pending. */
static bm_status flush(bm_hdf5_table *table, bm_error *err) {
    bm_status status;
    size_t chunks = bm_chunks(table->pending, table->chunk_rows);
    hsize_t extent = table->written + table->pending;
    BM_TRY(bm_check_interrupt(err));
    BM_TRY(bm_parallel_for(chunks, pack_chunk, table, err));
    if (H5Dset_extent(table->dataset, &extent) < 0)
        return bm_hdf5_failed(table->file, table->name, err);
    for (size_t i = 0; i < chunks; i++) {
        hsize_t row = table->written + i * table->chunk_rows;
        if (H5Dwrite_chunk(table->dataset, H5P_DEFAULT, 0, &row, table->chunk[i].packed_size,
                           table->chunk[i].packed) < 0)
            return bm_hdf5_failed(table->file, table->name, err);
        memset(table->chunk[i].plane, 0, table->chunk_bytes);
    }
    table->written += table->pending;
    table->pending = 0;
    status = bm_hdf5_check(table->file, err);
cleanup:
    return status;
}

static bm_status reserve(bm_hdf5_table *table, chunk *piece, bm_error *err) {
    bm_status status = BM_OK;
    if (piece->plane == NULL)
        BM_TRY(BM_NEW(&piece->plane, table->chunk_bytes, table->name, err));
    if (piece->packed == NULL)
        BM_TRY(BM_NEW(&piece->packed, compressBound((uLong)table->chunk_bytes), table->name, err));
cleanup:
    return status;
}

bm_status bm_hdf5_table_write(bm_hdf5_table *table, const void *const *block, size_t rows,
                              bm_error *err) {
    bm_status status = BM_OK;
    for (size_t first = 0; first < rows;) {
        chunk *piece = &table->chunk[table->pending / table->chunk_rows];
        size_t at = table->pending % table->chunk_rows;
        size_t count = table->chunk_rows - at;
        count = count < rows - first ? count : rows - first;
        BM_TRY(reserve(table, piece, err));
        BM_TRY(spread(table, piece->plane, at, block, first, count, err));
        first += count;
        table->pending += count;
        if (table->pending == CHUNKS * table->chunk_rows)
            BM_TRY(flush(table, err));
    }
cleanup:
    return status;
}

bm_status bm_hdf5_table_finish(bm_hdf5_table *table, bm_error *err) {
    bm_status status = BM_OK;
    if (table->pending > 0)
        BM_TRY(flush(table, err));
    hid_t closing = table->dataset;
    table->dataset = -1;
    if (H5Dclose(closing) < 0)
        return bm_hdf5_failed(table->file, table->name, err);
    status = bm_hdf5_check(table->file, err);
cleanup:
    return status;
}

void bm_hdf5_table_free(bm_hdf5_table *table) {
    if (table == NULL)
        return;
    if (table->dataset >= 0)
        H5Dclose(table->dataset);
    for (size_t i = 0; i < CHUNKS; i++) {
        free(table->chunk[i].plane);
        free(table->chunk[i].packed);
    }
    free(table->offset);
    free(table->cell);
    free(table->name);
    free(table);
}
