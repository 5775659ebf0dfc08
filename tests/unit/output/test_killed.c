/* Runs that are killed at any moment: DIR is whole, and the next run is not disturbed. */
#include "whole.h"

#include "base/clock.h"
#include "base/parallel.h"

#include <signal.h>
#include <sys/wait.h>

enum { KILLS = 60 };

static bm_status publish(const char *dir, const char *table, int in_place) {
    bm_publication publication;
    bm_results results = {0};
    bm_provenance provenance = {.verb = "cluster"};
    bm_status status = bm_publication_open(&publication, dir, NULL);
    if (status == BM_OK) {
        add_things(&results, table, 40, 0);
        publication.in_place |= in_place;
        status = bm_publish(&publication, &results, &provenance, 1, 1, NULL, NULL);
    }
    bm_publication_close(&publication);
    bm_results_free(&results);
    return status;
}

/* Publishes x, y, x, y, … until it is killed. */
static _Noreturn void publish_for_ever(const char *dir, int in_place) {
    for (unsigned i = 0;; i++) {
        if (publish(dir, i % 2 == 0 ? "x" : "y", in_place) != BM_OK)
            _exit(1);
    }
}

/* Looks for run.json without a pause: however short a moment without results is, it is seen. */
static int misses_within(double seconds, const char *dir) {
    char path[2048];
    int misses = 0;
    snprintf(path, sizeof path, "%s/run.json", dir);
    for (double start = bm_seconds(); bm_seconds() - start < seconds;)
        misses += access(path, F_OK) != 0;
    return misses;
}

static void kill_after(double seconds, const char *dir, int in_place) {
    int how;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        publish_for_ever(dir, in_place);
    int misses = misses_within(seconds, dir);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how)); /* no run failed before */
    if (!in_place)
        assert_int_equal(misses, 0);
}

static double seconds_of_a_run(const char *dir) {
    double start = bm_seconds();
    for (int i = 0; i < 5; i++)
        assert_int_equal(publish(dir, "x", 0), BM_OK);
    return (bm_seconds() - start) / 5;
}

static void a_killed_run_leaves_the_directory_whole(void **state) {
    const char *dir = in(state, "out");
    char table[64];
    double whole = seconds_of_a_run(dir);
    for (int i = 0; i < KILLS; i++) {
        kill_after(whole * 3 / KILLS * i, dir, 0);
        const char *fault = find_fault(dir, table);
        if (fault != NULL)
            fail_msg("after kill %d: %s", i, fault);
    }
    assert_int_equal(publish(dir, "x", 0), BM_OK);
    assert_whole(dir, "x.csv");
    assert_int_equal(entries(in(state, "")), 1);
}

static void a_run_killed_in_place_is_finished_by_the_next(void **state) {
    const char *dir = in(state, "out");
    char table[64];
    int cut_short = 0;
    double whole = seconds_of_a_run(dir);
    for (int i = 0; i < KILLS; i++) {
        bm_publication next;
        kill_after(whole * 3 / KILLS * i, dir, 1);
        cut_short += find_fault(dir, table) != NULL;
        assert_int_equal(bm_publication_open(&next, dir, NULL), BM_OK);
        bm_publication_close(&next);
        const char *fault = find_fault(dir, table);
        if (fault != NULL)
            fail_msg("after kill %d: %s", i, fault);
    }
    assert_int_equal(publish(dir, "x", 1), BM_OK);
    assert_whole(dir, "x.csv");
    assert_int_equal(entries(in(state, "")), 1);
    print_message("%d of %d kills fell into the replacement\n", cut_short, KILLS);
}

/* Every state a commit in place can be in, one after the other, not only those a kill happens to
 * hit: the files that were moved already are moved by hand. */
static void every_state_of_a_commit_in_place_can_be_finished(void **state) {
    static const char *const move[] = {"run.json", "x.csv", "result.h5"};
    for (size_t moved = 0; moved <= 3; moved++) {
        char out[32], from[64], to[64];
        snprintf(out, sizeof out, "out%zu", moved);
        snprintf(to, sizeof to, "%s/.buyermap.commit", out);
        assert_int_equal(publish(in(state, out), "old", 0), BM_OK);
        assert_int_equal(publish(in(state, "new"), "x", 0), BM_OK);
        assert_int_equal(rename(in(state, "new"), in(state, to)), 0);
        for (size_t i = 0; i < moved; i++) {
            snprintf(from, sizeof from, "%s/%s%s", out, i == 0 ? "" : ".buyermap.commit/", move[i]);
            snprintf(to, sizeof to, "%s/%s%s", out, i == 0 ? ".buyermap.commit/" : "",
                     i == 0 ? "previous.json" : move[i]);
            assert_int_equal(rename(in(state, from), in(state, to)), 0);
        }
        bm_publication next;
        assert_int_equal(bm_publication_open(&next, in(state, out), NULL), BM_OK);
        bm_publication_close(&next);
        assert_whole(in(state, out), "x.csv");
    }
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_scratch, remove_scratch)
    const struct CMUnitTest tests[] = {
        TEST(a_killed_run_leaves_the_directory_whole),
        TEST(a_run_killed_in_place_is_finished_by_the_next),
        TEST(every_state_of_a_commit_in_place_can_be_finished),
    };
    bm_set_threads(1); /* a child of fork has no team of threads */
    bm_output_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
