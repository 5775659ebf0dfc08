#include "base/memory.h"
#include "output/exchange.h"
#include "output/file.h"
#include "output/folder.h"
#include "output/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_TRIES = 100 };

/* The path of DIR without slashes at its end, and without links, "." and ".." as its last part. */
static bm_status plain_path(const char *dir, const char *shown, char **path, bm_error *err) {
    struct stat info;
    bm_status status = bm_copy_string(path, dir, err);
    if (status != BM_OK)
        return status;
    size_t length = strlen(*path);
    if (length == 0)
        return bm_fail(err, BM_CANTCREATE, "--out is empty; give a directory");
    while (length > 1 && (*path)[length - 1] == '/')
        (*path)[--length] = '\0';
    const char *slash = strrchr(*path, '/');
    const char *last = slash != NULL ? slash + 1 : *path;
    int link = lstat(*path, &info) == 0 && S_ISLNK(info.st_mode);
    if (link || *last == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
        char *real = realpath(*path, NULL);
        if (real == NULL && link && errno == ENOENT)
            return bm_fail(err, BM_CANTCREATE, "\"%s\" is a link to something that does not exist",
                           shown);
        if (real == NULL)
            return bm_folder_failed("create", shown, errno, err);
        free(*path);
        *path = real;
    }
    if (strcmp(*path, "/") == 0)
        return bm_fail(err, BM_CANTCREATE,
                       "\"%s\" is the root directory, which cannot be replaced; give another --out",
                       shown);
    return BM_OK;
}

/* Splits the path into the open parent and the name in it. */
static bm_status open_parent(bm_publication *publication, char *path, bm_error *err) {
    char *slash = strrchr(path, '/');
    const char *parent = slash == NULL ? "." : slash == path ? "/" : path;
    bm_status status = bm_copy_string(&publication->name, slash != NULL ? slash + 1 : path, err);
    if (status != BM_OK)
        return status;
    if (slash != NULL && slash != path)
        *slash = '\0';
    publication->parent = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (publication->parent < 0 && errno == EACCES) /* enough for all but fsync */
        publication->parent = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (publication->parent >= 0)
        return BM_OK;
    if (errno == ENOENT)
        return bm_fail(err, BM_CANTCREATE,
                       "cannot create \"%s\": the directory it is to stand in does not exist; "
                       "create that first",
                       publication->target);
    if (errno == ENOTDIR)
        return bm_fail(err, BM_CANTCREATE,
                       "cannot create \"%s\": what it is to stand in is not a directory",
                       publication->target);
    return bm_folder_failed("create", publication->target, errno, err);
}

/* FNV-1a, for names that would be too long with ours around them. */
static uint64_t hash_name(const char *name) {
    uint64_t hash = 14695981039346656037u;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return hash;
}

static bm_status name_beside(char **out, const char *name, const char *what, bm_error *err) {
    if (strlen(name) + strlen(what) + 12 <= NAME_MAX)
        return bm_format(out, err, ".%s.buyermap.%s", name, what);
    return bm_format(out, err, ".%016llx.buyermap.%s", (unsigned long long)hash_name(name), what);
}

static bm_status choose_names(bm_publication *publication, bm_error *err) {
    bm_status status;
    free(publication->staging);
    free(publication->lock_path);
    publication->staging = publication->lock_path = NULL;
    if (publication->home == publication->folder) {
        BM_TRY(bm_copy_string(&publication->staging, BM_FOLDER_STAGING, err));
        BM_TRY(bm_copy_string(&publication->lock_path, BM_FOLDER_LOCK, err));
    } else {
        BM_TRY(name_beside(&publication->staging, publication->name, "staging", err));
        BM_TRY(name_beside(&publication->lock_path, publication->name, "lock", err));
    }
cleanup:
    return status;
}

/* A mount point can neither be renamed nor reached by a rename from beside it. */
static int is_mount_point(const bm_publication *publication) {
    struct stat folder, parent;
    struct statx more;
    if (fstat(publication->folder, &folder) != 0 || fstat(publication->parent, &parent) != 0)
        return 0;
    if (folder.st_dev != parent.st_dev)
        return 1;
    return statx(publication->folder, "", AT_EMPTY_PATH, 0, &more) == 0 &&
           (more.stx_attributes_mask & more.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static int is_working_directory(const bm_publication *publication) {
    struct stat folder, here;
    return fstat(publication->folder, &folder) == 0 && stat(".", &here) == 0 &&
           folder.st_dev == here.st_dev && folder.st_ino == here.st_ino;
}

static void choose_home(bm_publication *publication) {
    publication->home = publication->parent;
    if (publication->folder < 0)
        return;
    if (is_mount_point(publication))
        publication->home = publication->folder;
    publication->in_place =
        publication->home == publication->folder || is_working_directory(publication);
}

/* One attempt: BM_OK with lock -1 means try again, because the file was removed by its last owner
 * between open and flock. *code: errno when the file cannot be opened. */
static bm_status try_lock(bm_publication *publication, int *code, bm_error *err) {
    struct stat held, there;
    *code = 0;
    int fd = openat(publication->home, publication->lock_path,
                    O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) {
        *code = errno;
        return BM_OK;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int reason = errno;
        close(fd);
        if (reason == EINTR)
            return BM_OK;
        if (reason == EWOULDBLOCK)
            return bm_fail(err, BM_CANTCREATE,
                           "another buyermap run is writing \"%s\"; wait for it or give another "
                           "--out",
                           publication->target);
        return bm_folder_failed("lock", publication->target, reason, err);
    }
    if (fstat(fd, &held) == 0 &&
        fstatat(publication->home, publication->lock_path, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        held.st_ino == there.st_ino && held.st_dev == there.st_dev)
        publication->lock = fd;
    else
        close(fd);
    return BM_OK;
}

static bm_status take_lock(bm_publication *publication, bm_error *err) {
    bm_status status;
    int code = 0;
    BM_TRY(choose_names(publication, err));
    for (int i = 0; i < LOCK_TRIES && publication->lock < 0; i++) {
        BM_TRY(try_lock(publication, &code, err));
        if (code == 0)
            continue;
        int inside = publication->folder >= 0 && publication->home != publication->folder;
        if (!inside || (code != EACCES && code != EPERM && code != EROFS))
            return bm_folder_failed("create", publication->target, code, err);
        publication->home = publication->folder;
        publication->in_place = 1;
        BM_TRY(choose_names(publication, err));
    }
    if (publication->lock < 0)
        status = bm_fail(err, BM_CANTCREATE, "cannot lock \"%s\"; other runs keep taking the lock",
                         publication->target);
cleanup:
    return status;
}

static bm_status make_staging(bm_publication *publication, bm_error *err) {
    bm_status status;
    BM_TRY(bm_folder_clear(publication->home, publication->staging, err));
    if (mkdirat(publication->home, publication->staging, 0777) == 0)
        publication->stage = openat(publication->home, publication->staging,
                                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (publication->stage < 0)
        status = bm_folder_failed("create", publication->target, errno, err);
cleanup:
    return status;
}

bm_status bm_publication_open(bm_publication *publication, const char *dir, bm_error *err) {
    bm_status status;
    char *path = NULL;
    *publication =
        (bm_publication){.lock = -1, .parent = -1, .folder = -1, .home = -1, .stage = -1};
    BM_TRY(bm_file_shown(&publication->target, dir, err));
    BM_TRY(plain_path(dir, publication->target, &path, err));
    BM_TRY(open_parent(publication, path, err));
    BM_TRY(bm_publication_look(publication, err));
    choose_home(publication);
    BM_TRY(take_lock(publication, err));
    if (publication->home != publication->folder) /* DIR may have been exchanged before we had it */
        BM_TRY(bm_publication_look(publication, err));
    if (publication->folder >= 0) {
        BM_TRY(bm_commit_finish(publication->folder, publication->target, err));
        BM_TRY(bm_folder_check(publication->folder, publication->target, err));
    }
    status = make_staging(publication, err);
cleanup:
    free(path);
    if (status != BM_OK)
        bm_publication_close(publication);
    return status;
}

static void close_one(int fd) {
    if (fd >= 0)
        close(fd);
}

void bm_publication_close(bm_publication *publication) {
    bm_error ignored;
    if (publication->target == NULL)
        return;
    if (publication->stage >= 0 &&
        bm_folder_clear(publication->home, publication->staging, &ignored) != BM_OK)
        ignored.message[0] = '\0'; /* the next start clears it */
    if (publication->lock >= 0)
        unlinkat(publication->home, publication->lock_path, 0);
    close_one(publication->stage);
    close_one(publication->lock);
    close_one(publication->folder);
    close_one(publication->parent);
    free(publication->target);
    free(publication->name);
    free(publication->staging);
    free(publication->lock_path);
    *publication = (bm_publication){0};
}
