/* Finds the table in an HDF5 file and refuses what could lead out of the file or astray before any
 * data are read. */
#include "input/hdf5_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_PATH = 1024,
    BLOCK_BYTES = 1 << 20,
    MOST_BLOCK_BYTES = 64 << 20,
    MOST_CACHE_BYTES = 256 << 20,
    MOST_INFLATION = 1032, /* of deflate */
};

typedef struct finder {
    hid_t file;
    uint64_t file_size;
    char *why;
    size_t why_size;
    /* without a name: the tables there are */
    size_t found;
    char first[LONGEST_PATH];
    char list[500];
} finder;

static int refuse(finder *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(finder *f, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(f->why, f->why_size, format, arguments);
    va_end(arguments);
    return 0;
}

static int is_number(hid_t type) {
    H5T_class_t class = H5Tget_class(type);
    return class == H5T_FLOAT || class == H5T_ENUM ||
           (class == H5T_INTEGER && H5Tget_size(type) <= 8);
}

/* A table by its shape: 2-D numbers or 1-D compound. Whether its members can be read is seen when
 * it is chosen. */
static int looks_like_table(hid_t dataset) {
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    int rank = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    int yes = type >= 0 &&
              ((rank == 2 && is_number(type)) || (rank == 1 && H5Tget_class(type) == H5T_COMPOUND));
    H5Sclose(space);
    H5Tclose(type);
    return yes;
}

/* H5Ovisit2 follows hard links only, so it never leaves the file. */
static herr_t visit(hid_t root, const char *name, const H5O_info_t *info, void *arg) {
    finder *f = arg;
    if (info->type != H5O_TYPE_DATASET || strlen(name) >= LONGEST_PATH)
        return 0;
    hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
    if (dataset < 0)
        return 0;
    if (looks_like_table(dataset)) {
        size_t used = strlen(f->list);
        if (f->found++ == 0)
            snprintf(f->first, sizeof f->first, "%s", name);
        char shown[BM_SHOWN_BUFFER];
        bm_shown(shown, (bm_text){name, strlen(name)});
        if (used + strlen(shown) + 3 < sizeof f->list)
            snprintf(f->list + used, sizeof f->list - used, "%s%s", used > 0 ? ", " : "", shown);
    }
    H5Dclose(dataset);
    return 0;
}

static int find_only_table(finder *f, char path[LONGEST_PATH]) {
    if (H5Ovisit2(f->file, H5_INDEX_NAME, H5_ITER_INC, visit, f, H5O_INFO_BASIC) < 0)
        return refuse(f, "is damaged: its datasets cannot be listed");
    if (f->found == 0)
        return refuse(f, "has no table: neither a 2-D dataset of numbers nor a 1-D compound "
                         "dataset");
    if (f->found > 1)
        return refuse(f, "has %zu tables; choose one with --dataset: %s", f->found, f->list);
    snprintf(path, LONGEST_PATH, "%s", f->first);
    return 1;
}

/* Every part of the path must be a hard link: soft and external ones may lead elsewhere. */
static int check_links(finder *f, const char *path) {
    char part[LONGEST_PATH], shown[BM_SHOWN_BUFFER];
    bm_shown(shown, (bm_text){path, strlen(path)});
    if (strlen(path) >= sizeof part)
        return refuse(f, "has no dataset of so long a name");
    for (size_t end = 1; path[0] != '\0'; end++) {
        if (path[end] != '/' && path[end] != '\0')
            continue;
        H5L_info_t link;
        memcpy(part, path, end);
        part[end] = '\0';
        if (strcmp(part, "/") != 0 && part[end - 1] != '/') {
            if (H5Lexists(f->file, part, H5P_DEFAULT) <= 0 ||
                H5Lget_info(f->file, part, &link, H5P_DEFAULT) < 0)
                return refuse(f, "has no dataset \"%s\"", shown);
            if (link.type != H5L_TYPE_HARD)
                return refuse(f,
                              "holds \"%s\" only as a link; links are not followed, name the "
                              "dataset itself",
                              shown);
        }
        if (path[end] == '\0')
            break;
    }
    return 1;
}

/* The storage must be in this file, in filters that are at hand, and large enough for what the
 * dataset says it holds. */
static int check_storage(finder *f, const bm_hdf5_input *table) {
    hid_t plan = H5Dget_create_plist(table->dataset), type = H5Dget_type(table->dataset);
    if (plan < 0 || type < 0)
        return refuse(f, "is damaged: the dataset cannot be opened");
    H5D_layout_t layout = H5Pget_layout(plan);
    if (H5Pget_external_count(plan) != 0)
        return refuse(f, "keeps its data in other files (external storage), which is not read");
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
        return refuse(f, "takes its data from other datasets (virtual storage), which is not read");
    int filters = H5Pget_nfilters(plan);
    for (int i = 0; i < filters; i++) {
        unsigned flags, config;
        size_t values = 0;
        H5Z_filter_t filter =
            H5Pget_filter2(plan, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);
        if (filter < 0 || filter >= H5Z_FILTER_RESERVED || H5Zfilter_avail(filter) <= 0)
            return refuse(f,
                          "is packed with filter %d, which is not at hand; repack it with "
                          "h5repack -f GZIP=4",
                          (int)filter);
    }
    uint64_t most = f->file_size;
    if (filters > 0 && most <= UINT64_MAX / MOST_INFLATION)
        most *= MOST_INFLATION;
    uint64_t cells = table->rows * (table->is_matrix ? table->columns : 1);
    if (cells > most / H5Tget_size(type))
        return refuse(f, "says it has %llu rows, more than its %llu bytes can hold",
                      (unsigned long long)table->rows, (unsigned long long)f->file_size);
    return 1;
}

static bm_field_kind number_kind(hid_t type) {
    if (H5Tget_class(type) == H5T_FLOAT)
        return BM_FIELD_NUMBER;
    int is_natural = H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) == 8 &&
                     H5Tget_sign(type) == H5T_SGN_NONE;
    return is_natural ? BM_FIELD_NATURAL : BM_FIELD_INTEGER;
}

static hid_t number_type(bm_field_kind kind) {
    return kind == BM_FIELD_NUMBER    ? H5T_NATIVE_DOUBLE
           : kind == BM_FIELD_NATURAL ? H5T_NATIVE_UINT64
                                      : H5T_NATIVE_INT64;
}

/* One member of a compound, and its place in a row in memory. */
static int add_member(finder *f, bm_hdf5_input *table, hid_t compound, unsigned member,
                      hid_t *member_type) {
    bm_hdf5_column *column = &table->column[member];
    hid_t type = H5Tget_member_type(compound, member);
    column->name = H5Tget_member_name(compound, member);
    if (type < 0 || column->name == NULL)
        return refuse(f, "is damaged: column %u has no type", member + 1);
    column->offset = table->row_size;
    column->size = 8;
    if (is_number(type)) {
        column->kind = number_kind(type);
        *member_type = number_type(column->kind);
    } else if (H5Tget_class(type) == H5T_STRING) {
        column->kind = BM_FIELD_TEXT;
        column->is_variable = H5Tis_variable_str(type) > 0;
        column->padding = H5Tget_strpad(type);
        column->size = column->is_variable ? sizeof(char *) : H5Tget_size(type);
        *member_type = type;
        table->has_variable |= column->is_variable;
    } else {
        char shown[BM_SHOWN_BUFFER];
        bm_shown(shown, (bm_text){column->name, strlen(column->name)});
        return refuse(f, "has a column \"%s\" that is neither a number nor a string", shown);
    }
    if (column->size == 0 || column->size > MOST_BLOCK_BYTES)
        return refuse(f, "is damaged: column %u is %zu bytes wide", member + 1, column->size);
    table->row_size += column->size;
    return table->row_size <= MOST_BLOCK_BYTES ||
           refuse(f, "has rows of more than %d bytes", MOST_BLOCK_BYTES);
}

static int describe_compound(finder *f, bm_hdf5_input *table, hid_t type) {
    int members = H5Tget_nmembers(type);
    if (members < 1 || members > BM_MAX_COLUMNS)
        return refuse(f, "has %d columns; 1 to %d are read", members, BM_MAX_COLUMNS);
    table->columns = (size_t)members;
    table->column = calloc(table->columns, sizeof *table->column);
    hid_t *member_type = calloc(table->columns, sizeof *member_type);
    if (table->column == NULL || member_type == NULL)
        return refuse(f, "is too large for the memory it may take");
    for (size_t i = 0; i < table->columns; i++) {
        if (!add_member(f, table, type, (unsigned)i, &member_type[i]))
            return 0;
    }
    table->memory_type = H5Tcreate(H5T_COMPOUND, table->row_size);
    for (size_t i = 0; i < table->columns; i++) {
        const bm_hdf5_column *column = &table->column[i];
        if (H5Tinsert(table->memory_type, column->name, column->offset, member_type[i]) < 0)
            return refuse(f, "is damaged: its columns overlap or have the same name");
    }
    return 1;
}

/* 1 when there are names, one for each column; 0 when there are none; -1 when they do not fit. */
static int read_names(bm_hdf5_input *table, hid_t holder, int is_attribute) {
    hid_t space = is_attribute ? H5Aget_space(holder) : H5Dget_space(holder);
    hid_t type = is_attribute ? H5Aget_type(holder) : H5Dget_type(holder);
    hsize_t count = 0;
    if (space < 0 || type < 0 || H5Tget_class(type) != H5T_STRING ||
        H5Sget_simple_extent_ndims(space) != 1 ||
        H5Sget_simple_extent_dims(space, &count, NULL) != 1)
        return 0;
    int is_variable = H5Tis_variable_str(type) > 0;
    size_t size = is_variable ? sizeof(char *) : H5Tget_size(type);
    if (count != table->columns || size == 0 || size > BM_MAX_FIELD)
        return -1;
    char *names = calloc(table->columns, size);
    if (names == NULL)
        return -1;
    herr_t code = is_attribute ? H5Aread(holder, type, names)
                               : H5Dread(holder, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, names);
    if (code < 0)
        return -1;
    for (size_t i = 0; i < table->columns; i++) {
        const char *name = names + i * size;
        if (is_variable)
            memcpy(&name, names + i * size, sizeof name);
        size_t length = name == NULL ? 0 : is_variable ? strlen(name) : strnlen(name, size);
        while (length > 0 && name[length - 1] == ' ' && H5Tget_strpad(type) == H5T_STR_SPACEPAD)
            length--;
        table->column[i].name = strndup(name != NULL ? name : "", length);
        if (table->column[i].name == NULL)
            return -1;
    }
    return 1;
}

/* Names stand in an attribute of the matrix or in a dataset of texts beside it. */
static const char *const name_holders[] = {"columns", "names", "column_names", "features", NULL};

static int read_names_beside(finder *f, bm_hdf5_input *table, const char *path) {
    H5L_info_t link;
    if (H5Lexists(f->file, path, H5P_DEFAULT) <= 0 ||
        H5Lget_info(f->file, path, &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD)
        return 0;
    hid_t names = H5Dopen2(f->file, path, H5P_DEFAULT);
    return names >= 0 ? read_names(table, names, 0) : 0;
}

/* 1, 0 or -1 as read_names: by attribute, then as MATRIX_columns, then as columns beside it. */
static int find_names(finder *f, bm_hdf5_input *table, const char *path) {
    char beside[2 * LONGEST_PATH];
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL ? (int)(slash - path) + 1 : 0, named = 0;
    for (size_t i = 0; named == 0 && name_holders[i] != NULL; i++) {
        if (H5Aexists(table->dataset, name_holders[i]) > 0)
            named = read_names(table, H5Aopen(table->dataset, name_holders[i], H5P_DEFAULT), 1);
    }
    for (size_t i = 0; named == 0 && name_holders[i] != NULL; i++) {
        snprintf(beside, sizeof beside, "%s_%s", path, name_holders[i]);
        named = read_names_beside(f, table, beside);
    }
    for (size_t i = 0; named == 0 && name_holders[i] != NULL; i++) {
        snprintf(beside, sizeof beside, "%.*s%s", folder, path, name_holders[i]);
        named = read_names_beside(f, table, beside);
    }
    return named;
}

static int name_columns(finder *f, bm_hdf5_input *table, const char *path) {
    int named = find_names(f, table, path);
    if (named < 0)
        return refuse(f, "names columns otherwise than it has them: there are %zu", table->columns);
    for (size_t i = 0; named == 0 && i < table->columns; i++) {
        char name[32];
        snprintf(name, sizeof name, "c%zu", i + 1);
        table->column[i].name = strdup(name);
        if (table->column[i].name == NULL)
            return refuse(f, "is too large for the memory it may take");
    }
    return 1;
}

static int describe_matrix(finder *f, bm_hdf5_input *table, hid_t type, hsize_t columns,
                           const char *path) {
    if (columns < 1 || columns > BM_MAX_COLUMNS)
        return refuse(f, "has %llu columns; 1 to %d are read", (unsigned long long)columns,
                      BM_MAX_COLUMNS);
    table->is_matrix = 1;
    table->columns = (size_t)columns;
    table->column = calloc(table->columns, sizeof *table->column);
    if (table->column == NULL)
        return refuse(f, "is too large for the memory it may take");
    bm_field_kind kind = number_kind(type);
    table->memory_type = number_type(kind);
    table->row_size = table->columns * 8;
    for (size_t i = 0; i < table->columns; i++)
        table->column[i] = (bm_hdf5_column){.kind = kind, .offset = i * 8, .size = 8};
    return name_columns(f, table, path);
}

/* Rows are read in whole chunks, as far as that is sensible; the cache holds the chunks of one
 * stretch of rows, so that each is unpacked once. */
static void plan_blocks(finder *f, bm_hdf5_input *table, const char *path) {
    hid_t plan = H5Dget_create_plist(table->dataset);
    hsize_t chunk[2] = {1, 1};
    table->block_rows = BLOCK_BYTES / table->row_size + 1;
    if (H5Pget_layout(plan) != H5D_CHUNKED || H5Pget_chunk(plan, 2, chunk) < 1 || chunk[0] == 0 ||
        chunk[0] > MOST_CACHE_BYTES / table->row_size)
        return;
    size_t chunk_rows = (size_t)chunk[0];
    if (chunk_rows * table->row_size <= BLOCK_BYTES)
        table->block_rows = table->block_rows / chunk_rows * chunk_rows + chunk_rows;
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    size_t bytes = 2 * chunk_rows * table->row_size;
    H5Pset_chunk_cache(access, 12421, bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES, 1.0);
    hid_t again = H5Dopen2(f->file, path, access);
    if (again < 0)
        return;
    H5Dclose(table->dataset);
    table->dataset = again;
}

static int describe(finder *f, bm_hdf5_input *table, const char *path) {
    char shown[BM_SHOWN_BUFFER];
    bm_shown(shown, (bm_text){path, strlen(path)});
    table->dataset = H5Dopen2(f->file, path, H5P_DEFAULT);
    if (table->dataset < 0)
        return refuse(f, "has no dataset \"%s\" that can be opened", shown);
    hid_t type = H5Dget_type(table->dataset), space = H5Dget_space(table->dataset);
    hsize_t size[2] = {0, 0};
    int rank =
        type >= 0 && space >= 0 && H5Sis_simple(space) > 0 ? H5Sget_simple_extent_ndims(space) : -1;
    if (rank < 1 || rank > 2 || H5Sget_simple_extent_dims(space, size, NULL) != rank)
        return refuse(f, "holds no table as \"%s\": 1 or 2 dimensions are read", shown);
    table->rows = size[0];
    int fits;
    if (rank == 2 && is_number(type))
        fits = describe_matrix(f, table, type, size[1], path);
    else if (rank == 1 && H5Tget_class(type) == H5T_COMPOUND)
        fits = describe_compound(f, table, type);
    else
        fits = refuse(f,
                      "holds no table as \"%s\": a 2-D dataset of numbers or a 1-D compound "
                      "dataset of numbers and strings is read",
                      shown);
    if (!fits || !check_storage(f, table))
        return 0;
    plan_blocks(f, table, path);
    return 1;
}

int bm_hdf5_find_table(const bm_bytes *bytes, const char *dataset, bm_hdf5_input *table, char *why,
                       size_t why_size) {
    finder f = {.file_size = bytes->size, .why = why, .why_size = why_size};
    char path[LONGEST_PATH];
    *table = (bm_hdf5_input){0};
    /* A file may not make this process load code, nor wait for somebody else's lock. */
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);
    f.file = bm_hdf5_open_file(bytes);
    if (f.file < 0)
        return refuse(&f, "is damaged: HDF5 cannot open it");
    if (dataset == NULL && !find_only_table(&f, path))
        return 0;
    if (dataset != NULL) {
        if (!check_links(&f, dataset))
            return 0;
        snprintf(path, sizeof path, "%s", dataset);
    }
    return describe(&f, table, path);
}
