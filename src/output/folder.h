/* What stands in a results directory: whose files they are, and taking them away. */
#ifndef BM_OUTPUT_FOLDER_H
#define BM_OUTPUT_FOLDER_H

#include "buyermap/status.h"
#include "buyermap/text.h"

/* Names that buyermap itself uses inside DIR when it cannot work beside it. */
#define BM_FOLDER_LOCK ".buyermap.lock"
#define BM_FOLDER_STAGING ".buyermap.staging"
#define BM_FOLDER_COMMIT ".buyermap.commit"
#define BM_RUN_JSON "run.json"

/* The status of a failed system call on a directory: BM_IO for a full or broken disk, else
 * BM_CANTCREATE. */
bm_status bm_folder_failed(const char *action, const char *shown, int code, bm_error *err);
/* The entries of a directory, sorted; without ".", ".." and buyermap's own names above. */
bm_status bm_folder_list(int folder, const char *shown, bm_strings *names,
                         bm_error *err) BM_MUST_CHECK;
/* The files its run.json says are buyermap's. Empty when it has none. */
bm_status bm_folder_files(int folder, const char *run_json, bm_strings *files,
                          bm_error *err) BM_MUST_CHECK;
/* BM_CANTCREATE, naming it, when something in the directory is not a file buyermap wrote. */
bm_status bm_folder_check(int folder, const char *shown, bm_error *err) BM_MUST_CHECK;
/* Removes the files that a killed run can have left in a staging directory, and the directory.
 * Nothing there is fine. BM_CANTCREATE when that cannot be done. */
bm_status bm_folder_clear(int home, const char *staging, bm_error *err) BM_MUST_CHECK;
/* fsync of a directory; file systems that have no such thing are fine. */
bm_status bm_folder_sync(int folder, const char *shown, bm_error *err) BM_MUST_CHECK;

#endif
