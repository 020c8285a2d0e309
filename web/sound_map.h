/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of web/: a map of sounds, made by a thread of its own since some take seconds to be listened to. */
#ifndef TIMBREL_WEB_SOUND_MAP_H
#define TIMBREL_WEB_SOUND_MAP_H

#include "timbrel/web.h"

typedef struct SoundMap SoundMap;

/* `changed` is called by that thread whenever there is more to see. It begins empty. */
TB_NODISCARD TbStatus tbi_sound_map_new(const TbWebOptions *options, void (*changed)(void *context), void *context,
                                        SoundMap **map);
/* The model whose sounds are shown, by its name as in TbPreset: if it was another one, the map is made anew. ANY */
void tbi_sound_map_model(SoundMap *map, const char *name);
/* Waits for the sound that is being listened to. NULL is fine. */
void tbi_sound_map_free(SoundMap *map);
/* {"map": ...} as the protocol has it, newly allocated (free); NULL: out of memory. ANY */
char *tbi_sound_map_text(SoundMap *map);

#endif
