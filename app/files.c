/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/files.h"
#include "base/no_memory.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

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

const char *path_base(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *path_join(const char *folder, const char *name) {
    char *path;
    size_t n = strlen(folder);
    return asprintf(&path, "%s%s%s", folder, n && folder[n - 1] == '/' ? "" : "/", name) < 0 ? NULL : path;
}

bool is_sound_name(const char *name) {
    static const char *const endings[] = {".wav", ".flac", ".aif", ".aiff", ".aifc", ".ogg", ".oga", ".opus",
                                          ".caf", ".au",   ".snd", ".w64",  ".rf64", ".mp3", ".voc"};
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(ending, endings[i]) == 0)
            return true;
    return false;
}

static int wanted(const struct dirent *entry) {
    return entry->d_name[0] != '.' && is_sound_name(entry->d_name);
}

static int wanted_or_encoded(const struct dirent *entry) {
    const char *ending = strrchr(entry->d_name, '.');
    return wanted(entry) || (entry->d_name[0] != '.' && ending && strcasecmp(ending, SOUND_ENDING) == 0);
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static TbStatus list_names(const char *folder, int (*filter)(const struct dirent *), NameList *list) {
    struct dirent **entries;
    *list = (NameList){0};
    int n = scandir(folder, &entries, filter, by_name);
    if (n < 0)
        return tb_fail(TB_ERR_IO, "Cannot read the folder \"%s\": %s.", folder, strerror(errno));
    list->names = calloc((size_t)n + 1, sizeof *list->names);
    for (int i = 0; i < n; i++) {
        if (list->names && (list->names[list->n] = strdup(entries[i]->d_name)))
            list->n++;
        free(entries[i]);
    }
    free(entries);
    if (list->n == (size_t)n && list->names)
        return TB_OK;
    name_list_free(list);
    return tbi_no_memory("for the list of files");
}

TbStatus list_sounds(const char *folder, NameList *list) {
    return list_names(folder, wanted, list);
}

TbStatus list_sounds_and_encoded(const char *folder, NameList *list) {
    return list_names(folder, wanted_or_encoded, list);
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
    const char *dot = strrchr(name, '.');
    const char *end = dot ? dot : name + strlen(name);
    const char *underscore = strchr(name, '_');
    return underscore && field(&name, end, program) && field(&name, end, pitch);
}
