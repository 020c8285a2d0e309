/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to web/: the map of sounds, built by a thread of its own, since analysing a sound takes seconds. */
#ifndef TIMBREL_WEB_SOUND_MAP_H
#define TIMBREL_WEB_SOUND_MAP_H

#include "timbrel/web.h"

typedef struct SoundMap SoundMap;

/* `changed` is called on that thread whenever the map has changed. The map is empty at first. CT */
TB_NODISCARD TbStatus tbi_sound_map_new(const TbWebOptions *options, void (*changed)(void *context), void *context,
                                        SoundMap **map);
/* Sets the model by its name as in TbPreset; a change rebuilds the map. ANY */
void tbi_sound_map_model(SoundMap *map, const char *name);
/* Waits for the sound being analysed. NULL is fine. CT */
void tbi_sound_map_free(SoundMap *map);
/* The {"map": ...} message of the protocol, newly allocated (free); NULL: out of memory. ANY */
char *tbi_sound_map_text(SoundMap *map);

#endif
