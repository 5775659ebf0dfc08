#include "data/spool.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_ROWS = 1 << 14, MOST_AT_ONCE = 1 << 28 };

struct bm_spool {
    int file;
    const char *what; /* borrowed */
    char *folder;
    size_t columns;
};

static bm_status failed(const bm_spool *spool, const char *action, int code, bm_error *err) {
    int is_full = code == ENOSPC || code == EDQUOT;
    return bm_fail(err, BM_IO, "cannot %s %s in a file in \"%s\": %s%s", action, spool->what,
                   spool->folder, strerror(code),
                   is_full ? "; free some space, or give an --out elsewhere" : "");
}

/* The folder that the path is in. */
static bm_status folder_of(char **folder, const char *path, bm_error *err) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    while (end > 0 && path[end - 1] != '/')
        end--;
    return end > 0 ? bm_copy_text(folder, path, end, err) : bm_copy_string(folder, ".", err);
}

/* Where the system has no files without a name, the name is taken away at once. */
static int open_named(const char *folder) {
    char *name = NULL;
    int file = -1;
    if (bm_format(&name, NULL, "%s/.buyermap.spool.XXXXXX", folder) == BM_OK) {
        file = mkostemp(name, O_CLOEXEC);
        if (file >= 0)
            unlink(name);
    }
    free(name);
    return file;
}

bm_status bm_spool_open(bm_spool **spool, const char *path, const char *what, size_t columns,
                        bm_error *err) {
    bm_status status;
    bm_spool *made = NULL;
    *spool = NULL;
    BM_TRY(BM_NEW(&made, 1, what, err));
    *made = (bm_spool){.file = -1, .what = what, .columns = columns};
    BM_TRY(folder_of(&made->folder, path, err));
    made->file = open(made->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (made->file < 0)
        made->file = open_named(made->folder);
    if (made->file < 0)
        BM_TRY(failed(made, "keep", errno, err));
    *spool = made;
    return BM_OK;
cleanup:
    bm_spool_free(made);
    return status;
}

bm_status bm_spool_write(bm_spool *spool, uint64_t at, const void *data, size_t bytes,
                         bm_error *err) {
    const char *from = data;
    while (bytes > 0) {
        ssize_t put =
            pwrite(spool->file, from, bytes < MOST_AT_ONCE ? bytes : MOST_AT_ONCE, (off_t)at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return failed(spool, "keep", put < 0 ? errno : ENOSPC, err);
        from += put;
        at += (uint64_t)put;
        bytes -= (size_t)put;
    }
    return BM_OK;
}

bm_status bm_spool_read(const bm_spool *spool, uint64_t at, void *data, size_t bytes,
                        bm_error *err) {
    char *to = data;
    while (bytes > 0) {
        ssize_t got =
            pread(spool->file, to, bytes < MOST_AT_ONCE ? bytes : MOST_AT_ONCE, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return failed(spool, "read back", got < 0 ? errno : EIO, err);
        to += got;
        at += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return BM_OK;
}

/* Where a column's value in a row stands, and how many of the rows from there on follow it. */
static uint64_t place_of(const bm_spool *spool, size_t column, size_t row, size_t *follow) {
    size_t block = row / BLOCK_ROWS, within = row % BLOCK_ROWS;
    *follow = BLOCK_ROWS - within;
    return (((uint64_t)block * spool->columns + column) * BLOCK_ROWS + within) * sizeof(double);
}

bm_status bm_spool_put_column(bm_spool *spool, size_t column, size_t first, size_t count,
                              const double *value, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t done = 0, run; done < count && status == BM_OK; done += run) {
        uint64_t at = place_of(spool, column, first + done, &run);
        run = run < count - done ? run : count - done;
        status = bm_spool_write(spool, at, value + done, run * sizeof *value, err);
    }
    return status;
}

bm_status bm_spool_get_column(const bm_spool *spool, size_t column, size_t first, size_t count,
                              double *value, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t done = 0, run; done < count && status == BM_OK; done += run) {
        uint64_t at = place_of(spool, column, first + done, &run);
        run = run < count - done ? run : count - done;
        status = bm_spool_read(spool, at, value + done, run * sizeof *value, err);
    }
    return status;
}

void bm_spool_free(bm_spool *spool) {
    if (spool == NULL)
        return;
    if (spool->file >= 0)
        close(spool->file);
    free(spool->folder);
    free(spool);
}
