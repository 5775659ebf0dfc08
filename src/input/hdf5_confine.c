/* The limits under which HDF5 reads a file from outside. */
#include "input/hdf5_child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Sanitizers reserve an address space far beyond any limit. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIMITS_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define LIMITS_MEMORY 0
#endif
#endif
#ifndef LIMITS_MEMORY
#define LIMITS_MEMORY 1
#endif

/* What the library may take beside what the process already has. */
#define MEMORY ((size_t)2 << 30)

static void lower(int resource, rlim_t most) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) == 0 && limit.rlim_cur > most) {
        limit.rlim_cur = most;
        setrlimit((__rlimit_resource_t)resource, &limit);
    }
}

static void limit_memory(void) {
    /* The first number of statm is the size of the address space in pages. */
    char text[64] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, text, sizeof text - 1) : 0;
    if (file >= 0)
        close(file);
    unsigned long long pages = got > 0 ? strtoull(text, NULL, 10) : 0;
    if (pages > 0)
        lower(RLIMIT_AS, (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + MEMORY);
}

void bm_hdf5_confine(pid_t parent) {
    static const int deadly[] = {SIGPIPE, SIGALRM, SIGSEGV, SIGBUS, SIGFPE,
                                 SIGABRT, SIGILL,  SIGXCPU, SIGXFSZ};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
        signal(deadly[i], SIG_DFL);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    lower(RLIMIT_FSIZE, 0); /* it writes into its pipe and nowhere else */
    if (LIMITS_MEMORY)
        limit_memory();
}

void bm_hdf5_allow_time(uint64_t work) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CPU, &limit) == 0) {
        limit.rlim_cur = BM_HDF5_CPU_SECONDS + work / BM_HDF5_SLOWEST;
        if (limit.rlim_max != RLIM_INFINITY && limit.rlim_cur > limit.rlim_max)
            limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_CPU, &limit);
    }
    alarm(BM_HDF5_WALL_SECONDS);
}
