/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the sounds of a map: found in folders, listened to. */
#ifndef TIMBREL_APP_MAP_SOUNDS_H
#define TIMBREL_APP_MAP_SOUNDS_H

#include "timbrel/sound.h"

typedef struct {
    char *path; /* owned; or the name of a bundled sound */
    char *name; /* owned: the file's name without its ending */
    int group;
    double hz; /* its brightness: where the middle of its energy lies on a scale of octaves */
} MapSound;

/* A sound that could not be used, and why. */
typedef struct {
    char *path, *why; /* owned */
} SkippedSound;

typedef struct {
    MapSound *sounds; /* [n], owned */
    size_t n;
    char **groups; /* [n_groups], owned: names of folders */
    size_t n_groups;
    int lone_group;        /* that of sounds named one by one, or of the bundled ones; -1: there is none */
    SkippedSound *skipped; /* [n_skipped], owned */
    size_t n_skipped;
    int latent_dim;
    float *descriptors; /* [n][tb_descriptor_size(latent_dim)], owned */
} MapSounds;

enum { MAP_LEAST = 3 };

/* Operands are folders, each a group, and files and names of bundled sounds, which are a group together; with no
 * operand, all bundled sounds. Fails when a folder has no sound, and when there are too few or too many sounds for a
 * map. */
TB_NODISCARD TbStatus map_find(char *const *operands, int n_operands, MapSounds *found);

/* Encodes them all; those that cannot be used are named on stderr and taken from the list. Shows progress. */
TB_NODISCARD TbStatus map_listen(const TbModel *model, MapSounds *sounds);

void map_sounds_free(MapSounds *sounds);

#endif
