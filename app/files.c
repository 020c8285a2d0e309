/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/files.h"
#include "base/no_memory.h"
#include "train/find_sounds.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

PathKind path_kind(const char *path) {
    struct stat found;
    if (stat(path, &found) != 0)
        return PATH_ABSENT;
    return S_ISDIR(found.st_mode) ? PATH_FOLDER : PATH_FILE;
}

bool same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

size_t file_head(const char *path, unsigned char *head, size_t size) {
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without a writer must not block */
    ssize_t n = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? read(fd, head, size) : 0;
    if (fd >= 0)
        close(fd);
    return n > 0 ? (size_t)n : 0;
}

const char *path_base(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *path_join(const char *folder, const char *name) {
    char *path;
    size_t n = strlen(folder);
    return asprintf(&path, "%s%s%s", folder, n && folder[n - 1] == '/' ? "" : "/", name) < 0 ? NULL : path;
}

/* Names are relative to the folder. */
static TbStatus list_names(const char *folder, const char *also, NameList *list) {
    FileList found;
    *list = (NameList){0};
    TbStatus status = tbi_find_sounds(&folder, 1, also, &found);
    if (status)
        return status;
    list->names = calloc(found.n, sizeof *list->names);
    for (size_t i = 0; list->names && i < found.n; i++) {
        const char *name = found.paths[i] + strlen(folder);
        if (!(list->names[i] = strdup(name + strspn(name, "/"))))
            break;
        list->n++;
    }
    if (list->n < found.n) {
        name_list_free(list);
        status = tbi_no_memory("for the list of files");
    }
    tbi_file_list_free(&found);
    return status;
}

TbStatus list_sounds(const char *folder, NameList *list) {
    return list_names(folder, NULL, list);
}

TbStatus list_sounds_and_encoded(const char *folder, NameList *list) {
    return list_names(folder, SOUND_ENDING, list);
}

void name_list_free(NameList *list) {
    for (size_t i = 0; i < list->n; i++)
        free(list->names[i]);
    free(list->names);
    *list = (NameList){0};
}

/* Digits up to an underscore or the end of the stem. */
static bool field(const char **text, const char *end, int *value) {
    const char *start = *text;
    *value = 0;
    while (*text < end && isdigit((unsigned char)**text) && *value < 100000)
        *value = 10 * *value + (*(*text)++ - '0');
    if (*text == start || (*text < end && **text != '_'))
        return false;
    *text += *text < end;
    return true;
}

bool note_of_name(const char *name, int *program, int *pitch) {
    name = path_base(name);
    const char *dot = strrchr(name, '.');
    const char *end = dot ? dot : name + strlen(name);
    const char *underscore = strchr(name, '_');
    return underscore && field(&name, end, program) && field(&name, end, pitch);
}
