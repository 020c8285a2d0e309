/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/user_folders.h"
#include "base/io_error.h"
#include "base/no_memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static TbStatus out_of_memory(void) {
    return tbi_no_memory("for the path of a folder");
}

TbStatus tbi_user_path(const char *variable, const char *default_value, const char *leaf, char **path) {
    const char *set = getenv(variable), *home = getenv("HOME");
    int n;
    *path = NULL;
    if (set && set[0] == '/') /* the specification requires relative paths to be ignored */
        n = asprintf(path, "%s/%s", set, leaf);
    else if (home && home[0] == '/')
        n = asprintf(path, "%s/%s/%s", home, default_value, leaf);
    else
        return tb_fail(TB_ERR_NOT_FOUND, "There is no home folder for %s; set HOME, or %s.", leaf, variable);
    if (n < 0) {
        *path = NULL;
        return out_of_memory();
    }
    return TB_OK;
}

TbStatus tbi_make_parent_folders(const char *path) {
    char *part = strdup(path);
    TbStatus status = part ? TB_OK : out_of_memory();
    for (char *at = part ? strchr(part + 1, '/') : NULL; status == TB_OK && at; at = strchr(at + 1, '/')) {
        *at = 0;
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            status = tb_fail(TB_ERR_IO, "Cannot make the folder \"%s\": %s.", part, io_error_text(errno));
        *at = '/';
    }
    free(part);
    return status;
}
