/* The one table of an HDF5 file, and that a path stays within it. */
#include "input/hdf5_table.h"

#include <stdio.h>
#include <string.h>

/* A table by its shape: 2-D numbers or 1-D compound. Whether its members can be read is seen when
 * it is chosen. */
static int looks_like_table(hid_t dataset) {
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    int rank = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    int yes = type >= 0 && ((rank == 2 && bm_hdf5_is_number(type)) ||
                            (rank == 1 && H5Tget_class(type) == H5T_COMPOUND));
    H5Sclose(space);
    H5Tclose(type);
    return yes;
}

/* PyTables keeps the indexes of a table's columns beside it in folders that begin like this, and
 * hides them. */
static int is_index(const char *name) {
    return strncmp(name, "_i_", 3) == 0 || strstr(name, "/_i_") != NULL;
}

/* H5Ovisit2 follows hard links only, so it never leaves the file. */
static herr_t visit(hid_t root, const char *name, const H5O_info_t *info, void *arg) {
    bm_hdf5_finder *f = arg;
    if (info->type != H5O_TYPE_DATASET || strlen(name) >= sizeof f->first || is_index(name))
        return 0;
    hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
    if (dataset < 0)
        return 0;
    if (looks_like_table(dataset)) {
        size_t used = strlen(f->list);
        if (f->found++ == 0)
            snprintf(f->first, sizeof f->first, "%s", name);
        char shown[BM_SHOWN_BUFFER];
        bm_shown(shown, (bm_text){name, strlen(name)});
        if (used + strlen(shown) + 3 < sizeof f->list)
            snprintf(f->list + used, sizeof f->list - used, "%s%s", used > 0 ? ", " : "", shown);
    }
    H5Dclose(dataset);
    return 0;
}

/* A frame in pandas' fixed format lies in blocks, one for each type of column: when there are
 * several, each is but a part of it, and not all of them look like a table. */
static int is_frame_in_pieces(const bm_hdf5_finder *f) {
    char second[BM_HDF5_LONGEST_PATH + 16];
    const char *slash = strrchr(f->first, '/');
    unsigned block;
    int end = 0;
    if (slash == NULL || sscanf(slash, "/block%9u_values%n", &block, &end) != 1 || end == 0 ||
        slash[end] != '\0')
        return 0;
    snprintf(second, sizeof second, "%.*s/block1_values", (int)(slash - f->first), f->first);
    return H5Lexists(f->file, second, H5P_DEFAULT) > 0;
}

int bm_hdf5_find_only_table(bm_hdf5_finder *f, char path[BM_HDF5_LONGEST_PATH]) {
    if (H5Ovisit2(f->file, H5_INDEX_NAME, H5_ITER_INC, visit, f, H5O_INFO_BASIC) < 0)
        return bm_hdf5_refuse(f, "is damaged: its datasets cannot be listed");
    if (f->found == 0)
        return bm_hdf5_refuse(f, "has no table: neither a 2-D dataset of numbers nor a 1-D "
                                 "compound dataset (a list is read when --dataset names it)");
    if (is_frame_in_pieces(f))
        return bm_hdf5_refuse(f, "is in pandas' fixed format, which has a frame in pieces; write "
                                 "it with to_hdf(..., format=\"table\", data_columns=True)");
    if (f->found > 1)
        return bm_hdf5_refuse(f, "has %zu tables; choose one with --dataset: %s", f->found,
                              f->list);
    snprintf(path, BM_HDF5_LONGEST_PATH, "%s", f->first);
    return 1;
}

/* Soft and external links may lead elsewhere. */
int bm_hdf5_check_links(bm_hdf5_finder *f, const char *path) {
    char part[BM_HDF5_LONGEST_PATH], shown[BM_SHOWN_BUFFER];
    bm_shown(shown, (bm_text){path, strlen(path)});
    if (strlen(path) >= sizeof part - 1)
        return bm_hdf5_refuse(f, "has no dataset of so long a name");
    for (size_t end = 1; path[0] != '\0'; end++) {
        if (path[end] != '/' && path[end] != '\0')
            continue;
        H5L_info_t link;
        memcpy(part, path, end);
        part[end] = '\0';
        if (strcmp(part, "/") != 0 && part[end - 1] != '/') {
            if (H5Lexists(f->file, part, H5P_DEFAULT) <= 0 ||
                H5Lget_info(f->file, part, &link, H5P_DEFAULT) < 0)
                return bm_hdf5_refuse(f, "has no dataset \"%s\"", shown);
            if (link.type != H5L_TYPE_HARD)
                return bm_hdf5_refuse(f,
                                      "holds \"%s\" only as a link; links are not followed, name "
                                      "the dataset itself",
                                      shown);
        }
        if (path[end] == '\0')
            break;
    }
    return 1;
}
