/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The width of a sound whose time is stretched, or that is mixed of others. Internal to sound/. */
#ifndef TIMBREL_SOUND_MOVED_WIDTH_H
#define TIMBREL_SOUND_MOVED_WIDTH_H

#include "timbrel/audio.h"

/* *to: `from`, `stretch` times as long; the caller's. TB_ERR_NO_MEMORY. OFF */
TB_NODISCARD TbStatus tbi_width_stretch(const TbWidth *from, double stretch, TbWidth *to);

/* Lengthens the width to n steps or more; the new ones are of one channel. TB_ERR_NO_MEMORY. OFF */
TB_NODISCARD TbStatus tbi_width_reach(TbWidth *width, size_t n);

/* band[TB_WIDTH_BANDS]: the mix of n widths with weights that sum to 1, each at its own time, seconds. A width without
 * steps is of one channel. OFF */
void tbi_width_mix(const TbWidth *const *widths, const double *weight, const double *at, size_t n, TbWidthBand *band);

#endif
