/* Full disks, small limits and mount points. The tests that mount need root and are skipped
 * without; they run in a child with a mount namespace of its own. */
#include "whole.h"

#include "base/parallel.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { CANNOT_MOUNT = 77 };

/* Runs body in a child in which a tmpfs of that size is mounted on path. */
static void with_tmpfs(const char *path, const char *size, void (*body)(const char *path)) {
    int how;
    assert_int_equal(mkdir(path, 0777), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("tmpfs", path, "tmpfs", 0, size) != 0)
            _exit(CANNOT_MOUNT);
        body(path);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    if (WEXITSTATUS(how) == CANNOT_MOUNT)
        skip();
    assert_int_equal(WEXITSTATUS(how), 0);
}

static void must(int holds, const char *what) {
    if (holds)
        return;
    print_error("does not hold: %s\n", what);
    _exit(1);
}
#define MUST(condition) must((condition), #condition)

static void fill_the_disk(const char *path) {
    char out[1024], table[64];
    bm_error err = {0};
    snprintf(out, sizeof out, "%s/out", path);
    MUST(run_once(out, "old", 100, 1, 1, &err) == BM_OK);
    for (size_t rows = 10000; rows <= 60000; rows += 10000) {
        MUST(run_once(out, "new", rows, 1, 0, &err) == BM_IO);
        MUST(strstr(err.message, "No space left") != NULL);
        MUST(run_once(out, "new", rows, 0, 1, &err) == BM_IO);
        MUST(strstr(err.message, "No space left") != NULL);
        MUST(find_fault(out, table) == NULL && strcmp(table, "old.csv") == 0);
        MUST(entries(path) == 1);
    }
}

static void a_full_disk_is_an_error_and_the_old_results_stay(void **state) {
    with_tmpfs(in(state, "disk"), "size=100k", fill_the_disk);
}

static void replace_mount_point(const char *path) {
    char table[64];
    MUST(run_once(path, "old", 100, 1, 1, NULL) == BM_OK);
    MUST(find_fault(path, table) == NULL && strcmp(table, "old.csv") == 0);
    MUST(run_once(path, "new", 100, 1, 0, NULL) == BM_OK);
    MUST(find_fault(path, table) == NULL && strcmp(table, "new.csv") == 0);
    MUST(entries(path) == 2);
}

static void a_mount_point_is_replaced_in_place(void **state) {
    with_tmpfs(in(state, "volume"), "size=4m", replace_mount_point);
    assert_int_equal(entries(in(state, "")), 1);
}

/* A bind mount is on the same file system and can still not be renamed. */
static void replace_bind_mount(const char *path) {
    char real[1024], bound[1024], table[64];
    snprintf(real, sizeof real, "%s/real", path);
    snprintf(bound, sizeof bound, "%s/bound", path);
    MUST(mkdir(real, 0777) == 0 && mkdir(bound, 0777) == 0);
    MUST(mount(real, bound, NULL, MS_BIND, NULL) == 0);
    MUST(run_once(bound, "old", 100, 1, 1, NULL) == BM_OK);
    MUST(run_once(bound, "new", 100, 1, 1, NULL) == BM_OK);
    MUST(find_fault(real, table) == NULL && strcmp(table, "new.csv") == 0);
    MUST(entries(path) == 2);
}

static void a_bind_mount_is_replaced_in_place(void **state) {
    with_tmpfs(in(state, "volume"), "size=4m", replace_bind_mount);
}

static void files_that_may_not_grow_are_an_error_and_the_old_results_stay(void **state) {
    struct rlimit before, limit;
    assert_int_equal(run_once(in(state, "out"), "old", 100, 1, 1, NULL), BM_OK);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    for (rlim_t size = 0; size < 20000; size += 1500) {
        bm_error err = {0};
        limit.rlim_cur = size;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        bm_status status = run_once(in(state, "out"), "new", 20000, size % 1000 == 0, 1, &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(status, BM_IO);
        assert_non_null(strstr(err.message, "File too large"));
        assert_whole(in(state, "out"), "old.csv");
        assert_int_equal(entries(in(state, "")), 1);
    }
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_scratch, remove_scratch)
    const struct CMUnitTest tests[] = {
        TEST(a_full_disk_is_an_error_and_the_old_results_stay),
        TEST(a_mount_point_is_replaced_in_place),
        TEST(a_bind_mount_is_replaced_in_place),
        TEST(files_that_may_not_grow_are_an_error_and_the_old_results_stay),
    };
    bm_set_threads(1); /* a child of fork has no team of threads */
    bm_output_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
