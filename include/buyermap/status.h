/* What a fallible function returns, and the message that goes with it. */
#ifndef BUYERMAP_STATUS_H
#define BUYERMAP_STATUS_H

/* The kinds of failure. bm_exit_code() maps each to its exit code (sysexits, see README). */
typedef enum bm_status {
    BM_OK = 0,
    BM_USAGE,       /* 64: the command line is wrong */
    BM_DATA,        /* 65: malformed or inconsistent input data */
    BM_NOINPUT,     /* 66: an input is missing, unreadable or a directory */
    BM_DEGENERATE,  /* 69: valid input with nothing in it to cluster */
    BM_INTERNAL,    /* 70: a defect of buyermap */
    BM_NOMEM,       /* 71: the system gave no memory */
    BM_LIMIT,       /* 71: the work would not fit --memory-limit */
    BM_CANTCREATE,  /* 73: the output cannot be created */
    BM_IO,          /* 74: reading or writing failed on the way */
    BM_JOB,         /* 78: the job file is wrong */
    BM_SKIPPED,     /* 99: nothing to do */
    BM_INTERRUPTED, /* 130: SIGINT */
    BM_TERMINATED,  /* 143: SIGTERM */
} bm_status;

/* One message, on the caller's stack. Every function takes it last and accepts NULL. */
typedef struct bm_error {
    bm_status status;
    char message[1024];
} bm_error;

/* Marks the return value of a fallible function as one that must be looked at. */
#define BM_MUST_CHECK __attribute__((warn_unused_result))

/* Fills err (when not NULL) and returns status, so that a failing function can end in
 * `return bm_fail(err, BM_DATA, "…", …)`. A message too long for bm_error is cut. */
bm_status bm_fail(bm_error *err, bm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The process exit code of a status. */
int bm_exit_code(bm_status status);

/* Leaves the function through its one `cleanup:` label when a call fails; the function keeps its
 * result in a local `bm_status status`. */
#define BM_TRY(call)                                                                               \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != BM_OK)                                                                       \
            goto cleanup;                                                                          \
    } while (0)

#endif
