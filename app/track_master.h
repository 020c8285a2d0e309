/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the last steps of a track: its end, its loudness and its peaks. */
#ifndef TIMBREL_APP_TRACK_MASTER_H
#define TIMBREL_APP_TRACK_MASTER_H

#include "app/track.h"

/* Cuts the track where its tail has died away, but not before `least` samples; brings it to TRACK_LUFS with true peaks
 * of TRACK_PEAK at most, and its stems with it, so that their sum stays the track. Sets lufs, peak and limited. */
TB_NODISCARD TbStatus track_master(Track *track, size_t least);

#endif
