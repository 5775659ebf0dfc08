#include "output/folder.h"

#include "output/file.h"
#include "output/run_json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bm_status bm_folder_failed(const char *action, const char *shown, int code, bm_error *err) {
    if (code == ENOSPC || code == EDQUOT || code == EIO)
        return bm_file_failed(shown, action, code, err);
    return bm_fail(err, BM_CANTCREATE, "cannot %s \"%s\": %s", action, shown, strerror(code));
}

static int is_own_name(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, BM_FOLDER_LOCK) == 0 ||
           strcmp(name, BM_FOLDER_STAGING) == 0 || strcmp(name, BM_FOLDER_COMMIT) == 0;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bm_status bm_folder_list(int folder, const char *shown, bm_strings *names, bm_error *err) {
    bm_status status = BM_OK;
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = again >= 0 ? fdopendir(again) : NULL;
    if (directory == NULL) {
        status = bm_folder_failed("read the directory", shown, errno, err);
        if (again >= 0)
            close(again);
        return status;
    }
    errno = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL; errno = 0) {
        if (!is_own_name(entry->d_name))
            BM_TRY(bm_strings_add(names, entry->d_name, err));
    }
    if (errno != 0)
        status = bm_folder_failed("read the directory", shown, errno, err);
    if (names->count > 1)
        qsort(names->item, names->count, sizeof *names->item, by_name);
cleanup:
    closedir(directory);
    return status;
}

bm_status bm_folder_files(int folder, const char *run_json, bm_strings *files, bm_error *err) {
    int ours;
    int fd = openat(folder, run_json, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return BM_OK;
    bm_status status = bm_run_json_files(fd, files, &ours, err);
    close(fd);
    return status;
}

static int is_regular(int folder, const char *name) {
    struct stat info;
    return fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode);
}

bm_status bm_folder_check(int folder, const char *shown, bm_error *err) {
    bm_status status;
    bm_strings names = {0}, files = {0};
    BM_TRY(bm_folder_list(folder, shown, &names, err));
    BM_TRY(bm_folder_files(folder, BM_RUN_JSON, &files, err));
    for (size_t i = 0; i < names.count; i++) {
        if (bm_strings_contain(&files, names.item[i]) && is_regular(folder, names.item[i]))
            continue;
        status = bm_fail(err, BM_CANTCREATE,
                         "\"%s\" holds \"%s\", which buyermap did not write, and would be replaced "
                         "as a whole; give another --out or move it away",
                         shown, names.item[i]);
        break;
    }
cleanup:
    bm_strings_free(&names);
    bm_strings_free(&files);
    return status;
}

/* Only what buyermap can have put there: NAME.csv, result.h5, NAME.nwk, run.json,
 * previous.json. */
static int is_output_name(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot != NULL && (strcmp(dot, ".csv") == 0 || strcmp(dot, ".h5") == 0 ||
                           strcmp(dot, ".nwk") == 0 || strcmp(dot, ".json") == 0);
}

bm_status bm_folder_clear(int home, const char *staging, bm_error *err) {
    bm_status status;
    bm_strings names = {0};
    int folder = openat(home, staging, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0 && errno == ENOENT)
        return BM_OK;
    if (folder < 0) /* a link or a file in its place: only that goes, not what it points to */
        return unlinkat(home, staging, 0) == 0
                   ? BM_OK
                   : bm_folder_failed("clear the staging directory", staging, errno, err);
    BM_TRY(bm_folder_list(folder, staging, &names, err));
    for (size_t i = 0; i < names.count; i++) {
        if (is_output_name(names.item[i]))
            unlinkat(folder, names.item[i], 0);
    }
    if (unlinkat(home, staging, AT_REMOVEDIR) != 0 && errno != ENOENT)
        status = bm_fail(err, BM_CANTCREATE,
                         "cannot remove \"%s\", left by a run that was killed: %s; remove it by "
                         "hand",
                         staging, strerror(errno));
cleanup:
    bm_strings_free(&names);
    close(folder);
    return status;
}

bm_status bm_folder_sync(int folder, const char *shown, bm_error *err) {
    while (fsync(folder) != 0) {
        if (errno == EINVAL || errno == ENOTSUP || errno == EBADF || errno == EROFS)
            return BM_OK;
        if (errno != EINTR)
            return bm_file_failed(shown, "write", errno, err);
    }
    return BM_OK;
}
