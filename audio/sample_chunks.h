/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sampler wants to know, in a WAV file. Inside audio/ only. */
#ifndef TIMBREL_AUDIO_SAMPLE_CHUNKS_H
#define TIMBREL_AUDIO_SAMPLE_CHUNKS_H

#include "timbrel/audio.h"

/* Appends a smpl and an inst chunk to the WAV file at `path`, and mends the size in its head. `name`: for messages. OFF
 */
TB_NODISCARD TbStatus tbi_sample_chunks_put(const char *path, const char *name, double sample_rate,
                                            const TbSampleInfo *info);

#endif
