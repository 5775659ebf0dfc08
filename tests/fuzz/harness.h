/* What the fuzzing harnesses share: a claim that ends the process, and input as a file. */
#ifndef BM_FUZZ_HARNESS_H
#define BM_FUZZ_HARNESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory and the path that opens it. */
static inline int fuzz_file(const char *name, char *path, size_t room) {
    int file = memfd_create(name, 0);
    REQUIRE(file >= 0);
    snprintf(path, room, "/proc/self/fd/%d", file);
    return file;
}

#endif
