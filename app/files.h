/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: folders and names of sound files. */
#ifndef TIMBREL_APP_FILES_H
#define TIMBREL_APP_FILES_H

#include "timbrel/base.h"

typedef enum { PATH_ABSENT, PATH_FILE, PATH_FOLDER } PathKind;
PathKind path_kind(const char *path);

/* Whether both names refer to the same existing file. */
bool same_file(const char *a, const char *b);

/* The first bytes of a regular file, up to `size`; returns their number, 0 also for what cannot be read. */
size_t file_head(const char *path, unsigned char *head, size_t size);

/* The part after the last slash. */
const char *path_base(const char *path);

/* folder/name, newly allocated; NULL if out of memory. */
char *path_join(const char *folder, const char *name);

/* Extension of encoded sounds. */
#define SOUND_ENDING ".timbrel"

/* The sound files of a folder and of those inside it, each folder sorted by name; TB_ERR_EMPTY: there is none. */
typedef struct {
    char **names; /* owned; relative to the folder: "a.wav", "inner/b.wav" */
    size_t n;
} NameList;

TB_NODISCARD TbStatus list_sounds(const char *folder, NameList *list);
TB_NODISCARD TbStatus list_sounds_and_encoded(const char *folder, NameList *list);
void name_list_free(NameList *list);

/* Parses names such as 40_67_100.wav, with or without folders before: General MIDI program, MIDI pitch and velocity;
 * program 128 is drums. False for other names. */
bool note_of_name(const char *name, int *program, int *pitch);

#endif
