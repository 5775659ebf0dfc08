/* One command line from its words to its exit code: the status line on stdout, errors on stderr. */
#include "base/clock.h"
#include "base/parallel.h"
#include "cli/verb.h"
#include "job/start.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ctrl-C asks the run to end at its next look; a second one ends it at once. */
static void on_signal(int number) {
    bm_interrupt(number);
    signal(number, SIG_DFL);
}

/* Whoever closes a stream before the start would have the next file that is opened take its number,
 * and messages go into it. What stands in the stream's place cannot be used in its direction, so
 * that a stdout that is not there is an error of the write. */
static void hold_streams(void) {
    for (int stream = 0; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) < 0 && errno == EBADF)
            open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY); /* takes the lowest number */
    }
}

static void listen_for_signals(void) {
    const struct sigaction action = {.sa_handler = on_signal};
    struct sigaction before;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* The terminal was closed; under nohup that is to be nothing. */
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
    /* A reader that goes away, or a file over its limit, is an error of the write, not the end. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static bm_status print_json(json_t *line, bm_error *err) {
    char *text = line != NULL ? json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    bm_status status = BM_OK;
    if (text == NULL)
        status = bm_fail(err, BM_NOMEM, "out of memory: the status line");
    else
        puts(text);
    free(text);
    json_decref(line);
    return status;
}

/* Paths and messages may hold bytes that are not UTF-8; JSON takes none of them. */
static json_t *clean_text(const char *text) {
    char *clean = NULL;
    json_t *value = NULL;
    if (bm_text_clean(&clean, (bm_text){text, strlen(text)}, NULL) == BM_OK)
        value = json_string(clean);
    free(clean);
    return value;
}

static json_t *success(const bm_invocation *invocation) {
    const bm_accounting *rows = &invocation->summary;
    return json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:o}", "status", "ok", "verb",
                     invocation->verb->name, "rows_in", (json_int_t)rows->rows_in, "used",
                     (json_int_t)rows->used, "rejected", (json_int_t)rows->rejected, "duplicates",
                     (json_int_t)rows->duplicates, "excluded", (json_int_t)rows->excluded, "out",
                     clean_text(invocation->job.output.dir));
}

static json_t *failure(const bm_error *err) {
    return json_pack("{s:s,s:i,s:o}", "status", "error", "code", bm_exit_code(err->status),
                     "message", clean_text(err->message));
}

/* stdout may be a full disk or a closed pipe: then the run did not end well. */
static bm_status close_stdout(bm_error *err) {
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout) || fclose(stdout) != 0)
        return bm_fail(err, BM_IO, "cannot write to stdout: %s",
                       strerror(errno != 0 ? errno : EIO));
    return BM_OK;
}

static void prepare(bm_invocation *invocation) {
    const bm_job *job = &invocation->job;
    bm_console *console = &invocation->console;
    console->json = job->log_format == 1;
    console->quiet = job->quiet;
    console->progress = job->progress;
    bm_set_threads((int)job->threads);
    size_t limit = job->memory_limit;
    if (limit == 0)
        limit = bm_available_memory() / 5 * 4;
    invocation->context =
        (bm_context){.seed = job->seed, .memory_limit = limit, .log = &console->log};
}

static bm_status run_verb(bm_invocation *invocation, int argc, char **argv, bm_error *err) {
    int help = 0;
    bm_status status = bm_job_default(&invocation->job, err);
    if (status == BM_OK)
        status = bm_parse_arguments(invocation, argc, argv, &help, err);
    if (status != BM_OK)
        return status;
    if (help) {
        bm_print_verb_help(invocation->verb);
        invocation->silent = 1;
        return BM_OK;
    }
    prepare(invocation);
    status = bm_job_check(&invocation->job, err);
    /* The job file passed this check by itself: what is wrong now came by --set or a flag. */
    if (status == BM_JOB)
        return err->status = BM_USAGE;
    if (status == BM_OK)
        status = invocation->verb->run(invocation, err);
    /* Without a job file, what is wrong with the job is wrong with the command line. */
    if (status == BM_JOB && invocation->job.file == NULL)
        status = err->status = BM_USAGE;
    return status;
}

static bm_status give_help(int argc, char **argv, bm_error *err) {
    const bm_verb *verb = NULL;
    if (argc < 3 || argv[2][0] == '-') {
        bm_print_help();
        return BM_OK;
    }
    bm_status status = bm_find_verb(argv[2], &verb, err);
    if (status == BM_OK)
        bm_print_verb_help(verb);
    return status;
}

/* Help and version are answers, not runs: *is_one is 1 when the words asked for one of them. */
static bm_status answer(int argc, char **argv, int *is_one, bm_error *err) {
    const char *word = argc > 1 ? argv[1] : "";
    *is_one = 1;
    if (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0 || strcmp(word, "-h") == 0)
        return give_help(argc, argv, err);
    if (strcmp(word, "--version") == 0)
        bm_print_version();
    else
        *is_one = 0;
    return BM_OK;
}

/* Two libraries ask the environment how to use threads, and they do so when they are loaded, before
 * main; so the process begins anew in an environment that says it:
 * - OpenBLAS is to have no threads of its own: buyermap brings them, and where the address space is
 *   too small for OpenBLAS' they spin and never end;
 * - OpenMP's threads are to sleep while they wait: spinning takes the processor from whatever else
 *   runs on the machine, and then from us (reading CSV on two busy cores: 6 times slower).
 * How OpenMP waits can be set otherwise. */
static void begin_with_quiet_threads(char **argv) {
    char self[4096];
    int is_quiet = getenv("OMP_WAIT_POLICY") != NULL || getenv("GOMP_SPINCOUNT") != NULL;
    const char *blas = getenv("OPENBLAS_NUM_THREADS");
    if (is_quiet && blas != NULL && strcmp(blas, "1") == 0)
        return;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0 || (!is_quiet && setenv("OMP_WAIT_POLICY", "passive", 0) != 0) ||
        setenv("OPENBLAS_NUM_THREADS", "1", 1) != 0)
        return;
    self[length] = '\0';
    execv(self, argv); /* where that cannot be, go on as we are */
}

int bm_main(int argc, char **argv) {
    begin_with_quiet_threads(argv);
    hold_streams();
    bm_error err = {0};
    bm_invocation invocation = {0};
    bm_status status;
    bm_start();
    listen_for_signals();
    bm_console_open(&invocation.console);
    int is_answer;
    status = answer(argc, argv, &is_answer, &err);
    if (is_answer) {
        invocation.silent = 1;
    } else if (argc < 2) {
        status = bm_fail(&err, BM_USAGE, "no verb given; buyermap --help lists them");
    } else {
        status = bm_find_verb(argv[1], &invocation.verb, &err);
        if (status == BM_OK)
            status = run_verb(&invocation, argc - 1, argv + 1, &err);
    }
    if (status == BM_OK && !invocation.silent)
        status = print_json(success(&invocation), &err);
    if (status != BM_OK) {
        bm_console_message(&invocation.console, BM_ERROR, err.message);
        bm_status told = print_json(failure(&err), NULL);
        (void)told; /* the exit code says it too */
    }
    bm_error last = {0};
    if (close_stdout(&last) != BM_OK && status == BM_OK) {
        bm_console_message(&invocation.console, BM_ERROR, last.message);
        status = BM_IO;
    }
    bm_job_free(&invocation.job);
    bm_accounting_free(&invocation.summary);
    bm_console_close(&invocation.console);
    return bm_exit_code(status);
}
