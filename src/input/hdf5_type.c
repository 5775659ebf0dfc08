/* Which types of HDF5 are read, and as what: numbers of up to 8 bytes and long doubles,
 * enumerations as their numbers (h5py's booleans are one), a byte of bits as a number (PyTables'
 * booleans), and texts of fixed length. Others are refused by name, with what to write instead. */
#include "input/hdf5_table.h"

#include <stdlib.h>
#include <string.h>

int bm_hdf5_is_number(hid_t type) {
    H5T_class_t class = H5Tget_class(type);
    size_t size = H5Tget_size(type);
    return (class == H5T_FLOAT && size <= 16) ||
           ((class == H5T_INTEGER || class == H5T_ENUM) && size <= 8) ||
           (class == H5T_BITFIELD && size == 1);
}

static bm_field_kind number_kind(hid_t type) {
    H5T_class_t class = H5Tget_class(type);
    if (class == H5T_FLOAT)
        return BM_FIELD_NUMBER;
    hid_t whole = class == H5T_ENUM ? H5Tget_super(type) : type;
    int is_natural =
        class != H5T_BITFIELD && H5Tget_size(whole) == 8 && H5Tget_sign(whole) == H5T_SGN_NONE;
    return is_natural ? BM_FIELD_NATURAL : BM_FIELD_INTEGER;
}

static hid_t number_type(hid_t type) {
    if (H5Tget_class(type) == H5T_BITFIELD)
        return H5T_NATIVE_B8;
    bm_field_kind kind = number_kind(type);
    return kind == BM_FIELD_NUMBER    ? H5T_NATIVE_DOUBLE
           : kind == BM_FIELD_NATURAL ? H5T_NATIVE_UINT64
                                      : H5T_NATIVE_INT64;
}

/* Says what it is that is not read; `holder` is a column or the dataset. */
static int refuse_type(bm_hdf5_finder *f, hid_t type, const char *holder, const char *name) {
    static const char split[] = "write a column for each (pandas: to_hdf(..., format=\"table\", "
                                "data_columns=True))",
                      omit[] = "leave it out";
    static const struct {
        H5T_class_t class;
        const char *what, *fix;
    } kind[] = {
        {H5T_STRING, "texts of variable length",
         "write texts of fixed length (h5py: dtype \"S12\"; PyTables: StringCol(12))"},
        {H5T_INTEGER, "integers of more than 8 bytes", "write int64 or double"},
        {H5T_ENUM, "integers of more than 8 bytes", "write int64 or double"},
        {H5T_FLOAT, "numbers of more than 16 bytes", "write double"},
        {H5T_TIME, "HDF5 times", "write dates as texts, 2011-12-10"},
        {H5T_BITFIELD, "bit fields", "write integers"},
        {H5T_OPAQUE, "opaque bytes", omit},
        {H5T_COMPOUND, "tables of their own", split},
        {H5T_REFERENCE, "references", omit},
        {H5T_VLEN, "lists of variable length", split},
        {H5T_ARRAY, "several values a row", split},
    };
    char shown[BM_SHOWN_BUFFER];
    H5T_class_t class = H5Tget_class(type);
    bm_shown(shown, (bm_text){name, strlen(name)});
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        if (kind[i].class == class)
            return bm_hdf5_refuse(f, "%s \"%s\" holds %s, which are not read; %s", holder, shown,
                                  kind[i].what, kind[i].fix);
    }
    return bm_hdf5_refuse(f, "is damaged: %s \"%s\" has no type", holder, shown);
}

/* What a cell of that type becomes in memory, at the end of the row as it is so far. */
static int add_cell(bm_hdf5_finder *f, bm_hdf5_input *table, bm_hdf5_column *column, hid_t type,
                    hid_t *memory_type) {
    column->offset = table->row_size;
    if (bm_hdf5_is_number(type)) {
        column->kind = number_kind(type);
        *memory_type = number_type(type);
    } else if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0) {
        column->kind = BM_FIELD_TEXT;
        column->padding = H5Tget_strpad(type);
        *memory_type = H5Tcopy(type);
    } else {
        return refuse_type(f, type, "column", column->name);
    }
    column->size = H5Tget_size(*memory_type);
    table->is_plain &= column->kind != BM_FIELD_TEXT && column->size == 8;
    if (column->size == 0 || column->size > BM_HDF5_MOST_BLOCK)
        return bm_hdf5_refuse(f, "is damaged: a column is %zu bytes wide", column->size);
    table->row_size += column->size;
    return table->row_size <= BM_HDF5_MOST_BLOCK ||
           bm_hdf5_refuse(f, "has rows of more than %d bytes", BM_HDF5_MOST_BLOCK);
}

static int describe_compound(bm_hdf5_finder *f, bm_hdf5_input *table, hid_t type,
                             hid_t *member_type) {
    for (unsigned i = 0; i < table->columns; i++) {
        bm_hdf5_column *column = &table->column[i];
        hid_t member = H5Tget_member_type(type, i);
        column->name = H5Tget_member_name(type, i);
        if (member < 0 || column->name == NULL)
            return bm_hdf5_refuse(f, "is damaged: column %u has no type", i + 1);
        if (!add_cell(f, table, column, member, &member_type[i]))
            return 0;
    }
    table->memory_type = H5Tcreate(H5T_COMPOUND, table->row_size);
    for (size_t i = 0; i < table->columns; i++) {
        const bm_hdf5_column *column = &table->column[i];
        if (H5Tinsert(table->memory_type, column->name, column->offset, member_type[i]) < 0)
            return bm_hdf5_refuse(f, "is damaged: its columns overlap or have the same name");
    }
    return 1;
}

/* A list is a table of one column, called as the dataset is. */
static int describe_list(bm_hdf5_finder *f, bm_hdf5_input *table, hid_t type, const char *path) {
    const char *slash = strrchr(path, '/');
    table->column->name = strdup(slash != NULL ? slash + 1 : path);
    if (table->column->name == NULL)
        return bm_hdf5_refuse(f, "is too large for the memory it may take");
    return add_cell(f, table, table->column, type, &table->memory_type);
}

static int describe_matrix(bm_hdf5_finder *f, bm_hdf5_input *table, hid_t type) {
    for (size_t i = 0; i < table->columns; i++) {
        if (!add_cell(f, table, &table->column[i], type, &table->memory_type))
            return 0;
    }
    return 1;
}

int bm_hdf5_describe_type(bm_hdf5_finder *f, bm_hdf5_input *table, hid_t type, const char *path) {
    int is_compound = H5Tget_class(type) == H5T_COMPOUND && table->rank == 1;
    if (is_compound) {
        int members = H5Tget_nmembers(type);
        table->columns = members > 0 ? (size_t)members : 0;
    } else if (!bm_hdf5_is_number(type) && (table->rank == 2 || H5Tget_class(type) != H5T_STRING ||
                                            H5Tis_variable_str(type) != 0)) {
        if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0)
            return bm_hdf5_refuse(f, "is no table: its texts are in two dimensions; write a 1-D "
                                     "compound dataset");
        return refuse_type(f, type, "the dataset", path);
    }
    if (table->columns < 1 || table->columns > BM_MAX_COLUMNS)
        return bm_hdf5_refuse(f, "has %zu columns; 1 to %d are read", table->columns,
                              BM_MAX_COLUMNS);
    table->is_plain = 1;
    table->column = calloc(table->columns, sizeof *table->column);
    hid_t *member_type = calloc(table->columns, sizeof *member_type);
    if (table->column == NULL || member_type == NULL)
        return bm_hdf5_refuse(f, "is too large for the memory it may take");
    return is_compound        ? describe_compound(f, table, type, member_type)
           : table->rank == 1 ? describe_list(f, table, type, path)
                              : describe_matrix(f, table, type);
}
