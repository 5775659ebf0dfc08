/* What a worker says, as it comes through its pipe: nothing of it is believed. */
#include "input/hdf5_pipe.h"

#include "base/memory.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POLL_MILLISECONDS = 200 };

bm_status bm_hdf5_damaged(const bm_hdf5_pipe *pipe, bm_error *err) {
    return bm_fail(err, BM_DATA, "%s: is damaged (the HDF5 library failed on it)", pipe->path);
}

/* The worker ended before its work did. */
static bm_status worker_died(bm_hdf5_pipe *pipe, bm_error *err) {
    bm_status status = bm_check_interrupt(err);
    if (status != BM_OK)
        return status;
    if (bm_hdf5_worker_end(&pipe->worker, 1))
        return bm_fail(err, BM_DATA,
                       "%s: is damaged, or laid out so that the HDF5 library takes too long over "
                       "it (h5repack -f NONE -l CONTI lays it out anew)",
                       pipe->path);
    return bm_hdf5_damaged(pipe, err);
}

/* Waits for the worker without becoming deaf to interrupts. */
static bm_status receive_bytes(bm_hdf5_pipe *pipe, void *out, size_t size, bm_error *err) {
    char *at = out;
    while (size > 0) {
        struct pollfd wait = {.fd = pipe->worker.in, .events = POLLIN};
        bm_status status = bm_check_interrupt(err);
        if (status != BM_OK)
            return status;
        if (poll(&wait, 1, POLL_MILLISECONDS) <= 0)
            continue;
        ssize_t got = read(pipe->worker.in, at, size);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return worker_died(pipe, err);
        at += got;
        size -= (size_t)got;
    }
    return BM_OK;
}

bm_status bm_hdf5_receive(bm_hdf5_pipe *pipe, bm_hdf5_message *message, bm_error *err) {
    bm_status status;
    bm_hdf5_head head;
    BM_TRY(receive_bytes(pipe, &head, sizeof head, err));
    if (head.bytes > BM_HDF5_MOST_BYTES)
        return bm_hdf5_damaged(pipe, err);
    BM_TRY(BM_GROW(&pipe->block, &pipe->reserved, (size_t)head.bytes + 1, "a block of rows", err));
    BM_TRY(receive_bytes(pipe, pipe->block, head.bytes, err));
    pipe->left = head.bytes;
    pipe->at = pipe->block;
    *message = (bm_hdf5_message)head.message;
    if (*message == BM_HDF5_REFUSED) {
        pipe->block[head.bytes] = '\0';
        return bm_fail(err, BM_DATA, "%s: %s", pipe->path, pipe->block);
    }
cleanup:
    return status;
}

int bm_hdf5_take(bm_hdf5_pipe *pipe, void *out, size_t size) {
    if (pipe->left < size)
        return 0;
    memcpy(out, pipe->at, size);
    pipe->at += size;
    pipe->left -= size;
    return 1;
}

int bm_hdf5_take_text(bm_hdf5_pipe *pipe, bm_text *text) {
    uint32_t length;
    if (!bm_hdf5_take(pipe, &length, sizeof length) || length > pipe->left)
        return 0;
    *text = (bm_text){pipe->at, length};
    pipe->at += length;
    pipe->left -= length;
    return 1;
}

void bm_hdf5_pipe_free(bm_hdf5_pipe *pipe) {
    bm_hdf5_worker_end(&pipe->worker, 0);
    free(pipe->block);
    *pipe = (bm_hdf5_pipe){.worker.in = -1};
}
