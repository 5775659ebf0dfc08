/* Any bytes as a job file: it is loaded, or refused with a message; and what was loaded can be told
 * key by key. */
#include "job/job.h"
#include "job/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { LONGEST = 1 << 14 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file = -1;
static char path[64];

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    file = memfd_create("fuzz.yaml", 0);
    REQUIRE(file >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
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
