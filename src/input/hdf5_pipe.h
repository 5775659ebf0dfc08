/* The program's end of the pipe from a worker. */
#ifndef BM_INPUT_HDF5_PIPE_H
#define BM_INPUT_HDF5_PIPE_H

#include "input/hdf5_child.h"
#include "input/hdf5_server.h"

typedef struct bm_hdf5_pipe {
    bm_hdf5_worker worker;
    const char *path; /* of the file; borrowed, for messages */
    char *block;      /* the message that came last */
    size_t reserved;
    const char *at; /* what is next in it */
    size_t left;    /* bytes from there */
} bm_hdf5_pipe;

/* BM_DATA: the file is damaged. */
bm_status bm_hdf5_damaged(const bm_hdf5_pipe *pipe, bm_error *err);
/* The next message. BM_DATA when it is a refusal or the worker died; BM_INTERRUPTED, BM_NOMEM. */
bm_status bm_hdf5_receive(bm_hdf5_pipe *pipe, bm_hdf5_message *message,
                          bm_error *err) BM_MUST_CHECK;
/* The next bytes of the message, or a text that is borrowed from it; 0 when it has no more. */
int bm_hdf5_take(bm_hdf5_pipe *pipe, void *out, size_t size);
int bm_hdf5_take_text(bm_hdf5_pipe *pipe, bm_text *text);
/* Ends the worker, too. */
void bm_hdf5_pipe_free(bm_hdf5_pipe *pipe);

#endif
