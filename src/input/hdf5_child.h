/* What the worker process that reads HDF5 says: messages over a pipe, each a head and `bytes`
 * bytes, in the byte order of the machine. */
#ifndef BM_INPUT_HDF5_CHILD_H
#define BM_INPUT_HDF5_CHILD_H

#include "input/hdf5_server.h"
#include "input/reading.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef enum bm_hdf5_message {
    BM_HDF5_COLUMNS = 1, /* uint64 rows, uint64 bytes of memory the worker takes to read them,
                            uint32 columns; a column: uint8 bm_field_kind, text */
    BM_HDF5_ROWS,        /* uint32 rows, then cell by cell: 8 bytes each, or text */
    BM_HDF5_END,         /* nothing */
    BM_HDF5_REFUSED,     /* text without length: why the file is not read */
    BM_HDF5_ATTRIBUTES,  /* uint32 attributes; an attribute: text name, uint8 whether it is a text,
                            text or int64 */
} bm_hdf5_message;
/* A text is its uint32 length and its bytes; one that is too long is cut at BM_MAX_FIELD + 1. */

typedef struct bm_hdf5_head {
    uint32_t message;
    uint32_t bytes;
} bm_hdf5_head;

enum {
    BM_HDF5_MOST_BYTES = 1 << 30, /* of one message */
    BM_HDF5_CPU_SECONDS = 5,      /* that the library may take beside moving the data */
    BM_HDF5_WALL_SECONDS = 60,    /* for one step, should it sleep */
    BM_HDF5_SLOWEST = 8 << 20,    /* bytes of file, cache and data a second of CPU time must do */
};

/* In hdf5_child.c: sends what is wished for of the file of that size to `out`. Runs in a worker, a
 * child of `parent`, and does not return. */
_Noreturn void bm_hdf5_child(int file, const bm_hdf5_request *request, int out, pid_t parent);

/* In hdf5_confine.c: limits on memory and what may be written; an end with `parent`; never a core.
 */
void bm_hdf5_confine(pid_t parent);
/* The CPU time that so many bytes may take in all, and the wall time of the next step. */
void bm_hdf5_allow_time(uint64_t work);

#endif
