#include "output/file.h"

#include "base/memory.h"
#include "buyermap/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIGEST_BLOCK = 1 << 20, MOST_AT_ONCE = 1 << 28, LONGEST_SHOWN = 400 };

bm_status bm_file_shown(char **shown, const char *path, bm_error *err) {
    size_t length = strlen(path);
    if (length <= LONGEST_SHOWN)
        return bm_copy_string(shown, path, err);
    bm_text hidden = bm_text_cut((bm_text){path, length}, length - LONGEST_SHOWN);
    return bm_format(shown, err, "…%s", path + hidden.length);
}

bm_status bm_file_failed(const char *shown, const char *action, int code, bm_error *err) {
    const char *advice = "";
    if (code == ENOSPC || code == EDQUOT)
        advice = "; free some space or write elsewhere";
    else if (code == EFBIG)
        advice = "; the file would exceed the largest size allowed here (see ulimit -f)";
    return bm_fail(err, BM_IO, "cannot %s \"%s\": %s%s", action, shown, strerror(code), advice);
}

bm_status bm_file_write(int fd, const void *data, size_t length, const char *shown, bm_error *err) {
    const char *at = data;
    while (length > 0) {
        ssize_t written = write(fd, at, length < MOST_AT_ONCE ? length : MOST_AT_ONCE);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return bm_file_failed(shown, "write", written < 0 ? errno : ENOSPC, err);
        at += written;
        length -= (size_t)written;
    }
    return BM_OK;
}

bm_status bm_file_sync(int fd, const char *shown, bm_error *err) {
    while (fsync(fd) != 0) {
        if (errno == EINVAL || errno == ENOTSUP || errno == EROFS)
            return BM_OK;
        if (errno != EINTR)
            return bm_file_failed(shown, "write", errno, err);
    }
    return BM_OK;
}

bm_status bm_file_close(int *fd, const char *shown, bm_error *err) {
    int closing = *fd;
    *fd = -1;
    /* Linux has released the descriptor even when close says EINTR. */
    if (close(closing) != 0 && errno != EINTR)
        return bm_file_failed(shown, "write", errno, err);
    return BM_OK;
}

bm_status bm_file_digest(int fd, const char *shown, uint64_t *bytes, char sha256[BM_SHA256_TEXT],
                         bm_error *err) {
    bm_digest digest = {0};
    unsigned char *block = NULL;
    bm_status status;
    *bytes = 0;
    BM_TRY(BM_NEW(&block, DIGEST_BLOCK, "sha256", err));
    BM_TRY(bm_digest_begin(&digest, err));
    for (;;) {
        ssize_t got = pread(fd, block, DIGEST_BLOCK, (off_t)*bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            BM_TRY(bm_file_failed(shown, "read back", errno, err));
        if (got == 0)
            break;
        BM_TRY(bm_digest_add(&digest, block, (size_t)got, err));
        *bytes += (uint64_t)got;
    }
    status = bm_digest_finish(&digest, sha256, err);
cleanup:
    free(block);
    bm_digest_free(&digest);
    return status;
}
