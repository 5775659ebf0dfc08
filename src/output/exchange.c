/* How DIR is replaced.
 *
 * Mostly by one system call, renameat2: RENAME_EXCHANGE swaps DIR and the staging directory, so at
 * any moment DIR is the old results or the new ones; the old ones, now in staging, are removed.
 *
 * Some directories cannot be exchanged (mount points, lower layers of an overlay, file systems
 * without the call, the working directory, which would vanish under the user's shell). There the
 * staging directory is renamed to DIR/.buyermap.commit, which is the point of no return: from then
 * on the old run.json is moved out of DIR, the new files are renamed into it one by one, files that
 * only the old run had are removed, and run.json comes last. Every step can be repeated, so a run
 * that was killed in between is finished by the next one. */
#include "output/exchange.h"

#include "output/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREVIOUS_JSON "previous.json"

bm_status bm_publication_look(bm_publication *publication, bm_error *err) {
    if (publication->folder >= 0)
        close(publication->folder);
    publication->folder = openat(publication->parent, publication->name,
                                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (publication->folder >= 0 || errno == ENOENT)
        return BM_OK;
    if (errno == ENOTDIR || errno == ELOOP)
        return bm_fail(err, BM_CANTCREATE,
                       "\"%s\" is there and is not a directory; give another --out",
                       publication->target);
    return bm_folder_failed("open the directory", publication->target, errno, err);
}

static int exists(int folder, const char *name) {
    return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bm_status move(int from, const char *old, int to, const char *new, bm_error *err) {
    return renameat(from, old, to, new) == 0 ? BM_OK : bm_folder_failed("replace", new, errno, err);
}

static bm_status move_files(int commit, int folder, const char *shown, bm_error *err) {
    bm_status status;
    bm_strings staged = {0}, old = {0}, new = {0};
    BM_TRY(bm_folder_list(commit, shown, &staged, err));
    BM_TRY(bm_folder_files(commit, PREVIOUS_JSON, &old, err));
    BM_TRY(bm_folder_files(commit, BM_RUN_JSON, &new, err));
    for (size_t i = 0; i < staged.count; i++) {
        const char *name = staged.item[i];
        if (strcmp(name, BM_RUN_JSON) != 0 && strcmp(name, PREVIOUS_JSON) != 0)
            BM_TRY(move(commit, name, folder, name, err));
    }
    for (size_t i = 0; i < old.count; i++) {
        if (!bm_strings_contain(&new, old.item[i]) && strchr(old.item[i], '/') == NULL)
            unlinkat(folder, old.item[i], 0);
    }
cleanup:
    bm_strings_free(&staged);
    bm_strings_free(&old);
    bm_strings_free(&new);
    return status;
}

bm_status bm_commit_finish(int folder, const char *shown, bm_error *err) {
    bm_status status = BM_OK;
    int commit = openat(folder, BM_FOLDER_COMMIT, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (commit < 0)
        return errno == ENOENT ? BM_OK : bm_folder_failed("open", BM_FOLDER_COMMIT, errno, err);
    if (exists(commit, BM_RUN_JSON)) {
        if (exists(folder, BM_RUN_JSON) && !exists(commit, PREVIOUS_JSON))
            BM_TRY(move(folder, BM_RUN_JSON, commit, PREVIOUS_JSON, err));
        BM_TRY(bm_folder_sync(folder, shown, err));
        BM_TRY(move_files(commit, folder, shown, err));
        BM_TRY(bm_folder_sync(folder, shown, err));
        BM_TRY(move(commit, BM_RUN_JSON, folder, BM_RUN_JSON, err));
        BM_TRY(bm_folder_sync(folder, shown, err));
    }
    status = bm_folder_clear(folder, BM_FOLDER_COMMIT, err);
cleanup:
    close(commit);
    return status;
}

static bm_status commit_in_place(bm_publication *publication, bm_error *err) {
    if (renameat(publication->home, publication->staging, publication->folder, BM_FOLDER_COMMIT) !=
        0)
        return bm_folder_failed("replace", publication->target, errno, err);
    return bm_commit_finish(publication->folder, publication->target, err);
}

static bm_status commit_new(bm_publication *publication, bm_error *err) {
    int parent = publication->parent;
    int moved = renameat2(publication->home, publication->staging, parent, publication->name,
                          RENAME_NOREPLACE);
    if (moved != 0 && (errno == EINVAL || errno == ENOSYS))
        moved = renameat(publication->home, publication->staging, parent, publication->name);
    if (moved != 0)
        return bm_folder_failed("create", publication->target, errno, err);
    return bm_folder_sync(parent, publication->target, err);
}

/* The new directory is to be as open or closed as the one it replaces. What the owner's rights do
 * not allow stays as it is. */
static void inherit_mode(int folder, int stage) {
    struct stat old, new;
    if (fstat(folder, &old) != 0 || fstat(stage, &new) != 0)
        return;
    if (old.st_gid != new.st_gid && fchown(stage, (uid_t)-1, old.st_gid) != 0)
        return;
    (void)fchmod(stage, old.st_mode & 07777);
}

/* The old results stand under the staging name now. What buyermap wrote is removed; what somebody
 * has put there in the last moment is handed on to the new DIR. */
static void remove_old(bm_publication *publication, const bm_context *context) {
    bm_strings files = {0}, names = {0};
    bm_error ignored;
    int old = publication->folder, new = publication->stage;
    if (bm_folder_files(old, BM_RUN_JSON, &files, &ignored) == BM_OK &&
        bm_folder_list(old, publication->target, &names, &ignored) == BM_OK) {
        for (size_t i = 0; i < names.count; i++) {
            const char *name = names.item[i];
            if (bm_strings_contain(&files, name))
                unlinkat(old, name, 0);
            else
                (void)renameat2(old, name, new, name, RENAME_NOREPLACE);
        }
    }
    unlinkat(old, BM_FOLDER_LOCK, 0);
    if (bm_folder_clear(old, BM_FOLDER_STAGING, &ignored) != BM_OK)
        ignored.message[0] = '\0'; /* then the line below says so */
    if (unlinkat(publication->home, publication->staging, AT_REMOVEDIR) != 0 && context != NULL)
        bm_warn(context->log, "cannot remove the previous results, now in \"%s\" beside \"%s\": %s",
                publication->staging, publication->target, strerror(errno));
    bm_strings_free(&files);
    bm_strings_free(&names);
}

static int swap(const bm_publication *publication) {
    return renameat2(publication->home, publication->staging, publication->parent,
                     publication->name, RENAME_EXCHANGE);
}

static bm_status commit_exchange(bm_publication *publication, const bm_context *context,
                                 bm_error *err) {
    inherit_mode(publication->folder, publication->stage);
    if (swap(publication) != 0) {
        int cannot = errno == EINVAL || errno == ENOSYS || errno == EXDEV || errno == EBUSY ||
                     errno == EOPNOTSUPP || errno == EPERM || errno == EACCES;
        return cannot ? commit_in_place(publication, err)
                      : bm_folder_failed("replace", publication->target, errno, err);
    }
    bm_status status = bm_folder_sync(publication->parent, publication->target, err);
    if (status != BM_OK) {
        (void)swap(publication);
        return status;
    }
    remove_old(publication, context);
    return BM_OK;
}

bm_status bm_publication_commit(bm_publication *publication, const bm_context *context,
                                bm_error *err) {
    bm_status status;
    BM_TRY(bm_folder_sync(publication->stage, publication->target, err));
    if (publication->home != publication->folder)
        BM_TRY(bm_publication_look(publication, err));
    if (publication->folder >= 0)
        BM_TRY(bm_folder_check(publication->folder, publication->target, err));
    BM_TRY(bm_check_interrupt(err));
    if (publication->folder < 0)
        status = commit_new(publication, err);
    else if (publication->in_place)
        status = commit_in_place(publication, err);
    else
        status = commit_exchange(publication, context, err);
cleanup:
    return status;
}
