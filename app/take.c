/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/take.h"
#include "app/files.h"
#include "app/output.h"
#include "base/no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A player that is killed leaves its recording under a name of its own. */
static TbStatus name_left_over(const char *path) {
    char *left;
    if (asprintf(&left, "%s.tmp", path) < 0)
        return tbi_no_memory("for the name of a recording");
    if (path_kind(left) == PATH_FILE)
        fprintf(
            stderr,
            "\"%s\" is a recording of another player, which still plays or was killed; it is not touched. Rename it "
            "to \"%s\" to use it.\n",
            left, path);
    free(left);
    return TB_OK;
}

TbStatus take_check(const char *path, int bits) {
    const OutputValues record = {.path = path, .bits = bits};
    if (path && path_kind(path) == PATH_FILE)
        return tb_fail(TB_ERR_ARGUMENT,
                       "\"%s\" exists already, and a recording is never overwritten; name another file.", path);
    if (path && strcmp(path, "-") == 0)
        return tb_fail(TB_ERR_ARGUMENT, "A recording cannot go to standard output; name a file.");
    TbStatus status = path ? output_check(&record) : TB_OK;
    return status == TB_OK && path ? name_left_over(path) : status;
}

void take_print(const char *path, const char *first_file, const TbLiveState *s) {
    const char *slash = strrchr(path, '/');
    fprintf(stderr, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, first_file);
    if (s->record_files > 1)
        fprintf(stderr, " to %s: %.1f s in %d files, as the device changed its sample rate\n", s->record_file,
                s->recorded, s->record_files);
    else
        fprintf(stderr, ": %.1f s\n", s->recorded);
}
