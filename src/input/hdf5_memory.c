/* HDF5 that came through a pipe or was unpacked: put where the worker can open it. */
#include "input/reading.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Memory that is a file; where there is none, a file that has no name any more. */
static int create(void) {
    int file = memfd_create("buyermap-hdf5", MFD_CLOEXEC);
    if (file >= 0)
        return file;
    FILE *unnamed = tmpfile();
    if (unnamed == NULL)
        return -1;
    file = dup(fileno(unnamed));
    fclose(unnamed);
    return file;
}

bm_status bm_hdf5_file_of(const char *data, size_t size, const char *path, int *file,
                          bm_error *err) {
    *file = create();
    while (*file >= 0 && size > 0) {
        bm_status status = bm_check_interrupt(err);
        ssize_t count = 0;
        if (status == BM_OK)
            count = write(*file, data, size < (size_t)BM_READ_BLOCK ? size : (size_t)BM_READ_BLOCK);
        if (status != BM_OK || (count < 0 && errno != EINTR)) {
            int code = errno;
            close(*file);
            *file = -1;
            errno = code;
            if (status != BM_OK)
                return status;
        }
        if (count > 0) {
            data += count;
            size -= (size_t)count;
        }
    }
    if (*file < 0)
        return bm_fail(err, errno == ENOMEM ? BM_NOMEM : BM_IO,
                       "%s: cannot be kept while it is read: %s", path, strerror(errno));
    return BM_OK;
}
