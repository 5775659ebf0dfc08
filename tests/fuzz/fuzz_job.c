/* Any bytes as a job file: it is loaded, or refused with a message; and what was loaded can be told
 * key by key. */
#include "harness.h"

#include "job/job.h"
#include "job/start.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST = 1 << 14 };

static int file = -1;
static char path[64];

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    file = fuzz_file("fuzz.yaml", path, sizeof path);
    bm_start();
    return 0;
}

static void tell_every_key(const bm_job *job) {
    for (size_t i = 0; i < bm_job_keys(); i++) {
        char *text = NULL;
        REQUIRE(bm_key_value(bm_job_key_at(i), job, &text, NULL) == BM_OK);
        free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bm_job job;
    bm_error err = {0};
    if (size > LONGEST)
        return -1;
    REQUIRE(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
    REQUIRE(bm_job_default(&job, &err) == BM_OK);
    bm_status status = bm_job_load(&job, path, &err);
    if (status == BM_OK) {
        tell_every_key(&job);
        status = bm_job_check(&job, &err);
    }
    if (status != BM_OK && status != BM_JOB)
        fprintf(stderr, "status %d: %s\n", (int)status, err.message);
    REQUIRE(status == BM_OK || status == BM_JOB);
    REQUIRE(status == BM_OK || (err.status == status && err.message[0] != '\0'));
    bm_job_free(&job);
    return 0;
}
