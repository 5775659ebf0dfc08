#include "output/file.h"

#include "base/memory.h"
#include "buyermap/text.h"

#include <errno.h>
#include <openssl/evp.h>
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

static bm_status digest_bytes(EVP_MD_CTX *digest, int fd, unsigned char *block, const char *shown,
                              uint64_t *bytes, bm_error *err) {
    uint64_t at = 0;
    for (;;) {
        ssize_t got = pread(fd, block, DIGEST_BLOCK, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return bm_file_failed(shown, "read back", errno, err);
        if (got == 0)
            break;
        if (EVP_DigestUpdate(digest, block, (size_t)got) != 1)
            return bm_fail(err, BM_INTERNAL, "sha256 of \"%s\" failed", shown);
        at += (uint64_t)got;
    }
    *bytes = at;
    return BM_OK;
}

bm_status bm_file_digest(int fd, const char *shown, uint64_t *bytes, char sha256[BM_SHA256_TEXT],
                         bm_error *err) {
    static const char hex[] = "0123456789abcdef";
    bm_status status;
    unsigned char *block = NULL;
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    if (digest == NULL)
        return bm_fail(err, BM_NOMEM, "out of memory: sha256 of \"%s\"", shown);
    BM_TRY(BM_NEW(&block, DIGEST_BLOCK, "sha256", err));
    if (EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) {
        status = bm_fail(err, BM_INTERNAL, "sha256 is not available");
        goto cleanup;
    }
    BM_TRY(digest_bytes(digest, fd, block, shown, bytes, err));
    if (EVP_DigestFinal_ex(digest, sum, &length) != 1 || length * 2 + 1 != BM_SHA256_TEXT) {
        status = bm_fail(err, BM_INTERNAL, "sha256 of \"%s\" failed", shown);
        goto cleanup;
    }
    for (unsigned i = 0; i < length; i++) {
        sha256[2 * i] = hex[sum[i] >> 4];
        sha256[2 * i + 1] = hex[sum[i] & 15];
    }
    sha256[2 * length] = '\0';
cleanup:
    free(block);
    EVP_MD_CTX_free(digest);
    return status;
}
