#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

static bm_status no_sha256(bm_error *err) {
    return bm_fail(err, BM_INTERNAL, "sha256 is not at hand in this OpenSSL");
}

bm_status bm_digest_begin(bm_digest *digest, bm_error *err) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    digest->context = context;
    if (context == NULL)
        return bm_fail(err, BM_NOMEM, "out of memory: sha256");
    return EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 ? BM_OK : no_sha256(err);
}

bm_status bm_digest_add(bm_digest *digest, const void *data, size_t bytes, bm_error *err) {
    return EVP_DigestUpdate(digest->context, data, bytes) == 1 ? BM_OK : no_sha256(err);
}

bm_status bm_digest_finish(bm_digest *digest, char sha256[BM_SHA256_TEXT], bm_error *err) {
    static const char hex[] = "0123456789abcdef";
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_DigestFinal_ex(digest->context, sum, &length) != 1 || length * 2 + 1 != BM_SHA256_TEXT)
        return no_sha256(err);
    for (unsigned i = 0; i < length; i++) {
        sha256[2 * i] = hex[sum[i] >> 4];
        sha256[2 * i + 1] = hex[sum[i] & 15];
    }
    sha256[2 * length] = '\0';
    return BM_OK;
}

void bm_digest_free(bm_digest *digest) {
    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
}

const char *bm_digest_version(void) {
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
