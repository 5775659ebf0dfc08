/* The names of a matrix's columns: in one of its attributes, or in a list of texts beside it. */
#include "input/hdf5_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names as they lie in memory, each as it is. */
static int copy_names(bm_hdf5_input *table, const char *names, hid_t type, size_t size,
                      int is_variable) {
    for (size_t i = 0; i < table->columns; i++) {
        const char *name = names + i * size;
        if (is_variable)
            memcpy(&name, names + i * size, sizeof name);
        size_t length = name == NULL  ? 0
                        : is_variable ? strnlen(name, BM_MAX_FIELD + 1)
                                      : strnlen(name, size);
        while (length > 0 && name[length - 1] == ' ' && H5Tget_strpad(type) == H5T_STR_SPACEPAD)
            length--;
        table->column[i].name = strndup(name != NULL ? name : "", length);
        if (table->column[i].name == NULL)
            return -1;
    }
    return 1;
}

enum { NAMES_OF_OTHERS = -2 };

/* 1 when there are names, one for each column; 0 when there are none; NAMES_OF_OTHERS when they are
 * more or fewer, -1 when they cannot be read. */
static int read_names(bm_hdf5_finder *f, bm_hdf5_input *table, hid_t holder, int is_attribute) {
    hid_t space = is_attribute ? H5Aget_space(holder) : H5Dget_space(holder);
    hid_t type = is_attribute ? H5Aget_type(holder) : H5Dget_type(holder);
    hsize_t count = 0;
    if (space < 0 || type < 0 || H5Tget_class(type) != H5T_STRING ||
        H5Sget_simple_extent_ndims(space) != 1 ||
        H5Sget_simple_extent_dims(space, &count, NULL) != 1)
        return 0;
    int is_variable = H5Tis_variable_str(type) > 0;
    size_t size = is_variable ? sizeof(char *) : H5Tget_size(type);
    if (count != table->columns)
        return NAMES_OF_OTHERS;
    if (size == 0 || size > BM_MAX_FIELD ||
        (!is_attribute && !bm_hdf5_check_storage(f, holder, count)))
        return -1;
    char *names = calloc(table->columns, size);
    if (names == NULL)
        return -1;
    herr_t code = is_attribute ? H5Aread(holder, type, names)
                               : H5Dread(holder, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, names);
    return code < 0 ? -1 : copy_names(table, names, type, size, is_variable);
}

static int read_names_beside(bm_hdf5_finder *f, bm_hdf5_input *table, const char *path) {
    H5L_info_t link;
    if (H5Lexists(f->file, path, H5P_DEFAULT) <= 0 ||
        H5Lget_info(f->file, path, &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD)
        return 0;
    hid_t names = H5Dopen2(f->file, path, H5P_DEFAULT);
    return names >= 0 ? read_names(f, table, names, 0) : 0;
}

/* What pandas writes in its fixed format: block0_values, and block0_items for its columns. */
static int read_names_of_pandas(bm_hdf5_finder *f, bm_hdf5_input *table, const char *path) {
    static const char values[] = "_values";
    char beside[BM_HDF5_LONGEST_PATH];
    size_t length = strlen(path), ending = sizeof values - 1;
    if (length < ending || strcmp(path + length - ending, values) != 0)
        return 0;
    snprintf(beside, sizeof beside, "%.*s_items", (int)(length - ending), path);
    return read_names_beside(f, table, beside);
}

/* The tree in result.h5 has no names of its own there, and beside it lie those of the features. */
static int name_linkage(bm_hdf5_input *table, const char *path) {
    static const char *const names[] = {"left", "right", "height", "size"};
    const char *from_root = path[0] == '/' ? path + 1 : path;
    if (strcmp(from_root, "model/linkage") != 0 || table->columns != 4)
        return 0;
    for (size_t i = 0; i < 4; i++) {
        table->column[i].name = strdup(names[i]);
        if (table->column[i].name == NULL)
            return -1;
    }
    return 1;
}

/* As read_names: by attribute, then as MATRIX_columns, then as columns beside it, which
 * may be those of another matrix there. */
static int find_names(bm_hdf5_finder *f, bm_hdf5_input *table, const char *path) {
    static const char *const holder[] = {"columns", "names", "column_names", "features", NULL};
    char beside[BM_HDF5_LONGEST_PATH + 32];
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL ? (int)(slash - path) + 1 : 0, named = 0;
    for (size_t i = 0; named == 0 && holder[i] != NULL; i++) {
        if (H5Aexists(table->dataset, holder[i]) <= 0)
            continue;
        hid_t attribute = H5Aopen(table->dataset, holder[i], H5P_DEFAULT);
        named = attribute >= 0 ? read_names(f, table, attribute, 1) : -1;
        H5Aclose(attribute);
    }
    for (size_t i = 0; named == 0 && holder[i] != NULL; i++) {
        snprintf(beside, sizeof beside, "%s_%s", path, holder[i]);
        named = read_names_beside(f, table, beside);
    }
    if (named == 0)
        named = read_names_of_pandas(f, table, path);
    if (named == 0)
        named = name_linkage(table, path);
    for (size_t i = 0; named == 0 && holder[i] != NULL; i++) {
        snprintf(beside, sizeof beside, "%.*s%s", folder, path, holder[i]);
        named = read_names_beside(f, table, beside);
        if (named == NAMES_OF_OTHERS)
            named = 0;
    }
    return named;
}

int bm_hdf5_name_columns(bm_hdf5_finder *f, bm_hdf5_input *table, const char *path) {
    int named = find_names(f, table, path);
    if (named < 0)
        return f->why[0] == '\0' ? bm_hdf5_refuse(f,
                                                  "names columns otherwise than it has them: "
                                                  "there are %zu",
                                                  table->columns)
                                 : 0;
    for (size_t i = 0; named == 0 && i < table->columns; i++) {
        char name[32];
        snprintf(name, sizeof name, "c%zu", i + 1);
        table->column[i].name = strdup(name);
        if (table->column[i].name == NULL)
            return bm_hdf5_refuse(f, "is too large for the memory it may take");
    }
    return 1;
}
