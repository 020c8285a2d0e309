/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/find_sounds.h"
#include "base/grow.h"
#include "base/no_memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 32, MAX_FILES = 1000000 };

bool tbi_is_sound_name(const char *name) {
    static const char *const endings[] = {"wav", "flac", "aif", "aiff", "aifc", "ogg", "oga", "opus", "mp3",
                                          "caf", "au",   "snd", "w64",  "rf64", "voc", "sf",  "wve"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot + 1, endings[i]) == 0)
            return true;
    return false;
}

/* Which files are wanted: those that a function says, or sounds and those with another extension. */
typedef struct {
    bool (*is_wanted)(const char *path);
    const char *also;
} Wanted;

static bool is_wanted(const char *path, const Wanted *wanted) {
    const char *dot = strrchr(path, '.');
    if (wanted->is_wanted)
        return wanted->is_wanted(path);
    return tbi_is_sound_name(path) || (wanted->also && dot && strcasecmp(dot, wanted->also) == 0);
}

static TbStatus add(FileList *list, const char *path) {
    if (list->n >= MAX_FILES)
        return tb_fail(TB_ERR_ARGUMENT, "There are over %d files; give fewer.", MAX_FILES);
    char *copy = strdup(path);
    if (!copy || !tbi_grow_by_one(&list->paths, list->n)) {
        free(copy);
        return tbi_no_memory("for the list of files");
    }
    list->paths[list->n++] = copy;
    return TB_OK;
}

struct FoundFolder {
    dev_t device;
    ino_t file;
};

/* Links to folders are followed; a folder that is given twice, or that a link points back to, is searched once. */
static TbStatus first_visit(FileList *list, const struct stat *info, bool *first) {
    for (size_t i = 0; i < list->n_folders; i++) {
        if (list->folders[i].device == info->st_dev && list->folders[i].file == info->st_ino) {
            *first = false;
            return TB_OK;
        }
    }
    if (!tbi_grow_by_one(&list->folders, list->n_folders))
        return tbi_no_memory("for the list of files");
    list->folders[list->n_folders++] = (struct FoundFolder){info->st_dev, info->st_ino};
    *first = true;
    return TB_OK;
}

/* By bytes, not by locale: the order must be the same everywhere. */
static int by_name(const void *a, const void *b) {
    return strcmp((*(struct dirent *const *)a)->d_name, (*(struct dirent *const *)b)->d_name);
}

static TbStatus search(FileList *list, const char *path, const Wanted *wanted, int depth, bool named) {
    struct stat info;
    if (stat(path, &info) != 0)
        return named ? tb_fail(TB_ERR_NOT_FOUND, "There is no file or folder \"%s\".", path) : TB_OK;
    if (S_ISREG(info.st_mode))
        return named || is_wanted(path, wanted) ? add(list, path) : TB_OK;
    if (!S_ISDIR(info.st_mode))
        return named ? tb_fail(TB_ERR_UNSUPPORTED, "\"%s\" is a device or pipe; name a file or folder.", path) : TB_OK;
    if (depth > MAX_DEPTH)
        return tb_fail(TB_ERR_UNSUPPORTED, "\"%s\" is more than %d folders deep; name a folder further in.", path,
                       MAX_DEPTH);
    bool first;
    TbStatus status = first_visit(list, &info, &first);
    if (status != TB_OK || !first)
        return status;
    struct dirent **entries = NULL;
    int n = scandir(path, &entries, NULL, NULL);
    if (n < 0 && errno == ENOMEM)
        return tbi_no_memory("for the list of files");
    if (n < 0 && !named)
        return add(list, path); /* it cannot be read: whoever opens the files says so, and goes on */
    if (n < 0)
        return tb_fail(TB_ERR_IO, "Cannot read \"%s\": %s.", path, strerror(errno));
    qsort(entries, (size_t)n, sizeof *entries, by_name);
    for (int i = 0; i < n; i++) {
        if (status == TB_OK && entries[i]->d_name[0] != '.') {
            size_t size = strlen(path) + strlen(entries[i]->d_name) + 2;
            char *child = malloc(size);
            if (child) {
                snprintf(child, size, "%s/%s", path, entries[i]->d_name);
                status = search(list, child, wanted, depth + 1, false);
                free(child);
            } else {
                status = tbi_no_memory("for the list of files");
            }
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

TbStatus tbi_no_sound_found(const char *const *paths, size_t n_paths, const char *also, bool or_midi) {
    enum { SHOWN = 5 };
    char text[2000] = "";
    size_t at = 0, shown = n_paths > SHOWN + 1 ? SHOWN : n_paths;
    for (size_t i = 0; i < shown && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%s\"",
                               i == 0             ? ""
                               : i + 1 == n_paths ? " or "
                                                  : ", ",
                               paths[i]);
    if (shown < n_paths && at < sizeof text)
        snprintf(text + at, sizeof text - at, " or %zu more", n_paths - shown);
    return tb_fail(
        TB_ERR_EMPTY,
        "There is no sound%s in %s, nor in folders inside; name a folder with .wav, .flac, .aiff, .ogg%s%s or "
        "other sound files%s.",
        or_midi ? " or MIDI file" : "", text, also ? ", " : "", also ? also : "",
        or_midi ? ", or with .mid files" : "");
}

static TbStatus find(const char *const *paths, size_t n_paths, const Wanted *wanted, FileList *list) {
    TbStatus status = TB_OK;
    memset(list, 0, sizeof *list);
    for (size_t i = 0; i < n_paths && status == TB_OK; i++)
        status = search(list, paths[i], wanted, 0, true);
    if (status != TB_OK)
        tbi_file_list_free(list);
    return status;
}

TbStatus tbi_find_files(const char *const *paths, size_t n_paths, bool (*wanted)(const char *path), FileList *list) {
    return find(paths, n_paths, &(Wanted){.is_wanted = wanted}, list);
}

TbStatus tbi_find_sounds(const char *const *paths, size_t n_paths, const char *also, FileList *list) {
    TbStatus status = find(paths, n_paths, &(Wanted){.also = also}, list);
    if (status == TB_OK && list->n == 0) {
        tbi_file_list_free(list);
        status = tbi_no_sound_found(paths, n_paths, also, false);
    }
    return status;
}

void tbi_file_list_free(FileList *list) {
    for (size_t i = 0; i < list->n; i++)
        free(list->paths[i]);
    free(list->paths);
    free(list->folders);
    memset(list, 0, sizeof *list);
}
