#include "whole.h"

#include <sys/file.h>

static void assert_refused(bm_status status, const bm_error *err, const char *word) {
    assert_int_equal(status, BM_CANTCREATE);
    if (strstr(err->message, word) == NULL)
        fail_msg("\"%s\" is not in: %s", word, err->message);
}

static void a_directory_that_is_absent_is_made(void **state) {
    assert_int_equal(run_once(in(state, "out"), "t", 3, 1, 1, NULL), BM_OK);
    assert_whole(in(state, "out"), "t.csv");
    assert_int_equal(entries(in(state, "out")), 3);
    assert_int_equal(entries(in(state, "")), 1); /* neither lock nor staging stay */
}

static void the_mode_of_a_new_directory_follows_umask(void **state) {
    struct stat info;
    mode_t before = umask(027);
    assert_int_equal(run_once(in(state, "out"), "t", 3, 1, 0, NULL), BM_OK);
    umask(before);
    assert_int_equal(stat(in(state, "out"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0750);
    assert_int_equal(stat(in(state, "out/t.csv"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void the_mode_of_a_replaced_directory_stays(void **state) {
    struct stat info;
    assert_int_equal(mkdir(in(state, "out"), 0777), 0);
    assert_int_equal(chmod(in(state, "out"), 0775), 0);
    mode_t before = umask(077);
    assert_int_equal(run_once(in(state, "out"), "t", 3, 1, 0, NULL), BM_OK);
    umask(before);
    assert_int_equal(stat(in(state, "out"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0775);
}

static void an_earlier_result_is_replaced_as_a_whole(void **state) {
    assert_int_equal(run_once(in(state, "out"), "old", 3, 1, 1, NULL), BM_OK);
    assert_int_equal(run_once(in(state, "out"), "new", 2, 1, 0, NULL), BM_OK);
    assert_whole(in(state, "out"), "new.csv");
    assert_int_equal(entries(in(state, "out")), 2);
    assert_int_equal(entries(in(state, "")), 1);
}

static void foreign_files_are_named_and_left_alone(void **state) {
    bm_error err = {0};
    assert_int_equal(mkdir(in(state, "out"), 0777), 0);
    spill(in(state, "out/thesis.txt"), "mine");
    assert_refused(run_once(in(state, "out"), "t", 3, 1, 1, &err), &err, "thesis.txt");
    assert_int_equal(entries(in(state, "out")), 1);
    assert_file(in(state, "out/thesis.txt"), "mine");
    assert_int_equal(entries(in(state, "")), 1);
}

static void a_file_added_to_a_result_is_foreign(void **state) {
    bm_error err = {0};
    assert_int_equal(run_once(in(state, "out"), "t", 3, 1, 1, NULL), BM_OK);
    spill(in(state, "out/notes.csv"), "mine");
    assert_refused(run_once(in(state, "out"), "u", 3, 1, 1, &err), &err, "notes.csv");
    unlink(in(state, "out/notes.csv"));
    assert_whole(in(state, "out"), "t.csv");
    assert_int_equal(mkdir(in(state, "out/sub"), 0777), 0);
    assert_refused(run_once(in(state, "out"), "u", 3, 1, 1, &err), &err, "sub");
}

static void a_run_json_of_another_program_is_foreign(void **state) {
    static const char *const text[] = {"{\"format\": \"other\", \"outputs\": []}", "{}", "[", "",
                                       "[1]"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        bm_error err = {0};
        mkdir(in(state, "out"), 0777);
        spill(in(state, "out/run.json"), text[i]);
        assert_refused(run_once(in(state, "out"), "t", 3, 1, 1, &err), &err, "run.json");
        assert_file(in(state, "out/run.json"), text[i]);
    }
}

static void a_foreign_file_put_there_during_the_run_is_not_lost(void **state) {
    bm_publication publication;
    bm_results results = {0};
    bm_provenance provenance = {.verb = "cluster"};
    bm_error err = {0};
    assert_int_equal(run_once(in(state, "out"), "old", 3, 1, 1, NULL), BM_OK);
    add_things(&results, "new", 3, 0);
    assert_int_equal(bm_publication_open(&publication, in(state, "out"), NULL), BM_OK);
    spill(in(state, "out/late.txt"), "mine");
    bm_status status = bm_publish(&publication, &results, &provenance, 1, 0, NULL, &err);
    assert_refused(status, &err, "late.txt");
    bm_publication_close(&publication);
    bm_results_free(&results);
    assert_file(in(state, "out/late.txt"), "mine");
    assert_int_equal(unlink(in(state, "out/late.txt")), 0);
    assert_whole(in(state, "out"), "old.csv");
    assert_int_equal(entries(in(state, "")), 1);
}

static void paths_that_cannot_be_written_are_refused_by_name(void **state) {
    bm_error err = {0};
    char longest[5000];
    spill(in(state, "file"), "x");
    assert_int_equal(symlink("nowhere", in(state, "dangling")), 0);
    assert_refused(run_once(in(state, "file"), "t", 1, 1, 0, &err), &err, "not a directory");
    assert_refused(run_once(in(state, "file/out"), "t", 1, 1, 0, &err), &err, "not a directory");
    assert_refused(run_once(in(state, "no/out"), "t", 1, 1, 0, &err), &err, "does not exist");
    assert_refused(run_once(in(state, "dangling"), "t", 1, 1, 0, &err), &err, "link");
    assert_refused(run_once("/", "t", 1, 1, 0, &err), &err, "root");
    assert_refused(run_once("///", "t", 1, 1, 0, &err), &err, "root");
    assert_refused(run_once("", "t", 1, 1, 0, &err), &err, "empty");
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_refused(run_once(longest, "t", 1, 1, 0, &err), &err, "too long");
    assert_refused(run_once("/proc/out", "t", 1, 1, 0, &err), &err, "/proc/out");
    assert_int_equal(entries(in(state, "")), 2);
}

static void names_of_any_length_the_system_takes_are_fine(void **state) {
    char name[256];
    static const size_t lengths[] = {230, 235, 240, 254, 255};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memset(name, 'n', sizeof name);
        name[lengths[i]] = '\0';
        assert_int_equal(run_once(in(state, name), "t", 1, 1, 0, NULL), BM_OK);
        assert_int_equal(run_once(in(state, name), "u", 1, 1, 0, NULL), BM_OK);
        assert_whole(in(state, name), "u.csv");
    }
}

/* Longer than PATH_MAX as an absolute path, which only relative ones can reach. */
static void a_working_directory_deeper_than_path_max_is_fine(void **state) {
    char name[201];
    int home = open(".", O_RDONLY | O_DIRECTORY);
    memset(name, 'd', 200);
    name[200] = '\0';
    assert_int_equal(chdir(in(state, "")), 0);
    for (int i = 0; i < 25; i++) {
        assert_int_equal(mkdir(name, 0777), 0);
        assert_int_equal(chdir(name), 0);
    }
    bm_status first = run_once("out", "t", 1, 1, 1, NULL);
    bm_status second = run_once("./out/", "u", 1, 1, 1, NULL);
    char table[64] = "";
    const char *fault = find_fault("out", table);
    for (int i = 0; i < 26; i++) { /* nftw cannot go that deep by absolute paths */
        unlink("out/u.csv"), unlink("out/result.h5"), unlink("out/run.json"), rmdir("out");
        if (chdir("..") != 0 || i == 25)
            break;
        rmdir(name);
    }
    assert_int_equal(fchdir(home), 0);
    close(home);
    assert_int_equal(first, BM_OK);
    assert_int_equal(second, BM_OK);
    assert_null(fault);
    assert_string_equal(table, "u.csv");
}

static void slashes_at_the_end_and_relative_paths_are_fine(void **state) {
    int home = open(".", O_RDONLY | O_DIRECTORY);
    assert_int_equal(chdir(in(state, "")), 0);
    bm_status a = run_once("out///", "a", 1, 1, 0, NULL);
    bm_status b = run_once("./out", "b", 1, 1, 0, NULL);
    bm_status c = run_once("out/../out/.", "c", 1, 1, 0, NULL);
    assert_int_equal(fchdir(home), 0);
    close(home);
    assert_int_equal(a, BM_OK);
    assert_int_equal(b, BM_OK);
    assert_int_equal(c, BM_OK);
    assert_whole(in(state, "out"), "c.csv");
}

static void a_link_stays_and_its_target_is_replaced(void **state) {
    struct stat info;
    assert_int_equal(mkdir(in(state, "sub"), 0777), 0);
    assert_int_equal(run_once(in(state, "sub/real"), "old", 1, 1, 0, NULL), BM_OK);
    assert_int_equal(symlink("sub/real", in(state, "link")), 0);
    assert_int_equal(run_once(in(state, "link"), "new", 1, 1, 0, NULL), BM_OK);
    assert_int_equal(lstat(in(state, "link"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_whole(in(state, "sub/real"), "new.csv");
    assert_int_equal(entries(in(state, "sub")), 1);
    assert_int_equal(run_once(in(state, "link/"), "more", 1, 1, 0, NULL), BM_OK);
    assert_whole(in(state, "sub/real"), "more.csv");
}

/* A shell that stands in the directory must see the new files: it is not exchanged. */
static void the_working_directory_keeps_its_identity(void **state) {
    struct stat before, after;
    int home = open(".", O_RDONLY | O_DIRECTORY);
    assert_int_equal(run_once(in(state, "out"), "old", 1, 1, 1, NULL), BM_OK);
    assert_int_equal(chdir(in(state, "out")), 0);
    assert_int_equal(stat(".", &before), 0);
    bm_status status = run_once(".", "new", 1, 1, 0, NULL);
    assert_int_equal(fchdir(home), 0);
    close(home);
    assert_int_equal(status, BM_OK);
    assert_int_equal(stat(in(state, "out"), &after), 0);
    assert_true(before.st_ino == after.st_ino);
    assert_whole(in(state, "out"), "new.csv");
    assert_int_equal(entries(in(state, "")), 1);
}

static void a_second_run_on_the_same_directory_is_refused(void **state) {
    bm_publication first;
    bm_error err = {0};
    assert_int_equal(bm_publication_open(&first, in(state, "out"), NULL), BM_OK);
    assert_true(is_there(in(state, ".out.buyermap.lock")));
    assert_refused(run_once(in(state, "out"), "t", 1, 1, 0, &err), &err, "another buyermap run");
    assert_int_equal(run_once(in(state, "other"), "t", 1, 1, 0, NULL), BM_OK);
    bm_publication_close(&first);
    assert_int_equal(run_once(in(state, "out"), "t", 1, 1, 0, NULL), BM_OK);
}

static void a_run_that_gives_up_leaves_nothing_behind(void **state) {
    bm_publication publication;
    assert_int_equal(run_once(in(state, "out"), "old", 1, 1, 0, NULL), BM_OK);
    assert_int_equal(bm_publication_open(&publication, in(state, "out"), NULL), BM_OK);
    bm_publication_close(&publication);
    bm_publication_close(&publication);
    bm_publication zeroed = {0};
    int input = fcntl(0, F_GETFD);
    bm_publication_close(&zeroed); /* its descriptors are 0, which is not its to close */
    assert_int_equal(fcntl(0, F_GETFD), input);
    assert_whole(in(state, "out"), "old.csv");
    assert_int_equal(entries(in(state, "")), 1);
}

static void what_a_killed_run_staged_is_cleared(void **state) {
    assert_int_equal(mkdir(in(state, ".out.buyermap.staging"), 0777), 0);
    spill(in(state, ".out.buyermap.staging/half.csv"), "half");
    spill(in(state, ".out.buyermap.lock"), "");
    assert_int_equal(run_once(in(state, "out"), "t", 1, 1, 0, NULL), BM_OK);
    assert_int_equal(entries(in(state, "")), 1);
    /* A link in its place is removed, not followed. */
    assert_int_equal(mkdir(in(state, "precious"), 0777), 0);
    spill(in(state, "precious/a.csv"), "a");
    assert_int_equal(symlink("precious", in(state, ".out.buyermap.staging")), 0);
    assert_int_equal(run_once(in(state, "out"), "t", 1, 1, 0, NULL), BM_OK);
    assert_file(in(state, "precious/a.csv"), "a");
}

static void no_permission_is_refused(void **state) {
    bm_error err = {0};
    int root = geteuid() == 0;
    assert_int_equal(mkdir(in(state, "closed"), 0777), 0);
    assert_int_equal(run_once(in(state, "closed/out"), "old", 1, 1, 0, NULL), BM_OK);
    assert_int_equal(chmod(in(state, "closed/out"), 0755), 0);
    assert_int_equal(chmod(in(state, "closed"), 0555), 0);
    assert_int_equal(chmod(in(state, ""), 0755), 0);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    else
        assert_int_equal(chmod(in(state, "closed/out"), 0555), 0);
    bm_status new = run_once(in(state, "closed/new"), "t", 1, 1, 0, &err);
    bm_status old = run_once(in(state, "closed/out"), "t", 1, 1, 0, NULL);
    if (root)
        assert_int_equal(seteuid(0), 0);
    chmod(in(state, "closed"), 0755);
    chmod(in(state, "closed/out"), 0755);
    assert_refused(new, &err, "Permission denied");
    assert_int_equal(old, BM_CANTCREATE);
    assert_whole(in(state, "closed/out"), "old.csv");
}

/* As in a container whose volume is writable and whose root is not. */
static void a_directory_in_a_closed_parent_is_replaced_in_place(void **state) {
    int root = geteuid() == 0;
    assert_int_equal(mkdir(in(state, "closed"), 0777), 0);
    assert_int_equal(mkdir(in(state, "closed/out"), 0777), 0);
    assert_int_equal(chmod(in(state, "closed/out"), 0777), 0);
    assert_int_equal(chmod(in(state, "closed"), 0555), 0);
    assert_int_equal(chmod(in(state, ""), 0755), 0);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    bm_status first = run_once(in(state, "closed/out"), "old", 3, 1, 1, NULL);
    bm_status second = run_once(in(state, "closed/out"), "new", 3, 1, 0, NULL);
    if (root)
        assert_int_equal(seteuid(0), 0);
    chmod(in(state, "closed"), 0755);
    assert_int_equal(first, BM_OK);
    assert_int_equal(second, BM_OK);
    assert_whole(in(state, "closed/out"), "new.csv");
    assert_int_equal(entries(in(state, "closed")), 1);
}

static bm_status run_in_place(const char *dir, const char *table, bm_error *err) {
    bm_publication publication;
    bm_results results = {0};
    bm_provenance provenance = {.verb = "cluster"};
    add_things(&results, table, 5, 0);
    bm_status status = bm_publication_open(&publication, dir, err);
    if (status == BM_OK) {
        publication.in_place = 1; /* as for a file system that cannot exchange */
        status = bm_publish(&publication, &results, &provenance, 1, 1, NULL, err);
    }
    bm_publication_close(&publication);
    bm_results_free(&results);
    return status;
}

static void without_exchange_files_are_renamed_one_by_one(void **state) {
    struct stat before, after;
    assert_int_equal(run_once(in(state, "out"), "old", 3, 1, 1, NULL), BM_OK);
    assert_int_equal(stat(in(state, "out"), &before), 0);
    assert_int_equal(run_in_place(in(state, "out"), "new", NULL), BM_OK);
    assert_int_equal(stat(in(state, "out"), &after), 0);
    assert_true(before.st_ino == after.st_ino);
    assert_whole(in(state, "out"), "new.csv");
    assert_int_equal(entries(in(state, "out")), 3);
    assert_int_equal(entries(in(state, "")), 1);
}

static void an_interrupt_before_the_exchange_keeps_the_old(void **state) {
    bm_error err = {0};
    assert_int_equal(run_once(in(state, "out"), "old", 3, 1, 1, NULL), BM_OK);
    bm_interrupt(2);
    assert_int_equal(run_once(in(state, "out"), "new", 0, 1, 1, &err), BM_INTERRUPTED);
    bm_interrupt(0);
    assert_whole(in(state, "out"), "old.csv");
    assert_int_equal(entries(in(state, "")), 1);
}

static void nothing_but_run_json_can_be_asked_for(void **state) {
    assert_int_equal(run_once(in(state, "out"), "t", 3, 0, 0, NULL), BM_OK);
    assert_int_equal(entries(in(state, "out")), 1);
    assert_int_equal(run_once(in(state, "out"), "t", 3, 1, 1, NULL), BM_OK);
    assert_whole(in(state, "out"), "t.csv");
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_scratch, remove_scratch)
    const struct CMUnitTest tests[] = {
        TEST(a_directory_that_is_absent_is_made),
        TEST(the_mode_of_a_new_directory_follows_umask),
        TEST(the_mode_of_a_replaced_directory_stays),
        TEST(an_earlier_result_is_replaced_as_a_whole),
        TEST(foreign_files_are_named_and_left_alone),
        TEST(a_file_added_to_a_result_is_foreign),
        TEST(a_run_json_of_another_program_is_foreign),
        TEST(a_foreign_file_put_there_during_the_run_is_not_lost),
        TEST(paths_that_cannot_be_written_are_refused_by_name),
        TEST(names_of_any_length_the_system_takes_are_fine),
        TEST(a_working_directory_deeper_than_path_max_is_fine),
        TEST(slashes_at_the_end_and_relative_paths_are_fine),
        TEST(a_link_stays_and_its_target_is_replaced),
        TEST(the_working_directory_keeps_its_identity),
        TEST(a_second_run_on_the_same_directory_is_refused),
        TEST(a_run_that_gives_up_leaves_nothing_behind),
        TEST(what_a_killed_run_staged_is_cleared),
        TEST(no_permission_is_refused),
        TEST(a_directory_in_a_closed_parent_is_replaced_in_place),
        TEST(without_exchange_files_are_renamed_one_by_one),
        TEST(an_interrupt_before_the_exchange_keeps_the_old),
        TEST(nothing_but_run_json_can_be_asked_for),
    };
    bm_output_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
