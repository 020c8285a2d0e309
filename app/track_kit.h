/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: drum kits for tracks, made of the bundled sounds. */
#ifndef TIMBREL_APP_TRACK_KIT_H
#define TIMBREL_APP_TRACK_KIT_H

#include "app/song_instruments.h"

/* The kits: 0 .. track_kit_count() - 1. */
size_t track_kit_count(void);
const char *track_kit_name(size_t kit); /* "studio kit" */

/* Loads the drums of the keys in use: those of the nine classes of tb_drum_map from the kit, other percussion as in
 * kit_load. */
TB_NODISCARD TbStatus track_kit_load(Instruments *all, size_t kit, const bool used[128], TbDrum drums[128]);

/* Pans the drums of any kit, as the audience sees them. */
void track_kit_place(TbDrum drums[128]);

#endif
