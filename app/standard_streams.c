/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/standard_streams.h"
#include "base/io_error.h"
#include "base/no_memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CHUNK = 65536 };
#define MOST_INPUT ((uint64_t)4 << 30) /* bytes: it is held in memory */
static const char NAME[] = "standard input";
static char path[40]; /* of the file in memory; "": there is none */

/* Copies all that is left of `from`, at most `most` bytes; returns 0 or an errno. */
static int copy(int from, int to, uint64_t most) {
    char bytes[CHUNK];
    for (uint64_t copied = 0;;) {
        ssize_t n = read(from, bytes, sizeof bytes);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return errno;
        copied += n > 0 ? (uint64_t)n : 0;
        if (copied > most)
            return EFBIG;
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(to, bytes + done, (size_t)(n - done));
            if (written < 0 && errno != EINTR)
                return errno;
            done += written > 0 ? written : 0;
        }
    }
}

TbStatus standard_input_open(char **operands, int n_operands) {
    for (int i = 0; i < n_operands; i++) {
        if (strcmp(operands[i], "-") != 0)
            continue;
        if (*path)
            return tb_fail(TB_ERR_ARGUMENT, "\"-\" is given twice, but standard input can be read only once.");
        int file = memfd_create("timbrel", MFD_CLOEXEC),
            error = file < 0 ? errno : copy(STDIN_FILENO, file, MOST_INPUT);
        if (error)
            return tb_fail(error == ENOMEM ? TB_ERR_NO_MEMORY : TB_ERR_IO, "Cannot read standard input: %s.",
                           io_error_text(error));
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
        operands[i] = path;
    }
    return TB_OK;
}

const char *standard_input_name(const char *name) {
    return *path && strcmp(name, path) == 0 ? NAME : name;
}

void standard_input_rename(char *text) {
    _Static_assert(sizeof NAME <= sizeof "/proc/self/fd/3", "the name is no longer than the path");
    for (char *at = text; *path && (at = strstr(at, path));) {
        memcpy(at, NAME, strlen(NAME));
        memmove(at + strlen(NAME), at + strlen(path), strlen(at + strlen(path)) + 1);
    }
}

TbStatus standard_output_copy(const char *from) {
    FILE *file = fopen(from, "rb");
    int error = file ? 0 : errno;
    fflush(stdout);
    if (file) {
        error = copy(fileno(file), STDOUT_FILENO, UINT64_MAX);
        fclose(file);
    }
    return error ? tb_fail(TB_ERR_IO, "Cannot write to standard output: %s.", io_error_text(error)) : TB_OK;
}
