/* Where the bytes come from: plain, gzip, pipes; and what cannot be read. */
#include "scratch.h"

#include <sys/wait.h>
#include <zlib.h>

/* One gzip member with the bytes in it; gives its length. */
static size_t pack_bytes(const void *bytes, size_t count, unsigned char *out, size_t size) {
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)bytes;
    stream.avail_in = (unsigned)count;
    stream.next_out = out;
    stream.avail_out = (unsigned)size;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t length = stream.total_out;
    deflateEnd(&stream);
    return length;
}

static size_t pack(const char *text, unsigned char *out, size_t size) {
    return pack_bytes(text, strlen(text), out, size);
}

static void size_and_sha256_are_of_the_bytes_on_disk(void **state) {
    scratch *s = *state;
    must_read(s, "a,b\n1,2\n");
    assert_int_equal(s->result.bytes, 8);
    /* printf 'a,b\n1,2\n' | sha256sum */
    assert_string_equal(s->result.sha256,
                        "492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470");
    assert_string_equal(s->result.table.source, s->path);
}

static void gzip_is_told_by_its_bytes_and_may_have_members(void **state) {
    scratch *s = *state;
    unsigned char packed[512];
    size_t length = pack("a,b\n1,2\n3,", packed, sizeof packed);
    length += pack("4\n5,6\n", packed + length, sizeof packed - length);
    read_bytes(s, packed, length);
    assert_int_equal(s->status, BM_OK);
    assert_int_equal(s->result.table.rows, 3);
    assert_true(number(s, "b", 1) == 4);
    assert_int_equal(s->result.bytes, length);
    memset(packed + length, 0, 16);
    read_bytes(s, packed, length + 16);
    assert_int_equal(s->status, BM_OK);
}

static void truncated_or_damaged_gzip_is_refused(void **state) {
    scratch *s = *state;
    unsigned char packed[512];
    size_t length = pack("a,b\n1,2\n3,4\n5,6\n", packed, sizeof packed);
    for (size_t cut = 2; cut < length; cut++) {
        read_bytes(s, packed, cut);
        assert_int_equal(s->status, BM_DATA);
        assert_begins(message(s), ": truncated or damaged gzip");
    }
    for (size_t i = 10; i < length; i++) {
        packed[i] ^= 0x55;
        read_bytes(s, packed, length);
        assert_int_equal(s->status, BM_DATA);
        packed[i] ^= 0x55;
    }
    packed[length] = 'x';
    read_bytes(s, packed, length + 1);
    assert_begins(message(s), ": truncated or damaged gzip");
}

static void what_cannot_be_read_is_no_input(void **state) {
    scratch *s = *state;
    s->request.path = s->folder;
    read_again(s);
    assert_int_equal(s->status, BM_NOINPUT);
    assert_holds(s->err.message, "is a directory");
    s->request.path = s->path;
    read_again(s);
    assert_int_equal(s->status, BM_NOINPUT);
    assert_begins(message(s), ": No such file or directory");
}

static void a_pipe_is_read_like_a_file(void **state) {
    scratch *s = *state;
    int ends[2];
    char path[64];
    enum { ROWS = 300000 };
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        FILE *out = fdopen(ends[1], "w");
        fputs("a,b\n", out);
        for (int i = 0; i < ROWS; i++)
            fprintf(out, "%d,%d\n", i, i % 3);
        fclose(out);
        _exit(0);
    }
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    s->request.path = path;
    read_again(s);
    assert_int_equal(s->status, BM_OK);
    assert_int_equal(s->result.table.rows, ROWS);
    assert_true(number(s, "a", ROWS - 1) == ROWS - 1);
    close(ends[0]);
    waitpid(child, NULL, 0);
    write_bytes(s, "", 0);
}

static void a_file_over_the_memory_limit_is_refused(void **state) {
    scratch *s = *state;
    bm_context context = {.memory_limit = 100};
    char text[256] = "a\n";
    for (int i = 0; i < 40; i++)
        strcat(text, "1\n");
    write_bytes(s, text, strlen(text));
    s->status = bm_read(&s->request, &context, &s->result, &s->err);
    assert_int_equal(s->status, BM_LIMIT);
    context.memory_limit = 100000;
    s->status = bm_read(&s->request, &context, &s->result, &s->err);
    assert_int_equal(s->status, BM_OK);
}

static void remember_progress(void *arg, const bm_progress_report *report) {
    uint64_t *last = arg;
    assert_string_equal(report->stage, "read");
    assert_string_equal(report->unit, "bytes");
    assert_true(report->done <= report->total);
    *last = report->done;
}

static void progress_ends_at_the_whole(void **state) {
    scratch *s = *state;
    uint64_t last = 0;
    bm_log log = {.progress = remember_progress, .arg = &last};
    bm_context context = {.log = &log};
    write_bytes(s, "a\n1\n2\n", 6);
    assert_int_equal(bm_read(&s->request, &context, &s->result, &s->err), BM_OK);
    assert_int_equal(last, 6);
}

/* Several windows of rows; gives the number of bytes. */
static size_t write_much(const scratch *s) {
    enum { ROWS = 800000 };
    char *text = malloc(ROWS * 16), *at = text;
    assert_non_null(text);
    at += sprintf(at, "a,b\n");
    for (int i = 0; i < ROWS; i++)
        at += sprintf(at, "%06d,1234567\n", i);
    size_t size = (size_t)(at - text);
    write_bytes(s, text, size);
    free(text);
    return size;
}

/* Does something to the file once a part of it, and more than the first guess, has been read. */
typedef struct meddler {
    const scratch *s;
    off_t size;       /* to cut the file to, or 0 */
    const char *more; /* to append to it */
    int is_done;
} meddler;

static void meddle(void *arg, const bm_progress_report *report) {
    meddler *m = arg;
    if (m->is_done || report->done < report->total / 4)
        return;
    m->is_done = 1;
    if (m->more == NULL) {
        assert_int_equal(truncate(m->s->path, m->size), 0);
        return;
    }
    FILE *file = fopen(m->s->path, "ab");
    assert_non_null(file);
    fputs(m->more, file);
    assert_int_equal(fclose(file), 0);
}

static void meddle_with(scratch *s, off_t size, const char *more, const char *wanted) {
    meddler m = {.s = s, .size = size, .more = more};
    bm_log log = {.progress = meddle, .arg = &m};
    bm_context context = {.log = &log};
    bm_read_result_free(&s->result);
    s->status = bm_read(&s->request, &context, &s->result, &s->err);
    assert_true(m.is_done);
    assert_int_equal(s->status, BM_IO);
    assert_string_equal(message(s), wanted);
    assert_null(s->result.table.column);
}

static void a_file_that_changes_while_it_is_read_is_refused(void **state) {
    static const char shorter[] = ": became shorter while it was read; run again when it is "
                                  "complete",
                      changed[] = ": changed while it was read; run again when it is complete";
    scratch *s = *state;
    off_t size = (off_t)write_much(s);
    meddle_with(s, size / 2 + 3, NULL, shorter);
    write_much(s);
    meddle_with(s, 3, NULL, shorter);
    write_much(s);
    meddle_with(s, 0, "1,2\n", changed);
    /* Torn rows are not told as if they were the file's. */
    write_much(s);
    meddle_with(s, 0, "1,2,3\nfour", changed);
}

static void pack_much(const scratch *s) {
    char command[500];
    write_much(s);
    snprintf(command, sizeof command, "gzip -1 %s && mv %s.gz %s", s->path, s->path, s->path);
    assert_int_equal(system(command), 0);
}

static void a_packed_file_that_changes_while_it_is_read_is_refused(void **state) {
    static const char changed[] = ": changed while it was read; run again when it is complete";
    scratch *s = *state;
    pack_much(s);
    meddle_with(s, 0, "more", changed);
    pack_much(s);
    meddle_with(s, 1 << 19, NULL, changed);
}

static void a_file_that_is_packed_twice_is_named_so(void **state) {
    scratch *s = *state;
    unsigned char once[512], twice[1024];
    size_t length = pack("a,b\n1,2\n", once, sizeof once);
    length = pack_bytes(once, length, twice, sizeof twice);
    read_bytes(s, twice, length);
    assert_int_equal(s->status, BM_DATA);
    assert_string_equal(message(s), ": is packed twice with gzip; unpack it once with gzip -d");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(size_and_sha256_are_of_the_bytes_on_disk),
        SCRATCH_TEST(gzip_is_told_by_its_bytes_and_may_have_members),
        SCRATCH_TEST(truncated_or_damaged_gzip_is_refused),
        SCRATCH_TEST(what_cannot_be_read_is_no_input),
        SCRATCH_TEST(a_pipe_is_read_like_a_file),
        SCRATCH_TEST(a_file_over_the_memory_limit_is_refused),
        SCRATCH_TEST(progress_ends_at_the_whole),
        SCRATCH_TEST(a_file_that_changes_while_it_is_read_is_refused),
        SCRATCH_TEST(a_packed_file_that_changes_while_it_is_read_is_refused),
        SCRATCH_TEST(a_file_that_is_packed_twice_is_named_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
