/* Is a results directory whole: run.json, and the files it names, and nothing else? */
#ifndef TEST_OUTPUT_WHOLE_H
#define TEST_OUTPUT_WHOLE_H

#include "scratch.h"

#include "output/file.h"

#include <jansson.h>

/* NULL when it is; else what is wrong with it. *table: the first file's name, up to 63 bytes. */
static UNUSED const char *find_fault(const char *dir, char *table) {
    char path[2048];
    snprintf(path, sizeof path, "%s/run.json", dir);
    json_t *root = json_load_file(path, 0, NULL);
    const json_t *outputs = json_object_get(root, "outputs");
    const char *fault = root == NULL ? "no run.json" : NULL;
    for (size_t i = 0; fault == NULL && i < json_array_size(outputs); i++) {
        const json_t *one = json_array_get(outputs, i);
        const char *name = json_string_value(json_object_get(one, "name"));
        char sum[BM_SHA256_TEXT];
        uint64_t bytes;
        snprintf(path, sizeof path, "%s/%s", dir, name);
        if (i == 0)
            snprintf(table, 64, "%s", name);
        int fd = open(path, O_RDONLY);
        if (fd < 0 || bm_file_digest(fd, path, &bytes, sum, NULL) != BM_OK ||
            strcmp(sum, json_string_value(json_object_get(one, "sha256"))) != 0)
            fault = "a file is missing or not what run.json says";
        if (fd >= 0)
            close(fd);
    }
    if (fault == NULL && entries(dir) != json_array_size(outputs) + 1)
        fault = "there are more files than run.json says";
    json_decref(root);
    return fault;
}

/* Whole, and of the run whose first file is that one. */
static UNUSED void assert_whole(const char *dir, const char *first) {
    char table[64] = "";
    const char *fault = find_fault(dir, table);
    if (fault != NULL)
        fail_msg("%s: %s", dir, fault);
    assert_string_equal(table, first);
}

#endif
