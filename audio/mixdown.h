/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the channels of a sound file become one. Internal to audio/. */
#ifndef TIMBREL_AUDIO_MIXDOWN_H
#define TIMBREL_AUDIO_MIXDOWN_H

#include "timbrel/audio.h"

/* Measures the spectra of the channels, of their mean and of their difference while a file is read. */
typedef struct TbChannelMeter TbChannelMeter;

/* n_channels >= 2. sample_rate: Hz. TB_ERR_NO_MEMORY. OFF */
TB_NODISCARD TbStatus tbi_channel_meter_new(int n_channels, double sample_rate, TbChannelMeter **meter);
/* NULL is allowed. OFF */
void tbi_channel_meter_free(TbChannelMeter *meter);
/* values[n][n_channels], finite; any n. OFF */
void tbi_channel_meter_add(TbChannelMeter *meter, const float *values, size_t n);

/* The mix that has what is heard, for all that was added: the mean, unless one channel alone has the sound, or the mean
 * cancels much of it. *channel: which one, from 0, of TB_MIXDOWN_CHANNEL; else 0. OFF */
TbMixdown tbi_channel_meter_choose(TbChannelMeter *meter, int *channel);

#endif
