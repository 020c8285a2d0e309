/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: a map as JSON, for other programs. */
#ifndef TIMBREL_APP_MAP_JSON_H
#define TIMBREL_APP_MAP_JSON_H

#include "app/map_sounds.h"

/* Prints where each sound lies, xy[n][2], which one it is most like, nearest[n], how wrong the distances are, and what
 * was passed over. */
TB_NODISCARD TbStatus map_json(const MapSounds *sounds, const float *xy, const size_t *nearest, double stress);

#endif
