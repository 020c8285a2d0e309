/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The width of a sound: measured while a file of two channels is read. Internal to audio/. */
#ifndef TIMBREL_AUDIO_WIDTH_H
#define TIMBREL_AUDIO_WIDTH_H

#include "timbrel/audio.h"

typedef struct TbWidthMeter TbWidthMeter;

/* The band of a bin of a spectrum, 0 .. TB_WIDTH_BANDS - 1. ANY */
int tbi_width_band(double hz);

/* sample_rate: Hz. TB_ERR_NO_MEMORY. OFF */
TB_NODISCARD TbStatus tbi_width_meter_new(double sample_rate, TbWidthMeter **meter);
/* NULL is allowed. OFF */
void tbi_width_meter_free(TbWidthMeter *meter);
/* values[n][2], finite; any n. TB_ERR_NO_MEMORY. OFF */
TB_NODISCARD TbStatus tbi_width_meter_add(TbWidthMeter *meter, const float *values, size_t n);
/* The width of all that was added, against the mix that was chosen; without steps if nothing but the mix is heard.
 * *width is the caller's. TB_ERR_NO_MEMORY. OFF */
TB_NODISCARD TbStatus tbi_width_meter_take(TbWidthMeter *meter, TbMixdown mixdown, int channel, TbWidth *width);

#endif
