/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: a map as JSON, for other programs. */
#ifndef TIMBREL_APP_MAP_JSON_H
#define TIMBREL_APP_MAP_JSON_H

#include "app/map_sounds.h"

/* Prints the position of each sound, xy[n][2], its nearest neighbour, nearest[n], the error of the distances, and
 * skipped files. */
TB_NODISCARD TbStatus map_json(const MapSounds *sounds, const float *xy, const size_t *nearest, double stress);

#endif
