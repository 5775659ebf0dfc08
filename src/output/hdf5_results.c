#include "output/hdf5_results.h"

#include "base/memory.h"
#include "output/block.h"
#include "output/hdf5_file.h"
#include "output/hdf5_table.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 18 };

static bm_status write_table(const bm_hdf5_file *file, const bm_result *result, bm_error *err) {
    bm_status status;
    bm_hdf5_table *table = NULL;
    bm_block block = {0};
    BM_TRY(bm_block_open(&block, result, 1, err));
    bm_hdf5_layout layout = {result->name, result->meaning, block.heading,
                             block.width,  result->columns, result->rows};
    BM_TRY(bm_hdf5_table_open(&table, file, &layout, err));
    for (bm_block_next(&block); block.rows > 0; bm_block_next(&block))
        BM_TRY(bm_hdf5_table_write(table, (const void *const *)block.cell, block.rows, err));
    BM_TRY(bm_result_check(result, err));
    status = bm_hdf5_table_finish(table, err);
cleanup:
    bm_hdf5_table_free(table);
    bm_block_free(&block);
    return status;
}

/* An array of one type, rank 1 or 2, extendible in rows, which is what PyTables takes for one. */
static bm_status write_array(const bm_hdf5_file *file, const char *name, hid_t stored, hid_t memory,
                             int rank, const hsize_t *shape, const void *value, bm_error *err) {
    hsize_t most[2] = {H5S_UNLIMITED, rank > 1 ? shape[1] : 1};
    size_t row = H5Tget_size(stored) * (rank > 1 ? (size_t)shape[1] : 1);
    hsize_t chunk[2] = {row > 0 && row < CHUNK_BYTES ? CHUNK_BYTES / row : 1, most[1]};
    if (chunk[0] > shape[0])
        chunk[0] = shape[0] > 0 ? shape[0] : 1;
    hid_t space = H5Screate_simple(rank, shape, most);
    hid_t creation = bm_hdf5_dataset_properties(rank, chunk);
    hid_t dataset = -1;
    bm_status status = BM_OK;
    if (space >= 0 && creation >= 0)
        dataset = bm_hdf5_dataset(file, name, stored, space, creation);
    if (dataset < 0 ||
        (shape[0] > 0 && H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0))
        status = bm_hdf5_failed(file, name, err);
    if (dataset >= 0 && H5Dclose(dataset) < 0 && status == BM_OK)
        status = bm_hdf5_failed(file, name, err);
    if (creation >= 0)
        H5Pclose(creation);
    if (space >= 0)
        H5Sclose(space);
    return status;
}

static bm_status write_matrix(const bm_hdf5_file *file, const bm_result_matrix *matrix,
                              bm_error *err) {
    hsize_t shape[2] = {matrix->rows, matrix->columns};
    if (matrix->columns == 0)
        return bm_fail(err, BM_INTERNAL, "the matrix \"%s\" has no columns", matrix->name);
    return write_array(file, matrix->name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2, shape,
                       matrix->value, err);
}

static bm_status write_features(const bm_hdf5_file *file, const bm_strings *features,
                                bm_error *err) {
    static const char name[] = "model/features";
    bm_status status;
    char *bytes = NULL;
    size_t width = 1, total;
    hsize_t count = features->count;
    hid_t type = -1;
    for (size_t i = 0; i < features->count; i++) {
        size_t length = strlen(features->item[i]);
        width = length > width ? length : width;
    }
    if (!bm_multiply(width, features->count, &total))
        return bm_fail(err, BM_LIMIT, "the feature names are too long");
    BM_TRY(BM_NEW(&bytes, total, name, err));
    for (size_t i = 0; i < features->count; i++)
        memcpy(bytes + i * width, features->item[i], strlen(features->item[i]));
    type = bm_hdf5_text_type(width);
    status = type < 0 ? bm_hdf5_failed(file, name, err)
                      : write_array(file, name, type, type, 1, &count, bytes, err);
cleanup:
    if (type >= 0)
        H5Tclose(type);
    free(bytes);
    return status;
}

static bm_status write_attributes(const bm_hdf5_file *file, const bm_results *results,
                                  bm_error *err) {
    for (size_t i = 0; i < results->attributes; i++) {
        const bm_result_attribute *a = &results->attribute[i];
        bm_status status =
            a->text != NULL ? bm_hdf5_text_attribute(file, file->file, a->name, a->text, err)
                            : bm_hdf5_number_attribute(file, file->file, a->name, a->number, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

bm_status bm_hdf5_results(int fd, const char *shown, const bm_results *results, bm_error *err) {
    bm_status status;
    bm_hdf5_file file = {0};
    BM_TRY(bm_hdf5_create(&file, fd, shown, err));
    BM_TRY(write_attributes(&file, results, err));
    for (size_t i = 0; i < results->tables; i++)
        BM_TRY(write_table(&file, &results->table[i], err));
    for (size_t i = 0; i < results->matrices; i++)
        BM_TRY(write_matrix(&file, &results->matrix[i], err));
    if (results->features.count > 0)
        BM_TRY(write_features(&file, &results->features, err));
    return bm_hdf5_finish(&file, err);
cleanup:
    bm_hdf5_abandon(&file);
    return status;
}
