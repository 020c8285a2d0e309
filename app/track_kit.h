/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: drum kits for tracks, made of the bundled sounds. */
#ifndef TIMBREL_APP_TRACK_KIT_H
#define TIMBREL_APP_TRACK_KIT_H

#include "app/song_instruments.h"
#include "timbrel/score.h"

/* The kits: 0 .. track_kit_count() - 1. */
size_t track_kit_count(void);
const char *track_kit_name(size_t kit); /* "studio kit" */

/* Loads the drums of the keys in use: those of the nine classes of tb_drum_map from the kit, other percussion as in
 * kit_load. */
TB_NODISCARD TbStatus track_kit_load(Instruments *all, size_t kit, const bool used[128], TbDrum drums[128]);

/* Mixes the drums of any kit: each class has its place, and a gain by which its hits in the score, soft as a drummer's
 * kick may be, are about as loud on average as the kit is made for; within a class nothing changes. */
void track_kit_mix(const TbScore *score, TbDrum drums[128]);

#endif
