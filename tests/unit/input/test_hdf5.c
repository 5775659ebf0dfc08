/* HDF5 tables, written here with the HDF5 library and read back through the child process. */
#include "scratch.h"

#include "input/hdf5_attributes.h"

#include <hdf5.h>
#include <sys/stat.h>

static hid_t create(const scratch *s) {
    hid_t file = H5Fcreate(s->path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static hid_t text_type(size_t size, H5T_str_t padding) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    if (size != H5T_VARIABLE)
        H5Tset_strpad(type, padding);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static void write_matrix(hid_t where, const char *name, hid_t file_type, hid_t type,
                         const void *data, hsize_t rows, hsize_t columns, hsize_t chunk) {
    hsize_t size[2] = {rows, columns}, chunks[2] = {chunk, columns};
    hid_t space = H5Screate_simple(2, size, NULL), plan = H5Pcreate(H5P_DATASET_CREATE);
    if (chunk > 0) {
        H5Pset_chunk(plan, 2, chunks);
        H5Pset_shuffle(plan);
        H5Pset_deflate(plan, 4);
    }
    hid_t dataset = H5Dcreate2(where, name, file_type, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    assert_true(dataset >= 0);
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(plan);
}

static void a_matrix_has_columns_c1_to_cd(void **state) {
    scratch *s = *state;
    enum { ROWS = 70000 };
    double *x = calloc(ROWS * 3, sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < ROWS * 3; i++)
        x[i] = (double)i / 8;
    x[4] = NAN;
    hid_t file = create(s);
    write_matrix(file, "x", H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE, x, ROWS, 3, 999);
    H5Fclose(file);
    read_again(s);
    assert_string_equal(s->err.message, "");
    assert_int_equal(s->result.table.columns, 3);
    assert_int_equal(s->result.table.rows, ROWS);
    assert_int_equal(column(s, "c2")->missing, 1);
    assert_true(isnan(number(s, "c2", 1)));
    for (size_t i = 0; i < ROWS; i++)
        assert_true(number(s, "c3", i) == x[3 * i + 2]);
    assert_int_equal(bm_lines_of(&s->result.table.lines, ROWS - 1), ROWS);
    assert_int_equal(strlen(s->result.sha256), 64);
    free(x);
}

static void integers_of_any_kind_come_out_in_decimal(void **state) {
    scratch *s = *state;
    static const uint64_t id[] = {UINT64_MAX, 5, 9007199254740993u, 6};
    const bm_column_request wanted[] = {{.name = "c1", .want = BM_WANT_TEXT}};
    s->request.column = wanted;
    s->request.columns = 1;
    hid_t file = create(s);
    write_matrix(file, "x", H5T_STD_U64LE, H5T_NATIVE_UINT64, id, 2, 2, 0);
    H5Fclose(file);
    read_again(s);
    assert_string_equal(cell(s, "c1", 0), "18446744073709551615");
    assert_string_equal(cell(s, "c1", 1), "9007199254740993");
    assert_int_equal(column(s, "c2")->type, BM_TYPE_INTEGER);
    static const int32_t small[] = {-7, 1, -8, 2};
    file = create(s);
    write_matrix(file, "x", H5T_STD_I16BE, H5T_NATIVE_INT32, small, 2, 2, 0);
    H5Fclose(file);
    read_again(s);
    assert_string_equal(cell(s, "c1", 1), "-8");
    static const double numbers[] = {0.1, 1, 2, 2};
    file = create(s);
    write_matrix(file, "x", H5T_NATIVE_DOUBLE, H5T_NATIVE_DOUBLE, numbers, 2, 2, 0);
    H5Fclose(file);
    read_again(s);
    assert_string_equal(cell(s, "c1", 0), "0.1");
    assert_string_equal(cell(s, "c1", 1), "2");
}

/* INTERFACE: the rows of a matrix without names are numbered, whatever its first column holds. */
static void a_matrix_without_names_holds_no_ids(void **state) {
    scratch *s = *state;
    static const double x[] = {1, 5, 2, 6};
    s->request.infer_id = 1;
    hid_t file = create(s);
    write_matrix(file, "x", H5T_NATIVE_DOUBLE, H5T_NATIVE_DOUBLE, x, 2, 2, 0);
    H5Fclose(file);
    read_again(s);
    assert_int_equal(s->result.has_id, 0);
    assert_true(number(s, "c1", 1) == 2);
}

static void a_matrix_is_named_by_attribute_or_by_a_dataset_beside_it(void **state) {
    scratch *s = *state;
    static const double x[] = {1, 2, 3, 4};
    hsize_t two = 2;
    hid_t fixed = text_type(6, H5T_STR_NULLPAD), variable = text_type(H5T_VARIABLE, 0);
    hid_t space = H5Screate_simple(1, &two, NULL);
    const char *names[] = {"größe", "wert"};
    for (int beside = 0; beside < 2; beside++) {
        hid_t file = create(s);
        write_matrix(file, "x", H5T_NATIVE_DOUBLE, H5T_NATIVE_DOUBLE, x, 2, 2, 0);
        if (beside) {
            hid_t d =
                H5Dcreate2(file, "x_columns", fixed, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
            H5Dwrite(d, fixed, H5S_ALL, H5S_ALL, H5P_DEFAULT, "lengthvalue\0");
            H5Dclose(d);
        } else {
            hid_t d = H5Dopen2(file, "x", H5P_DEFAULT);
            hid_t a = H5Acreate2(d, "columns", variable, space, H5P_DEFAULT, H5P_DEFAULT);
            H5Awrite(a, variable, names);
            H5Aclose(a);
            H5Dclose(d);
        }
        H5Fclose(file);
        read_again(s);
        assert_string_equal(s->err.message, "");
        assert_true(number(s, beside ? "length" : "größe", 1) == 3);
    }
    H5Sclose(space);
    H5Tclose(fixed);
    H5Tclose(variable);
}

typedef struct buyer {
    int64_t id;
    double amount;
    float share;
    int8_t flag;
    char when[10];
    char spaced[4];
    char name[12];
} buyer;

static hid_t buyer_type(void) {
    hid_t when = text_type(10, H5T_STR_NULLPAD), spaced = text_type(4, H5T_STR_SPACEPAD),
          name = text_type(12, H5T_STR_NULLTERM);
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(buyer));
    H5Tinsert(type, "buyer_id", HOFFSET(buyer, id), H5T_NATIVE_INT64);
    H5Tinsert(type, "amount", HOFFSET(buyer, amount), H5T_NATIVE_DOUBLE);
    H5Tinsert(type, "share", HOFFSET(buyer, share), H5T_NATIVE_FLOAT);
    H5Tinsert(type, "flag", HOFFSET(buyer, flag), H5T_NATIVE_INT8);
    H5Tinsert(type, "when", HOFFSET(buyer, when), when);
    H5Tinsert(type, "spaced", HOFFSET(buyer, spaced), spaced);
    H5Tinsert(type, "name", HOFFSET(buyer, name), name);
    H5Tclose(name);
    H5Tclose(when);
    H5Tclose(spaced);
    return type;
}

static void write_buyers(hid_t where, const char *path, const buyer *rows, hsize_t count) {
    hid_t type = buyer_type();
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t dataset = H5Dcreate2(where, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Tclose(type);
}

static const buyer buyers[] = {
    {1, 2.5, 0.25F, 1, "2011-12-10", "ab  ", "Anna \xc3\x96"},
    {2, NAN, 0.5F, 0, "", "    ", ""},
    {3, 4, 1, 1, "2011-12-11", "abcd", "Bob"},
};

static void a_compound_table_has_numbers_dates_and_strings(void **state) {
    scratch *s = *state;
    hid_t file = create(s);
    write_buyers(file, "t", buyers, 3);
    H5Fclose(file);
    s->request.infer_id = 1;
    read_again(s);
    assert_string_equal(s->err.message, "");
    assert_int_equal(s->result.has_id, 1);
    assert_string_equal(cell(s, "buyer_id", 2), "3");
    assert_true(number(s, "amount", 0) == 2.5 && number(s, "share", 0) == 0.25);
    assert_int_equal(column(s, "amount")->missing, 1);
    assert_int_equal(column(s, "flag")->type, BM_TYPE_INTEGER);
    assert_int_equal(column(s, "when")->type, BM_TYPE_DATE);
    assert_int_equal(column(s, "when")->when[0], 1323475200);
    assert_int_equal(column(s, "when")->missing, 1);
    assert_string_equal(cell(s, "spaced", 0), "ab");
    assert_string_equal(cell(s, "spaced", 2), "abcd");
    assert_string_equal(cell(s, "name", 0), "Anna \xc3\x96");
    assert_string_equal(cell(s, "name", 1), "");
}

static void faults_are_named_by_row(void **state) {
    scratch *s = *state;
    const bm_column_request wanted[] = {{.name = "amount", .want = BM_WANT_NUMBER, .required = 1},
                                        {.name = "name", .want = BM_WANT_NUMBER}};
    hid_t file = create(s);
    write_buyers(file, "t", buyers, 3);
    H5Fclose(file);
    s->request.column = wanted;
    s->request.columns = 1;
    read_again(s);
    assert_int_equal(s->status, BM_DATA);
    assert_begins(message(s), ": row 2: column \"amount\": missing value");
    s->request.columns = 2;
    s->request.max_bad_rows = 3;
    read_again(s);
    assert_int_equal(s->result.accounting.rejected, 3);
    assert_reject(s, 0, 1, 0, "name", "not a number", "Anna \xc3\x96");
}

static void one_of_several_tables_must_be_chosen(void **state) {
    scratch *s = *state;
    static const double x[] = {1, 2};
    hid_t file = create(s), group = H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    write_matrix(group, "x", H5T_NATIVE_DOUBLE, H5T_NATIVE_DOUBLE, x, 1, 2, 0);
    write_buyers(file, "t", buyers, 3);
    H5Lcreate_soft("/t", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/t", file, "external", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
    H5Fclose(file);
    read_again(s);
    assert_int_equal(s->status, BM_DATA);
    assert_begins(message(s), ": has 2 tables; choose one with --dataset: g/x, t");
    s->dialect.dataset = "/g/x";
    read_again(s);
    assert_int_equal(s->result.table.columns, 2);
    s->dialect.dataset = "t";
    read_again(s);
    assert_int_equal(s->result.table.columns, 7);
    static const struct {
        const char *name, *message;
    } refused[] = {{"soft", ": holds \"soft\" only as a link"},
                   {"external", ": holds \"external\" only as a link"},
                   {"nothing", ": has no dataset \"nothing\""},
                   {"g", ": has no dataset \"g\""},
                   {"g/x/y", ": has no dataset \"g/x/y\""}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        s->dialect.dataset = refused[i].name;
        read_again(s);
        assert_int_equal(s->status, BM_DATA);
        assert_begins(message(s), refused[i].message);
    }
}

static void write_dataset(const scratch *s, hid_t type, hid_t space, hid_t plan) {
    hid_t file = create(s);
    hid_t dataset = H5Dcreate2(file, "x", type, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(plan);
    H5Fclose(file);
}

static void what_leads_out_of_the_file_is_refused(void **state) {
    scratch *s = *state;
    static const char *const expected[] = {
        ": keeps its data in other files", ": takes its data from other datasets",
        ": says it has 2000000000000 values, more than its", ": is packed with nbit, which",
        ": is packed with scaleoffset, which"};
    hsize_t rows[2] = {4, 2}, chunk[2] = {4, 2}, huge[2] = {1000000000000u, 2};
    for (int kind = 0; kind < 5; kind++) {
        hid_t plan = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(2, rows, NULL);
        if (kind == 0) {
            H5Pset_external(plan, "/etc/passwd", 0, 64);
        } else if (kind == 1) {
            H5Pset_virtual(plan, space, "other.h5", "/x", space);
        } else if (kind == 2) {
            H5Sset_extent_simple(space, 2, huge, NULL);
            H5Pset_chunk(plan, 2, chunk);
        } else {
            H5Pset_chunk(plan, 2, chunk);
            if (kind == 3)
                H5Pset_nbit(plan);
            else
                H5Pset_scaleoffset(plan, H5Z_SO_INT, 0);
        }
        write_dataset(s, H5T_NATIVE_INT, space, plan);
        read_again(s);
        assert_int_equal(s->status, BM_DATA);
        assert_begins(message(s), expected[kind]);
    }
}

static void columns_of_types_that_are_not_read_are_named(void **state) {
    scratch *s = *state;
    static const char *const expected[] = {
        "several values a row, which are not read; write a column for each (pandas: to_hdf(",
        "references, which are not read; leave it out",
        "texts of variable length, which are not read; write texts of fixed length (h5py",
        "tables of their own",
        "opaque bytes",
        "lists of variable length",
        "integers of more than 8 bytes",
        "HDF5 times",
        "bit fields"};
    hsize_t three = 3;
    for (size_t kind = 0; kind < sizeof expected / sizeof expected[0]; kind++) {
        hid_t inner = H5Tcreate(H5T_COMPOUND, 8), wide = H5Tcopy(H5T_NATIVE_INT64);
        H5Tinsert(inner, "i", 0, H5T_NATIVE_INT64);
        H5Tset_size(wide, 16);
        const hid_t member[] = {H5Tarray_create2(H5T_NATIVE_DOUBLE, 1, &three),
                                H5Tcopy(H5T_STD_REF_OBJ),
                                text_type(H5T_VARIABLE, 0),
                                inner,
                                H5Tcreate(H5T_OPAQUE, 4),
                                H5Tvlen_create(H5T_NATIVE_INT),
                                wide,
                                H5Tcopy(H5T_UNIX_D64LE),
                                H5Tcopy(H5T_NATIVE_B16)};
        hid_t type = H5Tcreate(H5T_COMPOUND, H5Tget_size(member[kind]) + 8);
        H5Tinsert(type, "n", 0, H5T_NATIVE_INT64);
        H5Tinsert(type, "m", 8, member[kind]);
        write_dataset(s, type, H5Screate_simple(1, &three, NULL), H5Pcreate(H5P_DATASET_CREATE));
        read_again(s);
        assert_int_equal(s->status, BM_DATA);
        assert_begins(message(s), ": column \"m\" holds ");
        assert_begins(message(s) + strlen(": column \"m\" holds "), expected[kind]);
        for (size_t i = 0; i < sizeof member / sizeof member[0]; i++)
            H5Tclose(member[i]);
        H5Tclose(type);
    }
}

/* Also those that no machine has, and PyTables' booleans. */
static void numbers_of_unusual_types_keep_their_values(void **state) {
    scratch *s = *state;
    const hid_t float_type[] = {H5T_IEEE_F32BE, H5T_NATIVE_LDOUBLE, H5Tcopy(H5T_IEEE_F32LE)};
    const hid_t odd = H5Tcopy(H5T_STD_I32BE);
    static const double x[] = {0.5, -3, 1.25, 1024};
    static const int whole[] = {-200, 7, 511, -512};
    /* Half precision, as numpy's float16. */
    H5Tset_fields(float_type[2], 15, 10, 5, 0, 10);
    H5Tset_ebias(float_type[2], 15);
    H5Tset_precision(float_type[2], 16);
    H5Tset_size(float_type[2], 2);
    for (size_t kind = 0; kind < 3; kind++) {
        hid_t file = create(s);
        write_matrix(file, "x", float_type[kind], H5T_NATIVE_DOUBLE, x, 2, 2, 0);
        H5Fclose(file);
        read_again(s);
        assert_string_equal(s->err.message, "");
        assert_true(number(s, "c1", 0) == 0.5 && number(s, "c2", 1) == 1024);
        assert_true(number(s, "c2", 0) == -3 && number(s, "c1", 1) == 1.25);
    }
    H5Tset_precision(odd, 10);
    H5Tset_offset(odd, 5);
    hid_t file = create(s);
    write_matrix(file, "x", odd, H5T_NATIVE_INT, whole, 2, 2, 2);
    H5Fclose(file);
    read_again(s);
    assert_true(number(s, "c1", 0) == -200 && number(s, "c2", 1) == -512);
    static const uint8_t bits[] = {1, 0, 0, 1};
    file = create(s);
    write_matrix(file, "x", H5T_STD_B8LE, H5T_NATIVE_B8, bits, 2, 2, 0);
    H5Fclose(file);
    read_again(s);
    assert_string_equal(s->err.message, "");
    assert_int_equal(column(s, "c1")->type, BM_TYPE_INTEGER);
    assert_true(number(s, "c1", 0) == 1 && number(s, "c2", 0) == 0 && number(s, "c2", 1) == 1);
    H5Tclose(float_type[2]);
    H5Tclose(odd);
}

static void a_list_is_a_table_of_one_column_when_it_is_named(void **state) {
    scratch *s = *state;
    hsize_t three = 3;
    hid_t file = create(s), text = text_type(4, H5T_STR_NULLPAD);
    hid_t space = H5Screate_simple(1, &three, NULL);
    hid_t group = H5Gcreate2(file, "model", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t names = H5Dcreate2(group, "features", text, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t x = H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(names, text, H5S_ALL, H5S_ALL, H5P_DEFAULT, "a\0\0\0bcdeg\0\0");
    H5Dwrite(x, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, (const float[]){1, 2.5F, 3});
    H5Dclose(x);
    H5Dclose(names);
    H5Gclose(group);
    H5Sclose(space);
    H5Tclose(text);
    H5Fclose(file);
    read_again(s);
    assert_begins(message(s), ": has no table: neither");
    s->dialect.dataset = "/model/features";
    read_again(s);
    assert_string_equal(s->err.message, "");
    assert_int_equal(s->result.table.rows, 3);
    assert_string_equal(cell(s, "features", 1), "bcde");
    s->dialect.dataset = "x";
    read_again(s);
    assert_true(number(s, "x", 1) == 2.5);
}

static void cut_files_are_refused(void **state) {
    scratch *s = *state;
    hid_t file = create(s);
    write_buyers(file, "t", buyers, 3);
    H5Fclose(file);
    struct stat facts;
    assert_int_equal(stat(s->path, &facts), 0);
    for (off_t size = facts.st_size - 1; size > 8; size = size * 2 / 3) {
        assert_int_equal(truncate(s->path, size), 0);
        read_again(s);
        assert_int_equal(s->status, BM_DATA);
        assert_begins(message(s), ": is damaged");
    }
}

static void compressed_hdf5_is_read_from_memory(void **state) {
    scratch *s = *state;
    char command[400], path[160];
    hid_t file = create(s);
    write_buyers(file, "t", buyers, 3);
    H5Fclose(file);
    snprintf(path, sizeof path, "%s.gz", s->path);
    snprintf(command, sizeof command, "gzip -c '%s' > '%s'", s->path, path);
    assert_int_equal(system(command), 0);
    s->request.path = path;
    read_again(s);
    unlink(path);
    assert_string_equal(s->err.message, "");
    assert_int_equal(s->result.table.rows, 3);
}

static void write_attribute(hid_t object, const char *name, hid_t type, hsize_t count,
                            const void *value) {
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

static void what_a_file_says_of_itself_is_read(void **state) {
    scratch *s = *state;
    bm_hdf5_attributes attributes = {0};
    hid_t text = text_type(12, H5T_STR_NULLPAD), file = create(s);
    hid_t variable = text_type(H5T_VARIABLE, H5T_STR_NULLTERM);
    const char *longer = "a text of any length", *none = NULL;
    write_attribute(file, "format", text, 1, "buyermap\0\0\0\0");
    write_attribute(file, "full", text, 1, "twelve bytes");
    write_attribute(file, "longer", variable, 1, &longer);
    write_attribute(file, "none", variable, 1, &none);
    write_attribute(file, "k", H5T_NATIVE_INT8, 1, &(int8_t){-5});
    write_attribute(file, "ratio", H5T_NATIVE_DOUBLE, 1, &(double){0.5});
    write_attribute(file, "several", H5T_NATIVE_INT, 2, (const int[]){1, 2});
    H5Tclose(text);
    H5Tclose(variable);
    H5Fclose(file);
    assert_int_equal(bm_hdf5_read_attributes(s->path, &attributes, &s->err), BM_OK);
    assert_int_equal(attributes.count, 4);
    assert_string_equal(bm_hdf5_find_attribute(&attributes, "full")->text, "twelve bytes");
    assert_string_equal(bm_hdf5_find_attribute(&attributes, "longer")->text, longer);
    assert_string_equal(bm_hdf5_find_attribute(&attributes, "format")->text, "buyermap");
    assert_null(bm_hdf5_find_attribute(&attributes, "k")->text);
    assert_int_equal(bm_hdf5_find_attribute(&attributes, "k")->integer, -5);
    assert_null(bm_hdf5_find_attribute(&attributes, "ratio"));
    bm_hdf5_attributes_free(&attributes);
    write_bytes(s, "id,x\n", 5);
    assert_int_equal(bm_hdf5_read_attributes(s->path, &attributes, &s->err), BM_DATA);
    assert_begins(message(s), ": is damaged: HDF5 cannot open it");
    assert_int_equal(bm_hdf5_read_attributes("/nothing.h5", &attributes, NULL), BM_NOINPUT);
    assert_int_equal(bm_hdf5_read_attributes("/tmp", &attributes, NULL), BM_NOINPUT);
}

static int start(void **state) {
    (void)state;
    bm_input_start();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_matrix_has_columns_c1_to_cd),
        SCRATCH_TEST(integers_of_any_kind_come_out_in_decimal),
        SCRATCH_TEST(a_matrix_without_names_holds_no_ids),
        SCRATCH_TEST(a_matrix_is_named_by_attribute_or_by_a_dataset_beside_it),
        SCRATCH_TEST(a_compound_table_has_numbers_dates_and_strings),
        SCRATCH_TEST(faults_are_named_by_row),
        SCRATCH_TEST(one_of_several_tables_must_be_chosen),
        SCRATCH_TEST(what_leads_out_of_the_file_is_refused),
        SCRATCH_TEST(columns_of_types_that_are_not_read_are_named),
        SCRATCH_TEST(numbers_of_unusual_types_keep_their_values),
        SCRATCH_TEST(a_list_is_a_table_of_one_column_when_it_is_named),
        SCRATCH_TEST(what_a_file_says_of_itself_is_read),
        SCRATCH_TEST(cut_files_are_refused),
        SCRATCH_TEST(compressed_hdf5_is_read_from_memory),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
