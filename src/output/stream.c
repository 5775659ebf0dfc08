#include "base/memory.h"
#include "output/csv.h"
#include "output/file.h"
#include "output/folder.h"
#include "output/hdf5_file.h"
#include "output/hdf5_table.h"
#include "output/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum kind { KIND_NONE, KIND_CSV, KIND_CSV_GZ, KIND_HDF5 } kind;

struct bm_stream {
    char *shown; /* the path as it was given */
    char *name;  /* the file's own name in `parent`; NULL when it is written to directly */
    char *temporary;
    int parent;
    int fd;
    bm_csv_writer *csv;
    bm_hdf5_file file;
    bm_hdf5_table *table;
};

static int ends_with(const char *path, const char *extension) {
    size_t length = strlen(path), tail = strlen(extension);
    return length > tail && strcmp(path + length - tail, extension) == 0;
}

static kind kind_of(const char *path) {
    if (ends_with(path, ".csv"))
        return KIND_CSV;
    if (ends_with(path, ".csv.gz"))
        return KIND_CSV_GZ;
    return ends_with(path, ".h5") ? KIND_HDF5 : KIND_NONE;
}

/* The descriptor that /dev/stdout, /dev/stderr or /dev/fd/N stands for, or -1. To open such a path
 * anew would write over what a redirection has put into the file already. */
static int descriptor_of(const char *path) {
    int number, length = 0;
    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    if (sscanf(path, "/dev/fd/%9d%n", &number, &length) == 1 && path[length] == '\0')
        return number;
    if (sscanf(path, "/proc/self/fd/%9d%n", &number, &length) == 1 && path[length] == '\0')
        return number;
    return -1;
}

/* Opens what is there and is no regular file; *direct is 0 when the path is to be staged. */
static bm_status open_direct(bm_stream *stream, const char *path, int *direct, bm_error *err) {
    struct stat info;
    int descriptor = descriptor_of(path);
    *direct = 1;
    if (descriptor >= 0) {
        stream->fd = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    } else if (stat(path, &info) != 0 || S_ISREG(info.st_mode)) {
        *direct = 0;
        return BM_OK;
    } else if (S_ISDIR(info.st_mode)) {
        return bm_fail(err, BM_CANTCREATE, "\"%s\" is a directory; give a file", stream->shown);
    } else {
        stream->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    }
    return stream->fd >= 0 ? BM_OK : bm_folder_failed("open", stream->shown, errno, err);
}

/* Splits the path, links resolved, into stream->parent and stream->name. */
static bm_status open_parent(bm_stream *stream, const char *path, bm_error *err) {
    bm_status status;
    char *real = realpath(path, NULL); /* NULL when the file is not there yet */
    char *copy = NULL;
    BM_TRY(bm_copy_string(&copy, real != NULL ? real : path, err));
    char *slash = strrchr(copy, '/');
    BM_TRY(bm_copy_string(&stream->name, slash != NULL ? slash + 1 : copy, err));
    if (slash != NULL)
        *slash = '\0';
    const char *parent = slash == NULL ? "." : slash == copy ? "/" : copy;
    stream->parent = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (stream->parent < 0 && errno == EACCES)
        stream->parent = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (stream->parent < 0 && errno == ENOENT)
        status = bm_fail(err, BM_CANTCREATE,
                         "cannot create \"%s\": the directory it is to stand in does not exist; "
                         "create that first",
                         stream->shown);
    else if (stream->parent < 0)
        status = bm_folder_failed("create", stream->shown, errno, err);
cleanup:
    free(real);
    free(copy);
    return status;
}

static bm_status name_temporary(bm_stream *stream, bm_error *err) {
    /* A name that is too long with ours around it keeps its head. */
    int most = NAME_MAX - (int)sizeof "..buyermap.staging";
    return bm_format(&stream->temporary, err, ".%.*s.buyermap.staging", most, stream->name);
}

/* The temporary file has a fixed name, so that what a killed run left is written over, and is
 * locked while it is written. */
static bm_status open_temporary(bm_stream *stream, bm_error *err) {
    struct stat held, there;
    bm_status status = name_temporary(stream, err);
    if (status != BM_OK)
        return status;
    stream->fd =
        openat(stream->parent, stream->temporary, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (stream->fd < 0)
        return bm_folder_failed("create", stream->shown, errno, err);
    int locked = flock(stream->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    if (!locked || fstat(stream->fd, &held) != 0 ||
        fstatat(stream->parent, stream->temporary, &there, AT_SYMLINK_NOFOLLOW) != 0 ||
        held.st_ino != there.st_ino) {
        free(stream->temporary); /* it is the other run's */
        stream->temporary = NULL;
        return bm_fail(err, BM_CANTCREATE,
                       "another buyermap run is writing \"%s\"; wait for it or give another --out",
                       stream->shown);
    }
    if (ftruncate(stream->fd, 0) != 0)
        return bm_folder_failed("create", stream->shown, errno, err);
    return BM_OK;
}

static bm_status open_writer(bm_stream *stream, kind what, const bm_hdf5_layout *layout,
                             bm_error *err) {
    if (what != KIND_HDF5)
        return bm_csv_writer_open(&stream->csv, stream->fd, stream->shown, what == KIND_CSV_GZ,
                                  layout->heading, layout->columns, err);
    bm_status status = bm_hdf5_create(&stream->file, stream->fd, stream->shown, err);
    return status == BM_OK ? bm_hdf5_table_open(&stream->table, &stream->file, layout, err)
                           : status;
}

bm_status bm_stream_open(bm_stream **stream, const char *path, const char *name,
                         const bm_heading *heading, const size_t *width, size_t columns,
                         bm_error *err) {
    bm_status status;
    bm_stream *new = NULL;
    int direct = 0;
    kind what = kind_of(path);
    bm_hdf5_layout layout = {name, NULL, heading, width, columns, SIZE_MAX};
    *stream = NULL;
    BM_TRY(BM_NEW(&new, 1, "output", err));
    new->parent = new->fd = -1;
    BM_TRY(bm_file_shown(&new->shown, path, err));
    BM_TRY(open_direct(new, path, &direct, err));
    if (direct && what == KIND_HDF5)
        status = bm_fail(err, BM_USAGE, "\"%s\" is no regular file; HDF5 needs one", new->shown);
    else if (!direct && what == KIND_NONE)
        status = bm_fail(err, BM_USAGE,
                         "\"%s\" does not say what to write; its name must end in .csv, .csv.gz or "
                         ".h5",
                         new->shown);
    BM_TRY(status);
    if (!direct) {
        BM_TRY(open_parent(new, path, err));
        BM_TRY(open_temporary(new, err));
    }
    BM_TRY(open_writer(new, what, &layout, err));
    *stream = new;
    return BM_OK;
cleanup:
    bm_stream_abort(new);
    return status;
}

bm_status bm_stream_write(bm_stream *stream, const void *const *block, size_t rows, bm_error *err) {
    return stream->csv != NULL ? bm_csv_writer_write(stream->csv, block, rows, err)
                               : bm_hdf5_table_write(stream->table, block, rows, err);
}

static bm_status finish_writer(bm_stream *stream, bm_error *err) {
    if (stream->csv != NULL)
        return bm_csv_writer_finish(stream->csv, err);
    bm_status status = bm_hdf5_table_finish(stream->table, err);
    return status == BM_OK ? bm_hdf5_finish(&stream->file, err) : status;
}

/* The rights of the file that is replaced, as far as ours allow. */
static void inherit_mode(const bm_stream *stream) {
    struct stat old;
    if (fstatat(stream->parent, stream->name, &old, 0) == 0)
        (void)fchmod(stream->fd, old.st_mode & 07777);
}

bm_status bm_stream_close(bm_stream *stream, bm_error *err) {
    bm_status status;
    BM_TRY(finish_writer(stream, err));
    BM_TRY(bm_file_sync(stream->fd, stream->shown, err));
    if (stream->temporary != NULL) {
        inherit_mode(stream);
        if (renameat(stream->parent, stream->temporary, stream->parent, stream->name) != 0) {
            status = bm_folder_failed("create", stream->shown, errno, err);
            goto cleanup;
        }
        free(stream->temporary); /* it has its name now */
        stream->temporary = NULL;
        BM_TRY(bm_folder_sync(stream->parent, stream->shown, err));
    }
    status = bm_file_close(&stream->fd, stream->shown, err);
cleanup:
    bm_stream_abort(stream);
    return status;
}

void bm_stream_abort(bm_stream *stream) {
    if (stream == NULL)
        return;
    bm_hdf5_table_free(stream->table);
    bm_hdf5_abandon(&stream->file);
    bm_csv_writer_free(stream->csv);
    if (stream->temporary != NULL)
        unlinkat(stream->parent, stream->temporary, 0);
    if (stream->fd >= 0)
        close(stream->fd);
    if (stream->parent >= 0)
        close(stream->parent);
    free(stream->temporary);
    free(stream->name);
    free(stream->shown);
    free(stream);
}
