/* Where the workers that read HDF5 come from: a process that starts them, asked over a socket. */
#ifndef BM_INPUT_HDF5_SERVER_H
#define BM_INPUT_HDF5_SERVER_H

#include "buyermap/status.h"

#include <stdint.h>
#include <sys/types.h>

enum { BM_HDF5_LONGEST_PATH = 1024 }; /* of a dataset, with its NUL */

/* What a worker is to send. */
typedef enum bm_hdf5_wish {
    BM_HDF5_ONLY_TABLE,
    BM_HDF5_DATASET,
    BM_HDF5_ROOT_ATTRIBUTES
} bm_hdf5_wish;

/* What is asked of the server: a new worker, or the end of one. */
typedef struct bm_hdf5_request {
    int32_t ends;  /* 0: start a worker; else the process id of the one to end */
    int32_t tells; /* 1: the end is to be answered, too */
    int32_t wish;  /* bm_hdf5_wish */
    uint64_t size; /* of the file */
    char dataset[BM_HDF5_LONGEST_PATH]; /* cut when longer: no dataset has so long a name */
} bm_hdf5_request;                      /* with a start: the file, and where the worker writes */

typedef struct bm_hdf5_answer {
    int32_t worker; /* process id; -1: none could be started, or none is known by that number */
    int32_t code;   /* errno, or how the ended worker died, as wait(2) gives it */
} bm_hdf5_answer;

/* Serves the process `parent` until it ends or closes its side of the socket. */
_Noreturn void bm_hdf5_serve(int socket, pid_t parent);

/* A worker: what it writes comes out of `in`. Of no worker: {.in = -1}. */
typedef struct bm_hdf5_worker {
    pid_t process;
    int in;
} bm_hdf5_worker;

/* Starts the server unless it runs. Best called before there are threads and much memory: it is a
 * copy of the process as it is then. 0, or errno when it cannot be. */
int bm_hdf5_server_start(void);
/* Starts a worker that sends what is wished for of the file (hdf5_child.h). The file is a regular
 * one, and stays the caller's; dataset is for BM_HDF5_DATASET, path for messages. BM_NOMEM when
 * there can be no process, BM_IO, BM_INTERRUPTED. */
bm_status bm_hdf5_worker_start(bm_hdf5_worker *worker, int file, uint64_t size, bm_hdf5_wish wish,
                               const char *dataset, const char *path, bm_error *err) BM_MUST_CHECK;
/* Ends the worker, whatever it does. Gives 1 when it had taken too long and was ended for that;
 * `why` 0 spares the question. Safe on no worker. */
int bm_hdf5_worker_end(bm_hdf5_worker *worker, int why);

#endif
