/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Not public: why a file cannot be read or written, for messages. */
#ifndef TIMBREL_BASE_IO_ERROR_H
#define TIMBREL_BASE_IO_ERROR_H

#include "timbrel/base.h"

#include <errno.h>
#include <string.h>

/* error: as in errno; 0: not known, as of a library that does not tell. ANY but the audio thread */
static inline const char *io_error_text(int error) {
    return error == 0        ? "the disk may be full"
           : error == ENOSPC ? "the disk is full"
           : error == EISDIR ? "it is a folder"
                             : strerror(error);
}

/* TB_ERR_NOT_FOUND with the sentence for a file or folder that cannot be made, as the folder it would be in is not
 * there (ENOENT, ENOTDIR). */
static inline TbStatus io_no_folder_for(const char *path) {
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    while (n > 1 && path[n - 1] == '/')
        n--;
    return tb_fail(TB_ERR_NOT_FOUND, "There is no folder \"%.*s\"; make it first.", n ? (int)n : 1, n ? path : ".");
}

#endif
