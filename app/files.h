/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: folders, and names of sound files. */
#ifndef TIMBREL_APP_FILES_H
#define TIMBREL_APP_FILES_H

#include "timbrel/base.h"

typedef enum { PATH_ABSENT, PATH_FILE, PATH_FOLDER } PathKind;
PathKind path_kind(const char *path);

/* Do both names mean one file that is there? */
bool same_file(const char *a, const char *b);

/* The part behind the last slash. */
const char *path_base(const char *path);

/* folder/name, malloced; NULL when out of memory. */
char *path_join(const char *folder, const char *name);

/* By its ending: .wav .flac .aiff ... */
bool is_sound_name(const char *name);

/* What names of encoded sounds end in, where Timbrel chooses them. */
#define SOUND_ENDING ".timbrel"

/* The sound files of one folder, sorted by name as strings. */
typedef struct {
    char **names; /* owned */
    size_t n;
} NameList;

TB_NODISCARD TbStatus list_sounds(const char *folder, NameList *list);
TB_NODISCARD TbStatus list_sounds_and_encoded(const char *folder, NameList *list);
void name_list_free(NameList *list);

/* Names such as 40_67_100.wav tell General MIDI program, MIDI pitch and velocity; program 128 is drums. False when this
 * is not such a name. */
bool note_of_name(const char *name, int *program, int *pitch);

#endif
