/* The file of a checkpoint. "buyermap checkpoint 1\n"; version of the tool (32 bytes), sha256 of
 * the inputs and of the settings (64 each); the state of k-means; sha256 of all that (64). It is
 * written beside itself, synced and renamed, so that there always is a whole one. */
#include "job/checkpoint.h"

#include "base/memory.h"
#include "output/file.h"
#include "output/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIND "buyermap checkpoint "
#define MAGIC KIND "1\n"

enum {
    KIND_LENGTH = sizeof KIND - 1,
    SHA256 = BM_SHA256_TEXT - 1,
    VERSION = 32,
    AT_VERSION = sizeof MAGIC - 1,
    AT_INPUTS = AT_VERSION + VERSION,
    AT_SETTINGS = AT_INPUTS + SHA256,
    AT_STATE = AT_SETTINGS + SHA256,
};

static bm_status refuse(const bm_run_checkpoint *checkpoint, const char *what, bm_error *err) {
    return bm_fail(err, BM_DATA, "\"%s\" is %s; remove it, or run without --resume to begin anew",
                   checkpoint->shown, what);
}

static bm_status read_all(bm_run_checkpoint *checkpoint, int fd, bm_error *err) {
    for (size_t got = 0; got < checkpoint->length;) {
        ssize_t more = read(fd, checkpoint->bytes + got, checkpoint->length - got);
        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            return bm_file_failed(checkpoint->shown, "read", more < 0 ? errno : EIO, err);
        got += (size_t)more;
    }
    return BM_OK;
}

static bm_status check_sum(const bm_run_checkpoint *checkpoint, bm_error *err) {
    bm_digest digest = {0};
    char sha256[BM_SHA256_TEXT];
    size_t covered = checkpoint->length - SHA256;
    bm_status status;
    BM_TRY(bm_digest_begin(&digest, err));
    BM_TRY(bm_digest_add(&digest, checkpoint->bytes, covered, err));
    BM_TRY(bm_digest_finish(&digest, sha256, err));
    if (memcmp(sha256, checkpoint->bytes + covered, SHA256) != 0)
        status = refuse(checkpoint, "a damaged checkpoint", err);
cleanup:
    bm_digest_free(&digest);
    return status;
}

/* The file that is there, whole. */
static bm_status load(bm_run_checkpoint *checkpoint, int fd, size_t length,
                      const bm_context *context, bm_error *err) {
    bm_status status;
    checkpoint->length = length;
    BM_TRY(bm_require_memory(context, length, "the checkpoint", err));
    BM_TRY(BM_NEW(&checkpoint->bytes, length, "the checkpoint", err));
    BM_TRY(read_all(checkpoint, fd, err));
    if (memcmp(checkpoint->bytes, MAGIC, AT_VERSION) != 0)
        BM_TRY(refuse(checkpoint, "a checkpoint of another version of buyermap", err));
    BM_TRY(check_sum(checkpoint, err));
    bm_info(checkpoint->log, "k-means goes on from \"%s\"", checkpoint->shown);
cleanup:
    return status;
}

/* What stands where the checkpoint goes is read when the run resumes; and nothing but a checkpoint
 * is ever written over. */
static bm_status look(bm_run_checkpoint *checkpoint, int resumes, const bm_context *context,
                      bm_error *err) {
    struct stat info;
    char kind[KIND_LENGTH];
    bm_status status = BM_OK;
    int fd = openat(checkpoint->place->parent, checkpoint->name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        if (resumes)
            bm_info(checkpoint->log, "there is no checkpoint \"%s\": k-means begins anew",
                    checkpoint->shown);
        return BM_OK;
    }
    if (fd < 0 && errno != ELOOP)
        return bm_folder_failed("read", checkpoint->shown, errno, err);
    int is_one = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
                 pread(fd, kind, KIND_LENGTH, 0) == KIND_LENGTH &&
                 memcmp(kind, KIND, KIND_LENGTH) == 0;
    if (!is_one && !resumes)
        status =
            bm_fail(err, BM_CANTCREATE,
                    "\"%s\" is there and is no checkpoint; move it away, or give another --out",
                    checkpoint->shown);
    else if (!is_one || (resumes && info.st_size < AT_STATE + SHA256))
        status = refuse(checkpoint, is_one ? "a damaged checkpoint" : "no checkpoint", err);
    else if (resumes)
        status = load(checkpoint, fd, (size_t)info.st_size, context, err);
    if (fd >= 0)
        close(fd);
    return status;
}

static bm_status open_staged(const bm_run_checkpoint *checkpoint, int *fd, bm_error *err) {
    *fd = openat(checkpoint->place->parent, checkpoint->staged,
                 O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    return *fd >= 0 ? BM_OK : bm_folder_failed("create", checkpoint->shown, errno, err);
}

static void remove_staged(const bm_run_checkpoint *checkpoint) {
    unlinkat(checkpoint->place->parent, checkpoint->staged, 0);
}

bm_status bm_checkpoint_open(bm_run_checkpoint *checkpoint, const bm_job *job,
                             const bm_publication *place, const bm_context *context,
                             bm_error *err) {
    int fd, keeps = job->cluster.checkpoint > 0;
    bm_status status = BM_OK;
    *checkpoint = (bm_run_checkpoint){0};
    if (!keeps && !job->cluster.resume)
        return BM_OK;
    checkpoint->place = place;
    checkpoint->log = context->log;
    checkpoint->wish.seconds = job->cluster.checkpoint;
    BM_TRY(bm_format(&checkpoint->name, err, "%s.checkpoint", place->name));
    BM_TRY(bm_format(&checkpoint->staged, err, ".%s.buyermap.checkpoint", place->name));
    BM_TRY(bm_format(&checkpoint->shown, err, "%s.checkpoint", place->target));
    BM_TRY(look(checkpoint, job->cluster.resume, context, err));
    if (!keeps)
        return BM_OK;
    BM_TRY(open_staged(checkpoint, &fd, err));
    close(fd);
    remove_staged(checkpoint);
cleanup:
    if (status != BM_OK)
        bm_checkpoint_free(checkpoint);
    return status;
}

/* Keys that say where things are and what is done with them, not what comes out. Inputs count by
 * what they hold. */
static int is_neutral(const char *key) {
    static const char *const neutral[] = {"job",
                                          "inputs.buyers.path",
                                          "inputs.orders.path",
                                          "cluster.checkpoint",
                                          "output.dir",
                                          "output.csv",
                                          "output.hdf5",
                                          "cluster.resume",
                                          "output.dendrogram"};
    for (size_t i = 0; i < sizeof neutral / sizeof neutral[0]; i++)
        if (strcmp(key, neutral[i]) == 0)
            return 1;
    return 0;
}

/* A text with its end, so that what comes one after the other stays apart. */
static bm_status add_text(bm_digest *digest, const char *text, bm_error *err) {
    return bm_digest_add(digest, text, strlen(text) + 1, err);
}

static bm_status sum_inputs(const bm_provenance *provenance, char sha256[BM_SHA256_TEXT],
                            bm_error *err) {
    bm_digest digest = {0};
    bm_status status;
    BM_TRY(bm_digest_begin(&digest, err));
    for (size_t i = 0; i < provenance->inputs; i++) {
        BM_TRY(add_text(&digest, provenance->input[i].role, err));
        BM_TRY(add_text(&digest, provenance->input[i].sha256, err));
    }
    status = bm_digest_finish(&digest, sha256, err);
cleanup:
    bm_digest_free(&digest);
    return status;
}

static bm_status add_setting(bm_digest *digest, const bm_setting *setting, bm_error *err) {
    bm_status status;
    BM_TRY(add_text(digest, setting->key, err));
    if (setting->value != NULL)
        return add_text(digest, setting->value, err);
    for (size_t i = 0; i < setting->items.count; i++)
        BM_TRY(add_text(digest, setting->items.item[i], err));
    status = bm_digest_add(digest, "\n", 2, err);
cleanup:
    return status;
}

/* Centroids to start from come in a file of their own: they count as settings. */
static bm_status sum_settings(const bm_provenance *provenance, size_t d,
                              const bm_cluster_options *options, char sha256[BM_SHA256_TEXT],
                              bm_error *err) {
    bm_digest digest = {0};
    bm_status status;
    BM_TRY(bm_digest_begin(&digest, err));
    for (size_t i = 0; i < provenance->settings; i++)
        if (!is_neutral(provenance->setting[i].key))
            BM_TRY(add_setting(&digest, &provenance->setting[i], err));
    if (options->init != NULL)
        BM_TRY(
            bm_digest_add(&digest, options->init, options->k_low * d * sizeof *options->init, err));
    status = bm_digest_finish(&digest, sha256, err);
cleanup:
    bm_digest_free(&digest);
    return status;
}

static void fill_header(const bm_run_checkpoint *checkpoint, unsigned char header[AT_STATE]) {
    char version[VERSION] = {0};
    snprintf(version, sizeof version, "%s", BM_VERSION);
    memcpy(header, MAGIC, AT_VERSION);
    memcpy(header + AT_VERSION, version, VERSION);
    memcpy(header + AT_INPUTS, checkpoint->inputs, SHA256);
    memcpy(header + AT_SETTINGS, checkpoint->settings, SHA256);
}

static bm_status write_parts(const bm_run_checkpoint *checkpoint, int fd, const void *state,
                             size_t bytes, bm_error *err) {
    bm_digest digest = {0};
    unsigned char header[AT_STATE];
    char sha256[BM_SHA256_TEXT];
    bm_status status;
    fill_header(checkpoint, header);
    BM_TRY(bm_digest_begin(&digest, err));
    BM_TRY(bm_digest_add(&digest, header, sizeof header, err));
    BM_TRY(bm_digest_add(&digest, state, bytes, err));
    BM_TRY(bm_digest_finish(&digest, sha256, err));
    BM_TRY(bm_file_write(fd, header, sizeof header, checkpoint->shown, err));
    BM_TRY(bm_file_write(fd, state, bytes, checkpoint->shown, err));
    BM_TRY(bm_file_write(fd, sha256, SHA256, checkpoint->shown, err));
    status = bm_file_sync(fd, checkpoint->shown, err);
cleanup:
    bm_digest_free(&digest);
    return status;
}

static bm_status write_file(const bm_run_checkpoint *checkpoint, const void *state, size_t bytes,
                            bm_error *err) {
    int fd = -1, parent = checkpoint->place->parent;
    bm_status status;
    BM_TRY(open_staged(checkpoint, &fd, err));
    BM_TRY(write_parts(checkpoint, fd, state, bytes, err));
    BM_TRY(bm_file_close(&fd, checkpoint->shown, err));
    if (renameat(parent, checkpoint->staged, parent, checkpoint->name) != 0)
        BM_TRY(bm_folder_failed("replace", checkpoint->shown, errno, err));
    status = bm_folder_sync(parent, checkpoint->shown, err);
cleanup:
    if (fd >= 0)
        close(fd);
    if (status != BM_OK)
        remove_staged(checkpoint);
    return status;
}

/* A checkpoint that cannot be written does not end the run that it is to save. */
static bm_status keep(void *arg, const void *state, size_t bytes, bm_error *err) {
    bm_run_checkpoint *checkpoint = arg;
    bm_error why = {0};
    (void)err;
    int was_failing = checkpoint->is_failing;
    checkpoint->is_failing = write_file(checkpoint, state, bytes, &why) != BM_OK;
    if (checkpoint->is_failing && !was_failing)
        bm_warn(checkpoint->log, "no checkpoint: %s; the run goes on without", why.message);
    return BM_OK;
}

bm_status bm_checkpoint_match(bm_run_checkpoint *checkpoint, const bm_provenance *provenance,
                              size_t d, bm_cluster_options *options, bm_error *err) {
    unsigned char header[AT_STATE];
    const unsigned char *bytes = checkpoint->bytes;
    bm_status status;
    if (checkpoint->place == NULL)
        return BM_OK;
    BM_TRY(sum_inputs(provenance, checkpoint->inputs, err));
    BM_TRY(sum_settings(provenance, d, options, checkpoint->settings, err));
    checkpoint->wish.keep = keep;
    checkpoint->wish.arg = checkpoint;
    options->checkpoint = &checkpoint->wish;
    if (bytes == NULL)
        return BM_OK;
    fill_header(checkpoint, header);
    if (memcmp(bytes + AT_VERSION, header + AT_VERSION, VERSION) != 0)
        return refuse(checkpoint, "a checkpoint of another version of buyermap", err);
    if (memcmp(bytes + AT_INPUTS, header + AT_INPUTS, SHA256) != 0)
        return refuse(checkpoint, "a checkpoint of other inputs", err);
    if (memcmp(bytes + AT_SETTINGS, header + AT_SETTINGS, SHA256) != 0)
        return refuse(checkpoint, "a checkpoint of a run with other settings", err);
    checkpoint->wish.state = bytes + AT_STATE;
    checkpoint->wish.bytes = checkpoint->length - AT_STATE - SHA256;
cleanup:
    return status;
}

void bm_checkpoint_remove(bm_run_checkpoint *checkpoint) {
    if (checkpoint->place == NULL)
        return;
    if (unlinkat(checkpoint->place->parent, checkpoint->name, 0) != 0 && errno != ENOENT)
        bm_warn(checkpoint->log, "cannot remove \"%s\": %s", checkpoint->shown, strerror(errno));
}

void bm_checkpoint_free(bm_run_checkpoint *checkpoint) {
    free(checkpoint->name);
    free(checkpoint->staged);
    free(checkpoint->shown);
    free(checkpoint->bytes);
    *checkpoint = (bm_run_checkpoint){0};
}
