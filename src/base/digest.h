/* sha256 of bytes that come piece by piece. The door to OpenSSL. */
#ifndef BM_BASE_DIGEST_H
#define BM_BASE_DIGEST_H

#include "buyermap/status.h"

#include <stddef.h>

#define BM_SHA256_TEXT 65

/* Zeroed holds nothing. */
typedef struct bm_digest {
    void *context; /* OpenSSL's */
} bm_digest;

/* BM_NOMEM; BM_INTERNAL where OpenSSL was built or set up without sha256. */
bm_status bm_digest_begin(bm_digest *digest, bm_error *err) BM_MUST_CHECK;
bm_status bm_digest_add(bm_digest *digest, const void *data, size_t bytes,
                        bm_error *err) BM_MUST_CHECK;
/* Lower-case hex of all that was added. */
bm_status bm_digest_finish(bm_digest *digest, char sha256[BM_SHA256_TEXT],
                           bm_error *err) BM_MUST_CHECK;
void bm_digest_free(bm_digest *digest);

/* "3.0.15" */
const char *bm_digest_version(void);

#endif
