/* The doors to HDF5, jansson and zlib: their start, and the versions of all that write. */
#include "output/output.h"

#include "base/digest.h"

#include <hdf5.h>
#include <jansson.h>
#include <stdio.h>
#include <zlib.h>

static void add(bm_strings *list, const char *name, const char *version) {
    char text[128];
    snprintf(text, sizeof text, "%s %s", name, version);
    bm_error ignored; /* a version that does not fit in memory is left out */
    if (bm_strings_add(list, text, &ignored) != BM_OK)
        return;
}

void bm_output_versions(bm_strings *list) {
    char hdf5[64] = "?";
    unsigned major, minor, release;
    if (H5get_libversion(&major, &minor, &release) >= 0)
        snprintf(hdf5, sizeof hdf5, "%u.%u.%u", major, minor, release);
    add(list, "HDF5", hdf5);
    add(list, "jansson", jansson_version_str());
    add(list, "OpenSSL", bm_digest_version());
    add(list, "zlib", zlibVersion());
}

void bm_output_start(void) {
    /* Without its exit handler the library cannot write, or crash, after main has returned. It says
     * no when it has started already; then there is nothing to do. */
    (void)H5dont_atexit();
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}
