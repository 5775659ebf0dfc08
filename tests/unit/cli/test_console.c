/* What stands on stderr: plain lines every ten seconds, a bar on a terminal, lines of JSON. Time is
 * made to pass by setting the console's memory of it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/console.h"

typedef struct screen {
    bm_console console;
    char path[64];
    int file, kept; /* stderr goes to the file meanwhile */
    char text[2000];
} screen;

static int setup(void **state) {
    screen *s = calloc(1, sizeof *s);
    if (s == NULL)
        return 1;
    strcpy(s->path, "/tmp/bm-console-XXXXXX");
    s->file = mkstemp(s->path);
    bm_console_open(&s->console);
    s->console.terminal = s->console.color = 0;
    *state = s;
    return s->file < 0;
}

static int teardown(void **state) {
    screen *s = *state;
    close(s->file);
    int code = unlink(s->path);
    free(s);
    return code;
}

static void look(screen *s) {
    fflush(stderr);
    s->kept = dup(STDERR_FILENO);
    dup2(s->file, STDERR_FILENO);
}

/* What was written since look(). */
static const char *seen(screen *s) {
    fflush(stderr);
    dup2(s->kept, STDERR_FILENO);
    close(s->kept);
    ssize_t size = pread(s->file, s->text, sizeof s->text - 1, 0);
    assert_true(size >= 0);
    s->text[size] = '\0';
    assert_int_equal(ftruncate(s->file, 0), 0);
    lseek(s->file, 0, SEEK_SET);
    return s->text;
}

static void let_pass(screen *s, double seconds) {
    s->console.shown -= seconds;
    s->console.stage_started -= seconds;
}

static void report(screen *s, uint64_t done, uint64_t rows) {
    const bm_progress_report report = {"read", done, 200000000, "bytes", rows};
    s->console.log.progress(s->console.log.arg, &report);
}

static void plain_lines_come_every_ten_seconds_with_rate_and_time_left(void **state) {
    screen *s = *state;
    look(s);
    report(s, 0, 0);
    let_pass(s, 9);
    report(s, 10000000, 100);
    assert_string_equal(seen(s), "");
    look(s);
    let_pass(s, 1);
    report(s, 50000000, 1000000);
    /* 50 MB in 10 s: 150 MB are left at 5 MB a second. */
    assert_string_equal(seen(s), "read: 25 % (50 of 200 MB, 1000000 rows), 5 MB/s, 100000 rows/s, "
                                 "30 s left\n");
    look(s);
    let_pass(s, 5);
    report(s, 60000000, 1200000);
    assert_string_equal(seen(s), "");
}

static void another_input_of_the_same_stage_has_a_rate_of_its_own(void **state) {
    screen *s = *state;
    look(s);
    report(s, 0, 0);
    let_pass(s, 1000);
    report(s, 200000000, 10);
    seen(s);
    look(s);
    report(s, 0, 0);
    let_pass(s, 10);
    report(s, 100000000, 0);
    assert_string_equal(seen(s), "read: 50 % (100 of 200 MB), 10 MB/s, 10 s left\n");
}

static void a_bar_stands_only_on_a_terminal_and_is_cleared_for_messages(void **state) {
    screen *s = *state;
    s->console.terminal = 1;
    look(s);
    report(s, 0, 0);
    let_pass(s, 0.2);
    report(s, 200000000, 0);
    bm_console_message(&s->console, BM_INFO, "done");
    assert_non_null(strstr(seen(s), "\r\033[Kread: 100 % (200 of 200 MB), "));
    assert_non_null(strstr(s->text, "\r\033[Kdone\n"));
    /* --progress plain: no bar there either. */
    s->console.progress = 1;
    look(s);
    let_pass(s, 11);
    report(s, 200000000, 0);
    assert_null(strchr(seen(s), '\033'));
    assert_non_null(strstr(s->text, "read: 100 %"));
}

static void every_line_of_the_json_log_is_json(void **state) {
    screen *s = *state;
    static const char odd[] =
        "a \"quote\", a \\, a tab\t, a control \033[2J, \xe1\x83\x90 and \xff";
    s->console.json = 1;
    s->console.terminal = 1; /* and there is no bar */
    look(s);
    bm_console_message(&s->console, BM_WARNING, odd);
    bm_console_message(&s->console, BM_ERROR, "two\nlines");
    report(s, 0, 0);
    let_pass(s, 11);
    report(s, 100000000, 5);
    seen(s);
    static const char *const level[] = {"warning", "error", "progress"};
    char *line = s->text;
    for (size_t i = 0; i < 3; i++) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        json_t *object = json_loads(line, 0, NULL);
        assert_non_null(object);
        assert_string_equal(json_string_value(json_object_get(object, "level")), level[i]);
        assert_true(json_string_length(json_object_get(object, "message")) > 8);
        json_decref(object);
        line = end + 1;
    }
    assert_string_equal(line, "");
}

static void quiet_lets_errors_through_only(void **state) {
    screen *s = *state;
    s->console.quiet = 1;
    look(s);
    bm_console_message(&s->console, BM_WARNING, "careful");
    bm_console_message(&s->console, BM_INFO, "by the way");
    report(s, 0, 0);
    let_pass(s, 100);
    report(s, 1, 1);
    assert_string_equal(seen(s), "");
    look(s);
    bm_console_message(&s->console, BM_ERROR, "broken");
    assert_string_equal(seen(s), "buyermap: error: broken\n");
    s->console.quiet = 0;
    s->console.progress = 2; /* --progress none */
    look(s);
    let_pass(s, 100);
    report(s, 2, 1);
    assert_string_equal(seen(s), "");
}

int main(void) {
#define SCREEN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        SCREEN_TEST(plain_lines_come_every_ten_seconds_with_rate_and_time_left),
        SCREEN_TEST(another_input_of_the_same_stage_has_a_rate_of_its_own),
        SCREEN_TEST(a_bar_stands_only_on_a_terminal_and_is_cleared_for_messages),
        SCREEN_TEST(every_line_of_the_json_log_is_json),
        SCREEN_TEST(quiet_lets_errors_through_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
