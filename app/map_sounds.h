/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: finds and encodes the sounds of a map. */
#ifndef TIMBREL_APP_MAP_SOUNDS_H
#define TIMBREL_APP_MAP_SOUNDS_H

#include "timbrel/sound.h"

typedef struct {
    char *path; /* owned; a path, or the name of a bundled sound */
    char *name; /* owned: file name without extension */
    int group;
    double hz; /* brightness of its loudest note, as in tb_note_attributes */
} MapSound;

/* A sound that could not be used, with the reason. */
typedef struct {
    char *path, *why; /* owned */
} SkippedSound;

typedef struct {
    MapSound *sounds; /* [n], owned */
    size_t n;
    char **groups; /* [n_groups], owned: names of folders */
    size_t n_groups;
    int lone_group;        /* group of single files or bundled sounds; -1: none */
    SkippedSound *skipped; /* [n_skipped], owned */
    size_t n_skipped;
    int latent_dim;
    float *descriptors; /* [n][tb_descriptor_size(latent_dim)], owned */
} MapSounds;

enum { MAP_LEAST = 3 };

/* Each folder is a group; files and bundled sounds together are another. Without operands: all bundled sounds. Fails if
 * a folder has no sound, or if there are too few or too many sounds for a map. */
TB_NODISCARD TbStatus map_find(char *const *operands, int n_operands, MapSounds *found);

/* Encodes all sounds; names those that cannot be used on stderr and removes them. Shows progress. */
TB_NODISCARD TbStatus map_listen(const TbModel *model, MapSounds *sounds);

void map_sounds_free(MapSounds *sounds);

#endif
