/* The attributes of an HDF5 file's root, read by a worker like everything else in it. */
#include "input/hdf5_attributes.h"
#include "input/hdf5_pipe.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bm_status open_regular(const char *path, int *file, uint64_t *size, bm_error *err) {
    struct stat facts;
    *file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*file < 0 || fstat(*file, &facts) != 0)
        return bm_fail(err, BM_NOINPUT, "%s: %s", path, strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return bm_fail(err, BM_NOINPUT, "%s: is not a file on disk", path);
    *size = (uint64_t)facts.st_size;
    return BM_OK;
}

static bm_status copy_text(bm_hdf5_pipe *pipe, char **copy, bm_error *err) {
    bm_text text;
    if (!bm_hdf5_take_text(pipe, &text))
        return bm_hdf5_damaged(pipe, err);
    if (!bm_utf8_valid(text) || memchr(text.data, '\0', text.length) != NULL)
        return bm_fail(err, BM_DATA, "%s: an attribute is not UTF-8", pipe->path);
    bm_status status = BM_NEW(copy, text.length + 1, "an attribute", err);
    if (status == BM_OK)
        memcpy(*copy, text.data, text.length);
    return status;
}

static bm_status take_attributes(bm_hdf5_pipe *pipe, bm_hdf5_attributes *attributes,
                                 bm_error *err) {
    bm_status status;
    bm_hdf5_message message;
    uint32_t count = 0;
    BM_TRY(bm_hdf5_receive(pipe, &message, err));
    if (message != BM_HDF5_ATTRIBUTES || !bm_hdf5_take(pipe, &count, sizeof count) ||
        count > pipe->left)
        BM_TRY(bm_hdf5_damaged(pipe, err));
    BM_TRY(BM_NEW(&attributes->item, (size_t)count + 1, "the attributes", err));
    for (; attributes->count < count; attributes->count++) {
        bm_hdf5_attribute *a = &attributes->item[attributes->count];
        uint8_t is_text = 0;
        status = copy_text(pipe, &a->name, err);
        if (status == BM_OK && !bm_hdf5_take(pipe, &is_text, 1))
            status = bm_hdf5_damaged(pipe, err);
        if (status == BM_OK && is_text)
            status = copy_text(pipe, &a->text, err);
        else if (status == BM_OK && !bm_hdf5_take(pipe, &a->integer, sizeof a->integer))
            status = bm_hdf5_damaged(pipe, err);
        if (status != BM_OK) {
            attributes->count++;
            goto cleanup;
        }
    }
cleanup:
    return status;
}

bm_status bm_hdf5_read_attributes(const char *path, bm_hdf5_attributes *attributes, bm_error *err) {
    bm_status status;
    bm_hdf5_pipe pipe = {.worker.in = -1, .path = path};
    uint64_t size = 0;
    int file = -1;
    BM_TRY(open_regular(path, &file, &size, err));
    BM_TRY(
        bm_hdf5_worker_start(&pipe.worker, file, size, BM_HDF5_ROOT_ATTRIBUTES, NULL, path, err));
    BM_TRY(take_attributes(&pipe, attributes, err));
cleanup:
    bm_hdf5_pipe_free(&pipe);
    if (file >= 0)
        close(file);
    if (status != BM_OK)
        bm_hdf5_attributes_free(attributes);
    return status;
}

const bm_hdf5_attribute *bm_hdf5_find_attribute(const bm_hdf5_attributes *attributes,
                                                const char *name) {
    for (size_t i = 0; i < attributes->count; i++) {
        if (strcmp(attributes->item[i].name, name) == 0)
            return &attributes->item[i];
    }
    return NULL;
}

void bm_hdf5_attributes_free(bm_hdf5_attributes *attributes) {
    for (size_t i = 0; i < attributes->count; i++) {
        free(attributes->item[i].name);
        free(attributes->item[i].text);
    }
    free(attributes->item);
    *attributes = (bm_hdf5_attributes){0};
}
