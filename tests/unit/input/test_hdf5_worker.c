/* HDF5 is read by workers of a server: what becomes of both, whatever the file does to them. */
#include "scratch.h"

#include "base/parallel.h"
#include "input/hdf5_server.h"

#include <dirent.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { ROWS = 3000 };

/* Tables as they are met: packed and plain, matrix and compound, one beside another. */
static void write_file(const scratch *s, int kind) {
    static double x[ROWS][2];
    hsize_t size[2] = {ROWS, 2}, chunk[2] = {700, kind == 2 ? 1 : 2};
    for (size_t i = 0; i < ROWS; i++)
        x[i][0] = x[i][1] = (double)(i * i % 1000);
    hid_t file = H5Fcreate(s->path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t type = H5Tcopy(H5T_NATIVE_DOUBLE), plan = H5Pcreate(H5P_DATASET_CREATE);
    int rank = kind == 3 ? 1 : 2;
    if (rank == 1) {
        hid_t text = H5Tcopy(H5T_C_S1);
        H5Tset_size(text, 8);
        H5Tclose(type);
        type = H5Tcreate(H5T_COMPOUND, 16);
        H5Tinsert(type, "id", 0, text);
        H5Tinsert(type, "amount", 8, H5T_NATIVE_DOUBLE);
        H5Tclose(text);
    }
    if (kind > 0) {
        H5Pset_chunk(plan, rank, chunk);
        H5Pset_shuffle(plan);
        H5Pset_deflate(plan, 3);
    }
    if (kind == 2)
        H5Pset_fletcher32(plan);
    hid_t space = H5Screate_simple(rank, size, NULL);
    hid_t dataset = H5Dcreate2(file, "x", type, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(plan);
    H5Tclose(type);
    H5Fclose(file);
}

static void must_read_it(scratch *s) {
    read_again(s);
    assert_string_equal(s->err.message, "");
    assert_int_equal(s->result.table.rows, ROWS);
}

/* The only child of this process; 0: none or several. */
static pid_t only_child(void) {
    char path[80];
    long first = 0, second = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    if (file == NULL)
        skip();
    int found = fscanf(file, "%ld %ld", &first, &second);
    fclose(file);
    return found == 1 ? (pid_t)first : 0;
}

static char state_of(pid_t process) {
    char path[80], state = '-';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return '-';
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = '-';
    fclose(file);
    return state;
}

static int ends_soon(pid_t process) {
    for (int i = 0; i < 500; i++) {
        if (strchr("-ZX", state_of(process)) != NULL)
            return 1;
        usleep(10000);
    }
    return 0;
}

static void the_server_starts_with_the_program_and_holds_nothing_of_it(void **state) {
    scratch *s = *state;
    char folder[80];
    pid_t server = only_child();
    assert_int_not_equal(server, 0);
    assert_int_equal(kill(server, SIGINT) | kill(server, SIGTERM) | kill(server, SIGHUP), 0);
    write_file(s, 1);
    must_read_it(s);
    assert_int_equal(only_child(), server);
    snprintf(folder, sizeof folder, "/proc/%d/fd", (int)server);
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    int open = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        open += entry->d_name[0] != '.';
    closedir(directory);
    /* /dev/null three times, and its side of the socket. */
    assert_int_equal(open, 4);
}

static void a_server_that_was_killed_is_started_anew(void **state) {
    scratch *s = *state;
    pid_t server = only_child();
    write_file(s, 0);
    assert_int_equal(kill(server, SIGKILL), 0);
    assert_true(ends_soon(server));
    must_read_it(s);
    assert_int_not_equal(only_child(), 0);
    assert_int_not_equal(only_child(), server);
}

/* However the program ends: by itself, or without a chance to say so. */
static void the_server_ends_with_the_program(void **state) {
    scratch *s = *state;
    write_file(s, 0);
    for (int killed = 0; killed < 2; killed++) {
        int ends[2];
        pid_t server = 0;
        assert_int_equal(pipe(ends), 0);
        pid_t program = fork();
        if (program == 0) {
            /* A fork has a server of its own, and OpenMP no threads after it. */
            bm_set_threads(1);
            read_again(s);
            server = s->status == BM_OK ? only_child() : -1;
            if (write(ends[1], &server, sizeof server) != (ssize_t)sizeof server || !killed)
                _exit(0);
            for (;;)
                pause();
        }
        assert_int_equal(read(ends[0], &server, sizeof server), sizeof server);
        assert_true(server > 0);
        if (killed) {
            assert_null(strchr("-ZX", state_of(server)));
            kill(program, SIGKILL);
        }
        assert_int_equal(waitpid(program, NULL, 0), program);
        assert_true(ends_soon(server));
        close(ends[0]);
        close(ends[1]);
    }
}

static bm_status nothing(size_t chunk, void *arg, bm_error *err) {
    (void)chunk;
    (void)arg;
    (void)err;
    return BM_OK;
}

static void hdf5_is_read_after_threads_were_started(void **state) {
    scratch *s = *state;
    assert_int_equal(bm_parallel_for(100, nothing, NULL, NULL), BM_OK);
    /* Even when the server itself has to be started only now. */
    assert_int_equal(kill(only_child(), SIGKILL), 0);
    for (int kind = 0; kind < 4; kind++) {
        write_file(s, kind);
        must_read_it(s);
    }
}

/* splitmix64 */
static uint64_t random_bits(uint64_t *seed) {
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

typedef struct outcomes {
    size_t read, refused;
} outcomes;

static void read_or_refuse(scratch *s, outcomes *seen) {
    time_t started = time(NULL);
    read_again(s);
    if (s->status != BM_OK && s->status != BM_DATA)
        fail_msg("status %d: %s", (int)s->status, s->err.message);
    /* 5 seconds of CPU time, on a machine that has other things to do. */
    assert_true(time(NULL) - started < 60);
    seen->read += s->status == BM_OK;
    seen->refused += s->status == BM_DATA;
}

static char *slurp(const char *path, size_t *size) {
    struct stat facts;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &facts) != 0)
        fail_msg("%s cannot be opened", path);
    *size = (size_t)facts.st_size;
    char *data = malloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *size, file), *size);
    fclose(file);
    return data;
}

/* Cut once, and with 1 to 8 bytes changed, mostly near the start, where the structure is. */
static void read_variants(scratch *s, const char *data, size_t size, int variants, uint64_t *seed,
                          outcomes *seen) {
    if (size < 16)
        return;
    char *changed = malloc(size);
    assert_non_null(changed);
    for (int i = 0; i < variants; i++) {
        memcpy(changed, data, size);
        size_t left = i == 0 ? 8 + (size_t)(random_bits(seed) % (size - 8)) : size;
        for (uint64_t flips = i == 0 ? 0 : 1 + random_bits(seed) % 8; flips > 0; flips--) {
            size_t range = random_bits(seed) % 4 == 0 || size < 4096 ? size - 8 : 4096 - 8;
            changed[8 + random_bits(seed) % range] ^= (char)(1 + random_bits(seed) % 255);
        }
        write_bytes(s, changed, left);
        read_or_refuse(s, seen);
    }
    free(changed);
}

/* Malformed files that crash or hang the library, under a name that says nothing, as they are, cut
 * and changed: each must leave this process and the server unharmed. */
static void malformed_files_do_no_harm(void **state) {
    scratch *s = *state;
    const char *data_folder = getenv("BUYERMAP_DATA");
    char folder[256], path[512];
    snprintf(folder, sizeof folder, "%s/hdf5-corrupt", data_folder != NULL ? data_folder : "");
    DIR *directory = opendir(folder);
    if (directory == NULL)
        skip();
    uint64_t seed = 1;
    outcomes as_they_are = {0}, changed = {0};
    pid_t server = only_child();
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strncmp(entry->d_name, "cve", 3) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%.200s", folder, entry->d_name);
        size_t size;
        char *data = slurp(path, &size);
        write_bytes(s, data, size);
        read_or_refuse(s, &as_they_are);
        read_variants(s, data, size, 3, &seed, &changed);
        free(data);
    }
    closedir(directory);
    print_message("%zu files read, %zu refused; of changed ones %zu and %zu\n", as_they_are.read,
                  as_they_are.refused, changed.read, changed.refused);
    assert_true(as_they_are.read + as_they_are.refused >= 50);
    assert_true(as_they_are.refused >= 40);
    assert_int_equal(only_child(), server);
    write_file(s, 3);
    must_read_it(s);
}

static void sound_files_that_were_changed_do_no_harm(void **state) {
    scratch *s = *state;
    uint64_t seed = 2;
    outcomes seen = {0};
    for (int kind = 0; kind < 4; kind++) {
        size_t size;
        write_file(s, kind);
        char *data = slurp(s->path, &size);
        read_variants(s, data, size, 100, &seed, &seen);
        free(data);
    }
    print_message("%zu read, %zu refused\n", seen.read, seen.refused);
    assert_true(seen.read > 20 && seen.refused > 100);
}

static int start(void **state) {
    (void)state;
    bm_input_start();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(the_server_starts_with_the_program_and_holds_nothing_of_it),
        SCRATCH_TEST(a_server_that_was_killed_is_started_anew),
        SCRATCH_TEST(the_server_ends_with_the_program),
        SCRATCH_TEST(hdf5_is_read_after_threads_were_started),
        SCRATCH_TEST(malformed_files_do_no_harm),
        SCRATCH_TEST(sound_files_that_were_changed_do_no_harm),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
