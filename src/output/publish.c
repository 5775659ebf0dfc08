/* Writing a run's files and publishing them. */
#include "base/clock.h"
#include "base/memory.h"
#include "buyermap/segmentation.h"
#include "output/csv.h"
#include "output/exchange.h"
#include "output/file.h"
#include "output/folder.h"
#include "output/hdf5_results.h"
#include "output/newick.h"
#include "output/output.h"
#include "output/run_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct written {
    bm_output_file *file;
    size_t files, reserved;
} written;

static void free_written(written *list) {
    for (size_t i = 0; i < list->files; i++)
        free(list->file[i].name);
    free(list->file);
}

/* A staged file that is being written. */
typedef struct staged {
    int fd;
    char *shown; /* "DIR/NAME" as people know it */
    char *name;
} staged;

static bm_status begin(const bm_publication *publication, const char *name, const char *extension,
                       staged *file, bm_error *err) {
    bm_status status;
    *file = (staged){.fd = -1};
    if (strchr(name, '/') != NULL)
        return bm_fail(err, BM_INTERNAL, "\"%s\" cannot be the name of a file", name);
    BM_TRY(bm_format(&file->name, err, "%s%s", name, extension));
    BM_TRY(bm_format(&file->shown, err, "%s/%s", publication->target, file->name));
    file->fd = openat(publication->stage, file->name,
                      O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file->fd < 0)
        status = bm_folder_failed("create", file->shown, errno, err);
cleanup:
    return status;
}

/* Closes the file and, with a list, notes what is in it. */
static bm_status end(staged *file, size_t rows, written *list, bm_error *err) {
    bm_status status = BM_OK;
    bm_output_file entry = {.rows = rows};
    if (list != NULL) {
        BM_TRY(BM_GROW(&list->file, &list->reserved, list->files + 1, "the list of files", err));
        BM_TRY(bm_file_digest(file->fd, file->shown, &entry.bytes, entry.sha256, err));
        BM_TRY(bm_copy_string(&entry.name, file->name, err));
        list->file[list->files++] = entry;
    }
    status = bm_file_close(&file->fd, file->shown, err);
cleanup:
    return status;
}

static void drop(staged *file) {
    if (file->fd >= 0)
        close(file->fd);
    free(file->shown);
    free(file->name);
}

static bm_status write_csv(const bm_publication *publication, const bm_result *result,
                           written *list, bm_error *err) {
    bm_status status;
    staged file;
    BM_TRY(begin(publication, result->name, ".csv", &file, err));
    BM_TRY(bm_csv_writer_result(file.fd, file.shown, result, err));
    status = end(&file, result->rows, list, err);
cleanup:
    drop(&file);
    return status;
}

static bm_status write_hdf5(const bm_publication *publication, const bm_results *results,
                            written *list, bm_error *err) {
    bm_status status;
    staged file;
    size_t rows = 0;
    for (size_t i = 0; i < results->tables; i++)
        rows += results->table[i].rows;
    BM_TRY(begin(publication, "result", ".h5", &file, err));
    BM_TRY(bm_hdf5_results(file.fd, file.shown, results, err));
    status = end(&file, rows, list, err);
cleanup:
    drop(&file);
    return status;
}

static bm_status write_tree(const bm_publication *publication, const bm_result_tree *tree,
                            written *list, bm_error *err) {
    bm_status status;
    staged file;
    BM_TRY(begin(publication, tree->name, ".nwk", &file, err));
    BM_TRY(bm_newick_write(file.fd, file.shown, tree, err));
    status = end(&file, tree->tree->n, list, err);
cleanup:
    drop(&file);
    return status;
}

static bm_status write_run_json(const bm_publication *publication, const bm_provenance *provenance,
                                const written *list, bm_error *err) {
    bm_status status;
    char *text = NULL;
    staged file;
    BM_TRY(begin(publication, BM_RUN_JSON, "", &file, err));
    BM_TRY(bm_run_json(&text, provenance, list->file, list->files, err));
    BM_TRY(bm_file_write(file.fd, text, strlen(text), file.shown, err));
    status = end(&file, 0, NULL, err);
cleanup:
    free(text);
    drop(&file);
    return status;
}

static bm_status sync_one(const bm_publication *publication, const char *name, bm_error *err) {
    int fd = openat(publication->stage, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return bm_folder_failed("read back", name, errno, err);
    bm_status status = bm_file_sync(fd, name, err);
    bm_status closed = bm_file_close(&fd, name, err);
    return status != BM_OK ? status : closed;
}

/* All at the end, because the first of them makes the system write what all files hold: with dozens
 * of tables this is many times faster than one after the other. */
static bm_status sync_files(const bm_publication *publication, const written *list, bm_error *err) {
    bm_status status = sync_one(publication, BM_RUN_JSON, err);
    for (size_t i = 0; status == BM_OK && i < list->files; i++)
        status = sync_one(publication, list->file[i].name, err);
    return status;
}

bm_status bm_publish(bm_publication *publication, const bm_results *results,
                     bm_provenance *provenance, int csv, int hdf5, const bm_context *context,
                     bm_error *err) {
    bm_status status;
    written list = {0};
    double start = bm_seconds();
    bm_log *log = context != NULL ? context->log : NULL;
    int newick = results->tree.name != NULL;
    size_t steps = results->tables + (hdf5 ? 1 : 0) + (newick ? 1 : 0), done = 0;
    for (size_t i = 0; csv && i < results->tables; i++) {
        if (!results->table[i].only_hdf5)
            BM_TRY(write_csv(publication, &results->table[i], &list, err));
        bm_progress(log, "write", ++done, steps, "files");
    }
    if (newick) {
        BM_TRY(write_tree(publication, &results->tree, &list, err));
        bm_progress(log, "write", ++done, steps, "files");
    }
    if (hdf5) {
        BM_TRY(write_hdf5(publication, results, &list, err));
        bm_progress(log, "write", steps, steps, "files");
    }
    double seconds = bm_seconds() - start;
    provenance->seconds[BM_STAGE_WRITE] += seconds;
    provenance->seconds[BM_STAGE_TOTAL] += seconds;
    BM_TRY(write_run_json(publication, provenance, &list, err));
    BM_TRY(sync_files(publication, &list, err));
    status = bm_publication_commit(publication, context, err);
cleanup:
    free_written(&list);
    return status;
}
