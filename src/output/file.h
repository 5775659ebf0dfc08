/* Checked bytes into files: every write, sync and close is looked at. */
#ifndef BM_OUTPUT_FILE_H
#define BM_OUTPUT_FILE_H

#include "base/digest.h"
#include "buyermap/status.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A path as messages show it: of a very long one, the end. BM_NOMEM. */
bm_status bm_file_shown(char **shown, const char *path, bm_error *err) BM_MUST_CHECK;
/* "cannot write NAME: No space left on device (ENOSPC)" with what to do about it. code: an errno
 * value. BM_IO. */
bm_status bm_file_failed(const char *shown, const char *action, int code, bm_error *err);
/* Writes all of it, whatever the system takes at once. shown: the file's name in messages. */
bm_status bm_file_write(int fd, const void *data, size_t length, const char *shown,
                        bm_error *err) BM_MUST_CHECK;
/* fsync; what cannot be synced (a pipe, a terminal) is fine. */
bm_status bm_file_sync(int fd, const char *shown, bm_error *err) BM_MUST_CHECK;
/* close, checked. *fd becomes -1. */
bm_status bm_file_close(int *fd, const char *shown, bm_error *err) BM_MUST_CHECK;
/* Length and sha256 (lower-case hex) of what stands in the file. */
bm_status bm_file_digest(int fd, const char *shown, uint64_t *bytes, char sha256[BM_SHA256_TEXT],
                         bm_error *err) BM_MUST_CHECK;

#endif
