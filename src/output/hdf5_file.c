#include "output/hdf5_file.h"

#include "base/memory.h"
#include "output/file.h"
#include "output/hdf5_driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static herr_t innermost(unsigned depth, const H5E_error2_t *entry, void *reason) {
    if (depth == 0)
        *(const char **)reason = entry->desc;
    return 0;
}

bm_status bm_hdf5_check(const bm_hdf5_file *file, bm_error *err) {
    return file->failed == 0 ? BM_OK : bm_file_failed(file->shown, "write", file->failed, err);
}

bm_status bm_hdf5_failed(const bm_hdf5_file *file, const char *what, bm_error *err) {
    const char *reason = "no reason given";
    if (file->failed != 0)
        return bm_hdf5_check(file, err);
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, (void *)&reason);
    bm_status status =
        bm_fail(err, BM_IO, "cannot write %s into \"%s\": HDF5: %s", what, file->shown, reason);
    H5Eclear2(H5E_DEFAULT);
    return status;
}

/* Files of the 1.8 format: smaller headers, checksums on metadata, read by every HDF5 since. */
static hid_t access_properties(bm_hdf5_file *file) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    bm_hdf5_sink sink = {.fd = file->fd, .failed = &file->failed, .end = &file->end};
    if (access >= 0 && (H5Pset_driver(access, file->driver, &sink) < 0 ||
                        H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_LATEST) < 0)) {
        H5Pclose(access);
        return -1;
    }
    return access;
}

bm_status bm_hdf5_create(bm_hdf5_file *file, int fd, const char *shown, bm_error *err) {
    bm_status status;
    hid_t access = -1, creation = -1;
    *file = (bm_hdf5_file){.file = -1, .driver = -1, .fd = fd};
    BM_TRY(bm_copy_string(&file->shown, shown, err));
    file->driver = bm_hdf5_driver();
    if (file->driver >= 0)
        access = access_properties(file);
    creation = H5Pcreate(H5P_FILE_CREATE);
    if (access >= 0 && creation >= 0 && H5Pset_obj_track_times(creation, 0) >= 0)
        file->file = H5Fcreate(shown, H5F_ACC_TRUNC, creation, access);
    if (file->file < 0)
        status = bm_hdf5_failed(file, "a new file", err);
cleanup:
    if (access >= 0)
        H5Pclose(access);
    if (creation >= 0)
        H5Pclose(creation);
    if (status != BM_OK)
        bm_hdf5_abandon(file);
    return status;
}

/* The file on disk must reach to where the library put its last byte. */
static bm_status check_length(const bm_hdf5_file *file, bm_error *err) {
    struct stat info;
    if (fstat(file->fd, &info) != 0)
        return bm_file_failed(file->shown, "write", errno, err);
    if ((haddr_t)info.st_size < file->end)
        return bm_fail(err, BM_IO, "cannot write \"%s\": the file is shorter than it should be",
                       file->shown);
    return BM_OK;
}

bm_status bm_hdf5_finish(bm_hdf5_file *file, bm_error *err) {
    bm_status status;
    if (H5Fflush(file->file, H5F_SCOPE_GLOBAL) < 0) {
        status = bm_hdf5_failed(file, "the last bytes", err);
        goto cleanup;
    }
    hid_t closing = file->file;
    file->file = -1;
    if (H5Fclose(closing) < 0) {
        status = bm_hdf5_failed(file, "the last bytes", err);
        goto cleanup;
    }
    BM_TRY(bm_hdf5_check(file, err));
    status = check_length(file, err);
cleanup:
    bm_hdf5_abandon(file);
    return status;
}

void bm_hdf5_abandon(bm_hdf5_file *file) {
    if (file->shown == NULL)
        return;
    if (file->file >= 0) {
        /* Nothing more needs to reach the disk. */
        file->failed = file->failed != 0 ? file->failed : ECANCELED;
        H5Fclose(file->file);
    }
    if (file->driver >= 0)
        H5FDunregister(file->driver);
    free(file->shown);
    *file = (bm_hdf5_file){0};
}

static bm_status write_attribute(const bm_hdf5_file *file, hid_t object, const char *name,
                                 hid_t stored, hid_t memory, const void *value, bm_error *err) {
    bm_status status = BM_OK;
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute =
        space < 0 ? -1 : H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, memory, value) < 0)
        status = bm_hdf5_failed(file, name, err);
    if (attribute >= 0 && H5Aclose(attribute) < 0 && status == BM_OK)
        status = bm_hdf5_failed(file, name, err);
    if (space >= 0)
        H5Sclose(space);
    return status;
}

bm_status bm_hdf5_text_attribute(const bm_hdf5_file *file, hid_t object, const char *name,
                                 const char *text, bm_error *err) {
    bm_status status;
    hid_t type = bm_hdf5_text_type(H5T_VARIABLE);
    if (type < 0)
        return bm_hdf5_failed(file, name, err);
    status = write_attribute(file, object, name, type, type, &text, err);
    H5Tclose(type);
    return status;
}

bm_status bm_hdf5_number_attribute(const bm_hdf5_file *file, hid_t object, const char *name,
                                   int64_t number, bm_error *err) {
    return write_attribute(file, object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &number, err);
}

hid_t bm_hdf5_text_type(size_t width) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0)
        return -1;
    if (H5Tset_size(type, width > 0 ? width : 1) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0 ||
        (width != H5T_VARIABLE && H5Tset_strpad(type, H5T_STR_NULLPAD) < 0)) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

hid_t bm_hdf5_dataset_properties(int rank, const hsize_t *chunk) {
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    if (properties < 0)
        return -1;
    if (H5Pset_chunk(properties, rank, chunk) < 0 || H5Pset_shuffle(properties) < 0 ||
        H5Pset_deflate(properties, BM_HDF5_DEFLATE) < 0 ||
        H5Pset_obj_track_times(properties, 0) < 0) {
        H5Pclose(properties);
        return -1;
    }
    return properties;
}

/* Makes the group of that path when it is not there; 0 on failure. */
static int make_group(hid_t file, const char *path, hid_t link) {
    htri_t there = H5Lexists(file, path, H5P_DEFAULT);
    if (there != 0)
        return there > 0;
    hid_t creation = H5Pcreate(H5P_GROUP_CREATE), group = -1;
    if (creation >= 0 && H5Pset_obj_track_times(creation, 0) >= 0)
        group = H5Gcreate2(file, path, link, creation, H5P_DEFAULT);
    if (creation >= 0)
        H5Pclose(creation);
    return group >= 0 && H5Gclose(group) >= 0;
}

static int make_groups(hid_t file, const char *path, hid_t link) {
    char *part = strdup(path);
    int made = part != NULL;
    for (char *slash = part; made && (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        made = *part == '\0' || make_group(file, part, link);
        *slash = '/';
    }
    free(part);
    return made;
}

hid_t bm_hdf5_dataset(const bm_hdf5_file *file, const char *path, hid_t type, hid_t space,
                      hid_t creation) {
    hid_t dataset = -1, link = H5Pcreate(H5P_LINK_CREATE);
    if (link >= 0 && H5Pset_char_encoding(link, H5T_CSET_UTF8) >= 0 &&
        make_groups(file->file, path, link))
        dataset = H5Dcreate2(file->file, path, type, space, link, creation, H5P_DEFAULT);
    if (link >= 0)
        H5Pclose(link);
    return dataset;
}
