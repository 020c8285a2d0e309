/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_TRAIN_FIND_SOUNDS_H
#define TIMBREL_TRAIN_FIND_SOUNDS_H

#include "timbrel/base.h"

typedef struct {
    char **paths; /* owned */
    size_t n;
    struct FoundFolder *folders; /* [n_folders] searched so far, owned: none is searched twice */
    size_t n_folders;
} FileList;

/* Whether the extension is that of a sound file: .wav .flac .aiff ... ANY */
bool tbi_is_sound_name(const char *name);
/* Finds sound files (by extension) in files and folders, recursively, each folder in order of name; hidden ones are
 * left out, links followed. A folder inside that cannot be read is listed, too: opening it fails with the reason. also:
 * another extension to find, such as ".timbrel"; NULL: none. TB_ERR_EMPTY: there is none. OFF */
TB_NODISCARD TbStatus tbi_find_sounds(const char *const *paths, size_t n_paths, const char *also, FileList *list);
/* The same for files of other kinds: those that `wanted` chooses by their path, and all that are named. There may be
 * none. OFF */
TB_NODISCARD TbStatus tbi_find_files(const char *const *paths, size_t n_paths, bool (*wanted)(const char *path),
                                     FileList *list);
/* The error that there is no sound in these files and folders, nor, with or_midi, a MIDI file. OFF */
TB_NODISCARD TbStatus tbi_no_sound_found(const char *const *paths, size_t n_paths, const char *also, bool or_midi);
void tbi_file_list_free(FileList *list);

#endif
